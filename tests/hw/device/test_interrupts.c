/* SPDX-License-Identifier: MIT */
/* Interrupt messages from the write to the vector. */
#include "device_world.h"

#include "hw/interrupts.h"

static struct hit message_of(struct device_world *world, uint16_t device, uint64_t address, uint32_t data,
			     uint32_t bytes, enum request_op op)
{
	struct request request = device_request(world, device, AT_UNTRANSLATED, address);
	struct hit hit;

	request.op = (uint8_t)op;
	request.bytes = bytes;
	request.data = data;
	fabric_dma(world->fabric, &request, NULL, &hit);
	return hit;
}

/*
 * Golden cases: compatibility format, Intel SDM 3A 12.11. Address FEEh, destination in 19:12, RH bit 3, DM bit 2; data:
 * vector 7:0, delivery mode 10:8, trigger mode bit 15. nic's vectors are 20h and 21h of APIC 0, other's 22h and 23h.
 */
static void test_interrupt_compatibility_message_is_decoded(void **state)
{
	(void)state;
	enum { NOBODY, NIC, OTHER };
	static const struct {
		uint32_t address, data, destination;
		uint8_t vector, mode;
		bool logical, hint, level;
		uint8_t whose;
		uint32_t index;
	} rows[] = {
		{0xfee00000, 0x00000020, 0x00, 0x20, 0, false, false, false, NIC, 0},
		{0xfee00000, 0x00000023, 0x00, 0x23, 0, false, false, false, OTHER, 1},
		{0xfee00000, 0x00008121, 0x00, 0x21, 1, false, false, true, NIC, 1},
		{0xfee0100c, 0x00000022, 0x01, 0x22, 0, true, true, false, OTHER, 0},
		{0xfee02004, 0x00000022, 0x02, 0x22, 0, true, false, false, NOBODY, 0},
		{0xfee01000, 0x00000022, 0x01, 0x22, 0, false, false, false, NOBODY, 0},
		{0xfeeff000, 0x00000021, 0xff, 0x21, 0, false, false, false, NIC, 1},
		{0xfee00000, 0x00000420, 0x00, 0x20, 4, false, false, false, NOBODY, 0},
		{0xfee00000, 0x0000000f, 0x00, 0x0f, 0, false, false, false, NOBODY, 0},
		{0xfee00000, 0x000000fe, 0x00, 0xfe, 0, false, false, false, NOBODY, 0},
	};
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	world.unit.answer = (struct translation){.result = TRANSLATE_OK, .pass_through = true};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct hit hit = message_of(&world, world.liar, rows[i].address, rows[i].data, 4, REQUEST_WRITE);
		const struct interrupt *got = &hit.interrupt;
		assert_int_equal(hit.kind, HIT_INTERRUPT);
		assert_int_equal(hit.raised_device, rows[i].whose == NIC     ? world.nic
						    : rows[i].whose == OTHER ? world.other
									     : NONE);
		assert_int_equal(hit.raised_index, rows[i].index);
		if (got->address != rows[i].address || got->destination != rows[i].destination ||
		    got->vector != rows[i].vector || got->delivery_mode != rows[i].mode ||
		    got->logical != rows[i].logical || got->redirection_hint != rows[i].hint ||
		    got->level_triggered != rows[i].level || got->remapped || got->posted)
			fail_msg("row %u", i);
	}
	assert_int_equal(interrupts_raised(world.interrupts, world.nic, 1), 2);
	/* Only a doubleword, aligned; and a read is none. */
	assert_int_equal(message_of(&world, world.nic, 0xfee00000, 0x20, 8, REQUEST_WRITE).raised_device, NONE);
	assert_int_equal(message_of(&world, world.nic, 0xfee00002, 0x20, 4, REQUEST_WRITE).raised_device, NONE);
	assert_int_equal(message_of(&world, world.nic, 0xfee00000, 0x20, 4, REQUEST_READ).kind, HIT_NOTHING);
	assert_int_equal(interrupts_raised(world.interrupts, world.nic, 0), 1);
	device_world_free(&world);
}

static void test_interrupt_remapped_goes_where_the_unit_says(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	world.unit.answer =
		(struct translation){.result = TRANSLATE_INTERRUPT, .interrupt = {.vector = 0x23, .remapped = true}};
	struct hit hit = message_of(&world, world.nic, 0xfee00010, 0, 4, REQUEST_WRITE);
	assert_int_equal(hit.kind, HIT_INTERRUPT);
	assert_int_equal(hit.raised_device, world.other);
	assert_int_equal(hit.raised_index, 1);
	assert_true(hit.interrupt.remapped);
	/* Posted: what the notification raises, and nothing without one. */
	world.unit.answer.interrupt.posted = true;
	hit = message_of(&world, world.nic, 0xfee00010, 0, 4, REQUEST_WRITE);
	assert_int_equal(hit.raised_device, NONE);
	world.unit.answer.interrupt.notified = true;
	hit = message_of(&world, world.nic, 0xfee00010, 0, 4, REQUEST_WRITE);
	assert_int_equal(hit.raised_device, world.other);
	assert_int_equal(interrupts_raised(world.interrupts, world.other, 1), 2);
	device_world_free(&world);
}

/* IHI 0069 5.2: the table is asked with (DeviceID, EventID); the DeviceID comes with the write, not from it. */
static void test_interrupt_its_looks_up_device_and_event(void **state)
{
	(void)state;
	struct device_world world;
	uint8_t vector;
	uint32_t event;
	device_world_start(&world, IOMMU_SMMUV3);
	uint64_t doorbell = interrupts_doorbell(world.interrupts) + 0x40;
	const struct machine_device *rows = world.machine->devices;
	assert_false(memory_is_ram(world.memory, doorbell));
	assert_true(interrupts_identity(world.interrupts, world.other, 1, &vector, &event));
	assert_int_equal(event, 1);
	assert_false(interrupts_identity(world.interrupts, world.other, 2, &vector, &event));
	assert_false(interrupts_identity(world.interrupts, world.liar, 0, &vector, &event));
	assert_true(interrupts_its_map(world.interrupts, rows[world.other].stream, 1, world.other, 1));
	assert_true(interrupts_its_map(world.interrupts, rows[world.nic].stream, 1, world.nic, 0));
	assert_false(interrupts_its_map(world.interrupts, 1, 1, world.liar, 0));
	world.unit.answer.pa = doorbell - IOVA;
	struct hit hit = message_of(&world, world.nic, IOVA, 1, 4, REQUEST_WRITE);
	assert_int_equal(hit.kind, HIT_INTERRUPT);
	assert_int_equal(hit.raised_device, world.nic);
	assert_int_equal(hit.interrupt.device_id, rows[world.nic].stream);
	/* The same EventID from another device is another interrupt. */
	hit = message_of(&world, world.other, IOVA, 1, 4, REQUEST_WRITE);
	assert_int_equal(hit.raised_device, world.other);
	assert_int_equal(hit.raised_index, 1);
	hit = message_of(&world, world.nic, IOVA, 2, 4, REQUEST_WRITE);
	assert_int_equal(hit.kind, HIT_INTERRUPT);
	assert_int_equal(hit.raised_device, NONE);
	/* The rest of the page, other widths and reads are no messages; FEEx_xxxxh is nothing. */
	assert_int_equal(message_of(&world, world.nic, IOVA + 4, 1, 4, REQUEST_WRITE).kind, HIT_NOTHING);
	assert_int_equal(message_of(&world, world.nic, IOVA, 1, 8, REQUEST_WRITE).kind, HIT_NOTHING);
	assert_int_equal(message_of(&world, world.nic, IOVA, 1, 4, REQUEST_READ).kind, HIT_NOTHING);
	world.unit.answer.pa = 0;
	assert_int_equal(message_of(&world, world.nic, 0xfee00000, 0x20, 4, REQUEST_WRITE).kind, HIT_NOTHING);
	interrupts_its_unmap(world.interrupts, rows[world.nic].stream, 1);
	interrupts_its_unmap(world.interrupts, rows[world.nic].stream, 1);
	world.unit.answer.pa = doorbell - IOVA;
	assert_int_equal(message_of(&world, world.nic, IOVA, 1, 4, REQUEST_WRITE).raised_device, NONE);
	assert_int_equal(message_of(&world, world.other, IOVA, 1, 4, REQUEST_WRITE).raised_device, world.other);
	device_world_free(&world);
}

static void test_interrupt_of_the_unit_itself_arrives(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_SMMUV3);
	const struct iommu_outlet *outlet = world.unit.iommu.outlet;
	struct interrupt own = {
		.address = interrupts_doorbell(world.interrupts) + 0x40, .data = 3, .device_id = 0x1000};
	assert_true(interrupts_its_map(world.interrupts, 0x1000, 3, world.nic, 1));
	outlet->interrupt(outlet->context, 0, &own);
	assert_int_equal(interrupts_raised(world.interrupts, world.nic, 1), 1);
	own.address += 4;
	outlet->interrupt(outlet->context, 0, &own);
	assert_int_equal(interrupts_raised(world.interrupts, world.nic, 1), 1);
	device_world_free(&world);
}

/* 223 vectors an APIC: 20h to FEh. */
static void test_interrupt_identities_go_on_at_the_next_apic(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	struct machine_error error;
	uint16_t a = build_device(machine, "a", NONE), b = build_device(machine, "b", NONE);
	uint8_t vector;
	uint32_t apic;
	machine->devices[a].vectors = 222;
	machine->devices[b].vectors = 100000;
	assert_true(machine_finish(machine, &error));
	struct arena *arena = arena_new();
	struct interrupts *interrupts = interrupts_new(arena, machine);
	assert_true(interrupts_identity(interrupts, b, 0, &vector, &apic));
	assert_int_equal(vector, 0xfe);
	assert_int_equal(apic, 0);
	assert_true(interrupts_identity(interrupts, b, 1, &vector, &apic));
	assert_int_equal(vector, 0x20);
	assert_int_equal(apic, 1);
	assert_true(interrupts_identity(interrupts, b, INTERRUPTS_MAX - 223, &vector, &apic));
	assert_false(interrupts_identity(interrupts, b, INTERRUPTS_MAX - 222, &vector, &apic));
	struct interrupt message = {.vector = 0x20, .destination = 1};
	struct interrupt_target target;
	assert_true(interrupts_raise(interrupts, IOMMU_VTD, &message, &target));
	assert_int_equal(target.device, b);
	assert_int_equal(target.index, 1);
	interrupts_free(interrupts);
	arena_free(arena);
	machine_free(machine);
}

/* What was mapped and taken away leaves no trace. */
static void test_interrupt_tables_equal_hash_equal(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_SMMUV3);
	interrupts_its_map(world.interrupts, 5, 1, world.nic, 0);
	uint64_t hash = arena_hash(world.arena);
	struct arena_snapshot *snapshot = arena_save(world.arena);
	for (uint32_t i = 0; i < 100; i++)
		assert_true(interrupts_its_map(world.interrupts, i * 7 % 100 + 6, i, world.nic, 1));
	assert_true(arena_hash(world.arena) != hash);
	for (uint32_t i = 0; i < 100; i++)
		interrupts_its_unmap(world.interrupts, i * 7 % 100 + 6, i);
	assert_true(arena_hash(world.arena) == hash);
	interrupts_its_unmap(world.interrupts, 5, 1);
	arena_restore(world.arena, snapshot);
	assert_true(arena_hash(world.arena) == hash);
	struct interrupt message = {.address = interrupts_doorbell(world.interrupts) + 0x40, .device_id = 5, .data = 1};
	struct interrupt_target target;
	assert_true(interrupts_raise(world.interrupts, IOMMU_SMMUV3, &message, &target));
	arena_snapshot_free(snapshot);
	device_world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupt_compatibility_message_is_decoded),
		cmocka_unit_test(test_interrupt_remapped_goes_where_the_unit_says),
		cmocka_unit_test(test_interrupt_its_looks_up_device_and_event),
		cmocka_unit_test(test_interrupt_of_the_unit_itself_arrives),
		cmocka_unit_test(test_interrupt_identities_go_on_at_the_next_apic),
		cmocka_unit_test(test_interrupt_tables_equal_hash_equal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
