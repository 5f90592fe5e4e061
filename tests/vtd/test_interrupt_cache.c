/* SPDX-License-Identifier: MIT */
/* The interrupt entry cache and what empties it: 6.4, 6.5.2.8, 6.7, 11.4.10. */
#include "interrupt_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 6.4: entries are kept until they are invalidated; what faulted only with CM. */
static void test_interrupt_entry_is_cached_until_it_is_invalidated(void **state)
{
	(void)state;
	struct bench b;
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
	bench_queue_on(&b);
	interrupt_entry(&b, 5, 0x20000310001, 0x40120);
	assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.vector, 0x31);
	interrupt_entry(&b, 5, 0, 0);
	struct translation out = interrupt_send(&b, SID, MESSAGE_5, 0);
	assert_int_equal(out.interrupt.vector, 0x31);
	assert_true(out.from_cache);
	assert_int_equal(out.reads, 0);
	/* The requester is verified all the same. */
	assert_faults(interrupt_send(&b, SID + 1, MESSAGE_5, 0), 0x26);
	bench_submit(&b, 0x4, 0);
	assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.vector, 0x31);
	bench_settle(&b);
	assert_int_equal(bench_effect(&b, EFFECT_COMPLETE)->scope.what, INVALIDATED_INTERRUPTS);
	assert_true(bench_effect(&b, EFFECT_COMPLETE)->scope.all_addresses);
	assert_faults(interrupt_send(&b, SID, MESSAGE_5, 0), 0x22);
	interrupt_entry(&b, 5, 0x20000320001, 0x40120);
	assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.vector, 0x32);
	bench_teardown(&b);
}

static void test_interrupt_fault_is_cached_with_caching_mode_alone(void **state)
{
	(void)state;
	static const uint64_t entries[][2] = {
		{0x20000310000, 0}, {0x20000310001, 0x100000}, {0x20000310001, 0x40121}, {0x9000000000318001, 0}};
	for (unsigned caching = 0; caching < 2; caching++)
		for (size_t i = 0; i < COUNT(entries); i++) {
			struct bench b;
			interrupt_setup(&b, INTERRUPT_CAP | (caching ? CAP_CM : 0), INTERRUPT_ECAP, INTERRUPT_TABLE | 7,
					0);
			interrupt_entry(&b, 5, entries[i][0], entries[i][1]);
			unsigned fault = interrupt_send(&b, SID, MESSAGE_5, 0).fault;
			assert_true(fault != 0);
			interrupt_entry(&b, 5, 0x20000310001, 0);
			struct translation out = interrupt_send(&b, SID, MESSAGE_5, 0);
			assert_int_equal(out.result, caching ? TRANSLATE_FAULT : TRANSLATE_INTERRUPT);
			if (caching)
				assert_int_equal(out.fault, fault);
			bench_teardown(&b);
		}
}

/* 6.5.2.8, table 25; IM beyond MHMV is refused as AM beyond MAMV is. */
static void test_interrupt_entries_are_invalidated_by_index(void **state)
{
	(void)state;
	static const struct {
		uint64_t descriptor;
		unsigned first, last;
	} rows[] = {
		{UINT64_C(0x0000000500000014), 5, 5},  {UINT64_C(0x0000000508000014), 4, 5},
		{UINT64_C(0x0000000710000014), 4, 7},  {UINT64_C(0x0000000f18000014), 8, 15},
		{UINT64_C(0x0000ffff78000014), 32, 0}, {UINT64_C(0x0000000978000014), 0, 15},
		{UINT64_C(0x0000001100000004), 0, 15}, /* global: the index is ignored */
		{UINT64_C(0x00000011f8000004), 0, 15}, /* and the mask */
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench b;
		interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
		bench_queue_on(&b);
		for (unsigned index = 0; index < 16; index++) {
			interrupt_entry(&b, index, 0x20000310001, 0);
			assert_int_equal(interrupt_send(&b, SID, 0xfee00010 | index << 5, 0).interrupt.vector, 0x31);
			interrupt_entry(&b, index, 0x20000320001, 0);
		}
		bench_submit(&b, rows[i].descriptor, 0);
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_IQERCD, 8), 0);
		for (unsigned index = 0; index < 16; index++) {
			bool gone = index >= rows[i].first && index <= rows[i].last;
			if (interrupt_send(&b, SID, 0xfee00010 | index << 5, 0).interrupt.vector !=
			    (gone ? 0x32 : 0x31))
				fail_msg("row %zu: index %u", i, index);
		}
		bench_submit(&b, UINT64_C(0x0000000580000014), 0); /* IM 16 */
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_IQERCD, 8), 4);
		bench_teardown(&b);
	}
}

/* The least recently used entry of a set goes: a fifth index of a set of four. */
static void test_interrupt_cache_evicts_the_oldest_of_a_set(void **state)
{
	(void)state;
	struct bench b;
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
	for (unsigned i = 0; i < 5; i++)
		interrupt_entry(&b, i * 8, 0x20000310001, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_false(interrupt_send(&b, SID, 0xfee00010 | i << 8, 0).from_cache);
	assert_true(interrupt_send(&b, SID, 0xfee00010, 0).from_cache);
	assert_false(interrupt_send(&b, SID, 0xfee00010 | 4 << 8, 0).from_cache);
	assert_true(interrupt_send(&b, SID, 0xfee00010, 0).from_cache);
	assert_false(interrupt_send(&b, SID, 0xfee00010 | 1 << 8, 0).from_cache);
	bench_teardown(&b);
}

/* 11.4.10, 6.7: IRTA takes effect with SIRTP, which empties the cache with ESIRTPS; so does turning IRE off. */
static void test_interrupt_table_is_set_by_sirtp(void **state)
{
	(void)state;
	for (unsigned enhanced = 0; enhanced < 2; enhanced++) {
		struct bench b;
		interrupt_setup(&b, INTERRUPT_CAP | (enhanced ? CAP_ESIRTPS : 0), INTERRUPT_ECAP, INTERRUPT_TABLE | 7,
				0);
		interrupt_entry(&b, 5, 0x20000310001, 0);
		interrupt_entry(&b, 0x105, 0x20000320001, 0); /* entry 5 of the table after it */
		assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.vector, 0x31);
		bench_set(&b, REG_IRTA, 8, (INTERRUPT_TABLE + 0x1000) | 7);
		assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.vector, 0x31);
		assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x03000000);
		bench_set(&b, REG_GCMD, 4, GCMD_SIRTP | GCMD_IRE);
		assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x02000000); /* under way */
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x03000000);
		assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.vector, enhanced ? 0x32 : 0x31);
		interrupt_entry(&b, 0x105, 0x20000330001, 0);
		bench_command(&b, 0);
		assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x01000000);
		bench_command(&b, GCMD_IRE);
		assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.vector, enhanced ? 0x33 : 0x31);
		bench_teardown(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupt_entry_is_cached_until_it_is_invalidated),
		cmocka_unit_test(test_interrupt_fault_is_cached_with_caching_mode_alone),
		cmocka_unit_test(test_interrupt_entries_are_invalidated_by_index),
		cmocka_unit_test(test_interrupt_cache_evicts_the_oldest_of_a_set),
		cmocka_unit_test(test_interrupt_table_is_set_by_sirtp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
