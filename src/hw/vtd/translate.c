/* SPDX-License-Identifier: MIT */
/*
 * A request's way through the unit, under both clocks: what is decided before any table (3.15, 4.2.1, 7.1.3), the
 * IOTLB, the context cache, the walk, and what is kept of it (6.2).
 */
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"
#include "hw/vtd/interrupt.h"
#include "hw/vtd/quick.h"
#include "hw/vtd/walk.h"

#include <stddef.h>
#include <string.h>

/* The functional clock: a READ is a memory access. */
static const uint64_t *read_now(struct vtd_walk *walk, enum vtd_walk_stage stage, uint64_t frame, uint64_t offset)
{
	walk->stage = stage;
	walk->reads++;
	return vtd_walk_words(walk, frame, offset);
}

static inline void walk_uses_caches(struct vtd_walk *walk, struct vtd *unit)
{
	walk->caches = &unit->caches;
	if (IOSIM_UNLIKELY(unit->caches.tables.on))
		walk->table_changes = *unit->caches.tables.changes;
}

/* The paging-structure caches (6.2.5), of both clocks. */
static uint64_t table_tag(const struct vtd_walk *walk, bool first)
{
	uint64_t domain = walk->scalable ? VTD_PASID_DID(walk->pasid_entry) : VTD_CONTEXT_DID(walk->context);
	enum vtd_pgtt type = !first ? VTD_PGTT_SECOND_STAGE : walk->second ? VTD_PGTT_NESTED : VTD_PGTT_FIRST_STAGE;
	return vtd_table_tag(type, domain, walk->pasid);
}

static inline bool keeps_tables(const struct vtd_walk *walk)
{
	return IOSIM_UNLIKELY(walk->caches->tables.on);
}

/* Where a walk of the second stage begins: the level of the entry that is read first. */
static IOSIM_COLD unsigned second_from_cache(struct vtd_walk *walk)
{
	struct vtd_table_entry found =
		vtd_table_find(&walk->caches->tables, table_tag(walk, false), walk->input, (unsigned)walk->second_top);
	if (found.tag == 0)
		return (unsigned)walk->second_top;
	walk->table_frame = found.frame;
	walk->second_rights = found.rights;
	return vtd_table_level(&found) - 1;
}

static IOSIM_COLD void first_from_cache(struct vtd_walk *walk)
{
	struct vtd_table_entry found =
		vtd_table_find(&walk->caches->tables, table_tag(walk, true), walk->iova, (unsigned)walk->first_level);
	if (found.tag == 0)
		return;
	walk->first_level = vtd_table_level(&found) - 1;
	walk->first_rights = found.rights;
	walk->first_frame = found.frame;
	if (walk->second)
		walk->input = found.frame << FRAME_LG2;
}

/* The entry that led to the table is kept, unless an invalidation has passed the walk. */
static bool may_keep_tables(const struct vtd_walk *walk)
{
	return walk->table_changes == *walk->caches->tables.changes;
}

static IOSIM_COLD void keep_second(const struct vtd_walk *walk)
{
	if (may_keep_tables(walk))
		vtd_table_keep(&walk->caches->tables, table_tag(walk, false), walk->input, (unsigned)walk->level,
			       walk->table_frame, walk->second_rights);
}

static IOSIM_COLD void keep_first(const struct vtd_walk *walk)
{
	if (may_keep_tables(walk) && walk->first_level != vtd_first_top(walk->pasid_entry))
		vtd_table_keep(&walk->caches->tables, table_tag(walk, true), walk->iova,
			       (unsigned)walk->first_level + 1,
			       walk->second ? walk->input >> FRAME_LG2 : walk->first_frame, walk->first_rights);
}

#define TABLE_CACHES_FROM_SECOND(walk) (keeps_tables(walk) ? second_from_cache(walk) : (walk)->second_top)
#define TABLE_CACHES_FROM_FIRST(walk)                    \
	do {                                             \
		if (keeps_tables(walk) && (walk)->first) \
			first_from_cache(walk);          \
	} while (0)
#define TABLE_CACHES_KEEP(walk, keep)   \
	do {                            \
		if (keeps_tables(walk)) \
			keep(walk);     \
	} while (0)

#define WALK_NAME    walk_functional
#define WALK_LINKAGE __attribute__((noinline))
#define WALK_STOPS   false
#define WALK_BEGIN(walk)
#define WALK_END
#define READ(walk, at_stage, frame, offset, bytes, entry) ((entry) = read_now((walk), (at_stage), (frame), (offset)))
#define UPDATE(walk, at_stage, frame, offset, old, bits, done) \
	((done) = VTD_UPDATE_NOW(walk, at_stage, frame, offset, old, bits))
#define FIND_PASID(walk)  vtd_pasid_find((walk)->caches, (uint16_t)(walk)->source, (walk)->pasid)
#define SECOND_FROM(walk) TABLE_CACHES_FROM_SECOND(walk)
#define FIRST_FROM(walk)  TABLE_CACHES_FROM_FIRST(walk)
#define KEEP_SECOND(walk) TABLE_CACHES_KEEP(walk, keep_second)
#define KEEP_FIRST(walk)  TABLE_CACHES_KEEP(walk, keep_first)
#include "hw/vtd/walk.inc"
#undef WALK_NAME
#undef WALK_LINKAGE
#undef WALK_BEGIN
#undef WALK_END
#undef READ
#undef UPDATE

/* The cycle clock: a READ returns, and the walk is called again with the answer. */
static const uint64_t *read_answered(struct vtd_walk *walk)
{
	if (IOSIM_LIKELY(walk->ask.answered))
		return walk->ask.data;
	vtd_walk_lose(walk, walk->ask.pa >> FRAME_LG2, walk->ask.pa % FRAME_BYTES);
	return NULL;
}

#define WALK_NAME    walk_cycles
#define WALK_LINKAGE inline __attribute__((always_inline))
#define WALK_BEGIN(walk)                   \
	switch ((unsigned)(walk)->stage) { \
	case VTD_STAGE_START:;
#define WALK_END \
	}        \
	return VTD_FAULT_NONE;
#define READ(walk, at_stage, frame, offset, size, entry)                              \
	do {                                                                          \
		(walk)->ask.pa = (uint64_t)(frame) << FRAME_LG2 | (uint64_t)(offset); \
		(walk)->ask.bytes = (size);                                           \
		(walk)->reads++;                                                      \
		(walk)->stage = (at_stage);                                           \
		return VTD_WALK_ASKS;                                                 \
	case at_stage:                                                                \
		(entry) = read_answered(walk);                                        \
	} while (0)
#define UPDATE(walk, at_stage, frame, offset, word, set, done)                                          \
	do {                                                                                            \
		(walk)->ask.pa = (uint64_t)(frame) << FRAME_LG2 | (uint64_t)(offset);                   \
		(walk)->ask.bytes = 0;                                                                  \
		(walk)->ask.old = (word);                                                               \
		(walk)->ask.fresh = (word) | (set);                                                     \
		(walk)->stage = (at_stage);                                                             \
		return VTD_WALK_ASKS;                                                                   \
	case at_stage:                                                                                  \
		if ((walk)->ask.changed)                                                                \
			return VTD_WALK_AGAIN;                                                          \
		(done) = (walk)->ask.answered;                                                          \
		if ((done) && (at_stage) >= VTD_STAGE_FIRST && (walk)->second)                          \
			vtd_report_guest((walk)->rules, vtd_who(walk), (walk)->ask.pa, (walk)->ask.old, \
					 (walk)->ask.fresh);                                            \
	} while (0)
#define SECOND_FROM(walk) TABLE_CACHES_FROM_SECOND(walk)
#define FIRST_FROM(walk)  TABLE_CACHES_FROM_FIRST(walk)
#define KEEP_SECOND(walk) TABLE_CACHES_KEEP(walk, keep_second)
#define KEEP_FIRST(walk)  TABLE_CACHES_KEEP(walk, keep_first)
#include "hw/vtd/walk.inc"

/* A request on its way under the cycle clock. */
struct vtd_lookup {
	struct request request;
	struct vtd_walk walk;
	uint64_t invalidations; /* done before it began */
};
_Static_assert(sizeof(struct vtd_lookup) <= sizeof(struct iommu_lookup), "who begins a lookup has room for it");

/* The same of a walk that was foreseen. */
struct vtd_foreseen {
	struct vtd_found found;
	uint64_t invalidations;
};
_Static_assert(sizeof(struct vtd_foreseen) <= sizeof(struct iommu_lookup), "who begins a lookup has room for it");

/* An ordinary request of legacy mode: nothing is to be decided before the IOTLB is asked. */
static inline bool is_plain(const struct vtd *unit, const struct request *request)
{
	return unit->state->mode == VTD_MODE_LEGACY && request->at == AT_UNTRANSLATED && request->pasid == PASID_NONE &&
	       request->bytes != 0 && !vtd_crosses_page(request) && !vtd_in_interrupt_range(request->address);
}

/* The same of scalable mode, of a user. */
static inline bool is_plain_scalable(const struct vtd *unit, const struct request *request)
{
	return unit->state->mode == VTD_MODE_SCALABLE && request->at == AT_UNTRANSLATED && request->bytes != 0 &&
	       !(request->execute | request->privileged) && !vtd_crosses_page(request) &&
	       (request->pasid == PASID_NONE ? !vtd_in_interrupt_range(request->address)
					     : request->pasid <= unit->rules.pasid_last);
}

static void fault(struct vtd *unit, const struct request *request, unsigned code, bool silent, struct translation *out)
{
	struct vtd_blocked blocked = {
		.address = request->address,
		.pasid = request->pasid,
		.source = (uint16_t)request->stream,
		.op = request->op,
		.at = request->at,
		.fault = (uint8_t)code,
		.execute = request->execute,
		.privileged = request->privileged,
		.silent = silent,
	};
	vtd_fault(unit, &blocked, out);
}

/* Where the rights of the request are in those of an IOTLB entry. */
static unsigned rights_shift(const struct request *request)
{
	return request->privileged && request->pasid != PASID_NONE ? VTD_PRIVILEGED : 0;
}

static inline void hit(const struct vtd *unit, const struct vtd_iotlb_entry *entry, uint64_t iova, unsigned shift,
		       struct translation *out)
{
	unsigned level = entry->page & 3;
	out->page_lg2 = unit->rules.page_lg2[level];
	out->level = (uint8_t)level;
	out->permissions = entry->rights >> shift & (PERM_READ | PERM_WRITE);
	out->from_cache = true;
	out->pa = entry->frame | (iova & unit->rules.page_offset[level]);
}

/* The reason for which a cached translation blocks a request; none: it has to be looked for in memory. */
static unsigned missing_right(const struct vtd *unit, const struct vtd_iotlb_entry *entry, unsigned missing,
			      bool zero_length)
{
	unsigned rights = entry->rights & (PERM_READ | PERM_WRITE);

	if (entry->type != VTD_PGTT_FIRST_STAGE && entry->type != VTD_PGTT_NESTED)
		return vtd_diagnose_rights(&unit->rules, entry->type != 0, missing, rights, zero_length);
	if (rights == 0)
		return entry->type == VTD_PGTT_FIRST_STAGE ? VTD_FAULT_SM_PRIVILEGE : VTD_FAULT_NONE;
	return missing & PERM_WRITE ? VTD_FAULT_SM_NO_WRITE : VTD_FAULT_SM_NO_READ;
}

/*
 * The rights of a cached translation do not suffice, or it is a cached fault (CM = 1). False: it says nothing, because
 * a flag in memory has to be set first, or the rights are those of a privileged request.
 */
static IOSIM_COLD bool hit_without_rights(struct vtd *unit, const struct request *request,
					  const struct vtd_iotlb_entry *entry, struct translation *out)
{
	unsigned shift = rights_shift(request);
	unsigned missing = vtd_operation_rights(request) & ~((unsigned)entry->rights >> shift);
	unsigned code = entry->fault;

	if (code == VTD_FAULT_NONE) {
		if (missing == 0 || shift)
			return false;
		code = missing_right(unit, entry, missing, request->bytes == 0);
		if (code == VTD_FAULT_NONE && entry->type == VTD_PGTT_NESTED)
			return false;
	}
	if (code == VTD_FAULT_NONE) {
		hit(unit, entry, request->address, shift, out);
		return true;
	}
	out->from_cache = true;
	fault(unit, request, code, entry->silent || unit->rules.deviations & VTD_DEVIATES(CACHED_SILENT), out);
	return true;
}

/*
 * A way from the context cache or the root table to the end is begin_walk(), the walk, and end_walk(). The mode is
 * constant for a caller, which makes its copy short.
 *
 * True: there is a walk to be done, the struct was zero; else `out` is the answer.
 */
static inline __attribute__((always_inline)) bool begin_walk(struct vtd *unit, const struct request *request,
							     struct translation *out, bool scalable,
							     struct vtd_walk *walk)
{
	vtd_walk_ask(walk, unit, request, false, scalable);
	const struct vtd_context_entry *context = vtd_context_find(&unit->caches, (uint16_t)walk->source);
	walk_uses_caches(walk, unit);
	if (context && context->fault) {
		fault(unit, request, context->fault, VTD_CONTEXT_FPD(context->words), out);
		if (request->at == AT_TRANSLATION_REQUEST)
			vtd_ats_complete(&unit->rules, request, context->fault, NULL, out);
		return false;
	}
	if (context)
		vtd_walk_from_context(walk, context);
	return true;
}

/* `keeps`: whether the caches may keep what was found. */
static inline __attribute__((always_inline)) void end_walk(struct vtd *unit, const struct request *request,
							   const struct vtd_walk *walk, unsigned end, bool scalable,
							   bool keeps, struct translation *out)
{
	struct vtd_found found;

	vtd_walk_found(walk, end, &found);
	if (keeps)
		vtd_keep(unit, &found);
	end = found.end;
	vtd_answer(walk, end, out);
	if (IOSIM_UNLIKELY(end != VTD_FAULT_NONE) && !vtd_answers_without_rights(walk->at, end))
		fault(unit, request, end, scalable ? vtd_is_silent(walk, end) : VTD_CONTEXT_FPD(walk->context), out);
	if (IOSIM_UNLIKELY(request->at == AT_TRANSLATION_REQUEST))
		vtd_ats_complete(&unit->rules, request, end, &found, out);
}

static inline __attribute__((always_inline)) void walk_on(struct vtd *unit, const struct request *request,
							  struct translation *out, bool scalable)
{
	struct vtd_walk walk = {0};

	if (!begin_walk(unit, request, out, scalable, &walk))
		return;
	unsigned end = walk_functional(&walk);
	end_walk(unit, request, &walk, end, scalable, true, out);
}

static inline bool grants(const struct vtd_iotlb_entry *entry, unsigned rights, unsigned shift)
{
	return !(rights << shift & ~(unsigned)entry->hits);
}

/* What there is before a walk, of any request; `out` is zeroed. False: there has to be a walk. */
static inline __attribute__((always_inline)) bool answer_without_walk(struct vtd *unit, const struct request *request,
								      struct translation *out)
{
	const struct vtd_iotlb_entry *entry = NULL;
	unsigned code;

	if (!is_plain(unit, request) && !is_plain_scalable(unit, request) &&
	    vtd_decide_early(unit, request, out, &code)) {
		if (code)
			fault(unit, request, code, false, out);
		if (request->at == AT_TRANSLATION_REQUEST)
			vtd_ats_complete(&unit->rules, request, code, NULL, out);
		else if (out->result == TRANSLATE_INTERRUPT)
			vtd_interrupt(unit, request, out);
		return true;
	}
	if (request->at != AT_TRANSLATED && !request->execute)
		entry = vtd_iotlb_find(&unit->caches, request->address,
				       vtd_iotlb_source((uint16_t)request->stream, request->pasid));
	if (!entry)
		return false;
	if (IOSIM_UNLIKELY(request->at == AT_TRANSLATION_REQUEST))
		return vtd_may_ask(unit, request) && vtd_ats_hit(&unit->rules, request, entry, out);
	if (!grants(entry, vtd_operation_rights(request), rights_shift(request)))
		return hit_without_rights(unit, request, entry, out);
	hit(unit, entry, request->address, rights_shift(request), out);
	return true;
}

void vtd_translate_in_full(struct vtd *unit, const struct request *request, struct translation *out)
{
	if (answer_without_walk(unit, request, out))
		return;
	if (unit->state->mode == VTD_MODE_SCALABLE)
		walk_on(unit, request, out, true);
	else
		walk_on(unit, request, out, false);
}

bool vtd_fetch_ahead(struct vtd *unit, const struct request *request)
{
	struct vtd_walk walk = {0};
	struct vtd_found found;
	const struct vtd_context_entry *context;

	if (unit->caches.translations_off || (!is_plain(unit, request) && !is_plain_scalable(unit, request)) ||
	    vtd_iotlb_peek(&unit->caches, request->address,
			   vtd_iotlb_source((uint16_t)request->stream, request->pasid)))
		return false;
	vtd_walk_ask(&walk, unit, request, false, unit->state->mode == VTD_MODE_SCALABLE);
	context = vtd_context_find(&unit->caches, (uint16_t)walk.source);
	walk_uses_caches(&walk, unit);
	if (context && context->fault)
		return false;
	if (context)
		vtd_walk_from_context(&walk, context);
	vtd_walk_found(&walk, walk_functional(&walk), &found);
	vtd_keep(unit, &found);
	return found.end == VTD_FAULT_NONE && found.level > 0;
}

/* The ways that are taken most are short ones; all others are in vtd_translate_in_full(), these among them. */
void vtd_translate(struct iommu *iommu, const struct request *request, struct translation *out)
{
	struct vtd *unit = vtd_of(iommu);
	bool scalable = false;

	translation_clear(out);
	if (IOSIM_LIKELY(is_plain(unit, request)) || (scalable = is_plain_scalable(unit, request))) {
		if (unit->walks_alone) {
			vtd_walk_alone(unit, request, scalable, out);
			return;
		}
		const struct vtd_iotlb_entry *entry = vtd_iotlb_first(
			&unit->caches, request->address, vtd_iotlb_source((uint16_t)request->stream, request->pasid));
		if (IOSIM_LIKELY(entry && grants(entry, vtd_operation_rights(request), 0)))
			hit(unit, entry, request->address, 0, out);
		else
			vtd_translate_missing(unit, request, scalable, out);
		return;
	}
	vtd_translate_in_full(unit, request, out);
}

/* In pieces for which compilers have short code. */
static inline void clear_walk(struct vtd_walk *walk)
{
	enum { BYTES = offsetof(struct vtd_walk, ask), PIECE = 64 };

	for (size_t at = 0; at < BYTES / PIECE * PIECE; at += PIECE)
		memset((char *)walk + at, 0, PIECE);
	memset((char *)walk + BYTES / PIECE * PIECE, 0, BYTES % PIECE);
}

/* The beginning of the walk of lookup->request. */
static bool begin_lookup(struct vtd *unit, struct vtd_lookup *lookup, struct translation *out)
{
	clear_walk(&lookup->walk);
	lookup->invalidations = unit->messages->invalidations;
	return begin_walk(unit, &lookup->request, out, unit->state->mode == VTD_MODE_SCALABLE, &lookup->walk);
}

/* A walk that does not ask. True: another one begins; else `out` is the answer. */
static __attribute__((noinline)) bool walk_again(struct vtd *unit, struct vtd_lookup *lookup, unsigned end,
						 struct translation *out)
{
	const struct vtd_walk *walk = &lookup->walk;
	bool keeps = lookup->invalidations == unit->messages->invalidations;

	translation_clear(out);
	if (IOSIM_LIKELY(end == VTD_FAULT_NONE && walk->level > 0 && walk->context_cached &&
			 (!walk->scalable || walk->pasid_cached) && walk->at == AT_UNTRANSLATED &&
			 !unit->rules.deviations)) {
		if (keeps)
			vtd_keep_walk(unit, walk);
		vtd_answer(walk, end, out);
		return false;
	}
	if (end == VTD_WALK_AGAIN) {
		unsigned reads = lookup->walk.reads;
		bool begins = begin_lookup(unit, lookup, out);
		lookup->walk.reads = reads;
		return begins;
	}
	end_walk(unit, &lookup->request, walk, end, walk->scalable, keeps, out);
	return false;
}

struct memory_ask *vtd_resume(struct iommu *iommu, struct iommu_lookup *room, struct translation *out)
{
	struct vtd_lookup *lookup = (struct vtd_lookup *)room;

	for (;;) {
		unsigned end = walk_cycles(&lookup->walk);
		if (IOSIM_LIKELY(end == VTD_WALK_ASKS))
			return &lookup->walk.ask;
		if (!walk_again(vtd_of(iommu), lookup, end, out))
			return NULL;
	}
}

struct memory_ask *vtd_begin(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
			     struct translation *out)
{
	struct vtd *unit = vtd_of(iommu);
	struct vtd_lookup *lookup = (struct vtd_lookup *)room;

	bool scalable = false;

	translation_clear(out);
	if (answer_without_walk(unit, request, out))
		return NULL;
	lookup->request = *request;
	if ((is_plain(unit, request) || (scalable = is_plain_scalable(unit, request))) && !unit->caches.off &&
	    !unit->rules.deviations) {
		uint64_t tag = vtd_start_tag(request, scalable);
		struct vtd_start *start = vtd_start_place(unit, tag);
		clear_walk(&lookup->walk);
		lookup->invalidations = unit->messages->invalidations;
		vtd_walk_ask(&lookup->walk, unit, request, true, scalable);
		walk_uses_caches(&lookup->walk, unit);
		if ((vtd_start_holds(unit, start, tag) || vtd_start_make(unit, request, scalable, tag, start)) &&
		    vtd_walk_from_start(&lookup->walk, start, scalable))
			return vtd_resume(iommu, room, out);
	}
	return begin_lookup(unit, lookup, out) ? vtd_resume(iommu, room, out) : NULL;
}

uint32_t vtd_foresee(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
		     struct translation *out)
{
	struct vtd *unit = vtd_of(iommu);
	struct vtd_foreseen *foreseen = (struct vtd_foreseen *)room;
	bool scalable = false;

	/* A walk that looks into the paging-structure caches finds what others leave there meanwhile. */
	if ((!is_plain(unit, request) && !(scalable = is_plain_scalable(unit, request))) || unit->caches.off ||
	    unit->rules.deviations || unit->caches.tables.on)
		return IOMMU_UNFORESEEN;
	/* begin() makes one for the next request. */
	uint64_t tag = vtd_start_tag(request, scalable);
	const struct vtd_start *start = vtd_start_place(unit, tag);
	if (!vtd_start_holds(unit, start, tag))
		return IOMMU_UNFORESEEN;
	const struct vtd_iotlb_entry *entry = vtd_iotlb_find(
		&unit->caches, request->address, vtd_iotlb_source((uint16_t)request->stream, request->pasid));
	if (entry && !grants(entry, vtd_operation_rights(request), 0))
		return IOMMU_UNFORESEEN;
	translation_clear(out);
	if (entry) {
		hit(unit, entry, request->address, 0, out);
		return 0;
	}
	foreseen->invalidations = unit->messages->invalidations;
	return vtd_foresee_walk(unit, request, start, scalable, &foreseen->found, out);
}

void vtd_keep_foreseen(struct iommu *iommu, const struct iommu_lookup *room)
{
	const struct vtd_foreseen *foreseen = (const struct vtd_foreseen *)room;
	struct vtd *unit = vtd_of(iommu);

	IOSIM_ASSERT(foreseen->invalidations == unit->messages->invalidations);
	vtd_keep(unit, &foreseen->found);
}
