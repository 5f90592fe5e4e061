/* SPDX-License-Identifier: MIT */
/*
 * Bounce slots: the memory behind the DMA API's copies of buffers. What a request hits in one is, as far as the copied
 * bytes go, named by what was copied; the rest of a slot's pages is nobody's and zeros.
 */
#include "sim/cpu.h"

#include <string.h>

static unsigned order_of(uint64_t pa, uint64_t bytes)
{
	uint64_t whole = (pa & (FRAME_BYTES - 1)) + bytes;
	unsigned order = 0;

	while (((uint64_t)FRAME_BYTES << order) < whole)
		order++;
	return order;
}

static bool copy(struct world *world, uint64_t to, uint64_t from, uint64_t bytes)
{
	uint8_t piece[256];

	for (uint64_t done = 0; done < bytes; done += sizeof(piece)) {
		uint64_t now = bytes - done < sizeof(piece) ? bytes - done : sizeof(piece);

		if (!memory_read(world->memory, from + done, piece, now) ||
		    !memory_write(world->memory, to + done, piece, now))
			return false;
	}
	return true;
}

static struct bounce_slot *free_row(struct world *world)
{
	for (unsigned i = 0; i < WORLD_MAX_BOUNCED; i++)
		if (!world->bounced[i].bytes)
			return &world->bounced[i];
	return NULL;
}

/* NULL: there is no row, or `pa` is no declared memory's. */
static struct bounce_slot *begin(struct world *world, uint64_t slot, uint64_t pa, uint64_t bytes)
{
	uint16_t memory = machine_memory_at(world->machine, pa);
	struct bounce_slot *row = free_row(world);

	if (!row || memory == MACHINE_NONE || !copy(world, slot, pa, bytes))
		return NULL;
	*row = (struct bounce_slot){
		.pa = slot, .bytes = bytes, .offset = pa - world->machine->memories[memory].hpa, .memory = memory};
	row->holds = cpu_copies_from(world, memory);
	++*world->copies;
	return row;
}

static void end(struct world *world, uint64_t slot)
{
	for (unsigned i = 0; i < WORLD_MAX_BOUNCED; i++) {
		if (!world->bounced[i].bytes || world->bounced[i].pa != slot)
			continue;
		memset(&world->bounced[i], 0, sizeof(world->bounced[i]));
		--*world->copies;
	}
}

uint64_t world_bounce(void *context, uint64_t pa, uint64_t bytes)
{
	struct world *world = context;
	uint64_t pages = frame_allocator_take(world->frames, order_of(pa, bytes));
	uint64_t slot = pages + (pa & (FRAME_BYTES - 1));

	if (pages && begin(world, slot, pa, bytes))
		return slot;
	if (pages)
		frame_allocator_give(world->frames, pages, order_of(pa, bytes));
	return 0;
}

bool world_pool_bounce(void *context, uint64_t slot, uint64_t pa, uint64_t bytes)
{
	return begin(context, slot, pa, bytes) != NULL;
}

void world_pool_end(void *context, uint64_t slot)
{
	end(context, slot);
}

struct bounce_slot *world_bounced_at(const struct world *world, uint64_t pa)
{
	for (unsigned i = 0; *world->copies && i < WORLD_MAX_BOUNCED; i++) {
		struct bounce_slot *row = &world->bounced[i];

		if (pa >= row->pa && pa - row->pa < row->bytes)
			return row;
	}
	return NULL;
}

void world_bounce_sync(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool to_slot)
{
	struct world *world = context;
	struct bounce_slot *row = world_bounced_at(world, slot);

	copy(world, to_slot ? slot : pa, to_slot ? pa : slot, bytes);
	if (to_slot)
		row->holds = cpu_copies_from(world, row->memory);
	else
		cpu_copies_to(world, row->memory, row->holds);
	if (!to_slot && machine_memory_at(world->machine, slot) != MACHINE_NONE)
		world->lines[row->memory].newest = row->holds; /* from a guest's pool */
}

void world_bounce_back(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool written)
{
	struct world *world = context;

	if (written)
		world_bounce_sync(context, slot, pa, bytes, false);
	frame_allocator_give(world->frames, slot & ~(uint64_t)(FRAME_BYTES - 1), order_of(slot, bytes));
	end(world, slot);
}

/* What lies in the pool of a guest has a name of its own; the scratch page is nobody's memory. */
void world_name_hit(const struct world *world, struct hit *hit)
{
	if (hit->kind != HIT_MEMORY || hit->memory != MACHINE_NONE)
		return;
	if (hit->route == ROUTE_IOMMU && uapi_scratch_page(world->uapi, hit->iommu, hit->pa)) {
		hit->kind = HIT_SCRATCH;
		return;
	}
	const struct bounce_slot *row = world_bounced_at(world, hit->pa);

	if (!row || hit->bytes > row->bytes - (hit->pa - row->pa))
		return;
	hit->memory = row->memory;
	hit->offset = row->offset + (hit->pa - row->pa);
}
