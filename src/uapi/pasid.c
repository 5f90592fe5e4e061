/* SPDX-License-Identifier: MIT */
#include "uapi/pasid.h"

#include "uapi/boot.h"
#include "uapi/features.h"
#include "uapi/space.h"

#include <errno.h>

#define MM_PERMISSIONS (UAPI_READ | UAPI_WRITE)

static struct uapi_mm *mm_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->mms, slot);
}

static struct uapi_pending *pending_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->pending, slot);
}

static uint32_t stream_of(const struct uapi *uapi, uint16_t device)
{
	return uapi->machine->devices[device].stream;
}

uint32_t pasid_find(const struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE)
		if (pasid_slot(uapi, slot)->device == device && pasid_slot(uapi, slot)->pasid == pasid)
			return slot;
	return 0;
}

bool pasid_uses_space(const struct uapi *uapi, space_handle space, uint16_t unit)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->space == space && uapi->machine->devices[row->device].iommu == unit)
			return true;
	}
	return false;
}

/* --- processes' address spaces --- */

static uint32_t mm_find(const struct uapi *uapi, uint16_t owner, uint16_t unit)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		if (mm_slot(uapi, slot)->owner == owner && mm_slot(uapi, slot)->unit == unit)
			return slot;
	return 0;
}

static bool is_resident(const struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	const struct uapi_memory *row = &uapi->memories[memory];

	return row->owner == owner && row->faulted_in && !row->unmapped;
}

bool pasid_maps(const struct uapi *uapi, uint16_t memory)
{
	uint16_t owner = uapi->memories[memory].owner;
	uint32_t slot = 0;

	while (owner != MACHINE_NONE && (slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE)
		if (mm_slot(uapi, slot)->owner == owner && is_resident(uapi, owner, memory))
			return true;
	return false;
}

static int enter(struct uapi *uapi, const struct uapi_mm *mm, uint16_t memory)
{
	const struct machine_memory *row = &uapi->machine->memories[memory];
	struct driver *driver = uapi->drivers[mm->unit];

	return driver->ops->map(driver, mm->domain, row->va, row->hpa, row->bytes, MM_PERMISSIONS);
}

/* The page table of the owner's address space on the unit, with what is resident. */
static int mm_get(struct uapi *uapi, uint16_t owner, uint16_t unit, uint32_t *out)
{
	struct driver *driver = uapi->drivers[unit];
	uint32_t slot = mm_find(uapi, owner, unit);
	int error;

	*out = slot;
	if (slot)
		return 0;
	slot = arena_alloc(uapi->arena, uapi->mms);
	if (slot == ARENA_NONE)
		return -ENOMEM;
	struct uapi_mm *mm = mm_slot(uapi, slot);
	*mm = (struct uapi_mm){.owner = owner, .unit = unit};
	error = driver->ops->domain_alloc(driver, DOMAIN_SVA, &mm->domain);
	for (uint32_t i = 0; i < uapi->machine->memory_count && !error; i++)
		if (is_resident(uapi, owner, (uint16_t)i))
			error = enter(uapi, mm, (uint16_t)i);
	if (error) {
		if (mm->domain)
			driver->ops->domain_free(driver, mm->domain);
		arena_release(uapi->arena, uapi->mms, slot);
		return error;
	}
	*out = slot;
	return 0;
}

/* The last bond has gone. A unit that will not let the table go keeps it: a kernel frees it all the same. */
static void mm_put(struct uapi *uapi, uint32_t slot)
{
	struct uapi_mm *mm = mm_slot(uapi, slot);
	struct driver *driver = uapi->drivers[mm->unit];

	if (mm->users == 0 && driver->ops->domain_free(driver, mm->domain) == 0)
		arena_release(uapi->arena, uapi->mms, slot);
}

/* --- bonds --- */

static int add_bond(struct uapi *uapi, struct uapi_pasid bond, domain_handle domain)
{
	struct driver *driver = device_unit(uapi, bond.device);
	uint32_t slot;
	int error;

	if (pasid_find(uapi, bond.device, bond.pasid))
		return -EBUSY;
	slot = arena_alloc(uapi->arena, uapi->pasids);
	if (slot == ARENA_NONE)
		return -ENOMEM;
	error = driver->ops->attach_pasid(driver, stream_of(uapi, bond.device), bond.pasid, domain);
	if (error)
		arena_release(uapi->arena, uapi->pasids, slot);
	else
		*pasid_slot(uapi, slot) = bond;
	/* Beyond what the device or the unit can send: no PASID of theirs. */
	return error == -ENODEV ? -EINVAL : error;
}

int pasid_bind_space(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	uint16_t unit = uapi->machine->devices[device].iommu;
	struct uapi_pasid bond = {.pasid = pasid, .space = space, .device = device, .owner = owner};

	return add_bond(uapi, bond, space_domain_on(uapi, space, unit)->domain);
}

int pasid_move(struct uapi *uapi, uint32_t slot, space_handle space)
{
	struct uapi_pasid *bond = pasid_slot(uapi, slot);
	struct driver *driver = device_unit(uapi, bond->device);
	uint16_t unit = uapi->machine->devices[bond->device].iommu;
	int error = driver->ops->attach_pasid(driver, stream_of(uapi, bond->device), bond->pasid,
					      space_domain_on(uapi, space, unit)->domain);

	if (!error)
		bond->space = space;
	return error;
}

/* What serves the bond; 0: nothing any more. */
static domain_handle domain_of(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	uint16_t unit = uapi->machine->devices[bond->device].iommu;
	uint32_t mm;

	if (bond->space)
		return space_domain_on(uapi, bond->space, unit)->domain;
	mm = mm_find(uapi, bond->owner, unit);
	return mm ? mm_slot(uapi, mm)->domain : 0;
}

struct rest {
	struct uapi *uapi;
	struct driver *driver;
};

/* What was still queued for a PASID that goes is refused (drivers/iommu/io-pgfault.c). */
static void refuse(void *context, const struct driver_fault *fault)
{
	const struct rest *rest = context;

	if (fault->request.last || fault->stalled)
		rest->driver->ops->fault_respond(rest->driver, fault, PAGE_RESPONSE_INVALID);
}

static void drain(struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	struct driver *driver = device_unit(uapi, device);
	struct rest rest = {.uapi = uapi, .driver = driver};
	uint32_t slot = 0;

	if (!uapi->rules.value[KNOB_PRQ_DRAIN] || !driver->ops->drain)
		return;
	driver->ops->drain(driver, stream_of(uapi, device), pasid, refuse, &rest);
	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		const struct uapi_pending *row = pending_slot(uapi, slot);
		if (row->device != device || row->fault.request.pasid != pasid)
			continue;
		refuse(&rest, &row->fault);
		arena_release(uapi->arena, uapi->pending, slot);
	}
}

void pasid_unbind(struct uapi *uapi, uint32_t slot)
{
	struct uapi_pasid bond = *pasid_slot(uapi, slot);
	struct driver *driver = device_unit(uapi, bond.device);
	uint16_t unit = uapi->machine->devices[bond.device].iommu;
	uint32_t mm = bond.space ? 0 : mm_find(uapi, bond.owner, unit);

	driver->ops->attach_pasid(driver, stream_of(uapi, bond.device), bond.pasid, 0);
	arena_release(uapi->arena, uapi->pasids, slot);
	drain(uapi, bond.device, bond.pasid);
	if (mm) {
		mm_slot(uapi, mm)->users--;
		mm_put(uapi, mm);
	} else if (bond.space) {
		space_shrink(uapi, bond.space);
	}
}

void pasid_unbind_all(struct uapi *uapi, uint16_t device, uint16_t owner)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if ((device == MACHINE_NONE || row->device == device) && (owner == MACHINE_NONE || row->owner == owner))
			pasid_unbind(uapi, slot);
	}
}

void pasid_park(struct uapi *uapi, uint16_t device)
{
	struct driver *driver = device_unit(uapi, device);
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE)
		if (pasid_slot(uapi, slot)->device == device)
			driver->ops->attach_pasid(driver, stream_of(uapi, device), pasid_slot(uapi, slot)->pasid, 0);
}

void pasid_unpark(struct uapi *uapi, uint16_t device)
{
	struct driver *driver = device_unit(uapi, device);
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->device == device)
			driver->ops->attach_pasid(driver, stream_of(uapi, device), row->pasid, domain_of(uapi, row));
	}
}

/* --- calls --- */

int uapi_sva_bind(struct uapi *uapi, uint16_t device, uint32_t pasid, uint16_t mm)
{
	int error = uapi_enter_device(uapi, device);
	struct uapi_pasid bond = {.pasid = pasid, .device = device, .owner = mm};
	uint32_t slot;

	if (error)
		return error;
	if (uapi->devices[device].user != MACHINE_NONE)
		return -ENOTTY;
	if (!device_kernel_driven(uapi, device) || uapi->devices[device].home == GROUP_NONE)
		return -ENODEV;
	if (!features_have(uapi, device, FEATURE_PASID) || !device_unit(uapi, device)->ops->attach_pasid)
		return -EINVAL;
	if (uapi->devices[device].resetting || pasid_find(uapi, device, pasid))
		return -EBUSY;
	features_want_faults(uapi, device);
	error = mm_get(uapi, mm, uapi->machine->devices[device].iommu, &slot);
	if (error)
		return error;
	error = add_bond(uapi, bond, mm_slot(uapi, slot)->domain);
	if (!error)
		mm_slot(uapi, slot)->users++;
	mm_put(uapi, slot);
	return error;
}

int uapi_sva_unbind(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	int error = uapi_enter_device(uapi, device);
	uint32_t slot = error ? 0 : pasid_find(uapi, device, pasid);

	if (error)
		return error;
	if (!slot || pasid_slot(uapi, slot)->space || (owner != MACHINE_HOST && pasid_slot(uapi, slot)->owner != owner))
		return -EINVAL;
	pasid_unbind(uapi, slot);
	return 0;
}

int uapi_munmap(struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	const struct machine_memory *row = &uapi->machine->memories[memory];
	struct uapi_memory *state = &uapi->memories[memory];
	int error = boot_finish(uapi);
	uint32_t slot = 0;

	if (error)
		return error;
	if (state->owner != owner || state->unmapped)
		return -EINVAL;
	/* The process's tables first, then what caches them (mmu_notifier); a time-out does not bring the page back. */
	while ((slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE) {
		const struct uapi_mm *mm = mm_slot(uapi, slot);
		struct driver *driver = uapi->drivers[mm->unit];
		struct gather gather = {.domain = mm->domain};
		if (mm->owner != owner || !state->faulted_in)
			continue;
		driver->ops->unmap(driver, mm->domain, row->va, row->bytes, &gather);
		driver->ops->sync(driver, &gather);
	}
	state->unmapped = true;
	state->faulted_in = false;
	return 0;
}

/* --- page requests --- */

static uint16_t device_by_stream(const struct uapi *uapi, uint16_t unit, uint32_t stream)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].home != GROUP_NONE && uapi->machine->devices[i].iommu == unit &&
		    uapi->machine->devices[i].stream == stream)
			return (uint16_t)i;
	return MACHINE_NONE;
}

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

/* As the CPU's page fault would be handled. */
static enum page_response_code fault_in(struct uapi *uapi, uint16_t owner, uint64_t va)
{
	uint16_t memory = object_at(uapi, owner, va);
	uint32_t slot = 0;
	int error = 0;

	if (memory == MACHINE_NONE)
		return PAGE_RESPONSE_INVALID;
	if (uapi->memories[memory].faulted_in)
		return PAGE_RESPONSE_SUCCESS;
	while ((slot = arena_next(uapi->arena, uapi->mms, slot)) != ARENA_NONE && !error)
		if (mm_slot(uapi, slot)->owner == owner)
			error = enter(uapi, mm_slot(uapi, slot), memory);
	if (error)
		return PAGE_RESPONSE_INVALID;
	uapi->memories[memory].faulted_in = true;
	return PAGE_RESPONSE_SUCCESS;
}

static void answer(struct uapi *uapi, struct driver *driver, const struct uapi_answer *answer)
{
	const struct uapi_platform *platform = &uapi->platform;

	if (platform->answering && answer->device != MACHINE_NONE)
		platform->answering(platform->context, answer);
	if (answer->fault.request.last || answer->fault.stalled)
		driver->ops->fault_respond(driver, &answer->fault, answer->code);
}

static bool forward(struct uapi *uapi, const struct driver_fault *fault, uint16_t device, uint16_t unit)
{
	uint32_t slot = arena_alloc(uapi->arena, uapi->pending);

	if (slot == ARENA_NONE)
		return false;
	*pending_slot(uapi, slot) = (struct uapi_pending){.fault = *fault, .device = device, .unit = unit};
	return true;
}

static void handle(struct uapi *uapi, uint16_t unit, const struct driver_fault *fault)
{
	struct uapi_answer decided = {.fault = *fault,
				      .device = device_by_stream(uapi, unit, fault->request.stream),
				      .by = MACHINE_NONE,
				      .code = PAGE_RESPONSE_INVALID};
	uint32_t slot = decided.device == MACHINE_NONE ? 0 : pasid_find(uapi, decided.device, fault->request.pasid);
	const struct uapi_pasid *bond = slot ? pasid_slot(uapi, slot) : NULL;

	if (bond && bond->space && forward(uapi, fault, decided.device, unit))
		return;
	if (bond && !bond->space) {
		decided.by = bond->owner;
		decided.code = fault_in(uapi, bond->owner, fault->request.address);
	}
	answer(uapi, uapi->drivers[unit], &decided);
}

uint32_t uapi_page_requests(struct uapi *uapi, uint32_t count)
{
	uint32_t done = 0;
	struct driver_fault fault;

	for (uint32_t i = 0; i < uapi->machine->iommu_count; i++) {
		struct driver *driver = uapi->drivers[i];
		if (!driver || !driver->ops->fault_next)
			continue;
		while (done < count && driver->ops->fault_next(driver, &fault)) {
			handle(uapi, (uint16_t)i, &fault);
			done++;
		}
	}
	return done;
}

/* Who has to answer a request that was forwarded. */
static uint16_t pending_owner(const struct uapi *uapi, const struct uapi_pending *row)
{
	uint32_t slot = pasid_find(uapi, row->device, row->fault.request.pasid);

	return slot ? pasid_slot(uapi, slot)->owner : MACHINE_NONE;
}

static bool matches(const struct uapi *uapi, const struct uapi_pending *row, uint16_t owner, uint16_t device,
		    uint32_t pasid, uint16_t group)
{
	if (row->fault.request.group != group)
		return false;
	return uapi->rules.value[KNOB_RESPONSE_MATCH] == RESPONSE_MATCH_PRGI_ONLY ||
	       (row->device == device && row->fault.request.pasid == pasid && pending_owner(uapi, row) == owner);
}

int uapi_page_response(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, uint16_t group,
		       enum page_response_code code)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		const struct uapi_pending *row = pending_slot(uapi, slot);
		if (!matches(uapi, row, owner, device, pasid, group))
			continue;
		struct uapi_answer decided = {.fault = row->fault, .device = row->device, .by = owner, .code = code};
		struct driver *driver = uapi->drivers[row->unit];
		arena_release(uapi->arena, uapi->pending, slot);
		answer(uapi, driver, &decided);
		return 0;
	}
	return -ENOENT;
}
