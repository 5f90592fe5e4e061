/* SPDX-License-Identifier: MIT */
/*
 * Fifth phase of the layout: addresses of BARs, and the windows that bridges claim for what is below them (PCIe
 * 7.5.1.3.8 to 10: multiples of 1 MiB). One space for BARs up to 256 MiB, one for larger ones.
 */
#include "machine/layout.h"

#include <glib.h>

#define WINDOW_GRAIN (UINT64_C(1) << 20)

struct space {
	bool large; /* BARs above LAYOUT_BAR32_MAX */
	uint64_t next;
	uint64_t last;
	const char *name;
};

static uint64_t align_up(uint64_t value, uint64_t grain)
{
	return (value + grain - 1) & ~(grain - 1);
}

static bool belongs(const struct space *space, const struct machine_bar *bar)
{
	return (bar->bytes > LAYOUT_BAR32_MAX) == space->large;
}

static bool place_bars(struct layout *layout, struct space *space, const struct machine_device *device)
{
	for (uint32_t i = device->first_bar; i < (uint32_t)device->first_bar + device->bar_count; i++) {
		struct machine_bar *bar = &layout->machine->bars[i];
		if (!belongs(space, bar))
			continue;
		uint64_t first = align_up(space->next, bar->bytes);
		if (first < space->next || first > space->last || bar->bytes - 1 > space->last - first)
			return layout_fail(layout, TABLE_BAR, i, "no room is left for '%s' among the %s", bar->name,
					   space->name);
		bar->bus = first;
		space->next = first + bar->bytes;
	}
	return true;
}

/* Per port: how many BARs of this space are at and below it. */
static uint32_t *count_bars(const struct layout *layout, const struct space *space)
{
	const struct machine *machine = layout->machine;
	uint32_t *count = g_new0(uint32_t, machine->port_count + 1);

	for (uint32_t i = 0; i < machine->bar_count; i++) {
		uint16_t port = machine->devices[machine->bars[i].device].port;
		if (port != MACHINE_NONE && belongs(space, &machine->bars[i]))
			count[port]++;
	}
	for (uint32_t i = machine->port_count; i-- > 0;) {
		uint16_t at = layout->order[i];
		if (machine->ports[at].parent != MACHINE_NONE)
			count[machine->ports[at].parent] += count[at];
	}
	return count;
}

/* Devices with BARs of each port in declaration order: VFs and mdevs included, unlike the lists of layout_tree. */
static uint16_t *devices_by_port(const struct layout *layout, uint32_t **first_out)
{
	const struct machine *machine = layout->machine;
	uint32_t *first = g_new0(uint32_t, machine->port_count + 2);
	uint16_t *devices = g_new0(uint16_t, machine->device_count + 1);

	for (uint32_t i = 0; i < machine->device_count; i++) {
		if (machine->devices[i].port != MACHINE_NONE)
			first[machine->devices[i].port + 2]++;
	}
	for (uint32_t i = 2; i < machine->port_count + 2; i++)
		first[i] += first[i - 1];
	for (uint32_t i = 0; i < machine->device_count; i++) {
		if (machine->devices[i].port != MACHINE_NONE)
			devices[first[machine->devices[i].port + 1]++] = (uint16_t)i;
	}
	*first_out = first; /* of port p: first[p] up to first[p + 1] */
	return devices;
}

static void set_window(struct machine_port *port, bool large, uint64_t first, uint64_t last)
{
	*(large ? &port->window64_first : &port->window_first) = first;
	*(large ? &port->window64_last : &port->window_last) = last;
}

static uint64_t window_end(const struct machine_port *port, bool large)
{
	return large ? port->window64_last : port->window_last;
}

/* Root complex first (platform and integrated devices), then tree by tree, each port's own devices before its children.
 */
static bool place_space(struct layout *layout, struct space *space)
{
	struct machine *machine = layout->machine;
	g_autofree uint32_t *count = count_bars(layout, space);
	g_autofree uint32_t *first = NULL;
	g_autofree uint16_t *devices = devices_by_port(layout, &first);

	for (uint32_t i = 0; i < machine->device_count; i++) {
		if (machine->devices[i].port == MACHINE_NONE && !place_bars(layout, space, &machine->devices[i]))
			return false;
	}
	for (uint32_t i = 0; i < machine->port_count; i++) {
		uint16_t at = layout->order[i];
		if (count[at] == 0) {
			set_window(&machine->ports[at], space->large, 1, 0);
			continue;
		}
		space->next = align_up(space->next, WINDOW_GRAIN);
		uint64_t begin = space->next;
		for (uint32_t d = first[at]; d < first[at + 1]; d++) {
			if (!place_bars(layout, space, &machine->devices[devices[d]]))
				return false;
		}
		space->next = align_up(space->next, WINDOW_GRAIN);
		set_window(&machine->ports[at], space->large, begin, space->next - 1);
	}
	for (uint32_t i = machine->port_count; i-- > 0;) {
		uint16_t at = layout->order[i];
		uint16_t parent = machine->ports[at].parent;
		if (count[at] == 0 || parent == MACHINE_NONE)
			continue;
		uint64_t end = window_end(&machine->ports[at], space->large);
		struct machine_port *up = &machine->ports[parent];
		uint64_t *last = space->large ? &up->window64_last : &up->window_last;
		*last = MAX(*last, end);
	}
	return true;
}

bool layout_windows(struct layout *layout)
{
	struct space small = {false, LAYOUT_MMIO32_FIRST, LAYOUT_MMIO32_LAST, "BARs below 4 GiB"};
	struct space large = {true, LAYOUT_MMIO64_FIRST, LAYOUT_MMIO64_LAST, "BARs above 4 GiB"};

	return place_space(layout, &small) && place_space(layout, &large);
}
