/* SPDX-License-Identifier: MIT */
/* The public face of replaying: which rows run on which kinds, and what becomes of them. */
#include <ioasid-sim/replay.h>

#include "report/result.h"
#include "scenario/program.h"
#include "sim/argument.h"
#include "sim/explore.h"
#include "sim/run.h"
#include "sim/scenario_handle.h"
#include "sim/tables.h"
#include "sim/told.h"
#include "sim/verdict.h"
#include "uapi/rules.h"

#include <string.h>

struct iosim_scenario {
	struct scenario *scenario;
};

struct iosim_results {
	struct result_list *list;
};

/* --- loading --- */

static iosim_scenario *wrap(struct scenario *scenario)
{
	iosim_scenario *out;

	if (!scenario)
		return NULL;
	out = g_new0(iosim_scenario, 1);
	out->scenario = scenario;
	return out;
}

/* The loader's error under the library's domain. */
static void pass_on(GError **error, GError *inner)
{
	static const iosim_error codes[] = {[SCENARIO_ERROR_READ] = IOSIM_ERROR_READ,
					    [SCENARIO_ERROR_SYNTAX] = IOSIM_ERROR_SYNTAX,
					    [SCENARIO_ERROR_MEANING] = IOSIM_ERROR_MEANING};

	if (!inner)
		return;
	g_set_error_literal(error, IOSIM_ERROR, codes[inner->code], inner->message);
	g_error_free(inner);
}

iosim_scenario *iosim_scenario_load(const char *path, GError **error)
{
	GError *inner = NULL;
	struct scenario *scenario = scenario_load_file(path, sim_tables(), &inner);

	pass_on(error, inner);
	return wrap(scenario);
}

iosim_scenario *iosim_scenario_load_data(const char *name, const char *data, gsize bytes, GError **error)
{
	GError *inner = NULL;
	struct scenario *scenario = scenario_load_data(name, data, bytes, sim_tables(), &inner);

	pass_on(error, inner);
	return wrap(scenario);
}

void iosim_scenario_free(iosim_scenario *scenario)
{
	if (!scenario)
		return;
	scenario_free(scenario->scenario);
	g_free(scenario);
}

const char *iosim_scenario_name(const iosim_scenario *scenario)
{
	return scenario->scenario->name;
}

const char *iosim_scenario_title(const iosim_scenario *scenario)
{
	return scenario->scenario->title;
}

const char *iosim_scenario_claim(const iosim_scenario *scenario)
{
	return scenario->scenario->claim;
}

const struct scenario *iosim_scenario_program(const iosim_scenario *scenario)
{
	return scenario->scenario;
}

char *iosim_scenario_schema(void)
{
	return scenario_schema(sim_tables());
}

/* --- options --- */

struct wishes {
	int policy; /* -1: every row's */
	int kind;   /* -1: every kind that can */
	struct setting settings[KNOBS * 2];
	unsigned setting_count;
	bool verbose;
	const char *order; /* NULL: every one */
	bool order_ran;    /* some run has it */
	char *order_fault; /* why a run has not; NULL */
};

static bool wish_setting(const char *text, struct wishes *wishes, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, "=", 2);
	int row, value;

	if (!parts[0] || !parts[1]) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "expected KNOB=VALUE, found '%s'", text);
		return false;
	}
	row = knob_by_name(parts[0]);
	if (row < 0) {
		const char *names[KNOBS * 2 + 1] = {NULL};

		for (unsigned i = 0; i < knob_row_count() && i < KNOBS * 2; i++)
			names[i] = knob_rows[i].name;
		return argument_unknown(error, "knob", parts[0], names);
	}
	value = knob_value_by_name((unsigned)row, parts[1]);
	if (value < 0) {
		g_autofree char *what = g_strdup_printf("value of %s", parts[0]);
		return argument_unknown(error, what, parts[1], knob_rows[row].values);
	}
	if (wishes->setting_count == G_N_ELEMENTS(wishes->settings)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "too many settings");
		return false;
	}
	wishes->settings[wishes->setting_count++] = (struct setting){.knob = (uint16_t)row, .value = (uint16_t)value};
	return true;
}

static bool read_options(const iosim_replay_options *options, struct wishes *wishes, GError **error)
{
	static const char *const kinds[] = {"none", "vtd", "smmuv3", NULL};

	*wishes = (struct wishes){.policy = -1, .kind = -1};
	if (!options)
		return true;
	wishes->verbose = options->verbose;
	wishes->order = options->order;
	if (options->policy) {
		wishes->policy = policy_by_name(options->policy);
		if (wishes->policy < 0)
			return argument_unknown(error, "policy", options->policy, sim_tables()->policies);
	}
	if (options->iommu) {
		for (int kind = 0; kinds[kind]; kind++)
			if (strcmp(kinds[kind], options->iommu) == 0)
				wishes->kind = kind;
		if (wishes->kind < 0)
			return argument_unknown(error, "iommu", options->iommu, kinds);
	}
	for (unsigned i = 0; options->settings && options->settings[i]; i++)
		if (!wish_setting(options->settings[i], wishes, error))
			return false;
	return true;
}

gboolean iosim_replay_options_check(const iosim_replay_options *options, GError **error)
{
	struct wishes wishes;

	return read_options(options, &wishes, error);
}

/* --- which runs --- */

static struct result_row *new_row(const struct scenario *scenario, const struct run_request *request,
				  const struct setting *settings, unsigned count)
{
	const struct scenario_case *program = &scenario->cases[request->case_index];
	struct result_row *row = result_row_new();
	GString *words = g_string_new(NULL);

	row->path = g_strdup(scenario->path);
	row->scenario = g_strdup(scenario->name);
	row->title = g_strdup(scenario->title);
	row->policy = g_strdup(policy_name(request->policy));
	row->case_name = program->name[0] ? g_strdup(program->name) : NULL;
	row->iommu = g_strdup(machine_name_of_kind(request->kind));
	for (unsigned i = 0; i < count; i++)
		g_string_append_printf(words, "%s%s=%s", i ? " " : "", knob_rows[settings[i].knob].name,
				       knob_rows[settings[i].knob].values[settings[i].value]);
	row->settings = words->len ? g_string_free(words, FALSE) : NULL;
	if (!row->settings)
		g_string_free(words, TRUE);
	return row;
}

/* The order that was asked for is none of this run. */
static void has_no_such_order(struct wishes *wishes, const char *why, struct result_row *row)
{
	row->status = RESULT_NOT_RUN;
	row->line = 1;
	row->reason = g_strdup(why);
	if (!wishes->order_fault)
		wishes->order_fault = g_strdup(why);
}

/* One run; `expect` is NULL for a what-if. */
static void replay_one(struct run_request *request, const struct setting *settings, unsigned count,
		       const struct expect_row *expect, struct wishes *wishes, struct result_list *list)
{
	struct result_row *row = new_row(request->scenario, request, settings, count);
	struct exploration *exploration;
	g_autofree char *message = NULL;

	request->order = wishes->order;
	if (wishes->order) /* one of many: there is nothing to judge */
		expect = NULL;
	rules_of_policy(request->policy, &request->rules);
	for (unsigned i = 0; i < count; i++)
		rules_set(&request->rules, settings[i].knob, settings[i].value);
	exploration = explore_case(request, &message);
	if (!exploration && wishes->order) {
		has_no_such_order(wishes, message, row);
		result_list_add(list, row);
		return;
	}
	wishes->order_ran = true;
	if (!exploration) {
		row->reason = g_steal_pointer(&message);
		row->status = RESULT_FAILED;
		row->line = expect ? expect->place.line : 1;
		row->expected = expect ? verdict_expected(sim_tables(), expect) : g_strdup("a run");
		row->got = g_strdup("did not run");
		result_list_add(list, row);
		return;
	}
	told_fill(request, expect, exploration, row);
	result_list_add(list, row);
	exploration_free(exploration);
}

static void not_run(struct run_request *request, const struct expect_row *expect, const char *reason,
		    enum result_status status, struct result_list *list)
{
	struct result_row *row = new_row(request->scenario, request, expect->set, expect->set_count);

	row->status = status;
	row->line = expect->place.line;
	row->reason = g_strdup(reason);
	row->got = status == RESULT_FAILED ? g_strdup("ran on no kind of IOMMU") : NULL;
	row->expected = verdict_expected(sim_tables(), expect);
	result_list_add(list, row);
}

/* A row for one policy and one case, on every kind that is wished for and can. */
static void replay_row_case(struct run_request *request, const struct expect_row *expect, struct wishes *wishes,
			    struct result_list *list)
{
	const struct scenario_case *program = &request->scenario->cases[request->case_index];
	uint32_t can = run_kinds(program->machine) & expect->kinds;
	bool ran = false;

	for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++) {
		request->kind = kind;
		if (wishes->kind >= 0 && kind != (enum iommu_kind)wishes->kind)
			continue;
		const char *lacks = scenario_lacks(program, request->policy, kind);
		if (can >> kind & 1 && lacks) {
			not_run(request, expect, lacks, RESULT_NOT_RUN, list);
		} else if (can >> kind & 1 && run_kind_is_built(kind)) {
			replay_one(request, expect->set, expect->set_count, expect, wishes, list);
			ran = true;
		} else if (expect->kinds != UINT32_MAX && expect->kinds >> kind & 1) {
			not_run(request, expect, "this kind cannot express the case", RESULT_NOT_RUN, list);
		}
	}
	if (!ran && wishes->kind < 0) {
		request->kind = IOMMU_NONE;
		not_run(request, expect, "every row must run on some kind", RESULT_FAILED, list);
	}
}

static void replay_rows(const struct scenario *scenario, struct wishes *wishes, struct result_list *list)
{
	for (unsigned i = 0; i < scenario->row_count; i++) {
		const struct expect_row *expect = &scenario->rows[i];

		for (unsigned policy = 0; policy < policy_count(); policy++) {
			if (!(expect->policies >> policy & 1))
				continue;
			if (wishes->policy >= 0 && policy != (unsigned)wishes->policy)
				continue;
			for (unsigned index = 0; index < scenario->case_count; index++) {
				struct run_request request = {.scenario = scenario,
							      .case_index = index,
							      .policy = policy,
							      .verbose = wishes->verbose};

				if (expect->cases >> index & 1)
					replay_row_case(&request, expect, wishes, list);
			}
		}
	}
}

/* Every policy that is wished for, on every case and kind, under the given settings: nothing is judged. */
static void replay_what_if(const struct scenario *scenario, struct wishes *wishes, struct result_list *list)
{
	for (unsigned policy = 0; policy < policy_count(); policy++) {
		if (wishes->policy >= 0 && policy != (unsigned)wishes->policy)
			continue;
		for (unsigned index = 0; index < scenario->case_count; index++)
			for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++) {
				struct run_request request = {.scenario = scenario,
							      .case_index = index,
							      .policy = policy,
							      .kind = kind,
							      .verbose = wishes->verbose};

				if (wishes->kind >= 0 && kind != (enum iommu_kind)wishes->kind)
					continue;
				if (run_kinds(scenario->cases[index].machine) >> kind & 1 &&
				    !scenario_lacks(&scenario->cases[index], policy, kind))
					replay_one(&request, wishes->settings, wishes->setting_count, NULL, wishes,
						   list);
			}
	}
}

gboolean iosim_replay(const iosim_scenario *scenario, const iosim_replay_options *options, iosim_results *results,
		      GError **error)
{
	struct wishes wishes;
	bool has_row = false;

	if (!read_options(options, &wishes, error))
		return FALSE;
	for (unsigned i = 0; i < scenario->scenario->row_count; i++)
		has_row |= wishes.policy < 0 || (scenario->scenario->rows[i].policies >> wishes.policy & 1);
	if (wishes.setting_count || !has_row)
		replay_what_if(scenario->scenario, &wishes, results->list);
	else
		replay_rows(scenario->scenario, &wishes, results->list);
	if (wishes.order && !wishes.order_ran)
		g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
				    wishes.order_fault ? wishes.order_fault : "an order, and nothing ran");
	g_free(wishes.order_fault);
	return !wishes.order || wishes.order_ran;
}

/* --- results --- */

iosim_results *iosim_results_new(void)
{
	iosim_results *results = g_new0(iosim_results, 1);

	results->list = result_list_new();
	return results;
}

void iosim_results_free(iosim_results *results)
{
	if (!results)
		return;
	result_list_free(results->list);
	g_free(results);
}

void iosim_results_refuse(iosim_results *results, const char *message)
{
	result_list_refuse(results->list, message);
}

unsigned iosim_results_count(const iosim_results *results, iosim_status status)
{
	switch (status) {
	case IOSIM_PASSED:
		return results->list->passed;
	case IOSIM_FAILED:
		return results->list->failed;
	case IOSIM_NOT_RUN:
		return results->list->not_run;
	case IOSIM_PRINTED:
		return results->list->printed;
	}
	return 0;
}

unsigned iosim_results_rows(const iosim_results *results)
{
	return results->list->rows->len;
}

gboolean iosim_results_row(const iosim_results *results, unsigned index, iosim_row *row)
{
	static const iosim_status statuses[] = {[RESULT_PASSED] = IOSIM_PASSED,
						[RESULT_FAILED] = IOSIM_FAILED,
						[RESULT_NOT_RUN] = IOSIM_NOT_RUN,
						[RESULT_PRINTED] = IOSIM_PRINTED};
	const struct result_row *from;

	if (index >= results->list->rows->len)
		return FALSE;
	from = g_ptr_array_index(results->list->rows, index);
	*row = (iosim_row){.status = statuses[from->status],
			   .scenario = from->scenario,
			   .policy = from->policy,
			   .case_name = from->case_name,
			   .iommu = from->iommu,
			   .settings = from->settings,
			   .expected = from->expected,
			   .verdict = from->got,
			   .reason = from->reason,
			   .line = from->line,
			   .incomplete = from->orders.incomplete};
	return TRUE;
}

char *iosim_results_format(const iosim_results *results, const char *format, gboolean verbose, gboolean colour,
			   GError **error)
{
	static const char *const formats[] = {"text", "json", "tap", "junit", NULL};
	struct report_options options = {.verbose = verbose, .colour = colour};
	int which = report_format_by_name(format);

	if (which < 0) {
		argument_unknown(error, "format", format, formats);
		return NULL;
	}
	return report_format(results->list, (enum report_format)which, &options);
}

char *iosim_results_summary(const iosim_results *results)
{
	return report_text_summary(results->list);
}

char *iosim_results_format_row(const iosim_results *results, unsigned index, gboolean verbose, gboolean colour)
{
	struct report_options options = {.verbose = verbose, .colour = colour};

	if (index >= results->list->rows->len)
		return g_strdup("");
	return report_text_row(g_ptr_array_index(results->list->rows, index), &options);
}
