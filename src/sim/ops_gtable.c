/* SPDX-License-Identifier: MIT */
/* Operations on guests' tables of PASIDs. */
#include "sim/guest.h"
#include "sim/step.h"

#include <errno.h>

/* A guest writes its own memory alone. */
static bool owns(struct step_run *run, const struct target *memory)
{
	return model_memory_owner(run->world->model, (uint16_t)memory->index) == run->step->by ||
	       step_returned(run, -EFAULT);
}

void op_pasid_table(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *parent = step_slot(run, run->with->space);
	uint16_t owner = run->step->by, device = run->with->device, memory = (uint16_t)run->with->table.index;
	struct uapi_guest_table table = {.parent = parent->space, .faults = run->with->faults};
	struct slot *slot = step_result(run);
	space_handle space = 0;

	if (!owns(run, &run->with->table))
		return;
	int error = guest_contexts_describe(world, memory, &table.guest);
	if (!error)
		error = uapi_pasid_table(world->uapi, owner, device, &table, &space);
	if (!step_returned(run, error))
		return;
	model_space meant = world_space_learn(world, space, owner);
	model_delegate(world->model, meant, parent->meant, memory);
	model_attach(world->model, device, meant);
	if (!slot)
		return;
	slot->made = true;
	slot->space = space;
	slot->owner = owner;
	slot->meant = meant;
}

void op_guest_pasid(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t table = (uint16_t)run->with->table.index;
	uint16_t root = run->with->root_given ? (uint16_t)run->with->root.index : MACHINE_NONE;

	if (!owns(run, &run->with->table) || (run->with->root_given && !owns(run, &run->with->root)))
		return;
	if (step_returned(run, guest_context(world, table, step_pasid(run), root)))
		model_guest_context(world->model, table, step_pasid(run), root);
}
