/* SPDX-License-Identifier: MIT */
/* ioasid-sim show: a scenario's machine, its groups and why, and its steps. */
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	char *given = NULL, *form = NULL, *uapi = NULL;
	const GOptionEntry entries[] = {
		CLI_UAPI_OPTION(&uapi),
		{"case", 'c', 0, G_OPTION_ARG_STRING, &given, "only this case", "NAME"},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &form, "text (default) or dot (Graphviz)", "FORMAT"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	g_autofree char *case_name = given, *format = form ? form : g_strdup("text");
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_scenario) scenario = NULL;
	g_autofree char *text = NULL;

	if (parsed != CLI_PARSED || !cli_load_front_end(g_steal_pointer(&uapi), NULL)) {
		g_free(uapi);
		return parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;
	}
	if (argc != 2)
		return cli_fail("show: expected one scenario file");
	scenario = iosim_scenario_load(argv[1], &error);
	if (!scenario)
		return cli_fail("%s", error->message);
	text = iosim_show(scenario, case_name, format, &error);
	if (!text)
		return cli_fail("show: %s", error->message);
	fputs(text, stdout);
	return CLI_AS_EXPECTED;
}

const struct cli_verb verb_show = {
	.name = "show",
	.arguments = "SCENARIO",
	.summary = "show a scenario's machine, its groups and why, and its steps",
	.run = run,
};
