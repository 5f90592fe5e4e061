/* SPDX-License-Identifier: MIT */
/* Parts of a scenario as texts of their own. */
#include "scenario/excerpt.h"

#include "loaded.h"

static const char text[] = HEAD "machine:\n"
				"  owners: {qemu: {kind: process}}\n"
				"  devices: {nic: {driver: host}}\n"
				"  memory: {p: {of: qemu, size: 8K}}\n"
				"let: {i: 0x10000}\n"
				"cases: {small: {memory: {p: {size: 4K}}}, large: {}}\n"
				"run:\n"
				"  - {label: taken, take: {device: nic}, expect: ok or rejected EPERM}\n"
				"  - {space: {}, as: v}\n"
				"  - only: {case: small}\n"
				"    do:\n"
				"      - {map: {space: v, at: i+0x1000, to: p}}\n"
				"      - destroy:\n"
				"          space: 'v'\n" TAIL;

static void test_excerpt_takes_the_case_and_the_steps_asked_for(void **state)
{
	(void)state;
	struct scenario *scenario = load(text);
	const struct excerpt_step steps[] = {{.step = 3, .label = "last"}, {.step = 0, .expect = "fault"}};
	char *out = scenario_excerpt(scenario, 0, steps, 2);

	assert_string_equal(out, "machine:\n"
				 "  owners: {qemu: {kind: process}}\n"
				 "  devices: {nic: {driver: host}}\n"
				 "  memory: {p: {of: qemu, size: 4K}}\n"
				 "let:\n"
				 "  i: 0x10000\n"
				 "run:\n"
				 "  - {label: last, destroy: {space: 'v'}}\n"
				 "  - {take: {device: nic}, expect: fault}\n");
	g_free(out);
	out = scenario_excerpt(scenario, 1, NULL, 0);
	assert_non_null(strstr(out, "  memory: {p: {of: qemu, size: 8K}}\n"));
	g_free(out);
	scenario_free(scenario);
}

static void test_excerpt_names_what_is_made_again_anew(void **state)
{
	(void)state;
	struct scenario *scenario = load(text);
	const struct excerpt_step steps[] = {{.step = 1}, {.step = 2}, {.step = 3},
					     {.step = 1}, {.step = 2}, {.step = 3}};
	char *out = scenario_excerpt(scenario, 0, steps, 6);

	assert_non_null(strstr(out, "run:\n"
				    "  - {space: {}, as: v}\n"
				    "  - {map: {space: v, at: i+0x1000, to: p}}\n"
				    "  - {destroy: {space: 'v'}}\n"
				    "  - {space: {}, as: v2}\n"
				    "  - {map: {space: v2, at: i+0x1000, to: p}}\n"
				    "  - {destroy: {space: v2}}\n"));
	g_free(out);
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_excerpt_takes_the_case_and_the_steps_asked_for),
		cmocka_unit_test(test_excerpt_names_what_is_made_again_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
