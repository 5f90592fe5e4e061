/* SPDX-License-Identifier: MIT */
#include "report/plot.h"

#include <math.h>

#define PANEL_WIDTH    420
#define PANEL_HEIGHT   270
#define LEFT           62 /* of a panel, up to where points are drawn */
#define RIGHT          92
#define TOP            34
#define BOTTOM         44
#define TITLE_HEIGHT   30
#define LEGEND_ROW     14
#define MOST_TICKS     7
#define MINOR_ROUNDING 1e-9

/* Colours that are told apart by most eyes (Okabe and Ito). */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};

static void free_series(gpointer pointer)
{
	struct plot_series *series = pointer;

	g_array_unref(series->points);
	g_free(series->name);
	g_free(series);
}

static void free_panel(gpointer pointer)
{
	struct plot_panel *panel = pointer;

	g_ptr_array_unref(panel->series);
	g_free(panel->title);
	g_free(panel->x_label);
	g_free(panel->y_label);
	g_free(panel);
}

struct plot *plot_new(const char *title, unsigned columns)
{
	struct plot *plot = g_new0(struct plot, 1);

	plot->title = g_strdup(title);
	plot->columns = columns;
	plot->panels = g_ptr_array_new_with_free_func(free_panel);
	return plot;
}

void plot_free(struct plot *plot)
{
	g_ptr_array_unref(plot->panels);
	g_free(plot->title);
	g_free(plot);
}

struct plot_panel *plot_add_panel(struct plot *plot, const char *title, const char *x_label, const char *y_label,
				  bool binary)
{
	struct plot_panel *panel = g_new0(struct plot_panel, 1);

	panel->title = g_strdup(title);
	panel->x_label = g_strdup(x_label);
	panel->y_label = g_strdup(y_label);
	panel->binary = binary;
	panel->series = g_ptr_array_new_with_free_func(free_series);
	g_ptr_array_add(plot->panels, panel);
	return panel;
}

struct plot_series *plot_add_series(struct plot_panel *panel, const char *name, unsigned colour, bool marks)
{
	struct plot_series *series = g_new0(struct plot_series, 1);

	series->name = g_strdup(name);
	series->colour = colour;
	series->marks = marks;
	series->points = g_array_new(FALSE, FALSE, sizeof(struct plot_point));
	g_ptr_array_add(panel->series, series);
	return series;
}

void plot_add_point(struct plot_series *series, double x, double y)
{
	struct plot_point point = {x, y};

	g_array_append_val(series->points, point);
}

/* --- scales --- */

struct scale {
	double low, high, step; /* of a binary one logarithms to base 2 */
	bool binary;
};

struct drawing {
	GString *out;
	const struct plot_panel *panel;
	double left, top; /* of the panel */
	struct scale x, y;
};

static double on_scale(const struct scale *scale, double value)
{
	return ((scale->binary ? log2(value) : value) - scale->low) / (scale->high - scale->low);
}

/* The least of 1, 2, 5, 10, 20 ... with which there are few enough ticks. */
static double decimal_step(double range)
{
	double step = pow(10, floor(log10(range / MOST_TICKS)));
	static const double factors[] = {1, 2, 5, 10};

	for (unsigned i = 0; i < G_N_ELEMENTS(factors); i++)
		if (range / (step * factors[i]) <= MOST_TICKS)
			return step * factors[i];
	return step * 10;
}

static void range_of(const struct plot_panel *panel, bool of_x, double *low, double *high)
{
	bool none = true;

	*low = *high = 0;
	for (guint i = 0; i < panel->series->len; i++) {
		const struct plot_series *series = g_ptr_array_index(panel->series, i);
		for (guint j = 0; j < series->points->len; j++) {
			const struct plot_point *point = &g_array_index(series->points, struct plot_point, j);
			double value = of_x ? point->x : point->y;
			*low = none || value < *low ? value : *low;
			*high = none || value > *high ? value : *high;
			none = false;
		}
	}
}

static struct scale binary_scale(double low, double high)
{
	struct scale scale = {.low = floor(log2(low)), .high = ceil(log2(high)), .binary = true, .step = 1};

	if (scale.high <= scale.low)
		scale.high = scale.low + 1;
	while ((scale.high - scale.low) / scale.step > MOST_TICKS)
		scale.step++;
	return scale;
}

/* Of y, and of x where it is not binary: from 0 on. */
static struct scale linear_scale(double high)
{
	struct scale scale = {.low = 0};

	scale.step = decimal_step(high > 0 ? high : 1);
	scale.high = ceil(high / scale.step - MINOR_ROUNDING) * scale.step;
	if (scale.high <= 0)
		scale.high = scale.step;
	return scale;
}

static double x_at(const struct drawing *drawing, double value)
{
	return drawing->left + LEFT + on_scale(&drawing->x, value) * (PANEL_WIDTH - LEFT - RIGHT);
}

static double y_at(const struct drawing *drawing, double value)
{
	return drawing->top + PANEL_HEIGHT - BOTTOM - on_scale(&drawing->y, value) * (PANEL_HEIGHT - TOP - BOTTOM);
}

/* --- elements --- */

static void append_coordinate(GString *out, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(text, sizeof(text), "%.2f", value));
}

static void append_attribute(GString *out, const char *name, double value)
{
	g_string_append_printf(out, " %s=\"", name);
	append_coordinate(out, value);
	g_string_append_c(out, '"');
}

static void append_line(GString *out, double x1, double y1, double x2, double y2, const char *class)
{
	g_string_append_printf(out, "<line class=\"%s\"", class);
	append_attribute(out, "x1", x1);
	append_attribute(out, "y1", y1);
	append_attribute(out, "x2", x2);
	append_attribute(out, "y2", y2);
	g_string_append(out, "/>\n");
}

static void append_text(GString *out, double x, double y, const char *class, bool upright, const char *text)
{
	g_autofree char *escaped = g_markup_escape_text(text, -1);

	g_string_append_printf(out, "<text class=\"%s\"", class);
	append_attribute(out, "x", x);
	append_attribute(out, "y", y);
	if (upright) {
		g_string_append(out, " transform=\"rotate(-90 ");
		append_coordinate(out, x);
		g_string_append_c(out, ' ');
		append_coordinate(out, y);
		g_string_append(out, ")\"");
	}
	g_string_append_printf(out, ">%s</text>\n", escaped);
}

/* 2^exponent: "512", "256K", "64M". */
static char *binary_word(double exponent)
{
	static const char suffixes[] = {'\0', 'K', 'M', 'G', 'T'};
	unsigned thousands = exponent >= 10 ? (unsigned)exponent / 10 : 0;
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	if (thousands >= G_N_ELEMENTS(suffixes))
		thousands = G_N_ELEMENTS(suffixes) - 1;
	g_ascii_formatd(number, sizeof(number), "%g", exp2(exponent - 10 * (double)thousands));
	return thousands ? g_strdup_printf("%s%c", number, suffixes[thousands]) : g_strdup(number);
}

static char *decimal_word(double value)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	return g_strdup(g_ascii_formatd(number, sizeof(number), "%.6g", value));
}

static void draw_axes(const struct drawing *drawing)
{
	GString *out = drawing->out;
	double left = drawing->left + LEFT, right = drawing->left + PANEL_WIDTH - RIGHT;
	double top = drawing->top + TOP, bottom = drawing->top + PANEL_HEIGHT - BOTTOM;

	for (unsigned i = 0; drawing->y.low + i * drawing->y.step <= drawing->y.high + drawing->y.step / 2; i++) {
		double value = drawing->y.low + i * drawing->y.step, y = y_at(drawing, value);
		g_autofree char *word = decimal_word(value);
		append_line(out, left, y, right, y, i ? "grid" : "axis");
		append_text(out, left - 5, y + 4, "y", false, word);
	}
	for (unsigned i = 0; drawing->x.low + i * drawing->x.step <= drawing->x.high + drawing->x.step / 1e6; i++) {
		double value = drawing->x.low + i * drawing->x.step;
		double x = x_at(drawing, drawing->x.binary ? exp2(value) : value);
		g_autofree char *word = drawing->x.binary ? binary_word(value) : decimal_word(value);
		append_line(out, x, bottom, x, bottom + 4, "axis");
		append_text(out, x, bottom + 17, "x", false, word);
	}
	append_line(out, left, top, left, bottom, "axis");
	append_text(out, (left + right) / 2, bottom + 35, "x", false, drawing->panel->x_label);
	append_text(out, drawing->left + 14, (top + bottom) / 2, "x", true, drawing->panel->y_label);
	append_text(out, (left + right) / 2, top - 10, "title", false, drawing->panel->title);
}

static void draw_points(const struct drawing *drawing, const struct plot_series *series)
{
	GString *out = drawing->out;
	const char *colour = colours[series->colour % G_N_ELEMENTS(colours)];

	if (!series->marks)
		g_string_append_printf(out, "<polyline stroke=\"%s\" points=\"", colour);
	for (guint i = 0; i < series->points->len; i++) {
		const struct plot_point *point = &g_array_index(series->points, struct plot_point, i);
		double x = x_at(drawing, point->x), y = y_at(drawing, point->y);
		if (series->marks) {
			g_string_append_printf(out, "<circle stroke=\"%s\" r=\"2.5\"", colour);
			append_attribute(out, "cx", x);
			append_attribute(out, "cy", y);
			g_string_append(out, "/>\n");
		} else {
			g_string_append(out, i ? " " : "");
			append_coordinate(out, x);
			g_string_append_c(out, ',');
			append_coordinate(out, y);
		}
	}
	if (!series->marks)
		g_string_append(out, "\"/>\n");
}

static void draw_legend(const struct drawing *drawing)
{
	double x = drawing->left + PANEL_WIDTH - RIGHT + 8, y = drawing->top + TOP + 6;

	for (guint i = 0; i < drawing->panel->series->len; i++) {
		const struct plot_series *series = g_ptr_array_index(drawing->panel->series, i);
		if (!series->name)
			continue;
		g_string_append_printf(drawing->out, "<polyline stroke=\"%s\" points=\"",
				       colours[series->colour % G_N_ELEMENTS(colours)]);
		append_coordinate(drawing->out, x);
		g_string_append_c(drawing->out, ',');
		append_coordinate(drawing->out, y);
		g_string_append_c(drawing->out, ' ');
		append_coordinate(drawing->out, x + 12);
		g_string_append_c(drawing->out, ',');
		append_coordinate(drawing->out, y);
		g_string_append(drawing->out, "\"/>\n");
		append_text(drawing->out, x + 16, y + 4, "legend", false, series->name);
		y += LEGEND_ROW;
	}
}

static bool has_points(const struct plot_panel *panel)
{
	for (guint i = 0; i < panel->series->len; i++)
		if (((const struct plot_series *)g_ptr_array_index(panel->series, i))->points->len)
			return true;
	return false;
}

static void draw_panel(GString *out, const struct plot_panel *panel, double left, double top)
{
	struct drawing drawing = {.out = out, .panel = panel, .left = left, .top = top};
	double low, high;

	range_of(panel, true, &low, &high);
	drawing.x = panel->binary ? binary_scale(low, high) : linear_scale(high);
	range_of(panel, false, &low, &high);
	drawing.y = linear_scale(high);
	draw_axes(&drawing);
	for (guint i = 0; i < panel->series->len; i++)
		draw_points(&drawing, g_ptr_array_index(panel->series, i));
	draw_legend(&drawing);
}

char *plot_svg(const struct plot *plot)
{
	static const char style[] =
		"<style>text{font:11px sans-serif;fill:#222}.x,.title,.heading{text-anchor:middle}"
		".y{text-anchor:end}.title{font-weight:bold}.heading{font-size:14px;font-weight:bold}"
		".axis{stroke:#222}.grid{stroke:#ddd}polyline{fill:none;stroke-width:1.5}circle{fill:none}</style>\n";
	g_autoptr(GPtrArray) drawn = g_ptr_array_new();
	GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

	for (guint i = 0; i < plot->panels->len; i++)
		if (has_points(g_ptr_array_index(plot->panels, i)))
			g_ptr_array_add(drawn, g_ptr_array_index(plot->panels, i));
	unsigned columns = drawn->len < plot->columns ? drawn->len : plot->columns;
	unsigned rows = columns ? (drawn->len + columns - 1) / columns : 0;
	unsigned width = (columns ? columns : 1) * PANEL_WIDTH, height = TITLE_HEIGHT + rows * PANEL_HEIGHT;
	g_string_append_printf(out,
			       "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%u\" height=\"%u\" "
			       "viewBox=\"0 0 %u %u\">\n%s<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n",
			       width, height, width, height, style, width, height);
	append_text(out, width / 2.0, 20, "heading", false, plot->title);
	for (guint i = 0; i < drawn->len; i++)
		draw_panel(out, g_ptr_array_index(drawn, i), i % columns * (double)PANEL_WIDTH,
			   TITLE_HEIGHT + i / columns * (double)PANEL_HEIGHT);
	g_string_append(out, "</svg>\n");
	return g_string_free(out, FALSE);
}
