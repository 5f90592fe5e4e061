/* SPDX-License-Identifier: MIT */
/* The memo of an STE and of a CD: any other word is another entry. */
#include "hw/smmuv3/memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void derive_default(struct smmu_rules *rules)
{
	const uint64_t none[SMMU_ID_WORDS] = {0};
	struct smmu_ids ids;

	smmu_ids_of(&ids, none, 44, &(struct smmu_wishes){0});
	smmu_rules_derive(rules, &ids, 0);
}

static void test_memo_each_bit_of_ste_is_another_entry(void **state)
{
	/* 5.2: V, Config 7; S2T0SZ 24, S2SL0 1, S2PS 4, S2AA64; S2TTB */
	const uint64_t good[4] = {UINT64_C(0x10000f), 0, UINT64_C(0x000c005800000001), UINT64_C(0x200000)};
	struct smmu_rules rules;

	(void)state;
	derive_default(&rules);
	for (unsigned bit = 0; bit < 256; bit++) {
		struct smmu_memo memo = {0}, fresh = {0};
		uint64_t ste[4] = {good[0], good[1], good[2], good[3]};
		assert_true(smmu_stream_memo(&rules, &memo, good)->good);
		ste[bit / 64] ^= UINT64_C(1) << bit % 64;
		const struct smmu_stream_memo *got = smmu_stream_memo(&rules, &memo, ste);
		const struct smmu_stream_memo *expected = smmu_stream_memo(&rules, &fresh, ste);
		assert_memory_equal(got->ste, ste, sizeof(ste));
		assert_int_equal(got->good, expected->good);
		assert_true(got->second.base == expected->second.base);
	}
}

static void test_memo_each_bit_of_cd_is_another_entry(void **state)
{
	/* 5.4: T0SZ 16, EPD1, V, IPS 4, AA64, R, A, ASID 1; TTB0 */
	const uint64_t good[3] = {UINT64_C(0x00016204c0000010), UINT64_C(0x300000), 0};
	struct smmu_rules rules;

	(void)state;
	derive_default(&rules);
	for (unsigned bit = 0; bit < 192; bit++) {
		struct smmu_memo memo = {0}, fresh = {0};
		uint64_t cd[3] = {good[0], good[1], good[2]};
		assert_true(smmu_context_memo(&rules, &memo, good, false)->good);
		cd[bit / 64] ^= UINT64_C(1) << bit % 64;
		const struct smmu_context_memo *got = smmu_context_memo(&rules, &memo, cd, false);
		const struct smmu_context_memo *expected = smmu_context_memo(&rules, &fresh, cd, false);
		assert_memory_equal(got->cd, cd, sizeof(cd));
		assert_int_equal(got->good, expected->good);
		assert_true(got->half[0].base == expected->half[0].base);
	}
}

/* Nothing derived yet is as if from zeros, which are not valid (5.2 V, 5.4 V). */
static void test_memo_of_zeros_is_bad(void **state)
{
	const uint64_t zeros[4] = {0};
	struct smmu_memo memo = {0};
	struct smmu_rules rules;

	(void)state;
	derive_default(&rules);
	assert_false(smmu_stream_memo(&rules, &memo, zeros)->good);
	assert_false(smmu_context_memo(&rules, &memo, zeros, false)->good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memo_each_bit_of_ste_is_another_entry),
		cmocka_unit_test(test_memo_each_bit_of_cd_is_another_entry),
		cmocka_unit_test(test_memo_of_zeros_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
