/* SPDX-License-Identifier: MIT */
#include "capture/capture.h"
#include "scratch.h"

#include <ioasid-sim/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static GArray *load(const char *text, gssize bytes, GError **error)
{
	struct scratch scratch;
	g_autofree char *path = NULL;
	GArray *questions;

	scratch_begin(&scratch);
	scratch_write(&scratch, "truth.jsonl", text, bytes);
	path = scratch_path(&scratch, "truth.jsonl");
	questions = capture_load_truth(path, error);
	scratch_end(&scratch);
	return questions;
}

static void expect_refused(const char *text, const char *message)
{
	g_autoptr(GError) error = NULL;

	assert_null(load(text, -1, &error));
	assert_non_null(error);
	assert_true(error->domain == IOSIM_ERROR);
	if (!strstr(error->message, message))
		fail_msg("expected '%s' in '%s'", message, error->message);
}

static void test_truth_ok_line_has_address_and_page(void **state)
{
	g_autoptr(GArray) questions = load(
		"\n{\"bdf\": \"04:00.0\", \"rid\": \"0x400\", \"iova\": \"0xfffff213\", \"access\": \"w\", \"result\": "
		"\"ok\", \"pa\": \"0x15bf8213\", \"page_size\": \"0x200000\", \"level\": 2}",
		-1, NULL);
	const struct capture_question *question;

	(void)state;
	assert_non_null(questions);
	assert_int_equal(questions->len, 1);
	question = &g_array_index(questions, struct capture_question, 0);
	assert_int_equal(question->line, 2);
	assert_string_equal(question->device, "04:00.0");
	assert_int_equal(question->stream, 0x400);
	assert_int_equal(question->iova, 0xfffff213);
	assert_true(question->write);
	assert_false(question->fault);
	assert_int_equal(question->pa, 0x15bf8213);
	assert_int_equal(question->page_bytes, 0x200000);
	assert_false(question->pass_through);
}

static void test_truth_event_record_is_little_endian(void **state)
{
	g_autoptr(GArray) questions =
		load("{\"sid\": \"0x10\", \"iova\": 0, \"access\": \"r\", \"result\": \"fault\", "
		     "\"event_record\": \"1300000010000000000000008802000000f0ffff0000000000f0ffff00"
		     "000000\"}\n{\"sid\": 1, \"iova\": 0, \"access\": \"r\", \"result\": \"fault\"}",
		     -1, NULL);
	const struct capture_question *rows;

	(void)state;
	assert_non_null(questions);
	rows = (const struct capture_question *)(const void *)questions->data;
	assert_true(rows[0].is_smmu && rows[0].has_event && !rows[0].has_reason);
	assert_true(rows[0].event[0] == UINT64_C(0x1000000013));
	assert_true(rows[0].event[1] == UINT64_C(0x28800000000));
	assert_true(rows[0].event[2] == UINT64_C(0xfffff000));
	assert_true(rows[0].event[3] == UINT64_C(0xfffff000));
	assert_true(rows[1].is_smmu && !rows[1].has_event);
	expect_refused("{\"sid\": 1, \"iova\": 0, \"access\": \"r\", \"result\": \"fault\", \"event_record\": \"12\"}",
		       "64 hexadecimal digits");
}

static void test_truth_fault_line_has_the_reason(void **state)
{
	g_autoptr(GArray) questions =
		load("{\"rid\": \"0x0\", \"iova\": \"0xffffffffffffffff\", \"access\": \"r\", \"result\": \"fault\", "
		     "\"fault_reason\": 4, \"fault_name\": \"ADDR_BEYOND_MGAW\"}\n"
		     "{\"sid\": \"0x10\", \"iova\": 0, \"access\": \"r\", \"result\": \"fault\"}\n",
		     -1, NULL);
	const struct capture_question *rows;

	(void)state;
	assert_non_null(questions);
	assert_int_equal(questions->len, 2);
	rows = (const struct capture_question *)(void *)questions->data;
	assert_true(rows[0].fault && rows[0].has_reason && !rows[0].write);
	assert_int_equal(rows[0].reason, 4);
	assert_true(rows[0].iova == UINT64_MAX);
	assert_string_equal(rows[0].fault_name, "ADDR_BEYOND_MGAW");
	assert_int_equal(rows[1].stream, 0x10);
	assert_false(rows[1].has_reason);
}

static void test_truth_with_mistakes_names_the_line(void **state)
{
	static const char good[] = "{\"rid\": 0, \"iova\": 0, \"access\": \"r\", \"result\": \"fault\"}\n";
	g_autofree char *second = g_strconcat(good, "{\"rid\": 0, }", NULL);

	(void)state;
	expect_refused("", "no line holds a question");
	expect_refused(second, "truth.jsonl:2:");
	expect_refused("\n\n{}", "truth.jsonl:3: \"rid\" is missing");
	expect_refused("{\"rid\": 0, \"iova\": 0, \"access\": \"x\", \"result\": \"ok\"}",
		       "\"access\": expected \"r\" or \"w\", found \"x\"");
	expect_refused("{\"rid\": 0, \"iova\": 0, \"access\": \"r\", \"result\": 1}",
		       "\"result\": expected a string, found 1");
	expect_refused("{\"rid\": 0, \"iova\": 0, \"access\": \"r\", \"result\": \"ok\"}", "\"pa\" is missing");
	expect_refused(
		"{\"rid\": 0, \"iova\": 0, \"access\": \"r\", \"result\": \"ok\", \"pa\": 1, \"pass_through\": 1}",
		"\"pass_through\": expected true or false, found 1");
	expect_refused("{\"rid\": 0, \"iova\": 0, \"access\": \"r\", \"result\": \"fault\", \"fault_reason\": 65536}",
		       "\"fault_reason\": expected a number such as \"0x1000\", at most 0xffff, found 65536");
	expect_refused("[1]", "expected an object");
}

static void test_truth_with_a_null_byte_is_refused(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(load("{\"rid\": 0\0}", 11, &error));
	assert_non_null(strstr(error->message, "truth.jsonl:1: not UTF-8"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truth_ok_line_has_address_and_page),
		cmocka_unit_test(test_truth_event_record_is_little_endian),
		cmocka_unit_test(test_truth_fault_line_has_the_reason),
		cmocka_unit_test(test_truth_with_mistakes_names_the_line),
		cmocka_unit_test(test_truth_with_a_null_byte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
