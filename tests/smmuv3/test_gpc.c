/* SPDX-License-Identifier: MIT */
/*
 * Granule protection checks by hand (IHI 0070 3.25, 6.3.110 to 6.3.119, 7.3): which access is refused, what is recorded
 * of it, what the Root page says. Offsets and bits are those of the specification.
 */
#include "gpc_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VA           UINT64_C(0x5678)
#define FRAME        UINT64_C(0x700000)
#define IPA          UINT64_C(0x600000)
#define L2STES       UINT64_C(0x101000) /* an array of the second level */
#define GPCF         UINT64_C(0x10000)  /* bit 80 */

/* SMMU_ROOT_GPF_FAR: FPAS 63:62, FADDR, FAULTCODE 11:4, REASON 3:1, FAULT */
#define NS_FAR(pa, code, reason)    (UINT64_C(1) << 62 | (uint64_t)(pa) | (uint64_t)(code) << 4 | (reason) << 1 | 1)
#define REALM_FAR(pa, code, reason) (UINT64_C(2) << 62 | NS_FAR(pa, code, reason))
#define TRANSLATION                 UINT64_C(1)
#define GERROR                      UINT64_C(2)
#define TRANSACTION                 UINT64_C(3)

static void expect_record(struct gpc_bench *bench, unsigned slot, const uint64_t words[4])
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t word = 0;
		assert_true(memory_read64(bench->unit.memory, EVENTS + 32 * slot + 8 * i, &word));
		assert_true(word == words[i]);
	}
}

/* --- what the SMMU fetches for a transaction --- */

enum shape { ONE, NESTED_SHAPE, SECOND_ALONE, TWO_LEVELS };

struct fetch {
	const char *section;
	enum shape shape;
	uint64_t page;  /* that is not Non-secure */
	uint64_t fetch; /* address of the structure */
	unsigned event;
	uint64_t word1; /* of the record, beside GPCF */
	bool has_input;
};

#define RNW       UINT64_C(0x800000000)
#define S2        UINT64_C(0x8000000000)
#define CLASS_TT  UINT64_C(0x10000000000)
#define CLASS_IN  UINT64_C(0x20000000000)
#define L3(table) ((table) + 0x2000)
#define AT3(pa)   (L3(TABLE2) + 8 * ((pa) >> 12 & 511))

static const struct fetch fetches[] = {
	{"7.3.4 the STE", ONE, STREAM_TABLE, STREAM_TABLE + 64 * SID, 0x03, 0, false},
	{"7.3.4 the L1STD", TWO_LEVELS, STREAM_TABLE, STREAM_TABLE, 0x03, 0, false},
	{"7.3.4 the STE of the second level", TWO_LEVELS, L2STES, L2STES + 64 * SID, 0x03, 0, false},
	{"7.3.10 the CD", ONE, CD, CD, 0x09, 0, false},
	{"7.3.12 stage 1, level 1", ONE, TABLE1, TABLE1, 0x0b, RNW | CLASS_TT, true},
	{"7.3.12 stage 1, level 2", ONE, TABLE1 + 0x1000, TABLE1 + 0x1000, 0x0b, RNW | CLASS_TT, true},
	{"7.3.12 stage 1, level 3", ONE, L3(TABLE1), L3(TABLE1) + 8 * 5, 0x0b, RNW | CLASS_TT, true},
	{"7.3.12 stage 2 for the CD", NESTED_SHAPE, TABLE2, TABLE2, 0x0b, RNW | S2, true},
	{"7.3.12 stage 2 for the CD, level 3", NESTED_SHAPE, L3(TABLE2), AT3(CD), 0x0b, RNW | S2, true},
	{"7.3.10 the CD, behind stage 2", NESTED_SHAPE, CD, CD, 0x09, 0, false},
	{"7.3.12 stage 1 behind stage 2", NESTED_SHAPE, TABLE1 + 0x1000, TABLE1 + 0x1000, 0x0b, RNW | CLASS_TT, true},
	{"7.3.12 stage 2 alone", SECOND_ALONE, TABLE2 + 0x1000, TABLE2 + 0x1000, 0x0b, RNW | S2 | CLASS_IN, true},
};

static void shape_up(struct gpc_bench *bench, enum shape shape)
{
	struct bench *unit = &bench->unit;
	const uint64_t pages[] = {CD, TABLE1, TABLE1 + 0x1000, L3(TABLE1)};

	bench_map1(unit, VA, (shape == ONE || shape == TWO_LEVELS ? FRAME : IPA) | S1_PAGE);
	for (size_t i = 0; i < COUNT(pages); i++)
		bench_map2(unit, pages[i], pages[i] | S2_PAGE);
	bench_map2(unit, IPA, FRAME | S2_PAGE);
	bench_map2(unit, VA, FRAME | S2_PAGE);
	if (shape == NESTED_SHAPE)
		bench_ste(unit, SID, STE_NESTED | CD, 0, STE_WORD2, TABLE2);
	if (shape == SECOND_ALONE)
		bench_ste(unit, SID, STE_S2, 0, STE_WORD2, TABLE2);
	if (shape != TWO_LEVELS)
		return;
	bench_put(unit, L2STES + 64 * SID, STE_S1 | CD);
	bench_put(unit, STREAM_TABLE, L2STES | 7);
	bench_set(unit, REG_CR0, 4, 0xc);
	bench_set(unit, REG_STRTAB_CFG, 4, 0x10000 | 6 << 6 | 7);
	bench_set(unit, REG_CR0, 4, 0xd);
}

static void expect_fetch(const struct fetch *row, bool realm)
{
	const struct iommu_config config = {.realm = realm};
	struct gpc_bench bench;

	gpc_setup(&bench, &config);
	shape_up(&bench, row->shape);
	gpc_page(&bench, row->page, realm ? GPI_NS : GPI_REALM);
	gpc_tlbi(&bench, 1);
	struct translation answer = bench_ask(&bench.unit, SID, VA, REQUEST_READ);
	if (answer.result != TRANSLATE_FAULT || answer.fault != row->event || !answer.recorded || !answer.granule_fault)
		fail_msg("%s: result %d fault %#x", row->section, (int)answer.result, answer.fault);
	expect_record(&bench, 0,
		      (const uint64_t[]){(uint64_t)SID << 32 | row->event, row->word1 | GPCF, row->has_input ? VA : 0,
					 row->fetch});
	uint64_t page = row->fetch & ~UINT64_C(0xfff);
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) ==
		    (realm ? REALM_FAR(page, row->event, TRANSLATION) : NS_FAR(page, row->event, TRANSLATION)));
	assert_true(gpc_get(&bench, ROOT_CFG_FAR) == 0);
	/* 3.25.5: what is lifted is lifted. */
	gpc_page(&bench, row->page, realm ? GPI_REALM : GPI_NS);
	gpc_tlbi(&bench, 1);
	gpc_page(&bench, FRAME, realm && row->shape == ONE ? GPI_REALM : GPI_NS);
	if (!realm)
		assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_teardown(&bench);
}

static void test_gpc_fetch_is_reported_as_an_external_abort(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fetches); i++) {
		expect_fetch(&fetches[i], false);
		expect_fetch(&fetches[i], true);
	}
}

/* The same under the cycle clock. */
static void test_gpc_fetch_under_the_cycle_clock(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fetches); i++) {
		struct request request = {.address = VA, .bytes = 4, .stream = SID, .pasid = PASID_NONE};
		struct translation answer;
		struct gpc_bench bench;
		uint64_t cycles;

		gpc_setup(&bench, NULL);
		shape_up(&bench, fetches[i].shape);
		gpc_page(&bench, fetches[i].page, GPI_REALM);
		iommu_translate_cycles(bench.unit.iommu, bench.unit.memory, &request, 10, &answer, &cycles);
		assert_int_equal(answer.fault, fetches[i].event);
		assert_true(answer.granule_fault && answer.record[1] & GPCF);
		gpc_page(&bench, fetches[i].page, GPI_NS);
		gpc_page(&bench, FRAME, GPI_ROOT);
		gpc_tlbi(&bench, 1);
		iommu_translate_cycles(bench.unit.iommu, bench.unit.memory, &request, 10, &answer, &cycles);
		assert_int_equal(answer.result, TRANSLATE_FAULT);
		assert_int_equal(answer.fault, 0);
		gpc_teardown(&bench);
	}
}

/* 3.25.3, 7.3.12: what may not be updated is not, under the cycle clock, where the granule is lost after the read. */
static void test_gpc_update_under_the_cycle_clock(void **state)
{
	static const struct {
		uint64_t page, leaf; /* that is to be updated */
		uint64_t word1;
		bool gpcen; /* checks begin in between, and not before (6.3.112) */
	} rows[] = {
		{L3(TABLE1), L3(TABLE1) + 8 * 5, CLASS_TT, false},
		{L3(TABLE2), L3(TABLE2) + 8 * (IPA >> 12 & 511), S2 | CLASS_IN, false},
		{L3(TABLE1), L3(TABLE1) + 8 * 5, CLASS_TT, true},
	};
	const uint64_t flags = UINT64_C(3) << 42, clean1 = IPA | S1_PAGE | UINT64_C(1) << 51 | 0x80,
		       clean2 = (FRAME | S2_PAGE | UINT64_C(1) << 51) & ~UINT64_C(0x80);
	const struct iommu_config config = {
		.id = {BENCH_IDR0 | 2 << 6 | BENCH_IDR1 << 32, BENCH_IDR3 << 32, BENCH_IDR5 << 32, UINT64_C(1) << 32}};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		bool lost = i % 2;
		struct request request = {
			.address = VA, .bytes = 4, .stream = SID, .pasid = PASID_NONE, .op = REQUEST_WRITE};
		const struct iommu_ops *ops;
		struct translation answer;
		struct iommu_lookup room;
		struct gpc_bench bench;
		uint64_t word = 0;
		unsigned met = 0;

		gpc_setup(&bench, &config);
		shape_up(&bench, NESTED_SHAPE);
		bench_cd(&bench.unit, CD, CD_WORD | UINT64_C(7) << 48 | flags, TABLE1);
		bench_ste(&bench.unit, SID, STE_NESTED | CD, 0, STE_WORD2 | UINT64_C(3) << 55, TABLE2);
		bench_map1(&bench.unit, VA, clean1);
		bench_map2(&bench.unit, IPA, clean2);
		if (rows[i / 2].gpcen)
			gpc_set(&bench, ROOT_CR0, 1);
		ops = bench.unit.iommu->ops;
		for (struct memory_ask *ask = ops->begin(bench.unit.iommu, &request, &room, &answer); ask;
		     ask = ops->resume(bench.unit.iommu, &room, &answer)) {
			if (lost && ask->pa == rows[i / 2].leaf && ++met == 2) {
				gpc_page(&bench, rows[i / 2].page, GPI_REALM);
				gpc_set(&bench, ROOT_CR0, 3);
				gpc_tlbi(&bench, 1);
			}
			memory_ask_answer(bench.unit.memory, ask);
		}
		assert_true(memory_read64(bench.unit.memory, rows[i / 2].leaf, &word));
		assert_true((word == clean1 || word == clean2) == lost);
		if (!lost) {
			assert_goes_to(answer, FRAME + 0x678);
			assert_false(answer.granule_fault);
		} else {
			assert_blocked(answer, 0x0b);
			assert_true(answer.granule_fault && !answer.lost);
			expect_record(&bench, 0,
				      (const uint64_t[]){(uint64_t)SID << 32 | 0xb, rows[i / 2].word1 | GPCF, VA,
							 rows[i / 2].leaf});
		}
		gpc_teardown(&bench);
	}
}

/* 3.25.3: an abort that memory itself gives is none of this. */
static void test_gpc_bit_is_clear_for_other_aborts(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	bench_ste(&bench.unit, SID, STE_S1 | UINT64_C(0x2000000), 0, 0, 0); /* no memory there */
	for (uint64_t i = 256; i < 1024; i++)
		bench_put(&bench.unit, GPT1 + 8 * i, UINT64_C(0x9999999999999999));
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x09);
	expect_record(&bench, 0, (const uint64_t[]){(uint64_t)SID << 32 | 9, 0, 0, 0x2000000});
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == 0);
	gpc_teardown(&bench);
}

/* 3.25.3: CD.R and STE.S2R do not silence it. */
static void test_gpc_is_recorded_without_r(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	bench_cd(&bench.unit, CD, (CD_WORD & ~(UINT64_C(1) << 45)) | UINT64_C(7) << 48, TABLE1);
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x10);
	assert_int_equal(bench_get(&bench.unit, REG_EVENTQ_PROD, 4), 0);
	gpc_page(&bench, TABLE1, GPI_ROOT);
	gpc_tlbi(&bench, 1);
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x0b);
	assert_int_equal(bench_get(&bench.unit, REG_EVENTQ_PROD, 4), 1);
	gpc_teardown(&bench);
}

/* --- what clients access --- */

static void expect_abort_of(struct gpc_bench *bench, struct translation answer, uint64_t pa)
{
	assert_int_equal(answer.result, TRANSLATE_FAULT);
	assert_int_equal(answer.fault, 0);
	assert_false(answer.recorded);
	assert_true(answer.granule_fault);
	assert_int_equal(bench_get(&bench->unit, REG_EVENTQ_PROD, 4), 0);
	assert_true(gpc_get(bench, ROOT_GPF_FAR) == NS_FAR(pa, 0, TRANSACTION));
	assert_int_equal(bench->root->signals->gpf, 1);
}

static void test_gpc_output_ends_with_an_abort_and_no_event(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	shape_up(&bench, ONE);
	gpc_page(&bench, FRAME, GPI_REALM);
	expect_abort_of(&bench, bench_ask(&bench.unit, SID, VA, REQUEST_WRITE), FRAME);
	/* The translation is cached all the same, and the check is made at each use of it. */
	gpc_set(&bench, ROOT_GPF_FAR, 0);
	struct translation answer = bench_ask(&bench.unit, SID, VA, REQUEST_WRITE);
	assert_int_equal(answer.result, TRANSLATE_FAULT);
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(FRAME, 0, TRANSACTION));
	gpc_teardown(&bench);
}

static void test_gpc_output_of_a_bypass(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	bench_ste(&bench.unit, SID, 9, 0, 0, 0);
	gpc_page(&bench, FRAME, GPI_REALM);
	assert_goes_to(bench_ask(&bench.unit, SID, IPA, REQUEST_READ), IPA);
	expect_abort_of(&bench, bench_ask(&bench.unit, SID, FRAME, REQUEST_READ), FRAME);
	gpc_teardown(&bench);
	/* 6.3.14: nothing translates */
	gpc_setup(&bench, NULL);
	bench_set(&bench.unit, REG_CR0, 4, 0xc);
	gpc_page(&bench, FRAME, GPI_REALM);
	assert_goes_to(bench_ask(&bench.unit, SID, IPA, REQUEST_READ), IPA);
	expect_abort_of(&bench, bench_ask(&bench.unit, SID, FRAME, REQUEST_READ), FRAME);
	gpc_teardown(&bench);
}

/* D9.5: what an entry said is cached until a TLBI by PA, valid or not. */
static void test_gpc_is_stale_until_its_tlbi(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	shape_up(&bench, ONE);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_page(&bench, FRAME, GPI_REALM);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_tlbi(&bench, FRAME + 0x1000); /* another granule */
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_tlbi(&bench, FRAME);
	expect_abort_of(&bench, bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME);
	/* What forbids is cached, too. */
	gpc_page(&bench, FRAME, GPI_NS);
	assert_int_equal(bench_ask(&bench.unit, SID, VA, REQUEST_READ).result, TRANSLATE_FAULT);
	gpc_tlbi(&bench, FRAME | 2); /* L: what is cached is of the last level */
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_teardown(&bench);
}

/*
 * 6.3.118 SIZE; D9.6.4 RSSKBB: a part of a contiguous range need not do. C5.5.28: neither need an address that is not
 * aligned to the size, nor a reserved size.
 */
static void test_gpc_tlbi_of_a_part_leaves_the_range(void **state)
{
	static const struct {
		uint64_t tlbi;
		bool forgets;
	} rows[] = {
		{FRAME, false},                         /* 4 KiB */
		{FRAME | 1 << 4, false},                /* 16 KiB */
		{FRAME | 2 << 4, false},                /* 64 KiB */
		{0x600000 | 3 << 4, true},              /* 2 MiB */
		{0x600800 | 3 << 4, true},              /* bits 11:0 are no part of the address */
		{FRAME | 3 << 4, false},                /* no multiple of 2 MiB */
		{0x800000 | 3 << 4, false},             /* the next ones */
		{4 << 4, true},                         /* 32 MiB */
		{UINT64_C(0x40000000) | 6 << 4, false}, /* another GiB */
		{6 << 4, true},
		{0x600000 | 6 << 4, false}, /* no multiple of 1 GiB */
		{9 << 4, true},
		{10 << 4, false}, /* reserved */
		{15 << 4, false},
		{1, true}, /* ALL */
		{FRAME | 15 << 4 | 1, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpc_bench bench;

		gpc_setup(&bench, NULL);
		shape_up(&bench, ONE);
		for (uint64_t pa = 0x600000; pa < 0x800000; pa += 0x10000)
			bench_put(&bench.unit, GPT1 + (pa >> 16) * 8, 0x191); /* contiguous, 2 MiB, Non-secure */
		assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
		bench_put(&bench.unit, GPT1 + (FRAME >> 16) * 8, UINT64_C(0x999999999999999b));
		gpc_tlbi(&bench, rows[i].tlbi);
		assert_int_equal(bench_ask(&bench.unit, SID, VA, REQUEST_READ).result,
				 rows[i].forgets ? TRANSLATE_FAULT : TRANSLATE_OK);
		gpc_teardown(&bench);
	}
}

/* C5.5.28: a size below the granule is the granule, and the address has no bits below it. */
static void test_gpc_tlbi_is_of_a_granule_at_least(void **state)
{
	static const struct {
		unsigned pgs;
		uint64_t granule; /* whose granule FRAME + 0x5000 is in, as the TLBI names it */
		unsigned size;
		bool forgets;
	} rows[] = {
		{1, FRAME, 0, true},            /* 64 KiB, by a size of 4 KiB */
		{1, FRAME, 1, true},            /* 16 KiB */
		{1, FRAME, 2, true},            /* its own */
		{1, FRAME + 0xc000, 0, true},   /* BaseADDR is 51:16 */
		{1, FRAME + 0x10000, 0, false}, /* the next one */
		{1, FRAME - 0x4000, 0, false},  /* the one before */
		{2, FRAME + 0x4000, 0, true},   /* 16 KiB, by a size of 4 KiB */
		{2, FRAME + 0x7000, 0, true},   /* BaseADDR is 51:14 */
		{2, FRAME, 0, false},           /* the one before */
		{2, FRAME, 2, true},            /* 64 KiB */
		{2, FRAME + 0x4000, 2, false},  /* no multiple of 64 KiB */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned lg2 = rows[i].pgs == 1 ? 16 : 14;
		uint64_t pa = FRAME + 0x5000, entry = GPT1 + (pa >> (lg2 + 4)) * 8;
		struct gpc_bench bench;

		gpc_setup(&bench, NULL);
		gpc_set(&bench, ROOT_CR0, 1);
		gpc_set(&bench, ROOT_CFG, 0x3500 | (uint64_t)rows[i].pgs << 14);
		gpc_set(&bench, ROOT_CR0, 3);
		bench_ste(&bench.unit, SID, 9, 0, 0, 0);
		assert_goes_to(bench_ask(&bench.unit, SID, pa, REQUEST_READ), pa);
		bench_put(&bench.unit, entry,
			  UINT64_C(0x9999999999999999) ^ UINT64_C(2) << 4 * (pa >> lg2 & 15)); /* it is Realm's */
		assert_goes_to(bench_ask(&bench.unit, SID, pa, REQUEST_READ), pa);
		gpc_tlbi(&bench, rows[i].granule | (uint64_t)rows[i].size << 4);
		if ((bench_ask(&bench.unit, SID, pa, REQUEST_READ).result == TRANSLATE_OK) == rows[i].forgets)
			fail_msg("row %zu", i);
		gpc_teardown(&bench);
	}
}

static void test_gpc_of_a_unit_without_caches_is_never_stale(void **state)
{
	const struct iommu_config config = {.no_cache = true};
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, &config);
	shape_up(&bench, ONE);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_page(&bench, FRAME, GPI_REALM);
	expect_abort_of(&bench, bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME);
	gpc_teardown(&bench);
}

/* --- queues and messages --- */

static void test_gpc_of_queues_is_a_global_error(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	gpc_page(&bench, COMMANDS, GPI_REALM);
	bench_submit(&bench.unit, 0x46, 0);
	bench_settle(&bench.unit);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 1);                 /* CMDQ_ERR */
	assert_int_equal(bench_get(&bench.unit, REG_CMDQ_CONS, 4) >> 24 & 0x7f, 2); /* CERROR_ABT */
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(COMMANDS, 0, GERROR));
	gpc_teardown(&bench);
	gpc_setup(&bench, NULL);
	gpc_page(&bench, EVENTS, GPI_REALM);
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x10);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 4); /* EVENTQ_ABT_ERR */
	assert_int_equal(bench_get(&bench.unit, REG_EVENTQ_PROD, 4), 0);
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(EVENTS, 2, GERROR));
	gpc_teardown(&bench);
}

static void test_gpc_of_messages(void **state)
{
	/* 6.3.21, 6.3.30; 4.7.3 for the CMD_SYNC */
	const struct iommu_config config = {.id = {BENCH_IDR0 | IDR0_MSI | BENCH_IDR1 << 32, BENCH_IDR3 << 32,
						   BENCH_IDR5 << 32, UINT64_C(1) << 32}};
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, &config);
	gpc_page(&bench, FRAME, GPI_ROOT);
	bench_command(&bench.unit, UINT64_C(1) << 12 | 0x46, FRAME);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 0x10); /* MSI_CMDQ_ABT_ERR */
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(FRAME, 4, GERROR));
	gpc_set(&bench, ROOT_GPF_FAR, 0);
	bench_set(&bench.unit, 0xb0, 8, FRAME);
	bench_set(&bench.unit, 0x68, 8, FRAME);
	bench_set(&bench.unit, REG_IRQ_CTRL, 4, 4);
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x10);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 0x30); /* and MSI_EVENTQ_ABT_ERR */
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(FRAME, 5, GERROR));
	gpc_teardown(&bench);
}

/* --- lookup errors --- */

static void test_gpc_lookup_errors_are_in_the_other_register(void **state)
{
	static const struct {
		uint64_t entry0, cfg, base;
		unsigned error;
	} rows[] = {
		{GPT1 | 3, 0xf500, GPT0, 0},                /* PGS 3 */
		{GPT1 | 3, 0x3506, GPT0, 0},                /* PPS beyond OAS */
		{GPT1 | 3, 0x3500, UINT64_C(1) << 33, 1},   /* the base */
		{GPT1 | 3, 0x3500, UINT64_C(0x2000000), 2}, /* no memory there */
		{0x13, 0x3500, GPT0, 3},
		{UINT64_C(0x100000003), 0x3500, GPT0, 4},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpc_bench bench;

		gpc_setup(&bench, NULL);
		shape_up(&bench, ONE);
		bench_put(&bench.unit, GPT0, rows[i].entry0);
		gpc_set(&bench, ROOT_CR0, 1);
		gpc_set(&bench, ROOT_BASE, rows[i].base);
		gpc_set(&bench, ROOT_CFG, rows[i].cfg);
		gpc_tlbi(&bench, 1);
		gpc_set(&bench, ROOT_CR0, 3);
		/* The event queue cannot be written either. */
		assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x03);
		assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 4);
		assert_true(gpc_get(&bench, ROOT_GPF_FAR) == 0);
		assert_true(gpc_get(&bench, ROOT_CFG_FAR) ==
			    (NS_FAR(STREAM_TABLE, 3, TRANSLATION) | (uint64_t)rows[i].error << 56));
		assert_int_equal(bench.root->signals->cfg, 1);
		gpc_teardown(&bench);
	}
}

static void test_gpc_error_of_an_entry_of_level_1_with_an_event(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	bench_put(&bench.unit, GPT1 + (CD >> 16) * 8 + 8, UINT64_C(0x9999999999999992)); /* TABLE1's */
	gpc_tlbi(&bench, 1);
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x0b);
	expect_record(&bench, 0, (const uint64_t[]){(uint64_t)SID << 32 | 0xb, RNW | CLASS_TT | GPCF, VA, TABLE1});
	assert_true(gpc_get(&bench, ROOT_CFG_FAR) == (NS_FAR(TABLE1, 0xb, TRANSLATION) | UINT64_C(3) << 56));
	/* An invalid entry is not cached. */
	bench_put(&bench.unit, GPT1 + (CD >> 16) * 8 + 8, UINT64_C(0x9999999999999999));
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x10);
	gpc_teardown(&bench);
}

/* --- the Root page --- */

static void test_root_first_fault_stays_until_it_is_cleared(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	bench_ste(&bench.unit, SID, 9, 0, 0, 0);
	gpc_page(&bench, FRAME, GPI_REALM);
	gpc_page(&bench, IPA, GPI_REALM);
	bench_ask(&bench.unit, SID, FRAME, REQUEST_READ);
	bench_ask(&bench.unit, SID, IPA, REQUEST_READ);
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(FRAME, 0, TRANSACTION));
	assert_int_equal(bench.root->signals->gpf, 1);
	gpc_set(&bench, ROOT_GPF_FAR, 1); /* FAULT is not cleared: ignored */
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(FRAME, 0, TRANSACTION));
	smmu_root_write(bench.root, ROOT_GPF_FAR + 4, 4, 0, PA_ROOT); /* nor by the other half */
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(FRAME, 0, TRANSACTION));
	gpc_set(&bench, ROOT_GPF_FAR, UINT64_C(0xfffffffffffffffe));
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == 0);
	gpc_set(&bench, ROOT_GPF_FAR, 1); /* and no fault is made */
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == 0);
	bench_ask(&bench.unit, SID, IPA, REQUEST_READ);
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == NS_FAR(IPA, 0, TRANSACTION));
	gpc_teardown(&bench);
}

/* 6.3.112: stronger than GPCEN, and what every access begins with. */
static void test_root_accessen(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	shape_up(&bench, ONE);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_set(&bench, ROOT_CR0, 0);
	struct translation answer = bench_ask(&bench.unit, SID, VA, REQUEST_READ); /* from the TLB */
	assert_int_equal(answer.result, TRANSLATE_FAULT);
	assert_int_equal(answer.fault, 0);
	gpc_set(&bench, ROOT_CR0, 2);
	assert_int_equal(bench_ask(&bench.unit, SID, VA, REQUEST_READ).result, TRANSLATE_FAULT);
	gpc_set(&bench, ROOT_CR0, 1);
	gpc_page(&bench, FRAME, GPI_REALM);
	assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678); /* no checks */
	gpc_teardown(&bench);
	gpc_setup(&bench, NULL);
	gpc_set(&bench, ROOT_CR0, 0);
	assert_blocked(bench_ask(&bench.unit, SID, VA, REQUEST_READ), 0x03);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 4);
	gpc_teardown(&bench);
}

/* What was derived while nothing was checked does not serve any more. */
static void test_root_gpcen_reaches_what_is_cached(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup_off(&bench, NULL);
	gpc_set(&bench, ROOT_CR0, 1);
	bench_on(&bench.unit);
	shape_up(&bench, ONE);
	gpc_page(&bench, FRAME, GPI_REALM);
	for (unsigned i = 0; i < 3; i++)
		assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_set(&bench, ROOT_CR0, 3);
	expect_abort_of(&bench, bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME);
	gpc_set(&bench, ROOT_CR0, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_goes_to(bench_ask(&bench.unit, SID, VA, REQUEST_READ), FRAME + 0x678);
	gpc_teardown(&bench);
}

static void test_root_update_takes_time_and_guards(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup_off(&bench, NULL);
	assert_int_equal(gpc_get(&bench, 0) & 0xffffffff, 0x5);      /* RGPTM, ROOT_IMPL */
	assert_int_equal(bench_get(&bench.unit, 0, 4) >> 30 & 1, 1); /* IDR0.RME_IMPL */
	smmu_root_write(bench.root, ROOT_CR0, 4, 3, PA_ROOT);
	assert_int_equal(smmu_root_read(bench.root, 0x24, 4, PA_ROOT), 0);
	smmu_root_write(bench.root, ROOT_CR0, 4, 0, PA_ROOT); /* an Update is going on */
	assert_int_equal(smmu_root_read(bench.root, ROOT_CR0, 4, PA_ROOT), 3);
	smmu_root_write(bench.root, ROOT_BASE, 8, 0, PA_ROOT); /* GPCEN is 1 */
	assert_true(gpc_get(&bench, ROOT_BASE) == GPT0);
	assert_true(bench.unit.iommu->ops->advance(bench.unit.iommu));
	assert_int_equal(smmu_root_read(bench.root, 0x24, 4, PA_ROOT), 3);
	smmu_root_write(bench.root, ROOT_CFG, 8, 0, PA_ROOT);
	assert_true(gpc_get(&bench, ROOT_CFG) == 0x3500);
	gpc_set(&bench, ROOT_CR0, 1);
	gpc_set(&bench, ROOT_CFG, UINT64_MAX);
	assert_true(gpc_get(&bench, ROOT_CFG) == 0xff07); /* L0GPTSZ is read only, GPCP is not there */
	gpc_set(&bench, ROOT_BASE, UINT64_MAX);
	assert_true(gpc_get(&bench, ROOT_BASE) == UINT64_C(0xffffffff000)); /* OAS */
	/* 6.3.118: while the invalidation runs */
	smmu_root_write(bench.root, ROOT_TLBI, 8, FRAME, PA_ROOT);
	smmu_root_write(bench.root, ROOT_TLBI_RUN, 4, 1, PA_ROOT);
	smmu_root_write(bench.root, ROOT_TLBI, 8, 1, PA_ROOT);
	assert_true(gpc_get(&bench, ROOT_TLBI) == FRAME);
	smmu_root_write(bench.root, ROOT_TLBI_RUN, 4, 0, PA_ROOT);
	assert_int_equal(gpc_get(&bench, ROOT_TLBI_RUN), 1);
	bench_settle(&bench.unit);
	assert_int_equal(gpc_get(&bench, ROOT_TLBI_RUN), 0);
	gpc_teardown(&bench);
}

/* 6.2.6 */
static void test_root_page_is_the_root_spaces_alone(void **state)
{
	static const enum pa_space others[] = {PA_SECURE, PA_NON_SECURE, PA_REALM};
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	for (size_t i = 0; i < COUNT(others); i++) {
		smmu_root_write(bench.root, ROOT_CR0, 4, 0, others[i]);
		bench_settle(&bench.unit);
		assert_int_equal(smmu_root_read(bench.root, ROOT_CR0, 4, others[i]), 0);
		assert_int_equal(smmu_root_read(bench.root, ROOT_CR0, 4, PA_ROOT), 3);
	}
	gpc_teardown(&bench);
}

/* Looking changes nothing. */
static void test_gpc_explained_is_not_reported(void **state)
{
	struct request request = {.address = VA, .bytes = 4, .stream = SID, .pasid = PASID_NONE};
	struct translation answer;
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	shape_up(&bench, ONE);
	gpc_page(&bench, TABLE1, GPI_REALM);
	bench.unit.iommu->ops->explain(bench.unit.iommu, &request, NULL, NULL, &answer);
	assert_int_equal(answer.fault, 0x0b);
	assert_true(answer.record[1] & GPCF);
	gpc_page(&bench, TABLE1, GPI_NS);
	gpc_page(&bench, FRAME, GPI_REALM);
	bench.unit.iommu->ops->explain(bench.unit.iommu, &request, NULL, NULL, &answer);
	assert_int_equal(answer.result, TRANSLATE_FAULT);
	assert_true(answer.granule_fault);
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == 0);
	gpc_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gpc_fetch_is_reported_as_an_external_abort),
		cmocka_unit_test(test_gpc_fetch_under_the_cycle_clock),
		cmocka_unit_test(test_gpc_update_under_the_cycle_clock),
		cmocka_unit_test(test_gpc_bit_is_clear_for_other_aborts),
		cmocka_unit_test(test_gpc_is_recorded_without_r),
		cmocka_unit_test(test_gpc_output_ends_with_an_abort_and_no_event),
		cmocka_unit_test(test_gpc_output_of_a_bypass),
		cmocka_unit_test(test_gpc_is_stale_until_its_tlbi),
		cmocka_unit_test(test_gpc_tlbi_of_a_part_leaves_the_range),
		cmocka_unit_test(test_gpc_tlbi_is_of_a_granule_at_least),
		cmocka_unit_test(test_gpc_of_a_unit_without_caches_is_never_stale),
		cmocka_unit_test(test_gpc_of_queues_is_a_global_error),
		cmocka_unit_test(test_gpc_of_messages),
		cmocka_unit_test(test_gpc_lookup_errors_are_in_the_other_register),
		cmocka_unit_test(test_gpc_error_of_an_entry_of_level_1_with_an_event),
		cmocka_unit_test(test_root_first_fault_stays_until_it_is_cleared),
		cmocka_unit_test(test_root_accessen),
		cmocka_unit_test(test_root_gpcen_reaches_what_is_cached),
		cmocka_unit_test(test_root_update_takes_time_and_guards),
		cmocka_unit_test(test_root_page_is_the_root_spaces_alone),
		cmocka_unit_test(test_gpc_explained_is_not_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
