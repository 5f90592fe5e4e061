/* SPDX-License-Identifier: MIT */
/* The inside of the public engine, for what else in sim asks it. */
#ifndef IOSIM_SIM_ENGINE_H
#define IOSIM_SIM_ENGINE_H

#include "base/arena.h"
#include "hw/iommu.h"
#include "hw/memory.h"

#include <ioasid-sim/engine.h>

struct iosim_engine {
	const struct iommu_ops *ops;
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
	struct iommu_config config;
};

#endif
