/* SPDX-License-Identifier: MIT */
/* Figures of a timed run, in the order in which they are printed: text and JSON have the same ones. */
#ifndef IOSIM_SIM_FIGURES_H
#define IOSIM_SIM_FIGURES_H

#include <glib.h>
#include <json-glib/json-glib.h>

/* An array of them; free with g_array_unref(). */
GArray *figures_new(void);
/* `unit`: "" for counts and shares; static. The name is `format` with what follows. */
void figures_add(GArray *figures, double value, const char *unit, const char *format, ...) G_GNUC_PRINTF(4, 5);
void figures_append_text(GString *out, const GArray *figures);
/* Members of the object that is open. */
void figures_append_json(JsonBuilder *builder, const GArray *figures);
/* 0 of nothing. */
double figures_share(double part, double whole);

#endif
