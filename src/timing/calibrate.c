/* SPDX-License-Identifier: MIT */
#include "timing/calibrate.h"

#include "hw/memory.h"

#include <ioasid-sim/error.h>

#include <string.h>

#define SMALL_WINDOW (UINT64_C(256) << 10)
#define LARGE_WINDOW (UINT64_C(64) << 20)
#define SMALL_BYTES  64
#define COLD         "cold"
#define MAX_WINDOWS  256

static bool is_latency(const struct measured_row *row)
{
	return row->metric != METRIC_BANDWIDTH;
}

bool calibrate_uses(const struct measured_row *row)
{
	return row->iommu == MEASURED_OFF || (row->iommu == MEASURED_4K && is_latency(row) &&
					      (row->window == SMALL_WINDOW || row->window == LARGE_WINDOW));
}

const struct measured_row *calibrate_off(const struct measured *measured, const struct measured_row *row)
{
	return measured_find(measured, row->host, row->cache, row->metric, row->write, row->bytes, row->window,
			     MEASURED_OFF);
}

static bool missing(const struct measured_row *row, const char *what, uint64_t window, GError **error)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
		    "host '%s'%s%.0u: there is no measurement of %s in a window of %" G_GUINT64_FORMAT " bytes",
		    row->host, row->line ? ", for the prediction of line " : "", row->line, what, window);
	return false;
}

bool calibrate_sets(enum timing_number number)
{
	return number == TIMING_LOOKUP || number == TIMING_TABLE || number == TIMING_DATA ||
	       number == TIMING_DATA_HIT || number == TIMING_READ_OVERHEAD || number == TIMING_DDIO;
}

static const struct measured_row *latency(const struct measured *measured, const struct measured_row *row,
					  const char *cache, enum measured_metric metric, uint64_t window,
					  enum measured_iommu iommu)
{
	return measured_find(measured, row->host, cache, metric, false, SMALL_BYTES, window, iommu);
}

/* The mean over the caches with both rows, of what the IOMMU adds to the latency; false: there is no such cache. */
static bool added_latency(const struct measured *measured, const struct measured_row *row, enum measured_metric metric,
			  uint64_t window, double *ns)
{
	double sum = 0;
	unsigned count = 0;

	for (guint i = 0; i < measured->rows->len; i++) {
		const struct measured_row *on = &g_array_index(measured->rows, struct measured_row, i);
		if (on->iommu != MEASURED_4K || on->metric != metric || on->window != window || on->write ||
		    on->bytes != SMALL_BYTES || strcmp(on->host, row->host) != 0)
			continue;
		const struct measured_row *off = calibrate_off(measured, on);
		if (!off)
			continue;
		sum += on->value - off->value;
		count++;
	}
	*ns = count ? sum / count : 0;
	return count > 0;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Of all windows' latencies of one cache without IOMMU: the least, and the one in the middle. */
static bool windows_of(const struct measured *measured, const struct measured_row *row, const char *cache,
		       enum measured_metric metric, double *least, double *middle)
{
	double values[MAX_WINDOWS];
	unsigned count = 0;

	for (guint i = 0; i < measured->rows->len && count < MAX_WINDOWS; i++) {
		const struct measured_row *off = &g_array_index(measured->rows, struct measured_row, i);
		if (off->iommu == MEASURED_OFF && off->metric == metric && strcmp(off->host, row->host) == 0 &&
		    strcmp(off->cache, cache) == 0)
			values[count++] = off->value;
	}
	qsort(values, count, sizeof(values[0]), compare);
	*least = count ? values[0] : 0;
	*middle = count ? values[count / 2] : 0;
	return count > 0;
}

/* An IOTLB look-up and a walk, by the latencies' metric: throughput goes by the median one. */
static bool translation_of(const struct measured *measured, const struct measured_row *row,
			   struct timing_profile *profile, GError **error)
{
	enum measured_metric metric = row->metric == METRIC_AVERAGE ? METRIC_AVERAGE : METRIC_MEDIAN;
	double held = profile->value[TIMING_IOTLB] * FRAME_BYTES, small, large;

	if (!added_latency(measured, row, METRIC_MEDIAN, SMALL_WINDOW, &small))
		return missing(row, "64-byte read latency (median_ns; off and 4k)", SMALL_WINDOW, error);
	if (!added_latency(measured, row, metric, LARGE_WINDOW, &large))
		return missing(row, "64-byte read latency (off and 4k)", LARGE_WINDOW, error);
	double lookup = small > 0 ? small : 0;
	double miss = large - lookup;
	if (metric == METRIC_AVERAGE && held < LARGE_WINDOW)
		miss /= 1 - held / LARGE_WINDOW;
	profile->value[TIMING_LOOKUP] = lookup;
	profile->value[TIMING_TABLE] = miss > 0 ? miss / profile->value[TIMING_LEVELS] : 0;
	return true;
}

/* The latency of a read that misses the last-level cache, or of one that hits; and the share of the latter. */
struct data {
	double miss, hit, share;
};

static bool data_of(const struct measured *measured, const struct measured_row *row, enum measured_metric metric,
		    struct data *data)
{
	const struct measured_row *mine = latency(measured, row, row->cache, metric, row->window, MEASURED_OFF);
	const struct measured_row *average =
		latency(measured, row, row->cache, METRIC_AVERAGE, row->window, MEASURED_OFF);
	double least, middle, cold_least, cold;

	if (!mine)
		return false;
	*data = (struct data){mine->value, mine->value, 0};
	if (strcmp(row->cache, COLD) == 0 || !average ||
	    !windows_of(measured, row, row->cache, metric, &least, &middle) ||
	    !windows_of(measured, row, COLD, metric, &cold_least, &cold))
		return true;
	double average_least, average_cold;
	if (!windows_of(measured, row, row->cache, METRIC_AVERAGE, &average_least, &middle) ||
	    !windows_of(measured, row, COLD, METRIC_AVERAGE, &cold_least, &average_cold) ||
	    average_cold <= average_least || cold <= least)
		return true;
	double share = (average_cold - average->value) / (average_cold - average_least);
	*data = (struct data){cold, least, CLAMP(share, 0, 1)};
	return true;
}

/* All of the way that is not accounted for is the device's: what the data takes is known by its difference alone. */
static void set_way(struct timing_profile *profile, double miss, double hit)
{
	double table = profile->value[TIMING_TABLE], rest = timing_read_way_ns(profile, SMALL_BYTES);
	double overhead = hit - table - rest;

	profile->value[TIMING_DATA_HIT] = table;
	profile->value[TIMING_DATA] = table + (miss - hit);
	profile->value[TIMING_READ_OVERHEAD] = overhead > 0 ? overhead : 0;
}

static void set_interval(struct timing_profile *profile, enum timing_interval which, uint32_t bytes, double ns)
{
	profile->interval[which] = (struct timing_points){.count = 1, .bytes = {bytes}, .ns = {ns}};
}

static double interval_of(const struct measured_row *row)
{
	return row->bytes * 8 / row->value;
}

bool calibrate_for(const struct measured *measured, const struct timing_profile *structure,
		   const struct measured_row *row, struct timing_profile *profile, GError **error)
{
	const struct measured_row *off = calibrate_off(measured, row), *small;
	struct data data;

	*profile = *structure;
	profile->value[TIMING_DDIO] = 0;
	if (!off)
		return missing(row, "the same with iommu=off", row->window, error);
	if (!translation_of(measured, row, profile, error))
		return false;
	if (is_latency(row)) {
		if (!data_of(measured, row, row->metric, &data))
			return missing(row, "64-byte read latency with iommu=off", row->window, error);
		set_interval(profile, TIMING_READ_INTERVAL, row->bytes, 0);
		set_way(profile, data.miss, data.hit);
		profile->value[TIMING_DDIO] = (double)(uint64_t)(data.share * (double)row->window);
		return true;
	}
	set_interval(profile, row->write ? TIMING_WRITE_INTERVAL : TIMING_READ_INTERVAL, row->bytes, interval_of(off));
	if (row->write)
		return true;
	small = measured_find(measured, row->host, row->cache, METRIC_BANDWIDTH, false, SMALL_BYTES, row->window,
			      MEASURED_OFF);
	if (!small)
		return missing(row, "64-byte read bandwidth with iommu=off", row->window, error);
	double way = interval_of(small) * profile->value[TIMING_READ_TAGS];
	set_way(profile, way, way);
	return true;
}

/* The intervals of one direction, by what was measured in the largest window with a cold cache. */
static bool host_intervals(const struct measured *measured, const char *host, bool write, struct timing_points *points)
{
	points->count = 0;
	for (uint32_t bytes = 1; bytes <= FRAME_BYTES && points->count < TIMING_MAX_POINTS; bytes++) {
		const struct measured_row *row =
			measured_find(measured, host, COLD, METRIC_BANDWIDTH, write, bytes, LARGE_WINDOW, MEASURED_OFF);
		if (!row)
			continue;
		points->bytes[points->count] = bytes;
		points->ns[points->count++] = interval_of(row);
	}
	return points->count > 0;
}

/* How much of a window is warm, where not all of it is: the middle of what the windows say. 0: nothing can be said. */
static double host_ddio(const struct measured *measured, const char *host, double *difference)
{
	double values[MAX_WINDOWS];
	unsigned count = 0;

	*difference = 0;
	for (guint i = 0; i < measured->rows->len && count < MAX_WINDOWS; i++) {
		const struct measured_row *row = &g_array_index(measured->rows, struct measured_row, i);
		struct data data;
		if (row->iommu != MEASURED_OFF || row->metric != METRIC_AVERAGE || strcmp(row->host, host) != 0 ||
		    !data_of(measured, row, METRIC_AVERAGE, &data) || data.miss <= data.hit)
			continue;
		*difference = data.miss - data.hit;
		if (data.share > 0.05 && data.share < 0.9)
			values[count++] = data.share * (double)row->window;
	}
	qsort(values, count, sizeof(values[0]), compare);
	return count ? (double)(uint64_t)values[count / 2] : 0;
}

bool calibrate_host(const struct measured *measured, const struct timing_profile *structure, const char *host,
		    struct timing_profile *profile, GError **error)
{
	struct measured_row any = {.host = host, .cache = COLD, .metric = METRIC_MEDIAN};
	double difference;

	*profile = *structure;
	if (!translation_of(measured, &any, profile, error))
		return false;
	if (!host_intervals(measured, host, false, &profile->interval[TIMING_READ_INTERVAL]) ||
	    !host_intervals(measured, host, true, &profile->interval[TIMING_WRITE_INTERVAL]) ||
	    profile->interval[TIMING_READ_INTERVAL].bytes[0] != SMALL_BYTES)
		return missing(&any, "bandwidth with iommu=off and a cold cache (reads of 64 bytes, and writes)",
			       LARGE_WINDOW, error);
	profile->value[TIMING_DDIO] = host_ddio(measured, host, &difference);
	double way = profile->interval[TIMING_READ_INTERVAL].ns[0] * profile->value[TIMING_READ_TAGS];
	set_way(profile, way, way - difference);
	return true;
}
