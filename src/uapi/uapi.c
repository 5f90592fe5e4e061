/* SPDX-License-Identifier: MIT */
#include "uapi/uapi.h"

#include "uapi/boot.h"
#include "uapi/device.h"
#include "uapi/fault.h"
#include "uapi/features.h"
#include "uapi/fork.h"
#include "uapi/group.h"
#include "uapi/iommufd_objects.h"
#include "uapi/kdma.h"
#include "uapi/pasid.h"
#include "uapi/plugin.h"
#include "uapi/space.h"

#include <errno.h>
#include <glib.h>

const struct uapi_front_end *const front_ends[] = {
	[USER_API_VFIO_TYPE1] = &type1_front_end,    [USER_API_IOMMUFD] = &iommufd_front_end,
	[USER_API_NOIOMMU] = &noiommu_front_end,     [USER_API_NONE] = &kernel_dma_front_end,
	[USER_API_IOASID_KT] = &ioasid_kt_front_end, [USER_API_IOASID_V1] = &ioasid_v1_front_end,
	[USER_API_IOMMU_V2] = &iommu_v2_front_end,   [USER_API_AUX_DOMAIN] = &aux_domain_front_end,
};

unsigned front_end_count(void)
{
	return sizeof(front_ends) / sizeof(front_ends[0]);
}

/* --- life --- */

static void link_packages(struct uapi *uapi)
{
	const struct machine *machine = uapi->machine;
	g_autofree uint16_t *last = g_new(uint16_t, machine->device_count + 1);
	uapi->package_next = g_new(uint16_t, machine->device_count + 1);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		uint16_t package = machine->devices[i].package;
		uapi->package_next[i] = MACHINE_NONE;
		if (package != i)
			uapi->package_next[last[package]] = (uint16_t)i;
		last[package] = (uint16_t)i;
		uapi->any_alias |= machine->devices[i].aliased;
	}
}

static void count_vectors(struct uapi *uapi)
{
	const struct machine *machine = uapi->machine;

	uapi->first_vector = g_new0(uint32_t, machine->device_count + 1);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		uapi->first_vector[i] = uapi->vector_count;
		uapi->vector_count += machine->devices[i].vectors;
	}
}

static void make_regions(struct uapi *uapi)
{
	const struct machine *machine = uapi->machine;
	struct arena *arena = uapi->arena;
	/* Those of a group that changes its type exist beside the new ones for a while. */
	uint32_t devices = machine->device_count, domains = 2 * devices + 1;
	uapi->group_rows = machine->port_count + 2 * devices;
	uapi->devices = arena_block(arena, "uapi devices", (devices + 1) * sizeof(*uapi->devices), ARENA_HASHED);
	uapi->groups = arena_block(arena, "uapi groups", (uapi->group_rows + 1) * sizeof(*uapi->groups), ARENA_HASHED);
	uapi->units = arena_block(arena, "uapi units", (machine->iommu_count + 1) * sizeof(*uapi->units), ARENA_HASHED);
	uapi->memories = arena_block(arena, "uapi memories", (machine->memory_count + 1) * sizeof(*uapi->memories),
				     ARENA_HASHED);
	uapi->owners =
		arena_block(arena, "uapi owners", (machine->owner_count + 1) * sizeof(*uapi->owners), ARENA_HASHED);
	uapi->books = arena_block(arena, "uapi books", sizeof(*uapi->books), ARENA_DERIVED);
	uapi->dma_hint = arena_block(arena, "uapi address hints", domains * sizeof(*uapi->dma_hint), ARENA_DERIVED);
	uapi->map_calls =
		arena_block(arena, "uapi map calls", UAPI_MAX_SPACES * sizeof(*uapi->map_calls), ARENA_UNHASHED);
	uapi->vectors =
		arena_block(arena, "uapi vectors", (uapi->vector_count + 1) * sizeof(*uapi->vectors), ARENA_HASHED);
	areas_init(&uapi->areas, arena, UAPI_MAX_AREAS);
	uapi->pasids =
		arena_pool(arena, "uapi PASIDs", sizeof(struct uapi_pasid), UAPI_MAX_PASIDS, false, ARENA_HASHED);
	uapi->vpasids = arena_pool(arena, "uapi guests' PASIDs", sizeof(struct uapi_vpasid), UAPI_MAX_VPASIDS, false,
				   ARENA_HASHED);
	uapi->mms = arena_pool(arena, "uapi address spaces", sizeof(struct uapi_mm), UAPI_MAX_MMS, false, ARENA_HASHED);
	uapi->touched = arena_pool(arena, "uapi touched pages", sizeof(struct uapi_touched), UAPI_MAX_TOUCHED, false,
				   ARENA_HASHED);
	uapi->pins = arena_pool(arena, "uapi pins", sizeof(struct uapi_pin), UAPI_MAX_PINS, false, ARENA_HASHED);
	uapi->pending = arena_pool(arena, "uapi page requests", sizeof(struct uapi_pending), UAPI_MAX_PENDING, false,
				   ARENA_HASHED);
	uapi->events = arena_pool(arena, "uapi events of vIOMMUs", sizeof(struct uapi_event), UAPI_MAX_EVENTS, false,
				  ARENA_HASHED);
	uapi->spaces = arena_pool(arena, "uapi spaces", sizeof(struct space), UAPI_MAX_SPACES, false, ARENA_HASHED);
	uapi->space_domains = arena_pool(arena, "uapi space domains", sizeof(struct space_domain), 2 * UAPI_MAX_SPACES,
					 false, ARENA_HASHED);
	uapi->dma_domains =
		arena_pool(arena, "uapi default domains", sizeof(struct dma_domain), domains, false, ARENA_HASHED);
}

/* A VF or an mdev is there if its parent is. */
static bool declared_present(const struct machine *machine, uint32_t device)
{
	uint16_t parent = machine->devices[device].parent;
	return machine->devices[device].present && (parent == MACHINE_NONE || machine->devices[parent].present);
}

static void set_up_device(struct uapi *uapi, uint32_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	struct uapi_device *state = &uapi->devices[device];
	*state = (struct uapi_device){.home = GROUP_NONE,
				      .group = GROUP_NONE,
				      .user = MACHINE_NONE,
				      .bound_for = MACHINE_NONE,
				      .driver = DRIVER_NONE,
				      .present = declared_present(uapi->machine, device)};
	if (!state->present)
		return;
	state->driver = (uint8_t)row->driver;
	if (row->driver == DRIVER_HOST)
		state->bound_for = MACHINE_HOST;
}

struct uapi *uapi_new(const struct uapi_config *config)
{
	struct uapi *uapi = g_new0(struct uapi, 1);
	const struct machine *machine = config->machine;
	uapi->machine = machine;
	uapi->arena = config->arena;
	uapi->rules = config->rules;
	uapi->platform = config->platform;
	uapi->front = front_ends[config->rules.value[KNOB_USER_API]];
	uapi->drivers = g_new0(struct driver *, machine->iommu_count + 1);
	for (uint32_t i = 0; i < machine->iommu_count; i++)
		uapi->drivers[i] = config->drivers[i];
	uapi->port_groups = g_new(uint32_t, machine->port_count + 1);
	uapi->before = g_new(domain_handle, machine->device_count + 1);
	link_packages(uapi);
	count_vectors(uapi);
	make_regions(uapi);
	plugin_set_up(uapi);
	for (uint32_t i = 0; i < machine->device_count; i++)
		set_up_device(uapi, i);
	for (uint32_t i = 0; i < machine->memory_count; i++)
		uapi->memories[i] = (struct uapi_memory){.owner = machine->memories[i].owner,
							 .faulted_in = machine->memories[i].present};
	for (uint32_t i = 0; i < machine->iommu_count; i++)
		if (uapi->drivers[i] && uapi->drivers[i]->ops->hear)
			uapi->drivers[i]->ops->hear(uapi->drivers[i], veventq_hear, uapi);
	group_compute(uapi);
	return uapi;
}

void uapi_free(struct uapi *uapi)
{
	if (!uapi)
		return;
	g_free(uapi->drivers);
	g_free(uapi->port_groups);
	g_free(uapi->first_vector);
	g_free(uapi->package_next);
	g_free(uapi->before);
	g_free(uapi);
}

void uapi_skip_viability(struct uapi *uapi, bool skip)
{
	uapi->skip_viability = skip;
}

int uapi_enter_device(struct uapi *uapi, uint16_t device)
{
	IOSIM_ASSERT(device < uapi->machine->device_count);
	int error = boot_finish(uapi);
	if (error)
		return error;
	return uapi->devices[device].present ? 0 : -ENODEV;
}

/* --- ownership --- */

static bool has_device(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	const struct uapi_device *state = &uapi->devices[device];
	return state->user == owner || (state->driver == DRIVER_HOST && state->bound_for == owner);
}

int uapi_take(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	IOSIM_ASSERT(owner < uapi->machine->owner_count);
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (owner == MACHINE_HOST)
		return uapi_driver_bind(uapi, device, DRIVER_HOST);
	return uapi->front->take(uapi, owner, device);
}

/* With the driver go the mdevs that it made: their users close them first. */
static void unbind_kernel_driver(struct uapi *uapi, uint16_t device)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (device_is_mdev(uapi, (uint16_t)i) && uapi->machine->devices[i].parent == device &&
		    uapi->devices[i].user != MACHINE_NONE)
			uapi->front->release(uapi, uapi->devices[i].user, (uint16_t)i);
	kdma_unbind(uapi, device);
}

int uapi_release(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (!has_device(uapi, owner, device))
		return -EINVAL;
	if (uapi->devices[device].user == owner)
		uapi->front->release(uapi, owner, device);
	else
		unbind_kernel_driver(uapi, device);
	return 0;
}

/* Those that have all of the flags, but for what something else stands on. True: there were some. */
static bool free_spaces(struct uapi *uapi, uint16_t owner, unsigned flags)
{
	space_handle next = space_next(uapi, 0);
	bool any = false;
	while (next) {
		space_handle space = next;
		next = space_next(uapi, space);
		if (space_of(uapi, space)->owner != owner || (space_of(uapi, space)->flags & flags) != flags ||
		    space_in_use(uapi, space))
			continue;
		object_forget(uapi, space);
		space_free(uapi, space);
		any = true;
	}
	return any;
}

/* The files of an owner are closed, and its address space goes if it has not yet. */
static void close_files(struct uapi *uapi, uint16_t owner)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].present && has_device(uapi, owner, (uint16_t)i) && owner != MACHINE_HOST)
			uapi_release(uapi, owner, (uint16_t)i);
	/* Of its address space, on devices that others have. */
	pasid_unbind_all(uapi, MACHINE_NONE, owner);
	pasid_end_cpus(uapi, owner);
	free_spaces(uapi, owner, SPACE_NESTED);
	free_spaces(uapi, owner, SPACE_SHADOW);
	bool more = true;
	while (more) /* what others stand on goes after them */
		more = free_spaces(uapi, owner, 0);
}

int uapi_exit(struct uapi *uapi, uint16_t owner)
{
	uint16_t last;
	int error = boot_finish(uapi);
	if (error)
		return error;
	if (!fork_exit(uapi, owner, &last))
		close_files(uapi, owner);
	if (last != MACHINE_NONE)
		close_files(uapi, last);
	return 0;
}

int uapi_driver_bind(struct uapi *uapi, uint16_t device, enum device_driver driver)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	struct uapi_device *state = &uapi->devices[device];
	if (driver == DRIVER_NONE)
		return uapi_driver_unbind(uapi, device);
	if (state->user != MACHINE_NONE || state->driver == DRIVER_HOST)
		return -EBUSY;
	if (device_is_mdev(uapi, device) && driver == DRIVER_HOST)
		return -ENODEV;
	if (driver == DRIVER_HOST) {
		error = uapi->front->probe ? uapi->front->probe(uapi, device) : 0;
		return error ? error : kdma_bind(uapi, device, MACHINE_HOST);
	}
	state->driver = (uint8_t)driver;
	return 0;
}

int uapi_driver_unbind(struct uapi *uapi, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	struct uapi_device *state = &uapi->devices[device];
	if (state->driver == DRIVER_NONE)
		return -ENODEV;
	if (state->user != MACHINE_NONE)
		uapi->front->release(uapi, state->user, device);
	if (state->driver == DRIVER_HOST)
		unbind_kernel_driver(uapi, device);
	state->driver = DRIVER_NONE;
	return 0;
}

/* --- reset --- */

static int may_reset(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (owner != MACHINE_HOST && !has_device(uapi, owner, device))
		return -EINVAL;
	return 0;
}

int uapi_reset_begin(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = may_reset(uapi, owner, device);
	if (error || device_is_mdev(uapi, device))
		return error;
	return device_begin_reset(uapi, device);
}

int uapi_reset_end(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = may_reset(uapi, owner, device);
	if (error || device_is_mdev(uapi, device))
		return error;
	if (!uapi->devices[device].resetting)
		return -EINVAL;
	device_end_reset(uapi, device);
	return 0;
}

int uapi_reset(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = uapi_reset_begin(uapi, owner, device);
	return error || device_is_mdev(uapi, device) ? error : uapi_reset_end(uapi, owner, device);
}

int uapi_mmap(struct uapi *uapi, uint16_t owner, uint16_t bar)
{
	IOSIM_ASSERT(bar < uapi->machine->bar_count);
	uint16_t device = uapi->machine->bars[bar].device;
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (owner == MACHINE_HOST || has_device(uapi, owner, device))
		return 0;
	return uapi->front->mmap ? uapi->front->mmap(uapi, owner, device) : -ENOTTY;
}

/* --- plugging --- */

/* A software device has no slot of its own. */
static void set_present(struct uapi *uapi, uint16_t device, bool present)
{
	uapi->devices[device].present = present;
	if (!device_is_mdev(uapi, device))
		uapi->platform.present(uapi->platform.context, device, present);
}

static int appear(struct uapi *uapi, uint16_t device)
{
	set_present(uapi, device, true);
	group_join(uapi, device);
	if (pasid_keeps_out(uapi, device))
		return -EBUSY;
	if (uapi->devices[device].home == GROUP_NONE || !uapi->units[uapi->machine->devices[device].iommu].placed)
		return 0;
	int error = group_place(uapi, device);
	if (!error) {
		features_place(uapi, device);
		pasid_share(uapi, device);
	}
	return error;
}

static bool requester_left(const struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (i != device && uapi->devices[i].home != GROUP_NONE &&
		    uapi->machine->devices[i].stream == row->stream && uapi->machine->devices[i].iommu == row->iommu)
			return true;
	return false;
}

static void vanish(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	if (state->driver != DRIVER_NONE)
		uapi_driver_unbind(uapi, device);
	device_finish_reset(uapi, device);
	fault_forget(uapi, device);
	if (state->home != GROUP_NONE && !requester_left(uapi, device)) {
		struct driver *driver = device_unit(uapi, device);
		driver->ops->attach(driver, uapi->machine->devices[device].stream, 0);
		features_leave(uapi, device);
	}
	group_leave(uapi, device);
	set_present(uapi, device, false);
}

/* VFs and mdevs that are there, or would be with their parent. */
static bool goes_with(const struct uapi *uapi, uint32_t child, uint16_t parent, bool present)
{
	return uapi->machine->devices[child].parent == parent && uapi->machine->devices[child].present &&
	       uapi->devices[child].present == present;
}

int uapi_unplug(struct uapi *uapi, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->machine->devices[i].parent == device && uapi->devices[i].present)
			vanish(uapi, (uint16_t)i);
	vanish(uapi, device);
	return 0;
}

static int appear_all(struct uapi *uapi, uint16_t device)
{
	int error = appear(uapi, device);
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++)
		if (goes_with(uapi, i, device, false))
			error = appear(uapi, (uint16_t)i);
	return error;
}

/* What the machine declares as its driver; a refusal leaves it without one. */
static int probe(struct uapi *uapi, uint16_t device)
{
	enum device_driver driver = uapi->machine->devices[device].driver;
	int error = driver == DRIVER_NONE ? 0 : uapi_driver_bind(uapi, device, driver);
	return error == UAPI_CRASH ? error : 0;
}

bool uapi_is_kernel_driven(const struct uapi *uapi, uint16_t device)
{
	IOSIM_ASSERT(device < uapi->machine->device_count);
	return uapi->devices[device].present && uapi->devices[device].driver == DRIVER_HOST;
}

int uapi_hotplug(struct uapi *uapi, uint16_t device)
{
	IOSIM_ASSERT(device < uapi->machine->device_count);
	int error = boot_finish(uapi);
	if (error)
		return error;
	uint16_t parent = uapi->machine->devices[device].parent;
	if (uapi->devices[device].present)
		return -EBUSY;
	if (parent != MACHINE_NONE && !uapi->devices[parent].present)
		return -ENODEV;
	error = appear_all(uapi, device);
	if (error) {
		uapi_unplug(uapi, device);
		return error;
	}
	error = probe(uapi, device);
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++)
		if (goes_with(uapi, i, device, true))
			error = probe(uapi, (uint16_t)i);
	return error;
}
