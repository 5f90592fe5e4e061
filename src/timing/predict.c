/* SPDX-License-Identifier: MIT */
#include "timing/predict.h"

#include "timing/run.h"

#include <math.h>
#include <string.h>

#define SEED 1

static double run_row(const struct measured_row *row, const struct timing_profile *profile, uint64_t packets)
{
	struct timing_workload workload = {
		.write = row->write,
		.bytes = row->bytes,
		.window = row->window,
		.outstanding = row->metric == METRIC_BANDWIDTH ? 0 : 1,
		.transfers = packets,
		.warm_up = packets / 4,
		.seed = SEED,
	};
	struct timing_result result;

	timing_run(profile, true, &workload, NULL, &result);
	double value = row->metric == METRIC_BANDWIDTH ? timing_gbit_per_s(&result)
		       : row->metric == METRIC_MEDIAN  ? timing_percentile(&result, 0.5)
						       : timing_mean_latency(&result);
	timing_result_clear(&result);
	return value;
}

/* A request's time: its latency, or from one to the next. */
static double time_of(const struct measured_row *row, double value)
{
	return row->metric == METRIC_BANDWIDTH ? row->bytes * 8 / value : value;
}

static void compare(struct prediction *prediction)
{
	const struct measured_row *row = prediction->row;
	double off = time_of(row, prediction->off->value), measured = time_of(row, row->value);

	prediction->error_percent = 100 * (prediction->predicted / row->value - 1);
	prediction->added_measured_ns = measured - off;
	prediction->added_predicted_ns = time_of(row, prediction->predicted) - off;
	prediction->added =
		row->window > PREDICT_ADDED_ABOVE && prediction->added_measured_ns > PREDICT_ADDED_RESOLVED * off;
	if (prediction->added)
		prediction->added_error_percent =
			100 * (prediction->added_predicted_ns / prediction->added_measured_ns - 1);
}

GArray *predict_host(const struct measured *measured, const char *host, const struct timing_profile *structure,
		     uint64_t packets, GError **error)
{
	GArray *predictions = g_array_new(FALSE, TRUE, sizeof(struct prediction));

	for (guint i = 0; i < measured->rows->len; i++) {
		const struct measured_row *row = &g_array_index(measured->rows, struct measured_row, i);
		struct timing_profile profile;
		if (row->iommu != MEASURED_4K || calibrate_uses(row) || strcmp(row->host, host) != 0)
			continue;
		if (!calibrate_for(measured, structure, row, &profile, error)) {
			g_array_unref(predictions);
			return NULL;
		}
		struct prediction prediction = {.row = row, .off = calibrate_off(measured, row)};
		prediction.predicted = run_row(row, &profile, packets);
		compare(&prediction);
		g_array_append_val(predictions, prediction);
	}
	return predictions;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* The smallest that a share of all do not exceed; 0 of none. */
static double share_of(GArray *errors, double share)
{
	guint place = (guint)ceil(share * errors->len);

	g_array_sort(errors, by_size);
	return errors->len ? g_array_index(errors, double, place ? place - 1 : 0) : 0;
}

void predict_summarise(const GArray *predictions, struct prediction_summary *summary)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(double));
	g_autoptr(GArray) added = g_array_new(FALSE, FALSE, sizeof(double));

	*summary = (struct prediction_summary){.rows = predictions->len};
	for (guint i = 0; i < predictions->len; i++) {
		const struct prediction *prediction = &g_array_index(predictions, struct prediction, i);
		double error = fabs(prediction->error_percent), of_cost = fabs(prediction->added_error_percent);
		g_array_append_val(all, error);
		if (prediction->added)
			g_array_append_val(added, of_cost);
		else if (prediction->row->window > PREDICT_ADDED_ABOVE)
			summary->unresolved_rows++;
	}
	summary->added_rows = added->len;
	summary->median = share_of(all, 0.5);
	summary->p95 = share_of(all, 0.95);
	summary->added_median = share_of(added, 0.5);
	summary->added_p95 = share_of(added, 0.95);
}
