/* SPDX-License-Identifier: MIT */
/*
 * The random search finds what each unsafe rule breaks, and makes a scenario of it that a reader can take in and that
 * replays as it says. The rules are the planted bugs: without the setting nothing of the kind happens in that program.
 */
#include "check/check.h"
#include "sim/random_search.h"
#include "sim/tables.h"

#include <ioasid-sim/ioasid-sim.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROGRAMS 60 /* within which it has to be found */

/* Seeds are near the first program that has it, to save time; any other way in finds it too, later. */
static const struct planted {
	const char *policy, *setting, *invariant;
	uint64_t seed;
	uint32_t steps; /* at most, of the smallest scenario */
} planted[] = {
	{"kernel-dma", "kernel_dma=lazy", "unmap-effective", 1, 4},
	{"kernel-dma", "kernel_dma=lazy", "pin-outlives-translation", 6, 3},
	{"kernel-dma", "kernel_dma=identity", "dma-confined", 1, 3},
	{"kernel-dma", "boot_order=enable_then_map", "resv-honoured", 9, 1},
	{"kernel-dma", "pasid_fabric_rule=none", "p2p-contained", 1049, 2},
	{"kernel-dma", "prq_drain=false", "pasid-quiesced-reuse", 2016, 4},
	{"iommufd", "group_check_point=none", "group-single-owner", 14, 2},
	{"vfio-type1", "group_check_point=none", "group-single-owner", 14, 2},
	{"iommufd", "group_rule=path_acs_by_slot", "group-single-owner", 2133, 1},
	{"iommufd", "late_bind=unmonitored", "group-single-owner", 1803, 2},
	{"iommufd", "claim_domain=keep_default", "access-implies-context", 1, 1},
	{"iommufd", "detach_target=default", "access-implies-context", 5, 5},
	{"iommufd", "blocking_impl=bypass", "dma-confined", 5, 2},
	{"iommufd", "blocking_impl=scratch_page", "dma-confined", 50300, 5},
	{"iommufd", "reset_on_close=false", "teardown-order", 340, 3},
	{"iommufd", "devtlb_order=none", "unmap-effective", 1, 7},
	{"iommufd", "unsafe_interrupts=true", "msi-isolated", 783, 2},
	{"noiommu", NULL, "dma-confined", 1, 2},
	{"ioasid-kt", NULL, "group-single-owner", 14, 2},
	{"ioasid-v1", NULL, "group-single-owner", 14, 2},
	{"iommufd", "response_match=prgi_only", "request-scoped", 450, 5},
	{"iommufd", "devtlb_order=devtlb_first", "unmap-effective", 1882, 10},
	{"iommufd", "devtlb_order=devtlb_first", "pin-outlives-translation", 1882, 10},
	{"iommufd", "reset_ats=ignore", "pin-outlives-translation", 168, 5},
	{"iommufd", "pasid_fabric_rule=count_at_attach", "p2p-contained", 3166, 3},
	{"iommufd", "pasid_space=shared", "dma-confined", 966, 2},
	{"iommufd", "pasid_space=shared", "pasid-exclusive", 966, 2},
	{"iommu-v2", "pasid_space=shared", "pasid-exclusive", 711, 2},
	{"iommufd", "fork_pinned=shared", "pin-outlives-translation", 53, 6},
	{"vfio-type1", "fork_pinned=shared", "pin-outlives-translation", 454, 6},
};

static const struct search_words words = {.name = "found",
					  .source = "{author: nobody, date: 2026-01-01, document: test_random_search}"};

static struct search_wish wish_of(const struct planted *row)
{
	struct search_wish wish = {.seed = row->seed, .programs = PROGRAMS};
	char **parts = row->setting ? g_strsplit(row->setting, "=", 2) : NULL;

	wish.rules.policy = (unsigned)policy_by_name(row->policy);
	wish.invariant = invariant_by_name(row->invariant);
	if (parts) {
		unsigned knob = (unsigned)knob_by_name(parts[0]);

		wish.rules.settings[wish.rules.setting_count++] =
			(struct setting){.knob = (uint16_t)knob, .value = (uint16_t)knob_value_by_name(knob, parts[1])};
	}
	g_strfreev(parts);
	return wish;
}

/* It loads, fits on a screen, says the invariant's name, and every row of it passes, on both kinds. */
static void check_scenario(const char *text, const struct planted *row)
{
	iosim_results *results = iosim_results_new();
	GError *error = NULL;
	iosim_scenario *scenario = iosim_scenario_load_data("found", text, strlen(text), &error);
	char **lines = g_strsplit(text, "\n", -1);
	char *item = g_strdup_printf("violates %s at ", row->invariant);

	if (error)
		fail_msg("%s\n%s", error->message, text);
	assert_true(iosim_replay(scenario, NULL, results, &error));
	if (iosim_results_count(results, IOSIM_FAILED) || iosim_results_count(results, IOSIM_PASSED) != 2)
		fail_msg("%s\n%s", text, iosim_results_format(results, "text", FALSE, FALSE, NULL));
	assert_non_null(strstr(text, item));
	assert_true(g_strv_length(lines) <= 45);
	for (unsigned i = 0; lines[i]; i++)
		assert_true(strlen(lines[i]) <= 112);
	g_free(item);
	g_strfreev(lines);
	iosim_scenario_free(scenario);
	iosim_results_free(results);
}

static void test_search_finds_what_each_unsafe_rule_breaks(void **state)
{
	struct search_found *found = g_new0(struct search_found, 1);
	(void)state;

	for (unsigned i = 0; i < G_N_ELEMENTS(planted); i++) {
		const struct planted *row = &planted[i];
		struct search_wish wish = wish_of(row);
		char *text;

		if (!search(&wish, found))
			fail_msg("%s %s: %s is not violated by %u programs", row->policy, row->setting, row->invariant,
				 found->programs);
		text = search_scenario(&wish, found, &words);
		print_message("# %s %s: %s: program %u, %u steps, made %u by %u runs\n", row->policy,
			      row->setting ? row->setting : "", row->invariant, found->programs, found->steps_before,
			      found->steps, found->runs);
		check_scenario(text, row);
		if (found->steps > row->steps)
			fail_msg("%u steps:\n%s", found->steps, text);
		g_free(text);
	}
	g_free(found);
}

static void test_search_smallest_scenario_is_smallest(void **state)
{
	struct search_wish wish = wish_of(&planted[0]);
	struct search_found *found = g_new0(struct search_found, 1);
	(void)state;

	assert_true(search(&wish, found));
	for (uint32_t i = 0; i < found->sketch.count; i++) {
		struct sketch less = found->sketch;
		bool dropped[SKETCH_MAX_PARTS] = {false};

		dropped[i] = true;
		sketch_drop(&less, dropped);
		assert_int_equal(search_fault(&less, &wish).sort, FAULT_NONE);
	}
	g_free(found);
}

/* noiommu lets everybody at everything: no rule about device TLBs is to blame for that. */
static void test_search_blames_no_setting_for_what_happens_without_it(void **state)
{
	const struct planted row = {"noiommu", "devtlb_order=none", "dma-confined", 1, 0};
	struct search_wish with = wish_of(&row), without = with;
	struct search_found *found = g_new0(struct search_found, 1);
	(void)state;

	without.rules.setting_count = 0;
	assert_true(search(&without, found));
	assert_false(search(&with, found));
	assert_int_equal(found->programs, PROGRAMS);
	g_free(found);
}

static void test_search_same_seed_same_scenario(void **state)
{
	struct search_wish wish = wish_of(&planted[1]);
	struct search_found *one = g_new0(struct search_found, 1), *two = g_new0(struct search_found, 1);
	char *first, *second;
	(void)state;

	assert_true(search(&wish, one));
	assert_true(search(&wish, two));
	first = search_scenario(&wish, one, &words);
	second = search_scenario(&wish, two, &words);
	assert_string_equal(first, second);
	g_free(first);
	g_free(second);
	g_free(one);
	g_free(two);
}

/* --- every value of every knob --- */

#define OF_CONFIDENTIAL "about confidential guests, of which no random program has one"
#define SAFE            "safe by itself: another way to the same end"
#define OF_KERNELS \
	"rules of another time, of which each that is unsafe is a knob's value too, or is refused by a later call"

/*
 * Values that no row of `planted` has and that are no policy's own (those are what test_random_programs runs), with the
 * reason. Without a value: all of the knob.
 */
static const struct {
	const char *knob, *value, *why;
} not_found[] = {
	{"user_api", NULL, "a policy's own"},
	{"kernel", NULL, OF_KERNELS},
	{"group_rule", "reachable_set", SAFE},
	{"group_rule", "per_rid_subgroup", SAFE},
	{"group_check_point", "get_device_fd", SAFE},
	{"late_bind", "crash", "the host is dead, and nothing is judged any more"},
	{"blocking_impl", "empty_table", SAFE},
	{"pasid_fabric_rule", "immutable", SAFE},
	{"pasid_fabric_rule", "refuse_hotplug", SAFE},
	{"pasid_fabric_rule", "translated_only_promise", "no random device sends what it promised not to send"},
	{"pasid_space", "global", SAFE},
	{"domain_alloc_point", "driver", SAFE},
	{"domain_alloc_point", "alloc", SAFE},
	{"reset_ats", "defer", SAFE},
	{"detach_target", "previous", "what the device goes on in is still its owner's space"},
	{"domain_type_change", "any", "no random program changes to another type: lazy and identity are found as such"},
	{"pasid_attach_checks_enable", "false", "a device that was not enabled sends no PASID, attached or not"},
	{"grant_granularity", "byte", "random programs map whole pages"},
	{"parent_change", NULL,
	 "it takes a child space that outlives a mapping of its parent, which random programs do not aim at"},
	{"flush_scope", "own",
	 "it takes a child space that outlives a mapping of its parent, which random programs do not aim at"},
	{"pasid_lifetime", "unbind",
	 "it takes an ENQCMD of a process that lost its PASID to another: none of 8,000 has"},
	{"pasid_lifetime", "address_space",
	 "the number is taken once more, on a device that has it bound still: EBUSY, and nothing is violated"},
	{"dma_address", NULL, OF_CONFIDENTIAL},
	{"kexec_tables", NULL,
	 "it takes an address of the old kernel that is memory of the new one: none of 3,000 has"},
	{"availability_counts", "false", "it says what a verdict tells, and lost service is no violation"},
	{"bounce_sync", "always", "it loses a device's own data, which no invariant of these programs is about"},
	{"kernel_pasid", "supervisor_sva", "no random program binds a PASID for the kernel itself"},
	{"switch_atomicity", NULL, "what a device meets within one call is seen by split steps alone"},
	{"snoop_policy", NULL, "the unit's quirk and the guest's hypervisor decide, and SMMUv3 has no such control"},
	{"guest", NULL, OF_CONFIDENTIAL},
	{"guest_bounce", NULL, OF_CONFIDENTIAL},
	{"shared_alias", NULL, OF_CONFIDENTIAL},
	{"iommu_layout", NULL, OF_CONFIDENTIAL},
	{"t0_table", NULL, OF_CONFIDENTIAL},
	{"t1_shared", NULL, OF_CONFIDENTIAL},
	{"run_by", NULL, OF_CONFIDENTIAL},
	{"run_gate", NULL, OF_CONFIDENTIAL},
	{"unmap_under_run", NULL, OF_CONFIDENTIAL},
	{"scrub_by", NULL, OF_CONFIDENTIAL},
	{"mmio_guard", NULL, OF_CONFIDENTIAL},
	{"mmio_at_bind", NULL, OF_CONFIDENTIAL},
	{"reset_bound", NULL, OF_CONFIDENTIAL},
	{"mmio_validate", NULL, OF_CONFIDENTIAL},
	{"attest_order", NULL, OF_CONFIDENTIAL},
	{"nonce_check", NULL, OF_CONFIDENTIAL},
};

static bool is_planted(const char *knob, const char *value)
{
	g_autofree char *setting = g_strdup_printf("%s=%s", knob, value);

	for (unsigned i = 0; i < G_N_ELEMENTS(planted); i++)
		if (planted[i].setting && strcmp(planted[i].setting, setting) == 0)
			return true;
	return false;
}

static bool has_reason(const char *knob, const char *value)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(not_found); i++)
		if (strcmp(not_found[i].knob, knob) == 0 &&
		    (!not_found[i].value || strcmp(not_found[i].value, value) == 0))
			return true;
	return false;
}

static bool is_a_policys_own(unsigned knob, unsigned value)
{
	for (unsigned i = 0; i < policy_count(); i++) {
		struct rules rules;

		rules_of_policy(i, &rules);
		if (rules.value[knob] == value)
			return true;
	}
	return false;
}

static void test_search_table_has_every_value_of_every_knob(void **state)
{
	(void)state;

	for (unsigned knob = 0; knob_rows[knob].name; knob++)
		for (unsigned value = 0; knob_rows[knob].same_as < 0 && knob_rows[knob].values[value]; value++) {
			const char *name = knob_rows[knob].name, *word = knob_rows[knob].values[value];

			if (is_planted(name, word) && has_reason(name, word))
				fail_msg("%s=%s is found: it needs no reason", name, word);
			if (!is_planted(name, word) && !has_reason(name, word) && !is_a_policys_own(knob, value))
				fail_msg("%s=%s is neither found nor excused", name, word);
		}
}

/* --- the tree of parts --- */

static uint32_t step_of(struct sketch *sketch, const char *operation, const char *key, const char *value)
{
	uint32_t step = sketch_add(sketch, SKETCH_RUN, operation);

	sketch_set(sketch, step, key, "%s", value);
	return step;
}

static struct sketch *some_sketch(void)
{
	struct sketch *sketch = g_new0(struct sketch, 1);
	uint32_t port = sketch_add(sketch, SKETCH_FABRIC, "x1"), outer, inner;

	sketch_set(sketch, port, "kind", "switch");
	sketch_add(sketch, SKETCH_OWNERS, "p1");
	outer = sketch_add(sketch, SKETCH_DEVICES, "d1");
	sketch_set(sketch, outer, "under", "x1");
	inner = sketch_add_inside(sketch, outer, "functions", "d1-f0");
	sketch_set(sketch, inner, "bars", "{bar0: 4K}");
	sketch_set(sketch, sketch_add(sketch, SKETCH_MEMORY, "b1"), "of", "p1");
	step_of(sketch, "take", "device", "d1-f0");
	g_strlcpy(sketch->parts[step_of(sketch, "space", "ram", "true")].as, "s1", SKETCH_NAME_MAX);
	step_of(sketch, "dma", "at", "bus(d1-f0.bar0)");
	step_of(sketch, "destroy", "space", "s1");
	return sketch;
}

static char *text_without(const char *name)
{
	const struct sketch_frame frame = {"n", "t", "c", "{}", "i", ""};
	struct sketch *sketch = some_sketch();
	bool dropped[SKETCH_MAX_PARTS] = {false};
	char *text;

	for (uint32_t i = 0; name && i < sketch->count; i++)
		dropped[i] = strcmp(sketch->parts[i].name, name) == 0;
	sketch_drop(sketch, dropped);
	text = sketch_text(sketch, &frame);
	g_free(sketch);
	return text;
}

static void test_sketch_text_is_as_written(void **state)
{
	char *text = text_without(NULL);
	(void)state;

	assert_string_equal(text, "name: n\ntitle: t\nsource: {}\nclaim: c\ninvariants: [i]\nmachine:\n"
				  "  fabric:\n    x1: {kind: switch}\n"
				  "  owners:\n    p1: {}\n"
				  "  devices:\n    d1: {under: x1, functions: {d1-f0: {bars: {bar0: 4K}}}}\n"
				  "  memory:\n    b1: {of: p1}\n"
				  "run:\n  - {take: {device: d1-f0}}\n  - {space: {ram: true}, as: s1}\n"
				  "  - {dma: {at: bus(d1-f0.bar0)}}\n  - {destroy: {space: s1}}\nexpect:\n");
	g_free(text);
}

/* Steps that name what went go; parts of the machine lose the key alone, unless they cannot be without. */
static void test_sketch_drop_takes_along_what_depends(void **state)
{
	char *port = text_without("x1"), *function = text_without("d1-f0"), *device = text_without("d1"),
	     *owner = text_without("p1"), *space = text_without("space");
	(void)state;

	assert_non_null(strstr(port, "d1: {functions: {d1-f0"));
	assert_null(strstr(function, "take"));
	assert_null(strstr(function, "dma"));
	assert_non_null(strstr(function, "d1: {under: x1}"));
	assert_null(strstr(device, "d1-f0"));
	assert_null(strstr(owner, "memory"));
	assert_null(strstr(space, "destroy"));
	assert_non_null(strstr(space, "take"));
	g_free(port);
	g_free(function);
	g_free(device);
	g_free(owner);
	g_free(space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search_finds_what_each_unsafe_rule_breaks),
		cmocka_unit_test(test_search_table_has_every_value_of_every_knob),
		cmocka_unit_test(test_search_smallest_scenario_is_smallest),
		cmocka_unit_test(test_search_blames_no_setting_for_what_happens_without_it),
		cmocka_unit_test(test_search_same_seed_same_scenario),
		cmocka_unit_test(test_sketch_text_is_as_written),
		cmocka_unit_test(test_sketch_drop_takes_along_what_depends),
	};

	return cmocka_run_group_tests_name("random-search", tests, NULL, NULL);
}
