/* SPDX-License-Identifier: MIT */
/* Switches: which way a request takes, ACS control by control (PCIe 6.12). */
#include "fixture.h"

/* Own masks of the ACS control register (PCIe 7.7.11.3). */
#define SV 0x01
#define TB 0x02
#define RR 0x04
#define CR 0x08
#define UF 0x10
#define EC 0x20
#define DT 0x40

/*
 * Root port 00:01.0 - switch 01:00.0 - a.port 02:00.0 - a 03:00.0 (BAR C0000000h)
 *                                    - b.port 02:01.0 - b 04:00.0 (BAR C0100000h)
 */
struct pair {
	struct fixture f;
	uint16_t sw, a, b, a_bar, b_bar;
};

#define A_BAR UINT64_C(0xc0000000)
#define B_BAR UINT64_C(0xc0100000)
#define RAM   UINT64_C(0x100000000)

static void pair_start(struct pair *p, uint8_t acs)
{
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	p->sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, acs);
	/* The root port lets everything pass, so that only the switch decides. */
	p->a = build_device(machine, "a", p->sw);
	p->b = build_device(machine, "b", p->sw);
	p->a_bar = build_bar(machine, "a.bar0", p->a, 0, 4096);
	p->b_bar = build_bar(machine, "b.bar0", p->b, 0, 4096);
	build_memory(machine, "page", MACHINE_HOST, 4096);
	fixture_start(&p->f, machine, 1);
	assert_int_equal(machine->bars[p->a_bar].bus, A_BAR);
	assert_int_equal(machine->bars[p->b_bar].bus, B_BAR);
	assert_int_equal(machine->memories[0].hpa, RAM);
	machine->ports[machine->ports[p->sw].parent].acs = 0;
}

static void test_route_without_acs_peer_is_hit_directly(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, 0);
	struct hit hit = write_at(&p.f, p.a, B_BAR + 0x10);
	assert_int_equal(hit.kind, HIT_BAR);
	assert_int_equal(hit.route, ROUTE_PEER);
	assert_int_equal(hit.port, p.sw);
	assert_int_equal(hit.bar, p.b_bar);
	assert_int_equal(hit.device, p.b);
	assert_int_equal(hit.offset, 0x10);
	assert_int_equal(hit.pa, B_BAR + 0x10);
	assert_int_equal(hit.iommu, NONE);
	assert_int_equal(hit.memory, NONE);
	assert_int_equal(hit.rid, RID(3, 0, 0));
	assert_true(hit.write);
	assert_true(hit.posted);
	assert_int_equal(p.f.units[0].asked, 0);
	fixture_free(&p.f);
}

static void test_route_outside_windows_goes_through_the_iommu(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, 0);
	struct hit hit = read_at(&p.f, p.a, RAM + 8);
	assert_int_equal(hit.kind, HIT_MEMORY);
	assert_int_equal(hit.route, ROUTE_IOMMU);
	assert_int_equal(hit.iommu, 0);
	assert_int_equal(hit.memory, 0);
	assert_int_equal(hit.offset, 8);
	assert_int_equal(hit.port, NONE);
	assert_int_equal(hit.bar, NONE);
	assert_false(hit.posted);
	assert_int_equal(p.f.units[0].last.stream, RID(3, 0, 0));
	assert_int_equal(p.f.units[0].last.rid, RID(3, 0, 0));
	fixture_free(&p.f);
}

/* PCIe 6.12.3: egress control, redirect, direct translated; the vector bit of every peer is set. */
static void test_route_acs_controls_of_peer_requests(void **state)
{
	(void)state;
	static const struct {
		uint8_t acs, at;
		enum hit_kind kind;
		enum hit_route route;
		enum hit_reason reason;
	} rows[] = {
		{0, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{RR, AT_UNTRANSLATED, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
		{EC, AT_UNTRANSLATED, HIT_BLOCKED_FABRIC, ROUTE_NONE, REASON_EGRESS_CONTROL},
		{EC | RR, AT_UNTRANSLATED, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
		{DT, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{DT | RR, AT_UNTRANSLATED, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
		{DT | EC, AT_UNTRANSLATED, HIT_BLOCKED_FABRIC, ROUTE_NONE, REASON_EGRESS_CONTROL},
		{CR, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{UF, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{SV, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{TB, AT_UNTRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{SV | TB | RR | CR | UF, AT_UNTRANSLATED, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
		{0, AT_TRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{RR, AT_TRANSLATED, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
		{EC, AT_TRANSLATED, HIT_BLOCKED_FABRIC, ROUTE_NONE, REASON_EGRESS_CONTROL},
		{DT | RR, AT_TRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{DT | EC, AT_TRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{DT | EC | RR, AT_TRANSLATED, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{TB, AT_TRANSLATED, HIT_BLOCKED_FABRIC, ROUTE_NONE, REASON_TRANSLATION_BLOCKING},
		{TB | DT, AT_TRANSLATED, HIT_BLOCKED_FABRIC, ROUTE_NONE, REASON_TRANSLATION_BLOCKING},
		{TB, AT_TRANSLATION_REQUEST, HIT_BLOCKED_FABRIC, ROUTE_NONE, REASON_TRANSLATION_BLOCKING},
		{0, AT_TRANSLATION_REQUEST, HIT_NOTHING, ROUTE_PEER, REASON_NOT_A_MEMORY_ACCESS},
		{RR, AT_TRANSLATION_REQUEST, HIT_TRANSLATION, ROUTE_IOMMU, REASON_NONE},
		{DT | RR, AT_TRANSLATION_REQUEST, HIT_TRANSLATION, ROUTE_IOMMU, REASON_NONE},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pair p;
		pair_start(&p, rows[i].acs);
		struct request request = request_of(&p.f, p.a, REQUEST_READ, B_BAR);
		request.at = rows[i].at;
		struct hit hit = send_request(&p.f, &request);
		if (hit.kind != rows[i].kind || hit.route != rows[i].route || hit.reason != rows[i].reason)
			fail_msg("row %u: acs %#x at %u: kind %d route %d reason %d", i, rows[i].acs, rows[i].at,
				 hit.kind, hit.route, hit.reason);
		assert_int_equal(p.f.units[0].asked, rows[i].route == ROUTE_IOMMU);
		fixture_free(&p.f);
	}
}

static void test_route_translation_blocking_holds_for_memory_too(void **state)
{
	(void)state;
	for (unsigned at = AT_TRANSLATION_REQUEST; at <= AT_TRANSLATED; at++) {
		struct pair p;
		pair_start(&p, TB);
		struct request request = request_of(&p.f, p.a, REQUEST_READ, RAM);
		request.at = (uint8_t)at;
		assert_int_equal(send_request(&p.f, &request).reason, REASON_TRANSLATION_BLOCKING);
		request.at = AT_UNTRANSLATED;
		assert_int_equal(send_request(&p.f, &request).kind, HIT_MEMORY);
		fixture_free(&p.f);
	}
}

/* Completion redirect belongs to the side of the completer, and only reads have completions. */
static void test_route_completion_redirect_does_not_change_the_hit(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, CR);
	struct hit hit = read_at(&p.f, p.a, B_BAR);
	assert_int_equal(hit.route, ROUTE_PEER);
	assert_int_equal(hit.kind, HIT_BAR);
	assert_true(hit.completion_redirected);
	assert_false(write_at(&p.f, p.a, B_BAR).completion_redirected);
	uint16_t b_port = p.f.machine->devices[p.b].port;
	p.f.machine->ports[b_port].acs = 0;
	assert_false(read_at(&p.f, p.a, B_BAR).completion_redirected);
	fixture_free(&p.f);
}

static void test_route_own_window_needs_upstream_forwarding(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, RR);
	struct hit hit = write_at(&p.f, p.a, A_BAR);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_NO_FORWARDING);
	assert_int_equal(hit.pa, A_BAR);
	fixture_free(&p.f);

	pair_start(&p, UF);
	hit = write_at(&p.f, p.a, A_BAR);
	assert_int_equal(hit.kind, HIT_BAR);
	assert_int_equal(hit.route, ROUTE_IOMMU);
	assert_int_equal(hit.device, p.a);
	fixture_free(&p.f);
}

/* A hole between two ports' windows but inside the switch's is nobody's. */
static void test_route_hole_in_the_switch_window_is_lost(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, SV | TB | RR | CR | UF);
	uint16_t b_port = p.f.machine->devices[p.b].port;
	p.f.machine->ports[b_port].window_last -= 0x80000;
	struct hit hit = write_at(&p.f, p.a, B_BAR + 0xff000);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_UNCLAIMED);
	assert_int_equal(p.f.units[0].asked, 0);
	/* In the sibling's window, but behind its BAR: redirected first, nobody there afterwards. */
	hit = write_at(&p.f, p.a, B_BAR + 0x1000);
	assert_int_equal(hit.route, ROUTE_IOMMU);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_NO_TARGET);
	fixture_free(&p.f);
}

static void test_route_peer_that_does_not_answer(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, 0);
	fabric_set_memory_space(p.f.fabric, p.b, false);
	struct hit hit = write_at(&p.f, p.a, B_BAR);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_TARGET_OFF);
	assert_int_equal(hit.route, ROUTE_PEER);
	assert_int_equal(hit.device, p.b);
	fabric_set_present(p.f.fabric, p.b, false);
	assert_int_equal(write_at(&p.f, p.a, B_BAR).reason, REASON_TARGET_ABSENT);
	hit = write_at(&p.f, p.a, B_BAR + 0x1000);
	assert_int_equal(hit.reason, REASON_NO_TARGET);
	assert_int_equal(hit.route, ROUTE_PEER);
	fixture_free(&p.f);
}

/* Source validation looks at the bus number, and at nothing else (PCIe 6.12.1.1). */
static void test_route_source_validation_checks_the_bus_only(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, SV);
	struct request request = request_of(&p.f, p.a, REQUEST_READ, RAM);
	request.rid = RID(3, 7, 5);
	struct hit hit = send_request(&p.f, &request);
	assert_int_equal(hit.kind, HIT_MEMORY);
	assert_int_equal(hit.rid, RID(3, 7, 5));
	assert_int_equal(p.f.units[0].last.stream, RID(3, 7, 5));
	static const uint16_t foreign[] = {RID(4, 0, 0), RID(2, 0, 0), RID(0, 0, 0), RID(255, 0, 0)};
	for (unsigned i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		request.rid = foreign[i];
		hit = send_request(&p.f, &request);
		assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
		assert_int_equal(hit.reason, REASON_SOURCE_VALIDATION);
		assert_int_equal(hit.rid, foreign[i]);
	}
	fixture_free(&p.f);

	pair_start(&p, 0);
	request.rid = RID(4, 0, 0);
	hit = send_request(&p.f, &request);
	assert_int_equal(hit.kind, HIT_MEMORY);
	assert_int_equal(p.f.units[0].last.stream, RID(4, 0, 0));
	fixture_free(&p.f);
}

/* The root port's range covers the whole tree: a sibling's ID passes it. */
static void test_route_source_validation_of_the_root_port(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, 0);
	p.f.machine->ports[p.f.machine->ports[p.sw].parent].acs = SV;
	struct request request = request_of(&p.f, p.a, REQUEST_READ, RAM);
	request.rid = RID(4, 0, 0);
	assert_int_equal(send_request(&p.f, &request).kind, HIT_MEMORY);
	request.rid = RID(5, 0, 0);
	assert_int_equal(send_request(&p.f, &request).reason, REASON_SOURCE_VALIDATION);
	request.rid = RID(0, 0, 0);
	assert_int_equal(send_request(&p.f, &request).reason, REASON_SOURCE_VALIDATION);
	p.f.machine->ports[p.f.machine->ports[p.sw].parent].acs = TB;
	request.rid = RID(3, 0, 0);
	request.at = AT_TRANSLATED;
	assert_int_equal(send_request(&p.f, &request).reason, REASON_TRANSLATION_BLOCKING);
	fixture_free(&p.f);
}

static void test_route_bus_master_off_nothing_leaves(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, 0);
	assert_true(fabric_bus_master(p.f.fabric, p.a));
	fabric_set_bus_master(p.f.fabric, p.a, false);
	assert_false(fabric_bus_master(p.f.fabric, p.a));
	static const uint64_t addresses[] = {RAM, B_BAR, A_BAR, 0xfee00000};
	for (unsigned i = 0; i < 4; i++) {
		struct hit hit = write_at(&p.f, p.a, addresses[i]);
		assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
		assert_int_equal(hit.reason, REASON_BUS_MASTER);
		assert_int_equal(hit.route, ROUTE_NONE);
	}
	assert_int_equal(write_at(&p.f, p.b, RAM).kind, HIT_MEMORY);
	assert_int_equal(p.f.units[0].asked, 1);
	fixture_free(&p.f);
}

static void test_route_absent_device_sends_nothing(void **state)
{
	(void)state;
	struct pair p;
	pair_start(&p, 0);
	fabric_set_present(p.f.fabric, p.a, false);
	assert_int_equal(write_at(&p.f, p.a, RAM).reason, REASON_ABSENT);
	/* Plugged in again its command register is clear. */
	fabric_set_present(p.f.fabric, p.a, true);
	assert_int_equal(write_at(&p.f, p.a, RAM).reason, REASON_BUS_MASTER);
	assert_false(fabric_memory_space(p.f.fabric, p.a));
	fabric_set_bus_master(p.f.fabric, p.a, true);
	assert_int_equal(write_at(&p.f, p.a, RAM).kind, HIT_MEMORY);
	fixture_free(&p.f);
}

/*
 * Two levels: outer switch with c and an inner switch with a and b. Redirect at the inner ports sends a's request for
 * b up, where it lies in the window of the port that it comes from.
 */
static void test_route_redirected_twice_needs_forwarding_above(void **state)
{
	(void)state;
	static const struct {
		uint8_t inner, outer;
		bool to_c; /* else to b */
		enum hit_kind kind;
		enum hit_route route;
		enum hit_reason reason;
	} rows[] = {
		{0, 0, false, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{RR, 0, false, HIT_NOTHING, ROUTE_NONE, REASON_NO_FORWARDING},
		{RR, UF, false, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
		{RR, RR, false, HIT_NOTHING, ROUTE_NONE, REASON_NO_FORWARDING},
		{RR, 0, true, HIT_BAR, ROUTE_PEER, REASON_NONE},
		{RR, EC, true, HIT_BLOCKED_FABRIC, ROUTE_NONE, REASON_EGRESS_CONTROL},
		{0, RR, true, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
		{EC, RR, true, HIT_BAR, ROUTE_IOMMU, REASON_NONE},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct machine *machine = machine_new();
		build_iommu(machine, "iommu0");
		uint16_t outer = build_port_acs(machine, "outer", PORT_SWITCH, NONE, rows[i].outer);
		uint16_t inner = build_port_acs(machine, "inner", PORT_SWITCH, outer, rows[i].inner);
		uint16_t a = build_device(machine, "a", inner);
		uint16_t b = build_device(machine, "b", inner);
		uint16_t c = build_device(machine, "c", outer);
		uint16_t b_bar = build_bar(machine, "b.bar0", b, 0, 4096);
		uint16_t c_bar = build_bar(machine, "c.bar0", c, 0, 4096);
		struct fixture f;
		fixture_start(&f, machine, 1);
		uint16_t target = rows[i].to_c ? c_bar : b_bar;
		struct hit hit = write_at(&f, a, machine->bars[target].bus);
		if (hit.kind != rows[i].kind || hit.route != rows[i].route || hit.reason != rows[i].reason)
			fail_msg("row %u: kind %d route %d reason %d", i, hit.kind, hit.route, hit.reason);
		if (hit.kind == HIT_BAR)
			assert_int_equal(hit.bar, target);
		if (hit.route == ROUTE_PEER)
			assert_int_equal(hit.port, rows[i].to_c ? outer : inner);
		fixture_free(&f);
	}
}

/* From outside into a nested switch: the peer is the port above it. */
static void test_route_down_into_a_nested_switch(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t outer = build_port_acs(machine, "outer", PORT_SWITCH, NONE, 0);
	uint16_t inner = build_port_acs(machine, "inner", PORT_SWITCH, outer, SV | TB | RR | CR | UF);
	uint16_t a = build_device(machine, "a", inner);
	uint16_t c = build_device(machine, "c", outer);
	uint16_t a_bar = build_bar(machine, "a.bar0", a, 0, UINT64_C(1) << 30);
	struct fixture f;
	fixture_start(&f, machine, 1);
	struct hit hit = write_at(&f, c, machine->bars[a_bar].bus + 0x3ffff000);
	assert_int_equal(hit.route, ROUTE_PEER);
	assert_int_equal(hit.port, outer);
	assert_int_equal(hit.bar, a_bar);
	assert_int_equal(hit.offset, 0x3ffff000);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_without_acs_peer_is_hit_directly),
		cmocka_unit_test(test_route_outside_windows_goes_through_the_iommu),
		cmocka_unit_test(test_route_acs_controls_of_peer_requests),
		cmocka_unit_test(test_route_translation_blocking_holds_for_memory_too),
		cmocka_unit_test(test_route_completion_redirect_does_not_change_the_hit),
		cmocka_unit_test(test_route_own_window_needs_upstream_forwarding),
		cmocka_unit_test(test_route_hole_in_the_switch_window_is_lost),
		cmocka_unit_test(test_route_peer_that_does_not_answer),
		cmocka_unit_test(test_route_source_validation_checks_the_bus_only),
		cmocka_unit_test(test_route_source_validation_of_the_root_port),
		cmocka_unit_test(test_route_bus_master_off_nothing_leaves),
		cmocka_unit_test(test_route_absent_device_sends_nothing),
		cmocka_unit_test(test_route_redirected_twice_needs_forwarding_above),
		cmocka_unit_test(test_route_down_into_a_nested_switch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
