/* SPDX-License-Identifier: MIT */
/*
 * What a hypervisor makes of its guest's cache flushes (virt/kvm/vfio.c): nothing, as long as all DMA of the guest's
 * devices is coherent. It asks about devices that it was told of, and believes what serves them now.
 */
#include "uapi/space.h"

#include <errno.h>

int uapi_kvm_add(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (device_kernel_driven(uapi, device))
		return -ENOTTY;
	if (uapi->devices[device].user != owner)
		return -EINVAL;
	uapi->devices[device].in_kvm = true;
	return 0;
}

static bool table_lets_pass(const struct uapi *uapi, space_handle space, uint16_t device)
{
	const struct space_domain *table = space ? space_domain_for(uapi, space, device) : NULL;
	struct domain_geometry geometry;
	if (!table)
		return false;
	struct driver *driver = uapi->drivers[table->unit];
	driver->ops->domain_geometry(driver, table->domain, &geometry);
	return !geometry.enforce_snoop;
}

/* Requests of the device, with a PASID or without, may pass by CPU caches. */
static bool may_pass(const struct uapi *uapi, uint16_t device)
{
	uint32_t slot = 0;
	if (!device_unit(uapi, device))
		return true;
	space_handle space = uapi->devices[device].space;
	if (table_lets_pass(uapi, space ? space_paging(uapi, space) : 0, device))
		return true;
	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *pasid = arena_slot(uapi->arena, uapi->pasids, slot);
		if (pasid->device == device && pasid->space &&
		    table_lets_pass(uapi, space_paging(uapi, pasid->space), device))
			return true;
	}
	return false;
}

bool uapi_flushes_caches(const struct uapi *uapi, uint16_t owner)
{
	if (uapi->machine->owners[owner].kind != OWNER_VM)
		return true;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].user == owner && uapi->devices[i].in_kvm && may_pass(uapi, (uint16_t)i))
			return true;
	return false;
}
