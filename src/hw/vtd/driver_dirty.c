/* SPDX-License-Identifier: MIT */
/*
 * Which pages were written: a second stage with A and D flags, which PASID-table entries with SSADE make hardware set
 * (3.7.2, 9.6). A table is made for that with all flags clear; tracking is switched in the entries of all requesters
 * whose requests go through it, nested ones among them.
 */
#include "hw/vtd/driver.h"

#include <errno.h>

/* Only P, FPD and what is invalidated together with it may be changed while an entry is in use (6.5.3.3, table 28). */
static int switch_entry(struct vtd_driver *driver, const struct driver_attachment *at, bool on)
{
	struct vtd_driver_bus *bus = vtd_driver_bus_of(driver, at->stream);
	uint32_t pasid = at->pasid == PASID_NONE ? 0 : at->pasid;
	uint64_t pa = bus ? vtd_driver_pasid_entry(driver, bus, at->stream, pasid) : 0;
	if (pa == 0)
		return 0;
	uint64_t word = driver_load(&driver->config, pa);
	if (!VTD_PASID_P(&word) || VTD_PASID_SSADE(&word) == on)
		return 0;
	VTD_PASID_set_SSADE(&word, on);
	driver_word(&driver->config, pa, word);
	struct vtd_driver_invalidation entry = {
		.cache = VTD_DRIVER_PASID_CACHE,
		.granularity = VTD_GRANULARITY_SELECTIVE,
		.did = (uint16_t)driver_domain_of(&driver->common, at->domain)->tag,
		.pasid = pasid,
	};
	return vtd_driver_flush(driver, at->domain, &entry, 1, NULL);
}

int vtd_driver_dirty_track(struct driver *base, domain_handle handle, bool on)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct driver_domain *domain;
	int error = driver_table_dirty_domain(&driver->common, handle, NULL, &domain);
	if (error)
		return error;
	domain->tracking = on;
	for (uint32_t i = 0; i < driver->attachments->count;) {
		const struct driver_attachment at = driver->attachments->list[i];
		if (at.domain == handle || driver_domain_of(&driver->common, at.domain)->parent == handle) {
			int failed = switch_entry(driver, &at, on);
			error = error ? error : failed;
		}
		i = driver_attachments_after(driver->attachments, at.stream, at.pasid);
	}
	return error;
}

int vtd_driver_dirty_read(struct driver *base, domain_handle handle, uint64_t iova, uint64_t bytes, bool clear,
			  pt_leaf_fn dirty, void *context, struct gather *gather)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct driver_domain *domain;
	int error = driver_table_dirty_domain(&driver->common, handle, gather, &domain);
	if (error)
		return error;
	gather->domain = handle;
	struct driver_table table = {.config = &driver->config,
				     .common = &driver->common,
				     .domain = handle,
				     .tag = domain->tag,
				     .gather = gather};
	return driver_table_dirty_read(&table, &domain->pt, iova, bytes, clear, dirty, context);
}
