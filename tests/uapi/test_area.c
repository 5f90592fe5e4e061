/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "uapi/area.h"
#include "uapi/iova.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE UINT64_C(4096)

static const uint32_t set_a = 1u << 28 | 7, set_b = 2u << 28 | 7;

static struct areas open_areas(struct arena **arena, uint32_t capacity)
{
	struct areas areas;
	*arena = arena_new();
	areas_init(&areas, *arena, capacity);
	return areas;
}

static struct area make(uint32_t set, uint64_t iova, uint64_t bytes)
{
	return (struct area){.set = set, .iova = iova, .bytes = bytes};
}

static bool add(struct areas *areas, uint32_t set, uint64_t iova, uint64_t bytes)
{
	struct area area = make(set, iova, bytes);
	return areas_insert(areas, &area) != NULL;
}

static void test_area_overlap_finds_only_its_set(void **state)
{
	(void)state;
	struct arena *arena;
	struct areas areas = open_areas(&arena, 16);
	add(&areas, set_a, 0x3000, 0x2000);
	add(&areas, set_a, 0x1000, 0x1000);
	add(&areas, set_b, 0x2000, 0x1000);
	assert_null(areas_overlap(&areas, set_a, 0x2000, 0x2fff));
	assert_int_equal(areas_overlap(&areas, set_a, 0x0, UINT64_MAX)->iova, 0x1000);
	assert_int_equal(areas_overlap(&areas, set_a, 0x4fff, 0x4fff)->iova, 0x3000);
	assert_null(areas_overlap(&areas, set_a, 0x5000, 0x5000));
	assert_int_equal(areas_overlap(&areas, set_b, 0x1000, 0x2000)->iova, 0x2000);
	assert_true(areas_empty(&areas, 3u << 28));
	arena_free(arena);
}

static void test_area_last_byte_of_the_space_is_reached(void **state)
{
	(void)state;
	struct arena *arena;
	struct areas areas = open_areas(&arena, 4);
	add(&areas, set_a, UINT64_MAX - 0xfff, 0x1000);
	assert_non_null(areas_overlap(&areas, set_a, UINT64_MAX, UINT64_MAX));
	assert_null(areas_overlap(&areas, set_a, 0, UINT64_MAX - 0x1000));
	arena_free(arena);
}

static void test_area_pool_exhausted_insert_fails(void **state)
{
	(void)state;
	struct arena *arena;
	struct areas areas = open_areas(&arena, 2);
	assert_true(add(&areas, set_a, 0x1000, 0x1000));
	assert_true(add(&areas, set_a, 0x2000, 0x1000));
	assert_false(add(&areas, set_a, 0x3000, 0x1000));
	areas_remove(&areas, areas_seek(&areas, set_a, 0x1000));
	assert_true(add(&areas, set_a, 0x3000, 0x1000));
	arena_free(arena);
}

/* Against a bitmap of pages, in an order that has nothing to do with addresses. */
static void test_area_random_operations_agree_with_a_bitmap(void **state)
{
	(void)state;
	enum { PAGES = 256 };
	struct arena *arena;
	struct areas areas = open_areas(&arena, PAGES);
	bool taken[PAGES] = {false};
	struct random random;
	random_seed(&random, 1);
	for (int turn = 0; turn < 20000; turn++) {
		uint64_t page = random_below(&random, PAGES);
		const struct area *area = areas_overlap(&areas, set_a, page * PAGE, page * PAGE + PAGE - 1);
		assert_int_equal(area != NULL, taken[page]);
		if (area)
			areas_remove(&areas, areas_seek(&areas, set_a, page * PAGE));
		else
			assert_true(add(&areas, set_a, page * PAGE, PAGE));
		taken[page] = !taken[page];
	}
	uint32_t at = areas_seek(&areas, set_a, 0);
	for (uint64_t page = 0; page < PAGES; page++)
		if (taken[page])
			assert_int_equal(areas_at(&areas, set_a, at++)->iova, page * PAGE);
	assert_null(areas_at(&areas, set_a, at));
	arena_free(arena);
}

static void test_area_snapshot_brings_the_order_back(void **state)
{
	(void)state;
	struct arena *arena;
	struct areas areas = open_areas(&arena, 64);
	for (uint64_t i = 0; i < 32; i++)
		add(&areas, set_a, (32 - i) * PAGE, PAGE);
	uint64_t hash = arena_hash(arena);
	struct arena_snapshot *snapshot = arena_save(arena);
	while (!areas_empty(&areas, set_a))
		areas_remove(&areas, areas_seek(&areas, set_a, 0));
	assert_true(arena_hash(arena) != hash);
	arena_restore(arena, snapshot);
	arena_snapshot_free(snapshot);
	assert_true(arena_hash(arena) == hash);
	for (uint64_t i = 1; i <= 32; i++)
		assert_non_null(areas_overlap(&areas, set_a, i * PAGE, i * PAGE));
	arena_free(arena);
}

/* --- picking addresses --- */

static bool avoid_second_page(void *context, uint64_t first, uint64_t last, uint64_t *end)
{
	(void)context;
	*end = 2 * PAGE - 1;
	return first <= 2 * PAGE - 1 && last >= PAGE;
}

static struct iova_wish wish(uint64_t bytes, uint64_t align)
{
	return (struct iova_wish){.set = set_a, .bytes = bytes, .align = align, .last = (UINT64_C(1) << 39) - 1};
}

static uint64_t pick(const struct areas *areas, const struct iova_wish *wanted, uint64_t *hint)
{
	uint64_t iova = 0;
	return iova_pick(areas, wanted, hint, &iova) ? iova : UINT64_MAX;
}

static void test_iova_pick_is_the_lowest_that_fits(void **state)
{
	(void)state;
	struct arena *arena;
	struct areas areas = open_areas(&arena, 16);
	uint64_t hint = 0;
	struct iova_wish one = wish(PAGE, PAGE), four = wish(4 * PAGE, 4 * PAGE);
	assert_int_equal(pick(&areas, &one, &hint), PAGE); /* never page 0 */
	add(&areas, set_a, PAGE, PAGE);
	add(&areas, set_a, 4 * PAGE, PAGE);
	assert_int_equal(pick(&areas, &one, &hint), 2 * PAGE);
	hint = 0;
	assert_int_equal(pick(&areas, &four, &hint), 8 * PAGE);
	one.avoid = avoid_second_page;
	areas_remove(&areas, areas_seek(&areas, set_a, PAGE));
	assert_int_equal(pick(&areas, &one, &hint), 2 * PAGE);
	arena_free(arena);
}

static void test_iova_pick_keeps_out_of_bus_windows(void **state)
{
	(void)state;
	struct arena *arena;
	struct areas areas = open_areas(&arena, 16);
	uint64_t hint = 0;
	struct iova_wish one = wish(PAGE, PAGE);
	one.first = LAYOUT_MMIO32_FIRST;
	assert_int_equal(pick(&areas, &one, &hint), LAYOUT_MMIO32_LAST + 1);
	hint = 0;
	one.first = LAYOUT_MMIO64_FIRST;
	assert_int_equal(pick(&areas, &one, &hint), LAYOUT_MMIO64_LAST + 1);
	arena_free(arena);
}

static void test_iova_pick_without_room_fails(void **state)
{
	(void)state;
	struct arena *arena;
	struct areas areas = open_areas(&arena, 16);
	uint64_t hint = 0;
	struct iova_wish one = wish(PAGE, PAGE);
	one.last = 2 * PAGE - 1;
	add(&areas, set_a, PAGE, PAGE);
	assert_int_equal(pick(&areas, &one, &hint), UINT64_MAX);
	one.first = one.last = UINT64_MAX;
	assert_int_equal(pick(&areas, &one, &hint), UINT64_MAX);
	one = wish(UINT64_C(1) << 62, UINT64_C(1) << 62);
	one.last = UINT64_MAX;
	assert_int_equal(pick(&areas, &one, &hint), UINT64_C(1) << 62);
	one.first = UINT64_C(3) << 62;
	hint = (UINT64_C(3) << 62) + 1;
	assert_int_equal(pick(&areas, &one, &hint), UINT64_MAX);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_area_overlap_finds_only_its_set),
		cmocka_unit_test(test_area_last_byte_of_the_space_is_reached),
		cmocka_unit_test(test_area_pool_exhausted_insert_fails),
		cmocka_unit_test(test_area_random_operations_agree_with_a_bitmap),
		cmocka_unit_test(test_area_snapshot_brings_the_order_back),
		cmocka_unit_test(test_iova_pick_is_the_lowest_that_fits),
		cmocka_unit_test(test_iova_pick_keeps_out_of_bus_windows),
		cmocka_unit_test(test_iova_pick_without_room_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
