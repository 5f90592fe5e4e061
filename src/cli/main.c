/* SPDX-License-Identifier: MIT */
/* ioasid-sim: finds the verb and lets it run. */
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

#include <errno.h>
#include <locale.h>
#include <string.h>

static const struct cli_verb *const verbs[] = {
	&verb_replay,  &verb_prove, &verb_search, &verb_show,  &verb_walk,
	&verb_vectors, &verb_list,  &verb_schema, &verb_bench, NULL,
};

static void print_help(FILE *stream)
{
	fprintf(stream,
		"Usage: ioasid-sim VERB [OPTION...] [ARGUMENT...]\n\n"
		"Replays scenarios of devices, IOMMUs and their users, and says whether DMA isolation holds.\n\n"
		"Verbs:\n");
	for (size_t i = 0; verbs[i]; i++)
		fprintf(stream, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	fprintf(stream, "\nOptions:\n"
			"  -h, --help     this text; after a verb, the verb's own\n"
			"  -V, --version  the version\n\n"
			"Exit status: 0 all as expected, 1 something was not, 2 the command could not do what it was "
			"asked.\n");
}

static const struct cli_verb *find_verb(const char *name)
{
	for (size_t i = 0; verbs[i]; i++) {
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	}
	return NULL;
}

static int refuse_verb(const char *name)
{
	const char *names[G_N_ELEMENTS(verbs)] = {NULL};

	for (size_t i = 0; verbs[i]; i++)
		names[i] = verbs[i]->name;
	if (name[0] != '-')
		return cli_fail_unknown("verb", name, names);
	return cli_fail_unknown("option", name, (const char *const[]){"--help", "--version", "-h", "-V", NULL});
}

/* `help VERB` is `VERB --help`. */
static int run_help(int argc, char **argv)
{
	char *arguments[] = {argc > 2 ? argv[2] : NULL, (char *)"--help", NULL};
	const struct cli_verb *verb;

	if (argc <= 2) {
		print_help(stdout);
		return CLI_AS_EXPECTED;
	}
	verb = find_verb(argv[2]);
	return verb ? verb->run(verb, 2, arguments) : refuse_verb(argv[2]);
}

static int run(int argc, char **argv)
{
	const struct cli_verb *verb;

	if (argc < 2) {
		print_help(stderr);
		return CLI_CANNOT;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return run_help(argc, argv);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("ioasid-sim %s\n", iosim_version());
		return CLI_AS_EXPECTED;
	}
	verb = find_verb(argv[1]);
	return verb ? verb->run(verb, argc - 1, argv + 1) : refuse_verb(argv[1]);
}

int main(int argc, char **argv)
{
	int status;

	/* Characters as the terminal has them, numbers and messages the same everywhere. */
	setlocale(LC_CTYPE, "");
	g_set_prgname("ioasid-sim");
	status = run(argc, argv);
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_fail("standard output: %s", g_strerror(errno));
	return status;
}
