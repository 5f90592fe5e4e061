/* SPDX-License-Identifier: MIT */
#include "sim/tables.h"

#include "check/check.h"
#include "uapi/rules.h"

static struct scenario_tables *tables;

static void name_policies(const char **policies)
{
	for (unsigned i = 0; i < policy_count(); i++)
		policies[i] = policy_name(i);
}

static struct scenario_tables *build(void)
{
	struct scenario_tables *built = g_new0(struct scenario_tables, 1);
	const char **policies = g_new0(const char *, POLICIES_MAX + 1);
	const char **names = g_new0(const char *, invariant_count() + 1);
	struct scenario_knob *knobs = g_new0(struct scenario_knob, knob_row_count() + 1);

	name_policies(policies);
	for (unsigned i = 0; i < invariant_count(); i++)
		names[i] = invariants[i]->name;
	for (unsigned i = 0; i < knob_row_count(); i++) {
		knobs[i].name = knob_rows[i].name;
		knobs[i].values = knob_rows[i].values;
	}
	built->policies = policies;
	built->invariants = names;
	built->knobs = knobs;
	return built;
}

const struct scenario_tables *sim_tables(void)
{
	static gsize once;

	if (g_once_init_enter(&once)) {
		tables = build();
		g_once_init_leave(&once, 1);
	}
	return tables;
}

void sim_tables_refresh(void)
{
	sim_tables();
	name_policies((const char **)(void *)tables->policies);
}
