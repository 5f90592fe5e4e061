/* SPDX-License-Identifier: MIT */
/*
 * What stage 1 and stage 2 of VMSAv8-64 share (DDI 0487 D8.3): the kinds of descriptors, addresses, granules of 4, 16
 * and 64 KiB. Not a format by itself: see armv8s1.h and armv8s2.h. Level 1 here is lookup level 3 there, level 2 is
 * lookup level 2, and so on up to lookup level 0.
 *
 * Addresses have 48 bits, and 52 with granules of 64 KiB (LPA), where bits 51:48 of an address lie in bits 15:12 of the
 * descriptor. LPA2 (52 bits with the other granules) is not here.
 *
 * The access flag is set from the beginning where hardware does not manage it (PT_TRACKS_DIRTY). Where it does, DBM
 * says that the leaf may be written, and the write permission itself that it was.
 */
#ifndef IOSIM_PGTABLE_FMT_ARMV8_H
#define IOSIM_PGTABLE_FMT_ARMV8_H

#include "base/field.h"
#include "pgtable/format.h"

#define ARMV8_FIELDS(X)                                               \
	X(ARMV8, DBM, 0, 51, 51, "DDI 0487 D8.3.2")                   \
	X(ARMV8, ADDR, 0, 47, 12, "DDI 0487 D8.3.1, D8.3.2")          \
	X(ARMV8, ADDR_51_48, 0, 15, 12, "DDI 0487 D8.3.1, D8.3.2")    \
	X(ARMV8, AF, 0, 10, 10, "DDI 0487 D8.3.2")                    \
	X(ARMV8, SH, 0, 9, 8, "DDI 0487 D8.3.2")                      \
	X(ARMV8, NOT_BLOCK, 0, 1, 1, "DDI 0487 D8.3.1, bit[1] of it") \
	X(ARMV8, VALID, 0, 0, 0, "DDI 0487 D8.3.1")

FIELD_DEFINE(ARMV8_FIELDS)

enum { ARMV8_SH_OUTER = 2, ARMV8_SH_INNER = 3 };
enum { ARMV8_GRANULE_64K_LG2 = 16 };

static inline unsigned armv8_address_lg2_max(unsigned granule_lg2)
{
	return granule_lg2 == ARMV8_GRANULE_64K_LG2 ? 52 : 48;
}

/* Pages, and blocks: 2 MiB and 1 GiB; 32 MiB; 512 MiB. */
static inline unsigned armv8_leaf_levels(unsigned granule_lg2)
{
	switch (granule_lg2) {
	case 12:
		return 1u << 1 | 1u << 2 | 1u << 3;
	case 14:
	case 16:
		return 1u << 1 | 1u << 2;
	default:
		return 0;
	}
}

/* What both stages demand of a table. */
static inline bool armv8_valid(const struct pt *pt)
{
	return armv8_leaf_levels(pt->granule_lg2) != 0 && pt->levels <= (pt->granule_lg2 == 16 ? 3 : 4) &&
	       pt->input_lg2 <= armv8_address_lg2_max(pt->granule_lg2) &&
	       pt->output_lg2 <= armv8_address_lg2_max(pt->granule_lg2) && (pt->features & ~PT_TRACKS_DIRTY) == 0;
}

/* A block where the granule has none, and a block at the last level, are reserved and fault. */
static inline enum pt_entry_kind armv8_kind(const struct pt *pt, unsigned level, uint64_t entry)
{
	if (!ARMV8_VALID(&entry))
		return PT_ENTRY_EMPTY;
	if (level == 1)
		return ARMV8_NOT_BLOCK(&entry) ? PT_ENTRY_LEAF : PT_ENTRY_EMPTY;
	if (ARMV8_NOT_BLOCK(&entry))
		return PT_ENTRY_TABLE;
	return armv8_leaf_levels(pt->granule_lg2) >> level & 1 ? PT_ENTRY_LEAF : PT_ENTRY_EMPTY;
}

static inline uint64_t armv8_put_address(const struct pt *pt, uint64_t pa)
{
	uint64_t entry = pa & ARMV8_ADDR_MASK;
	if (pt->granule_lg2 == ARMV8_GRANULE_64K_LG2)
		ARMV8_set_ADDR_51_48(&entry, pa >> 48);
	return entry;
}

/* The 2^lg2 bytes that an entry leads to. */
static inline uint64_t armv8_get_address(const struct pt *pt, unsigned lg2, uint64_t entry)
{
	uint64_t pa = (entry & ARMV8_ADDR_MASK) >> lg2 << lg2;
	return pt->granule_lg2 == ARMV8_GRANULE_64K_LG2 ? pa | ARMV8_ADDR_51_48(&entry) << 48 : pa;
}

/* Permits whatever the leaves do: what a table descriptor takes away are bits 63:59 of stage 1. */
static inline uint64_t armv8_make_table(const struct pt *pt, unsigned level, uint64_t table_pa)
{
	uint64_t entry = armv8_put_address(pt, table_pa);
	(void)level;
	ARMV8_set_NOT_BLOCK(&entry, 1);
	ARMV8_set_VALID(&entry, 1);
	return entry;
}

static inline uint64_t armv8_table_pa(const struct pt *pt, unsigned level, uint64_t entry)
{
	(void)level;
	return armv8_get_address(pt, pt->granule_lg2, entry);
}

static inline uint64_t armv8_leaf_pa(const struct pt *pt, unsigned level, uint64_t entry)
{
	return armv8_get_address(pt, pt_level_lg2(pt->granule_lg2, level), entry);
}

/* Whether the word says that the leaf may be written now, before DBM is looked at. */
static inline bool armv8_write_bit(const struct pt *pt, unsigned attributes)
{
	return (attributes & (pt->features & PT_TRACKS_DIRTY ? PT_DIRTY : PT_WRITE)) != 0;
}

/* A leaf without its permissions and memory type. */
static inline uint64_t armv8_make_leaf(const struct pt *pt, unsigned level, uint64_t pa, unsigned attributes)
{
	uint64_t entry = armv8_put_address(pt, pa);
	bool tracks = (pt->features & PT_TRACKS_DIRTY) != 0;
	ARMV8_set_DBM(&entry, tracks && (attributes & PT_WRITE) != 0);
	ARMV8_set_AF(&entry, !tracks || (attributes & PT_ACCESSED) != 0);
	ARMV8_set_SH(&entry, attributes & PT_DEVICE ? ARMV8_SH_OUTER : ARMV8_SH_INNER);
	ARMV8_set_NOT_BLOCK(&entry, level == 1);
	ARMV8_set_VALID(&entry, 1);
	return entry;
}

/* PT_WRITE, PT_ACCESSED and PT_DIRTY of a leaf whose write bit is known. */
static inline unsigned armv8_leaf_flags(const struct pt *pt, uint64_t entry, bool write_bit)
{
	unsigned attributes = write_bit ? PT_WRITE : 0;
	if (pt->features & PT_TRACKS_DIRTY) {
		if (ARMV8_DBM(&entry))
			attributes |= write_bit ? PT_WRITE | PT_DIRTY : PT_WRITE;
		if (ARMV8_AF(&entry))
			attributes |= PT_ACCESSED;
	}
	return attributes;
}

/* Hardware makes a leaf dirty by permitting the write, so that only one that may be written is. */
static inline bool armv8_flags_fit(const struct pt *pt, unsigned attributes)
{
	if (!(pt->features & PT_TRACKS_DIRTY))
		return (attributes & (PT_ACCESSED | PT_DIRTY)) == 0;
	return (attributes & PT_DIRTY) == 0 || (attributes & PT_WRITE) != 0;
}

#endif
