/* SPDX-License-Identifier: MIT */
/* Places in a text, and messages that point at them. */
#include "scenario/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *message_of(const char *text, size_t bytes, struct problem problem)
{
	struct source source;
	GError *error = NULL;
	char *message;

	source_init(&source, "f", text, bytes);
	assert_false(source_fail(&source, &problem, &error, "%s", "wrong"));
	message = g_strdup(error->message);
	g_error_free(error);
	source_clear(&source);
	return message;
}

static void assert_message(const char *text, struct problem problem, const char *expected)
{
	g_autofree char *message = message_of(text, strlen(text), problem);

	assert_string_equal(message, expected);
}

static void test_source_problem_with_all_parts_is_one_sentence(void **state)
{
	struct problem problem = {SCENARIO_ERROR_MEANING, {2, 3}, "this", "that", "those"};

	(void)state;
	assert_message("one\ntwo\n", problem,
		       "f:2:3: wrong; expected this, found that; did you mean 'those'?\n  two\n    ^");
	problem.expected = NULL;
	assert_message("one\ntwo\n", problem, "f:2:3: wrong; found that; did you mean 'those'?\n  two\n    ^");
	problem.place.line = 0;
	assert_message("one\ntwo\n", problem, "f: wrong; found that; did you mean 'those'?");
}

static void test_source_caret_counts_characters_and_cells(void **state)
{
	struct problem problem = {SCENARIO_ERROR_MEANING, {1, 4}, NULL, NULL, NULL};

	(void)state;
	assert_message("\xc3\xa9\xc3\xa9\xc3\xa9x", problem, "f:1:4: wrong\n  \xc3\xa9\xc3\xa9\xc3\xa9x\n     ^");
	/* Two wide characters take four cells, a combining one none. */
	assert_message("\xe6\x97\xa5\xe6\x9c\xac"
		       "e\xcc\x81x",
		       problem,
		       "f:1:4: wrong\n  \xe6\x97\xa5\xe6\x9c\xac"
		       "e\xcc\x81x\n       ^");
	assert_message("\ta\tb", problem, "f:1:4: wrong\n   a b\n     ^");
}

static void test_source_long_line_is_cut_around_the_place(void **state)
{
	g_autofree char *text = g_strnfill(5000, 'a');
	g_autofree char *message = NULL;
	g_auto(GStrv) lines = NULL;

	(void)state;
	text[2999] = 'X';
	message = message_of(text, 5000, (struct problem){SCENARIO_ERROR_MEANING, {1, 3000}, NULL, NULL, NULL});
	lines = g_strsplit(message, "\n", -1);
	assert_int_equal(g_strv_length(lines), 3);
	assert_true(strlen(lines[1]) < 160);
	assert_true(g_str_has_prefix(lines[1], "  ...a"));
	assert_true(g_str_has_suffix(lines[1], "a..."));
	assert_int_equal(strchr(lines[2], '^') - lines[2], strchr(lines[1], 'X') - lines[1]);
}

static void test_source_bytes_that_are_no_text_are_replaced(void **state)
{
	g_autofree char *message = message_of("a\x1b\xff"
					      "b",
					      4, (struct problem){SCENARIO_ERROR_SYNTAX, {1, 3}, NULL, NULL, NULL});

	(void)state;
	assert_string_equal(message, "f:1:3: wrong\n  a\xef\xbf\xbd\xef\xbf\xbd"
				     "b\n    ^");
}

static void test_source_long_quotes_are_cut(void **state)
{
	g_autofree char *name = g_strnfill(100000, 'n');
	struct problem problem = {SCENARIO_ERROR_MEANING, {1, 1}, name, NULL, NULL};
	g_autofree char *message = message_of("x", 1, problem);

	(void)state;
	assert_true(strlen(message) < 1000);
	assert_true(g_str_has_suffix(message, "n...\n  x\n  ^"));
}

static void test_source_places_and_offsets_are_inverse(void **state)
{
	const char *text = "ab\r\nc\xc3\xa9"
			   "d\re\n";
	static const struct {
		size_t offset;
		struct place place;
	} rows[] = {{0, {1, 1}}, {1, {1, 2}}, {4, {2, 1}}, {5, {2, 2}}, {7, {2, 3}}, {9, {3, 1}}, {11, {4, 1}}};
	struct source source;

	(void)state;
	source_init(&source, "f", text, strlen(text));
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct place place = source_place(&source, rows[i].offset);

		assert_int_equal(place.line, rows[i].place.line);
		assert_int_equal(place.column, rows[i].place.column);
		assert_int_equal(source_offset(&source, rows[i].place), rows[i].offset);
	}
	assert_int_equal(source_offset(&source, (struct place){9, 1}), strlen(text));
	source_clear(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source_problem_with_all_parts_is_one_sentence),
		cmocka_unit_test(test_source_caret_counts_characters_and_cells),
		cmocka_unit_test(test_source_long_line_is_cut_around_the_place),
		cmocka_unit_test(test_source_bytes_that_are_no_text_are_replaced),
		cmocka_unit_test(test_source_long_quotes_are_cut),
		cmocka_unit_test(test_source_places_and_offsets_are_inverse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
