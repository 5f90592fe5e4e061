/* SPDX-License-Identifier: MIT */
/*
 * The reference model: what each owner asked for and was granted, and nothing else. It is fed by the runner from
 * intents and the return codes of calls, never by a front end or a driver, and it knows no page table. From that it
 * answers who owns a device, what a request was meant to reach, what its owner may reach at all, and which devices can
 * reach each other behind the IOMMU's back (a closure over the declared machine, not the kernel's group algorithm).
 *
 * All state is in the arena. Time is the step number.
 */
#ifndef IOSIM_MODEL_MODEL_H
#define IOSIM_MODEL_MODEL_H

#include "base/arena.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define MODEL_NEUTRAL    UINT16_MAX /* nobody drives the device */
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

struct model *model_new(struct arena *arena, const struct machine *machine);
void model_free(struct model *model);

/* --- intents that succeeded --- */
/* The step number that facts are stamped with; increasing. */
void model_step(struct model *model, uint32_t step);
void model_take(struct model *model, uint16_t owner, uint16_t device); /* register access from here on */
void model_release(struct model *model, uint16_t owner,
		   uint16_t device); /* and with it its attachment and mappings of registers */
void model_driver_bind(struct model *model, uint16_t owner, uint16_t device); /* kernel (or host user) drives it */
void model_driver_unbind(struct model *model, uint16_t device);               /* its DMA-API grants end with it */
void model_exit(struct model *model, uint16_t owner);
void model_present(struct model *model, uint16_t device, bool present);
void model_reset(struct model *model, uint16_t device);
void model_mmap(struct model *model, uint16_t owner, uint16_t bar);
model_space model_space_new(struct model *model, uint16_t owner);
void model_space_destroy(struct model *model, model_space space);
void model_attach(struct model *model, uint16_t device, model_space space); /* also replace */
void model_detach(struct model *model, uint16_t device);
void model_map(struct model *model, model_space space, uint64_t iova, uint64_t bytes, struct model_target target,
	       unsigned permissions);
void model_unmap(struct model *model, model_space space, uint64_t iova, uint64_t bytes);
/* The DMA API: an area of the device itself. */
void model_dma_map(struct model *model, uint16_t owner, uint16_t device, uint64_t iova, uint64_t bytes,
		   struct model_target target, unsigned permissions);
void model_dma_unmap(struct model *model, uint16_t device, uint64_t iova, uint64_t bytes);
void model_reuse(struct model *model, uint16_t memory, uint16_t owner); /* the page belongs to somebody else now */

/* --- questions --- */
uint16_t model_owner(const struct model *model, uint16_t device); /* MODEL_NEUTRAL, MACHINE_HOST or a user */
/* A user (not the kernel) has register access. */
bool model_user_access(const struct model *model, uint16_t device);
uint16_t model_memory_owner(const struct model *model, uint16_t memory);
bool model_has_access(const struct model *model, uint16_t owner, uint16_t device); /* may program the device */
/* The last owner that drove the device before the present one, and whether it was reset in between. */
bool model_reset_since_owner_change(const struct model *model, uint16_t device);
/* A live user mapping of a register page of the device whose user no longer has access. */
bool model_stale_mmap(const struct model *model, uint16_t device, uint16_t *owner);

/* What the present owner of the device meant the address to be. */
struct model_meaning {
	bool meant;                 /* a live area (or a live firmware range) covers all of it */
	unsigned permissions;       /* of that area */
	struct model_target target; /* of the first byte */
	bool unmapped;              /* else: an area covered it until step `unmapped_at` */
	uint32_t unmapped_at;
	struct model_target was;
};
void model_meaning(const struct model *model, uint16_t device, uint64_t address, uint64_t bytes,
		   struct model_meaning *out);

/* grant(owner, now): own or shared memory, or a live area of the owner covers it. `permissions`: all that it has. */
bool model_granted(const struct model *model, uint16_t owner, struct model_target target, uint64_t bytes,
		   unsigned *permissions);

/* User areas in spaces that the device is attached to (for resv-honoured), in insertion order; stops when fn returns
 * false. */
typedef bool (*model_area_fn)(void *context, uint64_t iova, uint64_t bytes, struct model_target target);
void model_areas(const struct model *model, uint16_t device, model_area_fn fn, void *context);
/* Whether a live firmware range (RMRR) of the device has to be mapped 1:1 now. */
bool model_reserved_live(const struct model *model, uint16_t reserved);

/* Closure over the machine: `a` can deliver a request to `b` without the IOMMU, or is indistinguishable from it. */
bool model_reaches(const struct model *model, uint16_t a, uint16_t b);
/* Requests of both arrive at the IOMMU with the same requester ID (bridge, alias). */
bool model_same_requester(const struct model *model, uint16_t a, uint16_t b);
/* The requester ID with which the device's requests arrive. */
uint32_t model_requester(const struct model *model, uint16_t device);

#endif
