/* SPDX-License-Identifier: MIT */
/*
 * Device-TLB invalidations and page group responses on their way to devices, completions and time-outs: 4.3, 6.5.2.5,
 * 6.5.2.6, 6.5.2.11, 6.5.2.12, 7.6.1, 7.8.
 */
#include "scalable_bench.h"

#define MESSAGES_MAX 64

/* Devices out there: what they were sent, in order. */
struct there {
	struct bench *bench;
	struct iommu_outlet outlet;
	struct ats_invalidation invalidations[MESSAGES_MAX];
	struct page_response responses[MESSAGES_MAX];
	char order[MESSAGES_MAX + 1]; /* 'i' and 'r' */
	unsigned invalidation_count, response_count, order_count;
	unsigned interrupts;
	bool at_once; /* they complete what they get */
};

static void take_invalidation(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct there *there = context;
	assert_int_equal(iommu, there->bench->iommu->index);
	assert_true(there->invalidation_count < MESSAGES_MAX);
	there->invalidations[there->invalidation_count++] = *message;
	there->order[there->order_count++] = 'i';
	if (there->at_once)
		vtd_ops.invalidate_completed(there->bench->iommu, message->stream, UINT32_C(1) << message->itag);
}

static void take_response(void *context, uint16_t iommu, const struct page_response *message)
{
	struct there *there = context;
	(void)iommu;
	there->responses[there->response_count++] = *message;
	there->order[there->order_count++] = 'r';
}

static void take_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	struct there *there = context;
	(void)iommu;
	(void)interrupt;
	there->interrupts++;
}

static void populate(struct there *there, struct bench *bench)
{
	*there = (struct there){
		.bench = bench,
		.outlet = {.context = there,
			   .invalidate = take_invalidation,
			   .page_response = take_response,
			   .interrupt = take_interrupt},
	};
	bench->iommu->outlet = &there->outlet;
}

/* 6.5.2.5: type 3, SID; 6.5.2.6: type 8; 6.5.2.9: SW; all of SID 120h. */
#define DEVTLB UINT64_C(0x0000012000000003)
#define WAIT   UINT64_C(0x0000000700000025)
#define FENCE  UINT64_C(0x0000000900000065)
#define IOTLB  UINT64_C(0x0000000000000012)

static void legacy_setup(struct bench *b, struct there *there)
{
	struct iommu_config config = {.id = {BENCH_CAP, BENCH_ECAP | ECAP_DT}, .index = 3};
	bench_setup_on(b, &config);
	bench_queue_on(b);
	populate(there, b);
	b->effect_count = 0;
}

static unsigned done(struct bench *b, enum effect_what what)
{
	unsigned count = 0;
	for (unsigned i = 0; i < b->effect_count; i++)
		count += b->effects[i].kind == EFFECT_COMPLETE && b->effects[i].scope.what == what;
	return count;
}

static uint64_t status(struct bench *b)
{
	return bench_word(b, STATUS) & 0xffffffff;
}

/* Words, and the message that they become. PCIe 10.3.1: with S, the lowest clear bit from 12 up tells the size. */
static void test_devtlb_golden_messages_without_pasid(void **state)
{
	(void)state;
	static const struct {
		const char *section;
		uint64_t low, high, first, last;
	} rows[] = {
		{"6.5.2.5, S 0", DEVTLB, 0x12345000, 0x12345000, 0x12345fff},
		{"6.5.2.5, S 1, 8 KiB", DEVTLB, 0x12344001, 0x12344000, 0x12345fff},
		{"6.5.2.5, S 1, 16 KiB", DEVTLB, 0x12345001, 0x12344000, 0x12347fff},
		{"6.5.2.5, S 1, 2 MiB", DEVTLB, 0x122ff001, 0x12200000, 0x123fffff},
		{"6.5.3.3, all", DEVTLB, UINT64_C(0x7ffffffffffff001), 0, UINT64_MAX},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct there there;
		legacy_setup(&b, &there);
		bench_submit(&b, rows[i].low, rows[i].high);
		bench_settle(&b);
		assert_int_equal(there.invalidation_count, 1);
		const struct ats_invalidation *sent = &there.invalidations[0];
		if (sent->first != rows[i].first || sent->last != rows[i].last || sent->stream != SID ||
		    sent->pasid != NONE || sent->global || sent->itag != 0)
			fail_msg("%s: %llx to %llx", rows[i].section, (unsigned long long)sent->first,
				 (unsigned long long)sent->last);
		bench_teardown(&b);
	}
}

/* Figure 6-6. */
static void test_devtlb_golden_messages_with_pasid(void **state)
{
	(void)state;
	static const struct {
		const char *section;
		uint64_t low, high, first, last;
		uint32_t pasid;
		bool global;
	} rows[] = {
		{"6.5.2.6, S 0", UINT64_C(0x0000004500080008), 0x12345000, 0x12345000, 0x12345fff, 0x45, false},
		{"6.5.2.6, S 1", UINT64_C(0x0000004500080008), 0x12345800, 0x12344000, 0x12347fff, 0x45, false},
		{"6.5.2.6, GI", UINT64_C(0x0000004500080008), 0x12345001, 0x12345000, 0x12345fff, 0x45, true},
		{"6.5.3.3, all of a PASID", UINT64_C(0x000fffff00080018), UINT64_C(0x7ffffffffffff800), 0, UINT64_MAX,
		 0xfffff, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct there there;
		scalable_setup(&b, PGTT_FIRST, 0, true);
		scalable_queue_on(&b);
		populate(&there, &b);
		scalable_submit(&b, rows[i].low, rows[i].high);
		bench_settle(&b);
		assert_int_equal(there.invalidation_count, 1);
		const struct ats_invalidation *sent = &there.invalidations[0];
		if (sent->first != rows[i].first || sent->last != rows[i].last || sent->stream != FUNCTION ||
		    sent->pasid != rows[i].pasid || sent->global != rows[i].global)
			fail_msg("%s: %llx to %llx", rows[i].section, (unsigned long long)sent->first,
				 (unsigned long long)sent->last);
		vtd_ops.invalidate_completed(b.iommu, FUNCTION, 1);
		assert_int_equal(done(&b, INVALIDATED_DEVTLB), 1);
		assert_int_equal(bench_effect(&b, EFFECT_COMPLETE)->scope.one_pasid, !rows[i].global);
		assert_int_equal(bench_effect(&b, EFFECT_COMPLETE)->scope.pasid, rows[i].pasid);
		bench_teardown(&b);
	}
}

static void test_devtlb_is_complete_when_the_device_says_so(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	bench_submit(&b, DEVTLB, 0x5000);
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	assert_int_equal(done(&b, INVALIDATED_DEVTLB), 0);
	assert_int_equal(status(&b), 0);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x20); /* consumed is not completed */
	vtd_ops.invalidate_completed(b.iommu, SID, 1);
	assert_int_equal(done(&b, INVALIDATED_DEVTLB), 1);
	assert_true(bench_effect(&b, EFFECT_COMPLETE)->scope.one_pasid); /* of requests without */
	assert_int_equal(bench_effect(&b, EFFECT_COMPLETE)->scope.pasid, NONE);
	assert_int_equal(status(&b), 0);
	bench_settle(&b);
	assert_int_equal(status(&b), 7);
	const struct effect *effect = bench_effect(&b, EFFECT_COMPLETE);
	assert_int_equal(effect->scope.what, INVALIDATED_NOTHING);
	bench_teardown(&b);
}

static void test_devtlb_may_be_completed_as_it_is_sent(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	there.at_once = true;
	for (unsigned i = 0; i < 3; i++)
		bench_submit(&b, DEVTLB, 0x5000 + 0x1000 * i);
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	assert_int_equal(done(&b, INVALIDATED_DEVTLB), 3);
	assert_int_equal(there.invalidations[2].itag, 0); /* free again */
	assert_int_equal(status(&b), 7);
	bench_teardown(&b);
}

/* 6.5.2.12: an IOTLB invalidation ahead is done first, one behind need not wait; waits are in order. */
static void test_devtlb_waits_for_what_is_ahead_and_holds_up_waits_alone(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	bench_submit(&b, IOTLB, 0);
	bench_submit(&b, DEVTLB, 0x5000);
	bench_submit(&b, WAIT, STATUS);
	bench_submit(&b, IOTLB, 0);
	bench_submit(&b, WAIT, STATUS + 8);
	for (unsigned i = 0; i < 5; i++)
		assert_true(vtd_ops.advance(b.iommu)); /* consumed */
	assert_true(vtd_ops.advance(b.iommu));
	assert_int_equal(done(&b, INVALIDATED_IOTLB), 1);
	assert_int_equal(there.invalidation_count, 0);
	assert_true(vtd_ops.advance(b.iommu));
	assert_int_equal(there.invalidation_count, 1);
	assert_true(vtd_ops.advance(b.iommu));
	assert_int_equal(done(&b, INVALIDATED_IOTLB), 2);
	assert_false(vtd_ops.advance(b.iommu));
	assert_int_equal(bench_word(&b, STATUS + 8), 0);
	vtd_ops.invalidate_completed(b.iommu, SID, 1);
	bench_settle(&b);
	assert_int_equal(status(&b), 7);
	assert_int_equal(bench_word(&b, STATUS + 8), 7);
	bench_teardown(&b);
}

static void test_devtlb_fence_holds_up_everything(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	bench_submit(&b, DEVTLB, 0x5000);
	bench_submit(&b, FENCE, STATUS);
	bench_submit(&b, IOTLB, 0);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x20);
	assert_int_equal(done(&b, INVALIDATED_IOTLB), 0);
	vtd_ops.invalidate_completed(b.iommu, SID, 1);
	bench_settle(&b);
	assert_int_equal(status(&b), 9);
	assert_int_equal(done(&b, INVALIDATED_IOTLB), 1);
	bench_teardown(&b);
}

/* PCIe 10.3.1: 32 ITags. */
static void test_devtlb_thirty_two_are_open_at_most(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	for (unsigned i = 0; i < 40; i++)
		bench_submit(&b, DEVTLB, UINT64_C(0x1000) * i);
	bench_settle(&b);
	assert_int_equal(there.invalidation_count, 32);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(there.invalidations[i].itag, i);
	vtd_ops.invalidate_completed(b.iommu, SID, 1u << 5 | 1u << 9);
	bench_settle(&b);
	assert_int_equal(there.invalidation_count, 34);
	assert_int_equal(there.invalidations[32].itag, 5);
	assert_int_equal(there.invalidations[33].itag, 9);
	assert_true(there.invalidations[33].first == 33 * UINT64_C(0x1000));
	vtd_ops.invalidate_completed(b.iommu, SID, UINT32_MAX);
	bench_settle(&b);
	assert_int_equal(there.invalidation_count, 40);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	bench_teardown(&b);
}

/* 6.5.2.5, MIP and PFSID with ECAP.DIT; without it PFSID is reserved. */
static void test_devtlb_throttling_is_by_physical_function(void **state)
{
	(void)state;
	/* PFSID 345h in bits 63:52 and 15:12, MIP 2 in bits 20:16. */
	uint64_t throttled = DEVTLB | UINT64_C(0x0340000000025000);
	struct bench b;
	struct there there;
	struct iommu_config config = {.id = {BENCH_CAP, BENCH_ECAP | ECAP_DT | ECAP_DIT}};
	bench_setup_on(&b, &config);
	bench_queue_on(&b);
	populate(&there, &b);
	for (unsigned i = 0; i < 3; i++)
		bench_submit(&b, throttled, UINT64_C(0x1000) * i);
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	assert_int_equal(there.invalidation_count, 2);
	vtd_ops.invalidate_completed(b.iommu, SID, 2);
	bench_settle(&b);
	assert_int_equal(there.invalidation_count, 3);
	assert_int_equal(there.invalidations[2].itag, 1);
	/* Of another physical function there may be two more. */
	bench_submit(&b, throttled ^ UINT64_C(0x1000), 0x9000);
	bench_submit(&b, throttled ^ UINT64_C(0x1000), 0xa000);
	bench_submit(&b, throttled ^ UINT64_C(0x1000), 0xb000);
	bench_settle(&b);
	assert_int_equal(there.invalidation_count, 5);
	bench_teardown(&b);

	legacy_setup(&b, &there);
	bench_submit(&b, throttled, 0);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8), 4);
	assert_int_equal(there.invalidation_count, 0);
	bench_teardown(&b);
}

/* 4.3: valid ITags first; ICE and ICESID for the others, which are those of this requester alone. */
static void test_devtlb_wrong_completion_is_an_error(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	bench_submit(&b, DEVTLB, 0x5000);
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	vtd_ops.invalidate_completed(b.iommu, 0x0121, 1); /* somebody else's */
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x20);
	assert_true(bench_get(&b, REG_IQERCD, 8) == UINT64_C(0x0121000000000000));
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0xc0000000); /* masked and pending */
	bench_settle(&b);
	assert_int_equal(status(&b), 0);
	vtd_ops.invalidate_completed(b.iommu, SID, 0x80000001);
	assert_true(bench_get(&b, REG_IQERCD, 8) == UINT64_C(0x0121000000000000)); /* the first error's */
	bench_settle(&b);
	assert_int_equal(status(&b), 7); /* and the queue goes on */
	bench_set(&b, REG_FSTS, 4, 0x20);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8), 0);
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0x80000000);
	/* 4.2.1: while nothing is translated, nobody listens. */
	bench_submit(&b, DEVTLB, 0x5000);
	bench_settle(&b);
	bench_command(&b, GCMD_QIE);
	vtd_ops.invalidate_completed(b.iommu, SID, 1);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	assert_true(vtd_ops.invalidate_timed_out(b.iommu));
	bench_teardown(&b);
}

/* 6.5.2.11, 11.4.9.9 */
static void test_devtlb_time_out_aborts_waits_and_stops_the_queue(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	assert_false(vtd_ops.invalidate_timed_out(b.iommu));
	bench_submit(&b, DEVTLB, 0x5000);
	bench_submit(&b, DEVTLB + UINT64_C(0x100000000), 0x6000); /* of 121h */
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	vtd_ops.invalidate_completed(b.iommu, SID, 1);
	assert_true(vtd_ops.invalidate_timed_out(b.iommu));
	assert_false(vtd_ops.invalidate_timed_out(b.iommu));
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x40);
	assert_true(bench_get(&b, REG_IQERCD, 8) == UINT64_C(0x0000012100000000));
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0xc0000000);
	assert_int_equal(there.interrupts, 0);
	bench_set(&b, REG_FECTL, 4, 0);
	assert_int_equal(there.interrupts, 1); /* 7.3 */
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x30);
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	assert_int_equal(status(&b), 0);
	assert_int_equal(bench_get(&b, REG_IQH, 8), 0x30);
	assert_int_equal(done(&b, INVALIDATED_DEVTLB), 1);
	/* The tag is free: who comes late is wrong. */
	vtd_ops.invalidate_completed(b.iommu, 0x121, 2);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0x60);
	bench_set(&b, REG_FSTS, 4, 0x60);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8), 0);
	bench_settle(&b);
	assert_int_equal(status(&b), 7);
	bench_teardown(&b);
}

/* Without anybody there, as without devices. */
static void test_devtlb_completes_where_nobody_is(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	b.iommu->outlet = NULL;
	bench_submit(&b, DEVTLB, 0x5000);
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	assert_int_equal(done(&b, INVALIDATED_DEVTLB), 1);
	assert_int_equal(status(&b), 7);
	assert_false(vtd_ops.invalidate_timed_out(b.iommu));
	bench_teardown(&b);
}

static void test_devtlb_snapshot_keeps_what_is_open(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	legacy_setup(&b, &there);
	bench_submit(&b, DEVTLB, 0x5000);
	bench_submit(&b, WAIT, STATUS);
	bench_settle(&b);
	uint64_t hash = arena_hash(b.arena);
	struct arena_snapshot *snapshot = arena_save(b.arena);
	vtd_ops.invalidate_completed(b.iommu, SID, 1);
	bench_settle(&b);
	assert_true(arena_hash(b.arena) != hash);
	arena_restore(b.arena, snapshot);
	assert_true(arena_hash(b.arena) == hash);
	assert_int_equal(status(&b), 0);
	vtd_ops.invalidate_completed(b.iommu, SID, 1);
	bench_settle(&b);
	assert_int_equal(status(&b), 7);
	arena_snapshot_free(snapshot);
	bench_teardown(&b);
}

/* 7.6.1, figure 7-2; the low bits of the second word are 2:2 ignored, 1:0 reserved. */
static void test_devtlb_golden_page_group_responses(void **state)
{
	(void)state;
	static const struct {
		const char *section;
		uint64_t low, high;
		struct page_response sent;
		unsigned error;
	} rows[] = {
		{"table 32, 0h", UINT64_C(0x0000004500080019), 0x3 << 3, {8, 0x45, 3, 0}, 0},
		{"table 32, 1h", UINT64_C(0x000fffff00081019), 0x1ff << 3, {8, 0xfffff, 0x1ff, 1}, 0},
		{"table 32, Fh; PP 0", UINT64_C(0x00000045fffff009), 0, {0xffff, NONE, 0, 15}, 0},
		{"7.6.1, IGN", UINT64_C(0x0000000000080009), 0x8 << 3 | 4, {8, NONE, 8, 0}, 0},
		{"7.6.1, bit 64", UINT64_C(0x0000000000080009), 1, {0, 0, 0, 0}, 4},
		{"7.6.1, bit 8", UINT64_C(0x0000000000080109), 0, {0, 0, 0, 0}, 4},
		{"table 26, Ah", UINT64_C(0x000000000000000a), 0, {0, 0, 0, 0}, 3},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct there there;
		scalable_setup(&b, PGTT_FIRST, 0, true);
		scalable_queue_on(&b);
		populate(&there, &b);
		scalable_submit(&b, rows[i].low, rows[i].high);
		bench_settle(&b);
		assert_int_equal(bench_get(&b, REG_IQERCD, 8), rows[i].error);
		assert_int_equal(there.response_count, rows[i].error ? 0 : 1);
		const struct page_response *sent = &there.responses[0], *right = &rows[i].sent;
		if (sent->stream != right->stream || sent->pasid != right->pasid || sent->group != right->group ||
		    sent->code != right->code)
			fail_msg("%s: stream %x pasid %x group %x code %x", rows[i].section, sent->stream, sent->pasid,
				 sent->group, sent->code);
		bench_teardown(&b);
	}
}

/* ECAP.PRS, table 26: no page group response without page requests, nor in legacy mode. */
static void test_devtlb_response_needs_page_requests(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	scalable_setup(&b, PGTT_FIRST, ECAP_PAGES & ~ECAP_PRS, true);
	scalable_queue_on(&b);
	populate(&there, &b);
	scalable_submit(&b, UINT64_C(0x0000000000080009), 0);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8), 3);
	assert_int_equal(there.response_count, 0);
	bench_teardown(&b);
	struct iommu_config config = {.id = {BENCH_CAP, ECAP_PAGES}};
	bench_setup_on(&b, &config);
	bench_queue_on(&b);
	populate(&there, &b);
	bench_submit(&b, UINT64_C(0x0000000000080009), 0);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_IQERCD, 8), 3);
	bench_teardown(&b);
}

/* 7.8 */
static void test_devtlb_messages_leave_in_the_order_of_the_queue(void **state)
{
	(void)state;
	struct bench b;
	struct there there;
	scalable_setup(&b, PGTT_FIRST, 0, true);
	scalable_queue_on(&b);
	populate(&there, &b);
	scalable_submit(&b, UINT64_C(0x0000000000080009), 0);          /* response */
	scalable_submit(&b, UINT64_C(0x0000004500120026), 0);          /* P_IOTLB */
	scalable_submit(&b, UINT64_C(0x0000004500080008), 0x12345000); /* P_DEVTLB, which waits for it */
	scalable_submit(&b, UINT64_C(0x0000000000080009), 0);
	scalable_submit(&b, UINT64_C(0x0000000800000003), 0x12345000);
	scalable_submit(&b, UINT64_C(0x0000000000080009), 0);
	bench_settle(&b);
	assert_string_equal(there.order, "ririr");
	bench_teardown(&b);

	/* One that is throttled holds up what is behind it. */
	scalable_setup(&b, PGTT_FIRST, ECAP_PAGES | ECAP_DIT, true);
	scalable_queue_on(&b);
	populate(&there, &b);
	scalable_submit(&b, UINT64_C(0x0000000800010003), 0x12345000); /* MIP 1 */
	scalable_submit(&b, UINT64_C(0x0000000800010003), 0x12346000);
	scalable_submit(&b, UINT64_C(0x0000000000080009), 0);
	bench_settle(&b);
	assert_string_equal(there.order, "i");
	vtd_ops.invalidate_completed(b.iommu, FUNCTION, 1);
	bench_settle(&b);
	assert_string_equal(there.order, "iir");
	bench_teardown(&b);
}

/* 6.5.2.9, PD: reserved without ECAP.PDS. */
static void test_devtlb_page_request_drain_needs_support(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct bench b;
		scalable_setup(&b, PGTT_FIRST, i ? ECAP_PAGES : ECAP_PAGES & ~ECAP_PDS, true);
		scalable_queue_on(&b);
		scalable_submit(&b, WAIT | 0x80, STATUS);
		bench_settle(&b);
		assert_int_equal(status(&b), i ? 7 : 0);
		assert_int_equal(bench_get(&b, REG_IQERCD, 8), i ? 0 : 4);
		bench_teardown(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devtlb_golden_messages_without_pasid),
		cmocka_unit_test(test_devtlb_golden_messages_with_pasid),
		cmocka_unit_test(test_devtlb_is_complete_when_the_device_says_so),
		cmocka_unit_test(test_devtlb_may_be_completed_as_it_is_sent),
		cmocka_unit_test(test_devtlb_waits_for_what_is_ahead_and_holds_up_waits_alone),
		cmocka_unit_test(test_devtlb_fence_holds_up_everything),
		cmocka_unit_test(test_devtlb_thirty_two_are_open_at_most),
		cmocka_unit_test(test_devtlb_throttling_is_by_physical_function),
		cmocka_unit_test(test_devtlb_wrong_completion_is_an_error),
		cmocka_unit_test(test_devtlb_time_out_aborts_waits_and_stops_the_queue),
		cmocka_unit_test(test_devtlb_completes_where_nobody_is),
		cmocka_unit_test(test_devtlb_snapshot_keeps_what_is_open),
		cmocka_unit_test(test_devtlb_golden_page_group_responses),
		cmocka_unit_test(test_devtlb_response_needs_page_requests),
		cmocka_unit_test(test_devtlb_messages_leave_in_the_order_of_the_queue),
		cmocka_unit_test(test_devtlb_page_request_drain_needs_support),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
