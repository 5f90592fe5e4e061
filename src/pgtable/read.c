/* SPDX-License-Identifier: MIT */
/* What a table maps: look-up, iteration, and the flags that hardware sets. */
#include "pgtable/cursor.h"

#include <errno.h>

bool pt_lookup(const struct pt *pt, const struct pt_ops *ops, uint64_t iova, struct pt_leaf *leaf)
{
	struct pt_cursor cursor;
	if (pt->root == 0 || iova > pt_mask(pt->input_lg2))
		return false;
	pt_cursor_init(&cursor, pt, ops);
	pt_cursor_seek(&cursor, iova, 1);
	if (cursor.kind != PT_ENTRY_LEAF)
		return false;
	pt_cursor_leaf(&cursor, leaf);
	return true;
}

/* Goes to the next leaf at or behind *at that begins at or before `last`, and moves *at behind it; false: none. */
static bool next_leaf(struct pt_cursor *cursor, uint64_t *at, uint64_t last)
{
	while (*at <= last) {
		pt_cursor_seek(cursor, *at, 1);
		*at = pt_cursor_last(cursor) + 1;
		if (cursor->kind == PT_ENTRY_LEAF)
			return true;
	}
	return false;
}

uint64_t pt_for_each(const struct pt *pt, const struct pt_ops *ops, uint64_t first, uint64_t last,
		     bool (*leaf)(void *context, const struct pt_leaf *leaf), void *leaf_context)
{
	struct pt_cursor cursor;
	struct pt_leaf found;
	uint64_t calls = 0;
	if (pt->root == 0)
		return 0;
	if (last > pt_mask(pt->input_lg2))
		last = pt_mask(pt->input_lg2);
	pt_cursor_init(&cursor, pt, ops);
	while (next_leaf(&cursor, &first, last)) {
		pt_cursor_leaf(&cursor, &found);
		calls++;
		if (!leaf(leaf_context, &found))
			break;
	}
	return calls;
}

int pt_dirty_read(struct pt *pt, const struct pt_ops *ops, uint64_t iova, uint64_t bytes, bool clear, pt_leaf_fn dirty,
		  void *leaf_context)
{
	struct pt_cursor cursor;
	struct pt_leaf leaf;
	int error = pt_check_range(pt, iova, bytes);
	if (error)
		return error;
	if (!(pt->features & PT_TRACKS_DIRTY))
		return -EOPNOTSUPP;
	uint64_t last = iova + bytes - 1;
	pt_cursor_init(&cursor, pt, ops);
	while (next_leaf(&cursor, &iova, last)) {
		pt_cursor_leaf(&cursor, &leaf);
		if (!(leaf.attributes & PT_DIRTY))
			continue;
		if (clear) {
			unsigned clean = leaf.attributes & ~(unsigned)PT_DIRTY;
			uint64_t entry = cursor.format->make_leaf(pt, leaf.level, leaf.pa, clean);
			ops->store64(ops->context, pt_slot(&cursor, leaf.level, leaf.iova), entry);
		}
		dirty(leaf_context, &leaf);
	}
	return 0;
}
