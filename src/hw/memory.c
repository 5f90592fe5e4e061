/* SPDX-License-Identifier: MIT */
#include "hw/memory.h"

#include "base/assert.h"

#include <glib.h>
#include <string.h>

#define MEMORY_MAX_FRAMES (1u << 20) /* their slots take about half of the arena */

static const uint64_t zero_frame[FRAME_BYTES / 8];

static uint32_t home_of(const struct memory *memory, uint64_t key)
{
	return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (memory->index_entries - 1);
}

const uint64_t *memory_frame_further(const struct memory *memory, uint64_t number)
{
	uint32_t mask = memory->index_entries - 1;
	for (uint32_t slot = home_of(memory, number + 1);; slot = (slot + 1) & mask) {
		const struct memory_slot *entry = &memory->index[slot];
		if (entry->key == number + 1)
			return entry->words;
		if (entry->key == 0)
			return NULL;
	}
}

static void index_insert(struct memory *memory, uint32_t handle)
{
	struct frame *frame = &memory->frames[handle - 1];
	uint64_t key = frame->number + 1;

	memory->indexed[handle - 1] = key;
	if (handle > memory->indexed_high)
		memory->indexed_high = handle;
	if (frame->number < MEMORY_DIRECT_FRAMES) {
		memory->direct[frame->number] = frame->words;
		return;
	}
	uint32_t slot = home_of(memory, key);
	while (memory->index[slot].key != 0)
		slot = (slot + 1) & (memory->index_entries - 1);
	memory->index[slot] = (struct memory_slot){key, frame->words};
}

/*
 * Takes an entry out and closes the gap: each later entry of the run whose home is not between the gap and itself
 * moves into the gap, so that no probe ends early.
 */
static void index_remove(struct memory *memory, uint32_t handle)
{
	uint64_t key = memory->indexed[handle - 1];
	uint32_t mask = memory->index_entries - 1;

	memory->indexed[handle - 1] = 0;
	if (key <= MEMORY_DIRECT_FRAMES) {
		memory->direct[key - 1] = NULL;
		return;
	}
	uint32_t gap = home_of(memory, key);
	while (memory->index[gap].key != key)
		gap = (gap + 1) & mask;
	for (uint32_t slot = (gap + 1) & mask; memory->index[slot].key != 0; slot = (slot + 1) & mask) {
		uint32_t home = home_of(memory, memory->index[slot].key);
		if (((slot - home) & mask) < ((slot - gap) & mask))
			continue;
		memory->index[gap] = memory->index[slot];
		gap = slot;
	}
	memory->index[gap] = (struct memory_slot){0};
}

/* The key of the frame that the handle's slot holds; 0 if it is free. */
static uint64_t key_of_handle(const struct memory *memory, uint32_t handle)
{
	return arena_live(memory->arena, memory->pool, handle) ? memory->frames[handle - 1].number + 1 : 0;
}

/* After a restore: entries that no longer hold go first, so that no frame is in the index twice. */
static void index_rebuild(void *context)
{
	struct memory *memory = context;
	uint32_t before = memory->indexed_high;
	memory->indexed_high = 0;
	for (uint32_t handle = 1; handle <= before; handle++) {
		uint64_t indexed = memory->indexed[handle - 1];
		if (indexed != 0 && indexed != key_of_handle(memory, handle))
			index_remove(memory, handle);
		else if (indexed != 0)
			memory->indexed_high = handle;
	}
	for (uint32_t handle = 0; (handle = arena_next(memory->arena, memory->pool, handle)) != ARENA_NONE;)
		if (memory->indexed[handle - 1] == 0)
			index_insert(memory, handle);
}

struct memory *memory_new(struct arena *arena, uint32_t max_frames)
{
	IOSIM_ASSERT(max_frames > 0 && max_frames <= MEMORY_MAX_FRAMES);
	struct memory *memory = g_new0(struct memory, 1);
	uint32_t entries = 2;
	while (entries < 2 * max_frames)
		entries *= 2;
	memory->arena = arena;
	memory->max_frames = max_frames;
	memory->pool = arena_pool(arena, "frames", sizeof(struct frame), max_frames, true, ARENA_HASHED);
	memory->frames = arena_pool_base(arena, memory->pool);
	memory->index_entries = entries;
	memory->direct =
		arena_block(arena, "frames by number", MEMORY_DIRECT_FRAMES * sizeof(memory->direct[0]), ARENA_REBUILT);
	memory->index = arena_block(arena, "frame index", entries * sizeof(struct memory_slot), ARENA_REBUILT);
	memory->indexed = arena_block(arena, "indexed frames", max_frames * sizeof(uint64_t), ARENA_REBUILT);
	memory->ranges = g_new0(struct memory_range, MEMORY_MAX_RANGES);
	arena_on_restore(arena, index_rebuild, memory);
	return memory;
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	g_free(memory->ranges);
	g_free(memory);
}

/* The first range that ends at or behind `pa`; range_count if there is none. */
static uint32_t range_from(const struct memory *memory, uint64_t pa)
{
	uint32_t low = 0, high = memory->range_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (memory->ranges[middle].last < pa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool memory_add_ram(struct memory *memory, uint64_t first, uint64_t last)
{
	if (first > last)
		return false;
	first &= ~(uint64_t)(FRAME_BYTES - 1);
	last |= FRAME_BYTES - 1;
	/* [begin, end) are the ranges that touch or adjoin the new one: it swallows them. */
	uint32_t begin = range_from(memory, first ? first - 1 : 0), end = begin;
	while (end < memory->range_count && (last == UINT64_MAX || memory->ranges[end].first <= last + 1))
		end++;
	if (begin == end && memory->range_count == MEMORY_MAX_RANGES)
		return false;
	if (begin < end) {
		first = MIN(first, memory->ranges[begin].first);
		last = MAX(last, memory->ranges[end - 1].last);
	}
	memmove(&memory->ranges[begin + 1], &memory->ranges[end],
		(memory->range_count - end) * sizeof(memory->ranges[0]));
	memory->ranges[begin] = (struct memory_range){first, last};
	memory->range_count += 1 - (end - begin);
	return true;
}

bool memory_is_ram(const struct memory *memory, uint64_t pa)
{
	uint32_t range = range_from(memory, pa);
	return range < memory->range_count && memory->ranges[range].first <= pa;
}

const uint64_t *memory_frame_or_zero(const struct memory *memory, uint64_t number)
{
	if (number > UINT64_MAX >> FRAME_LG2)
		return NULL;
	const uint64_t *words = memory_frame(memory, number);
	if (words)
		return words;
	return memory_is_ram(memory, number << FRAME_LG2) ? zero_frame : NULL;
}

/* The words of a frame of RAM to write to, made if need be; NULL: not RAM, or no frame left. */
static uint64_t *frame_to_write(struct memory *memory, uint64_t number)
{
	const uint64_t *words = memory_frame(memory, number);
	if (words)
		return (uint64_t *)words;
	if (!memory_is_ram(memory, number << FRAME_LG2))
		return NULL;
	uint32_t handle = arena_alloc(memory->arena, memory->pool);
	if (handle == ARENA_NONE)
		return NULL;
	memory->frames[handle - 1].number = number;
	index_insert(memory, handle);
	return memory->frames[handle - 1].words;
}

/* Words are little endian; a host that is not is refused here. */
_Static_assert(G_BYTE_ORDER == G_LITTLE_ENDIAN, "simulated memory is kept in host order");

static bool read_part(const struct memory *memory, uint64_t pa, void *data, size_t bytes)
{
	const uint64_t *words = memory_frame_or_zero(memory, pa >> FRAME_LG2);
	if (!words)
		return false;
	memcpy(data, (const unsigned char *)words + pa % FRAME_BYTES, bytes);
	return true;
}

static bool is_zero(const unsigned char *bytes, size_t count)
{
	unsigned char any = 0;
	for (size_t i = 0; i < count; i++)
		any |= bytes[i];
	return any == 0;
}

static bool write_part(struct memory *memory, uint64_t pa, const void *data, size_t bytes)
{
	uint64_t number = pa >> FRAME_LG2;
	if (!memory_frame(memory, number) && is_zero(data, bytes))
		return memory_is_ram(memory, pa);
	uint64_t *words = frame_to_write(memory, number);
	if (!words)
		return false;
	memcpy((unsigned char *)words + pa % FRAME_BYTES, data, bytes);
	return true;
}

bool memory_read64(const struct memory *memory, uint64_t pa, uint64_t *value)
{
	return pa % 8 == 0 && read_part(memory, pa, value, 8);
}

bool memory_read32(const struct memory *memory, uint64_t pa, uint32_t *value)
{
	return pa % 4 == 0 && read_part(memory, pa, value, 4);
}

bool memory_write64(struct memory *memory, uint64_t pa, uint64_t value)
{
	return pa % 8 == 0 && write_part(memory, pa, &value, 8);
}

bool memory_write32(struct memory *memory, uint64_t pa, uint32_t value)
{
	return pa % 4 == 0 && write_part(memory, pa, &value, 4);
}

/* The part of an access of `bytes` at `pa` that lies in pa's frame. */
static size_t part_bytes(uint64_t pa, uint64_t bytes)
{
	return (size_t)MIN(bytes, FRAME_BYTES - pa % FRAME_BYTES);
}

/* Whether [pa, pa + bytes) is RAM throughout; bytes > 0. */
static bool all_ram(const struct memory *memory, uint64_t pa, uint64_t bytes)
{
	uint32_t range = range_from(memory, pa);
	return range < memory->range_count && memory->ranges[range].first <= pa &&
	       bytes - 1 <= memory->ranges[range].last - pa;
}

bool memory_read(const struct memory *memory, uint64_t pa, void *data, uint64_t bytes)
{
	if (bytes == 0)
		return true;
	if (!all_ram(memory, pa, bytes))
		return false;
	unsigned char *to = data;
	for (uint64_t done = 0; done < bytes; done += part_bytes(pa + done, bytes - done))
		IOSIM_ASSERT(read_part(memory, pa + done, to + done, part_bytes(pa + done, bytes - done)));
	return true;
}

/* Whether there are frames left for all that write_part() will have to make. */
static bool frames_suffice(const struct memory *memory, uint64_t pa, const unsigned char *data, uint64_t bytes)
{
	uint32_t left = memory->max_frames - arena_count(memory->arena, memory->pool);
	for (uint64_t done = 0; done < bytes;) {
		size_t part = part_bytes(pa + done, bytes - done);
		if (!memory_frame(memory, (pa + done) >> FRAME_LG2) && !is_zero(data + done, part) && left-- == 0)
			return false;
		done += part;
	}
	return true;
}

bool memory_write(struct memory *memory, uint64_t pa, const void *data, uint64_t bytes)
{
	if (bytes == 0)
		return true;
	if (!all_ram(memory, pa, bytes) || !frames_suffice(memory, pa, data, bytes))
		return false;
	const unsigned char *from = data;
	for (uint64_t done = 0; done < bytes; done += part_bytes(pa + done, bytes - done))
		IOSIM_ASSERT(write_part(memory, pa + done, from + done, part_bytes(pa + done, bytes - done)));
	return true;
}

void memory_clear_frame(struct memory *memory, uint64_t number)
{
	const uint64_t *words = memory_frame(memory, number);
	if (!words)
		return;
	ptrdiff_t offset = (const unsigned char *)words - (const unsigned char *)memory->frames;
	uint32_t handle = (uint32_t)(offset / (ptrdiff_t)sizeof(struct frame)) + 1;
	index_remove(memory, handle);
	arena_release(memory->arena, memory->pool, handle);
}
