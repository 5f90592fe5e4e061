/* SPDX-License-Identifier: MIT */
/* JUnit XML: a suite a scenario, a test case a row. */
#include "report/format.h"

#include <string.h>

static void append_case(GString *out, const struct result_row *row)
{
	g_autofree char *run = report_run_name(row);
	g_autofree char *head =
		g_markup_printf_escaped("    <testcase classname=\"%s\" name=\"%s\"", row->scenario, run);

	g_string_append(out, head);
	if (row->status == RESULT_FAILED) {
		g_autofree char *failure = g_markup_printf_escaped(
			"<failure message=\"expected %s\">%s:%u: got %s%s%s</failure>", row->expected, row->path,
			row->line, row->got, row->reason ? "\n" : "", row->reason ? row->reason : "");

		g_string_append_printf(out, ">\n      %s\n    </testcase>\n", failure);
	} else if (row->status == RESULT_NOT_RUN) {
		g_autofree char *skipped = g_markup_printf_escaped("<skipped message=\"%s\"/>", row->reason);

		g_string_append_printf(out, ">\n      %s\n    </testcase>\n", skipped);
	} else {
		g_string_append(out, "/>\n");
	}
}

static unsigned end_of_suite(const struct result_list *list, unsigned first)
{
	const struct result_row *head = g_ptr_array_index(list->rows, first);
	unsigned end = first;

	while (end < list->rows->len &&
	       strcmp(((const struct result_row *)g_ptr_array_index(list->rows, end))->path, head->path) == 0)
		end++;
	return end;
}

static void append_refused(GString *out, const char *message)
{
	g_autofree char *suite = g_markup_printf_escaped("  <testsuite name=\"refused\" tests=\"1\" errors=\"1\">\n"
							 "    <testcase classname=\"refused\" name=\"load\">\n"
							 "      <error>%s</error>\n    </testcase>\n  </testsuite>\n",
							 message);

	g_string_append(out, suite);
}

char *report_junit(const struct result_list *list)
{
	GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

	g_string_append_printf(out, "<testsuites tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n",
			       list->rows->len + list->refused->len, list->failed, list->refused->len, list->not_run);
	for (unsigned first = 0, end; first < list->rows->len; first = end) {
		const struct result_row *head = g_ptr_array_index(list->rows, first);
		unsigned failures = 0, skipped = 0;
		g_autofree char *name = g_markup_printf_escaped("name=\"%s\"", head->scenario);

		end = end_of_suite(list, first);
		for (unsigned i = first; i < end; i++) {
			const struct result_row *row = g_ptr_array_index(list->rows, i);

			failures += row->status == RESULT_FAILED;
			skipped += row->status == RESULT_NOT_RUN;
		}
		g_string_append_printf(out, "  <testsuite %s tests=\"%u\" failures=\"%u\" skipped=\"%u\">\n", name,
				       end - first, failures, skipped);
		for (unsigned i = first; i < end; i++)
			append_case(out, g_ptr_array_index(list->rows, i));
		g_string_append(out, "  </testsuite>\n");
	}
	for (unsigned i = 0; i < list->refused->len; i++)
		append_refused(out, g_ptr_array_index(list->refused, i));
	g_string_append(out, "</testsuites>\n");
	return g_string_free(out, FALSE);
}
