/* SPDX-License-Identifier: MIT */
/*
 * `list knobs`: values, what each policy has, and which scenarios tell the values apart. Rows are compared as they are
 * written; that a run gives their verdicts is what `replay` is for.
 */
#include <ioasid-sim/sweep.h>

#include "report/json_text.h"
#include "scenario/program.h"
#include "sim/argument.h"
#include "sim/scenario_handle.h"
#include "sim/tables.h"
#include "sim/verdict.h"
#include "uapi/rules.h"

#include <string.h>

/* --- which scenarios separate values --- */

/* A row of `expect` under one of its policies. */
struct ruled_row {
	const struct expect_row *row;
	struct rules rules;
	char *verdict;
};

/* Bit per value that a scenario tells apart from another one, per knob. */
struct separation {
	uint32_t values[KNOBS];
};

static void clear_ruled(gpointer data)
{
	g_free(((struct ruled_row *)data)->verdict);
}

static GArray *ruled_rows(const struct scenario *scenario)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct ruled_row));

	g_array_set_clear_func(rows, clear_ruled);
	for (unsigned i = 0; i < scenario->row_count; i++)
		for (unsigned policy = 0; policy < policy_count(); policy++) {
			const struct expect_row *row = &scenario->rows[i];
			struct ruled_row ruled = {.row = row};

			if (!(row->policies >> policy & 1))
				continue;
			rules_of_policy(policy, &ruled.rules);
			for (unsigned set = 0; set < row->set_count; set++)
				rules_set(&ruled.rules, row->set[set].knob, row->set[set].value);
			ruled.verdict = verdict_expected(sim_tables(), row);
			g_array_append_val(rows, ruled);
		}
	return rows;
}

/* What a policy is made of; the other knobs may follow these when they are not given. */
static bool is_axis(unsigned knob)
{
	return knob == KNOB_USER_API || knob == KNOB_KERNEL_DMA;
}

/* The one knob in which the two differ, but for those that only follow it; KNOBS: none, or more than one. */
static unsigned only_difference(const struct rules *a, const struct rules *b)
{
	unsigned found = KNOBS;

	if (a->plugin != b->plugin)
		return KNOBS;
	for (unsigned knob = 0; knob < KNOBS; knob++) {
		if (a->value[knob] == b->value[knob] || (!is_axis(knob) && !a->given[knob] && !b->given[knob]))
			continue;
		if (found != KNOBS)
			return KNOBS;
		found = knob;
	}
	return found;
}

static void separate(const struct scenario *scenario, struct separation *out)
{
	g_autoptr(GArray) rows = ruled_rows(scenario);

	*out = (struct separation){{0}};
	for (unsigned i = 0; i < rows->len; i++)
		for (unsigned j = i + 1; j < rows->len; j++) {
			const struct ruled_row *a = &g_array_index(rows, struct ruled_row, i);
			const struct ruled_row *b = &g_array_index(rows, struct ruled_row, j);
			unsigned knob = only_difference(&a->rules, &b->rules);

			if (knob == KNOBS || !(a->row->cases & b->row->cases) || !(a->row->kinds & b->row->kinds) ||
			    strcmp(a->verdict, b->verdict) == 0)
				continue;
			out->values[knob] |= 1u << a->rules.value[knob] | 1u << b->rules.value[knob];
		}
}

/* --- what there is to say of a knob --- */

struct knob_text {
	unsigned row, knob; /* the row of knob_rows, and the knob that it sets */
	const iosim_scenario *const *scenarios;
	const struct separation *separations; /* one a scenario */
	unsigned scenario_count;
};

static unsigned value_under(unsigned knob, unsigned policy)
{
	struct rules rules;

	rules_of_policy(policy, &rules);
	return rules.value[knob];
}

/* The value that most policies have; of several the first. */
static unsigned usual_value(const struct knob_text *text)
{
	unsigned best = 0, best_count = 0;

	for (unsigned value = 0; knob_rows[text->knob].values[value]; value++) {
		unsigned count = 0;

		for (unsigned policy = 0; policy < policy_count(); policy++)
			count += value_under(text->knob, policy) == value;
		if (count > best_count) {
			best = value;
			best_count = count;
		}
	}
	return best;
}

/* "strict; identity: noiommu" */
static void append_defaults(GString *out, const struct knob_text *text)
{
	const char *const *values = knob_rows[text->knob].values;
	unsigned usual = usual_value(text);

	g_string_append_printf(out, "    default: %s", values[usual]);
	for (unsigned value = 0; values[value]; value++) {
		const char *before = "";

		for (unsigned policy = 0; policy < policy_count() && value != usual; policy++) {
			if (value_under(text->knob, policy) != value)
				continue;
			if (*before == '\0')
				g_string_append_printf(out, "; %s: ", values[value]);
			g_string_append_printf(out, "%s%s", before, policy_name(policy));
			before = ", ";
		}
	}
	g_string_append_c(out, '\n');
}

static void append_separated(GString *out, const struct knob_text *text)
{
	const char *const *values = knob_rows[text->knob].values;
	unsigned count = 0;

	g_string_append(out, "    separated by:");
	for (unsigned i = 0; i < text->scenario_count; i++) {
		uint32_t apart = text->separations[i].values[text->knob];
		const char *before = "";

		if (!apart)
			continue;
		g_string_append_printf(out, "%s %s (", count++ ? "," : "", iosim_scenario_name(text->scenarios[i]));
		for (unsigned value = 0; values[value]; value++)
			if (apart >> value & 1) {
				g_string_append_printf(out, "%s%s", before, values[value]);
				before = " | ";
			}
		g_string_append_c(out, ')');
	}
	g_string_append(out, count ? "\n" : " none of them\n");
}

/* "    since 6.2: iommufd exists" and, below it, where that comes from. */
static void append_kernel_rules(GString *out)
{
	for (const struct kernel_rule *row = kernel_rules; row->rule; row++)
		g_string_append_printf(out, "    since %s: %s\n        %s, %s\n",
				       knob_rows[KNOB_KERNEL].values[row->kernel], row->rule, row->source,
				       row->message_id);
}

static void append_knob(GString *out, const struct knob_text *text)
{
	g_autofree char *values = g_strjoinv(", ", (char **)knob_rows[text->row].values);

	g_string_append_printf(out, "%-24s %s\n    values: %s\n", knob_rows[text->row].name,
			       knob_rows[text->row].summary, values);
	if (text->row != text->knob) {
		g_string_append_printf(out, "    same as: %s\n", knob_rows[text->knob].name);
		return;
	}
	append_defaults(out, text);
	if (text->knob == KNOB_KERNEL)
		append_kernel_rules(out);
	if (text->scenario_count)
		append_separated(out, text);
}

/* --- the same as JSON --- */

/* An array of those values whose bit is set. */
static void add_values(JsonBuilder *builder, const char *const *values, uint32_t mask)
{
	json_text_begin_array(builder, "values");
	for (unsigned value = 0; values[value]; value++)
		if (mask >> value & 1)
			json_builder_add_string_value(builder, values[value]);
	json_builder_end_array(builder);
}

static void build_separated(JsonBuilder *builder, const struct knob_text *text)
{
	json_text_begin_array(builder, "separated_by");
	for (unsigned i = 0; i < text->scenario_count; i++) {
		uint32_t apart = text->separations[i].values[text->knob];

		if (!apart)
			continue;
		json_builder_begin_object(builder);
		json_text_add(builder, "scenario", iosim_scenario_name(text->scenarios[i]));
		add_values(builder, knob_rows[text->knob].values, apart);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static void build_kernel_rules(JsonBuilder *builder)
{
	json_text_begin_array(builder, "rules");
	for (const struct kernel_rule *row = kernel_rules; row->rule; row++) {
		json_builder_begin_object(builder);
		json_text_add(builder, "since", knob_rows[KNOB_KERNEL].values[row->kernel]);
		json_text_add(builder, "rule", row->rule);
		json_text_add(builder, "source", row->source);
		json_text_add(builder, "message_id", row->message_id);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static void build_knob(JsonBuilder *builder, const struct knob_text *text)
{
	const char *const *values = knob_rows[text->row].values;

	json_builder_begin_object(builder);
	json_text_add(builder, "name", knob_rows[text->row].name);
	json_text_add(builder, "summary", knob_rows[text->row].summary);
	add_values(builder, values, UINT32_MAX);
	if (text->row != text->knob)
		json_text_add(builder, "same_as", knob_rows[text->knob].name);
	json_text_begin_object(builder, "default");
	for (unsigned policy = 0; policy < policy_count(); policy++)
		json_text_add(builder, policy_name(policy), values[value_under(text->knob, policy)]);
	json_builder_end_object(builder);
	if (text->row == KNOB_KERNEL)
		build_kernel_rules(builder);
	if (text->scenario_count)
		build_separated(builder, text);
	json_builder_end_object(builder);
}

static char *knobs_json(struct knob_text *text)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (text->row = 0; text->row < knob_row_count(); text->row++) {
		text->knob = knob_rows[text->row].same_as < 0 ? text->row : (unsigned)knob_rows[text->row].same_as;
		build_knob(builder, text);
	}
	json_builder_end_array(builder);
	return json_text_of(builder);
}

static char *knobs_text(struct knob_text *text)
{
	GString *out = g_string_new(NULL);

	for (text->row = 0; text->row < knob_row_count(); text->row++) {
		text->knob = knob_rows[text->row].same_as < 0 ? text->row : (unsigned)knob_rows[text->row].same_as;
		append_knob(out, text);
	}
	return g_string_free(out, FALSE);
}

char *iosim_list_knobs(const iosim_scenario *const *scenarios, unsigned count, const char *format, GError **error)
{
	static const char *const formats[] = {"text", "json", NULL};
	g_autofree struct separation *separations = g_new0(struct separation, count + 1u);
	struct knob_text text = {.scenarios = scenarios, .separations = separations, .scenario_count = count};

	for (unsigned i = 0; i < count; i++)
		separate(iosim_scenario_program(scenarios[i]), &separations[i]);
	if (strcmp(format, "text") == 0)
		return knobs_text(&text);
	if (strcmp(format, "json") == 0)
		return knobs_json(&text);
	argument_unknown(error, "format", format, formats);
	return NULL;
}
