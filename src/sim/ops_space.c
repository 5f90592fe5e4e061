/* SPDX-License-Identifier: MIT */
/* Operations on address spaces. */
#include "sim/step.h"

#include <errno.h>
#include <string.h>

struct uapi_target step_uapi_target(const struct target *target)
{
	struct uapi_target out = {.index = (uint16_t)target->index, .offset = target->offset};

	out.kind = target->kind == TARGET_BAR ? UAPI_BAR : UAPI_MEMORY;
	return out;
}

/* What `map` names: an address of the space's parent has no object that it is in. */
static struct uapi_target mapped_target(struct step_run *run, const struct target *to)
{
	if (to->kind == TARGET_ADDRESS)
		return (struct uapi_target){.kind = UAPI_PARENT, .offset = step_address(run, &run->with->from)};
	return step_uapi_target(to);
}

static uint64_t mapped_bytes(const struct step_run *run)
{
	if (run->with->bytes)
		return run->with->bytes;
	return run->with->to.kind == TARGET_ADDRESS ? FRAME_BYTES : step_target_bytes(run, &run->with->to);
}

unsigned step_permissions(const struct operands *with)
{
	enum access access = with->access_given ? with->access : ACCESS_READ_WRITE;

	return (access & ACCESS_READ ? MODEL_READ : 0u) | (access & ACCESS_WRITE ? MODEL_WRITE : 0u);
}

void op_space(struct step_run *run)
{
	struct world *world = run->world;
	struct uapi_space_wish wish = {.ram = run->with->ram,
				       .pasid = run->with->for_pasids,
				       .nest_parent = run->with->nest_parent,
				       .faults = run->with->faults,
				       .dirty = run->with->dirty,
				       .snoop = !run->with->snoop_given ? UAPI_SNOOP_AS_IT_IS
						: run->with->snoop      ? UAPI_SNOOP_ALWAYS
									: UAPI_SNOOP_ASKED,
				       .page_lg2_mask = run->with->page_lg2_mask};
	struct slot *slot = step_result(run);
	space_handle space = 0;

	if (!step_returned(run, uapi_space(world->uapi, run->step->by, &wish, &space)) || !slot)
		return;
	slot->made = true;
	slot->space = space;
	slot->owner = run->step->by;
	slot->meant = world_space_learn(world, space, run->step->by);
	if (!wish.ram)
		return;
	for (uint16_t i = 0; i < world->machine->memory_count; i++) {
		const struct machine_memory *memory = &world->machine->memories[i];
		struct model_target target = {.kind = MODEL_MEMORY, .index = i};

		if (model_memory_owner(world->model, i) == run->step->by)
			model_map(world->model, slot->meant, memory->gpa, memory->bytes, target,
				  MODEL_READ | MODEL_WRITE);
	}
}

void op_destroy(struct step_run *run)
{
	struct slot *slot = step_slot(run, run->with->space);

	if (!step_returned(run, uapi_destroy(run->world->uapi, run->step->by, slot->space)))
		return;
	if (slot->table)
		return;
	model_space_destroy(run->world->model, slot->meant);
	world_areas_remove(run->world, slot->meant, 0, UINT64_MAX);
}

static void attach_pasid(struct step_run *run, int result)
{
	uint16_t device = run->with->device;
	uint32_t pasid = step_pasid(run);

	if (!step_returned(run, result))
		return;
	step_new_pasid(run, device, pasid, run->step->by);
	model_attach_pasid(run->world->model, device, pasid, step_slot(run, run->with->space)->meant);
}

void op_attach(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *slot = step_slot(run, run->with->space);
	uint16_t owner = run->step->by, device = run->with->device;

	if (run->with->pasid.base != PASID_ABSENT)
		attach_pasid(run, uapi_attach_pasid(world->uapi, owner, device, step_pasid(run), slot->space));
	else if (step_returned(run, uapi_attach(world->uapi, owner, device, slot->space)))
		model_attach(world->model, device, slot->meant);
}

void op_detach(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t owner = run->step->by, device = run->with->device;

	if (run->with->pasid.base != PASID_ABSENT) {
		if (step_returned(run, uapi_detach_pasid(world->uapi, owner, device, step_pasid(run))))
			model_detach_pasid(world->model, device, step_pasid(run));
	} else if (step_returned(run, uapi_detach(world->uapi, owner, device))) {
		model_detach(world->model, device);
	}
}

void op_replace(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *slot = step_slot(run, run->with->space);
	uint16_t owner = run->step->by, device = run->with->device;

	if (run->with->pasid.base != PASID_ABSENT)
		attach_pasid(run, uapi_replace_pasid(world->uapi, owner, device, step_pasid(run), slot->space));
	else if (step_returned(run, uapi_replace(world->uapi, owner, device, slot->space)))
		model_attach(world->model, device, slot->meant);
}

void op_map(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	const struct slot *slot = step_slot(run, with->space);
	uint64_t iova = step_address(run, &with->at), bytes = mapped_bytes(run);
	struct target to = step_own_page(run, &with->to);
	struct uapi_target wanted = mapped_target(run, &to);
	struct model_target target = step_model_target(&to);
	unsigned permissions = step_permissions(with);

	if (!step_returned(run, uapi_map(world->uapi, run->step->by, slot->space, iova, wanted, bytes, permissions)))
		return;
	if (wanted.kind == UAPI_PARENT)
		model_map_nested(world->model, slot->meant, iova, bytes, wanted.offset, permissions);
	else
		model_map(world->model, slot->meant, iova, bytes, target, permissions);
	world_area_add(world, slot->meant, iova, bytes, target, permissions);
}

bool step_unmapped(struct step_run *run, int error, space_handle space, uint64_t iova, uint64_t unmapped,
		   uint64_t *bytes)
{
	uint64_t stopped;

	if (step_returned(run, error))
		return true;
	stopped = uapi_unmap_stopped(run->world->uapi, space, iova, iova + (*bytes - 1), unmapped);
	*bytes = stopped - iova;
	return stopped > iova;
}

void op_unmap(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	const struct slot *slot = step_slot(run, with->space);
	uint64_t iova = step_address(run, &with->at);
	const struct known_area *area = world_area_at(world, slot->meant, iova);
	uint64_t bytes = with->bytes ? with->bytes : area ? area->bytes : FRAME_BYTES;
	uint64_t unmapped = 0;
	int error = uapi_unmap(world->uapi, run->step->by, slot->space, iova, bytes, &unmapped);

	if (!step_unmapped(run, error, slot->space, iova, unmapped, &bytes))
		return;
	model_unmap(world->model, slot->meant, iova, bytes);
	world_areas_remove(world, slot->meant, iova, bytes);
	step_lost_writes(run, slot->meant, iova, iova + (bytes - 1));
}

void op_pin(struct step_run *run)
{
	struct world *world = run->world;
	uint64_t iova = step_address(run, &run->with->at) & ~(uint64_t)(PIN_BYTES - 1);
	uint16_t device = run->with->device;
	struct slot *slot = step_result(run);
	struct uapi_target page;

	if (!step_returned(run, uapi_pin(world->uapi, device, iova, step_permissions(run->with), &page)))
		return;
	vendor_pins(world, device, iova, page.index, page.offset);
	if (!slot)
		return;
	slot->made = true;
	slot->device = device;
	slot->owner = model_owner(world->model, device);
	slot->iova = iova;
	slot->memory = page.index;
	slot->offset = page.offset;
}

void op_unpin(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->pages);

	if (step_returned(run, uapi_unpin(run->world->uapi, slot->device, slot->iova)))
		vendor_unpins(run->world, slot->device, slot->iova);
}

/* The front end made and attached a space of its own for the owner: an intent like an explicit one. */
static model_space implied_space(struct step_run *run, space_handle space)
{
	model_space meant = world_space_known(run->world, space);

	if (!meant)
		meant = world_space_learn(run->world, space, run->step->by);
	model_attach(run->world->model, run->with->device, meant);
	return meant;
}

void op_dma_map(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	struct slot *slot = step_result(run);
	bool pinned = with->to.kind == TARGET_RESULT;
	struct target named = step_target(run, &with->to), to = step_own_page(run, &named);
	struct uapi_target wanted = step_uapi_target(&to);
	uint64_t left = pinned ? PIN_BYTES - with->to.offset : step_target_bytes(run, &to);
	uint64_t bytes = with->bytes ? with->bytes : left;
	unsigned permissions = step_permissions(with);
	struct model_target target = step_model_target(&to);
	space_handle space = 0;
	uint64_t iova = 0;
	model_space meant = 0;

	wanted.pinned = pinned;
	if (pinned && bytes > left) {
		step_returned(run, -EINVAL);
		return;
	}
	if (!step_returned(run, uapi_dma_map(world->uapi, run->step->by, with->device, wanted, bytes, permissions,
					     &iova, &space)))
		return;
	if (pinned && !space)
		vendor_maps(world, step_slot(run, with->to.index)->device, target.index, target.offset, iova, bytes);
	if (space) {
		meant = implied_space(run, space);
		model_map(world->model, meant, iova, bytes, target, permissions);
		world_area_add(world, meant, iova, bytes, target, permissions);
	} else {
		model_dma_map(world->model, run->step->by, with->device, iova, bytes, target, permissions);
	}
	if (world->verbose)
		g_ptr_array_add(run->record->notes, g_strdup_printf("handle %#" G_GINT64_MODIFIER "x", iova));
	if (!slot)
		return;
	memset(slot, 0, sizeof(*slot));
	slot->made = true;
	slot->dma_api = !space;
	slot->device = with->device;
	slot->owner = run->step->by;
	slot->space = space;
	slot->meant = meant;
	slot->iova = iova;
	slot->bytes = bytes;
	slot->memory = target.kind == MODEL_MEMORY ? (uint16_t)target.index : MACHINE_NONE;
	slot->permissions = (uint8_t)permissions;
	slot->regime = slot->dma_api ? world_regime(world, with->device) : 0;
	step_sync_caches(run, slot, true);
}

/* Judged whatever comes of it: the driver believes in its handle. */
static void judge_unmap(struct step_run *run, const struct slot *slot)
{
	struct check_handle handle = step_handle(slot);
	struct check_event event = {
		.kind = CHECK_UNMAP, .memory = MACHINE_NONE, .device = slot->device, .handle = &handle};

	if (slot->dma_api)
		step_judge(run, &event);
}

void op_dma_unmap(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *slot = step_slot(run, run->with->handle);

	judge_unmap(run, slot);
	if (!step_returned(run, uapi_dma_unmap(world->uapi, run->step->by, slot->device, slot->space, slot->iova,
					       slot->bytes)))
		return;
	if (slot->dma_api) {
		step_sync_caches(run, slot, false);
		model_dma_unmap(world->model, slot->device, slot->iova, slot->bytes);
		vendor_unmaps(world, slot->device, slot->iova);
		return;
	}
	model_unmap(world->model, slot->meant, slot->iova, slot->bytes);
	world_areas_remove(world, slot->meant, slot->iova, slot->bytes);
}
