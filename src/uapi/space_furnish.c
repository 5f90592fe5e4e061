/* SPDX-License-Identifier: MIT */
/*
 * A domain that is made with the space, as iommu_domain_alloc() made one for a bus: no device says which unit is to
 * walk it, so that what fits shows at the attach. The sketch of 2021 makes it at the first attach (Kevin Tian
 * 2021-05-12).
 */
/*
 * iommu_domain_alloc() was asked for a bus, so that a domain was of whatever unit came first, and whether a device
 * could be attached to it showed there (Kevin Tian 2021-05-12, why the sketch makes it at the first attach instead).
 */
#include "uapi/space.h"

#include <errno.h>

/* A device of the first unit that serves any; MACHINE_NONE: there is none. */
static uint16_t first_served(const struct uapi *uapi)
{
	uint16_t found = MACHINE_NONE;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		if (uapi->devices[i].home == GROUP_NONE)
			continue;
		if (found == MACHINE_NONE || uapi->machine->devices[i].iommu < uapi->machine->devices[found].iommu)
			found = (uint16_t)i;
	}
	return found;
}

int space_furnish(struct uapi *uapi, space_handle handle)
{
	static const struct space_errors errors = {.outside = -EINVAL, .misaligned = -EINVAL, .unlike = -EINVAL};
	uint16_t device = first_served(uapi);
	if (uapi->rules.value[KNOB_DOMAIN_ALLOC_POINT] != DOMAIN_ALLOC_ALLOC || device == MACHINE_NONE)
		return 0;
	int error = space_make_table(uapi, handle, device, &errors);
	if (!error)
		space_of(uapi, handle)->flags |= SPACE_FURNISHED;
	return error;
}
