/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>

#define IOVA UINT64_C(0x10000)

/* p1 has `alone`, may use ATS, and was given `buf` for reading at IOVA. */
static struct bench *open_with_ats(void)
{
	struct bench *b = bench_open();
	model_space space = bench_attach(b, b->p1, b->alone);

	model_map(b->model, space, IOVA, 0x1000, bench_memory(b->buf, 0), RW);
	b->ats[b->alone] = true;
	bench_hand_out(b, b->alone, PASID_NONE, IOVA, b->buf, false);
	bench_begin(b);
	return b;
}

static void test_ats_trust_address_that_was_given_is_safe(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->buf, 8);
	(void)state;

	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_READ, &hit, "use");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_ats_trust_address_never_given_is_violated(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0);
	char words[160];
	(void)state;

	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_READ, &hit, "use");
	snprintf(words, sizeof(words),
		 "alone (owned by p1) read 0x%llx as a translated address at 'use': it was never given it",
		 (unsigned long long)hit.pa);
	assert_violated(b, "ats-trust", words);
	assert_int_equal(bench_found(b, "dma-confined"), 1);
	bench_close(b);
}

static void test_ats_trust_other_access_is_violated(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	(void)state;

	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_WRITE, &hit, "use");
	assert_int_equal(bench_found(b, "ats-trust"), 1);
	bench_close(b);
}

static void test_ats_trust_other_pasid_is_violated(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	(void)state;

	bench_translated(b, b->alone, b->p1, 5, REQUEST_READ, &hit, "use");
	assert_int_equal(bench_found(b, "ats-trust"), 1);
	bench_close(b);
}

static void test_ats_trust_address_taken_back_is_violated(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	char words[160];
	(void)state;

	b->handed[0].state = HANDED_OVER;
	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_READ, &hit, "use");
	snprintf(words, sizeof(words),
		 "alone (owned by p1) read 0x%llx as a translated address at 'use': that was invalidated",
		 (unsigned long long)hit.pa);
	assert_violated(b, "ats-trust", words);
	bench_close(b);
}

static void test_ats_trust_address_of_the_other_T_is_violated(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	char words[160];
	(void)state;

	b->handed[0].tee = true;
	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_READ, &hit, "use");
	snprintf(words, sizeof(words),
		 "alone (owned by p1) read 0x%llx as a translated address at 'use': "
		 "it was given it for requests with T",
		 (unsigned long long)hit.pa);
	assert_violated(b, "ats-trust", words);
	bench_close(b);
}

static void test_ats_trust_device_without_ats_is_violated(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	char words[160];
	(void)state;

	b->ats[b->alone] = false;
	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_READ, &hit, "use");
	snprintf(words, sizeof(words),
		 "alone (owned by p1) read 0x%llx as a translated address at 'use': the kernel does not let it use ATS",
		 (unsigned long long)hit.pa);
	assert_violated(b, "ats-trust", words);
	bench_close(b);
}

static void test_ats_trust_blocked_lie_is_safe(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = {.kind = HIT_FAULT, .route = ROUTE_IOMMU, .pa = b->machine->memories[b->kbuf].hpa};
	(void)state;

	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_READ, &hit, "use");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_unmap_effective_translated_request_is_judged_by_its_iova(void **state)
{
	struct bench *b = open_with_ats();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	(void)state;

	model_unmap(b->model, model_attached(b->model, b->alone), IOVA, 0x1000);
	bench_begin(b);
	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_READ, &hit, "use");
	assert_violated(b, "unmap-effective",
			"alone (owned by p1) read 0x10000 = 'buf' of p1 at 'use', as its device TLB had it: that was "
			"unmapped in step 1");
	assert_safe(b, "ats-trust");
	bench_close(b);
}

static void test_dma_confined_translated_write_through_read_mapping_is_violated(void **state)
{
	struct bench *b = bench_open();
	model_space space = bench_attach(b, b->p1, b->alone);
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	(void)state;

	model_map(b->model, space, IOVA, 0x1000, bench_memory(b->buf, 0), MODEL_READ);
	b->ats[b->alone] = true;
	bench_hand_out(b, b->alone, PASID_NONE, IOVA, b->buf, true);
	bench_begin(b);
	bench_translated(b, b->alone, b->p1, PASID_NONE, REQUEST_WRITE, &hit, "use");
	assert_int_equal(bench_found(b, "dma-confined"), 1);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ats_trust_address_that_was_given_is_safe),
		cmocka_unit_test(test_ats_trust_address_never_given_is_violated),
		cmocka_unit_test(test_ats_trust_other_access_is_violated),
		cmocka_unit_test(test_ats_trust_other_pasid_is_violated),
		cmocka_unit_test(test_ats_trust_address_taken_back_is_violated),
		cmocka_unit_test(test_ats_trust_address_of_the_other_T_is_violated),
		cmocka_unit_test(test_ats_trust_device_without_ats_is_violated),
		cmocka_unit_test(test_ats_trust_blocked_lie_is_safe),
		cmocka_unit_test(test_unmap_effective_translated_request_is_judged_by_its_iova),
		cmocka_unit_test(test_dma_confined_translated_write_through_read_mapping_is_violated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
