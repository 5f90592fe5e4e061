/* SPDX-License-Identifier: MIT */
/*
 * The page table that a driver writes: one algorithm for map, unmap, look-up and dirty tracking, and a format
 * (pgtable/format.h) for each layout of entries. An engine has its own walk and shares only the format header.
 *
 * Words: a table is 2^granule_lg2 bytes of 8-byte entries; only the root may be larger (concatenated tables). Level 1
 * is the level whose leaves are one granule; the root is at level `levels`. A page size is written as lg2 of its bytes,
 * a set of page sizes as a mask with bit lg2. IOVAs and physical addresses are byte addresses.
 *
 * A struct pt is plain data without pointers and padding, so that it can lie in an arena slot; everything outside it is
 * reached through struct pt_ops, which each call gets.
 *
 * Each store is one entry, and what hardware may see between any two stores is a valid table: a new table is linked
 * when it is empty (or, replacing a larger leaf, when it is complete); a table that became empty is unlinked and handed
 * to retire_table(), and stays untouched from then on. The table's memory is not trusted: a word that somebody else
 * wrote may make a mapping wrong, but no call runs away.
 *
 * Errors are negative errno values.
 */
#ifndef IOSIM_PGTABLE_PT_H
#define IOSIM_PGTABLE_PT_H

#include "pgtable/formats.h"

#include <stdbool.h>
#include <stdint.h>

#define PT_MAX_LEVELS 5

/* Of a leaf; the first three are PERM_* of hw/iommu.h. */
enum pt_attribute {
	PT_READ = 1 << 0,
	PT_WRITE = 1 << 1,
	PT_EXECUTE = 1 << 2,
	PT_PRIVILEGED = 1 << 3, /* for privileged requests only */
	PT_DEVICE = 1 << 4,     /* not memory: no caching, no gathering */
	PT_SNOOP = 1 << 5,      /* accesses snoop processor caches whatever the request says */
	PT_ACCESSED = 1 << 6,   /* hardware's flags, where PT_TRACKS_DIRTY */
	PT_DIRTY = 1 << 7,
	PT_NON_SECURE = 1 << 8, /* in the Non-secure physical address space; of a Realm's second stage */
};

enum pt_feature {
	PT_TRACKS_DIRTY = 1 << 0, /* hardware sets accessed and dirty flags in this table */
};

struct pt_config {
	enum pt_format_id format;
	uint8_t granule_lg2; /* 12; 14 and 16 where the format has them */
	uint8_t levels;
	uint8_t input_lg2;   /* IOVAs are below 2^input_lg2 */
	uint8_t output_lg2;  /* physical addresses are below 2^output_lg2 */
	uint16_t features;   /* enum pt_feature */
	uint64_t page_sizes; /* those that may be used; all between the smallest and the largest that the format has */
};

struct pt {
	uint64_t root; /* physical address; 0: no table */
	uint64_t page_sizes;
	uint32_t table_pages; /* granules in use for tables, root included */
	uint16_t features;
	uint8_t format; /* enum pt_format_id */
	uint8_t granule_lg2;
	uint8_t levels;
	uint8_t input_lg2;
	uint8_t output_lg2;
	uint8_t root_lg2; /* bytes of the root */
	uint32_t reserved;
};

struct pt_leaf {
	uint64_t iova; /* of the first byte of the page */
	uint64_t pa;
	uint8_t lg2;   /* bytes of the page */
	uint8_t level; /* of its entry */
	uint16_t attributes;
};

/* The caller's memory. `context` is handed to each function. */
struct pt_ops {
	void *context;
	/* The entry at `pa`, a multiple of 8; 0 where no memory is. */
	uint64_t (*load64)(void *context, uint64_t pa);
	/* Makes one entry visible. False: there is no memory for it; a store over an entry that is not 0 succeeds. */
	bool (*store64)(void *context, uint64_t pa, uint64_t value);
	/* 2^bytes_lg2 zeroed, naturally aligned bytes; 0: none left. */
	uint64_t (*alloc_table)(void *context, unsigned bytes_lg2);
	/*
	 * The table is no longer linked, and hardware may still know it: free it after the invalidation. Where the
	 * table's memory was overwritten by somebody else, `pa` is what stood there.
	 */
	void (*retire_table)(void *context, uint64_t pa, unsigned bytes_lg2);
	/*
	 * Where hardware must not see a leaf and a table that replaces it in one step (Arm's break before make, DDI
	 * 0487 D8.16): the entry was made empty, and this makes sure that no cache holds the leaf; nothing of it
	 * translates meanwhile. An error ends the call, with the leaf as before. NULL: one store replaces an entry.
	 */
	int (*broken)(void *context, const struct pt_leaf *leaf);
};

/*
 * Makes an empty table: one allocation, the root. -EINVAL: the format cannot be that; -ENOMEM. On an error *pt is
 * zero.
 */
int pt_init(struct pt *pt, const struct pt_ops *ops, const struct pt_config *config);

/*
 * Makes a table in which every IOVA leads to the one granule at `pa`: one table a level, of equal entries. It can be
 * looked up and destroyed; it is not to be mapped in, nor gone through leaf by leaf. -EINVAL: as pt_init(), or `pa` is
 * no granule of the table's output, or the format cannot express the attributes; -ENOMEM. On an error *pt is zero.
 */
int pt_init_uniform(struct pt *pt, const struct pt_ops *ops, const struct pt_config *config, uint64_t pa,
		    unsigned attributes);

/*
 * Retires every table, the root last, and makes *pt zero. No entry is written: nothing may translate through the table
 * any more.
 */
void pt_destroy(struct pt *pt, const struct pt_ops *ops);

/* The page sizes that this format has with that granule and number of levels. */
uint64_t pt_format_page_sizes(enum pt_format_id format, unsigned granule_lg2, unsigned levels);

/*
 * Maps [iova, iova + bytes) to [pa, pa + bytes), all or nothing, with the largest pages that alignment, length and the
 * table's page sizes permit. -EINVAL: zero bytes, not a multiple of the smallest page, outside the table's input or
 * output range, or attributes that the format cannot express; -EEXIST: a page in the range is mapped; -ENOMEM: the
 * table is as before (tables that were linked on the way were retired).
 */
int pt_map(struct pt *pt, const struct pt_ops *ops, uint64_t iova, uint64_t pa, uint64_t bytes, unsigned attributes);

typedef void (*pt_leaf_fn)(void *context, const struct pt_leaf *leaf);

/*
 * Removes every leaf in [iova, iova + bytes), which may have holes, in order of IOVA; `removed` (may be NULL) is called
 * after the store that removes it. A leaf that reaches beyond the range is split before anything is removed: the
 * replacement is built, then switched to with one store (but see `broken`); attributes are inherited. -EINVAL: as
 * pt_map; -ENOMEM: a split found no memory, nothing was removed, and the table is as before; or what `broken` returned,
 * likewise.
 */
int pt_unmap(struct pt *pt, const struct pt_ops *ops, uint64_t iova, uint64_t bytes, pt_leaf_fn removed,
	     void *leaf_context);

/* The leaf that translates `iova`, any byte address; false: none. */
bool pt_lookup(const struct pt *pt, const struct pt_ops *ops, uint64_t iova, struct pt_leaf *leaf);

/*
 * Calls `leaf` for each leaf that intersects [first, last] in order of IOVA, until it returns false. Returns how many
 * calls were made. The callback may not change the table.
 */
uint64_t pt_for_each(const struct pt *pt, const struct pt_ops *ops, uint64_t first, uint64_t last,
		     bool (*leaf)(void *context, const struct pt_leaf *leaf), void *leaf_context);

/*
 * Calls `dirty` for each dirty leaf that intersects [iova, iova + bytes), in order of IOVA, with its attributes as they
 * were, and with `clear` makes it clean; after which the caller invalidates. -EINVAL: as pt_map; -EOPNOTSUPP: hardware
 * does not track dirty pages here.
 */
int pt_dirty_read(struct pt *pt, const struct pt_ops *ops, uint64_t iova, uint64_t bytes, bool clear, pt_leaf_fn dirty,
		  void *leaf_context);

/* Granules in use for tables, the root included. */
static inline uint32_t pt_table_count(const struct pt *pt)
{
	return pt->table_pages;
}

#endif
