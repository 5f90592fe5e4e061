/* SPDX-License-Identifier: MIT */
/* When time passes for hardware that waits: what is held goes on before anybody is given up. */
#include "sim/step.h"
#include "sim/tables.h"
#include "sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "name: hardware\n"
			   "title: T\n"
			   "source: {author: A, date: 2021-06-14, document: d}\n"
			   "claim: c\n"
			   "invariants: [ats-trust]\n"
			   "machine:\n"
			   "  owners: {p: process}\n"
			   "  devices: {d: {ats: true}}\n"
			   "  memory: {b: {of: p}}\n"
			   "run:\n"
			   "  - {by: p, take: {device: d}}\n"
			   "  - {by: p, space: {}, as: s}\n"
			   "  - {by: p, attach: {device: d, space: s}}\n"
			   "  - {by: p, map: {space: s, at: 0x40000000, to: b}}\n"
			   "  - {by: p, ats: {device: d, at: 0x40000000}, as: t}\n"
			   "  - {by: p, dma: {device: d, translated: t, hold: translated}, as: w}\n"
			   "  - {by: p, unmap: {space: s, at: 0x40000000}}\n"
			   "expect:\n"
			   "  - {policy: iommufd, verdict: safe, basis: I}\n";

struct counter {
	struct effect_hook next;
	unsigned sent, completed;
};

/* VT-d 6.5.2.5: the low bits of a descriptor are its type, 3 is a device-TLB invalidation. */
static void seen(void *context, const struct effect *effect)
{
	struct counter *counter = context;

	counter->sent += effect->kind == EFFECT_SUBMIT && (effect->command[0] & 0xf) == 3;
	counter->completed += effect->kind == EFFECT_COMPLETE && effect->scope.what == INVALIDATED_DEVTLB;
	counter->next.seen(counter->next.context, effect);
}

static void test_hardware_completes_what_waits_for_a_held_request(void **state)
{
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data("hardware", text, strlen(text), sim_tables(), &error);
	struct run_record *record = run_record_new();
	struct counter counter = {.sent = 0};
	struct world *world;
	char *message = NULL;
	struct rules rules;
	unsigned i = 0;
	(void)state;

	if (error)
		fail_msg("%s", error->message);
	rules_of_policy((unsigned)policy_by_name("iommufd"), &rules);
	rules.value[KNOB_DEVTLB_ORDER] = DEVTLB_FIRST; /* so that no other invalidation lets it go on */
	world = world_new(&scenario->cases[0], HARDWARE_AUTO, IOMMU_VTD, &rules, false, &message);
	assert_null(message);
	for (; i + 1 < scenario->cases[0].step_count; i++)
		step_run(world, &scenario->cases[0].steps[i], i + 1,
			 run_record_add(record, &scenario->cases[0].steps[i]));
	assert_int_equal(devices_owe(world->devices), 0);
	assert_int_equal(fabric_in_flight(world->fabric), 1);
	counter.next = world->hook;
	world->hook = (struct effect_hook){.seen = seen, .context = &counter};
	step_run(world, &scenario->cases[0].steps[i], i + 1, run_record_add(record, &scenario->cases[0].steps[i]));
	assert_int_equal(fabric_in_flight(world->fabric), 0);
	assert_int_equal(counter.sent, 1); /* once: nobody was given up and tried again */
	assert_int_equal(counter.completed, 1);
	run_record_free(record);
	world_free(world);
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hardware_completes_what_waits_for_a_held_request),
	};

	return cmocka_run_group_tests_name("hardware", tests, NULL, NULL);
}
