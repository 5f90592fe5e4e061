/* SPDX-License-Identifier: MIT */
/*
 * Third phase of the layout: what a tree of ports has in common (its IOMMU, its segment), what a device has (its
 * number, its ACS controls), and the ACS controls where none were given.
 */
#include "machine/layout.h"

#include <glib.h>

/* Integrated endpoints that were given one device number are functions of one device. */
static void merge_integrated(struct layout *layout)
{
	struct machine *machine = layout->machine;
	g_autoptr(GHashTable) first_of = g_hash_table_new(NULL, NULL); /* device number -> first function + 1 */
	g_autofree uint16_t *tail = g_new0(uint16_t, machine->device_count + 1);

	for (uint32_t i = 0; i < machine->device_count; i++) {
		struct machine_device *device = &machine->devices[i];
		if (device->kind != DEVICE_FUNCTION || device->package != i || device->port != MACHINE_NONE)
			continue;
		uint16_t at = (uint16_t)i;
		while (!machine->devices[at].bdf_given)
			at = layout->next_function[at];
		gpointer key = GUINT_TO_POINTER((guint)device->segment << 5 | machine->devices[at].rid >> 3);
		guint first = GPOINTER_TO_UINT(g_hash_table_lookup(first_of, key));
		if (first == 0) {
			g_hash_table_insert(first_of, key, GUINT_TO_POINTER(i + 1));
			first = i + 1;
		} else {
			layout->next_function[tail[first - 1]] = (uint16_t)i;
		}
		for (at = (uint16_t)i; at != MACHINE_NONE; at = layout->next_function[at]) {
			machine->devices[at].package = (uint16_t)(first - 1);
			tail[first - 1] = at;
		}
	}
}

static bool inherit_segments(struct layout *layout)
{
	struct machine *machine = layout->machine;
	g_autofree uint8_t *known = g_new0(uint8_t, machine->port_count + 1);

	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (!device->bdf_given || device->port == MACHINE_NONE)
			continue;
		struct machine_port *root = &machine->ports[layout->root[device->port]];
		if ((known[layout->root[device->port]] || root->segment) && root->segment != device->segment)
			return layout_fail(layout, TABLE_DEVICE, i, "'%s' is in segment %u, '%s' above it in %u",
					   device->name, device->segment, root->name, root->segment);
		root->segment = device->segment;
		known[layout->root[device->port]] = 1;
	}
	for (uint32_t i = 0; i < machine->port_count; i++)
		machine->ports[i].segment = machine->ports[layout->root[i]].segment;
	for (uint32_t i = 0; i < machine->device_count; i++) {
		struct machine_device *device = &machine->devices[i];
		if (device->kind != DEVICE_PLATFORM && device->port != MACHINE_NONE)
			device->segment = machine->ports[device->port].segment;
	}
	return true;
}

static bool unit_conflict(struct layout *layout, enum machine_table table, uint32_t index, const char *name,
			  uint16_t asked, uint16_t root)
{
	const struct machine *machine = layout->machine;
	return layout_fail(layout, table, index, "'%s' names '%s', but '%s' above it is served by '%s'", name,
			   machine->iommus[asked].name, machine->ports[root].name,
			   machine->iommus[machine->ports[root].iommu].name);
}

/* A unit that is named anywhere in a tree serves all of it; without any it is the first. */
static bool inherit_units(struct layout *layout)
{
	struct machine *machine = layout->machine;
	uint16_t default_unit = machine->iommu_count ? 0 : MACHINE_NONE;

	for (uint32_t i = 0; i < machine->port_count; i++) {
		const struct machine_port *port = &machine->ports[i];
		struct machine_port *root = &machine->ports[layout->root[i]];
		if (!port->iommu_given)
			continue;
		if (root->iommu_given && root->iommu != port->iommu)
			return unit_conflict(layout, TABLE_PORT, i, port->name, port->iommu, layout->root[i]);
		root->iommu_given = true;
		root->iommu = port->iommu;
	}
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (!device->iommu_given || device->port == MACHINE_NONE)
			continue;
		struct machine_port *root = &machine->ports[layout->root[device->port]];
		if (root->iommu_given && root->iommu != device->iommu)
			return unit_conflict(layout, TABLE_DEVICE, i, device->name, device->iommu,
					     layout->root[device->port]);
		root->iommu_given = true;
		root->iommu = device->iommu;
	}
	for (uint32_t i = 0; i < machine->port_count; i++) {
		const struct machine_port *root = &machine->ports[layout->root[i]];
		machine->ports[i].iommu = root->iommu_given ? root->iommu : default_unit;
	}
	return true;
}

/* Integrated endpoints and platform masters have a unit of their own choice; VFs and mdevs follow. */
static bool device_units(struct layout *layout)
{
	struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->device_count; i++) {
		struct machine_device *device = &machine->devices[i];
		if (device->port != MACHINE_NONE)
			device->iommu = machine->ports[device->port].iommu;
		else if (!device->iommu_given)
			device->iommu = machine->iommu_count ? 0 : MACHINE_NONE;
	}
	for (unsigned kind = DEVICE_VF; kind <= DEVICE_MDEV; kind++) {
		for (uint32_t i = 0; i < machine->device_count; i++) {
			struct machine_device *device = &machine->devices[i];
			if (device->kind != kind)
				continue;
			const struct machine_device *parent = &machine->devices[device->parent];
			if (device->iommu_given && device->iommu != parent->iommu)
				return layout_fail(layout, TABLE_DEVICE, i, "'%s' is served by the IOMMU of '%s'",
						   device->name, parent->name);
			device->iommu = parent->iommu;
			device->package = parent->package;
		}
	}
	return true;
}

/* A unit knows requesters by their 16-bit ID: it serves one segment. */
static bool check_segments(struct layout *layout)
{
	const struct machine *machine = layout->machine;
	uint16_t segment_of[MACHINE_IOMMUS_MAX];
	bool known[MACHINE_IOMMUS_MAX] = {false};

	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (device->iommu == MACHINE_NONE || device->kind == DEVICE_PLATFORM)
			continue;
		if (known[device->iommu] && segment_of[device->iommu] != device->segment)
			return layout_fail(layout, TABLE_DEVICE, i,
					   "'%s' is in segment %u, but '%s' serves segment %u and no other",
					   device->name, device->segment, machine->iommus[device->iommu].name,
					   segment_of[device->iommu]);
		known[device->iommu] = true;
		segment_of[device->iommu] = device->segment;
	}
	return true;
}

/*
 * Translation blocking (PCIe 6.12.1.1) would stop ATS: a kernel leaves it off but for devices that it does not trust.
 * Per port: a trusted device with ATS is below.
 */
static uint8_t *ports_with_ats(const struct machine *machine)
{
	uint8_t *ats = g_new0(uint8_t, machine->port_count + 1);

	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (!(device->ats || device->pri) || !device->trusted)
			continue;
		for (uint16_t at = device->port; at != MACHINE_NONE; at = machine->ports[at].parent)
			ats[at] = 1;
	}
	return ats;
}

static void default_port_acs(struct layout *layout)
{
	struct machine *machine = layout->machine;
	g_autofree uint8_t *ats = ports_with_ats(machine);

	/* Parents come first in the order. */
	for (uint32_t i = 0; i < machine->port_count; i++) {
		uint16_t at = layout->order[i];
		struct machine_port *port = &machine->ports[at];
		if (port->acs_given || port->kind == PORT_PCI_BRIDGE)
			continue;
		if (port->kind == PORT_DOWNSTREAM && machine->ports[port->parent].acs_given)
			port->acs = machine->ports[port->parent].acs;
		else
			port->acs = ats[at] ? ACS_FULL & ~ACS_TB : ACS_FULL;
	}
}

static void default_acs(struct layout *layout)
{
	struct machine *machine = layout->machine;
	g_autofree uint16_t *functions = g_new0(uint16_t, machine->device_count + 1);

	default_port_acs(layout);
	for (uint32_t i = 0; i < machine->device_count; i++)
		functions[machine->devices[i].package] = (uint16_t)(functions[machine->devices[i].package] +
								    (machine->devices[i].kind == DEVICE_FUNCTION));
	for (unsigned kind = 0; kind <= DEVICE_PLATFORM; kind++) {
		for (uint32_t i = 0; i < machine->device_count; i++) {
			struct machine_device *device = &machine->devices[i];
			if (device->kind != kind)
				continue;
			device->multifunction = kind == DEVICE_FUNCTION && functions[device->package] > 1;
			if (device->acs_given)
				continue;
			if (kind == DEVICE_VF || kind == DEVICE_MDEV)
				device->acs = machine->devices[device->parent].acs;
			else
				device->acs = device->multifunction ? 0 : ACS_FULL;
		}
	}
}

bool layout_inherit(struct layout *layout)
{
	merge_integrated(layout);
	if (!inherit_segments(layout) || !inherit_units(layout) || !device_units(layout) || !check_segments(layout))
		return false;
	default_acs(layout);
	return true;
}
