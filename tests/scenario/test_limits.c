/* SPDX-License-Identifier: MIT */
/* Files that are too large in one way or another, and files that cannot be read. */
#include "loaded.h"

#include <glib/gstdio.h>
#include <time.h>
#include <unistd.h>

/* Refused with that first line (behind "t.yaml"); and in time linear in the file. */
static void refuse(const char *text, size_t bytes, const char *message)
{
	GError *error = NULL;
	clock_t begin = clock();
	struct scenario *scenario = scenario_load_data("t.yaml", text, bytes, &test_tables, &error);
	double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
	g_autofree char *line = NULL;

	assert_null(scenario);
	assert_true(strlen(error->message) < 2000);
	line = g_strndup(error->message, strcspn(error->message, "\n"));
	assert_string_equal(line, message);
	assert_true(seconds < 10); /* a hundredth of it is usual; more than linear time would be far more */
	g_error_free(error);
}

static void test_garbage_of_10_megabytes_is_refused_quickly(void **state)
{
	size_t bytes = 10u << 20;
	g_autofree char *garbage = g_malloc(bytes);
	uint64_t random = 1;

	(void)state;
	for (size_t i = 0; i < bytes; i++) {
		random = random * UINT64_C(6364136223846793005) + 1;
		garbage[i] = (char)(random >> 56);
	}
	refuse(garbage, bytes, "t.yaml:1:1: the file is too large; expected at most 1 MiB");
	refuse(garbage, 1u << 20, "t.yaml:1:2: not UTF-8; expected UTF-8 text");
}

/* A megabyte of one piece of YAML after the other. */
static void test_megabytes_of_yaml_are_refused_quickly(void **state)
{
	static const struct {
		const char *piece, *message;
	} rows[] = {
		{"a",
		 "t.yaml:1:1: this is no scenario; expected a scenario: a mapping with name, title, machine, run ..., "
		 "found 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'"},
		{"[", "t.yaml:1:17: nested too deeply; expected at most 16 levels"},
		{"- ", "t.yaml:1:33: nested too deeply; expected at most 16 levels"},
		{"? ", "t.yaml:1:3: a key must be a word; expected a name"},
		{"{a: ", "t.yaml:1:65: nested too deeply; expected at most 16 levels"},
		{"a: b\n", "t.yaml:2:1: duplicate key 'a'; expected each key once, found it on line 1 too"},
		{"- a\n",
		 "t.yaml:1:1: this is no scenario; expected a scenario: a mapping with name, title, machine, run "
		 "..., found a list"},
		{"# c\n", "t.yaml:1:1: the file is empty; expected a scenario"},
		{"---\n", "t.yaml:2:1: a second document; expected one scenario a file"},
		{"&a ", "t.yaml:1:1: anchors and tags are not part of the language; expected a plain value"},
		{"\n", "t.yaml:1:1: the file is empty; expected a scenario"},
		{"\"", "t.yaml:1:3: not YAML: did not find expected <document start>"},
		{"!", "t.yaml:1:1: anchors and tags are not part of the language; expected a plain value"},
		{"%", "t.yaml:1:2: not YAML: could not find expected directive name"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) text = g_string_new(NULL);

		while (text->len + strlen(rows[i].piece) <= SCENARIO_MAX_FILE_BYTES)
			g_string_append(text, rows[i].piece);
		refuse(text->str, text->len, rows[i].message);
	}
}

/* `count` pieces with their number for %u between head and tail. */
static char *many(const char *head, const char *piece, unsigned count, const char *tail)
{
	GString *text = g_string_new(head);
	g_auto(GStrv) halves = g_strsplit(piece, "%u", 2);

	for (unsigned i = 0; i < count; i++) {
		g_string_append(text, halves[0]);
		if (halves[1])
			g_string_append_printf(text, "%u%s", i, halves[1]);
	}
	g_string_append(text, tail);
	return g_string_free(text, FALSE);
}

static void test_tables_with_too_many_rows_are_refused(void **state)
{
	g_autofree char *names = many(HEAD "machine:\n  owners:\n", "    o%u: process\n", SCENARIO_MAX_NAMES,
				      "run: [{run: all}]\n" TAIL);
	g_autofree char *steps = many(HEAD "machine: {}\nrun:\n", "  - {run: all}\n", SCENARIO_MAX_STEPS + 1, TAIL);
	g_autofree char *cases =
		many(HEAD "machine: {}\ncases:\n", "  c%u: {}\n", SCENARIO_MAX_CASES + 1, "run: [{run: all}]\n" TAIL);
	g_autofree char *rows = many(HEAD "machine: {}\nrun: [{run: all}]\nexpect:\n",
				     "  - {policy: iommufd, verdict: safe, basis: K}\n", SCENARIO_MAX_ROWS + 1, "");
	g_autofree char *items = many(HEAD "machine: {}\nrun: [{label: a, run: all}]\nexpect:\n  - policy: iommufd\n"
					   "    basis: K\n    verdict:\n",
				      "      - fault at a%u\n", SCENARIO_MAX_ITEMS + 1, "");
	g_autofree char *words = many(HEAD MACHINE "run: [{dma: {device: d, at: 0}, expect: ok", " or ok",
				      STEP_MAX_ALTERNATIVES, "}]\n" TAIL);

	(void)state;
	refuse(names, strlen(names), "t.yaml:521:5: too many names; expected at most 512");
	refuse(steps, strlen(steps), "t.yaml:266:5: too many steps; expected at most 256");
	refuse(cases, strlen(cases), "t.yaml:26:3: too many cases; expected at most 16");
	refuse(rows, strlen(rows), "t.yaml:75:5: too many rows; expected at most 64");
	refuse(items, strlen(items), "t.yaml:46:9: too many items; expected at most 32");
	refuse(words, strlen(words), "t.yaml:15:65: too many alternatives; expected at most 4");
}

static void test_tables_that_are_just_full_are_accepted(void **state)
{
	g_autofree char *steps = many(HEAD "machine: {}\nrun:\n", "  - {run: all}\n", SCENARIO_MAX_STEPS, TAIL);
	g_autofree char *cases =
		many(HEAD "machine: {}\ncases:\n", "  c%u: {}\n", SCENARIO_MAX_CASES, "run: [{run: all}]\n" TAIL);
	struct scenario *scenario = load(steps);

	(void)state;
	assert_int_equal(scenario->cases[0].step_count, SCENARIO_MAX_STEPS);
	scenario_free(scenario);
	scenario = load(cases);
	assert_int_equal(scenario->case_count, SCENARIO_MAX_CASES);
	scenario_free(scenario);
}

/* Each prefix of a good file is refused or accepted, and nothing else happens; the sanitizers watch. */
static void test_prefixes_of_a_good_file_are_harmless(void **state)
{
	static const char text[] =
		RUN("  - {by: p1, space: {pages: [4K]}, as: s, label: x}\n"
		    "  - {dma: {device: d, at: gpa(q)+1, access: write}, expect: fault or reaches q}\n"
		    "  - {check: {device: d, group: [d, e]}}\n");

	(void)state;
	for (size_t bytes = 0; bytes < sizeof(text); bytes++) {
		g_autofree char *copy = g_memdup2(text, bytes ? bytes : 1); /* exact, so that reading on is seen */
		GError *error = NULL;
		struct scenario *scenario = scenario_load_data("t.yaml", copy, bytes, &test_tables, &error);

		assert_true((scenario == NULL) == (error != NULL));
		scenario_free(scenario);
		g_clear_error(&error);
	}
}

/* --- files --- */

static void refuse_file(const char *path, enum scenario_error_code code, const char *message)
{
	GError *error = NULL;

	assert_null(scenario_load_file(path, &test_tables, &error));
	assert_int_equal(error->code, code);
	assert_true(g_str_has_prefix(error->message, message));
	g_error_free(error);
}

static void test_files_that_cannot_be_read_say_why(void **state)
{
	(void)state;
	refuse_file("no/such.yaml", SCENARIO_ERROR_READ, "no/such.yaml: No such file or directory");
	refuse_file("/", SCENARIO_ERROR_READ, "/: Is a directory");
	if (g_access("/dev/zero", R_OK) == 0)
		refuse_file("/dev/zero", SCENARIO_ERROR_SYNTAX,
			    "/dev/zero:1:1: the file is too large; expected at most 1 MiB\n");
}

static void test_files_are_named_after_their_scenario(void **state)
{
	g_autofree char *folder = g_dir_make_tmp("scenario-XXXXXX", NULL);
	g_autofree char *good = g_build_filename(folder, "t.yaml", NULL);
	g_autofree char *bad = g_build_filename(folder, "u.yaml", NULL);
	g_autofree char *message =
		g_strdup_printf("%s:1:7: the file is not named after the scenario 't'; expected t.yaml, "
				"found 'u.yaml'\n  name: t\n        ^",
				bad);
	static const char text[] = HEAD "machine: {}\nrun: [{run: all}]\n" TAIL;
	struct scenario *scenario;

	(void)state;
	assert_true(g_file_set_contents(good, text, -1, NULL));
	assert_true(g_file_set_contents(bad, text, -1, NULL));
	scenario = scenario_load_file(good, &test_tables, NULL);
	assert_non_null(scenario);
	assert_string_equal(scenario->path, good);
	assert_int_equal(scenario->text_bytes, strlen(text));
	scenario_free(scenario);
	refuse_file(bad, SCENARIO_ERROR_MEANING, message);
	g_unlink(good);
	g_unlink(bad);
	g_rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage_of_10_megabytes_is_refused_quickly),
		cmocka_unit_test(test_megabytes_of_yaml_are_refused_quickly),
		cmocka_unit_test(test_tables_with_too_many_rows_are_refused),
		cmocka_unit_test(test_tables_that_are_just_full_are_accepted),
		cmocka_unit_test(test_prefixes_of_a_good_file_are_harmless),
		cmocka_unit_test(test_files_that_cannot_be_read_say_why),
		cmocka_unit_test(test_files_are_named_after_their_scenario),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
