/* SPDX-License-Identifier: MIT */
/*
 * A sweep as a plain table: what each value of one knob makes of each run (scenario x policy x case x IOMMU kind).
 * Strings belong to the row, rows to the table.
 */
#ifndef IOSIM_REPORT_SWEEP_H
#define IOSIM_REPORT_SWEEP_H

#include <glib.h>
#include <stdbool.h>

struct sweep_row {
	char *scenario, *policy;
	char *case_name; /* NULL: no cases */
	char *iommu;
	unsigned usual; /* index of the value that the policy has by itself, with the settings that hold throughout */
	GPtrArray *verdicts; /* char *: one a value */
};

struct sweep_table {
	const char *knob;          /* not owned */
	const char *const *values; /* NULL-terminated; not owned */
	char *settings;            /* that hold throughout: "knob=value knob=value"; NULL: none */
	GPtrArray *rows;           /* struct sweep_row * */
};

struct sweep_table *sweep_table_new(const char *knob, const char *const *values);
void sweep_table_free(struct sweep_table *table);
/* Appends a row without verdicts. */
struct sweep_row *sweep_table_add(struct sweep_table *table, const char *scenario, const char *policy,
				  const char *case_name, const char *iommu);
/* Whether two values have different verdicts. */
bool sweep_row_differs(const struct sweep_row *row);

/*
 * Rows that differ, or all; rows that are alike on several kinds of IOMMU are one line. A cell is the worst word of
 * the verdict, the whole verdict is a note below. The caller frees.
 */
char *sweep_text(const struct sweep_table *table, bool all);
/* Every row. The caller frees. */
char *sweep_json(const struct sweep_table *table);

#endif
