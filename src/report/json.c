/* SPDX-License-Identifier: MIT */
#include "report/format.h"

#include "report/json_text.h"

static void add_strings(JsonBuilder *builder, const char *key, const GPtrArray *values)
{
	if (values->len == 0)
		return;
	json_text_begin_array(builder, key);
	for (unsigned i = 0; i < values->len; i++)
		json_builder_add_string_value(builder, g_ptr_array_index(values, i));
	json_builder_end_array(builder);
}

static void add_time(JsonBuilder *builder, const struct result_time *time)
{
	if (time->requests == 0)
		return;
	json_text_begin_object(builder, "time");
	json_text_add_count(builder, "ps", time->ps);
	json_text_add_count(builder, "requests", time->requests);
	json_text_add_count(builder, "walks", time->walks);
	json_text_add_count(builder, "references", time->references);
	json_text_add_count(builder, "configuration_references", time->configuration_references);
	json_text_begin_object(builder, "parts_ps");
	for (unsigned part = 0; part < time->parts; part++)
		json_text_add_count(builder, time->part_names[part], time->part_ps[part]);
	json_builder_end_object(builder);
	json_builder_end_object(builder);
}

static void add_step(JsonBuilder *builder, const struct result_step *step)
{
	json_builder_begin_object(builder);
	json_text_add_count(builder, "line", step->line);
	json_text_add(builder, "label", step->label);
	json_text_add(builder, "step", step->text);
	json_text_add(builder, "outcome", step->outcome);
	json_text_add_flag(builder, "as_expected", !step->unexpected);
	add_strings(builder, "notes", step->notes);
	add_time(builder, &step->time);
	json_builder_end_object(builder);
}

static void add_observation(JsonBuilder *builder, const struct result_observation *seen)
{
	json_builder_begin_object(builder);
	json_text_add(builder, "what", seen->what);
	json_text_add(builder, "when", seen->negative ? "sometimes" : "always");
	json_text_add_count(builder, "positive", seen->positive);
	json_text_add_count(builder, "negative", seen->negative);
	json_text_add(builder, "with", seen->with);
	json_text_add(builder, "without", seen->without);
	json_builder_end_object(builder);
}

static void add_orders(JsonBuilder *builder, const struct result_orders *orders)
{
	if (orders->interleavings == 0 && !orders->incomplete)
		return;
	json_text_add_count(builder, "interleavings", orders->interleavings);
	json_text_add_count(builder, "states", orders->states);
	json_text_add_count(builder, "merged", orders->merged);
	json_text_add_flag(builder, "incomplete", orders->incomplete);
	if (orders->free) {
		json_text_add_count(builder, "hardware-choices", orders->choices);
		json_text_add_count(builder, "hardware-choices-in-a-run", orders->most);
		json_text_add_flag(builder, "hardware-has-more", orders->cut);
	}
	json_text_begin_array(builder, "outcomes");
	for (unsigned i = 0; i < orders->outcomes->len; i++) {
		const struct result_outcome *outcome = g_ptr_array_index(orders->outcomes, i);

		json_builder_begin_object(builder);
		json_text_add_count(builder, "count", outcome->count);
		json_text_add(builder, "steps", outcome->text);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_text_begin_array(builder, "observations");
	for (unsigned i = 0; i < orders->observations->len; i++)
		add_observation(builder, g_ptr_array_index(orders->observations, i));
	json_builder_end_array(builder);
	json_text_add(builder, "order", orders->shown);
}

static void add_row(JsonBuilder *builder, const struct result_row *row)
{
	static const char *const words[] = {"passed", "failed", "not run", "printed"};

	json_builder_begin_object(builder);
	json_text_add(builder, "scenario", row->scenario);
	json_text_add(builder, "path", row->path);
	json_text_add_count(builder, "line", row->line);
	json_text_add(builder, "policy", row->policy);
	json_text_add(builder, "case", row->case_name);
	json_text_add(builder, "iommu", row->iommu);
	json_text_add(builder, "set", row->settings);
	json_text_add(builder, "status", words[row->status]);
	json_text_add(builder, "expected", row->expected);
	json_text_add(builder, "verdict", row->got);
	json_text_add(builder, "base", row->base);
	json_text_add(builder, "base_verdict", row->base_got);
	json_text_add(builder, "basis", row->basis);
	json_text_add(builder, "note", row->note);
	json_text_add(builder, "reason", row->reason);
	json_text_add(builder, "profile", row->profile);
	add_strings(builder, "also", row->also);
	add_orders(builder, &row->orders);
	json_text_begin_array(builder, "steps");
	for (unsigned i = 0; i < row->steps->len; i++)
		add_step(builder, g_ptr_array_index(row->steps, i));
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}

char *report_json(const struct result_list *list)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add_count(builder, "passed", list->passed);
	json_text_add_count(builder, "failed", list->failed);
	json_text_add_count(builder, "not_run", list->not_run);
	json_text_add_count(builder, "printed", list->printed);
	json_text_begin_array(builder, "rows");
	for (unsigned i = 0; i < list->rows->len; i++)
		add_row(builder, g_ptr_array_index(list->rows, i));
	json_builder_end_array(builder);
	add_strings(builder, "refused", list->refused);
	json_builder_end_object(builder);
	return json_text_of(builder);
}
