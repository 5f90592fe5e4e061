/* SPDX-License-Identifier: MIT */
/*
 * iommufd's queues of page requests (drivers/iommu/iommufd/eventq.c). A group is in the queue from when its last
 * request has come. It is read whole, and from then on it is known by a cookie: the lowest number from 1 on that no
 * other group which was read and not answered has.
 */
#include "uapi/fault.h"
#include "uapi/iommufd_objects.h"

#include <errno.h>

/* --- what comes --- */

static bool of_one_group(const struct uapi_pending *row, uint16_t device, const struct page_request *request)
{
	return row->device == device && row->fault.request.pasid == request->pasid &&
	       row->fault.request.group == request->group;
}

/* Those before the last of it. */
static void complete(struct uapi *uapi, const struct uapi_pending *last)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		struct uapi_pending *row = fault_pending(uapi, slot);
		if (row->queue == last->queue && !row->group && !last->fault.stalled &&
		    of_one_group(row, last->device, &last->fault.request))
			row->group = last->sequence;
	}
}

bool fault_enqueue(struct uapi *uapi, space_handle queue, uint16_t unit, uint16_t device,
		   const struct driver_fault *fault)
{
	uint32_t slot = arena_alloc(uapi->arena, uapi->pending);
	if (slot == ARENA_NONE)
		return false;
	struct uapi_pending *row = fault_pending(uapi, slot);
	*row = (struct uapi_pending){.fault = *fault,
				     .device = device,
				     .unit = unit,
				     .queue = queue,
				     .sequence = ++space_of(uapi, queue)->sequence};
	if (!fault_ends_group(fault))
		return true;
	row->group = row->sequence;
	complete(uapi, row);
	return true;
}

void fault_dequeue(struct uapi *uapi, space_handle queue, uint32_t group)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE)
		if (fault_pending(uapi, slot)->queue == queue && fault_pending(uapi, slot)->group == group)
			arena_release(uapi->arena, uapi->pending, slot);
}

/* --- reading --- */

int uapi_fault_queue_alloc(struct uapi *uapi, uint16_t owner, space_handle *out)
{
	int error = object_enter(uapi, KERNEL_6_15);
	if (!error)
		error = space_new(uapi, owner, 0, out);
	if (!error)
		space_of(uapi, *out)->kind = OBJECT_FAULT_QUEUE;
	return error;
}

/* The group that came first of those that were not read; 0: there is none. *requests: in it. */
static uint32_t next_group(const struct uapi *uapi, space_handle queue, uint32_t *requests)
{
	uint32_t slot = 0, group = 0;
	*requests = 0;
	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		const struct uapi_pending *row = fault_pending(uapi, slot);
		if (row->queue != queue || !row->group || row->cookie || (group && row->group > group))
			continue;
		*requests = row->group == group ? *requests + 1 : 1;
		group = row->group;
	}
	return group;
}

static uint32_t free_cookie(const struct uapi *uapi, space_handle queue)
{
	uint32_t cookie = 1, slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		const struct uapi_pending *row = fault_pending(uapi, slot);
		if (row->queue == queue && row->cookie == cookie) {
			cookie++;
			slot = 0;
		}
	}
	return cookie;
}

static struct uapi_page_fault record_of(const struct uapi_pending *row)
{
	const struct page_request *request = &row->fault.request;
	return (struct uapi_page_fault){
		.address = request->address,
		.pasid = request->pasid,
		.cookie = row->cookie,
		.device = row->device,
		.group = row->fault.stalled ? row->fault.stall_tag : request->group,
		.read = request->read,
		.write = request->write,
		.execute = request->execute,
		.privileged = request->privileged,
		.last = fault_ends_group(&row->fault),
	};
}

/* The last request of it closes it; those before it are put at its head one by one, so they come last first. */
static void read_group(struct uapi *uapi, space_handle queue, uint32_t group, struct uapi_page_faults *out)
{
	uint32_t cookie = free_cookie(uapi, queue), below = group;
	const struct uapi_pending *last = NULL;
	for (bool more = true; more;) {
		struct uapi_pending *next = NULL;
		uint32_t slot = 0;
		while ((slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
			struct uapi_pending *row = fault_pending(uapi, slot);
			if (row->queue != queue || row->group != group)
				continue;
			row->cookie = cookie;
			if (row->sequence == group)
				last = row;
			else if (row->sequence < below && (!next || row->sequence > next->sequence))
				next = row;
		}
		more = next != NULL;
		if (more)
			out->list[out->count++] = record_of(next);
		below = more ? next->sequence : 0;
	}
	if (last)
		out->list[out->count++] = record_of(last);
}

int uapi_fault_read(struct uapi *uapi, uint16_t owner, space_handle queue, struct uapi_page_faults *out)
{
	uint32_t requests, group;
	int error = object_enter(uapi, KERNEL_6_15);
	out->count = 0;
	if (error)
		return error;
	if (!object_get(uapi, owner, queue, OBJECT_FAULT_QUEUE))
		return -ENOENT;
	while ((group = next_group(uapi, queue, &requests)) && requests <= out->room - out->count)
		read_group(uapi, queue, group, out);
	return 0;
}

/* --- answers --- */

int uapi_fault_respond(struct uapi *uapi, uint16_t owner, space_handle queue, uint32_t cookie,
		       enum page_response_code code)
{
	uint32_t slot = 0;
	int error = object_enter(uapi, KERNEL_6_15);
	if (error)
		return error;
	if (!object_get(uapi, owner, queue, OBJECT_FAULT_QUEUE))
		return -ENOENT;
	if (code != PAGE_RESPONSE_SUCCESS && code != PAGE_RESPONSE_INVALID)
		return -EINVAL;
	while (cookie && (slot = arena_next(uapi->arena, uapi->pending, slot)) != ARENA_NONE) {
		struct uapi_pending row = *fault_pending(uapi, slot);
		if (row.queue != queue || row.cookie != cookie || !fault_ends_group(&row.fault))
			continue;
		struct uapi_answer decided = {.fault = row.fault, .device = row.device, .by = owner, .code = code};
		fault_dequeue(uapi, queue, row.group);
		fault_answer(uapi, row.unit, &decided);
		return 0;
	}
	return -EINVAL;
}
