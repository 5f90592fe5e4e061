/* SPDX-License-Identifier: MIT */
/* Boot and its orders; no-IOMMU, catalogue section 2.6. */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct host {
	struct bench b;
	uint16_t u, v, nic, page, buffer;
};

static void declare(struct host *h, const char *mode)
{
	bench_open(&h->b, "kernel-dma");
	if (mode)
		bench_set(&h->b, "kernel_dma", mode);
	h->u = bench_owner(&h->b, "u");
	h->v = bench_owner(&h->b, "v");
	h->nic = bench_device(&h->b, "nic", DRIVER_HOST);
	h->page = bench_memory(&h->b, "page", MACHINE_HOST, 0x1000);
	h->buffer = bench_memory(&h->b, "buffer", MACHINE_HOST, 0x3000);
}

static uint64_t map(struct host *h, uint16_t memory)
{
	uint64_t iova = 0;
	assert_int_equal(bench_dma_map(&h->b, MACHINE_HOST, h->nic, memory, &iova), 0);
	assert_int_equal(h->b.implied, 0);
	return iova;
}

/* --- no-IOMMU --- */

static void test_noiommu_asks_for_raw_io_and_nothing_else(void **state)
{
	(void)state;
	static const enum iommu_kind kinds[] = {IOMMU_NONE, IOMMU_VTD};
	for (int i = 0; i < 2; i++) {
		struct bench b;
		bench_open(&b, "noiommu");
		b.kind = kinds[i];
		uint16_t p1 = bench_owner(&b, "p1"), poor = bench_owner(&b, "poor");
		b.machine->owners[poor].rawio = false;
		uint16_t f0 = bench_device(&b, "f0", DRIVER_USER);
		uint16_t f1 = bench_function(&b, "f1", DRIVER_HOST, f0);
		uint16_t bar = bench_bar(&b, f0, 0x1000);
		uint16_t page = bench_memory(&b, "page", p1, 0x1000);
		bench_start(&b);
		uint64_t iova;
		assert_int_equal(uapi_take(b.uapi, poor, f0), -EPERM);
		assert_int_equal(uapi_mmap(b.uapi, poor, bar), -EPERM);
		assert_int_equal(uapi_take(b.uapi, p1, f1), -ENODEV); /* the kernel's driver has it */
		assert_int_equal(uapi_take(b.uapi, p1, f0), 0);
		assert_int_equal(uapi_take(b.uapi, poor, f0), -EPERM);
		assert_int_equal(bench_dma_map(&b, p1, f0, page, &iova), -ENOTTY);
		assert_int_equal(uapi_attach(b.uapi, p1, f0, 1), -ENOTTY);
		if (kinds[i] == IOMMU_VTD)
			assert_int_equal(bench_reach(&b, f0, bench_pa(&b, page)), bench_pa(&b, page));
		assert_int_equal(uapi_driver_unbind(b.uapi, f1), 0);
		assert_int_equal(uapi_driver_bind(b.uapi, f1, DRIVER_HOST), 0); /* nobody minds */
		assert_int_equal(uapi_release(b.uapi, p1, f0), 0);
		assert_int_equal(uapi_mmap(b.uapi, p1, bar), 0); /* which opens it */
		assert_int_equal(uapi_release(b.uapi, p1, f0), 0);
		bench_close(&b);
	}
}

static void test_noiommu_device_opens_once(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "noiommu");
	uint16_t p1 = bench_owner(&b, "p1"), p2 = bench_owner(&b, "p2");
	uint16_t nic = bench_device(&b, "nic", DRIVER_USER);
	bench_start(&b);
	assert_int_equal(uapi_take(b.uapi, p1, nic), 0);
	assert_int_equal(uapi_take(b.uapi, p2, nic), -EBUSY);
	assert_int_equal(uapi_exit(b.uapi, p1), 0);
	assert_int_equal(uapi_take(b.uapi, p2, nic), 0);
	bench_close(&b);
}

/* --- boot --- */

static void test_boot_maps_before_it_enables(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "strict");
	h.b.machine->iommus[0].on = false;
	bench_reserve(&h.b, h.nic, RESERVED_RMRR, 0x7a000000, 0x1000);
	bench_start(&h.b);
	assert_false(h.b.units[0]->enabled);
	assert_int_equal(bench_serving(&h.b, h.nic), DOMAIN_DMA); /* all in place */
	assert_int_equal(uapi_enable_translation(h.b.uapi, 0), 0);
	assert_true(h.b.units[0]->enabled);
	assert_int_equal(bench_reach(&h.b, h.nic, 0x7a000000), 0x7a000000);
	assert_int_equal(map(&h, h.page), 0x1000); /* translated from now on */
	bench_close(&h.b);
}

static void test_boot_enable_then_map_has_a_gap(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "strict");
	bench_set(&h.b, "boot_order", "enable_then_map");
	h.b.machine->iommus[0].on = false;
	bench_reserve(&h.b, h.nic, RESERVED_RMRR, 0x7a000000, 0x1000);
	bench_start(&h.b);
	assert_int_equal(h.b.units[0]->attaches, 0);
	assert_int_equal(bench_reach(&h.b, h.nic, 0x7a000000), 0x7a000000); /* nothing translates yet */
	assert_int_equal(uapi_enable_translation(h.b.uapi, 0), 0);
	assert_int_equal(bench_reach(&h.b, h.nic, 0x7a000000), UINT64_MAX);
	assert_int_equal(uapi_enable_translation(h.b.uapi, 0), 0); /* is on; nothing else */
	assert_int_equal(bench_reach(&h.b, h.nic, 0x7a000000), UINT64_MAX);
	assert_int_equal(uapi_deferred_flush(h.b.uapi), 0); /* whatever the kernel does next */
	assert_int_equal(bench_reach(&h.b, h.nic, 0x7a000000), 0x7a000000);
	bench_close(&h.b);
}

static void test_boot_enable_without_hardware_is_enodev(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "strict");
	h.b.kind = IOMMU_NONE;
	bench_start(&h.b);
	assert_int_equal(uapi_enable_translation(h.b.uapi, 0), -ENODEV);
	bench_close(&h.b);
}

static void test_boot_unit_without_pass_through_translates(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "identity");
	struct machine_error error;
	assert_true(machine_finish(h.b.machine, &error));
	machine_set_kind(h.b.machine, IOMMU_VTD);
	h.b.arena = arena_new();
	h.b.units[0] = fake_driver_new(0, IOMMU_VTD);
	h.b.units[0]->no_identity = true;
	struct driver *drivers[] = {&h.b.units[0]->base};
	h.b.uapi = uapi_new(&(struct uapi_config){
		.arena = h.b.arena, .machine = h.b.machine, .rules = h.b.rules, .drivers = drivers});
	assert_int_equal(uapi_boot(h.b.uapi), 0);
	assert_int_equal(bench_serving(&h.b, h.nic), DOMAIN_DMA);
	bench_close(&h.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noiommu_asks_for_raw_io_and_nothing_else),
		cmocka_unit_test(test_noiommu_device_opens_once),
		cmocka_unit_test(test_boot_maps_before_it_enables),
		cmocka_unit_test(test_boot_enable_then_map_has_a_gap),
		cmocka_unit_test(test_boot_enable_without_hardware_is_enodev),
		cmocka_unit_test(test_boot_unit_without_pass_through_translates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
