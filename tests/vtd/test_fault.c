/* SPDX-License-Identifier: MIT */
/* Primary fault logging: records, overflow, the index, FPD, and the fault event: 7.2.1, 7.3, 11.4.7. */
#include "hw/vtd/engine.h"

#include "vtd_test.h"

static uint64_t low(struct bench *b, unsigned record)
{
	return bench_get(b, REG_FRCD + 16 * record, 8);
}

static uint64_t high(struct bench *b, unsigned record)
{
	return bench_get(b, REG_FRCD + 16 * record + 8, 8);
}

static void clear(struct bench *b, unsigned record)
{
	bench_set(b, REG_FRCD + 16 * record + 12, 4, 0x80000000);
}

/* 11.4.7.6: F, T1 and T2, AT where device-TLBs are supported, FR, SID, FI. */
static void test_fault_record_has_the_golden_words(void **state)
{
	(void)state;
	static const struct {
		uint64_t ecap, iova;
		unsigned op, at;
		uint64_t low, high;
	} rows[] = {
		{BENCH_ECAP, UINT64_C(0x0000123456789abc), REQUEST_READ, 0, UINT64_C(0x0000123456789000),
		 UINT64_C(0xc000000600000120)},
		{BENCH_ECAP, 0x5ffc, REQUEST_WRITE, 0, 0x5000, UINT64_C(0x8000000500000120)},
		{BENCH_ECAP, 0x5000, REQUEST_ATOMIC, 0, 0x5000, UINT64_C(0xc000000510000120)},
		{BENCH_ECAP | ECAP_DT, 0x5000, REQUEST_READ, AT_TRANSLATION_REQUEST, 0x5000,
		 UINT64_C(0xd000000d00000120)},
		{BENCH_ECAP | ECAP_DT, 0x5000, REQUEST_WRITE, AT_TRANSLATED, 0x5000, UINT64_C(0xa000000d00000120)},
		{BENCH_ECAP, 0x5000, REQUEST_READ, AT_TRANSLATED, 0x5000, UINT64_C(0xc000000d00000120)},
		/* Bits at and above the largest address width, 48, are not kept. */
		{BENCH_ECAP, UINT64_C(0xfff1123456789abc), REQUEST_READ, 0, UINT64_C(0x0000123456789000),
		 UINT64_C(0xc000000400000120)},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct iommu_config config = {.id = {0, rows[i].ecap}};
		bench_setup_on(&b, &config);
		struct request request = bench_request(SID, rows[i].iova, rows[i].op);
		request.at = (uint8_t)rows[i].at;
		struct translation out = bench_translate(&b, &request);
		assert_int_equal(out.result, TRANSLATE_FAULT);
		assert_true(out.recorded);
		assert_false(out.overflow);
		if (low(&b, 0) != rows[i].low || high(&b, 0) != rows[i].high)
			fail_msg("row %zu: %#lx %#lx", i, (unsigned long)low(&b, 0), (unsigned long)high(&b, 0));
		assert_true(out.record[0] == rows[i].low && out.record[1] == rows[i].high);
		assert_int_equal(bench_get(&b, REG_FSTS, 4), 2);
		assert_int_equal(bench_effects(&b, EFFECT_FAULT), 1);
		assert_true(bench_effect(&b, EFFECT_FAULT)->address == rows[i].iova);
		assert_int_equal(bench_effect(&b, EFFECT_FAULT)->value, out.fault);
		bench_teardown(&b);
	}
}

/* 7.2.1: two records (NFR 1). */
static void test_fault_records_are_used_in_turn_until_they_overflow(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_read(&b, 0x1000);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x002);
	bench_read(&b, 0x2000);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x002); /* FRI: the first one */
	assert_int_equal(low(&b, 1), 0x2000);
	struct translation out = bench_read(&b, 0x3000);
	assert_faults(out, 6);
	assert_true(out.overflow);
	assert_false(out.recorded);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x003);
	assert_int_equal(low(&b, 0), 0x1000);

	/* While PFO is set nothing is recorded, even when there is room. */
	clear(&b, 0);
	clear(&b, 1);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x001);
	out = bench_read(&b, 0x4000);
	assert_true(out.overflow);
	assert_int_equal(high(&b, 0) >> 63, 0);
	bench_set(&b, REG_FSTS, 4, 1);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	bench_read(&b, 0x5000);
	assert_int_equal(low(&b, 0), 0x5000);
	bench_read(&b, 0x6000);
	clear(&b, 0);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x002); /* record 1 is pending still */
	clear(&b, 1);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	bench_read(&b, 0x7000);
	clear(&b, 0);
	bench_read(&b, 0x8000); /* goes to record 1, and that is where FRI points */
	assert_int_equal(low(&b, 1), 0x8000);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x102);
	bench_teardown(&b);
}

static void test_fault_record_is_cleared_by_writing_one_to_f_alone(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_read(&b, 0x1000);
	uint64_t before = high(&b, 0);
	bench_set(&b, REG_FRCD, 8, UINT64_MAX);
	bench_set(&b, REG_FRCD + 8, 4, UINT64_MAX);
	bench_set(&b, REG_FRCD + 12, 4, 0x7fffffff);
	assert_true(high(&b, 0) == before);
	assert_int_equal(low(&b, 0), 0x1000);
	bench_set(&b, REG_FRCD + 8, 8, UINT64_C(0x8000000000000000));
	assert_true(high(&b, 0) == (before & ~(UINT64_C(1) << 63)));
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	bench_teardown(&b);
}

/* 7.2.1: the index starts again when nothing is translated. */
static void test_fault_index_starts_again_with_translation(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_read(&b, 0x1000);
	clear(&b, 0);
	bench_command(&b, 0);
	bench_command(&b, GCMD_TE);
	bench_read(&b, 0x2000);
	assert_int_equal(low(&b, 0), 0x2000);
	bench_teardown(&b);
}

/* Table 30, column "Qualified"; 9.3: FPD counts in an entry that is not present too. */
static void test_fault_is_not_recorded_with_fpd_where_it_is_qualified(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.no_cache = true};
	bench_setup_on(&b, &config);
	bench_map(&b, 0x5000, 0x6001);
	bench_map(&b, 0x6000, UINT64_C(0x4000000000006003));
	bench_map(&b, 0x7000, 0xfee00003);
	static const struct {
		uint64_t low, high, iova;
		unsigned reason;
	} rows[] = {
		{2, 0, 0x5000, 2},
		{TOP_TABLE | 0x13, 0x1202, 0x5000, 11},
		{TOP_TABLE | 3, 0x1207, 0x5000, 3},
		{UINT64_C(0x200000000003), 0x1202, 0x5000, 3},
		{TOP_TABLE | 3, 0x1202, UINT64_C(0x1000000000000), 4},
		{TOP_TABLE | 3, 0x1202, 0x5000, 5},
		{TOP_TABLE | 3, 0x1202, 0x6000, 12},
		{TOP_TABLE | 3, 0x1202, 0x7000, 14},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bench_context(&b, SID, rows[i].low, rows[i].high);
		struct translation out = bench_write(&b, rows[i].iova);
		assert_faults(out, rows[i].reason);
		assert_false(out.recorded || out.overflow);
		assert_true(out.record[1] == 0);
	}
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	assert_int_equal(bench_effects(&b, EFFECT_FAULT), 0);
	/* The root entry's faults are not qualified, and it has no FPD. */
	bench_put(&b, bench_root_entry(SID), CONTEXT_TABLES | 3);
	struct translation out = bench_write(&b, 0x5000);
	assert_faults(out, 10);
	assert_true(out.recorded);
	bench_teardown(&b);
}

static void test_fault_of_a_cached_page_remembers_fpd(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_context(&b, SID, TOP_TABLE | 3, 0x1202);
	bench_map(&b, 0x5000, 0x6001);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	struct translation out = bench_write(&b, 0x5000);
	assert_faults(out, 5);
	assert_true(out.from_cache);
	assert_false(out.recorded);
	bench_teardown(&b);
}

/* 7.3, 11.4.7.2 */
static void test_fault_event_is_sent_once_until_it_is_serviced(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	const struct vtd *unit = vtd_of(b.iommu);
	bench_read(&b, 0x1000);
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0xc0000000); /* masked: pending */
	assert_int_equal(unit->messages->fault_events, 0);
	bench_set(&b, REG_FECTL, 4, 0);
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0);
	assert_int_equal(unit->messages->fault_events, 1);
	bench_read(&b, 0x2000); /* PPF is set already */
	bench_read(&b, 0x3000); /* overflow is no event of its own */
	assert_int_equal(unit->messages->fault_events, 1);
	clear(&b, 0);
	clear(&b, 1);
	bench_set(&b, REG_FSTS, 4, 1);
	bench_read(&b, 0x4000);
	assert_int_equal(unit->messages->fault_events, 2);
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0);

	/* Serviced while it is pending: it is gone. */
	bench_set(&b, REG_FECTL, 4, 0x80000000);
	clear(&b, 0);
	bench_read(&b, 0x5000);
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0xc0000000);
	clear(&b, 1);
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0x80000000);
	bench_set(&b, REG_FECTL, 4, 0);
	assert_int_equal(unit->messages->fault_events, 2);
	bench_teardown(&b);
}

static void test_fault_status_bits_of_absent_features_are_not_there(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	assert_true(vtd_ops.load_register(b.iommu, REG_FSTS, 4, 0x70));
	bench_set(&b, REG_FSTS, 4, 0xffffffff);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x60); /* without DT, ITE and ICE are not software's to clear */
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_record_has_the_golden_words),
		cmocka_unit_test(test_fault_records_are_used_in_turn_until_they_overflow),
		cmocka_unit_test(test_fault_record_is_cleared_by_writing_one_to_f_alone),
		cmocka_unit_test(test_fault_index_starts_again_with_translation),
		cmocka_unit_test(test_fault_is_not_recorded_with_fpd_where_it_is_qualified),
		cmocka_unit_test(test_fault_of_a_cached_page_remembers_fpd),
		cmocka_unit_test(test_fault_event_is_sent_once_until_it_is_serviced),
		cmocka_unit_test(test_fault_status_bits_of_absent_features_are_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
