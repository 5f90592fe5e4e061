/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <ioasid-sim/ioasid-sim.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_colour(FILE *stream)
{
	const char *no_color = g_getenv("NO_COLOR"), *terminal = g_getenv("TERM");

	if ((no_color && no_color[0] != '\0') || (terminal && strcmp(terminal, "dumb") == 0))
		return false;
	return isatty(fileno(stream)) == 1;
}

int cli_fail(const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	fflush(stdout);
	if (cli_colour(stderr))
		fprintf(stderr, "ioasid-sim: \033[31m%s\033[0m\n", message);
	else
		fprintf(stderr, "ioasid-sim: %s\n", message);
	return CLI_CANNOT;
}

int cli_fail_unknown(const char *what, const char *name, const char *const *names)
{
	const char *nearest = iosim_nearest_name(name, names);

	if (nearest)
		return cli_fail("there is no %s '%s'; did you mean '%s'?", what, name, nearest);
	g_autofree char *list = g_strjoinv(", ", (char **)(void *)names);

	return cli_fail("there is no %s '%s'; there are %s", what, name, list);
}

bool cli_load_front_end(char *path, const char **policy)
{
	g_autofree char *taken = path;
	g_autoptr(GError) error = NULL;
	const char *name = taken ? iosim_front_end_load(taken, &error) : NULL;

	if (error)
		cli_fail("%s", error->message);
	else if (name && policy)
		*policy = name;
	return !error;
}

/* The first word of argv that looks like an option and is none of `entries`: what GOption refused. */
static int refuse_option(const GOptionEntry *entries, int argc, char **argv)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	for (const GOptionEntry *entry = entries; entry->long_name; entry++)
		g_ptr_array_add(names, g_strconcat("--", entry->long_name, NULL));
	g_ptr_array_add(names, g_strdup("--help"));
	g_ptr_array_add(names, NULL);
	for (int i = 1; i < argc; i++) {
		g_autofree char *name = g_strndup(argv[i], strcspn(argv[i], "="));

		if (!g_str_has_prefix(name, "--") || g_strv_contains((const char *const *)names->pdata, name))
			continue;
		return cli_fail_unknown("option", name, (const char *const *)names->pdata);
	}
	return CLI_AS_EXPECTED;
}

static void print_verb_help(GOptionContext *context)
{
	g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
	g_autoptr(GString) text = g_string_new(help);

	g_string_replace(text, "\u2026", "...", 0);
	fputs(text->str, stdout);
}

enum cli_parsed cli_parse(const struct cli_verb *verb, const GOptionEntry *entries, int *argc, char ***argv)
{
	gboolean help = FALSE;
	const GOptionEntry help_entry[] = {
		{"help", 'h', 0, G_OPTION_ARG_NONE, &help, "this text", NULL},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(verb->arguments);
	g_autofree char *name = g_strconcat("ioasid-sim ", verb->name, NULL);
	g_autoptr(GError) error = NULL;

	g_set_prgname(name);
	g_option_context_set_summary(context, verb->summary);
	g_option_context_set_description(context, verb->details);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_add_main_entries(context, help_entry, NULL);
	if (!g_option_context_parse(context, argc, argv, &error)) {
		if (!g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) ||
		    refuse_option(entries, *argc, *argv) == CLI_AS_EXPECTED)
			cli_fail("%s: %s", verb->name, error->message);
		return CLI_REFUSED;
	}
	if (!help)
		return CLI_PARSED;
	print_verb_help(context);
	return CLI_HELPED;
}

bool cli_number(const char *text, guint64 maximum, guint64 *value)
{
	bool hexadecimal = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
	const char *digits = hexadecimal ? text + 2 : text;
	char *end;

	if (hexadecimal ? !g_ascii_isxdigit(*digits) : !g_ascii_isdigit(*digits))
		return false;
	errno = 0;
	*value = g_ascii_strtoull(digits, &end, hexadecimal ? 16 : 10);
	return errno == 0 && *end == '\0' && *value <= maximum;
}

static bool hex_field(const char **text, unsigned digits, unsigned maximum, char end, unsigned *value)
{
	unsigned i = 0;

	*value = 0;
	for (; i < digits && g_ascii_isxdigit(**text); i++, (*text)++)
		*value = *value * 16 + (unsigned)g_ascii_xdigit_value(**text);
	if (i == 0 || *value > maximum || **text != end)
		return false;
	if (end != '\0')
		(*text)++;
	return true;
}

bool cli_bdf(const char *text, guint16 *rid)
{
	const char *rest = text + (g_str_has_prefix(text, "0000:") ? strlen("0000:") : 0);
	unsigned bus, device, function;

	if (!hex_field(&rest, 2, 0xff, ':', &bus) || !hex_field(&rest, 2, 0x1f, '.', &device) ||
	    !hex_field(&rest, 1, 7, '\0', &function))
		return false;
	*rid = (guint16)(bus * 256 + device * 8 + function);
	return true;
}
