/* SPDX-License-Identifier: MIT */
/*
 * The contract of a page-table format. A format is one header src/pgtable/fmt/NAME.h, which fmt/all.h includes, and one
 * row of pgtable/formats.h. The header defines `static const struct pt_format pt_NAME` with the members below, and the
 * configurations that the common tests run with: `static const struct pt_config pt_NAME_configs[]`, in which
 * page_sizes 0 stands for all that the format has.
 *
 * Glossary: an entry is 8 bytes; a leaf translates, a table entry leads to the table of the level below. Level 1 has
 * the leaves of one granule. The functions are pure: they see the configuration in *pt, never memory.
 *
 *   valid             whether the format can be what *pt is configured for (the root's size included)
 *   leaf_levels       bit n: level n can hold leaves with that granule
 *   can_express       whether a leaf can have these attributes (enum pt_attribute), neither less nor more
 *   kind              what hardware takes the entry for. Any word is allowed; never PT_ENTRY_TABLE at level 1, and
 *                     never PT_ENTRY_LEAF at a level without leaves; 0 is PT_ENTRY_EMPTY
 *   make_table        the entry at `level` that leads to the table at `table_pa`, permitting whatever its leaves do
 *   table_pa          where a table entry leads
 *   make_leaf         the leaf at `level`; not 0. `pa` is a multiple of the page, the attributes pass can_express()
 *   leaf_pa           first byte of the page that a leaf maps
 *   leaf_attributes   the attributes of a leaf: what make_leaf() was given, with hardware's flags as they are now
 *
 * make_leaf(leaf_pa(e), leaf_attributes(e)) is e for each e that make_leaf() made; leaving PT_DIRTY out makes it clean.
 */
#ifndef IOSIM_PGTABLE_FORMAT_H
#define IOSIM_PGTABLE_FORMAT_H

#include "pgtable/pt.h"

enum pt_entry_kind { PT_ENTRY_EMPTY, PT_ENTRY_TABLE, PT_ENTRY_LEAF };

struct pt_format {
	const char *name;
	const char *section; /* of its specification */
	bool (*valid)(const struct pt *pt);
	unsigned (*leaf_levels)(unsigned granule_lg2);
	bool (*can_express)(const struct pt *pt, unsigned attributes);
	enum pt_entry_kind (*kind)(const struct pt *pt, unsigned level, uint64_t entry);
	uint64_t (*make_table)(const struct pt *pt, unsigned level, uint64_t table_pa);
	uint64_t (*table_pa)(const struct pt *pt, unsigned level, uint64_t entry);
	uint64_t (*make_leaf)(const struct pt *pt, unsigned level, uint64_t pa, unsigned attributes);
	uint64_t (*leaf_pa)(const struct pt *pt, unsigned level, uint64_t entry);
	unsigned (*leaf_attributes)(const struct pt *pt, unsigned level, uint64_t entry);
};

/* NULL: there is no such format. */
const struct pt_format *pt_format_of(unsigned format);

/* Bits of IOVA that select an entry of one table that is not the root. */
static inline unsigned pt_index_bits(unsigned granule_lg2)
{
	return granule_lg2 - 3;
}

/* Bytes that one entry at `level` translates, as lg2. */
static inline unsigned pt_level_lg2(unsigned granule_lg2, unsigned level)
{
	return granule_lg2 + (level - 1) * pt_index_bits(granule_lg2);
}

#endif
