/* SPDX-License-Identifier: MIT */
/*
 * What CPUs see of memory: one coherent cache in front of it, as all CPUs of a host have together. A declared object is
 * one line of it. Whose data a place holds is told by a number: 0 is what was there in the beginning, others are steps
 * that write. A device's access that snoops finds and leaves the cache as it should be; one that does not sees and
 * changes memory alone, and what the cache holds stays as it is until somebody flushes it.
 *
 * A line is fetched by a load or a store, and goes with a flush or a write that snoops. By itself none is evicted. The
 * copy of a buffer that the DMA API bounces is a place of its own, and always coherent.
 */
#ifndef IOSIM_SIM_CPU_H
#define IOSIM_SIM_CPU_H

#include "hw/fabric/hit.h"
#include "sim/step.h"

enum cpu_line_state { CPU_LINE_ABSENT, CPU_LINE_CLEAN, CPU_LINE_DIRTY };

struct cpu_line {
	uint32_t memory; /* whose data lies in memory */
	uint32_t cached; /* and in the line, if there is one */
	uint32_t newest; /* who wrote last, wherever that is now */
	uint8_t state;   /* enum cpu_line_state */
	uint8_t padding[3];
};

void cpu_build(struct world *world);
/* Of the step: never 0. */
uint32_t cpu_writer(const struct step_run *run);
/*
 * What a request that has ended does to memory that somebody else looks at as well: CPUs, and who wants to know what
 * was written. `iova`: as its owner knows the address. Fills in past_caches and stale.
 */
void cpu_leave_traces(struct step_run *run, uint64_t iova, struct check_event *event);
/* The CPU copies an object to another place, which has what is returned; or to the object from one that has `writer`.
 */
uint32_t cpu_copies_from(struct world *world, uint16_t memory);
void cpu_copies_to(struct world *world, uint16_t memory, uint32_t writer);
/* All of an object, to one of nobody's: what CPUs see of the one they see of the other. */
void cpu_copies_page(struct world *world, uint16_t from, uint16_t to);
/*
 * What the DMA API does for a device that CPU caches know nothing of (arch_sync_dma_for_cpu(), _for_device()): before
 * the device has the object what is dirty is written back, and before the CPU has it again what is cached is forgotten.
 */
void cpu_sync(struct world *world, uint16_t memory, bool for_device);

#endif
