/* SPDX-License-Identifier: MIT */
/*
 * The numbers of one host, from what was measured without its IOMMU and from two latencies with it (4k, windows of
 * 256 KiB and 64 MiB). All other numbers of the machine are `structure`: the same for every host.
 *
 *   an IOTLB miss       what a 64 MiB window adds to the latency, over the share of requests that miss there
 *   an IOTLB look-up    what a 256 KiB window adds, in which every page is cached
 *   the way of a read   64-byte reads are limited by their tags alone: as long as all tags last at the rate measured
 *   intervals           of each size, the rate measured
 *   hits in the LLC     the latency between that of a cold cache and the least one of this cache
 */
#ifndef IOSIM_TIMING_CALIBRATE_H
#define IOSIM_TIMING_CALIBRATE_H

#include "timing/measured.h"
#include "timing/profile.h"

/*
 * The machine that `row` (4k) was measured on: `structure` with this host's numbers. False: *error says which
 * measurement is missing.
 */
bool calibrate_for(const struct measured *measured, const struct timing_profile *structure,
		   const struct measured_row *row, struct timing_profile *profile, GError **error);

/* The machine of a host as a whole: cold cache, and as large a window as there is. False: as above. */
bool calibrate_host(const struct measured *measured, const struct timing_profile *structure, const char *host,
		    struct timing_profile *profile, GError **error);
/* Whether it sets that number, or takes it from the structure. */
bool calibrate_sets(enum timing_number number);

/* The row without IOMMU that `row` is compared with; NULL. */
const struct measured_row *calibrate_off(const struct measured *measured, const struct measured_row *row);
/* Whether calibration looks at this row, so that it is no prediction. */
bool calibrate_uses(const struct measured_row *row);

#endif
