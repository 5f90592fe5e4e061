/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const names[] = {"walk", "replay", "bench", "vfio-type1", "iommufd", NULL};

static void test_nearest_distance_of_single_slips_is_one(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("walk", "walk", 5), 0);
	assert_int_equal(nearest_distance("wak", "walk", 5), 1);
	assert_int_equal(nearest_distance("wallk", "walk", 5), 1);
	assert_int_equal(nearest_distance("welk", "walk", 5), 1);
	assert_int_equal(nearest_distance("wlak", "walk", 5), 1);
	assert_int_equal(nearest_distance("", "walk", 5), 4);
}

static void test_nearest_distance_above_the_limit_is_limit_plus_one(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("abcdefgh", "walk", 2), 3);
}

static void test_nearest_name_misspelt_is_found(void **state)
{
	(void)state;
	assert_string_equal(nearest_name("wlak", names), "walk");
	assert_string_equal(nearest_name("vfio-tpye1", names), "vfio-type1");
	assert_string_equal(nearest_name("iomufd", names), "iommufd");
}

static void test_nearest_name_far_from_all_is_null(void **state)
{
	(void)state;
	assert_null(nearest_name("frobnicate", names));
	assert_null(nearest_name("", names));
}

static void test_nearest_name_longer_than_the_bound_is_null(void **state)
{
	char longest[NEAREST_NAME_MAX + 3];

	(void)state;
	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = 'w';
	longest[sizeof(longest) - 1] = '\0';
	assert_null(nearest_name(longest, names));
	assert_int_equal(nearest_distance(longest, longest, 3), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest_distance_of_single_slips_is_one),
		cmocka_unit_test(test_nearest_distance_above_the_limit_is_limit_plus_one),
		cmocka_unit_test(test_nearest_name_misspelt_is_found),
		cmocka_unit_test(test_nearest_name_far_from_all_is_null),
		cmocka_unit_test(test_nearest_name_longer_than_the_bound_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
