/* SPDX-License-Identifier: MIT */
#include "uapi/pasid.h"

#include "uapi/fault.h"
#include "uapi/features.h"
#include "uapi/group.h"
#include "uapi/mm.h"
#include "uapi/space.h"

#include <errno.h>

static uint32_t stream_of(const struct uapi *uapi, uint16_t device)
{
	return uapi->machine->devices[device].stream;
}

static int attach(struct uapi *uapi, uint16_t device, uint32_t pasid, domain_handle domain)
{
	struct driver *driver = device_unit(uapi, device);

	return driver->ops->attach_pasid(driver, stream_of(uapi, device), pasid, domain);
}

bool pasid_is_usable(uint32_t pasid)
{
	return pasid && pasid <= PASID_MAX;
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

bool pasid_differs_in_group(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->device != bond->device && row->pasid == bond->pasid &&
		    uapi->devices[row->device].group == uapi->devices[bond->device].group &&
		    (row->space != bond->space || row->owner != bond->owner))
			return true;
	}
	return false;
}

/* --- bonds --- */

/*
 * Page requests of an address space are the kernel's to serve, those of a page table with a fault object the user's
 * (iommufd/eventq.c): that needs a device which can ask for pages. *wanted: they were off before. -ENODEV.
 */
static int want_faults(struct uapi *uapi, const struct uapi_pasid *bond, bool *wanted)
{
	*wanted = false;
	if (bond->space && !(space_of(uapi, bond->space)->flags & SPACE_FAULTS))
		return 0;
	*wanted = features_want_faults(uapi, bond->device);
	return !bond->space || features_have_faults(uapi, bond->device) ? 0 : -ENODEV;
}

/* A driver that ran out of time has changed its structures all the same. */
static int attach_or_not(struct uapi *uapi, const struct uapi_pasid *bond, domain_handle domain, domain_handle before)
{
	bool wanted;
	int error = want_faults(uapi, bond, &wanted);

	if (error)
		return error;
	error = attach(uapi, bond->device, bond->pasid, domain);
	if (error == -ETIMEDOUT)
		attach(uapi, bond->device, bond->pasid, before);
	if (error && wanted)
		features_drop_faults(uapi, bond->device);
	/* Beyond what the device or the unit can send: no PASID of theirs. */
	return error == -ENODEV ? -EINVAL : error;
}

static int add_bond(struct uapi *uapi, const struct uapi_pasid *bond, domain_handle domain)
{
	uint32_t slot = arena_alloc(uapi->arena, uapi->pasids);
	int error;

	if (slot == ARENA_NONE)
		return -ENOMEM;
	error = attach_or_not(uapi, bond, domain, 0);
	if (error)
		arena_release(uapi->arena, uapi->pasids, slot);
	else
		*pasid_slot(uapi, slot) = *bond;
	return error;
}

int pasid_bind_space(struct uapi *uapi, const struct uapi_pasid *bond)
{
	uint16_t unit = uapi->machine->devices[bond->device].iommu;

	return add_bond(uapi, bond, space_domain_on(uapi, bond->space, unit)->domain);
}

/* What serves the bond; 0: nothing any more. */
static domain_handle domain_of(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	uint16_t unit = uapi->machine->devices[bond->device].iommu;

	if (bond->space)
		return space_domain_on(uapi, bond->space, unit)->domain;
	return mm_domain(uapi, bond->owner, unit);
}

int pasid_move(struct uapi *uapi, uint32_t slot, space_handle space)
{
	struct uapi_pasid *bond = pasid_slot(uapi, slot), moved = *bond;
	uint16_t unit = uapi->machine->devices[bond->device].iommu;

	moved.space = space;
	int error = attach_or_not(uapi, &moved, space_domain_on(uapi, space, unit)->domain, domain_of(uapi, bond));
	if (!error)
		*bond = moved;
	return error;
}

void pasid_unbind(struct uapi *uapi, uint32_t slot)
{
	struct uapi_pasid bond = *pasid_slot(uapi, slot);

	attach(uapi, bond.device, bond.pasid, 0);
	arena_release(uapi->arena, uapi->pasids, slot);
	fault_drain(uapi, bond.device, bond.pasid);
	if (bond.space)
		space_shrink(uapi, bond.space);
	else
		mm_put(uapi, bond.owner, uapi->machine->devices[bond.device].iommu);
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
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->device != device)
			continue;
		attach(uapi, device, row->pasid, 0);
		fault_drain(uapi, device, row->pasid);
	}
}

void pasid_unpark(struct uapi *uapi, uint16_t device)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->device == device)
			attach(uapi, device, row->pasid, domain_of(uapi, row));
	}
}

/* --- calls --- */

static int may_bind(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	const struct uapi_device *state = &uapi->devices[bond->device];

	if (state->user != MACHINE_NONE)
		return -ENOTTY;
	if (!device_kernel_driven(uapi, bond->device) || state->home == GROUP_NONE)
		return -ENODEV;
	if (!pasid_is_usable(bond->pasid) || !features_have(uapi, bond->device, FEATURE_PASID) ||
	    !device_unit(uapi, bond->device)->ops->attach_pasid)
		return -EINVAL;
	if (pasid_find(uapi, bond->device, bond->pasid) || pasid_differs_in_group(uapi, bond) ||
	    group_is_parked(uapi, state->group))
		return -EBUSY;
	return 0;
}

int uapi_sva_bind(struct uapi *uapi, uint16_t device, uint32_t pasid, uint16_t mm)
{
	IOSIM_ASSERT(mm < uapi->machine->owner_count);
	struct uapi_pasid bond = {.pasid = pasid, .device = device, .owner = mm};
	uint16_t unit = uapi->machine->devices[device].iommu;
	int error = uapi_enter_device(uapi, device);
	domain_handle domain;

	if (!error)
		error = may_bind(uapi, &bond);
	if (!error)
		error = mm_get(uapi, mm, unit, &domain);
	if (error)
		return error;
	error = add_bond(uapi, &bond, domain);
	if (error)
		mm_put(uapi, mm, unit);
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
