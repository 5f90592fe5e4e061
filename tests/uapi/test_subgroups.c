/* SPDX-License-Identifier: MIT */
/* The rule per_rid_subgroup: one owner a group, a space for each requester ID of it. */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define IOVA 0x10000

/* f0 and f1 can be told apart, nic and hba behind a conventional bus cannot. */
struct yard {
	struct bench b;
	uint16_t p1, p2, f0, f1, nic, hba, page, other;
	space_handle s, t; /* of p1; s has `page`, t has `other` */
};

static void declare(struct yard *y, const char *policy)
{
	bench_open(&y->b, policy);
	bench_set(&y->b, "group_rule", "per_rid_subgroup");
	y->p1 = bench_owner(&y->b, "p1");
	y->p2 = bench_owner(&y->b, "p2");
	uint16_t bridge = machine_add_port(y->b.machine, "br");
	y->b.machine->ports[bridge].kind = PORT_PCI_BRIDGE;
	y->b.machine->ports[bridge].parent = MACHINE_NONE;
	y->f0 = bench_device(&y->b, "f0", DRIVER_USER);
	y->f1 = bench_function(&y->b, "f1", DRIVER_USER, y->f0);
	y->nic = bench_device_under(&y->b, "nic", DRIVER_USER, bridge);
	y->hba = bench_device_under(&y->b, "hba", DRIVER_USER, bridge);
	y->page = bench_memory(&y->b, "page", y->p1, 0x1000);
	y->other = bench_memory(&y->b, "other", y->p1, 0x1000);
}

static void take_all(struct yard *y)
{
	const uint16_t devices[] = {y->f0, y->f1, y->nic, y->hba};
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(uapi_take(y->b.uapi, y->p1, devices[i]), 0);
}

static void open_yard(struct yard *y, const char *policy)
{
	declare(y, policy);
	bench_start(&y->b);
	take_all(y);
	y->s = bench_space(&y->b, y->p1);
	y->t = bench_space(&y->b, y->p1);
}

static void open_mapped(struct yard *y, const char *policy)
{
	open_yard(y, policy);
	assert_int_equal(bench_map(&y->b, y->p1, y->s, IOVA, y->page), 0);
	assert_int_equal(bench_map(&y->b, y->p1, y->t, IOVA, y->other), 0);
}

static int attach(struct yard *y, uint16_t device, space_handle space)
{
	return uapi_attach(y->b.uapi, y->p1, device, space);
}

static bool reaches(const struct yard *y, uint16_t device, uint16_t memory)
{
	return bench_reach(&y->b, device, IOVA) == bench_pa(&y->b, memory);
}

static const char *const one_by_one[] = {"iommufd", "iommu-v2"};

static void test_subgroups_of_a_group_have_a_space_each(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct yard y;
		open_mapped(&y, one_by_one[i]);
		assert_int_equal(attach(&y, y.f0, y.s), 0);
		assert_int_equal(bench_serving(&y.b, y.f1), DOMAIN_BLOCKED);
		assert_int_equal(attach(&y, y.f1, y.t), 0);
		assert_true(reaches(&y, y.f0, y.page) && reaches(&y, y.f1, y.other));
		assert_int_equal(uapi_detach(y.b.uapi, y.p1, y.f0), 0);
		assert_int_equal(bench_serving(&y.b, y.f0), DOMAIN_BLOCKED);
		assert_true(reaches(&y, y.f1, y.other));
		bench_close(&y.b);
	}
}

static void test_subgroups_share_what_shares_a_requester_id(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct yard y;
		open_mapped(&y, one_by_one[i]);
		assert_int_equal(attach(&y, y.nic, y.s), 0);
		assert_int_equal(attach(&y, y.hba, y.t), -EINVAL);
		assert_int_equal(attach(&y, y.hba, y.s), 0);
		assert_int_equal(uapi_detach(y.b.uapi, y.p1, y.nic), 0);
		assert_true(reaches(&y, y.nic, y.page) && reaches(&y, y.hba, y.page)); /* hba keeps it there */
		assert_int_equal(uapi_detach(y.b.uapi, y.p1, y.hba), 0);
		assert_int_equal(bench_serving(&y.b, y.nic), DOMAIN_BLOCKED);
		bench_close(&y.b);
	}
}

/* All of the group at the first bind, and until the last is closed. */
static void test_subgroups_are_owned_as_one_group(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct yard y;
		declare(&y, one_by_one[i]);
		bench_start(&y.b);
		assert_int_equal(uapi_take(y.b.uapi, y.p1, y.f0), 0);
		assert_int_equal(bench_serving(&y.b, y.f1), DOMAIN_BLOCKED);
		assert_int_equal(uapi_take(y.b.uapi, y.p2, y.f1), -EPERM);
		assert_int_equal(uapi_driver_bind(y.b.uapi, y.f1, DRIVER_HOST), -EBUSY);
		assert_int_equal(uapi_take(y.b.uapi, y.p2, y.nic), 0); /* another group */
		assert_int_equal(uapi_take(y.b.uapi, y.p1, y.f1), 0);
		assert_int_equal(uapi_release(y.b.uapi, y.p1, y.f0), 0);
		assert_int_equal(bench_serving(&y.b, y.f0), DOMAIN_BLOCKED);
		assert_int_equal(uapi_take(y.b.uapi, y.p2, y.f0), -EPERM);
		assert_int_equal(uapi_release(y.b.uapi, y.p1, y.f1), 0);
		assert_int_equal(bench_serving(&y.b, y.f0), DOMAIN_DMA);
		assert_int_equal(bench_serving(&y.b, y.f1), DOMAIN_DMA);
		assert_int_equal(uapi_take(y.b.uapi, y.p2, y.f1), 0);
		bench_close(&y.b);
	}
}

static void test_subgroups_replace_moves_one(void **state)
{
	struct yard y;
	(void)state;
	open_mapped(&y, "iommufd");
	attach(&y, y.f0, y.s);
	attach(&y, y.f1, y.s);
	attach(&y, y.nic, y.s);
	attach(&y, y.hba, y.s);
	assert_int_equal(uapi_replace(y.b.uapi, y.p1, y.f1, y.t), 0);
	assert_true(reaches(&y, y.f0, y.page) && reaches(&y, y.f1, y.other));
	assert_int_equal(uapi_replace(y.b.uapi, y.p1, y.hba, y.t), 0);
	assert_true(reaches(&y, y.nic, y.other) && reaches(&y, y.hba, y.other));
	bench_close(&y.b);
}

/* A container holds groups: the rule has nothing to tell apart. */
static void test_subgroups_are_none_in_a_container(void **state)
{
	struct yard y;
	(void)state;
	open_yard(&y, "vfio-type1");
	assert_int_equal(attach(&y, y.f0, y.s), 0);
	assert_int_equal(attach(&y, y.f1, y.t), -EINVAL);
	bench_close(&y.b);
}

/* What /dev/ioasid of May 2021 calls a part of a group is one of a sub-group. */
static void test_subgroups_are_what_a_command_wants_complete(void **state)
{
	struct yard y;
	(void)state;
	open_yard(&y, "ioasid-v1");
	assert_int_equal(attach(&y, y.f0, y.s), 0);
	assert_int_equal(bench_map(&y.b, y.p1, y.s, IOVA, y.page), 0);
	assert_true(reaches(&y, y.f0, y.page));
	assert_int_equal(attach(&y, y.nic, y.t), 0);
	assert_int_equal(bench_map(&y.b, y.p1, y.t, IOVA, y.other), -EPERM);
	assert_int_equal(attach(&y, y.hba, y.t), 0);
	assert_int_equal(bench_map(&y.b, y.p1, y.t, IOVA, y.other), 0);
	assert_true(reaches(&y, y.nic, y.other) && reaches(&y, y.f0, y.page));
	bench_close(&y.b);
}

static void test_subgroups_hotplugged_device_is_where_its_requester_id_is(void **state)
{
	struct yard y;
	(void)state;
	declare(&y, "iommufd");
	y.b.machine->devices[y.nic].present = false;
	bench_start(&y.b);
	y.s = bench_space(&y.b, y.p1);
	bench_map(&y.b, y.p1, y.s, IOVA, y.page);
	assert_int_equal(uapi_take(y.b.uapi, y.p1, y.hba), 0);
	assert_int_equal(attach(&y, y.hba, y.s), 0);
	assert_int_equal(uapi_hotplug(y.b.uapi, y.nic), 0);
	assert_true(reaches(&y, y.nic, y.page) && reaches(&y, y.hba, y.page));
	assert_int_equal(uapi_take(y.b.uapi, y.p2, y.nic), -EPERM);
	assert_int_equal(uapi_unplug(y.b.uapi, y.nic), 0);
	assert_int_equal(uapi_hotplug(y.b.uapi, y.nic), 0);
	assert_true(reaches(&y, y.nic, y.page) && reaches(&y, y.hba, y.page));
	assert_int_equal(uapi_detach(y.b.uapi, y.p1, y.hba), 0);
	assert_int_equal(bench_serving(&y.b, y.hba), DOMAIN_BLOCKED);
	bench_close(&y.b);
}

static void test_subgroups_without_checks_each_device_goes_its_own_way(void **state)
{
	struct yard y;
	(void)state;
	declare(&y, "iommufd");
	bench_set(&y.b, "group_check_point", "none");
	bench_start(&y.b);
	assert_int_equal(uapi_take(y.b.uapi, y.p1, y.nic), 0);
	assert_int_equal(uapi_take(y.b.uapi, y.p2, y.hba), 0);
	bench_close(&y.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subgroups_of_a_group_have_a_space_each),
		cmocka_unit_test(test_subgroups_share_what_shares_a_requester_id),
		cmocka_unit_test(test_subgroups_are_owned_as_one_group),
		cmocka_unit_test(test_subgroups_replace_moves_one),
		cmocka_unit_test(test_subgroups_are_none_in_a_container),
		cmocka_unit_test(test_subgroups_are_what_a_command_wants_complete),
		cmocka_unit_test(test_subgroups_hotplugged_device_is_where_its_requester_id_is),
		cmocka_unit_test(test_subgroups_without_checks_each_device_goes_its_own_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
