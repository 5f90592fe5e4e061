/* SPDX-License-Identifier: MIT */
/*
 * The reachability rule: devices belong together if one can deliver a request to the other without an IOMMU in
 * between, or if their requests cannot be told apart; closed over both directions and over chains.
 *
 * Where a request may turn round below the root: on a conventional bus; inside a device of several functions, unless
 * the sender's function redirects (ACS request redirect) or controls egress; in a switch, unless the downstream port
 * that it came in through does. Upstream forwarding and source validation do not matter here: without forwarding a
 * redirected request is dropped, and a forged ID does not deliver anything to a peer.
 */
#include "uapi/group.h"

#include <glib.h>

#define ACS_TURNS_AWAY (ACS_RR | ACS_EC)

struct classes {
	const struct uapi *uapi;
	uint16_t *parent; /* union-find over devices: the least index is the root */
	uint16_t *member; /* per port: a device below it, MACHINE_NONE */
	uint16_t *child;  /* per port: one populated port (or device's bus) below it, MACHINE_NONE */
	bool *open;       /* per port: below it requests may turn round */
	bool *many;       /* per switch: several of its ports are populated */
};

static uint16_t find(const struct classes *classes, uint16_t at)
{
	while (classes->parent[at] != at) {
		classes->parent[at] = classes->parent[classes->parent[at]];
		at = classes->parent[at];
	}
	return at;
}

static void join(const struct classes *classes, uint16_t a, uint16_t b)
{
	a = find(classes, a);
	b = find(classes, b);
	if (a < b)
		classes->parent[b] = a;
	else
		classes->parent[a] = b;
}

/* A device that sends requests of its own and is there. */
static bool takes_part(const struct uapi *uapi, uint32_t device)
{
	return uapi->devices[device].present && uapi->machine->devices[device].kind != DEVICE_MDEV;
}

/* One step of a device's way up: `below` is the port that it came from. */
static void note_step(const struct classes *classes, uint16_t port, uint16_t below)
{
	const struct machine *machine = classes->uapi->machine;
	if (machine->ports[port].kind == PORT_PCI_BRIDGE) {
		classes->open[port] = classes->many[port] = true;
	} else if (machine->ports[port].kind == PORT_SWITCH && below != MACHINE_NONE) {
		if (!(machine->ports[below].acs & ACS_TURNS_AWAY))
			classes->open[port] = true;
		if (classes->child[port] == MACHINE_NONE)
			classes->child[port] = below;
		else if (classes->child[port] != below)
			classes->many[port] = true;
	}
}

static void join_step(const struct classes *classes, uint16_t port, uint16_t device)
{
	if (!classes->open[port] || !classes->many[port])
		return;
	if (classes->member[port] == MACHINE_NONE)
		classes->member[port] = device;
	else
		join(classes, device, classes->member[port]);
}

/*
 * Everything on a conventional bus is one class; so is everything below a switch of which one port lets requests turn
 * round, as soon as there is a second port for them to leave by.
 */
static void join_below_ports(const struct classes *classes)
{
	const struct machine *machine = classes->uapi->machine;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < machine->device_count; i++) {
			uint16_t port = machine->devices[i].port, below = MACHINE_NONE;
			if (!takes_part(classes->uapi, i))
				continue;
			for (uint32_t hops = 0; port != MACHINE_NONE && hops < machine->port_count; hops++) {
				if (pass == 0)
					note_step(classes, port, below);
				else
					join_step(classes, port, (uint16_t)i);
				below = port;
				port = machine->ports[port].parent;
			}
		}
	}
}

/* Functions of one device: a sender that is not redirected reaches all others. */
static void join_packages(const struct classes *classes)
{
	const struct machine *machine = classes->uapi->machine;
	g_autofree bool *open = g_new0(bool, machine->device_count);
	g_autofree uint16_t *first = g_new(uint16_t, machine->device_count);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *row = &machine->devices[i];
		first[i] = MACHINE_NONE;
		if (takes_part(classes->uapi, i) && !(row->acs & ACS_TURNS_AWAY))
			open[row->package] = true;
	}
	for (uint32_t i = 0; i < machine->device_count; i++) {
		uint16_t package = machine->devices[i].package;
		if (!takes_part(classes->uapi, i) || !open[package])
			continue;
		if (first[package] == MACHINE_NONE)
			first[package] = (uint16_t)i;
		else
			join(classes, (uint16_t)i, first[package]);
	}
}

static guint stream_hash(gconstpointer key)
{
	const struct machine_device *row = key;
	return row->stream * 31u + row->iommu * 7u + row->segment;
}

static gboolean stream_equal(gconstpointer a, gconstpointer b)
{
	const struct machine_device *left = a, *right = b;
	return left->stream == right->stream && left->iommu == right->iommu && left->segment == right->segment;
}

/* The order of insertion decides, not that of the table. */
static void join_requesters(const struct classes *classes)
{
	const struct machine *machine = classes->uapi->machine;
	g_autoptr(GHashTable) table = g_hash_table_new(stream_hash, stream_equal);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *row = &machine->devices[i];
		if (!takes_part(classes->uapi, i))
			continue;
		const struct machine_device *same = g_hash_table_lookup(table, row);
		if (same)
			join(classes, (uint16_t)i, (uint16_t)(same - machine->devices));
		else
			g_hash_table_add(table, (gpointer)row);
	}
}

void group_classes(const struct uapi *uapi, uint16_t *class)
{
	const struct machine *machine = uapi->machine;
	g_autofree uint16_t *member = g_new(uint16_t, machine->port_count + 1);
	g_autofree uint16_t *child = g_new(uint16_t, machine->port_count + 1);
	g_autofree bool *open = g_new0(bool, machine->port_count + 1);
	g_autofree bool *many = g_new0(bool, machine->port_count + 1);
	struct classes classes = {
		.uapi = uapi, .parent = class, .member = member, .child = child, .open = open, .many = many};
	for (uint32_t i = 0; i < machine->port_count; i++)
		member[i] = child[i] = MACHINE_NONE;
	for (uint32_t i = 0; i < machine->device_count; i++)
		class[i] = (uint16_t)i;
	join_below_ports(&classes);
	join_packages(&classes);
	join_requesters(&classes);
	for (uint32_t i = 0; i < machine->device_count; i++)
		class[i] = find(&classes, (uint16_t)i);
}
