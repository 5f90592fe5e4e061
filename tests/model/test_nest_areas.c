/* SPDX-License-Identifier: MIT */
/* What addresses mean where areas lead to addresses of another space. */
#include "attached.h"

#define IOVA UINT64_C(0x20000)
#define GPA  UINT64_C(0x800000)

/* nic is in a space whose first page leads to GPA of w.space, which leads from there to page and then to other. */
static struct world open_nested(model_space *child)
{
	struct world w = world_open();

	*child = model_space_new(w.model, w.p1);
	model_map(w.model, w.space, GPA, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, GPA + 0x1000, 0x1000, memory_target(w.other, 0), MODEL_READ);
	model_nest_areas(w.model, *child, w.space);
	model_attach(w.model, w.nic, *child);
	model_map_nested(w.model, *child, IOVA, 0x1000, GPA, RW);
	return w;
}

static bool unmapped(const struct world *w, uint64_t iova, uint16_t memory, uint32_t *at)
{
	return model_unmapped(w->model, w->nic, MODEL_NO_PASID, iova, memory_target(memory, 0), at);
}

static void test_nest_areas_mean_what_both_make_of_it(void **state)
{
	(void)state;
	model_space child;
	struct world w = open_nested(&child);
	struct model_meaning meaning = meaning_of(&w, w.nic, IOVA + 0x20, 4);
	assert_true(meaning.meant);
	assert_int_equal(meaning.target.index, w.page);
	assert_int_equal(meaning.target.offset, 0x20);
	assert_int_equal(meaning.permissions, RW);
	model_map_nested(w.model, child, IOVA + 0x1000, 0x1000, GPA + 0x1000, RW);
	assert_int_equal(meaning_of(&w, w.nic, IOVA + 0x1000, 4).permissions, MODEL_READ); /* the parent's */
	model_map_nested(w.model, child, IOVA + 0x2000, 0x1000, GPA, MODEL_READ);
	assert_int_equal(meaning_of(&w, w.nic, IOVA + 0x2000, 4).permissions, MODEL_READ); /* its own */
	model_map_nested(w.model, child, IOVA + 0x3000, 0x1000, GPA + 0x2000, RW);
	assert_false(meaning_of(&w, w.nic, IOVA + 0x3000, 4).meant);
	assert_false(meaning_of(&w, w.nic, GPA, 4).meant);
	assert_true(model_nested(w.model, w.nic, MODEL_NO_PASID));
	assert_true(model_parent_holds(w.model, w.nic, MODEL_NO_PASID, memory_target(w.page, 0), 4));
	bench_close(&w.bench);
}

static void test_nest_areas_parent_unmap_breaks_the_way(void **state)
{
	(void)state;
	model_space child;
	struct world w = open_nested(&child);
	uint32_t at = 0;
	assert_false(unmapped(&w, IOVA, w.page, &at));
	model_step(w.model, 7);
	model_unmap(w.model, w.space, GPA, 0x1000);
	assert_false(meaning_of(&w, w.nic, IOVA, 4).meant);
	assert_true(unmapped(&w, IOVA, w.page, &at));
	assert_int_equal(at, 7);
	assert_false(unmapped(&w, IOVA, w.other, &at));
	/* The page at another address of the parent's is no way from here. */
	model_map(w.model, w.space, GPA + 0x9000, 0x1000, memory_target(w.page, 0), RW);
	assert_true(unmapped(&w, IOVA, w.page, &at));
	model_map(w.model, w.space, GPA, 0x1000, memory_target(w.page, 0), RW);
	assert_false(unmapped(&w, IOVA, w.page, &at));
	bench_close(&w.bench);
}

static void test_nest_areas_own_unmap_breaks_the_way(void **state)
{
	(void)state;
	model_space child;
	struct world w = open_nested(&child);
	uint32_t at = 0;
	model_step(w.model, 7);
	model_unmap(w.model, child, IOVA, 0x1000);
	assert_true(unmapped(&w, IOVA, w.page, &at));
	assert_int_equal(at, 7);
	model_step(w.model, 9); /* and then the parent's: from then on in any case */
	model_unmap(w.model, w.space, GPA, 0x1000);
	assert_true(unmapped(&w, IOVA, w.page, &at));
	assert_int_equal(at, 9);
	/* Elsewhere: the old way stays broken. */
	model_map(w.model, w.space, GPA, 0x1000, memory_target(w.page, 0), RW);
	model_map_nested(w.model, child, IOVA, 0x1000, GPA + 0x1000, RW);
	assert_true(unmapped(&w, IOVA, w.page, &at));
	assert_int_equal(at, 7);
	model_map_nested(w.model, child, IOVA + 0x1000, 0x1000, GPA, RW);
	assert_false(unmapped(&w, IOVA + 0x1000, w.page, &at));
	bench_close(&w.bench);
}

/* A device of the same owner in another space: what a nested one led to is an address, and nothing to it. */
static void test_nest_areas_are_nothing_to_others(void **state)
{
	(void)state;
	model_space child;
	struct world w = open_nested(&child);
	uint32_t at = 0;
	model_unmap(w.model, child, IOVA, 0x1000);
	model_attach(w.model, w.nic, w.space);
	assert_false(meaning_of(&w, w.nic, IOVA, 4).unmapped);
	assert_false(unmapped(&w, IOVA, w.page, &at));
	bench_close(&w.bench);
}

static void test_nest_areas_nonsense_means_nothing(void **state)
{
	(void)state;
	model_space child;
	struct world w = open_nested(&child);
	model_map_nested(w.model, child, 0x90000, 0, GPA, RW);
	model_map_nested(w.model, child, 0x90000, 0x2000, UINT64_MAX - 0xfff, RW);
	model_map_nested(w.model, child, UINT64_MAX - 0xfff, 0x2000, GPA, RW);
	model_map_nested(w.model, w.space, 0x90000, 0x1000, GPA, RW); /* not nested */
	assert_false(meaning_of(&w, w.nic, 0x90000, 4).meant);
	assert_false(meaning_of(&w, w.nic, UINT64_MAX - 0xfff, 4).meant);
	bench_close(&w.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nest_areas_mean_what_both_make_of_it),
		cmocka_unit_test(test_nest_areas_parent_unmap_breaks_the_way),
		cmocka_unit_test(test_nest_areas_own_unmap_breaks_the_way),
		cmocka_unit_test(test_nest_areas_are_nothing_to_others),
		cmocka_unit_test(test_nest_areas_nonsense_means_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
