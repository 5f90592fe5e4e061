/* SPDX-License-Identifier: MIT */
/*
 * What a guest writes into its own memory: a first stage in the format of its IOMMU, by the algorithm that a driver
 * uses. It reaches nothing but that memory, and tells nobody.
 *
 * A table lies in one memory object of the guest, in its first 64 pages: first the context where the unit wants one,
 * then the root, then other tables, lowest free page first. Addresses in it are guest physical.
 */
#ifndef IOSIM_SIM_GUEST_H
#define IOSIM_SIM_GUEST_H

#include "sim/world.h"

#define GUEST_MAX_PAGES 64u

/*
 * All of one object; `iova` and `bytes` in whole pages. -EINVAL: not that, or beyond what an entry can say; -ENOMEM:
 * the object is too small for the tables. What was mapped there before is not any more.
 */
int guest_map(struct world *world, uint16_t memory, uint64_t iova, uint64_t gpa, uint64_t bytes, unsigned attributes);
int guest_unmap(struct world *world, uint16_t memory, uint64_t iova, uint64_t bytes);
/* The entry that leads to the table of the last level for `iova` names `gpa`; all that it had led to before is lost. */
int guest_link(struct world *world, uint16_t memory, uint64_t iova, uint64_t gpa);
#define GUEST_LINK_BYTES (UINT64_C(1) << 21) /* that this entry is for, aligned */
/* Some page of the range has an entry. */
bool guest_maps(struct world *world, uint16_t memory, uint64_t iova, uint64_t bytes);
/* The object is used for something else. */
void guest_forget(struct world *world, uint16_t memory);
/* What the guest says of the table, which is made empty if there is none. */
int guest_describe(struct world *world, uint16_t memory, struct domain_guest *out);
/*
 * A table of contexts, one a PASID, where the unit walks one that is a guest's: made empty if there is none. What the
 * guest says of it; and the context for the PASID (PASID_NONE: of requests without), which leads to the page table in
 * the memory `root`, or nowhere (MACHINE_NONE). -EOPNOTSUPP: units of this kind do not walk it; -EINVAL: the object is
 * a page table (or the other way round), or the table has no such PASID; -ENOMEM.
 */
int guest_contexts_describe(struct world *world, uint16_t memory, struct domain_guest *out);
int guest_context(struct world *world, uint16_t memory, uint32_t pasid, uint16_t root);

#endif
