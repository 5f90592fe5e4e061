/* SPDX-License-Identifier: MIT */
/* Why a device is in the group that it is in: for people, decides nothing. */
#include "uapi/group.h"

#include <glib.h>

static void why_by_reach(const struct uapi *uapi, uint16_t device, struct uapi_group_why *out)
{
	const struct machine *machine = uapi->machine;
	g_autofree uint16_t *class = g_new(uint16_t, machine->device_count + 1);
	*out = (struct uapi_group_why){UAPI_GROUP_ALONE, MACHINE_NONE, MACHINE_NONE, MACHINE_NONE, 0};
	group_classes(uapi, class);
	for (uint32_t i = 0; i < machine->device_count && out->cause == UAPI_GROUP_ALONE; i++)
		if (i != device && class[i] == class[device] && uapi->devices[i].home == uapi->devices[device].home) {
			out->cause = UAPI_GROUP_REACH;
			out->device = (uint16_t)i;
		}
}

void uapi_group_why(const struct uapi *uapi, uint16_t device, struct uapi_group_why *out)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	if (row->kind == DEVICE_MDEV)
		*out = (struct uapi_group_why){UAPI_GROUP_PARENT, MACHINE_NONE, MACHINE_NONE, row->parent, 0};
	else if (uapi->devices[device].home == GROUP_NONE)
		*out = (struct uapi_group_why){UAPI_GROUP_NONE, MACHINE_NONE, MACHINE_NONE, MACHINE_NONE, 0};
	else if (uapi->rules.value[KNOB_GROUP_RULE] == GROUP_RULE_REACHABLE_SET)
		why_by_reach(uapi, device, out);
	else
		group_why_by_path(uapi, device, out);
}
