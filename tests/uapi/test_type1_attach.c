/* SPDX-License-Identifier: MIT */
/* VFIO type1, catalogue section 2.1: groups in containers, what they bring and take along. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- attaching --- */

static void test_type1_attach_moves_the_group_and_siblings_follow(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), 0);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page));
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f1, t), -EINVAL); /* one container a group */
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f1, s), 0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, t), -EINVAL);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 1);
	assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 1); /* no throw-away container left */
	bench_close(&o.b);
}

static void test_type1_detach_is_for_the_group(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	uapi_attach(o.b.uapi, o.p1, o.f1, s);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f1), -EBUSY);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), -EBUSY);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f0), 0);
	assert_true(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f1), 0);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f1), -EINVAL);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), UINT64_MAX);
	/* the last group took the mappings along, and the container has no IOMMU any more */
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), -EINVAL);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f1, s), 0);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), UINT64_MAX);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), 0);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f1), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), -ENOENT);
	bench_close(&o.b);
}

static void test_type1_detach_to_default_exposes_the_kernels_domain(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	bench_set(&o.b, "detach_target", "default");
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
	bench_close(&o.b);
}

static void test_type1_replace_is_detach_and_attach(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.nic, s), -EINVAL); /* attached to nothing */
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.nic, t), 0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, t), -EBUSY);
	bench_close(&o.b);
}

static void test_type1_failed_replace_changes_nothing(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	uint64_t hash = arena_hash(o.b.arena);
	o.b.units[0]->fail_attach = -ENOMEM;
	o.b.units[0]->attach_after = 1; /* out of s, not into t */
	o.b.units[0]->attach_once = true;
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.nic, t), -ENOMEM);
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), bench_pa(&o.b, o.page));
	assert_true(uapi_memory_pinned(o.b.uapi, o.page));
	assert_true(arena_hash(o.b.arena) == hash);
	bench_close(&o.b);
}

static void test_type1_attach_reserved_conflict_is_einval(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	bench_reserve(&o.b, o.f1, RESERVED_HOLE, 0x20000, 0x1000);
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x1f000, o.page), 0); /* f1's business is not nic's */
	uapi_take(o.b.uapi, o.p1, o.f0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), -EINVAL);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x1f000), UINT64_MAX); /* still in its throw-away container */
	bench_unmap(&o.b, o.p1, s, 0x1f000, 0x2000);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x1f000, o.page), -EINVAL); /* a hole now, for all */
	bench_close(&o.b);
}

/* Another unit with a smaller table, and one with larger pages. */
static void test_type1_second_unit_gets_a_table_of_its_own(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	bench_serve(&o.b, o.f0, bench_unit(&o.b, "iommu1"));
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.nic);
	uapi_take(o.b.uapi, o.p1, o.f0);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	o.b.units[1]->last = 0xffff;
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), -EINVAL); /* aperture */
	o.b.units[1]->last = UINT64_C(0xffffffff);
	o.b.units[1]->page_sizes = 0x10000;
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), -EINVAL); /* replay cannot do pages that small */
	o.b.units[1]->page_sizes = 0x201000;
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 2);
	assert_int_equal(uapi_space_map_calls(o.b.uapi, s), 2);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), bench_pa(&o.b, o.page));
	assert_int_equal(bench_map(&o.b, o.p1, s, UINT64_C(0x100000000), o.page), -EINVAL); /* nic's could */
	assert_int_equal(bench_unmap(&o.b, o.p1, s, 0x10000, 0x2000), 0);
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), UINT64_MAX);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), UINT64_MAX);
	assert_int_equal(
		o.b.units[1]->domains[fake_serving_domain(o.b.units[1], o.b.machine->devices[o.f0].stream)].dirty, 0);
	bench_close(&o.b);
}

/* --- picked addresses, guest memory, register pages, software devices --- */

static void test_type1_dma_map_makes_one_space_for_the_owner(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uint64_t first, second;
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.page, &first), -EINVAL); /* not taken */
	uapi_take(o.b.uapi, o.p1, o.nic);
	uapi_take(o.b.uapi, o.p1, o.f0);
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.page, &first), 0);
	space_handle implied = o.b.implied;
	assert_int_not_equal(implied, 0);
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.f0, o.page, &second), 0);
	assert_int_equal(o.b.implied, implied);
	assert_int_not_equal(first, second);
	assert_int_equal(bench_reach(&o.b, o.f0, first), bench_pa(&o.b, o.page));
	assert_int_equal(bench_dma_unmap(&o.b, o.p1, o.nic, o.page, first), 0);
	assert_int_equal(bench_reach(&o.b, o.nic, first), UINT64_MAX);
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.other, &first), -EFAULT);
	bench_close(&o.b);
}

static void test_type1_dma_map_failure_leaves_no_space_behind(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uint64_t iova;
	uapi_take(o.b.uapi, o.p1, o.nic);
	uint64_t hash = arena_hash(o.b.arena);
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.other, &iova), -EFAULT);
	assert_true(arena_hash(o.b.arena) == hash);
	bench_close(&o.b);
}

static void test_type1_dma_map_uses_the_space_that_is_attached(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uint64_t iova;
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.f1, o.page, &iova), 0);
	assert_int_equal(o.b.implied, s);
	bench_close(&o.b);
}

static void test_type1_ram_is_mapped_with_the_first_group(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	space_handle s;
	struct uapi_space_wish wish = {.ram = true};
	uint64_t gpa = o.b.machine->memories[o.page].gpa;
	assert_int_equal(uapi_space(o.b.uapi, o.p1, &wish, &s), 0);
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_int_equal(bench_reach(&o.b, o.nic, gpa + 0x1000), bench_pa(&o.b, o.page) + 0x1000);
	assert_int_equal(bench_unmap(&o.b, o.p1, s, gpa, 0x2000), 0);
	uapi_take(o.b.uapi, o.p1, o.f0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0); /* not behind the user's back */
	assert_int_equal(bench_reach(&o.b, o.f0, gpa), UINT64_MAX);
	bench_close(&o.b);
}

static void test_type1_ram_over_a_hole_fails_the_attach(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	o.b.machine->memories[o.page].gpa = 0x40000000;
	o.b.machine->memories[o.page].gpa_given = true;
	bench_reserve(&o.b, o.nic, RESERVED_HOLE, 0x40001000, 0x1000);
	bench_start(&o.b);
	space_handle s;
	struct uapi_space_wish wish = {.ram = true};
	uapi_space(o.b.uapi, o.p1, &wish, &s);
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), -EINVAL);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0); /* nothing is in it */
	bench_close(&o.b);
}

/* type1 has no hold on a register page: closing its device leaves the translation in place. */
static void test_type1_register_page_outlives_its_device_file(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	struct uapi_target target = {.kind = UAPI_BAR, .index = o.bar};
	uapi_take(o.b.uapi, o.p1, o.f0);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	assert_int_equal(uapi_map(o.b.uapi, o.p1, s, 0x10000, target, 0x1000, 3), -EFAULT); /* not his */
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_map(o.b.uapi, o.p1, s, 0x10000, target, 0x1000, 3), 0);
	uapi_release(o.b.uapi, o.p1, o.nic);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), o.b.machine->bars[o.bar].bus);
	bench_close(&o.b);
}

static void test_type1_mdev_records_and_a_device_replays(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	uint16_t p = bench_device(&o.b, "p", DRIVER_HOST), m = bench_device(&o.b, "m", DRIVER_USER);
	o.b.machine->devices[m].kind = DEVICE_MDEV;
	o.b.machine->devices[m].parent = p;
	bench_start(&o.b);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, m), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, m), -EBUSY);
	space_handle s = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, m, s), 0);
	assert_int_equal(bench_serving(&o.b, p), DOMAIN_DMA); /* the parent is the kernel's */
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), 0);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 0);
	assert_int_equal(uapi_space_map_calls(o.b.uapi, s), 0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_true(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), bench_pa(&o.b, o.page));
	uapi_release(o.b.uapi, o.p1, o.nic);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(bench_unmap(&o.b, o.p1, s, 0x10000, 0x2000), 0); /* it was still recorded */
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type1_attach_moves_the_group_and_siblings_follow),
		cmocka_unit_test(test_type1_detach_is_for_the_group),
		cmocka_unit_test(test_type1_detach_to_default_exposes_the_kernels_domain),
		cmocka_unit_test(test_type1_replace_is_detach_and_attach),
		cmocka_unit_test(test_type1_failed_replace_changes_nothing),
		cmocka_unit_test(test_type1_attach_reserved_conflict_is_einval),
		cmocka_unit_test(test_type1_second_unit_gets_a_table_of_its_own),
		cmocka_unit_test(test_type1_dma_map_makes_one_space_for_the_owner),
		cmocka_unit_test(test_type1_dma_map_failure_leaves_no_space_behind),
		cmocka_unit_test(test_type1_dma_map_uses_the_space_that_is_attached),
		cmocka_unit_test(test_type1_ram_is_mapped_with_the_first_group),
		cmocka_unit_test(test_type1_ram_over_a_hole_fails_the_attach),
		cmocka_unit_test(test_type1_register_page_outlives_its_device_file),
		cmocka_unit_test(test_type1_mdev_records_and_a_device_replays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
