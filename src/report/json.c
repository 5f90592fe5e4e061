/* SPDX-License-Identifier: MIT */
#include "report/format.h"

#include <json-glib/json-glib.h>

static void add_string(JsonBuilder *builder, const char *key, const char *value)
{
	if (!value)
		return;
	json_builder_set_member_name(builder, key);
	json_builder_add_string_value(builder, value);
}

static void add_strings(JsonBuilder *builder, const char *key, const GPtrArray *values)
{
	if (values->len == 0)
		return;
	json_builder_set_member_name(builder, key);
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < values->len; i++)
		json_builder_add_string_value(builder, g_ptr_array_index(values, i));
	json_builder_end_array(builder);
}

static void add_step(JsonBuilder *builder, const struct result_step *step)
{
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "line");
	json_builder_add_int_value(builder, step->line);
	add_string(builder, "label", step->label);
	add_string(builder, "step", step->text);
	add_string(builder, "outcome", step->outcome);
	json_builder_set_member_name(builder, "as_expected");
	json_builder_add_boolean_value(builder, !step->unexpected);
	add_strings(builder, "notes", step->notes);
	json_builder_end_object(builder);
}

static void add_number(JsonBuilder *builder, const char *key, uint32_t number)
{
	json_builder_set_member_name(builder, key);
	json_builder_add_int_value(builder, number);
}

static void add_observation(JsonBuilder *builder, const struct result_observation *seen)
{
	json_builder_begin_object(builder);
	add_string(builder, "what", seen->what);
	add_string(builder, "when", seen->negative ? "sometimes" : "always");
	add_number(builder, "positive", seen->positive);
	add_number(builder, "negative", seen->negative);
	add_string(builder, "with", seen->with);
	add_string(builder, "without", seen->without);
	json_builder_end_object(builder);
}

static void add_orders(JsonBuilder *builder, const struct result_orders *orders)
{
	if (orders->interleavings == 0 && !orders->incomplete)
		return;
	add_number(builder, "interleavings", orders->interleavings);
	add_number(builder, "states", orders->states);
	add_number(builder, "merged", orders->merged);
	json_builder_set_member_name(builder, "incomplete");
	json_builder_add_boolean_value(builder, orders->incomplete);
	if (orders->free) {
		add_number(builder, "hardware-choices", orders->choices);
		add_number(builder, "hardware-choices-in-a-run", orders->most);
		json_builder_set_member_name(builder, "hardware-has-more");
		json_builder_add_boolean_value(builder, orders->cut);
	}
	json_builder_set_member_name(builder, "outcomes");
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < orders->outcomes->len; i++) {
		const struct result_outcome *outcome = g_ptr_array_index(orders->outcomes, i);

		json_builder_begin_object(builder);
		add_number(builder, "count", outcome->count);
		add_string(builder, "steps", outcome->text);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_builder_set_member_name(builder, "observations");
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < orders->observations->len; i++)
		add_observation(builder, g_ptr_array_index(orders->observations, i));
	json_builder_end_array(builder);
	add_string(builder, "order", orders->shown);
}

static void add_row(JsonBuilder *builder, const struct result_row *row)
{
	static const char *const words[] = {"passed", "failed", "not run", "printed"};

	json_builder_begin_object(builder);
	add_string(builder, "scenario", row->scenario);
	add_string(builder, "path", row->path);
	json_builder_set_member_name(builder, "line");
	json_builder_add_int_value(builder, row->line);
	add_string(builder, "policy", row->policy);
	add_string(builder, "case", row->case_name);
	add_string(builder, "iommu", row->iommu);
	add_string(builder, "set", row->settings);
	add_string(builder, "status", words[row->status]);
	add_string(builder, "expected", row->expected);
	add_string(builder, "verdict", row->got);
	add_string(builder, "base", row->base);
	add_string(builder, "base_verdict", row->base_got);
	add_string(builder, "basis", row->basis);
	add_string(builder, "note", row->note);
	add_string(builder, "reason", row->reason);
	add_strings(builder, "also", row->also);
	add_orders(builder, &row->orders);
	json_builder_set_member_name(builder, "steps");
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < row->steps->len; i++)
		add_step(builder, g_ptr_array_index(row->steps, i));
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}

char *report_json(const struct result_list *list)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autoptr(JsonGenerator) generator = json_generator_new();
	g_autofree char *text = NULL;

	json_builder_begin_object(builder);
	add_number(builder, "passed", list->passed);
	add_number(builder, "failed", list->failed);
	add_number(builder, "not_run", list->not_run);
	add_number(builder, "printed", list->printed);
	json_builder_set_member_name(builder, "rows");
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < list->rows->len; i++)
		add_row(builder, g_ptr_array_index(list->rows, i));
	json_builder_end_array(builder);
	add_strings(builder, "refused", list->refused);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	json_generator_set_root(generator, root);
	json_generator_set_pretty(generator, TRUE);
	text = json_generator_to_data(generator, NULL);
	return g_strconcat(text, "\n", NULL);
}
