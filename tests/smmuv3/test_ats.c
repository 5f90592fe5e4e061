/* SPDX-License-Identifier: MIT */
/* ATS, case by case: what translation requests are answered and what translated transactions meet (3.9.1, 13.6, 13.7).
 */
#include "ats_test.h"

#define VA    UINT64_C(0x5000)
#define FRAME UINT64_C(0x700000) /* of stage 1, or the IPA */
#define PAGE2 UINT64_C(0x800000) /* of stage 2 */
#define R     PERM_READ
#define W     PERM_WRITE
#define X     PERM_EXECUTE
#define WALL  0 /* no translation: R == W == 0 */

/* Leaves of stage 1: AF, nG, valid page; AP[2:1] is 7:6, UXN 54, PXN 53. */
#define RW_ALL    (FRAME | 0xc43)
#define RO_ALL    (FRAME | 0xcc3)
#define RW_KERNEL (FRAME | 0xc03)
#define RW_NO_X   (FRAME | UINT64_C(0x0060000000000c43))
#define NO_AF     (FRAME | 0x843)
#define BEYOND    (UINT64_C(1) << 46 | 0xc43) /* OAS is 44 bits */
#define INVALID   UINT64_C(0)
/* Of stage 2: S2AP is 7:6, XN[1] 54. */
#define S2_RW   (PAGE2 | 0x4ff)
#define S2_RO   (PAGE2 | 0x47f)
#define S2_NONE (PAGE2 | 0x43f)
#define NESTED  (STE_NESTED | CD)

enum who { WITHOUT, PASID, PASID_EXE, PASID_PRIV, NO_WRITE, EXE_WITHOUT };

struct request_case {
	const char *section; /* and what it is about */
	uint64_t ste0, ste1, leaf1, leaf2;
	enum who who;
	uint32_t cr0, cr2;
	enum ats_completion completion;
	unsigned permissions;
	uint64_t pa;
	unsigned event; /* recorded; 0: none */
};

#define S1 (STE_S1 | CD)
#define SS (STE_S1 | CD | S1CDMAX_1)
#define OK ATS_SUCCESS
#define UR ATS_UR
#define CA ATS_CA

/* clang-format off */
static const struct request_case requests[] = {
	{"3.9.1.2 SMMUEN is 0", S1, EATS_FULL, RW_ALL, 0, WITHOUT, 0xc, 0, UR, WALL, 0, 0x05},
	{"3.9.1.2 Config 0", CD | 1, EATS_FULL, RW_ALL, 0, WITHOUT, 0, 0, UR, WALL, 0, 0},
	{"3.9.1.2 Config 4", CD | 9, EATS_FULL, RW_ALL, 0, WITHOUT, 0, 0, UR, WALL, 0, 0x05},
	{"5.2 EATS 0", S1, 0, RW_ALL, 0, WITHOUT, 0, 0, UR, WALL, 0, 0x05},
	{"5.2 EATS 2 without ATSCHK", NESTED, EATS_SPLIT, RW_ALL, S2_RW, WITHOUT, 0, 0, UR, WALL, 0, 0x05},
	{"5.2 EATS 3 without DPT", S1, EATS_DPT, RW_ALL, 0, WITHOUT, 0, 0, UR, WALL, 0, 0x05},
	{"5.2 EATS 2 of one stage", S1, EATS_SPLIT, RW_ALL, 0, WITHOUT, 0, 0, CA, WALL, 0, 0},
	{"5.2 EATS 2 of one stage, recorded", S1, EATS_SPLIT, RW_ALL, 0, WITHOUT, 0, CR2_REC_CFG_ATS, CA, WALL, 0, 0x04},
	{"5.2 EATS 1 with S1", S1, EATS_FULL, RW_ALL, 0, WITHOUT, 0, 0, OK, R | W, FRAME, 0},
	{"7.3.6 comes before the CD's event", CD | S1CDMAX_1 | STE_S1, 0, RW_ALL, 0, WITHOUT, 0, CR2_REC_CFG_ATS, UR, WALL, 0, 0x05},
	{"3.9.1.2 F_TRANSLATION", S1, EATS_FULL, INVALID, 0, WITHOUT, 0, CR2_REC_CFG_ATS, OK, WALL, 0, 0},
	{"3.9.1.2 F_ACCESS", S1, EATS_FULL, NO_AF, 0, WITHOUT, 0, 0, OK, WALL, 0, 0},
	{"3.9.1.2 F_ADDR_SIZE", S1, EATS_FULL, BEYOND, 0, WITHOUT, 0, 0, OK, WALL, 0, 0},
	{"13.7 RO", S1, EATS_FULL, RO_ALL, 0, WITHOUT, 0, 0, OK, R, FRAME, 0},
	{"13.7 NW is no less", S1, EATS_FULL, RW_ALL, 0, NO_WRITE, 0, 0, OK, R | W, FRAME, 0},
	{"13.7 User-X, Priv-RW", S1, EATS_FULL, RW_KERNEL, 0, WITHOUT, 0, 0, OK, WALL, 0, 0},
	{"13.7 Exe without PASID", S1, EATS_FULL, RW_ALL, 0, EXE_WITHOUT, 0, 0, OK, R | W, FRAME, 0},
	{"13.7 Exe", SS, EATS_FULL, RW_ALL, 0, PASID_EXE, 0, 0, OK, R | W | X, FRAME, 0},
	{"13.7 PASID without Exe", SS, EATS_FULL, RW_ALL, 0, PASID, 0, 0, OK, R | W, FRAME, 0},
	{"13.7 Exe of XN", SS, EATS_FULL, RW_NO_X, 0, PASID_EXE, 0, 0, OK, R | W, FRAME, 0},
	{"13.7 Exe of XO", SS, EATS_FULL, RW_KERNEL, 0, PASID_EXE, 0, 0, OK, WALL, 0, 0},
	{"13.7 Priv", SS, EATS_FULL, RW_KERNEL, 0, PASID_PRIV, 0, 0, OK, R | W, FRAME, 0},
	{"13.7.1 PRIVCFG privileged", S1, EATS_FULL | UINT64_C(3) << 48, RW_KERNEL, 0, WITHOUT, 0, 0, OK, R | W, FRAME, 0},
	{"13.7.1 PRIVCFG unprivileged", SS, EATS_FULL | UINT64_C(2) << 48, RW_KERNEL, 0, PASID_PRIV, 0, 0, OK, WALL, 0, 0},
	{"13.7.1 INSTCFG Instruction, XO", SS, EATS_FULL | UINT64_C(3) << 50, RW_KERNEL, 0, PASID_EXE, 0, 0, OK, R | X, FRAME, 0},
	{"13.7.1 INSTCFG Instruction, XN", S1, EATS_FULL | UINT64_C(3) << 50, RW_NO_X, 0, WITHOUT, 0, 0, OK, W, FRAME, 0},
	{"13.7.1 INSTCFG Data, XN", SS, EATS_FULL | UINT64_C(2) << 50, RW_NO_X, 0, PASID_EXE, 0, 0, OK, R | W | X, FRAME, 0},
	{"3.9.1.2 C_BAD_SUBSTREAMID", S1, EATS_FULL, RW_ALL, 0, PASID, 0, 0, CA, WALL, 0, 0},
	{"3.9.1.2 C_BAD_SUBSTREAMID, recorded", S1, EATS_FULL, RW_ALL, 0, PASID, 0, CR2_REC_CFG_ATS, CA, WALL, 0, 0x08},
	{"3.9.1.2 F_STREAM_DISABLED", SS, EATS_FULL, RW_ALL, 0, WITHOUT, 0, CR2_REC_CFG_ATS, CA, WALL, 0, 0x06},
	{"13.6.4 S1DSS 1", SS, EATS_FULL | S1DSS_BYPASS, INVALID, 0, WITHOUT, 0, 0, OK, R | W, VA, 0},
	{"5.2 S1DSS 2", SS, EATS_FULL | S1DSS_SSID0, RW_ALL, 0, WITHOUT, 0, 0, OK, R | W, FRAME, 0},
	{"13.6.4 S1DSS 1, nested", NESTED | S1CDMAX_1, EATS_FULL | S1DSS_BYPASS, INVALID, VA << 32, WITHOUT, 0, 0, OK, R | W, PAGE2, 0},
	{"3.9.1.2 nested", NESTED, EATS_FULL, RW_ALL, S2_RW, WITHOUT, 0, 0, OK, R | W, PAGE2, 0},
	{"13.6.3 split-stage: an IPA", NESTED, EATS_SPLIT, RW_ALL, S2_RW, WITHOUT, CR0_ON | CR0_ATSCHK, 0, OK, R | W, FRAME, 0},
	{"13.6.3 rights of both stages", NESTED, EATS_SPLIT, RW_ALL, S2_RO, WITHOUT, CR0_ON | CR0_ATSCHK, 0, OK, R, FRAME, 0},
	{"13.6.5 split-stage, S1DSS 1", NESTED | S1CDMAX_1, EATS_SPLIT | S1DSS_BYPASS, INVALID, VA << 32, WITHOUT, CR0_ON | CR0_ATSCHK, 0, OK, R | W, VA, 0},
	{"3.9.1.2 stage 2 permits nothing", NESTED, EATS_FULL, RW_ALL, S2_NONE, WITHOUT, 0, 0, OK, WALL, 0, 0},
	{"3.9.1.2 stage 2 has no page", NESTED, EATS_FULL, RW_ALL, INVALID, WITHOUT, 0, 0, OK, WALL, 0, 0},
};
/* clang-format on */

static void set_case(struct ats_bench *bench, const struct request_case *row)
{
	bool skips_stage1 = row->leaf2 == VA << 32;

	ats_setup(bench, IDS_ATS);
	bench_ste(&bench->unit, SID, row->ste0, row->ste1, row->ste0 & 4 ? STE_WORD2 : 0, row->ste0 & 4 ? TABLE2 : 0);
	bench_cd(&bench->unit, OTHER_CD, CD_WORD | UINT64_C(8) << 48, TABLE1);
	bench_map1(&bench->unit, VA, row->leaf1);
	ats_map_structures(bench);
	bench_map2(&bench->unit, skips_stage1 ? VA : FRAME, skips_stage1 ? S2_RW : row->leaf2);
	bench_set(&bench->unit, REG_CR0, 4, 0xc);
	bench_set(&bench->unit, REG_CR2, 4, row->cr2);
	bench_set(&bench->unit, REG_CR0, 4, row->cr0 ? row->cr0 : CR0_ON);
}

static struct request request_of(const struct request_case *row)
{
	return (struct request){
		.address = VA,
		.stream = SID,
		.pasid = row->who == WITHOUT || row->who == NO_WRITE || row->who == EXE_WITHOUT ? PASID_NONE : 1,
		.at = AT_TRANSLATION_REQUEST,
		.execute = row->who == PASID_EXE || row->who == EXE_WITHOUT,
		.privileged = row->who == PASID_PRIV,
		.no_write = row->who == NO_WRITE,
	};
}

static void expect_case(const struct request_case *row, const struct translation *out)
{
	bool grants = row->completion == OK && row->permissions != WALL;

	if (out->completion != row->completion || out->permissions != row->permissions ||
	    (out->result == TRANSLATE_OK) != grants || (grants && out->pa != row->pa))
		fail_msg("%s: completion %u permissions %u pa 0x%llx", row->section, out->completion, out->permissions,
			 (unsigned long long)out->pa);
	assert_false(out->global || out->non_snooped || out->untranslated_only);
	assert_int_equal(out->privileged, row->completion == OK && row->who == PASID_PRIV);
	if (row->completion == OK)
		assert_int_equal(out->page_lg2, 12);
}

static void test_request_is_answered_as_the_tables_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const struct request_case *row = &requests[i];
		struct request request = request_of(row);
		struct ats_bench bench;
		struct translation out;
		uint64_t cycles, record[4] = {0};

		set_case(&bench, row);
		bench.unit.iommu->ops->explain(bench.unit.iommu, &request, NULL, NULL, &out);
		expect_case(row, &out);
		assert_int_equal(ats_events(&bench, record), 0);
		iommu_translate_cycles(bench.unit.iommu, bench.unit.memory, &request, 10, &out, &cycles);
		expect_case(row, &out);
		assert_int_equal(cycles, 10u * out.reads);
		if (ats_events(&bench, record) != (row->event ? 1 : 0) || (record[0] & 0xff) != row->event)
			fail_msg("%s: event 0x%x", row->section, (unsigned)record[0] & 0xff);
		/* From the caches, which the first one filled. */
		out = ats_send(&bench, &request);
		expect_case(row, &out);
		if (ats_events(&bench, record) != (row->event ? 1 : 0))
			fail_msg("%s: event from the cache", row->section);
		ats_teardown(&bench);
	}
}

static void test_request_of_no_stream_is_recorded_only_if_both_bits_are_set(void **state)
{
	static const struct {
		uint32_t cr2;
		unsigned events;
	} rows[] = {{0, 0}, {CR2_RECINVSID, 0}, {CR2_REC_CFG_ATS, 0}, {CR2_RECINVSID | CR2_REC_CFG_ATS, 1}};
	uint64_t record[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct ats_bench bench;
		ats_setup(&bench, IDS_ATS);
		bench_set(&bench.unit, REG_CR0, 4, 0xc);
		bench_set(&bench.unit, REG_CR2, 4, rows[i].cr2);
		bench_set(&bench.unit, REG_CR0, 4, CR0_ON);
		struct request request = {
			.address = VA, .stream = 64, .pasid = PASID_NONE, .at = AT_TRANSLATION_REQUEST};
		assert_int_equal(ats_send(&bench, &request).completion, ATS_CA);
		assert_int_equal(ats_events(&bench, record), rows[i].events);
		ats_teardown(&bench);
	}
}

static void test_request_where_a_table_is_nowhere_is_a_completer_abort(void **state)
{
	struct ats_bench bench;
	uint64_t record[4];

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_ste(&bench.unit, SID, STE_S1 | CD, EATS_FULL, 0, 0);
	bench_put(&bench.unit, TABLE1, UINT64_C(0x2000000) | 3);
	struct translation out = ats_ask(&bench, VA);
	assert_int_equal(out.completion, ATS_CA); /* F_WALK_EABT */
	assert_true(out.lost);
	/* Stage 1 permits nothing, so that stage 2, whose table is nowhere, is not asked (3.9.1.2). */
	bench_ste(&bench.unit, SID, NESTED, EATS_FULL, STE_WORD2, TABLE2);
	bench_command(&bench.unit, UINT64_C(5) << 32 | 0x03, 1);
	bench_map1(&bench.unit, VA, RW_KERNEL | UINT64_C(1) << 54);
	ats_map_structures(&bench);
	bench_map2(&bench.unit, UINT64_C(0x40700000), S2_RW);
	bench_put(&bench.unit, TABLE2 + 8, UINT64_C(0x2000000) | 3);
	bench_map1(&bench.unit, VA, (UINT64_C(0x40700000) + 0xc03) | UINT64_C(1) << 54);
	out = ats_ask(&bench, VA);
	assert_int_equal(out.completion, ATS_SUCCESS);
	assert_int_equal(out.permissions, 0);
	bench_map1(&bench.unit, VA, UINT64_C(0x40700000) + 0xc43);
	assert_int_equal(ats_ask(&bench, VA).completion, ATS_CA);
	assert_int_equal(ats_events(&bench, record), 0);
	ats_teardown(&bench);
}

static void test_request_page_is_the_smaller_of_both_stages(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_ste(&bench.unit, SID, STE_S1 | CD, EATS_FULL, 0, 0);
	bench_map1(&bench.unit, VA, RW_ALL);
	bench_put(&bench.unit, TABLE1 + 0x1000, 0x600000 | 0xc41); /* a block of 2 MiB */
	struct translation out = ats_ask(&bench, VA);
	assert_int_equal(out.page_lg2, 21);
	assert_true(out.pa == 0x605000);
	bench_ste(&bench.unit, SID, NESTED, EATS_FULL, STE_WORD2, TABLE2);
	bench_command(&bench.unit, UINT64_C(5) << 32 | 0x03, 1);
	bench_command(&bench.unit, 0x30, 0);
	ats_map_structures(&bench);
	bench_map2(&bench.unit, 0x605000, S2_RW);
	out = ats_ask(&bench, VA);
	assert_int_equal(out.page_lg2, 12);
	assert_true(out.pa == PAGE2);
	ats_teardown(&bench);
}

/* 3.9.1: why the TLB is to be invalidated before the device's. */
static void test_request_is_served_from_a_stale_tlb_entry(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_ste(&bench.unit, SID, STE_S1 | CD, EATS_FULL, 0, 0);
	bench_map1(&bench.unit, VA, RW_ALL);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME);
	bench_map1(&bench.unit, VA, INVALID);
	struct translation out = ats_ask(&bench, VA);
	assert_true(out.from_cache && out.pa == FRAME);
	bench_command(&bench.unit, UINT64_C(7) << 48 | 0x11, 0);
	assert_int_equal(ats_ask(&bench, VA).permissions, 0);
	/* And the other way: what a request brought in serves an ordinary one. */
	bench_map1(&bench.unit, VA, RW_ALL);
	assert_true(ats_ask(&bench, VA).pa == FRAME);
	bench_map1(&bench.unit, VA, INVALID);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_WRITE), FRAME);
	ats_teardown(&bench);
}

static void test_request_record_has_the_page_and_the_substream(void **state)
{
	struct ats_bench bench;
	uint64_t record[4];

	(void)state;
	ats_setup(&bench, IDS_ATS);
	struct request request = {.address = VA, .stream = SID, .pasid = 3, .at = AT_TRANSLATION_REQUEST};
	assert_int_equal(ats_send(&bench, &request).completion, ATS_UR);
	assert_int_equal(ats_events(&bench, record), 1);
	/* 7.3.6: SSV is bit 11, SSID 31:12 */
	assert_true(record[0] == UINT64_C(0x0000000500003805) && record[1] == 0 && record[2] == VA && record[3] == 0);
	ats_teardown(&bench);
}

struct translated_case {
	const char *section;
	uint64_t ste0, ste1, leaf2;
	uint32_t cr0, cr2;
	enum request_op op;
	bool passes;
	uint64_t pa;
	unsigned event;
};

#define CHECKED (CR0_ON | CR0_ATSCHK)
#define ABORTED false, 0
#define PASSES  true
/* clang-format off */
static const struct translated_case translated[] = {
	{"3.9.1.3 SMMUEN is 0", S1, EATS_FULL, 0, 0xc, 0, REQUEST_READ, ABORTED, 0x07},
	{"3.9.1.3 ATSCHK is 0: not even the STE is read", 0, 0, 0, CR0_ON, CR2_REC_CFG_ATS, REQUEST_WRITE, PASSES, FRAME, 0},
	{"3.9.1.3 Config 0", CD | 1, EATS_FULL, 0, CHECKED, CR2_REC_CFG_ATS, REQUEST_READ, ABORTED, 0},
	{"3.9.1.3 Config 4", CD | 9, EATS_FULL, 0, CHECKED, 0, REQUEST_READ, ABORTED, 0x07},
	{"3.9.1.3 EATS 0", S1, 0, 0, CHECKED, 0, REQUEST_WRITE, ABORTED, 0x07},
	{"3.9.1.3 EATS 3 without DPT", S1, EATS_DPT, 0, CHECKED, 0, REQUEST_READ, ABORTED, 0x07},
	{"3.9.1.3 EATS 1", S1, EATS_FULL, 0, CHECKED, 0, REQUEST_WRITE, PASSES, FRAME, 0},
	{"3.9.1.3 the CD does not matter", STE_S1 | UINT64_C(0x2000000), EATS_FULL, 0, CHECKED, 0, REQUEST_WRITE, PASSES, FRAME, 0},
	{"3.9.1.3 C_BAD_STE", 0, 0, 0, CHECKED, 0, REQUEST_READ, ABORTED, 0},
	{"3.9.1.3 C_BAD_STE, recorded", 0, 0, 0, CHECKED, CR2_REC_CFG_ATS, REQUEST_READ, ABORTED, 0x04},
	{"13.6.3 EATS 2", NESTED, EATS_SPLIT, S2_RW, CHECKED, 0, REQUEST_WRITE, PASSES, PAGE2, 0},
	{"3.9.1.3 EATS 2, no page", NESTED, EATS_SPLIT, INVALID, CHECKED, 0, REQUEST_READ, ABORTED, 0x10},
	{"3.9.1.3 EATS 2, no right", NESTED, EATS_SPLIT, S2_RO, CHECKED, 0, REQUEST_WRITE, ABORTED, 0x13},
	{"3.9.1.3 EATS 2 without ATSCHK: the IPA passes", NESTED, EATS_SPLIT, S2_RO, CR0_ON, 0, REQUEST_WRITE, PASSES, FRAME, 0},
};
/* clang-format on */

static void expect_translated(struct ats_bench *bench, const struct translated_case *row, const struct translation *out)
{
	uint64_t record[4] = {0};

	if ((out->result == TRANSLATE_OK) != row->passes || (row->passes && out->pa != row->pa))
		fail_msg("%s: pa 0x%llx", row->section, (unsigned long long)out->pa);
	assert_int_equal(out->completion, ATS_NONE);
	if (ats_events(bench, record) != (row->event ? 1 : 0) || (record[0] & 0xff) != row->event)
		fail_msg("%s: event 0x%x", row->section, (unsigned)record[0] & 0xff);
	if (row->event == 0x07) /* 7.3.8: RnW is bit 99 */
		assert_true(record[0] == UINT64_C(0x0000000500000007) && record[2] == FRAME &&
			    record[1] == (row->op == REQUEST_READ ? UINT64_C(1) << 35 : 0));
	if (row->event >= 0x10) /* S2, CLASS IN */
		assert_true((record[1] >> 39 & 7) == 5 && record[3] == FRAME);
}

static void test_translated_transaction_meets_what_the_tables_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(translated) / sizeof(translated[0]); i++) {
		const struct translated_case *row = &translated[i];
		struct ats_bench bench;
		uint64_t cycles;

		ats_setup(&bench, IDS_ATS);
		bench_ste(&bench.unit, SID, row->ste0, row->ste1, row->ste0 & 4 ? STE_WORD2 : 0, TABLE2);
		bench_map2(&bench.unit, FRAME, row->leaf2);
		bench_set(&bench.unit, REG_CR0, 4, 0xc);
		bench_set(&bench.unit, REG_CR2, 4, row->cr2);
		bench_set(&bench.unit, REG_CR0, 4, row->cr0);
		struct translation out = ats_use(&bench, FRAME, row->op);
		expect_translated(&bench, row, &out);
		struct request request = {.address = FRAME,
					  .bytes = 4,
					  .stream = SID,
					  .pasid = 9, /* says nothing: IDR3.PASIDTT is 0 */
					  .at = AT_TRANSLATED,
					  .op = (uint8_t)row->op};
		iommu_translate_cycles(bench.unit.iommu, bench.unit.memory, &request, 10, &out, &cycles);
		expect_translated(&bench, row, &out);
		ats_teardown(&bench);
	}
}

static void test_translated_address_beyond_the_oas_is_aborted_unrecorded(void **state)
{
	struct ats_bench bench;
	uint64_t record[4];

	(void)state;
	ats_setup(&bench, IDS_ATS);
	assert_blocked(ats_use(&bench, UINT64_C(1) << 44, REQUEST_READ), 0); /* 3.9.1.1 */
	assert_goes_to(ats_use(&bench, (UINT64_C(1) << 44) - 4, REQUEST_READ), (UINT64_C(1) << 44) - 4);
	assert_int_equal(ats_events(&bench, record), 0);
	ats_teardown(&bench);
}

static void test_translated_ipa_is_served_from_the_tlb_until_invalidated(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_ste(&bench.unit, SID, NESTED, EATS_SPLIT, STE_WORD2, TABLE2);
	bench_map2(&bench.unit, FRAME, S2_RO);
	bench_set(&bench.unit, REG_CR0, 4, CHECKED);
	assert_goes_to(ats_use(&bench, FRAME, REQUEST_READ), PAGE2);
	bench_map2(&bench.unit, FRAME, S2_RW);
	assert_blocked(ats_use(&bench, FRAME, REQUEST_WRITE), 0x13);
	bench_command(&bench.unit, UINT64_C(9) << 32 | 0x2a, FRAME);
	assert_goes_to(ats_use(&bench, FRAME, REQUEST_WRITE), PAGE2);
	ats_teardown(&bench);
}

static void test_unit_without_ats_lets_nothing_pass_and_records_nothing(void **state)
{
	struct ats_bench bench;
	uint64_t record[4];

	(void)state;
	ats_setup(&bench, (struct ats_ids){0});
	bench_ste(&bench.unit, SID, STE_S1 | CD, EATS_SPLIT, 0, 0); /* EATS is ignored (5.2) */
	bench_map1(&bench.unit, VA, RW_ALL);
	assert_int_equal(ats_ask(&bench, VA).completion, ATS_UR);
	assert_blocked(ats_use(&bench, FRAME, REQUEST_READ), 0);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME);
	assert_int_equal(ats_events(&bench, record), 0);
	assert_int_equal(bench_get(&bench.unit, REG_CR0, 4), CR0_ON);
	ats_teardown(&bench);
}

static void test_ste_with_split_ats_is_bad_without_its_support(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, (struct ats_ids){.idr0 = IDR0_ATS | IDR0_NS1ATS});
	bench_ste(&bench.unit, SID, NESTED, EATS_SPLIT, STE_WORD2, TABLE2);
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x04);
	ats_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_is_answered_as_the_tables_say),
		cmocka_unit_test(test_request_of_no_stream_is_recorded_only_if_both_bits_are_set),
		cmocka_unit_test(test_request_where_a_table_is_nowhere_is_a_completer_abort),
		cmocka_unit_test(test_request_page_is_the_smaller_of_both_stages),
		cmocka_unit_test(test_request_is_served_from_a_stale_tlb_entry),
		cmocka_unit_test(test_request_record_has_the_page_and_the_substream),
		cmocka_unit_test(test_translated_transaction_meets_what_the_tables_say),
		cmocka_unit_test(test_translated_address_beyond_the_oas_is_aborted_unrecorded),
		cmocka_unit_test(test_translated_ipa_is_served_from_the_tlb_until_invalidated),
		cmocka_unit_test(test_unit_without_ats_lets_nothing_pass_and_records_nothing),
		cmocka_unit_test(test_ste_with_split_ats_is_bad_without_its_support),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
