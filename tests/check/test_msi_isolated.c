/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "msi-isolated"
#define HERE UINT64_C(0xfee00000)

static struct hit raised(uint16_t device, bool any)
{
	return (struct hit){.kind = HIT_INTERRUPT,
			    .route = ROUTE_IOMMU,
			    .memory = MACHINE_NONE,
			    .bar = MACHINE_NONE,
			    .device = MACHINE_NONE,
			    .firmware = MACHINE_NONE,
			    .bytes = 4,
			    .raised = any,
			    .raised_device = device,
			    .raised_index = 2};
}

/* p1 has `alone`; hba is the kernel's. */
static struct bench *open_with_user(void)
{
	struct bench *b = bench_open();

	bench_attach(b, b->p1, b->alone);
	bench_begin(b);
	return b;
}

static void test_msi_isolated_own_vector_is_safe(void **state)
{
	struct bench *b = open_with_user();
	struct hit hit = raised(b->alone, true);
	(void)state;

	bench_request(b, b->alone, b->p1, REQUEST_WRITE, HERE, &hit, "write");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_msi_isolated_vector_of_another_is_violated(void **state)
{
	struct bench *b = open_with_user();
	struct hit hit = raised(b->hba, true);
	(void)state;

	bench_request(b, b->alone, b->p1, REQUEST_WRITE, HERE, &hit, "write");
	assert_violated(b, NAME,
			"alone (owned by p1) wrote 0xfee00000 and raised v2 of hba (owned by host) at 'write'");
	bench_close(b);
}

static void test_msi_isolated_vector_of_no_device_is_the_kernels(void **state)
{
	struct bench *b = open_with_user();
	struct hit hit = raised(MACHINE_NONE, true);
	(void)state;

	bench_request(b, b->alone, b->p1, REQUEST_WRITE, HERE, &hit, "write");
	assert_violated(b, NAME,
			"alone (owned by p1) wrote 0xfee00000 and raised a vector of the kernel's own at 'write'");
	bench_request(b, b->hba, MACHINE_HOST, REQUEST_WRITE, HERE, &hit, "write");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_msi_isolated_message_that_raises_nothing_is_safe(void **state)
{
	struct bench *b = open_with_user();
	struct hit hit = raised(MACHINE_NONE, false);
	(void)state;

	bench_request(b, b->alone, b->p1, REQUEST_WRITE, HERE, &hit, "write");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_msi_isolated_device_of_nobody_is_the_kernels_to_protect(void **state)
{
	struct bench *b = open_with_user();
	struct hit hit = raised(b->nic, true);
	(void)state;

	bench_request(b, b->alone, b->p1, REQUEST_WRITE, HERE, &hit, "write");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_msi_isolated_own_vector_is_safe),
		cmocka_unit_test(test_msi_isolated_vector_of_another_is_violated),
		cmocka_unit_test(test_msi_isolated_vector_of_no_device_is_the_kernels),
		cmocka_unit_test(test_msi_isolated_message_that_raises_nothing_is_safe),
		cmocka_unit_test(test_msi_isolated_device_of_nobody_is_the_kernels_to_protect),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
