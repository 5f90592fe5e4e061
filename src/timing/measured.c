/* SPDX-License-Identifier: MIT */
#include "timing/measured.h"

#include "timing/csv.h"
#include "timing/host.h"

#include <ioasid-sim/error.h>

#include <math.h>
#include <string.h>

#define MAX_TRANSFER 4096

enum column { HOST, TEST, HOST_CACHE, ACCESS, BYTES, WINDOW, IOMMU, METRIC, VALUE, COLUMNS };

static const char *const column_names[COLUMNS + 1] = {"host",         "test",  "host_cache", "access", "bytes",
						      "window_bytes", "iommu", "metric",     "value",  NULL};
static const char *const test_names[] = {"latency", "bandwidth", NULL};
static const char *const access_names[] = {"read", "write", NULL};
const char *const measured_metric_names[METRICS + 1] = {"avg_ns", "median_ns", "gbit_per_s", NULL};
const char *const measured_iommu_names[MEASURED_IOMMUS + 1] = {"off", "4k", "superpage", NULL};

static bool read_count(const struct csv *csv, enum column column, uint64_t most, uint64_t *value)
{
	const char *word = csv_word(csv, column);
	guint64 number;
	g_autofree char *expected = g_strdup_printf("a number from 1 to %" G_GUINT64_FORMAT, most);

	if (!g_ascii_string_to_unsigned(word, 10, 1, most, &number, NULL))
		return csv_refuse(csv, column, expected, NULL);
	*value = number;
	return true;
}

static bool read_value(const struct csv *csv, double *value)
{
	const char *word = csv_word(csv, VALUE);
	char *end;

	*value = g_ascii_strtod(word, &end);
	if (end == word || *end != '\0' || !isfinite(*value) || *value <= 0)
		return csv_refuse(csv, VALUE, "a number above 0", NULL);
	return true;
}

static bool read_row(struct csv *csv, void *context)
{
	struct measured *measured = context;
	struct measured_row row = {.line = csv->line};
	int test = 0, access = 0, iommu = 0, metric = 0;
	uint64_t bytes = 0;

	if (!csv_choice(csv, TEST, test_names, "latency or bandwidth", &test) ||
	    !csv_choice(csv, ACCESS, access_names, "read or write", &access) ||
	    !csv_choice(csv, IOMMU, measured_iommu_names, "off, 4k or superpage", &iommu) ||
	    !csv_choice(csv, METRIC, measured_metric_names, "avg_ns, median_ns or gbit_per_s", &metric) ||
	    !read_count(csv, BYTES, MAX_TRANSFER, &bytes) || !read_count(csv, WINDOW, TIMING_MAX_WINDOW, &row.window) ||
	    !read_value(csv, &row.value))
		return false;
	if ((test == 1) != (metric == METRIC_BANDWIDTH))
		return csv_refuse(csv, METRIC, test ? "gbit_per_s of a bandwidth" : "avg_ns or median_ns of a latency",
				  NULL);
	if (bytes > row.window)
		return csv_refuse(csv, BYTES, "at most the window's bytes", NULL);
	row.host = g_string_chunk_insert_const(measured->strings, csv_word(csv, HOST));
	row.cache = g_string_chunk_insert_const(measured->strings, csv_word(csv, HOST_CACHE));
	row.write = access == 1;
	row.bytes = (uint32_t)bytes;
	row.iommu = (enum measured_iommu)iommu;
	row.metric = (enum measured_metric)metric;
	g_array_append_val(measured->rows, row);
	if (!g_ptr_array_find_with_equal_func(measured->hosts, row.host, g_str_equal, NULL))
		g_ptr_array_add(measured->hosts, (gpointer)row.host);
	return true;
}

bool measured_load(struct measured *measured, const char *path, GError **error)
{
	*measured = (struct measured){.rows = g_array_new(FALSE, FALSE, sizeof(struct measured_row)),
				      .hosts = g_ptr_array_new(),
				      .strings = g_string_chunk_new(4096)};
	bool good = csv_read(path, column_names, read_row, measured, error);
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
