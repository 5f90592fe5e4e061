/* SPDX-License-Identifier: MIT */
/*
 * While a function is reset with its requester ID blocked, an attach would lead that ID to a page table again,
 * whichever member it is of. Kernels refuse it for the whole group (commit f5b16b802174 and the series it is in). To
 * note it and to carry it out after the reset is the other way; then nobody is told if that fails, and the requester
 * stays blocked.
 */
#include "uapi/group.h"

static bool defers(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_RESET_ATS] == RESET_ATS_DEFER;
}

bool group_is_parked(const struct uapi *uapi, uint32_t group)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && uapi->devices[i].parked)
			return true;
	return false;
}

bool group_is_fenced(const struct uapi *uapi, uint32_t group)
{
	return !defers(uapi) && group_is_parked(uapi, group);
}

bool group_defers(const struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	for (uint32_t i = 0; defers(uapi) && i < uapi->machine->device_count; i++)
		if (uapi->devices[i].parked && uapi->machine->devices[i].stream == row->stream &&
		    uapi->machine->devices[i].iommu == row->iommu)
			return true;
	return false;
}
