/* SPDX-License-Identifier: MIT */
/* ioasid-sim bench nested: measured throughput of a guest whose invalidations trap, and what serialising them explains.
 */
#include "bench.h"

#include <ioasid-sim/ioasid-sim.h>

static int run_nested(const char *measured, const char *structure, const char *format)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_profile) profile = NULL;

	if (!measured)
		return cli_fail("bench nested: --measured FILE.csv is needed");
	if (structure) {
		profile = iosim_profile_load(structure, &error);
		if (!profile)
			return cli_fail("bench nested: %s", error->message);
	}
	g_autofree char *text = iosim_nested_run(measured, profile, format ? format : "text", &error);
	if (!text)
		return cli_fail("bench nested: %s", error->message);
	fputs(text, stdout);
	return CLI_AS_EXPECTED;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	g_autofree char *measured = NULL, *structure = NULL, *format = NULL;
	const GOptionEntry entries[] = {
		{"measured", 'm', 0, G_OPTION_ARG_FILENAME, &measured, "the measurements", "FILE.csv"},
		{"structure", 0, 0, G_OPTION_ARG_STRING, &structure,
		 "what the first row does not tell: a profile (nested-guest)", "NAME|FILE"},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &format, "text (if not given) or json", "text|json"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);

	if (parsed != CLI_PARSED)
		return parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;
	if (argc > 1)
		return cli_fail("bench nested: unexpected argument '%s'", argv[1]);
	return run_nested(measured, structure, format);
}

const struct cli_verb bench_nested = {
	.name = "bench nested",
	.arguments = "",
	.summary = "how far serialised invalidation explains what a guest's CPUs were measured to receive",
	.details = "Calibrated from the row with the fewest CPUs; other rows are predicted, under one assumption after "
		   "the "
		   "other.\n"
		   "docs/timing.md says what each of them is, and what is not known.",
	.run = run,
};
