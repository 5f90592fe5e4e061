/* SPDX-License-Identifier: MIT */
#include "timing/profile.h"

#define TIMING_ROW(section_, key_, name, low_, high_, whole_, what_) \
	{.section = section_, .key = key_, .what = what_, .low = low_, .high = high_, .whole = whole_},
const struct timing_number_row timing_numbers[TIMING_NUMBERS] = {TIMING_NUMBER_LIST(TIMING_ROW)};

const char *const timing_interval_names[TIMING_INTERVALS] = {"read-interval-ns", "write-interval-ns"};

double timing_points_at(const struct timing_points *points, uint32_t bytes)
{
	uint32_t last = 1;

	if (points->count == 1)
		return points->ns[0];
	while (last + 1 < points->count && points->bytes[last] < bytes)
		last++;
	double from = points->bytes[last - 1], to = points->bytes[last];
	double slope = (points->ns[last] - points->ns[last - 1]) / (to - from);
	double ns = points->ns[last - 1] + slope * (bytes - from);
	return ns < 0 ? 0 : ns;
}

/* PCIe 4.2.1, 4.2.2: 2.5 and 5 GT/s with 8b/10b, 8 to 32 GT/s with 128b/130b. */
double timing_link_bytes_per_ns(const struct timing_profile *profile)
{
	static const double rates[] = {2.5 * 8 / 10, 5.0 * 8 / 10, 8.0 * 128 / 130, 16.0 * 128 / 130, 32.0 * 128 / 130};

	return rates[timing_count(profile, TIMING_GENERATION) - 1] / 8 * profile->value[TIMING_LANES];
}

double timing_read_way_ns(const struct timing_profile *profile, uint32_t bytes)
{
	const double *value = profile->value;
	uint32_t largest = timing_count(profile, TIMING_MAX_PAYLOAD), packets = (bytes + largest - 1) / largest;
	double wire = value[TIMING_READ_HEADER] + bytes + packets * value[TIMING_COMPLETION_HEADER];

	return wire / timing_link_bytes_per_ns(profile) + 2 * value[TIMING_PROPAGATION] + value[TIMING_PASS] +
	       value[TIMING_READ_BYTE] * bytes;
}
