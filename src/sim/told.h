/* SPDX-License-Identifier: MIT */
/* What is told of a run that took place: its row of the report. */
#ifndef IOSIM_SIM_TOLD_H
#define IOSIM_SIM_TOLD_H

#include "report/result.h"
#include "sim/explore.h"

/* Status, verdict, interleavings, and the steps of one of them; `expect` is NULL for a what-if. */
void told_fill(const struct run_request *request, const struct expect_row *expect,
	       const struct exploration *exploration, struct result_row *row);

#endif
