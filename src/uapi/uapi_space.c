/* SPDX-License-Identifier: MIT */
/* The calls about address spaces and pages: dispatched, and what is the same for every front end. */
#include "uapi/boot.h"
#include "uapi/group.h"
#include "uapi/iova.h"
#include "uapi/kdma.h"
#include "uapi/mm.h"
#include "uapi/pasid.h"
#include "uapi/route.h"
#include "uapi/shadow.h"
#include "uapi/space_fit.h"

#include <errno.h>

/* --- address spaces --- */

/* Whether the space takes commands at all now is the same question for every front end. */
static int map_into(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		    uint64_t bytes, unsigned permissions)
{
	int error = route_commands(uapi, owner, space);
	if (!error)
		error = shadow_admits(uapi, owner, space, target, bytes);
	if (!error)
		error = space_permits(uapi, owner, space, permissions);
	if (!error)
		error = shadow_refresh(uapi, owner, space);
	return error ? error : uapi->front->map(uapi, owner, space, iova, target, bytes, permissions);
}

/* The owner's memory at its guest addresses. */
static int map_ram(struct uapi *uapi, uint16_t owner, space_handle space)
{
	int error = 0;
	for (uint32_t i = 0; i < uapi->machine->memory_count && !error; i++) {
		const struct machine_memory *row = &uapi->machine->memories[i];
		struct uapi_target target = {.kind = UAPI_MEMORY, .index = (uint16_t)i};
		if (uapi->memories[i].owner == owner)
			error = map_into(uapi, owner, space, row->gpa, target, row->bytes, UAPI_READ | UAPI_WRITE);
	}
	return error;
}

int uapi_space(struct uapi *uapi, uint16_t owner, const struct uapi_space_wish *wish, space_handle *out)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	if (!uapi->front->space)
		return -ENOTTY;
	error = uapi->front->space(uapi, owner,
				   (wish->ram ? SPACE_RAM : 0u) | (wish->pasid ? SPACE_PASID : 0u) |
					   (wish->faults ? SPACE_FAULTS : 0u) |
					   (wish->nest_parent && uapi->front->nest ? SPACE_PARENT : 0u),
				   out);
	if (!error && uapi->front->formats)
		space_of(uapi, *out)->pages = wish->page_lg2_mask;
	if (!error) {
		space_of(uapi, *out)->dirty = wish->dirty && uapi->front->dirty_tables ? SPACE_DIRTY_TABLES : 0;
		space_of(uapi, *out)->snoop = (uint8_t)wish->snoop;
		error = space_furnish(uapi, *out);
		if (error)
			space_free(uapi, *out);
	}
	if (error || !wish->ram || route_commands(uapi, owner, *out))
		return error;
	error = map_ram(uapi, owner, *out);
	if (error)
		space_free(uapi, *out);
	return error;
}

int uapi_destroy(struct uapi *uapi, uint16_t owner, space_handle space)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->front->destroy ? uapi->front->destroy(uapi, owner, space) : -ENOTTY;
}

/* The space is to have the owner's memory, and takes no mappings yet. */
static bool waits_for_ram(const struct uapi *uapi, uint16_t owner, space_handle space)
{
	const struct space *row = space_get(uapi, owner, space);
	return row && row->flags & SPACE_RAM && areas_empty(&uapi->areas, space_set(space)) &&
	       route_commands(uapi, owner, space);
}

static int give_ram(struct uapi *uapi, uint16_t owner, space_handle space)
{
	return route_commands(uapi, owner, space) ? 0 : map_ram(uapi, owner, space);
}

int uapi_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (!uapi->front->attach || device_kernel_driven(uapi, device))
		return -ENOTTY;
	bool ram = waits_for_ram(uapi, owner, space);
	error = uapi->front->attach(uapi, owner, device, space);
	if (error || !ram)
		return error;
	error = give_ram(uapi, owner, space);
	if (error)
		uapi->front->detach(uapi, owner, device);
	return error;
}

int uapi_detach(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (!uapi->front->detach || device_kernel_driven(uapi, device))
		return -ENOTTY;
	return uapi->front->detach(uapi, owner, device);
}

int uapi_replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (!uapi->front->replace || device_kernel_driven(uapi, device))
		return -ENOTTY;
	space_handle before = uapi->devices[device].space;
	bool ram = waits_for_ram(uapi, owner, space);
	error = uapi->front->replace(uapi, owner, device, space);
	if (error || !ram)
		return error;
	error = give_ram(uapi, owner, space);
	if (error)
		uapi->front->replace(uapi, owner, device, before);
	return error;
}

static int enter_pasid(struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (!uapi->front->attach_pasid || device_kernel_driven(uapi, device))
		return -ENOTTY;
	return pasid_is_usable(pasid) ? 0 : -EINVAL;
}

int uapi_attach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	int error = enter_pasid(uapi, device, pasid);
	if (error)
		return error;
	bool ram = waits_for_ram(uapi, owner, space);
	error = uapi->front->attach_pasid(uapi, owner, device, pasid, space);
	if (error || !ram)
		return error;
	error = give_ram(uapi, owner, space);
	if (error)
		uapi->front->detach_pasid(uapi, owner, device, pasid);
	return error;
}

int uapi_detach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	int error = enter_pasid(uapi, device, pasid);
	return error ? error : uapi->front->detach_pasid(uapi, owner, device, pasid);
}

int uapi_replace_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	int error = enter_pasid(uapi, device, pasid);
	return error ? error : uapi->front->replace_pasid(uapi, owner, device, pasid, space);
}

/* --- guests' first stages --- */

int uapi_nest(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
	      space_handle *out)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->front->nest ? uapi->front->nest(uapi, owner, parent, guest, out) : -ENOTTY;
}

int uapi_vdevice(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t id)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (!uapi->front->vdevice || !device_unit(uapi, device))
		return -ENOTTY;
	return uapi->front->vdevice(uapi, owner, device, id);
}

int uapi_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	int error = what->of == UAPI_OF_DEVICE ? uapi_enter_device(uapi, what->device) : boot_finish(uapi);
	if (error)
		return error;
	if (!uapi->front->invalidate || (what->of == UAPI_OF_DEVICE && !device_unit(uapi, what->device)))
		return -ENOTTY;
	return uapi->front->invalidate(uapi, owner, what);
}

int uapi_map(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
	     uint64_t bytes, unsigned permissions)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->front->map ? map_into(uapi, owner, space, iova, target, bytes, permissions) : -ENOTTY;
}

int uapi_unmap(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes, uint64_t *unmapped)
{
	int error = boot_finish(uapi);
	*unmapped = 0;
	if (!error && !uapi->front->unmap)
		error = -ENOTTY;
	if (!error)
		error = route_commands(uapi, owner, space);
	if (!error && bytes)
		error = shadow_forbids(uapi, owner, space, iova, iova + (bytes - 1));
	if (!error)
		error = shadow_refresh(uapi, owner, space);
	return error ? error : uapi->front->unmap(uapi, owner, space, iova, bytes, unmapped);
}

int uapi_copy(struct uapi *uapi, uint16_t owner, space_handle to, uint64_t to_iova, space_handle from,
	      uint64_t from_iova, uint64_t bytes, unsigned permissions)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	if (!uapi->front->copy)
		return -ENOTTY;
	return uapi->front->copy(uapi, owner, to, to_iova, from, from_iova, bytes, permissions);
}

/* --- mappings whose address the front end picks --- */

int uapi_allow(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->front->allow ? uapi->front->allow(uapi, owner, space, iova, bytes) : -ENOTTY;
}

int uapi_ranges(struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_ranges *out)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->front->ranges ? uapi->front->ranges(uapi, owner, space, out) : -ENOTTY;
}

int uapi_map_file(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		  uint64_t bytes, unsigned permissions)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	if (!uapi->front->map_file)
		return -ENOTTY;
	return uapi->front->map_file(uapi, owner, space, iova, target, bytes, permissions);
}

/* Where a map goes for what is attached there: a page table has no areas of its own. */
static space_handle served_from(const struct uapi *uapi, space_handle space)
{
	return space_of(uapi, space)->flags & SPACE_NESTED ? space : space_with_areas(uapi, space);
}

/* The space that serves the device, or its group, or the one that the owner gets for want of a better. */
static space_handle space_for(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	const struct uapi_device *state = &uapi->devices[device];
	if (state->space)
		return served_from(uapi, state->space);
	for (uint32_t i = 0; state->group != GROUP_NONE && i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == state->group && uapi->devices[i].space)
			return served_from(uapi, uapi->devices[i].space);
	return uapi->owners[owner].implied;
}

struct space_view {
	const struct uapi *uapi;
	space_handle space;
};

static bool avoid(void *context, uint64_t first, uint64_t last, uint64_t *end)
{
	const struct space_view *view = context;
	return space_reserved(view->uapi, view->space, first, last, end);
}

/* At least as aligned as what is mapped there can make use of, and no more than a 2 MiB page wants. */
static uint64_t alignment_for(const struct uapi *uapi, struct uapi_target target, uint64_t bytes)
{
	uint64_t base = target.offset + (target.kind == UAPI_MEMORY ? uapi->machine->memories[target.index].va
								    : uapi->machine->bars[target.index].bus);
	uint64_t alignment = UNIT_PAGE_BYTES;
	while (alignment < bytes && alignment < UINT64_C(1) << 21 && !(base & alignment))
		alignment <<= 1;
	return alignment;
}

static int map_anywhere(struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_target target,
			uint64_t bytes, unsigned permissions, uint64_t *iova)
{
	struct space_view view = {.uapi = uapi, .space = space};
	struct iova_wish wish = {.set = space_set(space),
				 .bytes = bytes,
				 .align = alignment_for(uapi, target, bytes),
				 .avoid = avoid,
				 .context = &view};
	if (!bytes)
		return -EINVAL;
	space_bounds(uapi, space, &wish.first, &wish.last);
	space_allows(uapi, space, &wish.first, &wish.last);
	uint64_t *hint = &uapi->books->space_hint[space_slot_of(space) - 1];
	if (!iova_pick(&uapi->areas, &wish, hint, iova))
		return -ENOSPC;
	int error = map_into(uapi, owner, space, *iova, target, bytes, permissions);
	if (error)
		space_hint_reset(uapi, space);
	return error;
}

static int user_map(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_target target, uint64_t bytes,
		    unsigned permissions, uint64_t *iova, space_handle *out)
{
	space_handle attached = uapi->devices[device].space, space = space_for(uapi, owner, device), made = 0;
	int error = 0;
	if (uapi->devices[device].user != owner)
		return -EINVAL;
	if (!space) {
		error = uapi->front->space(uapi, owner, SPACE_IMPLIED, &made);
		space = made;
		error = error ? error : space_furnish(uapi, made);
	}
	if (!error && !attached)
		error = uapi->front->attach(uapi, owner, device, space);
	if (!error) {
		error = map_anywhere(uapi, owner, space, target, bytes, permissions, iova);
		if (error && !attached)
			uapi->front->detach(uapi, owner, device);
	}
	if (error && made && !space_in_use(uapi, made))
		space_free(uapi, made);
	else if (made) /* in use after an error: the unit would not let the device go again */
		uapi->owners[owner].implied = made;
	*out = error ? 0 : space;
	return error;
}

int uapi_dma_map(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_target target, uint64_t bytes,
		 unsigned permissions, uint64_t *iova, space_handle *space)
{
	int error = uapi_enter_device(uapi, device);
	*space = 0;
	if (error)
		return error;
	if (device_kernel_driven(uapi, device))
		return kdma_map(uapi, owner, device, target, bytes, permissions, iova);
	if (!uapi->front->map)
		return -ENOTTY;
	return user_map(uapi, owner, device, target, bytes, permissions, iova, space);
}

int uapi_dma_unmap(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space, uint64_t iova,
		   uint64_t bytes)
{
	int error = uapi_enter_device(uapi, device);
	uint64_t unmapped;
	if (error)
		return error;
	if (!space)
		return kdma_unmap(uapi, owner, device, iova, bytes);
	return uapi_unmap(uapi, owner, space, iova, bytes, &unmapped);
}

int uapi_dma_sync(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space, uint64_t iova, uint64_t bytes,
		  bool for_device)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	return space ? -ENOTTY : kdma_sync(uapi, owner, device, iova, bytes, for_device);
}

int uapi_deferred_flush(struct uapi *uapi)
{
	int error = boot_finish(uapi);
	return error ? error : kdma_flush(uapi);
}

/* --- pages --- */

int uapi_page_release(struct uapi *uapi, uint16_t memory)
{
	IOSIM_ASSERT(memory < uapi->machine->memory_count);
	int error = boot_finish(uapi);
	if (error)
		return error;
	const struct uapi_memory *row = &uapi->memories[memory];
	if (row->pins || row->dma_maps || row->shared || mm_maps(uapi, memory))
		return -EBUSY;
	uapi->memories[memory].owner = MACHINE_NONE;
	return 0;
}

void uapi_page_given(struct uapi *uapi, uint16_t memory, uint16_t owner)
{
	IOSIM_ASSERT(memory < uapi->machine->memory_count && owner < uapi->machine->owner_count);
	uapi->memories[memory].owner = owner;
	uapi->memories[memory].given = true;
	/* Nothing says where it is in the next owner's address space. */
	uapi->memories[memory].unmapped = true;
	uapi->memories[memory].faulted_in = false;
	uapi->memories[memory].taken_out = false;
}

/* --- looking --- */

static bool known(const struct uapi *uapi, space_handle space)
{
	space_handle handle = 0;
	while ((handle = space_next(uapi, handle)))
		if (handle == space)
			return true;
	return false;
}

uint32_t uapi_space_page_tables(struct uapi *uapi, space_handle space)
{
	uint32_t count = 0;
	if (!known(uapi, space))
		return 0;
	if (space_list_of(uapi, space) != space) {
		for (uint32_t slot = 0; (slot = space_next_table(uapi, space, slot));)
			count++;
		return count;
	}
	for (uint32_t slot = space_of(uapi, space)->domains; slot; slot = space_domain_slot(uapi, slot)->next)
		count++;
	return count;
}

uint64_t uapi_space_map_calls(struct uapi *uapi, space_handle space)
{
	return known(uapi, space) ? uapi->map_calls[space_slot_of(space) - 1] : 0;
}

bool uapi_memory_pinned(struct uapi *uapi, uint16_t memory)
{
	IOSIM_ASSERT(memory < uapi->machine->memory_count);
	return uapi->memories[memory].pins > 0;
}

unsigned uapi_group(struct uapi *uapi, uint16_t device, uint16_t *members, unsigned max)
{
	IOSIM_ASSERT(device < uapi->machine->device_count);
	return group_list(uapi, device, members, max);
}

static enum uapi_domain_role role_of_default(const struct uapi *uapi, uint16_t iommu, domain_handle domain)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE)
		if (dma_domain_slot(uapi, slot)->unit == iommu && dma_domain_slot(uapi, slot)->domain == domain)
			return UAPI_DOMAIN_DEFAULT;
	return UAPI_DOMAIN_UNKNOWN;
}

enum uapi_domain_role uapi_domain_role(struct uapi *uapi, uint16_t iommu, domain_handle domain, space_handle *space)
{
	uint32_t slot = 0;
	*space = 0;
	if (!domain)
		return UAPI_DOMAIN_UNKNOWN;
	if (domain == uapi->units[iommu].identity)
		return UAPI_DOMAIN_IDENTITY;
	if (domain == uapi->units[iommu].blocking)
		return UAPI_DOMAIN_BLOCKING;
	while ((slot = arena_next(uapi->arena, uapi->space_domains, slot)) != ARENA_NONE) {
		const struct space_domain *row = space_domain_slot(uapi, slot);
		if (row->unit != iommu || row->domain != domain)
			continue;
		if (!row->space)
			return UAPI_DOMAIN_GIVEN_UP;
		if (space_of(uapi, row->space)->flags & SPACE_THROW_AWAY)
			return UAPI_DOMAIN_BLOCKING;
		*space = row->space;
		return UAPI_DOMAIN_SPACE;
	}
	return role_of_default(uapi, iommu, domain);
}
