/* SPDX-License-Identifier: MIT */
/*
 * Second phase of the layout: makes the ports a forest of root ports. Appends the ports that are implied, orders all
 * of them, and hands down what a tree inherits from its root port.
 */
#include "machine/layout.h"

#include <glib.h>

static uint16_t *index_array(uint32_t count)
{
	uint16_t *array = g_new(uint16_t, count + 1);
	for (uint32_t i = 0; i <= count; i++)
		array[i] = MACHINE_NONE;
	return array;
}

void layout_tree_free(struct layout *layout)
{
	g_free(layout->first_child);
	g_free(layout->next_sibling);
	g_free(layout->first_device);
	g_free(layout->order);
	g_free(layout->tree_ports);
	g_free(layout->root);
	g_free(layout->next_device);
	g_free(layout->next_function);
	g_free(layout->first_vf);
	g_free(layout->next_vf);
}

static bool parent_fits(enum port_kind kind, bool has_parent, enum port_kind parent)
{
	switch (kind) {
	case PORT_ROOT:
		return !has_parent;
	case PORT_SWITCH:
		return !has_parent || parent != PORT_PCI_BRIDGE;
	case PORT_DOWNSTREAM:
		return has_parent && parent == PORT_SWITCH;
	case PORT_PCI_BRIDGE:
		return true;
	}
	return false;
}

static bool check_parents(struct layout *layout)
{
	static const char *const kinds[] = {"root port", "switch", "downstream port", "PCI bridge"};
	const struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->port_count; i++) {
		const struct machine_port *port = &machine->ports[i];
		bool has_parent = port->parent != MACHINE_NONE;
		const struct machine_port *parent = has_parent ? &machine->ports[port->parent] : NULL;
		if (parent_fits(port->kind, has_parent, parent ? parent->kind : PORT_ROOT))
			continue;
		if (!parent)
			return layout_fail(layout, TABLE_PORT, i, "%s '%s' is under nothing", kinds[port->kind],
					   port->name);
		return layout_fail(layout, TABLE_PORT, i, "%s '%s' cannot be under %s '%s'", kinds[port->kind],
				   port->name, kinds[parent->kind], parent->name);
	}
	return true;
}

/* Each port is walked over twice at most. */
static bool check_cycles(struct layout *layout)
{
	enum { UNSEEN, ON_PATH, SOUND };
	const struct machine *machine = layout->machine;
	g_autofree uint8_t *state = g_new0(uint8_t, machine->port_count + 1);

	for (uint32_t i = 0; i < machine->port_count; i++) {
		uint16_t at = (uint16_t)i;
		for (; at != MACHINE_NONE && state[at] == UNSEEN; at = machine->ports[at].parent)
			state[at] = ON_PATH;
		if (at != MACHINE_NONE && state[at] == ON_PATH)
			return layout_fail(layout, TABLE_PORT, i, "'%s' is under itself", machine->ports[i].name);
		for (at = (uint16_t)i; at != MACHINE_NONE && state[at] == ON_PATH; at = machine->ports[at].parent)
			state[at] = SOUND;
	}
	return true;
}

/* A new port of its own for something called `name`; MACHINE_NONE: the table is full. */
static uint16_t imply_port(struct layout *layout, const char *name, enum port_kind kind, uint16_t parent)
{
	struct machine *machine = layout->machine;
	/* A long name is cut so that ".port" remains. */
	g_autofree char *text = g_strdup_printf("%.*s.port", MACHINE_NAME_MAX - 6, name);
	uint16_t index = machine_add_port(machine, text);

	if (index == MACHINE_NONE)
		return MACHINE_NONE;
	struct machine_port *port = &machine->ports[index];
	port->kind = kind;
	port->parent = parent;
	port->synthesized = true;
	return index;
}

/* Root ports for switches and bridges that hang in the air, downstream ports between a switch and what is under it. */
static bool imply_ports_of_ports(struct layout *layout)
{
	struct machine *machine = layout->machine;
	uint32_t declared = machine->port_count;

	for (uint32_t i = 0; i < declared; i++) {
		uint16_t parent = machine->ports[i].parent;
		enum port_kind kind = machine->ports[i].kind;
		bool in_the_air = parent == MACHINE_NONE && kind != PORT_ROOT;
		bool on_switch =
			parent != MACHINE_NONE && machine->ports[parent].kind == PORT_SWITCH && kind != PORT_DOWNSTREAM;
		if (!in_the_air && !on_switch)
			continue;
		uint16_t own =
			imply_port(layout, machine->ports[i].name, on_switch ? PORT_DOWNSTREAM : PORT_ROOT, parent);
		if (own == MACHINE_NONE)
			return layout_fail(layout, TABLE_PORT, i, "more than %u ports", MACHINE_ROWS_MAX);
		machine->ports[i].parent = own;
		if (in_the_air)
			machine->ports[own].segment = machine->ports[i].segment;
	}
	return true;
}

/* Links each package's functions and each PF's VFs, in declaration order. */
static void link_functions(struct layout *layout)
{
	const struct machine *machine = layout->machine;
	g_autofree uint16_t *last = index_array(machine->device_count);
	g_autofree uint16_t *last_vf = index_array(machine->device_count);

	layout->next_function = index_array(machine->device_count);
	layout->first_vf = index_array(machine->device_count);
	layout->next_vf = index_array(machine->device_count);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (device->kind == DEVICE_FUNCTION) {
			if (device->package != i)
				layout->next_function[last[device->package]] = (uint16_t)i;
			last[device->package] = (uint16_t)i;
		} else if (device->kind == DEVICE_VF) {
			if (last_vf[device->parent] == MACHINE_NONE)
				layout->first_vf[device->parent] = (uint16_t)i;
			else
				layout->next_vf[last_vf[device->parent]] = (uint16_t)i;
			last_vf[device->parent] = (uint16_t)i;
		}
	}
}

/* Functions, VFs and mdevs are where the first function, the PF, the parent is; they may repeat it. */
static bool check_together(struct layout *layout)
{
	const struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		uint16_t with = device->kind == DEVICE_FUNCTION ? device->package : device->parent;
		if (device->kind == DEVICE_PLATFORM || with == i || device->port == MACHINE_NONE)
			continue;
		if (device->port != machine->devices[with].port)
			return layout_fail(layout, TABLE_DEVICE, i, "'%s' is under '%s', but '%s' is not", device->name,
					   machine->ports[device->port].name, machine->devices[with].name);
	}
	return true;
}

/* The function whose given BDF decides where the package is; MACHINE_NONE: none was given. */
static bool given_bdf(struct layout *layout, uint16_t first, uint16_t *given)
{
	const struct machine_device *devices = layout->machine->devices;

	*given = MACHINE_NONE;
	for (uint16_t at = first; at != MACHINE_NONE; at = layout->next_function[at]) {
		if (!devices[at].bdf_given)
			continue;
		if (*given == MACHINE_NONE)
			*given = at;
		const struct machine_device *a = &devices[*given];
		if (a->segment != devices[at].segment || a->rid >> 3 != devices[at].rid >> 3)
			return layout_fail(layout, TABLE_DEVICE, at,
					   "'%s' and '%s' are functions of one device, but not of one device number",
					   a->name, devices[at].name);
	}
	return true;
}

/* Puts one package behind its port, which may have to be made. */
static bool place_package(struct layout *layout, uint16_t first)
{
	struct machine *machine = layout->machine;
	const char *name = machine->devices[first].name;
	uint16_t port = machine->devices[first].port;
	uint16_t given;

	if (!given_bdf(layout, first, &given))
		return false;
	bool on_bus_0 = given != MACHINE_NONE && machine->devices[given].rid >> 8 == 0;
	if (on_bus_0 && port != MACHINE_NONE)
		return layout_fail(layout, TABLE_DEVICE, given, "bus 00 is not behind '%s'", machine->ports[port].name);
	if (port == MACHINE_NONE && !on_bus_0) {
		port = imply_port(layout, name, PORT_ROOT, MACHINE_NONE);
		if (port != MACHINE_NONE && given != MACHINE_NONE)
			machine->ports[port].segment = machine->devices[given].segment;
	} else if (port != MACHINE_NONE && machine->ports[port].kind == PORT_SWITCH) {
		port = imply_port(layout, name, PORT_DOWNSTREAM, port);
	}
	if (port == MACHINE_NONE && !on_bus_0)
		return layout_fail(layout, TABLE_DEVICE, first, "more than %u ports", MACHINE_ROWS_MAX);
	for (uint16_t at = first; at != MACHINE_NONE; at = layout->next_function[at]) {
		machine->devices[at].port = port;
		if (given != MACHINE_NONE)
			machine->devices[at].segment = machine->devices[given].segment;
	}
	return true;
}

static bool place_devices(struct layout *layout)
{
	struct machine *machine = layout->machine;

	if (!check_together(layout))
		return false;
	link_functions(layout);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (device->kind == DEVICE_FUNCTION && device->package == i && !place_package(layout, (uint16_t)i))
			return false;
	}
	/* An mdev's parent may be a VF: VFs first. */
	for (unsigned kind = DEVICE_VF; kind <= DEVICE_MDEV; kind++) {
		for (uint32_t i = 0; i < machine->device_count; i++) {
			struct machine_device *device = &machine->devices[i];
			if (device->kind != kind)
				continue;
			const struct machine_device *parent = &machine->devices[device->parent];
			device->port = parent->port;
			device->segment = parent->segment;
			if (kind == DEVICE_MDEV)
				device->package = parent->package;
			else if (device->port != MACHINE_NONE && machine->ports[device->port].kind == PORT_PCI_BRIDGE)
				return layout_fail(layout, TABLE_DEVICE, i,
						   "'%s': there are no virtual functions behind a PCI bridge",
						   device->name);
		}
	}
	return true;
}

/* Child lists of ports and device lists of ports; a link leads to one thing (PCIe 7.3.1). */
static bool link_tree(struct layout *layout)
{
	const struct machine *machine = layout->machine;
	g_autofree uint16_t *last_child = index_array(machine->port_count);
	g_autofree uint16_t *last_device = index_array(machine->port_count);

	layout->first_child = index_array(machine->port_count);
	layout->next_sibling = index_array(machine->port_count);
	layout->first_device = index_array(machine->port_count);
	layout->next_device = index_array(machine->device_count);
	for (uint32_t i = 0; i < machine->port_count; i++) {
		uint16_t parent = machine->ports[i].parent;
		if (parent == MACHINE_NONE)
			continue;
		bool link = machine->ports[parent].kind == PORT_ROOT || machine->ports[parent].kind == PORT_DOWNSTREAM;
		if (link && last_child[parent] != MACHINE_NONE)
			return layout_fail(layout, TABLE_PORT, i,
					   "'%s' leads to '%s' already: a link has one device, several need a switch",
					   machine->ports[parent].name, machine->ports[last_child[parent]].name);
		*(last_child[parent] == MACHINE_NONE ? &layout->first_child[parent]
						     : &layout->next_sibling[last_child[parent]]) = (uint16_t)i;
		last_child[parent] = (uint16_t)i;
	}
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		uint16_t port = device->port;
		if (device->kind != DEVICE_FUNCTION || device->package != i || port == MACHINE_NONE)
			continue;
		bool link = machine->ports[port].kind != PORT_PCI_BRIDGE;
		uint16_t other = last_device[port];
		if (link && (other != MACHINE_NONE || last_child[port] != MACHINE_NONE))
			return layout_fail(layout, TABLE_DEVICE, i,
					   "'%s' leads to '%s' already: a link has one device, several need a switch",
					   machine->ports[port].name,
					   other != MACHINE_NONE ? machine->devices[other].name
								 : machine->ports[last_child[port]].name);
		*(other == MACHINE_NONE ? &layout->first_device[port] : &layout->next_device[other]) = (uint16_t)i;
		last_device[port] = (uint16_t)i;
	}
	return true;
}

/* Ports in depth-first order, parents first; the size of each tree. */
static void order_ports(struct layout *layout)
{
	const struct machine *machine = layout->machine;
	uint32_t count = 0;

	layout->order = index_array(machine->port_count);
	layout->tree_ports = index_array(machine->port_count);
	layout->root = index_array(machine->port_count);
	for (uint32_t i = 0; i < machine->port_count; i++) {
		if (machine->ports[i].kind != PORT_ROOT)
			continue;
		for (uint16_t at = (uint16_t)i; at != MACHINE_NONE;) {
			layout->order[count++] = at;
			layout->root[at] = (uint16_t)i;
			layout->tree_ports[at] = 1;
			uint16_t next = layout->first_child[at];
			while (next == MACHINE_NONE && at != i) {
				next = layout->next_sibling[at];
				uint16_t parent = machine->ports[at].parent;
				if (next == MACHINE_NONE)
					at = parent;
			}
			at = next;
		}
	}
	for (uint32_t i = count; i-- > 0;) {
		uint16_t parent = machine->ports[layout->order[i]].parent;
		if (parent != MACHINE_NONE)
			layout->tree_ports[parent] =
				(uint16_t)(layout->tree_ports[parent] + layout->tree_ports[layout->order[i]]);
	}
}

bool layout_tree(struct layout *layout)
{
	if (!check_parents(layout) || !check_cycles(layout) || !imply_ports_of_ports(layout) ||
	    !place_devices(layout) || !link_tree(layout))
		return false;
	order_ports(layout);
	return true;
}
