/* SPDX-License-Identifier: MIT */
/* ioasid-sim list: what there is to name. */
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	char *given = NULL;
	const GOptionEntry entries[] = {
		{"format", 'f', 0, G_OPTION_ARG_STRING, &given, "text (default) or json", "FORMAT"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	g_autofree char *format = given ? given : g_strdup("text");
	g_autoptr(GError) error = NULL;
	g_autofree char *list = NULL;

	if (parsed != CLI_PARSED)
		return parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;
	if (argc != 2)
		return cli_fail("list: expected one of invariants, policies, operations, knobs, iommus");
	list = iosim_list(argv[1], format, &error);
	if (!list)
		return cli_fail("list: %s", error->message);
	fputs(list, stdout);
	return CLI_AS_EXPECTED;
}

const struct cli_verb verb_list = {
	.name = "list",
	.arguments = "invariants|policies|operations|knobs|iommus",
	.summary = "list what a scenario or an option can name",
	.run = run,
};
