/* SPDX-License-Identifier: MIT */
/* What `show` says of a scenario, as text and as Graphviz. */
#include "replayed.h"

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined]\n"

static const char *const text =
	HEAD "machine:\n  iommus: {u: {interrupt-remapping: false}}\n"
	     "  owners: {p1: process, v: {kind: vm}}\n  fabric: {sw: {kind: switch, acs: none}}\n"
	     "  devices:\n    nic: {under: sw, ats: true, pasid-bits: 8, vectors: 3, mdevs: {m: {pasid: 5}}}\n"
	     "    hba: {under: sw, driver: host}\n    far: {trusted: false}\n"
	     "  memory: {buf: {of: p1}}\n"
	     "run:\n  - {label: take, by: p1, take: {device: nic}, expect: rejected EPERM}\n"
	     "  - {by: p1, only: {policy: iommufd}, dma: {device: far, at: 0x1000}, expect: fault or reaches buf}\n"
	     "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n";

static char *show(const char *yaml, const char *case_name, const char *format)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_scenario) scenario = iosim_scenario_load_data("t", yaml, strlen(yaml), &error);
	char *shown;

	if (!scenario)
		print_error("%s\n", error->message);
	assert_non_null(scenario);
	shown = iosim_show(scenario, case_name, format, &error);
	if (!shown)
		assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT));
	return shown;
}

static void assert_shows(const char *shown, const char *line)
{
	if (!strstr(shown, line))
		print_error("not there: %s\nin:\n%s\n", line, shown);
	assert_non_null(strstr(shown, line));
}

static void test_show_says_what_units_and_devices_can_do(void **state)
{
	g_autofree char *shown = show(text, NULL, "text");

	(void)state;
	assert_shows(shown, "  u: VT-d (scalable mode) or SMMUv3, on at step 1, ATS, page requests, PASIDs\n");
	assert_shows(shown, "(function, free to be taken, ATS, PASIDs of 8 bits, 3 interrupt vectors)\n");
	assert_shows(shown, "  m of nic (mdev, free to be taken, PASID 0x5)\n");
	assert_shows(shown, "(function, free to be taken, not trusted)\n");
	assert_shows(shown, "(downstream port, acs: none)\n");
}

static void test_show_says_who_owns_what(void **state)
{
	g_autofree char *shown = show(text, NULL, "text");

	(void)state;
	assert_shows(shown, "owners:\n  host (kernel, drives hba)\n  p1 (process)\n  v (VM)\n");
	assert_shows(shown, "  buf of p1: 4096 bytes, hpa ");
}

static void test_show_says_what_joined_a_group(void **state)
{
	g_autofree char *shown = show(text, NULL, "text");

	(void)state;
	assert_shows(shown, "groups (rule path_acs):\n  nic hba\n"
			    "    nic: nic.port above it lacks ACS sv rr cr uf, and its neighbour hba.port does not "
			    "isolate either\n    hba: ");
	assert_shows(shown, "  far\n    far: everything above it isolates\n");
	assert_shows(shown, "  nic -> hba\n");
}

static void test_show_says_what_steps_expect(void **state)
{
	g_autofree char *shown = show(text, NULL, "text");

	(void)state;
	assert_shows(shown, "steps:\n  line 16 take: p1: take nic, expects rejected EPERM\n"
			    "  line 17: p1: dma far at 0x1000, expects fault or reaches buf [only iommufd]\n");
}

static void test_show_names_the_threads_of_parallel_steps(void **state)
{
	g_autofree char *shown = show(HEAD "machine:\n  owners: {p1: process}\n  devices: {nic: {}, hba: {}}\n"
					   "run:\n  - parallel:\n      left: [{label: l, take: {device: nic}}]\n"
					   "      right: [{label: r, take: {device: hba}}]\n"
					   "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n",
				      NULL, "text");

	(void)state;
	assert_shows(shown, " l [thread left]: p1: take nic\n");
	assert_shows(shown, " r [thread right]: p1: take hba\n");
}

static void test_show_as_dot_is_one_graph(void **state)
{
	g_autofree char *shown = show(text, NULL, "dot");

	(void)state;
	assert_true(g_str_has_prefix(shown, "digraph \"t\" {\n"));
	assert_true(g_str_has_suffix(shown, "}\n"));
	assert_shows(shown, "\"sw\" -> \"nic.port\" [dir=none];\n");
	assert_shows(shown, "\"nic\" -> \"m\" [dir=none, style=dotted];\n");
	assert_shows(shown, "subgraph \"cluster_nic\" { label=\"group\"; style=dashed; \"nic\"; \"hba\"; }\n");
	assert_shows(shown, "\"nic\" -> \"hba\" [color=red");
	assert_null(strstr(shown, "\"far\" -> "));
}

static void test_show_as_dot_keeps_cases_apart(void **state)
{
	static const char *const yaml =
		HEAD "machine:\n  owners: {p1: process}\n  devices: {nic: {}}\ncases: {one: {}, two: {}}\n"
		     "run:\n  - {take: {device: nic}}\nexpect:\n  - {policy: iommufd, verdict: safe, basis: I}\n";
	g_autofree char *both = show(yaml, NULL, "dot"), *one = show(yaml, "one", "dot");

	(void)state;
	assert_shows(both, "subgraph \"cluster two\" { label=\"case two\";\n");
	assert_shows(both, "\"two/nic.port\" -> \"two/nic\" [dir=none];\n");
	assert_null(strstr(one, "two/"));
	assert_null(show(yaml, "three", "dot"));
	assert_null(show(yaml, NULL, "svg"));
}

static void test_show_names_a_split_step(void **state)
{
	static const char *const yaml =
		HEAD "machine:\n  owners: {p1: process}\n  devices: {nic: {}}\n"
		     "run:\n  - parallel:\n      one: [{split: true, take: {device: nic}}]\n      two: [{run: all}]\n"
		     "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n";
	g_autofree char *shown = show(yaml, NULL, "text");

	(void)state;
	assert_shows(shown, " [thread one, split]: p1: take nic\n");
	assert_shows(shown, " [thread two]: run all\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show_says_what_units_and_devices_can_do),
		cmocka_unit_test(test_show_says_who_owns_what),
		cmocka_unit_test(test_show_says_what_joined_a_group),
		cmocka_unit_test(test_show_says_what_steps_expect),
		cmocka_unit_test(test_show_names_the_threads_of_parallel_steps),
		cmocka_unit_test(test_show_names_a_split_step),
		cmocka_unit_test(test_show_as_dot_is_one_graph),
		cmocka_unit_test(test_show_as_dot_keeps_cases_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
