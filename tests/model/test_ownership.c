/* SPDX-License-Identifier: MIT */
/* Who has a device, how, and what ends with it. */
#include "build.h"

#define NONE MACHINE_NONE

struct world {
	struct bench bench;
	uint16_t p1, p2, u;
	uint16_t nic, hba, pf, vf;
	uint16_t nic_bar, hba_bar;
	uint16_t rmrr, relaxable, hole;
	uint16_t page;
};

static struct world world_open(void)
{
	struct machine *machine = machine_new();
	struct world w = {.p1 = build_owner(machine, "p1", OWNER_PROCESS)};
	w.p2 = build_owner(machine, "p2", OWNER_PROCESS);
	w.u = build_owner(machine, "u", OWNER_USER);
	w.nic = build_device(machine, "nic", NONE);
	w.hba = build_device(machine, "hba", NONE);
	machine->devices[w.hba].driver = DRIVER_HOST;
	w.pf = build_device(machine, "pf", NONE);
	w.vf = build_child(machine, "vf", DEVICE_VF, w.pf);
	machine->devices[w.vf].package = w.pf;
	w.nic_bar = build_bar(machine, "nic.bar0", w.nic, 0, 4096);
	w.hba_bar = build_bar(machine, "hba.bar0", w.hba, 0, 4096);
	w.rmrr = build_reserved(machine, "r", w.nic, RESERVED_RMRR, 0x2000000, 0x1000);
	w.relaxable = build_reserved(machine, "x", w.nic, RESERVED_RELAXABLE, 0x2004000, 0x1000);
	w.hole = build_reserved(machine, "h", w.nic, RESERVED_HOLE, 0x90000000, 0x1000);
	w.page = build_memory(machine, "page", w.p1, 4096);
	w.bench = bench_open(machine);
	return w;
}

static void test_model_devices_begin_with_their_declared_driver(void **state)
{
	(void)state;
	struct world w = world_open();
	assert_int_equal(model_owner(w.bench.model, w.nic), MODEL_NEUTRAL);
	assert_int_equal(model_party(w.bench.model, w.nic), MODEL_NEUTRAL);
	assert_int_equal(model_owner(w.bench.model, w.hba), MACHINE_HOST);
	assert_false(model_user_access(w.bench.model, w.hba));
	assert_true(model_has_access(w.bench.model, MACHINE_HOST, w.hba));
	assert_false(model_has_access(w.bench.model, MACHINE_HOST, w.nic));
	assert_int_equal(model_last_owner(w.bench.model, w.nic), MODEL_NEUTRAL);
	assert_true(model_reset_since_owner_change(w.bench.model, w.nic));
	bench_close(&w.bench);
}

static void test_model_absent_device_has_no_owner(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t d = build_device(machine, "d", NONE);
	machine->devices[d].driver = DRIVER_HOST;
	machine->devices[d].present = false;
	struct bench bench = bench_open(machine);
	assert_int_equal(model_owner(bench.model, d), MODEL_NEUTRAL);
	assert_false(model_is_present(bench.model, d));
	bench_close(&bench);
}

static void test_model_take_gives_a_user_access(void **state)
{
	(void)state;
	struct world w = world_open();
	model_take(w.bench.model, w.p1, w.nic);
	assert_int_equal(model_owner(w.bench.model, w.nic), w.p1);
	assert_int_equal(model_party(w.bench.model, w.nic), w.p1);
	assert_true(model_user_access(w.bench.model, w.nic));
	assert_true(model_has_access(w.bench.model, w.p1, w.nic));
	assert_false(model_has_access(w.bench.model, w.p2, w.nic));
	assert_int_equal(model_next_user(w.bench.model, w.nic, -1), w.p1);
	assert_int_equal(model_next_user(w.bench.model, w.nic, w.p1), NONE);
	bench_close(&w.bench);
}

static void test_model_release_ends_access_attachment_and_mmap(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	struct model_meaning meaning;
	uint16_t owner;
	model_take(model, w.p1, w.nic);
	model_mmap(model, w.p1, w.nic_bar);
	model_space space = model_space_new(model, w.p1);
	model_attach(model, w.nic, space);
	model_map(model, space, 0x1000, 0x1000, bar_target(w.nic_bar, 0), MODEL_READ);
	model_map(model, space, 0x2000, 0x1000, memory_target(w.page, 0), MODEL_READ);
	assert_int_equal(model_attached(model, w.nic), space);
	model_release(model, w.p1, w.nic);
	assert_int_equal(model_owner(model, w.nic), MODEL_NEUTRAL);
	assert_int_equal(model_last_owner(model, w.nic), w.p1);
	assert_int_equal(model_attached(model, w.nic), 0);
	assert_false(model_user_access(model, w.nic));
	assert_false(model_stale_mmap(model, w.nic, &owner));
	/* The area over the registers is gone, the other one lives on. */
	model_take(model, w.p1, w.nic);
	model_attach(model, w.nic, space);
	model_meaning(model, w.nic, MODEL_NO_PASID, 0x1000, 4, &meaning);
	assert_false(meaning.meant);
	assert_false(meaning.unmapped);
	model_meaning(model, w.nic, MODEL_NO_PASID, 0x2000, 4, &meaning);
	assert_true(meaning.meant);
	bench_close(&w.bench);
}

static void test_model_release_by_another_changes_nothing(void **state)
{
	(void)state;
	struct world w = world_open();
	model_take(w.bench.model, w.p1, w.nic);
	model_release(w.bench.model, w.p2, w.nic);
	assert_int_equal(model_owner(w.bench.model, w.nic), w.p1);
	bench_close(&w.bench);
}

static void test_model_reset_counts_from_the_last_loss(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	model_take(model, w.p1, w.nic);
	assert_true(model_reset_since_owner_change(model, w.nic));
	model_reset(model, w.nic);
	model_release(model, w.p1, w.nic);
	assert_false(model_reset_since_owner_change(model, w.nic));
	model_take(model, w.p2, w.nic);
	assert_false(model_reset_since_owner_change(model, w.nic));
	assert_int_equal(model_last_owner(model, w.nic), w.p1);
	model_reset(model, w.nic);
	assert_true(model_reset_since_owner_change(model, w.nic));
	bench_close(&w.bench);
}

static void test_model_take_from_another_leaves_its_mmap_stale(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	uint16_t owner = NONE;
	model_take(model, w.p1, w.nic);
	model_mmap(model, w.p1, w.nic_bar);
	assert_false(model_stale_mmap(model, w.nic, &owner));
	model_take(model, w.p2, w.nic);
	assert_int_equal(model_last_owner(model, w.nic), w.p1);
	assert_true(model_stale_mmap(model, w.nic, &owner));
	assert_int_equal(owner, w.p1);
	/* Both can write the registers now. */
	assert_int_equal(model_next_user(model, w.nic, -1), w.p1);
	assert_int_equal(model_next_user(model, w.nic, w.p1), w.p2);
	assert_int_equal(model_next_user(model, w.nic, w.p2), NONE);
	bench_close(&w.bench);
}

static void test_model_unbind_leaves_a_users_mmap_stale(void **state)
{
	(void)state;
	struct world w = world_open();
	uint16_t owner = NONE;
	model_take(w.bench.model, w.p1, w.nic);
	model_mmap(w.bench.model, w.p1, w.nic_bar);
	model_driver_unbind(w.bench.model, w.nic);
	assert_true(model_stale_mmap(w.bench.model, w.nic, &owner));
	assert_int_equal(owner, w.p1);
	bench_close(&w.bench);
}

static void test_model_mmap_without_take_is_access_but_not_stale(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	uint16_t owner;
	model_mmap(model, w.p1, w.nic_bar);
	assert_true(model_user_access(model, w.nic));
	assert_true(model_has_access(model, w.p1, w.nic));
	assert_int_equal(model_owner(model, w.nic), MODEL_NEUTRAL);
	assert_false(model_stale_mmap(model, w.nic, &owner));
	/* Taken later, the mapping is one of an owner. */
	model_take(model, w.p1, w.nic);
	model_driver_bind(model, MACHINE_HOST, w.nic);
	assert_true(model_stale_mmap(model, w.nic, &owner));
	bench_close(&w.bench);
}

static void test_model_kernels_mmap_is_no_users(void **state)
{
	(void)state;
	struct world w = world_open();
	model_mmap(w.bench.model, MACHINE_HOST, w.nic_bar);
	assert_false(model_user_access(w.bench.model, w.nic));
	bench_close(&w.bench);
}

static void test_model_driver_bind_for_a_user_is_the_kernels_party(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	assert_int_equal(model_party_of_owner(model, w.u), w.u);
	model_driver_bind(model, w.u, w.nic);
	assert_int_equal(model_owner(model, w.nic), w.u);
	assert_int_equal(model_party(model, w.nic), MACHINE_HOST);
	assert_false(model_user_access(model, w.nic));
	assert_true(model_has_access(model, w.u, w.nic));
	assert_int_equal(model_party_of_owner(model, w.u), MACHINE_HOST);
	model_driver_unbind(model, w.nic);
	assert_int_equal(model_owner(model, w.nic), MODEL_NEUTRAL);
	assert_int_equal(model_last_owner(model, w.nic), w.u);
	assert_int_equal(model_last_party(model, w.nic), MACHINE_HOST);
	assert_int_equal(model_party_of_owner(model, w.u), MACHINE_HOST);
	bench_close(&w.bench);
}

static void test_model_driver_unbind_ends_dma_api_areas(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	struct model_meaning meaning;
	unsigned permissions;
	model_dma_map(model, MACHINE_HOST, w.hba, 0x1000, 0x1000, memory_target(w.page, 0), MODEL_READ);
	assert_true(model_granted(model, MACHINE_HOST, memory_target(w.page, 0), 4, &permissions));
	model_driver_unbind(model, w.hba);
	assert_false(model_granted(model, MACHINE_HOST, memory_target(w.page, 0), 4, &permissions));
	model_driver_bind(model, MACHINE_HOST, w.hba);
	model_meaning(model, w.hba, MODEL_NO_PASID, 0x1000, 4, &meaning);
	assert_false(meaning.meant);
	assert_false(meaning.unmapped);
	bench_close(&w.bench);
}

static void test_model_exit_closes_everything(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	uint16_t owner;
	model_take(model, w.p1, w.nic);
	model_take(model, w.p2, w.pf);
	model_mmap(model, w.p1, w.nic_bar);
	model_mmap(model, w.p1, w.hba_bar);
	model_space space = model_space_new(model, w.p1), other = model_space_new(model, w.p2);
	model_attach(model, w.nic, space);
	model_attach(model, w.pf, other);
	model_exit(model, w.p1);
	assert_int_equal(model_owner(model, w.nic), MODEL_NEUTRAL);
	assert_int_equal(model_owner(model, w.pf), w.p2);
	assert_int_equal(model_attached(model, w.pf), other);
	assert_false(model_has_access(model, w.p1, w.nic));
	assert_false(model_has_access(model, w.p1, w.hba));
	assert_false(model_stale_mmap(model, w.hba, &owner));
	assert_int_equal(model_memory_owner(model, w.page), w.p1);
	assert_int_equal(model_space_new(model, w.p2), space);
	bench_close(&w.bench);
}

static void test_model_unplug_takes_the_vfs_and_everything_with_it(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	uint16_t owner;
	model_take(model, w.p1, w.vf);
	model_present(model, w.pf, false);
	assert_int_equal(model_owner(model, w.vf), MODEL_NEUTRAL);
	assert_false(model_is_present(model, w.vf));
	model_take(model, w.p1, w.nic);
	model_mmap(model, w.p1, w.nic_bar);
	model_present(model, w.nic, false);
	assert_false(model_has_access(model, w.p1, w.nic));
	assert_false(model_stale_mmap(model, w.nic, &owner));
	assert_int_equal(model_last_owner(model, w.nic), MODEL_NEUTRAL);
	assert_true(model_reset_since_owner_change(model, w.nic));
	model_present(model, w.pf, true);
	assert_true(model_is_present(model, w.vf));
	bench_close(&w.bench);
}

static void test_model_reserved_is_live_by_kind_and_time(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	assert_true(model_reserved_live(model, w.rmrr));
	assert_true(model_reserved_live(model, w.relaxable));
	assert_false(model_reserved_live(model, w.hole));
	model_driver_bind(model, MACHINE_HOST, w.nic);
	assert_true(model_reserved_live(model, w.relaxable));
	model_driver_unbind(model, w.nic);
	model_take(model, w.p1, w.nic);
	assert_true(model_reserved_live(model, w.rmrr));
	assert_false(model_reserved_live(model, w.relaxable));
	model_release(model, w.p1, w.nic);
	assert_false(model_reserved_live(model, w.relaxable));
	model_present(model, w.nic, false);
	assert_false(model_reserved_live(model, w.rmrr));
	bench_close(&w.bench);
}

static void test_model_spaces_run_out_and_come_back(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	for (unsigned i = 1; i <= MODEL_MAX_SPACES; i++)
		assert_int_equal(model_space_new(model, w.p1), i);
	assert_int_equal(model_space_new(model, w.p1), 0);
	model_take(model, w.p1, w.nic);
	model_attach(model, w.nic, 7);
	model_space_destroy(model, 7);
	assert_int_equal(model_attached(model, w.nic), 0);
	assert_int_equal(model_space_new(model, w.p2), 7);
	bench_close(&w.bench);
}

static void test_model_dead_space_is_ignored(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	static const model_space dead[] = {0, 1, 4096, UINT32_MAX};
	uint64_t hash = arena_hash(w.bench.arena);
	for (unsigned i = 0; i < 4; i++) {
		model_map(model, dead[i], 0, 4096, memory_target(w.page, 0), MODEL_READ);
		model_unmap(model, dead[i], 0, 4096);
		model_attach(model, w.nic, dead[i]);
		model_space_destroy(model, dead[i]);
	}
	assert_int_equal(arena_hash(w.bench.arena), hash);
	bench_close(&w.bench);
}

static void test_model_snapshot_brings_everything_back(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model *model = w.bench.model;
	model_take(model, w.p1, w.nic);
	model_space space = model_space_new(model, w.p1);
	model_attach(model, w.nic, space);
	model_map(model, space, 0x1000, 0x1000, memory_target(w.page, 0), MODEL_READ);
	struct arena_snapshot *snapshot = arena_save(w.bench.arena);
	uint64_t hash = arena_hash(w.bench.arena);
	model_step(model, 5);
	model_unmap(model, space, 0x1000, 0x1000);
	model_exit(model, w.p1);
	model_reuse(model, w.page, w.p2);
	assert_int_not_equal(arena_hash(w.bench.arena), hash);
	arena_restore(w.bench.arena, snapshot);
	assert_int_equal(arena_hash(w.bench.arena), hash);
	assert_int_equal(model_owner(model, w.nic), w.p1);
	assert_int_equal(model_memory_owner(model, w.page), w.p1);
	struct model_meaning meaning;
	model_meaning(model, w.nic, MODEL_NO_PASID, 0x1000, 4096, &meaning);
	assert_true(meaning.meant);
	arena_snapshot_free(snapshot);
	bench_close(&w.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model_devices_begin_with_their_declared_driver),
		cmocka_unit_test(test_model_absent_device_has_no_owner),
		cmocka_unit_test(test_model_take_gives_a_user_access),
		cmocka_unit_test(test_model_release_ends_access_attachment_and_mmap),
		cmocka_unit_test(test_model_release_by_another_changes_nothing),
		cmocka_unit_test(test_model_reset_counts_from_the_last_loss),
		cmocka_unit_test(test_model_take_from_another_leaves_its_mmap_stale),
		cmocka_unit_test(test_model_unbind_leaves_a_users_mmap_stale),
		cmocka_unit_test(test_model_mmap_without_take_is_access_but_not_stale),
		cmocka_unit_test(test_model_kernels_mmap_is_no_users),
		cmocka_unit_test(test_model_driver_bind_for_a_user_is_the_kernels_party),
		cmocka_unit_test(test_model_driver_unbind_ends_dma_api_areas),
		cmocka_unit_test(test_model_exit_closes_everything),
		cmocka_unit_test(test_model_unplug_takes_the_vfs_and_everything_with_it),
		cmocka_unit_test(test_model_reserved_is_live_by_kind_and_time),
		cmocka_unit_test(test_model_spaces_run_out_and_come_back),
		cmocka_unit_test(test_model_dead_space_is_ignored),
		cmocka_unit_test(test_model_snapshot_brings_everything_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
