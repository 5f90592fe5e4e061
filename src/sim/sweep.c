/* SPDX-License-Identifier: MIT */
/* A sweep: a what-if for each value of a knob, and the verdicts side by side. */
#include <ioasid-sim/sweep.h>

#include "report/sweep.h"
#include "scenario/program.h"
#include "sim/argument.h"
#include "sim/scenario_handle.h"
#include "uapi/rules.h"

#include <string.h>

struct iosim_sweep {
	unsigned knob; /* row of knob_rows */
	unsigned values;
	char *policy, *iommu;
	char **settings; /* the caller's, and room for the swept one and NULL */
	unsigned setting_count;
	struct sweep_table *table;
};

/* --- what is asked for --- */

static bool find_knob(const char *name, unsigned *row, GError **error)
{
	const char *names[KNOBS * 2 + 1] = {NULL};
	int found = knob_by_name(name);

	for (unsigned i = 0; i < knob_row_count() && i < KNOBS * 2; i++)
		names[i] = knob_rows[i].name;
	if (found < 0)
		return argument_unknown(error, "knob", name, names);
	*row = (unsigned)found;
	return true;
}

/* The knob behind a row: an alias is the one that it stands for. */
static unsigned knob_of_row(unsigned row)
{
	return knob_rows[row].same_as < 0 ? row : (unsigned)knob_rows[row].same_as;
}

/* "knob=value" as row and value; false: it is none. */
static bool split_setting(const char *text, unsigned *row, unsigned *value)
{
	g_auto(GStrv) parts = g_strsplit(text, "=", 2);
	int knob = parts[0] && parts[1] ? knob_by_name(parts[0]) : -1;
	int index = knob >= 0 ? knob_value_by_name((unsigned)knob, parts[1]) : -1;

	if (index < 0)
		return false;
	*row = (unsigned)knob;
	*value = (unsigned)index;
	return true;
}

static bool sets_knob(const char *const *settings, unsigned knob, GError **error)
{
	unsigned row, value;

	for (unsigned i = 0; settings && settings[i]; i++)
		if (split_setting(settings[i], &row, &value) && knob_of_row(row) == knob_of_row(knob)) {
			g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "'%s' sets the knob that is swept",
				    settings[i]);
			return true;
		}
	return false;
}

/* They are known to be good. */
static void copy_options(iosim_sweep *sweep, const iosim_replay_options *options)
{
	unsigned count = options && options->settings ? g_strv_length((char **)(void *)options->settings) : 0;

	sweep->settings = g_new0(char *, count + 2);
	sweep->setting_count = count;
	for (unsigned i = 0; i < count; i++)
		sweep->settings[i] = g_strdup(options->settings[i]);
	if (!options)
		return;
	sweep->policy = g_strdup(options->policy);
	sweep->iommu = g_strdup(options->iommu);
	sweep->table->settings = count ? g_strjoinv(" ", sweep->settings) : NULL;
}

static bool is_plugin(const char *policy)
{
	int index = policy_by_name(policy);

	return index >= 0 && policy_base((unsigned)index) != (unsigned)index;
}

iosim_sweep *iosim_sweep_new(const char *knob, const iosim_replay_options *options, GError **error)
{
	iosim_sweep *sweep;
	unsigned row;

	if (options && options->order) {
		g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "a sweep runs every order, not one");
		return NULL;
	}
	if (options && options->free_hardware) {
		g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
				    "a sweep leaves hardware as the scenario has it");
		return NULL;
	}
	if (!find_knob(knob, &row, error) || !iosim_replay_options_check(options, error) ||
	    (options && sets_knob(options->settings, row, error)))
		return NULL;
	if (row == KNOB_USER_API && options && options->policy && is_plugin(options->policy)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "user_api cannot be swept: '%s' is the user API",
			    options->policy);
		return NULL;
	}
	sweep = g_new0(iosim_sweep, 1);
	sweep->knob = row;
	sweep->values = g_strv_length((char **)(void *)knob_rows[row].values);
	sweep->table = sweep_table_new(knob_rows[row].name, knob_rows[row].values);
	copy_options(sweep, options);
	return sweep;
}

void iosim_sweep_free(iosim_sweep *sweep)
{
	if (!sweep)
		return;
	sweep_table_free(sweep->table);
	g_strfreev(sweep->settings);
	g_free(sweep->policy);
	g_free(sweep->iommu);
	g_free(sweep);
}

/* --- runs --- */

/* Whether a row of the scenario is about that policy and that case. */
static bool has_row(const struct scenario *scenario, unsigned policy, const char *case_name)
{
	unsigned base = policy_base(policy);

	for (unsigned i = 0; i < scenario->row_count; i++) {
		const struct expect_row *row = &scenario->rows[i];

		if (!(row->policies >> policy & 1) && !(row->policies >> base & 1))
			continue;
		for (unsigned index = 0; index < scenario->case_count; index++)
			if ((row->cases >> index & 1) &&
			    (!case_name || strcmp(scenario->cases[index].name, case_name) == 0))
				return true;
	}
	return false;
}

static unsigned usual_value(const iosim_sweep *sweep, unsigned policy)
{
	struct rules rules;
	unsigned row, value;

	rules_of_policy(policy, &rules);
	for (unsigned i = 0; i < sweep->setting_count; i++)
		if (split_setting(sweep->settings[i], &row, &value))
			rules_set(&rules, row, value);
	return rules.value[knob_of_row(sweep->knob)];
}

static char *verdict_of(const iosim_row *run)
{
	if (run->status == IOSIM_FAILED && run->reason)
		return g_strdup_printf("did not run: %s", run->reason);
	return g_strdup_printf("%s%s", run->verdict, run->incomplete ? " (incomplete)" : "");
}

/* What-ifs of one policy under one value. The runs of the first value make the rows, the others find them. */
static bool run_value(iosim_sweep *sweep, const iosim_scenario *scenario, unsigned policy, unsigned value,
		      unsigned first, GError **error)
{
	iosim_replay_options options = {
		.policy = policy_name(policy), .iommu = sweep->iommu, .settings = (const char *const *)sweep->settings};
	g_autoptr(iosim_results) results = iosim_results_new();
	unsigned next = first;
	bool good;

	sweep->settings[sweep->setting_count] =
		g_strdup_printf("%s=%s", knob_rows[sweep->knob].name, knob_rows[sweep->knob].values[value]);
	good = iosim_replay(scenario, &options, results, error);
	g_clear_pointer(&sweep->settings[sweep->setting_count], g_free);
	for (unsigned i = 0; good && i < iosim_results_rows(results); i++) {
		struct sweep_row *row;
		iosim_row run;

		iosim_results_row(results, i, &run);
		if ((!sweep->policy || policy_base(policy) != policy) &&
		    !has_row(iosim_scenario_program(scenario), policy, run.case_name))
			continue;
		if (next == sweep->table->rows->len) {
			row = sweep_table_add(sweep->table, run.scenario, run.policy, run.case_name, run.iommu);
			row->usual = usual_value(sweep, policy);
		}
		row = g_ptr_array_index(sweep->table->rows, next++);
		g_ptr_array_add(row->verdicts, verdict_of(&run));
	}
	return good;
}

gboolean iosim_sweep_add(iosim_sweep *sweep, const iosim_scenario *scenario, GError **error)
{
	int only = sweep->policy ? policy_by_name(sweep->policy) : -1;

	for (unsigned policy = 0; policy < policy_count(); policy++) {
		unsigned first = sweep->table->rows->len;

		if (only >= 0 ? policy != (unsigned)only : !has_row(iosim_scenario_program(scenario), policy, NULL))
			continue;
		for (unsigned value = 0; value < sweep->values; value++)
			if (!run_value(sweep, scenario, policy, value, first, error)) {
				g_ptr_array_set_size(sweep->table->rows, (gint)first);
				return FALSE;
			}
	}
	return TRUE;
}

/* --- the table --- */

unsigned iosim_sweep_values(const iosim_sweep *sweep)
{
	return sweep->values;
}

const char *iosim_sweep_value(const iosim_sweep *sweep, unsigned index)
{
	return index < sweep->values ? knob_rows[sweep->knob].values[index] : NULL;
}

unsigned iosim_sweep_rows(const iosim_sweep *sweep)
{
	return sweep->table->rows->len;
}

gboolean iosim_sweep_get_row(const iosim_sweep *sweep, unsigned index, iosim_sweep_row *row)
{
	const struct sweep_row *from;

	if (index >= sweep->table->rows->len)
		return FALSE;
	from = g_ptr_array_index(sweep->table->rows, index);
	*row = (iosim_sweep_row){.scenario = from->scenario,
				 .policy = from->policy,
				 .case_name = from->case_name,
				 .iommu = from->iommu,
				 .usual = from->usual,
				 .differs = sweep_row_differs(from),
				 .verdicts = (const char *const *)from->verdicts->pdata};
	return TRUE;
}

char *iosim_sweep_format(const iosim_sweep *sweep, const char *format, gboolean all, GError **error)
{
	static const char *const formats[] = {"text", "json", NULL};

	if (strcmp(format, "text") == 0)
		return sweep_text(sweep->table, all);
	if (strcmp(format, "json") == 0)
		return sweep_json(sweep->table);
	argument_unknown(error, "format of a sweep", format, formats);
	return NULL;
}
