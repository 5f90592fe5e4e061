/* SPDX-License-Identifier: MIT */
/* Steps about what CPUs and devices write, and who is told of it, and iommufd's own calls. */
#include "sim/invent.h"

#include <string.h>

static bool is_taken(const struct invented_device *device)
{
	return device->user != INVENT_NOBODY;
}

/* The area that was mapped last, of those that are not a guest's own; false: there is none. */
static bool last_area(struct invention *in, struct invented_area *area, char *space)
{
	uint32_t areas = in->area_count < INVENT_AREAS ? in->area_count : INVENT_AREAS;

	for (uint32_t i = 0; i < areas; i++) {
		*area = in->areas[(in->area_count - 1u - i) % INVENT_AREAS];
		if (area->space == INVENT_NOBODY || invent_chance(in, 4))
			continue;
		invent_thing_name(THING_SPACE, area->space, space);
		return true;
	}
	return false;
}

/* --- dirty tracking --- */

bool invent_dirty(struct invention *in)
{
	struct invented_area area;
	char space[SKETCH_NAME_MAX];
	uint32_t step;

	if (!last_area(in, &area, space))
		return false;
	if (invent_chance(in, 3)) {
		step = invent_new_step(in, "dirty-start", in->spaces[area.space].owner);
		sketch_set(in->sketch, step, "space", "%s", space);
		return true;
	}
	step = invent_new_step(in, "dirty-read", in->spaces[area.space].owner);
	sketch_set(in->sketch, step, "space", "%s", space);
	sketch_set(in->sketch, step, "at", "%s", area.at);
	if (invent_chance(in, 3))
		sketch_set(in->sketch, step, "clear", "false");
	return true;
}

/* --- CPUs --- */

static bool memory_step(struct invention *in, const char *operation)
{
	uint8_t owner = (uint8_t)invent_below(in, in->owner_count), memory = invent_memory_of(in, owner);

	if (in->memory_of[memory] != owner)
		return false;
	sketch_set(in->sketch, invent_new_step(in, operation, owner), "memory", "b%u", memory + 1u);
	return true;
}

bool invent_store(struct invention *in)
{
	return memory_step(in, "store");
}

bool invent_load(struct invention *in)
{
	return memory_step(in, "load");
}

bool invent_flush(struct invention *in)
{
	return memory_step(in, "cache-flush");
}

bool invent_kvm_add(struct invention *in)
{
	uint8_t device;

	if (!invent_pick(in, is_taken, &device) || !is_taken(&in->devices[device]) || in->devices[device].parent ||
	    !in->guests[in->devices[device].user])
		return false;
	invent_set_device(in, invent_new_step(in, "kvm-add", in->devices[device].user), device);
	return true;
}

/* --- iommufd's own calls --- */

static void copy_of(struct invention *in, const struct invented_area *area, const char *from, const char *to,
		    uint8_t number)
{
	uint32_t step = invent_new_step(in, "iommufd.ioas-copy", in->spaces[area->space].owner);
	struct invented_area *copy = &in->areas[in->area_count % INVENT_AREAS];

	sketch_set(in->sketch, step, "space", "%s", to);
	sketch_set(in->sketch, step, "at", "%#x", 0x40000000u + invent_below(in, 4) * 0x1000u);
	sketch_set(in->sketch, step, "source", "%s", from);
	sketch_set(in->sketch, step, "from", "%s", area->at);
	sketch_set(in->sketch, step, "size", "4K");
	*copy = *area;
	copy->space = number;
	g_strlcpy(copy->at, sketch_get(in->sketch, step, "at"), sizeof(copy->at));
	in->area_count++;
}

bool invent_raw(struct invention *in)
{
	struct invented_area area;
	char space[SKETCH_NAME_MAX], other[SKETCH_NAME_MAX];
	uint8_t number;
	uint32_t step;

	if (!in->raw || !last_area(in, &area, space) || !invent_old(in, THING_SPACE, &number, other))
		return false;
	switch (invent_below(in, 4)) {
	case 0:
		copy_of(in, &area, space, other, number);
		return true;
	case 1:
		step = invent_new_step(in, "iommufd.ioas-allow-iovas", in->spaces[area.space].owner);
		sketch_set(in->sketch, step, "space", "%s", space);
		sketch_set(in->sketch, step, "at", "%#x", 0x40000000u + invent_below(in, 4) * 0x1000u);
		sketch_set(in->sketch, step, "size", "%s", invent_chance(in, 2) ? "4K" : "2M");
		return true;
	case 2:
		step = invent_new_step(in, "iommufd.ioas-iova-ranges", in->spaces[area.space].owner);
		sketch_set(in->sketch, step, "space", "%s", space);
		return true;
	default:
		break;
	}
	step = invent_new_step(in, "iommufd.ioas-map-file", in->spaces[area.space].owner);
	sketch_set(in->sketch, step, "space", "%s", space);
	sketch_set(in->sketch, step, "at", "%#x", 0x40000000u + invent_below(in, 4) * 0x1000u);
	sketch_set(in->sketch, step, "to", "b%u", invent_memory_of(in, in->spaces[area.space].owner) + 1u);
	return true;
}
