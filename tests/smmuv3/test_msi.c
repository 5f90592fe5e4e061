/* SPDX-License-Identifier: MIT */
/* Messages of the unit: the event queue's, of global errors, of CMD_SYNC (3.18, 4.7.3, 6.3.16 to 6.3.32, 7.5.1). */
#include "ats_test.h"

#define VA          UINT64_C(0x5000)
#define DOORBELL    UINT64_C(0x8000040) /* no memory */
#define WORD        UINT64_C(0x600000)  /* memory */
#define REG_GERR0   0x68
#define REG_EVENTQ0 0xb0
#define SYNC_IRQ    UINT64_C(0x1046)
#define SYNC_SEV    UINT64_C(0x2046)
#define MSIDATA(d)  ((uint64_t)(d) << 32)

/* CFG0 address, CFG1 data. */
static void set_message(struct ats_bench *bench, uint32_t config, uint64_t address, uint32_t data)
{
	bench_set(&bench->unit, config, 8, address);
	bench_set(&bench->unit, config + 8, 4, data);
}

static uint32_t word_at(struct ats_bench *bench, uint64_t pa)
{
	uint32_t word = 0;

	assert_true(memory_read32(bench->unit.memory, pa, &word));
	return word;
}

static void test_event_queue_sends_when_it_stops_being_empty(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	set_message(&bench, REG_EVENTQ0, DOORBELL, 33);
	bench_ask(&bench.unit, SID, VA, REQUEST_READ);
	assert_int_equal(bench.interrupt_count, 0); /* EVENTQ_IRQEN is 0 */
	bench_set(&bench.unit, REG_EVENTQ_CONS, 4, 1);
	bench_set(&bench.unit, REG_IRQ_CTRL, 4, 4);
	bench_ask(&bench.unit, SID, VA, REQUEST_READ);
	bench_ask(&bench.unit, SID, VA, REQUEST_READ);
	assert_int_equal(bench.interrupt_count, 1);
	assert_true(bench.interrupts[0].address == DOORBELL);
	assert_int_equal(bench.interrupts[0].data, 33);
	assert_int_equal(bench.interrupts[0].device_id, 0xffff0000);
	/* 6.3.30: guarded while it is enabled. */
	set_message(&bench, REG_EVENTQ0, WORD, 34);
	assert_true(bench_get(&bench.unit, REG_EVENTQ0, 8) == DOORBELL);
	ats_teardown(&bench);
}

static void test_message_to_memory_is_written_there(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_submit(&bench.unit, SYNC_IRQ | MSIDATA(0x1234), WORD);
	bench_settle(&bench.unit);
	assert_int_equal(word_at(&bench, WORD), 0x1234);
	assert_int_equal(bench.interrupt_count, 0);
	bench_submit(&bench.unit, SYNC_IRQ | MSIDATA(0x77), DOORBELL);
	bench_submit(&bench.unit, SYNC_IRQ | MSIDATA(0x78), 0); /* an address of 0 sends nothing */
	bench_submit(&bench.unit, SYNC_SEV | MSIDATA(0x79), DOORBELL);
	bench_submit(&bench.unit, 0x46 | MSIDATA(0x80), DOORBELL);
	bench_settle(&bench.unit);
	assert_int_equal(bench.interrupt_count, 1);
	assert_int_equal(bench.interrupts[0].data, 0x77);
	assert_int_equal(bench_get(&bench.unit, REG_CMDQ_CONS, 4), 5);
	ats_teardown(&bench);
}

static void test_message_that_aborts_is_a_global_error(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench.unit.iommu->outlet = NULL;
	set_message(&bench, REG_EVENTQ0, DOORBELL, 1);
	set_message(&bench, REG_PRIQ_IRQ0, DOORBELL, 2);
	set_message(&bench, REG_GERR0, WORD, 3);
	bench_set(&bench.unit, REG_CR0, 4, CR0_ON | CR0_PRIQEN);
	bench_set(&bench.unit, REG_IRQ_CTRL, 4, 7);
	bench_ask(&bench.unit, SID, VA, REQUEST_READ);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 0x20); /* MSI_EVENTQ_ABT_ERR */
	assert_int_equal(word_at(&bench, WORD), 3);
	struct page_request request = {.stream = SID, .pasid = PASID_NONE, .read = true, .last = true};
	struct page_response response;
	bench.unit.iommu->ops->page_request(bench.unit.iommu, &request, &response);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 0x60); /* and MSI_PRIQ_ABT_ERR */
	bench_submit(&bench.unit, SYNC_IRQ, DOORBELL);
	bench_settle(&bench.unit);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 0x70); /* and MSI_CMDQ_ABT_ERR */
	/* 7.5.1: the message of global errors itself. */
	bench_set(&bench.unit, REG_IRQ_CTRL, 4, 0);
	set_message(&bench, REG_GERR0, DOORBELL, 3);
	bench_set(&bench.unit, REG_IRQ_CTRL, 4, 1);
	bench_set(&bench.unit, REG_GERRORN, 4, 0x70);
	bench_submit(&bench.unit, 0xff, 0);
	bench_settle(&bench.unit);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 0xf1); /* CMDQ_ERR, MSI_GERROR_ABT_ERR */
	ats_teardown(&bench);
}

static void test_global_error_sends_once_until_acknowledged(void **state)
{
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	set_message(&bench, REG_GERR0, DOORBELL, 9);
	bench_set(&bench.unit, REG_IRQ_CTRL, 4, 1);
	bench_submit(&bench.unit, 0xff, 0);
	bench_settle(&bench.unit);
	assert_int_equal(bench.interrupt_count, 1);
	assert_int_equal(bench.interrupts[0].data, 9);
	bench_settle(&bench.unit);
	bench_set(&bench.unit, REG_GERRORN, 4, 1); /* the command is still there */
	assert_int_equal(bench.interrupt_count, 2);
	ats_teardown(&bench);
}

static void test_unit_without_messages_has_no_address_to_send_to(void **state)
{
	struct ats_ids ids = IDS_ATS;
	struct ats_bench bench;

	(void)state;
	ids.idr0 &= ~IDR0_MSI;
	ats_setup(&bench, ids);
	set_message(&bench, REG_EVENTQ0, DOORBELL, 1);
	assert_true(bench_get(&bench.unit, REG_EVENTQ0, 8) == 0);
	bench_set(&bench.unit, REG_IRQ_CTRL, 4, 7);
	bench_ask(&bench.unit, SID, VA, REQUEST_READ);
	bench_submit(&bench.unit, SYNC_IRQ, DOORBELL);
	bench_settle(&bench.unit);
	assert_int_equal(bench.interrupt_count, 0);
	assert_int_equal(bench_get(&bench.unit, REG_CMDQ_CONS, 4), 1);
	ats_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_queue_sends_when_it_stops_being_empty),
		cmocka_unit_test(test_message_to_memory_is_written_there),
		cmocka_unit_test(test_message_that_aborts_is_a_global_error),
		cmocka_unit_test(test_global_error_sends_once_until_acknowledged),
		cmocka_unit_test(test_unit_without_messages_has_no_address_to_send_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
