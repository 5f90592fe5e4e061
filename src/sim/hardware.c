/* SPDX-License-Identifier: MIT */
/*
 * What hardware does by itself: units, devices, the link between them, and what the kernel asks of devices. There is no
 * clock: time passes when nobody has anything to do.
 */
#include "hw/interrupts.h"
#include "sim/confidential.h"
#include "sim/step.h"
#include "sim/world.h"

#include <errno.h>
#include <string.h>

/* --- held requests --- */

static bool let_go(struct world *world, struct slot *slot)
{
	struct hit hit;

	if (slot->waits != WAITS_HELD || slot->flight == DEVICE_NO_FLIGHT ||
	    !device_resume(world->devices, slot->flight, world->payload, &hit))
		return false;
	slot->flight = DEVICE_NO_FLIGHT;
	world_name_hit(world, &hit);
	hit_store(&slot->hit, &hit);
	if (world->running)
		step_arrived_late(world->running, &slot->request, &hit);
	return true;
}

static bool is_served(const struct request *request, enum handed_for whom)
{
	return whom == HANDED_FOR_ALL || request_is_tee(request) == (whom == HANDED_FOR_TEE);
}

void world_let_go(struct world *world, uint16_t iommu, enum handed_for whom)
{
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t i = 0; i < world->program->slot_count; i++) {
			struct slot *slot = &world->slots[i];
			if (slot->hit.route == ROUTE_IOMMU && slot->hit.iommu == iommu &&
			    is_served(&slot->request, whom))
				more |= let_go(world, slot);
		}
	}
}

void world_let_arrive(struct world *world, uint64_t pa, uint64_t bytes)
{
	for (uint32_t i = 0; i < world->program->slot_count; i++) {
		struct slot *slot = &world->slots[i];
		if (slot->hit.route == ROUTE_IOMMU && slot->hit.translation.pa - pa < bytes)
			let_go(world, slot);
	}
}

void world_complete(struct world *world, uint16_t device)
{
	uint16_t function = machine_function(world->machine, device);

	for (uint32_t i = 0; i < world->program->slot_count; i++)
		if (world->slots[i].waits == WAITS_HELD &&
		    machine_function(world->machine, world->slots[i].request.device) == function)
			let_go(world, &world->slots[i]);
}

/* --- events --- */

void world_gap(struct world *world)
{
	struct world_gaps gaps = world->gaps;

	world->gaps.pending = false;
	if (!gaps.at)
		return;
	world->gaps.at = NULL;
	gaps.at(gaps.context);
	world->gaps.at = gaps.at;
}

static bool unit_advances(struct world *world, uint16_t iommu)
{
	struct iommu *unit = world->units[iommu], *trusted = world_trusted_unit(world, iommu);
	bool did = unit && unit->ops->advance(unit);

	if (trusted && trusted->ops->advance(trusted))
		did = true;

	if (world->gaps.pending)
		world_gap(world);
	return did;
}

/* The next event of the unit, or of some device. */
static bool event_of(struct world *world, uint16_t iommu)
{
	return unit_advances(world, iommu) || devices_advance(world->devices);
}

/* Nobody has anything to do, and somebody waits: what is held goes on, then those who were asked are given up. */
static bool time_passes(struct world *world, uint16_t iommu)
{
	struct iommu *unit = world->units[iommu];

	for (uint32_t i = 0; i < world->program->slot_count && devices_owe(world->devices); i++)
		if (let_go(world, &world->slots[i]))
			return true;
	struct iommu *trusted = world_trusted_unit(world, iommu);
	if (trusted && trusted->ops->invalidate_timed_out && trusted->ops->invalidate_timed_out(trusted))
		return true;
	return unit && unit->ops->invalidate_timed_out && unit->ops->invalidate_timed_out(unit);
}

uint32_t world_run_events(struct world *world, uint32_t count)
{
	uint32_t done = 0;
	bool busy = true;

	while (busy && done < count) {
		busy = false;
		/* By turns: neither units nor devices are first by nature. */
		for (uint16_t i = 0; i < world->machine->iommu_count && done < count; i++)
			if (unit_advances(world, i)) {
				busy = true;
				done++;
			}
		if (done < count && devices_advance(world->devices)) {
			busy = true;
			done++;
		}
		for (uint16_t i = 0; i < world->machine->iommu_count && done < count && !busy; i++)
			if (time_passes(world, i)) {
				busy = true;
				done++;
			}
	}
	return done;
}

void world_run_queues(struct world *world)
{
	world_run_events(world, WORLD_MAX_EVENTS);
}

void world_serve(struct world *world)
{
	do
		world_run_queues(world);
	while (uapi_page_requests(world->uapi, UINT32_MAX) + confidential_serve(world));
}

/* --- a driver's port --- */

static struct iommu *unit_of(void *port)
{
	const struct world_port *to = port;

	return to->trusted ? world_trusted_unit(to->world, to->iommu) : to->world->units[to->iommu];
}

static uint64_t port_read(void *port, uint32_t offset, unsigned width)
{
	return unit_of(port)->ops->read_register(unit_of(port), offset, width);
}

static void port_write(void *port, uint32_t offset, unsigned width, uint64_t value)
{
	unit_of(port)->ops->write_register(unit_of(port), offset, width, value);
}

static uint64_t port_read_non_secure(void *port, uint32_t offset, unsigned width)
{
	const struct world_port *to = port;
	struct iommu *unit = to->world->units[to->iommu];

	return unit->ops->read_register(unit, offset, width);
}

static bool port_advance(void *port)
{
	struct world_port *to = port;

	return event_of(to->world, to->iommu) || time_passes(to->world, to->iommu);
}

static bool port_endpoint(void *port, uint32_t stream, enum endpoint_feature feature, bool on)
{
	struct world_port *to = port;
	uint16_t device = device_of_stream(to->world->devices, to->iommu, stream);

	if (device == MACHINE_NONE)
		return false;
	/* The TSM writes into no configuration space, which the lock holds: what is on is on. */
	if (to->trusted)
		return !on || device_is_enabled(to->world->devices, device, feature);
	/* An IOMMU driver that does not look at the answer goes on, and the endpoint stays as it is. */
	if (on && feature == FEATURE_PASID && !uapi_pasid_permitted(to->world->uapi, device))
		return device_enable(to->world->devices, device, feature, false);
	if (!device_enable(to->world->devices, device, feature, on))
		return false;
	/* What the kernel decides while the function is reset holds after it. */
	if (device_in_reset(to->world->devices, device)) {
		uint8_t *saved = &to->world->saved_features[device];

		*saved = (uint8_t)(on ? *saved | feature : *saved & ~(unsigned)feature);
	}
	return true;
}

static bool port_may_stall(void *port, uint32_t stream)
{
	struct world_port *to = port;
	uint16_t device = device_of_stream(to->world->devices, to->iommu, stream);

	return device != MACHINE_NONE && to->world->machine->devices[device].kind == DEVICE_PLATFORM;
}

struct driver_port world_driver_port(struct world *world, uint16_t iommu, bool trusted)
{
	struct world_port *port = &world->ports[2 * iommu + trusted];

	*port = (struct world_port){.world = world, .iommu = iommu, .trusted = trusted};
	return (struct driver_port){.unit = port,
				    .read_register = port_read,
				    .write_register = port_write,
				    .read_non_secure = port_read_non_secure,
				    .advance = port_advance,
				    .endpoint = port_endpoint,
				    .may_stall = port_may_stall};
}

void world_build_devices(struct world *world)
{
	struct devices_config config = {
		.arena = world->arena, .machine = world->machine, .fabric = world->fabric, .units = world->units};

	world->interrupts = interrupts_new(world->arena, world->machine);
	fabric_set_interrupts(world->fabric, world->interrupts);
	world->devices = devices_new(&config);
}

/* --- what the kernel asks of devices --- */

static void platform_bus_master(void *context, uint16_t device, bool on)
{
	fabric_set_bus_master(((struct world *)context)->fabric, device, on);
}

static bool platform_bus_master_on(void *context, uint16_t device)
{
	return fabric_bus_master(((struct world *)context)->fabric, device);
}

static const enum endpoint_feature endpoint_features[] = {FEATURE_PASID, FEATURE_ATS, FEATURE_PRI};

#define ENDPOINT_FEATURES (sizeof(endpoint_features) / sizeof(endpoint_features[0]))

/* Beside the endpoint's features. */
enum { SAVED_BUS_MASTER = 1 << 6, SAVED_MEMORY_SPACE = 1 << 7 };

/* A function level reset clears configuration space (PCIe 6.6.2); a kernel puts back what it saved before. */
static void platform_reset_begin(void *context, uint16_t device)
{
	struct world *world = context;

	world->saved_features[device] = 0;
	for (unsigned i = 0; i < ENDPOINT_FEATURES; i++)
		if (device_is_enabled(world->devices, device, endpoint_features[i]))
			world->saved_features[device] |= (uint8_t)endpoint_features[i];
	if (fabric_bus_master(world->fabric, device))
		world->saved_features[device] |= SAVED_BUS_MASTER;
	if (fabric_memory_space(world->fabric, device))
		world->saved_features[device] |= SAVED_MEMORY_SPACE;
	confidential_was_reset(world, device);
	fabric_set_bus_master(world->fabric, device, false);
	fabric_set_memory_space(world->fabric, device, false);
	device_reset_begin(world->devices, device);
}

static void platform_reset_end(void *context, uint16_t device)
{
	struct world *world = context;

	device_reset_end(world->devices, device);
	handed_void(world->handed, device);
	for (unsigned i = 0; i < ENDPOINT_FEATURES; i++)
		if (world->saved_features[device] & endpoint_features[i])
			device_enable(world->devices, device, endpoint_features[i], true);
	fabric_set_bus_master(world->fabric, device, world->saved_features[device] & SAVED_BUS_MASTER);
	fabric_set_memory_space(world->fabric, device, world->saved_features[device] & SAVED_MEMORY_SPACE);
	g_array_append_val(world->resets, device);
}

int world_swap(struct world *world, uint16_t device, uint16_t with)
{
	uint16_t stood = world->standing[device];

	if (!fabric_present(world->fabric, device))
		return -ENODEV;
	if (fabric_present(world->fabric, with))
		return -EBUSY;
	platform_reset_begin(world, device);
	fabric_set_present(world->fabric, device, false);
	confidential_swapped(world, device);
	world->standing[device] = world->standing[with];
	world->standing[with] = stood;
	fabric_set_present(world->fabric, device, true);
	platform_reset_end(world, device);
	return 0;
}

static void platform_present(void *context, uint16_t device, bool present)
{
	struct world *world = context;

	if (!present) {
		device_reset_begin(world->devices, device);
		handed_void(world->handed, device);
	}
	fabric_set_present(world->fabric, device, present);
	if (present)
		device_reset_end(world->devices, device);
}

static bool platform_msi_identity(void *context, uint16_t device, uint32_t index, uint8_t *vector,
				  uint32_t *destination)
{
	return interrupts_identity(((struct world *)context)->interrupts, device, index, vector, destination);
}

static void platform_msi_route(void *context, uint16_t device, uint32_t index, bool on)
{
	struct world *world = context;
	uint32_t stream = world->machine->devices[device].stream;

	if (on)
		interrupts_its_map(world->interrupts, stream, index, device, index);
	else
		interrupts_its_unmap(world->interrupts, stream, index);
}

static uint64_t platform_doorbell(void *context)
{
	return interrupts_doorbell(((struct world *)context)->interrupts) + INTERRUPTS_TRANSLATER_OFFSET;
}

/* The request that is answered, and for whom it was sent; NULL: it is not known. */
static struct asked *asked_of(struct world *world, const struct uapi_answer *answer)
{
	const struct driver_fault *fault = &answer->fault;
	uint16_t number = fault->stalled ? fault->stall_tag : fault->request.group;

	for (unsigned i = 0; i < WORLD_MAX_ASKED; i++) {
		struct asked *row = &world->asked[i];
		if (row->used && row->device == answer->device && row->pasid == fault->request.pasid &&
		    row->stalled == fault->stalled && row->number == number)
			return row;
	}
	return NULL;
}

static void platform_answering(void *context, const struct uapi_answer *answer)
{
	struct world *world = context;
	struct asked *row = asked_of(world, answer);
	struct check_event event = {.kind = CHECK_ANSWER,
				    .memory = MACHINE_NONE,
				    .device = answer->device,
				    .pasid = answer->fault.request.pasid,
				    .new_owner = answer->by};

	if (!row)
		return;
	event.old_owner = row->originator;
	memset(row, 0, sizeof(*row));
	if (world->running && answer->by != MACHINE_NONE)
		step_judge(world->running, &event);
}

void world_fill_platform(struct world *world, struct uapi_platform *platform)
{
	*platform = (struct uapi_platform){.context = world,
					   .bus_master = platform_bus_master,
					   .bus_master_on = platform_bus_master_on,
					   .reset_begin = platform_reset_begin,
					   .reset_end = platform_reset_end,
					   .present = platform_present,
					   .msi_identity = platform_msi_identity,
					   .msi_route = platform_msi_route,
					   .doorbell = platform_doorbell,
					   .unmapping = vendor_unmapping,
					   .closing = vendor_closing,
					   .bounce = world_bounce,
					   .bounce_back = world_bounce_back,
					   .bounce_sync = world_bounce_sync,
					   .parted = world_parted,
					   .answering = platform_answering,
					   .written = world_reported};
}
