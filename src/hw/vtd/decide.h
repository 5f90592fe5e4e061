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

/* What a translation request asks for (4.2.3). */
static inline unsigned vtd_asked_rights(const struct vtd_rules *rules, const struct request *request)
{
	if (request->at != AT_TRANSLATION_REQUEST)
		return 0;
	return request->no_write && rules->no_write_flag ? PERM_READ : PERM_READ | PERM_WRITE;
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

/* The question of a zeroed walk. `plain`: an untranslated request of some length to a unit that does not deviate. */
static inline __attribute__((always_inline)) void vtd_walk_ask(struct vtd_walk *walk, const struct vtd *unit,
							       const struct request *request, bool plain, bool scalable)
{
	walk->rules = &unit->rules;
	walk->memory = unit->memory;
	walk->iova = request->address;
	walk->source = request->stream & 0xffff;
	walk->at = plain ? AT_UNTRANSLATED : request->at;
	walk->wants = walk->at == AT_UNTRANSLATED ? vtd_operation_rights(request) : 0;
	walk->present_bits = plain ? PERM_READ | PERM_WRITE : unit->rules.present_bits[walk->wants];
	walk->asks = plain ? 0 : vtd_asked_rights(&unit->rules, request);
	walk->zero_length = !plain && request->at == AT_UNTRANSLATED && request->bytes == 0;
	walk->scalable = scalable;
	walk->asked_pasid = scalable ? request->pasid : PASID_NONE;
	walk->execute = !plain && scalable && request->pasid != PASID_NONE && request->execute;
	walk->privileged = !plain && scalable && request->pasid != PASID_NONE && request->privileged;
	walk->table_frame = unit->state->root >> VTD_RTADDR_RTA_LSB;
}

static inline void vtd_walk_from_context(struct vtd_walk *walk, const struct vtd_context_entry *context)
{
	walk->context_cached = true;
	walk->context_known = true;
	walk->context[0] = context->words[0];
	walk->context[1] = context->words[1];
	walk->seen = context->words[0];
}

/* The end of a walk as a unit that deviates has it. */
unsigned vtd_deviate(const struct vtd_rules *rules, unsigned end, bool scalable, uint64_t level, uint64_t pa);

/* A fault that a translation request is not told of: its answer grants nothing (table 30). */
bool vtd_answers_without_rights(unsigned at, unsigned end);

/* What a walk leaves to the caches: copied, so that the walk itself stays in registers. */
struct vtd_found {
	uint64_t iova, pa;
	uint64_t context[2];
	uint64_t pasid_entry[3];
	uint32_t pasid;
	uint16_t source;
	uint8_t level;
	uint8_t user_rights, privileged_rights;
	uint8_t end; /* a fault reason, or none; in the end with the unit's deviations */
	bool scalable, with_pasid, privileged;
	bool first, second, silent, dirty;
	bool context_known, context_cached, pasid_known, pasid_cached, translated, looked_up;
	bool non_snooped; /* 4.2.3, N */
};

static inline __attribute__((always_inline)) void vtd_walk_found(const struct vtd_walk *walk, unsigned end,
								 struct vtd_found *found)
{
	*found = (struct vtd_found){
		.iova = walk->iova,
		.pa = walk->pa,
		.context = {walk->context[0], walk->context[1]},
		.pasid_entry = {walk->pasid_entry[0], walk->pasid_entry[1], walk->pasid_entry[2]},
		.pasid = walk->pasid,
		.source = (uint16_t)walk->source,
		.level = (uint8_t)walk->level,
		.user_rights = (uint8_t)walk->user_rights,
		.privileged_rights = (uint8_t)walk->privileged_rights,
		.end = (uint8_t)(IOSIM_UNLIKELY(walk->rules->deviations)
					 ? vtd_deviate(walk->rules, end, walk->scalable, walk->level, walk->pa)
					 : end),
		.scalable = walk->scalable,
		.with_pasid = walk->asked_pasid != PASID_NONE,
		.privileged = walk->privileged,
		.first = walk->first,
		.second = walk->second,
		.silent = (walk->seen & VTD_SMCONTEXT_FPD_MASK) != 0,
		/* Writes need not set a flag any more. */
		.dirty = (!walk->first || VTD_FSPAGE4K_D(&walk->first_entry)) &&
			 (!walk->flags || VTD_SSPAGE4K_D(&walk->second_entry)),
		.context_known = walk->context_known,
		.context_cached = walk->context_cached,
		.pasid_known = walk->pasid_known,
		.pasid_cached = walk->pasid_cached,
		.translated = walk->translated,
		.looked_up = walk->at != AT_TRANSLATED,
		.non_snooped = (walk->second && VTD_SSPAGE4K_SNP(&walk->second_entry)) ||
			       (walk->scalable && VTD_PASID_PGSNP(walk->pasid_entry)),
	};
}

/*
 * ats.c: the completion of a translation request (4.2.3, table 30) that ended so, which goes into `out` beside the
 * answer or fault that is there. NULL: no walk was needed.
 */
void vtd_ats_complete(const struct vtd_rules *rules, const struct request *request, unsigned end,
		      const struct vtd_found *found, struct translation *out);
/* The context-cache says that the device may ask: else a walk finds out (9.3 TT, 9.4 DTE and PASIDE). */
bool vtd_may_ask(struct vtd *unit, const struct request *request);
/* The same from the IOTLB. False: what is there does not tell, there has to be a walk. */
bool vtd_ats_hit(const struct vtd_rules *rules, const struct request *request, const struct vtd_iotlb_entry *entry,
		 struct translation *out);

/* keep.c: what of it the caches keep (6.2.2 to 6.2.4.1) */
void vtd_keep(struct vtd *unit, const struct vtd_found *found);
/* The same of a walk to a page that ended well and found everything else cached. */
void vtd_keep_walk(struct vtd *unit, const struct vtd_walk *walk);
/* Whether the entry is what the IOTLB would keep of it, flags in memory aside. */
bool vtd_would_keep(const struct vtd *unit, const struct vtd_found *found, const struct vtd_iotlb_entry *entry);

/* Scalable mode: whether the fault is not to be recorded, if it is a qualified one. */
static inline bool vtd_is_silent(const struct vtd_walk *walk, unsigned end)
{
	if (walk->rules->deviations & VTD_DEVIATES(FPD_PRESENT) &&
	    (end == VTD_FAULT_PASIDDIR_NOT_PRESENT || end == VTD_FAULT_PASID_NOT_PRESENT))
		return VTD_SMCONTEXT_FPD(walk->context);
	return walk->seen & VTD_SMCONTEXT_FPD_MASK;
}

/* explain.c: walks without touching anything; reports to walk->trace unless it is NULL. */
unsigned vtd_walk_look(struct vtd_walk *walk);

/* The answer of a walk that ended so, into a zeroed `out`; a fault is left to the caller. */
static inline __attribute__((always_inline)) void vtd_answer(const struct vtd_walk *walk, unsigned end,
							     struct translation *out)
{
	out->reads = (uint16_t)walk->reads;
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
