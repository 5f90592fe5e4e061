/* SPDX-License-Identifier: MIT */
#include "model/area.h"

#include "base/assert.h"

#include <string.h>

_Static_assert(sizeof(struct area) == 40 && sizeof(struct tombstone) == 40, "no hidden padding");

void areas_open(struct model *model)
{
	struct arena *arena = model->arena;

	rows_open(&model->areas, arena, "model areas", sizeof(struct area), MODEL_MAX_AREAS, ARENA_HASHED);
	rows_open(&model->tombstones, arena, "model tombstones", sizeof(struct tombstone), MODEL_MAX_TOMBSTONES,
		  ARENA_HASHED);
	rows_open(&model->stamps, arena, "model tombstone stamps", sizeof(uint32_t), MODEL_MAX_TOMBSTONES,
		  ARENA_UNHASHED);
}

static int compare64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Rows of equal key are in the order of their bytes, so that the order is a matter of contents alone. */
static int compare_areas(const struct area *a, const struct area *b)
{
	int order = compare64(a->scope, b->scope);
	order = order ? order : compare64(a->iova, b->iova);
	return order ? order : memcmp(a, b, sizeof(*a));
}

static int compare_tombstones(const struct tombstone *a, const struct tombstone *b)
{
	int order = compare64(a->scope, b->scope);
	order = order ? order : compare64(a->iova, b->iova);
	return order ? order : memcmp(a, b, sizeof(*a));
}

uint32_t areas_lower_bound(const struct model *model, const struct area *key)
{
	uint32_t low = 0, high = rows_count(&model->areas);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (compare_areas(rows_at(&model->areas, middle), key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t tombstones_lower_bound(const struct model *model, const struct tombstone *key)
{
	uint32_t low = 0, high = rows_count(&model->tombstones);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (compare_tombstones(rows_at(&model->tombstones, middle), key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void note_length(struct model *model, uint64_t first, uint64_t last)
{
	uint64_t bytes = last - first == UINT64_MAX ? UINT64_MAX : last - first + 1;
	if (bytes > model->clocks->longest_bytes)
		model->clocks->longest_bytes = bytes;
}

uint64_t areas_search_start(const struct model *model, uint64_t iova)
{
	uint64_t longest = model->clocks->longest_bytes;
	return longest && iova >= longest ? iova - longest + 1 : 0;
}

/* --- tombstones --- */

static void tombstone_remove(struct model *model, uint32_t index)
{
	rows_remove(&model->tombstones, index);
	rows_remove(&model->stamps, index);
}

static void drop_oldest_tombstone(struct model *model)
{
	const uint32_t *stamps = rows_at(&model->stamps, 0);
	uint32_t oldest = 0;
	for (uint32_t i = 1; i < rows_count(&model->stamps); i++)
		if (stamps[i] < stamps[oldest])
			oldest = i;
	tombstone_remove(model, oldest);
}

static void tombstone_add(struct model *model, const struct tombstone *tombstone, uint32_t stamp)
{
	uint32_t index = tombstones_lower_bound(model, tombstone);
	if (index < rows_count(&model->tombstones) &&
	    compare_tombstones(rows_at(&model->tombstones, index), tombstone) == 0) {
		*(uint32_t *)rows_at(&model->stamps, index) = stamp;
		return;
	}
	if (rows_count(&model->tombstones) == MODEL_MAX_TOMBSTONES) {
		drop_oldest_tombstone(model);
		index = tombstones_lower_bound(model, tombstone);
	}
	*(struct tombstone *)rows_insert(&model->tombstones, index) = *tombstone;
	*(uint32_t *)rows_insert(&model->stamps, index) = stamp;
}

static struct tombstone tombstone_of(const struct area *area)
{
	bool device = area->scope & SCOPE_DEVICE;
	return (struct tombstone){.iova = area->iova,
				  .last = area->last,
				  .offset = area->offset,
				  .scope = device ? area->scope : SCOPE_OWNER | area->owner,
				  .space = device ? 0 : area->scope,
				  .index = area->index,
				  .kind = area->kind};
}

static void bury(struct model *model, const struct area *area)
{
	struct tombstone tombstone = tombstone_of(area);
	tombstone_add(model, &tombstone, model->clocks->step);
}

/* What is mapped again as it was before is no longer unmapped. */
static void unbury(struct model *model, const struct area *area)
{
	struct tombstone wanted = tombstone_of(area);
	struct tombstone key = {.scope = wanted.scope, .iova = areas_search_start(model, area->iova)};

	for (uint32_t i = tombstones_lower_bound(model, &key); i < rows_count(&model->tombstones);) {
		struct tombstone found = *(struct tombstone *)rows_at(&model->tombstones, i);
		uint32_t stamp = *(uint32_t *)rows_at(&model->stamps, i);
		if (found.scope != wanted.scope || found.iova > area->last)
			return;
		if (found.last < area->iova || found.space != wanted.space || found.kind != wanted.kind ||
		    found.index != wanted.index || found.offset - found.iova != wanted.offset - wanted.iova) {
			i++;
			continue;
		}
		tombstone_remove(model, i);
		if (found.last > area->last) {
			struct tombstone right = found;
			right.iova = area->last + 1;
			right.offset += right.iova - found.iova;
			tombstone_add(model, &right, stamp);
		}
		if (found.iova < area->iova) {
			found.last = area->iova - 1;
			tombstone_add(model, &found, stamp);
		}
	}
}

/* --- areas --- */

void areas_of_scope(const struct model *model, uint32_t scope, uint32_t *first, uint32_t *end)
{
	struct area key = {.scope = scope};
	*first = areas_lower_bound(model, &key);
	key.scope = scope + 1;
	*end = areas_lower_bound(model, &key);
}

static bool insert(struct model *model, const struct area *area)
{
	struct area *row = rows_insert(&model->areas, areas_lower_bound(model, area));
	if (!row) {
		model->singles->overflowed = true;
		return false;
	}
	*row = *area;
	return true;
}

bool areas_add(struct model *model, const struct area *area)
{
	note_length(model, area->iova, area->last);
	unbury(model, area);
	return insert(model, area);
}

/* Cuts the area at `index` so that what is inside [first, last] and what is outside are areas of their own. */
static void cut(struct model *model, uint32_t index, uint64_t first, uint64_t last)
{
	struct area area = *(struct area *)rows_at(&model->areas, index);

	rows_remove(&model->areas, index);
	if (area.iova < first) {
		struct area left = area;
		left.last = first - 1;
		insert(model, &left);
		area.offset += first - area.iova;
		area.iova = first;
	}
	if (area.last > last) {
		struct area right = area;
		right.iova = last + 1;
		right.offset += right.iova - area.iova;
		insert(model, &right);
		area.last = last;
	}
	insert(model, &area);
}

static void cut_at_edges(struct model *model, uint32_t scope, uint64_t first, uint64_t last)
{
	uint32_t index, end;

	areas_of_scope(model, scope, &index, &end);
	while (index < rows_count(&model->areas)) {
		const struct area *area = rows_at(&model->areas, index);
		if (area->scope != scope || area->iova > last)
			return;
		/* After a cut another row may stand there. */
		if (area->last >= first && (area->iova < first || area->last > last))
			cut(model, index, first, last);
		else
			index++;
	}
}

struct inside {
	uint64_t first, last;
	uint32_t scope;
};

static bool is_inside(const struct area *area, const void *context)
{
	const struct inside *inside = context;
	return area->scope == inside->scope && area->iova >= inside->first && area->last <= inside->last;
}

void areas_unmap(struct model *model, uint32_t scope, uint64_t first, uint64_t last)
{
	struct inside inside = {.first = first, .last = last, .scope = scope};
	uint32_t index, end;

	cut_at_edges(model, scope, first, last);
	areas_of_scope(model, scope, &index, &end);
	for (; index < end; index++)
		if (is_inside(rows_at(&model->areas, index), &inside))
			bury(model, rows_at(&model->areas, index));
	areas_end(model, is_inside, &inside);
}

bool areas_unmap_one(struct model *model, uint32_t scope, uint64_t first, uint64_t last)
{
	struct area key = {.scope = scope, .iova = first};

	for (uint32_t i = areas_lower_bound(model, &key); i < rows_count(&model->areas); i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (area->scope != scope || area->iova != first)
			return false;
		if (area->last != last)
			continue;
		bury(model, area);
		rows_remove(&model->areas, i);
		return true;
	}
	return false;
}

void areas_end(struct model *model, area_filter filter, const void *context)
{
	uint32_t count = rows_count(&model->areas), kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct area *area = rows_at(&model->areas, i);
		if (filter(area, context))
			continue;
		if (kept != i)
			*(struct area *)rows_at(&model->areas, kept) = *area;
		kept++;
	}
	rows_truncate(&model->areas, kept);
}

void areas_lose_memory(struct model *model, uint16_t memory)
{
	/* A changed row may stand elsewhere among its equals; what comes to stand at `i` instead is looked at again. */
	for (uint32_t i = 0; i < rows_count(&model->areas);) {
		struct area area = *(struct area *)rows_at(&model->areas, i);
		if (area.kind != MODEL_MEMORY || area.index != memory || !area.grants) {
			i++;
			continue;
		}
		rows_remove(&model->areas, i);
		area.grants = false;
		insert(model, &area);
	}
}

void areas_forget_space(struct model *model, model_space space)
{
	/* Without the number a tombstone may stand elsewhere in the order, or be there already. */
	for (uint32_t i = 0; i < rows_count(&model->tombstones);) {
		struct tombstone found = *(struct tombstone *)rows_at(&model->tombstones, i);
		uint32_t stamp = *(uint32_t *)rows_at(&model->stamps, i);
		if (found.space != space) {
			i++;
			continue;
		}
		tombstone_remove(model, i);
		found.space = 0;
		tombstone_add(model, &found, stamp);
	}
}
