/* SPDX-License-Identifier: MIT */
/* Processes that fork, and end: who has which page, and what of the parent's stays open. */
#include "sim/cpu.h"

void op_fork(struct step_run *run)
{
	step_returned(run, uapi_fork(run->world->uapi, run->step->by, run->with->owner));
}

/* --- pages --- */

/* The owner's address where the object was leads to another one, which has the same contents. */
static void move_address(struct world *world, uint16_t owner, uint16_t from, uint16_t to)
{
	const struct machine_memory *row = &world->machine->memories[from];
	model_space space = world->address_spaces[owner];
	struct model_target target = {.kind = MODEL_MEMORY, .index = to};

	if (!space)
		return;
	model_unmap(world->model, space, row->va, row->bytes);
	model_map(world->model, space, row->va, row->bytes, target, MODEL_READ | MODEL_WRITE);
}

/* The page has changed hands, if whoever keeps it is not who had it: as if the allocator had handed it on. */
static void hand_over(struct world *world, const struct uapi_parting *parting)
{
	uint16_t before = model_memory_owner(world->model, parting->memory);
	struct check_event event = {.kind = CHECK_REUSE,
				    .memory = parting->memory,
				    .device = MACHINE_NONE,
				    .new_owner = parting->keeps,
				    .old_owner = before};

	if (before == parting->keeps)
		return;
	if (world->running)
		step_judge(world->running, &event);
	model_reuse(world->model, parting->memory, parting->keeps);
	if (parting->copy != MACHINE_NONE)
		move_address(world, before, parting->memory, parting->copy);
}

void world_parted(void *context, const struct uapi_parting *parting)
{
	struct world *world = context;

	if (parting->copy != MACHINE_NONE) {
		cpu_copies_page(world, parting->memory, parting->copy);
		model_reuse(world->model, parting->copy, parting->copies);
	}
	hand_over(world, parting);
}

struct target step_own_page(struct step_run *run, const struct target *target)
{
	struct target out = *target;

	if (target->kind == TARGET_MEMORY)
		out.index = uapi_cpu_write(run->world->uapi, run->step->by, (uint16_t)target->index);
	return out;
}

/* --- the end of a process --- */

static void end(struct world *world, uint16_t owner)
{
	model_exit(world->model, owner);
	world->address_spaces[owner] = 0; /* the model has closed it with all the others */
	for (uint32_t i = 0; owner < 64 && i < world->machine->device_count; i++)
		world->portals[i] &= ~(UINT64_C(1) << owner);
}

/* What children have open is the owner's still; its addresses mean nothing any more, and it has no CPU. */
static void end_address_space(struct world *world, uint16_t owner)
{
	if (world->address_spaces[owner])
		model_unmap(world->model, world->address_spaces[owner], 0, UINT64_MAX);
	for (uint32_t i = 0; owner < 64 && i < world->machine->device_count; i++)
		world->portals[i] &= ~(UINT64_C(1) << owner);
}

void op_exit(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t owner = run->step->by, parent = world->machine->owners[owner].parent;
	bool waits = parent != MACHINE_NONE && uapi_files_open(world->uapi, parent);

	if (!step_returned(run, uapi_exit(world->uapi, owner)))
		return;
	if (uapi_files_open(world->uapi, owner))
		end_address_space(world, owner);
	else
		end(world, owner);
	if (waits && !uapi_files_open(world->uapi, parent))
		end(world, parent);
}
