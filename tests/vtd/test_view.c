/* SPDX-License-Identifier: MIT */
/* Looking at what memory says, for tools and checks: explain(), view(), view_leaves(). */
#include "vtd_test.h"

struct seen_step {
	char structure[32], section[32];
	uint64_t pa, words[2];
	unsigned word_count, field_count;
};

struct seen_steps {
	struct seen_step steps[16];
	unsigned count;
};

static void remember_step(void *context, const struct walk_step *step)
{
	struct seen_steps *seen = context;
	struct seen_step *to = &seen->steps[seen->count++];
	assert_true(seen->count <= 16);
	strncpy(to->structure, step->structure, sizeof(to->structure) - 1);
	strncpy(to->section, step->section, sizeof(to->section) - 1);
	to->pa = step->pa;
	to->words[0] = step->words[0];
	to->words[1] = step->words[1];
	to->word_count = step->word_count;
	to->field_count = step->field_count;
}

static void test_view_explains_each_structure_of_a_walk(void **state)
{
	(void)state;
	static const struct {
		const char *structure, *section;
		uint64_t pa, word;
		unsigned words;
	} expected[] = {
		{"root entry", "9.1", 0x100010, 0x201001, 2},        {"context entry", "9.3", 0x201200, 0x400001, 2},
		{"SS-PML4E", "9.8 table 42", 0x400000, 0x800003, 1}, {"SS-PDPE", "9.8 table 44", 0x800008, 0x801003, 1},
		{"SS-PDE", "9.8 table 45", 0x801000, 0x12e00083, 1},
	};
	struct bench b;
	struct seen_steps seen = {0};
	struct translation out;
	bench_setup_on(&b, NULL);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0x12e00083);
	struct request request = bench_request(SID, 0x40012345, REQUEST_READ);
	vtd_ops.explain(b.iommu, &request, remember_step, &seen, &out);
	assert_goes_to(out, 0x12e12345);
	assert_int_equal(seen.count, 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_string_equal(seen.steps[i].structure, expected[i].structure);
		assert_string_equal(seen.steps[i].section, expected[i].section);
		assert_true(seen.steps[i].pa == expected[i].pa);
		assert_true(seen.steps[i].words[0] == expected[i].word);
		assert_int_equal(seen.steps[i].word_count, expected[i].words);
		assert_true(seen.steps[i].field_count > 0);
	}
	assert_int_equal(seen.steps[1].words[1], 0x1202);
	/* Without a callback, and for a fault. */
	request.address = 0x5000;
	vtd_ops.explain(b.iommu, &request, NULL, NULL, &out);
	assert_faults(out, 6);
	assert_false(out.recorded);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	bench_teardown(&b);
}

static void test_view_explains_memory_and_not_the_caches(void **state)
{
	(void)state;
	struct bench b;
	struct translation out;
	bench_setup_on(&b, NULL);
	bench_map(&b, 0x5000, 0x6003);
	bench_read(&b, 0x5000);
	bench_map(&b, 0x5000, 0x7003);
	struct request request = bench_request(SID, 0x5000, REQUEST_READ);
	vtd_ops.explain(b.iommu, &request, NULL, NULL, &out);
	assert_goes_to(out, 0x7000);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_teardown(&b);
}

static void assert_view(struct bench *b, uint32_t pasid, int kind, uint32_t tag, uint64_t root, uint16_t fault)
{
	struct iommu_view view;
	uint64_t before = arena_hash(b->arena);
	vtd_ops.view(b->iommu, SID, pasid, &view);
	assert_int_equal(view.kind, kind);
	assert_int_equal(view.tag, tag);
	assert_true(view.root == root);
	assert_int_equal(view.fault, fault);
	assert_true(arena_hash(b->arena) == before);
}

static void test_view_says_what_serves_a_requester(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	assert_view(&b, PASID_NONE, VIEW_OFF, 0, 0, 0);
	bench_teardown(&b);

	struct iommu_config config = {.id = {0, BENCH_ECAP | ECAP_ADMS}};
	bench_setup_on(&b, &config);
	assert_view(&b, PASID_NONE, VIEW_TABLE, DOMAIN, TOP_TABLE, 0);
	assert_view(&b, 3, VIEW_BLOCKED, 0, 0, 0x31);
	bench_context(&b, SID, 9, 0x4202);
	assert_view(&b, PASID_NONE, VIEW_PASS_THROUGH, 0x42, 0, 0);
	bench_context(&b, SID, 0, 0);
	assert_view(&b, PASID_NONE, VIEW_BLOCKED, 0, 0, 2);
	bench_put(&b, bench_root_entry(SID), 0);
	assert_view(&b, PASID_NONE, VIEW_BLOCKED, 0, 0, 1);
	bench_set(&b, REG_RTADDR, 8, ROOT_TABLE | 0xc00);
	bench_command(&b, GCMD_TE | GCMD_SRTP);
	assert_view(&b, PASID_NONE, VIEW_BLOCKED, 0, 0, 0x33);
	bench_teardown(&b);
}

struct seen_leaves {
	uint64_t iova[32], pa[32];
	unsigned lg2[32], rights[32], count;
};

static void remember_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	struct seen_leaves *seen = context;
	assert_true(seen->count < 32);
	seen->iova[seen->count] = iova;
	seen->pa[seen->count] = pa;
	seen->lg2[seen->count] = page_lg2;
	seen->rights[seen->count++] = permissions;
}

static void test_view_lists_leaves_in_order(void **state)
{
	(void)state;
	struct bench b;
	struct seen_leaves seen = {0};
	bench_setup_on(&b, NULL);
	bench_map(&b, UINT64_C(0xfffffffff000), 0x9001);
	bench_map(&b, 0x6000, 0x7002);
	bench_map(&b, 0x5000, 0x6003);
	bench_map(&b, 0x8000, UINT64_C(0x9003) | UINT64_C(1) << 62); /* reserved bit: no leaf */
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0x12e00083);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x80000000, 3), UINT64_C(0x140000081));
	uint64_t before = arena_hash(b.arena);
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID, PASID_NONE, remember_leaf, &seen, 32), 5);
	assert_true(arena_hash(b.arena) == before);
	static const struct {
		uint64_t iova, pa;
		unsigned lg2, rights;
	} expected[] = {
		{0x5000, 0x6000, 12, 3},
		{0x6000, 0x7000, 12, 2},
		{0x40000000, 0x12e00000, 21, 3},
		{0x80000000, UINT64_C(0x140000000), 30, 1},
		{UINT64_C(0xfffffffff000), 0x9000, 12, 1},
	};
	assert_int_equal(seen.count, 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(seen.iova[i] == expected[i].iova && seen.pa[i] == expected[i].pa);
		assert_int_equal(seen.lg2[i], expected[i].lg2);
		assert_int_equal(seen.rights[i], expected[i].rights);
	}
	seen.count = 0;
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID, PASID_NONE, remember_leaf, &seen, 2), 3);
	assert_int_equal(seen.count, 2);
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID + 1, PASID_NONE, remember_leaf, &seen, 2), 0);
	bench_context(&b, SID, 9, 0x1202);
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID, PASID_NONE, remember_leaf, &seen, 2), 0);
	bench_teardown(&b);
}

/* MGAW below the table's width: what lies above it cannot be reached. */
static void test_view_lists_no_leaf_beyond_the_width(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {(BENCH_CAP & ~UINT64_C(0x3f0000)) | 0x290000, 0}};
	struct seen_leaves seen = {0};
	bench_setup_on(&b, &config);
	bench_map(&b, 0x5000, 0x6003);
	bench_map(&b, UINT64_C(0x40000000000), 0x7003);
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID, PASID_NONE, remember_leaf, &seen, 32), 1);
	bench_teardown(&b);
}

static void ignore_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	(void)context;
	(void)iova;
	(void)pa;
	(void)page_lg2;
	(void)permissions;
}

/* A table whose 512 entries refer to itself has 2^36 leaves, and one without leaves as many ways through it. */
static void test_view_of_hostile_tables_ends(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	for (unsigned i = 0; i < 512; i++)
		bench_put(&b, TOP_TABLE + 8 * i, TOP_TABLE | 3);
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID, PASID_NONE, ignore_leaf, NULL, 1000), 1001);
	for (unsigned i = 0; i < 512; i++) {
		bench_put(&b, TOP_TABLE + 8 * i, (TOP_TABLE + 0x1000) | 3);
		bench_put(&b, TOP_TABLE + 0x1000 + 8 * i, (TOP_TABLE + 0x2000) | 3);
		bench_put(&b, TOP_TABLE + 0x2000 + 8 * i, (TOP_TABLE + 0x3000) | 3);
	}
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID, PASID_NONE, ignore_leaf, NULL, 1000), 1001);
	/* A reference to nowhere is no table. */
	bench_put(&b, TOP_TABLE, UINT64_C(0x200000000003));
	for (unsigned i = 1; i < 512; i++)
		bench_put(&b, TOP_TABLE + 8 * i, 0);
	assert_int_equal(vtd_ops.view_leaves(b.iommu, SID, PASID_NONE, ignore_leaf, NULL, 1000), 0);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_view_explains_each_structure_of_a_walk),
		cmocka_unit_test(test_view_explains_memory_and_not_the_caches),
		cmocka_unit_test(test_view_says_what_serves_a_requester),
		cmocka_unit_test(test_view_lists_leaves_in_order),
		cmocka_unit_test(test_view_lists_no_leaf_beyond_the_width),
		cmocka_unit_test(test_view_of_hostile_tables_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
