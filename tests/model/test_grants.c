/* SPDX-License-Identifier: MIT */
/* What an owner may reach at all. */
#include "build.h"

#define NONE MACHINE_NONE
#define RW   (MODEL_READ | MODEL_WRITE)

struct world {
	struct bench bench;
	struct model *model;
	uint16_t p1, p2, u;
	uint16_t nic, hba;
	uint16_t page, shared, kbuf, big, nic_bar, hba_bar;
	model_space space;
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
	w.nic_bar = build_bar(machine, "nic.bar0", w.nic, 0, 0x2000);
	w.hba_bar = build_bar(machine, "hba.bar0", w.hba, 0, 0x2000);
	build_reserved(machine, "r", w.hba, RESERVED_RMRR, 0x2000000, 0x1000);
	w.page = build_memory(machine, "page", w.p1, 0x1000);
	w.shared = build_memory(machine, "shared", w.p1, 0x1000);
	machine->memories[w.shared].shared_with = UINT64_C(1) << w.p2;
	w.kbuf = build_memory(machine, "kbuf", MACHINE_HOST, 0x1000);
	w.big = build_memory(machine, "big", w.p2, 0x10000);
	w.bench = bench_open(machine);
	w.model = w.bench.model;
	w.space = model_space_new(w.model, w.p1);
	return w;
}

static unsigned granted(const struct world *w, uint16_t owner, struct model_target target, uint64_t bytes)
{
	unsigned permissions = 99;
	if (model_granted(w->model, owner, target, bytes, &permissions))
		return permissions;
	assert_int_equal(permissions, 0);
	return 0;
}

static void test_granted_own_and_shared_memory(void **state)
{
	(void)state;
	struct world w = world_open();
	assert_int_equal(granted(&w, w.p1, memory_target(w.page, 0), 0x1000), RW);
	assert_int_equal(granted(&w, w.p2, memory_target(w.page, 0), 1), 0);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.page, 0), 1), 0);
	assert_int_equal(granted(&w, w.p1, memory_target(w.shared, 0), 1), RW);
	assert_int_equal(granted(&w, w.p2, memory_target(w.shared, 0), 1), RW);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.kbuf, 0), 1), RW);
	assert_int_equal(granted(&w, w.p1, memory_target(w.kbuf, 0), 1), 0);
	bench_close(&w.bench);
}

static void test_granted_nobody_and_nothing(void **state)
{
	(void)state;
	struct world w = world_open();
	assert_int_equal(granted(&w, MODEL_NEUTRAL, memory_target(w.page, 0), 1), 0);
	assert_int_equal(granted(&w, w.p1, (struct model_target){.kind = MODEL_NOTHING}, 1), 0);
	assert_int_equal(granted(&w, w.p1, memory_target(999, 0), 1), 0);
	assert_int_equal(granted(&w, w.p1, memory_target(w.page, UINT64_MAX), 2), 0);
	bench_close(&w.bench);
}

static void test_granted_user_area_gives_no_right_to_what_is_not_its_own(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x1000, 0x1000, memory_target(w.kbuf, 0), RW);
	model_map(w.model, w.space, 0x2000, 0x1000, bar_target(w.hba_bar, 0), RW);
	assert_int_equal(granted(&w, w.p1, memory_target(w.kbuf, 0), 1), 0);
	assert_int_equal(granted(&w, w.p1, bar_target(w.hba_bar, 0), 1), 0);
	bench_close(&w.bench);
}

static void test_granted_kernel_area_gives_what_it_covers(void **state)
{
	(void)state;
	struct world w = world_open();
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x1000, 0x2000, memory_target(w.big, 0x1000), MODEL_READ);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x8000, 0x1000, memory_target(w.big, 0x3000), RW);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x1000), 0x2000), MODEL_READ);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0xfff), 2), 0);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x3000), 0x1000), RW);
	/* Across two areas: what both give; beyond them: nothing. */
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x2ff0), 0x20), MODEL_READ);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x3ff0), 0x20), 0);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x20000, 0x1000, memory_target(w.big, 0x2000), MODEL_WRITE);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x2000), 0x1000), RW);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x1000), 0x2000), MODEL_READ);
	model_dma_unmap(w.model, w.hba, 0x1000, 0x2000);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x1000), 1), 0);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x2000), 1), MODEL_WRITE);
	assert_int_equal(granted(&w, w.p1, memory_target(w.big, 0x3000), 1), 0);
	/* The long one first: its end is not the end of what both give. */
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x40000, 0x4000, memory_target(w.big, 0x8000), MODEL_READ);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x50000, 0x1000, memory_target(w.big, 0x8000), RW);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x8000), 0x1000), RW);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.big, 0x8000), 0x2000), MODEL_READ);
	bench_close(&w.bench);
}

static void test_granted_kernel_areas_end_with_their_owner(void **state)
{
	(void)state;
	struct world w = world_open();
	model_driver_bind(w.model, w.u, w.nic);
	model_dma_map(w.model, w.u, w.nic, 0x1000, 0x1000, memory_target(w.kbuf, 0), RW);
	assert_int_equal(granted(&w, w.u, memory_target(w.kbuf, 0), 1), RW);
	model_exit(w.model, w.u);
	assert_int_equal(granted(&w, w.u, memory_target(w.kbuf, 0), 1), 0);
	bench_close(&w.bench);
}

static void test_granted_memory_is_lost_with_its_reuse(void **state)
{
	(void)state;
	struct world w = world_open();
	model_take(w.model, w.p1, w.nic);
	model_attach(w.model, w.nic, w.space);
	model_map(w.model, w.space, 0x1000, 0x1000, memory_target(w.page, 0), RW);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x1000, 0x1000, memory_target(w.page, 0), RW);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.page, 0), 1), RW);
	model_reuse(w.model, w.page, w.p2);
	assert_int_equal(model_memory_owner(w.model, w.page), w.p2);
	assert_int_equal(granted(&w, w.p1, memory_target(w.page, 0), 1), 0);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.page, 0), 1), 0);
	assert_int_equal(granted(&w, w.p2, memory_target(w.page, 0), 1), RW);
	/* It is still what p1 means. */
	struct model_meaning meaning;
	model_meaning(w.model, w.nic, MODEL_NO_PASID, 0x1000, 4, &meaning);
	assert_true(meaning.meant);
	/* Mapped anew by the kernel it is granted anew. */
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x9000, 0x1000, memory_target(w.page, 0), MODEL_READ);
	assert_int_equal(granted(&w, MACHINE_HOST, memory_target(w.page, 0), 1), MODEL_READ);
	bench_close(&w.bench);
}

static void test_granted_sharing_ends_with_reuse(void **state)
{
	(void)state;
	struct world w = world_open();
	model_reuse(w.model, w.shared, w.p1);
	assert_int_equal(granted(&w, w.p2, memory_target(w.shared, 0), 1), RW);
	model_reuse(w.model, w.shared, MACHINE_HOST);
	assert_int_equal(granted(&w, w.p2, memory_target(w.shared, 0), 1), 0);
	assert_int_equal(granted(&w, w.p1, memory_target(w.shared, 0), 1), 0);
	bench_close(&w.bench);
}

static void test_granted_areas_do_not_survive_the_memory_changing_hands(void **state)
{
	(void)state;
	struct world w = world_open();
	model_driver_bind(w.model, w.u, w.nic);
	model_dma_map(w.model, w.u, w.nic, 0x1000, 0x1000, memory_target(w.kbuf, 0), MODEL_READ);
	assert_int_equal(granted(&w, w.u, memory_target(w.kbuf, 0), 1), MODEL_READ);
	model_reuse(w.model, w.kbuf, w.p1);
	assert_int_equal(granted(&w, w.u, memory_target(w.kbuf, 0), 1), 0);
	model_dma_map(w.model, w.u, w.nic, 0x2000, 0x1000, memory_target(w.kbuf, 0), MODEL_READ);
	model_reuse(w.model, w.kbuf, w.u);
	model_reuse(w.model, w.kbuf, w.u);
	assert_int_equal(granted(&w, w.u, memory_target(w.kbuf, 0), 1), RW);
	bench_close(&w.bench);
}

static void test_granted_registers_of_the_own_party(void **state)
{
	(void)state;
	struct world w = world_open();
	assert_int_equal(granted(&w, MACHINE_HOST, bar_target(w.hba_bar, 0), 4), RW);
	assert_int_equal(granted(&w, w.p1, bar_target(w.hba_bar, 0), 4), 0);
	assert_int_equal(granted(&w, w.p1, bar_target(w.nic_bar, 0), 4), 0);
	assert_int_equal(granted(&w, MACHINE_HOST, bar_target(w.nic_bar, 0), 4), 0);
	model_take(w.model, w.p1, w.nic);
	assert_int_equal(granted(&w, w.p1, bar_target(w.nic_bar, 0), 4), RW);
	assert_int_equal(granted(&w, w.p2, bar_target(w.nic_bar, 0), 4), 0);
	model_release(w.model, w.p1, w.nic);
	model_driver_bind(w.model, w.u, w.nic);
	assert_int_equal(granted(&w, w.u, bar_target(w.hba_bar, 0), 4), RW);
	assert_int_equal(granted(&w, MACHINE_HOST, bar_target(w.nic_bar, 0), 4), RW);
	bench_close(&w.bench);
}

static void test_granted_firmware_memory_is_the_kernels(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model_target firmware = {.kind = MODEL_FIRMWARE, .index = 0};
	assert_int_equal(granted(&w, MACHINE_HOST, firmware, 4), RW);
	assert_int_equal(granted(&w, w.p1, firmware, 4), 0);
	bench_close(&w.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_granted_own_and_shared_memory),
		cmocka_unit_test(test_granted_nobody_and_nothing),
		cmocka_unit_test(test_granted_user_area_gives_no_right_to_what_is_not_its_own),
		cmocka_unit_test(test_granted_kernel_area_gives_what_it_covers),
		cmocka_unit_test(test_granted_kernel_areas_end_with_their_owner),
		cmocka_unit_test(test_granted_memory_is_lost_with_its_reuse),
		cmocka_unit_test(test_granted_sharing_ends_with_reuse),
		cmocka_unit_test(test_granted_areas_do_not_survive_the_memory_changing_hands),
		cmocka_unit_test(test_granted_registers_of_the_own_party),
		cmocka_unit_test(test_granted_firmware_memory_is_the_kernels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
