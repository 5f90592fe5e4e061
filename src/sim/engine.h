/* SPDX-License-Identifier: MIT */
/* The inside of the public engine, for what else in sim asks it. */
#ifndef IOSIM_SIM_ENGINE_H
#define IOSIM_SIM_ENGINE_H

#include "base/arena.h"
#include "hw/iommu.h"
#include "hw/memory.h"

#include <ioasid-sim/engine.h>

struct deviant;

struct iosim_engine {
	const struct iommu_ops *ops;
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
	struct iommu_config config;
	iosim_register *registers; /* as they were loaded */
	gsize register_count;
	struct deviant *deviants; /* deviant.h; NULL: none was needed yet */
};

void engine_load_registers(const iosim_engine *engine, struct iommu *unit);
struct request engine_bus_request(const iosim_request *request);
void engine_public_answer(const iosim_engine *engine, const struct translation *translation, iosim_answer *answer);

#endif
