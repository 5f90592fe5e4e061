/* SPDX-License-Identifier: MIT */
/* What happened, in words for reports. The caller frees. */
#ifndef IOSIM_SIM_WORDS_H
#define IOSIM_SIM_WORDS_H

#include "hw/fabric/hit.h"
#include "hw/iommu.h"
#include "sim/world.h"

char *words_of_hit(const struct world *world, const struct hit *hit);
char *words_of_route(const struct world *world, const struct hit *hit);

#endif
