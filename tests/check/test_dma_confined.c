/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "dma-confined"

static void test_dma_confined_foreign_memory_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0);
	bench_attach(b, b->p1, b->alone);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x12000, &hit, "window");
	assert_violated(b, NAME,
			"alone (owned by p1) read 0x12000 = 'kbuf' of host at 'window': p1 has no grant for it");
	bench_close(b);
}

static void test_dma_confined_own_and_shared_memory_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	struct hit own = bench_hit_memory(b, b->buf, 8), shared = bench_hit_memory(b, b->shared, 0);
	bench_request(b, b->alone, b->p1, REQUEST_ATOMIC, 0x10008, &own, "");
	assert_safe(b, NAME);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x20000, &shared, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* Self-harm: the owner no longer means it, and hurts nobody else. */
static void test_dma_confined_own_memory_not_meant_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), MODEL_READ);
	model_unmap(b->model, space, 0x10000, 0x1000);
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x10000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_dma_confined_write_through_a_read_mapping_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_space space = bench_attach(b, b->p1, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), MODEL_READ);
	struct hit hit = bench_hit_memory(b, b->buf, 0x10);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10010, &hit, "ro");
	assert_safe(b, NAME);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x10010, &hit, "ro");
	assert_violated(b, NAME,
			"alone (owned by p1) wrote 0x10010 = 'buf'+0x10 of p1 at 'ro': p1 did not map it for that kind "
			"of access");
	bench_request(b, b->alone, b->p1, REQUEST_ATOMIC, 0x10010, &hit, "ro");
	assert_int_equal(bench_found(b, NAME), 1);
	/* Somewhere else than meant, it is own memory again. */
	hit.offset = 0x20;
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x10010, &hit, "");
	assert_safe(b, NAME);
	hit = bench_hit_memory(b, b->shared, 0x10);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x10010, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_dma_confined_kernel_mapping_grants_its_kind_of_access(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	model_dma_map(b->model, MACHINE_HOST, b->fw, 0x5000, 0x1000, bench_memory(b->buf, 0), MODEL_READ);
	bench_request(b, b->fw, MACHINE_HOST, REQUEST_READ, 0x5000, &hit, "");
	assert_safe(b, NAME);
	bench_request(b, b->fw, MACHINE_HOST, REQUEST_WRITE, 0x5000, &hit, "w");
	assert_violated(
		b, NAME,
		"fw (owned by host) wrote 0x5000 = 'buf' of p1 at 'w': host has no grant for that kind of access");
	model_dma_unmap(b->model, b->fw, 0x5000, 0x1000);
	bench_request(b, b->fw, MACHINE_HOST, REQUEST_READ, 0x5000, &hit, "late");
	assert_violated(b, NAME, "fw (owned by host) read 0x5000 = 'buf' of p1 at 'late': host has no grant for it");
	bench_close(b);
}

static void test_dma_confined_page_that_was_reused_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_space space = bench_attach(b, b->p1, b->alone);
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->buf, 0), RW);
	model_reuse(b->model, b->buf, b->p2);
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x10000, &hit, "r");
	assert_violated(b, NAME, "alone (owned by p1) read 0x10000 = 'buf' of p2 at 'r': p1 has no grant for it");
	bench_close(b);
}

/* A page table, say: RAM that no object declares is the kernel's. */
static void test_dma_confined_undeclared_memory_is_the_kernels(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	hit.memory = MACHINE_NONE;
	hit.pa = 0x1234000;
	bench_attach(b, b->p1, b->alone);
	bench_request(b, b->fw, MACHINE_HOST, REQUEST_WRITE, 0x1234000, &hit, "");
	assert_safe(b, NAME);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x1234000, &hit, "t");
	assert_violated(b, NAME,
			"alone (owned by p1) wrote 0x1234000 = the kernel's own memory at 't': p1 has no grant for it");
	bench_close(b);
}

static void test_dma_confined_live_firmware_range_is_the_devices(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	hit.memory = MACHINE_NONE;
	hit.firmware = b->r;
	hit.offset = 0x10;
	hit.pa = R_FIRST + 0x10;
	model_driver_unbind(b->model, b->fw);
	model_take(b->model, b->p1, b->fw);
	bench_request(b, b->fw, b->p1, REQUEST_WRITE, hit.pa, &hit, "");
	assert_safe(b, NAME);
	/* Not another device's; and a relaxable one no more once a user has the device. */
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, hit.pa, &hit, "f");
	assert_violated(b, NAME,
			"alone (owned by nobody, set up by p1) wrote 0x2000010 = firmware range 'r'+0x10 at 'f': p1 "
			"has no grant for it");
	/* Nor what lies behind it. */
	hit.pa = R_FIRST + R_BYTES - 2;
	bench_request(b, b->fw, b->p1, REQUEST_WRITE, hit.pa, &hit, "f");
	assert_int_equal(bench_found(b, NAME), 1);
	hit.firmware = b->x;
	hit.pa = X_FIRST;
	bench_request(b, b->fw, b->p1, REQUEST_READ, hit.pa, &hit, "x");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* The one who set it up is judged, not the one who has the device now. */
static void test_dma_confined_leftover_of_the_owner_before_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->other, 0);
	model_take(b->model, b->p1, b->alone);
	model_release(b->model, b->p1, b->alone);
	model_space space = bench_attach(b, b->p2, b->alone);
	model_map(b->model, space, 0x10000, 0x1000, bench_memory(b->other, 0), RW);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x10000, &hit, "loop");
	assert_violated(
		b, NAME,
		"alone (owned by p2, set up by p1) wrote 0x10000 = 'other' of p2 at 'loop': p1 has no grant for it");
	bench_request(b, b->alone, b->p2, REQUEST_WRITE, 0x10000, &hit, "");
	assert_safe(b, NAME);
	/* What the present owner means binds nobody but it. */
	hit = bench_hit_memory(b, b->shared, 0);
	model_map(b->model, space, 0x20000, 0x1000, bench_memory(b->shared, 0), MODEL_READ);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, 0x20000, &hit, "");
	assert_safe(b, NAME);
	bench_request(b, b->alone, b->p2, REQUEST_WRITE, 0x20000, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_dma_confined_only_memory_that_was_reached_counts(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0);
	struct hit bar = bench_hit_bar(b, b->hba_bar, ROUTE_PEER);
	hit.kind = HIT_FAULT;
	bench_request(b, b->nic, b->p1, REQUEST_READ, 0x1000, &hit, "");
	assert_safe(b, NAME);
	bench_request(b, b->nic, b->p1, REQUEST_READ, 0x1000, &bar, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* A scratch page is nobody's memory; what another owner's device wrote there is. */
static void test_dma_confined_scratch_page_is_a_way_between_owners(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0);
	struct request request = {.address = 0x9000, .bytes = 4, .device = b->alone, .pasid = PASID_NONE};
	struct check_event event = {
		.kind = CHECK_REQUEST, .label = "read", .request = &request, .hit = &hit, .old_owner = MACHINE_NONE};
	bench_attach(b, b->p1, b->alone);
	request.originator = b->p1;
	hit.kind = HIT_SCRATCH;
	bench_judge(b, event, "read");
	assert_safe(b, NAME); /* nobody wrote there */
	event.old_owner = b->p1;
	bench_judge(b, event, "read");
	assert_safe(b, NAME); /* its own did */
	event.old_owner = b->p2;
	bench_judge(b, event, "read");
	assert_violated(
		b, NAME,
		"alone (owned by p1) reads 0x9000 = the scratch page at 'read': what a device of p2 wrote there");
	bench_close(b);
}

/* What lies beside a kernel driver's buffer in its page is granted with it or not, as the rule says. */
static void test_dma_confined_beside_a_mapped_part_is_a_violation_by_bytes(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit in = bench_hit_memory(b, b->kbuf, 0x9c), beside = bench_hit_memory(b, b->kbuf, 0xa0);
	struct hit across = bench_hit_memory(b, b->kbuf, 0x9e);

	model_dma_map(b->model, MACHINE_HOST, b->hba, 0x5080, 0x20, bench_memory(b->kbuf, 0x80), RW);
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x50a0, &beside, "");
	assert_safe(b, NAME);
	b->eyes.grants_bytes = true;
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x509c, &in, "");
	assert_safe(b, NAME);
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x50a0, &beside, "far");
	assert_violated(
		b, NAME,
		"hba (owned by host) read 0x50a0 = 'kbuf'+0xa0 of host at 'far': host mapped other bytes of that "
		"page");
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x509e, &across, "");
	assert_int_equal(bench_found(b, NAME), 1);
	/* Another mapping grants the rest. */
	model_dma_map(b->model, MACHINE_HOST, b->hba, 0x6000, 0x1000, bench_memory(b->kbuf, 0), RW);
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x50a0, &beside, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* Where the driver has nothing of the page mapped, that page is the kernel's own harm, as ever. */
static void test_dma_confined_page_without_a_mapping_is_the_kernels_own(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->kbuf, 0);

	b->eyes.grants_bytes = true;
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_READ, 0x5000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dma_confined_foreign_memory_is_a_violation),
		cmocka_unit_test(test_dma_confined_own_and_shared_memory_is_safe),
		cmocka_unit_test(test_dma_confined_own_memory_not_meant_is_safe),
		cmocka_unit_test(test_dma_confined_write_through_a_read_mapping_is_a_violation),
		cmocka_unit_test(test_dma_confined_kernel_mapping_grants_its_kind_of_access),
		cmocka_unit_test(test_dma_confined_page_that_was_reused_is_a_violation),
		cmocka_unit_test(test_dma_confined_undeclared_memory_is_the_kernels),
		cmocka_unit_test(test_dma_confined_live_firmware_range_is_the_devices),
		cmocka_unit_test(test_dma_confined_leftover_of_the_owner_before_is_a_violation),
		cmocka_unit_test(test_dma_confined_only_memory_that_was_reached_counts),
		cmocka_unit_test(test_dma_confined_scratch_page_is_a_way_between_owners),
		cmocka_unit_test(test_dma_confined_beside_a_mapped_part_is_a_violation_by_bytes),
		cmocka_unit_test(test_dma_confined_page_without_a_mapping_is_the_kernels_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
