/* SPDX-License-Identifier: MIT */
/* `show`: the machine of a scenario, who owns what, its groups and why, who can reach whom, and the steps. */
#include "sim/show.h"

#include "sim/argument.h"
#include "sim/run.h"
#include "sim/scenario_handle.h"

#include <ioasid-sim/replay.h>

#include <string.h>

static void append_units(GString *out, const struct machine *machine, uint32_t kinds)
{
	g_string_append(out, "units:\n");
	for (uint16_t i = 0; i < machine->iommu_count; i++) {
		g_string_append_printf(out, "  %s: ", machine->iommus[i].name);
		show_unit_nature(out, machine, i, kinds, ", ");
		g_string_append_c(out, '\n');
	}
	if (machine->iommu_count == 0)
		g_string_append(out, "  none\n");
}

static void append_owner(GString *out, const struct machine *machine, uint16_t index)
{
	static const char *const kinds[] = {
		[OWNER_HOST] = "kernel", [OWNER_PROCESS] = "process", [OWNER_VM] = "VM", [OWNER_USER] = "user"};
	const struct machine_owner *owner = &machine->owners[index];
	const char *before = ", drives";

	g_string_append_printf(out, "  %s (%s%s%s%s%s", owner->name, kinds[owner->kind],
			       owner->confidential ? ", confidential" : "", owner->viommu ? ", vIOMMU" : "",
			       owner->rawio ? "" : ", without CAP_SYS_RAWIO",
			       owner->resource ? "" : ", without CAP_SYS_RESOURCE");
	for (uint16_t i = 0; index == MACHINE_HOST && i < machine->device_count; i++)
		if (machine->devices[i].driver == DRIVER_HOST) {
			g_string_append_printf(out, "%s %s", before, machine->devices[i].name);
			before = "";
		}
	g_string_append(out, ")\n");
}

static void append_memory(GString *out, const struct machine *machine)
{
	g_string_append(out, "memory:\n");
	for (unsigned i = 0; i < machine->memory_count; i++) {
		const struct machine_memory *memory = &machine->memories[i];

		g_string_append_printf(out,
				       "  %s of %s: %" G_GUINT64_FORMAT " bytes, hpa %#" G_GINT64_MODIFIER
				       "x gpa %#" G_GINT64_MODIFIER "x va %#" G_GINT64_MODIFIER "x%s\n",
				       memory->name, machine->owners[memory->owner].name, memory->bytes, memory->hpa,
				       memory->gpa, memory->va, memory->present ? "" : ", not faulted in");
	}
	for (unsigned i = 0; i < machine->reserved_count; i++) {
		static const char *const kinds[] = {"rmrr", "relaxable", "msi", "hole"};
		const struct machine_reserved *row = &machine->reserved[i];

		g_string_append_printf(
			out, "  %s reserved for %s (%s): %#" G_GINT64_MODIFIER "x+%#" G_GINT64_MODIFIER "x\n",
			row->name, machine->devices[row->device].name, kinds[row->kind], row->first, row->bytes);
	}
}

/* A machine that has booted, on the first kind that can. NULL and a message (the caller frees). */
static struct world *boot(const struct scenario_case *program, char **message)
{
	enum iommu_kind kind = IOMMU_NONE;
	struct rules rules;

	rules_of_policy(0, &rules);
	while (!(run_kinds(program->machine) >> kind & 1))
		kind++;
	return world_new(program, HARDWARE_AUTO, kind, &rules, false, message);
}

static char *show_case(GString *out, const struct scenario *scenario, const struct scenario_case *program)
{
	char *message = NULL;
	struct world *world = boot(program, &message);

	if (!world)
		return message;
	if (program->name[0])
		g_string_append_printf(out, "case %s\n", program->name);
	append_units(out, program->machine, run_kinds(program->machine));
	g_string_append(out, "machine:\n");
	show_tree(out, program->machine);
	g_string_append(out, "owners:\n");
	for (uint16_t i = 0; i < program->machine->owner_count; i++)
		append_owner(out, program->machine, i);
	append_memory(out, program->machine);
	show_groups(out, world);
	show_steps(out, scenario, program);
	world_free(world);
	return NULL;
}

static char *dot_case(GString *out, const struct scenario *scenario, const struct scenario_case *program)
{
	char *message = NULL;
	struct world *world = boot(program, &message);
	g_autofree char *prefix = program->name[0] ? g_strdup_printf("%s/", program->name) : g_strdup("");

	(void)scenario;
	if (!world)
		return message;
	if (program->name[0])
		g_string_append_printf(out, "  subgraph \"cluster %s\" { label=\"case %s\";\n", program->name,
				       program->name);
	show_dot_case(out, world, prefix, run_kinds(program->machine));
	if (program->name[0])
		g_string_append(out, "  }\n");
	world_free(world);
	return NULL;
}

struct show_format {
	const char *name;
	char *(*show)(GString *out, const struct scenario *scenario, const struct scenario_case *program);
};

static const struct show_format formats[] = {{"text", show_case}, {"dot", dot_case}};

static const struct show_format *format_by_name(const char *name, GError **error)
{
	const char *names[G_N_ELEMENTS(formats) + 1] = {NULL};

	for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
		names[i] = formats[i].name;
		if (strcmp(name, formats[i].name) == 0)
			return &formats[i];
	}
	argument_unknown(error, "format", name, names);
	return NULL;
}

/* Scenario and case names are words of the language: nothing in them has to be escaped. */
static void append_head(GString *out, const struct scenario *scenario, bool dot)
{
	if (dot)
		g_string_append_printf(out, "digraph \"%s\" {\n  label=\"%s\"; node [shape=box];\n", scenario->name,
				       scenario->name);
	else
		g_string_append_printf(out, "%s: %s\n%s\n", scenario->name, scenario->title, scenario->claim);
}

char *iosim_show(const iosim_scenario *scenario, const char *case_name, const char *format, GError **error)
{
	const struct scenario *program = iosim_scenario_program(scenario);
	const char *names[SCENARIO_MAX_CASES + 1] = {NULL};
	const struct show_format *how = format_by_name(format, error);
	g_autoptr(GString) out = g_string_new(NULL);
	bool found = false, dot = how && how->show == dot_case;

	if (!how)
		return NULL;
	append_head(out, program, dot);
	for (unsigned i = 0; i < program->case_count; i++) {
		g_autofree char *message = NULL;

		names[i] = program->cases[i].name;
		if (case_name && strcmp(case_name, program->cases[i].name) != 0)
			continue;
		found = true;
		message = how->show(out, program, &program->cases[i]);
		if (message)
			g_string_append_printf(out, "%s%s\n", dot ? "  // " : "", message);
	}
	if (!found) {
		argument_unknown(error, "case", case_name, names);
		return NULL;
	}
	if (dot)
		g_string_append(out, "}\n");
	return g_strdup(out->str);
}
