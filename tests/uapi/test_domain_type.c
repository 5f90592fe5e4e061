/* SPDX-License-Identifier: MIT */
/* The type of a group's default domain: who may change it when, and what becomes of what is mapped. */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOTHING UINT64_MAX

struct host {
	struct bench b;
	uint16_t p1, nic, f0, f1, page;
};

static void declare(struct host *h, const char *policy, const char *mode)
{
	bench_open(&h->b, policy);
	bench_set(&h->b, "kernel_dma", mode);
	h->p1 = bench_owner(&h->b, "p1");
	h->nic = bench_device(&h->b, "nic", DRIVER_HOST);
	h->f0 = bench_device(&h->b, "f0", DRIVER_USER);
	h->f1 = bench_function(&h->b, "f1", DRIVER_NONE, h->f0);
	h->page = bench_memory(&h->b, "page", MACHINE_HOST, 0x1000);
}

static void open_host(struct host *h, const char *policy, const char *mode)
{
	declare(h, policy, mode);
	bench_start(&h->b);
}

static int change(struct host *h, uint16_t device, unsigned type)
{
	return uapi_domain_type(h->b.uapi, device, type);
}

static void test_domain_type_changes_only_without_a_driver(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "kernel-dma", "strict");
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_IDENTITY), -EPERM);
	assert_int_equal(bench_serving(&h.b, h.nic), DOMAIN_DMA);
	assert_int_equal(uapi_driver_unbind(h.b.uapi, h.nic), 0);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_IDENTITY), 0);
	assert_int_equal(bench_serving(&h.b, h.nic), DOMAIN_IDENTITY);
	assert_int_equal(uapi_driver_bind(h.b.uapi, h.nic, DRIVER_HOST), 0);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_STRICT), -EPERM);
	/* What is new is used. */
	uint64_t iova;
	assert_int_equal(bench_dma_map(&h.b, MACHINE_HOST, h.nic, h.page, &iova), 0);
	assert_int_equal(iova, bench_pa(&h.b, h.page));
	bench_close(&h.b);
}

/* A driver of any member, and an owner of it, keep the type of all. */
static void test_domain_type_asks_all_of_the_group(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "iommufd", "strict");
	assert_int_equal(uapi_driver_bind(h.b.uapi, h.f1, DRIVER_HOST), 0);
	assert_int_equal(change(&h, h.f0, KERNEL_DMA_IDENTITY), -EPERM);
	assert_int_equal(uapi_driver_unbind(h.b.uapi, h.f1), 0);
	assert_int_equal(uapi_take(h.b.uapi, h.p1, h.f0), 0);
	assert_int_equal(change(&h, h.f1, KERNEL_DMA_IDENTITY), -EPERM);
	assert_int_equal(uapi_release(h.b.uapi, h.p1, h.f0), 0);
	assert_int_equal(change(&h, h.f1, KERNEL_DMA_IDENTITY), 0);
	assert_int_equal(bench_serving(&h.b, h.f0), DOMAIN_IDENTITY);
	assert_int_equal(bench_serving(&h.b, h.f1), DOMAIN_IDENTITY);
	assert_int_equal(bench_serving(&h.b, h.nic), DOMAIN_DMA);
	bench_close(&h.b);
}

/* A flush queue is added to the table that there is; to be without one again takes another table. */
static void test_domain_type_lazy_needs_no_exchange(void **state)
{
	(void)state;
	struct host h;
	uint64_t iova;
	open_host(&h, "kernel-dma", "strict");
	assert_int_equal(bench_dma_map(&h.b, MACHINE_HOST, h.nic, h.page, &iova), 0);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_LAZY), 0);
	assert_int_equal(bench_reach(&h.b, h.nic, iova), bench_pa(&h.b, h.page));
	unsigned syncs = bench_unit_of(&h.b, h.nic)->syncs;
	assert_int_equal(bench_dma_unmap(&h.b, MACHINE_HOST, h.nic, h.page, iova), 0);
	assert_int_equal(bench_unit_of(&h.b, h.nic)->syncs, syncs);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_LAZY), -EPERM);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_STRICT), -EPERM);
	assert_int_equal(uapi_driver_unbind(h.b.uapi, h.nic), 0);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_STRICT), 0);
	assert_int_equal(uapi_driver_bind(h.b.uapi, h.nic, DRIVER_HOST), 0);
	assert_int_equal(bench_dma_map(&h.b, MACHINE_HOST, h.nic, h.page, &iova), 0);
	syncs = bench_unit_of(&h.b, h.nic)->syncs;
	assert_int_equal(bench_dma_unmap(&h.b, MACHINE_HOST, h.nic, h.page, iova), 0);
	assert_true(bench_unit_of(&h.b, h.nic)->syncs > syncs);
	bench_close(&h.b);
}

static void test_domain_type_untrusted_is_translated(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "kernel-dma", "strict");
	h.b.machine->devices[h.f1].trusted = false;
	bench_start(&h.b);
	assert_int_equal(change(&h, h.f0, KERNEL_DMA_IDENTITY), -EINVAL);
	assert_int_equal(bench_serving(&h.b, h.f0), DOMAIN_DMA);
	bench_close(&h.b);
}

/* Where nobody looks, what was mapped is gone, and the memory is the driver's no more. */
static void test_domain_type_any_leaves_handles_behind(void **state)
{
	(void)state;
	struct host h;
	uint64_t iova;
	declare(&h, "kernel-dma", "strict");
	bench_set(&h.b, "domain_type_change", "any");
	bench_start(&h.b);
	assert_int_equal(bench_dma_map(&h.b, MACHINE_HOST, h.nic, h.page, &iova), 0);
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), -EBUSY);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_IDENTITY), 0);
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), 0);
	assert_int_equal(bench_dma_unmap(&h.b, MACHINE_HOST, h.nic, h.page, iova), -EINVAL);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_STRICT), 0);
	assert_int_equal(bench_reach(&h.b, h.nic, iova), NOTHING);
	bench_close(&h.b);
}

static void test_domain_type_of_no_default_domain_is_refused(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "kernel-dma", "strict");
	h.b.kind = IOMMU_NONE;
	bench_start(&h.b);
	assert_int_equal(change(&h, h.nic, KERNEL_DMA_IDENTITY), -EINVAL);
	bench_close(&h.b);
}

static void test_domain_type_that_fails_changes_nothing(void **state)
{
	(void)state;
	struct host h;
	uint64_t iova;
	declare(&h, "kernel-dma", "identity");
	bench_start(&h.b);
	struct fake_driver *unit = bench_unit_of(&h.b, h.f0);
	unit->fail_attach = -ETIMEDOUT;
	unit->attach_after = 1;
	unit->attach_once = true;
	assert_int_equal(change(&h, h.f0, KERNEL_DMA_STRICT), -ETIMEDOUT);
	assert_int_equal(bench_serving(&h.b, h.f0), DOMAIN_IDENTITY);
	assert_int_equal(bench_serving(&h.b, h.f1), DOMAIN_IDENTITY);
	assert_int_equal(uapi_driver_bind(h.b.uapi, h.f0, DRIVER_HOST), 0);
	assert_int_equal(bench_dma_map(&h.b, MACHINE_HOST, h.f0, h.page, &iova), 0);
	assert_int_equal(iova, bench_pa(&h.b, h.page));
	bench_close(&h.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain_type_changes_only_without_a_driver),
		cmocka_unit_test(test_domain_type_asks_all_of_the_group),
		cmocka_unit_test(test_domain_type_lazy_needs_no_exchange),
		cmocka_unit_test(test_domain_type_untrusted_is_translated),
		cmocka_unit_test(test_domain_type_any_leaves_handles_behind),
		cmocka_unit_test(test_domain_type_of_no_default_domain_is_refused),
		cmocka_unit_test(test_domain_type_that_fails_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
