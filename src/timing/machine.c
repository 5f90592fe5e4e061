/* SPDX-License-Identifier: MIT */
#include "timing/state.h"

#include <glib.h>

static void *block(const struct timing_machine *machine, const char *name, size_t bytes)
{
	return arena_block(machine->config.arena, name, bytes, ARENA_UNHASHED);
}

static void take_numbers(struct timing_machine *machine)
{
	const struct timing_profile *profile = machine->config.profile;
	const double *value = profile->value;
	double rate = timing_link_bytes_per_ns(profile);

	machine->read_slots = timing_count(profile, TIMING_READ_TAGS);
	machine->slot_count = machine->read_slots + timing_count(profile, TIMING_POSTED_HEADERS);
	machine->walker_count = timing_count(profile, TIMING_WALKERS);
	machine->window[READS] = timing_count(profile, TIMING_READ_WINDOW);
	machine->window[WRITES] = timing_count(profile, TIMING_WRITE_WINDOW);
	machine->in_order = value[TIMING_IN_ORDER] != 0;
	machine->merges = value[TIMING_MERGE] != 0;
	uint32_t outstanding = timing_count(profile, TIMING_TABLE_OUTSTANDING);
	machine->foresees = machine->config.undisturbed && (!outstanding || outstanding >= machine->walker_count);
	machine->ps_per_byte = 1000 / rate;
	machine->read_byte_ps = value[TIMING_READ_BYTE] * 1000;
	machine->read_overhead = timing_ps(value[TIMING_READ_OVERHEAD]);
	machine->propagation = timing_ps(value[TIMING_PROPAGATION]);
	machine->port_interval = timing_ps(value[TIMING_PORT_INTERVAL] / value[TIMING_PORTS]);
	machine->pass = timing_ps(value[TIMING_PASS]);
	machine->lookup = machine->config.unit ? timing_ps(value[TIMING_LOOKUP]) : 0;
	machine->replay = timing_ps(value[TIMING_REPLAY]);
	machine->replay_line = timing_ps(value[TIMING_REPLAY_LINE]);
	machine->data = timing_ps(value[TIMING_DATA]);
	machine->data_hit = timing_ps(value[TIMING_DATA_HIT]);
}

struct timing_machine *timing_machine_new(const struct timing_config *config)
{
	struct timing_machine *machine = g_new0(struct timing_machine, 1);
	const double *value = config->profile->value;

	machine->config = *config;
	take_numbers(machine);
	machine->events =
		events_new(config->arena, OWNER_WALKERS + machine->walker_count + machine->slot_count + config->others);
	machine->tables = timed_memory_new(config->memory, (uint32_t)timing_ps(value[TIMING_TABLE]),
					   timing_count(config->profile, TIMING_TABLE_OUTSTANDING));
	machine->state = block(machine, "timed machine", sizeof(*machine->state));
	machine->slots = block(machine, "timed requests", sizeof(machine->slots[0]) * machine->slot_count);
	machine->walkers = block(machine, "timed walkers", sizeof(machine->walkers[0]) * machine->walker_count);
	machine->rooms = block(machine, "timed walks", sizeof(machine->rooms[0]) * (machine->walker_count + 1));
	machine->room_of = block(machine, "rooms of timed walks", sizeof(uint32_t) * (machine->walker_count + 1));
	machine->spare_start = block(machine, "stalled walk", sizeof(*machine->spare_start));
	machine->rings = block(machine, "queues of timed requests", sizeof(uint32_t) * RINGS * machine->slot_count);
	for (uint32_t i = 0; i <= machine->walker_count; i++)
		machine->room_of[i] = i;
	machine->state->free_slots[READS] = machine->state->free_slots[WRITES] = TIMING_NONE;
	for (uint32_t i = machine->slot_count; i > 0; i--)
		timing_free_slot(machine, i - 1);
	machine->state->stalled = machine->state->drainer = TIMING_NONE;
	machine->state->walkers_free = machine->walker_count;
	machine->state->posted_units = timing_count(config->profile, TIMING_POSTED_DATA);
	return machine;
}

void timing_machine_free(struct timing_machine *machine)
{
	timed_memory_free(machine->tables);
	events_free(machine->events);
	g_free(machine);
}

uint64_t timing_now(const struct timing_machine *machine)
{
	return events_now(machine->events);
}

const struct timing_tally *timing_tally_of(const struct timing_machine *machine)
{
	return &machine->state->tally;
}

void timing_step_by_step(struct timing_machine *machine)
{
	machine->steps = true;
	machine->foresees = false;
}

enum timing_event timing_next(struct timing_machine *machine, const struct timing_slot **ended)
{
	uint32_t owner;

	for (bool begun = false;; begun = true) {
		if (begun && machine->steps)
			return TIMING_STEPPED;
		while (machine->state->goes_on) {
			machine->state->goes_on = false;
			timing_look_up(machine);
			if (machine->steps)
				return TIMING_STEPPED;
		}
		if (!events_next(machine->events, &owner))
			return TIMING_IDLE;
		if (owner == OWNER_DEVICE)
			return TIMING_ROOM;
		if (owner == OWNER_PIPELINE) {
			timing_look_up(machine);
			continue;
		}
		uint32_t index = owner - OWNER_WALKERS;
		if (index < machine->walker_count) {
			timing_walker_event(machine, index);
			continue;
		}
		index -= machine->walker_count;
		if (index >= machine->slot_count) {
			machine->state->other = index - machine->slot_count;
			return TIMING_OTHER;
		}
		if (slot_of(machine, index)->state == SLOT_AT_DATA) {
			timing_return(machine, index);
		} else if (timing_retire(machine, index)) {
			*ended = slot_of(machine, index);
			return TIMING_ENDED;
		}
	}
}
