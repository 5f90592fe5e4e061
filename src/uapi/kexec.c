/* SPDX-License-Identifier: MIT */
/*
 * A crash kernel: what the one before it knew is lost, what it left in memory, units and devices is not. Nobody has
 * told devices to stop. Which of a unit's tables stay in force is the unit's driver's, or KNOB_KEXEC_TABLES's, to say:
 * VT-d's copies root and context tables and lets the old page tables work on until a driver maps something for its
 * device (commit 091d42e43d21, intel_iommu_is_attach_deferred()); SMMUv3's resets the unit, with everything aborted
 * meanwhile (commit 3f54c447df34).
 */
#include "uapi/boot.h"
#include "uapi/device.h"
#include "uapi/group.h"
#include "uapi/space.h"

#include <errno.h>
#include <string.h>

static enum driver_handover way_of(const struct uapi *uapi, const struct driver *driver)
{
	switch (uapi->rules.value[KNOB_KEXEC_TABLES]) {
	case KEXEC_TABLES_KEEP:
		return HANDOVER_KEEP;
	case KEXEC_TABLES_RESET:
		return HANDOVER_RESET;
	case KEXEC_TABLES_OFF:
		return HANDOVER_OFF;
	default:
		return driver->ops->kind == IOMMU_VTD ? HANDOVER_KEEP : HANDOVER_RESET;
	}
}

/* --- what the old kernel knew --- */

static void drop_areas(struct uapi *uapi, uint32_t set)
{
	while (!areas_empty(&uapi->areas, set))
		areas_remove(&uapi->areas, areas_seek(&uapi->areas, set, 0));
}

static void drop_pool(struct uapi *uapi, arena_pool_id pool)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, pool, slot)) != ARENA_NONE)
		arena_release(uapi->arena, pool, slot);
}

/* Handles of its spaces mean nothing any more: a later space has other ones. */
static void forget_spaces(struct uapi *uapi)
{
	space_handle next = 0;
	uint32_t slot = 0;

	while ((next = space_next(uapi, next))) {
		drop_areas(uapi, space_set(next));
		uapi->books->space_turn[space_slot_of(next) - 1]++;
	}
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE) {
		drop_areas(uapi, area_set(AREA_SET_DOMAIN, slot));
		uapi->dma_hint[slot - 1] = 0;
	}
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		drop_areas(uapi, area_set(AREA_SET_DIRECT, i));
	memset(uapi->books->space_hint, 0, sizeof(uapi->books->space_hint));
}

static void forget_device(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	bool present = state->present;

	*state = (struct uapi_device){.home = GROUP_NONE,
				      .group = GROUP_NONE,
				      .user = MACHINE_NONE,
				      .bound_for = MACHINE_NONE,
				      .driver = (uint8_t)uapi->machine->devices[device].driver,
				      .present = present};
	if (state->driver == DRIVER_HOST || !present)
		state->driver = DRIVER_NONE;
}

static void forget(struct uapi *uapi)
{
	const struct machine *machine = uapi->machine;
	const arena_pool_id pools[] = {uapi->pasids,        uapi->vpasids,    uapi->mms,    uapi->touched,
				       uapi->pins,          uapi->pending,    uapi->events, uapi->spaces,
				       uapi->space_domains, uapi->dma_domains};

	forget_spaces(uapi);
	for (unsigned i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		drop_pool(uapi, pools[i]);
	for (uint32_t i = 0; i < machine->device_count; i++)
		forget_device(uapi, (uint16_t)i);
	for (uint32_t i = 0; i < machine->memory_count; i++) {
		uapi->memories[i].pins = uapi->memories[i].dma_maps = 0;
		uapi->memories[i].shared = uapi->memories[i].write_faults = false;
	}
	memset(uapi->owners, 0, machine->owner_count * sizeof(*uapi->owners));
	memset(uapi->groups, 0, uapi->group_rows * sizeof(*uapi->groups));
	for (uint32_t i = 0; i < machine->iommu_count; i++)
		uapi->units[i] = (struct uapi_unit){.enabled = uapi->units[i].enabled};
	memset(uapi->vectors, 0, uapi->vector_count * sizeof(*uapi->vectors));
	uapi->books->group_hint = 0;
	group_compute(uapi);
}

/* --- the new one boots --- */

static void defer(struct uapi *uapi, uint16_t unit)
{
	uapi->units[unit].enabled = uapi->units[unit].placed = true;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->machine->devices[i].iommu == unit && uapi->devices[i].home != GROUP_NONE)
			uapi->devices[i].deferred = true;
}

int kexec_attach(struct uapi *uapi, uint16_t device)
{
	int error = uapi->devices[device].deferred ? group_place(uapi, device) : 0;

	if (!error)
		uapi->devices[device].deferred = false;
	return error;
}

/* What cannot be kept (no memory) is reset, as kernels do. */
static int take_over(struct uapi *uapi, uint16_t unit, enum driver_handover way)
{
	struct driver *driver = uapi->drivers[unit];
	int error = driver->ops->hand_over(driver, way);

	if (error && way == HANDOVER_KEEP) {
		way = HANDOVER_RESET;
		error = driver->ops->hand_over(driver, way);
	}
	if (error)
		return error;
	if (way != HANDOVER_KEEP)
		return boot_unit(uapi, unit, way == HANDOVER_RESET);
	defer(uapi, unit);
	return 0;
}

int uapi_kexec(struct uapi *uapi)
{
	int error = boot_finish(uapi);

	if (error)
		return error;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		device_finish_reset(uapi, (uint16_t)i);
	forget(uapi);
	for (uint32_t i = 0; i < uapi->machine->iommu_count; i++) {
		struct driver *driver = uapi->drivers[i];
		bool was_on = uapi->units[i].enabled;
		uapi->units[i].enabled = false;
		int failed = driver ? take_over(uapi, (uint16_t)i, was_on ? way_of(uapi, driver) : HANDOVER_OFF) : 0;
		error = error ? error : failed;
	}
	return error;
}
