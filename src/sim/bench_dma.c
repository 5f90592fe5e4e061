/* SPDX-License-Identifier: MIT */
/*
 * The benchmarks of whole timed machines: 64-byte reads at random places of a 64 MiB window, by a device that always
 * has as many under way as it can, on the machine of a profile.
 */
#include "sim/bench.h"
#include "sim/profile.h"
#include "timing/host.h"
#include "timing/machine.h"

#define PROFILE "bdw-e5-2630v4"
#define WINDOW  (UINT64_C(64) << 20)
#define BYTES   64
#define PLACES  (WINDOW / BYTES)

struct bench_dma {
	iosim_profile *profile;
	struct timing_host host;
	struct timing_machine *machine;
};

static void prepare(iosim_bench *bench, enum iommu_kind kind)
{
	struct bench_dma *dma = g_new0(struct bench_dma, 1);
	const struct timing_profile *timing;

	dma->profile = iosim_profile_load(PROFILE, NULL);
	IOSIM_ASSERT(dma->profile);
	dma->profile->timing.kind = kind;
	timing = &dma->profile->timing;
	timing_host_init(&dma->host, timing, true, WINDOW);
	struct timing_config config = {.arena = dma->host.arena,
				       .memory = dma->host.memory,
				       .unit = dma->host.unit,
				       .profile = timing,
				       .undisturbed = true};
	dma->machine = timing_machine_new(&config);
	random_seed(&bench->random, 1);
	bench->dma = dma;
}

void bench_prepare_vtd_dma(iosim_bench *bench)
{
	prepare(bench, IOMMU_VTD);
}

void bench_prepare_smmu_dma(iosim_bench *bench)
{
	prepare(bench, IOMMU_SMMUV3);
}

void bench_free_dma(iosim_bench *bench)
{
	if (!bench->dma)
		return;
	timing_machine_free(bench->dma->machine);
	timing_host_clear(&bench->dma->host);
	iosim_profile_free(bench->dma->profile);
	g_free(bench->dma);
}

static void send(iosim_bench *bench)
{
	struct timing_dma dma = {
		.request = {.address = TIMING_WINDOW + random_below(&bench->random, PLACES) * BYTES,
			    .bytes = BYTES,
			    .stream = TIMING_STREAM,
			    .pasid = PASID_NONE},
		.dma_bytes = BYTES,
	};

	timing_issue(bench->dma->machine, &dma);
}

/* Each page is where it should be: the sum of how far off they are, and of BENCH_PAGE_PA. */
guint64 bench_run_dma(iosim_bench *bench, guint64 count)
{
	struct timing_machine *machine = bench->dma->machine;
	const struct timing_slot *ended;
	guint64 sent = 0, sum = 0;
	enum timing_event event;

	do {
		for (; sent < count && timing_can_issue(machine, false, BYTES); sent++)
			send(bench);
		event = timing_next(machine, &ended);
		if (event == TIMING_ENDED)
			sum += ended->translation.pa - (ended->dma.request.address - TIMING_WINDOW) - TIMING_PAGES +
			       BENCH_PAGE_PA;
	} while (event != TIMING_IDLE);
	return sum;
}
