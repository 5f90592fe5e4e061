/* SPDX-License-Identifier: MIT */
/* What `bench pcie` has found about each host, for its writers. */
#ifndef IOSIM_SIM_PCIE_REPORT_H
#define IOSIM_SIM_PCIE_REPORT_H

#include "sim/profile.h"
#include "timing/predict.h"

struct host_report {
	const char *host;
	GArray *predictions; /* struct prediction */
	struct prediction_summary summary;
	bool left_out; /* the rest is there: with what was estimated on the other hosts */
	struct timing_profile others;
	struct prediction_summary others_summary;
};

/* --- pcie_plot.c --- */
/* GPtrArray of struct host_report. The caller frees. */
char *pcie_plot(const GPtrArray *reports);

#endif
