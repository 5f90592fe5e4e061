/* SPDX-License-Identifier: MIT */
/* ioasid-sim bench pages: a device whose accesses find pages missing, and CPUs that handle its page requests. */
#include "bench.h"
#include "bench_watch.h"

#include <ioasid-sim/ioasid-sim.h>

#define DEFAULT_OUTSTANDING 64
#define DEFAULT_QUEUE       512
#define DEFAULT_ACCESSES    20000
#define DEFAULT_WARM_UP     2000

struct choice {
	char *profile, *cores, *outstanding, *queue, *share, *accesses, *warm_up, *format;
};

static void clear_choice(struct choice *choice)
{
	char **texts[] = {&choice->profile, &choice->cores,    &choice->outstanding, &choice->queue,
			  &choice->share,   &choice->accesses, &choice->warm_up,     &choice->format};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(*texts[i]);
}

static bool small_number(const char *option, const char *text, guint *value)
{
	guint64 number = *value;

	if (!bench_number("bench pages", option, text, G_MAXUINT32, &number))
		return false;
	*value = (guint)number;
	return true;
}

static int run_pages(const struct choice *choice)
{
	g_autoptr(GError) error = NULL;
	iosim_pages pages = {.cores = 1,
			     .outstanding = DEFAULT_OUTSTANDING,
			     .queue = DEFAULT_QUEUE,
			     .miss_percent = 100,
			     .accesses = DEFAULT_ACCESSES,
			     .warm_up = DEFAULT_WARM_UP};

	if (!choice->profile)
		return cli_fail("bench pages: --profile is needed (see `ioasid-sim list profiles`)");
	if (!small_number("--cores", choice->cores, &pages.cores) ||
	    !small_number("--outstanding", choice->outstanding, &pages.outstanding) ||
	    !small_number("--queue", choice->queue, &pages.queue) ||
	    !small_number("--share", choice->share, &pages.miss_percent) ||
	    !bench_number("bench pages", "--count", choice->accesses, G_MAXUINT32, &pages.accesses) ||
	    !bench_number("bench pages", "--warm-up", choice->warm_up, G_MAXUINT32, &pages.warm_up))
		return CLI_CANNOT;
	g_autoptr(iosim_profile) profile = iosim_profile_load(choice->profile, &error);
	if (!profile)
		return cli_fail("bench pages: %s", error->message);
	g_autofree char *text = iosim_pages_run(profile, &pages, choice->format ? choice->format : "text", &error);
	if (!text)
		return cli_fail("bench pages: %s", error->message);
	fputs(text, stdout);
	return CLI_AS_EXPECTED;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	struct choice choice = {.profile = NULL};
	const GOptionEntry entries[] = {
		{"profile", 'P', 0, G_OPTION_ARG_STRING, &choice.profile, "the machine: a name or a file", "NAME|FILE"},
		{"cores", 0, 0, G_OPTION_ARG_STRING, &choice.cores, "CPUs that handle page requests (1)", "N"},
		{"outstanding", 0, 0, G_OPTION_ARG_STRING, &choice.outstanding,
		 "accesses at a time, each with one page request at most (64)", "N"},
		{"queue", 0, 0, G_OPTION_ARG_STRING, &choice.queue,
		 "entries of the unit's page request queue, a power of two (512)", "N"},
		{"share", 0, 0, G_OPTION_ARG_STRING, &choice.share, "of accesses whose page is missing, percent (100)",
		 "N"},
		{"count", 'n', 0, G_OPTION_ARG_STRING, &choice.accesses, "accesses that are measured (20000)", "N"},
		{"warm-up", 0, 0, G_OPTION_ARG_STRING, &choice.warm_up, "accesses before them (2000)", "N"},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &choice.format, "text (if not given) or json", "FORMAT"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;

	if (parsed == CLI_PARSED)
		status = argc > 1 ? cli_fail("bench pages: unexpected argument '%s'", argv[1]) : run_pages(&choice);
	clear_choice(&choice);
	return status;
}

const struct cli_verb bench_pages = {
	.name = "bench pages",
	.arguments = "",
	.summary = "what page requests cost, and a page request queue that overflows",
	.details = "A device with ATS and PRI accesses a page after the other. The same options print the same.\n"
		   "docs/timing.md says what each figure means, and what is not modelled.",
	.run = run,
};
