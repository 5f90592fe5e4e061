/* SPDX-License-Identifier: MIT */
/* `bench nested`: measured throughput of a guest's CPUs, and what the machine makes of it under each assumption. */
#include "report/json_text.h"
#include "sim/argument.h"
#include "sim/profile.h"
#include "timing/nested.h"

#include <string.h>

#define STRUCTURE "nested-guest"

enum format { FORMAT_TEXT, FORMAT_JSON };
static const char *const format_names[] = {"text", "json", NULL};

struct report {
	const iosim_profile *structure;
	struct nested_rows rows;
	struct nested_prediction *predictions; /* NESTED_MODELS a row */
};

static const struct nested_row *row_at(const struct report *report, guint row)
{
	return &g_array_index(report->rows.rows, struct nested_row, row);
}

static const struct nested_prediction *prediction_at(const struct report *report, guint row, unsigned model)
{
	return &report->predictions[row * NESTED_MODELS + model];
}

static char *as_text(const struct report *report)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%s: one unmap for %u pages; Gbit/s, and IOTLB misses a page\n",
			       report->structure->name, report->rows.every);
	g_string_append_printf(out, "%5s %9s", "cores", "measured");
	for (unsigned model = 0; model < NESTED_MODELS; model++)
		g_string_append_printf(out, " %17s", nested_model_names[model]);
	g_string_append_printf(out, " %9s %9s\n", "misses", "modelled");
	for (guint i = 0; i < report->rows.rows->len; i++) {
		const struct nested_row *row = row_at(report, i);
		g_string_append_printf(out, "%5.0f %9.1f", row->cores, row->gbit_per_s);
		for (unsigned model = 0; model < NESTED_MODELS; model++)
			g_string_append_printf(out, " %17.1f", prediction_at(report, i, model)->gbit_per_s);
		g_string_append_printf(out, " %9.2f %9.2f\n", row->misses,
				       prediction_at(report, i, NESTED_SERIALISED)->misses);
	}
	return g_string_free(out, FALSE);
}

static void add_row(JsonBuilder *builder, const struct report *report, guint index)
{
	const struct nested_row *row = row_at(report, index);

	json_builder_begin_object(builder);
	json_text_add_count(builder, "cores", (uint64_t)row->cores);
	json_text_add_number(builder, "measured_gbit_per_s", row->gbit_per_s);
	json_text_add_number(builder, "measured_iotlb_misses_per_page", row->misses);
	for (unsigned model = 0; model < NESTED_MODELS; model++) {
		const struct nested_prediction *prediction = prediction_at(report, index, model);
		json_text_begin_object(builder, nested_model_names[model]);
		json_text_add_number(builder, "gbit_per_s", prediction->gbit_per_s);
		json_text_add_number(builder, "error_percent", 100 * (prediction->gbit_per_s / row->gbit_per_s - 1));
		json_text_add_number(builder, "iotlb_misses_per_page", prediction->misses);
		json_text_add_number(builder, "cpu_lock_share", prediction->lock_share);
		json_text_add_number(builder, "invalidation_ns_per_batch", prediction->invalidation_ns);
		json_builder_end_object(builder);
	}
	json_builder_end_object(builder);
}

static char *as_json(const struct report *report)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add(builder, "profile", report->structure->name);
	json_text_add_count(builder, "pages_per_unmap", report->rows.every);
	json_text_begin_array(builder, "rows");
	for (guint i = 0; i < report->rows.rows->len; i++)
		add_row(builder, report, i);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return json_text_of(builder);
}

char *iosim_nested_run(const char *measured, const iosim_profile *structure, const char *format, GError **error)
{
	g_autoptr(iosim_profile) own = structure ? NULL : iosim_profile_load(STRUCTURE, error);
	struct report report = {.structure = structure ? structure : own};
	enum format as = FORMAT_TEXT;
	char *text = NULL;

	if (!report.structure)
		return NULL;
	while (format_names[as] && strcmp(format_names[as], format) != 0)
		as++;
	if (!format_names[as]) {
		argument_unknown(error, "format", format, format_names);
		return NULL;
	}
	if (nested_load(&report.rows, measured, error)) {
		report.predictions = g_new0(struct nested_prediction, report.rows.rows->len * NESTED_MODELS);
		for (guint i = 0; i < report.rows.rows->len * NESTED_MODELS; i++)
			nested_predict(&report.rows, &report.structure->timing, i % NESTED_MODELS, i / NESTED_MODELS,
				       &report.predictions[i]);
		text = as == FORMAT_JSON ? as_json(&report) : as_text(&report);
		g_free(report.predictions);
	}
	nested_clear(&report.rows);
	return text;
}
