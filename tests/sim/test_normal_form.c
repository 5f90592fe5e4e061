/* SPDX-License-Identifier: MIT */
/* Two ways to a state: whether they lead to one. Steps are named by letters, the sequences are words of them. */
#include "sim/normal_form.h"

#include "sim/step.h"

#include "explored.h"

static const char text[] =
	"name: t\ntitle: t\nsource: {author: a, date: 2026-01-01, document: d}\n"
	"claim: >\n  None.\ninvariants: [dma-handle-epoch]\nmachine:\n"
	"  owners: {tvm1: {kind: vm, confidential: true}}\n"
	"  devices: {f: {tdisp: run}, x: {tdisp: unlocked}}\n"
	"  memory: {s: {of: tvm1}, a: {of: tvm1, private: true}, b: {of: tvm1, private: true}}\nrun:\n"
	"  - {label: sa, unlock: f}\n"
	"  - {label: sb, dma-map: {device: f, memory: s}, as: h}\n"
	"  - {label: sc, lock: x}\n"
	"  - {label: sd, attest: x}\n"
	"  - {label: se, unlock: x}\n"
	"  - {label: sf, dma: {device: x, t: 0, at: gpa(a), access: write}}\n"
	"  - {label: sg, driver-bind: {device: x, driver: guest}}\n"
	"  - {label: sh, dma: {device: x, t: 0, at: gpa(s), access: write}}\n"
	"  - {label: si, dma: {device: f, t: 1, at: gpa(s), access: write}}\n"
	"  - {label: sj, accept: f}\n"
	"  - {label: sk, stage2-unmap: {memory: s}}\n"
	"  - {label: sl, stage2-map: {memory: s, guest: tvm1, at: gpa(s), table: t0}}\n"
	"  - {label: sm, load: {memory: s}}\n"
	"  - {label: sn, convert: {memory: b, to: shared}}\n"
	"  - {label: so, convert: {memory: b, to: private}}\n"
	"  - {label: sp, ide-fail: f}\n"
	"  - {label: sq, lock: f}\n"
	"  - {label: sr, attest: f}\n"
	"expect: [{policy: inflight, verdict: safe, basis: I}]\n";

struct forms {
	struct normal_form form;
	uint64_t whole; /* of the arena as it is */
};

static struct forms after(struct world *world, const struct arena_snapshot *begin, const char *letters)
{
	struct forms forms;

	arena_restore(world->arena, begin);
	world_remember_views(world);
	for (uint32_t i = 0; letters[i]; i++) {
		const struct step *step = world->program->steps;
		struct step_record *record;
		while (step->label[1] != letters[i])
			step++;
		record = step_record_new(step);
		step_run(world, step, i + 1, record);
		assert_int_not_equal(record->did, DID_SKIPPED);
		step_record_free(record);
	}
	forms.whole = arena_hash(world->arena);
	forms.form = normal_form_of(world);
	return forms;
}

static void compare(enum iommu_kind kind, const char *one, const char *two, bool same, bool whole)
{
	struct scenario *scenario = load_text(text);
	struct rules rules;
	char *message;
	struct world *world;
	struct arena_snapshot *begin;
	struct forms left, right;

	rules_of_policy((unsigned)policy_by_name("inflight"), &rules);
	world = world_new(&scenario->cases[0], HARDWARE_AUTO, kind, &rules, false, &message);
	assert_non_null(world);
	begin = arena_save(world->arena);
	left = after(world, begin, one);
	right = after(world, begin, two);
	if ((memcmp(&left.form, &right.form, sizeof(left.form)) == 0) != same || (left.whole == right.whole) != whole)
		fail_msg("'%s' and '%s' on %s: %s, whole %s", one, two, machine_name_of_kind(kind),
			 memcmp(&left.form, &right.form, sizeof(left.form)) ? "differ" : "same",
			 left.whole == right.whole ? "same" : "differ");
	arena_snapshot_free(begin);
	world_free(world);
	scenario_free(scenario);
}

/* One state, though the arena has more in it than what can be told of it. */
static void test_normal_form_forgets_how_a_state_came_about(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"gff", "gf"},          /* faults that were recorded */
		{"cece", "ce"},         /* nonces */
		{"apqapqa", "apqa"},    /* sessions of before */
		{"aqrjaqrja", "aqrja"}, /* how often it crossed */
		{"klkl", "kl"},         /* commands that were worked off */
		{"nono", "no"},         /* the same in the trusted half */
		{"gih", "ghi"},         /* who wrote last */
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++)
		for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
			compare(kind, pairs[i][0], pairs[i][1], true, false);
}

static void test_normal_form_of_a_call_that_changed_nothing_is_the_same(void **state)
{
	(void)state;
	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++) {
		compare(kind, "c", "cj", true, true);
		compare(kind, "gh", "ghh", true, true);
	}
}

static void test_normal_form_keeps_what_can_be_told(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"ab", "ba"},   /* in which translation a handle was made */
		{"cd", "cdec"}, /* whether evidence is of this lock */
		{"c", "cec"},   /* the same lock, and another: */
		{"g", "gh"},    /* what is cached */
		{"gh", "ghm"},  /* what a CPU has */
		{"gmh", "gm"},  /* who wrote, where something older is cached */
		{"", "k"},      /* tables */
		{"", "n"},      /* states of pages */
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++)
		for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
			compare(kind, pairs[i][0], pairs[i][1], i == 2, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal_form_forgets_how_a_state_came_about),
		cmocka_unit_test(test_normal_form_of_a_call_that_changed_nothing_is_the_same),
		cmocka_unit_test(test_normal_form_keeps_what_can_be_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
