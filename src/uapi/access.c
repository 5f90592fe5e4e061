/* SPDX-License-Identifier: MIT */
#include "uapi/access.h"

#include "uapi/dirty.h"
#include "uapi/space.h"

#include <errno.h>

static struct uapi_pin *pin_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->pins, slot);
}

/* 0: none. */
static uint32_t find(const struct uapi *uapi, uint16_t device, uint64_t iova)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pins, slot)) != ARENA_NONE)
		if (pin_slot(uapi, slot)->device == device && pin_slot(uapi, slot)->iova == iova)
			return slot;
	return 0;
}

static bool lies_in(const struct uapi_pin *pin, space_handle space, uint64_t first, uint64_t last)
{
	return pin->space == space && pin->iova <= last && pin->iova + (UNIT_PAGE_BYTES - 1) >= first;
}

const struct area *access_area(const struct uapi *uapi, uint16_t device, uint64_t iova)
{
	space_handle space = uapi->devices[device].space;

	return space ? areas_overlap(&uapi->areas, space_set(space), iova, iova + (UNIT_PAGE_BYTES - 1)) : NULL;
}

int access_pin(struct uapi *uapi, uint16_t device, uint64_t iova, const struct area *area, struct uapi_target *target)
{
	space_handle space = uapi->devices[device].space;
	int error = area->kind == UAPI_MEMORY ? space_backing(uapi, space_of(uapi, space)->owner, area) : -EFAULT;
	uint32_t slot = find(uapi, device, iova);

	if (error)
		return error;
	if (!slot) {
		slot = arena_alloc(uapi->arena, uapi->pins);
		if (slot == ARENA_NONE)
			return -ENOMEM;
		*pin_slot(uapi, slot) =
			(struct uapi_pin){.iova = iova, .space = space, .device = device, .memory = area->target};
	}
	pin_slot(uapi, slot)->count++;
	uapi->memories[area->target].pins++;
	dirty_pinned(uapi, space, iova);
	*target = (struct uapi_target){.kind = UAPI_MEMORY,
				       .index = area->target,
				       .pinned = true,
				       .offset = area->offset + (iova - area->iova)};
	return 0;
}

static void drop_one(struct uapi *uapi, uint32_t slot)
{
	struct uapi_pin *pin = pin_slot(uapi, slot);

	uapi->memories[pin->memory].pins--;
	if (--pin->count == 0)
		arena_release(uapi->arena, uapi->pins, slot);
}

/* Somebody has a page of [first, last] pinned. */
static bool is_pinned(const struct uapi *uapi, space_handle space, uint64_t first, uint64_t last)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pins, slot)) != ARENA_NONE)
		if (lies_in(pin_slot(uapi, slot), space, first, last))
			return true;
	return false;
}

static bool device_pins(const struct uapi *uapi, uint16_t device, space_handle space, uint64_t first, uint64_t last)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pins, slot)) != ARENA_NONE)
		if (pin_slot(uapi, slot)->device == device && lies_in(pin_slot(uapi, slot), space, first, last))
			return true;
	return false;
}

bool access_let_go(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last, unsigned tries)
{
	const struct uapi_platform *platform = &uapi->platform;

	for (unsigned turn = 0; turn < tries && is_pinned(uapi, space, first, last); turn++)
		for (uint32_t i = 0; i < uapi->machine->device_count && platform->unmapping; i++)
			if (device_pins(uapi, (uint16_t)i, space, first, last))
				platform->unmapping(platform->context, (uint16_t)i, first, last);
	return !is_pinned(uapi, space, first, last);
}

void access_deny(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last)
{
	struct area *area;

	for (uint32_t at = areas_seek(&uapi->areas, space_set(space), first);
	     (area = areas_at(&uapi->areas, space_set(space), at)) && area->iova <= last; at++)
		if (is_pinned(uapi, space, area->iova, area_last(area)))
			area->flags |= AREA_DENIES;
}

void access_end(struct uapi *uapi, uint16_t device)
{
	const struct uapi_platform *platform = &uapi->platform;
	uint32_t slot = 0;

	if (platform->closing)
		platform->closing(platform->context, device);
	while ((slot = arena_next(uapi->arena, uapi->pins, slot)) != ARENA_NONE)
		while (arena_live(uapi->arena, uapi->pins, slot) && pin_slot(uapi, slot)->device == device)
			drop_one(uapi, slot);
}

/* --- calls --- */

int access_may_pin(struct uapi *uapi, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);

	if (error)
		return error;
	if (!uapi->front->pin || !device_is_mdev(uapi, device))
		return -ENOTTY;
	if (!device_kernel_driven(uapi, uapi->machine->devices[device].parent))
		return -ENODEV;
	return uapi->devices[device].user == MACHINE_NONE ? -EINVAL : 0;
}

int uapi_pin(struct uapi *uapi, uint16_t device, uint64_t iova, unsigned permissions, struct uapi_target *target)
{
	int error = access_may_pin(uapi, device);

	*target = (struct uapi_target){.kind = UAPI_MEMORY};
	return error ? error : uapi->front->pin(uapi, device, iova & ~(UNIT_PAGE_BYTES - 1), permissions, target);
}

int uapi_unpin(struct uapi *uapi, uint16_t device, uint64_t iova)
{
	int error = access_may_pin(uapi, device);
	uint32_t slot = error ? 0 : find(uapi, device, iova & ~(UNIT_PAGE_BYTES - 1));

	if (!error && !slot)
		error = -EINVAL;
	if (!error)
		drop_one(uapi, slot);
	return error;
}

uint64_t uapi_space_pins(struct uapi *uapi, space_handle space)
{
	uint64_t count = 0;
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pins, slot)) != ARENA_NONE)
		if (pin_slot(uapi, slot)->space == space)
			count += pin_slot(uapi, slot)->count;
	return count;
}
