/* SPDX-License-Identifier: MIT */
/*
 * Which words of simulated memory changed since one looked last: everything that hardware writes is seen, also what
 * nobody expected. On the ordinary heap; the memory outlives it.
 */
#ifndef IOSIM_SIM_VECTOR_WATCH_H
#define IOSIM_SIM_VECTOR_WATCH_H

#include "hw/memory.h"

struct vector_watch;

typedef void (*vector_changed_fn)(void *context, uint64_t pa, uint64_t old, uint64_t now);

struct vector_watch *vector_watch_new(const struct memory *memory);
void vector_watch_free(struct vector_watch *watch);
/* `changed` for each 64-bit word that is not as it was, in the order of addresses; from now on it is as it was. */
void vector_watch_look(struct vector_watch *watch, vector_changed_fn changed, void *context);
/* The word at `pa` is as it shall be. */
void vector_watch_accept(struct vector_watch *watch, uint64_t pa);

#endif
