/* SPDX-License-Identifier: MIT */
/* pasid-quiesced-reuse, request-scoped, and what PASIDs mean to dma-confined and unmap-effective. */
#include "bench.h"

#define VA UINT64_C(0x20000)

/* PASID 4 of `alone` is p1's, whose space has `buf` at VA. */
static struct bench *open_with_pasid(void)
{
	struct bench *b = bench_open();
	model_space space = model_space_new(b->model, b->p1);

	model_map(b->model, space, VA, 0x1000, bench_memory(b->buf, 0), MODEL_READ);
	model_attach_pasid(b->model, b->alone, 4, space);
	bench_begin(b);
	return b;
}

static void judge_bind(struct bench *b, uint16_t owner, uint32_t pasid)
{
	bench_judge(b,
		    (struct check_event){.kind = CHECK_PASID, .device = b->alone, .pasid = pasid, .new_owner = owner},
		    "rebind");
}

static void test_pasid_reuse_of_a_quiet_pasid_is_safe(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	model_detach_pasid(b->model, b->alone, 4);
	judge_bind(b, b->p2, 4);
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_pasid_reuse_with_work_left_is_violated(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	model_detach_pasid(b->model, b->alone, 4);
	b->used = "a page request that waits";
	judge_bind(b, b->p2, 4);
	assert_violated(
		b, "pasid-quiesced-reuse",
		"PASID 4 of alone goes from p1 to p2 at 'rebind' while a page request that waits is left of it");
	bench_close(b);
}

static void test_pasid_that_stays_its_owners_is_safe(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	b->used = "a page request that waits";
	judge_bind(b, b->p1, 4);
	assert_int_equal(b->findings.count, 0);
	judge_bind(b, b->p2, 4); /* taken from its owner */
	assert_violated(
		b, "pasid-quiesced-reuse",
		"PASID 4 of alone goes from p1 to p2 at 'rebind' while a page request that waits is left of it");
	bench_close(b);
}

static void test_pasid_first_use_is_safe(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	b->used = "a page request that waits";
	judge_bind(b, b->p2, 5);
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void judge_answer(struct bench *b, uint16_t sent_for, uint16_t handled_by, uint32_t pasid)
{
	bench_judge(b,
		    (struct check_event){.kind = CHECK_ANSWER,
					 .device = b->alone,
					 .pasid = pasid,
					 .old_owner = sent_for,
					 .new_owner = handled_by},
		    "serve");
}

static void test_request_scoped_own_answer_is_safe(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	judge_answer(b, b->p1, b->p1, 4);
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_request_scoped_answer_of_another_is_violated(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	judge_answer(b, b->p1, b->p2, 4);
	assert_violated(b, "request-scoped",
			"a page request of alone with PASID 4, sent for p1, was answered for p2 at 'serve'");
	judge_answer(b, b->p1, b->p2, PASID_NONE);
	assert_violated(b, "request-scoped", "a page request of alone, sent for p1, was answered for p2 at 'serve'");
	bench_close(b);
}

static void request_with_pasid(struct bench *b, uint16_t originator, enum request_op op, uint16_t memory)
{
	struct hit hit = bench_hit_memory(b, memory, 0);
	struct request request = {
		.address = VA, .bytes = 4, .device = b->alone, .originator = originator, .op = (uint8_t)op, .pasid = 4};

	bench_judge(b,
		    (struct check_event){.kind = CHECK_REQUEST, .request = &request, .hit = &hit, .device = b->alone},
		    "use");
}

static void test_dma_confined_pasid_of_its_owner_is_safe(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	request_with_pasid(b, b->p1, REQUEST_READ, b->buf);
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_dma_confined_pasid_write_through_read_mapping_is_violated(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	request_with_pasid(b, b->p1, REQUEST_WRITE, b->buf);
	assert_int_equal(bench_found(b, "dma-confined"), 1);
	bench_close(b);
}

static void test_dma_confined_old_work_on_new_owners_memory_is_violated(void **state)
{
	struct bench *b = open_with_pasid();
	model_space space = model_space_new(b->model, b->p2);
	(void)state;

	model_map(b->model, space, VA, 0x1000, bench_memory(b->other, 0), RW);
	model_detach_pasid(b->model, b->alone, 4);
	model_attach_pasid(b->model, b->alone, 4, space);
	request_with_pasid(b, b->p1, REQUEST_WRITE, b->other);
	assert_int_equal(bench_found(b, "dma-confined"), 1);
	bench_close(b);
}

static void test_unmap_effective_pasid_space_is_violated(void **state)
{
	struct bench *b = open_with_pasid();
	(void)state;

	model_unmap(b->model, model_pasid_attached(b->model, b->alone, 4), VA, 0x1000);
	bench_begin(b);
	request_with_pasid(b, b->p1, REQUEST_READ, b->buf);
	assert_violated(b, "unmap-effective",
			"alone (owned by nobody, set up by p1) read 0x20000 = 'buf' of p1 at 'use': that was unmapped "
			"in step 1");
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pasid_reuse_of_a_quiet_pasid_is_safe),
		cmocka_unit_test(test_pasid_reuse_with_work_left_is_violated),
		cmocka_unit_test(test_pasid_that_stays_its_owners_is_safe),
		cmocka_unit_test(test_pasid_first_use_is_safe),
		cmocka_unit_test(test_request_scoped_own_answer_is_safe),
		cmocka_unit_test(test_request_scoped_answer_of_another_is_violated),
		cmocka_unit_test(test_dma_confined_pasid_of_its_owner_is_safe),
		cmocka_unit_test(test_dma_confined_pasid_write_through_read_mapping_is_violated),
		cmocka_unit_test(test_dma_confined_old_work_on_new_owners_memory_is_violated),
		cmocka_unit_test(test_unmap_effective_pasid_space_is_violated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
