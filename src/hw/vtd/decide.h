/* SPDX-License-Identifier: MIT */
/* What surrounds a walk: what is decided before any table is read, the walk's question, and its answer. */
#ifndef IOSIM_HW_VTD_DECIDE_H
#define IOSIM_HW_VTD_DECIDE_H

#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

_Static_assert(REQUEST_READ + 1 == PERM_READ && REQUEST_WRITE + 1 == PERM_WRITE &&
		       REQUEST_ATOMIC + 1 == (PERM_READ | PERM_WRITE),
	       "what an operation needs is its number plus one");

/* Rights that the operation needs. To ask for a translation needs none. */
static inline unsigned vtd_operation_rights(const struct request *request)
{
	return (request->op + 1u) & (PERM_READ | PERM_WRITE);
}

static inline bool vtd_crosses_page(const struct request *request)
{
	return (request->address % FRAME_BYTES) + request->bytes > FRAME_BYTES;
}

/*
 * True: no table is needed (3.13, 3.15, 4.2.1, table 30); `out` is filled in but for the fault, whose reason is *fault,
 * 0 where there is none or nothing is recorded of it.
 */
bool vtd_decide_early(const struct vtd *unit, const struct request *request, struct translation *out, unsigned *fault);

/* The question of a zeroed walk. `plain`: an untranslated request of some length. */
static inline __attribute__((always_inline)) void vtd_walk_ask(struct vtd_walk *walk, const struct vtd *unit,
							       const struct request *request, bool plain)
{
	walk->rules = &unit->rules;
	walk->memory = unit->memory;
	walk->iova = request->address;
	walk->source = request->stream & 0xffff;
	walk->at = plain ? AT_UNTRANSLATED : request->at;
	walk->wants = walk->at == AT_UNTRANSLATED ? vtd_operation_rights(request) : 0;
	walk->present_bits = unit->rules.present_bits[walk->wants];
	walk->zero_length = !plain && request->bytes == 0;
	walk->table_frame = unit->state->root >> VTD_RTADDR_RTA_LSB;
}

/* The end of a walk as a unit that deviates has it. */
unsigned vtd_deviate(const struct vtd_rules *rules, unsigned end, uint64_t level, uint64_t pa);

/* A fault that a translation request is not told of: its answer grants nothing (table 30). */
static inline bool vtd_answers_without_rights(unsigned at, unsigned end)
{
	return at == AT_TRANSLATION_REQUEST &&
	       (end == VTD_FAULT_NO_READ || end == VTD_FAULT_NO_WRITE || end == VTD_FAULT_ADDRESS_BEYOND);
}

/* The answer of a walk that ended so, into a zeroed `out`; a fault is left to the caller. */
static inline __attribute__((always_inline)) void vtd_answer(const struct vtd_walk *walk, unsigned end,
							     struct translation *out)
{
	out->reads = (uint16_t)vtd_walk_reads(walk);
	if (IOSIM_UNLIKELY(end != VTD_FAULT_NONE)) {
		out->lost = walk->lost;
		out->lost_pa = walk->lost_pa;
		return;
	}
	out->page_lg2 = walk->rules->page_lg2[walk->level];
	out->level = (uint8_t)walk->level;
	out->permissions = (uint8_t)walk->rights;
	out->pass_through = walk->level == 0;
	out->pa = walk->pa;
}

#endif
