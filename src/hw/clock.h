/* SPDX-License-Identifier: MIT */
/*
 * The cycle clock: time in cycles, and one memory that answers each access after the same latency, one access at a
 * time. Who asks saves its place and is called again with the answer.
 */
#ifndef IOSIM_HW_CLOCK_H
#define IOSIM_HW_CLOCK_H

#include "hw/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct clock {
	uint64_t now_cycles;
	uint32_t memory_cycles; /* of one access */
};

/* `bytes` at `offset` of a frame (within it), one latency later. False: not memory, nothing was copied. */
static inline bool clock_read_memory(struct clock *clock, const struct memory *memory, uint64_t frame, unsigned offset,
				     void *data, unsigned bytes)
{
	const uint64_t *words = memory_frame_or_zero(memory, frame);
	clock->now_cycles += clock->memory_cycles;
	if (!words)
		return false;
	memcpy(data, (const unsigned char *)words + offset, bytes);
	return true;
}

#endif
