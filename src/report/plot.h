/* SPDX-License-Identifier: MIT */
/*
 * Figures of several panels as SVG 1.1: lines or marks over a linear or a binary scale. The text is made of the points
 * alone: the same ones give the same file. Fonts are the viewer's.
 */
#ifndef IOSIM_REPORT_PLOT_H
#define IOSIM_REPORT_PLOT_H

#include <glib.h>
#include <stdbool.h>

struct plot_point {
	double x, y;
};

struct plot_series {
	char *name;      /* in the legend; NULL: it has no row there */
	bool marks;      /* a circle a point; else a line through all */
	unsigned colour; /* series of one number have one colour */
	GArray *points;  /* struct plot_point */
};

struct plot_panel {
	char *title, *x_label, *y_label;
	bool binary; /* the scale of x, which is above 0; its ticks are powers of two, with K, M, G */
	GPtrArray *series;
};

struct plot {
	char *title;
	unsigned columns; /* panels beside each other */
	GPtrArray *panels;
};

struct plot *plot_new(const char *title, unsigned columns);
void plot_free(struct plot *plot);
struct plot_panel *plot_add_panel(struct plot *plot, const char *title, const char *x_label, const char *y_label,
				  bool binary);
struct plot_series *plot_add_series(struct plot_panel *panel, const char *name, unsigned colour, bool marks);
void plot_add_point(struct plot_series *series, double x, double y);
/* The caller frees. Panels without points are left out. */
char *plot_svg(const struct plot *plot);

#endif
