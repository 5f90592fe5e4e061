/* SPDX-License-Identifier: MIT */
#include "pgtable/pt.h"

#include "base/assert.h"
#include "pgtable/cursor.h"
#include "pgtable/fmt/all.h"

#include <errno.h>
#include <string.h>

_Static_assert(sizeof(struct pt) == 32, "struct pt lies in hashed memory and has no hidden padding");

#define FORMAT_ROW(id, name) [PT_FORMAT_##id] = &pt_##name,
static const struct pt_format *const formats[PT_FORMATS] = {PT_FORMAT_LIST(FORMAT_ROW)};

const struct pt_format *pt_format_of(unsigned format)
{
	return format < PT_FORMATS ? formats[format] : NULL;
}

uint64_t pt_format_page_sizes(enum pt_format_id format, unsigned granule_lg2, unsigned levels)
{
	const struct pt_format *row = pt_format_of(format);
	uint64_t sizes = 0;
	if (!row)
		return 0;
	unsigned with_leaves = row->leaf_levels(granule_lg2);
	for (unsigned level = 1; level <= levels && level <= PT_MAX_LEVELS; level++)
		if (with_leaves >> level & 1)
			sizes |= UINT64_C(1) << pt_level_lg2(granule_lg2, level);
	return sizes;
}

/* Whether the sizes are some that the format has, and leave none out between the smallest and the largest. */
static bool page_sizes_valid(uint64_t sizes, uint64_t available)
{
	if (sizes == 0 || (sizes & ~available) != 0)
		return false;
	uint64_t smallest = sizes & -sizes;
	uint64_t largest = UINT64_C(1) << (63 - __builtin_clzll(sizes));
	return sizes == (available & (largest | (largest - 1)) & -smallest);
}

/* The state without a root; false: impossible for any format, so that the arithmetic on it would be undefined. */
static bool configure(struct pt *pt, const struct pt_config *config)
{
	if (config->granule_lg2 < 12 || config->granule_lg2 > 16)
		return false;
	if (config->levels < 1 || config->levels > PT_MAX_LEVELS)
		return false;
	unsigned root_entry_lg2 = pt_level_lg2(config->granule_lg2, config->levels);
	if (config->input_lg2 > 63 || config->output_lg2 > 63 || config->input_lg2 <= root_entry_lg2)
		return false;
	unsigned root_bits = config->input_lg2 - root_entry_lg2;
	if (root_bits < pt_index_bits(config->granule_lg2))
		root_bits = pt_index_bits(config->granule_lg2);
	if (root_entry_lg2 + root_bits > 63)
		return false;
	*pt = (struct pt){
		.page_sizes = config->page_sizes,
		.features = config->features,
		.format = (uint8_t)config->format,
		.granule_lg2 = config->granule_lg2,
		.levels = config->levels,
		.input_lg2 = config->input_lg2,
		.output_lg2 = config->output_lg2,
		.root_lg2 = (uint8_t)(root_bits + 3),
	};
	return true;
}

int pt_init(struct pt *pt, const struct pt_ops *ops, const struct pt_config *config)
{
	const struct pt_format *format = pt_format_of(config->format);
	memset(pt, 0, sizeof(*pt));
	if (!format || !configure(pt, config) || !format->valid(pt) ||
	    !page_sizes_valid(pt->page_sizes, pt_format_page_sizes(config->format, pt->granule_lg2, pt->levels))) {
		memset(pt, 0, sizeof(*pt));
		return -EINVAL;
	}
	pt->root = ops->alloc_table(ops->context, pt->root_lg2);
	if (pt->root == 0) {
		memset(pt, 0, sizeof(*pt));
		return -ENOMEM;
	}
	pt->table_pages = pt_root_pages(pt);
	return 0;
}

uint64_t pt_table_take(struct pt *pt, const struct pt_ops *ops)
{
	uint64_t table_pa = ops->alloc_table(ops->context, pt->granule_lg2);
	if (table_pa != 0)
		pt->table_pages++;
	return table_pa;
}

void pt_table_retire(struct pt *pt, const struct pt_ops *ops, uint64_t table_pa)
{
	if (pt->table_pages > pt_root_pages(pt))
		pt->table_pages--;
	ops->retire_table(ops->context, table_pa, pt->granule_lg2);
}

int pt_check_range(const struct pt *pt, uint64_t iova, uint64_t bytes)
{
	uint64_t smallest = pt->page_sizes & -pt->page_sizes;
	if (pt->root == 0 || bytes == 0 || ((iova | bytes) & (smallest - 1)) != 0)
		return -EINVAL;
	uint64_t last = pt_mask(pt->input_lg2);
	return iova <= last && bytes - 1 <= last - iova ? 0 : -EINVAL;
}

void pt_cursor_init(struct pt_cursor *cursor, const struct pt *pt, const struct pt_ops *ops)
{
	*cursor = (struct pt_cursor){
		.pt = pt,
		.ops = ops,
		.format = pt_format_of(pt->format),
		.tables_left = pt->table_pages,
		.bottom = pt->levels,
	};
	cursor->table[pt->levels] = pt->root;
}

void pt_cursor_seek(struct pt_cursor *cursor, uint64_t iova, unsigned lowest)
{
	const struct pt *pt = cursor->pt;
	unsigned level = cursor->bottom > lowest ? cursor->bottom : lowest;
	while (level < pt->levels && (iova ^ cursor->iova) >> pt_span_lg2(pt, level) != 0)
		level++;
	cursor->iova = iova;
	for (;; level--) {
		cursor->bottom = level;
		cursor->level = level;
		cursor->entry = cursor->ops->load64(cursor->ops->context, pt_slot(cursor, level, iova));
		cursor->kind = cursor->format->kind(pt, level, cursor->entry);
		if (cursor->kind != PT_ENTRY_TABLE || level == lowest)
			return;
		IOSIM_ASSERT(level > 1);
		if (cursor->tables_left == 0) {
			cursor->kind = PT_ENTRY_EMPTY;
			return;
		}
		cursor->tables_left--;
		cursor->table[level - 1] = cursor->format->table_pa(pt, level, cursor->entry);
	}
}

void pt_cursor_leaf(const struct pt_cursor *cursor, struct pt_leaf *leaf)
{
	const struct pt *pt = cursor->pt;
	unsigned lg2 = pt_entry_lg2(pt, cursor->level);
	*leaf = (struct pt_leaf){
		.iova = cursor->iova & ~pt_mask(lg2),
		.pa = cursor->format->leaf_pa(pt, cursor->level, cursor->entry),
		.lg2 = (uint8_t)lg2,
		.level = (uint8_t)cursor->level,
		.attributes = (uint16_t)cursor->format->leaf_attributes(pt, cursor->level, cursor->entry),
	};
}

/*
 * Depth first, a place in each level's table. Level 1 leads nowhere, so its entries are not read; no more tables are
 * entered than the table has.
 */
void pt_destroy(struct pt *pt, const struct pt_ops *ops)
{
	const struct pt_format *format = pt_format_of(pt->format);
	uint64_t table[PT_MAX_LEVELS + 1];
	uint32_t place[PT_MAX_LEVELS + 1];
	if (pt->root == 0)
		return;
	uint32_t left = pt->table_pages - pt_root_pages(pt);
	unsigned level = pt->levels;
	table[level] = pt->root;
	place[level] = 0;
	while (level <= pt->levels) {
		uint32_t entries = level == 1 ? 0 : UINT32_C(1) << (pt_table_lg2(pt, level) - 3);
		if (place[level] == entries) {
			ops->retire_table(ops->context, table[level], pt_table_lg2(pt, level));
			level++;
			continue;
		}
		uint64_t entry = ops->load64(ops->context, table[level] + 8 * (uint64_t)place[level]++);
		if (format->kind(pt, level, entry) != PT_ENTRY_TABLE || left == 0)
			continue;
		left--;
		table[level - 1] = format->table_pa(pt, level, entry);
		place[--level] = 0;
	}
	memset(pt, 0, sizeof(*pt));
}
