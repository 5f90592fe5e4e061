/* SPDX-License-Identifier: MIT */
/*
 * Software nesting: a space whose areas lead to addresses of another, its parent. The tables that hardware walks for it
 * hold what both make together: from an address of the child to what the parent has where the child's area leads, with
 * the permissions that both give. They are composed when something is mapped in the child, or its table is made. Pages
 * are pinned by the parent's areas; a device that is attached to the child is attached to the parent as well, so that
 * these are in a table.
 *
 * What a change of the parent does is KNOB_PARENT_CHANGE:
 *
 *   recompute  the children follow before the call returns
 *   forbid     what a child's area leads to cannot be unmapped
 *   lazy       a child follows with its own next map or unmap
 *
 * and KNOB_FLUSH_SCOPE says whose cached translations are invalidated when children follow an unmap.
 */
#ifndef IOSIM_UAPI_SHADOW_H
#define IOSIM_UAPI_SHADOW_H

#include "uapi/state.h"

/*
 * Whether the owner's space takes a mapping to that target: into a child only addresses of the parent, all of them
 * mapped there, and these into nothing else. -EINVAL.
 */
int shadow_admits(const struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_target target,
		  uint64_t bytes);
/* -EBUSY: [first, last] of the owner's space cannot be unmapped, a child needs it. */
int shadow_forbids(const struct uapi *uapi, uint16_t owner, space_handle space, uint64_t first, uint64_t last);
/* A child of the owner's is about to change: now it follows its parent, if it did not before. Errors of the driver. */
int shadow_refresh(struct uapi *uapi, uint16_t owner, space_handle space);

/* What an area of a child leads to, into one page table of it: all or nothing. Errors of the driver. */
int shadow_enter(struct uapi *uapi, const struct space_domain *domain, const struct area *area);
/*
 * The areas of a parent in [first, last] are about to go: out of its children, where they follow. -ETIMEDOUT: hardware
 * may still use them; then all is as it was.
 */
int shadow_lose(struct uapi *uapi, space_handle parent, uint64_t first, uint64_t last);
/* They are there now: into its children, where they follow. Errors of the driver; then no child has any of it. */
int shadow_gain(struct uapi *uapi, space_handle parent, uint64_t first, uint64_t last);
/* Register pages of a parent are taken away: out of its children, whatever the rule. */
void shadow_drop(struct uapi *uapi, space_handle parent, uint64_t first, uint64_t last);

#endif
