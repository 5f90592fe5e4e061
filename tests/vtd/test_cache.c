/* SPDX-License-Identifier: MIT */
/* What the context cache and the IOTLB keep, and whom they serve: 6.1, 6.2. */
#include "vtd_test.h"

#define IOTLB_GLOBAL   0x12u
#define CONTEXT_GLOBAL 0x11u

static void invalidate(struct bench *b, uint64_t low)
{
	bench_submit(b, low, 0);
	bench_settle(b);
}

static void test_cache_serves_a_page_until_it_is_invalidated(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_queue_on(&b);
	bench_map(&b, 0x5000, 0x6003);
	struct translation out = bench_read(&b, 0x5123);
	assert_goes_to(out, 0x6123);
	assert_false(out.from_cache);
	bench_map(&b, 0x5000, 0x7003);
	out = bench_read(&b, 0x5456);
	assert_goes_to(out, 0x6456);
	assert_true(out.from_cache);
	assert_int_equal(out.reads, 0);
	assert_int_equal(out.page_lg2, 12);
	assert_int_equal(out.level, 1);
	assert_int_equal(out.permissions, PERM_READ | PERM_WRITE);
	bench_map(&b, 0x5000, 0);
	assert_goes_to(bench_write(&b, 0x5000), 0x6000);
	invalidate(&b, IOTLB_GLOBAL);
	assert_faults(bench_read(&b, 0x5000), 6);
	bench_teardown(&b);
}

static void test_cache_off_serves_memory(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.no_cache = true};
	bench_setup_on(&b, &config);
	bench_map(&b, 0x5000, 0x6003);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_map(&b, 0x5000, 0x7003);
	struct translation out = bench_read(&b, 0x5000);
	assert_goes_to(out, 0x7000);
	assert_false(out.from_cache);
	bench_context(&b, SID, 0, 0);
	assert_faults(bench_read(&b, 0x5000), 2);
	bench_teardown(&b);
}

static void test_cache_of_translations_off_serves_tables_from_memory(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.no_translation_cache = true};
	bench_setup_on(&b, &config);
	bench_queue_on(&b);
	bench_map(&b, 0x5000, 0x6003);
	assert_int_equal(bench_read(&b, 0x5000).reads, 6);
	bench_map(&b, 0x5000, 0x7003);
	struct translation out = bench_read(&b, 0x5000);
	assert_goes_to(out, 0x7000);
	assert_false(out.from_cache);
	assert_int_equal(out.reads, 4);
	bench_context(&b, SID, 0, 0);
	assert_goes_to(bench_read(&b, 0x5000), 0x7000);
	invalidate(&b, CONTEXT_GLOBAL);
	assert_faults(bench_read(&b, 0x5000), 2);
	bench_teardown(&b);
}

/* What was derived from a context entry goes with it, whoever takes it away. */
static void test_cache_restored_serves_the_context_entry_that_it_had(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.no_translation_cache = true};
	bench_setup_on(&b, &config);
	bench_queue_on(&b);
	bench_map(&b, 0x5000, 0x6003);
	bench_put(&b, bench_entry(&b, 0x600000, 4, 0x5000, 1), 0x9003);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	struct arena_snapshot *snapshot = arena_save(b.arena);
	bench_context(&b, SID, 0x600000 | 1, (uint64_t)DOMAIN << 8 | 2);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	invalidate(&b, CONTEXT_GLOBAL);
	assert_goes_to(bench_read(&b, 0x5000), 0x9000);
	assert_goes_to(bench_read(&b, 0x5000), 0x9000);
	arena_restore(b.arena, snapshot);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	arena_snapshot_free(snapshot);
	bench_teardown(&b);
}

/* Table 17: looked up by source-id and address; 6.2.7 asks no context entry. */
static void test_cache_of_translations_outlives_the_context_entry(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_queue_on(&b);
	bench_map(&b, 0x5000, 0x6003);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_context(&b, SID, 0, 0);
	invalidate(&b, CONTEXT_GLOBAL);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	assert_faults(bench_read(&b, 0x8000), 2);
	invalidate(&b, IOTLB_GLOBAL);
	assert_faults(bench_read(&b, 0x5000), 2);
	bench_teardown(&b);
}

static void test_cache_of_translations_serves_its_requester_alone(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_context(&b, SID + 1, TOP_TABLE | 1, (uint64_t)DOMAIN << 8 | 2);
	bench_map(&b, 0x5000, 0x6003);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_map(&b, 0x5000, 0x7003);
	struct request other = bench_request(SID + 1, 0x5000, REQUEST_READ);
	assert_goes_to(bench_translate(&b, &other), 0x7000);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_teardown(&b);
}

static void test_cache_of_contexts_hides_a_changed_entry(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_queue_on(&b);
	bench_map(&b, 0x5000, 0x6003);
	bench_map(&b, 0x8000, 0x9003);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_context(&b, SID, 9, 0x1302); /* pass-through now */
	struct translation out = bench_read(&b, 0x8000);
	assert_goes_to(out, 0x9000);
	assert_int_equal(out.reads, 4);
	invalidate(&b, CONTEXT_GLOBAL);
	invalidate(&b, IOTLB_GLOBAL);
	out = bench_read(&b, 0x8000);
	assert_goes_to(out, 0x8000);
	assert_int_equal(out.reads, 2);
	out = bench_read(&b, 0x5000);
	assert_goes_to(out, 0x5000);
	assert_int_equal(out.reads, 0);
	bench_teardown(&b);
}

/* 6.2.4.1: a large page is one entry, tagged with its own page number. */
static void test_cache_of_a_large_page_serves_all_of_it(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0x10000083);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x80000000, 3), UINT64_C(0x140000081));
	bench_map(&b, 0x5000, 0x6003);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	assert_goes_to(bench_read(&b, 0x40000000), 0x10000000);
	assert_goes_to(bench_read(&b, 0x80000000), UINT64_C(0x140000000));
	struct translation out = bench_read(&b, 0x401fffff - 3);
	assert_goes_to(out, 0x101ffffc);
	assert_true(out.from_cache);
	assert_int_equal(out.page_lg2, 21);
	out = bench_read(&b, 0xbffffff0);
	assert_goes_to(out, UINT64_C(0x17ffffff0));
	assert_true(out.from_cache);
	assert_int_equal(out.level, 3);
	assert_int_equal(out.permissions, PERM_READ);
	assert_faults(bench_read(&b, 0x40200000), 6);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_teardown(&b);
}

/* 3.7.1, last paragraph: rights are enforced from the cache. */
static void test_cache_enforces_the_rights_that_it_has(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_queue_on(&b);
	bench_map(&b, 0x5000, 0x6001);
	bench_map(&b, 0x8000, 0x9002);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	assert_goes_to(bench_write(&b, 0x8000), 0x9000);
	bench_map(&b, 0x5000, 0x6003);
	struct translation out = bench_write(&b, 0x5000);
	assert_faults(out, 5);
	assert_true(out.from_cache);
	assert_true(out.recorded);
	struct request atomic = bench_request(SID, 0x8000, REQUEST_ATOMIC);
	assert_faults(bench_translate(&b, &atomic), 6);
	struct request flush = bench_request(SID, 0x8000, REQUEST_READ);
	assert_faults(bench_translate(&b, &flush), 6);
	flush.bytes = 0;
	out = bench_translate(&b, &flush);
	assert_goes_to(out, 0x9000);
	assert_true(out.from_cache);
	invalidate(&b, IOTLB_GLOBAL);
	assert_goes_to(bench_write(&b, 0x5000), 0x6000);
	bench_teardown(&b);
}

/* 6.1: with CM = 0 nothing that faulted is kept, so that making an entry present needs no invalidation. */
static void test_cache_keeps_no_faults(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	uint64_t nowhere = UINT64_C(0x0000200000000000);
	bench_put(&b, bench_root_entry(SID), 0);
	assert_faults(bench_read(&b, 0x5000), 1);
	bench_context(&b, SID, 0, 0);
	assert_faults(bench_read(&b, 0x5000), 2);
	bench_context(&b, SID, TOP_TABLE | 0x11, 0x1202);
	assert_faults(bench_read(&b, 0x5000), 11);
	bench_context(&b, SID, TOP_TABLE | 1, 0x1207);
	assert_faults(bench_read(&b, 0x5000), 3);
	bench_context(&b, SID, nowhere | 1, 0x1202);
	assert_faults(bench_read(&b, 0x5000), 3);
	bench_context(&b, SID, TOP_TABLE | 1, 0x1202);
	assert_faults(bench_read(&b, 0x5000), 6);
	bench_map(&b, 0x5000, 0x6003 | UINT64_C(1) << 62);
	assert_faults(bench_read(&b, 0x5000), 12);
	bench_map(&b, 0x5000, 0xfee00003);
	assert_faults(bench_read(&b, 0x5000), 14);
	bench_map(&b, 0x5000, 0x6001);
	assert_faults(bench_write(&b, 0x5000), 5);
	bench_map(&b, 0x5000, 0x6003);
	assert_goes_to(bench_write(&b, 0x5000), 0x6000);
	bench_teardown(&b);
}

/* 6.1, 6.2.2, 6.2.4.1: caching mode. A virtual unit shadows its guest's tables, so every change wants an invalidation.
 */
static void test_cache_keeps_faults_in_caching_mode(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {BENCH_CAP | CAP_CM, 0}};
	bench_setup_on(&b, &config);
	bench_queue_on(&b);
	bench_context(&b, SID, 0, 0);
	assert_faults(bench_read(&b, 0x5000), 2);
	bench_context(&b, SID, TOP_TABLE | 1, (uint64_t)DOMAIN << 8 | 2);
	assert_faults(bench_read(&b, 0x5000), 2);
	invalidate(&b, 0x21 | DOMAIN << 16);
	assert_faults(bench_read(&b, 0x5000), 2); /* it is tagged with domain 0 */
	invalidate(&b, 0x21);
	struct translation out = bench_read(&b, 0x5000);
	assert_faults(out, 6);
	assert_false(out.from_cache);

	bench_map(&b, 0x5000, 0x6003);
	out = bench_read(&b, 0x5000);
	assert_faults(out, 6);
	assert_true(out.from_cache);
	assert_faults(bench_write(&b, 0x5000), 5);
	assert_faults(bench_read(&b, 0x6000), 6); /* its neighbour was walked */
	invalidate(&b, 0x22 | DOMAIN << 16);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);

	bench_map(&b, 0x8000, UINT64_C(0x9003) | UINT64_C(1) << 62);
	assert_faults(bench_write(&b, 0x8000), 12);
	bench_map(&b, 0x8000, 0x9003);
	assert_faults(bench_read(&b, 0x8000), 12);
	bench_teardown(&b);
}

/* What is kept of a lack of rights is the page with its rights, not the fault of one operation. */
static void test_cache_in_caching_mode_keeps_the_rights_of_a_page(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {BENCH_CAP | CAP_CM, 0}};
	bench_setup_on(&b, &config);
	bench_map(&b, 0x5000, 0x6001);
	assert_faults(bench_write(&b, 0x5000), 5);
	struct translation out = bench_read(&b, 0x5000);
	assert_goes_to(out, 0x6000);
	assert_true(out.from_cache);
	/* A large page that overlaps the interrupt range: the fault is kept for the 4 KiB that met it. */
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0xfee00083);
	assert_faults(bench_read(&b, 0x40000000), 14);
	assert_faults(bench_read(&b, 0x40000000), 14);
	assert_goes_to(bench_read(&b, 0x40100000), 0xfef00000);
	bench_teardown(&b);
}

static void test_cache_evicts_what_was_used_longest_ago(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.iotlb_entries = 4, .context_entries = 4};
	bench_setup_on(&b, &config);
	for (unsigned page = 0; page < 5; page++)
		bench_map(&b, 0x10000 + page * 0x1000, 0x20003 + page * 0x1000);
	for (unsigned page = 0; page < 4; page++)
		bench_read(&b, 0x10000 + page * 0x1000);
	assert_true(bench_read(&b, 0x10000).from_cache);
	assert_false(bench_read(&b, 0x14000).from_cache); /* takes the place of page 1 */
	assert_true(bench_read(&b, 0x10000).from_cache);
	assert_true(bench_read(&b, 0x12000).from_cache);
	assert_true(bench_read(&b, 0x13000).from_cache);
	assert_true(bench_read(&b, 0x14000).from_cache);
	assert_false(bench_read(&b, 0x11000).from_cache);

	for (uint16_t function = 1; function < 5; function++) {
		bench_context(&b, SID + function, 9, 0x1202);
		struct request request = bench_request(SID + function, 0x1000, REQUEST_READ);
		assert_int_equal(bench_translate(&b, &request).reads, 2);
		assert_int_equal(bench_translate(&b, &request).reads, 0);
	}
	assert_int_equal(bench_read(&b, 0x30000).reads, 6); /* SID's own was evicted */
	bench_teardown(&b);
}

/* The caches are state: a run that emptied them is where it was before. */
static void test_cache_leaves_no_trace_when_it_is_emptied(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_map(&b, 0x5000, 0x6003);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0x10000083);
	uint64_t cold = arena_hash(b.arena);
	bench_read(&b, 0x5000);
	bench_read(&b, 0x40000000);
	uint64_t warm = arena_hash(b.arena);
	assert_true(warm != cold);
	bench_read(&b, 0x40000000);
	bench_read(&b, 0x5000);
	assert_true(arena_hash(b.arena) == warm);
	bench_command(&b, GCMD_TE | GCMD_SRTP);
	assert_true(arena_hash(b.arena) == cold);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cache_serves_a_page_until_it_is_invalidated),
		cmocka_unit_test(test_cache_off_serves_memory),
		cmocka_unit_test(test_cache_of_translations_off_serves_tables_from_memory),
		cmocka_unit_test(test_cache_restored_serves_the_context_entry_that_it_had),
		cmocka_unit_test(test_cache_of_translations_outlives_the_context_entry),
		cmocka_unit_test(test_cache_of_translations_serves_its_requester_alone),
		cmocka_unit_test(test_cache_of_contexts_hides_a_changed_entry),
		cmocka_unit_test(test_cache_of_a_large_page_serves_all_of_it),
		cmocka_unit_test(test_cache_enforces_the_rights_that_it_has),
		cmocka_unit_test(test_cache_keeps_no_faults),
		cmocka_unit_test(test_cache_keeps_faults_in_caching_mode),
		cmocka_unit_test(test_cache_in_caching_mode_keeps_the_rights_of_a_page),
		cmocka_unit_test(test_cache_evicts_what_was_used_longest_ago),
		cmocka_unit_test(test_cache_leaves_no_trace_when_it_is_emptied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
