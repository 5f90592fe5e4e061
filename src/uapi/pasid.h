/* SPDX-License-Identifier: MIT */
/*
 * PASIDs: which space or which process's address space serves them, page requests and their answers. A bond is between
 * a PASID of a device and what it translates with; a process's address space has one page table a unit, with what its
 * owner has faulted in (drivers/iommu/iommu-sva.c).
 */
#ifndef IOSIM_UAPI_PASID_H
#define IOSIM_UAPI_PASID_H

#include "uapi/state.h"

/* The bond of that PASID; 0: none. Slot of the pool. */
uint32_t pasid_find(const struct uapi *uapi, uint16_t device, uint32_t pasid);
static inline struct uapi_pasid *pasid_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->pasids, slot);
}
/*
 * Binds a free PASID to a space that has a page table on the device's unit. -EBUSY: it is in use; -ENOMEM; errors of
 * the driver.
 */
int pasid_bind_space(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space);
/* Another space in place of the one that the bond has. Errors of the driver; then the old one still serves. */
int pasid_move(struct uapi *uapi, uint32_t slot, space_handle space);
/* The bond goes: entry, caches, device TLB, page requests. What hardware still holds after a time-out is given up. */
void pasid_unbind(struct uapi *uapi, uint32_t slot);
/* All of the device's, or of the owner's that are not the space of somebody else's device (MACHINE_NONE: any). */
void pasid_unbind_all(struct uapi *uapi, uint16_t device, uint16_t owner);
/* Some PASID of a device on that unit is bound to the space. */
bool pasid_uses_space(const struct uapi *uapi, space_handle space, uint16_t unit);
/* A process's address space that some device uses has the object's pages. */
bool pasid_maps(const struct uapi *uapi, uint16_t memory);
/* Every PASID of the device leaves its page table, and is back in it. */
void pasid_park(struct uapi *uapi, uint16_t device);
void pasid_unpark(struct uapi *uapi, uint16_t device);

#endif
