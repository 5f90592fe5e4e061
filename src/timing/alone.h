/* SPDX-License-Identifier: MIT */
/*
 * What one request takes on a timed machine (timing/machine.h) that has nothing else to do: nothing waits, so no event
 * is needed. The unit translates it under its cycle clock, with the same result as without one.
 */
#ifndef IOSIM_TIMING_ALONE_H
#define IOSIM_TIMING_ALONE_H

#include "timing/run.h"

/* A request's, or a sum of them. */
struct timing_alone {
	uint64_t part_ps[TIMING_PARTS];
	uint32_t requests;
	uint32_t walks;                    /* that read something */
	uint32_t references;               /* of page tables, */
	uint32_t configuration_references; /* and of what configures their walks */
};

/*
 * Adds to *sum what the request takes. `unit`: NULL: it goes to memory as it is, and *out is left alone. The request
 * lies within a page; one that is larger than a packet of the link is several of them, behind each other, which the
 * last of them ends; the unit translates it once. Its data is not in the last-level cache. A translation request takes
 * what its answer takes, without data. One that is stopped ends where it is; a read with a completion (PCIe 2.2.9).
 */
void timing_alone_add(struct timing_alone *sum, const struct timing_profile *profile, struct memory *memory,
		      struct iommu *unit, const struct request *request, struct translation *out);
uint64_t timing_alone_ps(const struct timing_alone *sum);

#endif
