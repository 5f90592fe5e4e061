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

/* First-stage addresses are invalidated by PASID, whoever wrote the table (table 22). */
static bool is_by_pasid(const struct driver_domain *domain)
{
	return is_first_stage(domain) || domain->type == DOMAIN_NESTED;
}

/* PASIDs that a first stage serves, those of requests without PASID being 0: each has its own translations. */
#define PASIDS_MAX 8
struct pasids {
	unsigned count; /* more than PASIDS_MAX: all are not listed */
	uint32_t list[PASIDS_MAX];
};

static void add_pasid(struct pasids *pasids, uint32_t pasid)
{
	pasid = pasid == PASID_NONE ? 0 : pasid;
	for (unsigned i = 0; i < pasids->count && i < PASIDS_MAX; i++) {
		if (pasids->list[i] == pasid)
			return;
	}
	if (pasids->count < PASIDS_MAX)
		pasids->list[pasids->count] = pasid;
	if (pasids->count <= PASIDS_MAX)
		pasids->count++;
}

/* At least one: also where nobody is attached any more. */
static struct pasids pasids_of(const struct vtd_driver *driver, domain_handle handle,
			       const struct vtd_driver_leaving *left)
{
	const struct driver_attachments *attachments = driver->attachments;
	struct pasids pasids = {0};
	if (left)
		add_pasid(&pasids, left->pasid);
	uint32_t count = attachments->with_pasid ? attachments->count : 0;
	for (uint32_t i = 0; i < count; i++) {
		if (attachments->list[i].domain == handle)
			add_pasid(&pasids, attachments->list[i].pasid);
	}
	if (pasids.count == 0)
		add_pasid(&pasids, PASID_NONE);
	return pasids;
}

/* Nested translations, and those of a first stage that serves several PASIDs, are invalidated by domain (table 23). */
static struct vtd_driver_invalidation whole_domain(const struct vtd_driver *driver, domain_handle handle,
						   const struct vtd_driver_leaving *left)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	struct vtd_driver_invalidation what = {
		.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_DOMAIN, .did = (uint16_t)domain->tag};
	if (!is_first_stage(domain))
		return what;
	struct pasids pasids = pasids_of(driver, handle, left);
	if (pasids.count == 1) {
		what.cache = VTD_DRIVER_PIOTLB;
		what.pasid = pasids.list[0];
	}
	return what;
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
		list[count++] = whole_domain(driver, handle, NULL);
		left--;
	}
	return count;
}

/* --- device TLBs --- */

/* Which device TLBs hold what the domain translates, in the order of the attachments, and what of it. */
struct devtlbs {
	domain_handle domain;
	const struct vtd_driver_leaving *left;        /* that one alone */
	const struct vtd_driver_invalidation *ranges; /* page-selective ones, whatever their cache */
	unsigned range_count;                         /* 0: everything */
	unsigned range;                               /* the next one */
	bool begun;
	bool over;
	uint32_t stream, pasid; /* whose turn it is, once begun */
};

static bool has_ats(const struct vtd_driver *driver, uint32_t stream)
{
	struct vtd_driver_bus *bus = vtd_driver_bus_of(driver, stream);
	return bus && vtd_driver_function_of(bus, stream)->live & FEATURE_ATS;
}

/* The next attachment to the domain, or to one that is nested in it, whose requester has a device TLB. */
static bool find_devtlb(const struct vtd_driver *driver, struct devtlbs *devtlbs)
{
	const struct driver_attachments *attachments = driver->attachments;
	uint32_t i = devtlbs->begun ? driver_attachments_after(attachments, devtlbs->stream, devtlbs->pasid) : 0;
	for (; i < attachments->count; i++) {
		const struct driver_attachment *at = &attachments->list[i];
		const struct driver_domain *domain = driver_domain_of(&driver->common, at->domain);
		if ((at->domain == devtlbs->domain || domain->parent == devtlbs->domain) &&
		    has_ats(driver, at->stream)) {
			devtlbs->stream = at->stream;
			devtlbs->pasid = at->pasid;
			return true;
		}
	}
	return false;
}

static bool begin_devtlb(const struct vtd_driver *driver, struct devtlbs *devtlbs)
{
	const struct vtd_driver_leaving *left = devtlbs->left;
	devtlbs->range = 0;
	if (left) {
		devtlbs->over = devtlbs->begun || !left->devtlb;
		devtlbs->stream = left->stream;
		devtlbs->pasid = left->pasid;
	} else {
		devtlbs->over = driver->state->ats == 0 || !find_devtlb(driver, devtlbs);
	}
	devtlbs->begun = true;
	return !devtlbs->over;
}

static bool next_devtlb(const struct vtd_driver *driver, struct devtlbs *devtlbs, struct vtd_driver_invalidation *out)
{
	unsigned last = devtlbs->range_count ? devtlbs->range_count : 1;
	if (devtlbs->over || ((!devtlbs->begun || devtlbs->range == last) && !begin_devtlb(driver, devtlbs)))
		return false;
	*out = (struct vtd_driver_invalidation){.cache = VTD_DRIVER_DEVTLB,
						.granularity = VTD_GRANULARITY_DOMAIN,
						.sid = (uint16_t)devtlbs->stream,
						.pasid = devtlbs->pasid};
	if (devtlbs->range_count) {
		out->granularity = VTD_GRANULARITY_SELECTIVE;
		out->address = devtlbs->ranges[devtlbs->range].address;
		out->address_mask = devtlbs->ranges[devtlbs->range].address_mask;
	}
	devtlbs->range++;
	return true;
}

/*
 * The list, which invalidates what device TLBs refill from, then device TLBs: within the queue hardware keeps that
 * order (6.5.2.12). What does not fit into one batch follows in others.
 */
static int invalidate_with_devtlbs(struct vtd_driver *driver, const struct vtd_driver_invalidation *list,
				   unsigned count, struct devtlbs *devtlbs)
{
	struct vtd_driver_invalidation batch[VTD_DRIVER_BATCH_MAX];
	bool first = driver->state->bugs & INJECT_DEVTLB_FIRST;
	unsigned filled = first ? 0 : count;
	for (unsigned i = 0; i < filled; i++)
		batch[i] = list[i];
	do {
		while (filled < VTD_DRIVER_BATCH_MAX && next_devtlb(driver, devtlbs, &batch[filled]))
			filled++;
		int error = vtd_driver_invalidate(driver, batch, filled);
		if (error)
			return error;
		filled = 0;
	} while (!devtlbs->over);
	return first ? vtd_driver_invalidate(driver, list, count) : 0;
}

int vtd_driver_flush(struct vtd_driver *driver, domain_handle handle, const struct vtd_driver_invalidation *before,
		     unsigned count, const struct vtd_driver_leaving *left)
{
	struct vtd_driver_invalidation list[VTD_DRIVER_BATCH_MAX];
	struct devtlbs devtlbs = {.domain = handle, .left = left};
	for (unsigned i = 0; i < count; i++)
		list[i] = before[i];
	list[count] = whole_domain(driver, handle, left);
	unsigned total = count + add_nested(driver, handle, list + count, 1);
	uint16_t flight = driver_flight_begin(&driver->common);
	driver_flight_claim(&driver->common, flight, handle, 0, UINT64_MAX);
	int error = invalidate_with_devtlbs(driver, list, total, &devtlbs);
	driver_flight_end(&driver->common, flight, !error);
	return error;
}

int vtd_driver_flush_stale(struct vtd_driver *driver)
{
	for (uint32_t stream = 0; stream < VTD_DRIVER_BUSES * VTD_DRIVER_FUNCTIONS; stream++) {
		struct vtd_driver_bus *bus = vtd_driver_bus_of(driver, stream);
		if (!bus || !vtd_driver_function_of(bus, stream)->stale)
			continue;
		int error = vtd_driver_flush_devtlb(driver, vtd_driver_function_of(bus, stream), stream);
		if (error)
			return error;
		vtd_driver_function_of(bus, stream)->stale = false;
	}
	return 0;
}

/* --- ranges --- */

/* One page-selective invalidation of a size-aligned region, at most up to `last`. Returns what follows it. */
static uint64_t select_pages(const struct vtd_driver *driver, domain_handle handle, uint64_t first, uint64_t last,
			     struct vtd_driver_invalidation *out)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	/* 11.4.2: MAMV is of second-stage addresses; the first stage has any mask. */
	uint64_t most = is_by_pasid(domain) ? FIRST_STAGE_MASK : VTD_CAP_MAMV(&driver->state->cap);
	uint8_t mask = 0;
	while (mask < most) {
		uint64_t next = (FRAME_BYTES * UINT64_C(2)) << mask;
		if (first % next || last - first < next - 1)
			break;
		mask++;
	}
	uint64_t bytes = (uint64_t)FRAME_BYTES << mask;
	*out = (struct vtd_driver_invalidation){
		.cache = is_by_pasid(domain) ? VTD_DRIVER_PIOTLB : VTD_DRIVER_IOTLB,
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

/*
 * A first stage has translations of each PASID of its own, so the list is repeated for each. 0: there is no room; every
 * other stage has the list as it is.
 */
static unsigned for_each_pasid(const struct vtd_driver *driver, domain_handle handle,
			       struct vtd_driver_invalidation *list, unsigned count)
{
	if (!is_by_pasid(driver_domain_of(&driver->common, handle)))
		return count;
	struct pasids pasids = pasids_of(driver, handle, NULL);
	if (pasids.count > PASIDS_MAX || pasids.count * count > VTD_DRIVER_BATCH_MAX)
		return 0;
	for (unsigned i = pasids.count * count; i-- > 0;) {
		list[i] = list[i % count];
		list[i].pasid = pasids.list[i / count];
	}
	return pasids.count * count;
}

/* Claims exactly what the list covers: where pages are retired it has no hint, see select_pages(). */
static int flush_selected(struct vtd_driver *driver, domain_handle handle, struct vtd_driver_invalidation *list,
			  unsigned count, bool removed)
{
	struct vtd_driver_invalidation all[VTD_DRIVER_BATCH_MAX];
	struct devtlbs devtlbs = {.domain = handle, .ranges = list, .range_count = count, .over = !removed};
	for (unsigned i = 0; i < count; i++) {
		list[i].leaves_only &= removed;
		all[i] = list[i];
	}
	unsigned total = for_each_pasid(driver, handle, all, count);
	if (total == 0) {
		all[0] = whole_domain(driver, handle, NULL);
		total = 1;
	}
	uint16_t flight = driver_flight_begin(&driver->common);
	for (unsigned i = 0; i < count; i++) {
		uint64_t bytes = (uint64_t)FRAME_BYTES << list[i].address_mask;
		driver_flight_claim(&driver->common, flight, handle, list[i].address, list[i].address + bytes - 1);
	}
	int error = invalidate_with_devtlbs(driver, all, total, &devtlbs);
	driver_flight_end(&driver->common, flight, !error);
	return error;
}

int vtd_driver_flush_ranges(struct vtd_driver *driver, const struct gather *gather, bool removed)
{
	struct vtd_driver_invalidation list[VTD_DRIVER_BATCH_MAX];
	unsigned count = select_ranges(driver, gather, list);
	if (count == 0)
		return vtd_driver_flush(driver, gather->domain, NULL, 0, NULL);
	return flush_selected(driver, gather->domain, list, count, removed);
}

int vtd_driver_flush_guest(struct vtd_driver *driver, domain_handle handle, uint64_t first, uint64_t last)
{
	struct vtd_driver_invalidation list[VTD_DRIVER_BATCH_MAX];
	unsigned count = 0;
	uint64_t at = first & ~(uint64_t)(FRAME_BYTES - 1);
	last |= FRAME_BYTES - 1;
	if (last - at == UINT64_MAX)
		return vtd_driver_flush(driver, handle, NULL, 0, NULL);
	for (bool more = true; more; more = at - 1 < last) {
		if (count == VTD_DRIVER_BATCH_MAX)
			return vtd_driver_flush(driver, handle, NULL, 0, NULL);
		at = select_pages(driver, handle, at, last, &list[count]);
		/* Which of its tables the guest has changed, nobody knows. */
		list[count++].leaves_only = false;
	}
	return flush_selected(driver, handle, list, count, true);
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
	return domain->tag ? vtd_driver_flush(driver, handle, NULL, 0, NULL) : 0;
}
