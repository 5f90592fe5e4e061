/* SPDX-License-Identifier: MIT */
/*
 * Context cache and IOTLB (6.2): set-associative, in the arena. Within a set the order of the entries is the order of
 * their last use, so that there is no counter to store; the last one is evicted.
 *
 * Tags are those of table 17. The IOTLB is looked up by source-id and address alone: 6.2.7 lets hardware use
 * such an entry without asking the context cache, so a translation outlives its context entry until it is
 * invalidated itself. The domain-id of an entry only serves invalidation.
 *
 * With CAP.CM = 1 what faulted is kept too (6.1): a context entry with `fault` and domain 0, an IOTLB entry with its
 * fault and no rights.
 */
#ifndef IOSIM_HW_VTD_CACHE_H
#define IOSIM_HW_VTD_CACHE_H

#include "base/arena.h"
#include "base/assert.h"
#include "hw/vtd/rules.h"

#define VTD_CACHE_WAYS        4
#define VTD_CACHE_MAX_ENTRIES (1u << 16)
#define VTD_IOTLB_ENTRIES     256
#define VTD_CONTEXT_ENTRIES   64
#define VTD_PAGE_LEVELS       3

struct vtd_context_entry {
	uint32_t tag;   /* source-id and VTD_TAG_VALID; 0: free */
	uint16_t fault; /* CM = 1: what the look-up of this entry ended with */
	uint16_t padding;
	uint64_t words[2]; /* the entry; of a faulting one only FPD */
};

struct vtd_iotlb_entry {
	uint64_t page;   /* page number << 2 | level; with a valid source */
	uint64_t source; /* vtd_iotlb_source(); 0: free */
	uint64_t frame;  /* physical address of the page */
	uint16_t domain;
	uint8_t rights; /* PERM_READ, PERM_WRITE: of all entries that led here */
	uint8_t silent; /* FPD of the context entry */
	uint8_t fault;  /* CM = 1 */
	uint8_t padding[3];
};

struct vtd_caches { /* where the state is */
	struct vtd_context_entry *contexts;
	struct vtd_iotlb_entry *translations;
	uint32_t *live; /* IOTLB entries: of all levels, then by level */
	uint32_t context_set_mask;
	uint32_t iotlb_set_mask;
	bool off;
	bool keep_faults; /* CAP.CM */
};

#define VTD_TAG_VALID (1u << 16)

/* Tag of requests without PASID. */
static inline uint64_t vtd_iotlb_source(uint16_t source)
{
	return (uint64_t)source | VTD_TAG_VALID;
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

/* Zero entries: the default. */
void vtd_caches_init(struct vtd_caches *caches, struct arena *arena, uint32_t context_entries, uint32_t iotlb_entries);

const struct vtd_context_entry *vtd_context_find(const struct vtd_caches *caches, uint16_t source);
/* The tag is filled in. Nothing is kept when the caches are off. */
void vtd_context_keep(struct vtd_caches *caches, uint16_t source, const struct vtd_context_entry *entry);
void vtd_iotlb_keep(struct vtd_caches *caches, uint64_t iova, unsigned level, const struct vtd_iotlb_entry *entry);

/* What is to go; fields that `all_` switches off are not looked at. */
struct vtd_context_match {
	bool all_domains, all_sources;
	uint16_t domain;
	uint16_t source, source_ignore; /* bits of source_ignore do not matter */
};

struct vtd_iotlb_match {
	bool all_domains, all_addresses;
	uint16_t domain;
	uint64_t first, last; /* IOVAs; a page goes if it overlaps */
};

void vtd_context_drop(struct vtd_caches *caches, const struct vtd_context_match *match);
void vtd_iotlb_drop(struct vtd_caches *caches, const struct vtd_iotlb_match *match);

#endif
