/* SPDX-License-Identifier: MIT */
/* iommufd's raw calls about addresses and files. Numbers in comments are those of iommufd-facts. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* A space s with nothing attached; nic has a hole at 40000-40fff beside the interrupt window at fee00000-feefffff. */
struct desk {
	struct office o;
	space_handle s;
};

static void open_desk(struct desk *d, const char *policy, const char *kernel)
{
	office_declare(&d->o, policy, kernel);
	bench_reserve(&d->o.b, d->o.nic, RESERVED_HOLE, 0x40000, 0x1000);
	bench_start(&d->o.b);
	uapi_take(d->o.b.uapi, d->o.p1, d->o.nic);
	d->s = bench_space(&d->o.b, d->o.p1);
}

static int attach(struct desk *d)
{
	return uapi_attach(d->o.b.uapi, d->o.p1, d->o.nic, d->s);
}

static int allow(struct desk *d, uint64_t iova, uint64_t bytes)
{
	return uapi_allow(d->o.b.uapi, d->o.p1, d->s, iova, bytes);
}

static int dma_map(struct desk *d, uint64_t *iova)
{
	return bench_dma_map(&d->o.b, d->o.p1, d->o.nic, d->o.page, iova);
}

static int map_file(struct desk *d, uint64_t iova, uint64_t offset, uint64_t bytes, unsigned permissions)
{
	struct uapi_target target = {.kind = UAPI_MEMORY, .index = d->o.page, .offset = offset};
	return uapi_map_file(d->o.b.uapi, d->o.p1, d->s, iova, target, bytes, permissions);
}

/* --- IOAS_ALLOW_IOVAS --- */

static void test_allow_bounds_what_is_picked_and_not_what_is_fixed(void **state)
{
	struct desk d;
	uint64_t iova;
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(attach(&d), 0);
	assert_int_equal(allow(&d, 0x123000, 0x4000), 0);
	assert_int_equal(dma_map(&d, &iova), 0);
	assert_in_range(iova, 0x123000, 0x125000);
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.s, 0x10000, d.o.page), 0); /* fixed */
	assert_int_equal(allow(&d, 0x200000, 0x1000), 0);
	assert_int_equal(dma_map(&d, &iova), -ENOSPC); /* two pages (6) */
	assert_int_equal(allow(&d, 0, 0), 0);
	assert_int_equal(dma_map(&d, &iova), 0);
	assert_true(iova < 0x123000);
	bench_close(&d.o.b);
}

/* Reserved against allowed, either order (7). */
static void test_allow_and_reserved_exclude_each_other(void **state)
{
	struct desk d;
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(allow(&d, 0x3f000, 0x2000), 0);
	assert_int_equal(attach(&d), -EADDRINUSE);
	assert_int_equal(allow(&d, 0x3f000, 0x1000), 0);
	assert_int_equal(attach(&d), 0);
	assert_int_equal(allow(&d, 0x3f000, 0x2000), -EADDRINUSE);
	assert_int_equal(allow(&d, 0xfee00000, 0x1000), -EADDRINUSE);
	/* What was allowed before still is. */
	uint64_t iova;
	assert_int_equal(dma_map(&d, &iova), -ENOSPC);
	bench_close(&d.o.b);
}

static void test_allow_beyond_a_page_table_is_refused(void **state)
{
	struct desk d;
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(allow(&d, UINT64_C(1) << 48, 0x1000), 0);
	assert_int_equal(attach(&d), -EADDRINUSE);
	assert_int_equal(allow(&d, 0, 0), 0);
	assert_int_equal(attach(&d), 0);
	assert_int_equal(allow(&d, UINT64_C(1) << 48, 0x1000), -EADDRINUSE);
	bench_close(&d.o.b);
}

static void test_allow_errnos(void **state)
{
	struct desk d;
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(allow(&d, 0x1000, 1), -EINVAL);
	assert_int_equal(allow(&d, UINT64_MAX - 0xfff, 0x2000), -EINVAL);
	assert_int_equal(uapi_allow(d.o.b.uapi, d.o.p2, d.s, 0x1000, 0x1000), -ENOENT);
	bench_close(&d.o.b);
	open_desk(&d, "vfio-type1", "7.0");
	assert_int_equal(allow(&d, 0x1000, 0x1000), -ENOTTY);
	bench_close(&d.o.b);
}

/* --- IOAS_IOVA_RANGES --- */

static void test_ranges_are_what_is_not_reserved(void **state)
{
	struct desk d;
	struct uapi_ranges ranges = {.room = UAPI_MAX_RANGES};
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(uapi_ranges(d.o.b.uapi, d.o.p1, d.s, &ranges), 0);
	assert_int_equal(ranges.count, 1);
	assert_int_equal(ranges.alignment, 1); /* dynamic (5) */
	assert_true(ranges.first[0] == 0 && ranges.last[0] == UINT64_MAX);
	assert_int_equal(attach(&d), 0);
	assert_int_equal(uapi_ranges(d.o.b.uapi, d.o.p1, d.s, &ranges), 0);
	assert_int_equal(ranges.count, 3);
	assert_int_equal(ranges.alignment, 0x1000);
	static const uint64_t want[3][2] = {{0, 0x3ffff}, {0x41000, 0xfedfffff}, {0xfef00000, (UINT64_C(1) << 48) - 1}};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ranges.first[i], want[i][0]);
		assert_int_equal(ranges.last[i], want[i][1]);
	}
	bench_close(&d.o.b);
}

/* Too little room: the count that is needed and a partial fill (24). */
static void test_ranges_without_room_say_how_many(void **state)
{
	struct desk d;
	struct uapi_ranges ranges = {.room = 1, .first = {7, 7}};
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(attach(&d), 0);
	assert_int_equal(uapi_ranges(d.o.b.uapi, d.o.p1, d.s, &ranges), -EMSGSIZE);
	assert_int_equal(ranges.count, 3);
	assert_int_equal(ranges.last[0], 0x3ffff);
	assert_int_equal(ranges.first[1], 7);
	assert_int_equal(uapi_ranges(d.o.b.uapi, d.o.p2, d.s, &ranges), -ENOENT);
	bench_close(&d.o.b);
	open_desk(&d, "vfio-type1", "7.0");
	assert_int_equal(uapi_ranges(d.o.b.uapi, d.o.p1, d.s, &ranges), -ENOTTY);
	bench_close(&d.o.b);
}

/* --- IOAS_MAP_FILE --- */

static void test_map_file_needs_no_mapping_of_the_owner(void **state)
{
	struct desk d;
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(attach(&d), 0);
	assert_int_equal(uapi_munmap(d.o.b.uapi, d.o.p1, d.o.page), 0);
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.s, 0x10000, d.o.page), -EFAULT);
	assert_int_equal(map_file(&d, 0x10000, 0x1000, 0x1000, 3), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x10000), bench_pa(&d.o.b, d.o.page) + 0x1000);
	assert_true(uapi_memory_pinned(d.o.b.uapi, d.o.page));
	/* The pages stay the file's in a copy, and when a table is made anew. */
	space_handle t = bench_space(&d.o.b, d.o.p1);
	assert_int_equal(uapi_copy(d.o.b.uapi, d.o.p1, t, 0x20000, d.s, 0x10000, 0x1000, 3), 0);
	assert_int_equal(uapi_detach(d.o.b.uapi, d.o.p1, d.o.nic), 0);
	assert_false(uapi_memory_pinned(d.o.b.uapi, d.o.page));
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, t), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x20000), bench_pa(&d.o.b, d.o.page) + 0x1000);
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, d.s), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x10000), bench_pa(&d.o.b, d.o.page) + 0x1000);
	bench_close(&d.o.b);
}

static void test_map_file_errno_table(void **state)
{
	static const struct {
		const char *what;
		uint64_t iova, offset, bytes;
		unsigned permissions;
		int result;
	} rows[] = {
		{"everything", UINT64_MAX, 0, 0x1000, 3, -EOVERFLOW},
		{"endless", 0x20000, 0, UINT64_MAX, 3, -EOVERFLOW},
		{"no permission", 0x20000, 0, 0x1000, 0, -EINVAL},
		{"nothing", 0x20000, 0, 0, 3, -EINVAL},
		{"past the end (24)", 0x20000, 0x1000, 0x2000, 3, -EINVAL},
		{"behind the end (24)", 0x20000, 0x3000, 0x1000, 3, -EINVAL},
		{"address misaligned (5)", 0x20001, 0, 0x1000, 3, -EINVAL},
		{"file misaligned (5)", 0x20000, 0x800, 0x1000, 3, -EINVAL},
		{"reserved (7)", 0x40000, 0, 0x1000, 3, -EINVAL},
		{"fits", 0x20000, 0, 0x1000, 3, 0},
		{"overlaps (7)", 0x20000, 0, 0x1000, 3, -EEXIST},
	};
	struct desk d;
	(void)state;
	open_desk(&d, "iommufd", "7.0");
	assert_int_equal(attach(&d), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int result = map_file(&d, rows[i].iova, rows[i].offset, rows[i].bytes, rows[i].permissions);
		if (result != rows[i].result)
			fail_msg("%s: %d, not %d", rows[i].what, result, rows[i].result);
	}
	struct uapi_target theirs = {.kind = UAPI_MEMORY, .index = d.o.other};
	assert_int_equal(uapi_map_file(d.o.b.uapi, d.o.p1, d.s, 0x30000, theirs, 0x1000, 3), -EFAULT);
	assert_int_equal(uapi_map_file(d.o.b.uapi, d.o.p2, d.s, 0x30000, theirs, 0x1000, 3), -ENOENT);
	bench_close(&d.o.b);
	open_desk(&d, "iommufd", "6.6");
	assert_int_equal(map_file(&d, 0x20000, 0, 0x1000, 3), -ENOTTY);
	bench_close(&d.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allow_bounds_what_is_picked_and_not_what_is_fixed),
		cmocka_unit_test(test_allow_and_reserved_exclude_each_other),
		cmocka_unit_test(test_allow_beyond_a_page_table_is_refused),
		cmocka_unit_test(test_allow_errnos),
		cmocka_unit_test(test_ranges_are_what_is_not_reserved),
		cmocka_unit_test(test_ranges_without_room_say_how_many),
		cmocka_unit_test(test_map_file_needs_no_mapping_of_the_owner),
		cmocka_unit_test(test_map_file_errno_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
