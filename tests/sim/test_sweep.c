/* SPDX-License-Identifier: MIT */
/* Sweeps and what separates a knob's values, through the public interface. */
#include "replayed.h"

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined, unmap-effective, group-single-owner, pin-outlives-translation]\n"

/* Two functions without ACS between them, one driven by the kernel. */
#define GROUP                                                                                             \
	HEAD "machine:\n  owners: {p1: process}\n"                                                        \
	     "  devices: {x: {functions: {f0: {}, f1: {driver: host}}}}\ncases: {as-is: {}, other: {}}\n" \
	     "run:\n  - {label: take, take: {device: f0}}\n"

/* An unmap whose flush is deferred. */
#define FLUSH                                                                                       \
	HEAD "machine:\n  owners: {p1: process}\n  devices: {nic: {driver: host}}\n"                \
	     "  memory: {buf: {of: host}}\nrun:\n"                                                  \
	     "  - {by: host, dma-map: {device: nic, memory: buf}, as: i}\n"                         \
	     "  - {by: host, dma: {device: nic, at: i}, expect: reaches buf}\n"                     \
	     "  - {by: host, dma-unmap: {handle: i}}\n"                                             \
	     "  - {label: late, by: host, dma: {device: nic, at: i}, expect: fault}\n"              \
	     "expect:\n  - {policy: kernel-dma, verdict: safe, basis: I}\n"                         \
	     "  - {policy: kernel-dma, set: {flush_mode: lazy}, verdict: violates unmap-effective " \
	     "at late, basis: I}\n"

static iosim_scenario *load(const char *text)
{
	g_autoptr(GError) error = NULL;
	iosim_scenario *scenario = iosim_scenario_load_data("t", text, strlen(text), &error);

	if (!scenario)
		print_error("%s\n", error->message);
	assert_non_null(scenario);
	return scenario;
}

static iosim_sweep *sweep_of(const char *knob, const char *text, const iosim_replay_options *options)
{
	g_autoptr(iosim_scenario) scenario = load(text);
	iosim_sweep *sweep = iosim_sweep_new(knob, options, NULL);

	assert_non_null(sweep);
	assert_true(iosim_sweep_add(sweep, scenario, NULL));
	return sweep;
}

#define GROUP_ROWS                                                                                 \
	"expect:\n  - {policy: iommufd, case: as-is, verdict: rejected EPERM at take, basis: I}\n" \
	"  - {policy: vfio-type1, verdict: rejected EPERM at take, basis: I}\n"

static void test_sweep_runs_what_the_rows_are_about(void **state)
{
	g_autoptr(iosim_sweep) sweep = sweep_of("group_check_point", GROUP GROUP_ROWS, NULL);
	static const char *const runs[] = {"vfio-type1 as-is vtd", "vfio-type1 as-is smmuv3",
					   "vfio-type1 other vtd", "vfio-type1 other smmuv3",
					   "iommufd as-is vtd",    "iommufd as-is smmuv3"};

	(void)state;
	assert_int_equal(iosim_sweep_rows(sweep), G_N_ELEMENTS(runs));
	for (unsigned i = 0; i < G_N_ELEMENTS(runs); i++) {
		g_autofree char *run = NULL;
		iosim_sweep_row row;

		assert_true(iosim_sweep_get_row(sweep, i, &row));
		run = g_strdup_printf("%s %s %s", row.policy, row.case_name, row.iommu);
		assert_string_equal(run, runs[i]);
	}
	assert_false(iosim_sweep_get_row(sweep, G_N_ELEMENTS(runs), &(iosim_sweep_row){0}));
}

static void test_sweep_has_a_verdict_of_each_value(void **state)
{
	g_autoptr(iosim_sweep) sweep = sweep_of("group_check_point", GROUP GROUP_ROWS, NULL);
	iosim_sweep_row row;

	(void)state;
	assert_int_equal(iosim_sweep_values(sweep), 5);
	assert_string_equal(iosim_sweep_value(sweep, 0), "get_device_fd");
	assert_string_equal(iosim_sweep_value(sweep, 3), "none");
	assert_string_equal(iosim_sweep_value(sweep, 4), "every_command");
	assert_null(iosim_sweep_value(sweep, 5));
	assert_true(iosim_sweep_get_row(sweep, 0, &row));
	assert_true(row.differs);
	assert_int_equal(row.usual, 1);
	assert_string_equal(row.verdicts[0], "rejected EINVAL at take");
	assert_string_equal(row.verdicts[1], "rejected EPERM at take");
	assert_string_equal(row.verdicts[3], "violates group-single-owner at take");
	assert_true(iosim_sweep_get_row(sweep, 4, &row));
	assert_int_equal(row.usual, 2);
}

static void test_sweep_settings_hold_for_every_value(void **state)
{
	static const char *const settings[] = {"kernel=5.18", NULL};
	iosim_replay_options options = {.settings = settings, .policy = "vfio-type1", .iommu = "vtd"};
	g_autoptr(iosim_sweep) sweep = sweep_of("late_bind", GROUP GROUP_ROWS, &options);
	g_autofree char *text = iosim_sweep_format(sweep, "text", TRUE, NULL);
	iosim_sweep_row row;

	(void)state;
	assert_int_equal(iosim_sweep_rows(sweep), 2);
	assert_true(iosim_sweep_get_row(sweep, 0, &row));
	assert_string_equal(row.verdicts[1], "rejected EINVAL at take");
	assert_int_equal(row.usual, 0);
	assert_non_null(strstr(text, "late_bind, with kernel=5.18\n"));
}

static void test_sweep_policy_without_row_is_a_what_if(void **state)
{
	iosim_replay_options options = {.policy = "iommufd", .iommu = "vtd"};
	g_autoptr(iosim_sweep) sweep = sweep_of("group_check_point", GROUP GROUP_ROWS, &options);
	iosim_sweep_row row;

	(void)state;
	assert_int_equal(iosim_sweep_rows(sweep), 2);
	assert_true(iosim_sweep_get_row(sweep, 1, &row));
	assert_string_equal(row.case_name, "other");
}

static void refused(const char *knob, const iosim_replay_options *options, const char *message)
{
	g_autoptr(GError) error = NULL;

	assert_null(iosim_sweep_new(knob, options, &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT));
	assert_string_equal(error->message, message);
}

static void test_sweep_of_what_is_not_there_is_refused(void **state)
{
	static const char *const same[] = {"flush_mode=lazy", NULL}, *const wrong[] = {"kernel=1", NULL};
	g_autoptr(iosim_sweep) sweep = iosim_sweep_new("kernel", NULL, NULL);
	g_autoptr(GError) error = NULL;

	(void)state;
	refused("kernal", NULL, "unknown knob 'kernal'; did you mean 'kernel'?");
	refused("kernel", &(iosim_replay_options){.policy = "iomufd"},
		"unknown policy 'iomufd'; did you mean 'iommufd'?");
	refused("kernel", &(iosim_replay_options){.order = "a:b"}, "a sweep runs every order, not one");
	refused("kernel", &(iosim_replay_options){.free_hardware = TRUE},
		"a sweep leaves hardware as the scenario has it");
	refused("late_bind", &(iosim_replay_options){.settings = wrong}, "unknown value of kernel '1'");
	refused("kernel_dma", &(iosim_replay_options){.settings = same},
		"'flush_mode=lazy' sets the knob that is swept");
	assert_null(iosim_sweep_format(sweep, "tap", FALSE, &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT));
}

static void test_sweep_text_is_a_table_with_notes(void **state)
{
	g_autoptr(iosim_sweep) sweep = sweep_of("flush_mode", FLUSH, NULL);
	g_autoptr(iosim_sweep) same = sweep_of("late_bind", FLUSH, NULL);
	g_autofree char *text = iosim_sweep_format(sweep, "text", FALSE, NULL);
	g_autofree char *none = iosim_sweep_format(same, "text", FALSE, NULL);
	g_autofree char *all = iosim_sweep_format(same, "text", TRUE, NULL);

	(void)state;
	assert_string_equal(text, "flush_mode\n"
				  "scenario  policy      case  iommu        strict  lazy\n"
				  "t         kernel-dma  -     vtd, smmuv3  safe *  violates [1]\n"
				  "[1] violates unmap-effective at late\n"
				  "*: the policy's own value\n"
				  "1 of 1 rows depend on flush_mode\n");
	assert_string_equal(none, "late_bind\n0 of 1 rows depend on late_bind\n");
	assert_non_null(strstr(all, "safe   safe *       safe\n*: the policy's own value\n1 rows\n"));
}

static void test_sweep_json_has_every_row(void **state)
{
	g_autoptr(iosim_sweep) sweep = sweep_of("kernel_dma", FLUSH, NULL);
	g_autofree char *json = iosim_sweep_format(sweep, "json", FALSE, NULL);

	(void)state;
	assert_non_null(strstr(json, "\"iommu\" : \"vtd\""));
	assert_non_null(strstr(json, "\"iommu\" : \"smmuv3\""));
	assert_non_null(strstr(json, "\"lazy\" : \"violates unmap-effective at late\""));
	assert_non_null(strstr(json, "\"default\" : \"strict\""));
}

/* --- what separates --- */

static char *knobs(const char *text)
{
	g_autoptr(iosim_scenario) scenario = load(text);
	const iosim_scenario *const scenarios[] = {scenario};

	return iosim_list_knobs(scenarios, 1, "text", NULL);
}

/* What is said about a knob: from its line to the next knob's. The caller frees. */
static char *about(const char *list, const char *knob)
{
	g_autofree char *line = g_strdup_printf("\n%s ", knob);
	const char *begin = g_str_has_prefix(list, line + 1) ? list : strstr(list, line), *end;

	assert_non_null(begin);
	for (end = strchr(begin + 1, '\n'); end && g_str_has_prefix(end, "\n    "); end = strchr(end + 1, '\n'))
		;
	return end ? g_strndup(begin, (gsize)(end + 1 - begin)) : g_strdup(begin);
}

static void assert_separated(const char *text, const char *knob, const char *separated)
{
	g_autofree char *list = knobs(text), *entry = about(list, knob);

	if (!strstr(entry, separated))
		print_error("%s\n", entry);
	assert_non_null(strstr(entry, separated));
}

static void test_knobs_have_values_and_defaults(void **state)
{
	g_autofree char *list = iosim_list_knobs(NULL, 0, "text", NULL);
	g_autofree char *mode = about(list, "kernel_dma"), *alias = about(list, "flush_mode");
	g_autofree char *json = iosim_list_knobs(NULL, 0, "json", NULL);

	(void)state;
	assert_non_null(strstr(mode, "    values: strict, lazy, identity\n    default: strict; identity: noiommu\n"));
	assert_non_null(strstr(alias, "    same as: kernel_dma\n"));
	assert_null(strstr(list, "separated"));
	assert_non_null(strstr(list, "    since 6.2: iommufd exists\n        Jason Gunthorpe 2022-11-16, "));
	assert_non_null(strstr(json, "\"since\" : \"6.2\""));
	assert_non_null(strstr(json, "\"noiommu\" : \"identity\""));
	assert_null(iosim_list_knobs(NULL, 0, "xml", NULL));
}

static void test_knobs_are_separated_by_rows_that_differ_in_them_alone(void **state)
{
	(void)state;
	assert_separated(FLUSH, "kernel_dma", "separated by: t (strict | lazy)\n");
	assert_separated(FLUSH, "kernel", "separated by: none of them\n");
	assert_separated(GROUP GROUP_ROWS, "user_api", "none of them");
	assert_separated(GROUP "expect:\n  - {policy: iommufd, verdict: rejected EPERM at take, basis: I}\n"
			       "  - {policy: vfio-type1, verdict: safe, basis: I}\n",
			 "user_api", "t (vfio-type1 | iommufd)\n");
	/* A row with two settings says nothing about either alone. */
	assert_separated(GROUP "expect:\n  - {policy: iommufd, verdict: rejected EPERM at take, basis: I}\n"
			       "  - {policy: iommufd, set: {kernel: 6.6, group_check_point: none}, verdict: safe, "
			       "basis: I}\n",
			 "group_check_point", "none of them");
	/* Nor do rows of different cases. */
	assert_separated(GROUP
			 "expect:\n  - {policy: iommufd, case: as-is, verdict: rejected EPERM at take, basis: I}\n"
			 "  - {policy: iommufd, case: other, set: {kernel: 6.6}, verdict: safe, basis: I}\n",
			 "kernel", "none of them");
}

/* kernel 5.18 moves the check point: a knob that only follows is no second difference. */
static void test_knobs_that_follow_are_no_difference(void **state)
{
	static const char *const text =
		GROUP "expect:\n  - {policy: vfio-type1, verdict: rejected EPERM at take, basis: K}\n"
		      "  - {policy: vfio-type1, set: {kernel: 5.18}, verdict: rejected EINVAL at take, basis: K}\n";

	(void)state;
	assert_separated(text, "kernel", "t (5.18 | 7.0)\n");
	assert_separated(text, "group_check_point", "none of them");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sweep_runs_what_the_rows_are_about),
		cmocka_unit_test(test_sweep_has_a_verdict_of_each_value),
		cmocka_unit_test(test_sweep_settings_hold_for_every_value),
		cmocka_unit_test(test_sweep_policy_without_row_is_a_what_if),
		cmocka_unit_test(test_sweep_of_what_is_not_there_is_refused),
		cmocka_unit_test(test_sweep_text_is_a_table_with_notes),
		cmocka_unit_test(test_sweep_json_has_every_row),
		cmocka_unit_test(test_knobs_have_values_and_defaults),
		cmocka_unit_test(test_knobs_are_separated_by_rows_that_differ_in_them_alone),
		cmocka_unit_test(test_knobs_that_follow_are_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
