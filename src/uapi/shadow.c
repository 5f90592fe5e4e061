/* SPDX-License-Identifier: MIT */
#include "uapi/shadow.h"

#include "uapi/space.h"

#include <errno.h>

static bool is_shadow(const struct space *space)
{
	return space && space->flags & SPACE_SHADOW;
}

/* The next child that the kernel composes with this parent, after `child` (0 to begin); 0 after the last. */
static space_handle next_child(const struct uapi *uapi, space_handle parent, space_handle child)
{
	while ((child = space_next(uapi, child)))
		if (is_shadow(space_of(uapi, child)) && space_parent(uapi, child) == parent)
			return child;
	return 0;
}

/* Areas of the set cover all of it. */
static bool covers(const struct uapi *uapi, uint32_t set, uint64_t first, uint64_t last)
{
	for (;;) {
		const struct area *area = areas_overlap(&uapi->areas, set, first, first);
		if (!area)
			return false;
		if (area_last(area) >= last)
			return true;
		first = area_last(area) + 1;
	}
}

int shadow_admits(const struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_target target,
		  uint64_t bytes)
{
	const struct space *row = space_get(uapi, owner, space);
	if (!row)
		return 0; /* the call says so */
	if (is_shadow(row) != (target.kind == UAPI_PARENT))
		return -EINVAL;
	if (target.kind != UAPI_PARENT || !bytes)
		return 0;
	uint64_t last = target.offset + (bytes - 1);
	return last >= target.offset && covers(uapi, space_set(row->parent), target.offset, last) ? 0 : -EINVAL;
}

/* --- pieces --- */

/* What the area makes of one of the parent's, within [first, last] of the parent's addresses. False: nothing. */
static bool piece_of(const struct area *area, const struct area *under, uint64_t first, uint64_t last,
		     struct area *piece)
{
	uint64_t end = area->offset + (area->bytes - 1);
	first = first > area->offset ? first : area->offset;
	first = first > under->iova ? first : under->iova;
	last = last < end ? last : end;
	last = last < area_last(under) ? last : area_last(under);
	*piece = *under;
	piece->permissions = under->permissions & area->permissions;
	if (first > last || !piece->permissions || under->flags & AREA_REVOKED)
		return false;
	piece->iova = area->iova + (first - area->offset);
	piece->offset = under->offset + (first - under->iova);
	piece->bytes = last - first + 1;
	return true;
}

static int take_out(struct uapi *uapi, const struct space_domain *domain, uint64_t iova, uint64_t bytes)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct gather gather = {.domain = domain->domain};
	int error = driver->ops->unmap(driver, domain->domain, iova, bytes, &gather);
	int waited = driver->ops->sync(driver, &gather);
	return error ? error : waited;
}

/* What of the area leads to [first, last] of the parent. */
static int enter_part(struct uapi *uapi, const struct space_domain *domain, const struct area *area, uint64_t first,
		      uint64_t last)
{
	uint32_t set = space_set(space_parent(uapi, domain->space));
	const struct area *under;
	struct area piece;
	uint64_t done = 0;
	int error = 0;
	first = first > area->offset ? first : area->offset;
	for (uint32_t at = areas_seek(&uapi->areas, set, first);
	     !error && (under = areas_at(&uapi->areas, set, at)) && under->iova <= last; at++) {
		if (!piece_of(area, under, first, last, &piece))
			continue;
		error = space_enter(uapi, domain, &piece);
		if (!error)
			done = piece.iova - area->iova + piece.bytes;
	}
	if (error && done) {
		uint64_t iova = area->iova + (first - area->offset);
		take_out(uapi, domain, iova, area->iova + done - iova);
	}
	return error;
}

int shadow_enter(struct uapi *uapi, const struct space_domain *domain, const struct area *area)
{
	return enter_part(uapi, domain, area, 0, UINT64_MAX);
}

/* The addresses of the area that lead to [first, last] of the parent; false: none. */
static bool part_of(const struct area *area, uint64_t first, uint64_t last, uint64_t *iova, uint64_t *bytes)
{
	uint64_t end = area->offset + (area->bytes - 1);
	if (area->offset > last || end < first)
		return false;
	first = first > area->offset ? first : area->offset;
	last = last < end ? last : end;
	*iova = area->iova + (first - area->offset);
	*bytes = last - first + 1;
	return true;
}

/* --- a parent changes --- */

int shadow_forbids(const struct uapi *uapi, uint16_t owner, space_handle space, uint64_t first, uint64_t last)
{
	space_handle child = 0;
	uint64_t iova, bytes;
	if (uapi->rules.value[KNOB_PARENT_CHANGE] != PARENT_CHANGE_FORBID || !space_get(uapi, owner, space))
		return 0;
	while ((child = next_child(uapi, space, child))) {
		const struct area *area;
		for (uint32_t at = areas_seek(&uapi->areas, space_set(child), 0);
		     (area = areas_at(&uapi->areas, space_set(child), at)); at++)
			if (part_of(area, first, last, &iova, &bytes))
				return -EBUSY;
	}
	return 0;
}

/* Into one page table of a child. */
static int gain_in(struct uapi *uapi, const struct space_domain *domain, uint64_t first, uint64_t last)
{
	uint32_t set = space_set(domain->space);
	const struct area *area;
	int error = 0;
	for (uint32_t at = areas_seek(&uapi->areas, set, 0); !error && (area = areas_at(&uapi->areas, set, at)); at++)
		error = enter_part(uapi, domain, area, first, last);
	return error;
}

/*
 * Out of one page table of a child. With FLUSH_OWN nothing of the child's is invalidated: what the unit has cached of
 * it serves on, and its driver frees table pages with the next invalidation of the child.
 */
static int lose_in(struct uapi *uapi, const struct space_domain *domain, uint64_t first, uint64_t last, bool flush)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct gather gather = {.domain = domain->domain};
	uint32_t set = space_set(domain->space);
	const struct area *area;
	uint64_t iova, bytes;
	int error = 0;
	for (uint32_t at = areas_seek(&uapi->areas, set, 0); (area = areas_at(&uapi->areas, set, at)); at++) {
		if (!part_of(area, first, last, &iova, &bytes))
			continue;
		int failed = driver->ops->unmap(driver, domain->domain, iova, bytes, &gather);
		error = error ? error : failed;
	}
	int waited = flush ? driver->ops->sync(driver, &gather) : 0;
	return error ? error : waited;
}

static int lose_anyway(struct uapi *uapi, space_handle parent, uint64_t first, uint64_t last, bool flush)
{
	space_handle child = 0;
	int error = 0;
	while ((child = next_child(uapi, parent, child)))
		for (uint32_t slot = space_of(uapi, child)->domains; slot; slot = space_domain_slot(uapi, slot)->next) {
			int failed = lose_in(uapi, space_domain_slot(uapi, slot), first, last, flush);
			error = error ? error : failed;
		}
	return error;
}

static bool follow_at_once(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_PARENT_CHANGE] != PARENT_CHANGE_LAZY;
}

int shadow_gain(struct uapi *uapi, space_handle parent, uint64_t first, uint64_t last)
{
	space_handle child = 0;
	int error = 0;
	if (!follow_at_once(uapi))
		return 0;
	while (!error && (child = next_child(uapi, parent, child)))
		for (uint32_t slot = space_of(uapi, child)->domains; slot && !error;
		     slot = space_domain_slot(uapi, slot)->next)
			error = gain_in(uapi, space_domain_slot(uapi, slot), first, last);
	if (error)
		lose_anyway(uapi, parent, first, last, true);
	return error;
}

int shadow_lose(struct uapi *uapi, space_handle parent, uint64_t first, uint64_t last)
{
	bool flush = uapi->rules.value[KNOB_FLUSH_SCOPE] == FLUSH_CHILDREN;
	if (!follow_at_once(uapi))
		return 0;
	int error = lose_anyway(uapi, parent, first, last, flush);
	if (error) {
		lose_anyway(uapi, parent, first, last, flush); /* nothing of it twice */
		shadow_gain(uapi, parent, first, last);
	}
	return error;
}

void shadow_drop(struct uapi *uapi, space_handle parent, uint64_t first, uint64_t last)
{
	lose_anyway(uapi, parent, first, last, true);
}

/* --- a child changes --- */

int shadow_refresh(struct uapi *uapi, uint16_t owner, space_handle space)
{
	const struct space *row = space_get(uapi, owner, space);
	int error = 0;
	if (!is_shadow(row) || follow_at_once(uapi))
		return 0;
	for (uint32_t slot = row->domains; slot && !error; slot = space_domain_slot(uapi, slot)->next) {
		const struct space_domain *domain = space_domain_slot(uapi, slot);
		error = lose_in(uapi, domain, 0, UINT64_MAX, true);
		int failed = gain_in(uapi, domain, 0, UINT64_MAX);
		error = error ? error : failed;
	}
	return error;
}
