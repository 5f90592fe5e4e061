/* SPDX-License-Identifier: MIT */
/* Page tables that a call of their own makes, and objects as such: each errno, on both kinds of unit. */
#include "office.h"
#include "uapi/objects.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct domain_guest guest = {.root = 0x10000, .address_width = 48, .ste = {1, 2}};

struct desk {
	struct office o;
	space_handle ioas, queue;
};

static void desk_open(struct desk *d, enum iommu_kind kind, const char *kernel)
{
	office_declare(&d->o, "iommufd", kernel);
	d->o.b.kind = kind;
	d->o.b.machine->devices[d->o.nic].ats = d->o.b.machine->devices[d->o.nic].pri = true;
	d->o.b.machine->devices[d->o.nic].pasid_bits = 16;
	bench_start(&d->o.b);
	assert_int_equal(uapi_take(d->o.b.uapi, d->o.p1, d->o.nic), 0);
	d->ioas = bench_space(&d->o.b, d->o.p1);
	d->queue = 0;
}

static int alloc(struct desk *d, space_handle parent, struct uapi_hwpt_wish wish, space_handle *out)
{
	return uapi_hwpt_alloc(d->o.b.uapi, d->o.p1, d->o.nic, parent, &wish, out);
}

static space_handle table(struct desk *d, space_handle parent, struct uapi_hwpt_wish wish)
{
	space_handle out = 0;
	assert_int_equal(alloc(d, parent, wish, &out), 0);
	return out;
}

static int destroy(struct desk *d, space_handle handle)
{
	return uapi_destroy(d->o.b.uapi, d->o.p1, handle);
}

static void test_hwpt_alloc_answers_each_wish_as_a_kernel_does(void **state)
{
	(void)state;
	enum { OF_SPACE, OF_PARENT, OF_PLAIN, OF_NESTED, OF_QUEUE, OF_NOTHING, OF_IMPLICIT };
	static const struct {
		int of;
		struct uapi_hwpt_wish wish;
		bool bad_queue;
		int vtd, smmuv3;
	} rows[] = {
		{OF_SPACE, {.pasid = false}, false, 0, 0},
		{OF_SPACE, {.pasid = true}, false, 0, 0},
		{OF_SPACE, {.faults = true}, false, 0, 0},
		{OF_SPACE, {.nest_parent = true}, false, 0, 0},
		{OF_SPACE, {.dirty = true}, false, 0, 0},
		{OF_SPACE, {.faults = true}, true, -ENOENT, -ENOENT},
		{OF_SPACE, {.nest_parent = true, .faults = true}, false, -EOPNOTSUPP, -EOPNOTSUPP},
		{OF_SPACE, {.nest_parent = true, .pasid = true}, false, 0, -EOPNOTSUPP},
		{OF_SPACE, {.nest_parent = true, .dirty = true}, false, 0, -EOPNOTSUPP},
		{OF_SPACE, {.guest = &guest}, false, -EOPNOTSUPP, -EOPNOTSUPP},
		{OF_PARENT, {.guest = &guest}, false, 0, -EOPNOTSUPP},
		{OF_PARENT, {.guest = &guest, .pasid = true, .faults = true}, false, 0, -EOPNOTSUPP},
		{OF_PARENT, {.guest = &guest, .faults = true}, true, -ENOENT, -EOPNOTSUPP},
		{OF_PARENT, {.pasid = false}, false, -EOPNOTSUPP, -EOPNOTSUPP},
		{OF_PARENT, {.guest = &guest, .nest_parent = true}, false, -EOPNOTSUPP, -EOPNOTSUPP},
		{OF_PARENT, {.guest = &guest, .dirty = true}, false, -EOPNOTSUPP, -EOPNOTSUPP},
		{OF_PLAIN, {.guest = &guest}, false, -EINVAL, -EOPNOTSUPP},
		{OF_NESTED, {.guest = &guest}, false, -EINVAL, -EINVAL},
		{OF_QUEUE, {.pasid = false}, false, -EINVAL, -EINVAL},
		{OF_NOTHING, {.pasid = false}, false, -EINVAL, -EINVAL},
		{OF_IMPLICIT, {.guest = &guest}, false, -EINVAL, -EINVAL},
	};
	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		enum iommu_kind kind = i % 2 ? IOMMU_SMMUV3 : IOMMU_VTD;
		struct uapi_hwpt_wish wish = rows[i / 2].wish;
		struct desk d;
		space_handle out = 0;
		desk_open(&d, kind, "7.0");
		assert_int_equal(uapi_fault_queue_alloc(d.o.b.uapi, d.o.p1, &d.queue), 0);
		space_handle parent = table(&d, d.ioas, (struct uapi_hwpt_wish){.nest_parent = true});
		space_handle of[] = {d.ioas, parent, 0, 0, d.queue, 0x7777, 0};
		of[OF_PLAIN] = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
		assert_int_equal(uapi_nest(d.o.b.uapi, d.o.p1, parent, &guest, &of[OF_IMPLICIT]), 0);
		of[OF_NESTED] = kind == IOMMU_VTD ? table(&d, parent, (struct uapi_hwpt_wish){.guest = &guest})
						  : of[OF_IMPLICIT];
		wish.queue = rows[i / 2].bad_queue ? d.ioas : d.queue;
		int error = alloc(&d, of[rows[i / 2].of], wish, &out);
		int wanted = kind == IOMMU_VTD ? rows[i / 2].vtd : rows[i / 2].smmuv3;
		if (error != wanted)
			fail_msg("row %u on %s: %d, not %d", i / 2, kind == IOMMU_VTD ? "VT-d" : "SMMUv3", error,
				 wanted);
		if (!error)
			assert_int_equal(destroy(&d, out), 0);
		bench_close(&d.o.b);
	}
}

static void test_hwpt_alloc_names_a_device_of_the_owners(void **state)
{
	(void)state;
	struct uapi_hwpt_wish wish = {.pasid = false};
	struct desk d;
	space_handle out;
	desk_open(&d, IOMMU_VTD, "7.0");
	assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p1, d.o.f0, d.ioas, &wish, &out), -ENOENT);
	assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p2, d.o.nic, d.ioas, &wish, &out), -ENOENT);
	bench_close(&d.o.b);
}

static void test_hwpt_alloc_cannot_track_where_the_unit_cannot(void **state)
{
	(void)state;
	struct desk d;
	space_handle out;
	desk_open(&d, IOMMU_VTD, "7.0");
	bench_unit_of(&d.o.b, d.o.nic)->no_dirty = true;
	assert_int_equal(alloc(&d, d.ioas, (struct uapi_hwpt_wish){.dirty = true}, &out), -EOPNOTSUPP);
	assert_int_equal(fake_domains_live(bench_unit_of(&d.o.b, d.o.nic), DOMAIN_USER), 0);
	bench_close(&d.o.b);
}

static void test_hwpt_calls_by_version_and_front_end(void **state)
{
	(void)state;
	static const struct {
		const char *policy, *kernel;
		int plain, flagged;
	} rows[] = {{"vfio-type1", "7.0", -ENOTTY, -ENOTTY},
		    {"ioasid-kt", "7.0", -ENOTTY, -ENOTTY},
		    {"iommufd", "6.2", -ENOTTY, -ENOTTY},
		    {"iommufd", "6.6", 0, -EOPNOTSUPP},
		    {"iommufd", "6.15", 0, 0}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uapi_hwpt_wish plain = {.pasid = false}, flagged = {.pasid = true};
		struct office o;
		space_handle out;
		office_open(&o, rows[i].policy, rows[i].kernel);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
		space_handle space = bench_space(&o.b, o.p1);
		assert_int_equal(uapi_hwpt_alloc(o.b.uapi, o.p1, o.nic, space, &plain, &out), rows[i].plain);
		assert_int_equal(uapi_hwpt_alloc(o.b.uapi, o.p1, o.nic, space, &flagged, &out), rows[i].flagged);
		assert_int_equal(uapi_fault_queue_alloc(o.b.uapi, o.p1, &out),
				 rows[i].flagged == -EOPNOTSUPP ? -ENOTTY : rows[i].flagged);
		bench_close(&o.b);
	}
}

static void test_hwpt_is_filled_when_it_is_made_and_kept_up_to_date(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.ioas, 0x10000, d.o.page), 0);
	assert_false(uapi_memory_pinned(d.o.b.uapi, d.o.page));
	space_handle hwpt = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
	assert_true(uapi_memory_pinned(d.o.b.uapi, d.o.page)); /* nothing is attached yet */
	assert_int_equal(uapi_space_page_tables(d.o.b.uapi, d.ioas), 1);
	assert_int_equal(uapi_space_page_tables(d.o.b.uapi, hwpt), 1);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, hwpt), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x10000), bench_pa(&d.o.b, d.o.page));
	assert_int_equal(bench_unmap(&d.o.b, d.o.p1, d.ioas, 0x10000, 0x2000), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x10000), UINT64_MAX);
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.ioas, 0x40000, d.o.page), 0);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, 0x40000), bench_pa(&d.o.b, d.o.page));
	bench_close(&d.o.b);
}

static void test_hwpt_outlives_its_devices_and_automatic_tables_do_not(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	const struct fake_driver *unit = bench_unit_of(&d.o.b, d.o.nic);
	space_handle hwpt = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, d.ioas), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_USER), 2); /* attaching to the space makes its own */
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, hwpt), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_USER), 1);
	assert_int_equal(destroy(&d, hwpt), -EBUSY);
	assert_int_equal(destroy(&d, d.ioas), -EBUSY);
	assert_int_equal(uapi_detach(d.o.b.uapi, d.o.p1, d.o.nic), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_USER), 1);
	assert_int_equal(destroy(&d, d.ioas), -EBUSY); /* a page table of it is left */
	assert_int_equal(destroy(&d, hwpt), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_USER), 0);
	assert_int_equal(destroy(&d, hwpt), -ENOENT);
	assert_int_equal(destroy(&d, d.ioas), 0);
	bench_close(&d.o.b);
}

static void test_handles_are_of_one_space_and_never_0(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	assert_int_equal(uapi_fault_queue_alloc(d.o.b.uapi, d.o.p1, &d.queue), 0);
	space_handle hwpt = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
	assert_true(d.ioas && d.queue && hwpt);
	assert_true(d.ioas != d.queue && d.queue != hwpt && d.ioas != hwpt);
	assert_int_equal(destroy(&d, 0), -ENOENT);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, 0), -ENOENT);
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p2, d.queue), -ENOENT);
	assert_int_equal(destroy(&d, d.queue), 0);
	assert_int_equal(uapi_fault_queue_alloc(d.o.b.uapi, d.o.p1, &d.queue), 0); /* in the same row */
	assert_int_equal(destroy(&d, d.queue), 0);
	assert_int_equal(destroy(&d, d.queue), -ENOENT);
	bench_close(&d.o.b);
}

static void test_hwpt_has_no_areas_of_its_own(void **state)
{
	(void)state;
	struct uapi_ranges ranges = {.room = 4};
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	space_handle hwpt = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
	assert_int_equal(bench_map(&d.o.b, d.o.p1, hwpt, 0x10000, d.o.page), -ENOENT);
	assert_int_equal(bench_unmap(&d.o.b, d.o.p1, hwpt, 0x10000, 0x1000), -ENOENT);
	assert_int_equal(uapi_ranges(d.o.b.uapi, d.o.p1, hwpt, &ranges), -ENOENT);
	assert_int_equal(uapi_allow(d.o.b.uapi, d.o.p1, hwpt, 0, 0x1000), -ENOENT);
	bench_close(&d.o.b);
}

static void test_attach_takes_a_space_or_a_page_table(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	assert_int_equal(uapi_fault_queue_alloc(d.o.b.uapi, d.o.p1, &d.queue), 0);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, d.queue), -EINVAL);
	assert_int_equal(uapi_attach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, d.queue), -EINVAL);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, 0x7777), -ENOENT);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, d.ioas), 0);
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, d.queue), -EINVAL);
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, 0x7777), -ENOENT);
	bench_close(&d.o.b);
}

static void test_hwpt_misfits_are_addresses_in_use(void **state)
{
	(void)state;
	struct uapi_target target = {.kind = UAPI_MEMORY};
	struct desk d;
	space_handle out;
	desk_open(&d, IOMMU_VTD, "7.0");
	target.index = d.o.page;
	assert_int_equal(uapi_map(d.o.b.uapi, d.o.p1, d.ioas, 0x10001, target, 1, UAPI_READ), 0);
	assert_int_equal(alloc(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false}, &out), -EADDRINUSE);
	assert_int_equal(destroy(&d, d.ioas), 0); /* nothing was left behind */
	bench_close(&d.o.b);
}

static void test_hwpt_takes_memory_that_is_there_alone(void **state)
{
	(void)state;
	struct desk d;
	space_handle out;
	desk_open(&d, IOMMU_VTD, "7.0");
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.ioas, 0x10000, d.o.other), 0); /* lazily: it is p2's */
	assert_int_equal(alloc(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false}, &out), -EFAULT);
	assert_int_equal(fake_domains_live(bench_unit_of(&d.o.b, d.o.nic), DOMAIN_USER), 0);
	bench_close(&d.o.b);
}

/* A nest parent on VT-d takes no read-only mapping, whichever way the table was made. */
static void test_hwpt_parent_refuses_read_only_areas_on_vtd(void **state)
{
	(void)state;
	struct uapi_target target = {.kind = UAPI_MEMORY};
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	target.index = d.o.page;
	space_handle parent = table(&d, d.ioas, (struct uapi_hwpt_wish){.nest_parent = true});
	assert_int_equal(uapi_map(d.o.b.uapi, d.o.p1, d.ioas, 0x10000, target, 0x1000, UAPI_READ), -EINVAL);
	assert_int_equal(destroy(&d, parent), 0);
	assert_int_equal(uapi_map(d.o.b.uapi, d.o.p1, d.ioas, 0x10000, target, 0x1000, UAPI_READ), 0);
	bench_close(&d.o.b);
}

static void test_nested_hwpt_is_made_at_once_and_stands_on_its_parent(void **state)
{
	(void)state;
	struct desk d;
	space_handle out;
	desk_open(&d, IOMMU_VTD, "7.0");
	struct fake_driver *unit = bench_unit_of(&d.o.b, d.o.nic);
	space_handle parent = table(&d, d.ioas, (struct uapi_hwpt_wish){.nest_parent = true});
	unit->fail_nest = -EIO; /* what the unit says of the guest's table is said now */
	assert_int_equal(alloc(&d, parent, (struct uapi_hwpt_wish){.guest = &guest}, &out), -EIO);
	unit->fail_nest = 0;
	space_handle nested = table(&d, parent, (struct uapi_hwpt_wish){.guest = &guest});
	assert_int_equal(fake_domains_live(unit, DOMAIN_NESTED), 1);
	assert_int_equal(destroy(&d, parent), -EBUSY);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, nested), 0);
	assert_int_equal(bench_serving(&d.o.b, d.o.nic), DOMAIN_NESTED);
	assert_int_equal(fake_domains_live(unit, DOMAIN_NEST_PARENT), 1); /* that one, and no automatic one */
	assert_int_equal(uapi_detach(d.o.b.uapi, d.o.p1, d.o.nic), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_NESTED), 1);
	assert_int_equal(destroy(&d, nested), 0);
	assert_int_equal(destroy(&d, parent), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_NESTED) + fake_domains_live(unit, DOMAIN_NEST_PARENT), 0);
	bench_close(&d.o.b);
}

/* Two units: VT-d's driver lets a domain serve both where they are alike, SMMUv3's never. */
static void test_hwpt_on_another_unit_is_the_drivers_to_refuse(void **state)
{
	(void)state;
	static const struct {
		enum iommu_kind kind;
		uint64_t last;
		bool tracks;
		int error;
	} rows[] = {{IOMMU_VTD, (UINT64_C(1) << 48) - 1, true, 0},
		    {IOMMU_VTD, (UINT64_C(1) << 39) - 1, true, -EINVAL},
		    {IOMMU_VTD, (UINT64_C(1) << 48) - 1, false, -EINVAL},
		    {IOMMU_SMMUV3, (UINT64_C(1) << 48) - 1, true, -EINVAL}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uapi_hwpt_wish wish = {.dirty = true};
		struct bench b;
		space_handle hwpt;
		bench_open(&b, "iommufd");
		bench_set(&b, "kernel", "7.0");
		b.kind = rows[i].kind;
		uint16_t p1 = bench_owner(&b, "p1");
		uint16_t one = bench_device(&b, "one", DRIVER_USER), two = bench_device(&b, "two", DRIVER_USER);
		bench_serve(&b, two, bench_unit(&b, "second"));
		bench_start(&b);
		struct fake_driver *second = bench_unit_of(&b, two);
		second->last = rows[i].last;
		second->no_dirty = !rows[i].tracks;
		assert_int_equal(uapi_take(b.uapi, p1, one), 0);
		assert_int_equal(uapi_take(b.uapi, p1, two), 0);
		space_handle ioas = bench_space(&b, p1);
		assert_int_equal(uapi_hwpt_alloc(b.uapi, p1, one, ioas, &wish, &hwpt), 0);
		assert_int_equal(uapi_attach(b.uapi, p1, two, hwpt), rows[i].error);
		assert_int_equal(fake_domains_live(second, DOMAIN_USER), rows[i].error ? 0 : 1);
		bench_close(&b);
	}
}

static void test_close_takes_any_graph_of_objects_away(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	assert_int_equal(uapi_fault_queue_alloc(d.o.b.uapi, d.o.p1, &d.queue), 0);
	space_handle parent = table(&d, d.ioas, (struct uapi_hwpt_wish){.nest_parent = true});
	space_handle nested =
		table(&d, parent, (struct uapi_hwpt_wish){.guest = &guest, .faults = true, .queue = d.queue});
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, nested), 0);
	assert_int_equal(uapi_exit(d.o.b.uapi, d.o.p1), 0);
	assert_int_equal(fake_domains_live(bench_unit_of(&d.o.b, d.o.nic), DOMAIN_NEST_PARENT), 0);
	assert_int_equal(destroy(&d, d.queue), -ENOENT);
	assert_int_equal(destroy(&d, d.ioas), -ENOENT);
	bench_close(&d.o.b);
}

static void test_dirty_tracking_is_of_the_table_that_is_named(void **state)
{
	(void)state;
	struct desk d;
	bool dirty;
	desk_open(&d, IOMMU_VTD, "7.0");
	space_handle tracked = table(&d, d.ioas, (struct uapi_hwpt_wish){.dirty = true});
	space_handle plain = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
	assert_int_equal(uapi_dirty_start(d.o.b.uapi, d.o.p1, plain), -EOPNOTSUPP);
	assert_int_equal(uapi_dirty_start(d.o.b.uapi, d.o.p1, d.ioas), -ENOENT); /* no page table */
	assert_int_equal(uapi_dirty_start(d.o.b.uapi, d.o.p1, tracked), 0);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, tracked), 0);
	assert_int_equal(bench_map(&d.o.b, d.o.p1, d.ioas, 0x10000, d.o.page), 0);
	struct fake_driver *unit = bench_unit_of(&d.o.b, d.o.nic);
	domain_handle serving = fake_serving_domain(unit, d.o.b.machine->devices[d.o.nic].stream);
	assert_true(unit->domains[serving].tracking);
	unit->domains[serving].written = 0x10000;
	assert_int_equal(uapi_dirty_read(d.o.b.uapi, d.o.p1, tracked, 0x10000, false, &dirty), 0);
	assert_true(dirty);
	bench_close(&d.o.b);
}

static void test_pasids_want_tables_that_were_made_for_them(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD, "7.0");
	space_handle plain = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
	space_handle made = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = true});
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, plain), 0);
	assert_int_equal(uapi_attach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, made), -EINVAL);
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, made), 0);
	assert_int_equal(uapi_attach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, plain), -EINVAL);
	assert_int_equal(uapi_attach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, d.ioas), -EINVAL); /* automatic: not */
	assert_int_equal(uapi_attach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, made), 0);
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, plain), -EINVAL); /* while PASIDs are attached */
	assert_int_equal(destroy(&d, made), -EBUSY);
	assert_int_equal(uapi_detach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5), 0);
	assert_int_equal(uapi_detach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5), 0);
	assert_int_equal(uapi_replace_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, made), -EINVAL);
	bench_close(&d.o.b);
}

static void test_a_map_for_a_device_goes_to_its_tables_space(void **state)
{
	(void)state;
	struct desk d;
	uint64_t iova;
	desk_open(&d, IOMMU_VTD, "7.0");
	space_handle hwpt = table(&d, d.ioas, (struct uapi_hwpt_wish){.pasid = false});
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, hwpt), 0);
	assert_int_equal(bench_dma_map(&d.o.b, d.o.p1, d.o.nic, d.o.page, &iova), 0);
	assert_int_equal(d.o.b.implied, d.ioas);
	assert_int_equal(bench_reach(&d.o.b, d.o.nic, iova), bench_pa(&d.o.b, d.o.page));
	bench_close(&d.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hwpt_alloc_answers_each_wish_as_a_kernel_does),
		cmocka_unit_test(test_hwpt_alloc_names_a_device_of_the_owners),
		cmocka_unit_test(test_hwpt_alloc_cannot_track_where_the_unit_cannot),
		cmocka_unit_test(test_hwpt_calls_by_version_and_front_end),
		cmocka_unit_test(test_hwpt_is_filled_when_it_is_made_and_kept_up_to_date),
		cmocka_unit_test(test_hwpt_outlives_its_devices_and_automatic_tables_do_not),
		cmocka_unit_test(test_handles_are_of_one_space_and_never_0),
		cmocka_unit_test(test_hwpt_has_no_areas_of_its_own),
		cmocka_unit_test(test_attach_takes_a_space_or_a_page_table),
		cmocka_unit_test(test_hwpt_misfits_are_addresses_in_use),
		cmocka_unit_test(test_hwpt_takes_memory_that_is_there_alone),
		cmocka_unit_test(test_hwpt_parent_refuses_read_only_areas_on_vtd),
		cmocka_unit_test(test_nested_hwpt_is_made_at_once_and_stands_on_its_parent),
		cmocka_unit_test(test_hwpt_on_another_unit_is_the_drivers_to_refuse),
		cmocka_unit_test(test_close_takes_any_graph_of_objects_away),
		cmocka_unit_test(test_dirty_tracking_is_of_the_table_that_is_named),
		cmocka_unit_test(test_pasids_want_tables_that_were_made_for_them),
		cmocka_unit_test(test_a_map_for_a_device_goes_to_its_tables_space),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
