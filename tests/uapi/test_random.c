/* SPDX-License-Identifier: MIT */
/*
 * Random calls with good and bad arguments and a driver that fails now and then. After each call the books must agree
 * with what the driver holds: every area of a space is in each of its page tables and nothing else is, pages are
 * pinned as often as the books say, every group is served by what it is said to be served by. A call that was
 * refused has changed nothing. When everybody has left, all is as on the first day.
 */
#include "base/random.h"
#include "bench.h"
#include "uapi/group.h"
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

static void check_device(const struct play *p, uint16_t device)
{
	const struct uapi *uapi = p->b.uapi;
	const struct uapi_device *state = &uapi->devices[device];
	const struct uapi_group *group = &uapi->groups[state->group];
	uint16_t unit = p->b.machine->devices[device].iommu;
	domain_handle served = fake_serving_domain(p->b.units[unit], p->b.machine->devices[device].stream);
	switch (group->state) {
	case GROUP_DEFAULT:
		assert_int_equal(served, dma_domain_slot(uapi, state->dma_domain)->domain);
		break;
	case GROUP_BLOCKED:
		assert_int_equal(served, uapi->units[unit].blocking);
		break;
	case GROUP_SPACE:
		assert_int_equal(served, space_domain_on(uapi, group->space, unit)->domain);
		break;
	default:
		fail();
	}
	assert_int_equal(group->owner != MACHINE_NONE, group->claims > 0);
	if (state->user != MACHINE_NONE)
		assert_int_equal(group->owner, state->user);
	if (group->owner != MACHINE_NONE && p->b.rules.value[KNOB_DETACH_TARGET] == DETACH_TO_BLOCKED)
		assert_int_not_equal(group->state, GROUP_DEFAULT); /* never the kernel's while a user owns it */
	if (state->space)
		assert_int_equal(group->space, state->space);
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
}

/* --- calls --- */

/* Where a kernel cannot fail to move a group, the driver does not either. */
static void attach_is_sure(struct play *p)
{
	p->b.units[0]->fail_attach = p->b.units[1]->fail_attach = 0;
}

/*
 * An intent of several calls takes the first ones back when a later one is refused. Then all is as before, but slots
 * of pools may have been given out in another order.
 */
static bool several_calls;

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
	case 0:
		return uapi_unmap(uapi, owner, space, some_iova(p), some_bytes(p), &unmapped);
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
	struct uapi_space_wish wish = {.ram = !any(p, 8)};
	uint64_t slot = any(p, HANDLES);
	const struct space *row = space_get(uapi, owner, space);
	int error;
	several_calls = row && row->flags & SPACE_RAM; /* attach it, map the memory */
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
		return uapi_replace(uapi, owner, device, space);
	default:
		return uapi_attach(uapi, owner, device, space);
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
		unit->attach_after = (uint32_t)any(p, 3);
		unit->map_after = (uint32_t)any(p, 4);
		unit->sync_after = 0;
		unit->attach_once = unit->map_once = unit->sync_once = true;
	}
}

static void turn(struct play *p)
{
	uint64_t slot = any(p, HANDLES), what = any(p, 24);
	space_handle space = p->handles[slot];
	uint16_t owner = any(p, 16) ? p->owner_of[slot] : p->owners[any(p, OWNERS)];
	uint16_t device = p->devices[any(p, DEVICES)];
	uint64_t hash = arena_hash(p->b.arena);
	several_calls = false;
	arm(p, what > 0);
	int error = what < 1   ? close_call(p, owner, device)
		    : what < 4 ? uapi_take(p->b.uapi, owner, device)
		    : what < 8 ? space_call(p, owner, device, space)
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
	for (int i = 0; i < DEVICES; i++) {
		enum device_driver driver = p.b.machine->devices[p.devices[i]].driver;
		uapi_driver_unbind(p.b.uapi, p.devices[i]);
		assert_int_equal(uapi_driver_bind(p.b.uapi, p.devices[i], driver), 0);
	}
	check_books(&p);
	assert_int_equal(fake_domains_live(p.b.units[0], DOMAIN_USER), 0);
	assert_int_equal(fake_domains_live(p.b.units[1], DOMAIN_USER), 0);
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
		cmocka_unit_test(test_random_snapshots_carry_on_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
