/* SPDX-License-Identifier: MIT */
#include "uapi/device.h"

bool device_translated(const struct uapi *uapi, uint16_t device)
{
	return uapi->devices[device].home != GROUP_NONE && uapi->units[uapi->machine->devices[device].iommu].enabled;
}

bool device_has_user_driver(const struct uapi *uapi, uint16_t device)
{
	uint8_t driver = uapi->devices[device].driver;
	return driver != DRIVER_HOST && driver != DRIVER_STUB;
}

/* An mdev has no bus mastering of its own: its parent's driver answers for it. */
static void quiesce(struct uapi *uapi, uint16_t device)
{
	const struct uapi_platform *platform = &uapi->platform;
	if (device_is_mdev(uapi, device))
		return;
	platform->bus_master(platform->context, device, false);
	if (uapi->rules.value[KNOB_RESET_ON_CLOSE])
		platform->reset(platform->context, device);
}

void device_open(struct uapi *uapi, uint16_t device, uint16_t owner)
{
	quiesce(uapi, device);
	uapi->devices[device].user = owner;
	if (uapi->devices[device].driver == DRIVER_NONE)
		uapi->devices[device].driver = DRIVER_USER;
}

void device_close(struct uapi *uapi, uint16_t device)
{
	quiesce(uapi, device);
	uapi->devices[device].user = MACHINE_NONE;
}
