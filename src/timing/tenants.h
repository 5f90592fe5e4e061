/* SPDX-License-Identifier: MIT */
/*
 * The host of many tenants: requesters 0 to devices - 1, each with PASIDs 1 to `pasids`, or none. A tenant is one of
 * them: it has a domain (VT-d: DID; SMMUv3: ASID) and tables of its own, and a window of 4 KiB pages, all at the same
 * addresses. Page n of tenant t is page t * (pages of a window) + n behind TIMING_PAGES.
 *
 * VT-d: without PASIDs legacy mode, a context entry a device; with them scalable mode, a second stage for each PASID.
 * SMMUv3: stage 1; an STE a device, a CD each PASID, linear.
 */
#ifndef IOSIM_TIMING_TENANTS_H
#define IOSIM_TIMING_TENANTS_H

#include "timing/host.h"

#define TIMING_MAX_TENANTS      65536u
#define TIMING_MAX_TENANT_PAGES (UINT64_C(1) << 24) /* of all of them */

struct timing_tenants {
	uint32_t devices; /* at least 1 */
	uint32_t pasids;  /* of each; 0: requests have none */
	uint64_t window;  /* bytes, of each tenant */
};

static inline uint32_t timing_tenant_count(const struct timing_tenants *tenants)
{
	return tenants->devices * (tenants->pasids ? tenants->pasids : 1);
}

/* What it sends requests with. */
static inline uint32_t timing_tenant_stream(const struct timing_tenants *tenants, uint32_t tenant)
{
	return tenants->pasids ? tenant / tenants->pasids : tenant;
}

static inline uint32_t timing_tenant_pasid(const struct timing_tenants *tenants, uint32_t tenant)
{
	return tenants->pasids ? 1 + tenant % tenants->pasids : PASID_NONE;
}

/* Frames that all structures and tables take. */
uint64_t timing_tenants_frames(enum iommu_kind kind, unsigned levels, const struct timing_tenants *tenants);
/* Whether a host can have them: as many tenants, pages, frames. */
bool timing_tenants_fit(enum iommu_kind kind, unsigned levels, const struct timing_tenants *tenants);
/* As timing_host_init(), and timing_host_clear() clears it. They fit. */
void timing_tenants_init(struct timing_host *host, const struct timing_profile *profile,
			 const struct timing_tenants *tenants);

#endif
