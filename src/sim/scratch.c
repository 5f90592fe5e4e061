/* SPDX-License-Identifier: MIT */
/*
 * The page that a unit's blocked devices reach where they do not fault: who wrote what of it. It is one page for all of
 * them, so what one writes another reads.
 */
#include "sim/world.h"

#include "check/words.h"

#define WORDS (FRAME_BYTES / 8)

void scratch_build(struct world *world)
{
	if (world->rules.value[KNOB_BLOCKING_IMPL] == BLOCKING_SCRATCH_PAGE)
		world->scratch =
			arena_block(world->arena, "scratch pages",
				    sizeof(uint16_t) * WORDS * (world->machine->iommu_count + 1u), ARENA_HASHED);
}

uint16_t scratch_access(struct world *world, const struct request *request, const struct hit *hit)
{
	if (hit->kind != HIT_SCRATCH || request->bytes == 0)
		return MACHINE_NONE;
	uint16_t *page = world->scratch + (size_t)hit->iommu * WORDS, left = MACHINE_NONE;
	unsigned need = request_needs(request);
	uint64_t first = hit->pa / 8, last = (hit->pa + request->bytes - 1) / 8;

	for (uint64_t at = first; at <= last; at++) {
		uint16_t *word = &page[at % WORDS];
		uint16_t writer = (uint16_t)(*word - 1); /* 0: nobody yet */

		if (need & MODEL_READ && *word && writer != request->originator && left == MACHINE_NONE)
			left = writer;
		if (need & MODEL_WRITE)
			*word = (uint16_t)(request->originator + 1);
	}
	return left;
}
