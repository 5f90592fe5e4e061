/* SPDX-License-Identifier: MIT */
/* ioasid-sim schema: the JSON Schema of the scenario language, for editors. */
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	char *uapi = NULL;
	const GOptionEntry entries[] = {CLI_UAPI_OPTION(&uapi), {NULL, 0, 0, 0, NULL, NULL, NULL}};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	g_autofree char *schema = NULL;

	if (parsed != CLI_PARSED || !cli_load_front_end(g_steal_pointer(&uapi), NULL)) {
		g_free(uapi);
		return parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;
	}
	if (argc != 1)
		return cli_fail("schema: expected no argument, found '%s'", argv[1]);
	schema = iosim_scenario_schema();
	fputs(schema, stdout);
	return CLI_AS_EXPECTED;
}

const struct cli_verb verb_schema = {
	.name = "schema",
	.arguments = "",
	.summary = "print the JSON Schema (draft-07) of the scenario language",
	.run = run,
};
