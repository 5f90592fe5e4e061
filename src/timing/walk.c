/* SPDX-License-Identifier: MIT */
/*
 * Translations of the root complex: the unit looks up and walks (hw/iommu.h: begin, resume), a walker at a time is at
 * work on a walk, and each of its references is one of timed memory. Who misses a page that is being walked waits for
 * that walk and asks the unit again; what finds nothing even then, because nothing is cached, walks in its turn.
 */
#include "timing/state.h"

static struct iommu_lookup *room_of(const struct timing_machine *machine, uint32_t walker)
{
	return &machine->rooms[machine->room_of[walker]];
}

static uint64_t page_of(const struct timing_slot *slot)
{
	return slot->dma.request.address >> FRAME_LG2;
}

static bool same_requester(const struct timing_slot *a, const struct timing_slot *b)
{
	return a->dma.request.stream == b->dma.request.stream && a->dma.request.pasid == b->dma.request.pasid;
}

/* The walker that is at work on the request's page; NULL. */
static struct timing_walker *walker_at(const struct timing_machine *machine, const struct timing_slot *slot)
{
	uint64_t page = page_of(slot);

	if (!machine->merges || machine->state->walkers_free == machine->walker_count)
		return NULL;
	for (uint32_t i = 0; i < machine->walker_count; i++) {
		struct timing_walker *walker = &machine->walkers[i];
		if (walker->state == WALKER_ASKS && walker->page == page &&
		    same_requester(slot, slot_of(machine, walker->slot)))
			return walker;
	}
	return NULL;
}

static uint32_t free_walker(const struct timing_machine *machine)
{
	uint32_t walker = 0;

	while (walker < machine->walker_count && machine->walkers[walker].state != WALKER_FREE)
		walker++;
	return walker;
}

static void ask_memory(struct timing_machine *machine, uint32_t index, struct memory_ask *ask)
{
	struct timing_walker *walker = &machine->walkers[index];
	uint64_t now = events_now(machine->events);

	walker->next.ask = ask;
	walker->asked = now;
	events_ranked(machine->events, OWNER_WALKERS + index, timed_memory_ask(machine->tables, now), walker->rank);
}

/* References behind each other: all but the last one happen without an event. */
static void foresee_end(struct timing_machine *machine, uint32_t index, uint64_t references)
{
	uint64_t now = events_now(machine->events);

	machine->tables->state->accesses += references;
	events_ranked(machine->events, OWNER_WALKERS + index, now + references * machine->tables->latency_cycles,
		      machine->walkers[index].rank);
}

/* True: there has to be a walk. */
static bool look_up(struct timing_machine *machine, uint32_t place, struct iommu_lookup *room,
		    struct timing_start *start)
{
	struct iommu *unit = machine->config.unit;
	struct timing_slot *slot = slot_of(machine, place);

	if (machine->foresees) {
		uint32_t references = unit->ops->foresee(unit, &slot->dma.request, room, &slot->translation);
		*start = (struct timing_start){.foreseen = references};
		if (IOSIM_LIKELY(references <= TIMING_MAX_REFERENCES))
			return references > 0;
	}
	*start = (struct timing_start){unit->ops->begin(unit, &slot->dma.request, room, &slot->translation), 0};
	return start->ask != NULL;
}

static void begin_walk(struct timing_machine *machine, uint32_t index, uint32_t place, const struct timing_start *start)
{
	struct timing_walker *walker = &machine->walkers[index];
	struct timing_slot *slot = slot_of(machine, place);

	walker->state = WALKER_ASKS;
	walker->begun = slot->walk_begun = events_now(machine->events);
	walker->rank = machine->state->walks++;
	walker->page = page_of(slot);
	walker->slot = place;
	walker->read = 0;
	walker->configuration = 0;
	walker->next = *start;
	if (start->foreseen)
		foresee_end(machine, index, start->foreseen);
	else
		ask_memory(machine, index, start->ask);
}

static void take_walker(struct timing_machine *machine, uint32_t index, uint32_t place,
			const struct timing_start *start)
{
	machine->state->walkers_free--;
	machine->walkers[index].waiting = TIMING_NONE;
	begin_walk(machine, index, place, start);
}

static void wait_for(struct timing_machine *machine, struct timing_walker *walker, uint32_t place)
{
	if (walker->waiting == TIMING_NONE)
		walker->waiting = place;
	else
		slot_of(machine, walker->last)->next = place;
	walker->last = place;
	slot_of(machine, place)->next = TIMING_NONE;
}

bool timing_translate(struct timing_machine *machine, uint32_t place)
{
	struct timing_slot *slot = slot_of(machine, place);
	struct timing_start start;

	if (!machine->config.unit) {
		slot->translation.pa = slot->dma.request.address;
		timing_translated(machine, place);
		return true;
	}
	struct timing_walker *same = walker_at(machine, slot);
	if (same) {
		wait_for(machine, same, place);
		return true;
	}
	timing_entered(machine, slot);
	uint32_t walker = machine->state->walkers_free ? free_walker(machine) : machine->walker_count;
	if (!look_up(machine, place, room_of(machine, walker), &start)) {
		timing_translated(machine, place);
	} else if (walker < machine->walker_count) {
		take_walker(machine, walker, place, &start);
	} else {
		*machine->spare_start = start;
		return false;
	}
	return true;
}

void timing_walk_stalled(struct timing_machine *machine, uint32_t place)
{
	uint32_t walker = free_walker(machine), spare = machine->room_of[machine->walker_count];

	machine->room_of[machine->walker_count] = machine->room_of[walker];
	machine->room_of[walker] = spare;
	take_walker(machine, walker, place, machine->spare_start);
}

/* References are told apart from the last one of a walk, so that a level of the tables is always the same one. */
static void tally_walk(struct timing_machine *machine, const struct timing_walker *walker)
{
	struct timing_tally *tally = &machine->state->tally;
	uint32_t kept = walker->read < TIMING_MAX_REFERENCES ? walker->read : TIMING_MAX_REFERENCES, entry = 0;

	tally->walks++;
	tally->configured_walks += walker->configuration != 0;
	for (uint32_t i = kept; i > 0; i--) {
		if (walker->configuration >> (i - 1) & 1) {
			tally->configuration_references++;
			tally->configuration_ps += walker->reference_ps[i - 1];
		} else {
			tally->references[entry]++;
			tally->reference_ps[entry++] += walker->reference_ps[i - 1];
		}
	}
}

static void tally_foreseen(struct timing_machine *machine, uint64_t references)
{
	struct timing_tally *tally = &machine->state->tally;

	tally->walks++;
	for (uint64_t i = 0; i < references; i++) {
		tally->references[i]++;
		tally->reference_ps[i] += machine->tables->latency_cycles;
	}
}

static void free_the_walker(struct timing_machine *machine, struct timing_walker *walker)
{
	walker->state = WALKER_FREE;
	machine->state->tally.walker_busy_ps += events_now(machine->events) - walker->begun;
	machine->state->walkers_free++;
	if (machine->state->stalled != TIMING_NONE && machine->state->needs_walker)
		machine->state->goes_on = true;
}

/* Those who waited for the walk. True: one of them has to walk, with this walker. */
static bool serve_waiting(struct timing_machine *machine, uint32_t index)
{
	struct timing_walker *walker = &machine->walkers[index];
	struct timing_start start;

	while (walker->waiting != TIMING_NONE) {
		uint32_t place = walker->waiting;
		struct timing_slot *slot = slot_of(machine, place);
		walker->waiting = slot->next;
		timing_entered(machine, slot);
		if (look_up(machine, place, room_of(machine, index), &start)) {
			machine->state->tally.walker_busy_ps += events_now(machine->events) - walker->begun;
			begin_walk(machine, index, place, &start);
			return true;
		}
		slot->merged = true;
		slot->walk_begun = events_now(machine->events);
		machine->state->tally.merged++;
		timing_translated(machine, place);
	}
	return false;
}

static void end_walk(struct timing_machine *machine, uint32_t index)
{
	struct timing_walker *walker = &machine->walkers[index];
	const struct timing_slot *slot = slot_of(machine, walker->slot);
	uint64_t lines = (slot->dma.request.bytes + 63) / 64, until = events_now(machine->events);

	if (direction_of(slot) == READS)
		until += machine->replay + lines * machine->replay_line;
	timing_translated(machine, walker->slot);
	if (serve_waiting(machine, index))
		return;
	if (until == events_now(machine->events)) {
		free_the_walker(machine, walker);
		return;
	}
	walker->state = WALKER_REPLAYS;
	events_at(machine->events, OWNER_WALKERS + index, until);
}

/*
 * The structure that was read is none of the tables, and neither is what led to it: a PASID-directory entry (VT-d 9.5),
 * a level 1 stream table descriptor (IHI 0070 5.1), of 8 bytes each. A CD may lie behind tables of stage 2.
 */
static uint64_t configuration_at(const struct iommu *unit, const struct timing_walker *walker, uint32_t reference)
{
	bool first = unit->ops->kind == IOMMU_VTD || walker->configuration == 0;

	return first ? (UINT64_C(2) << reference) - 1 : UINT64_C(1) << reference;
}

void timing_walker_event(struct timing_machine *machine, uint32_t index)
{
	struct timing_walker *walker = &machine->walkers[index];
	struct iommu *unit = machine->config.unit;

	if (walker->state == WALKER_REPLAYS) {
		free_the_walker(machine, walker);
		return;
	}
	if (walker->next.foreseen) {
		unit->ops->keep(unit, room_of(machine, index));
		tally_foreseen(machine, walker->next.foreseen);
		end_walk(machine, index);
		return;
	}
	uint32_t kept = walker->read < TIMING_MAX_REFERENCES ? walker->read : TIMING_MAX_REFERENCES - 1;
	walker->reference_ps[kept] = (uint32_t)(events_now(machine->events) - walker->asked);
	if (walker->next.ask->bytes > 8)
		walker->configuration |= configuration_at(unit, walker, kept);
	walker->read = kept + 1;
	memory_ask_answer(machine->config.memory, walker->next.ask);
	struct memory_ask *ask =
		unit->ops->resume(unit, room_of(machine, index), &slot_of(machine, walker->slot)->translation);
	if (ask) {
		ask_memory(machine, index, ask);
		return;
	}
	tally_walk(machine, walker);
	end_walk(machine, index);
}
