/* SPDX-License-Identifier: MIT */
/*
 * Page requests: golden descriptors (7.4.1.1), faults and answers (tables 30 and 31), events (7.5), implicit
 * invalidation (6.5.3.1), the registers of the queue (11.4.11).
 */
#include "scalable_bench.h"

#define REG_PQH   0x0c0
#define REG_PQT   0x0c8
#define REG_PQA   0x0d0
#define REG_PRS   0x0dc
#define REG_PECTL 0x0e0
#define PRQ       UINT64_C(0x720000)
#define AWAY      UINT64_C(0x90000000) /* where no memory is */
#define P45       (PASIDS + 5 * 64)
#define UNTOUCHED 0xee

static void setup(struct bench *b, unsigned pgtt, bool caches)
{
	scalable_setup(b, pgtt, 0, caches);
	bench_set(b, REG_PQA, 8, PRQ);
}

static const struct page_request plain = {
	.address = IOVA, .stream = FUNCTION, .pasid = PASID, .group = 3, .read = true, .last = true};

static enum page_request_fate ask(struct bench *b, const struct page_request *request, struct page_response *response)
{
	memset(response, UNTOUCHED, sizeof(*response));
	return vtd_ops.page_request(b->iommu, request, response);
}

static enum page_request_fate fate(struct bench *b, const struct page_request *request)
{
	struct page_response response;
	return ask(b, request, &response);
}

static void test_page_request_golden_descriptors(void **state)
{
	(void)state;
	static const struct {
		const char *section;
		struct page_request request;
		uint64_t low, high;
	} rows[] = {
		{"7.4.1.1 RDR",
		 {.address = IOVA, .stream = 8, .pasid = PASID, .group = 3, .read = true, .last = true},
		 UINT64_C(0x0000004500080101),
		 UINT64_C(0x000012345678901d)},
		{"7.4.1.1 WRR",
		 {.address = IOVA, .stream = 8, .pasid = PASID, .group = 0x1ff, .write = true},
		 UINT64_C(0x0000004500080101),
		 UINT64_C(0x0000123456789ffa)},
		{"7.4.1.1 EXR, PMR",
		 {.address = UINT64_C(0xfffffffffffff000),
		  .stream = 8,
		  .pasid = PASID,
		  .read = true,
		  .write = true,
		  .execute = true,
		  .privileged = true},
		 UINT64_C(0x0030004500080101),
		 UINT64_C(0xfffffffffffff003)},
		{"7.4.1.1 without PASID",
		 {.address = 0x5000, .stream = 8, .pasid = NONE, .group = 1, .read = true, .privileged = true},
		 UINT64_C(0x0000000000080001),
		 0x5009},
		{"11.4.3 SMS, a stop marker",
		 {.stream = 8, .pasid = PASID, .last = true},
		 UINT64_C(0x0000004500080101),
		 4},
		{"widths of the message",
		 {.address = 0x5fff, .stream = 0x70008, .pasid = PASID, .group = 0x203, .read = true},
		 UINT64_C(0x0000004500080101),
		 0x5019},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		setup(&b, PGTT_FIRST, true);
		bench_put(&b, PRQ + 16, 1);
		bench_put(&b, PRQ + 24, 1);
		assert_int_equal(fate(&b, &rows[i].request), PAGE_REQUEST_QUEUED);
		if (bench_word(&b, PRQ) != rows[i].low || bench_word(&b, PRQ + 8) != rows[i].high)
			fail_msg("%s: %llx %llx", rows[i].section, (unsigned long long)bench_word(&b, PRQ),
				 (unsigned long long)bench_word(&b, PRQ + 8));
		assert_true(bench_word(&b, PRQ + 16) == 0 && bench_word(&b, PRQ + 24) == 0);
		assert_int_equal(bench_get(&b, REG_PQT, 8), 0x20);
		assert_int_equal(bench_get(&b, REG_PRS, 4), 1);
		bench_teardown(&b);
	}
}

/* Table 30, the columns of page requests. */
static void test_page_request_golden_faults(void **state)
{
	(void)state;
	static const struct {
		const char *section;
		uint64_t put[2];
		uint32_t pasid;
		uint8_t reason;
	} rows[] = {
		{"SRT.1", {0}, PASID, 0x38}, /* the root table moves, see below */
		{"SRT.2", {SM_ROOT, LOWER}, PASID, 0x39},
		{"SRT.3", {SM_ROOT, LOWER | 3}, PASID, 0x3a},
		{"SCT.1", {SM_ROOT, AWAY | 1}, PASID, 0x40},
		{"SCT.2", {SM_CONTEXT, DIRECTORY | 0x1c}, PASID, 0x41},
		{"SCT.3", {SM_CONTEXT, DIRECTORY | 0x3d}, PASID, 0x42},
		{"SCT.4.1", {SM_CONTEXT, DIRECTORY | 0x19}, PASID, 0x43},
		{"SCT.4.2", {SM_CONTEXT + 8, 0x2000}, PASID, 0x43},
		{"SCT.6", {SM_CONTEXT, DIRECTORY | 0x15}, PASID, 0x45},
		{"SCT.7", {0}, 0x2045, 0x46},
		{"SCT.7 and not SGN.10", {0}, 0x80045, 0x46},
		{"SCT.8", {SM_CONTEXT, DIRECTORY | 0x0d}, PASID, 0x47},
		{"SCT.8 without PASID", {SM_CONTEXT, DIRECTORY | 0x0d}, NONE, 0x47},
		{"SCT.8, ATS neither", {SM_CONTEXT, DIRECTORY | 0x09}, PASID, 0x47},
		{"SCT.9", {0}, RID_PASID, 0x48},
		{"SPD.1", {SM_CONTEXT, AWAY | CONTEXT_ALL}, PASID, 0x50},
		{"SPD.2", {DIRECTORY + 8, PASIDS}, PASID, 0x51},
		{"SPD.3", {DIRECTORY + 8, PASIDS | 5}, PASID, 0x52},
		{"SPT.1", {DIRECTORY + 8, AWAY | 1}, PASID, 0x58},
		{"SPT.2", {P45, SECOND | 0x48}, PASID, 0x59},
		{"SPT.3", {P45 + 24, 1}, PASID, 0x5a},
		{"SPT.4.2", {P45, SECOND | 0x149}, PASID, 0x5b},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct page_response response;
		struct page_request request = plain;
		setup(&b, PGTT_FIRST, true);
		if (rows[i].put[0])
			bench_put(&b, rows[i].put[0], rows[i].put[1]);
		if (rows[i].reason == 0x38) {
			bench_set(&b, REG_RTADDR, 8, AWAY | 0x400);
			bench_command(&b, GCMD_SRTP | GCMD_TE);
		}
		request.pasid = rows[i].pasid;
		assert_int_equal(ask(&b, &request, &response), PAGE_REQUEST_ANSWERED);
		uint64_t high = bench_get(&b, REG_FRCD + 8, 8);
		/* F, T1 0, AT 0, FR, PP and PV, T2, SID */
		uint64_t right = UINT64_C(0x8000000010000008) | (uint64_t)rows[i].reason << 32;
		if (rows[i].pasid != NONE)
			right |= (uint64_t)rows[i].pasid << 40 | UINT64_C(0x80000000);
		if (high != right)
			fail_msg("%s: record %llx", rows[i].section, (unsigned long long)high);
		assert_true(bench_get(&b, REG_FRCD, 8) == IOVA);
		assert_int_equal(response.code, 1); /* table 32: Invalid Request */
		assert_true(response.stream == FUNCTION && response.pasid == rows[i].pasid && response.group == 3);
		assert_int_equal(bench_get(&b, REG_PQT, 8), 0);
		assert_int_equal(bench_get(&b, REG_PRS, 4), 0);
		/* Nobody waits for an answer: it is dropped, and recorded too. */
		request.last = false;
		assert_int_equal(ask(&b, &request, &response), PAGE_REQUEST_DROPPED);
		assert_int_equal(response.code, UNTOUCHED);
		assert_true(bench_get(&b, REG_FRCD + 24, 8) == right);
		bench_teardown(&b);
	}
}

/* 7.4.1.1, 11.4.7.6: what the record says of the request; FPD; a stop marker is told nothing. */
static void test_page_request_fault_is_recorded_as_one(void **state)
{
	(void)state;
	struct bench b;
	struct page_request request = plain;
	setup(&b, PGTT_FIRST, true);
	bench_put(&b, P45, SECOND | 0x48);
	request.privileged = true;
	request.execute = true;
	fate(&b, &request);
	assert_true(bench_get(&b, REG_FRCD + 8, 8) == UINT64_C(0x80004559b0000008)); /* PRIV; EXE is of reads */
	request = plain;
	request.read = false;
	assert_int_equal(fate(&b, &request), PAGE_REQUEST_DROPPED);
	assert_int_equal(bench_get(&b, REG_FRCD + 24, 8) >> 63, 1);
	bench_teardown(&b);

	setup(&b, PGTT_FIRST, true);
	bench_put(&b, P45, SECOND | 0x4a); /* FPD */
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_ANSWERED);
	assert_int_equal(bench_get(&b, REG_FRCD + 8, 8), 0);
	bench_put(&b, SM_ROOT, LOWER); /* not qualified */
	bench_set(&b, REG_RTADDR, 8, ROOT_TABLE | 0x400);
	bench_command(&b, GCMD_SRTP | GCMD_TE);
	fate(&b, &plain);
	assert_int_equal(bench_get(&b, REG_FRCD + 8, 8) >> 32 & 0xff, 0x39);
	bench_teardown(&b);
}

/* RTA.1, RTA.3, RTA.4; without page requests, or with nothing translated, nobody listens. */
static void test_page_request_needs_scalable_mode(void **state)
{
	(void)state;
	static const struct {
		uint64_t rtaddr;
		uint8_t reason;
	} rows[] = {{0, 0x32}, {0x80, 0x32}, {0x800, 0x30}, {0xc00, 0x33}};
	struct bench b;
	for (unsigned i = 0; i < 4; i++) {
		struct iommu_config config = {.id = {BENCH_CAP, ECAP_PAGES | ECAP_ADMS}};
		struct page_response response;
		bench_setup(&b, &config);
		assert_int_equal(fate(&b, &plain), PAGE_REQUEST_DROPPED);
		vtd_ops.load_register(b.iommu, REG_RTADDR, 8, ROOT_TABLE | rows[i].rtaddr);
		vtd_ops.load_register(b.iommu, REG_GSTS, 4, 0xc0000000);
		assert_int_equal(ask(&b, &plain, &response), PAGE_REQUEST_ANSWERED);
		assert_int_equal(response.code, 1);
		assert_int_equal(bench_get(&b, REG_FRCD + 8, 8) >> 32 & 0xff, rows[i].reason);
		bench_teardown(&b);
	}
	scalable_setup(&b, PGTT_FIRST, ECAP_PAGES & ~ECAP_PRS, true);
	bench_put(&b, SM_CONTEXT, DIRECTORY | 0xd);
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_DROPPED);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	bench_teardown(&b);
}

/* 7.4.1, table 31; 11.4.11.4 */
static void test_page_request_overflow_is_answered_with_success(void **state)
{
	(void)state;
	struct bench b;
	struct page_response response;
	struct page_request request = plain;
	setup(&b, PGTT_FIRST, true);
	for (unsigned i = 0; i < 127; i++)
		assert_int_equal(fate(&b, &plain), PAGE_REQUEST_QUEUED);
	assert_int_equal(bench_get(&b, REG_PQT, 8), 0xfe0);
	assert_int_equal(bench_get(&b, REG_PRS, 4), 1);
	assert_int_equal(ask(&b, &plain, &response), PAGE_REQUEST_ANSWERED);
	assert_int_equal(response.code, 0);
	assert_true(response.stream == FUNCTION && response.pasid == PASID && response.group == 3);
	assert_int_equal(bench_get(&b, REG_PRS, 4), 3);
	assert_int_equal(bench_get(&b, REG_PQT, 8), 0xfe0);
	assert_int_equal(bench_word(&b, PRQ + 0xfe0), 0);
	/* Room alone does not help. */
	bench_set(&b, REG_PQH, 8, 0xfe0);
	assert_int_equal(ask(&b, &plain, &response), PAGE_REQUEST_ANSWERED);
	assert_int_equal(response.code, 0);
	request.last = false;
	assert_int_equal(fate(&b, &request), PAGE_REQUEST_DROPPED);
	request.last = true;
	request.read = false;
	assert_int_equal(fate(&b, &request), PAGE_REQUEST_DROPPED); /* 11.4.3, SMS */
	/* A fault comes first. */
	request = plain;
	request.pasid = RID_PASID;
	assert_int_equal(ask(&b, &request, &response), PAGE_REQUEST_ANSWERED);
	assert_int_equal(response.code, 1);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 2);
	bench_set(&b, REG_PRS, 4, 3);
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_QUEUED);
	assert_int_equal(bench_get(&b, REG_PQT, 8), 0); /* wrapped */
	assert_int_equal(bench_get(&b, REG_PRS, 4), 1);
	bench_teardown(&b);
}

/* 11.4.11.3: 2^PQS pages. */
static void test_page_request_queue_is_as_large_as_it_says(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, PGTT_FIRST, true);
	bench_set(&b, REG_PQA, 8, PRQ | 2);
	bench_set(&b, REG_PQT, 8, 0x3fe0);
	bench_set(&b, REG_PQH, 8, 0x2000);
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_QUEUED);
	assert_true(bench_word(&b, PRQ + 0x3fe0) == UINT64_C(0x0000004500080101));
	assert_int_equal(bench_get(&b, REG_PQT, 8), 0);
	/* What software sets beyond the queue wraps. */
	bench_set(&b, REG_PQT, 8, 0x7ffe0);
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_QUEUED);
	assert_int_equal(bench_get(&b, REG_PQT, 8), 0);
	bench_set(&b, REG_PQH, 8, 0x4020);
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_ANSWERED);
	assert_int_equal(bench_get(&b, REG_PRS, 4) & 2, 2);
	bench_teardown(&b);

	/* Where no memory is nothing is queued. */
	setup(&b, PGTT_FIRST, true);
	struct page_response response;
	bench_set(&b, REG_PQA, 8, AWAY);
	assert_int_equal(ask(&b, &plain, &response), PAGE_REQUEST_ANSWERED);
	assert_int_equal(response.code, 1);
	assert_int_equal(bench_get(&b, REG_PQT, 8), 0);
	assert_int_equal(bench_get(&b, REG_PRS, 4), 0);
	bench_teardown(&b);
}

static void take_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	struct interrupt *last = context;
	(void)iommu;
	*last = *interrupt;
}

/* 5.1.6, 11.4.11.5 to 11.4.11.7: vector 41h to APIC 3. */
static void test_page_request_event_is_sent(void **state)
{
	(void)state;
	struct bench b;
	struct interrupt sent = {.vector = 0};
	struct iommu_outlet outlet = {.context = &sent, .interrupt = take_interrupt};
	setup(&b, PGTT_FIRST, true);
	b.iommu->outlet = &outlet;
	bench_set(&b, 0xe4, 4, 0x41);
	bench_set(&b, 0xe8, 4, 0xfee03000);
	bench_set(&b, REG_PECTL, 4, 0);
	fate(&b, &plain);
	assert_int_equal(sent.vector, 0x41);
	assert_int_equal(sent.destination, 3);
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0);
	sent.vector = 0;
	fate(&b, &plain); /* PPR is set */
	assert_int_equal(sent.vector, 0);
	bench_teardown(&b);
}

/* 7.5, 11.4.11.5 */
static void test_page_request_event_is_pending_while_masked(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, PGTT_FIRST, true);
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0x80000000);
	fate(&b, &plain);
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0xc0000000);
	bench_set(&b, REG_PECTL, 4, 0); /* sent now */
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0);
	bench_set(&b, REG_PECTL, 4, 0x80000000);
	fate(&b, &plain); /* PPR is set: no new condition */
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0x80000000);
	bench_set(&b, REG_PRS, 4, 1);
	assert_int_equal(bench_get(&b, REG_PRS, 4), 0);
	fate(&b, &plain);
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0xc0000000);
	bench_set(&b, REG_PRS, 4, 1); /* served: nothing is pending */
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0x80000000);
	/* An overflow is a condition of its own. */
	bench_set(&b, REG_PQH, 8, bench_get(&b, REG_PQT, 8) + 0x20);
	fate(&b, &plain);
	assert_int_equal(bench_get(&b, REG_PRS, 4), 2);
	assert_int_equal(bench_get(&b, REG_PECTL, 4), 0xc0000000);
	bench_teardown(&b);
}

/* Table 27: what the unit itself invalidates. */
static void test_page_request_golden_invalidations(void **state)
{
	(void)state;
	static const struct {
		const char *section;
		unsigned pgtt;
		bool one_pasid, all_addresses;
	} rows[] = {
		{"table 27, 001b", PGTT_FIRST, true, false},
		{"table 27, 010b", PGTT_SECOND, false, false},
		{"table 27, 011b", PGTT_NESTED, false, true},
		{"table 27, 100b", PGTT_PASS, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned with_pasid = 0; with_pasid < 2; with_pasid++) {
			struct bench b;
			struct page_request request = plain;
			setup(&b, rows[i].pgtt, true);
			request.address = LOW_IOVA;
			request.pasid = with_pasid ? PASID : NONE;
			assert_int_equal(fate(&b, &request), PAGE_REQUEST_QUEUED);
			assert_int_equal(bench_effects(&b, EFFECT_COMPLETE), 1);
			const struct invalidation_scope *scope = &bench_effect(&b, EFFECT_COMPLETE)->scope;
			if (scope->what != INVALIDATED_IOTLB || scope->all_tags || scope->tag != 0x12 ||
			    scope->one_pasid != rows[i].one_pasid || scope->all_addresses != rows[i].all_addresses ||
			    (rows[i].one_pasid && scope->pasid != (with_pasid ? PASID : RID_PASID)))
				fail_msg("%s", rows[i].section);
			assert_true(scope->all_addresses ||
				    (scope->first == LOW_IOVA && scope->last == LOW_IOVA + 0xfff));
			bench_teardown(&b);
		}
}

/* 6.5.3.1: the stale right goes; with a full queue or a fault it stays. */
static void test_page_request_removes_the_stale_translation(void **state)
{
	(void)state;
	struct bench b;
	struct request write = bench_request(FUNCTION, IOVA, REQUEST_WRITE);
	write.pasid = PASID;
	setup(&b, PGTT_FIRST, true);
	bench_put(&b, first_entry(1), PAGE_PA | 0x65); /* read-only */
	assert_faults(bench_translate(&b, &write), 0x85);
	write.op = REQUEST_READ;
	assert_goes_to(bench_translate(&b, &write), PAGE_PA);
	bench_put(&b, first_entry(1), PAGE_PA | 0x67);
	write.op = REQUEST_WRITE;
	assert_faults(bench_translate(&b, &write), 0x85); /* cached */
	bench_set(&b, REG_PQH, 8, 0x20);                  /* full */
	fate(&b, &plain);
	assert_faults(bench_translate(&b, &write), 0x85);
	bench_set(&b, REG_PRS, 4, 2);
	bench_set(&b, REG_PQH, 8, 0);
	fate(&b, &plain);
	assert_goes_to(bench_translate(&b, &write), PAGE_PA);
	bench_teardown(&b);
}

/* 6.2: the context and PASID caches serve page requests as they serve others. */
static void test_page_request_trusts_cached_structures(void **state)
{
	(void)state;
	struct bench b;
	setup(&b, PGTT_FIRST, true);
	scalable_queue_on(&b);
	fate(&b, &plain);
	bench_put(&b, P45, 0);
	bench_put(&b, SM_CONTEXT, DIRECTORY | 0xd);
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_QUEUED);
	scalable_submit(&b, UINT64_C(0x0000004500120017), 0); /* 6.5.2.2: PASID-selective */
	bench_settle(&b);
	assert_int_equal(fate(&b, &plain), PAGE_REQUEST_ANSWERED);
	assert_int_equal(bench_get(&b, REG_FRCD + 8, 8) >> 32 & 0xff, 0x59);
	scalable_submit(&b, 0x11, 0); /* 6.5.2.1: all contexts */
	bench_settle(&b);
	fate(&b, &plain);
	assert_int_equal(bench_get(&b, REG_FRCD + 24, 8) >> 32 & 0xff, 0x47);
	bench_teardown(&b);
}

/* 11.4.11; 46-bit host addresses */
static void test_page_request_registers_are_there_with_page_requests(void **state)
{
	(void)state;
	static const struct {
		uint32_t offset;
		unsigned width;
		uint64_t kept;
	} rows[] = {{REG_PQH, 8, 0x7ffe0},
		    {REG_PQT, 8, 0x7ffe0},
		    {REG_PQA, 8, UINT64_C(0x3ffffffff007)},
		    {REG_PRS, 4, 0},
		    {REG_PECTL, 4, 0x80000000},
		    {0xe4, 4, 0xffff},
		    {0xe8, 4, UINT32_C(0xfffffffc)},
		    {0xec, 4, 0}};
	for (unsigned with = 0; with < 2; with++) {
		struct bench b;
		struct iommu_config config = {.id = {BENCH_CAP, with ? ECAP_PAGES : ECAP_PAGES & ~ECAP_PRS}};
		bench_setup(&b, &config);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			bench_set(&b, rows[i].offset, rows[i].width, UINT64_MAX);
			assert_true(bench_get(&b, rows[i].offset, rows[i].width) == (with ? rows[i].kept : 0));
		}
		bench_teardown(&b);
	}
}

/* What a configuration can wish for: 11.4.3 DT, NWFS, PRS, PDS, SMS, PSS. */
static void test_page_request_support_is_configured(void **state)
{
	(void)state;
	static const struct {
		bool scalable, ats, pri;
		uint8_t pasid_bits;
		uint64_t ecap;
	} rows[] = {
		{true, false, true, 0, UINT64_C(0x0003e99804000fc3)},
		{true, true, false, 0, UINT64_C(0x0003e99a04000fc7)},
		{true, true, true, 16, UINT64_C(0x0403ed7a24000fc7)},
		{false, true, true, 0, UINT64_C(0x0000000200000fc7)},
	};
	struct arena *arena = arena_new();
	struct memory *memory = memory_new(arena, 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct iommu_config config = {.scalable = rows[i].scalable,
					      .ats = rows[i].ats,
					      .pri = rows[i].pri,
					      .pasid_bits = rows[i].pasid_bits};
		struct iommu *unit = vtd_ops.create(arena, memory, &config);
		uint64_t ecap = vtd_ops.read_register(unit, REG_ECAP, 8);
		if (ecap != rows[i].ecap)
			fail_msg("row %zu: %llx", i, (unsigned long long)ecap);
		vtd_ops.destroy(unit);
	}
	memory_free(memory);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_request_golden_descriptors),
		cmocka_unit_test(test_page_request_golden_faults),
		cmocka_unit_test(test_page_request_fault_is_recorded_as_one),
		cmocka_unit_test(test_page_request_needs_scalable_mode),
		cmocka_unit_test(test_page_request_overflow_is_answered_with_success),
		cmocka_unit_test(test_page_request_queue_is_as_large_as_it_says),
		cmocka_unit_test(test_page_request_event_is_sent),
		cmocka_unit_test(test_page_request_event_is_pending_while_masked),
		cmocka_unit_test(test_page_request_golden_invalidations),
		cmocka_unit_test(test_page_request_removes_the_stale_translation),
		cmocka_unit_test(test_page_request_trusts_cached_structures),
		cmocka_unit_test(test_page_request_registers_are_there_with_page_requests),
		cmocka_unit_test(test_page_request_support_is_configured),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
