/* SPDX-License-Identifier: MIT */
#include "uapi/switch.h"

#include "uapi/group.h"

static bool goes_away(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_SWITCH_ATOMICITY] != SWITCH_HITLESS;
}

int switch_away(struct uapi *uapi, uint32_t group)
{
	bool blocked = uapi->rules.value[KNOB_SWITCH_ATOMICITY] == SWITCH_VIA_BLOCKED;

	if (!goes_away(uapi))
		return 0;
	return group_move(uapi, group, (struct group_target){.state = blocked ? GROUP_BLOCKED : GROUP_DEFAULT});
}

void switch_back(struct uapi *uapi, uint32_t group, space_handle from)
{
	if (goes_away(uapi))
		group_move_anyway(uapi, group, group_into(from));
}
