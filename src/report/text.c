/* SPDX-License-Identifier: MIT */
#include "report/format.h"

static const char *const status_words[] = {
	[RESULT_PASSED] = "ok",
	[RESULT_FAILED] = "FAIL",
	[RESULT_NOT_RUN] = "not run",
	[RESULT_PRINTED] = "what if",
};
static const char *const status_colours[] = {
	[RESULT_PASSED] = "\033[32m",
	[RESULT_FAILED] = "\033[1;31m",
	[RESULT_NOT_RUN] = "\033[33m",
	[RESULT_PRINTED] = "\033[36m",
};

char *report_run_name(const struct result_row *row)
{
	GString *name = g_string_new(row->policy);

	if (row->case_name)
		g_string_append_printf(name, " case=%s", row->case_name);
	g_string_append_printf(name, " iommu=%s", row->iommu);
	if (row->settings)
		g_string_append_printf(name, " %s", row->settings);
	return g_string_free(name, FALSE);
}

static void append_step(GString *out, const struct result_step *step, bool all)
{
	if (!all && !step->unexpected && step->notes->len == 0)
		return;
	if (step->line == 0) /* hardware's own */
		g_string_append_printf(out, "      %s\n", step->text);
	else
		g_string_append_printf(out, "      line %u%s%s: %s -> %s%s\n", step->line, step->label ? " " : "",
				       step->label ? step->label : "", step->text, step->outcome,
				       step->unexpected ? "   <-- not as expected" : "");
	for (unsigned i = 0; i < step->notes->len; i++)
		g_string_append_printf(out, "        %s\n", (const char *)g_ptr_array_index(step->notes, i));
}

/* What each step's requests took; hardware has no line of its own in the file. */
static void append_times(GString *out, const struct result_row *row)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < row->steps->len; i++)
		all += ((const struct result_step *)g_ptr_array_index(row->steps, i))->time.ps;
	g_string_append_printf(out, "    %.1f ns on %s\n", (double)all / 1000, row->profile);
	for (unsigned i = 0; i < row->steps->len; i++) {
		const struct result_step *step = g_ptr_array_index(row->steps, i);
		const struct result_time *time = &step->time;

		if (time->requests == 0)
			continue;
		g_string_append_printf(out, "      line %u%s%s: %.1f ns, %u request%s, %u+%u references:", step->line,
				       step->label ? " " : "", step->label ? step->label : "", (double)time->ps / 1000,
				       time->requests, time->requests == 1 ? "" : "s", time->references,
				       time->configuration_references);
		for (unsigned part = 0; part < time->parts; part++)
			g_string_append_printf(out, "%s %s %.1f", part ? "," : "", time->part_names[part],
					       (double)time->part_ps[part] / 1000);
		g_string_append_c(out, '\n');
	}
}

/* A shell takes parentheses for its own. */
static const char *quote_of(const char *order)
{
	return strchr(order, '(') ? "'" : "";
}

/* The shape that readers of memory models know: states with their counts, then how often what was observed. */
static void append_orders(GString *out, const struct result_orders *orders)
{
	if (orders->interleavings == 0 && !orders->incomplete)
		return;
	g_string_append_printf(out, "    Interleavings %u%s, %u states, %u met again\n", orders->interleavings,
			       orders->incomplete ? " (incomplete)" : "", orders->states, orders->merged);
	if (orders->free)
		g_string_append_printf(out, "    Hardware %u choices, at most %u in a run%s\n", orders->choices,
				       orders->most, orders->cut ? ": there are more" : "");
	g_string_append_printf(out, "    States %u\n", orders->outcomes->len);
	for (unsigned i = 0; i < orders->outcomes->len; i++) {
		const struct result_outcome *outcome = g_ptr_array_index(orders->outcomes, i);

		g_string_append_printf(out, "    %-6u:> %s\n", outcome->count, outcome->text);
	}
	for (unsigned i = 0; i < orders->observations->len; i++) {
		const struct result_observation *seen = g_ptr_array_index(orders->observations, i);

		g_string_append_printf(out, "    Observation %s %s %u %u\n", seen->what,
				       seen->negative ? "Sometimes" : "Always", seen->positive, seen->negative);
		if (seen->with)
			g_string_append_printf(out, "      with    --order %s%s%s\n", quote_of(seen->with), seen->with,
					       quote_of(seen->with));
		if (seen->without)
			g_string_append_printf(out, "      without --order %s%s%s\n", quote_of(seen->without),
					       seen->without, quote_of(seen->without));
	}
	if (orders->observations->len == 0)
		g_string_append_printf(out, "    Observation safe Always %u 0\n", orders->interleavings);
}

char *report_text_row(const struct result_row *row, const struct report_options *options)
{
	GString *out = g_string_new(NULL);
	g_autofree char *run = report_run_name(row);
	bool same = row->base && !row->differs && row->status == RESULT_PRINTED;
	bool loud = row->status == RESULT_FAILED || row->status == RESULT_PRINTED || options->verbose;

	if (same && !options->verbose)
		return g_string_free(out, FALSE);
	g_string_append_printf(out, "%s%-7s%s %s: %s: %s\n", options->colour ? status_colours[row->status] : "",
			       status_words[row->status], options->colour ? "\033[0m" : "", row->scenario, run,
			       row->status == RESULT_NOT_RUN ? row->reason : row->got);
	if (row->base)
		g_string_append_printf(out, "    %s: %s\n", row->base, same ? "the same" : row->base_got);
	if (row->status == RESULT_FAILED) {
		g_string_append_printf(out, "    %s:%u: expected %s\n", row->path, row->line, row->expected);
		if (row->reason)
			g_string_append_printf(out, "    %s\n", row->reason);
	}
	for (unsigned i = 0; i < row->also->len; i++)
		g_string_append_printf(out, "    also %s\n", (const char *)g_ptr_array_index(row->also, i));
	append_orders(out, &row->orders);
	if (row->profile && row->status != RESULT_NOT_RUN)
		append_times(out, row);
	if (loud && row->orders.shown)
		g_string_append_printf(out, "    in %s\n", row->orders.shown);
	if (loud)
		for (unsigned i = 0; i < row->steps->len; i++)
			append_step(out, g_ptr_array_index(row->steps, i), options->verbose);
	return g_string_free(out, FALSE);
}

/* What the plug-in that was compared builds on. */
static const char *base_of(const struct result_list *list)
{
	for (unsigned i = 0; i < list->rows->len; i++) {
		const struct result_row *row = g_ptr_array_index(list->rows, i);

		if (row->base)
			return row->base;
	}
	return "";
}

char *report_text_summary(const struct result_list *list)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%u passed, %u failed", list->passed, list->failed);
	if (list->not_run)
		g_string_append_printf(out, ", %u not run", list->not_run);
	if (list->printed)
		g_string_append_printf(out, ", %u what if", list->printed);
	if (list->compared)
		g_string_append_printf(out, ": %u differ from %s", list->differing, base_of(list));
	g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

char *report_text(const struct result_list *list, const struct report_options *options)
{
	GString *out = g_string_new(NULL);
	g_autofree char *summary = report_text_summary(list);

	for (unsigned i = 0; i < list->rows->len; i++) {
		g_autofree char *row = report_text_row(g_ptr_array_index(list->rows, i), options);
		g_string_append(out, row);
	}
	g_string_append(out, summary);
	return g_string_free(out, FALSE);
}

char *report_format(const struct result_list *list, enum report_format format, const struct report_options *options)
{
	switch (format) {
	case REPORT_JSON:
		return report_json(list);
	case REPORT_TAP:
		return report_tap(list);
	case REPORT_JUNIT:
		return report_junit(list);
	case REPORT_TEXT:
		break;
	}
	return report_text(list, options);
}
