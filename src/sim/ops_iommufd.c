/* SPDX-License-Identifier: MIT */
/* Raw calls of iommufd. */
#include "sim/step.h"

#include <errno.h>

void op_copy(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	const struct slot *to = step_slot(run, with->space), *from = step_slot(run, with->source);
	uint64_t iova = step_address(run, &with->at), from_iova = step_address(run, &with->from);
	const struct known_area *area = world_area_at(world, from->meant, from_iova);
	uint64_t bytes = with->bytes ? with->bytes : area ? area->iova + area->bytes - from_iova : FRAME_BYTES;
	unsigned permissions = step_permissions(with);
	struct model_target target;

	if (!step_returned(run, uapi_copy(world->uapi, run->step->by, to->space, iova, from->space, from_iova, bytes,
					  permissions)) ||
	    !area)
		return;
	target = area->target;
	target.offset += from_iova - area->iova;
	model_map(world->model, to->meant, iova, bytes, target, permissions);
	world_area_add(world, to->meant, iova, bytes, target, permissions);
}

void op_map_file(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	const struct slot *slot = step_slot(run, with->space);
	uint64_t iova = step_address(run, &with->at);
	uint64_t bytes = with->bytes ? with->bytes : step_target_bytes(run, &with->to);
	unsigned permissions = step_permissions(with);

	if (!step_returned(run, uapi_map_file(world->uapi, run->step->by, slot->space, iova,
					      step_uapi_target(&with->to), bytes, permissions)))
		return;
	model_map(world->model, slot->meant, iova, bytes, step_model_target(&with->to), permissions);
	world_area_add(world, slot->meant, iova, bytes, step_model_target(&with->to), permissions);
}

void op_allow_iovas(struct step_run *run)
{
	uint64_t iova = run->with->at_given ? step_address(run, &run->with->at) : 0;

	step_returned(run, uapi_allow(run->world->uapi, run->step->by, step_slot(run, run->with->space)->space, iova,
				      run->with->bytes));
}

void op_iova_ranges(struct step_run *run)
{
	const struct operands *with = run->with;
	struct uapi_ranges ranges = {.room = with->room_given ? with->room : UAPI_MAX_RANGES};
	int result = uapi_ranges(run->world->uapi, run->step->by, step_slot(run, with->space)->space, &ranges);

	step_returned(run, result);
	if (result && result != -EMSGSIZE)
		return;
	for (uint32_t i = 0; run->world->verbose && i < ranges.count && i < ranges.room && i < UAPI_MAX_RANGES; i++)
		g_ptr_array_add(run->record->notes,
				g_strdup_printf("%#" G_GINT64_MODIFIER "x to %#" G_GINT64_MODIFIER "x", ranges.first[i],
						ranges.last[i]));
	if (with->count_given && with->count != ranges.count)
		step_disagrees(run, g_strdup_printf("there are %u ranges", ranges.count));
	else if (with->alignment && with->alignment != ranges.alignment)
		step_disagrees(run, g_strdup_printf("the alignment is %" G_GUINT64_FORMAT, ranges.alignment));
}
