/* SPDX-License-Identifier: MIT */
#include "hw/fabric/route.h"

#include "hw/fabric/state.h"

enum direction { DIRECT, UPSTREAM, VIOLATION };

/*
 * What ACS says of a request to a peer (PCIe 6.12.3): a translated request goes straight on where direct translated
 * P2P is on, whatever the rest says; else redirect wins over egress control, whose vector bits are all set here.
 */
static enum direction acs_direction(uint8_t acs, uint8_t at)
{
	if ((acs & ACS_DT) && at == AT_TRANSLATED)
		return DIRECT;
	if (acs & ACS_RR)
		return UPSTREAM;
	return acs & ACS_EC ? VIOLATION : DIRECT;
}

static void stop(struct path *path, enum path_end end, enum hit_reason reason)
{
	path->end = end;
	path->reason = reason;
}

uint16_t fabric_target(const struct fabric *fabric, uint64_t address, uint16_t *bar, enum hit_reason *reason)
{
	*bar = machine_bar_at(fabric->machine, address);
	*reason = REASON_NONE;
	if (*bar == MACHINE_NONE) {
		*reason = REASON_NO_TARGET;
		return MACHINE_NONE;
	}
	uint16_t device = fabric->machine->bars[*bar].device;
	if (!fabric_present(fabric, device))
		*reason = REASON_TARGET_ABSENT;
	else if (!fabric_memory_space(fabric, device))
		*reason = REASON_TARGET_OFF;
	return *reason == REASON_NONE ? *bar : MACHINE_NONE;
}

/* Turned round below a switch or inside a device: a read's completion may still be sent up by the completer's side. */
static void turn_round(struct path *path, const struct request *request, uint16_t port, uint8_t completer_acs)
{
	path->end = PATH_PEER;
	path->port = port;
	path->completion_redirected = request->op != REQUEST_WRITE && (completer_acs & ACS_CR);
}

/*
 * Inside a device of several functions (PCIe 6.12.1.2): without redirect a request that another function claims never
 * leaves the device. True: the path has ended.
 */
static bool route_siblings(const struct fabric *fabric, uint16_t sender, const struct request *request,
			   struct path *path)
{
	const struct machine *machine = fabric->machine;
	const struct machine_device *function = &machine->devices[sender];
	enum hit_reason reason;
	uint16_t bar, hit;

	hit = fabric_target(fabric, request->address, &bar, &reason);
	if (hit == MACHINE_NONE)
		return false;
	uint16_t target = machine_function(machine, machine->bars[hit].device);
	if (target == sender || machine->devices[target].package != function->package)
		return false;
	switch (acs_direction(function->acs, request->at)) {
	case DIRECT:
		turn_round(path, request, MACHINE_NONE, machine->devices[target].acs);
		return true;
	case VIOLATION:
		stop(path, PATH_STOPPED, REASON_EGRESS_CONTROL);
		return true;
	case UPSTREAM:
		break;
	}
	return false;
}

/* Checks on what comes up a link into a root port or a downstream port (PCIe 6.12.1.1). True: it may go on. */
static bool enter_port(const struct machine_port *port, const struct request *request, struct path *path)
{
	unsigned bus = path->rid >> 8;

	if ((port->acs & ACS_SV) && (bus < port->secondary || bus > port->subordinate)) {
		stop(path, PATH_STOPPED, REASON_SOURCE_VALIDATION);
		return false;
	}
	if ((port->acs & ACS_TB) && request->at != AT_UNTRANSLATED) {
		stop(path, PATH_STOPPED, REASON_TRANSLATION_BLOCKING);
		return false;
	}
	return true;
}

/* A switch, entered through one of its downstream ports. True: the request goes on through the upstream port. */
static bool route_switch(const struct fabric *fabric, uint16_t ingress, const struct request *request,
			 struct path *path)
{
	const struct machine *machine = fabric->machine;
	const struct machine_port *port = &machine->ports[ingress];
	uint16_t peer = windows_child(&fabric->windows, machine, port->parent, request->address);

	if (!enter_port(port, request, path))
		return false;
	if (peer == ingress) {
		if (port->acs & ACS_UF)
			return true;
		stop(path, PATH_LOST, REASON_NO_FORWARDING);
		return false;
	}
	if (peer == MACHINE_NONE) {
		if (!window_claims(machine, port->parent, request->address))
			return true;
		stop(path, PATH_LOST, REASON_UNCLAIMED);
		return false;
	}
	switch (acs_direction(port->acs, request->at)) {
	case DIRECT:
		turn_round(path, request, port->parent, machine->ports[peer].acs);
		return false;
	case VIOLATION:
		stop(path, PATH_STOPPED, REASON_EGRESS_CONTROL);
		return false;
	case UPSTREAM:
		break;
	}
	return true;
}

/*
 * A conventional bus: everybody on it sees the address; the bridge takes what is not in its window (PCI-to-PCI bridge
 * 4.2). The bridge sends it on as its own (PCIe-to-PCI bridge 2.3); between two conventional buses there is no ID, so
 * the outermost bridge has the last word. True: it goes on.
 */
static bool route_bridge(const struct machine *machine, uint16_t bridge, const struct request *request,
			 struct path *path)
{
	const struct machine_port *port = &machine->ports[bridge];

	if (window_claims(machine, bridge, request->address)) {
		turn_round(path, request, bridge, 0);
		return false;
	}
	path->rid = (uint16_t)(port->secondary << 8);
	return true;
}

static void climb(const struct fabric *fabric, uint16_t first, const struct request *request, struct path *path)
{
	const struct machine *machine = fabric->machine;

	for (uint16_t at = first; at != MACHINE_NONE; at = machine->ports[at].parent) {
		const struct machine_port *port = &machine->ports[at];
		switch (port->kind) {
		case PORT_PCI_BRIDGE:
			if (!route_bridge(machine, at, request, path))
				return;
			break;
		case PORT_DOWNSTREAM:
			if (!route_switch(fabric, at, request, path))
				return;
			break;
		case PORT_SWITCH:
			break;
		case PORT_ROOT:
			if (!enter_port(port, request, path))
				return;
			break;
		}
	}
	path->end = PATH_ROOT;
}

static void leave_device(const struct fabric *fabric, const struct request *request, struct path *path)
{
	const struct machine_device *function =
		&fabric->machine->devices[machine_function(fabric->machine, request->device)];

	*path = (struct path){.end = PATH_ROOT, .port = MACHINE_NONE, .iommu = function->iommu, .rid = request->rid};
	if (function->kind != DEVICE_PLATFORM && function->aliased && request->rid == function->rid)
		path->rid = function->alias_rid;
	if (!fabric_present(fabric, request->device))
		stop(path, PATH_STOPPED, REASON_ABSENT);
}

void fabric_route(const struct fabric *fabric, const struct request *request, struct path *path)
{
	const struct machine *machine = fabric->machine;
	uint16_t sender = machine_function(machine, request->device);
	const struct machine_device *function = &machine->devices[sender];

	leave_device(fabric, request, path);
	if (path->end != PATH_ROOT)
		return;
	if (!fabric_bus_master(fabric, sender)) {
		stop(path, PATH_STOPPED, REASON_BUS_MASTER);
		return;
	}
	if (function->kind == DEVICE_PLATFORM || route_siblings(fabric, sender, request, path))
		return;
	climb(fabric, function->port, request, path);
}

/* Source validation is for all that comes up; the address types and windows are not a message's. */
void fabric_route_up(const struct fabric *fabric, const struct request *request, struct path *path)
{
	const struct machine *machine = fabric->machine;
	const struct machine_device *function = &machine->devices[machine_function(machine, request->device)];
	struct request message = *request;

	message.at = AT_UNTRANSLATED;
	leave_device(fabric, request, path);
	if (path->end != PATH_ROOT || function->kind == DEVICE_PLATFORM)
		return;
	for (uint16_t at = function->port; at != MACHINE_NONE; at = machine->ports[at].parent) {
		enum port_kind kind = machine->ports[at].kind;
		if (kind == PORT_PCI_BRIDGE)
			path->rid = (uint16_t)(machine->ports[at].secondary << 8);
		else if (kind != PORT_SWITCH && !enter_port(&machine->ports[at], &message, path))
			return;
	}
}
