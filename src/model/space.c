/* SPDX-License-Identifier: MIT */
/* Intents about spaces, areas and memory. */
#include "base/assert.h"
#include "model/area.h"
#include "model/facts.h"
#include "model/model.h"

#include <string.h>

model_space model_space_new(struct model *model, uint16_t owner)
{
	model_space space = arena_alloc(model->arena, model->spaces);
	if (space != ARENA_NONE)
		model_space_fact(model, space)->owner = owner;
	return space;
}

static bool is_of_space(const struct area *area, const void *context)
{
	return area->scope == *(const model_space *)context;
}

void model_space_destroy(struct model *model, model_space space)
{
	if (!model_space_fact(model, space))
		return;
	areas_end(model, is_of_space, &space);
	areas_forget_space(model, space);
	for (uint32_t i = 0; i < model->machine->device_count; i++)
		if (model->devices[i].space == space)
			model->devices[i].space = 0;
	model_pasids_end(model, MACHINE_NONE, space);
	model_dirty_reported(model, space, 0, UINT64_MAX);
	arena_release(model->arena, model->spaces, space);
}

void model_attach(struct model *model, uint16_t device, model_space space)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	if (model_space_fact(model, space))
		model->devices[device].space = space;
}

void model_detach(struct model *model, uint16_t device)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	model->devices[device].space = 0;
}

/* The last byte of a range that is neither empty nor wraps. */
static bool range_last(uint64_t first, uint64_t bytes, uint64_t *last)
{
	*last = first + bytes - 1;
	return bytes > 0 && *last >= first;
}

/* Whether all of it lies in its object. */
static bool target_is_whole(const struct model *model, struct model_target target, uint64_t bytes)
{
	const struct machine *machine = model->machine;
	uint64_t size = 0;

	switch (target.kind) {
	case MODEL_NOTHING:
		return false;
	case MODEL_MEMORY:
		size = target.index < machine->memory_count ? machine->memories[target.index].bytes : 0;
		break;
	case MODEL_BAR:
		size = target.index < machine->bar_count ? machine->bars[target.index].bytes : 0;
		break;
	case MODEL_FIRMWARE:
		size = target.index < machine->reserved_count ? machine->reserved[target.index].bytes : 0;
		break;
	}
	return target.offset <= size && bytes <= size - target.offset;
}

static struct area area_of(uint32_t scope, uint16_t owner, uint64_t iova, uint64_t last, struct model_target target,
			   unsigned permissions)
{
	return (struct area){.iova = iova,
			     .last = last,
			     .offset = target.offset,
			     .scope = scope,
			     .index = target.index,
			     .owner = owner,
			     .kind = (uint8_t)target.kind,
			     .permissions = (uint8_t)(permissions & (MODEL_READ | MODEL_WRITE))};
}

void model_map(struct model *model, model_space space, uint64_t iova, uint64_t bytes, struct model_target target,
	       unsigned permissions)
{
	const struct space_fact *fact = model_space_fact(model, space);
	unsigned had = 0;
	uint64_t last;

	if (!fact || !range_last(iova, bytes, &last) || !target_is_whole(model, target, bytes))
		return;
	struct area area = area_of(space, fact->owner, iova, last, target, permissions);
	area.grants =
		model_granted(model, fact->owner, target, bytes, &had) && (had & area.permissions) == area.permissions;
	areas_add(model, &area);
}

void model_unmap(struct model *model, model_space space, uint64_t iova, uint64_t bytes)
{
	uint64_t last;
	if (model_space_fact(model, space) && range_last(iova, bytes, &last))
		areas_unmap(model, space, iova, last);
}

void model_dma_map(struct model *model, uint16_t owner, uint16_t device, uint64_t iova, uint64_t bytes,
		   struct model_target target, unsigned permissions)
{
	uint64_t last;

	IOSIM_ASSERT(device < model->machine->device_count);
	if (!range_last(iova, bytes, &last) || !target_is_whole(model, target, bytes))
		return;
	struct area area = area_of(SCOPE_DEVICE | device, owner, iova, last, target, permissions);
	area.grants = true;
	areas_add(model, &area);
}

void model_dma_unmap(struct model *model, uint16_t device, uint64_t iova, uint64_t bytes)
{
	uint32_t scope = SCOPE_DEVICE | device;
	uint64_t last;

	if (range_last(iova, bytes, &last) && !areas_unmap_one(model, scope, iova, last))
		areas_unmap(model, scope, iova, last);
}

void model_reuse(struct model *model, uint16_t memory, uint16_t owner)
{
	IOSIM_ASSERT(memory < model->machine->memory_count);
	struct memory_fact *fact = &model->memories[memory];

	if (fact->owner == owner)
		return;
	fact->owner = owner;
	fact->reused = true;
	areas_lose_memory(model, memory);
}
