/* SPDX-License-Identifier: MIT */
/* Raw calls of iommufd about objects: page tables, queues, vIOMMUs. */
#include "sim/guest.h"
#include "sim/step.h"
#include "uapi/objects.h"

#include <errno.h>

#define EVENT_TYPE_MASK 0xffu /* of the first word of an SMMUv3's event record (IHI 0070 7.3) */
#define EVENT_SID_SHIFT 32

/* Names what a call has made. */
static struct slot *made(struct step_run *run, space_handle handle)
{
	struct slot *slot = step_result(run);

	if (!slot)
		return NULL;
	slot->made = true;
	slot->space = handle;
	slot->owner = run->step->by;
	return slot;
}

/* --- page tables --- */

/* What the model knows: a space's table is the space, a guest's is nested in it. */
static void learn(struct step_run *run, struct slot *slot, model_space parent, bool guests)
{
	struct world *world = run->world;

	slot->table = !guests;
	slot->meant = guests ? world_space_learn(world, slot->space, run->step->by) : parent;
	if (guests)
		model_nest(world->model, slot->meant, parent, (uint16_t)run->with->root.index);
}

void op_hwpt_alloc(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	const struct slot *parent = step_slot(run, with->space_given ? with->space : with->object);
	struct domain_guest guest;
	struct uapi_hwpt_wish wish = {.nest_parent = with->nest_parent,
				      .dirty = with->dirty,
				      .pasid = with->for_pasids,
				      .faults = with->queue_given,
				      .queue = with->queue_given ? step_slot(run, with->queue)->space : 0,
				      .guest = with->root_given ? &guest : NULL};
	space_handle out = 0;
	int error = 0;

	if (with->root_given)
		error = model_memory_owner(world->model, (uint16_t)with->root.index) == run->step->by
				? guest_describe(world, (uint16_t)with->root.index, &guest)
				: -EFAULT;
	if (!error)
		error = uapi_hwpt_alloc(world->uapi, run->step->by, with->device, parent->space, &wish, &out);
	if (!step_returned(run, error))
		return;
	struct slot *slot = made(run, out);
	if (slot)
		learn(run, slot, parent->meant, with->root_given);
}

void op_object_destroy(struct step_run *run)
{
	step_returned(run, uapi_destroy(run->world->uapi, run->step->by, step_slot(run, run->with->object)->space));
}

/* --- page requests --- */

void op_fault_queue(struct step_run *run)
{
	space_handle out = 0;

	if (step_returned(run, uapi_fault_queue_alloc(run->world->uapi, run->step->by, &out)))
		made(run, out);
}

static void note_fault(struct step_run *run, const struct uapi_page_fault *fault)
{
	g_autofree char *pasid = fault->pasid == PASID_NONE ? NULL : g_strdup_printf(", PASID %u", fault->pasid);

	g_ptr_array_add(run->record->notes,
			g_strdup_printf("cookie %u: %s, group %u%s: %s at %#" G_GINT64_MODIFIER "x%s", fault->cookie,
					run->world->machine->devices[fault->device].name, fault->group,
					pasid ? pasid : "", fault->write ? "write" : "read", fault->address,
					fault->last ? ", the last" : ""));
}

static bool is_of(const struct slot *asked, const struct uapi_page_fault *fault)
{
	uint16_t number = asked->waits == WAITS_STALLED ? asked->stall_tag : asked->group;

	return asked->device == fault->device && asked->request.pasid == fault->pasid && number == fault->group;
}

void op_fault_read(struct step_run *run)
{
	const struct operands *with = run->with;
	struct uapi_page_faults faults = {.room = with->room_given ? with->room : UAPI_MAX_READ};
	const struct uapi_page_fault *first = &faults.list[0];

	if (!step_returned(
		    run, uapi_fault_read(run->world->uapi, run->step->by, step_slot(run, with->queue)->space, &faults)))
		return;
	for (uint32_t i = 0; run->world->verbose && i < faults.count; i++)
		note_fault(run, &faults.list[i]);
	if (with->count_given && with->count != faults.count)
		step_disagrees(run, g_strdup_printf("there are %u requests", faults.count));
	else if (!faults.count && (with->result_of_given || with->cookie_given))
		step_disagrees(run, g_strdup("there is no request"));
	else if (with->result_of_given && !is_of(step_slot(run, with->request), first))
		step_disagrees(run, g_strdup_printf("the first is group %u of %s", first->group,
						    run->world->machine->devices[first->device].name));
	else if (with->cookie_given && with->cookie != first->cookie)
		step_disagrees(run, g_strdup_printf("the first has the cookie %u", first->cookie));
}

void op_fault_respond(struct step_run *run)
{
	static const enum page_response_code codes[] = {[RESPONSE_SUCCESS] = PAGE_RESPONSE_SUCCESS,
							[RESPONSE_INVALID] = PAGE_RESPONSE_INVALID,
							[RESPONSE_FAILURE] = PAGE_RESPONSE_FAILURE};
	const struct operands *with = run->with;

	step_returned(run, uapi_fault_respond(run->world->uapi, run->step->by, step_slot(run, with->queue)->space,
					      with->cookie, codes[with->code]));
}

/* --- vIOMMUs --- */

void op_viommu_alloc(struct step_run *run)
{
	const struct operands *with = run->with;
	const struct slot *parent = step_slot(run, with->space);
	space_handle out = 0;

	if (!step_returned(run, uapi_viommu_alloc(run->world->uapi, run->step->by, with->device, parent->space, &out)))
		return;
	struct slot *slot = made(run, out);
	if (slot)
		slot->meant = parent->meant; /* what guests' tables in it are nested in */
}

void op_vdevice_alloc(struct step_run *run)
{
	const struct operands *with = run->with;
	space_handle out = 0;

	if (step_returned(run, uapi_vdevice_alloc(run->world->uapi, run->step->by, step_slot(run, with->object)->space,
						  with->device, with->id, &out)))
		made(run, out);
}

void op_veventq_alloc(struct step_run *run)
{
	const struct operands *with = run->with;
	enum uapi_event_type type =
		with->event_type_given ? (enum uapi_event_type)with->event_type : UAPI_EVENTS_ARM_SMMUV3;
	space_handle out = 0;

	if (step_returned(run, uapi_veventq_alloc(run->world->uapi, run->step->by, step_slot(run, with->object)->space,
						  type, with->depth, &out)))
		made(run, out);
}

void op_hw_queue(struct step_run *run)
{
	const struct operands *with = run->with;

	step_returned(run, uapi_hw_queue_alloc(run->world->uapi, run->step->by, step_slot(run, with->object)->space,
					       (enum uapi_hw_queue_type)with->hw_queue, step_address(run, &with->at),
					       with->bytes));
}

void op_ioctl(struct step_run *run)
{
	const struct operands *with = run->with;

	step_returned(run, uapi_iommufd_ioctl(run->world->uapi, with->call, with->bytes, with->mapped, with->tail));
}

void op_hwpt_invalidate(struct step_run *run)
{
	const struct operands *with = run->with;
	const struct slot *slot = step_slot(run, with->space_given ? with->space : with->object);
	struct uapi_entries_array array = {.what = (enum uapi_entries)with->entries_of,
					   .type = with->event_type_given ? (enum uapi_entries_type)with->event_type
									  : UAPI_ENTRIES_OWN,
					   .bytes_given = with->entry_bytes_given,
					   .bytes = with->entry_bytes,
					   .tail = with->entry_tail,
					   .count = with->entries.count};

	for (uint32_t i = 0; i < array.count; i++)
		array.list[i] = step_address(run, &with->entries.list[i]);
	step_returned(run, uapi_hwpt_invalidate(run->world->uapi, run->step->by, slot->space, &array));
	if (with->count_given && with->count != array.done)
		step_disagrees(run, g_strdup_printf("it says that %u were done", array.done));
}

static void note_event(struct step_run *run, const struct uapi_vevent *event)
{
	if (event->lost)
		g_ptr_array_add(run->record->notes, g_strdup_printf("%u: events were lost", event->sequence));
	else
		g_ptr_array_add(run->record->notes,
				g_strdup_printf("%u: event %#x of %#x, at %#" G_GINT64_MODIFIER "x", event->sequence,
						(unsigned)(event->words[0] & EVENT_TYPE_MASK),
						(unsigned)(event->words[0] >> EVENT_SID_SHIFT), event->words[2]));
}

/* NULL: all that is compared is as it should be. */
static char *compare_events(const struct operands *with, const struct uapi_vevents *events)
{
	const struct uapi_vevent *first = &events->list[0];
	const struct uapi_vevent *last = events->count ? &events->list[events->count - 1] : NULL;

	if (with->count_given && with->count != events->count)
		return g_strdup_printf("there are %u records", events->count);
	if (!last)
		return with->sequence_given || with->lost > 0 || with->event_given || with->id_given
			       ? g_strdup("there is no record")
			       : NULL;
	if (with->sequence_given && with->sequence != last->sequence)
		return g_strdup_printf("the last has the number %u", last->sequence);
	if (with->lost >= 0 && last->lost != with->lost)
		return g_strdup(last->lost ? "the last says that events were lost" : "the last is an event");
	if ((with->event_given || with->id_given) && first->lost)
		return g_strdup("the first is no event");
	if (with->event_given && with->event != (first->words[0] & EVENT_TYPE_MASK))
		return g_strdup_printf("the first is event %#x", (unsigned)(first->words[0] & EVENT_TYPE_MASK));
	if (with->id_given && with->id != first->words[0] >> EVENT_SID_SHIFT)
		return g_strdup_printf("the first is of %#x", (unsigned)(first->words[0] >> EVENT_SID_SHIFT));
	return NULL;
}

void op_veventq_read(struct step_run *run)
{
	const struct operands *with = run->with;
	struct uapi_vevents events = {.room = with->room_given ? with->room : UAPI_MAX_READ};

	if (!step_returned(run, uapi_veventq_read(run->world->uapi, run->step->by, step_slot(run, with->queue)->space,
						  &events)))
		return;
	for (uint32_t i = 0; run->world->verbose && i < events.count; i++)
		note_event(run, &events.list[i]);
	char *differs = compare_events(with, &events);
	if (differs)
		step_disagrees(run, differs);
}
