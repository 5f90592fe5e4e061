/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "p2p-contained"

static void test_p2p_contained_foreign_registers_are_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_bar(b, b->hba_bar, ROUTE_PEER);
	hit.offset = 0x10;
	model_take(b->model, b->p1, b->nic);
	bench_request(b, b->nic, b->p1, REQUEST_WRITE, 0xc0000010, &hit, "poke");
	assert_violated(b, NAME,
			"nic (owned by p1) wrote 0xc0000010 = hba.bar0+0x10 (owned by host) at 'poke', without "
			"meeting the IOMMU: p1 has no right to hba");
	hit.route = ROUTE_IOMMU;
	bench_request(b, b->nic, b->p1, REQUEST_READ, 0xc0000010, &hit, "peek");
	assert_violated(b, NAME,
			"nic (owned by p1) read 0xc0000010 = hba.bar0+0x10 (owned by host) at 'peek', by way of "
			"the root complex: p1 has no right to hba");
	bench_close(b);
}

static void test_p2p_contained_same_owner_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_bar(b, b->alone_bar, ROUTE_IOMMU);
	model_take(b->model, b->p1, b->nic);
	model_take(b->model, b->p1, b->alone);
	bench_request(b, b->nic, b->p1, REQUEST_WRITE, 0x1000, &hit, "");
	assert_safe(b, NAME);
	/* And another user's is not. */
	model_release(b->model, b->p1, b->alone);
	model_take(b->model, b->p2, b->alone);
	bench_request(b, b->nic, b->p1, REQUEST_WRITE, 0x1000, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_p2p_contained_two_kernel_drivers_are_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_bar(b, b->hba_bar, ROUTE_PEER);
	model_driver_bind(b->model, b->u, b->nic);
	bench_request(b, b->nic, b->u, REQUEST_WRITE, 0x1000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_p2p_contained_device_of_nobody_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_bar(b, b->alone_bar, ROUTE_PEER);
	model_take(b->model, b->p1, b->nic);
	bench_request(b, b->nic, b->p1, REQUEST_WRITE, 0x1000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_p2p_contained_own_registers_are_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_bar(b, b->nic_bar, ROUTE_PEER);
	model_take(b->model, b->p2, b->nic);
	bench_request(b, b->nic, b->p1, REQUEST_WRITE, 0x1000, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* The kernel may map registers for somebody, for one kind of access. */
static void test_p2p_contained_kernel_mapping_grants_its_kind_of_access(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_bar(b, b->alone_bar, ROUTE_IOMMU);
	struct model_target target = {.kind = MODEL_BAR, .index = b->alone_bar};
	model_take(b->model, b->p1, b->alone);
	model_dma_map(b->model, MACHINE_HOST, b->fw, 0x7000, 0x1000, target, MODEL_READ);
	bench_request(b, b->fw, MACHINE_HOST, REQUEST_READ, 0x7000, &hit, "");
	assert_safe(b, NAME);
	bench_request(b, b->fw, MACHINE_HOST, REQUEST_WRITE, 0x7000, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p2p_contained_foreign_registers_are_a_violation),
		cmocka_unit_test(test_p2p_contained_same_owner_is_safe),
		cmocka_unit_test(test_p2p_contained_two_kernel_drivers_are_safe),
		cmocka_unit_test(test_p2p_contained_device_of_nobody_is_safe),
		cmocka_unit_test(test_p2p_contained_own_registers_are_safe),
		cmocka_unit_test(test_p2p_contained_kernel_mapping_grants_its_kind_of_access),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
