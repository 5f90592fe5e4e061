/* SPDX-License-Identifier: MIT */
/* Topologies that machine_finish() refuses: which row it blames and what it says. */
#include "refused.h"

#include <stdio.h>

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

static void test_machine_bus_of_platform_masters_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_bdf(machine, build_device(machine, "a", NONE), RID(255, 0, 0));
	assert_accepted(machine);

	machine = machine_new();
	build_iommu(machine, "iommu0");
	build_bdf(machine, build_device(machine, "a", NONE), RID(255, 0, 0));
	build_platform(machine, "pl");
	assert_refused(machine, TABLE_DEVICE, 0, "'a' is on bus ff, which is taken");

	machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	machine->devices[a].aliased = true;
	machine->devices[a].alias_device = NONE;
	machine->devices[a].alias_rid = RID(255, 3, 1);
	build_platform(machine, "pl");
	assert_refused(machine, TABLE_DEVICE, 0, "'a' is on bus ff, which is taken");
}

static void test_machine_too_many_platform_masters_is_refused(void **state)
{
	(void)state;
	for (unsigned masters = 256; masters <= 257; masters++) {
		struct machine *machine = machine_new();
		for (unsigned i = 0; i < masters; i++) {
			char name[8];
			snprintf(name, sizeof name, "pl%u", i);
			build_platform(machine, name);
		}
		if (masters == 256)
			assert_accepted(machine);
		else
			assert_refused(machine, TABLE_DEVICE, 256, "'pl256': at most 256 platform masters");
	}
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
		cmocka_unit_test(test_machine_bus_of_platform_masters_is_refused),
		cmocka_unit_test(test_machine_too_many_platform_masters_is_refused),
		cmocka_unit_test(test_machine_too_many_functions_is_refused),
		cmocka_unit_test(test_machine_conventional_bus_full_is_refused),
		cmocka_unit_test(test_machine_buses_exhausted_is_refused),
		cmocka_unit_test(test_machine_switch_with_too_many_ports_is_refused),
		cmocka_unit_test(test_machine_vfs_beyond_requester_ids_is_refused),
		cmocka_unit_test(test_machine_units_that_contradict_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
