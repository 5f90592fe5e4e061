/* SPDX-License-Identifier: MIT */
/*
 * VFIO with groups and containers, type1 v2: drivers/vfio/{group,container,vfio_iommu_type1}.c.
 *
 * The unit of everything is the group. A group is open once; to get a device out of it, it has to be in a container
 * that has an IOMMU. Scenarios take a device before they make a space, so `take` puts the group into a throw-away
 * container; `attach` moves it on into the container of the space, `detach` back into a throw-away one. A kernel would
 * need the device files closed for that, and would pass through the default domain; neither is shown, since only this
 * front end's way of doing two calls as one asks for it.
 *
 * A container without a group has no IOMMU, and a group that leaves as the last one takes all mappings with it.
 */
#include "uapi/type1.h"

#include "uapi/access.h"
#include "uapi/device.h"
#include "uapi/dirty.h"
#include "uapi/domain.h"
#include "uapi/group.h"
#include "uapi/space.h"

#include <errno.h>

#define UNMAP_TRIES 11 /* the tenth retry is the last */

/* Both come out of replaying the container's mappings into the new table. */
static const struct space_errors type1_errors = {.outside = -EINVAL, .misaligned = -EINVAL, .unlike = -EINVAL};

static struct uapi_group *group_of(const struct uapi *uapi, uint16_t device)
{
	return &uapi->groups[uapi->devices[device].group];
}

static bool throw_away(const struct uapi *uapi, space_handle space)
{
	return space_of(uapi, space)->flags & SPACE_THROW_AWAY;
}

/* --- groups in containers --- */

/* What a member brings along that the container cannot have: a lack of interrupt isolation, areas in the way. */
static int members_fit(const struct uapi *uapi, space_handle container, uint32_t group)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && !space_clear_for(uapi, container, (uint16_t)i))
			return -EINVAL;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && !device_interrupts_isolated(uapi, (uint16_t)i) &&
		    !uapi->rules.value[KNOB_UNSAFE_INTERRUPTS])
			return -EPERM;
	return 0;
}

static int enter_container(struct uapi *uapi, space_handle container, uint32_t group)
{
	int error = group_kept_by_unit(uapi, group) ? -EPERM : members_fit(uapi, container, group);
	if (!error)
		error = space_grow(uapi, container, group, &type1_errors);
	if (error)
		return error;
	error = group_move(uapi, group, group_into(container));
	if (error) {
		space_shrink(uapi, container);
		return error;
	}
	uapi->groups[group].container = container;
	space_hint_reset(uapi, container);
	return 0;
}

/* The last group leaves: the container has no IOMMU any more. */
static void empty_container(struct uapi *uapi, space_handle container)
{
	uint64_t unmapped;
	if (!space_in_use(uapi, container))
		space_unmap(uapi, container, 0, UINT64_MAX, &unmapped);
	space_shrink(uapi, container);
	if (throw_away(uapi, container) && !space_in_use(uapi, container))
		space_free(uapi, container);
}

/* From one container into another. The group stays in the old one if the new one refuses it. */
static int change_container(struct uapi *uapi, uint32_t group, space_handle to)
{
	space_handle from = uapi->groups[group].container;
	int error = enter_container(uapi, to, group);
	if (!error)
		empty_container(uapi, from);
	return error;
}

/* --- opening and closing --- */

static void close_group(struct uapi *uapi, uint32_t group)
{
	space_handle container = uapi->groups[group].container;
	/* Ownership kept the group from the kernel's domain until it was released; before, it went straight back. */
	struct group_target target = group_detached(uapi);
	if (!uapi_kernel_is(uapi, KERNEL_5_19))
		target.state = GROUP_DEFAULT;
	group_move_anyway(uapi, group, target);
	uapi->groups[group].container = 0;
	uapi->groups[group].opened_by = MACHINE_NONE;
	if (container)
		empty_container(uapi, container);
	group_unclaim(uapi, group);
}

/* Group file, throw-away container, SET_CONTAINER, SET_IOMMU. */
static int open_group(struct uapi *uapi, uint16_t owner, uint32_t group)
{
	unsigned point = uapi->rules.value[KNOB_GROUP_CHECK_POINT];
	bool check = group_checks(uapi) && point != CHECK_AT_GET_DEVICE_FD;
	space_handle container;
	int error = space_new(uapi, owner, SPACE_THROW_AWAY, &container);
	if (error)
		return error;
	error = group_claim(uapi, group, owner, check);
	if (error) {
		space_free(uapi, container);
		return error;
	}
	uapi->groups[group].opened_by = owner;
	error = enter_container(uapi, container, group);
	if (error) {
		space_free(uapi, container);
		close_group(uapi, group);
	}
	return error;
}

/* GET_DEVICE_FD. */
static int open_device(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	bool check = group_checks(uapi) && uapi->rules.value[KNOB_GROUP_CHECK_POINT] == CHECK_AT_GET_DEVICE_FD;
	if (check && !group_viable(uapi, uapi->devices[device].group))
		return -EINVAL;
	if (!device_has_user_driver(uapi, device))
		return -ENODEV;
	device_open(uapi, device, owner);
	return 0;
}

static bool others_open(const struct uapi *uapi, uint16_t device)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (i != device && uapi->devices[i].group == uapi->devices[device].group &&
		    uapi->devices[i].user != MACHINE_NONE)
			return true;
	return false;
}

/* An mdev has a group and a container's attention, but no IOMMU. */
static int take_mdev(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	uint16_t user = uapi->devices[device].user;
	if (user != MACHINE_NONE)
		return user == owner ? 0 : -EBUSY;
	device_open(uapi, device, owner);
	return 0;
}

static int type1_take(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	if (device_is_mdev(uapi, device))
		return take_mdev(uapi, owner, device);
	if (!device_translated(uapi, device))
		return -EINVAL; /* without a group VFIO does not even probe it */
	if (!uapi->machine->devices[device].coherent && uapi_kernel_is(uapi, KERNEL_5_19))
		return -EINVAL; /* nor, since then, what it knows no way to keep coherent */
	if (!group_checks(uapi) && !device_has_user_driver(uapi, device))
		return -ENODEV;
	if (state->user != MACHINE_NONE && state->user != owner)
		return -EBUSY; /* also where nobody asks about the group */
	if (!group_checks(uapi) && group_conflict(uapi, state->group, owner))
		group_split(uapi, device);
	uint16_t opened_by = group_of(uapi, device)->opened_by;
	int error =
		opened_by == MACHINE_NONE ? open_group(uapi, owner, state->group) : (opened_by == owner ? 0 : -EBUSY);
	if (!error && state->user == MACHINE_NONE) {
		error = open_device(uapi, owner, device);
		if (error && opened_by == MACHINE_NONE)
			close_group(uapi, state->group);
	}
	if (error)
		group_rejoin(uapi, device);
	return error;
}

static void type1_release(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	space_handle space = state->space;
	(void)owner;
	device_close(uapi, device);
	state->space = 0;
	if (device_is_mdev(uapi, device)) {
		if (space) {
			space_of(uapi, space)->emulated--;
			empty_container(uapi, space);
		}
		return;
	}
	if (others_open(uapi, device))
		return;
	close_group(uapi, state->group);
	group_rejoin(uapi, device);
}

/* --- spaces --- */

static int type1_mmap(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	(void)uapi;
	(void)owner;
	(void)device;
	return -EINVAL; /* a device file comes only from a group in a container */
}

/* UNSET_CONTAINER of the groups in it, then close: refused while their devices are open, and they are. */
static int type1_destroy(struct uapi *uapi, uint16_t owner, space_handle space)
{
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (space_in_use(uapi, space))
		return -EBUSY;
	space_free(uapi, space);
	return 0;
}

static bool sibling_attached(const struct uapi *uapi, uint16_t device)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (i != device && uapi->devices[i].group == uapi->devices[device].group && uapi->devices[i].space)
			return true;
	return false;
}

static int attach_mdev(struct uapi *uapi, uint16_t device, space_handle space)
{
	struct uapi_device *state = &uapi->devices[device];
	if (uapi->machine->devices[device].pasid != MACHINE_NO_PASID)
		return -ENOTTY;
	if (state->space)
		return state->space == space ? 0 : -EINVAL;
	state->space = space;
	space_of(uapi, space)->emulated++;
	return 0;
}

static int type1_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi_device *state = &uapi->devices[device];
	if (state->user != owner)
		return -EINVAL;
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (device_is_mdev(uapi, device))
		return attach_mdev(uapi, device, space);
	if (state->space && state->space != space)
		return -EINVAL; /* SET_CONTAINER: it has one */
	if (group_of(uapi, device)->container != space) {
		if (sibling_attached(uapi, device))
			return -EINVAL; /* the same, for all of the group */
		int error = change_container(uapi, state->group, space);
		if (error)
			return error;
	}
	state->space = space;
	return 0;
}

static int type1_detach(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	space_handle space = state->space, away;
	if (state->user != owner || !space)
		return -EINVAL;
	if (device_is_mdev(uapi, device)) {
		access_end(uapi, device);
		state->space = 0;
		space_of(uapi, space)->emulated--;
		empty_container(uapi, space);
		return 0;
	}
	if (sibling_attached(uapi, device))
		return -EBUSY; /* UNSET_CONTAINER takes the whole group out, and its devices are open */
	int error = space_new(uapi, owner, SPACE_THROW_AWAY, &away);
	if (error)
		return error;
	state->space = 0;
	error = change_container(uapi, state->group, away);
	if (error) {
		state->space = space;
		space_free(uapi, away);
		return error;
	}
	if (uapi->rules.value[KNOB_DETACH_TARGET] == DETACH_TO_DEFAULT)
		group_move_anyway(uapi, state->group, (struct group_target){.state = GROUP_DEFAULT});
	return 0;
}

/* There is no such call: out of the one container and into the other, with nothing mapped in between. */
static int type1_replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi_device *state = &uapi->devices[device];
	space_handle before = state->space, away;
	if (state->user != owner || !before || device_is_mdev(uapi, device))
		return -EINVAL;
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (before == space)
		return 0;
	if (sibling_attached(uapi, device))
		return -EBUSY;
	int error = space_new(uapi, owner, SPACE_THROW_AWAY, &away);
	if (error)
		return error;
	error = enter_container(uapi, away, state->group);
	if (error) {
		space_free(uapi, away);
		return error;
	}
	error = enter_container(uapi, space, state->group);
	if (error)
		group_move_anyway(uapi, state->group, group_into(before));
	uapi->groups[state->group].container = error ? before : space;
	state->space = error ? before : space;
	empty_container(uapi, away);
	if (!error)
		empty_container(uapi, before);
	return error;
}

/* --- mappings --- */

/* Mappings are in multiples of a page even where only mdevs are in the container. */
static uint64_t page_mask(const struct uapi *uapi, space_handle space)
{
	uint64_t alignment = space_alignment(uapi, space);
	return (alignment > UNIT_PAGE_BYTES ? alignment : UNIT_PAGE_BYTES) - 1;
}

int type1_map(struct uapi *uapi, uint16_t owner, space_handle handle, uint64_t iova, struct uapi_target target,
	      uint64_t bytes, unsigned permissions)
{
	const struct space *space = space_get(uapi, owner, handle);
	struct area area = space_area(iova, target, bytes, permissions);
	uint64_t first, last, end;
	if (!space)
		return -ENOENT;
	if (!bytes)
		return -EINVAL;
	if (iova + (bytes - 1) < iova)
		return -EOVERFLOW;
	if (!permissions || (iova | bytes | target.offset) & page_mask(uapi, handle))
		return -EINVAL;
	if (areas_overlap(&uapi->areas, space_set(handle), iova, area_last(&area)))
		return -EEXIST;
	if (space->areas >= SPACE_AREAS_MAX)
		return -ENOSPC;
	space_bounds(uapi, handle, &first, &last);
	if (iova < first || area_last(&area) > last || space_reserved(uapi, handle, iova, area_last(&area), &end))
		return -EINVAL;
	return space_map(uapi, handle, &area);
}

int type1_unmap(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes,
		uint64_t *unmapped)
{
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (iova & page_mask(uapi, space))
		return -EINVAL;
	if (!bytes || bytes & page_mask(uapi, space))
		return -EINVAL;
	if (iova + (bytes - 1) < iova)
		return -EOVERFLOW;
	if (space_cuts(uapi, space, iova, iova + (bytes - 1)))
		return -EINVAL;
	if (!access_let_go(uapi, space, iova, iova + (bytes - 1), UNMAP_TRIES))
		return UAPI_CRASH;
	int error = space_unmap(uapi, space, iova, iova + (bytes - 1), unmapped);
	if (!error)
		type1_report_unmapped(uapi, space, iova, iova + (bytes - 1));
	return error;
}

/* The driver of an mdev reads the container's table, which is all that an mdev has. */
int type1_pin(struct uapi *uapi, uint16_t device, uint64_t iova, unsigned permissions, struct uapi_target *target)
{
	const struct area *area = access_area(uapi, device, iova);
	if (!area)
		return -EINVAL;
	if ((area->permissions & permissions) != permissions)
		return -EPERM;
	return access_pin(uapi, device, iova, area, target);
}

const struct uapi_front_end type1_front_end = {
	.name = "vfio-type1",
	.take = type1_take,
	.release = type1_release,
	.mmap = type1_mmap,
	.space = space_new,
	.destroy = type1_destroy,
	.attach = type1_attach,
	.detach = type1_detach,
	.replace = type1_replace,
	.map = type1_map,
	.unmap = type1_unmap,
	.pin = type1_pin,
	.dirty_start = type1_dirty_start,
	.dirty_read = type1_dirty_read,
};
