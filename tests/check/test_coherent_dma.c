/* SPDX-License-Identifier: MIT */
/* coherent-dma: accesses past CPU caches, and what a CPU sees then. */
#include "bench.h"

#define VA UINT64_C(0x10000)

/* p1 has `alone` in a space that leads from VA to `buf`. */
static struct bench *open_attached(void)
{
	struct bench *b = bench_open();
	model_space space = bench_attach(b, b->p1, b->alone);

	model_map(b->model, space, VA, 0x1000, bench_memory(b->buf, 0), RW);
	bench_begin(b);
	return b;
}

static void access(struct bench *b, bool past_caches)
{
	struct request request = {.address = VA,
				  .bytes = 4,
				  .device = b->alone,
				  .originator = b->p1,
				  .op = REQUEST_WRITE,
				  .pasid = PASID_NONE,
				  .no_snoop = true};
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	hit.write = true;
	bench_judge(b,
		    (struct check_event){.kind = CHECK_REQUEST,
					 .request = &request,
					 .hit = &hit,
					 .device = b->alone,
					 .past_caches = past_caches},
		    "use");
}

static void test_coherent_dma_past_caches_of_who_cannot_flush_is_violated(void **state)
{
	(void)state;
	struct bench *b = open_attached();
	access(b, true);
	assert_violated(b, "coherent-dma",
			"alone (owned by p1) wrote 'buf' of p1 past CPU caches, and what p1 flushes is not flushed");
	bench_close(b);
}

static void test_coherent_dma_past_caches_of_who_can_flush_is_safe(void **state)
{
	(void)state;
	struct bench *b = open_attached();
	b->flushes = true;
	access(b, true);
	assert_safe(b, "coherent-dma");
	bench_close(b);
}

static void test_coherent_dma_that_snoops_is_safe(void **state)
{
	(void)state;
	struct bench *b = open_attached();
	access(b, false);
	assert_safe(b, "coherent-dma");
	bench_close(b);
}

static void test_coherent_dma_stale_load_is_violated_by_who_cannot_flush_alone(void **state)
{
	(void)state;
	struct bench *b = open_attached();
	struct check_event load = {
		.kind = CHECK_LOAD, .memory = b->buf, .device = MACHINE_NONE, .new_owner = b->p1, .actor = b->p1};

	bench_judge(b, load, "read");
	assert_violated(b, "coherent-dma", "p1 sees stale data in 'buf' of p1, and cannot flush");
	b->flushes = true;
	bench_judge(b, load, "read");
	assert_safe(b, "coherent-dma");
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coherent_dma_past_caches_of_who_cannot_flush_is_violated),
		cmocka_unit_test(test_coherent_dma_past_caches_of_who_can_flush_is_safe),
		cmocka_unit_test(test_coherent_dma_that_snoops_is_safe),
		cmocka_unit_test(test_coherent_dma_stale_load_is_violated_by_who_cannot_flush_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
