/* SPDX-License-Identifier: MIT */
/*
 * VFIO's no-IOMMU mode (kernel commit 03a76b60f8ba, Alex Williamson 2015-12-21): whoever may do raw I/O gets a device,
 * nobody asks about its neighbours, and there is no mapping service. Whatever unit there is translates nothing.
 */
#include "uapi/device.h"

#include <errno.h>

static int noiommu_take(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	uint16_t user = uapi->devices[device].user;
	if (device_is_mdev(uapi, device) || !device_has_user_driver(uapi, device))
		return -ENODEV;
	if (!uapi->machine->owners[owner].rawio)
		return -EPERM;
	if (user != MACHINE_NONE)
		return user == owner ? 0 : -EBUSY;
	device_open(uapi, device, owner);
	return 0;
}

static void noiommu_release(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	(void)owner;
	device_close(uapi, device);
}

const struct uapi_front_end noiommu_front_end = {
	.name = "noiommu",
	.take = noiommu_take,
	.release = noiommu_release,
	.mmap = noiommu_take, /* opening the device is all that it takes */
};
