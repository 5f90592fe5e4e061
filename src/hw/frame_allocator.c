/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "hw/memory.h"

#include <glib.h>

/*
 * One bit a frame, 1 is taken. Word 0 begins at a multiple of 64 frames, so that alignment within a word is alignment
 * in memory. `full` has a bit for each word of `taken` in which no frame is free; it only saves time.
 */
struct frame_allocator {
	struct memory *memory;
	uint64_t base;  /* frame number of bit 0: a multiple of 64 */
	uint64_t first; /* frame numbers that may be given out */
	uint64_t last;
	uint64_t words;
	uint64_t *taken; /* arena block */
	uint64_t *full;  /* arena block, derived */
	struct frame_allocator_count {
		uint32_t frames;
		uint32_t words_used; /* no bit is set in `taken` from this word on */
	} * count;                   /* arena block, derived */
};

struct frame_allocator *frame_allocator_new(struct memory *memory, uint64_t first, uint64_t last)
{
	IOSIM_ASSERT(first <= last);
	struct frame_allocator *allocator = g_new0(struct frame_allocator, 1);
	struct arena *arena = memory->arena;
	allocator->memory = memory;
	allocator->first = MAX(1, (first >> FRAME_LG2) + (first % FRAME_BYTES != 0));
	allocator->last = last == UINT64_MAX ? last >> FRAME_LG2 : ((last + 1) >> FRAME_LG2) - 1;
	IOSIM_ASSERT(allocator->first <= allocator->last && allocator->last - allocator->first < UINT32_MAX);
	allocator->base = allocator->first & ~UINT64_C(63);
	allocator->words = (allocator->last - allocator->base) / 64 + 1;
	allocator->taken = arena_block(arena, "taken frames", allocator->words * sizeof(uint64_t), ARENA_HASHED);
	allocator->full =
		arena_block(arena, "full words", (allocator->words + 63) / 64 * sizeof(uint64_t), ARENA_DERIVED);
	allocator->count = arena_block(arena, "taken frame count", sizeof(*allocator->count), ARENA_DERIVED);
	arena_block_used(arena, allocator->taken, 0);
	arena_block_used(arena, allocator->full, 0);
	return allocator;
}

void frame_allocator_free(struct frame_allocator *allocator)
{
	g_free(allocator);
}

/* Frames of a word that may be given out and are not taken. */
static uint64_t free_bits(const struct frame_allocator *allocator, uint64_t word)
{
	uint64_t number = allocator->base + word * 64;
	uint64_t bits = ~allocator->taken[word];
	if (number < allocator->first)
		bits &= UINT64_MAX << (allocator->first - number);
	if (allocator->last - number < 63)
		bits &= UINT64_MAX >> (63 - (allocator->last - number));
	return bits;
}

/* The naturally aligned runs of 2^order set bits, each by its lowest bit; order < 6. */
static uint64_t aligned_runs(uint64_t bits, unsigned order)
{
	static const uint64_t aligned[6] = {UINT64_MAX,
					    UINT64_C(0x5555555555555555),
					    UINT64_C(0x1111111111111111),
					    UINT64_C(0x0101010101010101),
					    UINT64_C(0x0001000100010001),
					    UINT64_C(0x0000000100000001)};
	for (unsigned i = 0; i < order; i++)
		bits &= bits >> (1u << i);
	return bits & aligned[order];
}

/* The first word from `word` on that is not full; `words` if there is none. */
static uint64_t next_word(const struct frame_allocator *allocator, uint64_t word)
{
	while (word < allocator->words) {
		uint64_t open = ~allocator->full[word / 64] >> (word % 64);
		if (open)
			return MIN(word + (uint64_t)__builtin_ctzll(open), allocator->words);
		word = word / 64 * 64 + 64;
	}
	return allocator->words;
}

/* Bit number of the lowest free run; UINT64_MAX: none. */
static uint64_t find_within_word(const struct frame_allocator *allocator, unsigned order)
{
	for (uint64_t word = next_word(allocator, 0); word < allocator->words; word = next_word(allocator, word + 1)) {
		uint64_t runs = aligned_runs(free_bits(allocator, word), order);
		if (runs)
			return word * 64 + (uint64_t)__builtin_ctzll(runs);
	}
	return UINT64_MAX;
}

static uint64_t find_words(const struct frame_allocator *allocator, unsigned order)
{
	uint64_t step = UINT64_C(1) << (order - 6);
	uint64_t word = (step - allocator->base / 64 % step) % step;
	for (; word + step <= allocator->words; word += step) {
		uint64_t free_words = 0;
		while (free_words < step && free_bits(allocator, word + free_words) == UINT64_MAX)
			free_words++;
		if (free_words == step)
			return word * 64;
	}
	return UINT64_MAX;
}

static void mark_word(struct frame_allocator *allocator, uint64_t word, uint64_t bits, bool taken)
{
	struct arena *arena = allocator->memory->arena;
	if (word >= allocator->count->words_used) {
		allocator->count->words_used = (uint32_t)word + 1;
		arena_block_used(arena, allocator->taken, (word + 1) * sizeof(uint64_t));
		arena_block_used(arena, allocator->full, (word / 64 + 1) * sizeof(uint64_t));
	}
	IOSIM_ASSERT((allocator->taken[word] & bits) == (taken ? 0 : bits));
	allocator->taken[word] ^= bits;
	uint64_t full_bit = UINT64_C(1) << (word % 64);
	if (free_bits(allocator, word) == 0)
		allocator->full[word / 64] |= full_bit;
	else
		allocator->full[word / 64] &= ~full_bit;
}

static void mark(struct frame_allocator *allocator, uint64_t bit, unsigned order, bool taken)
{
	if (order < 6) {
		uint64_t run = UINT64_MAX >> (64 - (1u << order));
		mark_word(allocator, bit / 64, run << (bit % 64), taken);
	} else {
		for (uint64_t i = 0; i < UINT64_C(1) << (order - 6); i++)
			mark_word(allocator, bit / 64 + i, UINT64_MAX, taken);
	}
	for (uint64_t i = 0; i < UINT64_C(1) << order; i++)
		memory_clear_frame(allocator->memory, allocator->base + bit + i);
	if (taken)
		allocator->count->frames += 1u << order;
	else
		allocator->count->frames -= 1u << order;
}

uint64_t frame_allocator_take(struct frame_allocator *allocator, unsigned order)
{
	IOSIM_ASSERT(order <= FRAME_ORDER_MAX);
	uint64_t bit = order < 6 ? find_within_word(allocator, order) : find_words(allocator, order);
	if (bit == UINT64_MAX)
		return 0;
	mark(allocator, bit, order, true);
	return (allocator->base + bit) << FRAME_LG2;
}

void frame_allocator_give(struct frame_allocator *allocator, uint64_t pa, unsigned order)
{
	uint64_t number = pa >> FRAME_LG2;
	IOSIM_ASSERT(order <= FRAME_ORDER_MAX && pa % ((uint64_t)FRAME_BYTES << order) == 0);
	IOSIM_ASSERT(number >= allocator->first && number + (UINT64_C(1) << order) - 1 <= allocator->last);
	mark(allocator, number - allocator->base, order, false);
}

bool frame_allocator_is_taken(const struct frame_allocator *allocator, uint64_t pa)
{
	uint64_t number = pa >> FRAME_LG2;
	if (number < allocator->first || number > allocator->last)
		return false;
	uint64_t bit = number - allocator->base;
	return allocator->taken[bit / 64] >> (bit % 64) & 1;
}

uint32_t frame_allocator_taken(const struct frame_allocator *allocator)
{
	return allocator->count->frames;
}
