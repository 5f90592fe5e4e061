/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "unmap-effective"

static void test_unmap_effective_stale_translation_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0x20);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10020, &hit, "");
	assert_safe(b, NAME);
	bench_begin(b);
	model_unmap(b->model, space, 0x10000, 0x1000);
	/* While the call is under way either answer is right. */
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10020, &hit, "");
	assert_safe(b, NAME);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10020, &hit, "window");
	assert_violated(b, NAME,
			"alone (owned by p1) read 0x10020 = 'buf'+0x20 of p1 at 'window': that was unmapped in step 2");
	hit.translation.from_cache = true;
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x10020, &hit, "window");
	assert_violated(b, NAME,
			"alone (owned by p1) wrote 0x10020 = 'buf'+0x20 of p1 at 'window', from the IOTLB: that was "
			"unmapped in step 2");
	/* Where there is no IOMMU on the way there is no IOTLB either. */
	hit.route = ROUTE_DIRECT;
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10020, &hit, "direct");
	assert_violated(b, NAME,
			"alone (owned by p1) read 0x10020 = 'buf'+0x20 of p1 at 'direct': that was unmapped in step 2");
	bench_close(b);
}

static void test_unmap_effective_blocked_request_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	model_unmap(b->model, space, 0x10000, 0x1000);
	bench_begin(b);
	hit.kind = HIT_FAULT;
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_unmap_effective_old_page_under_a_new_mapping_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit old = bench_hit_memory(b, b->buf, 0), new = bench_hit_memory(b, b->shared, 0);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	model_unmap(b->model, space, 0x10000, 0x1000);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->shared, 0), RW);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &new, "");
	assert_safe(b, NAME);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &old, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_unmap_effective_mapped_again_as_before_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	model_unmap(b->model, space, 0x10000, 0x1000);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* Never mapped, or ended by a detach: other invariants' matter. */
static void test_unmap_effective_needs_an_unmap(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	model_detach(b->model, b->alone);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &hit, "");
	assert_safe(b, NAME);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x99000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_unmap_effective_dma_handle_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0);
	bench_begin(b);
	model_dma_map(b->model, MACHINE_HOST, b->hba, 0x5000, 0x1000, bench_memory(b->kbuf, 0), RW);
	model_dma_unmap(b->model, b->hba, 0x5000, 0x1000);
	bench_begin(b);
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x5000, &hit, "window");
	assert_violated(b, NAME,
			"hba (owned by host) read 0x5000 = 'kbuf' of host at 'window': that was unmapped in step 1");
	bench_close(b);
}

static void test_unmap_effective_registers_count(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct model_target target = {.kind = MODEL_BAR, .index = b->alone_bar};
	struct hit hit = bench_hit_bar(b, b->alone_bar, ROUTE_IOMMU);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, target, RW);
	model_unmap(b->model, space, 0x10000, 0x1000);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* Turned round below the root complex: only what a device TLB gave it was a translation. */
static void test_unmap_effective_is_about_translations(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct model_target target = {.kind = MODEL_BAR, .index = b->alone_bar};
	struct hit hit = bench_hit_bar(b, b->alone_bar, ROUTE_PEER);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, target, RW);
	model_unmap(b->model, space, 0x10000, 0x1000);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &hit, "");
	assert_safe(b, NAME);
	hit.route = ROUTE_DIRECT;
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmap_effective_stale_translation_is_a_violation),
		cmocka_unit_test(test_unmap_effective_blocked_request_is_safe),
		cmocka_unit_test(test_unmap_effective_old_page_under_a_new_mapping_is_a_violation),
		cmocka_unit_test(test_unmap_effective_mapped_again_as_before_is_safe),
		cmocka_unit_test(test_unmap_effective_needs_an_unmap),
		cmocka_unit_test(test_unmap_effective_dma_handle_is_a_violation),
		cmocka_unit_test(test_unmap_effective_registers_count),
		cmocka_unit_test(test_unmap_effective_is_about_translations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
