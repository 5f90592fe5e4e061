/* SPDX-License-Identifier: MIT */
/* Buses, requester IDs, streams, and what trees and devices inherit; worked out by hand. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NONE MACHINE_NONE

static void finish(struct machine *machine)
{
	struct machine_error error = {0};

	if (!machine_finish(machine, &error))
		fail_msg("refused: %s", error.message);
}

static void assert_buses(const struct machine *machine, uint16_t port, uint16_t rid, unsigned secondary,
			 unsigned subordinate)
{
	assert_int_equal(machine->ports[port].rid, rid);
	assert_int_equal(machine->ports[port].secondary, secondary);
	assert_int_equal(machine->ports[port].subordinate, subordinate);
}

/* Three devices, each behind its own root port 1, 2, 3 of bus 0. */
static void test_numbers_own_root_ports_in_declaration_order(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	for (unsigned i = 0; i < 3; i++)
		build_device(machine, "dev", NONE);
	finish(machine);
	assert_int_equal(machine->port_count, 3);
	for (uint16_t i = 0; i < 3; i++) {
		const struct machine_device *device = &machine->devices[i];
		assert_int_equal(device->port, i);
		assert_int_equal(machine->ports[i].kind, PORT_ROOT);
		assert_true(machine->ports[i].synthesized);
		assert_string_equal(machine->ports[i].name, "dev.port");
		assert_int_equal(machine->ports[i].acs, 0x1f);
		assert_buses(machine, i, RID(0, i + 1, 0), i + 1u, i + 1u);
		assert_int_equal(device->rid, RID(i + 1, 0, 0));
		assert_int_equal(device->stream, RID(i + 1, 0, 0));
		assert_int_equal(device->iommu, 0);
		assert_int_equal(machine->ports[i].iommu, 0);
		assert_int_equal(device->acs, 0x1f);
		assert_false(device->multifunction);
	}
	machine_free(machine);
}

/* The 32nd root port is function 1 of device 1. */
static void test_numbers_root_port_32_is_a_second_function(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	for (unsigned i = 0; i < 248; i++)
		build_device(machine, "dev", NONE);
	finish(machine);
	assert_int_equal(machine->ports[30].rid, RID(0, 31, 0));
	assert_int_equal(machine->ports[31].rid, RID(0, 1, 1));
	assert_int_equal(machine->ports[247].rid, RID(0, 31, 7));
	assert_int_equal(machine->devices[247].rid, RID(248, 0, 0));
	machine_free(machine);
}

/*
 * rp 00:01.0 [1-6] -> sw 01:00.0 [2-6] -> explicit 02:00.0 [3] -> a
 *                                      -> sw2.port 02:01.0 [4-6] -> sw2 04:00.0 [5-6] -> b.port 05:00.0 [6] -> b
 * c.port 00:02.0 [7] -> c
 */
static void test_numbers_switches_depth_first(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	uint16_t rp = build_port(machine, "rp", PORT_ROOT, NONE);
	uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, rp, 0x05);
	uint16_t explicit = build_port_acs(machine, "explicit", PORT_DOWNSTREAM, sw, 0x02);
	uint16_t sw2 = build_port_acs(machine, "sw2", PORT_SWITCH, sw, 0);
	machine->ports[sw2].iommu = 1;
	machine->ports[sw2].iommu_given = true;
	uint16_t a = build_device(machine, "a", explicit);
	uint16_t b = build_device(machine, "b", sw2);
	uint16_t c = build_device(machine, "c", NONE);
	finish(machine);

	assert_int_equal(machine->port_count, 7);
	uint16_t sw2_port = 4, b_port = 5, c_port = 6;
	assert_string_equal(machine->ports[sw2_port].name, "sw2.port");
	assert_int_equal(machine->ports[sw2_port].kind, PORT_DOWNSTREAM);
	assert_int_equal(machine->ports[sw2].parent, sw2_port);
	assert_int_equal(machine->ports[b_port].kind, PORT_DOWNSTREAM);
	assert_int_equal(machine->ports[b_port].parent, sw2);
	assert_buses(machine, rp, RID(0, 1, 0), 1, 6);
	assert_buses(machine, sw, RID(1, 0, 0), 2, 6);
	assert_buses(machine, explicit, RID(2, 0, 0), 3, 3);
	assert_buses(machine, sw2_port, RID(2, 1, 0), 4, 6);
	assert_buses(machine, sw2, RID(4, 0, 0), 5, 6);
	assert_buses(machine, b_port, RID(5, 0, 0), 6, 6);
	assert_buses(machine, c_port, RID(0, 2, 0), 7, 7);
	assert_int_equal(machine->devices[a].rid, RID(3, 0, 0));
	assert_int_equal(machine->devices[b].rid, RID(6, 0, 0));
	assert_int_equal(machine->devices[c].rid, RID(7, 0, 0));
	/* ACS from switch to port, the unit over the whole tree. */
	assert_int_equal(machine->ports[rp].acs, 0x1f);
	assert_int_equal(machine->ports[explicit].acs, 0x02);
	assert_int_equal(machine->ports[sw2_port].acs, 0x05);
	assert_int_equal(machine->ports[b_port].acs, 0);
	assert_int_equal(machine->devices[a].iommu, 1);
	assert_int_equal(machine->devices[b].iommu, 1);
	assert_int_equal(machine->devices[c].iommu, 0);
	machine_free(machine);
}

static void test_numbers_more_than_32_switch_ports_use_functions(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	for (unsigned i = 0; i < 34; i++)
		build_device(machine, "dev", sw);
	finish(machine);
	assert_int_equal(machine->ports[machine->devices[31].port].rid, RID(2, 31, 0));
	assert_int_equal(machine->ports[machine->devices[32].port].rid, RID(2, 0, 1));
	assert_int_equal(machine->ports[machine->devices[33].port].rid, RID(2, 1, 1));
	assert_int_equal(machine->devices[33].rid, RID(36, 0, 0));
	machine_free(machine);
}

/* br.port 00:01.0 [1-3] -> br 01:00.0 [2-3] -> inner 02:01.0 [3] -> c 03:01.0; a 02:02.0; b given 02:05.0. */
static void test_numbers_conventional_bus_is_shared_and_aliased(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t br = build_port(machine, "br", PORT_PCI_BRIDGE, NONE);
	uint16_t inner = build_port(machine, "inner", PORT_PCI_BRIDGE, br);
	uint16_t a = build_device(machine, "a", br);
	uint16_t b = build_device(machine, "b", br);
	build_bdf(machine, b, RID(2, 5, 0));
	uint16_t c = build_device(machine, "c", inner);
	finish(machine);
	assert_buses(machine, 2, RID(0, 1, 0), 1, 3);
	assert_buses(machine, br, RID(1, 0, 0), 2, 3);
	assert_buses(machine, inner, RID(2, 1, 0), 3, 3);
	assert_int_equal(machine->devices[a].rid, RID(2, 2, 0));
	assert_int_equal(machine->devices[b].rid, RID(2, 5, 0));
	assert_int_equal(machine->devices[c].rid, RID(3, 1, 0));
	/* All three arrive as the outer bridge's secondary bus, device 0, function 0. */
	assert_int_equal(machine->devices[a].stream, 0x0200);
	assert_int_equal(machine->devices[b].stream, 0x0200);
	assert_int_equal(machine->devices[c].stream, 0x0200);
	assert_int_equal(machine->ports[br].acs, 0);
	machine_free(machine);
}

static void test_numbers_functions_share_the_device_number(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t f0 = build_device(machine, "f0", NONE);
	uint16_t f1 = build_function(machine, "f1", f0);
	build_device(machine, "other", NONE);
	uint16_t f2 = build_function(machine, "f2", f0);
	build_bdf(machine, f1, RID(1, 0, 1));
	build_acs(machine, f2, 0x04);
	finish(machine);
	assert_int_equal(machine->devices[f0].rid, RID(1, 0, 0));
	assert_int_equal(machine->devices[f1].rid, RID(1, 0, 1));
	assert_int_equal(machine->devices[f2].rid, RID(1, 0, 2));
	for (uint16_t i = 0; i < 4; i++)
		assert_int_equal(machine->devices[i].multifunction, i != 2);
	/* Several functions: no ACS between them unless it is said. */
	assert_int_equal(machine->devices[f0].acs, 0);
	assert_int_equal(machine->devices[f2].acs, 0x04);
	assert_int_equal(machine->devices[f0].port, machine->devices[f2].port);
	machine_free(machine);
}

/* VFs follow the last function, PF by PF, and run on into the next bus. */
static void test_numbers_vfs_follow_their_physical_functions(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t pf0 = build_device(machine, "pf0", NONE);
	uint16_t pf1 = build_function(machine, "pf1", pf0);
	uint16_t vf1 = build_child(machine, "vf1", DEVICE_VF, pf1);
	uint16_t vf0 = 0;
	for (unsigned i = 0; i < 260; i++)
		vf0 = build_child(machine, "vf0", DEVICE_VF, pf0);
	uint16_t next = build_device(machine, "next", NONE);
	uint16_t mdev = build_child(machine, "mdev", DEVICE_MDEV, vf0);
	finish(machine);
	/* 01:00.0, 01:00.1, then pf0's 260 from place 2 to 261, pf1's at 262. */
	assert_int_equal(machine->devices[vf0 - 259].rid, 0x0102);
	assert_int_equal(machine->devices[vf0].rid, 0x0100 + 261);
	assert_int_equal(machine->devices[vf1].rid, 0x0100 + 262);
	assert_int_equal(machine->devices[vf1].package, pf0);
	assert_buses(machine, 0, RID(0, 1, 0), 1, 2);
	assert_int_equal(machine->devices[next].rid, RID(3, 0, 0));
	assert_int_equal(machine->devices[mdev].rid, 0x0100 + 261);
	assert_int_equal(machine->devices[mdev].stream, 0x0100 + 261);
	assert_int_equal(machine_function(machine, mdev), vf0);
	assert_int_equal(machine_function(machine, vf0), vf0);
	machine_free(machine);
}

/* Bit 1 of ACS control, translation blocking (PCIe 7.7.11.3), would stop ATS: off above trusted devices that have it.
 */
static void test_numbers_default_acs_lets_ats_pass(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	uint16_t given = build_port_acs(machine, "given", PORT_SWITCH, NONE, 0x1f);
	uint16_t ats = build_device(machine, "ats", sw);
	uint16_t plain = build_device(machine, "plain", sw);
	uint16_t foreign = build_device(machine, "foreign", sw);
	uint16_t pri = build_device(machine, "pri", NONE);
	uint16_t outside = build_device(machine, "outside", NONE);
	uint16_t under = build_device(machine, "under", given);
	machine->devices[ats].ats = machine->devices[foreign].ats = machine->devices[outside].ats = true;
	machine->devices[under].ats = machine->devices[pri].pri = true;
	machine->devices[foreign].trusted = machine->devices[outside].trusted = false;
	finish(machine);
	const uint16_t with[] = {ats, pri}, without[] = {plain, foreign, outside, under};
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(machine->ports[machine->devices[with[i]].port].acs, 0x1d);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(machine->ports[machine->devices[without[i]].port].acs, 0x1f);
	assert_int_equal(machine->ports[sw].acs, 0x1d);
	assert_int_equal(machine->ports[given].acs, 0x1f);
	machine_free(machine);
}

static void test_numbers_single_pf_shares_its_full_acs_with_vfs(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t pf = build_device(machine, "pf", NONE);
	uint16_t vf = build_child(machine, "vf", DEVICE_VF, pf);
	uint16_t bad = build_device(machine, "bad", NONE);
	uint16_t bad_vf = build_child(machine, "bad-vf", DEVICE_VF, bad);
	build_acs(machine, bad, 0);
	finish(machine);
	assert_false(machine->devices[pf].multifunction);
	assert_false(machine->devices[vf].multifunction);
	assert_int_equal(machine->devices[vf].acs, 0x1f);
	assert_int_equal(machine->devices[bad_vf].acs, 0);
	machine_free(machine);
}

/* A given bus number moves the tree that holds it; the others go where there is room. */
static void test_numbers_given_bdf_moves_its_port(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	build_bdf(machine, b, RID(1, 0, 0));
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	uint16_t c = build_device(machine, "c", sw);
	uint16_t d = build_device(machine, "d", sw);
	build_bdf(machine, d, RID(0x20, 0, 0));
	finish(machine);
	/* sw's tree: root port, switch, c, d: d is the fourth bus of it, so it begins at 1d. */
	assert_int_equal(machine->devices[d].rid, RID(0x20, 0, 0));
	assert_int_equal(machine->devices[c].rid, RID(0x1f, 0, 0));
	assert_int_equal(machine->ports[sw].secondary, 0x1e);
	assert_int_equal(machine->ports[sw].rid, RID(0x1d, 0, 0));
	assert_int_equal(machine->devices[b].rid, RID(1, 0, 0));
	assert_int_equal(machine->devices[a].rid, RID(2, 0, 0));
	machine_free(machine);
}

static void test_numbers_bus_0_is_an_integrated_endpoint(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	uint16_t gfx = build_device(machine, "gfx", NONE);
	build_bdf(machine, gfx, RID(0, 2, 0));
	machine->devices[gfx].iommu = 1;
	machine->devices[gfx].iommu_given = true;
	uint16_t lpc = build_device(machine, "lpc", NONE);
	build_bdf(machine, lpc, RID(0, 31, 0));
	uint16_t sata = build_device(machine, "sata", NONE);
	build_bdf(machine, sata, RID(0, 31, 2));
	uint16_t vf = build_child(machine, "vf", DEVICE_VF, sata);
	for (unsigned i = 0; i < 40; i++)
		build_device(machine, "dev", NONE);
	finish(machine);
	assert_int_equal(machine->devices[gfx].port, NONE);
	assert_int_equal(machine->devices[gfx].iommu, 1);
	assert_int_equal(machine->devices[gfx].stream, RID(0, 2, 0));
	assert_false(machine->devices[gfx].multifunction);
	/* One device number, so one device. */
	assert_int_equal(machine->devices[sata].package, lpc);
	assert_true(machine->devices[sata].multifunction);
	assert_int_equal(machine->devices[sata].acs, 0);
	assert_int_equal(machine->devices[vf].package, lpc);
	assert_int_equal(machine->devices[vf].rid, RID(0, 31, 3));
	/* Root ports go round it, second functions too: 1, 3 to 30, then 1.1 and 3.1. */
	assert_int_equal(machine->ports[0].rid, RID(0, 1, 0));
	assert_int_equal(machine->ports[1].rid, RID(0, 3, 0));
	assert_int_equal(machine->ports[28].rid, RID(0, 30, 0));
	assert_int_equal(machine->ports[29].rid, RID(0, 1, 1));
	assert_int_equal(machine->ports[30].rid, RID(0, 3, 1));
	machine_free(machine);
}

static void test_numbers_segments_are_numbered_apart(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	uint16_t a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	build_bdf(machine, b, RID(1, 0, 0));
	machine->devices[b].segment = 3;
	machine->devices[b].iommu = 1;
	machine->devices[b].iommu_given = true;
	uint16_t c = build_device(machine, "c", NONE);
	build_bdf(machine, c, RID(0, 9, 0));
	machine->devices[c].segment = 3;
	machine->devices[c].iommu = 1;
	machine->devices[c].iommu_given = true;
	uint16_t vf = build_child(machine, "vf", DEVICE_VF, c);
	finish(machine);
	assert_int_equal(machine->devices[vf].segment, 3);
	assert_int_equal(machine->devices[vf].iommu, 1);
	assert_int_equal(machine_device_by_rid(machine, 3, RID(0, 9, 1)), vf);
	assert_int_equal(machine->devices[a].rid, RID(1, 0, 0));
	assert_int_equal(machine->devices[b].rid, RID(1, 0, 0));
	assert_int_equal(machine->ports[1].segment, 3);
	assert_int_equal(machine->ports[1].rid, RID(0, 1, 0));
	assert_int_equal(machine_device_by_rid(machine, 0, RID(1, 0, 0)), a);
	assert_int_equal(machine_device_by_rid(machine, 3, RID(1, 0, 0)), b);
	assert_int_equal(machine_device_by_rid(machine, 1, RID(1, 0, 0)), NONE);
	assert_int_equal(machine_device_by_rid(machine, 0, RID(0, 1, 0)), NONE);
	assert_int_equal(machine_port_by_rid(machine, 0, RID(0, 1, 0)), 0);
	assert_int_equal(machine_port_by_rid(machine, 3, RID(0, 1, 0)), 1);
	assert_int_equal(machine_port_by_rid(machine, 0, RID(1, 0, 0)), NONE);
	machine_free(machine);
}

static void test_numbers_aliases_and_platform_masters(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	uint16_t c = build_device(machine, "c", NONE);
	machine->devices[a].aliased = true;
	machine->devices[a].alias_device = b;
	machine->devices[c].aliased = true;
	machine->devices[c].alias_rid = RID(3, 0, 1);
	uint16_t mdev = build_child(machine, "m", DEVICE_MDEV, c);
	uint16_t p0 = build_platform(machine, "p0");
	uint16_t p1 = build_platform(machine, "p1");
	finish(machine);
	assert_int_equal(machine->devices[a].rid, RID(1, 0, 0));
	assert_int_equal(machine->devices[a].alias_rid, RID(2, 0, 0));
	assert_int_equal(machine->devices[a].stream, RID(2, 0, 0));
	assert_int_equal(machine->devices[c].stream, RID(3, 0, 1));
	assert_int_equal(machine->devices[mdev].stream, RID(3, 0, 1));
	assert_true(machine->devices[mdev].aliased);
	assert_int_equal(machine->devices[mdev].alias_rid, RID(3, 0, 1));
	assert_int_equal(machine->devices[p0].stream, 0xff00);
	assert_int_equal(machine->devices[p1].stream, 0xff01);
	assert_int_equal(machine->devices[p1].rid, 0xff01);
	machine_free(machine);
}

static void test_numbers_without_iommus_nothing_is_served(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	uint16_t p = build_platform(machine, "p");
	finish(machine);
	assert_int_equal(machine->devices[a].iommu, NONE);
	assert_int_equal(machine->devices[p].iommu, NONE);
	assert_int_equal(machine->ports[0].iommu, NONE);
	machine_free(machine);
}

static void test_machine_set_kind_leaves_given_kinds(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	machine->iommus[1].kind = IOMMU_SMMUV3;
	machine->iommus[1].kind_given = true;
	finish(machine);
	machine_set_kind(machine, IOMMU_VTD);
	assert_int_equal(machine->iommus[0].kind, IOMMU_VTD);
	assert_int_equal(machine->iommus[1].kind, IOMMU_SMMUV3);
	assert_string_equal(machine_name_of_kind(IOMMU_VTD), "vtd");
	assert_string_equal(machine_name_of_kind(IOMMU_SMMUV3), "smmuv3");
	assert_string_equal(machine_name_of_kind(IOMMU_NONE), "none");
	assert_int_equal(machine->iommus[0].page_lg2_mask_4k_2m_1g, 7);
	assert_int_equal(machine->iommus[1].registers_pa, 0xfed91000);
	machine_free(machine);
}

static void test_machine_long_names_are_cut(void **state)
{
	(void)state;
	static const char fifty[] = "a1234567890123456789012345678901234567890123456789";
	struct machine *machine = machine_new();
	build_device(machine, fifty, NONE);
	finish(machine);
	assert_int_equal(strlen(machine->devices[0].name), 47);
	assert_string_equal(machine->ports[0].name, "a12345678901234567890123456789012345678901.port");
	machine_free(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_own_root_ports_in_declaration_order),
		cmocka_unit_test(test_numbers_root_port_32_is_a_second_function),
		cmocka_unit_test(test_numbers_switches_depth_first),
		cmocka_unit_test(test_numbers_more_than_32_switch_ports_use_functions),
		cmocka_unit_test(test_numbers_conventional_bus_is_shared_and_aliased),
		cmocka_unit_test(test_numbers_functions_share_the_device_number),
		cmocka_unit_test(test_numbers_vfs_follow_their_physical_functions),
		cmocka_unit_test(test_numbers_default_acs_lets_ats_pass),
		cmocka_unit_test(test_numbers_single_pf_shares_its_full_acs_with_vfs),
		cmocka_unit_test(test_numbers_given_bdf_moves_its_port),
		cmocka_unit_test(test_numbers_bus_0_is_an_integrated_endpoint),
		cmocka_unit_test(test_numbers_segments_are_numbered_apart),
		cmocka_unit_test(test_numbers_aliases_and_platform_masters),
		cmocka_unit_test(test_numbers_without_iommus_nothing_is_served),
		cmocka_unit_test(test_machine_set_kind_leaves_given_kinds),
		cmocka_unit_test(test_machine_long_names_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
