/* SPDX-License-Identifier: MIT */
/* The public face of replaying: which rows run on which kinds, and what becomes of them. */
#include <ioasid-sim/replay.h>

#include "scenario/program.h"
#include "sim/argument.h"
#include "sim/explore.h"
#include "sim/profile.h"
#include "sim/results_handle.h"
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
	bool verbose, free_hardware;
	const char *order;                          /* NULL: every one */
	const iosim_profile *profiles[IOMMU_KINDS]; /* for each kind; NULL: nothing is timed */
	iosim_profile *loaded[IOMMU_KINDS];         /* those that are ours */
	bool order_ran;                             /* some run has it */
	char *order_fault;                          /* why a run has not; NULL */
};

static bool wish_setting(const char *text, struct wishes *wishes, GError **error)
{
	if (wishes->setting_count == G_N_ELEMENTS(wishes->settings)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "too many settings");
		return false;
	}
	return argument_setting(text, &wishes->settings[wishes->setting_count++], error);
}

static bool is_plugin(const struct wishes *wishes)
{
	return wishes->policy >= 0 && policy_base((unsigned)wishes->policy) != (unsigned)wishes->policy;
}

/* It would be another front end in the plug-in's place. */
static bool keeps_user_api(const struct wishes *wishes, GError **error)
{
	for (unsigned i = 0; i < wishes->setting_count; i++)
		if (wishes->settings[i].knob == KNOB_USER_API) {
			g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
				    "user_api cannot be set: '%s' is the user API",
				    policy_name((unsigned)wishes->policy));
			return false;
		}
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
	wishes->free_hardware = options->free_hardware;
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
	return !is_plugin(wishes) || keeps_user_api(wishes, error);
}

/* The profile for each kind of IOMMU. A machine without one is the first one's. */
static bool take_profiles(const iosim_replay_options *options, struct wishes *wishes, GError **error)
{
	static const char *const usual[IOMMU_KINDS] = {"bdw-e5-2630v4", "bdw-e5-2630v4", "smmuv3-generic"};

	for (int kind = 0; options && options->timed && kind < IOMMU_KINDS; kind++) {
		wishes->profiles[kind] = options->profile;
		if (options->profile)
			continue;
		wishes->profiles[kind] = wishes->loaded[kind] = iosim_profile_load(usual[kind], error);
		if (!wishes->loaded[kind])
			return false;
	}
	return true;
}

static void drop_profiles(struct wishes *wishes)
{
	for (int kind = 0; kind < IOMMU_KINDS; kind++)
		iosim_profile_free(wishes->loaded[kind]);
}

gboolean iosim_replay_options_check(const iosim_replay_options *options, GError **error)
{
	struct wishes wishes;

	return read_options(options, &wishes, error);
}

/* --- which runs --- */

/* `policy`: who it is named after. */
static struct result_row *new_row(const struct run_request *request, unsigned policy, const struct setting *settings,
				  unsigned count)
{
	const struct scenario *scenario = request->scenario;
	const struct scenario_case *program = &scenario->cases[request->case_index];
	struct result_row *row = result_row_new();
	GString *words = g_string_new(NULL);

	row->path = g_strdup(scenario->path);
	row->scenario = g_strdup(scenario->name);
	row->title = g_strdup(scenario->title);
	row->policy = g_strdup(policy_name(policy));
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

/* One run under the rules of `policy`; `expect` is NULL for a what-if. */
static struct result_row *run_row(struct run_request *request, unsigned policy, const struct setting *settings,
				  unsigned count, const struct expect_row *expect, struct wishes *wishes)
{
	struct result_row *row = new_row(request, policy, settings, count);
	struct exploration *exploration;
	g_autofree char *message = NULL;

	if (wishes->free_hardware && request->scenario->hardware == HARDWARE_MANUAL) {
		row->status = RESULT_NOT_RUN;
		row->line = expect ? expect->place.line : 1;
		row->reason = g_strdup("its steps say what hardware does (hardware: manual)");
		return row;
	}
	request->order = wishes->order;
	request->free = wishes->free_hardware;
	if (wishes->profiles[request->kind]) {
		request->profile = &wishes->profiles[request->kind]->timing;
		row->profile = g_strdup(wishes->profiles[request->kind]->name);
	}
	if (wishes->order || wishes->free_hardware) /* one of many orders, or more than the row speaks of */
		expect = NULL;
	rules_of_policy(policy, &request->rules);
	for (unsigned i = 0; i < count; i++)
		rules_set(&request->rules, settings[i].knob, settings[i].value);
	exploration = explore_case(request, &message);
	if (!exploration && wishes->order) {
		has_no_such_order(wishes, message, row);
		return row;
	}
	wishes->order_ran = true;
	if (!exploration) {
		row->reason = g_steal_pointer(&message);
		row->status = RESULT_FAILED;
		row->line = expect ? expect->place.line : 1;
		row->expected = expect ? verdict_expected(sim_tables(), expect) : g_strdup("a run");
		row->got = g_strdup("did not run");
		return row;
	}
	told_fill(request, expect, exploration, row);
	exploration_free(exploration);
	return row;
}

static void replay_one(struct run_request *request, const struct setting *settings, unsigned count,
		       const struct expect_row *expect, struct wishes *wishes, struct result_list *list)
{
	result_list_add(list, run_row(request, request->policy, settings, count, expect, wishes));
}

static void not_run(struct run_request *request, const struct expect_row *expect, const char *reason,
		    enum result_status status, struct result_list *list)
{
	struct result_row *row = new_row(request, request->policy, expect->set, expect->set_count);

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

static bool names_policy(const struct scenario *scenario, unsigned policy)
{
	for (unsigned i = 0; i < scenario->row_count; i++)
		if (scenario->rows[i].policies >> policy & 1)
			return true;
	return false;
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

/* --- a plug-in and what it builds on --- */

/* Both on one case and kind. The steps are those of the request's policy. */
static void compare_one(struct run_request *request, const struct setting *settings, unsigned count,
			struct wishes *wishes, struct result_list *list)
{
	unsigned plugin = (unsigned)wishes->policy, base = policy_base(plugin);
	struct result_row *row = run_row(request, plugin, settings, count, NULL, wishes), *before;

	if (!wishes->order) {
		before = run_row(request, base, settings, count, NULL, wishes);
		row->base = g_strdup(before->policy);
		row->base_got = g_strdup(before->got);
		row->differs = strcmp(row->got, row->base_got) != 0;
		result_row_free(before);
	}
	result_list_add(list, row);
}

static void compare_kinds(struct run_request *request, const struct expect_row *expect, struct wishes *wishes,
			  struct result_list *list)
{
	uint32_t can = run_kinds(request->scenario->cases[request->case_index].machine);

	for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++) {
		request->kind = kind;
		if (!(can >> kind & 1) || (wishes->kind >= 0 && kind != (enum iommu_kind)wishes->kind))
			continue;
		if (!expect)
			compare_one(request, wishes->settings, wishes->setting_count, wishes, list);
		else if (expect->kinds >> kind & 1)
			compare_one(request, expect->set, expect->set_count, wishes, list);
	}
}

/* Where the base has rows these are what is run; else, and with settings, every case. */
static void replay_compared(const struct scenario *scenario, unsigned steps_of, struct wishes *wishes,
			    struct result_list *list)
{
	unsigned base = policy_base((unsigned)wishes->policy);
	bool rows = wishes->setting_count == 0 && names_policy(scenario, base);

	for (unsigned i = 0; i < (rows ? scenario->row_count : 1); i++) {
		const struct expect_row *expect = rows ? &scenario->rows[i] : NULL;

		if (expect && !(expect->policies >> base & 1))
			continue;
		for (unsigned index = 0; index < scenario->case_count; index++) {
			struct run_request request = {.scenario = scenario,
						      .case_index = index,
						      .policy = steps_of,
						      .verbose = wishes->verbose};

			if (!expect || expect->cases >> index & 1)
				compare_kinds(&request, expect, wishes, list);
		}
	}
}

/* --- replaying --- */

gboolean iosim_replay(const iosim_scenario *handle, const iosim_replay_options *options, iosim_results *results,
		      GError **error)
{
	const struct scenario *scenario = handle->scenario;
	struct wishes wishes;
	bool has_row;

	if (!read_options(options, &wishes, error) || !take_profiles(options, &wishes, error))
		return FALSE;
	has_row = wishes.policy < 0 || names_policy(scenario, (unsigned)wishes.policy);
	if (is_plugin(&wishes) && (wishes.setting_count || !has_row))
		replay_compared(scenario, has_row ? (unsigned)wishes.policy : policy_base((unsigned)wishes.policy),
				&wishes, results->list);
	else if (wishes.setting_count || !has_row)
		replay_what_if(scenario, &wishes, results->list);
	else
		replay_rows(scenario, &wishes, results->list);
	if (wishes.order && !wishes.order_ran)
		g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
				    wishes.order_fault ? wishes.order_fault : "an order, and nothing ran");
	g_free(wishes.order_fault);
	drop_profiles(&wishes);
	return !wishes.order || wishes.order_ran;
}
