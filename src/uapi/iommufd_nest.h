/* SPDX-License-Identifier: MIT */
/* iommufd's objects for guests: page tables nested in a parent, vIOMMUs, virtual devices (viommu.c, hw_pagetable.c). */
#ifndef IOSIM_UAPI_IOMMUFD_NEST_H
#define IOSIM_UAPI_IOMMUFD_NEST_H

#include "uapi/state.h"

int iommufd_nest(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
		 space_handle *out);
int iommufd_vdevice(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t id);
int iommufd_pasid_table(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
			space_handle *out);
int iommufd_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what);
/* The same in whatever version, and for whatever front end that nests. */
int nest_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what);
/* The owner's vIOMMU has a device of that number. */
bool nest_has_number(const struct uapi *uapi, uint16_t owner, space_handle viommu, uint32_t id);
/* -ENOENT: the space is nested in a vIOMMU, and the device is none of its virtual devices. 0: it may be attached. */
int iommufd_nest_named(const struct uapi *uapi, uint16_t device, space_handle space);

#endif
