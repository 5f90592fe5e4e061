/* SPDX-License-Identifier: MIT */
/*
 * Machines that foresee walks, held to the same ones that go reference by reference: numbers are round and few, so that
 * much happens at one time.
 */
#include "timed.h"

#define MACHINES 300
#define REQUESTS 300
#define PAGES    48

static double one_of(struct random *random, const double *values, unsigned count)
{
	return values[random_below(random, count)];
}

static struct timing_profile random_profile(struct random *random)
{
	static const double times[] = {0, 5, 10, 20, 20, 50}, counts[] = {1, 2, 3, 4, 8, 16};
	static const enum timing_number of_time[] = {TIMING_PROPAGATION, TIMING_PORT_INTERVAL, TIMING_PASS,
						     TIMING_LOOKUP,      TIMING_TABLE,         TIMING_DATA,
						     TIMING_DATA_HIT,    TIMING_REPLAY,        TIMING_REPLAY_LINE};
	static const enum timing_number of_count[] = {TIMING_READ_TAGS, TIMING_READ_WINDOW, TIMING_WRITE_WINDOW,
						      TIMING_WALKERS, TIMING_POSTED_HEADERS};
	struct timing_profile profile = timed_profile(random_chance(random, 2) ? IOMMU_VTD : IOMMU_SMMUV3);

	for (unsigned i = 0; i < sizeof(of_time) / sizeof(of_time[0]); i++)
		profile.value[of_time[i]] = one_of(random, times, 6);
	for (unsigned i = 0; i < sizeof(of_count) / sizeof(of_count[0]); i++)
		profile.value[of_count[i]] = one_of(random, counts, 6);
	profile.value[TIMING_MERGE] = random_chance(random, 2);
	profile.value[TIMING_IN_ORDER] = random_chance(random, 3);
	profile.value[TIMING_IOTLB] = 16;
	profile.value[TIMING_TABLE_ENTRIES] = profile.kind == IOMMU_VTD && random_chance(random, 3) ? 8 : 0;
	/* Some limits hold references up: nothing is foreseen then. */
	profile.value[TIMING_TABLE_OUTSTANDING] = random_chance(random, 8)   ? 1
						  : random_chance(random, 2) ? profile.value[TIMING_WALKERS]
									     : 0;
	profile.interval[TIMING_READ_INTERVAL].ns[0] = one_of(random, times, 6);
	profile.interval[TIMING_WRITE_INTERVAL].ns[0] = one_of(random, times, 6);
	return profile;
}

static void run(struct timed *timed, const struct timing_profile *profile, bool undisturbed, uint64_t seed)
{
	struct random random;

	timed_setup_undisturbed(timed, profile, undisturbed);
	random_seed(&random, seed);
	/* A page in sixteen has no table: requests for it end with a fault. */
	for (unsigned i = 0; i < REQUESTS; i++) {
		bool write = random_chance(&random, 3);
		uint64_t page = random_chance(&random, 16) ? 4096 : random_below(&random, PAGES);
		timed_send(timed, page, write);
	}
	timed_finish(timed);
}

static void expect_same_request(const struct timing_slot *one, const struct timing_slot *other)
{
	assert_true(one->dma.number == other->dma.number);
	assert_true(one->issued == other->issued && one->arrived == other->arrived && one->looked == other->looked);
	assert_true(one->walk_begun == other->walk_begun && one->walked == other->walked);
	assert_true(one->released == other->released && one->answered == other->answered);
	assert_true(one->ended == other->ended);
	assert_int_equal(one->merged, other->merged);
	assert_memory_equal(&one->translation, &other->translation, sizeof(one->translation));
}

static void test_foreseen_runs_are_the_same(void **state)
{
	(void)state;
	static struct timed one, other;
	struct random random;
	uint64_t walks = 0;

	random_seed(&random, 20261120);
	for (uint64_t seed = 1; seed <= MACHINES; seed++) {
		struct timing_profile profile = random_profile(&random);
		run(&one, &profile, false, seed);
		run(&other, &profile, true, seed);
		assert_int_equal(one.count, REQUESTS);
		assert_int_equal(other.count, REQUESTS);
		for (unsigned i = 0; i < REQUESTS; i++)
			expect_same_request(&one.ended[i], &other.ended[i]);
		assert_memory_equal(timing_tally_of(one.machine), timing_tally_of(other.machine),
				    sizeof(struct timing_tally));
		walks += timing_tally_of(one.machine)->walks;
		timed_teardown(&one);
		timed_teardown(&other);
	}
	assert_true(walks > 10 * MACHINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreseen_runs_are_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
