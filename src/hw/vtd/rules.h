/* SPDX-License-Identifier: MIT */
/*
 * What a unit checks, derived once from its capabilities: reserved-bit masks, address limits, supported types. A walk
 * makes one mask test per entry against these; only when it fails, a cold function looks for the reason in the
 * order of the specification.
 *
 * Where a unit deviates from the specification, that is other values here or bits of `deviations` (deviations.h).
 */
#ifndef IOSIM_HW_VTD_RULES_H
#define IOSIM_HW_VTD_RULES_H

#include "hw/vtd/deviations.h"
#include "hw/vtd/layout.h"

#include <stdbool.h>
#include <stdint.h>

#define VTD_LEVELS           5
#define VTD_TABLE_INDEX_BITS 9

#define VTD_PAGE_LEVELS 3 /* at which entries can map pages */

struct vtd_rules {
	uint64_t deviations;      /* VTD_DEVIATES() */
	uint64_t haw_mask;        /* bits below the host address width */
	uint64_t mgaw_mask;       /* bits below the maximum guest address width */
	uint64_t fault_info_mask; /* bits of an address that FRCD.FI holds */
	uint32_t domain_mask;     /* bits of a DID that the unit implements */
	bool zero_length_reads;   /* CAP.ZLR */
	bool device_tlbs;         /* ECAP.DT */
	bool no_write_flag;       /* ECAP.NWFS */
	uint8_t largest_page_lg2; /* of either stage (4.2.3, ADDR of pass-through) */

	/* Bits that must be clear, bit 0 (P) inverted first. */
	uint64_t root_bad[2];
	uint64_t context_bad0[4]; /* by TT; all ones where TT is not supported */
	uint64_t context_bad1;
	uint64_t context_reserved0[4]; /* the same without P, and without saying that TT is not supported */
	uint8_t context_types;         /* bit n: TT n is supported */
	uint8_t context_widths[4];     /* by TT: bit n says that AW n is allowed */

	uint64_t iova_last[8]; /* by AW: the last address that a request may have */
	uint64_t host_last;    /* the last host address: translated requests */
	uint64_t pass_last;    /* the same for pass-through */

	/*
	 * Second-stage entries. page_bit: by level, the bits that make an entry map a page: PS where the unit has pages
	 * of that size, and at level 1 all, so that an entry without rights is no table either.
	 */
	uint64_t page_bit[VTD_LEVELS + 1];
	uint64_t page_offset[VTD_LEVELS + 1]; /* bits of an address below the page of that level */
	uint8_t page_lg2[VTD_LEVELS + 1];     /* 0 at level 0 */
	uint64_t page_bad[VTD_LEVELS + 1];
	uint64_t present_bits[4]; /* by the rights wanted: an entry with none of these is not there */
	uint64_t table_bad;       /* PS too: where it is set here, there is no such page */

	/* The interrupt range that no address may come to lie in. */
	uint64_t range_first, range_bytes_less_1;

	/* Scalable mode; P, where it is demanded, inverted first. */
	uint32_t pasid_last;       /* that a request may have (ECAP.PSS) */
	uint64_t smroot_bad;       /* of the half in use */
	uint64_t smroot_other_bad; /* of the other half */
	uint64_t smcontext_bad[4]; /* by word */
	uint64_t smcontext_checks; /* of smcontext_bad[0] only to be looked at: PRE (SCT.4.1) */
	uint64_t rid_pasid_mask;   /* what of word 1 is the PASID of requests without one */
	uint64_t rid_priv_mask;    /* and their privilege */
	uint64_t pasiddir_bad;
	uint64_t pasid_reserved[VTD_PASID_WORDS];
	uint64_t pasid_bad0, pasid_rest_bad; /* of word 0 with P, of words 3 and up */
	uint32_t pasid_forms[8]; /* by PGTT: bit FSPM << 3 | AW says whether that is allowed; 0: PGTT is not */
	uint64_t first_pointer_last[8][8]; /* by PGTT, AW */
	bool second_stage;                 /* ECAP.SSTS */
	bool snoops;                       /* ECAP.SMPWCS: PASID-table entries can ask for coherent walks */
	uint8_t canonical_bits[8][4];      /* by AW, FSPM: an input address of the first stage has that many bits */

	/* First-stage entries, as second-stage ones above. */
	uint64_t first_page_bit[VTD_LEVELS + 1];
	uint64_t first_page_bad[VTD_LEVELS + 1];
	uint64_t first_table_bad;
	uint64_t first_needs[4]; /* by the rights wanted: bits without which an entry leads nowhere */
	uint64_t first_flags[4]; /* likewise: A, and D for writes */
	/* An entry has to be looked at if, P (of a table A too) inverted, it has one of these. */
	uint64_t first_page_check[VTD_LEVELS + 1];
	uint64_t first_table_check;
};

/* Capabilities of this engine: what a configuration asks for beyond them is not reported. */
uint64_t vtd_cap_supported(uint64_t cap);
uint64_t vtd_ecap_supported(uint64_t ecap);
/* The capabilities of a unit whose configuration names none. page_lg2_mask as in struct iommu_config, 0: all. */
uint64_t vtd_cap_default(unsigned address_width, unsigned page_lg2_mask);
struct vtd_wishes {
	bool scalable, snoop_control;
	bool ats, pri;
	unsigned pasid_bits; /* 0: all */
	bool no_pasids;
};
uint64_t vtd_ecap_default(const struct vtd_wishes *wishes);

/* As the specification has it. address_width: host address width in bits. */
void vtd_rules_derive(struct vtd_rules *rules, uint64_t cap, uint64_t ecap, unsigned address_width);
/* rules_scalable.c: its part of vtd_rules_derive() */
void vtd_rules_derive_scalable(struct vtd_rules *rules, uint64_t cap, uint64_t ecap);
/* What walks test follows from the reserved bits; again after these have changed. */
void vtd_rules_settle(struct vtd_rules *rules);

/* Second-stage entries: 9.8 and 3.7. */
static inline unsigned vtd_level_lg2(uint64_t level)
{
	return 12 + VTD_TABLE_INDEX_BITS * ((unsigned)level - 1);
}

/* Byte offset in a table of the entry for `iova`. */
static inline unsigned vtd_table_offset(uint64_t level, uint64_t iova)
{
	return (unsigned)(iova >> (vtd_level_lg2(level) - 3)) & 0xff8;
}

static inline bool vtd_is_page(const struct vtd_rules *rules, uint64_t level, const uint64_t *entry)
{
	return level == 1 || entry[0] & rules->page_bit[level];
}

static inline bool vtd_entry_is_bad(const struct vtd_rules *rules, uint64_t level, const uint64_t *entry)
{
	return entry[0] & (vtd_is_page(rules, level, entry) ? rules->page_bad[level] : rules->table_bad);
}

/* Where `iova` lies in the page that the (checked) entry maps. */
static inline uint64_t vtd_page_pa(const struct vtd_rules *rules, uint64_t level, const uint64_t *entry, uint64_t iova)
{
	return (entry[0] & VTD_SSPAGE4K_ADDR_MASK) | (iova & rules->page_offset[level]);
}

static inline bool vtd_in_interrupt_range(uint64_t pa)
{
	return pa - VTD_INTERRUPT_FIRST <= VTD_INTERRUPT_LAST - VTD_INTERRUPT_FIRST;
}

/* Whether scalable mode has reasons of its own for what legacy mode has reasons for too. */
static inline bool vtd_has_scalable_reasons(const struct vtd_rules *rules)
{
	return !(rules->deviations & VTD_DEVIATES(LEGACY_REASONS));
}

#endif
