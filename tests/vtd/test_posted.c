/* SPDX-License-Identifier: MIT */
/* Interrupt posting: 5.2, 9.10, 9.11. Golden words by hand. */
#include "interrupt_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* PDAL 00340040h, IM, P; the virtual vector in bits 23:16. */
#define POSTED(vector) (UINT64_C(0x0034004000008001) | (uint64_t)(vector) << 16)
#define URG            UINT64_C(0x4000)

static void setup(struct bench *b, uint64_t irta, uint64_t low, uint64_t high)
{
	interrupt_setup(b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | TABLE_SIZE_256 | irta, 0);
	interrupt_entry(b, 5, low, high);
}

struct posted { /* a descriptor before and after */
	const char *section;
	uint64_t irta;
	uint64_t low;
	uint64_t before[5], after[5];
	bool notified;
	uint8_t vector;
	uint32_t destination;
};

static const struct posted posted[] = {
	{"5.2.3: posted and notified",
	 0,
	 POSTED(0x31),
	 {0, 0, 0, 0, 0x0000050000ef0000},
	 {UINT64_C(1) << 0x31, 0, 0, 0, 0x0000050000ef0001},
	 true,
	 0xef,
	 5},
	{"5.2.3: ON, a notification is outstanding",
	 0,
	 POSTED(0x31),
	 {0, 0, 0, 0, 0x0000050000ef0001},
	 {UINT64_C(1) << 0x31, 0, 0, 0, 0x0000050000ef0001},
	 false,
	 0,
	 0},
	{"5.2.3: SN and not urgent",
	 0,
	 POSTED(0x31),
	 {0, 0, 0, 0, 0x0000050000ef0002},
	 {UINT64_C(1) << 0x31, 0, 0, 0, 0x0000050000ef0002},
	 false,
	 0,
	 0},
	{"5.2.3: SN and urgent",
	 0,
	 POSTED(0x31) | URG,
	 {0, 0, 0, 0, 0x0000050000ef0002},
	 {UINT64_C(1) << 0x31, 0, 0, 0, 0x0000050000ef0003},
	 true,
	 0xef,
	 5},
	{"5.2.3: ON and urgent",
	 0,
	 POSTED(0x31) | URG,
	 {0, 0, 0, 0, 0x0000050000ef0003},
	 {UINT64_C(1) << 0x31, 0, 0, 0, 0x0000050000ef0003},
	 false,
	 0,
	 0},
	{"5.2.3: urgent without SN",
	 0,
	 POSTED(0x31) | URG,
	 {0, 0, 0, 0, 0x0000050000ef0000},
	 {UINT64_C(1) << 0x31, 0, 0, 0, 0x0000050000ef0001},
	 true,
	 0xef,
	 5},
	{"9.11: PIR bit 0", 0, POSTED(0), {0, 0, 0, 0, 0xf10000}, {1, 0, 0, 0, 0xf10001}, true, 0xf1, 0},
	{"9.11: PIR bit 63",
	 0,
	 POSTED(63),
	 {0, 0, 0, 0, 0xf10000},
	 {UINT64_C(1) << 63, 0, 0, 0, 0xf10001},
	 true,
	 0xf1,
	 0},
	{"9.11: PIR bit 64", 0, POSTED(64), {0, 0, 0, 0, 0xf10000}, {0, 1, 0, 0, 0xf10001}, true, 0xf1, 0},
	{"9.11: PIR bit 130", 0, POSTED(130), {0, 0, 0, 0, 0xf10000}, {0, 0, 4, 0, 0xf10001}, true, 0xf1, 0},
	{"9.11: PIR bit 255, others stay",
	 0,
	 POSTED(255),
	 {1, 2, 3, 4, 0xf10000},
	 {1, 2, 3, UINT64_C(0x8000000000000004), 0xf10001},
	 true,
	 0xf1,
	 0},
	{"9.11: posted again", 0, POSTED(1), {2, 0, 0, 0, 0xf10000}, {2, 0, 0, 0, 0xf10001}, true, 0xf1, 0},
	{"9.11: xAPIC destination FFh",
	 0,
	 POSTED(1),
	 {0, 0, 0, 0, 0x0000ff0000f10000},
	 {2, 0, 0, 0, 0x0000ff0000f10001},
	 true,
	 0xf1,
	 0xff},
	{"9.11: x2APIC destination",
	 0x800,
	 POSTED(1),
	 {0, 0, 0, 0, UINT64_C(0x8765432100f10000)},
	 {2, 0, 0, 0, UINT64_C(0x8765432100f10001)},
	 true,
	 0xf1,
	 0x87654321},
	{"9.10: AVAIL is software's",
	 0,
	 POSTED(1) | 0xf00,
	 {0, 0, 0, 0, 0xf10000},
	 {2, 0, 0, 0, 0xf10001},
	 true,
	 0xf1,
	 0},
};

static void test_posted_interrupt_is_put_into_its_descriptor(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(posted); i++) {
		const struct posted *row = &posted[i];
		struct bench b;
		setup(&b, row->irta, row->low, 0x40120);
		for (unsigned word = 0; word < 5; word++)
			bench_put(&b, DESCRIPTOR + word * 8, row->before[word]);
		struct translation out = interrupt_send(&b, SID, MESSAGE_5, 0);
		if (out.result != TRANSLATE_INTERRUPT)
			fail_msg("%s: fault %x", row->section, out.fault);
		for (unsigned word = 0; word < 5; word++)
			if (bench_word(&b, DESCRIPTOR + word * 8) != row->after[word])
				fail_msg("%s: word %u is %llx", row->section, word,
					 (unsigned long long)bench_word(&b, DESCRIPTOR + word * 8));
		assert_true(out.interrupt.posted);
		assert_true(out.interrupt.remapped);
		assert_true(out.interrupt.descriptor_pa == DESCRIPTOR);
		assert_int_equal(out.interrupt.posted_vector, row->low >> 16 & 0xff);
		assert_int_equal(out.interrupt.notified, row->notified);
		assert_int_equal(out.interrupt.vector, row->vector);
		assert_int_equal(out.interrupt.destination, row->destination);
		/* 5.2.3: fixed, physical, no hint, edge. */
		assert_int_equal(out.interrupt.delivery_mode, 0);
		assert_false(out.interrupt.logical || out.interrupt.redirection_hint || out.interrupt.level_triggered);
		assert_int_equal(out.reads, 2);
		assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
		bench_teardown(&b);
	}
}

/* The notification as a message (5.1.2.1, and 5.1.6.2 for the upper part of the destination). */
static void test_posted_notification_is_a_message(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, IRTA_EIME, POSTED(1), 0);
	bench_put(&b, DESCRIPTOR + 32, UINT64_C(0x8765432100f10000));
	struct translation out = interrupt_send(&b, SID, MESSAGE_5, 0);
	assert_true(out.interrupt.address == UINT64_C(0x87654300fee21000));
	assert_int_equal(out.interrupt.data, 0x40f1);
	/* The second finds ON set. */
	out = interrupt_send(&b, SID, MESSAGE_5, 0);
	assert_true(out.interrupt.posted && !out.interrupt.notified && out.from_cache);
	assert_true(out.interrupt.address == 0 && out.interrupt.data == 0);
	bench_teardown(&b);
}

/* PDAH and PDAL (9.10). */
static void test_posted_descriptor_lies_where_both_halves_say(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0, UINT64_C(0x00000fc000028001), UINT64_C(0x0000000100040120));
	assert_true(interrupt_send(&b, SID, MESSAGE_5, 0).interrupt.descriptor_pa == UINT64_C(0x100000fc0));
	assert_true(bench_word(&b, UINT64_C(0x100000fc0)) == 4);
	bench_teardown(&b);
}

struct blocked {
	const char *section;
	uint64_t cap, irta, low, high;
	uint64_t words[4]; /* 4 to 7 of the descriptor */
	unsigned fault;
	bool silent;
};

static const struct blocked blocked[] = {
	{"24h: without PI", CAP_PI, 0, POSTED(1), 0, {0}, 0x24, false},
	{"24h: bit 2", 0, 0, POSTED(1) | 4, 0, {0}, 0x24, false},
	{"24h: bit 7", 0, 0, POSTED(1) | 0x80, 0, {0}, 0x24, false},
	{"24h: bit 12", 0, 0, POSTED(1) | 0x1000, 0, {0}, 0x24, false},
	{"24h: bit 13", 0, 0, POSTED(1) | 0x2000, 0, {0}, 0x24, false},
	{"24h: bit 24", 0, 0, POSTED(1) | UINT64_C(1) << 24, 0, {0}, 0x24, false},
	{"24h: bit 37", 0, 0, POSTED(1) | UINT64_C(1) << 37, 0, {0}, 0x24, false},
	{"24h: bit 84", 0, 0, POSTED(1), 0x100000, {0}, 0x24, false},
	{"24h: bit 95", 0, 0, POSTED(1), 0x80000000, {0}, 0x24, false},
	{"24h: PDAH beyond HAW", 0, 0, POSTED(1), UINT64_C(0x400000000000), {0}, 0x24, false},
	{"26h: SID", 0, 0, POSTED(1), 0x40121, {0}, 0x26, false},
	{"27h: no memory", 0, 0, UINT64_C(0x9000000000018001), 0, {0}, 0x27, false},
	{"27h: qualified", 0, 0, UINT64_C(0x9000000000018003), 0, {0}, 0x27, true},
	{"28h: bit 258", 0, 0, POSTED(1), 0, {4}, 0x28, false},
	{"28h: bit 271", 0, 0, POSTED(1), 0, {0x8000}, 0x28, false},
	{"28h: bit 280", 0, 0, POSTED(1), 0, {0x1000000}, 0x28, false},
	{"28h: bit 287", 0, 0, POSTED(1), 0, {0x80000000}, 0x28, false},
	{"28h: xAPIC, bit 288", 0, 0, POSTED(1), 0, {UINT64_C(0x100000000)}, 0x28, false},
	{"28h: xAPIC, bit 295", 0, 0, POSTED(1), 0, {UINT64_C(0x8000000000)}, 0x28, false},
	{"28h: xAPIC, bit 304", 0, 0, POSTED(1), 0, {UINT64_C(0x1000000000000)}, 0x28, false},
	{"28h: bit 320", 0, 0, POSTED(1), 0, {0, 1}, 0x28, false},
	{"28h: bit 511", 0, 0x800, POSTED(1), 0, {0, 0, 0, UINT64_C(1) << 63}, 0x28, false},
	{"28h: qualified", 0, 0, POSTED(1) | 2, 0, {4}, 0x28, true},
};

static void test_posted_interrupt_is_blocked_with_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(blocked); i++) {
		const struct blocked *row = &blocked[i];
		struct bench b;
		interrupt_setup(&b, INTERRUPT_CAP & ~row->cap, INTERRUPT_ECAP, INTERRUPT_TABLE | 7 | row->irta, 0);
		interrupt_entry(&b, 5, row->low, row->high);
		for (unsigned word = 0; word < 4; word++)
			bench_put(&b, DESCRIPTOR + 32 + word * 8, row->words[word]);
		struct translation out = interrupt_send(&b, SID, MESSAGE_5, 0);
		if (out.result != TRANSLATE_FAULT || out.fault != row->fault)
			fail_msg("%s: %u, fault %x", row->section, out.result, out.fault);
		assert_int_equal(out.recorded, !row->silent);
		if (!row->silent) {
			assert_true(bench_get(&b, REG_FRCD, 8) == UINT64_C(5) << 48);
			assert_true(bench_get(&b, REG_FRCD + 8, 8) ==
				    (UINT64_C(0x8000000000000120) | (uint64_t)row->fault << 32));
		}
		/* Nothing was posted. */
		assert_true(bench_word(&b, DESCRIPTOR) == 0);
		assert_true(bench_word(&b, DESCRIPTOR + 32) == row->words[0]);
		bench_teardown(&b);
	}
}

static void count_step(void *context, const struct walk_step *step)
{
	unsigned *counts = context;
	counts[0]++;
	counts[1] += step->word_count;
}

static void test_posted_interrupt_is_explained_without_posting(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0, POSTED(1), 0);
	bench_put(&b, DESCRIPTOR + 32, 0x0000050000ef0000);
	struct request request = bench_request(SID, MESSAGE_5, REQUEST_WRITE);
	uint64_t hash = arena_hash(b.arena);
	unsigned counts[2] = {0};
	struct translation out;
	vtd_ops.explain(b.iommu, &request, count_step, counts, &out);
	assert_true(out.interrupt.posted && out.interrupt.notified);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], 2 + 8);
	assert_true(arena_hash(b.arena) == hash);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_posted_interrupt_is_put_into_its_descriptor),
		cmocka_unit_test(test_posted_notification_is_a_message),
		cmocka_unit_test(test_posted_descriptor_lies_where_both_halves_say),
		cmocka_unit_test(test_posted_interrupt_is_blocked_with_its_reason),
		cmocka_unit_test(test_posted_interrupt_is_explained_without_posting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
