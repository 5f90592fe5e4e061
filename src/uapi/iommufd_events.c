/* SPDX-License-Identifier: MIT */
/*
 * Queues of a vIOMMU's events (drivers/iommu/iommufd/eventq.c, iommufd_viommu_report_event()). One that finds its queue
 * full is lost, and takes a sequence number all the same: at the end of the queue a header says so, until an event
 * follows, whose number shows the gap.
 */
#include "uapi/iommufd_objects.h"

#include <errno.h>

#define SEQUENCE_MASK INT32_MAX

static struct uapi_event *event_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->events, slot);
}

static space_handle queue_of(const struct uapi *uapi, space_handle viommu, enum uapi_event_type type)
{
	space_handle next = 0;
	while ((next = space_next(uapi, next))) {
		const struct space *row = space_of(uapi, next);
		if (row->kind == OBJECT_VEVENTQ && row->parent == viommu && row->events == type)
			return next;
	}
	return 0;
}

int uapi_veventq_alloc(struct uapi *uapi, uint16_t owner, space_handle viommu, enum uapi_event_type type,
		       uint32_t depth, space_handle *out)
{
	int error = object_enter(uapi, KERNEL_6_15);
	if (error)
		return error;
	if (type == UAPI_EVENTS_DEFAULT)
		return -EOPNOTSUPP;
	if (!depth)
		return -EINVAL;
	if (!object_get(uapi, owner, viommu, OBJECT_VIOMMU))
		return -ENOENT;
	if (queue_of(uapi, viommu, type))
		return -EEXIST;
	error = space_new(uapi, owner, 0, out);
	if (error)
		return error;
	struct space *queue = space_of(uapi, *out);
	queue->kind = OBJECT_VEVENTQ;
	queue->parent = viommu;
	queue->events = type;
	queue->depth = depth;
	return 0;
}

/* --- what comes --- */

static uint32_t count_of(const struct uapi *uapi, space_handle queue)
{
	uint32_t slot = 0, count = 0;
	while ((slot = arena_next(uapi->arena, uapi->events, slot)) != ARENA_NONE)
		count += event_slot(uapi, slot)->queue == queue;
	return count;
}

static void report(struct uapi *uapi, space_handle handle, const uint64_t words[4])
{
	struct space *queue = space_of(uapi, handle);
	uint32_t sequence = queue->sequence;
	queue->sequence = (sequence + 1) & SEQUENCE_MASK;
	uint32_t slot = count_of(uapi, handle) < queue->depth ? arena_alloc(uapi->arena, uapi->events) : ARENA_NONE;
	queue->lost = slot == ARENA_NONE;
	queue->lost_sequence = queue->lost ? sequence : 0;
	if (queue->lost)
		return;
	struct uapi_event *event = event_slot(uapi, slot);
	*event = (struct uapi_event){.queue = handle, .sequence = sequence};
	for (unsigned i = 0; i < 4; i++)
		event->words[i] = words[i];
}

/* A device whose guest's own first stage serves it: what the second stage faults on is the host's alone. */
void veventq_hear(void *context, uint16_t unit, const struct driver_event *event)
{
	struct uapi *uapi = context;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		const struct machine_device *row = &uapi->machine->devices[i];
		space_handle viommu = viommu_of(uapi, (uint16_t)i), space = uapi->devices[i].space;
		if (row->iommu != unit || row->stream != event->stream || !viommu || event->second_stage || !space ||
		    space_of(uapi, space)->viommu != viommu)
			continue;
		space_handle queue = queue_of(uapi, viommu, UAPI_EVENTS_ARM_SMMUV3);
		uint64_t words[4] = {event->words[0], event->words[1], event->words[2], event->words[3]};
		struct driver *driver = uapi->drivers[unit];
		driver->ops->event_rename(words, uapi->devices[i].guest_id);
		if (queue)
			report(uapi, queue, words);
		return;
	}
}

/* --- what is read --- */

static bool comes_before(uint32_t a, uint32_t b)
{
	return ((a - b) & SEQUENCE_MASK) > SEQUENCE_MASK / 2;
}

static uint32_t first_of(const struct uapi *uapi, space_handle queue)
{
	uint32_t slot = 0, first = ARENA_NONE;
	while ((slot = arena_next(uapi->arena, uapi->events, slot)) != ARENA_NONE)
		if (event_slot(uapi, slot)->queue == queue &&
		    (first == ARENA_NONE ||
		     comes_before(event_slot(uapi, slot)->sequence, event_slot(uapi, first)->sequence)))
			first = slot;
	return first;
}

int uapi_veventq_read(struct uapi *uapi, uint16_t owner, space_handle handle, struct uapi_vevents *out)
{
	int error = object_enter(uapi, KERNEL_6_15);
	out->count = 0;
	if (error)
		return error;
	struct space *queue = object_get(uapi, owner, handle, OBJECT_VEVENTQ);
	if (!queue)
		return -ENOENT;
	uint32_t slot = first_of(uapi, handle);
	for (; slot != ARENA_NONE && out->count < out->room; slot = first_of(uapi, handle)) {
		const struct uapi_event *event = event_slot(uapi, slot);
		struct uapi_vevent *to = &out->list[out->count++];
		*to = (struct uapi_vevent){.sequence = event->sequence};
		for (unsigned i = 0; i < 4; i++)
			to->words[i] = event->words[i];
		arena_release(uapi->arena, uapi->events, slot);
	}
	if (slot != ARENA_NONE || !queue->lost || out->count == out->room)
		return 0;
	out->list[out->count++] = (struct uapi_vevent){.sequence = queue->lost_sequence, .lost = true};
	queue->lost = false;
	queue->lost_sequence = 0;
	return 0;
}
