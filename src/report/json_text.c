/* SPDX-License-Identifier: MIT */
#include "report/json_text.h"

void json_text_add(JsonBuilder *builder, const char *name, const char *text)
{
	if (!text)
		return;
	json_builder_set_member_name(builder, name);
	json_builder_add_string_value(builder, text);
}

void json_text_add_count(JsonBuilder *builder, const char *name, uint64_t count)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_int_value(builder, (gint64)count);
}

void json_text_add_number(JsonBuilder *builder, const char *name, double number)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_double_value(builder, number);
}

void json_text_add_flag(JsonBuilder *builder, const char *name, bool flag)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_boolean_value(builder, flag);
}

void json_text_begin_object(JsonBuilder *builder, const char *name)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_object(builder);
}

void json_text_begin_array(JsonBuilder *builder, const char *name)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_array(builder);
}

char *json_text_of(JsonBuilder *builder)
{
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, TRUE);

	return g_strconcat(text, "\n", NULL);
}
