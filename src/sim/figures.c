/* SPDX-License-Identifier: MIT */
#include "sim/figures.h"

#include "report/json_text.h"

#include <stdbool.h>

struct figure {
	char name[48];
	double value;
	const char *unit;
};

GArray *figures_new(void)
{
	return g_array_new(FALSE, TRUE, sizeof(struct figure));
}

void figures_add(GArray *figures, double value, const char *unit, const char *format, ...)
{
	struct figure figure = {.value = value, .unit = unit};
	va_list arguments;

	va_start(arguments, format);
	g_vsnprintf(figure.name, sizeof(figure.name), format, arguments);
	va_end(arguments);
	g_array_append_val(figures, figure);
}

void figures_append_text(GString *out, const GArray *figures)
{
	for (guint i = 0; i < figures->len; i++) {
		const struct figure *figure = &g_array_index(figures, struct figure, i);
		char number[G_ASCII_DTOSTR_BUF_SIZE];
		bool count = figure->unit[0] == '\0' && figure->value == (double)(gint64)figure->value;
		g_ascii_formatd(number, sizeof(number), count ? "%.0f" : "%.4f", figure->value);
		g_string_append_printf(out, "%-32s %16s%s%s\n", figure->name, number, figure->unit[0] ? " " : "",
				       figure->unit);
	}
}

void figures_append_json(JsonBuilder *builder, const GArray *figures)
{
	for (guint i = 0; i < figures->len; i++) {
		const struct figure *figure = &g_array_index(figures, struct figure, i);
		json_text_add_number(builder, figure->name, figure->value);
	}
}

double figures_share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}
