/* SPDX-License-Identifier: MIT */
/*
 * Arm VMSAv8-64 stage 1 descriptors (DDI 0487 D8.3), as SMMUv3 walks them from CD.TTB0: up to 4 levels. Where the IOVAs
 * have few bits the root has unused entries at its end. Leaves are non-global (nG), so that an ASID tags them.
 *
 * AttrIndx selects a byte of MAIR: who writes the CD takes ARMV8S1_MAIR.
 */
#ifndef IOSIM_PGTABLE_FMT_ARMV8S1_H
#define IOSIM_PGTABLE_FMT_ARMV8S1_H

#include "pgtable/fmt/armv8.h"

#define ARMV8S1_FIELDS(X)                                    \
	X(ARMV8S1, UXN, 0, 54, 54, "DDI 0487 D8.3.2")        \
	X(ARMV8S1, PXN, 0, 53, 53, "DDI 0487 D8.3.2")        \
	X(ARMV8S1, NG, 0, 11, 11, "DDI 0487 D8.3.2")         \
	X(ARMV8S1, AP_READ_ONLY, 0, 7, 7, "DDI 0487 D8.4.1") \
	X(ARMV8S1, AP_USER, 0, 6, 6, "DDI 0487 D8.4.1")      \
	X(ARMV8S1, ATTRINDX, 0, 4, 2, "DDI 0487 D8.6.1")

FIELD_DEFINE(ARMV8S1_FIELDS)

/* MAIR bytes: 0 is normal memory, write-back, allocating; 1 is device memory, nGnRE (DDI 0487 D19.2, MAIR_ELx). */
enum { ARMV8S1_ATTR_NORMAL = 0, ARMV8S1_ATTR_DEVICE = 1, ARMV8S1_MAIR = 0x04ff };

/* TxSZ selects the level that a walk begins at: the root is never more than one granule. */
static inline bool armv8s1_valid(const struct pt *pt)
{
	return armv8_valid(pt) && pt->root_lg2 == pt->granule_lg2 && pt->levels >= 2;
}

static inline bool armv8s1_can_express(const struct pt *pt, unsigned attributes)
{
	unsigned known = PT_READ | PT_WRITE | PT_EXECUTE | PT_PRIVILEGED | PT_DEVICE | PT_ACCESSED | PT_DIRTY;
	return (attributes & PT_READ) != 0 && (attributes & ~known) == 0 && armv8_flags_fit(pt, attributes);
}

static inline uint64_t armv8s1_make_leaf(const struct pt *pt, unsigned level, uint64_t pa, unsigned attributes)
{
	uint64_t entry = armv8_make_leaf(pt, level, pa, attributes);
	bool never_executed = (attributes & PT_EXECUTE) == 0;
	ARMV8S1_set_UXN(&entry, never_executed);
	ARMV8S1_set_PXN(&entry, never_executed);
	ARMV8S1_set_NG(&entry, 1);
	ARMV8S1_set_AP_READ_ONLY(&entry, !armv8_write_bit(pt, attributes));
	ARMV8S1_set_AP_USER(&entry, (attributes & PT_PRIVILEGED) == 0);
	ARMV8S1_set_ATTRINDX(&entry, attributes & PT_DEVICE ? ARMV8S1_ATTR_DEVICE : ARMV8S1_ATTR_NORMAL);
	return entry;
}

static inline unsigned armv8s1_leaf_attributes(const struct pt *pt, unsigned level, uint64_t entry)
{
	unsigned attributes = PT_READ | armv8_leaf_flags(pt, entry, !ARMV8S1_AP_READ_ONLY(&entry));
	bool privileged = !ARMV8S1_AP_USER(&entry);
	(void)level;
	if (privileged)
		attributes |= PT_PRIVILEGED;
	if (privileged ? !ARMV8S1_PXN(&entry) : !ARMV8S1_UXN(&entry))
		attributes |= PT_EXECUTE;
	if (ARMV8S1_ATTRINDX(&entry) == ARMV8S1_ATTR_DEVICE)
		attributes |= PT_DEVICE;
	return attributes;
}

static const struct pt_format pt_armv8s1 = {
	.name = "Armv8 stage 1",
	.section = "DDI 0487 D8.3",
	.valid = armv8s1_valid,
	.leaf_levels = armv8_leaf_levels,
	.can_express = armv8s1_can_express,
	.kind = armv8_kind,
	.make_table = armv8_make_table,
	.table_pa = armv8_table_pa,
	.make_leaf = armv8s1_make_leaf,
	.leaf_pa = armv8_leaf_pa,
	.leaf_attributes = armv8s1_leaf_attributes,
};

static const struct pt_config pt_armv8s1_configs[] = {
	{PT_FORMAT_ARMV8S1, .granule_lg2 = 12, .levels = 4, .input_lg2 = 48, .output_lg2 = 48},
	{PT_FORMAT_ARMV8S1, .granule_lg2 = 12, .levels = 3, .input_lg2 = 36, .output_lg2 = 40,
	 .features = PT_TRACKS_DIRTY},
	{PT_FORMAT_ARMV8S1, .granule_lg2 = 14, .levels = 4, .input_lg2 = 48, .output_lg2 = 44},
	{PT_FORMAT_ARMV8S1, .granule_lg2 = 16, .levels = 3, .input_lg2 = 48, .output_lg2 = 52,
	 .features = PT_TRACKS_DIRTY},
};

#endif
