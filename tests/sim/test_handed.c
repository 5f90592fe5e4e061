/* SPDX-License-Identifier: MIT */
/* What devices were given and may still use: what an invalidation and a reset take back, and what they leave. */
#include "sim/handed.h"

#include "sim/step.h"
#include "sim/tables.h"
#include "sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define IOVA UINT64_C(0x40000000)
#define PA   UINT64_C(0x123456000)
#define GI   true

static const char text[] = "name: handed\n"
			   "title: T\n"
			   "source: {author: A, date: 2021-06-14, document: d}\n"
			   "claim: c\n"
			   "invariants: [ats-trust]\n"
			   "machine:\n"
			   "  owners: {p: process}\n"
			   "  devices:\n"
			   "    d: {ats: true, pasid-bits: 8, vfs: {v: {}}, mdevs: {m: {pasid: 3}}}\n"
			   "    liar: {ats: true, quirks: [ignores-invalidation]}\n"
			   "    honest: {ats: true}\n"
			   "  memory: {b: {of: p}}\n"
			   "run:\n"
			   "  - {by: p, take: {device: liar}}\n"
			   "  - {by: p, take: {device: honest}}\n"
			   "  - {by: p, space: {}, as: s}\n"
			   "  - {by: p, attach: {device: liar, space: s}}\n"
			   "  - {by: p, attach: {device: honest, space: s}}\n"
			   "  - {by: p, map: {space: s, at: 0x40000000, to: b}}\n"
			   "  - {by: p, ats: {device: liar, at: 0x40000000}, as: t1}\n"
			   "  - {by: p, ats: {device: honest, at: 0x40000000}, as: t2}\n"
			   "expect:\n"
			   "  - {policy: iommufd, verdict: safe, basis: I}\n";

struct bench {
	struct scenario *scenario;
	struct world *world;
	uint16_t d, v, m, liar, honest;
};

static uint16_t find(const struct machine *machine, const char *name)
{
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (strcmp(machine->devices[i].name, name) == 0)
			return i;
	fail_msg("no device %s", name);
	return MACHINE_NONE;
}

static void open_bench(struct bench *b)
{
	GError *error = NULL;
	char *message = NULL;
	struct rules rules;

	b->scenario = scenario_load_data("handed", text, strlen(text), sim_tables(), &error);
	if (error)
		fail_msg("%s", error->message);
	rules_of_policy((unsigned)policy_by_name("iommufd"), &rules);
	b->world = world_new(&b->scenario->cases[0], HARDWARE_AUTO, IOMMU_VTD, &rules, false, &message);
	assert_null(message);
	b->d = find(b->world->machine, "d");
	b->v = find(b->world->machine, "v");
	b->m = find(b->world->machine, "m");
	b->liar = find(b->world->machine, "liar");
	b->honest = find(b->world->machine, "honest");
}

static void close_bench(struct bench *b)
{
	world_free(b->world);
	scenario_free(b->scenario);
}

static void give_with(struct bench *b, uint16_t device, uint32_t pasid, bool global, unsigned permissions, bool t)
{
	uint16_t function = machine_function(b->world->machine, device);
	struct request request = {.address = IOVA, .pasid = pasid, .device = device, .t = t};
	struct hit hit = {
		.kind = HIT_TRANSLATION,
		.route = ROUTE_IOMMU,
		.stream = b->world->machine->devices[function].stream,
		.translation = {.pa = PA, .page_lg2 = 12, .permissions = (uint8_t)permissions, .global = global}};

	handed_answer(b->world->handed, &request, &hit);
}

static void give(struct bench *b, uint16_t device, uint32_t pasid, bool global, unsigned permissions)
{
	give_with(b, device, pasid, global, permissions, false);
}

static struct request translated(uint16_t device, uint32_t pasid, uint64_t pa, bool write)
{
	return (struct request){.address = pa,
				.bytes = 8,
				.pasid = pasid,
				.device = device,
				.at = AT_TRANSLATED,
				.op = write ? REQUEST_WRITE : REQUEST_READ};
}

static enum check_handed has(struct bench *b, uint16_t device, uint32_t pasid, bool write)
{
	uint64_t iova;
	struct request request = translated(device, pasid, PA + 8, write);
	enum check_handed found = handed_find(b->world->handed, &request, &iova);

	if (found != HANDED_NEVER)
		assert_true(iova == IOVA + 8);
	return found;
}

static void invalidate_for(struct bench *b, uint16_t device, uint32_t pasid, bool global, uint64_t first,
			   enum handed_for whom)
{
	struct effect effect = {.kind = EFFECT_COMPLETE,
				.scope = {.what = INVALIDATED_DEVTLB,
					  .one_pasid = !global,
					  .pasid = pasid,
					  .stream = b->world->machine->devices[device].stream,
					  .first = first,
					  .last = first + 0xfff}};

	handed_effect(b->world->handed, &effect, whom, b->world->devices);
}

static void invalidate(struct bench *b, uint16_t device, uint32_t pasid, bool global, uint64_t first)
{
	invalidate_for(b, device, pasid, global, first, HANDED_FOR_ALL);
}

/* PCIe 10.3.8: without PASID, of one PASID, of all PASIDs. What is the same for all is of none of them. */
static void test_handed_invalidation_covers_its_pasids(void **state)
{
	static const struct {
		uint32_t pasid;
		bool global;
		enum check_handed plain, five, six, shared;
	} rows[] = {
		{PASID_NONE, false, HANDED_OVER, HANDED_LIVE, HANDED_LIVE, HANDED_LIVE},
		{5, false, HANDED_LIVE, HANDED_OVER, HANDED_LIVE, HANDED_LIVE},
		{5, GI, HANDED_LIVE, HANDED_OVER, HANDED_OVER, HANDED_OVER},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;

		open_bench(&b);
		give(&b, b.d, PASID_NONE, false, PERM_READ);
		give(&b, b.d, 5, false, PERM_READ);
		give(&b, b.d, 6, false, PERM_READ);
		give(&b, b.v, 7, true, PERM_READ);
		invalidate(&b, b.d, rows[i].pasid, rows[i].global, IOVA + 0x1000);
		assert_int_equal(has(&b, b.d, 5, false), HANDED_LIVE);
		invalidate(&b, b.d, rows[i].pasid, rows[i].global, IOVA);
		invalidate(&b, b.v, rows[i].pasid, rows[i].global, IOVA);
		assert_int_equal(has(&b, b.d, PASID_NONE, false), rows[i].plain);
		assert_int_equal(has(&b, b.d, 5, false), rows[i].five);
		assert_int_equal(has(&b, b.d, 6, false), rows[i].six);
		assert_int_equal(has(&b, b.v, 8, false), rows[i].shared);
		assert_int_equal(has(&b, b.v, PASID_NONE, false), HANDED_NEVER);
		close_bench(&b);
	}
}

static void test_handed_again_is_what_was_said_last(void **state)
{
	struct bench b;
	(void)state;

	open_bench(&b);
	give(&b, b.d, 5, false, PERM_READ | PERM_WRITE);
	assert_int_equal(has(&b, b.d, 5, true), HANDED_LIVE);
	invalidate(&b, b.d, 5, false, IOVA);
	assert_int_equal(has(&b, b.d, 5, true), HANDED_OVER);
	give(&b, b.d, 5, false, PERM_READ);
	assert_int_equal(has(&b, b.d, 5, true), HANDED_NEVER);
	assert_int_equal(has(&b, b.d, 5, false), HANDED_LIVE);
	close_bench(&b);
}

/* Where T chooses the tables, each half takes back what it handed out; a unit for both takes back both. */
static void test_handed_halves_take_back_their_own(void **state)
{
	static const struct {
		enum handed_for whom;
		enum check_handed with_t, without;
	} rows[] = {
		{HANDED_FOR_ALL, HANDED_OVER, HANDED_OVER},
		{HANDED_FOR_TEE, HANDED_OVER, HANDED_LIVE},
		{HANDED_FOR_OTHERS, HANDED_LIVE, HANDED_OVER},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request plain, tee;
		uint64_t iova;
		struct bench b;

		open_bench(&b);
		plain = tee = translated(b.d, PASID_NONE, PA, false);
		tee.t = true;
		give(&b, b.d, PASID_NONE, false, PERM_READ);
		assert_int_equal(handed_find(b.world->handed, &tee, &iova), HANDED_NEVER);
		give_with(&b, b.d, PASID_NONE, false, PERM_READ, true);
		assert_int_equal(handed_find(b.world->handed, &tee, &iova), HANDED_LIVE);
		invalidate_for(&b, b.d, PASID_NONE, false, IOVA, rows[i].whom);
		assert_int_equal(handed_find(b.world->handed, &tee, &iova), rows[i].with_t);
		assert_int_equal(handed_find(b.world->handed, &plain, &iova), rows[i].without);
		close_bench(&b);
	}
}

/* PCIe 11.3.9, 11.3.16: of the function alone, whatever PASID. */
static void test_handed_stopped_interface_has_nothing(void **state)
{
	struct bench b;
	(void)state;

	open_bench(&b);
	give(&b, b.d, 5, false, PERM_READ);
	give(&b, b.v, 5, false, PERM_READ);
	handed_stop(b.world->handed, b.d);
	assert_int_equal(has(&b, b.d, 5, false), HANDED_OVER);
	assert_int_equal(has(&b, b.v, 5, false), HANDED_LIVE);
	close_bench(&b);
}

/* PCIe 6.6.2, 9.3: a function's reset is its VFs' too; an mdev's is its PASID's alone. */
static void test_handed_reset_voids_what_it_resets(void **state)
{
	struct bench b;
	uint16_t device;
	(void)state;

	open_bench(&b);
	give(&b, b.d, 5, false, PERM_READ);
	give(&b, b.m, 3, false, PERM_READ);
	give(&b, b.v, 5, false, PERM_READ);
	give(&b, b.honest, 5, false, PERM_READ);
	assert_int_equal(has(&b, b.d, 3, false), HANDED_LIVE); /* the mdev's is its parent's */
	handed_void(b.world->handed, b.m);
	assert_int_equal(has(&b, b.m, 3, false), HANDED_OVER);
	assert_int_equal(has(&b, b.d, 5, false), HANDED_LIVE);
	handed_void(b.world->handed, b.d);
	assert_int_equal(has(&b, b.d, 5, false), HANDED_OVER);
	assert_int_equal(has(&b, b.v, 5, false), HANDED_OVER);
	assert_int_equal(has(&b, b.honest, 5, false), HANDED_LIVE);
	assert_true(handed_refers(b.world->handed, PA, 8, &device));
	assert_int_equal(device, b.honest);
	handed_void(b.world->handed, b.honest);
	assert_false(handed_refers(b.world->handed, PA, 8, &device));
	close_bench(&b);
}

/* PCIe 10.3.5: what was filled in after the device got round to the invalidation stays. A device that lies has no say.
 */
static void test_handed_refill_before_the_completion_stays(void **state)
{
	struct run_record *record = run_record_new();
	struct bench b;
	uint64_t iova;
	(void)state;

	open_bench(&b);
	const uint64_t pa = b.world->machine->memories[0].hpa;
	const struct request honest = translated(b.honest, PASID_NONE, pa, true);
	const struct request liar = translated(b.liar, PASID_NONE, pa, true);
	for (unsigned i = 0; i < b.scenario->cases[0].step_count; i++)
		step_run(b.world, &b.scenario->cases[0].steps[i], i + 1,
			 run_record_add(record, &b.scenario->cases[0].steps[i]));
	run_record_free(record);
	assert_int_equal(handed_find(b.world->handed, &honest, &iova), HANDED_LIVE);
	assert_int_equal(handed_find(b.world->handed, &liar, &iova), HANDED_LIVE);
	invalidate(&b, b.honest, PASID_NONE, false, IOVA);
	invalidate(&b, b.liar, PASID_NONE, false, IOVA);
	assert_int_equal(handed_find(b.world->handed, &honest, &iova), HANDED_LIVE);
	assert_int_equal(handed_find(b.world->handed, &liar, &iova), HANDED_OVER);
	close_bench(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handed_invalidation_covers_its_pasids),
		cmocka_unit_test(test_handed_halves_take_back_their_own),
		cmocka_unit_test(test_handed_stopped_interface_has_nothing),
		cmocka_unit_test(test_handed_again_is_what_was_said_last),
		cmocka_unit_test(test_handed_reset_voids_what_it_resets),
		cmocka_unit_test(test_handed_refill_before_the_completion_stays),
	};

	return cmocka_run_group_tests_name("handed", tests, NULL, NULL);
}
