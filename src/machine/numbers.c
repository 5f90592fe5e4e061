/* SPDX-License-Identifier: MIT */
/*
 * Fourth phase of the layout: bus numbers and requester IDs as firmware would assign them, and the streams with which
 * IOMMUs are asked.
 *
 * Until the buses are known, `rid` of a function and of a port is its place on its bus: device and function number,
 * for VFs running on beyond 255 into the next buses (SR-IOV 2.1.2).
 */
#include "machine/layout.h"

#include <glib.h>

#define BUSES           256u
#define BUS_DEVICES     32u
#define FUNCTIONS       8u
#define SWITCH_CHILDREN (BUS_DEVICES * FUNCTIONS)
#define ANY_BUS         0u /* bus 0 is behind no port */

struct numbers {
	struct layout *layout;
	uint8_t *wanted; /* per port: the bus that a given BDF demands behind it; ANY_BUS */
	uint8_t *extra;  /* per port: buses beyond the secondary that VFs need */
};

/* Requester IDs of one segment that are taken before they are final: bus 0 and the buses. */
struct segment {
	bool bus[BUSES];
	bool bus_0[BUSES]; /* functions on bus 0, by device and function number */
	unsigned next_root;
};

/*
 * Numbers the functions of a package on its bus: given ones stay, others take the lowest free function of
 * `device_number`; VFs follow the last function. *last: the last place taken.
 */
static bool number_package(struct layout *layout, uint16_t first, unsigned device_number, unsigned *last)
{
	struct machine *machine = layout->machine;
	bool taken[FUNCTIONS] = {false};
	unsigned next = 0;

	for (uint16_t at = first; at != MACHINE_NONE; at = layout->next_function[at]) {
		if (machine->devices[at].bdf_given)
			taken[machine->devices[at].rid & 7] = true;
	}
	unsigned end = 0;
	for (uint16_t at = first; at != MACHINE_NONE; at = layout->next_function[at]) {
		struct machine_device *device = &machine->devices[at];
		unsigned function = device->rid & 7;
		if (!device->bdf_given) {
			while (next < FUNCTIONS && taken[next])
				next++;
			if (next == FUNCTIONS)
				return layout_fail(layout, TABLE_DEVICE, at, "'%s': a device has at most %u functions",
						   device->name, FUNCTIONS);
			function = next++;
		}
		device->rid = (uint16_t)(device_number * FUNCTIONS + function);
		end = MAX(end, device->rid + 1u);
	}
	for (uint16_t at = first; at != MACHINE_NONE; at = layout->next_function[at]) {
		for (uint16_t vf = layout->first_vf[at]; vf != MACHINE_NONE; vf = layout->next_vf[vf]) {
			if (end > UINT16_MAX)
				return layout_fail(layout, TABLE_DEVICE, vf, "'%s': no requester ID is left",
						   machine->devices[vf].name);
			machine->devices[vf].rid = (uint16_t)end++;
		}
	}
	*last = end - 1;
	return true;
}

/* The given device and function number of a package; false: none was given. */
static bool package_given(const struct layout *layout, uint16_t first, uint16_t *rid)
{
	for (uint16_t at = first; at != MACHINE_NONE; at = layout->next_function[at]) {
		if (layout->machine->devices[at].bdf_given) {
			*rid = layout->machine->devices[at].rid;
			return true;
		}
	}
	return false;
}

static bool want_bus(struct numbers *numbers, uint16_t port, uint16_t device, uint16_t rid)
{
	struct layout *layout = numbers->layout;
	uint8_t bus = (uint8_t)(rid >> 8);

	if (numbers->wanted[port] != ANY_BUS && numbers->wanted[port] != bus)
		return layout_fail(layout, TABLE_DEVICE, device, "'%s' is on bus %02x, but others behind '%s' on %02x",
				   layout->machine->devices[device].name, bus, layout->machine->ports[port].name,
				   numbers->wanted[port]);
	numbers->wanted[port] = bus;
	return true;
}

/* A link: one package, device number 0 (PCIe 7.3.1). */
static bool number_link(struct numbers *numbers, uint16_t port)
{
	struct layout *layout = numbers->layout;
	uint16_t first = layout->first_device[port];
	uint16_t rid;
	unsigned last;

	if (first == MACHINE_NONE)
		return true;
	if (package_given(layout, first, &rid)) {
		char text[LAYOUT_BDF_TEXT];
		const struct machine_device *device = &layout->machine->devices[first];
		if (((rid >> 3) & 31) != 0)
			return layout_fail(layout, TABLE_DEVICE, first,
					   "'%s' is at %s, but the device behind a PCIe port has device number 0",
					   device->name, layout_bdf(text, device->segment, rid));
		if (!want_bus(numbers, port, first, rid))
			return false;
	}
	if (!number_package(layout, first, 0, &last))
		return false;
	numbers->extra[port] = (uint8_t)(last / BUSES);
	return true;
}

static bool take_slot(struct layout *layout, bool taken[static BUS_DEVICES], enum machine_table table, uint16_t index,
		      const char *name, unsigned *slot)
{
	for (*slot = 1; *slot < BUS_DEVICES; ++*slot) {
		if (!taken[*slot]) {
			taken[*slot] = true;
			return true;
		}
	}
	return layout_fail(layout, table, index, "'%s': a conventional bus has room for %u devices", name,
			   BUS_DEVICES - 1);
}

/* A conventional bus: further bridges, then devices, from device 1 on; device 0 is what the bridge answers as. */
static bool number_conventional(struct numbers *numbers, uint16_t port)
{
	struct layout *layout = numbers->layout;
	struct machine *machine = layout->machine;
	bool taken[BUS_DEVICES] = {false};
	unsigned slot, last;
	uint16_t rid;

	for (uint16_t at = layout->first_device[port]; at != MACHINE_NONE; at = layout->next_device[at]) {
		if (!package_given(layout, at, &rid))
			continue;
		if (!want_bus(numbers, port, at, rid))
			return false;
		taken[(rid >> 3) & 31] = true;
	}
	for (uint16_t at = layout->first_child[port]; at != MACHINE_NONE; at = layout->next_sibling[at]) {
		if (!take_slot(layout, taken, TABLE_PORT, at, machine->ports[at].name, &slot))
			return false;
		machine->ports[at].rid = (uint16_t)(slot * FUNCTIONS);
	}
	for (uint16_t at = layout->first_device[port]; at != MACHINE_NONE; at = layout->next_device[at]) {
		if (package_given(layout, at, &rid))
			slot = (rid >> 3) & 31;
		else if (!take_slot(layout, taken, TABLE_DEVICE, at, machine->devices[at].name, &slot))
			return false;
		if (!number_package(layout, at, slot, &last))
			return false;
	}
	return true;
}

/* Places on the bus behind each port. */
static bool number_places(struct numbers *numbers)
{
	struct layout *layout = numbers->layout;
	struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->port_count; i++) {
		unsigned child = 0;
		switch (machine->ports[i].kind) {
		case PORT_ROOT:
		case PORT_DOWNSTREAM:
			if (!number_link(numbers, (uint16_t)i))
				return false;
			break;
		case PORT_PCI_BRIDGE:
			if (!number_conventional(numbers, (uint16_t)i))
				return false;
			break;
		case PORT_SWITCH:
			for (uint16_t at = layout->first_child[i]; at != MACHINE_NONE; at = layout->next_sibling[at]) {
				if (child == SWITCH_CHILDREN)
					return layout_fail(layout, TABLE_PORT, i, "'%s' has more than %u ports",
							   machine->ports[i].name, SWITCH_CHILDREN);
				machine->ports[at].rid =
					(uint16_t)((child % BUS_DEVICES) * FUNCTIONS + child / BUS_DEVICES);
				child++;
			}
			break;
		}
	}
	return true;
}

static bool number_integrated(struct layout *layout, struct segment *segment, uint16_t first)
{
	const struct machine_device *device = &layout->machine->devices[first];
	uint16_t rid = 0;
	unsigned last;

	package_given(layout, first, &rid);
	if (rid >> 3 == 0)
		return layout_fail(layout, TABLE_DEVICE, first, "'%s' is where the host bridge is, 00:00",
				   device->name);
	if (!number_package(layout, first, rid >> 3, &last))
		return false;
	if (last >= BUSES)
		return layout_fail(layout, TABLE_DEVICE, first, "the virtual functions of '%s' do not fit on bus 00",
				   device->name);
	/* Its whole device number, and what its VFs take of the next ones. */
	for (unsigned place = rid & 0xf8; place <= (last | 7); place++)
		segment->bus_0[place] = true;
	return true;
}

/* Root ports are devices 1 to 31 of bus 0, then functions 1 of them, and so on. */
static bool number_root_port(struct layout *layout, struct segment *segment, uint16_t port)
{
	for (; segment->next_root < (BUS_DEVICES - 1) * FUNCTIONS; segment->next_root++) {
		unsigned n = segment->next_root;
		unsigned place = (1 + n % (BUS_DEVICES - 1)) * FUNCTIONS + n / (BUS_DEVICES - 1);
		if (segment->bus_0[place])
			continue;
		segment->bus_0[place] = true;
		layout->machine->ports[port].rid = (uint16_t)place;
		segment->next_root++;
		return true;
	}
	return layout_fail(layout, TABLE_PORT, port, "bus 00 has no place left for root port '%s'",
			   layout->machine->ports[port].name);
}

/* Where `count` successive free buses begin; BUSES: nowhere. */
static unsigned free_buses(const struct segment *segment, unsigned count)
{
	unsigned run = 0;

	for (unsigned bus = 1; bus < BUSES; bus++) {
		run = segment->bus[bus] ? 0 : run + 1;
		if (run == count)
			return bus + 1 - count;
	}
	return BUSES;
}

/* The bus at which the tree has to begin so that the first demand in it is met without a gap; ANY_BUS: no demand. */
static int wanted_start(const struct numbers *numbers, const uint16_t *tree, unsigned ports)
{
	int before = 0;

	for (unsigned i = 0; i < ports; i++) {
		if (numbers->wanted[tree[i]] != ANY_BUS)
			return MAX(1, numbers->wanted[tree[i]] - before);
		before += 1 + numbers->extra[tree[i]];
	}
	return ANY_BUS;
}

/* Secondary and subordinate buses of a tree, depth first from `bus` on (PCIe 7.5.1.3). */
static bool number_tree(struct numbers *numbers, struct segment *segment, const uint16_t *tree, unsigned ports,
			unsigned bus)
{
	struct layout *layout = numbers->layout;
	struct machine *machine = layout->machine;
	unsigned first = bus;

	for (unsigned i = 0; i < ports; i++) {
		struct machine_port *port = &machine->ports[tree[i]];
		unsigned wanted = numbers->wanted[tree[i]];
		if (wanted != ANY_BUS && wanted < bus)
			return layout_fail(layout, TABLE_PORT, tree[i], "bus %02x cannot be behind '%s'", wanted,
					   port->name);
		bus = wanted != ANY_BUS ? wanted : bus;
		if (bus + numbers->extra[tree[i]] >= BUSES)
			return layout_fail(layout, TABLE_PORT, tree[i], "segment %u has no bus number left for '%s'",
					   port->segment, port->name);
		port->secondary = (uint8_t)bus;
		bus += 1u + numbers->extra[tree[i]];
		port->subordinate = (uint8_t)(bus - 1);
	}
	for (unsigned i = ports; i-- > 1;) {
		const struct machine_port *port = &machine->ports[tree[i]];
		struct machine_port *parent = &machine->ports[port->parent];
		parent->subordinate = MAX(parent->subordinate, port->subordinate);
	}
	for (unsigned b = first; b < bus; b++) {
		if (segment->bus[b])
			return layout_fail(layout, TABLE_PORT, tree[0],
					   "bus %02x is behind two root ports, one is '%s'", b,
					   machine->ports[tree[0]].name);
		segment->bus[b] = true;
	}
	return true;
}

/* Root ports and integrated endpoints by segment, then in declaration order. */
struct on_bus_0 {
	uint16_t segment;
	bool port;
	uint16_t index;    /* port or device */
	uint32_t position; /* of a root port's tree in the order */
};

static int compare_on_bus_0(const void *left, const void *right)
{
	const struct on_bus_0 *a = left, *b = right;

	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	if (a->port != b->port)
		return a->port ? 1 : -1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static bool number_segment(struct numbers *numbers, const struct on_bus_0 *entries, unsigned count)
{
	struct layout *layout = numbers->layout;
	struct segment segment = {.next_root = 0};

	for (unsigned i = 0; i < count; i++) {
		bool ok = entries[i].port ? number_root_port(layout, &segment, entries[i].index)
					  : number_integrated(layout, &segment, entries[i].index);
		if (!ok)
			return false;
	}
	/* Trees that hold a given bus first, then the others where there is room. */
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < count; i++) {
			if (!entries[i].port)
				continue;
			const uint16_t *tree = &layout->order[entries[i].position];
			unsigned ports = layout->tree_ports[entries[i].index], needs = 0;
			int start = wanted_start(numbers, tree, ports);
			if ((start != ANY_BUS) != (pass == 0))
				continue;
			for (unsigned p = 0; p < ports; p++)
				needs += 1u + numbers->extra[tree[p]];
			unsigned bus = start != ANY_BUS ? (unsigned)start : free_buses(&segment, needs);
			if (bus == BUSES)
				return layout_fail(layout, TABLE_PORT, entries[i].index,
						   "segment %u has no %u bus numbers left for '%s'", entries[i].segment,
						   needs, layout->machine->ports[entries[i].index].name);
			if (!number_tree(numbers, &segment, tree, ports, bus))
				return false;
		}
	}
	return true;
}

static bool number_segments(struct numbers *numbers)
{
	struct layout *layout = numbers->layout;
	const struct machine *machine = layout->machine;
	g_autofree struct on_bus_0 *entries = g_new0(struct on_bus_0, machine->port_count + machine->device_count + 1);
	unsigned count = 0;

	for (uint32_t i = 0; i < machine->port_count; i++) {
		uint16_t port = layout->order[i];
		if (machine->ports[port].kind == PORT_ROOT)
			entries[count++] = (struct on_bus_0){machine->ports[port].segment, true, port, i};
	}
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (device->kind == DEVICE_FUNCTION && device->package == i && device->port == MACHINE_NONE)
			entries[count++] = (struct on_bus_0){device->segment, false, (uint16_t)i, 0};
	}
	qsort(entries, count, sizeof *entries, compare_on_bus_0);
	for (unsigned i = 0, end; i < count; i = end) {
		for (end = i; end < count && entries[end].segment == entries[i].segment;)
			end++;
		if (!number_segment(numbers, &entries[i], end - i))
			return false;
	}
	return true;
}

bool layout_numbers(struct layout *layout)
{
	uint32_t ports = layout->machine->port_count;
	g_autofree uint8_t *wanted = g_new0(uint8_t, ports + 1);
	g_autofree uint8_t *extra = g_new0(uint8_t, ports + 1);
	struct numbers numbers = {layout, wanted, extra};

	if (!number_places(&numbers) || !number_segments(&numbers))
		return false;
	return layout_requesters(layout);
}
