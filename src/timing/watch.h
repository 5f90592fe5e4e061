/* SPDX-License-Identifier: MIT */
/*
 * What a timed machine does while it does it: signals for a waveform viewer (Value Change Dump, IEEE 1364 18.2), and
 * slices for a trace viewer (trace events in JSON). A watch looks at the machine between its events and at packets that
 * have ended. It changes nothing, writes as it goes, and keeps as much as the machine has slots and walkers.
 *
 * It looks at a part of the run: after `skip` packets have ended it begins, and it stops when `packets` have been sent
 * and have ended in it. What was under way when it begins, or still is when it stops, has no slice.
 */
#ifndef IOSIM_TIMING_WATCH_H
#define IOSIM_TIMING_WATCH_H

#include "timing/machine.h"

struct timing_output {
	void (*write)(void *context, const char *text); /* NULL: nobody wants it */
	void *context;
};

struct timing_watch_config {
	struct timing_output vcd, trace;
	uint64_t skip, packets; /* packets 0: to the end */
};

struct timing_watch;

/* The machine goes step by step from here on. NULL never. */
struct timing_watch *timing_watch_new(struct timing_machine *machine, const struct timing_watch_config *config);
/* Writes what is left to be written. */
void timing_watch_free(struct timing_watch *watch);

/* The run that is watched begins: what was before (to warm up) does not count. */
void timing_watch_begin(struct timing_watch *watch);
/* To be called before each timing_next(). */
void timing_watch_look(struct timing_watch *watch);
/* A packet has ended: before the machine gets another one. */
void timing_watch_ended(struct timing_watch *watch, const struct timing_slot *slot);

#endif
