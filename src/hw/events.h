/* SPDX-License-Identifier: MIT */
/*
 * The event kernel of the cycle clock: what happens next, and what time it is. Owners are numbers from 0 on; each has
 * one pending event at most, so there is never more than one event an owner. Who runs the kernel takes the next event
 * and lets its owner act: there are no callbacks, and a pending event is plain data.
 *
 * Events happen in the order of their times; those of one time in the order in which they were asked for, behind those
 * that have a rank. The same calls give the same order. Time never goes back. All of it is state in the arena: saved,
 * restored, never hashed.
 */
#ifndef IOSIM_HW_EVENTS_H
#define IOSIM_HW_EVENTS_H

#include "base/arena.h"
#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

#define EVENTS_MAX_OWNERS 65536
#define EVENTS_SLOT_LG2   10 /* cycles of a slot: a nanosecond of picoseconds */
#define EVENTS_WORDS      64 /* of bits, one for each slot; a word has a bit for each of these words */
#define EVENTS_SLOTS      (64 * EVENTS_WORDS)

#define EVENTS_NO_RANK UINT64_MAX

/* By owner. */
struct event {
	uint64_t when_cycles, rank;
	uint32_t next;  /* owner of the event behind it in its slot, unless it is the last one */
	uint32_t place; /* enum event_place */
};

/* An event that is further away than the wheel reaches. */
struct far_event {
	uint64_t when_cycles, rank;
	uint64_t order; /* of asking, in bits 63:16: enough for years; the owner */
};

/*
 * A wheel: a slot holds the events of 2^EVENTS_SLOT_LG2 cycles in their order, and the wheel those from the slot of
 * the time now to as many slots later. What is further away waits in a binary heap, and comes onto the wheel as soon as
 * that reaches it: before anything that is asked for later could come onto the same slot.
 */
struct events {
	struct events_state {
		uint64_t now_cycles;
		uint64_t asked;              /* of the heap so far */
		uint64_t words;              /* bit n: bits[n] is not 0 */
		uint64_t bits[EVENTS_WORDS]; /* slots that hold events */
		uint32_t far_count;
		uint32_t zero;
		struct events_slot {
			uint32_t first, last; /* owners */
		} slots[EVENTS_SLOTS];
	} * state;
	struct event *events;
	struct far_event *far; /* children of place i are 2i + 1 and 2i + 2, no child comes before its parent */
	uint32_t owners;
};

/* For `owners` owners, 1 to EVENTS_MAX_OWNERS; defines its regions of the arena. NULL never. */
struct events *events_new(struct arena *arena, uint32_t owners);
void events_free(struct events *events);

/* The time of the event that was taken last; 0 before the first. */
static inline uint64_t events_now(const struct events *events)
{
	return events->state->now_cycles;
}

/* An event for an owner that has none, at a time that has not passed. */
void events_at(struct events *events, uint32_t owner, uint64_t when_cycles);
/* The same of an event that comes before those of its time that have no rank, or a higher one. */
void events_ranked(struct events *events, uint32_t owner, uint64_t when_cycles, uint64_t rank);
bool events_is_pending(const struct events *events, uint32_t owner);
/* The owner's event will not happen; nothing if it has none. */
void events_cancel(struct events *events, uint32_t owner);
/* No event is pending. */
static inline bool events_is_idle(const struct events *events)
{
	return (events->state->words | events->state->far_count) == 0;
}
/* An event at a time that has not passed is asked for and taken at once: none is pending. */
static inline void events_run_ahead(struct events *events, uint64_t when_cycles)
{
	IOSIM_ASSERT(events_is_idle(events));
	events->state->now_cycles = when_cycles;
}
/* Takes the next event: its time is the time now, its owner has none any more. False: there is none, *owner stays. */
bool events_next(struct events *events, uint32_t *owner);

#endif
