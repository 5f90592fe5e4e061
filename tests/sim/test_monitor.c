/* SPDX-License-Identifier: MIT */
/*
 * Root firmware's table and the states of pages say the same of every page, as each SMMU sees it with what it has
 * cached of the table: before and after every step of the scenarios with confidential guests, under every policy.
 */
#include "sim/confidential.h"
#include "sim/monitor.h"
#include "sim/run.h"
#include "sim/step.h"
#include "sim/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	uint64_t pages, realm,
		given; /* pages looked at, Realm's among them, and steps that changed how many there are */
};

static uint64_t look_at(const struct world *world, uint64_t first, uint64_t bytes, struct seen *seen)
{
	struct smmu_root *root = monitor_root((struct world *)world, 0);
	const struct page_states *pages = world->confidential->pages;
	uint64_t realm = 0;

	for (uint64_t pa = first; pa < first + bytes; pa += FRAME_BYTES) {
		bool untrusted = page_states_allow(pages, pa, PAGE_WORLD_UNTRUSTED);
		assert_int_equal(smmu_root_would_allow(root, pa, PA_NON_SECURE), untrusted);
		assert_int_equal(smmu_root_would_allow(root, pa, PA_REALM),
				 page_states_allow(pages, pa, PAGE_WORLD_TRUSTED));
		realm += !untrusted;
		seen->pages++;
	}
	return realm;
}

static uint64_t look(const struct world *world, struct seen *seen)
{
	uint64_t realm = 0;

	for (unsigned i = 0; i < world->machine->memory_count; i++)
		realm += look_at(world, world->machine->memories[i].hpa, world->machine->memories[i].bytes, seen);
	return realm;
}

static void follow(const struct scenario *scenario, unsigned index, unsigned policy, struct seen *seen)
{
	const struct scenario_case *program = &scenario->cases[index];
	g_autofree char *message = NULL;
	struct rules rules;

	rules_of_policy(policy, &rules);
	struct world *world = world_new(program, scenario->hardware, IOMMU_SMMUV3, &rules, false, &message);
	assert_null(message);
	uint64_t before = world->monitor ? look(world, seen) : 0;
	struct run_record *record = run_record_new();
	for (unsigned i = 0; world->monitor && i < program->step_count; i++) {
		const struct step *step = &program->steps[i];
		if (!(step->only_policies >> policy & 1) || !(step->only_kinds >> IOMMU_SMMUV3 & 1))
			continue;
		step_run(world, step, i + 1, run_record_add(record, step));
		uint64_t now = look(world, seen);
		seen->given += now != before;
		seen->realm += now;
		before = now;
	}
	run_record_free(record);
	world_free(world);
}

static void test_monitor_table_follows_the_states_of_pages(void **state)
{
	const char *root = g_getenv("IOSIM_SOURCE_ROOT");
	g_autofree char *shelf = g_build_filename(root ? root : ".", "scenarios", "tdisp", NULL);
	g_autoptr(GDir) folder = g_dir_open(shelf, 0, NULL);
	struct seen seen = {0};
	const char *name;

	(void)state;
	assert_non_null(folder);
	while ((name = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(shelf, name, NULL);
		if (!g_str_has_suffix(name, ".yaml"))
			continue;
		struct scenario *scenario = scenario_load_file(path, sim_tables(), NULL);
		assert_non_null(scenario);
		for (unsigned index = 0; index < scenario->case_count; index++)
			for (unsigned policy = 0; policy < policy_count(); policy++)
				if (run_kinds(scenario->cases[index].machine) >> IOMMU_SMMUV3 & 1)
					follow(scenario, index, policy, &seen);
		scenario_free(scenario);
	}
	assert_true(seen.pages > 0 && seen.realm > 0 && seen.given > 0);
}

/* The table's own memory is Root's, the TSM's is Realm's; what lies around them is nobody's secret. */
static void is_kept(void *context, uint64_t pa, uint64_t bytes)
{
	struct world *world = context;
	struct smmu_root *root = monitor_root(world, 0);
	const uint64_t ends[] = {pa, pa + bytes - FRAME_BYTES};
	bool realm = smmu_root_would_allow(root, pa, PA_REALM);

	for (unsigned i = 0; i < 2; i++) {
		assert_false(smmu_root_would_allow(root, ends[i], PA_NON_SECURE));
		assert_int_equal(smmu_root_would_allow(root, ends[i], PA_REALM), realm);
		assert_int_equal(smmu_root_would_allow(root, ends[i], PA_ROOT), !realm);
		assert_false(page_states_allow(world->confidential->pages, ends[i], PAGE_WORLD_UNTRUSTED));
	}
	assert_true(frame_allocator_is_taken(world->frames, pa));
	assert_int_equal(realm, frame_allocator_is_taken(monitor_frames(world), pa));
}

static struct world *world_of(const struct scenario *scenario, enum iommu_kind kind, unsigned knob, unsigned value)
{
	g_autofree char *message = NULL;
	struct rules rules;

	rules_of_policy((unsigned)policy_by_name("rebind"), &rules);
	assert_true(rules_set(&rules, knob, value));
	struct world *world = world_new(&scenario->cases[0], scenario->hardware, kind, &rules, false, &message);
	assert_null(message);
	return world;
}

static const char guest[] = "name: t\ntitle: T\nsource: {author: A, date: 2024-07-15, document: d}\nclaim: c\n"
			    "invariants: [t0-no-private]\nmachine:\n"
			    "  owners: {g: {kind: vm, confidential: true}}\n  devices: {d: {tdisp: run}}\n"
			    "  memory: {a: {of: g, private: true}}\nrun:\n"
			    "  - {dma: {device: d, at: gpa(a)}}\n"
			    "expect:\n  - {policy: rebind, verdict: safe, basis: I}\n";

static void test_monitor_is_where_T_chooses_the_tables(void **state)
{
	struct scenario *scenario = scenario_load_data("t", guest, strlen(guest), sim_tables(), NULL);
	struct world *world;

	(void)state;
	assert_non_null(scenario);
	world = world_of(scenario, IOMMU_SMMUV3, KNOB_IOMMU_LAYOUT, IOMMU_LAYOUT_SPLIT);
	assert_non_null(world->monitor);
	monitor_own(world, is_kept, world);
	/* Register pages are in all spaces. */
	assert_true(smmu_root_would_allow(monitor_root(world, 0), LAYOUT_MMIO32_FIRST, PA_REALM));
	assert_true(smmu_root_would_allow(monitor_root(world, 0), LAYOUT_MMIO64_LAST, PA_NON_SECURE));
	assert_false(smmu_root_would_allow(monitor_root(world, 0), LAYOUT_MEMORY_LAST, PA_REALM));
	/* Both interfaces work with the table on: nothing has been refused so far. */
	assert_true(smmu_root_read(monitor_root(world, 0), SMMU_ROOT_REG_GPF_FAR, 8, PA_ROOT) == 0);
	assert_true(smmu_root_read(monitor_root(world, 0), SMMU_ROOT_REG_GPT_CFG_FAR, 8, PA_ROOT) == 0);
	assert_true(smmu_root_read(monitor_root(world, 0), SMMU_ROOT_REG_CR0ACK, 4, PA_ROOT) == 3);
	world_free(world);
	world = world_of(scenario, IOMMU_SMMUV3, KNOB_T0_TABLE, T0_TABLE_UNCHECKED);
	assert_true(smmu_root_read(monitor_root(world, 0), SMMU_ROOT_REG_CR0ACK, 4, PA_ROOT) == 1);
	world_free(world);
	world = world_of(scenario, IOMMU_SMMUV3, KNOB_IOMMU_LAYOUT, IOMMU_LAYOUT_SINGLE_RMP);
	assert_null(world->monitor);
	world_free(world);
	world = world_of(scenario, IOMMU_VTD, KNOB_IOMMU_LAYOUT, IOMMU_LAYOUT_SPLIT);
	assert_null(world->monitor);
	world_free(world);
	scenario_free(scenario);
}

#define PROD(queue) iommu->ops->read_register(iommu, queue, 4)

/* A page request with T, and what a Realm stream met, are the TSM's to take; the host's queues stay empty. */
static void test_monitor_serves_the_realm_queues(void **state)
{
	enum { EVENTQ_PROD = 0x100a8, EVENTQ_CONS = 0x100ac, PRIQ_PROD = 0x100c8, PRIQ_CONS = 0x100cc };
	GString *machine = g_string_new(guest);
	uint16_t group;

	(void)state;
	g_string_replace(machine, "{tdisp: run}", "{tdisp: run, ats: true, pri: true}", 1);
	struct scenario *scenario = scenario_load_data("t", machine->str, machine->len, sim_tables(), NULL);
	struct world *world = world_of(scenario, IOMMU_SMMUV3, KNOB_IOMMU_LAYOUT, IOMMU_LAYOUT_SPLIT);
	struct iommu *iommu = world_trusted_unit(world, 0), *host = world->units[0];
	struct request request = {.address = 0x7000,
				  .bytes = 4,
				  .stream = world->machine->devices[0].stream,
				  .rid = world->machine->devices[0].rid,
				  .pasid = PASID_NONE,
				  .t = true};
	struct translation out;
	assert_true(device_enable(world->devices, 0, FEATURE_PRI, true));
	fabric_set_bus_master(world->fabric, 0, true);
	assert_int_equal(device_page_request(world->devices, &request, &group), DEVICE_SENT);
	iommu->ops->translate(iommu, &request, &out);
	assert_int_equal(out.fault, 0x10);
	assert_int_equal(PROD(PRIQ_PROD), 1);
	assert_int_equal(PROD(EVENTQ_PROD), 1);
	assert_int_equal(host->ops->read_register(host, PRIQ_PROD, 4), 0);
	assert_int_equal(confidential_serve(world), 1);
	assert_int_equal(PROD(PRIQ_CONS), 1);
	assert_int_equal(PROD(EVENTQ_CONS), 1);
	assert_int_equal(device_page_answer(world->devices, 0, PASID_NONE, group), ANSWER_INVALID);
	assert_int_equal(confidential_serve(world), 0);
	world_free(world);
	scenario_free(scenario);
	g_string_free(machine, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monitor_table_follows_the_states_of_pages),
		cmocka_unit_test(test_monitor_is_where_T_chooses_the_tables),
		cmocka_unit_test(test_monitor_serves_the_realm_queues),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
