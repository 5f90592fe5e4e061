/* SPDX-License-Identifier: MIT */
/* Small-scope proofs as a table: a row a policy, platform, case and kind of IOMMU, and a sequence for what can break.
 */
#ifndef IOSIM_REPORT_PROOF_H
#define IOSIM_REPORT_PROOF_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct proof_break {
	char *what;       /* an invariant, or "crash" */
	GPtrArray *steps; /* char *: a shortest sequence that ends with it */
};

struct proof_row {
	char *policy, *iommu;
	char *setting;     /* "knob=value" beside those of the table; NULL: the policy's own */
	char *case_name;   /* NULL: no cases */
	char *not_run;     /* why it was not looked at; NULL: it was */
	uint32_t actions;  /* in the alphabet */
	uint32_t length;   /* every sequence up to that one was looked at */
	uint64_t states;   /* from which every action was tried */
	uint64_t merged;   /* how often one was reached again */
	uint64_t taken;    /* actions */
	GPtrArray *breaks; /* struct proof_break *, in the order of the invariants */
};

struct proof_table {
	char *scenario;
	char *settings; /* "knob=value knob=value", of every row; NULL: none */
	uint32_t length;
	const char *const *invariants; /* that were judged; NULL-terminated */
	uint64_t named;                /* bit per invariant: those that the scenario is about */
	GPtrArray *rows;               /* struct proof_row * */
};

struct proof_table *proof_table_new(void);
void proof_table_free(struct proof_table *table);
struct proof_row *proof_table_add(struct proof_table *table);
/* The caller frees. */
char *proof_text(const struct proof_table *table);
char *proof_json(const struct proof_table *table);

#endif
