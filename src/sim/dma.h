/* SPDX-License-Identifier: MIT */
/* What a caller of the library asks for as a workload of the timed machine. */
#ifndef IOSIM_SIM_DMA_H
#define IOSIM_SIM_DMA_H

#include "timing/run.h"

#include <ioasid-sim/timing.h>

/* False: *error says which number is out of its range, or what is wrong in the trace file. Else to be cleared. */
bool dma_workload(const iosim_profile *profile, const iosim_dma *dma, struct timing_workload *workload, GError **error);
void dma_workload_clear(struct timing_workload *workload);

/* The library's watch as the machine's; what is not wanted stays NULL. */
void dma_watch(const iosim_watch *watch, struct timing_watch_config *config, struct timing_spectators *spectators);

#endif
