/* SPDX-License-Identifier: MIT */
/* Front ends of a program's own, through the public interface: refused, listed, judged and compared. */
#include "replayed.h"

#include <errno.h>

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined]\nmachine:\n  owners: {p1: process, p2: process}\n  devices: {d: {}, e: {}}\n"

/* --- the front ends --- */

/* A device is anybody's once: whoever had one gets none again. */
static int take_once(iosim_call *call, iosim_owner owner, iosim_device device)
{
	uint8_t *had = iosim_owner_state(call, owner);
	int error = *had ? -EPERM : iosim_base_take(call, owner, device);

	if (!error)
		*had = 1;
	return error;
}

/* Devices are served in the order in which they were asked for. */
static int take_in_turn(iosim_call *call, iosim_owner owner, iosim_device device)
{
	uint8_t *turn = iosim_device_state(call, 0);

	++*turn;
	return *turn == 2 ? -EBUSY : iosim_base_take(call, owner, device);
}

/* What a guest asks to be forgotten, the host keeps. */
static int forget_nothing(iosim_call *call, iosim_owner owner, const iosim_invalidation *what)
{
	(void)call;
	(void)owner;
	return what->of == IOSIM_OF_SPACE ? 0 : -EINVAL;
}

static const iosim_front_end deaf = {IOSIM_FRONT_END_VERSION, .name = "deaf",
				     .summary = "guests' invalidations are not handed on", .base = "iommufd",
				     .invalidate = forget_nothing};

static const char *const old_kernel[] = {"kernel=6.2", NULL};

static const iosim_front_end once = {
	IOSIM_FRONT_END_VERSION, .name = "once",         .summary = "one device for each owner",
	.base = "iommufd",       .settings = old_kernel, .owner_state_bytes = 1,
	.take = take_once};
static const iosim_front_end turn = {
	IOSIM_FRONT_END_VERSION, .name = "in-turn",       .summary = "the second take is refused",
	.base = "iommufd",       .device_state_bytes = 1, .take = take_in_turn};

static int add_both(void **state)
{
	(void)state;
	assert_true(iosim_front_end_add(&once, NULL));
	assert_true(iosim_front_end_add(&turn, NULL));
	assert_true(iosim_front_end_add(&deaf, NULL));
	assert_true(iosim_front_end_add(&once, NULL)); /* twice is once */
	return 0;
}

/* --- adding --- */

static void expect_refused(iosim_front_end front_end, const char *words)
{
	g_autoptr(GError) error = NULL;

	assert_false(iosim_front_end_add(&front_end, &error));
	assert_non_null(error);
	if (!strstr(error->message, words))
		print_error("%s\n", error->message);
	assert_non_null(strstr(error->message, words));
}

static void test_front_end_of_another_version_is_refused_with_both(void **state)
{
	iosim_front_end other = {.abi = 7, .bytes = sizeof(other), .name = "x", .summary = "s", .base = "iommufd"};

	(void)state;
	expect_refused(other, "built for version 7 of <ioasid-sim/front_end.h>, this is version 1");
	other.abi = IOSIM_FRONT_END_ABI;
	other.bytes = 8;
	expect_refused(other, "8 bytes");
}

/* A table with room for what later headers may add. */
struct longer {
	iosim_front_end front_end;
	int (*later)(iosim_call *call);
};

static int later(iosim_call *call)
{
	(void)call;
	return 0;
}

static void test_front_end_of_a_later_header_runs_unless_it_answers_more(void **state)
{
	static struct longer empty, full;
	g_autoptr(GError) error = NULL;

	(void)state;
	empty.front_end = (iosim_front_end){IOSIM_FRONT_END_ABI, sizeof(empty), .name = "later", .summary = "s",
					    .base = "iommufd"};
	full = empty;
	full.front_end.name = "later-still";
	full.later = later;
	assert_false(iosim_front_end_add(&full.front_end, &error));
	assert_non_null(strstr(error->message, "it answers calls that this <ioasid-sim/front_end.h> does not have"));
	assert_true(iosim_front_end_add(&empty.front_end, NULL));
}

static void test_front_end_that_says_too_little_is_refused(void **state)
{
	static const char *const bad_knob[] = {"kernal=7.0", NULL}, *const bad_value[] = {"kernel=7.1", NULL};
	static const char *const axis[] = {"user_api=none", NULL};
	const iosim_front_end good = {IOSIM_FRONT_END_VERSION, .name = "x", .summary = "s", .base = "iommufd"};
	iosim_front_end bad = good;

	(void)state;
	bad.name = "X Y";
	expect_refused(bad, "a name has a-z, 0-9 and '-', at most 31; its is 'X Y'");
	bad.name = NULL;
	expect_refused(bad, "its is ''");
	bad.name = "iommufd";
	expect_refused(bad, "there is a policy 'iommufd' already");
	bad = good;
	bad.summary = "";
	expect_refused(bad, "'x' has no summary");
	bad = good;
	bad.base = NULL;
	expect_refused(bad, "'x' has no base");
	bad.base = "iomufd";
	expect_refused(bad, "unknown base policy 'iomufd'; did you mean 'iommufd'?");
	bad.base = "once";
	expect_refused(bad, "its base 'once' is a plug-in too");
	bad = good;
	bad.space_state_bytes = IOSIM_STATE_BYTES_MAX + 1;
	expect_refused(bad, "257 bytes of state, at most 256");
	bad = good;
	bad.settings = bad_knob;
	expect_refused(bad, "unknown knob 'kernal'; did you mean 'kernel'?");
	bad.settings = bad_value;
	expect_refused(bad, "unknown value of kernel '7.1'");
	bad.settings = axis;
	expect_refused(bad, "the plug-in is the user API");
}

static void test_front_end_is_listed_with_its_base(void **state)
{
	g_autofree char *list = iosim_list("policies", "text", NULL);
	const char *at = strstr(list, "\nonce ");

	(void)state;
	assert_non_null(at);
	assert_non_null(strstr(at, "one device for each owner\n    base: iommufd\n    user_api: once\n"));
	assert_non_null(strstr(at, "    kernel: 6.2\n"));
}

static void test_front_end_file_that_is_none_is_refused(void **state)
{
	g_autoptr(GError) missing = NULL, folder = NULL;

	(void)state;
	assert_null(iosim_front_end_load("/nowhere/x.so", &missing));
	assert_true(g_error_matches(missing, IOSIM_ERROR, IOSIM_ERROR_READ));
	assert_null(iosim_front_end_load("/", &folder));
	assert_true(g_error_matches(folder, IOSIM_ERROR, IOSIM_ERROR_READ));
}

/* --- replaying --- */

#define TWICE                                                 \
	HEAD "run:\n  - {by: p1, take: {device: d}}\n"        \
	     "  - {by: p1, label: more, take: {device: e}}\n" \
	     "  - {by: p2, take: {device: d}, expect: rejected}\n"

static void test_front_end_row_that_names_it_is_judged(void **state)
{
	iosim_replay_options options = {.policy = "once", .iommu = "vtd"};
	struct replayed out;

	(void)state;
	replay_with(TWICE "expect:\n  - {policy: once, verdict: rejected EPERM at more, basis: I}\n", &options, &out);
	assert_int_equal(out.status, IOSIM_PASSED);
	clear(&out);
	replay_with(TWICE "expect:\n  - {policy: once, verdict: safe, basis: I}\n", &options, &out);
	assert_int_equal(out.status, IOSIM_FAILED);
	clear(&out);
}

static void test_front_end_is_compared_with_the_rows_of_its_base(void **state)
{
	iosim_replay_options options = {.policy = "once", .iommu = "vtd"};
	struct replayed out;
	iosim_row row;

	(void)state;
	replay_with(TWICE "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n"
			  "  - {policy: vfio-type1, verdict: safe, basis: I}\n"
			  "  - {policy: iommufd, set: {kernel: 6.6}, verdict: safe, basis: I}\n",
		    &options, &out);
	assert_int_equal(iosim_results_rows(out.results), 2); /* the rows of iommufd, with their settings */
	assert_true(iosim_results_row(out.results, 1, &row));
	assert_int_equal(row.status, IOSIM_PRINTED);
	assert_string_equal(row.policy, "once");
	assert_string_equal(row.settings, "kernel=6.6");
	assert_string_equal(row.verdict, "rejected EPERM at more");
	assert_string_equal(row.base, "iommufd");
	assert_string_equal(row.base_verdict, "safe");
	assert_true(row.differs);
	assert_non_null(strstr(out.text, "0 passed, 0 failed, 2 what if: 2 differ from iommufd\n"));
	clear(&out);
}

static void test_front_end_that_makes_no_difference_is_one_word(void **state)
{
	iosim_replay_options options = {.policy = "once", .iommu = "vtd"};
	struct replayed out;
	g_autofree char *quiet = NULL;
	iosim_row row;

	(void)state;
	replay_with(HEAD "run:\n  - {by: p1, take: {device: d}}\nexpect:\n"
			 "  - {policy: vfio-type1, verdict: safe, basis: I}\n",
		    &options, &out);
	assert_true(iosim_results_row(out.results, 0, &row)); /* the base has no row: each case and kind */
	assert_false(row.differs);
	assert_non_null(strstr(out.text, "    iommufd: the same\n"));
	quiet = iosim_results_format(out.results, "text", FALSE, FALSE, NULL);
	assert_string_equal(quiet, "0 passed, 0 failed, 1 what if: 0 differ from iommufd\n");
	clear(&out);
}

#define MOVES_A_PAGE                                                                                              \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n"                       \
	"invariants: [dma-confined]\nlet: {v: 0x10000}\nmachine:\n  owners: {vm1: vm}\n  devices: {d: {}}\n"      \
	"  memory: {g0: {of: vm1, size: 64K}, a: {of: vm1}, b: {of: vm1}}\nrun:\n  - {take: {device: d}}\n"       \
	"  - {space: {ram: true, nest-parent: true}, as: gpa}\n  - {nest: {parent: gpa, root: g0}, as: s1}\n"     \
	"  - {vdevice: {device: d, id: 5}, only: {iommu: smmuv3}}\n  - {attach: {device: d, space: s1}}\n"        \
	"  - {guest-map: {root: g0, at: v, to: gpa(a)}}\n  - {dma: {device: d, at: v}, expect: reaches a}\n"      \
	"  - {guest-map: {root: g0, at: v, to: gpa(b)}}\n  - {invalidate: {what: range, space: s1, at: v, size: " \
	"4K}}\n"                                                                                                  \
	"  - {label: read, dma: {device: d, at: v}, expect: reaches b}\n"

/* Hardware shows what a call that the plug-in answers did not do: on both kinds. */
static void test_front_end_that_hands_no_invalidation_on_leaves_stale_entries(void **state)
{
	static const char *const policies[] = {"iommufd", "deaf"}, *const verdicts[] = {"safe", "self-harm at read"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		iosim_replay_options options = {.policy = policies[i]};
		g_autofree char *text = g_strdup_printf(
			MOVES_A_PAGE "expect:\n  - {policy: %s, verdict: %s, basis: I}\n", policies[i], verdicts[i]);
		struct replayed out;

		replay_with(text, &options, &out);
		if (out.status != IOSIM_PASSED)
			print_error("%s\n", out.text);
		assert_int_equal(out.status, IOSIM_PASSED);
		assert_int_equal(iosim_results_rows(out.results), 2);
		clear(&out);
	}
}

/* The two takes are in parallel: in each order the other one is refused, which takes state that is restored. */
static void test_front_end_state_follows_the_orders(void **state)
{
	iosim_replay_options options = {.policy = "in-turn", .iommu = "vtd"};
	struct replayed out;

	(void)state;
	replay_with(HEAD "run:\n  - parallel:\n      a:\n        - {by: p1, label: first, take: {device: d}}\n"
			 "      b:\n        - {by: p2, label: second, take: {device: e}}\n"
			 "expect:\n  - {policy: in-turn, basis: I,\n     verdict: [sometimes rejected EBUSY at first, "
			 "sometimes rejected EBUSY at second]}\n",
		    &options, &out);
	if (out.status != IOSIM_PASSED)
		print_error("%s\n", out.text);
	assert_int_equal(out.status, IOSIM_PASSED);
	clear(&out);
}

static void test_front_end_keeps_its_user_api(void **state)
{
	static const char *const settings[] = {"user_api=none", NULL};
	iosim_replay_options options = {.policy = "once", .settings = settings};
	g_autoptr(GError) error = NULL, swept = NULL;

	(void)state;
	assert_false(iosim_replay_options_check(&options, &error));
	assert_string_equal(error->message, "user_api cannot be set: 'once' is the user API");
	options.settings = NULL;
	assert_null(iosim_sweep_new("user_api", &options, &swept));
	assert_non_null(swept);
}

static void test_front_end_is_swept_over_the_rows_of_its_base(void **state)
{
	iosim_replay_options options = {.policy = "once", .iommu = "vtd"};
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_sweep) sweep = iosim_sweep_new("reset_on_close", &options, &error);
	const char *const texts[] = {TWICE "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n",
				     TWICE "expect:\n  - {policy: vfio-type1, verdict: safe, basis: I}\n"};
	iosim_sweep_row row;

	(void)state;
	for (int i = 0; i < 2; i++) {
		g_autoptr(iosim_scenario) scenario = iosim_scenario_load_data("t", texts[i], strlen(texts[i]), &error);

		assert_non_null(scenario);
		assert_true(iosim_sweep_add(sweep, scenario, &error));
	}
	assert_int_equal(iosim_sweep_rows(sweep), 1);
	assert_true(iosim_sweep_get_row(sweep, 0, &row));
	assert_string_equal(row.policy, "once");
	assert_string_equal(row.verdicts[1], "rejected EPERM at more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_front_end_of_another_version_is_refused_with_both),
		cmocka_unit_test(test_front_end_of_a_later_header_runs_unless_it_answers_more),
		cmocka_unit_test(test_front_end_that_says_too_little_is_refused),
		cmocka_unit_test(test_front_end_is_listed_with_its_base),
		cmocka_unit_test(test_front_end_file_that_is_none_is_refused),
		cmocka_unit_test(test_front_end_row_that_names_it_is_judged),
		cmocka_unit_test(test_front_end_is_compared_with_the_rows_of_its_base),
		cmocka_unit_test(test_front_end_that_makes_no_difference_is_one_word),
		cmocka_unit_test(test_front_end_that_hands_no_invalidation_on_leaves_stale_entries),
		cmocka_unit_test(test_front_end_state_follows_the_orders),
		cmocka_unit_test(test_front_end_keeps_its_user_api),
		cmocka_unit_test(test_front_end_is_swept_over_the_rows_of_its_base),
	};
	return cmocka_run_group_tests(tests, add_both, NULL);
}
