/* SPDX-License-Identifier: MIT */
/* The inside of a benchmark case: each kind of IOMMU prepares its own machine. */
#ifndef IOSIM_SIM_BENCH_H
#define IOSIM_SIM_BENCH_H

#include "base/random.h"
#include "hw/walkers.h"

#include <ioasid-sim/bench.h>

#define BENCH_MAX_STRUCTURES 32
#define BENCH_RAM_LAST       UINT64_C(0x0000000000ffffff)
#define BENCH_PAGE_PA        UINT64_C(0x0000000000400000)

struct iosim_bench {
	struct arena *arena;
	struct memory *memory;
	struct iommu *iommu;
	struct smmu_root *root; /* NULL: nobody checks granules */
	struct request request;
	guint64 (*run)(iosim_bench *bench, guint64 count);
	uint16_t index[BENCH_MAX_STRUCTURES]; /* 64-bit word of each structure that a walk reads */
	/* timed */
	uint64_t window; /* its first address */
	struct random random;
	struct events *events;
	struct timed_memory *timed_memory;
	struct walkers *walkers; /* NULL in other cases */
	struct bench_dma *dma;   /* of bench_dma.c; NULL in other cases */
};

/* Puts words that a benchmark owns; its memory has room for them. */
static inline void bench_put(const iosim_bench *bench, uint64_t pa, const uint64_t *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		IOSIM_ASSERT(memory_write64(bench->memory, pa + 8 * i, words[i]));
}

/* bench_scalable.c, bench_smmu.c: the unit of bench->iommu, its structures for one stage or both, and the request. */
void bench_prepare_vtd_first(iosim_bench *bench);
void bench_prepare_vtd_nested(iosim_bench *bench);
void bench_prepare_smmu_s1(iosim_bench *bench);
/* A Root page with checks on, over all of the benchmarks' memory, in granules. */
struct smmu_root *bench_smmu_root(iosim_bench *bench);
void bench_prepare_smmu_nested(iosim_bench *bench);
void bench_prepare_smmu_timed(iosim_bench *bench);

/*
 * bench_timed.c: the 64 MiB around the request's address, whose entries are in the table of 2 MiB entries at
 * `table_pa`, and what translates them. The bits are those of an entry beside its address. A run submits random pages.
 */
void bench_prepare_window(iosim_bench *bench, uint64_t table_pa, uint64_t table_bits, uint64_t page_bits);
void bench_free_window(iosim_bench *bench);
guint64 bench_run_timed(iosim_bench *bench, guint64 count);

/* bench_dma.c: a machine of its own, beside the unit. */
void bench_prepare_vtd_dma(iosim_bench *bench);
void bench_prepare_smmu_dma(iosim_bench *bench);
void bench_free_dma(iosim_bench *bench);
guint64 bench_run_dma(iosim_bench *bench, guint64 count);

#endif
