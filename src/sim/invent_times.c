/* SPDX-License-Identifier: MIT */
/* Steps that fall into what is under way: invalidations, resets; and what changes under those who use it. */
#include "sim/invent.h"

#include <string.h>

static bool has_host(const struct invented_device *device)
{
	return device->host && !device->parent;
}

static bool is_absent(const struct invented_device *device)
{
	return device->absent;
}

static bool takes_binds(const struct invented_device *device)
{
	return device->pasids && device->host;
}

/* A mapping of what the device is attached to; false: there is none. */
static bool area_of(struct invention *in, uint8_t device, struct invented_area **area)
{
	uint32_t areas = in->area_count < INVENT_AREAS ? in->area_count : INVENT_AREAS;

	for (uint32_t i = 0; i < areas; i++) {
		*area = &in->areas[i];
		if (!(*area)->gone && (*area)->space + 1u == in->devices[device].space)
			return true;
	}
	return false;
}

static void run_queues(struct invention *in, uint32_t count)
{
	uint32_t step = invent_new_step(in, "run", INVENT_NOBODY);

	sketch_set(in->sketch, step, "what", "queues");
	if (count)
		sketch_set(in->sketch, step, "count", "%u", count);
}

/*
 * A device asks for a translation while an unmap's invalidations are under way. That the driver does not wait stands
 * for a wait that lasts that long: nothing comes in between but hardware, and all is done before the next step.
 */
bool invent_refill(struct invention *in)
{
	struct invented_area *area;
	char given[SKETCH_NAME_MAX], space[SKETCH_NAME_MAX];
	uint8_t number, device;
	uint32_t step;

	/* A request that is held would arrive when the driver should have waited for it. */
	if (!in->sketch->manual || in->thing_count[THING_REQUEST] || !invent_old(in, THING_GIVEN, &number, given))
		return false;
	device = in->things[THING_GIVEN][number].device;
	if (in->devices[device].user == INVENT_NOBODY || !area_of(in, device, &area))
		return false;
	run_queues(in, 0);
	invent_thing_name(THING_SPACE, area->space, space);
	step = invent_new_step(in, "unmap", in->spaces[area->space].owner);
	sketch_set(in->sketch, step, "space", "%s", space);
	sketch_set(in->sketch, step, "at", "%s", area->at);
	g_strlcpy(in->sketch->parts[step].inject, "skip-sync", sizeof(in->sketch->parts[step].inject));
	run_queues(in, 1 + invent_below(in, 6));
	step = invent_new_step(in, "ats", INVENT_NOBODY);
	invent_set_device(in, step, device);
	sketch_set(in->sketch, step, "at", "%s", area->at);
	run_queues(in, 0);
	invent_let_go(in);
	area->gone = true;
	in->freed = (uint8_t)(area->memory + 1);
	return true;
}

/* The host resets what it drives: mostly one half, and later the other. */
bool invent_park(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, has_host, &device) || !has_host(&in->devices[device]))
		return false;
	step = invent_new_step(in, "reset", INVENT_NOBODY);
	g_strlcpy(in->sketch->parts[step].by, "host", SKETCH_NAME_MAX);
	invent_set_device(in, step, device);
	if (!invent_chance(in, 6))
		sketch_set(in->sketch, step, "phase", "%s", in->devices[device].resetting ? "done" : "start");
	in->devices[device].resetting = !in->devices[device].resetting;
	return true;
}

bool invent_domain_type(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	/* What a lazy or an identity domain lets through is what it was asked for: the knob kernel_dma has them. */
	if (!invent_pick(in, NULL, &device) || in->devices[device].parent)
		return false;
	step = invent_new_step(in, "domain-type", INVENT_NOBODY);
	invent_set_device(in, step, device);
	sketch_set(in->sketch, step, "type", "strict");
	return true;
}

/* Another function in the slot of one. */
bool invent_swap(struct invention *in)
{
	uint8_t device, with;
	uint32_t step;

	if (!invent_pick(in, is_absent, &with) || !is_absent(&in->devices[with]) || !invent_pick(in, NULL, &device) ||
	    in->devices[device].absent || in->devices[device].parent || in->devices[with].parent ||
	    strchr(in->devices[device].name, '-') || strchr(in->devices[with].name, '-') || invent_has_lent(in, device))
		return false;
	step = invent_new_step(in, "swap", INVENT_NOBODY);
	invent_set_device(in, step, device);
	sketch_set(in->sketch, step, "with", "%s", in->devices[with].name);
	in->devices[device].absent = true;
	in->devices[device].user = INVENT_NOBODY;
	in->devices[with].absent = false;
	return true;
}

/* --- PASIDs that CPUs give --- */

bool invent_enqcmd(struct invention *in)
{
	const struct invented_thing *bound;
	char name[SKETCH_NAME_MAX];
	uint8_t device, number, owner;
	uint32_t step;

	/* Where steps pick the numbers, they pick those that a CPU still has for another. */
	if (!in->allocates || !invent_pick(in, takes_binds, &device) || !takes_binds(&in->devices[device]) ||
	    !invent_old(in, THING_PASID, &number, name))
		return false;
	bound = &in->things[THING_PASID][number];
	owner = invent_chance(in, 4) ? (uint8_t)invent_below(in, in->owner_count) : bound->owner;
	step = invent_new_step(in, "enqcmd", owner);
	invent_set_device(in, step, device);
	invent_set_pasid(in, step, bound->pasid);
	sketch_set(in->sketch, step, "at", "va(b%u)", invent_memory_of(in, owner) + 1u);
	if (invent_chance(in, 2))
		sketch_set(in->sketch, step, "access", "write");
	return true;
}

bool invent_vpasid(struct invention *in)
{
	uint8_t owner = (uint8_t)invent_below(in, in->owner_count);
	bool map = !invent_chance(in, 3);
	uint32_t step;

	if (!in->guests[owner])
		return false;
	step = invent_new_step(in, map ? "vpasid-map" : "vpasid-unmap", INVENT_NOBODY);
	sketch_set(in->sketch, step, "vm", "p%u", owner + 1u);
	if (map || invent_chance(in, 2))
		sketch_set(in->sketch, step, "vpasid", "%u", 1 + invent_below(in, 2));
	if (map)
		sketch_set(in->sketch, step, "pasid", "%u", 1 + invent_below(in, 3));
	return true;
}
