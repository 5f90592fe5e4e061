/* SPDX-License-Identifier: MIT */
/* Flags that hardware sets, case by case: 3.13, 3.14, 5.2, 5.4, 7.3.15, 7.3.16; DDI 0487 D8.5. */
#include "httu_test.h"

/* --- one transaction --- */

struct httu_case {
	const char *section; /* and what it is about */
	uint64_t idr0, ste0, cd, ste2;
	uint64_t at, leaf; /* the descriptor that is otherwise than in order */
	enum request_op op;
	unsigned event;
	uint64_t fresh; /* what `leaf` becomes */
};

/* clang-format off */
static const struct httu_case cases[] = {
	{"3.13.2 without HA", HTTU_DIRTY, S1, 0, 0, LEAF1, DIRTY1 ^ AF, R, 0x12, DIRTY1 ^ AF},
	{"3.13.2 a read sets AF", HTTU_ACCESS, S1, HA, 0, LEAF1, DIRTY1 ^ AF, R, TO, DIRTY1},
	{"3.13.2 a write sets AF", HTTU_ACCESS, S1, HA, 0, LEAF1, DIRTY1 ^ AF, W, TO, DIRTY1},
	{"3.13.2 AF that is set stays", HTTU_ACCESS, S1, HA, 0, LEAF1, DIRTY1, W, TO, DIRTY1},
	{"5.4 AFFD without HA: no fault, no flag", HTTU_DIRTY, S1, AFFD, 0, LEAF1, DIRTY1 ^ AF, R, TO, DIRTY1 ^ AF},
	{"5.4 AFFD is ignored with HA", HTTU_DIRTY, S1, AFFD | HA, 0, LEAF1, DIRTY1 ^ AF, R, TO, DIRTY1},
	{"5.4 HA is ILLEGAL without HTTU", 0, S1, HA, 0, LEAF1, DIRTY1, R, 0x0a, DIRTY1},
	{"5.4 HD is ILLEGAL without HTTU", 0, S1, HD, 0, LEAF1, DIRTY1, R, 0x0a, DIRTY1},
	{"5.4 HD is ILLEGAL with HTTU 1", HTTU_ACCESS, S1, HA | HD, 0, LEAF1, DIRTY1, R, 0x0a, DIRTY1},
	{"5.4 HD without HA is nothing", HTTU_DIRTY, S1, HD, 0, LEAF1, CLEAN1, W, 0x13, CLEAN1},
	{"5.4 HD without HA sets no AF", HTTU_DIRTY, S1, HD, 0, LEAF1, DIRTY1 ^ AF, W, 0x12, DIRTY1 ^ AF},
	{"5.4 HD without HA, AFFD", HTTU_DIRTY, S1, HD | AFFD, 0, LEAF1, DIRTY1 ^ AF, W, TO, DIRTY1 ^ AF},
	{"6.3.1 HTTU 3 has the flags of leaves", HTTU_TABLES, S1, HA | HD, 0, LEAF1, CLEAN1, W, TO, DIRTY1 | DBM},
	{"3.13.3 a write makes dirty", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, CLEAN1, W, TO, DIRTY1 | DBM},
	{"3.13.3 so does an atomic", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, CLEAN1, A, TO, DIRTY1 | DBM},
	{"3.13.3 a read does not", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, CLEAN1, R, TO, CLEAN1},
	{"3.13.3 both flags", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, CLEAN1 ^ AF, W, TO, DIRTY1 | DBM},
	{"3.13.3 a read sets AF alone", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, CLEAN1 ^ AF, R, TO, CLEAN1},
	{"3.13.3 HA alone: clean may not be written", HTTU_DIRTY, S1, HA, 0, LEAF1, CLEAN1, W, 0x13, CLEAN1},
	{"3.13.3 without DBM", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, READ1, W, 0x13, READ1},
	{"3.13.3 without DBM, a read", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, READ1, R, TO, READ1},
	{"3.13.3 dirty stays", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, DIRTY1 | DBM, W, TO, DIRTY1 | DBM},
	{"3.13.3 of privileged pages by users", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, CLEAN1 ^ 0x40, W, 0x13, CLEAN1 ^ 0x40},
	{"3.13.2 a permission fault leaves AF", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, READ1 ^ AF, W, 0x13, READ1 ^ AF},
	{"3.13.2 a size fault leaves AF", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, UINT64_C(1) << 46 | (DIRTY1 ^ AF), W, 0x11, UINT64_C(1) << 46 | (DIRTY1 ^ AF)},
	{"3.13.3 nothing of invalid leaves", HTTU_DIRTY, S1, HA | HD, 0, LEAF1, CLEAN1 ^ 1, W, 0x10, CLEAN1 ^ 1},

	{"3.13.2 stage 2 without S2HA", HTTU_DIRTY, S2, 0, 0, LEAF2, DIRTY2 ^ AF, R, 0x12, DIRTY2 ^ AF},
	{"3.13.2 stage 2, a read", HTTU_ACCESS, S2, 0, S2HA, LEAF2, DIRTY2 ^ AF, R, TO, DIRTY2},
	{"5.2 S2AFFD without S2HA", HTTU_DIRTY, S2, 0, S2AFFD, LEAF2, DIRTY2 ^ AF, R, TO, DIRTY2 ^ AF},
	{"5.2 S2AFFD is ignored with S2HA", HTTU_DIRTY, S2, 0, S2AFFD | S2HA, LEAF2, DIRTY2 ^ AF, R, TO, DIRTY2},
	{"5.2 S2HA is ILLEGAL without HTTU", 0, S2, 0, S2HA, LEAF2, DIRTY2, R, 0x04, DIRTY2},
	{"5.2 S2HD is ILLEGAL with HTTU 1", HTTU_ACCESS, S2, 0, S2HA | S2HD, LEAF2, DIRTY2, R, 0x04, DIRTY2},
	{"5.2 S2HD without S2HA is nothing", HTTU_DIRTY, S2, 0, S2HD, LEAF2, CLEAN2, W, 0x13, CLEAN2},
	{"3.13.3 stage 2, a write", HTTU_DIRTY, S2, 0, S2HA | S2HD, LEAF2, CLEAN2, W, TO, DIRTY2 | DBM},
	{"3.13.3 stage 2, both flags", HTTU_DIRTY, S2, 0, S2HA | S2HD, LEAF2, CLEAN2 ^ AF, W, TO, DIRTY2 | DBM},
	{"3.13.3 stage 2, a read", HTTU_DIRTY, S2, 0, S2HA | S2HD, LEAF2, CLEAN2, R, TO, CLEAN2},
	{"3.13.3 stage 2 without DBM", HTTU_DIRTY, S2, 0, S2HA | S2HD, LEAF2, READ2, W, 0x13, READ2},
	{"3.13.3 stage 2, write-only and clean", HTTU_DIRTY, S2, 0, S2HA | S2HD, LEAF2, CLEAN2 ^ 0x40, W, TO, (DIRTY2 | DBM) ^ 0x40},
	{"D8.5.2.1 KTXCF: an atomic that may not read", HTTU_DIRTY, S2, 0, S2HA | S2HD, LEAF2, CLEAN2 ^ 0x40, A, 0x13, CLEAN2 ^ 0x40},

	{"3.13.5 both stages: AF of the page of stage 2", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, LEAF2, DIRTY2 ^ AF, R, TO, DIRTY2},
	{"3.13.5 both stages: dirty of the page of stage 2", HTTU_DIRTY, NESTED, 0, S2HA | S2HD, LEAF2, CLEAN2, W, TO, DIRTY2 | DBM},
	{"3.13.5 both stages: dirty of stage 1", HTTU_DIRTY, NESTED, HA | HD, 0, LEAF1, CLEAN1, W, TO, DIRTY1 | DBM},
	{"3.13.2 AF of what a CD lies in", HTTU_DIRTY, NESTED, 0, S2HA | S2HD, BEHIND_CD, (CD & ~UINT64_C(0xfff)) | (S2_PAGE ^ AF), W, TO, (CD & ~UINT64_C(0xfff)) | S2_PAGE},
	{"3.13.3.1 a CD's page is never dirty", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, BEHIND_CD, ((CD & ~UINT64_C(0xfff)) | (S2_PAGE ^ S2_W)) | DBM, W, TO, ((CD & ~UINT64_C(0xfff)) | (S2_PAGE ^ S2_W)) | DBM},
	{"3.13.5 AF of what a table lies in", HTTU_DIRTY, NESTED, 0, S2HA, BEHIND_TABLE, (TABLE1 + 0x1000) | (S2_PAGE ^ AF), R, TO, (TABLE1 + 0x1000) | S2_PAGE},
	{"3.13.5 reading tables makes nothing dirty", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, BEHIND_TABLE, ((TABLE1 + 0x1000) | (S2_PAGE ^ S2_W)) | DBM, W, TO, ((TABLE1 + 0x1000) | (S2_PAGE ^ S2_W)) | DBM},
	{"7.3.15 AF of what a table lies in, without S2HA", HTTU_DIRTY, NESTED, HA | HD, 0, BEHIND_TABLE, (TABLE1 + 0x1000) | (S2_PAGE ^ AF), R, 0x12, (TABLE1 + 0x1000) | (S2_PAGE ^ AF)},
	{"7.3.16 a table that may not be read", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, BEHIND_LEAF1, (TABLE1 + 0x2000) | (S2_PAGE ^ 0x40), R, 0x13, (TABLE1 + 0x2000) | (S2_PAGE ^ 0x40)},
	{"5.2 S2PTW comes before AF is set", HTTU_DIRTY, NESTED, HA, S2HA | S2PTW, BEHIND_LEAF1, (TABLE1 + 0x2000) | 0x0c3, R, 0x13, (TABLE1 + 0x2000) | 0x0c3},
};
/* clang-format on */

static void expect_case(struct ats_bench *bench, const struct httu_case *row)
{
	struct translation out = bench_ask(&bench->unit, SID, VA, row->op);
	uint64_t to = row->ste0 & CFG_S2 ? PAGE2 : FRAME;

	if (out.result != (row->event ? TRANSLATE_FAULT : TRANSLATE_OK) || out.fault != row->event ||
	    (!row->event && out.pa != to))
		fail_msg("%s: result %u fault 0x%x pa 0x%llx", row->section, out.result, out.fault,
			 (unsigned long long)out.pa);
	if (word_at(bench, row->at) != row->fresh)
		fail_msg("%s: 0x%llx", row->section, (unsigned long long)word_at(bench, row->at));
}

static void test_flags_become_as_the_sections_have_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct httu_case *row = &cases[i];
		struct ats_bench bench;
		struct translation dry;
		struct request request = {
			.address = VA, .bytes = 4, .stream = SID, .pasid = PASID_NONE, .op = (uint8_t)row->op};

		set_up(&bench, row->idr0, row->ste0, row->cd, row->ste2);
		if (row->ste0 == S2) /* its input is the IPA */
			bench_map2(&bench.unit, VA, row->at == LEAF2 ? row->leaf : DIRTY2);
		bench_put(&bench.unit, row->at, row->leaf);
		/* Looking changes nothing, and sees what would happen. */
		bench.unit.iommu->ops->explain(bench.unit.iommu, &request, NULL, NULL, &dry);
		assert_true(word_at(&bench, row->at) == row->leaf);
		assert_int_equal(dry.result, row->event ? TRANSLATE_FAULT : TRANSLATE_OK);
		assert_int_equal(dry.fault, row->event);
		if (row->ste0 == S2) {
			struct httu_case at_input = *row;
			at_input.at = TABLE2 + 0x2000 + 8 * (VA >> 12);
			expect_case(&bench, &at_input);
		} else {
			expect_case(&bench, row);
		}
		ats_teardown(&bench);
	}
}

/* --- a flag of stage 1 is written where stage 2 has it (3.13.5, DDI 0487 D8.5.2.1) --- */

static const struct {
	const char *section;
	uint64_t ste2, behind, leaf1;
	enum request_op op;
	unsigned event;
	uint64_t behind_fresh, leaf1_fresh;
} writes[] = {
	{"AF into a page that may be written", 0, BEHIND | S2_PAGE, DIRTY1 ^ AF, R, TO, BEHIND | S2_PAGE, DIRTY1},
	{"AF into a clean page", S2HA | S2HD, BEHIND | (S2_PAGE ^ S2_W) | DBM, DIRTY1 ^ AF, R, TO,
	 BEHIND | S2_PAGE | DBM, DIRTY1},
	{"AF into a clean page that nobody accessed", S2HA | S2HD, BEHIND | (S2_PAGE ^ S2_W ^ AF) | DBM, DIRTY1 ^ AF, R,
	 TO, BEHIND | S2_PAGE | DBM, DIRTY1},
	{"dirty into a clean page", S2HA | S2HD, BEHIND | (S2_PAGE ^ S2_W) | DBM, CLEAN1, W, TO, BEHIND | S2_PAGE | DBM,
	 DIRTY1 | DBM},
	{"AF into a read-only page", S2HA | S2HD, BEHIND | (S2_PAGE ^ S2_W), DIRTY1 ^ AF, R, 0x13,
	 BEHIND | (S2_PAGE ^ S2_W), DIRTY1 ^ AF},
	{"dirty into a read-only page", 0, BEHIND | (S2_PAGE ^ S2_W), CLEAN1, W, 0x13, BEHIND | (S2_PAGE ^ S2_W),
	 CLEAN1},
	{"into a clean page without S2HD", S2HA, BEHIND | (S2_PAGE ^ S2_W) | DBM, CLEAN1, W, 0x13,
	 BEHIND | (S2_PAGE ^ S2_W) | DBM, CLEAN1},
	{"nothing to be written", 0, BEHIND | (S2_PAGE ^ S2_W), CLEAN1, R, TO, BEHIND | (S2_PAGE ^ S2_W), CLEAN1},
	{"a permission fault of stage 1 comes first", 0, BEHIND | (S2_PAGE ^ S2_W), READ1 ^ AF, W, 0x13,
	 BEHIND | (S2_PAGE ^ S2_W), READ1 ^ AF},
};

static void test_flags_of_stage_1_are_writes_of_stage_2(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		struct ats_bench bench;

		set_up(&bench, HTTU_DIRTY, NESTED, HA | HD, writes[i].ste2);
		bench_put(&bench.unit, BEHIND_LEAF1, writes[i].behind);
		bench_put(&bench.unit, LEAF1, writes[i].leaf1);
		struct translation out = bench_ask(&bench.unit, SID, VA + 0x10, writes[i].op);
		if (out.fault != writes[i].event || word_at(&bench, BEHIND_LEAF1) != writes[i].behind_fresh ||
		    word_at(&bench, LEAF1) != writes[i].leaf1_fresh)
			fail_msg("%s: fault 0x%x, 0x%llx 0x%llx", writes[i].section, out.fault,
				 (unsigned long long)word_at(&bench, BEHIND_LEAF1),
				 (unsigned long long)word_at(&bench, LEAF1));
		const struct effect *effect = bench_effect(&bench.unit, EFFECT_GUEST_FLAGS);
		assert_true((effect != NULL) == (writes[i].leaf1 != writes[i].leaf1_fresh));
		if (effect) {
			assert_true(effect->address == LEAF1 && effect->old == writes[i].leaf1);
			assert_true(effect->value == writes[i].leaf1_fresh);
			assert_int_equal(effect->scope.stream, SID);
			assert_true(effect->scope.pasid == PASID_NONE);
		} else if (out.result == TRANSLATE_OK) {
			assert_true(out.pa == PAGE2 + 0x10);
		}
		ats_teardown(&bench);
	}
}

/* 7.3.16: the write of a descriptor that lacks the right, with the IPA of the descriptor; RnW is that of the read. */
static void test_write_of_a_flag_that_stage_2_forbids_is_recorded(void **state)
{
	(void)state;
	struct ats_bench bench;
	uint64_t record[4];

	set_up(&bench, HTTU_DIRTY, NESTED, HA | HD, 0);
	bench_put(&bench.unit, BEHIND_LEAF1, BEHIND | (S2_PAGE ^ S2_W));
	bench_put(&bench.unit, LEAF1, DIRTY1 ^ AF);
	assert_blocked(bench_ask(&bench.unit, SID, VA, R), 0x13);
	assert_int_equal(ats_events(&bench, record), 1);
	assert_true(record[0] == (UINT64_C(0x13) | (uint64_t)SID << 32));
	/* S2, CLASS TT, RnW; TTRnW, bit 108, is 0 */
	assert_true(record[1] == (UINT64_C(1) << 39 | UINT64_C(1) << EVENT_CLASS | UINT64_C(1) << 35));
	assert_true(record[2] == VA);
	assert_true(record[3] == (LEAF1 & ~UINT64_C(0xfff)));
	/* The same page, which may not be read: TTRnW is 1. */
	bench_put(&bench.unit, BEHIND_LEAF1, BEHIND | (S2_PAGE ^ 0x40));
	assert_blocked(bench_ask(&bench.unit, SID, VA, R), 0x13);
	assert_int_equal(ats_events(&bench, record), 1);
	assert_true(record[1] >> 44 & 1);
	ats_teardown(&bench);
}

/* --- what is cached --- */

static void test_cached_clean_is_walked_again_by_the_first_write(void **state)
{
	(void)state;
	struct ats_bench bench;

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	assert_false(bench_ask(&bench.unit, SID, VA, R).from_cache);
	struct translation read = bench_ask(&bench.unit, SID, VA, R);
	assert_true(read.from_cache && read.permissions == (PERM_READ | PERM_EXECUTE));
	struct translation first = bench_ask(&bench.unit, SID, VA, W), second = bench_ask(&bench.unit, SID, VA, W);
	assert_goes_to(first, FRAME);
	assert_false(first.from_cache);
	assert_true(word_at(&bench, LEAF1) == (DIRTY1 | DBM));
	assert_goes_to(second, FRAME);
	assert_true(second.from_cache && second.permissions == (PERM_READ | PERM_WRITE | PERM_EXECUTE));
	ats_teardown(&bench);
}

/* Dirty and cached: a descriptor that is made clean stays so until the translation is invalidated. */
static void test_cached_dirty_hides_writes_until_it_is_invalidated(void **state)
{
	(void)state;
	struct ats_bench bench;

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, W), FRAME);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, W), FRAME);
	assert_true(word_at(&bench, LEAF1) == CLEAN1);
	bench_command(&bench.unit, UINT64_C(0x12) | UINT64_C(7) << 48, VA); /* CMD_TLBI_NH_VA, ASID 7 */
	assert_goes_to(bench_ask(&bench.unit, SID, VA, W), FRAME);
	assert_true(word_at(&bench, LEAF1) == (DIRTY1 | DBM));
	ats_teardown(&bench);
}

/* DDI 0487 D8.5.2.1, SGJBL and YZSVV: a cached clean translation is compared with memory before it is written. */
static void test_what_memory_says_now_counts_for_a_cached_clean_page(void **state)
{
	(void)state;
	struct ats_bench bench;

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, R), FRAME);
	bench_put(&bench.unit, LEAF1, CLEAN1 + 0x1000);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, W), FRAME + 0x1000);
	bench_put(&bench.unit, LEAF1, READ1);
	bench_command(&bench.unit, UINT64_C(0x11) | UINT64_C(7) << 48, 0);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, R), FRAME);
	struct translation out = bench_ask(&bench.unit, SID, VA, W);
	assert_blocked(out, 0x13);
	assert_true(out.from_cache); /* without DBM there is nothing to be compared */
	bench_put(&bench.unit, LEAF1, CLEAN1);
	bench_command(&bench.unit, UINT64_C(0x11) | UINT64_C(7) << 48, 0);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, R), FRAME);
	bench_put(&bench.unit, LEAF1, 0);
	assert_blocked(bench_ask(&bench.unit, SID, VA, W), 0x10);
	ats_teardown(&bench);
}

/* Stage 1 clean, stage 2 read-only: the event is stage 2's whatever is cached, and 3.13.7.1's reservation is ATS's. */
static void test_cached_clean_of_one_stage_and_no_right_of_the_other(void **state)
{
	(void)state;
	struct ats_bench bench;
	uint64_t record[4];

	set_up(&bench, HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	bench_put(&bench.unit, LEAF2, READ2);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, R), PAGE2);
	assert_blocked(bench_ask(&bench.unit, SID, VA, W), 0x13);
	assert_int_equal(ats_events(&bench, record), 1);
	assert_true(record[1] >> 39 & 1);
	assert_int_equal(record[1] >> EVENT_CLASS & 3, 2);
	assert_true(record[3] == FRAME);
	assert_true(word_at(&bench, LEAF2) == READ2);
	ats_teardown(&bench);
}

/* D8.5.2.2: a clean page counts as writable for WXN, and for privileged execution where users may write. */
static void test_clean_counts_as_writable_for_execution(void **state)
{
	static const struct {
		uint64_t cd, leaf;
		bool privileged;
		unsigned event;
	} rows[] = {
		{HA | HD, CLEAN1, false, TO},        {HA | HD | WXN, CLEAN1, false, 0x13},
		{HA | WXN, CLEAN1, false, TO},       {HA | HD | WXN, READ1, false, TO},
		{HA | HD, CLEAN1, true, 0x13},       {HA, CLEAN1, true, TO},
		{HA | HD, CLEAN1 ^ 0x40, true, TO},  {HA | HD | WXN, CLEAN1 ^ 0x40, true, 0x13},
		{HA | HD, CLEAN1 | 0x40, false, TO}, {HA | HD, CLEAN1 | UINT64_C(1) << 54, false, 0x13},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ats_bench bench;
		struct request fetch = {.address = VA,
					.bytes = 4,
					.stream = SID,
					.pasid = 1,
					.execute = true,
					.privileged = rows[i].privileged};

		set_up(&bench, HTTU_DIRTY, S1 | S1CDMAX_1, rows[i].cd, 0);
		bench_cd(&bench.unit, OTHER_CD, CD_WORD | UINT64_C(8) << 48 | rows[i].cd, TABLE1);
		bench_put(&bench.unit, LEAF1, rows[i].leaf);
		assert_int_equal(ats_send(&bench, &fetch).fault, rows[i].event);
		assert_true(word_at(&bench, LEAF1) == rows[i].leaf);
		ats_teardown(&bench);
	}
}

/* 3.13.3: a page that a table descriptor makes read-only is not clean. */
static void test_aptable_takes_writes_away_from_clean_pages(void **state)
{
	(void)state;
	struct ats_bench bench;

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	bench_put(&bench.unit, TABLE1 + 0x1000, (TABLE1 + 0x2000) | 3 | APTABLE);
	assert_blocked(bench_ask(&bench.unit, SID, VA, W), 0x13);
	assert_true(word_at(&bench, LEAF1) == CLEAN1);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, R), FRAME);
	struct translation out = bench_ask(&bench.unit, SID, VA, W);
	assert_blocked(out, 0x13);
	assert_true(out.from_cache);
	ats_teardown(&bench);
}

/* A block is one descriptor; of contiguous pages each has flags of its own (DDI 0487 D8.7.1, CQTNL). */
static void test_flags_of_blocks_and_contiguous_pages(void **state)
{
	uint64_t block = UINT64_C(0x40000000) | (UINT64_C(0xc41) | AP_RO | DBM);
	uint64_t contiguous = CLEAN1 | UINT64_C(1) << 52;
	(void)state;
	struct ats_bench bench;

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	bench_put(&bench.unit, TABLE1 + 0x1000 + 8, block);
	assert_goes_to(bench_ask(&bench.unit, SID, 0x212340, W), UINT64_C(0x40012340));
	assert_true(word_at(&bench, TABLE1 + 0x1000 + 8) == (block ^ AP_RO));
	for (unsigned i = 0; i < 16; i++)
		bench_put(&bench.unit, TABLE1 + 0x2000 + 8 * (16 + i), contiguous + i * 0x1000);
	assert_goes_to(bench_ask(&bench.unit, SID, 0x13000, W), FRAME + 0x3000);
	for (unsigned i = 0; i < 16; i++)
		assert_true(word_at(&bench, TABLE1 + 0x2000 + 8 * (16 + i)) ==
			    ((contiguous + i * 0x1000) ^ (i == 3 ? AP_RO : 0)));
	ats_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags_become_as_the_sections_have_it),
		cmocka_unit_test(test_flags_of_stage_1_are_writes_of_stage_2),
		cmocka_unit_test(test_write_of_a_flag_that_stage_2_forbids_is_recorded),
		cmocka_unit_test(test_cached_clean_is_walked_again_by_the_first_write),
		cmocka_unit_test(test_cached_dirty_hides_writes_until_it_is_invalidated),
		cmocka_unit_test(test_what_memory_says_now_counts_for_a_cached_clean_page),
		cmocka_unit_test(test_cached_clean_of_one_stage_and_no_right_of_the_other),
		cmocka_unit_test(test_clean_counts_as_writable_for_execution),
		cmocka_unit_test(test_aptable_takes_writes_away_from_clean_pages),
		cmocka_unit_test(test_flags_of_blocks_and_contiguous_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
