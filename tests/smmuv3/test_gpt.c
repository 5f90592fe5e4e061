/* SPDX-License-Identifier: MIT */
/*
 * Granule protection tables, by hand: each row is a configuration, at most one entry per level, an access, and what DDI
 * 0487 D9.4, D9.6 and IHI 0070 3.25.4 make of it. Words are written down as the specification numbers their bits.
 */
#include "hw/smmuv3/gpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* SMMU_ROOT_GPT_BASE_CFG: SH 3, ORGN 1, IRGN 1; L0GPTSZ 23:20, PGS 15:14, PPS 2:0 */
#define CACHED            UINT64_C(0x3500)
#define CFG(l0, pgs, pps) (CACHED | (uint64_t)(l0) << 20 | (uint64_t)(pgs) << 14 | (pps))
#define CFG_4K            CFG(0, 0, 1) /* 1 GiB, 4 KiB, 36 bits */

#define BASE  UINT64_C(0x10000000)
#define NEXT  UINT64_C(0x20000000)
#define TABLE (NEXT | 3)
#define NS    UINT64_C(0x9999999999999999)
#define MAIN  UINT64_C(0x40000000) /* in the second entry of level 0 */

enum { S = PA_SECURE, N = PA_NON_SECURE, RT = PA_ROOT, RL = PA_REALM };

#define PASSES     GPT_PASSES, 0
#define GPF        GPT_FORBIDDEN, 0
#define BAD(error) GPT_ERROR, (error)

struct row {
	const char *section;
	uint64_t cfg, base, pa;
	int space;
	uint64_t level0, level1; /* the entries, if they are asked for */
	unsigned reads;
	enum gpt_result result;
	unsigned error;
	uint64_t last_pa; /* of the last entry that was asked for */
	unsigned lg2;     /* what it says holds for so many bytes */
};

static const struct row rows[] = {
	/* Blocks of level 0: GPI in 7:4 */
	{"D9.6.2 RFGPWN", CFG_4K, BASE, MAIN, N, 0x91, 0, 1, PASSES, BASE + 8, 30},
	{"D9.6.5 NS page, Realm", CFG_4K, BASE, MAIN, RL, 0x91, 0, 1, GPF, BASE + 8, 30},
	{"D9.6.5 NS page, Root", CFG_4K, BASE, MAIN, RT, 0x91, 0, 1, GPF, BASE + 8, 30},
	{"D9.6.5 NS page, Secure", CFG_4K, BASE, MAIN, S, 0x91, 0, 1, GPF, BASE + 8, 30},
	{"D9.6.5 Realm page, Realm", CFG_4K, BASE, MAIN, RL, 0xb1, 0, 1, PASSES, BASE + 8, 30},
	{"D9.6.5 Realm page, NS", CFG_4K, BASE, MAIN, N, 0xb1, 0, 1, GPF, BASE + 8, 30},
	{"D9.6.5 Root page, Root", CFG_4K, BASE, MAIN, RT, 0xa1, 0, 1, PASSES, BASE + 8, 30},
	{"D9.6.5 Root page, Realm", CFG_4K, BASE, MAIN, RL, 0xa1, 0, 1, GPF, BASE + 8, 30},
	{"D9.6.5 Secure page, Secure", CFG_4K, BASE, MAIN, S, 0x81, 0, 1, PASSES, BASE + 8, 30},
	{"D9.6.5 Secure page, NS", CFG_4K, BASE, MAIN, N, 0x81, 0, 1, GPF, BASE + 8, 30},
	{"D9.6.5 no accesses", CFG_4K, BASE, MAIN, N, 0x01, 0, 1, GPF, BASE + 8, 30},
	{"D9.6.5 all accesses, NS", CFG_4K, BASE, MAIN, N, 0xf1, 0, 1, PASSES, BASE + 8, 30},
	{"D9.6.5 all accesses, Realm", CFG_4K, BASE, MAIN, RL, 0xf1, 0, 1, PASSES, BASE + 8, 30},
	{"D9.6.5 0b1101 without NSO", CFG_4K, BASE, MAIN, N, 0xd1, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.5 0b0100 without SA", CFG_4K, BASE, MAIN, N, 0x41, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.5 0b1100", CFG_4K, BASE, MAIN, N, 0xc1, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.2 RPHBLQ bit 8", CFG_4K, BASE, MAIN, N, 0x191, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.2 RPHBLQ bit 63", CFG_4K, BASE, MAIN, N, 0x8000000000000091, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6 RTXFXH 0", CFG_4K, BASE, MAIN, N, 0, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6 RTXFXH 0b0010", CFG_4K, BASE, MAIN, N, 0x92, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6 RTXFXH granules at level 0", CFG_4K, BASE, MAIN, N, NS, 0, 1, BAD(3), BASE + 8, 0},
	/* Tables */
	{"D9.6.1 first granule", CFG_4K, BASE, MAIN, N, TABLE, NS, 2, PASSES, NEXT, 12},
	{"D9.6.1 RKCDQS bit 56", CFG_4K, BASE, MAIN, N, TABLE | UINT64_C(1) << 56, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.1 RLHVFM bit 52", CFG_4K, BASE, MAIN, N, TABLE | UINT64_C(1) << 52, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.1 RSFPYD bit 4", CFG_4K, BASE, MAIN, N, TABLE | 0x10, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.1 RDBTFW bit 16", CFG_4K, BASE, MAIN, N, TABLE | 0x10000, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.1 RDBTFW bit 17", CFG_4K, BASE, MAIN, N, TABLE | 0x20000, NS, 2, PASSES, NEXT + 0x20000, 12},
	{"D9.6.1 RDBTFW 64 KiB, bit 12", CFG(0, 1, 1), BASE, MAIN, N, TABLE | 0x1000, 0, 1, BAD(3), BASE + 8, 0},
	{"D9.6.1 RDBTFW 64 KiB, bit 13", CFG(0, 1, 1), BASE, MAIN, N, TABLE | 0x2000, NS, 2, PASSES, NEXT + 0x2000, 16},
	{"D9.4 RJCGMZ", CFG_4K, BASE, MAIN, N, 0x1000000003, 0, 1, BAD(4), BASE + 8, 0},
	/* Granules: 4 KiB by 15:12, 16 KiB by 17:14, 64 KiB by 19:16 */
	{"D9.6.3 RQDCZJ 4 KiB, 3", CFG_4K, BASE, MAIN + 0x3fff, RL, TABLE, 0x999999999999b999, 2, PASSES, NEXT, 12},
	{"D9.6.3 RQDCZJ 4 KiB, 4", CFG_4K, BASE, MAIN + 0x4000, RL, TABLE, 0x999999999999b999, 2, GPF, NEXT, 12},
	{"D9.6.3 RQDCZJ 4 KiB, 15", CFG_4K, BASE, MAIN + 0xf000, RL, TABLE, 0xb999999999999999, 2, PASSES, NEXT, 12},
	{"D9.6.3 second entry", CFG_4K, BASE, MAIN + 0x10000, RL, TABLE, 0x999999999999999b, 2, PASSES, NEXT + 8, 12},
	{"D9.6.3 last entry", CFG_4K, BASE, MAIN + 0x3fffffff, N, TABLE, NS, 2, PASSES, NEXT + 0x1fff8, 12},
	{"D9.6.3 RQDCZJ 16 KiB, 1", CFG(0, 2, 1), BASE, MAIN + 0x4000, RL, TABLE, 0x99999999999999b9, 2, PASSES, NEXT,
	 14},
	{"D9.6.3 RQDCZJ 64 KiB, 1", CFG(0, 1, 1), BASE, MAIN + 0x10000, RL, TABLE, 0x99999999999999b9, 2, PASSES, NEXT,
	 16},
	{"D9.6.3 RHJWQH another is reserved", CFG_4K, BASE, MAIN, N, TABLE, 0x9999999999999929, 2, BAD(3), NEXT, 0},
	{"D9.6 RTPBZN", CFG_4K, BASE, MAIN + 0x1000, N, TABLE, 0x9999999999999993, 2, BAD(3), NEXT, 0},
	{"D9.6.3 all 0: no accesses", CFG_4K, BASE, MAIN, N, TABLE, 0, 2, GPF, NEXT, 12},
	/* Contiguous: GPI in 7:4, size in 9:8 */
	{"D9.6.4 RBFCGF 2 MiB", CFG_4K, BASE, MAIN, N, TABLE, 0x191, 2, PASSES, NEXT, 21},
	{"D9.6.4 RBFCGF 32 MiB", CFG_4K, BASE, MAIN, N, TABLE, 0x291, 2, PASSES, NEXT, 25},
	{"D9.6.4 RBFCGF 512 MiB", CFG_4K, BASE, MAIN, N, TABLE, 0x391, 2, PASSES, NEXT, 29},
	{"D9.6.4 RBFCGF reserved", CFG_4K, BASE, MAIN, N, TABLE, 0x91, 2, BAD(3), NEXT, 0},
	{"D9.6.4 RMVVWZ bit 10", CFG_4K, BASE, MAIN, N, TABLE, 0x591, 2, BAD(3), NEXT, 0},
	{"D9.6.4 its GPI", CFG_4K, BASE, MAIN, N, TABLE, 0x1b1, 2, GPF, NEXT, 21},
	{"D9.6.4 its GPI is reserved", CFG_4K, BASE, MAIN, N, TABLE, 0x121, 2, BAD(3), NEXT, 0},
	/* L0GPTSZ */
	{"6.3.115 16 GiB", CFG(4, 0, 2), BASE, UINT64_C(1) << 34, N, 0x91, 0, 1, PASSES, BASE + 8, 34},
	{"6.3.115 64 GiB", CFG(6, 0, 2), BASE, UINT64_C(3) << 36, N, 0x91, 0, 1, PASSES, BASE + 24, 36},
	{"6.3.115 512 GiB", CFG(9, 0, 5), BASE, UINT64_C(1) << 39, N, 0x91, 0, 1, PASSES, BASE + 8, 39},
	{"6.3.115 reserved L0GPTSZ", CFG(1, 0, 1), BASE, MAIN, N, 0x91, 0, 0, BAD(0), 0, 0},
	/* The base is aligned to the table: 44 - 30 + 3 bits */
	{"6.3.114 x", CFG(0, 0, 4), BASE + 0x1f000, MAIN, N, 0x91, 0, 1, PASSES, BASE + 8, 30},
	/* The other fields of the configuration */
	{"6.3.115 PPS 7", CFG(0, 0, 7), BASE, MAIN, N, 0x91, 0, 0, BAD(0), 0, 0},
	{"3.25.4 PPS beyond OAS", CFG(0, 0, 6), BASE, MAIN, N, 0x91, 0, 0, BAD(0), 0, 0},
	{"6.3.115 PGS 3", CFG(0, 3, 1), BASE, MAIN, N, 0x91, 0, 0, BAD(0), 0, 0},
	{"6.3.115 SH 1", CFG_4K & ~UINT64_C(0x2000), BASE, MAIN, N, 0x91, 0, 0, BAD(0), 0, 0},
	{"6.3.115 uncached, inner shareable", CFG_4K & ~UINT64_C(0xf00), BASE, MAIN, N, 0x91, 0, 0, BAD(0), 0, 0},
	{"6.3.115 uncached, outer shareable", (CFG_4K & ~UINT64_C(0x3f00)) | 0x2000, BASE, MAIN, N, 0x91, 0, 1, PASSES,
	 BASE + 8, 30},
	/* Beyond PPS */
	{"D9.4 RCPDSB", CFG_4K, BASE, UINT64_C(1) << 36, N, 0, 0, 0, PASSES, 0, 0},
	{"3.25.4 Realm beyond PPS", CFG_4K, BASE, UINT64_C(1) << 36, RL, 0, 0, 0, GPF, 0, 0},
	{"3.25.4 Root beyond PPS", CFG_4K, BASE, UINT64_C(1) << 36, RT, 0, 0, 0, GPF, 0, 0},
	{"D9.4 RXVCKY", CFG_4K, UINT64_C(1) << 36, MAIN, N, 0x91, 0, 0, BAD(1), 0, 0},
	{"D9-2 3 before 4", CFG_4K, UINT64_C(1) << 36, UINT64_C(1) << 37, RL, 0, 0, 0, GPF, 0, 0},
	{"D9-2 1 before 3", CFG(0, 3, 1), BASE, UINT64_C(1) << 37, RL, 0, 0, 0, BAD(0), 0, 0},
};

static void test_gpt_every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		const struct gpt_config config = {.base = row->base, .cfg = row->cfg, .oas_lg2 = 48, .granules = 7};
		const uint64_t entries[2] = {row->level0, row->level1};
		struct gpt_lookup lookup;
		uint64_t last_pa = 0;
		unsigned reads = 0;
		enum gpt_result result = gpt_begin(&config, row->pa, (enum pa_space)row->space, &lookup);

		while (result == GPT_READS) {
			assert_true(reads < 2);
			last_pa = lookup.entry_pa;
			result = gpt_step(&lookup, &entries[reads++]);
		}
		if (result != row->result || reads != row->reads || last_pa != row->last_pa || lookup.lg2 != row->lg2 ||
		    (result == GPT_ERROR && lookup.error != row->error))
			fail_msg("%s: result %d error %u reads %u entry %#llx lg2 %u", row->section, (int)result,
				 lookup.error, reads, (unsigned long long)last_pa, lookup.lg2);
	}
}

static void test_gpt_says_at_which_level_a_fetch_failed(void **state)
{
	const struct gpt_config config = {.base = BASE, .cfg = CFG_4K, .oas_lg2 = 48, .granules = 7};
	const uint64_t table = TABLE;
	struct gpt_lookup lookup;

	(void)state;
	assert_int_equal(gpt_begin(&config, MAIN, PA_REALM, &lookup), GPT_READS);
	assert_int_equal(gpt_step(&lookup, NULL), GPT_ERROR);
	assert_int_equal(lookup.error, GPT_ERROR_FETCH);
	assert_int_equal(lookup.level, 0);
	assert_int_equal(gpt_begin(&config, MAIN, PA_REALM, &lookup), GPT_READS);
	assert_int_equal(gpt_step(&lookup, &table), GPT_READS);
	assert_int_equal(gpt_step(&lookup, NULL), GPT_ERROR);
	assert_int_equal(lookup.error, GPT_ERROR_FETCH);
	assert_int_equal(lookup.level, 1);
}

/* 6.3.115: a granule that IDR5 does not have. */
static void test_gpt_needs_a_granule_that_the_unit_has(void **state)
{
	struct gpt_config config = {.base = BASE, .cfg = CFG(0, 1, 1), .oas_lg2 = 48, .granules = 1};
	struct gpt_lookup lookup;

	(void)state;
	assert_int_equal(gpt_begin(&config, MAIN, PA_NON_SECURE, &lookup), GPT_ERROR);
	assert_int_equal(lookup.error, GPT_ERROR_REGISTERS);
	config.granules = 2; /* 64 KiB alone */
	assert_int_equal(gpt_begin(&config, MAIN, PA_NON_SECURE, &lookup), GPT_READS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gpt_every_row),
		cmocka_unit_test(test_gpt_says_at_which_level_a_fetch_failed),
		cmocka_unit_test(test_gpt_needs_a_granule_that_the_unit_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
