/* SPDX-License-Identifier: MIT */
/* What the proposals make of groups: asked for at each command (ioasid-v1), or claimed at bind (iommu-v2). */
#include "proposal_lab.h"

#include <errno.h>

/* --- groups that are asked for at each command --- */

static void test_v1_part_of_a_group_takes_no_command(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-v1");
	space_handle a = space(&l);
	take(&l, l.o.f0);
	take(&l, l.o.f1);
	assert_int_equal(attach(&l, l.o.f0, a), 0);
	assert_int_equal(map(&l, a), -EPERM);
	assert_int_equal(bench_serving(&l.o.b, l.o.f0), DOMAIN_BLOCKED);
	assert_int_equal(attach(&l, l.o.f1, a), 0);
	assert_int_equal(map(&l, a), 0);
	assert_true(reach(&l, l.o.f0) == page(&l));
	assert_true(reach(&l, l.o.f1) == page(&l));
	assert_int_equal(detach(&l, l.o.f1), 0);
	assert_true(reach(&l, l.o.f1) == NOWHERE);
	assert_int_equal(bench_unmap(&l.o.b, l.o.p1, a, IOVA, 0x2000), -EPERM);
	assert_true(reach(&l, l.o.f0) == page(&l)); /* stuck */
	bench_close(&l.o.b);
}

static void test_v1_device_held_back_is_where_it_was(void **state)
{
	struct lab l;
	(void)state;
	lab_declare(&l, "ioasid-v1");
	bench_set(&l.o.b, "claim_domain", "keep_default");
	bench_start(&l.o.b);
	space_handle a = space(&l);
	take(&l, l.o.f0);
	assert_int_equal(attach(&l, l.o.f0, a), 0);
	assert_int_equal(bench_serving(&l.o.b, l.o.f0), DOMAIN_DMA);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
	bench_close(&l.o.b);
}

static void test_v1_pasid_counts_as_attached(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-v1");
	space_handle a = space(&l);
	take(&l, l.o.f0);
	take(&l, l.o.f1);
	assert_int_equal(attach(&l, l.o.f1, a), 0);
	assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.f0, 5, a), 0);
	assert_int_equal(map(&l, a), 0);
	assert_true(reach_pasid(&l, l.o.f0, 5) == page(&l));
	assert_true(reach(&l, l.o.f0) == NOWHERE);
	assert_true(reach(&l, l.o.f1) == page(&l));
	assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.f0, 5, a), -EBUSY);
	assert_int_equal(uapi_detach_pasid(l.o.b.uapi, l.o.p1, l.o.f0, 6), -EINVAL);
	assert_int_equal(uapi_detach_pasid(l.o.b.uapi, l.o.p1, l.o.f0, 5), 0);
	assert_true(reach_pasid(&l, l.o.f0, 5) == NOWHERE);
	assert_int_equal(map(&l, a), -EPERM);
	bench_close(&l.o.b);
}

static void test_v1_parent_of_an_mdev_takes_no_part(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-v1");
	space_handle a = space(&l);
	take(&l, l.m2);
	assert_int_equal(attach(&l, l.m2, a), 0);
	assert_int_equal(map(&l, a), 0);
	assert_true(reach_pasid(&l, l.host, 2) == page(&l));
	bench_close(&l.o.b);
}

static void test_v1_group_that_cannot_be_moved_stays_where_it_was(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-v1");
	space_handle a = space(&l);
	take(&l, l.o.f0);
	take(&l, l.o.f1);
	assert_int_equal(attach(&l, l.o.f0, a), 0);
	l.o.b.units[0]->fail_attach = -ENOMEM;
	l.o.b.units[0]->attach_after = 1;
	l.o.b.units[0]->attach_once = true;
	assert_int_equal(attach(&l, l.o.f1, a), -ENOMEM);
	assert_int_equal(bench_serving(&l.o.b, l.o.f0), DOMAIN_BLOCKED);
	assert_int_equal(bench_serving(&l.o.b, l.o.f1), DOMAIN_BLOCKED);
	assert_int_equal(attach(&l, l.o.f1, a), 0);
	assert_int_equal(map(&l, a), 0);
	assert_true(reach(&l, l.o.f0) == page(&l));
	bench_close(&l.o.b);
}

static void test_v1_ram_comes_with_the_last_of_the_group(void **state)
{
	struct uapi_space_wish wish = {.ram = true};
	struct lab l;
	space_handle a;
	(void)state;
	lab_open(&l, "ioasid-v1");
	uint64_t gpa = l.o.b.machine->memories[l.o.page].gpa;
	assert_int_equal(uapi_space(l.o.b.uapi, l.o.p1, &wish, &a), 0);
	take(&l, l.o.f0);
	take(&l, l.o.f1);
	assert_int_equal(attach(&l, l.o.f0, a), 0);
	assert_false(uapi_memory_pinned(l.o.b.uapi, l.o.page));
	assert_int_equal(attach(&l, l.o.f1, a), 0);
	assert_true(bench_reach(&l.o.b, l.o.f0, gpa) == page(&l));
	bench_close(&l.o.b);
}

/* --- groups that are claimed at bind --- */

static void test_v2_first_bind_blocks_the_whole_group(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "iommu-v2");
	assert_int_equal(take(&l, l.o.f0), 0);
	assert_int_equal(bench_serving(&l.o.b, l.o.f0), DOMAIN_BLOCKED);
	assert_int_equal(bench_serving(&l.o.b, l.o.f1), DOMAIN_BLOCKED);
	assert_int_equal(uapi_take(l.o.b.uapi, l.o.p2, l.o.f1), -EPERM);
	assert_int_equal(uapi_driver_bind(l.o.b.uapi, l.o.f1, DRIVER_HOST), -EBUSY);
	assert_int_equal(take(&l, l.o.f0), -EBUSY);
	assert_int_equal(take(&l, l.o.f1), 0);
	assert_int_equal(uapi_release(l.o.b.uapi, l.o.p1, l.o.f0), 0);
	assert_int_equal(bench_serving(&l.o.b, l.o.f0), DOMAIN_BLOCKED);
	assert_int_equal(uapi_release(l.o.b.uapi, l.o.p1, l.o.f1), 0);
	assert_int_equal(bench_serving(&l.o.b, l.o.f0), DOMAIN_DMA);
	assert_int_equal(bench_serving(&l.o.b, l.o.f1), DOMAIN_DMA);
	assert_int_equal(uapi_take(l.o.b.uapi, l.o.p2, l.o.f1), 0);
	bench_close(&l.o.b);
}

static void test_v2_device_that_appears_joins_the_claim(void **state)
{
	struct lab l;
	(void)state;
	lab_declare(&l, "iommu-v2");
	l.o.b.machine->devices[l.o.f1].present = false;
	l.o.b.machine->devices[l.o.f1].driver = DRIVER_HOST;
	bench_start(&l.o.b);
	assert_int_equal(take(&l, l.o.f0), 0);
	assert_int_equal(uapi_hotplug(l.o.b.uapi, l.o.f1), 0);
	assert_int_equal(bench_serving(&l.o.b, l.o.f1), DOMAIN_BLOCKED);
	assert_int_equal(uapi_driver_bind(l.o.b.uapi, l.o.f1, DRIVER_HOST), -EBUSY);
	assert_int_equal(uapi_release(l.o.b.uapi, l.o.p1, l.o.f0), 0);
	assert_int_equal(uapi_driver_bind(l.o.b.uapi, l.o.f1, DRIVER_HOST), 0);
	assert_int_equal(take(&l, l.o.f0), -EPERM);
	bench_close(&l.o.b);
}

static void test_v2_devices_move_one_by_one_within_one_space(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "iommu-v2");
	space_handle a = space(&l), b = space(&l);
	take(&l, l.o.f0);
	take(&l, l.o.f1);
	assert_int_equal(map(&l, a), 0);
	assert_int_equal(attach(&l, l.o.f0, a), 0);
	assert_true(reach(&l, l.o.f0) == page(&l));
	assert_int_equal(bench_serving(&l.o.b, l.o.f1), DOMAIN_BLOCKED);
	assert_int_equal(attach(&l, l.o.f1, b), -EINVAL);
	assert_int_equal(attach(&l, l.o.f1, a), 0);
	assert_int_equal(detach(&l, l.o.f1), 0);
	assert_int_equal(bench_serving(&l.o.b, l.o.f1), DOMAIN_BLOCKED);
	assert_true(reach(&l, l.o.f0) == page(&l));
	assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, a), -EBUSY);
	assert_int_equal(detach(&l, l.o.f0), 0);
	assert_int_equal(detach(&l, l.o.f0), -EINVAL);
	assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, a), 0);
	bench_close(&l.o.b);
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(v1_part_of_a_group_takes_no_command),
		TEST(v1_device_held_back_is_where_it_was),
		TEST(v1_pasid_counts_as_attached),
		TEST(v1_parent_of_an_mdev_takes_no_part),
		TEST(v1_group_that_cannot_be_moved_stays_where_it_was),
		TEST(v1_ram_comes_with_the_last_of_the_group),
		TEST(v2_first_bind_blocks_the_whole_group),
		TEST(v2_device_that_appears_joins_the_claim),
		TEST(v2_devices_move_one_by_one_within_one_space),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
