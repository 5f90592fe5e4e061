/* SPDX-License-Identifier: MIT */
#include "uapi/device.h"

#include "uapi/access.h"
#include "uapi/features.h"
#include "uapi/group.h"
#include "uapi/pasid.h"

#include <errno.h>

bool device_translated(const struct uapi *uapi, uint16_t device)
{
	return uapi->devices[device].home != GROUP_NONE && uapi->units[uapi->machine->devices[device].iommu].enabled;
}

bool device_interrupts_isolated(const struct uapi *uapi, uint16_t device)
{
	return uapi->machine->iommus[uapi->machine->devices[device].iommu].interrupt_remapping;
}

bool device_has_user_driver(const struct uapi *uapi, uint16_t device)
{
	uint8_t driver = uapi->devices[device].driver;
	return driver != DRIVER_HOST && driver != DRIVER_STUB;
}

/* --- reset --- */

/* Kernels do it for devices that could use ATS, whose invalidations could time out meanwhile. */
static bool is_to_be_parked(const struct uapi *uapi, uint16_t device)
{
	return uapi->rules.value[KNOB_RESET_ATS] != RESET_ATS_IGNORE && device_translated(uapi, device) &&
	       features_could_ats(uapi, device);
}

int device_begin_reset(struct uapi *uapi, uint16_t device)
{
	const struct uapi_platform *platform = &uapi->platform;

	if (uapi->devices[device].resetting)
		return -EBUSY;
	if (is_to_be_parked(uapi, device)) {
		int error = group_park(uapi, device);
		if (error)
			return error;
		pasid_park(uapi, device);
	}
	uapi->devices[device].resetting = true;
	platform->reset_begin(platform->context, device);
	return 0;
}

void device_end_reset(struct uapi *uapi, uint16_t device)
{
	const struct uapi_platform *platform = &uapi->platform;

	platform->reset_end(platform->context, device);
	uapi->devices[device].resetting = false;
	if (!uapi->devices[device].parked)
		return;
	group_unpark(uapi, device);
	pasid_unpark(uapi, device);
}

void device_finish_reset(struct uapi *uapi, uint16_t device)
{
	if (uapi->devices[device].resetting)
		device_end_reset(uapi, device);
}

/* An mdev has no bus mastering of its own: its parent's driver answers for it. */
static void quiesce(struct uapi *uapi, uint16_t device)
{
	const struct uapi_platform *platform = &uapi->platform;
	if (device_is_mdev(uapi, device))
		return;
	platform->bus_master(platform->context, device, false);
	if (uapi->rules.value[KNOB_RESET_ON_CLOSE] && !device_begin_reset(uapi, device))
		device_end_reset(uapi, device);
}

void device_open(struct uapi *uapi, uint16_t device, uint16_t owner)
{
	quiesce(uapi, device);
	uapi->devices[device].user = owner;
	if (uapi->devices[device].driver == DRIVER_NONE)
		uapi->devices[device].driver = DRIVER_USER;
	interrupts_open(uapi, device);
}

void device_close(struct uapi *uapi, uint16_t device)
{
	device_finish_reset(uapi, device);
	if (device_is_mdev(uapi, device))
		access_end(uapi, device);
	quiesce(uapi, device);
	interrupts_close(uapi, device);
	pasid_unbind_all(uapi, device, MACHINE_NONE);
	features_drop_faults(uapi, device);
	uapi->devices[device].user = MACHINE_NONE;
	uapi->devices[device].named = false;
	uapi->devices[device].in_kvm = false;
	uapi->devices[device].guest_id = 0;
}
