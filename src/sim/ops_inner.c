/* SPDX-License-Identifier: MIT */
/* Operations of a guest's own kernel. */
#include "sim/guest.h"
#include "sim/inner.h"

#include <errno.h>
#include <string.h>

/* --- spaces --- */

static void inner_space(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t root = inner_take_table(world, run->step->in, TABLE_OF_SPACE);
	struct slot *slot = step_result(run);

	if (!step_returned(run, root == MACHINE_NONE ? -ENOMEM : 0))
		return;
	world->inner_tables[root].meant = model_space_new(world->model, run->step->in);
	if (!slot)
		return;
	slot->made = true;
	slot->owner = run->step->in;
	slot->memory = root;
	slot->meant = world->inner_tables[root].meant;
}

static void inner_destroy(struct step_run *run)
{
	struct world *world = run->world;
	struct slot *slot = step_slot(run, run->with->space);
	struct inner_table *table = &world->inner_tables[slot->memory];

	if (!step_returned(run, table->bonds ? -EBUSY : 0))
		return;
	if (table->host)
		uapi_destroy(world->uapi, run->step->in, table->host);
	model_space_destroy(world->model, table->meant);
	world_areas_remove(world, slot->meant, 0, UINT64_MAX);
	inner_give_table(world, slot->memory);
	slot->made = false;
	slot->refused = true;
}

static unsigned rights_of(const struct operands *with)
{
	enum access access = with->access_given ? with->access : ACCESS_READ_WRITE;

	return (access & ACCESS_READ ? MODEL_READ : 0u) | (access & ACCESS_WRITE ? MODEL_READ | MODEL_WRITE : 0u);
}

/* A guest maps what it has. */
static int may_map(const struct step_run *run, const struct target *to, uint64_t iova, uint64_t bytes)
{
	const struct machine_memory *row = &run->world->machine->memories[to->index];

	if ((iova | to->offset | bytes) % FRAME_BYTES || !bytes || bytes > row->bytes - to->offset)
		return -EINVAL;
	return model_memory_owner(run->world->model, (uint16_t)to->index) == run->step->in ? 0 : -EFAULT;
}

static int enter_map(struct step_run *run, uint16_t root, uint64_t iova, uint64_t bytes)
{
	struct world *world = run->world;
	const struct target *to = &run->with->to;
	uint64_t gpa = world->machine->memories[to->index].gpa + to->offset;
	/* What hardware would have to set is set. */
	unsigned rights = rights_of(run->with),
		 attributes = rights | PT_ACCESSED | (rights & MODEL_WRITE ? PT_DIRTY : 0u);
	int error = may_map(run, to, iova, bytes);

	if (!error && guest_maps(world, root, iova, bytes))
		error = -EEXIST;
	if (!error)
		error = guest_map(world, root, iova, gpa, bytes, attributes);
	if (!error)
		model_guest_map(world->model, root, iova, bytes, gpa, rights);
	return error;
}

static uint64_t bytes_of(struct step_run *run)
{
	return run->with->bytes ? run->with->bytes : step_target_bytes(run, &run->with->to);
}

static void inner_map(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->space);
	uint64_t iova = step_address(run, &run->with->at), bytes = bytes_of(run);

	if (step_returned(run, enter_map(run, slot->memory, iova, bytes)))
		world_area_add(run->world, slot->meant, iova, bytes, step_model_target(&run->with->to),
			       rights_of(run->with));
}

/* For everybody that the table serves. */
static int forget_range(struct world *world, uint16_t vm, uint16_t root, uint64_t first, uint64_t last)
{
	int error = 0;

	for (unsigned i = 0; i < INNER_MAX_BONDS && !error; i++) {
		const struct inner_bond *bond = &world->inner->bonds[i];
		if (bond->used && bond->root == root)
			error = inner_forget(world, vm, bond->device, bond->pasid, first, last);
	}
	return error;
}

static void inner_unmap(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *slot = step_slot(run, run->with->space);
	uint64_t iova = step_address(run, &run->with->at);
	const struct known_area *area = world_area_at(world, slot->meant, iova);
	uint64_t bytes = run->with->bytes ? run->with->bytes : area ? area->bytes : FRAME_BYTES;
	int error = (iova | bytes) % FRAME_BYTES || iova + (bytes - 1) < iova ? -EINVAL : 0;

	if (!error)
		error = guest_unmap(world, slot->memory, iova, bytes);
	if (!error)
		error = forget_range(world, run->step->in, slot->memory, iova, iova + (bytes - 1));
	if (!step_returned(run, error))
		return;
	model_guest_unmap(world->model, slot->memory, iova, bytes);
	world_areas_remove(world, slot->meant, iova, bytes);
}

/* --- PASIDs --- */

static struct inner_bond *find_bond(const struct world *world, uint16_t device, uint32_t pasid)
{
	for (unsigned i = 0; i < INNER_MAX_BONDS; i++) {
		struct inner_bond *bond = &world->inner->bonds[i];
		if (bond->used && bond->device == device && bond->pasid == pasid)
			return bond;
	}
	return NULL;
}

static struct inner_bond *free_bond(const struct world *world)
{
	for (unsigned i = 0; i < INNER_MAX_BONDS; i++)
		if (!world->inner->bonds[i].used)
			return &world->inner->bonds[i];
	return NULL;
}

static void tell_model_of_pasid(struct step_run *run, uint16_t device, uint32_t pasid, uint16_t root)
{
	struct world *world = run->world;
	const struct inner_device *state = &world->inner_devices[device];
	struct inner_table *table = &world->inner_tables[root];
	struct check_event event = {.kind = CHECK_PASID,
				    .memory = MACHINE_NONE,
				    .device = device,
				    .pasid = pasid,
				    .new_owner = run->step->in};

	step_judge(run, &event);
	if (state->contexts != MACHINE_NONE) {
		model_guest_context(world->model, state->contexts, pasid, root);
		return;
	}
	model_nest(world->model, table->meant, state->parent_meant, root);
	model_attach_pasid(world->model, device, pasid, table->meant);
}

static void inner_attach(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t device = run->with->device, root = step_slot(run, run->with->space)->memory;
	uint32_t pasid = step_pasid(run);
	int error = inner_bring_up(world, run->step->in, device);
	struct inner_bond *bond = free_bond(world);

	if (!error && find_bond(world, device, pasid))
		error = -EBUSY;
	if (!error && !bond)
		error = -ENOMEM;
	if (!error)
		error = inner_enter_pasid(world, run->step->in, device, pasid, root);
	if (!step_returned(run, error))
		return;
	bond->used = true;
	bond->device = device;
	bond->pasid = pasid;
	bond->root = root;
	world->inner_tables[root].bonds++;
	tell_model_of_pasid(run, device, pasid, root);
}

static void inner_detach(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t device = run->with->device;
	uint32_t pasid = step_pasid(run);
	int error = inner_bring_up(world, run->step->in, device);
	struct inner_bond *bond = error ? NULL : find_bond(world, device, pasid);

	if (!error)
		error = bond ? inner_leave_pasid(world, run->step->in, device, pasid, bond->root) : -EINVAL;
	if (!step_returned(run, error))
		return;
	world->inner_tables[bond->root].bonds--;
	memset(bond, 0, sizeof(*bond));
	if (world->inner_devices[device].contexts != MACHINE_NONE)
		model_guest_context(world->model, world->inner_devices[device].contexts, pasid, MACHINE_NONE);
	else
		model_detach_pasid(world->model, device, pasid);
}

/* --- the guest's DMA API --- */

#define INNER_FIRST_IOVA UINT64_C(0x100000)
#define INNER_LAST_IOVA  UINT64_C(0x1000000)

/* The lowest free addresses; 0: none. */
static uint64_t pick(struct world *world, uint16_t root, uint64_t bytes)
{
	for (uint64_t iova = INNER_FIRST_IOVA; iova + bytes <= INNER_LAST_IOVA; iova += FRAME_BYTES)
		if (!guest_maps(world, root, iova, bytes))
			return iova;
	return 0;
}

static void inner_dma_map(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t device = run->with->device;
	uint64_t bytes = bytes_of(run), iova = 0;
	int error = inner_bring_up(world, run->step->in, device);
	struct slot *slot = step_result(run);
	uint16_t root = world->inner_devices[device].normal;

	if (!error) {
		iova = pick(world, root, bytes);
		error = iova ? enter_map(run, root, iova, bytes) : -ENOSPC;
	}
	if (!step_returned(run, error) || !slot)
		return;
	memset(slot, 0, sizeof(*slot));
	slot->made = true;
	slot->device = device;
	slot->owner = run->step->in;
	slot->iova = iova;
	slot->bytes = bytes;
}

static void inner_dma_unmap(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *slot = step_slot(run, run->with->handle);
	int error = inner_bring_up(world, run->step->in, slot->device);
	uint16_t root = world->inner_devices[slot->device].normal;

	if (!error)
		error = guest_unmap(world, root, slot->iova, slot->bytes);
	if (!error)
		error = inner_forget(world, run->step->in, slot->device, PASID_NONE, slot->iova,
				     slot->iova + (slot->bytes - 1));
	if (step_returned(run, error))
		model_guest_unmap(world->model, root, slot->iova, slot->bytes);
}

void inner_carry_out(struct step_run *run)
{
	static void (*const calls[OPERATIONS])(struct step_run * run) = {
		[OP_SPACE] = inner_space,     [OP_DESTROY] = inner_destroy,
		[OP_ATTACH] = inner_attach,   [OP_DETACH] = inner_detach,
		[OP_MAP] = inner_map,         [OP_UNMAP] = inner_unmap,
		[OP_DMA_MAP] = inner_dma_map, [OP_DMA_UNMAP] = inner_dma_unmap,
	};

	calls[run->step->operation](run);
}
