/* SPDX-License-Identifier: MIT */
/* The four formats of a report on one list: a passed, a failed, a row that did not run, a what-if. */
#include "report/result.h"

#include <json-glib/json-glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct result_row *row(const char *policy, enum result_status status, const char *expected, const char *got)
{
	struct result_row *one = result_row_new();

	one->path = g_strdup("scenarios/x.yaml");
	one->scenario = g_strdup("x");
	one->title = g_strdup("Title");
	one->line = 12;
	one->policy = g_strdup(policy);
	one->iommu = g_strdup("vtd");
	one->status = status;
	one->expected = g_strdup(expected);
	one->got = g_strdup(got);
	return one;
}

static struct result_list *sample(void)
{
	struct result_list *list = result_list_new();
	struct result_row *failed = row("b", RESULT_FAILED, "safe", "fault at <&\"#1>");
	struct result_row *absent = row("c", RESULT_NOT_RUN, "safe", NULL);
	struct result_step *step = result_step_new();

	result_list_add(list, row("a", RESULT_PASSED, "safe", "safe"));
	step->line = 9;
	step->label = g_strdup("one");
	step->text = g_strdup("dma nic");
	step->outcome = g_strdup("fault");
	step->unexpected = true;
	g_ptr_array_add(step->notes, g_strdup("violates inv: sentence"));
	g_ptr_array_add(failed->steps, step);
	failed->reason = g_strdup("line 9 (one): dma nic: fault");
	result_list_add(list, failed);
	absent->reason = g_strdup("no such kind");
	result_list_add(list, absent);
	result_list_add(list, row("d", RESULT_PRINTED, NULL, "safe"));
	return list;
}

static char *written(enum report_format format)
{
	struct result_list *list = sample();
	struct report_options options = {.verbose = false};
	char *text = report_format(list, format, &options);

	result_list_free(list);
	return text;
}

static void test_report_text_tells_what_failed_and_where(void **state)
{
	g_autofree char *text = written(REPORT_TEXT);

	(void)state;
	assert_string_equal(text, "ok      x: a iommu=vtd: safe\n"
				  "FAIL    x: b iommu=vtd: fault at <&\"#1>\n"
				  "    scenarios/x.yaml:12: expected safe\n"
				  "    line 9 (one): dma nic: fault\n"
				  "      line 9 one: dma nic -> fault   <-- not as expected\n"
				  "        violates inv: sentence\n"
				  "not run x: c iommu=vtd: no such kind\n"
				  "what if x: d iommu=vtd: safe\n"
				  "1 passed, 1 failed, 1 not run, 1 what if\n");
}

static void test_report_tap_has_plan_skip_and_escaped_names(void **state)
{
	g_autofree char *text = written(REPORT_TAP);

	(void)state;
	assert_true(g_str_has_prefix(text, "TAP version 13\n1..4\nok 1 - x: a iommu=vtd: safe\n"));
	assert_non_null(strstr(text, "not ok 2 - x: b iommu=vtd: fault at <&\"\\#1>\n"));
	assert_non_null(strstr(text, "ok 3 - x: c iommu=vtd:  # SKIP no such kind\n"));
	assert_non_null(strstr(text, "# scenarios/x.yaml:12: expected safe\n"));
}

static void test_report_junit_is_well_formed_and_counts(void **state)
{
	static const GMarkupParser parser = {NULL, NULL, NULL, NULL, NULL};
	GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);
	g_autofree char *text = written(REPORT_JUNIT);

	(void)state;
	assert_true(g_markup_parse_context_parse(context, text, -1, NULL));
	assert_true(g_markup_parse_context_end_parse(context, NULL));
	g_markup_parse_context_free(context);
	assert_non_null(strstr(text, "<testsuites tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\">"));
	assert_non_null(strstr(text, "<skipped message=\"no such kind\"/>"));
}

static void test_report_json_carries_rows_and_steps(void **state)
{
	g_autofree char *text = written(REPORT_JSON);
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonObject *root, *failed;

	(void)state;
	assert_true(json_parser_load_from_data(parser, text, -1, NULL));
	root = json_node_get_object(json_parser_get_root(parser));
	assert_int_equal(json_object_get_int_member(root, "failed"), 1);
	failed = json_array_get_object_element(json_object_get_array_member(root, "rows"), 1);
	assert_string_equal(json_object_get_string_member(failed, "verdict"), "fault at <&\"#1>");
	assert_int_equal(json_array_get_length(json_object_get_array_member(failed, "steps")), 1);
}

/* --- rows of interleavings --- */

static struct result_list *interleaved(bool incomplete)
{
	struct result_list *list = result_list_new();
	struct result_row *one = row("a", RESULT_PASSED, "sometimes fault at x", "sometimes fault at x");

	one->orders.interleavings = 3;
	one->orders.states = 7;
	one->orders.merged = 1;
	one->orders.incomplete = incomplete;
	one->orders.shown = g_strdup("k:y,d:x");
	result_add_outcome(one, g_strdup("x=ok;"), 2);
	result_add_outcome(one, g_strdup("x=fault;"), 1);
	result_add_observation(one, &(struct result_observation){.what = g_strdup("fault at x"),
								 .positive = 1,
								 .negative = 2,
								 .with = g_strdup("k:y,d:x"),
								 .without = g_strdup("d:x,k:y")});
	result_add_observation(one, &(struct result_observation){.what = g_strdup("crash at y"),
								 .positive = 3,
								 .with = g_strdup("k:y,d:x")});
	result_list_add(list, one);
	return list;
}

static void test_report_text_shows_states_and_observations(void **state)
{
	struct result_list *list = interleaved(true);
	struct report_options options = {.verbose = false};
	g_autofree char *text = report_format(list, REPORT_TEXT, &options);

	(void)state;
	result_list_free(list);
	assert_string_equal(text, "ok      x: a iommu=vtd: sometimes fault at x\n"
				  "    Interleavings 3 (incomplete), 7 states, 1 met again\n"
				  "    States 2\n"
				  "    2     :> x=ok;\n"
				  "    1     :> x=fault;\n"
				  "    Observation fault at x Sometimes 1 2\n"
				  "      with    --order k:y,d:x\n"
				  "      without --order d:x,k:y\n"
				  "    Observation crash at y Always 3 0\n"
				  "      with    --order k:y,d:x\n"
				  "1 passed, 0 failed\n");
}

static void test_report_json_carries_observations(void **state)
{
	struct result_list *list = interleaved(false);
	struct report_options options = {.verbose = false};
	g_autofree char *text = report_format(list, REPORT_JSON, &options);
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonObject *one, *seen;

	(void)state;
	result_list_free(list);
	assert_true(json_parser_load_from_data(parser, text, -1, NULL));
	one = json_array_get_object_element(
		json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)), "rows"), 0);
	assert_int_equal(json_object_get_int_member(one, "interleavings"), 3);
	assert_false(json_object_get_boolean_member(one, "incomplete"));
	assert_int_equal(json_array_get_length(json_object_get_array_member(one, "outcomes")), 2);
	assert_string_equal(json_object_get_string_member(one, "order"), "k:y,d:x");
	seen = json_array_get_object_element(json_object_get_array_member(one, "observations"), 0);
	assert_string_equal(json_object_get_string_member(seen, "when"), "sometimes");
	assert_int_equal(json_object_get_int_member(seen, "negative"), 2);
	assert_string_equal(json_object_get_string_member(seen, "without"), "d:x,k:y");
}

static void test_report_format_by_name_knows_four(void **state)
{
	(void)state;
	assert_int_equal(report_format_by_name("text"), REPORT_TEXT);
	assert_int_equal(report_format_by_name("json"), REPORT_JSON);
	assert_int_equal(report_format_by_name("tap"), REPORT_TAP);
	assert_int_equal(report_format_by_name("junit"), REPORT_JUNIT);
	assert_int_equal(report_format_by_name("xml"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_text_tells_what_failed_and_where),
		cmocka_unit_test(test_report_tap_has_plan_skip_and_escaped_names),
		cmocka_unit_test(test_report_junit_is_well_formed_and_counts),
		cmocka_unit_test(test_report_json_carries_rows_and_steps),
		cmocka_unit_test(test_report_text_shows_states_and_observations),
		cmocka_unit_test(test_report_json_carries_observations),
		cmocka_unit_test(test_report_format_by_name_knows_four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
