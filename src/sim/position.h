/* SPDX-License-Identifier: MIT */
/* A place in a program with threads: which step comes next, or which of each thread. Plain data, compared by memcmp. */
#ifndef IOSIM_SIM_POSITION_H
#define IOSIM_SIM_POSITION_H

#include "scenario/program.h"

#include <stdbool.h>
#include <stdint.h>

#define POSITION_NO_STEP UINT32_MAX

struct position {
	uint32_t step;                       /* outside of a block: the next one; inside: the first behind the block */
	uint32_t first;                      /* inside: the first of the block */
	uint32_t done;                       /* inside: how many of the block were taken */
	uint32_t next[SCENARIO_MAX_THREADS]; /* inside: POSITION_NO_STEP: the thread has ended */
	uint32_t block;                      /* inside: its number + 1; 0: outside */
};

/* Which steps a run has: those of one policy and one kind. */
struct position_program {
	const struct scenario_case *program;
	unsigned policy;
	enum iommu_kind kind;
};

/* The step with that index is one of the run. */
bool position_has(const struct position_program *program, uint32_t index);
struct position position_begin(const struct position_program *program);
/* The choices: threads that can go on, as a mask; outside of a block bit 0. 0: the run is over. */
uint32_t position_choices(const struct position_program *program, const struct position *position);
/* The step that the choice means. */
uint32_t position_step(const struct position *position, unsigned choice);
/* When it takes place: rises along every run, and is the step's number outside of blocks. */
uint32_t position_number(const struct position *position);
/* The place behind that step. */
struct position position_after(const struct position_program *program, const struct position *position,
			       unsigned choice);

#endif
