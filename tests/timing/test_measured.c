/* SPDX-License-Identifier: MIT */
/* CSV files of measurements: what is read, and that each mistake is said with its line and column. */
#include "timing/calibrate.h"

#include <ioasid-sim/error.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEADING "host,test,host_cache,access,bytes,window_bytes,iommu,metric,value\n"
#define GOOD    "a,bandwidth,cold,read,64,4096,off,gbit_per_s,10\n"

static bool load(const char *text, struct measured *measured, GError **error)
{
	g_autofree char *path = NULL;
	int file = g_file_open_tmp("measured-XXXXXX.csv", &path, NULL);

	assert_true(file >= 0);
	close(file);
	assert_true(g_file_set_contents(path, text, -1, NULL));
	bool good = measured_load(measured, path, error);
	unlink(path);
	return good;
}

static void test_measured_rows_are_read_in_any_order_of_columns(void **state)
{
	(void)state;
	struct measured measured;

	assert_true(load("value,host,test,host_cache,access,bytes,window_bytes,iommu,metric\r\n# a comment\n\n"
			 "480.5,h,latency,cold,read,64,1048576,4k,median_ns\r\n",
			 &measured, NULL));
	assert_int_equal(measured.rows->len, 1);
	const struct measured_row *row =
		measured_find(&measured, "h", NULL, METRIC_MEDIAN, false, 64, 1048576, MEASURED_4K);
	assert_non_null(row);
	assert_true(row->value == 480.5 && row->line == 4);
	assert_string_equal(row->cache, "cold");
	assert_null(measured_find(&measured, "h", "warm", METRIC_MEDIAN, false, 64, 1048576, MEASURED_4K));
	assert_null(measured_find(&measured, "h", NULL, METRIC_AVERAGE, false, 64, 1048576, MEASURED_4K));
	measured_clear(&measured);
}

static void test_measured_mistakes_are_said_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"", "no measurement"},
		{HEADING, "no measurement"},
		{"host,test\n" GOOD, ":1:1: the heading has no column 'host_cache'"},
		{"host,tset,host_cache,access,bytes,window_bytes,iommu,metric,value\n",
		 ":1:6: unknown column 'tset'; did you mean 'test'?"},
		{"host,host,test\n", ":1:6: a second column 'host'"},
		{HEADING "a,b\n", ":2:1: expected 9 values, found 2"},
		{HEADING "a,latncy,cold,read,64,4096,off,avg_ns,1\n",
		 ":2:3: wrong test; expected latency or bandwidth, found 'latncy'; did you mean 'latency'?"},
		{HEADING "a,latency,cold,raed,64,4096,off,avg_ns,1\n", ":2:16: wrong access"},
		{HEADING "a,latency,cold,read,0,4096,off,avg_ns,1\n",
		 ":2:21: wrong bytes; expected a number from 1 to 4096"},
		{HEADING "a,latency,cold,read,64,32,off,avg_ns,1\n", "at most the window's bytes"},
		{HEADING "a,latency,cold,read,64,4096,on,avg_ns,1\n", "expected off, 4k or superpage"},
		{HEADING "a,latency,cold,read,64,4096,off,gbit_per_s,1\n", "avg_ns or median_ns of a latency"},
		{HEADING "a,latency,cold,read,64,4096,off,avg_ns,-1\n", "expected a number above 0, found '-1'"},
		{HEADING "a,latency,cold,read,64,4096,off,avg_ns,nan\n", "expected a number above 0"},
		{HEADING "a,latency,cold,read,64,99999999999,off,avg_ns,1\n", "wrong window_bytes"},
		{HEADING "\xff,latency,cold,read,64,4096,off,avg_ns,1\n", "UTF-8"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct measured measured;
		g_autoptr(GError) error = NULL;
		assert_false(load(rows[i].text, &measured, &error));
		assert_int_equal(error->domain, IOSIM_ERROR);
		if (!strstr(error->message, rows[i].message))
			fail_msg("'%s' has no '%s'", error->message, rows[i].message);
	}
}

static void test_measured_file_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	struct measured measured;
	g_autoptr(GError) error = NULL;

	assert_false(measured_load(&measured, "/nowhere/at/all.csv", &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_READ));
}

/* Calibration may look at what was measured without IOMMU, and at two latencies: nothing else. */
static void test_calibrate_looks_at_what_it_may(void **state)
{
	(void)state;
	struct measured_row row = {.metric = METRIC_MEDIAN, .iommu = MEASURED_4K, .window = 262144};

	assert_true(calibrate_uses(&row));
	row.window = 67108864;
	assert_true(calibrate_uses(&row));
	row.metric = METRIC_AVERAGE;
	assert_true(calibrate_uses(&row));
	row.metric = METRIC_BANDWIDTH;
	assert_false(calibrate_uses(&row));
	row.metric = METRIC_MEDIAN;
	row.window = 1048576;
	assert_false(calibrate_uses(&row));
	row.iommu = MEASURED_OFF;
	assert_true(calibrate_uses(&row));
}

/* What was measured of the rows that are predicted changes no number of the machine. */
static void test_calibrate_does_not_know_what_it_predicts(void **state)
{
	(void)state;
	struct measured measured;
	g_autofree char *path =
		g_build_filename(g_getenv("IOSIM_SOURCE_ROOT"), "tests/data/timing/pcie-bench.csv", NULL);
	struct timing_profile structure = {.kind = IOMMU_VTD};
	g_autoptr(GArray) profiles = g_array_new(FALSE, FALSE, sizeof(struct timing_profile));

	for (unsigned i = 0; i < TIMING_NUMBERS; i++)
		structure.value[i] = timing_numbers[i].low;
	assert_true(measured_load(&measured, path, NULL));
	for (unsigned pass = 0, at = 0; pass < 2; pass++) {
		for (guint i = 0; i < measured.rows->len; i++) {
			struct measured_row *row = &g_array_index(measured.rows, struct measured_row, i);
			struct timing_profile profile;
			memset(&profile, 0, sizeof(profile));
			if (calibrate_uses(row))
				continue;
			assert_true(calibrate_for(&measured, &structure, row, &profile, NULL));
			if (pass == 0)
				g_array_append_val(profiles, profile);
			else
				assert_memory_equal(&profile, &g_array_index(profiles, struct timing_profile, at++),
						    sizeof(profile));
		}
		for (guint i = 0; i < measured.rows->len; i++) {
			struct measured_row *row = &g_array_index(measured.rows, struct measured_row, i);
			if (!calibrate_uses(row))
				row->value *= 3;
		}
	}
	assert_int_equal(profiles->len, 928);
	measured_clear(&measured);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measured_rows_are_read_in_any_order_of_columns),
		cmocka_unit_test(test_measured_mistakes_are_said_with_their_place),
		cmocka_unit_test(test_measured_file_that_is_not_there_is_an_error),
		cmocka_unit_test(test_calibrate_looks_at_what_it_may),
		cmocka_unit_test(test_calibrate_does_not_know_what_it_predicts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
