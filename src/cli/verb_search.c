/* SPDX-License-Identifier: MIT */
/* ioasid-sim search: looks at random programs for one that breaks something, and prints the smallest. */
#include "cli.h"
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

struct choice {
	char *uapi, *policy, *violates, *seed, *count, *name, *date;
	char **settings;
};

static void clear_choice(struct choice *choice)
{
	g_free(choice->uapi);
	g_free(choice->policy);
	g_free(choice->violates);
	g_free(choice->seed);
	g_free(choice->count);
	g_free(choice->name);
	g_free(choice->date);
	g_strfreev(choice->settings);
}

static char *today(void)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	return g_date_time_format(now, "%Y-%m-%d");
}

static int search(const struct choice *choice, const char *policy)
{
	guint64 seed = 1, count = 1000;
	g_autofree char *date = choice->date ? g_strdup(choice->date) : today(), *text = NULL;
	g_autoptr(GError) error = NULL;
	iosim_search_report report;
	iosim_search_options options = {.policy = policy,
					.settings = (const char *const *)choice->settings,
					.violates = choice->violates,
					.name = choice->name,
					.date = date};

	if (choice->seed && !cli_number(choice->seed, G_MAXUINT64, &seed))
		return cli_fail("search: '%s' is no seed: expected a number", choice->seed);
	if (choice->count && (!cli_number(choice->count, G_MAXUINT32, &count) || count == 0))
		return cli_fail("search: '%s' is no number of programs", choice->count);
	options.seed = seed;
	options.programs = (guint)count;
	text = iosim_search(&options, &report, &error);
	if (error)
		return cli_fail("search: %s", error->message);
	if (!text) {
		fprintf(stderr, "nothing was found in %u programs\n", report.programs);
		return CLI_AS_EXPECTED;
	}
	fputs(text, stdout);
	fprintf(stderr, "program %u: %u steps, made %u by %u runs\n", report.programs, report.steps_before,
		report.steps, report.runs);
	return CLI_NOT_AS_EXPECTED;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	struct choice choice = {.uapi = NULL};
	const GOptionEntry entries[] = {
		CLI_UAPI_OPTION(&choice.uapi),
		{"policy", 'p', 0, G_OPTION_ARG_STRING, &choice.policy, "whose rules (iommufd; see list policies)",
		 "NAME"},
		{"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &choice.settings,
		 "with this knob; counts what does not happen without. May be repeated", "KNOB=VALUE"},
		{"violates", 0, 0, G_OPTION_ARG_STRING, &choice.violates,
		 "only this invariant (any, or a difference between the kinds)", "NAME"},
		{"seed", 0, 0, G_OPTION_ARG_STRING, &choice.seed, "of the first program (1)", "N"},
		{"count", 'n', 0, G_OPTION_ARG_STRING, &choice.count, "programs at most (1000)", "N"},
		{"name", 0, 0, G_OPTION_ARG_STRING, &choice.name, "the scenario's name (found)", "NAME"},
		{"date", 0, 0, G_OPTION_ARG_STRING, &choice.date, "the date of its source (today)", "YYYY-MM-DD"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	const char *policy = choice.policy;
	int status = CLI_AS_EXPECTED;

	if (parsed == CLI_REFUSED)
		status = CLI_CANNOT;
	else if (parsed == CLI_PARSED && argc > 1)
		status = cli_fail("search: unexpected argument '%s'", argv[1]);
	else if (parsed == CLI_PARSED) {
		const char *loaded = NULL;
		bool good = cli_load_front_end(g_steal_pointer(&choice.uapi), &loaded);

		status = good ? search(&choice, policy ? policy : loaded) : CLI_CANNOT;
	}
	clear_choice(&choice);
	return status;
}

const struct cli_verb verb_search = {
	.name = "search",
	.arguments = "",
	.summary = "look for a random program that breaks an invariant",
	.details = "The smallest scenario that still does so is printed; it replays as its rows say.\n"
		   "Exit status: 0 nothing was found, 1 something was, 2 a bad option.",
	.run = run,
};
