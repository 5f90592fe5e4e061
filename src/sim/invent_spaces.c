/* SPDX-License-Identifier: MIT */
/* Steps about spaces, mappings, the DMA API, mdevs' pages and guests' tables. */
#include "sim/invent.h"

#include <string.h>

static bool is_taken(const struct invented_device *device)
{
	return device->user != INVENT_NOBODY;
}

static bool has_host(const struct invented_device *device)
{
	return device->host && !device->parent;
}

static bool is_mdev(const struct invented_device *device)
{
	return device->parent && device->user != INVENT_NOBODY;
}

static void maybe_access(struct invention *in, uint32_t step)
{
	if (invent_chance(in, 4))
		sketch_set(in->sketch, step, "access", "%s", invent_chance(in, 12) ? "write" : "read");
}

/* --- spaces --- */

/* Mostly somebody who has a device. */
static uint8_t any_owner(struct invention *in)
{
	uint8_t device;

	if (invent_pick(in, is_taken, &device) && is_taken(&in->devices[device]))
		return in->devices[device].user;
	return (uint8_t)invent_below(in, in->owner_count);
}

bool invent_space(struct invention *in)
{
	uint8_t owner = any_owner(in);
	uint32_t step = invent_new_step(in, "space", owner);
	struct invented_space *space = &in->spaces[in->thing_count[THING_SPACE] % INVENT_THINGS];
	struct invented_space made = {.owner = owner};

	made.nests = in->theme == THEME_NESTED && !invent_chance(in, 4);
	made.pasids =
		in->theme == THEME_ANSWERS ? !invent_chance(in, 6) : in->theme == THEME_PASIDS && invent_chance(in, 2);
	if (made.nests)
		sketch_set(in->sketch, step, "nest-parent", "true");
	if (made.nests || invent_chance(in, 10))
		sketch_set(in->sketch, step, "ram", "true");
	if (made.pasids)
		sketch_set(in->sketch, step, "pasid", "true");
	if (made.pasids && (in->theme == THEME_ANSWERS || invent_chance(in, 3)))
		sketch_set(in->sketch, step, "faults", "true");
	if (in->theme == THEME_WRITES && invent_chance(in, 2))
		sketch_set(in->sketch, step, "dirty", "true");
	if (in->theme == THEME_WRITES && invent_chance(in, 3))
		sketch_set(in->sketch, step, "snoop", "%s", invent_chance(in, 2) ? "true" : "false");
	if (invent_chance(in, 12))
		sketch_set(in->sketch, step, "pages", "[4K]");
	if (invent_name(in, step, THING_SPACE, (struct invented_thing){.owner = owner}))
		*space = made;
	return true;
}

/* A device of the space's owner, or any; in front of it the name of the space. */
static bool pick_pair(struct invention *in, const char *operation, uint8_t *device, uint8_t *space)
{
	char name[SKETCH_NAME_MAX];
	uint32_t step;

	if (!invent_old(in, THING_SPACE, space, name))
		return false;
	for (unsigned tries = 0; tries < 6; tries++) {
		if (!invent_pick(in, is_taken, device))
			return false;
		if (in->devices[*device].user == in->spaces[*space].owner)
			break;
	}
	step = invent_new_step(in, operation, in->spaces[*space].owner);
	invent_set_device(in, step, *device);
	sketch_set(in->sketch, step, "space", "%s", name);
	if ((in->spaces[*space].pasids || invent_chance(in, 24)) && !in->devices[*device].parent) {
		uint32_t pasid = 1 + invent_below(in, 3);

		sketch_set(in->sketch, step, "pasid", "%u", pasid);
		in->devices[*device].numbered = true;
		invent_note(
			in, THING_PASID,
			(struct invented_thing){.device = *device, .owner = in->spaces[*space].owner, .pasid = pasid});
	}
	in->devices[*device].space = (uint8_t)(*space + 1);
	return true;
}

bool invent_attach(struct invention *in)
{
	uint8_t device, space;

	return pick_pair(in, "attach", &device, &space);
}

bool invent_replace(struct invention *in)
{
	uint8_t device, space;

	invent_let_go(in);
	return pick_pair(in, "replace", &device, &space);
}

bool invent_detach(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, is_taken, &device))
		return false;
	invent_let_go(in);
	step = invent_new_step(in, "detach", invent_user(in, device));
	invent_set_device(in, step, device);
	if (in->devices[device].numbered && !in->devices[device].parent && invent_chance(in, 2))
		sketch_set(in->sketch, step, "pasid", "%u", 1 + invent_below(in, 3));
	return true;
}

bool invent_destroy(struct invention *in)
{
	char name[SKETCH_NAME_MAX];
	uint8_t space;

	if (!invent_old(in, THING_SPACE, &space, name))
		return false;
	sketch_set(in->sketch, invent_new_step(in, "destroy", in->spaces[space].owner), "space", "%s", name);
	return true;
}

/* --- mappings --- */

static void any_address(struct invention *in, char *at, size_t bytes)
{
	switch (invent_below(in, 12)) {
	case 0:
		g_snprintf(at, (gulong)bytes, "hpa(b%u)", invent_below(in, in->memory_count) + 1);
		return;
	case 1:
		g_snprintf(at, (gulong)bytes, "gpa(b%u)", invent_below(in, in->memory_count) + 1);
		return;
	case 2: {
		const struct invented_device *device = &in->devices[invent_below(in, in->device_count)];

		if (device->bar) {
			g_snprintf(at, (gulong)bytes, "bus(%s.bar0)", device->name);
			return;
		}
		break;
	}
	case 3:
		g_snprintf(at, (gulong)bytes, "0x40200000");
		return;
	default:
		break;
	}
	g_snprintf(at, (gulong)bytes, "%#x", 0x40000000u + invent_below(in, 4) * 0x1000u);
}

bool invent_map(struct invention *in)
{
	struct invented_area *area = &in->areas[in->area_count % INVENT_AREAS];
	char name[SKETCH_NAME_MAX];
	uint8_t space, device;
	uint32_t step;

	if (!invent_old(in, THING_SPACE, &space, name) || in->spaces[space].parent)
		return false;
	step = invent_new_step(in, "map", in->spaces[space].owner);
	*area = (struct invented_area){.space = space};
	any_address(in, area->at, sizeof(area->at));
	sketch_set(in->sketch, step, "space", "%s", name);
	sketch_set(in->sketch, step, "at", "%s", area->at);
	area->memory = invent_memory_of(in, in->spaces[space].owner);
	if (invent_chance(in, 10) && invent_pick(in, is_taken, &device) && in->devices[device].bar)
		sketch_set(in->sketch, step, "to", "%s.bar0", in->devices[device].name);
	else
		sketch_set(in->sketch, step, "to", "b%u", area->memory + 1u);
	if (invent_chance(in, 3))
		sketch_set(in->sketch, step, "size", "4K");
	maybe_access(in, step);
	in->area_count++;
	return true;
}

bool invent_unmap(struct invention *in)
{
	uint32_t areas = in->area_count < INVENT_AREAS ? in->area_count : INVENT_AREAS;
	struct invented_area *area;
	char name[SKETCH_NAME_MAX];
	uint32_t step;

	if (areas == 0)
		return false;
	area = &in->areas[invent_below(in, areas)];
	if (area->space == INVENT_NOBODY)
		return false;
	invent_thing_name(THING_SPACE, area->space, name);
	step = invent_new_step(in, "unmap", in->spaces[area->space].owner);
	sketch_set(in->sketch, step, "space", "%s", name);
	sketch_set(in->sketch, step, "at", "%s", area->at);
	if (invent_chance(in, 6))
		sketch_set(in->sketch, step, "size", "%s", invent_chance(in, 2) ? "4K" : "2M");
	invent_let_go(in);
	area->gone = true;
	in->freed = (uint8_t)(area->memory + 1);
	return true;
}

bool invent_dma_map(struct invention *in)
{
	struct invented_thing made = {.owner = INVENT_NOBODY};
	uint8_t device, pages, owner;
	char name[SKETCH_NAME_MAX];
	uint32_t step;

	if (!invent_pick(in, invent_chance(in, 3) ? is_taken : has_host, &device) || in->devices[device].parent)
		return false;
	owner = in->devices[device].user;
	if (owner == INVENT_NOBODY && !in->devices[device].host)
		return false;
	step = invent_new_step(in, "dma-map", owner);
	if (owner == INVENT_NOBODY)
		g_strlcpy(in->sketch->parts[step].by, "host", SKETCH_NAME_MAX);
	invent_set_device(in, step, device);
	if (in->theme == THEME_MDEVS && !invent_chance(in, 4) && invent_old(in, THING_PAGES, &pages, name)) {
		sketch_set(in->sketch, step, "memory", "%s", name);
		made.memory = in->things[THING_PAGES][pages].memory;
		made.pages = (uint8_t)(in->things[THING_PAGES][pages].device + 1);
	} else {
		made.memory = invent_memory_of(in, owner);
		sketch_set(in->sketch, step, "memory", "b%u", made.memory + 1u);
	}
	made.device = device;
	made.owner = owner;
	maybe_access(in, step);
	invent_name(in, step, THING_HANDLE, made);
	return true;
}

/* A kernel driver lets go of what it has, once, and as long as it has the device. */
static bool may_unmap(const struct invention *in, const struct invented_thing *handle)
{
	const struct invented_device *device = &in->devices[handle->device];

	if (handle->owner == INVENT_NOBODY)
		return !handle->over && device->host;
	return !in->kernel || (!handle->over && device->user == handle->owner);
}

bool invent_dma_unmap(struct invention *in)
{
	char name[SKETCH_NAME_MAX];
	struct invented_thing *handle;
	uint8_t number;
	uint32_t step;

	if (!invent_old(in, THING_HANDLE, &number, name) || !may_unmap(in, &in->things[THING_HANDLE][number]))
		return false;
	handle = &in->things[THING_HANDLE][number];
	step = invent_new_step(in, "dma-unmap", handle->owner);
	if (handle->owner == INVENT_NOBODY)
		g_strlcpy(in->sketch->parts[step].by, "host", SKETCH_NAME_MAX);
	sketch_set(in->sketch, step, "handle", "%s", name);
	handle->over |= in->devices[handle->device].user == handle->owner;
	return true;
}

bool invent_dma_sync(struct invention *in)
{
	const struct invented_thing *handle;
	char name[SKETCH_NAME_MAX];
	uint8_t number;
	uint32_t step;

	if (!invent_old(in, THING_HANDLE, &number, name))
		return false;
	handle = &in->things[THING_HANDLE][number];
	/* A driver syncs what it has. */
	if (handle->over || (handle->owner == INVENT_NOBODY && !in->devices[handle->device].host))
		return false;
	step = invent_new_step(in, "dma-sync", handle->owner);
	if (handle->owner == INVENT_NOBODY)
		g_strlcpy(in->sketch->parts[step].by, "host", SKETCH_NAME_MAX);
	sketch_set(in->sketch, step, "handle", "%s", name);
	sketch_set(in->sketch, step, "for", "%s", invent_chance(in, 2) ? "cpu" : "device");
	return true;
}

/* --- pages of mdevs --- */

bool invent_pin(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (in->area_count == 0 || !invent_pick(in, is_mdev, &device) || !in->devices[device].parent)
		return false;
	step = invent_new_step(in, "pin", INVENT_NOBODY);
	invent_set_device(in, step, device);
	sketch_set(in->sketch, step, "at", "%s", in->areas[(in->area_count - 1u) % INVENT_AREAS].at);
	invent_name(in, step, THING_PAGES,
		    (struct invented_thing){.device = device,
					    .memory = in->areas[(in->area_count - 1u) % INVENT_AREAS].memory});
	return true;
}

bool invent_unpin(struct invention *in)
{
	char name[SKETCH_NAME_MAX];
	uint8_t pages;

	if (!invent_old(in, THING_PAGES, &pages, name))
		return false;
	sketch_set(in->sketch, invent_new_step(in, "unpin", INVENT_NOBODY), "pages", "%s", name);
	return true;
}

/* --- guests' tables --- */

static bool pick_guest(struct invention *in, uint8_t *owner, uint8_t *root)
{
	*owner = (uint8_t)invent_below(in, in->owner_count);
	*root = invent_memory_of(in, *owner);
	return in->guests[*owner];
}

bool invent_nest(struct invention *in)
{
	char name[SKETCH_NAME_MAX];
	uint8_t parent, owner;
	uint32_t step;

	if (!invent_old(in, THING_SPACE, &parent, name) || !in->guests[in->spaces[parent].owner])
		return false;
	owner = in->spaces[parent].owner;
	step = invent_new_step(in, "nest", owner);
	sketch_set(in->sketch, step, "parent", "%s", name);
	if (!invent_chance(in, 6))
		sketch_set(in->sketch, step, "root", "b%u", invent_memory_of(in, owner) + 1u);
	if (invent_name(in, step, THING_SPACE, (struct invented_thing){.owner = owner}))
		in->spaces[in->thing_count[THING_SPACE] - 1u] =
			(struct invented_space){.owner = owner, .parent = (uint8_t)(parent + 1)};
	return true;
}

bool invent_guest_map(struct invention *in)
{
	struct invented_area *area = &in->areas[in->area_count % INVENT_AREAS];
	uint8_t owner, root;
	uint32_t step;

	if (!pick_guest(in, &owner, &root))
		return false;
	step = invent_new_step(in, "guest-map", owner);
	*area = (struct invented_area){.space = INVENT_NOBODY};
	any_address(in, area->at, sizeof(area->at));
	sketch_set(in->sketch, step, "root", "b%u", root + 1u);
	sketch_set(in->sketch, step, "at", "%s", area->at);
	if (invent_chance(in, 4))
		sketch_set(in->sketch, step, "to", "hpa(b%u)", invent_below(in, in->memory_count) + 1);
	else
		sketch_set(in->sketch, step, "to", "gpa(b%u)", invent_memory_of(in, owner) + 1u);
	if (invent_chance(in, 5))
		sketch_set(in->sketch, step, "access", "read");
	in->area_count++;
	return true;
}

bool invent_guest_unmap(struct invention *in)
{
	uint8_t owner, root;
	uint32_t step;

	if (in->area_count == 0 || !pick_guest(in, &owner, &root))
		return false;
	step = invent_new_step(in, "guest-unmap", owner);
	sketch_set(in->sketch, step, "root", "b%u", root + 1u);
	sketch_set(in->sketch, step, "at", "%s", in->areas[(in->area_count - 1u) % INVENT_AREAS].at);
	return true;
}

bool invent_vdevice(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, is_taken, &device) || !is_taken(&in->devices[device]) || in->devices[device].parent ||
	    !in->guests[in->devices[device].user])
		return false;
	step = invent_new_step(in, "vdevice", in->devices[device].user);
	invent_set_device(in, step, device);
	sketch_set(in->sketch, step, "id", "%u", 1 + invent_below(in, 3));
	return true;
}
