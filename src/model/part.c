/* SPDX-License-Identifier: MIT */
/* Mappings of parts of pages. */
#include "model/area.h"
#include "model/facts.h"

/* A part of [first, last] that the area leads to; false: none. */
static bool overlap(const struct area *area, uint64_t *first, uint64_t *last)
{
	uint64_t end = area->offset + (area->last - area->iova);

	if (area->offset > *last || end < *first)
		return false;
	*first = area->offset > *first ? area->offset : *first;
	*last = end < *last ? end : *last;
	return true;
}

bool model_maps_part(const struct model *model, uint16_t device, struct model_target target, uint64_t bytes)
{
	const uint64_t page = MODEL_GUEST_PAGE - 1;
	uint64_t end = target.offset + (bytes ? bytes - 1 : 0);
	bool page_mapped = false;
	uint32_t i, count;

	for (areas_of_scope(model, SCOPE_DEVICE | device, &i, &count); i < count; i++) {
		const struct area *area = rows_at(&model->areas, i);
		uint64_t first = target.offset & ~page, last = end | page;

		if (area->kind != target.kind || area->index != target.index || !overlap(area, &first, &last))
			continue;
		page_mapped = true;
		if (first <= target.offset && last >= end)
			return false;
	}
	return page_mapped;
}
