/* SPDX-License-Identifier: MIT */
/*
 * Addresses of an IOAS: where an area may go, which addresses there are, and which of them the user allows the kernel
 * to pick (drivers/iommu/iommufd/{ioas,io_pagetable}.c).
 */
#ifndef IOSIM_UAPI_IOMMUFD_RANGE_H
#define IOSIM_UAPI_IOMMUFD_RANGE_H

#include "uapi/state.h"

/* The owner has it, and it is a space: a page table is not what calls about mappings name. */
bool iommufd_takes_areas(const struct uapi *uapi, uint16_t owner, space_handle space);
/* In the order in which the kernel asks: -EINVAL, -EOVERFLOW, -EEXIST. */
int iommufd_check_place(const struct uapi *uapi, space_handle space, uint64_t iova, uint64_t bytes);

int iommufd_allow(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes);
int iommufd_ranges(struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_ranges *out);
int iommufd_copy(struct uapi *uapi, uint16_t owner, space_handle to, uint64_t to_iova, space_handle from,
		 uint64_t from_iova, uint64_t bytes, unsigned permissions);
int iommufd_map_file(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		     uint64_t bytes, unsigned permissions);

#endif
