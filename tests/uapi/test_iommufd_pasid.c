/* SPDX-License-Identifier: MIT */
/*
 * PASIDs through iommufd and VFIO's device files: Yi Liu 2025-03-21, 'iommufd: Support pasid attach/replace',
 * <20250321171940.7213-12-yi.l.liu@intel.com>; drivers/iommu/iommufd/device.c. The machine is the office's; nic, f0 and
 * f1 have PASIDs and page requests, and the fabric rule is off, so that f0 and f1 are a group with PASIDs.
 */
#include "office.h"
#include "uapi/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void open_with_pasids(struct office *o, const char *policy, const char *kernel, const char *match)
{
	office_declare(o, policy, kernel);
	bench_set(&o->b, "pasid_fabric_rule", "none");
	bench_set(&o->b, "response_match", match);
	uint16_t devices[] = {o->nic, o->f0, o->f1};
	for (int i = 0; i < 3; i++) {
		o->b.machine->devices[devices[i]].ats = o->b.machine->devices[devices[i]].pri = true;
		o->b.machine->devices[devices[i]].pasid_bits = 20;
	}
	bench_start(&o->b);
	assert_int_equal(uapi_take(o->b.uapi, o->p1, o->nic), 0);
}

/* p1 has the nic, and a space for PASIDs with the page at 0x10000 behind PASID 5. */
static space_handle open_attached(struct office *o)
{
	open_with_pasids(o, "iommufd", "7.0", "full");
	space_handle space = bench_fault_space(&o->b, o->p1);
	assert_int_equal(uapi_attach_pasid(o->b.uapi, o->p1, o->nic, 5, space), 0);
	assert_int_equal(bench_map(&o->b, o->p1, space, 0x10000, o->page), 0);
	return space;
}

static bool reaches(const struct office *o, uint32_t pasid)
{
	return bench_reach_pasid(&o->b, o->nic, pasid, 0x10000) == bench_pa(&o->b, o->page);
}

static void test_attach_serves_that_pasid_alone(void **state)
{
	struct office o;
	(void)state;
	space_handle space = open_attached(&o);
	assert_true(reaches(&o, 5));
	assert_false(reaches(&o, 6));
	assert_true(bench_reach(&o.b, o.nic, 0x10000) == UINT64_MAX);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, space), 1);
	assert_true(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(bench_unmap(&o.b, o.p1, space, 0x10000, 0x2000), 0);
	assert_false(reaches(&o, 5));
	assert_int_equal(bench_features(&o.b, o.nic), FEATURE_ATS | FEATURE_PASID | FEATURE_PRI);
	bench_close(&o.b);
}

/* What is compared is the width of the device and of its unit (dev_iommu_get_max_pasids()). */
static void test_pasid_beyond_the_width_is_einval(void **state)
{
	struct office o;
	(void)state;
	space_handle space = open_attached(&o);
	struct uapi *u = o.b.uapi;
	o.b.machine->devices[o.nic].pasid_bits = 8;
	assert_int_equal(uapi_attach_pasid(u, o.p1, o.nic, 0x100, space), -EINVAL);
	assert_int_equal(uapi_attach_pasid(u, o.p1, o.nic, 0xff, space), 0);
	bench_unit_of(&o.b, o.nic)->pasid_lg2 = 6;
	assert_int_equal(uapi_attach_pasid(u, o.p1, o.nic, 0x40, space), -EINVAL);
	assert_int_equal(uapi_attach_pasid(u, o.p1, o.nic, 0x3f, space), 0);
	bench_close(&o.b);
}

static void test_pasid_of_an_mdev_is_eopnotsupp(void **state)
{
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "7.0", "full");
	space_handle space = bench_pasid_space(&o.b, o.p1);
	o.b.machine->devices[o.nic].kind = DEVICE_MDEV;
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), -EOPNOTSUPP);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, 77),
			 -EOPNOTSUPP); /* before the table is looked up */
	assert_int_equal(uapi_detach_pasid(o.b.uapi, o.p1, o.nic, 5), -EOPNOTSUPP);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p2, o.nic, 5, space), -EINVAL);
	o.b.machine->devices[o.nic].kind = DEVICE_FUNCTION;
	bench_close(&o.b);
}

static void test_calls_where_there_are_none_enotty(void **state)
{
	static const struct {
		const char *policy, *kernel;
	} rows[] = {{"iommufd", "6.6"}, {"vfio-type1", "7.0"}};
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct office o;
		open_with_pasids(&o, rows[i].policy, rows[i].kernel, "full");
		space_handle space = bench_pasid_space(&o.b, o.p1);
		assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), -ENOTTY);
		assert_int_equal(uapi_replace_pasid(o.b.uapi, o.p1, o.nic, 5, space), -ENOTTY);
		assert_int_equal(uapi_detach_pasid(o.b.uapi, o.p1, o.nic, 5), -ENOTTY);
		bench_close(&o.b);
	}
}

static void test_calls_with_bad_arguments_say_why(void **state)
{
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "6.15", "full");
	struct uapi *uapi = o.b.uapi;
	space_handle space = bench_pasid_space(&o.b, o.p1), others = bench_pasid_space(&o.b, o.p2);
	uint64_t hash = arena_hash(o.b.arena);
	assert_int_equal(uapi_attach_pasid(uapi, o.p2, o.nic, 5, others), -EINVAL);
	assert_int_equal(uapi_detach_pasid(uapi, o.p2, o.nic, 5), -EINVAL);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 5, others), -ENOENT);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 5, 0), -ENOENT);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 0, space), -EINVAL);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 1u << 20, space), -EINVAL);
	assert_int_equal(uapi_replace_pasid(uapi, o.p1, o.nic, 5, space), -EINVAL);
	o.b.units[0]->last_pasid = 0xff;
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 0x100, space), -EINVAL);
	assert_true(arena_hash(o.b.arena) == hash);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 0xff, space), 0);
	bench_close(&o.b);
}

static void test_attach_of_a_device_without_pasids_einval(void **state)
{
	struct office o;
	(void)state;
	office_declare(&o, "iommufd", "7.0");
	bench_start(&o.b);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	space_handle space = bench_pasid_space(&o.b, o.p1);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), -EINVAL);
	bench_close(&o.b);
}

/* Facts 22: the page tables of the PASID and of plain requests have to be made for PASIDs. */
static void test_attach_to_a_table_not_made_for_pasids_einval(void **state)
{
	struct office o;
	(void)state;
	space_handle space = open_attached(&o);
	struct uapi *uapi = o.b.uapi;
	space_handle plain = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 6, plain), -EINVAL);
	assert_int_equal(uapi_replace_pasid(uapi, o.p1, o.nic, 5, plain), -EINVAL);
	assert_int_equal(uapi_attach(uapi, o.p1, o.nic, plain), -EINVAL);
	assert_int_equal(uapi_attach(uapi, o.p1, o.nic, space), 0);
	assert_int_equal(uapi_replace(uapi, o.p1, o.nic, plain), -EINVAL);
	assert_int_equal(uapi_attach(uapi, o.p1, o.nic, plain), -EINVAL);
	assert_int_equal(uapi_detach_pasid(uapi, o.p1, o.nic, 5), 0);
	assert_int_equal(uapi_replace(uapi, o.p1, o.nic, plain), 0);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 5, space), -EINVAL);
	bench_close(&o.b);
}

static void test_attach_where_a_sibling_is_in_a_plain_table_einval(void **state)
{
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "7.0", "full");
	struct uapi *uapi = o.b.uapi;
	space_handle space = bench_pasid_space(&o.b, o.p1), plain = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_take(uapi, o.p1, o.f0), 0);
	assert_int_equal(uapi_take(uapi, o.p1, o.f1), 0);
	assert_int_equal(uapi_attach(uapi, o.p1, o.f1, plain), 0);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.f0, 5, space), -EINVAL);
	bench_close(&o.b);
}

/* A PASID is the group's: what one member has it for, the others have it for too. */
static void test_attach_of_a_pasid_that_a_sibling_has_for_another_space_einval(void **state)
{
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "7.0", "full");
	struct uapi *uapi = o.b.uapi;
	space_handle space = bench_pasid_space(&o.b, o.p1), other = bench_pasid_space(&o.b, o.p1);
	assert_int_equal(uapi_take(uapi, o.p1, o.f0), 0);
	assert_int_equal(uapi_take(uapi, o.p1, o.f1), 0);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.f0, 5, space), 0);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.f1, 5, other), -EINVAL);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.nic, 5, other), 0);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.f1, 6, other), 0);
	assert_int_equal(uapi_attach_pasid(uapi, o.p1, o.f1, 5, space), 0);
	bench_close(&o.b);
}

/* --- replacing and leaving --- */

static void test_second_attach_is_a_replace(void **state)
{
	struct office o;
	(void)state;
	space_handle space = open_attached(&o), other = bench_pasid_space(&o.b, o.p1);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), 0);
	assert_true(reaches(&o, 5));
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, other), 0);
	assert_false(reaches(&o, 5));
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, space), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, other), -EBUSY);
	bench_close(&o.b);
}

static void test_replace_that_fails_keeps_the_old_table(void **state)
{
	static const int errors[] = {-ENOMEM, -ETIMEDOUT};
	struct office o;
	(void)state;
	open_attached(&o);
	space_handle other = bench_pasid_space(&o.b, o.p1);
	uint64_t hash = arena_hash(o.b.arena);
	for (int i = 0; i < 2; i++) {
		o.b.units[0]->fail_pasid = errors[i];
		o.b.units[0]->pasid_once = true;
		assert_int_equal(uapi_replace_pasid(o.b.uapi, o.p1, o.nic, 5, other), errors[i]);
		assert_true(reaches(&o, 5));
		assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 1);
	}
	assert_true(arena_hash(o.b.arena) == hash);
	assert_int_equal(uapi_replace_pasid(o.b.uapi, o.p1, o.nic, 5, other), 0);
	bench_close(&o.b);
}

static void test_attach_that_fails_leaves_nothing(void **state)
{
	static const int errors[] = {-ENOMEM, -ETIMEDOUT};
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "7.0", "full");
	space_handle space = bench_fault_space(&o.b, o.p1);
	unsigned features = bench_features(&o.b, o.nic);
	uint64_t hash = arena_hash(o.b.arena);
	for (int i = 0; i < 2; i++) {
		o.b.units[0]->fail_pasid = errors[i];
		o.b.units[0]->pasid_once = true;
		assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), errors[i]);
		assert_int_equal(o.b.units[0]->pasid_count, 0);
		assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 0);
		assert_int_equal(bench_features(&o.b, o.nic), features);
	}
	assert_true(arena_hash(o.b.arena) == hash);
	bench_close(&o.b);
}

static void test_detach_frees_the_table_and_may_be_repeated(void **state)
{
	struct office o;
	(void)state;
	space_handle space = open_attached(&o);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 6, space), 0);
	assert_int_equal(uapi_detach_pasid(o.b.uapi, o.p1, o.nic, 5), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, space), -EBUSY);
	assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 1);
	assert_int_equal(uapi_detach_pasid(o.b.uapi, o.p1, o.nic, 5), 0);
	assert_int_equal(uapi_detach_pasid(o.b.uapi, o.p1, o.nic, 6), 0);
	assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, space), 0);
	bench_close(&o.b);
}

static void test_plain_detach_leaves_pasids_attached(void **state)
{
	struct office o;
	(void)state;
	space_handle space = open_attached(&o);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, space), 0);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_BLOCKED);
	assert_true(reaches(&o, 5));
	bench_close(&o.b);
}

static void test_close_and_exit_take_pasids_along(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct office o;
		open_attached(&o);
		if (i)
			assert_int_equal(uapi_exit(o.b.uapi, o.p1), 0);
		else
			assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
		assert_int_equal(o.b.units[0]->pasid_count, 0);
		assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 0);
		assert_false(uapi_memory_pinned(o.b.uapi, o.page));
		assert_int_equal(bench_features(&o.b, o.nic), FEATURE_ATS | FEATURE_PASID);
		bench_close(&o.b);
	}
}

/* --- page requests of users --- */

static void test_page_request_waits_for_the_users_answer(void **state)
{
	struct office o;
	(void)state;
	open_attached(&o);
	struct uapi *uapi = o.b.uapi;
	uint32_t nic = o.b.machine->devices[o.nic].stream;
	assert_int_equal(bench_page_request(&o.b, o.nic, 5, 7, 0x20000), -1);
	assert_int_equal(o.b.answer_count, 0);
	assert_int_equal(uapi_page_response(uapi, o.p2, o.nic, 5, 7, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_page_response(uapi, o.p1, o.f0, 5, 7, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_page_response(uapi, o.p1, o.nic, 6, 7, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_page_response(uapi, o.p1, o.nic, 5, 8, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_page_response(uapi, o.p1, o.nic, 5, 7, PAGE_RESPONSE_FAILURE), 0);
	assert_int_equal(fake_answered(o.b.units[0], nic, 5, 7), PAGE_RESPONSE_FAILURE);
	assert_int_equal(o.b.answers[0].by, o.p1);
	assert_int_equal(uapi_page_response(uapi, o.p1, o.nic, 5, 7, PAGE_RESPONSE_SUCCESS), -ENOENT);
	bench_close(&o.b);
}

static void test_page_request_of_a_table_without_a_fault_object_is_refused(void **state)
{
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "7.0", "full");
	space_handle space = bench_pasid_space(&o.b, o.p1), asking = bench_fault_space(&o.b, o.p1);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), 0);
	assert_int_equal(bench_features(&o.b, o.nic), FEATURE_ATS | FEATURE_PASID);
	assert_int_equal(bench_page_request(&o.b, o.nic, 5, 7, 0x20000), PAGE_RESPONSE_INVALID);
	assert_int_equal(o.b.answers[0].by, MACHINE_NONE);
	assert_int_equal(uapi_replace_pasid(o.b.uapi, o.p1, o.nic, 5, asking), 0);
	assert_int_equal(bench_features(&o.b, o.nic), FEATURE_ATS | FEATURE_PASID | FEATURE_PRI);
	assert_int_equal(bench_page_request(&o.b, o.nic, 5, 8, 0x20000), -1);
	bench_close(&o.b);
}

/* Intel's driver: no page requests of the device's, no page table with a fault object. */
static void test_attach_with_a_fault_object_needs_page_requests(void **state)
{
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "7.0", "full");
	space_handle space = bench_pasid_space(&o.b, o.p1), asking = bench_fault_space(&o.b, o.p1);
	o.b.units[0]->supported &= ~(unsigned)FEATURE_PRI;
	uint64_t hash = arena_hash(o.b.arena);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, asking), -ENODEV);
	assert_true(arena_hash(o.b.arena) == hash);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), 0);
	hash = arena_hash(o.b.arena);
	assert_int_equal(uapi_replace_pasid(o.b.uapi, o.p1, o.nic, 5, asking), -ENODEV);
	assert_true(arena_hash(o.b.arena) == hash);
	bench_close(&o.b);
}

static void test_page_request_group_is_answered_by_one_call(void **state)
{
	struct office o;
	(void)state;
	open_attached(&o);
	struct fake_driver *unit = o.b.units[0];
	uint32_t nic = o.b.machine->devices[o.nic].stream;
	fake_page_request(unit, nic, 5, 7, 0x20000, false);
	fake_page_request(unit, nic, 5, 7, 0x21000, true);
	assert_int_equal(uapi_page_requests(o.b.uapi, 8), 2);
	assert_int_equal(uapi_page_response(o.b.uapi, o.p1, o.nic, 5, 7, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(unit->answer_count, 1);
	assert_int_equal(uapi_page_response(o.b.uapi, o.p1, o.nic, 5, 7, PAGE_RESPONSE_SUCCESS), -ENOENT);
	bench_close(&o.b);
}

static void test_page_response_matched_on_the_group_alone_takes_anybodys(void **state)
{
	struct office o;
	(void)state;
	open_with_pasids(&o, "iommufd", "7.0", "prgi_only");
	space_handle space = bench_fault_space(&o.b, o.p1);
	assert_int_equal(uapi_attach_pasid(o.b.uapi, o.p1, o.nic, 5, space), 0);
	assert_int_equal(bench_page_request(&o.b, o.nic, 5, 7, 0x20000), -1);
	assert_int_equal(uapi_page_response(o.b.uapi, o.p2, o.f0, 9, 8, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_page_response(o.b.uapi, o.p2, o.f0, 9, 7, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(o.b.answers[0].by, o.p2);
	assert_int_equal(o.b.answers[0].device, o.nic);
	bench_close(&o.b);
}

static void test_detach_answers_what_the_user_did_not(void **state)
{
	struct office o;
	(void)state;
	open_attached(&o);
	uint32_t nic = o.b.machine->devices[o.nic].stream;
	assert_int_equal(bench_page_request(&o.b, o.nic, 5, 7, 0x20000), -1);
	assert_int_equal(uapi_detach_pasid(o.b.uapi, o.p1, o.nic, 5), 0);
	assert_int_equal(fake_answered(o.b.units[0], nic, 5, 7), PAGE_RESPONSE_INVALID);
	assert_int_equal(arena_count(o.b.arena, o.b.uapi->pending), 0);
	bench_close(&o.b);
}

static void test_page_request_that_finds_no_room_is_refused(void **state)
{
	struct office o;
	(void)state;
	open_attached(&o);
	for (uint32_t i = 0; i < UAPI_MAX_PENDING; i++)
		assert_int_not_equal(arena_alloc(o.b.arena, o.b.uapi->pending), ARENA_NONE);
	assert_int_equal(bench_page_request(&o.b, o.nic, 5, 7, 0x20000), PAGE_RESPONSE_INVALID);
	bench_close(&o.b);
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pasid_beyond_the_width_is_einval),
		cmocka_unit_test(test_pasid_of_an_mdev_is_eopnotsupp),
		TEST(attach_serves_that_pasid_alone),
		TEST(calls_where_there_are_none_enotty),
		TEST(calls_with_bad_arguments_say_why),
		TEST(attach_of_a_device_without_pasids_einval),
		TEST(attach_to_a_table_not_made_for_pasids_einval),
		TEST(attach_where_a_sibling_is_in_a_plain_table_einval),
		TEST(attach_of_a_pasid_that_a_sibling_has_for_another_space_einval),
		TEST(second_attach_is_a_replace),
		TEST(replace_that_fails_keeps_the_old_table),
		TEST(attach_that_fails_leaves_nothing),
		TEST(detach_frees_the_table_and_may_be_repeated),
		TEST(plain_detach_leaves_pasids_attached),
		TEST(close_and_exit_take_pasids_along),
		TEST(page_request_waits_for_the_users_answer),
		TEST(page_request_of_a_table_without_a_fault_object_is_refused),
		TEST(attach_with_a_fault_object_needs_page_requests),
		TEST(page_request_group_is_answered_by_one_call),
		TEST(page_response_matched_on_the_group_alone_takes_anybodys),
		TEST(detach_answers_what_the_user_did_not),
		TEST(page_request_that_finds_no_room_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
