/* SPDX-License-Identifier: MIT */
/*
 * From a run to a verdict, and the verdict against a row. docs/scenario-language.md, "Matching", is the contract:
 *   - an item at a label replaces what that step expects; every other step must do as it expects;
 *   - a row whose last item is `rejected` claims nothing about later steps but that nothing is violated there;
 *   - a row without `violates` allows no violation at all; a row with it lists exactly those of the scenario's
 *     invariants, others are "also".
 */
#ifndef IOSIM_SIM_VERDICT_H
#define IOSIM_SIM_VERDICT_H

#include "scenario/program.h"
#include "sim/record.h"

#include <glib.h>
#include <stdbool.h>

/* Whether the step did what it expects of every policy. */
bool verdict_step_as_expected(const struct step_record *record, enum iommu_kind kind);

/* The verdict in the language's words: "rejected EPERM at take", "safe". Steps without label are "line N". */
char *verdict_words(const struct scenario *scenario, const struct scenario_tables *tables,
		    const struct run_record *run);
/* The same, item by item, in the order in which the steps took place. */
void verdict_items(const struct scenario *scenario, const struct scenario_tables *tables, const struct run_record *run,
		   void (*take)(void *context, const struct step_record *record, const char *item), void *context);

/* The row's own words. */
char *verdict_expected(const struct scenario_tables *tables, const struct expect_row *row);

/* One item of a row; the caller frees. */
char *verdict_item_words(const struct scenario_tables *tables, const struct verdict_item *item);
/* Whether what the item says happened in that run. */
bool verdict_item_met(const struct verdict_item *item, const struct run_record *run);

/*
 * Whether the run is as the row says, which need not say it of this one where it says `sometimes`. The steps (struct
 * step *) in `free_steps` may do anything but violate; NULL: there are
 * none. If not, *reason (the caller frees) names the first step that differs, and how. `also` gets the violations
 * outside the scenario's invariants that the row tolerates, in words.
 */
bool verdict_matches(const struct scenario *scenario, const struct scenario_tables *tables,
		     const struct expect_row *row, const struct run_record *run, GHashTable *free_steps, char **reason,
		     GPtrArray *also);

#endif
