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

void model_attach_pasid(struct model *model, uint16_t device, uint32_t pasid, model_space space)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	const struct space_fact *fact = model_space_fact(model, space);
	uint32_t i = lower_bound(model, device, pasid);
	struct pasid_fact *row;

	if (!fact)
		return;
	if (!model_pasid_fact(model, device, pasid)) {
		row = rows_insert(&model->pasids, i);
		if (!row) {
			model->singles->overflowed = true;
			return;
		}
		*row = (struct pasid_fact){
			.device = device, .pasid = pasid, .owner = MODEL_NEUTRAL, .last_owner = MODEL_NEUTRAL};
	}
	row = rows_at(&model->pasids, i);
	if (row->owner != MODEL_NEUTRAL)
		row->last_owner = row->owner;
	row->owner = fact->owner;
	row->space = space;
}

static void end_binding(struct pasid_fact *row)
{
	if (row->owner == MODEL_NEUTRAL)
		return;
	row->last_owner = row->owner;
	row->owner = MODEL_NEUTRAL;
	row->space = 0;
}

void model_detach_pasid(struct model *model, uint16_t device, uint32_t pasid)
{
	if (model_pasid_fact(model, device, pasid))
		end_binding(rows_at(&model->pasids, lower_bound(model, device, pasid)));
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
