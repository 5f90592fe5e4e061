/* SPDX-License-Identifier: MIT */
/* TAP 13: one test a row; what failed follows as diagnostics. A `#` in a name would read as a directive: escaped. */
#include "report/format.h"

#include <string.h>

static char *escaped(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "#", -1);

	return g_strjoinv("\\#", parts);
}

static void append_failure(GString *out, const struct result_row *row)
{
	g_string_append_printf(out, "# %s:%u: expected %s\n# got %s\n", row->path, row->line, row->expected, row->got);
	if (row->reason)
		g_string_append_printf(out, "# %s\n", row->reason);
	for (unsigned i = 0; i < row->steps->len; i++) {
		const struct result_step *step = g_ptr_array_index(row->steps, i);

		for (unsigned note = 0; note < step->notes->len; note++)
			g_string_append_printf(out, "# line %u: %s\n", step->line,
					       (const char *)g_ptr_array_index(step->notes, note));
	}
}

/* A message of one line or more: the first is the test's name, the others are diagnostics. */
static void append_refused(GString *out, unsigned number, const char *message)
{
	g_auto(GStrv) lines = g_strsplit(message, "\n", -1);
	g_autofree char *name = escaped(lines[0] ? lines[0] : "");

	g_string_append_printf(out, "not ok %u - %s\n", number, name);
	for (unsigned i = 1; lines[0] && lines[i]; i++)
		g_string_append_printf(out, "# %s\n", lines[i]);
}

char *report_tap(const struct result_list *list)
{
	GString *out = g_string_new("TAP version 13\n");

	g_string_append_printf(out, "1..%u\n", list->rows->len + list->refused->len);
	for (unsigned i = 0; i < list->rows->len; i++) {
		const struct result_row *row = g_ptr_array_index(list->rows, i);
		g_autofree char *run = report_run_name(row);
		g_autofree char *full = g_strdup_printf("%s: %s: %s", row->scenario, run, row->got ? row->got : "");
		g_autofree char *name = escaped(full);

		g_string_append_printf(out, "%s %u - %s", row->status == RESULT_FAILED ? "not ok" : "ok", i + 1, name);
		if (row->status == RESULT_NOT_RUN)
			g_string_append_printf(out, " # SKIP %s", row->reason);
		g_string_append_c(out, '\n');
		if (row->status == RESULT_FAILED)
			append_failure(out, row);
	}
	for (unsigned i = 0; i < list->refused->len; i++)
		append_refused(out, list->rows->len + i + 1, g_ptr_array_index(list->refused, i));
	return g_string_free(out, FALSE);
}
