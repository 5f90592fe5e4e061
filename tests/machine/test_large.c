/* SPDX-License-Identifier: MIT */
/* The largest machines: tables filled to the last row are laid out in time that grows with their size. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define NONE MACHINE_NONE

/* Generous for a loaded machine under sanitizers, and far below what a quadratic layout would take. */
#define SECONDS_MAX 20.0

static double seconds_since(clock_t start)
{
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* 255 devices with 255 VFs each fill a segment; what is left goes to a second one. */
static struct machine *full_machine(void)
{
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	uint16_t sw[2];
	for (unsigned segment = 0; segment < 2; segment++) {
		sw[segment] = build_port(machine, "sw", PORT_SWITCH, NONE);
		machine->ports[sw[segment]].segment = (uint16_t)segment;
		machine->ports[sw[segment]].iommu = (uint16_t)segment;
		machine->ports[sw[segment]].iommu_given = true;
	}
	for (unsigned device = 0; machine->device_count < MACHINE_ROWS_MAX; device++) {
		uint16_t pf = build_device(machine, "pf", sw[device / 253]);
		for (unsigned i = 0; i < 255 && machine->device_count < MACHINE_ROWS_MAX; i++)
			build_child(machine, "vf", DEVICE_VF, pf);
	}
	for (uint32_t i = 0; i < MACHINE_ROWS_MAX; i++) {
		build_bar(machine, "bar", (uint16_t)i, 0, 4096);
		build_memory(machine, "memory", MACHINE_HOST, 4096);
		build_reserved(machine, "range", (uint16_t)i, RESERVED_RMRR, UINT64_C(0x30000000) + i % 64 * 0x1000,
			       0x1000);
	}
	return machine;
}

static void test_machine_full_tables_are_laid_out_quickly(void **state)
{
	(void)state;
	struct machine *machine = full_machine();
	struct machine_error error = {0};
	clock_t start = clock();

	assert_int_equal(machine->device_count, 65535);
	assert_int_equal(machine_add_device(machine, "one more"), NONE);
	assert_int_equal(machine_add_bar(machine, "one more"), NONE);
	if (!machine_finish(machine, &error))
		fail_msg("refused: %s", error.message);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		assert_int_equal(machine_device_by_rid(machine, device->segment, device->rid), i);
		assert_int_equal(machine_bar_at(machine, machine->bars[i].bus + 0xfff), i);
		assert_int_equal(machine_memory_at(machine, machine->memories[i].hpa + 0xfff), i);
		assert_int_equal(machine_memory_at(machine, machine->memories[i].hpa + 0x1000), NONE);
	}
	assert_true(seconds_since(start) < SECONDS_MAX);
	machine_free(machine);
}

static void test_machine_many_own_ports_are_refused_quickly(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	struct machine_error error = {0};
	clock_t start = clock();

	while (machine->device_count < MACHINE_ROWS_MAX)
		build_device(machine, "dev", NONE);
	assert_false(machine_finish(machine, &error));
	assert_int_equal(error.table, TABLE_DEVICE);
	assert_int_equal(error.index, 248);
	assert_true(seconds_since(start) < SECONDS_MAX);
	machine_free(machine);
}

/* A chain of switches is as deep as there are bus numbers; a longer one is refused. */
static void test_machine_deep_chain_is_refused_quickly(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	struct machine_error error = {0};
	clock_t start = clock();
	uint16_t parent = NONE;

	for (unsigned i = 0; i < 30000; i++)
		parent = build_port(machine, "sw", PORT_SWITCH, parent);
	assert_false(machine_finish(machine, &error));
	assert_int_equal(error.table, TABLE_PORT);
	assert_int_equal(error.index, 0);
	assert_true(seconds_since(start) < SECONDS_MAX);
	machine_free(machine);
}

static void test_machine_many_integrated_functions_are_refused_quickly(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	struct machine_error error = {0};
	clock_t start = clock();

	while (machine->device_count < MACHINE_ROWS_MAX)
		build_bdf(machine, build_device(machine, "dev", NONE), RID(0, 5, 0));
	assert_false(machine_finish(machine, &error));
	assert_int_equal(error.index, 1);
	assert_true(seconds_since(start) < SECONDS_MAX);
	machine_free(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_full_tables_are_laid_out_quickly),
		cmocka_unit_test(test_machine_many_own_ports_are_refused_quickly),
		cmocka_unit_test(test_machine_deep_chain_is_refused_quickly),
		cmocka_unit_test(test_machine_many_integrated_functions_are_refused_quickly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
