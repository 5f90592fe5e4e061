/* SPDX-License-Identifier: MIT */
#include "hw/vtd/table_cache.h"

#include "hw/ways.h"

void vtd_table_cache_init(struct vtd_table_cache *cache, struct arena *arena, uint32_t entries)
{
	uint32_t sets = ways_sets(entries, VTD_TABLE_WAYS, VTD_TABLE_MAX_ENTRIES);

	*cache = (struct vtd_table_cache){.set_mask = sets - 1, .on = entries != 0};
	if (!cache->on)
		return;
	cache->entries = arena_block(arena, "vtd paging-structure caches",
				     sizeof(struct vtd_table_entry) * VTD_TABLE_WAYS * sets, ARENA_HASHED);
	cache->changes =
		arena_block(arena, "vtd paging-structure invalidations", sizeof(*cache->changes), ARENA_UNHASHED);
}

static uint64_t place_of(uint64_t address, unsigned level)
{
	return address >> vtd_level_lg2(level) << 3 | level;
}

static struct vtd_table_entry *set_of(const struct vtd_table_cache *cache, uint64_t tag, uint64_t place)
{
	return &cache->entries[ways_set(place ^ tag << 24 ^ tag >> 16, cache->set_mask) * VTD_TABLE_WAYS];
}

struct vtd_table_entry vtd_table_find(const struct vtd_table_cache *cache, uint64_t tag, uint64_t address, unsigned top)
{
	for (unsigned level = 2; level <= top; level++) {
		uint64_t place = place_of(address, level);
		struct vtd_table_entry *set = set_of(cache, tag, place);

		for (unsigned way = 0; way < VTD_TABLE_WAYS; way++) {
			if (set[way].tag != tag || set[way].place != place)
				continue;
			ways_use(set, way, sizeof(*set));
			return set[0];
		}
	}
	return (struct vtd_table_entry){0};
}

void vtd_table_keep(const struct vtd_table_cache *cache, uint64_t tag, uint64_t address, unsigned level, uint64_t frame,
		    uint64_t rights)
{
	uint64_t place = place_of(address, level);
	struct vtd_table_entry *set = set_of(cache, tag, place);
	unsigned way = 0;

	while (way < VTD_TABLE_WAYS - 1 && !(set[way].tag == tag && set[way].place == place))
		way++;
	ways_push(set, way + 1, sizeof(*set));
	set[0] = (struct vtd_table_entry){.tag = tag, .place = place, .frame = frame, .rights = rights};
}

static bool overlaps(const struct vtd_table_entry *entry, const struct vtd_table_match *match)
{
	unsigned lg2 = vtd_level_lg2(vtd_table_level(entry));
	uint64_t first = entry->place >> 3 << lg2, last = first | ((UINT64_C(1) << lg2) - 1);

	return first <= match->last && match->first <= last;
}

static bool matches(const struct vtd_table_entry *entry, const struct vtd_table_match *match)
{
	bool second = (entry->tag >> 16 & 0xffff) == VTD_PGTT_SECOND_STAGE;
	bool in_range = match->all_addresses || (!match->hint && overlaps(entry, match));

	if (!match->all_domains && (uint16_t)entry->tag != match->domain)
		return false;
	if (match->first_stage)
		return !second && (uint32_t)(entry->tag >> 32) == match->pasid && in_range;
	/* Second-stage addresses say nothing of the others: these go, whatever the addresses are. */
	return !second || in_range;
}

void vtd_table_drop(const struct vtd_table_cache *cache, const struct vtd_table_match *match)
{
	if (!cache->on)
		return;
	++*cache->changes;
	for (uint32_t i = 0; i <= cache->set_mask; i++) {
		struct vtd_table_entry *set = &cache->entries[(size_t)i * VTD_TABLE_WAYS];

		for (unsigned way = VTD_TABLE_WAYS; way > 0; way--)
			if (set[way - 1].tag && matches(&set[way - 1], match))
				ways_remove(set, way - 1, VTD_TABLE_WAYS, sizeof(*set));
	}
}
