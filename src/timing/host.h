/* SPDX-License-Identifier: MIT */
/*
 * The host of a timed run: memory, an IOMMU of either kind, and the tables that let one requester reach one window of
 * 4 KiB pages. The window begins at TIMING_WINDOW of the requester's addresses; page n of it lies at page n behind
 * TIMING_PAGES. VT-d has a context entry and a second stage (legacy mode), SMMUv3 an STE, a CD and stage 1.
 */
#ifndef IOSIM_TIMING_HOST_H
#define IOSIM_TIMING_HOST_H

#include "hw/iommu.h"
#include "timing/profile.h"

#define TIMING_STREAM      0x0120u
#define TIMING_WINDOW      UINT64_C(0x0000001240000000)
#define TIMING_PAGES       UINT64_C(0x0000004000000000)
#define TIMING_MAX_WINDOW  (UINT64_C(1) << 30)
#define TIMING_HOST_MEMORY UINT64_C(0x0000000100000000) /* where structures lie, from 0 on */

struct timing_host {
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit; /* NULL: IOMMU_NONE */
	unsigned levels;
	uint64_t *next_table; /* in the arena: where the next table lies */
};

/*
 * As the profile says: kind of the unit (none without IOMMU), levels of tables, sizes of caches. `bytes` of the window
 * are mapped from the beginning, at most TIMING_MAX_WINDOW.
 */
void timing_host_init(struct timing_host *host, const struct timing_profile *profile, bool with_iommu, uint64_t bytes);
void timing_host_clear(struct timing_host *host);
/* The page at that address of the requester lies at `pa` from now on. Nothing is invalidated. There is a unit. */
void timing_host_map(const struct timing_host *host, uint64_t iova, uint64_t pa);
/* There is none any more; tables stay. */
void timing_host_unmap(const struct timing_host *host, uint64_t iova);

#endif
