/* SPDX-License-Identifier: MIT */
/* From a small program that has a fault to a scenario: what each step should do, and rows that say what it does. */
#include "sim/random_search.h"

#include "sim/expectation.h"
#include "sim/tables.h"
#include "sim/verdict.h"

#include <string.h>

static const char *const kind_names[TRIAL_KINDS] = {"vtd", "smmuv3"};

char *search_fault_words(const struct fault *fault)
{
	switch (fault->sort) {
	case FAULT_VIOLATION:
		return g_strdup_printf("violates %s", sim_tables()->invariants[fault->invariant]);
	case FAULT_DIFFERENCE:
		return g_strdup_printf("is not the same on both kinds at %s", operation_name(fault->operation));
	case FAULT_LOSS:
		return g_strdup_printf("loses availability at %s", operation_name(fault->operation));
	case FAULT_NONE:
		break;
	}
	return g_strdup("nothing");
}

/* --- what each step should do --- */

static bool is_good(const struct step_record *record)
{
	return record->did == DID_OK || record->did == DID_REACHED || record->did == DID_RAISED;
}

static void expect_steps(struct sketch *sketch, const struct trial *trial)
{
	const struct machine *machine = trial->scenario->cases[0].machine;
	uint32_t step = 0;

	for (uint32_t i = 0; i < sketch->count; i++) {
		const struct step_record *one, *two;
		g_autofree char *expect = NULL;

		if (sketch->parts[i].table != SKETCH_RUN)
			continue;
		one = trial_record(trial, 0, step);
		two = trial_record(trial, 1, step);
		expect = record_expectation(machine, is_good(two) && !is_good(one) ? two : one,
					    one->violated || two->violated);
		if (expect)
			g_strlcpy(sketch->parts[i].expect, expect, sizeof(sketch->parts[i].expect));
		step++;
	}
}

/* --- labels and rows --- */

/* Each step gets its operation's name, and a number where there are several. */
static void label_steps(struct sketch *sketch)
{
	for (uint32_t i = 0; i < sketch->count; i++) {
		struct sketch_part *step = &sketch->parts[i];
		const char *dot = strchr(step->name, '.');
		unsigned before = 0;

		if (step->table != SKETCH_RUN)
			continue;
		for (uint32_t j = 0; j < i; j++)
			before +=
				sketch->parts[j].table == SKETCH_RUN && strcmp(sketch->parts[j].name, step->name) == 0;
		g_strlcpy(step->label, dot ? dot + 1 : step->name, sizeof(step->label));
		if (before) {
			g_autofree char *label = g_strdup_printf("%.18s-%u", step->label, before + 1);
			g_strlcpy(step->label, label, sizeof(step->label));
		}
	}
}

struct items {
	GString *text; /* "a, b" */
	struct sketch *used;
};

static void take_item(void *context, const struct step_record *record, const char *item)
{
	struct items *items = context;

	g_string_append_printf(items->text, "%s%s", items->text->len ? ", " : "", item);
	for (uint32_t i = 0; i < items->used->count; i++)
		if (strcmp(items->used->parts[i].label, record->step->label) == 0)
			items->used->parts[i].named = true;
}

/* Labels that no item names go. */
static void keep_labels(struct sketch *sketch)
{
	for (uint32_t i = 0; i < sketch->count; i++)
		if (!sketch->parts[i].named)
			sketch->parts[i].label[0] = '\0';
}

static void append_row(GString *out, const struct trial_rules *rules, const char *kind, const char *items)
{
	g_string_append_printf(out, "  - {policy: %s", policy_name(rules->policy));
	if (kind)
		g_string_append_printf(out, ", iommu: %s", kind);
	for (unsigned i = 0; i < rules->setting_count; i++)
		g_string_append_printf(out, "%s%s: %s", i ? ", " : ", set: {", knob_rows[rules->settings[i].knob].name,
				       knob_rows[rules->settings[i].knob].values[rules->settings[i].value]);
	g_string_append_printf(out, "%s, basis: I,\n     verdict: [%s]}\n", rules->setting_count ? "}" : "",
			       items[0] ? items : "safe");
}

static char *invariant_list(const struct trial *trial, const struct fault *fault)
{
	GString *out = g_string_new(NULL);

	for (unsigned bit = 0; sim_tables()->invariants[bit]; bit++) {
		bool violated = (trial->violated[0] | trial->violated[1]) >> bit & 1;

		if (violated || (fault->sort == FAULT_VIOLATION && fault->invariant == bit))
			g_string_append_printf(out, "%s%s", out->len ? ", " : "", sim_tables()->invariants[bit]);
	}
	if (out->len == 0)
		g_string_append(out, "dma-confined");
	return g_string_free(out, FALSE);
}

/* Runs the labelled scenario and reads the rows off. */
static char *read_rows(struct sketch *sketch, const struct sketch_frame *frame, const struct search_wish *wish)
{
	g_autofree char *text = sketch_text(sketch, frame);
	GString *rows = g_string_new(NULL);
	char *items[TRIAL_KINDS];
	struct trial trial;

	trial_run(text, &wish->rules, &trial);
	for (unsigned i = 0; i < TRIAL_KINDS; i++) {
		struct items list = {.text = g_string_new(NULL), .used = sketch};

		if (trial.ran)
			verdict_items(trial.scenario, sim_tables(), trial.runs[i], take_item, &list);
		items[i] = g_string_free(list.text, FALSE);
	}
	if (strcmp(items[0], items[1]) == 0)
		append_row(rows, &wish->rules, NULL, items[0]);
	for (unsigned i = 0; i < TRIAL_KINDS && strcmp(items[0], items[1]) != 0; i++)
		append_row(rows, &wish->rules, kind_names[i], items[i]);
	for (unsigned i = 0; i < TRIAL_KINDS; i++)
		g_free(items[i]);
	trial_clear(&trial);
	keep_labels(sketch);
	return g_string_free(rows, FALSE);
}

char *search_scenario(const struct search_wish *wish, const struct search_found *found,
		      const struct search_words *words)
{
	g_autofree struct sketch *sketch = g_memdup2(&found->sketch, sizeof(found->sketch));
	g_autofree char *text = trial_text(sketch, &wish->rules), *fault = search_fault_words(&found->fault);
	g_autofree char *claim = g_strdup_printf("A random program of %u steps, made as small as it can be, %s.",
						 found->steps_before, fault);
	g_autofree char *invariants = NULL, *rows = NULL;
	struct sketch_frame frame = {.name = words->name, .source = words->source, .claim = claim};
	g_autofree char *title =
		g_strdup_printf("A random program under %s %s", policy_name(wish->rules.policy), fault);
	struct trial trial;

	trial_run(text, &wish->rules, &trial);
	invariants = invariant_list(&trial, &found->fault);
	if (trial.ran)
		expect_steps(sketch, &trial);
	trial_clear(&trial);
	label_steps(sketch);
	frame.title = title;
	frame.invariants = invariants;
	frame.rows = "  - {policy: iommufd, verdict: safe, basis: I}\n";
	rows = read_rows(sketch, &frame, wish);
	frame.rows = rows;
	return sketch_text(sketch, &frame);
}
