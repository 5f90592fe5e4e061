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
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

enum inject { /* one bug, on for one step */
	      INJECT_SKIP_IOTLB_FLUSH = 1 << 0,
	      INJECT_SKIP_DEVTLB_FLUSH = 1 << 1,
	      INJECT_SKIP_SYNC = 1 << 2, /* invalidations are submitted, nobody waits for them */
};

/* The driver's way to its unit; filled in by the runner. */
struct driver_port {
	void *unit;
	uint64_t (*read_register)(void *unit, uint32_t offset, unsigned width);
	void (*write_register)(void *unit, uint32_t offset, unsigned width, uint64_t value);
	bool (*advance)(void *unit); /* lets hardware do its next event; false: idle */
};

enum domain_type {
	DOMAIN_BLOCKED,     /* every request faults: not-present context, or an empty table where `blocked_as_table` */
	DOMAIN_IDENTITY,    /* pass-through */
	DOMAIN_DMA,         /* the kernel's DMA API */
	DOMAIN_USER,        /* managed for a user */
	DOMAIN_NEST_PARENT, /* a user's second stage, that guests' first stages may be nested in */
	DOMAIN_NESTED,      /* a guest's own first stage over a parent: only domain_nest() makes it */
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

struct driver_config {
	uint16_t index; /* unit in the machine */
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames; /* shared by all drivers */
	struct driver_port port;
	struct effect_hook *hook;
	uint32_t max_domains, max_streams;
	enum driver_stage stage;
};

struct domain_geometry {
	uint64_t first, last; /* IOVAs that the table can translate */
	uint64_t page_sizes;  /* bit n: 2^n bytes */
	bool enforce_snoop;
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

	/* -ENOMEM, -ENOSPC (no tag left), -EOPNOTSUPP (no pass-through in hardware, no such stage, ...). */
	int (*domain_alloc)(struct driver *driver, enum domain_type type, domain_handle *out);
	/*
	 * A guest's first stage over a DOMAIN_NEST_PARENT, which cannot be freed before it. It has no table of the
	 * driver's: flush_domain() drops what hardware cached of the guest's. May be NULL: no nesting. -EOPNOTSUPP: the
	 * unit cannot; -EINVAL: no such parent, or it is of another type; -EIO: what the guest says is none of what a
	 * guest may; -ENOMEM.
	 */
	int (*domain_nest)(struct driver *driver, domain_handle parent, const struct domain_guest *guest,
			   domain_handle *out);
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
	 * stream lies outside what the unit can hold. -ETIMEDOUT: hardware did not finish; the structures are changed.
	 */
	int (*attach)(struct driver *driver, uint32_t stream, domain_handle domain);
	domain_handle (*attached)(struct driver *driver, uint32_t stream);

	/*
	 * iova, pa, bytes: multiples of 4096; permissions: PERM_READ, PERM_WRITE. -EINVAL: outside the geometry, or the
	 * domain has no table; -EEXIST: mapped; -ENOMEM; -ETIMEDOUT. All or nothing.
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
};

struct driver {
	const struct driver_ops *ops;
	uint16_t index;
};

extern const struct driver_ops vtd_driver_ops;
extern const struct driver_ops smmuv3_driver_ops;
const struct driver_ops *driver_ops_of(enum iommu_kind kind);

#endif
