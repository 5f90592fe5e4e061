/* SPDX-License-Identifier: MIT */
/*
 * VFIO's calls on an iommufd (drivers/iommu/iommufd/vfio_compat.c). They name no space: one of the owner's is what they
 * mean, for as long as it lives. TYPE1 lets areas be cut, which takes a table without large pages.
 */
#include "uapi/iommufd_objects.h"
#include "uapi/iommufd_range.h"

#include <errno.h>

/* 0: none, or it is gone. */
static space_handle meant(const struct uapi *uapi, uint16_t owner)
{
	space_handle compat = uapi->owners[owner].compat;
	return compat && space_get(uapi, owner, compat) ? compat : 0;
}

int uapi_vfio_ioas(struct uapi *uapi, uint16_t owner, enum uapi_compat what, space_handle *space)
{
	int error = object_enter(uapi, KERNEL_6_2);
	if (error)
		return error;
	switch (what) {
	case UAPI_COMPAT_GET:
		*space = meant(uapi, owner);
		return *space ? 0 : -ENODEV;
	case UAPI_COMPAT_SET:
		if (!iommufd_takes_areas(uapi, owner, *space))
			return -ENOENT;
		uapi->owners[owner].compat = *space;
		return 0;
	case UAPI_COMPAT_CLEAR:
		uapi->owners[owner].compat = 0;
	}
	return 0;
}

int uapi_vfio_set_iommu(struct uapi *uapi, uint16_t owner, enum uapi_vfio_type type)
{
	int error = object_enter(uapi, KERNEL_6_2);
	if (error)
		return error;
	if (type == UAPI_VFIO_NOIOMMU)
		return -EINVAL;
	space_handle space = meant(uapi, owner);
	if (!space)
		return -ENODEV;
	return type == UAPI_VFIO_TYPE1 ? iommufd_set_huge_pages(uapi, space, false) : 0;
}

int uapi_vfio_map(struct uapi *uapi, uint16_t owner, uint64_t iova, struct uapi_target target, uint64_t bytes,
		  unsigned permissions)
{
	int error = object_enter(uapi, KERNEL_6_2);
	if (error)
		return error;
	space_handle space = meant(uapi, owner);
	return space ? uapi_map(uapi, owner, space, iova, target, bytes, permissions) : -ENODEV;
}

/* Nothing there is no error; in kernels before 7.0 only if everything is meant. */
static int unmap(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes,
		 uint64_t *unmapped)
{
	int error = uapi_unmap(uapi, owner, space, iova, bytes, unmapped);
	bool cut = bytes && space_cuts(uapi, space, iova, iova + (bytes - 1));
	return error == -ENOENT && !*unmapped && !cut && uapi_kernel_is(uapi, KERNEL_7_0) ? 0 : error;
}

int uapi_vfio_unmap(struct uapi *uapi, uint16_t owner, uint64_t iova, uint64_t bytes, bool all, uint64_t *unmapped)
{
	int error = object_enter(uapi, KERNEL_6_2);
	*unmapped = 0;
	if (error)
		return error;
	space_handle space = meant(uapi, owner);
	if (!space)
		return -ENODEV;
	if (all)
		return iova || bytes ? -EINVAL : unmap(uapi, owner, space, 0, UINT64_MAX, unmapped);
	if (space_of(uapi, space)->flags & SPACE_SMALL && bytes && iova + (bytes - 1) >= iova) {
		error = space_cut(uapi, space, iova + (bytes - 1) + 1);
		if (!error && iova)
			error = space_cut(uapi, space, iova);
	}
	return error ? error : unmap(uapi, owner, space, iova, bytes, unmapped);
}
