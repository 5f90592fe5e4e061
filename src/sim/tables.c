/* SPDX-License-Identifier: MIT */
#include "sim/tables.h"

#include "check/check.h"
#include "uapi/rules.h"

static struct scenario_tables *build(void)
{
	struct scenario_tables *tables = g_new0(struct scenario_tables, 1);
	const char **policies = g_new0(const char *, policy_count() + 1);
	const char **names = g_new0(const char *, invariant_count() + 1);
	struct scenario_knob *knobs = g_new0(struct scenario_knob, knob_row_count() + 1);

	for (unsigned i = 0; i < policy_count(); i++)
		policies[i] = policy_name(i);
	for (unsigned i = 0; i < invariant_count(); i++)
		names[i] = invariants[i]->name;
	for (unsigned i = 0; i < knob_row_count(); i++) {
		knobs[i].name = knob_rows[i].name;
		knobs[i].values = knob_rows[i].values;
	}
	tables->policies = policies;
	tables->invariants = names;
	tables->knobs = knobs;
	return tables;
}

const struct scenario_tables *sim_tables(void)
{
	static gsize once;
	static struct scenario_tables *tables;

	if (g_once_init_enter(&once)) {
		tables = build();
		g_once_init_leave(&once, 1);
	}
	return tables;
}
