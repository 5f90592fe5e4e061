/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "hw/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
};

static struct fixture setup(uint64_t first, uint64_t last)
{
	struct fixture f = {.arena = arena_new()};
	f.memory = memory_new(f.arena, 64);
	memory_add_ram(f.memory, 0, UINT64_MAX);
	f.frames = frame_allocator_new(f.memory, first, last);
	return f;
}

static void teardown(struct fixture *f)
{
	frame_allocator_free(f->frames);
	memory_free(f->memory);
	arena_free(f->arena);
}

static void test_frame_allocator_take_is_lowest_first(void **state)
{
	(void)state;
	struct fixture f = setup(0x3000, 0x6fff);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0x3000);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0x4000);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0x5000);
	frame_allocator_give(f.frames, 0x4000, 0);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0x4000);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0x6000);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0);
	assert_int_equal(frame_allocator_taken(f.frames), 4);
	teardown(&f);
}

static void test_frame_allocator_uses_only_whole_frames_and_never_frame_zero(void **state)
{
	(void)state;
	struct fixture f = setup(0, 0x2ffe), g = setup(0x801, 0x2fff);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0x1000);
	assert_int_equal(frame_allocator_take(f.frames, 0), 0);
	assert_int_equal(frame_allocator_take(g.frames, 0), 0x1000);
	assert_int_equal(frame_allocator_take(g.frames, 0), 0x2000);
	assert_int_equal(frame_allocator_take(g.frames, 0), 0);
	teardown(&f);
	teardown(&g);
}

static void test_frame_allocator_take_is_naturally_aligned(void **state)
{
	(void)state;
	for (unsigned order = 0; order <= 9; order++) {
		struct fixture f = setup(0x1001000, 0x17fffff);
		uint64_t bytes = UINT64_C(0x1000) << order;
		uint64_t pa = frame_allocator_take(f.frames, order);
		assert_int_equal(pa, (0x1001000 + bytes - 1) / bytes * bytes);
		assert_int_equal(frame_allocator_take(f.frames, order), pa + bytes);
		assert_int_equal(frame_allocator_taken(f.frames), 2u << order);
		teardown(&f);
	}
}

static void test_frame_allocator_take_returns_zeroed_frames(void **state)
{
	(void)state;
	struct fixture f = setup(0x10000, 0x1ffff);
	memory_write64(f.memory, 0x10008, 1); /* a stray write to a free frame */
	memory_write64(f.memory, 0x11ff8, 1);
	assert_int_equal(frame_allocator_take(f.frames, 1), 0x10000);
	assert_null(memory_frame(f.memory, 0x10));
	assert_null(memory_frame(f.memory, 0x11));
	teardown(&f);
}

static void test_frame_allocator_give_leaves_no_trace_in_the_hash(void **state)
{
	(void)state;
	struct fixture f = setup(0x10000, 0x1fffffff);
	uint64_t empty = arena_hash(f.arena);
	for (uint64_t i = 0; i < 200; i++)
		assert_int_equal(frame_allocator_take(f.frames, 0), 0x10000 + i * 0x1000);
	memory_write64(f.memory, 0x20000, 5);
	for (uint64_t i = 0; i < 200; i++)
		frame_allocator_give(f.frames, 0x10000 + i * 0x1000, 0);
	assert_int_equal(arena_hash(f.arena), empty);
	teardown(&f);
}

static void test_frame_allocator_is_taken_answers_for_any_address(void **state)
{
	(void)state;
	struct fixture f = setup(0x10000, 0x1ffff);
	frame_allocator_take(f.frames, 0);
	assert_true(frame_allocator_is_taken(f.frames, 0x10000));
	assert_true(frame_allocator_is_taken(f.frames, 0x10fff));
	assert_false(frame_allocator_is_taken(f.frames, 0x11000));
	assert_false(frame_allocator_is_taken(f.frames, 0xffff));
	assert_false(frame_allocator_is_taken(f.frames, 0));
	assert_false(frame_allocator_is_taken(f.frames, UINT64_MAX));
	teardown(&f);
}

/* 9 words of frames that begin and end within a word, in a range of which the first word is not aligned either. */
#define FIRST  1089
#define FRAMES 500
struct plain {
	bool taken[FRAMES];
	unsigned order[FRAMES]; /* of a run that begins there, plus 1 */
};

static uint64_t plain_take(struct plain *plain, unsigned order)
{
	uint32_t run = 1u << order;
	for (uint32_t i = 0; i + run <= FRAMES; i++) {
		bool fits = (FIRST + i) % run == 0;
		for (uint32_t k = 0; fits && k < run; k++)
			fits = !plain->taken[i + k];
		if (!fits)
			continue;
		memset(&plain->taken[i], true, run);
		plain->order[i] = order + 1;
		return (FIRST + i) * UINT64_C(0x1000);
	}
	return 0;
}

static void give_one(struct fixture *f, struct plain *plain, uint32_t from)
{
	for (uint32_t i = from; i < FRAMES; i++) {
		if (!plain->order[i])
			continue;
		frame_allocator_give(f->frames, (FIRST + i) * UINT64_C(0x1000), plain->order[i] - 1);
		memset(&plain->taken[i], false, UINT32_C(1) << (plain->order[i] - 1));
		plain->order[i] = 0;
		return;
	}
}

static void test_frame_allocator_random_operations_match_a_plain_model(void **state)
{
	(void)state;
	struct fixture f = setup(FIRST * UINT64_C(0x1000), (FIRST + FRAMES) * UINT64_C(0x1000) - 1);
	struct plain plain = {{0}, {0}}, saved = plain;
	struct random random;
	struct arena_snapshot *snapshot = arena_save(f.arena);
	random_seed(&random, 5);
	for (unsigned step = 0; step < 20000; step++) {
		uint64_t roll = random_below(&random, 100);
		if (roll < 50) {
			unsigned order = random_chance(&random, 4) ? (unsigned)random_below(&random, 9) : 0;
			assert_int_equal(frame_allocator_take(f.frames, order), plain_take(&plain, order));
		} else if (roll < 98) {
			give_one(&f, &plain, (uint32_t)random_below(&random, FRAMES));
		} else if (roll < 99) {
			arena_snapshot_free(snapshot);
			snapshot = arena_save(f.arena);
			saved = plain;
		} else {
			arena_restore(f.arena, snapshot);
			plain = saved;
		}
		uint32_t taken = 0;
		for (uint32_t i = 0; i < FRAMES; i++)
			taken += plain.taken[i];
		assert_int_equal(frame_allocator_taken(f.frames), taken);
	}
	arena_snapshot_free(snapshot);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_allocator_take_is_lowest_first),
		cmocka_unit_test(test_frame_allocator_uses_only_whole_frames_and_never_frame_zero),
		cmocka_unit_test(test_frame_allocator_take_is_naturally_aligned),
		cmocka_unit_test(test_frame_allocator_take_returns_zeroed_frames),
		cmocka_unit_test(test_frame_allocator_give_leaves_no_trace_in_the_hash),
		cmocka_unit_test(test_frame_allocator_is_taken_answers_for_any_address),
		cmocka_unit_test(test_frame_allocator_random_operations_match_a_plain_model),
	};
	return cmocka_run_group_tests_name("frame-allocator", tests, NULL, NULL);
}
