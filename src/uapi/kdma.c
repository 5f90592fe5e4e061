/* SPDX-License-Identifier: MIT */
#include "uapi/kdma.h"

#include "uapi/boot.h"
#include "uapi/bounce.h"
#include "uapi/device.h"
#include "uapi/domain.h"
#include "uapi/features.h"
#include "uapi/iova.h"
#include "uapi/pasid.h"

#include <errno.h>

/* --- drivers --- */

int kdma_bind(struct uapi *uapi, uint16_t device, uint16_t for_owner)
{
	struct uapi_device *state = &uapi->devices[device];
	if (state->group != GROUP_NONE && uapi->groups[state->group].owner != MACHINE_NONE) {
		switch (uapi->rules.value[KNOB_LATE_BIND]) {
		case LATE_BIND_CRASH:
			return UAPI_CRASH;
		case LATE_BIND_PROBE_EBUSY:
			return -EBUSY;
		default:
			break;
		}
	}
	state->driver = DRIVER_HOST;
	state->bound_for = for_owner;
	uapi->platform.bus_master(uapi->platform.context, device, true);
	interrupts_open(uapi, device);
	return 0;
}

static void drop_hold(struct uapi *uapi, const struct area *area)
{
	if (area->kind == UAPI_MEMORY && !(area->flags & AREA_OF_PIN))
		uapi->memories[area->target].dma_maps--;
}

void kdma_unbind(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	uint32_t direct = area_set(AREA_SET_DIRECT, device);
	struct area *area;
	device_finish_reset(uapi, device);
	interrupts_close(uapi, device);
	pasid_unbind_all(uapi, device, MACHINE_NONE);
	features_drop_faults(uapi, device);
	while ((area = areas_at(&uapi->areas, direct, areas_seek(&uapi->areas, direct, 0)))) {
		drop_hold(uapi, area);
		areas_remove(&uapi->areas, areas_seek(&uapi->areas, direct, 0));
	}
	uint32_t set = area_set(AREA_SET_DOMAIN, state->dma_domain);
	for (uint32_t at = areas_seek(&uapi->areas, set, 0);
	     state->dma_domain && (area = areas_at(&uapi->areas, set, at)); at++) {
		if (area->device != device || area->flags & (AREA_QUEUED | AREA_LEAKED))
			continue;
		drop_hold(uapi, area);
		area->flags |= AREA_LEAKED;
	}
	state->driver = DRIVER_NONE;
	state->bound_for = MACHINE_NONE;
}

void kdma_drop(struct uapi *uapi, uint32_t slot)
{
	uint32_t set = area_set(AREA_SET_DOMAIN, slot);
	struct area *area;
	for (uint32_t at = areas_seek(&uapi->areas, set, 0); (area = areas_at(&uapi->areas, set, at)); at++) {
		if (area->flags & (AREA_QUEUED | AREA_LEAKED))
			continue;
		drop_hold(uapi, area);
		area->flags |= AREA_LEAKED;
	}
}

/* --- flushing --- */

static int flush_domain(struct uapi *uapi, uint32_t slot)
{
	struct dma_domain *domain = dma_domain_slot(uapi, slot);
	struct driver *driver = uapi->drivers[domain->unit];
	uint32_t set = area_set(AREA_SET_DOMAIN, slot), at = areas_seek(&uapi->areas, set, 0);
	const struct area *area;
	if (!domain->queued)
		return 0;
	int error = driver->ops->flush_domain(driver, domain->domain);
	if (error)
		return error;
	while (domain->queued && (area = areas_at(&uapi->areas, set, at))) {
		if (!(area->flags & AREA_QUEUED)) {
			at++;
			continue;
		}
		if (area->iova < uapi->dma_hint[slot - 1])
			uapi->dma_hint[slot - 1] = area->iova;
		areas_remove(&uapi->areas, at);
		domain->queued--;
	}
	return 0;
}

int kdma_flush(struct uapi *uapi)
{
	uint32_t slot = 0;
	int result = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE) {
		int error = flush_domain(uapi, slot);
		result = result ? result : error;
	}
	return result;
}

/* --- mapping --- */

static uint64_t target_bytes(const struct uapi *uapi, struct uapi_target target)
{
	return target.kind == UAPI_MEMORY ? uapi->machine->memories[target.index].bytes
					  : uapi->machine->bars[target.index].bytes;
}

static uint64_t target_pa(const struct uapi *uapi, struct uapi_target target)
{
	return target.offset + (target.kind == UAPI_MEMORY ? uapi->machine->memories[target.index].hpa
							   : uapi->machine->bars[target.index].bus);
}

static int may_use(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	const struct uapi_device *state = &uapi->devices[device];
	if (!device_kernel_driven(uapi, device))
		return -ENODEV;
	return owner == MACHINE_HOST || owner == state->bound_for ? 0 : -EPERM;
}

struct avoided {
	const struct uapi *uapi;
	uint32_t home;
	uint16_t unit;
};

/* Whatever is reserved for a member of the group, relaxable ranges as well: they are mapped 1:1. */
static bool avoid(void *context, uint64_t first, uint64_t last, uint64_t *end)
{
	const struct avoided *avoided = context;
	const struct machine *machine = avoided->uapi->machine;
	uint64_t msi_first, msi_last;
	machine_msi_window(machine, avoided->unit, &msi_first, &msi_last);
	if (first <= msi_last && last >= msi_first) {
		*end = msi_last;
		return true;
	}
	for (uint32_t i = 0; i < machine->reserved_count; i++) {
		const struct machine_reserved *range = &machine->reserved[i];
		uint64_t range_last = range->first + (range->bytes - 1);
		if (avoided->uapi->devices[range->device].home == avoided->home && range->bytes &&
		    first <= range_last && last >= range->first) {
			*end = range_last;
			return true;
		}
	}
	return false;
}

/* Size-aligned, as kernels do; a power of two is never larger than the address space here. */
static uint64_t alignment_of(uint64_t bytes)
{
	uint64_t alignment = UNIT_PAGE_BYTES;
	while (alignment < bytes && alignment < UINT64_C(1) << 62)
		alignment <<= 1;
	return alignment;
}

static int pick(struct uapi *uapi, uint32_t slot, uint64_t bytes, uint64_t *iova)
{
	struct dma_domain *domain = dma_domain_slot(uapi, slot);
	struct driver *driver = uapi->drivers[domain->unit];
	struct avoided avoided = {.uapi = uapi, .home = domain->group, .unit = domain->unit};
	struct domain_geometry geometry;
	driver->ops->domain_geometry(driver, domain->domain, &geometry);
	struct iova_wish wish = {.set = area_set(AREA_SET_DOMAIN, slot),
				 .bytes = bytes,
				 .align = alignment_of(bytes),
				 .first = geometry.first,
				 .last = geometry.last,
				 .avoid = avoid,
				 .context = &avoided};
	uint64_t *hint = &uapi->dma_hint[slot - 1];
	if (iova_pick(&uapi->areas, &wish, hint, iova))
		return 0;
	int error = domain->queued ? flush_domain(uapi, slot) : -ENOMEM;
	if (error)
		return error;
	return iova_pick(&uapi->areas, &wish, hint, iova) ? 0 : -ENOMEM;
}

static struct area area_for(uint16_t device, struct uapi_target target, uint64_t iova, uint64_t bytes,
			    unsigned permissions)
{
	return (struct area){.iova = iova,
			     .bytes = bytes,
			     .offset = target.offset,
			     .target = target.index,
			     .device = device,
			     .kind = (uint8_t)target.kind,
			     .permissions = (uint8_t)permissions,
			     .flags = target.pinned ? AREA_OF_PIN : 0};
}

/* The area, all of whose pages lead to `pa`. */
static int enter(struct uapi *uapi, uint32_t slot, const struct area *area, uint64_t pa)
{
	const struct dma_domain *domain = dma_domain_slot(uapi, slot);
	struct driver *driver = uapi->drivers[domain->unit];
	if (!areas_insert(&uapi->areas, area))
		return -ENOMEM;
	int error = driver->ops->map(driver, domain->domain, area->iova, pa, area->bytes, area->permissions);
	if (!error)
		return 0;
	areas_remove(&uapi->areas, areas_seek(&uapi->areas, area->set, area->iova));
	uapi->dma_hint[slot - 1] = 0;
	return error;
}

static int map_translated(struct uapi *uapi, uint32_t slot, uint16_t device, struct uapi_target target, uint64_t bytes,
			  unsigned permissions, uint64_t *iova)
{
	uint64_t pa = target_pa(uapi, target), inside = pa & (UNIT_PAGE_BYTES - 1), copy = pa;
	uint64_t whole = (bytes + inside + (UNIT_PAGE_BYTES - 1)) & ~(UNIT_PAGE_BYTES - 1), at;
	bool bounced = bounce_is_wanted(uapi, device, pa, bytes);
	int error = pick(uapi, slot, whole, &at);
	if (error)
		return error;
	struct area area = area_for(device, target, at, whole, permissions);
	area.set = area_set(AREA_SET_DOMAIN, slot);
	area.flags |= bounced ? AREA_BOUNCED : 0;
	error = bounced ? bounce_begin(uapi, pa, bytes, &copy) : 0;
	if (error)
		return error;
	error = enter(uapi, slot, &area, copy - inside);
	if (error && bounced)
		bounce_end(uapi, copy, pa, bytes, false);
	if (!error)
		*iova = at + inside;
	return error;
}

static int map_direct(struct uapi *uapi, uint16_t device, struct uapi_target target, uint64_t bytes,
		      unsigned permissions, uint64_t *iova)
{
	struct area area = area_for(device, target, target_pa(uapi, target), bytes, permissions);
	area.set = area_set(AREA_SET_DIRECT, device);
	*iova = area.iova;
	return areas_insert(&uapi->areas, &area) ? 0 : -ENOMEM;
}

int kdma_map(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_target target, uint64_t bytes,
	     unsigned permissions, uint64_t *iova)
{
	int error = may_use(uapi, owner, device);
	uint64_t whole = target_bytes(uapi, target);
	if (error)
		return error;
	if (!bytes || !permissions || target.offset > whole || bytes > whole - target.offset)
		return -EINVAL;
	error = kexec_attach(uapi, device);
	if (error)
		return error;
	uint32_t slot = domain_default_slot(uapi, device);
	error = slot ? map_translated(uapi, slot, device, target, bytes, permissions, iova)
		     : map_direct(uapi, device, target, bytes, permissions, iova);
	if (!error && target.kind == UAPI_MEMORY && !target.pinned)
		uapi->memories[target.index].dma_maps++;
	return error;
}

/* --- unmapping --- */

/* Of the device, where nothing is translated for it; *place: where the area is in its set. */
static const struct area *find_direct(const struct uapi *uapi, uint16_t device, uint64_t iova, uint64_t bytes,
				      uint32_t *place)
{
	uint32_t set = area_set(AREA_SET_DIRECT, device);
	const struct area *area;
	for (*place = areas_seek(&uapi->areas, set, iova);
	     (area = areas_at(&uapi->areas, set, *place)) && area->iova <= iova; ++*place)
		if (area->iova == iova && area->bytes == bytes)
			return area;
	return NULL;
}

static bool unmap_direct(struct uapi *uapi, uint16_t device, uint64_t iova, uint64_t bytes)
{
	uint32_t at;
	const struct area *area = find_direct(uapi, device, iova, bytes, &at);
	if (!area)
		return false;
	drop_hold(uapi, area);
	areas_remove(&uapi->areas, at);
	return true;
}

/* In its default domain: the area of whole pages that has the buffer. */
static struct area *find_translated(const struct uapi *uapi, uint16_t device, uint64_t iova, uint64_t bytes)
{
	uint32_t slot = uapi->devices[device].dma_domain;
	uint64_t inside = iova & (UNIT_PAGE_BYTES - 1);
	uint64_t whole = (bytes + inside + (UNIT_PAGE_BYTES - 1)) & ~(UNIT_PAGE_BYTES - 1);
	struct area *area =
		slot ? areas_overlap(&uapi->areas, area_set(AREA_SET_DOMAIN, slot), iova - inside, iova - inside)
		     : NULL;
	bool is_it = area && area->iova == iova - inside && area->bytes == whole && area->device == device &&
		     !(area->flags & (AREA_QUEUED | AREA_LEAKED));
	return is_it ? area : NULL;
}

/* Lazy: the entries are gone, what is cached of them is not, and the addresses wait. A full queue is flushed first. */
static int settle_unmapped(struct uapi *uapi, uint32_t slot, struct gather *gather)
{
	const struct dma_domain *domain = dma_domain_slot(uapi, slot);
	struct driver *driver = uapi->drivers[domain->unit];
	if (domain->mode != KERNEL_DMA_LAZY)
		return driver->ops->sync(driver, gather);
	return domain->queued >= FLUSH_QUEUE_MAX ? flush_domain(uapi, slot) : 0;
}

/* What was copied for the area goes back to where it belongs. */
static void end_bounce(struct uapi *uapi, const struct area *area, uint64_t pages, uint64_t bytes)
{
	struct uapi_target target = {.kind = area->kind, .index = area->target, .offset = area->offset};
	uint64_t pa = target_pa(uapi, target);
	if (area->flags & AREA_BOUNCED)
		bounce_end(uapi, pages + (pa & (UNIT_PAGE_BYTES - 1)), pa, bytes, area->permissions & UAPI_WRITE);
}

/* `bytes`: of the buffer, where the area is of whole pages. */
static int unmap_translated(struct uapi *uapi, uint32_t slot, struct area *area, uint64_t bytes)
{
	struct dma_domain *domain = dma_domain_slot(uapi, slot);
	struct driver *driver = uapi->drivers[domain->unit];
	struct gather gather = {.domain = domain->domain};
	uint64_t pa = 0;
	driver->ops->lookup(driver, domain->domain, area->iova, &pa);
	int error = driver->ops->unmap(driver, domain->domain, area->iova, area->bytes, &gather);
	if (error)
		return error;
	error = settle_unmapped(uapi, slot, &gather);
	if (error) {
		driver->ops->map(driver, domain->domain, area->iova, pa, area->bytes, area->permissions);
		return error;
	}
	end_bounce(uapi, area, pa, bytes);
	drop_hold(uapi, area);
	if (domain->mode == KERNEL_DMA_LAZY) {
		area->flags |= AREA_QUEUED;
		domain->queued++;
		return 0;
	}
	if (area->iova < uapi->dma_hint[slot - 1])
		uapi->dma_hint[slot - 1] = area->iova;
	areas_remove(&uapi->areas, areas_seek(&uapi->areas, area_set(AREA_SET_DOMAIN, slot), area->iova));
	return 0;
}

int kdma_unmap(struct uapi *uapi, uint16_t owner, uint16_t device, uint64_t iova, uint64_t bytes)
{
	int error = may_use(uapi, owner, device);
	if (error)
		return error;
	if (!bytes)
		return -EINVAL;
	if (unmap_direct(uapi, device, iova, bytes))
		return 0;
	struct area *area = find_translated(uapi, device, iova, bytes);
	return area ? unmap_translated(uapi, uapi->devices[device].dma_domain, area, bytes) : -EINVAL;
}

/* --- buffers that stay mapped --- */

/* Who may read what the other wrote: a buffer that the device only reads is never copied back. */
static bool is_copied(const struct uapi *uapi, const struct area *area, bool for_device)
{
	if (!for_device)
		return area->permissions & UAPI_WRITE;
	return area->permissions & UAPI_READ || uapi->rules.value[KNOB_BOUNCE_SYNC] == BOUNCE_SYNC_ALWAYS;
}

static void sync_bounce(struct uapi *uapi, uint32_t slot, const struct area *area, uint64_t bytes, bool for_device)
{
	const struct dma_domain *domain = dma_domain_slot(uapi, slot);
	struct driver *driver = uapi->drivers[domain->unit];
	struct uapi_target target = {.kind = area->kind, .index = area->target, .offset = area->offset};
	uint64_t pa = target_pa(uapi, target), pages = 0;
	if (!(area->flags & AREA_BOUNCED) || !is_copied(uapi, area, for_device))
		return;
	driver->ops->lookup(driver, domain->domain, area->iova, &pages);
	bounce_sync(uapi, pages + (pa & (UNIT_PAGE_BYTES - 1)), pa, bytes, for_device);
}

int kdma_sync(struct uapi *uapi, uint16_t owner, uint16_t device, uint64_t iova, uint64_t bytes, bool for_device)
{
	int error = may_use(uapi, owner, device);
	uint32_t place;
	if (error)
		return error;
	if (find_direct(uapi, device, iova, bytes, &place))
		return 0;
	const struct area *area = find_translated(uapi, device, iova, bytes);
	if (!area)
		return -EINVAL;
	sync_bounce(uapi, uapi->devices[device].dma_domain, area, bytes, for_device);
	return 0;
}

/* --- the kernel's drivers as a front end: taking a device is to be its driver --- */

static int kernel_dma_take(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	if (device_is_mdev(uapi, device))
		return -ENODEV;
	if (uapi->devices[device].driver == DRIVER_HOST)
		return -EBUSY;
	return kdma_bind(uapi, device, owner);
}

static void kernel_dma_release(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	(void)owner;
	kdma_unbind(uapi, device);
}

const struct uapi_front_end kernel_dma_front_end = {
	.name = "none",
	.take = kernel_dma_take,
	.release = kernel_dma_release,
};
