/* SPDX-License-Identifier: MIT */
/* Every sequence up to a length: what is found, in which order, and that merging states changes nothing of it. */
#include "sim/proof.h"

#include "explored.h"

#define HEAD                                                                      \
	"name: t\ntitle: t\nsource: {author: a, date: 2026-01-01, document: d}\n" \
	"claim: >\n  None.\ninvariants: [dma-handle-epoch]\nmachine:\n"           \
	"  owners: {tvm1: {kind: vm, confidential: true, viommu: true}}\n"        \
	"  devices: {f: {tdisp: run}, x: {tdisp: unlocked}}\n"                    \
	"  memory: {s: {of: tvm1}, a: {of: tvm1, private: true}}\nrun:\n"
#define TAIL "expect: [{policy: [t0-only, rebind, inflight], verdict: safe, basis: I}]\n"

/* The steps that go before what they are put before decide which sequence is found first. */
#define ACTIONS                                                     \
	"  - {unlock: f}\n"                                         \
	"  - {dma-map: {device: f, memory: s}, as: h}\n"            \
	"  - {dma: {device: f, t: 0, at: h, access: write}}\n"      \
	"  - {dma: {device: f, t: 1, at: gpa(a), access: write}}\n" \
	"  - {dma-unmap: {handle: h}}\n"                            \
	"  - {tdi-bind: f}\n"                                       \
	"  - {start: f}\n"                                          \
	"  - {dma: {device: x, t: 0, at: gpa(a), access: write}}\n" \
	"  - {driver-bind: {device: x, driver: guest}}\n"

static struct proof_wish wish_for(const struct scenario *scenario, const char *policy, enum iommu_kind kind,
				  uint32_t length)
{
	struct proof_wish wish = {
		.scenario = scenario, .policy = (unsigned)policy_by_name(policy), .kind = kind, .length = length};

	rules_of_policy(wish.policy, &wish.rules);
	return wish;
}

static void set(struct proof_wish *wish, const char *knob, const char *value)
{
	unsigned row = (unsigned)knob_by_name(knob);

	assert_true(rules_set(&wish->rules, row, (unsigned)knob_value_by_name(row, value)));
}

static struct proof *proved(const struct proof_wish *wish)
{
	g_autofree char *message = NULL;
	struct proof *proof = proof_run(wish, &message);

	if (!proof)
		print_error("%s\n", message);
	assert_non_null(proof);
	return proof;
}

static void assert_sequence(const struct scenario *scenario, const struct proof_sequence *sequence, const char *words)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (uint32_t i = 0; i < sequence->length; i++)
		g_string_append_printf(out, "%s%s", i ? "; " : "", scenario->cases[0].steps[sequence->steps[i]].text);
	assert_string_equal(out->str, words);
}

static unsigned invariant(const char *name)
{
	return (unsigned)invariant_by_name(name);
}

/* --- what is found --- */

static void test_proof_finds_the_shortest_and_of_these_the_first(void **state)
{
	(void)state;
	struct scenario *scenario = load_text(HEAD ACTIONS TAIL);

	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++) {
		struct proof_wish wish = wish_for(scenario, "inflight", kind, 4);
		struct proof *proof = proved(&wish);

		/* Its unmap is one as well, and later in the file. */
		assert_sequence(scenario, &proof->violations[invariant("dma-handle-epoch")],
				"dma-map f memory s -> h; unlock f; dma f at h write t 0");
		assert_int_equal(proof->violations[invariant("t1-run-gated")].length, 0);
		assert_int_equal(proof->actions, 9);
		assert_int_equal(proof->length, 4);
		assert_false(proof->incomplete);
		assert_true(proof->merged > proof->states);
		proof_free(proof);
		set(&wish, "run_by", "host");
		proof = proved(&wish);
		assert_sequence(scenario, &proof->violations[invariant("t1-run-gated")],
				"unlock f; tdi-bind f; start f");
		proof_free(proof);
	}
	scenario_free(scenario);
}

static void test_proof_of_safe_rules_finds_nothing(void **state)
{
	(void)state;
	struct scenario *scenario = load_text(HEAD ACTIONS TAIL);
	struct proof_wish wish = wish_for(scenario, "t0-only", IOMMU_SMMUV3, 5);
	struct proof *proof = proved(&wish);

	for (unsigned i = 0; i < invariant_count(); i++)
		assert_int_equal(proof->violations[i].length, 0);
	assert_int_equal(proof->crash.length, 0);
	proof_free(proof);
	scenario_free(scenario);
}

static void test_proof_length_of_one_tries_each_action_once(void **state)
{
	(void)state;
	struct scenario *scenario = load_text(HEAD "  - {attest: f}\n  - {unlock: f}\n  - {attest: x}\n" TAIL);
	struct proof_wish wish = wish_for(scenario, "inflight", IOMMU_VTD, 1);
	struct proof *proof = proved(&wish);

	assert_int_equal(proof->states, 1);
	assert_int_equal(proof->taken, 3);
	proof_free(proof);
	scenario_free(scenario);
}

/* The guest's kernel dies where it unmaps what its vIOMMU does not have: the sequence ends, and others go on. */
static void test_proof_notes_a_crash_and_ends_there(void **state)
{
	(void)state;
	struct scenario *scenario = load_text(HEAD "  - {unlock: f}\n"
						   "  - {tdi-bind: f}\n  - {attest: f}\n  - {accept: f}\n"
						   "  - {dma-map: {device: f, memory: s}, as: h}\n"
						   "  - {dma-unmap: {handle: h}}\n" TAIL);
	struct proof_wish wish = wish_for(scenario, "inflight", IOMMU_VTD, 6);
	struct proof *proof = proved(&wish);

	assert_sequence(scenario, &proof->crash,
			"unlock f; tdi-bind f; attest f; dma-map f memory s -> h; accept f; dma-unmap h");
	proof_free(proof);
	scenario_free(scenario);
}

/* T is let through, and the interface is in RUN, which is a violation: what it sends then is another. */
static void test_proof_goes_on_behind_a_violation(void **state)
{
	(void)state;
	g_autoptr(GString) text = g_string_new(HEAD "  - {command: {device: x, bus-master: true, memory: true}}\n"
						    "  - {tdi-bind: x}\n  - {start: x}\n"
						    "  - {dma: {device: x, t: 1, at: gpa(a), access: write}}\n" TAIL);
	struct scenario *scenario;
	struct proof_wish wish;
	struct proof *proof;

	g_string_replace(text, ", viommu: true", "", 0);
	scenario = load_text(text->str);
	wish = wish_for(scenario, "inflight", IOMMU_VTD, 4);
	set(&wish, "run_by", "host");
	set(&wish, "run_gate", "none");
	proof = proved(&wish);
	assert_int_equal(proof->violations[invariant("t1-run-gated")].length, 2);
	assert_int_equal(proof->violations[invariant("t0-no-private")].length, 4);
	proof_free(proof);
	scenario_free(scenario);
}

/* --- which actions are taken --- */

static uint64_t taken_within(const char *actions, uint32_t length, bool careless)
{
	g_autofree char *text = g_strconcat(HEAD, actions, TAIL, NULL);
	struct scenario *scenario = load_text(text);
	struct proof_wish wish = wish_for(scenario, "inflight", IOMMU_VTD, length);
	uint64_t taken;
	struct proof *proof;

	wish.careless = careless;
	proof = proved(&wish);
	taken = proof->taken;
	proof_free(proof);
	scenario_free(scenario);
	return taken;
}

static void test_proof_a_result_is_made_once_until_it_is_ended(void **state)
{
	(void)state;
	static const char actions[] = "  - {dma-map: {device: f, memory: s}, as: h}\n  - {dma-unmap: {handle: h}}\n";

	/* Map, unmap, map: one way to go on from each state, and the third is like the second. */
	assert_int_equal(taken_within(actions, 1, false), 1);
	assert_int_equal(taken_within(actions, 2, false), 2);
	assert_int_equal(taken_within(actions, 3, false), 3);
}

static void test_proof_handles_are_given_back_before_the_driver_goes(void **state)
{
	(void)state;
	static const char actions[] = "  - {dma-map: {device: f, memory: a}, as: h}\n"
				      "  - {driver-unbind: {device: f}}\n  - {release-memory: {memory: a}}\n";

	/* From the beginning all three. With the handle none of the others; without driver only the page's. */
	assert_int_equal(taken_within(actions, 2, false), 3 + 0 + 3 + 3);
	assert_int_equal(taken_within(actions, 2, true), 3 + 2 + 3 + 3);
}

/* --- bounds --- */

static void test_proof_that_meets_its_bound_says_how_far_it_came(void **state)
{
	(void)state;
	struct scenario *scenario = load_text(HEAD ACTIONS TAIL);
	struct proof_wish wish = wish_for(scenario, "inflight", IOMMU_VTD, 6);
	struct proof *proof;

	wish.max_states = 20;
	proof = proved(&wish);
	assert_true(proof->incomplete);
	assert_true(proof->length > 0 && proof->length < 6);
	assert_true(proof->states <= 20);
	proof_free(proof);
	scenario_free(scenario);
}

static void assert_refused(const char *text, const char *words)
{
	struct scenario *scenario = load_text(text);
	struct proof_wish wish = wish_for(scenario, "inflight", IOMMU_VTD, 1);
	g_autofree char *message = NULL;

	assert_null(proof_run(&wish, &message));
	assert_string_equal(message, words);
	scenario_free(scenario);
}

static void test_proof_needs_single_actions(void **state)
{
	(void)state;
	assert_refused(HEAD "  - parallel: {one: [{attest: f}], two: [{attest: x}]}\n" TAIL,
		       "a 'parallel' block: actions are single steps");
	assert_refused("hardware: free\n" HEAD "  - {attest: f}\n" TAIL,
		       "'hardware: free': hardware would choose between any two actions");
}

/* --- merging --- */

static void assert_same(const struct proof *merged, const struct proof *apart)
{
	for (unsigned i = 0; i < invariant_count(); i++)
		assert_memory_equal(&merged->violations[i], &apart->violations[i], sizeof(struct proof_sequence));
	assert_memory_equal(&merged->crash, &apart->crash, sizeof(struct proof_sequence));
	assert_int_equal(apart->merged, 0);
	assert_true(merged->states < apart->states);
}

static void compare_with_apart(struct proof_wish *wish)
{
	struct proof *merged, *apart;

	merged = proved(wish);
	wish->apart = true;
	apart = proved(wish);
	wish->apart = false;
	assert_same(merged, apart);
	proof_free(merged);
	proof_free(apart);
}

static void test_proof_merging_changes_no_result(void **state)
{
	(void)state;
	static const char *const policies[] = {"t0-only", "rebind", "inflight"};
	static const struct {
		const char *knob, *value;
	} settings[] = {{"nonce_check", "true"},   {"run_by", "host"},           {"run_gate", "none"},
			{"t0_table", "unchecked"}, {"unmap_under_run", "fence"}, {"iommu_layout", "single_rmp"}};
	struct scenario *scenario = load_text(HEAD ACTIONS TAIL);

	for (unsigned policy = 0; policy < G_N_ELEMENTS(policies); policy++)
		for (unsigned i = 0; i < G_N_ELEMENTS(settings); i++)
			for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++) {
				struct proof_wish wish = wish_for(scenario, policies[policy], kind, 3);
				set(&wish, settings[i].knob, settings[i].value);
				compare_with_apart(&wish);
			}
	scenario_free(scenario);
}

/* Six actions and sequences of six: far enough to lock and accept again what was unlocked. */
static void test_proof_merging_changes_no_result_of_long_sequences(void **state)
{
	(void)state;
	struct scenario *scenario = load_text(HEAD "  - {unlock: f}\n  - {lock: f}\n  - {attest: f}\n  - {accept: f}\n"
						   "  - {dma-map: {device: f, memory: s}, as: h}\n"
						   "  - {dma: {device: f, t: 1, at: h, access: write}}\n" TAIL);

	for (unsigned checked = 0; checked < 2; checked++) {
		struct proof_wish wish = wish_for(scenario, "inflight", checked ? IOMMU_VTD : IOMMU_SMMUV3, 6);
		set(&wish, "nonce_check", checked ? "true" : "false");
		compare_with_apart(&wish);
	}
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proof_finds_the_shortest_and_of_these_the_first),
		cmocka_unit_test(test_proof_of_safe_rules_finds_nothing),
		cmocka_unit_test(test_proof_length_of_one_tries_each_action_once),
		cmocka_unit_test(test_proof_notes_a_crash_and_ends_there),
		cmocka_unit_test(test_proof_goes_on_behind_a_violation),
		cmocka_unit_test(test_proof_a_result_is_made_once_until_it_is_ended),
		cmocka_unit_test(test_proof_handles_are_given_back_before_the_driver_goes),
		cmocka_unit_test(test_proof_that_meets_its_bound_says_how_far_it_came),
		cmocka_unit_test(test_proof_needs_single_actions),
		cmocka_unit_test(test_proof_merging_changes_no_result),
		cmocka_unit_test(test_proof_merging_changes_no_result_of_long_sequences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
