/* SPDX-License-Identifier: MIT */
#include "hw/events.h"

#include "base/assert.h"

#include <glib.h>

struct event {
	uint64_t when_cycles;
	uint64_t sequence; /* order of asking */
	uint32_t owner;
	uint32_t zero;
};

struct events_state {
	uint64_t now_cycles;
	uint64_t sequence; /* of the next event */
	uint32_t count;
	uint32_t zero;
};

/* A binary heap: children of place i are 2i + 1 and 2i + 2, no child comes before its parent. */
struct events {
	struct events_state *state;
	struct event *heap;
	uint32_t *places; /* by owner: place in the heap + 1; 0: no event */
	uint32_t owners;
};

struct events *events_new(struct arena *arena, uint32_t owners)
{
	IOSIM_ASSERT(owners > 0 && owners <= EVENTS_MAX_OWNERS);
	struct events *events = g_new0(struct events, 1);

	events->owners = owners;
	events->state = arena_block(arena, "event clock", sizeof(*events->state), ARENA_UNHASHED);
	events->heap = arena_block(arena, "events", sizeof(events->heap[0]) * owners, ARENA_UNHASHED);
	events->places = arena_block(arena, "event places", sizeof(events->places[0]) * owners, ARENA_UNHASHED);
	return events;
}

void events_free(struct events *events)
{
	g_free(events);
}

uint64_t events_now(const struct events *events)
{
	return events->state->now_cycles;
}

static bool is_before(const struct event *one, const struct event *other)
{
	return one->when_cycles < other->when_cycles ||
	       (one->when_cycles == other->when_cycles && one->sequence < other->sequence);
}

static void put(struct events *events, uint32_t place, const struct event *event)
{
	events->heap[place] = *event;
	events->places[event->owner] = place + 1;
}

/* Puts the event at `place`, which is free, or nearer to the top. */
static void rise(struct events *events, uint32_t place, const struct event *event)
{
	while (place > 0) {
		uint32_t parent = (place - 1) / 2;
		if (!is_before(event, &events->heap[parent]))
			break;
		put(events, place, &events->heap[parent]);
		place = parent;
	}
	put(events, place, event);
}

/* Puts the event at `place`, which is free, or further from the top. */
static void sink(struct events *events, uint32_t place, const struct event *event)
{
	uint32_t count = events->state->count;

	for (;;) {
		uint32_t child = 2 * place + 1;
		if (child >= count)
			break;
		if (child + 1 < count && is_before(&events->heap[child + 1], &events->heap[child]))
			child++;
		if (!is_before(&events->heap[child], event))
			break;
		put(events, place, &events->heap[child]);
		place = child;
	}
	put(events, place, event);
}

void events_at(struct events *events, uint32_t owner, uint64_t when_cycles)
{
	struct events_state *state = events->state;

	IOSIM_ASSERT(owner < events->owners && !events->places[owner] && when_cycles >= state->now_cycles);
	struct event event = {.when_cycles = when_cycles, .sequence = state->sequence++, .owner = owner};
	rise(events, state->count++, &event);
}

bool events_is_pending(const struct events *events, uint32_t owner)
{
	IOSIM_ASSERT(owner < events->owners);
	return events->places[owner] != 0;
}

/* Takes out the event at `place`; the last one of the heap fills the gap. */
static void take(struct events *events, uint32_t place)
{
	struct events_state *state = events->state;

	events->places[events->heap[place].owner] = 0;
	struct event last = events->heap[--state->count];
	events->heap[state->count] = (struct event){0};
	if (place == state->count)
		return;
	if (place > 0 && is_before(&last, &events->heap[(place - 1) / 2]))
		rise(events, place, &last);
	else
		sink(events, place, &last);
}

void events_cancel(struct events *events, uint32_t owner)
{
	if (events_is_pending(events, owner))
		take(events, events->places[owner] - 1);
}

bool events_next(struct events *events, uint32_t *owner)
{
	struct events_state *state = events->state;

	if (state->count == 0)
		return false;
	state->now_cycles = events->heap[0].when_cycles;
	*owner = events->heap[0].owner;
	take(events, 0);
	return true;
}
