/* SPDX-License-Identifier: MIT */
/*
 * Who shares the machine's clock, and waiting for requests in flight. Requests are of one of two epochs; a drain ends
 * the epoch and waits for its requests, so the other one is empty when the next drain begins.
 */
#include "timing/state.h"

static uint32_t owner_of(const struct timing_machine *machine, uint32_t other)
{
	IOSIM_ASSERT(other < machine->config.others);
	return OWNER_WALKERS + machine->walker_count + machine->slot_count + other;
}

void timing_other_at(struct timing_machine *machine, uint32_t other, uint64_t when)
{
	events_at(machine->events, owner_of(machine, other), when);
}

bool timing_other_is_pending(const struct timing_machine *machine, uint32_t other)
{
	return events_is_pending(machine->events, owner_of(machine, other));
}

uint32_t timing_other(const struct timing_machine *machine)
{
	return machine->state->other;
}

struct memory *timing_memory(const struct timing_machine *machine)
{
	return machine->config.memory;
}

bool timing_drain(struct timing_machine *machine, uint32_t other)
{
	struct timing_machine_state *state = machine->state;

	IOSIM_ASSERT(state->drainer == TIMING_NONE && state->in_flight[!state->epoch] == 0);
	if (state->in_flight[state->epoch] == 0)
		return true;
	state->drainer = other;
	state->epoch = !state->epoch;
	return false;
}

void timing_drained(struct timing_machine *machine)
{
	struct timing_machine_state *state = machine->state;
	uint32_t drainer = state->drainer;

	if (drainer == TIMING_NONE || state->in_flight[!state->epoch] != 0)
		return;
	state->drainer = TIMING_NONE;
	timing_other_at(machine, drainer, events_now(machine->events));
}
