/* SPDX-License-Identifier: MIT */
/* Every measurement with 4 KiB pages, predicted by a run of the machine that calibration made for it. */
#ifndef IOSIM_TIMING_PREDICT_H
#define IOSIM_TIMING_PREDICT_H

#include "timing/calibrate.h"

/* The IOMMU's cost is looked at for windows above this one, and where it is more than this share of the time. */
#define PREDICT_ADDED_ABOVE    (UINT64_C(512) << 10)
#define PREDICT_ADDED_RESOLVED 0.01

struct prediction {
	const struct measured_row *row, *off;
	double predicted;         /* in the row's unit */
	double error_percent;     /* predicted over measured */
	double added_measured_ns; /* a request's time, less that without IOMMU */
	double added_predicted_ns;
	bool added; /* above PREDICT_ADDED_ABOVE, and the measured cost is resolved: */
	double added_error_percent;
};

/* One host: GArray of struct prediction, in the file's order. NULL: *error is set. `packets` a run. */
GArray *predict_host(const struct measured *measured, const char *host, const struct timing_profile *structure,
		     uint64_t packets, GError **error);

struct prediction_summary {
	guint rows, added_rows, unresolved_rows; /* unresolved: above the window, without a cost that could be told */
	double median, p95;                      /* of absolute errors in percent */
	double added_median, added_p95;
};
void predict_summarise(const GArray *predictions, struct prediction_summary *summary);

#endif
