/* SPDX-License-Identifier: MIT */
#include "sim/inner.h"

#include "sim/guest.h"

#include <errno.h>
#include <string.h>

void world_build_inner(struct world *world)
{
	const struct machine *machine = world->machine;

	world->inner_tables = arena_block(world->arena, "guest kernels' tables",
					  sizeof(struct inner_table) * (machine->memory_count + 1), ARENA_HASHED);
	world->inner_devices = arena_block(world->arena, "guest kernels' devices",
					   sizeof(struct inner_device) * (machine->device_count + 1), ARENA_HASHED);
	world->inner = arena_block(world->arena, "guest kernels", sizeof(struct inner), ARENA_HASHED);
}

static bool walks_contexts(const struct world *world, uint16_t device)
{
	const struct driver *driver = world->drivers[world->machine->devices[device].iommu];

	return driver->ops->guest_contexts != NULL;
}

/* MACHINE_NONE: all are in use. */
uint16_t inner_take_table(struct world *world, uint16_t vm, enum table_use use)
{
	for (uint16_t i = 0; i < world->machine->memory_count; i++) {
		if (!world->machine->memories[i].guests_table || world->machine->memories[i].owner != vm ||
		    world->inner_tables[i].use != TABLE_FREE)
			continue;
		world->inner_tables[i].use = (uint8_t)use;
		return i;
	}
	return MACHINE_NONE;
}

void inner_give_table(struct world *world, uint16_t root)
{
	if (root == MACHINE_NONE)
		return;
	memset(&world->inner_tables[root], 0, sizeof(world->inner_tables[root]));
	guest_forget(world, root);
	model_guest_unmap(world->model, root, 0, UINT64_MAX);
}

/* --- what the monitor hands on --- */

/* What the guest changed of the tables of the device, for the PASID (PASID_NONE: without), is to be forgotten. */
int inner_forget(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid, uint64_t first, uint64_t last)
{
	struct uapi_invalidation what = {.what = UAPI_FORGET_RANGE,
					 .of = UAPI_OF_DEVICE,
					 .device = device,
					 .pasid = pasid,
					 .first = first,
					 .last = last};
	int error = uapi_invalidate(world->uapi, vm, &what);

	what.what = UAPI_FORGET_DEVTLB;
	if (!error && walks_contexts(world, device)) /* VT-d's invalidation of a range has it in it */
		error = uapi_invalidate(world->uapi, vm, &what);
	return error;
}

static int forget_context(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid)
{
	struct uapi_invalidation what = {
		.what = UAPI_FORGET_PASID, .of = UAPI_OF_DEVICE, .device = device, .pasid = pasid, .last = UINT64_MAX};

	return uapi_invalidate(world->uapi, vm, &what);
}

static int hand_over(struct world *world, uint16_t vm, uint16_t device, struct inner_device *state)
{
	struct uapi_guest_table table = {.parent = state->parent};

	state->contexts = inner_take_table(world, vm, TABLE_OF_CONTEXTS);
	if (state->contexts == MACHINE_NONE)
		return -ENOMEM;
	int error = guest_contexts_describe(world, state->contexts, &table.guest);
	if (!error)
		error = guest_context(world, state->contexts, PASID_NONE, state->normal);
	return error ? error : uapi_pasid_table(world->uapi, vm, device, &table, &state->host);
}

static int nest(struct world *world, uint16_t vm, uint16_t root, space_handle parent, space_handle *host)
{
	struct domain_guest guest;
	int error = guest_describe(world, root, &guest);

	return error ? error : uapi_nest(world->uapi, vm, parent, &guest, host);
}

static int place(struct world *world, uint16_t vm, uint16_t device, struct inner_device *state)
{
	if (walks_contexts(world, device))
		return hand_over(world, vm, device, state);
	int error = nest(world, vm, state->normal, state->parent, &state->host);
	if (error)
		return error;
	error = uapi_replace(world->uapi, vm, device, state->host);
	if (error)
		uapi_destroy(world->uapi, vm, state->host);
	return error;
}

static void tell_model(struct world *world, uint16_t vm, uint16_t device, struct inner_device *state)
{
	state->meant = world_space_learn(world, state->host, vm);
	if (state->contexts == MACHINE_NONE) {
		model_nest(world->model, state->meant, state->parent_meant, state->normal);
	} else {
		model_delegate(world->model, state->meant, state->parent_meant, state->contexts);
		model_guest_context(world->model, state->contexts, MODEL_NO_PASID, state->normal);
	}
	model_attach(world->model, device, state->meant);
}

/* --- a device comes up in the guest --- */

static space_handle space_meant(const struct world *world, model_space meant)
{
	for (unsigned i = 0; i < WORLD_MAX_SPACES && world->spaces[i].space; i++)
		if (world->spaces[i].meant == meant)
			return world->spaces[i].space;
	return 0;
}

/* The monitor has taken the device elsewhere: what the guest had there is gone. */
static void forget_device(struct world *world, uint16_t device)
{
	struct inner_device *state = &world->inner_devices[device];

	for (unsigned i = 0; i < INNER_MAX_BONDS; i++) {
		struct inner_bond *bond = &world->inner->bonds[i];
		if (!bond->used || bond->device != device)
			continue;
		world->inner_tables[bond->root].bonds--;
		memset(bond, 0, sizeof(*bond));
	}
	if (state->on) {
		inner_give_table(world, state->normal);
		inner_give_table(world, state->contexts);
	}
	memset(state, 0, sizeof(*state));
}

/* -ENODEV: the guest has not the device, or it stands before no IOMMU that a guest can see. */
int inner_bring_up(struct world *world, uint16_t vm, uint16_t device)
{
	struct inner_device *state = &world->inner_devices[device];
	model_space attached = model_attached(world->model, device);

	if (state->on && attached == state->meant)
		return 0;
	forget_device(world, device);
	if (model_owner(world->model, device) != vm || !space_meant(world, attached) ||
	    world->machine->devices[device].iommu == MACHINE_NONE ||
	    !world->drivers[world->machine->devices[device].iommu])
		return -ENODEV;
	struct inner_device made = {.parent = space_meant(world, attached), .parent_meant = attached};
	made.contexts = MACHINE_NONE;
	made.normal = inner_take_table(world, vm, TABLE_OF_DEVICE);
	int error = made.normal == MACHINE_NONE ? -ENOMEM : place(world, vm, device, &made);
	if (error) {
		inner_give_table(world, made.normal);
		inner_give_table(world, made.contexts);
		return error;
	}
	tell_model(world, vm, device, &made);
	made.on = true;
	/* One by one: equal states have equal bytes. */
	state->parent = made.parent;
	state->host = made.host;
	state->parent_meant = made.parent_meant;
	state->meant = made.meant;
	state->normal = made.normal;
	state->contexts = made.contexts;
	state->on = true;
	return 0;
}

/* --- PASIDs --- */

/* Where the host tracks all, the monitor registers the table before anything about the PASID can be handed on. */
static int publish(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid, uint16_t root)
{
	struct inner_table *table = &world->inner_tables[root];
	int error = forget_context(world, vm, device, pasid);

	if (error != -ENOENT)
		return error;
	error = table->host ? 0 : nest(world, vm, root, world->inner_devices[device].parent, &table->host);
	if (!error)
		error = uapi_attach_pasid(world->uapi, vm, device, pasid, table->host);
	return error ? error : forget_context(world, vm, device, pasid);
}

int inner_enter_pasid(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid, uint16_t root)
{
	struct inner_device *state = &world->inner_devices[device];
	struct inner_table *table = &world->inner_tables[root];
	int error;

	if (walks_contexts(world, device)) {
		error = guest_context(world, state->contexts, pasid, root);
		if (!error)
			error = publish(world, vm, device, pasid, root);
		if (error)
			guest_context(world, state->contexts, pasid, MACHINE_NONE);
		return error;
	}
	error = table->host ? 0 : nest(world, vm, root, state->parent, &table->host);
	return error ? error : uapi_attach_pasid(world->uapi, vm, device, pasid, table->host);
}

int inner_leave_pasid(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid, uint16_t root)
{
	if (!walks_contexts(world, device))
		return uapi_detach_pasid(world->uapi, vm, device, pasid);
	int error = guest_context(world, world->inner_devices[device].contexts, pasid, MACHINE_NONE);
	if (!error)
		error = forget_context(world, vm, device, pasid);
	if (!error)
		error = inner_forget(world, vm, device, pasid, 0, UINT64_MAX);
	if (!error && world->inner_tables[root].host) /* registered */
		error = uapi_detach_pasid(world->uapi, vm, device, pasid);
	return error;
}
