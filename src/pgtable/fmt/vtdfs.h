/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-d first-stage paging entries, specification 9.7 (tables 34 to 40), 4 or 5 levels of 4 KiB tables: PTE (level
 * 1), PDE (2), PDPE (3), PML4E (4), PML5E (5). Leaves are 4 KiB and 2 MiB, and 1 GiB where CAP.FS1GP says so.
 *
 * P is the permission to read. A table entry permits writes and user requests; its leaves decide. Hardware faults on an
 * address that is not canonical (3.6), so a table has only the lower half: IOVAs are below 2^47 or 2^56. There is no
 * execute permission (bit 63 is ignored).
 *
 * Hardware sets A on the way and D in a leaf that is written, always (3.6.2). Nobody looks at A in a table entry, nor
 * at either without PT_TRACKS_DIRTY: they are set from the beginning there, which saves hardware the atomic access.
 */
#ifndef IOSIM_PGTABLE_FMT_VTDFS_H
#define IOSIM_PGTABLE_FMT_VTDFS_H

#include "base/field.h"
#include "pgtable/format.h"

/* What a driver writes; the rest of an entry is zero. PS only at levels 2 and 3, where level 1 has PAT; D in leaves. */
#define VTDFS_FIELDS(X)                            \
	X(VTDFS, ADDR, 0, 51, 12, "9.7")           \
	X(VTDFS, PS, 0, 7, 7, "9.7 tables 36, 38") \
	X(VTDFS, D, 0, 6, 6, "9.7 table 40")       \
	X(VTDFS, A, 0, 5, 5, "9.7")                \
	X(VTDFS, US, 0, 2, 2, "9.7")               \
	X(VTDFS, RW, 0, 1, 1, "9.7")               \
	X(VTDFS, P, 0, 0, 0, "9.7")

FIELD_DEFINE(VTDFS_FIELDS)

enum { VTDFS_GRANULE_LG2 = 12, VTDFS_OUTPUT_LG2_MAX = 52, VTDFS_LEAF_LEVEL_MAX = 3 };

static inline bool vtdfs_valid(const struct pt *pt)
{
	return pt->granule_lg2 == VTDFS_GRANULE_LG2 && (pt->levels == 4 || pt->levels == 5) &&
	       pt->input_lg2 < VTDFS_GRANULE_LG2 + pt->levels * pt_index_bits(VTDFS_GRANULE_LG2) &&
	       pt->root_lg2 == VTDFS_GRANULE_LG2 && pt->output_lg2 <= VTDFS_OUTPUT_LG2_MAX &&
	       (pt->features & ~PT_TRACKS_DIRTY) == 0;
}

static inline unsigned vtdfs_leaf_levels(unsigned granule_lg2)
{
	return granule_lg2 == VTDFS_GRANULE_LG2 ? 1u << 1 | 1u << 2 | 1u << 3 : 0;
}

static inline bool vtdfs_can_express(const struct pt *pt, unsigned attributes)
{
	unsigned known = PT_READ | PT_WRITE | PT_PRIVILEGED;
	if (pt->features & PT_TRACKS_DIRTY)
		known |= PT_ACCESSED | PT_DIRTY;
	return (attributes & PT_READ) != 0 && (attributes & ~known) == 0;
}

static inline enum pt_entry_kind vtdfs_kind(const struct pt *pt, unsigned level, uint64_t entry)
{
	(void)pt;
	if (!VTDFS_P(&entry))
		return PT_ENTRY_EMPTY;
	if (level == 1 || (level <= VTDFS_LEAF_LEVEL_MAX && VTDFS_PS(&entry)))
		return PT_ENTRY_LEAF;
	return PT_ENTRY_TABLE;
}

static inline uint64_t vtdfs_make_table(const struct pt *pt, unsigned level, uint64_t table_pa)
{
	uint64_t entry = 0;
	(void)pt;
	(void)level;
	VTDFS_set_ADDR(&entry, table_pa >> VTDFS_GRANULE_LG2);
	VTDFS_set_A(&entry, 1);
	VTDFS_set_US(&entry, 1);
	VTDFS_set_RW(&entry, 1);
	VTDFS_set_P(&entry, 1);
	return entry;
}

static inline uint64_t vtdfs_table_pa(const struct pt *pt, unsigned level, uint64_t entry)
{
	(void)pt;
	(void)level;
	return VTDFS_ADDR(&entry) << VTDFS_GRANULE_LG2;
}

static inline uint64_t vtdfs_make_leaf(const struct pt *pt, unsigned level, uint64_t pa, unsigned attributes)
{
	uint64_t entry = 0;
	bool writable = (attributes & PT_WRITE) != 0;
	bool tracks = (pt->features & PT_TRACKS_DIRTY) != 0;
	VTDFS_set_ADDR(&entry, pa >> VTDFS_GRANULE_LG2);
	VTDFS_set_PS(&entry, level > 1);
	VTDFS_set_D(&entry, tracks ? (attributes & PT_DIRTY) != 0 : writable);
	VTDFS_set_A(&entry, tracks ? (attributes & PT_ACCESSED) != 0 : true);
	VTDFS_set_US(&entry, (attributes & PT_PRIVILEGED) == 0);
	VTDFS_set_RW(&entry, writable);
	VTDFS_set_P(&entry, 1);
	return entry;
}

static inline uint64_t vtdfs_leaf_pa(const struct pt *pt, unsigned level, uint64_t entry)
{
	uint64_t page = UINT64_C(1) << pt_level_lg2(pt->granule_lg2, level);
	return VTDFS_ADDR(&entry) << VTDFS_GRANULE_LG2 & ~(page - 1);
}

static inline unsigned vtdfs_leaf_attributes(const struct pt *pt, unsigned level, uint64_t entry)
{
	unsigned attributes = PT_READ;
	(void)level;
	if (VTDFS_RW(&entry))
		attributes |= PT_WRITE;
	if (!VTDFS_US(&entry))
		attributes |= PT_PRIVILEGED;
	if (VTDFS_A(&entry) && pt->features & PT_TRACKS_DIRTY)
		attributes |= PT_ACCESSED;
	if (VTDFS_D(&entry) && pt->features & PT_TRACKS_DIRTY)
		attributes |= PT_DIRTY;
	return attributes;
}

static const struct pt_format pt_vtdfs = {
	.name = "VT-d first stage",
	.section = "VT-d 9.7",
	.valid = vtdfs_valid,
	.leaf_levels = vtdfs_leaf_levels,
	.can_express = vtdfs_can_express,
	.kind = vtdfs_kind,
	.make_table = vtdfs_make_table,
	.table_pa = vtdfs_table_pa,
	.make_leaf = vtdfs_make_leaf,
	.leaf_pa = vtdfs_leaf_pa,
	.leaf_attributes = vtdfs_leaf_attributes,
};

static const struct pt_config pt_vtdfs_configs[] = {
	{PT_FORMAT_VTDFS, .granule_lg2 = 12, .levels = 4, .input_lg2 = 47, .output_lg2 = 46},
	{PT_FORMAT_VTDFS, .granule_lg2 = 12, .levels = 5, .input_lg2 = 56, .output_lg2 = 52,
	 .features = PT_TRACKS_DIRTY},
	{PT_FORMAT_VTDFS, .granule_lg2 = 12, .levels = 4, .input_lg2 = 46, .output_lg2 = 52,
	 .features = PT_TRACKS_DIRTY, .page_sizes = UINT64_C(1) << 12 | UINT64_C(1) << 21},
};

#endif
