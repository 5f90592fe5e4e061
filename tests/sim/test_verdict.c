/* SPDX-License-Identifier: MIT */
/* The matching rules of docs/scenario-language.md, each with the run that keeps it and the nearest that breaks it. */
#include "sim/verdict.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { INV_A, INV_B, INV_OTHER };
static const char *const invariant_names[] = {"inv-a", "inv-b", "inv-other", NULL};
static const struct scenario_tables tables = {.invariants = invariant_names};
/* The scenario is about the first two. */
static struct scenario scenario = {.invariants = 1u << INV_A | 1u << INV_B};

struct fixture {
	struct step steps[4];
	struct run_record *run;
	struct expect_row row;
	GPtrArray *also;
	char *reason;
};

static struct step_record *add_step(struct fixture *f, const char *label, enum expect_kind expect, enum did did)
{
	struct step *step = &f->steps[f->run->steps->len];
	struct step_record *record;

	g_strlcpy(step->label, label, sizeof(step->label));
	step->place.line = 10 + f->run->steps->len;
	step->expect[0].kind = expect;
	step->expect_count = 1;
	g_strlcpy(step->text, "step", sizeof(step->text));
	record = run_record_add(f->run, step);
	record->did = did;
	record->outcome = g_strdup("outcome");
	return record;
}

static void add_item(struct fixture *f, enum outcome_kind kind, const char *label, unsigned detail)
{
	struct verdict_item *item = &f->row.items[f->row.item_count++];

	item->kind = kind;
	g_strlcpy(item->label, label, sizeof(item->label));
	item->error = (int)detail;
	item->invariant = (uint16_t)detail;
}

static int setup(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);

	f->run = run_record_new();
	f->run->kind = IOMMU_VTD;
	f->also = g_ptr_array_new_with_free_func(g_free);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	run_record_free(f->run);
	g_ptr_array_unref(f->also);
	g_free(f->reason);
	g_free(f);
	return 0;
}

static bool matches(struct fixture *f)
{
	g_clear_pointer(&f->reason, g_free);
	g_ptr_array_set_size(f->also, 0);
	return verdict_matches(&scenario, &tables, &f->row, f->run, NULL, &f->reason, f->also);
}

static void test_verdict_safe_needs_every_step_as_expected(void **state)
{
	struct fixture *f = *state;
	struct step_record *second;

	add_item(f, OUTCOME_SAFE, "", 0);
	add_step(f, "one", EXPECT_OK, DID_OK);
	second = add_step(f, "two", EXPECT_FAULT, DID_BLOCKED);
	assert_true(matches(f));
	second->did = DID_REACHED;
	assert_false(matches(f));
	assert_non_null(strstr(f->reason, "line 11 (two)"));
}

static void test_verdict_item_replaces_the_steps_own_expectation(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_OK, DID_REJECTED);

	one->error = EPERM;
	add_item(f, OUTCOME_REJECTED, "one", EPERM);
	assert_true(matches(f));
	one->error = EBUSY;
	assert_false(matches(f));
	one->did = DID_OK;
	assert_false(matches(f));
}

static void test_verdict_last_rejected_claims_nothing_later_but_no_violation(void **state)
{
	struct fixture *f = *state;
	struct step_record *later;

	add_step(f, "one", EXPECT_OK, DID_REJECTED)->error = EPERM;
	later = add_step(f, "later", EXPECT_OK, DID_BLOCKED);
	add_item(f, OUTCOME_REJECTED, "one", EPERM);
	assert_true(matches(f));
	later->violated = 1u << INV_A;
	assert_false(matches(f));
	later->violated = 1u << INV_OTHER; /* a row without violates is strict */
	assert_false(matches(f));
}

static void test_verdict_safe_after_rejected_claims_the_rest(void **state)
{
	struct fixture *f = *state;

	add_step(f, "one", EXPECT_OK, DID_REJECTED)->error = EPERM;
	add_step(f, "later", EXPECT_OK, DID_BLOCKED);
	add_item(f, OUTCOME_REJECTED, "one", EPERM);
	add_item(f, OUTCOME_SAFE, "", 0);
	assert_false(matches(f));
}

static void test_verdict_steps_before_the_last_rejected_are_held(void **state)
{
	struct fixture *f = *state;

	add_step(f, "early", EXPECT_OK, DID_BLOCKED);
	add_step(f, "one", EXPECT_OK, DID_REJECTED)->error = EPERM;
	add_item(f, OUTCOME_REJECTED, "one", EPERM);
	assert_false(matches(f));
}

static void test_verdict_violates_lists_exactly_the_scenarios_invariants(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_FAULT, DID_REACHED);

	add_item(f, OUTCOME_VIOLATES, "one", INV_A);
	assert_false(matches(f)); /* not violated */
	one->violated = 1u << INV_A;
	assert_true(matches(f));
	assert_int_equal(f->also->len, 0);
	one->violated |= 1u << INV_OTHER; /* not this scenario's: told, tolerated */
	assert_true(matches(f));
	assert_int_equal(f->also->len, 1);
	one->violated |= 1u << INV_B; /* this scenario's, and not listed */
	assert_false(matches(f));
}

static void test_verdict_violation_at_an_unlisted_step_fails(void **state)
{
	struct fixture *f = *state;

	add_step(f, "one", EXPECT_OK, DID_OK)->violated = 1u << INV_A;
	add_step(f, "two", EXPECT_OK, DID_OK)->violated = 1u << INV_A;
	add_item(f, OUTCOME_VIOLATES, "one", INV_A);
	assert_false(matches(f));
	assert_non_null(strstr(f->reason, "two"));
}

static void test_verdict_blocked_is_fault_or_availability_by_what_was_meant(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_REACHES, DID_BLOCKED);

	one->meant = true;
	add_item(f, OUTCOME_AVAILABILITY, "one", 0);
	assert_true(matches(f));
	one->meant = false;
	assert_false(matches(f));
	f->row.items[0].kind = OUTCOME_FAULT;
	assert_true(matches(f));
}

static void test_verdict_scratch_is_availability_where_it_was_meant(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_FAULT, DID_SCRATCH);
	g_autofree char *words = NULL;

	add_item(f, OUTCOME_SCRATCH, "one", 0);
	assert_true(matches(f));
	words = verdict_words(&scenario, &tables, f->run);
	assert_string_equal(words, "scratch at one");
	one->meant = true;
	assert_false(matches(f));
	f->row.items[0].kind = OUTCOME_AVAILABILITY;
	assert_true(matches(f));
	f->steps[0].expect[0].kind = EXPECT_SCRATCH;
	assert_true(verdict_step_as_expected(one, IOMMU_VTD));
	one->did = DID_BLOCKED;
	assert_false(verdict_step_as_expected(one, IOMMU_VTD));
}

static void test_verdict_self_harm_needs_something_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_FAULT, DID_REACHED);

	add_item(f, OUTCOME_SELF_HARM, "one", 0);
	assert_false(matches(f));
	one->own = true;
	assert_true(matches(f));
}

static void test_verdict_item_at_a_skipped_step_fails(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_OK, DID_SKIPPED);

	one->skip_follows = true;
	add_item(f, OUTCOME_REJECTED, "one", EPERM);
	assert_false(matches(f));
}

static void test_verdict_skip_must_follow_from_a_rejection(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_OK, DID_SKIPPED);

	add_item(f, OUTCOME_SAFE, "", 0);
	assert_false(matches(f));
	one->skip_follows = true;
	assert_true(matches(f));
}

static void test_verdict_reaches_compares_what_was_hit(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_REACHES, DID_REACHED);

	f->steps[0].expect[0].reaches = (struct target){.kind = TARGET_MEMORY, .index = 3};
	one->reached = (struct target){.kind = TARGET_MEMORY, .index = 3};
	assert_true(verdict_step_as_expected(one, IOMMU_VTD));
	one->reached.index = 4;
	assert_false(verdict_step_as_expected(one, IOMMU_VTD));
	one->reached = (struct target){.kind = TARGET_BAR, .index = 3};
	assert_false(verdict_step_as_expected(one, IOMMU_VTD));
}

static void test_verdict_fault_code_is_of_the_kind(void **state)
{
	struct fixture *f = *state;
	struct step_record *one = add_step(f, "one", EXPECT_FAULT, DID_BLOCKED);

	f->steps[0].expect[0].fault[IOMMU_VTD] = 6;
	one->fault = 6;
	assert_true(verdict_step_as_expected(one, IOMMU_VTD));
	one->fault = 5;
	assert_false(verdict_step_as_expected(one, IOMMU_VTD));
	assert_true(verdict_step_as_expected(one, IOMMU_SMMUV3)); /* no code given for that kind */
}

static void test_verdict_words_name_what_differs(void **state)
{
	struct fixture *f = *state;
	g_autofree char *words = NULL;

	add_step(f, "one", EXPECT_OK, DID_REJECTED)->error = EPERM;
	add_step(f, "", EXPECT_OK, DID_OK)->violated = 1u << INV_B;
	words = verdict_words(&scenario, &tables, f->run);
	assert_string_equal(words, "rejected EPERM at one, violates inv-b at line 11");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_verdict_safe_needs_every_step_as_expected),
		T(test_verdict_item_replaces_the_steps_own_expectation),
		T(test_verdict_last_rejected_claims_nothing_later_but_no_violation),
		T(test_verdict_safe_after_rejected_claims_the_rest),
		T(test_verdict_steps_before_the_last_rejected_are_held),
		T(test_verdict_violates_lists_exactly_the_scenarios_invariants),
		T(test_verdict_violation_at_an_unlisted_step_fails),
		T(test_verdict_blocked_is_fault_or_availability_by_what_was_meant),
		T(test_verdict_scratch_is_availability_where_it_was_meant),
		T(test_verdict_self_harm_needs_something_of_its_own),
		T(test_verdict_item_at_a_skipped_step_fails),
		T(test_verdict_skip_must_follow_from_a_rejection),
		T(test_verdict_reaches_compares_what_was_hit),
		T(test_verdict_fault_code_is_of_the_kind),
		T(test_verdict_words_name_what_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
