/* SPDX-License-Identifier: MIT */
/* Which pages of a tracked space were written and not reported: what dirty tracking promises, by definition. */
#include "base/assert.h"
#include "model/facts.h"
#include "model/model.h"

static const struct written_fact *row_at(const struct model *model, uint32_t index)
{
	return rows_at(&model->written, index);
}

/* The first row that is (space, iova) or comes behind it. */
static uint32_t lower_bound(const struct model *model, model_space space, uint64_t iova)
{
	uint32_t low = 0, high = rows_count(&model->written);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct written_fact *row = row_at(model, middle);
		if (row->space < space || (row->space == space && row->iova < iova))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t page_of(uint64_t address)
{
	return address & ~(uint64_t)(MODEL_DIRTY_PAGE - 1);
}

void model_dirty_start(struct model *model, model_space space)
{
	struct space_fact *fact = model_space_fact(model, space);

	if (!fact)
		return;
	fact->tracked = true;
	model_dirty_reported(model, space, 0, UINT64_MAX);
}

void model_written(struct model *model, uint16_t device, uint32_t pasid, uint64_t address)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	struct written_fact *row;
	model_space space;

	if (!model_paging_address(model, device, pasid, &space, &address) || !model_space_fact(model, space) ||
	    !model_space_fact(model, space)->tracked)
		return;
	uint64_t page = page_of(address);
	uint32_t index = lower_bound(model, space, page);
	if (index < rows_count(&model->written) && row_at(model, index)->space == space &&
	    row_at(model, index)->iova == page)
		return;
	row = rows_insert(&model->written, index);
	if (!row) {
		model->singles->overflowed = true;
		return;
	}
	row->space = space;
	row->iova = page;
}

/* Rows [*first_row, end) are the pages that overlap [first, last]. */
static uint32_t rows_within(const struct model *model, model_space space, uint64_t first, uint64_t last,
			    uint32_t *first_row)
{
	uint32_t end = *first_row = lower_bound(model, space, page_of(first));

	while (end < rows_count(&model->written) && row_at(model, end)->space == space &&
	       row_at(model, end)->iova <= last)
		end++;
	return end;
}

void model_dirty_reported(struct model *model, model_space space, uint64_t first, uint64_t last)
{
	uint32_t start, end = rows_within(model, space, first, last, &start);

	while (end-- > start)
		rows_remove(&model->written, end);
}

uint32_t model_unreported(const struct model *model, model_space space, uint64_t first, uint64_t last)
{
	uint32_t start, end = rows_within(model, space, first, last, &start);

	return end - start;
}
