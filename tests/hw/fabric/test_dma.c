/* SPDX-License-Identifier: MIT */
/* From the root complex on: units, the physical address map, data, requests in flight, CPU accesses. */
#include "fixture.h"

#define PAGE_A UINT64_C(0x100000000)
#define PAGE_B UINT64_C(0x100002000)

/* Two devices behind root ports of their own and two units; two pages; firmware memory at 2 GiB - 1 page. */
struct two {
	struct fixture f;
	uint16_t a, b, a_bar, b_bar, firmware;
};

static void two_start(struct two *two, unsigned real_units)
{
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	two->a = build_device(machine, "a", NONE);
	two->b = build_device(machine, "b", NONE);
	machine->devices[two->b].iommu = 1;
	machine->devices[two->b].iommu_given = true;
	two->a_bar = build_bar(machine, "a.bar0", two->a, 0, 8192);
	two->b_bar = build_bar(machine, "b.bar0", two->b, 0, 4096);
	two->firmware = build_reserved(machine, "r", two->a, RESERVED_RMRR, 0x7ffff000, 0x1000);
	build_memory(machine, "page-a", MACHINE_HOST, 4096);
	build_memory(machine, "page-b", MACHINE_HOST, 4096);
	fixture_start(&two->f, machine, real_units);
	assert_int_equal(machine->memories[0].hpa, PAGE_A);
	assert_int_equal(machine->memories[1].hpa, PAGE_B);
}

static void test_dma_asks_the_unit_of_its_root_port(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	two.f.units[1].offset = 0x2000;
	struct hit hit = write_at(&two.f, two.b, PAGE_A + 0x40);
	assert_int_equal(hit.route, ROUTE_IOMMU);
	assert_int_equal(hit.iommu, 1);
	assert_int_equal(hit.memory, 1);
	assert_int_equal(hit.offset, 0x40);
	assert_int_equal(hit.pa, PAGE_B + 0x40);
	assert_int_equal(hit.translation.pa, PAGE_B + 0x40);
	assert_int_equal(two.f.units[0].asked, 0);
	assert_int_equal(two.f.units[1].asked, 1);
	assert_true(two.f.units[1].last.posted);
	assert_int_equal(hit.stream, RID(2, 0, 0));
	fixture_free(&two.f);
}

static void test_dma_without_unit_uses_the_address_as_it_is(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 1);
	struct hit hit = write_at(&two.f, two.b, PAGE_A);
	assert_int_equal(hit.route, ROUTE_DIRECT);
	assert_int_equal(hit.iommu, NONE);
	assert_int_equal(hit.memory, 0);
	/* A translation request finds nobody who could answer. */
	struct request request = request_of(&two.f, two.b, REQUEST_READ, PAGE_A);
	request.at = AT_TRANSLATION_REQUEST;
	two.f.machine->ports[two.f.machine->devices[two.b].port].acs = 0;
	hit = send_request(&two.f, &request);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_NOT_A_MEMORY_ACCESS);
	fixture_free(&two.f);
}

static void test_dma_of_a_machine_without_iommus(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	build_memory(machine, "page", MACHINE_HOST, 4096);
	struct fixture f;
	fixture_start(&f, machine, 0);
	assert_int_equal(read_at(&f, a, PAGE_A).route, ROUTE_DIRECT);
	assert_int_equal(write_at(&f, a, 0xfee00000).kind, HIT_INTERRUPT);
	fixture_free(&f);
}

static void test_dma_unit_answers_become_hits(void **state)
{
	(void)state;
	static const struct {
		enum translate_result result;
		enum hit_kind kind;
	} rows[] = {{TRANSLATE_FAULT, HIT_FAULT},
		    {TRANSLATE_INTERRUPT, HIT_INTERRUPT},
		    {TRANSLATE_PAGE_REQUEST, HIT_PAGE_REQUEST}};
	for (unsigned i = 0; i < 3; i++) {
		struct two two;
		two_start(&two, 2);
		two.f.units[0].result = rows[i].result;
		struct hit hit = write_at(&two.f, two.a, PAGE_A);
		assert_int_equal(hit.kind, rows[i].kind);
		assert_int_equal(hit.route, ROUTE_IOMMU);
		assert_int_equal(hit.memory, NONE);
		assert_int_equal(hit.translation.fault, i == 0 ? 0x22 : 0);
		assert_int_equal(hit.pa, rows[i].kind == HIT_INTERRUPT ? PAGE_A : 0);
		assert_int_equal(hit.reason, REASON_NONE);
		fixture_free(&two.f);
	}
}

static void test_dma_physical_address_map(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	const struct machine_bar *bars = two.f.machine->bars;
	const struct {
		uint64_t pa;
		enum hit_kind read, write;
		uint16_t memory, firmware, bar;
		uint64_t offset;
	} rows[] = {
		{PAGE_A + 0xffc, HIT_MEMORY, HIT_MEMORY, 0, NONE, NONE, 0xffc},
		{PAGE_A + 0x1000, HIT_MEMORY, HIT_MEMORY, NONE, NONE, NONE, 0},
		{0x7ffff010, HIT_MEMORY, HIT_MEMORY, NONE, two.firmware, NONE, 0x10},
		{0x80000000, HIT_MEMORY, HIT_MEMORY, NONE, NONE, NONE, 0},
		{0, HIT_MEMORY, HIT_MEMORY, NONE, NONE, NONE, 0},
		{bars[two.b_bar].bus + 8, HIT_BAR, HIT_BAR, NONE, NONE, two.b_bar, 8},
		{bars[two.a_bar].bus + 0x1ffc, HIT_BAR, HIT_BAR, NONE, NONE, two.a_bar, 0x1ffc},
		{bars[two.b_bar].bus + 0x1000, HIT_NOTHING, HIT_NOTHING, NONE, NONE, NONE, 0},
		{0xfee00000, HIT_NOTHING, HIT_INTERRUPT, NONE, NONE, NONE, 0},
		{0xfeeffffc, HIT_NOTHING, HIT_INTERRUPT, NONE, NONE, NONE, 0},
		{0xfef00000, HIT_NOTHING, HIT_NOTHING, NONE, NONE, NONE, 0},
		{0xfed90000, HIT_NOTHING, HIT_NOTHING, NONE, NONE, NONE, 0},
		{UINT64_C(0x4000000000), HIT_NOTHING, HIT_NOTHING, NONE, NONE, NONE, 0},
		{UINT64_MAX - 3, HIT_NOTHING, HIT_NOTHING, NONE, NONE, NONE, 0},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		/* From both sides of an IOMMU that maps everything to itself. */
		for (unsigned write = 0; write < 2; write++) {
			struct hit hit =
				write ? write_at(&two.f, two.a, rows[i].pa) : read_at(&two.f, two.a, rows[i].pa);
			enum hit_kind kind = write ? rows[i].write : rows[i].read;
			if (hit.kind != kind)
				fail_msg("row %u: kind %d instead of %d", i, hit.kind, kind);
			assert_int_equal(hit.memory, rows[i].memory);
			assert_int_equal(hit.firmware, rows[i].firmware);
			assert_int_equal(hit.bar, rows[i].bar);
			assert_int_equal(hit.offset, rows[i].offset);
			assert_int_equal(hit.pa, rows[i].pa);
			assert_int_equal(hit.reason, kind == HIT_NOTHING ? REASON_NO_TARGET : REASON_NONE);
		}
	}
	fixture_free(&two.f);
}

static void test_dma_to_a_peer_through_the_root_complex_needs_its_memory_space(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	two.f.units[0].offset = two.f.machine->bars[two.b_bar].bus - PAGE_A;
	struct hit hit = write_at(&two.f, two.a, PAGE_A);
	assert_int_equal(hit.kind, HIT_BAR);
	assert_int_equal(hit.device, two.b);
	fabric_set_memory_space(two.f.fabric, two.b, false);
	hit = write_at(&two.f, two.a, PAGE_A);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_TARGET_OFF);
	assert_int_equal(hit.route, ROUTE_IOMMU);
	fabric_set_present(two.f.fabric, two.b, false);
	assert_int_equal(write_at(&two.f, two.a, PAGE_A).reason, REASON_TARGET_ABSENT);
	fixture_free(&two.f);
}

static void test_dma_interrupt_window_of_the_unit(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	machine->iommus[0].msi_first = 0x8000000;
	machine->iommus[0].msi_last = 0x800ffff;
	uint16_t a = build_device(machine, "a", NONE);
	struct fixture f;
	fixture_start(&f, machine, 1);
	assert_int_equal(write_at(&f, a, 0x8000040).kind, HIT_INTERRUPT);
	assert_int_equal(write_at(&f, a, 0x8010000).kind, HIT_MEMORY);
	assert_int_equal(write_at(&f, a, 0xfee00000).kind, HIT_NOTHING);
	fixture_free(&f);
}

static void test_dma_translation_request_moves_no_data(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	two.f.machine->ports[two.f.machine->devices[two.a].port].acs = 0;
	two.f.units[0].offset = 0x2000;
	uint32_t data = 0xdeadbeef;
	struct request request = request_of(&two.f, two.a, REQUEST_READ, PAGE_A);
	request.at = AT_TRANSLATION_REQUEST;
	struct hit hit;
	fabric_dma(two.f.fabric, &request, &data, &hit);
	assert_int_equal(hit.kind, HIT_TRANSLATION);
	assert_int_equal(hit.pa, PAGE_B);
	assert_int_equal(hit.memory, NONE);
	assert_int_equal(data, 0xdeadbeef);
	fixture_free(&two.f);
}

static void test_dma_platform_master_has_a_stream_and_no_command_register(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_platform(machine, "p0");
	uint16_t p1 = build_platform(machine, "p1");
	uint16_t bar = build_bar(machine, "p1.bar0", p1, 0, 4096);
	uint16_t a = build_device(machine, "a", NONE);
	struct fixture f;
	fixture_start(&f, machine, 1);
	fabric_set_bus_master(f.fabric, p1, false);
	fabric_set_memory_space(f.fabric, p1, false);
	struct hit hit = read_at(&f, p1, PAGE_A);
	assert_int_equal(hit.kind, HIT_MEMORY);
	assert_int_equal(hit.stream, 0x10001);
	assert_int_equal(f.units[0].last.stream, 0x10001);
	assert_true(fabric_bus_master(f.fabric, p1));
	assert_int_equal(write_at(&f, a, machine->bars[bar].bus).kind, HIT_BAR);
	fixture_free(&f);
}

static void test_dma_integrated_endpoint_goes_straight_to_its_unit(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	uint16_t gfx = build_device(machine, "gfx", NONE);
	build_bdf(machine, gfx, RID(0, 2, 0));
	machine->devices[gfx].segment = 5;
	machine->devices[gfx].iommu = 1;
	machine->devices[gfx].iommu_given = true;
	uint16_t a = build_device(machine, "a", NONE);
	uint16_t bar = build_bar(machine, "a.bar0", a, 0, 4096);
	struct fixture f;
	fixture_start(&f, machine, 2);
	struct hit hit = write_at(&f, gfx, machine->bars[bar].bus);
	assert_int_equal(hit.kind, HIT_BAR);
	assert_int_equal(hit.route, ROUTE_IOMMU);
	assert_int_equal(hit.iommu, 1);
	assert_int_equal(hit.rid, RID(0, 2, 0));
	assert_int_equal(hit.segment, 5);
	assert_int_equal(f.units[1].last.segment, 5);
	fixture_free(&f);
}

static struct hit transfer(struct fixture *f, uint16_t device, enum request_op op, uint64_t address, void *data,
			   uint32_t bytes)
{
	struct request request = request_of(f, device, op, address);
	struct hit hit;

	request.bytes = bytes;
	fabric_dma(f->fabric, &request, data, &hit);
	return hit;
}

static void test_dma_moves_data(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	unsigned char page[4096], back[4096];
	for (unsigned i = 0; i < sizeof page; i++)
		page[i] = (unsigned char)(i * 7 + 1);
	assert_int_equal(transfer(&two.f, two.a, REQUEST_WRITE, PAGE_A, page, 4096).kind, HIT_MEMORY);
	assert_int_equal(transfer(&two.f, two.b, REQUEST_READ, PAGE_A, back, 4096).kind, HIT_MEMORY);
	assert_memory_equal(page, back, 4096);

	/* An atomic swaps. */
	uint64_t word = 0x1122334455667788;
	uint64_t before;
	memcpy(&before, &page[8], 8);
	transfer(&two.f, two.a, REQUEST_ATOMIC, PAGE_A + 8, &word, 8);
	assert_int_equal(word, before);
	assert_true(memory_read64(two.f.memory, PAGE_A + 8, &word));
	assert_int_equal(word, 0x1122334455667788);

	/* Without data a write leaves what is there; nothing of length 0 either. */
	transfer(&two.f, two.a, REQUEST_WRITE, PAGE_A + 8, NULL, 8);
	assert_int_equal(transfer(&two.f, two.a, REQUEST_WRITE, PAGE_A + 8, page, 0).kind, HIT_MEMORY);
	assert_true(memory_read64(two.f.memory, PAGE_A + 8, &word));
	assert_int_equal(word, 0x1122334455667788);
	fixture_free(&two.f);
}

static void test_dma_without_a_frame_left_says_so(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	uint32_t one = 1;
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(transfer(&two.f, two.a, REQUEST_WRITE, i * UINT64_C(4096), &one, 4).kind, HIT_MEMORY);
	struct hit hit = transfer(&two.f, two.a, REQUEST_WRITE, 64 * 4096, &one, 4);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_NO_FRAME);
	fixture_free(&two.f);
}

static void test_mmio_sees_what_dma_wrote_and_the_other_way_round(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	uint64_t bus = two.f.machine->bars[two.a_bar].bus;
	uint64_t value = 0;
	uint32_t word = 0xcafe;
	transfer(&two.f, two.b, REQUEST_WRITE, bus + 0x1004, &word, 4);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0x1004, 4, &value), MMIO_OK);
	assert_int_equal(value, 0xcafe);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0x1000, 8, &value), MMIO_OK);
	assert_int_equal(value, UINT64_C(0xcafe00000000));
	assert_int_equal(fabric_mmio_write(two.f.fabric, two.a_bar, 0x1006, 2, 0x1234), MMIO_OK);
	transfer(&two.f, two.b, REQUEST_READ, bus + 0x1004, &word, 4);
	assert_int_equal(word, 0x1234cafe);
	/* Registers are no RAM. */
	assert_false(memory_read64(two.f.memory, bus + 0x1000, &value));
	fixture_free(&two.f);
}

static void test_mmio_refused_accesses_read_ones(void **state)
{
	(void)state;
	struct two two;
	two_start(&two, 2);
	static const struct {
		uint64_t offset;
		unsigned width;
	} outside[] = {{8192, 4}, {UINT64_MAX - 3, 4}, {2, 4}, {4, 8}, {0, 3}, {0, 0}, {0, 16}};
	uint64_t value;
	for (unsigned i = 0; i < sizeof outside / sizeof *outside; i++) {
		assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, outside[i].offset, outside[i].width, &value),
				 MMIO_OUTSIDE);
		assert_int_equal(fabric_mmio_write(two.f.fabric, two.a_bar, outside[i].offset, outside[i].width, 1),
				 MMIO_OUTSIDE);
	}
	fabric_set_memory_space(two.f.fabric, two.a, false);
	assert_int_equal(fabric_mmio_write(two.f.fabric, two.a_bar, 0, 4, 7), MMIO_OFF);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 4, &value), MMIO_OFF);
	assert_int_equal(value, UINT32_MAX);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 8, &value), MMIO_OFF);
	assert_int_equal(value, UINT64_MAX);
	fabric_set_present(two.f.fabric, two.a, false);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 1, &value), MMIO_ABSENT);
	assert_int_equal(value, 0xff);
	fabric_set_present(two.f.fabric, two.a, true);
	fabric_set_memory_space(two.f.fabric, two.a, true);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 4, &value), MMIO_OK);
	assert_int_equal(value, 0);
	fixture_free(&two.f);
}

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
	fabric_mmio_write(two.f.fabric, two.b_bar, 0, 4, 99);
	assert_int_not_equal(arena_hash(two.f.arena), hash);
	arena_restore(two.f.arena, snapshot);
	assert_int_equal(arena_hash(two.f.arena), hash);
	assert_int_equal(fabric_in_flight(two.f.fabric), 0);
	assert_true(fabric_present(two.f.fabric, two.a));
	fabric_mmio_read(two.f.fabric, two.b_bar, 0, 4, &value);
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
		cmocka_unit_test(test_dma_asks_the_unit_of_its_root_port),
		cmocka_unit_test(test_dma_without_unit_uses_the_address_as_it_is),
		cmocka_unit_test(test_dma_of_a_machine_without_iommus),
		cmocka_unit_test(test_dma_unit_answers_become_hits),
		cmocka_unit_test(test_dma_physical_address_map),
		cmocka_unit_test(test_dma_to_a_peer_through_the_root_complex_needs_its_memory_space),
		cmocka_unit_test(test_dma_interrupt_window_of_the_unit),
		cmocka_unit_test(test_dma_translation_request_moves_no_data),
		cmocka_unit_test(test_dma_platform_master_has_a_stream_and_no_command_register),
		cmocka_unit_test(test_dma_integrated_endpoint_goes_straight_to_its_unit),
		cmocka_unit_test(test_dma_moves_data),
		cmocka_unit_test(test_dma_without_a_frame_left_says_so),
		cmocka_unit_test(test_mmio_sees_what_dma_wrote_and_the_other_way_round),
		cmocka_unit_test(test_mmio_refused_accesses_read_ones),
		cmocka_unit_test(test_flight_keeps_its_translation),
		cmocka_unit_test(test_flight_posted_writes_and_invalidation_completions_keep_order),
		cmocka_unit_test(test_flight_table_full_is_said),
		cmocka_unit_test(test_flight_peer_and_memory_are_not_ordered),
		cmocka_unit_test(test_flight_ways_that_share_no_link_are_not_ordered),
		cmocka_unit_test(test_fabric_state_is_in_the_arena),
		cmocka_unit_test(test_fabric_declared_absent_begins_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
