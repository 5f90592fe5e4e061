/* SPDX-License-Identifier: MIT */
/*
 * Flags that hardware sets for translation requests (3.13.7.1, 13.6.3, 13.7), in descriptors that somebody changes
 * meanwhile (DDI 0487 D8.5.2.1), and what looks without touching.
 */
#include "httu_test.h"

/* --- ATS (3.13.7.1, 13.7) --- */

static const struct {
	const char *section;
	uint64_t idr0, ste0, cd, ste2, leaf1, leaf2;
	bool no_write;
	unsigned permissions; /* 0: no translation */
	uint64_t leaf1_fresh, leaf2_fresh;
} asked[] = {
	{"AF is set by the request", HTTU_ACCESS, S1, HA, 0, DIRTY1 ^ AF, DIRTY2, true, 3, DIRTY1, DIRTY2},
	{"AF without HA: no access", HTTU_DIRTY, S1, 0, 0, DIRTY1 ^ AF, DIRTY2, false, 0, DIRTY1 ^ AF, DIRTY2},
	{"NW 0 makes dirty and grants", HTTU_DIRTY, S1, HA | HD, 0, CLEAN1, DIRTY2, false, 3, DIRTY1 | DBM, DIRTY2},
	{"NW 0, both flags", HTTU_DIRTY, S1, HA | HD, 0, CLEAN1 ^ AF, DIRTY2, false, 3, DIRTY1 | DBM, DIRTY2},
	{"NW 1 does neither", HTTU_DIRTY, S1, HA | HD, 0, CLEAN1, DIRTY2, true, 1, CLEAN1, DIRTY2},
	{"NW 1 of dirty pages", HTTU_DIRTY, S1, HA | HD, 0, DIRTY1 | DBM, DIRTY2, true, 3, DIRTY1 | DBM, DIRTY2},
	{"HA alone: W is 0", HTTU_DIRTY, S1, HA, 0, CLEAN1, DIRTY2, false, 1, CLEAN1, DIRTY2},
	{"without HTTU: W is 0", 0, S1, 0, 0, CLEAN1, DIRTY2, false, 1, CLEAN1, DIRTY2},
	{"read-only", HTTU_DIRTY, S1, HA | HD, 0, READ1, DIRTY2, false, 1, READ1, DIRTY2},
	{"of privileged pages by users", HTTU_DIRTY, S1, HA | HD, 0, CLEAN1 ^ 0x40, DIRTY2, false, 0, CLEAN1 ^ 0x40,
	 DIRTY2},
	{"both stages become dirty", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, CLEAN1, CLEAN2, false, 3, DIRTY1 | DBM,
	 DIRTY2 | DBM},
	{"NW 1, both stages", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, CLEAN1, CLEAN2, true, 1, CLEAN1, CLEAN2},
	{"stage 1 is read-only: neither", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, READ1, CLEAN2, false, 1, READ1,
	 CLEAN2},
	{"stage 2 is read-only: nothing is granted, nothing marked", HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD, CLEAN1,
	 READ2, false, 1, CLEAN1, READ2},
	{"stage 2 alone", HTTU_DIRTY, NESTED, 0, S2HA | S2HD, DIRTY1, CLEAN2, false, 3, DIRTY1, DIRTY2 | DBM},
};

static void test_translation_requests_set_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct ats_bench bench;
		struct translation dry;
		struct request request = {.address = VA,
					  .stream = SID,
					  .pasid = PASID_NONE,
					  .at = AT_TRANSLATION_REQUEST,
					  .no_write = asked[i].no_write};

		set_up(&bench, asked[i].idr0, asked[i].ste0, asked[i].cd, asked[i].ste2);
		bench_put(&bench.unit, LEAF1, asked[i].leaf1);
		bench_put(&bench.unit, LEAF2, asked[i].leaf2);
		bench.unit.iommu->ops->explain(bench.unit.iommu, &request, NULL, NULL, &dry);
		assert_true(word_at(&bench, LEAF1) == asked[i].leaf1 && word_at(&bench, LEAF2) == asked[i].leaf2);
		for (unsigned again = 0; again < 2; again++) { /* then cached */
			struct translation out = ats_send(&bench, &request);
			assert_int_equal(out.completion, ATS_SUCCESS);
			if (out.permissions != asked[i].permissions || dry.permissions != out.permissions ||
			    word_at(&bench, LEAF1) != asked[i].leaf1_fresh ||
			    word_at(&bench, LEAF2) != asked[i].leaf2_fresh)
				fail_msg("%s: permissions %u, 0x%llx 0x%llx", asked[i].section, out.permissions,
					 (unsigned long long)word_at(&bench, LEAF1),
					 (unsigned long long)word_at(&bench, LEAF2));
		}
		ats_teardown(&bench);
	}
}

/* What a request with NW 1 left cached is walked again for one with NW 0. */
static void test_request_for_writes_walks_past_a_cached_clean_page(void **state)
{
	(void)state;
	struct ats_bench bench;
	struct request request = {
		.address = VA, .stream = SID, .pasid = PASID_NONE, .at = AT_TRANSLATION_REQUEST, .no_write = true};

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	assert_int_equal(ats_send(&bench, &request).permissions, PERM_READ);
	assert_true(ats_send(&bench, &request).from_cache);
	request.no_write = false;
	struct translation out = ats_send(&bench, &request);
	assert_int_equal(out.permissions, PERM_READ | PERM_WRITE);
	assert_false(out.from_cache);
	assert_true(word_at(&bench, LEAF1) == (DIRTY1 | DBM));
	assert_true(ats_send(&bench, &request).from_cache);
	ats_teardown(&bench);
}

/* 13.6.3: the stage 2 that a translated transaction of split-stage ATS meets. */
static void test_translated_transactions_set_flags_of_stage_2(void **state)
{
	(void)state;
	struct ats_bench bench;

	set_up(&bench, HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD);
	bench_set(&bench.unit, REG_CR0, 4, 0xc);
	bench_ste(&bench.unit, SID, NESTED, EATS_SPLIT, STE_WORD2 | S2HA | S2HD, TABLE2);
	bench_set(&bench.unit, REG_CR0, 4, CR0_ON | CR0_ATSCHK);
	bench_put(&bench.unit, LEAF2, CLEAN2 ^ AF);
	assert_goes_to(ats_use(&bench, FRAME, R), PAGE2);
	assert_true(word_at(&bench, LEAF2) == CLEAN2);
	assert_goes_to(ats_use(&bench, FRAME, W), PAGE2);
	assert_true(word_at(&bench, LEAF2) == (DIRTY2 | DBM));
	bench_put(&bench.unit, LEAF2, READ2);
	bench_command(&bench.unit, UINT64_C(0x28) | UINT64_C(9) << 32, 0); /* CMD_TLBI_S12_VMALL, VMID 9 */
	assert_goes_to(ats_use(&bench, FRAME, R), PAGE2);
	assert_blocked(ats_use(&bench, FRAME, W), 0x13);
	ats_teardown(&bench);
}

/* --- under the cycle clock: a descriptor that changes between its read and its update --- */

#define ASKS_MAX 64

/* Runs the request; before its n-th update the word at `pa` becomes `word`. Updates that were asked for. */
static unsigned run_cycles(struct ats_bench *bench, const struct request *request, unsigned at, uint64_t pa,
			   uint64_t word, struct translation *out)
{
	struct iommu *unit = bench->unit.iommu;
	struct iommu_lookup room;
	struct memory_ask *ask = unit->ops->begin(unit, request, &room, out);
	unsigned updates = 0;

	for (unsigned asks = 0; ask; asks++) {
		assert_true(asks < ASKS_MAX);
		if (ask->bytes == 0 && ++updates == at)
			bench_put(&bench->unit, pa, word);
		memory_ask_answer(bench->unit.memory, ask);
		ask = unit->ops->resume(unit, &room, out);
	}
	return updates;
}

static const struct {
	const char *what;
	uint64_t ste0, leaf1, leaf2, behind;
	uint64_t pa, word; /* what somebody writes */
	unsigned at;       /* before which update */
	unsigned updates;
	unsigned event;
	uint64_t leaf1_fresh, leaf2_fresh, behind_fresh;
} races[] = {
	{"nobody", S1, CLEAN1, DIRTY2, BEHIND | S2_PAGE, LEAF1, 0, 9, 1, TO, DIRTY1 | DBM, DIRTY2, BEHIND | S2_PAGE},
	{"unmapped", S1, CLEAN1, DIRTY2, BEHIND | S2_PAGE, LEAF1, 0, 1, 1, 0x10, 0, DIRTY2, BEHIND | S2_PAGE},
	{"made read-only", S1, CLEAN1, DIRTY2, BEHIND | S2_PAGE, LEAF1, READ1, 1, 1, 0x13, READ1, DIRTY2,
	 BEHIND | S2_PAGE},
	{"made dirty by somebody else", S1, CLEAN1, DIRTY2, BEHIND | S2_PAGE, LEAF1, DIRTY1 | DBM, 1, 1, TO,
	 DIRTY1 | DBM, DIRTY2, BEHIND | S2_PAGE},
	{"AF cleared", S1, CLEAN1, DIRTY2, BEHIND | S2_PAGE, LEAF1, CLEAN1 ^ AF, 1, 2, TO, DIRTY1 | DBM, DIRTY2,
	 BEHIND | S2_PAGE},
	{"stage 2 unmapped", NESTED, DIRTY1, CLEAN2, BEHIND | S2_PAGE, LEAF2, 0, 1, 1, 0x10, DIRTY1, 0,
	 BEHIND | S2_PAGE},
	{"both stages, nobody", NESTED, CLEAN1, CLEAN2, BEHIND | S2_PAGE, LEAF2, 0, 9, 2, TO, DIRTY1 | DBM,
	 DIRTY2 | DBM, BEHIND | S2_PAGE},
	{"all that there is, nobody", NESTED, CLEAN1 ^ AF, CLEAN2 ^ AF, BEHIND | (S2_PAGE ^ S2_W) | DBM, LEAF2, 0, 9, 3,
	 TO, DIRTY1 | DBM, DIRTY2 | DBM, BEHIND | S2_PAGE | DBM},
	{"what is behind a table goes", NESTED, CLEAN1, DIRTY2, BEHIND | (S2_PAGE ^ S2_W) | DBM, BEHIND_LEAF1, 0, 1, 1,
	 0x10, CLEAN1, DIRTY2, 0},
};

static void test_descriptor_that_changes_before_its_update_is_read_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
		struct ats_bench bench;
		struct translation out;
		struct request request = {.address = VA + 8, .bytes = 4, .stream = SID, .pasid = PASID_NONE, .op = W};

		set_up(&bench, HTTU_DIRTY, races[i].ste0, HA | HD, S2HA | S2HD);
		bench_put(&bench.unit, LEAF1, races[i].leaf1);
		bench_put(&bench.unit, LEAF2, races[i].leaf2);
		bench_put(&bench.unit, BEHIND_LEAF1, races[i].behind);
		unsigned updates = run_cycles(&bench, &request, races[i].at, races[i].pa, races[i].word, &out);
		if (updates != races[i].updates || out.fault != races[i].event ||
		    word_at(&bench, LEAF1) != races[i].leaf1_fresh || word_at(&bench, LEAF2) != races[i].leaf2_fresh ||
		    word_at(&bench, BEHIND_LEAF1) != races[i].behind_fresh)
			fail_msg("%s: %u updates, fault 0x%x, 0x%llx 0x%llx 0x%llx", races[i].what, updates, out.fault,
				 (unsigned long long)word_at(&bench, LEAF1), (unsigned long long)word_at(&bench, LEAF2),
				 (unsigned long long)word_at(&bench, BEHIND_LEAF1));
		if (!races[i].event)
			assert_true(out.pa == (races[i].ste0 == S1 ? FRAME : PAGE2) + 8);
		ats_teardown(&bench);
	}
}

/* The page of the CD: the whole configuration is read again, and serves. */
static void test_cd_page_that_changes_before_its_update_is_read_again(void **state)
{
	uint64_t page = CD & ~UINT64_C(0xfff), elsewhere = TABLE1 + 0x8000;
	(void)state;
	struct ats_bench bench;
	struct translation out;
	struct request request = {.address = VA, .bytes = 4, .stream = SID, .pasid = PASID_NONE, .op = R};

	set_up(&bench, HTTU_DIRTY, NESTED, 0, S2HA);
	bench_cd(&bench.unit, elsewhere, CD_WORD | UINT64_C(7) << 48, TABLE1);
	bench_put(&bench.unit, BEHIND_CD, page | (S2_PAGE ^ AF));
	assert_int_equal(run_cycles(&bench, &request, 1, BEHIND_CD, elsewhere | S2_PAGE, &out), 1);
	assert_goes_to(out, PAGE2);
	assert_true(word_at(&bench, BEHIND_CD) == (elsewhere | S2_PAGE));
	ats_teardown(&bench);
}

/* A translation request that is about to grant writes; the permission goes between its two walks. */
static void test_request_for_writes_grants_what_is_left(void **state)
{
	(void)state;
	struct ats_bench bench;
	struct translation out;
	struct request request = {.address = VA, .stream = SID, .pasid = PASID_NONE, .at = AT_TRANSLATION_REQUEST};

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	assert_int_equal(run_cycles(&bench, &request, 1, LEAF1, READ1, &out), 1);
	assert_int_equal(out.completion, ATS_SUCCESS);
	assert_int_equal(out.permissions, PERM_READ);
	assert_true(word_at(&bench, LEAF1) == READ1);
	ats_teardown(&bench);
}

/* 3.9.1.2: F_PERMISSION of stage 2 for a table of stage 1, here for its update, is R = W = 0 and not what is left. */
static void test_request_whose_update_stage_2_forbids_has_no_access(void **state)
{
	(void)state;
	for (unsigned no_write = 0; no_write < 2; no_write++) {
		struct ats_bench bench;
		struct translation out, dry;
		uint64_t record[4];
		struct request request = {.address = VA,
					  .stream = SID,
					  .pasid = PASID_NONE,
					  .at = AT_TRANSLATION_REQUEST,
					  .no_write = no_write};

		set_up(&bench, HTTU_DIRTY, NESTED, HA | HD, S2HA | S2HD);
		bench_put(&bench.unit, LEAF1, CLEAN1);
		bench_put(&bench.unit, BEHIND_LEAF1, (BEHIND | S2_PAGE) & ~S2_W);
		bench.unit.iommu->ops->explain(bench.unit.iommu, &request, NULL, NULL, &dry);
		out = ats_send(&bench, &request);
		assert_int_equal(out.completion, ATS_SUCCESS);
		assert_int_equal(out.permissions, no_write ? PERM_READ : 0); /* nothing is to be updated for NW 1 */
		assert_int_equal(dry.permissions, out.permissions);
		assert_true(word_at(&bench, LEAF1) == CLEAN1);
		assert_int_equal(ats_events(&bench, record), 0);
		ats_teardown(&bench);
	}
}

/* --- what looks without touching --- */

static void note_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	unsigned *found = context;

	(void)pa, (void)page_lg2;
	if (iova == VA)
		*found = permissions;
}

static void test_views_show_what_a_write_would_make_writable(void **state)
{
	static const struct {
		uint64_t ste0, cd, ste2, leaf1, leaf2;
		unsigned permissions;
	} rows[] = {
		{S1, HA | HD, 0, CLEAN1 ^ AF, DIRTY2, 7},   {S1, HA, 0, CLEAN1 ^ AF, DIRTY2, 5},
		{S1, 0, 0, CLEAN1 ^ AF, DIRTY2, 0},         {S1, AFFD, 0, CLEAN1 ^ AF, DIRTY2, 5},
		{S1, HA | HD, 0, READ1, DIRTY2, 5},         {NESTED, HA | HD, S2HA | S2HD, CLEAN1, CLEAN2 ^ AF, 7},
		{NESTED, HA | HD, S2HA, CLEAN1, CLEAN2, 5},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ats_bench bench;
		unsigned found = 0;

		set_up(&bench, HTTU_DIRTY, rows[i].ste0, rows[i].cd, rows[i].ste2);
		bench_put(&bench.unit, LEAF1, rows[i].leaf1);
		bench_put(&bench.unit, LEAF2, rows[i].leaf2);
		bench.unit.iommu->ops->view_leaves(bench.unit.iommu, SID, PASID_NONE, note_leaf, &found, 100);
		assert_int_equal(found, rows[i].permissions);
		assert_true(word_at(&bench, LEAF1) == rows[i].leaf1 && word_at(&bench, LEAF2) == rows[i].leaf2);
		ats_teardown(&bench);
	}
}

/* Stage 2 alone: the IPA is the address. */
static void test_view_of_stage_2(void **state)
{
	(void)state;
	for (unsigned dirty = 0; dirty < 2; dirty++) {
		struct ats_bench bench;
		unsigned found = 0;

		set_up(&bench, HTTU_DIRTY, S2, 0, S2HA | (dirty ? S2HD : 0));
		bench_map2(&bench.unit, VA, CLEAN2 ^ AF);
		bench.unit.iommu->ops->view_leaves(bench.unit.iommu, SID, PASID_NONE, note_leaf, &found, 100);
		assert_int_equal(found, dirty ? 7 : 5);
		ats_teardown(&bench);
	}
}

/* hw/free.h: what nobody accessed is not fetched ahead, and a cached dirty page is stale when memory says clean. */
static void test_free_hardware_knows_of_flags(void **state)
{
	(void)state;
	struct ats_bench bench;
	struct request request = {.address = VA, .bytes = 4, .stream = SID, .pasid = PASID_NONE, .op = W};
	bool current;

	set_up(&bench, HTTU_DIRTY, S1, HA | HD, 0);
	const struct iommu_ops *ops = bench.unit.iommu->ops;
	bench_put(&bench.unit, LEAF1, CLEAN1 ^ AF);
	assert_false(ops->fetch(bench.unit.iommu, &request));
	assert_true(word_at(&bench, LEAF1) == (CLEAN1 ^ AF));
	bench_put(&bench.unit, LEAF1, CLEAN1);
	assert_true(ops->fetch(bench.unit.iommu, &request));
	assert_true(word_at(&bench, LEAF1) == CLEAN1);
	assert_true(ops->cached(bench.unit.iommu, &request, CACHED_TRANSLATION, &current) && current);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, W), FRAME);
	assert_true(ops->cached(bench.unit.iommu, &request, CACHED_TRANSLATION, &current) && current);
	bench_put(&bench.unit, LEAF1, CLEAN1);
	assert_true(ops->cached(bench.unit.iommu, &request, CACHED_TRANSLATION, &current));
	assert_false(current);
	bench_put(&bench.unit, LEAF1, (DIRTY1 | DBM) ^ AF);
	assert_true(ops->cached(bench.unit.iommu, &request, CACHED_TRANSLATION, &current));
	assert_false(current);
	ats_teardown(&bench);
	/* A CD behind a page that nobody accessed. */
	set_up(&bench, HTTU_DIRTY, NESTED, 0, S2HA);
	bench_put(&bench.unit, BEHIND_CD, (CD & ~UINT64_C(0xfff)) | (S2_PAGE ^ AF));
	assert_false(ops->fetch(bench.unit.iommu, &request));
	assert_false(ops->cached(bench.unit.iommu, &request, CACHED_PASID, &current));
	assert_goes_to(bench_ask(&bench.unit, SID, VA, W), PAGE2);
	assert_true(ops->cached(bench.unit.iommu, &request, CACHED_PASID, &current));
	ats_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_translation_requests_set_flags),
		cmocka_unit_test(test_request_for_writes_walks_past_a_cached_clean_page),
		cmocka_unit_test(test_translated_transactions_set_flags_of_stage_2),
		cmocka_unit_test(test_descriptor_that_changes_before_its_update_is_read_again),
		cmocka_unit_test(test_cd_page_that_changes_before_its_update_is_read_again),
		cmocka_unit_test(test_request_for_writes_grants_what_is_left),
		cmocka_unit_test(test_request_whose_update_stage_2_forbids_has_no_access),
		cmocka_unit_test(test_views_show_what_a_write_would_make_writable),
		cmocka_unit_test(test_view_of_stage_2),
		cmocka_unit_test(test_free_hardware_knows_of_flags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
