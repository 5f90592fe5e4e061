/* SPDX-License-Identifier: MIT */
/* ioasid-sim bench pcie: published measurements, predicted. */
#include "bench.h"
#include "bench_watch.h"

#include <ioasid-sim/ioasid-sim.h>

struct choice {
	char *measured, *host, *structure, *format, *plot;
	gboolean leave_one_out;
	gint packets;
};

static int run_pcie(const struct choice *choice)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_profile) structure = NULL;
	g_autofree char *text = NULL, *plot = NULL;

	if (!choice->measured)
		return cli_fail("bench pcie: --measured FILE.csv is needed");
	if (choice->packets < 0)
		return cli_fail("bench pcie: --packets: expected a number that is not negative");
	if (choice->plot && g_strcmp0(choice->format, "profile") == 0)
		return cli_fail("bench pcie: --plot and --format profile exclude each other");
	if (choice->structure) {
		structure = iosim_profile_load(choice->structure, &error);
		if (!structure)
			return cli_fail("bench pcie: %s", error->message);
	}
	iosim_pcie pcie = {.measured = choice->measured,
			   .host = choice->host,
			   .structure = structure,
			   .leave_one_out = choice->leave_one_out,
			   .packets = (guint)choice->packets};
	text = iosim_pcie_run(&pcie, choice->format ? choice->format : "text", choice->plot ? &plot : NULL, &error);
	if (!text)
		return cli_fail("bench pcie: %s", error->message);
	if (plot && !bench_write("bench pcie", choice->plot, plot))
		return CLI_CANNOT;
	fputs(text, stdout);
	return CLI_AS_EXPECTED;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	struct choice choice = {.measured = NULL};
	const GOptionEntry entries[] = {
		{"measured", 'm', 0, G_OPTION_ARG_FILENAME, &choice.measured, "the measurements", "FILE.csv"},
		{"host", 0, 0, G_OPTION_ARG_STRING, &choice.host, "this one only", "NAME"},
		{"structure", 0, 0, G_OPTION_ARG_STRING, &choice.structure,
		 "what all hosts have in common: a profile (pcie-bench)", "NAME|FILE"},
		{"leave-one-out", 0, 0, G_OPTION_ARG_NONE, &choice.leave_one_out,
		 "once more, with that estimated on the other hosts", NULL},
		{"packets", 0, 0, G_OPTION_ARG_INT, &choice.packets, "of each run (10000)", "N"},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &choice.format,
		 "text (if not given), json, or profile: the calibrated profile of a host", "FORMAT"},
		{"plot", 0, 0, G_OPTION_ARG_FILENAME, &choice.plot, "measured and predicted by window, as a figure",
		 "FILE.svg"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;

	if (parsed == CLI_PARSED)
		status = argc > 1 ? cli_fail("bench pcie: unexpected argument '%s'", argv[1]) : run_pcie(&choice);
	g_free(choice.measured);
	g_free(choice.host);
	g_free(choice.structure);
	g_free(choice.format);
	g_free(choice.plot);
	return status;
}

const struct cli_verb bench_pcie = {
	.name = "bench pcie",
	.arguments = "",
	.summary = "predict measurements of pcie-bench by runs of a calibrated machine",
	.details = "Calibrated from rows with iommu=off, and from the 4k latencies of the 256 KiB and 64 MiB windows.\n"
		   "Every other 4k row is predicted. docs/timing.md has the model and the errors.",
	.run = run,
};
