/* SPDX-License-Identifier: MIT */
/* What addresses mean where a guest's table stands before the parent's. */
#include "attached.h"

#define VA  UINT64_C(0x10000)
#define GPA UINT64_C(0x800000)

/* nic is in a space nested in w.space; the guest's table lies in `big`. GPA leads to page and then to other. */
static struct world open_nested(void)
{
	struct world w = world_open();
	model_space nested = model_space_new(w.model, w.p1);

	model_map(w.model, w.space, GPA, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, GPA + 0x1000, 0x1000, memory_target(w.other, 0), MODEL_READ);
	model_nest(w.model, nested, w.space, w.big);
	model_attach(w.model, w.nic, nested);
	return w;
}

static struct model_meaning nic_means(const struct world *w, uint64_t address, uint64_t bytes)
{
	struct model_meaning meaning;
	model_meaning(w->model, w->nic, MODEL_NO_PASID, address, bytes, &meaning);
	return meaning;
}

static void test_nested_address_means_what_both_make_of_it(void **state)
{
	(void)state;
	struct world w = open_nested();
	model_guest_map(w.model, w.big, VA, 0x2000, GPA, RW);
	struct model_meaning meaning = nic_means(&w, VA + 0x10, 4);
	assert_true(meaning.meant);
	assert_int_equal(meaning.target.index, w.page);
	assert_int_equal(meaning.target.offset, 0x10);
	assert_int_equal(meaning.permissions, RW);
	meaning = nic_means(&w, VA + 0xffc, 8); /* across: the lesser right */
	assert_true(meaning.meant);
	assert_int_equal(meaning.permissions, MODEL_READ);
	assert_false(nic_means(&w, GPA, 4).meant);
	assert_false(nic_means(&w, VA + 0x1ffc, 8).meant);
	bench_close(&w.bench);
}

static void test_nested_right_of_the_guest_counts_too(void **state)
{
	(void)state;
	struct world w = open_nested();
	model_guest_map(w.model, w.big, VA, 0x1000, GPA, MODEL_READ);
	assert_int_equal(nic_means(&w, VA, 4).permissions, MODEL_READ);
	model_guest_map(w.model, w.big, VA, 0x1000, GPA, RW); /* in its place */
	assert_int_equal(nic_means(&w, VA, 4).permissions, RW);
	bench_close(&w.bench);
}

static void test_nested_entry_beyond_the_parent_means_nothing(void **state)
{
	(void)state;
	struct world w = open_nested();
	model_guest_map(w.model, w.big, VA, 0x1000, GPA + 0x2000, RW);
	assert_false(nic_means(&w, VA, 4).meant);
	model_guest_map(w.model, w.big, VA, 0x1000, UINT64_MAX - 0xfff, RW);
	assert_false(nic_means(&w, VA, 4).meant);
	model_guest_map(w.model, w.big, VA, 0x2000, UINT64_MAX - 0xfff, RW); /* wraps: nothing */
	assert_false(nic_means(&w, VA + 0x1000, 4).meant);
	bench_close(&w.bench);
}

static void test_nested_unmap_of_the_parent_is_known_by_its_target(void **state)
{
	(void)state;
	struct world w = open_nested();
	uint32_t at = 0;
	model_guest_map(w.model, w.big, VA, 0x1000, GPA, RW);
	model_step(w.model, 7);
	model_unmap(w.model, w.space, GPA, 0x1000);
	assert_true(model_unmapped(w.model, w.nic, MODEL_NO_PASID, VA, memory_target(w.page, 0x10), &at));
	assert_int_equal(at, 7);
	assert_false(model_unmapped(w.model, w.nic, MODEL_NO_PASID, VA, memory_target(w.other, 0), &at));
	assert_false(nic_means(&w, VA, 4).meant);
	model_map(w.model, w.space, GPA + 0x9000, 0x1000, memory_target(w.page, 0), RW); /* at whatever address */
	assert_false(model_unmapped(w.model, w.nic, MODEL_NO_PASID, VA, memory_target(w.page, 0x10), &at));
	bench_close(&w.bench);
}

static void test_nested_guest_unmap_leaves_no_trace(void **state)
{
	(void)state;
	struct world w = open_nested();
	uint32_t at = 0;
	model_guest_map(w.model, w.big, VA, 0x3000, GPA, RW);
	model_guest_unmap(w.model, w.big, VA, 0x1000);
	assert_false(nic_means(&w, VA, 4).meant);
	assert_true(nic_means(&w, VA + 0x1000, 4).meant);
	assert_false(model_unmapped(w.model, w.nic, MODEL_NO_PASID, VA, memory_target(w.page, 0), &at));
	bench_close(&w.bench);
}

static void test_nested_parent_holds_what_it_leads_to(void **state)
{
	(void)state;
	struct world w = open_nested();
	assert_true(model_nested(w.model, w.nic, MODEL_NO_PASID));
	assert_false(model_nested(w.model, w.nic, 3));
	assert_false(model_nested(w.model, w.sibling, MODEL_NO_PASID));
	assert_true(model_parent_holds(w.model, w.nic, MODEL_NO_PASID, memory_target(w.page, 0xff0), 0x10));
	assert_false(model_parent_holds(w.model, w.nic, MODEL_NO_PASID, memory_target(w.page, 0xff0), 0x11));
	assert_false(model_parent_holds(w.model, w.nic, MODEL_NO_PASID, memory_target(w.big, 0), 1));
	assert_false(model_parent_holds(w.model, w.sibling, MODEL_NO_PASID, memory_target(w.page, 0), 1));
	bench_close(&w.bench);
}

/* nic's PASIDs are the guest's: its contexts lie in `huge`, one table in `big`, another in `page`. */
static struct world open_delegated(void)
{
	struct world w = world_open();
	model_space delegated = model_space_new(w.model, w.p1);

	model_map(w.model, w.space, GPA, 0x1000, memory_target(w.page, 0), RW);
	model_delegate(w.model, delegated, w.space, w.huge);
	model_attach(w.model, w.nic, delegated);
	model_guest_map(w.model, w.big, VA, 0x1000, GPA, RW);
	model_guest_map(w.model, w.page, VA + 0x1000, 0x1000, GPA, RW);
	return w;
}

static bool pasid_means(const struct world *w, uint32_t pasid, uint64_t address)
{
	struct model_meaning meaning;
	model_meaning(w->model, w->nic, pasid, address, 4, &meaning);
	return meaning.meant && meaning.target.index == w->page;
}

static void test_context_says_which_table_a_pasid_has(void **state)
{
	(void)state;
	struct world w = open_delegated();
	assert_false(pasid_means(&w, 3, VA));
	model_guest_context(w.model, w.huge, 3, w.big);
	assert_true(pasid_means(&w, 3, VA));
	assert_false(pasid_means(&w, 4, VA));
	assert_false(pasid_means(&w, MODEL_NO_PASID, VA));
	model_guest_context(w.model, w.huge, MODEL_NO_PASID, w.big); /* requests without */
	assert_true(pasid_means(&w, MODEL_NO_PASID, VA));
	model_guest_context(w.model, w.huge, 3, w.page); /* in its place */
	assert_false(pasid_means(&w, 3, VA));
	assert_true(pasid_means(&w, 3, VA + 0x1000));
	model_guest_context(w.model, w.huge, 3, NONE);
	assert_false(pasid_means(&w, 3, VA + 0x1000));
	bench_close(&w.bench);
}

/* What a host attached for the PASID before, or registered, decides nothing while the guest's table does. */
static void test_context_comes_before_what_the_host_has(void **state)
{
	(void)state;
	struct world w = open_delegated();
	model_space own = model_space_new(w.model, w.p1);
	model_map(w.model, own, VA, 0x1000, memory_target(w.page, 0), RW);
	model_attach_pasid(w.model, w.nic, 3, own);
	assert_false(pasid_means(&w, 3, VA));
	model_attach(w.model, w.nic, w.space); /* no guest's any more */
	assert_true(pasid_means(&w, 3, VA));
	bench_close(&w.bench);
}

static void test_context_is_judged_by_the_parent(void **state)
{
	(void)state;
	struct world w = open_delegated();
	uint32_t at = 0;
	assert_true(model_nested(w.model, w.nic, 3)); /* with a table or without */
	assert_true(model_parent_holds(w.model, w.nic, 3, memory_target(w.page, 0), 0x1000));
	assert_false(model_parent_holds(w.model, w.nic, 3, memory_target(w.other, 0), 1));
	model_step(w.model, 9);
	model_unmap(w.model, w.space, GPA, 0x1000);
	assert_true(model_unmapped(w.model, w.nic, 3, VA, memory_target(w.page, 0), &at));
	assert_int_equal(at, 9);
	bench_close(&w.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested_address_means_what_both_make_of_it),
		cmocka_unit_test(test_nested_right_of_the_guest_counts_too),
		cmocka_unit_test(test_nested_entry_beyond_the_parent_means_nothing),
		cmocka_unit_test(test_nested_unmap_of_the_parent_is_known_by_its_target),
		cmocka_unit_test(test_nested_guest_unmap_leaves_no_trace),
		cmocka_unit_test(test_nested_parent_holds_what_it_leads_to),
		cmocka_unit_test(test_context_says_which_table_a_pasid_has),
		cmocka_unit_test(test_context_comes_before_what_the_host_has),
		cmocka_unit_test(test_context_is_judged_by_the_parent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
