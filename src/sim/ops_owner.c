/* SPDX-License-Identifier: MIT */
/* Operations on ownership: who drives a device, and what that opens. */
#include "sim/confidential.h"
#include "sim/step.h"

#include <errno.h>

/* Under these rules a user of the device is a kernel driver. */
static bool users_are_kernel_drivers(const struct world *world)
{
	return world->rules.value[KNOB_USER_API] == USER_API_NONE;
}

void op_take(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t owner = run->step->by, device = run->with->device;

	if (!step_returned(run, uapi_take(world->uapi, owner, device)))
		return;
	world_tell_resets(world);
	step_new_owner(run, device, owner, users_are_kernel_drivers(world));
	if (users_are_kernel_drivers(world))
		model_driver_bind(world->model, owner, device);
	else
		model_take(world->model, owner, device);
	/* Every driver, kernel's or user's, enables its device before it uses it. An mdev's parent is its driver's. */
	if (world->machine->devices[device].kind == DEVICE_MDEV)
		return;
	fabric_set_memory_space(world->fabric, device, true);
	fabric_set_bus_master(world->fabric, device, true);
}

/* With the driver of a device went the mdevs that it made, and its work queue from all address spaces. */
static void lose_driver(struct world *world, uint16_t device)
{
	world->portals[device] = 0;
	for (uint16_t i = 0; i < world->machine->device_count; i++)
		if (world->machine->devices[i].kind == DEVICE_MDEV && world->machine->devices[i].parent == device &&
		    model_owner(world->model, i) != MODEL_NEUTRAL)
			model_release(world->model, model_owner(world->model, i), i);
}

void op_release(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t owner = run->step->by, device = run->with->device;

	if (!step_returned(run, uapi_release(world->uapi, owner, device)))
		return;
	if (users_are_kernel_drivers(world))
		model_driver_unbind(world->model, device);
	else
		model_release(world->model, owner, device);
	lose_driver(world, device);
}

static void kernel_drives(struct step_run *run, uint16_t device)
{
	struct world *world = run->world;

	step_new_owner(run, device, MACHINE_HOST, true);
	model_driver_bind(world->model, MACHINE_HOST, device);
	fabric_set_memory_space(world->fabric, device, true);
	fabric_set_bus_master(world->fabric, device, true);
}

void op_driver_bind(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t device = run->with->device;

	if (!step_returned(run, uapi_driver_bind(world->uapi, device, run->with->driver)))
		return;
	if (run->with->driver != DRIVER_HOST)
		return;
	world_tell_resets(world);
	kernel_drives(run, device);
}

void op_driver_unbind(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t device = run->with->device, user = model_owner(world->model, device);

	if (!step_returned(run, uapi_driver_unbind(world->uapi, device)))
		return;
	/* A user's driver has to close it first, and what is mapped of it keeps it open. */
	if (user != MODEL_NEUTRAL && !users_are_kernel_drivers(world))
		model_release(world->model, user, device);
	model_driver_unbind(world->model, device);
	lose_driver(world, device);
}

void op_reset(struct step_run *run)
{
	static int (*const calls[])(struct uapi * uapi, uint16_t owner, uint16_t device) = {
		[RESET_WHOLE] = uapi_reset, [RESET_START] = uapi_reset_begin, [RESET_DONE] = uapi_reset_end};

	int error = run->with->phase == RESET_DONE ? 0 : confidential_before_reset(run->world, run->with->device);

	if (!error)
		error = calls[run->with->phase](run->world->uapi, run->step->by, run->with->device);
	step_returned(run, error);
}

void op_command(struct step_run *run)
{
	const struct operands *with = run->with;

	if (with->bus_master >= 0)
		fabric_set_bus_master(run->world->fabric, with->device, with->bus_master);
	if (with->memory_space >= 0)
		fabric_set_memory_space(run->world->fabric, with->device, with->memory_space);
	step_ok(run);
}

void op_hotplug(struct step_run *run)
{
	struct world *world = run->world;

	if (!step_returned(run, uapi_hotplug(world->uapi, run->with->device)))
		return;
	model_present(world->model, run->with->device, true);
	for (uint16_t i = 0; i < world->machine->device_count; i++)
		if (uapi_is_kernel_driven(world->uapi, i) && model_owner(world->model, i) == MODEL_NEUTRAL)
			kernel_drives(run, i);
}

void op_swap(struct step_run *run)
{
	step_returned(run, world_swap(run->world, run->with->device, run->with->with));
}

void op_unplug(struct step_run *run)
{
	if (!step_returned(run, uapi_unplug(run->world->uapi, run->with->device)))
		return;
	confidential_gone(run->world, run->with->device);
	model_present(run->world->model, run->with->device, false);
	for (uint16_t i = 0; i < run->world->machine->device_count; i++)
		if (!model_is_present(run->world->model, i))
			run->world->portals[i] = 0;
}

void op_mmap(struct step_run *run)
{
	uint16_t owner = run->step->by, bar = (uint16_t)run->with->to.index;

	if (step_returned(run, uapi_mmap(run->world->uapi, owner, bar)))
		model_mmap(run->world->model, owner, bar);
}

/* A CPU access through the mapping of whoever makes the step; a guest's is where its host has put the BAR. */
void op_mmio(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t bar = (uint16_t)run->with->to.index;
	uint64_t value = 1, offset = run->with->offset;
	struct check_event event = {.kind = CHECK_MMIO, .memory = MACHINE_NONE};
	enum mmio_result result;
	bool t;
	int error = confidential_mmio(world, run->step->by, &bar, &offset, &t);

	if (error) {
		step_returned(run, error);
		return;
	}
	if (run->with->access_given && run->with->access & ACCESS_WRITE)
		result = fabric_mmio_write(world->fabric, bar, offset, 4, t, value);
	else
		result = fabric_mmio_read(world->fabric, bar, offset, 4, t, &value);
	event.device = world->machine->bars[bar].device;
	event.with_t = t;
	if (result == MMIO_OK)
		step_judge(run, &event);
	step_returned(run, result == MMIO_OK ? 0 : result == MMIO_OUTSIDE ? -EINVAL : -EIO);
}
