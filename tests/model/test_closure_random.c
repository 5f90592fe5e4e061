/* SPDX-License-Identifier: MIT */
/*
 * The closure against a naive one: random machines, every pair, a request followed hop by hop with nothing but parent
 * links, then Warshall.
 */
#include "build.h"

#include "base/random.h"

#include <stdio.h>

#define NONE        MACHINE_NONE
#define MAX_DEVICES 64
#define MACHINES    300

enum { TB = 0x02, RR = 0x04, UF = 0x10, EC = 0x20, DT = 0x40 };

static bool below(const struct machine *machine, uint16_t port, uint16_t above)
{
	for (; port != NONE; port = machine->ports[port].parent)
		if (port == above)
			return true;
	return false;
}

static uint16_t outermost_bridge(const struct machine *machine, uint16_t port)
{
	uint16_t found = NONE;
	for (; port != NONE; port = machine->ports[port].parent)
		if (machine->ports[port].kind == PORT_PCI_BRIDGE)
			found = port;
	return found;
}

enum fate { DELIVERED, DROPPED, ONWARDS };

/* What a set of controls does to a request for a peer. */
static enum fate at_peer(unsigned acs, bool translated)
{
	if (translated && (acs & DT))
		return DELIVERED;
	if (acs & RR)
		return ONWARDS;
	return acs & EC ? DROPPED : DELIVERED;
}

/* One request of function a to function b, as translated or not: does it arrive without the IOMMU? */
static bool arrives(const struct machine *machine, uint16_t a, uint16_t b, bool translated)
{
	const struct machine_device *from = &machine->devices[a], *to = &machine->devices[b];
	uint16_t at = from->port;

	if (a == b || from->kind == DEVICE_PLATFORM)
		return false;
	if (from->package == to->package) {
		enum fate fate = at_peer(from->acs, translated);
		if (fate != ONWARDS)
			return fate == DELIVERED;
	}
	uint16_t bridge = outermost_bridge(machine, at);
	if (bridge != NONE) {
		if (to->port != NONE && below(machine, to->port, bridge))
			return true;
		translated = false;
		at = machine->ports[bridge].parent;
	}
	for (; at != NONE; at = machine->ports[at].parent) {
		const struct machine_port *port = &machine->ports[at];
		if (port->kind != PORT_DOWNSTREAM)
			continue;
		if (translated && (port->acs & TB))
			return false;
		if (to->port == NONE || !below(machine, to->port, port->parent))
			continue;
		if (below(machine, to->port, at)) {
			if (!(port->acs & UF))
				return true;
			continue;
		}
		enum fate fate = at_peer(port->acs, translated);
		if (fate != ONWARDS)
			return fate == DELIVERED;
	}
	return false;
}

static uint32_t naive_requester(const struct machine *machine, uint16_t function)
{
	const struct machine_device *device = &machine->devices[function];
	uint16_t bridge = outermost_bridge(machine, device->port);
	if (device->kind == DEVICE_PLATFORM)
		return device->stream;
	if (bridge != NONE)
		return (uint32_t)machine->ports[bridge].secondary * 256;
	return device->aliased ? device->alias_rid : device->rid;
}

static bool naive_twins(const struct machine *machine, uint16_t a, uint16_t b)
{
	return a == b ||
	       (machine->devices[a].kind != DEVICE_MDEV && machine->devices[b].kind != DEVICE_MDEV &&
		machine->devices[a].iommu == machine->devices[b].iommu &&
		(machine->devices[a].iommu != NONE || machine->devices[a].segment == machine->devices[b].segment) &&
		naive_requester(machine, a) == naive_requester(machine, b));
}

static bool naive_direct(const struct machine *machine, uint16_t a, uint16_t b)
{
	uint16_t from = machine_function(machine, a), to = machine_function(machine, b);
	bool ats = machine->devices[from].ats;
	return naive_twins(machine, a, b) || arrives(machine, from, to, false) ||
	       (ats && arrives(machine, from, to, true));
}

static void compare(const struct bench *bench, unsigned round)
{
	static bool reach[MAX_DEVICES][MAX_DEVICES];
	uint16_t count = (uint16_t)bench->machine->device_count;

	for (uint16_t a = 0; a < count; a++)
		for (uint16_t b = 0; b < count; b++)
			reach[a][b] = naive_direct(bench->machine, a, b);
	for (uint16_t via = 0; via < count; via++)
		for (uint16_t a = 0; a < count; a++)
			for (uint16_t b = 0; b < count; b++)
				reach[a][b] |= reach[a][via] && reach[via][b];
	for (uint16_t a = 0; a < count; a++)
		for (uint16_t b = 0; b < count; b++) {
			if (model_reaches(bench->model, a, b) != reach[a][b])
				fail_msg("machine %u: '%s' to '%s': naive says %d", round,
					 bench->machine->devices[a].name, bench->machine->devices[b].name, reach[a][b]);
			assert_int_equal(model_same_requester(bench->model, a, b), naive_twins(bench->machine, a, b));
		}
}

/* --- random machines --- */

static uint8_t random_acs(struct random *random)
{
	return random_chance(random, 3) ? 0 : (uint8_t)random_below(random, 128);
}

static uint16_t random_port(struct random *random, struct machine *machine)
{
	char name[MACHINE_NAME_MAX];
	uint16_t parent = NONE;
	enum port_kind kind = random_chance(random, 4) ? PORT_PCI_BRIDGE : PORT_SWITCH;

	snprintf(name, sizeof(name), "p%u", machine->port_count);
	if (machine->port_count && !random_chance(random, 3))
		parent = (uint16_t)random_below(random, machine->port_count);
	if (parent != NONE && machine->ports[parent].kind == PORT_PCI_BRIDGE)
		kind = PORT_PCI_BRIDGE;
	if (kind == PORT_PCI_BRIDGE)
		return build_port(machine, name, kind, parent);
	return build_port_acs(machine, name, kind, parent, random_acs(random));
}

static void random_device(struct random *random, struct machine *machine)
{
	char name[MACHINE_NAME_MAX];
	uint16_t count = (uint16_t)machine->device_count;

	snprintf(name, sizeof(name), "d%u", count);
	uint16_t other = count ? (uint16_t)random_below(random, count) : NONE;
	const struct machine_device *row = other == NONE ? NULL : &machine->devices[other];
	bool function = row && row->kind == DEVICE_FUNCTION;
	uint64_t choice = random_below(random, 10);
	if (choice == 0) {
		build_platform(machine, name);
		return;
	}
	if (choice == 1 && function) {
		build_child(machine, name, DEVICE_MDEV, other);
		return;
	}
	if (choice <= 3 && function && row->package == other) {
		uint16_t siblings = 0;
		for (uint16_t i = 0; i < count; i++)
			siblings = (uint16_t)(siblings + (machine->devices[i].package == other));
		if (siblings < 8)
			build_function(machine, name, other);
		return;
	}
	uint16_t port = random_chance(random, 4) ? NONE : (uint16_t)random_below(random, machine->port_count);
	uint16_t device = build_device(machine, name, port);
	machine->devices[device].ats = random_chance(random, 2);
	if (random_chance(random, 3))
		build_acs(machine, device, random_acs(random));
	if (function && random_chance(random, 8)) {
		machine->devices[device].aliased = true;
		machine->devices[device].alias_device = other;
	}
}

static void test_closure_random_machines_agree_with_a_naive_walk(void **state)
{
	(void)state;
	struct random random;
	unsigned compared = 0;

	random_seed(&random, 2);
	for (unsigned round = 0; round < MACHINES; round++) {
		struct machine *machine = machine_new();
		struct machine_error error;
		uint64_t ports = 1 + random_below(&random, 8), devices = 2 + random_below(&random, 20);

		build_iommu(machine, "iommu0");
		for (uint64_t i = 0; i < ports; i++)
			random_port(&random, machine);
		for (uint64_t i = 0; i < devices; i++)
			random_device(&random, machine);
		if (!machine_finish(machine, &error)) {
			machine_free(machine);
			continue;
		}
		struct bench bench = {.machine = machine, .arena = arena_new()};
		bench.model = model_new(bench.arena, machine);
		compare(&bench, round);
		compared++;
		bench_close(&bench);
	}
	assert_true(compared > MACHINES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closure_random_machines_agree_with_a_naive_walk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
