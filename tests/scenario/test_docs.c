/* SPDX-License-Identifier: MIT */
/* docs/scenario-language.md names all that the loader's tables have, and its examples are true. */
#include "scenario/heading.h"
#include "scenario/machine.h"
#include "scenario/operations.h"
#include "scenario/rows.h"
#include "scenario/steps.h"

#include "loaded.h" /* behind the loader's headers: CMocka has macros with common names */

static char *page;

static int read_page(void **state)
{
	const char *root = g_getenv("IOSIM_SOURCE_ROOT");
	g_autofree char *path = g_build_filename(root ? root : ".", "docs", "scenario-language.md", NULL);

	(void)state;
	return g_file_get_contents(path, &page, NULL, NULL) ? 0 : -1;
}

static int free_page(void **state)
{
	(void)state;
	g_free(page);
	return 0;
}

/* The first block of that language behind `from`. */
static char *block(const char *fence, const char *from)
{
	const char *begin = strstr(from, fence);
	const char *end = begin ? strstr(begin + strlen(fence), "\n```") : NULL;

	assert_non_null(end);
	return g_strndup(begin + strlen(fence), (gsize)(end + 1 - begin - (gssize)strlen(fence)));
}

/* `name`, or `name*` where it is required. */
static void assert_named(const char *name)
{
	g_autofree char *plain = g_strdup_printf("`%s`", name);
	g_autofree char *required = g_strdup_printf("`%s*`", name);

	if (!strstr(page, plain) && !strstr(page, required))
		fail_msg("docs/scenario-language.md does not name %s", plain);
}

static void assert_keys_named(const struct key_row *rows)
{
	for (; rows->name; rows++)
		assert_named(rows->name);
}

/* The row of the operations' table that describes the operation. */
static char *line_of(const char *operation)
{
	g_autofree char *start = g_strdup_printf("\n| `%s`", operation);
	g_autofree char *second = g_strdup_printf(", `%s` |", operation);
	const char *table = strstr(page, "### Operations");
	const char *begin = strstr(table, start);

	if (!begin) {
		const char *inside = strstr(table, second);

		assert_non_null(inside);
		for (begin = inside; *begin != '\n'; begin--)
			;
	}
	return g_strndup(begin + 1, strcspn(begin + 1, "\n"));
}

static void test_docs_name_every_key(void **state)
{
	(void)state;
	assert_keys_named(top_keys);
	assert_keys_named(source_keys + 2); /* author and date are in the example of the list */
	assert_keys_named(machine_keys);
	for (const struct key_row *table = machine_keys; table->name; table++)
		if (table->keys != device_keys)
			assert_keys_named(table->keys);
	for (const struct key_row *key = device_keys; key->name; key++)
		assert_non_null(strstr(page, key->name));
	assert_keys_named(step_keys);
	assert_keys_named(row_keys);
}

static void test_docs_describe_every_operation_with_its_keys(void **state)
{
	(void)state;
	for (int i = 0; i < OPERATIONS; i++) {
		g_autofree char *line = line_of(operation_rows[i].name);

		for (const struct key_row *key = operation_rows[i].keys; key->name; key++) {
			g_autofree char *text = g_strdup_printf(key->required ? "`%s*`" : "`%s`", key->name);

			if (!strstr(line, text))
				fail_msg("%s: no %s in: %s", operation_rows[i].name, text, line);
			for (const struct word *word = key->words; word && word->name; word++)
				if (!strstr(line, word->name) && strcmp(key->name, "access") != 0)
					fail_msg("%s: %s can be %s", operation_rows[i].name, key->name, word->name);
		}
	}
}

static void test_docs_say_who_acts(void **state)
{
	static const char *const actors[] = {
		[ACTOR_NONE] = "| never |", [ACTOR_OWNER] = "| owner |",   [ACTOR_DECLARED] = "| owner, not host |",
		[ACTOR_HOST] = "| host |",  [ACTOR_DEVICE] = "| nobody |", [ACTOR_GUEST] = "| owner, a vm |",
	};

	(void)state;
	for (int i = 0; i < OPERATIONS; i++) {
		g_autofree char *line = line_of(operation_rows[i].name);

		if (!strstr(line, actors[operation_rows[i].actor]))
			fail_msg("expected %s in: %s", actors[operation_rows[i].actor], line);
	}
}

static void test_docs_example_is_a_scenario(void **state)
{
	g_autofree char *example = block("```yaml\n", page);
	struct scenario *scenario = load(example);

	(void)state;
	assert_string_equal(scenario->name, "example");
	assert_int_equal(scenario->cases[0].step_count, 7);
	scenario_free(scenario);
}

static void test_docs_error_is_what_is_said(void **state)
{
	static const char text[] = RUN("  - {by: p1, take: {devise: d}}\n");
	g_autofree char *shown = block("```\n", strstr(page, "## 6. Errors"));
	GError *error = NULL;
	const char *behind_place;

	(void)state;
	assert_null(scenario_load_data("t.yaml", text, strlen(text), &test_tables, &error));
	behind_place = strstr(shown, "unknown");
	g_strchomp(shown);
	assert_non_null(behind_place);
	assert_true(g_str_has_suffix(error->message, behind_place));
	g_error_free(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docs_name_every_key),
		cmocka_unit_test(test_docs_describe_every_operation_with_its_keys),
		cmocka_unit_test(test_docs_say_who_acts),
		cmocka_unit_test(test_docs_example_is_a_scenario),
		cmocka_unit_test(test_docs_error_is_what_is_said),
	};

	return cmocka_run_group_tests(tests, read_page, free_page);
}
