/* SPDX-License-Identifier: MIT */
/*
 * A user's address space: areas, and one page table for each unit that serves a member of a group attached to it. What
 * is common to type1's container and iommufd's IOAS; which call may do what, and the errors, are the front ends'.
 *
 * Memory is pinned while at least one page table holds it: one pin an area, however many tables.
 */
#ifndef IOSIM_UAPI_SPACE_H
#define IOSIM_UAPI_SPACE_H

#include "uapi/state.h"

/* Errors with which a front end refuses a page table that existing areas do not fit. */
struct space_errors {
	int outside;    /* an address that the table cannot translate */
	int misaligned; /* for its smallest page */
	int unlike;     /* INCOMPATIBLE_ERROR: it could not be the one that there is */
};

/* -ENOMEM: UAPI_MAX_SPACES are in use. */
int space_new(struct uapi *uapi, uint16_t owner, unsigned flags, space_handle *out);
/*
 * A guest's first stage in the parent, which may serve PASIDs if the parent may; without one, areas that lead to
 * addresses of the parent. -ENOMEM.
 */
int space_nest(struct uapi *uapi, space_handle parent, const struct domain_guest *guest, space_handle *out);
/* What it is nested in, by hardware or by the kernel; 0: nothing. */
space_handle space_parent(const struct uapi *uapi, space_handle handle);
/* It is that space, or nested in it, or a page table of it. */
bool space_is_in(const struct uapi *uapi, space_handle handle, space_handle outer);
/* What translates to memory: of a guest's first stage its parent, else itself. */
space_handle space_paging(const struct uapi *uapi, space_handle handle);
/* The space whose areas are in it, which decide what a device may not have. */
space_handle space_with_areas(const struct uapi *uapi, space_handle handle);
/* No group is attached. Whatever is mapped goes. */
void space_free(struct uapi *uapi, space_handle handle);
/* NULL: no such space, or not the owner's. */
struct space *space_get(const struct uapi *uapi, uint16_t owner, space_handle handle);
/* Of a live handle. */
struct space *space_of(const struct uapi *uapi, space_handle handle);
uint32_t space_set(space_handle handle);
uint32_t space_slot_of(space_handle handle);
/* The next live space after a handle, in slot order (0 to begin); 0 after the last. */
space_handle space_next(const struct uapi *uapi, space_handle handle);

/* The page table of the space on that unit, the first where each device brings its own; NULL: none. */
struct space_domain *space_domain_on(const struct uapi *uapi, space_handle handle, uint16_t unit);
/* The one that serves the device (an mdev: a PASID of its parent). */
struct space_domain *space_domain_for(const struct uapi *uapi, space_handle handle, uint16_t device);
/*
 * Makes the page tables that the group's members need, filled with all areas. All or nothing. Errors: *errors, -EFAULT
 * (an area has no memory behind it), those of the driver.
 */
int space_grow(struct uapi *uapi, space_handle handle, uint32_t group, const struct space_errors *errors);
/* The same for one device; it may be an mdev. */
int space_grow_for(struct uapi *uapi, space_handle handle, uint16_t device, const struct space_errors *errors);
/*
 * DOMAIN_ALLOC_ALLOC: the table that a space has from its beginning, of the machine's first unit that serves a device.
 * No device asks for it: what it fits shows when one is attached. Errors of the driver.
 */
int space_furnish(struct uapi *uapi, space_handle handle);
/* Gives up the page tables that nothing attached needs; memory is unpinned when none is left. */
void space_shrink(struct uapi *uapi, space_handle handle);
/*
 * Makes the table that an OBJECT_HWPT is, on the device's unit, filled with what is mapped. It stays whether anything
 * is attached or not, until it is dropped, with those that attaching added on other units. Errors as of space_grow().
 */
int space_make_table(struct uapi *uapi, space_handle table, uint16_t device, const struct space_errors *errors);
void space_drop_table(struct uapi *uapi, space_handle table);
/* Whether a group, a PASID or an mdev is attached, or something is nested in it. */
bool space_in_use(const struct uapi *uapi, space_handle handle);

/* What every page table of the space can translate: everything while there is none. */
void space_bounds(const struct uapi *uapi, space_handle handle, uint64_t *first, uint64_t *last);
/* What may be picked of [*first, *last]: *first > *last, nothing. */
void space_allows(const struct uapi *uapi, space_handle handle, uint64_t *first, uint64_t *last);
uint64_t space_smallest_page(const struct domain_geometry *geometry);
/* The smallest page that every page table has; 1 while there is none. A page for mdevs. */
uint64_t space_alignment(const struct uapi *uapi, space_handle handle);
/* Every area begins and ends at such an address, and its memory begins at such an offset. */
bool space_aligned(const struct uapi *uapi, space_handle handle, uint64_t alignment);
/* Whether a reserved range of something attached overlaps [first, last]; *end: its last byte. */
bool space_reserved(const struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last, uint64_t *end);
/* The areas of the space overlap no reserved range of the device. */
bool space_clear_for(const struct uapi *uapi, space_handle handle, uint16_t device);
/* Reserved ranges or page tables have changed: nothing is known of free addresses. */
void space_hint_reset(struct uapi *uapi, space_handle handle);

/* What a caller wants mapped. */
static inline struct area space_area(uint64_t iova, struct uapi_target target, uint64_t bytes, unsigned permissions)
{
	return (struct area){.iova = iova,
			     .bytes = bytes,
			     .offset = target.offset,
			     .target = target.index,
			     .device = MACHINE_NONE,
			     .kind = (uint8_t)target.kind,
			     .permissions = (uint8_t)permissions,
			     .flags = permissions & UAPI_WRITE ? AREA_WRITABLE : 0};
}

/*
 * Whether a table of the space on a unit of that kind takes such a mapping: with NEST_READONLY_REFUSE guests' tables
 * are not nested in what is read-only, as VT-d's driver has it.
 */
bool space_takes(const struct uapi *uapi, space_handle handle, enum iommu_kind kind, unsigned permissions);
/* The same of any unit that the owner has a device on, for which the table is made. -EINVAL. */
int space_permits(const struct uapi *uapi, uint16_t owner, space_handle handle, unsigned permissions);
/*
 * Adds an area that overlaps none and enters it into every page table. -EFAULT, -ENOMEM, errors of the driver; then
 * nothing has changed.
 */
int space_map(struct uapi *uapi, space_handle handle, const struct area *wanted);
/*
 * Removes all areas in [first, last]; none is cut. Pages are unpinned after the invalidation has completed. -ETIMEDOUT:
 * it did not; the areas are in place again.
 */
int space_unmap(struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last, uint64_t *unmapped);
/*
 * The area that has both `iova` and the byte before it becomes two; no area, nothing. Of tables that have the smallest
 * pages alone. -EINVAL: not at a page, or the driver of an mdev has a page of it pinned; -ENOMEM.
 */
int space_cut(struct uapi *uapi, space_handle handle, uint64_t iova);
/* Whether an area begins before `first` or ends behind `last` and overlaps [first, last]. */
bool space_cuts(const struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last);
/* Register pages of the device leave all page tables; their areas stay, and are good for nothing. */
void space_revoke(struct uapi *uapi, uint16_t device);
/* Memory behind the target, as far as a user can map it. 0, -EFAULT, or -ENODEV for a register page taken away. */
int space_backing(const struct uapi *uapi, uint16_t owner, const struct area *area);
/* For shadow.c: an area, or what it leads to in the parent, into one page table, all or nothing; and where it is. */
int space_enter(struct uapi *uapi, const struct space_domain *domain, const struct area *area);
uint64_t space_pa(const struct uapi *uapi, const struct area *area);
/* Tries again to free page tables that a unit would not let go. */
void space_sweep(struct uapi *uapi);

#endif
