/* SPDX-License-Identifier: MIT */
/*
 * The SMMUv3 driver, in the order in which software meets the hardware (IHI 0070):
 *
 *   driver_queue.c   commands, and waits for CMD_SYNC                        3.5, 4
 *   driver_init.c    set-up and enabling                                     3.11, 6.3
 *   driver_entry.c   from one STE or CD to another, by states that are valid 3.21.3
 *   driver_attach.c  stream table entries and context descriptors            5.2, 5.4
 *   driver_flush.c   what to invalidate after a table has changed            4.4
 *   driver_map.c     domains and their tables                                DDI 0487 D8
 *   driver_nest.c    a guest's first stage in a parent                       5.2
 *   driver.c         the operations as a table
 *
 * A table is the first stage of VMID 0 under an ASID, or a second stage under a VMID; the tag of a domain is either,
 * and no two domains have the same, so that ASIDs and VMIDs are one space of numbers. A requester in a first stage has
 * a table of context descriptors of its own, one page, of which entry 0 is used; it is kept for the life of the driver,
 * as are the second levels of the stream table.
 *
 * What is cached of a domain stays cached when a requester leaves it: it is tagged, and nobody asks for the tag before
 * somebody joins. So it is invalidated when the domain goes.
 *
 * A first stage knows no write-only page: who asks for one gets a page that may be read as well, as kernels do it.
 */
#ifndef IOSIM_HW_SMMUV3_DRIVER_H
#define IOSIM_HW_SMMUV3_DRIVER_H

#include "hw/driver.h"
#include "hw/driver_common.h"
#include "hw/driver_port.h"
#include "hw/driver_table.h"
#include "hw/smmuv3/layout.h"

#define SMMU_DRIVER_STREAM_LG2_MAX 16 /* requester IDs */
#define SMMU_DRIVER_SPLIT          8  /* a second level of the stream table is a bus */
#define SMMU_DRIVER_BUSES          256
#define SMMU_DRIVER_FUNCTIONS      256
#define SMMU_DRIVER_ENTRY_WORDS    8 /* of a STE, and of a CD */

struct smmu_driver_state { /* arena block */
	uint64_t idr0, idr1, idr3, idr5;
	uint64_t strtab_pa;
	uint64_t command_pa, event_pa; /* queues */
	uint32_t prod;                 /* command queue: the index that is written next, wrap bit included */
	uint32_t bugs;                 /* enum inject */
	uint8_t command_lg2, event_lg2, stream_lg2,
		strtab_lg2; /* entries; bytes of the (first level of the) stream table */
	uint8_t granule_lg2, output_lg2;
	bool two_level;
	bool ready;                      /* init has succeeded */
	uint32_t bus[SMMU_DRIVER_BUSES]; /* handle of struct smmu_driver_bus; 0: no requester ever */
};

struct smmu_driver_bus {                       /* slot of a pool */
	uint64_t table_pa;                     /* its stream table entries; 0: none yet */
	uint64_t cd_pa[SMMU_DRIVER_FUNCTIONS]; /* table of context descriptors; 0: none yet */
	domain_handle domain[SMMU_DRIVER_FUNCTIONS];
};

struct smmu_driver {
	struct driver base;
	struct driver_config config;
	struct driver_common common;
	arena_pool_id buses;
	struct smmu_driver_state *state;
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
struct smmu_driver_command smmu_driver_sync_command(void);
/*
 * Submits the commands in that order and a CMD_SYNC, and waits until that is complete. With INJECT_SKIP_IOTLB_FLUSH
 * those that invalidate TLBs are left out, with INJECT_SKIP_SYNC there is no CMD_SYNC. -ETIMEDOUT; -EIO: hardware
 * refused one (those behind it were carried out).
 */
int smmu_driver_submit(struct smmu_driver *driver, const struct smmu_driver_command *list, unsigned count);

/* --- driver_init.c --- */
int smmu_driver_init(struct driver *driver);
int smmu_driver_enable(struct driver *driver);

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

/* --- driver_attach.c --- */
int smmu_driver_attach(struct driver *driver, uint32_t stream, domain_handle domain);
domain_handle smmu_driver_attached(struct driver *driver, uint32_t stream);

/* --- driver_flush.c --- */
int smmu_driver_sync(struct driver *driver, struct gather *gather);
int smmu_driver_flush_domain(struct driver *driver, domain_handle handle);
/* All that is cached of the domain; its retired pages are free when that has completed. */
int smmu_driver_flush(struct smmu_driver *driver, domain_handle handle);
/* Likewise what was gathered. */
int smmu_driver_flush_ranges(struct smmu_driver *driver, const struct gather *gather);

/* --- driver_map.c --- */
int smmu_driver_domain_alloc(struct driver *driver, enum domain_type type, domain_handle *out);
int smmu_driver_domain_free(struct driver *driver, domain_handle handle);
void smmu_driver_domain_geometry(struct driver *driver, domain_handle handle, struct domain_geometry *out);
int smmu_driver_map(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t pa, uint64_t bytes,
		    unsigned permissions);
int smmu_driver_unmap(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes,
		      struct gather *gather);
bool smmu_driver_lookup(struct driver *driver, domain_handle handle, uint64_t iova, uint64_t *pa);

/* --- driver_nest.c --- */
int smmu_driver_domain_nest(struct driver *driver, domain_handle parent, const struct domain_guest *guest,
			    domain_handle *out);

#endif
