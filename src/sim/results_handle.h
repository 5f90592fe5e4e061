/* SPDX-License-Identifier: MIT */
/* What is behind the public results type. */
#ifndef IOSIM_SIM_RESULTS_HANDLE_H
#define IOSIM_SIM_RESULTS_HANDLE_H

#include <ioasid-sim/replay.h>

#include "report/result.h"

struct iosim_results {
	struct result_list *list;
};

#endif
