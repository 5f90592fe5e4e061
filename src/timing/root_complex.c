/* SPDX-License-Identifier: MIT */
/*
 * The root complex: requests are looked up in the order of their arrival, and leave for memory in the order of their
 * look-ups, reads and writes each for themselves (PCIe 2.4.1 demands it of writes). A request takes a place of its
 * direction's window in between. While it finds none, or misses with all walkers busy, the pipeline stands still.
 */
#include "timing/state.h"

static enum timing_ring_name window_of(enum timing_direction direction)
{
	return (enum timing_ring_name)(RING_WINDOWS + direction);
}

/* When the first of the queue can be looked up. */
static void schedule(struct timing_machine *machine)
{
	uint32_t place = ring_first(machine, RING_ARRIVED);

	if (place == TIMING_NONE)
		return;
	uint64_t when = slot_of(machine, place)->arrived;
	if (when < machine->state->pipeline_free)
		when = machine->state->pipeline_free;
	events_at(machine->events, OWNER_PIPELINE, when);
}

void timing_arrive(struct timing_machine *machine, uint32_t place)
{
	bool idle = machine->state->rings[RING_ARRIVED].count == 0;

	slot_of(machine, place)->state = SLOT_QUEUED;
	ring_push(machine, RING_ARRIVED, place);
	if (idle)
		schedule(machine);
}

/* The first of the queue has been looked up. */
static void advance(struct timing_machine *machine)
{
	struct timing_machine_state *state = machine->state;

	state->pipeline_free = events_now(machine->events) + machine->port_interval;
	ring_pop(machine, RING_ARRIVED);
	schedule(machine);
}

static void end_stall(struct timing_machine *machine)
{
	struct timing_machine_state *state = machine->state;

	if (state->stalled == TIMING_NONE)
		return;
	state->tally.stalled_ps += events_now(machine->events) - state->stalled_since;
	state->stalled = TIMING_NONE;
}

static void stall(struct timing_machine *machine, uint32_t place, bool needs_walker)
{
	struct timing_machine_state *state = machine->state;

	if (state->stalled == TIMING_NONE) {
		state->stalled_since = events_now(machine->events);
		state->tally.stalled++;
	}
	state->stalled = place;
	state->needs_walker = needs_walker;
}

void timing_look_up(struct timing_machine *machine)
{
	struct timing_machine_state *state = machine->state;
	uint32_t place = ring_first(machine, RING_ARRIVED);
	struct timing_slot *slot = slot_of(machine, place);
	enum timing_direction direction = direction_of(slot);

	if (state->stalled != TIMING_NONE && state->needs_walker) {
		if (state->walkers_free == 0)
			return;
		end_stall(machine);
		timing_walk_stalled(machine, place);
		advance(machine);
		return;
	}
	if (state->window_used[direction] == machine->window[direction]) {
		stall(machine, place, false);
		return;
	}
	end_stall(machine);
	state->window_used[direction]++;
	ring_push(machine, window_of(direction), place);
	slot->looked = slot->walk_begun = events_now(machine->events);
	slot->state = SLOT_WAITS;
	if (timing_translate(machine, place))
		advance(machine);
	else
		stall(machine, place, true);
}

/* What it was blocked for ends there: a completion without data, a write that is dropped. */
static void release(struct timing_machine *machine, uint32_t place)
{
	struct timing_slot *slot = slot_of(machine, place);
	uint64_t now = events_now(machine->events);
	bool write = direction_of(slot) == WRITES, reaches = slot->translation.result == TRANSLATE_OK;
	uint64_t data = slot->dma.warm ? machine->data_hit : machine->data;

	slot->released = slot->answered = now;
	slot->state = write ? SLOT_RETURNS : SLOT_AT_DATA;
	if (slot->dma.request.at == AT_TRANSLATION_REQUEST) /* the unit completes it: it goes no further */
		slot_at(machine, place, now);
	else
		slot_at(machine, place, now + machine->pass + (write || !reaches ? 0 : data));
}

void timing_translated(struct timing_machine *machine, uint32_t place)
{
	struct timing_machine_state *state = machine->state;
	struct timing_slot *slot = slot_of(machine, place);
	enum timing_direction direction = direction_of(slot);
	enum timing_ring_name window = window_of(direction);
	uint32_t first = ring_first(machine, window);

	slot->walked = events_now(machine->events);
	slot->state = SLOT_READY;
	if (first != place)
		return;
	do {
		release(machine, first);
		ring_pop(machine, window);
		state->window_used[direction]--;
		first = ring_first(machine, window);
	} while (first != TIMING_NONE && slot_of(machine, first)->state == SLOT_READY);
	if (state->stalled != TIMING_NONE && !state->needs_walker)
		state->goes_on = true;
}
