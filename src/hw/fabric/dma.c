/* SPDX-License-Identifier: MIT */
/* From route to access: the IOMMU, the physical address map, and what is on its way in between. */
#include "base/assert.h"
#include "hw/fabric/message.h"
#include "hw/fabric/order.h"
#include "hw/fabric/route.h"
#include "hw/fabric/state.h"

#include <string.h>

static void end_with(struct hit *hit, enum hit_kind kind, enum hit_reason reason)
{
	hit->kind = kind;
	hit->reason = reason;
}

/* A bus address: a register page, or nobody. `down`: the root complex sends it there. */
static void hit_bus(const struct fabric *fabric, const struct request *request, uint64_t address, bool down,
		    struct hit *hit)
{
	enum hit_reason reason;
	uint16_t bar;
	uint16_t target = fabric_target(fabric, address, &bar, &reason);

	end_with(hit, target == MACHINE_NONE ? HIT_NOTHING : HIT_BAR, reason);
	hit->pa = address;
	hit->bar = bar;
	if (bar == MACHINE_NONE)
		return;
	hit->device = fabric->machine->bars[bar].device;
	hit->offset = address - fabric->machine->bars[bar].bus;
	if (hit->kind == HIT_BAR && !security_completes(fabric, bar, request->t, down))
		end_with(hit, HIT_NOTHING, REASON_INTERFACE);
}

static void hit_ram(const struct fabric *fabric, uint64_t pa, struct hit *hit)
{
	const struct machine *machine = fabric->machine;

	end_with(hit, HIT_MEMORY, REASON_NONE);
	hit->memory = machine_memory_at(machine, pa);
	if (hit->memory != MACHINE_NONE) {
		hit->offset = pa - machine->memories[hit->memory].hpa;
		return;
	}
	hit->firmware = machine_firmware_at(machine, pa);
	if (hit->firmware != MACHINE_NONE)
		hit->offset = pa - machine->reserved[hit->firmware].first;
}

/* The physical address map, as the root complex decodes it. */
static void hit_physical(const struct fabric *fabric, const struct request *request, uint16_t iommu, uint64_t pa,
			 struct hit *hit)
{
	hit->pa = pa;
	if (hit_message(fabric, request, iommu, pa, hit))
		return;
	if (!memory_is_ram(fabric->memory, pa))
		hit_bus(fabric, request, pa, true, hit);
	else if ((hit->route == ROUTE_IOMMU && fabric->checks_itself >> iommu & 1) ||
		 security_reaches(fabric, request, pa))
		hit_ram(fabric, pa, hit);
	else
		end_with(hit, HIT_BLOCKED_FABRIC, REASON_PAGE_STATE);
}

static void hit_through_unit(const struct fabric *fabric, const struct request *request, const struct path *path,
			     struct hit *hit)
{
	struct iommu *unit = (request_is_tee(request) ? fabric->trusted : fabric->units)[path->iommu];
	struct request asked = *request;

	hit->route = ROUTE_IOMMU;
	hit->iommu = path->iommu;
	asked.rid = path->rid;
	asked.stream = hit->stream;
	asked.segment = hit->segment;
	asked.posted = hit->posted;
	asked.may_stall = fabric->machine->devices[request->device].kind == DEVICE_PLATFORM;
	if (fabric->clock)
		fabric->clock->pass(fabric->clock->context, unit, &asked, &hit->translation);
	else
		unit->ops->translate(unit, &asked, &hit->translation);
	switch (hit->translation.result) {
	case TRANSLATE_OK:
		if (request->at != AT_TRANSLATION_REQUEST) {
			if (IOSIM_UNLIKELY(request->no_snoop))
				hit->snooped = unit->ops->snoops && unit->ops->snoops(unit, &asked);
			hit_physical(fabric, request, path->iommu, hit->translation.pa, hit);
			return;
		}
		end_with(hit, HIT_TRANSLATION, REASON_NONE);
		hit->pa = hit->translation.pa;
		return;
	case TRANSLATE_INTERRUPT:
		hit->pa = request->address;
		hit_interrupt(fabric, path->iommu, &hit->translation.interrupt, hit);
		return;
	case TRANSLATE_FAULT:
		/* A translation request that was answered without any permission is answered all the same. */
		if (hit->translation.completion == ATS_SUCCESS) {
			end_with(hit, HIT_TRANSLATION, REASON_NONE);
			return;
		}
		end_with(hit, HIT_FAULT, REASON_NONE);
		return;
	case TRANSLATE_STALLED:
		end_with(hit, HIT_STALLED, REASON_NONE);
		return;
	}
}

/* At the root complex. */
static void hit_root(const struct fabric *fabric, const struct request *request, const struct path *path,
		     struct hit *hit)
{
	enum hit_reason refused = security_at_root(fabric, request, path->rid);

	if (refused != REASON_NONE) {
		end_with(hit, HIT_BLOCKED_FABRIC, refused);
		return;
	}
	if (path->iommu != MACHINE_NONE && fabric->units[path->iommu]) {
		hit_through_unit(fabric, request, path, hit);
		return;
	}
	hit->route = ROUTE_DIRECT;
	if (fabric->clock)
		fabric->clock->pass(fabric->clock->context, NULL, request, NULL);
	if (request->at == AT_TRANSLATION_REQUEST)
		end_with(hit, HIT_NOTHING, REASON_NOT_A_MEMORY_ACCESS);
	else
		hit_physical(fabric, request, path->iommu, request->address, hit);
}

static void clear_hit(struct hit *hit)
{
	memset(hit, 0, sizeof *hit);
	hit->kind = HIT_NOTHING;
	hit->port = hit->iommu = hit->memory = hit->firmware = hit->bar = hit->device = MACHINE_NONE;
	hit->raised_device = MACHINE_NONE;
}

/* Everything but the access itself. */
static void find_hit(const struct fabric *fabric, const struct request *request, struct hit *hit)
{
	const struct machine_device *device = &fabric->machine->devices[request->device];
	struct path path;

	IOSIM_ASSERT(request->address % FRAME_BYTES + request->bytes <= FRAME_BYTES);
	clear_hit(hit);
	hit->bytes = request->bytes;
	hit->write = request_is_write(request);
	hit->posted = request->op == REQUEST_WRITE;
	hit->snooped = !request->no_snoop;
	fabric_route(fabric, request, &path);
	hit->segment = device->segment;
	hit->rid = path.rid;
	hit->stream = device->kind == DEVICE_PLATFORM ? device->stream : path.rid;
	switch (path.end) {
	case PATH_STOPPED:
		end_with(hit, HIT_BLOCKED_FABRIC, path.reason);
		return;
	case PATH_LOST:
		end_with(hit, HIT_NOTHING, path.reason);
		hit->pa = request->address;
		return;
	case PATH_PEER:
		hit->route = ROUTE_PEER;
		hit->port = path.port;
		hit->completion_redirected = path.completion_redirected;
		hit_bus(fabric, request, request->address, false, hit);
		if (request->at == AT_TRANSLATION_REQUEST)
			end_with(hit, HIT_NOTHING, REASON_NOT_A_MEMORY_ACCESS);
		return;
	case PATH_ROOT:
		hit_root(fabric, request, &path, hit);
		return;
	}
}

void fabric_message(const struct fabric *fabric, const struct request *request, struct hit *out)
{
	const struct machine_device *device = &fabric->machine->devices[request->device];
	struct path path;

	clear_hit(out);
	fabric_route_up(fabric, request, &path);
	out->segment = device->segment;
	out->rid = path.rid;
	out->stream = device->kind == DEVICE_PLATFORM ? device->stream : path.rid;
	if (path.end != PATH_ROOT) {
		end_with(out, HIT_BLOCKED_FABRIC, path.reason);
		return;
	}
	out->route = ROUTE_DIRECT;
	if (path.iommu == MACHINE_NONE || !fabric->units[path.iommu])
		return;
	out->route = ROUTE_IOMMU;
	out->iommu = path.iommu;
}

static bool has_access(const struct hit *hit)
{
	return hit->kind == HIT_MEMORY || hit->kind == HIT_BAR;
}

/* Moves the data of a request that has hit memory or a BAR. */
static void carry_out(struct fabric *fabric, enum request_op op, void *data, struct hit *hit)
{
	struct memory *target = hit->kind == HIT_BAR ? fabric->registers : fabric->memory;
	unsigned char before[FRAME_BYTES];

	if (!data || hit->bytes == 0)
		return;
	if (op != REQUEST_WRITE)
		memory_read(target, hit->pa, before, hit->bytes);
	if (op != REQUEST_READ && !memory_write(target, hit->pa, data, hit->bytes))
		end_with(hit, HIT_NOTHING, REASON_NO_FRAME);
	else if (op != REQUEST_WRITE)
		memcpy(data, before, hit->bytes);
}

void fabric_dma(struct fabric *fabric, const struct request *request, void *data, struct hit *out)
{
	find_hit(fabric, request, out);
	if (has_access(out))
		carry_out(fabric, (enum request_op)request->op, data, out);
}

static struct flight *flight_of(const struct fabric *fabric, uint32_t handle)
{
	return arena_slot(fabric->arena, fabric->flights, handle);
}

/* The root port above the device; MACHINE_NONE: it hangs on the root complex itself. */
static uint16_t link_of(const struct machine *machine, uint16_t device)
{
	uint16_t port = machine->devices[device].port;

	while (port != MACHINE_NONE && machine->ports[port].parent != MACHINE_NONE)
		port = machine->ports[port].parent;
	return port;
}

static uint32_t append(struct fabric *fabric, const struct flight *flight)
{
	uint32_t handle = arena_alloc(fabric->arena, fabric->flights);

	if (handle == ARENA_NONE)
		return ARENA_NONE;
	*flight_of(fabric, handle) = *flight;
	if (fabric->list->last == ARENA_NONE)
		fabric->list->first = handle;
	else
		flight_of(fabric, fabric->list->last)->next = handle;
	fabric->list->last = handle;
	return handle;
}

uint32_t fabric_send(struct fabric *fabric, const struct request *request, struct hit *out)
{
	find_hit(fabric, request, out);
	if (!has_access(out))
		return ARENA_NONE;
	struct flight flight = {.pa = out->pa,
				.bytes = out->bytes,
				.device = request->device,
				.link = link_of(fabric->machine, request->device),
				.turn = out->port,
				.peer = out->route == ROUTE_PEER,
				.op = request->op};
	flight.traffic = request->op == REQUEST_WRITE  ? TRAFFIC_POSTED
			 : request->op == REQUEST_READ ? TRAFFIC_READ
						       : TRAFFIC_NONPOSTED_WRITE;
	uint32_t handle = append(fabric, &flight);
	if (handle == ARENA_NONE)
		end_with(out, HIT_NOTHING, REASON_NO_FRAME);
	else
		fabric->flight_hits[handle - 1] = *out;
	return handle;
}

static struct flight message_of(const struct fabric *fabric, uint16_t device)
{
	return (struct flight){.device = device,
			       .link = link_of(fabric->machine, device),
			       .turn = MACHINE_NONE,
			       .traffic = TRAFFIC_POSTED,
			       .message = true};
}

uint32_t fabric_send_message(struct fabric *fabric, uint16_t device)
{
	struct flight flight = message_of(fabric, device);
	uint32_t handle = append(fabric, &flight);

	if (handle != ARENA_NONE)
		clear_hit(&fabric->flight_hits[handle - 1]);
	return handle;
}

static bool same_way(const struct fabric *fabric, const struct flight *a, const struct flight *b)
{
	uint16_t from_a = machine_function(fabric->machine, a->device);
	uint16_t from_b = machine_function(fabric->machine, b->device);

	return a->link == b->link && (a->link != MACHINE_NONE || from_a == from_b) && a->peer == b->peer &&
	       a->turn == b->turn;
}

/* `later` passes all flights up to `end`, ARENA_NONE: all there are. */
static bool may_pass(const struct fabric *fabric, const struct flight *later, uint32_t end)
{
	for (uint32_t at = fabric->list->first; at != end; at = flight_of(fabric, at)->next) {
		const struct flight *earlier = flight_of(fabric, at);
		if (same_way(fabric, earlier, later) &&
		    traffic_may_pass(later->traffic, earlier->traffic, false, false) == PASSING_NO)
			return false;
	}
	return true;
}

bool fabric_may_arrive(const struct fabric *fabric, uint32_t flight)
{
	return arena_live(fabric->arena, fabric->flights, flight) &&
	       may_pass(fabric, flight_of(fabric, flight), flight);
}

bool fabric_message_may_arrive(const struct fabric *fabric, uint16_t device)
{
	struct flight message = message_of(fabric, device);

	return may_pass(fabric, &message, ARENA_NONE);
}

static void take_out(struct fabric *fabric, uint32_t handle)
{
	uint32_t before = ARENA_NONE;
	uint32_t next = flight_of(fabric, handle)->next;

	for (uint32_t at = fabric->list->first; at != handle; at = flight_of(fabric, at)->next)
		before = at;
	if (before == ARENA_NONE)
		fabric->list->first = next;
	else
		flight_of(fabric, before)->next = next;
	if (fabric->list->last == handle)
		fabric->list->last = before;
	arena_release(fabric->arena, fabric->flights, handle);
}

bool fabric_arrive(struct fabric *fabric, uint32_t flight, void *data, struct hit *out)
{
	if (!fabric_may_arrive(fabric, flight))
		return false;
	const struct flight *arriving = flight_of(fabric, flight);
	enum request_op op = (enum request_op)arriving->op;
	bool message = arriving->message;
	*out = fabric->flight_hits[flight - 1];
	take_out(fabric, flight);
	if (!message)
		carry_out(fabric, op, data, out);
	return true;
}

uint32_t fabric_in_flight(const struct fabric *fabric)
{
	return arena_count(fabric->arena, fabric->flights);
}
