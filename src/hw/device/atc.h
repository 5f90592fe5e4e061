/* SPDX-License-Identifier: MIT */
/*
 * An address translation cache (PCIe 10.1): sets of entries in the order in which they were filled, the last one is
 * evicted. The set is chosen by the number of the page at its own size. An entry is used by requests with its PASID (or
 * none), a global one by requests with any PASID.
 */
#ifndef IOSIM_HW_DEVICE_ATC_H
#define IOSIM_HW_DEVICE_ATC_H

#include "hw/iommu.h"
#include "hw/message.h"
#include "hw/request.h"

#include <stdbool.h>
#include <stdint.h>

enum atc_flag {
	ATC_GLOBAL = 1 << 0,
	ATC_PRIVILEGED = 1 << 1,   /* of requests in privileged mode alone */
	ATC_UNTRANSLATED = 1 << 2, /* U: the page is to be accessed with untranslated addresses */
	ATC_TEE = 1 << 3,          /* asked for with T or XT: it serves such requests alone */
};

struct atc_entry {         /* state; all zeros: free */
	uint64_t iova, pa; /* of the page */
	uint32_t pasid;
	uint8_t page_lg2; /* 12, 21, 30 */
	uint8_t permissions;
	uint8_t flags;
	uint8_t zero;
};

struct atc {
	struct atc_entry *entries;
	uint32_t sets, ways; /* sets: a power of two */
};

static inline uint64_t atc_page_mask(const struct atc_entry *entry)
{
	return (UINT64_C(1) << entry->page_lg2) - 1;
}

/* What a completion with these fields says about the page; the smaller of the sizes that an ATC has. False: nothing. */
bool atc_entry_of(uint64_t iova, uint32_t pasid, const struct translation *answer, struct atc_entry *entry);
/* An entry for the same page, size, PASID and mode is replaced, whatever it granted. */
void atc_keep(const struct atc *atc, const struct atc_entry *entry);
/* The entry that serves the address, for a TEE's requests or others: the smallest page, non-privileged first; NULL. */
const struct atc_entry *atc_find(const struct atc *atc, uint32_t pasid, bool tee, uint64_t iova);
/* The entry lets such a translated request go to request->address. `pasid` DEVICE_ANY_PASID: of any. */
bool atc_entry_leads(const struct atc_entry *entry, uint32_t pasid, const struct request *request);

/* Whether an invalidation is about translations of [first, last] with that PASID and flags (10.3.8). */
bool atc_covers(const struct ats_invalidation *message, uint32_t pasid, unsigned flags, uint64_t first, uint64_t last);
void atc_invalidate(const struct atc *atc, const struct ats_invalidation *message);
/* Entries of the PASID; a global one is nobody's. DEVICE_ANY_PASID: all. */
uint32_t atc_count(const struct atc *atc, uint32_t pasid);
/* The entry goes, which is one of this ATC's. */
void atc_evict(const struct atc *atc, const struct atc_entry *entry);
void atc_clear(const struct atc *atc);

#endif
