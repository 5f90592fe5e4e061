/* SPDX-License-Identifier: MIT */
/* Pages that drivers of mediated devices pin, catalogue sections 2.1 and 2.5: under both front ends that have them. */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define AT UINT64_C(0x10000)

/* m is p's, which the kernel drives; p1 has m in the space s, where `page` (two pages) is at AT. */
struct lab {
	struct bench b;
	uint16_t p1, p2, p, m, q, page;
	space_handle s;
};

static void lab_open(struct lab *l, const char *policy)
{
	bench_open(&l->b, policy);
	l->p1 = bench_owner(&l->b, "p1");
	l->p2 = bench_owner(&l->b, "p2");
	l->p = bench_device(&l->b, "p", DRIVER_HOST);
	l->m = bench_device(&l->b, "m", DRIVER_USER);
	l->b.machine->devices[l->m].kind = DEVICE_MDEV;
	l->b.machine->devices[l->m].parent = l->p;
	l->q = bench_device(&l->b, "q", DRIVER_USER);
	l->page = bench_memory(&l->b, "page", l->p1, 0x2000);
	bench_start(&l->b);
	assert_int_equal(uapi_take(l->b.uapi, l->p1, l->m), 0);
	l->s = bench_space(&l->b, l->p1);
	assert_int_equal(uapi_attach(l->b.uapi, l->p1, l->m, l->s), 0);
	assert_int_equal(bench_map(&l->b, l->p1, l->s, AT, l->page), 0);
}

static int pin(struct lab *l, uint64_t iova, unsigned permissions)
{
	struct uapi_target target;
	return uapi_pin(l->b.uapi, l->m, iova, permissions, &target);
}

static const char *const policies[] = {"vfio-type1", "iommufd"};

static void test_mdev_mappings_are_recorded_and_pinned_on_demand(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct uapi_target target;
		struct lab l;
		lab_open(&l, policies[i]);
		assert_int_equal(uapi_space_page_tables(l.b.uapi, l.s), 0);
		assert_int_equal(uapi_space_map_calls(l.b.uapi, l.s), 0);
		assert_false(uapi_memory_pinned(l.b.uapi, l.page));
		assert_int_equal(uapi_pin(l.b.uapi, l.m, AT + 0x1234, 3, &target), 0);
		assert_int_equal(target.kind, UAPI_MEMORY);
		assert_int_equal(target.index, l.page);
		assert_int_equal(target.offset, 0x1000);
		assert_true(uapi_memory_pinned(l.b.uapi, l.page));
		assert_int_equal(uapi_page_release(l.b.uapi, l.page), -EBUSY);
		assert_int_equal(uapi_unpin(l.b.uapi, l.m, AT), -EINVAL);
		assert_int_equal(uapi_unpin(l.b.uapi, l.m, AT + 0x1000), 0);
		assert_int_equal(uapi_page_release(l.b.uapi, l.page), 0);
		bench_close(&l.b);
	}
}

static void test_mdev_pins_are_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct lab l;
		lab_open(&l, policies[i]);
		space_handle other = bench_space(&l.b, l.p2);
		uint64_t hash = arena_hash(l.b.arena);
		assert_int_equal(pin(&l, AT, 3), 0);
		assert_int_equal(pin(&l, AT, 1), 0);
		assert_int_equal(uapi_space_pins(l.b.uapi, l.s), 2);
		assert_int_equal(uapi_space_pins(l.b.uapi, other), 0);
		assert_int_equal(uapi_unpin(l.b.uapi, l.m, AT), 0);
		assert_true(uapi_memory_pinned(l.b.uapi, l.page));
		assert_int_equal(uapi_unpin(l.b.uapi, l.m, AT), 0);
		assert_int_equal(uapi_unpin(l.b.uapi, l.m, AT), -EINVAL);
		assert_true(arena_hash(l.b.arena) == hash);
		bench_close(&l.b);
	}
}

/* Catalogue 2.1 and 2.5; EPERM as drivers/vfio/vfio_iommu_type1.c and drivers/iommu/iommufd/device.c have it. */
static void test_mdev_pin_errno_table(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint64_t iova;
		unsigned permissions;
		int type1, iommufd;
	} rows[] = {
		{"nothing there", AT + 0x2000, 3, -EINVAL, -ENOENT},
		{"before it", AT - 1, 3, -EINVAL, -ENOENT},
		{"read only, to write", 0x40000, 3, -EPERM, -EPERM},
		{"read only, to read", 0x40000, 1, 0, 0},
		{"write only, to read", 0x50000, 1, -EPERM, -EPERM},
		{"write only, to read and write", 0x50000, 3, -EPERM, 0}, /* an access asks for writing alone */
	};
	for (unsigned policy = 0; policy < 2; policy++) {
		struct lab l;
		lab_open(&l, policies[policy]);
		struct uapi_target target = {.kind = UAPI_MEMORY, .index = l.page};
		assert_int_equal(uapi_map(l.b.uapi, l.p1, l.s, 0x40000, target, 0x1000, 1), 0);
		assert_int_equal(uapi_map(l.b.uapi, l.p1, l.s, 0x50000, target, 0x1000, 2), 0);
		for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			int error = pin(&l, rows[i].iova, rows[i].permissions);
			if (error != (policy ? rows[i].iommufd : rows[i].type1))
				fail_msg("%s: %s: %d", policies[policy], rows[i].what, error);
		}
		bench_close(&l.b);
	}
}

static void test_mdev_pin_needs_an_open_mdev_in_a_space(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct uapi_target target;
		struct lab l;
		lab_open(&l, policies[i]);
		assert_int_equal(uapi_pin(l.b.uapi, l.p, AT, 3, &target), -ENOTTY);
		assert_int_equal(uapi_detach(l.b.uapi, l.p1, l.m), 0);
		assert_int_equal(pin(&l, AT, 3), i ? -ENOENT : -EINVAL);
		assert_int_equal(uapi_release(l.b.uapi, l.p1, l.m), 0);
		assert_int_equal(pin(&l, AT, 3), -EINVAL);
		assert_int_equal(uapi_driver_unbind(l.b.uapi, l.p), 0);
		assert_int_equal(pin(&l, AT, 3), -ENODEV);
		bench_close(&l.b);
	}
}

static void test_mdev_pin_of_a_page_that_went_to_somebody_else_is_efault(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct lab l;
		lab_open(&l, policies[i]);
		assert_int_equal(uapi_page_release(l.b.uapi, l.page), 0);
		uapi_page_given(l.b.uapi, l.page, l.p2);
		assert_int_equal(pin(&l, AT, 3), -EFAULT);
		assert_false(uapi_memory_pinned(l.b.uapi, l.page));
		bench_close(&l.b);
	}
}

static void test_mdev_type1_unmap_asks_eleven_times_then_crashes(void **state)
{
	(void)state;
	struct lab l;
	lab_open(&l, "vfio-type1");
	pin(&l, AT, 3);
	assert_int_equal(bench_unmap(&l.b, l.p1, l.s, AT, 0x2000), UAPI_CRASH);
	assert_int_equal(l.b.notices, 11);
	bench_close(&l.b);
	lab_open(&l, "vfio-type1");
	pin(&l, AT, 3);
	l.b.lets_go_at = 11;
	assert_int_equal(bench_unmap(&l.b, l.p1, l.s, AT, 0x2000), 0);
	assert_false(uapi_memory_pinned(l.b.uapi, l.page));
	assert_int_equal(bench_map(&l.b, l.p1, l.s, AT, l.page), 0);
	bench_close(&l.b);
}

static void test_mdev_iommufd_unmap_gives_up_and_keeps_all(void **state)
{
	(void)state;
	struct lab l;
	lab_open(&l, "iommufd");
	pin(&l, AT, 3);
	assert_int_equal(bench_unmap(&l.b, l.p1, l.s, AT, 0x2000), -EDEADLK);
	assert_int_equal(l.b.notices, 101);
	assert_true(uapi_memory_pinned(l.b.uapi, l.page));
	assert_int_equal(bench_map(&l.b, l.p1, l.s, AT, l.page), -EEXIST);
	assert_int_equal(pin(&l, AT, 3), -EINVAL); /* the area lets no access in any more */
	assert_int_equal(bench_unmap(&l.b, l.p1, l.s, 0, UINT64_MAX), -EDEADLK);
	l.b.lets_go_at = 1;
	assert_int_equal(bench_unmap(&l.b, l.p1, l.s, AT, 0x2000), 0);
	assert_int_equal(bench_map(&l.b, l.p1, l.s, AT, l.page), 0);
	assert_int_equal(pin(&l, AT, 3), 0);
	bench_close(&l.b);
}

/* The one before is gone, the one behind is not reached. */
static void test_mdev_iommufd_unmap_ends_at_a_pinned_area(void **state)
{
	(void)state;
	struct lab l;
	uint64_t unmapped;
	lab_open(&l, "iommufd");
	bench_map(&l.b, l.p1, l.s, AT - 0x2000, l.page);
	bench_map(&l.b, l.p1, l.s, AT + 0x2000, l.page);
	pin(&l, AT, 3);
	assert_int_equal(uapi_unmap(l.b.uapi, l.p1, l.s, 0, UINT64_MAX, &unmapped), -EDEADLK);
	assert_int_equal(unmapped, 0x2000);
	assert_int_equal(uapi_unmap_stopped(l.b.uapi, l.s, 0, UINT64_MAX, unmapped), AT);
	assert_int_equal(bench_map(&l.b, l.p1, l.s, AT - 0x2000, l.page), 0);
	assert_int_equal(bench_map(&l.b, l.p1, l.s, AT, l.page), -EEXIST);
	assert_int_equal(bench_map(&l.b, l.p1, l.s, AT + 0x2000, l.page), -EEXIST);
	bench_close(&l.b);
}

static void test_mdev_unmap_beside_a_pin_asks_nobody(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct lab l;
		lab_open(&l, policies[i]);
		bench_map(&l.b, l.p1, l.s, AT + 0x2000, l.page);
		pin(&l, AT + 0x1000, 3);
		assert_int_equal(bench_unmap(&l.b, l.p1, l.s, AT + 0x2000, 0x2000), 0);
		assert_int_equal(l.b.notices, 0);
		bench_close(&l.b);
	}
}

/* How the user lost the mdev. */
static void detach(struct lab *l)
{
	uapi_detach(l->b.uapi, l->p1, l->m);
}

static void release(struct lab *l)
{
	uapi_release(l->b.uapi, l->p1, l->m);
}

static void end(struct lab *l)
{
	uapi_exit(l->b.uapi, l->p1);
}

static void unbind_parent(struct lab *l)
{
	uapi_driver_unbind(l->b.uapi, l->p);
}

static void unplug_parent(struct lab *l)
{
	uapi_unplug(l->b.uapi, l->p);
}

static void test_mdev_that_ends_has_nothing_pinned(void **state)
{
	(void)state;
	static void (*const ways[])(struct lab * l) = {detach, release, end, unbind_parent, unplug_parent};
	for (unsigned i = 0; i < 2 * 5; i++) {
		struct lab l;
		lab_open(&l, policies[i % 2]);
		pin(&l, AT, 3);
		pin(&l, AT, 3);
		pin(&l, AT + 0x1000, 3);
		ways[i / 2](&l);
		if (!l.b.closings || uapi_memory_pinned(l.b.uapi, l.page))
			fail_msg("%s: way %u", policies[i % 2], i / 2);
		assert_int_equal(l.b.notices, 0);
		bench_close(&l.b);
	}
}

static void test_mdev_pins_stay_when_a_page_table_comes_and_goes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct lab l;
		lab_open(&l, policies[i]);
		pin(&l, AT, 3);
		assert_int_equal(uapi_take(l.b.uapi, l.p1, l.q), 0);
		assert_int_equal(uapi_attach(l.b.uapi, l.p1, l.q, l.s), 0);
		assert_int_equal(uapi_space_page_tables(l.b.uapi, l.s), 1);
		assert_int_equal(bench_reach(&l.b, l.q, AT), bench_pa(&l.b, l.page));
		assert_int_equal(uapi_detach(l.b.uapi, l.p1, l.q), 0);
		assert_true(uapi_memory_pinned(l.b.uapi, l.page));
		assert_int_equal(uapi_unpin(l.b.uapi, l.m, AT), 0);
		assert_false(uapi_memory_pinned(l.b.uapi, l.page));
		bench_close(&l.b);
	}
}

/* Only a kernel that forgets the pin loses the page: the DMA API holds none of its own for a pinned one. */
static void test_mdev_page_is_held_by_its_pin_and_not_by_the_dma_api(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct uapi_target target;
		space_handle space;
		uint64_t iova;
		struct lab l;
		lab_open(&l, policies[i]);
		uapi_pin(l.b.uapi, l.m, AT, 3, &target);
		assert_int_equal(uapi_dma_map(l.b.uapi, MACHINE_HOST, l.p, target, 0x1000, 3, &iova, &space), 0);
		assert_int_equal(bench_reach(&l.b, l.p, iova), bench_pa(&l.b, l.page));
		uapi_unpin(l.b.uapi, l.m, AT);
		assert_int_equal(uapi_page_release(l.b.uapi, l.page), 0);
		assert_int_equal(bench_reach(&l.b, l.p, iova), bench_pa(&l.b, l.page));
		assert_int_equal(uapi_dma_unmap(l.b.uapi, MACHINE_HOST, l.p, 0, iova, 0x1000), 0);
		target.pinned = false;
		assert_int_equal(uapi_dma_map(l.b.uapi, MACHINE_HOST, l.p, target, 0x1000, 3, &iova, &space), 0);
		assert_int_equal(uapi_page_release(l.b.uapi, l.page), -EBUSY);
		bench_close(&l.b);
	}
}

static void test_mdev_gives_an_ioas_the_alignment_of_pages(void **state)
{
	(void)state;
	struct lab l;
	lab_open(&l, "iommufd");
	struct uapi_target target = {.kind = UAPI_MEMORY, .index = l.page};
	assert_int_equal(uapi_map(l.b.uapi, l.p1, l.s, 0x40800, target, 0x800, 3), -EINVAL);
	space_handle t = bench_space(&l.b, l.p1);
	assert_int_equal(uapi_map(l.b.uapi, l.p1, t, 0x40800, target, 0x800, 3), 0);
	assert_int_equal(uapi_replace(l.b.uapi, l.p1, l.m, t), -EADDRINUSE);
	assert_int_equal(pin(&l, AT, 3), 0);
	space_handle u = bench_space(&l.b, l.p1);
	assert_int_equal(uapi_replace(l.b.uapi, l.p1, l.m, u), 0);
	assert_false(uapi_memory_pinned(l.b.uapi, l.page));
	assert_int_equal(uapi_destroy(l.b.uapi, l.p1, l.s), 0);
	bench_close(&l.b);
}

static void test_mdev_needs_a_front_end_that_has_them(void **state)
{
	(void)state;
	static const char *const without[] = {"kernel-dma", "noiommu"};
	for (unsigned i = 0; i < 2; i++) {
		struct uapi_target target;
		struct lab l;
		bench_open(&l.b, without[i]);
		l.p1 = bench_owner(&l.b, "p1");
		l.p = bench_device(&l.b, "p", DRIVER_HOST);
		l.m = bench_device(&l.b, "m", DRIVER_USER);
		l.b.machine->devices[l.m].kind = DEVICE_MDEV;
		l.b.machine->devices[l.m].parent = l.p;
		bench_start(&l.b);
		assert_int_equal(uapi_take(l.b.uapi, l.p1, l.m), -ENODEV);
		assert_int_equal(uapi_pin(l.b.uapi, l.m, AT, 3, &target), -ENOTTY);
		assert_int_equal(uapi_unpin(l.b.uapi, l.m, AT), -ENOTTY);
		bench_close(&l.b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mdev_mappings_are_recorded_and_pinned_on_demand),
		cmocka_unit_test(test_mdev_pins_are_counted),
		cmocka_unit_test(test_mdev_pin_errno_table),
		cmocka_unit_test(test_mdev_pin_needs_an_open_mdev_in_a_space),
		cmocka_unit_test(test_mdev_pin_of_a_page_that_went_to_somebody_else_is_efault),
		cmocka_unit_test(test_mdev_type1_unmap_asks_eleven_times_then_crashes),
		cmocka_unit_test(test_mdev_iommufd_unmap_gives_up_and_keeps_all),
		cmocka_unit_test(test_mdev_iommufd_unmap_ends_at_a_pinned_area),
		cmocka_unit_test(test_mdev_unmap_beside_a_pin_asks_nobody),
		cmocka_unit_test(test_mdev_that_ends_has_nothing_pinned),
		cmocka_unit_test(test_mdev_pins_stay_when_a_page_table_comes_and_goes),
		cmocka_unit_test(test_mdev_page_is_held_by_its_pin_and_not_by_the_dma_api),
		cmocka_unit_test(test_mdev_gives_an_ioas_the_alignment_of_pages),
		cmocka_unit_test(test_mdev_needs_a_front_end_that_has_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
