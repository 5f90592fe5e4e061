/* SPDX-License-Identifier: MIT */
/*
 * What Root firmware does on an Arm platform whose SMMUs have RME (IHI 0070 3.25): it owns the granule protection table
 * and the Root Control Page of each SMMU, and follows the states of pages. There is one where the rules have
 * confidential guests and T chooses the tables; KNOB_T0_TABLE says whether accesses are checked.
 *
 * The table is real, in memory of its own: the Non-secure address space's pages to begin with, but for its own (Root)
 * and the TSM's (Realm); register pages answer in every space. A page that changes hands is written there, and
 * forgotten by TLBIs by PA, which are waited for.
 */
#ifndef IOSIM_SIM_MONITOR_H
#define IOSIM_SIM_MONITOR_H

#include "hw/smmuv3/root.h"
#include "sim/world.h"

/* Before any unit. False: no frames are left. */
bool monitor_build(struct world *world);
void monitor_free(struct world *world);
/* The Root page of that unit, checks on; NULL: it has none. */
struct smmu_root *monitor_root(struct world *world, uint16_t iommu);
/* Where the TSM has its tables; NULL: anywhere. */
struct frame_allocator *monitor_frames(const struct world *world);
/* The TSM's own memory and the firmware's, for who keeps states of pages. */
void monitor_own(const struct world *world, void (*fn)(void *context, uint64_t pa, uint64_t bytes), void *context);
/* Whole pages become the Realm's, or the Non-secure address space's. */
void monitor_give(struct world *world, uint64_t pa, uint64_t bytes, bool realm);

#endif
