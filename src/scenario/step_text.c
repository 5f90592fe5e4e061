/* SPDX-License-Identifier: MIT */
/* A step as one line for reports: the operation, its first value, then the other keys in the order of its row. */
#include "scenario/steps.h"

#include <string.h>

static void append_value(GString *text, const struct node *value)
{
	if (value->kind == NODE_SCALAR)
		g_string_append(text, value->text);
	if (value->kind == NODE_LIST)
		g_string_append_c(text, '[');
	for (uint32_t i = 0; value->kind == NODE_LIST && i < value->count; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", value->entries[i].value->text);
	if (value->kind == NODE_LIST)
		g_string_append_c(text, ']');
}

void write_step_text(const struct raw_step *raw, struct step *step)
{
	const struct operation_row *row = &operation_rows[raw->operation];
	g_autoptr(GString) text = g_string_new(NULL);
	const struct node *as = node_get(raw->node, "as");
	bool first = true;

	if (step->in != MACHINE_HOST)
		g_string_append_printf(text, "in %s: ", node_get(raw->node, "in")->text);
	g_string_append(text, row->name);
	if (raw->operand->kind == NODE_SCALAR && *raw->operand->text)
		g_string_append_printf(text, " %s", raw->operand->text);
	for (const struct key_row *key = row->keys; key->name; key++) {
		const struct node *value = node_get(raw->operand, key->name);

		if (!value)
			continue;
		g_string_append_c(text, ' ');
		/* The first value and the access are understood without their keys. */
		if ((!first || !(key->required || raw->operation == OP_CHECK)) && strcmp(key->name, "access") != 0)
			g_string_append_printf(text, "%s ", key->name);
		append_value(text, value);
		first = false;
	}
	if (as)
		g_string_append_printf(text, " -> %s", as->text);
	if (step->times > 1)
		g_string_append_printf(text, ", %u times", step->times);
	if (text->len >= sizeof(step->text)) {
		g_string_truncate(text, sizeof(step->text) - 4);
		while (text->len && !g_utf8_validate_len(text->str, text->len, NULL))
			g_string_truncate(text, text->len - 1);
		g_string_append(text, "...");
	}
	g_strlcpy(step->text, text->str, sizeof(step->text));
}
