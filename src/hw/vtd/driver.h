/* SPDX-License-Identifier: MIT */
/*
 * The VT-d driver, in the order in which software meets the hardware:
 *
 *   driver_port.c        the handshakes of GCMD                                      11.4.4
 *   driver_descriptor.c  the words of descriptors                                    6.5.2
 *   driver_queue.c       invalidations, by queue or by registers, and their waits    6.5
 *   driver_init.c        set-up and enabling                                         6.6, 11.4
 *   driver_handover.c    what another kernel has left                                6.6, 9.1, 9.2
 *   driver_attach.c      which domain serves a requester; context entries            6.2.2.1, 9.1, 9.3
 *   driver_pasid.c       the same in scalable mode: PASID-table entries              6.2.3.1, 9.4 to 9.6
 *   driver_directory.c   context entries of scalable mode, PASID directories         9.2, 9.4, 9.5
 *   driver_features.c    ATS, PASIDs and page requests of an endpoint                4.5, 7.4.1
 *   driver_fault.c       page requests                                               7.4 to 7.10
 *   driver_interrupt.c   interrupt remapping                                         5.1, 6.7, 9.9
 *   driver_nest.c        a guest's first stage in a parent                           3.8
 *   driver_dirty.c       which pages were written                                    3.7.2, 9.6
 *   driver_flush.c       what to invalidate after a table has changed                6.5.3.3
 *   driver_map.c         domains and their tables                                    9.8
 *   driver.c             the operations as a table
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
#include "hw/driver_attachment.h"
#include "hw/driver_common.h"
#include "hw/driver_port.h"
#include "hw/driver_table.h"
#include "hw/vtd/layout.h"

#define VTD_DRIVER_BUSES      256
#define VTD_DRIVER_FUNCTIONS  256 /* a bus */
#define VTD_DRIVER_PASID_LAST 0xfffffu
#define VTD_DRIVER_IRTES_LG2  12

struct vtd_driver_state { /* arena block */
	uint64_t cap, ecap;
	uint64_t root_pa;               /* root table */
	uint64_t queue_pa;              /* one page of descriptors; 0: invalidation by registers */
	uint64_t status_pa;             /* words that wait descriptors write, see driver_queue.c */
	uint64_t requests_pa;           /* one page of page request descriptors; 0: no page requests */
	uint64_t interrupts_pa;         /* interrupt remapping table; 0: no remapping */
	uint32_t tail;                  /* entry of the queue that is written next */
	uint32_t bugs;                  /* enum inject */
	uint32_t ats;                   /* requesters whose ATS is on */
	uint8_t aw;                     /* enum vtd_aw of the page tables */
	uint8_t widest_aw;              /* what a pass-through entry has to say (9.3, AW) */
	bool ready;                     /* init has succeeded */
	bool scalable;                  /* scalable mode, which the unit has */
	uint32_t bus[VTD_DRIVER_BUSES]; /* handle of struct vtd_driver_bus; 0: no requester ever */
};

struct vtd_driver_function {
	uint64_t directory_pa; /* scalable: PASID directory; 0: none yet */
	uint64_t table_pa;     /* scalable: PASID table of the first PASIDs */
	uint8_t pdts;          /* size of the directory (9.4, PDTS) */
	uint8_t features;      /* enum endpoint_feature: what it was allowed by set_features() */
	uint8_t live;          /* what of it is on now, in the structures and at the endpoint */
	bool stale;            /* an invalidation of its device TLB never completed when it left a domain */
	uint8_t zero[4];
};

struct vtd_driver_bus {         /* slot of a pool */
	uint64_t context_pa[2]; /* context tables, in scalable mode the lower and the upper; 0: none yet */
	struct vtd_driver_function functions[VTD_DRIVER_FUNCTIONS];
};

struct vtd_driver_irte { /* slot of a pool: the entry of the table with the index of its handle less 1 */
	uint32_t stream;
	uint32_t index; /* which message of the requester */
};

struct vtd_driver {
	struct driver base;
	struct driver_config config;
	struct driver_common common;
	struct driver_attachments *attachments;
	arena_pool_id buses, irtes;
	struct vtd_driver_state *state;
};

/* One invalidation, for either interface. Fields that its granularity does not use are 0. */
struct vtd_driver_invalidation {
	enum {
		VTD_DRIVER_CONTEXT_CACHE,
		VTD_DRIVER_PASID_CACHE, /* selective: of that PASID within the domain */
		VTD_DRIVER_IOTLB,
		VTD_DRIVER_PIOTLB, /* domain-selective: of that PASID; page-selective: of first-stage addresses */
		VTD_DRIVER_DEVTLB, /* of the endpoint `sid`; domain-selective: all that the PASID may have cached */
		VTD_DRIVER_IEC,    /* selective: of the entry `address` of the interrupt remapping table */
	} cache;
	enum vtd_granularity granularity; /* device TLB: global is of every PASID */
	uint16_t did;
	uint16_t sid;
	uint32_t pasid;       /* of requests without PASID it is 0, but for device TLBs PASID_NONE */
	uint8_t address_mask; /* page-selective: 2^address_mask pages */
	bool leaves_only;     /* the invalidation hint: pointers to tables may stay cached */
	uint64_t address;
};

/* A requester that leaves a domain. */
struct vtd_driver_leaving {
	uint32_t stream, pasid;
	bool devtlb; /* its device TLB may hold translations */
};

#define VTD_DESCRIPTOR_WORDS 4 /* of 256 bits, IQA.DW = 1; of 128 bits it is half of them */

/* Most invalidations that one call submits. */
#define VTD_DRIVER_BATCH_MAX 32

struct vtd_driver_batch { /* of descriptors; there is room for the wait that follows them */
	uint64_t words[VTD_DRIVER_BATCH_MAX + 1][VTD_DESCRIPTOR_WORDS];
	unsigned count;
	bool drain; /* the wait is behind page requests that came before (6.5.2.9, PD) */
};

struct vtd_driver *vtd_driver_of(struct driver *driver);

/* --- driver_port.c --- */
/* Writes GCMD with one of its bits set or clear and the others as they are, and waits for GSTS. -ETIMEDOUT. */
int vtd_driver_command(struct vtd_driver *driver, uint64_t bit, bool set, uint64_t status_mask, uint64_t status);
/* CAP.RWBF: makes what was written visible where no invalidation follows (6.8). -ETIMEDOUT. */
int vtd_driver_flush_write_buffer(struct vtd_driver *driver);

/* --- driver_descriptor.c --- */
/* Into words that are 0. */
void vtd_driver_describe(const struct vtd_driver *driver, const struct vtd_driver_invalidation *what, uint64_t *words);

/* --- driver_queue.c --- */
/*
 * Submits the invalidations in that order and waits until all have completed. At most VTD_DRIVER_BATCH_MAX. With
 * INJECT_SKIP_IOTLB_FLUSH those of the IOTLB are left out, with INJECT_SKIP_DEVTLB_FLUSH those of device TLBs, with
 * INJECT_SKIP_IEC_FLUSH those of interrupt entries, with INJECT_SKIP_SYNC nobody waits. -ETIMEDOUT, also where a device
 * did not answer: the queue goes on; -EIO: hardware refused one.
 */
int vtd_driver_invalidate(struct vtd_driver *driver, const struct vtd_driver_invalidation *list, unsigned count);
/* Any descriptors, and a wait, likewise; the unit has a queue. */
int vtd_driver_submit(struct vtd_driver *driver, struct vtd_driver_batch *batch);
/* driver_queue.c; see struct driver_ops. */
void vtd_driver_forget_done(struct driver *driver);
/* Context-cache, PASID-cache and IOTLB, all of them, in that order. */
int vtd_driver_invalidate_all(struct vtd_driver *driver);

/* --- driver_init.c --- */
int vtd_driver_init(struct driver *driver);
int vtd_driver_enable(struct driver *driver);
/* The root table of the driver's state is the unit's from now on, and nothing is cached. -ETIMEDOUT. */
int vtd_driver_set_root(struct vtd_driver *driver);

/* --- driver_handover.c --- */
int vtd_driver_hand_over(struct driver *driver, enum driver_handover way);

/* --- driver_attach.c --- */
int vtd_driver_attach(struct driver *driver, uint32_t stream, domain_handle domain);
domain_handle vtd_driver_attached(struct driver *driver, uint32_t stream);
int vtd_driver_attach_pasid(struct driver *driver, uint32_t stream, uint32_t pasid, domain_handle domain);
domain_handle vtd_driver_attached_pasid(struct driver *driver, uint32_t stream, uint32_t pasid);
bool vtd_driver_translates(const struct driver_domain *domain);
/* Whether the unit has room for such a requester. */
bool vtd_driver_has_stream(const struct vtd_driver *driver, uint32_t stream);
/* NULL: no requester of that bus ever; -make: NULL, there is no memory. */
struct vtd_driver_bus *vtd_driver_bus_of(const struct vtd_driver *driver, uint32_t stream);
struct vtd_driver_bus *vtd_driver_bus_make(struct vtd_driver *driver, uint32_t stream);
static inline struct vtd_driver_function *vtd_driver_function_of(struct vtd_driver_bus *bus, uint32_t stream)
{
	return &bus->functions[stream & 0xff];
}
/* A zeroed frame for *pa, and `word` with its address at `entry`. *made: there was none before. -ENOMEM. */
int vtd_driver_link_frame(struct vtd_driver *driver, uint64_t *pa, unsigned order, uint64_t entry, bool *made);
/* The requester counts for the domain, or not any more. */
void vtd_driver_move(struct vtd_driver *driver, uint32_t stream, uint32_t pasid, domain_handle to);
void vtd_driver_leave(struct vtd_driver *driver, domain_handle handle, bool unsettled);
/* The context entry of a requester without scalable mode says whether ATS is live. -ETIMEDOUT. */
int vtd_driver_rewrite_entry(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream);

/* --- driver_pasid.c --- */
/*
 * Puts the entry for the new domain in the place of the old one, which left->devtlb tells about. The caller has found
 * room for the attachment.
 */
int vtd_driver_change_pasid(struct vtd_driver *driver, struct vtd_driver_bus *bus,
			    const struct vtd_driver_leaving *left, domain_handle to);

/* --- driver_directory.c --- */
/* What of them has become present, or lies elsewhere now. */
struct vtd_driver_made {
	bool root, context;
};
/* Root and context entry, PASID directory and the table for the PASID (0: of requests without). -ENOMEM, -ETIMEDOUT. */
int vtd_driver_make_directory(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, uint32_t pasid,
			      struct vtd_driver_made *made);
/* Of the PASID-table entry; 0: there is no table. */
uint64_t vtd_driver_pasid_entry(const struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream,
				uint32_t pasid);
/* The context entry says which features are live, and where the directory is. -ETIMEDOUT. */
int vtd_driver_rewrite_context(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream);
/* Only with CM may hardware have cached that a root or context entry was not there (6.2.2). */
int vtd_driver_made_present(struct vtd_driver *driver, uint32_t stream, const struct vtd_driver_made *made);

/* --- driver_features.c --- */
int vtd_driver_set_features(struct driver *driver, uint32_t stream, unsigned features);
unsigned vtd_driver_features(struct driver *driver, uint32_t stream);
/* What will be live of the requester's features when (stream, pasid) is served by `to`. */
unsigned vtd_driver_live_with(const struct vtd_driver *driver, const struct vtd_driver_function *function,
			      uint32_t stream, uint32_t pasid, domain_handle to);
/* The endpoint's part of a change to `next`: what comes before that of the structures, and what comes after it. */
void vtd_driver_endpoint_before(struct vtd_driver *driver, uint32_t stream, unsigned live, unsigned next);
void vtd_driver_endpoint_after(struct vtd_driver *driver, uint32_t stream, unsigned live, unsigned next);
/* From here on that is live. */
void vtd_driver_set_live(struct vtd_driver *driver, struct vtd_driver_function *function, unsigned live);
/* The device TLB holds nothing any more. -ETIMEDOUT. */
int vtd_driver_flush_devtlb(struct vtd_driver *driver, const struct vtd_driver_function *function, uint32_t stream);

/* --- driver_fault.c --- */
/* The page request queue, where there is one. */
void vtd_driver_start_requests(struct vtd_driver *driver);
bool vtd_driver_fault_next(struct driver *driver, struct driver_fault *out);
int vtd_driver_fault_respond(struct driver *driver, const struct driver_fault *fault, enum page_response_code code);
int vtd_driver_drain(struct driver *driver, uint32_t stream, uint32_t pasid,
		     void (*rest)(void *context, const struct driver_fault *fault), void *context);

/* --- driver_interrupt.c --- */
/* Tells the unit of the table, where there is one; and starts to remap. -ETIMEDOUT, -EIO. */
int vtd_driver_set_interrupts(struct vtd_driver *driver);
int vtd_driver_enable_interrupts(struct vtd_driver *driver);
int vtd_driver_interrupt_map(struct driver *driver, uint32_t stream, uint32_t index, uint8_t vector,
			     uint32_t destination, struct msi_message *message);
int vtd_driver_interrupt_unmap(struct driver *driver, uint32_t stream, uint32_t index);

/* --- driver_nest.c --- */
int vtd_driver_domain_nest(struct driver *driver, domain_handle parent, const struct domain_guest *guest,
			   domain_handle *out);
int vtd_driver_guest_invalidate(struct driver *driver, domain_handle handle, const struct guest_invalidation *what);
void vtd_driver_guest_format(struct driver *driver, struct guest_format *out);
void vtd_driver_guest_describe(struct driver *driver, uint64_t context, uint16_t asid, uint64_t root,
			       uint64_t words[GUEST_CONTEXT_WORDS], struct domain_guest *out);

/* --- driver_dirty.c --- */
int vtd_driver_dirty_track(struct driver *driver, domain_handle handle, bool on);
int vtd_driver_dirty_read(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes, bool clear,
			  pt_leaf_fn dirty, void *context, struct gather *gather);

/* --- driver_flush.c --- */
int vtd_driver_sync(struct driver *driver, struct gather *gather);
int vtd_driver_flush_domain(struct driver *driver, domain_handle handle);
/*
 * The `before` invalidations (of the context-cache), then the IOTLB of the whole domain, then device TLBs: of who
 * leaves, or, where that is NULL, of all that are attached. Retired pages of the domain are free when that has
 * completed.
 */
int vtd_driver_flush(struct vtd_driver *driver, domain_handle handle, const struct vtd_driver_invalidation *before,
		     unsigned count, const struct vtd_driver_leaving *left);
/*
 * What was gathered; its retired pages are free then. `removed`: it had been there, so device TLBs may hold it too, and
 * nothing but leaves has changed, retired pages aside.
 */
int vtd_driver_flush_ranges(struct vtd_driver *driver, const struct gather *gather, bool removed);
/* What a guest's table made of [first, last] of its own addresses, in the unit and in device TLBs. -ETIMEDOUT. */
int vtd_driver_flush_guest(struct vtd_driver *driver, domain_handle handle, uint64_t first, uint64_t last);
/* What leaves of requesters never completed: device TLBs. -ETIMEDOUT. */
int vtd_driver_flush_stale(struct vtd_driver *driver);

/* --- driver_map.c --- */
/* Domain-ids that the unit has: those below it. */
uint32_t vtd_driver_did_limit(const struct vtd_driver *driver);
int vtd_driver_domain_alloc(struct driver *driver, enum domain_type type, domain_handle *out);
int vtd_driver_domain_alloc_wished(struct driver *driver, enum domain_type type, unsigned wishes, domain_handle *out);
/* Requests of the domain snoop whatever they say. */
bool vtd_driver_forces_snoop(const struct vtd_driver *driver, const struct driver_domain *domain);
int vtd_driver_domain_free(struct driver *driver, domain_handle handle);
void vtd_driver_domain_geometry(struct driver *driver, domain_handle handle, struct domain_geometry *out);
int vtd_driver_map(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t pa, uint64_t bytes,
		   unsigned permissions);
int vtd_driver_unmap(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes, struct gather *gather);
bool vtd_driver_lookup(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t *pa);

#endif
