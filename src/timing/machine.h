/* SPDX-License-Identifier: MIT */
/*
 * A timed machine: a device sends requests over its link to a root complex, which has an IOMMU translate them and
 * passes them on to memory. It runs on the event kernel (hw/events.h) and has no code that translates: that is the
 * unit's, under its cycle clock.
 *
 *   device          a tag for each read, a place for each write; an interval between requests      timing/device.c
 *   link            two directions, each moves one packet after the other                           timing/device.c
 *   root complex    look-ups in order of arrival; from there to memory in order, a window each timing/root_complex.c
 *   walkers         one walk each; who misses the same page waits for it                            timing/walk.c
 *   memory          table reads of walks (hw/timed_memory.h), data reads with or without a hit timing/root_complex.c
 *
 * Who runs the machine gives it requests while it has room, and takes what ends: there are no callbacks. The same calls
 * give the same times. All state is in the arena: saved, restored, never hashed. A cycle is a picosecond.
 */
#ifndef IOSIM_TIMING_MACHINE_H
#define IOSIM_TIMING_MACHINE_H

#include "hw/iommu.h"
#include "timing/profile.h"

#define TIMING_MAX_OTHERS     1024
#define TIMING_MAX_REFERENCES 64 /* of one walk that are told apart; later ones count as the last of them */

struct timing_config {
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit; /* NULL: no IOMMU, addresses pass */
	const struct timing_profile *profile;
	uint32_t others; /* events of who runs the machine, at most TIMING_MAX_OTHERS */
	/*
	 * Until the machine is gone, nobody changes memory or the unit: no walk has a flag to set either. Then walks
	 * may be foreseen: the results are the same, with fewer events.
	 */
	bool undisturbed;
};

/* One packet of the device. */
struct timing_dma {
	/* Within a 4 KiB page; at most as large as the link allows. A translation request has the bytes of its answer.
	 */
	struct request request;
	uint64_t number;    /* comes back with the end */
	uint32_t dma_bytes; /* of the transfer that it is part of: what the device's interval goes by */
	bool more;          /* the next packet of the transfer follows without an interval */
	bool warm;          /* a read that hits the last-level cache */
};

/* A request in the machine, and where its time went. Times are those of the clock. */
struct timing_slot {
	struct timing_dma dma;
	struct translation translation; /* without a unit: zeros but for `pa` */
	uint64_t issued, arrived;       /* at the device; at the root complex, behind the look-up's latency */
	uint64_t looked;                /* the look-up is done */
	uint64_t walk_begun;            /* `looked` unless it walked or waited for a walk */
	uint64_t walked;                /* translated, or known not to be */
	uint64_t released;              /* on its way to memory, all before it are too */
	uint64_t answered;              /* its data is at the root complex; of a write `released` */
	uint64_t ended;                 /* the tag or the place is free */
	bool merged;                    /* it waited for another's walk */
	uint8_t state;                  /* timing/state.h */
	uint8_t epoch; /* the unit has begun to translate it: when it did, as timing_drain() tells times apart; else 0
			*/
	uint8_t padding;
	uint32_t next; /* in a list of state.h */
};

/* Sums over all requests that ended, in picoseconds and times. */
struct timing_tally {
	uint64_t reference_ps[TIMING_MAX_REFERENCES]; /* of walks; 0: the last reference of each */
	uint64_t references[TIMING_MAX_REFERENCES];
	uint64_t configuration_ps, configuration_references; /* root and context entries, STEs, CDs */
	uint64_t walks, merged;
	uint64_t configured_walks; /* that read more than tables */
	uint64_t stalled;          /* times that the pipeline waited for a walker or a window */
	uint64_t walker_busy_ps, up_busy_ps, down_busy_ps, stalled_ps;
};

enum timing_event {
	TIMING_IDLE,    /* nothing is under way */
	TIMING_ROOM,    /* timing_can_issue() may say so now */
	TIMING_ENDED,   /* a request has ended */
	TIMING_STEPPED, /* something else has happened: for who asked with timing_step_by_step() */
	TIMING_OTHER,   /* an event of who runs the machine: timing_other() */
};

struct timing_machine;

/* Borrows the profile. NULL never. */
struct timing_machine *timing_machine_new(const struct timing_config *config);
void timing_machine_free(struct timing_machine *machine);

uint64_t timing_now(const struct timing_machine *machine);
struct memory *timing_memory(const struct timing_machine *machine);
/* Whether the device can send a request of that kind and size now. False: TIMING_ROOM or TIMING_ENDED says when to ask
 * again. */
bool timing_can_issue(struct timing_machine *machine, bool write, uint32_t bytes);
/* Sends it; the device can. */
void timing_issue(struct timing_machine *machine, const struct timing_dma *dma);
/* Runs to the next thing that the caller has to know of. *ended is valid until the next call of this or of
 * timing_issue(). */
enum timing_event timing_next(struct timing_machine *machine, const struct timing_slot **ended);
/* timing_next() returns after each event. It changes nothing else. */
void timing_step_by_step(struct timing_machine *machine);
const struct timing_tally *timing_tally_of(const struct timing_machine *machine);

/*
 * A message without data goes over the link now, to the root complex or to the device: when it is there. It takes as
 * much of the link as the header of a write.
 */
uint64_t timing_message(struct timing_machine *machine, bool up);

/*
 * Events of who runs the machine, by numbers from 0 to config.others - 1, each with one pending event at most: CPUs and
 * what else shares the clock. timing_other() is the number of the last TIMING_OTHER.
 */
void timing_other_at(struct timing_machine *machine, uint32_t other, uint64_t when);
bool timing_other_is_pending(const struct timing_machine *machine, uint32_t other);
uint32_t timing_other(const struct timing_machine *machine);
/*
 * Whether no request is in flight that the unit has begun to translate before now: reads whose data is not fetched,
 * writes that are not in memory. False: `other`, which has no event, gets one when the last of them is gone. One drain
 * at a time.
 */
bool timing_drain(struct timing_machine *machine, uint32_t other);

#endif
