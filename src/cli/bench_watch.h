/* SPDX-License-Identifier: MIT */
/* What every timed benchmark offers beside its output: files for viewers, and progress on standard error. */
#ifndef IOSIM_CLI_BENCH_WATCH_H
#define IOSIM_CLI_BENCH_WATCH_H

#include "cli.h"

#include <ioasid-sim/ioasid-sim.h>

struct bench_watch {
	char *vcd, *trace, *skip, *packets; /* options */
	gboolean wants_progress;
	FILE *vcd_file, *trace_file;
	const char *verb;
	int shown; /* per cent; -1: nothing */
	iosim_watch watch;
};

/* Rows of a verb's options. */
#define BENCH_WATCH_OPTIONS(bench)                                                                                     \
	{"vcd", 0, 0, G_OPTION_ARG_FILENAME, &(bench)->vcd, "signals of the machine, for GTKWave", "FILE.vcd"},        \
		{"trace",                                                                                              \
		 0,                                                                                                    \
		 0,                                                                                                    \
		 G_OPTION_ARG_FILENAME,                                                                                \
		 &(bench)->trace,                                                                                      \
		 "trace events, for Perfetto: a track a tag, queue and walker",                                        \
		 "FILE.json"},                                                                                         \
		{"trace-from",                                                                                         \
		 0,                                                                                                    \
		 0,                                                                                                    \
		 G_OPTION_ARG_STRING,                                                                                  \
		 &(bench)->skip,                                                                                       \
		 "packets that end before these two files begin (0)",                                                  \
		 "N"},                                                                                                 \
		{"trace-packets", 0, 0, G_OPTION_ARG_STRING, &(bench)->packets, "packets that they show (1000)", "N"}, \
	{                                                                                                              \
		"progress", 0, 0, G_OPTION_ARG_NONE, &(bench)->wants_progress,                                         \
			"on standard error, also if it is no terminal", NULL                                           \
	}

/* Opens what the options ask for; `bench->watch` is to be used then. False: said on standard error why not. */
bool bench_watch_open(struct bench_watch *bench, const char *verb);
/* False: a file could not be written, which was said. */
bool bench_watch_close(struct bench_watch *bench);
void bench_watch_clear(struct bench_watch *bench);

/* `text` as the file. False: said on standard error why not. */
bool bench_write(const char *verb, const char *path, const char *text);

/* A number, with K, M or G behind it; `text` NULL: *value as it is. False: said on standard error. */
bool bench_number(const char *verb, const char *option, const char *text, guint64 maximum, guint64 *value);

#endif
