/* SPDX-License-Identifier: MIT */
/* iommufd, catalogue section 2.5: binding, and what keeps a device from being bound. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void open_iommufd(struct office *o)
{
	office_open(o, "iommufd", "7.0");
}

static void declare_iommufd(struct office *o)
{
	office_declare(o, "iommufd", "7.0");
}

static void test_iommufd_bind_claims_the_group_for_blocking(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_BLOCKED);
	assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_BLOCKED);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f1), -EPERM);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), 0);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_BLOCKED); /* the other claim still counts */
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f0), -EPERM);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f1), 0);
	assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_DMA);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f0), 0);
	bench_close(&o.b);
}

static void test_iommufd_device_file_opens_once(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), -EINVAL);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.nic), -EINVAL);
	bench_close(&o.b);
}

static void test_iommufd_bind_errno_table(void **state)
{
	(void)state;
	enum { SIBLING, OWN_DRIVER, STUB, NO_REMAPPING, NO_IOMMU, OFF, RMRR, ROWS };
	static const int errors[ROWS] = {
		[SIBLING] = -EPERM,   [OWN_DRIVER] = -EPERM, [STUB] = -ENODEV, [NO_REMAPPING] = -EPERM,
		[NO_IOMMU] = -EINVAL, [OFF] = -EINVAL,       [RMRR] = -EINVAL};
	for (int row = 0; row < ROWS; row++) {
		struct office o;
		declare_iommufd(&o);
		if (row == SIBLING)
			o.b.machine->devices[o.f0].driver = DRIVER_HOST;
		if (row == OWN_DRIVER)
			o.b.machine->devices[o.f1].driver = DRIVER_HOST;
		if (row == STUB)
			o.b.machine->devices[o.f1].driver = DRIVER_STUB;
		if (row == NO_REMAPPING)
			o.b.machine->iommus[0].interrupt_remapping = false;
		if (row == NO_IOMMU)
			o.b.kind = IOMMU_NONE;
		if (row == OFF)
			o.b.machine->iommus[0].on = false;
		if (row == RMRR)
			bench_reserve(&o.b, o.f0, RESERVED_RMRR, 0x7a000000, 0x1000);
		bench_start(&o.b);
		uint64_t hash = arena_hash(o.b.arena);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), errors[row]);
		assert_true(arena_hash(o.b.arena) == hash);
		assert_int_equal(o.b.resets[o.f1], 0);
		bench_close(&o.b);
	}
}

static void test_iommufd_firmware_range_before_6_6_is_refused_at_attach(void **state)
{
	(void)state;
	for (int smmu = 0; smmu < 2; smmu++) {
		struct office o;
		office_declare(&o, "iommufd", "6.2");
		o.b.kind = smmu ? IOMMU_SMMUV3 : IOMMU_VTD;
		bench_reserve(&o.b, o.nic, RESERVED_RMRR, 0x7a000000, 0x1000);
		bench_start(&o.b);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
		assert_int_equal(bench_reach(&o.b, o.nic, 0x7a000000), UINT64_MAX); /* the gap */
		space_handle s = bench_space(&o.b, o.p1);
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), smmu ? 0 : -EPERM);
		bench_close(&o.b);
	}
}

static void test_iommufd_does_not_exist_before_6_2(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "iommufd", "5.19");
	space_handle s;
	struct uapi_space_wish wish = {.ram = false};
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), -ENOTTY);
	assert_int_equal(uapi_space(o.b.uapi, o.p1, &wish, &s), -ENOTTY);
	assert_int_equal(uapi_mmap(o.b.uapi, o.p1, o.bar), -ENOTTY);
	bench_close(&o.b);
}

static void test_iommufd_access_before_bind_is_einval(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	space_handle s = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_mmap(o.b.uapi, o.p1, o.bar), -EINVAL);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), -EINVAL);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.nic, s), -EINVAL);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), -EINVAL);
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_mmap(o.b.uapi, o.p1, o.bar), 0);
	assert_int_equal(uapi_mmap(o.b.uapi, o.p2, o.bar), -EINVAL);
	bench_close(&o.b);
}

static void test_iommufd_probe_in_owned_group_is_ebusy(void **state)
{
	(void)state;
	struct office o;
	declare_iommufd(&o);
	o.b.machine->devices[o.f1].driver = DRIVER_NONE;
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.f0);
	assert_int_equal(uapi_driver_bind(o.b.uapi, o.f1, DRIVER_HOST), -EBUSY);
	uapi_release(o.b.uapi, o.p1, o.f0);
	assert_int_equal(uapi_driver_bind(o.b.uapi, o.f1, DRIVER_HOST), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), -EPERM);
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iommufd_bind_claims_the_group_for_blocking),
		cmocka_unit_test(test_iommufd_device_file_opens_once),
		cmocka_unit_test(test_iommufd_bind_errno_table),
		cmocka_unit_test(test_iommufd_firmware_range_before_6_6_is_refused_at_attach),
		cmocka_unit_test(test_iommufd_does_not_exist_before_6_2),
		cmocka_unit_test(test_iommufd_access_before_bind_is_einval),
		cmocka_unit_test(test_iommufd_probe_in_owned_group_is_ebusy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
