/* SPDX-License-Identifier: MIT */
/*
 * Page requests and stalled transactions as the unit queues them, and the answers: records and commands as words worked
 * out by hand (IHI 0070 8, 7.3, 4.5.2, 4.7.1), overflow (8.1), and what drain() leaves behind.
 */
#include "driver_fake.h"

#include <errno.h>

#include "hw/request.h"

enum { GERROR = 0x60, GERRORN = 0x64 };
enum { EVENTQ_PROD = 0x100a8, EVENTQ_CONS = 0x100ac, PRIQ_PROD = 0x100c8, PRIQ_CONS = 0x100cc };

#define PRI_PA    UINT64_C(0x1003000)
#define EVENT_PA  FAKE_EVENT
#define ENTRIES   128
#define OVERFLOW  UINT32_C(0x80000000)
#define SSV       (UINT64_C(1) << 63)
#define LAST      (UINT64_C(1) << 62)
#define WRITE     (UINT64_C(1) << 61)
#define READ      (UINT64_C(1) << 60)
#define TAGGED(p) (SSV | (uint64_t)(p) << 32)

static struct fake *fake_with_queues(void)
{
	return fake_new(&(struct fake_wish){.idr0 = (FAKE_IDR0 & ~FAKE_IDR0_NO_STALL) | FAKE_IDR0_ATS | FAKE_IDR0_PRI,
					    .idr1 = FAKE_SSID20,
					    .page_requests = true,
					    .may_stall = true});
}

static uint32_t get(struct fake *fake, uint32_t offset)
{
	return (uint32_t)fake_register(fake, offset, 4);
}

static void set(struct fake *fake, uint32_t offset, uint32_t value)
{
	memcpy(fake->registers + offset, &value, 4);
}

/* As the unit writes a record: the words, then PROD. */
static void put(struct fake *fake, uint64_t base, unsigned count, uint32_t prod_offset, const uint64_t *words)
{
	uint32_t prod = get(fake, prod_offset);
	for (unsigned i = 0; i < count; i++)
		assert_true(memory_write64(fake->memory, base + prod % ENTRIES * 8 * count + 8 * i, words[i]));
	set(fake, prod_offset, (prod & OVERFLOW) | ((prod + 1) % (2 * ENTRIES)));
}

static void put_request(struct fake *fake, uint64_t low, uint64_t high)
{
	put(fake, PRI_PA, 2, PRIQ_PROD, (const uint64_t[]){low, high});
}

static void put_event(struct fake *fake, uint64_t low, uint64_t high, uint64_t address)
{
	put(fake, EVENT_PA, 4, EVENTQ_PROD, (const uint64_t[]){low, high, address, 0});
}

static bool next(struct fake *fake, struct driver_fault *fault)
{
	return fake->driver->ops->fault_next(fake->driver, fault);
}

/* --- records --- */

static void test_fault_next_reads_page_requests(void **state)
{
	(void)state;
	static const struct {
		uint64_t low, high;
		struct page_request request;
	} rows[] = {
		/* StreamID 108h, R, Last; page 12345h, PRGIndex 5. */
		{UINT64_C(0x5000000000000108),
		 UINT64_C(0x0000000012345005),
		 {.address = 0x12345000, .stream = 0x108, .pasid = PASID_NONE, .group = 5, .read = true, .last = true}},
		/* SSV, SubstreamID abcdeh, W; PRGIndex 1ffh. */
		{UINT64_C(0xa00abcde00000203),
		 UINT64_C(0xfffffffffffff1ff),
		 {.address = UINT64_C(0xfffffffffffff000),
		  .stream = 0x203,
		  .pasid = 0xabcde,
		  .group = 0x1ff,
		  .write = true}},
		/* SSV, SubstreamID 1, R, W, Last, X (59), Priv (58). */
		{UINT64_C(0xfc00000100000108),
		 0x1000,
		 {.address = 0x1000,
		  .stream = 0x108,
		  .pasid = 1,
		  .read = true,
		  .write = true,
		  .last = true,
		  .execute = true,
		  .privileged = true}},
		/* Without SSV what stands in SubstreamID means nothing. */
		{UINT64_C(0x100fffff00000108),
		 0x2000,
		 {.address = 0x2000, .stream = 0x108, .pasid = PASID_NONE, .read = true}},
		/* Last alone with a PASID: a Stop Marker. */
		{UINT64_C(0xc000000700000108), 0, {.stream = 0x108, .pasid = 7, .last = true}},
	};
	struct fake *fake = fake_with_queues();
	struct driver_fault fault;
	assert_false(next(fake, &fault));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		put_request(fake, rows[i].low, rows[i].high);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct page_request *a = &rows[i].request, *b = &fault.request;
		assert_true(next(fake, &fault));
		assert_int_equal(get(fake, PRIQ_CONS), i + 1);
		assert_false(fault.stalled);
		assert_int_equal(a->address, b->address);
		assert_int_equal(a->stream, b->stream);
		assert_int_equal(a->pasid, b->pasid);
		assert_int_equal(a->group, b->group);
		assert_int_equal(a->read | a->write << 1 | a->last << 2 | a->execute << 3 | a->privileged << 4,
				 b->read | b->write << 1 | b->last << 2 | b->execute << 3 | b->privileged << 4);
	}
	assert_false(next(fake, &fault));
	fake_free(fake);
}

/* 7.3: SSV (11), SubstreamID (31:12); word 1: STAG (15:0), Stall (31), PnU (33), InD (34), RnW (35). */
static void test_fault_next_reads_stalls_and_skips_other_events(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct driver_fault fault;
	put_event(fake, UINT64_C(0x0000000500000004), 0, 0);                                     /* C_BAD_STE */
	put_event(fake, UINT64_C(0x0000000500000010), UINT64_C(0x0000020800000000), 0x6000);     /* terminated */
	put_event(fake, UINT64_C(0x0000000500000010), UINT64_C(0x0000020880001234), 0x12345678); /* read, STAG 1234h */
	put_event(fake, UINT64_C(0x0000000600042813), UINT64_C(0x0000020680000001), UINT64_C(0xffff0000));
	assert_true(next(fake, &fault));
	assert_true(fault.stalled);
	assert_int_equal(fault.stall_tag, 0x1234);
	assert_int_equal(fault.request.stream, 5);
	assert_int_equal(fault.request.pasid, PASID_NONE);
	assert_int_equal(fault.request.address, 0x12345000);
	assert_true(fault.request.read && !fault.request.write && fault.request.last);
	assert_int_equal(get(fake, EVENTQ_CONS), 3);
	assert_true(next(fake, &fault));
	assert_int_equal(fault.stall_tag, 1);
	assert_int_equal(fault.request.stream, 6);
	assert_int_equal(fault.request.pasid, 0x42);
	assert_true(!fault.request.read && fault.request.write);
	assert_true(fault.request.privileged && fault.request.execute);
	assert_false(next(fake, &fault));
	fake_free(fake);
}

static void test_queue_of_page_requests_wraps(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct driver_fault fault;
	for (unsigned i = 0; i < 3 * ENTRIES; i++) {
		put_request(fake, READ | LAST | 1, (uint64_t)i << 12);
		if (i % 3 == 0)
			continue;
		for (unsigned k = 0; k < (i % 3 == 1 ? 1 : 2); k++)
			assert_true(next(fake, &fault));
		assert_int_equal(fault.request.address, (uint64_t)(i % 3 == 1 ? i - 1 : i) << 12);
	}
	assert_int_equal(get(fake, PRIQ_CONS), 3 * ENTRIES % (2 * ENTRIES));
	fake_free(fake);
}

/* --- overflow --- */

/* 8.1: a group whose last was lost was answered by the unit; the index and OVACKFLG (31) are one store. */
static void test_overflow_drops_truncated_groups_and_is_acknowledged_at_the_end(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct driver_fault fault;
	put_request(fake, READ | 1, 0x1001);             /* group 1 of stream 1, goes on */
	put_request(fake, READ | 1, 0x2002);             /* group 2: cut off */
	put_request(fake, READ | TAGGED(9) | 1, 0x3001); /* group 1 of PASID 9: another one, cut off */
	put_request(fake, READ | LAST | 2, 0x4002);      /* group 2 of another stream */
	put_request(fake, READ | LAST | 1, 0x5001);      /* the last of the first */
	set(fake, PRIQ_PROD, get(fake, PRIQ_PROD) | OVERFLOW);
	assert_true(next(fake, &fault));
	assert_int_equal(fault.request.address, 0x1000);
	assert_int_equal(get(fake, PRIQ_CONS), 1);
	assert_true(next(fake, &fault));
	assert_int_equal(fault.request.address, 0x4000);
	assert_int_equal(get(fake, PRIQ_CONS), 4);
	assert_true(next(fake, &fault));
	assert_int_equal(fault.request.address, 0x5000);
	assert_int_equal(get(fake, PRIQ_CONS), OVERFLOW | 5);
	assert_false(next(fake, &fault));
	put_request(fake, READ | 1, 0x6002); /* no overflow now: it goes on some time */
	assert_true(next(fake, &fault));
	assert_int_equal(get(fake, PRIQ_CONS), OVERFLOW | 6);
	fake_free(fake);
}

/* 7.2.2, 8.2: nothing is written to a queue as long as that error is active. */
static void test_aborts_of_the_queues_are_acknowledged(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct driver_fault fault;
	set(fake, GERROR, 0x8 | 0x4 | 0x10);
	assert_false(next(fake, &fault));
	assert_int_equal(get(fake, GERRORN), 0xc);
	fake_forget(fake);
	assert_false(next(fake, &fault));
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 0);
	fake_free(fake);
}

/* What the unit says of its indexes is not believed beyond the size of the queue. */
static void test_indexes_that_cannot_be_are_an_empty_queue(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct driver_fault fault;
	set(fake, PRIQ_PROD, ENTRIES + 1);
	set(fake, EVENTQ_PROD, 2 * ENTRIES - 1);
	assert_false(next(fake, &fault));
	set(fake, PRIQ_PROD, 0x7fffffff);
	set(fake, EVENTQ_PROD, 0xffffffff);
	assert_false(next(fake, &fault));
	fake_free(fake);
}

/* --- answers --- */

static void test_fault_respond_words(void **state)
{
	(void)state;
	static const struct {
		struct driver_fault fault;
		enum page_response_code code;
		uint64_t low, high;
	} rows[] = {
		/* CMD_PRI_RESP: SSV (11), SSID (31:12), StreamID (63:32); PRGIndex (8:0), Resp (13:12) 2, 1, 0. */
		{{.request = {.stream = 0x108, .pasid = PASID_NONE, .group = 5, .read = true, .last = true}},
		 PAGE_RESPONSE_SUCCESS,
		 UINT64_C(0x0000010800000041),
		 0x2005},
		{{.request = {.stream = 0x108, .pasid = 0xabcde, .group = 0x1ff, .write = true, .last = true}},
		 PAGE_RESPONSE_INVALID,
		 UINT64_C(0x00000108abcde841),
		 0x11ff},
		{{.request = {.stream = 0xffff, .pasid = 1, .group = 0, .read = true, .last = true}},
		 PAGE_RESPONSE_FAILURE,
		 UINT64_C(0x0000ffff00001841),
		 0},
		/* 8: without a PASID what has neither R nor W is a request like another. */
		{{.request = {.stream = 1, .pasid = PASID_NONE, .group = 3, .last = true}},
		 PAGE_RESPONSE_SUCCESS,
		 UINT64_C(0x0000000100000041),
		 0x2003},
		/* CMD_RESUME: Ac (12) retries, Ab (13) aborts; STAG (15:0). */
		{{.request = {.stream = 5, .pasid = 9}, .stall_tag = 0x1234, .stalled = true},
		 PAGE_RESPONSE_SUCCESS,
		 UINT64_C(0x0000000500001044),
		 0x1234},
		{{.request = {.stream = 5, .pasid = 9}, .stall_tag = 0xffff, .stalled = true},
		 PAGE_RESPONSE_INVALID,
		 UINT64_C(0x0000000500002044),
		 0xffff},
		{{.request = {.stream = 5, .pasid = PASID_NONE}, .stall_tag = 0, .stalled = true},
		 PAGE_RESPONSE_FAILURE,
		 UINT64_C(0x0000000500002044),
		 0},
	};
	struct fake *fake = fake_with_queues();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_forget(fake);
		assert_int_equal(fake->driver->ops->fault_respond(fake->driver, &rows[i].fault, rows[i].code), 0);
		fake_submitted(fake, 0, rows[i].low, rows[i].high);
		fake_submitted(fake, 1, 0x46, 0);
		assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	}
	fake_free(fake);
}

/* One answer a group (PCIe 10.4.2), none for a Stop Marker. */
static void test_fault_respond_answers_the_last_of_a_group_alone(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct driver_fault fault = {.request = {.stream = 1, .pasid = 7, .read = true}};
	assert_int_equal(fake->driver->ops->fault_respond(fake->driver, &fault, PAGE_RESPONSE_SUCCESS), 0);
	fault.request.read = false;
	fault.request.last = true;
	assert_int_equal(fake->driver->ops->fault_respond(fake->driver, &fault, PAGE_RESPONSE_SUCCESS), 0);
	fake_did(fake, "");
	fault.request.write = true;
	fake->refuse = 0x41;
	assert_int_equal(fake->driver->ops->fault_respond(fake->driver, &fault, PAGE_RESPONSE_SUCCESS), -EIO);
	fake->refuse = 0;
	fake->held = true;
	assert_int_equal(fake->driver->ops->fault_respond(fake->driver, &fault, PAGE_RESPONSE_SUCCESS), -ETIMEDOUT);
	fake->held = false;
	fake_free(fake);
}

/* --- drain --- */

struct rest {
	struct fake *fake;
	uint64_t address[16];
	uint16_t tag[16];
	unsigned count, take;
};

static void rest(void *context, const struct driver_fault *fault)
{
	struct rest *rest = context;
	struct driver_fault other;
	assert_true(rest->count < 16);
	rest->tag[rest->count] = fault->stall_tag;
	rest->address[rest->count++] = fault->request.address;
	for (; rest->take > 0; rest->take--)
		assert_true(next(rest->fake, &other));
}

static void fill_mixed(struct fake *fake)
{
	put_request(fake, READ | LAST | 1, 0x1000);
	put_request(fake, READ | LAST | TAGGED(7) | 1, 0x2000);
	put_request(fake, READ | LAST | TAGGED(7) | 2, 0x3000);
	put_request(fake, WRITE | LAST | TAGGED(7) | 1, 0x4000);
	put_request(fake, READ | LAST | TAGGED(8) | 1, 0x5000);
}

static void test_drain_hands_out_one_pasids_and_leaves_the_others_in_order(void **state)
{
	(void)state;
	static const uint64_t left[] = {0x1000, 0x3000, 0x5000, 0x6000};
	struct fake *fake = fake_with_queues();
	struct rest got = {.fake = fake};
	struct driver_fault fault;
	fill_mixed(fake);
	put_event(fake, UINT64_C(0x0000000100007810), UINT64_C(0x0000020880000005), 0x9000);
	put_event(fake, UINT64_C(0x0000000100008810), UINT64_C(0x0000020880000006), 0xa000);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->drain(fake->driver, 1, 7, rest, &got), 0);
	fake_did(fake, "46");
	assert_int_equal(got.count, 3);
	assert_int_equal(got.address[0], 0x2000);
	assert_int_equal(got.address[1], 0x4000);
	assert_int_equal(got.tag[2], 5);
	assert_int_equal(get(fake, PRIQ_CONS), 0); /* what comes first is somebody else's */
	assert_int_equal(get(fake, EVENTQ_CONS), 1);
	assert_int_equal(fake->driver->ops->drain(fake->driver, 1, 7, rest, &got), 0);
	assert_int_equal(got.count, 3); /* not twice */
	put_request(fake, READ | LAST | TAGGED(7) | 1, 0x6000);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(next(fake, &fault));
		assert_int_equal(fault.request.address, left[i]);
	}
	assert_true(next(fake, &fault));
	assert_int_equal(fault.stall_tag, 6);
	assert_false(next(fake, &fault));
	assert_int_equal(get(fake, PRIQ_CONS), 6);
	fake_free(fake);
}

static void test_drain_without_pasid_is_of_requests_without_one(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct rest got = {.fake = fake};
	fill_mixed(fake);
	assert_int_equal(fake->driver->ops->drain(fake->driver, 1, PASID_NONE, rest, &got), 0);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.address[0], 0x1000);
	assert_int_equal(get(fake, PRIQ_CONS), 1);
	fake_free(fake);
}

/* A slot whose record was handed out is a new record's when the queue has come around. */
static void test_drained_slot_is_used_again(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct driver_fault fault;
	for (unsigned i = 0; i < 3 * ENTRIES; i++) {
		struct rest got = {.fake = fake};
		put_request(fake, READ | LAST | 1, (uint64_t)(2 * i) << 12);
		put_request(fake, READ | LAST | TAGGED(7) | 1, (uint64_t)(2 * i + 1) << 12);
		assert_int_equal(fake->driver->ops->drain(fake->driver, 1, 7, rest, &got), 0);
		assert_int_equal(got.count, 1);
		assert_true(next(fake, &fault));
		assert_int_equal(fault.request.address, (uint64_t)(2 * i) << 12);
		assert_false(next(fake, &fault));
	}
	fake_free(fake);
}

/* Who is called takes the rest of the queue: drain() does not hand out what is gone. */
static void test_drain_while_somebody_takes_from_the_queue(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct rest got = {.fake = fake, .take = 4};
	fill_mixed(fake);
	assert_int_equal(fake->driver->ops->drain(fake->driver, 1, 7, rest, &got), 0);
	assert_int_equal(got.count, 1);
	assert_int_equal(get(fake, PRIQ_CONS), 5);
	fake_free(fake);
}

static void test_drain_that_is_skipped_or_not_answered(void **state)
{
	(void)state;
	struct fake *fake = fake_with_queues();
	struct rest got = {.fake = fake};
	fill_mixed(fake);
	fake_forget(fake);
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_DRAIN);
	assert_int_equal(fake->driver->ops->drain(fake->driver, 1, 7, rest, &got), 0);
	assert_int_equal(got.count, 0);
	fake_did(fake, "");
	fake->driver->ops->inject(fake->driver, 0);
	fake->held = true;
	assert_int_equal(fake->driver->ops->drain(fake->driver, 1, 7, rest, &got), -ETIMEDOUT);
	assert_int_equal(got.count, 2);
	fake->held = false;
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_next_reads_page_requests),
		cmocka_unit_test(test_fault_next_reads_stalls_and_skips_other_events),
		cmocka_unit_test(test_queue_of_page_requests_wraps),
		cmocka_unit_test(test_overflow_drops_truncated_groups_and_is_acknowledged_at_the_end),
		cmocka_unit_test(test_aborts_of_the_queues_are_acknowledged),
		cmocka_unit_test(test_indexes_that_cannot_be_are_an_empty_queue),
		cmocka_unit_test(test_fault_respond_words),
		cmocka_unit_test(test_fault_respond_answers_the_last_of_a_group_alone),
		cmocka_unit_test(test_drain_hands_out_one_pasids_and_leaves_the_others_in_order),
		cmocka_unit_test(test_drain_without_pasid_is_of_requests_without_one),
		cmocka_unit_test(test_drained_slot_is_used_again),
		cmocka_unit_test(test_drain_while_somebody_takes_from_the_queue),
		cmocka_unit_test(test_drain_that_is_skipped_or_not_answered),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-fault", tests, NULL, NULL);
}
