/* SPDX-License-Identifier: MIT */
#include "hw/events.h"

#include <glib.h>

#define OWNER_BITS 16

_Static_assert(EVENTS_MAX_OWNERS == 1 << OWNER_BITS, "an owner fits into its bits");

enum event_place { EVENT_NONE, EVENT_ON_WHEEL, EVENT_FAR };

struct events *events_new(struct arena *arena, uint32_t owners)
{
	IOSIM_ASSERT(owners > 0 && owners <= EVENTS_MAX_OWNERS);
	struct events *events = g_new0(struct events, 1);

	events->owners = owners;
	events->state = arena_block(arena, "event clock", sizeof(*events->state), ARENA_UNHASHED);
	events->events = arena_block(arena, "events", sizeof(events->events[0]) * owners, ARENA_UNHASHED);
	events->far = arena_block(arena, "far events", sizeof(events->far[0]) * owners, ARENA_UNHASHED);
	return events;
}

void events_free(struct events *events)
{
	g_free(events);
}

static inline uint32_t owner_of(const struct far_event *event)
{
	return event->order % EVENTS_MAX_OWNERS;
}

static inline bool is_before(const struct far_event *one, const struct far_event *other)
{
	if (one->when_cycles != other->when_cycles)
		return one->when_cycles < other->when_cycles;
	if (one->rank != other->rank)
		return one->rank < other->rank;
	return one->order < other->order;
}

/* Puts the event at `place`, which is free, or nearer to the top. */
static void rise(struct far_event *heap, uint32_t place, struct far_event event)
{
	while (place > 0 && is_before(&event, &heap[(place - 1) / 2])) {
		heap[place] = heap[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	heap[place] = event;
}

/* Puts the event at `place`, which is free, or further from the top. */
static void sink(struct far_event *heap, uint32_t count, uint32_t place, struct far_event event)
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

/* The last event fills the gap. */
static void remove_far(struct events *events, uint32_t place)
{
	struct far_event *heap = events->far;
	uint32_t count = --events->state->far_count;
	struct far_event last = heap[count];

	if (place == count)
		return;
	if (place > 0 && is_before(&last, &heap[(place - 1) / 2]))
		rise(heap, place, last);
	else
		sink(heap, count, place, last);
}

static inline uint64_t slot_number(uint64_t when_cycles)
{
	return when_cycles >> EVENTS_SLOT_LG2;
}

static inline bool comes_after(const struct event *one, const struct event *other)
{
	if (IOSIM_LIKELY(one->when_cycles != other->when_cycles))
		return one->when_cycles > other->when_cycles;
	return one->rank > other->rank;
}

/* Behind all that do not come after it. */
static void put_in_order(struct events *events, struct events_slot *slot, uint32_t owner)
{
	struct event *event = &events->events[owner], *before = &events->events[slot->first];

	if (comes_after(before, event)) {
		event->next = slot->first;
		slot->first = owner;
		return;
	}
	/* The last one does. */
	while (!comes_after(&events->events[before->next], event))
		before = &events->events[before->next];
	event->next = before->next;
	before->next = owner;
}

static inline void put_on_wheel(struct events *events, uint32_t owner, uint64_t when_cycles, uint64_t rank)
{
	struct events_state *state = events->state;
	uint32_t place = slot_number(when_cycles) % EVENTS_SLOTS, word = place / 64;
	uint64_t bit = UINT64_C(1) << place % 64, bits = state->bits[word];
	struct events_slot *slot = &state->slots[place];
	struct event *event = &events->events[owner];

	event->when_cycles = when_cycles;
	event->rank = rank;
	event->place = EVENT_ON_WHEEL;
	if (!(bits & bit)) {
		state->bits[word] = bits | bit;
		state->words |= UINT64_C(1) << word;
		slot->first = slot->last = owner;
		return;
	}
	struct event *last = &events->events[slot->last];
	if (comes_after(last, event)) {
		put_in_order(events, slot, owner);
		return;
	}
	last->next = owner;
	slot->last = owner;
}

static inline void clear_bit(struct events_state *state, uint32_t place)
{
	uint32_t word = place / 64;

	state->bits[word] &= ~(UINT64_C(1) << place % 64);
	if (state->bits[word] == 0)
		state->words &= ~(UINT64_C(1) << word);
}

/* Within all slots but one, since the present one may be over but for its last cycle. */
static inline bool is_in_reach(uint64_t when_cycles, uint64_t now_cycles)
{
	return when_cycles - now_cycles <= (uint64_t)(EVENTS_SLOTS - 1) << EVENTS_SLOT_LG2;
}

static IOSIM_COLD void put_far(struct events *events, uint32_t owner, uint64_t when_cycles, uint64_t rank)
{
	struct events_state *state = events->state;
	struct far_event event = {
		.when_cycles = when_cycles, .rank = rank, .order = state->asked++ << OWNER_BITS | owner};

	events->events[owner].place = EVENT_FAR;
	rise(events->far, state->far_count++, event);
}

/* Whatever the wheel reaches at that time. */
static IOSIM_COLD void take_from_far(struct events *events, uint64_t now_cycles)
{
	while (events->state->far_count > 0 && is_in_reach(events->far[0].when_cycles, now_cycles)) {
		struct far_event event = events->far[0];
		remove_far(events, 0);
		put_on_wheel(events, owner_of(&event), event.when_cycles, event.rank);
	}
}

static inline __attribute__((always_inline)) void put(struct events *events, uint32_t owner, uint64_t when_cycles,
						      uint64_t rank)
{
	uint64_t now = events->state->now_cycles;

	IOSIM_ASSERT(owner < events->owners && events->events[owner].place == EVENT_NONE && when_cycles >= now);
	if (IOSIM_LIKELY(is_in_reach(when_cycles, now)))
		put_on_wheel(events, owner, when_cycles, rank);
	else
		put_far(events, owner, when_cycles, rank);
}

void events_at(struct events *events, uint32_t owner, uint64_t when_cycles)
{
	put(events, owner, when_cycles, EVENTS_NO_RANK);
}

void events_ranked(struct events *events, uint32_t owner, uint64_t when_cycles, uint64_t rank)
{
	put(events, owner, when_cycles, rank);
}

bool events_is_pending(const struct events *events, uint32_t owner)
{
	IOSIM_ASSERT(owner < events->owners);
	return events->events[owner].place != EVENT_NONE;
}

static void take_off_wheel(struct events *events, uint32_t owner)
{
	struct events_state *state = events->state;
	uint32_t place = slot_number(events->events[owner].when_cycles) % EVENTS_SLOTS;
	struct events_slot *slot = &state->slots[place];
	uint32_t before = slot->first;

	if (slot->first == slot->last) {
		clear_bit(state, place);
	} else if (slot->first == owner) {
		slot->first = events->events[owner].next;
	} else {
		while (events->events[before].next != owner)
			before = events->events[before].next;
		events->events[before].next = events->events[owner].next;
		if (slot->last == owner)
			slot->last = before;
	}
}

void events_cancel(struct events *events, uint32_t owner)
{
	uint32_t place = 0;

	if (!events_is_pending(events, owner))
		return;
	if (events->events[owner].place == EVENT_ON_WHEEL) {
		take_off_wheel(events, owner);
	} else {
		while (owner_of(&events->far[place]) != owner)
			place++;
		remove_far(events, place);
	}
	events->events[owner].place = EVENT_NONE;
}

/* The first slot with an event: from that of the time now to the end of its word, then word by word, its own last. */
static inline uint32_t first_slot(const struct events_state *state)
{
	uint32_t now = slot_number(state->now_cycles) % EVENTS_SLOTS, word = now / 64;
	uint64_t bits = state->bits[word] >> now % 64;

	if (bits)
		return now + (uint32_t)__builtin_ctzll(bits);
	uint32_t from = (word + 1) % EVENTS_WORDS;
	uint64_t words = state->words >> from | state->words << (EVENTS_WORDS - from) % EVENTS_WORDS;
	word = (from + (uint32_t)__builtin_ctzll(words)) % EVENTS_WORDS;
	return 64 * word + (uint32_t)__builtin_ctzll(state->bits[word]);
}

bool events_next(struct events *events, uint32_t *owner)
{
	struct events_state *state = events->state;

	if (IOSIM_UNLIKELY(state->words == 0)) {
		if (state->far_count == 0)
			return false;
		state->now_cycles = events->far[0].when_cycles;
		take_from_far(events, state->now_cycles);
	}
	uint32_t place = first_slot(state);
	struct events_slot *slot = &state->slots[place];
	struct event *event = &events->events[slot->first];

	*owner = slot->first;
	state->now_cycles = event->when_cycles;
	event->place = EVENT_NONE;
	if (slot->first == slot->last)
		clear_bit(state, place);
	else
		slot->first = event->next;
	if (IOSIM_UNLIKELY(state->far_count > 0))
		take_from_far(events, state->now_cycles);
	return true;
}
