/* SPDX-License-Identifier: MIT */
#include "uapi/dirty.h"

#include "uapi/boot.h"
#include "uapi/route.h"
#include "uapi/space_fit.h"

#include <errno.h>

#define PAGE_MASK (UNIT_PAGE_BYTES - 1)

/* --- the calls --- */

int uapi_dirty_start(struct uapi *uapi, uint16_t owner, space_handle space)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->front->dirty_start ? uapi->front->dirty_start(uapi, owner, space) : -ENOTTY;
}

int uapi_dirty_read(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear, bool *dirty)
{
	int error = boot_finish(uapi);
	*dirty = false;
	if (error)
		return error;
	return uapi->front->dirty_read ? uapi->front->dirty_read(uapi, owner, space, iova & ~PAGE_MASK, clear, dirty)
				       : -ENOTTY;
}

/* --- page tables --- */

void dirty_report_leaf(void *context, const struct pt_leaf *leaf)
{
	const struct dirty_report *report = context;
	const struct uapi_platform *platform = &report->uapi->platform;
	if (platform->written)
		platform->written(platform->context, report->space, leaf->iova, UINT64_C(1) << leaf->lg2);
}

bool dirty_unmap_reports(const struct uapi *uapi, space_handle space)
{
	return space_of(uapi, space)->dirty & SPACE_DIRTY_TRACKING &&
	       uapi->rules.value[KNOB_DIRTY_RACE] == DIRTY_RACE_HOST_PROMISE;
}

static void nobody_asks(void *context, const struct pt_leaf *leaf)
{
	(void)context;
	(void)leaf;
}

static void was_dirty(void *context, const struct pt_leaf *leaf)
{
	(void)leaf;
	*(bool *)context = true;
}

/* The areas of [first, last] that the table holds, and waits where something was cleared. */
static int read_areas(struct uapi *uapi, const struct space_domain *domain, uint64_t first, uint64_t last, bool clear,
		      pt_leaf_fn dirty, void *context)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct gather gather = {.domain = domain->domain};
	uint32_t set = space_set(domain->space);
	const struct area *area;
	int error = 0;
	for (uint32_t at = areas_seek(&uapi->areas, set, first);
	     !error && (area = areas_at(&uapi->areas, set, at)) && area->iova <= last; at++) {
		uint64_t from = area->iova > first ? area->iova : first;
		uint64_t to = area_last(area) < last ? area_last(area) : last;
		if (!(area->flags & AREA_REVOKED))
			error = driver->ops->dirty_read(driver, domain->domain, from, to - from + 1, clear, dirty,
							context, &gather);
	}
	int waited = driver->ops->sync(driver, &gather);
	return error ? error : waited;
}

int dirty_track_table(struct uapi *uapi, const struct space_domain *domain)
{
	struct driver *driver = uapi->drivers[domain->unit];
	return space_description(uapi, domain)->dirty == (SPACE_DIRTY_TABLES | SPACE_DIRTY_TRACKING)
		       ? driver->ops->dirty_track(driver, domain->domain, true)
		       : 0;
}

int dirty_track(struct uapi *uapi, space_handle handle)
{
	struct space *space = space_of(uapi, handle);
	int error = 0;
	for (uint32_t slot = 0; !error && (slot = space_next_table(uapi, handle, slot));) {
		const struct space_domain *domain = space_domain_slot(uapi, slot);
		struct driver *driver = uapi->drivers[domain->unit];
		error = read_areas(uapi, domain, 0, UINT64_MAX, true, nobody_asks, NULL);
		if (!error)
			error = driver->ops->dirty_track(driver, domain->domain, true);
	}
	if (!error)
		space->dirty |= SPACE_DIRTY_TRACKING;
	return error;
}

int dirty_of_tables(struct uapi *uapi, space_handle handle, uint64_t iova, bool clear, bool *dirty)
{
	int error = 0;
	for (uint32_t slot = 0; !error && (slot = space_next_table(uapi, handle, slot));)
		error = read_areas(uapi, space_domain_slot(uapi, slot), iova, iova | PAGE_MASK, clear, was_dirty,
				   dirty);
	return error;
}

/* The end of what begins there, as far as one area follows another. */
static bool last_before_gap(const struct uapi *uapi, space_handle space, uint64_t first, uint64_t *last)
{
	uint32_t set = space_set(space), at = areas_seek(&uapi->areas, set, first);
	const struct area *area = areas_at(&uapi->areas, set, at);
	if (!area || area->iova > first)
		return false;
	while (area_last(area) < *last) {
		const struct area *next = areas_at(&uapi->areas, set, ++at);
		if (!next || next->iova != area_last(area) + 1) {
			*last = area_last(area);
			return true;
		}
		area = next;
	}
	return true;
}

int dirty_of_range(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last, bool clear, pt_leaf_fn dirty,
		   void *context)
{
	int error = 0;
	for (uint32_t slot = 0; !error && (slot = space_next_table(uapi, space, slot));) {
		const struct space_domain *table = space_domain_slot(uapi, slot);
		uint64_t end = last;
		if (last_before_gap(uapi, table->space, first, &end))
			error = read_areas(uapi, table, first, end, clear, dirty, context);
	}
	return error;
}

/* --- pins --- */

static struct uapi_touched *touched_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->touched, slot);
}

static uint32_t find_touched(const struct uapi *uapi, space_handle space, uint64_t iova)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->touched, slot)) != ARENA_NONE)
		if (touched_slot(uapi, slot)->space == space && touched_slot(uapi, slot)->iova == iova)
			return slot;
	return ARENA_NONE;
}

void dirty_pinned(struct uapi *uapi, space_handle space, uint64_t iova)
{
	if (!(space_of(uapi, space)->dirty & SPACE_DIRTY_TRACKING) || find_touched(uapi, space, iova) != ARENA_NONE)
		return;
	uint32_t slot = arena_alloc(uapi->arena, uapi->touched);
	if (slot != ARENA_NONE)
		*touched_slot(uapi, slot) = (struct uapi_touched){.iova = iova, .space = space};
}

static bool is_pinned(const struct uapi *uapi, space_handle space, uint64_t iova)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->pins, slot)) != ARENA_NONE) {
		const struct uapi_pin *pin = arena_slot(uapi->arena, uapi->pins, slot);
		if (pin->space == space && pin->iova == iova)
			return true;
	}
	return false;
}

bool dirty_of_pins(struct uapi *uapi, space_handle space, uint64_t iova, bool clear)
{
	uint32_t slot = find_touched(uapi, space, iova);
	bool dirty = slot != ARENA_NONE || is_pinned(uapi, space, iova);
	if (clear && slot != ARENA_NONE)
		arena_release(uapi->arena, uapi->touched, slot);
	return dirty;
}

void dirty_forget_pins(struct uapi *uapi, space_handle space)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->touched, slot)) != ARENA_NONE)
		if (touched_slot(uapi, slot)->space == space)
			arena_release(uapi->arena, uapi->touched, slot);
}
