/* SPDX-License-Identifier: MIT */
#include "sim/walk_step.h"

#include <string.h>

#define LINE_COLUMNS 100

void walk_step_decode(const struct walk_step *step, iosim_field fields[WALK_STEP_MAX_FIELDS], iosim_walk_step *out)
{
	guint count = 0;

	for (unsigned i = 0; i < step->field_count && count < WALK_STEP_MAX_FIELDS; i++) {
		const struct field_row *row = &step->fields[i];

		if (row->word >= step->word_count)
			continue;
		fields[count++] = (iosim_field){
			.name = row->name,
			.section = row->section,
			.word = row->word,
			.msb = row->msb,
			.lsb = row->lsb,
			.value = (step->words[row->word] & FIELD_MASK(row->msb, row->lsb)) >> row->lsb,
		};
	}
	*out = (iosim_walk_step){
		.structure = step->structure,
		.section = step->section,
		.pa = step->pa,
		.word_count = step->word_count,
		.words = step->words,
		.field_count = count,
		.fields = fields,
	};
}

/* What hardware does not look at, and software has not used. */
static bool says_nothing(const iosim_field *field)
{
	return field->value == 0 && g_str_has_prefix(field->name, "IGNORED");
}

/* "P 1", "SSPTPTR 0x1b5e", with the section where it is not in the structure's ("9.8" is in "9.8 table 42"). */
static char *field_text(const iosim_walk_step *step, const iosim_field *field)
{
	bool elsewhere = !g_str_has_prefix(step->section, field->section);

	return g_strdup_printf(field->value < 10 ? "%s %" G_GINT64_MODIFIER "u%s%s%s"
						 : "%s 0x%" G_GINT64_MODIFIER "x%s%s%s",
			       field->name, field->value, elsewhere ? " (" : "", elsewhere ? field->section : "",
			       elsewhere ? ")" : "");
}

char *iosim_walk_step_format(const iosim_walk_step *step, gboolean colour)
{
	GString *text = g_string_new(NULL);
	size_t column = LINE_COLUMNS;

	g_string_append_printf(text, "  %s%s%s at 0x%" G_GINT64_MODIFIER "x:", colour ? "\033[1m" : "", step->structure,
			       colour ? "\033[0m" : "", step->pa);
	for (guint i = 0; i < step->word_count; i++)
		g_string_append_printf(text, " %016" G_GINT64_MODIFIER "x", step->words[i]);
	g_string_append_printf(text, " (%s)", step->section);
	for (guint i = 0; i < step->field_count; i++) {
		g_autofree char *field = NULL;

		if (says_nothing(&step->fields[i]))
			continue;
		field = field_text(step, &step->fields[i]);
		if (column + strlen(field) + 2 > LINE_COLUMNS) {
			g_string_append(text, "\n      ");
			column = strlen("      ");
		} else {
			g_string_append(text, ", ");
			column += strlen(", ");
		}
		g_string_append(text, field);
		column += strlen(field);
	}
	g_string_append_c(text, '\n');
	return g_string_free(text, FALSE);
}
