/* SPDX-License-Identifier: MIT */
/*
 * Every order in which the steps of a run may take place: one run where nothing is `parallel`, else one an
 * interleaving.
 *
 * A depth-first search over states: before a choice the arena is saved, and restored for each further alternative. A
 * state that was seen before at the same place in the program is not carried on from again. Two states are the same
 * when both hashes of the arena (arena_hash() and arena_second_hash(), 64 bits each) are; what is outside of the arena
 * is worked out anew from it. Every interleaving is a path through what was found, so counts are those of a search
 * without merging.
 *
 * With `hardware: free` a choice of hardware's (free.h) is one more way to go on, at any place of the run.
 */
#ifndef IOSIM_SIM_EXPLORE_H
#define IOSIM_SIM_EXPLORE_H

#include "sim/free.h"
#include "sim/record.h"
#include "sim/run.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define EXPLORE_MAX_STEPS 200000 /* that are carried out; what is left then is not looked at */
#define EXPLORE_MAX_TURNS (SCENARIO_MAX_ORDERS * SCENARIO_MAX_STEPS) /* of all interleavings together */

struct exploration {
	GPtrArray *runs;    /* struct run_record *, in the order of the threads; at least one, or incomplete */
	GPtrArray *records; /* struct step_record *: those of all runs, which share them */
	uint32_t states;    /* that were told apart */
	uint32_t merged;    /* how often one was reached again */
	uint32_t steps;     /* that were carried out */
	bool parallel;      /* there is something to interleave */
	bool free;          /* hardware has choices: */
	uint32_t choices;   /* how many of them were taken */
	uint32_t most;      /* of them in a run */
	bool cut;           /* somewhere it had more than that */
	GHashTable *stands; /* name of a choice, to the struct step that stands for it */
	bool incomplete;    /* more than request->max_steps, or than SCENARIO_MAX_ORDERS interleavings */
};

/* NULL and a message (the caller frees) if the machine cannot be built or booted, or the order asked for is none. */
struct exploration *explore_case(const struct run_request *request, char **message);
void exploration_free(struct exploration *exploration);

/*
 * "kernel:unbind,device:serve": thread, and label or line, of each step in a `parallel`; where hardware is free of
 * every step, and its choices. The caller frees.
 */
char *exploration_order(const struct scenario_case *program, const struct run_record *run);

#endif
