/* SPDX-License-Identifier: MIT */
/* The language as JSON Schema (draft-07), from the tables that the loader reads by. */
#include "scenario/schema.h"

#include "scenario/heading.h"
#include "scenario/machine.h"
#include "scenario/operations.h"
#include "scenario/rows.h"
#include "scenario/steps.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* --- members --- */

void schema_begin(struct schema *schema, const char *member)
{
	if (member)
		json_builder_set_member_name(schema->builder, member);
	json_builder_begin_object(schema->builder);
}

void schema_end(struct schema *schema)
{
	json_builder_end_object(schema->builder);
}

void schema_text(struct schema *schema, const char *member, const char *text)
{
	json_builder_set_member_name(schema->builder, member);
	json_builder_add_string_value(schema->builder, text);
}

void schema_number(struct schema *schema, const char *member, int64_t number)
{
	json_builder_set_member_name(schema->builder, member);
	json_builder_add_int_value(schema->builder, number);
}

void schema_truth(struct schema *schema, const char *member, bool truth)
{
	json_builder_set_member_name(schema->builder, member);
	json_builder_add_boolean_value(schema->builder, truth);
}

void schema_list(struct schema *schema, const char *member, const char *const *texts)
{
	json_builder_set_member_name(schema->builder, member);
	json_builder_begin_array(schema->builder);
	for (; *texts; texts++)
		json_builder_add_string_value(schema->builder, *texts);
	json_builder_end_array(schema->builder);
}

/* --- values --- */

void schema_string(struct schema *schema, const char *pattern)
{
	schema_text(schema, "type", "string");
	if (pattern)
		schema_text(schema, "pattern", pattern);
}

void schema_amount(struct schema *schema)
{
	static const char *const types[] = {"integer", "string", NULL};

	schema_list(schema, "type", types);
	schema_text(schema, "pattern", SCHEMA_NUMBER_PATTERN);
}

void schema_words(struct schema *schema, const char *const *words)
{
	schema_list(schema, "enum", words);
}

void schema_values(struct schema *schema, const char *const *words)
{
	JsonBuilder *builder = schema->builder;

	json_builder_set_member_name(builder, "enum");
	json_builder_begin_array(builder);
	for (; *words; words++) {
		char *end;
		double number = g_ascii_strtod(*words, &end);

		json_builder_add_string_value(builder, *words);
		if (strcmp(*words, "true") == 0 || strcmp(*words, "false") == 0)
			json_builder_add_boolean_value(builder, **words == 't');
		else if (end != *words && !*end)
			json_builder_add_double_value(builder, number);
	}
	json_builder_end_array(builder);
}

/* `write` writes what a word is. */
#define WORD_OR_LIST(schema, write)                                            \
	do {                                                                   \
		static const char *const types_[] = {"string", "array", NULL}; \
		schema_list(schema, "type", types_);                           \
		schema_begin(schema, "if");                                    \
		schema_text(schema, "type", "array");                          \
		schema_end(schema);                                            \
		schema_begin(schema, "then");                                  \
		schema_number(schema, "minItems", 1);                          \
		schema_begin(schema, "items");                                 \
		write;                                                         \
		schema_end(schema);                                            \
		schema_end(schema);                                            \
		schema_begin(schema, "else");                                  \
		write;                                                         \
		schema_end(schema);                                            \
	} while (0)

void schema_word_or_list(struct schema *schema, const char *const *words)
{
	WORD_OR_LIST(schema, schema_words(schema, words));
}

void schema_value(struct schema *schema, const struct key_row *row)
{
	if (row->summary && row->fallback) {
		g_autofree char *text = g_strdup_printf("%s (default: %s)", row->summary, row->fallback);

		schema_text(schema, "description", text);
	} else if (row->summary) {
		schema_text(schema, "description", row->summary);
	}
	row->type->describe(schema, row);
}

static void schema_properties(struct schema *schema, const struct key_row *rows)
{
	for (; rows->name; rows++) {
		schema_begin(schema, rows->name);
		schema_value(schema, rows);
		schema_end(schema);
	}
}

static void schema_required(struct schema *schema, const struct key_row *rows)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (; rows->name; rows++)
		if (rows->required)
			g_ptr_array_add(names, (gpointer)rows->name);
	g_ptr_array_add(names, NULL);
	if (names->len > 1)
		schema_list(schema, "required", (const char *const *)names->pdata);
}

void schema_keys(struct schema *schema, const struct key_row *rows)
{
	schema_text(schema, "type", "object");
	schema_begin(schema, "properties");
	schema_properties(schema, rows);
	schema_end(schema);
	schema_required(schema, rows);
	schema_truth(schema, "additionalProperties", false);
}

void describe_name(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_string(schema, SCHEMA_NAME_PATTERN);
}

void describe_names(struct schema *schema, const struct key_row *row)
{
	WORD_OR_LIST(schema, describe_name(schema, row));
}

void describe_text(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_string(schema, NULL);
}

void describe_rid(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_string(schema, "^([a-z][a-z0-9-]*|([0-9a-fA-F]{1,4}:)?[0-9a-fA-F]{1,2}:[0-9a-fA-F]{1,2}\\.[0-7])$");
}

void describe_table(struct schema *schema, const struct key_row *row)
{
	schema_text(schema, "type", "object");
	schema_begin(schema, "propertyNames");
	schema_string(schema, SCHEMA_NAME_PATTERN);
	schema_end(schema);
	schema_begin(schema, "additionalProperties");
	schema_keys(schema, row->keys);
	schema_end(schema);
}

/* --- the top level --- */

void describe_sources(struct schema *schema, const struct key_row *row)
{
	static const char *const types[] = {"object", "array", NULL};

	(void)row;
	schema_list(schema, "type", types);
	schema_begin(schema, "if");
	schema_text(schema, "type", "array");
	schema_end(schema);
	schema_begin(schema, "then");
	schema_number(schema, "minItems", 1);
	schema_begin(schema, "items");
	schema_keys(schema, source_keys);
	schema_end(schema);
	schema_end(schema);
	schema_begin(schema, "else");
	schema_keys(schema, source_keys);
	schema_end(schema);
}

void describe_let(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_text(schema, "type", "object");
	schema_begin(schema, "propertyNames");
	schema_string(schema, SCHEMA_NAME_PATTERN);
	schema_end(schema);
	schema_begin(schema, "additionalProperties");
	schema_amount(schema);
	schema_end(schema);
}

void describe_machine(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_keys(schema, machine_keys);
}

/* A patch may take things away and leave out what is required; only its tables are named. */
void describe_patches(struct schema *schema, const struct key_row *row)
{
	static const char *const types[] = {"object", "null", NULL};

	(void)row;
	schema_text(schema, "type", "object");
	schema_number(schema, "minProperties", 1);
	schema_begin(schema, "propertyNames");
	schema_string(schema, SCHEMA_NAME_PATTERN);
	schema_end(schema);
	schema_begin(schema, "additionalProperties");
	schema_text(schema, "type", "object");
	schema_begin(schema, "properties");
	for (const struct key_row *table = machine_keys; table->name; table++) {
		schema_begin(schema, table->name);
		schema_list(schema, "type", types);
		schema_end(schema);
	}
	schema_end(schema);
	schema_truth(schema, "additionalProperties", false);
	schema_end(schema);
}

static void describe_operand(struct schema *schema, const struct operation_row *row)
{
	static const char *const types[] = {"object", "string", NULL};
	const struct key_row *word = row->word_key ? keys_find(row->keys, row->word_key) : NULL;

	schema_text(schema, "description", row->summary);
	if (!word) {
		schema_keys(schema, row->keys);
		return;
	}
	schema_list(schema, "type", types);
	schema_begin(schema, "if");
	schema_text(schema, "type", "string");
	schema_end(schema);
	schema_begin(schema, "then");
	word->type->describe(schema, word);
	schema_end(schema);
	schema_begin(schema, "else");
	schema_keys(schema, row->keys);
	schema_end(schema);
}

static void describe_step(struct schema *schema)
{
	schema_text(schema, "type", "object");
	schema_begin(schema, "properties");
	schema_properties(schema, step_keys);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		schema_begin(schema, operation_rows[i].name);
		describe_operand(schema, &operation_rows[i]);
		schema_end(schema);
	}
	schema_properties(schema, parallel_keys);
	schema_begin(schema, "do");
	schema_text(schema, "description", "steps under one 'only'");
	schema_text(schema, "type", "array");
	schema_number(schema, "minItems", 1);
	schema_begin(schema, "items");
	schema_text(schema, "$ref", "#/definitions/step");
	schema_end(schema);
	schema_end(schema);
	schema_end(schema);
	schema_truth(schema, "additionalProperties", false);
	json_builder_set_member_name(schema->builder, "oneOf");
	json_builder_begin_array(schema->builder);
	for (unsigned i = 0; i <= OPERATIONS + 1; i++) {
		const char *required[] = {i < OPERATIONS    ? operation_rows[i].name
					  : i == OPERATIONS ? "do"
							    : parallel_keys[0].name,
					  i == OPERATIONS ? "only" : NULL, NULL};

		schema_begin(schema, NULL);
		schema_list(schema, "required", required);
		schema_end(schema);
	}
	json_builder_end_array(schema->builder);
}

void describe_run(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_text(schema, "type", "array");
	schema_number(schema, "minItems", 1);
	schema_begin(schema, "items");
	schema_text(schema, "$ref", "#/definitions/step");
	schema_end(schema);
}

void describe_rows(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_text(schema, "type", "array");
	schema_number(schema, "minItems", 1);
	schema_begin(schema, "items");
	schema_keys(schema, row_keys);
	schema_end(schema);
}

char *scenario_schema(const struct scenario_tables *tables)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	struct schema schema = {builder, tables};

	schema_begin(&schema, NULL);
	schema_text(&schema, "$schema", "http://json-schema.org/draft-07/schema#");
	schema_text(&schema, "title", "ioasid-sim scenario");
	schema_keys(&schema, top_keys);
	schema_begin(&schema, "definitions");
	schema_begin(&schema, "step");
	describe_step(&schema);
	schema_end(&schema);
	schema_end(&schema);
	schema_end(&schema);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	return json_to_string(root, TRUE);
}
