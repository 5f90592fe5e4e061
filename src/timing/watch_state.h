/* SPDX-License-Identifier: MIT */
/* The inside of a watch: what it saw last, and the two writers. */
#ifndef IOSIM_TIMING_WATCH_STATE_H
#define IOSIM_TIMING_WATCH_STATE_H

#include "timing/state.h"
#include "timing/watch.h"

#include <glib.h>

/* One of the machine, or one of each walker. */
enum watch_signal {
	SIGNAL_READ_TAGS,
	SIGNAL_POSTED_HEADERS,
	SIGNAL_POSTED_UNITS,
	SIGNAL_LINK_UP,
	SIGNAL_LINK_DOWN,
	SIGNAL_QUEUE,
	SIGNAL_STALLED,
	SIGNAL_NEEDS_WALKER,
	SIGNAL_READ_WINDOW,
	SIGNAL_WRITE_WINDOW,
	SIGNAL_WALKERS_BUSY,
	MACHINE_SIGNALS,
};
enum walker_signal { SIGNAL_STATE, SIGNAL_LEVEL, SIGNAL_WAITING, SIGNAL_IOVA, WALKER_SIGNALS };

struct signal_row {
	const char *scope, *name;
	unsigned width; /* bits */
	bool counted;   /* a counter of the trace too */
	const char *what;
};
extern const struct signal_row machine_signals[MACHINE_SIGNALS], walker_signals[WALKER_SIGNALS];

/* A reference of a walk that is under way. */
struct watched_reference {
	uint64_t begun, pa;
	uint32_t bytes;
	uint8_t level; /* of the page table; 0: of none */
};

/* A walker as it was looked at last. */
struct watched_walker {
	uint64_t begun, replays_since;
	struct timing_dma dma; /* whose walk it is */
	struct watched_reference references[TIMING_MAX_REFERENCES];
	uint32_t read, slot; /* references so far */
	uint8_t state;       /* enum walker_state */
	bool whole;          /* the walk began while it was looked at */
};

/* Who is first in a queue. */
struct watched_head {
	struct timing_dma dma;
	uint64_t issued, since;
	uint32_t slot; /* TIMING_NONE: nobody */
	bool whole;    /* it came there while it was looked at */
};

struct timing_watch {
	struct timing_machine *machine;
	struct timing_watch_config config;
	bool begun, open, closed;
	uint64_t skipped, ended;        /* packets */
	uint64_t opened, now, vcd_time; /* the last one that was written */
	uint32_t signals;               /* machine's, and each walker's behind them */
	uint64_t *values, *known;       /* by signal: now; as written last */
	/* What will change by itself: the link is free, a packet arrives. */
	uint64_t up_free, down_free;
	uint64_t *arrivals; /* times, rising */
	uint32_t arrival_count, arrived;
	uint32_t queued; /* that had arrived when it was looked at last */
	struct watched_walker *walkers;
	struct watched_head heads[RINGS];
	struct watched_head stalled; /* the request that the pipeline cannot go on with */
	bool needs_walker;
	bool has_event; /* the trace has one */
	GString *text;  /* to be written next */
};

static inline uint64_t *walker_value(const struct timing_watch *watch, uint32_t walker, enum walker_signal signal)
{
	return &watch->values[MACHINE_SIGNALS + walker * WALKER_SIGNALS + signal];
}

/* --- vcd.c --- */
void vcd_begin(struct timing_watch *watch);
/* All values that differ from those known, at that time. */
void vcd_change(struct timing_watch *watch, uint64_t when);
void vcd_end(struct timing_watch *watch);

/* --- trace.c --- */
void trace_begin(struct timing_watch *watch);
/* Looks at walkers, queues and the pipeline, and writes what is over. */
void trace_look(struct timing_watch *watch);
/* The counters of which the values differ from those known. */
void trace_count(struct timing_watch *watch, uint64_t when);
void trace_packet(struct timing_watch *watch, const struct timing_slot *slot);
void trace_end(struct timing_watch *watch);

#endif
