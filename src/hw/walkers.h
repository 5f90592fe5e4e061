/* SPDX-License-Identifier: MIT */
/*
 * The walkers of an IOMMU under the cycle clock: N pieces of hardware that each take one request through the unit at a
 * time (ops->begin, ops->resume), and share one memory. A request waits in order until a walker is free; the free one
 * with the lowest number takes it. Only memory takes time, so a request that hits a cache ends when it begins.
 *
 * Answers come in the order in which lookups end, and the same calls give the same order. A walk that is in flight
 * while an invalidation is completed leaves nothing in the caches. Its answer stands: who may not let the completion
 * be seen before it (VT-d 6.5.2, IHI 0070 4.8) runs the walkers until they are idle first.
 *
 * All of it is state in the arena: saved, restored, never hashed.
 */
#ifndef IOSIM_HW_WALKERS_H
#define IOSIM_HW_WALKERS_H

#include "hw/events.h"
#include "hw/iommu.h"
#include "hw/timed_memory.h"

#define WALKERS_MAX       256
#define WALKERS_MAX_QUEUE 65536

struct walkers_config {
	struct arena *arena;
	struct iommu *unit;
	struct events *events;
	struct timed_memory *memory;
	uint32_t first_owner; /* of events: the walkers have `count` owners from here on */
	uint32_t count;       /* 1 to WALKERS_MAX */
	uint32_t queue;       /* requests that can wait, 1 to WALKERS_MAX_QUEUE */
};

struct walkers_answer {
	struct translation translation;
	uint64_t asked_cycles, begun_cycles, ended_cycles;
	uint32_t tag;    /* as submitted */
	uint32_t walker; /* that did it */
};

struct walkers;

/* NULL never. */
struct walkers *walkers_new(const struct walkers_config *config);
void walkers_free(struct walkers *walkers);

/* A request that arrives now; `tag` comes back with its answer. False: as many wait as can, nothing was done. */
bool walkers_submit(struct walkers *walkers, const struct request *request, uint32_t tag);
/* Requests submitted and not answered. */
uint32_t walkers_busy(const struct walkers *walkers);
/* The event of an owner that is one of the walkers. True: a lookup ended, and *answer is filled in. */
bool walkers_event(struct walkers *walkers, uint32_t owner, struct walkers_answer *answer);
/* Takes events until a lookup ends, where nobody else has any. False: none is in flight. */
bool walkers_next(struct walkers *walkers, struct walkers_answer *answer);

#endif
