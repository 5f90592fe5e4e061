/* SPDX-License-Identifier: MIT */
/* What is kept and under which tag, what each command takes away, and what it must leave (3.17, 4.3, 4.4, 5.2.1). */
#include "smmu_test.h"

#include "hw/smmuv3/cache.h"

#define VA     UINT64_C(0x5000)
#define OLD    UINT64_C(0x800000)
#define NEW    UINT64_C(0x900000)
#define LEVEL0 UINT64_C(0x140000)
#define GLOBAL UINT64_C(0x443) /* S1_PAGE without nG */

#define CFGI_STE     UINT64_C(0x0000000500000003) /* SID 5 */
#define CFGI_CD      UINT64_C(0x0000000500000005) /* SID 5, SSID 0 */
#define CFGI_CD1     UINT64_C(0x0000000500001005) /* SID 5, SSID 1 */
#define NH_ALL       UINT64_C(0x10)
#define NH_ASID(id)  (UINT64_C(0x11) | (uint64_t)(id) << 48)
#define NH_VA(id)    (UINT64_C(0x12) | (uint64_t)(id) << 48)
#define NH_VAA       UINT64_C(0x13)
#define S12_VMALL(v) (UINT64_C(0x28) | (uint64_t)(v) << 32)
#define S2_IPA(v)    (UINT64_C(0x2a) | (uint64_t)(v) << 32)
#define NSNH_ALL     UINT64_C(0x30)
#define VMID(v)      ((uint64_t)(v) << 32)

/* The stream's page is cached, then memory says something else. */
static void cache_page(struct bench *bench, uint64_t attributes)
{
	bench_setup_on(bench, NULL);
	bench_map1(bench, VA, OLD | attributes);
	assert_goes_to(bench_ask(bench, SID, VA, REQUEST_READ), OLD);
	bench_map1(bench, VA, NEW | attributes);
	assert_goes_to(bench_ask(bench, SID, VA, REQUEST_READ), OLD);
}

static void expect_after(uint64_t attributes, uint64_t word0, uint64_t word1, uint64_t pa)
{
	struct bench bench;

	cache_page(&bench, attributes);
	bench_command(&bench, word0, word1);
	assert_int_equal(bench_get(&bench, REG_GERROR, 4), 0);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), pa);
	bench_teardown(&bench);
}

static void test_tlb_stage1_goes_by_asid_address_and_vmid(void **state)
{
	(void)state;
	expect_after(S1_PAGE, NH_ALL, 0, NEW);
	expect_after(S1_PAGE, NSNH_ALL, 0, NEW);
	expect_after(S1_PAGE, NH_ASID(7), 0, NEW);
	expect_after(S1_PAGE, NH_VA(7), VA, NEW);
	expect_after(S1_PAGE, NH_VA(7), VA | 1, NEW); /* Leaf */
	expect_after(S1_PAGE, NH_VAA, VA, NEW);
	expect_after(S1_PAGE, S12_VMALL(0), 0, NEW);
}

static void test_tlb_stage1_stays_for_other_tags(void **state)
{
	(void)state;
	expect_after(S1_PAGE, NH_ALL | VMID(1), 0, OLD);
	expect_after(S1_PAGE, NH_ASID(8), 0, OLD);
	expect_after(S1_PAGE, NH_ASID(7) | VMID(1), 0, OLD);
	expect_after(S1_PAGE, NH_VA(8), VA, OLD);
	expect_after(S1_PAGE, NH_VA(7), VA + 0x1000, OLD);
	expect_after(S1_PAGE, NH_VAA, VA + 0x1000, OLD);
	expect_after(S1_PAGE, NH_VAA | VMID(1), VA, OLD);
	expect_after(S1_PAGE, S12_VMALL(1), 0, OLD);
	expect_after(S1_PAGE, S2_IPA(0), VA, OLD);
	expect_after(S1_PAGE, CFGI_STE, 0, OLD);
	expect_after(S1_PAGE, CFGI_CD, 0, OLD);
	expect_after(S1_PAGE, UINT64_C(4), 31, OLD); /* CFGI_ALL */
}

static void test_tlb_global_page_stays_for_asid_and_goes_by_address(void **state)
{
	(void)state;
	expect_after(GLOBAL, NH_ASID(7), 0, OLD);
	expect_after(GLOBAL, NH_VA(8), VA, NEW);
	expect_after(GLOBAL, NH_ALL, 0, NEW);
}

/* 4.4.1.1: NUM [16:12], SCALE [24:20] of word 0; TTL [9:8], TG [11:10] of word 1. */
static void test_tlb_range_goes_by_range_granule_and_level(void **state)
{
	(void)state;
	expect_after(S1_PAGE, NH_VA(7) | 5 << 12, 0x400 | 0, NEW);       /* 6 pages of 4 KiB from 0 */
	expect_after(S1_PAGE, NH_VA(7) | 4 << 12, 0x400 | 0, OLD);       /* 5 pages: up to 0x5000 */
	expect_after(S1_PAGE, NH_VA(7) | 0 << 12 | 3 << 20, 0x400, NEW); /* 1 * 2^3 pages */
	expect_after(S1_PAGE, NH_VA(7) | 5 << 12, 0xc00, OLD);           /* 64 KiB granule */
	expect_after(S1_PAGE, NH_VA(7), 0x700 | VA, NEW);                /* level 3 */
	expect_after(S1_PAGE, NH_VA(7), 0x600 | VA, OLD);                /* level 2 */
}

static void test_tlb_global_page_serves_other_asids_of_the_vmid(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_ste(&bench, OTHER_SID, STE_S1 | OTHER_CD, 0, 0, 0);
	bench_cd(&bench, OTHER_CD, CD_WORD | UINT64_C(8) << 48, TABLE2);
	bench_map1(&bench, VA, OLD | GLOBAL);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	assert_goes_to(bench_ask(&bench, OTHER_SID, VA, REQUEST_READ), OLD);
	/* Not of another VMID. */
	bench_ste(&bench, OTHER_SID, STE_S1 | OTHER_CD, 0, 3, 0);
	bench_command(&bench, UINT64_C(0x0000000600000003), 0);
	assert_blocked(bench_ask(&bench, OTHER_SID, VA, REQUEST_READ), 0x10);
	bench_teardown(&bench);
}

static void test_tlb_page_of_another_asid_is_not_used(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_ste(&bench, OTHER_SID, STE_S1 | OTHER_CD, 0, 0, 0);
	bench_cd(&bench, OTHER_CD, CD_WORD | UINT64_C(8) << 48, TABLE2);
	bench_map1(&bench, VA, OLD | S1_PAGE);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	assert_blocked(bench_ask(&bench, OTHER_SID, VA, REQUEST_READ), 0x10);
	bench_teardown(&bench);
}

static void expect_stage2_after(uint64_t word0, uint64_t word1, uint64_t pa)
{
	struct bench bench;

	bench_setup_on(&bench, NULL);
	bench_ste(&bench, SID, STE_S2, 0, STE_WORD2, TABLE2);
	bench_map2(&bench, VA, OLD | S2_PAGE);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	bench_map2(&bench, VA, NEW | S2_PAGE);
	bench_command(&bench, word0, word1);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), pa);
	bench_teardown(&bench);
}

static void test_tlb_stage2_goes_by_vmid_and_ipa(void **state)
{
	(void)state;
	expect_stage2_after(S2_IPA(9), VA, NEW);
	expect_stage2_after(S12_VMALL(9), 0, NEW);
	expect_stage2_after(NSNH_ALL, 0, NEW);
	expect_stage2_after(S2_IPA(8), VA, OLD);
	expect_stage2_after(S2_IPA(9), VA + 0x1000, OLD);
	expect_stage2_after(S12_VMALL(8), 0, OLD);
	expect_stage2_after(NH_ALL | VMID(9), 0, OLD);
	expect_stage2_after(NH_VAA | VMID(9), VA, OLD);
}

/* SID has substreams 0 and 1 (S1CDMax 1, S1DSS 2): is the changed word of `pa` seen after the command? */
static bool is_seen_after(uint64_t word0, uint64_t word1, bool change_ste)
{
	struct bench bench;

	bench_setup_on(&bench, NULL);
	bench_map1(&bench, VA, OLD | S1_PAGE);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	if (change_ste)
		bench_ste(&bench, SID, 0, 0, 0, 0);
	else
		bench_put(&bench, CD, 0);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	bench_command(&bench, word0, word1);
	bool seen = bench_ask(&bench, SID, VA, REQUEST_READ).result == TRANSLATE_FAULT;
	bench_teardown(&bench);
	return seen;
}

static void test_config_is_served_until_its_own_command(void **state)
{
	(void)state;
	assert_true(is_seen_after(CFGI_STE, 1, true));
	assert_true(is_seen_after(UINT64_C(4), 31, true));
	assert_true(is_seen_after(UINT64_C(0x0000000400000004), 0, true)); /* range of 2 from 4 */
	assert_false(is_seen_after(UINT64_C(0x0000000600000004), 0, true));
	assert_false(is_seen_after(UINT64_C(0x0000000600000003), 1, true));
	assert_false(is_seen_after(CFGI_CD, 1, true));
	assert_false(is_seen_after(NSNH_ALL, 0, true));
	assert_true(is_seen_after(CFGI_CD, 1, false));
	assert_true(is_seen_after(UINT64_C(0x0000000500000006), 0, false)); /* CD_ALL */
	assert_true(is_seen_after(CFGI_STE, 1, false));
	assert_false(is_seen_after(CFGI_CD1, 1, false));
	assert_false(is_seen_after(NSNH_ALL, 0, false));
}

/* Of 48 bits of stage 1: a level 0 table at LEVEL0 leads to OLD, the next one to NEW. SID has the first; no TLB. */
#define FOUR_LEVELS ((CD_WORD & ~UINT64_C(0x3f)) | 16 | UINT64_C(7) << 48)
static void setup_four_levels(struct bench *bench)
{
	struct iommu_config config = {.no_translation_cache = true};

	bench_setup_on(bench, &config);
	bench_put(bench, LEVEL0, TABLE1 | 3);
	bench_put(bench, LEVEL0 + 0x1000, TABLE2 | 3);
	bench_cd(bench, CD, FOUR_LEVELS, LEVEL0);
	bench_map1(bench, VA, OLD | S1_PAGE);
	bench_map2(bench, VA, NEW | S1_PAGE);
}

static void test_tlb_off_serves_tables_from_memory(void **state)
{
	struct bench bench;

	(void)state;
	setup_four_levels(&bench);
	assert_int_equal(bench_ask(&bench, SID, VA, REQUEST_READ).reads, 2 + 4);
	for (unsigned i = 0; i < 2; i++) {
		bench_map1(&bench, VA, (i ? OLD : NEW) | S1_PAGE);
		struct translation out = bench_ask(&bench, SID, VA, REQUEST_READ);
		assert_goes_to(out, i ? OLD : NEW);
		assert_false(out.from_cache);
		assert_int_equal(out.reads, 4);
	}
	bench_put(&bench, CD, 0);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	bench_command(&bench, CFGI_CD, 1);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_READ), 0x0a);
	bench_teardown(&bench);
}

/* What was derived from a configuration goes with it, whoever takes it away. */
static void test_config_restored_is_the_one_that_was_cached(void **state)
{
	struct bench bench;

	(void)state;
	setup_four_levels(&bench);
	for (unsigned i = 0; i < 2; i++)
		assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	struct arena_snapshot *snapshot = arena_save(bench.arena);
	bench_cd(&bench, CD, FOUR_LEVELS, LEVEL0 + 0x1000);
	bench_command(&bench, CFGI_CD, 1);
	for (unsigned i = 0; i < 2; i++)
		assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), NEW);
	arena_restore(bench.arena, snapshot);
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	arena_snapshot_free(snapshot);
	bench_teardown(&bench);
}

/* 6.3.9.6, 6.3.24: what is cached serves an enabled unit alone, and the streams of its table. */
static void test_config_serves_streams_in_range_of_an_enabled_unit(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_map1(&bench, VA, OLD | S1_PAGE);
	uint64_t cr0 = bench_get(&bench, REG_CR0, 4);
	for (unsigned i = 0; i < 2; i++)
		assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	bench_set(&bench, REG_CR0, 4, cr0 & ~UINT64_C(1));
	assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), VA); /* GBPA.ABORT is 0 */
	bench_set(&bench, REG_CR0, 4, cr0);
	for (unsigned i = 0; i < 2; i++)
		assert_goes_to(bench_ask(&bench, SID, VA, REQUEST_READ), OLD);
	bench_set(&bench, REG_CR0, 4, cr0 & ~UINT64_C(1));
	bench_set(&bench, REG_STRTAB_CFG, 4, 2); /* four streams, SID is not one of them */
	bench_set(&bench, REG_CR0, 4, cr0);
	assert_blocked(bench_ask(&bench, SID, VA, REQUEST_READ), 0x02);
	bench_teardown(&bench);
}

static void test_config_invalid_ste_is_served_until_invalidated(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_map1(&bench, VA, OLD | S1_PAGE);
	assert_blocked(bench_ask(&bench, OTHER_SID, VA, REQUEST_READ), 0x04);
	bench_ste(&bench, OTHER_SID, STE_S1 | CD, 0, 0, 0);
	assert_blocked(bench_ask(&bench, OTHER_SID, VA, REQUEST_READ), 0x04);
	bench_command(&bench, UINT64_C(0x0000000600000003), 0);
	assert_goes_to(bench_ask(&bench, OTHER_SID, VA, REQUEST_READ), OLD);
	bench_teardown(&bench);
}

static void test_effect_of_invalidation_has_tag_and_range(void **state)
{
	struct bench bench;

	(void)state;
	bench_setup_on(&bench, NULL);
	bench_submit(&bench, NH_VA(7) | 1 << 12, 0x400 | VA);
	bench_settle(&bench);
	const struct effect *effect = bench_effect(&bench, EFFECT_COMPLETE);
	assert_non_null(effect);
	assert_int_equal(effect->scope.what, INVALIDATED_IOTLB);
	assert_int_equal(effect->scope.tag, 7);
	assert_int_equal(effect->scope.tag_mask, 0);
	assert_true(effect->scope.first == VA && effect->scope.last == VA + 0x1fff);
	bench_submit(&bench, S12_VMALL(9), 0);
	bench_settle(&bench);
	effect = bench_effect(&bench, EFFECT_COMPLETE);
	assert_int_equal(effect->scope.tag, EFFECT_TAG_VMID | 9);
	assert_true(effect->scope.all_addresses && !effect->scope.all_tags);
	bench_teardown(&bench);
}

/* DDI 0487 D8.2: 4, 16 and 64 KiB granules resolve 9, 11 and 13 bits a level; a unit that deviates has blocks at each.
 */
static void test_tlb_has_a_class_for_every_level_of_every_granule(void **state)
{
	static const unsigned granules[][2] = {{12, 9}, {14, 11}, {16, 13}};
	(void)state;

	for (unsigned i = 0; i < 3; i++)
		for (unsigned level = 0; level <= 3; level++) {
			unsigned lg2 = granules[i][0] + granules[i][1] * (3 - level);
			unsigned found = 0;

			for (unsigned class = 0; class < SMMU_PAGE_CLASSES; class ++)
				found += smmu_page_class_lg2[class] == lg2;
			assert_int_equal(found, 1);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tlb_has_a_class_for_every_level_of_every_granule),
		cmocka_unit_test(test_tlb_stage1_goes_by_asid_address_and_vmid),
		cmocka_unit_test(test_tlb_stage1_stays_for_other_tags),
		cmocka_unit_test(test_tlb_global_page_stays_for_asid_and_goes_by_address),
		cmocka_unit_test(test_tlb_range_goes_by_range_granule_and_level),
		cmocka_unit_test(test_tlb_global_page_serves_other_asids_of_the_vmid),
		cmocka_unit_test(test_tlb_page_of_another_asid_is_not_used),
		cmocka_unit_test(test_tlb_stage2_goes_by_vmid_and_ipa),
		cmocka_unit_test(test_config_is_served_until_its_own_command),
		cmocka_unit_test(test_tlb_off_serves_tables_from_memory),
		cmocka_unit_test(test_config_restored_is_the_one_that_was_cached),
		cmocka_unit_test(test_config_serves_streams_in_range_of_an_enabled_unit),
		cmocka_unit_test(test_config_invalid_ste_is_served_until_invalidated),
		cmocka_unit_test(test_effect_of_invalidation_has_tag_and_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
