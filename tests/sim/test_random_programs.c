/* SPDX-License-Identifier: MIT */
/*
 * Random programs on random machines: VT-d and SMMUv3 do the same at every step, but for what trial_excuse.c has a
 * reason for; under the safe policies nothing is violated and nobody loses service. A program that fails is printed as
 * the smallest scenario that still does. IOSIM_RANDOM_PROGRAMS: how many; IOSIM_RANDOM_SEED: the first one's number.
 */
#include "scenario/operations.h"
#include "sim/invent.h"
#include "sim/random_search.h"
#include "sim/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
#define PROGRAMS 600
#else
#define PROGRAMS 20000
#endif

static const struct {
	const char *name;
	bool safe; /* nothing is violated, and nobody loses service */
} policies[] = {
	{"iommufd", true},    {"vfio-type1", true}, {"kernel-dma", true}, {"iommufd", true},     {"vfio-type1", true},
	{"kernel-dma", true}, {"ioasid-kt", false}, {"ioasid-v1", false}, {"iommu-v2", false},   {"iommufd", true},
	{"vfio-type1", true}, {"kernel-dma", true}, {"noiommu", false},   {"aux-domain", false},
};

struct totals {
	uint32_t programs, refused, excused, reached, rejected, blocked;
	uint64_t text; /* sum over all characters: the same seed makes the same programs */
};

static uint64_t from_environment(const char *name, uint64_t usual)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : usual;
}

/* Fails with the smallest scenario that has the fault. */
static void tell(const struct trial_rules *rules, uint64_t seed)
{
	const struct search_words words = {
		.name = "found", .source = "{author: nobody, date: 2026-01-01, document: test_random_programs}"};
	struct search_wish wish = {.rules = *rules, .invariant = SEARCH_ANY, .seed = seed, .programs = 1};
	struct search_found *found = g_new0(struct search_found, 1);
	char *text;

	if (!search(&wish, found))
		fail_msg("seed %" G_GUINT64_FORMAT ": it cannot be told what", seed);
	text = search_scenario(&wish, found, &words);
	fail_msg("seed %" G_GUINT64_FORMAT " under %s:\n%s", seed, policy_name(rules->policy), text);
}

static void judge(const struct trial *trial, const struct trial_rules *rules, bool safe, uint64_t seed)
{
	uint64_t violated = trial->violated[0] | trial->violated[1];

	if (trial->difference.sort != FAULT_NONE || (safe && (violated || trial->loss.sort != FAULT_NONE)))
		tell(rules, seed);
}

static void play(struct sketch *sketch, uint64_t seed, struct totals *totals)
{
	unsigned which = (unsigned)(seed % G_N_ELEMENTS(policies));
	struct trial_rules rules = {.policy = (unsigned)policy_by_name(policies[which].name)};
	struct random random;
	struct trial trial;
	char *text;

	random_seed(&random, seed);
	invent(sketch, &random, rules.policy);
	text = trial_text(sketch, &rules);
	for (const char *at = text; *at; at++)
		totals->text = totals->text * 31 + (unsigned char)*at;
	trial_run(text, &rules, &trial);
	totals->programs++;
	totals->refused += !trial.ran;
	totals->excused += trial.excused != NULL;
	totals->reached += trial.reached;
	totals->rejected += trial.refused;
	totals->blocked += trial.blocked;
	if (trial.ran)
		judge(&trial, &rules, policies[which].safe, seed);
	trial_clear(&trial);
	g_free(text);
}

static struct totals play_all(uint64_t seed, uint64_t programs)
{
	struct sketch *sketch = g_new0(struct sketch, 1);
	struct totals totals = {0};

	for (uint64_t i = 0; i < programs; i++)
		play(sketch, seed + i, &totals);
	g_free(sketch);
	return totals;
}

static void test_random_programs_do_the_same_on_both_kinds_and_break_no_safe_policy(void **state)
{
	uint64_t programs = from_environment("IOSIM_RANDOM_PROGRAMS", PROGRAMS);
	uint64_t seed = from_environment("IOSIM_RANDOM_SEED", 1);
	struct totals totals;
	(void)state;

	totals = play_all(seed, programs);
	print_message(
		"# %u programs from seed %" G_GUINT64_FORMAT ": %u no scenarios, %u go different ways for a reason; "
		"%u requests reached something, %u were blocked, %u calls were refused\n",
		totals.programs, seed, totals.refused, totals.excused, totals.reached, totals.blocked, totals.rejected);
	/* Programs that are refused, or come to nothing, would test nothing. */
	assert_true(totals.refused * 50 < totals.programs);
	assert_true(totals.excused * 5 < totals.programs);
	assert_true(totals.reached * 4 > totals.programs);
}

static void test_random_same_seed_same_programs(void **state)
{
	struct totals one = play_all(7, 40), two = play_all(7, 40), other = play_all(8, 40);
	(void)state;

	assert_memory_equal(&one, &two, sizeof(one));
	assert_true(one.text != other.text);
}

/* --- which operations --- */

#define CONFIDENTIAL "a confidential guest's: none of the policies that are tried has one"

/* Operations that no random program has, and why. */
static const struct {
	const char *name, *why;
} left_out[] = {
	{"pasid-table", "VT-d walks no table of PASIDs that is a guest's: there is nothing to compare with"},
	{"guest-pasid", "VT-d walks no table of PASIDs that is a guest's: there is nothing to compare with"},
	{"check", "it looks, and does nothing"},
	{"lock", CONFIDENTIAL},
	{"attest", CONFIDENTIAL},
	{"validate", CONFIDENTIAL},
	{"accept", CONFIDENTIAL},
	{"unlock", CONFIDENTIAL},
	{"tdi-bind", CONFIDENTIAL},
	{"tdi-unbind", CONFIDENTIAL},
	{"start", CONFIDENTIAL},
	{"stop", CONFIDENTIAL},
	{"ide-fail", CONFIDENTIAL},
	{"stage2-map", CONFIDENTIAL},
	{"stage2-unmap", CONFIDENTIAL},
	{"release-memory", CONFIDENTIAL},
	{"convert", CONFIDENTIAL},
	{"iommufd.hwpt-get-dirty-bitmap", "`dirty-read` asks the same of one page"},
	{"iommufd.ioctl", "it is about a struct, and carries nothing out"},
};

static const char *reason(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(left_out); i++)
		if (strcmp(left_out[i].name, name) == 0)
			return left_out[i].why;
	return NULL;
}

static void note_operations(const struct sketch *sketch, bool *seen)
{
	for (uint32_t i = 0; i < sketch->count; i++)
		if (sketch->parts[i].table == SKETCH_RUN)
			seen[operation_find(sketch->parts[i].name)] = true;
}

static void test_random_programs_have_every_operation_or_a_reason(void **state)
{
	struct sketch *sketch = g_new0(struct sketch, 1);
	bool seen[OPERATIONS] = {false};
	(void)state;

	for (uint64_t seed = 1; seed <= 4000; seed++) {
		struct random random;

		random_seed(&random, seed);
		invent(sketch, &random, (unsigned)policy_by_name(policies[seed % G_N_ELEMENTS(policies)].name));
		note_operations(sketch, seen);
	}
	for (int i = 0; i < OPERATIONS; i++) {
		const char *name = operation_name((enum operation)i);

		if (seen[i] == (reason(name) != NULL))
			fail_msg("'%s' %s", name,
				 seen[i] ? "is made up: it needs no reason" : "is never made up, and nothing says why");
	}
	g_free(sketch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_programs_do_the_same_on_both_kinds_and_break_no_safe_policy),
		cmocka_unit_test(test_random_same_seed_same_programs),
		cmocka_unit_test(test_random_programs_have_every_operation_or_a_reason),
	};

	return cmocka_run_group_tests_name("random-programs", tests, NULL, NULL);
}
