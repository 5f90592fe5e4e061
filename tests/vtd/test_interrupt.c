/* SPDX-License-Identifier: MIT */
/* Interrupt remapping: 5.1, 9.9, 11.4.4. Golden words by hand. */
#include "interrupt_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct remapped { /* what an entry of index 5 makes of a message */
	const char *section;
	uint64_t irta;
	uint64_t address;
	uint32_t data;
	uint64_t low, high;
	uint16_t sid;
	uint32_t destination;
	uint8_t vector, delivery_mode;
	bool logical, hint, level;
	uint64_t sent_address; /* 5.1.2.1, of x2APIC 5.1.6.2 */
	uint32_t sent_data;
};

static const struct remapped remapped[] = {
	{"9.9: fixed, physical, edge", 0, 0xfee000b0, 0, 0x0000020000310001, 0x40120, SID, 2, 0x31, 0, 0, 0, 0,
	 0xfee02000, 0x4031},
	{"9.9: lowest priority, logical, hint, level", 0, 0xfee000b0, 0, 0x000003000042003d, 0x40120, SID, 3, 0x42, 1,
	 1, 1, 1, 0xfee0300c, 0xc142},
	{"9.9: NMI", 0, 0xfee000b0, 0, 0x0000ff0000000081, 0x40120, SID, 0xff, 0, 4, 0, 0, 0, 0xfeeff000, 0x4400},
	{"9.9: AVAIL is software's", 0, 0xfee000b0, 0, 0x0000020000310f01, 0x40120, SID, 2, 0x31, 0, 0, 0, 0,
	 0xfee02000, 0x4031},
	{"9.9: 32-bit destination", 0x800, 0xfee000b0, 0, 0x1234567800ff0001, 0x40120, SID, 0x12345678, 0xff, 0, 0, 0,
	 0, 0x12345600fee78000, 0x40ff},
	{"5.1.3: handle and subhandle add up", 0, 0xfee00098, 1, 0x0000020000310001, 0x40120, SID, 2, 0x31, 0, 0, 0, 0,
	 0xfee02000, 0x4031},
	{"5.1.3: subhandle alone", 0, 0xfee00018, 5, 0x0000020000310001, 0x40120, SID, 2, 0x31, 0, 0, 0, 0, 0xfee02000,
	 0x4031},
	{"table 14: data is ignored without SHV", 0, 0xfee000b0, 0xffffffff, 0x0000020000310001, 0x40120, SID, 2, 0x31,
	 0, 0, 0, 0, 0xfee02000, 0x4031},
	{"9.9: SVT 00", 0, 0xfee000b0, 0, 0x0000020000310001, 0x0ffff, SID, 2, 0x31, 0, 0, 0, 0, 0xfee02000, 0x4031},
	{"9.9: SQ 01 ignores bit 2", 0, 0xfee000b0, 0, 0x0000020000310001, 0x50120, 0x0124, 2, 0x31, 0, 0, 0, 0,
	 0xfee02000, 0x4031},
	{"9.9: SQ 10 ignores bits 2:1", 0, 0xfee000b0, 0, 0x0000020000310001, 0x60120, 0x0126, 2, 0x31, 0, 0, 0, 0,
	 0xfee02000, 0x4031},
	{"9.9: SQ 11 ignores bits 2:0", 0, 0xfee000b0, 0, 0x0000020000310001, 0x70120, 0x0127, 2, 0x31, 0, 0, 0, 0,
	 0xfee02000, 0x4031},
	{"9.9: SVT 10, first bus", 0, 0xfee000b0, 0, 0x0000020000310001, 0x80305, 0x03ff, 2, 0x31, 0, 0, 0, 0,
	 0xfee02000, 0x4031},
	{"9.9: SVT 10, last bus, SQ is not looked at", 0, 0xfee000b0, 0, 0x0000020000310001, 0xb0305, 0x0500, 2, 0x31,
	 0, 0, 0, 0, 0xfee02000, 0x4031},
};

static void test_interrupt_is_remapped_as_its_entry_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(remapped); i++) {
		const struct remapped *row = &remapped[i];
		struct bench b;
		interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | TABLE_SIZE_256 | row->irta, 0);
		interrupt_entry(&b, 5, row->low, row->high);
		struct translation out = interrupt_send(&b, row->sid, row->address, row->data);
		if (out.result != TRANSLATE_INTERRUPT)
			fail_msg("%s: fault %x", row->section, out.fault);
		assert_true(out.interrupt.remapped);
		assert_false(out.interrupt.posted);
		assert_int_equal(out.interrupt.destination, row->destination);
		assert_int_equal(out.interrupt.vector, row->vector);
		assert_int_equal(out.interrupt.delivery_mode, row->delivery_mode);
		assert_int_equal(out.interrupt.logical, row->logical);
		assert_int_equal(out.interrupt.redirection_hint, row->hint);
		assert_int_equal(out.interrupt.level_triggered, row->level);
		assert_int_equal(out.interrupt.device_id, row->sid);
		if (out.interrupt.address != row->sent_address || out.interrupt.data != row->sent_data)
			fail_msg("%s: sent as %llx %x", row->section, (unsigned long long)out.interrupt.address,
				 out.interrupt.data);
		assert_int_equal(out.reads, 1);
		assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
		bench_teardown(&b);
	}
}

struct blocked {
	const char *section;
	uint64_t ecap; /* besides the bench's */
	uint64_t irta;
	uint32_t gcmd;
	uint64_t address;
	uint32_t data;
	uint64_t low, high; /* entry 5 */
	unsigned fault;
	uint64_t info; /* the low word of the record */
	bool silent;
};

#define AT_5 (UINT64_C(5) << 48)

static const struct blocked blocked[] = {
	{"20h: data 31:16 with SHV", 0, 7, 0, 0xfee00098, 0x10001, 0x31000001, 0, 0x20, 0, false},
	{"20h: FPD is not asked", 0, 7, 0, 0xfee00098, 0x80000001, 0x31000003, 0, 0x20, 0, false},
	{"21h: 256 entries", 0, 7, 0, 0xfee02010, 0, 1, 0, 0x21, UINT64_C(0x0100000000000000), false},
	{"21h: 2 entries", 0, 0, 0, 0xfee00050, 0, 1, 0, 0x21, UINT64_C(0x0002000000000000), false},
	{"21h: handle 15:0 is FFFFh", 0, 14, 0, 0xfeeffff4, 0, 1, 0, 0x21, UINT64_C(0xffff000000000000), false},
	{"21h: handle and subhandle beyond 64K", 0, 15, 0, 0xfeeffffc, 0xffff, 1, 0, 0x21, UINT64_C(0xfffe000000000000),
	 false},
	{"22h: P", 0, 7, 0, MESSAGE_5, 0, 0x20000310000, 0, 0x22, AT_5, false},
	{"22h: P, qualified", 0, 7, 0, MESSAGE_5, 0, 0x20000310002, 0, 0x22, AT_5, true},
	{"24h: bit 12", 0, 7, 0, MESSAGE_5, 0, 0x20000311001, 0, 0x24, AT_5, false},
	{"24h: bit 13", 0, 7, 0, MESSAGE_5, 0, 0x20000312001, 0, 0x24, AT_5, false},
	{"24h: bit 14", 0, 7, 0, MESSAGE_5, 0, 0x20000314001, 0, 0x24, AT_5, false},
	{"24h: bit 24", 0, 7, 0, MESSAGE_5, 0, 0x20001310001, 0, 0x24, AT_5, false},
	{"24h: bit 31", 0, 7, 0, MESSAGE_5, 0, 0x20080310001, 0, 0x24, AT_5, false},
	{"24h: xAPIC, bit 39", 0, 7, 0, MESSAGE_5, 0, 0x28000310001, 0, 0x24, AT_5, false},
	{"24h: xAPIC, bit 48", 0, 7, 0, MESSAGE_5, 0, 0x1020000310001, 0, 0x24, AT_5, false},
	{"24h: bit 84", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0x100000, 0x24, AT_5, false},
	{"24h: bit 127", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, UINT64_C(1) << 63, 0x24, AT_5, false},
	{"24h: SVT 11", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0xc0120, 0x24, AT_5, false},
	{"24h: qualified", 0, 7, 0, MESSAGE_5, 0, 0x20000310003, 0xc0120, 0x24, AT_5, true},
	{"25h: CFIS", 0, 7, 0, 0xfee00000, 0x31, 1, 0, 0x25, 0, false},
	{"25h: EIME", 0, 0x807, GCMD_CFI, 0xfee00000, 0x31, 1, 0, 0x25, 0, false},
	{"26h: SID", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0x40121, 0x26, AT_5, false},
	{"26h: SQ 01 compares bit 1", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0x50122, 0x26, AT_5, false},
	{"26h: SQ 10 compares bit 0", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0x60121, 0x26, AT_5, false},
	{"26h: SQ 11 compares bit 3", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0x70128, 0x26, AT_5, false},
	{"26h: SVT 10, below the buses", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0x80205, 0x26, AT_5, false},
	{"26h: SVT 10, above the buses", 0, 7, 0, MESSAGE_5, 0, 0x20000310001, 0x80000, 0x26, AT_5, false},
	{"26h: comes before 24h", 0, 7, 0, MESSAGE_5, 0, 0x20000311001, 0x40121, 0x26, AT_5, false},
	{"26h: qualified", 0, 7, 0, MESSAGE_5, 0, 0x20000310003, 0x40121, 0x26, AT_5, true},
	{"2Ah: EIMER without EIME", ECAP_EIMER, 7, GCMD_CFI, 0xfee00000, 0x31, 1, 0, 0x2a, 0, false},
	{"2Ah: of remappable format too", ECAP_EIMER, 7, 0, MESSAGE_5, 0, 0x20000310001, 0, 0x2a, 0, false},
};

/* 5.1.4.1 table 15, 11.4.7.6 */
static void test_interrupt_is_blocked_with_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(blocked); i++) {
		const struct blocked *row = &blocked[i];
		struct bench b;
		interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP | row->ecap, INTERRUPT_TABLE | row->irta, row->gcmd);
		interrupt_entry(&b, 5, row->low, row->high);
		struct translation out = interrupt_send(&b, SID, row->address, row->data);
		if (out.result != TRANSLATE_FAULT || out.fault != row->fault)
			fail_msg("%s: %u, fault %x", row->section, out.result, out.fault);
		assert_int_equal(out.recorded, !row->silent);
		if (row->silent) {
			assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
		} else {
			uint64_t high = UINT64_C(0x8000000000000120) | (uint64_t)row->fault << 32;
			if (bench_get(&b, REG_FRCD, 8) != row->info || bench_get(&b, REG_FRCD + 8, 8) != high)
				fail_msg("%s: record %llx %llx", row->section,
					 (unsigned long long)bench_get(&b, REG_FRCD, 8),
					 (unsigned long long)bench_get(&b, REG_FRCD + 8, 8));
			assert_true(out.record[0] == row->info && out.record[1] == high);
			assert_true(bench_effect(&b, EFFECT_FAULT)->address == row->address);
		}
		bench_teardown(&b);
	}
}

/* 23h: the entry is no memory; 21h: it lies beyond the host address width. */
static void test_interrupt_table_that_cannot_be_read_blocks(void **state)
{
	(void)state;
	static const struct {
		uint64_t irta, address;
		unsigned fault;
		bool lost;
	} rows[] = {
		{UINT64_C(0x90000007), MESSAGE_5, 0x23, true},
		{UINT64_C(0x3ffffffff00f), 0xfee02010, 0x21, false},
		{UINT64_C(0x3ffffffff00f), 0xfee01ff0, 0x23, true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench b;
		interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, rows[i].irta, 0);
		struct translation out = interrupt_send(&b, SID, rows[i].address, 0);
		assert_faults(out, rows[i].fault);
		assert_int_equal(out.lost, rows[i].lost);
		bench_teardown(&b);
	}
}

/* 5.1.2.1, 5.1.4: what is not remapped reaches the interrupt controller as it is. */
static void test_interrupt_in_compatibility_format_passes(void **state)
{
	(void)state;
	static const struct {
		uint32_t gcmd; /* 0: without IRE */
		uint64_t address;
		uint32_t data;
		uint32_t destination;
		uint8_t vector, delivery_mode;
		bool logical, hint, level;
	} rows[] = {
		{GCMD_IRE | GCMD_CFI, 0xfee0300c, 0xc142, 3, 0x42, 1, true, true, true},
		{GCMD_IRE | GCMD_CFI, 0xfeeff000, 0x4400, 0xff, 0, 4, false, false, false},
		{0, 0xfee01000, 0x31, 1, 0x31, 0, false, false, false},
		{0, 0xfee01ff0, 0xffff0031, 1, 0x31, 0, false, false, false}, /* bits 11:4 are no format here */
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench b;
		interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
		bench_command(&b, rows[i].gcmd);
		struct translation out = interrupt_send(&b, SID, rows[i].address, rows[i].data);
		assert_int_equal(out.result, TRANSLATE_INTERRUPT);
		assert_false(out.interrupt.remapped);
		assert_true(out.interrupt.address == rows[i].address);
		assert_int_equal(out.interrupt.data, rows[i].data);
		assert_int_equal(out.interrupt.destination, rows[i].destination);
		assert_int_equal(out.interrupt.vector, rows[i].vector);
		assert_int_equal(out.interrupt.delivery_mode, rows[i].delivery_mode);
		assert_int_equal(out.interrupt.logical, rows[i].logical);
		assert_int_equal(out.interrupt.redirection_hint, rows[i].hint);
		assert_int_equal(out.interrupt.level_triggered, rows[i].level);
		assert_int_equal(out.reads, 0);
		bench_teardown(&b);
	}
}

/* 2Bh; 11.4.3, IRREQ */
static void test_interrupt_is_blocked_while_remapping_is_required_and_off(void **state)
{
	(void)state;
	struct bench b;
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP | ECAP_IRREQ, INTERRUPT_TABLE | 7, 0);
	bench_command(&b, 0);
	assert_faults(interrupt_send(&b, SID, 0xfee01000, 0x31), 0x2b);
	assert_int_equal(bench_get(&b, REG_FRCD, 8), 0);
	assert_true(bench_get(&b, REG_FRCD + 8, 8) == UINT64_C(0x8000002b00000120));
	bench_teardown(&b);
}

/* 3.15, 29h: neither an interrupt nor a flush. */
static void test_interrupt_range_takes_nothing_else(void **state)
{
	(void)state;
	static const struct {
		uint8_t op;
		uint32_t bytes;
		uint64_t address;
	} rows[] = {{REQUEST_READ, 4, 0xfee00000},  {REQUEST_ATOMIC, 4, 0xfee00000}, {REQUEST_WRITE, 8, 0xfee00000},
		    {REQUEST_WRITE, 2, 0xfee00000}, {REQUEST_WRITE, 1, 0xfeefffff},  {REQUEST_WRITE, 4, 0xfee00002},
		    {REQUEST_READ, 64, 0xfeefff00}};
	for (unsigned translation = 0; translation < 2; translation++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct bench b;
			interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
			if (translation) {
				bench_set(&b, REG_RTADDR, 8, ROOT_TABLE);
				bench_command(&b, GCMD_SRTP | GCMD_IRE);
				bench_command(&b, GCMD_TE | GCMD_IRE);
			}
			struct request request = bench_request(SID, rows[i].address, rows[i].op);
			request.bytes = rows[i].bytes;
			assert_faults(bench_translate(&b, &request), 0x29);
			assert_int_equal(bench_get(&b, REG_FRCD, 8), 0);
			/* T1 and T2 mean nothing with this reason; here they say what it was. */
			assert_true((bench_get(&b, REG_FRCD + 8, 8) & ~(UINT64_C(1) << 62 | UINT64_C(1) << 28)) ==
				    UINT64_C(0x8000002900000120));
			request.op = REQUEST_READ;
			request.bytes = 0;
			assert_goes_to(bench_translate(&b, &request), rows[i].address);
			bench_teardown(&b);
		}
}

/* 3.15: with PASID it is a memory request, in the order of table 30. */
static void test_interrupt_request_with_pasid_is_none(void **state)
{
	(void)state;
	struct bench b;
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
	interrupt_entry(&b, 5, 0x20000310001, 0);
	struct request request = bench_request(SID, MESSAGE_5, REQUEST_WRITE);
	request.pasid = 1;
	assert_goes_to(bench_translate(&b, &request), MESSAGE_5);
	bench_set(&b, REG_RTADDR, 8, ROOT_TABLE);
	bench_command(&b, GCMD_SRTP | GCMD_IRE);
	bench_command(&b, GCMD_TE | GCMD_IRE);
	assert_faults(bench_translate(&b, &request), 0x31);
	request.pasid = PASID_NONE;
	assert_int_equal(bench_translate(&b, &request).result, TRANSLATE_INTERRUPT);
	bench_teardown(&b);
}

/* 11.4.4: CFI and IRE are done when advance() does them, and status says so. */
static void test_interrupt_commands_take_effect_when_hardware_does_them(void **state)
{
	(void)state;
	struct bench b;
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
	bench_set(&b, REG_GCMD, 4, GCMD_IRE | GCMD_CFI);
	assert_faults(interrupt_send(&b, SID, 0xfee00000, 0x31), 0x25);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x03000000);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x03800000);
	assert_int_equal(interrupt_send(&b, SID, 0xfee00000, 0x31).result, TRANSLATE_INTERRUPT);
	bench_teardown(&b);

	/* Without ECAP.IR there are no such commands, and no posting. */
	struct iommu_config config = {.id = {INTERRUPT_CAP, BENCH_ECAP | ECAP_EIM | ECAP_EIMER | ECAP_IRREQ}};
	bench_setup(&b, &config);
	bench_command(&b, GCMD_SIRTP | GCMD_IRE | GCMD_CFI);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0);
	assert_true(bench_get(&b, REG_CAP, 8) == BENCH_CAP);
	assert_true(bench_get(&b, REG_ECAP, 8) == BENCH_ECAP);
	assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0x31).result, TRANSLATE_INTERRUPT);
	bench_teardown(&b);
}

static void test_interrupt_capabilities_are_reported_where_they_are_asked_for(void **state)
{
	(void)state;
	for (unsigned wish = 0; wish < 4; wish++) {
		struct arena *arena = arena_new();
		struct memory *memory = memory_new(arena, 16);
		struct iommu_config config = {.interrupt_remapping = wish & 1, .interrupt_posting = wish & 2};
		struct iommu *unit = vtd_ops.create(arena, memory, &config);
		uint64_t cap = vtd_ops.read_register(unit, REG_CAP, 8);
		uint64_t ecap = vtd_ops.read_register(unit, REG_ECAP, 8);
		assert_true((ecap & UINT64_C(0xf00018)) == (wish & 1 ? UINT64_C(0xf00018) : 0));
		assert_int_equal(cap >> 62 & 1, wish & 1);
		assert_int_equal(cap >> 59 & 1, wish == 3);
		vtd_ops.destroy(unit);
		memory_free(memory);
		arena_free(arena);
	}
}

struct seen {
	struct walk_step step;
	unsigned count;
};

static void see(void *context, const struct walk_step *step)
{
	struct seen *seen = context;
	seen->step = *step;
	seen->count++;
}

static void test_interrupt_is_explained_without_a_trace_of_it(void **state)
{
	(void)state;
	struct bench b;
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
	interrupt_entry(&b, 5, 0x20000310001, 0x40120);
	struct request request = bench_request(SID, MESSAGE_5, REQUEST_WRITE);
	uint64_t hash = arena_hash(b.arena);
	struct seen seen = {.count = 0};
	struct translation out;
	vtd_ops.explain(b.iommu, &request, see, &seen, &out);
	assert_int_equal(out.result, TRANSLATE_INTERRUPT);
	assert_int_equal(out.interrupt.vector, 0x31);
	assert_int_equal(seen.count, 1);
	assert_true(seen.step.pa == INTERRUPT_TABLE + 0x50);
	assert_true(seen.step.words[0] == 0x20000310001 && seen.step.words[1] == 0x40120);
	assert_string_equal(seen.step.section, "9.9");
	request.stream = SID + 1;
	vtd_ops.explain(b.iommu, &request, NULL, NULL, &out);
	assert_faults(out, 0x26);
	assert_false(out.recorded);
	assert_true(arena_hash(b.arena) == hash);
	bench_teardown(&b);
}

/* Captures: the table in use is the one of IRTA if IRTPS says that it was taken. */
static void test_interrupt_table_is_loaded(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {INTERRUPT_CAP, INTERRUPT_ECAP}};
	bench_setup(&b, &config);
	interrupt_entry(&b, 5, 0x1234567800310001, 0);
	assert_true(vtd_ops.load_register(b.iommu, REG_IRTA, 8, INTERRUPT_TABLE | IRTA_EIME | 7));
	assert_true(vtd_ops.load_register(b.iommu, REG_GSTS, 4, 0x03000000));
	assert_int_equal(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.destination, 0x12345678);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupt_is_remapped_as_its_entry_says),
		cmocka_unit_test(test_interrupt_is_blocked_with_its_reason),
		cmocka_unit_test(test_interrupt_table_that_cannot_be_read_blocks),
		cmocka_unit_test(test_interrupt_in_compatibility_format_passes),
		cmocka_unit_test(test_interrupt_is_blocked_while_remapping_is_required_and_off),
		cmocka_unit_test(test_interrupt_range_takes_nothing_else),
		cmocka_unit_test(test_interrupt_request_with_pasid_is_none),
		cmocka_unit_test(test_interrupt_commands_take_effect_when_hardware_does_them),
		cmocka_unit_test(test_interrupt_capabilities_are_reported_where_they_are_asked_for),
		cmocka_unit_test(test_interrupt_is_explained_without_a_trace_of_it),
		cmocka_unit_test(test_interrupt_table_is_loaded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
