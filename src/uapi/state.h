/* SPDX-License-Identifier: MIT */
/*
 * What the front ends, the DMA API and the ownership rules share: the state behind struct uapi. All that a run changes
 * lies in the arena, in arrays that are as long as the machine's, and in pools.
 *
 * A group is the unit of ownership. Each device with an IOMMU has a home group, as the group rule computes it, and
 * a group that it is owned by: the same, unless it goes its own way (no check is made at all, or one was skipped).
 */
#ifndef IOSIM_UAPI_STATE_H
#define IOSIM_UAPI_STATE_H

#include "base/assert.h"
#include "uapi/area.h"
#include "uapi/front_end.h"
#include "uapi/uapi.h"

#include <stdbool.h>
#include <stdint.h>

#define GROUP_NONE       UINT32_MAX
#define UNIT_PAGE_BYTES  UINT64_C(4096)
#define FLUSH_QUEUE_MAX  255u   /* entries of a ring of 256 */
#define UAPI_MAX_PASIDS  65536u /* bound at once, of all devices */
#define UAPI_MAX_MMS     4096u
#define UAPI_MAX_VPASIDS 4096u
#define UAPI_MAX_PINS    4096u
#define UAPI_MAX_TOUCHED 4096u
#define UAPI_MAX_PENDING 4096u  /* page requests that users have to answer */
#define UAPI_MAX_EVENTS  4096u  /* of vIOMMUs, not read yet */
#define SPACE_AREAS_MAX  65535u /* type1's limit of mappings a container */

/* What serves the members of a group. */
enum group_state {
	GROUP_DEFAULT, /* the kernel's default domain */
	GROUP_BLOCKED, /* the blocking domain */
	GROUP_SPACE,   /* the domains of `space` */
	GROUP_LEFT,    /* whatever served them before: nobody moved them (CLAIM_KEEP_DEFAULT) */
};

struct group_target {
	enum group_state state;
	space_handle space;
};

struct uapi_group {
	uint32_t members;       /* devices and ports that have it as home or owner; 0: free */
	uint32_t claims;        /* by `owner` */
	space_handle space;     /* GROUP_SPACE */
	space_handle container; /* type1: which the group is in; 0 none */
	uint16_t owner;         /* user who owns its DMA; MACHINE_NONE */
	uint16_t opened_by;     /* type1: who has the group open; MACHINE_NONE */
	uint32_t dma_domain;    /* home: default domain on its unit, slot; 0 none yet */
	uint8_t state;          /* enum group_state */
	bool untrusted;         /* home: a member is not trusted */
	uint8_t dma_type;       /* home: KERNEL_DMA_* that was asked for, + 1; 0: as the rules say */
	uint8_t before;         /* DETACH_TO_PREVIOUS: enum group_state before the last attach */
	space_handle space_before;
};

struct uapi_device {
	uint32_t home;       /* group by the rule; GROUP_NONE: no IOMMU, not present, or an mdev */
	uint32_t group;      /* group that owns it */
	uint32_t dma_domain; /* default domain, slot; 0 none yet */
	space_handle space;  /* attached by its own attach */
	uint16_t user;       /* who has it open; MACHINE_NONE */
	uint16_t bound_for;  /* kernel driver: on whose behalf; MACHINE_NONE */
	uint8_t driver;      /* enum device_driver: bound now */
	bool present;
	bool resetting; /* between the two ends of a reset */
	bool parked;    /* and in blocking domains meanwhile, whatever serves its group */
	bool named;     /* its user's guest knows it by a number */
	bool in_kvm;    /* KVM was told that it belongs to its user's guest */
	bool deferred;  /* what another kernel left serves it, until something is mapped for it */
	uint8_t padding[1];
	uint32_t guest_id;    /* that number */
	space_handle vdevice; /* which has an object of its own; 0: that of the owner's vIOMMU without a name */
};

/* What a PASID of a device is bound to. Slot of a pool. */
struct uapi_pasid {
	uint32_t pasid;
	space_handle space; /* 0: SVA, the address space of `owner` */
	uint16_t device;
	uint16_t owner;
	uint32_t users; /* SVA: binds that were not undone yet */
};

/* What a VM's CPUs put in place of a guest's PASID. Slot of a pool. */
struct uapi_vpasid {
	uint32_t vpasid, pasid;
	uint16_t vm;
	uint8_t padding[2];
};

/* A page that the driver of an mdev has pinned. Slot of a pool. */
struct uapi_pin {
	uint64_t iova;
	space_handle space;
	uint32_t count; /* as often as it was pinned */
	uint16_t device;
	uint16_t memory;
	uint8_t padding[4];
};

/* A process's address space on a unit. Slot of a pool. */
struct uapi_mm {
	domain_handle domain;
	uint32_t users; /* PASIDs that are bound to it */
	uint16_t owner; /* MACHINE_NONE: given up, but the unit would not let it go yet */
	uint16_t unit;
};

/* A page request that a user has to answer, since the user's space serves the PASID. Slot of a pool. */
struct uapi_pending {
	struct driver_fault fault;
	uint16_t device;
	uint16_t unit;
	bool failed; /* instead: nobody is asked, but an earlier request of this group could not be served */
	uint8_t padding[3];
	space_handle queue; /* that it is in; 0: the owner of the space is asked without one */
	uint32_t sequence;  /* in the queue: when it came, from 1 on */
	uint32_t group;     /* that of the last of its group; 0: that has not come yet */
	uint32_t cookie;    /* it was read, and is to be answered by this; 0: not yet */
};

/* An event of a vIOMMU that was not read yet. Slot of a pool. */
struct uapi_event {
	uint64_t words[4];
	space_handle queue;
	uint32_t sequence;
};

/* A device's interrupt message. */
struct uapi_vector {
	uint64_t address;
	uint32_t data;
	bool open;
	uint8_t padding[3];
};

struct uapi_unit {
	domain_handle blocking, identity; /* 0: none made yet */
	bool enabled;
	bool placed;  /* its devices are in their domains */
	bool pending; /* they will be with the kernel's next action */
	uint8_t padding[1];
};

struct uapi_memory {
	uint16_t owner; /* MACHINE_NONE: free */
	bool shared;    /* copy-on-write: it is its owner's and a child's, and neither has written it since the fork */
	bool write_faults; /* its owner's tables have it for reading: see fork.h */
	uint32_t pins;     /* areas and drivers of mdevs that pin it */
	uint32_t dma_maps; /* areas of the DMA API that a driver holds */
	bool faulted_in;   /* its owner's address space has a page behind it */
	bool unmapped;     /* and now not even an area */
	bool given;        /* it went on to its next owner: whom it was shared with has lost it */
	bool taken_out;    /* by its owner: no call that takes an address of its finds the object */
};

struct uapi_owner {
	space_handle implied; /* made by dma-map; 0 none */
	uint32_t mm_pasid;    /* of its address space, on all devices; 0 none */
	uint32_t loaded;      /* in its CPUs' registers; 0 none */
	space_handle compat;  /* iommufd: what VFIO's calls mean; may be stale; 0 none */
	uint8_t accounting;   /* iommufd: RLIMIT_MODE */
	bool translates;      /* a VM: its CPUs replace guests' PASIDs */
	bool gone;            /* it has ended, and children have its files open */
	bool forked;          /* a child: it is there */
	uint32_t children;    /* that are there */
};

enum space_flag {
	SPACE_THROW_AWAY = 1 << 0, /* type1: the container that `take` needs; nothing is ever mapped */
	SPACE_IMPLIED = 1 << 1,    /* made by dma-map */
	SPACE_RAM = 1 << 2,        /* the owner's memory stays mapped */
	SPACE_PASID = 1 << 3,      /* its tables may serve PASIDs */
	SPACE_FAULTS = 1 << 4,     /* its page requests go to the user */
	SPACE_PARENT = 1 << 5,     /* its tables are second stages that guests' may be nested in */
	SPACE_NESTED = 1 << 6,     /* a guest's first stage in `parent`; nothing is mapped in it */
	SPACE_SHADOW = 1 << 7,     /* its areas lead to addresses of `parent`; the kernel composes both */
	SPACE_SMALL = 1 << 8,      /* iommufd: its tables have the smallest pages alone (HUGE_PAGES=0) */
	SPACE_FURNISHED = 1 << 9,  /* DOMAIN_ALLOC_ALLOC: its first table was made with it, and stays */
};

/*
 * What a handle names. An iommufd has one space of IDs for all objects, so they are rows of one pool; whoever takes a
 * handle asks for the kind. Of what is not OBJECT_SPACE nothing is ever mapped in the row itself.
 */
enum object_kind {
	OBJECT_SPACE, /* also a guest's first stage that attaching makes the table of */
	OBJECT_HWPT,  /* a page table with a call of its own; of a space (`parent`) or, SPACE_NESTED, of a guest */
	OBJECT_FAULT_QUEUE, /* page requests for the user to read and to answer */
	OBJECT_VIOMMU,      /* of the unit `unit`, over the table `parent` */
	OBJECT_VDEVICE,     /* a device's number in the vIOMMU `parent` */
	OBJECT_VEVENTQ,     /* events of the vIOMMU `parent` of one type */
};

struct space {
	uint32_t domains; /* slot of the first struct space_domain; 0 none */
	uint32_t areas;
	uint32_t emulated; /* attached mdevs: an IOMMU without a domain */
	uint16_t owner;
	uint16_t flags;      /* enum space_flag */
	space_handle parent; /* SPACE_NESTED, SPACE_SHADOW, or as enum object_kind says: it cannot go before this one */
	uint8_t pages;       /* sizes that its tables are to have, as uapi_space_wish.page_lg2_mask; 0: no wish */
	bool delegated;      /* it is a guest's table of PASIDs */
	uint8_t dirty;       /* enum space_dirty */
	uint8_t snoop;       /* enum uapi_snoop: what its tables are to do with No Snoop */
	uint64_t allowed_first, allowed_last; /* iommufd: addresses that may be picked; allowed_last 0: all */
	struct domain_guest guest;
	space_handle viommu;    /* OBJECT_HWPT: it was made in that one; 0 none */
	space_handle queue;     /* OBJECT_HWPT: where its page requests go; 0 none */
	uint16_t unit;          /* OBJECT_VIOMMU */
	uint8_t kind;           /* enum object_kind */
	bool lost;              /* OBJECT_VEVENTQ: the last thing in it says that events were lost */
	uint32_t events;        /* OBJECT_VEVENTQ: their type, enum uapi_event_type */
	uint32_t depth;         /* OBJECT_VEVENTQ: how many it holds */
	uint32_t sequence;      /* of what comes next into a queue */
	uint32_t lost_sequence; /* OBJECT_VEVENTQ: of `lost` */
	uint32_t padding;
};

enum space_dirty {
	SPACE_DIRTY_TABLES = 1 << 0,   /* its tables are made to say which pages were written */
	SPACE_DIRTY_TRACKING = 1 << 1, /* and its owner asked for that */
};

/* A page of a space that is tracked which the driver of an mdev had pinned since it was last asked about. */
struct uapi_touched {
	uint64_t iova;
	space_handle space;
	uint32_t padding;
};

/* A page table of a space: one a unit, or one a device (KNOB_DOMAIN_ALLOC_POINT). */
struct space_domain {
	space_handle space; /* 0: given up, but the unit would not let it go yet */
	domain_handle domain;
	space_handle table; /* the OBJECT_HWPT of `space` that it is; 0: attaching made it */
	uint32_t next;      /* of the same space, in the order in which they were made; 0 none */
	uint16_t unit;
	uint16_t device; /* whose own it is; MACHINE_NONE: the unit's */
};

/* The default domain of a home group on a unit. */
struct dma_domain {
	uint32_t group;
	domain_handle domain; /* 0: identity */
	uint32_t queued;      /* areas that wait for a flush */
	uint16_t unit;
	uint8_t mode; /* KERNEL_DMA_* */
	uint8_t padding;
};

/* Derived: what is known about free addresses, and how often a space's slot was used before. */
struct uapi_books {
	uint64_t space_hint[UAPI_MAX_SPACES];
	uint32_t space_turn[UAPI_MAX_SPACES];
	uint32_t group_hint; /* no home group below it is free */
};

struct plugin;

struct uapi {
	const struct machine *machine;
	struct arena *arena;
	struct rules rules;
	struct uapi_platform platform;
	struct driver **drivers; /* per IOMMU; NULL: no such hardware */
	const struct uapi_front_end *front;
	/* Whose calls are in front's place; NULL: front is built in. */
	const struct plugin *plugin;
	uint32_t *port_groups;  /* per port: configuration */
	uint16_t *package_next; /* per device: the next of its package, MACHINE_NONE after the last */
	bool any_alias;         /* some device has a requester ID alias */
	domain_handle *before;  /* per device: scratch of group_move() */
	uint32_t *first_vector; /* per device: in `vectors` */
	uint32_t vector_count;
	uint32_t group_rows;
	bool skip_viability;
	/* in the arena */
	struct uapi_device *devices;
	struct uapi_group *groups; /* first homes, then one a device for those that go their own way */
	struct uapi_unit *units;
	struct uapi_memory *memories;
	struct uapi_owner *owners;
	struct uapi_vector *vectors;
	struct uapi_books *books;
	uint64_t *dma_hint;  /* per default domain; derived */
	uint64_t *map_calls; /* per space; a statistic */
	/* A plug-in's own state; NULL: it has none. */
	uint8_t *plugin_devices, *plugin_spaces, *plugin_owners;
	struct areas areas;
	arena_pool_id spaces, space_domains, dma_domains, pasids, vpasids, mms, pins, pending, touched, events;
};

/* What every call for a device begins with: what boot left to do. -ENODEV: the device is not there. */
int uapi_enter_device(struct uapi *uapi, uint16_t device);

static inline bool uapi_kernel_is(const struct uapi *uapi, unsigned version)
{
	return uapi->rules.value[KNOB_KERNEL] >= version;
}

/* The driver of the unit that serves the device; NULL: none. */
static inline struct driver *device_unit(const struct uapi *uapi, uint16_t device)
{
	uint16_t unit = uapi->machine->devices[device].iommu;
	return unit == MACHINE_NONE ? NULL : uapi->drivers[unit];
}

static inline bool device_is_mdev(const struct uapi *uapi, uint16_t device)
{
	return uapi->machine->devices[device].kind == DEVICE_MDEV;
}

/* A kernel driver uses the device through the DMA API. */
static inline bool device_kernel_driven(const struct uapi *uapi, uint16_t device)
{
	return uapi->devices[device].present && uapi->devices[device].driver == DRIVER_HOST;
}

static inline struct space *space_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->spaces, slot);
}

static inline struct space_domain *space_domain_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->space_domains, slot);
}

static inline struct dma_domain *dma_domain_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->dma_domains, slot);
}

#endif
