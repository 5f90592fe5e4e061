/* SPDX-License-Identifier: MIT */
#include "hw/fabric/window.h"

#include <glib.h>
#include <stdlib.h>

static int compare_windows(const void *left, const void *right)
{
	const struct window *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->depth < b->depth ? -1 : a->depth > b->depth;
}

void windows_build(struct windows *windows, const struct machine *machine)
{
	windows->list = g_new(struct window, 2 * (size_t)machine->port_count + 1);
	windows->count = 0;
	for (uint32_t i = 0; i < machine->port_count; i++) {
		const struct machine_port *port = &machine->ports[i];
		uint16_t depth = 0;
		for (uint16_t at = port->parent; at != MACHINE_NONE; at = machine->ports[at].parent)
			depth++;
		if (port->window_first <= port->window_last)
			windows->list[windows->count++] = (struct window){port->window_first, depth, (uint16_t)i};
		if (port->window64_first <= port->window64_last)
			windows->list[windows->count++] = (struct window){port->window64_first, depth, (uint16_t)i};
	}
	qsort(windows->list, windows->count, sizeof *windows->list, compare_windows);
}

void windows_free(struct windows *windows)
{
	g_free(windows->list);
}

bool window_claims(const struct machine *machine, uint16_t port, uint64_t address)
{
	const struct machine_port *row = &machine->ports[port];

	return (row->window_first <= address && address <= row->window_last) ||
	       (row->window64_first <= address && address <= row->window64_last);
}

/*
 * The innermost window that begins last at or before the address either holds it, or one of the windows around it does,
 * or none.
 */
uint16_t windows_child(const struct windows *windows, const struct machine *machine, uint16_t parent, uint64_t address)
{
	uint32_t low = 0, high = windows->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (windows->list[middle].first <= address)
			low = middle + 1;
		else
			high = middle;
	}
	uint16_t port = low == 0 ? MACHINE_NONE : windows->list[low - 1].port;
	while (port != MACHINE_NONE && !window_claims(machine, port, address))
		port = machine->ports[port].parent;
	while (port != MACHINE_NONE && machine->ports[port].parent != parent)
		port = machine->ports[port].parent;
	return port;
}
