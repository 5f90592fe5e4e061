/* SPDX-License-Identifier: MIT */
/* vIOMMUs, virtual devices and queues of events as objects. */
#include "office.h"
#include "uapi/objects.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define F_TRANSLATION 0x10

static const struct domain_guest guest = {.root = 0x10000, .address_width = 48, .ste = {1, 2}};

struct desk {
	struct office o;
	space_handle ioas, parent, viommu;
	struct fake_driver *unit;
	uint32_t stream;
};

static void desk_take(struct desk *d, enum iommu_kind kind)
{
	struct uapi_hwpt_wish wish = {.nest_parent = true};
	office_declare(&d->o, "iommufd", "7.0");
	d->o.b.kind = kind;
	bench_start(&d->o.b);
	assert_int_equal(uapi_take(d->o.b.uapi, d->o.p1, d->o.nic), 0);
	d->ioas = bench_space(&d->o.b, d->o.p1);
	assert_int_equal(uapi_hwpt_alloc(d->o.b.uapi, d->o.p1, d->o.nic, d->ioas, &wish, &d->parent), 0);
	d->unit = bench_unit_of(&d->o.b, d->o.nic);
	d->stream = d->o.b.machine->devices[d->o.nic].stream;
}

static void desk_open(struct desk *d)
{
	desk_take(d, IOMMU_SMMUV3);
	assert_int_equal(uapi_viommu_alloc(d->o.b.uapi, d->o.p1, d->o.nic, d->parent, &d->viommu), 0);
}

static int nested(struct desk *d, space_handle parent, space_handle *out)
{
	struct uapi_hwpt_wish wish = {.guest = &guest};
	return uapi_hwpt_alloc(d->o.b.uapi, d->o.p1, d->o.nic, parent, &wish, out);
}

static int destroy(struct desk *d, space_handle handle)
{
	return uapi_destroy(d->o.b.uapi, d->o.p1, handle);
}

/* nic has the number 0x55, and a guest's table in the vIOMMU. */
static space_handle enter(struct desk *d, space_handle *vdevice)
{
	space_handle table = 0;
	assert_int_equal(uapi_vdevice_alloc(d->o.b.uapi, d->o.p1, d->viommu, d->o.nic, 0x55, vdevice), 0);
	assert_int_equal(nested(d, d->viommu, &table), 0);
	assert_int_equal(uapi_attach(d->o.b.uapi, d->o.p1, d->o.nic, table), 0);
	return table;
}

/* A guest that could make its DMA pass by the caches has none, nor what stands for one. */
static void test_viommu_wants_coherent_guests(void **state)
{
	(void)state;
	struct desk d;
	space_handle out;
	desk_open(&d);
	d.unit->no_snoop_control = true;
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.parent, &out), -EOPNOTSUPP);
	assert_int_equal(uapi_vdevice(d.o.b.uapi, d.o.p1, d.o.nic, 0x55), -EOPNOTSUPP);
	d.unit->no_snoop_control = false;
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.parent, &out), 0);
	bench_close(&d.o.b);
}

static void test_viommu_alloc_errors(void **state)
{
	(void)state;
	struct uapi_hwpt_wish plain = {.pasid = false};
	struct desk d;
	space_handle out, flat;
	desk_open(&d);
	assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.ioas, &plain, &flat), 0);
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.f0, d.parent, &out), -ENOENT);
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.ioas, &out), -ENOENT);
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.viommu, &out), -ENOENT);
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, flat, &out), -EINVAL);
	assert_int_equal(destroy(&d, d.parent), -EBUSY);
	assert_int_equal(destroy(&d, d.viommu), 0);
	assert_int_equal(destroy(&d, d.parent), 0);
	bench_close(&d.o.b);
	desk_take(&d, IOMMU_VTD);
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.parent, &out), -EOPNOTSUPP);
	bench_close(&d.o.b);
}

static void test_vdevice_alloc_errors(void **state)
{
	(void)state;
	struct desk d;
	space_handle one, out;
	desk_open(&d);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, d.parent, d.o.nic, 1, &out), -ENOENT);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, d.viommu, d.o.f0, 1, &out), -ENOENT);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, d.viommu, d.o.nic, 1, &one), 0);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, d.viommu, d.o.nic, 2, &out), -EEXIST);
	assert_int_equal(uapi_take(d.o.b.uapi, d.o.p1, d.o.f0), 0);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, d.viommu, d.o.f0, 1, &out), -EEXIST);
	assert_int_equal(destroy(&d, d.viommu), -EBUSY);
	assert_int_equal(destroy(&d, one), 0);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, d.viommu, d.o.f0, 1, &out), 0);
	bench_close(&d.o.b);
}

static void test_vdevice_is_of_the_viommus_unit(void **state)
{
	(void)state;
	struct uapi_hwpt_wish parents = {.nest_parent = true}, nests = {.guest = &guest};
	struct bench b;
	space_handle parent, viommu, out;
	bench_open(&b, "iommufd");
	bench_set(&b, "kernel", "7.0");
	b.kind = IOMMU_SMMUV3;
	uint16_t p1 = bench_owner(&b, "p1");
	uint16_t one = bench_device(&b, "one", DRIVER_USER), two = bench_device(&b, "two", DRIVER_USER);
	bench_serve(&b, two, bench_unit(&b, "second"));
	bench_start(&b);
	assert_int_equal(uapi_take(b.uapi, p1, one), 0);
	assert_int_equal(uapi_take(b.uapi, p1, two), 0);
	space_handle ioas = bench_space(&b, p1);
	assert_int_equal(uapi_hwpt_alloc(b.uapi, p1, one, ioas, &parents, &parent), 0);
	assert_int_equal(uapi_viommu_alloc(b.uapi, p1, two, parent, &viommu), -EINVAL);
	assert_int_equal(uapi_viommu_alloc(b.uapi, p1, one, parent, &viommu), 0);
	assert_int_equal(uapi_vdevice_alloc(b.uapi, p1, viommu, two, 1, &out), -EINVAL);
	assert_int_equal(uapi_hwpt_alloc(b.uapi, p1, two, viommu, &nests, &out), -EINVAL);
	bench_close(&b);
}

static void test_table_in_a_viommu_takes_its_virtual_devices_alone(void **state)
{
	(void)state;
	struct uapi_hwpt_wish none = {.pasid = false}, pasids = {.guest = &guest, .pasid = true};
	struct desk d;
	space_handle table, vdevice, other, out;
	desk_open(&d);
	assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.viommu, &none, &out), -EOPNOTSUPP);
	assert_int_equal(uapi_hwpt_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.viommu, &pasids, &out), -EOPNOTSUPP);
	assert_int_equal(nested(&d, d.viommu, &table), 0);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, table), -ENOENT);
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.parent, &other), 0);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, other, d.o.nic, 0x55, &vdevice), 0);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, table), -ENOENT); /* in another one */
	assert_int_equal(destroy(&d, vdevice), 0);
	assert_int_equal(uapi_vdevice_alloc(d.o.b.uapi, d.o.p1, d.viommu, d.o.nic, 0x55, &vdevice), 0);
	assert_int_equal(uapi_attach(d.o.b.uapi, d.o.p1, d.o.nic, table), 0);
	assert_int_equal(bench_serving(&d.o.b, d.o.nic), DOMAIN_NESTED);
	assert_int_equal(destroy(&d, d.viommu), -EBUSY);
	bench_close(&d.o.b);
}

static void test_vdevice_goes_with_its_device(void **state)
{
	(void)state;
	struct desk d;
	space_handle vdevice;
	desk_open(&d);
	space_handle table = enter(&d, &vdevice);
	assert_int_equal(uapi_release(d.o.b.uapi, d.o.p1, d.o.nic), 0);
	assert_int_equal(destroy(&d, vdevice), -ENOENT);
	assert_int_equal(destroy(&d, table), 0);
	assert_int_equal(destroy(&d, d.viommu), 0);
	bench_close(&d.o.b);
}

static void test_invalidation_by_a_viommu_knows_its_own_numbers(void **state)
{
	(void)state;
	struct desk d;
	space_handle vdevice, other;
	desk_open(&d);
	enter(&d, &vdevice);
	assert_int_equal(uapi_viommu_alloc(d.o.b.uapi, d.o.p1, d.o.nic, d.parent, &other), 0);
	struct uapi_invalidation what = {.what = UAPI_FORGET_CONFIG,
					 .of = UAPI_OF_VIOMMU,
					 .space = d.viommu,
					 .id = 0x55,
					 .pasid = UINT32_MAX,
					 .last = UINT64_MAX};
	assert_int_equal(uapi_invalidate(d.o.b.uapi, d.o.p1, &what), 0);
	assert_int_equal(d.unit->forget_count, 1);
	assert_int_equal(d.unit->forgets[0].stream, d.stream);
	what.id = 0x56;
	assert_int_equal(uapi_invalidate(d.o.b.uapi, d.o.p1, &what), -EIO);
	what.id = 0x55;
	what.space = other;
	assert_int_equal(uapi_invalidate(d.o.b.uapi, d.o.p1, &what), -EIO);
	what.what = UAPI_FORGET_ALL;
	assert_int_equal(uapi_invalidate(d.o.b.uapi, d.o.p1, &what), 0); /* nothing is cached by it */
	assert_int_equal(d.unit->forget_count, 1);
	what.space = d.parent;
	assert_int_equal(uapi_invalidate(d.o.b.uapi, d.o.p1, &what), -ENOENT);
	bench_close(&d.o.b);
}

/* --- events --- */

static struct uapi_vevents take_out(struct desk *d, space_handle queue, uint32_t room)
{
	struct uapi_vevents events = {.room = room};
	assert_int_equal(uapi_veventq_read(d->o.b.uapi, d->o.p1, queue, &events), 0);
	return events;
}

static space_handle event_queue(struct desk *d, uint32_t depth)
{
	space_handle queue = 0;
	assert_int_equal(uapi_veventq_alloc(d->o.b.uapi, d->o.p1, d->viommu, UAPI_EVENTS_ARM_SMMUV3, depth, &queue), 0);
	return queue;
}

/* With a guest's table that is attached, and a queue for two events. */
static space_handle desk_open_events(struct desk *d)
{
	space_handle vdevice;
	desk_open(d);
	enter(d, &vdevice);
	return event_queue(d, 2);
}

static void test_veventq_alloc_errors(void **state)
{
	(void)state;
	struct uapi_vevents events = {.room = 1};
	struct desk d;
	space_handle out;
	desk_open(&d);
	struct uapi *u = d.o.b.uapi;
	assert_int_equal(uapi_veventq_alloc(u, d.o.p1, d.viommu, UAPI_EVENTS_DEFAULT, 1, &out), -EOPNOTSUPP);
	assert_int_equal(uapi_veventq_alloc(u, d.o.p1, d.viommu, UAPI_EVENTS_ARM_SMMUV3, 0, &out), -EINVAL);
	assert_int_equal(uapi_veventq_alloc(u, d.o.p1, d.parent, UAPI_EVENTS_ARM_SMMUV3, 1, &out), -ENOENT);
	assert_int_equal(uapi_veventq_alloc(u, d.o.p2, d.viommu, UAPI_EVENTS_ARM_SMMUV3, 1, &out), -ENOENT);
	space_handle queue = event_queue(&d, 1);
	assert_int_equal(uapi_veventq_alloc(u, d.o.p1, d.viommu, UAPI_EVENTS_ARM_SMMUV3, 1, &out), -EEXIST);
	assert_int_equal(uapi_veventq_read(u, d.o.p1, d.viommu, &events), -ENOENT);
	assert_int_equal(destroy(&d, d.viommu), -EBUSY);
	assert_int_equal(destroy(&d, queue), 0);
	assert_int_equal(event_queue(&d, 1) != 0, true);
	bench_close(&d.o.b);
}

static void test_events_are_the_guests_with_its_own_number(void **state)
{
	(void)state;
	struct desk d;
	space_handle vdevice;
	desk_open(&d);
	space_handle queue = event_queue(&d, 4);
	fake_event(d.unit, d.stream, F_TRANSLATION, false); /* before it is nested: the host's */
	space_handle table = enter(&d, &vdevice);
	fake_event(d.unit, d.stream, F_TRANSLATION, true);      /* the second stage's: the host's */
	fake_event(d.unit, d.stream + 1, F_TRANSLATION, false); /* another's */
	assert_int_equal(take_out(&d, queue, 4).count, 0);
	fake_event(d.unit, d.stream, F_TRANSLATION, false);
	struct uapi_vevents events = take_out(&d, queue, 4);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.list[0].sequence, 0);
	assert_false(events.list[0].lost);
	assert_int_equal(events.list[0].words[0], UINT64_C(0x55) << 32 | F_TRANSLATION);
	assert_int_equal(events.list[0].words[3], 3);
	assert_int_equal(uapi_detach(d.o.b.uapi, d.o.p1, d.o.nic), 0);
	fake_event(d.unit, d.stream, F_TRANSLATION, false);
	assert_int_equal(take_out(&d, queue, 4).count, 0);
	assert_int_equal(destroy(&d, table), 0);
	bench_close(&d.o.b);
}

static void test_full_queue_loses_events_and_says_so(void **state)
{
	(void)state;
	struct desk d;
	space_handle queue = desk_open_events(&d);
	for (unsigned i = 0; i < 4; i++)
		fake_event(d.unit, d.stream, F_TRANSLATION, false);
	struct uapi_vevents events = take_out(&d, queue, 1); /* no room for more than the first */
	assert_int_equal(events.list[0].sequence, 0);
	events = take_out(&d, queue, 8);
	assert_int_equal(events.count, 2);
	assert_int_equal(events.list[0].sequence, 1);
	assert_true(events.list[1].lost);
	assert_int_equal(events.list[1].sequence, 3); /* of the last that was lost */
	assert_int_equal(take_out(&d, queue, 8).count, 0);
	bench_close(&d.o.b);
}

static void test_event_behind_lost_ones_shows_the_gap_instead(void **state)
{
	(void)state;
	struct desk d;
	space_handle queue = desk_open_events(&d);
	for (unsigned i = 0; i < 3; i++)
		fake_event(d.unit, d.stream, F_TRANSLATION, false);
	assert_int_equal(take_out(&d, queue, 1).count, 1); /* there is room again */
	fake_event(d.unit, d.stream, F_TRANSLATION, false);
	struct uapi_vevents events = take_out(&d, queue, 8);
	assert_int_equal(events.count, 2);
	assert_int_equal(events.list[0].sequence, 1);
	assert_int_equal(events.list[1].sequence, 3); /* 2 was lost */
	assert_false(events.list[1].lost);
	bench_close(&d.o.b);
}

static void test_close_takes_viommus_away(void **state)
{
	(void)state;
	struct desk d;
	space_handle queue = desk_open_events(&d);
	fake_event(d.unit, d.stream, F_TRANSLATION, false);
	assert_int_equal(uapi_exit(d.o.b.uapi, d.o.p1), 0);
	assert_int_equal(destroy(&d, queue), -ENOENT);
	assert_int_equal(fake_domains_live(d.unit, DOMAIN_NESTED), 0);
	assert_int_equal(fake_domains_live(d.unit, DOMAIN_NEST_PARENT), 0);
	bench_close(&d.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_viommu_wants_coherent_guests),
		cmocka_unit_test(test_viommu_alloc_errors),
		cmocka_unit_test(test_vdevice_alloc_errors),
		cmocka_unit_test(test_vdevice_is_of_the_viommus_unit),
		cmocka_unit_test(test_table_in_a_viommu_takes_its_virtual_devices_alone),
		cmocka_unit_test(test_vdevice_goes_with_its_device),
		cmocka_unit_test(test_invalidation_by_a_viommu_knows_its_own_numbers),
		cmocka_unit_test(test_veventq_alloc_errors),
		cmocka_unit_test(test_events_are_the_guests_with_its_own_number),
		cmocka_unit_test(test_full_queue_loses_events_and_says_so),
		cmocka_unit_test(test_event_behind_lost_ones_shows_the_gap_instead),
		cmocka_unit_test(test_close_takes_viommus_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
