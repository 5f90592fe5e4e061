/* SPDX-License-Identifier: MIT */
/* Steps about who has a device, what becomes of the device, and the CPU's side of it. */
#include "sim/invent.h"

#include <string.h>

static bool is_free(const struct invented_device *device)
{
	return device->user == INVENT_NOBODY && !device->host && !device->absent;
}

static bool is_taken(const struct invented_device *device)
{
	return device->user != INVENT_NOBODY;
}

static bool has_host(const struct invented_device *device)
{
	return device->host;
}

static bool is_absent(const struct invented_device *device)
{
	return device->absent;
}

static bool has_bar(const struct invented_device *device)
{
	return device->bar && is_taken(device);
}

static uint32_t device_step(struct invention *in, const char *operation, uint8_t owner, uint8_t device)
{
	uint32_t step = invent_new_step(in, operation, owner);

	invent_set_device(in, step, device);
	return step;
}

bool invent_take(struct invention *in)
{
	uint8_t device, owner = (uint8_t)invent_below(in, in->owner_count);

	/* Kernel drivers are all the host's here: two of one group have one table by design. */
	if (in->kernel || !invent_pick(in, is_free, &device))
		return false;
	device_step(in, "take", owner, device);
	if (!is_taken(&in->devices[device]))
		in->devices[device].user = owner;
	return true;
}

bool invent_release(struct invention *in)
{
	uint8_t device;

	if (!invent_pick(in, is_taken, &device) || (in->kernel && invent_has_lent(in, device)))
		return false;
	invent_let_go(in);
	device_step(in, "release", invent_user(in, device), device);
	in->devices[device].user = INVENT_NOBODY;
	in->devices[device].space = 0;
	return true;
}

bool invent_exit(struct invention *in)
{
	uint8_t owner = (uint8_t)invent_below(in, in->owner_count);

	for (uint8_t i = 0; in->kernel && i < in->device_count; i++)
		if (invent_has_lent(in, i))
			return false;
	invent_let_go(in);
	invent_new_step(in, "exit", owner);
	for (uint8_t i = 0; i < in->device_count; i++)
		if (in->devices[i].user == owner)
			in->devices[i].user = INVENT_NOBODY;
	return true;
}

bool invent_bind(struct invention *in)
{
	static const char *const drivers[] = {"host", "host", "stub", "user"};
	const char *driver = drivers[invent_below(in, G_N_ELEMENTS(drivers))];
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, is_free, &device) || in->devices[device].parent)
		return false;
	step = device_step(in, "driver-bind", INVENT_NOBODY, device);
	sketch_set(in->sketch, step, "driver", "%s", driver);
	in->devices[device].host = driver[0] == 'h';
	return true;
}

bool invent_unbind(struct invention *in)
{
	uint8_t device;

	if (!invent_pick(in, has_host, &device) || !in->devices[device].host || in->devices[device].parent ||
	    invent_has_lent(in, device))
		return false;
	invent_let_go(in);
	device_step(in, "driver-unbind", INVENT_NOBODY, device);
	in->devices[device].host = false;
	return true;
}

bool invent_reset(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, is_taken, &device) || in->devices[device].parent)
		return false;
	step = device_step(in, "reset", invent_user(in, device), device);
	if (invent_chance(in, 3))
		sketch_set(in->sketch, step, "phase", "%s", invent_chance(in, 2) ? "start" : "done");
	return true;
}

bool invent_command(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, is_taken, &device) || in->devices[device].parent)
		return false;
	step = device_step(in, "command", invent_user(in, device), device);
	sketch_set(in->sketch, step, invent_chance(in, 2) ? "bus-master" : "memory", "%s",
		   invent_chance(in, 2) ? "true" : "false");
	return true;
}

bool invent_plug(struct invention *in)
{
	uint8_t device;

	if (!invent_pick(in, is_absent, &device) || in->devices[device].parent)
		return false;
	device_step(in, "hotplug", INVENT_NOBODY, device);
	in->devices[device].absent = false;
	return true;
}

bool invent_unplug(struct invention *in)
{
	uint8_t device;

	/* Of one function alone: nobody pulls that out. */
	if (!invent_pick(in, NULL, &device) || in->devices[device].parent || invent_has_lent(in, device) ||
	    strchr(in->devices[device].name, '-'))
		return false;
	invent_let_go(in);
	device_step(in, "unplug", INVENT_NOBODY, device);
	in->devices[device].absent = true;
	in->devices[device].user = INVENT_NOBODY;
	return true;
}

bool invent_reuse(struct invention *in)
{
	uint8_t memory = (uint8_t)invent_below(in, in->memory_count);
	uint8_t owner = (uint8_t)invent_below(in, in->owner_count + 1u);
	uint32_t step;

	if (in->freed && !invent_chance(in, 3))
		memory = (uint8_t)(in->freed - 1);
	for (uint8_t i = 0; i < in->thing_count[THING_HANDLE]; i++)
		if (in->things[THING_HANDLE][i].memory == memory && !in->things[THING_HANDLE][i].over)
			return false;
	step = invent_new_step(in, "reuse", INVENT_NOBODY);
	sketch_set(in->sketch, step, "memory", "b%u", memory + 1u);
	if (owner == in->owner_count)
		sketch_set(in->sketch, step, "to", "host");
	else
		sketch_set(in->sketch, step, "to", "p%u", owner + 1u);
	in->memory_of[memory] = owner == in->owner_count ? INVENT_NOBODY : owner;
	return true;
}

bool invent_mmap(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, has_bar, &device) || !in->devices[device].bar)
		return false;
	step = invent_new_step(in, "mmap", invent_user(in, device));
	sketch_set(in->sketch, step, "bar", "%s.bar0", in->devices[device].name);
	return true;
}

bool invent_mmio(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, has_bar, &device) || !in->devices[device].bar)
		return false;
	step = invent_new_step(in, "mmio", invent_user(in, device));
	sketch_set(in->sketch, step, "bar", "%s.bar0", in->devices[device].name);
	if (invent_chance(in, 2))
		sketch_set(in->sketch, step, "access", "write");
	return true;
}
