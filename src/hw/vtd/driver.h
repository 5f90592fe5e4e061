/* SPDX-License-Identifier: MIT */
/*
 * The VT-d driver, in the order in which software meets the hardware:
 *
 *   driver_port.c    the handshakes of GCMD                                      11.4.4
 *   driver_queue.c   invalidations, by queue or by registers, and their waits    6.5
 *   driver_init.c    set-up and enabling                                         6.6, 11.4
 *   driver_attach.c  root and context entries                                    6.2.2.1, 9.1, 9.3
 *   driver_pasid.c   the same in scalable mode, and PASID-table entries          6.2.3.1, 9.2, 9.4 to 9.6
 *   driver_nest.c    a guest's first stage in a parent                           3.8
 *   driver_flush.c   what to invalidate after a table has changed                6.5.3.3
 *   driver_map.c     domains and their tables                                    9.8
 *   driver.c         the operations as a table
 *
 * State lies in the arena: one block a unit, the pools of driver_common.h, and a slot for each bus that ever had a
 * requester. What is written goes through hw/driver_port.h; the one exception is a critical section, as a kernel's
 * queue lock makes one: descriptors and the tail register are written together, then reported together.
 *
 * Context tables stay for the life of the driver, as kernels keep them: to take one away is a change of a root entry,
 * which needs global invalidations (6.5.3.3, table 28), and those would hide what is stale of unrelated requesters.
 */
#ifndef IOSIM_HW_VTD_DRIVER_H
#define IOSIM_HW_VTD_DRIVER_H

#include "hw/driver.h"
#include "hw/driver_common.h"
#include "hw/driver_port.h"
#include "hw/driver_table.h"
#include "hw/vtd/layout.h"

#define VTD_DRIVER_BUSES     256
#define VTD_DRIVER_FUNCTIONS 256 /* a bus */

struct vtd_driver_state { /* arena block */
	uint64_t cap, ecap;
	uint64_t root_pa;   /* root table */
	uint64_t queue_pa;  /* one page of descriptors; 0: invalidation by registers */
	uint64_t status_pa; /* words that wait descriptors write, see driver_queue.c */
	uint32_t tail;      /* entry of the queue that is written next */
	uint32_t bugs;      /* enum inject */
	uint8_t aw;         /* enum vtd_aw of the page tables */
	uint8_t widest_aw;  /* what a pass-through entry has to say (9.3, AW) */
	bool ready;         /* init has succeeded */
	bool scalable;      /* scalable mode, which the unit has */
	uint8_t zero[4];
	uint32_t bus[VTD_DRIVER_BUSES]; /* handle of struct vtd_driver_bus; 0: no requester ever */
};

struct vtd_driver_bus {         /* slot of a pool */
	uint64_t context_pa[2]; /* context tables, in scalable mode the lower and the upper; 0: none yet */
	uint64_t directory_pa[VTD_DRIVER_FUNCTIONS]; /* scalable: PASID directory, and in the next frame its table */
	domain_handle domain[VTD_DRIVER_FUNCTIONS];
};

struct vtd_driver {
	struct driver base;
	struct driver_config config;
	struct driver_common common;
	arena_pool_id buses;
	struct vtd_driver_state *state;
};

/* One invalidation, for either interface. Fields that its granularity does not use are 0. */
struct vtd_driver_invalidation {
	enum {
		VTD_DRIVER_CONTEXT_CACHE,
		VTD_DRIVER_PASID_CACHE, /* domain-selective: of the PASID of requests without PASID */
		VTD_DRIVER_IOTLB,
		VTD_DRIVER_PIOTLB, /* domain-selective: of that PASID; page-selective: of first-stage addresses */
	} cache;
	enum vtd_granularity granularity;
	uint16_t did;
	uint16_t sid;
	uint8_t address_mask; /* page-selective: 2^address_mask pages */
	bool leaves_only;     /* the invalidation hint: pointers to tables may stay cached */
	uint64_t address;
};

/* Most invalidations that one call submits. */
#define VTD_DRIVER_BATCH_MAX 32

struct vtd_driver *vtd_driver_of(struct driver *driver);

/* --- driver_port.c --- */
/* Writes GCMD with one of its bits set or clear and the others as they are, and waits for GSTS. -ETIMEDOUT. */
int vtd_driver_command(struct vtd_driver *driver, uint64_t bit, bool set, uint64_t status_mask, uint64_t status);
/* CAP.RWBF: makes what was written visible where no invalidation follows (6.8). -ETIMEDOUT. */
int vtd_driver_flush_write_buffer(struct vtd_driver *driver);

/* --- driver_queue.c --- */
/*
 * Submits the invalidations in that order and waits until all have completed. At most VTD_DRIVER_BATCH_MAX. With
 * INJECT_SKIP_IOTLB_FLUSH those of the IOTLB are left out, with INJECT_SKIP_SYNC nobody waits. -ETIMEDOUT; -EIO:
 * hardware refused one.
 */
int vtd_driver_invalidate(struct vtd_driver *driver, const struct vtd_driver_invalidation *list, unsigned count);
/* Context-cache, PASID-cache and IOTLB, all of them, in that order. */
int vtd_driver_invalidate_all(struct vtd_driver *driver);

/* --- driver_init.c --- */
int vtd_driver_init(struct driver *driver);
int vtd_driver_enable(struct driver *driver);

/* --- driver_attach.c --- */
int vtd_driver_attach(struct driver *driver, uint32_t stream, domain_handle domain);
domain_handle vtd_driver_attached(struct driver *driver, uint32_t stream);
bool vtd_driver_translates(const struct driver_domain *domain);
/* A zeroed frame for *pa, and `word` with its address at `entry`. *made: there was none before. -ENOMEM. */
int vtd_driver_link_frame(struct vtd_driver *driver, uint64_t *pa, unsigned order, uint64_t entry, bool *made);
/* The requester counts for the domain, or not any more. */
void vtd_driver_move(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, domain_handle to);
void vtd_driver_leave(struct vtd_driver *driver, domain_handle handle, bool unsettled);

/* --- driver_pasid.c --- */
/* What vtd_driver_attach() does in scalable mode, where it is known that the domain changes. */
int vtd_driver_attach_pasid(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, domain_handle to);

/* --- driver_nest.c --- */
int vtd_driver_domain_nest(struct driver *driver, domain_handle parent, const struct domain_guest *guest,
			   domain_handle *out);

/* --- driver_flush.c --- */
int vtd_driver_sync(struct driver *driver, struct gather *gather);
int vtd_driver_flush_domain(struct driver *driver, domain_handle handle);
/*
 * The `before` invalidations (of the context-cache), then the IOTLB of the whole domain; its retired pages are free
 * when that has completed.
 */
int vtd_driver_flush(struct vtd_driver *driver, domain_handle handle, const struct vtd_driver_invalidation *before,
		     unsigned count);
/* What was gathered; its retired pages are free then. `hint`: nothing but leaves has changed, retired pages aside. */
int vtd_driver_flush_ranges(struct vtd_driver *driver, const struct gather *gather, bool hint);

/* --- driver_map.c --- */
/* Domain-ids that the unit has: those below it. */
uint32_t vtd_driver_did_limit(const struct vtd_driver *driver);
int vtd_driver_domain_alloc(struct driver *driver, enum domain_type type, domain_handle *out);
int vtd_driver_domain_free(struct driver *driver, domain_handle handle);
void vtd_driver_domain_geometry(struct driver *driver, domain_handle handle, struct domain_geometry *out);
int vtd_driver_map(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t pa, uint64_t bytes,
		   unsigned permissions);
int vtd_driver_unmap(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes, struct gather *gather);
bool vtd_driver_lookup(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t *pa);

#endif
