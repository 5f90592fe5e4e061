/* SPDX-License-Identifier: MIT */
/* Operations on PASIDs: of processes' address spaces, of the kernel's own work, and those that CPUs have. */
#include "sim/step.h"

void step_new_pasid(struct step_run *run, uint16_t device, uint32_t pasid, uint16_t owner)
{
	struct check_event event = {
		.kind = CHECK_PASID, .memory = MACHINE_NONE, .device = device, .pasid = pasid, .new_owner = owner};

	step_judge(run, &event);
}

void op_pasid_enable(struct step_run *run)
{
	step_returned(run, uapi_pasid_enable(run->world->uapi, run->with->device));
}

/* --- address spaces --- */

/* What the kernel's own work with a PASID can address is what the rule lets it: see KNOB_KERNEL_PASID. */
static bool is_for_dma_api(const struct world *world, uint16_t mm)
{
	return mm == MACHINE_HOST && world->rules.value[KNOB_KERNEL_PASID] == KERNEL_PASID_DMA_DOMAIN;
}

static void tell_bond(struct step_run *run, uint16_t device, uint32_t pasid, uint16_t mm)
{
	struct world *world = run->world;

	if (model_pasid_owner(world->model, device, pasid) == mm) {
		model_hold_pasid(world->model, device, pasid);
		return;
	}
	step_new_pasid(run, device, pasid, mm);
	if (is_for_dma_api(world, mm))
		model_attach_pasid_dma(world->model, device, pasid, mm);
	else
		model_attach_pasid(world->model, device, pasid, world_address_space(world, mm));
}

void op_sva_bind(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t device = run->with->device, mm = run->with->owner;
	struct slot *slot = step_result(run);
	uint32_t pasid =
		run->with->pasid.base == PASID_ABSENT ? uapi_sva_pasid(world->uapi, device, mm) : step_pasid(run);

	if (!step_returned(run, uapi_sva_bind(world->uapi, device, pasid, mm)))
		return;
	tell_bond(run, device, pasid, mm);
	if (mm < 64)
		world->portals[device] |= UINT64_C(1) << mm;
	if (world->verbose)
		g_ptr_array_add(run->record->notes, g_strdup_printf("PASID %u", pasid));
	if (!slot)
		return;
	slot->made = true;
	slot->device = device;
	slot->owner = mm;
	slot->pasid = pasid;
}

void op_sva_unbind(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t device = run->with->device;

	if (step_returned(run, uapi_sva_unbind(world->uapi, run->step->by, device, step_pasid(run))))
		model_detach_pasid(world->model, device, step_pasid(run));
}

void op_munmap(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t memory = uapi_page_of(world->uapi, run->step->by, (uint16_t)run->with->to.index);
	const struct machine_memory *row = &world->machine->memories[memory];

	if (step_returned(run, uapi_munmap(world->uapi, run->step->by, memory)))
		model_unmap(world->model, world_address_space(world, run->step->by), row->va, row->bytes);
}

/* --- CPUs --- */

void op_vpasid_map(struct step_run *run)
{
	const struct operands *with = run->with;

	step_returned(run, uapi_vpasid_map(run->world->uapi, with->owner, with->vpasid, step_pasid(run)));
}

void op_vpasid_unmap(struct step_run *run)
{
	const struct operands *with = run->with;

	step_returned(run, with->vpasid_given ? uapi_vpasid_unmap(run->world->uapi, with->owner, with->vpasid)
					      : uapi_vpasid_unmap_all(run->world->uapi, with->owner));
}

/* Who works for the PASID of a function: an mdev, if one has it, else the function itself. */
static uint16_t worker(const struct machine *machine, uint16_t function, uint32_t pasid)
{
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].kind == DEVICE_MDEV && machine->devices[i].parent == function &&
		    machine->devices[i].pasid == pasid)
			return i;
	return function;
}

/* The portal is of a work queue that all share: the PASID in the descriptor alone says whose work it is. */
void op_enqcmd(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t function = machine_function(world->machine, run->with->device);
	struct request request = step_request(run);
	uint32_t pasid;
	int error = uapi_enqcmd(world->uapi, run->step->by, run->with->device, step_pasid(run), &pasid);

	if (error) {
		step_returned(run, error);
		return;
	}
	request.originator = run->step->by;
	request.by_owner = true;
	request.pasid = pasid;
	request.device = worker(world->machine, function, pasid);
	step_send(run, &request, 0);
}
