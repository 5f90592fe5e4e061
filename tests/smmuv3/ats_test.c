/* SPDX-License-Identifier: MIT */
#include "ats_test.h"

static void note_invalidation(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct ats_bench *bench = context;

	(void)iommu;
	assert_true(bench->invalidation_count < SENT_MAX);
	bench->invalidations[bench->invalidation_count++] = *message;
}

static void note_response(void *context, uint16_t iommu, const struct page_response *message)
{
	struct ats_bench *bench = context;

	(void)iommu;
	assert_true(bench->response_count < SENT_MAX);
	bench->responses[bench->response_count++] = *message;
}

static void note_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	struct ats_bench *bench = context;

	(void)iommu;
	assert_true(bench->answer_count < SENT_MAX);
	bench->answers[bench->answer_count++] = *answer;
}

static void note_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	struct ats_bench *bench = context;

	(void)iommu;
	assert_true(bench->interrupt_count < SENT_MAX);
	bench->interrupts[bench->interrupt_count++] = *interrupt;
}

void ats_setup(struct ats_bench *bench, struct ats_ids ids)
{
	struct iommu_config config = {
		.id = {(BENCH_IDR0 ^ ids.idr0) | (BENCH_IDR1 ^ ids.idr1) << 32, (BENCH_IDR3 ^ ids.idr3) << 32,
		       (BENCH_IDR5 ^ ids.idr5) << 32, UINT64_C(1) << 32},
	};

	memset(bench, 0, sizeof(*bench));
	bench_setup_on(&bench->unit, &config);
	bench->outlet = (struct iommu_outlet){.context = bench,
					      .invalidate = note_invalidation,
					      .page_response = note_response,
					      .stall_answer = note_answer,
					      .interrupt = note_interrupt};
	bench->unit.iommu->outlet = &bench->outlet;
	bench_set(&bench->unit, REG_CR0, 4, 0);
	bench_set(&bench->unit, REG_PRIQ_BASE, 8, REQUESTS | 2);
	bench_set(&bench->unit, REG_CR0, 4, CR0_ON);
}

void ats_teardown(struct ats_bench *bench)
{
	bench_teardown(&bench->unit);
}

void ats_map_structures(struct ats_bench *bench)
{
	bench_map2(&bench->unit, CD & ~UINT64_C(0xfff), (CD & ~UINT64_C(0xfff)) | S2_PAGE);
	for (unsigned i = 0; i < 3; i++)
		bench_map2(&bench->unit, TABLE1 + i * 0x1000, (TABLE1 + i * 0x1000) | S2_PAGE);
}

struct translation ats_send(struct ats_bench *bench, const struct request *request)
{
	struct translation out;

	bench->unit.iommu->ops->translate(bench->unit.iommu, request, &out);
	return out;
}

struct translation ats_ask(struct ats_bench *bench, uint64_t address)
{
	return ats_send(bench, &(struct request){.address = address & ~UINT64_C(0xfff),
						 .stream = SID,
						 .pasid = PASID_NONE,
						 .at = AT_TRANSLATION_REQUEST});
}

struct translation ats_use(struct ats_bench *bench, uint64_t address, enum request_op op)
{
	return ats_send(bench, &(struct request){.address = address,
						 .bytes = 4,
						 .stream = SID,
						 .pasid = PASID_NONE,
						 .at = AT_TRANSLATED,
						 .op = (uint8_t)op});
}

unsigned ats_events(struct ats_bench *bench, uint64_t record[4])
{
	uint64_t produced = bench_get(&bench->unit, REG_EVENTQ_PROD, 4);
	uint64_t consumed = bench_get(&bench->unit, REG_EVENTQ_CONS, 4);
	unsigned count = (unsigned)(produced - consumed) & 7;

	for (unsigned i = 0; count && i < 4; i++)
		assert_true(memory_read64(bench->unit.memory, EVENTS + 32 * ((produced - 1) & 3) + 8 * i, &record[i]));
	bench_set(&bench->unit, REG_EVENTQ_CONS, 4, produced);
	return count;
}
