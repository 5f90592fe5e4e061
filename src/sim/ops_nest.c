/* SPDX-License-Identifier: MIT */
/* Operations on guests' first stages. */
#include "pgtable/pt.h"
#include "sim/guest.h"
#include "sim/step.h"

#include <errno.h>

/* A guest writes its own memory alone. */
static bool owns_root(struct step_run *run)
{
	return model_memory_owner(run->world->model, (uint16_t)run->with->root.index) == run->step->by ||
	       step_returned(run, -EFAULT);
}

void op_nest(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *parent = step_slot(run, run->with->space);
	uint16_t root = (uint16_t)run->with->root.index, owner = run->step->by;
	struct slot *slot = step_result(run);
	struct domain_guest guest;
	space_handle space = 0;

	bool hardware = run->with->root_given;
	if (hardware && !owns_root(run))
		return;
	int error = hardware ? guest_describe(world, root, &guest) : 0;
	if (!error)
		error = uapi_nest(world->uapi, owner, parent->space, hardware ? &guest : NULL, &space);
	if (!step_returned(run, error) || !slot)
		return;
	slot->made = true;
	slot->space = space;
	slot->owner = owner;
	slot->meant = world_space_learn(world, space, owner);
	if (hardware)
		model_nest(world->model, slot->meant, parent->meant, root);
	else
		model_nest_areas(world->model, slot->meant, parent->meant);
}

void op_guest_map(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	uint64_t iova = step_address(run, &with->at), gpa = step_address(run, &with->from);
	uint64_t bytes = with->bytes ? with->bytes : FRAME_BYTES;
	enum access access = with->access_given ? with->access : ACCESS_READ_WRITE;
	unsigned permissions =
		(access & ACCESS_READ ? MODEL_READ : 0u) | (access & ACCESS_WRITE ? MODEL_READ | MODEL_WRITE : 0u);
	uint16_t root = (uint16_t)with->root.index;

	if (!owns_root(run))
		return;
	if (with->as_table) {
		if (step_returned(run, guest_link(world, root, iova, gpa)))
			model_guest_unmap(world->model, root, iova & ~(GUEST_LINK_BYTES - 1), GUEST_LINK_BYTES);
		return;
	}
	/* What hardware would have to set is set, unless the guest leaves it to hardware. */
	unsigned attributes = permissions;
	if (!with->hardware_flags)
		attributes |= PT_ACCESSED | (permissions & MODEL_WRITE ? PT_DIRTY : 0);
	if (step_returned(run, guest_map(world, root, iova, gpa, bytes, attributes)))
		model_guest_map(world->model, root, iova, bytes, gpa, permissions);
}

void op_guest_unmap(struct step_run *run)
{
	struct world *world = run->world;
	uint64_t iova = step_address(run, &run->with->at);
	uint64_t bytes = run->with->bytes ? run->with->bytes : FRAME_BYTES;
	uint16_t root = (uint16_t)run->with->root.index;

	if (owns_root(run) && step_returned(run, guest_unmap(world, root, iova, bytes)))
		model_guest_unmap(world->model, root, iova, bytes);
}

void op_vdevice(struct step_run *run)
{
	step_returned(run, uapi_vdevice(run->world->uapi, run->step->by, run->with->device, run->with->id));
}

void op_invalidate(struct step_run *run)
{
	static const int kinds[] = {[INVALIDATE_ALL] = UAPI_FORGET_ALL,
				    [INVALIDATE_RANGE] = UAPI_FORGET_RANGE,
				    [INVALIDATE_PASID] = UAPI_FORGET_PASID,
				    [INVALIDATE_DEVTLB] = UAPI_FORGET_DEVTLB,
				    [INVALIDATE_CONFIG] = UAPI_FORGET_CONFIG};
	const struct operands *with = run->with;
	struct uapi_invalidation what = {
		.device = with->device, .id = with->id, .pasid = PASID_NONE, .last = UINT64_MAX};

	what.what = kinds[with->invalidate];
	what.of = with->object_given  ? UAPI_OF_VIOMMU
		  : with->id_given    ? UAPI_OF_ID
		  : with->space_given ? UAPI_OF_SPACE
				      : UAPI_OF_DEVICE;
	if (with->space_given)
		what.space = step_slot(run, with->space)->space;
	if (with->object_given)
		what.space = step_slot(run, with->object)->space;
	if (with->pasid.base == PASID_RESULT)
		what.pasid = run->world->slots[with->pasid.value].pasid;
	else if (with->pasid.base == PASID_NUMBER)
		what.pasid = with->pasid.value;
	if (with->at_given) {
		what.first = step_address(run, &with->at);
		what.last = what.first + (with->bytes - 1);
	}
	step_returned(run, what.last < what.first ? -EINVAL : uapi_invalidate(run->world->uapi, run->step->by, &what));
}
