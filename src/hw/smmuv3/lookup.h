/* SPDX-License-Identifier: MIT */
/* A request on its way through several walks, and what ordinary requests and ATS share of it. */
#ifndef IOSIM_HW_SMMUV3_LOOKUP_H
#define IOSIM_HW_SMMUV3_LOOKUP_H

#include "hw/smmuv3/decide.h"

/* Under the cycle clock it lies in the room of who began the lookup. */
struct smmu_lookup {
	struct request request;
	struct smmu_walk walk;
	uint64_t commands; /* completed before it began */
	bool ste_cached;   /* while the configuration is loaded */
	bool loads_config; /* first; then comes the TLB, and another walk */
	bool without_caches;
	bool dry;            /* ATS: nothing is kept and no event written */
	walk_trace_fn trace; /* ATS */
	void *trace_context;
};
_Static_assert(sizeof(struct smmu_lookup) <= sizeof(struct iommu_lookup), "who begins a lookup has room for it");

/* translate.c */
/*
 * After a walk for a configuration that ended so: *config is it, where there is one; `keeps`: it and the STE are put
 * into the caches. A failed fetch is not kept (5.2.1, 5.4.1).
 */
void smmu_keep_loaded(struct smmu *unit, const struct smmu_walk *walk, unsigned end, bool ste_cached, bool keeps,
		      struct smmu_config_entry *config);
/* After a walk that found a translation. */
void smmu_keep_found(struct smmu *unit, const struct smmu_walk *walk);
/* NULL: not in the TLB. */
const struct smmu_tlb_entry *smmu_find_cached(const struct smmu *unit, const struct request *request,
					      const struct smmu_config_entry *config);

/* ats.c */
/* A request that is answered there. */
static inline bool smmu_is_ats(const struct smmu *unit, const struct request *request)
{
	return request->at != AT_UNTRANSLATED && unit->rules.ats;
}
/* True: lookup->walk is to be walked, and then smmu_ats_walked() is asked what follows; else `out` is the answer. */
bool smmu_ats_begin(struct smmu *unit, const struct request *request, struct smmu_lookup *lookup,
		    struct translation *out);
bool smmu_ats_walked(struct smmu *unit, struct smmu_lookup *lookup, unsigned end, struct translation *out);
/* To the end, functional; `trace` not NULL or `dry`: as explain() does. */
void smmu_ats_translate(struct smmu *unit, const struct request *request, bool dry, walk_trace_fn trace, void *context,
			struct translation *out);
/* The STE of a device that sent a page request (8.1). False: it has no valid one, which is recorded as CR2 says. */
bool smmu_ste_of(struct smmu *unit, uint32_t stream, uint64_t ste[4]);

#endif
