/* SPDX-License-Identifier: MIT */
#include "uapi/space.h"

#include "uapi/dirty.h"
#include "uapi/features.h"
#include "uapi/pasid.h"
#include "uapi/shadow.h"
#include "uapi/space_fit.h"
#include "uapi/table_wish.h"

#include <errno.h>

uint64_t space_pa(const struct uapi *uapi, const struct area *area)
{
	uint64_t base = area->kind == UAPI_MEMORY ? uapi->machine->memories[area->target].hpa
						  : uapi->machine->bars[area->target].bus;
	return base + area->offset;
}

static void pin(struct uapi *uapi, struct area *area)
{
	if (area->kind != UAPI_MEMORY || area->flags & AREA_PINNED)
		return;
	area->flags |= AREA_PINNED;
	uapi->memories[area->target].pins++;
}

static void unpin(struct uapi *uapi, struct area *area)
{
	if (!(area->flags & AREA_PINNED))
		return;
	area->flags &= (uint16_t)~AREA_PINNED;
	uapi->memories[area->target].pins--;
}

/* --- page tables --- */

struct space_domain *space_domain_on(const struct uapi *uapi, space_handle handle, uint16_t unit)
{
	for (uint32_t slot = space_of(uapi, handle)->domains; slot; slot = space_domain_slot(uapi, slot)->next)
		if (space_domain_slot(uapi, slot)->unit == unit)
			return space_domain_slot(uapi, slot);
	return NULL;
}

/* Whose table serves the device: the unit's, or its own. */
static uint16_t table_owner(const struct uapi *uapi, uint16_t device)
{
	return uapi->rules.value[KNOB_DOMAIN_ALLOC_POINT] == DOMAIN_ALLOC_DRIVER ? device : MACHINE_NONE;
}

struct space_domain *space_domain_for(const struct uapi *uapi, space_handle handle, uint16_t device)
{
	uint16_t unit = uapi->machine->devices[device].iommu, owner = table_owner(uapi, device);
	space_handle table = space_table_in(uapi, handle);
	for (uint32_t slot = space_of(uapi, space_list_of(uapi, handle))->domains; slot;
	     slot = space_domain_slot(uapi, slot)->next) {
		struct space_domain *domain = space_domain_slot(uapi, slot);
		if (domain->unit == unit && domain->device == owner && domain->table == table)
			return domain;
	}
	return NULL;
}

/* A call a page: no driver finds more than that to put together. All or nothing. */
static int enter_in_small_pages(struct uapi *uapi, const struct space_domain *domain, const struct area *area)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct gather gather = {.domain = domain->domain};
	uint64_t done = 0;
	int error = 0;
	for (; done < area->bytes && !error; done += error ? 0 : UNIT_PAGE_BYTES)
		error = driver->ops->map(driver, domain->domain, area->iova + done, space_pa(uapi, area) + done,
					 UNIT_PAGE_BYTES, area->permissions);
	uapi->map_calls[space_slot_of(domain->space) - 1] += error ? 0 : area->bytes / UNIT_PAGE_BYTES;
	if (!error || !done)
		return error;
	driver->ops->unmap(driver, domain->domain, area->iova, done, &gather);
	driver->ops->sync(driver, &gather);
	return error;
}

int space_enter(struct uapi *uapi, const struct space_domain *domain, const struct area *area)
{
	struct driver *driver = uapi->drivers[domain->unit];
	if (area->kind == UAPI_PARENT)
		return shadow_enter(uapi, domain, area);
	if (!space_takes(uapi, domain->table ? domain->table : domain->space, driver->ops->kind, area->permissions))
		return -EINVAL;
	if (space_of(uapi, domain->space)->flags & SPACE_SMALL)
		return enter_in_small_pages(uapi, domain, area);
	int error = driver->ops->map(driver, domain->domain, area->iova, space_pa(uapi, area), area->bytes,
				     area->permissions);
	if (!error)
		uapi->map_calls[space_slot_of(domain->space) - 1]++;
	return error;
}

/*
 * Takes the areas of [first, last] out of one page table and waits; what was written is reported, unless that is NULL.
 * -ETIMEDOUT.
 */
static int leave_and_report(struct uapi *uapi, const struct space_domain *domain, uint32_t set, uint64_t first,
			    uint64_t last, struct dirty_report *report)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct gather gather = {
		.domain = domain->domain, .dirty = report ? dirty_report_leaf : NULL, .dirty_context = report};
	const struct area *area;
	int error = 0;
	for (uint32_t at = areas_seek(&uapi->areas, set, first);
	     (area = areas_at(&uapi->areas, set, at)) && area->iova <= last; at++) {
		int failed = area->flags & AREA_REVOKED
				     ? 0
				     : driver->ops->unmap(driver, domain->domain, area->iova, area->bytes, &gather);
		error = error ? error : failed;
	}
	int waited = driver->ops->sync(driver, &gather);
	return error ? error : waited;
}

static int leave(struct uapi *uapi, const struct space_domain *domain, uint32_t set, uint64_t first, uint64_t last)
{
	return leave_and_report(uapi, domain, set, first, last, NULL);
}

static int fill(struct uapi *uapi, const struct space_domain *domain, uint32_t set, uint16_t owner)
{
	const struct area *area;
	for (uint32_t at = areas_seek(&uapi->areas, set, 0); (area = areas_at(&uapi->areas, set, at)); at++) {
		if (area->flags & AREA_REVOKED)
			continue;
		int error = area->flags & AREA_PINNED ? 0 : space_backing(uapi, owner, area);
		if (!error)
			error = space_enter(uapi, domain, area);
		if (error)
			return error;
	}
	return 0;
}

/* Of a nested space there is a table for the same device in what it is nested in. */
static int make_domain(const struct uapi *uapi, space_handle handle, uint16_t device, domain_handle *out)
{
	struct driver *driver = device_unit(uapi, device);
	const struct space *space = space_of(uapi, handle);
	enum domain_type type = space->flags & SPACE_PARENT ? DOMAIN_NEST_PARENT : DOMAIN_USER;
	if (!(space->flags & SPACE_NESTED))
		return table_alloc(uapi, space, driver, type, out);
	const struct space_domain *parent = space_domain_for(uapi, space->parent, device);
	return driver->ops->domain_nest ? driver->ops->domain_nest(driver, parent->domain, &space->guest, out)
					: -EOPNOTSUPP;
}

static int furnish(struct uapi *uapi, const struct space_domain *domain, const struct space_errors *errors)
{
	const struct space *space = space_description(uapi, domain);
	if (space->flags & SPACE_NESTED)
		return 0;
	int error = interrupts_doorbell_map(uapi, domain->unit, domain->domain);
	if (!error)
		error = dirty_track_table(uapi, domain);
	if (!error)
		error = space_table_fits(uapi, space, domain, errors);
	return error ? error : fill(uapi, domain, space_set(domain->space), space->owner);
}

static int add_domain(struct uapi *uapi, space_handle handle, uint16_t device, const struct space_errors *errors)
{
	uint16_t unit = uapi->machine->devices[device].iommu;
	struct driver *driver = uapi->drivers[unit];
	space_handle list = space_list_of(uapi, handle);
	struct space *space = space_of(uapi, list);
	uint32_t slot = arena_alloc(uapi->arena, uapi->space_domains);
	if (slot == ARENA_NONE)
		return -ENOMEM;
	struct space_domain *domain = space_domain_slot(uapi, slot);
	*domain = (struct space_domain){.space = list,
					.table = space_table_in(uapi, handle),
					.unit = unit,
					.device = table_owner(uapi, device)};
	int error = make_domain(uapi, handle, device, &domain->domain);
	if (error == -EOPNOTSUPP && space_table_original(uapi, domain))
		error = errors->unlike; /* that it could be made is not asked any more, only whether it fits */
	if (!error) {
		error = furnish(uapi, domain, errors);
		if (error)
			driver->ops->domain_free(driver, domain->domain);
	}
	if (error) {
		arena_release(uapi->arena, uapi->space_domains, slot);
		return error;
	}
	uint32_t *link = &space->domains;
	while (*link)
		link = &space_domain_slot(uapi, *link)->next;
	*link = slot;
	space_hint_reset(uapi, list);
	return 0;
}

static void settle_pins(struct uapi *uapi, space_handle handle)
{
	bool held = space_of(uapi, handle)->domains;
	struct area *area;
	for (uint32_t at = areas_seek(&uapi->areas, space_set(handle), 0);
	     (area = areas_at(&uapi->areas, space_set(handle), at)); at++) {
		if (held && !(area->flags & AREA_REVOKED))
			pin(uapi, area);
		else
			unpin(uapi, area);
	}
}

static int grown(struct uapi *uapi, space_handle handle, int error)
{
	if (error)
		space_shrink(uapi, handle);
	else
		settle_pins(uapi, space_list_of(uapi, handle));
	return error;
}

static int grow(struct uapi *uapi, space_handle handle, uint32_t group, const struct space_errors *errors)
{
	int error = 0;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++)
		if (uapi->devices[i].group == group && !space_domain_for(uapi, handle, (uint16_t)i))
			error = add_domain(uapi, handle, (uint16_t)i, errors);
	return grown(uapi, handle, error);
}

static int grow_for(struct uapi *uapi, space_handle handle, uint16_t device, const struct space_errors *errors)
{
	int error = space_domain_for(uapi, handle, device) ? 0 : add_domain(uapi, handle, device, errors);
	return grown(uapi, handle, error);
}

int space_grow(struct uapi *uapi, space_handle handle, uint32_t group, const struct space_errors *errors)
{
	space_handle parent = space_paging(uapi, handle);
	int error = parent == handle ? 0 : grow(uapi, parent, group, errors);
	return error ? error : grow(uapi, handle, group, errors);
}

int space_grow_for(struct uapi *uapi, space_handle handle, uint16_t device, const struct space_errors *errors)
{
	space_handle parent = space_paging(uapi, handle);
	int error = parent == handle ? 0 : grow_for(uapi, parent, device, errors);
	return error ? error : grow_for(uapi, handle, device, errors);
}

int space_make_table(struct uapi *uapi, space_handle table, uint16_t device, const struct space_errors *errors)
{
	return grow_for(uapi, table, device, errors);
}

/* A table of a space that is nested in this one's stands on it. */
static bool bears_nested(const struct uapi *uapi, const struct space_domain *domain)
{
	space_handle next = 0;
	while ((next = space_next(uapi, next))) {
		const struct space *space = space_of(uapi, next);
		if (!(space->flags & SPACE_NESTED) || space->parent != domain->space)
			continue;
		for (uint32_t slot = space->domains; slot; slot = space_domain_slot(uapi, slot)->next)
			if (space_domain_slot(uapi, slot)->unit == domain->unit &&
			    space_domain_slot(uapi, slot)->device == domain->device)
				return true;
	}
	return false;
}

/* The space whose table is under the space's own; 0: none. A page table that has a call of its own is under none. */
static space_handle inner_of(const struct uapi *uapi, space_handle handle)
{
	const struct space *space = space_of(uapi, handle);
	return space->flags & (SPACE_NESTED | SPACE_SHADOW) ? space->parent : 0;
}

/*
 * Attached, though perhaps not moved yet; an mdev is through its parent's PASID. What is attached to a nested space
 * needs the other's table too: it is not lost while a guest's stands on it, or the kernel composes from it.
 */
static bool device_needs(const struct uapi *uapi, uint16_t device, space_handle handle)
{
	uint32_t group = uapi->devices[device].group;
	if (group == GROUP_NONE)
		return false;
	space_handle space = uapi->devices[device].space;
	return (space && (space == handle || inner_of(uapi, space) == handle)) ||
	       (uapi->groups[group].state == GROUP_SPACE && uapi->groups[group].space == handle);
}

static bool needed(const struct uapi *uapi, const struct space_domain *domain)
{
	const struct space *space = space_of(uapi, domain->space);
	if (domain->table || space->kind == OBJECT_HWPT)
		return true; /* until it is destroyed */
	if (space->flags & SPACE_FURNISHED && domain == space_domain_slot(uapi, space->domains))
		return true;
	if (pasid_uses_domain(uapi, domain) || bears_nested(uapi, domain))
		return true;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->machine->devices[i].iommu == domain->unit &&
		    (domain->device == MACHINE_NONE || domain->device == i) &&
		    device_needs(uapi, (uint16_t)i, domain->space))
			return true;
	return false;
}

/*
 * A unit that still serves somebody from the table does not let it go: then it is emptied and kept aside. A kernel
 * would have freed it under the hardware's feet.
 */
static void drop_domain(struct uapi *uapi, uint32_t slot, uint32_t set)
{
	struct space_domain *domain = space_domain_slot(uapi, slot);
	struct driver *driver = uapi->drivers[domain->unit];
	if (driver->ops->domain_free(driver, domain->domain) == 0) {
		arena_release(uapi->arena, uapi->space_domains, slot);
		return;
	}
	leave(uapi, domain, set, 0, UINT64_MAX);
	domain->space = 0;
	domain->table = 0;
	domain->next = 0;
}

static void shrink(struct uapi *uapi, space_handle handle)
{
	uint32_t *link = &space_of(uapi, handle)->domains;
	while (*link) {
		uint32_t slot = *link;
		struct space_domain *domain = space_domain_slot(uapi, slot);
		if (needed(uapi, domain)) {
			link = &domain->next;
			continue;
		}
		*link = domain->next;
		drop_domain(uapi, slot, space_set(handle));
	}
	settle_pins(uapi, handle);
	space_hint_reset(uapi, handle);
}

void space_shrink(struct uapi *uapi, space_handle handle)
{
	for (; handle; handle = space_parent(uapi, handle))
		shrink(uapi, handle);
}

void space_drop_table(struct uapi *uapi, space_handle table)
{
	space_handle list = space_list_of(uapi, table), name = space_table_in(uapi, table);
	uint32_t *link = &space_of(uapi, list)->domains;
	while (*link) {
		uint32_t slot = *link;
		struct space_domain *domain = space_domain_slot(uapi, slot);
		if (domain->table != name) {
			link = &domain->next;
			continue;
		}
		*link = domain->next;
		drop_domain(uapi, slot, space_set(list));
	}
	settle_pins(uapi, list);
	space_hint_reset(uapi, list);
}

void space_sweep(struct uapi *uapi)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->space_domains, slot)) != ARENA_NONE) {
		const struct space_domain *domain = space_domain_slot(uapi, slot);
		struct driver *driver = uapi->drivers[domain->unit];
		if (!domain->space && driver->ops->domain_free(driver, domain->domain) == 0)
			arena_release(uapi->arena, uapi->space_domains, slot);
	}
}

/* --- mapping --- */

static void remove_areas(struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last, uint64_t *removed)
{
	uint32_t set = space_set(handle), at = areas_seek(&uapi->areas, set, first);
	uint64_t *hint = &uapi->books->space_hint[space_slot_of(handle) - 1];
	struct area *area;
	*removed = 0;
	while ((area = areas_at(&uapi->areas, set, at)) && area->iova <= last) {
		*removed += area->bytes;
		*hint = area->iova < *hint ? area->iova & ~(UNIT_PAGE_BYTES - 1) : *hint;
		unpin(uapi, area);
		areas_remove(&uapi->areas, at);
		space_of(uapi, handle)->areas--;
	}
}

/* Takes one area out of the first `count` page tables; nothing is waited for, since hardware never saw it. */
static void take_back(struct uapi *uapi, space_handle handle, const struct area *area, unsigned count)
{
	uint32_t slot = space_of(uapi, handle)->domains;
	for (unsigned i = 0; i < count; i++) {
		leave(uapi, space_domain_slot(uapi, slot), area->set, area->iova, area_last(area));
		slot = space_domain_slot(uapi, slot)->next;
	}
}

int space_map(struct uapi *uapi, space_handle handle, const struct area *wanted)
{
	struct space *space = space_of(uapi, handle);
	struct area area = *wanted;
	int error = space->domains ? space_backing(uapi, space->owner, wanted) : 0;
	if (error)
		return error;
	area.set = space_set(handle);
	struct area *slot = areas_insert(&uapi->areas, &area);
	if (!slot)
		return -ENOMEM;
	space->areas++;
	unsigned done = 0;
	for (uint32_t at = space->domains; at && !error; at = space_domain_slot(uapi, at)->next) {
		error = space_enter(uapi, space_domain_slot(uapi, at), slot);
		done += !error;
	}
	if (!error)
		error = shadow_gain(uapi, handle, area.iova, area_last(&area));
	if (error) {
		uint64_t removed;
		take_back(uapi, handle, slot, done);
		remove_areas(uapi, handle, area.iova, area_last(&area), &removed);
		return error;
	}
	if (space->domains)
		pin(uapi, slot);
	return 0;
}

/* Every area of [first, last] is in every page table again up to and including `until`. */
static void put_back(struct uapi *uapi, space_handle handle, uint32_t until, uint64_t first, uint64_t last)
{
	uint32_t set = space_set(handle), slot = space_of(uapi, handle)->domains;
	for (;; slot = space_domain_slot(uapi, slot)->next) {
		const struct area *area;
		for (uint32_t at = areas_seek(&uapi->areas, set, first);
		     (area = areas_at(&uapi->areas, set, at)) && area->iova <= last; at++)
			if (!(area->flags & AREA_REVOKED))
				space_enter(uapi, space_domain_slot(uapi, slot), area);
		if (slot == until)
			return;
	}
}

int space_unmap(struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last, uint64_t *unmapped)
{
	uint32_t set = space_set(handle);
	int followed = shadow_lose(uapi, handle, first, last);
	if (followed)
		return followed;
	struct dirty_report report = {.uapi = uapi, .space = handle};
	bool reports = dirty_unmap_reports(uapi, handle);
	for (uint32_t slot = space_of(uapi, handle)->domains; slot; slot = space_domain_slot(uapi, slot)->next) {
		int error = leave_and_report(uapi, space_domain_slot(uapi, slot), set, first, last,
					     reports ? &report : NULL);
		if (error) {
			put_back(uapi, handle, slot, first, last);
			shadow_gain(uapi, handle, first, last);
			return error;
		}
	}
	remove_areas(uapi, handle, first, last, unmapped);
	return 0;
}

static void revoke_in(struct uapi *uapi, space_handle handle, uint16_t device)
{
	uint32_t set = space_set(handle);
	struct area *area;
	for (uint32_t at = areas_seek(&uapi->areas, set, 0); (area = areas_at(&uapi->areas, set, at)); at++) {
		if (area->kind != UAPI_BAR || uapi->machine->bars[area->target].device != device)
			continue;
		shadow_drop(uapi, handle, area->iova, area_last(area));
		for (uint32_t slot = space_of(uapi, handle)->domains; slot; slot = space_domain_slot(uapi, slot)->next)
			leave(uapi, space_domain_slot(uapi, slot), set, area->iova, area_last(area));
		area->flags |= AREA_REVOKED;
	}
}

void space_revoke(struct uapi *uapi, uint16_t device)
{
	space_handle handle = 0;
	while ((handle = space_next(uapi, handle)))
		revoke_in(uapi, handle, device);
}
