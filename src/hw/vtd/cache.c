/* SPDX-License-Identifier: MIT */
#include "hw/vtd/cache.h"

#include "hw/ways.h"

#include <string.h>

/* The number of sets: a power of two, so that there are at least `entries` entries up to the bound. */
static uint32_t sets_for(uint32_t entries)
{
	uint32_t sets = 1;
	while (sets * VTD_CACHE_WAYS < entries && sets * VTD_CACHE_WAYS < VTD_CACHE_MAX_ENTRIES)
		sets *= 2;
	return sets;
}

static void count_restore(void *context)
{
	struct vtd_caches *caches = context;
	caches->changes++;
}

void vtd_caches_init(struct vtd_caches *caches, struct arena *arena, uint32_t context_entries, uint32_t iotlb_entries)
{
	uint32_t contexts = sets_for(context_entries ? context_entries : VTD_CONTEXT_ENTRIES);
	uint32_t translations = sets_for(iotlb_entries ? iotlb_entries : VTD_IOTLB_ENTRIES);

	caches->context_set_mask = contexts - 1;
	caches->pasid_set_mask = contexts - 1;
	caches->iotlb_set_mask = translations - 1;
	caches->contexts = arena_block(arena, "vtd context cache",
				       sizeof(struct vtd_context_entry) * VTD_CACHE_WAYS * contexts, ARENA_HASHED);
	caches->pasids = arena_block(arena, "vtd pasid cache",
				     sizeof(struct vtd_pasid_entry) * VTD_CACHE_WAYS * contexts, ARENA_HASHED);
	caches->translations = arena_block(
		arena, "vtd iotlb", sizeof(struct vtd_iotlb_entry) * VTD_CACHE_WAYS * translations, ARENA_HASHED);
	caches->live = arena_block(arena, "vtd iotlb levels", sizeof(uint32_t) * (VTD_PAGE_LEVELS + 1), ARENA_HASHED);
	caches->changes = 1;
	arena_on_restore(arena, count_restore, caches);
}

/* Entry `way` becomes the first of the set. */
static void context_to_front(struct vtd_context_entry *set, unsigned way)
{
	struct vtd_context_entry used = set[way];
	memmove(&set[1], &set[0], way * sizeof(set[0]));
	set[0] = used;
}

const struct vtd_context_entry *vtd_context_find(struct vtd_caches *caches, uint16_t source)
{
	struct vtd_context_entry *set = vtd_context_set(caches, source);
	for (unsigned way = 0; way < VTD_CACHE_WAYS; way++) {
		if (set[way].tag != (source | VTD_TAG_VALID))
			continue;
		if (way > 0) {
			context_to_front(set, way);
			caches->changes++;
		}
		return set;
	}
	return NULL;
}

void vtd_context_keep(struct vtd_caches *caches, uint16_t source, const struct vtd_context_entry *entry)
{
	if (caches->off)
		return;
	caches->changes++;
	struct vtd_context_entry *set = vtd_context_set(caches, source);
	unsigned way = 0;
	while (way < VTD_CACHE_WAYS - 1 && set[way].tag != (source | VTD_TAG_VALID))
		way++;
	memmove(&set[1], &set[0], way * sizeof(set[0]));
	set[0] = *entry;
	set[0].tag = source | VTD_TAG_VALID;
}

const struct vtd_pasid_entry *vtd_pasid_find(struct vtd_caches *caches, uint16_t source, uint32_t pasid)
{
	struct vtd_pasid_entry *set = vtd_pasid_set(caches, source, pasid);
	for (unsigned way = 0; way < VTD_CACHE_WAYS; way++) {
		if (set[way].tag != (source | VTD_TAG_VALID) || set[way].pasid != pasid)
			continue;
		if (way > 0) {
			struct vtd_pasid_entry used = set[way];
			memmove(&set[1], &set[0], way * sizeof(set[0]));
			set[0] = used;
			caches->changes++;
		}
		return set;
	}
	return NULL;
}

void vtd_pasid_keep(struct vtd_caches *caches, const struct vtd_pasid_entry *entry)
{
	if (caches->off || caches->pasids_off)
		return;
	caches->changes++;
	struct vtd_pasid_entry *set = vtd_pasid_set(caches, entry->tag & 0xffff, entry->pasid);
	unsigned way = 0;
	while (way < VTD_CACHE_WAYS - 1 && !(set[way].tag == entry->tag && set[way].pasid == entry->pasid))
		way++;
	memmove(&set[1], &set[0], way * sizeof(set[0]));
	set[0] = *entry;
}

struct vtd_iotlb_entry *vtd_iotlb_to_front(struct vtd_iotlb_entry *set, unsigned way)
{
	struct vtd_iotlb_entry used = set[way];
	memmove(&set[1], &set[0], way * sizeof(set[0]));
	set[0] = used;
	return set;
}

static unsigned level_of(const struct vtd_iotlb_entry *entry)
{
	return entry->page & 3;
}

static void count(struct vtd_caches *caches, const struct vtd_iotlb_entry *entry, int change)
{
	caches->live[0] += (uint32_t)change;
	caches->live[level_of(entry)] += (uint32_t)change;
}

struct vtd_iotlb_entry *vtd_iotlb_make(struct vtd_caches *caches, uint64_t iova, unsigned level, uint64_t source)
{
	uint64_t page = vtd_iotlb_page(iova, level);
	struct vtd_iotlb_entry *set = vtd_iotlb_set(caches, page, source);
	unsigned way = 0;

	while (way < VTD_CACHE_WAYS - 1 && !(set[way].page == page && set[way].source == source))
		way++;
	bool same_level = set[way].source && level_of(&set[way]) == level;
	if (set[way].source && !same_level)
		count(caches, &set[way], -1);
	for (; way > 0; way--)
		set[way] = set[way - 1];
	set[0] = (struct vtd_iotlb_entry){.page = page, .source = source};
	if (!same_level)
		count(caches, &set[0], 1);
	return set;
}

static bool context_matches(const struct vtd_context_entry *entry, const struct vtd_context_match *match)
{
	if (!match->all_domains && VTD_CONTEXT_DID(entry->words) != match->domain)
		return false;
	return match->all_sources || ((entry->tag ^ match->source) & 0xffff & ~(uint32_t)match->source_ignore) == 0;
}

void vtd_context_drop(struct vtd_caches *caches, const struct vtd_context_match *match)
{
	caches->changes++;
	for (uint32_t i = 0; i <= caches->context_set_mask; i++) {
		struct vtd_context_entry *set = &caches->contexts[(size_t)i * VTD_CACHE_WAYS];
		unsigned kept = 0;
		for (unsigned way = 0; way < VTD_CACHE_WAYS && set[way].tag; way++)
			if (!context_matches(&set[way], match))
				set[kept++] = set[way];
		memset(&set[kept], 0, (VTD_CACHE_WAYS - kept) * sizeof(set[0]));
	}
}

void vtd_pasid_drop(struct vtd_caches *caches, const struct vtd_pasid_match *match)
{
	caches->changes++;
	for (uint32_t i = 0; i <= caches->pasid_set_mask; i++) {
		struct vtd_pasid_entry *set = &caches->pasids[(size_t)i * VTD_CACHE_WAYS];
		unsigned kept = 0;
		for (unsigned way = 0; way < VTD_CACHE_WAYS && set[way].tag; way++)
			if ((!match->all_domains && VTD_PASID_DID(set[way].words) != match->domain) ||
			    (!match->all_pasids && set[way].pasid != match->pasid))
				set[kept++] = set[way];
		memset(&set[kept], 0, (VTD_CACHE_WAYS - kept) * sizeof(set[0]));
	}
}

static bool translation_matches(const struct vtd_iotlb_entry *entry, const struct vtd_iotlb_match *match)
{
	bool first_stage = entry->type == VTD_PGTT_FIRST_STAGE || entry->type == VTD_PGTT_NESTED;

	if (!match->all_domains && entry->domain != match->domain)
		return false;
	if (match->one_pasid && (!entry->type || entry->pasid != match->pasid))
		return false;
	if (match->all_addresses)
		return true;
	if (first_stage != match->first_stage)
		return first_stage;
	unsigned lg2 = vtd_level_lg2(level_of(entry));
	uint64_t first = entry->page >> 2 << lg2, last = first | ((UINT64_C(1) << lg2) - 1);
	return first <= match->last && match->first <= last;
}

void vtd_iotlb_drop(struct vtd_caches *caches, const struct vtd_iotlb_match *match)
{
	for (uint32_t i = 0; i <= caches->iotlb_set_mask; i++) {
		struct vtd_iotlb_entry *set = &caches->translations[(size_t)i * VTD_CACHE_WAYS];
		unsigned kept = 0;
		for (unsigned way = 0; way < VTD_CACHE_WAYS && set[way].source; way++) {
			if (translation_matches(&set[way], match))
				count(caches, &set[way], -1);
			else
				set[kept++] = set[way];
		}
		memset(&set[kept], 0, (VTD_CACHE_WAYS - kept) * sizeof(set[0]));
	}
}

/* --- one entry, as hardware chooses --- */

const struct vtd_context_entry *vtd_context_peek(const struct vtd_caches *caches, uint16_t source)
{
	const struct vtd_context_entry *set = vtd_context_set(caches, source);

	for (unsigned way = 0; way < VTD_CACHE_WAYS; way++)
		if (set[way].tag == (source | VTD_TAG_VALID))
			return &set[way];
	return NULL;
}

const struct vtd_pasid_entry *vtd_pasid_peek(const struct vtd_caches *caches, uint16_t source, uint32_t pasid)
{
	const struct vtd_pasid_entry *set = vtd_pasid_set(caches, source, pasid);

	for (unsigned way = 0; way < VTD_CACHE_WAYS; way++)
		if (set[way].tag == (source | VTD_TAG_VALID) && set[way].pasid == pasid)
			return &set[way];
	return NULL;
}

const struct vtd_iotlb_entry *vtd_iotlb_peek(const struct vtd_caches *caches, uint64_t iova, uint64_t source)
{
	for (unsigned level = 1; level <= VTD_PAGE_LEVELS; level++) {
		uint64_t page = vtd_iotlb_page(iova, level);
		const struct vtd_iotlb_entry *set = vtd_iotlb_set(caches, page, source);
		for (unsigned way = 0; way < VTD_CACHE_WAYS; way++)
			if (set[way].page == page && set[way].source == source)
				return &set[way];
	}
	return NULL;
}

void vtd_context_evict(struct vtd_caches *caches, const struct vtd_context_entry *entry)
{
	struct vtd_context_entry *set = vtd_context_set(caches, (uint16_t)entry->tag);

	caches->changes++;
	ways_remove(set, (unsigned)(entry - set), VTD_CACHE_WAYS, sizeof(*set));
}

void vtd_pasid_evict(struct vtd_caches *caches, const struct vtd_pasid_entry *entry)
{
	struct vtd_pasid_entry *set = vtd_pasid_set(caches, entry->tag & 0xffff, entry->pasid);

	caches->changes++;
	ways_remove(set, (unsigned)(entry - set), VTD_CACHE_WAYS, sizeof(*set));
}

void vtd_iotlb_evict(struct vtd_caches *caches, const struct vtd_iotlb_entry *entry)
{
	struct vtd_iotlb_entry *set = vtd_iotlb_set(caches, entry->page, entry->source);

	count(caches, entry, -1);
	ways_remove(set, (unsigned)(entry - set), VTD_CACHE_WAYS, sizeof(*set));
}
