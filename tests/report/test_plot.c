/* SPDX-License-Identifier: MIT */
/* Where points, ticks and words of a figure are; that it is XML is tested where it is written. */
#include "report/plot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *drawn(bool binary, const struct plot_point *points, unsigned count)
{
	struct plot *plot = plot_new("a < b & \"c\"", 2);
	struct plot_panel *panel = plot_add_panel(plot, "panel", "x", "y", binary);
	struct plot_series *line = plot_add_series(panel, "line", 0, false);
	struct plot_series *marks = plot_add_series(panel, NULL, 0, true);

	plot_add_panel(plot, "empty", "x", "y", true);
	for (unsigned i = 0; i < count; i++) {
		plot_add_point(line, points[i].x, points[i].y);
		plot_add_point(marks, points[i].x, points[i].y);
	}
	char *svg = plot_svg(plot);
	plot_free(plot);
	return svg;
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

/* The panel's points lie in 62..328 and 64..256. */
static void test_plot_puts_points_by_their_scales(void **state)
{
	(void)state;
	static const struct plot_point points[] = {{1024, 0}, {2048, 5}, {4096, 10}};
	g_autofree char *svg = drawn(true, points, 3);

	assert_non_null(strstr(svg, "points=\"62.00,256.00 195.00,160.00 328.00,64.00\""));
	assert_int_equal(occurrences(svg, "<circle"), 3);
	assert_non_null(strstr(svg, "cx=\"195.00\" cy=\"160.00\""));
	assert_non_null(strstr(svg, ">1K</text>"));
	assert_non_null(strstr(svg, ">4K</text>"));
	assert_non_null(strstr(svg, ">10</text>"));
	assert_null(strstr(svg, ">empty</text>"));
	assert_non_null(strstr(svg, ">a &lt; b &amp; &quot;c&quot;</text>"));
}

static void test_plot_linear_scale_begins_at_nothing(void **state)
{
	(void)state;
	static const struct plot_point points[] = {{5, 3}, {10, 6}};
	g_autofree char *svg = drawn(false, points, 2);

	assert_non_null(strstr(svg, "points=\"195.00,160.00 328.00,64.00\""));
}

static void test_plot_has_few_ticks_and_round_ones(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct plot_point points[] = {{1, 0.013 * (double)(UINT64_C(1) << i)}, {(double)(UINT64_C(1) << i), 0}};
		g_autofree char *svg = drawn(true, points, 2);
		unsigned words = occurrences(svg, "class=\"y\""), grid = occurrences(svg, "class=\"grid\"");
		assert_in_range(words, 3, 8);
		assert_int_equal(grid, words - 1);
		assert_null(strstr(svg, "nan"));
		assert_null(strstr(svg, "inf"));
	}
}

static void test_plot_of_one_point_or_none_is_drawn(void **state)
{
	(void)state;
	static const struct plot_point point = {64, 0};
	g_autofree char *one = drawn(true, &point, 1), *none = drawn(true, NULL, 0);

	assert_int_equal(occurrences(one, "<circle"), 1);
	assert_null(strstr(one, "nan"));
	assert_int_equal(occurrences(none, "<circle"), 0);
	assert_true(g_str_has_suffix(none, "</svg>\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plot_puts_points_by_their_scales),
		cmocka_unit_test(test_plot_linear_scale_begins_at_nothing),
		cmocka_unit_test(test_plot_has_few_ticks_and_round_ones),
		cmocka_unit_test(test_plot_of_one_point_or_none_is_drawn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
