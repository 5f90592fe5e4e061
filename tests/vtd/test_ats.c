/* SPDX-License-Identifier: MIT */
/*
 * Completions of translation requests: golden cases of 4.1.2, 4.2.3 and table 30, each with its words and section; what
 * the IOTLB has to do with them.
 */
#include "scalable_bench.h"

#define R     PERM_READ
#define W     PERM_WRITE
#define RW    (PERM_READ | PERM_WRITE)
#define PUT   4
#define AWAY  UINT64_C(0x90000000) /* where no memory is */
#define SUPER 0x100u               /* flags of golden.how */
#define EXEC  0x200u
#define NW    0x400u
#define LEAF  UINT64_MAX /* golden.put: the entry of the page */

/* What the answer says: completion and rights; then N, Priv, U; the fault reason if one is recorded. */
struct golden {
	const char *section;
	uint64_t put[PUT][2]; /* words to be changed: where, what */
	uint64_t iova;
	uint32_t pasid;
	unsigned how;
	uint8_t completion, rights, page_lg2;
	bool n, priv, u;
	uint8_t recorded;
	uint64_t pa;
};

static struct translation ask(struct bench *b, uint16_t sid, uint64_t iova, uint32_t pasid, unsigned how)
{
	struct request request = bench_request(sid, iova, REQUEST_READ);
	request.at = AT_TRANSLATION_REQUEST;
	request.bytes = 8;
	request.pasid = pasid;
	request.privileged = how & SUPER;
	request.execute = how & EXEC;
	request.no_write = how & NW;
	return bench_translate(b, &request);
}

static void compare(const struct golden *golden, struct bench *b, const struct translation *out)
{
	uint64_t high = bench_get(b, REG_FRCD + 8, 8);
	unsigned recorded = high >> 63 ? high >> 32 & 0xff : 0;

	if (out->completion != golden->completion || out->permissions != golden->rights ||
	    out->page_lg2 != golden->page_lg2 || out->non_snooped != golden->n || out->privileged != golden->priv ||
	    out->untranslated_only != golden->u || out->global || recorded != golden->recorded)
		fail_msg("%s: completion %u rights %u page %u N %u Priv %u U %u recorded %x", golden->section,
			 out->completion, out->permissions, out->page_lg2, out->non_snooped, out->privileged,
			 out->untranslated_only, recorded);
	assert_true(golden->rights == 0 || golden->u || out->pa == golden->pa);
	/* Only what is answered with an error is a fault, but for SFS.10. */
	assert_int_equal(out->result, golden->completion == ATS_SUCCESS ? TRANSLATE_OK : TRANSLATE_FAULT);
	/* AT of the record is that of a translation request, its type a read. */
	if (recorded)
		assert_int_equal(high >> 60 & 7, 5);
}

static void put_all(struct bench *b, const struct golden *golden, uint64_t leaf)
{
	for (unsigned i = 0; i < PUT; i++)
		if (golden->put[i][0])
			bench_put(b, golden->put[i][0] == LEAF ? leaf : golden->put[i][0], golden->put[i][1]);
}

#define CONTEXT (CONTEXT_TABLES + 0x1000 + 0x20 * 16)
#define TABLE_2 (NEXT_TABLE + 0x1000) /* of level 2, on the way to 5000h */

/* SID has TT 01 and maps 5000h to 6000h, readable and writable. */
static const struct golden legacy[] = {
	{"4.2.3 R, W", {{0}}, 0x5000, NONE, 0, ATS_SUCCESS, RW, 12, 0, 0, 0, 0, 0x6000},
	{"4.2.3 R", {{LEAF, 0x6001}}, 0x5000, NONE, 0, ATS_SUCCESS, R, 12, 0, 0, 0, 0, 0x6000},
	{"4.2.3 W", {{LEAF, 0x6002}}, 0x5000, NONE, 0, ATS_SUCCESS, W, 12, 0, 0, 0, 0, 0x6000},
	{"4.2.3 N, table 10", {{LEAF, 0x6803}}, 0x5000, NONE, 0, ATS_SUCCESS, RW, 12, 1, 0, 0, 0, 0x6000},
	{"4.2.3 S, 2 MiB", {{TABLE_2, 0x40000083}}, 0x5000, NONE, 0, ATS_SUCCESS, RW, 21, 0, 0, 0, 0, 0x40005000},
	{"4.2.3 W with NW, 11.4.3 NWFS", {{0}}, 0x5000, NONE, NW, ATS_SUCCESS, R, 12, 0, 0, 0, 0, 0x6000},
	{"4.2.3 NW, write-only", {{LEAF, 0x6002}}, 0x5000, NONE, NW, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"LGN.2, LGN.3", {{LEAF, 0x6000}}, 0x5000, NONE, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"LGN.1.1", {{0}}, UINT64_C(0x1000000005000), NONE, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"S.1", {{0}}, 0xfee00000, NONE, 0, ATS_SUCCESS, W, 12, 0, 0, 1, 0, 0},
	{"S.2", {{0}}, 0xfeeff000, NONE, NW, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"LCT.5 before S.1", {{CONTEXT, TOP_TABLE | 1}}, 0xfee00000, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 0xd, 0},
	{"LSS.2", {{LEAF, UINT64_C(0x0008000000006003)}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 0xc, 0},
	{"LSS.1", {{TABLE_2, AWAY | 3}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 0x7, 0},
	{"LGN.4", {{LEAF, 0xfee01003}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 0xe, 0},
	{"LCT.5, TT 00", {{CONTEXT, TOP_TABLE | 1}}, 0x5000, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 0xd, 0},
	{"LCT.5, TT 10", {{CONTEXT, 9}}, 0x5000, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 0xd, 0},
	{"LCT.4.2, TT 11", {{CONTEXT, TOP_TABLE | 0xd}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 3, 0},
	{"LCT.4.1, AW 5", {{CONTEXT + 8, 0x1205}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 3, 0},
	{"LCT.4.3", {{CONTEXT, AWAY | 5}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 3, 0},
	{"LCT.3", {{CONTEXT, TOP_TABLE | 0x15}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 0xb, 0},
	{"LCT.2", {{CONTEXT, TOP_TABLE | 4}}, 0x5000, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 2, 0},
	{"LCT.2 with FPD", {{CONTEXT, TOP_TABLE | 6}}, 0x5000, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 0, 0},
	{"LCT.1", {{ROOT_TABLE + 16, AWAY | 1}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 9, 0},
	{"LRT.3", {{ROOT_TABLE + 24, 1}}, 0x5000, NONE, 0, ATS_CA, 0, 0, 0, 0, 0, 0xa, 0},
	{"LRT.2", {{ROOT_TABLE + 16, CONTEXT_TABLES}}, 0x5000, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 1, 0},
	{"RTA.2", {{0}}, 0x5000, 3, 0, ATS_UR, 0, 0, 0, 0, 0, 0x31, 0},
};

static void legacy_setup(struct bench *b, bool caches)
{
	struct iommu_config config = {.id = {BENCH_CAP, BENCH_ECAP | ECAP_DT | ECAP_NWFS}, .no_cache = !caches};

	bench_setup_on(b, &config);
	bench_context(b, SID, TOP_TABLE | 5, (uint64_t)DOMAIN << 8 | 2);
	bench_map(b, 0x5000, 0x6003);
}

static void test_ats_legacy_golden_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++) {
		struct bench b;
		legacy_setup(&b, true);
		put_all(&b, &legacy[i], bench_entry(&b, TOP_TABLE, 4, 0x5000, 1));
		struct translation out = ask(&b, SID, legacy[i].iova, legacy[i].pasid, legacy[i].how);
		compare(&legacy[i], &b, &out);
		bench_teardown(&b);
	}
}

#define P45 (PASIDS + 5 * 64)

static const struct golden first[] = {
	{"4.2.3 first stage", {{0}}, IOVA, PASID, 0, ATS_SUCCESS, RW, 12, 0, 0, 0, 0, PAGE_PA},
	{"4.2.3 without PASID", {{0}}, IOVA, NONE, 0, ATS_SUCCESS, RW, 12, 0, 0, 0, 0, PAGE_PA},
	{"3.6.1 R/W 0", {{LEAF, PAGE_PA | 5}}, IOVA, PASID, 0, ATS_SUCCESS, R, 12, 0, 0, 0, 0, PAGE_PA},
	{"4.2.3 N of PGSNP", {{P45 + 8, 0x1800012}}, IOVA, PASID, 0, ATS_SUCCESS, RW, 12, 1, 0, 0, 0, PAGE_PA},
	{"SGN.2", {{LEAF, PAGE_PA | 3}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"4.2.3 Priv",
	 {{LEAF, PAGE_PA | 3}, {P45 + 16, FIRST | 1}},
	 IOVA,
	 PASID,
	 SUPER,
	 ATS_SUCCESS,
	 RW,
	 12,
	 0,
	 1,
	 0,
	 0,
	 PAGE_PA},
	{"4.2.3 Priv, WPE",
	 {{LEAF, PAGE_PA | 1}, {P45 + 16, FIRST | 0x11}},
	 IOVA,
	 PASID,
	 SUPER,
	 ATS_SUCCESS,
	 R,
	 12,
	 0,
	 1,
	 0,
	 0,
	 PAGE_PA},
	{"SPT.6", {{0}}, IOVA, PASID, SUPER, ATS_SUCCESS, 0, 0, 0, 1, 0, 0, 0},
	{"SPT.5", {{0}}, IOVA, PASID, EXEC, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SFS.2", {{LEAF, PAGE_PA | 6}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SFS.3", {{LEAF, PAGE_PA | UINT64_C(0x0008000000000007)}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SFS.4", {{P45 + 16, AWAY}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SFS.9", {{P45 + 8, 0x12}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SGN.1", {{0}}, IOVA | UINT64_C(1) << 63, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SGN.8.2", {{LEAF, 0xfee05007}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x87, 0},
	{"SGN.10", {{0}}, IOVA, 0x80045, 0, ATS_UR, 0, 0, 0, 0, 0, 0x89, 0},
	{"SPD.2", {{DIRECTORY + 8, 0}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SPD.3", {{DIRECTORY + 8, PASIDS | 5}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x52, 0},
	{"SPD.1", {{SM_CONTEXT, AWAY | CONTEXT_ALL}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x50, 0},
	{"SPT.1", {{DIRECTORY + 8, AWAY | 1}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x58, 0},
	{"SPT.2", {{P45, SECOND | 0x48}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SPT.3", {{P45 + 24, 1}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x5a, 0},
	{"SPT.4.2", {{P45, SECOND | 0x149}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x5b, 0},
	{"SCT.5", {{SM_CONTEXT, DIRECTORY | 9}}, IOVA, PASID, 0, ATS_UR, 0, 0, 0, 0, 0, 0x44, 0},
	{"SCT.5 without PASID", {{SM_CONTEXT, DIRECTORY | 9}}, IOVA, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 0x44, 0},
	{"SCT.5 before S.1", {{SM_CONTEXT, DIRECTORY | 9}}, 0xfee00000, NONE, 0, ATS_UR, 0, 0, 0, 0, 0, 0x44, 0},
	{"S.1", {{DIRECTORY + 8, 0}}, 0xfee00000, NONE, 0, ATS_SUCCESS, W, 12, 0, 0, 1, 0, 0},
	{"4.2.3 note on FEEx_xxxxh", {{0}}, 0xfee00000, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SCT.6", {{SM_CONTEXT, DIRECTORY | 5}}, IOVA, PASID, 0, ATS_UR, 0, 0, 0, 0, 0, 0x45, 0},
	{"SCT.7", {{0}}, IOVA, 0x2045, 0, ATS_UR, 0, 0, 0, 0, 0, 0x46, 0},
	{"SCT.9", {{0}}, IOVA, RID_PASID, 0, ATS_UR, 0, 0, 0, 0, 0, 0x48, 0},
	{"SCT.4.1", {{SM_CONTEXT, DIRECTORY | 0x19}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x43, 0},
	{"SCT.3", {{SM_CONTEXT, DIRECTORY | 0x3d}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x42, 0},
	{"SCT.2", {{SM_CONTEXT, DIRECTORY | 0x1c}}, IOVA, PASID, 0, ATS_UR, 0, 0, 0, 0, 0, 0x41, 0},
	{"SCT.1", {{SM_ROOT, AWAY | 1}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x40, 0},
	{"SRT.3", {{SM_ROOT, LOWER | 3}}, IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x3a, 0},
	{"SRT.2", {{SM_ROOT, LOWER}}, IOVA, PASID, 0, ATS_UR, 0, 0, 0, 0, 0, 0x39, 0},
};

static const struct golden second[] = {
	{"4.2.3 second stage", {{0}}, LOW_IOVA, PASID, 0, ATS_SUCCESS, RW, 12, 0, 0, 0, 0, PAGE_PA},
	{"table 10, SNP", {{LEAF, PAGE_PA | 0x801}}, LOW_IOVA, PASID, 0, ATS_SUCCESS, R, 12, 1, 0, 0, 0, PAGE_PA},
	{"SSS.2", {{LEAF, 0}}, LOW_IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SSS.3", {{LEAF, PAGE_PA | UINT64_C(0x4000000000000003)}}, LOW_IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x7a, 0},
	{"SSS.1", {{SECOND, AWAY | 3}}, LOW_IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x78, 0},
	{"SSS.4", {{P45, AWAY | 0x89}}, LOW_IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x7b, 0},
	{"SSS.5", {{P45, SECOND | 0x289}, {P45 + 8, 0x12}}, LOW_IOVA, PASID, 0, ATS_CA, 0, 0, 0, 0, 0, 0x7c, 0},
	{"SGN.5", {{0}}, UINT64_C(0x1000000000000), PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SGN.8.2, 2 MiB around",
	 {{SECOND + 0x2000 + 0x91 * 8, 0xfee00083}},
	 LOW_IOVA,
	 PASID,
	 0,
	 ATS_CA,
	 0,
	 0,
	 0,
	 0,
	 0,
	 0x87,
	 0},
};

static const struct golden nested[] = {
	{"4.2.3 nested", {{0}}, IOVA, PASID, 0, ATS_SUCCESS, RW, 12, 0, 0, 0, 0, PAGE_PA + 0x10000},
	{"table 10, nested, SNP",
	 {{SECOND + 0x3a80, 0x160803}},
	 IOVA,
	 PASID,
	 0,
	 ATS_SUCCESS,
	 RW,
	 12,
	 1,
	 0,
	 0,
	 0,
	 PAGE_PA + 0x10000},
	{"SGN.6, second stage",
	 {{SECOND + 0x3a80, 0x160001}},
	 IOVA,
	 PASID,
	 0,
	 ATS_SUCCESS,
	 R,
	 12,
	 0,
	 0,
	 0,
	 0,
	 PAGE_PA + 0x10000},
	{"SFS.5", {{LEAF, UINT64_C(0x1000000000007)}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SFS.6", {{SECOND + 0x2008, 0x200082}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"SFS.8", {{SECOND + 0x2008, 0x200081}}, IOVA, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
};

static const struct golden pass[] = {
	{"4.2.3 S of pass-through", {{0}}, 0x12345000, PASID, 0, ATS_SUCCESS, RW, 30, 0, 0, 0, 0, 0x12345000},
	{"table 10, pass-through",
	 {{P45 + 8, 0x1800012}},
	 0x12345000,
	 PASID,
	 NW,
	 ATS_SUCCESS,
	 R,
	 30,
	 1,
	 0,
	 0,
	 0,
	 0x12345000},
	{"SGN.4.2", {{0}}, UINT64_C(1) << 46, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
	{"3.15, PASID in pass-through", {{0}}, 0xfee00000, PASID, 0, ATS_SUCCESS, 0, 0, 0, 0, 0, 0, 0},
};

static const struct {
	const struct golden *rows;
	size_t count;
	unsigned pgtt;
} scalable[] = {
	{first, sizeof(first) / sizeof(first[0]), PGTT_FIRST},
	{second, sizeof(second) / sizeof(second[0]), PGTT_SECOND},
	{nested, sizeof(nested) / sizeof(nested[0]), PGTT_NESTED},
	{pass, sizeof(pass) / sizeof(pass[0]), PGTT_PASS},
};

static void test_ats_scalable_golden_cases(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < sizeof(scalable) / sizeof(scalable[0]); kind++)
		for (size_t i = 0; i < scalable[kind].count; i++) {
			const struct golden *golden = &scalable[kind].rows[i];
			struct bench b;
			scalable_setup(&b, scalable[kind].pgtt, 0, true);
			put_all(&b, golden, scalable[kind].pgtt == PGTT_SECOND ? second_entry(1) : first_entry(1));
			struct translation out = ask(&b, FUNCTION, golden->iova, golden->pasid, golden->how);
			compare(golden, &b, &out);
			bench_teardown(&b);
		}
}

/* 4.2.1; RTA.1, RTA.4 */
static void test_ats_completions_without_tables(void **state)
{
	(void)state;
	static const struct {
		uint64_t rtaddr;
		uint8_t completion, reason;
	} rows[] = {{0xc00, ATS_UR, 0x33}, {0x800, ATS_CA, 0x30}, {0x80, ATS_CA, 0x30}};
	struct bench b;

	for (unsigned i = 0; i < 3; i++) {
		struct iommu_config config = {.id = {BENCH_CAP, ECAP_PAGES | ECAP_ADMS | UINT64_C(1) << 57}};
		bench_setup(&b, &config);
		struct translation out = ask(&b, SID, 0x5000, NONE, 0);
		assert_faults(out, 0); /* TES = 0: unsupported, and no fault of remapping */
		assert_int_equal(out.completion, ATS_UR);
		assert_false(out.recorded);
		/* SSIRWE is no register bit of this unit: loaded from outside it is there. */
		vtd_ops.load_register(b.iommu, REG_RTADDR, 8, ROOT_TABLE | rows[i].rtaddr);
		vtd_ops.load_register(b.iommu, REG_GSTS, 4, 0xc0000000);
		out = ask(&b, SID, 0x5000, NONE, 0);
		assert_faults(out, rows[i].reason);
		assert_int_equal(out.completion, rows[i].completion);
		assert_true(out.recorded);
		bench_teardown(&b);
	}
	legacy_setup(&b, true);
	struct request request = bench_request(SID, 0x5000, REQUEST_WRITE);
	request.at = AT_TRANSLATION_REQUEST;
	assert_int_equal(bench_translate(&b, &request).completion, ATS_UR);
	request.op = REQUEST_READ;
	request.bytes = 8;
	request.address = 0x5ffc;
	assert_int_equal(bench_translate(&b, &request).completion, ATS_NONE); /* malformed */
	request.at = AT_UNTRANSLATED;
	request.address = 0x5000;
	assert_int_equal(bench_translate(&b, &request).completion, ATS_NONE);
	bench_teardown(&b);
}

/* 11.4.3: without NWFS the flag is not looked at. */
static void test_ats_ignores_no_write_without_support(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {BENCH_CAP, BENCH_ECAP | ECAP_DT}};
	bench_setup_on(&b, &config);
	bench_context(&b, SID, TOP_TABLE | 5, 0x1202);
	bench_map(&b, 0x5000, 0x6003);
	assert_int_equal(ask(&b, SID, 0x5000, NONE, NW).permissions, RW);
	assert_true(ask(&b, SID, 0xfee00000, NONE, NW).untranslated_only);
	bench_teardown(&b);
}

/* 4.2.3.1 */
static void test_ats_sets_flags_as_an_access_would(void **state)
{
	(void)state;
	struct bench b;
	scalable_setup(&b, PGTT_FIRST, 0, false);
	ask(&b, FUNCTION, IOVA, PASID, NW);
	assert_int_equal(bench_word(&b, first_entry(4)) & 0x60, 0x20);
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0x20);
	ask(&b, FUNCTION, IOVA, PASID, 0);
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0x60);
	bench_put(&b, first_entry(1), PAGE_PA | 5); /* not writable: not dirty */
	ask(&b, FUNCTION, IOVA, PASID, 0);
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0x20);
	bench_put(&b, first_entry(1), PAGE_PA | 3); /* nothing granted: not even accessed */
	ask(&b, FUNCTION, IOVA, PASID, 0);
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0);
	bench_teardown(&b);

	scalable_setup(&b, PGTT_SECOND, 0, false);
	bench_put(&b, pasid_entry(PASID), SECOND | 0x289); /* SSADE */
	ask(&b, FUNCTION, LOW_IOVA, PASID, 0);
	assert_int_equal(bench_word(&b, second_entry(2)) & 0x300, 0x100);
	assert_int_equal(bench_word(&b, second_entry(1)) & 0x300, 0x300);
	bench_teardown(&b);
}

/* 6.5.2.5: translation requests may be served from the IOTLB, and fill it. */
static void test_ats_is_served_from_the_iotlb_until_it_is_invalidated(void **state)
{
	(void)state;
	struct bench b;
	legacy_setup(&b, true);
	bench_queue_on(&b);
	struct translation out = ask(&b, SID, 0x5000, NONE, 0);
	assert_false(out.from_cache);
	assert_true(bench_read(&b, 0x5000).from_cache);
	bench_map(&b, 0x5000, 0);
	out = ask(&b, SID, 0x5000, NONE, 0);
	assert_true(out.from_cache);
	assert_int_equal(out.completion, ATS_SUCCESS);
	assert_int_equal(out.permissions, RW);
	assert_int_equal(ask(&b, SID, 0x5000, NONE, NW).permissions, R);
	bench_submit(&b, (uint64_t)DOMAIN << 16 | 0x32, 0x5000);
	bench_settle(&b);
	out = ask(&b, SID, 0x5000, NONE, 0);
	assert_int_equal(out.permissions, 0);
	assert_int_equal(out.completion, ATS_SUCCESS);
	bench_teardown(&b);
}

/* An entry of a page that overlaps the range is no answer inside of it, nor where flags are still to be set. */
static void test_ats_looks_beyond_the_iotlb_where_it_has_to(void **state)
{
	(void)state;
	struct bench b;
	legacy_setup(&b, true);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0xfee00000, 2), 0x40000803 | 0x80);
	struct translation out = bench_read(&b, 0xfef00000); /* 2 MiB from FEE00000h on are cached */
	assert_goes_to(out, 0x40100000);
	out = ask(&b, SID, 0xfee00000, NONE, 0);
	assert_true(out.untranslated_only);
	out = ask(&b, SID, 0xfef00000, NONE, 0);
	assert_true(out.from_cache && out.non_snooped);
	assert_int_equal(out.page_lg2, 21);
	bench_teardown(&b);

	scalable_setup(&b, PGTT_FIRST, 0, true);
	struct request request = bench_request(FUNCTION, IOVA, REQUEST_READ);
	request.pasid = PASID;
	assert_goes_to(bench_translate(&b, &request), PAGE_PA);
	assert_true(ask(&b, FUNCTION, IOVA, PASID, NW).from_cache);
	assert_false(ask(&b, FUNCTION, IOVA, PASID, 0).from_cache); /* D */
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0x60);
	assert_true(ask(&b, FUNCTION, IOVA, PASID, 0).from_cache);
	/* What there is for PASID 45h says nothing about requests without PASID. */
	assert_false(ask(&b, FUNCTION, IOVA, NONE, 0).from_cache);
	bench_teardown(&b);
}

/* explain() says the same and touches nothing. */
static void test_ats_explanation_is_the_answer(void **state)
{
	(void)state;
	struct bench b;
	struct translation out;
	struct request request = bench_request(FUNCTION, IOVA, REQUEST_READ);
	scalable_setup(&b, PGTT_FIRST, 0, true);
	bench_put(&b, pasid_entry(PASID) + 8, 0x1800012);
	request.at = AT_TRANSLATION_REQUEST;
	request.pasid = PASID;
	vtd_ops.explain(b.iommu, &request, NULL, NULL, &out);
	assert_int_equal(out.completion, ATS_SUCCESS);
	assert_int_equal(out.permissions, RW);
	assert_true(out.non_snooped);
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0);
	request.pasid = 0x2045;
	vtd_ops.explain(b.iommu, &request, NULL, NULL, &out);
	assert_int_equal(out.completion, ATS_UR);
	assert_int_equal(out.fault, 0x46);
	request.pasid = NONE;
	request.address = 0xfee00000;
	vtd_ops.explain(b.iommu, &request, NULL, NULL, &out);
	assert_true(out.untranslated_only);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ats_legacy_golden_cases),
		cmocka_unit_test(test_ats_scalable_golden_cases),
		cmocka_unit_test(test_ats_completions_without_tables),
		cmocka_unit_test(test_ats_ignores_no_write_without_support),
		cmocka_unit_test(test_ats_sets_flags_as_an_access_would),
		cmocka_unit_test(test_ats_is_served_from_the_iotlb_until_it_is_invalidated),
		cmocka_unit_test(test_ats_looks_beyond_the_iotlb_where_it_has_to),
		cmocka_unit_test(test_ats_explanation_is_the_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
