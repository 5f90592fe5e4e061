/* SPDX-License-Identifier: MIT */
/* ioasid-sim list: what there is to name. */
#include "files.h"
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

#include <string.h>

/* The knobs, and which of the scenarios given tell their values apart. */
static int list_knobs(int count, char **arguments, const char *format)
{
	g_autoptr(GPtrArray) paths = cli_scenario_files(count, arguments);
	g_autoptr(GPtrArray) scenarios = g_ptr_array_new_with_free_func((GDestroyNotify)iosim_scenario_free);
	int status = CLI_AS_EXPECTED;
	g_autofree char *list = NULL;
	g_autoptr(GError) error = NULL;

	if (!paths)
		return CLI_CANNOT;
	for (guint i = 0; i < paths->len; i++) {
		g_autoptr(GError) refused = NULL;
		iosim_scenario *scenario = iosim_scenario_load(g_ptr_array_index(paths, i), &refused);

		if (scenario)
			g_ptr_array_add(scenarios, scenario);
		else
			status = cli_fail("%s", refused->message);
	}
	list = iosim_list_knobs((const iosim_scenario *const *)scenarios->pdata, scenarios->len, format, &error);
	if (!list)
		return cli_fail("list: %s", error->message);
	fputs(list, stdout);
	return status;
}

static int list(int argc, char **argv, const char *format)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	if (argc > 2 && strcmp(argv[1], "knobs") == 0)
		return list_knobs(argc - 2, argv + 2, format);
	if (argc != 2)
		return cli_fail("list: expected one of invariants, policies, operations, knobs, iommus, profiles");
	text = iosim_list(argv[1], format, &error);
	if (!text)
		return cli_fail("list: %s", error->message);
	fputs(text, stdout);
	return CLI_AS_EXPECTED;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	char *given = NULL, *uapi = NULL;
	const GOptionEntry entries[] = {
		CLI_UAPI_OPTION(&uapi),
		{"format", 'f', 0, G_OPTION_ARG_STRING, &given, "text (default) or json", "FORMAT"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	g_autofree char *format = given ? given : g_strdup("text");

	if (parsed != CLI_PARSED || !cli_load_front_end(g_steal_pointer(&uapi), NULL)) {
		g_free(uapi);
		return parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;
	}
	return list(argc, argv, format);
}

const struct cli_verb verb_list = {
	.name = "list",
	.arguments = "invariants|policies|operations|iommus|profiles | knobs [FILE|FOLDER...]",
	.summary = "list what a scenario or an option can name",
	.details = "With scenarios, each knob names those that separate its values: two rows of one case that differ\n"
		   "in nothing but this knob expect different verdicts.",
	.run = run,
};
