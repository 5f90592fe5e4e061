/* SPDX-License-Identifier: MIT */
/*
 * Random calls with good and bad arguments and a driver that fails now and then. After each call the books must agree
 * with what the driver holds: every area of a space is in each of its page tables and nothing else is, pages are
 * pinned as often as the books say, every group is served by what it is said to be served by, and so is every PASID,
 * unless the device is being reset. A call that was refused has changed nothing. When everybody has left, all is as on
 * the first day.
 */
#include "base/random.h"
#include "bench.h"
#include "uapi/group.h"
#include "uapi/mm.h"
#include "uapi/pasid.h"
#include "uapi/route.h"
#include "uapi/space.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { OWNERS = 3, DEVICES = 6, MEMORIES = 4, HANDLES = 16, TURNS = 6000 };

struct play {
	struct bench b;
	struct random random;
	uint16_t owners[OWNERS], devices[DEVICES], memories[MEMORIES], bar;
	space_handle handles[HANDLES]; /* some are stale */
	uint16_t owner_of[HANDLES];
	bool waits_fail; /* invalidations may never complete */
};

static uint64_t any(struct play *p, uint64_t limit)
{
	return random_below(&p->random, limit);
}

static void open_play(struct play *p, const char *policy, const char *kernel, uint64_t seed)
{
	struct bench *b = &p->b;
	bench_open(b, policy);
	bench_set(b, "kernel", kernel);
	bench_set(b, "reset_ats", seed % 4 ? "blocked" : "ignore");
	bench_set(b, "pasid_fabric_rule", "none");
	random_seed(&p->random, seed);
	p->waits_fail = seed % 3 == 0;
	uint16_t second = bench_unit(b, "iommu1");
	for (int i = 0; i < OWNERS; i++)
		p->owners[i] = bench_owner(b, i == 0 ? "p1" : i == 1 ? "p2" : "p3");
	p->devices[0] = bench_device(b, "nic", DRIVER_USER);
	p->devices[1] = bench_device(b, "f0", DRIVER_USER);
	p->devices[2] = bench_function(b, "f1", DRIVER_USER, p->devices[1]);
	p->devices[3] = bench_device(b, "far", DRIVER_USER);
	p->devices[4] = bench_device(b, "k", DRIVER_HOST);
	p->devices[5] = bench_function(b, "k1", DRIVER_USER, p->devices[4]);
	for (int i = 0; i < DEVICES; i++) {
		b->machine->devices[p->devices[i]].ats = b->machine->devices[p->devices[i]].pri = i != 2;
		b->machine->devices[p->devices[i]].pasid_bits = i == 2 ? 0 : 20;
		b->machine->devices[p->devices[i]].vectors = (uint32_t)i;
	}
	bench_serve(b, p->devices[3], second);
	bench_reserve(b, p->devices[2], RESERVED_HOLE, 0x8000, 0x1000);
	for (int i = 0; i < MEMORIES; i++)
		p->memories[i] = bench_memory(b, "m", i ? p->owners[i % OWNERS] : MACHINE_HOST, 0x1000u << i);
	p->bar = bench_bar(b, p->devices[0], 0x1000);
	for (int i = 0; i < HANDLES; i++) {
		p->handles[i] = 0;
		p->owner_of[i] = p->owners[i % OWNERS];
	}
	bench_start(b);
}

/* --- what must hold --- */

static void check_space(struct play *p, space_handle handle, uint32_t *pins)
{
	struct uapi *uapi = p->b.uapi;
	uint32_t set = space_set(handle), held = 0, areas = 0;
	const struct area *area;
	for (uint32_t at = areas_seek(&uapi->areas, set, 0); (area = areas_at(&uapi->areas, set, at)); at++) {
		areas++;
		held += !(area->flags & AREA_REVOKED);
		if (area->flags & AREA_PINNED)
			pins[area->target]++;
		bool pinned = area->kind == UAPI_MEMORY && space_of(uapi, handle)->domains;
		assert_int_equal(!!(area->flags & AREA_PINNED), pinned);
		for (uint32_t slot = space_of(uapi, handle)->domains; slot;
		     slot = space_domain_slot(uapi, slot)->next) {
			struct space_domain *domain = space_domain_slot(uapi, slot);
			struct driver *driver = uapi->drivers[domain->unit];
			uint64_t pa, base = area->kind == UAPI_MEMORY ? p->b.machine->memories[area->target].hpa
								      : p->b.machine->bars[area->target].bus;
			bool there = driver->ops->lookup(driver, domain->domain, area->iova, &pa);
			assert_int_equal(there, !(area->flags & AREA_REVOKED));
			if (there)
				assert_int_equal(pa, base + area->offset);
		}
	}
	assert_int_equal(areas, space_of(uapi, handle)->areas);
	for (uint32_t slot = space_of(uapi, handle)->domains; slot; slot = space_domain_slot(uapi, slot)->next) {
		const struct space_domain *domain = space_domain_slot(uapi, slot);
		const struct fake_domain *fake = &p->b.units[domain->unit]->domains[domain->domain];
		assert_int_equal(fake->count, held);
		if (!p->waits_fail)
			assert_int_equal(fake->dirty, 0); /* nothing that was removed may be cached */
	}
}

static domain_handle meant_for(const struct uapi *uapi, uint16_t device)
{
	const struct uapi_device *state = &uapi->devices[device];
	const struct uapi_group *group = &uapi->groups[state->group];
	uint16_t unit = uapi->machine->devices[device].iommu;
	if (state->parked || group->state == GROUP_BLOCKED)
		return uapi->units[unit].blocking;
	if (group->state == GROUP_SPACE)
		return space_domain_on(uapi, group->space, unit)->domain;
	assert_int_equal(group->state, GROUP_DEFAULT);
	return dma_domain_slot(uapi, state->dma_domain)->domain;
}

static void check_device(const struct play *p, uint16_t device)
{
	const struct uapi *uapi = p->b.uapi;
	const struct uapi_device *state = &uapi->devices[device];
	const struct uapi_group *group = &uapi->groups[state->group];
	uint32_t stream = p->b.machine->devices[device].stream;
	assert_int_equal(fake_serving_domain(bench_unit_of(&p->b, device), stream), meant_for(uapi, device));
	assert_int_equal(state->resetting, p->b.in_reset[device]);
	assert_int_equal(group->owner != MACHINE_NONE, group->claims > 0);
	if (state->user != MACHINE_NONE)
		assert_int_equal(group->owner, state->user);
	if (group->owner != MACHINE_NONE && p->b.rules.value[KNOB_DETACH_TARGET] == DETACH_TO_BLOCKED)
		assert_int_not_equal(group->state, GROUP_DEFAULT); /* never the kernel's while a user owns it */
	bool held_back = p->b.rules.value[KNOB_GROUP_CHECK_POINT] == CHECK_AT_EVERY_COMMAND &&
			 route_commands(uapi, state->user, state->space) == -EPERM;
	if (state->space && !(held_back && group->state != GROUP_SPACE))
		assert_int_equal(group->space, state->space);
}

static domain_handle bound_to(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	uint16_t unit = uapi->machine->devices[bond->device].iommu;
	return bond->space ? space_domain_on(uapi, bond->space, unit)->domain : mm_domain(uapi, bond->owner, unit);
}

/* Each bond is in the driver, and nothing else is; address spaces have as many users as bonds. */
static void check_pasids(const struct play *p)
{
	const struct uapi *uapi = p->b.uapi;
	uint32_t slot = 0, bonds = 0, users = 0, sva = 0;
	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *bond = pasid_slot(uapi, slot);
		struct driver *driver = uapi->drivers[p->b.machine->devices[bond->device].iommu];
		uint32_t stream = p->b.machine->devices[bond->device].stream;
		bool parked = uapi->devices[bond->device].parked;
		assert_int_equal(uapi->devices[bond->device].user, bond->space ? bond->owner : MACHINE_NONE);
		assert_int_equal(driver->ops->attached_pasid(driver, stream, bond->pasid),
				 parked ? 0 : bound_to(uapi, bond));
		bonds += !parked;
		sva += !bond->space;
	}
	assert_int_equal(p->b.units[0]->pasid_count + p->b.units[1]->pasid_count, bonds);
	slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		users += ((const struct uapi_mm *)arena_slot(uapi->arena, uapi->mms, slot))->users;
	assert_int_equal(users, sva);
}

static void check_books(struct play *p)
{
	uint32_t pins[MEMORIES] = {0};
	space_handle handle = 0;
	while ((handle = space_next(p->b.uapi, handle)))
		check_space(p, handle, pins);
	for (int i = 0; i < MEMORIES; i++)
		assert_int_equal(p->b.uapi->memories[p->memories[i]].pins, pins[i]);
	for (int i = 0; i < DEVICES; i++)
		check_device(p, p->devices[i]);
	check_pasids(p);
}

/* --- calls --- */

/* Where a kernel cannot fail to move a group, the driver does not either. */
static void attach_is_sure(struct play *p)
{
	p->b.units[0]->fail_attach = p->b.units[1]->fail_attach = 0;
	p->b.units[0]->fail_pasid = p->b.units[1]->fail_pasid = 0;
}

/*
 * An intent of several calls takes the first ones back when a later one is refused. Then all is as before, but slots
 * of pools may have been given out in another order.
 */
static bool several_calls;

/* A replace that is a detach, which cannot fail, and an attach. */
static bool in_two(struct play *p)
{
	if (p->b.rules.value[KNOB_USER_API] < USER_API_IOASID_KT)
		return false;
	attach_is_sure(p);
	return true;
}

static uint64_t some_iova(struct play *p)
{
	static const uint64_t odd[] = {0, 0x8000, LAYOUT_MSI_FIRST, UINT64_C(1) << 48, UINT64_MAX, 0x8001};
	return any(p, 8) ? any(p, 24) * 0x1000 : odd[any(p, 6)];
}

static uint64_t some_bytes(struct play *p)
{
	static const uint64_t odd[] = {0, 1, UINT64_MAX, 0x801, UINT64_C(1) << 47};
	return any(p, 8) ? (1 + any(p, 4) * any(p, 2)) * 0x1000 : odd[any(p, 5)];
}

/* Mostly the owner's own memory. */
static struct uapi_target some_target(struct play *p, uint16_t owner)
{
	uint16_t own = p->memories[owner == p->owners[0] ? 3 : owner == p->owners[1] ? 1 : 2];
	if (!any(p, 12))
		return (struct uapi_target){.kind = UAPI_BAR, .index = p->bar};
	return (struct uapi_target){.kind = UAPI_MEMORY,
				    .index = any(p, 8) ? own : p->memories[any(p, MEMORIES)],
				    .offset = any(p, 4) ? 0 : any(p, 3) * 0x1000};
}

static int map_call(struct play *p, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi *uapi = p->b.uapi;
	uint64_t iova, unmapped;
	space_handle out;
	unsigned permissions = (unsigned)any(p, 4);
	switch (any(p, 6)) {
	case 0: {
		int error = uapi_unmap(uapi, owner, space, some_iova(p), some_bytes(p), &unmapped);
		several_calls = unmapped; /* iommufd: up to an area that stays */
		return error;
	}
	case 1:
		return uapi_copy(uapi, owner, p->handles[any(p, HANDLES)], some_iova(p), space, some_iova(p),
				 some_bytes(p), permissions);
	case 2:
		several_calls = true;
		attach_is_sure(p);
		return uapi_dma_map(uapi, owner, device, some_target(p, owner), some_bytes(p), permissions, &iova,
				    &out);
	default:
		return uapi_map(uapi, owner, space, some_iova(p), some_target(p, owner), some_bytes(p), permissions);
	}
}

static int space_call(struct play *p, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi *uapi = p->b.uapi;
	struct uapi_space_wish wish = {.ram = !any(p, 8), .pasid = any(p, 2), .faults = any(p, 2)};
	uint64_t slot = any(p, HANDLES);
	const struct space *row = space_get(uapi, owner, space);
	int error;
	several_calls = row && row->flags & SPACE_RAM; /* attach it, map the memory */
	if (several_calls)
		in_two(p);
	switch (any(p, 6)) {
	case 0:
		error = uapi_space(uapi, owner, &wish, &space);
		if (!error) {
			p->handles[slot] = space;
			p->owner_of[slot] = owner;
		}
		return error;
	case 1:
		return uapi_destroy(uapi, owner, space);
	case 2:
		attach_is_sure(p);
		return uapi_detach(uapi, owner, device);
	case 3:
		several_calls |= in_two(p);
		return uapi_replace(uapi, owner, device, space);
	default:
		return uapi_attach(uapi, owner, device, space);
	}
}

/* Mostly a device that the owner has. */
static int pasid_call(struct play *p, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi *uapi = p->b.uapi;
	uint32_t pasid = (uint32_t)any(p, 5);
	uint64_t call = any(p, 8), first = any(p, DEVICES);
	if (call >= 2 && call <= 4 && any(p, 4))
		device = p->devices[4];
	for (uint64_t i = 0; i < DEVICES && !(call >= 2 && call <= 4) && uapi->devices[device].user != owner; i++)
		device = p->devices[(first + i) % DEVICES];
	switch (call) {
	case 0:
		return uapi_detach_pasid(uapi, owner, device, pasid);
	case 1:
		several_calls = in_two(p);
		return uapi_replace_pasid(uapi, owner, device, pasid, space);
	case 2:
	case 3:
		return uapi_sva_bind(uapi, device, pasid, owner);
	case 4:
		return uapi_sva_unbind(uapi, owner, device, pasid);
	default:
		if (!any(p, 4))
			space = 0;
		for (int i = 0; i < HANDLES && !space; i++)
			if (space_get(uapi, owner, p->handles[i]))
				space = p->handles[i];
		return uapi_attach_pasid(uapi, owner, device, pasid, space);
	}
}

/* Whatever a device asks for, and whoever answers. */
static int fault_call(struct play *p, uint16_t owner, uint16_t device)
{
	struct fake_driver *unit = bench_unit_of(&p->b, device);
	uint32_t pasid = (uint32_t)any(p, 5);
	uint16_t group = (uint16_t)any(p, 4);
	unit->answer_count = 0;
	if (any(p, 2))
		return uapi_page_response(p->b.uapi, owner, device, pasid, group, PAGE_RESPONSE_SUCCESS);
	uint64_t address = any(p, 2) ? bench_va(&p->b, p->memories[any(p, MEMORIES)]) : any(p, 24) * 0x1000;
	fake_page_request(unit, p->b.machine->devices[device].stream, pasid, group, address, any(p, 2));
	if (any(p, 4)) {
		p->b.units[0]->answer_count = p->b.units[1]->answer_count = 0;
		uapi_page_requests(p->b.uapi, UINT32_MAX);
		assert_int_equal(p->b.units[0]->fault_count + p->b.units[1]->fault_count, 0);
	}
	return 0;
}

static int reset_call(struct play *p, uint16_t owner, uint16_t device)
{
	struct uapi *uapi = p->b.uapi;
	uint16_t by = any(p, 2) ? owner : MACHINE_HOST;
	p->b.units[0]->answer_count = p->b.units[1]->answer_count = 0;
	switch (any(p, 3)) {
	case 0:
		return uapi_reset_begin(uapi, by, device);
	case 1:
		attach_is_sure(p);
		return uapi_reset_end(uapi, by, device);
	default:
		attach_is_sure(p);
		return uapi_reset(uapi, by, device);
	}
}

/* Closing cannot fail, so nothing fails under it. */
static int close_call(struct play *p, uint16_t owner, uint16_t device)
{
	struct uapi *uapi = p->b.uapi;
	switch (any(p, 10)) {
	case 0:
		return uapi_exit(uapi, owner);
	case 1:
		return uapi_driver_unbind(uapi, device);
	case 2:
		return uapi_driver_bind(uapi, device, any(p, 2) ? DRIVER_HOST : DRIVER_USER);
	case 3:
		return uapi_unplug(uapi, device) ? 0 : uapi_hotplug(uapi, device);
	default:
		return uapi_release(uapi, owner, device);
	}
}

static void arm(struct play *p, bool armed)
{
	for (int i = 0; i < 2; i++) {
		struct fake_driver *unit = p->b.units[i];
		unit->fail_attach = armed && !any(p, 8) ? -ENOMEM : 0;
		unit->fail_map = armed && !any(p, 8) ? -ENOMEM : 0;
		unit->fail_sync = armed && p->waits_fail && !any(p, 8) ? -ETIMEDOUT : 0;
		unit->fail_pasid = armed && !any(p, 8) ? (p->waits_fail && any(p, 2) ? -ETIMEDOUT : -ENOMEM) : 0;
		unit->attach_after = (uint32_t)any(p, 3);
		unit->pasid_after = (uint32_t)any(p, 2);
		unit->pasid_once = true;
		unit->answer_count = 0;
		unit->map_after = (uint32_t)any(p, 4);
		unit->sync_after = 0;
		unit->attach_once = unit->map_once = unit->sync_once = true;
	}
}

static void turn(struct play *p)
{
	uint64_t slot = any(p, HANDLES), what = any(p, 32);
	space_handle space = p->handles[slot];
	uint16_t owner = any(p, 16) ? p->owner_of[slot] : p->owners[any(p, OWNERS)];
	uint16_t device = p->devices[any(p, DEVICES)];
	uint64_t hash = arena_hash(p->b.arena);
	several_calls = false;
	arm(p, what > 0);
	int error = what < 1    ? close_call(p, owner, device)
		    : what < 4  ? uapi_take(p->b.uapi, owner, device)
		    : what < 8  ? space_call(p, owner, device, space)
		    : what < 13 ? pasid_call(p, owner, device, space)
		    : what < 15 ? fault_call(p, owner, device)
		    : what < 16 ? reset_call(p, owner, device)
				: map_call(p, owner, device, space);
	arm(p, false);
	check_books(p);
	if (error && !several_calls && arena_hash(p->b.arena) != hash)
		fail_msg("refused with %d, but something changed", error);
}

static void play(const char *policy, const char *kernel, uint64_t seed)
{
	struct play p;
	open_play(&p, policy, kernel, seed);
	uint64_t hash = arena_hash(p.b.arena);
	for (int i = 0; i < TURNS; i++)
		turn(&p);
	for (int i = 0; i < OWNERS; i++)
		assert_int_equal(uapi_exit(p.b.uapi, p.owners[i]), 0);
	for (int i = 0; i < DEVICES; i++)
		uapi_reset_end(p.b.uapi, MACHINE_HOST, p.devices[i]);
	for (int i = 0; i < DEVICES; i++) {
		enum device_driver driver = p.b.machine->devices[p.devices[i]].driver;
		uapi_driver_unbind(p.b.uapi, p.devices[i]);
		assert_int_equal(uapi_driver_bind(p.b.uapi, p.devices[i], driver), 0);
	}
	check_books(&p);
	assert_int_equal(fake_domains_live(p.b.units[0], DOMAIN_USER), 0);
	assert_int_equal(fake_domains_live(p.b.units[1], DOMAIN_USER), 0);
	assert_int_equal(fake_domains_live(p.b.units[0], DOMAIN_SVA), 0);
	assert_int_equal(fake_domains_live(p.b.units[1], DOMAIN_SVA), 0);
	assert_true(arena_hash(p.b.arena) == hash);
	bench_close(&p.b);
}

static void test_random_type1_books_agree(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		play("vfio-type1", seed & 1 ? "7.0" : "5.19", seed);
}

static void test_random_iommufd_books_agree(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		play("iommufd", seed & 1 ? "7.0" : "6.2", seed);
}

static void test_random_proposals_books_agree(void **state)
{
	static const char *const policies[] = {"ioasid-kt", "ioasid-v1", "iommu-v2", "aux-domain"};
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++)
		play(policies[seed % 4], "7.0", seed);
}

/* The same with everything brought back from snapshots now and then. */
static void test_random_snapshots_carry_on_the_same(void **state)
{
	(void)state;
	struct play p;
	open_play(&p, "iommufd", "7.0", 99);
	for (int i = 0; i < 300; i++)
		turn(&p);
	struct arena_snapshot *snapshot = arena_save(p.b.arena);
	uint64_t hash = arena_hash(p.b.arena);
	for (int i = 0; i < 3; i++)
		uapi_exit(p.b.uapi, p.owners[i]);
	arena_restore(p.b.arena, snapshot);
	assert_true(arena_hash(p.b.arena) == hash);
	space_handle handle = 0;
	uint32_t spaces = 0;
	while ((handle = space_next(p.b.uapi, handle)))
		spaces += space_get(p.b.uapi, space_of(p.b.uapi, handle)->owner, handle) != NULL;
	assert_int_equal(spaces, arena_count(p.b.arena, p.b.uapi->spaces));
	arena_snapshot_free(snapshot);
	bench_close(&p.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_type1_books_agree),
		cmocka_unit_test(test_random_iommufd_books_agree),
		cmocka_unit_test(test_random_proposals_books_agree),
		cmocka_unit_test(test_random_snapshots_carry_on_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
