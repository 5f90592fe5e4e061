/* SPDX-License-Identifier: MIT */
/*
 * End of the fourth phase of the layout: bus numbers turn places into requester IDs, and from these follow the streams
 * with which IOMMUs are asked.
 */
#include "machine/layout.h"

#include <glib.h>

#define NO_BUS 0u

static void add_buses(struct machine *machine)
{
	for (uint32_t i = 0; i < machine->port_count; i++) {
		struct machine_port *port = &machine->ports[i];
		if (port->parent != MACHINE_NONE)
			port->rid = (uint16_t)(port->rid + (machine->ports[port->parent].secondary << 8));
	}
	for (uint32_t i = 0; i < machine->device_count; i++) {
		struct machine_device *device = &machine->devices[i];
		if (device->kind <= DEVICE_VF && device->port != MACHINE_NONE)
			device->rid = (uint16_t)(device->rid + (machine->ports[device->port].secondary << 8));
	}
}

/*
 * Per port: the bus number that requests from behind it carry because the highest conventional bridge on their way
 * takes them over (PCIe-to-PCI bridge 2.3); NO_BUS where there is none.
 */
static uint8_t *bridge_buses(const struct layout *layout)
{
	const struct machine *machine = layout->machine;
	uint8_t *buses = g_new0(uint8_t, machine->port_count + 1);

	for (uint32_t i = 0; i < machine->port_count; i++) {
		uint16_t at = layout->order[i];
		const struct machine_port *port = &machine->ports[at];
		if (port->kind != PORT_PCI_BRIDGE)
			continue;
		bool below_bridge = machine->ports[port->parent].kind == PORT_PCI_BRIDGE;
		buses[at] = below_bridge ? buses[port->parent] : port->secondary;
	}
	return buses;
}

/* Nobody else may bear an ID of theirs: no bus of that number, neither real nor in an alias. */
static bool check_platform_streams(struct layout *layout, uint32_t masters)
{
	static const uint8_t platform_bus = STREAM_PLATFORM >> 8;
	const struct machine *machine = layout->machine;

	for (uint32_t i = 0; masters && i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (device->kind <= DEVICE_VF &&
		    (device->rid >> 8 == platform_bus || (device->aliased && device->alias_rid >> 8 == platform_bus)))
			return layout_fail(layout, TABLE_DEVICE, i,
					   "'%s' is on bus ff, which is taken: platform masters have its requester IDs",
					   device->name);
	}
	for (uint32_t i = 0; masters && i < machine->port_count; i++)
		if (machine->ports[i].rid >> 8 == platform_bus || machine->ports[i].subordinate == platform_bus)
			return layout_fail(layout, TABLE_PORT, i,
					   "'%s' has bus ff, which is taken: platform masters have its requester IDs",
					   machine->ports[i].name);
	return true;
}

bool layout_requesters(struct layout *layout)
{
	struct machine *machine = layout->machine;
	g_autofree uint8_t *buses = bridge_buses(layout);
	uint32_t masters = 0;

	add_buses(machine);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		struct machine_device *device = &machine->devices[i];
		if (device->kind == DEVICE_PLATFORM) {
			if (masters == STREAMS_PLATFORM_MAX)
				return layout_fail(layout, TABLE_DEVICE, i,
						   "'%s': at most %u platform masters are possible", device->name,
						   STREAMS_PLATFORM_MAX);
			device->stream = STREAM_PLATFORM + masters++;
			device->rid = (uint16_t)device->stream;
			continue;
		}
		if (device->aliased && device->alias_device != MACHINE_NONE)
			device->alias_rid = machine->devices[device->alias_device].rid;
		uint8_t bus = device->port == MACHINE_NONE ? NO_BUS : buses[device->port];
		if (bus != NO_BUS)
			device->stream = (uint32_t)bus << 8;
		else
			device->stream = device->aliased ? device->alias_rid : device->rid;
	}
	for (uint32_t i = 0; i < machine->device_count; i++) {
		struct machine_device *device = &machine->devices[i];
		if (device->kind != DEVICE_MDEV)
			continue;
		const struct machine_device *parent = &machine->devices[device->parent];
		device->rid = parent->rid;
		device->aliased = parent->aliased;
		device->alias_rid = parent->alias_rid;
		device->stream = parent->stream;
	}
	return check_platform_streams(layout, masters);
}
