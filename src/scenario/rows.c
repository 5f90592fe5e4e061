/* SPDX-License-Identifier: MIT */
/* The `expect` section: which policy, case, kind and knobs, and the verdict there. Read when all cases are compiled. */
#include "scenario/rows.h"

#include "scenario/schema.h"
#include "scenario/steps.h"

#include <string.h>

/* A row as it is read; the masks are those of a condition. */
struct row_entry {
	struct condition where;
	uint32_t basis;
	struct expect_row row;
};

/* --- values --- */

static bool add_setting(struct loader *loader, const struct node *key, const struct node *value, struct expect_row *row)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const struct scenario_knob *knobs = loader->tables->knobs;
	int knob, setting;

	for (unsigned i = 0; knobs[i].name; i++)
		g_ptr_array_add(names, (gpointer)knobs[i].name);
	g_ptr_array_add(names, NULL);
	knob = list_find((const char *const *)names->pdata, key->text);
	if (knob < 0)
		return fail_unknown(loader, key, 0, "knob", key->text, "", (const char *const *)names->pdata);
	if (!want_scalar(loader, value, key->text, "one value"))
		return false;
	setting = list_find(knobs[knob].values, value->text);
	if (setting < 0) {
		g_autofree char *of = g_strdup_printf(" of knob '%s'", key->text);

		return fail_unknown(loader, value, 0, "value", value->text, of, knobs[knob].values);
	}
	if (row->set_count == SCENARIO_MAX_SETTINGS)
		return fail(loader, key, "at most " G_STRINGIFY(SCENARIO_MAX_SETTINGS), "too many knobs");
	row->set[row->set_count++] = (struct setting){(uint16_t)knob, (uint16_t)setting};
	return true;
}

static bool read_set(struct loader *loader, const struct key_row *key, const struct node *value, void *field)
{
	if (!want_map(loader, value, key->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++)
		if (!add_setting(loader, value->entries[i].key, value->entries[i].value, field))
			return false;
	return true;
}

static void describe_set(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_text(schema, "type", "object");
	schema_begin(schema, "properties");
	for (const struct scenario_knob *knob = schema->tables->knobs; knob->name; knob++) {
		schema_begin(schema, knob->name);
		schema_values(schema, knob->values);
		schema_end(schema);
	}
	schema_end(schema);
	schema_truth(schema, "additionalProperties", false);
}

static bool read_note(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	if (!want_scalar(loader, value, row->name, "a text"))
		return false;
	g_free(*(char **)field);
	*(char **)field = g_strdup(value->text);
	return true;
}

static const struct word basis_words[] = {{"S", BASIS_SETTLED}, {"K", BASIS_KERNEL}, {"I", BASIS_INFERRED}, {NULL, 0}};
static const struct value_type value_set = {"a mapping of knobs to values", read_set, describe_set};
static const struct value_type value_note = {"a text", read_note, describe_text};

const struct key_row row_keys[] = {
	KEY("policy", policies, "under which policies", .required = true,
	    .offset = offsetof(struct row_entry, where.policies)),
	KEY("case", cases, "in which cases", .fallback = "all", .offset = offsetof(struct row_entry, where.cases)),
	KEY("iommu", kinds, "on which kinds of IOMMU", .fallback = "every kind that can",
	    .offset = offsetof(struct row_entry, where.kinds)),
	KEY("set", set, "knobs that differ from the policy's", .fallback = "none",
	    .offset = offsetof(struct row_entry, row)),
	KEY("verdict", verdict, "what happens", .required = true, .offset = offsetof(struct row_entry, row)),
	KEY("basis", word, "S settled or stated, K merged kernel, I inferred", .required = true,
	    .offset = offsetof(struct row_entry, basis), .words = basis_words),
	KEY("note", note, "one remark", .fallback = "none", .offset = offsetof(struct row_entry, row.note)),
	KEYS_END,
};

/* --- what a row claims about the steps --- */

/* Whether the step exists under that policy on any of the kinds. */
static bool step_exists(const struct step *step, unsigned policy, uint32_t kinds)
{
	return (step->only_policies >> policy & 1) && (step->only_kinds & kinds);
}

/* The step that has the label in that run; the number of steps when there is none. */
static uint32_t labelled_step(const struct scenario_case *run, const char *label, unsigned policy, uint32_t kinds)
{
	uint32_t i = 0;

	while (i < run->step_count &&
	       !(strcmp(run->steps[i].label, label) == 0 && step_exists(&run->steps[i], policy, kinds)))
		i++;
	return i;
}

static bool has_parallel(const struct scenario_case *run, unsigned policy, uint32_t kinds)
{
	for (uint32_t i = 0; i < run->step_count; i++)
		if (run->steps[i].block && step_exists(&run->steps[i], policy, kinds))
			return true;
	return false;
}

static bool no_such_label(struct loader *loader, const struct scenario_case *run, const struct verdict_item *item,
			  unsigned policy, uint32_t kinds)
{
	struct node at = {.kind = NODE_SCALAR, .text = "", .place = item->place};
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GString) where = g_string_new(NULL);

	for (uint32_t i = 0; i < run->step_count; i++)
		if (*run->steps[i].label && step_exists(&run->steps[i], policy, kinds))
			g_ptr_array_add(names, run->steps[i].label);
	g_ptr_array_add(names, NULL);
	g_string_append_printf(where, " under policy '%s'", loader->tables->policies[policy]);
	if (*run->name)
		g_string_append_printf(where, " in case '%s'", run->name);
	return fail_unknown(loader, &at, 0, "label", item->label, where->str, (const char *const *)names->pdata);
}

/* The labels of the row exist in that run, in step order. */
static bool check_labels(struct loader *loader, const struct expect_row *row, const struct scenario_case *run,
			 unsigned policy)
{
	uint32_t before = 0;

	for (uint8_t i = 0; i < row->item_count; i++) {
		const struct verdict_item *item = &row->items[i];
		struct node at = {.kind = NODE_SCALAR, .text = "", .place = item->place};
		uint32_t step;

		if ((item->sometimes || item->kind == OUTCOME_ORDER_DEPENDENT) &&
		    loader->scenario->hardware != HARDWARE_FREE && !has_parallel(run, policy, row->kinds))
			return fail(loader, &at, "a verdict without it",
				    "'%s' says something of interleavings, and there is no 'parallel'",
				    item->sometimes ? "sometimes" : "order-dependent");
		if (item->kind == OUTCOME_SAFE || item->kind == OUTCOME_ORDER_DEPENDENT)
			continue;
		step = labelled_step(run, item->label, policy, row->kinds);
		if (step == run->step_count)
			return no_such_label(loader, run, item, policy, row->kinds);
		if (step < before)
			return fail(loader, &at, "items in step order",
				    "'%s' comes before the step of the item before it", item->label);
		before = step;
	}
	return true;
}

/* A raw call is a call of one front end: no row may run it under another. */
static bool check_raw_calls(struct loader *loader, const struct expect_row *row, const struct scenario_case *run,
			    unsigned policy)
{
	struct node at = {.kind = NODE_SCALAR, .text = "", .place = row->place};
	const char *name = loader->tables->policies[policy];

	for (uint32_t i = 0; i < run->step_count; i++) {
		const char *operation = operation_rows[run->steps[i].operation].name;
		size_t bytes = operation_policy_bytes(operation);

		if (bytes == 0 || !step_exists(&run->steps[i], policy, row->kinds) ||
		    (strlen(name) == bytes && strncmp(name, operation, bytes) == 0))
			continue;
		return fail(loader, &at, NULL, "the row runs the raw call '%s' (line %u) under policy '%s'", operation,
			    run->steps[i].place.line, name);
	}
	return true;
}

static bool check_row(struct loader *loader, const struct expect_row *row)
{
	const struct scenario *scenario = loader->scenario;

	for (uint32_t i = 0; i < scenario->case_count; i++) {
		if (!(row->cases & 1u << i))
			continue;
		for (unsigned policy = 0; loader->tables->policies[policy]; policy++)
			if ((row->policies & UINT64_C(1) << policy) &&
			    (!check_labels(loader, row, &scenario->cases[i], policy) ||
			     !check_raw_calls(loader, row, &scenario->cases[i], policy)))
				return false;
	}
	return true;
}

/* --- the rows together --- */

static bool same_settings(const struct expect_row *a, const struct expect_row *b)
{
	unsigned same = 0;

	for (uint8_t i = 0; i < a->set_count; i++)
		for (uint8_t j = 0; j < b->set_count; j++)
			same += a->set[i].knob == b->set[j].knob && a->set[i].value == b->set[j].value;
	return a->set_count == b->set_count && same == a->set_count;
}

static bool check_duplicates(struct loader *loader, const struct expect_row *row)
{
	struct node at = {.kind = NODE_SCALAR, .text = "", .place = row->place};

	for (const struct expect_row *other = loader->scenario->rows; other < row; other++)
		if ((other->policies & row->policies) && (other->cases & row->cases) && (other->kinds & row->kinds) &&
		    same_settings(other, row))
			return fail(loader, &at, "one row a run", "the row on line %u is for the same run",
				    other->place.line);
	return true;
}

static bool read_row(struct loader *loader, const struct node *node, struct expect_row *row)
{
	struct row_entry entry = {.where = CONDITION_ALWAYS};
	bool good = keys_read(loader, row_keys, node, "a row", &entry);

	*row = entry.row; /* also on failure: it owns the note */
	if (!good)
		return false;
	row->place = node->place;
	row->policies = entry.where.policies;
	row->cases = entry.where.cases & ((1u << loader->scenario->case_count) - 1);
	row->kinds = entry.where.kinds;
	row->basis = (enum basis)entry.basis;
	return check_row(loader, row) && check_duplicates(loader, row);
}

bool load_rows(struct loader *loader, const struct node *expect)
{
	struct scenario *scenario = loader->scenario;
	uint32_t covered = 0;

	if (expect->kind != NODE_LIST || expect->count == 0)
		return fail_value(loader, expect, "expect", "a list of rows");
	if (expect->count > SCENARIO_MAX_ROWS)
		return fail(loader, expect->entries[SCENARIO_MAX_ROWS].value, "at most " G_STRINGIFY(SCENARIO_MAX_ROWS),
			    "too many rows");
	scenario->rows = g_new0(struct expect_row, expect->count);
	for (uint32_t i = 0; i < expect->count; i++) {
		scenario->row_count = i + 1;
		if (!read_row(loader, expect->entries[i].value, &scenario->rows[i]))
			return false;
		covered |= scenario->rows[i].cases;
	}
	for (uint32_t i = 0; i < scenario->case_count; i++)
		if (!(covered & 1u << i))
			return fail(loader, expect, "a row for each case", "no row is for case '%s'",
				    scenario->cases[i].name);
	return true;
}
