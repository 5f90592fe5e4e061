/* SPDX-License-Identifier: MIT */
/* The public face of small-scope proofs: which rows there are, and a scenario for each sequence that was found. */
#include <ioasid-sim/prove.h>

#include "report/proof.h"
#include "sim/argument.h"
#include "sim/proof.h"
#include "sim/proof_scenario.h"
#include "sim/scenario_handle.h"
#include "sim/tables.h"
#include "uapi/rules.h"

#include <string.h>

#define USUAL_LENGTH 3

struct iosim_proof {
	struct proof_table *table;
	GPtrArray *names, *texts; /* char *: of the scenarios */
};

/* What is asked for. */
struct plan {
	const struct scenario *scenario;
	const iosim_prove_options *options;
	uint64_t policies;
	uint32_t kinds, cases, length;
	struct setting settings[SCENARIO_MAX_SETTINGS]; /* of every row */
	unsigned setting_count;
	unsigned vary[KNOBS]; /* rows of knob_rows */
	unsigned vary_count;
};

/* A sequence, and where it was found. */
struct found_at {
	unsigned policy, case_index;
	struct setting varied; /* with `is_varied` */
	bool is_varied;
	uint32_t kinds;
	int invariant; /* -1: crash */
	struct proof_sequence sequence;
};

/* --- what is asked for --- */

static bool bad(GError **error, const char *text)
{
	g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, text);
	return false;
}

static bool plan_policies(struct plan *plan, GError **error)
{
	int policy;

	if (!plan->options->policy) {
		for (uint32_t i = 0; i < plan->scenario->row_count; i++)
			plan->policies |= plan->scenario->rows[i].policies;
		return true;
	}
	policy = policy_by_name(plan->options->policy);
	if (policy < 0)
		return argument_unknown(error, "policy", plan->options->policy, sim_tables()->policies);
	plan->policies = UINT64_C(1) << policy;
	return true;
}

static bool plan_kinds(struct plan *plan, GError **error)
{
	static const char *const kinds[] = {"none", "vtd", "smmuv3", NULL};

	plan->kinds = UINT32_MAX;
	if (!plan->options->iommu)
		return true;
	for (unsigned kind = 0; kinds[kind]; kind++)
		if (strcmp(kinds[kind], plan->options->iommu) == 0)
			plan->kinds = 1u << kind;
	return plan->kinds != UINT32_MAX || argument_unknown(error, "iommu", plan->options->iommu, kinds);
}

static bool plan_cases(struct plan *plan, GError **error)
{
	const char *names[SCENARIO_MAX_CASES + 1] = {NULL};

	plan->cases = UINT32_MAX;
	if (!plan->options->case_name)
		return true;
	for (uint32_t i = 0; i < plan->scenario->case_count; i++) {
		names[i] = plan->scenario->cases[i].name;
		if (strcmp(names[i], plan->options->case_name) == 0)
			plan->cases = 1u << i;
	}
	return plan->cases != UINT32_MAX || argument_unknown(error, "case", plan->options->case_name, names);
}

static bool plan_knobs(struct plan *plan, GError **error)
{
	const char *const *settings = plan->options->settings, *const *vary = plan->options->vary;
	const char *names[KNOBS + 1] = {NULL};

	for (unsigned i = 0; settings && settings[i]; i++) {
		/* One more has to fit beside them in a row of a scenario. */
		if (plan->setting_count + 1 == SCENARIO_MAX_SETTINGS)
			return bad(error, "too many settings");
		if (!argument_setting(settings[i], &plan->settings[plan->setting_count++], error))
			return false;
	}
	for (unsigned i = 0; i < KNOBS; i++)
		names[i] = knob_rows[i].name;
	for (unsigned i = 0; vary && vary[i]; i++) {
		int knob = knob_by_name(vary[i]);
		if (knob < 0 || knob >= KNOBS)
			return argument_unknown(error, "knob", vary[i], names);
		if (plan->vary_count == KNOBS)
			return bad(error, "too many knobs to vary");
		plan->vary[plan->vary_count++] = (unsigned)knob;
	}
	return true;
}

static bool read_plan(const iosim_scenario *scenario, const iosim_prove_options *options, struct plan *plan,
		      GError **error)
{
	*plan = (struct plan){.scenario = iosim_scenario_program(scenario),
			      .options = options,
			      .length = options->length ? options->length : USUAL_LENGTH};
	if (plan->length > PROOF_MAX_LENGTH)
		return bad(error, "sequences have at most " G_STRINGIFY(PROOF_MAX_LENGTH) " actions");
	return plan_policies(plan, error) && plan_kinds(plan, error) && plan_cases(plan, error) &&
	       plan_knobs(plan, error);
}

/* --- words --- */

static char *setting_words(const struct setting *settings, unsigned count)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < count; i++)
		g_string_append_printf(out, "%s%s=%s", i ? " " : "", knob_rows[settings[i].knob].name,
				       knob_rows[settings[i].knob].values[settings[i].value]);
	return g_string_free(out, FALSE);
}

static const char *name_of_break(int invariant)
{
	return invariant < 0 ? "crash" : sim_tables()->invariants[invariant];
}

/* --- rows --- */

static void add_finding(GPtrArray *findings, const struct found_at *found)
{
	for (unsigned i = 0; i < findings->len; i++) {
		struct found_at *known = g_ptr_array_index(findings, i);
		struct found_at same = *known;

		same.kinds = found->kinds;
		if (memcmp(&same, found, sizeof(same)) == 0) {
			known->kinds |= found->kinds;
			return;
		}
	}
	g_ptr_array_add(findings, g_memdup2(found, sizeof(*found)));
}

static void add_break(struct proof_row *row, const struct scenario_case *program, const struct found_at *found,
		      GPtrArray *findings)
{
	struct proof_break *broken;

	if (found->sequence.length == 0)
		return;
	broken = g_new0(struct proof_break, 1);
	broken->what = g_strdup(name_of_break(found->invariant));
	broken->steps = g_ptr_array_new_with_free_func(g_free);
	for (uint32_t i = 0; i < found->sequence.length; i++)
		g_ptr_array_add(broken->steps, g_strdup(program->steps[found->sequence.steps[i]].text));
	g_ptr_array_add(row->breaks, broken);
	add_finding(findings, found);
}

static void fill_row(struct proof_row *row, const struct scenario_case *program, const struct proof *proof,
		     struct found_at *found, GPtrArray *findings)
{
	row->actions = proof->actions;
	row->length = proof->length;
	row->states = proof->states;
	row->merged = proof->merged;
	row->taken = proof->taken;
	for (int i = 0; sim_tables()->invariants[i]; i++) {
		found->invariant = i;
		found->sequence = proof->violations[i];
		add_break(row, program, found, findings);
	}
	found->invariant = -1;
	found->sequence = proof->crash;
	add_break(row, program, found, findings);
}

static void tell(const struct plan *plan, const struct proof_row *row, gint64 since)
{
	g_autofree char *words = NULL;

	if (!plan->options->row_done)
		return;
	words = g_strdup_printf("%s%s%s%s%s iommu=%s", row->policy, row->setting ? " " : "",
				row->setting ? row->setting : "", row->case_name ? " case=" : "",
				row->case_name ? row->case_name : "", row->iommu);
	plan->options->row_done(plan->options->context, words, (gdouble)(g_get_monotonic_time() - since) / 1e6);
}

/* False: the scenario is none to be searched. */
static bool run_row(const struct plan *plan, struct proof_wish *wish, const struct found_at *where,
		    struct proof_table *table, GPtrArray *findings, GError **error)
{
	const struct scenario_case *program = &plan->scenario->cases[where->case_index];
	const char *lacks = scenario_lacks(program, where->policy, wish->kind);
	gint64 begun = g_get_monotonic_time();
	g_autofree char *message = NULL;
	struct found_at found = *where;
	struct proof_row *row;
	struct proof *proof = lacks ? NULL : proof_run(wish, &message);

	if (!lacks && !proof)
		return bad(error, message);
	row = proof_table_add(table);
	row->policy = g_strdup(policy_name(where->policy));
	row->iommu = g_strdup(machine_name_of_kind(wish->kind));
	row->setting = where->is_varied ? setting_words(&where->varied, 1) : NULL;
	row->case_name = program->name[0] ? g_strdup(program->name) : NULL;
	row->length = plan->length;
	row->not_run = g_strdup(lacks);
	found.kinds = 1u << wish->kind;
	if (proof)
		fill_row(row, program, proof, &found, findings);
	proof_free(proof);
	tell(plan, row, begun);
	return true;
}

/* Every case and kind under those rules. */
static bool run_rules(const struct plan *plan, const struct rules *rules, struct found_at *where,
		      struct proof_table *table, GPtrArray *findings, GError **error)
{
	struct proof_wish wish = {.scenario = plan->scenario,
				  .policy = where->policy,
				  .rules = *rules,
				  .length = plan->length,
				  .max_states = plan->options->states,
				  .apart = plan->options->apart,
				  .careless = plan->options->careless};

	for (unsigned i = 0; i < plan->scenario->case_count; i++) {
		uint32_t kinds = run_kinds(plan->scenario->cases[i].machine) & plan->kinds;

		where->case_index = wish.case_index = i;
		for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS && plan->cases >> i & 1; kind++) {
			wish.kind = kind;
			if (kinds >> kind & 1 && !run_row(plan, &wish, where, table, findings, error))
				return false;
		}
	}
	return true;
}

/* The policy as it is, and with each other value of each knob that varies. */
static bool run_policy(const struct plan *plan, unsigned policy, struct proof_table *table, GPtrArray *findings,
		       GError **error)
{
	struct found_at *where = g_new0(struct found_at, 1);
	struct rules rules;
	bool good;

	where->policy = policy;
	rules_of_policy(policy, &rules);
	for (unsigned i = 0; i < plan->setting_count; i++)
		rules_set(&rules, plan->settings[i].knob, plan->settings[i].value);
	good = run_rules(plan, &rules, where, table, findings, error);
	where->is_varied = true;
	for (unsigned i = 0; i < plan->vary_count && good; i++)
		for (unsigned value = 0; knob_rows[plan->vary[i]].values[value] && good; value++) {
			struct rules varied = rules;
			if (value == rules.value[plan->vary[i]])
				continue;
			rules_set(&varied, plan->vary[i], value);
			where->varied = (struct setting){.knob = (uint16_t)plan->vary[i], .value = (uint16_t)value};
			good = run_rules(plan, &varied, where, table, findings, error);
		}
	g_free(where);
	return good;
}

/* --- scenarios --- */

/* "dma-handle-epoch-2": the second of them. */
static char *name_of(const struct iosim_proof *out, const struct found_at *found)
{
	const char *what = name_of_break(found->invariant);
	unsigned number = 1;

	for (unsigned i = 0; i < out->names->len; i++)
		number += g_str_has_prefix(g_ptr_array_index(out->names, i), what);
	return g_strdup_printf("%s-%u", what, number);
}

static char *command_of(const struct plan *plan, const struct found_at *found)
{
	const struct scenario_case *program = &plan->scenario->cases[found->case_index];
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "ioasid-sim prove --policy=%s --length=%u", policy_name(found->policy),
			       found->sequence.length);
	for (unsigned i = 0; i < plan->setting_count; i++) {
		g_autofree char *setting = setting_words(&plan->settings[i], 1);
		g_string_append_printf(out, " --set=%s", setting);
	}
	if (found->is_varied) {
		g_autofree char *setting = setting_words(&found->varied, 1);
		g_string_append_printf(out, " --set=%s", setting);
	}
	if (program->name[0])
		g_string_append_printf(out, " --case=%s", program->name);
	if (plan->options->careless)
		g_string_append(out, " --careless");
	return g_string_free(out, FALSE);
}

static bool write_finding(const struct plan *plan, const struct found_at *found, struct iosim_proof *out,
			  GError **error)
{
	g_autofree char *command = command_of(plan, found), *message = NULL;
	struct setting settings[SCENARIO_MAX_SETTINGS];
	struct proof_story story = {.scenario = plan->scenario,
				    .case_index = found->case_index,
				    .policy = found->policy,
				    .settings = settings,
				    .setting_count = plan->setting_count,
				    .kinds = found->kinds,
				    .command = command,
				    .invariant = found->invariant,
				    .sequence = found->sequence};
	char *name = name_of(out, found), *text;

	memcpy(settings, plan->settings, sizeof(settings));
	if (found->is_varied)
		settings[story.setting_count++] = found->varied;
	story.name = name;
	text = proof_scenario(&story, &message);
	g_ptr_array_add(out->names, name);
	if (!text)
		return bad(error, message);
	g_ptr_array_add(out->texts, text);
	return true;
}

/* --- */

iosim_proof *iosim_prove(const iosim_scenario *scenario, const iosim_prove_options *options, GError **error)
{
	static const iosim_prove_options usual;
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	iosim_proof *out;
	struct plan plan;
	bool good = true;

	if (!read_plan(scenario, options ? options : &usual, &plan, error))
		return NULL;
	out = g_new0(iosim_proof, 1);
	out->table = proof_table_new();
	out->names = g_ptr_array_new_with_free_func(g_free);
	out->texts = g_ptr_array_new_with_free_func(g_free);
	out->table->scenario = g_strdup(plan.scenario->name);
	out->table->settings = plan.setting_count ? setting_words(plan.settings, plan.setting_count) : NULL;
	out->table->length = plan.length;
	out->table->invariants = sim_tables()->invariants;
	out->table->named = plan.scenario->invariants;
	for (unsigned policy = 0; policy < policy_count() && good; policy++)
		if (plan.policies >> policy & 1)
			good = run_policy(&plan, policy, out->table, findings, error);
	for (unsigned i = 0; i < findings->len && good; i++)
		good = write_finding(&plan, g_ptr_array_index(findings, i), out, error);
	if (good)
		return out;
	iosim_proof_free(out);
	return NULL;
}

void iosim_proof_free(iosim_proof *proof)
{
	if (!proof)
		return;
	proof_table_free(proof->table);
	g_ptr_array_unref(proof->names);
	g_ptr_array_unref(proof->texts);
	g_free(proof);
}

char *iosim_proof_format(const iosim_proof *proof, const char *format, GError **error)
{
	static const char *const formats[] = {"text", "json", NULL};

	if (strcmp(format, "text") == 0)
		return proof_text(proof->table);
	if (strcmp(format, "json") == 0)
		return proof_json(proof->table);
	argument_unknown(error, "format", format, formats);
	return NULL;
}

guint iosim_proof_broken(const iosim_proof *proof)
{
	guint broken = 0;

	for (unsigned i = 0; i < proof->table->rows->len; i++)
		broken += ((struct proof_row *)g_ptr_array_index(proof->table->rows, i))->breaks->len > 0;
	return broken;
}

guint iosim_proof_scenarios(const iosim_proof *proof)
{
	return proof->texts->len;
}

gboolean iosim_proof_scenario(const iosim_proof *proof, guint index, const char **name, const char **text)
{
	if (index >= proof->texts->len)
		return FALSE;
	*name = g_ptr_array_index(proof->names, index);
	*text = g_ptr_array_index(proof->texts, index);
	return TRUE;
}
