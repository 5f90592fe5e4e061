/* SPDX-License-Identifier: MIT */
/* BARs, windows and the addresses of memory objects; worked out by hand. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NONE MACHINE_NONE
#define K    UINT64_C(1024)
#define M    (K * K)
#define G    (K * M)

static void finish(struct machine *machine)
{
	struct machine_error error = {0};

	if (!machine_finish(machine, &error))
		fail_msg("refused: %s", error.message);
}

static void assert_window(const struct machine *machine, uint16_t port, uint64_t first, uint64_t last)
{
	assert_int_equal(machine->ports[port].window_first, first);
	assert_int_equal(machine->ports[port].window_last, last);
}

static void test_windows_bars_are_aligned_inside_nested_windows(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	uint16_t a = build_device(machine, "a", sw);
	uint16_t b = build_device(machine, "b", sw);
	uint16_t quiet = build_device(machine, "quiet", NONE);
	uint16_t c = build_device(machine, "c", NONE);
	uint16_t a0 = build_bar(machine, "a.bar0", a, 0, 4 * K);
	uint16_t a2 = build_bar(machine, "a.bar2", a, 2, 64 * K);
	uint16_t b0 = build_bar(machine, "b.bar0", b, 0, 16 * M);
	uint16_t c0 = build_bar(machine, "c.bar0", c, 0, 4 * K);
	finish(machine);
	assert_int_equal(machine->bars[a0].bus, 0xc0000000);
	assert_int_equal(machine->bars[a2].bus, 0xc0010000);
	assert_int_equal(machine->bars[b0].bus, 0xc1000000);
	assert_int_equal(machine->bars[c0].bus, 0xc2000000);
	assert_window(machine, machine->devices[a].port, 0xc0000000, 0xc00fffff);
	assert_window(machine, machine->devices[b].port, 0xc0100000, 0xc1ffffff);
	assert_window(machine, sw, 0xc0000000, 0xc1ffffff);
	assert_window(machine, machine->ports[sw].parent, 0xc0000000, 0xc1ffffff);
	assert_window(machine, machine->devices[c].port, 0xc2000000, 0xc20fffff);
	assert_true(machine->ports[machine->devices[quiet].port].window_first >
		    machine->ports[machine->devices[quiet].port].window_last);
	assert_true(machine->ports[sw].window64_first > machine->ports[sw].window64_last);
	assert_int_equal(machine->devices[a].first_bar, a0);
	assert_int_equal(machine->devices[a].bar_count, 2);
	assert_int_equal(machine->devices[quiet].bar_count, 0);

	assert_int_equal(machine_bar_at(machine, 0xbfffffff), NONE);
	assert_int_equal(machine_bar_at(machine, 0xc0000000), a0);
	assert_int_equal(machine_bar_at(machine, 0xc0000fff), a0);
	assert_int_equal(machine_bar_at(machine, 0xc0001000), NONE);
	assert_int_equal(machine_bar_at(machine, 0xc001ffff), a2);
	assert_int_equal(machine_bar_at(machine, 0xc1ffffff), b0);
	assert_int_equal(machine_bar_at(machine, 0xc2001000), NONE);
	assert_int_equal(machine_bar_at(machine, UINT64_MAX), NONE);
	machine_free(machine);
}

static void test_windows_large_bars_lie_above_4g(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	uint16_t a0 = build_bar(machine, "a.bar0", a, 0, 256 * M);
	uint16_t a1 = build_bar(machine, "a.bar1", a, 1, 512 * M);
	uint16_t b0 = build_bar(machine, "b.bar0", b, 0, 1 * G);
	finish(machine);
	assert_int_equal(machine->bars[a0].bus, 0xc0000000);
	assert_int_equal(machine->bars[a1].bus, UINT64_C(0x2000000000));
	assert_int_equal(machine->bars[b0].bus, UINT64_C(0x2040000000));
	const struct machine_port *port = &machine->ports[machine->devices[a].port];
	assert_int_equal(port->window64_first, UINT64_C(0x2000000000));
	assert_int_equal(port->window64_last, UINT64_C(0x201fffffff));
	assert_int_equal(port->window_last, 0xcfffffff);
	assert_int_equal(machine_bar_at(machine, UINT64_C(0x2040000000)), b0);
	assert_int_equal(machine_bar_at(machine, UINT64_C(0x2020000000)), NONE);
	machine_free(machine);
}

static void test_windows_root_complex_and_conventional_bus(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t br = build_port(machine, "br", PORT_PCI_BRIDGE, NONE);
	uint16_t nic = build_device(machine, "nic", br);
	uint16_t hba = build_device(machine, "hba", br);
	uint16_t uart = build_platform(machine, "uart");
	uint16_t pf = build_device(machine, "pf", NONE);
	uint16_t vf = build_child(machine, "vf", DEVICE_VF, pf);
	build_bar(machine, "nic.bar0", nic, 0, 4 * K);
	build_bar(machine, "hba.bar0", hba, 0, 4 * K);
	build_bar(machine, "uart.bar0", uart, 0, 4 * K);
	build_bar(machine, "vf.bar0", vf, 0, 8 * K);
	finish(machine);
	assert_int_equal(machine->bars[2].bus, 0xc0000000);
	assert_int_equal(machine->bars[0].bus, 0xc0100000);
	assert_int_equal(machine->bars[1].bus, 0xc0101000);
	assert_int_equal(machine->bars[3].bus, 0xc0200000);
	assert_window(machine, br, 0xc0100000, 0xc01fffff);
	assert_window(machine, machine->devices[pf].port, 0xc0200000, 0xc02fffff);
	machine_free(machine);
}

static void assert_places(const struct machine *machine, uint16_t memory, uint64_t hpa, uint64_t gpa, uint64_t va)
{
	assert_int_equal(machine->memories[memory].hpa, hpa);
	assert_int_equal(machine->memories[memory].gpa, gpa);
	assert_int_equal(machine->memories[memory].va, va);
}

static void test_addresses_objects_are_aligned_and_apart(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t p1 = build_owner(machine, "p1", OWNER_PROCESS);
	uint16_t p2 = build_owner(machine, "p2", OWNER_VM);
	uint16_t a = build_memory(machine, "a", p1, 4 * K);
	uint16_t b = build_memory(machine, "b", p1, 8 * K);
	uint16_t c = build_memory(machine, "c", p2, 2 * M);
	uint16_t d = build_memory(machine, "d", p1, 1 * G);
	uint16_t e = build_memory(machine, "e", p2, 4 * K);
	finish(machine);
	assert_places(machine, a, 0x100000000, 0x40000000, UINT64_C(0x7f0000000000));
	assert_places(machine, b, 0x100002000, 0x40002000, UINT64_C(0x7f0000002000));
	assert_places(machine, c, 0x100200000, 0x40000000, UINT64_C(0x7f0000000000));
	assert_places(machine, d, 0x140000000, 0x80000000, UINT64_C(0x7f0040000000));
	assert_places(machine, e, 0x180001000, 0x40201000, UINT64_C(0x7f0000201000));

	assert_int_equal(machine_memory_at(machine, 0xffffffff), NONE);
	assert_int_equal(machine_memory_at(machine, 0x100000000), a);
	assert_int_equal(machine_memory_at(machine, 0x100000fff), a);
	assert_int_equal(machine_memory_at(machine, 0x100001000), NONE);
	assert_int_equal(machine_memory_at(machine, 0x100003fff), b);
	assert_int_equal(machine_memory_at(machine, 0x100004000), NONE);
	assert_int_equal(machine_memory_at(machine, 0x17fffffff), d);
	assert_int_equal(machine_memory_at(machine, 0x180000000), NONE);
	assert_int_equal(machine_memory_at(machine, 0x180001000), e);
	machine_free(machine);
}

static void test_addresses_guest_memory_continues_above_the_windows(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t vm = build_owner(machine, "vm", OWNER_VM);
	uint16_t a = build_memory(machine, "a", vm, 1 * G);
	uint16_t b = build_memory(machine, "b", vm, 2 * G);
	uint16_t c = build_memory(machine, "c", vm, 4 * K);
	finish(machine);
	assert_int_equal(machine->memories[a].gpa, 0x40000000);
	assert_int_equal(machine->memories[b].gpa, UINT64_C(0x4000000000));
	assert_int_equal(machine->memories[c].gpa, UINT64_C(0x4080001000));
	machine_free(machine);
}

static void test_addresses_given_ones_are_kept_and_avoided(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t vm = build_owner(machine, "vm", OWNER_VM);
	uint16_t other = build_owner(machine, "other", OWNER_VM);
	uint16_t a = build_memory(machine, "a", vm, 4 * K);
	uint16_t b = build_memory(machine, "b", vm, 8 * K);
	uint16_t c = build_memory(machine, "c", vm, 8 * K);
	uint16_t d = build_memory(machine, "d", other, 4 * K);
	machine->memories[b].gpa = 0x40000000;
	machine->memories[b].gpa_given = true;
	machine->memories[c].va = 0x10000;
	machine->memories[c].va_given = true;
	finish(machine);
	/* b's pages and one more are skipped by a. */
	assert_int_equal(machine->memories[a].gpa, 0x40003000);
	assert_int_equal(machine->memories[b].gpa, 0x40000000);
	assert_int_equal(machine->memories[c].gpa, 0x40005000);
	assert_int_equal(machine->memories[c].va, 0x10000);
	assert_int_equal(machine->memories[b].va, UINT64_C(0x7f0000002000));
	assert_int_equal(machine->memories[d].gpa, 0x40000000);
	machine_free(machine);
}

/* An object that would end where a given one begins goes behind it. */
static void test_addresses_given_ones_are_never_touched(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_memory(machine, "a", MACHINE_HOST, 4 * K);
	uint16_t b = build_memory(machine, "b", MACHINE_HOST, 4 * K);
	machine->memories[b].gpa = 0x40001000;
	machine->memories[b].gpa_given = true;
	machine->memories[b].va = UINT64_C(0x7f0000002000);
	machine->memories[b].va_given = true;
	finish(machine);
	assert_int_equal(machine->memories[a].gpa, 0x40003000);
	assert_int_equal(machine->memories[a].va, UINT64_C(0x7f0000000000));
	machine_free(machine);
}

static void test_addresses_firmware_below_the_tables_leaves_them_alone(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t u = build_device(machine, "u", NONE);
	build_reserved(machine, "r", u, RESERVED_RMRR, 0x9f000, 0x1000);
	finish(machine);
	assert_int_equal(machine->tables_first, 0x01000000);
	assert_int_equal(machine->tables_last, 0x7fffffff);
	machine_free(machine);
}

static void test_addresses_firmware_memory_is_avoided_and_found(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t u = build_device(machine, "u", NONE);
	uint16_t g = build_device(machine, "g", NONE);
	uint16_t high = build_reserved(machine, "high", u, RESERVED_RMRR, 0x100002000, 0x3000);
	uint16_t low = build_reserved(machine, "low", u, RESERVED_RELAXABLE, 0x02000000, 0x1000);
	build_reserved(machine, "hole", u, RESERVED_HOLE, 0x100100000, 0x1000);
	build_reserved(machine, "same", g, RESERVED_RMRR, 0x02000000, 0x1000);
	uint16_t zero = build_reserved(machine, "zero", g, RESERVED_RMRR, 0, 0x1000);
	uint16_t a = build_memory(machine, "a", MACHINE_HOST, 4 * K);
	uint16_t b = build_memory(machine, "b", MACHINE_HOST, 8 * K);
	finish(machine);
	assert_int_equal(machine->memories[a].hpa, 0x100000000);
	assert_int_equal(machine->memories[b].hpa, 0x100006000);
	assert_int_equal(machine_firmware_at(machine, 0x100002000), high);
	assert_int_equal(machine_firmware_at(machine, 0x100004fff), high);
	assert_int_equal(machine_firmware_at(machine, 0x100005000), NONE);
	assert_int_equal(machine_firmware_at(machine, 0x02000fff), low);
	assert_int_equal(machine_firmware_at(machine, 0x02001000), NONE);
	assert_int_equal(machine_firmware_at(machine, 0xfff), zero);
	assert_int_equal(machine_firmware_at(machine, 0x100100000), NONE);
	/* IOMMU structures go to the longer side of 'low'. */
	assert_int_equal(machine->tables_first, 0x02001000);
	assert_int_equal(machine->tables_last, 0x7fffffff);
	assert_int_equal(machine->devices[u].first_reserved, 0);
	assert_int_equal(machine->devices[u].reserved_count, 3);
	assert_int_equal(machine->devices[g].first_reserved, 3);
	machine_free(machine);
}

static void test_addresses_object_before_firmware_leaves_a_page(void **state)
{
	(void)state;
	/* One page would end where the firmware begins: it goes behind. */
	struct machine *machine = machine_new();
	uint16_t u = build_device(machine, "u", NONE);
	build_reserved(machine, "r", u, RESERVED_RMRR, 0x100001000, 0x1000);
	uint16_t a = build_memory(machine, "a", MACHINE_HOST, 4 * K);
	finish(machine);
	assert_int_equal(machine->memories[a].hpa, 0x100003000);
	assert_int_equal(machine->tables_first, 0x01000000);
	machine_free(machine);
}

static void test_addresses_interrupt_window_has_a_default(void **state)
{
	(void)state;
	uint64_t first, last;
	struct machine *machine = machine_new();
	uint16_t unit = build_iommu(machine, "iommu0");
	uint16_t other = build_iommu(machine, "iommu1");
	machine->iommus[other].msi_first = 0x8000000;
	machine->iommus[other].msi_last = 0x8000fff;
	finish(machine);
	machine_msi_window(machine, unit, &first, &last);
	assert_int_equal(first, 0xfee00000);
	assert_int_equal(last, 0xfeefffff);
	machine_msi_window(machine, other, &first, &last);
	assert_int_equal(first, 0x8000000);
	assert_int_equal(last, 0x8000fff);
	machine_msi_window(machine, NONE, &first, &last);
	assert_int_equal(first, 0xfee00000);
	machine_set_kind(machine, IOMMU_VTD);
	machine_msi_window(machine, other, &first, &last);
	assert_int_equal(first, 0xfee00000);
	machine_set_kind(machine, IOMMU_SMMUV3);
	machine_msi_window(machine, unit, &first, &last);
	assert_int_equal(first, 0x8000000);
	assert_int_equal(last, 0x80fffff);
	machine_free(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows_bars_are_aligned_inside_nested_windows),
		cmocka_unit_test(test_windows_large_bars_lie_above_4g),
		cmocka_unit_test(test_windows_root_complex_and_conventional_bus),
		cmocka_unit_test(test_addresses_objects_are_aligned_and_apart),
		cmocka_unit_test(test_addresses_guest_memory_continues_above_the_windows),
		cmocka_unit_test(test_addresses_given_ones_are_kept_and_avoided),
		cmocka_unit_test(test_addresses_given_ones_are_never_touched),
		cmocka_unit_test(test_addresses_firmware_below_the_tables_leaves_them_alone),
		cmocka_unit_test(test_addresses_firmware_memory_is_avoided_and_found),
		cmocka_unit_test(test_addresses_object_before_firmware_leaves_a_page),
		cmocka_unit_test(test_addresses_interrupt_window_has_a_default),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
