/* SPDX-License-Identifier: MIT */
/* Scalable mode with words written down from specification 5.10, 9.2 and 9.4 to 9.8; caches and descriptors. */
#include "vtd_test.h"

/* 11.4.3: RPS, SMPWCS, FSTS, SSTS, SSADS, SMTS, PASID, PSS of 20 bits, SRS, NEST, IRO Fh, PT, QI, C. */
#define ECAP_SCALABLE UINT64_C(0x0003e99884000f43)
#define LOWER         UINT64_C(0x201000)
#define DIRECTORY     UINT64_C(0x202000)
#define PASIDS        UINT64_C(0x204000)
#define FIRST         UINT64_C(0x300000) /* four tables of the first stage, for IOVA */
#define SECOND        UINT64_C(0x310000) /* four tables of the second, for guest addresses of the first GiB */
#define IOVA          UINT64_C(0x0000123456789000)
#define PAGE_PA       UINT64_C(0x150000)
#define FUNCTION      0x0008u
#define PASID         0x45u
#define NONE          UINT32_MAX

/* The entry of FUNCTION's PASID 45h: the sixth of the second table. */
#define ENTRY (PASIDS + 5 * 64)

static uint64_t first_entry(unsigned level)
{
	return FIRST + (4 - level) * 0x1000 + (IOVA >> (12 + 9 * (level - 1)) & 0x1ff) * 8;
}

static void write_tables(struct bench *b)
{
	for (unsigned level = 4; level > 1; level--)
		bench_put(b, first_entry(level), (FIRST + (5 - level) * 0x1000) | 0x7); /* P, RW, US */
	bench_put(b, first_entry(1), PAGE_PA | 0x7);
	/* The second stage maps the first 2 MiB where they are but for the page, and 200000h to 3FFFFFh likewise. */
	bench_put(b, SECOND, (SECOND + 0x1000) | 3);
	bench_put(b, SECOND + 0x1000, (SECOND + 0x2000) | 3);
	bench_put(b, SECOND + 0x2000, (SECOND + 0x3000) | 3);
	bench_put(b, SECOND + 0x2008, UINT64_C(0x200000) | 0x83);
	bench_put(b, SECOND + 0x3000 + 0x150 * 8, (PAGE_PA + 0x10000) | 3);
}

/* `pgtt` as in the entry, with DID 12h and PWSNP. */
static void entry(struct bench *b, unsigned pgtt)
{
	bench_put(b, ENTRY, SECOND | pgtt << 6 | 2 << 2 | 1);
	bench_put(b, ENTRY + 8, 0x800012);
	bench_put(b, ENTRY + 16, FIRST);
}

static void setup_unit(struct bench *b, unsigned pgtt, const struct iommu_config *config)
{
	bench_setup(b, config);
	bench_put(b, ROOT_TABLE, LOWER | 1);
	bench_put(b, LOWER + FUNCTION * 32, DIRECTORY | 1 << 3 | 1); /* PASIDE, P */
	bench_put(b, LOWER + FUNCTION * 32 + 8, 0x46);               /* RID_PASID */
	bench_put(b, DIRECTORY + 8, PASIDS | 1);                     /* of PASIDs 40h to 7Fh */
	write_tables(b);
	entry(b, pgtt);
	bench_set(b, REG_RTADDR, 8, ROOT_TABLE | 0x400);
	bench_command(b, GCMD_SRTP);
	bench_command(b, GCMD_TE);
}

static void setup(struct bench *b, unsigned pgtt, bool caches)
{
	struct iommu_config config = {.id = {BENCH_CAP, ECAP_SCALABLE}, .no_cache = !caches};
	setup_unit(b, pgtt, &config);
}

static struct translation ask(struct bench *b, uint64_t iova, enum request_op op, uint32_t pasid)
{
	struct request request = bench_request(FUNCTION, iova, op);
	request.pasid = pasid;
	return bench_translate(b, &request);
}

static void test_scalable_first_stage_sets_its_flags(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 1, true);
	struct translation out = ask(&b, IOVA + 0x10, REQUEST_READ, PASID);
	assert_goes_to(out, PAGE_PA + 0x10);
	assert_int_equal(out.reads, 8);
	assert_int_equal(out.permissions, PERM_READ | PERM_WRITE);
	for (unsigned level = 1; level <= 4; level++)
		assert_int_equal(bench_word(&b, first_entry(level)) & 0x60, 0x20); /* A */
	out = ask(&b, IOVA, REQUEST_WRITE, PASID);
	assert_goes_to(out, PAGE_PA);
	assert_false(out.from_cache); /* D has to be set */
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0x60);
	assert_true(ask(&b, IOVA, REQUEST_WRITE, PASID).from_cache);
	bench_teardown(&b);
}

/* 3.6: of a first stage of four levels bits 63:47 of an address are the same, also where all of its structures are
 * cached. */
static void test_scalable_first_stage_has_canonical_addresses_alone(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 1, true);
	bench_put(&b, FIRST + 8 * (0x100 + (IOVA >> 39 & 0x1ff)), (FIRST + 0x1000) | 0x7); /* bit 47 */
	assert_goes_to(ask(&b, IOVA, REQUEST_READ, PASID), PAGE_PA);
	assert_faults(ask(&b, IOVA + 0x1000, REQUEST_READ, PASID), 0x71); /* walks too */
	assert_faults(ask(&b, IOVA | UINT64_C(1) << 48, REQUEST_READ, PASID), 0x80);
	assert_faults(ask(&b, IOVA | UINT64_C(1) << 47, REQUEST_READ, PASID), 0x80);
	assert_faults(ask(&b, IOVA | UINT64_C(1) << 63, REQUEST_READ, PASID), 0x80);
	assert_goes_to(ask(&b, IOVA | UINT64_C(0x1ffff) << 47, REQUEST_READ, PASID), PAGE_PA);
	bench_teardown(&b);
}

static void test_scalable_nested_walk_reads_each_entry(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 3, false);
	struct translation out = ask(&b, IOVA + 0x10, REQUEST_READ, PASID);
	assert_goes_to(out, PAGE_PA + 0x10010);
	/* Four structures; each first-stage entry behind three of the second (2 MiB); the page behind four. */
	assert_int_equal(out.reads, 4 + 4 * (3 + 1) + 4);
	assert_int_equal(out.page_lg2, 12);
	bench_teardown(&b);
}

/* 7.1.3 SFS.6 to SFS.8: what the second stage grants for the tables of the first. */
static void test_scalable_nested_tables_need_second_stage_rights(void **state)
{
	(void)state;
	static const struct {
		unsigned top, other, word, reason;
	} rows[] = {{1, 0, 0x82, 0x75}, {0, 1, 0x82, 0x76}, {1, 1, 0x80, 0x79}, {1, 1, 0x81, 0x77}};
	struct bench b;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(&b, 3, false);
		/* The top table stays in the second 2 MiB, the others move to the third for one row. */
		bench_put(&b, SECOND + 0x2010, UINT64_C(0x200000) | (rows[i].other ? rows[i].word : 0x83));
		bench_put(&b, SECOND + 0x2008, UINT64_C(0x200000) | (rows[i].top ? rows[i].word : 0x83));
		bench_put(&b, first_entry(4), (FIRST + 0x1000 + 0x200000) | 0x7);
		assert_faults(ask(&b, IOVA, REQUEST_READ, PASID), rows[i].reason);
		bench_teardown(&b);
	}
}

/* The tables of the first stage lie behind a mapping for reading, their entries with or without A (and D). */
static void behind_read_only(struct bench *b, uint64_t flags)
{
	bench_put(b, SECOND + 0x2008, UINT64_C(0x200000) | 0x81);
	for (unsigned level = 4; level > 1; level--)
		bench_put(b, first_entry(level), (FIRST + (5 - level) * 0x1000) | 0x7 | (flags & 0x20));
	bench_put(b, first_entry(1), PAGE_PA | 0x7 | flags);
}

/* 3.6.2, 7.1.3 SFS.8: an entry whose flags are to be set has to be writable; one that has them is only read. */
static void test_scalable_nested_flags_need_a_second_stage_that_permits_writes(void **state)
{
	(void)state;
	static const struct {
		uint64_t flags;
		enum request_op op;
		unsigned reason; /* 0: none */
	} rows[] = {{0, REQUEST_READ, 0x77},
		    {0x20, REQUEST_READ, 0},
		    {0x20, REQUEST_WRITE, 0x77},
		    {0x60, REQUEST_WRITE, 0}};
	struct bench b;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(&b, 3, false);
		behind_read_only(&b, rows[i].flags);
		struct translation out = ask(&b, IOVA, rows[i].op, PASID);
		assert_int_equal(out.fault, rows[i].reason);
		for (unsigned level = 1; level <= 4; level++)
			assert_int_equal(bench_word(&b, first_entry(level)) & 0x60,
					 level == 1 ? rows[i].flags : rows[i].flags & 0x20);
		assert_int_equal(bench_effects(&b, EFFECT_GUEST_FLAGS), 0);
		bench_teardown(&b);
	}
}

/* Erratum SPR17: with PWSNP they are set nevertheless, and whoever looks sees it. */
static void test_scalable_erratum_sets_flags_through_read_only_mappings(void **state)
{
	(void)state;
	struct iommu_config config = {.id = {BENCH_CAP, ECAP_SCALABLE}, .quirks = QUIRK_AD_BITS_IGNORE_RO};
	struct bench b;
	setup_unit(&b, 3, &config);
	behind_read_only(&b, 0);
	assert_goes_to(ask(&b, IOVA, REQUEST_WRITE, PASID), PAGE_PA + 0x10000);
	for (unsigned level = 2; level <= 4; level++)
		assert_int_equal(bench_word(&b, first_entry(level)) & 0x60, 0x20);
	assert_int_equal(bench_word(&b, first_entry(1)) & 0x60, 0x60);
	assert_int_equal(bench_effects(&b, EFFECT_GUEST_FLAGS), 4);
	const struct effect *last = bench_effect(&b, EFFECT_GUEST_FLAGS);
	assert_true(last->address == first_entry(1));
	assert_true(last->value == (PAGE_PA | 0x67) && last->old == (PAGE_PA | 0x7));
	assert_int_equal(last->scope.stream, FUNCTION);
	assert_int_equal(last->scope.pasid, PASID);
	bench_teardown(&b);
	setup_unit(&b, 3, &config);
	behind_read_only(&b, 0);
	bench_put(&b, ENTRY + 8, 0x12); /* without PWSNP: 7.1.3 SFS.9, as of any unit */
	assert_faults(ask(&b, IOVA, REQUEST_READ, PASID), 0x90);
	bench_teardown(&b);
	/* A page that cannot be written itself is still not written. */
	setup_unit(&b, 3, &config);
	behind_read_only(&b, 0);
	bench_put(&b, SECOND + 0x3000 + 0x150 * 8, (PAGE_PA + 0x10000) | 1);
	assert_faults(ask(&b, IOVA, REQUEST_WRITE, PASID), 0x85);
	bench_teardown(&b);
}

/* 3.8: a correct unit finds nothing where the second stage leads; the other one reads at the guest's address. */
static void test_scalable_quirk_takes_tables_for_host_addresses(void **state)
{
	(void)state;
	for (unsigned quirk = 0; quirk < 2; quirk++) {
		struct iommu_config config = {.id = {BENCH_CAP, ECAP_SCALABLE},
					      .quirks = quirk ? QUIRK_BYPASS_STAGE2_WALK : 0};
		struct bench b;
		setup_unit(&b, 3, &config);
		bench_put(&b, SECOND + 0x2008, UINT64_C(0x800000) | 0x83);
		struct translation out = ask(&b, IOVA, REQUEST_READ, PASID);
		if (quirk)
			assert_goes_to(out, PAGE_PA + 0x10000); /* the page is translated by both */
		else
			assert_faults(out, 0x71);
		bench_teardown(&b);
	}
}

static void test_scalable_requests_are_admitted_by_their_context_entry(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 1, false);
	assert_faults(ask(&b, IOVA, REQUEST_READ, 0x46), 0x48);   /* RID_PASID */
	assert_faults(ask(&b, IOVA, REQUEST_READ, 0x2000), 0x46); /* PDTS 0: 2^7 entries of 64 */
	assert_faults(ask(&b, IOVA, REQUEST_READ, NONE), 0x59);   /* RID_PASID's entry */
	assert_faults(ask(&b, IOVA, REQUEST_READ, 0x80), 0x51);
	bench_put(&b, LOWER + FUNCTION * 32, DIRECTORY | 1);
	assert_faults(ask(&b, IOVA, REQUEST_READ, PASID), 0x45);
	bench_put(&b, LOWER + FUNCTION * 32 + 8, 0x2000);
	assert_faults(ask(&b, IOVA, REQUEST_READ, PASID), 0x43);
	bench_put(&b, LOWER + FUNCTION * 32 + 8, PASID);
	assert_goes_to(ask(&b, IOVA, REQUEST_READ, NONE), PAGE_PA);
	bench_teardown(&b);
}

/* 11.4.7.6, and FPD of any entry on the way (7.1.1). */
static void test_scalable_record_names_the_pasid_unless_fpd(void **state)
{
	(void)state;
	static const uint64_t places[] = {LOWER + FUNCTION * 32, DIRECTORY + 8, ENTRY};
	struct bench b;
	setup(&b, 1, false);
	struct translation out = ask(&b, IOVA + 0x1000, REQUEST_READ, PASID);
	assert_faults(out, 0x71);
	assert_true(out.record[0] == IOVA + 0x1000);
	assert_true(out.record[1] ==
		    (UINT64_C(3) << 62 | UINT64_C(0x45) << 40 | UINT64_C(0x71) << 32 | 1u << 31 | FUNCTION));
	for (unsigned i = 0; i < 3; i++) {
		bench_put(&b, places[i], bench_word(&b, places[i]) | 2);
		assert_false(ask(&b, IOVA + 0x1000, REQUEST_READ, PASID).recorded);
		bench_put(&b, places[i], bench_word(&b, places[i]) & ~UINT64_C(3));
		out = ask(&b, IOVA, REQUEST_READ, PASID);
		assert_true(out.recorded);
		bench_put(&b, places[i], bench_word(&b, places[i]) | 2); /* not present, and FPD */
		assert_false(ask(&b, IOVA, REQUEST_READ, PASID).recorded);
		bench_put(&b, places[i], (bench_word(&b, places[i]) & ~UINT64_C(2)) | 1);
		bench_set(&b, REG_FRCD + 12, 4, 0x80000000);
		bench_set(&b, REG_FRCD + 28, 4, 0x80000000);
		bench_set(&b, REG_FSTS, 4, 1);
	}
	bench_teardown(&b);
}

static void submit(struct bench *b, uint64_t first, uint64_t second)
{
	for (unsigned i = 0; i < 4; i++)
		bench_put(b, QUEUE + b->tail + 8 * i, i == 0 ? first : i == 1 ? second : 0);
	b->tail = (b->tail + 32) % 4096;
	bench_set(b, REG_IQT, 8, b->tail);
	bench_settle(b);
}

static void queue_on(struct bench *b)
{
	bench_set(b, REG_IQA, 8, QUEUE | 0x800); /* DW */
	bench_command(b, (uint32_t)(bench_get(b, REG_GSTS, 4) & 0x96ffffff) | GCMD_QIE);
}

/* Table 24, and 6.2.3: an entry is stale until its own cache is invalidated. */
static void test_scalable_caches_are_stale_until_invalidated(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 1, true);
	queue_on(&b);
	assert_goes_to(ask(&b, IOVA, REQUEST_READ, PASID), PAGE_PA);
	bench_put(&b, first_entry(1), (PAGE_PA + 0x1000) | 0x27);
	submit(&b, 0x120036 | UINT64_C(0x46) << 32, IOVA); /* P_IOTLB of another PASID */
	submit(&b, 0x130036 | UINT64_C(0x45) << 32, IOVA); /* of another domain */
	submit(&b, 0x120036 | UINT64_C(0x45) << 32, IOVA + 0x1000);
	submit(&b, 0x120031, 0); /* context cache */
	assert_true(ask(&b, IOVA, REQUEST_READ, PASID).from_cache);
	submit(&b, 0x120036 | UINT64_C(0x45) << 32, IOVA);
	assert_goes_to(ask(&b, IOVA, REQUEST_READ, PASID), PAGE_PA + 0x1000);
	bench_put(&b, ENTRY, 0);
	submit(&b, 0x120026 | UINT64_C(0x45) << 32, 0); /* PASID-selective: the entry itself stays cached */
	assert_goes_to(ask(&b, IOVA, REQUEST_READ, PASID), PAGE_PA + 0x1000);
	submit(&b, 0x120017 | UINT64_C(0x45) << 32, 0); /* PASID cache */
	submit(&b, 0x120026 | UINT64_C(0x45) << 32, 0);
	assert_faults(ask(&b, IOVA, REQUEST_READ, PASID), 0x59);
	bench_teardown(&b);
}

/* Table 23: page-selective invalidation of second-stage addresses takes every translation with a first stage. */
static void test_scalable_page_selective_iotlb_takes_nested_translations(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 3, true);
	queue_on(&b);
	ask(&b, IOVA, REQUEST_READ, PASID);
	submit(&b, 0x130032, UINT64_C(0x7000000));
	assert_true(ask(&b, IOVA, REQUEST_READ, PASID).from_cache);
	submit(&b, 0x120032, UINT64_C(0x7000000));
	assert_false(ask(&b, IOVA, REQUEST_READ, PASID).from_cache);
	bench_teardown(&b);
}

/* Table 26; 11.4.9.9. */
static void test_scalable_queue_takes_no_short_descriptor(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 1, true);
	bench_queue_on(&b);
	bench_submit(&b, 0x11, 0);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_FSTS, 4) & 0x10, 0x10);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8) & 0xf, 5);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalable_first_stage_sets_its_flags),
		cmocka_unit_test(test_scalable_first_stage_has_canonical_addresses_alone),
		cmocka_unit_test(test_scalable_nested_walk_reads_each_entry),
		cmocka_unit_test(test_scalable_nested_tables_need_second_stage_rights),
		cmocka_unit_test(test_scalable_nested_flags_need_a_second_stage_that_permits_writes),
		cmocka_unit_test(test_scalable_erratum_sets_flags_through_read_only_mappings),
		cmocka_unit_test(test_scalable_quirk_takes_tables_for_host_addresses),
		cmocka_unit_test(test_scalable_requests_are_admitted_by_their_context_entry),
		cmocka_unit_test(test_scalable_record_names_the_pasid_unless_fpd),
		cmocka_unit_test(test_scalable_caches_are_stale_until_invalidated),
		cmocka_unit_test(test_scalable_page_selective_iotlb_takes_nested_translations),
		cmocka_unit_test(test_scalable_queue_takes_no_short_descriptor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
