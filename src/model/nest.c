/* SPDX-License-Identifier: MIT */
/* Spaces that are nested in others, and what guests write into their own tables. */
#include "base/assert.h"
#include "model/area.h"
#include "model/facts.h"
#include "model/model.h"

void model_nest(struct model *model, model_space space, model_space parent, uint16_t root)
{
	struct space_fact *fact = model_space_fact(model, space);

	IOSIM_ASSERT(root < model->machine->memory_count);
	if (!fact || !model_space_fact(model, parent))
		return;
	fact->parent = parent;
	fact->root = root;
}

void model_delegate(struct model *model, model_space space, model_space parent, uint16_t contexts)
{
	struct space_fact *fact = model_space_fact(model, space);

	model_nest(model, space, parent, contexts);
	if (fact && fact->parent)
		fact->contexts = true;
}

void model_nest_areas(struct model *model, model_space space, model_space parent)
{
	struct space_fact *fact = model_space_fact(model, space);

	if (!fact || !model_space_fact(model, parent))
		return;
	fact->parent = parent;
	fact->root = MACHINE_NONE;
}

void model_map_nested(struct model *model, model_space space, uint64_t iova, uint64_t bytes, uint64_t address,
		      unsigned permissions)
{
	const struct space_fact *fact = model_space_fact(model, space);
	uint64_t rest = bytes ? bytes - 1 : 0;

	if (!fact || !fact->parent || !bytes || iova + rest < iova || address + rest < address)
		return;
	struct area area = {.iova = iova,
			    .last = iova + rest,
			    .offset = address,
			    .scope = space,
			    .owner = fact->owner,
			    .kind = MODEL_NOTHING,
			    .permissions = (uint8_t)(permissions & (MODEL_READ | MODEL_WRITE))};
	areas_add(model, &area);
}

struct pages {
	uint64_t first, last;
	uint32_t scope;
};

static bool is_of_pages(const struct area *area, const void *context)
{
	const struct pages *pages = context;

	return area->scope == pages->scope && area->iova >= pages->first && area->iova <= pages->last;
}

void model_guest_unmap(struct model *model, uint16_t root, uint64_t iova, uint64_t bytes)
{
	struct pages pages = {.first = iova, .last = iova + (bytes - 1), .scope = SCOPE_GUEST | root};

	IOSIM_ASSERT(root < model->machine->memory_count);
	if (bytes && pages.last >= pages.first)
		areas_end(model, is_of_pages, &pages);
}

void model_guest_map(struct model *model, uint16_t root, uint64_t iova, uint64_t bytes, uint64_t gpa,
		     unsigned permissions)
{
	uint64_t rest = bytes ? bytes - 1 : 0;

	model_guest_unmap(model, root, iova, bytes);
	if (!bytes || iova + rest < iova || gpa + rest < gpa)
		return;
	for (uint64_t at = 0; at < bytes; at += MODEL_GUEST_PAGE) {
		struct area area = {.iova = iova + at,
				    .last = iova + at + (MODEL_GUEST_PAGE - 1),
				    .offset = gpa + at,
				    .scope = SCOPE_GUEST | root,
				    .owner = model->memories[root].owner,
				    .kind = MODEL_NOTHING,
				    .permissions = (uint8_t)(permissions & (MODEL_READ | MODEL_WRITE))};
		areas_add(model, &area);
	}
}

void model_guest_context(struct model *model, uint16_t contexts, uint32_t pasid, uint16_t root)
{
	struct pages entry = {.first = pasid, .last = pasid, .scope = SCOPE_CONTEXTS | contexts};
	struct area area = {.iova = pasid,
			    .last = pasid,
			    .offset = root,
			    .scope = SCOPE_CONTEXTS | contexts,
			    .owner = model->memories[contexts].owner,
			    .kind = MODEL_NOTHING};

	areas_end(model, is_of_pages, &entry);
	if (root != MACHINE_NONE)
		areas_add(model, &area);
}

/* MACHINE_NONE: the contexts have none for it. */
static uint16_t context_root(const struct model *model, uint16_t contexts, uint32_t pasid)
{
	uint32_t i, end;

	for (areas_of_scope(model, SCOPE_CONTEXTS | contexts, &i, &end); i < end; i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (area->iova == pasid)
			return (uint16_t)area->offset;
	}
	return MACHINE_NONE;
}

const struct space_fact *model_serving(const struct model *model, uint16_t device, uint32_t pasid, model_space *space,
				       uint16_t *root)
{
	const struct space_fact *fact;

	*root = MACHINE_NONE;
	*space = model_attached(model, device);
	fact = *space ? model_space_fact(model, *space) : NULL;
	if (fact && fact->contexts) {
		*root = context_root(model, fact->root, pasid);
		return fact;
	}
	if (pasid != MODEL_NO_PASID) {
		*space = model_pasid_attached(model, device, pasid);
		fact = *space ? model_space_fact(model, *space) : NULL;
	}
	if (fact && fact->parent)
		*root = fact->root;
	return fact;
}

/* NULL: it is not nested. */
static const struct space_fact *nested_fact(const struct model *model, uint16_t device, uint32_t pasid)
{
	model_space space;
	uint16_t root;
	const struct space_fact *fact = model_serving(model, device, pasid, &space, &root);

	return fact && fact->parent ? fact : NULL;
}

bool model_nested(const struct model *model, uint16_t device, uint32_t pasid)
{
	return nested_fact(model, device, pasid) != NULL;
}

/* How many bytes of the target areas of the scope lead to, from its first on; 0: none. */
static uint64_t held(const struct model *model, model_space scope, struct model_target target)
{
	uint64_t most = 0;
	uint32_t i, end;

	for (areas_of_scope(model, scope, &i, &end); i < end; i++) {
		const struct area *area = rows_at(&model->areas, i);
		uint64_t last = area->offset + (area->last - area->iova);
		if (area->kind != target.kind || area->index != target.index || area->offset > target.offset ||
		    last < target.offset)
			continue;
		uint64_t bytes = last - target.offset + 1;
		most = bytes > most ? bytes : most;
	}
	return most;
}

bool model_space_holds(const struct model *model, model_space space, struct model_target target, uint64_t bytes)
{
	while (bytes) {
		uint64_t here = held(model, space, target);
		if (!here)
			return false;
		target.offset += here;
		bytes -= here < bytes ? here : bytes;
	}
	return true;
}

unsigned model_parent_permissions(const struct model *model, uint16_t device, uint32_t pasid,
				  struct model_target target)
{
	const struct space_fact *fact = nested_fact(model, device, pasid);
	unsigned permissions = 0;
	uint32_t i, end;

	if (!fact || target.kind == MODEL_NOTHING)
		return 0;
	for (areas_of_scope(model, fact->parent, &i, &end); i < end; i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (area->kind == target.kind && area->index == target.index && area->offset <= target.offset &&
		    area->offset + (area->last - area->iova) >= target.offset)
			permissions |= area->permissions;
	}
	return permissions;
}

bool model_parent_holds(const struct model *model, uint16_t device, uint32_t pasid, struct model_target target,
			uint64_t bytes)
{
	const struct space_fact *fact = nested_fact(model, device, pasid);

	return fact && target.kind != MODEL_NOTHING &&
	       model_space_holds(model, fact->parent, target, bytes ? bytes : 1);
}

/* --- what was unmapped --- */

static bool tombstone_leads_to(const struct tombstone *row, struct model_target target)
{
	return row->kind == target.kind && row->index == target.index && row->offset <= target.offset &&
	       row->offset + (row->last - row->iova) >= target.offset;
}

/* The parent led to the target, was made to stop, and does not lead there any more. */
static bool parent_unmapped(const struct model *model, const struct space_fact *fact, struct model_target target,
			    uint32_t *at)
{
	bool found = false;

	for (uint32_t i = 0; i < rows_count(&model->tombstones); i++) {
		const struct tombstone *row = rows_at(&model->tombstones, i);
		uint32_t stamp = *(const uint32_t *)rows_at(&model->stamps, i);
		if (row->space != fact->parent || !tombstone_leads_to(row, target) || (found && stamp <= *at))
			continue;
		found = true;
		*at = stamp;
	}
	return found && !model_space_holds(model, fact->parent, target, 1);
}

/* A way from an address to a target: alive, or broken by an unmap. */
struct way {
	bool found, alive;
	uint32_t at; /* not alive: the latest unmap */
};

static void way_alive(struct way *way)
{
	way->found = way->alive = true;
}

static void way_broken(struct way *way, uint32_t at)
{
	if (!way->found || at > way->at)
		way->at = at;
	way->found = true;
}

/* From an address of the parent. */
static struct way parents_way(const struct model *model, model_space parent, uint64_t address,
			      struct model_target target)
{
	struct way way = {0};
	uint32_t i, end;

	for (areas_of_scope(model, parent, &i, &end); i < end; i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (area->iova <= address && area->last >= address && area->kind == target.kind &&
		    area->index == target.index && area->offset + (address - area->iova) == target.offset)
			way_alive(&way);
	}
	for (i = 0; i < rows_count(&model->tombstones); i++) {
		const struct tombstone *row = rows_at(&model->tombstones, i);
		if (row->space == parent && row->iova <= address && row->last >= address &&
		    tombstone_leads_to(row, target) && row->offset + (address - row->iova) == target.offset)
			way_broken(&way, *(const uint32_t *)rows_at(&model->stamps, i));
	}
	return way;
}

/* A piece of the nested space, unmapped in step `at` or alive, and what the parent makes of where it leads. */
static void add_way(struct way *whole, struct way rest, bool alive, uint32_t at)
{
	if (!rest.found)
		return;
	if (alive && rest.alive)
		way_alive(whole);
	else
		way_broken(whole, rest.alive ? at : alive || rest.at > at ? rest.at : at);
}

static bool way_unmapped(const struct model *model, model_space space, const struct space_fact *fact, uint64_t address,
			 struct model_target target, uint32_t *at)
{
	struct way way = {0};
	uint32_t i, end;

	for (areas_of_scope(model, space, &i, &end); i < end; i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (area->iova <= address && area->last >= address)
			add_way(&way, parents_way(model, fact->parent, area->offset + (address - area->iova), target),
				true, 0);
	}
	for (i = 0; i < rows_count(&model->tombstones); i++) {
		const struct tombstone *row = rows_at(&model->tombstones, i);
		if (row->space == space && row->iova <= address && row->last >= address)
			add_way(&way, parents_way(model, fact->parent, row->offset + (address - row->iova), target),
				false, *(const uint32_t *)rows_at(&model->stamps, i));
	}
	*at = way.at;
	return way.found && !way.alive;
}

bool model_nested_unmapped(const struct model *model, model_space space, uint64_t address, struct model_target target,
			   uint32_t *at)
{
	const struct space_fact *fact = model_space_fact(model, space);

	return fact->root == MACHINE_NONE ? way_unmapped(model, space, fact, address, target, at)
					  : parent_unmapped(model, fact, target, at);
}
