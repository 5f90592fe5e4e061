/* SPDX-License-Identifier: MIT */
/*
 * Simulated physical memory: 4 KiB frames in the arena, made when first written; RAM that was never written reads
 * as zeros. What lies outside the declared RAM ranges aborts. Physical addresses are 64-bit values; an access may
 * not cross a frame. Words are little endian.
 *
 * State is the pool "frames". What finds a frame is derived, lies in REBUILT blocks and follows each restore: a table
 * by frame number for the first MEMORY_DIRECT_FRAMES, an index for those behind, sized once for max_frames (a power of
 * two, at least twice as many entries, so a probe always ends).
 */
#ifndef IOSIM_HW_MEMORY_H
#define IOSIM_HW_MEMORY_H

#include "base/arena.h"
#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAME_LG2         12
#define FRAME_BYTES       4096u
#define MEMORY_MAX_RANGES 4096 /* a capture declares its single pages */
/* 16 GiB: where software has its tables. Of the table of their addresses only what is used is ever touched. */
#define MEMORY_DIRECT_FRAMES (UINT64_C(1) << 22)

struct frame {
	uint64_t number; /* physical address >> 12: identity in the hash. Slot of ARENA pool "frames", keyed */
	uint64_t words[FRAME_BYTES / 8];
};

struct memory_slot {  /* of the index */
	uint64_t key; /* frame number + 1; 0: empty */
	uint64_t *words;
};

struct memory {
	struct arena *arena;
	arena_pool_id pool;
	struct frame *frames;      /* base of the pool */
	uint64_t **direct;         /* derived: by number, the words of a frame; NULL: it was never written */
	struct memory_slot *index; /* derived: open addressing by hashed key; what a look-up needs lies in one line */
	uint32_t index_entries;    /* a power of two */
	uint32_t indexed_high;     /* no higher handle can be found */
	uint64_t *indexed;         /* derived: by handle - 1, frame number + 1 by which it is found; 0: it is not */
	uint32_t max_frames;
	uint32_t range_count;
	struct memory_range *ranges; /* sorted, disjoint, whole frames; configuration, not state */
};

struct memory_range {
	uint64_t first, last;
};

/* At most `max_frames` frames can be written (a bound, committed lazily; 1 to 2^20). NULL never. */
struct memory *memory_new(struct arena *arena, uint32_t max_frames);
void memory_free(struct memory *memory);
/*
 * Declares each frame that [first, last] touches as RAM, before the first step; it may overlap what is declared. False:
 * too many ranges, or first > last.
 */
bool memory_add_ram(struct memory *memory, uint64_t first, uint64_t last);
bool memory_is_ram(const struct memory *memory, uint64_t pa);

/* memory_frame() of a frame behind the first MEMORY_DIRECT_FRAMES. */
const uint64_t *memory_frame_further(const struct memory *memory, uint64_t number);

/* The words of a frame that was written at some time; NULL if it reads as zeros or aborts. number <= 2^52. */
static inline const uint64_t *memory_frame(const struct memory *memory, uint64_t number)
{
	if (IOSIM_LIKELY(number < MEMORY_DIRECT_FRAMES))
		return memory->direct[number];
	return memory_frame_further(memory, number);
}

/* The words of any frame of RAM (all zeros if never written); NULL if it is not RAM. */
const uint64_t *memory_frame_or_zero(const struct memory *memory, uint64_t number);

/* False: not RAM, misaligned for its size, or (write) no frame left. Zero written to a frame without one takes none. */
bool memory_read64(const struct memory *memory, uint64_t pa, uint64_t *value);
bool memory_read32(const struct memory *memory, uint64_t pa, uint32_t *value);
bool memory_write64(struct memory *memory, uint64_t pa, uint64_t value);
bool memory_write32(struct memory *memory, uint64_t pa, uint32_t value);
/* Any alignment and length, frame by frame; on false nothing was written (a read may have filled part of `data`). */
bool memory_read(const struct memory *memory, uint64_t pa, void *data, uint64_t bytes);
bool memory_write(struct memory *memory, uint64_t pa, const void *data, uint64_t bytes);
/* The frame's contents become zero and its slot is given back. */
void memory_clear_frame(struct memory *memory, uint64_t number);

/*
 * Frames that software allocates for its tables and queues: the lowest free ones of [first, last], which are physical
 * addresses (whole frames within them; frame 0 is never given out). Which are taken is state, in the arena.
 */
#define FRAME_ORDER_MAX 18 /* 1 GiB */
struct frame_allocator;
struct frame_allocator *frame_allocator_new(struct memory *memory, uint64_t first, uint64_t last);
void frame_allocator_free(struct frame_allocator *allocator);
/* 2^order zeroed, naturally aligned frames; their physical address, 0 when there is no room. */
uint64_t frame_allocator_take(struct frame_allocator *allocator, unsigned order);
/* Gives back what was taken with that order; the contents become zero. */
void frame_allocator_give(struct frame_allocator *allocator, uint64_t pa, unsigned order);
bool frame_allocator_is_taken(const struct frame_allocator *allocator, uint64_t pa); /* any pa may be asked */
uint32_t frame_allocator_taken(const struct frame_allocator *allocator);             /* frames */

#endif
