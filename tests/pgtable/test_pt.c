/* SPDX-License-Identifier: MIT */
/* The algorithm, run for each configuration of each format. */
#include "fixture.h"

#include "base/random.h"

#include <errno.h>
#include <string.h>

#define RW (PT_READ | PT_WRITE)

/* An IOVA near the middle of the range, a multiple of the largest page. */
static uint64_t middle(const struct fixture *f)
{
	uint64_t iova = UINT64_C(1) << (f->pt.input_lg2 - 1);
	assert_int_equal(iova % largest_page(&f->pt), 0);
	return iova;
}

static void test_pt_map_then_unmap_leaves_only_the_root(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	f.check_links = true;
	uint64_t empty = arena_hash(f.arena), page = smallest_page(&f.pt);
	uint32_t root = pt_table_count(&f.pt);
	assert_int_equal(pt_map(&f.pt, &f.ops, middle(&f) - 3 * page, PAGES_FIRST, 7 * page, RW), 0);
	assert_int_equal(count_leaves(&f).bytes, 7 * page);
	assert_true(pt_table_count(&f.pt) > root);
	assert_int_equal(tables_taken(&f), pt_table_count(&f.pt));
	assert_int_equal(pt_unmap(&f.pt, &f.ops, middle(&f) - 3 * page, 7 * page, NULL, NULL), 0);
	assert_int_equal(pt_table_count(&f.pt), root);
	assert_int_equal(tables_taken(&f), root);
	assert_int_equal(arena_hash(f.arena), empty);
	fixture_free(&f);
}

static void test_pt_lookup_finds_page_offset_and_attributes(void **state)
{
	struct fixture f;
	struct pt_leaf leaf;
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt), iova = middle(&f);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, PAGES_FIRST, page, PT_READ), 0);
	assert_true(pt_lookup(&f.pt, &f.ops, iova + page - 1, &leaf));
	assert_int_equal(leaf.iova, iova);
	assert_int_equal(leaf.pa, PAGES_FIRST);
	assert_int_equal(UINT64_C(1) << leaf.lg2, page);
	assert_int_equal(leaf.attributes, PT_READ);
	assert_false(pt_lookup(&f.pt, &f.ops, iova - 1, &leaf));
	assert_false(pt_lookup(&f.pt, &f.ops, iova + page, &leaf));
	assert_false(pt_lookup(&f.pt, &f.ops, iova + (UINT64_C(1) << f.pt.input_lg2), &leaf));
	assert_false(pt_lookup(&f.pt, &f.ops, UINT64_MAX, &leaf));
	fixture_free(&f);
}

static void test_pt_map_reaches_both_ends_of_the_input_range(void **state)
{
	struct fixture f;
	struct pt_leaf leaf;
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt), end = UINT64_C(1) << f.pt.input_lg2;
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, PAGES_FIRST, page, RW), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, end - page, PAGES_FIRST, page, RW), 0);
	assert_true(pt_lookup(&f.pt, &f.ops, end - 1, &leaf));
	assert_int_equal(count_leaves(&f).leaves, 2);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, end, NULL, NULL), 0);
	assert_int_equal(count_leaves(&f).leaves, 0);
	fixture_free(&f);
}

/* Every page size: one page too early, one page of the size, one page more. */
static void test_pt_map_uses_the_largest_page_that_fits(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	uint64_t small = smallest_page(&f.pt), iova = middle(&f);
	for (unsigned lg2 = 12; lg2 < 63; lg2++) {
		uint64_t page = UINT64_C(1) << lg2, largest = largest_page(&f.pt);
		if ((f.pt.page_sizes & page) == 0 || page == small)
			continue;
		assert_int_equal(pt_map(&f.pt, &f.ops, iova - small, largest - small, page + 2 * small, RW), 0);
		assert_int_equal(count_leaves(&f).by_lg2[lg2], 1);
		assert_int_equal(count_leaves(&f).leaves, 3);
		assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, UINT64_C(1) << f.pt.input_lg2, NULL, NULL), 0);
		/* The physical address is off by one page: none of this size. */
		assert_int_equal(pt_map(&f.pt, &f.ops, iova, page + small, page, RW), 0);
		assert_int_equal(count_leaves(&f).by_lg2[lg2], 0);
		assert_int_equal(count_leaves(&f).bytes, page);
		assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, UINT64_C(1) << f.pt.input_lg2, NULL, NULL), 0);
	}
	fixture_free(&f);
}

static void test_pt_map_uses_no_page_size_that_is_switched_off(void **state)
{
	struct fixture f;
	struct pt_config config = *(const struct pt_config *)*state;
	while (config.page_sizes & (config.page_sizes - 1)) {
		uint64_t off = UINT64_C(1) << (63 - __builtin_clzll(config.page_sizes));
		config.page_sizes &= ~off;
		fixture_init(&f, &config);
		if (off / smallest_page(&f.pt) <= 1u << 18)
			assert_int_equal(pt_map(&f.pt, &f.ops, middle(&f), off, off, RW), 0);
		for (unsigned lg2 = 0; lg2 < 64; lg2++)
			if ((config.page_sizes >> lg2 & 1) == 0)
				assert_int_equal(count_leaves(&f).by_lg2[lg2], 0);
		fixture_free(&f);
	}
}

static void test_pt_map_over_a_mapping_is_eexist_and_changes_nothing(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt), iova = middle(&f);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, PAGES_FIRST, page, PT_READ), 0);
	uint64_t hash = arena_hash(f.arena);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, PAGES_FIRST, page, PT_READ), -EEXIST);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova - 600 * page, PAGES_FIRST, 601 * page, RW), -EEXIST);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, PAGES_FIRST, 600 * page, RW), -EEXIST);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, largest_page(&f.pt), largest_page(&f.pt), RW), -EEXIST);
	assert_int_equal(arena_hash(f.arena), hash);
	fixture_free(&f);
}

static void test_pt_map_of_a_bad_range_is_einval(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt), end = UINT64_C(1) << f.pt.input_lg2, hash = arena_hash(f.arena);
	uint64_t out = UINT64_C(1) << f.pt.output_lg2;
	const uint64_t bad[][3] = {
		{0, PAGES_FIRST, 0},
		{page / 2, PAGES_FIRST, page},
		{0, PAGES_FIRST + page / 2, page},
		{0, PAGES_FIRST, page / 2},
		{end, PAGES_FIRST, page},
		{end - page, PAGES_FIRST, 2 * page},
		{-page, PAGES_FIRST, page},
		{page, PAGES_FIRST, -page},
		{0, out, page},
		{0, out - page, 2 * page},
		{0, -page, page},
	};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pt_map(&f.pt, &f.ops, bad[i][0], bad[i][1], bad[i][2], RW), -EINVAL);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, out - page, page, RW), 0);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, page, NULL, NULL), 0);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, end - page, 2 * page, NULL, NULL), -EINVAL);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, page / 2, page, NULL, NULL), -EINVAL);
	assert_int_equal(arena_hash(f.arena), hash);
	fixture_free(&f);
}

static void test_pt_map_of_attributes_that_cannot_be_expressed_is_einval(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt);
	for (unsigned attributes = 0; attributes < 512; attributes++) {
		bool can = f.format->can_express(&f.pt, attributes);
		assert_int_equal(pt_map(&f.pt, &f.ops, 0, PAGES_FIRST, page, attributes), can ? 0 : -EINVAL);
		if (can)
			assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, page, NULL, NULL), 0);
	}
	assert_false(f.format->can_express(&f.pt, 0));
	assert_false(f.format->can_express(&f.pt, RW | 1u << 30));
	fixture_free(&f);
}

/*
 * Fails each allocation or store in turn (of many, some) until the call succeeds; before that, nothing has changed.
 */
static void fail_each_step(struct fixture *f, uint32_t *left, int (*call)(struct fixture *f))
{
	uint64_t hash = arena_hash(f->arena);
	uint32_t tables = pt_table_count(&f->pt);
	int error = -ENOMEM;
	uint32_t step;
	for (step = 0; error != 0 && step < 100000; step += 1 + step / 16) {
		*left = step;
		error = call(f);
		*left = NEVER;
		if (error == 0)
			break;
		assert_int_equal(error, -ENOMEM);
		assert_int_equal(arena_hash(f->arena), hash);
		assert_int_equal(pt_table_count(&f->pt), tables);
		assert_int_equal(tables_taken(f), tables);
	}
	assert_int_equal(error, 0);
	assert_true(step > 0);
}

static int map_across_tables(struct fixture *f)
{
	uint64_t page = smallest_page(&f->pt);
	return pt_map(&f->pt, &f->ops, middle(f) - 3 * page, PAGES_FIRST, 6 * page, RW);
}

static void test_pt_map_without_memory_changes_nothing(void **state)
{
	struct fixture f;
	for (unsigned neighbours = 0; neighbours < 2; neighbours++) {
		for (unsigned stores = 0; stores < 2; stores++) {
			fixture_init(&f, *state);
			f.check_links = true;
			uint64_t page = smallest_page(&f.pt);
			if (neighbours) {
				assert_int_equal(pt_map(&f.pt, &f.ops, middle(&f) + 9 * page, PAGES_FIRST, page, RW),
						 0);
				assert_int_equal(pt_map(&f.pt, &f.ops, 0, PAGES_FIRST, page, RW), 0);
			}
			fail_each_step(&f, stores ? &f.stores_left : &f.allocs_left, map_across_tables);
			assert_int_equal(count_leaves(&f).bytes, (neighbours ? 8 : 6) * page);
			fixture_free(&f);
		}
	}
}

/* From the middle of one large page to the middle of the next. */
static int unmap_across_large_pages(struct fixture *f)
{
	uint64_t page = smallest_page(&f->pt), large = largest_page(&f->pt);
	return pt_unmap(&f->pt, &f->ops, middle(f) + large - page, 2 * page, NULL, NULL);
}

static void test_pt_unmap_without_memory_to_split_changes_nothing(void **state)
{
	struct fixture f;
	for (unsigned stores = 0; stores < 2; stores++) {
		fixture_init(&f, *state);
		f.check_links = true;
		uint64_t large = largest_page(&f.pt);
		if (large > smallest_page(&f.pt)) {
			assert_int_equal(pt_map(&f.pt, &f.ops, middle(&f), large, 2 * large, PT_READ), 0);
			fail_each_step(&f, stores ? &f.stores_left : &f.allocs_left, unmap_across_large_pages);
			assert_int_equal(count_leaves(&f).bytes, 2 * large - 2 * smallest_page(&f.pt));
		}
		fixture_free(&f);
	}
}

/* After each store of a split and unmap, what stays mapped is translated as before. */
struct kept {
	uint64_t first, last;         /* of the large page */
	uint64_t cut_first, cut_last; /* of what is unmapped */
	uint64_t pa;
};

static void assert_rest_translates(struct fixture *f)
{
	const struct kept *kept = f->extra;
	const uint64_t samples[] = {kept->first, kept->cut_first - 1, kept->cut_last + 1, kept->last};
	struct pt_leaf leaf;
	for (unsigned i = 0; i < 4; i++) {
		if (samples[i] < kept->first || samples[i] > kept->last)
			continue;
		if (samples[i] >= kept->cut_first && samples[i] <= kept->cut_last)
			continue;
		assert_true(pt_lookup(&f->pt, &f->ops, samples[i], &leaf));
		assert_int_equal(leaf.pa + (samples[i] - leaf.iova), kept->pa + (samples[i] - kept->first));
		assert_int_equal(leaf.attributes, PT_READ);
	}
}

static void record_leaf(void *context, const struct pt_leaf *leaf)
{
	struct leaf_count *count = context;
	count->bytes += UINT64_C(1) << leaf->lg2;
	count->by_lg2[leaf->lg2]++;
	count->leaves++;
}

static void check_cut(const struct pt_config *config, uint64_t page, uint64_t cut_first, uint64_t cut_bytes)
{
	struct fixture f;
	fixture_init(&f, config);
	f.check_links = true;
	struct leaf_count removed = {0};
	uint64_t iova = middle(&f), pa = largest_page(&f.pt), empty = arena_hash(f.arena);
	struct kept kept = {iova, iova + page - 1, iova + cut_first, iova + cut_first + cut_bytes - 1, pa};
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, pa, page, PT_READ), 0);
	f.extra = &kept;
	f.after_store = assert_rest_translates;
	assert_int_equal(pt_unmap(&f.pt, &f.ops, iova + cut_first, cut_bytes, record_leaf, &removed), 0);
	f.after_store = NULL;
	assert_int_equal(removed.bytes, cut_bytes);
	assert_int_equal(count_leaves(&f).bytes, page - cut_bytes);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, iova, page, NULL, NULL), 0);
	assert_int_equal(arena_hash(f.arena), empty);
	fixture_free(&f);
}

static void test_pt_unmap_of_a_part_splits_the_page(void **state)
{
	const struct pt_config *config = *state;
	uint64_t small = config->page_sizes & -config->page_sizes;
	for (unsigned lg2 = 0; lg2 < 63; lg2++) {
		uint64_t page = UINT64_C(1) << lg2;
		if ((config->page_sizes & page) == 0 || page == small)
			continue;
		check_cut(config, page, 0, small);
		check_cut(config, page, page - small, small);
		check_cut(config, page, page / 2, small);
		check_cut(config, page, page / 2 - small, 2 * small);
		check_cut(config, page, small, page - 2 * small);
		check_cut(config, page, 0, page / 2);
	}
}

struct breaks {
	unsigned calls;
	unsigned succeed; /* calls that do, the rest do not */
	uint64_t lg2;
};

/* Hardware sees nothing of the leaf when it is told to forget it. */
static int break_leaf(void *context, const struct pt_leaf *leaf)
{
	struct fixture *f = context;
	struct breaks *breaks = (struct breaks *)f->extra;
	struct pt_leaf found;
	assert_false(pt_lookup(&f->pt, &f->ops, leaf->iova, &found));
	assert_false(pt_lookup(&f->pt, &f->ops, leaf->iova + (UINT64_C(1) << leaf->lg2) - 1, &found));
	breaks->lg2 = leaf->lg2;
	return breaks->calls++ < breaks->succeed ? 0 : -ETIMEDOUT;
}

/* The middle of two large pages, as hardware wants it broken: each page once, and not at all if that fails. */
static void test_pt_unmap_breaks_a_leaf_before_it_makes_a_table(void **state)
{
	for (unsigned succeed = 0; succeed <= 2; succeed++) {
		struct fixture f;
		fixture_init(&f, *state);
		uint64_t large = largest_page(&f.pt), small = smallest_page(&f.pt);
		struct breaks breaks = {.succeed = succeed == 1 ? 1 : succeed * 50};
		f.extra = &breaks;
		f.ops.broken = break_leaf;
		assert_int_equal(pt_map(&f.pt, &f.ops, middle(&f), large, 2 * large, RW), 0);
		int error = pt_unmap(&f.pt, &f.ops, middle(&f) + large - small, 2 * small, NULL, NULL);
		if (large == small) {
			assert_int_equal(error, 0);
			assert_int_equal(breaks.calls, 0);
		} else {
			assert_int_equal(error, succeed == 2 ? 0 : -ETIMEDOUT);
			assert_int_equal(UINT64_C(1) << breaks.lg2, large);
			assert_int_equal(breaks.calls, succeed == 0 ? 1 : succeed == 1 ? 3 : 2);
			assert_int_equal(count_leaves(&f).bytes, 2 * large - (succeed == 2 ? 2 * small : 0));
			assert_int_equal(count_leaves(&f).leaves == 2, succeed == 0);
		}
		fixture_free(&f);
	}
}

static void test_pt_unmap_skips_holes_and_reports_leaves_in_order(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	struct leaf_count removed = {0};
	uint64_t page = smallest_page(&f.pt), large = largest_page(&f.pt), iova = middle(&f);
	uint64_t hash = arena_hash(f.arena);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, UINT64_C(1) << f.pt.input_lg2, record_leaf, &removed), 0);
	assert_int_equal(removed.leaves, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova - 5 * page, PAGES_FIRST, page, RW), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, large, large, RW), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, iova + 3 * large + page, PAGES_FIRST, page, RW), 0);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, iova - 9 * page, 9 * page + 4 * large, record_leaf, &removed), 0);
	assert_int_equal(removed.leaves, 3);
	assert_int_equal(removed.bytes, large + 2 * page);
	assert_int_equal(arena_hash(f.arena), hash);
	fixture_free(&f);
}

static void test_pt_destroy_retires_every_table(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt);
	assert_int_equal(pt_map(&f.pt, &f.ops, middle(&f) - page, PAGES_FIRST, 2 * page, RW), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, PAGES_FIRST, page, RW), 0);
	pt_destroy(&f.pt, &f.ops);
	assert_int_equal(tables_taken(&f), 0);
	assert_int_equal(arena_hash(f.arena), 0);
	assert_int_equal(f.pt.root, 0);
	pt_destroy(&f.pt, &f.ops);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, PAGES_FIRST, page, RW), -EINVAL);
	fixture_free(&f);
}

static void test_pt_init_without_memory_is_enomem(void **state)
{
	struct fixture f;
	struct pt pt;
	fixture_init(&f, *state);
	f.allocs_left = 0;
	assert_int_equal(pt_init(&pt, &f.ops, *state), -ENOMEM);
	assert_int_equal(pt.root, 0);
	fixture_free(&f);
}

static void test_pt_init_of_an_impossible_table_is_einval(void **state)
{
	struct fixture f;
	struct pt pt;
	const struct pt_config *good = *state;
	fixture_init(&f, good);
	struct pt_config bad[12];
	for (unsigned i = 0; i < 12; i++)
		bad[i] = *good;
	bad[0].format = PT_FORMATS;
	bad[1].granule_lg2 = 11;
	bad[2].granule_lg2 = 17;
	bad[3].levels = 0;
	bad[4].levels = PT_MAX_LEVELS + 1;
	bad[5].input_lg2 = 64;
	bad[6].input_lg2 = 12;
	bad[7].output_lg2 = 64;
	bad[8].page_sizes = 0;
	bad[9].page_sizes = good->page_sizes | 1;
	bad[10].page_sizes = (good->page_sizes & -good->page_sizes) | UINT64_C(1) << 62;
	bad[11].features = 0x8000;
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(pt_init(&pt, &f.ops, &bad[i]), -EINVAL);
	uint64_t sizes = pt_format_page_sizes(good->format, good->granule_lg2, good->levels);
	uint64_t middle_size = (sizes & (sizes - 1)) & -(sizes & (sizes - 1));
	if ((sizes & ~middle_size & (sizes - 1)) != 0 && __builtin_popcountll(sizes) > 2) {
		bad[0] = *good;
		bad[0].page_sizes = sizes & ~middle_size; /* a size between two others is missing */
		assert_int_equal(pt_init(&pt, &f.ops, &bad[0]), -EINVAL);
	}
	assert_int_equal(tables_taken(&f), pt_table_count(&f.pt));
	fixture_free(&f);
}

int main(void)
{
	static const struct pt_test tests[] = {
		PT_TEST(test_pt_map_then_unmap_leaves_only_the_root),
		PT_TEST(test_pt_lookup_finds_page_offset_and_attributes),
		PT_TEST(test_pt_map_reaches_both_ends_of_the_input_range),
		PT_TEST(test_pt_map_uses_the_largest_page_that_fits),
		PT_TEST(test_pt_map_uses_no_page_size_that_is_switched_off),
		PT_TEST(test_pt_map_over_a_mapping_is_eexist_and_changes_nothing),
		PT_TEST(test_pt_map_of_a_bad_range_is_einval),
		PT_TEST(test_pt_map_of_attributes_that_cannot_be_expressed_is_einval),
		PT_TEST(test_pt_map_without_memory_changes_nothing),
		PT_TEST(test_pt_unmap_without_memory_to_split_changes_nothing),
		PT_TEST(test_pt_unmap_of_a_part_splits_the_page),
		PT_TEST(test_pt_unmap_breaks_a_leaf_before_it_makes_a_table),
		PT_TEST(test_pt_unmap_skips_holes_and_reports_leaves_in_order),
		PT_TEST(test_pt_destroy_retires_every_table),
		PT_TEST(test_pt_init_without_memory_is_enomem),
		PT_TEST(test_pt_init_of_an_impossible_table_is_einval),
	};
	return run_for_each_config("pt", tests, sizeof(tests) / sizeof(tests[0]));
}
