/* SPDX-License-Identifier: MIT */
/*
 * Arm VMSAv8-64 stage 2 descriptors (DDI 0487 D8.3), as SMMUv3 walks them from STE.S2TTB. The root may be up to 16
 * tables, one behind the other, in place of one more level (D8.2.2): STE.S2SL0 says where a walk begins.
 *
 * Reading and writing are permitted each for itself. MemAttr says what memory is, not an index (S2FWB is off).
 */
#ifndef IOSIM_PGTABLE_FMT_ARMV8S2_H
#define IOSIM_PGTABLE_FMT_ARMV8S2_H

#include "pgtable/fmt/armv8.h"

#define ARMV8S2_FIELDS(X)                                  \
	X(ARMV8S2, NS, 0, 55, 55, "DDI 0487 D8.3.1")       \
	X(ARMV8S2, XN, 0, 54, 54, "DDI 0487 D8.4.1")       \
	X(ARMV8S2, S2AP_WRITE, 0, 7, 7, "DDI 0487 D8.4.1") \
	X(ARMV8S2, S2AP_READ, 0, 6, 6, "DDI 0487 D8.4.1")  \
	X(ARMV8S2, MEMATTR, 0, 5, 2, "DDI 0487 D8.6.5")

FIELD_DEFINE(ARMV8S2_FIELDS)

/* Normal memory, write-back inside and outside; device memory, nGnRE. */
enum { ARMV8S2_MEMATTR_NORMAL = 15, ARMV8S2_MEMATTR_DEVICE = 1 };
enum { ARMV8S2_CONCATENATED_LG2_MAX = 4 };

/* S2SL0 knows lookup levels 2 to 0 of 4 KiB granules, and 3 to 1 of the others. */
static inline bool armv8s2_valid(const struct pt *pt)
{
	unsigned least = pt->granule_lg2 == 12 ? 2 : 1;
	return armv8_valid(pt) && pt->levels >= least && pt->levels <= least + 2 &&
	       pt->root_lg2 <= pt->granule_lg2 + ARMV8S2_CONCATENATED_LG2_MAX;
}

static inline bool armv8s2_can_express(const struct pt *pt, unsigned attributes)
{
	unsigned known = PT_READ | PT_WRITE | PT_EXECUTE | PT_DEVICE | PT_ACCESSED | PT_DIRTY | PT_NON_SECURE;
	return (attributes & (PT_READ | PT_WRITE)) != 0 && (attributes & ~known) == 0 &&
	       armv8_flags_fit(pt, attributes);
}

static inline uint64_t armv8s2_make_leaf(const struct pt *pt, unsigned level, uint64_t pa, unsigned attributes)
{
	uint64_t entry = armv8_make_leaf(pt, level, pa, attributes);
	ARMV8S2_set_NS(&entry, (attributes & PT_NON_SECURE) != 0);
	ARMV8S2_set_XN(&entry, (attributes & PT_EXECUTE) == 0);
	ARMV8S2_set_S2AP_WRITE(&entry, armv8_write_bit(pt, attributes));
	ARMV8S2_set_S2AP_READ(&entry, (attributes & PT_READ) != 0);
	ARMV8S2_set_MEMATTR(&entry, attributes & PT_DEVICE ? ARMV8S2_MEMATTR_DEVICE : ARMV8S2_MEMATTR_NORMAL);
	return entry;
}

static inline unsigned armv8s2_leaf_attributes(const struct pt *pt, unsigned level, uint64_t entry)
{
	unsigned attributes = armv8_leaf_flags(pt, entry, ARMV8S2_S2AP_WRITE(&entry));
	(void)level;
	if (ARMV8S2_S2AP_READ(&entry))
		attributes |= PT_READ;
	if (ARMV8S2_NS(&entry))
		attributes |= PT_NON_SECURE;
	if (!ARMV8S2_XN(&entry))
		attributes |= PT_EXECUTE;
	if (ARMV8S2_MEMATTR(&entry) == ARMV8S2_MEMATTR_DEVICE)
		attributes |= PT_DEVICE;
	return attributes;
}

static const struct pt_format pt_armv8s2 = {
	.name = "Armv8 stage 2",
	.section = "DDI 0487 D8.3",
	.valid = armv8s2_valid,
	.leaf_levels = armv8_leaf_levels,
	.can_express = armv8s2_can_express,
	.kind = armv8_kind,
	.make_table = armv8_make_table,
	.table_pa = armv8_table_pa,
	.make_leaf = armv8s2_make_leaf,
	.leaf_pa = armv8_leaf_pa,
	.leaf_attributes = armv8s2_leaf_attributes,
};

/* Roots of 1, 2 and 16 tables. */
static const struct pt_config pt_armv8s2_configs[] = {
	{PT_FORMAT_ARMV8S2, .granule_lg2 = 12, .levels = 4, .input_lg2 = 48, .output_lg2 = 48,
	 .features = PT_TRACKS_DIRTY},
	{PT_FORMAT_ARMV8S2, .granule_lg2 = 12, .levels = 3, .input_lg2 = 40, .output_lg2 = 40},
	{PT_FORMAT_ARMV8S2, .granule_lg2 = 14, .levels = 2, .input_lg2 = 40, .output_lg2 = 48,
	 .features = PT_TRACKS_DIRTY},
	{PT_FORMAT_ARMV8S2, .granule_lg2 = 16, .levels = 2, .input_lg2 = 44, .output_lg2 = 52},
};

#endif
