/* SPDX-License-Identifier: MIT */
/* Random machines: fabrics with and without isolation, all sorts of functions, owners and their memory. */
#include "sim/invent.h"

#include <string.h>

static const char *any_acs(struct invention *in)
{
	static const char *const sets[] = {
		"full", "full", "full", "none", "[sv, rr]", "[rr, cr, uf]", "[sv, rr, cr, uf, tb]"};

	return sets[invent_below(in, G_N_ELEMENTS(sets))];
}

/* --- what is around --- */

static void invent_units(struct invention *in)
{
	bool scalable = in->theme == THEME_NESTED; /* a step that nests may be left out, its parent need not */

	if (!scalable && !invent_chance(in, in->theme == THEME_SIGNALS ? 2 : 3))
		return;
	in->units_off = invent_chance(in, 6);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t unit = sketch_add(in->sketch, SKETCH_IOMMUS, i ? "u2" : "u1");

		if (scalable)
			sketch_set(in->sketch, unit, "mode", "scalable");
		if (in->units_off)
			sketch_set(in->sketch, unit, "on", "false");
		if (invent_chance(in, 4))
			sketch_set(in->sketch, unit, "pages", "%s", "[4K]");
		if (invent_chance(in, 8))
			sketch_set(in->sketch, unit, "ats", "false");
		if (in->theme == THEME_SIGNALS && invent_chance(in, 3))
			sketch_set(in->sketch, unit, "interrupt-remapping", "false");
		if (!invent_chance(in, 3))
			return;
	}
}

/* A port with room for one more; false: none was found. A link has one device, a switch or a bridge any number. */
static bool pick_port(struct invention *in, bool bridge_too, uint32_t *port)
{
	if (in->port_count == 0)
		return false;
	*port = invent_below(in, in->port_count);
	switch (in->ports[*port]) {
	case ROOM_NONE:
		return false;
	case ROOM_LINK:
		in->ports[*port] = ROOM_NONE;
		return true;
	case ROOM_SWITCH:
		return true;
	case ROOM_BRIDGE:
		break;
	}
	return bridge_too;
}

static void invent_ports(struct invention *in)
{
	static const char *const kinds[] = {"root-port", "switch", "switch", "pci-bridge"};
	static const enum invented_room room[] = {ROOM_LINK, ROOM_SWITCH, ROOM_SWITCH, ROOM_BRIDGE};
	uint32_t ports = invent_chance(in, 2) ? 0 : invent_below(in, INVENT_PORTS + 1);

	if (in->theme == THEME_LATE && ports == 0)
		ports = 1;
	for (uint32_t i = 0; i < ports; i++) {
		bool meeting = in->theme == THEME_LATE && i == 0; /* whoever comes meets the others here */
		uint32_t kind = meeting ? 1 : invent_below(in, G_N_ELEMENTS(kinds)), port, above;
		char name[SKETCH_NAME_MAX];

		g_snprintf(name, sizeof(name), "x%u", i + 1);
		port = sketch_add(in->sketch, SKETCH_FABRIC, name);
		sketch_set(in->sketch, port, "kind", "%s", kinds[kind]);
		if (room[kind] != ROOM_LINK && invent_chance(in, 2) && pick_port(in, room[kind] == ROOM_BRIDGE, &above))
			sketch_set(in->sketch, port, "under", "x%u", above + 1);
		if (room[kind] != ROOM_BRIDGE && !invent_chance(in, 3))
			sketch_set(in->sketch, port, "acs", "%s",
				   meeting && !invent_chance(in, 3) ? "none" : any_acs(in));
		in->ports[in->port_count++] = room[kind];
	}
}

static void invent_owners(struct invention *in)
{
	in->owner_count = (uint8_t)(1 + (invent_chance(in, 3) ? 0 : invent_below(in, INVENT_OWNERS)));
	if (in->theme == THEME_ANSWERS && in->owner_count == 1)
		in->owner_count = 2;
	for (uint8_t i = 0; i < in->owner_count; i++) {
		char name[SKETCH_NAME_MAX];
		uint32_t owner;

		g_snprintf(name, sizeof(name), "p%u", i + 1);
		owner = sketch_add(in->sketch, SKETCH_OWNERS, name);
		in->guests[i] = in->theme == THEME_NESTED || invent_chance(in, 4);
		sketch_set(in->sketch, owner, "kind", "%s", in->guests[i] ? "vm" : "process");
	}
}

static void invent_memory(struct invention *in)
{
	in->memory_count = (uint8_t)(in->owner_count + invent_below(in, 3));
	if (in->memory_count > INVENT_MEMORIES)
		in->memory_count = INVENT_MEMORIES;
	for (uint8_t i = 0; i < in->memory_count; i++) {
		bool host = i >= in->owner_count && invent_chance(in, 3);
		uint8_t owner = (uint8_t)(i < in->owner_count ? i : invent_below(in, in->owner_count));
		char name[SKETCH_NAME_MAX];
		uint32_t memory;

		g_snprintf(name, sizeof(name), "b%u", i + 1u);
		memory = sketch_add(in->sketch, SKETCH_MEMORY, name);
		in->memory_of[i] = host ? INVENT_NOBODY : owner;
		if (host)
			sketch_set(in->sketch, memory, "of", "host");
		else
			sketch_set(in->sketch, memory, "of", "p%u", owner + 1u);
		if (in->theme == THEME_NESTED)
			sketch_set(in->sketch, memory, "size", "%s", "256K");
		else if (invent_chance(in, 3))
			sketch_set(in->sketch, memory, "size", "%s", invent_chance(in, 3) ? "2M" : "8K");
		/* One address for the memory of several: what one's PASID serves is somebody else's then. */
		if (!host && (in->theme == THEME_PASIDS || in->theme == THEME_LATE) && invent_chance(in, 2))
			sketch_set(in->sketch, memory, "va", "%s", i < in->owner_count ? "0x100000" : "0x900000");
		if (!host && in->theme == THEME_PASIDS && invent_chance(in, 3))
			sketch_set(in->sketch, memory, "present", "false");
		if (!host && in->owner_count > 1 && invent_chance(in, 10))
			sketch_set(in->sketch, memory, "shared-with", "[p%u]", (owner + 1u) % in->owner_count + 1u);
	}
}

/* --- devices --- */

static struct invented_device *known_device(struct invention *in, const char *name)
{
	struct invented_device *device;

	if (in->device_count == INVENT_DEVICES)
		return NULL;
	device = &in->devices[in->device_count++];
	*device = (struct invented_device){.user = INVENT_NOBODY};
	g_strlcpy(device->name, name, sizeof(device->name));
	return device;
}

/* What a function has of its own. */
static void invent_features(struct invention *in, uint32_t part, struct invented_device *device)
{
	struct sketch *sketch = in->sketch;
	bool modern = in->theme == THEME_ATS || in->theme == THEME_PASIDS;
	bool translates = in->theme == THEME_STALE || in->theme == THEME_PARKED || in->theme == THEME_ANSWERS;
	bool numbers = in->theme == THEME_PARKED || in->theme == THEME_ANSWERS || in->theme == THEME_LATE;

	device->ats = !in->bridged && (translates ? !invent_chance(in, 6) : invent_chance(in, modern ? 2 : 8));
	device->pasids = numbers ? !invent_chance(in, 6) : invent_chance(in, in->theme == THEME_PASIDS ? 2 : 12);
	device->pri = device->ats && device->pasids && (in->theme == THEME_ANSWERS || invent_chance(in, 2));
	device->bar = invent_chance(in, 2);
	device->vectors = invent_chance(in, in->theme == THEME_SIGNALS ? 1 : 10);
	if (device->pri)
		sketch_set(sketch, part, "pri", "true");
	else if (device->ats)
		sketch_set(sketch, part, "ats", "true");
	if (device->pasids)
		sketch_set(sketch, part, "pasid-bits", "4");
	if (device->bar)
		sketch_set(sketch, part, "bars", "{bar0: %s}", invent_chance(in, 4) ? "2M" : "4K");
	if (device->vectors)
		sketch_set(sketch, part, "vectors", "2");
}

static void invent_reserved(struct invention *in, uint32_t part, struct invented_device *device)
{
	static const char *const kinds[] = {"rmrr", "hole", "msi"};
	char name[SKETCH_NAME_MAX];
	uint32_t range;

	if (!invent_chance(in, in->units_off ? 2 : 6) || in->reserved_count == 3)
		return;
	g_snprintf(name, sizeof(name), "z%u", ++in->reserved_count);
	range = sketch_add_inside(in->sketch, part, "reserved", name);
	sketch_set(in->sketch, range, "at", "%#x", 0x40000000u + invent_below(in, 4) * 0x1000u);
	sketch_set(in->sketch, range, "kind", "%s", kinds[invent_below(in, G_N_ELEMENTS(kinds))]);
	device->reserved = true;
}

static void invent_mdevs(struct invention *in, uint32_t part, uint8_t parent)
{
	uint32_t mdevs = in->theme == THEME_MDEVS ? 1 + invent_below(in, 2) : 0;
	bool numbered = invent_chance(in, 2);

	for (uint32_t i = 0; i < mdevs; i++) {
		struct invented_device *device;
		char name[SKETCH_NAME_MAX];
		uint32_t inner;

		g_snprintf(name, sizeof(name), "%s-m%u", in->devices[parent].name, i + 1);
		device = known_device(in, name);
		if (!device)
			return;
		inner = sketch_add_inside(in->sketch, part, "mdevs", name);
		device->parent = (uint8_t)(parent + 1);
		device->own_pasid = numbered;
		if (numbered)
			sketch_set(in->sketch, inner, "pasid", "%u", i + 1);
	}
}

static void invent_vfs(struct invention *in, uint32_t part, const char *pf)
{
	uint32_t vfs = invent_chance(in, 8) ? 1 + invent_below(in, 2) : 0;

	for (uint32_t i = 0; i < vfs; i++) {
		struct invented_device *device;
		char name[SKETCH_NAME_MAX];

		g_snprintf(name, sizeof(name), "%s-v%u", pf, i + 1);
		device = known_device(in, name);
		if (!device)
			return;
		invent_features(in, sketch_add_inside(in->sketch, part, "vfs", name), device);
	}
}

/* Where a device is plugged in, who drives it, and what the kernel thinks of it: of a whole device. */
static void invent_place(struct invention *in, uint32_t part, bool *host, bool *absent)
{
	static const char *const drivers[] = {"host", "stub", "none"};
	bool kernel = in->theme == THEME_KERNEL || in->theme == THEME_MDEVS || in->theme == THEME_PASIDS ||
		      in->theme == THEME_PARKED || in->theme == THEME_LATE;
	bool first = in->device_count == 0, late = in->theme == THEME_LATE;
	bool second = sketch_find(in->sketch, "u2") != SKETCH_NOBODY;
	uint32_t port;

	/* What an mdev's neighbours on a bus without isolation can do is no front end's question. */
	in->bridged = false;
	if (late && !invent_chance(in, 4))
		sketch_set(in->sketch, part, "under", "x1");
	else if (in->theme != THEME_MDEVS && !invent_chance(in, 3) && pick_port(in, true, &port)) {
		sketch_set(in->sketch, part, "under", "x%u", port + 1);
		in->bridged = in->ports[port] == ROOM_BRIDGE;
	}
	if (!sketch_get(in->sketch, part, "under") && second && invent_chance(in, 2))
		sketch_set(in->sketch, part, "iommu", "u2");
	*host = kernel ? !invent_chance(in, 4) : invent_chance(in, 5);
	if (*host)
		sketch_set(in->sketch, part, "driver", "%s", drivers[0]);
	else if (invent_chance(in, 8))
		sketch_set(in->sketch, part, "driver", "%s", drivers[1 + invent_below(in, 2)]);
	*absent = late ? !first && !invent_chance(in, 4) : invent_chance(in, 12);
	if (*absent)
		sketch_set(in->sketch, part, "present", "false");
	if (invent_chance(in, 16))
		sketch_set(in->sketch, part, "trusted", "false");
}

static void invent_functions(struct invention *in, uint32_t part, const char *outer, bool host, bool absent)
{
	if (!invent_chance(in, 3))
		sketch_set(in->sketch, part, "acs", "%s", any_acs(in));
	for (uint32_t i = 0; i < 2; i++) {
		struct invented_device *device;
		char name[SKETCH_NAME_MAX];
		uint32_t inner;

		g_snprintf(name, sizeof(name), "%s-f%u", outer, i);
		device = known_device(in, name);
		if (!device)
			return;
		inner = sketch_add_inside(in->sketch, part, "functions", name);
		device->host = host;
		device->absent = absent;
		invent_features(in, inner, device);
		if (i > 0 && invent_chance(in, 8))
			sketch_set(in->sketch, inner, "alias", "%s-f0", outer);
		if (invent_chance(in, 4)) {
			sketch_set(in->sketch, inner, "driver", "host");
			device->host = true;
		}
	}
}

static void invent_device(struct invention *in, uint32_t number)
{
	struct invented_device *device;
	char name[SKETCH_NAME_MAX];
	bool host, absent;
	uint32_t part;
	uint8_t index = in->device_count;

	g_snprintf(name, sizeof(name), "d%u", number + 1);
	part = sketch_add(in->sketch, SKETCH_DEVICES, name);
	invent_place(in, part, &host, &absent);
	if (invent_chance(in, in->theme == THEME_OWNERS ? 3 : 6)) {
		invent_functions(in, part, name, host, absent);
		return;
	}
	device = known_device(in, name);
	if (!device)
		return;
	device->host = host;
	device->absent = absent;
	invent_features(in, part, device);
	invent_reserved(in, part, device);
	if (!device->ats || !device->pri)
		invent_mdevs(in, part, index);
	if (!in->bridged && !absent && !device->reserved)
		invent_vfs(in, part, name);
}

void invent_machine(struct invention *in)
{
	uint32_t devices = 1 + (invent_chance(in, 2) ? 0 : invent_below(in, 3));

	if (in->theme == THEME_LATE && devices == 1)
		devices = 2;
	invent_units(in);
	invent_ports(in);
	invent_owners(in);
	for (uint32_t i = 0; i < devices; i++)
		invent_device(in, i);
	invent_memory(in);
}
