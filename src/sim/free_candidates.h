/* SPDX-License-Identifier: MIT */
/* Who could ask for what: the requesters and pages that hardware's choices are about (free.h). */
#ifndef IOSIM_SIM_FREE_CANDIDATES_H
#define IOSIM_SIM_FREE_CANDIDATES_H

#include "sim/free.h"

/* A candidate is a choice without kind. Those of one `dma` or `ats` step, as far as its names are made; appended. */
void free_candidates_of(const struct world *world, const struct step *step, GArray *out);
/* Those that steps from `position` on ask for or use, NULL: of all steps; none twice. False: there are more than may
 * be. */
bool free_candidates(const struct world *world, const struct position_program *program, const struct position *position,
		     GArray *out);
/* The request that a candidate or choice stands for, as it reaches the unit: a read, or a translation request. */
struct request free_request(const struct world *world, const struct free_choice *choice);
/* The stream is the device's own, not a forged one. */
bool free_is_own(const struct world *world, const struct free_choice *choice);
/* The device may ask for it, without T, as the free hardware of a device does: its ATS is on, and its interface open.
 */
bool free_may_ask(const struct world *world, const struct free_choice *choice);

/* In the order of enum free_kind, then of what they are about. */
gint free_compare(gconstpointer a, gconstpointer b);
/*
 * Whether what comes of both can depend on their order, or the second on the first having been. Entries of different
 * requesters come and go without each other; so do pages that are fetched.
 */
bool free_depends(const struct free_choice *a, const struct free_choice *b);
static inline bool free_is_evict(const struct free_choice *choice)
{
	return choice->kind <= FREE_EVICT_DEVTLB;
}

#endif
