/* SPDX-License-Identifier: MIT */
/*
 * The path rule, as kernels compute groups (drivers/iommu/iommu.c, since Alex Williamson's series of 2014): first the
 * nearest conventional bus, then the highest place on the path from which ACS isolates all the way to the root, then
 * requester-ID aliases, then functions of the same device that are not isolated from each other. Ports are members as
 * well. A device joins the first group that is found; groups are never merged.
 *
 * One thing is not as kernels do it under GROUP_RULE_PATH_ACS: they look for unisolated neighbours of a switch's
 * downstream port only among the functions of its slot, so that devices below two ports of different slots get groups
 * of their own although neither port has ACS. Jason Gunthorpe 2025-07-09, 'PATCH v2 00/16 Fix incorrect iommu_groups
 * with PCIe ACS', <0-v2-4a9b9c983431+10e2-pcie_switch_groups_jgg@nvidia.com>, not merged in 7.0. Here the ports of one
 * switch count as functions of one device, as everybody took it to be; GROUP_RULE_PATH_ACS_BY_SLOT is the kernel's.
 */
#include "uapi/group.h"

#include <glib.h>

/* What isolates: no forged IDs, requests and completions redirected, everything forwarded upstream. */
#define ACS_PORT_ISOLATES (ACS_SV | ACS_RR | ACS_CR | ACS_UF)
/* Functions have no bits for forged IDs and forwarding (PCIe 6.12.1.2). */
#define ACS_FUNCTION_ISOLATES (ACS_RR | ACS_CR)

static bool port_isolates(const struct machine_port *port)
{
	switch (port->kind) {
	case PORT_ROOT:
	case PORT_DOWNSTREAM:
		return (port->acs & ACS_PORT_ISOLATES) == ACS_PORT_ISOLATES;
	case PORT_SWITCH: /* an upstream port of one function has no peer */
		return true;
	case PORT_PCI_BRIDGE:
		break;
	}
	return false;
}

static bool path_isolates(const struct machine *machine, uint16_t port)
{
	for (uint32_t hops = 0; port != MACHINE_NONE && hops < machine->port_count; hops++) {
		if (!port_isolates(&machine->ports[port]))
			return false;
		port = machine->ports[port].parent;
	}
	return true;
}

/* The group that the way up from `port` (the one right above) leads to; GROUP_NONE: isolated from there on. */
static uint32_t group_above(const struct uapi *uapi, uint16_t port)
{
	const struct machine *machine = uapi->machine;
	uint16_t at = port;
	for (uint32_t hops = 0; at != MACHINE_NONE && hops < machine->port_count; hops++) {
		if (machine->ports[at].kind == PORT_PCI_BRIDGE)
			return uapi->port_groups[at];
		at = machine->ports[at].parent;
	}
	if (port == MACHINE_NONE || path_isolates(machine, port))
		return GROUP_NONE;
	return uapi->port_groups[port];
}

/* --- ports --- */

static bool same_slot(const struct machine_port *a, const struct machine_port *b)
{
	return a->segment == b->segment && a->rid >> 3 == b->rid >> 3;
}

static bool port_peers(const struct uapi *uapi, const struct machine_port *a, const struct machine_port *b)
{
	if (a->kind != b->kind || (a->kind != PORT_ROOT && a->kind != PORT_DOWNSTREAM))
		return false;
	if (port_isolates(a) || port_isolates(b))
		return false;
	bool by_slot = uapi->rules.value[KNOB_GROUP_RULE] == GROUP_RULE_PATH_ACS_BY_SLOT;
	if (a->kind == PORT_DOWNSTREAM && !by_slot)
		return a->parent == b->parent;
	return same_slot(a, b);
}

uint32_t group_of_port_by_path(const struct uapi *uapi, uint16_t port)
{
	const struct machine *machine = uapi->machine;
	uint32_t group = group_above(uapi, machine->ports[port].parent);
	for (uint32_t i = 0; group == GROUP_NONE && i < machine->port_count; i++)
		if (i != port && uapi->port_groups[i] != GROUP_NONE &&
		    port_peers(uapi, &machine->ports[port], &machine->ports[i]))
			group = uapi->port_groups[i];
	return group;
}

/* --- functions --- */

static bool function_open(const struct uapi *uapi, uint16_t device)
{
	const struct machine *machine = uapi->machine;
	const struct machine_device *row = &machine->devices[device];
	unsigned functions = 0;
	if (row->kind != DEVICE_FUNCTION || (row->acs & ACS_FUNCTION_ISOLATES) == ACS_FUNCTION_ISOLATES)
		return false;
	for (uint16_t at = row->package; at != MACHINE_NONE; at = uapi->package_next[at])
		functions += machine->devices[at].kind == DEVICE_FUNCTION;
	return functions > 1;
}

static bool aliases(const struct machine_device *a, const struct machine_device *b)
{
	if (a->segment != b->segment || b->kind == DEVICE_MDEV || b->kind == DEVICE_PLATFORM)
		return false;
	return (a->aliased && a->alias_rid == b->rid) || (b->aliased && b->alias_rid == a->rid);
}

struct search {
	const struct uapi *uapi;
	uint16_t *queue;
	bool *seen;
	uint32_t end;
};

static void enqueue(struct search *search, uint16_t device)
{
	if (search->seen[device] || !search->uapi->devices[device].present)
		return;
	search->seen[device] = true;
	search->queue[search->end++] = device;
}

static void enqueue_related(struct search *search, uint16_t device)
{
	const struct uapi *uapi = search->uapi;
	const struct machine *machine = uapi->machine;
	for (uint32_t i = 0; uapi->any_alias && i < machine->device_count; i++)
		if (aliases(&machine->devices[device], &machine->devices[i]))
			enqueue(search, (uint16_t)i);
	if (!function_open(uapi, device))
		return;
	for (uint16_t at = machine->devices[device].package; at != MACHINE_NONE; at = uapi->package_next[at])
		if (function_open(uapi, at))
			enqueue(search, at);
}

/* The group of somebody whom the device reaches over aliases and unisolated functions. */
static uint32_t group_beside(const struct uapi *uapi, uint16_t device)
{
	if (!uapi->any_alias && !function_open(uapi, device))
		return GROUP_NONE;
	g_autofree uint16_t *queue = g_new(uint16_t, uapi->machine->device_count);
	g_autofree bool *seen = g_new0(bool, uapi->machine->device_count);
	struct search search = {.uapi = uapi, .queue = queue, .seen = seen};
	enqueue(&search, device);
	for (uint32_t next = 0; next < search.end; next++) {
		if (queue[next] != device && uapi->devices[queue[next]].home != GROUP_NONE)
			return uapi->devices[queue[next]].home;
		enqueue_related(&search, queue[next]);
	}
	return GROUP_NONE;
}

uint32_t group_by_path(const struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	if (row->kind == DEVICE_PLATFORM)
		return GROUP_NONE;
	uint32_t group = group_above(uapi, row->port);
	return group == GROUP_NONE ? group_beside(uapi, device) : group;
}

/* --- causes --- */

static uint16_t bridge_above(const struct machine *machine, uint16_t port)
{
	for (uint32_t hops = 0; port != MACHINE_NONE && hops < machine->port_count; hops++) {
		if (machine->ports[port].kind == PORT_PCI_BRIDGE)
			return port;
		port = machine->ports[port].parent;
	}
	return MACHINE_NONE;
}

static uint16_t open_port_above(const struct machine *machine, uint16_t port)
{
	for (uint32_t hops = 0; port != MACHINE_NONE && hops < machine->port_count; hops++) {
		if (!port_isolates(&machine->ports[port]))
			return port;
		port = machine->ports[port].parent;
	}
	return MACHINE_NONE;
}

static uint16_t peer_of_port(const struct uapi *uapi, uint16_t port)
{
	const struct machine *machine = uapi->machine;
	for (uint32_t i = 0; i < machine->port_count; i++)
		if (i != port && uapi->port_groups[i] == uapi->port_groups[port] &&
		    port_peers(uapi, &machine->ports[port], &machine->ports[i]))
			return (uint16_t)i;
	return MACHINE_NONE;
}

static void why_beside(const struct uapi *uapi, uint16_t device, struct uapi_group_why *out)
{
	const struct machine *machine = uapi->machine;
	for (uint32_t i = 0; i < machine->device_count; i++)
		if (i != device && uapi->devices[i].present &&
		    aliases(&machine->devices[device], &machine->devices[i])) {
			*out = (struct uapi_group_why){UAPI_GROUP_ALIAS, MACHINE_NONE, MACHINE_NONE, (uint16_t)i, 0};
			return;
		}
	if (!function_open(uapi, device))
		return;
	for (uint16_t at = machine->devices[device].package; at != MACHINE_NONE; at = uapi->package_next[at])
		if (at != device && uapi->devices[at].present && function_open(uapi, at)) {
			uint8_t lacks = ACS_FUNCTION_ISOLATES & (uint8_t)~machine->devices[device].acs;
			*out = (struct uapi_group_why){UAPI_GROUP_FUNCTION, MACHINE_NONE, MACHINE_NONE, at, lacks};
			return;
		}
}

void group_why_by_path(const struct uapi *uapi, uint16_t device, struct uapi_group_why *out)
{
	const struct machine *machine = uapi->machine;
	uint16_t above = machine->devices[device].port, bridge = bridge_above(machine, above);
	*out = (struct uapi_group_why){UAPI_GROUP_ALONE, MACHINE_NONE, MACHINE_NONE, MACHINE_NONE, 0};
	if (machine->devices[device].kind == DEVICE_PLATFORM)
		return;
	if (bridge != MACHINE_NONE) {
		out->cause = UAPI_GROUP_BUS;
		out->port = bridge;
		return;
	}
	out->port = open_port_above(machine, above);
	if (out->port == MACHINE_NONE) {
		why_beside(uapi, device, out);
		return;
	}
	out->acs = ACS_PORT_ISOLATES & (uint8_t)~machine->ports[out->port].acs;
	out->peer = peer_of_port(uapi, out->port);
	out->cause = out->peer == MACHINE_NONE ? UAPI_GROUP_PATH : UAPI_GROUP_PEER;
}
