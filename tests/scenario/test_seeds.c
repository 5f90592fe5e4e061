/* SPDX-License-Identifier: MIT */
/* The seeds of the loader's fuzz target that are meant to be scenarios: one of them uses everything. */
#include "loaded.h"

static void assert_seed_loads(const char *name)
{
	const char *root = g_getenv("IOSIM_SOURCE_ROOT");
	g_autofree char *path = g_build_filename(root ? root : ".", "tests", "scenario", "seeds", name, NULL);
	GError *error = NULL;
	struct scenario *scenario = scenario_load_file(path, &test_tables, &error);

	if (!scenario)
		fail_msg("%s", error->message);
	scenario_free(scenario);
}

static void test_seeds_that_are_good_load(void **state)
{
	(void)state;
	assert_seed_loads("everything.yaml");
	assert_seed_loads("least.yaml");
	assert_seed_loads("objects.yaml");
}

/* Fuzzing begins with all that devices can be told. */
static void test_seed_everything_has_every_operation_of_devices(void **state)
{
	const char *root = g_getenv("IOSIM_SOURCE_ROOT");
	g_autofree char *path =
		g_build_filename(root ? root : ".", "tests", "scenario", "seeds", "everything.yaml", NULL);
	g_autofree char *text = NULL;

	(void)state;
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	for (enum operation operation = OP_PASID_ENABLE; operation <= OP_RUN; operation++) {
		g_autofree char *key = g_strdup_printf("%s:", operation_name(operation));

		if (!strstr(text, key))
			fail_msg("no step does %s", operation_name(operation));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds_that_are_good_load),
		cmocka_unit_test(test_seed_everything_has_every_operation_of_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
