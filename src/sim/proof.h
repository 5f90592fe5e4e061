/* SPDX-License-Identifier: MIT */
/*
 * Small scope, all of it: every sequence of a scenario's steps up to a length, from the state in which its machine
 * begins. The steps of the file are the actions, each may be taken at any place and any number of times; the order of
 * the file says only which of two sequences of one length comes first.
 *
 * Breadth first: the first sequence that violates an invariant is a shortest one, and among those the first in the
 * order of the file. A state that was met before, by a sequence as short or shorter, is not gone on from again
 * (normal_form.h says when two are one). What violates something is gone on from like any other: the verdict is that of
 * a step, and another invariant may need what happens behind it. Where the host crashes, the sequence is over.
 *
 * An action is not taken (the sequence would be none of the program's):
 *  - where the runner would skip it: a result that it uses is not there, or its actor has no access;
 *  - where the result that it makes is there: a name has one meaning at a time. `dma-unmap`, `unpin`, `destroy`,
 *    `resume` and `load` with `result-of` end the result that they name, if the call succeeds;
 *  - a `driver-unbind` of a device that has handles of the DMA API: a driver gives back what it mapped before it goes
 *    (with `careless` it does not, and the handles are there afterwards).
 */
#ifndef IOSIM_SIM_PROOF_H
#define IOSIM_SIM_PROOF_H

#include "check/check.h"
#include "sim/run.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define PROOF_MAX_LENGTH 16
#define PROOF_MAX_STATES 1000000u /* that are told apart; with more the rest is not looked at */

struct proof_wish {
	const struct scenario *scenario;
	unsigned case_index;
	unsigned policy;
	struct rules rules;
	enum iommu_kind kind;
	uint32_t length;     /* 1 to PROOF_MAX_LENGTH */
	uint32_t max_states; /* 0: PROOF_MAX_STATES */
	bool apart;          /* no two states are taken for one: slower, and the same result */
	bool careless;
};

/* A sequence that ends with what it is a sequence for. */
struct proof_sequence {
	uint32_t length; /* 0: there is none */
	uint16_t steps[PROOF_MAX_LENGTH];
};

struct proof {
	struct proof_sequence violations[64]; /* by invariant: a shortest */
	struct proof_sequence crash;
	uint32_t length;  /* every sequence up to that one was looked at, as long as nothing is incomplete */
	uint32_t actions; /* in the alphabet, under this policy and kind */
	uint64_t states;  /* from which every action was tried */
	uint64_t merged;  /* how often one was reached again */
	uint64_t taken;   /* actions */
	bool incomplete;  /* there were more states than that */
};

/* NULL and a message (the caller frees) if the machine cannot be built or booted, or the scenario is none to search. */
struct proof *proof_run(const struct proof_wish *wish, char **message);
void proof_free(struct proof *proof);

#endif
