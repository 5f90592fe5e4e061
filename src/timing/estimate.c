/* SPDX-License-Identifier: MIT */
#include "timing/estimate.h"

#include <math.h>
#include <string.h>

#define ROUNDS  3
#define PACKETS 1500
#define WORST   50 /* percent: an error above it is no worse, so that one row does not decide */

/* The first row is coupled with all others: for each of its values they are estimated anew. */
const struct estimate_row estimate_rows[] = {
	{TIMING_WALKERS, {3, 4, 5, 6, 7, 8}, 6},      {TIMING_READ_WINDOW, {16, 5, 6, 7, 8, 10, 12}, 7},
	{TIMING_WRITE_WINDOW, {16, 6, 8, 10, 12}, 5}, {TIMING_REPLAY, {0, 15, 25, 35, 50}, 5},
	{TIMING_REPLAY_LINE, {0, 8, 12, 16, 20}, 5},
};
const unsigned estimate_row_count = G_N_ELEMENTS(estimate_rows);

/* Its bandwidths of one state of the cache: the others are much the same, and latencies say nothing of these numbers.
 */
static GArray *predict_some(const struct measured *measured, const char *host, const struct timing_profile *structure,
			    GError **error)
{
	const char *cache = NULL;
	struct measured some = *measured;

	some.rows = g_array_new(FALSE, FALSE, sizeof(struct measured_row));
	for (guint i = 0; i < measured->rows->len; i++) {
		struct measured_row row = g_array_index(measured->rows, struct measured_row, i);
		if (strcmp(row.host, host) != 0)
			continue;
		if (row.metric == METRIC_BANDWIDTH && !cache)
			cache = row.cache;
		if (calibrate_uses(&row) || (row.metric == METRIC_BANDWIDTH && strcmp(row.cache, cache) == 0))
			g_array_append_val(some.rows, row);
	}
	GArray *predictions = predict_host(&some, host, structure, PACKETS, error);
	g_array_unref(some.rows);
	return predictions;
}

/* The mean absolute error in percent. */
static bool error_of(const struct measured *measured, const char *const *hosts, const struct timing_profile *structure,
		     double *mean, GError **error)
{
	double sum = 0;
	unsigned count = 0;

	for (unsigned i = 0; hosts[i]; i++) {
		g_autoptr(GArray) predictions = predict_some(measured, hosts[i], structure, error);
		if (!predictions)
			return false;
		for (guint row = 0; row < predictions->len; row++) {
			double of_row = fabs(g_array_index(predictions, struct prediction, row).error_percent);
			sum += of_row < WORST ? of_row : WORST;
			count++;
		}
	}
	*mean = count ? sum / count : 0;
	return true;
}

/* Tries the row's values; *least is the error so far. */
static bool try_row(const struct measured *measured, const char *const *hosts, const struct estimate_row *row,
		    struct timing_profile *structure, double *least, bool *changed, GError **error)
{
	double best = structure->value[row->number], begun = best;

	for (unsigned i = 0; i < row->count; i++) {
		double mean;
		if (row->values[i] == begun)
			continue;
		structure->value[row->number] = row->values[i];
		if (!error_of(measured, hosts, structure, &mean, error))
			return false;
		if (mean < *least) {
			*least = mean;
			best = row->values[i];
		}
	}
	structure->value[row->number] = best;
	*changed |= best != begun;
	return true;
}

/* All rows but the first, each in turn, from their first values on. */
static bool descend(const struct measured *measured, const char *const *hosts, struct timing_profile *structure,
		    double *least, GError **error)
{
	bool changed = true;

	for (unsigned i = 1; i < estimate_row_count; i++)
		structure->value[estimate_rows[i].number] = estimate_rows[i].values[0];
	if (!error_of(measured, hosts, structure, least, error))
		return false;
	for (unsigned round = 0; round < ROUNDS && changed; round++) {
		changed = false;
		for (unsigned i = 1; i < estimate_row_count; i++)
			if (!try_row(measured, hosts, &estimate_rows[i], structure, least, &changed, error))
				return false;
	}
	return true;
}

bool estimate_structure(const struct measured *measured, const char *const *hosts, struct timing_profile *structure,
			GError **error)
{
	struct timing_profile tried = *structure;
	double least = INFINITY;

	for (unsigned i = 0; i < estimate_rows[0].count; i++) {
		double mean;
		tried.value[estimate_rows[0].number] = estimate_rows[0].values[i];
		if (!descend(measured, hosts, &tried, &mean, error))
			return false;
		if (mean >= least)
			continue;
		least = mean;
		*structure = tried;
	}
	return true;
}
