/* SPDX-License-Identifier: MIT */
/* Makes a scenario smaller that has a fault, as long as the fault stays the same. */
#ifndef IOSIM_SIM_SHRINK_H
#define IOSIM_SIM_SHRINK_H

#include "sim/sketch.h"
#include "sim/trial.h"

/* How often a scenario is run at most while it is made smaller. */
#define SHRINK_MAX_RUNS 4000

/*
 * Leaves out steps, then parts of the machine, then keys, again and again until nothing can go any more without the
 * fault going too. The sketch has the fault under these rules. Returns how often one was run.
 */
uint32_t shrink(struct sketch *sketch, const struct trial_rules *rules, const struct fault *fault);

#endif
