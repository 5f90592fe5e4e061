/* SPDX-License-Identifier: MIT */
/* Who reaches whom behind the IOMMU's back: truth tables per ACS bit (PCIe 6.12.1), by hand. */
#include "build.h"

#include <stdio.h>

#define NONE MACHINE_NONE

/* Masks of our own, PCIe 7.7.11.3. */
enum { SV = 0x01, TB = 0x02, RR = 0x04, CR = 0x08, UF = 0x10, EC = 0x20, DT = 0x40, FULL = 0x1f };

static void assert_reaches(const struct bench *bench, uint16_t a, uint16_t b, bool want)
{
	if (model_reaches(bench->model, a, b) != want)
		fail_msg("'%s' should%s reach '%s'", bench->machine->devices[a].name, want ? "" : " not",
			 bench->machine->devices[b].name);
}

static void test_closure_device_reaches_itself_alone_under_its_own_root_port(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE), b = build_device(machine, "b", NONE);
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, a, a, true);
	assert_reaches(&bench, a, b, false);
	assert_reaches(&bench, b, a, false);
	bench_close(&bench);
}

/* What comes to a root port meets the IOMMU, whatever the port's own bits. */
static void test_closure_root_port_without_acs_leads_to_the_iommu(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", build_port_acs(machine, "ra", PORT_ROOT, NONE, 0));
	uint16_t b = build_device(machine, "b", build_port_acs(machine, "rb", PORT_ROOT, NONE, 0));
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, a, b, false);
	assert_reaches(&bench, b, a, false);
	bench_close(&bench);
}

/* Two devices below one switch: only request redirect and egress control keep them apart. */
static void test_closure_switch_peers_by_acs_bit(void **state)
{
	(void)state;
	static const struct {
		unsigned acs;
		bool ats;
		bool reaches;
	} table[] = {
		{0, false, true},
		{SV, false, true},
		{TB, false, true},
		{RR, false, false},
		{CR, false, true},
		{UF, false, true},
		{EC, false, false},
		{DT, false, true},
		{FULL, false, false},
		{FULL & ~RR, false, true},
		{RR | EC, false, false},
		/* Direct translated P2P counts for a device that can send translated requests, if they are let in. */
		{RR | DT, false, false},
		{RR | DT, true, true},
		{EC | DT, true, true},
		{RR | DT | TB, true, false},
		{FULL, true, false},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct machine *machine = machine_new();
		uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, (uint8_t)table[i].acs);
		uint16_t a = build_device(machine, "a", sw), b = build_device(machine, "b", sw);
		machine->devices[a].ats = table[i].ats;
		struct bench bench = bench_open(machine);
		if (model_reaches(bench.model, a, b) != table[i].reaches)
			fail_msg("row %u: acs %#x", i, table[i].acs);
		bench_close(&bench);
	}
}

/* The bits of the port that a request comes in by count, not those of the port that it leaves by. */
static void test_closure_is_decided_by_the_ingress_port(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, FULL);
	uint16_t open = build_port_acs(machine, "open", PORT_DOWNSTREAM, sw, 0);
	uint16_t shut = build_port_acs(machine, "shut", PORT_DOWNSTREAM, sw, FULL);
	uint16_t a = build_device(machine, "a", open), b = build_device(machine, "b", shut);
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, a, b, true);
	assert_reaches(&bench, b, a, false);
	bench_close(&bench);
}

/*
 * a and b below the inner switch, which redirects; the outer switch's port decides whether the request may come back
 * down (upstream forwarding), and whether it goes to c beside it (request redirect). c itself reaches nobody.
 */
static void test_closure_two_levels_by_acs_of_the_outer_port(void **state)
{
	(void)state;
	static const struct {
		unsigned inner, outer;
		bool to_sibling, to_outer;
	} table[] = {
		{FULL, FULL, false, false},
		{FULL, FULL & ~UF, true, false},
		{FULL, FULL & ~RR, false, true},
		{FULL, UF, false, true},
		{FULL, RR, true, false},
		{FULL, 0, true, true},
		{0, FULL, true, false},
		{FULL & ~UF, FULL, false, false},
		/* Egress control alone blocks: nothing is redirected that could come back. */
		{EC, FULL & ~UF, false, false},
		{EC | RR, FULL & ~UF, true, false},
		{EC, UF, false, true},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct machine *machine = machine_new();
		uint16_t outer = build_port_acs(machine, "outer", PORT_SWITCH, NONE, (uint8_t)table[i].outer);
		uint16_t inner = build_port_acs(machine, "inner", PORT_SWITCH, outer, (uint8_t)table[i].inner);
		uint16_t a = build_device(machine, "a", inner), b = build_device(machine, "b", inner);
		uint16_t shut = build_port_acs(machine, "shut", PORT_DOWNSTREAM, outer, FULL);
		uint16_t c = build_device(machine, "c", shut);
		struct bench bench = bench_open(machine);
		if (model_reaches(bench.model, a, b) != table[i].to_sibling ||
		    model_reaches(bench.model, a, c) != table[i].to_outer)
			fail_msg("row %u", i);
		bench_close(&bench);
	}
}

static void test_closure_multifunction_by_acs_bit(void **state)
{
	(void)state;
	static const struct {
		unsigned acs;
		bool ats;
		bool reaches;
	} table[] = {
		{0, false, true},      {SV | CR | UF | TB, false, true}, {RR, false, false},   {EC, false, false},
		{RR | DT, true, true}, {RR | DT, false, false},          {FULL, false, false},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct machine *machine = machine_new();
		uint16_t f0 = build_device(machine, "f0", NONE), f1 = build_function(machine, "f1", f0);
		build_acs(machine, f0, (uint8_t)table[i].acs);
		build_acs(machine, f1, FULL);
		machine->devices[f0].ats = table[i].ats;
		struct bench bench = bench_open(machine);
		if (model_reaches(bench.model, f0, f1) != table[i].reaches)
			fail_msg("row %u: acs %#x", i, table[i].acs);
		assert_reaches(&bench, f1, f0, false);
		bench_close(&bench);
	}
}

static void test_closure_multifunction_without_acs_is_one(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t f0 = build_device(machine, "f0", NONE), f1 = build_function(machine, "f1", f0);
	uint16_t other = build_device(machine, "other", NONE);
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, f0, f1, true);
	assert_reaches(&bench, f1, f0, true);
	assert_reaches(&bench, f0, other, false);
	bench_close(&bench);
}

/* Integrated endpoints have no port above them; functions of one of them still share their insides. */
static void test_closure_integrated_endpoints(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t f0 = build_device(machine, "f0", NONE), f1 = build_function(machine, "f1", f0);
	uint16_t gpu = build_device(machine, "gpu", NONE);
	build_bdf(machine, f0, RID(0, 2, 0));
	build_bdf(machine, f1, RID(0, 2, 1));
	build_bdf(machine, gpu, RID(0, 3, 0));
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, f0, f1, true);
	assert_reaches(&bench, f0, gpu, false);
	bench_close(&bench);
}

/* Functions that redirect, below a switch port that may send the request back down to the other function. */
static void test_closure_redirected_between_functions_comes_back_without_upstream_forwarding(void **state)
{
	(void)state;
	for (unsigned acs = FULL & ~UF; acs <= FULL; acs += UF) {
		struct machine *machine = machine_new();
		uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, (uint8_t)acs);
		uint16_t f0 = build_device(machine, "f0", sw), f1 = build_function(machine, "f1", f0);
		build_acs(machine, f0, FULL);
		build_acs(machine, f1, FULL);
		struct bench bench = bench_open(machine);
		assert_reaches(&bench, f0, f1, !(acs & UF));
		bench_close(&bench);
	}
}

static void test_closure_conventional_bus_is_one(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t bridge = build_port(machine, "bridge", PORT_PCI_BRIDGE, NONE);
	uint16_t inner = build_port(machine, "inner", PORT_PCI_BRIDGE, bridge);
	uint16_t a = build_device(machine, "a", bridge), b = build_device(machine, "b", bridge);
	uint16_t c = build_device(machine, "c", inner), other = build_device(machine, "other", NONE);
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, a, b, true);
	assert_reaches(&bench, b, c, true);
	assert_reaches(&bench, c, a, true);
	assert_reaches(&bench, a, other, false);
	assert_true(model_same_requester(bench.model, a, c));
	assert_false(model_same_requester(bench.model, a, other));
	/* The bridge nearest the root stands in for all: its secondary bus, device 0, function 0. */
	assert_int_equal(model_requester(bench.model, a), machine->ports[bridge].secondary << 8);
	assert_int_equal(model_requester(bench.model, c), machine->ports[bridge].secondary << 8);
	bench_close(&bench);
}

/* A device on a conventional bus goes on as its bridge: the switch port above the bridge counts. */
static void test_closure_from_behind_a_bridge_to_a_switch_peer(void **state)
{
	(void)state;
	for (unsigned acs = 0; acs <= RR; acs += RR) {
		struct machine *machine = machine_new();
		uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, (uint8_t)acs);
		uint16_t bridge = build_port(machine, "bridge", PORT_PCI_BRIDGE, sw);
		uint16_t a = build_device(machine, "a", bridge), b = build_device(machine, "b", sw);
		struct bench bench = bench_open(machine);
		assert_reaches(&bench, a, b, acs == 0);
		assert_reaches(&bench, b, a, acs == 0);
		bench_close(&bench);
	}
}

static void test_closure_alias_is_indistinguishable(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE), b = build_device(machine, "b", NONE);
	machine->devices[b].aliased = true;
	machine->devices[b].alias_device = a;
	struct bench bench = bench_open(machine);
	assert_true(model_same_requester(bench.model, a, b));
	assert_int_equal(model_requester(bench.model, b), machine->devices[a].rid);
	assert_reaches(&bench, a, b, true);
	assert_reaches(&bench, b, a, true);
	bench_close(&bench);
}

/* The same requester ID on two units is two requesters. */
static void test_closure_alias_on_another_unit_is_told_apart(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t left = build_iommu(machine, "left"), right = build_iommu(machine, "right");
	uint16_t ra = build_port(machine, "ra", PORT_ROOT, NONE), rb = build_port(machine, "rb", PORT_ROOT, NONE);
	machine->ports[ra].iommu = left;
	machine->ports[rb].iommu = right;
	machine->ports[ra].iommu_given = machine->ports[rb].iommu_given = true;
	uint16_t a = build_device(machine, "a", ra), b = build_device(machine, "b", rb);
	machine->devices[b].aliased = true;
	machine->devices[b].alias_device = a;
	struct bench bench = bench_open(machine);
	assert_false(model_same_requester(bench.model, a, b));
	assert_reaches(&bench, a, b, false);
	bench_close(&bench);
}

/* a reaches b, b reaches c: who commands a commands c. */
static void test_closure_is_transitive(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, FULL);
	uint16_t open = build_port_acs(machine, "open", PORT_DOWNSTREAM, sw, 0);
	uint16_t a = build_device(machine, "a", open);
	uint16_t b = build_device(machine, "b", sw), c = build_device(machine, "c", NONE);
	machine->devices[c].aliased = true;
	machine->devices[c].alias_device = b;
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, a, c, true);
	assert_reaches(&bench, c, b, true);
	assert_reaches(&bench, c, a, false);
	assert_int_equal(model_next_reached(bench.model, a, -1), a);
	assert_int_equal(model_next_reached(bench.model, a, a), b);
	assert_int_equal(model_next_reached(bench.model, a, b), c);
	assert_int_equal(model_next_reached(bench.model, a, c), MACHINE_NONE);
	bench_close(&bench);
}

static void test_closure_virtual_functions_are_apart_when_their_pf_is_single(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t pf = build_device(machine, "pf", NONE);
	uint16_t v0 = build_child(machine, "v0", DEVICE_VF, pf), v1 = build_child(machine, "v1", DEVICE_VF, pf);
	machine->devices[v0].package = machine->devices[v1].package = pf;
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, v0, v1, false);
	assert_reaches(&bench, v0, pf, false);
	assert_reaches(&bench, pf, v0, false);
	bench_close(&bench);
}

/* An mdev sends as its parent, but its PASID tells it apart; peers of the parent are the mdev's peers. */
static void test_closure_mdev_stands_where_its_parent_does(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, 0);
	uint16_t d = build_device(machine, "d", sw), e = build_device(machine, "e", sw);
	uint16_t m1 = build_child(machine, "m1", DEVICE_MDEV, d), m2 = build_child(machine, "m2", DEVICE_MDEV, d);
	uint16_t alone = build_device(machine, "alone", NONE);
	uint16_t m3 = build_child(machine, "m3", DEVICE_MDEV, alone),
		 m4 = build_child(machine, "m4", DEVICE_MDEV, alone);
	struct bench bench = bench_open(machine);
	assert_false(model_same_requester(bench.model, m1, d));
	assert_false(model_same_requester(bench.model, m1, m2));
	assert_int_equal(model_requester(bench.model, m1), model_requester(bench.model, d));
	assert_reaches(&bench, m1, e, true);
	assert_reaches(&bench, e, m1, true);
	assert_reaches(&bench, m3, m4, false);
	assert_reaches(&bench, m3, alone, false);
	assert_reaches(&bench, alone, m3, false);
	bench_close(&bench);
}

static void test_closure_platform_masters_reach_nothing(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_platform(machine, "a"), b = build_platform(machine, "b");
	struct bench bench = bench_open(machine);
	assert_reaches(&bench, a, b, false);
	assert_false(model_same_requester(bench.model, a, b));
	assert_int_equal(model_requester(bench.model, b), 0xff01);
	bench_close(&bench);
}

/* The largest machine that can be declared: an answer costs a row, not a matrix. */
static void test_closure_of_a_full_machine_is_found(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	char name[MACHINE_NAME_MAX];
	for (unsigned i = 0; i < 65535; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		uint16_t device = build_device(machine, name, NONE);
		build_bdf(machine, device, RID(0, 1 + i % 31, 0));
		machine->devices[device].segment = (uint16_t)(i / 31);
	}
	struct bench bench = bench_open(machine);
	for (unsigned i = 0; i < 65535; i += 4) {
		assert_int_equal(model_next_reached(bench.model, (uint16_t)i, -1), i);
		assert_int_equal(model_next_reached(bench.model, (uint16_t)i, (int)i), MACHINE_NONE);
		if (i == 512)
			i = 65000;
	}
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closure_device_reaches_itself_alone_under_its_own_root_port),
		cmocka_unit_test(test_closure_root_port_without_acs_leads_to_the_iommu),
		cmocka_unit_test(test_closure_switch_peers_by_acs_bit),
		cmocka_unit_test(test_closure_is_decided_by_the_ingress_port),
		cmocka_unit_test(test_closure_two_levels_by_acs_of_the_outer_port),
		cmocka_unit_test(test_closure_multifunction_by_acs_bit),
		cmocka_unit_test(test_closure_multifunction_without_acs_is_one),
		cmocka_unit_test(test_closure_integrated_endpoints),
		cmocka_unit_test(test_closure_redirected_between_functions_comes_back_without_upstream_forwarding),
		cmocka_unit_test(test_closure_conventional_bus_is_one),
		cmocka_unit_test(test_closure_from_behind_a_bridge_to_a_switch_peer),
		cmocka_unit_test(test_closure_alias_is_indistinguishable),
		cmocka_unit_test(test_closure_alias_on_another_unit_is_told_apart),
		cmocka_unit_test(test_closure_is_transitive),
		cmocka_unit_test(test_closure_virtual_functions_are_apart_when_their_pf_is_single),
		cmocka_unit_test(test_closure_mdev_stands_where_its_parent_does),
		cmocka_unit_test(test_closure_platform_masters_reach_nothing),
		cmocka_unit_test(test_closure_of_a_full_machine_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
