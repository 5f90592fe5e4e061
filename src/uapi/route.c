/* SPDX-License-Identifier: MIT */
#include "uapi/route.h"

#include "uapi/access.h"
#include "uapi/device.h"
#include "uapi/features.h"
#include "uapi/group.h"
#include "uapi/guest_table.h"
#include "uapi/pasid.h"
#include "uapi/space.h"

#include <errno.h>
#include <glib.h>

static const struct space_errors route_errors = {.outside = -EINVAL, .misaligned = -EINVAL, .unlike = -EINVAL};

static bool asks_at_commands(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_GROUP_CHECK_POINT] == CHECK_AT_EVERY_COMMAND;
}

/* --- groups that are attached in part --- */

/* An mdev's PASID is the mdev's: its parent takes no part. */
static bool has_pasid_in(const struct uapi *uapi, uint16_t device, space_handle space)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE) {
		const struct uapi_pasid *row = pasid_slot(uapi, slot);
		if (row->device == device && space_is_in(uapi, row->space, space) && !pasid_is_mdevs(uapi, row))
			return true;
	}
	return false;
}

/* Who is attached to what is nested in it is attached to the space too. */
static bool takes_part(const struct uapi *uapi, uint16_t device, space_handle space)
{
	return space_is_in(uapi, uapi->devices[device].space, space) || has_pasid_in(uapi, device, space);
}

static bool is_complete(const struct uapi *uapi, uint16_t device, space_handle space)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (group_wants_one_space(uapi, (uint16_t)i, device) && !takes_part(uapi, (uint16_t)i, space))
			return false;
	return true;
}

static bool has_part_of_a_group(const struct uapi *uapi, space_handle space)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].home != GROUP_NONE && takes_part(uapi, (uint16_t)i, space) &&
		    !is_complete(uapi, (uint16_t)i, space))
			return true;
	return false;
}

int route_commands(const struct uapi *uapi, uint16_t owner, space_handle space)
{
	if (!space_get(uapi, owner, space))
		return 0; /* the command says so */
	if (uapi->rules.value[KNOB_MAP_BEFORE_ATTACH] == MAP_BEFORE_ATTACH_REJECT && !space_in_use(uapi, space) &&
	    !(space_of(uapi, space)->flags & SPACE_FURNISHED))
		return -EINVAL;
	return asks_at_commands(uapi) && has_part_of_a_group(uapi, space) ? -EPERM : 0;
}

/* --- taking --- */

int route_take(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	const struct uapi_device *state = &uapi->devices[device];
	if (state->user != MACHINE_NONE)
		return -EBUSY;
	if (!device_is_mdev(uapi, device)) {
		if (!device_translated(uapi, device))
			return -EINVAL;
		if (!device_interrupts_isolated(uapi, device) && !uapi->rules.value[KNOB_UNSAFE_INTERRUPTS])
			return -EPERM;
		if (group_checks(uapi) && group_conflict(uapi, state->group, owner))
			return -EPERM;
		if (!device_has_user_driver(uapi, device))
			return -ENODEV;
		int error = group_take(uapi, device, owner);
		if (error)
			return error;
	}
	device_open(uapi, device, owner);
	return 0;
}

int route_mmap(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	(void)uapi;
	(void)owner;
	(void)device;
	return -EINVAL; /* not before the device is bound */
}

int route_destroy(struct uapi *uapi, uint16_t owner, space_handle space)
{
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (space_in_use(uapi, space))
		return -EBUSY;
	space_free(uapi, space);
	return 0;
}

/* --- into a nested space --- */

/* What is attached there already, to the space itself or, a nested one, to the other; else the error. */
static int may_enter(const struct uapi *uapi, space_handle present, space_handle space)
{
	space_handle parent = space_parent(uapi, space);
	if (!present)
		return parent ? -EINVAL : 0;
	return present == parent ? 0 : -EBUSY;
}

/* The PASID moves from the one to what is nested in it. */
static int nest_pasid(struct uapi *uapi, uint32_t slot, uint16_t device, space_handle space)
{
	int error = space_grow_for(uapi, space, device, &route_errors);
	if (error)
		return error;
	error = pasid_move(uapi, slot, space);
	if (error)
		space_shrink(uapi, space);
	return error;
}

/* --- mdevs --- */

/* Its driver reads the mappings of the one space that it knows. */
static int attach_software_mdev(struct uapi *uapi, uint16_t device, space_handle space)
{
	if (!uapi->front->software_mdevs)
		return -ENOTTY;
	if (space_parent(uapi, space))
		return -EINVAL;
	uapi->devices[device].space = space;
	space_of(uapi, space)->emulated++;
	return 0;
}

/* `device` is where the table is looked for: the mdev, or the function that the PASID is of. */
static int bind_pasid(struct uapi *uapi, uint16_t device, const struct uapi_pasid *bond)
{
	if (!features_have(uapi, bond->device, FEATURE_PASID) || guest_table_refuses(uapi, bond->device))
		return -EINVAL;
	if (pasid_find(uapi, bond->device, bond->pasid) || pasid_differs_in_group(uapi, bond) ||
	    group_is_fenced(uapi, uapi->devices[bond->device].group))
		return -EBUSY;
	int error = space_grow_for(uapi, bond->space, device, &route_errors);
	if (error)
		return error;
	error = pasid_bind_space(uapi, bond);
	if (error)
		space_shrink(uapi, bond->space);
	return error;
}

static int attach_mdev(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	struct uapi_pasid bond = {.pasid = row->pasid, .space = space, .device = row->parent, .owner = owner};
	if (row->pasid == MACHINE_NO_PASID)
		return attach_software_mdev(uapi, device, space);
	if (!device_kernel_driven(uapi, row->parent))
		return -ENODEV;
	uint32_t slot = pasid_find(uapi, row->parent, row->pasid);
	bool deeper = slot && space_parent(uapi, space) && pasid_slot(uapi, slot)->space == space_parent(uapi, space);
	int error = deeper ? nest_pasid(uapi, slot, device, space) : bind_pasid(uapi, device, &bond);
	if (!error)
		uapi->devices[device].space = space;
	return error;
}

static void drop_mdev(struct uapi *uapi, uint16_t device, space_handle space)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	if (row->pasid == MACHINE_NO_PASID) {
		space_of(uapi, space)->emulated--;
		return;
	}
	/* Gone where the parent's driver is. */
	uint32_t slot = pasid_find(uapi, row->parent, row->pasid);
	if (slot && pasid_slot(uapi, slot)->space == space)
		pasid_unbind(uapi, slot);
	space_shrink(uapi, space);
}

/* --- functions --- */

/* A sibling is attached to another space, and the rule is one space a group. */
static bool sibling_elsewhere(const struct uapi *uapi, uint16_t device, space_handle space)
{
	for (uint32_t i = 0; group_checks(uapi) && i < uapi->machine->device_count; i++)
		if (i != device && group_wants_one_space(uapi, (uint16_t)i, device) && uapi->devices[i].space &&
		    uapi->devices[i].space != space)
			return true;
	return false;
}

static bool is_moved(const struct uapi *uapi, uint32_t group, space_handle space)
{
	return uapi->groups[group].state == GROUP_SPACE && uapi->groups[group].space == space;
}

/* Those that have just been moved, where another could not be. */
static void move_back(struct uapi *uapi, const bool *moved)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (moved[i])
			group_detach(uapi, uapi->devices[i].group);
}

/* All that was held back until now, with the device. */
static int move_complete(struct uapi *uapi, uint16_t device, space_handle space)
{
	g_autofree bool *moved = g_new0(bool, uapi->machine->device_count);
	int error = 0;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++) {
		const struct uapi_device *member = &uapi->devices[i];
		if (!group_wants_one_space(uapi, (uint16_t)i, device) || member->space != space ||
		    is_moved(uapi, member->group, space))
			continue;
		error = group_move(uapi, member->group, group_into(space));
		moved[i] = !error;
	}
	if (error)
		move_back(uapi, moved);
	return error;
}

/* The device's group, unless a sibling has moved it already. */
static int move_in(struct uapi *uapi, uint16_t device, space_handle space)
{
	const struct uapi_device *state = &uapi->devices[device];
	if (asks_at_commands(uapi))
		return is_complete(uapi, device, space) ? move_complete(uapi, device, space) : 0;
	return is_moved(uapi, state->group, space) ? 0 : group_move(uapi, state->group, group_into(space));
}

int route_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi_device *state = &uapi->devices[device];
	if (state->user != owner)
		return -EINVAL;
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (state->space == space)
		return 0;
	space_handle before = state->space;
	int error = may_enter(uapi, before, space);
	if (error)
		return error;
	if (device_is_mdev(uapi, device))
		return attach_mdev(uapi, owner, device, space);
	if (sibling_elsewhere(uapi, device, space) || !space_clear_for(uapi, space, device))
		return -EINVAL;
	if (group_kept_by_unit(uapi, state->group))
		return -EPERM;
	error = space_grow(uapi, space, state->group, &route_errors);
	if (error)
		return error;
	state->space = space;
	error = move_in(uapi, device, space);
	if (error) {
		state->space = before;
		space_shrink(uapi, space);
		return error;
	}
	space_hint_reset(uapi, space);
	return 0;
}

/* Another attached device moves with it, whose group it is in or whose requests are not told from its own. */
static bool is_needed_there(const struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		bool same = uapi->machine->devices[i].stream == row->stream &&
			    uapi->machine->devices[i].iommu == row->iommu && uapi->front->moves_devices;
		if (i != device && uapi->devices[i].space && uapi->devices[i].group != GROUP_NONE &&
		    (uapi->devices[i].group == uapi->devices[device].group || same))
			return true;
	}
	return false;
}

static void drop(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	space_handle space = state->space;
	if (device_is_mdev(uapi, device))
		access_end(uapi, device);
	if (guest_table_owns(uapi, device)) /* what was registered of it means nothing without it */
		pasid_unbind_all(uapi, device, MACHINE_NONE);
	state->space = 0;
	if (device_is_mdev(uapi, device)) {
		drop_mdev(uapi, device, space);
		return;
	}
	if (!is_needed_there(uapi, device))
		group_detach(uapi, state->group);
	space_shrink(uapi, space);
}

int route_detach(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	if (uapi->devices[device].user != owner || !uapi->devices[device].space)
		return -EINVAL;
	drop(uapi, device);
	return 0;
}

/* To what it is nested in first, which the proposals want. */
static int attach_from_nothing(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	space_handle parent = space_parent(uapi, space);
	int error = parent ? route_attach(uapi, owner, device, parent) : 0;
	if (error)
		return error;
	error = route_attach(uapi, owner, device, space);
	if (error && parent)
		route_detach(uapi, owner, device);
	return error;
}

int route_replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	space_handle before = uapi->devices[device].space;
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (before && space_parent(uapi, space) == before)
		return route_attach(uapi, owner, device, space);
	int error = route_detach(uapi, owner, device);
	if (error)
		return error;
	error = attach_from_nothing(uapi, owner, device, space);
	if (error)
		attach_from_nothing(uapi, owner, device, before);
	return error;
}

void route_release(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	device_close(uapi, device);
	if (uapi->devices[device].space)
		drop(uapi, device);
	if (!device_is_mdev(uapi, device))
		group_give_back(uapi, device, owner);
}

/* --- PASIDs of a user's function --- */

int route_attach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	struct uapi_pasid bond = {.pasid = pasid, .space = space, .device = device, .owner = owner};
	if (uapi->devices[device].user != owner || device_is_mdev(uapi, device))
		return -EINVAL;
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	uint32_t slot = pasid_find(uapi, device, pasid);
	space_handle parent = space_parent(uapi, space);
	if (parent && slot && pasid_slot(uapi, slot)->owner == owner && pasid_slot(uapi, slot)->space == parent)
		return nest_pasid(uapi, slot, device, space);
	/*
	 * The PASID is on the parent, or the device itself: its PASIDs are the guest's to give then (the proposal's
	 * section on vSVA). What is registered of a guest's table of PASIDs is in no table of the host's.
	 */
	if (parent && !slot && !guest_table_owns(uapi, device) &&
	    !space_is_in(uapi, uapi->devices[device].space, parent))
		return -EINVAL;
	int error = bind_pasid(uapi, device, &bond);
	if (error)
		return error;
	error = asks_at_commands(uapi) ? move_in(uapi, device, space) : 0;
	if (error)
		pasid_unbind(uapi, pasid_find(uapi, device, pasid));
	return error;
}

int route_detach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	uint32_t slot = pasid_find(uapi, device, pasid);
	if (!slot || uapi->devices[device].user != owner || pasid_slot(uapi, slot)->owner != owner)
		return -EINVAL;
	pasid_unbind(uapi, slot);
	return 0;
}

static int pasid_from_nothing(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	space_handle parent = space_parent(uapi, space);
	int error = parent ? route_attach_pasid(uapi, owner, device, pasid, parent) : 0;
	if (error)
		return error;
	error = route_attach_pasid(uapi, owner, device, pasid, space);
	if (error && parent)
		route_detach_pasid(uapi, owner, device, pasid);
	return error;
}

int route_replace_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	uint32_t slot = pasid_find(uapi, device, pasid);
	space_handle before = slot ? pasid_slot(uapi, slot)->space : 0;
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (before && space_parent(uapi, space) == before)
		return route_attach_pasid(uapi, owner, device, pasid, space);
	int error = route_detach_pasid(uapi, owner, device, pasid);
	if (error)
		return error;
	error = pasid_from_nothing(uapi, owner, device, pasid, space);
	if (error)
		pasid_from_nothing(uapi, owner, device, pasid, before);
	return error;
}
