/* SPDX-License-Identifier: MIT */
/* What each invalidation removes and what it must not, through the queue and through the registers: 6.5, tables 21-23.
 */
#include "vtd_test.h"

/*
 * Four requesters: two functions of one domain, a third function of it behind another device, and one of another
 * domain. Each has a 4 KiB page at A, B and a 2 MiB page at L, all of which are cached; then every table and context
 * entry changes, so that a look-up shows whether it was cached.
 */
enum who { F0, F4, OTHER_DEVICE, OTHER_DOMAIN, EVERYONE };
static const uint16_t sids[EVERYONE] = {0x0120, 0x0124, 0x0228, 0x0330};
static const uint16_t domains[EVERYONE] = {0x12, 0x12, 0x12, 0x13};

#define PAGE_A UINT64_C(0x00005000)
#define PAGE_B UINT64_C(0x00006000)
#define PAGE_L UINT64_C(0x40000000)
#define PAGE_C UINT64_C(0x00010000) /* never cached: shows which context entry is used */

#define OLD_TOP(who) (UINT64_C(0x1000000) + (domains[who] & 1) * 0x100000)
#define NEW_TOP(who) (UINT64_C(0x2000000) + (domains[who] & 1) * 0x100000)

static void fill(struct bench *b, uint64_t top, uint64_t page)
{
	b->next_table = top + 0x1000;
	bench_put(b, bench_entry(b, top, 4, PAGE_A, 1), page | 3);
	bench_put(b, bench_entry(b, top, 4, PAGE_B, 1), page | 3);
	bench_put(b, bench_entry(b, top, 4, PAGE_C, 1), page | 3);
	bench_put(b, bench_entry(b, top, 4, PAGE_L, 2), page | 0x83);
}

static struct translation look(struct bench *b, enum who who, uint64_t iova)
{
	struct request request = bench_request(sids[who], iova, REQUEST_READ);
	return bench_translate(b, &request);
}

#define OLD_PAGE UINT64_C(0x10000000)
#define NEW_PAGE UINT64_C(0x20000000)

static void warm_up(struct bench *b, const struct iommu_config *config)
{
	bench_setup_on(b, config);
	for (unsigned who = 0; who < EVERYONE; who++) {
		bench_context(b, sids[who], OLD_TOP(who) | 1, (uint64_t)domains[who] << 8 | 2);
		fill(b, OLD_TOP(who), OLD_PAGE);
		fill(b, NEW_TOP(who), NEW_PAGE);
	}
	for (unsigned who = 0; who < EVERYONE; who++) {
		assert_goes_to(look(b, who, PAGE_A), OLD_PAGE);
		assert_goes_to(look(b, who, PAGE_B), OLD_PAGE);
		assert_goes_to(look(b, who, PAGE_L + 0x3000), OLD_PAGE + 0x3000);
	}
	for (unsigned who = 0; who < EVERYONE; who++)
		bench_context(b, sids[who], NEW_TOP(who) | 1, (uint64_t)domains[who] << 8 | 2);
	b->effect_count = 0;
}

static void submit(struct bench *b, uint64_t low, uint64_t high)
{
	bench_submit(b, low, high);
	bench_settle(b);
}

/* Contexts: bit n of `gone` says that requester n's is gone; its uncached page then comes from the new table. */
static void expect_contexts(struct bench *b, unsigned gone)
{
	for (unsigned who = 0; who < EVERYONE; who++)
		if (look(b, who, PAGE_C).pa != (gone >> who & 1 ? NEW_PAGE : OLD_PAGE))
			fail_msg("context of requester %u", who);
}

/* Translations: the same for each page; the tables of the old contexts changed too, so that a walk cannot find them. */
static void expect_translations(struct bench *b, unsigned gone_a, unsigned gone_b, unsigned gone_l)
{
	for (unsigned who = 0; who < EVERYONE; who++) {
		if (look(b, who, PAGE_A).from_cache == (gone_a >> who & 1))
			fail_msg("page A of requester %u", who);
		if (look(b, who, PAGE_B).from_cache == (gone_b >> who & 1))
			fail_msg("page B of requester %u", who);
		if (look(b, who, PAGE_L + 0x3000).from_cache == (gone_l >> who & 1))
			fail_msg("page L of requester %u", who);
	}
}

static void test_invalidate_contexts_by_granularity(void **state)
{
	(void)state;
	static const struct {
		uint64_t descriptor;
		unsigned gone;
	} rows[] = {
		{UINT64_C(0x0000000000000011), 0xf}, /* global */
		{UINT64_C(0x0000000000120021), 0x7}, /* domain 12h */
		{UINT64_C(0x0000000000130021), 0x8}, {UINT64_C(0x0000000000140021), 0x0},
		{UINT64_C(0x0000012000120031), 0x1}, /* device 0120h of domain 12h */
		{UINT64_C(0x0000012000130031), 0x0}, /* the device is of another domain */
		{UINT64_C(0x0001012000120031), 0x3}, /* FM 1: bit 2 of the function does not count */
		{UINT64_C(0x0002012200120031), 0x3}, /* FM 2: bits 2:1 */
		{UINT64_C(0x0003012700120031), 0x3}, /* FM 3: bits 2:0 */
		{UINT64_C(0x0002012100120031), 0x0}, {UINT64_C(0x0000022800120031), 0x4},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		warm_up(&b, NULL);
		bench_queue_on(&b);
		submit(&b, rows[i].descriptor, 0);
		expect_contexts(&b, rows[i].gone);
		expect_translations(&b, 0, 0, 0);
		bench_teardown(&b);
	}
}

static void test_invalidate_translations_by_granularity(void **state)
{
	(void)state;
	static const struct {
		uint64_t low, high;
		unsigned a, b, l;
	} rows[] = {
		{0x12, 0, 0xf, 0xf, 0xf},
		{0x120022, 0, 0x7, 0x7, 0x7},
		{0x130022, 0, 0x8, 0x8, 0x8},
		{0x140022, 0, 0, 0, 0},
		{0x120032, 0x5000, 0x7, 0, 0},
		{0x130032, 0x6000, 0, 0x8, 0},
		{0x120032, 0x4001, 0x7, 0, 0},     /* 4000h-5FFFh */
		{0x120032, 0x5001, 0x7, 0, 0},     /* bits that the mask covers do not count */
		{0x120032, 0x4002, 0x7, 0x7, 0},   /* 4000h-7FFFh */
		{0x120032, 0x8003, 0, 0, 0},       /* 8000h-FFFFh */
		{0x120032, 0x40000009, 0, 0, 0x7}, /* the 2 MiB page */
		{0x120032, 0x40003000, 0, 0, 0x7}, /* a part of it */
		{0x120032, 0x40200009, 0, 0, 0},   /* the next one */
		{0x120032, 0x40000012, 0, 0, 0x7}, /* 1 GiB: A and B are in the one before */
		{0x120032, 0x12, 0x7, 0x7, 0},
		{0x120032, UINT64_C(0xffff000000005000), 0x7, 0, 0}, /* above MGAW it does not count */
		{0x1200f2, 0x5040, 0x7, 0, 0},                       /* DW, DR and IH change nothing of it */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		warm_up(&b, NULL);
		bench_queue_on(&b);
		submit(&b, rows[i].low, rows[i].high);
		expect_translations(&b, rows[i].a, rows[i].b, rows[i].l);
		expect_contexts(&b, 0);
		bench_teardown(&b);
	}
}

/* 6.5.2.3: bits of DID beyond the unit's width are ignored. */
static void test_invalidate_ignores_domain_bits_that_the_unit_lacks(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {(BENCH_CAP & ~UINT64_C(7)) | 2, 0}}; /* 8 bits */
	warm_up(&b, &config);
	bench_queue_on(&b);
	submit(&b, 0xab120022, 0);
	expect_translations(&b, 0x7, 0x7, 0x7);
	submit(&b, 0xab120021, 0);
	expect_contexts(&b, 0x7);
	bench_teardown(&b);
}

/* 11.4.6.1: CCMD. ICC falls when it is done, CAIG says how. */
static void test_invalidate_contexts_through_ccmd(void **state)
{
	(void)state;
	static const struct {
		uint64_t command, answer;
		unsigned gone;
	} rows[] = {
		{UINT64_C(0xa000000000000000), UINT64_C(0x2800000000000000), 0xf},
		{UINT64_C(0xc000000000000012), UINT64_C(0x5000000000000012), 0x7},
		{UINT64_C(0xe000000001200012), UINT64_C(0x7800000000000012), 0x1},
		{UINT64_C(0xe000000101200012), UINT64_C(0x7800000000000012), 0x3},
		{UINT64_C(0xe000000001200013), UINT64_C(0x7800000000000013), 0x0},
		{UINT64_C(0x8000000000000012), UINT64_C(0x0000000000000012), 0x0}, /* reserved: error */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		warm_up(&b, NULL);
		bench_set(&b, REG_CCMD, 8, rows[i].command);
		assert_true(bench_get(&b, REG_CCMD, 8) >> 63);
		expect_contexts(&b, 0);
		bench_set(&b, REG_CCMD, 8, 0); /* hardware's while ICC is set (6.9) */
		assert_true(vtd_ops.advance(b.iommu));
		if (bench_get(&b, REG_CCMD, 8) != rows[i].answer)
			fail_msg("row %zu: %#lx", i, (unsigned long)bench_get(&b, REG_CCMD, 8));
		assert_false(vtd_ops.advance(b.iommu));
		bench_teardown(&b);

		warm_up(&b, NULL);
		bench_set(&b, REG_CCMD, 4, rows[i].command & 0xffffffff); /* the upper half starts it */
		assert_false(vtd_ops.advance(b.iommu));
		bench_set(&b, REG_CCMD + 4, 4, rows[i].command >> 32);
		bench_settle(&b);
		expect_contexts(&b, rows[i].gone);
		expect_translations(&b, 0, 0, 0);
		bench_teardown(&b);
	}
}

/* 11.4.6.3, 11.4.6.4: IOTLB and IVA. */
static void test_invalidate_translations_through_the_iotlb_register(void **state)
{
	(void)state;
	static const struct {
		uint64_t address, command, answer;
		unsigned a, b, l;
	} rows[] = {
		{0, UINT64_C(0x9000000000000000), UINT64_C(0x1200000000000000), 0xf, 0xf, 0xf},
		{0, UINT64_C(0xa003001200000000), UINT64_C(0x2403001200000000), 0x7, 0x7, 0x7},
		{0x5040, UINT64_C(0xb000001200000000), UINT64_C(0x3600001200000000), 0x7, 0, 0},
		{0x40000009, UINT64_C(0xb000001300000000), UINT64_C(0x3600001300000000), 0, 0, 0x8},
		{0x13, UINT64_C(0xb000001200000000), UINT64_C(0x3000001200000000), 0, 0, 0}, /* AM above MAMV */
		{0, UINT64_C(0x8000001200000000), UINT64_C(0x0000001200000000), 0, 0, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		warm_up(&b, NULL);
		bench_set(&b, REG_IVA, 8, rows[i].address);
		assert_int_equal(bench_get(&b, REG_IVA, 8), 0);
		bench_set(&b, REG_IOTLB, 8, rows[i].command);
		assert_true(bench_get(&b, REG_IOTLB, 8) >> 63);
		bench_set(&b, REG_IVA, 8, 0x7777);
		assert_true(vtd_ops.advance(b.iommu));
		if (bench_get(&b, REG_IOTLB, 8) != rows[i].answer)
			fail_msg("row %zu: %#lx", i, (unsigned long)bench_get(&b, REG_IOTLB, 8));
		expect_translations(&b, rows[i].a, rows[i].b, rows[i].l);
		expect_contexts(&b, 0);
		bench_teardown(&b);
	}
}

/* 6.5.1, 11.4.6: not while the queue is enabled, nor outside legacy mode; such a request does nothing. */
static void test_invalidate_through_registers_is_an_error_elsewhere(void **state)
{
	(void)state;
	struct bench b;
	warm_up(&b, NULL);
	bench_queue_on(&b);
	bench_set(&b, REG_CCMD, 8, UINT64_C(0xa000000000000000));
	bench_set(&b, REG_IOTLB, 8, UINT64_C(0x9000000000000000));
	bench_settle(&b);
	assert_true(bench_get(&b, REG_CCMD, 8) == UINT64_C(0x2000000000000000));
	assert_true(bench_get(&b, REG_IOTLB, 8) == UINT64_C(0x1000000000000000));
	expect_contexts(&b, 0);
	expect_translations(&b, 0, 0, 0);
	bench_teardown(&b);

	struct iommu_config config = {.id = {BENCH_CAP & ~(UINT64_C(1) << 63), BENCH_ECAP | ECAP_ADMS}};
	warm_up(&b, &config);
	bench_set(&b, REG_RTADDR, 8, ROOT_TABLE | 0xc00);
	bench_command(&b, GCMD_TE | GCMD_SRTP);
	bench_set(&b, REG_IOTLB, 8, UINT64_C(0x9000000000000000));
	bench_settle(&b);
	assert_true(bench_get(&b, REG_IOTLB, 8) == UINT64_C(0x1000000000000000));
	bench_teardown(&b);
}

/* The hook is told what was covered, in terms that a check can compare with what a driver gathered. */
static void test_invalidate_reports_its_scope(void **state)
{
	(void)state;
	struct bench b;
	warm_up(&b, NULL);
	bench_queue_on(&b);
	submit(&b, UINT64_C(0x0003012700120031), 0);
	const struct effect *effect = bench_effect(&b, EFFECT_COMPLETE);
	assert_non_null(effect);
	assert_int_equal(effect->scope.what, INVALIDATED_CONTEXT);
	assert_false(effect->scope.all_tags || effect->scope.all_streams);
	assert_int_equal(effect->scope.tag, 0x12);
	assert_int_equal(effect->scope.stream, 0x0127);
	assert_int_equal(effect->scope.stream_mask, 7);
	assert_true(effect->command[0] == UINT64_C(0x0003012700120031));
	submit(&b, 0x120032, 0x40003009);
	effect = bench_effect(&b, EFFECT_COMPLETE);
	assert_int_equal(effect->scope.what, INVALIDATED_IOTLB);
	assert_true(effect->scope.all_streams && !effect->scope.all_tags && !effect->scope.all_addresses);
	assert_int_equal(effect->scope.tag, 0x12);
	assert_true(effect->scope.first == 0x40000000 && effect->scope.last == 0x401fffff);
	submit(&b, 0x120022, 0);
	effect = bench_effect(&b, EFFECT_COMPLETE);
	assert_true(effect->scope.all_addresses && !effect->scope.all_tags);
	assert_true(effect->scope.first == 0 && effect->scope.last == UINT64_MAX);
	submit(&b, 0x12, 0);
	assert_true(bench_effect(&b, EFFECT_COMPLETE)->scope.all_tags);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invalidate_contexts_by_granularity),
		cmocka_unit_test(test_invalidate_translations_by_granularity),
		cmocka_unit_test(test_invalidate_ignores_domain_bits_that_the_unit_lacks),
		cmocka_unit_test(test_invalidate_contexts_through_ccmd),
		cmocka_unit_test(test_invalidate_translations_through_the_iotlb_register),
		cmocka_unit_test(test_invalidate_through_registers_is_an_error_elsewhere),
		cmocka_unit_test(test_invalidate_reports_its_scope),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
