/* SPDX-License-Identifier: MIT */
/*
 * A unit of one kind with random structures, good and bad, from a seed: the same seed makes the same world twice. Words
 * are literal, by VT-d 9.1 to 9.10 and IHI 0070 5.2, 5.4.
 */
#ifndef TESTS_WALKERS_WORLD_H
#define TESTS_WALKERS_WORLD_H

#include "base/random.h"
#include "hw/iommu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum world_kind { WORLD_VTD_LEGACY, WORLD_VTD_SCALABLE, WORLD_SMMU, WORLD_KINDS };

#define WORLD_STREAM  0x20u
#define WORLD_STREAMS 3u

struct world {
	enum world_kind kind;
	struct random random;
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
};

void world_setup(struct world *world, enum world_kind kind, uint64_t seed, bool no_cache);
void world_teardown(struct world *world);
/* The structures again, all of them good: no walk ends with a fault for their sake. A and D of VT-d are clear. */
void world_mend(struct world *world);
struct request world_request(struct world *world);
void world_set(struct world *world, uint32_t offset, unsigned width, uint64_t value);
/* Sum of the words of all structures, each times a number of its own. */
uint64_t world_structures(const struct world *world);

#endif
