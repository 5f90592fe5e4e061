/* SPDX-License-Identifier: MIT */
/* ioasid-sim bench dma: DMA through a window of pages, on the machine of a profile. */
#include "bench.h"
#include "bench_watch.h"

#include <ioasid-sim/ioasid-sim.h>

#include <string.h>

#define DEFAULT_WINDOW    (G_GUINT64_CONSTANT(64) << 20)
#define DEFAULT_BYTES     64
#define DEFAULT_TRANSFERS 100000
#define DEFAULT_WARM_UP   10000

struct choice {
	char *profile, *access, *pattern, *bytes, *window, *outstanding, *transfers, *warm_up, *seed, *format, *sweep,
		*plot, *devices, *pasids, *requests;
	gboolean without_iommu;
	struct bench_watch watch;
};

static void clear_choice(struct choice *choice)
{
	char **texts[] = {&choice->profile, &choice->access,      &choice->pattern,   &choice->bytes,
			  &choice->window,  &choice->outstanding, &choice->transfers, &choice->warm_up,
			  &choice->seed,    &choice->format,      &choice->sweep,     &choice->plot,
			  &choice->devices, &choice->pasids,      &choice->requests};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(*texts[i]);
	bench_watch_clear(&choice->watch);
}

static bool word(const char *what, const char *text, const char *first, const char *second, gboolean *is_second)
{
	const char *const words[] = {first, second, NULL};

	*is_second = text && strcmp(text, second) == 0;
	return !text || g_strv_contains(words, text) || cli_fail_unknown(what, text, words) == CLI_AS_EXPECTED;
}

static void print(gpointer context, const char *text)
{
	fputs(text, context);
}

static int run_sweep(const iosim_profile *profile, const iosim_dma *dma, const struct choice *choice)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *plot = NULL, *text = NULL;

	text = iosim_dma_sweep(profile, dma, choice->sweep, choice->format ? choice->format : "text",
			       choice->plot ? &plot : NULL, &error);
	if (!text)
		return cli_fail("bench dma: %s", error->message);
	if (plot && !bench_write("bench dma", choice->plot, plot))
		return CLI_CANNOT;
	fputs(text, stdout);
	return CLI_AS_EXPECTED;
}

/* What a trace file says itself. */
static const char *excluded(const struct choice *choice)
{
	const struct {
		const char *option, *text;
	} rows[] = {
		{"--access", choice->access},   {"--pattern", choice->pattern}, {"--bytes", choice->bytes},
		{"--window", choice->window},   {"--count", choice->transfers}, {"--seed", choice->seed},
		{"--devices", choice->devices}, {"--pasids", choice->pasids},
	};

	for (unsigned i = 0; choice->requests && i < G_N_ELEMENTS(rows); i++)
		if (rows[i].text)
			return rows[i].option;
	return NULL;
}

static int run_dma(struct choice *choice)
{
	g_autoptr(GError) error = NULL;
	guint64 bytes = DEFAULT_BYTES, outstanding = 0, devices = 1, pasids = 0;
	iosim_dma dma = {.window = DEFAULT_WINDOW,
			 .transfers = DEFAULT_TRANSFERS,
			 .warm_up = choice->requests ? 0 : DEFAULT_WARM_UP,
			 .requests = choice->requests,
			 .seed = 1,
			 .without_iommu = choice->without_iommu};

	if (!choice->profile)
		return cli_fail("bench dma: --profile is needed (see `ioasid-sim list profiles`)");
	if (excluded(choice))
		return cli_fail("bench dma: --requests and %s exclude each other", excluded(choice));
	if (choice->plot && !choice->sweep)
		return cli_fail("bench dma: --plot: --sweep is needed with it");
	if (choice->sweep && (choice->watch.vcd || choice->watch.trace))
		return cli_fail("bench dma: --sweep and %s exclude each other",
				choice->watch.vcd ? "--vcd" : "--trace");
	if (!word("access", choice->access, "read", "write", &dma.write) ||
	    !word("pattern", choice->pattern, "random", "sequential", &dma.sequential) ||
	    !bench_number("bench dma", "--bytes", choice->bytes, 4096, &bytes) ||
	    !bench_number("bench dma", "--window", choice->window, G_GUINT64_CONSTANT(1) << 30, &dma.window) ||
	    !bench_number("bench dma", "--outstanding", choice->outstanding, 65536, &outstanding) ||
	    !bench_number("bench dma", "--count", choice->transfers, G_GUINT64_CONSTANT(1) << 40, &dma.transfers) ||
	    !bench_number("bench dma", "--warm-up", choice->warm_up, G_GUINT64_CONSTANT(1) << 40, &dma.warm_up) ||
	    !bench_number("bench dma", "--seed", choice->seed, G_MAXUINT64, &dma.seed) ||
	    !bench_number("bench dma", "--devices", choice->devices, 65536, &devices) ||
	    !bench_number("bench dma", "--pasids", choice->pasids, 65536, &pasids))
		return CLI_CANNOT;
	dma.bytes = (guint)bytes;
	dma.outstanding = (guint)outstanding;
	dma.devices = (guint)devices;
	dma.pasids = (guint)pasids;
	g_autoptr(iosim_profile) profile = iosim_profile_load(choice->profile, &error);
	if (!profile)
		return cli_fail("bench dma: %s", error->message);
	if (!bench_watch_open(&choice->watch, "bench dma"))
		return CLI_CANNOT;
	dma.watch = &choice->watch.watch;
	if (choice->sweep)
		return run_sweep(profile, &dma, choice);
	if (!iosim_dma_run(profile, &dma, choice->format ? choice->format : "text", print, stdout, &error))
		return cli_fail("bench dma: %s", error->message);
	return bench_watch_close(&choice->watch) ? CLI_AS_EXPECTED : CLI_CANNOT;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	struct choice choice = {.profile = NULL};
	const GOptionEntry entries[] = {
		{"profile", 'P', 0, G_OPTION_ARG_STRING, &choice.profile, "the machine: a name or a file", "NAME|FILE"},
		{"access", 0, 0, G_OPTION_ARG_STRING, &choice.access, "read (if not given) or write", "read|write"},
		{"pattern", 0, 0, G_OPTION_ARG_STRING, &choice.pattern, "random (if not given) or sequential",
		 "random|sequential"},
		{"bytes", 0, 0, G_OPTION_ARG_STRING, &choice.bytes, "of a transfer (64)", "N"},
		{"window", 0, 0, G_OPTION_ARG_STRING, &choice.window, "bytes that are accessed (64M)", "N"},
		{"outstanding", 0, 0, G_OPTION_ARG_STRING, &choice.outstanding,
		 "transfers at a time (0: as many as the device can)", "N"},
		{"count", 'n', 0, G_OPTION_ARG_STRING, &choice.transfers, "transfers that are measured (100000)", "N"},
		{"warm-up", 0, 0, G_OPTION_ARG_STRING, &choice.warm_up, "transfers before them (10000)", "N"},
		{"seed", 0, 0, G_OPTION_ARG_STRING, &choice.seed, "of random places (1)", "N"},
		{"devices", 0, 0, G_OPTION_ARG_STRING, &choice.devices,
		 "functions behind the link, each with a domain and a window (1)", "N"},
		{"pasids", 0, 0, G_OPTION_ARG_STRING, &choice.pasids,
		 "of each device, each with a domain and a window (0: requests have none)", "N"},
		{"requests", 0, 0, G_OPTION_ARG_FILENAME, &choice.requests,
		 "send these instead: time,device,pasid,address,size,access", "FILE.csv"},
		{"no-iommu", 0, 0, G_OPTION_ARG_NONE, &choice.without_iommu, "addresses are not translated", NULL},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &choice.format,
		 "text (if not given), json, or csv: a line a packet", "FORMAT"},
		{"sweep", 0, 0, G_OPTION_ARG_STRING, &choice.sweep,
		 "a run for each value of window, bytes, outstanding, devices, pasids or a number of the profile; "
		 "A..B: "
		 "doubled",
		 "NAME=A,B...|A..B"},
		{"plot", 0, 0, G_OPTION_ARG_FILENAME, &choice.plot, "the sweep as a figure", "FILE.svg"},
		BENCH_WATCH_OPTIONS(&choice.watch),
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;

	if (parsed == CLI_PARSED)
		status = argc > 1 ? cli_fail("bench dma: unexpected argument '%s'", argv[1]) : run_dma(&choice);
	clear_choice(&choice);
	return status;
}

const struct cli_verb bench_dma = {
	.name = "bench dma",
	.arguments = "",
	.summary = "what translations cost a device, and where the time goes",
	.details = "The same options print the same. docs/timing.md says what each figure means, and what is not "
		   "modelled.",
	.run = run,
};
