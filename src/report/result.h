/* SPDX-License-Identifier: MIT */
/*
 * What a replay produced, as plain rows: one for each run of a row of `expect` (policy x case x IOMMU kind x knobs).
 * Strings belong to the row; rows belong to the list.
 */
#ifndef IOSIM_REPORT_RESULT_H
#define IOSIM_REPORT_RESULT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum result_status {
	RESULT_PASSED,
	RESULT_FAILED,
	RESULT_NOT_RUN, /* this kind of IOMMU lacks what the scenario needs: `reason` */
	RESULT_PRINTED, /* a what-if: nothing was expected */
};

#define RESULT_PARTS 8

/* What the requests of a step took. */
struct result_time {
	uint32_t requests; /* 0: there were none, or nothing is timed */
	uint32_t walks, references, configuration_references;
	uint32_t parts; /* at most RESULT_PARTS */
	uint64_t ps;
	uint64_t part_ps[RESULT_PARTS];       /* the same in parts */
	const char *part_names[RESULT_PARTS]; /* static */
};

struct result_step {
	uint32_t line;
	char *label;      /* NULL: none */
	char *text;       /* "dma nic at i" */
	char *outcome;    /* "reaches p", "rejected EPERM", "skipped: 'i' was never made" */
	GPtrArray *notes; /* char *: sentences of findings, and with -v what hardware did */
	bool unexpected;
	struct result_time time;
};

/* What happened in some interleavings, or in all. */
struct result_observation {
	char *what;
	uint32_t positive, negative;
	char *with, *without; /* an order each, as --order takes it; NULL: there is none */
};

/* Interleavings in which each step did the same. */
struct result_outcome {
	char *text; /* of the steps that differ */
	uint32_t count;
};

/* Where something is `parallel`; interleavings 0: nothing is. */
struct result_orders {
	uint32_t interleavings, states, merged;
	bool incomplete;
	bool free;               /* hardware is: */
	uint32_t choices, most;  /* of hardware's: how many were taken; how many in a run at most */
	bool cut;                /* somewhere it had more */
	GPtrArray *outcomes;     /* struct result_outcome * */
	GPtrArray *observations; /* struct result_observation * */
	char *shown;             /* the order of the row's steps; NULL: not known */
};

struct result_row {
	char *path, *scenario, *title;
	uint32_t line; /* of the row in the file; 0 for a what-if */
	char *policy;
	char *case_name; /* NULL: no cases */
	char *iommu;
	char *settings; /* "knob=value knob=value"; NULL: the policy's defaults */
	char *expected; /* NULL: nothing was */
	char *got;
	char *base;     /* of a plug-in what it builds on, where that was run too; NULL */
	char *base_got; /* what that gives */
	bool differs;
	char *basis; /* "S", "K", "I"; NULL */
	char *note;  /* NULL */
	enum result_status status;
	char *reason;     /* why failed or not run; NULL */
	char *profile;    /* whose machine its requests were timed on; NULL: they were not */
	GPtrArray *also;  /* char *: violations outside the scenario's invariants */
	GPtrArray *steps; /* struct result_step *, of one interleaving */
	struct result_orders orders;
};

struct result_list {
	GPtrArray *rows;    /* struct result_row * */
	GPtrArray *refused; /* char *: why a file could not be replayed, "path:line:column: ..." */
	uint32_t passed, failed, not_run, printed;
	uint32_t compared, differing; /* of those printed: with a base; and those in which it gives something else */
};

struct result_list *result_list_new(void);
void result_list_free(struct result_list *list);
struct result_row *result_row_new(void);
void result_row_free(struct result_row *row);
struct result_step *result_step_new(void);
/* Each takes the strings. */
void result_add_outcome(struct result_row *row, char *text, uint32_t count);
void result_add_observation(struct result_row *row, const struct result_observation *observation);
/* Takes the row and counts it. */
void result_list_add(struct result_list *list, struct result_row *row);
/* A file of which there are no rows. Text leaves it out: whoever prints text says it where it happens. */
void result_list_refuse(struct result_list *list, const char *message);

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_TAP, REPORT_JUNIT };
struct report_options {
	bool verbose; /* every step of every row */
	bool colour;
};
/* -1 if there is no such format. */
int report_format_by_name(const char *name);
/* The whole list. The caller frees. */
char *report_format(const struct result_list *list, enum report_format format, const struct report_options *options);
/* One row, text. The caller frees. */
char *report_text_row(const struct result_row *row, const struct report_options *options);
/* "12 passed, 0 failed, 1 not run, 9 what if: 1 differ from iommufd" and nothing after it but a newline. The caller
 * frees. */
char *report_text_summary(const struct result_list *list);

#endif
