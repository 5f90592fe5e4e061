/* SPDX-License-Identifier: MIT */
/*
 * A request's way through the unit, under both clocks: what is decided before any table (3.15, 4.2.1, 7.1.3), the
 * IOTLB, the context cache, the walk, and what is kept of it (6.2).
 */
#include "hw/clock.h"
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

/* The functional clock: a READ is a memory access. */
static inline const uint64_t *read_now(struct vtd_walk *walk, uint64_t frame, unsigned offset)
{
	const uint64_t *words = memory_frame(walk->memory, frame);
	walk->reads++;
	if (IOSIM_UNLIKELY(!words)) {
		words = memory_frame_or_zero(walk->memory, frame);
		if (!words) {
			vtd_walk_lose(walk, frame, offset);
			return NULL;
		}
	}
	return words + offset / 8;
}

#define WALK_NAME        walk_functional
#define WALK_LINKAGE     inline __attribute__((always_inline))
#define WALK_STOPS       false
#define WALK_BEGIN(walk) (void)(walk)->stage;
#define WALK_END
#define READ(walk, at_stage, frame, offset, bytes, entry) ((entry) = read_now((walk), (frame), (offset)))
#include "hw/vtd/walk.inc"
#undef WALK_NAME
#undef WALK_LINKAGE
#undef WALK_BEGIN
#undef WALK_END
#undef READ

/* The cycle clock: a READ returns, and the walk is called again with the answer. */
#define WALK_NAME    walk_cycles
#define WALK_LINKAGE __attribute__((noinline))
#define WALK_BEGIN(walk)         \
	switch ((walk)->stage) { \
	case VTD_STAGE_START:;
#define WALK_END \
	}        \
	return VTD_FAULT_NONE;
#define READ(walk, at_stage, frame, offset, bytes, entry)         \
	do {                                                      \
		(walk)->ask_frame = (frame);                      \
		(walk)->ask_offset = (uint16_t)(offset);          \
		(walk)->ask_bytes = (bytes);                      \
		(walk)->stage = (at_stage);                       \
		return VTD_WALK_ASKS;                             \
	case at_stage:                                            \
		(entry) = (walk)->answered ? (walk)->data : NULL; \
	} while (0)
#include "hw/vtd/walk.inc"

static unsigned run_cycles(struct vtd_walk *walk, struct clock *clock)
{
	unsigned end;
	while ((end = walk_cycles(walk)) == VTD_WALK_ASKS) {
		walk->answered = clock_read_memory(clock, walk->memory, walk->ask_frame, walk->ask_offset, walk->data,
						   walk->ask_bytes);
		walk->reads++;
		if (!walk->answered)
			vtd_walk_lose(walk, walk->ask_frame, walk->ask_offset);
	}
	return end;
}

/* An ordinary request of legacy mode: nothing is to be decided before the IOTLB is asked. */
static inline bool is_plain(const struct vtd *unit, const struct request *request)
{
	return unit->state->mode == VTD_MODE_LEGACY && request->at == AT_UNTRANSLATED && request->pasid == PASID_NONE &&
	       request->bytes != 0 && !vtd_crosses_page(request) && !vtd_in_interrupt_range(request->address);
}

static void fault(struct vtd *unit, const struct request *request, unsigned code, bool silent, struct translation *out)
{
	struct vtd_blocked blocked = {
		.address = request->address,
		.source = (uint16_t)request->stream,
		.op = request->op,
		.at = request->at,
		.fault = (uint8_t)code,
		.silent = silent,
	};
	vtd_fault(unit, &blocked, out);
}

static inline void hit(const struct vtd_iotlb_entry *entry, uint64_t iova, struct translation *out)
{
	unsigned level = entry->page & 3, lg2 = vtd_level_lg2(level);
	out->page_lg2 = (uint8_t)lg2;
	out->level = (uint8_t)level;
	out->permissions = entry->rights;
	out->from_cache = true;
	out->pa = entry->frame | (iova & ((UINT64_C(1) << lg2) - 1));
}

/* The rights of a cached translation do not suffice, or it is a cached fault (CM = 1). */
static IOSIM_COLD void hit_without_rights(struct vtd *unit, const struct request *request,
					  const struct vtd_iotlb_entry *entry, struct translation *out)
{
	unsigned wants = vtd_wanted_rights(request);
	unsigned code = entry->fault ? entry->fault
				     : vtd_diagnose_rights(&unit->rules, wants & ~(unsigned)entry->rights,
							   entry->rights, request->bytes == 0);
	if (code == VTD_FAULT_NONE) {
		hit(entry, request->address, out);
		return;
	}
	out->from_cache = true;
	fault(unit, request, code, entry->silent || unit->rules.deviations & VTD_DEVIATES_CACHED_SILENT, out);
}

static void walk_from_context(struct vtd_walk *walk, const struct vtd_context_entry *context)
{
	walk->context_known = true;
	walk->type = context->type;
	walk->width = context->width;
	walk->domain = context->domain;
	walk->silent = context->silent;
	walk->table_frame = context->table_frame;
}

static void keep_context(struct vtd *unit, const struct vtd_walk *walk, unsigned end)
{
	bool good = walk->context_known && end != VTD_FAULT_CONTEXT_INVALID;
	struct vtd_context_entry context = {.fault = (uint8_t)end, .silent = walk->silent};

	if (good)
		context = (struct vtd_context_entry){
			.domain = walk->domain,
			.type = walk->type,
			.width = walk->width,
			.table_frame = walk->root_frame,
			.silent = walk->silent,
		};
	else if (!unit->caches.keep_faults)
		return;
	vtd_context_keep(&unit->caches, walk->source, &context);
}

static void keep_translation(struct vtd *unit, const struct vtd_walk *walk, unsigned end)
{
	bool rights_fault = end == VTD_FAULT_NO_READ || end == VTD_FAULT_NO_WRITE;
	unsigned level = 1;
	struct vtd_iotlb_entry translation = {
		.source = vtd_iotlb_source(walk->source),
		.domain = walk->domain,
		.silent = walk->silent,
	};
	if (walk->translated && (end == VTD_FAULT_NONE || rights_fault)) {
		level = walk->level;
		translation.frame = walk->pa & ~((UINT64_C(1) << vtd_level_lg2(level)) - 1);
		translation.rights = walk->rights;
	} else if (!rights_fault) {
		translation.fault = (uint8_t)end;
	}
	vtd_iotlb_keep(&unit->caches, walk->iova, level, &translation);
}

/* What the caches may keep of a walk that ended with the fault `end` or with a translation (6.2.2, 6.2.4.1). */
static __attribute__((noinline)) void keep(struct vtd *unit, const struct vtd_walk *walk, unsigned end, bool was_cached)
{
	if (!was_cached)
		keep_context(unit, walk, end);
	if (walk->level > 0 && walk->at == AT_UNTRANSLATED && end != VTD_FAULT_CONTEXT_INVALID &&
	    (end == VTD_FAULT_NONE || unit->caches.keep_faults))
		keep_translation(unit, walk, end);
}

/* From the context cache or the root table to the end. `clock` is a constant for each caller. */
static inline __attribute__((always_inline)) void walk_on(struct vtd *unit, const struct request *request,
							  struct translation *out, struct clock *clock)
{
	const struct vtd_context_entry *context = NULL;
	struct vtd_walk walk = vtd_walk_of(unit, request);

	if (!unit->caches.off) {
		context = vtd_context_find(&unit->caches, walk.source);
		if (context && context->fault) {
			fault(unit, request, context->fault, context->silent, out);
			out->from_cache = true;
			return;
		}
		if (context)
			walk_from_context(&walk, context);
	}

	unsigned end = clock ? run_cycles(&walk, clock) : walk_functional(&walk);
	if (IOSIM_UNLIKELY(unit->rules.deviations))
		end = vtd_deviate(&unit->rules, end, walk.level, walk.pa);
	if (!unit->caches.off) {
		struct vtd_walk kept = walk;
		keep(unit, &kept, end, context != NULL);
	}
	vtd_answer_reads(&walk, out);
	if (IOSIM_LIKELY(end == VTD_FAULT_NONE))
		vtd_answer(&walk, out);
	else if (!vtd_answers_without_rights(request->at, end))
		fault(unit, request, end, walk.silent, out);
}

static inline __attribute__((always_inline)) void translate_on(struct vtd *unit, const struct request *request,
							       struct translation *out, struct clock *clock)
{
	*out = (struct translation){0};
	if (IOSIM_UNLIKELY(!is_plain(unit, request))) {
		unsigned code;
		if (vtd_decide_early(unit, request, out, &code)) {
			if (code)
				fault(unit, request, code, false, out);
			return;
		}
	}
	if (IOSIM_LIKELY(request->at == AT_UNTRANSLATED)) {
		const struct vtd_iotlb_entry *entry =
			vtd_iotlb_find(&unit->caches, request->address, vtd_iotlb_source((uint16_t)request->stream));
		if (entry) {
			if (IOSIM_UNLIKELY(vtd_wanted_rights(request) & ~(unsigned)entry->rights))
				hit_without_rights(unit, request, entry, out);
			else
				hit(entry, request->address, out);
			return;
		}
	}
	walk_on(unit, request, out, clock);
}

void vtd_translate(struct iommu *iommu, const struct request *request, struct translation *out)
{
	translate_on(vtd_of(iommu), request, out, NULL);
}

void vtd_translate_cycles(struct iommu *iommu, const struct request *request, uint32_t memory_cycles,
			  struct translation *out, uint64_t *cycles)
{
	struct clock clock = {.memory_cycles = memory_cycles};
	translate_on(vtd_of(iommu), request, out, &clock);
	*cycles = clock.now_cycles;
}
