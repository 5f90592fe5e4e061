/* SPDX-License-Identifier: MIT */
/* Calls with arrays and ranges: invalidations, dirty bitmaps, and the queues that no unit has. */
#include "office.h"
#include "uapi/objects.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NUMBER 0x55

static const struct domain_guest guest = {.root = 0x10000, .address_width = 48, .ste = {1, 2}};

struct desk {
	struct office o;
	space_handle ioas, parent, viommu, nested;
	struct fake_driver *unit;
};

/* p1 has nic in a guest's table; on an SMMUv3 in a vIOMMU. */
static void desk_open(struct desk *d, enum iommu_kind kind)
{
	struct uapi_hwpt_wish of_space = {.nest_parent = true}, of_guest = {.guest = &guest};
	space_handle vdevice;
	*d = (struct desk){0};
	office_declare(&d->o, "iommufd", "7.0");
	d->o.b.kind = kind;
	bench_start(&d->o.b);
	assert_int_equal(uapi_take(d->o.b.uapi, d->o.p1, d->o.nic), 0);
	d->ioas = bench_space(&d->o.b, d->o.p1);
	assert_int_equal(uapi_hwpt_alloc(d->o.b.uapi, d->o.p1, d->o.nic, d->ioas, &of_space, &d->parent), 0);
	d->unit = bench_unit_of(&d->o.b, d->o.nic);
	if (kind == IOMMU_SMMUV3) {
		assert_int_equal(uapi_viommu_alloc(d->o.b.uapi, d->o.p1, d->o.nic, d->parent, &d->viommu), 0);
		assert_int_equal(uapi_vdevice_alloc(d->o.b.uapi, d->o.p1, d->viommu, d->o.nic, NUMBER, &vdevice), 0);
	}
	assert_int_equal(uapi_hwpt_alloc(d->o.b.uapi, d->o.p1, d->o.nic, d->viommu ? d->viommu : d->parent, &of_guest,
					 &d->nested),
			 0);
	assert_int_equal(uapi_attach(d->o.b.uapi, d->o.p1, d->o.nic, d->nested), 0);
}

struct array_row {
	struct uapi_entries_array array;
	int result;
	uint32_t done, sent;
};

static void check_arrays(enum iommu_kind kind, const struct array_row *rows, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct uapi_entries_array array = rows[i].array;
		struct desk d;
		desk_open(&d, kind);
		uint32_t before = d.unit->forget_count;
		int result = uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.viommu ? d.viommu : d.nested, &array);
		if (result != rows[i].result || array.done != rows[i].done ||
		    d.unit->forget_count - before != rows[i].sent)
			fail_msg("row %u: %d, %u done, %u sent", i, result, array.done, d.unit->forget_count - before);
		bench_close(&d.o.b);
	}
}

/* One after the other: what comes before a wrong one is done. */
static void test_arrays_of_a_page_table(void **state)
{
	(void)state;
	static const struct array_row rows[] = {
		{{.count = 0}, 0, 0, 0},
		{{.count = 0, .type = UAPI_ENTRIES_ARM_SMMUV3}, -EINVAL, 0, 0},
		{{.count = 2, .list = {0x1000, 0x2000}, .type = UAPI_ENTRIES_VTD_S1}, 0, 2, 2},
		{{.count = 2, .list = {0x1000, 0x2000}, .type = UAPI_ENTRIES_ARM_SMMUV3}, -EINVAL, 0, 0},
		{{.count = 3, .list = {0x1000, 0x2008, 0x3000}}, -EINVAL, 1, 1},
		{{.count = 1, .bytes_given = true, .bytes = 0}, -EINVAL, 0, 0},
		{{.count = 1, .bytes_given = true, .bytes = 23}, -EINVAL, 0, 0},
		{{.count = 1, .bytes_given = true, .bytes = 24, .tail = true}, 0, 1, 1},
		{{.count = 1, .bytes_given = true, .bytes = 25, .tail = true}, -E2BIG, 0, 0},
		{{.count = 1, .bytes_given = true, .bytes = 32}, 0, 1, 1},
	};
	check_arrays(IOMMU_VTD, rows, sizeof(rows) / sizeof(rows[0]));
}

/* A batch at a time: what comes before a wrong one counts, and is not sent. */
static void test_arrays_of_a_viommu(void **state)
{
	(void)state;
	static const struct array_row rows[] = {
		{{.count = 0}, -EINVAL, 0, 0},
		{{.count = 1, .type = UAPI_ENTRIES_VTD_S1}, -EINVAL, 0, 0},
		{{.count = 2, .list = {0x1000, 0x2008}, .type = UAPI_ENTRIES_ARM_SMMUV3}, 0, 2, 2},
		{{.count = 2, .list = {NUMBER, NUMBER}, .what = UAPI_ENTRIES_CONFIG}, 0, 2, 2},
		{{.count = 3, .list = {NUMBER, 6, NUMBER}, .what = UAPI_ENTRIES_CONFIG}, -EIO, 1, 0},
		{{.count = 1, .list = {6}, .what = UAPI_ENTRIES_DEVTLB}, -EIO, 0, 0},
		{{.count = 1, .bytes_given = true, .bytes = 0}, -EINVAL, 0, 0},
		{{.count = 1, .bytes_given = true, .bytes = 24, .tail = true}, -E2BIG, 0, 0},
		{{.count = 1, .bytes_given = true, .bytes = 24}, 0, 1, 1},
		{{.count = 1, .list = {NUMBER}, .what = UAPI_ENTRIES_DEVTLB, .bytes_given = true, .bytes = 5}, 0, 1, 1},
		{{.count = 1, .list = {NUMBER}, .what = UAPI_ENTRIES_DEVTLB, .bytes_given = true, .bytes = 4},
		 -EIO,
		 0,
		 0},
	};
	check_arrays(IOMMU_SMMUV3, rows, sizeof(rows) / sizeof(rows[0]));
}

/* Of a short command the rest is zero: address 0, and of a device TLB a page there. */
static void test_arrays_short_commands_are_filled_with_zeros(void **state)
{
	(void)state;
	struct uapi_entries_array range = {.count = 1, .list = {0x5000}, .bytes_given = true, .bytes = 9};
	struct uapi_entries_array devtlb = {.count = 1, .list = {NUMBER}, .what = UAPI_ENTRIES_DEVTLB};
	struct desk d;
	desk_open(&d, IOMMU_SMMUV3);
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.viommu, &range), 0);
	assert_int_equal(d.unit->forgets[d.unit->forget_count - 1].first, 0);
	range.bytes = 10;
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.viommu, &range), 0);
	assert_int_equal(d.unit->forgets[d.unit->forget_count - 1].first, 0x5000);
	assert_int_equal(d.unit->forgets[d.unit->forget_count - 1].last, 0x5fff);
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.viommu, &devtlb), 0);
	assert_true(d.unit->forgets[d.unit->forget_count - 1].last == UINT64_MAX);
	devtlb.bytes_given = true;
	devtlb.bytes = 8;
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.viommu, &devtlb), 0);
	assert_int_equal(d.unit->forgets[d.unit->forget_count - 1].last, 0xfff);
	bench_close(&d.o.b);
}

static void test_arrays_are_of_guests_objects(void **state)
{
	(void)state;
	struct uapi_entries_array array = {.count = 1};
	struct desk d;
	desk_open(&d, IOMMU_SMMUV3);
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.nested, &array), -EOPNOTSUPP);
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.parent, &array), -EINVAL);
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, d.ioas, &array), -EINVAL);
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p2, d.viommu, &array), -ENOENT);
	assert_int_equal(uapi_hwpt_invalidate(d.o.b.uapi, d.o.p1, 0, &array), -ENOENT);
	bench_close(&d.o.b);
}

static void test_hw_queues_are_no_units_here(void **state)
{
	(void)state;
	static const struct {
		enum uapi_hw_queue_type type;
		bool viommu;
		uint64_t iova, bytes;
		int result;
	} rows[] = {
		{UAPI_HW_QUEUE_DEFAULT, true, 0, 0, -EOPNOTSUPP},
		{UAPI_HW_QUEUE_TEGRA241_CMDQV, true, 0, 0, -EINVAL},
		{UAPI_HW_QUEUE_TEGRA241_CMDQV, false, UINT64_MAX, 2, -EOVERFLOW},
		{UAPI_HW_QUEUE_TEGRA241_CMDQV, false, UINT64_MAX, 1, -ENOENT},
		{UAPI_HW_QUEUE_TEGRA241_CMDQV, true, 0, 4096, -EOPNOTSUPP},
	};
	struct desk d;
	desk_open(&d, IOMMU_SMMUV3);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(uapi_hw_queue_alloc(d.o.b.uapi, d.o.p1, rows[i].viommu ? d.viommu : d.parent,
						     rows[i].type, rows[i].iova, rows[i].bytes),
				 rows[i].result);
	bench_close(&d.o.b);
}

static void test_dirty_bitmap_ranges(void **state)
{
	(void)state;
	static const struct {
		uint64_t iova, bytes, page_bytes;
		int result;
	} rows[] = {
		{0x10000, 0x2000, 0x1000, 0},       {0x10000, 0x2000, 0x2000, 0},
		{0x10800, 0x1000, 0x1000, -EINVAL}, {0x10000, 0x1800, 0x800, -EINVAL},
		{0x10000, 0x1000, 0x2000, -EINVAL}, {0x11000, 0x2000, 0x2000, -EINVAL},
		{0x10000, 0x1000, 0, -EINVAL},      {UINT64_MAX - 0xfff, 0x2000, 0, -EOVERFLOW},
		{0x10001, 0xffff, 0x1000, -EINVAL}, {0x40000000, 0x1000, 0x1000, 0},
	};
	struct uapi_hwpt_wish wish = {.dirty = true};
	struct uapi_dirty_bitmap bitmap = {.bytes = 4096, .page_bytes = 4096};
	struct office o;
	space_handle ioas, table;
	office_open(&o, "iommufd", "7.0");
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	ioas = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_dirty_bitmap(o.b.uapi, o.p1, ioas, &bitmap), -ENOENT);
	assert_int_equal(uapi_hwpt_alloc(o.b.uapi, o.p1, o.nic, ioas, &wish, &table), 0);
	assert_int_equal(bench_map(&o.b, o.p1, ioas, 0x10000, o.page), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bitmap = (struct uapi_dirty_bitmap){
			.iova = rows[i].iova, .bytes = rows[i].bytes, .page_bytes = rows[i].page_bytes};
		int result = uapi_dirty_bitmap(o.b.uapi, o.p1, table, &bitmap);
		if (result != rows[i].result)
			fail_msg("row %u: %d", i, result);
	}
	wish.dirty = false;
	assert_int_equal(uapi_hwpt_alloc(o.b.uapi, o.p1, o.nic, ioas, &wish, &table), 0);
	bitmap = (struct uapi_dirty_bitmap){.bytes = 4096, .page_bytes = 4096};
	assert_int_equal(uapi_dirty_bitmap(o.b.uapi, o.p1, table, &bitmap), -EOPNOTSUPP);
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrays_of_a_page_table),
		cmocka_unit_test(test_arrays_of_a_viommu),
		cmocka_unit_test(test_arrays_short_commands_are_filled_with_zeros),
		cmocka_unit_test(test_arrays_are_of_guests_objects),
		cmocka_unit_test(test_hw_queues_are_no_units_here),
		cmocka_unit_test(test_dirty_bitmap_ranges),
	};
	return cmocka_run_group_tests_name("iommufd-arrays", tests, NULL, NULL);
}
