/* SPDX-License-Identifier: MIT */
/* From what a step did to what a scenario would have it do. */
#ifndef IOSIM_SIM_EXPECTATION_H
#define IOSIM_SIM_EXPECTATION_H

#include "sim/record.h"

/*
 * The word of `expect`: what did not fail is what should happen; a request that violates something should have been
 * stopped. NULL: ok, or nothing that can be said. The caller frees.
 */
char *record_expectation(const struct machine *machine, const struct step_record *record, bool violates);

#endif
