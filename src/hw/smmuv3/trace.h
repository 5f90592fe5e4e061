/* SPDX-License-Identifier: MIT */
/* The walk without caches, events or register changes: what looking without touching is made of. */
#ifndef IOSIM_HW_SMMUV3_TRACE_H
#define IOSIM_HW_SMMUV3_TRACE_H

#include "hw/smmuv3/decide.h"

unsigned smmu_walk_traced(struct smmu_walk *walk);

#endif
