/* SPDX-License-Identifier: MIT */
/*
 * The reference model: what each owner asked for and was granted, and nothing else. It is fed by the runner from
 * intents and the return codes of calls, never by a front end or a driver, and it knows no page table. From that it
 * answers who owns a device, what a request was meant to reach, what its owner may reach at all, and which devices can
 * reach each other behind the IOMMU's back (a closure over the declared machine, not the kernel's group algorithm).
 *
 * All state is in the arena. Time is the step number. Indexes are the machine's and must be valid; a space may be any
 * number, and a dead one is ignored. What an intent asks for may be nonsense (empty or wrapping ranges, targets beyond
 * their object): it then means and grants nothing.
 *
 * Two kinds of facts must not be mixed. A *meaning* is what the present owner of a device wants an address to be. A
 * *grant* is what an owner may reach at all; an owner cannot grant itself what is not its own, so a user's area gives
 * no right to memory that was somebody else's when it was mapped. What a kernel driver maps is the kernel's decision
 * and grants.
 */
#ifndef IOSIM_MODEL_MODEL_H
#define IOSIM_MODEL_MODEL_H

#include "base/arena.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define MODEL_NEUTRAL    UINT16_MAX /* nobody drives the device */
#define MODEL_NO_PASID   UINT32_MAX /* of requests without one, as MACHINE_NO_PASID */
#define MODEL_MAX_SPACES 4096
#define MODEL_MAX_AREAS  65536

typedef uint32_t model_space; /* 0: none */

/* Bytes of a memory object, of a BAR, or of a firmware range (index of machine_reserved, as hit.firmware). */
struct model_target {
	enum { MODEL_NOTHING, MODEL_MEMORY, MODEL_BAR, MODEL_FIRMWARE } kind;
	uint16_t index;
	uint64_t offset;
};

enum { MODEL_READ = 1, MODEL_WRITE = 2 };

/* The machine is finished and outlives the model. Devices of `driver: host` begin driven by MACHINE_HOST. */
struct model *model_new(struct arena *arena, const struct machine *machine);
void model_free(struct model *model);
/* More areas than MODEL_MAX_AREAS were alive at once: from then on the model knows too few grants. */
bool model_overflowed(const struct model *model);

/* --- intents that succeeded --- */
/* The step number that facts are stamped with; increasing. */
void model_step(struct model *model, uint32_t step);
/* Register access from here on. Whoever had the device before has lost it. */
void model_take(struct model *model, uint16_t owner, uint16_t device);
/*
 * Ends the owner's access: its attachment, its mappings of register pages, and its areas that lead to the device's
 * registers. Of an owner that does not own the device: the mappings only.
 */
void model_release(struct model *model, uint16_t owner, uint16_t device);
/*
 * A kernel driver drives the device, on behalf of `owner`: MACHINE_HOST, or a `user` under a policy where users are
 * kernel drivers. That owner then belongs to the kernel's party for good.
 */
void model_driver_bind(struct model *model, uint16_t owner, uint16_t device);
/* Nobody drives the device; its DMA-API grants end. A mapping of its registers that a user has stays behind. */
void model_driver_unbind(struct model *model, uint16_t device);
/* Everything of the owner is closed: devices, spaces, mappings. Its memory stays its own until it is reused. */
void model_exit(struct model *model, uint16_t owner);
/* Another kernel: nobody has a device, a space or a mapping any more. Nothing was unmapped, and memory is whose it was.
 */
void model_reboot(struct model *model);
/* Out of its slot (with its VFs and mdevs), or in again. What leads to a device that is gone is gone. */
void model_present(struct model *model, uint16_t device, bool present);
void model_reset(struct model *model, uint16_t device);
/* A mapping of register pages; it gives access also to an owner that has not taken the device. */
void model_mmap(struct model *model, uint16_t owner, uint16_t bar);
model_space model_space_new(struct model *model, uint16_t owner); /* 0: there are MODEL_MAX_SPACES */
void model_space_destroy(struct model *model, model_space space);
void model_attach(struct model *model, uint16_t device, model_space space); /* also replace */
void model_detach(struct model *model, uint16_t device);
/*
 * From here on requests of the device with that PASID are the work of the space's owner, and mean what the space has.
 * A process's own address space is a space as any other, with an area for each object that it has there.
 */
void model_attach_pasid(struct model *model, uint16_t device, uint32_t pasid, model_space space);
/* The same, with the addresses that the owner gets from the DMA API of the device. */
void model_attach_pasid_dma(struct model *model, uint16_t device, uint32_t pasid, uint16_t owner);
/* What it is attached to was asked for once more: it ends with one detach more. */
void model_hold_pasid(struct model *model, uint16_t device, uint32_t pasid);
void model_detach_pasid(struct model *model, uint16_t device, uint32_t pasid);
void model_map(struct model *model, model_space space, uint64_t iova, uint64_t bytes, struct model_target target,
	       unsigned permissions);
/* Whatever of the space's areas lies in the range; an area is cut if need be. */
void model_unmap(struct model *model, model_space space, uint64_t iova, uint64_t bytes);
/*
 * A space that has just been made is a guest's first stage: an address means what the guest's entries in that memory
 * make of it, and that what `parent` makes of the result. It has no areas of its own.
 */
void model_nest(struct model *model, model_space space, model_space parent, uint16_t root);
/*
 * A space that has just been made leads to addresses of `parent`, and to what that makes of them; its areas are made
 * with model_map_nested().
 */
void model_nest_areas(struct model *model, model_space space, model_space parent);
void model_map_nested(struct model *model, model_space space, uint64_t iova, uint64_t bytes, uint64_t address,
		      unsigned permissions);
/* The guest's entries for whole pages, in place of what was there. What it clears is the guest's own affair. */
#define MODEL_GUEST_PAGE 4096u
void model_guest_map(struct model *model, uint16_t root, uint64_t iova, uint64_t bytes, uint64_t gpa,
		     unsigned permissions);
void model_guest_unmap(struct model *model, uint16_t root, uint64_t iova, uint64_t bytes);
/*
 * A space that has just been made is a guest's table of contexts: each PASID of a device that is attached to it means
 * what the table that the guest gave it makes of its addresses, and `parent` of the results; all are the guest's.
 */
void model_delegate(struct model *model, model_space space, model_space parent, uint16_t contexts);
/* The guest's context for the PASID (MODEL_NO_PASID: without one) leads to that table, or nowhere (MACHINE_NONE). */
void model_guest_context(struct model *model, uint16_t contexts, uint32_t pasid, uint16_t root);
/* The DMA API: an area of the device itself. The same range may be mapped more than once (identity). */
void model_dma_map(struct model *model, uint16_t owner, uint16_t device, uint64_t iova, uint64_t bytes,
		   struct model_target target, unsigned permissions);
/* One area of exactly that range; if there is none, whatever lies in it. */
void model_dma_unmap(struct model *model, uint16_t device, uint64_t iova, uint64_t bytes);
void model_reuse(struct model *model, uint16_t memory, uint16_t owner); /* the page belongs to somebody else now */

/*
 * The owner of the space was promised that pages which devices write through it are reported. Those written before do
 * not count. model_written: a request of the device (with that PASID) for the address has written; of a guest's own
 * first stage it is the page of the parent. model_dirty_reported: the owner was told of [first, last], or is not
 * interested any more.
 */
#define MODEL_DIRTY_PAGE 4096u
void model_dirty_start(struct model *model, model_space space);
void model_written(struct model *model, uint16_t device, uint32_t pasid, uint64_t address);
void model_dirty_reported(struct model *model, model_space space, uint64_t first, uint64_t last);

/*
 * A confidential guest makes memory its own secret, or shares it with its host or has lost it; lets the interface of a
 * device in, or no more (MODEL_NEUTRAL).
 */
void model_convert(struct model *model, uint16_t memory, bool private);
void model_accept(struct model *model, uint16_t guest, uint16_t device);

/* --- questions --- */
/* Pages of [first, last] that were written since tracking began, or since they were last reported. */
uint32_t model_unreported(const struct model *model, model_space space, uint64_t first, uint64_t last);
bool model_is_private(const struct model *model, uint16_t memory);
/* The confidential guest that has accepted the interface of the device; MODEL_NEUTRAL: none. */
uint16_t model_accepted_by(const struct model *model, uint16_t device);
uint16_t model_owner(const struct model *model, uint16_t device); /* MODEL_NEUTRAL, MACHINE_HOST or a user */
/* Who drove it before the present owner (or last, if there is none now); MODEL_NEUTRAL: nobody. */
uint16_t model_last_owner(const struct model *model, uint16_t device);
/*
 * On whose side: MACHINE_HOST for every device that a kernel driver drives, on whosever behalf, else its owner.
 * Isolation is between parties; two kernel drivers are one.
 */
uint16_t model_party(const struct model *model, uint16_t device);
uint16_t model_last_party(const struct model *model, uint16_t device);
uint16_t model_party_of_owner(const struct model *model, uint16_t owner);
/* A user (not the kernel) has register access, by taking the device or by a mapping. */
bool model_user_access(const struct model *model, uint16_t device);
/* The users that have it, in ascending order: the first above `after` (-1 to begin); MACHINE_NONE after the last. */
uint16_t model_next_user(const struct model *model, uint16_t device, int after);
uint16_t model_memory_owner(const struct model *model, uint16_t memory);
bool model_has_access(const struct model *model, uint16_t owner, uint16_t device); /* may program the device */
/* The device was reset since it last lost an owner, or never had one. */
bool model_reset_since_owner_change(const struct model *model, uint16_t device);
/* A live mapping of a register page of the device whose user had taken the device and has lost it. */
bool model_stale_mmap(const struct model *model, uint16_t device, uint16_t *owner);
bool model_is_present(const struct model *model, uint16_t device);
/* What the device is attached to by intent; 0: nothing. */
model_space model_attached(const struct model *model, uint16_t device);
/* Whose work the PASID carries, now and before; MODEL_NEUTRAL: nobody's. */
uint16_t model_pasid_owner(const struct model *model, uint16_t device, uint32_t pasid);
uint16_t model_pasid_last_owner(const struct model *model, uint16_t device, uint32_t pasid);
/* Whose work requests of a function with that PASID are: an mdev's user, if it is an mdev's. MODEL_NEUTRAL: nobody's.
 */
uint16_t model_pasid_holder(const struct model *model, uint16_t function, uint32_t pasid);
/* 0: nothing, or the DMA API. */
model_space model_pasid_attached(const struct model *model, uint16_t device, uint32_t pasid);

/* What serves requests of the device (with that PASID) is nested, by hardware or by the kernel. */
bool model_nested(const struct model *model, uint16_t device, uint32_t pasid);
/* The space that it is nested in leads to all of the target, from whatever address. */
bool model_parent_holds(const struct model *model, uint16_t device, uint32_t pasid, struct model_target target,
			uint64_t bytes);
/* The permissions with which that space leads to the byte. */
unsigned model_parent_permissions(const struct model *model, uint16_t device, uint32_t pasid,
				  struct model_target target);

/*
 * What the present owner of the device, or of its PASID, meant the address to be. A software mdev works with addresses
 * of its parent's DMA API: one is meant as far as the page there is mapped in the space that the mdev is attached to.
 */
struct model_meaning {
	bool meant;                 /* live areas (or a live firmware range) cover all of it */
	unsigned permissions;       /* that all of it has */
	struct model_target target; /* of the first byte */
	bool unmapped; /* else: an area covered the first byte until it was unmapped in step `unmapped_at` */
	uint32_t unmapped_at;
	struct model_target was;
};
void model_meaning(const struct model *model, uint16_t device, uint32_t pasid, uint64_t address, uint64_t bytes,
		   struct model_meaning *out);
/*
 * Whether an area that led from the address to exactly that target was unmapped (in step *at, the last time), in a
 * space of the present or last owner of the device (of the PASID, if there is one) or in its DMA API, and no area that
 * does so is alive in their stead. Where a guest's table is nested: whether the parent led there from whatever address,
 * and does no more.
 */
bool model_unmapped(const struct model *model, uint16_t device, uint32_t pasid, uint64_t address,
		    struct model_target target, uint32_t *at);

/*
 * grant(owner, now): own or shared memory, registers of an own device, or live areas of the owner that grant cover all
 * of the target; the kernel has the firmware's memory as well. `permissions`: all that it has.
 */
bool model_granted(const struct model *model, uint16_t owner, struct model_target target, uint64_t bytes,
		   unsigned *permissions);

/*
 * What the kernel driver of the device has mapped for it leads to a part of the pages that the target lies in, and not
 * to all of the target.
 */
bool model_maps_part(const struct model *model, uint16_t device, struct model_target target, uint64_t bytes);

/*
 * Areas of the space that the device is attached to, or that a guest's table is nested in, in IOVA order; stops when fn
 * returns false. Those that lead to addresses of a parent have no target.
 */
typedef bool (*model_area_fn)(void *context, uint64_t iova, uint64_t bytes, struct model_target target);
void model_areas(const struct model *model, uint16_t device, model_area_fn fn, void *context);
/*
 * Whether a firmware range (RMRR) of the device has to be mapped 1:1 now: as long as the device is present; a relaxable
 * one only until a user has taken the device or one that cannot be isolated from it.
 */
bool model_reserved_live(const struct model *model, uint16_t reserved);

/*
 * Closure over the machine: `a` can deliver a request to `b` without the IOMMU, itself or through devices that it can
 * so command, or is indistinguishable from it. Not symmetric: what stops requests is the port that they come in by.
 */
bool model_reaches(const struct model *model, uint16_t a, uint16_t b);
/* The devices that `a` reaches, in ascending order, itself included: the first above `after` (-1 to begin). */
uint16_t model_next_reached(const struct model *model, uint16_t a, int after);
/* Requests of both arrive at the IOMMU with the same requester ID (bridge, alias). An mdev has its PASID to tell it. */
bool model_same_requester(const struct model *model, uint16_t a, uint16_t b);
/* The requester ID with which the device's requests arrive; a platform master's stream. */
uint32_t model_requester(const struct model *model, uint16_t device);

#endif
