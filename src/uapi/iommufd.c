/* SPDX-License-Identifier: MIT */
/*
 * iommufd with VFIO's device files: drivers/iommu/iommufd/{device,hw_pagetable,io_pagetable,ioas}.c. Calls name
 * devices, their effect is on groups: the first member that is attached moves the group, the others add a reference,
 * and the last that is detached takes it away again. An owner has one iommufd: its spaces (IOAS) are one ID space.
 *
 * Page tables are made by attaching, one a unit, and vanish with their last device; those that have a call of their own
 * (iommufd_hwpt.c) stay. A space without one pins nothing and knows no alignment.
 */
#include "uapi/access.h"
#include "uapi/device.h"
#include "uapi/dirty.h"
#include "uapi/domain.h"
#include "uapi/fault.h"
#include "uapi/features.h"
#include "uapi/group.h"
#include "uapi/guest_table.h"
#include "uapi/iommufd_nest.h"
#include "uapi/iommufd_objects.h"
#include "uapi/iommufd_range.h"
#include "uapi/pasid.h"
#include "uapi/space.h"
#include "uapi/switch.h"

#include <errno.h>

#define NO_PASID    UINT32_MAX /* as PASID_NONE */
#define UNMAP_TRIES 101        /* the hundredth retry is the last */

/* A page table that existing areas do not fit: the addresses are in use. */
const struct space_errors iommufd_errors = {.outside = -EADDRINUSE, .misaligned = -EADDRINUSE, .unlike = -EINVAL};

static struct uapi_group *group_of(const struct uapi *uapi, uint16_t device)
{
	return &uapi->groups[uapi->devices[device].group];
}

static bool exists(const struct uapi *uapi)
{
	return uapi_kernel_is(uapi, KERNEL_6_2);
}

/* --- binding --- */

static int bind_group(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	const struct uapi_device *state = &uapi->devices[device];
	if (!device_translated(uapi, device) || !uapi->machine->devices[device].coherent)
		return -EINVAL; /* not known to be coherent, as DMA that is not translated; asked before its group */
	if (!device_interrupts_isolated(uapi, device) && !uapi->rules.value[KNOB_UNSAFE_INTERRUPTS])
		return -EPERM;
	if (state->driver == DRIVER_STUB || (!group_checks(uapi) && !device_has_user_driver(uapi, device)))
		return -ENODEV; /* there is no device file */
	int error = group_take(uapi, device, owner);
	if (!error && !device_has_user_driver(uapi, device)) {
		group_give_back(uapi, device, owner);
		return -ENODEV;
	}
	if (error)
		group_rejoin(uapi, device);
	return error;
}

static int iommufd_take(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	if (!exists(uapi))
		return -ENOTTY;
	if (uapi->devices[device].user != MACHINE_NONE)
		return -EINVAL; /* a device file opens its device once, whoever asks */
	int error = device_is_mdev(uapi, device) ? 0 : bind_group(uapi, owner, device);
	if (!error)
		device_open(uapi, device, owner);
	return error;
}

static int iommufd_mmap(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	(void)owner;
	(void)device;
	return exists(uapi) ? -EINVAL : -ENOTTY; /* no access before the device is bound */
}

/* --- attaching --- */

/* Where PASIDs of the group are attached, page tables of plain requests have to be made for PASIDs as well. */
static bool pasids_permit(const struct uapi *uapi, uint32_t group, space_handle space)
{
	uint32_t slot = 0;
	if (space_of(uapi, space)->flags & SPACE_PASID)
		return true;
	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE)
		if (uapi->devices[pasid_slot(uapi, slot)->device].group == group)
			return false;
	return true;
}

static int move_in(struct uapi *uapi, uint32_t group, space_handle space)
{
	if (!pasids_permit(uapi, group, space))
		return -EINVAL;
	if (group_kept_by_unit(uapi, group))
		return -EPERM;
	int error = space_grow(uapi, space, group, &iommufd_errors);
	if (error)
		return error;
	error = group_move(uapi, group, group_into(space));
	if (error)
		space_shrink(uapi, space);
	return error;
}

/* Of a page table with a queue, only with a device that can ask for pages. */
static int first_attach(struct uapi *uapi, uint16_t device, space_handle space)
{
	bool wanted;
	int error = hwpt_want_faults(uapi, device, space, &wanted);
	if (!error)
		error = move_in(uapi, uapi->devices[device].group, space);
	if (error && wanted)
		features_drop_faults(uapi, device);
	return error;
}

static bool group_attached(const struct uapi *uapi, uint32_t group)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && uapi->devices[i].space)
			return true;
	return false;
}

static int attach_mdev(struct uapi *uapi, uint16_t device, space_handle space)
{
	struct uapi_device *state = &uapi->devices[device];
	if (space_of(uapi, space)->kind != OBJECT_SPACE)
		return -ENOENT; /* an access has areas, not a page table */
	if (uapi->machine->devices[device].pasid != MACHINE_NO_PASID)
		return -ENOTTY;
	if (state->space == space)
		return 0;
	if (!space_aligned(uapi, space, UNIT_PAGE_BYTES))
		return -EADDRINUSE;
	if (state->space) {
		access_end(uapi, device);
		space_of(uapi, state->space)->emulated--;
	}
	state->space = space;
	space_of(uapi, space)->emulated++;
	return 0;
}

/* The whole group, and with it every attached member; what served it stays if that fails. */
static int replace_group(struct uapi *uapi, uint16_t device, space_handle from, space_handle to)
{
	uint32_t group = uapi->devices[device].group;
	int error = 0;
	if (from == to)
		return 0;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++)
		if (uapi->devices[i].group == group && uapi->devices[i].space &&
		    !space_clear_for(uapi, to, (uint16_t)i))
			error = -EADDRINUSE;
	if (!error)
		error = switch_away(uapi, group);
	if (error)
		return error;
	error = first_attach(uapi, device, to);
	if (error) {
		switch_back(uapi, group, from);
		return error;
	}
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && uapi->devices[i].space) {
			uapi->devices[i].space = to;
			fault_abandon(uapi, (uint16_t)i, NO_PASID);
		}
	space_shrink(uapi, from);
	space_hint_reset(uapi, to);
	return 0;
}

static int iommufd_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi_device *state = &uapi->devices[device];
	int error = state->user == owner ? hwpt_attachable(uapi, owner, space) : -EINVAL;
	if (error)
		return error;
	if (device_is_mdev(uapi, device))
		return attach_mdev(uapi, device, space);
	int named = iommufd_nest_named(uapi, device, space);
	if (named)
		return named;
	if (state->space) /* through a device file, a second attach is a replace */
		return uapi_kernel_is(uapi, KERNEL_6_6) ? replace_group(uapi, device, state->space, space) : -EBUSY;
	bool attached = group_attached(uapi, state->group);
	if (attached && group_of(uapi, device)->space != space)
		return -EINVAL;
	if (!space_clear_for(uapi, space, device))
		return -EADDRINUSE;
	error = attached ? 0 : first_attach(uapi, device, space);
	if (error)
		return error;
	state->space = space;
	space_hint_reset(uapi, space);
	return 0;
}

static int iommufd_replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	struct uapi_device *state = &uapi->devices[device];
	if (!uapi_kernel_is(uapi, KERNEL_6_6))
		return -ENOTTY;
	int error = state->user == owner && state->space ? hwpt_attachable(uapi, owner, space) : -EINVAL;
	if (error)
		return error;
	if (device_is_mdev(uapi, device))
		return attach_mdev(uapi, device, space);
	int named = iommufd_nest_named(uapi, device, space);
	return named ? named : replace_group(uapi, device, state->space, space);
}

/* What served before serves on if that fails. */
static int move_pasid(struct uapi *uapi, uint32_t slot, space_handle to)
{
	space_handle from = pasid_slot(uapi, slot)->space;
	int error = pasid_move(uapi, slot, to);
	space_shrink(uapi, error ? to : from);
	return error;
}

/* The page tables of the PASID and of plain requests have to be made for PASIDs. */
static bool made_for_pasids(const struct uapi *uapi, uint16_t device, space_handle space)
{
	const struct uapi_group *group = group_of(uapi, device);
	if (!(space_of(uapi, space)->flags & SPACE_PASID))
		return false;
	return group->state != GROUP_SPACE || space_of(uapi, group->space)->flags & SPACE_PASID;
}

/* No reserved ranges for PASIDs: a process's address space has none to offer (Yi Liu 2025-03-21). */
static int into_space(struct uapi *uapi, const struct uapi_pasid *bond)
{
	const struct uapi_device *state = &uapi->devices[bond->device];
	uint32_t slot = pasid_find(uapi, bond->device, bond->pasid);
	int error = hwpt_attachable(uapi, bond->owner, bond->space);
	if (error)
		return error;
	if (slot && pasid_slot(uapi, slot)->space == bond->space)
		return 0;
	if (guest_table_refuses(uapi, bond->device))
		return -EINVAL;
	if (!features_have(uapi, bond->device, FEATURE_PASID) || pasid_differs_in_group(uapi, bond) ||
	    !made_for_pasids(uapi, bond->device, bond->space))
		return -EINVAL;
	if (group_is_fenced(uapi, state->group))
		return -EBUSY;
	if (!features_pasid_fits(uapi, bond->device, bond->pasid))
		return -EINVAL;
	error = space_grow_for(uapi, bond->space, bond->device, &iommufd_errors);
	if (error)
		return error;
	if (slot)
		return move_pasid(uapi, slot, bond->space);
	error = pasid_bind_space(uapi, bond);
	if (error)
		space_shrink(uapi, bond->space);
	return error;
}

static int enter_pasid(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	if (!uapi_kernel_is(uapi, KERNEL_6_15))
		return -ENOTTY;
	if (uapi->devices[device].user != owner)
		return -EINVAL;
	/* The driver of an mdev has no call for it (vfio_df_ioctl_attach_pt()). */
	return device_is_mdev(uapi, device) ? -EOPNOTSUPP : 0;
}

/* Through a device file a second attach is a replace. */
static int iommufd_attach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	struct uapi_pasid bond = {.pasid = pasid, .space = space, .device = device, .owner = owner};
	int error = enter_pasid(uapi, owner, device);
	return error ? error : into_space(uapi, &bond);
}

static int iommufd_replace_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space)
{
	int error = enter_pasid(uapi, owner, device);
	if (!error && !pasid_find(uapi, device, pasid))
		error = -EINVAL;
	return error ? error : iommufd_attach_pasid(uapi, owner, device, pasid, space);
}

static int iommufd_detach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	int error = enter_pasid(uapi, owner, device);
	uint32_t slot = error ? 0 : pasid_find(uapi, device, pasid);
	if (slot)
		pasid_unbind(uapi, slot);
	return error; /* also where there was nothing to detach */
}

/* The device's reference goes; the group moves with the last one, and that cannot fail. */
static void drop_attachment(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	space_handle space = state->space;
	if (device_is_mdev(uapi, device))
		access_end(uapi, device);
	state->space = 0;
	if (device_is_mdev(uapi, device)) {
		space_of(uapi, space)->emulated--;
		return;
	}
	if (!group_attached(uapi, state->group))
		group_detach(uapi, state->group);
	if (space_of(uapi, space)->queue)
		fault_drain(uapi, device, NO_PASID);
	space_shrink(uapi, space);
}

static int iommufd_detach(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	if (uapi->devices[device].user != owner)
		return -EINVAL;
	if (uapi->devices[device].space)
		drop_attachment(uapi, device);
	return 0; /* also where there was nothing to detach */
}

static void iommufd_release(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	viommu_lose_device(uapi, device);
	device_close(uapi, device);
	if (uapi_kernel_is(uapi, KERNEL_7_0))
		space_revoke(uapi, device);
	if (uapi->devices[device].space)
		drop_attachment(uapi, device);
	if (device_is_mdev(uapi, device))
		return;
	group_give_back(uapi, device, owner);
}

/* --- spaces and mappings --- */

static int iommufd_space(struct uapi *uapi, uint16_t owner, unsigned flags, space_handle *out)
{
	return exists(uapi) ? space_new(uapi, owner, flags, out) : -ENOTTY;
}

static int iommufd_destroy(struct uapi *uapi, uint16_t owner, space_handle space)
{
	if (!space_get(uapi, owner, space))
		return -ENOENT;
	if (space_in_use(uapi, space))
		return -EBUSY;
	object_forget(uapi, space);
	space_free(uapi, space);
	return 0;
}

static int iommufd_map(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		       uint64_t bytes, unsigned permissions)
{
	struct area area = space_area(iova, target, bytes, permissions);
	if (iova == UINT64_MAX || bytes == UINT64_MAX)
		return -EOVERFLOW;
	if (!permissions)
		return -EINVAL;
	if (!iommufd_takes_areas(uapi, owner, space))
		return -ENOENT;
	int error = iommufd_check_place(uapi, space, iova, bytes);
	if (!error && target.offset & (space_alignment(uapi, space) - 1))
		error = -EINVAL;
	return error ? error : space_map(uapi, space, &area);
}

/* Area after area, by address: what lies before one that stays is gone (iopt_unmap_iova_range()). */
static int unmap_areas(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last, uint64_t *unmapped)
{
	const struct area *area;
	int error = 0;
	while (!error && (area = areas_overlap(&uapi->areas, space_set(space), first, last))) {
		uint64_t begin = area->iova, end = area_last(area), bytes = 0;
		if (begin < first || end > last)
			return -ENOENT;
		if (!access_let_go(uapi, space, begin, end, UNMAP_TRIES)) {
			access_deny(uapi, space, begin, end);
			return -EDEADLK;
		}
		error = space_unmap(uapi, space, begin, end, &bytes);
		*unmapped += bytes;
		if (end == last)
			break;
		first = end + 1;
	}
	return error;
}

static int iommufd_unmap(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes,
			 uint64_t *unmapped)
{
	bool all = iova == 0 && bytes == UINT64_MAX;
	uint64_t last = all ? UINT64_MAX : iova + (bytes - 1);
	if (!iommufd_takes_areas(uapi, owner, space))
		return -ENOENT;
	if (!all && (iova == UINT64_MAX || bytes == UINT64_MAX))
		return -EOVERFLOW;
	if (!bytes)
		return -EINVAL;
	if (last < iova)
		return -EOVERFLOW;
	int error = unmap_areas(uapi, space, iova, last, unmapped);
	return error || all || *unmapped ? error : -ENOENT;
}

/* An access object: what the driver of an mdev has in place of a page table. */
static int iommufd_pin(struct uapi *uapi, uint16_t device, uint64_t iova, unsigned permissions,
		       struct uapi_target *target)
{
	const struct area *area = access_area(uapi, device, iova);
	unsigned need = permissions & UAPI_WRITE ? UAPI_WRITE : UAPI_READ;
	if (!area)
		return -ENOENT;
	if (area->flags & AREA_DENIES)
		return -EINVAL;
	if ((area->permissions & need) != need)
		return -EPERM;
	return access_pin(uapi, device, iova, area, target);
}

const struct uapi_front_end iommufd_front_end = {
	.name = "iommufd",
	.has_subgroups = true,
	.dirty_tables = true,
	.objects = true,
	.take = iommufd_take,
	.release = iommufd_release,
	.mmap = iommufd_mmap,
	.space = iommufd_space,
	.destroy = iommufd_destroy,
	.attach = iommufd_attach,
	.detach = iommufd_detach,
	.replace = iommufd_replace,
	.attach_pasid = iommufd_attach_pasid,
	.detach_pasid = iommufd_detach_pasid,
	.replace_pasid = iommufd_replace_pasid,
	.nest = iommufd_nest,
	.vdevice = iommufd_vdevice,
	.invalidate = iommufd_invalidate,
	.pasid_table = iommufd_pasid_table,
	.map = iommufd_map,
	.unmap = iommufd_unmap,
	.pin = iommufd_pin,
	.dirty_start = iommufd_dirty_start,
	.dirty_read = iommufd_dirty_read,
	.copy = iommufd_copy,
	.allow = iommufd_allow,
	.ranges = iommufd_ranges,
	.map_file = iommufd_map_file,
};
