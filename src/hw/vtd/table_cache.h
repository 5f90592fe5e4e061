/* SPDX-License-Identifier: MIT */
/*
 * Paging-structure caches (6.2.5): entries of tables that lead to another table, with the rights of all entries up to
 * them, so that a walk begins at the deepest one it finds. One set-associative array holds PML5E, PML4E, PDPE and PDE
 * of all three kinds of mapping:
 *
 *   second-stage   by domain and second-stage input address; a nested walk finds them for each address that it
 * translates first-stage    by domain, PASID and input address nested         the same. The entry keeps the guest's
 * address of the next table, whose own translation is looked for again: hardware may keep its result instead (6.2.5.2
 * to 6.2.5.4), which no correct software can tell.
 *
 * What faulted is never kept, whatever CAP.CM is (6.2.5.5 lets hardware choose), and no unit has these caches unless
 * its configuration says so.
 */
#ifndef IOSIM_HW_VTD_TABLE_CACHE_H
#define IOSIM_HW_VTD_TABLE_CACHE_H

#include "base/arena.h"
#include "hw/vtd/layout_scalable.h"
#include "hw/vtd/rules.h"

#define VTD_TABLE_WAYS        4
#define VTD_TABLE_MAX_ENTRIES (1u << 16)

struct vtd_table_entry {
	uint64_t tag;    /* vtd_table_tag(); 0: free */
	uint64_t place;  /* input address, from the entry's level up << 3 | level */
	uint64_t frame;  /* of the table that it leads to; nested: a guest's frame */
	uint64_t rights; /* the AND of all entries up to it */
};

struct vtd_table_cache {
	struct vtd_table_entry *entries;
	uint64_t *changes; /* invalidations so far, no part of the state: what was begun before one is not kept */
	uint32_t set_mask;
	bool on;
};

/* 0 entries: there is none. */
void vtd_table_cache_init(struct vtd_table_cache *cache, struct arena *arena, uint32_t entries);

/* The PASID is none of a second stage's. */
static inline uint64_t vtd_table_tag(enum vtd_pgtt type, uint64_t domain, uint32_t pasid)
{
	return (uint64_t)type << 16 | domain | (type == VTD_PGTT_SECOND_STAGE ? 0 : (uint64_t)pasid << 32);
}

/* The deepest entry below a table of level `top`, which is 0 if there is none. It becomes its set's first. */
struct vtd_table_entry vtd_table_find(const struct vtd_table_cache *cache, uint64_t tag, uint64_t address,
				      unsigned top);
static inline unsigned vtd_table_level(const struct vtd_table_entry *entry)
{
	return entry->place & 7;
}

/* An entry of that level was passed. The last one used of its set goes. */
void vtd_table_keep(const struct vtd_table_cache *cache, uint64_t tag, uint64_t address, unsigned level, uint64_t frame,
		    uint64_t rights);

/* Tables 23 and 24. */
struct vtd_table_match {
	bool all_domains, all_addresses;
	bool hint;        /* entries that the addresses are of stay */
	bool first_stage; /* one PASID's first-stage and nested ones, and the addresses are theirs */
	uint16_t domain;
	uint32_t pasid;
	uint64_t first, last;
};
void vtd_table_drop(const struct vtd_table_cache *cache, const struct vtd_table_match *match);

#endif
