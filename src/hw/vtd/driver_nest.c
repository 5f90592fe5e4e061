/* SPDX-License-Identifier: MIT */
/*
 * A guest's first stage in a parent: its table lies at guest-physical addresses, and the parent's translates them
 * (3.8). Software has to keep from the PASID-table entry what would be a fault of its own (6.2.3.1).
 */
#include "hw/vtd/driver.h"

#include <errno.h>
#include <string.h>

/* FSPM for the guest's width; false: the unit has no such table. */
static bool paging_mode(const struct vtd_driver *driver, const struct domain_guest *guest, uint64_t *mode)
{
	*mode = guest->address_width == 57 ? VTD_FSPM_5_LEVEL : VTD_FSPM_4_LEVEL;
	return guest->address_width == 48 || (guest->address_width == 57 && VTD_CAP_FS5LP(&driver->state->cap));
}

int vtd_driver_domain_nest(struct driver *base, domain_handle parent_handle, const struct domain_guest *guest,
			   domain_handle *out)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct driver_domain *parent = driver_domain_of(&driver->common, parent_handle);
	struct domain_geometry geometry;
	domain_handle handle;
	uint64_t mode;
	if (!driver->state->scalable || !VTD_ECAP_NEST(&driver->state->ecap))
		return -EOPNOTSUPP;
	if (!parent || parent->type != DOMAIN_NEST_PARENT)
		return -EINVAL;
	vtd_driver_domain_geometry(base, parent_handle, &geometry);
	if (!paging_mode(driver, guest, &mode) || guest->root % FRAME_BYTES || guest->root > geometry.last)
		return -EIO;
	int error = driver_domain_take(&driver->common, DOMAIN_NESTED, &handle);
	if (error)
		return error;
	error = driver_domain_tag(&driver->common, handle, vtd_driver_did_limit(driver));
	if (error) {
		driver_domain_release(&driver->common, handle);
		return error;
	}
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	domain->parent = parent_handle;
	domain->guest[0] = guest->root;
	domain->guest[1] = mode;
	parent->nested++;
	*out = handle;
	return 0;
}

int vtd_driver_guest_invalidate(struct driver *base, domain_handle handle, const struct guest_invalidation *what)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain || domain->type != DOMAIN_NESTED || what->first > what->last)
		return -EINVAL;
	if (what->what != GUEST_FORGETS_RANGE)
		return -EOPNOTSUPP;
	return vtd_driver_flush_guest(driver, handle, what->first, what->last);
}

/* --- what a guest writes --- */

/* Four levels, the lower half of the addresses (3.6). */
void vtd_driver_guest_format(struct driver *base, struct guest_format *out)
{
	(void)base;
	*out = (struct guest_format){.table = {.format = PT_FORMAT_VTDFS,
					       .granule_lg2 = FRAME_LG2,
					       .levels = 4,
					       .input_lg2 = 47,
					       .output_lg2 = 52,
					       .features = PT_TRACKS_DIRTY,
					       .page_sizes = FRAME_BYTES}};
}

void vtd_driver_guest_describe(struct driver *base, uint64_t context, uint16_t asid, uint64_t root,
			       uint64_t words[GUEST_CONTEXT_WORDS], struct domain_guest *out)
{
	(void)base, (void)context, (void)asid;
	memset(words, 0, GUEST_CONTEXT_WORDS * sizeof(*words));
	*out = (struct domain_guest){.root = root, .address_width = 48};
}
