/* SPDX-License-Identifier: MIT */
#include "uapi/domain.h"

#include "uapi/features.h"

#include <errno.h>

static int alloc(struct uapi *uapi, uint16_t unit, enum domain_type type, domain_handle *out)
{
	struct driver *driver = uapi->drivers[unit];
	return driver->ops->domain_alloc(driver, type, out);
}

static int identity(struct uapi *uapi, uint16_t unit, domain_handle *out)
{
	struct uapi_unit *state = &uapi->units[unit];
	int error = state->identity ? 0 : alloc(uapi, unit, DOMAIN_IDENTITY, &state->identity);
	*out = state->identity;
	return error;
}

int domain_blocking(struct uapi *uapi, uint16_t unit, domain_handle *out)
{
	static const uint8_t types[] = {[BLOCKING_FAULT] = DOMAIN_BLOCKED,
					[BLOCKING_EMPTY_TABLE] = DOMAIN_USER,
					[BLOCKING_SCRATCH_PAGE] = DOMAIN_SCRATCH};
	struct uapi_unit *state = &uapi->units[unit];
	unsigned way = uapi->rules.value[KNOB_BLOCKING_IMPL];
	if (way == BLOCKING_BYPASS)
		return identity(uapi, unit, out);
	int error = state->blocking ? 0 : alloc(uapi, unit, (enum domain_type)types[way], &state->blocking);
	*out = state->blocking;
	return error;
}

/* An offset that is large enough for any granule finds the page that the domain's table leads to, wherever it is. */
bool uapi_scratch_page(const struct uapi *uapi, uint16_t iommu, uint64_t pa)
{
	if (uapi->rules.value[KNOB_BLOCKING_IMPL] != BLOCKING_SCRATCH_PAGE || !uapi->units[iommu].blocking)
		return false;
	struct driver *driver = uapi->drivers[iommu];
	uint64_t found;
	return driver->ops->lookup(driver, uapi->units[iommu].blocking, pa & UINT16_MAX, &found) && found == pa;
}

/* --- reserved ranges --- */

static bool overlaps(const struct machine_reserved *range, uint64_t first, uint64_t last)
{
	return range->bytes && range->first <= last && range->first + (range->bytes - 1) >= first;
}

bool device_reserves(const struct uapi *uapi, uint16_t device, uint64_t first, uint64_t last, uint64_t *end)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	for (uint32_t i = 0; i < row->reserved_count; i++) {
		const struct machine_reserved *range = &uapi->machine->reserved[row->first_reserved + i];
		if (range->kind != RESERVED_RELAXABLE && overlaps(range, first, last)) {
			*end = range->first + (range->bytes - 1);
			return true;
		}
	}
	uint64_t msi_first, msi_last;
	machine_msi_window(uapi->machine, row->iommu, &msi_first, &msi_last);
	*end = msi_last;
	return msi_first <= last && msi_last >= first;
}

bool device_needs_firmware_range(const struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	for (uint32_t i = 0; i < row->reserved_count; i++)
		if (uapi->machine->reserved[row->first_reserved + i].kind == RESERVED_RMRR)
			return true;
	return false;
}

/* --- default domains --- */

static uint8_t default_mode(const struct uapi *uapi, uint32_t home)
{
	if (uapi->rules.value[KNOB_USER_API] == USER_API_NOIOMMU)
		return KERNEL_DMA_IDENTITY;
	if (uapi->groups[home].dma_type)
		return (uint8_t)(uapi->groups[home].dma_type - 1);
	if (uapi->groups[home].untrusted)
		return KERNEL_DMA_STRICT;
	return uapi->rules.value[KNOB_KERNEL_DMA];
}

/* 0: none yet. A group whose members are served by several units has a default domain on each. */
static uint32_t find(const struct uapi *uapi, uint32_t home, uint16_t unit)
{
	uint32_t slot = uapi->groups[home].dma_domain;
	if (!slot || dma_domain_slot(uapi, slot)->unit == unit)
		return slot;
	slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE) {
		const struct dma_domain *domain = dma_domain_slot(uapi, slot);
		if (domain->group == home && domain->unit == unit)
			return slot;
	}
	return 0;
}

static int make(struct uapi *uapi, uint32_t home, uint16_t unit, uint32_t *out)
{
	uint32_t slot = arena_alloc(uapi->arena, uapi->dma_domains);
	if (slot == ARENA_NONE)
		return -ENOMEM;
	struct dma_domain *domain = dma_domain_slot(uapi, slot);
	*domain = (struct dma_domain){.group = home, .unit = unit, .mode = default_mode(uapi, home)};
	domain_handle none;
	if (domain->mode == KERNEL_DMA_IDENTITY && identity(uapi, unit, &none) == -EOPNOTSUPP)
		domain->mode = KERNEL_DMA_STRICT;
	int error = domain->mode == KERNEL_DMA_IDENTITY ? 0 : alloc(uapi, unit, DOMAIN_DMA, &domain->domain);
	if (!error && domain->domain)
		error = interrupts_doorbell_map(uapi, unit, domain->domain);
	if (error) {
		if (domain->domain)
			uapi->drivers[unit]->ops->domain_free(uapi->drivers[unit], domain->domain);
		arena_release(uapi->arena, uapi->dma_domains, slot);
		return error;
	}
	if (!uapi->groups[home].dma_domain)
		uapi->groups[home].dma_domain = slot;
	*out = slot;
	return 0;
}

void domain_forget(struct uapi *uapi, uint32_t home)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE) {
		const struct dma_domain *domain = dma_domain_slot(uapi, slot);
		struct driver *driver = uapi->drivers[domain->unit];
		uint32_t set = area_set(AREA_SET_DOMAIN, slot);
		if (domain->group != home)
			continue;
		while (!areas_empty(&uapi->areas, set))
			areas_remove(&uapi->areas, areas_seek(&uapi->areas, set, 0));
		if (domain->domain)
			driver->ops->domain_free(driver, domain->domain);
		uapi->dma_hint[slot - 1] = 0;
		arena_release(uapi->arena, uapi->dma_domains, slot);
	}
}

/* Page by page where devices share a part of the range. A range that the table cannot hold stays out. */
static void map_firmware_range(struct uapi *uapi, const struct dma_domain *domain, const struct machine_reserved *range)
{
	struct driver *driver = uapi->drivers[domain->unit];
	unsigned both = UAPI_READ | UAPI_WRITE;
	uint64_t pa;
	if (driver->ops->map(driver, domain->domain, range->first, range->first, range->bytes, both) != -EEXIST)
		return;
	for (uint64_t at = 0; at < range->bytes; at += UNIT_PAGE_BYTES)
		if (!driver->ops->lookup(driver, domain->domain, range->first + at, &pa))
			driver->ops->map(driver, domain->domain, range->first + at, range->first + at, UNIT_PAGE_BYTES,
					 both);
}

static void map_firmware_ranges(struct uapi *uapi, uint16_t device, const struct dma_domain *domain)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	for (uint32_t i = 0; i < row->reserved_count; i++) {
		const struct machine_reserved *range = &uapi->machine->reserved[row->first_reserved + i];
		if (range->kind == RESERVED_RMRR || range->kind == RESERVED_RELAXABLE)
			map_firmware_range(uapi, domain, range);
	}
}

int domain_default(struct uapi *uapi, uint16_t device, domain_handle *out)
{
	struct uapi_device *state = &uapi->devices[device];
	uint16_t unit = uapi->machine->devices[device].iommu;
	if (!state->dma_domain) {
		uint32_t slot = find(uapi, state->home, unit);
		int error = slot ? 0 : make(uapi, state->home, unit, &slot);
		if (error)
			return error;
		state->dma_domain = slot;
		if (dma_domain_slot(uapi, slot)->domain)
			map_firmware_ranges(uapi, device, dma_domain_slot(uapi, slot));
	}
	const struct dma_domain *domain = dma_domain_slot(uapi, state->dma_domain);
	*out = domain->domain;
	return domain->domain ? 0 : identity(uapi, unit, out);
}

uint32_t domain_default_slot(const struct uapi *uapi, uint16_t device)
{
	const struct uapi_device *state = &uapi->devices[device];
	uint16_t unit = uapi->machine->devices[device].iommu;
	if (!state->dma_domain || !uapi->units[unit].enabled)
		return 0;
	return dma_domain_slot(uapi, state->dma_domain)->domain ? state->dma_domain : 0;
}
