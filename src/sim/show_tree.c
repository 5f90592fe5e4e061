/* SPDX-License-Identifier: MIT */
/* The fabric as a tree. */
#include "sim/show.h"

static void append_device(GString *out, const struct machine *machine, uint16_t index, unsigned depth)
{
	const struct machine_device *device = &machine->devices[index];

	g_string_append_printf(out, "%*s", (int)(2 * depth), "");
	show_device_name(out, machine, device);
	g_string_append(out, " (");
	show_device_nature(out, device, ", ");
	g_string_append_c(out, ')');
	for (unsigned i = 0; i < device->bar_count; i++) {
		const struct machine_bar *bar = &machine->bars[device->first_bar + i];

		g_string_append_printf(out, " bar%u %#" G_GINT64_MODIFIER "x+%#" G_GINT64_MODIFIER "x", bar->index,
				       bar->bus, bar->bytes);
	}
	g_string_append_c(out, '\n');
}

static unsigned depth_of(const struct machine *machine, uint16_t port)
{
	unsigned depth = 1;

	while (machine->ports[port].parent != MACHINE_NONE && depth <= machine->port_count) {
		port = machine->ports[port].parent;
		depth++;
	}
	return depth;
}

static void append_port(GString *out, const struct machine *machine, uint16_t index)
{
	const struct machine_port *port = &machine->ports[index];
	unsigned depth = depth_of(machine, index);

	g_string_append_printf(out, "%*s", (int)(2 * depth), "");
	show_port_name(out, port);
	g_string_append(out, " (");
	show_port_nature(out, port);
	g_string_append_c(out, ')');
	if (port->parent == MACHINE_NONE)
		g_string_append_printf(out, " behind %s",
				       port->iommu == MACHINE_NONE ? "no IOMMU" : machine->iommus[port->iommu].name);
	g_string_append_c(out, '\n');
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].port == index)
			append_device(out, machine, i, depth + 1);
}

/* Ports below `index` follow it: a depth-first walk with the tree's own links, no stack. */
static uint16_t next_port(const struct machine *machine, uint16_t parent, uint16_t after)
{
	for (uint32_t i = after == MACHINE_NONE ? 0 : after + 1u; i < machine->port_count; i++)
		if (machine->ports[i].parent == parent)
			return (uint16_t)i;
	return MACHINE_NONE;
}

void show_tree(GString *out, const struct machine *machine)
{
	uint16_t at = MACHINE_NONE, child = next_port(machine, MACHINE_NONE, MACHINE_NONE);

	for (;;) {
		if (child != MACHINE_NONE) {
			append_port(out, machine, child);
			at = child;
			child = next_port(machine, at, MACHINE_NONE);
		} else if (at != MACHINE_NONE) {
			uint16_t parent = machine->ports[at].parent;

			child = next_port(machine, parent, at);
			at = parent;
		} else {
			break;
		}
	}
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].port == MACHINE_NONE)
			append_device(out, machine, i, 1);
}
