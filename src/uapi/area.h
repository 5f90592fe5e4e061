/* SPDX-License-Identifier: MIT */
/*
 * Areas: what is mapped, as it was asked for. An area belongs to a set (an address space, a default domain); the areas
 * of a set are disjoint and ordered by address. Only the sets of untranslated DMA hold what they were given, several
 * times if need be.
 *
 * The areas themselves are hashed state. The order is an index over all of them, derived: handles sorted by
 * (set, iova, handle), found by binary search. Positions are valid until the next insertion or removal.
 */
#ifndef IOSIM_UAPI_AREA_H
#define IOSIM_UAPI_AREA_H

#include "base/arena.h"
#include "uapi/uapi.h"

#include <stdbool.h>
#include <stdint.h>

enum area_set_kind {
	AREA_SET_SPACE = 1,  /* of a user's address space: slot of the space */
	AREA_SET_DOMAIN = 2, /* of a default domain: slot of the domain */
	AREA_SET_DIRECT = 3, /* untranslated DMA of a device: its index */
};

enum area_flag {
	AREA_PINNED = 1 << 0,
	AREA_QUEUED = 1 << 1,   /* unmapped, but its addresses wait for a flush */
	AREA_LEAKED = 1 << 2,   /* the driver that mapped it is gone */
	AREA_REVOKED = 1 << 3,  /* the register page was taken away; nothing is in any domain */
	AREA_WRITABLE = 1 << 4, /* its pages may be mapped writable (by a copy) */
	AREA_OF_PIN = 1 << 5,   /* DMA API: a page that is held by its pin and not by this mapping */
	AREA_BOUNCED = 1 << 7,  /* DMA API: a copy of the buffer is mapped in its stead */
	AREA_OF_FILE = 1 << 8,  /* pages of a file, mapped by its owner or not */
	AREA_DENIES = 1 << 6,   /* iommufd: an unmap of it failed; no page of it can be pinned any more */
};

struct area {
	uint64_t iova;
	uint64_t bytes;  /* at least 1; the last byte does not wrap */
	uint64_t offset; /* into the target */
	uint32_t set;
	uint16_t target; /* index of memory or BAR */
	uint16_t device; /* DMA API: for which device */
	uint8_t kind;    /* UAPI_MEMORY, UAPI_BAR */
	uint8_t permissions;
	uint16_t flags; /* enum area_flag */
	uint8_t padding[4];
};

struct areas {
	struct arena *arena;
	arena_pool_id pool;
	struct area_order *order; /* derived */
};

static inline uint32_t area_set(enum area_set_kind kind, uint32_t index)
{
	return (uint32_t)kind << 28 | index;
}

static inline uint64_t area_last(const struct area *area)
{
	return area->iova + (area->bytes - 1);
}

static inline bool area_overlaps(const struct area *area, uint64_t first, uint64_t last)
{
	return area->iova <= last && area_last(area) >= first;
}

void areas_init(struct areas *areas, struct arena *arena, uint32_t capacity);
/* A copy of *area. NULL: no slot is left. */
struct area *areas_insert(struct areas *areas, const struct area *area);
void areas_remove(struct areas *areas, uint32_t position);
/* Where the first area of the set is that ends at or behind `iova`. */
uint32_t areas_seek(const struct areas *areas, uint32_t set, uint64_t iova);
/* The area at that position; NULL if it is not one of the set. */
struct area *areas_at(const struct areas *areas, uint32_t set, uint32_t position);
/* The first area of the set that overlaps [first, last]; NULL. */
struct area *areas_overlap(const struct areas *areas, uint32_t set, uint64_t first, uint64_t last);
bool areas_empty(const struct areas *areas, uint32_t set);

#endif
