/* SPDX-License-Identifier: MIT */
/*
 * What a kernel writes for a timed host: entries of its tables, and what it has the unit forget, through the unit's own
 * queue. VT-d: descriptors of the invalidation queue, each batch ended by a wait descriptor with a status word of its
 * own (6.5.2). SMMUv3: commands, each batch ended by a CMD_SYNC (IHI 0070 4.7.3). It takes no time here: that is the
 * queue's (timing/queue.h) and the CPU's (timing/cpu.h).
 */
#ifndef IOSIM_TIMING_SOFTWARE_H
#define IOSIM_TIMING_SOFTWARE_H

#include "timing/host.h"

#define SOFTWARE_QUEUE_ENTRIES 256 /* a page of descriptors or commands */
#define SOFTWARE_BATCH_MAX     128
#define SOFTWARE_STATUS_WORDS  512 /* at most so many batches are not known to be complete */

struct timing_software {
	const struct timing_host *host;
	struct timing_software_state {
		uint32_t tail;   /* VT-d: entry; SMMUv3: index with its wrap bit (3.5.1) */
		uint32_t status; /* VT-d: the word that the next batch takes */
	} * state;
};

/* What one batch makes the unit forget. */
struct timing_forget {
	bool all;       /* the whole domain, in one command */
	uint32_t count; /* else these pages, a command each */
	uint64_t iova[SOFTWARE_BATCH_MAX];
};

/* Sets the queue up and enables it. There is a unit; borrows `host`. */
void timing_software_init(struct timing_software *software, const struct timing_host *host);
/* Whether the queue has room for it. */
bool timing_software_has_room(const struct timing_software *software, const struct timing_forget *what);
/* Writes the batch and moves the tail, where there is room. Its number, for timing_software_is_done(). */
uint32_t timing_software_post(struct timing_software *software, const struct timing_forget *what);
/* Whether the unit has said so: asked again before as many others were posted as the queue has entries. */
bool timing_software_is_done(const struct timing_software *software, uint32_t number);

#endif
