/* SPDX-License-Identifier: MIT */
/*
 * The tables that T meets: a guest's second stage, the spaces of its vIOMMU, which the TSM composes with that, and
 * tables of the guest's own, nested in it. What a page's state forbids is in none of the TSM's.
 */
#include "uapi/tee_state.h"

#include <errno.h>

uint32_t tee_table_new(struct tee *tee, uint16_t guest, enum tee_kind kind)
{
	uint32_t handle = arena_alloc(tee->arena, tee->tables);

	if (handle != ARENA_NONE)
		*tee_table_of(tee, handle) = (struct tee_table){.guest = guest, .kind = (uint8_t)kind};
	return handle;
}

struct tee_table *tee_table_of(const struct tee *tee, uint32_t table)
{
	return arena_live(tee->arena, tee->tables, table) ? arena_slot(tee->arena, tee->tables, table) : NULL;
}

static struct tee_area *area_of(const struct tee *tee, uint32_t handle)
{
	return arena_slot(tee->arena, tee->areas, handle);
}

struct tee_area *tee_area_at(const struct tee *tee, uint32_t table, uint64_t iova)
{
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->areas, at)) != ARENA_NONE;) {
		struct tee_area *area = area_of(tee, at);
		if (area->space == table && iova - area->iova < area->bytes)
			return area;
	}
	return NULL;
}

bool tee_area_overlaps(const struct tee *tee, uint32_t table, uint64_t iova, uint64_t bytes)
{
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->areas, at)) != ARENA_NONE;) {
		const struct tee_area *area = area_of(tee, at);
		if (area->space == table && area->iova <= iova + (bytes - 1) && iova <= area->iova + (area->bytes - 1))
			return true;
	}
	return false;
}

static struct driver *driver_of(const struct tee *tee, uint16_t unit)
{
	return tee->trusted[unit] ? tee->trusted[unit] : tee->drivers[unit];
}

/* Whether the area may be in a table: private pages that the second stage has, and shared ones that T may reach. */
static bool may_enter(const struct tee *tee, const struct tee_area *area)
{
	const struct tee_memory *memory = &tee->memories[area->memory];

	if (memory->destroyed || memory->released)
		return false;
	if (memory->private)
		return memory->mapped;
	return !tee_is_split(tee) || tee_rule(tee, KNOB_T1_SHARED) != T1_SHARED_FORBID;
}

static int enter(struct tee *tee, const struct tee_area *area, uint16_t unit, domain_handle domain)
{
	struct driver *driver = driver_of(tee, unit);
	uint64_t pa = tee->machine->memories[area->memory].hpa + area->offset;

	unsigned permissions = area->permissions;

	/* Arm: a Realm's table says which address space a page is in. */
	if (tee->trusted[unit] && tee->machine->iommus[unit].kind == IOMMU_SMMUV3 &&
	    !tee->memories[area->memory].private)
		permissions |= PT_NON_SECURE;
	return driver->ops->map(driver, domain, area->iova, pa, area->bytes, permissions);
}

static int take_out(struct tee *tee, const struct tee_area *area, uint16_t unit, domain_handle domain)
{
	struct driver *driver = driver_of(tee, unit);
	struct gather gather = {.domain = domain};
	int error = driver->ops->unmap(driver, domain, area->iova, area->bytes, &gather);

	return error ? error : driver->ops->sync(driver, &gather);
}

/* In all tables of its space, or in none. */
static int follow_area(struct tee *tee, struct tee_area *area)
{
	struct tee_table *table = tee_table_of(tee, area->space);
	bool wanted = may_enter(tee, area);

	if (wanted == area->entered)
		return 0;
	for (uint16_t unit = 0; unit < tee->machine->iommu_count; unit++) {
		if (!table->domains[unit])
			continue;
		int error = (wanted ? enter : take_out)(tee, area, unit, table->domains[unit]);
		if (error)
			return error;
	}
	area->entered = wanted;
	return 0;
}

int tee_memory_follow(struct tee *tee, uint16_t memory)
{
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->areas, at)) != ARENA_NONE;) {
		struct tee_area *area = area_of(tee, at);
		int error = area->memory == memory ? follow_area(tee, area) : 0;
		if (error)
			return error;
	}
	return 0;
}

void tee_memory_moves(struct tee *tee, uint16_t memory)
{
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->areas, at)) != ARENA_NONE;) {
		struct tee_area *area = area_of(tee, at);
		if (area->memory == memory && tee_table_of(tee, area->space)->kind == TEE_STAGE2)
			area->iova = tee_address(tee, memory, true);
	}
}

int tee_area_add(struct tee *tee, const struct tee_area *wanted)
{
	uint32_t handle = arena_alloc(tee->arena, tee->areas);

	if (handle == ARENA_NONE)
		return -ENOMEM;
	*area_of(tee, handle) = *wanted;
	int error = follow_area(tee, area_of(tee, handle));
	if (error)
		arena_release(tee->arena, tee->areas, handle);
	return error;
}

int tee_area_remove(struct tee *tee, uint32_t table, uint64_t iova, uint64_t bytes)
{
	struct tee_table *row = tee_table_of(tee, table);

	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->areas, at)) != ARENA_NONE;) {
		struct tee_area *area = area_of(tee, at);
		if (area->space != table || area->iova != iova || area->bytes != bytes)
			continue;
		for (uint16_t unit = 0; area->entered && unit < tee->machine->iommu_count; unit++) {
			int error = row->domains[unit] ? take_out(tee, area, unit, row->domains[unit]) : 0;
			if (error)
				return error;
		}
		arena_release(tee->arena, tee->areas, at);
		return 0;
	}
	return -ENOENT;
}

/* A table with the space's areas. */
static int make_table(struct tee *tee, uint32_t table, uint16_t unit, enum domain_type type, domain_handle *out)
{
	struct driver *driver = driver_of(tee, unit);
	int error = driver->ops->domain_alloc(driver, type, out);

	if (error)
		return error;
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->areas, at)) != ARENA_NONE;) {
		const struct tee_area *area = area_of(tee, at);
		if (area->space != table || !may_enter(tee, area))
			continue;
		error = enter(tee, area, unit, *out);
		if (error) {
			driver->ops->domain_free(driver, *out);
			return error;
		}
		area_of(tee, at)->entered = true;
	}
	return 0;
}

/* The guest's table over its second stage. */
static int make_nested(struct tee *tee, const struct tee_table *row, uint16_t unit, domain_handle *out)
{
	const struct domain_guest says = {
		.root = row->root, .address_width = (uint8_t)row->address_width, .ste = {row->ste[0], row->ste[1]}};
	struct driver *driver = driver_of(tee, unit);
	domain_handle parent;
	int error = driver->ops->domain_nest ? tee_table_on(tee, tee->stage2[row->guest], unit, &parent) : -EOPNOTSUPP;

	return error ? error : driver->ops->domain_nest(driver, parent, &says, out);
}

int tee_table_on(struct tee *tee, uint32_t table, uint16_t unit, domain_handle *out)
{
	struct tee_table *row = tee_table_of(tee, table);
	int error;

	*out = row->domains[unit];
	if (*out)
		return 0;
	if (row->kind == TEE_NESTED)
		error = make_nested(tee, row, unit, out);
	else if (row->kind == TEE_STAGE2 && tee_has_viommu(tee, row->guest)) /* no device is ever attached to it */
		error = make_table(tee, table, unit, DOMAIN_NEST_PARENT, out);
	else
		error = make_table(tee, table, unit, DOMAIN_USER, out);
	if (!error)
		row->domains[unit] = *out;
	return error;
}

void tee_table_free(struct tee *tee, uint32_t table)
{
	struct tee_table *row = tee_table_of(tee, table);

	if (row->parent)
		tee_table_of(tee, row->parent)->attached--;
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->areas, at)) != ARENA_NONE;)
		if (area_of(tee, at)->space == table)
			arena_release(tee->arena, tee->areas, at);
	for (uint16_t unit = 0; unit < tee->machine->iommu_count; unit++) {
		struct driver *driver = driver_of(tee, unit);
		if (row->domains[unit])
			driver->ops->domain_free(driver, row->domains[unit]);
	}
	arena_release(tee->arena, tee->tables, table);
}

/* --- what serves a device --- */

/*
 * The space that T meets, and on one unit for both T=0 too; 0: the TSM serves the device with nothing. With one unit
 * and no vIOMMU the host's table is left in place under single_rmp.
 */
static uint32_t serving(const struct tee *tee, uint16_t device)
{
	const struct tee_device *state = &tee->devices[device];

	if (state->guest == MACHINE_NONE || tee->guests[state->guest].fenced)
		return 0;
	if (tee_is_split(tee) && !state->gate)
		return 0;
	if (tee_has_viommu(tee, state->guest))
		return state->space ? state->space : state->own;
	return tee_rule(tee, KNOB_IOMMU_LAYOUT) == IOMMU_LAYOUT_SINGLE_RMP ? 0 : tee->stage2[state->guest];
}

/* Nothing of the TSM's: T meets no entry; on one unit for both what was there stays, or is blocked. */
static int let_go(struct tee *tee, uint16_t device)
{
	const struct tee_device *state = &tee->devices[device];
	struct driver *driver = tee_driver(tee, device);
	bool blocks =
		state->guest != MACHINE_NONE && (tee->guests[state->guest].fenced || tee_has_viommu(tee, state->guest));

	if (!tee_is_split(tee) && !blocks)
		return 0;
	return driver->ops->attach(driver, tee->machine->devices[device].stream, 0);
}

/* The entry for T allows ATS where the device was locked with it on. */
static int follow_ats(struct tee *tee, uint16_t device)
{
	const struct machine_device *row = &tee->machine->devices[device];
	bool on = tee->platform.ats && tee->platform.ats(tee->platform.context, device);
	struct driver *driver = tee_driver(tee, device);

	if (!tee->trusted[row->iommu])
		return 0;
	if (!on && !driver->ops->features(driver, row->stream))
		return 0;
	return driver->ops->set_features(driver, row->stream, on ? FEATURE_ATS : 0);
}

int tee_follow(struct tee *tee, uint16_t device)
{
	struct driver *driver = tee_driver(tee, device);
	uint32_t table = driver ? serving(tee, device) : 0;
	domain_handle domain;

	if (!driver)
		return 0;
	if (!table)
		return let_go(tee, device);
	int error = tee_table_on(tee, table, driver->index, &domain);
	if (!error)
		error = follow_ats(tee, device);
	return error ? error : driver->ops->attach(driver, tee->machine->devices[device].stream, domain);
}
