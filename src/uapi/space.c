/* SPDX-License-Identifier: MIT */
#include "uapi/space.h"

#include "uapi/dirty.h"
#include "uapi/domain.h"
#include "uapi/group.h"
#include "uapi/pasid.h"
#include "uapi/plugin.h"

#include <errno.h>

#define SLOT_BITS 13u /* of a handle; the rest counts how often the slot was used, so that stale handles are known */
#define SLOT_MASK ((UINT32_C(1) << SLOT_BITS) - 1)

_Static_assert(UAPI_MAX_SPACES <= SLOT_MASK, "a slot must fit into a handle");

uint32_t space_slot_of(space_handle handle)
{
	return handle & SLOT_MASK;
}

static space_handle handle_of(const struct uapi *uapi, uint32_t slot)
{
	return uapi->books->space_turn[slot - 1] << SLOT_BITS | slot;
}

static bool live(const struct uapi *uapi, space_handle handle)
{
	return arena_live(uapi->arena, uapi->spaces, space_slot_of(handle)) &&
	       handle_of(uapi, space_slot_of(handle)) == handle;
}

struct space *space_of(const struct uapi *uapi, space_handle handle)
{
	IOSIM_ASSERT(live(uapi, handle));
	return space_slot(uapi, space_slot_of(handle));
}

struct space *space_get(const struct uapi *uapi, uint16_t owner, space_handle handle)
{
	struct space *space = live(uapi, handle) ? space_slot(uapi, space_slot_of(handle)) : NULL;
	return space && space->owner == owner ? space : NULL;
}

uint32_t space_set(space_handle handle)
{
	return area_set(AREA_SET_SPACE, space_slot_of(handle));
}

space_handle space_next(const struct uapi *uapi, space_handle handle)
{
	uint32_t slot = arena_next(uapi->arena, uapi->spaces, space_slot_of(handle));
	return slot == ARENA_NONE ? 0 : handle_of(uapi, slot);
}

int space_new(struct uapi *uapi, uint16_t owner, unsigned flags, space_handle *out)
{
	uint32_t slot = arena_alloc(uapi->arena, uapi->spaces);
	if (slot == ARENA_NONE)
		return -ENOMEM;
	struct space *space = space_slot(uapi, slot);
	space->owner = owner;
	space->flags = (uint16_t)flags;
	plugin_clear_space(uapi, slot);
	uapi->map_calls[slot - 1] = 0;
	*out = handle_of(uapi, slot);
	return 0;
}

int space_nest(struct uapi *uapi, space_handle parent, const struct domain_guest *guest, space_handle *out)
{
	unsigned flags = (guest ? SPACE_NESTED : SPACE_SHADOW) | (space_of(uapi, parent)->flags & SPACE_PASID);
	int error = space_new(uapi, space_of(uapi, parent)->owner, flags, out);
	if (error)
		return error;
	struct space *space = space_of(uapi, *out);
	space->parent = parent;
	if (!guest)
		return 0;
	/* One by one: equal states have equal bytes, padding too. */
	space->guest.root = guest->root;
	space->guest.address_width = guest->address_width;
	space->guest.ste[0] = guest->ste[0];
	space->guest.ste[1] = guest->ste[1];
	return 0;
}

space_handle space_paging(const struct uapi *uapi, space_handle handle)
{
	const struct space *space = space_of(uapi, handle);
	return space->flags & SPACE_NESTED ? space->parent : handle;
}

space_handle space_parent(const struct uapi *uapi, space_handle handle)
{
	return space_of(uapi, handle)->parent;
}

space_handle space_with_areas(const struct uapi *uapi, space_handle handle)
{
	handle = space_paging(uapi, handle);
	return space_of(uapi, handle)->kind == OBJECT_HWPT ? space_parent(uapi, handle) : handle;
}

/* At most: a guest's table, the table that it is nested in, and the space of that. */
bool space_is_in(const struct uapi *uapi, space_handle handle, space_handle outer)
{
	while (handle && handle != outer)
		handle = space_parent(uapi, handle);
	return handle != 0;
}

static bool has_children(const struct uapi *uapi, space_handle handle)
{
	space_handle next = 0;
	while ((next = space_next(uapi, next))) {
		const struct space *space = space_of(uapi, next);
		if (space->parent == handle || space->viommu == handle || space->queue == handle)
			return true;
	}
	return false;
}

void space_free(struct uapi *uapi, space_handle handle)
{
	struct space *space = space_of(uapi, handle);
	IOSIM_ASSERT(!space_in_use(uapi, handle));
	group_forget_space(uapi, handle);
	if (space->kind == OBJECT_HWPT)
		space_drop_table(uapi, handle);
	space->flags &= (uint16_t)~SPACE_FURNISHED;
	space_shrink(uapi, handle);
	dirty_forget_pins(uapi, handle);
	while (space->areas) {
		areas_remove(&uapi->areas, areas_seek(&uapi->areas, space_set(handle), 0));
		space->areas--;
	}
	if (uapi->owners[space->owner].implied == handle)
		uapi->owners[space->owner].implied = 0;
	space_hint_reset(uapi, handle);
	/* Nobody holds the handle of a throw-away container. */
	bool named = !(space->flags & SPACE_THROW_AWAY);
	uint32_t *turn = &uapi->books->space_turn[space_slot_of(handle) - 1];
	plugin_clear_space(uapi, space_slot_of(handle));
	arena_release(uapi->arena, uapi->spaces, space_slot_of(handle));
	*turn = (*turn + named) & (UINT32_MAX >> SLOT_BITS);
}

bool space_in_use(const struct uapi *uapi, space_handle handle)
{
	if (space_of(uapi, handle)->emulated || has_children(uapi, handle))
		return true;
	for (uint32_t i = 0; i < uapi->machine->iommu_count; i++)
		if (pasid_uses_space(uapi, handle, (uint16_t)i))
			return true;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		uint32_t group = uapi->devices[i].group;
		if (uapi->devices[i].space == handle)
			return true;
		if (group != GROUP_NONE && uapi->groups[group].container == handle)
			return true;
	}
	return false;
}

/* --- addresses --- */

void space_bounds(const struct uapi *uapi, space_handle handle, uint64_t *first, uint64_t *last)
{
	*first = 0;
	*last = UINT64_MAX;
	for (uint32_t slot = space_of(uapi, handle)->domains; slot; slot = space_domain_slot(uapi, slot)->next) {
		const struct space_domain *domain = space_domain_slot(uapi, slot);
		struct driver *driver = uapi->drivers[domain->unit];
		struct domain_geometry geometry;
		driver->ops->domain_geometry(driver, domain->domain, &geometry);
		*first = geometry.first > *first ? geometry.first : *first;
		*last = geometry.last < *last ? geometry.last : *last;
	}
}

uint64_t space_smallest_page(const struct domain_geometry *geometry)
{
	return geometry->page_sizes ? geometry->page_sizes & -geometry->page_sizes : UNIT_PAGE_BYTES;
}

void space_allows(const struct uapi *uapi, space_handle handle, uint64_t *first, uint64_t *last)
{
	const struct space *space = space_of(uapi, handle);
	if (!space->allowed_last)
		return;
	*first = space->allowed_first > *first ? space->allowed_first : *first;
	*last = space->allowed_last < *last ? space->allowed_last : *last;
}

uint64_t space_alignment(const struct uapi *uapi, space_handle handle)
{
	const struct space *space = space_of(uapi, handle);
	uint64_t alignment = space->emulated || space->flags & SPACE_SMALL ? UNIT_PAGE_BYTES : 1;
	for (uint32_t slot = space->domains; slot; slot = space_domain_slot(uapi, slot)->next) {
		const struct space_domain *domain = space_domain_slot(uapi, slot);
		struct driver *driver = uapi->drivers[domain->unit];
		struct domain_geometry geometry;
		driver->ops->domain_geometry(driver, domain->domain, &geometry);
		if (space_smallest_page(&geometry) > alignment)
			alignment = space_smallest_page(&geometry);
	}
	return alignment;
}

bool space_aligned(const struct uapi *uapi, space_handle handle, uint64_t alignment)
{
	const struct area *area;
	for (uint32_t at = areas_seek(&uapi->areas, space_set(handle), 0);
	     (area = areas_at(&uapi->areas, space_set(handle), at)); at++)
		if ((area->iova | area->bytes | area->offset) & (alignment - 1))
			return false;
	return true;
}

static bool counts_for(const struct uapi *uapi, uint32_t device, space_handle handle)
{
	const struct uapi_device *state = &uapi->devices[device];
	if (state->group == GROUP_NONE)
		return false;
	return space_is_in(uapi, state->space, handle) || uapi->groups[state->group].container == handle ||
	       group_is_back_in(uapi, state->group, handle);
}

bool space_reserved(const struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last, uint64_t *end)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (counts_for(uapi, i, handle) && device_reserves(uapi, (uint16_t)i, first, last, end))
			return true;
	return false;
}

bool space_clear_for(const struct uapi *uapi, space_handle handle, uint16_t device)
{
	const struct area *area;
	uint64_t end;
	handle = space_with_areas(uapi, handle);
	const struct space *space = space_of(uapi, handle);
	if (space->allowed_last && device_reserves(uapi, device, space->allowed_first, space->allowed_last, &end))
		return false;
	for (uint32_t at = areas_seek(&uapi->areas, space_set(handle), 0);
	     (area = areas_at(&uapi->areas, space_set(handle), at)); at++)
		if (device_reserves(uapi, device, area->iova, area_last(area), &end))
			return false;
	return true;
}

void space_hint_reset(struct uapi *uapi, space_handle handle)
{
	uapi->books->space_hint[space_slot_of(handle) - 1] = 0;
}

bool space_cuts(const struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last)
{
	const struct area *low = areas_overlap(&uapi->areas, space_set(handle), first, first);
	const struct area *high = areas_overlap(&uapi->areas, space_set(handle), last, last);
	return (low && low->iova < first) || (high && area_last(high) > last);
}

/* Some mdev's driver has a page in the area. */
static bool is_accessed(const struct uapi *uapi, space_handle handle, const struct area *area)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->pins, slot)) != ARENA_NONE) {
		const struct uapi_pin *pin = arena_slot(uapi->arena, uapi->pins, slot);
		if (pin->space == handle && area_overlaps(area, pin->iova, pin->iova))
			return true;
	}
	return false;
}

int space_cut(struct uapi *uapi, space_handle handle, uint64_t iova)
{
	uint32_t set = space_set(handle);
	const struct area *area = areas_overlap(&uapi->areas, set, iova, iova);
	if (!area || area->iova == iova)
		return 0;
	if (iova & (UNIT_PAGE_BYTES - 1) || is_accessed(uapi, handle, area))
		return -EINVAL;
	struct area low = *area, high = *area;
	low.bytes = iova - low.iova;
	high.iova = iova;
	high.bytes -= low.bytes;
	high.offset += low.bytes;
	areas_remove(&uapi->areas, areas_seek(&uapi->areas, set, iova));
	areas_insert(&uapi->areas, &low); /* where the whole one was */
	if (!areas_insert(&uapi->areas, &high)) {
		high.bytes += low.bytes; /* it is one again */
		high.iova = low.iova;
		high.offset = low.offset;
		areas_remove(&uapi->areas, areas_seek(&uapi->areas, set, low.iova));
		areas_insert(&uapi->areas, &high);
		return -ENOMEM;
	}
	space_of(uapi, handle)->areas++;
	if (high.flags & AREA_PINNED)
		uapi->memories[high.target].pins++;
	return 0;
}

/* --- memory --- */

static bool user_has_bar(const struct uapi *uapi, uint16_t owner, uint16_t bar)
{
	return uapi->devices[uapi->machine->bars[bar].device].user == owner;
}

static bool user_has_memory(const struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	uint16_t present = uapi->memories[memory].owner;
	if (present == owner || present == MACHINE_NONE)
		return true;
	return !uapi->memories[memory].given && owner < 64 &&
	       (uapi->machine->memories[memory].shared_with >> owner & 1);
}

int space_backing(const struct uapi *uapi, uint16_t owner, const struct area *area)
{
	bool memory = area->kind == UAPI_MEMORY;
	if (area->kind == UAPI_PARENT)
		return 0; /* the parent's areas have it, or not */
	uint64_t whole = memory ? uapi->machine->memories[area->target].bytes : uapi->machine->bars[area->target].bytes;
	if (area->flags & AREA_REVOKED)
		return -ENODEV;
	if (area->offset > whole || area->bytes > whole - area->offset)
		return -EFAULT;
	if (memory && !(area->flags & AREA_OF_FILE) && uapi->memories[area->target].owner == owner &&
	    uapi->memories[area->target].taken_out)
		return -EFAULT;
	if (memory)
		return user_has_memory(uapi, owner, area->target) ? 0 : -EFAULT;
	if (uapi->front->objects && !uapi_kernel_is(uapi, KERNEL_7_0))
		return -EFAULT; /* iommufd pins, and register pages have nothing to pin */
	return user_has_bar(uapi, owner, area->target) ? 0 : -EFAULT;
}

bool space_takes(const struct uapi *uapi, space_handle handle, enum iommu_kind kind, unsigned permissions)
{
	return permissions & UAPI_WRITE || kind != IOMMU_VTD || !(space_of(uapi, handle)->flags & SPACE_PARENT) ||
	       uapi->rules.value[KNOB_NEST_READONLY] == NEST_READONLY_ALLOW;
}

int space_permits(const struct uapi *uapi, uint16_t owner, space_handle handle, unsigned permissions)
{
	const struct space *space = space_get(uapi, owner, handle);
	if (!space || space->kind != OBJECT_SPACE)
		return 0; /* the call says so */
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		const struct driver *driver = device_unit(uapi, (uint16_t)i);
		if (driver && uapi->devices[i].user == owner &&
		    !space_takes(uapi, handle, driver->ops->kind, permissions))
			return -EINVAL;
	}
	return 0;
}
