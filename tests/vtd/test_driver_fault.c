/* SPDX-License-Identifier: MIT */
/*
 * Page requests, with the engine behind the driver. Words by hand from specification 5.10: 7.4.1.1, 7.6.1, 7.10,
 * 11.4.11, 6.5.2.9.
 */
#include "driver_pair.h"

#define QUEUE        PAIR_FOURTH
#define ENTRY_BYTES  32
#define PDEVTLB_ALL  UINT64_C(0x7ffffffffffff800)
#define DEVTLB_ALL   UINT64_C(0x7ffffffffffff001)
#define ALL_FEATURES (FEATURE_ATS | FEATURE_PASID | FEATURE_PRI)

static const struct pair_wish wish = {.requests = true};

/* STREAM and OTHER have a domain for requests with PASID 5 and without; nothing is mapped. */
static struct pair *pair_with_requests(void)
{
	struct pair *pair = pair_new(&wish);
	domain_handle domain = pair_domain(pair, DOMAIN_USER);
	const uint32_t streams[] = {STREAM, OTHER};
	for (unsigned i = 0; i < 2; i++) {
		pair_features(pair, streams[i], ALL_FEATURES);
		pair_attach(pair, streams[i], domain);
		pair_attach_pasid(pair, streams[i], 5, domain);
	}
	pair_forget(pair);
	return pair;
}

static enum page_request_fate request(struct pair *pair, uint32_t stream, uint32_t pasid, uint16_t group,
				      uint64_t address)
{
	struct page_response response;
	const struct page_request request = {
		.stream = stream, .pasid = pasid, .group = group, .address = address, .read = true, .last = true};
	return vtd_ops.page_request(pair->unit, &request, &response);
}

static bool next(struct pair *pair, struct driver_fault *out)
{
	return vtd_driver_ops.fault_next(pair->driver, out);
}

static void expect_next(struct pair *pair, uint32_t stream, uint64_t address)
{
	struct driver_fault fault;
	assert_true(next(pair, &fault));
	assert_int_equal(fault.request.stream, stream);
	assert_int_equal(fault.request.address, address);
}

static void expect_none(struct pair *pair)
{
	struct driver_fault fault;
	assert_false(next(pair, &fault));
}

/* 11.4.11.1 to 11.4.11.3: head and tail are 0, the size is one page. */
static void test_fault_queue_is_set_up(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&wish);
	assert_int_equal(pair_register(pair, 0xc0, 8), 0);
	assert_int_equal(pair_register(pair, 0xc8, 8), 0);
	assert_int_equal(pair_register(pair, 0xd0, 8), QUEUE);
	assert_true(pair_find(pair, PAIR_REGISTER, 0xc8, 0) < pair_find(pair, PAIR_REGISTER, 0xd0, 0));
	pair_free(pair);
	const struct pair_wish without = {.requests = false};
	pair = pair_new(&without);
	expect_none(pair);
	struct driver_fault fault = {.request = {.stream = STREAM, .pasid = PASID_NONE, .last = true}};
	assert_int_equal(vtd_driver_ops.fault_respond(pair->driver, &fault, PAGE_RESPONSE_SUCCESS), -ENODEV);
	assert_int_equal(pair_find(pair, PAIR_REGISTER, 0xd0, 0), -1);
	pair_free(pair);
}

/* Entries as 7.4.1.1 has them, whoever wrote them; one of another type is passed over. */
static void test_fault_next_reads_every_field(void **state)
{
	(void)state;
	static const uint64_t entries[3][2] = {
		{UINT64_C(0x0031234501880101), UINT64_C(0x123456789000) | 0x1ff << 3 | 7},
		{2, 0},
		{UINT64_C(0x00100001), UINT64_C(0xfffffffffffff000) | 4 << 3 | 2},
	};
	struct pair *pair = pair_new(&wish);
	struct driver_fault fault;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(memory_write64(pair->memory, QUEUE + i * ENTRY_BYTES, entries[i][0]));
		assert_true(memory_write64(pair->memory, QUEUE + i * ENTRY_BYTES + 8, entries[i][1]));
	}
	assert_true(vtd_ops.load_register(pair->unit, 0xc8, 8, 3 * ENTRY_BYTES));
	assert_true(next(pair, &fault));
	assert_true(fault.request.address == UINT64_C(0x123456789000));
	assert_int_equal(fault.request.stream, STREAM);
	assert_int_equal(fault.request.pasid, 0x12345);
	assert_int_equal(fault.request.group, 0x1ff);
	assert_true(fault.request.read && fault.request.write && fault.request.last);
	assert_true(fault.request.execute && fault.request.privileged);
	assert_false(fault.stalled);
	assert_int_equal(pair_register(pair, 0xc0, 8), 0x20);
	assert_true(next(pair, &fault));
	assert_true(fault.request.address == UINT64_C(0xfffffffffffff000));
	assert_int_equal(fault.request.stream, OTHER);
	assert_int_equal(fault.request.pasid, PASID_NONE);
	assert_int_equal(fault.request.group, 4);
	assert_true(!fault.request.read && fault.request.write && !fault.request.last);
	assert_true(!fault.request.execute && !fault.request.privileged);
	expect_none(pair);
	assert_int_equal(pair_register(pair, 0xc0, 8), 0x60);
	pair_free(pair);
}

static void test_fault_next_is_in_order_around_the_end(void **state)
{
	(void)state;
	struct pair *pair = pair_with_requests();
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(request(pair, STREAM, 5, i & 1, i * PAGE), PAGE_REQUEST_QUEUED);
		assert_int_equal(request(pair, OTHER, PASID_NONE, i & 1, i * PAGE), PAGE_REQUEST_QUEUED);
		expect_next(pair, STREAM, i * PAGE);
		assert_int_equal(pair_register(pair, 0xdc, 4), 0); /* PPR is cleared first */
		expect_next(pair, OTHER, i * PAGE);
		expect_none(pair);
	}
	pair_free(pair);
}

/* 7.6.1: type 9, PP, RC 15:12, RID, PASID; PRGI in bits 75:67. */
static void test_fault_response_is_what_the_request_was(void **state)
{
	(void)state;
	static const struct {
		uint32_t pasid;
		uint16_t group;
		enum page_response_code code;
		uint64_t first, second;
	} cases[] = {
		{0x12345, 0x1ff, PAGE_RESPONSE_SUCCESS, UINT64_C(0x1234501880019), 0x1ff << 3},
		{PASID_NONE, 4, PAGE_RESPONSE_INVALID, 0x1881009, 4 << 3},
		{1, 0, PAGE_RESPONSE_FAILURE, UINT64_C(0x10188f019), 0},
	};
	struct pair *pair = pair_new(&wish);
	for (unsigned i = 0; i < 3; i++) {
		struct driver_fault fault = {.request = {.stream = STREAM,
							 .pasid = cases[i].pasid,
							 .group = cases[i].group,
							 .read = true,
							 .last = true}};
		pair_forget(pair);
		assert_int_equal(vtd_driver_ops.fault_respond(pair->driver, &fault, cases[i].code), 0);
		pair_expect_command(pair, 0, cases[i].first, cases[i].second);
		pair_expect_wait(pair, 1);
		assert_int_equal(pair->response_count, 1);
		assert_int_equal(pair->responses[0].pasid, cases[i].pasid);
		assert_int_equal(pair->responses[0].group, cases[i].group);
		assert_int_equal(pair->responses[0].code, cases[i].code);
		pair_forget(pair);
		fault.request.last = false;
		assert_int_equal(vtd_driver_ops.fault_respond(pair->driver, &fault, cases[i].code), 0);
		assert_int_equal(pair->count, 0);
	}
	struct driver_fault stop = {.request = {.stream = STREAM, .pasid = 5, .last = true}};
	assert_int_equal(vtd_driver_ops.fault_respond(pair->driver, &stop, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(pair->count, 0);
	stop.request.pasid = PASID_NONE;
	assert_int_equal(vtd_driver_ops.fault_respond(pair->driver, &stop, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(pair->response_count, 1);
	stop.request.group = 512;
	assert_int_equal(vtd_driver_ops.fault_respond(pair->driver, &stop, PAGE_RESPONSE_SUCCESS), -EINVAL);
	stop.stalled = true;
	assert_int_equal(vtd_driver_ops.fault_respond(pair->driver, &stop, PAGE_RESPONSE_SUCCESS), -ENODEV);
	pair_free(pair);
}

/* --- drain, 7.10 --- */

struct rest {
	struct driver_fault faults[256];
	unsigned count;
};

static void keep(void *context, const struct driver_fault *fault)
{
	struct rest *rest = context;
	assert_true(rest->count < 256);
	rest->faults[rest->count++] = *fault;
}

static int drain(struct pair *pair, uint32_t pasid, struct rest *rest)
{
	rest->count = 0;
	return vtd_driver_ops.drain(pair->driver, STREAM, pasid, keep, rest);
}

/* Steps a to c: a wait with FN alone, IOTLB, device TLB, a wait with PD (bit 7) and SW. */
static void test_fault_drain_is_the_three_steps(void **state)
{
	(void)state;
	struct pair *pair = pair_with_requests();
	struct rest rest;
	assert_int_equal(drain(pair, 5, &rest), 0);
	pair_expect_command(pair, 0, 0x45, 0);
	pair_expect_command(pair, 1, 0x100e2, 0);
	pair_expect_command(pair, 2, UINT64_C(0x501880008), PDEVTLB_ALL);
	assert_int_equal(pair->log[pair_find(pair, PAIR_SUBMIT, 5, 1)].words[0], UINT64_C(0x2000000a5));
	pair_expect_commands(pair, 4);
	pair_forget(pair);
	assert_int_equal(drain(pair, PASID_NONE, &rest), 0);
	pair_expect_command(pair, 2, UINT64_C(0x18800000003), DEVTLB_ALL);
	assert_int_equal(rest.count, 0);
	pair_forget(pair);
	vtd_driver_ops.inject(pair->driver, INJECT_SKIP_DRAIN);
	assert_int_equal(request(pair, STREAM, 5, 0, 0), PAGE_REQUEST_QUEUED);
	assert_int_equal(drain(pair, 5, &rest), 0);
	pair_expect_commands(pair, 0);
	assert_int_equal(rest.count, 0);
	pair_free(pair);
}

/* At every place of the queue, the end included. */
static void test_fault_drain_hands_over_its_own_and_leaves_others_in_order(void **state)
{
	(void)state;
	struct pair *pair = pair_with_requests();
	struct rest rest;
	for (unsigned round = 0; round < 60; round++) {
		for (unsigned i = 0; i < 9; i++) {
			uint32_t stream = i % 3 == 2 ? OTHER : STREAM, pasid = i % 3 == 1 ? PASID_NONE : 5;
			assert_int_equal(request(pair, stream, pasid, (uint16_t)(i / 3), i * PAGE),
					 PAGE_REQUEST_QUEUED);
		}
		assert_int_equal(drain(pair, 5, &rest), 0);
		assert_int_equal(rest.count, 3);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(rest.faults[i].request.address, 3 * i * PAGE);
			assert_int_equal(rest.faults[i].request.pasid, 5);
		}
		for (unsigned i = 0; i < 9; i++) {
			if (i % 3)
				expect_next(pair, i % 3 == 2 ? OTHER : STREAM, i * PAGE);
		}
		expect_none(pair);
	}
	pair_free(pair);
}

/* The device sends a request just before it completes the invalidation. */
static void send_another(struct pair *pair)
{
	pair->sent = NULL;
	assert_int_equal(request(pair, STREAM, 5, 1, 0x77000), PAGE_REQUEST_QUEUED);
}

static void test_fault_drain_waits_for_what_is_under_way(void **state)
{
	(void)state;
	struct pair *pair = pair_with_requests();
	struct rest rest;
	pair->sent = send_another;
	assert_int_equal(drain(pair, 5, &rest), 0);
	assert_int_equal(rest.count, 1);
	assert_int_equal(rest.faults[0].request.address, 0x77000);
	pair_free(pair);
}

static void fill(struct pair *pair)
{
	for (unsigned i = 0; i < 127; i++)
		assert_int_equal(request(pair, STREAM, 5, (uint16_t)i, i * PAGE), PAGE_REQUEST_QUEUED);
	/* 7.4.1 table 31: full, so the unit answers itself from here on. */
	assert_int_equal(request(pair, STREAM, 5, 200, 0), PAGE_REQUEST_ANSWERED);
	assert_int_equal(pair_register(pair, 0xdc, 4), 3);
	assert_int_equal(request(pair, OTHER, 5, 0, 0), PAGE_REQUEST_ANSWERED);
}

static void test_fault_overflow_is_over_when_the_queue_is_empty(void **state)
{
	(void)state;
	struct pair *pair = pair_with_requests();
	fill(pair);
	for (unsigned i = 0; i < 127; i++)
		expect_next(pair, STREAM, i * PAGE);
	expect_none(pair);
	assert_int_equal(pair_register(pair, 0xdc, 4), 0);
	assert_int_equal(request(pair, STREAM, 5, 0, 0x1000), PAGE_REQUEST_QUEUED);
	expect_next(pair, STREAM, 0x1000);
	pair_free(pair);
}

/* Step d: after an overflow, once more. */
static void test_fault_drain_after_an_overflow_goes_round_again(void **state)
{
	(void)state;
	struct pair *pair = pair_with_requests();
	struct rest rest;
	fill(pair);
	assert_int_equal(drain(pair, 5, &rest), 0);
	assert_int_equal(rest.count, 127);
	pair_expect_commands(pair, 8);
	assert_int_equal(pair_register(pair, 0xdc, 4) & 2, 0);
	assert_int_equal(request(pair, OTHER, 5, 0, 0), PAGE_REQUEST_QUEUED);
	pair_free(pair);
}

/* Whatever the device does before it answers: it overflows the queue each time. */
static void overflow(struct pair *pair)
{
	for (unsigned i = 0; i < 200; i++)
		request(pair, STREAM, 5, (uint16_t)i, 0);
}

static void count_only(void *context, const struct driver_fault *fault)
{
	(void)fault;
	++*(unsigned *)context;
}

static void test_fault_drain_of_a_device_that_never_stops_is_given_up(void **state)
{
	(void)state;
	struct pair *pair = pair_with_requests();
	unsigned count = 0;
	pair->sent = overflow;
	assert_int_equal(vtd_driver_ops.drain(pair->driver, STREAM, 5, count_only, &count), -ETIMEDOUT);
	assert_true(count >= 16 * 127u);
	pair->sent = NULL;
	pair->mute = true;
	assert_int_equal(vtd_driver_ops.drain(pair->driver, STREAM, 5, count_only, &count), -ETIMEDOUT);
	pair->mute = false;
	assert_int_equal(vtd_driver_ops.drain(pair->driver, STREAM, 5, count_only, &count), 0);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_queue_is_set_up),
		cmocka_unit_test(test_fault_next_reads_every_field),
		cmocka_unit_test(test_fault_next_is_in_order_around_the_end),
		cmocka_unit_test(test_fault_response_is_what_the_request_was),
		cmocka_unit_test(test_fault_drain_is_the_three_steps),
		cmocka_unit_test(test_fault_drain_hands_over_its_own_and_leaves_others_in_order),
		cmocka_unit_test(test_fault_drain_waits_for_what_is_under_way),
		cmocka_unit_test(test_fault_overflow_is_over_when_the_queue_is_empty),
		cmocka_unit_test(test_fault_drain_after_an_overflow_goes_round_again),
		cmocka_unit_test(test_fault_drain_of_a_device_that_never_stops_is_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
