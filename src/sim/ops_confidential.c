/* SPDX-License-Identifier: MIT */
/* Operations of confidential guests and their hosts. Under rules without such guests there is no such call. */
#include "sim/confidential.h"

#include <errno.h>
#include <string.h>

static struct tee *tee_of(const struct step_run *run)
{
	return run->world->confidential ? run->world->confidential->tee : NULL;
}

static bool returned(struct step_run *run, int result)
{
	struct tee *tee = tee_of(run);

	if (result == -EIO && tee && tee_tdisp_error(tee) != TDISP_OK)
		g_ptr_array_add(run->record->notes,
				g_strdup_printf("TDISP_ERROR %s", tdisp_error_name(tee_tdisp_error(tee))));
	return step_returned(run, result);
}

/* --- what an address means to the guest --- */

/* The vIOMMU's space where it translates, or where the guest has attached one; else its memory. */
static void follow_meaning(struct step_run *run, uint16_t device, model_space attached)
{
	struct world *world = run->world;
	uint16_t guest = tee_guest_of(tee_of(run), device);

	model_attach(world->model, device, attached ? attached : world->confidential->memory[guest]);
}

/* --- crossing --- */

void op_lock(struct step_run *run)
{
	struct tee *tee = tee_of(run);

	returned(run, tee ? tee_lock(tee, run->step->by, run->with->device) : -ENOTTY);
}

void op_attest(struct step_run *run)
{
	struct tee *tee = tee_of(run);

	returned(run, tee ? tee_attest(tee, run->step->by, run->with->device) : -ENOTTY);
}

void op_validate(struct step_run *run)
{
	const struct operands *with = run->with;
	struct tee *tee = tee_of(run);
	uint16_t bar = (uint16_t)with->to.index;
	uint64_t left = run->world->machine->bars[bar].bytes - with->offset;

	returned(run, !tee ? -ENOTTY
			   : tee_validate(tee, run->step->by, bar, with->offset, with->bytes ? with->bytes : left));
}

void op_accept(struct step_run *run)
{
	struct tee *tee = tee_of(run);
	uint16_t device = run->with->device;

	if (!returned(run, tee ? tee_accept(tee, run->step->by, device) : -ENOTTY))
		return;
	model_accept(run->world->model, run->step->by, device);
	run->world->confidential->crossings[device]++;
}

void op_unlock(struct step_run *run)
{
	struct tee *tee = tee_of(run);
	uint16_t device = run->with->device;

	if (returned(run, tee ? tee_unlock(tee, run->step->by, device) : -ENOTTY))
		model_accept(run->world->model, MODEL_NEUTRAL, device);
}

void op_tdi_bind(struct step_run *run)
{
	struct tee *tee = tee_of(run);

	returned(run, tee ? tee_bind(tee, run->with->device) : -ENOTTY);
}

void op_tdi_unbind(struct step_run *run)
{
	struct tee *tee = tee_of(run);
	uint16_t device = run->with->device;

	if (returned(run, tee ? tee_unbind(tee, device) : -ENOTTY))
		model_accept(run->world->model, MODEL_NEUTRAL, device);
}

void op_start(struct step_run *run)
{
	struct tee *tee = tee_of(run);

	returned(run, tee ? tee_start(tee, run->with->device) : -ENOTTY);
}

void op_stop(struct step_run *run)
{
	struct tee *tee = tee_of(run);

	returned(run, tee ? tee_stop(tee, run->with->device) : -ENOTTY);
}

void op_ide_fail(struct step_run *run)
{
	struct confidential *c = run->world->confidential;

	if (c)
		ide_fail(c->ide, ide_default(c->ide, run->with->device));
	step_returned(run, c ? 0 : -ENOTTY);
}

/* --- memory --- */

static uint16_t guest_of_step(const struct step_run *run)
{
	const struct operands *with = run->with;
	const struct machine *machine = run->world->machine;

	if (with->owner != MACHINE_NONE)
		return with->owner;
	return with->to.kind == TARGET_BAR ? machine->devices[machine->bars[with->to.index].device].guest
					   : machine->memories[with->to.index].owner;
}

void op_stage2_map(struct step_run *run)
{
	const struct operands *with = run->with;
	struct tee *tee = tee_of(run);
	uint16_t guest = guest_of_step(run), index = (uint16_t)with->to.index;
	uint64_t gpa = step_address(run, &with->at);

	if (!tee || guest == MACHINE_NONE || !run->world->confidential->memory[guest]) {
		step_returned(run, -ENOTTY);
		return;
	}
	if (with->to.kind == TARGET_BAR) {
		uint64_t left = run->world->machine->bars[index].bytes - with->offset;
		returned(run, tee_mmio_map(tee, guest, index, with->offset, with->bytes ? with->bytes : left, gpa));
		return;
	}
	returned(run, tee_stage2_map(tee, guest, index, gpa, with->second_stage_t1));
}

static bool is_hosts(const struct step_run *run, uint16_t memory)
{
	const struct world *world = run->world;

	return page_states_get(world->confidential->pages, world->machine->memories[memory].hpa).state ==
	       PAGE_UNTRUSTED;
}

/* The host takes a page: it is judged as it finds it, before it does anything to it. */
static void take_away(struct step_run *run, uint16_t memory)
{
	bool before = is_hosts(run, memory);
	struct check_event event = {.kind = CHECK_RELEASED,
				    .memory = memory,
				    .device = MACHINE_NONE,
				    .old_owner = run->world->machine->memories[memory].owner,
				    .new_owner = MACHINE_HOST};

	if (!returned(run, tee_stage2_unmap(tee_of(run), memory)) || before || !is_hosts(run, memory))
		return;
	event.unscrubbed = confidential_left(run->world, memory);
	step_judge(run, &event);
	tee_taken(tee_of(run), memory);
	/* Nothing of the guest's is in it, nor will it be: there is no secret to keep. */
	if (tee_is_destroyed(tee_of(run), memory))
		model_convert(run->world->model, memory, false);
}

void op_stage2_unmap(struct step_run *run)
{
	struct tee *tee = tee_of(run);
	uint16_t index = (uint16_t)run->with->to.index;

	if (!tee)
		step_returned(run, -ENOTTY);
	else if (run->with->to.kind == TARGET_BAR)
		returned(run, tee_mmio_unmap(tee, guest_of_step(run), index));
	else
		take_away(run, index);
}

void op_release_memory(struct step_run *run)
{
	struct tee *tee = tee_of(run);
	uint16_t memory = (uint16_t)run->with->to.index;

	if (!returned(run, tee ? tee_release_memory(tee, run->step->by, memory) : -ENOTTY))
		return;
	confidential_place(run->world, memory, false);
	model_convert(run->world->model, memory, false);
}

void op_convert(struct step_run *run)
{
	struct tee *tee = tee_of(run);
	uint16_t memory = (uint16_t)run->with->to.index;

	bool moves = run->world->rules.value[KNOB_SHARED_ALIAS] != SHARED_ALIAS_NONE;

	if (!returned(run, tee ? tee_convert(tee, run->step->by, memory, run->with->to_private) : -ENOTTY))
		return;
	if (moves)
		confidential_place(run->world, memory, false);
	model_convert(run->world->model, memory, run->with->to_private);
	if (moves)
		confidential_place(run->world, memory, true);
}

/* --- the guest's kernel --- */

static void guest_driver_bind(struct step_run *run)
{
	returned(run, tee_driver_bind(tee_of(run), tee_guest_of(tee_of(run), run->with->device), run->with->device));
}

static void guest_driver_unbind(struct step_run *run)
{
	uint16_t device = run->with->device;

	if (!returned(run, tee_driver_unbind(tee_of(run), tee_guest_of(tee_of(run), device), device)))
		return;
	run->world->confidential->attached_regime[device] = 0;
	follow_meaning(run, device, 0);
}

static void guest_space(struct step_run *run)
{
	struct slot *slot = step_result(run);
	tee_space space;

	bool parent = run->with->nest_parent;
	if (!returned(run, (parent ? tee_parent_new : tee_space_new)(tee_of(run), run->step->by, &space)) || !slot)
		return;
	memset(slot, 0, sizeof *slot);
	slot->made = true;
	slot->owner = run->step->by;
	slot->space = space;
	slot->meant = parent ? confidential_memory(run) : model_space_new(run->world->model, run->step->by);
}

static void guest_destroy(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->space);

	if (returned(run, tee_space_destroy(tee_of(run), run->step->by, slot->space)) &&
	    slot->meant != confidential_memory(run))
		model_space_destroy(run->world->model, slot->meant);
}

static void guest_attach(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->space);
	uint16_t device = run->with->device;

	if (!returned(run, tee_attach(tee_of(run), run->step->by, device, slot->space)))
		return;
	run->world->confidential->attached_regime[device] = world_regime(run->world, device);
	follow_meaning(run, device, slot->meant);
}

static void guest_detach(struct step_run *run)
{
	uint16_t device = run->with->device;

	if (!returned(run, tee_detach(tee_of(run), run->step->by, device)))
		return;
	run->world->confidential->attached_regime[device] = 0;
	follow_meaning(run, device, 0);
}

static uint64_t wanted_bytes(const struct step_run *run, const struct target *to)
{
	return run->with->bytes ? run->with->bytes : step_target_bytes(run, to);
}

static void guest_map(struct step_run *run)
{
	const struct operands *with = run->with;
	const struct slot *slot = step_slot(run, with->space);
	struct target to = step_target(run, &with->to);
	uint64_t iova = step_address(run, &with->at), bytes = wanted_bytes(run, &to);

	if (to.kind != TARGET_MEMORY)
		returned(run, -EINVAL);
	else if (returned(run, tee_map(tee_of(run), run->step->by, slot->space, iova, (uint16_t)to.index, to.offset,
				       bytes, with->access)))
		model_map(run->world->model, slot->meant, iova, bytes, step_model_target(&to), with->access);
}

static void guest_unmap(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->space);
	uint64_t iova = step_address(run, &run->with->at), bytes = run->with->bytes;

	if (returned(run, tee_unmap(tee_of(run), run->step->by, slot->space, iova, bytes)))
		model_unmap(run->world->model, slot->meant, iova, bytes ? bytes : 1);
}

/*
 * The handle is one of the guest's bounce pool: the guest means that place, and never the buffer, to be in the device's
 * reach. It is believed of nothing but a declared pool of its own.
 */
static void note_bounced(struct step_run *run, uint64_t iova, uint64_t bytes, struct target *to)
{
	const struct machine *machine = run->world->machine;
	uint16_t pool;
	uint64_t at;

	if (!tee_bounced(tee_of(run), run->with->device, iova, bytes, &pool, &at) || !machine->memories[pool].swiotlb ||
	    machine->memories[pool].owner != run->step->by)
		return;
	to->index = pool;
	to->offset = at;
	if (run->world->verbose)
		g_ptr_array_add(run->record->notes, g_strdup_printf("bounced in %s+0x%" G_GINT64_MODIFIER "x",
								    machine->memories[pool].name, at));
}

/* A handle, whatever it is made of: the guest means by it what it leads to. */
static void guest_dma_map(struct step_run *run)
{
	const struct operands *with = run->with;
	struct world *world = run->world;
	struct slot *slot = step_result(run);
	struct target to = step_target(run, &with->to);
	uint64_t bytes = wanted_bytes(run, &to), iova;

	if (!returned(run, tee_dma_map(tee_of(run), run->step->by, with->device, (uint16_t)to.index, to.offset, bytes,
				       with->access, &iova)))
		return;
	note_bounced(run, iova, bytes, &to);
	model_dma_map(world->model, run->step->by, with->device, iova, bytes, step_model_target(&to), with->access);
	if (!slot)
		return;
	memset(slot, 0, sizeof *slot);
	slot->made = slot->dma_api = true;
	slot->device = with->device;
	slot->owner = run->step->by;
	slot->iova = iova;
	slot->bytes = bytes;
	slot->regime = world_regime(world, with->device);
}

static void guest_dma_unmap(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->handle);
	struct check_handle handle = step_handle(slot);
	struct check_event event = {
		.kind = CHECK_UNMAP, .memory = MACHINE_NONE, .device = slot->device, .handle = &handle};

	step_judge(run, &event);
	if (returned(run, tee_dma_unmap(tee_of(run), run->step->by, slot->device, slot->iova, slot->bytes)))
		model_dma_unmap(run->world->model, slot->device, slot->iova, slot->bytes);
}

static void guest_dma_sync(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->handle);

	returned(run, tee_dma_sync(tee_of(run), run->step->by, slot->device, slot->iova, slot->bytes,
				   run->with->sync_for == SYNC_FOR_DEVICE));
}

static const struct step_row guest_rows[OPERATIONS] = {
	[OP_SPACE] = {0, guest_space},
	[OP_DESTROY] = {NEEDS_SPACE, guest_destroy},
	[OP_ATTACH] = {NEEDS_SPACE, guest_attach},
	[OP_REPLACE] = {NEEDS_SPACE, guest_attach},
	[OP_DETACH] = {0, guest_detach},
	[OP_MAP] = {NEEDS_SPACE | NEEDS_AT, guest_map},
	[OP_UNMAP] = {NEEDS_SPACE | NEEDS_AT, guest_unmap},
	[OP_DMA_MAP] = {0, guest_dma_map},
	[OP_DMA_UNMAP] = {NEEDS_HANDLE, guest_dma_unmap},
	[OP_DMA_SYNC] = {NEEDS_HANDLE, guest_dma_sync},
	[OP_NEST] = {NEEDS_SPACE, op_guest_nest},
	[OP_INVALIDATE] = {NEEDS_NAMED_SPACE, op_guest_invalidate},
	[OP_VDEVICE] = {0, op_guest_cannot},
	[OP_PASID_TABLE] = {0, op_guest_cannot},
};
static const struct step_row driver_rows[] = {{0, guest_driver_bind}, {0, guest_driver_unbind}};

/* Drivers of a guest's device are the guest's, whoever is said to act; the others are by who takes the step. */
const struct step_row *confidential_row(const struct step_run *run)
{
	const struct confidential *c = run->world->confidential;
	enum operation operation = run->step->operation;
	uint16_t by = run->step->by;

	if (!c)
		return NULL;
	if (operation == OP_DRIVER_BIND || operation == OP_DRIVER_UNBIND)
		return tee_guest_of(c->tee, run->with->device) == MACHINE_NONE
			       ? NULL
			       : &driver_rows[operation == OP_DRIVER_UNBIND];
	if (by == MACHINE_NONE || !c->memory[by] || !guest_rows[operation].carry_out)
		return NULL;
	return &guest_rows[operation];
}
