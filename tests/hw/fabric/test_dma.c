/* SPDX-License-Identifier: MIT */
/* From the root complex on: units, the physical address map, data, CPU accesses. */
#include "two.h"

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
	} rows[] = {
		{TRANSLATE_FAULT, HIT_FAULT}, {TRANSLATE_INTERRUPT, HIT_INTERRUPT}, {TRANSLATE_STALLED, HIT_STALLED}};
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
	assert_int_equal(hit.stream, 0xff01);
	assert_int_equal(f.units[0].last.stream, 0xff01);
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
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0x1004, 4, false, &value), MMIO_OK);
	assert_int_equal(value, 0xcafe);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0x1000, 8, false, &value), MMIO_OK);
	assert_int_equal(value, UINT64_C(0xcafe00000000));
	assert_int_equal(fabric_mmio_write(two.f.fabric, two.a_bar, 0x1006, 2, false, 0x1234), MMIO_OK);
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
		assert_int_equal(
			fabric_mmio_read(two.f.fabric, two.a_bar, outside[i].offset, outside[i].width, false, &value),
			MMIO_OUTSIDE);
		assert_int_equal(
			fabric_mmio_write(two.f.fabric, two.a_bar, outside[i].offset, outside[i].width, false, 1),
			MMIO_OUTSIDE);
	}
	fabric_set_memory_space(two.f.fabric, two.a, false);
	assert_int_equal(fabric_mmio_write(two.f.fabric, two.a_bar, 0, 4, false, 7), MMIO_OFF);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 4, false, &value), MMIO_OFF);
	assert_int_equal(value, UINT32_MAX);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 8, false, &value), MMIO_OFF);
	assert_int_equal(value, UINT64_MAX);
	fabric_set_present(two.f.fabric, two.a, false);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 1, false, &value), MMIO_ABSENT);
	assert_int_equal(value, 0xff);
	fabric_set_present(two.f.fabric, two.a, true);
	fabric_set_memory_space(two.f.fabric, two.a, true);
	assert_int_equal(fabric_mmio_read(two.f.fabric, two.a_bar, 0, 4, false, &value), MMIO_OK);
	assert_int_equal(value, 0);
	fixture_free(&two.f);
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
