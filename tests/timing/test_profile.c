/* SPDX-License-Identifier: MIT */
/* Profiles as files: each number with its origin, no key too few and none too many. */
#include "sim/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *text_of(const char *name)
{
	g_autoptr(iosim_profile) profile = iosim_profile_load(name, NULL);

	assert_non_null(profile);
	return profile_write(profile);
}

static void test_profiles_of_the_library_say_where_each_number_comes_from(void **state)
{
	(void)state;
	unsigned count = 0;

	for (const char *const *name = iosim_profile_names(); *name; name++, count++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(iosim_profile) profile = iosim_profile_load(*name, &error);
		assert_null(error);
		assert_string_equal(profile->name, *name);
		assert_non_null(iosim_profile_summary(profile));
		for (unsigned i = 0; i < PROFILE_NUMBERS; i++)
			assert_true(strlen(profile->origins[i].text) > 10);
	}
	assert_int_equal(count, 6);
}

/* And the files that are installed are what the library has. */
static void test_profiles_written_are_read_the_same(void **state)
{
	(void)state;
	for (const char *const *name = iosim_profile_names(); *name; name++) {
		g_autofree char *file = g_strconcat(*name, ".yaml", NULL);
		g_autofree char *path = g_build_filename(g_getenv("IOSIM_SOURCE_ROOT"), "profiles", file, NULL);
		g_autofree char *text = text_of(*name), *again = text_of(path);
		assert_string_equal(text, again);
		g_autoptr(iosim_profile) profile = profile_parse("text", text, strlen(text), NULL);
		g_autofree char *third = profile_write(profile);
		assert_string_equal(text, third);
	}
}

/* The text of a profile with `old` once replaced by `new`. */
static char *changed(const char *old, const char *new)
{
	g_autofree char *text = text_of("ideal");
	const char *at = strstr(text, old);

	if (!at)
		fail_msg("there is no '%s'", old);
	return g_strdup_printf("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

static void test_profile_mistakes_are_said_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *old, *new, *message;
	} rows[] = {
		{"  read-tags:", "  read-tag:",
		 "p.yaml:6:3: unknown key 'read-tag' of device; did you mean 'read-tags'?"},
		{"  in-order: {value: 0,", "  # {value: 0,", "device has no key 'in-order'"},
		{"memory:\n", "memroy:\n", "unknown key 'memroy' of the profile; did you mean 'memory'?"},
		{"unit: vtd", "unit: vdt",
		 "p.yaml:4:7: wrong value for 'unit'; expected vtd or smmuv3; did you mean 'vtd'?"},
		{"{value: 1024, source", "{value: 1024, sorce",
		 "unknown key 'sorce' of 'read-tags'; did you mean 'source'?"},
		{"{value: 1024, source", "{valeu: 1024, source",
		 "unknown key 'valeu' of 'read-tags'; did you mean 'value'?"},
		{"{value: 1024, source", "{source", "read-tags has no key 'value'"},
		{"{value: 1024, source: \"by definition: what is left is the link\"}", "{value: 1024}",
		 "'read-tags' does not say where it comes from"},
		{"{value: 1024, source: \"by definition: what is left is the link\"}", "1024",
		 "'read-tags' does not say where it comes from"},
		{"{value: 1024, source: \"by definition: what is left is the link\"}",
		 "{value: 1, source: a, calibrated-from: b}", "both source and calibrated-from"},
		{"{value: 1024, source: \"by definition: what is left is the link\"}", "{value: 1, source: \"\"}",
		 "the origin of 'read-tags' is empty"},
		{"{value: 1024,", "{value: 0,", "wrong value for 'read-tags'; expected a whole number from 1 to 1024"},
		{"{value: 1024,", "{value: 1.5,", "expected a whole number"},
		{"{value: 1024,", "{value: many,", "expected a whole number"},
		{"{value: 1024,", "{value: [1],", "expected a whole number"},
		{"read-overhead-ns: {value: 0,", "read-overhead-ns: {value: -1,", "expected a number from 0 to"},
		{"{at: {64: 0}", "{at: {64: 0, 32: 1}", "expected sizes that rise"},
		{"{at: {64: 0}", "{at: {}", "BYTES: NANOSECONDS"},
		{"{at: {64: 0}", "{at: {0: 1}", "expected a whole number from 1 to 4096"},
		{"posted-data-units: {value: 65536,", "posted-data-units: {value: 31,",
		 "room for one write of max-payload-bytes"},
		{"unit: vtd", "unit: smmuv3\nunit: vtd", "duplicate key 'unit'"},
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = changed(rows[i].old, rows[i].new);
		g_autoptr(GError) error = NULL;
		assert_null(profile_parse("p.yaml", text, strlen(text), &error));
		assert_int_equal(error->domain, IOSIM_ERROR);
		assert_true(g_str_has_prefix(error->message, "p.yaml:"));
		if (!strstr(error->message, rows[i].message))
			fail_msg("'%s' has no '%s'", error->message, rows[i].message);
	}
}

static void test_profile_levels_are_those_of_the_unit(void **state)
{
	(void)state;
	g_autofree char *text = changed("levels: {value: 4,", "levels: {value: 5,");
	g_autoptr(iosim_profile) profile = profile_parse("p.yaml", text, strlen(text), NULL);
	g_autoptr(GError) error = NULL;

	assert_non_null(profile); /* VT-d has five */
	g_autofree char *smmu = text_of("smmuv3-generic");
	char *levels = strstr(smmu, "levels: {value: 4");
	levels[strlen("levels: {value: ")] = '5';
	assert_null(profile_parse("p.yaml", smmu, strlen(smmu), &error));
	assert_non_null(strstr(error->message, "wrong value for 'levels'; expected 3 or 4"));
}

static void test_profile_of_unknown_name_says_which_is_near(void **state)
{
	(void)state;
	g_autoptr(GError) error = NULL;

	assert_null(iosim_profile_load("idael", &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT));
	assert_non_null(strstr(error->message, "did you mean 'ideal'?"));
	g_clear_error(&error);
	assert_null(iosim_profile_load("./ideal", &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_READ));
	iosim_profile_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profiles_of_the_library_say_where_each_number_comes_from),
		cmocka_unit_test(test_profiles_written_are_read_the_same),
		cmocka_unit_test(test_profile_mistakes_are_said_with_their_place),
		cmocka_unit_test(test_profile_levels_are_those_of_the_unit),
		cmocka_unit_test(test_profile_of_unknown_name_says_which_is_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
