/* SPDX-License-Identifier: MIT */
#include "sim/handed.h"

#include <stdlib.h>

struct handed_row {
	uint64_t iova, pa; /* of the page */
	uint32_t pasid;
	uint32_t stream;
	uint16_t device;
	uint16_t iommu;
	uint8_t page_lg2;
	bool writable;
	bool over;
	bool global; /* the same for every PASID */
	bool tee;    /* asked for with T or XT: for such requests */
};

struct handed {
	struct arena *arena;
	const struct machine *machine;
	arena_pool_id rows;
	bool *overflowed;
};

struct handed *handed_new(struct arena *arena, const struct machine *machine)
{
	struct handed *handed = calloc(1, sizeof(*handed));

	if (!handed)
		abort();
	handed->arena = arena;
	handed->machine = machine;
	handed->rows = arena_pool(arena, "handed out", sizeof(struct handed_row), HANDED_MAX, false, ARENA_HASHED);
	handed->overflowed = arena_block(arena, "handed out overflow", sizeof(bool), ARENA_HASHED);
	return handed;
}

void handed_free(struct handed *handed)
{
	free(handed);
}

bool handed_overflowed(const struct handed *handed)
{
	return *handed->overflowed;
}

static struct handed_row *row_of(const struct handed *handed, uint32_t slot)
{
	return arena_slot(handed->arena, handed->rows, slot);
}

static uint64_t page_bytes(const struct handed_row *row)
{
	return UINT64_C(1) << row->page_lg2;
}

/* The same page for the same requests: what was said of it before is replaced. 0: none. */
static uint32_t find_same(const struct handed *handed, const struct handed_row *wanted)
{
	uint32_t slot = 0;

	while ((slot = arena_next(handed->arena, handed->rows, slot)) != ARENA_NONE) {
		const struct handed_row *row = row_of(handed, slot);
		if (row->iova == wanted->iova && row->pa == wanted->pa && row->pasid == wanted->pasid &&
		    row->device == wanted->device && row->page_lg2 == wanted->page_lg2 && row->tee == wanted->tee)
			return slot;
	}
	return 0;
}

void handed_answer(struct handed *handed, const struct request *request, const struct hit *hit)
{
	const struct translation *translation = &hit->translation;
	uint64_t offset = (UINT64_C(1) << (translation->page_lg2 ? translation->page_lg2 : 12)) - 1;
	struct handed_row row = {.iova = request->address & ~offset,
				 .pa = translation->pa & ~offset,
				 .pasid = request->pasid,
				 .stream = hit->stream,
				 .device = machine_function(handed->machine, request->device),
				 .iommu = hit->iommu,
				 .page_lg2 = translation->page_lg2 ? translation->page_lg2 : 12,
				 .writable = translation->permissions & PERM_WRITE,
				 .global = translation->global && request->pasid != PASID_NONE,
				 .tee = request_is_tee(request)};
	uint32_t slot;

	if (hit->kind != HIT_TRANSLATION || translation->untranslated_only ||
	    !(translation->permissions & (PERM_READ | PERM_WRITE)))
		return;
	slot = find_same(handed, &row);
	if (!slot)
		slot = arena_alloc(handed->arena, handed->rows);
	if (slot == ARENA_NONE)
		*handed->overflowed = true;
	else
		*row_of(handed, slot) = row;
}

static bool covers(const struct effect *effect, const struct handed_row *row)
{
	const struct invalidation_scope *scope = &effect->scope;

	if (row->iommu != effect->iommu || ((row->stream ^ scope->stream) & ~scope->stream_mask && !scope->all_streams))
		return false;
	/* What is not of one PASID is of all, and requests without PASID have none. */
	if (scope->one_pasid ? row->global || row->pasid != scope->pasid : row->pasid == PASID_NONE)
		return false;
	return scope->all_addresses || (scope->first <= row->iova + (page_bytes(row) - 1) && scope->last >= row->iova);
}

/* A device that forgets what it is told to, and has it right after it said so, was given it again meanwhile. */
static bool has_again(const struct handed *handed, const struct devices *devices, const struct handed_row *row)
{
	unsigned permissions;
	uint64_t pa;

	return !(handed->machine->devices[row->device].quirks & QUIRK_IGNORES_INVALIDATION) &&
	       device_atc_find(devices, row->device, row->pasid, row->tee, row->iova, &pa, &permissions) &&
	       pa == row->pa;
}

void handed_effect(struct handed *handed, const struct effect *effect, enum handed_for whom,
		   const struct devices *devices)
{
	uint32_t slot = 0;

	if (effect->kind != EFFECT_COMPLETE || effect->scope.what != INVALIDATED_DEVTLB)
		return;
	while ((slot = arena_next(handed->arena, handed->rows, slot)) != ARENA_NONE) {
		struct handed_row *row = row_of(handed, slot);
		if (whom != HANDED_FOR_ALL && row->tee != (whom == HANDED_FOR_TEE))
			continue;
		if (covers(effect, row) && !has_again(handed, devices, row))
			row->over = true;
	}
}

static bool is_reset_with(const struct handed *handed, uint16_t device, const struct handed_row *row)
{
	const struct machine_device *reset = &handed->machine->devices[device];
	const struct machine_device *function = &handed->machine->devices[row->device];

	if (reset->kind == DEVICE_MDEV)
		return row->device == machine_function(handed->machine, device) && !row->global &&
		       row->pasid == reset->pasid && reset->pasid != MACHINE_NO_PASID;
	return row->device == device || (function->kind == DEVICE_VF && function->parent == device);
}

void handed_void(struct handed *handed, uint16_t device)
{
	uint32_t slot = 0;

	while ((slot = arena_next(handed->arena, handed->rows, slot)) != ARENA_NONE)
		if (is_reset_with(handed, device, row_of(handed, slot)))
			row_of(handed, slot)->over = true;
}

void handed_stop(struct handed *handed, uint16_t device)
{
	uint32_t slot = 0;

	while ((slot = arena_next(handed->arena, handed->rows, slot)) != ARENA_NONE)
		if (row_of(handed, slot)->device == device)
			row_of(handed, slot)->over = true;
}

enum check_handed handed_find(const struct handed *handed, const struct request *request, uint64_t *iova)
{
	uint16_t function = machine_function(handed->machine, request->device);
	uint32_t pasid = request->pasid, bytes = request->bytes;
	bool write = request_is_write(request);
	uint64_t pa = request->address;
	enum check_handed found = HANDED_NEVER;
	uint32_t slot = 0;

	*iova = pa;
	if (*handed->overflowed)
		return HANDED_LIVE;
	while ((slot = arena_next(handed->arena, handed->rows, slot)) != ARENA_NONE) {
		const struct handed_row *row = row_of(handed, slot);
		bool of_pasid = row->global ? pasid != PASID_NONE : row->pasid == pasid;
		if (row->device != function || !of_pasid || row->tee != request_is_tee(request) ||
		    (write && !row->writable) || pa < row->pa || pa - row->pa > page_bytes(row) - 1 ||
		    bytes > page_bytes(row) - (pa - row->pa))
			continue;
		if (found == HANDED_LIVE && row->over)
			continue;
		found = row->over ? HANDED_OVER : HANDED_LIVE;
		*iova = row->iova + (pa - row->pa);
	}
	return found;
}

bool handed_refers(const struct handed *handed, uint64_t pa, uint64_t bytes, uint16_t *device)
{
	uint32_t slot = 0;

	*device = MACHINE_NONE;
	if (*handed->overflowed)
		return true;
	while ((slot = arena_next(handed->arena, handed->rows, slot)) != ARENA_NONE) {
		const struct handed_row *row = row_of(handed, slot);
		if (row->over || row->pa > pa + (bytes - 1) || row->pa + (page_bytes(row) - 1) < pa)
			continue;
		*device = row->device;
		return true;
	}
	return false;
}
