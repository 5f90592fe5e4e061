/* SPDX-License-Identifier: MIT */
/* What a bind claims and a close gives back: a group, or all groups of a home. */
#include "uapi/group.h"

#include <errno.h>

static bool others_open(const struct uapi *uapi, uint16_t device, uint16_t owner)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (i != device && uapi->devices[i].home == uapi->devices[device].home &&
		    uapi->devices[i].user == owner)
			return true;
	return false;
}

static void unclaim_home(struct uapi *uapi, uint32_t home, uint16_t owner)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		uint32_t group = uapi->devices[i].group;
		if (uapi->devices[i].home == home && uapi->groups[group].owner == owner)
			group_unclaim(uapi, group);
	}
}

static int claim_home(struct uapi *uapi, uint32_t home, uint16_t owner)
{
	int error = 0;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].home == home && group_conflict(uapi, uapi->devices[i].group, owner))
			return -EPERM;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].home == home && group_is_fenced(uapi, uapi->devices[i].group))
			return -EBUSY;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++) {
		uint32_t group = uapi->devices[i].group;
		if (uapi->devices[i].home == home && uapi->groups[group].owner != owner)
			error = group_claim(uapi, group, owner, true);
	}
	return error;
}

int group_take(struct uapi *uapi, uint16_t device, uint16_t owner)
{
	const struct uapi_device *state = &uapi->devices[device];
	bool check = group_checks(uapi);
	if (group_home_is_claimed(uapi) && check) {
		int error = claim_home(uapi, state->home, owner);
		if (error && !others_open(uapi, device, owner))
			unclaim_home(uapi, state->home, owner);
		return error;
	}
	if (!check && group_conflict(uapi, state->group, owner))
		group_split(uapi, device);
	return group_claim(uapi, state->group, owner, check);
}

void group_give_back(struct uapi *uapi, uint16_t device, uint16_t owner)
{
	const struct uapi_device *state = &uapi->devices[device];
	if (!group_home_is_claimed(uapi))
		group_unclaim(uapi, state->group);
	else if (!others_open(uapi, device, owner))
		unclaim_home(uapi, state->home, owner);
	group_rejoin(uapi, device);
}
