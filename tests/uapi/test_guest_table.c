/* SPDX-License-Identifier: MIT */
/* A guest's whole table of PASIDs: who may hand one over, and what the host then knows of what is in it. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct domain_guest guest = {.root = 0x10000, .ste = {1, 2}};

struct lab {
	struct office o;
	space_handle parent, child, table;
};

static void open_lab(struct lab *l, const char *policy, const char *tracking)
{
	struct uapi_space_wish wish = {.nest_parent = true};
	office_declare(&l->o, policy, "7.0");
	l->o.b.kind = IOMMU_SMMUV3;
	l->o.b.machine->devices[l->o.nic].pasid_bits = 8;
	l->o.b.machine->devices[l->o.nic].ats = l->o.b.machine->devices[l->o.nic].pri = true;
	if (tracking)
		bench_set(&l->o.b, "guest_table_tracking", tracking);
	bench_start(&l->o.b);
	assert_int_equal(uapi_take(l->o.b.uapi, l->o.p1, l->o.nic), 0);
	assert_int_equal(uapi_space(l->o.b.uapi, l->o.p1, &wish, &l->parent), 0);
}

static int hand_over(struct lab *l, uint16_t owner, space_handle parent, bool faults)
{
	struct uapi_guest_table table = {.parent = parent, .guest = guest, .faults = faults};
	return uapi_pasid_table(l->o.b.uapi, owner, l->o.nic, &table, &l->table);
}

static int forget(struct lab *l, uint32_t pasid)
{
	struct uapi_invalidation what = {.what = UAPI_FORGET_PASID,
					 .of = UAPI_OF_DEVICE,
					 .device = l->o.nic,
					 .pasid = pasid,
					 .last = UINT64_MAX};
	return uapi_invalidate(l->o.b.uapi, l->o.p1, &what);
}

static void test_guest_table_serves_the_device_in_every_front_end_that_has_it(void **state)
{
	(void)state;
	static const char *const policies[] = {"iommufd", "ioasid-v1", "iommu-v2"};
	for (unsigned i = 0; i < 3; i++) {
		struct lab l;
		open_lab(&l, policies[i], NULL);
		assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), 0);
		assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_NESTED);
		assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, l.table), -EBUSY);
		assert_int_equal(uapi_detach(l.o.b.uapi, l.o.p1, l.o.nic), 0);
		assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_BLOCKED);
		assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, l.table), 0);
		bench_close(&l.o.b);
	}
}

static void test_guest_table_needs_a_parent_and_the_owners_device(void **state)
{
	(void)state;
	struct lab l;
	open_lab(&l, "iommu-v2", NULL);
	assert_int_equal(hand_over(&l, l.o.p1, bench_space(&l.o.b, l.o.p1), false), -EINVAL);
	assert_int_equal(hand_over(&l, l.o.p1, 999, false), -ENOENT);
	assert_int_equal(hand_over(&l, l.o.p2, l.parent, false), -EINVAL);
	assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_BLOCKED);
	bench_close(&l.o.b);
	open_lab(&l, "vfio-type1", NULL);
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), -ENOTTY);
	bench_close(&l.o.b);
}

/* The first proposal has the device on the parent first; elsewhere it cannot be. */
static void test_guest_table_of_v1_goes_through_the_parent(void **state)
{
	(void)state;
	struct lab l;
	open_lab(&l, "ioasid-v1", NULL);
	space_handle elsewhere = bench_space(&l.o.b, l.o.p1);
	assert_int_equal(uapi_attach(l.o.b.uapi, l.o.p1, l.o.nic, elsewhere), 0);
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), -EINVAL);
	assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_USER);
	assert_int_equal(uapi_replace(l.o.b.uapi, l.o.p1, l.o.nic, l.parent), 0);
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), 0);
	bench_close(&l.o.b);
}

static void test_guest_table_that_the_unit_refuses_leaves_nothing(void **state)
{
	(void)state;
	struct lab l;
	open_lab(&l, "iommufd", NULL);
	struct fake_driver *unit = bench_unit_of(&l.o.b, l.o.nic);
	unit->fail_nest = -EIO;
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), -EIO);
	assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_BLOCKED);
	unit->fail_nest = 0;
	assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, l.parent), 0); /* no child is left */
	bench_close(&l.o.b);
}

static void test_guest_table_is_a_container_where_it_is_delegated(void **state)
{
	(void)state;
	struct lab l;
	open_lab(&l, "iommu-v2", NULL);
	const struct fake_driver *unit = bench_unit_of(&l.o.b, l.o.nic);
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, true), 0);
	assert_int_equal(forget(&l, 2), 0);
	assert_int_equal(unit->forgets[0].what, GUEST_FORGETS_CONTEXT);
	assert_int_equal(unit->forgets[0].pasid, 2);
	assert_int_equal(uapi_nest(l.o.b.uapi, l.o.p1, l.parent, &guest, &l.child), 0);
	assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.nic, 2, l.child), -EINVAL);
	assert_int_equal(bench_page_request(&l.o.b, l.o.nic, 2, 1, 0x1000), -1); /* it waits for the user */
	assert_int_equal(uapi_page_response(l.o.b.uapi, l.o.p2, l.o.nic, 2, 1, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_page_response(l.o.b.uapi, l.o.p1, l.o.nic, 2, 1, PAGE_RESPONSE_SUCCESS), 0);
	bench_close(&l.o.b);
}

static void test_guest_table_is_known_by_what_is_registered_where_all_is_tracked(void **state)
{
	(void)state;
	struct lab l;
	open_lab(&l, "ioasid-v1", NULL);
	const struct fake_driver *unit = bench_unit_of(&l.o.b, l.o.nic);
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, true), 0);
	assert_int_equal(forget(&l, 2), -ENOENT);
	assert_int_equal(bench_page_request(&l.o.b, l.o.nic, 2, 1, 0x1000), PAGE_RESPONSE_INVALID);
	assert_int_equal(uapi_nest(l.o.b.uapi, l.o.p1, l.parent, &guest, &l.child), 0);
	assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.nic, 2, l.child), 0);
	assert_int_equal(unit->pasid_count, 0); /* the entry is the guest's to write */
	assert_int_equal(forget(&l, 2), 0);
	assert_int_equal(forget(&l, 3), -ENOENT);
	assert_int_equal(bench_page_request(&l.o.b, l.o.nic, 2, 4, 0x1000), -1);
	assert_int_equal(uapi_detach(l.o.b.uapi, l.o.p1, l.o.nic), 0); /* and with the table goes what was registered */
	assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, l.child), 0);
	bench_close(&l.o.b);
}

static void test_guest_table_with_faults_needs_a_device_that_asks(void **state)
{
	(void)state;
	struct lab l;
	open_lab(&l, "iommu-v2", NULL);
	struct fake_driver *unit = bench_unit_of(&l.o.b, l.o.nic);
	unit->supported &= ~(unsigned)FEATURE_PRI;
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, true), -ENODEV);
	assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_BLOCKED);
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), 0);
	bench_close(&l.o.b);
}

static void test_guest_table_names_the_device_where_nobody_has(void **state)
{
	(void)state;
	struct lab l;
	open_lab(&l, "iommufd", NULL);
	uint32_t stream = l.o.b.machine->devices[l.o.nic].stream;
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), 0);
	struct uapi_invalidation what = {
		.what = UAPI_FORGET_PASID, .of = UAPI_OF_ID, .id = stream, .pasid = 5, .last = UINT64_MAX};
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), 0);
	what.id = stream + 1;
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), -EIO);
	bench_close(&l.o.b);
	open_lab(&l, "iommu-v2", NULL); /* a label is the user's word */
	assert_int_equal(hand_over(&l, l.o.p1, l.parent, false), 0);
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), -ENOTTY);
	bench_close(&l.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_table_serves_the_device_in_every_front_end_that_has_it),
		cmocka_unit_test(test_guest_table_needs_a_parent_and_the_owners_device),
		cmocka_unit_test(test_guest_table_of_v1_goes_through_the_parent),
		cmocka_unit_test(test_guest_table_that_the_unit_refuses_leaves_nothing),
		cmocka_unit_test(test_guest_table_is_a_container_where_it_is_delegated),
		cmocka_unit_test(test_guest_table_is_known_by_what_is_registered_where_all_is_tracked),
		cmocka_unit_test(test_guest_table_with_faults_needs_a_device_that_asks),
		cmocka_unit_test(test_guest_table_names_the_device_where_nobody_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
