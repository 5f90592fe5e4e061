/* SPDX-License-Identifier: MIT */
/*
 * PASIDs of devices: a bond is between a PASID and what it translates with, a user's space or a process's address space
 * (mm.h).
 */
#ifndef IOSIM_UAPI_PASID_H
#define IOSIM_UAPI_PASID_H

#include "uapi/state.h"

#define PASID_MAX ((UINT32_C(1) << 20) - 1) /* PCIe 6.20.2; beyond: no PASID */

/* 1 to 2^20 - 1: 0 is what kernels call a request without PASID. */
bool pasid_is_usable(uint32_t pasid);
/* The bond of that PASID; 0: none. Slot of the pool. */
uint32_t pasid_find(const struct uapi *uapi, uint16_t device, uint32_t pasid);
static inline struct uapi_pasid *pasid_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->pasids, slot);
}
/* The bond is an mdev's: the device is its parent. */
bool pasid_is_mdevs(const struct uapi *uapi, const struct uapi_pasid *bond);
/*
 * A PASID means one thing in all of a group, in all of a table that devices share (PASID_SPACE_SHARED), or on the whole
 * host, where what it means has no other (PASID_SPACE_GLOBAL); and there is a bond that says otherwise.
 */
bool pasid_differs_in_group(const struct uapi *uapi, const struct uapi_pasid *bond);
/*
 * Binds a free PASID to a space that has a page table for the device. -ENODEV: users are to answer its page
 * requests, and the device has none; -ENOMEM; errors of the driver.
 */
int pasid_bind_space(struct uapi *uapi, const struct uapi_pasid *bond);
/* Another space in place of the one that the bond has. The same errors; then the old one still serves. */
int pasid_move(struct uapi *uapi, uint32_t slot, space_handle space);
/* The bond goes: entry, caches, device TLB, page requests. What hardware still holds after a time-out is given up. */
void pasid_unbind(struct uapi *uapi, uint32_t slot);
/* All of the device's, of the owner's (MACHINE_NONE: any). */
void pasid_unbind_all(struct uapi *uapi, uint16_t device, uint16_t owner);
/* Some PASID of a device on that unit is bound to the space. */
bool pasid_uses_space(const struct uapi *uapi, space_handle space, uint16_t unit);
/* It is served by that page table. */
bool pasid_uses_domain(const struct uapi *uapi, const struct space_domain *domain);
/* The device's default domain is another one now: PASIDs that the kernel works with follow, or are blocked. */
void pasid_follow_default(struct uapi *uapi, uint16_t device);
/* enqcmd.c: the owner ends: nothing of it is left in CPUs. */
void pasid_end_cpus(struct uapi *uapi, uint16_t owner);
/* enqcmd.c: the same of a process that ends while children have its files open: what it has bound stays bound. */
void pasid_end_process(struct uapi *uapi, uint16_t owner);
/* enqcmd.c: a bond of that PASID is gone. */
void pasid_lost(struct uapi *uapi, uint16_t owner, uint32_t pasid);
/* A bond of a page table that follows a CPU's: page requests can be served from it. */
bool pasid_is_mms(const struct uapi *uapi, const struct uapi_pasid *bond);
/* A device appeared: what the PASID table of its unit has is there for it too, if there is one such table. */
void pasid_share(struct uapi *uapi, uint16_t device);
/* The device has come into a group that has PASIDs bound, and the rule is that nobody may (KNOB_PASID_FABRIC_RULE). */
bool pasid_keeps_out(const struct uapi *uapi, uint16_t device);
/* Every PASID of the device leaves its page table, and is back in it. */
void pasid_park(struct uapi *uapi, uint16_t device);
void pasid_unpark(struct uapi *uapi, uint16_t device);

#endif
