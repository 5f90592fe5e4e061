/* SPDX-License-Identifier: MIT */
/*
 * What has to be invalidated after a table has changed, and the table pages that are free then (6.5.3.3). The
 * invalidation hint says that pointers to tables may stay cached, so it is given only where no table page is retired.
 */
#include "hw/vtd/driver.h"

#include <errno.h>

/* Large leaves, as address masks of page-selective invalidations (table 22). */
enum { MASK_2M = 9, MASK_1G = 18, FIRST_STAGE_MASK = 36 };

static bool is_first_stage(const struct driver_domain *domain)
{
	return domain->stage == 1;
}

/* Nested translations are invalidated by domain, never by page (table 23). */
static struct vtd_driver_invalidation whole_domain(const struct driver_domain *domain)
{
	return (struct vtd_driver_invalidation){.cache = is_first_stage(domain) ? VTD_DRIVER_PIOTLB : VTD_DRIVER_IOTLB,
						.granularity = VTD_GRANULARITY_DOMAIN,
						.did = (uint16_t)domain->tag};
}

/*
 * What hangs on a parent's table: the domains that are nested in it. They are added to the list; more than there is
 * room for, and everything is invalidated.
 */
static unsigned add_nested(const struct vtd_driver *driver, domain_handle parent, struct vtd_driver_invalidation *list,
			   unsigned count)
{
	const struct arena *arena = driver->config.arena;
	uint32_t left = driver_domain_of(&driver->common, parent)->nested;
	if (count + left > VTD_DRIVER_BATCH_MAX - 2) { /* what comes before */
		list[0] = (struct vtd_driver_invalidation){.cache = VTD_DRIVER_IOTLB,
							   .granularity = VTD_GRANULARITY_GLOBAL};
		return 1;
	}
	for (domain_handle handle = 0; left > 0;) {
		handle = arena_next(arena, driver->common.domains, handle);
		const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
		if (domain->parent != parent)
			continue;
		list[count++] = whole_domain(domain);
		left--;
	}
	return count;
}

int vtd_driver_flush(struct vtd_driver *driver, domain_handle handle, const struct vtd_driver_invalidation *before,
		     unsigned count)
{
	struct vtd_driver_invalidation list[VTD_DRIVER_BATCH_MAX];
	for (unsigned i = 0; i < count; i++)
		list[i] = before[i];
	list[count] = whole_domain(driver_domain_of(&driver->common, handle));
	unsigned total = count + add_nested(driver, handle, list + count, 1);
	uint16_t flight = driver_flight_begin(&driver->common);
	driver_flight_claim(&driver->common, flight, handle, 0, UINT64_MAX);
	int error = vtd_driver_invalidate(driver, list, total);
	driver_flight_end(&driver->common, flight, !error);
	return error;
}

/* One page-selective invalidation of a size-aligned region, at most up to `last`. Returns what follows it. */
static uint64_t select_pages(const struct vtd_driver *driver, domain_handle handle, uint64_t first, uint64_t last,
			     struct vtd_driver_invalidation *out)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	/* 11.4.2: MAMV is of second-stage addresses; the first stage has any mask. */
	uint64_t most = is_first_stage(domain) ? FIRST_STAGE_MASK : VTD_CAP_MAMV(&driver->state->cap);
	uint8_t mask = 0;
	while (mask < most) {
		uint64_t next = (FRAME_BYTES * UINT64_C(2)) << mask;
		if (first % next || last - first < next - 1)
			break;
		mask++;
	}
	uint64_t bytes = (uint64_t)FRAME_BYTES << mask;
	*out = (struct vtd_driver_invalidation){
		.cache = is_first_stage(domain) ? VTD_DRIVER_PIOTLB : VTD_DRIVER_IOTLB,
		.granularity = VTD_GRANULARITY_SELECTIVE,
		.did = (uint16_t)domain->tag,
		.address = first,
		.address_mask = mask,
		.leaves_only = !driver_retired_within(&driver->common, handle, first, first + bytes - 1),
	};
	return first + bytes;
}

/*
 * The ranges as page-selective invalidations, exactly. 0 if that is not possible: the unit has none, there would be too
 * many, or a large leaf may lie in a range that the unit's largest mask does not reach (6.5.2.3, ADDR and AM).
 */
static unsigned select_ranges(const struct vtd_driver *driver, const struct gather *gather,
			      struct vtd_driver_invalidation *list)
{
	uint64_t mamv = VTD_CAP_MAMV(&driver->state->cap);
	const struct driver_domain *domain = driver_domain_of(&driver->common, gather->domain);
	uint64_t sizes = is_first_stage(domain) ? 0 : domain->pt.page_sizes;
	unsigned count = 0;
	if ((!is_first_stage(domain) && !VTD_CAP_PSI(&driver->state->cap)) || gather->all || domain->nested)
		return 0;
	for (uint32_t i = 0; i < gather->count; i++) {
		uint64_t first = gather->first[i], last = gather->last[i];
		uint64_t pages = (last - first) / FRAME_BYTES + 1;
		if ((mamv < MASK_2M && sizes >> 21 & 1 && pages >> MASK_2M) ||
		    (mamv < MASK_1G && sizes >> 30 & 1 && pages >> MASK_1G))
			return 0;
		while (first < last) {
			if (count == VTD_DRIVER_BATCH_MAX)
				return 0;
			first = select_pages(driver, gather->domain, first, last, &list[count++]);
		}
	}
	return count;
}

/* Claims exactly what the list covers: where pages are retired it has no hint, see select_pages(). */
static int flush_selected(struct vtd_driver *driver, domain_handle handle, const struct vtd_driver_invalidation *list,
			  unsigned count)
{
	uint16_t flight = driver_flight_begin(&driver->common);
	for (unsigned i = 0; i < count; i++) {
		uint64_t bytes = (uint64_t)FRAME_BYTES << list[i].address_mask;
		driver_flight_claim(&driver->common, flight, handle, list[i].address, list[i].address + bytes - 1);
	}
	int error = vtd_driver_invalidate(driver, list, count);
	driver_flight_end(&driver->common, flight, !error);
	return error;
}

int vtd_driver_flush_ranges(struct vtd_driver *driver, const struct gather *gather, bool hint)
{
	struct vtd_driver_invalidation list[VTD_DRIVER_BATCH_MAX];
	unsigned count = select_ranges(driver, gather, list);
	if (count == 0)
		return vtd_driver_flush(driver, gather->domain, NULL, 0);
	for (unsigned i = 0; i < count; i++)
		list[i].leaves_only &= hint;
	return flush_selected(driver, gather->domain, list, count);
}

int vtd_driver_sync(struct driver *base, struct gather *gather)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	if (gather_is_empty(gather)) {
		gather_clear(gather);
		return 0;
	}
	const struct driver_domain *domain = driver_domain_of(&driver->common, gather->domain);
	if (!domain || domain->pt.root == 0)
		return -EINVAL;
	int error = vtd_driver_flush_ranges(driver, gather, true);
	if (!error)
		gather_clear(gather);
	return error;
}

int vtd_driver_flush_domain(struct driver *base, domain_handle handle)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain)
		return -EINVAL;
	return domain->tag ? vtd_driver_flush(driver, handle, NULL, 0) : 0;
}
