/* SPDX-License-Identifier: MIT */
/* iommufd: spaces and what is in them. Numbers in comments are those of iommufd-facts. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* An attached space s with page at 10000-11fff, and t with nothing attached. */
struct desk {
	struct office o;
	space_handle s, t;
};

static void open_desk(struct desk *d)
{
	office_declare(&d->o, "iommufd", "7.0");
	bench_reserve(&d->o.b, d->o.nic, RESERVED_HOLE, 0x40000, 0x1000);
	bench_start(&d->o.b);
	uapi_take(d->o.b.uapi, d->o.p1, d->o.nic);
	d->s = bench_space(&d->o.b, d->o.p1);
	d->t = bench_space(&d->o.b, d->o.p1);
	assert_int_equal(uapi_attach(d->o.b.uapi, d->o.p1, d->o.nic, d->s), 0);
	assert_int_equal(bench_map(&d->o.b, d->o.p1, d->s, 0x10000, d->o.page), 0);
}

static int map_part(struct desk *d, space_handle space, uint64_t iova, uint64_t offset, uint64_t bytes, unsigned how)
{
	struct uapi_target target = {.kind = UAPI_MEMORY, .index = d->o.page, .offset = offset};
	return uapi_map(d->o.b.uapi, d->o.p1, space, iova, target, bytes, how);
}

static void test_iommufd_map_errno_table(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint64_t iova, offset, bytes;
		unsigned permissions;
		int attached, alone; /* result in the space with a table, and without */
	} rows[] = {
		{"everything", UINT64_MAX, 0, 0x1000, 3, -EOVERFLOW, -EOVERFLOW},
		{"endless", 0x20000, 0, UINT64_MAX, 3, -EOVERFLOW, -EOVERFLOW},
		{"no permission", 0x20000, 0, 0x1000, 0, -EINVAL, -EINVAL},
		{"nothing", 0x20000, 0, 0, 3, -EINVAL, -EINVAL},
		{"wraps", UINT64_MAX - 0xfff, 0, 0x2000, 3, -EOVERFLOW, -EOVERFLOW},
		{"address misaligned (5)", 0x20001, 0, 0x1000, 3, -EINVAL, 0},
		{"size misaligned (5)", 0x23000, 0, 0x801, 3, -EINVAL, 0},
		{"memory misaligned (5)", 0x24000, 0x800, 0x1000, 3, -EINVAL, 0},
		{"reserved (7)", 0x40000, 0, 0x1000, 3, -EINVAL, 0},
		{"into reserved (7)", 0x3f000, 0, 0x2000, 3, -EINVAL, -EEXIST},
		{"interrupt window (7)", 0xfee00000, 0, 0x1000, 3, -EINVAL, 0},
		{"beyond the table", UINT64_C(1) << 48, 0, 0x1000, 3, -EINVAL, 0},
		{"beyond the memory (8)", 0x30000, 0x1000, 0x2000, 3, -EFAULT, 0},
		{"overlaps (7)", 0x11000, 0, 0x1000, 3, -EEXIST, 0},
		{"page 0", 0, 0, 0x1000, 1, 0, 0},
	};
	struct desk d;
	open_desk(&d);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t hash = arena_hash(d.o.b.arena);
		int error = map_part(&d, d.s, rows[i].iova, rows[i].offset, rows[i].bytes, rows[i].permissions);
		if (error != rows[i].attached)
			fail_msg("%s, attached: %d", rows[i].what, error);
		assert_true(!error || arena_hash(d.o.b.arena) == hash);
		error = map_part(&d, d.t, rows[i].iova, rows[i].offset, rows[i].bytes, rows[i].permissions);
		if (error != rows[i].alone)
			fail_msg("%s, alone: %d", rows[i].what, error);
	}
	bench_close(&d.o.b);
}

/* Reserved is asked before mapped: both at once is EINVAL. */
static void test_iommufd_map_over_both_is_einval(void **state)
{
	(void)state;
	struct desk d;
	open_desk(&d);
	assert_int_equal(map_part(&d, d.s, 0x3f000, 0, 0x1000, 3), 0);
	assert_int_equal(map_part(&d, d.s, 0x3f000, 0, 0x2000, 3), -EINVAL);
	bench_close(&d.o.b);
}

static void test_iommufd_foreign_memory_fails_when_it_is_pinned(void **state)
{
	(void)state;
	struct desk d;
	open_desk(&d);
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.s, 0x20000, d.o.other), -EFAULT);
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.t, 0x20000, d.o.other), 0); /* nobody looks yet */
	uapi_detach(d.o.b.uapi, d.o.p1, d.o.nic);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, d.t), -EFAULT);
	assert_int_equal(bench_serving(&d.o.b, d.o.nic), DOMAIN_BLOCKED);
	bench_close(&d.o.b);
}

static void test_iommufd_unmap_errno_table(void **state)
{
	(void)state;
	/* areas: 10000-11fff, 12000-12fff, 20000-20fff */
	static const struct {
		const char *what;
		uint64_t iova, bytes, unmapped;
		int error;
	} rows[] = {
		{"nothing", 0x10000, 0, 0, -EINVAL},
		{"everything but a byte", 1, UINT64_MAX, 0, -EOVERFLOW},
		{"wraps", 0x10000, UINT64_MAX - 1, 0, -EOVERFLOW},
		{"cut at the start (9)", 0x11000, 0x2000, 0, -ENOENT},
		{"cut at the end (9)", 0x10000, 0x1000, 0, -ENOENT},
		{"one whole and one cut (9)", 0x12000, 0xe800, 0x1000, -ENOENT},
		{"a gap (9)", 0x13000, 0x1000, 0, -ENOENT},
		{"the one is gone", 0x12000, 0x1000, 0, -ENOENT},
		{"the other cut at its start", 0x20800, 0x1000, 0, -ENOENT},
		{"over a gap (9)", 0x10000, 0x12000, 0x3000, 0},
		{"all of nothing (9)", 0, UINT64_MAX, 0, 0},
		{"nothing there", 0x10000, 0x2000, 0, -ENOENT},
	};
	struct desk d;
	open_desk(&d);
	map_part(&d, d.s, 0x20000, 0, 0x1000, 3);
	map_part(&d, d.s, 0x12000, 0, 0x1000, 3);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t unmapped = 1;
		int error = uapi_unmap(d.o.b.uapi, d.o.p1, d.s, rows[i].iova, rows[i].bytes, &unmapped);
		if (error != rows[i].error || unmapped != rows[i].unmapped)
			fail_msg("%s: %d, %#llx bytes", rows[i].what, error, (unsigned long long)unmapped);
	}
	assert_false(uapi_memory_pinned(d.o.b.uapi, d.o.page));
	bench_close(&d.o.b);
}

static void test_iommufd_destroy_is_blocked_by_a_table_not_by_areas(void **state)
{
	(void)state;
	struct desk d;
	open_desk(&d);
	map_part(&d, d.t, 0x10000, 0, 0x1000, 3);
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, d.s), -EBUSY); /* 3 */
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, d.t), 0);      /* 3 */
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, d.t), -ENOENT);
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, 0), -ENOENT); /* 2: never an ID */
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p2, d.s), -ENOENT);
	assert_int_equal(map_part(&d, d.t, 0x20000, 0, 0x1000, 3), -ENOENT);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, d.t), -ENOENT);
	bench_close(&d.o.b);
}

static int copy(struct desk *d, uint64_t to, uint64_t from, uint64_t bytes, unsigned permissions)
{
	return uapi_copy(d->o.b.uapi, d->o.p1, d->t, to, d->s, from, bytes, permissions);
}

static void test_iommufd_copy_errno_table(void **state)
{
	(void)state;
	/* source: 10000-11fff writable, 12000-12fff read only, 20000-20fff; target: 90000-90fff */
	static const struct {
		const char *what;
		uint64_t to, from, bytes;
		unsigned permissions;
		int error;
	} rows[] = {
		{"endless", 0x80000, 0x10000, UINT64_MAX, 3, -EOVERFLOW},
		{"no permission", 0x80000, 0x10000, 0x1000, 0, -EINVAL},
		{"nothing", 0x80000, 0x10000, 0, 3, -EINVAL},
		{"source wraps", 0x80000, UINT64_MAX - 0xfff, 0x2000, 3, -EOVERFLOW},
		{"source ends (11)", 0x80000, 0x12000, 0x2000, 1, -ENOENT},
		{"source has a gap (11)", 0x80000, 0x10000, 0x11000, 1, -ENOENT},
		{"source begins late (11)", 0x80000, 0xf000, 0x2000, 1, -ENOENT},
		{"read only made writable", 0x80000, 0x11000, 0x2000, 3, -EPERM},
		{"over an area", 0x90000, 0x10000, 0x1000, 3, -EEXIST},
		{"two areas into one range", 0x80000, 0x11000, 0x2000, 1, 0},
		{"some bytes (11)", 0xa0001, 0x10800, 0x10, 3, 0},
	};
	struct desk d;
	open_desk(&d);
	map_part(&d, d.s, 0x12000, 0, 0x1000, 1);
	map_part(&d, d.s, 0x20000, 0, 0x1000, 3);
	map_part(&d, d.t, 0x90000, 0, 0x1000, 3);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t hash = arena_hash(d.o.b.arena);
		int error = copy(&d, rows[i].to, rows[i].from, rows[i].bytes, rows[i].permissions);
		if (error != rows[i].error)
			fail_msg("%s: %d", rows[i].what, error);
		assert_true(!error || arena_hash(d.o.b.arena) == hash);
	}
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, d.t, 0, 77, 0x10000, 0x1000, 3), -ENOENT);
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, 77, 0, d.s, 0x10000, 0x1000, 3), -ENOENT);
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p2, d.t, 0, d.s, 0x10000, 0x1000, 3), -ENOENT);
	bench_close(&d.o.b);
}

/* 11: the copy has the source's pages, and lives on without it. */
static void test_iommufd_copy_has_the_pages_of_its_source(void **state)
{
	(void)state;
	struct desk d;
	open_desk(&d);
	uint64_t pa = bench_pa(&d.o.b, d.o.page);
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, d.s, 0x81000, d.s, 0x11000, 0x1000, 1), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x81004), pa + 0x1004);
	assert_int_equal(bench_unmap(&d.o.b, d.o.p1, d.s, 0x10000, 0x2000), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x81004), pa + 0x1004);
	assert_true(uapi_memory_pinned(d.o.b.uapi, d.o.page));
	assert_int_equal(bench_unmap(&d.o.b, d.o.p1, d.s, 0x81000, 0x1000), 0);
	assert_false(uapi_memory_pinned(d.o.b.uapi, d.o.page));
	bench_close(&d.o.b);
}

/* The second of two pieces cannot be entered: the first one goes again. */
static void test_iommufd_copy_failure_is_rolled_back(void **state)
{
	(void)state;
	struct desk d;
	open_desk(&d);
	map_part(&d, d.s, 0x12000, 0, 0x1000, 3);
	uint64_t hash = arena_hash(d.o.b.arena);
	d.o.b.units[0]->fail_map = -ENOMEM;
	d.o.b.units[0]->map_after = 1;
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, d.s, 0x80000, d.s, 0x11000, 0x2000, 3), -ENOMEM);
	assert_true(arena_hash(d.o.b.arena) == hash);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x80000), UINT64_MAX);
	bench_close(&d.o.b);
}

static void test_iommufd_copy_into_a_table_must_begin_on_pages(void **state)
{
	(void)state;
	struct desk d;
	open_desk(&d);
	map_part(&d, d.t, 0x70000, 0x801, 0x1000, 3);
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, d.s, 0x80000, d.t, 0x70000, 0x1000, 3), -EINVAL);
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, d.s, 0x80000, d.t, 0x70000, 0x800, 3), -EINVAL);
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, d.s, 0x80800, d.t, 0x70000, 0x1000, 3), -EINVAL);
	bench_close(&d.o.b);
}

/* --- picked addresses --- */

static void test_iommufd_dma_map_picks_the_lowest_aligned_address(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "iommufd", "7.0");
	uint16_t large = bench_memory(&o.b, "large", o.p1, 0x400000);
	bench_reserve(&o.b, o.nic, RESERVED_HOLE, 0x1000, 0x1000);
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.nic);
	uint64_t iova;
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.page, &iova), 0);
	assert_int_equal(iova, 0x2000); /* 6: aligned to its size; page 0 is never given, the hole is not free */
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, large, &iova), 0);
	assert_int_equal(iova, 0x200000); /* 6: more than a 2 MiB page is of no use */
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.page, &iova), 0);
	assert_int_equal(iova, 0x4000);
	o.b.units[0]->last = 0x7fff;
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.page, &iova), 0);
	assert_int_equal(iova, 0x6000);
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.page, &iova), -ENOSPC);
	assert_int_equal(bench_dma_unmap(&o.b, o.p1, o.nic, o.page, 0x4000), 0);
	assert_int_equal(bench_dma_map(&o.b, o.p1, o.nic, o.page, &iova), 0);
	assert_int_equal(iova, 0x4000);
	bench_close(&o.b);
}

static void test_iommufd_ram_is_mapped_at_once(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "iommufd", "7.0");
	space_handle s;
	struct uapi_space_wish wish = {.ram = true};
	uint64_t gpa = o.b.machine->memories[o.page].gpa;
	assert_int_equal(uapi_space(o.b.uapi, o.p1, &wish, &s), 0);
	assert_int_equal(bench_map(&o.b, o.p1, s, gpa, o.page), -EEXIST);
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_int_equal(bench_reach(&o.b, o.nic, gpa), bench_pa(&o.b, o.page));
	assert_false(uapi_memory_pinned(o.b.uapi, o.other)); /* only the owner's */
	bench_close(&o.b);
}

/* --- register pages --- */

static void test_iommufd_register_pages_by_version(void **state)
{
	(void)state;
	static const char *const kernels[] = {"6.2", "6.6", "7.0"};
	for (int i = 0; i < 3; i++) {
		struct office o;
		office_open(&o, "iommufd", kernels[i]);
		struct uapi_target target = {.kind = UAPI_BAR, .index = o.bar};
		uapi_take(o.b.uapi, o.p1, o.nic);
		uapi_take(o.b.uapi, o.p1, o.f0);
		space_handle s = bench_space(&o.b, o.p1);
		uapi_attach(o.b.uapi, o.p1, o.f0, s);
		assert_int_equal(bench_map(&o.b, o.p1, s, 0x20000, o.page), 0);
		assert_int_equal(uapi_map(o.b.uapi, o.p1, s, 0x10000, target, 0x1000, 3), i == 2 ? 0 : -EFAULT);
		/* The place is looked at first, and nothing is pinned before there is a table. */
		assert_int_equal(uapi_map(o.b.uapi, o.p1, s, 0x20000, target, 0x1000, 3), -EEXIST);
		assert_int_equal(uapi_map(o.b.uapi, o.p1, s, 0x30001, target, 0x1000, 3), -EINVAL);
		space_handle later = bench_space(&o.b, o.p1);
		assert_int_equal(uapi_map(o.b.uapi, o.p1, later, 0x10000, target, 0x1000, 3), 0);
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, later), i == 2 ? 0 : -EFAULT);
		bench_close(&o.b);
	}
}

/* 24: closing the device takes its register page out of every table, and out of reach for good. */
static void test_iommufd_register_page_is_revoked_at_close(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "iommufd", "7.0");
	struct uapi_target target = {.kind = UAPI_BAR, .index = o.bar};
	uapi_take(o.b.uapi, o.p1, o.nic);
	uapi_take(o.b.uapi, o.p1, o.f0);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	assert_int_equal(uapi_map(o.b.uapi, o.p1, s, 0x10000, target, 0x1000, 3), 0);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), o.b.machine->bars[o.bar].bus);
	uapi_release(o.b.uapi, o.p1, o.nic);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), UINT64_MAX);
	assert_int_equal(uapi_copy(o.b.uapi, o.p1, s, 0x20000, s, 0x10000, 0x1000, 3), -ENODEV);
	assert_int_equal(uapi_copy(o.b.uapi, o.p1, t, 0x20000, s, 0x10000, 0x1000, 3), 0);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, t), 0); /* it is passed over */
	assert_int_equal(bench_reach(&o.b, o.f0, 0x20000), UINT64_MAX);
	assert_int_equal(bench_unmap(&o.b, o.p1, s, 0x10000, 0x1000), 0);
	bench_close(&o.b);
}

static void test_iommufd_mdev_needs_no_ownership_and_no_table(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "iommufd", "7.0");
	uint16_t parent = bench_device(&o.b, "p", DRIVER_HOST), m = bench_device(&o.b, "m", DRIVER_USER);
	uint16_t queue = bench_device(&o.b, "q", DRIVER_USER);
	for (uint16_t i = m; i <= queue; i++) {
		o.b.machine->devices[i].kind = DEVICE_MDEV;
		o.b.machine->devices[i].parent = parent;
	}
	o.b.machine->devices[queue].pasid = 9;
	o.b.machine->devices[parent].pasid_bits = 8;
	bench_start(&o.b);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, m), 0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, m, s), 0);
	assert_int_equal(bench_serving(&o.b, parent), DOMAIN_DMA);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), 0);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), -EBUSY);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, m, t), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0); /* 15 */
	assert_int_equal(uapi_release(o.b.uapi, o.p1, m), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, t), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, queue), 0);
	t = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, queue, t), -ENOTTY); /* needs a PASID call */
	bench_close(&o.b);
}

/* Thousands of areas in an order that is hard on an index. */
static void test_iommufd_thousands_of_areas_stay_in_order(void **state)
{
	(void)state;
	enum { AREAS = 8000 };
	struct desk d;
	open_desk(&d);
	for (uint64_t i = 0; i < AREAS; i++)
		assert_int_equal(map_part(&d, d.t, 0x1000000 + (i * 7919 % AREAS) * 0x1000, 0, 0x1000, 3), 0);
	for (uint64_t i = 0; i < AREAS; i++)
		assert_int_equal(map_part(&d, d.t, 0x1000000 + i * 0x1000, 0, 0x1000, 3), -EEXIST);
	uint64_t unmapped;
	assert_int_equal(uapi_unmap(d.o.b.uapi, d.o.p1, d.t, 0x1000000, AREAS / 2 * 0x1000, &unmapped), 0);
	assert_int_equal(unmapped, AREAS / 2 * 0x1000);
	assert_int_equal(map_part(&d, d.t, 0x1000000, 0, 0x1000, 3), 0);
	assert_int_equal(uapi_unmap(d.o.b.uapi, d.o.p1, d.t, 0, UINT64_MAX, &unmapped), 0);
	assert_int_equal(unmapped, (AREAS / 2 + 1) * 0x1000);
	bench_close(&d.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iommufd_map_errno_table),
		cmocka_unit_test(test_iommufd_map_over_both_is_einval),
		cmocka_unit_test(test_iommufd_foreign_memory_fails_when_it_is_pinned),
		cmocka_unit_test(test_iommufd_unmap_errno_table),
		cmocka_unit_test(test_iommufd_destroy_is_blocked_by_a_table_not_by_areas),
		cmocka_unit_test(test_iommufd_copy_errno_table),
		cmocka_unit_test(test_iommufd_copy_has_the_pages_of_its_source),
		cmocka_unit_test(test_iommufd_copy_failure_is_rolled_back),
		cmocka_unit_test(test_iommufd_copy_into_a_table_must_begin_on_pages),
		cmocka_unit_test(test_iommufd_dma_map_picks_the_lowest_aligned_address),
		cmocka_unit_test(test_iommufd_ram_is_mapped_at_once),
		cmocka_unit_test(test_iommufd_register_pages_by_version),
		cmocka_unit_test(test_iommufd_register_page_is_revoked_at_close),
		cmocka_unit_test(test_iommufd_mdev_needs_no_ownership_and_no_table),
		cmocka_unit_test(test_iommufd_thousands_of_areas_stay_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
