/* SPDX-License-Identifier: MIT */
/*
 * A world under the cycle clock: what its requests take on the machine of a profile. Steps are carried out one after
 * the other, so nothing waits for anything (timing/alone.h). The time is told, and is no part of a state: results,
 * states and their number are those of a world without clock.
 */
#ifndef IOSIM_SIM_TIMED_H
#define IOSIM_SIM_TIMED_H

#include "sim/world.h"
#include "timing/alone.h"

struct world_clock {
	struct fabric_clock hook;
	struct world *world;
	const struct timing_profile *profile;
	struct timing_alone spent; /* since it was taken last */
};

/* From here on. Borrows the profile, which lives as long as the world. */
void world_set_clock(struct world *world, const struct timing_profile *profile);
/* What requests took since the last call; nothing if there is no clock. */
struct timing_alone world_take_time(struct world *world);
/* Gives it back: a step within a step took its own time in between. */
void world_give_time(struct world *world, const struct timing_alone *spent);

#endif
