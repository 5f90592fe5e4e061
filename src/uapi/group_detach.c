/* SPDX-License-Identifier: MIT */
/*
 * An owned group is blocked when nobody is attached to it (Jason Gunthorpe 2022-05-09, 'iommu_group_claim_dma_owner()
 * must always assign a domain'). That it goes back to what it had before is a rule that no kernel has: nobody holds the
 * earlier domain, so that it may be gone by then. Here it is asked whether it is.
 */
#include "uapi/group.h"
#include "uapi/space.h"

#include <errno.h>

static bool goes_back(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_DETACH_TARGET] == DETACH_TO_PREVIOUS;
}

struct group_target group_detached(const struct uapi *uapi)
{
	if (uapi->rules.value[KNOB_CLAIM_DOMAIN] == CLAIM_KEEP_DEFAULT)
		return (struct group_target){.state = GROUP_LEFT};
	if (uapi->rules.value[KNOB_DETACH_TARGET] == DETACH_TO_DEFAULT)
		return (struct group_target){.state = GROUP_DEFAULT};
	return (struct group_target){.state = GROUP_BLOCKED};
}

/* Only under the rule: what no other asks for must not tell states apart. */
void group_note_previous(struct uapi *uapi, uint32_t group, struct group_target from)
{
	struct uapi_group *state = &uapi->groups[group];
	if (!goes_back(uapi) || (state->state == from.state && state->space == from.space))
		return;
	if (state->state == GROUP_SPACE) {
		state->before = (uint8_t)from.state;
		state->space_before = from.space;
	}
	/* Its page tables may have stayed for this group, which no attach had put there. */
	if (from.state == GROUP_SPACE)
		space_shrink(uapi, from.space);
}

/* Mappings that were made meanwhile may be where a member has a reserved range. */
static bool takes_all(const struct uapi *uapi, uint32_t group, space_handle space)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && !space_clear_for(uapi, space, (uint16_t)i))
			return false;
	return true;
}

static int move_into(struct uapi *uapi, uint32_t group, space_handle space)
{
	static const struct space_errors errors = {.outside = -EINVAL, .misaligned = -EINVAL, .unlike = -EINVAL};
	if (!takes_all(uapi, group, space))
		return -EINVAL;
	int error = space_grow(uapi, space, group, &errors);
	if (error)
		return error;
	error = group_move(uapi, group, group_into(space));
	if (error)
		space_shrink(uapi, space);
	else
		space_hint_reset(uapi, space);
	return error;
}

static int move_back(struct uapi *uapi, uint32_t group)
{
	struct uapi_group *state = &uapi->groups[group];
	struct group_target before = {.state = (enum group_state)state->before, .space = state->space_before};
	int error =
		before.state == GROUP_SPACE ? move_into(uapi, group, before.space) : group_move(uapi, group, before);
	if (error)
		return error;
	/* An attach to where it is now changes nothing, and a detach from there neither. */
	state->before = (uint8_t)before.state;
	state->space_before = before.space;
	return 0;
}

void group_detach(struct uapi *uapi, uint32_t group)
{
	if (!goes_back(uapi) || move_back(uapi, group))
		group_move_anyway(uapi, group, group_detached(uapi));
}

bool group_is_back_in(const struct uapi *uapi, uint32_t group, space_handle space)
{
	const struct uapi_group *state = &uapi->groups[group];
	return goes_back(uapi) && state->state == GROUP_SPACE && space_is_in(uapi, state->space, space);
}

void group_forget_space(struct uapi *uapi, space_handle space)
{
	for (uint32_t i = 0; i < uapi->group_rows && goes_back(uapi); i++) {
		struct uapi_group *state = &uapi->groups[i];
		if (state->before == GROUP_SPACE && state->space_before == space) {
			state->before = GROUP_BLOCKED;
			state->space_before = 0;
		}
		if (state->members && state->state == GROUP_SPACE && state->space == space)
			group_move_anyway(uapi, i, (struct group_target){.state = GROUP_BLOCKED});
	}
}
