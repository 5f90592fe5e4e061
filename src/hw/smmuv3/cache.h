/* SPDX-License-Identifier: MIT */
/*
 * What the unit may keep (3.17, 4.3, 4.4, 5.2.1, 5.4.1), in the arena:
 *
 *   STEs             by StreamID, valid or not: an invalid entry is served until it is invalidated
 *   configurations   by StreamID and SubstreamID: the STE and CD that serve a stream, and the tag of its translations
 *   translations     by StreamWorld, VMID, ASID (or global and ASET) and input address; one entry holds what all stages
 *                    together make of the address. Level 1 descriptors and table descriptors are not kept.
 *
 * A configuration never outlives an invalidation of its STE or CD, and a translation outlives both (4.4).
 */
#ifndef IOSIM_HW_SMMUV3_CACHE_H
#define IOSIM_HW_SMMUV3_CACHE_H

#include "base/arena.h"
#include "base/assert.h"
#include "hw/smmuv3/memo.h"
#include "hw/ways.h"

#include <stdbool.h>
#include <stdint.h>

#define SMMU_CACHE_WAYS        4
#define SMMU_CACHE_MAX_ENTRIES (1u << 16)
#define SMMU_TLB_ENTRIES       256
#define SMMU_CONFIG_ENTRIES    64

struct smmu_ste_entry {
	uint64_t tag; /* StreamID and SMMU_TAG_VALID; 0: free */
	uint64_t ste[4];
	uint32_t event; /* C_BAD_STE */
	uint32_t padding;
};

struct smmu_config_entry {
	uint64_t tag;   /* StreamID, SubstreamID; 0: free */
	uint64_t world; /* of its translations: SMMU_WORLD_*; 0: nothing translates */
	uint64_t ste[4];
	uint64_t cd[3];
	uint64_t substream;  /* index of the CD */
	uint32_t event;      /* C_BAD_CD, or SMMU_WALK_ABORTS */
	uint8_t stages;      /* as in struct smmu_walk */
	uint8_t top_ignored; /* bit 0: of addresses of the lower half, bit 1: of the upper one (TBI) */
	uint16_t padding;
	struct smmu_access access;
	uint32_t padding2[3]; /* to 128 bytes, for indexing */
};

struct smmu_tlb_entry {
	uint64_t page;   /* page number << 4 | size class */
	uint64_t world;  /* 0: free */
	uint64_t frame;  /* physical address of the page */
	uint64_t ipa;    /* of the page, where stage 2 translated too */
	uint16_t rights; /* SMMU_RIGHTS_* */
	uint8_t stages;
	uint8_t granule;        /* enum smmu_granule, and */
	uint8_t level;          /* of the leaf whose stage the tag belongs to */
	uint8_t page_lg2;       /* of that leaf: an invalidation anywhere in it counts */
	uint8_t permissions[2]; /* PERM_* of a user's requests, and of privileged ones */
	uint64_t difference;    /* of a physical address and what it is the translation of */
	uint16_t clean;         /* SMMU_RIGHTS_*: those that a write would get by making a descriptor dirty */
	uint16_t padding[7];    /* to 64 bytes, for indexing */
};

#define SMMU_TAG_VALID     (UINT64_C(1) << 63)
#define SMMU_TAG_SUBSTREAM (UINT64_C(1) << 62)

static inline uint64_t smmu_config_tag(uint32_t stream, uint32_t substream, bool has_substream)
{
	return SMMU_TAG_VALID | (has_substream ? SMMU_TAG_SUBSTREAM : 0) | (uint64_t)substream << 32 | stream;
}

/* The tag of translations. */
#define SMMU_WORLD_ASID_LSB   0
#define SMMU_WORLD_VMID_LSB   16
#define SMMU_WORLD_REGIME_LSB 32
#define SMMU_WORLD_ASID_MASK  UINT64_C(0xffff)
#define SMMU_WORLD_ASET       (UINT64_C(1) << 34)
#define SMMU_WORLD_GLOBAL     (UINT64_C(1) << 35)
#define SMMU_WORLD_IPA        (UINT64_C(1) << 36) /* the address is an IPA: stage 2 only */
#define SMMU_WORLD_VALID      (UINT64_C(1) << 63)

/* Page sizes, smallest first; those from 36 on only where a descriptor may map so much. */
#define SMMU_PAGE_CLASSES 12
enum {
	SMMU_LIVE_CLASSES = SMMU_PAGE_CLASSES,
	SMMU_LIVE_SMALLEST,
	SMMU_LIVE_SMALLEST_LG2,
	SMMU_LIVE_WORDS,
};
extern const uint8_t smmu_page_class_lg2[SMMU_PAGE_CLASSES];

struct smmu_caches { /* not state but where state is */
	struct smmu_ste_entry *stes;
	struct smmu_config_entry *configs;
	struct smmu_tlb_entry *translations;
	/*
	 * Translations by size class; [SMMU_LIVE_CLASSES] the classes that have some, then the smallest of them and its
	 * size. Without any these are 0, as of an entry that is free.
	 */
	uint32_t *live;
	uint32_t set_mask, tlb_set_mask;
	bool off;
	bool translations_off; /* there is no TLB */
	/* Of the configurations so far, of their order, and of registers: see struct smmu_start. */
	uint64_t changes;
};

/* What the set of a translation depends on beside its page. Global entries lie where those with an ASID do. */
static inline uint64_t smmu_world_key(uint64_t world)
{
	return (world & ~(SMMU_WORLD_ASID_MASK | SMMU_WORLD_GLOBAL)) << 8;
}

static inline struct smmu_tlb_entry *smmu_tlb_set_of(const struct smmu_caches *caches, uint64_t page,
						     uint64_t world_key)
{
	return &caches->translations[ways_set(page ^ world_key, caches->tlb_set_mask) * SMMU_CACHE_WAYS];
}

static inline struct smmu_tlb_entry *smmu_tlb_set(const struct smmu_caches *caches, uint64_t page, uint64_t world)
{
	return smmu_tlb_set_of(caches, page, smmu_world_key(world));
}

/* The same as the finders below, for what is not the first of its set. */
const struct smmu_tlb_entry *smmu_tlb_find_behind(const struct smmu_caches *caches, uint64_t address, uint64_t world,
						  uint32_t classes);
const struct smmu_config_entry *smmu_config_find_behind(struct smmu_caches *caches, uint64_t tag);

/* NULL: not the first of its set. The smallest page size in use comes first. `world_key`: of the world. */
static inline const struct smmu_tlb_entry *smmu_tlb_first(const struct smmu_caches *caches, uint64_t address,
							  uint64_t world, uint64_t world_key)
{
	const uint32_t *live = caches->live;
	uint64_t page = address >> live[SMMU_LIVE_SMALLEST_LG2] << 4 | live[SMMU_LIVE_SMALLEST];
	const struct smmu_tlb_entry *set = smmu_tlb_set_of(caches, page, world_key);

	return IOSIM_LIKELY(set->page == page && set->world == world) ? set : NULL;
}

static inline const struct smmu_config_entry *smmu_config_first(const struct smmu_caches *caches, uint64_t tag)
{
	const struct smmu_config_entry *set = &caches->configs[ways_set(tag, caches->set_mask) * SMMU_CACHE_WAYS];

	return IOSIM_LIKELY(set->tag == tag) ? set : NULL;
}

/* NULL: not cached. The smallest page that covers the address comes first. */
static inline const struct smmu_tlb_entry *smmu_tlb_find(const struct smmu_caches *caches, uint64_t address,
							 uint64_t world)
{
	const struct smmu_tlb_entry *first = smmu_tlb_first(caches, address, world, smmu_world_key(world));

	return first ? first : smmu_tlb_find_behind(caches, address, world, caches->live[SMMU_LIVE_CLASSES]);
}

static inline const struct smmu_config_entry *smmu_config_find(struct smmu_caches *caches, uint64_t tag)
{
	const struct smmu_config_entry *first = smmu_config_first(caches, tag);

	return first ? first : smmu_config_find_behind(caches, tag);
}

/* Zero entries: the default. */
void smmu_caches_init(struct smmu_caches *caches, struct arena *arena, uint32_t config_entries, uint32_t tlb_entries);
const struct smmu_ste_entry *smmu_ste_find(const struct smmu_caches *caches, uint32_t stream);
/*
 * The tag is filled in, of a translation its page too; an entry with the same tag goes. Nothing is kept when the caches
 * are off.
 */
void smmu_ste_keep(struct smmu_caches *caches, uint32_t stream, const struct smmu_ste_entry *entry);
void smmu_config_keep(struct smmu_caches *caches, uint64_t tag, const struct smmu_config_entry *entry);
/* A new entry for that page in the first place of its set, zeros but for its tag. There is a TLB. */
struct smmu_tlb_entry *smmu_tlb_make(struct smmu_caches *caches, uint64_t address, unsigned lg2, uint64_t world);

/* What is to go; fields that `all_` switches off are not looked at. */
struct smmu_config_match {
	uint32_t stream, stream_ignore; /* bits that do not matter */
	bool all_substreams;            /* and STEs too, where `stes` says so */
	bool stes;
	uint32_t substream;
};

struct smmu_tlb_match {
	uint64_t world, world_mask;    /* bits that matter */
	bool spare_global, global_too; /* entries without ASID stay; go whatever the ASID is */
	bool all_addresses;
	uint8_t granule, level; /* TG, TTL: SMMU_GRANULE_NONE, 0: any */
	uint64_t first, last;   /* input addresses; a page goes if it overlaps */
};

/* The same as the finders above, and nothing moves. */
const struct smmu_ste_entry *smmu_ste_peek(const struct smmu_caches *caches, uint32_t stream);
const struct smmu_config_entry *smmu_config_peek(const struct smmu_caches *caches, uint64_t tag);
const struct smmu_tlb_entry *smmu_tlb_peek(const struct smmu_caches *caches, uint64_t address, uint64_t world);
/* One entry goes, which is in the cache. */
void smmu_ste_evict(struct smmu_caches *caches, const struct smmu_ste_entry *entry);
void smmu_config_evict(struct smmu_caches *caches, const struct smmu_config_entry *entry);
void smmu_tlb_evict(struct smmu_caches *caches, const struct smmu_tlb_entry *entry);

void smmu_config_drop(struct smmu_caches *caches, const struct smmu_config_match *match);
void smmu_tlb_drop(struct smmu_caches *caches, const struct smmu_tlb_match *match);

#endif
