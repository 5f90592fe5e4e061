/* SPDX-License-Identifier: MIT */
/* The PRI queue: records, what the unit answers by itself, overflow, responses, interrupts (chapter 8, 4.5.2, 6.3.36).
 */
#include "ats_test.h"

#define PPR_ON  (CR0_ON | CR0_PRIQEN)
#define PAGE    UINT64_C(0x123456789000)
#define PPAR    (UINT64_C(1) << 18) /* STE[82] */
#define NOWHERE UINT64_C(0x2000000)
#define LO      UINT64_C(0x80000000) /* PRIQ_IRQ_CFG2 */
#define MSI     UINT64_C(0x600000)

static struct page_request request_of(uint32_t pasid, bool last)
{
	return (struct page_request){
		.address = PAGE, .stream = SID, .pasid = pasid, .group = 0x1a5, .read = true, .last = last};
}

static struct page_request stop_marker(void)
{
	return (struct page_request){.stream = SID, .pasid = 3, .last = true};
}

static enum page_request_fate ask(struct ats_bench *bench, const struct page_request *request,
				  struct page_response *response)
{
	*response = (struct page_response){.code = 9};
	return bench->unit.iommu->ops->page_request(bench->unit.iommu, request, response);
}

static void setup(struct ats_bench *bench, struct ats_ids ids)
{
	ats_setup(bench, ids);
	bench_set(&bench->unit, REG_CR0, 4, PPR_ON);
}

static void fill_queue(struct ats_bench *bench)
{
	struct page_request request = request_of(PASID_NONE, false);
	struct page_response response;

	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ask(bench, &request, &response), PAGE_REQUEST_QUEUED);
}

static void test_request_is_recorded_word_by_word(void **state)
{
	/* Priv 58, X 59, R 60, W 61, Last 62, SSV 63; SSID 51:32 */
	static const struct {
		struct page_request request;
		uint64_t word0, word1;
	} rows[] = {
		{{.address = PAGE, .stream = SID, .pasid = PASID_NONE, .group = 0x1a5, .read = true, .last = true},
		 UINT64_C(0x5000000000000005),
		 PAGE | 0x1a5},
		{{.address = PAGE, .stream = 0x3ff, .pasid = 0xab, .group = 0x1ff, .write = true, .execute = true},
		 UINT64_C(0xa80000ab000003ff),
		 PAGE | 0x1ff},
		{{.address = PAGE, .stream = SID, .pasid = 7, .privileged = true, .read = true, .write = true},
		 UINT64_C(0xb400000700000005),
		 PAGE},
		/* Without PASID X and Priv are 0. */
		{{.address = PAGE,
		  .stream = SID,
		  .pasid = PASID_NONE,
		  .privileged = true,
		  .execute = true,
		  .read = true},
		 UINT64_C(0x1000000000000005),
		 PAGE},
		/* A stop marker. */
		{{.stream = SID, .pasid = 3, .last = true}, UINT64_C(0xc000000300000005), 0},
	};
	struct page_response response;
	uint64_t word;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ats_bench bench;
		setup(&bench, IDS_ATS);
		assert_int_equal(ask(&bench, &rows[i].request, &response), PAGE_REQUEST_QUEUED);
		assert_true(memory_read64(bench.unit.memory, REQUESTS, &word) && word == rows[i].word0);
		assert_true(memory_read64(bench.unit.memory, REQUESTS + 8, &word) && word == rows[i].word1);
		assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 1);
		ats_teardown(&bench);
	}
}

/* 8.2: whatever Last says, and without PASID. */
static void test_request_to_a_disabled_queue_fails(void **state)
{
	static const uint32_t off[] = {CR0_ON, 0xc | CR0_PRIQEN}; /* PRIQEN 0; SMMUEN 0 */
	struct page_request last = request_of(3, true), other = request_of(3, false), marker = stop_marker();
	struct page_response response;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct ats_bench bench;
		setup(&bench, IDS_ATS);
		bench_set(&bench.unit, REG_CR0, 4, off[i]);
		assert_int_equal(ask(&bench, &last, &response), PAGE_REQUEST_ANSWERED);
		assert_int_equal(response.code, 15);
		assert_int_equal(response.pasid, PASID_NONE);
		assert_int_equal(response.group, 0x1a5);
		assert_int_equal(response.stream, SID);
		assert_int_equal(ask(&bench, &other, &response), PAGE_REQUEST_ANSWERED);
		assert_int_equal(ask(&bench, &marker, &response), PAGE_REQUEST_DROPPED);
		assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 0);
		ats_teardown(&bench);
	}
}

static void test_request_that_cannot_be_written_fails_until_acknowledged(void **state)
{
	struct page_request request = request_of(3, false);
	struct page_response response;
	struct ats_bench bench;

	(void)state;
	ats_setup(&bench, IDS_ATS);
	bench_set(&bench.unit, REG_PRIQ_BASE, 8, NOWHERE | 2);
	bench_set(&bench.unit, REG_CR0, 4, PPR_ON);
	assert_int_equal(ask(&bench, &request, &response), PAGE_REQUEST_ANSWERED);
	assert_int_equal(response.code, 15);
	assert_int_equal(bench_get(&bench.unit, REG_GERROR, 4), 8); /* PRIQ_ABT_ERR */
	assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 0);
	bench_set(&bench.unit, REG_CR0, 4, CR0_ON);
	bench_set(&bench.unit, REG_PRIQ_BASE, 8, REQUESTS | 2);
	bench_set(&bench.unit, REG_CR0, 4, PPR_ON);
	assert_int_equal(ask(&bench, &request, &response), PAGE_REQUEST_ANSWERED);
	bench_set(&bench.unit, REG_GERRORN, 4, 8);
	assert_int_equal(ask(&bench, &request, &response), PAGE_REQUEST_QUEUED);
	ats_teardown(&bench);
}

struct overflow_case {
	const char *section;
	struct ats_ids ids;
	uint64_t ste0, ste1;
	uint32_t pasid, stream, cr2;
	uint8_t code;
	uint32_t answered;
	unsigned event;
};

static void test_overflow_answers_the_last_of_a_group(void **state)
{
	const struct ats_ids asks = IDS_ATS, always = {.idr0 = asks.idr0, .idr1 = asks.idr1, .idr3 = IDR3_PPS};
	/* clang-format off */
	const struct overflow_case rows[] = {
		{"8.1 no PASID", asks, STE_S1 | CD, 0, PASID_NONE, SID, 0, 0, PASID_NONE, 0},
		{"8.1 no PASID: the STE does not matter", asks, 0, 0, PASID_NONE, SID, CR2_REC_CFG_ATS, 0, PASID_NONE, 0},
		{"8.1 PPS", always, 0, 0, 3, SID, CR2_REC_CFG_ATS, 0, 3, 0},
		{"8.1 PPAR", asks, STE_S1 | CD, PPAR, 3, SID, 0, 0, 3, 0},
		{"8.1 PPAR is 0", asks, STE_S1 | CD, 0, 3, SID, 0, 0, PASID_NONE, 0},
		{"8.1 PPAR of a stream that aborts", asks, 1, PPAR, 3, SID, 0, 0, 3, 0},
		{"8.1 no valid STE", asks, 0, PPAR, 3, SID, 0, 15, PASID_NONE, 0},
		{"8.1 no valid STE, recorded", asks, 0, PPAR, 3, SID, CR2_REC_CFG_ATS, 15, PASID_NONE, 0x04},
		{"8.1 no such stream", asks, 0, 0, 3, 64, CR2_REC_CFG_ATS, 15, PASID_NONE, 0},
		{"8.1 no such stream, recorded", asks, 0, 0, 3, 64, CR2_REC_CFG_ATS | CR2_RECINVSID, 15, PASID_NONE, 0x02},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct page_request request = request_of(rows[i].pasid, true);
		struct page_response response;
		struct ats_bench bench;
		uint64_t record[4] = {0};

		ats_setup(&bench, rows[i].ids);
		bench_ste(&bench.unit, SID, rows[i].ste0, rows[i].ste1, 0, 0);
		bench_set(&bench.unit, REG_CR0, 4, 0xc);
		bench_set(&bench.unit, REG_CR2, 4, rows[i].cr2);
		bench_set(&bench.unit, REG_CR0, 4, PPR_ON);
		fill_queue(&bench);
		request.stream = rows[i].stream;
		for (unsigned again = 0; again < 2; again++) { /* the second time from the caches */
			assert_int_equal(ask(&bench, &request, &response), PAGE_REQUEST_ANSWERED);
			if (response.code != rows[i].code || response.pasid != rows[i].answered)
				fail_msg("%s: code %u pasid %x", rows[i].section, response.code, response.pasid);
			assert_int_equal(response.group, 0x1a5);
			assert_int_equal(response.stream, rows[i].stream);
			if (ats_events(&bench, record) != (rows[i].event ? 1 : 0) ||
			    (record[0] & 0xff) != rows[i].event)
				fail_msg("%s: event 0x%x", rows[i].section, (unsigned)record[0] & 0xff);
		}
		ats_teardown(&bench);
	}
}

/* 8.1: unlike the event queue's, an overflow lets nothing in until it is acknowledged. */
static void test_overflow_lasts_until_acknowledged(void **state)
{
	struct page_request last = request_of(PASID_NONE, true), other = request_of(PASID_NONE, false);
	struct page_request marker = stop_marker();
	struct page_response response;
	struct ats_bench bench;

	(void)state;
	setup(&bench, IDS_ATS);
	fill_queue(&bench);
	assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 4);
	assert_int_equal(ask(&bench, &other, &response), PAGE_REQUEST_DROPPED);
	assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 0x80000004);
	bench_set(&bench.unit, REG_PRIQ_CONS, 4, 4); /* empty, but not acknowledged */
	assert_int_equal(ask(&bench, &marker, &response), PAGE_REQUEST_DROPPED);
	assert_int_equal(ask(&bench, &last, &response), PAGE_REQUEST_ANSWERED);
	assert_int_equal(response.code, 0);
	assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 0x80000004);
	bench_set(&bench.unit, REG_PRIQ_CONS, 4, 0x80000004);
	assert_int_equal(ask(&bench, &last, &response), PAGE_REQUEST_QUEUED);
	assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 0x80000005);
	ats_teardown(&bench);
}

static void test_response_has_the_codes_of_the_message(void **state)
{
	static const struct {
		uint64_t word0, word1;
		uint8_t code;
		uint32_t pasid;
	} rows[] = {
		{UINT64_C(5) << 32 | 0x41, 0x01a5, 15, PASID_NONE}, /* 4.5.2, 8.3 */
		{UINT64_C(5) << 32 | 0x41, 0x11a5, 1, PASID_NONE},
		{UINT64_C(5) << 32 | 0x41, 0x21a5, 0, PASID_NONE},
		{UINT64_C(5) << 32 | 0x3841, 0x21a5, 0, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ats_bench bench;
		setup(&bench, IDS_ATS);
		bench_command(&bench.unit, rows[i].word0, rows[i].word1);
		assert_int_equal(bench.response_count, 1);
		assert_int_equal(bench.responses[0].code, rows[i].code);
		assert_int_equal(bench.responses[0].pasid, rows[i].pasid);
		assert_int_equal(bench.responses[0].group, 0x1a5);
		assert_int_equal(bench.responses[0].stream, SID);
		bench_set(&bench.unit, REG_CR0, 4, 0xc);
		bench_command(&bench.unit, rows[i].word0, rows[i].word1);
		assert_int_equal(bench.response_count, 1); /* ignored */
		assert_int_equal(bench_get(&bench.unit, REG_CMDQ_CONS, 4), 4);
		ats_teardown(&bench);
	}
}

/* 6.3.36: LO is "last only". */
static void test_interrupt_comes_when_the_configuration_says(void **state)
{
	struct page_request last = request_of(PASID_NONE, true), other = request_of(PASID_NONE, false);
	struct page_response response;
	struct ats_bench bench;

	(void)state;
	for (unsigned lo = 0; lo < 2; lo++) {
		setup(&bench, IDS_ATS);
		bench_set(&bench.unit, REG_PRIQ_IRQ0, 8, UINT64_C(0x8000000) | 0x40); /* no memory there */
		bench_set(&bench.unit, REG_PRIQ_IRQ1, 4, 77);
		bench_set(&bench.unit, REG_PRIQ_IRQ2, 4, lo ? LO : 0);
		ask(&bench, &last, &response);
		assert_int_equal(bench.interrupt_count, 0); /* PRIQ_IRQEN is 0 */
		bench_set(&bench.unit, REG_IRQ_CTRL, 4, 2);
		bench_set(&bench.unit, REG_PRIQ_CONS, 4, 1);
		ask(&bench, &other, &response);
		assert_int_equal(bench.interrupt_count, !lo);
		ask(&bench, &last, &response);
		assert_int_equal(bench.interrupt_count, 1);
		assert_true(bench.interrupts[0].address == 0x8000040);
		assert_int_equal(bench.interrupts[0].data, 77);
		ask(&bench, &other, &response);
		ask(&bench, &other, &response);
		ask(&bench, &other, &response); /* discarded */
		assert_int_equal(bench.interrupt_count, 1);
		ask(&bench, &last, &response); /* discarded, too */
		assert_int_equal(bench.interrupt_count, 1 + lo);
		ats_teardown(&bench);
	}
}

static void test_register_is_guarded_by_priqen_and_absent_without_pri(void **state)
{
	struct page_request request = request_of(PASID_NONE, true);
	struct page_response response;
	struct ats_bench bench;

	(void)state;
	setup(&bench, IDS_ATS);
	bench_set(&bench.unit, REG_PRIQ_BASE, 8, 0);
	bench_set(&bench.unit, REG_PRIQ_PROD, 4, 3);
	assert_true(bench_get(&bench.unit, REG_PRIQ_BASE, 8) == (REQUESTS | 2));
	assert_int_equal(bench_get(&bench.unit, REG_PRIQ_PROD, 4), 0);
	ats_teardown(&bench);
	ats_setup(&bench, (struct ats_ids){.idr0 = IDR0_ATS});
	bench_set(&bench.unit, REG_CR0, 4, PPR_ON);
	assert_true(bench_get(&bench.unit, REG_PRIQ_BASE, 8) == 0);
	assert_int_equal(bench_get(&bench.unit, REG_CR0, 4), CR0_ON);
	assert_int_equal(ask(&bench, &request, &response), PAGE_REQUEST_DROPPED);
	ats_teardown(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_is_recorded_word_by_word),
		cmocka_unit_test(test_request_to_a_disabled_queue_fails),
		cmocka_unit_test(test_request_that_cannot_be_written_fails_until_acknowledged),
		cmocka_unit_test(test_overflow_answers_the_last_of_a_group),
		cmocka_unit_test(test_overflow_lasts_until_acknowledged),
		cmocka_unit_test(test_response_has_the_codes_of_the_message),
		cmocka_unit_test(test_interrupt_comes_when_the_configuration_says),
		cmocka_unit_test(test_register_is_guarded_by_priqen_and_absent_without_pri),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
