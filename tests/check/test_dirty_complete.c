/* SPDX-License-Identifier: MIT */
/* dirty-complete: a page is said not to have been written. */
#include "bench.h"

#define VA UINT64_C(0x10000)

/* p1 has `alone` in a tracked space. */
static struct bench *open_tracked(model_space *space)
{
	struct bench *b = bench_open();

	*space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, *space, VA, 0x2000, bench_memory(b->buf, 0), RW);
	model_dirty_start(b->model, *space);
	bench_begin(b);
	return b;
}

static void told(struct bench *b, model_space space, uint64_t iova, bool dirty)
{
	bench_judge(b,
		    (struct check_event){.kind = CHECK_DIRTY,
					 .memory = MACHINE_NONE,
					 .device = MACHINE_NONE,
					 .actor = b->p1,
					 .new_owner = b->p1,
					 .space = space,
					 .iova = iova,
					 .dirty = dirty},
		    "read");
}

static void test_dirty_complete_written_page_that_is_clean_is_violated(void **state)
{
	(void)state;
	model_space space;
	struct bench *b = open_tracked(&space);
	model_written(b->model, b->alone, MODEL_NO_PASID, VA + 0x1ffc);
	told(b, space, VA + 0x1000, false);
	assert_violated(b, "dirty-complete", "page 0x11000 was written, and p1 is told that it was not");
	bench_close(b);
}

static void test_dirty_complete_report_and_other_pages_are_safe(void **state)
{
	(void)state;
	model_space space;
	struct bench *b = open_tracked(&space);
	model_written(b->model, b->alone, MODEL_NO_PASID, VA + 0x1ffc);
	told(b, space, VA, false);
	assert_safe(b, "dirty-complete");
	told(b, space, VA + 0x1000, true);
	assert_safe(b, "dirty-complete");
	told(b, space, VA, true); /* more than there is, is no harm */
	assert_safe(b, "dirty-complete");
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dirty_complete_written_page_that_is_clean_is_violated),
		cmocka_unit_test(test_dirty_complete_report_and_other_pages_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
