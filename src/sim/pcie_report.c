/* SPDX-License-Identifier: MIT */
/* `bench pcie`: predictions of published measurements, as text, as JSON, or the calibrated profile itself. */
#include "sim/pcie_report.h"
#include "report/json_text.h"
#include "sim/argument.h"
#include "timing/estimate.h"

#include <ioasid-sim/error.h>
#include <string.h>

#define STRUCTURE       "pcie-bench"
#define DEFAULT_PACKETS 10000

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_PROFILE };
static const char *const format_names[] = {"text", "json", "profile", NULL};

static void host_report_free(gpointer pointer)
{
	struct host_report *report = pointer;

	if (report->predictions)
		g_array_unref(report->predictions);
	g_free(report);
}

/* --- text --- */

static void append_summary(GString *out, const struct prediction_summary *summary)
{
	g_string_append_printf(out, "%u rows predicted: median error %.2f %%, 95th percentile %.2f %%\n", summary->rows,
			       summary->median, summary->p95);
	g_string_append_printf(out,
			       "IOMMU-added cost above 512 KiB, %u rows: median error %.2f %%, 95th percentile %.2f %%"
			       " (%u rows without a cost of 1 %% are left out)\n",
			       summary->added_rows, summary->added_median, summary->added_p95,
			       summary->unresolved_rows);
}

static void append_rows(GString *out, const GArray *predictions)
{
	g_string_append_printf(out, "%6s %-8s %-6s %5s %12s %-11s %10s %10s %8s %10s\n", "line", "cache", "access",
			       "bytes", "window", "metric", "measured", "predicted", "error", "of cost");
	for (guint i = 0; i < predictions->len; i++) {
		const struct prediction *prediction = &g_array_index(predictions, struct prediction, i);
		const struct measured_row *row = prediction->row;
		g_string_append_printf(out, "%6u %-8s %-6s %5u %12" G_GUINT64_FORMAT " %-11s %10.2f %10.2f %+7.2f%%",
				       row->line, row->cache, row->write ? "write" : "read", row->bytes,
				       (guint64)row->window, measured_metric_names[row->metric], row->value,
				       prediction->predicted, prediction->error_percent);
		if (prediction->added)
			g_string_append_printf(out, " %+8.2f%%", prediction->added_error_percent);
		g_string_append_c(out, '\n');
	}
}

static char *as_text(const GPtrArray *reports)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < reports->len; i++) {
		const struct host_report *report = g_ptr_array_index(reports, i);
		g_string_append_printf(out, "%s%s\n", i ? "\n" : "", report->host);
		append_rows(out, report->predictions);
		append_summary(out, &report->summary);
		if (!report->left_out)
			continue;
		g_string_append(out, "left out: the structure is estimated on the other hosts (");
		for (unsigned row = 0; row < estimate_row_count; row++)
			g_string_append_printf(out, "%s%s %g", row ? ", " : "",
					       timing_numbers[estimate_rows[row].number].key,
					       report->others.value[estimate_rows[row].number]);
		g_string_append(out, ")\n");
		append_summary(out, &report->others_summary);
	}
	return g_string_free(out, FALSE);
}

/* --- JSON --- */

static void add_summary(JsonBuilder *builder, const struct prediction_summary *summary)
{
	json_text_add_count(builder, "rows", summary->rows);
	json_text_add_number(builder, "median_abs_error_percent", summary->median);
	json_text_add_number(builder, "p95_abs_error_percent", summary->p95);
	json_text_add_count(builder, "rows_added_cost", summary->added_rows);
	json_text_add_count(builder, "rows_without_added_cost", summary->unresolved_rows);
	json_text_add_number(builder, "median_abs_error_percent_added_cost", summary->added_median);
	json_text_add_number(builder, "p95_abs_error_percent_added_cost", summary->added_p95);
}

static void add_row(JsonBuilder *builder, const struct prediction *prediction)
{
	const struct measured_row *row = prediction->row;

	json_builder_begin_object(builder);
	json_text_add_count(builder, "line", row->line);
	json_text_add(builder, "test", row->metric == METRIC_BANDWIDTH ? "bandwidth" : "latency");
	json_text_add(builder, "host_cache", row->cache);
	json_text_add(builder, "access", row->write ? "write" : "read");
	json_text_add_count(builder, "bytes", row->bytes);
	json_text_add_count(builder, "window_bytes", row->window);
	json_text_add(builder, "metric", measured_metric_names[row->metric]);
	json_text_add_number(builder, "measured", row->value);
	json_text_add_number(builder, "measured_off", prediction->off->value);
	json_text_add_number(builder, "predicted", prediction->predicted);
	json_text_add_number(builder, "error_percent", prediction->error_percent);
	json_text_add_number(builder, "added_measured_ns", prediction->added_measured_ns);
	json_text_add_number(builder, "added_predicted_ns", prediction->added_predicted_ns);
	if (prediction->added)
		json_text_add_number(builder, "added_cost_error_percent", prediction->added_error_percent);
	json_builder_end_object(builder);
}

static void add_others(JsonBuilder *builder, const struct host_report *report)
{
	json_text_begin_object(builder, "leave_one_out");
	json_text_begin_object(builder, "structure");
	for (unsigned row = 0; row < estimate_row_count; row++)
		json_text_add_number(builder, timing_numbers[estimate_rows[row].number].key,
				     report->others.value[estimate_rows[row].number]);
	json_builder_end_object(builder);
	add_summary(builder, &report->others_summary);
	json_builder_end_object(builder);
}

static char *as_json(const GPtrArray *reports)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_begin_array(builder, "hosts");
	for (guint i = 0; i < reports->len; i++) {
		const struct host_report *report = g_ptr_array_index(reports, i);
		json_builder_begin_object(builder);
		json_text_add(builder, "host", report->host);
		add_summary(builder, &report->summary);
		if (report->left_out)
			add_others(builder, report);
		json_text_begin_array(builder, "predictions");
		for (guint row = 0; row < report->predictions->len; row++)
			add_row(builder, &g_array_index(report->predictions, struct prediction, row));
		json_builder_end_array(builder);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return json_text_of(builder);
}

/* --- the calibrated profile --- */

static char *as_profile(const struct measured *measured, const char *host, const iosim_profile *structure,
			GError **error)
{
	g_autofree char *text = profile_write(structure);
	g_autoptr(iosim_profile) profile = profile_parse(STRUCTURE, text, strlen(text), error);

	if (!profile || !calibrate_host(measured, &structure->timing, host, &profile->timing, error))
		return NULL;
	g_free(profile->name);
	g_free(profile->summary);
	profile->name = g_strdup(host);
	profile->summary = g_strdup_printf("%s with an NFP-6000, as pcie-bench measured it", host);
	for (unsigned i = 0; i < TIMING_NUMBERS; i++)
		if (calibrate_sets(i))
			profile_set_origin(profile, i, true, structure->origins[i].text);
	for (unsigned i = 0; i < TIMING_INTERVALS; i++)
		profile_set_origin(profile, TIMING_NUMBERS + i, true, structure->origins[TIMING_NUMBERS + i].text);
	return profile_write(profile);
}

/* --- */

static bool leave_out(const struct measured *measured, const struct timing_profile *structure, uint64_t packets,
		      struct host_report *report, GError **error)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();

	for (guint i = 0; i < measured->hosts->len; i++)
		if (strcmp(measured->hosts->pdata[i], report->host) != 0)
			g_ptr_array_add(others, measured->hosts->pdata[i]);
	if (others->len == 0) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
			    "nothing can be estimated without '%s': it is the only host", report->host);
		return false;
	}
	g_ptr_array_add(others, NULL);
	report->others = *structure;
	if (!estimate_structure(measured, (const char *const *)others->pdata, &report->others, error))
		return false;
	g_autoptr(GArray) predictions = predict_host(measured, report->host, &report->others, packets, error);
	if (!predictions)
		return false;
	predict_summarise(predictions, &report->others_summary);
	report->left_out = true;
	return true;
}

static struct host_report *report_host(const struct measured *measured, const char *host, const iosim_pcie *pcie,
				       const struct timing_profile *structure, GError **error)
{
	struct host_report *report = g_new0(struct host_report, 1);
	uint64_t packets = pcie->packets ? pcie->packets : DEFAULT_PACKETS;

	report->host = host;
	report->predictions = predict_host(measured, host, structure, packets, error);
	if (report->predictions) {
		predict_summarise(report->predictions, &report->summary);
		if (!pcie->leave_one_out || leave_out(measured, structure, packets, report, error))
			return report;
	}
	host_report_free(report);
	return NULL;
}

static char *report_all(const struct measured *measured, const iosim_pcie *pcie, const iosim_profile *structure,
			enum format format, char **plot, GError **error)
{
	g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func(host_report_free);

	if (format == FORMAT_PROFILE)
		return as_profile(measured, pcie->host, structure, error);
	for (guint i = 0; i < measured->hosts->len; i++) {
		const char *host = measured->hosts->pdata[i];
		if (pcie->host && strcmp(pcie->host, host) != 0)
			continue;
		struct host_report *report = report_host(measured, host, pcie, &structure->timing, error);
		if (!report)
			return NULL;
		g_ptr_array_add(reports, report);
	}
	if (plot)
		*plot = pcie_plot(reports);
	return format == FORMAT_JSON ? as_json(reports) : as_text(reports);
}

static bool check(const struct measured *measured, const iosim_pcie *pcie, enum format format, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	if (format == FORMAT_PROFILE && !pcie->host) {
		g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "a profile is of one host: name it");
		return false;
	}
	for (guint i = 0; i < measured->hosts->len; i++)
		g_ptr_array_add(names, measured->hosts->pdata[i]);
	g_ptr_array_add(names, NULL);
	if (pcie->host && !g_strv_contains((const char *const *)names->pdata, pcie->host))
		return argument_unknown(error, "host", pcie->host, (const char *const *)names->pdata);
	return true;
}

char *iosim_pcie_run(const iosim_pcie *pcie, const char *format, char **plot, GError **error)
{
	g_autoptr(iosim_profile) own = pcie->structure ? NULL : iosim_profile_load(STRUCTURE, error);
	const iosim_profile *structure = pcie->structure ? pcie->structure : own;
	struct measured measured;
	enum format as = FORMAT_TEXT;
	char *text = NULL;

	if (!structure)
		return NULL;
	while (format_names[as] && strcmp(format_names[as], format) != 0)
		as++;
	if (!format_names[as]) {
		argument_unknown(error, "format", format, format_names);
		return NULL;
	}
	if (!measured_load(&measured, pcie->measured, error))
		return NULL;
	if (check(&measured, pcie, as, error))
		text = report_all(&measured, pcie, structure, as, plot, error);
	measured_clear(&measured);
	return text;
}
