/* SPDX-License-Identifier: MIT */
/* ioasid-sim replay: runs scenarios and says whether each row came out as it says. */
#include "cli.h"
#include "files.h"
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

#include <string.h>
#include <unistd.h>

struct choice {
	char *uapi, *policy, *iommu, *format, *sweep, *order, *profile;
	char **settings;
	gboolean verbose, free_hardware, timed;
};

static void progress(guint done, guint all, gint64 started)
{
	if (isatty(STDERR_FILENO) && g_get_monotonic_time() - started > G_USEC_PER_SEC)
		fprintf(stderr, "\r%u of %u scenarios%s", done, all, done == all ? "\n" : "");
}

static void print_new_rows(const iosim_results *results, unsigned *printed, const struct choice *choice)
{
	for (; *printed < iosim_results_rows(results); ++*printed) {
		g_autofree char *row = iosim_results_format_row(results, *printed, choice->verbose, cli_colour(stdout));

		fputs(row, stdout);
	}
}

/* FALSE: a file could not be loaded; said so. The others are replayed all the same. */
static bool replay_all(const GPtrArray *paths, const struct choice *choice, const iosim_profile *profile,
		       iosim_results *results, bool as_text)
{
	iosim_replay_options options = {.policy = choice->policy,
					.iommu = choice->iommu,
					.settings = (const char *const *)choice->settings,
					.verbose = choice->verbose,
					.order = choice->order,
					.free_hardware = choice->free_hardware,
					.timed = choice->timed,
					.profile = profile};
	gint64 started = g_get_monotonic_time();
	unsigned printed = 0;
	bool good = true;

	for (guint i = 0; i < paths->len; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(iosim_scenario) scenario = iosim_scenario_load(g_ptr_array_index(paths, i), &error);

		if (!scenario || !iosim_replay(scenario, &options, results, &error)) {
			cli_fail("%s", error->message);
			iosim_results_refuse(results, error->message);
			good = false;
			if (scenario) /* the options are at fault: it would be said for each file */
				return false;
			continue;
		}
		if (as_text)
			print_new_rows(results, &printed, choice);
		progress(i + 1, paths->len, started);
	}
	return good;
}

static void clear_choice(struct choice *choice)
{
	g_free(choice->uapi);
	g_free(choice->policy);
	g_free(choice->iommu);
	g_free(choice->format);
	g_free(choice->sweep);
	g_free(choice->order);
	g_free(choice->profile);
	g_strfreev(choice->settings);
}

/* One table over all files. Nothing is judged. */
static int sweep(const GPtrArray *paths, const struct choice *choice, const char *format)
{
	iosim_replay_options options = {
		.policy = choice->policy, .iommu = choice->iommu, .settings = (const char *const *)choice->settings};
	gint64 started = g_get_monotonic_time();
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_sweep) table = iosim_sweep_new(choice->sweep, &options, &error);
	g_autofree char *text = table ? iosim_sweep_format(table, format, FALSE, &error) : NULL;
	int status = CLI_AS_EXPECTED;

	if (!text)
		return cli_fail("replay: %s", error->message);
	for (guint i = 0; i < paths->len; i++) {
		g_autoptr(GError) refused = NULL;
		g_autoptr(iosim_scenario) scenario = iosim_scenario_load(g_ptr_array_index(paths, i), &refused);

		if (!scenario || !iosim_sweep_add(table, scenario, &refused))
			status = cli_fail("%s", refused->message);
		progress(i + 1, paths->len, started);
	}
	g_free(text);
	text = iosim_sweep_format(table, format, choice->verbose, NULL);
	fputs(text, stdout);
	if (status == CLI_AS_EXPECTED && iosim_sweep_rows(table) == 0)
		return cli_fail("replay: no row is for this policy and this kind of IOMMU");
	return status;
}

/* The options are read; argv[1] and on are files and folders. */
static int replay(int argc, char **argv, const struct choice *choice)
{
	const char *format = choice->format ? choice->format : "text";
	g_autoptr(GPtrArray) paths = NULL;
	g_autoptr(iosim_results) results = iosim_results_new();
	g_autoptr(iosim_profile) profile = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *report = NULL;
	bool as_text = strcmp(format, "text") == 0, loaded;

	if (argc < 2)
		return cli_fail("replay: expected a scenario file or a folder of them");
	if (choice->sweep && choice->order)
		return cli_fail("replay: --sweep and --order exclude each other");
	if (choice->sweep && choice->free_hardware)
		return cli_fail("replay: --sweep and --free exclude each other");
	if (choice->sweep && choice->timed)
		return cli_fail("replay: --sweep and --timed exclude each other");
	if (choice->profile && !choice->timed)
		return cli_fail("replay: --profile is for --timed");
	if (choice->profile) {
		profile = iosim_profile_load(choice->profile, &error);
		if (!profile)
			return cli_fail("replay: %s", error->message);
	}
	paths = cli_scenario_files(argc - 1, argv + 1);
	if (!paths)
		return CLI_CANNOT;
	if (choice->sweep)
		return sweep(paths, choice, format);
	report = iosim_results_format(results, format, FALSE, FALSE, &error);
	if (!report)
		return cli_fail("replay: %s", error->message);
	loaded = replay_all(paths, choice, profile, results, as_text);
	g_free(report);
	report = as_text ? iosim_results_summary(results)
			 : iosim_results_format(results, format, choice->verbose, FALSE, NULL);
	fputs(report, stdout);
	if (!loaded)
		return CLI_CANNOT;
	if (iosim_results_rows(results) == 0)
		return cli_fail("replay: no row is for this policy and this kind of IOMMU");
	return iosim_results_count(results, IOSIM_FAILED) ? CLI_NOT_AS_EXPECTED : CLI_AS_EXPECTED;
}

/* It is what is asked about, unless another policy is. */
static bool choose_front_end(struct choice *choice)
{
	const char *policy = NULL;

	if (!cli_load_front_end(g_steal_pointer(&choice->uapi), &policy))
		return false;
	if (policy && !choice->policy)
		choice->policy = g_strdup(policy);
	return true;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	struct choice choice = {.format = NULL};
	const GOptionEntry entries[] = {
		CLI_UAPI_OPTION(&choice.uapi),
		{"policy", 'p', 0, G_OPTION_ARG_STRING, &choice.policy, "only this policy (see list policies)", "NAME"},
		{"iommu", 'i', 0, G_OPTION_ARG_STRING, &choice.iommu, "only this kind of IOMMU", "vtd|smmuv3|none"},
		{"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &choice.settings,
		 "what if: print the verdict with this knob (see list knobs); may be repeated", "KNOB=VALUE"},
		{"sweep", 0, 0, G_OPTION_ARG_STRING, &choice.sweep,
		 "what if: a table of the verdict under each value of this knob", "KNOB"},
		{"order", 'o', 0, G_OPTION_ARG_STRING, &choice.order,
		 "what if: of steps in parallel, this interleaving alone, as reports print it", "THREAD:LABEL,..."},
		{"free", 0, 0, G_OPTION_ARG_NONE, &choice.free_hardware,
		 "what if: hardware does whatever it may, as with `hardware: free`", NULL},
		{"timed", 't', 0, G_OPTION_ARG_NONE, &choice.timed, "tell what the requests of each step take", NULL},
		{"profile", 0, 0, G_OPTION_ARG_STRING, &choice.profile,
		 "with --timed: the machine, by its name (see list profiles) or its file", "PROFILE"},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &choice.format, "text (default), json, tap or junit", "FORMAT"},
		{"verbose", 'v', 0, G_OPTION_ARG_NONE, &choice.verbose, "every step, table entry and command", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;

	if (parsed == CLI_PARSED && choose_front_end(&choice))
		status = replay(argc, argv, &choice);

	clear_choice(&choice);
	return status;
}

const struct cli_verb verb_replay = {
	.name = "replay",
	.arguments = "FILE|FOLDER...",
	.summary = "replay scenarios and compare their verdicts",
	.details =
		"Runs every row of a scenario's `expect` on every kind of IOMMU that can express it. Exit status 1 if\n"
		"a verdict is not the row's. With --uapi the rows that name the plug-in's policy are run, else those\n"
		"of the policy that it builds on, under both, and verdicts that differ are printed. With --set,\n"
		"--order or --free, or for a policy without row, verdicts are printed, not judged; so they are with\n"
		"--sweep, whose text shows the rows that depend on the knob, with -v all.",
	.run = run,
};
