/* SPDX-License-Identifier: MIT */
#include "uapi/pasid.h"

#include "uapi/domain.h"
#include "uapi/fault.h"
#include "uapi/features.h"
#include "uapi/group.h"
#include "uapi/guest_table.h"
#include "uapi/mm.h"
#include "uapi/space.h"

#include <errno.h>

static uint32_t stream_of(const struct uapi *uapi, uint16_t device)
{
	return uapi->machine->devices[device].stream;
}

static bool is_shared(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_PASID_SPACE] == PASID_SPACE_SHARED;
}

static bool is_global(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_PASID_SPACE] == PASID_SPACE_GLOBAL;
}

/* Both look PASIDs up in one table. */
static bool share_a_table(const struct uapi *uapi, uint16_t a, uint16_t b)
{
	return is_shared(uapi) && uapi->machine->devices[a].iommu == uapi->machine->devices[b].iommu;
}

/* Another device has the PASID bound, in the same table. */
static bool is_bound_by_others(const struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->device != device && row->pasid == pasid && share_a_table(uapi, row->device, device))
			return true;
	}
	return false;
}

static int attach_one(struct uapi *uapi, uint16_t device, uint32_t pasid, domain_handle domain)
{
	struct driver *driver = device_unit(uapi, device);

	/* The entry is the guest's to write; or is written when the reset is over (pasid_unpark()). */
	if (guest_table_owns(uapi, device) || (domain && group_defers(uapi, device)))
		return 0;
	return driver->ops->attach_pasid(driver, stream_of(uapi, device), pasid, domain);
}

/* What is entered for one device is there for all that look it up in the same table, as far as they have PASIDs. */
static int attach(struct uapi *uapi, uint16_t device, uint32_t pasid, domain_handle domain)
{
	uint32_t stream = stream_of(uapi, device);

	if (!domain && is_bound_by_others(uapi, device, pasid))
		return 0;
	int error = attach_one(uapi, device, pasid, domain);
	for (uint32_t i = 0; is_shared(uapi) && !error && i < uapi->machine->device_count; i++)
		if (share_a_table(uapi, (uint16_t)i, device) && stream_of(uapi, (uint16_t)i) != stream &&
		    features_have(uapi, (uint16_t)i, FEATURE_PASID))
			attach_one(uapi, (uint16_t)i, pasid, domain);
	return error;
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

/* The mdev that the PASID is, or the device itself. */
static uint16_t bound_device(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (device_is_mdev(uapi, (uint16_t)i) && uapi->machine->devices[i].parent == bond->device &&
		    uapi->machine->devices[i].pasid == bond->pasid)
			return (uint16_t)i;
	return bond->device;
}

bool pasid_is_mdevs(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	return bound_device(uapi, bond) != bond->device;
}

bool pasid_uses_domain(const struct uapi *uapi, const struct space_domain *domain)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->space == domain->space && uapi->machine->devices[row->device].iommu == domain->unit &&
		    (domain->device == MACHINE_NONE || bound_device(uapi, row) == domain->device))
			return true;
	}
	return false;
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

/* One requester ID (an alias): their PASIDs are entries of one table. */
static bool is_one_requester(const struct uapi *uapi, uint16_t one, uint16_t other)
{
	const struct machine_device *a = &uapi->machine->devices[one], *b = &uapi->machine->devices[other];

	return one == other || (a->stream == b->stream && a->iommu == b->iommu && a->iommu != MACHINE_NONE);
}

bool pasid_differs_in_group(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		bool same = row->space == bond->space && row->owner == bond->owner;
		if (is_global(uapi) && same != (row->pasid == bond->pasid) && (same || row->device != bond->device))
			return true;
		if (row->device != bond->device && row->pasid == bond->pasid && !same &&
		    (uapi->devices[row->device].group == uapi->devices[bond->device].group ||
		     is_one_requester(uapi, row->device, bond->device) ||
		     share_a_table(uapi, row->device, bond->device)))
			return true;
	}
	return false;
}

/* --- bonds --- */

static bool is_dma_apis(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	return !bond->space && bond->owner == MACHINE_HOST &&
	       uapi->rules.value[KNOB_KERNEL_PASID] == KERNEL_PASID_DMA_DOMAIN;
}

bool pasid_is_mms(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	return !bond->space && !is_dma_apis(uapi, bond);
}

/*
 * Page requests of an address space are the kernel's to serve, those of a page table with a fault object the user's
 * (iommufd/eventq.c): that needs a device which can ask for pages. *wanted: they were off before. -ENODEV.
 */
static int want_faults(struct uapi *uapi, const struct uapi_pasid *bond, bool *wanted)
{
	*wanted = false;
	if (bond->space ? !(space_of(uapi, bond->space)->flags & SPACE_FAULTS) : !pasid_is_mms(uapi, bond))
		return 0;
	if (bond->space)
		return features_queue_faults(uapi, bond->device, wanted);
	*wanted = features_want_faults(uapi, bond->device);
	return 0;
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

/* The rules about groups, which are asked when something is bound. */
static bool group_permits(const struct uapi *uapi, uint16_t device)
{
	bool alone = group_list(uapi, device, NULL, 0) <= 1;

	switch (uapi->rules.value[KNOB_PASID_FABRIC_RULE]) {
	case PASID_FABRIC_COUNT_AT_ATTACH:
	case PASID_FABRIC_REFUSE_HOTPLUG:
		return alone;
	case PASID_FABRIC_IMMUTABLE:
		return alone && features_group_cannot_grow(uapi, device);
	default:
		return true;
	}
}

bool pasid_keeps_out(const struct uapi *uapi, uint16_t device)
{
	uint32_t slot = 0, home = uapi->devices[device].home;

	if (uapi->rules.value[KNOB_PASID_FABRIC_RULE] != PASID_FABRIC_REFUSE_HOTPLUG || home == GROUP_NONE)
		return false;
	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE)
		if (uapi->devices[pasid_slot(uapi, slot)->device].home == home)
			return true;
	return false;
}

static int add_bond(struct uapi *uapi, const struct uapi_pasid *bond, domain_handle domain)
{
	if (!group_permits(uapi, bond->device))
		return -EINVAL;
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
	return add_bond(uapi, bond, space_domain_for(uapi, bond->space, bound_device(uapi, bond))->domain);
}

/* What serves the bond; 0: nothing any more. */
static domain_handle domain_of(struct uapi *uapi, const struct uapi_pasid *bond)
{
	uint16_t unit = uapi->machine->devices[bond->device].iommu;
	domain_handle domain;

	if (bond->space)
		return space_domain_for(uapi, bond->space, bound_device(uapi, bond))->domain;
	if (is_dma_apis(uapi, bond))
		return domain_default(uapi, bond->device, &domain) ? 0 : domain;
	return mm_domain(uapi, bond->owner, unit);
}

int pasid_move(struct uapi *uapi, uint32_t slot, space_handle space)
{
	struct uapi_pasid *bond = pasid_slot(uapi, slot), moved = *bond;
	domain_handle domain = space_domain_for(uapi, space, bound_device(uapi, bond))->domain;

	moved.space = space;
	int error = attach_or_not(uapi, &moved, domain, domain_of(uapi, bond));
	if (error)
		return error;
	*bond = moved;
	fault_abandon(uapi, moved.device, moved.pasid);
	return 0;
}

void pasid_unbind(struct uapi *uapi, uint32_t slot)
{
	struct uapi_pasid bond = *pasid_slot(uapi, slot);

	attach(uapi, bond.device, bond.pasid, 0);
	arena_release(uapi->arena, uapi->pasids, slot);
	if (!is_bound_by_others(uapi, bond.device, bond.pasid)) /* then it is still in use */
		fault_drain(uapi, bond.device, bond.pasid);
	if (bond.space)
		space_shrink(uapi, bond.space);
	else if (!is_dma_apis(uapi, &bond))
		mm_put(uapi, bond.owner, uapi->machine->devices[bond.device].iommu);
	pasid_lost(uapi, bond.owner, bond.pasid);
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
		if (!is_one_requester(uapi, row->device, device))
			continue;
		attach_one(uapi, device, row->pasid, 0);
		fault_drain(uapi, device, row->pasid);
	}
}

void pasid_unpark(struct uapi *uapi, uint16_t device)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (is_one_requester(uapi, row->device, device))
			attach_one(uapi, device, row->pasid, domain_of(uapi, row));
	}
}

void pasid_follow_default(struct uapi *uapi, uint16_t device)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->device == device && is_dma_apis(uapi, row) &&
		    attach(uapi, device, row->pasid, domain_of(uapi, row)))
			attach(uapi, device, row->pasid, 0);
	}
}

void pasid_share(struct uapi *uapi, uint16_t device)
{
	uint32_t slot = 0;

	if (!is_shared(uapi) || !features_have(uapi, device, FEATURE_PASID))
		return;
	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (share_a_table(uapi, row->device, device))
			attach_one(uapi, device, row->pasid, domain_of(uapi, row));
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
	if (pasid_is_mms(uapi, bond) && features_pasid_bits(uapi, bond->device) &&
	    bond->pasid >> features_pasid_bits(uapi, bond->device))
		return -EOVERFLOW; /* the address space has a number that the device cannot send (iommu_alloc_mm_data())
				    */
	if (!pasid_is_usable(bond->pasid) || !features_have(uapi, bond->device, FEATURE_PASID) ||
	    !device_unit(uapi, bond->device)->ops->attach_pasid)
		return -EINVAL;
	return group_is_fenced(uapi, state->group) ? -EBUSY : 0;
}

/* What it translates with, as long as bonds have it. */
static int get_domain(struct uapi *uapi, const struct uapi_pasid *bond, domain_handle *domain)
{
	if (is_dma_apis(uapi, bond))
		return domain_default(uapi, bond->device, domain);
	return mm_get(uapi, bond->owner, uapi->machine->devices[bond->device].iommu, domain);
}

static int bind_mm(struct uapi *uapi, const struct uapi_pasid *bond)
{
	domain_handle domain;

	if (pasid_find(uapi, bond->device, bond->pasid) || pasid_differs_in_group(uapi, bond))
		return -EBUSY;
	int error = get_domain(uapi, bond, &domain);
	if (error)
		return error;
	error = add_bond(uapi, bond, domain);
	if (error && !is_dma_apis(uapi, bond))
		mm_put(uapi, bond->owner, uapi->machine->devices[bond->device].iommu);
	if (!error && !uapi->owners[bond->owner].mm_pasid)
		uapi->owners[bond->owner].mm_pasid = bond->pasid;
	return error;
}

int uapi_sva_bind(struct uapi *uapi, uint16_t device, uint32_t pasid, uint16_t mm)
{
	IOSIM_ASSERT(mm < uapi->machine->owner_count);
	struct uapi_pasid bond = {.pasid = pasid, .device = device, .owner = mm, .users = 1};
	int error = uapi_enter_device(uapi, device);

	if (!error)
		error = may_bind(uapi, &bond);
	if (error)
		return error;
	uint32_t slot = pasid_find(uapi, device, pasid);
	struct uapi_pasid *row = slot ? pasid_slot(uapi, slot) : NULL;
	if (!row || row->space || row->owner != mm)
		return bind_mm(uapi, &bond);
	row->users++;
	return 0;
}

int uapi_sva_unbind(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	int error = uapi_enter_device(uapi, device);
	uint32_t slot = error ? 0 : pasid_find(uapi, device, pasid);
	struct uapi_pasid *row = slot ? pasid_slot(uapi, slot) : NULL;

	if (error)
		return error;
	if (!row || row->space || (owner != MACHINE_HOST && row->owner != owner))
		return -EINVAL;
	if (--row->users == 0)
		pasid_unbind(uapi, slot);
	return 0;
}

/* Whoever has it bound keeps the number; but what is freed with the address space is free though it is bound. */
static bool keeps_number(const struct uapi *uapi, const struct uapi_pasid *bond)
{
	return uapi->rules.value[KNOB_PASID_LIFETIME] != PASID_LIFETIME_ADDRESS_SPACE || !pasid_is_mms(uapi, bond) ||
	       !uapi->owners[bond->owner].gone;
}

/* Some device has it bound, some address space has it, or it is an mdev's of the device. */
static bool is_taken(const struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE)
		if (pasid_slot(uapi, slot)->pasid == pasid && keeps_number(uapi, pasid_slot(uapi, slot)))
			return true;
	for (uint32_t i = 0; i < uapi->machine->owner_count; i++)
		if (uapi->owners[i].mm_pasid == pasid)
			return true;
	return pasid_is_mdevs(uapi, &(struct uapi_pasid){.device = device, .pasid = pasid});
}

uint32_t uapi_sva_pasid(const struct uapi *uapi, uint16_t device, uint16_t mm)
{
	IOSIM_ASSERT(mm < uapi->machine->owner_count && device < uapi->machine->device_count);
	uint32_t pasid = uapi->owners[mm].mm_pasid;

	for (uint32_t next = 1; !pasid && next <= PASID_MAX; next++)
		if (!is_taken(uapi, device, next))
			pasid = next;
	return pasid;
}
