/* SPDX-License-Identifier: MIT */
/* The parts of a timed machine, each by times that are added up by hand. */
#include "timed.h"

#include <malloc.h>
#include <string.h>

#define HIT_NS    320 /* 20 up, 10 there, 3 look-up, 7 on, 90 memory, 64 + 16 down, 10 back, 100 device */
#define WALK_NS   200 /* four levels */
#define CONFIG_NS 100 /* root and context entry; STE and CD */

static uint64_t latency(const struct timing_slot *slot)
{
	return slot->ended - slot->issued;
}

static void test_machine_read_takes_the_sum_of_its_way(void **state)
{
	(void)state;
	static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};

	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = timed_profile(kinds[i]);
		struct timed timed;
		timed_setup(&timed, &profile, true);
		assert_int_equal(latency(timed_alone(&timed, 1, false)), (HIT_NS + CONFIG_NS + WALK_NS) * NS);
		assert_int_equal(latency(timed_alone(&timed, 2, false)), (HIT_NS + WALK_NS) * NS);
		const struct timing_slot *hit = timed_alone(&timed, 1, false);
		assert_int_equal(latency(hit), HIT_NS * NS);
		assert_true(hit->translation.from_cache);
		assert_true(hit->translation.pa == TIMING_PAGES + 4096);
		assert_int_equal(timing_tally_of(timed.machine)->configuration_references, 2);
		for (unsigned level = 0; level < 4; level++) {
			assert_int_equal(timing_tally_of(timed.machine)->references[level], 2);
			assert_int_equal(timing_tally_of(timed.machine)->reference_ps[level], 2 * 50 * NS);
		}
		assert_int_equal(timing_tally_of(timed.machine)->references[4], 0);
		timed_teardown(&timed);
	}
}

static void test_machine_walk_takes_a_reference_a_level(void **state)
{
	(void)state;
	for (unsigned levels = 3; levels <= 5; levels++) {
		for (unsigned smmu = 0; smmu < (levels < 5 ? 2 : 1); smmu++) {
			struct timing_profile profile = timed_profile(smmu ? IOMMU_SMMUV3 : IOMMU_VTD);
			struct timed timed;
			profile.value[TIMING_LEVELS] = levels;
			timed_setup(&timed, &profile, true);
			timed_alone(&timed, 1, false);
			const struct timing_slot *slot = timed_alone(&timed, 2, false);
			assert_int_equal(slot->translation.result, TRANSLATE_OK);
			assert_int_equal(latency(slot), (HIT_NS + levels * 50) * NS);
			timed_teardown(&timed);
		}
	}
}

/* VT-d 6.2.5.4: the PDE that leads to both pages. */
static void test_machine_walk_begins_at_a_cached_table(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;
	profile.value[TIMING_TABLE_ENTRIES] = 16;
	timed_setup(&timed, &profile, true);
	assert_int_equal(latency(timed_alone(&timed, 1, false)), (HIT_NS + CONFIG_NS + WALK_NS) * NS);
	assert_int_equal(latency(timed_alone(&timed, 2, false)), (HIT_NS + 50) * NS);
	assert_int_equal(latency(timed_alone(&timed, 512, false)), (HIT_NS + 2 * 50) * NS);
	assert_int_equal(timing_tally_of(timed.machine)->references[0], 3);
	assert_int_equal(timing_tally_of(timed.machine)->references[1], 2);
	assert_int_equal(timing_tally_of(timed.machine)->references[3], 1);
	timed_teardown(&timed);
}

static void test_machine_without_iommu_looks_nothing_up(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	timed_setup(&timed, &profile, false);
	const struct timing_slot *slot = timed_alone(&timed, 3, false);
	assert_int_equal(latency(slot), (HIT_NS - 3) * NS);
	assert_true(slot->translation.pa == TIMING_WINDOW + 3 * 4096);
	assert_int_equal(latency(timed_alone(&timed, 3, true)), (20 + 64 + 10 + 7) * NS);
	timed_teardown(&timed);
}

static void test_machine_blocked_read_ends_without_data(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	timed_setup(&timed, &profile, true);
	timed_alone(&timed, 0, false);
	/* Behind the window of 4 MiB there is no table of the last level. */
	const struct timing_slot *slot = timed_alone(&timed, 1024, false);
	assert_int_equal(slot->translation.result, TRANSLATE_FAULT);
	assert_int_equal(latency(slot), (20 + 10 + 3 + 3 * 50 + 7 + 16 + 10 + 100) * NS);
	timed_teardown(&timed);
}

static void test_machine_tags_limit_reads(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	profile.value[TIMING_READ_TAGS] = 2;
	timed_setup(&timed, &profile, false);
	for (unsigned i = 0; i < 3; i++)
		timed_send(&timed, i, false);
	assert_false(timing_can_issue(timed.machine, false, 64));
	assert_true(timing_can_issue(timed.machine, true, 64));
	timed_finish(&timed);
	assert_int_equal(timed.ended[2].issued, timed.ended[0].ended);
	timed_teardown(&timed);
}

static void test_machine_link_moves_one_packet_after_the_other(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	timed_setup(&timed, &profile, false);
	for (unsigned i = 0; i < 4; i++)
		timed_send(&timed, i, false);
	timed_finish(&timed);
	/* Requests take 20 ns each on the way up, their completions 80 on the way down. */
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(timed.ended[i].arrived - timed.ended[i - 1].arrived, 20 * NS);
		assert_int_equal(timed.ended[i].ended - timed.ended[i - 1].ended, 80 * NS);
	}
	assert_int_equal(timing_tally_of(timed.machine)->up_busy_ps, 4 * 20 * NS);
	assert_int_equal(timing_tally_of(timed.machine)->down_busy_ps, 4 * 80 * NS);
	timed_teardown(&timed);
}

static void test_machine_device_waits_its_interval(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	profile.interval[TIMING_WRITE_INTERVAL] = (struct timing_points){2, {32, 96}, {100, 300}};
	timed_setup(&timed, &profile, false);
	for (unsigned i = 0; i < 3; i++)
		timed_send(&timed, i, true);
	timed_finish(&timed);
	assert_int_equal(timed.ended[1].issued, 200 * NS); /* between the points */
	assert_int_equal(timed.ended[2].issued, 400 * NS);
	timed_teardown(&timed);
}

static void test_machine_credits_hold_writes_back(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	profile.value[TIMING_POSTED_DATA] = 11; /* 64 bytes are 4 units: two writes, not three */
	timed_setup(&timed, &profile, false);
	for (unsigned i = 0; i < 3; i++)
		timed_send(&timed, i, true);
	timed_finish(&timed);
	assert_int_equal(timed.ended[1].issued, 0);
	assert_int_equal(timed.ended[2].issued, timed.ended[0].ended);
	timed_teardown(&timed);
}

static void test_machine_who_misses_a_page_in_walk_waits_for_it(void **state)
{
	(void)state;
	for (unsigned merge = 0; merge < 2; merge++) {
		struct timing_profile profile = timed_profile(IOMMU_VTD);
		struct timed timed;
		profile.value[TIMING_MERGE] = merge;
		timed_setup(&timed, &profile, true);
		timed_alone(&timed, 9, false); /* the context entry */
		for (unsigned i = 0; i < 3; i++)
			timed_send(&timed, 1, false);
		timed_finish(&timed);
		assert_int_equal(timing_tally_of(timed.machine)->walks, merge ? 2 : 4);
		assert_int_equal(timing_tally_of(timed.machine)->merged, merge ? 2 : 0);
		assert_int_equal(timed.ended[2].merged, merge);
		assert_true(timed.ended[2].translation.pa == TIMING_PAGES + 4096);
		if (merge)
			assert_int_equal(timed.ended[2].walked, timed.ended[1].walked);
		timed_teardown(&timed);
	}
}

static void test_machine_pipeline_stands_still_without_a_walker(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	profile.value[TIMING_WALKERS] = 1;
	timed_setup(&timed, &profile, true);
	timed_alone(&timed, 9, false);
	for (unsigned page = 1; page <= 2; page++)
		timed_send(&timed, page, false);
	timed_send(&timed, 9, false); /* a hit: behind a miss that waits */
	timed_finish(&timed);
	assert_int_equal(timed.ended[2].walk_begun, timed.ended[1].walked);
	assert_true(timed.ended[3].looked >= timed.ended[1].walked);
	assert_int_equal(timing_tally_of(timed.machine)->stalled, 1);
	timed_teardown(&timed);
}

static void test_machine_replay_keeps_the_walker(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	profile.value[TIMING_WALKERS] = 1;
	profile.value[TIMING_REPLAY] = 11;
	profile.value[TIMING_REPLAY_LINE] = 4;
	timed_setup(&timed, &profile, true);
	timed_alone(&timed, 9, false);
	for (unsigned page = 1; page <= 2; page++)
		timed_send(&timed, page, false);
	for (unsigned page = 3; page <= 4; page++)
		timed_send(&timed, page, true);
	timed_finish(&timed);
	const struct timing_slot *of[5] = {NULL};
	for (unsigned i = 1; i < 5; i++)
		of[timed.ended[i].dma.number] = &timed.ended[i];
	assert_int_equal(of[2]->walk_begun, of[1]->walked + 15 * NS);
	assert_int_equal(of[4]->walk_begun, of[3]->walked); /* a write is not replayed */
	timed_teardown(&timed);
}

/* PCIe 2.4.1: a posted write does not pass another. */
static void test_machine_requests_leave_in_order(void **state)
{
	(void)state;
	for (unsigned write = 0; write < 2; write++) {
		struct timing_profile profile = timed_profile(IOMMU_VTD);
		struct timed timed;
		timed_setup(&timed, &profile, true);
		timed_alone(&timed, 9, false);
		timed_send(&timed, 1, write);
		timed_send(&timed, 9, write); /* a hit */
		timed_finish(&timed);
		assert_true(timed.ended[2].walked < timed.ended[1].walked);
		assert_int_equal(timed.ended[2].released, timed.ended[1].released);
		timed_teardown(&timed);
	}
}

static void test_machine_window_of_a_direction_is_its_own(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;

	profile.value[TIMING_READ_WINDOW] = 1;
	timed_setup(&timed, &profile, true);
	timed_alone(&timed, 9, false);
	timed_send(&timed, 1, true);
	timed_send(&timed, 2, false); /* its window is empty */
	timed_send(&timed, 3, false); /* its window is full */
	timed_finish(&timed);
	const struct timing_slot *of[4] = {NULL};
	for (unsigned i = 1; i < 4; i++)
		of[timed.ended[i].dma.number] = &timed.ended[i];
	assert_true(of[2]->looked < of[1]->released);
	assert_int_equal(of[3]->looked, of[2]->released);
	timed_teardown(&timed);
}

static void test_machine_tags_in_order_wait_for_those_before(void **state)
{
	(void)state;
	for (unsigned in_order = 0; in_order < 2; in_order++) {
		struct timing_profile profile = timed_profile(IOMMU_VTD);
		struct timed timed;
		profile.value[TIMING_IN_ORDER] = in_order;
		timed_setup(&timed, &profile, false);
		struct timing_dma dma = {.request = {.bytes = 64, .pasid = PASID_NONE}, .dma_bytes = 64};
		timing_issue(timed.machine, &dma); /* from memory: 90 ns */
		dma.number = 1;
		dma.warm = true; /* from the cache: 40 ns */
		timing_issue(timed.machine, &dma);
		timed_finish(&timed);
		assert_int_equal(timed.ended[0].dma.number, !in_order);
		assert_int_equal(timed.ended[1].dma.number, in_order);
		if (in_order)
			assert_int_equal(timed.ended[1].ended, timed.ended[0].ended);
		timed_teardown(&timed);
	}
}

/* Random pages, reads and writes; nothing of what ended is kept. */
static void run_many(struct timed *timed, struct random *random, uint64_t requests)
{
	for (uint64_t i = 0; i < requests; i++) {
		timed_send(timed, random_below(random, 1024), random_chance(random, 3));
		timed->count = 0;
	}
	timed_finish(timed);
	timed->count = 0;
}

static void test_machine_takes_the_same_memory_however_long_it_runs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct timing_profile profile = timed_profile(i / 2 ? IOMMU_VTD : IOMMU_SMMUV3);
		static struct timed timed;
		struct random random;
		timed_setup_undisturbed(&timed, &profile, i % 2);
		random_seed(&random, 1);
		run_many(&timed, &random, 5000);
		size_t state_bytes = arena_bytes(timed.host.arena), others = mallinfo2().uordblks;
		run_many(&timed, &random, 50000);
		assert_int_equal(arena_bytes(timed.host.arena), state_bytes);
		assert_int_equal(mallinfo2().uordblks, others);
		timed_teardown(&timed);
	}
}

static void send_many(struct timed *timed, uint64_t begin, uint64_t end)
{
	for (uint64_t i = begin; i < end; i++)
		timed_send(timed, i * 37 % 101, i % 3 == 0);
}

static void test_machine_restored_in_flight_goes_on_the_same(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	static struct timed timed;
	static struct timing_slot first[TIMED_ROOM];

	profile.value[TIMING_WALKERS] = 2;
	profile.value[TIMING_READ_WINDOW] = 3;
	timed_setup(&timed, &profile, true);
	send_many(&timed, 0, 200);
	unsigned begun = timed.count;
	struct arena_snapshot *snapshot = arena_save(timed.host.arena);
	send_many(&timed, 200, 400);
	timed_finish(&timed);
	unsigned ended = timed.count;
	assert_int_equal(ended, 400);
	memcpy(first, timed.ended, sizeof(first));
	arena_restore(timed.host.arena, snapshot);
	arena_snapshot_free(snapshot);
	timed.count = begun;
	send_many(&timed, 200, 400);
	timed_finish(&timed);
	assert_int_equal(timed.count, ended);
	for (unsigned i = begun; i < ended; i++) {
		assert_true(timed.ended[i].ended == first[i].ended && timed.ended[i].issued == first[i].issued);
		assert_true(timed.ended[i].dma.number == first[i].dma.number);
	}
	timed_teardown(&timed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_read_takes_the_sum_of_its_way),
		cmocka_unit_test(test_machine_walk_takes_a_reference_a_level),
		cmocka_unit_test(test_machine_walk_begins_at_a_cached_table),
		cmocka_unit_test(test_machine_without_iommu_looks_nothing_up),
		cmocka_unit_test(test_machine_blocked_read_ends_without_data),
		cmocka_unit_test(test_machine_tags_limit_reads),
		cmocka_unit_test(test_machine_link_moves_one_packet_after_the_other),
		cmocka_unit_test(test_machine_device_waits_its_interval),
		cmocka_unit_test(test_machine_credits_hold_writes_back),
		cmocka_unit_test(test_machine_who_misses_a_page_in_walk_waits_for_it),
		cmocka_unit_test(test_machine_pipeline_stands_still_without_a_walker),
		cmocka_unit_test(test_machine_replay_keeps_the_walker),
		cmocka_unit_test(test_machine_requests_leave_in_order),
		cmocka_unit_test(test_machine_window_of_a_direction_is_its_own),
		cmocka_unit_test(test_machine_tags_in_order_wait_for_those_before),
		cmocka_unit_test(test_machine_takes_the_same_memory_however_long_it_runs),
		cmocka_unit_test(test_machine_restored_in_flight_goes_on_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
