/* SPDX-License-Identifier: MIT */
/*
 * Published measurements in a CSV file: host, test, host_cache, access, bytes, window_bytes, iommu, metric, value, as
 * the heading names them. A row is a median or mean latency in nanoseconds of one request at a time, or a bandwidth in
 * Gbit/s of many. Every row is checked; what is wrong is said with its line.
 */
#ifndef IOSIM_TIMING_MEASURED_H
#define IOSIM_TIMING_MEASURED_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum measured_metric { METRIC_AVERAGE, METRIC_MEDIAN, METRIC_BANDWIDTH, METRICS };
enum measured_iommu { MEASURED_OFF, MEASURED_4K, MEASURED_SUPERPAGE, MEASURED_IOMMUS };

extern const char *const measured_metric_names[METRICS + 1]; /* "avg_ns", ...; ended by NULL */
extern const char *const measured_iommu_names[MEASURED_IOMMUS + 1];

struct measured_row {
	const char *host, *cache; /* of the file's strings */
	bool write;
	enum measured_metric metric; /* latency or bandwidth follows from it */
	enum measured_iommu iommu;
	uint32_t bytes, line;
	uint64_t window;
	double value;
};

struct measured {
	GArray *rows;     /* struct measured_row, in the file's order */
	GPtrArray *hosts; /* names, in the order in which they appear */
	GStringChunk *strings;
};

/* False: *error says what is wrong, with path, line and column. */
bool measured_load(struct measured *measured, const char *path, GError **error);
void measured_clear(struct measured *measured);

/* Of that host; `cache` NULL: any. NULL: there is none. */
const struct measured_row *measured_find(const struct measured *measured, const char *host, const char *cache,
					 enum measured_metric metric, bool write, uint32_t bytes, uint64_t window,
					 enum measured_iommu iommu);

#endif
