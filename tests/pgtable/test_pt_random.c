/* SPDX-License-Identifier: MIT */
/*
 * Random operations against a plain model. The IOVA space is cut at places where tables begin and end; the model says
 * for each piece between two cuts what it maps to, and which ranges are dirty.
 */
#include "fixture.h"

#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CUTS_MAX   48
#define DIRTY_MAX  256
#define STEPS      3000
#define SEEDS      4
#define PAGES_MOST 2048 /* of one map */

struct piece {
	bool mapped;
	uint64_t pa;
	unsigned attributes;
};

struct range {
	uint64_t first, last;
};

struct model {
	uint64_t cuts[CUTS_MAX];
	unsigned count; /* of cuts; pieces are one less */
	struct piece pieces[CUTS_MAX];
	struct range dirty[DIRTY_MAX]; /* disjoint */
	unsigned dirty_count;
};

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void model_init(struct model *model, const struct pt *pt)
{
	uint64_t page = smallest_page(pt), end = UINT64_C(1) << pt->input_lg2;
	uint64_t all[CUTS_MAX] = {0, page, 2 * page, 3 * page, 600 * page, end - page, end};
	unsigned count = 7;
	for (unsigned level = 2; level <= pt->levels; level++) {
		uint64_t edge = UINT64_C(1) << pt_level_lg2(pt->granule_lg2, level);
		const uint64_t around[] = {edge - page, edge, edge + page, edge + edge / 2, 2 * edge, end - edge};
		for (unsigned i = 0; i < 6; i++)
			all[count++] = around[i];
	}
	assert_true(count <= CUTS_MAX);
	qsort(all, count, sizeof(all[0]), by_value);
	memset(model, 0, sizeof(*model));
	for (unsigned i = 0; i < count; i++)
		if (i == 0 || all[i] != all[i - 1])
			model->cuts[model->count++] = all[i];
}

/* Takes [first, last] out of the dirty ranges. */
static void model_clean(struct model *model, uint64_t first, uint64_t last)
{
	for (unsigned i = model->dirty_count; i-- > 0;) {
		struct range was = model->dirty[i];
		if (was.last < first || was.first > last)
			continue;
		model->dirty[i] = model->dirty[--model->dirty_count];
		assert_true(model->dirty_count + 2 <= DIRTY_MAX);
		if (was.first < first)
			model->dirty[model->dirty_count++] = (struct range){was.first, first - 1};
		if (was.last > last)
			model->dirty[model->dirty_count++] = (struct range){last + 1, was.last};
	}
}

static bool model_is_dirty(const struct model *model, uint64_t iova)
{
	for (unsigned i = 0; i < model->dirty_count; i++)
		if (model->dirty[i].first <= iova && iova <= model->dirty[i].last)
			return true;
	return false;
}

static unsigned random_attributes(struct random *random, const struct fixture *f)
{
	unsigned attributes;
	do
		attributes = (unsigned)random_below(random, PT_ACCESSED);
	while (!f->format->can_express(&f->pt, attributes));
	return attributes;
}

static void do_map(struct fixture *f, struct model *model, struct random *random, unsigned begin, unsigned end)
{
	uint64_t iova = model->cuts[begin], bytes = model->cuts[end] - iova;
	uint64_t align = smallest_page(&f->pt);
	while (align < largest_page(&f->pt) && (bytes / align > PAGES_MOST || random_chance(random, 2)))
		align <<= f->pt.granule_lg2 - 3;
	uint64_t pa = (iova & (align - 1)) + PAGES_FIRST / align * align + align * random_between(random, 1, 8);
	unsigned attributes = random_attributes(random, f);
	if (bytes / align > PAGES_MOST)
		return;
	uint64_t hash = arena_hash(f->arena);
	int expected = 0;
	if (pa + bytes > UINT64_C(1) << f->pt.output_lg2)
		expected = -EINVAL;
	for (unsigned i = begin; i < end && !expected; i++)
		if (model->pieces[i].mapped)
			expected = -EEXIST;
	if (random_chance(random, 4))
		f->allocs_left = (uint32_t)random_below(random, 6);
	int error = pt_map(&f->pt, &f->ops, iova, pa, bytes, attributes);
	f->allocs_left = NEVER;
	if (error != -ENOMEM || expected)
		assert_int_equal(error, expected);
	if (error)
		assert_int_equal(arena_hash(f->arena), hash);
	for (unsigned i = begin; i < end && !error; i++)
		model->pieces[i] = (struct piece){true, pa + (model->cuts[i] - iova), attributes};
}

static void sum_leaf(void *context, const struct pt_leaf *leaf)
{
	*(uint64_t *)context += UINT64_C(1) << leaf->lg2;
}

static void do_unmap(struct fixture *f, struct model *model, struct random *random, unsigned begin, unsigned end)
{
	uint64_t iova = model->cuts[begin], bytes = model->cuts[end] - iova, removed = 0, expected = 0;
	uint64_t hash = arena_hash(f->arena);
	for (unsigned i = begin; i < end; i++)
		if (model->pieces[i].mapped)
			expected += model->cuts[i + 1] - model->cuts[i];
	if (random_chance(random, 4))
		f->allocs_left = (uint32_t)random_below(random, 4);
	int error = pt_unmap(&f->pt, &f->ops, iova, bytes, sum_leaf, &removed);
	f->allocs_left = NEVER;
	if (error) {
		assert_int_equal(error, -ENOMEM);
		assert_int_equal(arena_hash(f->arena), hash);
		return;
	}
	assert_int_equal(removed, expected);
	for (unsigned i = begin; i < end; i++)
		model->pieces[i] = (struct piece){0};
	model_clean(model, iova, iova + bytes - 1);
}

/* What hardware does on a write: finds the leaf by itself and sets its flag. */
static void do_write_by_hardware(struct fixture *f, struct model *model, uint64_t iova)
{
	uint64_t table = f->pt.root, entry;
	unsigned level = f->pt.levels;
	for (;; level--) {
		uint64_t mask = (UINT64_C(1) << pt_level_lg2(f->pt.granule_lg2, level)) - 1;
		unsigned bits = level == f->pt.levels ? f->pt.root_lg2 - 3u : pt_index_bits(f->pt.granule_lg2);
		uint64_t slot = table + 8 * (iova / (mask + 1) % (UINT64_C(1) << bits));
		assert_true(memory_read64(f->memory, slot, &entry));
		enum pt_entry_kind kind = f->format->kind(&f->pt, level, entry);
		if (kind == PT_ENTRY_EMPTY)
			return;
		if (kind == PT_ENTRY_LEAF) {
			uint64_t pa = f->format->leaf_pa(&f->pt, level, entry);
			unsigned attributes = f->format->leaf_attributes(&f->pt, level, entry) | PT_DIRTY;
			if (!f->format->can_express(&f->pt, attributes))
				return; /* it cannot be written */
			model_clean(model, iova & ~mask, iova | mask);
			model->dirty[model->dirty_count++] = (struct range){iova & ~mask, iova | mask};
			memory_write64(f->memory, slot, f->format->make_leaf(&f->pt, level, pa, attributes));
			return;
		}
		table = f->format->table_pa(&f->pt, level, entry);
	}
}

struct dirty_check {
	struct model *model;
	bool clear;
	uint64_t bytes; /* of leaves, clipped to the range */
	struct range asked;
};

static void check_dirty_leaf(void *context, const struct pt_leaf *leaf)
{
	struct dirty_check *check = context;
	uint64_t last = leaf->iova + (UINT64_C(1) << leaf->lg2) - 1;
	assert_true(leaf->attributes & PT_DIRTY);
	assert_true(model_is_dirty(check->model, leaf->iova));
	assert_true(model_is_dirty(check->model, last));
	uint64_t from = leaf->iova > check->asked.first ? leaf->iova : check->asked.first;
	uint64_t to = last < check->asked.last ? last : check->asked.last;
	check->bytes += to - from + 1;
}

static void clear_dirty_leaf(void *context, const struct pt_leaf *leaf)
{
	struct dirty_check *check = context;
	check_dirty_leaf(context, leaf);
	model_clean(check->model, leaf->iova, leaf->iova + (UINT64_C(1) << leaf->lg2) - 1);
}

static void do_dirty(struct fixture *f, struct model *model, struct random *random, unsigned begin, unsigned end)
{
	uint64_t iova = model->cuts[begin], bytes = model->cuts[end] - iova, expected = 0;
	struct dirty_check check = {.model = model, .asked = {iova, iova + bytes - 1}};
	check.clear = random_chance(random, 2);
	for (unsigned i = 0; i < model->dirty_count; i++) {
		struct range dirty = model->dirty[i];
		if (dirty.last < check.asked.first || dirty.first > check.asked.last)
			continue;
		uint64_t from = dirty.first > check.asked.first ? dirty.first : check.asked.first;
		uint64_t to = dirty.last < check.asked.last ? dirty.last : check.asked.last;
		expected += to - from + 1;
	}
	assert_int_equal(pt_dirty_read(&f->pt, &f->ops, iova, bytes, check.clear,
				       check.clear ? clear_dirty_leaf : check_dirty_leaf, &check),
			 0);
	assert_int_equal(check.bytes, expected);
}

static void assert_matches(struct fixture *f, const struct model *model)
{
	for (unsigned i = 0; i + 1 < model->count; i++) {
		const struct piece *piece = &model->pieces[i];
		uint64_t length = model->cuts[i + 1] - model->cuts[i];
		const uint64_t offsets[] = {0, length / 2, length - 1};
		for (unsigned k = 0; k < 3; k++) {
			uint64_t iova = model->cuts[i] + offsets[k];
			struct pt_leaf leaf;
			assert_int_equal(pt_lookup(&f->pt, &f->ops, iova, &leaf), piece->mapped);
			if (!piece->mapped)
				continue;
			assert_int_equal(leaf.pa + (iova - leaf.iova), piece->pa + offsets[k]);
			assert_int_equal(leaf.attributes & ~(unsigned)PT_DIRTY, piece->attributes);
			assert_int_equal((leaf.attributes & PT_DIRTY) != 0, model_is_dirty(model, iova));
		}
	}
	assert_int_equal(tables_taken(f), pt_table_count(&f->pt));
}

static uint64_t mapped_bytes(const struct model *model)
{
	uint64_t bytes = 0;
	for (unsigned i = 0; i + 1 < model->count; i++)
		if (model->pieces[i].mapped)
			bytes += model->cuts[i + 1] - model->cuts[i];
	return bytes;
}

static void do_step(struct fixture *f, struct model *model, struct random *random)
{
	unsigned begin = (unsigned)random_below(random, model->count - 1);
	unsigned most = random_chance(random, 4) ? model->count - 1 : begin + 1;
	unsigned end = (unsigned)random_between(random, begin + 1, most);
	bool tracks = f->pt.features & PT_TRACKS_DIRTY;
	uint64_t roll = random_below(random, 100);
	if (roll < 50)
		do_map(f, model, random, begin, end);
	else if (roll < 75)
		do_unmap(f, model, random, begin, end);
	else if (tracks && roll < 90 && model->dirty_count < DIRTY_MAX - 8)
		do_write_by_hardware(f, model, model->cuts[begin]);
	else if (tracks)
		do_dirty(f, model, random, begin, end);
}

static void test_pt_random_operations_match_a_plain_model(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct fixture f;
		struct random random;
		struct model model;
		random_seed(&random, seed);
		fixture_init(&f, *state);
		f.check_links = seed == 1;
		model_init(&model, &f.pt);
		uint64_t empty = arena_hash(f.arena);
		for (unsigned step = 0; step < STEPS; step++) {
			do_step(&f, &model, &random);
			assert_matches(&f, &model);
			if (step % 50 == 0)
				assert_int_equal(count_leaves(&f).bytes, mapped_bytes(&model));
		}
		assert_int_equal(pt_unmap(&f.pt, &f.ops, 0, UINT64_C(1) << f.pt.input_lg2, NULL, NULL), 0);
		assert_int_equal(arena_hash(f.arena), empty);
		fixture_free(&f);
	}
}

int main(void)
{
	static const struct pt_test tests[] = {
		PT_TEST(test_pt_random_operations_match_a_plain_model),
	};
	return run_for_each_config("pt-random", tests, sizeof(tests) / sizeof(tests[0]));
}
