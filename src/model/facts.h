/* SPDX-License-Identifier: MIT */
/* What the model remembers. All of it in the arena but the pointers and the closure. */
#ifndef IOSIM_MODEL_FACTS_H
#define IOSIM_MODEL_FACTS_H

#include "base/arena.h"
#include "machine/machine.h"
#include "model/closure.h"
#include "model/model.h"
#include "model/rows.h"

#include <stdbool.h>
#include <stdint.h>

#define MODEL_MAX_TOMBSTONES 65536
#define MODEL_MAX_MMAPS      65536
#define MODEL_MAX_PASIDS     65536
#define MODEL_SCOPE_GUEST    UINT32_C(0x20000000) /* see area.h */
#define MODEL_MAX_WRITTEN    65536

struct device_fact {
	model_space space; /* attached to */
	uint16_t owner;
	uint16_t last_owner;
	bool driven;      /* by a kernel driver, on behalf of the owner */
	bool last_driven; /* the last owner did it through a kernel driver */
	bool present;
	bool clean;   /* reset since it last lost an owner, or never had one */
	bool relaxed; /* a user has taken it or one it cannot be isolated from: the firmware's relaxable ranges are over
		       */
	uint8_t padding;
	uint16_t accepted_by; /* the confidential guest that lets its interface in; MODEL_NEUTRAL: none */
};

struct owner_fact {
	bool kernel; /* it works, or worked, through kernel drivers */
};

struct memory_fact {
	uint16_t owner;
	bool reused;  /* what was declared about sharing is over */
	bool private; /* of a confidential guest, not shared with its host */
};

struct space_fact {
	uint16_t owner;
	/* Of a nested space: memory where the guest's table is, or its contexts; MACHINE_NONE: it has areas. */
	uint16_t root;
	model_space parent; /* what it is nested in; 0: it is not */
	bool contexts;      /* the guest's contexts say which table is whose, by PASID */
	bool tracked;       /* its owner was told that writes to its pages are reported */
	uint8_t padding[2];
};

/* A page of a tracked space that was written and not reported yet. In the order of `space`, `iova`. */
struct written_fact {
	model_space space;
	uint32_t padding;
	uint64_t iova;
};

/* A mapping of a register page. In the order of `bar`, `owner`. */
struct mmap_fact {
	uint16_t bar;
	uint16_t owner;
	bool taken; /* while it lives, the owner has had the device */
	uint8_t padding;
};

/* A PASID that a device has, or had. In the order of `device`, `pasid`. */
struct pasid_fact {
	uint16_t device;
	uint16_t owner;      /* MODEL_NEUTRAL: nobody's now */
	uint16_t last_owner; /* before that; MODEL_NEUTRAL: nobody */
	uint16_t held;       /* detaches that change nothing yet */
	uint32_t pasid;
	model_space space; /* 0: attached to nothing */
	bool dma_api;      /* what the DMA API of the device has, in place of a space */
	uint8_t padding[3];
};

struct singles {
	bool overflowed;
};

/* Not hashed: equal states may have come about at different times and by different ways. */
struct clocks {
	uint64_t longest_bytes; /* no area or tombstone was ever longer */
	uint32_t step;
	uint32_t padding;
};

struct model {
	struct arena *arena;
	const struct machine *machine;
	struct closure *closure;
	struct device_fact *devices;
	struct owner_fact *owners;
	struct memory_fact *memories;
	struct singles *singles;
	struct clocks *clocks;
	arena_pool_id spaces;
	struct rows mmaps;
	struct rows pasids;
	struct rows written;    /* dirty.c */
	struct rows areas;      /* area.h */
	struct rows tombstones; /* area.h */
	struct rows stamps;     /* per tombstone: uint32_t, the step; not hashed */
};

static inline struct space_fact *model_space_fact(const struct model *model, model_space space)
{
	return arena_live(model->arena, model->spaces, space) ? arena_slot(model->arena, model->spaces, space) : NULL;
}

/*
 * Whose areas say what a nested space makes of an address: their offsets are the parent's addresses. `root`: memory of
 * the guest's table that serves; MACHINE_NONE: none. 0: nobody's.
 */
static inline uint32_t model_nested_scope(const struct space_fact *fact, model_space space, uint16_t root)
{
	if (root != MACHINE_NONE)
		return MODEL_SCOPE_GUEST | root;
	return fact->contexts ? 0 : space;
}

/*
 * model_unmapped() of a nested space. With a guest's table: whether the parent led to the target, was made to stop, and
 * does so no more. With areas: the same of each way from the address over the parent to the target.
 */
bool model_nested_unmapped(const struct model *model, model_space space, uint64_t address, struct model_target target,
			   uint32_t *at);
/* NULL: the device never had it. */
const struct pasid_fact *model_pasid_fact(const struct model *model, uint16_t device, uint32_t pasid);
/*
 * The space whose areas lead requests of the device with that PASID to memory, and where *address is there. False: they
 * lead nowhere.
 */
bool model_paging_address(const struct model *model, uint16_t device, uint32_t pasid, model_space *space,
			  uint64_t *address);
/* Areas of the space lead to all of the target. */
bool model_space_holds(const struct model *model, model_space space, struct model_target target, uint64_t bytes);
/*
 * The space that serves requests of the device with that PASID; NULL: none. In one of a guest's contexts *root is the
 * memory of the table that the PASID has there, in another nested one that of its table; MACHINE_NONE: there is none.
 */
const struct space_fact *model_serving(const struct model *model, uint16_t device, uint32_t pasid, model_space *space,
				       uint16_t *root);
/* All of the device's PASIDs are nobody's, and so are all that are attached to the space (0: none). */
void model_pasids_end(struct model *model, uint16_t device, model_space space);

#endif
