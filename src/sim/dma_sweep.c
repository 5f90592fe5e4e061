/* SPDX-License-Identifier: MIT */
/* `bench dma --sweep`: the same run with one number at several values, as a table or a figure. */
#include "report/json_text.h"
#include "report/plot.h"
#include "sim/argument.h"
#include "sim/dma.h"
#include "sim/profile.h"

#include <math.h>
#include <string.h>

#define MOST_VALUES 64
#define NAMES       (SWEEP_WORKLOAD + TIMING_NUMBERS + 1)

/* What can be swept: numbers of the workload, and those of the profile by their keys. */
enum { SWEEP_WINDOW, SWEEP_BYTES, SWEEP_OUTSTANDING, SWEEP_DEVICES, SWEEP_PASIDS, SWEEP_WORKLOAD };
static const char *const workload_names[SWEEP_WORKLOAD] = {"window", "bytes", "outstanding", "devices", "pasids"};

enum figure {
	FIGURE_THROUGHPUT,
	FIGURE_MEAN,
	FIGURE_P50,
	FIGURE_P99,
	FIGURE_HITS,
	FIGURE_REFERENCES,
	FIGURE_STALLED,
	FIGURES,
};
static const char *const figure_names[FIGURES] = {
	"throughput_gbit_per_s", "latency_mean_ns",           "latency_p50_ns", "latency_p99_ns",
	"iotlb_hit_rate",        "table_references_per_4KiB", "stalled_share",
};

struct sweep {
	unsigned what; /* of workload_names[], then of timing_numbers[] */
	const char *name;
	GArray *values; /* double */
	GArray *rows;   /* double[FIGURES] */
};

/* --- what to sweep --- */

static bool fail(GError **error, const char *text, const char *expected)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "sweep: expected %s, found '%s'", expected, text);
	return false;
}

static bool name_of(const char *name, struct sweep *sweep, GError **error)
{
	const char *names[NAMES] = {NULL};

	for (unsigned i = 0; i < NAMES - 1; i++)
		names[i] = i < SWEEP_WORKLOAD ? workload_names[i] : timing_numbers[i - SWEEP_WORKLOAD].key;
	for (sweep->what = 0; names[sweep->what]; sweep->what++) {
		if (strcmp(names[sweep->what], name) != 0)
			continue;
		sweep->name = names[sweep->what];
		return true;
	}
	return argument_unknown(error, "number to sweep", name, names);
}

static bool value_of(const char *text, double *value, GError **error)
{
	static const char suffixes[] = "KMG";
	char *end = NULL;

	*value = g_ascii_isdigit(text[0]) ? g_ascii_strtod(text, &end) : -1;
	const char *suffix = end && *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		*value = ldexp(*value, 10 * (int)(suffix - suffixes + 1));
		end++;
	}
	return (end && *end == '\0' && isfinite(*value)) || fail(error, text, "a number (decimal, or with K, M, G)");
}

static bool values_of(const char *text, struct sweep *sweep, GError **error)
{
	g_auto(GStrv) ends = g_strsplit(text, "..", 2);
	g_auto(GStrv) list = g_strsplit(text, ",", -1);
	bool range = ends[0] && ends[1];
	double first, last;

	for (unsigned i = 0; !range && list[i]; i++) {
		if (!value_of(list[i], &first, error))
			return false;
		g_array_append_val(sweep->values, first);
	}
	if (range) {
		if (!value_of(ends[0], &first, error) || !value_of(ends[1], &last, error))
			return false;
		if (first <= 0 || last < first)
			return fail(error, text, "FIRST..LAST with 0 < FIRST <= LAST, doubled from one to the next");
		for (; first <= last && sweep->values->len <= MOST_VALUES; first *= 2)
			g_array_append_val(sweep->values, first);
	}
	return (sweep->values->len > 0 && sweep->values->len <= MOST_VALUES) || fail(error, text, "1 to 64 values");
}

static bool parse(const char *text, struct sweep *sweep, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, "=", 2);

	if (!parts[0] || !parts[1])
		return fail(error, text, "NAME=VALUE,VALUE... or NAME=FIRST..LAST");
	return name_of(parts[0], sweep, error) && values_of(parts[1], sweep, error);
}

/* --- a run for each value --- */

static bool whole(double value, const char *name, guint64 maximum, guint64 *number, GError **error)
{
	if (value == floor(value) && value <= (double)maximum) {
		*number = (guint64)value;
		return true;
	}
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
		    "sweep: %s: expected a whole number up to %" G_GUINT64_FORMAT ", found %g", name, maximum, value);
	return false;
}

static bool set_workload(unsigned what, double value, iosim_dma *dma, GError **error)
{
	guint64 number = 0;

	if (dma->requests && what != SWEEP_OUTSTANDING) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
			    "sweep: %s: a trace file says that itself; expected outstanding or a number of the profile",
			    workload_names[what]);
		return false;
	}
	if (!whole(value, workload_names[what], what == SWEEP_WINDOW ? G_MAXUINT64 >> 11 : G_MAXUINT32, &number, error))
		return false;
	if (what == SWEEP_WINDOW)
		dma->window = number;
	else if (what == SWEEP_BYTES)
		dma->bytes = (guint)number;
	else if (what == SWEEP_OUTSTANDING)
		dma->outstanding = (guint)number;
	else if (what == SWEEP_DEVICES)
		dma->devices = (guint)number;
	else
		dma->pasids = (guint)number;
	return true;
}

/* What a profile as a file may not say, it may not say here. */
static iosim_profile *with_number(const iosim_profile *profile, unsigned number, double value, GError **error)
{
	const struct timing_number_row *row = &timing_numbers[number];
	g_autofree char *text = NULL, *path = g_strdup_printf("%s with %s=%g", profile->name, row->key, value);
	iosim_profile changed = *profile;

	if (value < row->low || value > row->high || (row->whole && value != floor(value))) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "sweep: %s: expected %s from %g to %g, found %g",
			    row->key, row->whole ? "a whole number" : "a number", row->low, row->high, value);
		return NULL;
	}
	changed.timing.value[number] = value;
	text = profile_write(&changed);
	return profile_parse(path, text, strlen(text), error);
}

static void add_row(struct sweep *sweep, const struct timing_result *result)
{
	const struct timing_tally *tally = &result->tally;
	double packets = (double)result->packets, references = 0, row[FIGURES];

	for (unsigned i = 0; i < TIMING_MAX_REFERENCES; i++)
		references += (double)tally->references[i];
	row[FIGURE_THROUGHPUT] = timing_gbit_per_s(result);
	row[FIGURE_MEAN] = timing_mean_latency(result);
	row[FIGURE_P50] = timing_percentile(result, 0.5);
	row[FIGURE_P99] = timing_percentile(result, 0.99);
	row[FIGURE_HITS] = (double)result->hits / packets;
	row[FIGURE_REFERENCES] = references * 4096 / (double)result->bytes;
	row[FIGURE_STALLED] = result->elapsed_ps ? (double)tally->stalled_ps / (double)result->elapsed_ps : 0;
	g_array_append_vals(sweep->rows, row, FIGURES);
}

static bool run_one(const iosim_profile *profile, const iosim_dma *dma, double value, struct sweep *sweep,
		    GError **error)
{
	g_autoptr(iosim_profile) own = NULL;
	struct timing_workload workload;
	struct timing_result result;
	iosim_dma changed = *dma;

	if (sweep->what >= SWEEP_WORKLOAD)
		profile = own = with_number(profile, sweep->what - SWEEP_WORKLOAD, value, error);
	else if (!set_workload(sweep->what, value, &changed, error))
		return false;
	if (!profile || !dma_workload(profile, &changed, &workload, error))
		return false;
	timing_run(&profile->timing, !dma->without_iommu, &workload, NULL, &result);
	add_row(sweep, &result);
	timing_result_clear(&result);
	dma_workload_clear(&workload);
	return true;
}

static bool run_all(const iosim_profile *profile, const iosim_dma *dma, struct sweep *sweep, GError **error)
{
	for (guint i = 0; i < sweep->values->len; i++) {
		if (!run_one(profile, dma, g_array_index(sweep->values, double, i), sweep, error))
			return false;
		if (dma->watch && dma->watch->progress)
			dma->watch->progress(dma->watch->progress_context, i + 1, sweep->values->len);
	}
	return true;
}

/* --- what came out --- */

static double at(const struct sweep *sweep, guint row, enum figure figure)
{
	return g_array_index(sweep->rows, double, row *FIGURES + figure);
}

static void append_number(GString *out, const char *format, double value)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(number, sizeof(number), format, value));
}

static char *as_columns(const struct sweep *sweep, bool text)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, text ? "%16s" : "%s", sweep->name);
	for (unsigned i = 0; i < FIGURES; i++)
		g_string_append_printf(out, text ? " %25s" : ",%s", figure_names[i]);
	g_string_append_c(out, '\n');
	for (guint row = 0; row < sweep->values->len; row++) {
		append_number(out, text ? "%16.10g" : "%.10g", g_array_index(sweep->values, double, row));
		for (unsigned i = 0; i < FIGURES; i++) {
			g_string_append_c(out, text ? ' ' : ',');
			append_number(out, text ? "%25.4f" : "%.10g", at(sweep, row, i));
		}
		g_string_append_c(out, '\n');
	}
	return g_string_free(out, FALSE);
}

static char *as_json(const struct sweep *sweep, const iosim_profile *profile)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add(builder, "profile", profile->name);
	json_text_add(builder, "sweep", sweep->name);
	json_text_begin_array(builder, "rows");
	for (guint row = 0; row < sweep->values->len; row++) {
		json_builder_begin_object(builder);
		json_text_add_number(builder, sweep->name, g_array_index(sweep->values, double, row));
		for (unsigned i = 0; i < FIGURES; i++)
			json_text_add_number(builder, figure_names[i], at(sweep, row, i));
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return json_text_of(builder);
}

static void draw(const struct sweep *sweep, struct plot_panel *panel, enum figure figure, const char *name,
		 unsigned colour)
{
	struct plot_series *series = plot_add_series(panel, name, colour, false);

	for (guint row = 0; row < sweep->values->len; row++)
		plot_add_point(series, g_array_index(sweep->values, double, row), at(sweep, row, figure));
}

/* A scale of powers of two needs a value above 0, and is worth it over some of them. */
static bool is_binary(const struct sweep *sweep)
{
	double low = g_array_index(sweep->values, double, 0), high = low;

	for (guint i = 1; i < sweep->values->len; i++) {
		low = fmin(low, g_array_index(sweep->values, double, i));
		high = fmax(high, g_array_index(sweep->values, double, i));
	}
	return low > 0 && high >= 8 * low;
}

static char *as_plot(const struct sweep *sweep, const iosim_profile *profile, const iosim_dma *dma)
{
	g_autofree char *title =
		dma->requests
			? g_strdup_printf("%s: %s, by %s", profile->name, dma->requests, sweep->name)
			: g_strdup_printf("%s: %s %ss, by %s", profile->name, dma->sequential ? "sequential" : "random",
					  dma->write ? "write" : "read", sweep->name);
	struct plot *plot = plot_new(title, 2);
	bool binary = is_binary(sweep);

	draw(sweep, plot_add_panel(plot, "throughput", sweep->name, "Gbit/s", binary), FIGURE_THROUGHPUT, NULL, 0);
	struct plot_panel *latency = plot_add_panel(plot, "latency", sweep->name, "ns", binary);
	draw(sweep, latency, FIGURE_MEAN, "mean", 0);
	draw(sweep, latency, FIGURE_P50, "median", 1);
	draw(sweep, latency, FIGURE_P99, "p99", 2);
	if (!dma->without_iommu) {
		draw(sweep, plot_add_panel(plot, "IOTLB hits", sweep->name, "of packets", binary), FIGURE_HITS, NULL,
		     0);
		draw(sweep, plot_add_panel(plot, "table references", sweep->name, "per 4 KiB", binary),
		     FIGURE_REFERENCES, NULL, 0);
	}
	char *svg = plot_svg(plot);
	plot_free(plot);
	return svg;
}

char *iosim_dma_sweep(const iosim_profile *profile, const iosim_dma *dma, const char *what, const char *format,
		      char **plot, GError **error)
{
	static const char *const formats[] = {"text", "json", "csv", NULL};
	struct sweep sweep = {.values = g_array_new(FALSE, FALSE, sizeof(double)),
			      .rows = g_array_new(FALSE, FALSE, sizeof(double))};
	char *text = NULL;

	if (!g_strv_contains(formats, format))
		argument_unknown(error, "format", format, formats);
	else if (parse(what, &sweep, error) && run_all(profile, dma, &sweep, error))
		text = strcmp(format, "json") == 0 ? as_json(&sweep, profile)
						   : as_columns(&sweep, strcmp(format, "text") == 0);
	if (text && plot)
		*plot = as_plot(&sweep, profile, dma);
	g_array_unref(sweep.values);
	g_array_unref(sweep.rows);
	return text;
}
