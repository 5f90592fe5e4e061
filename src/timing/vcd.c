/* SPDX-License-Identifier: MIT */
/* Value Change Dump, IEEE 1364-2005 18.2: declarations, then values that changed, by time. */
#include "timing/watch_state.h"

#include <string.h>

#define FIRST_CODE 33 /* identifier codes are of the printable characters, '!' to '~' (18.2.3.7) */
#define CODES      94

static void flush(struct timing_watch *watch)
{
	watch->config.vcd.write(watch->config.vcd.context, watch->text->str);
	g_string_truncate(watch->text, 0);
}

static void append_code(GString *text, uint32_t signal)
{
	do {
		g_string_append_c(text, (char)(FIRST_CODE + signal % CODES));
		signal /= CODES;
	} while (signal);
}

static const struct signal_row *row_of(uint32_t signal)
{
	return signal < MACHINE_SIGNALS ? &machine_signals[signal]
					: &walker_signals[(signal - MACHINE_SIGNALS) % WALKER_SIGNALS];
}

static void append_value(GString *text, uint32_t signal, uint64_t value)
{
	unsigned width = row_of(signal)->width;

	if (width == 1) {
		g_string_append_c(text, value ? '1' : '0');
	} else {
		/* Zeros on the left are left out (18.2.1). */
		unsigned bit = 63;
		while (bit > 0 && !(value >> bit & 1))
			bit--;
		g_string_append_c(text, 'b');
		for (unsigned i = bit + 1; i > 0; i--)
			g_string_append_c(text, value >> (i - 1) & 1 ? '1' : '0');
		g_string_append_c(text, ' ');
	}
	append_code(text, signal);
	g_string_append_c(text, '\n');
}

static void declare(GString *text, uint32_t signal)
{
	const struct signal_row *row = row_of(signal);

	g_string_append_printf(text, "$var wire %u ", row->width);
	append_code(text, signal);
	g_string_append_printf(text, " %s", row->name);
	if (row->width > 1)
		g_string_append_printf(text, " [%u:0]", row->width - 1);
	g_string_append(text, " $end\n");
}

static void comment(GString *text, const struct signal_row *row)
{
	g_string_append_printf(text, "  %s.%s: %s\n", row->scope, row->name, row->what);
}

void vcd_begin(struct timing_watch *watch)
{
	GString *text = watch->text;

	g_string_append(text, "$version ioasid-sim $end\n$comment\n");
	for (unsigned i = 0; i < MACHINE_SIGNALS; i++)
		comment(text, &machine_signals[i]);
	for (unsigned i = 0; i < WALKER_SIGNALS; i++)
		comment(text, &walker_signals[i]);
	g_string_append(text, "$end\n$timescale 1 ps $end\n$scope module machine $end\n");
	for (unsigned i = 0; i < MACHINE_SIGNALS; i++) {
		bool first = i == 0 || strcmp(machine_signals[i].scope, machine_signals[i - 1].scope) != 0;
		bool last =
			i + 1 == MACHINE_SIGNALS || strcmp(machine_signals[i].scope, machine_signals[i + 1].scope) != 0;
		if (first)
			g_string_append_printf(text, "$scope module %s $end\n", machine_signals[i].scope);
		declare(text, i);
		if (last)
			g_string_append(text, "$upscope $end\n");
	}
	for (uint32_t walker = 0; walker < watch->machine->walker_count; walker++) {
		g_string_append_printf(text, "$scope module walker%u $end\n", walker);
		for (unsigned i = 0; i < WALKER_SIGNALS; i++)
			declare(text, MACHINE_SIGNALS + walker * WALKER_SIGNALS + i);
		g_string_append(text, "$upscope $end\n");
	}
	g_string_append_printf(text, "$upscope $end\n$enddefinitions $end\n#%" G_GUINT64_FORMAT "\n$dumpvars\n",
			       (guint64)watch->now);
	for (uint32_t signal = 0; signal < watch->signals; signal++)
		append_value(text, signal, watch->known[signal]);
	g_string_append(text, "$end\n");
	watch->vcd_time = watch->now;
	flush(watch);
}

void vcd_change(struct timing_watch *watch, uint64_t when)
{
	GString *text = watch->text;

	for (uint32_t signal = 0; signal < watch->signals; signal++) {
		if (watch->values[signal] == watch->known[signal])
			continue;
		if (text->len == 0 && when != watch->vcd_time)
			g_string_append_printf(text, "#%" G_GUINT64_FORMAT "\n", (guint64)when);
		append_value(text, signal, watch->values[signal]);
	}
	if (text->len == 0)
		return;
	watch->vcd_time = when;
	flush(watch);
}

void vcd_end(struct timing_watch *watch)
{
	if (watch->now != watch->vcd_time)
		g_string_append_printf(watch->text, "#%" G_GUINT64_FORMAT "\n", (guint64)watch->now);
	flush(watch);
}
