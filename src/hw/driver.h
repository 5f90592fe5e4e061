/* SPDX-License-Identifier: MIT */
/*
 * The IOMMU driver that a kernel would be, once per kind: it writes the real structures into memory, and programs the
 * unit through its registers and queues. This is all that a front end may see of the hardware.
 *
 * Errors are negative errno values (Linux numbers). Nothing blocks: where a kernel would wait for hardware, the driver
 * calls `port.advance` until the wait is over, and returns -ETIMEDOUT when hardware has nothing left to do.
 *
 * A domain is a page table (or blocking, or identity) on one unit. Requesters are attached to it; the driver keeps
 * the structures so that every state hardware can see is valid, and frees a table page only after the invalidation that
 * covers it has completed.
 */
#ifndef IOSIM_HW_DRIVER_H
#define IOSIM_HW_DRIVER_H

#include "base/arena.h"
#include "hw/effect.h"
#include "hw/memory.h"
#include "hw/message.h"
#include "machine/machine.h"
#include "pgtable/pt.h"

#include <stdbool.h>
#include <stdint.h>

enum inject { /* one bug, on for one step */
	      INJECT_SKIP_IOTLB_FLUSH = 1 << 0,
	      INJECT_SKIP_DEVTLB_FLUSH = 1 << 1,
	      INJECT_SKIP_SYNC = 1 << 2,       /* invalidations are submitted, nobody waits for them */
	      INJECT_DEVTLB_FIRST = 1 << 3,    /* device TLBs are invalidated before what they refill from */
	      INJECT_SKIP_DRAIN = 1 << 4,      /* a PASID is taken away without draining its page requests */
	      INJECT_ATS_BEFORE_UNIT = 1 << 5, /* the endpoint's ATS is on before the unit allows it */
	      INJECT_ATS_AFTER_UNIT = 1 << 6,  /* the unit forbids ATS while the endpoint's is still on */
	      INJECT_ATS_KEEPS_TLB = 1 << 7,   /* ATS is switched off without invalidating the device TLB */
	      INJECT_SKIP_IEC_FLUSH = 1 << 8,  /* an interrupt entry changes, nobody invalidates it (VT-d) */
};

/* The driver's way to its unit; filled in by the runner. */
struct driver_port {
	void *unit;
	uint64_t (*read_register)(void *unit, uint32_t offset, unsigned width);
	void (*write_register)(void *unit, uint32_t offset, unsigned width, uint64_t value);
	/* Registers of the Non-secure interface, which alone identify features (IHI 0070 6.2.8); NULL: there is none.
	 */
	uint64_t (*read_non_secure)(void *unit, uint32_t offset, unsigned width);
	bool (*advance)(void *unit); /* lets hardware do its next event; false: idle */
	/*
	 * The endpoint's own capability: FEATURE_ATS, FEATURE_PASID or FEATURE_PRI on or off, in its configuration
	 * space. False: it has no such capability. NULL: nobody there has any.
	 */
	bool (*endpoint)(void *unit, uint32_t stream, enum endpoint_feature feature, bool on);
	/* A platform device may stall, a PCIe function never. NULL: none may. */
	bool (*may_stall)(void *unit, uint32_t stream);
};

/* A page request or a stalled transaction that waits for an answer. */
struct driver_fault {
	struct page_request request; /* of a stall: address, rights, stream, pasid; last */
	uint16_t stall_tag;
	bool stalled;
};

/* What a unit recorded of a transaction that it ended, where a guest whose first stage is at fault would be told. */
struct driver_event {
	uint32_t stream;
	bool second_stage; /* that of the host is at fault */
	uint64_t words[4]; /* the record */
};

/* What a unit says of itself, as kernels hand it on to users (iommu_hw_info_vtd, iommu_hw_info_arm_smmuv3). */
struct driver_hw_info {
	uint32_t bytes; /* that there are */
	uint32_t words[10];
	bool tracks_dirty; /* a table can be made for it */
	uint8_t pasid_lg2; /* bits of a PASID; 0: it has none */
};

struct driver_abilities {
	uint8_t pasid_lg2; /* as above */
	/* SMMUv3: what a guest says cannot pass by the caches: No Snoop has no effect (CANWBS), or IDR3.FWB */
	bool keeps_guests_coherent;
};

/* Where a device writes which data to raise one of its vectors. */
struct msi_message {
	uint64_t address; /* as the device has to send it, before any translation */
	uint32_t data;
};

enum domain_type {
	DOMAIN_BLOCKED,     /* every request faults: not-present context, or an empty table where `blocked_as_table` */
	DOMAIN_IDENTITY,    /* pass-through */
	DOMAIN_DMA,         /* the kernel's DMA API */
	DOMAIN_USER,        /* managed for a user */
	DOMAIN_NEST_PARENT, /* a user's second stage, that guests' first stages may be nested in */
	DOMAIN_NESTED,      /* a guest's own first stage over a parent: only domain_nest() makes it */
	DOMAIN_SVA,         /* a process's address space: always a first stage, for PASIDs alone */
	DOMAIN_SCRATCH, /* every address that its table has leads to one page of the domain: nothing can be mapped */
};

enum driver_stage { /* of the tables of DOMAIN_DMA and DOMAIN_USER; a nest parent's is always the second */
		    DRIVER_STAGE_ANY, /* first where the unit has it */
		    DRIVER_STAGE_FIRST,
		    DRIVER_STAGE_SECOND,
};

/* What a guest says about its first stage. Addresses are guest physical: the parent's table translates them. */
struct domain_guest {
	uint64_t root;         /* VT-d: the first-stage table */
	uint8_t address_width; /* VT-d: 48 or 57 */
	uint64_t ste[2];       /* SMMUv3: words 0 and 1 of the guest's stream table entry (IHI 0070 5.2) */
};

/* What a guest wants to be forgotten of its first stage. Addresses are the guest's own, first <= last. */
enum guest_forgets {
	GUEST_FORGETS_RANGE,   /* translations of [first, last]; 0 and UINT64_MAX: all */
	GUEST_FORGETS_CONTEXT, /* SMMUv3: the context descriptor of (stream, pasid); PASID_NONE: all of the stream */
	GUEST_FORGETS_DEVTLB,  /* SMMUv3: what the device of `stream` cached of (pasid, [first, last]) */
};
struct guest_invalidation {
	enum guest_forgets what;
	uint32_t stream, pasid;
	uint64_t first, last;
};

/* How a guest lays out a first stage in its memory so that the unit can walk it. */
struct guest_format {
	struct pt_config table;
	uint32_t context_bytes; /* before the table, whole pages: 0 where the unit wants none */
};
#define GUEST_CONTEXT_WORDS 8

/*
 * How a guest lays out a table of contexts of its own, one a PASID, that the unit walks. A table of up to `leaf`
 * contexts is one page of them; a larger one begins with a page of words of 64 bits, one for each page of contexts.
 */
struct guest_contexts {
	uint32_t count; /* PASIDs are below it; context 0 is for requests without one */
	uint32_t leaf;  /* contexts of a page */
	uint64_t link;  /* what a word of the first page says beside the address of a page of contexts */
};

struct driver_config {
	uint16_t index; /* unit in the machine */
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames; /* shared by all drivers */
	struct driver_port port;
	struct effect_hook *hook;
	uint32_t max_domains, max_streams;
	enum driver_stage stage;
	bool interrupt_remapping; /* VT-d: to be enabled with the unit, if it has it */
	bool page_requests;       /* the queue for them is set up */
	bool realm;               /* SMMUv3: the port leads to the Realm programming interface */
	bool checks_xt;           /* SMMUv3, `realm`: T is held to what translation says where XT is set (5.2, NSCFG) */
	bool coherent_masters;    /* SMMUv3: firmware says that No Snoop has no effect (IORT, CANWBS) */
};

/* What is asked of a new domain beyond its type. */
enum domain_wish {
	DOMAIN_TRACKS_DIRTY = 1 << 0,     /* hardware can be made to say which pages were written */
	DOMAIN_HONOURS_NO_SNOOP = 1 << 1, /* requests with No Snoop pass by caches, though the unit could prevent it */
};

struct domain_geometry {
	uint64_t first, last; /* IOVAs that the table can translate */
	uint64_t page_sizes;  /* bit n: 2^n bytes */
	bool enforce_snoop;   /* all its requests snoop, whatever they say */
	bool tracks_dirty;    /* DOMAIN_TRACKS_DIRTY */
};

typedef uint32_t domain_handle; /* 0: none */

struct driver;

/* Ranges whose leaves were removed and whose invalidation has not been asked for yet: one per call that unmaps. */
#define GATHER_MAX 64
struct gather {
	domain_handle domain;
	uint32_t count; /* ranges; beyond GATHER_MAX the whole domain */
	bool all;
	uint64_t first[GATHER_MAX], last[GATHER_MAX];
	pt_leaf_fn dirty; /* the caller's: told of each leaf that was dirty when it was removed; NULL: nobody */
	void *dirty_context;
};

/* What a kernel does with a unit that another one has left on (kexec): nobody has stopped devices. */
enum driver_handover {
	HANDOVER_KEEP,  /* what its tables say stays in force: they are copied, or adopted */
	HANDOVER_RESET, /* it is set up anew, with empty tables; to be enabled as after init() */
	HANDOVER_OFF,   /* the same, and until then requests pass as they are */
};

struct driver_ops {
	enum iommu_kind kind;
	struct driver *(*create)(const struct driver_config *config);
	void (*destroy)(struct driver *driver);

	/* Set-up without enabling: empty structures, queue, everything invalidated. -ENODEV: unit lacks what is needed.
	 */
	int (*init)(struct driver *driver);
	/* Translation on. */
	int (*enable)(struct driver *driver);
	/*
	 * The driver is another kernel's from now on. But for HANDOVER_KEEP no domain, attachment or feature is known
	 * any more, and no memory of the old tables is used again. -ENOMEM: nothing was changed, where they were to be
	 * kept; errors of init().
	 */
	int (*hand_over)(struct driver *driver, enum driver_handover way);

	/* -ENOMEM, -ENOSPC (no tag left), -EOPNOTSUPP (no pass-through in hardware, no such stage, ...). */
	int (*domain_alloc)(struct driver *driver, enum domain_type type, domain_handle *out);
	/*
	 * The same with wishes (bits of enum domain_wish). May be NULL: it knows none. -EOPNOTSUPP: it cannot track
	 * dirty pages for that type. What the unit cannot prevent anyway need not be wished for.
	 */
	int (*domain_alloc_wished)(struct driver *driver, enum domain_type type, unsigned wishes, domain_handle *out);
	/*
	 * Hardware says from now on, or does not any more, which pages of the domain were written; what caches hold of
	 * it is invalidated. -EINVAL: no such domain; -EOPNOTSUPP: it was not made for that; -ETIMEDOUT. May be NULL.
	 */
	int (*dirty_track)(struct driver *driver, domain_handle domain, bool on);
	/*
	 * Calls `dirty` for each dirty leaf that intersects the range, and with `clear` makes it clean: that holds when
	 * sync() has invalidated what was gathered. -EINVAL: as map, or gather holds ranges of another domain;
	 * -EOPNOTSUPP: the domain was not made for that. May be NULL.
	 */
	int (*dirty_read)(struct driver *driver, domain_handle domain, uint64_t iova, uint64_t bytes, bool clear,
			  pt_leaf_fn dirty, void *context, struct gather *gather);
	/*
	 * A guest's first stage over a DOMAIN_NEST_PARENT, which cannot be freed before it. It has no table of the
	 * driver's: flush_domain() drops what hardware cached of the guest's. May be NULL: no nesting. -EOPNOTSUPP: the
	 * unit cannot; -EINVAL: no such parent, or it is of another type; -EIO: what the guest says is none of what a
	 * guest may; -ENOMEM.
	 */
	int (*domain_nest)(struct driver *driver, domain_handle parent, const struct domain_guest *guest,
			   domain_handle *out);
	/*
	 * A guest's own request about a DOMAIN_NESTED: it reaches what belongs to that domain's parent, and requesters
	 * that are named, nothing else. VT-d drops what devices cached of the range as well; the guest of an SMMUv3 has
	 * to ask for that. May be NULL. -EINVAL: no such domain; -EOPNOTSUPP: a guest has no such request here;
	 * -ETIMEDOUT.
	 */
	int (*guest_invalidate)(struct driver *driver, domain_handle nested, const struct guest_invalidation *what);
	/*
	 * What a guest's own driver would write. The words of the context (nothing where there is none) for a table
	 * with its root at guest physical address `root`, and what the guest then says of it. `asid` (from 1 on) is the
	 * guest's own name for the table, for units that have such names. Both may be NULL.
	 */
	void (*guest_format)(struct driver *driver, struct guest_format *out);
	void (*guest_describe)(struct driver *driver, uint64_t context, uint16_t asid, uint64_t root,
			       uint64_t words[GUEST_CONTEXT_WORDS], struct domain_guest *out);
	/*
	 * Likewise for a whole table of contexts in `pages` pages (at least one) at guest physical address `table`.
	 * NULL: units of this kind never walk one that is a guest's.
	 */
	void (*guest_contexts)(struct driver *driver, uint64_t table, uint64_t pages, struct guest_contexts *layout,
			       struct domain_guest *out);
	/*
	 * -EBUSY while a requester is attached or a domain is nested in it; -EINVAL: there is no such domain;
	 * -ETIMEDOUT: hardware may still use the table, because an invalidation never completed and does not complete
	 * now either: the domain stays.
	 */
	int (*domain_free)(struct driver *driver, domain_handle domain);
	void (*domain_geometry)(struct driver *driver, domain_handle domain, struct domain_geometry *out);
	enum domain_type (*domain_type)(struct driver *driver, domain_handle domain);
	/*
	 * The requester moves to that domain, from whatever served it; domain 0: back to not present. -ENODEV: the
	 * stream lies outside what the unit can hold. -EINVAL: there is no such domain, or it is DOMAIN_SVA. -EBUSY:
	 * PASIDs are attached, and beside such a domain the requester can have none (SMMUv3: a second stage serves
	 * them all). -ETIMEDOUT: hardware did not finish; the structures are changed.
	 */
	int (*attach)(struct driver *driver, uint32_t stream, domain_handle domain);
	domain_handle (*attached)(struct driver *driver, uint32_t stream);

	/*
	 * Which of enum endpoint_feature the requester has from now on. What is new is switched on in the order that
	 * the specification asks for (the unit's structures first, then the endpoint), what goes in the opposite order,
	 * with the device TLB invalidated before its translations can be used without ATS. It holds for whatever domain
	 * is attached now or later: where that allows none (blocked, on SMMUv3 also bypass), the endpoint's ATS is off
	 * meanwhile. -ENODEV: the unit, the mode or the endpoint lacks one of them, nothing was changed; -EINVAL: PRI
	 * without ATS; -EBUSY: PASID is to go while a PASID is attached; -ENOMEM; -ETIMEDOUT.
	 */
	int (*set_features)(struct driver *driver, uint32_t stream, unsigned features);
	unsigned (*features)(struct driver *driver, uint32_t stream);
	/*
	 * The same as attach() for requests of the stream with that PASID (1 to 2^20 - 1); domain 0: no such PASID any
	 * more. Taking it away: entry cleared, caches invalidated in the order of VT-d 6.5.3.3 or as IHI 0070 4.4 asks,
	 * device TLB invalidated; page requests are drain()'s. -ENODEV: FEATURE_PASID is off, or the PASID is beyond
	 * what unit or endpoint have; -EOPNOTSUPP: a domain that cannot serve a PASID here; -ENOMEM; -ETIMEDOUT.
	 */
	int (*attach_pasid)(struct driver *driver, uint32_t stream, uint32_t pasid, domain_handle domain);
	domain_handle (*attached_pasid)(struct driver *driver, uint32_t stream, uint32_t pasid);
	/*
	 * The next page request or stalled transaction that hardware has queued, in order; it is taken from the queue.
	 * False: there is none.
	 */
	bool (*fault_next)(struct driver *driver, struct driver_fault *out);
	/*
	 * Both or none (VT-d's driver hands no fault on): whom to tell of each event that fault_next() meets, and what
	 * the record is to somebody who knows the requester by that number.
	 */
	void (*hear)(struct driver *driver,
		     void (*told)(void *context, uint16_t unit, const struct driver_event *event), void *context);
	void (*event_rename)(uint64_t words[4], uint32_t stream);
	void (*hw_info)(struct driver *driver, struct driver_hw_info *out);
	/* What init() found: no register is read for it. */
	void (*abilities)(struct driver *driver, struct driver_abilities *out);
	/* The answer. Page requests: the last of its group alone is answered. -EIO: hardware refused it; -ETIMEDOUT. */
	int (*fault_respond)(struct driver *driver, const struct driver_fault *fault, enum page_response_code code);
	/*
	 * Nothing of (stream, pasid) is in flight to the unit's queues any more when it returns (VT-d 7.10; IHI 0070:
	 * stop marker or PRI queue emptied): what is queued for it is handed to `rest` and left to the caller, which
	 * has to answer or to discard it. Others' requests stay queued in their order. PASID_NONE: without PASID.
	 * -ETIMEDOUT.
	 */
	int (*drain)(struct driver *driver, uint32_t stream, uint32_t pasid,
		     void (*rest)(void *context, const struct driver_fault *fault), void *context);
	/*
	 * Lets the requester raise `vector` at `destination` with its message number `index` (below 2048); *message is
	 * what it has to write. VT-d: an entry of the interrupt-remapping table with its source checked, where
	 * remapping is on, else a compatibility message. SMMUv3: the message is the doorbell's and is left as it is: 0
	 * is returned and nothing done. -ENOSPC: no entry left. Again with the same index: the entry changes, and is
	 * invalidated.
	 */
	int (*interrupt_map)(struct driver *driver, uint32_t stream, uint32_t index, uint8_t vector,
			     uint32_t destination, struct msi_message *message);
	int (*interrupt_unmap)(struct driver *driver, uint32_t stream, uint32_t index);

	/*
	 * iova, pa, bytes: multiples of 4096; permissions: PERM_READ, PERM_WRITE, and PT_NON_SECURE where `realm`.
	 * -EINVAL: outside the geometry, or the domain has no table; -EEXIST: mapped; -ENOMEM; -ETIMEDOUT. All or
	 * nothing.
	 */
	int (*map)(struct driver *driver, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes,
		   unsigned permissions);
	/*
	 * Removes the leaves; gather says what has to be invalidated before pages may be reused. Splits larger leaves.
	 * -EINVAL: as map, or gather holds ranges of another domain; -ENOMEM: a split found no memory. All or nothing.
	 */
	int (*unmap)(struct driver *driver, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather);
	/*
	 * Invalidates what was gathered, waits, frees the table pages, and empties the gather. -ETIMEDOUT; -EIO:
	 * hardware refused the command. On an error the gather is as before, for another try.
	 */
	int (*sync)(struct driver *driver, struct gather *gather);
	/* The whole domain (the flush queue's way). */
	int (*flush_domain)(struct driver *driver, domain_handle domain);
	/* The driver's own table: false if iova is not mapped. */
	bool (*lookup)(struct driver *driver, domain_handle domain, uint64_t iova, uint64_t *pa);
	/* Table pages of the domain (root included), 0 for blocked and identity. */
	uint32_t (*table_pages)(struct driver *driver, domain_handle domain);
	/*
	 * The domain whose table has its root there. A number that is no root and below 2^16 is a tag: the domain that
	 * has it (tags begin at 1). 0: none alive.
	 */
	domain_handle (*domain_by_root)(struct driver *driver, uint64_t root);
	void (*inject)(struct driver *driver, unsigned bugs); /* enum inject, until the next call */
	/*
	 * What lies in queues and is done, or was taken, is forgotten, and where they go on; see struct iommu_ops.
	 * Called before the unit's.
	 */
	void (*forget_done)(struct driver *driver);
};

struct driver {
	const struct driver_ops *ops;
	uint16_t index;
};

extern const struct driver_ops vtd_driver_ops;
extern const struct driver_ops smmuv3_driver_ops;
const struct driver_ops *driver_ops_of(enum iommu_kind kind);

#endif
