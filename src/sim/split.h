/* SPDX-License-Identifier: MIT */
/*
 * A step with `split`: other threads' steps take place between its visible effects (world.h, struct world_gaps). It is
 * begun anew for each choice of where they do. Only what devices and units do is no call of the kernel and can: calls
 * wait until the split one has returned, as if there were one lock. Hardware that is free (free.h) fetches there, once.
 */
#ifndef IOSIM_SIM_SPLIT_H
#define IOSIM_SIM_SPLIT_H

#include "sim/position.h"
#include "sim/record.h"
#include "sim/world.h"

/* Items from this thread on are no threads: they are choices of hardware's. */
#define SPLIT_HARDWARE SCENARIO_MAX_THREADS

/* The next step of that thread takes place behind the effect with that number, from 1. */
struct split_item {
	uint32_t gap;
	uint32_t thread;
};

/* A choice of items, in the order in which they take place. All zero: none, which is the first choice. */
struct split_schedule {
	struct split_item items[SCENARIO_MAX_STEPS];
	uint32_t effects[SCENARIO_MAX_STEPS + 1]; /* of the split step, with the first n items */
	uint32_t count;
	uint32_t hardware; /* choices that there are, of which one at most is taken */
};

struct split {
	struct world *world;
	const struct position_program *program;
	unsigned thread;          /* of the split step */
	struct position position; /* at first: before it; split_run(): then behind it and all that took place within */
	struct split_schedule *schedule;
	uint32_t effects, done; /* effects that were seen, items that took place */
	/* Hardware takes that choice. False: it cannot, and nothing of the split step is to be kept. */
	bool (*let_hardware)(struct split *split, uint32_t choice);
	void *context;
	bool refused;       /* out */
	GPtrArray *records; /* struct step_record *: of the split step, and of those within it in their order */
};

/* Whether that step is one, and whether it can take place within one. */
bool split_is(const struct step *step);
bool split_can_be_within(const struct step *step);

/* Carries out the step and what the schedule says. split->records is the caller's; each record too. */
void split_run(struct split *split);
/* The next choice after one that was carried out from `before` on; false: there is none. */
bool split_next(const struct position_program *program, const struct position *before, unsigned thread,
		struct split_schedule *schedule);

#endif
