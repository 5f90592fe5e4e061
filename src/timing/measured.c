/* SPDX-License-Identifier: MIT */
#include "timing/measured.h"

#include "base/nearest.h"
#include "timing/host.h"

#include <ioasid-sim/error.h>

#include <math.h>
#include <string.h>

#define MAX_FILE_BYTES (64u << 20)
#define MAX_TRANSFER   4096

enum column { HOST, TEST, HOST_CACHE, ACCESS, BYTES, WINDOW, IOMMU, METRIC, VALUE, COLUMNS };

static const char *const column_names[COLUMNS] = {"host",         "test",  "host_cache", "access", "bytes",
						  "window_bytes", "iommu", "metric",     "value"};
static const char *const test_names[] = {"latency", "bandwidth", NULL};
static const char *const access_names[] = {"read", "write", NULL};
const char *const measured_metric_names[METRICS + 1] = {"avg_ns", "median_ns", "gbit_per_s", NULL};
const char *const measured_iommu_names[MEASURED_IOMMUS + 1] = {"off", "4k", "superpage", NULL};

struct reader {
	const char *path;
	uint32_t line;
	GError **error;
	int place[COLUMNS]; /* in the file, of each column */
	char **words;       /* of the line */
};

/* Characters from the begin of the line to that word. */
static unsigned column_at(const struct reader *reader, int word)
{
	unsigned column = 1;

	for (int i = 0; i < word; i++)
		column += (unsigned)g_utf8_strlen(reader->words[i], -1) + 1;
	return column;
}

static bool refuse(const struct reader *reader, enum column column, const char *expected, const char *const *names)
{
	int place = reader->place[column];
	const char *found = reader->words[place];
	const char *nearest = names ? nearest_name(found, names) : NULL;

	g_set_error(reader->error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
		    "%s:%u:%u: wrong %s; expected %s, found '%s'%s%s%s", reader->path, reader->line,
		    column_at(reader, place), column_names[column], expected, found, nearest ? "; did you mean '" : "",
		    nearest ? nearest : "", nearest ? "'?" : "");
	return false;
}

static bool read_word(const struct reader *reader, enum column column, const char *const *names, const char *expected,
		      int *value)
{
	const char *word = reader->words[reader->place[column]];

	for (*value = 0; names[*value]; (*value)++)
		if (strcmp(names[*value], word) == 0)
			return true;
	return refuse(reader, column, expected, names);
}

static bool read_count(const struct reader *reader, enum column column, uint64_t most, uint64_t *value)
{
	const char *word = reader->words[reader->place[column]];
	guint64 number;
	g_autofree char *expected = g_strdup_printf("a number from 1 to %" G_GUINT64_FORMAT, most);

	if (!g_ascii_string_to_unsigned(word, 10, 1, most, &number, NULL))
		return refuse(reader, column, expected, NULL);
	*value = number;
	return true;
}

static bool read_value(const struct reader *reader, double *value)
{
	const char *word = reader->words[reader->place[VALUE]];
	char *end;

	*value = g_ascii_strtod(word, &end);
	if (end == word || *end != '\0' || !isfinite(*value) || *value <= 0)
		return refuse(reader, VALUE, "a number above 0", NULL);
	return true;
}

static bool read_row(const struct reader *reader, struct measured *measured)
{
	struct measured_row row = {.line = reader->line};
	int test = 0, access = 0, iommu = 0, metric = 0;
	uint64_t bytes = 0;

	if (!read_word(reader, TEST, test_names, "latency or bandwidth", &test) ||
	    !read_word(reader, ACCESS, access_names, "read or write", &access) ||
	    !read_word(reader, IOMMU, measured_iommu_names, "off, 4k or superpage", &iommu) ||
	    !read_word(reader, METRIC, measured_metric_names, "avg_ns, median_ns or gbit_per_s", &metric) ||
	    !read_count(reader, BYTES, MAX_TRANSFER, &bytes) ||
	    !read_count(reader, WINDOW, TIMING_MAX_WINDOW, &row.window) || !read_value(reader, &row.value))
		return false;
	if ((test == 1) != (metric == METRIC_BANDWIDTH))
		return refuse(reader, METRIC, test ? "gbit_per_s of a bandwidth" : "avg_ns or median_ns of a latency",
			      NULL);
	if (bytes > row.window)
		return refuse(reader, BYTES, "at most the window's bytes", NULL);
	row.host = g_string_chunk_insert_const(measured->strings, reader->words[reader->place[HOST]]);
	row.cache = g_string_chunk_insert_const(measured->strings, reader->words[reader->place[HOST_CACHE]]);
	row.write = access == 1;
	row.bytes = (uint32_t)bytes;
	row.iommu = (enum measured_iommu)iommu;
	row.metric = (enum measured_metric)metric;
	g_array_append_val(measured->rows, row);
	if (!g_ptr_array_find_with_equal_func(measured->hosts, row.host, g_str_equal, NULL))
		g_ptr_array_add(measured->hosts, (gpointer)row.host);
	return true;
}

/* Columns may stand in any order; all of them are needed, and no other. */
static bool read_heading(struct reader *reader)
{
	const char *names[COLUMNS + 1] = {0};

	memcpy(names, column_names, sizeof(column_names));
	for (int i = 0; i < COLUMNS; i++)
		reader->place[i] = -1;
	for (int i = 0; reader->words[i]; i++) {
		int column = 0;
		while (names[column] && strcmp(names[column], reader->words[i]) != 0)
			column++;
		if (names[column] && reader->place[column] < 0) {
			reader->place[column] = i;
			continue;
		}
		const char *nearest = nearest_name(reader->words[i], names);
		g_set_error(reader->error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:1:%u: %s column '%s'%s%s%s",
			    reader->path, column_at(reader, i), names[column] ? "a second" : "unknown",
			    reader->words[i], nearest && !names[column] ? "; did you mean '" : "",
			    nearest && !names[column] ? nearest : "", nearest && !names[column] ? "'?" : "");
		return false;
	}
	for (int i = 0; i < COLUMNS; i++) {
		if (reader->place[i] >= 0)
			continue;
		g_set_error(reader->error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX,
			    "%s:1:1: the heading has no column '%s'; expected host, test, host_cache, access, bytes, "
			    "window_bytes, iommu, metric, value",
			    reader->path, column_names[i]);
		return false;
	}
	return true;
}

static bool read_line(struct reader *reader, struct measured *measured, char *line)
{
	size_t length = strlen(line);

	if (length > 0 && line[length - 1] == '\r')
		line[length - 1] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return true;
	g_auto(GStrv) words = g_strsplit(line, ",", -1);
	reader->words = words;
	if (reader->place[HOST] == -2)
		return read_heading(reader);
	if (g_strv_length(words) == COLUMNS)
		return read_row(reader, measured);
	g_set_error(reader->error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:%u:1: expected %d values, found %u",
		    reader->path, reader->line, COLUMNS, g_strv_length(words));
	return false;
}

bool measured_load(struct measured *measured, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gsize bytes;
	g_autoptr(GError) reason = NULL;
	struct reader reader = {.path = path, .error = error, .place = {-2}};
	bool good = true;

	if (!g_file_get_contents(path, &text, &bytes, &reason)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: %s", path, reason->message);
		return false;
	}
	if (bytes > MAX_FILE_BYTES || !g_utf8_validate_len(text, bytes, NULL)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s: expected at most 64 MiB of UTF-8 text", path);
		return false;
	}
	*measured = (struct measured){.rows = g_array_new(FALSE, FALSE, sizeof(struct measured_row)),
				      .hosts = g_ptr_array_new(),
				      .strings = g_string_chunk_new(4096)};
	for (char *line = text, *end; good && line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		reader.line++;
		good = read_line(&reader, measured, line);
	}
	if (good && measured->rows->len == 0) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s: there is no measurement in it", path);
		good = false;
	}
	if (!good)
		measured_clear(measured);
	return good;
}

void measured_clear(struct measured *measured)
{
	g_array_unref(measured->rows);
	g_ptr_array_unref(measured->hosts);
	g_string_chunk_free(measured->strings);
}

const struct measured_row *measured_find(const struct measured *measured, const char *host, const char *cache,
					 enum measured_metric metric, bool write, uint32_t bytes, uint64_t window,
					 enum measured_iommu iommu)
{
	for (guint i = 0; i < measured->rows->len; i++) {
		const struct measured_row *row = &g_array_index(measured->rows, struct measured_row, i);
		if (strcmp(row->host, host) == 0 && (!cache || strcmp(row->cache, cache) == 0) &&
		    row->metric == metric && row->write == write && row->bytes == bytes && row->window == window &&
		    row->iommu == iommu)
			return row;
	}
	return NULL;
}
