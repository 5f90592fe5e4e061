/* SPDX-License-Identifier: MIT */
/*
 * vIOMMUs and virtual devices as objects. SMMUv3's driver has them; VT-d's has none. A device has one number, in
 * whatever vIOMMU; with the device its virtual device goes (drivers/iommu/iommufd/viommu.c).
 */
#include "uapi/iommufd_objects.h"

#include <errno.h>

space_handle viommu_of(const struct uapi *uapi, uint16_t device)
{
	space_handle vdevice = uapi->devices[device].vdevice;
	return vdevice ? space_parent(uapi, vdevice) : 0;
}

bool viommu_possible(const struct uapi *uapi, uint16_t unit)
{
	struct driver *driver = uapi->drivers[unit];
	struct driver_abilities abilities;
	if (driver->ops->kind != IOMMU_SMMUV3)
		return false;
	driver->ops->abilities(driver, &abilities);
	return abilities.keeps_guests_coherent;
}

static bool has_device(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	return uapi->devices[device].user == owner && !device_is_mdev(uapi, device);
}

int uapi_viommu_alloc(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle parent, space_handle *out)
{
	int error = object_enter(uapi, KERNEL_6_15);
	if (error)
		return error;
	if (!has_device(uapi, owner, device))
		return -ENOENT;
	if (!viommu_possible(uapi, uapi->machine->devices[device].iommu))
		return -EOPNOTSUPP;
	const struct space *table = object_get(uapi, owner, parent, OBJECT_HWPT);
	if (!table || table->flags & SPACE_NESTED)
		return -ENOENT;
	if (!(table->flags & SPACE_PARENT) || !space_domain_for(uapi, parent, device))
		return -EINVAL;
	error = space_new(uapi, owner, 0, out);
	if (error)
		return error;
	struct space *viommu = space_of(uapi, *out);
	viommu->kind = OBJECT_VIOMMU;
	viommu->parent = parent;
	viommu->unit = uapi->machine->devices[device].iommu;
	return 0;
}

int uapi_hw_queue_alloc(struct uapi *uapi, uint16_t owner, space_handle viommu, enum uapi_hw_queue_type type,
			uint64_t iova, uint64_t bytes)
{
	int error = object_enter(uapi, KERNEL_7_0);
	if (error)
		return error;
	if (type == UAPI_HW_QUEUE_DEFAULT)
		return -EOPNOTSUPP;
	if (!bytes)
		return -EINVAL;
	if (iova + (bytes - 1) < iova)
		return -EOVERFLOW;
	/* An extension of one SoC's SMMUs (tegra241-cmdqv.c): the architecture has none that a guest could be given. */
	return object_get(uapi, owner, viommu, OBJECT_VIOMMU) ? -EOPNOTSUPP : -ENOENT;
}

static bool is_taken(const struct uapi *uapi, space_handle viommu, uint32_t id)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (viommu_of(uapi, (uint16_t)i) == viommu && uapi->devices[i].guest_id == id)
			return true;
	return false;
}

int uapi_vdevice_alloc(struct uapi *uapi, uint16_t owner, space_handle viommu, uint16_t device, uint32_t id,
		       space_handle *out)
{
	struct uapi_device *state = &uapi->devices[device];
	int error = object_enter(uapi, KERNEL_6_15);
	if (error)
		return error;
	const struct space *row = object_get(uapi, owner, viommu, OBJECT_VIOMMU);
	if (!row || !has_device(uapi, owner, device))
		return -ENOENT;
	if (row->unit != uapi->machine->devices[device].iommu)
		return -EINVAL;
	if (state->named || is_taken(uapi, viommu, id))
		return -EEXIST;
	error = space_new(uapi, owner, 0, out);
	if (error)
		return error;
	space_of(uapi, *out)->kind = OBJECT_VDEVICE;
	space_of(uapi, *out)->parent = viommu;
	state->vdevice = *out;
	state->named = true;
	state->guest_id = id;
	return 0;
}

static void forget_number(struct uapi *uapi, uint16_t device)
{
	uapi->devices[device].vdevice = 0;
	uapi->devices[device].named = false;
	uapi->devices[device].guest_id = 0;
}

void viommu_lose_device(struct uapi *uapi, uint16_t device)
{
	space_handle vdevice = uapi->devices[device].vdevice;
	if (!vdevice)
		return;
	forget_number(uapi, device);
	space_free(uapi, vdevice);
}

static void forget_events(struct uapi *uapi, space_handle queue)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->events, slot)) != ARENA_NONE)
		if (((struct uapi_event *)arena_slot(uapi->arena, uapi->events, slot))->queue == queue)
			arena_release(uapi->arena, uapi->events, slot);
}

void object_forget(struct uapi *uapi, space_handle handle)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].vdevice == handle && handle)
			forget_number(uapi, (uint16_t)i);
	if (space_of(uapi, handle)->kind == OBJECT_VEVENTQ)
		forget_events(uapi, handle);
}
