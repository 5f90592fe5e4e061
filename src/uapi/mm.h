/* SPDX-License-Identifier: MIT */
/*
 * Processes' address spaces: one page table a unit whose PASIDs are bound to it, with the objects that its owner has
 * behind its virtual addresses (drivers/iommu/iommu-sva.c).
 */
#ifndef IOSIM_UAPI_MM_H
#define IOSIM_UAPI_MM_H

#include "uapi/state.h"

/* One user more of the owner's table on the unit, which is made with what is resident. Errors of the driver. */
int mm_get(struct uapi *uapi, uint16_t owner, uint16_t unit, domain_handle *domain);
/* One less. With the last the table goes; one that its unit does not let go is emptied and kept aside until it does. */
void mm_put(struct uapi *uapi, uint16_t owner, uint16_t unit);
/* The table; 0: none. */
domain_handle mm_domain(const struct uapi *uapi, uint16_t owner, uint16_t unit);
/* Some table of its owner has the object's pages. */
bool mm_maps(const struct uapi *uapi, uint16_t memory);
/* As the CPU's page fault at that address would be handled: in every table of the owner, or in none. */
enum page_response_code mm_fault(struct uapi *uapi, uint16_t owner, uint64_t va, bool write);
/* Out of all tables of the object's owner, or into them (all, or none); writable unless a write is to fault. */
void mm_leave(struct uapi *uapi, uint16_t memory);
int mm_enter(struct uapi *uapi, uint16_t memory);

#endif
