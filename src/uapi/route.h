/* SPDX-License-Identifier: MIT */
/*
 * How requests get to an address space, in the words of the proposals of 2018 and 2021: a function by its requester ID,
 * an mdev, or a user's PASID, by the ID of a function and a PASID. What is common to their front ends; how far a group
 * comes into it is the ownership module's (group.h):
 *
 *   every_command   attached devices are moved when all of their group is; until then, commands are refused
 *   bind            all of a group is one space's
 *   none            each device by itself
 *
 * Calls are those of struct uapi_front_end.
 */
#ifndef IOSIM_UAPI_ROUTE_H
#define IOSIM_UAPI_ROUTE_H

#include "uapi/state.h"

/*
 * Whether the owner's space takes commands at all: -EINVAL, nothing is attached and the rule wants it
 * (MAP_BEFORE_ATTACH_REJECT); -EPERM, part of a group is missing (CHECK_AT_EVERY_COMMAND).
 */
int route_commands(const struct uapi *uapi, uint16_t owner, space_handle space);

/* -EBUSY: it is open. -EINVAL: it has no IOMMU. -EPERM: interrupts are not isolated, or what group_take() says. */
int route_take(struct uapi *uapi, uint16_t owner, uint16_t device);
void route_release(struct uapi *uapi, uint16_t owner, uint16_t device);
int route_mmap(struct uapi *uapi, uint16_t owner, uint16_t device);
int route_destroy(struct uapi *uapi, uint16_t owner, space_handle space);
/*
 * -EINVAL: not the owner's device, an incompatible unit, mappings in the way, another space has a member of its group,
 * PASIDs are not on, or to a nested space what is not attached to the other; -EBUSY: attached elsewhere, or the PASID
 * is in use; -ENODEV: an mdev whose parent no kernel driver drives; -ENOTTY: an mdev without PASID that the front end
 * has no notion of. Who is attached to a nested space stays attached to the other, and is detached from both at once.
 */
int route_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
int route_detach(struct uapi *uapi, uint16_t owner, uint16_t device);
/* No proposal has the call: away from the one, into the other, back if that fails. Into what is nested in it: attach.
 */
int route_replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
int route_attach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space);
int route_detach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid);
int route_replace_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space);

/* route_nest.c: calls as of struct uapi_front_end. */
/* -EINVAL: nested itself, takes no commands, or for a guest's table not made to be a parent. */
int route_nest(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
	       space_handle *out);
/* Of a space, and then of the device TLBs behind it too, or of a device by its label. */
int route_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what);

#endif
