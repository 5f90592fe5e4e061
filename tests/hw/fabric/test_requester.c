/* SPDX-License-Identifier: MIT */
/* Functions of one device, conventional buses, aliases: who sees a request, and as whose. */
#include "fixture.h"

/* Own masks of the ACS control register (PCIe 7.7.11.3). */
#define SV 0x01
#define TB 0x02
#define RR 0x04
#define CR 0x08
#define UF 0x10
#define EC 0x20
#define DT 0x40

#define RAM UINT64_C(0x100000000)

/* --- several functions --- */

static void test_route_functions_without_redirect_stay_inside(void **state)
{
	(void)state;
	static const struct {
		uint8_t acs, at;
		enum hit_kind kind;
		enum hit_route route;
	} rows[] = {
		{0, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER},
		{SV | TB | CR | UF, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER},
		{RR, AT_UNTRANSLATED, HIT_BAR, ROUTE_IOMMU},
		{EC, AT_UNTRANSLATED, HIT_BLOCKED_FABRIC, ROUTE_NONE},
		{RR | DT, AT_TRANSLATED, HIT_BAR, ROUTE_PEER},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct machine *machine = machine_new();
		build_iommu(machine, "iommu0");
		uint16_t f0 = build_device(machine, "f0", NONE);
		uint16_t f1 = build_function(machine, "f1", f0);
		build_acs(machine, f1, rows[i].acs);
		uint16_t bar = build_bar(machine, "f0.bar0", f0, 0, 4096);
		uint16_t own = build_bar(machine, "f1.bar0", f1, 0, 4096);
		struct fixture f;
		fixture_start(&f, machine, 1);
		struct request request = request_of(&f, f1, REQUEST_WRITE, machine->bars[bar].bus);
		request.at = rows[i].at;
		struct hit hit = send_request(&f, &request);
		assert_int_equal(hit.kind, rows[i].kind);
		assert_int_equal(hit.route, rows[i].route);
		assert_int_equal(hit.port, NONE);
		/* Its own registers it reaches from outside, if at all. */
		assert_int_equal(write_at(&f, f1, machine->bars[own].bus).route, ROUTE_IOMMU);
		/* What is off claims nothing, and the request leaves. */
		fabric_set_memory_space(f.fabric, f0, false);
		request.at = AT_UNTRANSLATED;
		hit = send_request(&f, &request);
		assert_int_equal(hit.route, ROUTE_IOMMU);
		assert_int_equal(hit.reason, REASON_TARGET_OFF);
		fixture_free(&f);
	}
}

static void test_route_virtual_functions_are_siblings(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t pf = build_device(machine, "pf", NONE);
	uint16_t vf0 = build_child(machine, "vf0", DEVICE_VF, pf);
	uint16_t vf1 = build_child(machine, "vf1", DEVICE_VF, pf);
	uint16_t bar = build_bar(machine, "vf1.bar0", vf1, 0, 4096);
	build_acs(machine, vf0, 0);
	struct fixture f;
	fixture_start(&f, machine, 1);
	assert_int_equal(write_at(&f, vf0, machine->bars[bar].bus).route, ROUTE_PEER);
	assert_int_equal(write_at(&f, pf, machine->bars[bar].bus).route, ROUTE_IOMMU);
	/* Each has a requester ID of its own. */
	read_at(&f, vf1, RAM);
	assert_int_equal(f.units[0].last.stream, machine->devices[pf].rid + 2);
	/* Without the PF there is no VF. */
	fabric_set_present(f.fabric, pf, false);
	assert_int_equal(read_at(&f, vf1, RAM).reason, REASON_ABSENT);
	assert_false(fabric_present(f.fabric, vf0));
	fabric_set_present(f.fabric, pf, true);
	assert_true(fabric_present(f.fabric, vf0));
	assert_false(fabric_bus_master(f.fabric, vf0));
	assert_false(fabric_memory_space(f.fabric, vf0));
	fixture_free(&f);
}

static void test_route_mdev_sends_as_its_parent(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t a = build_device(machine, "a", NONE);
	uint16_t mdev = build_child(machine, "m", DEVICE_MDEV, a);
	uint16_t bar = build_bar(machine, "m.bar0", mdev, 0, 4096);
	struct fixture f;
	fixture_start(&f, machine, 1);
	struct request request = request_of(&f, mdev, REQUEST_READ, RAM);
	request.pasid = 9;
	assert_int_equal(send_request(&f, &request).kind, HIT_MEMORY);
	assert_int_equal(f.units[0].last.stream, RID(1, 0, 0));
	assert_int_equal(f.units[0].last.pasid, 9);
	assert_int_equal(f.units[0].last.device, mdev);
	/* Its registers are its parent's: no sibling's. */
	build_acs(machine, a, 0);
	assert_int_equal(write_at(&f, a, machine->bars[bar].bus).route, ROUTE_IOMMU);
	/* It goes without its parent, and its parent stays as it was. */
	fabric_set_present(f.fabric, mdev, false);
	assert_int_equal(read_at(&f, mdev, RAM).reason, REASON_ABSENT);
	assert_int_equal(read_at(&f, a, RAM).kind, HIT_MEMORY);
	assert_true(fabric_memory_space(f.fabric, a));
	fabric_set_present(f.fabric, mdev, true);
	assert_int_equal(read_at(&f, mdev, RAM).kind, HIT_MEMORY);
	fabric_set_bus_master(f.fabric, mdev, false);
	assert_false(fabric_bus_master(f.fabric, a));
	assert_int_equal(read_at(&f, mdev, RAM).reason, REASON_BUS_MASTER);
	fixture_free(&f);
}

/* --- conventional buses and aliases --- */

/* a.port 00:01.0 - br 01:00.0 - inner 02:01.0 - c 03:01.0; a 02:02.0; b 02:03.0 */
struct bus {
	struct fixture f;
	uint16_t br, inner, a, b, c, outside, a_bar, b_bar, c_bar, outside_bar;
};

static void bus_start(struct bus *bus)
{
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	bus->br = build_port(machine, "br", PORT_PCI_BRIDGE, NONE);
	bus->inner = build_port(machine, "inner", PORT_PCI_BRIDGE, bus->br);
	bus->a = build_device(machine, "a", bus->br);
	bus->b = build_device(machine, "b", bus->br);
	bus->c = build_device(machine, "c", bus->inner);
	bus->outside = build_device(machine, "outside", NONE);
	bus->a_bar = build_bar(machine, "a.bar0", bus->a, 0, 4096);
	bus->b_bar = build_bar(machine, "b.bar0", bus->b, 0, 4096);
	bus->c_bar = build_bar(machine, "c.bar0", bus->c, 0, 4096);
	bus->outside_bar = build_bar(machine, "outside.bar0", bus->outside, 0, 4096);
	fixture_start(&bus->f, machine, 1);
}

static void test_route_conventional_bus_everybody_decodes(void **state)
{
	(void)state;
	struct bus bus;
	bus_start(&bus);
	const struct machine_bar *bars = bus.f.machine->bars;
	const struct {
		uint16_t from, bar;
		enum hit_route route;
		uint16_t port;
	} rows[] = {
		{bus.a, bus.b_bar, ROUTE_PEER, bus.br},      {bus.a, bus.c_bar, ROUTE_PEER, bus.br},
		{bus.c, bus.a_bar, ROUTE_PEER, bus.br},      {bus.c, bus.c_bar, ROUTE_PEER, bus.inner},
		{bus.a, bus.outside_bar, ROUTE_IOMMU, NONE}, {bus.outside, bus.a_bar, ROUTE_IOMMU, NONE},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hit hit = write_at(&bus.f, rows[i].from, bars[rows[i].bar].bus);
		assert_int_equal(hit.kind, HIT_BAR);
		assert_int_equal(hit.bar, rows[i].bar);
		assert_int_equal(hit.route, rows[i].route);
		assert_int_equal(hit.port, rows[i].port);
	}
	/* In the bridge's window, but nobody's: master abort. */
	struct hit hit = write_at(&bus.f, bus.a, bars[bus.b_bar].bus + 0x8000);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_NO_TARGET);
	fixture_free(&bus.f);
}

/* Whoever sends and whatever it puts into the header: 02:00.0 arrives (PCIe-to-PCI bridge 2.3). */
static void test_route_bridge_takes_the_requester_id_over(void **state)
{
	(void)state;
	struct bus bus;
	bus_start(&bus);
	const uint16_t senders[] = {bus.a, bus.b, bus.c};
	for (unsigned i = 0; i < 3; i++) {
		struct request request = request_of(&bus.f, senders[i], REQUEST_READ, RAM);
		struct hit hit = send_request(&bus.f, &request);
		assert_int_equal(hit.kind, HIT_MEMORY);
		assert_int_equal(hit.rid, 0x0200);
		assert_int_equal(bus.f.units[0].last.stream, 0x0200);
		assert_int_equal(bus.f.machine->devices[senders[i]].stream, 0x0200);
		/* The bus is behind the root port: source validation has nothing against it. */
		request.rid = RID(9, 9, 1);
		assert_int_equal(send_request(&bus.f, &request).rid, 0x0200);
	}
	fixture_free(&bus.f);
}

static void test_route_alias_replaces_the_requester_id(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t a = build_device(machine, "a", NONE);
	machine->devices[a].aliased = true;
	machine->devices[a].alias_rid = RID(1, 0, 1);
	struct fixture f;
	fixture_start(&f, machine, 1);
	assert_int_equal(read_at(&f, a, RAM).rid, RID(1, 0, 1));
	assert_int_equal(f.units[0].last.stream, RID(1, 0, 1));
	assert_int_equal(f.units[0].last.rid, RID(1, 0, 1));
	/* An ID that the device forges is not what the quirk rewrites. */
	struct request request = request_of(&f, a, REQUEST_READ, RAM);
	request.rid = RID(1, 2, 3);
	assert_int_equal(send_request(&f, &request).rid, RID(1, 2, 3));
	/* An alias on a foreign bus does not pass source validation. */
	machine->devices[a].alias_rid = RID(9, 0, 0);
	assert_int_equal(read_at(&f, a, RAM).reason, REASON_SOURCE_VALIDATION);
	fixture_free(&f);
}

/* The requester that the fabric presents is the one that the layout promised. */
static void test_route_streams_agree_with_the_machine(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t sw = build_port(machine, "sw", PORT_SWITCH, NONE);
	uint16_t br = build_port(machine, "br", PORT_PCI_BRIDGE, sw);
	uint16_t inner = build_port(machine, "inner", PORT_PCI_BRIDGE, br);
	uint16_t pf = build_device(machine, "pf", sw);
	build_child(machine, "vf", DEVICE_VF, pf);
	build_child(machine, "m", DEVICE_MDEV, pf);
	build_device(machine, "a", br);
	build_device(machine, "b", inner);
	build_bdf(machine, build_device(machine, "gfx", NONE), RID(0, 2, 0));
	build_platform(machine, "pl");
	uint16_t aliased = build_device(machine, "aliased", NONE);
	machine->devices[aliased].aliased = true;
	machine->devices[aliased].alias_device = aliased;
	struct fixture f;
	fixture_start(&f, machine, 1);
	for (uint16_t i = 0; i < machine->device_count; i++) {
		assert_int_equal(read_at(&f, i, RAM).kind, HIT_MEMORY);
		assert_int_equal(f.units[0].last.stream, machine->devices[i].stream);
	}
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_functions_without_redirect_stay_inside),
		cmocka_unit_test(test_route_virtual_functions_are_siblings),
		cmocka_unit_test(test_route_mdev_sends_as_its_parent),
		cmocka_unit_test(test_route_conventional_bus_everybody_decodes),
		cmocka_unit_test(test_route_bridge_takes_the_requester_id_over),
		cmocka_unit_test(test_route_alias_replaces_the_requester_id),
		cmocka_unit_test(test_route_streams_agree_with_the_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
