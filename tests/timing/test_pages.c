/* SPDX-License-Identifier: MIT */
/* Page requests: one alone, by hand; what a full queue does; that each page is found where it was mapped. */
#include "timed.h"

#include "timing/pages.h"

/* timed.c: headers of a request and of a message are 20 bytes, of a completion 16; a byte is a nanosecond. */
#define ASK_NS       (20 + 10 + 3)        /* to the look-up */
#define ANSWER_NS    (16 + 8 + 10 + 100)  /* a translation is 8 bytes; 100: the device's own */
#define MESSAGE_NS   (20 + 10)            /* either way */
#define LINK_NS      (MESSAGE_NS + 3 + 7) /* looked up, and written to the queue */
#define INTERRUPT_NS 3000
#define HANDLING_NS  (1500 + 40)
#define POST_NS      5
#define COMMAND_NS   10
#define COMPLETE_NS  20
#define POLL_NS      2

static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};

static struct timing_profile profile_of(enum iommu_kind kind)
{
	struct timing_profile profile = timed_profile(kind);

	profile.value[TIMING_COMMAND] = COMMAND_NS;
	profile.value[TIMING_INVALIDATE] = 1000;
	profile.value[TIMING_COMPLETE] = COMPLETE_NS;
	profile.value[TIMING_POST] = POST_NS;
	profile.value[TIMING_POLL] = POLL_NS;
	profile.value[TIMING_MAP] = 40;
	profile.value[TIMING_INTERRUPT] = INTERRUPT_NS;
	profile.value[TIMING_FAULT] = 1500;
	return profile;
}

static struct timing_pages pages_of(uint32_t outstanding)
{
	return (struct timing_pages){.cpus = 1,
				     .outstanding = outstanding,
				     .queue = 128,
				     .miss_percent = 100,
				     .accesses = 300,
				     .warm_up = 100};
}

static struct timing_pages_result run(enum iommu_kind kind, const struct timing_pages *pages)
{
	struct timing_profile profile = profile_of(kind);
	struct timing_pages_result result;

	timing_pages_run(&profile, pages, &result);
	assert_int_equal(result.accesses, pages->accesses);
	assert_int_equal(result.faults, 0);
	assert_int_equal(result.wrong, 0);
	timing_pages_clear(&result);
	return result;
}

/* One access at a time: nothing waits, so each part is the sum of its steps. */
static void test_pages_one_alone_takes_the_sum_of_its_steps(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_pages pages = pages_of(1);
		struct timing_pages_result result = run(kinds[i], &pages);
		uint64_t response = POST_NS + COMMAND_NS + MESSAGE_NS;
		assert_int_equal(result.trips, 300);
		assert_int_equal(result.missed, 300);
		assert_int_equal(result.part_ps[PAGES_LINK], 300 * LINK_NS * NS);
		assert_int_equal(result.part_ps[PAGES_QUEUE], 300 * INTERRUPT_NS * NS);
		assert_int_equal(result.part_ps[PAGES_HANDLING], 300 * HANDLING_NS * NS);
		assert_int_equal(result.part_ps[PAGES_RESPONSE], 300 * response * NS);
		assert_int_equal(result.trip_ps, 300 * (LINK_NS + INTERRUPT_NS + HANDLING_NS + response) * NS);
		assert_int_equal(result.longest_ps * 300, result.trip_ps);
		assert_int_equal(result.waiting_ps, result.part_ps[PAGES_QUEUE]);
		assert_int_equal(result.most_waiting, 1);
		assert_int_equal(result.interrupts, 300);
		assert_int_equal(result.by_unit, 0);
		assert_int_equal(result.commands.responses, 300);
		assert_int_equal(result.commands.invalidations, 0);
		assert_int_equal(result.commands.drain_ps, 0);
		/* VT-d: a wait descriptor behind each response, which is read, done, and seen. */
		uint64_t wait = COMMAND_NS + COMMAND_NS + COMPLETE_NS + POLL_NS;
		assert_int_equal(result.wait_ps, kinds[i] == IOMMU_VTD ? 300 * wait * NS : 0);
		/* Four references each time: a page that is missing has its tables. */
		uint64_t asks = 2 * (ASK_NS + 4 * 50 + ANSWER_NS);
		assert_int_equal(result.access_ps[1], result.trip_ps + 300 * asks * NS);
		assert_int_equal(result.elapsed_ps, result.access_ps[1]);
	}
}

/* More accesses than a CPU handles: it never sleeps, and its time is the throughput. */
static void test_pages_a_storm_is_as_fast_as_its_cpus(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_pages pages = pages_of(64);
		struct timing_pages_result one = run(kinds[i], &pages);
		uint64_t each =
			HANDLING_NS + POST_NS + (kinds[i] == IOMMU_VTD ? 2 * COMMAND_NS + COMPLETE_NS + POLL_NS : 0);
		assert_int_equal(one.elapsed_ps, 300 * each * NS);
		assert_int_equal(one.interrupts, 0);
		assert_int_equal(one.by_unit, 0);
		assert_in_range(one.most_waiting, 32, 64);
		pages.cpus = 4;
		struct timing_pages_result four = run(kinds[i], &pages);
		assert_in_range(four.elapsed_ps, one.elapsed_ps / 5, one.elapsed_ps / 3);
	}
}

/* A queue that is full answers Success, and the device asks again: nothing is lost, and it takes longer. */
static void test_pages_a_full_queue_answers_and_nothing_is_lost(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_pages pages = pages_of(200);
		pages.accesses = 1000;
		pages.warm_up = 400;
		struct timing_pages_result result = run(kinds[i], &pages);
		assert_int_equal(result.most_waiting, kinds[i] == IOMMU_VTD ? 127 : 128);
		assert_true(result.by_unit > 0);
		assert_true(result.overflows > 0);
		assert_int_equal(result.missed, 1000);
		/* Software answers once for each; some of them began before, or ended behind. */
		assert_in_range(result.trips, 1000 - 200, 1000 + 200);
		assert_true(result.by_unit > 500);
		pages.queue = 256;
		struct timing_pages_result enough = run(kinds[i], &pages);
		assert_int_equal(enough.by_unit, 0);
		assert_int_equal(enough.overflows, 0);
	}
}

static void test_pages_those_that_are_mapped_need_no_request(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_pages pages = pages_of(1);
		pages.miss_percent = 25;
		struct timing_pages_result result = run(kinds[i], &pages);
		assert_int_equal(result.missed, 75);
		assert_int_equal(result.trips, 75);
		pages.miss_percent = 0;
		assert_int_equal(run(kinds[i], &pages).missed, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_one_alone_takes_the_sum_of_its_steps),
		cmocka_unit_test(test_pages_a_storm_is_as_fast_as_its_cpus),
		cmocka_unit_test(test_pages_a_full_queue_answers_and_nothing_is_lost),
		cmocka_unit_test(test_pages_those_that_are_mapped_need_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
