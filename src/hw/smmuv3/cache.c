/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/cache.h"

/* Every level of every granule; blocks of the last two exist where a unit deviates alone. */
const uint8_t smmu_page_class_lg2[SMMU_PAGE_CLASSES] = {12, 14, 16, 21, 25, 29, 30, 36, 39, 42, 47, 55};

static void count_restore(void *context)
{
	struct smmu_caches *caches = context;

	caches->changes++;
}

void smmu_caches_init(struct smmu_caches *caches, struct arena *arena, uint32_t config_entries, uint32_t tlb_entries)
{
	uint32_t sets = ways_sets(config_entries ? config_entries : SMMU_CONFIG_ENTRIES, SMMU_CACHE_WAYS,
				  SMMU_CACHE_MAX_ENTRIES);
	uint32_t tlb_sets =
		ways_sets(tlb_entries ? tlb_entries : SMMU_TLB_ENTRIES, SMMU_CACHE_WAYS, SMMU_CACHE_MAX_ENTRIES);

	caches->set_mask = sets - 1;
	caches->tlb_set_mask = tlb_sets - 1;
	caches->stes = arena_block(arena, "smmu STEs", sizeof(caches->stes[0]) * SMMU_CACHE_WAYS * sets, ARENA_HASHED);
	caches->configs = arena_block(arena, "smmu configurations", sizeof(caches->configs[0]) * SMMU_CACHE_WAYS * sets,
				      ARENA_HASHED);
	caches->translations = arena_block(arena, "smmu tlb",
					   sizeof(caches->translations[0]) * SMMU_CACHE_WAYS * tlb_sets, ARENA_HASHED);
	caches->live = arena_block(arena, "smmu tlb sizes", sizeof(uint32_t) * SMMU_LIVE_WORDS, ARENA_HASHED);
	caches->changes = 1;
	arena_on_restore(arena, count_restore, caches);
}

static struct smmu_ste_entry *ste_set(const struct smmu_caches *caches, uint64_t tag)
{
	return &caches->stes[ways_set(tag, caches->set_mask) * SMMU_CACHE_WAYS];
}

const struct smmu_ste_entry *smmu_ste_find(const struct smmu_caches *caches, uint32_t stream)
{
	uint64_t tag = SMMU_TAG_VALID | stream;
	struct smmu_ste_entry *set = ste_set(caches, tag);

	for (unsigned way = 0; way < SMMU_CACHE_WAYS; way++) {
		if (set[way].tag == tag) {
			ways_use(set, way, sizeof(set[0]));
			return set;
		}
	}
	return NULL;
}

static __attribute__((noinline)) const struct smmu_tlb_entry *tlb_to_front(struct smmu_tlb_entry *set, unsigned way)
{
	ways_use(set, way, sizeof(set[0]));
	return set;
}

const struct smmu_tlb_entry *smmu_tlb_find_behind(const struct smmu_caches *caches, uint64_t address, uint64_t world,
						  uint32_t classes)
{
	uint64_t global = (world & ~SMMU_WORLD_ASID_MASK) | SMMU_WORLD_GLOBAL;

	for (; classes; classes &= classes - 1) {
		unsigned class = (unsigned)__builtin_ctz(classes);
		uint64_t page = address >> smmu_page_class_lg2[class] << 4 | class;
		struct smmu_tlb_entry *set = smmu_tlb_set(caches, page, world);
		for (unsigned way = 0; way < SMMU_CACHE_WAYS; way++) {
			if (IOSIM_UNLIKELY(set[way].page == page) &&
			    (set[way].world == world || set[way].world == global))
				return tlb_to_front(set, way);
		}
	}
	return NULL;
}

const struct smmu_config_entry *smmu_config_find_behind(struct smmu_caches *caches, uint64_t tag)
{
	struct smmu_config_entry *set = &caches->configs[ways_set(tag, caches->set_mask) * SMMU_CACHE_WAYS];

	for (unsigned way = 0; way < SMMU_CACHE_WAYS; way++) {
		if (set[way].tag == tag) {
			ways_use(set, way, sizeof(set[0]));
			caches->changes += way > 0;
			return set;
		}
	}
	return NULL;
}

void smmu_ste_keep(struct smmu_caches *caches, uint32_t stream, const struct smmu_ste_entry *entry)
{
	struct smmu_ste_entry *set = ste_set(caches, SMMU_TAG_VALID | stream);
	unsigned way = 0;

	if (caches->off)
		return;
	while (way < SMMU_CACHE_WAYS - 1 && set[way].tag != (SMMU_TAG_VALID | stream))
		way++;
	ways_push(set, way + 1, sizeof(set[0]));
	set[0] = *entry;
	set[0].tag = SMMU_TAG_VALID | stream;
}

void smmu_config_keep(struct smmu_caches *caches, uint64_t tag, const struct smmu_config_entry *entry)
{
	struct smmu_config_entry *set = &caches->configs[ways_set(tag, caches->set_mask) * SMMU_CACHE_WAYS];
	unsigned way = 0;

	if (caches->off)
		return;
	caches->changes++;
	while (way < SMMU_CACHE_WAYS - 1 && set[way].tag != tag)
		way++;
	ways_push(set, way + 1, sizeof(set[0]));
	set[0] = *entry;
	set[0].tag = tag;
}

/* One translation more or less of that page's class. */
static void count(struct smmu_caches *caches, uint64_t page, int change)
{
	unsigned class = page & 15;

	caches->live[class] = (uint32_t)((int64_t)caches->live[class] + change);
	if (caches->live[class])
		caches->live[SMMU_LIVE_CLASSES] |= 1u << class;
	else
		caches->live[SMMU_LIVE_CLASSES] &= ~(1u << class);
	uint32_t classes = caches->live[SMMU_LIVE_CLASSES];
	caches->live[SMMU_LIVE_SMALLEST] = classes ? (uint32_t)__builtin_ctz(classes) : 0;
	caches->live[SMMU_LIVE_SMALLEST_LG2] = classes ? smmu_page_class_lg2[__builtin_ctz(classes)] : 0;
}

struct smmu_tlb_entry *smmu_tlb_make(struct smmu_caches *caches, uint64_t address, unsigned lg2, uint64_t world)
{
	unsigned class = 0, way = 0;

	while (class < SMMU_PAGE_CLASSES - 1 && smmu_page_class_lg2[class] != lg2)
		class ++;
	IOSIM_ASSERT(smmu_page_class_lg2[class] == lg2);
	uint64_t page = address >> lg2 << 4 | class;
	struct smmu_tlb_entry *set = smmu_tlb_set(caches, page, world);
	while (way < SMMU_CACHE_WAYS - 1 && !(set[way].page == page && set[way].world == world))
		way++;
	bool same_class = set[way].world && (set[way].page & 15) == class;
	if (set[way].world && !same_class)
		count(caches, set[way].page, -1);
	for (; way > 0; way--)
		set[way] = set[way - 1];
	set[0] = (struct smmu_tlb_entry){.page = page, .world = world};
	if (!same_class)
		count(caches, page, 1);
	return set;
}

static bool config_matches(uint64_t tag, const struct smmu_config_match *match)
{
	return tag && (((uint32_t)tag ^ match->stream) & ~match->stream_ignore) == 0;
}

void smmu_config_drop(struct smmu_caches *caches, const struct smmu_config_match *match)
{
	caches->changes++;
	for (uint32_t set = 0; set <= caches->set_mask; set++) {
		struct smmu_ste_entry *stes = &caches->stes[(size_t)set * SMMU_CACHE_WAYS];
		struct smmu_config_entry *configs = &caches->configs[(size_t)set * SMMU_CACHE_WAYS];
		for (unsigned way = SMMU_CACHE_WAYS; way-- > 0;) {
			if (match->stes && config_matches(stes[way].tag, match))
				ways_remove(stes, way, SMMU_CACHE_WAYS, sizeof(stes[0]));
			if (config_matches(configs[way].tag, match) &&
			    (match->all_substreams || configs[way].substream == match->substream))
				ways_remove(configs, way, SMMU_CACHE_WAYS, sizeof(configs[0]));
		}
	}
}

static bool tlb_matches(const struct smmu_tlb_entry *entry, const struct smmu_tlb_match *match)
{
	uint64_t mask = match->world_mask;

	if (entry->world & SMMU_WORLD_GLOBAL) {
		if (match->spare_global)
			return false;
		if (match->global_too)
			mask &= ~SMMU_WORLD_ASID_MASK;
	}
	if (!entry->world || (entry->world ^ match->world) & mask)
		return false;
	if ((match->granule != 3 && entry->granule != match->granule) || (match->level && entry->level != match->level))
		return false;
	if (match->all_addresses)
		return true;
	uint64_t address = entry->page >> 4 << smmu_page_class_lg2[entry->page & 15];
	uint64_t first = address >> entry->page_lg2 << entry->page_lg2;
	return first <= match->last && match->first <= (first | ((UINT64_C(1) << entry->page_lg2) - 1));
}

void smmu_tlb_drop(struct smmu_caches *caches, const struct smmu_tlb_match *match)
{
	for (uint32_t set = 0; set <= caches->tlb_set_mask; set++) {
		struct smmu_tlb_entry *entries = &caches->translations[(size_t)set * SMMU_CACHE_WAYS];
		for (unsigned way = SMMU_CACHE_WAYS; way-- > 0;) {
			if (!tlb_matches(&entries[way], match))
				continue;
			count(caches, entries[way].page, -1);
			ways_remove(entries, way, SMMU_CACHE_WAYS, sizeof(entries[0]));
		}
	}
}

/* --- one entry, as hardware chooses --- */

const struct smmu_ste_entry *smmu_ste_peek(const struct smmu_caches *caches, uint32_t stream)
{
	const struct smmu_ste_entry *set = ste_set(caches, SMMU_TAG_VALID | stream);

	for (unsigned way = 0; way < SMMU_CACHE_WAYS; way++)
		if (set[way].tag == (SMMU_TAG_VALID | stream))
			return &set[way];
	return NULL;
}

static struct smmu_config_entry *config_set(const struct smmu_caches *caches, uint64_t tag)
{
	return &caches->configs[ways_set(tag, caches->set_mask) * SMMU_CACHE_WAYS];
}

const struct smmu_config_entry *smmu_config_peek(const struct smmu_caches *caches, uint64_t tag)
{
	const struct smmu_config_entry *set = config_set(caches, tag);

	for (unsigned way = 0; way < SMMU_CACHE_WAYS; way++)
		if (set[way].tag == tag)
			return &set[way];
	return NULL;
}

const struct smmu_tlb_entry *smmu_tlb_peek(const struct smmu_caches *caches, uint64_t address, uint64_t world)
{
	uint64_t global = (world & ~SMMU_WORLD_ASID_MASK) | SMMU_WORLD_GLOBAL;

	for (uint32_t classes = caches->live[SMMU_LIVE_CLASSES]; classes; classes &= classes - 1) {
		unsigned class = (unsigned)__builtin_ctz(classes);
		uint64_t page = address >> smmu_page_class_lg2[class] << 4 | class;
		const struct smmu_tlb_entry *set = smmu_tlb_set(caches, page, world);
		for (unsigned way = 0; way < SMMU_CACHE_WAYS; way++)
			if (set[way].page == page && (set[way].world == world || set[way].world == global))
				return &set[way];
	}
	return NULL;
}

void smmu_ste_evict(struct smmu_caches *caches, const struct smmu_ste_entry *entry)
{
	struct smmu_ste_entry *set = ste_set(caches, entry->tag);

	ways_remove(set, (unsigned)(entry - set), SMMU_CACHE_WAYS, sizeof(*set));
}

void smmu_config_evict(struct smmu_caches *caches, const struct smmu_config_entry *entry)
{
	struct smmu_config_entry *set = config_set(caches, entry->tag);

	caches->changes++;
	ways_remove(set, (unsigned)(entry - set), SMMU_CACHE_WAYS, sizeof(*set));
}

void smmu_tlb_evict(struct smmu_caches *caches, const struct smmu_tlb_entry *entry)
{
	struct smmu_tlb_entry *set = smmu_tlb_set(caches, entry->page, entry->world);

	count(caches, entry->page, -1);
	ways_remove(set, (unsigned)(entry - set), SMMU_CACHE_WAYS, sizeof(*set));
}
