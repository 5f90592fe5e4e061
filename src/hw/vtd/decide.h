/* SPDX-License-Identifier: MIT */
/* What surrounds a walk: what is decided before any table is read, the walk's question, and its answer. */
#ifndef IOSIM_HW_VTD_DECIDE_H
#define IOSIM_HW_VTD_DECIDE_H

#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

_Static_assert(REQUEST_READ + 1 == PERM_READ && REQUEST_WRITE + 1 == PERM_WRITE &&
		       REQUEST_ATOMIC + 1 == (PERM_READ | PERM_WRITE),
	       "what an operation needs is its number plus one");

/* Rights that the request needs; none to ask for a translation. */
static inline unsigned vtd_wanted_rights(const struct request *request)
{
	return request->at == AT_UNTRANSLATED ? (request->op + 1u) & (PERM_READ | PERM_WRITE) : 0;
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

static inline __attribute__((always_inline)) struct vtd_walk vtd_walk_of(const struct vtd *unit,
									 const struct request *request)
{
	struct vtd_walk walk = {
		.rules = &unit->rules,
		.memory = unit->memory,
		.iova = request->address,
		.source = (uint16_t)request->stream,
		.at = request->at,
		.wants = (uint8_t)vtd_wanted_rights(request),
		.present_bits = PERM_READ | PERM_WRITE,
		.zero_length = request->bytes == 0,
		.table_frame = unit->state->root >> VTD_RTADDR_RTA_LSB,
	};
	if (IOSIM_UNLIKELY(unit->rules.deviations & VTD_DEVIATES_RIGHTS_PER_ENTRY && walk.wants))
		walk.present_bits = walk.wants;
	return walk;
}

/* The end of a walk as a unit that deviates has it. */
unsigned vtd_deviate(const struct vtd_rules *rules, unsigned end, unsigned level, uint64_t pa);

/* A fault that a translation request is not told of: its answer grants nothing (table 30). */
static inline bool vtd_answers_without_rights(unsigned at, unsigned end)
{
	return at == AT_TRANSLATION_REQUEST &&
	       (end == VTD_FAULT_NO_READ || end == VTD_FAULT_NO_WRITE || end == VTD_FAULT_ADDRESS_BEYOND);
}

static inline void vtd_answer(const struct vtd_walk *walk, struct translation *out)
{
	out->page_lg2 = walk->level ? (uint8_t)vtd_level_lg2(walk->level) : 0;
	out->level = walk->level;
	out->permissions = walk->rights;
	out->pass_through = walk->level == 0;
	out->pa = walk->pa;
}

static inline void vtd_answer_reads(const struct vtd_walk *walk, struct translation *out)
{
	out->reads = walk->reads;
	out->lost = walk->lost;
	out->lost_pa = walk->lost_pa;
}

#endif
