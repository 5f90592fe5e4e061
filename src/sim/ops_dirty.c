/* SPDX-License-Identifier: MIT */
/* Operations of dirty tracking. */
#include "sim/step.h"
#include "uapi/objects.h"

#include <errno.h>

#define PAGE_LAST (UINT64_C(4096) - 1)

void op_dirty_start(struct step_run *run)
{
	const struct slot *slot = step_slot(run, run->with->space);

	if (step_returned(run, uapi_dirty_start(run->world->uapi, run->step->by, slot->space)))
		model_dirty_start(run->world->model, slot->meant);
}

void op_dirty_read(struct step_run *run)
{
	struct world *world = run->world;
	const struct slot *slot = step_slot(run, run->with->space);
	uint64_t iova = step_address(run, &run->with->at) & ~PAGE_LAST;
	struct check_event event = {.kind = CHECK_DIRTY,
				    .memory = MACHINE_NONE,
				    .device = MACHINE_NONE,
				    .new_owner = run->step->by,
				    .space = slot->meant,
				    .iova = iova};

	if (!step_returned(run, uapi_dirty_read(world->uapi, run->step->by, slot->space, iova, run->with->clear,
						&event.dirty)))
		return;
	run->record->did = event.dirty ? DID_DIRTY : DID_CLEAN;
	g_free(run->record->outcome);
	run->record->outcome = g_strdup(event.dirty ? "dirty" : "clean");
	step_judge(run, &event);
	if (event.dirty)
		model_dirty_reported(world->model, slot->meant, iova, iova | PAGE_LAST);
}

/* What the bitmap says of each page of 4K in its range, to the model and to the check. */
static uint32_t tell_bits(struct step_run *run, model_space space, const struct uapi_dirty_bitmap *bitmap)
{
	struct model *model = run->world->model;
	struct check_event event = {.kind = CHECK_DIRTY,
				    .memory = MACHINE_NONE,
				    .device = MACHINE_NONE,
				    .new_owner = run->step->by,
				    .space = space};
	uint32_t set = 0;

	for (uint64_t at = 0; at < bitmap->bytes; at += PAGE_LAST + 1) {
		event.iova = bitmap->iova + at;
		event.dirty = uapi_dirty_bit(bitmap, at / bitmap->page_bytes);
		step_judge(run, &event);
		if (event.dirty)
			model_dirty_reported(model, space, event.iova, event.iova | PAGE_LAST);
	}
	for (uint64_t bit = 0; bit < bitmap->bytes / bitmap->page_bytes; bit++)
		set += uapi_dirty_bit(bitmap, bit);
	return set;
}

void op_dirty_bitmap(struct step_run *run)
{
	const struct operands *with = run->with;
	const struct slot *slot = step_slot(run, with->space);
	struct uapi_dirty_bitmap bitmap = {.iova = step_address(run, &with->at),
					   .bytes = with->bytes ? with->bytes : PAGE_LAST + 1,
					   .page_bytes = with->page_bytes_given ? with->page_bytes : PAGE_LAST + 1,
					   .clear = with->clear};

	if (!step_returned(run, uapi_dirty_bitmap(run->world->uapi, run->step->by, slot->space, &bitmap)))
		return;
	uint32_t set = tell_bits(run, slot->meant, &bitmap);
	run->record->did = set ? DID_DIRTY : DID_CLEAN;
	g_free(run->record->outcome);
	run->record->outcome = g_strdup(set ? "dirty" : "clean");
	if (with->count_given && with->count != set)
		step_disagrees(run, g_strdup_printf("%u bits are set", set));
}

void world_reported(void *context, space_handle space, uint64_t iova, uint64_t bytes)
{
	struct world *world = context;
	struct reported reported = {
		.space = world_space_known(world, space), .first = iova, .last = iova + (bytes - 1)};

	model_dirty_reported(world->model, reported.space, reported.first, reported.last);
	g_array_append_val(world->reported, reported);
}

/*
 * The flag was read with the entry, and what is cached as dirty lets writes of that page pass until the IOTLB is
 * invalidated (VT-d 6.2.4; DDI 0487 D8.5.2). The owner hears of the page when the call returns, so of these, too.
 */
static void hear_reports(struct world *world)
{
	for (unsigned i = 0; i < world->reported->len; i++) {
		const struct reported *reported = &g_array_index(world->reported, struct reported, i);

		model_dirty_reported(world->model, reported->space, reported->first, reported->last);
	}
	g_array_set_size(world->reported, 0);
}

void step_lost_writes(struct step_run *run, model_space space, uint64_t first, uint64_t last)
{
	hear_reports(run->world);
	uint32_t lost = model_unreported(run->world->model, space, first, last);
	if (lost == 0)
		return;
	model_dirty_reported(run->world->model, space, first, last);
	run->record->did = DID_LOST;
	run->record->own = true;
	g_free(run->record->outcome);
	run->record->outcome = g_strdup_printf("%u written page%s never reported", lost, lost > 1 ? "s" : "");
}
