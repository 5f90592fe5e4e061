/* SPDX-License-Identifier: MIT */
/* The inside of a timed machine. Places are numbers of slots; TIMING_NONE is none. */
#ifndef IOSIM_TIMING_STATE_H
#define IOSIM_TIMING_STATE_H

#include "hw/events.h"
#include "hw/timed_memory.h"
#include "timing/machine.h"

#define TIMING_NONE UINT32_MAX

/* Owners of events: these, then the walkers, then the slots, then those of who runs the machine. */
enum timing_owner { OWNER_DEVICE, OWNER_PIPELINE, OWNER_WALKERS };

enum timing_direction { READS, WRITES, DIRECTIONS };

enum timing_state {
	SLOT_FREE,
	SLOT_QUEUED,  /* on its way to the look-up, or before it */
	SLOT_WAITS,   /* for a walk */
	SLOT_READY,   /* translated, and not first of its window */
	SLOT_AT_DATA, /* its data is read */
	SLOT_RETURNS, /* its event is that it ends */
	SLOT_HELD,    /* it has ended, and tags before it have not */
};

enum walker_state { WALKER_FREE, WALKER_BEGINS, WALKER_ASKS, WALKER_REPLAYS };

/* A first-in-first-out ring of slots, as large as there are slots. */
struct timing_ring {
	uint32_t first, count;
};

/* What a walk begins with. */
struct timing_start {
	struct memory_ask *ask; /* within its room, which stays where it is; */
	uint64_t foreseen;      /* or NULL, and how many references it has, all foreseen */
};

struct timing_walker {
	struct timing_start next; /* `ask`: what it waits for */
	uint64_t begun, asked;
	uint64_t rank;    /* how many walks began before it: of its events */
	uint64_t page;    /* that it walks */
	uint32_t slot;    /* whose walk it is */
	uint32_t waiting; /* the first slot that waits for it, in order */
	uint32_t last;    /* and the last one */
	uint8_t state;
	uint8_t padding[3];
	uint32_t read;                                /* references so far, */
	uint32_t reference_ps[TIMING_MAX_REFERENCES]; /* how long each took, */
	uint64_t configuration;                       /* and bit n: reference n was no table entry */
};

/* Rings lie behind each other in `rings`: arrivals, tags in order, the windows. */
enum timing_ring_name { RING_ARRIVED, RING_TAGS, RING_WINDOWS, RINGS = RING_WINDOWS + DIRECTIONS };

struct timing_machine_state {
	uint64_t next_issue;         /* of the device */
	uint64_t up_free, down_free; /* the link's directions move nothing from here on */
	uint64_t pipeline_free;
	uint64_t stalled_since;
	uint32_t free_slots[DIRECTIONS]; /* heads of lists */
	uint32_t posted_units;
	uint32_t window_used[DIRECTIONS];
	uint64_t walks; /* that have begun */
	uint32_t walkers_free;
	uint32_t stalled;  /* the slot that the pipeline cannot go on with: no walker, or no place in its window */
	bool needs_walker; /* the former: its look-up has begun, in the spare room */
	bool goes_on;      /* what it waited for is there: before anything else happens, it does */
	uint8_t epoch;     /* 0 or 1, see timing_drain() */
	uint8_t padding;
	uint32_t in_flight[2]; /* requests by epoch */
	uint32_t drainer;      /* who waits for the other epoch's to end */
	uint32_t other;        /* of the last TIMING_OTHER */
	struct timing_ring rings[RINGS];
	struct timing_tally tally;
};

/* What follows from a size, kept as long as the size stays; no state. */
struct timing_known {
	uint32_t bytes;
	uint64_t ps;
};

struct timing_machine {
	struct timing_config config;
	struct events *events;
	struct timed_memory *tables;
	struct timing_machine_state *state;
	struct timing_slot *slots;
	struct timing_walker *walkers;
	struct iommu_lookup *rooms; /* one a walker, and a spare one */
	uint32_t *room_of;          /* walker; the last: the spare one */
	struct timing_start *spare_start;
	uint32_t *rings; /* slots */
	uint32_t read_slots, slot_count, walker_count, window[DIRECTIONS];
	/* picoseconds */
	uint64_t read_overhead, propagation, port_interval, pass, lookup, replay, replay_line, data, data_hit;
	double ps_per_byte, read_byte_ps;
	bool in_order, merges, steps;
	bool foresees; /* no reference of a walk waits for another, and nothing changes what they find */
	struct timing_known intervals[DIRECTIONS];
};

static inline struct timing_slot *slot_of(const struct timing_machine *machine, uint32_t place)
{
	return &machine->slots[place];
}

static inline enum timing_direction direction_of(const struct timing_slot *slot)
{
	return request_is_write(&slot->dma.request) ? WRITES : READS;
}

static inline void slot_at(struct timing_machine *machine, uint32_t place, uint64_t when)
{
	events_at(machine->events, OWNER_WALKERS + machine->walker_count + place, when);
}

static inline uint32_t *ring_place(const struct timing_machine *machine, enum timing_ring_name name, uint32_t index)
{
	uint32_t at = machine->state->rings[name].first + index;

	return &machine->rings[(uint32_t)name * machine->slot_count +
			       (at < machine->slot_count ? at : at - machine->slot_count)];
}

static inline void ring_push(struct timing_machine *machine, enum timing_ring_name name, uint32_t slot)
{
	*ring_place(machine, name, machine->state->rings[name].count++) = slot;
}

/* The first one; TIMING_NONE: it is empty. */
static inline uint32_t ring_first(const struct timing_machine *machine, enum timing_ring_name name)
{
	return machine->state->rings[name].count ? *ring_place(machine, name, 0) : TIMING_NONE;
}

static inline void ring_pop(struct timing_machine *machine, enum timing_ring_name name)
{
	struct timing_ring *ring = &machine->state->rings[name];

	if (++ring->first == machine->slot_count)
		ring->first = 0;
	ring->count--;
}

/* --- drain.c --- */
void timing_drained(struct timing_machine *machine);

/* The unit begins to translate it. */
static inline void timing_entered(struct timing_machine *machine, struct timing_slot *slot)
{
	slot->epoch = (uint8_t)(machine->state->epoch + 1);
	machine->state->in_flight[machine->state->epoch]++;
}

/* It is done with memory. */
static inline void timing_left(struct timing_machine *machine, struct timing_slot *slot)
{
	if (slot->epoch && --machine->state->in_flight[slot->epoch - 1] == 0)
		timing_drained(machine);
	slot->epoch = 0;
}

/* --- device.c --- */
/* A packet of the link that asks to leave now: when it has left. */
uint64_t timing_move(const struct timing_machine *machine, uint64_t *direction_free, uint64_t *busy_ps, uint64_t now,
		     uint64_t bytes);
/* The data of a read is at the root complex. */
void timing_return(struct timing_machine *machine, uint32_t place);
/* True: the request has ended. */
bool timing_retire(struct timing_machine *machine, uint32_t place);
void timing_free_slot(struct timing_machine *machine, uint32_t place);

/* --- root_complex.c --- */
void timing_arrive(struct timing_machine *machine, uint32_t place);
/* The pipeline's event: it looks up the first request. */
void timing_look_up(struct timing_machine *machine);
/* The request is translated, or never will be. */
void timing_translated(struct timing_machine *machine, uint32_t place);

/* --- walk.c --- */
/* The look-up of a request, by its place in the pipeline. False: the pipeline has to wait for a walker. */
bool timing_translate(struct timing_machine *machine, uint32_t place);
/* A walker is free for the request whose look-up is in the spare room. */
void timing_walk_stalled(struct timing_machine *machine, uint32_t place);
void timing_walker_event(struct timing_machine *machine, uint32_t walker);

#endif
