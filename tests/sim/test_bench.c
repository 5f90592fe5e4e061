/* SPDX-License-Identifier: MIT */
#include <ioasid-sim/bench.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_bench_cases_do_the_same_work_each_time(void **state)
{
	(void)state;
	unsigned count = 0;
	for (const iosim_bench_case *row = iosim_bench_cases(); row->name; row++, count++) {
		g_autoptr(iosim_bench) bench = iosim_bench_new(row->name, NULL);
		assert_non_null(bench);
		assert_non_null(row->summary);
		guint64 one = iosim_bench_run(bench, 1);
		assert_true(one != 0);
		assert_int_equal(iosim_bench_run(bench, 0), 0);
		assert_true(iosim_bench_run(bench, 100) == 100 * one);
	}
	assert_int_equal(count, 21);
}

static void test_bench_walk_and_its_limit_find_the_same_page(void **state)
{
	(void)state;
	g_autoptr(iosim_bench) hit = iosim_bench_new("vtd-hit", NULL);
	g_autoptr(iosim_bench) walk = iosim_bench_new("vtd-walk4", NULL);
	g_autoptr(iosim_bench) limit = iosim_bench_new("limit-walk4", NULL);
	assert_true(iosim_bench_run(walk, 1) == iosim_bench_run(hit, 1));
	assert_true(iosim_bench_run(walk, 1) == iosim_bench_run(limit, 1));
}

/* IHI 0070 3.3.2 and VT-d 3.8: m levels in n levels are n*m + n + m entries of tables. */
static void test_bench_walks_reference_memory_as_often_as_their_names_say(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		unsigned references;
	} rows[] = {
		{"vtd-hit", 0},
		{"vtd-walk4", 4},
		{"vtd-walk4-bare", 2 + 4}, /* root and context entry */
		{"limit-walk4", 2 + 4},
		{"vtd-pasid-hit", 0},
		{"vtd-fs-walk4", 4},
		{"vtd-fs-walk4-bare", 4 + 4}, /* PASID directory and table entry too */
		{"vtd-nested-4x4", 24},
		{"vtd-nested-4x4-bare", 4 + 24},
		{"smmu-hit", 0},
		{"smmu-s1-walk4", 4},
		{"smmu-s1-walk4-bare", 2 + 4}, /* STE, CD */
		{"smmu-nested-4x4", 24},
		{"smmu-gpc-hit", 0},
		{"smmu-gpc-s1-walk4", 4}, /* the GPT's own are not the walk's */
		{"smmu-gpc-nested-4x4", 24},
		{"smmu-nested-4x4-bare", 2 + 4 + 24}, /* the CD's address is translated too */
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(iosim_bench) bench = iosim_bench_new(rows[i].name, NULL);
		assert_int_equal(iosim_bench_references(bench), rows[i].references);
		assert_int_equal(iosim_bench_references(bench), rows[i].references);
	}
}

static void test_bench_of_unknown_name_says_which_is_near(void **state)
{
	(void)state;
	g_autoptr(GError) error = NULL;
	assert_null(iosim_bench_new("vtd-walk5", &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT));
	assert_non_null(strstr(error->message, "vtd-walk4"));
	g_clear_error(&error);
	assert_null(iosim_bench_new("", &error));
	assert_non_null(error);
	iosim_bench_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bench_cases_do_the_same_work_each_time),
		cmocka_unit_test(test_bench_walk_and_its_limit_find_the_same_page),
		cmocka_unit_test(test_bench_walks_reference_memory_as_often_as_their_names_say),
		cmocka_unit_test(test_bench_of_unknown_name_says_which_is_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
