/* SPDX-License-Identifier: MIT */
/*
 * Guests' first stages. An explicit page table is made for a device; here that is the one that is attached, so a nested
 * space is only a description until then.
 *
 * SMMUv3 nests by way of a vIOMMU, which an owner gets with the first space that it nests: its guest names devices by
 * virtual stream IDs, which are looked up among the owner's own, and the VMID of a command is put in by the kernel.
 * VT-d has neither: what its guest invalidates is a page table, and nothing but ranges of addresses.
 */
#include "uapi/iommufd_nest.h"

#include "uapi/guest_table.h"
#include "uapi/iommufd_objects.h"
#include "uapi/pasid.h"
#include "uapi/space.h"

#include <errno.h>

#define NO_PASID UINT32_MAX /* as PASID_NONE */

static bool exists(const struct uapi *uapi)
{
	return uapi_kernel_is(uapi, KERNEL_6_15);
}

static bool has_viommu(const struct uapi *uapi, uint16_t unit)
{
	return uapi->drivers[unit]->ops->kind == IOMMU_SMMUV3;
}

int iommufd_nest(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
		 space_handle *out)
{
	if (!exists(uapi) || !guest)
		return -ENOTTY; /* what the kernel composes was never merged */
	const struct space *space = space_get(uapi, owner, parent);
	if (!space)
		return -ENOENT;
	if (!(space->flags & SPACE_PARENT))
		return -EINVAL;
	return space_nest(uapi, parent, guest, out);
}

/*
 * The owner's nested spaces that are in that vIOMMU (0: in the one without a name): the next one after `space`, 0 to
 * begin; 0 after the last.
 */
static space_handle next_nested(const struct uapi *uapi, uint16_t owner, space_handle viommu, space_handle space)
{
	while ((space = space_next(uapi, space))) {
		const struct space *row = space_of(uapi, space);
		if (row->owner == owner && row->flags & SPACE_NESTED && row->viommu == viommu)
			return space;
	}
	return 0;
}

/* The device of the owner's that its guest knows by that number there; MACHINE_NONE. */
static uint16_t find_named(const struct uapi *uapi, uint16_t owner, space_handle viommu, uint32_t id)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		const struct uapi_device *device = &uapi->devices[i];
		if (device->user == owner && device->named && device->guest_id == id &&
		    viommu_of(uapi, (uint16_t)i) == viommu)
			return (uint16_t)i;
	}
	return MACHINE_NONE;
}

static int name_device(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t id)
{
	struct uapi_device *state = &uapi->devices[device];
	if (state->named || find_named(uapi, owner, 0, id) != MACHINE_NONE)
		return -EEXIST;
	state->named = true;
	state->guest_id = id;
	return 0;
}

bool nest_has_number(const struct uapi *uapi, uint16_t owner, space_handle viommu, uint32_t id)
{
	return find_named(uapi, owner, viommu, id) != MACHINE_NONE;
}

int iommufd_vdevice(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t id)
{
	if (!exists(uapi))
		return -ENOTTY;
	if (!viommu_possible(uapi, uapi->machine->devices[device].iommu))
		return -EOPNOTSUPP;
	if (uapi->devices[device].user != owner || device_is_mdev(uapi, device) || !next_nested(uapi, owner, 0, 0))
		return -ENOENT;
	return name_device(uapi, owner, device, id);
}

/* One call stands for three: the vIOMMU, the number in it (its own, if it has none yet), the page table. */
int iommufd_pasid_table(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
			space_handle *out)
{
	struct uapi_device *state = &uapi->devices[device];
	bool named = state->named;
	int error = 0;
	if (!exists(uapi))
		return -ENOTTY;
	if (!viommu_possible(uapi, uapi->machine->devices[device].iommu))
		return -EOPNOTSUPP;
	if (state->user == owner && !named)
		error = name_device(uapi, owner, device, uapi->machine->devices[device].stream);
	if (!error)
		error = guest_table_delegate(uapi, owner, device, table, out);
	if (error)
		state->named = named;
	return error;
}

int iommufd_nest_named(const struct uapi *uapi, uint16_t device, space_handle space)
{
	if (!(space_of(uapi, space)->flags & SPACE_NESTED) || !has_viommu(uapi, uapi->machine->devices[device].iommu))
		return 0;
	if (!viommu_possible(uapi, uapi->machine->devices[device].iommu))
		return -EOPNOTSUPP; /* the first of the calls that this one stands for */
	space_handle viommu = space_of(uapi, space)->viommu;
	if (viommu)
		return viommu_of(uapi, device) == viommu ? 0 : -ENOENT;
	return uapi->devices[device].named ? 0 : -ENOENT;
}

/* --- invalidation --- */

static bool concerns_device(const struct uapi_invalidation *what)
{
	return what->what != UAPI_FORGET_ALL && what->what != UAPI_FORGET_RANGE;
}

static struct guest_invalidation command_of(const struct uapi *uapi, uint16_t device,
					    const struct uapi_invalidation *what)
{
	struct guest_invalidation command = {.what = GUEST_FORGETS_RANGE, .pasid = NO_PASID, .last = UINT64_MAX};
	if (device != MACHINE_NONE)
		command.stream = uapi->machine->devices[device].stream;
	if (what->what == UAPI_FORGET_PASID || what->what == UAPI_FORGET_CONFIG)
		command.what = GUEST_FORGETS_CONTEXT;
	if (what->what == UAPI_FORGET_DEVTLB)
		command.what = GUEST_FORGETS_DEVTLB;
	if (what->what == UAPI_FORGET_PASID || what->what == UAPI_FORGET_DEVTLB)
		command.pasid = what->pasid;
	if (what->what == UAPI_FORGET_RANGE || what->what == UAPI_FORGET_DEVTLB) {
		command.first = what->first;
		command.last = what->last;
	}
	return command;
}

static int send(struct uapi *uapi, const struct space_domain *domain, const struct guest_invalidation *command)
{
	struct driver *driver = uapi->drivers[domain->unit];
	return driver->ops->guest_invalidate ? driver->ops->guest_invalidate(driver, domain->domain, command)
					     : -EOPNOTSUPP;
}

/* To every unit that serves somebody from the space: nobody else can have anything of it. */
static int forget_space(struct uapi *uapi, space_handle space, const struct guest_invalidation *command)
{
	int error = 0;
	for (uint32_t slot = space_of(uapi, space)->domains; slot && !error; slot = space_domain_slot(uapi, slot)->next)
		error = send(uapi, space_domain_slot(uapi, slot), command);
	return error;
}

/* Through the vIOMMU, which knows of VMIDs and virtual stream IDs, but of no space. */
static int forget_in_viommu(struct uapi *uapi, uint16_t owner, space_handle viommu,
			    const struct guest_invalidation *command)
{
	space_handle space = 0;
	int error = 0;
	while (!error && (space = next_nested(uapi, owner, viommu, space)))
		for (uint32_t slot = space_of(uapi, space)->domains; slot && !error;
		     slot = space_domain_slot(uapi, slot)->next)
			if (has_viommu(uapi, space_domain_slot(uapi, slot)->unit))
				error = send(uapi, space_domain_slot(uapi, slot), command);
	return error;
}

/* The nested space that serves the device, or that PASID of it; 0: none does. */
static space_handle nested_for(const struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	uint32_t slot = guest_table_owns(uapi, device) ? 0 : pasid_find(uapi, device, pasid);
	space_handle space = slot ? pasid_slot(uapi, slot)->space : uapi->devices[device].space;
	return space && space_of(uapi, space)->flags & SPACE_NESTED ? space : 0;
}

/* On the unit that serves the device. One that is attached to nothing of the kind has nothing cached. */
static int forget_device(struct uapi *uapi, uint16_t device, const struct uapi_invalidation *what,
			 const struct guest_invalidation *command)
{
	space_handle space = nested_for(uapi, device, what->pasid);
	return space ? send(uapi, space_domain_for(uapi, space, device), command) : 0;
}

static int by_id(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	space_handle viommu = what->of == UAPI_OF_VIOMMU ? what->space : 0;
	uint16_t device = concerns_device(what) ? find_named(uapi, owner, viommu, what->id) : MACHINE_NONE;
	struct guest_invalidation command = command_of(uapi, device, what);
	if (viommu ? !object_get(uapi, owner, viommu, OBJECT_VIOMMU) : !next_nested(uapi, owner, 0, 0))
		return -ENOENT;
	if (!concerns_device(what))
		return forget_in_viommu(uapi, owner, viommu, &command);
	if (device == MACHINE_NONE)
		return -EIO;
	return guest_table_knows(uapi, device, what->pasid) ? forget_device(uapi, device, what, &command) : -ENOENT;
}

static int by_device(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	const struct uapi_device *device = &uapi->devices[what->device];
	if (device->user != owner || !nested_for(uapi, what->device, what->pasid))
		return -EINVAL;
	if (!guest_table_knows(uapi, what->device, what->pasid))
		return -ENOENT;
	struct guest_invalidation command = command_of(uapi, what->device, what);
	return forget_device(uapi, what->device, what, &command);
}

int iommufd_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	return exists(uapi) ? nest_invalidate(uapi, owner, what) : -ENOTTY;
}

int nest_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	if (what->of == UAPI_OF_ID || what->of == UAPI_OF_VIOMMU)
		return by_id(uapi, owner, what);
	if (what->of == UAPI_OF_DEVICE)
		return by_device(uapi, owner, what);
	const struct space *space = space_get(uapi, owner, what->space);
	if (!space)
		return -ENOENT;
	if (!(space->flags & SPACE_NESTED))
		return -EINVAL;
	struct guest_invalidation command = command_of(uapi, MACHINE_NONE, what);
	return forget_space(uapi, what->space, &command);
}
