/* SPDX-License-Identifier: MIT */
/* What happened, in words for reports. The caller frees. */
#ifndef IOSIM_SIM_WORDS_H
#define IOSIM_SIM_WORDS_H

#include "hw/fabric/hit.h"
#include "hw/iommu.h"
#include "sim/world.h"

char *words_of_hit(const struct world *world, const struct hit *hit);
char *words_of_route(const struct world *world, const struct hit *hit);
/* "context entry at 0x1b5f000: 0000000001b5e001 0000000000000202  P=1 SSPTPTR=0x1b5e ... (9.3)" */
char *words_of_walk_step(const struct walk_step *step);

#endif
