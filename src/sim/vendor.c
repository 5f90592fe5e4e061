/* SPDX-License-Identifier: MIT */
/*
 * The drivers of mediated devices. Each runs on the parent of its mdev: it pins pages of the mdev's user one by one,
 * maps them with the DMA API of the parent, and tells its hardware the addresses. Steps make it do that; what it does
 * on its own is to answer when its user's mappings go.
 */
#include "sim/record.h"
#include "sim/step.h"
#include "sim/world.h"

static void hold(struct world *world, const struct held *what)
{
	for (unsigned i = 0; i < WORLD_MAX_HELD; i++) {
		if (world->held[i].used)
			continue;
		world->held[i] = *what;
		world->held[i].used = true;
		return;
	}
	world->overflowed = true;
}

void vendor_pins(struct world *world, uint16_t device, uint64_t iova, uint16_t memory, uint64_t offset)
{
	hold(world, &(struct held){.device = device, .memory = memory, .offset = offset, .iova = iova});
}

void vendor_maps(struct world *world, uint16_t device, uint16_t memory, uint64_t offset, uint64_t iova, uint64_t bytes)
{
	hold(world, &(struct held){.mapped = true,
				   .device = device,
				   .memory = memory,
				   .offset = offset,
				   .iova = iova,
				   .bytes = bytes});
}

void vendor_unpins(struct world *world, uint16_t device, uint64_t iova)
{
	for (unsigned i = 0; i < WORLD_MAX_HELD; i++) {
		struct held *held = &world->held[i];
		if (!held->used || held->mapped || held->device != device || held->iova != iova)
			continue;
		*held = (struct held){0};
		return;
	}
}

void vendor_unmaps(struct world *world, uint16_t parent, uint64_t iova)
{
	for (unsigned i = 0; i < WORLD_MAX_HELD; i++) {
		struct held *held = &world->held[i];
		if (held->used && held->mapped && held->iova == iova &&
		    world->machine->devices[held->device].parent == parent)
			*held = (struct held){0};
	}
}

uint16_t vendor_of(const struct world *world, uint16_t memory)
{
	for (unsigned i = 0; i < WORLD_MAX_HELD; i++)
		if (world->held[i].used && !world->held[i].mapped && world->held[i].memory == memory)
			return world->held[i].device;
	return MACHINE_NONE;
}

/* --- letting go --- */

static void note(struct world *world, const char *what, const struct held *held)
{
	if (world->verbose && world->running)
		g_ptr_array_add(world->running->record->notes,
				g_strdup_printf("the driver of %s %s %#" G_GINT64_MODIFIER "x",
						world->machine->devices[held->device].name, what, held->iova));
}

/* False: the unit did not answer, so that hardware may use it still. */
static bool unmap(struct world *world, struct held *held)
{
	uint16_t parent = world->machine->devices[held->device].parent;

	if (uapi_dma_unmap(world->uapi, MACHINE_HOST, parent, 0, held->iova, held->bytes))
		return false;
	note(world, "unmaps", held);
	model_dma_unmap(world->model, parent, held->iova, held->bytes);
	*held = (struct held){0};
	return true;
}

static bool unmap_page(struct world *world, const struct held *pin)
{
	bool good = true;

	for (unsigned i = 0; i < WORLD_MAX_HELD; i++) {
		struct held *held = &world->held[i];
		if (held->used && held->mapped && held->device == pin->device && held->memory == pin->memory &&
		    held->offset - pin->offset < PIN_BYTES)
			good &= unmap(world, held);
	}
	return good;
}

void vendor_unmapping(void *context, uint16_t device, uint64_t first, uint64_t last)
{
	struct world *world = context;
	enum mdev_notice answer = world->machine->devices[device].on_unmap;

	for (unsigned i = 0; i < WORLD_MAX_HELD && answer != MDEV_IGNORES; i++) {
		struct held *pin = &world->held[i];
		if (!pin->used || pin->mapped || pin->device != device || pin->iova > last ||
		    pin->iova + (PIN_BYTES - 1) < first)
			continue;
		if (answer == MDEV_UNPINS && !unmap_page(world, pin))
			continue;
		note(world, "unpins", pin);
		uapi_unpin(world->uapi, device, pin->iova);
		*pin = (struct held){0};
	}
}

void vendor_closing(void *context, uint16_t device)
{
	struct world *world = context;

	for (unsigned i = 0; i < WORLD_MAX_HELD; i++)
		if (world->held[i].used && world->held[i].mapped && world->held[i].device == device)
			unmap(world, &world->held[i]);
	for (unsigned i = 0; i < WORLD_MAX_HELD; i++) {
		struct held *held = &world->held[i];
		if (!held->used || held->device != device)
			continue;
		if (!held->mapped)
			uapi_unpin(world->uapi, device, held->iova);
		*held = (struct held){0};
	}
	/* What VFIO does to a function, the mdev's driver does to its part of one. */
	if (world->rules.value[KNOB_RESET_ON_CLOSE])
		g_array_append_val(world->resets, device);
}
