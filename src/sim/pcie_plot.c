/* SPDX-License-Identifier: MIT */
/* `bench pcie --plot`: by window, what was measured as marks and what is predicted as lines, a colour a size. */
#include "report/plot.h"
#include "sim/pcie_report.h"

#include <string.h>

#define COLUMNS 4

/* Rows of a panel differ in size and window alone. */
static bool same_panel(const struct measured_row *a, const struct measured_row *b)
{
	return a->metric == b->metric && a->write == b->write && strcmp(a->cache, b->cache) == 0;
}

static bool same_series(const struct measured_row *a, const struct measured_row *b)
{
	return same_panel(a, b) && a->bytes == b->bytes;
}

static const struct prediction *prediction_at(const GArray *predictions, guint row)
{
	return &g_array_index(predictions, struct prediction, row);
}

static bool is_first(const GArray *predictions, guint row,
		     bool (*same)(const struct measured_row *, const struct measured_row *))
{
	for (guint i = 0; i < row; i++)
		if (same(prediction_at(predictions, i)->row, prediction_at(predictions, row)->row))
			return false;
	return true;
}

static gint by_window(gconstpointer a, gconstpointer b)
{
	const struct plot_point *one = a, *other = b;

	return (one->x > other->x) - (one->x < other->x);
}

static void add_series(struct plot_panel *panel, const GArray *predictions, guint first, unsigned colour)
{
	const struct measured_row *like = prediction_at(predictions, first)->row;
	g_autofree char *name = g_strdup_printf("%u bytes", like->bytes);
	struct plot_series *line = plot_add_series(panel, name, colour, false);
	struct plot_series *marks = plot_add_series(panel, NULL, colour, true);

	for (guint i = first; i < predictions->len; i++) {
		const struct prediction *prediction = prediction_at(predictions, i);
		if (!same_series(like, prediction->row))
			continue;
		plot_add_point(line, (double)prediction->row->window, prediction->predicted);
		plot_add_point(marks, (double)prediction->row->window, prediction->row->value);
	}
	g_array_sort(line->points, by_window);
}

static void add_panel(struct plot *plot, const struct host_report *report, guint first)
{
	static const char *const metrics[METRICS] = {"mean latency", "median latency", "throughput"};
	const struct measured_row *like = prediction_at(report->predictions, first)->row;
	g_autofree char *title = g_strdup_printf("%s: %s of %ss, %s", report->host, metrics[like->metric],
						 like->write ? "write" : "read", like->cache);
	struct plot_panel *panel =
		plot_add_panel(plot, title, "window, bytes", like->metric == METRIC_BANDWIDTH ? "Gbit/s" : "ns", true);
	unsigned colour = 0;

	for (guint i = first; i < report->predictions->len; i++)
		if (same_panel(like, prediction_at(report->predictions, i)->row) &&
		    is_first(report->predictions, i, same_series))
			add_series(panel, report->predictions, i, colour++);
}

char *pcie_plot(const GPtrArray *reports)
{
	struct plot *plot = plot_new("4 KiB pages: measured (marks) and predicted (lines)", COLUMNS);

	for (guint i = 0; i < reports->len; i++) {
		const struct host_report *report = g_ptr_array_index(reports, i);
		for (guint row = 0; row < report->predictions->len; row++)
			if (is_first(report->predictions, row, same_panel))
				add_panel(plot, report, row);
	}
	char *svg = plot_svg(plot);
	plot_free(plot);
	return svg;
}
