/* SPDX-License-Identifier: MIT */
/*
 * Interleavings: all of them and each once, the same with states told apart or merged, and what rows say of them. The
 * brute force is an enumeration of its own.
 */
#include "sim/interleavings.h"

#include "explored.h"

#include <stdio.h>

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined, unmap-effective]\n"                                     \
	"machine:\n  owners: {p1: process, p2: process}\n  devices: {nic: {}}\n"            \
	"  memory: {buf: {of: p1}, two: {of: p1}}\n"
#define ATTACHED                                                                    \
	"run:\n  - {by: p1, take: {device: nic}}\n  - {by: p1, space: {}, as: s}\n" \
	"  - {by: p1, attach: {device: nic, space: s}}\n  - {by: p1, map: {space: s, at: 0x10000, to: buf}}\n"
/* Who comes second gets EINVAL. */
#define RACE                                                                                                        \
	HEAD "run:\n  - parallel:\n      one: [{by: p1, label: a, take: {device: nic}}]\n"                          \
	     "      two: [{by: p2, label: b, take: {device: nic}}]\n  - {dma: {device: nic, at: 0x10000}, expect: " \
	     "fault}\n"
#define LINES 256

/* --- brute force --- */

struct brute {
	unsigned length[4], taken[4], threads;
	char line[LINES];
	GPtrArray *all; /* char * */
};

static void enumerate(struct brute *brute)
{
	size_t before = strlen(brute->line);
	bool over = true;

	for (unsigned thread = 0; thread < brute->threads; thread++) {
		if (brute->taken[thread] == brute->length[thread])
			continue;
		over = false;
		g_snprintf(brute->line + before, (gulong)(LINES - before), "%st%u:s%u%u", before ? "," : "", thread,
			   thread, brute->taken[thread]++);
		enumerate(brute);
		brute->taken[thread]--;
		brute->line[before] = 0;
	}
	if (over)
		g_ptr_array_add(brute->all, g_strdup(brute->line));
}

/* A program with threads of these lengths; each step changes the state in its own way, or leaves it alone. */
static char *program_text(const struct brute *brute, bool effects)
{
	GString *text = g_string_new(HEAD "run:\n  - {by: p1, space: {}, as: s}\n  - parallel:\n");

	for (unsigned thread = 0; thread < brute->threads; thread++) {
		g_string_append_printf(text, "      t%u:\n", thread);
		for (unsigned step = 0; step < brute->length[thread]; step++)
			if (effects)
				g_string_append_printf(
					text,
					"        - {by: p1, label: s%u%u, map: {space: s, at: 0x%u000, to: buf}, "
					"expect: ok or rejected}\n",
					thread, step, 100 + (thread + step) % 3);
			else
				g_string_append_printf(text, "        - {label: s%u%u, run: all}\n", thread, step);
	}
	g_string_append(text, "  - {by: p1, destroy: {space: s}}\n"
			      "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n");
	return g_string_free(text, FALSE);
}

static void check_orders(struct brute *brute, bool effects, bool apart)
{
	g_autofree char *text = program_text(brute, effects);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_VTD);
	struct exploration *exploration;

	request.apart = apart;
	exploration = explored(&request);
	brute->all = g_ptr_array_new_with_free_func(g_free);
	enumerate(brute);
	assert_int_equal(exploration->runs->len, brute->all->len);
	for (unsigned i = 0; i < exploration->runs->len; i++) {
		const struct run_record *run = g_ptr_array_index(exploration->runs, i);
		g_autofree char *order = exploration_order(&scenario->cases[0], run);

		assert_string_equal(order, g_ptr_array_index(brute->all, i));
	}
	if (apart)
		assert_int_equal(exploration->merged, 0);
	g_ptr_array_unref(brute->all);
	exploration_free(exploration);
	scenario_free(scenario);
}

static void test_explore_runs_each_interleaving_once(void **state)
{
	static const struct brute programs[] = {
		{.length = {1, 1}, .threads = 2},       {.length = {3, 2}, .threads = 2},
		{.length = {1, 1, 1, 1}, .threads = 4}, {.length = {2, 2, 2}, .threads = 3},
		{.length = {1, 4}, .threads = 2},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(programs); i++)
		for (unsigned way = 0; way < 4; way++) {
			struct brute brute = programs[i];

			check_orders(&brute, way & 1, way >> 1);
		}
}

/* Steps without effect lead to one state whatever their order. */
static void test_explore_merges_equal_states(void **state)
{
	struct brute brute = {.length = {2, 2}, .threads = 2};
	g_autofree char *text = program_text(&brute, false);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_VTD);
	struct exploration *exploration = explored(&request);

	(void)state;
	/* 3 x 3 places in the block, one of which is the place of `destroy`; the begin, the end. */
	assert_int_equal(exploration->states, 11);
	assert_int_equal(exploration->merged, 4);
	assert_int_equal(exploration->steps, 14);
	assert_int_equal(exploration->runs->len, 6);
	exploration_free(exploration);
	scenario_free(scenario);
}

/* --- verdicts --- */

static char *what_is_observed(const struct scenario *scenario, const struct exploration *exploration)
{
	GPtrArray *all = interleavings_observe(scenario, sim_tables(), exploration);
	GPtrArray *outcomes = interleavings_outcomes(exploration);
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < all->len; i++) {
		const struct observation *seen = g_ptr_array_index(all, i);

		g_string_append_printf(out, "%s %u %u\n", seen->what, seen->positive, seen->negative);
	}
	for (unsigned i = 0; i < outcomes->len; i++) {
		const struct outcome_count *outcome = g_ptr_array_index(outcomes, i);

		g_string_append_printf(out, "%u %s\n", outcome->count, outcome->text);
	}
	g_ptr_array_unref(all);
	g_ptr_array_unref(outcomes);
	return g_string_free(out, FALSE);
}

static char *catalogue_file(void)
{
	const char *root = g_getenv("IOSIM_SOURCE_ROOT");

	return g_build_filename(root ? root : ".", "scenarios", "pasid", "pasid-reuse-before-drain.yaml", NULL);
}

static void test_explore_merged_and_apart_say_the_same(void **state)
{
	g_autofree char *path = catalogue_file();
	struct scenario *scenario = scenario_load_file(path, sim_tables(), NULL);

	(void)state;
	assert_non_null(scenario);
	for (unsigned way = 0; way < 8; way++) {
		struct run_request request = request_of(scenario, way & 1 ? IOMMU_VTD : IOMMU_SMMUV3);
		struct exploration *merged, *apart;
		g_autofree char *one = NULL, *other = NULL;

		request.case_index = way >> 1 & 1;
		request.rules.value[KNOB_PRQ_DRAIN] = way >> 2 & 1;
		merged = explored(&request);
		request.apart = true;
		apart = explored(&request);
		assert_true(merged->merged > 0);
		assert_true(apart->steps > merged->steps);
		one = what_is_observed(scenario, merged);
		other = what_is_observed(scenario, apart);
		assert_string_equal(one, other);
		exploration_free(merged);
		exploration_free(apart);
	}
	scenario_free(scenario);
}

static void assert_order_shows(struct run_request *request, const struct run_record *run, const char *what, bool there)
{
	g_autofree char *order = exploration_order(&request->scenario->cases[request->case_index], run);
	struct exploration *one;
	g_autofree char *words = NULL;

	request->order = order;
	one = explored(request);
	request->order = NULL;
	assert_int_equal(one->runs->len, 1);
	words = verdict_words(request->scenario, sim_tables(), g_ptr_array_index(one->runs, 0));
	assert_int_equal(strstr(words, what) != NULL, there);
	exploration_free(one);
}

static void test_explore_witnesses_replay(void **state)
{
	g_autofree char *path = catalogue_file();
	struct scenario *scenario = scenario_load_file(path, sim_tables(), NULL);
	struct run_request request = request_of(scenario, IOMMU_VTD);
	struct exploration *exploration;
	GPtrArray *all;

	(void)state;
	request.rules.value[KNOB_PRQ_DRAIN] = false;
	exploration = explored(&request);
	all = interleavings_observe(scenario, sim_tables(), exploration);
	assert_int_equal(all->len, 3);
	for (unsigned i = 0; i < all->len; i++) {
		const struct observation *seen = g_ptr_array_index(all, i);

		assert_int_equal(seen->positive + seen->negative, 10);
		assert_order_shows(&request, seen->with, seen->what, true);
		assert_order_shows(&request, seen->without, seen->what, false);
	}
	g_ptr_array_unref(all);
	exploration_free(exploration);
	scenario_free(scenario);
}

static void test_explore_stops_at_its_bound_and_says_so(void **state)
{
	struct brute brute = {.length = {2, 2}, .threads = 2};
	g_autofree char *text = program_text(&brute, true);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_VTD);
	struct exploration *exploration;
	const struct run_record *differing;
	g_autoptr(GPtrArray) also = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *reason = NULL;

	(void)state;
	request.max_steps = 6;
	exploration = explored(&request);
	assert_true(exploration->incomplete);
	assert_int_equal(exploration->steps, 6);
	assert_int_equal(exploration->runs->len, 1);
	assert_false(interleavings_match(scenario, sim_tables(), &scenario->rows[0], &scenario->cases[0], exploration,
					 &reason, &differing, also));
	assert_string_equal(reason, "incomplete: 6 steps were carried out, 1 interleavings seen");
	exploration_free(exploration);
	scenario_free(scenario);
}

/* --- orders --- */

static void refuses_order(const char *order, const char *message)
{
	struct scenario *scenario =
		load_text(RACE "expect:\n  - {policy: iommufd, verdict: order-dependent, basis: I}\n");
	struct run_request request = request_of(scenario, IOMMU_VTD);
	g_autofree char *why = NULL;

	request.order = order;
	assert_null(explore_case(&request, &why));
	assert_string_equal(why, message);
	scenario_free(scenario);
}

static void test_explore_order_that_does_not_exist_is_refused(void **state)
{
	(void)state;
	refuses_order("one:a,one:b", "order: 'one:b' cannot be next; expected two:b");
	refuses_order("", "order: '' cannot be next; expected one:a or two:b");
	refuses_order("two:b", "order: it ends too early; expected one:a");
	refuses_order("two:b, one:a, one:a", "order: 'one:a' is behind the last step");
}

static void test_explore_order_without_parallel_is_refused(void **state)
{
	struct scenario *scenario =
		load_text(HEAD "run: [{run: all}]\nexpect:\n  - {policy: iommufd, verdict: safe, basis: I}\n");
	struct run_request request = request_of(scenario, IOMMU_VTD);
	g_autofree char *why = NULL;

	(void)state;
	request.order = "one:a";
	assert_null(explore_case(&request, &why));
	assert_string_equal(why, "an order, and nothing here is 'parallel'");
	scenario_free(scenario);
}

/* --- rows --- */

static void row_is(const char *text, bool passed, const char *reason)
{
	struct replayed out;

	replay_with(text, NULL, &out);
	if ((out.status == IOSIM_PASSED) != passed)
		print_error("%s\n", out.text);
	assert_int_equal(out.status, passed ? IOSIM_PASSED : IOSIM_FAILED);
	if (reason)
		assert_non_null(strstr(out.reason, reason));
	clear(&out);
}

#define ROW(words) "expect:\n  - {policy: iommufd, verdict: " words ", basis: I}\n"

static void test_explore_sometimes_is_neither_always_nor_never(void **state)
{
	(void)state;
	row_is(RACE ROW("[sometimes rejected EINVAL at a, sometimes rejected EINVAL at b, safe]"), true, NULL);
	row_is(RACE ROW("[sometimes rejected EINVAL at a, rejected EINVAL at b]"), false,
	       "the row says 'rejected EINVAL at b', the step: ok; in two:b,one:a");
	row_is(RACE ROW("[sometimes rejected EPERM at a, sometimes rejected EINVAL at b]"), false,
	       "the row says 'sometimes rejected EPERM at a', and that is so in none of the 2 interleavings");
	row_is(RACE ROW("sometimes rejected EINVAL at b"), false,
	       "line 12 (a): take nic: rejected EINVAL; in two:b,one:a");
	row_is(HEAD ATTACHED "  - {by: p2, label: b, take: {device: nic}, only: {iommu: smmuv3}}\n"
			     "  - parallel:\n      one: [{by: p2, label: a, take: {device: nic}}]\n"
			     "      two: [{run: all}]\n" ROW("sometimes rejected EINVAL at a"),
	       false, "and that is so in every one of the 2 interleavings");
}

static void test_explore_order_dependent_is_about_what_is_refused(void **state)
{
	(void)state;
	row_is(RACE ROW("order-dependent"), true, NULL);
	row_is(HEAD ATTACHED
	       "  - parallel:\n      one: [{by: p1, unmap: {space: s, at: 0x10000}}]\n"
	       "      two: [{dma: {device: nic, at: 0x10000}, expect: reaches buf}]\n" ROW("order-dependent"),
	       true, NULL);
	/* The same everywhere. */
	row_is(HEAD ATTACHED "  - parallel:\n      one: [{by: p2, take: {device: nic}, expect: rejected}]\n"
			     "      two: [{run: all}]\n" ROW("order-dependent"),
	       false, "the same is refused and blocked in every one of the 2 interleavings");
	/* A step that does not differ still has to do as it expects. */
	row_is(RACE "  - {dma: {device: nic, at: 0x20000}, expect: reaches two}\n" ROW("order-dependent"), false,
	       "dma nic at 0x20000");
}

static void test_explore_violation_in_one_order_is_found(void **state)
{
	(void)state;
	row_is(HEAD ATTACHED "  - parallel:\n"
			     "      one: [{by: p1, unmap: {space: s, at: 0x10000}, inject: skip-iotlb-flush}]\n"
			     "      two: [{label: x, dma: {device: nic, at: 0x10000}, expect: reaches buf or fault}]\n"
			     "  - {label: z, dma: {device: nic, at: 0x10000}, expect: fault}\n" ROW(
				     "sometimes violates unmap-effective at z"),
	       true, NULL);
}

/* --- split --- */

#define EXCHANGE                                                                                                   \
	HEAD ATTACHED "  - {by: p1, space: {}, as: t}\n  - {by: p1, map: {space: t, at: 0x10000, to: two}}\n"      \
		      "  - parallel:\n      kernel: [{by: p1, label: swap, replace: {device: nic, space: t}%s}]\n" \
		      "      device: [%s]\n  - {dma: {device: nic, at: 0x10000}, expect: reaches two}\n"
#define PROBE "{label: probe%u, dma: {device: nic, at: 0x10000}, expect: reaches buf or reaches two}"

static struct scenario *exchange(bool split, unsigned probes)
{
	GString *steps = g_string_new(NULL);
	g_autofree char *text = NULL;
	struct scenario *scenario;

	for (unsigned i = 0; i < probes; i++)
		g_string_append_printf(steps, "%s" PROBE, i ? ", " : "", i);
	text = g_strdup_printf(EXCHANGE "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n",
			       split ? ", split: true" : "", steps->str);
	scenario = load_text(text);
	g_string_free(steps, TRUE);
	return scenario;
}

static unsigned count_runs(bool split, unsigned probes, enum iommu_kind kind, char **observed)
{
	struct scenario *scenario = exchange(split, probes);
	struct run_request request = request_of(scenario, kind);
	struct exploration *exploration = explored(&request);
	unsigned count = exploration->runs->len;

	assert_false(exploration->incomplete);
	if (observed)
		*observed = what_is_observed(scenario, exploration);
	exploration_free(exploration);
	scenario_free(scenario);
	return count;
}

/* As an order that goes beyond them is told. */
static unsigned count_effects(enum iommu_kind kind)
{
	struct scenario *scenario = exchange(true, 1);
	struct run_request request = request_of(scenario, kind);
	g_autofree char *why = NULL;
	unsigned effects = 0;

	request.order = "kernel:swap,device:probe0@9999";
	assert_null(explore_case(&request, &why));
	assert_int_equal(sscanf(why, "order: the split step has %u effects", &effects), 1);
	scenario_free(scenario);
	return effects;
}

/*
 * Behind each of n effects, before the first and when it has returned: n + 2 places, and pairs of them in order. Where
 * a fault is recorded within, the SMMU's driver has more to do.
 */
static void test_explore_split_step_has_a_gap_behind_each_effect(void **state)
{
	(void)state;
	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++) {
		unsigned places = count_runs(true, 1, kind, NULL);

		assert_true(places > 5);
		assert_int_equal(places, count_effects(kind) + 2);
		assert_int_equal(count_runs(false, 1, kind, NULL), 2);
		if (kind == IOMMU_VTD)
			assert_int_equal(count_runs(true, 2, kind, NULL), places * (places + 1) / 2);
		else
			assert_true(count_runs(true, 2, kind, NULL) >= places * (places + 1) / 2);
	}
}

/* The device faults while its context entry is exchanged, which is seen from within alone. */
static void test_explore_split_step_shows_what_whole_steps_hide(void **state)
{
	g_autofree char *whole = NULL, *split = NULL;

	(void)state;
	count_runs(false, 1, IOMMU_VTD, &whole);
	count_runs(true, 1, IOMMU_VTD, &split);
	assert_null(strstr(whole, "availability"));
	assert_non_null(strstr(split, "availability at probe0"));
}

static void test_explore_split_witnesses_replay(void **state)
{
	struct scenario *scenario = exchange(true, 2);
	struct run_request request = request_of(scenario, IOMMU_SMMUV3);
	struct exploration *exploration = explored(&request);
	GPtrArray *all = interleavings_observe(scenario, sim_tables(), exploration);

	(void)state;
	assert_true(all->len > 0);
	for (unsigned i = 0; i < all->len; i++) {
		const struct observation *seen = g_ptr_array_index(all, i);
		g_autofree char *order = exploration_order(&scenario->cases[0], seen->with);

		assert_non_null(strchr(order, '@'));
		assert_order_shows(&request, seen->with, seen->what, true);
		assert_order_shows(&request, seen->without, seen->what, false);
	}
	g_ptr_array_unref(all);
	exploration_free(exploration);
	scenario_free(scenario);
}

/* One lock: what the kernel does elsewhere waits until the call has returned. */
static void test_explore_calls_wait_for_a_split_step(void **state)
{
	g_autofree char *text = g_strdup_printf(EXCHANGE ROW("safe"), ", split: true",
						"{by: p2, label: other, space: {}}, {run: page-requests}");
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_VTD);
	struct exploration *exploration = explored(&request);

	(void)state;
	assert_int_equal(exploration->runs->len, 3);
	exploration_free(exploration);
	scenario_free(scenario);
}

static void test_explore_order_within_no_effect_is_refused(void **state)
{
	static const struct {
		const char *order, *message;
	} rows[] = {
		{"kernel:swap,device:probe0@9999,device:probe1", "order: the split step has "},
		{"kernel:swap,device:probe1@1,device:probe0", "order: 'device:probe1@1' cannot be within"},
		{"kernel:swap,device:probe0@3,device:probe1@2", "order: 'device:probe1@2' cannot be within"},
		{"kernel:swap,device:probe0@0,device:probe1", "order: 'device:probe0@0' cannot be within"},
		{"device:probe0@1", "order: 'device:probe0@1' cannot be next"},
	};
	struct scenario *scenario = exchange(true, 2);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct run_request request = request_of(scenario, IOMMU_VTD);
		g_autofree char *why = NULL;

		request.order = rows[i].order;
		assert_null(explore_case(&request, &why));
		if (!g_str_has_prefix(why, rows[i].message))
			fail_msg("%s: %s", rows[i].order, why);
	}
	scenario_free(scenario);
}

/* Of 2 probes there are over a thousand interleavings, of 6 millions. */
static void test_explore_too_many_places_are_incomplete(void **state)
{
	struct scenario *scenario = exchange(true, 6);
	struct run_request request = request_of(scenario, IOMMU_VTD);
	struct exploration *exploration;

	(void)state;
	request.max_steps = 300;
	exploration = explored(&request);
	assert_true(exploration->incomplete);
	exploration_free(exploration);
	scenario_free(scenario);
}

/* --- */

static char *as_json(void)
{
	g_autofree char *path = catalogue_file();
	g_autoptr(iosim_scenario) scenario = iosim_scenario_load(path, NULL);
	g_autoptr(iosim_results) results = iosim_results_new();

	assert_true(iosim_replay(scenario, NULL, results, NULL));
	return iosim_results_format(results, "json", TRUE, FALSE, NULL);
}

static void test_explore_says_the_same_twice(void **state)
{
	g_autofree char *one = as_json(), *two = as_json();

	(void)state;
	assert_string_equal(one, two);
	assert_non_null(strstr(one, "\"positive\" : 4"));
	assert_non_null(strstr(one, "\"interleavings\" : 20"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explore_runs_each_interleaving_once),
		cmocka_unit_test(test_explore_merges_equal_states),
		cmocka_unit_test(test_explore_merged_and_apart_say_the_same),
		cmocka_unit_test(test_explore_witnesses_replay),
		cmocka_unit_test(test_explore_stops_at_its_bound_and_says_so),
		cmocka_unit_test(test_explore_order_that_does_not_exist_is_refused),
		cmocka_unit_test(test_explore_order_without_parallel_is_refused),
		cmocka_unit_test(test_explore_sometimes_is_neither_always_nor_never),
		cmocka_unit_test(test_explore_order_dependent_is_about_what_is_refused),
		cmocka_unit_test(test_explore_violation_in_one_order_is_found),
		cmocka_unit_test(test_explore_split_step_has_a_gap_behind_each_effect),
		cmocka_unit_test(test_explore_split_step_shows_what_whole_steps_hide),
		cmocka_unit_test(test_explore_split_witnesses_replay),
		cmocka_unit_test(test_explore_calls_wait_for_a_split_step),
		cmocka_unit_test(test_explore_order_within_no_effect_is_refused),
		cmocka_unit_test(test_explore_too_many_places_are_incomplete),
		cmocka_unit_test(test_explore_says_the_same_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
