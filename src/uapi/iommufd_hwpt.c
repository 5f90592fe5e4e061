/* SPDX-License-Identifier: MIT */
/*
 * Page tables that are made by a call (IOMMU_HWPT_ALLOC), and objects as such. What attaching makes is alike in all but
 * this: it has no handle, and goes with its last device. A table of a space is in the space's list of tables, so that
 * everything that is mapped is entered in it too, from the moment it is made.
 *
 * In the order in which drivers/iommu/iommufd/hw_pagetable.c and the two drivers ask.
 */
#include "uapi/features.h"
#include "uapi/iommufd_objects.h"

#include "uapi/boot.h"

#include <errno.h>

/* --- objects --- */

struct space *object_get(const struct uapi *uapi, uint16_t owner, space_handle handle, enum object_kind kind)
{
	struct space *row = space_get(uapi, owner, handle);
	return row && row->kind == kind ? row : NULL;
}

int object_enter(struct uapi *uapi, unsigned since)
{
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->front->objects && uapi_kernel_is(uapi, since) ? 0 : -ENOTTY;
}

int hwpt_attachable(const struct uapi *uapi, uint16_t owner, space_handle handle)
{
	const struct space *row = space_get(uapi, owner, handle);
	if (!row)
		return -ENOENT;
	return row->kind == OBJECT_SPACE || row->kind == OBJECT_HWPT ? 0 : -EINVAL;
}

int hwpt_want_faults(struct uapi *uapi, uint16_t device, space_handle space, bool *wanted)
{
	*wanted = false;
	return space_of(uapi, space)->queue ? features_queue_faults(uapi, device, wanted) : 0;
}

/* --- making them --- */

static bool is_smmuv3(const struct uapi *uapi, uint16_t device)
{
	return device_unit(uapi, device)->ops->kind == IOMMU_SMMUV3;
}

/* SMMUv3's driver knows a nest parent with no other flag. */
static int paging_flags(const struct uapi *uapi, uint16_t device, const struct uapi_hwpt_wish *wish)
{
	if (wish->faults && wish->nest_parent)
		return -EOPNOTSUPP;
	if (wish->nest_parent && (wish->dirty || wish->pasid) && is_smmuv3(uapi, device))
		return -EOPNOTSUPP;
	return wish->guest ? -EOPNOTSUPP : 0;
}

static int make(struct uapi *uapi, uint16_t device, space_handle table)
{
	int error = space_make_table(uapi, table, device, &iommufd_errors);
	if (error)
		space_free(uapi, table);
	return error;
}

static int alloc_paging(struct uapi *uapi, uint16_t device, space_handle parent, const struct uapi_hwpt_wish *wish,
			space_handle *out)
{
	const struct space *ioas = space_of(uapi, parent);
	uint8_t snoop = ioas->snoop;
	int error = paging_flags(uapi, device, wish);
	if (!error)
		error = space_new(uapi, ioas->owner,
				  (wish->nest_parent ? SPACE_PARENT : 0u) | (wish->pasid ? SPACE_PASID : 0u), out);
	if (error)
		return error;
	struct space *table = space_of(uapi, *out);
	table->kind = OBJECT_HWPT;
	table->parent = parent;
	table->snoop = snoop;
	table->dirty = wish->dirty ? SPACE_DIRTY_TABLES : 0;
	return make(uapi, device, *out);
}

/* A guest's, over a table or in a vIOMMU. */
static int alloc_nested(struct uapi *uapi, uint16_t device, space_handle parent, const struct uapi_hwpt_wish *wish,
			space_handle *out)
{
	bool in_viommu = space_of(uapi, parent)->kind == OBJECT_VIOMMU;
	space_handle under = in_viommu ? space_parent(uapi, parent) : parent;
	if (in_viommu && space_of(uapi, parent)->unit != uapi->machine->devices[device].iommu)
		return -EINVAL;
	if (wish->nest_parent || wish->dirty || !wish->guest || is_smmuv3(uapi, device) != in_viommu)
		return -EOPNOTSUPP;
	if (in_viommu && wish->pasid)
		return -EOPNOTSUPP;
	if (!(space_of(uapi, under)->flags & SPACE_PARENT))
		return -EINVAL;
	int error = space_make_table(uapi, under, device, &iommufd_errors);
	if (!error)
		error = space_nest(uapi, under, wish->guest, out);
	if (error)
		return error;
	struct space *table = space_of(uapi, *out);
	table->kind = OBJECT_HWPT;
	table->viommu = in_viommu ? parent : 0;
	table->flags = (uint16_t)(SPACE_NESTED | (wish->pasid ? SPACE_PASID : 0u));
	return make(uapi, device, *out);
}

static int alloc(struct uapi *uapi, uint16_t device, space_handle parent, const struct uapi_hwpt_wish *wish,
		 space_handle *out)
{
	const struct space *row = space_of(uapi, parent);
	if (row->kind == OBJECT_VIOMMU || (row->kind == OBJECT_HWPT && !(row->flags & SPACE_NESTED)))
		return alloc_nested(uapi, device, parent, wish, out);
	if (row->kind != OBJECT_SPACE || row->flags & SPACE_NESTED)
		return -EINVAL;
	return alloc_paging(uapi, device, parent, wish, out);
}

/* Last of all. */
static int join_queue(struct uapi *uapi, uint16_t owner, space_handle table, space_handle queue)
{
	if (!object_get(uapi, owner, queue, OBJECT_FAULT_QUEUE))
		return -ENOENT;
	space_of(uapi, table)->queue = queue;
	space_of(uapi, table)->flags |= SPACE_FAULTS;
	return 0;
}

int uapi_hwpt_alloc(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle parent,
		    const struct uapi_hwpt_wish *wish, space_handle *out)
{
	bool flags = wish->nest_parent || wish->dirty || wish->pasid || wish->faults || wish->guest;
	int error = object_enter(uapi, KERNEL_6_6);
	if (error)
		return error;
	if (uapi->devices[device].user != owner || device_is_mdev(uapi, device))
		return -ENOENT;
	if (!space_get(uapi, owner, parent))
		return -EINVAL;
	if (flags && !uapi_kernel_is(uapi, KERNEL_6_15))
		return -EOPNOTSUPP;
	error = alloc(uapi, device, parent, wish, out);
	if (error || !wish->faults)
		return error;
	error = join_queue(uapi, owner, *out, wish->queue);
	if (error)
		space_free(uapi, *out);
	return error;
}
