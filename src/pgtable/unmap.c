/* SPDX-License-Identifier: MIT */
#include "pgtable/cursor.h"

#include <errno.h>

/*
 * Whether no entry of the table at `level` is in use, given that nothing is mapped in [first, last] and that the entry
 * for `last` is not in use. The entry for `first` may be: it may begin before the range. Of the entries outside the
 * range its neighbours come first: where a mapping is taken down page by page, they are in use.
 */
static bool table_is_empty(const struct pt_cursor *cursor, unsigned level, uint64_t first, uint64_t last)
{
	const struct pt *pt = cursor->pt;
	const struct pt_ops *ops = cursor->ops;
	uint64_t within = pt_mask(pt_entry_lg2(pt, level));
	uint32_t entries = UINT32_C(1) << (pt_table_lg2(pt, level) - 3);
	uint32_t low = pt_index(pt, level, first) + ((first & within) != 0);
	uint32_t end = pt_index(pt, level, last) + 1;
	while (low > 0 || end < entries) {
		uint64_t below = 0, above = 0;
		if (low > 0)
			below = ops->load64(ops->context, cursor->table[level] + 8 * (uint64_t)--low);
		if (end < entries)
			above = ops->load64(ops->context, cursor->table[level] + 8 * (uint64_t)end++);
		if (cursor->format->kind(pt, level, below) != PT_ENTRY_EMPTY ||
		    cursor->format->kind(pt, level, above) != PT_ENTRY_EMPTY)
			return false;
	}
	return true;
}

/*
 * The work on [first, last] is done up to and including `at`: from the cursor's table upwards, unlinks each table that
 * the work leaves, if it is empty.
 */
static void prune(struct pt *pt, struct pt_cursor *cursor, uint64_t first, uint64_t at, uint64_t last)
{
	for (unsigned level = cursor->level; level < pt->levels; level++) {
		uint64_t span = pt_mask(pt_span_lg2(pt, level));
		if (at < last && (at & span) != span)
			return;
		uint64_t begin = at & ~span;
		if (!table_is_empty(cursor, level, first > begin ? first : begin, at))
			return;
		uint64_t table_pa = cursor->table[level];
		cursor->ops->store64(cursor->ops->context, pt_slot(cursor, level + 1, at), 0);
		pt_table_retire(pt, cursor->ops, table_pa);
	}
}

void pt_remove(struct pt *pt, const struct pt_ops *ops, uint64_t first, uint64_t last, pt_leaf_fn removed,
	       void *leaf_context)
{
	struct pt_cursor cursor;
	struct pt_leaf leaf;
	pt_cursor_init(&cursor, pt, ops);
	for (uint64_t next = first; next <= last;) {
		pt_cursor_seek(&cursor, next, 1);
		uint64_t at = pt_cursor_last(&cursor) < last ? pt_cursor_last(&cursor) : last;
		if (cursor.kind == PT_ENTRY_LEAF) {
			pt_cursor_leaf(&cursor, &leaf);
			ops->store64(ops->context, pt_slot(&cursor, cursor.level, next), 0);
			if (removed)
				removed(leaf_context, &leaf);
		}
		prune(pt, &cursor, first, at, last);
		next = at + 1;
	}
}

/* A leaf that was replaced by tables, and what it takes to bring it back. */
struct split {
	struct pt_leaf whole;
	uint64_t slot;
	uint64_t leaf;
	uint64_t tables[PT_MAX_LEVELS];
	unsigned count; /* of tables, the uppermost first; 0: nothing was split */
};

static void retire_split(struct pt *pt, const struct pt_ops *ops, struct split *split)
{
	for (unsigned i = 0; i < split->count; i++)
		pt_table_retire(pt, ops, split->tables[i]);
	split->count = 0;
}

/*
 * Fills the table at `level` with pages that map and permit what `whole`, the leaf that the table replaces, did; but
 * the entry for `cut` leads to `child`, if there is one.
 */
static bool fill_table(const struct pt_cursor *cursor, uint64_t table_pa, unsigned level, const struct pt_leaf *whole,
		       uint64_t cut, uint64_t child)
{
	const struct pt *pt = cursor->pt;
	unsigned lg2 = pt_entry_lg2(pt, level);
	uint64_t offset = (cut - whole->iova) & ~pt_mask(pt_span_lg2(pt, level));
	uint32_t entries = UINT32_C(1) << (pt_table_lg2(pt, level) - 3);
	for (uint32_t i = 0; i < entries; i++) {
		uint64_t pa = whole->pa + offset + ((uint64_t)i << lg2);
		uint64_t entry = cursor->format->make_leaf(pt, level, pa, whole->attributes);
		if (child != 0 && i == pt_index(pt, level, cut))
			entry = cursor->format->make_table(pt, level, child);
		if (!cursor->ops->store64(cursor->ops->context, table_pa + 8 * (uint64_t)i, entry))
			return false;
	}
	return true;
}

/* From the leaf to the tables, or back. On an error `old` stands there again. */
static int replace_entry(const struct pt_ops *ops, const struct split *split, uint64_t old, uint64_t value)
{
	if (ops->broken) {
		ops->store64(ops->context, split->slot, 0);
		int error = ops->broken(ops->context, &split->whole);
		if (error) {
			ops->store64(ops->context, split->slot, old);
			return error;
		}
	}
	ops->store64(ops->context, split->slot, value);
	return 0;
}

/*
 * Takes the replacement back. Where hardware cannot be brought to forget it, what it does not see any more is not taken
 * away: the tables stay, and say the same as the leaf.
 */
static void undo_split(struct pt *pt, const struct pt_ops *ops, struct split *split)
{
	uint64_t table = pt_format_of(pt->format)->make_table(pt, split->whole.level, split->tables[0]);
	if (split->count > 0 && replace_entry(ops, split, table, split->leaf) == 0)
		retire_split(pt, ops, split);
}

/* Makes a page begin at `cut`. -ENOMEM, or the error of `broken`: nothing has changed. */
static int split_at(struct pt *pt, const struct pt_ops *ops, uint64_t cut, struct split *split)
{
	struct pt_cursor cursor;
	struct pt_leaf leaf;
	*split = (struct split){.count = 0};
	if (cut > pt_mask(pt->input_lg2))
		return 0;
	pt_cursor_init(&cursor, pt, ops);
	pt_cursor_seek(&cursor, cut, 1);
	if (cursor.kind != PT_ENTRY_LEAF || (cut & pt_mask(pt_entry_lg2(pt, cursor.level))) == 0)
		return 0;
	pt_cursor_leaf(&cursor, &leaf);
	split->whole = leaf;
	split->slot = pt_slot(&cursor, leaf.level, cut);
	split->leaf = cursor.entry;
	unsigned lowest = leaf.level;
	do {
		uint64_t table_pa = pt_table_take(pt, ops);
		if (table_pa == 0) {
			retire_split(pt, ops, split);
			return -ENOMEM;
		}
		split->tables[split->count++] = table_pa;
		lowest--;
	} while ((cut & pt_mask(pt_entry_lg2(pt, lowest))) != 0);
	uint64_t child = 0;
	for (unsigned i = split->count; i-- > 0; child = split->tables[i]) {
		if (!fill_table(&cursor, split->tables[i], leaf.level - 1 - i, &leaf, cut, child)) {
			retire_split(pt, ops, split);
			return -ENOMEM;
		}
	}
	int error = replace_entry(ops, split, split->leaf, cursor.format->make_table(pt, leaf.level, child));
	if (error)
		retire_split(pt, ops, split);
	return error;
}

int pt_unmap(struct pt *pt, const struct pt_ops *ops, uint64_t iova, uint64_t bytes, pt_leaf_fn removed,
	     void *leaf_context)
{
	struct split front, back;
	int error = pt_check_range(pt, iova, bytes);
	if (error)
		return error;
	error = split_at(pt, ops, iova, &front);
	if (error)
		return error;
	error = split_at(pt, ops, iova + bytes, &back);
	if (error) {
		undo_split(pt, ops, &front);
		return error;
	}
	pt_remove(pt, ops, iova, iova + bytes - 1, removed, leaf_context);
	return 0;
}
