/* SPDX-License-Identifier: MIT */
#include "uapi/mm.h"

#include "uapi/boot.h"
#include "uapi/fork.h"

#include <errno.h>

#define MM_PERMISSIONS (UAPI_READ | UAPI_WRITE)

static struct uapi_mm *mm_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->mms, slot);
}

static uint32_t find(const struct uapi *uapi, uint16_t owner, uint16_t unit)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		if (mm_slot(uapi, slot)->owner == owner && mm_slot(uapi, slot)->unit == unit)
			return slot;
	return 0;
}

domain_handle mm_domain(const struct uapi *uapi, uint16_t owner, uint16_t unit)
{
	uint32_t slot = find(uapi, owner, unit);

	return slot ? mm_slot(uapi, slot)->domain : 0;
}

static bool is_resident(const struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	const struct uapi_memory *row = &uapi->memories[memory];

	return row->owner == owner && row->faulted_in && !row->unmapped;
}

bool mm_maps(const struct uapi *uapi, uint16_t memory)
{
	uint16_t owner = uapi->memories[memory].owner;
	uint32_t slot = 0;

	while (owner != MACHINE_NONE && (slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		if (mm_slot(uapi, slot)->owner == owner && is_resident(uapi, owner, memory))
			return true;
	return false;
}

/* --- tables --- */

static int enter(struct uapi *uapi, const struct uapi_mm *mm, uint16_t memory)
{
	const struct machine_memory *row = &uapi->machine->memories[memory];
	struct driver *driver = uapi->drivers[mm->unit];
	unsigned permissions = uapi->memories[memory].write_faults ? UAPI_READ : MM_PERMISSIONS;

	return driver->ops->map(driver, mm->domain, row->va, row->hpa, row->bytes, permissions);
}

/*
 * Out of the table first, then of what caches it (mmu_notifier); a time-out does not bring the pages back. Changes of
 * the kernel's own table notify nobody.
 */
static void leave(struct uapi *uapi, const struct uapi_mm *mm, uint16_t memory)
{
	const struct machine_memory *row = &uapi->machine->memories[memory];
	struct driver *driver = uapi->drivers[mm->unit];
	struct gather gather = {.domain = mm->domain};

	driver->ops->unmap(driver, mm->domain, row->va, row->bytes, &gather);
	if (mm->owner != MACHINE_HOST)
		driver->ops->sync(driver, &gather);
}

/* The kernel's table has all memory once more. */
static int enter_directly(struct uapi *uapi, const struct uapi_mm *mm, uint16_t memory)
{
	const struct machine_memory *row = &uapi->machine->memories[memory];
	struct driver *driver = uapi->drivers[mm->unit];

	return driver->ops->map(driver, mm->domain, LAYOUT_DIRECT_MAP + row->hpa, row->hpa, row->bytes, MM_PERMISSIONS);
}

static int fill(struct uapi *uapi, const struct uapi_mm *mm)
{
	int error = 0;

	for (uint32_t i = 0; i < uapi->machine->memory_count && !error; i++)
		if (is_resident(uapi, mm->owner, (uint16_t)i))
			error = enter(uapi, mm, (uint16_t)i);
	for (uint32_t i = 0; mm->owner == MACHINE_HOST && i < uapi->machine->memory_count && !error; i++)
		error = enter_directly(uapi, mm, (uint16_t)i);
	return error;
}

/* Tables that were kept aside, as far as their units let them go by now. */
static void sweep(struct uapi *uapi)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE) {
		const struct uapi_mm *mm = mm_slot(uapi, slot);
		struct driver *driver = uapi->drivers[mm->unit];
		if (mm->owner == MACHINE_NONE && driver->ops->domain_free(driver, mm->domain) == 0)
			arena_release(uapi->arena, uapi->mms, slot);
	}
}

static int make(struct uapi *uapi, uint16_t owner, uint16_t unit, uint32_t *out)
{
	struct driver *driver = uapi->drivers[unit];
	uint32_t slot = arena_alloc(uapi->arena, uapi->mms);

	if (slot == ARENA_NONE)
		return -ENOMEM;
	struct uapi_mm *mm = mm_slot(uapi, slot);
	*mm = (struct uapi_mm){.owner = owner, .unit = unit};
	int error = driver->ops->domain_alloc(driver, DOMAIN_SVA, &mm->domain);
	if (!error) {
		error = fill(uapi, mm);
		if (error)
			driver->ops->domain_free(driver, mm->domain);
	}
	if (error)
		arena_release(uapi->arena, uapi->mms, slot);
	*out = slot;
	return error;
}

int mm_get(struct uapi *uapi, uint16_t owner, uint16_t unit, domain_handle *domain)
{
	uint32_t slot = find(uapi, owner, unit);
	int error = slot ? 0 : make(uapi, owner, unit, &slot);

	if (error)
		return error;
	mm_slot(uapi, slot)->users++;
	*domain = mm_slot(uapi, slot)->domain;
	return 0;
}

void mm_put(struct uapi *uapi, uint16_t owner, uint16_t unit)
{
	uint32_t slot = find(uapi, owner, unit);
	struct uapi_mm *mm = mm_slot(uapi, slot);

	IOSIM_ASSERT(slot && mm->users);
	if (--mm->users == 0) {
		if (uapi->drivers[unit]->ops->domain_free(uapi->drivers[unit], mm->domain) == 0) {
			arena_release(uapi->arena, uapi->mms, slot);
		} else {
			for (uint32_t i = 0; i < uapi->machine->memory_count; i++)
				if (is_resident(uapi, owner, (uint16_t)i))
					leave(uapi, mm, (uint16_t)i);
			mm->owner = MACHINE_NONE;
		}
	}
	sweep(uapi);
}

/* --- pages --- */

/* The owner's object that has the virtual address; MACHINE_NONE: nothing is there. */
static uint16_t object_at(const struct uapi *uapi, uint16_t owner, uint64_t va)
{
	for (uint32_t i = 0; i < uapi->machine->memory_count; i++) {
		const struct machine_memory *row = &uapi->machine->memories[i];
		if (uapi->memories[i].owner == owner && !uapi->memories[i].unmapped && va >= row->va &&
		    va - row->va < row->bytes)
			return (uint16_t)i;
	}
	return MACHINE_NONE;
}

static int enter_all(struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	uint32_t slot = 0, done = 0;
	int error = 0;

	while (!error && (slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		if (mm_slot(uapi, slot)->owner == owner) {
			error = enter(uapi, mm_slot(uapi, slot), memory);
			done += !error;
		}
	slot = 0;
	while (error && done && (slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		if (mm_slot(uapi, slot)->owner == owner) {
			leave(uapi, mm_slot(uapi, slot), memory);
			done--;
		}
	return error;
}

void mm_leave(struct uapi *uapi, uint16_t memory)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		if (mm_slot(uapi, slot)->owner == uapi->memories[memory].owner)
			leave(uapi, mm_slot(uapi, slot), memory);
}

int mm_enter(struct uapi *uapi, uint16_t memory)
{
	return enter_all(uapi, uapi->memories[memory].owner, memory);
}

enum page_response_code mm_fault(struct uapi *uapi, uint16_t owner, uint64_t va, bool write)
{
	uint16_t memory = object_at(uapi, owner, va);

	if (memory == MACHINE_NONE)
		return PAGE_RESPONSE_INVALID;
	if (uapi->memories[memory].faulted_in && write && fork_write_fault(uapi, owner, memory))
		return PAGE_RESPONSE_INVALID;
	if (uapi->memories[memory].faulted_in)
		return PAGE_RESPONSE_SUCCESS;
	if (enter_all(uapi, owner, memory))
		return PAGE_RESPONSE_INVALID;
	uapi->memories[memory].faulted_in = true;
	return PAGE_RESPONSE_SUCCESS;
}

int uapi_munmap(struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	IOSIM_ASSERT(memory < uapi->machine->memory_count);
	struct uapi_memory *state = &uapi->memories[memory];
	int error = boot_finish(uapi);

	if (error)
		return error;
	if (state->owner != owner || state->unmapped)
		return -EINVAL;
	if (state->faulted_in)
		mm_leave(uapi, memory);
	state->unmapped = state->taken_out = true;
	state->faulted_in = false;
	return 0;
}
