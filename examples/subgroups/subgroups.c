/* SPDX-License-Identifier: MIT */
/*
 * A proposal as a plug-in: ownership is a group's, address spaces are a requester ID's.
 *
 * As the /dev/iommu proposal of July 2021 (policy iommu-v2), which wants one space a group: Alex Williamson had asked
 * on 2021-06-09 for a space each for functions that can be told apart, and Joerg Roedel wrote on 2022-02-14 that
 * sub-groups by requester ID are the way. Who owns the group is asked as before.
 */
#include <ioasid-sim/front_end.h>

#include <errno.h>
#include <stddef.h>

#define MEMBERS_MAX 64

/* Another device in the group whose requests cannot be told from this one's has a space, and it is not this one. */
static bool requester_is_elsewhere(const iosim_call *call, iosim_device device, iosim_space space)
{
	iosim_device members[MEMBERS_MAX];
	unsigned count = iosim_group_members(call, iosim_group(call, device), members, MEMBERS_MAX);

	for (unsigned i = 0; i < count && i < MEMBERS_MAX; i++) {
		iosim_space other = iosim_device_space(call, members[i]);

		if (members[i] != device && other && other != space && iosim_same_requester(call, members[i], device))
			return true;
	}
	return count > MEMBERS_MAX;
}

static int attach(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space)
{
#ifndef CARELESS
	if (requester_is_elsewhere(call, device, space))
		return -EINVAL;
#else
	(void)requester_is_elsewhere;
#endif
	iosim_skip_group_rule(call, true);
	return iosim_base_attach(call, owner, device, space);
}

const iosim_front_end ioasid_sim_front_end = {
	IOSIM_FRONT_END_VERSION,
	.name = "subgroups",
	.summary = "iommu-v2 with a space for each requester ID of a group",
	.base = "iommu-v2",
	.attach = attach,
};
