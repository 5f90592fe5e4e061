/* SPDX-License-Identifier: MIT */
/*
 * The unit's queue under the clock. One piece of hardware takes its turns one after the other: it reads a command, does
 * it, writes that it is done; each takes its time, and the turn itself, which is the engine's, happens at the end of
 * it.
 *
 * Before it says that invalidations are complete (VT-d: a wait descriptor; SMMUv3: a CMD_SYNC) it waits for requests
 * that the unit had begun to translate when the last of them took effect: VT-d 6.5.4, of descriptors with DR and DW,
 * IHI 0070 4.4 and 4.7.3. It waits for all of them, not for those of the pages alone. A page group response
 * (VT-d 7.6.1, IHI 0070 4.5.2) is on its way when it has been read: nothing waits for requests because of it.
 */
#ifndef IOSIM_TIMING_QUEUE_H
#define IOSIM_TIMING_QUEUE_H

#include "timing/machine.h"

struct timing_queue_tally {
	uint64_t commands, invalidations, responses, completions;
	uint64_t busy_ps;  /* with commands, waiting for requests not counted */
	uint64_t drain_ps; /* waiting for requests */
};

struct timing_queue {
	struct timing_machine *machine;
	struct iommu *unit;
	uint32_t other;                         /* its event */
	uint64_t command, invalidate, complete; /* picoseconds */
	struct timing_queue_state {
		uint8_t phase;
		bool owes_drain, is_reading, completes, responds; /* but the first: of the turn that it takes */
		uint32_t place;
		uint64_t since;
		struct timing_queue_tally tally;
	} * state;
};

/* The machine's event `other` is the queue's. */
void timing_queue_init(struct timing_queue *queue, const struct timing_config *config, struct timing_machine *machine,
		       uint32_t other);
/* Software has moved the tail. */
void timing_queue_ring(struct timing_queue *queue);
/* Its event has happened. True: a turn is over, software may see that. */
bool timing_queue_event(struct timing_queue *queue);

#endif
