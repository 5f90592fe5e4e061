/* SPDX-License-Identifier: MIT */
#include "uapi/fault.h"

#include "uapi/guest_table.h"
#include "uapi/mm.h"
#include "uapi/pasid.h"
#include "uapi/space.h"

#include <errno.h>

/* PCIe 10.4.1.2.1: the device has stopped using the PASID. Nobody answers that. */
static bool is_stop_marker(const struct driver_fault *fault)
{
	const struct page_request *request = &fault->request;

	return !fault->stalled && request->last && !request->read && !request->write && request->pasid <= PASID_MAX;
}

void fault_answer(struct uapi *uapi, uint16_t unit, const struct uapi_answer *answer)
{
	const struct uapi_platform *platform = &uapi->platform;
	struct driver *driver = uapi->drivers[unit];

	if (!fault_ends_group(&answer->fault))
		return;
	if (platform->answering && answer->device != MACHINE_NONE)
		platform->answering(platform->context, answer);
	driver->ops->fault_respond(driver, &answer->fault, answer->code);
}

/* --- what goes --- */

struct leaver {
	struct uapi *uapi;
	uint16_t device;
};

static void refuse(void *context, const struct driver_fault *fault)
{
	const struct leaver *leaver = context;
	struct uapi_answer decided = {
		.fault = *fault, .device = leaver->device, .by = MACHINE_NONE, .code = PAGE_RESPONSE_INVALID};

	if (!is_stop_marker(fault))
		fault_answer(leaver->uapi, leaver->uapi->machine->devices[leaver->device].iommu, &decided);
}

/* What waits, or of that what is in a queue (iommufd_auto_response_faults()). */
static void refuse_rows(struct uapi *uapi, uint16_t device, uint32_t pasid, bool queued_alone)
{
	struct leaver leaver = {.uapi = uapi, .device = device};
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		struct uapi_pending row = *fault_pending(uapi, slot);
		if (row.device != device || row.fault.request.pasid != pasid || (queued_alone && !row.queue))
			continue;
		arena_release(uapi->arena, uapi->pending, slot);
		if (!row.failed)
			refuse(&leaver, &row.fault);
	}
}

void fault_drain(struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	struct driver *driver = device_unit(uapi, device);
	struct leaver leaver = {.uapi = uapi, .device = device};
	bool drained = uapi->rules.value[KNOB_PRQ_DRAIN];

	if (drained && driver->ops->drain)
		driver->ops->drain(driver, uapi->machine->devices[device].stream, pasid, refuse, &leaver);
	refuse_rows(uapi, device, pasid, !drained);
}

void fault_abandon(struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	refuse_rows(uapi, device, pasid, true);
}

void fault_forget(struct uapi *uapi, uint16_t device)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE)
		if (fault_pending(uapi, slot)->device == device)
			arena_release(uapi->arena, uapi->pending, slot);
}

/* --- what comes --- */

static uint16_t device_by_stream(const struct uapi *uapi, uint16_t unit, uint32_t stream)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].home != GROUP_NONE && uapi->machine->devices[i].iommu == unit &&
		    uapi->machine->devices[i].stream == stream)
			return (uint16_t)i;
	return MACHINE_NONE;
}

static bool keep(struct uapi *uapi, uint16_t unit, uint16_t device, const struct driver_fault *fault, bool failed)
{
	uint32_t slot = arena_alloc(uapi->arena, uapi->pending);

	if (slot == ARENA_NONE)
		return false;
	*fault_pending(uapi, slot) =
		(struct uapi_pending){.fault = *fault, .device = device, .unit = unit, .failed = failed};
	return true;
}

/* The note that an earlier request of the group failed; 0: none did. */
static uint32_t failed_before(const struct uapi *uapi, uint16_t device, const struct page_request *request)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		const struct uapi_pending *row = fault_pending(uapi, slot);
		if (row->failed && row->device == device && row->fault.request.pasid == request->pasid &&
		    row->fault.request.group == request->group)
			return slot;
	}
	return 0;
}

/* In the order in which they were sent: after an error the rest of the group is not looked at. */
static void serve(struct uapi *uapi, uint16_t unit, struct uapi_answer *decided)
{
	const struct driver_fault *fault = &decided->fault;
	uint32_t failed = fault->stalled ? 0 : failed_before(uapi, decided->device, &fault->request);

	if (!failed)
		decided->code = mm_fault(uapi, decided->by, fault->request.address, fault->request.write);
	if (failed && fault_ends_group(fault))
		arena_release(uapi->arena, uapi->pending, failed);
	else if (!failed && !fault_ends_group(fault) && decided->code != PAGE_RESPONSE_SUCCESS)
		keep(uapi, unit, decided->device, fault, true);
	fault_answer(uapi, unit, decided);
}

static void handle(struct uapi *uapi, uint16_t unit, const struct driver_fault *fault)
{
	struct uapi_answer decided = {.fault = *fault,
				      .device = device_by_stream(uapi, unit, fault->request.stream),
				      .by = MACHINE_NONE,
				      .code = PAGE_RESPONSE_INVALID};
	uint32_t slot = decided.device == MACHINE_NONE ? 0 : pasid_find(uapi, decided.device, fault->request.pasid);
	const struct uapi_pasid *bond = slot ? pasid_slot(uapi, slot) : NULL;

	if (is_stop_marker(fault))
		return;
	if (bond && pasid_is_mms(uapi, bond)) {
		decided.by = bond->owner;
		serve(uapi, unit, &decided);
		return;
	}
	/* A user is told of the group, and answers it, when it is complete. */
	space_handle asked =
		decided.device == MACHINE_NONE ? 0 : guest_table_asks(uapi, decided.device, fault->request.pasid);
	if (asked && space_of(uapi, asked)->queue) {
		if (fault_enqueue(uapi, space_of(uapi, asked)->queue, unit, decided.device, fault))
			return;
	} else if (asked && space_of(uapi, asked)->flags & SPACE_FAULTS && fault_ends_group(fault) &&
		   keep(uapi, unit, decided.device, fault, false)) {
		return;
	}
	fault_answer(uapi, unit, &decided);
}

uint32_t uapi_page_requests(struct uapi *uapi, uint32_t count)
{
	uint32_t done = 0;
	struct driver_fault fault;

	for (uint32_t i = 0; i < uapi->machine->iommu_count; i++) {
		struct driver *driver = uapi->drivers[i];
		if (!driver || !driver->ops->fault_next)
			continue;
		while (done < count && driver->ops->fault_next(driver, &fault)) {
			handle(uapi, (uint16_t)i, &fault);
			done++;
		}
	}
	return done;
}

/* --- users' answers --- */

/* Who has to answer a request that was handed on. */
static uint16_t answerer(const struct uapi *uapi, const struct uapi_pending *row)
{
	space_handle asked = guest_table_asks(uapi, row->device, row->fault.request.pasid);

	return asked ? space_of(uapi, asked)->owner : MACHINE_NONE;
}

static bool matches(const struct uapi *uapi, const struct uapi_pending *row, uint16_t owner, uint16_t device,
		    uint32_t pasid, uint16_t group)
{
	if (row->failed || !fault_ends_group(&row->fault) ||
	    (row->fault.stalled ? row->fault.stall_tag : row->fault.request.group) != group)
		return false;
	return uapi->rules.value[KNOB_RESPONSE_MATCH] == RESPONSE_MATCH_PRGI_ONLY ||
	       (row->device == device && row->fault.request.pasid == pasid && answerer(uapi, row) == owner);
}

int uapi_page_response(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, uint16_t group,
		       enum page_response_code code)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		struct uapi_pending row = *fault_pending(uapi, slot);
		if (!matches(uapi, &row, owner, device, pasid, group))
			continue;
		struct uapi_answer decided = {.fault = row.fault, .device = row.device, .by = owner, .code = code};
		if (row.queue)
			fault_dequeue(uapi, row.queue, row.group);
		else
			arena_release(uapi->arena, uapi->pending, slot);
		fault_answer(uapi, row.unit, &decided);
		return 0;
	}
	return -ENOENT;
}
