/* SPDX-License-Identifier: MIT */
/* CMD_ATC_INV: what devices are sent, what a CMD_SYNC waits for, devices that do not answer (3.9.1.4, 4.5.1, 7.1). */
#include "ats_test.h"

#define ATC_INV      (UINT64_C(5) << 32 | 0x40) /* SID 5 */
#define ATC_SSV      UINT64_C(0x800)
#define ATC_GLOBAL   UINT64_C(0x200)
#define ATC_SSID(id) ((uint64_t)(id) << 12)
#define SYNC         UINT64_C(0x46)
#define ALL          UINT64_MAX

static void complete(struct ats_bench *bench, uint32_t stream, uint32_t itags)
{
	bench->unit.iommu->ops->invalidate_completed(bench->unit.iommu, stream, itags);
	bench_settle(&bench->unit);
}

static uint64_t consumed(struct ats_bench *bench)
{
	return bench_get(&bench->unit, REG_CMDQ_CONS, 4);
}

struct span_case {
	const char *section;
	uint64_t word0, word1, first, last;
	uint32_t pasid;
	bool global;
};

static void test_invalidation_covers_the_aligned_span(void **state)
{
	/* clang-format off */
	static const struct span_case rows[] = {
		{"4.5.1 a page", ATC_INV, 0x5000, 0x5000, 0x5fff, PASID_NONE, false},
		{"4.5.1 Size 1: aligned", ATC_INV, 0x5001, 0x4000, 0x5fff, PASID_NONE, false},
		{"4.5.1 Size 9", ATC_INV, 0x7ff009, 0x600000, 0x7fffff, PASID_NONE, false},
		{"4.5.1 Size 51", ATC_INV, UINT64_C(0x8000000000005033), UINT64_C(1) << 63, ALL, PASID_NONE, false},
		{"4.5.1 Size 52: everything", ATC_INV, UINT64_C(0x8000000000005034), 0, ALL, PASID_NONE, false},
		{"4.5.1 SSV", ATC_INV | ATC_SSV | ATC_SSID(3), 0x34, 0, ALL, 3, false},
		{"4.5.1 Global", ATC_INV | ATC_SSV | ATC_SSID(3) | ATC_GLOBAL, 0x34, 0, ALL, 3, true},
		{"4.5.1 Global without SSV", ATC_INV | ATC_SSID(3) | ATC_GLOBAL, 0x34, 0, ALL, PASID_NONE, false},
		{"4.5.1 all bits of the address", ATC_INV, UINT64_C(0xfffffffffffff000), UINT64_C(0xfffffffffffff000), ALL, PASID_NONE, false},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ats_bench bench;
		ats_setup(&bench, IDS_ATS);
		bench_command(&bench.unit, rows[i].word0, rows[i].word1);
		assert_int_equal(bench.invalidation_count, 1);
		const struct ats_invalidation *sent = &bench.invalidations[0];
		if (sent->first != rows[i].first || sent->last != rows[i].last || sent->pasid != rows[i].pasid ||
		    sent->global != rows[i].global || sent->stream != SID || sent->itag != 0)
			fail_msg("%s: [0x%llx, 0x%llx] pasid %x", rows[i].section, (unsigned long long)sent->first,
				 (unsigned long long)sent->last, sent->pasid);
		complete(&bench, SID, 1);
		const struct effect *effect = &bench.unit.effects[0];
		while (effect->kind != EFFECT_COMPLETE)
			effect++;
		assert_int_equal(effect->scope.what, INVALIDATED_DEVTLB);
		assert_int_equal(effect->scope.stream, SID);
		assert_int_equal(effect->scope.one_pasid, !sent->global);
		assert_int_equal(effect->scope.pasid, sent->pasid);
		assert_int_equal(effect->scope.all_addresses, sent->first == 0 && sent->last == ALL);
		assert_true(effect->scope.first == sent->first && effect->scope.last == sent->last);
		ats_teardown(&bench);
	}
}

static void test_sync_waits_for_the_devices(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_submit(&bench.unit, ATC_INV, 0x34);
	bench_submit(&bench.unit, (ATC_INV & 0xff) | UINT64_C(6) << 32, 0x34);
	bench_command(&bench.unit, 0x30, 0);
	assert_int_equal(bench.invalidation_count, 2);
	assert_int_equal(consumed(&bench), 3);
	complete(&bench, SID, 1);
	assert_int_equal(consumed(&bench), 3);
	complete(&bench, SID, 1); /* nobody waits for it */
	complete(&bench, 6, 2);
	complete(&bench, 7, 1);
	assert_int_equal(consumed(&bench), 3);
	complete(&bench, 6, 1);
	assert_int_equal(consumed(&bench), 4);
	assert_false(bench.unit.iommu->ops->invalidate_timed_out(bench.unit.iommu));
	ats_teardown(&bench);
}

/* 7.1: once; what is repeated then has nothing to wait for. */
static void test_sync_fails_after_a_time_out_and_can_be_repeated(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_command(&bench.unit, ATC_INV, 0x34);
	assert_int_equal(consumed(&bench), 1);
	assert_true(bench.unit.iommu->ops->invalidate_timed_out(bench.unit.iommu));
	bench_settle(&bench.unit);
	assert_int_equal(consumed(&bench), 0x03000001);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 1);
	complete(&bench, SID, 1); /* too late */
	assert_int_equal(consumed(&bench), 0x03000001);
	bench_set(&bench.unit, REG_GERRORN, 4, 1);
	assert_int_equal(consumed(&bench) & 0xfffff, 2);
	bench_command(&bench.unit, 0x30, 0);
	assert_int_equal(consumed(&bench) & 0xfffff, 4);
	ats_teardown(&bench);
}

/* PCIe 10.3.1: 32 ITags; others and later commands go on meanwhile (4.8). */
static void test_device_is_sent_no_more_than_its_tags(void **state)
{
	struct ats_bench bench;
	uint32_t tags = 0;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	for (unsigned i = 0; i < 33; i++) {
		bench_submit(&bench.unit, ATC_INV, 0x5000);
		bench_settle(&bench.unit);
	}
	assert_int_equal(bench.invalidation_count, 32);
	for (unsigned i = 0; i < 32; i++)
		tags |= UINT32_C(1) << bench.invalidations[i].itag;
	assert_int_equal(tags, UINT32_MAX);
	bench_submit(&bench.unit, (ATC_INV & 0xff) | UINT64_C(6) << 32, 0x5000);
	bench_settle(&bench.unit);
	assert_int_equal(bench.invalidation_count, 33);
	assert_int_equal(bench.invalidations[32].stream, 6);
	complete(&bench, SID, UINT32_C(1) << 9);
	assert_int_equal(bench.invalidation_count, 34);
	assert_int_equal(bench.invalidations[33].itag, 9);
	ats_teardown(&bench);
}

static void test_invalidation_of_a_disabled_unit_is_ignored(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_set(&bench.unit, REG_CR0, 4, 0xc);
	bench_command(&bench.unit, ATC_INV, 0x34);
	assert_int_equal(bench.invalidation_count, 0);
	assert_int_equal(consumed(&bench), 2);
	ats_teardown(&bench);
}

static void test_invalidation_where_nobody_listens_is_over_at_once(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench.unit.iommu->outlet = NULL;
	bench_command(&bench.unit, ATC_INV, 0x34);
	assert_int_equal(consumed(&bench), 2);
	assert_int_equal(bench.invalidation_count, 0);
	ats_teardown(&bench);
}

static void test_command_that_is_illegal_is_an_error(void **state)
{
	/* 4.5.1, 4.1.6, 4.5.2, 4.7.1: SSec; Size beyond everything; Resp 3; without ATS, PRI, stalls */
	static const struct {
		uint64_t word0, word1;
		bool plain; /* a unit that has none of it */
	} rows[] = {
		{ATC_INV | 0x400, 0x34, false}, {ATC_INV, 0x35, false},   {ATC_INV, 0x3f, false},
		{ATC_INV, 0x34, true},          {0x41, 0x3000, false},    {0x41 | 0x400, 0x2000, false},
		{0x41, 0x2000, true},           {0x44 | 0x400, 0, false}, {0x44, 0, true},
		{0x45 | 0x400, 0, false},       {0x45, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ats_bench bench;
		ats_setup(&bench, rows[i].plain ? (struct ats_ids){0} : IDS_ATS);
		bench_command(&bench.unit, rows[i].word0, rows[i].word1);
		if (consumed(&bench) != 0x01000000)
			fail_msg("row %zu", i);
		ats_teardown(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invalidation_covers_the_aligned_span),
		cmocka_unit_test(test_sync_waits_for_the_devices),
		cmocka_unit_test(test_sync_fails_after_a_time_out_and_can_be_repeated),
		cmocka_unit_test(test_device_is_sent_no_more_than_its_tags),
		cmocka_unit_test(test_invalidation_of_a_disabled_unit_is_ignored),
		cmocka_unit_test(test_invalidation_where_nobody_listens_is_over_at_once),
		cmocka_unit_test(test_command_that_is_illegal_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
