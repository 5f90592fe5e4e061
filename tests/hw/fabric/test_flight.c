/* SPDX-License-Identifier: MIT */
/* Requests between translation and access, and the fabric's state. */
#include "two.h"

static uint32_t send_op(struct two *two, uint16_t device, enum request_op op, uint64_t address)
{
	struct request request = request_of(&two->f, device, op, address);
	struct hit hit;
	uint32_t flight = fabric_send(two->f.fabric, &request, &hit);

	assert_int_not_equal(flight, 0);
	return flight;
}

/* The translation is done when it is sent, the access when it arrives. */
static void test_flight_keeps_its_translation(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	two.f.units[0].offset = 0x2000;
	struct request request = request_of(&two.f, two.a, REQUEST_WRITE, PAGE_A);
	struct hit sent, arrived;
	uint32_t flight = fabric_send(two.f.fabric, &request, &sent);
	assert_int_equal(sent.memory, 1);
	assert_int_equal(fabric_in_flight(two.f.fabric), 1);
	two.f.units[0].result = TRANSLATE_FAULT;
	uint32_t data = 0x55;
	uint64_t word;
	assert_true(memory_read64(two.f.memory, PAGE_B, &word));
	assert_int_equal(word, 0);
	assert_true(fabric_may_arrive(two.f.fabric, flight));
	assert_true(fabric_arrive(two.f.fabric, flight, &data, &arrived));
	assert_memory_equal(&sent, &arrived, sizeof sent);
	assert_true(memory_read64(two.f.memory, PAGE_B, &word));
	assert_int_equal(word, 0x55);
	assert_int_equal(fabric_in_flight(two.f.fabric), 0);
	assert_false(fabric_arrive(two.f.fabric, flight, &data, &arrived));
	assert_false(fabric_may_arrive(two.f.fabric, 0));
	/* What faults has nothing left to arrive. */
	assert_int_equal(fabric_send(two.f.fabric, &request, &sent), 0);
	assert_int_equal(sent.kind, HIT_FAULT);
	fixture_free(&two.f);
}

static void test_flight_posted_writes_and_invalidation_completions_keep_order(void **state)
{
	(void)state;
	struct two two;
	struct hit hit;
	two_start(&two, 2);
	uint32_t read = send_op(&two, two.a, REQUEST_READ, PAGE_A);
	uint32_t first = send_op(&two, two.a, REQUEST_WRITE, PAGE_A);
	uint32_t second = send_op(&two, two.a, REQUEST_WRITE, PAGE_A);
	uint32_t completion = fabric_send_message(two.f.fabric, two.a);
	uint32_t behind = send_op(&two, two.a, REQUEST_READ, PAGE_A);
	uint32_t other = send_op(&two, two.b, REQUEST_WRITE, PAGE_A);
	/* Writes pass the read; nothing passes a write; another root port is another link. */
	assert_true(fabric_may_arrive(two.f.fabric, read));
	assert_true(fabric_may_arrive(two.f.fabric, first));
	assert_false(fabric_may_arrive(two.f.fabric, second));
	assert_false(fabric_may_arrive(two.f.fabric, completion));
	assert_false(fabric_may_arrive(two.f.fabric, behind));
	assert_true(fabric_may_arrive(two.f.fabric, other));
	assert_false(fabric_arrive(two.f.fabric, completion, NULL, &hit));
	assert_int_equal(fabric_in_flight(two.f.fabric), 6);
	assert_true(fabric_arrive(two.f.fabric, first, NULL, &hit));
	assert_false(fabric_may_arrive(two.f.fabric, completion));
	assert_true(fabric_arrive(two.f.fabric, second, NULL, &hit));
	assert_false(fabric_may_arrive(two.f.fabric, behind));
	assert_true(fabric_arrive(two.f.fabric, completion, NULL, &hit));
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_NONE);
	assert_true(fabric_arrive(two.f.fabric, behind, NULL, &hit));
	assert_true(fabric_arrive(two.f.fabric, other, NULL, &hit));
	assert_true(fabric_arrive(two.f.fabric, read, NULL, &hit));
	assert_int_equal(fabric_in_flight(two.f.fabric), 0);
	fixture_free(&two.f);
}

static void test_flight_table_full_is_said(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	for (unsigned i = 0; i < FABRIC_FLIGHTS_MAX; i++)
		send_op(&two, two.a, REQUEST_READ, PAGE_A);
	struct request request = request_of(&two.f, two.a, REQUEST_READ, PAGE_A);
	struct hit hit;
	assert_int_equal(fabric_send(two.f.fabric, &request, &hit), 0);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_NO_FRAME);
	assert_int_equal(fabric_send_message(two.f.fabric, two.a), 0);
	fixture_free(&two.f);
}

/* Requests to a peer and requests up leave the switch by different ways. */
static void test_flight_peer_and_memory_are_not_ordered(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, 0);
	uint16_t a = build_device(machine, "a", sw);
	uint16_t b = build_device(machine, "b", sw);
	uint16_t bar = build_bar(machine, "b.bar0", b, 0, 4096);
	struct two two;
	fixture_start(&two.f, machine, 1);
	uint32_t peer = send_op(&two, a, REQUEST_WRITE, machine->bars[bar].bus);
	uint32_t up = send_op(&two, a, REQUEST_WRITE, PAGE_A);
	uint32_t sibling = send_op(&two, b, REQUEST_WRITE, PAGE_A);
	assert_true(fabric_may_arrive(two.f.fabric, peer));
	assert_true(fabric_may_arrive(two.f.fabric, up));
	/* The root port's link is shared. */
	assert_false(fabric_may_arrive(two.f.fabric, sibling));
	fixture_free(&two.f);
}

static void test_flight_ways_that_share_no_link_are_not_ordered(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t f0 = build_device(machine, "f0", NONE);
	uint16_t f1 = build_function(machine, "f1", f0);
	uint16_t p0 = build_platform(machine, "p0");
	uint16_t p1 = build_platform(machine, "p1");
	uint16_t outer = build_port_acs(machine, "outer", PORT_SWITCH, NONE, 0);
	uint16_t inner = build_port_acs(machine, "inner", PORT_SWITCH, outer, 0);
	uint16_t a = build_device(machine, "a", inner);
	uint16_t b = build_device(machine, "b", inner);
	uint16_t c = build_device(machine, "c", outer);
	uint16_t f1_bar = build_bar(machine, "f1.bar0", f1, 0, 4096);
	uint16_t b_bar = build_bar(machine, "b.bar0", b, 0, 4096);
	uint16_t c_bar = build_bar(machine, "c.bar0", c, 0, 4096);
	struct two two;
	fixture_start(&two.f, machine, 1);
	const struct machine_bar *bars = machine->bars;
	/* Inside the device and out of it; turned round at two switches; masters that hang on the root complex. */
	const struct {
		uint16_t first, second;
		uint64_t first_at, second_at;
		bool ordered;
	} rows[] = {
		{f0, f0, bars[f1_bar].bus, PAGE_A, false},
		{a, a, bars[b_bar].bus, bars[c_bar].bus, false},
		{p0, p1, PAGE_A, PAGE_A, false},
		{p0, p0, PAGE_A, PAGE_A, true},
		{a, a, bars[b_bar].bus, bars[b_bar].bus, true},
		{f0, f1, PAGE_A, PAGE_A, true},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hit hit;
		uint32_t first = send_op(&two, rows[i].first, REQUEST_WRITE, rows[i].first_at);
		uint32_t second = send_op(&two, rows[i].second, REQUEST_WRITE, rows[i].second_at);
		if (fabric_may_arrive(two.f.fabric, second) == rows[i].ordered)
			fail_msg("row %u", i);
		assert_true(fabric_arrive(two.f.fabric, first, NULL, &hit));
		assert_true(fabric_arrive(two.f.fabric, second, NULL, &hit));
	}
	fixture_free(&two.f);
}

/* PCIe 2.2.8, 6.12.1.1: up, whatever the address and the bus master enable; source validation and bridges as ever. */
static void test_message_is_routed_to_the_root_complex(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, NONE, ACS_SV | ACS_TB);
	uint16_t a = build_device(machine, "a", sw);
	uint16_t b = build_device(machine, "b", sw);
	uint16_t old = build_device(machine, "old", build_port(machine, "br", PORT_PCI_BRIDGE, NONE));
	uint16_t bar = build_bar(machine, "b.bar0", b, 0, 4096);
	struct two two;
	struct hit hit;
	fixture_start(&two.f, machine, 1);
	struct request request = request_of(&two.f, a, REQUEST_WRITE, machine->bars[bar].bus);
	request.at = AT_TRANSLATED;
	fabric_set_bus_master(two.f.fabric, a, false);
	fabric_message(two.f.fabric, &request, &hit);
	assert_int_equal(hit.route, ROUTE_IOMMU);
	assert_int_equal(hit.stream, machine->devices[a].rid);
	request.rid = machine->devices[b].rid;
	fabric_message(two.f.fabric, &request, &hit);
	assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
	assert_int_equal(hit.reason, REASON_SOURCE_VALIDATION);
	request = request_of(&two.f, old, REQUEST_WRITE, 0);
	fabric_message(two.f.fabric, &request, &hit);
	assert_int_equal(hit.stream, machine->devices[old].rid & 0xff00);
	fabric_set_present(two.f.fabric, old, false);
	fabric_message(two.f.fabric, &request, &hit);
	assert_int_equal(hit.reason, REASON_ABSENT);
	fixture_free(&two.f);
}

static void test_fabric_state_is_in_the_arena(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	uint64_t hash = arena_hash(two.f.arena);
	struct arena_snapshot *snapshot = arena_save(two.f.arena);
	struct request request = request_of(&two.f, two.a, REQUEST_WRITE, PAGE_A);
	struct hit hit;
	uint64_t value = 0;

	fabric_set_bus_master(two.f.fabric, two.b, false);
	assert_int_not_equal(arena_hash(two.f.arena), hash);
	fabric_set_bus_master(two.f.fabric, two.b, true);
	assert_int_equal(arena_hash(two.f.arena), hash);
	uint32_t flight = fabric_send(two.f.fabric, &request, &hit);
	assert_int_not_equal(arena_hash(two.f.arena), hash);
	assert_true(fabric_arrive(two.f.fabric, flight, NULL, &hit));
	assert_int_equal(arena_hash(two.f.arena), hash);

	fabric_send(two.f.fabric, &request, &hit);
	fabric_set_present(two.f.fabric, two.a, false);
	fabric_mmio_write(two.f.fabric, two.b_bar, 0, 4, false, 99);
	assert_int_not_equal(arena_hash(two.f.arena), hash);
	arena_restore(two.f.arena, snapshot);
	assert_int_equal(arena_hash(two.f.arena), hash);
	assert_int_equal(fabric_in_flight(two.f.fabric), 0);
	assert_true(fabric_present(two.f.fabric, two.a));
	fabric_mmio_read(two.f.fabric, two.b_bar, 0, 4, false, &value);
	assert_int_equal(value, 0);
	arena_snapshot_free(snapshot);
	fixture_free(&two.f);
}

static void test_fabric_declared_absent_begins_off(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	machine->devices[a].present = false;
	struct fixture f;
	fixture_start(&f, machine, 0);
	assert_false(fabric_present(f.fabric, a));
	assert_false(fabric_bus_master(f.fabric, a));
	fabric_set_present(f.fabric, a, true);
	assert_true(fabric_present(f.fabric, a));
	assert_false(fabric_memory_space(f.fabric, a));
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flight_keeps_its_translation),
		cmocka_unit_test(test_flight_posted_writes_and_invalidation_completions_keep_order),
		cmocka_unit_test(test_flight_table_full_is_said),
		cmocka_unit_test(test_flight_peer_and_memory_are_not_ordered),
		cmocka_unit_test(test_flight_ways_that_share_no_link_are_not_ordered),
		cmocka_unit_test(test_message_is_routed_to_the_root_complex),
		cmocka_unit_test(test_fabric_state_is_in_the_arena),
		cmocka_unit_test(test_fabric_declared_absent_begins_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
