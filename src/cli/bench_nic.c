/* SPDX-License-Identifier: MIT */
/* ioasid-sim bench nic: a network device that receives into rings, and CPUs that map, unmap and invalidate. */
#include "bench.h"
#include "bench_watch.h"

#include <ioasid-sim/ioasid-sim.h>

#define DEFAULT_BYTES   1500
#define DEFAULT_RING    512
#define DEFAULT_BATCH   64
#define DEFAULT_PACKETS 50000
#define DEFAULT_WARM_UP 5000

struct choice {
	char *profile, *mode, *cores, *packet, *ring, *batch, *every, *packets, *warm_up, *format;
	gboolean guest, without_iommu;
	struct bench_watch watch;
};

static void clear_choice(struct choice *choice)
{
	char **texts[] = {&choice->profile, &choice->mode,  &choice->cores,   &choice->packet,  &choice->ring,
			  &choice->batch,   &choice->every, &choice->packets, &choice->warm_up, &choice->format};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(*texts[i]);
	bench_watch_clear(&choice->watch);
}

static void print(gpointer context, const char *text)
{
	fputs(text, context);
}

static bool small_number(const char *option, const char *text, guint *value)
{
	guint64 number = *value;

	if (!bench_number("bench nic", option, text, G_MAXUINT32, &number))
		return false;
	*value = (guint)number;
	return true;
}

static int run_nic(struct choice *choice)
{
	g_autoptr(GError) error = NULL;
	iosim_nic nic = {.mode = choice->mode ? choice->mode : "strict",
			 .guest = choice->guest,
			 .without_iommu = choice->without_iommu,
			 .cores = 1,
			 .ring = DEFAULT_RING,
			 .bytes = DEFAULT_BYTES,
			 .batch = DEFAULT_BATCH,
			 .unmap_every = 1,
			 .packets = DEFAULT_PACKETS,
			 .warm_up = DEFAULT_WARM_UP};

	if (!choice->profile)
		return cli_fail("bench nic: --profile is needed (see `ioasid-sim list profiles`)");
	if (!small_number("--cores", choice->cores, &nic.cores) ||
	    !small_number("--packet", choice->packet, &nic.bytes) || !small_number("--ring", choice->ring, &nic.ring) ||
	    !small_number("--batch", choice->batch, &nic.batch) ||
	    !small_number("--unmap-every", choice->every, &nic.unmap_every) ||
	    !bench_number("bench nic", "--count", choice->packets, G_GUINT64_CONSTANT(1) << 40, &nic.packets) ||
	    !bench_number("bench nic", "--warm-up", choice->warm_up, G_GUINT64_CONSTANT(1) << 40, &nic.warm_up))
		return CLI_CANNOT;
	g_autoptr(iosim_profile) profile = iosim_profile_load(choice->profile, &error);
	if (!profile)
		return cli_fail("bench nic: %s", error->message);
	if (!bench_watch_open(&choice->watch, "bench nic"))
		return CLI_CANNOT;
	nic.watch = &choice->watch.watch;
	if (!iosim_nic_run(profile, &nic, choice->format ? choice->format : "text", print, stdout, &error))
		return cli_fail("bench nic: %s", error->message);
	return bench_watch_close(&choice->watch) ? CLI_AS_EXPECTED : CLI_CANNOT;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	struct choice choice = {.profile = NULL};
	const GOptionEntry entries[] = {
		{"profile", 'P', 0, G_OPTION_ARG_STRING, &choice.profile, "the machine: a name or a file", "NAME|FILE"},
		{"mode", 0, 0, G_OPTION_ARG_STRING, &choice.mode, "strict (if not given), lazy or batched",
		 "strict|lazy|batched"},
		{"cores", 0, 0, G_OPTION_ARG_STRING, &choice.cores, "CPUs, with a ring each (1)", "N"},
		{"packet", 0, 0, G_OPTION_ARG_STRING, &choice.packet, "bytes of a packet (1500)", "N"},
		{"ring", 0, 0, G_OPTION_ARG_STRING, &choice.ring, "descriptors of a ring (512)", "N"},
		{"batch", 0, 0, G_OPTION_ARG_STRING, &choice.batch, "packets unmapped at once, if batched (64)", "N"},
		{"unmap-every", 0, 0, G_OPTION_ARG_STRING, &choice.every,
		 "one of N buffers is unmapped, the others stay mapped (1)", "N"},
		{"guest", 0, 0, G_OPTION_ARG_NONE, &choice.guest, "the CPUs are a guest's: invalidations trap", NULL},
		{"no-iommu", 0, 0, G_OPTION_ARG_NONE, &choice.without_iommu, "addresses are not translated", NULL},
		{"count", 'n', 0, G_OPTION_ARG_STRING, &choice.packets, "packets that are measured (50000)", "N"},
		{"warm-up", 0, 0, G_OPTION_ARG_STRING, &choice.warm_up, "packets before them (5000)", "N"},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &choice.format,
		 "text (if not given), json, or csv: a line a packet", "FORMAT"},
		BENCH_WATCH_OPTIONS(&choice.watch),
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;

	if (parsed == CLI_PARSED)
		status = argc > 1 ? cli_fail("bench nic: unexpected argument '%s'", argv[1]) : run_nic(&choice);
	clear_choice(&choice);
	return status;
}

const struct cli_verb bench_nic = {
	.name = "bench nic",
	.arguments = "",
	.summary = "what mapping, unmapping and invalidating for each packet costs",
	.details = "A device receives as fast as it can into a ring for each CPU. The same options print the same.\n"
		   "docs/timing.md says what each figure means, and what is not modelled.",
	.run = run,
};
