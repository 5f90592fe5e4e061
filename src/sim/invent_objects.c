/* SPDX-License-Identifier: MIT */
/*
 * Raw calls of iommufd about objects. Several are made up at once, for one alone does little: what one makes another
 * uses. They come behind all else and so change nothing of what comes before.
 */
#include "sim/invent.h"

#include <string.h>

struct subject {
	uint8_t owner, device;
	char space[SKETCH_NAME_MAX], at[24];
};

/* A mapping, and a device that its owner has; false: there is none. */
static bool pick_subject(struct invention *in, struct subject *out)
{
	uint32_t areas = in->area_count < INVENT_AREAS ? in->area_count : INVENT_AREAS;

	for (uint32_t i = 0; i < areas; i++) {
		const struct invented_area *area = &in->areas[(in->area_count - 1u - i) % INVENT_AREAS];
		if (area->space == INVENT_NOBODY || area->gone || in->spaces[area->space].parent)
			continue;
		out->owner = in->spaces[area->space].owner;
		invent_thing_name(THING_SPACE, area->space, out->space);
		g_strlcpy(out->at, area->at, sizeof(out->at));
		for (out->device = 0; out->device < in->device_count; out->device++)
			if (in->devices[out->device].user == out->owner && !in->devices[out->device].parent &&
			    !in->devices[out->device].absent)
				return true;
	}
	return false;
}

static uint32_t call(struct invention *in, const struct subject *on, const char *operation)
{
	return invent_new_step(in, operation, on->owner);
}

static uint32_t call_of(struct invention *in, const struct subject *on, const char *operation, const char *key,
			const char *value)
{
	uint32_t step = call(in, on, operation);

	sketch_set(in->sketch, step, key, "%s", value);
	return step;
}

static void name(struct invention *in, uint32_t step, const char *as)
{
	g_strlcpy(in->sketch->parts[step].as, as, SKETCH_NAME_MAX);
}

static void send(struct invention *in, const struct subject *on, const char *at)
{
	uint32_t step = invent_new_step(in, "dma", INVENT_NOBODY);

	invent_set_device(in, step, on->device);
	sketch_set(in->sketch, step, "at", "%s", at);
	if (invent_chance(in, 2))
		sketch_set(in->sketch, step, "access", "write");
}

/* What was asked for is read, and answered under a number that it may have: cookies begin at 1. */
static void answer(struct invention *in, const struct subject *on)
{
	static const char *const codes[] = {"success", "invalid", "failure"};
	uint32_t step;

	call_of(in, on, "iommufd.fault-read", "queue", "q1");
	step = call_of(in, on, "iommufd.fault-respond", "queue", "q1");
	sketch_set(in->sketch, step, "cookie", "%u", invent_chance(in, 4) ? 2u : 1u);
	sketch_set(in->sketch, step, "code", "%s", codes[invent_below(in, G_N_ELEMENTS(codes))]);
}

/* A page table with a call of its own, maybe with a queue, and what it is there for. */
static void tables(struct invention *in, const struct subject *on)
{
	bool queue = invent_chance(in, 2);
	uint32_t step;

	if (queue)
		name(in, call(in, on, "iommufd.fault-queue-alloc"), "q1");
	step = call_of(in, on, "iommufd.hwpt-alloc", "space", on->space);
	invent_set_device(in, step, on->device);
	if (queue && in->devices[on->device].pri)
		sketch_set(in->sketch, step, "faults", "q1");
	name(in, step, "o1");
	step = call_of(in, on, invent_chance(in, 2) ? "attach" : "replace", "space", "o1");
	invent_set_device(in, step, on->device);
	send(in, on, on->at);
	if (queue)
		answer(in, on);
	if (invent_chance(in, 2)) {
		step = call(in, on, "detach");
		invent_set_device(in, step, on->device);
	}
	call_of(in, on, "iommufd.destroy", "object", invent_chance(in, 3) ? on->space : "o1");
	send(in, on, on->at);
}

/* An array of a guest's invalidations, some of numbers that nobody has. */
static void invalidate(struct invention *in, const struct subject *on)
{
	static const char *const numbers[] = {"[5]", "[5, 5]", "[5, 6]", "[]"};
	static const char *const pages[] = {"[0x30000]", "[0x31000, 0x30000]", "[0x30000, 0x31008]", "[]"};
	static const char *const devices[] = {"devtlb", "config"};
	uint32_t step = call_of(in, on, "iommufd.hwpt-invalidate", "viommu", "vi1");
	bool range = invent_chance(in, 2);

	if (!range)
		sketch_set(in->sketch, step, "what", "%s", devices[invent_below(in, 2)]);
	sketch_set(in->sketch, step, "entries", "%s", (range ? pages : numbers)[invent_below(in, 4)]);
	if (invent_chance(in, 6))
		sketch_set(in->sketch, step, "entry-size", "%u", 8 * invent_below(in, 4));
}

static void guest_map(struct invention *in, const struct subject *on, uint8_t root)
{
	uint32_t step = call(in, on, "guest-map");

	sketch_set(in->sketch, step, "root", "b%u", root + 1u);
	sketch_set(in->sketch, step, "at", "0x30000");
	sketch_set(in->sketch, step, "to", "gpa(b%u)", invent_memory_of(in, on->owner) + 1u);
}

static void use_guests_table(struct invention *in, const struct subject *on, uint8_t root)
{
	guest_map(in, on, root);
	send(in, on, "0x30000");
	guest_map(in, on, root);
	invalidate(in, on);
	if (invent_chance(in, 2))
		invalidate(in, on);
	send(in, on, "0x30000");
	send(in, on, "0x32000");
	call_of(in, on, "iommufd.veventq-read", "queue", "e1");
}

static void hw_queue(struct invention *in, const struct subject *on)
{
	uint32_t step = call_of(in, on, "iommufd.hw-queue-alloc", "viommu", "vi1");

	sketch_set(in->sketch, step, "at", "0x30000");
	sketch_set(in->sketch, step, "size", "%uK", 4 * invent_below(in, 2));
}

/* A vIOMMU with a guest's table in it, what the guest invalidates, and what it hears. */
static bool viommus(struct invention *in, const struct subject *on)
{
	uint8_t root = invent_memory_of(in, on->owner);
	uint32_t step;

	if (!in->guests[on->owner])
		return false;
	step = call_of(in, on, "iommufd.hwpt-alloc", "space", on->space);
	invent_set_device(in, step, on->device);
	sketch_set(in->sketch, step, "nest-parent", "true");
	name(in, step, "o1");
	step = call_of(in, on, "iommufd.viommu-alloc", "space", "o1");
	invent_set_device(in, step, on->device);
	name(in, step, "vi1");
	step = call_of(in, on, "iommufd.vdevice-alloc", "viommu", "vi1");
	invent_set_device(in, step, on->device);
	sketch_set(in->sketch, step, "id", "5");
	name(in, step, "vd1");
	step = call_of(in, on, "iommufd.veventq-alloc", "viommu", "vi1");
	sketch_set(in->sketch, step, "depth", "%u", 1 + invent_below(in, 2));
	name(in, step, "e1");
	step = call_of(in, on, "iommufd.hwpt-alloc", "viommu", "vi1");
	invent_set_device(in, step, on->device);
	sketch_set(in->sketch, step, "root", "b%u", root + 1u);
	name(in, step, "o2");
	step = call_of(in, on, invent_chance(in, 2) ? "attach" : "replace", "space", "o2");
	invent_set_device(in, step, on->device);
	use_guests_table(in, on, root);
	if (invent_chance(in, 3))
		hw_queue(in, on);
	call_of(in, on, "iommufd.destroy", "object", invent_chance(in, 2) ? "vd1" : "vi1");
	send(in, on, "0x30000");
	return true;
}

/* VFIO's calls, of the space that they mean. */
static void compat(struct invention *in, const struct subject *on)
{
	static const char *const types[] = {"type1", "type1v2"};
	uint32_t step = call_of(in, on, "iommufd.vfio-ioas", "what", "set");

	sketch_set(in->sketch, step, "space", "%s", on->space);
	if (invent_chance(in, 2))
		call_of(in, on, "iommufd.vfio-set-iommu", "type", types[invent_below(in, 2)]);
	step = call_of(in, on, "iommufd.vfio-map", "at", "0x50000000");
	sketch_set(in->sketch, step, "to", "b%u", invent_memory_of(in, on->owner) + 1u);
	send(in, on, "0x50000000");
	if (invent_chance(in, 3))
		call_of(in, on, "iommufd.vfio-ioas", "what", "clear");
	if (invent_chance(in, 2))
		call_of(in, on, "iommufd.vfio-unmap", "all", "true");
	else
		sketch_set(in->sketch, call_of(in, on, "iommufd.vfio-unmap", "at", "0x50000000"), "size", "4K");
	send(in, on, "0x50000000");
}

bool invent_objects(struct invention *in)
{
	struct subject on;
	uint32_t step;

	if (!in->raw || !pick_subject(in, &on))
		return false;
	if (invent_chance(in, 3)) {
		step = call_of(in, &on, "iommufd.option", "option", "huge-pages");
		sketch_set(in->sketch, step, "space", "%s", on.space);
		sketch_set(in->sketch, step, "set", "%u", invent_below(in, 2));
	}
	if (invent_chance(in, 4))
		invent_set_device(in, call(in, &on, "iommufd.get-hw-info"), on.device);
	if (invent_chance(in, 4))
		call(in, &on, "iommufd.ioas-change-process");
	if (invent_chance(in, 2) && viommus(in, &on))
		return true;
	if (invent_chance(in, 2))
		tables(in, &on);
	else
		compat(in, &on);
	return true;
}

void invent_kexec(struct invention *in)
{
	invent_new_step(in, "kexec", INVENT_NOBODY);
	for (uint32_t turn = invent_below(in, 3); turn > 0; turn--)
		invent_dma(in);
	invent_bind(in);
	invent_dma(in);
}
