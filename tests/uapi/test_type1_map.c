/* SPDX-License-Identifier: MIT */
/* VFIO type1, catalogue section 2.1: mapping and unmapping, errno by errno. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- mapping --- */

struct mapping_row {
	const char *what;
	uint64_t iova, offset, bytes;
	unsigned permissions;
	int error;
};

static void test_type1_map_errno_table(void **state)
{
	(void)state;
	static const struct mapping_row rows[] = {
		{"nothing", 0x20000, 0, 0, 3, -EINVAL},
		{"wraps", UINT64_MAX - 0xfff, 0, 0x2000, 3, -EOVERFLOW},
		{"no permission", 0x20000, 0, 0x1000, 0, -EINVAL},
		{"address misaligned", 0x20800, 0, 0x1000, 3, -EINVAL},
		{"size misaligned", 0x20000, 0, 0x800, 3, -EINVAL},
		{"memory misaligned", 0x20000, 0x800, 0x1000, 3, -EINVAL},
		{"over an area", 0xf000, 0, 0x2000, 3, -EEXIST},
		{"same again", 0x10000, 0, 0x2000, 3, -EEXIST},
		{"interrupt window", 0xfee00000, 0, 0x1000, 2, -EINVAL},
		{"into the interrupt window", 0xfedff000, 0, 0x2000, 3, -EINVAL},
		{"beyond the table", UINT64_C(1) << 48, 0, 0x1000, 3, -EINVAL},
		{"beyond the memory", 0x20000, 0x1000, 0x2000, 3, -EFAULT},
		{"read only", 0x20000, 0x1000, 0x1000, 1, 0},
		{"last page of the table", (UINT64_C(1) << 48) - 0x1000, 0, 0x1000, 3, 0},
		{"page 0", 0, 0, 0x1000, 3, 0},
	};
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uapi_target target = {.kind = UAPI_MEMORY, .index = o.page, .offset = rows[i].offset};
		uint64_t hash = arena_hash(o.b.arena);
		int error = uapi_map(o.b.uapi, o.p1, s, rows[i].iova, target, rows[i].bytes, rows[i].permissions);
		if (error != rows[i].error)
			fail_msg("%s: %d", rows[i].what, error);
		if (error)
			assert_true(arena_hash(o.b.arena) == hash);
	}
	bench_close(&o.b);
}

static void test_type1_map_of_somebody_elses_memory_is_efault(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.other), -EFAULT);
	assert_int_equal(uapi_page_release(o.b.uapi, o.other), 0);
	uapi_page_given(o.b.uapi, o.other, o.p2);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.other), -EFAULT);
	uapi_page_given(o.b.uapi, o.other, o.p1);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.other), 0);
	bench_close(&o.b);
}

static void test_type1_unmap_errno_table(void **state)
{
	(void)state;
	/* areas: 10000-11fff, 12000-13fff, 20000-21fff */
	static const struct {
		const char *what;
		uint64_t iova, bytes, unmapped;
		int error;
	} rows[] = {
		{"nothing", 0x10000, 0, 0, -EINVAL},
		{"address misaligned", 0x10800, 0x1000, 0, -EINVAL},
		{"size misaligned", 0x10000, 0x800, 0, -EINVAL},
		{"wraps", UINT64_MAX - 0xfff, 0x2000, 0, -EOVERFLOW},
		{"cuts at the start", 0x11000, 0x3000, 0, -EINVAL},
		{"cuts at the end", 0x10000, 0x3000, 0, -EINVAL},
		{"inside one", 0x11000, 0x1000, 0, -EINVAL},
		{"a gap", 0x18000, 0x1000, 0, 0},
		{"two areas and a gap", 0x0, 0x20000, 0x4000, 0},
		{"the rest", 0x0, UINT64_MAX - 0xfff, 0x2000, 0},
		{"again", 0x0, UINT64_MAX - 0xfff, 0, 0},
	};
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	bench_map(&o.b, o.p1, s, 0x20000, o.page);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	bench_map(&o.b, o.p1, s, 0x12000, o.page);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t unmapped = 1;
		int error = uapi_unmap(o.b.uapi, o.p1, s, rows[i].iova, rows[i].bytes, &unmapped);
		if (error != rows[i].error || unmapped != rows[i].unmapped)
			fail_msg("%s: %d, %#llx bytes", rows[i].what, error, (unsigned long long)unmapped);
	}
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	bench_close(&o.b);
}

static void test_type1_page_is_pinned_until_the_last_unmap(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	bench_map(&o.b, o.p1, s, 0x20000, o.page);
	assert_int_equal(uapi_page_release(o.b.uapi, o.page), -EBUSY);
	bench_unmap(&o.b, o.p1, s, 0x10000, 0x2000);
	assert_int_equal(uapi_page_release(o.b.uapi, o.page), -EBUSY);
	bench_unmap(&o.b, o.p1, s, 0x20000, 0x2000);
	assert_int_equal(uapi_page_release(o.b.uapi, o.page), 0);
	bench_close(&o.b);
}

/* Pages may be handed on only after the invalidation: if it never completes, the mapping stays and so does the pin. */
static void test_type1_unmap_that_never_completes_keeps_the_pin(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	o.b.units[0]->fail_sync = -ETIMEDOUT;
	assert_int_equal(bench_unmap(&o.b, o.p1, s, 0x10000, 0x2000), -ETIMEDOUT);
	assert_true(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), bench_pa(&o.b, o.page));
	o.b.units[0]->fail_sync = 0;
	assert_int_equal(bench_unmap(&o.b, o.p1, s, 0x10000, 0x2000), 0);
	bench_close(&o.b);
}

static void test_type1_map_driver_failure_is_rolled_back_on_all_units(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	bench_serve(&o.b, o.f0, bench_unit(&o.b, "iommu1"));
	bench_start(&o.b);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_take(o.b.uapi, o.p1, o.nic);
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	uint64_t hash = arena_hash(o.b.arena);
	o.b.units[1]->fail_map = -ENOMEM;
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), -ENOMEM);
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), UINT64_MAX);
	assert_true(arena_hash(o.b.arena) == hash);
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type1_map_errno_table),
		cmocka_unit_test(test_type1_map_of_somebody_elses_memory_is_efault),
		cmocka_unit_test(test_type1_unmap_errno_table),
		cmocka_unit_test(test_type1_page_is_pinned_until_the_last_unmap),
		cmocka_unit_test(test_type1_unmap_that_never_completes_keeps_the_pin),
		cmocka_unit_test(test_type1_map_driver_failure_is_rolled_back_on_all_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
