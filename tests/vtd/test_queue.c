/* SPDX-License-Identifier: MIT */
/* The invalidation queue: consumed and completed apart, what orders what, and its errors: 6.5.2. */
#include "hw/vtd/engine.h"

#include "vtd_test.h"

#define WAIT_IF UINT64_C(0x10)
#define WAIT_SW UINT64_C(0x20)
#define WAIT_FN UINT64_C(0x40)

static uint64_t wait(uint64_t flags, uint32_t data)
{
	return (uint64_t)data << 32 | flags | 5;
}

static uint32_t status(struct bench *b)
{
	return (uint32_t)bench_word(b, STATUS);
}

static void setup(struct bench *b, uint64_t ecap)
{
	struct iommu_config config = {.id = {0, ecap}};
	bench_setup_on(b, &config);
	bench_queue_on(b);
	bench_map(b, 0x5000, 0x6003);
	assert_goes_to(bench_read(b, 0x5000), 0x6000);
	bench_map(b, 0x5000, 0x7003);
	b->effect_count = 0;
}

static void test_queue_consumes_and_completes_apart(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0);
	bench_submit(&b, 0x12, 0);
	bench_submit(&b, wait(WAIT_SW, 0xabcd), STATUS);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0);
	assert_true(vtd_ops.advance(b.iommu));
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x10);
	assert_int_equal(bench_effects(&b, EFFECT_CONSUME), 1);
	assert_int_equal(bench_effect(&b, EFFECT_CONSUME)->address, 0);
	assert_true(bench_effect(&b, EFFECT_CONSUME)->command[0] == 0x12);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	assert_true(vtd_ops.advance(b.iommu));
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x20);
	assert_int_equal(bench_effects(&b, EFFECT_COMPLETE), 0);
	/* Head at the tail, and nothing has taken effect. */
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	assert_int_equal(status(&b), 0);
	assert_true(vtd_ops.advance(b.iommu));
	assert_goes_to(bench_read(&b, 0x5000), 0x7000);
	assert_int_equal(status(&b), 0);
	assert_true(vtd_ops.advance(b.iommu));
	assert_int_equal(status(&b), 0xabcd);
	assert_int_equal(bench_effects(&b, EFFECT_COMPLETE), 2);
	assert_int_equal(bench_effect(&b, EFFECT_COMPLETE)->scope.what, INVALIDATED_NOTHING);
	assert_false(vtd_ops.advance(b.iommu));
	bench_teardown(&b);
}

static void test_queue_fence_holds_back_what_follows(void **state)
{
	(void)state;
	for (unsigned fence = 0; fence < 2; fence++) {
		struct bench b;
		setup(&b, 0);
		bench_submit(&b, wait(WAIT_SW | (fence ? WAIT_FN : 0), 1), STATUS);
		bench_submit(&b, 0x12, 0);
		assert_true(vtd_ops.advance(b.iommu));
		assert_true(vtd_ops.advance(b.iommu));
		assert_int_equal(bench_get(&b, REG_IQH, 8), fence ? 0x10 : 0x20);
		assert_int_equal(status(&b), fence);
		bench_settle(&b);
		assert_goes_to(bench_read(&b, 0x5000), 0x7000);
		bench_teardown(&b);
	}
}

/* 6.5.2.12: which of the consumed descriptors may be completed first. */
static void test_queue_orders_what_the_specification_orders(void **state)
{
	(void)state;
	enum { CONTEXT = 0x11, IOTLB = 0x12, DEVTLB = 0x3, IEC = 0x4, WAIT = 0x5 };
	static const struct {
		unsigned ahead, then;
		bool free;
	} rows[] = {
		{CONTEXT, CONTEXT, true}, {CONTEXT, IOTLB, false}, {IOTLB, CONTEXT, true}, {IOTLB, IOTLB, true},
		{IOTLB, DEVTLB, false},   {CONTEXT, DEVTLB, true}, {IEC, DEVTLB, false},   {IEC, IOTLB, true},
		{DEVTLB, IOTLB, true},    {CONTEXT, WAIT, false},  {IOTLB, WAIT, false},   {DEVTLB, WAIT, false},
		{IEC, WAIT, false},       {WAIT, WAIT, true},      {WAIT, IOTLB, true},    {WAIT, DEVTLB, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		setup(&b, BENCH_ECAP | ECAP_DT);
		bench_submit(&b, rows[i].ahead, 0);
		bench_submit(&b, rows[i].then, 0);
		assert_true(vtd_ops.advance(b.iommu));
		assert_true(vtd_ops.advance(b.iommu));
		const struct vtd *unit = vtd_of(b.iommu);
		assert_true(vtd_queue_may_complete(unit, 0));
		if (vtd_queue_may_complete(unit, 1) != rows[i].free)
			fail_msg("row %zu", i);
		bench_teardown(&b);
	}
	/* A wait is held by all behind the wait before it, and by nothing ahead of that. */
	struct bench b;
	setup(&b, 0);
	bench_submit(&b, IOTLB, 0);
	bench_submit(&b, WAIT, 0);
	bench_submit(&b, WAIT, 0);
	for (unsigned i = 0; i < 3; i++)
		vtd_ops.advance(b.iommu);
	assert_false(vtd_queue_may_complete(vtd_of(b.iommu), 1));
	assert_true(vtd_queue_may_complete(vtd_of(b.iommu), 2));
	bench_teardown(&b);
}

/* Completing out of order takes the one that was asked for and leaves the others in their order. */
static void test_queue_completes_the_place_that_it_is_given(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0);
	bench_submit(&b, wait(WAIT_SW, 1), STATUS);
	bench_submit(&b, 0x12, 0);
	bench_submit(&b, wait(WAIT_SW, 3), STATUS);
	for (unsigned i = 0; i < 3; i++)
		vtd_ops.advance(b.iommu);
	vtd_queue_complete(vtd_of(b.iommu), 1);
	assert_goes_to(bench_read(&b, 0x5000), 0x7000);
	assert_int_equal(status(&b), 0);
	vtd_ops.advance(b.iommu);
	assert_int_equal(status(&b), 1);
	vtd_ops.advance(b.iommu);
	assert_int_equal(status(&b), 3);
	assert_false(vtd_ops.advance(b.iommu));
	bench_teardown(&b);
}

static void test_queue_wraps_and_takes_more_than_it_can_hold_pending(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 200; i++)
			bench_submit(&b, wait(WAIT_SW, round * 200 + i + 1), STATUS);
		bench_settle(&b);
		assert_int_equal(status(&b), round * 200 + 200);
		assert_int_equal(bench_get(&b, REG_IQH, 8), b.tail);
	}
	bench_teardown(&b);
}

/* 6.5.2.9, 6.5.2.10, 11.4.9.4, 11.4.9.5 */
static void test_queue_wait_with_if_raises_a_completion_event(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0);
	bench_submit(&b, wait(WAIT_IF, 7), STATUS);
	bench_settle(&b);
	assert_int_equal(status(&b), 0);
	assert_int_equal(bench_get(&b, REG_ICS, 4), 1);
	assert_int_equal(bench_get(&b, REG_IECTL, 4), 0xc0000000); /* masked: pending */
	bench_set(&b, REG_ICS, 4, 0);
	assert_int_equal(bench_get(&b, REG_ICS, 4), 1);
	bench_set(&b, REG_ICS, 4, 1);
	assert_int_equal(bench_get(&b, REG_ICS, 4), 0);
	assert_int_equal(bench_get(&b, REG_IECTL, 4), 0x80000000); /* serviced */

	const struct vtd *unit = vtd_of(b.iommu);
	bench_submit(&b, wait(WAIT_IF, 0), 0);
	bench_settle(&b);
	bench_set(&b, REG_IECTL, 4, 0);
	assert_int_equal(bench_get(&b, REG_IECTL, 4), 0); /* sent now */
	assert_int_equal(unit->messages->completion_events, 1);
	bench_submit(&b, wait(WAIT_IF, 0), 0);
	bench_settle(&b);
	assert_int_equal(unit->messages->completion_events, 1); /* IWC was still set */
	bench_set(&b, REG_ICS, 4, 1);
	bench_submit(&b, wait(WAIT_IF, 0), 0);
	bench_settle(&b);
	assert_int_equal(unit->messages->completion_events, 2);
	assert_int_equal(bench_get(&b, REG_IECTL, 4), 0);
	bench_teardown(&b);
}

static void test_queue_status_write_goes_where_it_can(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0);
	/* Bits 1:0 are not part of the address, bits above the host address width are ignored. */
	bench_submit(&b, wait(WAIT_SW, 0x11223344), UINT64_C(0xffffc00000000000) | (STATUS + 4));
	bench_submit(&b, wait(WAIT_SW, 1), UINT64_C(0x90000000)); /* no memory */
	bench_submit(&b, wait(WAIT_SW, 2), STATUS);
	bench_settle(&b);
	assert_true(bench_word(&b, STATUS) == UINT64_C(0x1122334400000002));
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	bench_teardown(&b);
}

struct error { /* what is put into the queue, and IQEI */
	uint64_t ecap, low, high;
	unsigned info;
};

static const struct error errors[] = {
	{0, 0x0, 0, 3},
	{0, 0x6, 0, 3},
	{0, 0x7, 0, 3},
	{0, 0xf, 0, 3},
	{0, 0x205, 0, 3},
	{0, 0xe01, 0, 3},
	{0, 0x3, 0, 3}, /* device-TLBs without DT */
	{0, 0x01, 0, 4},
	{0, 0x02, 0, 4}, /* reserved granularity */
	{0, 0x51, 0, 4},
	{0, 0x91, 0, 4},
	{0, 0x1011, 0, 4},
	{0, UINT64_C(0x0004000000000011), 0, 4},
	{0, 0x11, 1, 4},
	{0, 0x112, 0, 4},
	{0, 0x1012, 0, 4},
	{0, UINT64_C(0x100000012), 0, 4},
	{0, 0x12, 0x80, 4},
	{0, 0x12, 0x800, 4},
	{0, 0x32, 19, 4}, /* AM above MAMV */
	{0, 0x85, 0, 4},  /* PD without page requests */
	{0, 0x105, 0, 4},
	{0, 0x1005, 0, 4},
	{0, 0x25, 1, 4},
	{0, 0x25, 2, 4},
	{0, 0x24, 0, 4},
	{0, UINT64_C(0x1000000000004), 0, 4},
	{BENCH_ECAP | ECAP_DT, UINT64_C(0x0010000000000003), 0, 4},
	{BENCH_ECAP | ECAP_DT, 0x1003, 0, 4},
	{BENCH_ECAP | ECAP_DT, 0x13, 0, 4},
	{BENCH_ECAP | ECAP_DT, 0x3, 2, 4},
	{BENCH_ECAP | ECAP_DT, 0x200003, 0, 4},
};

/* 6.5.2.11, 11.4.9.9, table 26: the head stays at the descriptor, nothing more is fetched until IQE is cleared. */
static void test_queue_refuses_invalid_descriptors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct bench b;
		setup(&b, errors[i].ecap);
		bench_submit(&b, wait(WAIT_SW, 1), STATUS);
		bench_submit(&b, errors[i].low, errors[i].high);
		bench_submit(&b, wait(WAIT_SW, 2), STATUS);
		bench_settle(&b);
		if (bench_get(&b, REG_IQERCD, 8) != errors[i].info)
			fail_msg("row %zu: IQEI %lu", i, (unsigned long)bench_get(&b, REG_IQERCD, 8));
		assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x10);
		assert_int_equal(bench_get(&b, REG_IQH, 8), 0x10);
		assert_int_equal(status(&b), 1);
		assert_int_equal(bench_get(&b, REG_FECTL, 4), 0xc0000000);
		/* Software mends it and clears the error. */
		bench_put(&b, QUEUE + 0x10, 0x12);
		bench_put(&b, QUEUE + 0x18, 0);
		bench_set(&b, REG_IQT, 8, b.tail);
		assert_false(vtd_ops.advance(b.iommu));
		bench_set(&b, REG_FSTS, 4, 0x10);
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
		assert_int_equal(bench_get(&b, REG_FECTL, 4), 0x80000000);
		assert_int_equal(status(&b), 2);
		bench_teardown(&b);
	}
}

static void test_queue_without_page_selective_invalidation_refuses_it(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {BENCH_CAP & ~(UINT64_C(1) << 39), 0}};
	bench_setup_on(&b, &config);
	bench_queue_on(&b);
	bench_submit(&b, 0x120032, 0x5000);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8), 4);
	bench_teardown(&b);
}

static void test_queue_finds_faults_of_its_set_up(void **state)
{
	(void)state;
	static const struct {
		uint64_t ecap, iqa, iqt, rtaddr;
		unsigned info;
	} rows[] = {
		{0, QUEUE, 0x1000, ROOT_TABLE, 1},              /* one page holds 256 descriptors */
		{0, UINT64_C(0x90000000), 0x10, ROOT_TABLE, 2}, /* no memory */
		{0, QUEUE | 0x800, 0x20, ROOT_TABLE, 5},        /* 256-bit without abort or scalable mode */
		{BENCH_ECAP | ECAP_ADMS, QUEUE, 0x10, ROOT_TABLE | 0xc00, 5}, /* 128-bit in abort mode */
		{BENCH_ECAP | ECAP_ADMS, QUEUE | 0x800, 0x10, ROOT_TABLE, 6},
		{0, QUEUE, 0x10, ROOT_TABLE | 0x800, 7},
		{0, QUEUE, 0x10, ROOT_TABLE | 0x400, 7},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct iommu_config config = {.id = {0, rows[i].ecap}};
		bench_setup(&b, &config);
		bench_set(&b, REG_RTADDR, 8, rows[i].rtaddr);
		bench_command(&b, GCMD_SRTP);
		bench_queue_on(&b);
		bench_set(&b, REG_IQA, 8, rows[i].iqa);
		bench_put(&b, QUEUE, 0x12);
		bench_set(&b, REG_IQT, 8, rows[i].iqt);
		bench_settle(&b);
		if (bench_get(&b, REG_IQERCD, 8) != rows[i].info)
			fail_msg("row %zu: IQEI %lu", i, (unsigned long)bench_get(&b, REG_IQERCD, 8));
		assert_int_equal(bench_get(&b, REG_IQH, 8), 0);
		bench_teardown(&b);
	}
}

/* 6.5.2.1: the 128-bit descriptors are padded with zeros in a queue of 256-bit ones. */
static void test_queue_of_wide_descriptors_takes_padded_ones(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, BENCH_ECAP | ECAP_ADMS);
	bench_set(&b, REG_IQA, 8, QUEUE | 0x800);
	bench_put(&b, QUEUE, 0x12);
	bench_put(&b, QUEUE + 0x20, wait(WAIT_SW, 9));
	bench_put(&b, QUEUE + 0x28, STATUS);
	bench_set(&b, REG_IQT, 8, 0x40);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x40);
	assert_int_equal(status(&b), 9);
	assert_goes_to(bench_read(&b, 0x5000), 0x7000);
	bench_put(&b, QUEUE + 0x40, 0x12);
	bench_put(&b, QUEUE + 0x58, 1);
	bench_set(&b, REG_IQT, 8, 0x60);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8), 4);
	bench_teardown(&b);
}

/* 6.5.2: the queue is read only while it is enabled; disabling it resets the head. */
static void test_queue_disabled_is_not_read(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, 0);
	bench_submit(&b, wait(WAIT_SW, 1), STATUS);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x10);
	bench_command(&b, GCMD_TE);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0xc0000000);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0);
	bench_submit(&b, wait(WAIT_SW, 2), STATUS);
	bench_settle(&b);
	assert_int_equal(status(&b), 1);
	bench_teardown(&b);
}

/* The queue works whether or not translation is on (6.5.2). */
static void test_queue_works_with_translation_off(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	bench_queue_on(&b);
	bench_submit(&b, wait(WAIT_SW, 5), STATUS);
	bench_settle(&b);
	assert_int_equal(status(&b), 5);
	bench_teardown(&b);
}

static void test_queue_reports_device_tlb_invalidations(void **state)
{
	(void)state;
	static const struct {
		uint64_t high, first, last;
	} rows[] = {
		{0x5000, 0x5000, 0x5fff},
		{0x4001, 0x4000, 0x5fff},    /* S, bit 12 clear: 8 KiB */
		{0x43001, 0x40000, 0x47fff}, /* bits 13:12 set, 14 clear: 32 KiB */
		{UINT64_C(0x7ffffffffffff001), 0, UINT64_MAX},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		setup(&b, BENCH_ECAP | ECAP_DT);
		bench_submit(&b, UINT64_C(0x0000012000050003), rows[i].high);
		bench_settle(&b);
		const struct invalidation_scope *scope = &bench_effect(&b, EFFECT_COMPLETE)->scope;
		assert_int_equal(scope->what, INVALIDATED_DEVTLB);
		assert_int_equal(scope->stream, 0x0120);
		assert_true(scope->first == rows[i].first && scope->last == rows[i].last);
		bench_teardown(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_consumes_and_completes_apart),
		cmocka_unit_test(test_queue_fence_holds_back_what_follows),
		cmocka_unit_test(test_queue_orders_what_the_specification_orders),
		cmocka_unit_test(test_queue_completes_the_place_that_it_is_given),
		cmocka_unit_test(test_queue_wraps_and_takes_more_than_it_can_hold_pending),
		cmocka_unit_test(test_queue_wait_with_if_raises_a_completion_event),
		cmocka_unit_test(test_queue_status_write_goes_where_it_can),
		cmocka_unit_test(test_queue_refuses_invalid_descriptors),
		cmocka_unit_test(test_queue_without_page_selective_invalidation_refuses_it),
		cmocka_unit_test(test_queue_finds_faults_of_its_set_up),
		cmocka_unit_test(test_queue_of_wide_descriptors_takes_padded_ones),
		cmocka_unit_test(test_queue_disabled_is_not_read),
		cmocka_unit_test(test_queue_works_with_translation_off),
		cmocka_unit_test(test_queue_reports_device_tlb_invalidations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
