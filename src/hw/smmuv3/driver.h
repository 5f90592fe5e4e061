/* SPDX-License-Identifier: MIT */
/*
 * The SMMUv3 driver, in the order in which software meets the hardware (IHI 0070):
 *
 *   driver_queue.c   commands, and waits for CMD_SYNC                        3.5, 4
 *   driver_init.c    set-up and enabling                                     3.11, 6.3
 *   driver_entry.c   from one STE or CD to another, by states that are valid 3.21.3
 *   driver_words.c   what STEs and CDs say                                   5.2, 5.4
 *   driver_attach.c  a requester's stream table entry                        5.2
 *   driver_pasid.c   its table of context descriptors, one a PASID           5.3, 5.4
 *   driver_features.c  ATS, PASID, PRI, stalls: the unit and the endpoint    3.9.2, 3.12.2
 *   driver_flush.c   what to invalidate after a table has changed            4.4
 *   driver_atc.c     the device TLBs behind it                               3.9.1, 4.5.1
 *   driver_fault.c   page requests and stalled transactions, and answers     7.2, 8, 4.5.2, 4.7
 *   driver_event.c   other events, and what the unit is, for users           7.3, 6.3.1
 *   driver_map.c     domains and their tables                                DDI 0487 D8
 *   driver_nest.c    a guest's first stage in a parent                       5.2
 *   driver.c         the operations as a table
 *
 * A table is the first stage of VMID 0 under an ASID, or a second stage under a VMID; the tag of a domain is either,
 * and no two domains have the same, so that ASIDs and VMIDs are one space of numbers. A requester in a first stage has
 * a table of context descriptors of its own. Without PASIDs it is one page of which entry 0 is used. With them it is
 * that page alone, or a first level whose entry 0 leads to that page: one store to the first word of the stream table
 * entry goes from one to the other. All are kept for the life of the driver, as are the second levels of the stream
 * table. Entry 0 stays that of requests without PASID (5.2, S1DSS = 0b10); where those have a domain without a first
 * stage, S1DSS says what becomes of them.
 *
 * What is cached of a domain stays cached when a requester leaves it: it is tagged, and nobody asks for the tag before
 * somebody joins. So it is invalidated when the domain goes.
 *
 * A first stage knows no write-only page: who asks for one gets a page that may be read as well, as kernels do it.
 */
#ifndef IOSIM_HW_SMMUV3_DRIVER_H
#define IOSIM_HW_SMMUV3_DRIVER_H

#include "hw/driver.h"
#include "hw/driver_attachment.h"
#include "hw/driver_common.h"
#include "hw/driver_port.h"
#include "hw/driver_table.h"
#include "hw/request.h"
#include "hw/smmuv3/layout.h"

#define SMMU_DRIVER_STREAM_LG2_MAX 16 /* requester IDs */
#define SMMU_DRIVER_SPLIT          8  /* a second level of the stream table is a bus */
#define SMMU_DRIVER_BUSES          256
#define SMMU_DRIVER_FUNCTIONS      256
#define SMMU_DRIVER_ENTRY_WORDS    8 /* of a STE, and of a CD */
#define SMMU_DRIVER_HTTU_DIRTY     2 /* 6.3.1, HTTU */

#define SMMU_DRIVER_LEAF_LG2      6 /* context descriptors of a page */
#define SMMU_DRIVER_LEAF_CDS      64
#define SMMU_DRIVER_LEAVES        4096
#define SMMU_DRIVER_SUBSTREAM_MAX 20 /* bits of a PASID */

struct smmu_driver_state { /* arena block */
	uint64_t idr0, idr1, idr3, idr5;
	uint64_t strtab_pa;
	uint64_t command_pa, event_pa, pri_pa;   /* queues; pri_pa 0: page requests are not used */
	uint64_t event_taken[2], pri_taken[4];   /* a bit a record: drain() has handed it out, it only takes up room */
	uint32_t prod;                           /* command queue: the index that is written next, wrap bit included */
	uint32_t bugs;                           /* enum inject */
	uint32_t ats;                            /* requesters whose endpoint has ATS on */
	uint8_t command_lg2, event_lg2, pri_lg2; /* entries */
	uint8_t stream_lg2, substream_lg2;       /* bits of stream and PASID */
	uint8_t strtab_lg2;                      /* bytes of the (first level of the) stream table */
	uint8_t granule_lg2, output_lg2;
	bool two_level;
	bool ready;     /* init has succeeded */
	bool checks_xt; /* entries say so (5.2 NSCFG) */
	uint8_t zero[1];
	uint32_t bus[SMMU_DRIVER_BUSES]; /* handle of struct smmu_driver_bus; 0: no requester ever */
};

struct smmu_driver_requester {
	uint64_t cd_pa; /* context descriptors 0 to 63; 0: none yet */
	uint64_t l1_pa; /* first level above them; 0: none yet */
	domain_handle domain;
	uint32_t pasids;  /* that are attached */
	uint8_t features; /* enum endpoint_feature: what set_features() asked for; the entries say so */
	uint8_t on;       /* what is enabled at the endpoint */
	uint8_t zero[6];
};

struct smmu_driver_bus {   /* slot of a pool */
	uint64_t table_pa; /* its stream table entries; 0: none yet */
	struct smmu_driver_requester requesters[SMMU_DRIVER_FUNCTIONS];
};

struct smmu_driver_leaf { /* slot of a pool: PASIDs 64 * index and on of a requester */
	uint32_t stream, index;
	uint64_t pa; /* their context descriptors */
};

/*
 * While a requester or one of its PASIDs goes from one domain to another its device may know both, and the hook may
 * call the driver for the one that it leaves. The innermost first.
 */
struct smmu_driver_leaving {
	const struct smmu_driver_leaving *outer;
	struct driver_attachment from;
};

struct smmu_driver {
	struct driver base;
	struct driver_config config;
	struct driver_common common;
	arena_pool_id buses, leaves;
	struct smmu_driver_state *state;
	struct driver_attachments *pasids;         /* of PASIDs alone */
	const struct smmu_driver_leaving *leaving; /* within calls; no state */
	uint32_t *atc_timeouts; /* that some wait has met so far; compared within one call, no state */
	/* Who wants to know of events; NULL: nobody. No state. */
	void (*told)(void *context, uint16_t unit, const struct driver_event *event);
	void *told_context;
};

struct smmu_driver_command {
	uint64_t words[2];
};

/* Most commands that one call submits, the CMD_SYNC at the end aside. */
#define SMMU_DRIVER_BATCH_MAX 32

struct smmu_driver *smmu_driver_of(struct driver *driver);

/* --- driver_queue.c --- */
struct smmu_driver_command smmu_driver_cfgi_all(void);
/* `leaf`: what leads to the entry (L1STD, L1CD) has not changed. */
struct smmu_driver_command smmu_driver_cfgi_ste(uint32_t stream, bool leaf);
struct smmu_driver_command smmu_driver_cfgi_cd(uint32_t stream, uint32_t substream, bool leaf);
struct smmu_driver_command smmu_driver_cfgi_cd_all(uint32_t stream);
/* An opcode of 4.4 that names no address; fields that it does not use are 0. */
struct smmu_driver_command smmu_driver_tlbi(enum smmu_opcode opcode, uint16_t vmid, uint16_t asid);
/* `whole`: every address; else the smallest power of two of pages that has them all. SSV is 0 for PASID_NONE. */
struct smmu_driver_command smmu_driver_atc_inv(uint32_t stream, uint32_t pasid, bool global, bool whole, uint64_t first,
					       uint64_t last);
struct smmu_driver_command smmu_driver_sync_command(void);
/*
 * Submits the commands in that order and a CMD_SYNC, and waits until that is complete. No command: the CMD_SYNC alone.
 * With INJECT_SKIP_IOTLB_FLUSH those that invalidate TLBs are left out, with INJECT_SKIP_DEVTLB_FLUSH those that
 * invalidate device TLBs, with INJECT_SKIP_SYNC there is no CMD_SYNC. -ETIMEDOUT, also where a device did not complete
 * its invalidation (7.1, CERROR_ATC_INV_SYNC; the queue goes on); -EIO: hardware refused one (those behind it were
 * carried out).
 */
int smmu_driver_submit(struct smmu_driver *driver, const struct smmu_driver_command *list, unsigned count);
/* See struct driver_ops. */
void smmu_driver_forget_done(struct driver *driver);

/* --- driver_init.c --- */
int smmu_driver_init(struct driver *driver);
int smmu_driver_enable(struct driver *driver);

/* --- driver_handover.c --- */
int smmu_driver_hand_over(struct driver *driver, enum driver_handover way);

/* --- driver_entry.c --- */
struct smmu_driver_entry {
	uint64_t pa;
	/* Which bits hardware looks at in an entry like this one. */
	void (*used)(const uint64_t *words, uint64_t *masks);
	struct smmu_driver_command invalidate; /* makes hardware forget it */
};
void smmu_driver_ste_used(const uint64_t *words, uint64_t *masks);
void smmu_driver_cd_used(const uint64_t *words, uint64_t *masks);
/*
 * Makes the entry `target`, one store at a time; what hardware may see in between is the entry as it was, as it will
 * be, or one that is not valid, the last only where more than one word has to change at once. -ENOMEM: nothing was
 * written; -ETIMEDOUT, -EIO: the entry is written, hardware may still know an earlier one.
 */
int smmu_driver_write_entry(struct smmu_driver *driver, const struct smmu_driver_entry *entry, const uint64_t *target);

/* --- driver_words.c --- */
/* Whether the domain is a first stage of the driver's own, so that a context descriptor leads to it. */
bool smmu_driver_has_context(const struct driver_domain *domain);
/* The stream table entry of a requester as its domain, its PASIDs and its features ask for. */
void smmu_driver_describe_ste(const struct smmu_driver *driver, const struct smmu_driver_requester *requester,
			      uint64_t *words);
/* All zero for a domain without a first stage. */
void smmu_driver_describe_cd(const struct smmu_driver *driver, const struct driver_domain *domain, bool stall,
			     uint64_t *words);
/* Whether that entry translates: it alone can have ATS (5.2, EATS). */
bool smmu_driver_translates(const struct smmu_driver *driver, const struct smmu_driver_requester *requester);

/* --- driver_attach.c --- */
int smmu_driver_attach(struct driver *driver, uint32_t stream, domain_handle domain);
domain_handle smmu_driver_attached(struct driver *driver, uint32_t stream);
/* Whether the stream is one that the unit can hold and somebody may ask for. */
bool smmu_driver_has_stream(const struct smmu_driver *driver, uint32_t stream);
/* NULL: of its bus there never was one. It stays where it is. */
struct smmu_driver_requester *smmu_driver_requester_of(const struct smmu_driver *driver, uint32_t stream);
/* NULL: no memory. */
struct smmu_driver_requester *smmu_driver_requester_make(struct smmu_driver *driver, uint32_t stream);
/* Room for the requester's stream table entry. -ENOMEM. *made: the first level has changed, pass it on. */
int smmu_driver_make_entry(struct smmu_driver *driver, uint32_t stream, bool *made);
/* Its stream table entry becomes what smmu_driver_describe_ste() says, if it has one; errors as write_entry's. */
int smmu_driver_write_ste(struct smmu_driver *driver, uint32_t stream, bool made);
/* The context descriptor at `pa` becomes that of the domain. `leaf`: the first level leads there already. */
int smmu_driver_write_cd(struct smmu_driver *driver, uint32_t stream, uint32_t pasid, uint64_t pa, bool leaf,
			 const struct driver_domain *domain);
/* The requester (or one of its PASIDs) counts for the domain, or not any more; 0 is none. */
void smmu_driver_join(struct smmu_driver *driver, domain_handle domain);
void smmu_driver_leave(struct smmu_driver *driver, domain_handle domain, bool unsettled);

/* --- driver_pasid.c --- */
int smmu_driver_attach_pasid(struct driver *driver, uint32_t stream, uint32_t pasid, domain_handle domain);
domain_handle smmu_driver_attached_pasid(struct driver *driver, uint32_t stream, uint32_t pasid);
/* The requester's table for PASIDs, before its entry names it: -ENOMEM. */
int smmu_driver_make_contexts(struct smmu_driver *driver, struct smmu_driver_requester *requester);
/* Whether a requester can have PASIDs while its requests without one are in that domain. */
bool smmu_driver_hosts_pasids(const struct driver_domain *domain);
/* Every context descriptor of the requester again, with its features as they are. */
int smmu_driver_rewrite_contexts(struct smmu_driver *driver, uint32_t stream);

/* --- driver_features.c --- */
int smmu_driver_set_features(struct driver *driver, uint32_t stream, unsigned features);
unsigned smmu_driver_features(struct driver *driver, uint32_t stream);
/*
 * A change of a requester's stream table entry, in three steps: what has to be off at the endpoint before it (with
 * INJECT_ATS_BEFORE_UNIT also what has to be on), the entry, and what may be on after it (with INJECT_ATS_AFTER_UNIT
 * also what has to be off). Both bring the endpoint to what the requester's features and the entry that
 * smmu_driver_describe_ste() describes allow; of those, `without` stay off. -ETIMEDOUT, -EIO: its device TLB was not
 * invalidated; -ENODEV: the endpoint has no such capability any more.
 */
int smmu_driver_before_entry(struct smmu_driver *driver, uint32_t stream, unsigned without);
int smmu_driver_after_entry(struct smmu_driver *driver, uint32_t stream);

/* --- driver_atc.c --- */
/*
 * What devices cached of the gather's domain. Whoever calls has invalidated the unit's caches before, and waited: a
 * device may ask again as soon as it has forgotten (4.5.1).
 */
int smmu_driver_flush_devices(struct smmu_driver *driver, const struct gather *gather);
/* What every device cached, of anything. */
int smmu_driver_flush_all_devices(struct smmu_driver *driver);
/* What the requester's device cached without PASID; with `pasids` also what it cached of any PASID. */
int smmu_driver_forget_device(struct smmu_driver *driver, uint32_t stream, bool pasids);
int smmu_driver_forget_pasid(struct smmu_driver *driver, uint32_t stream, uint32_t pasid);
/* The first stream from `from` on that ever had a domain or features; UINT32_MAX: none. */
uint32_t smmu_driver_next_stream(const struct smmu_driver *driver, uint32_t from);

/* --- driver_fault.c --- */
bool smmu_driver_fault_next(struct driver *driver, struct driver_fault *out);
int smmu_driver_fault_respond(struct driver *driver, const struct driver_fault *fault, enum page_response_code code);
int smmu_driver_drain(struct driver *driver, uint32_t stream, uint32_t pasid,
		      void (*rest)(void *context, const struct driver_fault *fault), void *context);

/* --- driver_event.c --- */
void smmu_driver_hear(struct driver *driver,
		      void (*told)(void *context, uint16_t unit, const struct driver_event *event), void *context);
void smmu_driver_event_rename(uint64_t words[4], uint32_t stream);
void smmu_driver_abilities(struct driver *driver, struct driver_abilities *out);
void smmu_driver_hw_info(struct driver *driver, struct driver_hw_info *out);
/* A record of the event queue that nobody has to answer was taken from it. */
void smmu_driver_event(const struct smmu_driver *driver, const uint64_t words[4]);

/* --- driver_flush.c --- */
int smmu_driver_sync(struct driver *driver, struct gather *gather);
int smmu_driver_flush_domain(struct driver *driver, domain_handle handle);
/* All that is cached of the domain, in devices too; its retired pages are free when that has completed. */
int smmu_driver_flush(struct smmu_driver *driver, domain_handle handle);
/* Likewise what was gathered. */
int smmu_driver_flush_ranges(struct smmu_driver *driver, const struct gather *gather);

/* --- driver_map.c --- */
int smmu_driver_domain_alloc(struct driver *driver, enum domain_type type, domain_handle *out);
int smmu_driver_domain_alloc_wished(struct driver *driver, enum domain_type type, unsigned wishes, domain_handle *out);
int smmu_driver_domain_free(struct driver *driver, domain_handle handle);
void smmu_driver_domain_geometry(struct driver *driver, domain_handle handle, struct domain_geometry *out);
int smmu_driver_map(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t pa, uint64_t bytes,
		    unsigned permissions);
int smmu_driver_unmap(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes,
		      struct gather *gather);
bool smmu_driver_lookup(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t *pa);
/* Whether the unit marks written pages, in a way that coherent software sees (6.3.1 HTTU, COHACC; 3.15). */
bool smmu_driver_may_track(const struct smmu_driver *driver);
int smmu_driver_dirty_track(struct driver *driver, domain_handle handle, bool on);
int smmu_driver_dirty_read(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes, bool clear,
			   pt_leaf_fn dirty, void *context, struct gather *gather);

/* --- driver_nest.c --- */
int smmu_driver_domain_nest(struct driver *driver, domain_handle parent, const struct domain_guest *guest,
			    domain_handle *out);
int smmu_driver_guest_invalidate(struct driver *driver, domain_handle handle, const struct guest_invalidation *what);
void smmu_driver_guest_format(struct driver *driver, struct guest_format *out);
void smmu_driver_guest_describe(struct driver *driver, uint64_t context, uint16_t asid, uint64_t root,
				uint64_t words[GUEST_CONTEXT_WORDS], struct domain_guest *out);
void smmu_driver_guest_contexts(struct driver *driver, uint64_t table, uint64_t pages, struct guest_contexts *layout,
				struct domain_guest *out);

#endif
