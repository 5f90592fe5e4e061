/* SPDX-License-Identifier: MIT */
/* What machine_finish() refuses: which row it blames and what it says. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NONE MACHINE_NONE
#define K    UINT64_C(1024)
#define M    (K * K)
#define G    (K * M)

static void assert_refused(struct machine *machine, enum machine_table table, uint16_t index, const char *words)
{
	struct machine_error error = {0};

	assert_false(machine_finish(machine, &error));
	if (!strstr(error.message, words))
		fail_msg("'%s' says nothing of '%s'", error.message, words);
	assert_int_equal(error.table, table);
	assert_int_equal(error.index, index);
	machine_free(machine);
}

static void assert_accepted(struct machine *machine)
{
	struct machine_error error = {0};

	if (!machine_finish(machine, &error))
		fail_msg("refused: %s", error.message);
	machine_free(machine);
}

static void test_machine_empty_is_accepted(void **state)
{
	(void)state;
	assert_accepted(machine_new());
}

static void test_machine_port_cycle_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_port(machine, "a", PORT_SWITCH, 2);
	build_port(machine, "b", PORT_SWITCH, 0);
	build_port(machine, "c", PORT_SWITCH, 1);
	assert_refused(machine, TABLE_PORT, 0, "'a' is under itself");

	machine = machine_new();
	build_port(machine, "free", PORT_SWITCH, NONE);
	build_port(machine, "loop", PORT_SWITCH, 1);
	assert_refused(machine, TABLE_PORT, 1, "'loop' is under itself");
}

static void test_machine_port_unknown_parent_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_port(machine, "a", PORT_SWITCH, 7);
	assert_refused(machine, TABLE_PORT, 0, "does not exist");
}

static void test_machine_port_illegal_parent_is_refused(void **state)
{
	(void)state;
	static const struct {
		enum port_kind parent, child;
	} illegal[] = {
		{PORT_ROOT, PORT_ROOT},         {PORT_SWITCH, PORT_ROOT},     {PORT_DOWNSTREAM, PORT_ROOT},
		{PORT_PCI_BRIDGE, PORT_ROOT},   {PORT_ROOT, PORT_DOWNSTREAM}, {PORT_PCI_BRIDGE, PORT_DOWNSTREAM},
		{PORT_PCI_BRIDGE, PORT_SWITCH},
	};
	for (unsigned i = 0; i < sizeof illegal / sizeof *illegal; i++) {
		struct machine *machine = machine_new();
		uint16_t above = NONE;
		if (illegal[i].parent == PORT_DOWNSTREAM)
			above = build_port(machine, "above", PORT_SWITCH, NONE);
		uint16_t parent = build_port(machine, "parent", illegal[i].parent, above);
		uint16_t child = build_port(machine, "child", illegal[i].child, parent);
		assert_refused(machine, TABLE_PORT, child, "'child' cannot be under");
	}
	struct machine *machine = machine_new();
	build_port(machine, "dp", PORT_DOWNSTREAM, NONE);
	assert_refused(machine, TABLE_PORT, 0, "'dp' is under nothing");
}

static void test_machine_port_legal_parents_are_accepted(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t root = build_port(machine, "root", PORT_ROOT, NONE);
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, root);
	uint16_t down = build_port(machine, "down", PORT_DOWNSTREAM, sw);
	uint16_t sw2 = build_port(machine, "sw2", PORT_SWITCH, down);
	build_port(machine, "sw3", PORT_SWITCH, sw2);
	uint16_t bridge = build_port(machine, "bridge", PORT_PCI_BRIDGE, sw2);
	uint16_t bridge2 = build_port(machine, "bridge2", PORT_PCI_BRIDGE, bridge);
	build_device(machine, "a", bridge);
	build_device(machine, "b", bridge2);
	build_device(machine, "c", sw2);
	assert_accepted(machine);
}

static void test_machine_link_with_two_devices_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t root = build_port(machine, "root", PORT_ROOT, NONE);
	build_device(machine, "a", root);
	uint16_t b = build_device(machine, "b", root);
	assert_refused(machine, TABLE_DEVICE, b, "'root' leads to 'a' already");

	machine = machine_new();
	root = build_port(machine, "root", PORT_ROOT, NONE);
	build_port(machine, "sw", PORT_SWITCH, root);
	uint16_t a = build_device(machine, "a", root);
	assert_refused(machine, TABLE_DEVICE, a, "'root' leads to 'sw' already");

	machine = machine_new();
	root = build_port(machine, "root", PORT_ROOT, NONE);
	build_port(machine, "sw", PORT_SWITCH, root);
	uint16_t other = build_port(machine, "other", PORT_SWITCH, root);
	assert_refused(machine, TABLE_PORT, other, "'root' leads to 'sw' already");
}

static void test_machine_bdf_used_twice_is_refused(void **state)
{
	(void)state;
	/* Integrated endpoints. */
	struct machine *machine = machine_new();
	build_bdf(machine, build_device(machine, "a", NONE), RID(0, 2, 0));
	uint16_t b = build_device(machine, "b", NONE);
	build_bdf(machine, b, RID(0, 2, 0));
	assert_refused(machine, TABLE_DEVICE, b, "'b': BDF 00:02.0 is taken by 'a'");

	/* Functions of one device. */
	machine = machine_new();
	uint16_t f0 = build_device(machine, "f0", NONE);
	build_bdf(machine, f0, RID(3, 0, 1));
	uint16_t f1 = build_function(machine, "f1", f0);
	build_bdf(machine, f1, RID(3, 0, 1));
	assert_refused(machine, TABLE_DEVICE, f1, "BDF 03:00.1 is taken by 'f0'");

	/* A conventional bus. */
	machine = machine_new();
	uint16_t bridge = build_port(machine, "br", PORT_PCI_BRIDGE, NONE);
	build_bdf(machine, build_device(machine, "a", bridge), RID(2, 4, 0));
	b = build_device(machine, "b", bridge);
	build_bdf(machine, b, RID(2, 4, 0));
	assert_refused(machine, TABLE_DEVICE, b, "BDF 02:04.0 is taken by 'a'");
}

static void test_machine_bus_behind_two_ports_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_bdf(machine, build_device(machine, "a", NONE), RID(5, 0, 0));
	build_bdf(machine, build_device(machine, "b", NONE), RID(5, 0, 1));
	assert_refused(machine, TABLE_DEVICE, 1, "bus 05 is behind two root ports");

	/* Buses rise from port to port. */
	machine = machine_new();
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	build_bdf(machine, build_device(machine, "a", sw), RID(9, 0, 0));
	build_bdf(machine, build_device(machine, "b", sw), RID(8, 0, 0));
	assert_refused(machine, TABLE_DEVICE, 1, "bus 08 cannot be behind 'b.port'");
}

static void test_machine_bdf_that_no_port_can_have_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_bdf(machine, build_device(machine, "a", NONE), RID(3, 5, 0));
	assert_refused(machine, TABLE_DEVICE, 0, "'a' is at 03:05.0, but the device behind a PCIe port");

	machine = machine_new();
	build_bdf(machine, build_device(machine, "a", build_port(machine, "rp", PORT_ROOT, NONE)), RID(0, 5, 0));
	assert_refused(machine, TABLE_DEVICE, 0, "bus 00 is not behind 'rp'");

	machine = machine_new();
	build_bdf(machine, build_device(machine, "a", NONE), RID(0, 0, 1));
	assert_refused(machine, TABLE_DEVICE, 0, "where the host bridge is");

	machine = machine_new();
	uint16_t bridge = build_port(machine, "br", PORT_PCI_BRIDGE, NONE);
	build_bdf(machine, build_device(machine, "a", bridge), RID(2, 4, 0));
	build_bdf(machine, build_device(machine, "b", bridge), RID(3, 4, 0));
	assert_refused(machine, TABLE_DEVICE, 1, "'b' is on bus 03, but others behind 'br' on 02");

	machine = machine_new();
	uint16_t f0 = build_device(machine, "f0", NONE);
	build_bdf(machine, f0, RID(0, 4, 0));
	build_bdf(machine, build_function(machine, "f1", f0), RID(0, 5, 1));
	assert_refused(machine, TABLE_DEVICE, 1, "not of one device number");
}

static void test_machine_vf_without_pf_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_child(machine, "vf", DEVICE_VF, NONE);
	assert_refused(machine, TABLE_DEVICE, 0, "'vf' has no physical function");

	machine = machine_new();
	uint16_t pf = build_device(machine, "pf", NONE);
	uint16_t vf = build_child(machine, "vf", DEVICE_VF, pf);
	uint16_t vf2 = build_child(machine, "vf2", DEVICE_VF, vf);
	assert_refused(machine, TABLE_DEVICE, vf2, "'vf2' has no physical function");

	machine = machine_new();
	uint16_t platform = build_platform(machine, "pl");
	uint16_t mdev = build_child(machine, "m", DEVICE_MDEV, platform);
	assert_refused(machine, TABLE_DEVICE, mdev, "'m' has no device behind it");

	machine = machine_new();
	pf = build_device(machine, "pf", NONE);
	vf = build_child(machine, "vf", DEVICE_VF, pf);
	build_bdf(machine, vf, RID(1, 0, 3));
	assert_refused(machine, TABLE_DEVICE, vf, "BDF of 'vf' follows from 'pf'");

	machine = machine_new();
	uint16_t bridge = build_port(machine, "br", PORT_PCI_BRIDGE, NONE);
	vf = build_child(machine, "vf", DEVICE_VF, build_device(machine, "pf", bridge));
	assert_refused(machine, TABLE_DEVICE, vf, "no virtual functions behind a PCI bridge");
}

static void test_machine_device_bad_reference_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_device(machine, "a", 3);
	assert_refused(machine, TABLE_DEVICE, 0, "port that does not exist");

	machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	machine->devices[a].iommu = 0;
	machine->devices[a].iommu_given = true;
	assert_refused(machine, TABLE_DEVICE, 0, "IOMMU that does not exist");

	machine = machine_new();
	uint16_t f0 = build_device(machine, "f0", NONE);
	uint16_t f1 = build_function(machine, "f1", f0);
	build_function(machine, "f2", f1);
	assert_refused(machine, TABLE_DEVICE, 2, "belongs to a device that is none");

	machine = machine_new();
	uint16_t root = build_port(machine, "root", PORT_ROOT, NONE);
	f0 = build_device(machine, "f0", NONE);
	f1 = build_function(machine, "f1", f0);
	machine->devices[f1].port = root;
	assert_refused(machine, TABLE_DEVICE, f1, "'f1' is under 'root', but 'f0' is not");

	machine = machine_new();
	a = build_device(machine, "a", NONE);
	machine->devices[a].aliased = true;
	machine->devices[a].alias_device = build_platform(machine, "pl");
	assert_refused(machine, TABLE_DEVICE, 0, "alias of 'a' has no BDF");

	machine = machine_new();
	uint16_t pl = build_platform(machine, "pl");
	machine->devices[pl].port = build_port(machine, "root", PORT_ROOT, NONE);
	assert_refused(machine, TABLE_DEVICE, 0, "'pl' is a platform device");
}

static void test_machine_too_many_functions_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t first = build_device(machine, "f0", NONE);
	for (unsigned i = 1; i < 8; i++)
		build_function(machine, "fn", first);
	uint16_t ninth = build_function(machine, "f8", first);
	assert_refused(machine, TABLE_DEVICE, ninth, "at most 8 functions");
}

static void test_machine_conventional_bus_full_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t bridge = build_port(machine, "br", PORT_PCI_BRIDGE, NONE);
	for (unsigned i = 0; i < 31; i++)
		build_device(machine, "dev", bridge);
	uint16_t last = build_device(machine, "last", bridge);
	assert_refused(machine, TABLE_DEVICE, last, "room for 31 devices");
}

static void test_machine_buses_exhausted_is_refused(void **state)
{
	(void)state;
	/* 255 buses behind root ports, but only 248 root ports fit on bus 0. */
	struct machine *machine = machine_new();
	for (unsigned i = 0; i < 249; i++)
		build_device(machine, "dev", NONE);
	assert_refused(machine, TABLE_DEVICE, 248, "bus 00 has no place left");

	/* A switch takes two buses, each of its ports another one: 1 + 1 + 253 fit, 254 do not. */
	for (unsigned devices = 253; devices <= 254; devices++) {
		machine = machine_new();
		uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
		for (unsigned i = 0; i < devices; i++)
			build_device(machine, "dev", sw);
		if (devices == 253)
			assert_accepted(machine);
		else
			assert_refused(machine, TABLE_PORT, 0, "no 256 bus numbers left");
	}

	machine = machine_new();
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	build_bdf(machine, build_device(machine, "a", sw), RID(255, 0, 0));
	build_device(machine, "b", sw);
	assert_refused(machine, TABLE_DEVICE, 1, "no bus number left for 'b.port'");
}

static void test_machine_switch_with_too_many_ports_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	for (unsigned i = 0; i < 257; i++)
		build_port(machine, "dp", PORT_DOWNSTREAM, sw);
	assert_refused(machine, TABLE_PORT, sw, "more than 256 ports");
}

static void test_machine_vfs_beyond_requester_ids_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t pf = build_device(machine, "pf", NONE);
	build_bdf(machine, pf, RID(255, 0, 0));
	for (unsigned i = 0; i < 256; i++)
		build_child(machine, "vf", DEVICE_VF, pf);
	assert_refused(machine, TABLE_DEVICE, 0, "no bus number left for 'pf.port'");
}

static void test_machine_units_that_contradict_are_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	uint16_t a = build_device(machine, "a", sw);
	uint16_t b = build_device(machine, "b", sw);
	machine->devices[a].iommu = 0;
	machine->devices[a].iommu_given = true;
	machine->devices[b].iommu = 1;
	machine->devices[b].iommu_given = true;
	assert_refused(machine, TABLE_DEVICE, b, "'b' names 'iommu1', but 'sw.port' above it is served by 'iommu0'");

	machine = machine_new();
	build_iommu(machine, "iommu0");
	a = build_device(machine, "a", NONE);
	b = build_device(machine, "b", NONE);
	build_bdf(machine, b, RID(1, 0, 0));
	machine->devices[b].segment = 1;
	assert_refused(machine, TABLE_DEVICE, b, "'iommu0' serves segment 0 and no other");

	machine = machine_new();
	sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	a = build_device(machine, "a", sw);
	b = build_device(machine, "b", sw);
	build_bdf(machine, a, RID(8, 0, 0));
	build_bdf(machine, b, RID(9, 0, 0));
	machine->devices[b].segment = 1;
	assert_refused(machine, TABLE_DEVICE, b, "'b' is in segment 1, 'sw.port' above it in 0");
}

static void test_machine_bad_bar_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint64_t bytes;
		uint8_t index;
		const char *words;
	} bad[] = {{0, 0, "no power of two"},
		   {2 * K, 0, "no power of two"},
		   {12 * K, 0, "no power of two"},
		   {4 * K, 6, "numbered 0 to 5"}};
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct machine *machine = machine_new();
		build_bar(machine, "a.bar", build_device(machine, "a", NONE), bad[i].index, bad[i].bytes);
		assert_refused(machine, TABLE_BAR, 0, bad[i].words);
	}

	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	build_bar(machine, "a.bar0", a, 0, 4 * K);
	build_bar(machine, "a.bar0", a, 0, 4 * K);
	assert_refused(machine, TABLE_BAR, 1, "'a' has BAR 0 twice");

	machine = machine_new();
	a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	build_bar(machine, "a.bar0", a, 0, 4 * K);
	build_bar(machine, "b.bar0", b, 0, 4 * K);
	build_bar(machine, "a.bar1", a, 1, 4 * K);
	assert_refused(machine, TABLE_BAR, 2, "apart from the other BARs of 'a'");

	machine = machine_new();
	build_bar(machine, "x.bar0", 9, 0, 4 * K);
	assert_refused(machine, TABLE_BAR, 0, "belongs to no device");
}

static void test_machine_windows_exhausted_is_refused(void **state)
{
	(void)state;
	/* C0000000h to FEBFFFFFh has three places for 256 MiB. */
	struct machine *machine = machine_new();
	for (unsigned i = 0; i < 4; i++)
		build_bar(machine, "bar", build_device(machine, "dev", NONE), 0, 256 * M);
	assert_refused(machine, TABLE_BAR, 3, "no room is left for 'bar' among the BARs below 4 GiB");

	/* 128 GiB above. */
	machine = machine_new();
	build_bar(machine, "a.bar0", build_device(machine, "a", NONE), 0, 128 * G);
	build_bar(machine, "b.bar0", build_device(machine, "b", NONE), 0, 512 * M);
	assert_refused(machine, TABLE_BAR, 1, "among the BARs above 4 GiB");

	machine = machine_new();
	build_bar(machine, "a.bar0", build_device(machine, "a", NONE), 0, UINT64_C(1) << 63);
	assert_refused(machine, TABLE_BAR, 0, "among the BARs above 4 GiB");
}

static void test_machine_bad_reserved_range_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint64_t first, bytes;
		const char *words;
	} bad[] = {
		{0x1000, 0, "4K boundary"},
		{0x1800, 0x1000, "4K boundary"},
		{0x1000, 0x800, "4K boundary"},
		{UINT64_C(0xfffffffffffff000), 0x2000, "beyond the last address"},
		{0xbffff000, 0x2000, "outside RAM"},
		{0xd0000000, 0x1000, "outside RAM"},
		{UINT64_C(0x2000000000), 0x1000, "outside RAM"},
	};
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct machine *machine = machine_new();
		uint16_t a = build_device(machine, "a", NONE);
		build_reserved(machine, "r", a, RESERVED_RMRR, bad[i].first, bad[i].bytes);
		assert_refused(machine, TABLE_RESERVED, 0, bad[i].words);
	}
}

static void test_machine_overlapping_reserved_ranges_are_refused(void **state)
{
	(void)state;
	/* Of one device, whatever they are. */
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	build_reserved(machine, "r", a, RESERVED_HOLE, 0x10000, 0x2000);
	build_reserved(machine, "s", a, RESERVED_MSI, 0x11000, 0x2000);
	assert_refused(machine, TABLE_RESERVED, 1, "'s' overlaps 'r'");

	/* Firmware memory of two devices: partly. */
	machine = machine_new();
	a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	build_reserved(machine, "r", a, RESERVED_RMRR, 0x10000, 0x2000);
	build_reserved(machine, "s", b, RESERVED_RELAXABLE, 0x11000, 0x2000);
	assert_refused(machine, TABLE_RESERVED, 1, "'s' overlaps 'r'");

	/* The same range, or ranges that are no memory: fine. */
	machine = machine_new();
	a = build_device(machine, "a", NONE);
	b = build_device(machine, "b", NONE);
	build_reserved(machine, "r", a, RESERVED_RMRR, 0x10000, 0x2000);
	build_reserved(machine, "h", a, RESERVED_HOLE, 0x40000, 0x2000);
	build_reserved(machine, "s", b, RESERVED_RMRR, 0x10000, 0x2000);
	build_reserved(machine, "i", b, RESERVED_HOLE, 0x41000, 0x2000);
	assert_accepted(machine);
}

static void test_machine_firmware_everywhere_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	build_reserved(machine, "r", a, RESERVED_RMRR, 0, 0x80000000);
	assert_refused(machine, TABLE_RESERVED, 0, "no room for IOMMU structures");
}

static void test_machine_bad_memory_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, 0);
	assert_refused(machine, TABLE_MEMORY, 0, "no multiple of 4K");

	machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, 4097);
	assert_refused(machine, TABLE_MEMORY, 0, "no multiple of 4K");

	machine = machine_new();
	build_memory(machine, "p", 5, 4 * K);
	assert_refused(machine, TABLE_MEMORY, 0, "'p' has no owner");

	machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, UINT64_C(1) << 60);
	assert_refused(machine, TABLE_MEMORY, 0, "larger than all memory");

	machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, 100 * G);
	build_memory(machine, "q", MACHINE_HOST, 100 * G);
	assert_refused(machine, TABLE_MEMORY, 1, "no physical memory is left for 'q'");

	machine = machine_new();
	uint16_t shared = build_memory(machine, "p", MACHINE_HOST, 4 * K);
	machine->memories[shared].shared_with = 1 << 1;
	assert_refused(machine, TABLE_MEMORY, 0, "shared with an owner that does not exist");
}

static void give_gpa(struct machine *machine, uint16_t memory, uint64_t gpa)
{
	machine->memories[memory].gpa = gpa;
	machine->memories[memory].gpa_given = true;
}

static void give_va(struct machine *machine, uint16_t memory, uint64_t va)
{
	machine->memories[memory].va = va;
	machine->memories[memory].va_given = true;
}

static void test_machine_bad_given_address_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	give_gpa(machine, build_memory(machine, "p", MACHINE_HOST, 4 * K), 0x1234);
	assert_refused(machine, TABLE_MEMORY, 0, "address of 'p' is no multiple of 4K");

	machine = machine_new();
	give_va(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), UINT64_C(0x7ffffffff000));
	assert_refused(machine, TABLE_MEMORY, 0, "beyond the last virtual address");

	machine = machine_new();
	give_gpa(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), UINT64_C(0xffffffffff000));
	assert_refused(machine, TABLE_MEMORY, 0, "beyond the last guest physical address");

	machine = machine_new();
	give_gpa(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), 0x10000);
	give_gpa(machine, build_memory(machine, "q", MACHINE_HOST, 4 * K), 0x11000);
	assert_refused(machine, TABLE_MEMORY, 1, "'q' overlaps 'p' in guest physical addresses");

	/* Two owners may use the same ones. */
	machine = machine_new();
	uint16_t other = build_owner(machine, "p1", OWNER_PROCESS);
	give_va(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), 0x10000);
	give_va(machine, build_memory(machine, "q", other, 8 * K), 0x10000);
	assert_accepted(machine);
}

static void test_machine_bad_iommu_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	for (unsigned i = 0; i < 65; i++)
		build_iommu(machine, "unit");
	assert_refused(machine, TABLE_IOMMU, 64, "more than 64 IOMMUs");

	machine = machine_new();
	build_iommu(machine, "unit");
	machine->iommus[0].page_lg2_mask_4k_2m_1g = 2;
	assert_refused(machine, TABLE_IOMMU, 0, "lacks 4 KiB pages");

	machine = machine_new();
	build_iommu(machine, "unit");
	machine->iommus[0].address_width = 53;
	assert_refused(machine, TABLE_IOMMU, 0, "32 to 52 are possible");

	machine = machine_new();
	build_iommu(machine, "unit");
	machine->iommus[0].msi_first = 0x2000;
	machine->iommus[0].msi_last = 0x1fff;
	assert_refused(machine, TABLE_IOMMU, 0, "ends before it begins");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_empty_is_accepted),
		cmocka_unit_test(test_machine_port_cycle_is_refused),
		cmocka_unit_test(test_machine_port_unknown_parent_is_refused),
		cmocka_unit_test(test_machine_port_illegal_parent_is_refused),
		cmocka_unit_test(test_machine_port_legal_parents_are_accepted),
		cmocka_unit_test(test_machine_link_with_two_devices_is_refused),
		cmocka_unit_test(test_machine_bdf_used_twice_is_refused),
		cmocka_unit_test(test_machine_bus_behind_two_ports_is_refused),
		cmocka_unit_test(test_machine_bdf_that_no_port_can_have_is_refused),
		cmocka_unit_test(test_machine_vf_without_pf_is_refused),
		cmocka_unit_test(test_machine_device_bad_reference_is_refused),
		cmocka_unit_test(test_machine_too_many_functions_is_refused),
		cmocka_unit_test(test_machine_conventional_bus_full_is_refused),
		cmocka_unit_test(test_machine_buses_exhausted_is_refused),
		cmocka_unit_test(test_machine_switch_with_too_many_ports_is_refused),
		cmocka_unit_test(test_machine_vfs_beyond_requester_ids_is_refused),
		cmocka_unit_test(test_machine_units_that_contradict_are_refused),
		cmocka_unit_test(test_machine_bad_bar_is_refused),
		cmocka_unit_test(test_machine_windows_exhausted_is_refused),
		cmocka_unit_test(test_machine_bad_reserved_range_is_refused),
		cmocka_unit_test(test_machine_overlapping_reserved_ranges_are_refused),
		cmocka_unit_test(test_machine_firmware_everywhere_is_refused),
		cmocka_unit_test(test_machine_bad_memory_is_refused),
		cmocka_unit_test(test_machine_bad_given_address_is_refused),
		cmocka_unit_test(test_machine_bad_iommu_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
