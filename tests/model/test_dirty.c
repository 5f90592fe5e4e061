/* SPDX-License-Identifier: MIT */
/* Pages that were written and not reported. */
#include "attached.h"

#define IOVA UINT64_C(0x10000)
#define GPA  UINT64_C(0x800000)

static void written(struct world *w, uint64_t address)
{
	model_written(w->model, w->nic, MODEL_NO_PASID, address);
}

static uint32_t unreported(const struct world *w)
{
	return model_unreported(w->model, w->space, 0, UINT64_MAX);
}

static void test_dirty_counts_pages_from_the_start_on(void **state)
{
	(void)state;
	struct world w = world_open();
	written(&w, IOVA);
	assert_int_equal(unreported(&w), 0);
	model_dirty_start(w.model, w.space);
	written(&w, IOVA);
	written(&w, IOVA + 0xfff);
	written(&w, IOVA + 0x3000);
	written(&w, IOVA + 0x1000);
	assert_int_equal(unreported(&w), 3);
	assert_int_equal(model_unreported(w.model, w.space, IOVA + 0x1fff, IOVA + 0x2fff), 1);
	model_dirty_start(w.model, w.space);
	assert_int_equal(unreported(&w), 0);
	bench_close(&w.bench);
}

static void test_dirty_report_ends_what_it_covers(void **state)
{
	(void)state;
	struct world w = world_open();
	model_dirty_start(w.model, w.space);
	for (unsigned page = 0; page < 4; page++)
		written(&w, IOVA + page * 0x1000u);
	model_dirty_reported(w.model, w.space, IOVA + 0x1000, IOVA + 0x2fff);
	assert_int_equal(unreported(&w), 2);
	assert_int_equal(model_unreported(w.model, w.space, IOVA + 0x1000, IOVA + 0x2fff), 0);
	written(&w, IOVA + 0x2000);
	assert_int_equal(unreported(&w), 3);
	model_space_destroy(w.model, w.space);
	assert_int_equal(unreported(&w), 0);
	bench_close(&w.bench);
}

/* The page of the parent counts, wherever the guest has it. */
static void test_dirty_of_a_nested_space_is_its_parents(void **state)
{
	(void)state;
	struct world w = world_open();
	model_space nested = model_space_new(w.model, w.p1);

	model_nest(w.model, nested, w.space, w.big);
	model_attach(w.model, w.nic, nested);
	model_guest_map(w.model, w.big, IOVA, 0x1000, GPA, RW);
	model_dirty_start(w.model, w.space);
	written(&w, IOVA + 0x10);
	written(&w, IOVA + 0x1000); /* the guest's table leads nowhere */
	assert_int_equal(model_unreported(w.model, w.space, GPA, GPA), 1);
	assert_int_equal(unreported(&w), 1);
	bench_close(&w.bench);
}

static void test_dirty_other_spaces_and_devices_do_not_count(void **state)
{
	(void)state;
	struct world w = world_open();
	model_space other = model_space_new(w.model, w.p1);

	model_dirty_start(w.model, other);
	written(&w, IOVA);
	model_written(w.model, w.hba, MODEL_NO_PASID, IOVA);
	assert_int_equal(unreported(&w), 0);
	assert_int_equal(model_unreported(w.model, other, 0, UINT64_MAX), 0);
	model_attach(w.model, w.nic, other);
	written(&w, IOVA);
	assert_int_equal(model_unreported(w.model, other, IOVA, IOVA), 1);
	bench_close(&w.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dirty_counts_pages_from_the_start_on),
		cmocka_unit_test(test_dirty_report_ends_what_it_covers),
		cmocka_unit_test(test_dirty_of_a_nested_space_is_its_parents),
		cmocka_unit_test(test_dirty_other_spaces_and_devices_do_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
