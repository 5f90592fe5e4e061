/* SPDX-License-Identifier: MIT */
/*
 * Groups and their ownership, shared by all front ends.
 *
 *   group_path.c   homes as a kernel computes them: aliases, ACS along the path, functions of one device
 *   group_reach.c  homes as the closure of who can reach whom
 *   group_part.c   which members of a home may be in different spaces
 *   group_why.c    the causes of both, for people
 *   group_fence.c  what a reset of a member keeps from happening, or puts off
 *   group_detach.c where a group goes that nobody is attached to any more
 *   group_take.c   what a bind claims
 *   group.c        who owns a group, what serves its members, and how they move
 *
 * The members of a group move together; members whose requests arrive with one requester ID move once.
 */
#ifndef IOSIM_UAPI_GROUP_H
#define IOSIM_UAPI_GROUP_H

#include "uapi/state.h"

#include <stdbool.h>

/* --- homes --- */
/* Groups of ports, and homes of all devices that are present. */
void group_compute(struct uapi *uapi);
/* A device appears or vanishes. Groups that exist are not merged or split by that. */
void group_join(struct uapi *uapi, uint16_t device);
void group_leave(struct uapi *uapi, uint16_t device);
/* The present members of the device's home, in order; how many there are. */
unsigned group_list(const struct uapi *uapi, uint16_t device, uint16_t *members, unsigned max);

/* For group.c: the group that the path rule wants the device in, GROUP_NONE: a new one. */
uint32_t group_by_path(const struct uapi *uapi, uint16_t device);
/* The same for a port whose parents have theirs. */
uint32_t group_of_port_by_path(const struct uapi *uapi, uint16_t port);
/* A group's requester IDs move apart from each other, and those that share one together (iommufd). */
bool group_has_subgroups(const struct uapi *uapi);
/* Then: the group of a member that has its requester ID; GROUP_NONE: it is the first. */
uint32_t group_subgroup(const struct uapi *uapi, uint16_t device);
/* A claim is one of the whole home, whose parts nevertheless move one by one. */
bool group_home_is_claimed(const struct uapi *uapi);
/* Two devices have to be attached to one space: they are of one home, or of one sub-group of it where there are such.
 */
bool group_wants_one_space(const struct uapi *uapi, uint16_t one, uint16_t other);
/* Which cause of the path rule holds for a device that has a home; see uapi_group_why(). */
void group_why_by_path(const struct uapi *uapi, uint16_t device, struct uapi_group_why *out);
/* Who can reach each other: per device the least index of its class; mdevs and absent devices are their own. */
void group_classes(const struct uapi *uapi, uint16_t *class);

/* --- ownership --- */
/* Whether front ends check when a device is taken: not at CHECK_AT_NONE and later, nor while a step skips it. */
bool group_checks(const struct uapi *uapi);
/* No member is driven by a kernel driver. */
bool group_viable(const struct uapi *uapi, uint32_t group);
/* Somebody else than `owner` owns the group, or a kernel driver drives a member. */
bool group_conflict(const struct uapi *uapi, uint32_t group, uint16_t owner);
/* From here on the device is a group of its own, until it is released. */
void group_split(struct uapi *uapi, uint16_t device);
/*
 * DMA ownership: the first claim takes the whole group out of the kernel's domain. With `check`: -EPERM, somebody else
 * owns it or a kernel driver drives a member; -EBUSY, it is not in its default domain. -EINVAL: a firmware range must
 * stay mapped. Errors of the driver.
 */
int group_claim(struct uapi *uapi, uint32_t group, uint16_t owner, bool check);
/* One claim less; after the last the kernel's domain serves the group again. */
void group_unclaim(struct uapi *uapi, uint32_t group);
/* A device that went its own way is with its home again. */
void group_rejoin(struct uapi *uapi, uint16_t device);

/*
 * What a bind does. Ownership is the group's: a claim of it; where its members move one by one, of all of them. Without
 * checks it is the device's alone. Errors of group_claim(). The way back: `owner` has closed the device.
 */
int group_take(struct uapi *uapi, uint16_t device, uint16_t owner);
void group_give_back(struct uapi *uapi, uint16_t device, uint16_t owner);

/* --- what serves the members --- */
/* All members or none. -EINVAL: a firmware range must stay mapped; -EBUSY: a member is parked; errors of the driver. */
int group_move(struct uapi *uapi, uint32_t group, struct group_target target);
/* Up to 6.5 it was VT-d's driver that kept devices with a firmware range out of user space: -EPERM at the attach. */
bool group_kept_by_unit(const struct uapi *uapi, uint32_t group);
/* Where a close cannot fail: every member that can move does. */
void group_move_anyway(struct uapi *uapi, uint32_t group, struct group_target target);
/*
 * One device is blocked, whatever serves its group, until group_unpark() or it leaves. A group with such a member
 * cannot move, but where that cannot fail: then the others do, and this one follows when it is back. -EBUSY: another
 * member is parked; errors of the driver.
 */
int group_park(struct uapi *uapi, uint16_t device);
void group_unpark(struct uapi *uapi, uint16_t device);
bool group_is_parked(const struct uapi *uapi, uint32_t group);
/* And what would attach it is refused, unless that is deferred (RESET_ATS_DEFER). */
bool group_is_fenced(const struct uapi *uapi, uint32_t group);
/* The device's requester ID is a parked one's: what it is attached to takes effect with group_unpark(). */
bool group_defers(const struct uapi *uapi, uint16_t device);
/* One device joins what serves its group. */
int group_place(struct uapi *uapi, uint16_t device);
/* Where a group goes that is attached to nothing any more and still owned, and where nothing can be in the way. */
struct group_target group_detached(const struct uapi *uapi);
/*
 * It goes there, and that does not fail. DETACH_TO_PREVIOUS: back into what it had before, with page tables made anew
 * if need be; where that is gone, or does not take it any more, it is blocked.
 */
void group_detach(struct uapi *uapi, uint32_t group);
/* For group.c: the group has come from there to where it is. */
void group_note_previous(struct uapi *uapi, uint32_t group, struct group_target from);
/* DETACH_TO_PREVIOUS: a detach has put the group into that space, or into what is nested in it. */
bool group_is_back_in(const struct uapi *uapi, uint32_t group, space_handle space);
/* The space goes: groups that a detach has put into it are blocked, and none goes back to it. */
void group_forget_space(struct uapi *uapi, space_handle space);

static inline struct group_target group_into(space_handle space)
{
	return (struct group_target){.state = GROUP_SPACE, .space = space};
}

#endif
