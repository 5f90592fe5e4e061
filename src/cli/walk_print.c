/* SPDX-License-Identifier: MIT */
#include "walk.h"

#define HEX "0x%" G_GINT64_MODIFIER "x"

char *walk_device(guint32 stream)
{
	return g_strdup_printf("%02x:%02x.%x", stream >> 8, stream >> 3 & 0x1f, stream & 7);
}

static char *fault_text(const iosim_answer *answer)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "fault 0x%x", answer->fault);
	if (answer->fault_name)
		g_string_append_printf(text, ", %s", answer->fault_name);
	if (answer->fault_section)
		g_string_append_printf(text, " (%s)", answer->fault_section);
	if (answer->record[0])
		g_string_append_printf(text,
				       ", event%s %016" G_GINT64_MODIFIER "x %016" G_GINT64_MODIFIER
				       "x %016" G_GINT64_MODIFIER "x %016" G_GINT64_MODIFIER "x",
				       answer->recorded ? "" : " not recorded", answer->record[0], answer->record[1],
				       answer->record[2], answer->record[3]);
	return g_strdup(text->str);
}

char *walk_answer_text(const iosim_answer *answer)
{
	switch (answer->outcome) {
	case IOSIM_TRANSLATED:
		if (answer->pass_through)
			return g_strdup_printf("ok, pa " HEX ", pass-through", answer->pa);
		if (answer->page_bytes == 0)
			return g_strdup_printf("ok, pa " HEX, answer->pa);
		return g_strdup_printf("ok, pa " HEX ", page of " HEX " bytes", answer->pa, answer->page_bytes);
	case IOSIM_FAULTED:
		return fault_text(answer);
	case IOSIM_INTERRUPT:
		return g_strdup("an interrupt message, no memory access");
	case IOSIM_LOST:
		return g_strdup_printf("the walk is lost: a structure lies at " HEX
				       ", which is not in the memory given",
				       answer->lost_pa);
	}
	return g_strdup("no answer");
}

static void print_step(const iosim_walk_step *step, gpointer data)
{
	g_autofree char *text = iosim_walk_step_format(step, *(const gboolean *)data);

	fputs(text, stdout);
}

void walk_print(iosim_engine *engine, const char *device, const iosim_request *request)
{
	gboolean colour = cli_colour(stdout);
	iosim_answer answer;
	g_autofree char *text = NULL;
	const char *begin;

	printf("%s %s " HEX "\n", device, request->write ? "write" : "read", request->iova);
	iosim_engine_explain(engine, request, print_step, &colour, &answer);
	text = walk_answer_text(&answer);
	begin = !colour ? "" : answer.outcome == IOSIM_TRANSLATED ? "\033[32m" : "\033[31m";
	printf("  -> %s%s%s\n", begin, text, colour ? "\033[0m" : "");
}

void walk_set_hex(JsonObject *object, const char *key, guint64 value)
{
	g_autofree char *text = g_strdup_printf(HEX, value);

	json_object_set_string_member(object, key, text);
}

void walk_answer_to_json(const iosim_answer *answer, JsonObject *object)
{
	static const char *const outcomes[] = {
		[IOSIM_TRANSLATED] = "ok",
		[IOSIM_FAULTED] = "fault",
		[IOSIM_INTERRUPT] = "interrupt",
		[IOSIM_LOST] = "lost",
	};

	json_object_set_string_member(object, "result", outcomes[answer->outcome]);
	if (answer->outcome == IOSIM_TRANSLATED)
		walk_set_hex(object, "pa", answer->pa);
	if (answer->page_bytes)
		walk_set_hex(object, "page_size", answer->page_bytes);
	if (answer->level)
		json_object_set_int_member(object, "level", answer->level);
	if (answer->pass_through)
		json_object_set_boolean_member(object, "pass_through", TRUE);
	if (answer->outcome == IOSIM_FAULTED)
		json_object_set_int_member(object, "fault_reason", answer->fault);
	if (answer->outcome == IOSIM_FAULTED && answer->record[0])
		json_object_set_boolean_member(object, "recorded", answer->recorded);
	if (answer->fault_name)
		json_object_set_string_member(object, "fault_name", answer->fault_name);
	if (answer->fault_section)
		json_object_set_string_member(object, "fault_section", answer->fault_section);
	if (answer->outcome == IOSIM_LOST)
		walk_set_hex(object, "lost_pa", answer->lost_pa);
}

static void add_step(const iosim_walk_step *step, gpointer data)
{
	JsonArray *steps = data, *words = json_array_new();
	JsonObject *object = json_object_new(), *fields = json_object_new();

	json_object_set_string_member(object, "structure", step->structure);
	json_object_set_string_member(object, "section", step->section);
	walk_set_hex(object, "pa", step->pa);
	for (guint i = 0; i < step->word_count; i++) {
		g_autofree char *text = g_strdup_printf(HEX, step->words[i]);

		json_array_add_string_element(words, text);
	}
	json_object_set_array_member(object, "words", words);
	for (guint i = 0; i < step->field_count; i++)
		walk_set_hex(fields, step->fields[i].name, step->fields[i].value);
	json_object_set_object_member(object, "fields", fields);
	json_array_add_object_element(steps, object);
}

JsonObject *walk_to_json(iosim_engine *engine, const char *device, const iosim_request *request)
{
	JsonObject *object = json_object_new();
	JsonArray *steps = json_array_new();
	iosim_answer answer;

	json_object_set_string_member(object, "device", device);
	walk_set_hex(object, "iova", request->iova);
	json_object_set_string_member(object, "access", request->write ? "w" : "r");
	iosim_engine_explain(engine, request, add_step, steps, &answer);
	json_object_set_array_member(object, "steps", steps);
	walk_answer_to_json(&answer, object);
	return object;
}

void walk_print_json(JsonNode *root)
{
	g_autofree char *text = json_to_string(root, TRUE);

	puts(text);
	json_node_unref(root);
}
