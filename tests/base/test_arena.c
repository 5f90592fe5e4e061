/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_arena_block_is_zero_and_aligned(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	unsigned char *first = arena_block(arena, "first", 3, ARENA_HASHED);
	unsigned char *second = arena_block(arena, "second", 5000, ARENA_HASHED);
	assert_int_equal((uintptr_t)first % 64, 0);
	assert_int_equal((uintptr_t)second % 64, 0);
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(second[i], 0);
	arena_free(arena);
}

static void test_arena_alloc_takes_lowest_free_index(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	arena_pool_id pool = arena_pool(arena, "pool", 16, 10000, false, ARENA_HASHED);
	for (uint32_t i = 1; i <= 10000; i++)
		assert_int_equal(arena_alloc(arena, pool), i);
	assert_int_equal(arena_alloc(arena, pool), ARENA_NONE);
	arena_release(arena, pool, 9999);
	arena_release(arena, pool, 70);
	arena_release(arena, pool, 4097);
	assert_int_equal(arena_count(arena, pool), 9997);
	assert_int_equal(arena_alloc(arena, pool), 70);
	assert_int_equal(arena_alloc(arena, pool), 4097);
	assert_int_equal(arena_alloc(arena, pool), 9999);
	assert_int_equal(arena_alloc(arena, pool), ARENA_NONE);
	arena_free(arena);
}

static void test_arena_alloc_fills_capacities_at_word_edges(void **state)
{
	(void)state;
	static const uint32_t capacities[] = {1, 63, 64, 65, 4095, 4096, 4097, 262144};
	struct arena *arena = arena_new();
	for (unsigned i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		arena_pool_id pool = arena_pool(arena, "pool", 1, capacities[i], false, ARENA_UNHASHED);
		for (uint32_t n = 1; n <= capacities[i]; n++)
			assert_int_equal(arena_alloc(arena, pool), n);
		assert_int_equal(arena_alloc(arena, pool), ARENA_NONE);
		arena_release(arena, pool, capacities[i]);
		assert_int_equal(arena_alloc(arena, pool), capacities[i]);
	}
	arena_free(arena);
}

static void test_arena_live_answers_for_any_handle(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	arena_pool_id pool = arena_pool(arena, "pool", 8, 100, false, ARENA_HASHED);
	arena_alloc(arena, pool);
	assert_false(arena_live(arena, pool, 0));
	assert_true(arena_live(arena, pool, 1));
	assert_false(arena_live(arena, pool, 2));
	assert_false(arena_live(arena, pool, 101));
	assert_false(arena_live(arena, pool, UINT32_MAX));
	arena_free(arena);
}

static void test_arena_next_visits_live_slots_in_order(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	arena_pool_id pool = arena_pool(arena, "pool", 8, 1000, false, ARENA_HASHED);
	assert_int_equal(arena_next(arena, pool, 0), ARENA_NONE);
	for (uint32_t i = 0; i < 700; i++)
		arena_alloc(arena, pool);
	for (uint32_t handle = 1; handle <= 700; handle++)
		if (handle != 1 && handle != 64 && handle != 65 && handle != 640)
			arena_release(arena, pool, handle);
	assert_int_equal(arena_next(arena, pool, 0), 1);
	assert_int_equal(arena_next(arena, pool, 1), 64);
	assert_int_equal(arena_next(arena, pool, 64), 65);
	assert_int_equal(arena_next(arena, pool, 65), 640);
	assert_int_equal(arena_next(arena, pool, 640), ARENA_NONE);
	assert_int_equal(arena_next(arena, pool, UINT32_MAX), ARENA_NONE);
	arena_free(arena);
}

static void test_arena_slot_is_zero_again_after_release(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	arena_pool_id pool = arena_pool(arena, "pool", 40, 8, false, ARENA_HASHED);
	memset(arena_slot(arena, pool, arena_alloc(arena, pool)), 0xa5, 40);
	arena_release(arena, pool, 1);
	const unsigned char *slot = arena_slot(arena, pool, arena_alloc(arena, pool));
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(slot[i], 0);
	arena_free(arena);
}

static void test_arena_hash_of_zero_blocks_is_zero(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	unsigned char *block = arena_block(arena, "block", 1000, ARENA_HASHED);
	arena_pool(arena, "pool", 8, 100, false, ARENA_HASHED);
	assert_int_equal(arena_hash(arena), 0);
	assert_int_equal(arena_second_hash(arena), 0);
	block[999] = 1;
	assert_int_not_equal(arena_hash(arena), 0);
	block[999] = 0;
	assert_int_equal(arena_hash(arena), 0);
	arena_free(arena);
}

static void test_arena_hash_tells_equal_blocks_at_other_places_apart(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	unsigned char *one = arena_block(arena, "one", 1024, ARENA_HASHED);
	unsigned char *other = arena_block(arena, "other", 1024, ARENA_HASHED);
	uint64_t hashes[3];
	one[7] = 1;
	hashes[0] = arena_hash(arena);
	one[7] = 0;
	one[256 + 7] = 1;
	hashes[1] = arena_hash(arena);
	one[256 + 7] = 0;
	other[7] = 1;
	hashes[2] = arena_hash(arena);
	assert_int_not_equal(hashes[0], hashes[1]);
	assert_int_not_equal(hashes[0], hashes[2]);
	assert_int_not_equal(hashes[1], hashes[2]);
	arena_free(arena);
}

static void test_arena_hash_of_unkeyed_pool_sees_a_live_slot_of_zeros(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	arena_pool_id pool = arena_pool(arena, "pool", 8, 100, false, ARENA_HASHED);
	uint32_t handle = arena_alloc(arena, pool);
	assert_int_not_equal(arena_hash(arena), 0);
	arena_release(arena, pool, handle);
	assert_int_equal(arena_hash(arena), 0);
	arena_free(arena);
}

static void test_arena_hash_of_keyed_pool_ignores_a_slot_without_content(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	arena_pool_id pool = arena_pool(arena, "pool", 24, 100, true, ARENA_HASHED);
	uint64_t *slot = arena_slot(arena, pool, arena_alloc(arena, pool));
	slot[0] = 77;
	assert_int_equal(arena_hash(arena), 0);
	slot[2] = 1;
	assert_int_not_equal(arena_hash(arena), 0);
	arena_free(arena);
}

static void test_arena_hash_ignores_derived_unhashed_and_rebuilt(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	static const enum arena_class classes[] = {ARENA_DERIVED, ARENA_UNHASHED, ARENA_REBUILT};
	for (unsigned i = 0; i < 3; i++)
		memset(arena_block(arena, "block", 300, classes[i]), 1, 300);
	assert_int_equal(arena_hash(arena), 0);
	arena_free(arena);
}

static void test_arena_restore_brings_derived_and_unhashed_back_but_not_rebuilt(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	unsigned char *derived = arena_block(arena, "derived", 300, ARENA_DERIVED);
	unsigned char *unhashed = arena_block(arena, "unhashed", 300, ARENA_UNHASHED);
	unsigned char *rebuilt = arena_block(arena, "rebuilt", 300, ARENA_REBUILT);
	struct arena_snapshot *snapshot = arena_save(arena);
	derived[299] = unhashed[299] = rebuilt[299] = 9;
	arena_restore(arena, snapshot);
	assert_int_equal(derived[299], 0);
	assert_int_equal(unhashed[299], 0);
	assert_int_equal(rebuilt[299], 9);
	arena_snapshot_free(snapshot);
	arena_free(arena);
}

static void test_arena_block_used_mark_comes_back_and_clears_above(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	unsigned char *block = arena_block(arena, "block", 100000, ARENA_HASHED);
	arena_block_used(arena, block, 0);
	assert_int_equal(arena_hash(arena), 0);
	arena_block_used(arena, block, 10);
	block[9] = 1;
	uint64_t hash = arena_hash(arena);
	struct arena_snapshot *snapshot = arena_save(arena);
	arena_block_used(arena, block, 100000);
	block[99999] = 1;
	block[10] = 1;
	assert_int_not_equal(arena_hash(arena), hash);
	arena_restore(arena, snapshot);
	assert_int_equal(block[9], 1);
	assert_int_equal(block[10], 0);
	assert_int_equal(block[99999], 0);
	assert_int_equal(arena_hash(arena), hash);
	arena_snapshot_free(snapshot);
	arena_free(arena);
}

static void test_arena_hash_does_not_depend_on_the_used_mark(void **state)
{
	(void)state;
	const size_t marks[] = {8, 16, 24, 250, 256, 257, 299, 300};
	struct arena *arena = arena_new();
	unsigned char *block = arena_block(arena, "block", 300, ARENA_HASHED);
	block[7] = 1;
	uint64_t hash = arena_hash(arena);
	for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		arena_block_used(arena, block, marks[i]);
		assert_int_equal(arena_hash(arena), hash);
	}
	arena_free(arena);
}

static void note_order(void *context)
{
	unsigned *order = context;
	static unsigned calls;
	*order = ++calls;
}

static void test_arena_restore_calls_back_in_order_of_registration(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	unsigned order[2] = {0, 0};
	arena_on_restore(arena, note_order, &order[0]);
	arena_on_restore(arena, note_order, &order[1]);
	struct arena_snapshot *snapshot = arena_save(arena);
	assert_int_equal(order[0], 0);
	arena_restore(arena, snapshot);
	assert_int_equal(order[0], 1);
	assert_int_equal(order[1], 2);
	arena_snapshot_free(snapshot);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_block_is_zero_and_aligned),
		cmocka_unit_test(test_arena_alloc_takes_lowest_free_index),
		cmocka_unit_test(test_arena_alloc_fills_capacities_at_word_edges),
		cmocka_unit_test(test_arena_live_answers_for_any_handle),
		cmocka_unit_test(test_arena_next_visits_live_slots_in_order),
		cmocka_unit_test(test_arena_slot_is_zero_again_after_release),
		cmocka_unit_test(test_arena_hash_of_zero_blocks_is_zero),
		cmocka_unit_test(test_arena_hash_tells_equal_blocks_at_other_places_apart),
		cmocka_unit_test(test_arena_hash_of_unkeyed_pool_sees_a_live_slot_of_zeros),
		cmocka_unit_test(test_arena_hash_of_keyed_pool_ignores_a_slot_without_content),
		cmocka_unit_test(test_arena_hash_ignores_derived_unhashed_and_rebuilt),
		cmocka_unit_test(test_arena_restore_brings_derived_and_unhashed_back_but_not_rebuilt),
		cmocka_unit_test(test_arena_block_used_mark_comes_back_and_clears_above),
		cmocka_unit_test(test_arena_hash_does_not_depend_on_the_used_mark),
		cmocka_unit_test(test_arena_restore_calls_back_in_order_of_registration),
	};
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
