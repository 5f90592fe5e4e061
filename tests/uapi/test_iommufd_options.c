/* SPDX-License-Identifier: MIT */
/* iommufd's options, what it says of devices, and VFIO's calls on it. */
#include "office.h"
#include "uapi/objects.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int set(struct office *o, uint16_t owner, enum uapi_option option, space_handle object, uint64_t value)
{
	return uapi_option_set(o->b.uapi, owner, option, object, value);
}

static uint64_t get(struct office *o, uint16_t owner, enum uapi_option option, space_handle object)
{
	uint64_t value = UINT64_MAX;
	assert_int_equal(uapi_option_get(o->b.uapi, owner, option, object, &value), 0);
	return value;
}

static void test_rlimit_mode_is_set_before_there_is_an_object(void **state)
{
	(void)state;
	struct office o;
	uint64_t value;
	office_declare(&o, "iommufd", "7.0");
	o.b.machine->owners[o.p2].resource = false;
	bench_start(&o.b);
	assert_int_equal(get(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, 0), 0);
	assert_int_equal(set(&o, o.p2, UAPI_OPTION_RLIMIT_MODE, 0, 1), -EPERM);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, 0, 2), -EINVAL);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, 0, 1), 0);
	assert_int_equal(get(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, 0), 1);
	space_handle space = bench_space(&o.b, o.p1);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, 0, 0), -EBUSY);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, space, 0), -EOPNOTSUPP);
	assert_int_equal(uapi_option_get(o.b.uapi, o.p1, UAPI_OPTION_RLIMIT_MODE, space, &value), -EOPNOTSUPP);
	assert_int_equal(get(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, 0), 1);
	bench_close(&o.b);
}

static void test_huge_pages_errors(void **state)
{
	(void)state;
	struct uapi_target target = {.kind = UAPI_MEMORY};
	struct office o;
	office_open(&o, "iommufd", "7.0");
	target.index = o.page;
	space_handle space = bench_space(&o.b, o.p1);
	assert_int_equal(get(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space), 1);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, 0x7777, 0), -ENOENT);
	assert_int_equal(set(&o, o.p2, UAPI_OPTION_HUGE_PAGES, space, 0), -ENOENT);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 2), -EINVAL);
	assert_int_equal(uapi_map(o.b.uapi, o.p1, space, 0x10001, target, 1, UAPI_READ), 0);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 0), -EADDRINUSE);
	assert_int_equal(get(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space), 1);
	assert_int_equal(bench_unmap(&o.b, o.p1, space, 0x10001, 1), 0);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 0), 0);
	assert_int_equal(get(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space), 0);
	/* Every address is a page's from now on, with no domain either. */
	assert_int_equal(uapi_map(o.b.uapi, o.p1, space, 0x10001, target, 1, UAPI_READ), -EINVAL);
	bench_close(&o.b);
}

static void test_huge_pages_are_not_switched_off_under_what_is_mapped(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "iommufd", "7.0");
	space_handle space = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, space), 0);
	assert_int_equal(bench_map(&o.b, o.p1, space, 0x10000, o.page), 0);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 0), -EINVAL);
	assert_int_equal(bench_unmap(&o.b, o.p1, space, 0x10000, 0x2000), 0);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 0), 0);
	assert_int_equal(bench_map(&o.b, o.p1, space, 0x10000, o.page), 0);
	assert_int_equal(uapi_space_map_calls(o.b.uapi, space), 3); /* one, then a call a page */
	assert_int_equal(bench_reach(&o.b, o.nic, 0x11000), bench_pa(&o.b, o.page) + 0x1000);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 0), 0); /* it is off already */
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 1), 0);
	bench_close(&o.b);
}

static void test_map_in_small_pages_is_all_or_nothing(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "iommufd", "7.0");
	space_handle space = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_HUGE_PAGES, space, 0), 0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, space), 0);
	struct fake_driver *unit = bench_unit_of(&o.b, o.nic);
	unit->fail_map = -ENOMEM;
	unit->map_after = 1; /* the first page is in */
	assert_int_equal(bench_map(&o.b, o.p1, space, 0x10000, o.page), -ENOMEM);
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), UINT64_MAX);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	bench_close(&o.b);
}

/* --- devices --- */

static void test_hw_info_is_of_the_devices_unit(void **state)
{
	(void)state;
	for (unsigned kind = IOMMU_VTD; kind <= IOMMU_SMMUV3; kind++) {
		enum uapi_hw_info_type own = kind == IOMMU_VTD ? UAPI_HW_INFO_VTD : UAPI_HW_INFO_SMMUV3;
		struct uapi_hw_info info = {.type = UAPI_HW_INFO_DEFAULT};
		struct office o;
		office_declare(&o, "iommufd", "7.0");
		o.b.kind = (enum iommu_kind)kind;
		o.b.machine->devices[o.nic].ats = true;
		o.b.machine->devices[o.nic].pasid_bits = 16;
		bench_start(&o.b);
		assert_int_equal(uapi_hw_info(o.b.uapi, o.p1, o.nic, &info), -ENOENT);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), 0);
		assert_int_equal(uapi_hw_info(o.b.uapi, o.p2, o.nic, &info), -ENOENT);
		assert_int_equal(uapi_hw_info(o.b.uapi, o.p1, o.nic, &info), 0);
		assert_int_equal(info.type, own);
		assert_int_equal(info.hw.bytes, kind == IOMMU_VTD ? 24 : 40);
		assert_int_equal(info.hw.words[2], 0x1234);
		assert_true(info.dirty_tracking);
		assert_false(info.ats_not_supported);
		assert_int_equal(info.max_pasid_lg2, 16);
		bench_unit_of(&o.b, o.nic)->no_dirty = true;
		bench_unit_of(&o.b, o.nic)->pasid_lg2 = 8; /* the lesser of unit and endpoint */
		assert_int_equal(uapi_hw_info(o.b.uapi, o.p1, o.nic, &info), 0);
		assert_false(info.dirty_tracking);
		assert_int_equal(info.max_pasid_lg2, 8);
		assert_int_equal(uapi_hw_info(o.b.uapi, o.p1, o.f0, &info), 0);
		assert_true(info.ats_not_supported);
		assert_int_equal(info.max_pasid_lg2, 0);
		info.type = kind == IOMMU_VTD ? UAPI_HW_INFO_SMMUV3 : UAPI_HW_INFO_VTD;
		assert_int_equal(uapi_hw_info(o.b.uapi, o.p1, o.nic, &info), -EOPNOTSUPP);
		bench_close(&o.b);
	}
}

static void test_change_process_takes_files_alone(void **state)
{
	(void)state;
	struct uapi_target target = {.kind = UAPI_MEMORY};
	struct office o;
	office_open(&o, "iommufd", "7.0");
	target.index = o.page;
	space_handle space = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_map_file(o.b.uapi, o.p1, space, 0x10000, target, 0x2000, UAPI_READ), 0);
	assert_int_equal(uapi_change_process(o.b.uapi, o.p1), 0);
	assert_int_equal(bench_map(&o.b, o.p1, space, 0x20000, o.page), 0);
	assert_int_equal(uapi_change_process(o.b.uapi, o.p1), -EINVAL);
	assert_int_equal(uapi_change_process(o.b.uapi, o.p2), 0); /* a file of its own */
	bench_close(&o.b);
}

/* --- VFIO's calls --- */

struct compat {
	struct office o;
	space_handle space;
};

static void compat_open(struct compat *c)
{
	office_open(&c->o, "iommufd", "7.0");
	c->space = bench_space(&c->o.b, c->o.p1);
	assert_int_equal(uapi_vfio_ioas(c->o.b.uapi, c->o.p1, UAPI_COMPAT_SET, &c->space), 0);
}

static int vfio_map(struct compat *c, uint64_t iova)
{
	struct uapi_target target = {.kind = UAPI_MEMORY, .index = c->o.page};
	return uapi_vfio_map(c->o.b.uapi, c->o.p1, iova, target, 0x2000, UAPI_READ | UAPI_WRITE);
}

static int vfio_unmap(struct compat *c, uint64_t iova, uint64_t bytes, bool all, uint64_t *unmapped)
{
	return uapi_vfio_unmap(c->o.b.uapi, c->o.p1, iova, bytes, all, unmapped);
}

static void test_compat_space_is_got_set_and_cleared(void **state)
{
	(void)state;
	struct uapi_hwpt_wish wish = {.pasid = false};
	struct compat c;
	space_handle out = 0, hwpt;
	uint64_t bytes;
	compat_open(&c);
	struct uapi *u = c.o.b.uapi;
	assert_int_equal(uapi_vfio_ioas(u, c.o.p1, UAPI_COMPAT_GET, &out), 0);
	assert_int_equal(out, c.space);
	assert_int_equal(uapi_vfio_ioas(u, c.o.p2, UAPI_COMPAT_GET, &out), -ENODEV);
	assert_int_equal(uapi_vfio_ioas(u, c.o.p2, UAPI_COMPAT_SET, &c.space), -ENOENT);
	assert_int_equal(uapi_take(u, c.o.p1, c.o.nic), 0);
	assert_int_equal(uapi_hwpt_alloc(u, c.o.p1, c.o.nic, c.space, &wish, &hwpt), 0);
	assert_int_equal(uapi_vfio_ioas(u, c.o.p1, UAPI_COMPAT_SET, &hwpt), -ENOENT);
	assert_int_equal(uapi_destroy(u, c.o.p1, hwpt), 0);
	assert_int_equal(uapi_destroy(u, c.o.p1, c.space), 0); /* it is not held */
	assert_int_equal(uapi_vfio_ioas(u, c.o.p1, UAPI_COMPAT_GET, &out), -ENODEV);
	assert_int_equal(vfio_map(&c, 0x10000), -ENODEV);
	assert_int_equal(vfio_unmap(&c, 0x10000, 0x2000, false, &bytes), -ENODEV);
	assert_int_equal(uapi_vfio_set_iommu(u, c.o.p1, UAPI_VFIO_TYPE1V2), -ENODEV);
	c.space = bench_space(&c.o.b, c.o.p1);
	assert_int_equal(uapi_vfio_ioas(u, c.o.p1, UAPI_COMPAT_GET, &out), -ENODEV); /* not by a like handle */
	assert_int_equal(uapi_vfio_ioas(u, c.o.p1, UAPI_COMPAT_SET, &c.space), 0);
	assert_int_equal(uapi_vfio_ioas(u, c.o.p1, UAPI_COMPAT_CLEAR, &out), 0);
	assert_int_equal(uapi_vfio_ioas(u, c.o.p1, UAPI_COMPAT_GET, &out), -ENODEV);
	bench_close(&c.o.b);
}

static void test_compat_unmap_differs_from_the_native_one(void **state)
{
	(void)state;
	struct compat c;
	uint64_t bytes;
	compat_open(&c);
	assert_int_equal(uapi_vfio_set_iommu(c.o.b.uapi, c.o.p1, UAPI_VFIO_TYPE1V2), 0);
	assert_int_equal(uapi_vfio_set_iommu(c.o.b.uapi, c.o.p1, UAPI_VFIO_NOIOMMU), -EINVAL);
	assert_int_equal(vfio_unmap(&c, 0x10000, 0x1000, false, &bytes), 0); /* nothing is there */
	assert_int_equal(bytes, 0);
	assert_int_equal(bench_unmap(&c.o.b, c.o.p1, c.space, 0x10000, 0x1000), -ENOENT);
	assert_int_equal(vfio_map(&c, 0x10000), 0);
	assert_int_equal(vfio_map(&c, 0x10000), -EEXIST);
	assert_int_equal(vfio_unmap(&c, 0x10000, 0x1000, false, &bytes), -ENOENT); /* a part of an area */
	assert_int_equal(vfio_map(&c, 0x8000), 0);
	assert_int_equal(vfio_unmap(&c, 0x8000, 0x9000, false, &bytes), -ENOENT); /* a whole one, then a part of one */
	assert_int_equal(bytes, 0x2000);
	assert_int_equal(vfio_unmap(&c, 0x8000, 0x2000, false, &bytes), 0); /* the whole one is gone */
	assert_int_equal(bytes, 0);
	assert_int_equal(vfio_unmap(&c, 0x10000, 0, false, &bytes), -EINVAL);
	assert_int_equal(vfio_unmap(&c, 0x10000, 0, true, &bytes), -EINVAL);
	assert_int_equal(vfio_unmap(&c, 0, 0x2000, true, &bytes), -EINVAL);
	assert_int_equal(vfio_unmap(&c, 0, 0, true, &bytes), 0);
	assert_int_equal(bytes, 0x2000);
	assert_int_equal(vfio_unmap(&c, 0, 0, true, &bytes), 0);
	assert_int_equal(bytes, 0);
	bench_close(&c.o.b);
}

static void test_compat_unmap_of_nothing_by_version(void **state)
{
	(void)state;
	static const struct {
		const char *kernel;
		int error;
	} rows[] = {{"6.15", -ENOENT}, {"7.0", 0}};
	for (unsigned i = 0; i < 2; i++) {
		struct office o;
		uint64_t bytes;
		office_open(&o, "iommufd", rows[i].kernel);
		space_handle space = bench_space(&o.b, o.p1);
		assert_int_equal(uapi_vfio_ioas(o.b.uapi, o.p1, UAPI_COMPAT_SET, &space), 0);
		assert_int_equal(uapi_vfio_unmap(o.b.uapi, o.p1, 0x10000, 0x1000, false, &bytes), rows[i].error);
		assert_int_equal(uapi_vfio_unmap(o.b.uapi, o.p1, 0, 0, true, &bytes), 0);
		bench_close(&o.b);
	}
}

static void test_compat_type1_cuts_areas(void **state)
{
	(void)state;
	struct compat c;
	uint64_t bytes;
	compat_open(&c);
	struct uapi *u = c.o.b.uapi;
	assert_int_equal(uapi_vfio_set_iommu(u, c.o.p1, UAPI_VFIO_TYPE1), 0);
	assert_int_equal(get(&c.o, c.o.p1, UAPI_OPTION_HUGE_PAGES, c.space), 0);
	assert_int_equal(uapi_take(u, c.o.p1, c.o.nic), 0);
	assert_int_equal(uapi_attach(u, c.o.p1, c.o.nic, c.space), 0);
	assert_int_equal(vfio_map(&c, 0x10000), 0);
	assert_int_equal(vfio_unmap(&c, 0x10800, 0x800, false, &bytes), -EINVAL); /* not at a page */
	assert_int_equal(vfio_unmap(&c, 0x11000, 0x1000, false, &bytes), 0);
	assert_int_equal(bytes, 0x1000);
	assert_int_equal(bench_reach(&c.o.b, c.o.nic, 0x10000), bench_pa(&c.o.b, c.o.page));
	assert_int_equal(bench_reach(&c.o.b, c.o.nic, 0x11000), UINT64_MAX);
	assert_true(uapi_memory_pinned(u, c.o.page)); /* the first half still is */
	assert_int_equal(vfio_unmap(&c, 0x10000, 0x1000, false, &bytes), 0);
	assert_false(uapi_memory_pinned(u, c.o.page));
	bench_close(&c.o.b);
}

static void test_compat_type1_is_too_late_when_something_is_mapped(void **state)
{
	(void)state;
	struct compat c;
	compat_open(&c);
	struct uapi *u = c.o.b.uapi;
	assert_int_equal(uapi_take(u, c.o.p1, c.o.nic), 0);
	assert_int_equal(uapi_attach(u, c.o.p1, c.o.nic, c.space), 0);
	assert_int_equal(vfio_map(&c, 0x10000), 0);
	assert_int_equal(uapi_vfio_set_iommu(u, c.o.p1, UAPI_VFIO_TYPE1), -EINVAL);
	bench_close(&c.o.b);
}

static void test_options_by_front_end(void **state)
{
	(void)state;
	struct uapi_hw_info info = {.type = UAPI_HW_INFO_DEFAULT};
	struct office o;
	space_handle out = 0;
	uint64_t value;
	office_open(&o, "vfio-type1", "7.0");
	assert_int_equal(set(&o, o.p1, UAPI_OPTION_RLIMIT_MODE, 0, 1), -ENOTTY);
	assert_int_equal(uapi_option_get(o.b.uapi, o.p1, UAPI_OPTION_RLIMIT_MODE, 0, &value), -ENOTTY);
	assert_int_equal(uapi_hw_info(o.b.uapi, o.p1, o.nic, &info), -ENOTTY);
	assert_int_equal(uapi_vfio_ioas(o.b.uapi, o.p1, UAPI_COMPAT_GET, &out), -ENOTTY);
	assert_int_equal(uapi_vfio_set_iommu(o.b.uapi, o.p1, UAPI_VFIO_TYPE1), -ENOTTY);
	assert_int_equal(uapi_change_process(o.b.uapi, o.p1), -ENOTTY);
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rlimit_mode_is_set_before_there_is_an_object),
		cmocka_unit_test(test_huge_pages_errors),
		cmocka_unit_test(test_huge_pages_are_not_switched_off_under_what_is_mapped),
		cmocka_unit_test(test_map_in_small_pages_is_all_or_nothing),
		cmocka_unit_test(test_hw_info_is_of_the_devices_unit),
		cmocka_unit_test(test_change_process_takes_files_alone),
		cmocka_unit_test(test_compat_space_is_got_set_and_cleared),
		cmocka_unit_test(test_compat_unmap_differs_from_the_native_one),
		cmocka_unit_test(test_compat_unmap_of_nothing_by_version),
		cmocka_unit_test(test_compat_type1_cuts_areas),
		cmocka_unit_test(test_compat_type1_is_too_late_when_something_is_mapped),
		cmocka_unit_test(test_options_by_front_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
