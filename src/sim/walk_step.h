/* SPDX-License-Identifier: MIT */
/* What an engine says of a structure that a walk read, as the public interface has it. */
#ifndef IOSIM_SIM_WALK_STEP_H
#define IOSIM_SIM_WALK_STEP_H

#include "hw/iommu.h"

#include <ioasid-sim/engine.h>

#define WALK_STEP_MAX_FIELDS 64

/* `out` points into `step` and `fields`. Fields beyond WALK_STEP_MAX_FIELDS are left out. */
void walk_step_decode(const struct walk_step *step, iosim_field fields[WALK_STEP_MAX_FIELDS], iosim_walk_step *out);

#endif
