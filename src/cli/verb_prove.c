/* SPDX-License-Identifier: MIT */
/* ioasid-sim prove: every sequence of a scenario's steps up to a length, and what breaks in the shortest. */
#include "cli.h"
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

#include <errno.h>
#include <string.h>

struct choice {
	char *uapi, *policy, *iommu, *case_name, *length, *states, *out, *format;
	char **settings, **vary;
	gboolean careless, apart, timing;
};

static void clear_choice(struct choice *choice)
{
	g_free(choice->uapi);
	g_free(choice->policy);
	g_free(choice->iommu);
	g_free(choice->case_name);
	g_free(choice->length);
	g_free(choice->states);
	g_free(choice->out);
	g_free(choice->format);
	g_strfreev(choice->settings);
	g_strfreev(choice->vary);
}

static void say_row(gpointer context, const char *row, gdouble seconds)
{
	(void)context;
	fprintf(stderr, "%s: %.1f s\n", row, seconds);
}

static int write_scenarios(const iosim_proof *proof, const char *folder)
{
	const char *name, *text;

	if (g_mkdir_with_parents(folder, 0777) != 0)
		return cli_fail("%s: %s", folder, g_strerror(errno));
	for (guint i = 0; iosim_proof_scenario(proof, i, &name, &text); i++) {
		g_autofree char *file = g_strconcat(name, ".yaml", NULL), *path = g_build_filename(folder, file, NULL);
		g_autoptr(GError) error = NULL;

		if (!g_file_set_contents(path, text, -1, &error))
			return cli_fail("%s", error->message);
	}
	return CLI_AS_EXPECTED;
}

static int show(const iosim_proof *proof, const struct choice *choice)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *table = iosim_proof_format(proof, choice->format ? choice->format : "text", &error);
	int status;

	if (!table)
		return cli_fail("prove: %s", error->message);
	fputs(table, stdout);
	status = choice->out ? write_scenarios(proof, choice->out) : CLI_AS_EXPECTED;
	return status == CLI_AS_EXPECTED && iosim_proof_broken(proof) ? CLI_NOT_AS_EXPECTED : status;
}

static int prove(const char *path, const struct choice *choice, const char *policy)
{
	guint64 length = 0, states = 0;
	g_autoptr(GError) error = NULL;
	iosim_scenario *scenario;
	iosim_proof *proof;
	iosim_prove_options options = {.policy = policy,
				       .iommu = choice->iommu,
				       .case_name = choice->case_name,
				       .settings = (const char *const *)choice->settings,
				       .vary = (const char *const *)choice->vary,
				       .careless = choice->careless,
				       .apart = choice->apart,
				       .row_done = choice->timing ? say_row : NULL};
	int status;

	if (choice->length && (!cli_number(choice->length, 16, &length) || length == 0))
		return cli_fail("prove: '%s' is no length: expected 1 to 16", choice->length);
	if (choice->states && (!cli_number(choice->states, G_MAXUINT32, &states) || states == 0))
		return cli_fail("prove: '%s' is no number of states", choice->states);
	options.length = (guint)length;
	options.states = (guint)states;
	scenario = iosim_scenario_load(path, &error);
	if (!scenario)
		return cli_fail("%s", error->message);
	proof = iosim_prove(scenario, &options, &error);
	status = proof ? show(proof, choice) : cli_fail("prove: %s", error->message);
	iosim_proof_free(proof);
	iosim_scenario_free(scenario);
	return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
	struct choice choice = {.uapi = NULL};
	const GOptionEntry entries[] = {
		CLI_UAPI_OPTION(&choice.uapi),
		{"policy", 'p', 0, G_OPTION_ARG_STRING, &choice.policy, "only this policy (those of the file's rows)",
		 "NAME"},
		{"iommu", 'i', 0, G_OPTION_ARG_STRING, &choice.iommu, "only this kind of IOMMU", "vtd|smmuv3|none"},
		{"case", 'c', 0, G_OPTION_ARG_STRING, &choice.case_name, "only this case", "NAME"},
		{"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &choice.settings,
		 "with this knob in every row (see list knobs); may be repeated", "KNOB=VALUE"},
		{"vary", 0, 0, G_OPTION_ARG_STRING_ARRAY, &choice.vary,
		 "rows for each other value of this knob; may be repeated: one at a time", "KNOB"},
		{"length", 'n', 0, G_OPTION_ARG_STRING, &choice.length, "of the longest sequences (3)", "N"},
		{"states", 0, 0, G_OPTION_ARG_STRING, &choice.states, "that a row tells apart at most (1000000)", "N"},
		{"careless", 0, 0, G_OPTION_ARG_NONE, &choice.careless, "guests leave handles of the DMA API behind",
		 NULL},
		{"apart", 0, 0, G_OPTION_ARG_NONE, &choice.apart, "merge no states: slow, and breaks the same", NULL},
		{"out", 'o', 0, G_OPTION_ARG_FILENAME, &choice.out,
		 "write each shortest sequence as a scenario into this folder", "FOLDER"},
		{"timing", 't', 0, G_OPTION_ARG_NONE, &choice.timing, "say on standard error how long each row took",
		 NULL},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &choice.format, "text (default) or json", "FORMAT"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;

	if (parsed == CLI_PARSED && argc != 2)
		status = cli_fail("prove: expected one scenario, found %d arguments", argc - 1);
	else if (parsed == CLI_PARSED) {
		const char *loaded = NULL;

		if (cli_load_front_end(g_steal_pointer(&choice.uapi), &loaded))
			status = prove(argv[1], &choice, choice.policy ? choice.policy : loaded);
	}
	clear_choice(&choice);
	return status;
}

const struct cli_verb verb_prove = {
	.name = "prove",
	.arguments = "FILE",
	.summary = "try every sequence of a scenario's steps, up to a length",
	.details = "The steps are taken as actions, in any order and any number of times. A row a policy, case and "
		   "kind of\n"
		   "IOMMU says which invariants break, by sequences of how many actions, and how many states were\n"
		   "looked at. Exit status: 0 nothing breaks, 1 something does, 2 it could not be done.",
	.run = run,
};
