/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-d second-stage paging entries, specification 9.8 (tables 41 to 47), 3 to 5 levels of 4 KiB tables:
 * SS-PTE (level 1), SS-PDE (2), SS-PDPE (3), SS-PML4E (4), SS-PML5E (5). Leaves are 4 KiB, and where CAP.SSLPS says
 * so 2 MiB and 1 GiB.
 *
 * There is no present bit: an entry that permits neither reads nor writes is not present (3.7). The permissions of a
 * translation are the AND of all levels, so a table entry grants both. A and D mean something only where SSADE is set
 * (PT_TRACKS_DIRTY); SNP only where ECAP.SC is (the caller does not ask for PT_SNOOP otherwise).
 */
#ifndef IOSIM_PGTABLE_FMT_VTDSS_H
#define IOSIM_PGTABLE_FMT_VTDSS_H

#include "base/field.h"
#include "pgtable/format.h"

/* What a driver writes; the rest of an entry is zero. PS only at levels 2 and 3; D and SNP only in leaves. */
#define VTDSS_FIELDS(X)                            \
	X(VTDSS, ADDR, 0, 51, 12, "9.8")           \
	X(VTDSS, SNP, 0, 11, 11, "9.8 table 47")   \
	X(VTDSS, D, 0, 9, 9, "9.8 table 47")       \
	X(VTDSS, A, 0, 8, 8, "9.8 table 47")       \
	X(VTDSS, PS, 0, 7, 7, "9.8 tables 43, 45") \
	X(VTDSS, W, 0, 1, 1, "9.8")                \
	X(VTDSS, R, 0, 0, 0, "9.8")

FIELD_DEFINE(VTDSS_FIELDS)

enum { VTDSS_GRANULE_LG2 = 12, VTDSS_OUTPUT_LG2_MAX = 52, VTDSS_LEAF_LEVEL_MAX = 3 };

static inline bool vtdss_valid(const struct pt *pt)
{
	return pt->granule_lg2 == VTDSS_GRANULE_LG2 && pt->levels >= 3 && pt->levels <= 5 &&
	       pt->root_lg2 == VTDSS_GRANULE_LG2 && pt->output_lg2 <= VTDSS_OUTPUT_LG2_MAX &&
	       (pt->features & ~PT_TRACKS_DIRTY) == 0;
}

static inline unsigned vtdss_leaf_levels(unsigned granule_lg2)
{
	return granule_lg2 == VTDSS_GRANULE_LG2 ? 1u << 1 | 1u << 2 | 1u << 3 : 0;
}

static inline bool vtdss_can_express(const struct pt *pt, unsigned attributes)
{
	unsigned known = PT_READ | PT_WRITE | PT_SNOOP;
	if (pt->features & PT_TRACKS_DIRTY)
		known |= PT_ACCESSED | PT_DIRTY;
	return (attributes & (PT_READ | PT_WRITE)) != 0 && (attributes & ~known) == 0;
}

static inline enum pt_entry_kind vtdss_kind(const struct pt *pt, unsigned level, uint64_t entry)
{
	(void)pt;
	if (!VTDSS_R(&entry) && !VTDSS_W(&entry))
		return PT_ENTRY_EMPTY;
	if (level == 1 || (level <= VTDSS_LEAF_LEVEL_MAX && VTDSS_PS(&entry)))
		return PT_ENTRY_LEAF;
	return PT_ENTRY_TABLE;
}

static inline uint64_t vtdss_make_table(const struct pt *pt, unsigned level, uint64_t table_pa)
{
	uint64_t entry = 0;
	(void)pt;
	(void)level;
	VTDSS_set_ADDR(&entry, table_pa >> VTDSS_GRANULE_LG2);
	VTDSS_set_R(&entry, 1);
	VTDSS_set_W(&entry, 1);
	return entry;
}

static inline uint64_t vtdss_table_pa(const struct pt *pt, unsigned level, uint64_t entry)
{
	(void)pt;
	(void)level;
	return VTDSS_ADDR(&entry) << VTDSS_GRANULE_LG2;
}

static inline uint64_t vtdss_make_leaf(const struct pt *pt, unsigned level, uint64_t pa, unsigned attributes)
{
	uint64_t entry = 0;
	(void)pt;
	VTDSS_set_ADDR(&entry, pa >> VTDSS_GRANULE_LG2);
	VTDSS_set_SNP(&entry, (attributes & PT_SNOOP) != 0);
	VTDSS_set_D(&entry, (attributes & PT_DIRTY) != 0);
	VTDSS_set_A(&entry, (attributes & PT_ACCESSED) != 0);
	VTDSS_set_PS(&entry, level > 1);
	VTDSS_set_W(&entry, (attributes & PT_WRITE) != 0);
	VTDSS_set_R(&entry, (attributes & PT_READ) != 0);
	return entry;
}

static inline uint64_t vtdss_leaf_pa(const struct pt *pt, unsigned level, uint64_t entry)
{
	uint64_t page = UINT64_C(1) << pt_level_lg2(pt->granule_lg2, level);
	return VTDSS_ADDR(&entry) << VTDSS_GRANULE_LG2 & ~(page - 1);
}

static inline unsigned vtdss_leaf_attributes(const struct pt *pt, unsigned level, uint64_t entry)
{
	unsigned attributes = 0;
	(void)level;
	if (VTDSS_R(&entry))
		attributes |= PT_READ;
	if (VTDSS_W(&entry))
		attributes |= PT_WRITE;
	if (VTDSS_SNP(&entry))
		attributes |= PT_SNOOP;
	if (VTDSS_A(&entry) && pt->features & PT_TRACKS_DIRTY)
		attributes |= PT_ACCESSED;
	if (VTDSS_D(&entry) && pt->features & PT_TRACKS_DIRTY)
		attributes |= PT_DIRTY;
	return attributes;
}

static const struct pt_format pt_vtdss = {
	.name = "VT-d second stage",
	.section = "VT-d 9.8",
	.valid = vtdss_valid,
	.leaf_levels = vtdss_leaf_levels,
	.can_express = vtdss_can_express,
	.kind = vtdss_kind,
	.make_table = vtdss_make_table,
	.table_pa = vtdss_table_pa,
	.make_leaf = vtdss_make_leaf,
	.leaf_pa = vtdss_leaf_pa,
	.leaf_attributes = vtdss_leaf_attributes,
};

static const struct pt_config pt_vtdss_configs[] = {
	{PT_FORMAT_VTDSS, .granule_lg2 = 12, .levels = 3, .input_lg2 = 39, .output_lg2 = 39},
	{PT_FORMAT_VTDSS, .granule_lg2 = 12, .levels = 4, .input_lg2 = 48, .output_lg2 = 46},
	{PT_FORMAT_VTDSS, .granule_lg2 = 12, .levels = 5, .input_lg2 = 57, .output_lg2 = 52,
	 .features = PT_TRACKS_DIRTY},
	{PT_FORMAT_VTDSS, .granule_lg2 = 12, .levels = 4, .input_lg2 = 46, .output_lg2 = 52,
	 .features = PT_TRACKS_DIRTY, .page_sizes = UINT64_C(1) << 12 | UINT64_C(1) << 21},
};

#endif
