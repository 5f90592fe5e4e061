/* SPDX-License-Identifier: MIT */
/*
 * What a unit checks, derived once from its capabilities: reserved-bit masks, address limits, supported types. A walk
 * makes one mask test per entry against these; only when it fails, a cold function looks for the reason in the
 * order of the specification.
 *
 * Where `compat_qemu` asks for the answers of QEMU's emulated unit, most of its deviations are other values here, the
 * rest are bits of `deviations`. Nothing else knows of them.
 */
#ifndef IOSIM_HW_VTD_RULES_H
#define IOSIM_HW_VTD_RULES_H

#include "hw/vtd/layout.h"

#include <stdbool.h>
#include <stdint.h>

#define VTD_LEVELS           5
#define VTD_TABLE_INDEX_BITS 9

enum vtd_deviation {
	VTD_DEVIATES_TTM_IGNORED = 1 << 0,   /* any RTADDR.TTM is legacy mode */
	VTD_DEVIATES_CACHED_SILENT = 1 << 1, /* a fault found on a cached translation is not recorded */
	VTD_DEVIATES_PAGE_IN_RANGE = 1 << 2, /* a page that overlaps the interrupt range is blocked as a whole */
	VTD_DEVIATES_RANGE_READS = 1 << 3,   /* reads of the interrupt range are no fault */
	VTD_DEVIATES_RANGE_CODE = 1 << 4,    /* reason 87h in place of Eh */
	VTD_DEVIATES_COLLAPSE = 1 << 5,      /* one pending record per requester */
	VTD_DEVIATES_PV_ONES = 1 << 6,       /* PV is FFFFh in records of second-stage faults */
	VTD_DEVIATES_CC_COARSE =
		1 << 7, /* contexts: a domain's invalidation is global, a device's ignores the domain */
	VTD_DEVIATES_IQE_WAITS = 1 << 8, /* after IQE is cleared the queue waits for a write to IQT */
	VTD_DEVIATES_NO_IQERCD = 1 << 9, /* the register does not exist */
};

struct vtd_rules {
	uint32_t deviations;      /* enum vtd_deviation */
	uint64_t haw_mask;        /* bits below the host address width */
	uint64_t mgaw_mask;       /* bits below the maximum guest address width */
	uint64_t fault_info_mask; /* bits of an address that FRCD.FI holds */
	uint32_t domain_mask;     /* bits of a DID that the unit implements */
	bool zero_length_reads;   /* CAP.ZLR */
	bool device_tlbs;         /* ECAP.DT */

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
};

/* Capabilities of this engine: what a configuration asks for beyond them is not reported. */
uint64_t vtd_cap_supported(uint64_t cap);
uint64_t vtd_ecap_supported(uint64_t ecap);
/* The capabilities of a unit whose configuration names none. page_lg2_mask as in struct iommu_config, 0: all. */
uint64_t vtd_cap_default(unsigned address_width, unsigned page_lg2_mask);
uint64_t vtd_ecap_default(void);

/*
 * address_width: host address width in bits. `qemu`: with its deviations, which depend on whether scalable mode was
 * asked for (`ecap_asked`, before vtd_ecap_supported()).
 */
void vtd_rules_derive(struct vtd_rules *rules, uint64_t cap, uint64_t ecap, unsigned address_width, bool qemu,
		      uint64_t ecap_asked);

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

#endif
