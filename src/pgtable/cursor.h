/* SPDX-License-Identifier: MIT */
/*
 * A way down a table, kept while one call works on ascending IOVAs: the tables of the way are loaded once and used
 * again as long as they cover the next IOVA.
 *
 * A sound table has pt->table_pages tables, and a scan enters each once. `tables_left` counts that down: when memory
 * was overwritten so that tables lead to each other in circles, the scan finds nothing more and ends.
 */
#ifndef IOSIM_PGTABLE_CURSOR_H
#define IOSIM_PGTABLE_CURSOR_H

#include "pgtable/format.h"

#include <stddef.h>

struct pt_cursor {
	const struct pt *pt;
	const struct pt_ops *ops;
	const struct pt_format *format;
	uint64_t tables_left;
	uint64_t iova;
	uint64_t table[PT_MAX_LEVELS + 1]; /* by level: the table on the way to `iova`, from `bottom` up */
	unsigned bottom;
	unsigned level; /* of the entry at which the way ends */
	uint64_t entry;
	enum pt_entry_kind kind;
};

static inline uint64_t pt_mask(unsigned lg2)
{
	return (UINT64_C(1) << lg2) - 1;
}

static inline unsigned pt_root_pages(const struct pt *pt)
{
	return 1u << (pt->root_lg2 - pt->granule_lg2);
}

/* lg2 of the bytes of a table at `level`. */
static inline unsigned pt_table_lg2(const struct pt *pt, unsigned level)
{
	return level == pt->levels ? pt->root_lg2 : pt->granule_lg2;
}

/* lg2 of the bytes that one entry at `level` covers. */
static inline unsigned pt_entry_lg2(const struct pt *pt, unsigned level)
{
	return pt_level_lg2(pt->granule_lg2, level);
}

/* lg2 of the bytes that a whole table at `level` covers. */
static inline unsigned pt_span_lg2(const struct pt *pt, unsigned level)
{
	return pt_entry_lg2(pt, level) + pt_table_lg2(pt, level) - 3;
}

static inline uint32_t pt_index(const struct pt *pt, unsigned level, uint64_t iova)
{
	return (uint32_t)((iova >> pt_entry_lg2(pt, level)) & pt_mask(pt_table_lg2(pt, level) - 3));
}

/* The address of the entry at `level` on the way to `iova`; level >= bottom. */
static inline uint64_t pt_slot(const struct pt_cursor *cursor, unsigned level, uint64_t iova)
{
	return cursor->table[level] + 8 * (uint64_t)pt_index(cursor->pt, level, iova);
}

void pt_cursor_init(struct pt_cursor *cursor, const struct pt *pt, const struct pt_ops *ops);
/* Goes down towards `iova` to the first entry that leads no further, or to `lowest`. */
void pt_cursor_seek(struct pt_cursor *cursor, uint64_t iova, unsigned lowest);
/* The last IOVA that the entry covers at which the way ends. */
static inline uint64_t pt_cursor_last(const struct pt_cursor *cursor)
{
	return cursor->iova | pt_mask(pt_entry_lg2(cursor->pt, cursor->level));
}
/* The leaf at which the way ends. */
void pt_cursor_leaf(const struct pt_cursor *cursor, struct pt_leaf *leaf);

/* A new, empty table that counts; 0: no memory. */
uint64_t pt_table_take(struct pt *pt, const struct pt_ops *ops);
/* A table that is linked nowhere any more. */
void pt_table_retire(struct pt *pt, const struct pt_ops *ops, uint64_t table_pa);

/* -EINVAL unless [iova, iova + bytes) is a range of smallest pages within the table's input. */
int pt_check_range(const struct pt *pt, uint64_t iova, uint64_t bytes);

/* Clears each leaf in [first, last] and unlinks the tables that are empty then; no leaf reaches beyond the range. */
void pt_remove(struct pt *pt, const struct pt_ops *ops, uint64_t first, uint64_t last, pt_leaf_fn removed,
	       void *leaf_context);

#endif
