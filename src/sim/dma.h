/* SPDX-License-Identifier: MIT */
/* What a caller of the library asks for as a workload of the timed machine. */
#ifndef IOSIM_SIM_DMA_H
#define IOSIM_SIM_DMA_H

#include "timing/run.h"

#include <ioasid-sim/timing.h>

/* False: IOSIM_ERROR_ARGUMENT says which number is out of its range. */
bool dma_workload(const iosim_dma *dma, struct timing_workload *workload, GError **error);

#endif
