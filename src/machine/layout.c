/* SPDX-License-Identifier: MIT */
#include "machine/layout.h"

#include <stdarg.h>
#include <stdio.h>

/* An implied port was not declared anywhere: what it was made for is to blame. */
static void declared_row(const struct layout *layout, enum machine_table *table, uint32_t *index)
{
	const struct machine *machine = layout->machine;

	while (*table == TABLE_PORT && *index < machine->port_count && machine->ports[*index].synthesized) {
		uint16_t device = layout->first_device[*index];
		*index = device != MACHINE_NONE ? device : layout->first_child[*index];
		*table = device != MACHINE_NONE ? TABLE_DEVICE : TABLE_PORT;
	}
}

bool layout_fail(struct layout *layout, enum machine_table table, uint32_t index, const char *format, ...)
{
	va_list arguments;

	declared_row(layout, &table, &index);
	layout->error->table = table;
	layout->error->index = (uint16_t)index;
	va_start(arguments, format);
	vsnprintf(layout->error->message, sizeof layout->error->message, format, arguments);
	va_end(arguments);
	return false;
}

const char *layout_bdf(char text[static LAYOUT_BDF_TEXT], uint16_t segment, uint16_t rid)
{
	unsigned bus = rid >> 8;
	unsigned device = (rid >> 3) & 31;
	unsigned function = rid & 7;

	if (segment)
		snprintf(text, LAYOUT_BDF_TEXT, "%04x:%02x:%02x.%x", segment, bus, device, function);
	else
		snprintf(text, LAYOUT_BDF_TEXT, "%02x:%02x.%x", bus, device, function);
	return text;
}

bool machine_finish(struct machine *machine, struct machine_error *error)
{
	struct layout layout = {.machine = machine, .error = error};

	bool ok = layout_rows(&layout) && layout_tree(&layout) && layout_inherit(&layout) && layout_numbers(&layout) &&
		  layout_windows(&layout) && layout_index(&layout) && layout_addresses(&layout);
	layout_tree_free(&layout);
	return ok;
}
