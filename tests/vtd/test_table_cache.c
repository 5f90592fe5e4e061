/* SPDX-License-Identifier: MIT */
/* The paging-structure caches: what a walk finds there (6.2.5, 6.2.7), and what each invalidation takes (tables 23,
 * 24). */
#include "scalable_bench.h"

#define ENTRIES 64

static const struct iommu_config caches = {.table_entries = ENTRIES};

/* Entries that a walk for a page reads that no cache but these knows of. */
static void test_tables_walk_begins_at_the_deepest_entry(void **state)
{
	(void)state;
	static const struct {
		uint64_t iova;
		unsigned reads;
	} rows[] = {
		{0x0000000000000000, 4},                          /* nothing is known but the context entry */
		{0x0000000000005000, 1},                          /* the same PDE: 6.2.5.4 */
		{0x0000000000200000, 2},                          /* the same PDPE: 6.2.5.3 */
		{0x0000000000201000, 1}, {0x0000000040000000, 3}, /* the same PML4E: 6.2.5.2 */
		{0x0000008000000000, 4},                          /* none */
		{0x0000000000006000, 1},                          /* all of it is still there */
	};
	struct bench b;

	bench_setup_on(&b, &caches);
	for (unsigned i = 0; i < 7; i++)
		bench_map(&b, rows[i].iova, (0x1000000 + 0x1000 * i) | 3);
	bench_read(&b, 0x700000000000); /* the context entry */
	for (unsigned i = 0; i < 7; i++) {
		struct translation t = bench_read(&b, rows[i].iova + 0x123);
		assert_goes_to(t, 0x1000123 + 0x1000 * i);
		assert_int_equal(t.reads, rows[i].reads);
		assert_false(t.from_cache);
	}
	bench_teardown(&b);
}

static void test_tables_are_not_cached_unless_asked_for(void **state)
{
	(void)state;
	static const struct iommu_config without[] = {{.table_entries = 0},
						      {.table_entries = ENTRIES, .no_cache = true}};
	for (unsigned i = 0; i < 2; i++) {
		struct bench b;
		bench_setup_on(&b, &without[i]);
		bench_map(&b, 0x1000, 0x1000003);
		bench_map(&b, 0x2000, 0x1001003);
		bench_read(&b, 0x1000);
		assert_int_equal(bench_read(&b, 0x2000).reads, i == 0 ? 4 : 6);
		bench_teardown(&b);
	}
}

/* The AND of the rights of all entries, of which the cached one is several. */
static void test_tables_keep_the_rights_of_what_led_there(void **state)
{
	(void)state;
	struct bench b;

	bench_setup_on(&b, &caches);
	bench_map(&b, 0x1000, 0x1000003);
	bench_map(&b, 0x2000, 0x1001003);
	uint64_t top = bench_entry(&b, TOP_TABLE, 4, 0x1000, 4);
	bench_put(&b, top, (bench_word(&b, top) & ~UINT64_C(3)) | 1);
	assert_goes_to(bench_read(&b, 0x1000), 0x1000000);
	assert_faults(bench_write(&b, 0x2000), 0x5);
	assert_goes_to(bench_read(&b, 0x2000), 0x1001000);
	assert_int_equal(bench_read(&b, 0x2000).permissions, PERM_READ);
	bench_teardown(&b);
}

/* What faulted leads nowhere; what lies above it does, whether there is a page or not. */
static void test_tables_that_are_not_there_are_not_kept(void **state)
{
	(void)state;
	struct bench b;

	bench_setup_on(&b, &caches);
	bench_map(&b, 0x1000, 0x1000003);
	bench_read(&b, 0x700000000000);
	assert_int_equal(bench_read(&b, 0x200000).reads, 3); /* no PDE */
	assert_int_equal(bench_read(&b, 0x200000).reads, 1);
	bench_map(&b, 0x200000, 0x1001003);
	struct translation t = bench_read(&b, 0x200000);
	assert_goes_to(t, 0x1001000);
	assert_int_equal(t.reads, 2);
	bench_teardown(&b);
}

/* A large page is no table. */
static void test_tables_do_not_hold_pages(void **state)
{
	(void)state;
	struct bench b;

	bench_setup_on(&b, &caches);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x200000, 2), 0x1000083);
	bench_read(&b, 0x200000);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x200000, 2), 0x1200083);
	bench_set(&b, REG_IVA, 8, 0x200000 | 9 | 1u << 6);
	bench_set(&b, REG_IOTLB, 8, UINT64_C(1) << 63 | UINT64_C(3) << 60 | (uint64_t)DOMAIN << 32);
	bench_settle(&b);
	struct translation t = bench_read(&b, 0x200000);
	assert_goes_to(t, 0x1200000);
	assert_int_equal(t.reads, 1);
	bench_teardown(&b);
}

/* The last of a set goes; one that is used becomes the first. */
static void test_tables_are_as_many_as_there_is_room_for(void **state)
{
	(void)state;
	struct iommu_config small = {.table_entries = 4};
	struct bench b;

	bench_setup_on(&b, &small);
	for (unsigned i = 0; i < 6; i++) {
		bench_map(&b, UINT64_C(0x200000) * i, (0x1000000 + 0x1000 * i) | 3);
		bench_map(&b, UINT64_C(0x200000) * i + 0x1000, (0x1000000 + 0x1000 * i) | 3);
	}
	bench_read(&b, 0x700000000000);
	for (unsigned i = 0; i < 5; i++)
		bench_read(&b, UINT64_C(0x200000) * i);
	/* PML4E, PDPE, PDEs 0 to 4 into one set: what found the later ones, the PDPE, stays with the last PDEs. */
	assert_int_equal(bench_read(&b, 0x200000 * 4 + 0x1000).reads, 1);
	assert_int_equal(bench_read(&b, 0x1000).reads, 2);
	bench_teardown(&b);
}

/* --- invalidation --- */

#define ANOTHER_DOMAIN UINT64_C(0x13)
#define IN_RANGE(iova) ((iova) & ~UINT64_C(0xfff))
#define ELSEWHERE      UINT64_C(0x7f0000000000)
#define HINT           UINT64_C(0x40)

enum descriptor { REGARDLESS, OF_INPUT, OF_ELSEWHERE };

/* A descriptor, and which of the mappings lose their entries. */
struct invalidation {
	const char *what;
	uint64_t low;
	enum descriptor address;
	uint64_t hint;
	bool second, first, nested;
};

#define CONTEXT_GLOBAL   (UINT64_C(1) | 1u << 4)
#define IOTLB(g, domain) (UINT64_C(2) | (uint64_t)(g) << 4 | (uint64_t)(domain) << 16)
#define PASIDS_GLOBAL    (UINT64_C(7) | 3u << 4)
#define PIOTLB(g, d, p)  (UINT64_C(6) | (uint64_t)(g) << 4 | (uint64_t)(d) << 16 | (uint64_t)(p) << 32)

static const struct invalidation rows[] = {
	{"context, global", CONTEXT_GLOBAL, REGARDLESS, 0, false, false, false},                   /* 6.5.2.1 */
	{"PASID cache, global", PASIDS_GLOBAL, REGARDLESS, 0, false, false, false},                /* 6.5.2.2 */
	{"IOTLB, global", IOTLB(1, 0), REGARDLESS, 0, true, true, true},                           /* table 23 */
	{"IOTLB, domain", IOTLB(2, DOMAIN), REGARDLESS, 0, true, true, true},                      /* table 23 */
	{"IOTLB, another domain", IOTLB(2, ANOTHER_DOMAIN), REGARDLESS, 0, false, false, false},   /* table 23 */
	{"IOTLB, pages", IOTLB(3, DOMAIN), OF_INPUT, 0, true, true, true},                         /* table 23 */
	{"IOTLB, other pages", IOTLB(3, DOMAIN), OF_ELSEWHERE, 0, false, true, true},              /* table 23 */
	{"IOTLB, pages, IH", IOTLB(3, DOMAIN), OF_INPUT, HINT, false, true, true},                 /* 6.5.2.3 */
	{"IOTLB, another's pages", IOTLB(3, ANOTHER_DOMAIN), OF_INPUT, 0, false, false, false},    /* table 23 */
	{"PASID", PIOTLB(2, DOMAIN, PASID), REGARDLESS, 0, false, true, true},                     /* table 24 */
	{"PASID, hint", PIOTLB(2, DOMAIN, PASID), REGARDLESS, HINT, false, true, true},            /* 6.5.2.4 */
	{"another PASID", PIOTLB(2, DOMAIN, PASID + 1), REGARDLESS, 0, false, false, false},       /* table 24 */
	{"another's PASID", PIOTLB(2, ANOTHER_DOMAIN, PASID), REGARDLESS, 0, false, false, false}, /* table 24 */
	{"PASID, pages", PIOTLB(3, DOMAIN, PASID), OF_INPUT, 0, false, true, true},                /* table 24 */
	{"PASID, other pages", PIOTLB(3, DOMAIN, PASID), OF_ELSEWHERE, 0, false, false, false},    /* table 24 */
	{"PASID, pages, IH", PIOTLB(3, DOMAIN, PASID), OF_INPUT, HINT, false, false, false},       /* 6.5.2.4 */
};

/* A neighbour of the page: no page is there, so nothing is kept of it but what is above. */
static unsigned reads_beside(struct bench *b, uint64_t iova)
{
	struct request request = bench_request(FUNCTION, iova + 0x1000, REQUEST_READ);
	request.pasid = PASID;
	return bench_translate(b, &request).reads;
}

static void fill_beside(struct bench *b, unsigned pgtt)
{
	struct iommu_config config = {.id = {BENCH_CAP, ECAP_PAGES}, .table_entries = ENTRIES};

	scalable_setup_with(b, pgtt, &config);
	scalable_queue_on(b);
}

static void test_tables_go_as_the_specification_says(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct invalidation *row = &rows[i];
		for (unsigned pgtt = PGTT_FIRST; pgtt <= PGTT_NESTED; pgtt++) {
			uint64_t iova = pgtt == PGTT_SECOND ? LOW_IOVA : IOVA;
			bool goes = pgtt == PGTT_SECOND ? row->second : pgtt == PGTT_FIRST ? row->first : row->nested;
			uint64_t address = row->address == OF_INPUT ? IN_RANGE(iova) : ELSEWHERE;
			bool configuration = row->low == CONTEXT_GLOBAL || row->low == PASIDS_GLOBAL;
			struct bench b;
			fill_beside(&b, pgtt);
			unsigned cold = reads_beside(&b, iova) - 4, warm = reads_beside(&b, iova);
			assert_true(warm < cold && reads_beside(&b, iova) == warm);
			scalable_submit(&b, row->low, (row->address == REGARDLESS ? 0 : address) | row->hint);
			bench_settle(&b);
			unsigned after = reads_beside(&b, iova);
			if (configuration)
				assert_int_equal(after, warm + 2);
			else if (goes)
				assert_true(after > warm);
			else
				assert_int_equal(after, warm);
			if (goes && pgtt != PGTT_NESTED)
				assert_int_equal(after, cold);
			bench_teardown(&b);
		}
	}
}

/* A nested walk uses what the second stage knows of its tables' addresses, whoever's requests left it there. */
static void test_tables_of_the_second_stage_serve_a_nested_walk(void **state)
{
	(void)state;
	struct bench b;

	fill_beside(&b, PGTT_NESTED);
	unsigned cold = reads_beside(&b, IOVA) - 4;
	assert_int_equal(cold,
			 4 + 3 + 3 * 1); /* four entries; the second stage: PML4E, PDPE and PDE, then the PDE alone */
	assert_int_equal(reads_beside(&b, IOVA), 1 + 1);
	scalable_submit(&b, PIOTLB(2, DOMAIN, PASID), 0);
	bench_settle(&b);
	assert_int_equal(reads_beside(&b, IOVA), 4 + 4); /* the second stage's are still there */
	bench_teardown(&b);
}

/* The window that the hint leaves: a table that was taken away is walked on (6.5.3.3). */
static void test_tables_that_were_replaced_serve_on_under_the_hint(void **state)
{
	(void)state;
	for (unsigned hint = 0; hint < 2; hint++) {
		struct bench b;
		bench_setup_on(&b, &caches);
		bench_map(&b, 0x1000, 0x1000003);
		assert_goes_to(bench_read(&b, 0x1000), 0x1000000);
		bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x1000, 2), 0x600003);
		bench_put(&b, 0x600008, 0x2000003);
		bench_set(&b, REG_IVA, 8, 0x1000 | hint << 6);
		bench_set(&b, REG_IOTLB, 8, UINT64_C(1) << 63 | UINT64_C(3) << 60 | (uint64_t)DOMAIN << 32);
		bench_settle(&b);
		assert_goes_to(bench_read(&b, 0x1000), hint ? 0x1000000 : 0x2000000);
		bench_teardown(&b);
	}
}

/* Under the cycle clock: what an invalidation has passed is not kept. */
static void test_tables_of_a_walk_that_was_passed_are_not_kept(void **state)
{
	(void)state;
	for (unsigned passed = 0; passed < 2; passed++) {
		struct bench b;
		struct iommu_lookup room;
		struct translation out;
		bench_setup_on(&b, &caches);
		bench_map(&b, 0x1000, 0x1000003);
		bench_map(&b, 0x2000, 0x1001003);
		bench_read(&b, 0x700000000000);
		struct request request = bench_request(SID, 0x1000, REQUEST_READ);
		struct memory_ask *ask = vtd_ops.begin(b.iommu, &request, &room, &out);
		memory_ask_answer(b.memory, ask);
		if (passed) {
			bench_set(&b, REG_IOTLB, 8, UINT64_C(1) << 63 | UINT64_C(1) << 60);
			bench_settle(&b);
		}
		while ((ask = vtd_ops.resume(b.iommu, &room, &out)))
			memory_ask_answer(b.memory, ask);
		assert_goes_to(out, 0x1000000);
		assert_int_equal(bench_read(&b, 0x2000).reads, passed ? 4 : 1);
		bench_teardown(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_walk_begins_at_the_deepest_entry),
		cmocka_unit_test(test_tables_are_not_cached_unless_asked_for),
		cmocka_unit_test(test_tables_keep_the_rights_of_what_led_there),
		cmocka_unit_test(test_tables_that_are_not_there_are_not_kept),
		cmocka_unit_test(test_tables_do_not_hold_pages),
		cmocka_unit_test(test_tables_are_as_many_as_there_is_room_for),
		cmocka_unit_test(test_tables_go_as_the_specification_says),
		cmocka_unit_test(test_tables_of_the_second_stage_serve_a_nested_walk),
		cmocka_unit_test(test_tables_that_were_replaced_serve_on_under_the_hint),
		cmocka_unit_test(test_tables_of_a_walk_that_was_passed_are_not_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
