/* SPDX-License-Identifier: MIT */
/* Dirty tracking: iommufd-facts 17 and 23 of the catalogue's material, and type1's pages that count as written. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define AT UINT64_C(0x10000)

struct lab {
	struct office o;
	space_handle s;
};

/* p1 has nic in a space, where `page` (two pages) is at AT. */
static int lab_open(struct lab *l, const char *policy, bool dirty, bool capable)
{
	struct uapi_space_wish wish = {.dirty = dirty};
	office_open(&l->o, policy, "7.0");
	bench_unit_of(&l->o.b, l->o.nic)->no_dirty = !capable;
	assert_int_equal(uapi_take(l->o.b.uapi, l->o.p1, l->o.nic), 0);
	assert_int_equal(uapi_space(l->o.b.uapi, l->o.p1, &wish, &l->s), 0);
	int error = uapi_attach(l->o.b.uapi, l->o.p1, l->o.nic, l->s);
	if (!error)
		assert_int_equal(bench_map(&l->o.b, l->o.p1, l->s, AT, l->o.page), 0);
	return error;
}

static struct fake_domain *serving(struct lab *l)
{
	struct fake_driver *unit = bench_unit_of(&l->o.b, l->o.nic);
	return &unit->domains[fake_serving_domain(unit, l->o.b.machine->devices[l->o.nic].stream)];
}

static int start(struct lab *l)
{
	return uapi_dirty_start(l->o.b.uapi, l->o.p1, l->s);
}

/* 1 dirty, 0 clean, or the error. */
static int look(struct lab *l, uint64_t iova, bool clear)
{
	bool dirty;
	int error = uapi_dirty_read(l->o.b.uapi, l->o.p1, l->s, iova, clear, &dirty);
	return error ? error : dirty;
}

static void test_iommufd_dirty_reads_clears_and_waits(void **state)
{
	(void)state;
	struct lab l;
	assert_int_equal(lab_open(&l, "iommufd", true, true), 0);
	serving(&l)->written = AT; /* before anybody asked */
	assert_int_equal(start(&l), 0);
	assert_true(serving(&l)->tracking);
	assert_int_equal(look(&l, AT, true), 0);
	serving(&l)->written = AT + 0x1000;
	assert_int_equal(look(&l, AT + 0x1800, false), 1);
	unsigned syncs = bench_unit_of(&l.o.b, l.o.nic)->syncs;
	assert_int_equal(look(&l, AT, true), 0);
	assert_int_equal(look(&l, AT + 0x1ff8, true), 1);
	assert_int_equal(look(&l, AT + 0x1000, true), 0);
	assert_true(bench_unit_of(&l.o.b, l.o.nic)->syncs > syncs);
	assert_int_equal(serving(&l)->dirty, 0);                   /* whatever was cleared has been invalidated */
	assert_int_equal(look(&l, UINT64_C(0x40000000), true), 0); /* nothing is there */
	bench_close(&l.o.b);
}

static void test_iommufd_dirty_needs_a_table_that_was_made_for_it(void **state)
{
	(void)state;
	struct lab l;
	assert_int_equal(lab_open(&l, "iommufd", false, true), 0);
	assert_int_equal(start(&l), -EOPNOTSUPP);
	assert_int_equal(look(&l, AT, true), -EOPNOTSUPP);
	assert_int_equal(uapi_dirty_start(l.o.b.uapi, l.o.p2, l.s), -ENOENT);
	bench_close(&l.o.b);
	assert_int_equal(lab_open(&l, "iommufd", true, false), -EOPNOTSUPP);
	assert_int_equal(start(&l), -ENOENT); /* there is no page table */
	bench_close(&l.o.b);
}

static void test_dirty_by_version_and_front_end(void **state)
{
	(void)state;
	static const struct {
		const char *policy, *kernel;
	} rows[] = {{"iommufd", "6.6"}, {"iommu-v2", "7.0"}, {"kernel-dma", "7.0"}, {"noiommu", "7.0"}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		bool dirty;
		office_open(&o, rows[i].policy, rows[i].kernel);
		assert_int_equal(uapi_dirty_start(o.b.uapi, o.p1, 1), -ENOTTY);
		assert_int_equal(uapi_dirty_read(o.b.uapi, o.p1, 1, AT, true, &dirty), -ENOTTY);
		bench_close(&o.b);
	}
}

static void test_iommufd_table_that_joins_is_tracked(void **state)
{
	(void)state;
	struct lab l;
	assert_int_equal(lab_open(&l, "iommufd", true, true), 0);
	assert_int_equal(start(&l), 0);
	assert_int_equal(uapi_detach(l.o.b.uapi, l.o.p1, l.o.nic), 0);
	assert_int_equal(start(&l), -ENOENT);
	assert_int_equal(uapi_attach(l.o.b.uapi, l.o.p1, l.o.nic, l.s), 0);
	assert_true(serving(&l)->tracking);
	bench_close(&l.o.b);
}

static void test_dirty_race_unmap_reports_where_the_rule_says_so(void **state)
{
	(void)state;
	for (unsigned promised = 0; promised < 2; promised++) {
		struct lab l;
		struct uapi_space_wish wish = {.dirty = true};
		office_declare(&l.o, "iommufd", "7.0");
		bench_set(&l.o.b, "dirty_race", promised ? "host_promise" : "guests_own_risk");
		bench_start(&l.o.b);
		assert_int_equal(uapi_take(l.o.b.uapi, l.o.p1, l.o.nic), 0);
		assert_int_equal(uapi_space(l.o.b.uapi, l.o.p1, &wish, &l.s), 0);
		assert_int_equal(uapi_attach(l.o.b.uapi, l.o.p1, l.o.nic, l.s), 0);
		assert_int_equal(bench_map(&l.o.b, l.o.p1, l.s, AT, l.o.page), 0);
		assert_int_equal(start(&l), 0);
		serving(&l)->written = AT + 0x1000;
		assert_int_equal(bench_unmap(&l.o.b, l.o.p1, l.s, AT, 0x2000), 0);
		assert_int_equal(l.o.b.reports, promised);
		assert_int_equal(l.o.b.reported_first, promised ? AT + 0x1000 : 0);
		bench_close(&l.o.b);
	}
}

static void test_type1_dirty_is_all_that_is_mapped(void **state)
{
	(void)state;
	struct lab l;
	assert_int_equal(lab_open(&l, "vfio-type1", true, false), 0);
	assert_int_equal(look(&l, AT, true), -EINVAL); /* not tracking */
	assert_int_equal(start(&l), 0);
	assert_int_equal(look(&l, AT, true), 1);
	assert_int_equal(look(&l, AT + 0x1000, true), 1);
	assert_int_equal(look(&l, AT + 0x2000, true), 0);
	assert_int_equal(look(&l, AT, false), -EINVAL); /* it always clears */
	assert_int_equal(uapi_dirty_start(l.o.b.uapi, l.o.p2, l.s), -ENOENT);
	assert_int_equal(bench_unmap(&l.o.b, l.o.p1, l.s, AT, 0x2000), 0);
	assert_int_equal(l.o.b.reports, 1);
	assert_int_equal(l.o.b.reported_bytes, 0x2000);
	space_handle empty = bench_space(&l.o.b, l.o.p1);
	assert_int_equal(uapi_dirty_start(l.o.b.uapi, l.o.p1, empty), -EINVAL); /* a container without IOMMU */
	bench_close(&l.o.b);
}

static void test_type1_dirty_of_mdevs_is_what_was_pinned(void **state)
{
	(void)state;
	struct lab l;
	struct uapi_target target;
	struct office *o = &l.o;
	bench_open(&o->b, "vfio-type1");
	o->p1 = bench_owner(&o->b, "p1");
	o->nic = bench_device(&o->b, "nic", DRIVER_HOST);
	uint16_t m = bench_device(&o->b, "m", DRIVER_USER);
	o->b.machine->devices[m].kind = DEVICE_MDEV;
	o->b.machine->devices[m].parent = o->nic;
	o->page = bench_memory(&o->b, "page", o->p1, 0x2000);
	bench_start(&o->b);
	assert_int_equal(uapi_take(o->b.uapi, o->p1, m), 0);
	l.s = bench_space(&o->b, o->p1);
	assert_int_equal(uapi_attach(o->b.uapi, o->p1, m, l.s), 0);
	assert_int_equal(bench_map(&o->b, o->p1, l.s, AT, o->page), 0);
	assert_int_equal(start(&l), 0);
	assert_int_equal(look(&l, AT, true), 0);
	assert_int_equal(uapi_pin(o->b.uapi, m, AT, UAPI_READ, &target), 0);
	assert_int_equal(look(&l, AT, true), 1);
	assert_int_equal(look(&l, AT + 0x1000, true), 0);
	assert_int_equal(look(&l, AT, true), 1); /* still pinned */
	assert_int_equal(uapi_pin(o->b.uapi, m, AT + 0x1000, UAPI_READ, &target), 0);
	assert_int_equal(uapi_unpin(o->b.uapi, m, AT + 0x1000), 0);
	assert_int_equal(look(&l, AT + 0x1000, true), 1); /* it was */
	assert_int_equal(look(&l, AT + 0x1000, true), 0);
	bench_close(&o->b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iommufd_dirty_reads_clears_and_waits),
		cmocka_unit_test(test_iommufd_dirty_needs_a_table_that_was_made_for_it),
		cmocka_unit_test(test_dirty_by_version_and_front_end),
		cmocka_unit_test(test_iommufd_table_that_joins_is_tracked),
		cmocka_unit_test(test_dirty_race_unmap_reports_where_the_rule_says_so),
		cmocka_unit_test(test_type1_dirty_is_all_that_is_mapped),
		cmocka_unit_test(test_type1_dirty_of_mdevs_is_what_was_pinned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
