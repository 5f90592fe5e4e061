/* SPDX-License-Identifier: MIT */
#include "uapi/space_fit.h"

#include "uapi/table_wish.h"

#include <errno.h>

space_handle space_list_of(const struct uapi *uapi, space_handle handle)
{
	return space_of(uapi, handle)->flags & SPACE_NESTED ? handle : space_with_areas(uapi, handle);
}

space_handle space_table_in(const struct uapi *uapi, space_handle handle)
{
	return space_list_of(uapi, handle) == handle ? 0 : handle;
}

const struct space *space_description(const struct uapi *uapi, const struct space_domain *domain)
{
	return space_of(uapi, domain->table ? domain->table : domain->space);
}

uint32_t space_next_table(const struct uapi *uapi, space_handle handle, uint32_t slot)
{
	space_handle table = space_table_in(uapi, handle);
	slot = slot ? space_domain_slot(uapi, slot)->next : space_of(uapi, space_list_of(uapi, handle))->domains;
	while (slot && space_domain_slot(uapi, slot)->table != table)
		slot = space_domain_slot(uapi, slot)->next;
	return slot;
}

static int fits(const struct uapi *uapi, const struct space_domain *domain, uint32_t set,
		const struct space_errors *errors)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct domain_geometry geometry;
	const struct area *area;
	driver->ops->domain_geometry(driver, domain->domain, &geometry);
	uint64_t mask = space_smallest_page(&geometry) - 1;
	const struct space *space = space_of(uapi, domain->space);
	if (space->allowed_last && (space->allowed_first < geometry.first || space->allowed_last > geometry.last))
		return errors->outside;
	for (uint32_t at = areas_seek(&uapi->areas, set, 0); (area = areas_at(&uapi->areas, set, at)); at++) {
		if ((area->iova | area->bytes | area->offset) & mask)
			return errors->misaligned;
		if (area->iova < geometry.first || area_last(area) > geometry.last)
			return errors->outside;
	}
	return 0;
}

#define PAGES_OF(mask) ((mask & 1u) << 12 | (mask & 2u) << 20 | (mask & 4u) << 28)

/* Page sizes of the format that was chosen with the space. */
static uint64_t pages_wished(const struct space *space)
{
	return PAGES_OF((uint64_t)space->pages);
}

/*
 * Whether the new table could be the one that the space has, so that a kernel's domain would serve both: one of another
 * unit's of the same kind, which walks all its page sizes as far up, and prevents no-snoop as it does. A format that
 * was chosen with the space is the pages alone: nothing else was asked for.
 */
static bool is_like(const struct uapi *uapi, const struct space *space, const struct space_domain *domain)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct domain_geometry has, first;
	driver->ops->domain_geometry(driver, domain->domain, &has);
	if (pages_wished(space) & ~has.page_sizes)
		return false;
	if (!space->domains)
		return true;
	const struct space_domain *present = space_domain_slot(uapi, space->domains);
	struct driver *before = uapi->drivers[present->unit];
	if (present->device != domain->device || before->ops->kind != driver->ops->kind)
		return false;
	before->ops->domain_geometry(before, present->domain, &first);
	return space->pages ||
	       (!(first.page_sizes & ~has.page_sizes) && first.first >= has.first && first.last <= has.last &&
		(space->snoop == UAPI_SNOOP_ASKED || first.enforce_snoop <= has.enforce_snoop));
}

const struct space_domain *space_table_original(const struct uapi *uapi, const struct space_domain *domain)
{
	if (!domain->table)
		return NULL;
	for (uint32_t slot = space_of(uapi, domain->space)->domains; slot; slot = space_domain_slot(uapi, slot)->next)
		if (space_domain_slot(uapi, slot)->table == domain->table)
			return space_domain_slot(uapi, slot);
	return NULL;
}

/*
 * Whether the driver would let a domain that was made for another unit serve this one too: SMMUv3's never, VT-d's where
 * it walks the same pages as far up and does the same with no-snoop.
 */
static bool could_be_one(const struct uapi *uapi, const struct space_domain *domain)
{
	const struct space_domain *first = space_table_original(uapi, domain);
	struct driver *driver = uapi->drivers[domain->unit];
	struct domain_geometry has, wanted;
	if (!first)
		return true;
	if (driver->ops->kind != IOMMU_VTD || uapi->drivers[first->unit]->ops->kind != IOMMU_VTD)
		return false;
	driver->ops->domain_geometry(driver, domain->domain, &has);
	uapi->drivers[first->unit]->ops->domain_geometry(uapi->drivers[first->unit], first->domain, &wanted);
	return !(wanted.page_sizes & ~has.page_sizes) && wanted.first >= has.first && wanted.last <= has.last &&
	       wanted.enforce_snoop <= has.enforce_snoop;
}

int space_table_fits(const struct uapi *uapi, const struct space *space, const struct space_domain *domain,
		     const struct space_errors *errors)
{
	if (!could_be_one(uapi, domain))
		return errors->unlike;
	if (uapi->rules.value[KNOB_INCOMPATIBLE_ATTACH] == INCOMPATIBLE_ERROR && !is_like(uapi, space, domain))
		return errors->unlike;
	if (!table_snoops_as_wished(uapi, space, domain))
		return errors->unlike;
	return fits(uapi, domain, space_set(domain->space), errors);
}
