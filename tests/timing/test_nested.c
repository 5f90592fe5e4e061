/* SPDX-License-Identifier: MIT */
/* The nested guest: what is taken from which row, and what docs/timing.md says that the models give. */
#include "sim/profile.h"
#include "timed.h"

#include "timing/nested.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *data_path(void)
{
	return g_build_filename(g_getenv("IOSIM_SOURCE_ROOT"), "tests", "data", "timing", "nested-guest.csv", NULL);
}

static void load(struct nested_rows *rows)
{
	g_autofree char *path = data_path();
	g_autoptr(GError) error = NULL;

	assert_true(nested_load(rows, path, &error));
	assert_null(error);
}

static bool is_near(double one, double other, double percent)
{
	return fabs(one - other) <= other * percent / 100;
}

static void test_nested_rows_say_where_throughput_falls(void **state)
{
	(void)state;
	struct nested_rows rows;

	load(&rows);
	assert_int_equal(rows.rows->len, 6);
	assert_int_equal(rows.every, 82);
	assert_int_equal(rows.fall, 4);
	nested_clear(&rows);
}

/* One unmap a row: 5045.51 - 2120.15 to map, 872.79 + 10093.75 - 9246.19 to unmap; 9246.19 less 150, 1110 and 100. */
static void test_nested_profile_has_the_numbers_of_the_first_row(void **state)
{
	(void)state;
	g_autoptr(iosim_profile) structure = iosim_profile_load("nested-guest", NULL);
	struct timing_profile profile;
	struct nested_rows rows;

	load(&rows);
	nested_calibrate(&rows, &structure->timing, NESTED_SERIALISED, 3, &profile);
	assert_true(is_near(profile.value[TIMING_MAP], 2925.36, 0.001));
	assert_true(is_near(profile.value[TIMING_MAP_LOCK], 2120.15, 0.001));
	assert_true(is_near(profile.value[TIMING_UNMAP], 1720.35, 0.001));
	assert_true(is_near(profile.value[TIMING_EXIT], 7886.19, 0.001));
	/* 32768 bits at 47.327 Gbit/s are 692.37 ns, and 16012.05 ns are done for 82 pages. */
	assert_true(is_near(profile.value[TIMING_PACKET], 692.37 - 16012.05 / 82, 0.01));
	for (unsigned i = 0; i < TIMING_NUMBERS; i++)
		assert_true(fabs(profile.value[i] - structure->timing.value[i]) <= 0.06);
	nested_clear(&rows);
}

/* 82 pages at 25.011 Gbit/s are 107.43 us; 9.25 and 2.12 are held, the rest is two hand-overs: 48.03 each. */
static void test_nested_models_take_the_hand_over_from_the_fall(void **state)
{
	(void)state;
	g_autoptr(iosim_profile) structure = iosim_profile_load("nested-guest", NULL);
	struct timing_profile profile;
	struct nested_rows rows;

	load(&rows);
	nested_calibrate(&rows, &structure->timing, NESTED_GROWING, 1, &profile);
	assert_true(is_near(profile.value[TIMING_LOCK_WAITER], 48032.0 / 14, 0.05));
	assert_true(profile.value[TIMING_LOCK] == 0 && profile.value[TIMING_WAKE] == 0);
	nested_calibrate(&rows, &structure->timing, NESTED_SLEEPING, 1, &profile);
	assert_true(is_near(profile.value[TIMING_WAKE], 48032.0, 0.05));
	assert_true(is_near(profile.value[TIMING_SPIN], 7 * 9246.19, 0.001));
	nested_calibrate(&rows, &structure->timing, NESTED_EXITS, 4, &profile);
	assert_true(is_near(profile.value[TIMING_EXIT], 7886.19 + 68871.62 - 6958.46, 0.001));
	nested_calibrate(&rows, &structure->timing, NESTED_EXITS, 0, &profile);
	assert_true(is_near(profile.value[TIMING_EXIT], 7886.19, 0.001));
	nested_clear(&rows);
}

static double predict(const struct nested_rows *rows, enum nested_model model, guint row)
{
	g_autoptr(iosim_profile) structure = iosim_profile_load("nested-guest", NULL);
	struct nested_prediction prediction;

	nested_predict(rows, &structure->timing, model, row, &prediction);
	assert_in_range((uint64_t)(prediction.misses * 100), 95, 140);
	return prediction.gbit_per_s;
}

static void test_nested_serialised_rises_and_does_not_fall(void **state)
{
	(void)state;
	struct nested_rows rows;
	double before = 0;

	load(&rows);
	for (guint row = 0; row < 4; row++)
		assert_true(is_near(predict(&rows, NESTED_SERIALISED, row),
				    g_array_index(rows.rows, struct nested_row, row).gbit_per_s, 13.5));
	before = predict(&rows, NESTED_SERIALISED, 3);
	assert_true(is_near(predict(&rows, NESTED_SERIALISED, 4), before, 2));
	assert_true(is_near(predict(&rows, NESTED_SERIALISED, 5), before, 2));
	nested_clear(&rows);
}

static void test_nested_assumptions_fall(void **state)
{
	(void)state;
	struct nested_rows rows;

	load(&rows);
	assert_true(predict(&rows, NESTED_GROWING, 3) < 238.0 / 3); /* it falls too early */
	assert_true(is_near(predict(&rows, NESTED_GROWING, 5), 17.9, 20));
	assert_true(predict(&rows, NESTED_SLEEPING, 3) > 200);
	assert_true(is_near(predict(&rows, NESTED_SLEEPING, 4), 25.0, 3));
	assert_true(is_near(predict(&rows, NESTED_SLEEPING, 5), 25.0, 3));
	assert_in_range((uint64_t)predict(&rows, NESTED_EXITS, 4), 33, 40);
	nested_clear(&rows);
}

static void test_nested_mistakes_are_said_with_their_line(void **state)
{
	(void)state;
	static const char heading[] = "cores,gbit_per_s,iotlb_misses_per_page,unmaps_per_page,map_ns,map_flush_ns,"
				      "unmap_ns,sync_ns,flush_ns,submit_ns\n";
	static const struct {
		const char *text, *message;
	} mistakes[] = {
		{"cores,gbit\n1,2\n", ":1: expected 'cores,gbit_per_s"},
		{"1,47,1,0.01,5,2,1,9,8\n", ":2: expected 10 numbers"},
		{"1,47,1,0.01,5,2,1,9,8,7\n", ":2: expected two rows"},
		{"1,47,1,0.01,5,2,1,9,8,seven\n", ":2: expected a number above 0, found 'seven'"},
		{"1,47,1,0.01,5,2,1,9,8,7\n1,47,1,0.01,5,2,1,9,8,7\n", ":3: expected cores that rise"},
		{"1,47,1,1.5,5,2,1,9,8,7\n", ":2: expected at most one unmap a page, found '1.5'"},
		{"1,47,1,0.01,5,6,1,9,8,7\n", ":2: expected times of functions"},
	};
	g_autofree char *path = NULL;
	int file = g_file_open_tmp("nested-XXXXXX.csv", &path, NULL);

	assert_true(file >= 0);
	g_close(file, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(mistakes); i++) {
		g_autofree char *text = g_strconcat(i ? heading : "", mistakes[i].text, NULL);
		g_autoptr(GError) error = NULL;
		struct nested_rows rows;
		assert_true(g_file_set_contents(path, text, -1, NULL));
		assert_false(nested_load(&rows, path, &error));
		assert_non_null(strstr(error->message, mistakes[i].message));
		nested_clear(&rows);
	}
	g_unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested_rows_say_where_throughput_falls),
		cmocka_unit_test(test_nested_profile_has_the_numbers_of_the_first_row),
		cmocka_unit_test(test_nested_models_take_the_hand_over_from_the_fall),
		cmocka_unit_test(test_nested_serialised_rises_and_does_not_fall),
		cmocka_unit_test(test_nested_assumptions_fall),
		cmocka_unit_test(test_nested_mistakes_are_said_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
