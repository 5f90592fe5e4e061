/* SPDX-License-Identifier: MIT */
/*
 * What a run of one case under one set of rules did, step by step. Ordinary heap; nothing of the simulation points into
 * it.
 */
#ifndef IOSIM_SIM_RECORD_H
#define IOSIM_SIM_RECORD_H

#include "scenario/program.h"
#include "timing/alone.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum did {
	DID_SKIPPED, /* a name that it uses was never made, or its actor has no access */
	DID_OK,
	DID_REJECTED,  /* `error` */
	DID_BLOCKED,   /* a request was stopped: `fault` by the IOMMU, 0 by the fabric */
	DID_REACHED,   /* a request ended at `reached` */
	DID_RAISED,    /* a request raised the vector `raised`; device MACHINE_NONE: the kernel's own */
	DID_WAITS,     /* a request waits for the answer to its page request, or stalled in the unit */
	DID_DISAGREED, /* a check found something else */
	DID_DIRTY,     /* a page was reported as written */
	DID_CLEAN,     /* or as not written */
	DID_LOST,      /* the call succeeded, and with it went the last trace of pages that were written */
	DID_STALE,     /* the CPU, or a device, saw what is not the newest any more */
	DID_SCRATCH,   /* a request ended in the page that blocked devices reach */
	DID_CRASHED,   /* the simulated host is dead; the run ended */
};

struct step_record {
	const struct step *step;
	enum did did;
	int error; /* positive errno */
	uint16_t fault;
	bool meant;     /* DID_BLOCKED, DID_SCRATCH: the model allows it, somebody lost service */
	bool tolerated; /* that somebody loses service is no part of the verdict (knob availability_counts) */
	/* DID_REACHED: something of its own owner that the owner did not mean; DID_LOST; DID_STALE: there is newer */
	bool own;
	struct target reached;
	struct device_vector raised;
	bool skip_follows;        /* DID_SKIPPED: from a rejection */
	uint64_t violated;        /* bit per invariant */
	uint32_t within;          /* it took place behind this effect of the split step before it; 0: on its own */
	bool hardware;            /* hardware did it by itself; step->text names it */
	char *outcome;            /* in words */
	struct timing_alone time; /* of its requests, where they are timed */
	GPtrArray *notes;         /* char *: findings, and details when verbose */
};

struct run_record {
	GPtrArray *steps; /* struct step_record *, those that exist under this policy and kind */
	enum iommu_kind kind;
	bool free;        /* hardware is */
	uint32_t choices; /* of hardware's, among them */
};

struct step_record *step_record_new(const struct step *step);
void step_record_free(gpointer record);
struct run_record *run_record_new(void);
/* One that borrows its steps. */
struct run_record *run_record_borrowing(void);
void run_record_free(struct run_record *record);
struct step_record *run_record_add(struct run_record *record, const struct step *step);

#endif
