/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xxhash.h>

#define REGION_ALIGN_BYTES 64
#define HASH_BLOCK_BYTES   256
#define BITMAP_MAX_LEVELS  6 /* 64^6 > 2^32 slots */
#define KEY_BYTES          8 /* identity at the start of a keyed slot */

/*
 * A block is a region of one slot that is always live. The bitmap of a pool is a tree of words with 64 children each:
 * bit i of level 0 says that slot i is live, bit i of level n says that word i of level n - 1 is full. The last level
 * is one word. Bits for slots at or beyond the capacity stay 0.
 */
struct region {
	const char *name;
	enum arena_class class;
	bool pool;
	bool keyed;
	uint32_t capacity;
	uint32_t count; /* live slots */
	uint32_t high;  /* highest live index + 1 */
	uint32_t levels;
	size_t slot_bytes; /* of a block: its size */
	size_t used_bytes; /* of a block: all bytes from here on are zero */
	unsigned char *base;
	uint64_t *bitmap[BITMAP_MAX_LEVELS];
};

struct callback {
	void (*rebuild)(void *context);
	void *context;
};

struct arena {       /* lies at the start of the reserved range */
	size_t next; /* offset of the first byte that no region has */
	uint32_t region_count;
	uint32_t callback_count;
	struct region regions[ARENA_MAX_REGIONS];
	struct callback callbacks[ARENA_MAX_CALLBACKS];
};

/* What a snapshot keeps of a region; the bytes follow in the order of the regions, see region_save(). */
struct region_mark {
	uint32_t count;
	uint32_t high;
	size_t used_bytes;
};

struct arena_snapshot {
	const struct arena *arena;
	uint32_t region_count;
	struct region_mark marks[ARENA_MAX_REGIONS];
	unsigned char bytes[];
};

static size_t round_up(size_t value, size_t align)
{
	return (value + align - 1) / align * align;
}

struct arena *arena_new(void)
{
	void *range = mmap(NULL, ARENA_RESERVE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_NORESERVE | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (range == MAP_FAILED) {
		perror("ioasid-sim: cannot reserve address space for the state arena");
		abort();
	}
	struct arena *arena = range;
	arena->next = round_up(sizeof(*arena), REGION_ALIGN_BYTES);
	return arena;
}

void arena_free(struct arena *arena)
{
	if (arena)
		munmap(arena, ARENA_RESERVE_BYTES);
}

static void *reserve(struct arena *arena, size_t bytes)
{
	IOSIM_ASSERT(bytes <= ARENA_RESERVE_BYTES - arena->next);
	unsigned char *base = (unsigned char *)arena + arena->next;
	arena->next = round_up(arena->next + bytes, REGION_ALIGN_BYTES);
	return base;
}

static struct region *region_add(struct arena *arena, const char *name, enum arena_class class, size_t slot_bytes)
{
	IOSIM_ASSERT(arena->region_count < ARENA_MAX_REGIONS);
	IOSIM_ASSERT(slot_bytes > 0 && slot_bytes <= ARENA_RESERVE_BYTES);
	struct region *region = &arena->regions[arena->region_count++];
	region->name = name;
	region->class = class;
	region->slot_bytes = slot_bytes;
	return region;
}

void *arena_block(struct arena *arena, const char *name, size_t bytes, enum arena_class class)
{
	struct region *region = region_add(arena, name, class, bytes);
	region->capacity = region->count = region->high = 1;
	region->used_bytes = bytes;
	region->base = reserve(arena, bytes);
	return region->base;
}

void arena_block_used(struct arena *arena, const void *block, size_t bytes)
{
	struct region *region = arena->regions, *end = region + arena->region_count;
	while (region < end && region->base != block)
		region++;
	IOSIM_ASSERT(region < end && !region->pool && bytes <= region->slot_bytes);
	/* To whole blocks of the hash: a block that is cut off elsewhere would be another one. */
	size_t whole = (bytes + HASH_BLOCK_BYTES - 1) / HASH_BLOCK_BYTES * HASH_BLOCK_BYTES;
	region->used_bytes = whole < region->slot_bytes ? whole : region->slot_bytes;
}

/* Words of a bitmap level that cover `slots` slots. */
static size_t level_words(uint32_t slots, uint32_t level)
{
	uint64_t words = slots;
	for (uint32_t i = 0; i <= level; i++)
		words = (words + 63) / 64;
	return (size_t)words;
}

arena_pool_id arena_pool(struct arena *arena, const char *name, size_t slot_bytes, uint32_t capacity, bool keyed,
			 enum arena_class class)
{
	IOSIM_ASSERT(capacity > 0 && capacity < UINT32_MAX);
	IOSIM_ASSERT(!keyed || slot_bytes % KEY_BYTES == 0);
	IOSIM_ASSERT(class != ARENA_REBUILT);
	IOSIM_ASSERT(slot_bytes <= ARENA_RESERVE_BYTES / capacity);
	arena_pool_id id = (arena_pool_id)arena->region_count;
	struct region *region = region_add(arena, name, class, slot_bytes);
	region->pool = true;
	region->keyed = keyed;
	region->capacity = capacity;
	do {
		IOSIM_ASSERT(region->levels < BITMAP_MAX_LEVELS);
		size_t words = level_words(capacity, region->levels);
		region->bitmap[region->levels++] = reserve(arena, words * sizeof(uint64_t));
	} while (level_words(capacity, region->levels - 1) > 1);
	region->base = reserve(arena, slot_bytes * capacity);
	return id;
}

static struct region *pool_of(const struct arena *arena, arena_pool_id pool)
{
	IOSIM_ASSERT(pool < arena->region_count && arena->regions[pool].pool);
	return (struct region *)&arena->regions[pool];
}

static bool slot_live(const struct region *region, uint32_t index)
{
	return region->bitmap[0][index / 64] >> (index % 64) & 1;
}

static unsigned char *slot_at(const struct region *region, uint32_t index)
{
	return region->base + (size_t)index * region->slot_bytes;
}

static bool bytes_are_zero(const unsigned char *bytes, size_t count)
{
	uint64_t any = 0;
	size_t i = 0;
	for (; i + 64 <= count; i += 64) {
		uint64_t words[8];
		memcpy(words, bytes + i, sizeof(words));
		any |= words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7];
		if (any)
			return false;
	}
	for (; i < count; i++)
		any |= bytes[i];
	return any == 0;
}

uint32_t arena_alloc(struct arena *arena, arena_pool_id pool)
{
	struct region *region = pool_of(arena, pool);
	uint64_t index = 0;
	for (uint32_t level = region->levels; level-- > 0;) {
		if (index >= level_words(region->capacity, level))
			return ARENA_NONE;
		uint64_t word = region->bitmap[level][index];
		if (word == UINT64_MAX)
			return ARENA_NONE;
		index = index * 64 + (uint64_t)__builtin_ctzll(~word);
	}
	if (index >= region->capacity)
		return ARENA_NONE;
	IOSIM_ASSERT(bytes_are_zero(slot_at(region, (uint32_t)index), region->slot_bytes));
	region->count++;
	if (index >= region->high)
		region->high = (uint32_t)index + 1;
	uint64_t bit = index;
	for (uint32_t level = 0; level < region->levels; level++, bit /= 64) {
		region->bitmap[level][bit / 64] |= UINT64_C(1) << (bit % 64);
		if (region->bitmap[level][bit / 64] != UINT64_MAX)
			break;
	}
	return (uint32_t)index + 1;
}

/* The highest live index below `end`, plus 1; 0 if there is none. */
static uint32_t live_end(const struct region *region, uint32_t end)
{
	for (uint32_t word = (end + 63) / 64; word-- > 0;) {
		uint64_t live = region->bitmap[0][word];
		if (live)
			return word * 64 + 64 - (uint32_t)__builtin_clzll(live);
	}
	return 0;
}

void arena_release(struct arena *arena, arena_pool_id pool, uint32_t handle)
{
	IOSIM_ASSERT(arena_live(arena, pool, handle));
	struct region *region = pool_of(arena, pool);
	uint32_t index = handle - 1;
	memset(slot_at(region, index), 0, region->slot_bytes);
	uint64_t bit = index;
	for (uint32_t level = 0; level < region->levels; level++, bit /= 64)
		region->bitmap[level][bit / 64] &= ~(UINT64_C(1) << (bit % 64));
	region->count--;
	if (handle == region->high)
		region->high = live_end(region, handle);
}

bool arena_live(const struct arena *arena, arena_pool_id pool, uint32_t handle)
{
	const struct region *region = pool_of(arena, pool);
	return handle != ARENA_NONE && handle <= region->high && slot_live(region, handle - 1);
}

void *arena_slot(const struct arena *arena, arena_pool_id pool, uint32_t handle)
{
	IOSIM_ASSERT(arena_live(arena, pool, handle));
	return slot_at(pool_of(arena, pool), handle - 1);
}

void *arena_pool_base(const struct arena *arena, arena_pool_id pool)
{
	return pool_of(arena, pool)->base;
}

/* The first index from `index` on that is live (or, with `live` false, free); `high` if there is none below it. */
static uint32_t next_index(const struct region *region, uint32_t index, bool live)
{
	while (index < region->high) {
		uint64_t word = region->bitmap[0][index / 64];
		uint64_t found = (live ? word : ~word) >> (index % 64);
		if (found) {
			index += (uint32_t)__builtin_ctzll(found);
			return index < region->high ? index : region->high;
		}
		index = index / 64 * 64 + 64;
	}
	return region->high;
}

uint32_t arena_next(const struct arena *arena, arena_pool_id pool, uint32_t after)
{
	const struct region *region = pool_of(arena, pool);
	uint32_t index = next_index(region, after, true);
	return index < region->high ? index + 1 : ARENA_NONE;
}

uint32_t arena_count(const struct arena *arena, arena_pool_id pool)
{
	return pool_of(arena, pool)->count;
}

/* Bytes that region_save() writes: a block's used part, or a pool's bitmap below `high` and its live slots. */
static size_t saved_bytes(const struct region *region)
{
	if (region->class == ARENA_REBUILT)
		return 0;
	if (!region->pool)
		return region->used_bytes;
	size_t words = 0;
	for (uint32_t level = 0; level < region->levels; level++)
		words += level_words(region->high, level);
	return words * sizeof(uint64_t) + region->count * region->slot_bytes;
}

static unsigned char *region_save(const struct region *region, unsigned char *to)
{
	if (region->class == ARENA_REBUILT)
		return to;
	if (!region->pool) {
		memcpy(to, region->base, region->used_bytes);
		return to + region->used_bytes;
	}
	for (uint32_t level = 0; level < region->levels; level++) {
		size_t bytes = level_words(region->high, level) * sizeof(uint64_t);
		memcpy(to, region->bitmap[level], bytes);
		to += bytes;
	}
	for (uint32_t first = next_index(region, 0, true); first < region->high;) {
		uint32_t end = next_index(region, first, false);
		size_t bytes = (end - first) * region->slot_bytes;
		memcpy(to, slot_at(region, first), bytes);
		to += bytes;
		first = next_index(region, end, true);
	}
	return to;
}

size_t arena_bytes(const struct arena *arena)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < arena->region_count; i++)
		bytes += saved_bytes(&arena->regions[i]);
	return bytes;
}

struct arena_snapshot *arena_save(const struct arena *arena)
{
	struct arena_snapshot *snapshot = malloc(sizeof(*snapshot) + arena_bytes(arena));
	if (!snapshot) {
		perror("ioasid-sim: cannot allocate a snapshot");
		abort();
	}
	snapshot->arena = arena;
	snapshot->region_count = arena->region_count;
	unsigned char *to = snapshot->bytes;
	for (uint32_t i = 0; i < arena->region_count; i++) {
		const struct region *region = &arena->regions[i];
		snapshot->marks[i] = (struct region_mark){region->count, region->high, region->used_bytes};
		to = region_save(region, to);
	}
	return snapshot;
}

/* Zeroes the slots that are live now and were not when the bitmap `saved` of `high` slots was saved. */
static void zero_newer_slots(const struct region *region, const unsigned char *saved, uint32_t high)
{
	size_t words = level_words(region->high, 0), saved_words = level_words(high, 0);
	for (size_t word = 0; word < words; word++) {
		uint64_t then = 0;
		if (word < saved_words)
			memcpy(&then, saved + word * sizeof(then), sizeof(then));
		for (uint64_t newer = region->bitmap[0][word] & ~then; newer; newer &= newer - 1) {
			uint32_t index = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(newer);
			memset(slot_at(region, index), 0, region->slot_bytes);
		}
	}
}

static const unsigned char *bitmap_restore(struct region *region, const unsigned char *from, uint32_t high)
{
	for (uint32_t level = 0; level < region->levels; level++) {
		size_t now = level_words(region->high, level), then = level_words(high, level);
		memcpy(region->bitmap[level], from, then * sizeof(uint64_t));
		if (now > then)
			memset(region->bitmap[level] + then, 0, (now - then) * sizeof(uint64_t));
		from += then * sizeof(uint64_t);
	}
	return from;
}

static const unsigned char *pool_restore(struct region *region, const unsigned char *from,
					 const struct region_mark *mark)
{
	zero_newer_slots(region, from, mark->high);
	from = bitmap_restore(region, from, mark->high);
	region->count = mark->count;
	region->high = mark->high;
	for (uint32_t first = next_index(region, 0, true); first < region->high;) {
		uint32_t end = next_index(region, first, false);
		size_t bytes = (end - first) * region->slot_bytes;
		memcpy(slot_at(region, first), from, bytes);
		from += bytes;
		first = next_index(region, end, true);
	}
	return from;
}

static const unsigned char *region_restore(struct region *region, const unsigned char *from,
					   const struct region_mark *mark)
{
	if (region->class == ARENA_REBUILT)
		return from;
	if (region->pool)
		return pool_restore(region, from, mark);
	memcpy(region->base, from, mark->used_bytes);
	if (region->used_bytes > mark->used_bytes)
		memset(region->base + mark->used_bytes, 0, region->used_bytes - mark->used_bytes);
	region->used_bytes = mark->used_bytes;
	return from + mark->used_bytes;
}

void arena_restore(struct arena *arena, const struct arena_snapshot *snapshot)
{
	IOSIM_ASSERT(snapshot->arena == arena && snapshot->region_count == arena->region_count);
	const unsigned char *from = snapshot->bytes;
	for (uint32_t i = 0; i < arena->region_count; i++)
		from = region_restore(&arena->regions[i], from, &snapshot->marks[i]);
	for (uint32_t i = 0; i < arena->callback_count; i++)
		arena->callbacks[i].rebuild(arena->callbacks[i].context);
}

void arena_snapshot_free(struct arena_snapshot *snapshot)
{
	free(snapshot);
}

void arena_on_restore(struct arena *arena, void (*rebuild)(void *context), void *context)
{
	IOSIM_ASSERT(arena->callback_count < ARENA_MAX_CALLBACKS);
	arena->callbacks[arena->callback_count++] = (struct callback){rebuild, context};
}

static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

/*
 * Each block of the bytes is hashed by itself and then mixed with its key: the same bytes at another place add another
 * number. (XXH3 derives a secret from each new seed when the input is longer than 240 bytes; mixing costs less.)
 */
static uint64_t hash_bytes(const unsigned char *bytes, size_t count, uint64_t key, uint64_t seed)
{
	uint64_t sum = 0;
	for (size_t at = 0; at < count; at += HASH_BLOCK_BYTES) {
		size_t length = count - at < HASH_BLOCK_BYTES ? count - at : HASH_BLOCK_BYTES;
		if (bytes_are_zero(bytes + at, length))
			continue;
		uint64_t block = seed ? XXH64(bytes + at, length, seed) : XXH3_64bits(bytes + at, length);
		sum += mix(block ^ mix(key + at));
	}
	return sum;
}

static uint64_t pool_hash(const struct region *region, uint64_t key, uint64_t seed)
{
	uint64_t sum = 0;
	size_t skip = region->keyed ? KEY_BYTES : 0;
	for (uint32_t i = next_index(region, 0, true); i < region->high; i = next_index(region, i + 1, true)) {
		const unsigned char *slot = slot_at(region, i);
		uint64_t identity = i;
		if (region->keyed)
			memcpy(&identity, slot, sizeof(identity));
		sum += hash_bytes(slot + skip, region->slot_bytes - skip, mix(key ^ mix(identity)), seed);
	}
	if (region->keyed)
		return sum;
	size_t bytes = level_words(region->high, 0) * sizeof(uint64_t);
	return sum + hash_bytes((const unsigned char *)region->bitmap[0], bytes, ~key, seed);
}

/* With seed 0 by XXH3, else by XXH64: another function, not only another seed of the same one. */
static uint64_t arena_hash_seeded(const struct arena *arena, uint64_t seed)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < arena->region_count; i++) {
		const struct region *region = &arena->regions[i];
		uint64_t key = mix(UINT64_C(0x9e3779b97f4a7c15) * (i + 1) + seed);
		if (region->class != ARENA_HASHED)
			continue;
		sum += region->pool ? pool_hash(region, key, seed)
				    : hash_bytes(region->base, region->used_bytes, key, seed);
	}
	return sum;
}

uint64_t arena_hash(const struct arena *arena)
{
	return arena_hash_seeded(arena, 0);
}

uint64_t arena_second_hash(const struct arena *arena)
{
	return arena_hash_seeded(arena, UINT64_C(0xd1b54a32d192ed03));
}
