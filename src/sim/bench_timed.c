/* SPDX-License-Identifier: MIT */
/*
 * The timed benchmarks: random 4 KiB pages of a 64 MiB window, each of which lies at its own place behind
 * BENCH_PAGE_PA, by one walker that always has a request.
 */
#include "sim/bench.h"

#define WALKERS        1
#define OUTSTANDING    0 /* a walker asks once at a time */
#define LATENCY_CYCLES 100
#define WINDOW_LG2     26
#define LEAF_LG2       21 /* what a table of the last level translates */
#define LEAF_TABLES    UINT64_C(0x0000000000800000)
#define PAGES_LG2      (WINDOW_LG2 - FRAME_LG2)

void bench_prepare_window(iosim_bench *bench, uint64_t table_pa, uint64_t table_bits, uint64_t page_bits)
{
	uint64_t first = bench->request.address >> WINDOW_LG2 << WINDOW_LG2;

	bench->window = first;
	for (uint64_t offset = 0; offset >> WINDOW_LG2 == 0; offset += FRAME_BYTES) {
		uint64_t leaf_table = LEAF_TABLES + (offset >> LEAF_LG2 << FRAME_LG2);
		uint64_t table = leaf_table | table_bits, page = (BENCH_PAGE_PA + offset) | page_bits;
		bench_put(bench, table_pa + 8 * ((first + offset) >> LEAF_LG2 & 511), &table, 1);
		bench_put(bench, leaf_table + 8 * (offset >> FRAME_LG2 & 511), &page, 1);
	}
	random_seed(&bench->random, 1);
	bench->events = events_new(bench->arena, WALKERS);
	bench->timed_memory = timed_memory_new(bench->memory, LATENCY_CYCLES, OUTSTANDING);
	struct walkers_config config = {
		.arena = bench->arena,
		.unit = bench->iommu,
		.events = bench->events,
		.memory = bench->timed_memory,
		.count = WALKERS,
		.queue = 1,
	};
	bench->walkers = walkers_new(&config);
}

void bench_free_window(iosim_bench *bench)
{
	if (!bench->walkers)
		return;
	walkers_free(bench->walkers);
	timed_memory_free(bench->timed_memory);
	events_free(bench->events);
}

static void submit(iosim_bench *bench)
{
	uint32_t page = (uint32_t)(random_next(&bench->random) >> (64 - PAGES_LG2));

	bench->request.address = bench->window + ((uint64_t)page << FRAME_LG2);
	IOSIM_ASSERT(walkers_submit(bench->walkers, &bench->request, page));
}

guint64 bench_run_timed(iosim_bench *bench, guint64 count)
{
	struct walkers_answer answer;
	guint64 submitted = 0, sum = 0;

	for (guint64 i = 0; i < count; i++) {
		for (; submitted < count && walkers_busy(bench->walkers) < WALKERS; submitted++)
			submit(bench);
		IOSIM_ASSERT(walkers_next(bench->walkers, &answer));
		sum += answer.translation.pa - ((uint64_t)answer.tag << FRAME_LG2);
	}
	return sum;
}
