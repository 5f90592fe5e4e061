/* SPDX-License-Identifier: MIT */
/* The device and both directions of its link: tags, places for writes, intervals, packets that follow each other. */
#include "timing/state.h"

#define UNIT_BYTES 16 /* of a data credit: PCIe 2.6.1, four double words */

uint64_t timing_move(const struct timing_machine *machine, uint64_t *direction_free, uint64_t *busy_ps, uint64_t now,
		     uint64_t bytes)
{
	uint64_t begins = *direction_free > now ? *direction_free : now;
	uint64_t takes = (uint64_t)((double)bytes * machine->ps_per_byte + 0.5);

	*busy_ps += takes;
	*direction_free = begins + takes;
	return *direction_free;
}

static uint32_t units_of(uint32_t bytes)
{
	return (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
}

bool timing_can_issue(struct timing_machine *machine, bool write, uint32_t bytes)
{
	const struct timing_machine_state *state = machine->state;
	enum timing_direction direction = write ? WRITES : READS;

	if (state->free_slots[direction] == TIMING_NONE || (write && units_of(bytes) > state->posted_units))
		return false;
	if (events_now(machine->events) >= state->next_issue)
		return true;
	if (!events_is_pending(machine->events, OWNER_DEVICE))
		events_at(machine->events, OWNER_DEVICE, state->next_issue);
	return false;
}

static uint64_t interval_of(struct timing_machine *machine, const struct timing_dma *dma)
{
	bool write = request_is_write(&dma->request);
	struct timing_known *known = &machine->intervals[write ? WRITES : READS];
	enum timing_interval which = write ? TIMING_WRITE_INTERVAL : TIMING_READ_INTERVAL;

	if (known->bytes != dma->dma_bytes) {
		known->bytes = dma->dma_bytes;
		known->ps = timing_ps(timing_points_at(&machine->config.profile->interval[which], dma->dma_bytes));
	}
	return known->ps;
}

void timing_issue(struct timing_machine *machine, const struct timing_dma *dma)
{
	struct timing_machine_state *state = machine->state;
	const double *value = machine->config.profile->value;
	bool write = request_is_write(&dma->request);
	uint64_t now = events_now(machine->events);
	uint32_t place = state->free_slots[write ? WRITES : READS];
	double wire = write ? value[TIMING_WRITE_HEADER] + dma->request.bytes : value[TIMING_READ_HEADER];

	IOSIM_ASSERT(timing_can_issue(machine, write, dma->request.bytes));
	struct timing_slot *slot = slot_of(machine, place);
	state->free_slots[write ? WRITES : READS] = slot->next;
	slot->dma = *dma;
	slot->issued = now;
	slot->merged = false;
	slot->next = TIMING_NONE;
	if (write)
		state->posted_units -= units_of(dma->request.bytes);
	else if (machine->in_order)
		ring_push(machine, RING_TAGS, place);
	slot->arrived = timing_move(machine, &state->up_free, &state->tally.up_busy_ps, now, (uint64_t)wire) +
			machine->propagation + machine->lookup;
	timing_arrive(machine, place);
	if (!dma->more)
		state->next_issue = now + interval_of(machine, dma);
}

uint64_t timing_message(struct timing_machine *machine, bool up)
{
	struct timing_machine_state *state = machine->state;
	uint64_t bytes = timing_count(machine->config.profile, TIMING_WRITE_HEADER), now = events_now(machine->events);

	return machine->propagation + timing_move(machine, up ? &state->up_free : &state->down_free,
						  up ? &state->tally.up_busy_ps : &state->tally.down_busy_ps, now,
						  bytes);
}

/* What a completion carries. */
static uint32_t returned_bytes(const struct timing_slot *slot)
{
	bool carries = slot->dma.request.at == AT_TRANSLATION_REQUEST ? slot->translation.completion == ATS_SUCCESS
								      : slot->translation.result == TRANSLATE_OK;

	return carries ? slot->dma.request.bytes : 0;
}

void timing_return(struct timing_machine *machine, uint32_t place)
{
	const struct timing_profile *profile = machine->config.profile;
	struct timing_slot *slot = slot_of(machine, place);
	uint32_t largest = timing_count(profile, TIMING_MAX_PAYLOAD);
	uint32_t bytes = returned_bytes(slot);
	uint32_t packets = bytes ? (bytes + largest - 1) / largest : 1;

	slot->answered = events_now(machine->events);
	timing_left(machine, slot);
	uint64_t left =
		timing_move(machine, &machine->state->down_free, &machine->state->tally.down_busy_ps, slot->answered,
			    bytes + (uint64_t)packets * timing_count(profile, TIMING_COMPLETION_HEADER));
	slot->state = SLOT_RETURNS;
	slot_at(machine, place,
		left + machine->propagation + machine->read_overhead + (uint64_t)(machine->read_byte_ps * bytes));
}

void timing_free_slot(struct timing_machine *machine, uint32_t place)
{
	struct timing_slot *slot = slot_of(machine, place);
	uint32_t *head = &machine->state->free_slots[place < machine->read_slots ? READS : WRITES];

	slot->state = SLOT_FREE;
	slot->next = *head;
	*head = place;
}

bool timing_retire(struct timing_machine *machine, uint32_t place)
{
	struct timing_slot *slot = slot_of(machine, place);

	slot->ended = events_now(machine->events);
	if (direction_of(slot) == WRITES) {
		timing_left(machine, slot);
		machine->state->posted_units += units_of(slot->dma.request.bytes);
	} else if (machine->in_order) {
		if (ring_first(machine, RING_TAGS) != place) {
			slot->state = SLOT_HELD;
			return false;
		}
		ring_pop(machine, RING_TAGS);
		uint32_t first = ring_first(machine, RING_TAGS);
		if (first != TIMING_NONE && slot_of(machine, first)->state == SLOT_HELD) {
			slot_of(machine, first)->state = SLOT_RETURNS;
			slot_at(machine, first, slot->ended);
		}
	}
	timing_free_slot(machine, place);
	return true;
}
