/* SPDX-License-Identifier: MIT */
/* The unit's own interrupts: 5.1.6, 6.5.2.10, 7.3. */
#include "interrupt_test.h"

#define MESSAGES_MAX 8

struct heard {
	struct interrupt messages[MESSAGES_MAX];
	unsigned count;
	uint16_t iommu;
};

static void hear(void *context, uint16_t iommu, const struct interrupt *message)
{
	struct heard *heard = context;
	assert_true(heard->count < MESSAGES_MAX);
	heard->messages[heard->count++] = *message;
	heard->iommu = iommu;
}

static void invalidate(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	(void)context;
	(void)iommu;
	(void)message;
}

static void respond(void *context, uint16_t iommu, const struct page_response *message)
{
	(void)context;
	(void)iommu;
	(void)message;
}

static void release(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	(void)context;
	(void)iommu;
	(void)answer;
}

/* 7.3: once, masked it waits; the message is that of 5.1.6.1, and no interrupt remapping touches it. */
static void test_event_fault_is_sent_as_a_message(void **state)
{
	(void)state;
	struct bench b;
	struct heard heard = {.count = 0};
	struct iommu_outlet outlet = {&heard, invalidate, respond, release, hear};
	struct iommu_config config = {.id = {INTERRUPT_CAP, INTERRUPT_ECAP}, .index = 3};
	bench_setup_on(&b, &config);
	bench_set(&b, REG_IRTA, 8, INTERRUPT_TABLE | 7);
	bench_command(&b, GCMD_TE | GCMD_SIRTP);
	bench_command(&b, GCMD_TE | GCMD_IRE); /* compatibility format is blocked */
	b.iommu->outlet = &outlet;
	bench_set(&b, REG_FEDATA, 4, 0x0141);
	bench_set(&b, REG_FEADDR, 4, 0xfee0300c);
	bench_read(&b, 0x1000);
	assert_int_equal(heard.count, 0); /* IM, out of reset */
	bench_set(&b, REG_FECTL, 4, 0);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.iommu, 3);
	assert_true(heard.messages[0].address == 0xfee0300c);
	assert_int_equal(heard.messages[0].data, 0x0141);
	assert_int_equal(heard.messages[0].destination, 3);
	assert_int_equal(heard.messages[0].vector, 0x41);
	assert_int_equal(heard.messages[0].delivery_mode, 1);
	assert_true(heard.messages[0].logical && heard.messages[0].redirection_hint);
	assert_false(heard.messages[0].level_triggered || heard.messages[0].remapped);
	bench_read(&b, 0x2000); /* PPF is set already */
	assert_int_equal(heard.count, 1);
	bench_set(&b, REG_FRCD + 12, 4, 0x80000000);
	bench_set(&b, REG_FRCD + 28, 4, 0x80000000);
	bench_read(&b, 0x3000);
	assert_int_equal(heard.count, 2);
	bench_teardown(&b);
}

/* 5.1.6.2: in x2APIC mode the upper address register is the upper part of the destination. */
static void test_event_completion_is_sent_in_x2apic_mode(void **state)
{
	(void)state;
	for (unsigned extended = 0; extended < 2; extended++) {
		struct bench b;
		struct heard heard = {.count = 0};
		struct iommu_outlet outlet = {&heard, invalidate, respond, release, hear};
		interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | (extended ? IRTA_EIME : 0) | 7, 0);
		b.iommu->outlet = &outlet;
		bench_queue_on(&b);
		bench_set(&b, REG_IEDATA, 4, 0xffff00f3);
		bench_set(&b, REG_IEADDR, 4, 0xfee78003);
		bench_set(&b, REG_IEADDR + 4, 4, 0x12345600);
		bench_set(&b, REG_IECTL, 4, 0);
		bench_submit(&b, 0x15, 0); /* a wait descriptor with IF */
		assert_int_equal(heard.count, 0);
		bench_settle(&b);
		assert_int_equal(heard.count, 1);
		assert_true(heard.messages[0].address == UINT64_C(0x12345600fee78000));
		assert_int_equal(heard.messages[0].data, 0xf3);
		assert_int_equal(heard.messages[0].destination, extended ? 0x12345678 : 0x78);
		assert_int_equal(heard.messages[0].vector, 0xf3);
		bench_teardown(&b);
	}
}

/* A fault of an interrupt request is an event as any other is. */
static void test_event_follows_a_blocked_interrupt(void **state)
{
	(void)state;
	struct bench b;
	struct heard heard = {.count = 0};
	struct iommu_outlet outlet = {&heard, invalidate, respond, release, hear};
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
	b.iommu->outlet = &outlet;
	bench_set(&b, REG_FEDATA, 4, 0x41);
	bench_set(&b, REG_FEADDR, 4, 0xfee00000);
	bench_set(&b, REG_FECTL, 4, 0);
	assert_faults(interrupt_send(&b, SID, MESSAGE_5, 0), 0x22);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.messages[0].vector, 0x41);
	bench_teardown(&b);
}

/* Software wrote no interrupt address: the write has no vector that could be raised. */
static void test_event_to_another_address_has_no_vector(void **state)
{
	(void)state;
	struct bench b;
	struct heard heard = {.count = 0};
	struct iommu_outlet outlet = {&heard, invalidate, respond, release, hear};
	interrupt_setup(&b, INTERRUPT_CAP, INTERRUPT_ECAP, INTERRUPT_TABLE | 7, 0);
	b.iommu->outlet = &outlet;
	bench_set(&b, REG_FEDATA, 4, 0x41);
	bench_set(&b, REG_FEADDR, 4, 0x12345678);
	bench_set(&b, REG_FECTL, 4, 0);
	interrupt_send(&b, SID, MESSAGE_5, 0);
	assert_int_equal(heard.count, 1);
	assert_true(heard.messages[0].address == 0x12345678);
	assert_int_equal(heard.messages[0].vector, 0);
	assert_int_equal(heard.messages[0].destination, 0);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_fault_is_sent_as_a_message),
		cmocka_unit_test(test_event_completion_is_sent_in_x2apic_mode),
		cmocka_unit_test(test_event_follows_a_blocked_interrupt),
		cmocka_unit_test(test_event_to_another_address_has_no_vector),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
