/* SPDX-License-Identifier: MIT */
/* What all drivers share: tags, the index by root, retired pages and flights, gathered ranges. */
#include "driver_fake.h"
#include "hw/driver_common.h"

#include <errno.h>
#include <glib.h>

struct common {
	struct arena *arena;
	struct memory *memory;
	struct driver_common common;
};

static struct common *common_new(uint32_t max_domains)
{
	struct common *fixture = g_new0(struct common, 1);
	fixture->arena = arena_new();
	fixture->memory = memory_new(fixture->arena, 4096);
	memory_add_ram(fixture->memory, 0, UINT64_C(0x3fffffff));
	struct driver_config config = {
		.arena = fixture->arena,
		.memory = fixture->memory,
		.frames = frame_allocator_new(fixture->memory, FAKE_ROOT, UINT64_C(0x3fffffff)),
		.max_domains = max_domains,
	};
	driver_common_init(&fixture->common, &config);
	return fixture;
}

static void common_free(struct common *fixture)
{
	frame_allocator_free(fixture->common.frames);
	memory_free(fixture->memory);
	arena_free(fixture->arena);
	g_free(fixture);
}

static void test_domains_and_tags_are_lowest_first(void **state)
{
	(void)state;
	struct common *fixture = common_new(3);
	struct driver_common *common = &fixture->common;
	domain_handle handles[4];
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(driver_domain_take(common, DOMAIN_USER, &handles[i]), 0);
		assert_int_equal(handles[i], i + 1);
	}
	assert_int_equal(driver_domain_take(common, DOMAIN_USER, &handles[3]), -ENOMEM);
	assert_int_equal(driver_domain_tag(common, handles[2], 3), 0);
	assert_int_equal(driver_domain_tag(common, handles[0], 3), 0);
	assert_int_equal(driver_domain_tag(common, handles[1], 3), -ENOSPC);
	assert_int_equal(driver_domain_of(common, handles[2])->tag, 1);
	assert_int_equal(driver_domain_by_tag(common, 2), handles[0]);
	assert_int_equal(driver_domain_by_tag(common, 0), 0);
	assert_int_equal(driver_domain_by_tag(common, UINT32_MAX), 0);
	driver_domain_release(common, handles[2]);
	assert_int_equal(driver_domain_by_tag(common, 1), 0);
	assert_int_equal(driver_domain_tag(common, handles[1], 3), 0);
	assert_int_equal(driver_domain_of(common, handles[1])->tag, 1);
	assert_null(driver_domain_of(common, handles[2]));
	assert_null(driver_domain_of(common, UINT32_MAX));
	common_free(fixture);
}

/* 256 domains in an index of 512, entered and left at random: each is found, and none that left. */
static void test_index_by_root_follows_random_changes(void **state)
{
	(void)state;
	enum { DOMAINS = 256, ROOTS = 1024 };
	struct common *fixture = common_new(DOMAINS);
	struct driver_common *common = &fixture->common;
	domain_handle by_root[ROOTS] = {0};
	uint64_t random = 1;
	for (unsigned step = 0; step < 4000; step++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		unsigned i = (unsigned)(random >> 40) % ROOTS;
		uint64_t root = UINT64_C(0x1000000) + i * UINT64_C(0x1000);
		domain_handle handle;
		if (by_root[i]) {
			driver_domain_leave_root(common, by_root[i]);
			driver_domain_of(common, by_root[i])->pt.root = 0;
			driver_domain_release(common, by_root[i]);
			by_root[i] = 0;
		} else if (driver_domain_take(common, DOMAIN_DMA, &handle) == 0) {
			driver_domain_of(common, handle)->pt.root = root;
			driver_domain_enter_root(common, handle);
			by_root[i] = handle;
		}
		for (unsigned other = step % 16; other < ROOTS; other += 16)
			assert_int_equal(driver_domain_by_root(common, UINT64_C(0x1000000) + other * UINT64_C(0x1000)),
					 by_root[other]);
	}
	common_free(fixture);
}

static uint64_t page(struct common *fixture)
{
	return frame_allocator_take(fixture->common.frames, 0);
}

static bool is_taken(struct common *fixture, uint64_t pa)
{
	return frame_allocator_is_taken(fixture->common.frames, pa);
}

static void test_flight_frees_what_it_covers(void **state)
{
	(void)state;
	struct common *fixture = common_new(4);
	struct driver_common *common = &fixture->common;
	uint64_t inside = page(fixture), beside = page(fixture), other = page(fixture), whole = page(fixture);
	driver_retire(common, 1, inside, 0x5000);
	driver_retire(common, 1, beside, 0x6000);
	driver_retire(common, 2, other, 0x5000);
	driver_retire_anywhere(common, 1, whole);
	assert_true(driver_retired_within(common, 1, 0x5000, 0x5fff));
	assert_false(driver_retired_within(common, 1, 0x4000, 0x4fff));
	uint16_t flight = driver_flight_begin(common);
	driver_flight_claim(common, flight, 1, 0x4000, 0x5fff);
	assert_true(is_taken(fixture, inside));
	driver_flight_end(common, flight, true);
	assert_false(is_taken(fixture, inside));
	assert_true(is_taken(fixture, beside) && is_taken(fixture, other) && is_taken(fixture, whole));
	flight = driver_flight_begin(common);
	driver_flight_claim(common, flight, 1, 0, UINT64_MAX);
	driver_flight_end(common, flight, true);
	assert_false(is_taken(fixture, beside) || is_taken(fixture, whole));
	assert_true(is_taken(fixture, other));
	common_free(fixture);
}

static void test_flight_that_failed_leaves_pages_retired(void **state)
{
	(void)state;
	struct common *fixture = common_new(4);
	struct driver_common *common = &fixture->common;
	uint64_t pa = page(fixture);
	driver_retire(common, 1, pa, 0x5000);
	uint16_t flight = driver_flight_begin(common);
	driver_flight_claim(common, flight, 1, 0, UINT64_MAX);
	driver_flight_end(common, flight, false);
	assert_true(is_taken(fixture, pa));
	assert_true(driver_retired_within(common, 1, 0x5000, 0x5000));
	common_free(fixture);
}

/* One that runs while another waits does not settle what the other has claimed, nor free what came after it. */
static void test_flights_that_nest_keep_to_their_own(void **state)
{
	(void)state;
	struct common *fixture = common_new(4);
	struct driver_common *common = &fixture->common;
	uint64_t first = page(fixture), second = page(fixture), third = page(fixture);
	driver_retire(common, 1, first, 0x5000);
	uint16_t outer = driver_flight_begin(common);
	driver_flight_claim(common, outer, 1, 0, UINT64_MAX);
	driver_retire(common, 1, second, 0x6000);
	uint16_t inner = driver_flight_begin(common);
	assert_int_not_equal(inner, outer);
	driver_flight_claim(common, inner, 1, 0, UINT64_MAX);
	driver_retire(common, 1, third, 0x7000);
	driver_flight_end(common, inner, true);
	assert_true(is_taken(fixture, first));
	assert_false(is_taken(fixture, second));
	driver_flight_end(common, outer, true);
	assert_false(is_taken(fixture, first));
	assert_true(is_taken(fixture, third));
	common_free(fixture);
}

static void test_gather_joins_neighbours_and_skips_what_it_has(void **state)
{
	(void)state;
	struct gather gather = {0};
	assert_true(gather_is_empty(&gather));
	gather_add(&gather, UINT64_C(0x200000), UINT64_C(0x3fffff));
	gather_add(&gather, UINT64_C(0x203000), UINT64_C(0x203fff));
	gather_add(&gather, 0x1000, 0x1fff);
	gather_add(&gather, 0x2000, 0x2fff);
	gather_add(&gather, 0x4000, 0x4fff);
	assert_int_equal(gather.count, 3);
	assert_int_equal(gather.last[0], 0x3fffff);
	assert_int_equal(gather.first[1], 0x1000);
	assert_int_equal(gather.last[1], 0x2fff);
	assert_false(gather.all);
	gather_clear(&gather);
	assert_true(gather_is_empty(&gather));
	for (uint64_t i = 0; i < GATHER_MAX; i++)
		gather_add(&gather, i * 0x2000, i * 0x2000 + 0xfff);
	assert_false(gather.all);
	gather_add(&gather, UINT64_C(0x40000000), UINT64_C(0x40000fff));
	assert_true(gather.all);
	assert_int_equal(gather.count, GATHER_MAX);
	assert_false(gather_is_empty(&gather));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domains_and_tags_are_lowest_first),
		cmocka_unit_test(test_index_by_root_follows_random_changes),
		cmocka_unit_test(test_flight_frees_what_it_covers),
		cmocka_unit_test(test_flight_that_failed_leaves_pages_retired),
		cmocka_unit_test(test_flights_that_nest_keep_to_their_own),
		cmocka_unit_test(test_gather_joins_neighbours_and_skips_what_it_has),
	};
	return cmocka_run_group_tests_name("driver-common", tests, NULL, NULL);
}
