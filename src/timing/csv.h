/* SPDX-License-Identifier: MIT */
/*
 * CSV files with a heading: columns in any order, each of them once and no other; empty lines and lines that begin
 * with # count for nothing. What is wrong is said with file, line and column (in characters).
 */
#ifndef IOSIM_TIMING_CSV_H
#define IOSIM_TIMING_CSV_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CSV_MAX_COLUMNS 16
#define CSV_MAX_BYTES   (64u << 20)

struct csv {
	const char *path;
	const char *const *names; /* of the columns, ended by NULL */
	int count;                /* of them */
	uint32_t line;
	GError **error;
	bool headed;                /* the heading is read: */
	int place[CSV_MAX_COLUMNS]; /* where in a line each column stands */
	char **words;               /* of the line */
};

/* Takes a line of values; false: csv->error is set. */
typedef bool (*csv_row_fn)(struct csv *csv, void *context);

/* Of the line that is being read. */
static inline const char *csv_word(const struct csv *csv, int column)
{
	return csv->words[csv->place[column]];
}

/* Sets the error: that column's word is not what is expected; `names`: what it may be, or NULL. False always. */
bool csv_refuse(const struct csv *csv, int column, const char *expected, const char *const *names);
/* The word's place in `names`, which is ended by NULL. */
bool csv_choice(const struct csv *csv, int column, const char *const *names, const char *expected, int *value);
/* The whole file, line by line. False: *error says what is wrong. */
bool csv_read(const char *path, const char *const *names, csv_row_fn row, void *context, GError **error);

#endif
