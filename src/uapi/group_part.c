/* SPDX-License-Identifier: MIT */
/*
 * Sub-groups: a group says who may not be told apart by isolation, and its owner is one. Whose requests the IOMMU can
 * tell apart is finer, and could be what has a space. Alex Williamson asked for it on 2021-06-09; Joerg Roedel
 * 2022-02-14, <Ygo/eCRFnraY01WA@8bytes.org>: a sub-group for each requester ID. Not merged;
 * GROUP_RULE_PER_RID_SUBGROUP.
 */
#include "uapi/group.h"

static bool same_requester(const struct machine_device *one, const struct machine_device *other)
{
	return one->iommu == other->iommu && one->segment == other->segment && one->stream == other->stream;
}

static bool by_requester(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_GROUP_RULE] == GROUP_RULE_PER_RID_SUBGROUP && uapi->front->has_subgroups;
}

bool group_wants_one_space(const struct uapi *uapi, uint16_t one, uint16_t other)
{
	return uapi->devices[one].home == uapi->devices[other].home &&
	       (!by_requester(uapi) || same_requester(&uapi->machine->devices[one], &uapi->machine->devices[other]));
}

bool group_has_subgroups(const struct uapi *uapi)
{
	return by_requester(uapi) && !uapi->front->moves_devices;
}

uint32_t group_subgroup(const struct uapi *uapi, uint16_t device)
{
	for (uint32_t i = 0; group_has_subgroups(uapi) && i < uapi->machine->device_count; i++)
		if (i != device && uapi->devices[i].group != GROUP_NONE &&
		    uapi->devices[i].group != uapi->devices[i].home && group_wants_one_space(uapi, (uint16_t)i, device))
			return uapi->devices[i].group;
	return GROUP_NONE;
}
