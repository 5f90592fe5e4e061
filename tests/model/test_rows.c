/* SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include "model/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void put(struct rows *rows, uint32_t index, uint32_t value)
{
	*(uint32_t *)rows_insert(rows, index) = value;
}

static void assert_rows(const struct rows *rows, const uint32_t *want, uint32_t count)
{
	assert_int_equal(rows_count(rows), count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(*(uint32_t *)rows_at(rows, i), want[i]);
}

static void test_rows_insert_moves_what_follows(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct rows rows;
	rows_open(&rows, arena, "rows", sizeof(uint32_t), 4, ARENA_HASHED);
	put(&rows, 0, 30);
	put(&rows, 0, 10);
	put(&rows, 1, 20);
	put(&rows, 3, 40);
	assert_rows(&rows, (const uint32_t[]){10, 20, 30, 40}, 4);
	assert_null(rows_insert(&rows, 2));
	assert_rows(&rows, (const uint32_t[]){10, 20, 30, 40}, 4);
	arena_free(arena);
}

static void test_rows_insert_is_zeroed(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct rows rows;
	rows_open(&rows, arena, "rows", sizeof(uint32_t), 4, ARENA_HASHED);
	put(&rows, 0, UINT32_MAX);
	assert_int_equal(*(uint32_t *)rows_insert(&rows, 0), 0);
	arena_free(arena);
}

static void test_rows_remove_closes_the_gap(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct rows rows;
	rows_open(&rows, arena, "rows", sizeof(uint32_t), 4, ARENA_HASHED);
	for (uint32_t i = 0; i < 4; i++)
		put(&rows, i, i + 1);
	rows_remove(&rows, 1);
	assert_rows(&rows, (const uint32_t[]){1, 3, 4}, 3);
	rows_truncate(&rows, 1);
	assert_rows(&rows, (const uint32_t[]){1}, 1);
	arena_free(arena);
}

static void test_rows_equal_contents_hash_equal_whatever_their_past(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct rows rows;
	rows_open(&rows, arena, "rows", sizeof(uint32_t), 8, ARENA_HASHED);
	put(&rows, 0, 1);
	put(&rows, 1, 2);
	uint64_t hash = arena_hash(arena);
	put(&rows, 0, 7);
	assert_int_not_equal(arena_hash(arena), hash);
	rows_remove(&rows, 1);
	rows_remove(&rows, 0);
	put(&rows, 0, 1);
	assert_int_equal(arena_hash(arena), hash);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_insert_moves_what_follows),
		cmocka_unit_test(test_rows_insert_is_zeroed),
		cmocka_unit_test(test_rows_remove_closes_the_gap),
		cmocka_unit_test(test_rows_equal_contents_hash_equal_whatever_their_past),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
