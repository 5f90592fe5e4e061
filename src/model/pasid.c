/* SPDX-License-Identifier: MIT */
/* What a PASID of a device stands for. */
#include "base/assert.h"
#include "model/facts.h"
#include "model/model.h"

static uint32_t lower_bound(const struct model *model, uint16_t device, uint32_t pasid)
{
	uint32_t low = 0, high = rows_count(&model->pasids);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct pasid_fact *row = rows_at(&model->pasids, middle);
		if (row->device < device || (row->device == device && row->pasid < pasid))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct pasid_fact *model_pasid_fact(const struct model *model, uint16_t device, uint32_t pasid)
{
	uint32_t i = lower_bound(model, device, pasid);
	const struct pasid_fact *row = i < rows_count(&model->pasids) ? rows_at(&model->pasids, i) : NULL;

	return row && row->device == device && row->pasid == pasid ? row : NULL;
}

/* The row of that PASID, with its new owner. NULL: no room. */
static struct pasid_fact *begin_binding(struct model *model, uint16_t device, uint32_t pasid, uint16_t owner)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	uint32_t i = lower_bound(model, device, pasid);
	struct pasid_fact *row;

	if (!model_pasid_fact(model, device, pasid)) {
		row = rows_insert(&model->pasids, i);
		if (!row) {
			model->singles->overflowed = true;
			return NULL;
		}
		*row = (struct pasid_fact){
			.device = device, .pasid = pasid, .owner = MODEL_NEUTRAL, .last_owner = MODEL_NEUTRAL};
	}
	row = rows_at(&model->pasids, i);
	if (row->owner != MODEL_NEUTRAL)
		row->last_owner = row->owner;
	row->owner = owner;
	row->held = 0;
	row->space = 0;
	row->dma_api = false;
	return row;
}

void model_attach_pasid(struct model *model, uint16_t device, uint32_t pasid, model_space space)
{
	const struct space_fact *fact = model_space_fact(model, space);
	struct pasid_fact *row = fact ? begin_binding(model, device, pasid, fact->owner) : NULL;

	if (row)
		row->space = space;
}

void model_attach_pasid_dma(struct model *model, uint16_t device, uint32_t pasid, uint16_t owner)
{
	IOSIM_ASSERT(owner < model->machine->owner_count);
	struct pasid_fact *row = begin_binding(model, device, pasid, owner);

	if (row)
		row->dma_api = true;
}

void model_hold_pasid(struct model *model, uint16_t device, uint32_t pasid)
{
	struct pasid_fact *row = model_pasid_fact(model, device, pasid)
					 ? rows_at(&model->pasids, lower_bound(model, device, pasid))
					 : NULL;

	if (row && row->owner != MODEL_NEUTRAL && row->held < UINT16_MAX)
		row->held++;
}

static void end_binding(struct pasid_fact *row)
{
	if (row->owner == MODEL_NEUTRAL)
		return;
	row->last_owner = row->owner;
	row->owner = MODEL_NEUTRAL;
	row->held = 0;
	row->space = 0;
	row->dma_api = false;
}

void model_detach_pasid(struct model *model, uint16_t device, uint32_t pasid)
{
	if (!model_pasid_fact(model, device, pasid))
		return;
	struct pasid_fact *row = rows_at(&model->pasids, lower_bound(model, device, pasid));
	if (row->held)
		row->held--;
	else
		end_binding(row);
}

void model_pasids_end(struct model *model, uint16_t device, model_space space)
{
	for (uint32_t i = 0; i < rows_count(&model->pasids); i++) {
		struct pasid_fact *row = rows_at(&model->pasids, i);
		if (row->device == device || (space && row->space == space))
			end_binding(row);
	}
}

uint16_t model_pasid_owner(const struct model *model, uint16_t device, uint32_t pasid)
{
	const struct pasid_fact *row = model_pasid_fact(model, device, pasid);
	return row ? row->owner : MODEL_NEUTRAL;
}

uint16_t model_pasid_last_owner(const struct model *model, uint16_t device, uint32_t pasid)
{
	const struct pasid_fact *row = model_pasid_fact(model, device, pasid);
	return row ? row->last_owner : MODEL_NEUTRAL;
}

model_space model_pasid_attached(const struct model *model, uint16_t device, uint32_t pasid)
{
	const struct pasid_fact *row = model_pasid_fact(model, device, pasid);
	return row ? row->space : 0;
}

uint16_t model_pasid_holder(const struct model *model, uint16_t function, uint32_t pasid)
{
	const struct machine *machine = model->machine;

	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *row = &machine->devices[i];
		const struct space_fact *space = model_space_fact(model, model->devices[i].space);
		if (row->kind == DEVICE_MDEV && row->parent == function && row->pasid == pasid && space)
			return space->owner;
	}
	model_space space;
	uint16_t root;
	const struct space_fact *serving = model_serving(model, function, pasid, &space, &root);
	/* In a guest's own table all of them are the guest's. */
	if (serving && serving->contexts)
		return serving->owner;
	return model_pasid_owner(model, function, pasid);
}
