/* SPDX-License-Identifier: MIT */
/* Raw calls of iommufd about options and devices, and VFIO's calls on it. */
#include "sim/step.h"
#include "uapi/objects.h"

void op_option(struct step_run *run)
{
	const struct operands *with = run->with;
	struct uapi *uapi = run->world->uapi;
	space_handle object = with->space_given ? step_slot(run, with->space)->space : 0;
	enum uapi_option option = with->option == OPTION_HUGE_PAGES ? UAPI_OPTION_HUGE_PAGES : UAPI_OPTION_RLIMIT_MODE;
	uint64_t value = 0;

	if (with->set_given)
		step_returned(run, uapi_option_set(uapi, run->step->by, option, object, with->set_value));
	else if (step_returned(run, uapi_option_get(uapi, run->step->by, option, object, &value)) &&
		 value != with->get_value)
		step_disagrees(run, g_strdup_printf("it is %" G_GUINT64_FORMAT, value));
}

static char *compare_info(const struct operands *with, const struct uapi_hw_info *info)
{
	if (with->says_dirty >= 0 && with->says_dirty != info->dirty_tracking)
		return g_strdup(info->dirty_tracking ? "dirty tracking: it can" : "dirty tracking: it cannot");
	if (with->says_ats >= 0 && with->says_ats == info->ats_not_supported)
		return g_strdup(info->ats_not_supported ? "ATS: it cannot" : "ATS: it can");
	if (with->count_given && with->count != info->max_pasid_lg2)
		return g_strdup_printf("a PASID has %u bits", info->max_pasid_lg2);
	return NULL;
}

void op_hw_info(struct step_run *run)
{
	const struct operands *with = run->with;
	struct uapi_hw_info info = {.type = (enum uapi_hw_info_type)with->hw_info};

	if (!step_returned(run, uapi_hw_info(run->world->uapi, run->step->by, with->device, &info)))
		return;
	for (unsigned i = 0; run->world->verbose && i < info.hw.bytes / 4; i++)
		g_ptr_array_add(run->record->notes, g_strdup_printf("byte %u: %#010x", 4 * i, info.hw.words[i]));
	char *differs = compare_info(with, &info);
	if (differs)
		step_disagrees(run, differs);
}

void op_change_process(struct step_run *run)
{
	step_returned(run, uapi_change_process(run->world->uapi, run->step->by));
}

/* --- VFIO's calls --- */

void op_vfio_ioas(struct step_run *run)
{
	const struct operands *with = run->with;
	enum uapi_compat what = (enum uapi_compat)with->compat;
	space_handle named = with->space_given ? step_slot(run, with->space)->space : 0, space = named;

	if (step_returned(run, uapi_vfio_ioas(run->world->uapi, run->step->by, what, &space)) &&
	    what == UAPI_COMPAT_GET && with->space_given && space != named)
		step_disagrees(run, g_strdup("it is another space"));
}

void op_vfio_set_iommu(struct step_run *run)
{
	step_returned(run,
		      uapi_vfio_set_iommu(run->world->uapi, run->step->by, (enum uapi_vfio_type)run->with->vfio_type));
}

/* The model's name for the space that such a call has meant. */
static model_space meant(const struct step_run *run)
{
	space_handle space = 0;

	if (uapi_vfio_ioas(run->world->uapi, run->step->by, UAPI_COMPAT_GET, &space))
		return 0;
	return world_space_known(run->world, space);
}

void op_vfio_map(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	uint64_t iova = step_address(run, &with->at);
	uint64_t bytes = with->bytes ? with->bytes : step_target_bytes(run, &with->to);
	unsigned permissions = step_permissions(with);
	struct target to = step_own_page(run, &with->to);
	struct model_target target = step_model_target(&to);

	if (!step_returned(run,
			   uapi_vfio_map(world->uapi, run->step->by, iova, step_uapi_target(&to), bytes, permissions)))
		return;
	model_map(world->model, meant(run), iova, bytes, target, permissions);
	world_area_add(world, meant(run), iova, bytes, target, permissions);
}

void op_vfio_unmap(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	uint64_t iova = with->at_given ? step_address(run, &with->at) : 0, bytes = with->all ? UINT64_MAX : with->bytes;
	uint64_t unmapped = 0;
	space_handle space = 0;
	int error = uapi_vfio_unmap(world->uapi, run->step->by, iova, with->bytes, with->all, &unmapped);

	uapi_vfio_ioas(world->uapi, run->step->by, UAPI_COMPAT_GET, &space);
	if (!step_unmapped(run, error, space, iova, unmapped, &bytes))
		return;
	model_unmap(world->model, meant(run), iova, bytes);
	world_areas_remove(world, meant(run), iova, bytes);
	step_lost_writes(run, meant(run), iova, iova + (bytes - 1));
}
