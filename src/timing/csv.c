/* SPDX-License-Identifier: MIT */
#include "timing/csv.h"

#include "base/assert.h"
#include "base/nearest.h"

#include <ioasid-sim/error.h>

#include <string.h>

/* Characters from the begin of the line to that word. */
static unsigned column_at(const struct csv *csv, int word)
{
	unsigned column = 1;

	for (int i = 0; i < word; i++)
		column += (unsigned)g_utf8_strlen(csv->words[i], -1) + 1;
	return column;
}

bool csv_refuse(const struct csv *csv, int column, const char *expected, const char *const *names)
{
	int place = csv->place[column];
	const char *found = csv->words[place];
	const char *nearest = names ? nearest_name(found, names) : NULL;

	g_set_error(csv->error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s:%u:%u: wrong %s; expected %s, found '%s'%s%s%s",
		    csv->path, csv->line, column_at(csv, place), csv->names[column], expected, found,
		    nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	return false;
}

bool csv_choice(const struct csv *csv, int column, const char *const *names, const char *expected, int *value)
{
	const char *word = csv_word(csv, column);

	for (*value = 0; names[*value]; (*value)++)
		if (strcmp(names[*value], word) == 0)
			return true;
	return csv_refuse(csv, column, expected, names);
}

static bool read_heading(struct csv *csv)
{
	g_autofree char *all = g_strjoinv(", ", (char **)csv->names);

	for (int i = 0; i < csv->count; i++)
		csv->place[i] = -1;
	for (int i = 0; csv->words[i]; i++) {
		int column = 0;
		while (csv->names[column] && strcmp(csv->names[column], csv->words[i]) != 0)
			column++;
		bool known = csv->names[column] != NULL;
		if (known && csv->place[column] < 0) {
			csv->place[column] = i;
			continue;
		}
		const char *nearest = known ? NULL : nearest_name(csv->words[i], csv->names);
		g_set_error(csv->error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:%u:%u: %s column '%s'%s%s%s", csv->path,
			    csv->line, column_at(csv, i), known ? "a second" : "unknown", csv->words[i],
			    nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
		return false;
	}
	for (int i = 0; i < csv->count; i++) {
		if (csv->place[i] >= 0)
			continue;
		g_set_error(csv->error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX,
			    "%s:%u:1: the heading has no column '%s'; expected %s", csv->path, csv->line, csv->names[i],
			    all);
		return false;
	}
	csv->headed = true;
	return true;
}

static bool read_line(struct csv *csv, char *line, csv_row_fn row, void *context)
{
	size_t length = strlen(line);

	if (length > 0 && line[length - 1] == '\r')
		line[length - 1] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return true;
	g_auto(GStrv) words = g_strsplit(line, ",", -1);
	csv->words = words;
	if (!csv->headed)
		return read_heading(csv);
	if (g_strv_length(words) == (guint)csv->count)
		return row(csv, context);
	g_set_error(csv->error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:%u:1: expected %d values, found %u", csv->path,
		    csv->line, csv->count, g_strv_length(words));
	return false;
}

bool csv_read(const char *path, const char *const *names, csv_row_fn row, void *context, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) reason = NULL;
	struct csv csv = {.path = path, .names = names, .error = error};
	gsize bytes;

	while (names[csv.count])
		csv.count++;
	IOSIM_ASSERT(csv.count <= CSV_MAX_COLUMNS);
	if (!g_file_get_contents(path, &text, &bytes, &reason)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: %s", path, reason->message);
		return false;
	}
	if (bytes > CSV_MAX_BYTES || !g_utf8_validate_len(text, bytes, NULL)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s: expected at most 64 MiB of UTF-8 text", path);
		return false;
	}
	for (char *line = text, *end; line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		csv.line++;
		if (!read_line(&csv, line, row, context))
			return false;
	}
	return true;
}
