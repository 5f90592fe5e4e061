/* SPDX-License-Identifier: MIT */
/*
 * Areas: what was mapped and still is; and tombstones: what was unmapped. An area that ends in another way (its space
 * is destroyed, its device unbound) leaves no tombstone.
 */
#ifndef IOSIM_MODEL_AREA_H
#define IOSIM_MODEL_AREA_H

#include "model/facts.h"

/* Scopes: a space's number; a device's DMA API; for tombstones of spaces: the owner, so that they outlive the space. */
#define SCOPE_DEVICE UINT32_C(0x80000000)
#define SCOPE_OWNER  UINT32_C(0x40000000)
/*
 * The entries of a guest's table, by the memory that it is in: one area a page, the offset is the guest physical
 * address that it leads to. They have no target, grant nothing and leave no tombstones. Areas of a space that the
 * kernel nests in another are the same, but in the scope of their space and with tombstones.
 */
#define SCOPE_GUEST MODEL_SCOPE_GUEST
/* A guest's contexts, by the memory that they are in: the address is the PASID, the offset the memory of its table. */
#define SCOPE_CONTEXTS UINT32_C(0x10000000)

/* [iova, last] leads to `offset` and on of a target. Ordered by scope, iova, and then by all the rest. */
struct area {
	uint64_t iova, last;
	uint64_t offset;
	uint32_t scope;
	uint16_t index; /* of the target */
	uint16_t owner;
	uint8_t kind; /* of the target: MODEL_MEMORY ... */
	uint8_t permissions;
	bool grants; /* gives the owner a right to the target */
	uint8_t padding[5];
};

struct tombstone {
	uint64_t iova, last;
	uint64_t offset;
	uint32_t scope;
	model_space space; /* 0: the DMA API, or the space is gone */
	uint16_t index;
	uint8_t kind;
	uint8_t padding[5];
};

void areas_open(struct model *model);
/* False when there is no room. */
bool areas_add(struct model *model, const struct area *area);
/* Ends whatever of the scope lies in [first, last], and remembers that it was unmapped. */
void areas_unmap(struct model *model, uint32_t scope, uint64_t first, uint64_t last);
/* The same for one area of exactly that range; false if there is none. */
bool areas_unmap_one(struct model *model, uint32_t scope, uint64_t first, uint64_t last);
/* Ends the areas that the filter picks. */
typedef bool (*area_filter)(const struct area *area, const void *context);
void areas_end(struct model *model, area_filter filter, const void *context);
/* No area grants the memory any longer. */
void areas_lose_memory(struct model *model, uint16_t memory);
/* The tombstones of a space stay, without its number. */
void areas_forget_space(struct model *model, model_space space);
/* The first area of the scope, and behind its last. */
void areas_of_scope(const struct model *model, uint32_t scope, uint32_t *first, uint32_t *end);

/* The first row that does not come before `key`. */
uint32_t areas_lower_bound(const struct model *model, const struct area *key);
uint32_t tombstones_lower_bound(const struct model *model, const struct tombstone *key);
/* No area or tombstone that begins below the result reaches as far as `iova`. */
uint64_t areas_search_start(const struct model *model, uint64_t iova);

#endif
