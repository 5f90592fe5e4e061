/* SPDX-License-Identifier: MIT */
#include "hw/memory.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena *arena;
	struct memory *memory;
};

static struct fixture setup(uint32_t max_frames)
{
	struct fixture f = {.arena = arena_new()};
	f.memory = memory_new(f.arena, max_frames);
	return f;
}

static void teardown(struct fixture *f)
{
	memory_free(f->memory);
	arena_free(f->arena);
}

static void test_memory_read_of_unwritten_ram_is_zero(void **state)
{
	(void)state;
	struct fixture f = setup(4);
	uint64_t value = 1;
	memory_add_ram(f.memory, 0x1000, 0x1fff);
	assert_true(memory_read64(f.memory, 0x1ff8, &value));
	assert_int_equal(value, 0);
	assert_null(memory_frame(f.memory, 1));
	assert_non_null(memory_frame_or_zero(f.memory, 1));
	assert_int_equal(memory_frame_or_zero(f.memory, 1)[511], 0);
	teardown(&f);
}

static void test_memory_access_outside_ram_fails(void **state)
{
	(void)state;
	struct fixture f = setup(4);
	uint64_t value;
	uint32_t half;
	memory_add_ram(f.memory, 0x1000, 0x1fff);
	assert_false(memory_read64(f.memory, 0xff8, &value));
	assert_false(memory_read64(f.memory, 0x2000, &value));
	assert_false(memory_read32(f.memory, 0x2000, &half));
	assert_false(memory_write64(f.memory, 0x2000, 0));
	assert_false(memory_write64(f.memory, 0x2000, 1));
	assert_false(memory_write32(f.memory, UINT64_MAX - 3, 1));
	assert_null(memory_frame_or_zero(f.memory, 0));
	assert_null(memory_frame_or_zero(f.memory, 2));
	assert_null(memory_frame_or_zero(f.memory, UINT64_MAX));
	/* The number's upper bits do not fit into an address: not the frame that their truncation names. */
	assert_null(memory_frame_or_zero(f.memory, (UINT64_C(1) << 52) + 1));
	teardown(&f);
}

static void test_memory_misaligned_word_access_fails(void **state)
{
	(void)state;
	struct fixture f = setup(4);
	uint64_t value;
	uint32_t half;
	memory_add_ram(f.memory, 0, 0xffff);
	assert_false(memory_read64(f.memory, 0x1004, &value));
	assert_false(memory_write64(f.memory, 0x1004, 1));
	assert_false(memory_read32(f.memory, 0x1002, &half));
	assert_false(memory_write32(f.memory, 0x1002, 1));
	assert_true(memory_write32(f.memory, 0x1004, 1));
	teardown(&f);
}

static void test_memory_words_are_little_endian(void **state)
{
	(void)state;
	struct fixture f = setup(4);
	unsigned char bytes[8];
	uint32_t half;
	memory_add_ram(f.memory, 0, 0xffff);
	assert_true(memory_write64(f.memory, 0x18, UINT64_C(0x8877665544332211)));
	assert_true(memory_read(f.memory, 0x18, bytes, 8));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(bytes[i], 0x11 * (i + 1));
	assert_true(memory_read32(f.memory, 0x1c, &half));
	assert_int_equal(half, 0x88776655);
	teardown(&f);
}

static void test_memory_add_ram_joins_and_widens_ranges(void **state)
{
	(void)state;
	struct fixture f = setup(4);
	assert_true(memory_add_ram(f.memory, 0x5000, 0x5fff));
	assert_true(memory_add_ram(f.memory, 0x1800, 0x1801));
	assert_true(memory_add_ram(f.memory, 0x3000, 0x3fff));
	assert_int_equal(f.memory->range_count, 3);
	assert_true(memory_is_ram(f.memory, 0x1000));
	assert_true(memory_is_ram(f.memory, 0x1fff));
	assert_false(memory_is_ram(f.memory, 0x2000));
	assert_true(memory_add_ram(f.memory, 0x2000, 0x2fff));
	assert_int_equal(f.memory->range_count, 2);
	assert_true(memory_add_ram(f.memory, 0, UINT64_MAX));
	assert_int_equal(f.memory->range_count, 1);
	assert_true(memory_is_ram(f.memory, UINT64_MAX));
	assert_false(memory_add_ram(f.memory, 2, 1));
	teardown(&f);
}

static void test_memory_add_ram_beyond_the_limit_fails(void **state)
{
	(void)state;
	struct fixture f = setup(4);
	for (uint64_t i = 0; i < MEMORY_MAX_RANGES; i++)
		assert_true(memory_add_ram(f.memory, i * 0x2000, i * 0x2000 + 0xfff));
	assert_false(memory_add_ram(f.memory, UINT64_C(1) << 40, UINT64_C(1) << 40));
	assert_true(memory_add_ram(f.memory, 0x1000, 0x1fff));
	assert_true(memory_add_ram(f.memory, UINT64_C(1) << 40, UINT64_C(1) << 40));
	teardown(&f);
}

static void test_memory_write_across_frames_is_all_or_nothing(void **state)
{
	(void)state;
	struct fixture f = setup(2);
	unsigned char data[0x3000], back[0x3000];
	memset(data, 0x5a, sizeof(data));
	memory_add_ram(f.memory, 0x1000, 0x4fff);
	assert_true(memory_write(f.memory, 0x1ffc, data, 8));
	uint64_t hash = arena_hash(f.arena);
	assert_false(memory_write(f.memory, 0x2800, data, 0x1000)); /* a third frame: there is none */
	assert_false(memory_write(f.memory, 0x4800, data, 0x1000)); /* runs out of RAM */
	assert_false(memory_write(f.memory, 0x4800, data, UINT64_MAX));
	assert_int_equal(arena_hash(f.arena), hash);
	assert_true(memory_read(f.memory, 0x1ffc, back, 8));
	assert_memory_equal(back, data, 8);
	assert_false(memory_read(f.memory, 0x4800, back, 0x1000));
	assert_true(memory_read(f.memory, UINT64_MAX, back, 0));
	teardown(&f);
}

static void test_memory_zero_write_takes_no_frame(void **state)
{
	(void)state;
	struct fixture f = setup(1);
	static const unsigned char zeros[0x2000];
	memory_add_ram(f.memory, 0, 0xffff);
	assert_true(memory_write64(f.memory, 0x1000, 0));
	assert_true(memory_write(f.memory, 0x2000, zeros, sizeof(zeros)));
	assert_int_equal(arena_count(f.arena, f.memory->pool), 0);
	assert_true(memory_write64(f.memory, 0x3000, 1));
	assert_false(memory_write64(f.memory, 0x4000, 1));
	assert_true(memory_write64(f.memory, 0x4000, 0));
	teardown(&f);
}

static void test_memory_clear_frame_gives_the_slot_back(void **state)
{
	(void)state;
	struct fixture f = setup(1);
	uint64_t value;
	memory_add_ram(f.memory, 0, 0xffff);
	assert_true(memory_write64(f.memory, 0x1008, 7));
	memory_clear_frame(f.memory, 1);
	memory_clear_frame(f.memory, 1);
	assert_int_equal(arena_hash(f.arena), 0);
	assert_true(memory_read64(f.memory, 0x1008, &value));
	assert_int_equal(value, 0);
	assert_true(memory_write64(f.memory, 0x2000, 7));
	teardown(&f);
}

/*
 * Frames come, go and are restored at random in a small index, so that runs form, break and wrap around; the first of
 * them are found without it.
 */
#define FRAMES  12
#define NUMBERS 48
#define FIRST   (MEMORY_DIRECT_FRAMES - 8)
static void test_memory_random_frames_match_a_plain_model(void **state)
{
	(void)state;
	struct fixture f = setup(FRAMES);
	struct random random;
	uint64_t model[NUMBERS] = {0}, saved[NUMBERS] = {0};
	struct arena_snapshot *snapshot = arena_save(f.arena);
	random_seed(&random, 1);
	memory_add_ram(f.memory, FIRST * 0x1000, (FIRST + NUMBERS) * 0x1000 - 1);
	for (unsigned step = 0; step < 20000; step++) {
		uint64_t number = random_below(&random, NUMBERS), roll = random_below(&random, 100);
		uint32_t written = arena_count(f.arena, f.memory->pool);
		if (roll < 55) {
			bool room = written < FRAMES || model[number];
			assert_int_equal(memory_write64(f.memory, (FIRST + number) * 0x1000 + 8, step + 1), room);
			model[number] = room ? step + 1 : model[number];
		} else if (roll < 95) {
			memory_clear_frame(f.memory, FIRST + number);
			model[number] = 0;
		} else if (roll < 97) {
			arena_snapshot_free(snapshot);
			snapshot = arena_save(f.arena);
			memcpy(saved, model, sizeof(model));
		} else {
			arena_restore(f.arena, snapshot);
			memcpy(model, saved, sizeof(model));
		}
		for (uint64_t n = 0; n < NUMBERS; n++) {
			const uint64_t *words = memory_frame(f.memory, FIRST + n);
			assert_int_equal(words ? words[1] : 0, model[n]);
			assert_int_equal(words != NULL, model[n] != 0);
		}
	}
	arena_snapshot_free(snapshot);
	teardown(&f);
}

static void test_memory_hash_depends_on_contents_not_on_order(void **state)
{
	(void)state;
	struct fixture f = setup(8), g = setup(8);
	memory_add_ram(f.memory, 0, 0xffff);
	memory_add_ram(g.memory, 0, 0xffff);
	memory_write64(f.memory, 0x1000, 1);
	memory_write64(f.memory, 0x2000, 2);
	memory_write64(g.memory, 0x7000, 9);
	memory_write64(g.memory, 0x2000, 2);
	memory_write64(g.memory, 0x1000, 1);
	assert_int_not_equal(arena_hash(f.arena), arena_hash(g.arena));
	memory_write64(g.memory, 0x7000, 0);
	assert_int_equal(arena_hash(f.arena), arena_hash(g.arena));
	teardown(&f);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_read_of_unwritten_ram_is_zero),
		cmocka_unit_test(test_memory_access_outside_ram_fails),
		cmocka_unit_test(test_memory_misaligned_word_access_fails),
		cmocka_unit_test(test_memory_words_are_little_endian),
		cmocka_unit_test(test_memory_add_ram_joins_and_widens_ranges),
		cmocka_unit_test(test_memory_add_ram_beyond_the_limit_fails),
		cmocka_unit_test(test_memory_write_across_frames_is_all_or_nothing),
		cmocka_unit_test(test_memory_zero_write_takes_no_frame),
		cmocka_unit_test(test_memory_clear_frame_gives_the_slot_back),
		cmocka_unit_test(test_memory_random_frames_match_a_plain_model),
		cmocka_unit_test(test_memory_hash_depends_on_contents_not_on_order),
	};
	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
