/* SPDX-License-Identifier: MIT */
/*
 * A front end of your own: the rules of a user API that does not exist yet, in C, replayed on every scenario.
 *
 * A plug-in is a shared object that includes this header (nothing else of the library, nor GLib) and defines one
 * symbol, `ioasid_sim_front_end`. It says on which policy it builds (`base`) and has functions for those calls that it
 * answers otherwise; every other call is the base's. Loaded with `--uapi` or iosim_front_end_load(), it is a policy of
 * that name. It is code of the user's: it runs in this process and is trusted with it.
 *
 *   static int detach(iosim_call *call, iosim_owner owner, iosim_device device)
 *   {
 *           ... ask: iosim_device_user(), iosim_group_members() ...
 *           return iosim_base_detach(call, owner, device);
 *   }
 *
 *   const iosim_front_end ioasid_sim_front_end = {
 *           IOSIM_FRONT_END_VERSION, .name = "...", .summary = "...", .base = "iommufd", .detach = detach};
 *
 * Rules for the functions:
 *   - They return 0 or a negative errno value; IOSIM_CRASH: the simulated host is dead. Anything else reads as -EPROTO.
 *   - A call that fails has changed nothing.
 *   - The device of a call is present; a user's call about spaces is never about a device that a kernel driver drives.
 *   - What a base does within one of its calls does not come back: a base's replace() does not call your attach().
 *   - Whatever is to be remembered is in iosim_device_state() and its like: these bytes are saved, restored, hashed and
 *     compared with the simulated machine. A plug-in with variables of its own breaks every order but the first.
 *   - No pointers, addresses, times or random numbers go into them; the same calls get the same answers.
 */
#ifndef IOASID_SIM_FRONT_END_H
#define IOASID_SIM_FRONT_END_H

#include <ioasid-sim/api.h>

#include <stdbool.h>
#include <stdint.h>

IOSIM_BEGIN_DECLS

/*
 * The version of everything below. It changes when a plug-in that was built for another one could not run. What is
 * added at the ends of the two tables does not change it: their `bytes` say how much of them the other side has. A
 * plug-in of an older header runs, the base answers what is newer. One of a newer header is refused if it answers a
 * call that the library does not have; what it calls of `services`, it looks for in their `bytes` first.
 */
#define IOSIM_FRONT_END_ABI 1

typedef uint16_t iosim_owner;  /* a process, a VM; IOSIM_HOST: the kernel */
typedef uint16_t iosim_device; /* a function, a VF, an mdev: 0 to iosim_device_count() - 1 */
typedef uint32_t iosim_space;  /* what the base calls a container, an IOASID, an IOAS; 0: none */

#define IOSIM_HOST     ((iosim_owner)0)
#define IOSIM_NOBODY   ((iosim_owner)UINT16_MAX)
#define IOSIM_NO_GROUP UINT32_MAX
#define IOSIM_NO_INDEX UINT16_MAX
#define IOSIM_CRASH    (-100000)

#define IOSIM_STATE_BYTES_MAX 256

typedef struct iosim_services iosim_services;

/* One call that is being answered. Valid until the function returns. */
typedef struct iosim_call {
	const iosim_services *services;
} iosim_call;

/*
 * What is to be mapped: bytes of a memory object, or of a register window (BAR), by their index in the machine. Into a
 * space that the kernel nests in another: an address of that one, with IOSIM_NO_INDEX.
 */
typedef struct iosim_target {
	bool is_registers;
	uint16_t index;
	uint64_t offset;
} iosim_target;

enum { IOSIM_READ = 1, IOSIM_WRITE = 2 };

/* What a guest says of its first stage. Addresses are guest physical. */
typedef struct iosim_guest {
	uint64_t root;         /* VT-d: the first-stage table */
	uint64_t ste[2];       /* SMMUv3: words 0 and 1 of the guest's stream table entry */
	uint8_t address_width; /* VT-d: 48 or 57 */
} iosim_guest;

/* A guest's table of PASIDs, for hardware to walk. */
typedef struct iosim_guest_table {
	iosim_guest guest;
	iosim_space parent; /* translates the addresses in it, and those that its tables lead to */
	bool faults;        /* page requests of its PASIDs are the user's to answer */
} iosim_guest_table;

enum iosim_forget {
	IOSIM_FORGET_ALL,    /* of the first stage */
	IOSIM_FORGET_RANGE,  /* of it: [first, last] */
	IOSIM_FORGET_PASID,  /* the structures of a device for that PASID */
	IOSIM_FORGET_DEVTLB, /* a device's own cache */
	IOSIM_FORGET_CONFIG  /* all structures of a device */
};
enum iosim_forget_of { IOSIM_OF_SPACE, IOSIM_OF_DEVICE, IOSIM_OF_ID };

/* A guest's request that cached translations be forgotten, as its owner hands it on. */
typedef struct iosim_invalidation {
	uint32_t what, of; /* enum iosim_forget; enum iosim_forget_of: which of the next three counts */
	iosim_space space;
	iosim_device device;
	uint32_t id;          /* as vdevice named a device; where no device is meant the VMID that the guest wrote */
	uint32_t pasid;       /* IOSIM_NO_PASID: none */
	uint64_t first, last; /* 0 and UINT64_MAX: all addresses */
} iosim_invalidation;

#define IOSIM_NO_PASID   UINT32_MAX
#define IOSIM_RANGES_MAX 64

/* Addresses at which something can be mapped. */
typedef struct iosim_ranges {
	uint32_t room;  /* in: for so many */
	uint32_t count; /* all that there are; only the first `room` of them, at most IOSIM_RANGES_MAX, are told */
	uint64_t alignment;
	uint64_t first[IOSIM_RANGES_MAX], last[IOSIM_RANGES_MAX];
} iosim_ranges;

enum iosim_space_flag {
	IOSIM_SPACE_RAM = 1 << 0,         /* keep the owner's memory mapped at its guest addresses */
	IOSIM_SPACE_PASID = 1 << 1,       /* its page tables are to serve PASIDs */
	IOSIM_SPACE_FAULTS = 1 << 2,      /* its page requests are the user's to answer */
	IOSIM_SPACE_NEST_PARENT = 1 << 3, /* guests' first stages are to be nested in it */
	IOSIM_SPACE_IMPLIED = 1 << 4      /* for want of one that the user made */
};

enum iosim_driver {
	IOSIM_DRIVER_NONE,
	IOSIM_DRIVER_USER,  /* one that hands the device to users */
	IOSIM_DRIVER_STUB,  /* it does nothing */
	IOSIM_DRIVER_KERNEL /* it drives the device */
};

enum iosim_feature { IOSIM_HAS_ATS = 1 << 0, IOSIM_HAS_PAGE_REQUESTS = 1 << 1, IOSIM_HAS_PASID = 1 << 2 };

/*
 * The front end. `abi` and `bytes` are first in every version (IOSIM_FRONT_END_VERSION fills them in).
 *
 * name: as policies are named: a-z, 0-9 and '-', at most 31; no policy has it yet. base: the policy that answers the
 * rest ("list policies"). settings: NULL, or a NULL-terminated array of "knob=value" that differ from the base's
 * ("list knobs"). The state sizes: bytes for each device, space and owner, at most IOSIM_STATE_BYTES_MAX, zero at
 * first.
 *
 * The functions may be NULL: the base answers.
 *   take          the owner wants the device; 0: it has it, register access and all
 *   release       the owner has closed it, or is gone; it cannot fail, so the base's has to be called
 *   mmap          a register page of a device that the owner does not have
 *   probe         a kernel driver is about to bind; 0: what the base says (there is no iosim_base_probe())
 *   space         a new, empty space; a plug-in gets here too when a user maps memory without having made one
 *   map           `iova` and `bytes` are as the user gave them
 *   unmap         *unmapped: how many bytes went
 *   copy          a mapping of one space becomes one of another
 *   nest          a space over another; `guest`: the first stage that hardware is to walk; NULL: the kernel composes
 *                 the tables of the mappings of the new space
 *   vdevice       the guest knows the device by that number
 *   invalidate    first <= last; the device of a request is present and has an IOMMU
 *   pasid_table   the device's PASIDs are what the guest's table says; a nested space stands for it
 *   pin           the driver of an open mdev wants the page at that address (a page's first) of what its user mapped;
 *                 *target: memory that is pinned. That it is given back is no call of a front end
 *   dirty_start   from now on pages that are written are to be told of
 *   dirty_read    *dirty: whether the page at that address (its first) was; clear: and is not any more
 *   allow         addresses that the front end picks are in that range; bytes 0: anywhere
 *   ranges        -EMSGSIZE: there are more than there is room for
 *   map_file      as map, whoever has the object mapped
 */
typedef struct iosim_front_end {
	uint32_t abi, bytes;
	const char *name, *summary, *base;
	const char *const *settings;
	uint32_t device_state_bytes, space_state_bytes, owner_state_bytes;
	uint32_t padding;
	int (*take)(iosim_call *call, iosim_owner owner, iosim_device device);
	void (*release)(iosim_call *call, iosim_owner owner, iosim_device device);
	int (*mmap)(iosim_call *call, iosim_owner owner, iosim_device device);
	int (*probe)(iosim_call *call, iosim_device device);
	int (*space)(iosim_call *call, iosim_owner owner, unsigned flags, iosim_space *out);
	int (*destroy)(iosim_call *call, iosim_owner owner, iosim_space space);
	int (*attach)(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space);
	int (*detach)(iosim_call *call, iosim_owner owner, iosim_device device);
	int (*replace)(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space);
	int (*attach_pasid)(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid,
			    iosim_space space);
	int (*detach_pasid)(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid);
	int (*replace_pasid)(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid,
			     iosim_space space);
	int (*map)(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, const iosim_target *target,
		   uint64_t bytes, unsigned permissions);
	int (*unmap)(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, uint64_t bytes,
		     uint64_t *unmapped);
	int (*copy)(iosim_call *call, iosim_owner owner, iosim_space to, uint64_t to_iova, iosim_space from,
		    uint64_t from_iova, uint64_t bytes, unsigned permissions);
	/* A plug-in that was built before there were these has them NULL. */
	int (*nest)(iosim_call *call, iosim_owner owner, iosim_space parent, const iosim_guest *guest,
		    iosim_space *out);
	int (*vdevice)(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t id);
	int (*invalidate)(iosim_call *call, iosim_owner owner, const iosim_invalidation *what);
	int (*pasid_table)(iosim_call *call, iosim_owner owner, iosim_device device, const iosim_guest_table *table,
			   iosim_space *out);
	int (*pin)(iosim_call *call, iosim_device device, uint64_t iova, unsigned permissions, iosim_target *target);
	int (*dirty_start)(iosim_call *call, iosim_owner owner, iosim_space space);
	int (*dirty_read)(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, bool clear,
			  bool *dirty);
	int (*allow)(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, uint64_t bytes);
	int (*ranges)(iosim_call *call, iosim_owner owner, iosim_space space, iosim_ranges *out);
	int (*map_file)(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
			const iosim_target *target, uint64_t bytes, unsigned permissions);
} iosim_front_end;

#define IOSIM_FRONT_END_VERSION IOSIM_FRONT_END_ABI, (uint32_t)sizeof(iosim_front_end)
#define IOSIM_FRONT_END_SYMBOL  "ioasid_sim_front_end"

/* What a plug-in defines. The library does not have it. */
extern IOSIM_API const iosim_front_end ioasid_sim_front_end;

/* The services behind the functions below, which are how a plug-in calls them. */
struct iosim_services {
	uint32_t abi, bytes;
	/* Calls of the base; -ENOTTY: it has no such call. */
	const iosim_front_end *base;
	/* Questions. */
	unsigned (*device_count)(const iosim_call *call);
	const char *(*device_name)(const iosim_call *call, iosim_device device);
	bool (*device_present)(const iosim_call *call, iosim_device device);
	enum iosim_driver (*device_driver)(const iosim_call *call, iosim_device device);
	iosim_owner (*device_user)(const iosim_call *call, iosim_device device);
	iosim_space (*device_space)(const iosim_call *call, iosim_device device);
	iosim_space (*pasid_space)(const iosim_call *call, iosim_device device, uint32_t pasid);
	uint16_t (*device_parent)(const iosim_call *call, iosim_device device);
	uint16_t (*device_iommu)(const iosim_call *call, iosim_device device);
	unsigned (*device_features)(const iosim_call *call, iosim_device device);
	bool (*device_trusted)(const iosim_call *call, iosim_device device);
	bool (*path_redirects)(const iosim_call *call, iosim_device device);
	bool (*same_requester)(const iosim_call *call, iosim_device one, iosim_device other);
	bool (*can_reach)(const iosim_call *call, iosim_device one, iosim_device other);
	uint32_t (*group)(const iosim_call *call, iosim_device device);
	unsigned (*group_members)(const iosim_call *call, uint32_t group, iosim_device *members, unsigned max);
	const char *(*owner_name)(const iosim_call *call, iosim_owner owner);
	bool (*owner_is_guest)(const iosim_call *call, iosim_owner owner);
	iosim_owner (*space_owner)(const iosim_call *call, iosim_space space);
	unsigned (*space_flags)(const iosim_call *call, iosim_space space);
	bool (*space_maps)(const iosim_call *call, iosim_space space, uint64_t first, uint64_t last);
	bool (*space_in_use)(const iosim_call *call, iosim_space space);
	const char *(*knob)(const iosim_call *call, const char *name);
	/* State. */
	void *(*device_state)(iosim_call *call, iosim_device device);
	void *(*space_state)(iosim_call *call, iosim_space space);
	void *(*owner_state)(iosim_call *call, iosim_owner owner);
	/* Acts. */
	void (*skip_group_rule)(iosim_call *call, bool skip);
	int (*block)(iosim_call *call, iosim_device device);
	int (*unblock)(iosim_call *call, iosim_device device);
	/* More questions, added later. */
	iosim_space (*space_parent)(const iosim_call *call, iosim_space space);
	bool (*device_id)(const iosim_call *call, iosim_device device, uint32_t *id);
};

/* --- the base's answers --- */

static inline int iosim_base_take(iosim_call *call, iosim_owner owner, iosim_device device)
{
	return call->services->base->take(call, owner, device);
}

static inline void iosim_base_release(iosim_call *call, iosim_owner owner, iosim_device device)
{
	call->services->base->release(call, owner, device);
}

static inline int iosim_base_mmap(iosim_call *call, iosim_owner owner, iosim_device device)
{
	return call->services->base->mmap(call, owner, device);
}

static inline int iosim_base_space(iosim_call *call, iosim_owner owner, unsigned flags, iosim_space *out)
{
	return call->services->base->space(call, owner, flags, out);
}

static inline int iosim_base_destroy(iosim_call *call, iosim_owner owner, iosim_space space)
{
	return call->services->base->destroy(call, owner, space);
}

static inline int iosim_base_attach(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space)
{
	return call->services->base->attach(call, owner, device, space);
}

static inline int iosim_base_detach(iosim_call *call, iosim_owner owner, iosim_device device)
{
	return call->services->base->detach(call, owner, device);
}

static inline int iosim_base_replace(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space)
{
	return call->services->base->replace(call, owner, device, space);
}

static inline int iosim_base_attach_pasid(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid,
					  iosim_space space)
{
	return call->services->base->attach_pasid(call, owner, device, pasid, space);
}

static inline int iosim_base_detach_pasid(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid)
{
	return call->services->base->detach_pasid(call, owner, device, pasid);
}

static inline int iosim_base_replace_pasid(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid,
					   iosim_space space)
{
	return call->services->base->replace_pasid(call, owner, device, pasid, space);
}

static inline int iosim_base_map(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
				 const iosim_target *target, uint64_t bytes, unsigned permissions)
{
	return call->services->base->map(call, owner, space, iova, target, bytes, permissions);
}

static inline int iosim_base_unmap(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
				   uint64_t bytes, uint64_t *unmapped)
{
	return call->services->base->unmap(call, owner, space, iova, bytes, unmapped);
}

static inline int iosim_base_copy(iosim_call *call, iosim_owner owner, iosim_space to, uint64_t to_iova,
				  iosim_space from, uint64_t from_iova, uint64_t bytes, unsigned permissions)
{
	return call->services->base->copy(call, owner, to, to_iova, from, from_iova, bytes, permissions);
}

static inline int iosim_base_nest(iosim_call *call, iosim_owner owner, iosim_space parent, const iosim_guest *guest,
				  iosim_space *out)
{
	return call->services->base->nest(call, owner, parent, guest, out);
}

static inline int iosim_base_vdevice(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t id)
{
	return call->services->base->vdevice(call, owner, device, id);
}

static inline int iosim_base_invalidate(iosim_call *call, iosim_owner owner, const iosim_invalidation *what)
{
	return call->services->base->invalidate(call, owner, what);
}

static inline int iosim_base_pasid_table(iosim_call *call, iosim_owner owner, iosim_device device,
					 const iosim_guest_table *table, iosim_space *out)
{
	return call->services->base->pasid_table(call, owner, device, table, out);
}

static inline int iosim_base_pin(iosim_call *call, iosim_device device, uint64_t iova, unsigned permissions,
				 iosim_target *target)
{
	return call->services->base->pin(call, device, iova, permissions, target);
}

static inline int iosim_base_dirty_start(iosim_call *call, iosim_owner owner, iosim_space space)
{
	return call->services->base->dirty_start(call, owner, space);
}

static inline int iosim_base_dirty_read(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
					bool clear, bool *dirty)
{
	return call->services->base->dirty_read(call, owner, space, iova, clear, dirty);
}

static inline int iosim_base_allow(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
				   uint64_t bytes)
{
	return call->services->base->allow(call, owner, space, iova, bytes);
}

static inline int iosim_base_ranges(iosim_call *call, iosim_owner owner, iosim_space space, iosim_ranges *out)
{
	return call->services->base->ranges(call, owner, space, out);
}

static inline int iosim_base_map_file(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
				      const iosim_target *target, uint64_t bytes, unsigned permissions)
{
	return call->services->base->map_file(call, owner, space, iova, target, bytes, permissions);
}

/* --- devices; an index that is none reads as absent --- */

static inline unsigned iosim_device_count(const iosim_call *call)
{
	return call->services->device_count(call);
}

/* As the scenario names it. */
static inline const char *iosim_device_name(const iosim_call *call, iosim_device device)
{
	return call->services->device_name(call, device);
}

static inline bool iosim_device_present(const iosim_call *call, iosim_device device)
{
	return call->services->device_present(call, device);
}

/* What is bound to it now. */
static inline enum iosim_driver iosim_device_driver(const iosim_call *call, iosim_device device)
{
	return call->services->device_driver(call, device);
}

/* The user who has it open; IOSIM_NOBODY. */
static inline iosim_owner iosim_device_user(const iosim_call *call, iosim_device device)
{
	return call->services->device_user(call, device);
}

/* The space that it was attached to by a call of its own; 0. */
static inline iosim_space iosim_device_space(const iosim_call *call, iosim_device device)
{
	return call->services->device_space(call, device);
}

/* The space behind one of its PASIDs; 0: none is, or a process's own address space. */
static inline iosim_space iosim_pasid_space(const iosim_call *call, iosim_device device, uint32_t pasid)
{
	return call->services->pasid_space(call, device, pasid);
}

/* Of a VF its PF, of an mdev the function behind it; IOSIM_NO_INDEX. */
static inline uint16_t iosim_device_parent(const iosim_call *call, iosim_device device)
{
	return call->services->device_parent(call, device);
}

/* The unit that serves it; IOSIM_NO_INDEX: none does. */
static inline uint16_t iosim_device_iommu(const iosim_call *call, iosim_device device)
{
	return call->services->device_iommu(call, device);
}

/* enum iosim_feature: what it can do, not what is switched on. */
static inline unsigned iosim_device_features(const iosim_call *call, iosim_device device)
{
	return call->services->device_features(call, device);
}

static inline bool iosim_device_trusted(const iosim_call *call, iosim_device device)
{
	return call->services->device_trusted(call, device);
}

/* ACS: everything on its way to the root redirects requests and forwards them upstream. */
static inline bool iosim_path_redirects(const iosim_call *call, iosim_device device)
{
	return call->services->path_redirects(call, device);
}

/* The IOMMU cannot tell their requests apart: one requester ID, after bridges and aliases. */
static inline bool iosim_same_requester(const iosim_call *call, iosim_device one, iosim_device other)
{
	return call->services->same_requester(call, one, other);
}

/* They can reach each other past the IOMMU, or over others who can (the group rule `reachable_set`). */
static inline bool iosim_can_reach(const iosim_call *call, iosim_device one, iosim_device other)
{
	return call->services->can_reach(call, one, other);
}

/* The group that the kernel computes (knob group_rule); IOSIM_NO_GROUP: mdevs, and what no IOMMU serves. */
static inline uint32_t iosim_group(const iosim_call *call, iosim_device device)
{
	return call->services->group(call, device);
}

/* The present members in the machine's order, at most `max`; returns how many there are. */
static inline unsigned iosim_group_members(const iosim_call *call, uint32_t group, iosim_device *members, unsigned max)
{
	return call->services->group_members(call, group, members, max);
}

/* --- owners, spaces, settings --- */

static inline const char *iosim_owner_name(const iosim_call *call, iosim_owner owner)
{
	return call->services->owner_name(call, owner);
}

static inline bool iosim_owner_is_guest(const iosim_call *call, iosim_owner owner)
{
	return call->services->owner_is_guest(call, owner);
}

/* IOSIM_NOBODY: there is no such space (any more). */
static inline iosim_owner iosim_space_owner(const iosim_call *call, iosim_space space)
{
	return call->services->space_owner(call, space);
}

/* enum iosim_space_flag; 0: there is no such space. */
static inline unsigned iosim_space_flags(const iosim_call *call, iosim_space space)
{
	return call->services->space_flags(call, space);
}

/* Whether anything is mapped in [first, last]. */
static inline bool iosim_space_maps(const iosim_call *call, iosim_space space, uint64_t first, uint64_t last)
{
	return call->services->space_maps(call, space, first, last);
}

/* Whether a device or a PASID is attached to it, or something is nested in it. */
static inline bool iosim_space_in_use(const iosim_call *call, iosim_space space)
{
	return call->services->space_in_use(call, space);
}

/* What it is nested in; 0: nothing, or there is no such space. */
static inline iosim_space iosim_space_parent(const iosim_call *call, iosim_space space)
{
	return call->services->space_parent(call, space);
}

/* The number by which its user's guest knows it (vdevice); false: it was given none. */
static inline bool iosim_device_id(const iosim_call *call, iosim_device device, uint32_t *id)
{
	return call->services->device_id(call, device, id);
}

/* The value of a knob in this run, by name: iosim_knob(call, "kernel") may be "7.0"; NULL: there is no such knob. */
static inline const char *iosim_knob(const iosim_call *call, const char *name)
{
	return call->services->knob(call, name);
}

/* --- the plug-in's own state; NULL: its size was given as 0, or there is no such thing --- */

/* Of a device: for the whole run, plugged in or not. */
static inline void *iosim_device_state(iosim_call *call, iosim_device device)
{
	return call->services->device_state(call, device);
}

/* Of a space: as long as there is the space. */
static inline void *iosim_space_state(iosim_call *call, iosim_space space)
{
	return call->services->space_state(call, space);
}

static inline void *iosim_owner_state(iosim_call *call, iosim_owner owner)
{
	return call->services->owner_state(call, owner);
}

/* --- acts --- */

/*
 * From here to the end of this call, or until it is taken back, the base asks nothing about groups: a device is taken
 * though others have its siblings, and attached where one space a group is the rule. Where the base moves whole
 * groups by one call, it still does.
 */
static inline void iosim_skip_group_rule(iosim_call *call, bool skip)
{
	call->services->skip_group_rule(call, skip);
}

/*
 * What a user owns, the device or with it its group as the base's attach would have it, into the blocking domain
 * although it stays attached; and back to what it is attached to. -EINVAL: nobody owns it, or it is an mdev; unblock:
 * it is not blocked by iosim_block(), or attached to nothing; -EBUSY: it is being reset; errors of the unit's driver. A
 * detach or another attach ends the block.
 */
static inline int iosim_block(iosim_call *call, iosim_device device)
{
	return call->services->block(call, device);
}

static inline int iosim_unblock(iosim_call *call, iosim_device device)
{
	return call->services->unblock(call, device);
}

IOSIM_END_DECLS

#endif
