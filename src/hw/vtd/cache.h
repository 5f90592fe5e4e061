/* SPDX-License-Identifier: MIT */
/*
 * Context cache, PASID cache and IOTLB (6.2): set-associative, in the arena. Within a set the order of the entries is
 * the order of their last use, so that there is no counter to store; the last one is evicted.
 *
 * Tags are those of table 17. The IOTLB is looked up by source-id, PASID if the request has one, and address alone:
 * 6.2.7 lets hardware use such an entry without asking the other caches, so a translation outlives its context and
 * PASID entries until it is invalidated itself. Domain-id, PASID and PGTT of an entry only serve invalidation.
 *
 * With CAP.CM = 1 what faulted is kept too (6.1): a context or PASID entry with `fault` and domain 0, an IOTLB entry
 * with its fault and no rights.
 */
#ifndef IOSIM_HW_VTD_CACHE_H
#define IOSIM_HW_VTD_CACHE_H

#include "base/arena.h"
#include "base/assert.h"
#include "hw/request.h"
#include "hw/vtd/rules.h"
#include "hw/vtd/table_cache.h"

#define VTD_CACHE_WAYS        4
#define VTD_CACHE_MAX_ENTRIES (1u << 16)
#define VTD_IOTLB_ENTRIES     256
#define VTD_CONTEXT_ENTRIES   64

struct vtd_context_entry {
	uint32_t tag;   /* source-id and VTD_TAG_VALID; 0: free */
	uint16_t fault; /* CM = 1: what the look-up of this entry ended with */
	uint16_t padding;
	uint64_t words[2]; /* the entry (scalable mode: what is not reserved of it); of a faulting one only FPD */
};

struct vtd_pasid_entry {
	uint32_t tag; /* source-id and VTD_TAG_VALID; 0: free */
	uint32_t pasid;
	uint64_t words[3]; /* what is not reserved of the entry; of a faulting one nothing */
	uint16_t fault;    /* CM = 1 */
	uint8_t silent;    /* FPD of the entry or of the directory's */
	uint8_t padding[5];
};

struct vtd_iotlb_entry {
	uint64_t page;   /* page number << 2 | level; with a valid source */
	uint64_t source; /* vtd_iotlb_source(); 0: free */
	uint64_t frame;  /* physical address of the page */
	uint16_t domain;
	uint8_t rights; /* PERM_READ, PERM_WRITE: of all entries that led here */
	/*
	 * What needs no walk any more: of these rights, those whose flags are set in memory (6.2.4.1); shifted by
	 * VTD_PRIVILEGED those of a privileged request.
	 */
	uint8_t hits;
	uint8_t silent;      /* a FPD that was met */
	uint8_t fault;       /* CM = 1 */
	uint8_t type;        /* enum vtd_pgtt; 0 in legacy mode */
	uint8_t non_snooped; /* what translation requests are told as N (4.2.3) */
	uint32_t pasid;      /* of scalable mode, RID_PASID for requests without one */
	uint32_t padding;
};

struct vtd_caches { /* where the state is */
	struct vtd_context_entry *contexts;
	struct vtd_pasid_entry *pasids;
	struct vtd_iotlb_entry *translations;
	struct vtd_table_cache tables;
	uint32_t *live; /* IOTLB entries: of all levels, then by level */
	uint32_t context_set_mask;
	uint32_t pasid_set_mask;
	uint32_t iotlb_set_mask;
	bool off;
	bool translations_off; /* there is no IOTLB */
	bool pasids_off;
	bool keep_faults; /* CAP.CM */
	/*
	 * Of the contexts and PASID entries so far, and of their order: as long as it stays, what was derived from them
	 * still holds.
	 */
	uint64_t changes;
};

#define VTD_TAG_VALID  (1u << 16)
#define VTD_TAG_PASID  (1u << 17)
#define VTD_PRIVILEGED 2

static inline struct vtd_context_entry *vtd_context_set(const struct vtd_caches *caches, uint16_t source)
{
	/* Functions of a device differ in the low bits, buses in the high ones. */
	uint32_t hash = (uint32_t)source ^ (uint32_t)source >> 8;
	return &caches->contexts[(size_t)(hash & caches->context_set_mask) * VTD_CACHE_WAYS];
}

/* 6.2.3: one PASID of many functions does not crowd one set. */
static inline struct vtd_pasid_entry *vtd_pasid_set(const struct vtd_caches *caches, uint32_t source, uint32_t pasid)
{
	uint32_t hash = source ^ source >> 8 ^ pasid ^ pasid >> 7;
	return &caches->pasids[(size_t)(hash & caches->pasid_set_mask) * VTD_CACHE_WAYS];
}

/* In the first places of their sets; NULL: there may be another. */
static inline const struct vtd_context_entry *vtd_context_first(const struct vtd_caches *caches, uint16_t source)
{
	const struct vtd_context_entry *entry = vtd_context_set(caches, source);
	return IOSIM_LIKELY(entry->tag == (source | VTD_TAG_VALID)) ? entry : NULL;
}

static inline const struct vtd_pasid_entry *vtd_pasid_first(const struct vtd_caches *caches, uint16_t source,
							    uint32_t pasid)
{
	const struct vtd_pasid_entry *entry = vtd_pasid_set(caches, source, pasid);
	return IOSIM_LIKELY(entry->tag == (source | VTD_TAG_VALID) && entry->pasid == pasid) ? entry : NULL;
}

/* Tag of requests with PASID, or without (PASID_NONE). */
static inline uint64_t vtd_iotlb_source(uint16_t source, uint32_t pasid)
{
	uint64_t tag = (uint64_t)source | VTD_TAG_VALID;
	return pasid == PASID_NONE ? tag : tag | VTD_TAG_PASID | (uint64_t)pasid << 32;
}

static inline uint64_t vtd_iotlb_page(uint64_t iova, unsigned level)
{
	return iova >> vtd_level_lg2(level) << 2 | level;
}

static inline struct vtd_iotlb_entry *vtd_iotlb_set(const struct vtd_caches *caches, uint64_t page, uint64_t source)
{
	uint32_t hash = (uint32_t)(((page ^ source << 24) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
	return &caches->translations[(size_t)(hash & caches->iotlb_set_mask) * VTD_CACHE_WAYS];
}

/* Entry `way` of the set becomes its first, which is returned. */
struct vtd_iotlb_entry *vtd_iotlb_to_front(struct vtd_iotlb_entry *set, unsigned way);

/* The 4 KiB page in its set's first place; NULL: there may be another. */
static inline const struct vtd_iotlb_entry *vtd_iotlb_first(const struct vtd_caches *caches, uint64_t iova,
							    uint64_t source)
{
	uint64_t page = vtd_iotlb_page(iova, 1);
	const struct vtd_iotlb_entry *entry = vtd_iotlb_set(caches, page, source);
	return IOSIM_LIKELY(entry->page == page && entry->source == source) ? entry : NULL;
}

/* NULL: not cached. The smallest page that covers the address comes first. */
static inline const struct vtd_iotlb_entry *vtd_iotlb_find(const struct vtd_caches *caches, uint64_t iova,
							   uint64_t source)
{
	if (caches->live[0] == 0)
		return NULL;
	for (unsigned level = 1; level <= VTD_PAGE_LEVELS; level++) {
		if (caches->live[level] == 0)
			continue;
		uint64_t page = vtd_iotlb_page(iova, level);
		struct vtd_iotlb_entry *set = vtd_iotlb_set(caches, page, source);
		for (unsigned way = 0; way < VTD_CACHE_WAYS; way++)
			if (set[way].page == page && set[way].source == source)
				return vtd_iotlb_to_front(set, way);
	}
	return NULL;
}

/* Zero entries: the default. There are as many PASID entries as context entries. */
void vtd_caches_init(struct vtd_caches *caches, struct arena *arena, uint32_t context_entries, uint32_t iotlb_entries);

const struct vtd_context_entry *vtd_context_find(struct vtd_caches *caches, uint16_t source);
/* The tag is filled in; an entry with the same tag goes, here and below. Nothing is kept when the caches are off. */
void vtd_context_keep(struct vtd_caches *caches, uint16_t source, const struct vtd_context_entry *entry);
const struct vtd_pasid_entry *vtd_pasid_find(struct vtd_caches *caches, uint16_t source, uint32_t pasid);
/* The tag is that of `entry`, VTD_TAG_VALID included. */
void vtd_pasid_keep(struct vtd_caches *caches, const struct vtd_pasid_entry *entry);
/* A new entry for that page in the first place of its set, zeros but for its tag. There is an IOTLB. */
struct vtd_iotlb_entry *vtd_iotlb_make(struct vtd_caches *caches, uint64_t iova, unsigned level, uint64_t source);

/* What is to go; fields that `all_` switches off are not looked at. */
struct vtd_context_match {
	bool all_domains, all_sources;
	uint16_t domain;
	uint16_t source, source_ignore; /* bits of source_ignore do not matter */
};

struct vtd_pasid_match {
	bool all_domains, all_pasids;
	uint16_t domain;
	uint32_t pasid;
};

struct vtd_iotlb_match {
	bool all_domains, all_addresses;
	/*
	 * Addresses of the first stage: then they are not looked at for other translations, which stay (table 24).
	 * Otherwise translations of the first stage go whatever their addresses are (table 23).
	 */
	bool first_stage;
	bool one_pasid;
	uint16_t domain;
	uint32_t pasid;
	uint64_t first, last; /* IOVAs; a page goes if it overlaps */
};

/* The same as the finders above, and nothing moves. */
const struct vtd_context_entry *vtd_context_peek(const struct vtd_caches *caches, uint16_t source);
const struct vtd_pasid_entry *vtd_pasid_peek(const struct vtd_caches *caches, uint16_t source, uint32_t pasid);
const struct vtd_iotlb_entry *vtd_iotlb_peek(const struct vtd_caches *caches, uint64_t iova, uint64_t source);
/* One entry goes, which is in the cache. */
void vtd_context_evict(struct vtd_caches *caches, const struct vtd_context_entry *entry);
void vtd_pasid_evict(struct vtd_caches *caches, const struct vtd_pasid_entry *entry);
void vtd_iotlb_evict(struct vtd_caches *caches, const struct vtd_iotlb_entry *entry);

void vtd_context_drop(struct vtd_caches *caches, const struct vtd_context_match *match);
void vtd_pasid_drop(struct vtd_caches *caches, const struct vtd_pasid_match *match);
void vtd_iotlb_drop(struct vtd_caches *caches, const struct vtd_iotlb_match *match);

#endif
