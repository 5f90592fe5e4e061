/* SPDX-License-Identifier: MIT */
/* Transactions that wait: which do (3.12, 5.5), their records (7.2.1, 7.3), their answers (4.7.1, 4.7.2, 6.3.9.6). */
#include "ats_test.h"

#define VA                      UINT64_C(0x5000)
#define FRAME                   UINT64_C(0x700000)
#define CD_S                    (UINT64_C(1) << 44)
#define CD_A                    (UINT64_C(1) << 46)
#define CD_R                    (UINT64_C(1) << 45)
#define S2S                     (UINT64_C(1) << 57) /* in word 2 */
#define S2R                     (UINT64_C(1) << 58)
#define S1STALLD                (UINT64_C(1) << 27) /* in word 1 */
#define STALLING                (CD_WORD | CD_S)
#define RESUME(stag, bits, sid) (uint64_t)(sid) << 32 | (uint64_t)(bits) << 12 | 0x44, (stag)
#define AC                      1u /* retry */
#define AB                      2u /* abort */

static struct translation ask(struct ats_bench *bench, uint32_t sid, uint64_t address, bool may_stall)
{
	return ats_send(bench, &(struct request){.address = address,
						 .bytes = 4,
						 .stream = sid,
						 .pasid = PASID_NONE,
						 .op = REQUEST_WRITE,
						 .may_stall = may_stall});
}

static void setup(struct ats_bench *bench, uint64_t idr0)
{
	struct ats_ids ids = IDS_ATS;

	ids.idr0 ^= idr0;
	ats_setup(bench, ids);
	bench_cd(&bench->unit, CD, STALLING | UINT64_C(7) << 48, TABLE1);
	bench_ste(&bench->unit, OTHER_SID, STE_S1 | CD, 0, 0, 0);
}

struct stall_case {
	const char *section;
	uint64_t idr0, cd0, ste0, ste1, ste2, leaf1, leaf2, address;
	bool may_stall, stalls;
	unsigned event; /* also of one that ends */
};

#define NESTED (STE_NESTED | CD)
#define S1     (STE_S1 | CD)
#define FORCED IDR0_STALL_FORCE
#define NEVER  IDR0_STALL_NEVER
#define RO     (FRAME | 0xcc3)
#define RW     (FRAME | 0xc43)
#define NO_AF  (FRAME | 0x843)
#define BIG    (UINT64_C(1) << 46 | 0xc43)

static void test_fault_waits_where_its_stage_says_so(void **state)
{
	/* clang-format off */
	static const struct stall_case rows[] = {
		{"5.5 CD.S, F_TRANSLATION", 0, STALLING, S1, 0, 0, 0, 0, VA, true, true, 0x10},
		{"5.5 CD.S, F_ADDR_SIZE", 0, STALLING, S1, 0, 0, BIG, 0, VA, true, true, 0x11},
		{"5.5 CD.S, F_ACCESS", 0, STALLING, S1, 0, 0, NO_AF, 0, VA, true, true, 0x12},
		{"5.5 CD.S, F_PERMISSION", 0, STALLING, S1, 0, 0, RO, 0, VA, true, true, 0x13},
		{"5.5 R is ignored", 0, STALLING & ~CD_R, S1, 0, 0, 0, 0, VA, true, true, 0x10},
		{"5.5 S is 0", 0, CD_WORD, S1, 0, 0, 0, 0, VA, true, false, 0x10},
		{"3.12.1 PCIe never waits", 0, STALLING, S1, 0, 0, 0, 0, VA, false, false, 0x10},
		{"3.12 other events end", 0, STALLING & ~(UINT64_C(1) << 31), S1, 0, 0, 0, 0, VA, true, false, 0x0a},
		{"5.5 S1STALLD with CD.S", 0, STALLING, S1, S1STALLD, 0, 0, 0, VA, true, false, 0x0a},
		{"5.5 S1STALLD without CD.S", 0, CD_WORD, S1, S1STALLD, 0, 0, 0, VA, true, false, 0x10},
		{"5.5 STALL_MODEL 1: CD.S", NEVER, STALLING, S1, 0, 0, 0, 0, VA, true, false, 0x0a},
		{"5.5 STALL_MODEL 1: S1STALLD", NEVER, CD_WORD, S1, S1STALLD, 0, 0, 0, VA, true, false, 0x04},
		{"5.5 STALL_MODEL 1: S2S", NEVER, CD_WORD, NESTED, 0, S2S, 0, 0, VA, true, false, 0x04},
		{"5.5 STALL_MODEL 2: CD.S is 0", FORCED, CD_WORD, S1, 0, 0, 0, 0, VA, true, false, 0x0a},
		{"5.5 STALL_MODEL 2: S2S is 0", FORCED, STALLING, NESTED, 0, 0, 0, 0, VA, true, false, 0x04},
		{"5.5 STALL_MODEL 2: S1STALLD", FORCED, STALLING, S1, S1STALLD, 0, 0, 0, VA, true, false, 0x04},
		{"5.5 STALL_MODEL 2", FORCED, STALLING, S1, 0, 0, 0, 0, VA, true, true, 0x10},
		{"3.12.5 S1 stalls, S2 ends: at S1", 0, STALLING, NESTED, 0, 0, 0, 0, VA, true, true, 0x10},
		{"3.12.5 S1 stalls, S2 ends: at S2", 0, STALLING, NESTED, 0, 0, RW, 0, VA, true, false, 0x10},
		{"3.12.5 S1 ends, S2 stalls: at S1", 0, CD_WORD, NESTED, 0, S2S, 0, 0, VA, true, false, 0x10},
		{"3.12.5 S1 ends, S2 stalls: at S2", 0, CD_WORD, NESTED, 0, S2S, RW, 0, VA, true, true, 0x10},
		{"5.5 S2R is ignored", 0, CD_WORD, NESTED, 0, S2S | S2R, RW, 0, VA, true, true, 0x10},
		{"3.12 stage 1 is not there: F_ADDR_SIZE", 0, CD_WORD, STE_S2, 0, S2S, 0, 0, UINT64_C(1) << 44, true, false, 0x11},
		{"5.2 EATS 1 with S2S", 0, CD_WORD, NESTED, EATS_FULL, S2S, RW, 0, VA, true, false, 0x04},
		{"5.2 EATS 2 with S2S", 0, CD_WORD, NESTED, EATS_SPLIT, S2S, RW, 0, VA, true, false, 0x04},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct stall_case *row = &rows[i];
		struct translation out[3];
		struct ats_bench bench;
		uint64_t cycles, record[4] = {0};
		struct request request = {.address = row->address,
					  .bytes = 4,
					  .stream = SID,
					  .pasid = PASID_NONE,
					  .op = REQUEST_WRITE,
					  .may_stall = row->may_stall};

		setup(&bench, row->idr0);
		bench_cd(&bench.unit, CD, row->cd0 | UINT64_C(7) << 48, TABLE1);
		/* S2R: STE_WORD2 has it. */
		bench_ste(&bench.unit, SID, row->ste0, row->ste1,
			  row->ste0 & 4 ? (STE_WORD2 | (row->ste2 & S2S)) & ~(row->ste2 & S2R) : 0, TABLE2);
		bench_map1(&bench.unit, VA, row->leaf1);
		ats_map_structures(&bench);
		bench.unit.iommu->ops->explain(bench.unit.iommu, &request, NULL, NULL, &out[0]);
		out[1] = ats_send(&bench, &request);
		iommu_translate_cycles(bench.unit.iommu, bench.unit.memory, &request, 10, &out[2], &cycles);
		for (unsigned way = 0; way < 3; way++)
			if ((out[way].result == TRANSLATE_STALLED) != row->stalls || out[way].fault != row->event)
				fail_msg("%s, %u: result %u event 0x%x", row->section, way, out[way].result,
					 out[way].fault);
		assert_int_equal(ats_events(&bench, record), 2);
		/* Stall is bit 95, STAG 79:64 */
		assert_int_equal(record[1] & 0xffffffff, row->stalls ? 0x80000001 : 0);
		assert_int_equal(out[2].stall_tag, row->stalls ? 1 : 0);
		ats_teardown(&bench);
	}
}

static void test_answer_is_what_the_command_says(void **state)
{
	static const struct {
		const char *section;
		uint64_t idr0;
		unsigned bits;
		enum stall_action action;
	} rows[] = {
		{"4.7.1 retry", 0, AC, STALL_RETRY},
		{"4.7.1 retry: Ab is ignored", 0, AC | AB, STALL_RETRY},
		{"4.7.1 abort", 0, AB, STALL_ABORT},
		{"4.7.1 TERM_MODEL 1: Ab is ignored", 0, 0, STALL_ABORT},
		{"4.7.1 RAZ/WI", IDR0_TERM_MODEL, 0, STALL_TERMINATE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ats_bench bench;
		setup(&bench, rows[i].idr0);
		assert_int_equal(ask(&bench, SID, VA, true).result, TRANSLATE_STALLED);
		assert_int_equal(ask(&bench, SID, VA, true).stall_tag, 1);
		bench_command(&bench.unit, RESUME(1, rows[i].bits, SID));
		assert_int_equal(bench.answer_count, 1);
		if (bench.answers[0].action != rows[i].action || bench.answers[0].tag != 1 ||
		    bench.answers[0].stream != SID)
			fail_msg("%s: action %u", rows[i].section, bench.answers[0].action);
		/* The tag can be used again, the other is not. */
		assert_int_equal(ask(&bench, SID, VA, true).stall_tag, 1);
		ats_teardown(&bench);
	}
}

static void test_answer_to_another_stream_or_tag_is_without_effect(void **state)
{
	struct ats_bench bench;

	(void)state;
	setup(&bench, 0);
	ask(&bench, SID, VA, true);
	bench_command(&bench.unit, RESUME(0, AC, OTHER_SID));
	bench_command(&bench.unit, RESUME(1, AC, SID));
	bench_command(&bench.unit, RESUME(0xffff, AC, SID));
	assert_int_equal(bench.answer_count, 0);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 0);
	bench_command(&bench.unit, RESUME(0, AC, SID));
	bench_command(&bench.unit, RESUME(0, AC, SID));
	assert_int_equal(bench.answer_count, 1);
	ats_teardown(&bench);
}

static void test_stall_term_ends_all_of_a_stream(void **state)
{
	struct ats_bench bench;

	(void)state;
	setup(&bench, IDR0_TERM_MODEL);
	ask(&bench, SID, VA, true);
	ask(&bench, OTHER_SID, VA, true);
	ask(&bench, SID, VA + 0x1000, true);
	bench_command(&bench.unit, UINT64_C(5) << 32 | 0x45, 0);
	assert_int_equal(bench.answer_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bench.answers[i].stream, SID);
		assert_int_equal(bench.answers[i].tag, 2 * i);
		assert_int_equal(bench.answers[i].action, STALL_ABORT);
	}
	ats_teardown(&bench);
}

static void test_disabling_the_unit_ends_all(void **state)
{
	struct ats_bench bench;

	(void)state;
	setup(&bench, 0);
	ask(&bench, SID, VA, true);
	ask(&bench, OTHER_SID, VA, true);
	bench_set(&bench.unit, REG_CR0, 4, 0xc);
	assert_int_equal(bench.answer_count, 2);
	assert_int_equal(bench.answers[1].action, STALL_ABORT);
	assert_goes_to(ask(&bench, SID, VA, true), VA);
	ats_teardown(&bench);
}

/* 7.2.1, 7.4: a full queue loses no stall and overflows not; the transaction is retried when there is room. */
static void test_stall_without_room_for_its_record_is_retried(void **state)
{
	struct ats_bench bench;
	struct translation out;

	(void)state;
	setup(&bench, 0);
	for (unsigned i = 0; i < 4; i++)
		ask(&bench, SID, VA, false);
	out = ask(&bench, SID, VA, true);
	assert_int_equal(out.result, TRANSLATE_STALLED);
	assert_false(out.recorded || out.overflow);
	bench_settle(&bench.unit);
	assert_int_equal(bench.answer_count, 0);
	bench_command(&bench.unit, RESUME(out.stall_tag, AC, SID)); /* of no record */
	assert_int_equal(bench.answer_count, 0);
	assert_int_equal(bench_get(&bench.unit, REG_EVENTQ_PROD, 4), 4);
	bench_set(&bench.unit, REG_EVENTQ_CONS, 4, 1);
	assert_int_equal(bench.answer_count, 1);
	assert_int_equal(bench.answers[0].action, STALL_RETRY);
	assert_int_equal(bench.answers[0].tag, out.stall_tag);
	assert_true(ask(&bench, SID, VA, true).recorded);
	assert_int_equal(bench_get(&bench.unit, REG_EVENTQ_PROD, 4), 5);
	ats_teardown(&bench);
}

/* IDR5.STALL_MAX is 4 here. */
static void test_more_than_can_wait_end(void **state)
{
	struct ats_bench bench;
	struct translation out;

	(void)state;
	setup(&bench, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ask(&bench, SID, VA, true).stall_tag, i);
	bench_set(&bench.unit, REG_EVENTQ_CONS, 4, 4);
	out = ask(&bench, SID, VA, true);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_true(out.recorded && !(out.record[1] & 0x80000000));
	ats_teardown(&bench);
}

static void test_translation_request_never_waits(void **state)
{
	struct ats_bench bench;

	(void)state;
	setup(&bench, 0);
	bench_ste(&bench.unit, SID, STE_S1 | CD, EATS_FULL, 0, 0);
	struct request request = {
		.address = VA, .stream = SID, .pasid = PASID_NONE, .at = AT_TRANSLATION_REQUEST, .may_stall = true};
	struct translation out = ats_send(&bench, &request); /* 5.5 S */
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.completion, ATS_SUCCESS);
	assert_false(out.recorded);
	ats_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_waits_where_its_stage_says_so),
		cmocka_unit_test(test_answer_is_what_the_command_says),
		cmocka_unit_test(test_answer_to_another_stream_or_tag_is_without_effect),
		cmocka_unit_test(test_stall_term_ends_all_of_a_stream),
		cmocka_unit_test(test_disabling_the_unit_ends_all),
		cmocka_unit_test(test_stall_without_room_for_its_record_is_retried),
		cmocka_unit_test(test_more_than_can_wait_end),
		cmocka_unit_test(test_translation_request_never_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
