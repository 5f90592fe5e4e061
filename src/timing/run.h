/* SPDX-License-Identifier: MIT */
/*
 * A workload on a timed machine: random or sequential DMA in a window, or the requests of a trace file, and what came
 * out of it. The memory that a run takes does not depend on its length: latencies are counted in buckets of a
 * nanosecond.
 */
#ifndef IOSIM_TIMING_RUN_H
#define IOSIM_TIMING_RUN_H

#include "timing/requests.h"
#include "timing/watch.h"

#define TIMING_LATENCY_BUCKETS 65536 /* the last one: everything longer */

struct timing_workload {
	bool write, sequential;
	uint32_t bytes;       /* of a transfer, 1 to 4096 */
	uint64_t window;      /* bytes, at most TIMING_MAX_WINDOW */
	uint32_t outstanding; /* transfers at a time; 0: as many as the machine takes */
	uint64_t transfers;   /* that are measured, at least 1 */
	uint64_t warm_up;     /* transfers before these, whose figures are left out */
	uint64_t seed;
	/*
	 * Tenants in turn, or at random: `devices` with `pasids` each (timing/tenants.h), which fit, and each with a
	 * window of its own. Devices are functions behind one link. 0 devices: one requester.
	 */
	uint32_t devices, pasids;
	/*
	 * NULL, or what is sent instead, with `outstanding` and `warm_up` as they are and `transfers` all others: each
	 * at its time, or when those before it are sent and the device has room. Borrowed.
	 */
	const struct timing_requests *requests;
};

enum timing_part {
	PART_QUEUE,  /* the way to the root complex, and before its look-up */
	PART_LOOKUP, /* of the IOTLB */
	PART_WAIT,   /* for a walker, or for another's walk of the page */
	PART_WALK,
	PART_ORDER,  /* for requests before it that are not translated */
	PART_MEMORY, /* the data */
	PART_DRAIN,  /* the way back; of a write nothing */
	TIMING_PARTS,
};
extern const char *const timing_part_names[TIMING_PARTS];
/* Of a packet that has ended, one behind the other; `lookup_ps`: of the IOTLB, 0 without a unit. */
void timing_parts_of(const struct timing_slot *slot, uint64_t lookup_ps, uint64_t parts[TIMING_PARTS]);

/* Of packets, which transfers are split into. */
struct timing_result {
	uint64_t packets, bytes, faults;
	uint64_t elapsed_ps;            /* from the end of the first packet to that of the last one */
	uint64_t first_bytes;           /* of the former, which took none of it */
	uint64_t part_ps[TIMING_PARTS]; /* sums */
	uint64_t latency_ps, longest_ps;
	bool with_iommu;
	uint64_t hits, merged, walks; /* how they were translated; hits: in the IOTLB */
	uint64_t hits_by_level[8];    /* of the entry's page, from 1 on */
	uint64_t checksum;            /* of where packets ended: depends on no time */
	struct timing_tally tally;    /* of the machine in that time */
	uint64_t *latencies;          /* TIMING_LATENCY_BUCKETS counts */
	uint32_t walkers, tags;
	/* Of a trace: how long after its time each request was sent, and what each packet would take alone; else 0. */
	uint64_t late_ps, latest_ps, transfers;
	double unloaded_ns;        /* a sum */
	uint64_t write_latency_ps; /* what of latency_ps is of writes */
	uint32_t posted;           /* places of them */
};

typedef void (*timing_packet_fn)(void *context, const struct timing_slot *slot, const uint64_t *parts_ps);

/* Who looks on; nothing of the result depends on it. Each may be NULL. */
struct timing_spectators {
	timing_packet_fn each; /* packet that is measured, in the order in which they end */
	void *context;
	const struct timing_watch_config *watch;
	void (*progress)(void *context, uint64_t done, uint64_t all); /* transfers; now and then, and at the end */
	void *progress_context;
};

void timing_run(const struct timing_profile *profile, bool with_iommu, const struct timing_workload *workload,
		const struct timing_spectators *spectators, struct timing_result *result);
void timing_result_clear(struct timing_result *result);

/* In nanoseconds: the least that `share` of all packets did not exceed; the longest if it is beyond the buckets. */
double timing_percentile(const struct timing_result *result, double share);
double timing_mean_latency(const struct timing_result *result);
double timing_gbit_per_s(const struct timing_result *result);

/* What a request of that size takes that meets no other one, and finds its page in the IOTLB if there is one. */
double timing_unloaded_ns(const struct timing_profile *profile, bool write, uint32_t bytes, bool with_iommu);

#endif
