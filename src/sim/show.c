/* SPDX-License-Identifier: MIT */
/* `show`: the machine of a scenario as a tree, who owns what, its groups and who can reach whom. */
#include "sim/argument.h"
#include "sim/run.h"
#include "sim/scenario_handle.h"
#include "sim/world.h"

#include <ioasid-sim/replay.h>

#include <string.h>

static const char *const port_words[] = {[PORT_ROOT] = "root port",
					 [PORT_SWITCH] = "switch",
					 [PORT_DOWNSTREAM] = "downstream port",
					 [PORT_PCI_BRIDGE] = "PCIe-to-PCI bridge"};
static const char *const device_words[] = {[DEVICE_FUNCTION] = "function",
					   [DEVICE_VF] = "VF",
					   [DEVICE_MDEV] = "mdev",
					   [DEVICE_PLATFORM] = "platform master"};
static const char *const driver_words[] = {[DRIVER_USER] = "free to be taken",
					   [DRIVER_HOST] = "kernel driver",
					   [DRIVER_GUEST] = "guest's driver",
					   [DRIVER_STUB] = "stub driver",
					   [DRIVER_NONE] = "no driver"};

static void append_acs(GString *out, uint8_t acs)
{
	static const char *const names[] = {"sv", "tb", "rr", "cr", "uf", "ec", "dt"};

	g_string_append(out, " acs:");
	if (acs == 0)
		g_string_append(out, " none");
	for (unsigned bit = 0; bit < G_N_ELEMENTS(names); bit++)
		if (acs >> bit & 1)
			g_string_append_printf(out, " %s", names[bit]);
}

static void append_bdf(GString *out, uint16_t rid)
{
	g_string_append_printf(out, " %02x:%02x.%x", rid >> 8, rid >> 3 & 31, rid & 7);
}

static void append_device(GString *out, const struct machine *machine, uint16_t index, unsigned depth)
{
	const struct machine_device *device = &machine->devices[index];

	g_string_append_printf(out, "%*s%s", (int)(2 * depth), "", device->name);
	if (device->kind == DEVICE_PLATFORM)
		g_string_append_printf(out, " stream %#x", device->stream);
	else
		append_bdf(out, device->rid);
	g_string_append_printf(out, " (%s, %s)", device_words[device->kind], driver_words[device->driver]);
	if (device->aliased) {
		g_string_append(out, " alias");
		append_bdf(out, device->alias_rid);
	}
	if (device->multifunction)
		append_acs(out, device->acs);
	for (unsigned i = 0; i < device->bar_count; i++) {
		const struct machine_bar *bar = &machine->bars[device->first_bar + i];

		g_string_append_printf(out, " bar%u %#" G_GINT64_MODIFIER "x+%#" G_GINT64_MODIFIER "x", bar->index,
				       bar->bus, bar->bytes);
	}
	if (!device->present)
		g_string_append(out, " not present");
	g_string_append_c(out, '\n');
}

static unsigned depth_of(const struct machine *machine, uint16_t port)
{
	unsigned depth = 1;

	while (machine->ports[port].parent != MACHINE_NONE && depth <= machine->port_count) {
		port = machine->ports[port].parent;
		depth++;
	}
	return depth;
}

static void append_port(GString *out, const struct machine *machine, uint16_t index)
{
	const struct machine_port *port = &machine->ports[index];
	unsigned depth = depth_of(machine, index);

	g_string_append_printf(out, "%*s%s", (int)(2 * depth), "", port->name);
	append_bdf(out, port->rid);
	g_string_append_printf(out, " (%s)", port_words[port->kind]);
	if (port->kind != PORT_PCI_BRIDGE)
		append_acs(out, port->acs);
	if (port->parent == MACHINE_NONE)
		g_string_append_printf(out, " behind %s",
				       port->iommu == MACHINE_NONE ? "no IOMMU" : machine->iommus[port->iommu].name);
	g_string_append_c(out, '\n');
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].port == index)
			append_device(out, machine, i, depth + 1);
}

/* Ports below `index` follow it: a depth-first walk with the tree's own links, no stack. */
static uint16_t next_port(const struct machine *machine, uint16_t parent, uint16_t after)
{
	for (uint32_t i = after == MACHINE_NONE ? 0 : after + 1u; i < machine->port_count; i++)
		if (machine->ports[i].parent == parent)
			return (uint16_t)i;
	return MACHINE_NONE;
}

static void append_tree(GString *out, const struct machine *machine)
{
	uint16_t at = MACHINE_NONE, child = next_port(machine, MACHINE_NONE, MACHINE_NONE);

	for (;;) {
		if (child != MACHINE_NONE) {
			append_port(out, machine, child);
			at = child;
			child = next_port(machine, at, MACHINE_NONE);
		} else if (at != MACHINE_NONE) {
			uint16_t parent = machine->ports[at].parent;

			child = next_port(machine, parent, at);
			at = parent;
		} else {
			break;
		}
	}
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].port == MACHINE_NONE)
			append_device(out, machine, i, 1);
}

static void append_owners(GString *out, const struct machine *machine)
{
	g_string_append(out, "owners:");
	for (unsigned i = 0; i < machine->owner_count; i++)
		g_string_append_printf(out, " %s", machine->owners[i].name);
	g_string_append(out, "\nmemory:\n");
	for (unsigned i = 0; i < machine->memory_count; i++) {
		const struct machine_memory *memory = &machine->memories[i];

		g_string_append_printf(out,
				       "  %s of %s: %" G_GUINT64_FORMAT " bytes, hpa %#" G_GINT64_MODIFIER
				       "x gpa %#" G_GINT64_MODIFIER "x va %#" G_GINT64_MODIFIER "x\n",
				       memory->name, machine->owners[memory->owner].name, memory->bytes, memory->hpa,
				       memory->gpa, memory->va);
	}
	for (unsigned i = 0; i < machine->reserved_count; i++) {
		static const char *const kinds[] = {"rmrr", "relaxable", "msi", "hole"};
		const struct machine_reserved *row = &machine->reserved[i];

		g_string_append_printf(
			out, "  %s reserved for %s (%s): %#" G_GINT64_MODIFIER "x+%#" G_GINT64_MODIFIER "x\n",
			row->name, machine->devices[row->device].name, kinds[row->kind], row->first, row->bytes);
	}
}

static void append_groups(GString *out, struct world *world)
{
	const struct machine *machine = world->machine;

	g_string_append(out, "groups (rule path_acs):\n");
	for (uint16_t i = 0; i < machine->device_count; i++) {
		uint16_t members[64];
		unsigned count = uapi_group(world->uapi, i, members, G_N_ELEMENTS(members));

		if (count == 0 || members[0] != i)
			continue;
		g_string_append(out, " ");
		for (unsigned member = 0; member < count && member < G_N_ELEMENTS(members); member++)
			g_string_append_printf(out, " %s", machine->devices[members[member]].name);
		g_string_append_c(out, '\n');
	}
	g_string_append(out, "reach without the IOMMU, or cannot be told apart:\n");
	for (uint16_t a = 0; a < machine->device_count; a++)
		for (uint16_t b = 0; b < machine->device_count; b++)
			if (a != b && model_reaches(world->model, a, b))
				g_string_append_printf(
					out, "  %s -> %s%s\n", machine->devices[a].name, machine->devices[b].name,
					model_same_requester(world->model, a, b) ? " (same requester ID)" : "");
}

static char *show_case(GString *out, const struct scenario_case *program)
{
	enum iommu_kind kind = IOMMU_NONE;
	struct rules rules;
	char *message = NULL;
	struct world *world;

	rules_of_policy(0, &rules);
	while (!(run_kinds(program->machine) >> kind & 1))
		kind++;
	world = world_new(program, HARDWARE_AUTO, kind, &rules, false, &message);
	if (!world)
		return message;
	if (program->name[0])
		g_string_append_printf(out, "case %s\n", program->name);
	g_string_append(out, "machine:\n");
	append_tree(out, program->machine);
	append_owners(out, program->machine);
	append_groups(out, world);
	world_free(world);
	return NULL;
}

char *iosim_show(const iosim_scenario *scenario, const char *case_name, GError **error)
{
	const struct scenario *program = iosim_scenario_program(scenario);
	const char *names[SCENARIO_MAX_CASES + 1] = {NULL};
	GString *out = g_string_new(NULL);
	bool found = false;

	g_string_append_printf(out, "%s: %s\n%s\n", program->name, program->title, program->claim);
	for (unsigned i = 0; i < program->case_count; i++) {
		g_autofree char *message = NULL;

		names[i] = program->cases[i].name;
		if (case_name && strcmp(case_name, program->cases[i].name) != 0)
			continue;
		found = true;
		message = show_case(out, &program->cases[i]);
		if (message)
			g_string_append_printf(out, "%s\n", message);
	}
	if (found)
		return g_string_free(out, FALSE);
	g_string_free(out, TRUE);
	argument_unknown(error, "case", case_name, names);
	return NULL;
}
