/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The state is given, so that the words can be followed by hand: (s1 * 5 rotated by 7) * 9 for s1 = 2, then 0. */
static void test_random_next_follows_xoshiro256starstar(void **state)
{
	(void)state;
	struct random random = {{1, 2, 3, 4}};
	assert_int_equal(random_next(&random), 11520);
	assert_int_equal(random_next(&random), 0);
	assert_int_equal(random_next(&random), 1509978240);
	assert_int_equal(random_next(&random), UINT64_C(1215971899390074240));
}

static void test_random_seed_fills_with_splitmix64(void **state)
{
	(void)state;
	struct random random;
	random_seed(&random, 0);
	assert_int_equal(random.state[0], UINT64_C(0xe220a8397b1dcdaf));
	assert_int_equal(random.state[1], UINT64_C(0x6e789e6aa1b965f4));
	assert_int_equal(random.state[2], UINT64_C(0x06c45d188009454f));
}

static void test_random_below_reaches_all_values_and_no_other(void **state)
{
	(void)state;
	struct random random;
	unsigned seen[7] = {0};
	random_seed(&random, 3);
	for (unsigned i = 0; i < 7000; i++) {
		uint64_t value = random_below(&random, 7);
		assert_true(value < 7);
		seen[value]++;
	}
	for (unsigned i = 0; i < 7; i++)
		assert_in_range(seen[i], 800, 1200);
	assert_int_equal(random_below(&random, 1), 0);
}

static void test_random_between_keeps_the_bounds(void **state)
{
	(void)state;
	struct random random;
	random_seed(&random, 4);
	for (unsigned i = 0; i < 1000; i++)
		assert_in_range(random_between(&random, 10, 12), 10, 12);
	assert_int_equal(random_between(&random, UINT64_MAX, UINT64_MAX), UINT64_MAX);
	(void)random_between(&random, 0, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_next_follows_xoshiro256starstar),
		cmocka_unit_test(test_random_seed_fills_with_splitmix64),
		cmocka_unit_test(test_random_below_reaches_all_values_and_no_other),
		cmocka_unit_test(test_random_between_keeps_the_bounds),
	};
	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
