/* SPDX-License-Identifier: MIT */
/* iommufd's queues of page requests: what is read, what it is answered, and what detaching answers. */
#include "office.h"
#include "uapi/objects.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NONE UINT32_MAX /* no PASID */

struct desk {
	struct office o;
	space_handle ioas, queue, table;
	struct fake_driver *unit;
	uint32_t stream;
};

/* p1 has nic on a page table with a queue. */
static void desk_open_with(struct desk *d, enum iommu_kind kind, const char *drain)
{
	struct uapi_hwpt_wish wish = {.pasid = true, .faults = true};
	office_declare(&d->o, "iommufd", "7.0");
	bench_set(&d->o.b, "prq_drain", drain);
	d->o.b.kind = kind;
	d->o.b.machine->devices[d->o.nic].ats = d->o.b.machine->devices[d->o.nic].pri = true;
	d->o.b.machine->devices[d->o.nic].pasid_bits = 16;
	bench_start(&d->o.b);
	assert_int_equal(uapi_take(d->o.b.uapi, d->o.p1, d->o.nic), 0);
	d->ioas = bench_space(&d->o.b, d->o.p1);
	assert_int_equal(uapi_fault_queue_alloc(d->o.b.uapi, d->o.p1, &d->queue), 0);
	wish.queue = d->queue;
	assert_int_equal(uapi_hwpt_alloc(d->o.b.uapi, d->o.p1, d->o.nic, d->ioas, &wish, &d->table), 0);
	assert_int_equal(uapi_attach(d->o.b.uapi, d->o.p1, d->o.nic, d->table), 0);
	d->unit = bench_unit_of(&d->o.b, d->o.nic);
	d->stream = d->o.b.machine->devices[d->o.nic].stream;
}

static void desk_open(struct desk *d, enum iommu_kind kind)
{
	desk_open_with(d, kind, "true");
}

static void request(struct desk *d, uint32_t pasid, uint16_t group, uint64_t address, bool last)
{
	fake_page_request(d->unit, d->stream, pasid, group, address, last);
	uapi_page_requests(d->o.b.uapi, UINT32_MAX);
}

static struct uapi_page_faults take_out(struct desk *d, uint32_t room)
{
	struct uapi_page_faults faults = {.room = room};
	assert_int_equal(uapi_fault_read(d->o.b.uapi, d->o.p1, d->queue, &faults), 0);
	return faults;
}

static int respond(struct desk *d, uint32_t cookie, enum page_response_code code)
{
	return uapi_fault_respond(d->o.b.uapi, d->o.p1, d->queue, cookie, code);
}

static void test_queue_holds_requests_until_they_are_read_and_answered(void **state)
{
	(void)state;
	for (unsigned kind = IOMMU_VTD; kind <= IOMMU_SMMUV3; kind++) {
		struct desk d;
		desk_open(&d, (enum iommu_kind)kind);
		request(&d, NONE, 7, 0x5000, true);
		assert_int_equal(fake_answered(d.unit, d.stream, NONE, 7), -1);
		struct uapi_page_faults faults = take_out(&d, 8);
		assert_int_equal(faults.count, 1);
		assert_int_equal(faults.list[0].address, 0x5000);
		assert_int_equal(faults.list[0].device, d.o.nic);
		assert_int_equal(faults.list[0].group, 7);
		assert_int_equal(faults.list[0].pasid, NONE);
		assert_int_equal(faults.list[0].cookie, 1);
		assert_true(faults.list[0].read && faults.list[0].last);
		assert_int_equal(take_out(&d, 8).count, 0); /* read once */
		assert_int_equal(respond(&d, 1, PAGE_RESPONSE_SUCCESS), 0);
		assert_int_equal(fake_answered(d.unit, d.stream, NONE, 7), PAGE_RESPONSE_SUCCESS);
		bench_close(&d.o.b);
	}
}

static void test_answers_need_a_cookie_that_was_read(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD);
	request(&d, NONE, 7, 0x5000, true);
	assert_int_equal(respond(&d, 1, PAGE_RESPONSE_SUCCESS), -EINVAL); /* not read */
	assert_int_equal(respond(&d, 0, PAGE_RESPONSE_SUCCESS), -EINVAL); /* what is not read has none */
	take_out(&d, 1);
	assert_int_equal(respond(&d, 0, PAGE_RESPONSE_SUCCESS), -EINVAL);
	assert_int_equal(respond(&d, 2, PAGE_RESPONSE_SUCCESS), -EINVAL);
	assert_int_equal(respond(&d, 1, PAGE_RESPONSE_FAILURE), -EINVAL); /* no code of this call */
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 7), -1);
	assert_int_equal(respond(&d, 1, PAGE_RESPONSE_INVALID), 0);
	assert_int_equal(respond(&d, 1, PAGE_RESPONSE_INVALID), -EINVAL); /* answered */
	assert_int_equal(uapi_fault_respond(d.o.b.uapi, d.o.p2, d.queue, 1, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_fault_respond(d.o.b.uapi, d.o.p1, d.ioas, 1, PAGE_RESPONSE_SUCCESS), -ENOENT);
	struct uapi_page_faults faults = {.room = 1};
	assert_int_equal(uapi_fault_read(d.o.b.uapi, d.o.p1, d.table, &faults), -ENOENT);
	bench_close(&d.o.b);
}

static void test_group_is_read_whole_in_order_and_bears_one_cookie(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD);
	request(&d, NONE, 1, 0x1000, false);
	request(&d, NONE, 2, 0x9000, true); /* complete before the other is */
	request(&d, NONE, 1, 0x2000, false);
	request(&d, NONE, 1, 0x3000, true);
	struct uapi_page_faults faults = take_out(&d, 3);
	assert_int_equal(faults.count, 1); /* there is no room for the second group */
	assert_int_equal(faults.list[0].address, 0x9000);
	assert_int_equal(take_out(&d, 2).count, 0);
	faults = take_out(&d, 3);
	assert_int_equal(faults.count, 3);
	assert_int_equal(faults.list[0].address, 0x2000);
	assert_int_equal(faults.list[1].address, 0x1000);
	assert_int_equal(faults.list[2].address, 0x3000);
	assert_false(faults.list[0].last || faults.list[1].last);
	assert_true(faults.list[2].last);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(faults.list[i].cookie, 2);
	assert_int_equal(respond(&d, 1, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 2), PAGE_RESPONSE_SUCCESS);
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 1), -1);
	request(&d, NONE, 3, 0x4000, true);
	assert_int_equal(take_out(&d, 1).list[0].cookie, 1); /* the lowest that is free */
	assert_int_equal(respond(&d, 2, PAGE_RESPONSE_INVALID), 0);
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 1), PAGE_RESPONSE_INVALID);
	bench_close(&d.o.b);
}

static void test_detach_answers_what_nobody_will(void **state)
{
	(void)state;
	static const char *const drains[] = {"true", "false"};
	for (unsigned i = 0; i < 2; i++) {
		struct uapi_page_faults faults = {.room = 1};
		struct desk d;
		desk_open_with(&d, IOMMU_VTD, drains[i]);
		request(&d, NONE, 1, 0x1000, true);
		take_out(&d, 1);
		request(&d, NONE, 2, 0x2000, true); /* one read, one not */
		assert_int_equal(uapi_detach(d.o.b.uapi, d.o.p1, d.o.nic), 0);
		assert_int_equal(fake_answered(d.unit, d.stream, NONE, 1), PAGE_RESPONSE_INVALID);
		assert_int_equal(fake_answered(d.unit, d.stream, NONE, 2), PAGE_RESPONSE_INVALID);
		assert_int_equal(respond(&d, 1, PAGE_RESPONSE_SUCCESS), -EINVAL);
		assert_int_equal(uapi_fault_read(d.o.b.uapi, d.o.p1, d.queue, &faults), 0);
		assert_int_equal(faults.count, 0);
		bench_close(&d.o.b);
	}
}

/* Another table on the same queue. */
static space_handle table_with_queue(struct desk *d)
{
	const struct uapi_hwpt_wish wish = {.pasid = true, .faults = true, .queue = d->queue};
	space_handle table;
	assert_int_equal(uapi_hwpt_alloc(d->o.b.uapi, d->o.p1, d->o.nic, d->ioas, &wish, &table), 0);
	return table;
}

static void test_replace_answers_what_came_through_the_old_table(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD);
	space_handle other = table_with_queue(&d);
	request(&d, NONE, 1, 0x1000, true);
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, other), 0);
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 1), PAGE_RESPONSE_INVALID);
	request(&d, NONE, 2, 0x2000, true);
	assert_int_equal(take_out(&d, 4).count, 1);
	bench_close(&d.o.b);
}

static void test_pasids_requests_come_with_their_tables_queue(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD);
	space_handle other = table_with_queue(&d);
	assert_int_equal(uapi_attach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, other), 0);
	request(&d, 5, 1, 0x1000, true);
	request(&d, NONE, 1, 0x2000, true);
	struct uapi_page_faults faults = take_out(&d, 4);
	assert_int_equal(faults.count, 2);
	assert_int_equal(faults.list[0].pasid, 5);
	assert_int_equal(faults.list[1].pasid, NONE);
	assert_int_equal(uapi_replace_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5, d.table), 0);
	assert_int_equal(fake_answered(d.unit, d.stream, 5, 1), PAGE_RESPONSE_INVALID);
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 1), -1); /* of another attachment */
	request(&d, 5, 2, 0x3000, true);
	assert_int_equal(uapi_detach_pasid(d.o.b.uapi, d.o.p1, d.o.nic, 5), 0);
	assert_int_equal(fake_answered(d.unit, d.stream, 5, 2), PAGE_RESPONSE_INVALID);
	bench_close(&d.o.b);
}

static void test_table_without_a_queue_has_requests_refused(void **state)
{
	(void)state;
	struct uapi_hwpt_wish wish = {.pasid = true};
	struct desk d;
	space_handle plain;
	desk_open(&d, IOMMU_VTD);
	assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.ioas, &wish, &plain), 0);
	assert_int_equal(uapi_replace(d.o.b.uapi, d.o.p1, d.o.nic, plain), 0);
	request(&d, NONE, 1, 0x1000, true);
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 1), PAGE_RESPONSE_INVALID);
	bench_close(&d.o.b);
}

static void test_queue_wants_a_device_that_can_ask(void **state)
{
	(void)state;
	struct uapi_hwpt_wish wish = {.faults = true};
	struct desk d;
	space_handle table;
	desk_open(&d, IOMMU_VTD);
	wish.queue = d.queue;
	assert_int_equal(uapi_take(d.o.b.uapi, d.o.p1, d.o.f0), 0); /* without page requests */
	assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p1, d.o.f0, d.ioas, &wish, &table), 0);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.f0, table), -ENODEV);
	assert_int_equal(bench_serving(&d.o.b, d.o.f0), DOMAIN_BLOCKED);
	bench_close(&d.o.b);
}

/* SMMUv3's driver leaves faults to the device where it cannot stall; and a VF's requests would be its PF's. */
static void test_queue_by_kind_and_function(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct uapi_hwpt_wish wish = {.faults = true};
		struct desk d;
		space_handle table;
		desk_open(&d, i ? IOMMU_SMMUV3 : IOMMU_VTD);
		wish.queue = d.queue;
		struct machine_device *f0 = &d.o.b.machine->devices[d.o.f0];
		assert_int_equal(uapi_take(d.o.b.uapi, d.o.p1, d.o.f0), 0);
		assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p1, d.o.f0, d.ioas, &wish, &table), 0);
		f0->kind = DEVICE_VF;
		f0->parent = d.o.nic;
		assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.f0, table), -EINVAL);
		f0->kind = DEVICE_FUNCTION;
		f0->parent = MACHINE_NONE;
		assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.f0, table), i ? 0 : -ENODEV);
		bench_close(&d.o.b);
	}
}

static void test_queue_is_busy_while_a_table_has_it(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD);
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, d.queue), -EBUSY);
	assert_int_equal(uapi_detach(d.o.b.uapi, d.o.p1, d.o.nic), 0);
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, d.queue), -EBUSY);
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, d.table), 0);
	assert_int_equal(uapi_destroy(d.o.b.uapi, d.o.p1, d.queue), 0);
	bench_close(&d.o.b);
}

/* The intent `page-response` answers what is in a queue as well, read or not. */
static void test_page_response_finds_what_is_in_a_queue(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, IOMMU_VTD);
	request(&d, NONE, 1, 0x1000, false);
	request(&d, NONE, 1, 0x2000, true);
	assert_int_equal(uapi_page_response(d.o.b.uapi, d.o.p2, d.o.nic, NONE, 1, PAGE_RESPONSE_SUCCESS), -ENOENT);
	assert_int_equal(uapi_page_response(d.o.b.uapi, d.o.p1, d.o.nic, NONE, 1, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(fake_answered(d.unit, d.stream, NONE, 1), PAGE_RESPONSE_SUCCESS);
	assert_int_equal(take_out(&d, 4).count, 0);
	bench_close(&d.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_by_kind_and_function),
		cmocka_unit_test(test_queue_holds_requests_until_they_are_read_and_answered),
		cmocka_unit_test(test_answers_need_a_cookie_that_was_read),
		cmocka_unit_test(test_group_is_read_whole_in_order_and_bears_one_cookie),
		cmocka_unit_test(test_detach_answers_what_nobody_will),
		cmocka_unit_test(test_replace_answers_what_came_through_the_old_table),
		cmocka_unit_test(test_pasids_requests_come_with_their_tables_queue),
		cmocka_unit_test(test_table_without_a_queue_has_requests_refused),
		cmocka_unit_test(test_queue_wants_a_device_that_can_ask),
		cmocka_unit_test(test_queue_is_busy_while_a_table_has_it),
		cmocka_unit_test(test_page_response_finds_what_is_in_a_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
