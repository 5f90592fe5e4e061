/* SPDX-License-Identifier: MIT */
#include "uapi/iova.h"

#include "machine/machine.h"

#define PAGE_BYTES UINT64_C(4096)

static const struct {
	uint64_t first, last;
} windows[] = {
	{0, PAGE_BYTES - 1},
	{LAYOUT_MMIO32_FIRST, LAYOUT_MMIO32_LAST},
	{LAYOUT_MMIO64_FIRST, LAYOUT_MMIO64_LAST},
};

static bool in_window(uint64_t first, uint64_t last, uint64_t *end)
{
	for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		if (first <= windows[i].last && last >= windows[i].first) {
			*end = windows[i].last;
			return true;
		}
	}
	return false;
}

/* What is in the way of [first, last], if anything. */
static bool blocked(const struct areas *areas, const struct iova_wish *wish, uint64_t first, uint64_t last,
		    uint64_t *end)
{
	if (in_window(first, last, end) || (wish->avoid && wish->avoid(wish->context, first, last, end)))
		return true;
	const struct area *area = areas_overlap(areas, wish->set, first, last);
	if (area)
		*end = area_last(area);
	return area != NULL;
}

/* Ends: each turn leaves an area, a range or a window behind, and none is met twice. */
bool iova_pick(const struct areas *areas, const struct iova_wish *wish, uint64_t *hint, uint64_t *iova)
{
	uint64_t at = *hint > wish->first ? *hint : wish->first;
	for (;;) {
		uint64_t first = (at + (wish->align - 1)) & ~(wish->align - 1);
		uint64_t last = first + (wish->bytes - 1), end;
		if (first < at || last < first || last > wish->last)
			return false;
		if (!blocked(areas, wish, first, last, &end)) {
			if (wish->align == PAGE_BYTES && wish->bytes <= PAGE_BYTES)
				*hint = (last | (PAGE_BYTES - 1)) + 1;
			*iova = first;
			return true;
		}
		if (end == UINT64_MAX)
			return false;
		at = end + 1;
	}
}
