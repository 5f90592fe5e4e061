/* SPDX-License-Identifier: MIT */
/*
 * The Realm programming interface by hand (IHI 0070 3.9.4, 3.10.3, 6.3.122 to 6.3.134): its registers, the address
 * space that a transaction ends in, and its ATS. Offsets and bits are those of the specification.
 */
#include "gpc_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VA           UINT64_C(0x5678)
#define FRAME        UINT64_C(0x700000)
#define IPA          UINT64_C(0x600000)
#define IDR0_ATS     UINT64_C(0x400)
#define EATS_FULL    UINT64_C(0x10000000) /* STE[93:92] */
#define EATS_SPLIT   UINT64_C(0x20000000)
#define NSCFG(value) ((uint64_t)(value) << 46) /* STE[111:110] */
#define S2_NS        (UINT64_C(1) << 55)       /* DDI 0487 D8.3: NS of a leaf of Realm stage 2 */
#define IDS(idr0)                                                                                               \
	{                                                                                                       \
		(BENCH_IDR0 ^ (idr0)) | BENCH_IDR1 << 32, BENCH_IDR3 << 32, BENCH_IDR5 << 32, UINT64_C(1) << 32 \
	}

static const struct iommu_config realm = {.id = IDS(0x1800000 | IDR0_ATS), .realm = true};

enum { UNTRANSLATED, ASKED, TRANSLATED };
enum tee { T1, T1_XT, T0_XT }; /* 3.9.4.3 */

static struct translation ask(struct gpc_bench *bench, unsigned kind, enum tee tee, uint64_t address, bool execute)
{
	static const uint8_t at[] = {AT_UNTRANSLATED, AT_TRANSLATION_REQUEST, AT_TRANSLATED};
	struct request request = {.address = address,
				  .bytes = 4,
				  .stream = SID,
				  .pasid = PASID_NONE,
				  .at = at[kind],
				  .execute = execute,
				  .t = tee != T0_XT,
				  .xt = tee != T1};
	struct translation out;

	bench->unit.iommu->ops->translate(bench->unit.iommu, &request, &out);
	return out;
}

/* --- where a transaction ends --- */

enum config { BYPASS, S1_ALONE, S2_ALONE, NESTED };

struct output {
	const char *section;
	enum config config;
	uint64_t ste1;
	enum tee tee;
	bool execute;
	uint64_t leaf2; /* beside the address */
	unsigned event; /* 0: it passes */
	bool is_realm;
};

static const struct output outputs[] = {
	{"3.10.3 stage 1 alone", S1_ALONE, 0, T1, false, 0, 0, true},
	{"3.10.3 stage 1 alone, NSCFG is ignored", S1_ALONE, NSCFG(3), T1, false, 0, 0, true},
	{"3.10.3 stage 2, NS 0", S2_ALONE, 0, T1, false, 0, 0, true},
	{"3.10.3 stage 2, NS 1", S2_ALONE, 0, T1, false, S2_NS, 0, false},
	{"3.10.3 both, NS 0", NESTED, 0, T1, false, 0, 0, true},
	{"3.10.3 both, NS 1", NESTED, 0, T1, false, S2_NS, 0, false},
	{"DDI 0487 D8.4 RYMCSL", S2_ALONE, 0, T1, true, S2_NS, 0x13, false},
	{"DDI 0487 D8.4 RYMCSL, Realm", S2_ALONE, 0, T1, true, 0, 0, true},
	{"3.10.3.3 NSCFG 0, T", BYPASS, 0, T1, false, 0, 0, true},
	{"3.10.3.3 NSCFG 0, XT and no T", BYPASS, 0, T0_XT, false, 0, 0, false},
	{"3.10.3.3 NSCFG 2", BYPASS, NSCFG(2), T0_XT, false, 0, 0, true},
	{"3.10.3.3 NSCFG 3", BYPASS, NSCFG(3), T1, false, 0, 0, false},
	{"3.10.3.3 an instruction, Non-secure", BYPASS, NSCFG(3), T1, true, 0, 0x13, false},
	{"3.10.3.3 an instruction, Realm", BYPASS, 0, T1, true, 0, 0, true},
	{"3.9.4.3 NSCFG 0: XT says nothing", S2_ALONE, 0, T1_XT, false, S2_NS, 0, false},
	{"3.9.4.3 NSCFG 1, no XT", S2_ALONE, NSCFG(1), T1, false, S2_NS, 0, false},
	{"3.9.4.3 NSCFG 1, XT and T, Realm", S2_ALONE, NSCFG(1), T1_XT, false, 0, 0, true},
	{"3.9.4.3 NSCFG 1, XT and T, Non-secure", S2_ALONE, NSCFG(1), T1_XT, false, S2_NS, 0x13, false},
	{"3.9.4.3 NSCFG 1, XT alone, Non-secure", S2_ALONE, NSCFG(1), T0_XT, false, S2_NS, 0, false},
	{"3.9.4.3 NSCFG 1, XT alone, Realm", S2_ALONE, NSCFG(1), T0_XT, false, 0, 0x13, false},
	{"3.9.4.3 NSCFG 1, XT alone, stage 1", S1_ALONE, NSCFG(1), T0_XT, false, 0, 0x13, false},
	{"3.9.4.3 NSCFG 1, XT alone, both", NESTED, NSCFG(1), T0_XT, false, 0, 0x13, false},
};

static void shape_up(struct gpc_bench *bench, enum config config, uint64_t ste1, uint64_t leaf2)
{
	static const uint64_t pages[] = {CD, TABLE1, TABLE1 + 0x1000, TABLE1 + 0x2000};
	static const uint64_t word0[] = {9, STE_S1 | CD, STE_S2, STE_NESTED | CD};
	struct bench *unit = &bench->unit;

	bench_map1(unit, VA, (config == NESTED ? IPA : FRAME) | S1_PAGE);
	for (size_t i = 0; i < COUNT(pages); i++)
		bench_map2(unit, pages[i], pages[i] | S2_PAGE);
	bench_map2(unit, config == NESTED ? IPA : VA, FRAME | S2_PAGE | leaf2);
	bench_ste(unit, SID, word0[config], ste1, config >= S2_ALONE ? STE_WORD2 : 0, TABLE2);
}

/* Twice: walked, and from the TLB. */
static void test_realm_output_is_in_the_space_that_the_rules_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(outputs); i++) {
		const struct output *row = &outputs[i];
		uint64_t address = row->config == BYPASS ? FRAME : VA;
		struct gpc_bench bench;

		gpc_setup(&bench, &realm);
		shape_up(&bench, row->config, row->ste1, row->leaf2);
		gpc_page(&bench, FRAME, row->is_realm ? GPI_REALM : GPI_NS);
		for (unsigned again = 0; again < 2; again++) {
			struct translation answer = ask(&bench, UNTRANSLATED, row->tee, address, row->execute);
			if (answer.fault != row->event || (answer.result == TRANSLATE_OK) != !row->event ||
			    (!row->event && answer.realm != row->is_realm))
				fail_msg("%s: result %d fault %#x realm %d", row->section, (int)answer.result,
					 answer.fault, answer.realm);
		}
		assert_true(gpc_get(&bench, ROOT_GPF_FAR) == 0);
		/* And in no other. */
		gpc_page(&bench, FRAME, row->is_realm ? GPI_NS : GPI_REALM);
		gpc_tlbi(&bench, 1);
		if (!row->event) {
			assert_int_equal(ask(&bench, UNTRANSLATED, row->tee, address, row->execute).result,
					 TRANSLATE_FAULT);
			assert_true(gpc_get(&bench, ROOT_GPF_FAR) ==
				    ((uint64_t)(row->is_realm ? 3 : 1) << 62 | FRAME | 7));
		}
		gpc_teardown(&bench);
	}
}

/* 6.3.125, 5.2: without ATS there is no XT, and NSCFG 0b01 is as 0b00. */
static void test_realm_without_ats_has_no_xt(void **state)
{
	static const struct {
		enum config config;
		enum tee tee;
		uint64_t nscfg, leaf2;
		bool is_realm;
	} rows[] = {
		{S2_ALONE, T0_XT, NSCFG(1), 0, true}, {S2_ALONE, T1_XT, NSCFG(1), S2_NS, false},
		{S1_ALONE, T0_XT, NSCFG(1), 0, true}, {NESTED, T0_XT, NSCFG(1), 0, true},
		{BYPASS, T0_XT, NSCFG(1), 0, true}, /* 3.10.3.1: the default */
		{BYPASS, T0_XT, 0, 0, true},          {BYPASS, T0_XT, NSCFG(3), 0, false},
	};
	const struct iommu_config config = {.id = IDS(0x1800000), .realm = true};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpc_bench bench;

		gpc_setup(&bench, &config);
		assert_true(bench_get(&bench.unit, 0x0, 4) == 0x1000000); /* R_IDR0: STALL_MODEL 1 */
		assert_true(bench_get(&bench.unit, 0xc, 4) == 0);         /* R_IDR3 */
		shape_up(&bench, rows[i].config, rows[i].nscfg, rows[i].leaf2);
		gpc_page(&bench, FRAME, rows[i].is_realm ? GPI_REALM : GPI_NS);
		for (unsigned again = 0; again < 2; again++) {
			uint64_t address = rows[i].config == BYPASS ? FRAME : VA;
			struct translation answer = ask(&bench, UNTRANSLATED, rows[i].tee, address, false);
			if (answer.result != TRANSLATE_OK || answer.realm != rows[i].is_realm)
				fail_msg("row %zu: fault %#x realm %d", i, answer.fault, answer.realm);
		}
		gpc_teardown(&bench);
	}
}

/* A translation that was cached for one request is not what another one asked for (3.9.4.3). */
static void test_realm_xt_is_asked_of_cached_translations(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, &realm);
	shape_up(&bench, S2_ALONE, NSCFG(1), 0);
	gpc_page(&bench, FRAME, GPI_REALM);
	assert_goes_to(ask(&bench, UNTRANSLATED, T1, VA, false), FRAME + 0x678);
	struct translation answer = ask(&bench, UNTRANSLATED, T0_XT, VA, false);
	assert_blocked(answer, 0x13);
	assert_true(answer.from_cache);
	assert_true(answer.record[1] >> 39 & 1); /* S2: the last stage */
	gpc_teardown(&bench);
}

/* DDI 0487 D8.4, RQMLYQ: its structures are Realm's, wherever stage 2 leads. */
static void test_realm_structures_behind_stage_2_are_realms(void **state)
{
	static const struct {
		uint64_t page;
		uint64_t class; /* 105:104 of the record */
	} rows[] = {{CD, 0}, {TABLE1, 1}, {TABLE1 + 0x1000, 1}, {TABLE1 + 0x2000, 1}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpc_bench bench;

		gpc_setup(&bench, &realm);
		shape_up(&bench, NESTED, 0, 0);
		bench_map2(&bench.unit, rows[i].page, rows[i].page | S2_PAGE | S2_NS);
		gpc_page(&bench, rows[i].page, GPI_NS);
		struct translation answer = ask(&bench, UNTRANSLATED, T1, VA, false);
		assert_blocked(answer, 0x13);
		assert_true(answer.record[1] >> 39 & 1);
		assert_int_equal(answer.record[1] >> 40 & 3, rows[i].class);
		assert_true(answer.record[3] == (rows[i].page & ~UINT64_C(0xfff)) + (answer.record[3] & 0xfff));
		gpc_teardown(&bench);
	}
}

/* 3.10.3: the same leaf says nothing to a Non-secure stream (DDI 0487 D8.3: bit 55 is ignored). */
static void test_realm_bit_means_nothing_to_the_other_interface(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, NULL);
	shape_up(&bench, S2_ALONE, NSCFG(2), S2_NS);
	struct translation answer = ask(&bench, UNTRANSLATED, T1, VA, true);
	assert_goes_to(answer, FRAME + 0x678);
	assert_false(answer.realm);
	gpc_teardown(&bench);
}

/* --- ATS --- */

struct ats {
	const char *section;
	enum config config;
	uint64_t ste1;
	enum tee tee;
	uint64_t leaf2;
	unsigned gpi;
	unsigned completion;
	unsigned permissions;
	bool te;
};

static const struct ats requests[] = {
	{"3.9.4.2 a Realm address", S2_ALONE, EATS_FULL, T1, 0, GPI_REALM, ATS_SUCCESS, 3, true},
	{"3.9.4.2 a Non-secure address", S2_ALONE, EATS_FULL, T1, S2_NS, GPI_NS, ATS_SUCCESS, 3, false},
	{"3.9.4.2 stage 1 alone", S1_ALONE, EATS_FULL, T1, 0, GPI_REALM, ATS_SUCCESS, 3, true},
	{"3.9.4.3 XT, and no match", S2_ALONE, EATS_FULL | NSCFG(1), T0_XT, 0, GPI_REALM, ATS_SUCCESS, 0, false},
	{"3.9.4.3 no granule protection check then", S2_ALONE, EATS_FULL | NSCFG(1), T0_XT, 0, GPI_NS, ATS_SUCCESS, 0,
	 false},
	{"3.9.4.3 XT, and a match", S2_ALONE, EATS_FULL | NSCFG(1), T1_XT, 0, GPI_REALM, ATS_SUCCESS, 3, true},
	{"3.25.2 the output is forbidden", S2_ALONE, EATS_FULL, T1, 0, GPI_NS, ATS_CA, 0, false},
	{"7.3.6 EATS 0", S2_ALONE, 0, T1, 0, GPI_REALM, ATS_UR, 0, false},
};

static void test_realm_translation_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		const struct ats *row = &requests[i];
		struct gpc_bench bench;

		gpc_setup(&bench, &realm);
		shape_up(&bench, row->config, row->ste1, row->leaf2);
		gpc_page(&bench, FRAME, row->gpi);
		for (unsigned again = 0; again < 2; again++) {
			struct translation answer = ask(&bench, ASKED, row->tee, VA & ~UINT64_C(0xfff), false);
			if (answer.completion != row->completion || (answer.permissions & 3) != row->permissions ||
			    answer.realm != row->te)
				fail_msg("%s: completion %u permissions %u te %d", row->section, answer.completion,
					 answer.permissions, answer.realm);
		}
		gpc_teardown(&bench);
	}
}

/* 13.6.3, 3.25.2: of split-stage ATS the device gets an IPA, which no granule protection table knows of. */
static void test_realm_split_ats_is_checked_where_stage_2_ends(void **state)
{
	static const struct {
		const char *section;
		unsigned ipa, pa; /* GPI of each page */
		unsigned completion, page_lg2;
	} rows[] = {
		{"the IPA's granule is another's", GPI_NS, GPI_REALM, ATS_SUCCESS, 12},
		{"the IPA's granule has no owner", 0, GPI_REALM, ATS_SUCCESS, 12},
		{"the physical address is forbidden", GPI_REALM, GPI_NS, ATS_CA, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpc_bench bench;

		gpc_setup(&bench, &realm);
		shape_up(&bench, NESTED, EATS_SPLIT, 0);
		gpc_page(&bench, IPA, rows[i].ipa);
		gpc_page(&bench, FRAME, rows[i].pa);
		for (unsigned again = 0; again < 2; again++) {
			bool passes = rows[i].completion == ATS_SUCCESS;
			struct translation answer = ask(&bench, ASKED, T1, VA & ~UINT64_C(0xfff), false);
			if (answer.completion != rows[i].completion || answer.page_lg2 != rows[i].page_lg2 ||
			    (passes && (answer.pa != IPA || (answer.permissions & 3) != 3 || !answer.realm)))
				fail_msg("%s: completion %u at %#llx", rows[i].section, answer.completion,
					 (unsigned long long)answer.pa);
			assert_true(gpc_get(&bench, ROOT_GPF_FAR) == (passes ? 0 : UINT64_C(3) << 62 | FRAME | 7));
		}
		gpc_teardown(&bench);
	}
}

static void test_realm_translated_transactions(void **state)
{
	static const struct {
		const char *section;
		uint64_t ste1;
		enum tee tee;
		unsigned gpi, event;
		bool passes;
	} rows[] = {
		{"3.9.1.3 T alone: Realm", EATS_FULL, T1, GPI_REALM, 0, true},
		{"3.9.1.3 T alone, a Non-secure page", EATS_FULL, T1, GPI_NS, 0, false},
		{"3.9.1.3 XT and no T: Non-secure", EATS_FULL, T0_XT, GPI_NS, 0, true},
		{"3.9.1.3 XT and no T, a Realm page", EATS_FULL, T0_XT, GPI_REALM, 0, false},
		{"3.9.4.3 NSCFG 3", EATS_FULL | NSCFG(3), T1, GPI_NS, 0, true},
		{"3.9.4.3 NSCFG 1 without XT", EATS_FULL | NSCFG(1), T1, GPI_REALM, 0x07, false},
		{"3.9.4.3 NSCFG 1 with XT", EATS_FULL | NSCFG(1), T1_XT, GPI_REALM, 0, true},
		{"7.3.8 EATS 0", 0, T1, GPI_REALM, 0x07, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpc_bench bench;

		gpc_setup(&bench, &realm);
		shape_up(&bench, S2_ALONE, rows[i].ste1, 0);
		gpc_page(&bench, FRAME, rows[i].gpi);
		struct translation answer = ask(&bench, TRANSLATED, rows[i].tee, FRAME, false);
		if ((answer.result == TRANSLATE_OK) != rows[i].passes || answer.fault != rows[i].event)
			fail_msg("%s: result %d fault %#x", rows[i].section, (int)answer.result, answer.fault);
		gpc_teardown(&bench);
	}
}

/* 3.25.2: of a block of 2 MiB the device learns no more than the GPT answers for. */
static void test_gpc_bounds_what_a_translation_request_is_told(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, &realm);
	shape_up(&bench, S2_ALONE, EATS_FULL, 0);
	bench_put(&bench.unit, TABLE2 + 0x1000, 0x600000 | 0x4fd); /* a block at level 2 */
	gpc_page(&bench, 0x605000, GPI_REALM);
	struct translation answer = ask(&bench, ASKED, T1, 0x5000, false);
	assert_int_equal(answer.completion, ATS_SUCCESS);
	assert_int_equal(answer.page_lg2, 12);
	for (uint64_t pa = 0x600000; pa < 0x800000; pa += 0x10000)
		bench_put(&bench.unit, GPT1 + (pa >> 16) * 8, 0x1b1); /* contiguous, 2 MiB, Realm */
	gpc_tlbi(&bench, 1);
	assert_int_equal(ask(&bench, ASKED, T1, 0x5000, false).page_lg2, 21);
	gpc_teardown(&bench);
}

/* --- registers and commands --- */

static void test_realm_registers(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup_off(&bench, &realm);
	assert_int_equal(gpc_get(&bench, 0) & 0xffffffff, 0xd);    /* REALM_IMPL */
	assert_true(bench_get(&bench.unit, 0x0, 4) == 0x1000400);  /* R_IDR0: STALL_MODEL 1, ATS */
	assert_true(bench_get(&bench.unit, 0x4, 4) == 0x80000000); /* R_IDR1 */
	assert_true(bench_get(&bench.unit, 0x8, 4) == 0);
	assert_true(bench_get(&bench.unit, 0xc, 4) == 0x20000);  /* R_IDR3: XT */
	assert_true(bench_get(&bench.unit, 0x10, 8) == 0);       /* R_IDR4; there is no R_IDR5 */
	assert_true(bench_get(&bench.unit, 0x18, 4) == 0);       /* nor R_IIDR */
	assert_true(bench_get(&bench.unit, REG_CR0, 4) == 0x10); /* ATSCHK is RES1 */
	bench_set(&bench.unit, REG_CR0, 4, 0);
	assert_true(bench_get(&bench.unit, REG_CR0ACK, 4) == 0x10);
	assert_true(bench_get(&bench.unit, REG_GBPA, 4) == 0x100000); /* ABORT */
	bench_set(&bench.unit, REG_GBPA, 4, 0x80000000);
	assert_true(bench_get(&bench.unit, REG_GBPA, 4) == 0x100000);
	/* 6.3.133: SMMUEN is 0 */
	gpc_set(&bench, ROOT_CR0, 3);
	struct translation answer = ask(&bench, UNTRANSLATED, T1, FRAME, false);
	assert_int_equal(answer.result, TRANSLATE_FAULT);
	assert_int_equal(answer.fault, 0);
	assert_false(answer.granule_fault);
	gpc_teardown(&bench);
}

/* 3.10.3, 4.3, 4.7.1: SSec, and what this interface does not have. */
static void test_realm_commands(void **state)
{
	static const struct {
		uint64_t word0, word1;
		unsigned error;
	} rows[] = {
		{0x03 | (uint64_t)SID << 32, 1, 0},  /* CFGI_STE */
		{0x403 | (uint64_t)SID << 32, 1, 1}, /* with SSec */
		{0x30, 0, 0},                        /* TLBI_NSNH_ALL: of Realm alone all the same (4.4.4.1) */
		{0x18, 0, 1},                        /* TLBI_EL3_ALL */
		{0x60, 0, 1},                        /* TLBI_SNH_ALL */
		{0x44 | (uint64_t)SID << 32, 0, 1},  /* RESUME: STALL_MODEL is 1 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpc_bench bench;

		gpc_setup(&bench, &realm);
		bench_command(&bench.unit, rows[i].word0, rows[i].word1);
		assert_int_equal(bench_get(&bench.unit, REG_CMDQ_CONS, 4) >> 24, rows[i].error);
		gpc_teardown(&bench);
	}
}

/* --- event queue and PRI queue --- */

static uint64_t word_at(struct gpc_bench *bench, uint64_t pa)
{
	uint64_t word = 0;

	assert_true(memory_read64(bench->unit.memory, pa, &word));
	return word;
}

/* 7.3.13, 7.4: what a Realm stream meets is in this interface's queue, and its loss in this interface's registers. */
static void test_realm_events_are_in_its_queue(void **state)
{
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, &realm);
	shape_up(&bench, S2_ALONE, 0, 0);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(ask(&bench, UNTRANSLATED, T1, VA + 0x10000 * (i + 1), false).fault, 0x10);
	/* SID 5; RnW, S2, CLASS IN; the address, and as IPA */
	assert_true(word_at(&bench, EVENTS) == UINT64_C(0x0000000500000010));
	assert_true(word_at(&bench, EVENTS + 8) == UINT64_C(0x0000028800000000));
	assert_true(word_at(&bench, EVENTS + 16) == VA + 0x10000);
	assert_true(word_at(&bench, EVENTS + 24) == ((VA + 0x10000) & ~UINT64_C(0xfff)));
	/* 7.4: full with four, OVFLG toggles once */
	assert_true(bench_get(&bench.unit, REG_EVENTQ_PROD, 4) == 0x80000004);
	assert_true(bench_get(&bench.unit, REG_GERROR, 4) == 0);
	bench_set(&bench.unit, REG_EVENTQ_CONS, 4, 0x80000004);
	assert_true(ask(&bench, UNTRANSLATED, T1, VA + 0x10000, false).recorded);
	/* 7.2: a queue that this interface may not write, since its page is not Realm's */
	gpc_page(&bench, EVENTS, GPI_NS);
	gpc_tlbi(&bench, 1);
	assert_false(ask(&bench, UNTRANSLATED, T1, VA + 0x10000, false).recorded);
	assert_true(bench_get(&bench.unit, REG_GERROR, 4) == 4); /* EVENTQ_ABT_ERR */
	/* FPAS Realm, EVENTQ, REASON GERROR */
	assert_true(gpc_get(&bench, ROOT_GPF_FAR) == (UINT64_C(3) << 62 | EVENTS | 2 << 4 | 2 << 1 | 1));
	gpc_teardown(&bench);
}

/* 8.1: the PRI queue of this interface, with the same record and the same overflow. */
static void test_realm_page_requests_are_in_its_queue(void **state)
{
	const struct iommu_config config = {
		.id = {(BENCH_IDR0 ^ (UINT64_C(0x1810000) | IDR0_ATS)) | (BENCH_IDR1 | 0x5000) << 32, BENCH_IDR3 << 32,
		       BENCH_IDR5 << 32, UINT64_C(1) << 32},
		.realm = true};
	const struct page_request request = {.address = VA & ~UINT64_C(0xfff),
					     .stream = SID,
					     .pasid = PASID_NONE,
					     .group = 7,
					     .read = true,
					     .last = true};
	uint64_t queue = EVENTS + 0x8000; /* a page of the Realm's */
	struct page_response response;
	struct gpc_bench bench;

	(void)state;
	gpc_setup(&bench, &config);
	assert_true(bench_get(&bench.unit, 0x0, 4) == 0x1010400); /* R_IDR0: STALL_MODEL, PRI, ATS */
	bench_set(&bench.unit, 0xc0, 8, queue | 2);
	bench_set(&bench.unit, REG_CR0, 4, 0x1f);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(bench.unit.iommu->ops->page_request(bench.unit.iommu, &request, &response),
				 PAGE_REQUEST_QUEUED);
	assert_true(word_at(&bench, queue) == UINT64_C(0x5000000000000005)); /* Last, R, SID */
	assert_true(word_at(&bench, queue + 8) == ((VA & ~UINT64_C(0xfff)) | 7));
	assert_int_equal(bench.unit.iommu->ops->page_request(bench.unit.iommu, &request, &response),
			 PAGE_REQUEST_ANSWERED);
	assert_int_equal(response.code, PAGE_RESPONSE_SUCCESS);
	assert_true(bench_get(&bench.unit, 0x100c8, 4) == 0x80000004); /* OVFLG */
	gpc_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_realm_output_is_in_the_space_that_the_rules_say),
		cmocka_unit_test(test_realm_without_ats_has_no_xt),
		cmocka_unit_test(test_realm_xt_is_asked_of_cached_translations),
		cmocka_unit_test(test_realm_structures_behind_stage_2_are_realms),
		cmocka_unit_test(test_realm_events_are_in_its_queue),
		cmocka_unit_test(test_realm_page_requests_are_in_its_queue),
		cmocka_unit_test(test_realm_bit_means_nothing_to_the_other_interface),
		cmocka_unit_test(test_realm_translation_requests),
		cmocka_unit_test(test_realm_split_ats_is_checked_where_stage_2_ends),
		cmocka_unit_test(test_realm_translated_transactions),
		cmocka_unit_test(test_gpc_bounds_what_a_translation_request_is_told),
		cmocka_unit_test(test_realm_registers),
		cmocka_unit_test(test_realm_commands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
