/* SPDX-License-Identifier: MIT */
#include "hw/vtd/interrupt_cache.h"

#include "hw/vtd/cache.h"
#include "hw/ways.h"

void vtd_interrupt_cache_init(struct vtd_interrupt_cache *cache, struct arena *arena)
{
	cache->entries = arena_block(arena, "vtd interrupt entries",
				     sizeof(cache->entries[0]) * VTD_INTERRUPT_CACHE_WAYS * VTD_INTERRUPT_CACHE_SETS,
				     ARENA_HASHED);
}

static struct vtd_interrupt_entry *set_of(const struct vtd_interrupt_cache *cache, uint16_t index)
{
	return &cache->entries[(size_t)(index % VTD_INTERRUPT_CACHE_SETS) * VTD_INTERRUPT_CACHE_WAYS];
}

const uint64_t *vtd_interrupt_cache_find(const struct vtd_interrupt_cache *cache, uint16_t index)
{
	struct vtd_interrupt_entry *set = cache->entries ? set_of(cache, index) : NULL;

	for (unsigned way = 0; set && way < VTD_INTERRUPT_CACHE_WAYS; way++)
		if (set[way].tag == (index | VTD_TAG_VALID)) {
			ways_use(set, way, sizeof(set[0]));
			return set[0].words;
		}
	return NULL;
}

void vtd_interrupt_cache_keep(const struct vtd_interrupt_cache *cache, uint16_t index, const uint64_t words[2])
{
	if (!cache->entries)
		return;
	struct vtd_interrupt_entry *set = set_of(cache, index);
	ways_push(set, VTD_INTERRUPT_CACHE_WAYS, sizeof(set[0]));
	set[0] = (struct vtd_interrupt_entry){.tag = index | VTD_TAG_VALID, .words = {words[0], words[1]}};
}

void vtd_interrupt_cache_drop(const struct vtd_interrupt_cache *cache, uint16_t first, uint16_t last)
{
	for (unsigned i = 0; cache->entries && i < VTD_INTERRUPT_CACHE_SETS; i++) {
		struct vtd_interrupt_entry *set = &cache->entries[(size_t)i * VTD_INTERRUPT_CACHE_WAYS];
		for (unsigned way = VTD_INTERRUPT_CACHE_WAYS; way-- > 0;) {
			uint32_t index = set[way].tag & ~VTD_TAG_VALID;
			if (set[way].tag && index >= first && index <= last)
				ways_remove(set, way, VTD_INTERRUPT_CACHE_WAYS, sizeof(set[0]));
		}
	}
}
