/* SPDX-License-Identifier: MIT */
/* Events word by word (7.3), the event queue and global errors (7.2, 7.4, 7.5), the command queue (4.1, 4.8, 7.1). */
#include "smmu_test.h"

#define VA UINT64_C(0x5678)

static void expect_record(struct bench *bench, unsigned slot, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	const uint64_t words[4] = {w0, w1, w2, w3};

	for (unsigned i = 0; i < 4; i++) {
		uint64_t word = 0;
		assert_true(memory_read64(bench->memory, EVENTS + 32 * slot + 8 * i, &word));
		assert_true(word == words[i]);
	}
}

static void test_event_stage1_translation_has_input_and_class_in(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_READ), 0x10);
	/* SID 5; RnW bit 99, CLASS IN bits 105:104 */
	expect_record(&bench, 0, UINT64_C(0x0000000500000010), UINT64_C(0x0000020800000000), VA, 0);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_WRITE), 0x10);
	expect_record(&bench, 1, UINT64_C(0x0000000500000010), UINT64_C(0x0000020000000000), VA, 0);
	assert_int_equal(bench_get(&bench, REG_EVENTQ_PROD, 4), 2);
	bench_teardown(&bench);
}

static void test_event_stage2_fault_has_ipa_and_class_of_its_cause(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_ste(&bench, SID, STE_NESTED | CD, 0, STE_WORD2, TABLE2);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_READ), 0x10);
	/* S2 bit 103, CLASS CD; the IPA is that of the CD */
	expect_record(&bench, 0, UINT64_C(0x0000000500000010), UINT64_C(0x0000008800000000), VA, CD);
	bench_map2(&bench, CD, (CD & ~UINT64_C(0xfff)) | S2_PAGE);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_READ), 0x10);
	/* CLASS TT; the level 1 descriptor lies in the first frame of the table */
	expect_record(&bench, 1, UINT64_C(0x0000000500000010), UINT64_C(0x0000018800000000), VA, TABLE1);
	for (unsigned i = 0; i < 3; i++)
		bench_map2(&bench, TABLE1 + i * 0x1000, (TABLE1 + i * 0x1000) | (S2_PAGE & ~(i == 2 ? 0x40u : 0u)));
	bench_map1(&bench, VA, 0x700000 | S1_PAGE);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_WRITE), 0x13);
	/* F_PERMISSION, CLASS TT, of a write: TTRnW bit 108 says that reading the table was not allowed */
	expect_record(&bench, 2, UINT64_C(0x0000000500000013), UINT64_C(0x0000118000000000), VA, TABLE1 + 0x2000);
	bench_map2(&bench, TABLE1 + 0x2000, (TABLE1 + 0x2000) | S2_PAGE);
	bench_set(&bench, REG_EVENTQ_CONS, 4, 3);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_WRITE), 0x10);
	expect_record(&bench, 3, UINT64_C(0x0000000500000010), UINT64_C(0x0000028000000000), VA, 0x700000);
	bench_map2(&bench, 0x700000, 0x800000 | S2_PAGE);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_WRITE), 0x800678);
	bench_teardown(&bench);
}

static void test_event_flags_of_cd_and_ste_silence_only_translation_faults(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_cd(&bench, CD, (CD_WORD & ~(UINT64_C(1) << 45)) | UINT64_C(7) << 48, TABLE1); /* R */
	struct translation out = bench_ask(&bench, SID, VA, REQUEST_READ);
	assert_int_equal(out.fault, 0x10);
	assert_false(out.recorded);
	bench_put(&bench, TABLE1, UINT64_C(0x2000000) | 3); /* no memory there */
	out = bench_ask(&bench, SID, VA, REQUEST_READ);
	assert_int_equal(out.fault, 0x0b);
	assert_true(out.recorded && out.lost);
	/* FetchAddr of entry 0 of the next table, CLASS TT, S2 0 */
	expect_record(&bench, 0, UINT64_C(0x000000050000000b), UINT64_C(0x0000010800000000), VA, UINT64_C(0x2000000));
	bench_teardown(&bench);
}

static void test_event_queue_full_toggles_overflow_once(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	for (unsigned i = 0; i < 6; i++) {
		struct translation out = bench_ask(&bench, SID, VA, REQUEST_READ);
		assert_int_equal(out.recorded, i < 4);
		assert_int_equal(out.overflow, i >= 4);
	}
	assert_int_equal(bench_get(&bench, REG_EVENTQ_PROD, 4), 0x80000004);
	assert_int_equal(bench_get(&bench, REG_GERROR, 4), 0);
	bench_set(&bench, REG_EVENTQ_CONS, 4, 0x80000004);
	assert_true(bench_ask(&bench, SID, VA, REQUEST_READ).recorded);
	assert_int_equal(bench_get(&bench, REG_EVENTQ_PROD, 4), 0x80000005);
	bench_teardown(&bench);
}

static void test_event_queue_outside_memory_raises_global_error(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_set(&bench, REG_CR0, 4, 0x9);
	bench_set(&bench, REG_EVENTQ_BASE, 8, UINT64_C(0x2000000) | 2);
	bench_set(&bench, REG_CR0, 4, 0xd);
	assert_false(bench_ask(&bench, SID, VA, REQUEST_READ).recorded);
	assert_int_equal(bench_get(&bench, REG_GERROR, 4), 4);
	assert_int_equal(bench_get(&bench, REG_EVENTQ_PROD, 4), 0);
	bench_teardown(&bench);
}

static void test_command_that_is_illegal_stops_the_queue_until_acknowledged(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_command(&bench, 0x40, 0); /* ATC_INV without ATS */
	assert_int_equal(bench_get(&bench, REG_CMDQ_CONS, 4), 0x01000000);
	assert_int_equal(bench_get(&bench, REG_GERROR, 4), 1);
	bench_put(&bench, COMMANDS, 0x30);
	bench_set(&bench, REG_GERRORN, 4, 1);
	assert_int_equal(bench_get(&bench, REG_CMDQ_CONS, 4) & 0xfffff, 2);
	bench_teardown(&bench);
}

static void test_command_sync_is_consumed_after_what_is_ahead(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_submit(&bench, 0x10, 0);
	bench_submit(&bench, 0x46, 0);
	assert_true(bench.iommu->ops->advance(bench.iommu));
	assert_int_equal(bench_get(&bench, REG_CMDQ_CONS, 4), 1); /* consumed, not complete */
	assert_null(bench_effect(&bench, EFFECT_COMPLETE));
	assert_true(bench.iommu->ops->advance(bench.iommu));
	assert_int_equal(bench_get(&bench, REG_CMDQ_CONS, 4), 1);
	assert_non_null(bench_effect(&bench, EFFECT_COMPLETE));
	assert_true(bench.iommu->ops->advance(bench.iommu));
	assert_int_equal(bench_get(&bench, REG_CMDQ_CONS, 4), 2);
	assert_false(bench.iommu->ops->advance(bench.iommu));
	bench_teardown(&bench);
}

static void test_register_cr0_is_acknowledged_later_and_guards(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup(&bench, NULL);
	bench.iommu->ops->write_register(bench.iommu, REG_CR0, 4, 1);
	assert_int_equal(bench_get(&bench, REG_CR0ACK, 4), 0);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), VA);
	bench_settle(&bench);
	assert_int_equal(bench_get(&bench, REG_CR0ACK, 4), 1);
	bench_set(&bench, REG_STRTAB, 8, STREAM_TABLE);
	assert_true(bench_get(&bench, REG_STRTAB, 8) == 0);
	bench_teardown(&bench);
}

static void test_register_gbpa_aborts_after_its_update(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup(&bench, NULL);
	bench_set(&bench, REG_GBPA, 4, 0x100000);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), VA);
	assert_blocked(bench_ask(&bench, SID, UINT64_C(1) << 44, REQUEST_READ), 0);
	bench_set(&bench, REG_GBPA, 4, 0x80100000);
	assert_int_equal(bench_get(&bench, REG_GBPA, 4), 0x100000);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_READ), 0);
	bench_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_stage1_translation_has_input_and_class_in),
		cmocka_unit_test(test_event_stage2_fault_has_ipa_and_class_of_its_cause),
		cmocka_unit_test(test_event_flags_of_cd_and_ste_silence_only_translation_faults),
		cmocka_unit_test(test_event_queue_full_toggles_overflow_once),
		cmocka_unit_test(test_event_queue_outside_memory_raises_global_error),
		cmocka_unit_test(test_command_that_is_illegal_stops_the_queue_until_acknowledged),
		cmocka_unit_test(test_command_sync_is_consumed_after_what_is_ahead),
		cmocka_unit_test(test_register_cr0_is_acknowledged_later_and_guards),
		cmocka_unit_test(test_register_gbpa_aborts_after_its_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
