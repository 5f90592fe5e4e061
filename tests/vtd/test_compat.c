/* SPDX-License-Identifier: MIT */
/* compat_qemu: each deviation of QEMU's emulated unit, beside the specification's answer. */
#include "vtd_test.h"

#define ECAP_SMTS (UINT64_C(1) << 43)

static void setup(struct bench *b, bool qemu, uint64_t ecap, bool no_cache)
{
	struct iommu_config config = {
		.id = {BENCH_CAP & ~(UINT64_C(0xff) << 40), ecap}, .compat_qemu = qemu, .no_cache = no_cache};
	bench_setup_on(b, &config);
	bench_queue_on(b);
}

static void test_compat_pass_through_has_no_width(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		struct bench b;
		setup(&b, qemu, 0, true);
		bench_context(&b, SID, 9, 0x1202);
		assert_int_equal(bench_read(&b, UINT64_C(0x400000000000)).fault, qemu ? 0 : 4);
		bench_context(&b, SID, 9, 0x1201);
		assert_int_equal(bench_read(&b, 0x5000).fault, qemu ? 0 : 3);
		bench_context(&b, SID, 9, 0x1203);
		assert_int_equal(bench_read(&b, 0x5000).fault, 3);
		bench_teardown(&b);
	}
}

static void test_compat_rights_are_checked_entry_by_entry(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		struct bench b;
		setup(&b, qemu, 0, true);
		bench_map(&b, 0x5000, UINT64_C(0x0008000000006003));
		uint64_t top = bench_entry(&b, TOP_TABLE, 4, 0x5000, 4);
		bench_put(&b, top, (bench_word(&b, top) & ~UINT64_C(2)) | UINT64_C(1) << 62);
		assert_int_equal(bench_write(&b, 0x5000).fault, qemu ? 5 : 12);
		assert_int_equal(bench_read(&b, 0x5000).fault, 12);
		bench_teardown(&b);
	}
}

static void test_compat_translation_table_mode_is_ignored(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		struct bench b;
		setup(&b, qemu, 0, false);
		bench_map(&b, 0x5000, 0x6003);
		bench_set(&b, REG_RTADDR, 8, ROOT_TABLE | 0x400);
		bench_command(&b, GCMD_TE | GCMD_SRTP | GCMD_QIE);
		assert_int_equal(bench_read(&b, 0x5000).fault, qemu ? 0 : 0x30);
		bench_submit(&b, 0x12, 0);
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_FSTS, 4) & 0x10, qemu ? 0 : 0x10);
		bench_teardown(&b);
	}
}

static void test_compat_fault_on_cached_rights_is_silent(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		struct bench b;
		setup(&b, qemu, 0, false);
		bench_map(&b, 0x5000, 0x6001);
		assert_goes_to(bench_read(&b, 0x5000), 0x6000);
		struct translation out = bench_write(&b, 0x5000);
		assert_faults(out, 5);
		assert_int_equal(out.recorded, !qemu);
		bench_teardown(&b);
	}
}

static void test_compat_interrupt_range(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		struct bench b;
		setup(&b, qemu, BENCH_ECAP | ECAP_SMTS, true);
		bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0xfee00083);
		bench_map(&b, 0x5000, 0xfee00003);
		assert_int_equal(bench_read(&b, 0x40100000).fault, qemu ? 0x87 : 0);
		assert_int_equal(bench_read(&b, 0x5000).fault, qemu ? 0x87 : 14);
		struct request request = bench_request(SID, 0xfee00000, REQUEST_READ);
		assert_int_equal(bench_translate(&b, &request).result, qemu ? TRANSLATE_INTERRUPT : TRANSLATE_FAULT);
		bench_teardown(&b);

		setup(&b, qemu, 0, true);
		bench_map(&b, 0x5000, 0xfee00003);
		assert_int_equal(bench_read(&b, 0x5000).fault, 14); /* 87h comes with scalable mode */
		bench_teardown(&b);
	}
}

static void test_compat_snoop_bit_is_accepted_with_scalable_mode(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		for (unsigned scalable = 0; scalable < 2; scalable++) {
			struct bench b;
			uint64_t ecap = BENCH_ECAP & ~UINT64_C(0x80);
			setup(&b, qemu, scalable ? ecap | ECAP_SMTS : ecap, true);
			bench_map(&b, 0x5000, 0x6803);
			assert_int_equal(bench_read(&b, 0x5000).fault, qemu && scalable ? 0 : 12);
			bench_teardown(&b);
		}
	}
}

static void test_compat_records_collapse_and_hold_whole_addresses(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		struct bench b;
		setup(&b, qemu, 0, true);
		struct translation out = bench_read(&b, UINT64_C(0x0001000000005000));
		assert_true(out.record[0] == (qemu ? UINT64_C(0x0001000000005000) : 0x5000));
		assert_true(out.record[1] == (qemu ? UINT64_C(0xc0ffff0400000120) : UINT64_C(0xc000000400000120)));
		out = bench_read(&b, 0x5000);
		assert_faults(out, 6);
		assert_int_equal(out.overflow, !qemu);
		assert_int_equal(bench_get(&b, REG_FSTS, 4), qemu ? 2 : 3);
		struct request other = bench_request(0x0330, 0x5000, REQUEST_READ);
		assert_int_equal(bench_translate(&b, &other).overflow, true);
		bench_teardown(&b);
	}
}

static void test_compat_context_invalidation_is_coarse(void **state)
{
	(void)state;
	static const struct {
		uint64_t descriptor;
		bool specified, qemu; /* whether the entry of SID, domain 12h, goes */
	} rows[] = {
		{0x130021, false, true},
		{UINT64_C(0x0000012000130031), false, true},
		{UINT64_C(0x0000012100120031), false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned qemu = 0; qemu < 2; qemu++) {
			struct bench b;
			setup(&b, qemu, 0, false);
			bench_map(&b, 0x5000, 0x6003);
			bench_map(&b, 0x7000, 0x8003);
			assert_goes_to(bench_read(&b, 0x5000), 0x6000);
			bench_context(&b, SID, 9, 0x1202);
			bench_submit(&b, rows[i].descriptor, 0);
			bench_settle(&b);
			bool gone = qemu ? rows[i].qemu : rows[i].specified;
			assert_goes_to(bench_read(&b, 0x7000), gone ? 0x7000 : 0x8000);
			bench_teardown(&b);
		}
	}
}

static void test_compat_queue_waits_for_the_tail_after_an_error(void **state)
{
	(void)state;
	for (unsigned qemu = 0; qemu < 2; qemu++) {
		struct bench b;
		setup(&b, qemu, 0, false);
		bench_submit(&b, 0xf, 0);
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x10);
		assert_int_equal(bench_get(&b, REG_IQERCD, 8), qemu ? 0 : 3);
		bench_put(&b, QUEUE, 0x12);
		bench_set(&b, REG_FSTS, 4, 0x10);
		assert_int_equal(vtd_ops.advance(b.iommu), !qemu);
		bench_set(&b, REG_IQT, 8, b.tail);
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_IQH, 8), 0x10);
		bench_teardown(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compat_pass_through_has_no_width),
		cmocka_unit_test(test_compat_rights_are_checked_entry_by_entry),
		cmocka_unit_test(test_compat_translation_table_mode_is_ignored),
		cmocka_unit_test(test_compat_fault_on_cached_rights_is_silent),
		cmocka_unit_test(test_compat_interrupt_range),
		cmocka_unit_test(test_compat_snoop_bit_is_accepted_with_scalable_mode),
		cmocka_unit_test(test_compat_records_collapse_and_hold_whole_addresses),
		cmocka_unit_test(test_compat_context_invalidation_is_coarse),
		cmocka_unit_test(test_compat_queue_waits_for_the_tail_after_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
