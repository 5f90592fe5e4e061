/* SPDX-License-Identifier: MIT */
#include "uapi/boot.h"

#include "uapi/domain.h"
#include "uapi/features.h"
#include "uapi/group.h"

#include <errno.h>

/*
 * What blocks is made beforehand, as a kernel's static domain is, so that a claim that fails leaves nothing behind. A
 * unit that cannot make it says so at the first claim.
 */
static int place_devices(struct uapi *uapi, uint16_t unit)
{
	domain_handle blocking;
	uapi->units[unit].placed = true;
	if (uapi->front->space && uapi_kernel_is(uapi, KERNEL_5_19))
		domain_blocking(uapi, unit, &blocking);
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		if (uapi->machine->devices[i].iommu != unit || uapi->devices[i].home == GROUP_NONE)
			continue;
		int error = group_place(uapi, (uint16_t)i);
		if (error)
			return error;
		features_place(uapi, (uint16_t)i);
	}
	return 0;
}

/* Whether messages are remapped is known when the unit is on: those of devices that are in use are told anew. */
static void open_interrupts(struct uapi *uapi, uint16_t unit)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->machine->devices[i].iommu == unit &&
		    (device_kernel_driven(uapi, (uint16_t)i) || uapi->devices[i].user != MACHINE_NONE))
			interrupts_open(uapi, (uint16_t)i);
}

static int enable(struct uapi *uapi, uint16_t unit)
{
	struct driver *driver = uapi->drivers[unit];
	int error = driver->ops->enable(driver);
	if (!error)
		uapi->units[unit].enabled = true;
	return error;
}

int boot_finish(struct uapi *uapi)
{
	for (uint32_t i = 0; i < uapi->machine->iommu_count; i++) {
		if (!uapi->units[i].pending)
			continue;
		uapi->units[i].pending = false;
		int error = place_devices(uapi, (uint16_t)i);
		if (error)
			return error;
	}
	return 0;
}

int boot_unit(struct uapi *uapi, uint16_t unit, bool on)
{
	bool map_first = uapi->rules.value[KNOB_BOOT_ORDER] == BOOT_MAP_THEN_ENABLE;
	int error = map_first ? place_devices(uapi, unit) : 0;
	if (!error && on)
		error = enable(uapi, unit);
	if (!error && on && !map_first)
		error = place_devices(uapi, unit);
	return error;
}

int uapi_boot(struct uapi *uapi)
{
	int error = 0;
	for (uint32_t i = 0; i < uapi->machine->iommu_count && !error; i++)
		if (uapi->drivers[i])
			error = boot_unit(uapi, (uint16_t)i, uapi->machine->iommus[i].on);
	for (uint32_t i = 0; i < uapi->machine->iommu_count && !error; i++)
		open_interrupts(uapi, (uint16_t)i);
	if (!error)
		open_interrupts(uapi, MACHINE_NONE);
	return error;
}

int uapi_enable_translation(struct uapi *uapi, uint16_t iommu)
{
	if (!uapi->drivers[iommu])
		return -ENODEV;
	if (uapi->units[iommu].enabled)
		return 0;
	int error = enable(uapi, iommu);
	if (error)
		return error;
	open_interrupts(uapi, iommu);
	if (uapi->rules.value[KNOB_BOOT_ORDER] == BOOT_ENABLE_THEN_MAP)
		uapi->units[iommu].pending = true;
	return 0;
}
