/* SPDX-License-Identifier: MIT */
/*
 * When two states are one: nothing that follows can tell them apart. The hashes of the whole arena, in which only what
 * depends on the way to the state is replaced (docs/small-scope.md has the reasons, field by field):
 *  - numbers that are given out one after the other and only ever compared (regimes, crossings, SPDM sessions, nonces,
 *    writers of a line) by their order of appearance;
 *  - what units and drivers have of work that is done: where in a queue the next command goes, and what is left in
 *    memory of those before; fault records, which no rule and no check reads;
 *  - why a result is not there, which only chooses words.
 * What ARENA_UNHASHED and ARENA_DERIVED mark is left out as everywhere.
 */
#ifndef IOSIM_SIM_NORMAL_FORM_H
#define IOSIM_SIM_NORMAL_FORM_H

#include "sim/world.h"

struct normal_form {
	uint64_t hash, second; /* arena_hash(), arena_second_hash() */
};

/* The world is of no use afterwards, until its arena is restored. */
struct normal_form normal_form_of(struct world *world);

#endif
