/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "dma-handle-epoch"

/* The device of a kernel driver uses a handle that was made under regime `made`. */
static void use(struct bench *b, uint16_t originator, uint32_t made, const struct hit *hit, const char *label)
{
	struct check_handle handle = {.iova = 0x5000, .regime = made, .device = b->hba, .owner = MACHINE_HOST};
	struct request request = {.address = 0x5010,
				  .bytes = 4,
				  .device = b->hba,
				  .originator = originator,
				  .op = REQUEST_WRITE,
				  .pasid = PASID_NONE};

	bench_judge(
		b,
		(struct check_event){
			.kind = CHECK_REQUEST, .request = &request, .hit = hit, .device = b->hba, .handle = &handle},
		label);
}

static void unmap(struct bench *b, uint32_t made, const char *label)
{
	struct check_handle handle = {.iova = 0x5000, .regime = made, .device = b->hba, .owner = MACHINE_HOST};

	bench_judge(
		b,
		(struct check_event){.kind = CHECK_UNMAP, .device = b->hba, .memory = MACHINE_NONE, .handle = &handle},
		label);
}

static void test_dma_handle_epoch_use_under_another_regime_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0x10);

	b->regime[b->hba] = 3;
	bench_begin(b);
	use(b, MACHINE_HOST, 3, &hit, "");
	assert_safe(b, NAME);
	use(b, MACHINE_HOST, 2, &hit, "late");
	assert_violated(b, NAME,
			"hba (owned by host) wrote 0x5010 at 'late', a handle of host that was made under another "
			"translation than the one that it meets");
	bench_close(b);
}

/* The regime is another one whatever comes of the request. */
static void test_dma_handle_epoch_blocked_use_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = {.kind = HIT_FAULT, .memory = MACHINE_NONE, .firmware = MACHINE_NONE, .bar = MACHINE_NONE};

	b->regime[b->hba] = 2;
	bench_begin(b);
	use(b, MACHINE_HOST, 1, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* To its next owner the address is a number. */
static void test_dma_handle_epoch_use_for_somebody_else_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	b->regime[b->hba] = 2;
	bench_begin(b);
	use(b, b->p1, 1, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_dma_handle_epoch_unmap_under_another_regime_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();

	b->regime[b->hba] = 2;
	bench_begin(b);
	unmap(b, 2, "");
	assert_safe(b, NAME);
	unmap(b, 1, "end");
	assert_violated(b, NAME,
			"host unmaps handle 0x5000 of hba at 'end', which was made under another translation than the "
			"one that the device meets");
	bench_close(b);
}

/* Of another device the regime is of no interest, nor is any of a request that names no handle. */
static void test_dma_handle_epoch_other_requests_are_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0);

	b->regime[b->hba] = 1;
	b->regime[b->nic] = 2;
	bench_begin(b);
	use(b, MACHINE_HOST, 1, &hit, "");
	assert_safe(b, NAME);
	b->regime[b->hba] = 7;
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x5000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dma_handle_epoch_use_under_another_regime_is_a_violation),
		cmocka_unit_test(test_dma_handle_epoch_blocked_use_is_a_violation),
		cmocka_unit_test(test_dma_handle_epoch_use_for_somebody_else_is_safe),
		cmocka_unit_test(test_dma_handle_epoch_unmap_under_another_regime_is_a_violation),
		cmocka_unit_test(test_dma_handle_epoch_other_requests_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
