/* SPDX-License-Identifier: MIT */
/*
 * The command's own frame: verbs in a table, options, diagnostics. A verb is one file, sees the public headers only
 * and is named in verbs[] of main.c.
 *
 * Results go to standard output, diagnostics to standard error as "ioasid-sim: message".
 */
#ifndef IOSIM_CLI_CLI_H
#define IOSIM_CLI_CLI_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

enum cli_exit {
	CLI_AS_EXPECTED = 0,
	CLI_NOT_AS_EXPECTED = 1, /* something was not as the scenario, the truth ... says */
	CLI_CANNOT = 2,          /* the tool could not do what it was asked */
};

struct cli_verb {
	const char *name;
	const char *arguments; /* after the options: "FILE|FOLDER..." */
	const char *summary;   /* a line */
	const char *details;   /* further help, may be NULL */
	/* Arguments after the verb; argv[0] is the verb. Returns an enum cli_exit. */
	int (*run)(const struct cli_verb *verb, int argc, char **argv);
};

enum cli_parsed { CLI_PARSED, CLI_HELPED, CLI_REFUSED };

/*
 * Parses the options of `verb` into where `entries` (ended by a NULL row) point; the rest is left in *argc, *argv, with
 * the verb as argv[0]. CLI_HELPED: --help was given and printed. CLI_REFUSED: said on standard error why.
 */
enum cli_parsed cli_parse(const struct cli_verb *verb, const GOptionEntry *entries, int *argc, char ***argv);

/* Says "ioasid-sim: MESSAGE" on standard error and returns CLI_CANNOT. */
int cli_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* The same for what is not one of `names` (NULL-terminated), with the nearest of them and the way to the list. */
int cli_fail_unknown(const char *what, const char *name, const char *const *names);

/* A row of a verb's options: --uapi FILE, a front end to be loaded into `path` (char *). */
#define CLI_UAPI_OPTION(path)                                                                                         \
	{                                                                                                             \
		"uapi", 'u', 0, G_OPTION_ARG_FILENAME, path, "load this front end, a shared object: a policy", "FILE" \
	}
/* Loads it, unless NULL; takes `path`. False: said on standard error why not. *policy: its name; may be NULL. */
bool cli_load_front_end(char *path, const char **policy);

/* Whether to colour that stream: a terminal, and NO_COLOR is not set (no-color.org). */
bool cli_colour(FILE *stream);

/* "0x1f", "31": the whole string, at most `maximum`. */
bool cli_number(const char *text, guint64 maximum, guint64 *value);
/* "01:00.0", or "0000:01:00.0" with segment 0: the requester ID. */
bool cli_bdf(const char *text, guint16 *rid);

#endif
