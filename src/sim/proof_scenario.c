/* SPDX-License-Identifier: MIT */
#include "sim/proof_scenario.h"

#include "scenario/excerpt.h"
#include "sim/expectation.h"
#include "sim/explore.h"
#include "sim/tables.h"
#include "sim/verdict.h"

#include <string.h>

#define LABEL_BYTES 16

struct tale {
	const struct proof_story *story;
	struct excerpt_step steps[PROOF_MAX_LENGTH];
	char labels[PROOF_MAX_LENGTH][LABEL_BYTES];
	bool named[PROOF_MAX_LENGTH]; /* by a verdict */
	char *expect[PROOF_MAX_LENGTH];
	GString *rows;
};

/* --- the text --- */

static uint64_t invariants_of(const struct proof_story *story)
{
	return story->scenario->invariants | (story->invariant < 0 ? 0 : UINT64_C(1) << story->invariant);
}

static char *invariant_list(uint64_t wanted)
{
	GString *out = g_string_new(NULL);

	for (unsigned bit = 0; sim_tables()->invariants[bit]; bit++)
		if (wanted >> bit & 1)
			g_string_append_printf(out, "%s%s", out->len ? ", " : "", sim_tables()->invariants[bit]);
	return g_string_free(out, FALSE);
}

static char *breach_words(const struct proof_story *story)
{
	return story->invariant < 0 ? g_strdup("crashes its host")
				    : g_strdup_printf("violates %s", sim_tables()->invariants[story->invariant]);
}

static char *text_of(const struct tale *tale, const char *rows)
{
	const struct proof_story *story = tale->story;
	g_autofree char *excerpt =
		scenario_excerpt(story->scenario, story->case_index, tale->steps, story->sequence.length);
	g_autofree char *judged = invariant_list(invariants_of(story)), *breach = breach_words(story);
	const char *date = story->scenario->sources[0].date;

	return g_strdup_printf("name: %s\n"
			       "title: A shortest sequence of %s that %s under %s\n"
			       "source:\n"
			       "  author: ioasid-sim\n"
			       "  date: %s\n"
			       "  document: '%s'\n"
			       "claim: >\n"
			       "  No shorter sequence of the actions of %s does that.\n"
			       "invariants: [%s]\n"
			       "%sexpect:\n%s",
			       story->name, story->scenario->name, breach, policy_name(story->policy),
			       date ? date : "1970-01-01", story->command, story->scenario->name, judged, excerpt,
			       rows);
}

/* --- running it --- */

/* False and a message: it cannot be run. `take` is called for each kind that the story has. */
static bool run_on_kinds(struct tale *tale, const char *rows,
			 void (*take)(struct tale *tale, const struct scenario *scenario, const struct run_record *run),
			 char **message)
{
	const struct proof_story *story = tale->story;
	g_autofree char *text = text_of(tale, rows);
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data(story->name, text, strlen(text), sim_tables(), &error);
	struct run_request request = {.scenario = scenario, .policy = story->policy};

	if (!scenario) {
		*message = g_strdup(error->message);
		g_error_free(error);
		return false;
	}
	rules_of_policy(story->policy, &request.rules);
	for (unsigned i = 0; i < story->setting_count; i++)
		rules_set(&request.rules, story->settings[i].knob, story->settings[i].value);
	for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS && !*message; kind++) {
		struct exploration *exploration;
		if (!(story->kinds >> kind & 1))
			continue;
		request.kind = kind;
		exploration = explore_case(&request, message);
		if (exploration)
			take(tale, scenario, g_ptr_array_index(exploration->runs, 0));
		exploration_free(exploration);
	}
	scenario_free(scenario);
	return *message == NULL;
}

/* What each step should do: what it does on the first kind. */
static void take_expectations(struct tale *tale, const struct scenario *scenario, const struct run_record *run)
{
	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);
		if (!tale->expect[i])
			tale->expect[i] = record_expectation(scenario->cases[0].machine, record, record->violated != 0);
		tale->steps[i].expect = tale->expect[i];
	}
}

struct items {
	struct tale *tale;
	GString *text;
};

static void take_item(void *context, const struct step_record *record, const char *item)
{
	struct items *items = context;

	g_string_append_printf(items->text, "%s%s", items->text->len ? ", " : "", item);
	for (unsigned i = 0; i < items->tale->story->sequence.length; i++)
		if (strcmp(items->tale->labels[i], record->step->label) == 0)
			items->tale->named[i] = true;
}

static void append_row(struct tale *tale, const char *kind, const char *items)
{
	const struct proof_story *story = tale->story;

	g_string_append_printf(tale->rows, "  - {policy: %s, iommu: %s", policy_name(story->policy), kind);
	for (unsigned i = 0; i < story->setting_count; i++)
		g_string_append_printf(tale->rows, "%s%s: %s", i ? ", " : ", set: {",
				       knob_rows[story->settings[i].knob].name,
				       knob_rows[story->settings[i].knob].values[story->settings[i].value]);
	g_string_append_printf(tale->rows, "%s, basis: I,\n     verdict: [%s]}\n", story->setting_count ? "}" : "",
			       items[0] ? items : "safe");
}

static void take_row(struct tale *tale, const struct scenario *scenario, const struct run_record *run)
{
	struct items items = {.tale = tale, .text = g_string_new(NULL)};

	verdict_items(scenario, sim_tables(), run, take_item, &items);
	append_row(tale, machine_name_of_kind(run->kind), items.text->str);
	g_string_free(items.text, TRUE);
}

/* Whether the last step does what it is there for. */
static bool ends_well(const struct proof_story *story, const char *rows)
{
	g_autofree char *breach = story->invariant < 0 ? g_strdup("crash at breach")
						       : g_strdup_printf("violates %s at breach",
									 sim_tables()->invariants[story->invariant]);
	return strstr(rows, breach) != NULL;
}

char *proof_scenario(const struct proof_story *story, char **message)
{
	g_autofree char *some =
		g_strdup_printf("  - {policy: %s, verdict: safe, basis: I}\n", policy_name(story->policy));
	struct tale tale = {.story = story, .rows = g_string_new(NULL)};
	char *text = NULL;

	*message = NULL;
	for (unsigned i = 0; i < story->sequence.length; i++) {
		bool last = i + 1 == story->sequence.length;
		g_snprintf(tale.labels[i], LABEL_BYTES, last ? "breach" : "step-%u", i + 1);
		tale.steps[i] = (struct excerpt_step){.step = story->sequence.steps[i], .label = tale.labels[i]};
	}
	if (run_on_kinds(&tale, some, take_expectations, message) && run_on_kinds(&tale, some, take_row, message)) {
		for (unsigned i = 0; i < story->sequence.length; i++)
			if (!tale.named[i])
				tale.steps[i].label = NULL;
		if (ends_well(story, tale.rows->str))
			text = text_of(&tale, tale.rows->str);
		else
			*message = g_strdup_printf("%s: as a scenario it does something else", story->name);
	}
	for (unsigned i = 0; i < story->sequence.length; i++)
		g_free(tale.expect[i]);
	g_string_free(tale.rows, TRUE);
	return text;
}
