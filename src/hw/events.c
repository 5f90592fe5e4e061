/* SPDX-License-Identifier: MIT */
#include "hw/events.h"

#include "base/assert.h"

#include <glib.h>

#define OWNER_BITS 16

_Static_assert(EVENTS_MAX_OWNERS == 1 << OWNER_BITS, "an owner fits into its bits");

struct events *events_new(struct arena *arena, uint32_t owners)
{
	IOSIM_ASSERT(owners > 0 && owners <= EVENTS_MAX_OWNERS);
	struct events *events = g_new0(struct events, 1);

	events->owners = owners;
	events->state = arena_block(arena, "event clock", sizeof(*events->state), ARENA_UNHASHED);
	events->heap = arena_block(arena, "events", sizeof(events->heap[0]) * owners, ARENA_UNHASHED);
	events->pending = arena_block(arena, "pending events", sizeof(events->pending[0]) * owners, ARENA_UNHASHED);
	return events;
}

void events_free(struct events *events)
{
	g_free(events);
}

static inline uint32_t owner_of(const struct event *event)
{
	return event->order % EVENTS_MAX_OWNERS;
}

static inline bool is_before(const struct event *one, const struct event *other)
{
	if (one->when_cycles != other->when_cycles)
		return one->when_cycles < other->when_cycles;
	return one->order < other->order;
}

/* Puts the event at `place`, which is free, or nearer to the top. */
static void rise(struct event *heap, uint32_t place, struct event event)
{
	while (place > 0 && is_before(&event, &heap[(place - 1) / 2])) {
		heap[place] = heap[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	heap[place] = event;
}

/* Puts the event at `place`, which is free, or further from the top. */
static inline void sink(struct event *heap, uint32_t count, uint32_t place, struct event event)
{
	for (uint32_t child = 1 + 2 * place; child < count; child = 1 + 2 * place) {
		if (child + 1 < count && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &event))
			break;
		heap[place] = heap[child];
		place = child;
	}
	heap[place] = event;
}

/* The last event fills the hole. */
static void close_hole(struct events *events)
{
	struct events_state *state = events->state;

	state->hole = 0;
	if (--state->count > 0)
		sink(events->heap, state->count, 0, events->heap[state->count]);
}

void events_at(struct events *events, uint32_t owner, uint64_t when_cycles)
{
	struct events_state *state = events->state;

	IOSIM_ASSERT(owner < events->owners && !events->pending[owner] && when_cycles >= state->now_cycles);
	struct event event = {.when_cycles = when_cycles, .order = state->asked++ << OWNER_BITS | owner};
	events->pending[owner] = 1;
	if (state->hole) {
		state->hole = 0;
		sink(events->heap, state->count, 0, event);
	} else {
		rise(events->heap, state->count++, event);
	}
}

bool events_is_pending(const struct events *events, uint32_t owner)
{
	IOSIM_ASSERT(owner < events->owners);
	return events->pending[owner];
}

void events_cancel(struct events *events, uint32_t owner)
{
	struct events_state *state = events->state;
	struct event *heap = events->heap;
	uint32_t place = 0;

	if (!events_is_pending(events, owner))
		return;
	if (state->hole)
		close_hole(events);
	while (owner_of(&heap[place]) != owner)
		place++;
	events->pending[owner] = 0;
	struct event last = heap[--state->count];
	if (place == state->count)
		return;
	if (place > 0 && is_before(&last, &heap[(place - 1) / 2]))
		rise(heap, place, last);
	else
		sink(heap, state->count, place, last);
}

bool events_next(struct events *events, uint32_t *owner)
{
	struct events_state *state = events->state;

	if (state->hole)
		close_hole(events);
	if (state->count == 0)
		return false;
	state->now_cycles = events->heap[0].when_cycles;
	*owner = owner_of(&events->heap[0]);
	events->pending[*owner] = 0;
	state->hole = 1;
	return true;
}
