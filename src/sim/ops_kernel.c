/* SPDX-License-Identifier: MIT */
/* Operations of whoever runs the kernel: what its DMA API is made of. */
#include "sim/cpu.h"
#include "sim/inner.h"

#include <errno.h>
#include <string.h>

/* Nobody's intent: the model is not told. */
void op_domain_type(struct step_run *run)
{
	static const uint8_t types[] = {[DMA_TYPE_STRICT] = KERNEL_DMA_STRICT,
					[DMA_TYPE_LAZY] = KERNEL_DMA_LAZY,
					[DMA_TYPE_IDENTITY] = KERNEL_DMA_IDENTITY};

	step_returned(run, uapi_domain_type(run->world->uapi, run->with->device, types[run->with->dma_type]));
}

void step_sync_caches(struct step_run *run, const struct slot *slot, bool for_device)
{
	struct world *world = run->world;
	bool written = slot->permissions & MODEL_WRITE;

	if (!slot->dma_api || slot->memory == MACHINE_NONE || world->machine->devices[slot->device].coherent)
		return;
	if (for_device || written)
		cpu_sync(world, slot->memory, for_device);
}

/* The handle stays what it was: nobody's grant changes. */
void op_dma_sync(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->handle);
	bool for_device = run->with->sync_for == SYNC_FOR_DEVICE;

	if (step_returned(run, uapi_dma_sync(run->world->uapi, run->step->by, slot->device, slot->space, slot->iova,
					     slot->bytes, for_device)))
		step_sync_caches(run, slot, for_device);
}

/* What the runner plays beside the host's kernel: drivers of mdevs, and guests. */
static void end_players(struct world *world)
{
	const struct machine *machine = world->machine;

	memset(world->held, 0, sizeof(*world->held) * WORLD_MAX_HELD);
	memset(world->inner_tables, 0, sizeof(*world->inner_tables) * machine->memory_count);
	memset(world->inner_devices, 0, sizeof(*world->inner_devices) * machine->device_count);
	memset(world->inner, 0, sizeof(*world->inner));
	memset(world->portals, 0, sizeof(*world->portals) * machine->device_count);
	memset(world->address_spaces, 0, sizeof(*world->address_spaces) * machine->owner_count);
}

/* A TSM and its guests have no crash kernel here. */
void op_kexec(struct step_run *run)
{
	struct world *world = run->world;

	if (world->confidential) {
		step_returned(run, -ENOTTY);
		return;
	}
	if (!step_returned(run, uapi_kexec(world->uapi)))
		return;
	world_tell_resets(world);
	end_players(world);
	model_reboot(world->model);
}
