/* SPDX-License-Identifier: MIT */
/* One vector on one fresh unit. */
#ifndef IOSIM_SIM_VECTOR_RUN_H
#define IOSIM_SIM_VECTOR_RUN_H

#include "base/arena.h"
#include "capture/vectors.h"
#include "hw/iommu.h"
#include "hw/memory.h"
#include "sim/vector_outcome.h"
#include "sim/vector_watch.h"
#include "timing/machine.h"

#include <ioasid-sim/vectors.h>

/* A word of memory that hardware changed, and no step has said so yet. */
struct vector_change {
	uint64_t pa, old, now;
	guint step;
	bool early; /* the specification may do here what a later step checks */
};

struct vector_run {
	const struct vector *vector;
	bool qemu;
	const char *deviation; /* the one in which the unit deviates beside; NULL: none */
	/* Requests go through the machine of this profile, one at a time; NULL: straight to the unit. */
	const struct timing_profile *profile;
	struct timing_machine *machine; /* from the first request on */
	struct arena *arena;
	struct memory *memory;
	const struct iommu_ops *ops;
	struct iommu *unit;
	struct vector_watch *watch;
	GArray *changes;    /* struct vector_change */
	guint step;         /* the one that is being done */
	bool early_changes; /* what hardware changes in this step may be checked later only */
	/* After a request whose outcome is not the measured one: */
	bool take_over;        /* words that are checked next are taken over, not checked */
	bool skip_clear;       /* the fault record that is cleared next was never written */
	uint32_t last_command; /* index after the last command */

	iosim_vector_status status;
	bool stale; /* IOSIM_VECTOR_FAILED: what the unit would have answered from memory alone is right */
	guint failed_step;
	char *reason, *step_text, *expected, *got, *walk;
};

/* All that a run leaves behind. */
void vector_run_clear(struct vector_run *run);
void vector_run(struct vector_run *run, const struct vector *vector, bool qemu);
/* The same under the cycle clock; `profile` NULL: not. */
void vector_run_timed(struct vector_run *run, const struct vector *vector, bool qemu,
		      const struct timing_profile *profile);
/* The same without looking whether it is disputed, on a unit that deviates beside. */
void vector_run_once(struct vector_run *run, const struct vector *vector, bool qemu, const char *deviation,
		     const struct timing_profile *profile);

/* Says that the current step is not as it should be, once; takes the strings. */
void vector_run_fail(struct vector_run *run, char *step_text, char *expected, char *got);
/* Lets hardware work until it is idle. */
void vector_run_settle(struct vector_run *run);
/* What hardware wrote to memory since the last look becomes a change of the current step. */
void vector_run_look(struct vector_run *run);

/* vector_request.c */
void vector_run_request(struct vector_run *run, const struct vector_request *request);

/* vector_unit.c: the unit with the vector's capabilities. False: there is none, run->reason says why. */
bool vector_unit_create(struct vector_run *run);

#endif
