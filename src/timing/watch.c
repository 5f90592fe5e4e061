/* SPDX-License-Identifier: MIT */
#include "timing/watch_state.h"

#include <string.h>

#define INDEX_BITS   9 /* of a table, in both formats; so are the bits of an address */
#define INDEX_MASK   511u
#define ADDRESS_MASK UINT64_C(0x000ffffffffff000)

const struct signal_row machine_signals[MACHINE_SIGNALS] = {
	[SIGNAL_READ_TAGS] = {"device", "read_tags", 11, true, "reads that have a tag"},
	[SIGNAL_POSTED_HEADERS] = {"device", "posted_headers", 11, true, "writes under way: header credits taken"},
	[SIGNAL_POSTED_UNITS] = {"device", "posted_data_units", 17, false, "data credits taken"},
	[SIGNAL_LINK_UP] = {"link", "upstream_busy", 1, false, "a packet is on its way to the root complex"},
	[SIGNAL_LINK_DOWN] = {"link", "downstream_busy", 1, false, "a packet is on its way to the device"},
	[SIGNAL_QUEUE] = {"root_complex", "queue", 12, true, "arrived, and not looked up"},
	[SIGNAL_STALLED] = {"root_complex", "stalled", 1, false, "the pipeline stands still"},
	[SIGNAL_NEEDS_WALKER] = {"root_complex", "needs_walker", 1, false, "for want of a walker, not of a place"},
	[SIGNAL_READ_WINDOW] = {"root_complex", "read_window", 11, true, "reads between look-up and memory"},
	[SIGNAL_WRITE_WINDOW] = {"root_complex", "write_window", 11, true, "writes between look-up and memory"},
	[SIGNAL_WALKERS_BUSY] = {"walkers", "busy", 9, true, "walkers that walk or replay"},
};
const struct signal_row walker_signals[WALKER_SIGNALS] = {
	[SIGNAL_STATE] = {"walker", "state", 2, false, "0: free, 2: walks, 3: its request is replayed"},
	[SIGNAL_LEVEL] = {"walker", "level", 6, false, "of the table that it reads, 1 is the last; 0: none"},
	[SIGNAL_WAITING] = {"walker", "waiting", 12, false, "requests that wait for its walk"},
	[SIGNAL_IOVA] = {"walker", "iova", 64, false, "of the request whose walk it is"},
};

struct timing_watch *timing_watch_new(struct timing_machine *machine, const struct timing_watch_config *config)
{
	struct timing_watch *watch = g_new0(struct timing_watch, 1);

	watch->machine = machine;
	watch->config = *config;
	watch->signals = MACHINE_SIGNALS + machine->walker_count * WALKER_SIGNALS;
	watch->values = g_new0(uint64_t, watch->signals);
	watch->known = g_new0(uint64_t, watch->signals);
	watch->arrivals = g_new0(uint64_t, machine->slot_count);
	watch->walkers = g_new0(struct watched_walker, machine->walker_count);
	watch->text = g_string_new(NULL);
	watch->stalled.slot = TIMING_NONE;
	for (unsigned ring = 0; ring < RINGS; ring++)
		watch->heads[ring].slot = TIMING_NONE;
	timing_step_by_step(machine);
	return watch;
}

/* --- what the machine is like now --- */

static uint32_t taken(const struct timing_machine *machine, uint32_t first, uint32_t end)
{
	uint32_t count = 0;

	for (uint32_t place = first; place < end; place++)
		count += slot_of(machine, place)->state != SLOT_FREE;
	return count;
}

static uint32_t waiting_for(const struct timing_machine *machine, const struct timing_walker *walker)
{
	uint32_t count = 0;

	for (uint32_t place = walker->waiting; place != TIMING_NONE; place = slot_of(machine, place)->next)
		count++;
	return count;
}

/*
 * The level of the table of which the request's entry is read there, 1 is the last; 0: it is none of the table's, but
 * of what leads to it. Looked for in memory, because a walk begins where the caches of the tables let it.
 */
static uint8_t level_of(const struct timing_watch *watch, const struct timing_dma *dma, const struct memory_ask *ask)
{
	const struct timing_config *config = &watch->machine->config;
	struct iommu_view view;

	if (ask->bytes != sizeof(uint64_t))
		return 0;
	config->unit->ops->view(config->unit, dma->request.stream, dma->request.pasid, &view);
	uint64_t table = view.kind == VIEW_TABLE ? view.root : 0;
	for (unsigned level = timing_count(config->profile, TIMING_LEVELS); table && level > 0; level--) {
		unsigned lsb = FRAME_LG2 + INDEX_BITS * (level - 1);
		uint64_t at = table + (dma->request.address >> lsb & INDEX_MASK) * sizeof(uint64_t), word = 0;
		if (at == ask->pa)
			return (uint8_t)level;
		table = memory_read64(config->memory, at, &word) ? word & ADDRESS_MASK : 0;
	}
	return 0;
}

static void look_at_walker(struct timing_watch *watch, uint32_t index)
{
	const struct timing_machine *machine = watch->machine;
	const struct timing_walker *walker = &machine->walkers[index];
	struct watched_walker *seen = &watch->walkers[index];
	bool walks = walker->state == WALKER_ASKS, anew = seen->state != WALKER_ASKS || seen->slot != walker->slot ||
							  seen->begun != walker->begun || walker->read < seen->read;

	if (walker->state == WALKER_REPLAYS && seen->state != WALKER_REPLAYS)
		seen->replays_since = watch->now;
	seen->state = walker->state;
	*walker_value(watch, index, SIGNAL_STATE) = walker->state;
	if (walks && anew) {
		seen->begun = walker->begun;
		seen->slot = walker->slot;
		seen->dma = slot_of(machine, walker->slot)->dma;
		/* Of a walk that is further by now, the begin was not seen. */
		seen->whole = walker->read == 0 && seen->begun >= watch->opened;
	}
	if (walks && (anew || walker->read != seen->read)) {
		uint32_t place = walker->read < TIMING_MAX_REFERENCES ? walker->read : TIMING_MAX_REFERENCES - 1;
		seen->read = walker->read;
		seen->references[place] =
			(struct watched_reference){watch->now, walker->next.ask->pa, walker->next.ask->bytes,
						   level_of(watch, &seen->dma, walker->next.ask)};
		*walker_value(watch, index, SIGNAL_LEVEL) = seen->references[place].level;
	}
	if (!walks)
		*walker_value(watch, index, SIGNAL_LEVEL) = 0;
	*walker_value(watch, index, SIGNAL_WAITING) = walks ? waiting_for(machine, walker) : 0;
	*walker_value(watch, index, SIGNAL_IOVA) = walker->state == WALKER_FREE ? 0 : seen->dma.request.address;
}

/* Packets that are behind the link; those that will be at known times are `arrivals`. */
static void look_at_queue(struct timing_watch *watch)
{
	const struct timing_machine *machine = watch->machine;
	uint32_t count = machine->state->rings[RING_ARRIVED].count;

	watch->queued = watch->arrival_count = watch->arrived = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t arrived = slot_of(machine, *ring_place(machine, RING_ARRIVED, i))->arrived;
		if (arrived <= watch->now)
			watch->queued++;
		else
			watch->arrivals[watch->arrival_count++] = arrived;
	}
}

static void look(struct timing_watch *watch)
{
	const struct timing_machine *machine = watch->machine;
	const struct timing_machine_state *state = machine->state;
	uint64_t *values = watch->values;

	look_at_queue(watch);
	watch->up_free = state->up_free;
	watch->down_free = state->down_free;
	values[SIGNAL_READ_TAGS] = taken(machine, 0, machine->read_slots);
	values[SIGNAL_POSTED_HEADERS] = taken(machine, machine->read_slots, machine->slot_count);
	values[SIGNAL_POSTED_UNITS] = timing_count(machine->config.profile, TIMING_POSTED_DATA) - state->posted_units;
	values[SIGNAL_LINK_UP] = watch->up_free > watch->now;
	values[SIGNAL_LINK_DOWN] = watch->down_free > watch->now;
	values[SIGNAL_QUEUE] = watch->queued;
	values[SIGNAL_STALLED] = state->stalled != TIMING_NONE;
	values[SIGNAL_NEEDS_WALKER] = state->stalled != TIMING_NONE && state->needs_walker;
	values[SIGNAL_READ_WINDOW] = state->window_used[READS];
	values[SIGNAL_WRITE_WINDOW] = state->window_used[WRITES];
	values[SIGNAL_WALKERS_BUSY] = machine->walker_count - state->walkers_free;
	for (uint32_t walker = 0; walker < machine->walker_count; walker++)
		look_at_walker(watch, walker);
}

/* --- as time goes on --- */

static void change(struct timing_watch *watch, uint64_t when)
{
	if (watch->config.trace.write)
		trace_count(watch, when);
	if (watch->config.vcd.write)
		vcd_change(watch, when);
	memcpy(watch->known, watch->values, sizeof(watch->values[0]) * watch->signals);
}

/* The first time in (after, before) at which something changes by itself; `before`: there is none. */
static uint64_t next_change(const struct timing_watch *watch, uint64_t after, uint64_t before)
{
	uint64_t times[] = {watch->up_free, watch->down_free,
			    watch->arrived < watch->arrival_count ? watch->arrivals[watch->arrived] : 0};
	uint64_t first = before;

	for (unsigned i = 0; i < G_N_ELEMENTS(times); i++)
		if (times[i] > after && times[i] < first)
			first = times[i];
	return first;
}

/* What was looked at last holds up to `until`, but for what changes by itself. */
static void go_on_to(struct timing_watch *watch, uint64_t until)
{
	change(watch, watch->now);
	for (uint64_t when = watch->now; (when = next_change(watch, when, until)) < until;) {
		watch->values[SIGNAL_LINK_UP] = watch->up_free > when;
		watch->values[SIGNAL_LINK_DOWN] = watch->down_free > when;
		while (watch->arrived < watch->arrival_count && watch->arrivals[watch->arrived] <= when)
			watch->arrived++;
		watch->values[SIGNAL_QUEUE] = watch->queued + watch->arrived;
		change(watch, when);
	}
	watch->now = until;
}

static void open_watch(struct timing_watch *watch)
{
	watch->open = true;
	watch->opened = watch->now = timing_now(watch->machine);
	look(watch);
	memcpy(watch->known, watch->values, sizeof(watch->values[0]) * watch->signals);
	if (watch->config.trace.write)
		trace_begin(watch);
	if (watch->config.vcd.write)
		vcd_begin(watch);
}

static void close_watch(struct timing_watch *watch)
{
	if (watch->open && watch->config.vcd.write)
		vcd_end(watch);
	if (watch->open && watch->config.trace.write)
		trace_end(watch);
	watch->open = false;
	watch->closed = true;
}

void timing_watch_begin(struct timing_watch *watch)
{
	watch->begun = true;
	if (watch->config.skip == 0)
		open_watch(watch);
}

void timing_watch_look(struct timing_watch *watch)
{
	if (!watch->open)
		return;
	if (timing_now(watch->machine) != watch->now)
		go_on_to(watch, timing_now(watch->machine));
	/* The trace goes by what walkers were like before. */
	if (watch->config.trace.write)
		trace_look(watch);
	look(watch);
}

void timing_watch_ended(struct timing_watch *watch, const struct timing_slot *slot)
{
	if (!watch->begun || watch->closed)
		return;
	if (!watch->open) {
		if (++watch->skipped == watch->config.skip)
			open_watch(watch);
		return;
	}
	if (slot->issued < watch->opened)
		return;
	if (timing_now(watch->machine) != watch->now)
		go_on_to(watch, timing_now(watch->machine));
	if (watch->config.trace.write)
		trace_packet(watch, slot);
	if (++watch->ended == watch->config.packets) { /* which is 0 where all are wanted */
		timing_watch_look(watch);
		change(watch, watch->now);
		close_watch(watch);
	}
}

void timing_watch_free(struct timing_watch *watch)
{
	if (watch->open)
		change(watch, watch->now);
	else if (!watch->closed)
		open_watch(watch); /* nothing was seen: an empty file is one that a viewer opens */
	close_watch(watch);
	g_free(watch->values);
	g_free(watch->known);
	g_free(watch->arrivals);
	g_free(watch->walkers);
	g_string_free(watch->text, TRUE);
	g_free(watch);
}
