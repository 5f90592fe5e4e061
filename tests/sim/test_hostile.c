/* SPDX-License-Identifier: MIT */
/*
 * A device that ignores every rule can neither crash the simulator nor make a safe policy's invariants lie. Random
 * programs run under the policies as they are; after each step an oracle of its own (hostile_oracle.h) looks at what
 * memory was really read or written, and says whether that had to be reported. The same programs with devices that keep
 * the rules violate nothing.
 */
#include "hostile.h"
#include "sim/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PROGRAMS 350 /* of each policy, kind and sort of device */
#define MACHINE_TEXT(quirks)                                             \
	"name: hostile\n"                                                \
	"title: A device that ignores every rule\n"                      \
	"source: {author: nobody, date: 2026-01-01, document: a test}\n" \
	"claim: none\n"                                                  \
	"invariants: [dma-confined]\n"                                   \
	"machine:\n"                                                     \
	"  owners: {p: process, q: process}\n"                           \
	"  devices:\n"                                                   \
	"    a: {ats: true" quirks "}\n"                                 \
	"    b: {pri: true, pasid-bits: 3" quirks "}\n"                  \
	"    k: {driver: host, pri: true, pasid-bits: 3" quirks "}\n"    \
	"  memory:\n"                                                    \
	"    p0: {of: p}\n"                                              \
	"    p1: {of: p, present: false}\n"                              \
	"    q0: {of: q}\n"                                              \
	"    q1: {of: q, present: false}\n"                              \
	"    h0: {of: host}\n"                                           \
	"    h1: {of: host}\n"                                           \
	"run:\n"                                                         \
	"  - {by: p, take: {device: a}}\n"                               \
	"expect:\n"                                                      \
	"  - {policy: iommufd, verdict: safe, basis: I}\n"

static const char honest_text[] = MACHINE_TEXT("");
static const char hostile_text[] =
	MACHINE_TEXT(", quirks: [ignores-invalidation, ats-survives-reset, translated-without-ats]");

/* --- judging --- */

static uint64_t bit_of(const char *invariant)
{
	int number = invariant_by_name(invariant);

	assert_true(number >= 0);
	return UINT64_C(1) << number;
}

static void fail_with_trail(const struct play *play, const struct step_record *record, const char *what)
{
	for (unsigned i = 0; i < play->steps; i++)
		print_error("%2u %s\n", i + 1, play->trail[i]);
	for (unsigned i = 0; i < record->notes->len; i++)
		print_error("   %s\n", (const char *)g_ptr_array_index(record->notes, i));
	fail_msg("%s", what);
}

struct touch {
	uint16_t object, originator, device;
	uint32_t pasid;
	bool write, translated;
};

/* The request that made the access in this step: its own, the one that is resumed, or the one that was in flight. */
static struct touch access_of(const struct play *play, const struct step *step, uint16_t object, bool write)
{
	struct touch access = {.object = object, .write = write, .device = step->with.device, .pasid = PASID_NONE};
	const struct request *waited;

	if (step->operation == OP_DMA) {
		access.pasid = step->with.pasid.base == PASID_NUMBER ? step->with.pasid.value : PASID_NONE;
		access.originator =
			step->by_given ? step->by : oracle_works_for(&play->oracle, access.device, access.pasid);
		access.translated = step->with.translated;
		return access;
	}
	waited = &play->world->slots[(play->held ? play->held : step->with.request + 1) - 1].request;
	access.originator = waited->originator;
	access.device = waited->device;
	access.pasid = waited->pasid;
	access.translated = waited->at == AT_TRANSLATED;
	return access;
}

/* `before`: what was known before the step: a request that was in flight arrives somewhere within. */
static void judge_access(struct play *play, const struct oracle *before, const struct step *step,
			 const struct step_record *record, struct touch access)
{
	bool reported = record->violated & bit_of("dma-confined"), lies = record->violated & bit_of("ats-trust");
	bool had = oracle_may(before, access.originator, access.object, access.write);
	bool has = oracle_may(&play->oracle, access.originator, access.object, access.write);
	bool self = access.write && play->oracle.read_only[access.object];

	play->reached++;
	play->breaches += !had && !has;
	if (!had && !has && !reported)
		fail_with_trail(play, record, "a breach that nobody reported");
	if (had && has && !self && reported)
		fail_with_trail(play, record, "dma-confined without a breach");
	if (reported && !lies)
		fail_with_trail(play, record, "the policy is to blame");
	if (step->operation == OP_DMA && access.translated && !lies &&
	    !oracle_was_given(&play->oracle, access.device, access.pasid, access.object, access.write))
		fail_with_trail(play, record, "an address that was never given was believed");
}

/* The kernel's own memory: of the record alone, the oracle has no name for it. */
static void judge_kernel_memory(struct play *play, const struct step *step, const struct step_record *record)
{
	struct touch access = access_of(play, step, NO_OBJECT, false);
	bool reported = record->violated & bit_of("dma-confined"), lies = record->violated & bit_of("ats-trust");
	bool of_kernel = access.originator == MACHINE_HOST || play->oracle.kernel[access.originator];

	if (!lies || reported == of_kernel)
		fail_with_trail(play, record, "the kernel's memory");
	play->breaches++;
	play->lost = step->with.access & ACCESS_WRITE;
}

static void judge_step(struct play *play, const struct oracle *before, const struct step *step,
		       const struct step_record *record, uint64_t canary)
{
	uint64_t explained = bit_of("ats-trust") | bit_of("pasid-quiesced-reuse");
	bool write;
	uint16_t object = oracle_touched(play->world, play->payload, canary, &write);

	if (step->operation == OP_DMA && !step->with.translated && step->with.pasid.base == PASID_NUMBER) {
		struct touch asker = access_of(play, step, NO_OBJECT, false);
		oracle_asked_itself(&play->oracle, asker.device, asker.pasid, asker.originator);
	}
	if (object != NO_OBJECT)
		judge_access(play, before, step, record, access_of(play, step, object, write));
	else if (record->did == DID_REACHED && !play->told_late)
		judge_kernel_memory(play, step, record);
	else if (record->violated & bit_of("dma-confined"))
		fail_with_trail(play, record, "dma-confined, and nothing was touched");
	if (play->honest && record->violated)
		fail_with_trail(play, record, "a device that keeps the rules");
	/* All else that goes wrong does so because the device lied in this very step, or kept what it had to forget. */
	if (record->violated & ~explained && !(record->violated & bit_of("ats-trust")))
		fail_with_trail(play, record, "a violation that no lie explains");
}

/* --- playing --- */

static void one_step(struct play *play)
{
	struct oracle before = play->oracle;
	struct step step = hostile_step(play);
	struct run_record *records = run_record_new();
	struct step_record *record = run_record_add(records, &step);
	uint64_t canary = random_next(&play->random) | 1;
	bool succeeded;

	play->told_late = step.operation == OP_RESUME && play->world->slots[step.with.request].waits == WAITS_HELD &&
			  play->world->slots[step.with.request].flight == DEVICE_NO_FLIGHT;
	memset(play->payload, 0, sizeof(play->payload));
	memcpy(play->payload, &canary, sizeof(canary));
	step_run(play->world, &step, play->steps + 1, record);
	snprintf(play->trail[play->steps++], sizeof(play->trail[0]),
		 "%s by %u%s device %u pasid %d at %d/%u/%#llx to %u%s%s%s as %u: %s", operation_name(step.operation),
		 step.by, step.by_given ? "" : "?", step.with.device,
		 step.with.pasid.base == PASID_NUMBER ? (int)step.with.pasid.value : -1, (int)step.with.at.base,
		 step.with.at.index, (unsigned long long)step.with.at.number, step.with.to.index,
		 step.with.translated ? " translated" : "", step.with.access & ACCESS_WRITE ? " write" : "",
		 step.with.hold ? " hold" : "", step.as, record->outcome);
	assert_int_not_equal(record->did, DID_CRASHED);
	succeeded = record->did == DID_OK;
	if (!play->lost) {
		if (succeeded)
			oracle_learn(&play->oracle, play->world, &step, play->kernel);
		judge_step(play, &before, &step, record, canary);
	}
	for (unsigned i = 0; i < 64; i++)
		play->raised[i] += record->violated >> i & 1;
	if (step.operation == OP_DMA && step.as && play->world->slots[step.as - 1].waits == WAITS_HELD)
		play->held = step.as;
	if (play->held && (play->world->slots[play->held - 1].waits != WAITS_HELD ||
			   play->world->slots[play->held - 1].flight == DEVICE_NO_FLIGHT))
		play->held = 0;
	run_record_free(records);
}

struct totals {
	uint64_t hash;
	unsigned reached, breaches, raised[64];
};

static void play_one(const struct scenario *scenario, struct scenario_case *program, enum iommu_kind kind,
		     unsigned policy, uint64_t seed, struct totals *totals)
{
	struct play *play = g_new0(struct play, 1);
	struct rules rules;
	char *message = NULL;

	rules_of_policy(policy, &rules);
	play->honest = scenario->cases[0].machine->devices[0].quirks == 0;
	play->kernel = rules.value[KNOB_USER_API] == USER_API_NONE;
	play->world = world_new(program, HARDWARE_AUTO, kind, &rules, false, &message);
	assert_null(message);
	play->world->payload = play->payload;
	random_seed(&play->random, seed);
	oracle_begin(&play->oracle, play->world);
	while (play->steps < HOSTILE_STEPS)
		one_step(play);
	totals->hash ^= arena_hash(play->world->arena);
	totals->reached += play->reached;
	totals->breaches += play->breaches;
	for (unsigned i = 0; i < 64; i++)
		totals->raised[i] += play->raised[i];
	world_free(play->world);
	g_free(play);
}

static struct scenario *load(const char *text)
{
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data("hostile", text, strlen(text), sim_tables(), &error);

	if (error)
		fail_msg("%s", error->message);
	return scenario;
}

/* The scenario's machine, without its steps, and with names enough. */
static struct scenario_case program_of(const struct scenario *scenario, struct result_slot *slots)
{
	for (unsigned i = 0; i < SORTS * SLOTS_A_SORT; i++)
		snprintf(slots[i].name, sizeof(slots[i].name), "s%u", i);
	return (struct scenario_case){
		.machine = scenario->cases[0].machine, .slots = slots, .slot_count = SORTS * SLOTS_A_SORT};
}

static void play_all(const char *text, unsigned programs, struct totals *totals)
{
	static const char *const policies[] = {"iommufd", "vfio-type1", "kernel-dma"};
	static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};
	struct result_slot slots[SORTS * SLOTS_A_SORT] = {0};
	struct scenario *scenario = load(text);
	struct scenario_case program = program_of(scenario, slots);

	for (unsigned i = 0; i < programs * 6; i++)
		play_one(scenario, &program, kinds[i % 2], (unsigned)policy_by_name(policies[i / 2 % 3]), i + 1,
			 totals);
	scenario_free(scenario);
}

static void test_hostile_devices_are_found_out_and_nobody_else(void **state)
{
	struct totals totals = {0};
	(void)state;

	play_all(hostile_text, PROGRAMS, &totals);
	print_message("# reached %u, breaches %u, ats-trust %u, dma-confined %u\n", totals.reached, totals.breaches,
		      totals.raised[invariant_by_name("ats-trust")], totals.raised[invariant_by_name("dma-confined")]);
	assert_true(totals.breaches > PROGRAMS / 2);
}

static void test_hostile_programs_with_honest_devices_violate_nothing(void **state)
{
	struct totals totals = {0};
	(void)state;

	play_all(honest_text, PROGRAMS, &totals);
	print_message("# reached %u\n", totals.reached);
	assert_true(totals.reached > PROGRAMS / 2);
	assert_int_equal(totals.breaches, 0);
}

static void test_hostile_same_seed_same_state(void **state)
{
	struct totals one = {0}, two = {0};
	(void)state;

	play_all(hostile_text, 20, &one);
	play_all(hostile_text, 20, &two);
	assert_true(one.hash == two.hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_devices_are_found_out_and_nobody_else),
		cmocka_unit_test(test_hostile_programs_with_honest_devices_violate_nothing),
		cmocka_unit_test(test_hostile_same_seed_same_state),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
