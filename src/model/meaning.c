/* SPDX-License-Identifier: MIT */
/* What an address was meant to be, what it was before, and what an owner may reach. */
#include "base/assert.h"
#include "model/area.h"
#include "model/facts.h"
#include "model/model.h"

#include <string.h>

#define READ_WRITE (MODEL_READ | MODEL_WRITE)

static bool same_target(struct model_target a, struct model_target b)
{
	return a.kind == b.kind && a.index == b.index && a.offset == b.offset;
}

static struct model_target area_target(const struct area *area, uint64_t address)
{
	struct model_target target = {.index = area->index, .offset = area->offset + (address - area->iova)};
	target.kind = area->kind;
	return target;
}

static struct model_target tombstone_target(const struct tombstone *tombstone, uint64_t address)
{
	struct model_target target = {.index = tombstone->index,
				      .offset = tombstone->offset + (address - tombstone->iova)};
	target.kind = tombstone->kind;
	return target;
}

/* --- meaning --- */

/* What the areas of a scope make of one address. Areas that overlap (DMA API, identity) add their permissions. */
struct cover {
	struct model_target target;
	unsigned permissions;
	uint64_t last; /* the same areas cover everything up to here */
};

static bool cover_at(const struct model *model, uint32_t scope, uint64_t address, struct cover *out)
{
	struct area key = {.scope = scope, .iova = areas_search_start(model, address)};
	bool found = false;

	for (uint32_t i = areas_lower_bound(model, &key); i < rows_count(&model->areas); i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (area->scope != scope || area->iova > address)
			break;
		if (area->last < address)
			continue;
		if (!found)
			*out = (struct cover){.target = area_target(area, address), .last = area->last};
		else if (!same_target(out->target, area_target(area, address)))
			continue;
		found = true;
		out->permissions |= area->permissions;
		if (area->last < out->last)
			out->last = area->last;
	}
	return found;
}

/* Whether areas of the scope cover all of [first, last]. */
static bool scope_means(const struct model *model, uint32_t scope, uint64_t first, uint64_t last,
			struct model_meaning *out)
{
	struct cover cover;
	unsigned permissions = READ_WRITE;

	for (uint64_t address = first;; address = cover.last + 1) {
		if (!cover_at(model, scope, address, &cover))
			return false;
		if (address == first)
			out->target = cover.target;
		permissions &= cover.permissions;
		if (cover.last >= last)
			break;
	}
	out->meant = true;
	out->permissions = permissions;
	return true;
}

/* Whether its areas, or a guest's entries, lead to addresses that all mean something in the parent. */
static bool nested_means(const struct model *model, model_space space, uint16_t root, uint64_t first, uint64_t last,
			 struct model_meaning *out)
{
	const struct space_fact *fact = model_space_fact(model, space);
	uint32_t scope = model_nested_scope(fact, space, root);
	struct model_meaning piece = {0};
	unsigned permissions = READ_WRITE;
	struct cover cover;

	for (uint64_t address = first;; address = cover.last + 1) {
		if (!scope || !cover_at(model, scope, address, &cover))
			return false;
		uint64_t gpa = cover.target.offset, end = cover.last < last ? cover.last : last;
		if (gpa + (end - address) < gpa ||
		    !scope_means(model, fact->parent, gpa, gpa + (end - address), &piece))
			return false;
		if (address == first)
			out->target = piece.target;
		permissions &= cover.permissions & piece.permissions;
		if (cover.last >= last)
			break;
	}
	out->meant = true;
	out->permissions = permissions;
	return true;
}

/* What serves the device, or one of its PASIDs, makes of them. */
static bool space_means(const struct model *model, uint16_t device, uint32_t pasid, uint64_t first, uint64_t last,
			struct model_meaning *out)
{
	model_space space;
	uint16_t root;
	const struct space_fact *fact = model_serving(model, device, pasid, &space, &root);

	if (!fact)
		return false;
	return fact->parent ? nested_means(model, space, root, first, last, out)
			    : scope_means(model, space, first, last, out);
}

bool model_paging_address(const struct model *model, uint16_t device, uint32_t pasid, model_space *space,
			  uint64_t *address)
{
	uint16_t root;
	const struct space_fact *fact = model_serving(model, device, pasid, space, &root);
	struct cover cover;

	if (!fact || !fact->parent)
		return fact;
	uint32_t scope = model_nested_scope(fact, *space, root);
	if (!scope || !cover_at(model, scope, *address, &cover))
		return false;
	*space = fact->parent;
	*address = cover.target.offset;
	return true;
}

static bool firmware_means(const struct model *model, uint16_t device, uint64_t first, uint64_t last,
			   struct model_meaning *out)
{
	const struct machine_device *row = &model->machine->devices[device];

	for (uint32_t i = row->first_reserved; i < (uint32_t)row->first_reserved + row->reserved_count; i++) {
		const struct machine_reserved *range = &model->machine->reserved[i];
		if (!model_reserved_live(model, (uint16_t)i) || first < range->first ||
		    last > range->first + (range->bytes - 1))
			continue;
		out->meant = true;
		out->permissions = READ_WRITE;
		out->target = (struct model_target){.kind = MODEL_FIRMWARE,
						    .index = machine_firmware_at(model->machine, first),
						    .offset = first - range->first};
		return true;
	}
	return false;
}

/* What its driver mapped for its parent is all that it can address. */
static bool is_software_mdev(const struct model *model, uint16_t device)
{
	const struct machine_device *row = &model->machine->devices[device];

	return row->kind == DEVICE_MDEV && row->pasid == MACHINE_NO_PASID;
}

/* Requests with that PASID go by what the DMA API of the device has. */
static bool has_dma_api(const struct model *model, uint16_t device, uint32_t pasid)
{
	const struct pasid_fact *fact = model_pasid_fact(model, device, pasid);

	return fact && fact->dma_api;
}

/* The scopes whose tombstones may concern a device, or one of its PASIDs; 0: none. */
static void tomb_scopes(const struct model *model, uint16_t device, uint32_t pasid, uint32_t scopes[3])
{
	const struct device_fact *fact = &model->devices[device];
	uint16_t owner = fact->owner, last = fact->last_owner;

	if (pasid != MODEL_NO_PASID) {
		owner = model_pasid_owner(model, device, pasid);
		last = model_pasid_last_owner(model, device, pasid);
	}
	if (is_software_mdev(model, device)) {
		scopes[0] = SCOPE_DEVICE | model->machine->devices[device].parent;
		scopes[1] = scopes[2] = 0;
		return;
	}
	scopes[0] = pasid == MODEL_NO_PASID || has_dma_api(model, device, pasid) ? SCOPE_DEVICE | device : 0;
	scopes[1] = owner == MODEL_NEUTRAL ? 0 : SCOPE_OWNER | owner;
	scopes[2] = last == MODEL_NEUTRAL || last == owner ? 0 : SCOPE_OWNER | last;
}

/* The latest tombstone of the scope over the address for which `wanted`, if any, is the target. */
static const struct tombstone *latest_tombstone(const struct model *model, uint32_t scope, uint64_t address,
						const struct model_target *wanted, uint32_t *stamp)
{
	struct tombstone key = {.scope = scope, .iova = areas_search_start(model, address)};
	const struct tombstone *latest = NULL;

	if (scope == 0)
		return NULL;
	for (uint32_t i = tombstones_lower_bound(model, &key); i < rows_count(&model->tombstones); i++) {
		const struct tombstone *row = rows_at(&model->tombstones, i);
		uint32_t at = *(const uint32_t *)rows_at(&model->stamps, i);
		if (row->scope != scope || row->iova > address)
			break;
		/* Of a nested space: it led to an address, which is no target. */
		if (row->last < address || row->kind == MODEL_NOTHING || (latest && at <= *stamp))
			continue;
		if (wanted && !same_target(*wanted, tombstone_target(row, address)))
			continue;
		latest = row;
		*stamp = at;
	}
	return latest;
}

static void was_unmapped(const struct model *model, uint16_t device, uint32_t pasid, uint64_t address,
			 struct model_meaning *out)
{
	uint32_t scopes[3];

	tomb_scopes(model, device, pasid, scopes);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t stamp;
		const struct tombstone *row = latest_tombstone(model, scopes[i], address, NULL, &stamp);
		if (!row || (out->unmapped && stamp <= out->unmapped_at))
			continue;
		out->unmapped = true;
		out->unmapped_at = stamp;
		out->was = tombstone_target(row, address);
	}
}

/* The permissions with which areas of the space lead to that byte. */
static unsigned space_leads_to(const struct model *model, model_space space, struct model_target target)
{
	unsigned permissions = 0;
	uint32_t i, end;

	for (areas_of_scope(model, space, &i, &end); i < end; i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (area->kind == target.kind && area->index == target.index && area->offset <= target.offset &&
		    area->offset + (area->last - area->iova) >= target.offset)
			permissions |= area->permissions;
	}
	return permissions;
}

/*
 * A software mdev: what its driver mapped for the parent through the DMA API, as far as the mdev's user has mapped the
 * page that is there. A request lies within a page.
 */
static bool mdev_means(const struct model *model, uint16_t device, uint64_t address, uint64_t last,
		       struct model_meaning *out)
{
	model_space space = model->devices[device].space;

	if (!space || !scope_means(model, SCOPE_DEVICE | model->machine->devices[device].parent, address, last, out))
		return false;
	out->permissions &= space_leads_to(model, space, out->target);
	out->meant = out->permissions != 0;
	return out->meant;
}

/* Without a PASID: the space that the device is attached to, its DMA API, its firmware ranges. */
/* A confidential guest's kernel maps for the device as the host's does for one that it drives. */
static bool has_own_kernel(const struct model *model, uint16_t owner)
{
	return owner < model->machine->owner_count && model->machine->owners[owner].confidential;
}

static bool device_means(const struct model *model, uint16_t device, uint64_t address, uint64_t last,
			 struct model_meaning *out)
{
	const struct device_fact *fact = &model->devices[device];

	if (is_software_mdev(model, device))
		return mdev_means(model, device, address, last, out);
	if (space_means(model, device, MODEL_NO_PASID, address, last, out))
		return true;
	if ((fact->driven || has_own_kernel(model, fact->owner)) &&
	    scope_means(model, SCOPE_DEVICE | device, address, last, out))
		return true;
	return firmware_means(model, device, address, last, out);
}

static bool pasid_means(const struct model *model, uint16_t device, uint32_t pasid, uint64_t address, uint64_t last,
			struct model_meaning *out)
{
	if (has_dma_api(model, device, pasid))
		return scope_means(model, SCOPE_DEVICE | device, address, last, out);
	return space_means(model, device, pasid, address, last, out);
}

void model_meaning(const struct model *model, uint16_t device, uint32_t pasid, uint64_t address, uint64_t bytes,
		   struct model_meaning *out)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	uint64_t last = address + (bytes ? bytes - 1 : 0);

	memset(out, 0, sizeof(*out));
	if (last < address)
		return;
	if (pasid == MODEL_NO_PASID ? device_means(model, device, address, last, out)
				    : pasid_means(model, device, pasid, address, last, out))
		return;
	out->target = (struct model_target){.kind = MODEL_NOTHING};
	/* What was unmapped in a parent went by other addresses. */
	if (!model_nested(model, device, pasid))
		was_unmapped(model, device, pasid, address, out);
}

/* An area of the owner, in whatever space, still leads from the address to the target. */
static bool alive_elsewhere(const struct model *model, uint16_t owner, uint64_t address, struct model_target target)
{
	for (uint32_t i = 0; i < rows_count(&model->areas); i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (!(area->scope & SCOPE_DEVICE) && area->owner == owner && area->iova <= address &&
		    area->last >= address && same_target(target, area_target(area, address)))
			return true;
	}
	return false;
}

bool model_unmapped(const struct model *model, uint16_t device, uint32_t pasid, uint64_t address,
		    struct model_target target, uint32_t *at)
{
	model_space space;
	uint16_t root;
	const struct space_fact *fact = model_serving(model, device, pasid, &space, &root);
	struct model_meaning meaning;
	uint32_t scopes[3];
	bool found = false;

	if (fact && fact->parent)
		return model_nested_unmapped(model, space, address, target, at);
	model_meaning(model, device, pasid, address, 1, &meaning);
	if (meaning.meant && same_target(meaning.target, target))
		return false;
	tomb_scopes(model, device, pasid, scopes);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t stamp;
		const struct tombstone *row = latest_tombstone(model, scopes[i], address, &target, &stamp);
		if (!row || (found && stamp <= *at))
			continue;
		/* In the space that the device is attached to, the meaning has just said that it is not alive. */
		if ((row->scope & SCOPE_OWNER) && (row->space == 0 || row->space != space) &&
		    alive_elsewhere(model, (uint16_t)row->scope, address, target))
			continue;
		found = true;
		*at = stamp;
	}
	return found;
}

/* --- grants --- */

static bool has_right(const struct model *model, uint16_t owner, struct model_target target)
{
	const struct machine *machine = model->machine;

	switch (target.kind) {
	case MODEL_NOTHING:
		break;
	case MODEL_MEMORY: {
		const struct memory_fact *fact = &model->memories[target.index];
		uint64_t shared = fact->reused ? 0 : machine->memories[target.index].shared_with;
		return fact->owner == owner || (owner < 64 && (shared >> owner & 1));
	}
	case MODEL_BAR:
		return model_party(model, machine->bars[target.index].device) == model_party_of_owner(model, owner);
	case MODEL_FIRMWARE:
		return model_party_of_owner(model, owner) == MACHINE_HOST;
	}
	return false;
}

/* What areas of the owner grant of one byte of the target, and up to which offset that is so. */
static unsigned granted_at(const struct model *model, uint16_t owner, struct model_target target, uint64_t *last)
{
	unsigned permissions = 0;

	for (uint32_t i = 0; i < rows_count(&model->areas); i++) {
		const struct area *area = rows_at(&model->areas, i);
		uint64_t end = area->offset + (area->last - area->iova);
		if (!area->grants || area->owner != owner || area->kind != target.kind || area->index != target.index ||
		    area->offset > target.offset || end < target.offset)
			continue;
		if (permissions == 0 || end < *last)
			*last = end;
		permissions |= area->permissions;
	}
	return permissions;
}

static bool target_exists(const struct machine *machine, struct model_target target)
{
	switch (target.kind) {
	case MODEL_MEMORY:
		return target.index < machine->memory_count;
	case MODEL_BAR:
		return target.index < machine->bar_count;
	case MODEL_FIRMWARE:
		return target.index < machine->reserved_count;
	case MODEL_NOTHING:
		break;
	}
	return false;
}

bool model_granted(const struct model *model, uint16_t owner, struct model_target target, uint64_t bytes,
		   unsigned *permissions)
{
	uint64_t end = target.offset + (bytes ? bytes - 1 : 0);
	unsigned all = READ_WRITE;

	*permissions = 0;
	if (owner >= model->machine->owner_count || !target_exists(model->machine, target) || end < target.offset)
		return false;
	if (has_right(model, owner, target)) {
		*permissions = READ_WRITE;
		return true;
	}
	for (uint64_t last = 0;; target.offset = last + 1) {
		unsigned here = granted_at(model, owner, target, &last);
		if (!here)
			return false;
		all &= here;
		if (last >= end)
			break;
	}
	*permissions = all;
	return true;
}

void model_areas(const struct model *model, uint16_t device, model_area_fn fn, void *context)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	model_space space = model->devices[device].space;
	const struct space_fact *fact = space ? model_space_fact(model, space) : NULL;
	uint32_t i, end;

	if (!fact)
		return;
	bool guest = fact->parent && fact->root != MACHINE_NONE;
	for (areas_of_scope(model, guest ? fact->parent : space, &i, &end); i < end; i++) {
		const struct area *area = rows_at(&model->areas, i);
		if (!fn(context, area->iova, area->last - area->iova + 1, area_target(area, area->iova)))
			return;
	}
}
