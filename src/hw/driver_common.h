/* SPDX-License-Identifier: MIT */
/*
 * What every IOMMU driver keeps, whatever the hardware: its domains and their tags, the table pages that it took out of
 * a table but may not reuse yet, and the ranges that wait for an invalidation.
 *
 * A tag is what hardware knows a domain by (VT-d DID, SMMUv3 VMID or ASID). Tags are given out lowest first.
 *
 * A retired page is a table page that no table refers to any more. Hardware may still walk it, or hold its address in a
 * paging-structure cache, until an invalidation that was asked for after it was taken out, and that covers its
 * addresses, has completed. An invalidation in flight is a `flight`: it claims the pages that it covers when it is
 * submitted, and settles them when it is over: given back to the allocator if it completed, else retired as before.
 * Flights may nest (somebody else's invalidation runs while one waits), so each has a number.
 */
#ifndef IOSIM_HW_DRIVER_COMMON_H
#define IOSIM_HW_DRIVER_COMMON_H

#include "hw/driver.h"
#include "pgtable/pt.h"

struct driver_domain { /* slot of a pool */
	struct pt pt;
	uint32_t tag;      /* 0: hardware does not know it */
	uint32_t attached; /* requesters */
	uint8_t type;      /* enum domain_type */
	bool unsettled;    /* an invalidation never completed: hardware may use the table though nobody is attached */
	uint8_t stage;     /* of the table: 1 or 2; 0: the driver has only one */
	uint8_t wishes;    /* enum domain_wish */
	bool tracking;     /* which pages are written */
	uint8_t zero[3];
	domain_handle parent; /* of DOMAIN_NESTED */
	uint32_t nested;      /* domains that have this one as parent */
	uint64_t guest[2];    /* of DOMAIN_NESTED: what the guest says, in the driver's own form */
};

struct driver_tag { /* slot of a pool; its handle is the tag, so tags begin at 1 */
	domain_handle domain;
};

struct driver_retired { /* slot of a pool, keyed by address */
	uint64_t pa;
	uint64_t iova; /* an address that it translated */
	domain_handle domain;
	uint16_t flight; /* that claims it; 0: none */
	bool whole;      /* not known what it translated: only an invalidation of the whole domain covers it */
	uint8_t zero;
};

/* Configuration, and handles into the arena; no state of its own. */
struct driver_common {
	struct arena *arena;
	struct frame_allocator *frames;
	arena_pool_id domains, tags, retired;
	uint32_t *by_root; /* derived: open addressing, domain handle by root; 0 empty */
	uint32_t by_root_mask;
	uint16_t *flights; /* how many are in flight */
};

/* Defines the regions in config->arena. At most config->max_domains domains (0: 65536), and as many tags. */
void driver_common_init(struct driver_common *common, const struct driver_config *config);
/* No domain, no tag, no retired page is there any more: their frames stay taken. */
void driver_common_forget(struct driver_common *common);

/* The domain, or the one that it is nested in, whose table translates for it. */
const struct driver_domain *driver_domain_paging(const struct driver_common *common,
						 const struct driver_domain *domain);

/* The domain of any 32-bit value; NULL if it names none. */
struct driver_domain *driver_domain_of(const struct driver_common *common, domain_handle handle);
/* 0 and a domain without tag and table; -ENOMEM. */
int driver_domain_take(struct driver_common *common, enum domain_type type, domain_handle *out);
/* Gives the lowest free tag below `limit` to the domain: -ENOSPC. */
int driver_domain_tag(struct driver_common *common, domain_handle handle, uint32_t limit);
/* Its table has a root now, or will not have it any more. */
void driver_domain_enter_root(struct driver_common *common, domain_handle handle);
void driver_domain_leave_root(struct driver_common *common, domain_handle handle);
/* Domain and tag are free again. It has no table any more, nor retired pages. */
void driver_domain_release(struct driver_common *common, domain_handle handle);
/* 0: none alive. */
domain_handle driver_domain_by_root(const struct driver_common *common, uint64_t root);
domain_handle driver_domain_by_tag(const struct driver_common *common, uint32_t tag);

/*
 * The page left the table of the domain; hardware could reach it when it translated `iova`. If there is no room to
 * remember it, it is lost for ever rather than reused.
 */
void driver_retire(struct driver_common *common, domain_handle handle, uint64_t pa, uint64_t iova);
/* The same, where it is not known what it translated. */
void driver_retire_anywhere(struct driver_common *common, domain_handle handle, uint64_t pa);
/* Whether pages of the domain are retired that translated an address in [first, last]. */
bool driver_retired_within(const struct driver_common *common, domain_handle handle, uint64_t first, uint64_t last);

/*
 * A table page that hardware cannot reach goes back to the allocator. Where somebody else wrote over a table, what
 * stood there need not be a page that was ever taken: then nothing happens.
 */
void driver_page_free(struct driver_common *common, uint64_t pa);

/* A flight begins, before its first command is submitted. It claims nothing yet. */
uint16_t driver_flight_begin(struct driver_common *common);
/* It invalidates [first, last], pointers to tables included. 0 and UINT64_MAX: the whole domain. */
void driver_flight_claim(struct driver_common *common, uint16_t flight, domain_handle handle, uint64_t first,
			 uint64_t last);
void driver_flight_end(struct driver_common *common, uint16_t flight, bool completed);

/* Adds [first, last] unless a range holds it; joins it to the last one if they touch. */
void gather_add(struct gather *gather, uint64_t first, uint64_t last);
bool gather_is_empty(const struct gather *gather);
/* Empty, and of no domain. */
void gather_clear(struct gather *gather);

#endif
