/* SPDX-License-Identifier: MIT */
#include "uapi/area.h"

#include "base/assert.h"

#include <string.h>

struct area_order {
	uint32_t count;
	uint32_t handles[UAPI_MAX_AREAS];
};

void areas_init(struct areas *areas, struct arena *arena, uint32_t capacity)
{
	IOSIM_ASSERT(capacity <= UAPI_MAX_AREAS);
	areas->arena = arena;
	areas->pool = arena_pool(arena, "areas", sizeof(struct area), capacity, false, ARENA_HASHED);
	areas->order = arena_block(arena, "area order", sizeof(struct area_order), ARENA_DERIVED);
	arena_block_used(arena, areas->order, offsetof(struct area_order, handles));
}

static struct area *area_of(const struct areas *areas, uint32_t handle)
{
	return arena_slot(areas->arena, areas->pool, handle);
}

/* Whether the area lies before the place of (set, iova, handle). */
static bool before(const struct areas *areas, uint32_t at, uint32_t set, uint64_t iova, uint32_t handle)
{
	const struct area *area = area_of(areas, at);
	if (area->set != set)
		return area->set < set;
	if (area->iova != iova)
		return area->iova < iova;
	return at < handle;
}

/* The first position that is not before the place of (set, iova, handle). */
static uint32_t place(const struct areas *areas, uint32_t set, uint64_t iova, uint32_t handle)
{
	uint32_t low = 0, high = areas->order->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (before(areas, areas->order->handles[middle], set, iova, handle))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void mark_used(const struct areas *areas)
{
	arena_block_used(areas->arena, areas->order,
			 offsetof(struct area_order, handles) + areas->order->count * sizeof(uint32_t));
}

struct area *areas_insert(struct areas *areas, const struct area *area)
{
	uint32_t handle = arena_alloc(areas->arena, areas->pool);
	if (handle == ARENA_NONE)
		return NULL;
	struct area_order *order = areas->order;
	uint32_t position = place(areas, area->set, area->iova, handle);
	struct area *slot = area_of(areas, handle);
	*slot = *area;
	order->count++;
	mark_used(areas);
	memmove(&order->handles[position + 1], &order->handles[position],
		(order->count - 1 - position) * sizeof(uint32_t));
	order->handles[position] = handle;
	return slot;
}

void areas_remove(struct areas *areas, uint32_t position)
{
	struct area_order *order = areas->order;
	IOSIM_ASSERT(position < order->count);
	arena_release(areas->arena, areas->pool, order->handles[position]);
	order->count--;
	memmove(&order->handles[position], &order->handles[position + 1], (order->count - position) * sizeof(uint32_t));
	order->handles[order->count] = 0;
	mark_used(areas);
}

uint32_t areas_seek(const struct areas *areas, uint32_t set, uint64_t iova)
{
	uint32_t position = place(areas, set, iova, 0);
	if (position > 0) {
		const struct area *previous = area_of(areas, areas->order->handles[position - 1]);
		if (previous->set == set && area_last(previous) >= iova)
			return position - 1;
	}
	return position;
}

struct area *areas_at(const struct areas *areas, uint32_t set, uint32_t position)
{
	if (position >= areas->order->count)
		return NULL;
	struct area *area = area_of(areas, areas->order->handles[position]);
	return area->set == set ? area : NULL;
}

struct area *areas_overlap(const struct areas *areas, uint32_t set, uint64_t first, uint64_t last)
{
	struct area *area = areas_at(areas, set, areas_seek(areas, set, first));
	return area && area_overlaps(area, first, last) ? area : NULL;
}

bool areas_empty(const struct areas *areas, uint32_t set)
{
	return !areas_at(areas, set, areas_seek(areas, set, 0));
}
