/* SPDX-License-Identifier: MIT */
/*
 * One case as Graphviz: units, ports and devices as boxes, the fabric as lines, groups as dashed frames, and a red
 * arrow from each device to those that it reaches without the IOMMU.
 */
#include "sim/show.h"

/* Within quotation marks: \n is Graphviz's own and is made here, never found in a name. */
static void append_quoted(GString *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n') {
			g_string_append(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
}

static void append_node(GString *out, const char *prefix, const char *name, const char *label, const char *style)
{
	g_string_append_printf(out, "    \"%s%s\" [label=\"", prefix, name);
	append_quoted(out, label);
	g_string_append_printf(out, "\"%s];\n", style);
}

static void append_line(GString *out, const char *prefix, const char *from, const char *to, const char *style)
{
	g_string_append_printf(out, "    \"%s%s\" -> \"%s%s\" [%s];\n", prefix, from, prefix, to, style);
}

static void append_units(GString *out, const struct machine *machine, const char *prefix, uint32_t kinds)
{
	for (uint16_t i = 0; i < machine->iommu_count; i++) {
		g_autoptr(GString) label = g_string_new(machine->iommus[i].name);

		g_string_append_c(label, '\n');
		show_unit_nature(label, machine, i, kinds, "\n");
		append_node(out, prefix, machine->iommus[i].name, label->str, ", style=bold");
	}
}

static void append_ports(GString *out, const struct machine *machine, const char *prefix)
{
	for (uint16_t i = 0; i < machine->port_count; i++) {
		const struct machine_port *port = &machine->ports[i];
		g_autoptr(GString) label = g_string_new(NULL);

		show_port_name(label, port);
		g_string_append_c(label, '\n');
		show_port_nature(label, port);
		append_node(out, prefix, port->name, label->str, ", style=rounded");
		if (port->parent != MACHINE_NONE)
			append_line(out, prefix, machine->ports[port->parent].name, port->name, "dir=none");
		else if (port->iommu != MACHINE_NONE)
			append_line(out, prefix, machine->iommus[port->iommu].name, port->name, "dir=none");
	}
}

static void append_devices(GString *out, const struct machine *machine, const char *prefix)
{
	for (uint16_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		g_autoptr(GString) label = g_string_new(NULL);

		show_device_name(label, machine, device);
		g_string_append_c(label, '\n');
		show_device_nature(label, device, "\n");
		append_node(out, prefix, device->name, label->str,
			    device->driver == DRIVER_HOST ? ", style=filled, fillcolor=lightgrey" : "");
		if (device->kind == DEVICE_MDEV)
			append_line(out, prefix, machine->devices[device->parent].name, device->name,
				    "dir=none, style=dotted");
		else if (device->port != MACHINE_NONE)
			append_line(out, prefix, machine->ports[device->port].name, device->name, "dir=none");
		else if (device->iommu != MACHINE_NONE)
			append_line(out, prefix, machine->iommus[device->iommu].name, device->name, "dir=none");
	}
}

static void append_groups(GString *out, struct world *world, const char *prefix)
{
	const struct machine *machine = world->machine;
	g_autofree uint16_t *members = g_new(uint16_t, SHOW_GROUP_MAX);

	for (uint16_t i = 0; i < machine->device_count; i++) {
		unsigned count = show_group_of_first(world, i, members);

		if (count == 0)
			continue;
		g_string_append_printf(out, "    subgraph \"cluster_%s%s\" { label=\"group\"; style=dashed;", prefix,
				       machine->devices[i].name);
		for (unsigned member = 0; member < count; member++)
			g_string_append_printf(out, " \"%s%s\";", prefix, machine->devices[members[member]].name);
		g_string_append(out, " }\n");
	}
}

static void append_reach(GString *out, struct world *world, const char *prefix)
{
	const struct machine *machine = world->machine;

	for (uint16_t a = 0; a < machine->device_count; a++)
		for (uint16_t b = 0; b < machine->device_count; b++)
			if (a != b && model_reaches(world->model, a, b))
				append_line(out, prefix, machine->devices[a].name, machine->devices[b].name,
					    model_same_requester(world->model, a, b)
						    ? "color=red, style=dashed, constraint=false, label=\"same ID\""
						    : "color=red, style=dashed, constraint=false");
}

void show_dot_case(GString *out, struct world *world, const char *prefix, uint32_t kinds)
{
	append_units(out, world->machine, prefix, kinds);
	append_ports(out, world->machine, prefix);
	append_devices(out, world->machine, prefix);
	append_groups(out, world, prefix);
	append_reach(out, world, prefix);
}
