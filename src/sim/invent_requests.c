/* SPDX-License-Identifier: MIT */
/* Steps about requests of devices, PASIDs, device TLBs and page requests, and what hardware and timers do. */
#include "sim/invent.h"

#include <string.h>

static bool is_used(const struct invented_device *device)
{
	return device->user != INVENT_NOBODY || device->host;
}

static bool has_ats(const struct invented_device *device)
{
	return device->ats && is_used(device);
}

static bool has_pasids(const struct invented_device *device)
{
	return device->pasids;
}

static bool takes_binds(const struct invented_device *device)
{
	return device->pasids && device->host;
}

/* --- addresses --- */

static void other_address(struct invention *in, char *at, size_t bytes)
{
	const struct invented_device *device = &in->devices[invent_below(in, in->device_count)];
	uint32_t memory = invent_below(in, in->memory_count) + 1;

	switch (invent_below(in, 6)) {
	case 0:
		g_snprintf(at, (gulong)bytes, "hpa(b%u)", memory);
		return;
	case 1:
		g_snprintf(at, (gulong)bytes, "gpa(b%u)", memory);
		return;
	case 2:
		if (device->vectors)
			g_snprintf(at, (gulong)bytes, "msi(%s.v%u)", device->name, invent_below(in, 2));
		else if (device->bar)
			g_snprintf(at, (gulong)bytes, "bus(%s.bar0)", device->name);
		else
			g_snprintf(at, (gulong)bytes, "hpa(b%u)", memory);
		return;
	case 3:
		if (device->bar) {
			g_snprintf(at, (gulong)bytes, "bus(%s.bar0)", device->name);
			return;
		}
		g_snprintf(at, (gulong)bytes, "hpa(b%u)", memory);
		return;
	default:
		g_snprintf(at, (gulong)bytes, "%#x", 0x40000000u + invent_below(in, 4) * 0x1000u);
	}
}

/* An area of what the device is attached to, mostly one that is still mapped. */
static bool own_area(struct invention *in, uint8_t device, char *at, size_t bytes)
{
	uint32_t areas = in->area_count < INVENT_AREAS ? in->area_count : INVENT_AREAS;
	uint8_t space = in->devices[device].space;

	if (in->devices[device].parent && !in->devices[device].own_pasid)
		return false;
	for (unsigned tries = 0; space && areas && tries < 8; tries++) {
		const struct invented_area *area = &in->areas[invent_below(in, areas)];
		bool guests = in->spaces[space - 1].parent && area->space == INVENT_NOBODY;

		if ((area->space + 1u == space || guests) && (!area->gone || invent_chance(in, 3))) {
			g_strlcpy(at, area->at, bytes);
			return true;
		}
	}
	return false;
}

static bool own_handle(struct invention *in, uint8_t device, char *at, size_t bytes)
{
	char name[SKETCH_NAME_MAX];
	uint8_t handle;

	for (unsigned tries = 0; tries < 4; tries++) {
		if (!invent_old(in, THING_HANDLE, &handle, name))
			return false;
		if (in->devices[device].parent ? in->things[THING_HANDLE][handle].pages == device + 1
					       : in->things[THING_HANDLE][handle].device == device) {
			g_strlcpy(at, name, bytes);
			return true;
		}
	}
	return false;
}

/* Now and then behind the first page. */
static bool go_on(struct invention *in, char *at, size_t bytes)
{
	if (invent_chance(in, 3))
		g_strlcat(at, invent_chance(in, 4) ? "+0x1ff000" : "+4K", bytes);
	return true;
}

/* Where the device was given something, or something was taken from it; false: it was not, and none is asked for. */
static bool request_address(struct invention *in, uint8_t device, char *at, size_t bytes)
{
	if ((in->devices[device].parent || !invent_chance(in, 8)) &&
	    (own_handle(in, device, at, bytes) || own_area(in, device, at, bytes)))
		return go_on(in, at, bytes);
	/* What a software mdev sends is its driver's doing. */
	if (!invent_chance(in, 5) || (in->devices[device].parent && !in->devices[device].own_pasid))
		return false;
	other_address(in, at, bytes);
	return true;
}

/* A PASID that somebody bound for the device; whose it is. False: there is none. */
static bool bound_pasid(struct invention *in, uint8_t device, struct invented_thing *bound)
{
	char name[SKETCH_NAME_MAX];
	uint8_t number;

	for (unsigned tries = 0; tries < 4; tries++) {
		if (!invent_old(in, THING_PASID, &number, name))
			return false;
		*bound = in->things[THING_PASID][number];
		if (bound->device == device)
			return true;
	}
	return false;
}

struct wish {
	char at[40];
	uint32_t pasid; /* 0: none */
	uint8_t owner;  /* INVENT_NOBODY: the device on its own */
};

/* A PASID of somebody else's device, and what is behind it there. */
static bool foreign_wish(struct invention *in, uint8_t device, struct wish *wish)
{
	char name[SKETCH_NAME_MAX];
	uint8_t number;

	if (!in->devices[device].pasids || !invent_chance(in, 8) || !invent_old(in, THING_PASID, &number, name))
		return false;
	wish->pasid = in->things[THING_PASID][number].pasid;
	g_snprintf(wish->at, sizeof(wish->at), "va(b%u)",
		   invent_memory_of(in, in->things[THING_PASID][number].owner) + 1u);
	return true;
}

static bool any_wish(struct invention *in, uint8_t device, struct wish *wish)
{
	struct invented_thing bound;

	*wish = (struct wish){.owner = INVENT_NOBODY};
	if (foreign_wish(in, device, wish))
		return true;
	if (bound_pasid(in, device, &bound) && !invent_chance(in, 6)) {
		wish->pasid = bound.pasid;
		if (invent_chance(in, in->theme == THEME_LATE ? 2 : 6))
			other_address(in, wish->at, sizeof(wish->at));
		else if (invent_chance(in, 3) || !own_area(in, device, wish->at, sizeof(wish->at)))
			g_snprintf(wish->at, sizeof(wish->at), "va(b%u)", invent_memory_of(in, bound.owner) + 1u);
		return true;
	}
	if (in->theme == THEME_SIGNALS && in->devices[0].vectors && invent_chance(in, 3))
		g_snprintf(wish->at, sizeof(wish->at), "msi(%s.v%u)", in->devices[0].name, invent_below(in, 2));
	else if (!request_address(in, device, wish->at, sizeof(wish->at)))
		return false;
	if (invent_chance(in, 4))
		wish->owner = in->devices[device].user;
	if (in->devices[device].pasids && invent_chance(in, 8))
		wish->pasid = 1 + invent_below(in, 3);
	return true;
}

/* --- requests --- */

/* `device`, `pasid` and the address of a request; false: no step. */
static bool address_request(struct invention *in, const char *operation, uint8_t device, uint32_t *step)
{
	struct wish wish;

	if (!any_wish(in, device, &wish))
		return false;
	*step = invent_new_step(in, operation, wish.owner);
	invent_set_device(in, *step, device);
	if (wish.pasid && !in->devices[device].parent)
		invent_set_pasid(in, *step, wish.pasid);
	sketch_set(in->sketch, *step, "at", "%s", wish.at);
	return true;
}

bool invent_dma(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, is_used, &device) || !address_request(in, "dma", device, &step))
		return false;
	if (invent_chance(in, 2))
		sketch_set(in->sketch, step, "access", "%s", invent_chance(in, 12) ? "atomic" : "write");
	if (in->theme == THEME_WRITES && invent_chance(in, 3))
		sketch_set(in->sketch, step, "nosnoop", "true");
	if (in->theme == THEME_ANSWERS || invent_chance(in, in->theme == THEME_PASIDS ? 3 : 12)) {
		invent_name(in, step, THING_REQUEST, (struct invented_thing){.device = device});
		if (in->sketch->parts[step].as[0] && invent_chance(in, in->theme == THEME_ANSWERS ? 8 : 2))
			sketch_set(in->sketch, step, "hold", "translated");
	}
	return true;
}

bool invent_ats(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, has_ats, &device) || !in->devices[device].ats ||
	    !address_request(in, "ats", device, &step))
		return false;
	invent_name(in, step, THING_GIVEN, (struct invented_thing){.device = device});
	return true;
}

bool invent_translated(struct invention *in)
{
	char name[SKETCH_NAME_MAX];
	uint8_t given;
	uint32_t step;

	if (!invent_old(in, THING_GIVEN, &given, name))
		return false;
	step = invent_new_step(in, "dma", INVENT_NOBODY);
	invent_set_device(in, step, in->things[THING_GIVEN][given].device);
	sketch_set(in->sketch, step, "translated", "%s", name);
	if (invent_chance(in, 2))
		sketch_set(in->sketch, step, "access", "write");
	return true;
}

bool invent_resume(struct invention *in)
{
	char name[SKETCH_NAME_MAX];
	uint8_t request;

	if (!invent_old(in, THING_REQUEST, &request, name))
		return false;
	sketch_set(in->sketch, invent_new_step(in, "resume", INVENT_NOBODY), "request", "%s", name);
	return true;
}

bool invent_run(struct invention *in)
{
	static const char *const what[] = {"queues", "page-requests", "deferred-flush", "all"};
	uint32_t step = invent_new_step(in, "run", INVENT_NOBODY);
	uint32_t which = invent_below(in, G_N_ELEMENTS(what));

	sketch_set(in->sketch, step, "what", "%s", what[which]);
	if (which == 0 && invent_chance(in, 2))
		sketch_set(in->sketch, step, "count", "%u", 1 + invent_below(in, 6));
	return true;
}

void invent_switch_on(struct invention *in)
{
	static const char *const units[] = {"u1", "u2"};

	for (unsigned i = 0; in->units_off && i < G_N_ELEMENTS(units); i++)
		if (sketch_find(in->sketch, units[i]) != SKETCH_NOBODY)
			sketch_set(in->sketch, invent_new_step(in, "enable-translation", INVENT_NOBODY), "iommu", "%s",
				   units[i]);
}

/* --- PASIDs --- */

bool invent_enable(struct invention *in)
{
	uint8_t device;

	if (!invent_pick(in, has_pasids, &device) || in->devices[device].parent)
		return false;
	invent_set_device(in, invent_new_step(in, "pasid-enable", invent_user(in, device)), device);
	return true;
}

bool invent_sva_bind(struct invention *in)
{
	uint8_t device, owner = (uint8_t)invent_below(in, in->owner_count);
	uint32_t step, pasid = 1 + invent_below(in, 3);
	struct invented_thing bound;

	if (!invent_pick(in, takes_binds, &device) || !in->devices[device].pasids)
		return false;
	step = invent_new_step(in, "sva-bind", owner);
	invent_set_device(in, step, device);
	bound = (struct invented_thing){.device = device, .owner = owner, .pasid = pasid};
	if (in->allocates) {
		bound.pasid = INVENT_ALLOCATED + in->thing_count[THING_PASID];
		invent_name(in, step, THING_PASID, bound);
	} else {
		sketch_set(in->sketch, step, "pasid", "%u", pasid);
		invent_note(in, THING_PASID, bound);
	}
	return true;
}

bool invent_sva_unbind(struct invention *in)
{
	char name[SKETCH_NAME_MAX];
	uint8_t number;
	uint32_t step;

	if (!invent_old(in, THING_PASID, &number, name))
		return false;
	step = invent_new_step(in, "sva-unbind", in->things[THING_PASID][number].owner);
	invent_set_device(in, step, in->things[THING_PASID][number].device);
	invent_set_pasid(in, step, in->things[THING_PASID][number].pasid);
	return true;
}

bool invent_munmap(struct invention *in)
{
	uint8_t owner = (uint8_t)invent_below(in, in->owner_count);
	uint8_t memory = invent_memory_of(in, owner);

	if (in->memory_of[memory] != owner)
		return false;
	sketch_set(in->sketch, invent_new_step(in, "munmap", owner), "memory", "b%u", memory + 1u);
	in->freed = (uint8_t)(memory + 1);
	return true;
}

bool invent_response(struct invention *in)
{
	static const char *const codes[] = {"success", "invalid", "failure"};
	char name[SKETCH_NAME_MAX];
	uint8_t request;
	uint32_t step;

	if (!invent_old(in, THING_REQUEST, &request, name))
		return false;
	if (in->sketch->manual)
		sketch_set(in->sketch, invent_new_step(in, "run", INVENT_NOBODY), "what", "page-requests");
	step = invent_new_step(in, "page-response", (uint8_t)invent_below(in, in->owner_count));
	sketch_set(in->sketch, step, "request", "%s", name);
	sketch_set(in->sketch, step, "code", "%s", codes[invent_below(in, G_N_ELEMENTS(codes))]);
	if (invent_chance(in, 4))
		sketch_set(in->sketch, step, "as-group", "%u", invent_below(in, 3));
	return true;
}

bool invent_quiesce(struct invention *in)
{
	uint8_t device;
	uint32_t step;

	if (!invent_pick(in, is_used, &device))
		return false;
	step = invent_new_step(in, "quiesce", in->devices[device].user);
	if (in->devices[device].user == INVENT_NOBODY)
		g_strlcpy(in->sketch->parts[step].by, "host", SKETCH_NAME_MAX);
	invent_set_device(in, step, device);
	if (in->devices[device].pasids && invent_chance(in, 2))
		sketch_set(in->sketch, step, "pasid", "%u", 1 + invent_below(in, 3));
	return true;
}

/* --- invalidations that owners ask for --- */

bool invent_invalidate(struct invention *in)
{
	static const char *const of_devices[] = {"all", "devtlb", "config"};
	uint8_t device, space;
	char name[SKETCH_NAME_MAX];
	uint32_t step;

	if (invent_chance(in, 2) && invent_old(in, THING_SPACE, &space, name)) {
		step = invent_new_step(in, "invalidate", in->spaces[space].owner);
		sketch_set(in->sketch, step, "what", "all");
		sketch_set(in->sketch, step, "space", "%s", name);
		return true;
	}
	if (!invent_pick(in, is_used, &device) || in->devices[device].parent)
		return false;
	step = invent_new_step(in, "invalidate", invent_user(in, device));
	sketch_set(in->sketch, step, "what", "%s", of_devices[invent_below(in, G_N_ELEMENTS(of_devices))]);
	if (invent_chance(in, 3))
		sketch_set(in->sketch, step, "id", "%u", 1 + invent_below(in, 3));
	else
		invent_set_device(in, step, device);
	return true;
}
