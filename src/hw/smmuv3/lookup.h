/* SPDX-License-Identifier: MIT */
/* A request on its way through several walks, and what ordinary requests and ATS share of it. */
#ifndef IOSIM_HW_SMMUV3_LOOKUP_H
#define IOSIM_HW_SMMUV3_LOOKUP_H

#include "hw/smmuv3/decide.h"

/*
 * Whether a translation request marks what it grants writes of (3.13.7.1). What is not granted in the end is not
 * marked, so that the tables are walked once to see that, and again as a write.
 */
enum smmu_marks { SMMU_MARKS_NOTHING, SMMU_MARKS_LATER, SMMU_MARKS_NOW };

/* Under the cycle clock it lies in the room of who began the lookup. */
struct smmu_lookup {
	struct request request;
	struct smmu_walk walk;
	uint64_t commands; /* completed before it began */
	uint64_t world;    /* of what is found, and */
	uint8_t top_ignored;
	bool ste_cached;   /* while the configuration is loaded */
	bool loads_config; /* first; then comes the TLB, and another walk */
	bool without_caches;
	bool updates;        /* what is read is to be updated where the checks of 3.25 let it (cycles.c) */
	bool dry;            /* ATS: nothing is kept, no event written, no flag set */
	uint8_t marks;       /* ATS: enum smmu_marks */
	walk_trace_fn trace; /* ATS */
	void *trace_context;
};
_Static_assert(sizeof(struct smmu_lookup) <= sizeof(struct iommu_lookup), "who begins a lookup has room for it");

/* keep.c */
/*
 * After a walk for a configuration that ended so: *config is it, where there is one; `keeps`: it and the STE are put
 * into the caches. A failed fetch is not kept (5.2.1, 5.4.1).
 */
void smmu_keep_loaded(struct smmu *unit, const struct smmu_walk *walk, unsigned end, bool ste_cached, bool keeps,
		      struct smmu_config_entry *config);
/* After a walk that found a translation. */
void smmu_keep_found(struct smmu *unit, const struct smmu_walk *walk);

/* The tag of what a configuration translates; 0: nothing. */
SMMU_INLINE uint64_t smmu_world_of(const struct smmu_walk *walk)
{
	uint64_t world = SMMU_WORLD_VALID | (uint64_t)walk->regime << SMMU_WORLD_REGIME_LSB;

	if (!walk->stages)
		return 0;
	if (walk->rules->stage2 && walk->regime == SMMU_REGIME_EL1)
		world |= SMMU_STE_S2VMID(walk->ste) << SMMU_WORLD_VMID_LSB;
	if (!(walk->stages & 1))
		return world | SMMU_WORLD_IPA;
	if (walk->regime != SMMU_REGIME_EL2)
		world |= SMMU_CD_ASID(walk->cd) | (SMMU_CD_ASET(walk->cd) ? SMMU_WORLD_ASET : 0);
	return world;
}

/* Where TBI lets the top byte of an address of each half be ignored, so does the TLB. */
SMMU_INLINE uint8_t smmu_top_ignored(const struct smmu_walk *walk)
{
	if (!(walk->stages & 1))
		return 0;
	return (uint8_t)(SMMU_CD_TBI0(walk->cd) |
			 (smmu_deviates(walk->rules, SMMU_DEVIATION_TBI1) ? SMMU_CD_TBI0(walk->cd)
									  : SMMU_CD_TBI1(walk->cd))
				 << 1);
}

/* What a walk leaves to the TLB: copied, so that the walk itself stays in registers. */
struct smmu_found {
	uint64_t address, pa, ipa, world; /* `address`: as the TLB has it */
	uint16_t rights, clean;
	uint8_t stages, granule, level, page_lg2, lg2, index1;
	bool global;
};

SMMU_INLINE uint64_t smmu_tlb_address(uint8_t top_ignored, uint64_t address)
{
	if (IOSIM_LIKELY(!top_ignored) || !(top_ignored >> (address >> 55 & 1) & 1))
		return address;
	return (uint64_t)((int64_t)(address << 8) >> 8);
}

SMMU_INLINE void smmu_found_of(const struct smmu_walk *walk, uint64_t world, uint8_t top_ignored,
			       struct smmu_found *found)
{
	*found = (struct smmu_found){
		.address = smmu_tlb_address(top_ignored, walk->input),
		.pa = walk->pa,
		.ipa = walk->ipa,
		.world = world,
		.rights = walk->rights,
		.clean = walk->clean,
		.stages = walk->stages,
		.granule = (uint8_t)(walk->stages & 1 ? walk->first.granule : walk->other.granule),
		.level = (uint8_t)(walk->stages & 1 ? walk->level1 : walk->level2),
		.page_lg2 = (uint8_t)(walk->stages & 1 ? walk->shift1 : walk->shift2),
		.lg2 = (uint8_t)smmu_page_lg2(walk),
		.index1 = walk->index1,
		.global = walk->stages & 1 && walk->global && walk->regime != SMMU_REGIME_EL2,
	};
}

/* keep.c */
void smmu_keep(struct smmu *unit, const struct smmu_found *found);

SMMU_INLINE void smmu_walk_from_config(struct smmu_walk *walk, const struct smmu_config_entry *config)
{
	walk->ste_known = true;
	walk->config_known = true;
	for (unsigned i = 0; i < 4; i++)
		walk->ste[i] = config->ste[i];
	for (unsigned i = 0; i < 3; i++)
		walk->cd[i] = config->cd[i];
	walk->stages = config->stages;
}

/* From the configuration, or without caches (NULL) from the stream table. */
SMMU_INLINE void smmu_walk_on_begin(struct smmu *unit, const struct request *request,
				    const struct smmu_config_entry *config, uint16_t reads, struct smmu_walk *walk)
{
	smmu_walk_begin(walk, unit, request);
	walk->reads = reads;
	if (config)
		smmu_walk_from_config(walk, config);
}

SMMU_INLINE uint64_t smmu_config_tag_of(const struct request *request)
{
	bool has_substream = request->pasid != PASID_NONE;

	return smmu_config_tag(request->stream, has_substream ? request->pasid : 0, has_substream);
}

/* translate.c: what both clocks share */
/* The functional clock, any request of a unit with caches; `out` is zeroed. */
void smmu_translate_in_full(struct smmu *unit, const struct request *request, struct translation *out);
/* Any request at all. */
void smmu_translate_slowly(struct smmu *unit, const struct request *request, struct translation *out);
/* NULL: not in the TLB. */
const struct smmu_tlb_entry *smmu_find_cached(const struct smmu *unit, const struct request *request,
					      const struct smmu_config_entry *config);
/* False: not in the TLB. */
bool smmu_answer_from_tlb(struct smmu *unit, const struct request *request, const struct smmu_config_entry *config,
			  struct translation *out);
/* What is decided before any structure. False: the way begins. */
bool smmu_answer_early(struct smmu *unit, const struct request *request, struct translation *out);
/*
 * The configuration of a stream that has none cached: from its STE, cached or not, to its CD. smmu_load_begin() sets
 * what the walk starts from; false: there is nothing to be walked, `out` is filled in. smmu_load_end() follows the
 * walk; false: it ended with an event, `out` is filled in.
 */
bool smmu_load_begin(struct smmu *unit, const struct request *request, struct smmu_walk *walk, bool *ste_cached,
		     struct translation *out);
bool smmu_load_end(struct smmu *unit, const struct smmu_walk *walk, unsigned end, bool ste_cached, bool keeps,
		   struct smmu_config_entry *config, struct translation *out);
/* The answer to a walk that ended with an event, or to a request whose configuration has one. */
void smmu_block_walk(struct smmu *unit, const struct smmu_walk *walk, unsigned end, struct translation *out);
void smmu_config_event(struct smmu *unit, const struct request *request, const struct smmu_config_entry *config,
		       struct translation *out);

/* realm.c: the Realm programming interface (3.10.3) */
/* Rights of a cached translation as this request has them. */
unsigned smmu_realm_rights_of(const struct smmu_rules *rules, const uint64_t *ste, unsigned stages, bool t, bool xt,
			      unsigned rights);
/* Whether the output address is in the Realm address space; `stages` 0: neither translates. */
bool smmu_realm_output(const struct smmu_rules *rules, const uint64_t *ste, unsigned stages, bool t, bool xt,
		       unsigned rights);
/* 3.9.4.3: a translated transaction without XT of a stream that checks it. */
bool smmu_realm_needs_xt(const struct smmu *unit, const uint64_t *ste, const struct request *request);

/* Which address space the answer is in. */
static inline void smmu_answer_space(const struct smmu_walk *walk, struct translation *out)
{
	if (IOSIM_UNLIKELY(walk->rules->realm))
		out->realm = smmu_realm_output(walk->rules, walk->ste, walk->stages, walk->t, walk->xt, walk->rights);
}

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
