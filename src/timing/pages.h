/* SPDX-License-Identifier: MIT */
/*
 * A storm of page requests: a device with ATS and PRI, whose accesses find pages that are not mapped. An access is
 *
 *   a translation request (PCIe 10.2.2); if its completion allows nothing
 *   a page request, a group of its own (10.4.1), into the unit's page request queue: VT-d 7.4, IHI 0070 chapter 8
 *   a CPU, which an interrupt wakes, that takes the entry, finds a page, maps it
 *   a response, through the queue that invalidations go through: VT-d 7.6.1, IHI 0070 4.5.2
 *   the translation request again, and so on until there is a translation
 *
 * The device keeps no translations. A queue that is full answers for software: Success, and nothing is mapped (VT-d
 * 7.4.1, table 31; IHI 0070 8.1). So the device asks again, finds nothing, and sends another page request. Software
 * sees the overflow (VT-d: PRO; SMMUv3: OVFLG) when it has emptied the queue, and acknowledges it then; until it has,
 * the unit answers all requests by itself.
 */
#ifndef IOSIM_TIMING_PAGES_H
#define IOSIM_TIMING_PAGES_H

#include "timing/pages_host.h"
#include "timing/queue.h"

#define PAGES_MAX_CPUS        64
#define PAGES_MAX_OUTSTANDING PAGE_REQUEST_GROUPS
#define PAGES_MAX             ((uint64_t)(TIMING_MAX_WINDOW >> FRAME_LG2)) /* each access has a page of its own */
#define PAGES_BUCKETS         262144                                       /* of 16 ns; the last: everything longer */
#define PAGES_BUCKET_PS       16000

struct timing_pages {
	uint32_t cpus, outstanding, queue; /* accesses at a time; entries: a power of two, and of VT-d at least 128 */
	uint32_t miss_percent;             /* of all accesses, as evenly as can be */
	uint64_t accesses, warm_up;        /* that are measured, and before these: timing_pages_count() of them */
};

/* Pages that it takes: at most PAGES_MAX. */
static inline uint64_t timing_pages_count(const struct timing_pages *pages)
{
	return pages->accesses + pages->warm_up + pages->outstanding;
}

/* Of a round trip, one behind the other. */
enum pages_part {
	PAGES_LINK,     /* from the device until the entry is in the queue */
	PAGES_QUEUE,    /* until a CPU takes it */
	PAGES_HANDLING, /* until the page is mapped */
	PAGES_RESPONSE, /* posted, read by the unit, and at the device */
	PAGES_PARTS
};

/* Times are in picoseconds. A round trip: of a page request that software answered, until the answer is there. */
struct timing_pages_result {
	uint64_t accesses, missed, elapsed_ps; /* that have ended; of them with a page request */
	uint64_t access_ps[2];                 /* sums, of those that missed in [1] */
	uint64_t trips, trip_ps, longest_ps, part_ps[PAGES_PARTS];
	uint64_t by_unit, overflows; /* requests that the unit answered; acknowledged overflows */
	uint64_t faults;             /* translation requests that ended with neither translation nor Success: 0 */
	uint64_t wrong;              /* translations to another page than the one mapped there: 0 */
	uint64_t waiting_ps;         /* entries of the queue, times the time that they were in it */
	uint32_t most_waiting;
	uint64_t interrupts, work_ps, post_ps, wait_ps; /* of all CPUs */
	struct timing_queue_tally commands;
	uint64_t *latencies; /* of round trips: PAGES_BUCKETS counts */
};

/* There is a unit. */
void timing_pages_run(const struct timing_profile *profile, const struct timing_pages *pages,
		      struct timing_pages_result *result);
void timing_pages_clear(struct timing_pages_result *result);
/* In nanoseconds, a bucket's lower end: the least that `share` of all round trips did not exceed. */
double timing_pages_percentile(const struct timing_pages_result *result, double share);

#endif
