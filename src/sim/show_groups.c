/* SPDX-License-Identifier: MIT */
/* Groups, what joined their members, and who can reach whom. */
#include "sim/show.h"

#include "uapi/uapi.h"

unsigned show_group_of_first(struct world *world, uint16_t device, uint16_t *members)
{
	unsigned count = uapi_group(world->uapi, device, members, SHOW_GROUP_MAX);

	return count > 0 && members[0] == device ? MIN(count, SHOW_GROUP_MAX) : 0;
}

static void append_lacks(GString *out, uint8_t acs)
{
	static const char *const names[] = {"sv", "tb", "rr", "cr", "uf", "ec", "dt"};

	g_string_append(out, " lacks ACS");
	for (unsigned bit = 0; bit < G_N_ELEMENTS(names); bit++)
		if (acs >> bit & 1)
			g_string_append_printf(out, " %s", names[bit]);
}

static void append_why(GString *out, struct world *world, uint16_t device)
{
	const struct machine *machine = world->machine;
	struct uapi_group_why why;

	uapi_group_why(world->uapi, device, &why);
	g_string_append_printf(out, "    %s: ", machine->devices[device].name);
	switch (why.cause) {
	case UAPI_GROUP_NONE:
	case UAPI_GROUP_PARENT:
		break;
	case UAPI_GROUP_ALONE:
		g_string_append(out, "everything above it isolates");
		break;
	case UAPI_GROUP_BUS:
		g_string_append_printf(out, "on the bus behind %s", machine->ports[why.port].name);
		break;
	case UAPI_GROUP_PATH:
	case UAPI_GROUP_PEER:
		g_string_append_printf(out, "%s above it", machine->ports[why.port].name);
		append_lacks(out, why.acs);
		if (why.cause == UAPI_GROUP_PEER)
			g_string_append_printf(out, ", and its neighbour %s does not isolate either",
					       machine->ports[why.peer].name);
		break;
	case UAPI_GROUP_ALIAS:
		g_string_append_printf(out, "one requester ID with %s", machine->devices[why.device].name);
		break;
	case UAPI_GROUP_FUNCTION:
		g_string_append_printf(out, "a function beside %s, and it", machine->devices[why.device].name);
		append_lacks(out, why.acs);
		break;
	case UAPI_GROUP_REACH:
		g_string_append_printf(out, "it and %s can reach each other", machine->devices[why.device].name);
		break;
	}
	g_string_append_c(out, '\n');
}

static void append_reach(GString *out, struct world *world)
{
	const struct machine *machine = world->machine;

	g_string_append(out, "reach without the IOMMU, or cannot be told apart:\n");
	for (uint16_t a = 0; a < machine->device_count; a++)
		for (uint16_t b = 0; b < machine->device_count; b++)
			if (a != b && model_reaches(world->model, a, b))
				g_string_append_printf(
					out, "  %s -> %s%s\n", machine->devices[a].name, machine->devices[b].name,
					model_same_requester(world->model, a, b) ? " (same requester ID)" : "");
}

void show_groups(GString *out, struct world *world)
{
	const struct machine *machine = world->machine;
	g_autofree uint16_t *members = g_new(uint16_t, SHOW_GROUP_MAX);

	g_string_append_printf(out, "groups (rule %s):\n",
			       knob_rows[KNOB_GROUP_RULE].values[world->rules.value[KNOB_GROUP_RULE]]);
	for (uint16_t i = 0; i < machine->device_count; i++) {
		unsigned count = show_group_of_first(world, i, members);

		if (count == 0)
			continue;
		g_string_append(out, " ");
		for (unsigned member = 0; member < count; member++)
			g_string_append_printf(out, " %s", machine->devices[members[member]].name);
		g_string_append_c(out, '\n');
		for (unsigned member = 0; member < count; member++)
			append_why(out, world, members[member]);
	}
	append_reach(out, world);
}
