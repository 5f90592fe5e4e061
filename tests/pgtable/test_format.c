/* SPDX-License-Identifier: MIT */
/* The contract of pgtable/format.h, what hardware's flags do, and tables that somebody else wrote to. */
#include "fixture.h"

#include "base/random.h"

#include <errno.h>
#include <string.h>

#define RW (PT_READ | PT_WRITE)

static void assert_leaf_comes_back(const struct fixture *f, unsigned level, uint64_t pa, unsigned attributes)
{
	uint64_t entry = f->format->make_leaf(&f->pt, level, pa, attributes);
	assert_int_not_equal(entry, 0);
	assert_int_equal(f->format->kind(&f->pt, level, entry), PT_ENTRY_LEAF);
	assert_int_equal(f->format->leaf_pa(&f->pt, level, entry), pa);
	assert_int_equal(f->format->leaf_attributes(&f->pt, level, entry), attributes);
}

static void test_format_leaf_comes_back_as_it_was_made(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	for (unsigned level = 1; level <= f.pt.levels; level++) {
		uint64_t page = UINT64_C(1) << pt_level_lg2(f.pt.granule_lg2, level);
		if ((f.pt.page_sizes & page) == 0)
			continue;
		for (unsigned attributes = 0; attributes < 256; attributes++) {
			if (!f.format->can_express(&f.pt, attributes))
				continue;
			assert_leaf_comes_back(&f, level, 0, attributes);
			assert_leaf_comes_back(&f, level, page, attributes);
			assert_leaf_comes_back(&f, level, (UINT64_C(1) << f.pt.output_lg2) - page, attributes);
		}
	}
	fixture_free(&f);
}

static void test_format_table_entry_leads_where_it_was_made_to(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	uint64_t granule = UINT64_C(1) << f.pt.granule_lg2;
	const uint64_t tables[] = {granule, TABLES_FIRST, (UINT64_C(1) << f.pt.output_lg2) - granule};
	for (unsigned level = 2; level <= f.pt.levels; level++) {
		for (unsigned i = 0; i < 3; i++) {
			uint64_t entry = f.format->make_table(&f.pt, level, tables[i]);
			assert_int_equal(f.format->kind(&f.pt, level, entry), PT_ENTRY_TABLE);
			assert_int_equal(f.format->table_pa(&f.pt, level, entry), tables[i]);
		}
	}
	fixture_free(&f);
}

static void test_format_kind_of_any_word_fits_its_level(void **state)
{
	struct fixture f;
	struct random random;
	fixture_init(&f, *state);
	random_seed(&random, 2);
	unsigned leaves = f.format->leaf_levels(f.pt.granule_lg2);
	for (unsigned level = 1; level <= f.pt.levels; level++) {
		assert_int_equal(f.format->kind(&f.pt, level, 0), PT_ENTRY_EMPTY);
		for (unsigned i = 0; i < 2000; i++) {
			enum pt_entry_kind kind = f.format->kind(&f.pt, level, random_next(&random));
			assert_true(kind != PT_ENTRY_LEAF || (leaves >> level & 1));
			assert_true(kind != PT_ENTRY_TABLE || level > 1);
		}
	}
	fixture_free(&f);
}

static void remember_leaf(void *context, const struct pt_leaf *leaf)
{
	struct leaf_count *count = context;
	count->leaves++;
	count->bytes += UINT64_C(1) << leaf->lg2;
	assert_true(leaf->attributes & PT_DIRTY);
}

static void test_pt_dirty_read_reports_and_cleans(void **state)
{
	struct fixture f;
	struct pt_leaf leaf;
	struct leaf_count found = {0};
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt), large = largest_page(&f.pt);
	int tracks = f.pt.features & PT_TRACKS_DIRTY ? 0 : -EOPNOTSUPP;
	assert_int_equal(pt_dirty_read(&f.pt, &f.ops, 0, page, true, remember_leaf, &found), tracks);
	assert_int_equal(pt_dirty_read(&f.pt, &f.ops, 0, page - 1, true, remember_leaf, &found), -EINVAL);
	if (!tracks) {
		unsigned dirty = RW | PT_ACCESSED | PT_DIRTY;
		assert_int_equal(pt_map(&f.pt, &f.ops, 0, PAGES_FIRST, page, dirty), 0);
		assert_int_equal(pt_map(&f.pt, &f.ops, page, PAGES_FIRST, page, RW), 0);
		assert_int_equal(pt_map(&f.pt, &f.ops, 2 * large, large, large, dirty), 0);
		/* The range cuts the large page: the whole page is reported and cleaned. */
		for (unsigned clear = 0; clear < 2; clear++) {
			found = (struct leaf_count){0};
			assert_int_equal(
				pt_dirty_read(&f.pt, &f.ops, 0, 2 * large + page, clear, remember_leaf, &found), 0);
			assert_int_equal(found.leaves, 2);
			assert_int_equal(found.bytes, page + large);
		}
		found = (struct leaf_count){0};
		assert_int_equal(pt_dirty_read(&f.pt, &f.ops, 0, 3 * large, true, remember_leaf, &found), 0);
		assert_int_equal(found.leaves, 0);
		assert_true(pt_lookup(&f.pt, &f.ops, 2 * large, &leaf));
		assert_int_equal(leaf.attributes, RW | PT_ACCESSED);
		assert_int_equal(leaf.pa, large);
	}
	fixture_free(&f);
}

static bool stop_at_second(void *context, const struct pt_leaf *leaf)
{
	(void)leaf;
	return ++*(unsigned *)context < 2;
}

static void test_pt_for_each_ends_when_told_and_keeps_to_the_range(void **state)
{
	struct fixture f;
	unsigned calls = 0;
	fixture_init(&f, *state);
	uint64_t page = smallest_page(&f.pt);
	assert_int_equal(pt_map(&f.pt, &f.ops, 8 * page, PAGES_FIRST, 5 * page, RW), 0);
	assert_int_equal(pt_for_each(&f.pt, &f.ops, 0, UINT64_MAX, stop_at_second, &calls), 2);
	assert_int_equal(calls, 2);
	calls = 0;
	assert_int_equal(pt_for_each(&f.pt, &f.ops, 9 * page - 1, 9 * page - 1, stop_at_second, &calls), 1);
	assert_int_equal(pt_for_each(&f.pt, &f.ops, 0, 8 * page - 1, stop_at_second, &calls), 0);
	assert_int_equal(pt_for_each(&f.pt, &f.ops, 13 * page, UINT64_MAX, stop_at_second, &calls), 0);
	assert_int_equal(pt_for_each(&f.pt, &f.ops, 9 * page, 8 * page, stop_at_second, &calls), 0);
	fixture_free(&f);
}

/* Words that lead into the tables themselves, anywhere else, and nowhere. */
static uint64_t hostile_word(const struct fixture *f, struct random *random)
{
	uint64_t table = f->pt.root + (random_below(random, pt_table_count(&f->pt)) << f->pt.granule_lg2);
	switch (random_below(random, 4)) {
	case 0:
		return random_next(random);
	case 1:
		return 0;
	default:
		return f->format->make_table(&f->pt, 2, table);
	}
}

static void overwrite_tables(struct fixture *f, struct random *random)
{
	for (uint32_t i = 0; i < pt_table_count(&f->pt); i++) {
		bool all = random_chance(random, 2);
		uint64_t word = hostile_word(f, random);
		for (uint64_t at = 0; at >> f->pt.granule_lg2 == 0; at += 8) {
			if (!all && random_chance(random, 2))
				word = hostile_word(f, random);
			memory_write64(f->memory, f->pt.root + ((uint64_t)i << f->pt.granule_lg2) + at, word);
		}
	}
}

static bool count_on(void *context, const struct pt_leaf *leaf)
{
	(void)context;
	(void)leaf;
	return true;
}

static void test_pt_overwritten_tables_do_not_let_a_call_run_away(void **state)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct fixture f;
		struct random random;
		struct leaf_count removed = {0};
		random_seed(&random, seed);
		fixture_init(&f, *state);
		uint64_t page = smallest_page(&f.pt), all = UINT64_C(1) << f.pt.input_lg2;
		uint64_t iova = random_below(&random, all / page / 2) * page;
		uint64_t most = 40 * (UINT64_C(1) << (f.pt.root_lg2 - 3));
		assert_int_equal(pt_map(&f.pt, &f.ops, all / 2 - page, PAGES_FIRST, 2 * page, RW), 0);
		f.hostile = true;
		overwrite_tables(&f, &random);
		pt_for_each(&f.pt, &f.ops, 0, all, count_on, NULL);
		assert_in_range(f.loads, 1, most);
		pt_map(&f.pt, &f.ops, iova, PAGES_FIRST, 16 * page, RW);
		pt_unmap(&f.pt, &f.ops, iova, 32 * page, NULL, NULL);
		pt_map(&f.pt, &f.ops, 0, PAGES_FIRST, 16 * page, RW);
		if (f.pt.features & PT_TRACKS_DIRTY)
			pt_dirty_read(&f.pt, &f.ops, 0, all, true, remember_leaf, &removed);
		assert_in_range(f.loads, 1, 5 * most);
		pt_unmap(&f.pt, &f.ops, iova, all / 2, NULL, NULL);
		assert_in_range(f.loads, 1, 10 * most);
		pt_destroy(&f.pt, &f.ops);
		assert_in_range(f.loads, 1, 12 * most);
		fixture_free(&f);
	}
}

int main(void)
{
	static const struct pt_test tests[] = {
		PT_TEST(test_format_leaf_comes_back_as_it_was_made),
		PT_TEST(test_format_table_entry_leads_where_it_was_made_to),
		PT_TEST(test_format_kind_of_any_word_fits_its_level),
		PT_TEST(test_pt_dirty_read_reports_and_cleans),
		PT_TEST(test_pt_for_each_ends_when_told_and_keeps_to_the_range),
		PT_TEST(test_pt_overwritten_tables_do_not_let_a_call_run_away),
	};
	return run_for_each_config("pt-format", tests, sizeof(tests) / sizeof(tests[0]));
}
