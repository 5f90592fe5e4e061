/* SPDX-License-Identifier: MIT */
#include "pgtable/cursor.h"

#include <errno.h>

static bool range_is_free(const struct pt *pt, const struct pt_ops *ops, uint64_t first, uint64_t last)
{
	struct pt_cursor cursor;
	pt_cursor_init(&cursor, pt, ops);
	while (first <= last) {
		pt_cursor_seek(&cursor, first, 1);
		if (cursor.kind == PT_ENTRY_LEAF)
			return false;
		first = pt_cursor_last(&cursor) + 1;
	}
	return true;
}

/* The level of the largest page that begins at iova and pa and is no longer than `bytes`. */
static unsigned largest_level(const struct pt *pt, uint64_t iova, uint64_t pa, uint64_t bytes)
{
	unsigned best = 0;
	for (unsigned level = 1; level <= pt->levels; level++) {
		unsigned lg2 = pt_entry_lg2(pt, level);
		if ((pt->page_sizes >> lg2 & 1) == 0)
			continue;
		if (((iova | pa) & pt_mask(lg2)) != 0 || bytes - 1 < pt_mask(lg2))
			break;
		best = level;
	}
	return best;
}

/* One leaf; the tables that are missing on the way are linked empty, from the top down. */
static int map_leaf(struct pt *pt, struct pt_cursor *cursor, uint64_t iova, uint64_t pa, unsigned level,
		    unsigned attributes)
{
	const struct pt_ops *ops = cursor->ops;
	pt_cursor_seek(cursor, iova, level);
	if (cursor->kind != PT_ENTRY_EMPTY)
		return -EEXIST;
	for (unsigned above = cursor->level; above > level; above--) {
		uint64_t table_pa = pt_table_take(pt, ops);
		if (table_pa == 0)
			return -ENOMEM;
		uint64_t entry = cursor->format->make_table(pt, above, table_pa);
		if (!ops->store64(ops->context, pt_slot(cursor, above, iova), entry)) {
			pt_table_retire(pt, ops, table_pa);
			return -ENOMEM;
		}
		cursor->table[above - 1] = table_pa;
		cursor->bottom = above - 1;
	}
	uint64_t entry = cursor->format->make_leaf(pt, level, pa, attributes);
	return ops->store64(ops->context, pt_slot(cursor, level, iova), entry) ? 0 : -ENOMEM;
}

int pt_map(struct pt *pt, const struct pt_ops *ops, uint64_t iova, uint64_t pa, uint64_t bytes, unsigned attributes)
{
	struct pt_cursor cursor;
	int error = pt_check_range(pt, iova, bytes);
	if (error)
		return error;
	uint64_t smallest = pt->page_sizes & -pt->page_sizes;
	if ((pa & (smallest - 1)) != 0 || pa > pt_mask(pt->output_lg2) || bytes - 1 > pt_mask(pt->output_lg2) - pa)
		return -EINVAL;
	if (!pt_format_of(pt->format)->can_express(pt, attributes))
		return -EINVAL;
	if (!range_is_free(pt, ops, iova, iova + bytes - 1))
		return -EEXIST;
	pt_cursor_init(&cursor, pt, ops);
	cursor.tables_left = UINT64_MAX; /* each leaf goes down at most `levels` tables */
	for (uint64_t done = 0; done < bytes;) {
		unsigned level = largest_level(pt, iova + done, pa + done, bytes - done);
		error = map_leaf(pt, &cursor, iova + done, pa + done, level, attributes);
		uint64_t page = UINT64_C(1) << pt_entry_lg2(pt, level);
		if (error) {
			pt_remove(pt, ops, iova, iova + done + page - 1, NULL, NULL);
			return error;
		}
		done += page;
	}
	return 0;
}
