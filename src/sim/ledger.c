/* SPDX-License-Identifier: MIT */
#include "sim/ledger.h"

#include <stdlib.h>

struct ledger_row {
	uint64_t iova;
	uint64_t pa;
	uint32_t tag;
	uint16_t iommu;
	uint8_t bytes_lg2;
	uint8_t padding;
};

struct ledger {
	struct arena *arena;
	arena_pool_id pool;
	bool *overflowed; /* a row did not fit: from then on everything counts as referenced */
};

struct ledger *ledger_new(struct arena *arena)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (!ledger)
		abort();
	ledger->arena = arena;
	ledger->pool = arena_pool(arena, "ledger", sizeof(struct ledger_row), LEDGER_MAX, false, ARENA_HASHED);
	ledger->overflowed = arena_block(arena, "ledger overflow", sizeof(bool), ARENA_HASHED);
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	free(ledger);
}

static void add(struct ledger *ledger, const struct effect *effect)
{
	uint32_t handle = arena_alloc(ledger->arena, ledger->pool);
	struct ledger_row *row;

	if (handle == ARENA_NONE) {
		*ledger->overflowed = true;
		return;
	}
	row = arena_slot(ledger->arena, ledger->pool, handle);
	row->iova = effect->address;
	row->pa = effect->value;
	row->tag = effect->tag;
	row->iommu = effect->iommu;
	row->bytes_lg2 = effect->bytes_lg2;
}

static bool covered(const struct ledger_row *row, const struct effect *effect)
{
	const struct invalidation_scope *scope = &effect->scope;
	uint64_t last = row->iova + ((UINT64_C(1) << row->bytes_lg2) - 1);

	if (row->iommu != effect->iommu || scope->what != INVALIDATED_IOTLB)
		return false;
	if (!scope->all_tags && scope->tag != row->tag)
		return false;
	/* An entry is dropped if the invalidation touches any byte of it: VT-d 6.5.2.3, IHI 0070 4.4. */
	return scope->all_addresses || (scope->first <= last && scope->last >= row->iova);
}

void ledger_effect(struct ledger *ledger, const struct effect *effect)
{
	if (effect->kind == EFFECT_LEAF_CLEAR) {
		add(ledger, effect);
		return;
	}
	if (effect->kind != EFFECT_COMPLETE)
		return;
	for (uint32_t handle = arena_next(ledger->arena, ledger->pool, 0); handle;
	     handle = arena_next(ledger->arena, ledger->pool, handle))
		if (covered(arena_slot(ledger->arena, ledger->pool, handle), effect))
			arena_release(ledger->arena, ledger->pool, handle);
}

bool ledger_refers(const struct ledger *ledger, uint64_t pa, uint64_t bytes, uint16_t *iommu, uint64_t *iova)
{
	if (*ledger->overflowed) {
		*iommu = 0;
		*iova = 0;
		return true;
	}
	for (uint32_t handle = arena_next(ledger->arena, ledger->pool, 0); handle;
	     handle = arena_next(ledger->arena, ledger->pool, handle)) {
		const struct ledger_row *row = arena_slot(ledger->arena, ledger->pool, handle);

		if (row->pa < pa + bytes && pa < row->pa + (UINT64_C(1) << row->bytes_lg2)) {
			*iommu = row->iommu;
			*iova = row->iova;
			return true;
		}
	}
	return false;
}
