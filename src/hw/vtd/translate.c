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
static inline const uint64_t *read_now(struct vtd_walk *walk, enum vtd_walk_stage stage, uint64_t frame,
				       uint64_t offset)
{
	const uint64_t *words = memory_frame(walk->memory, frame);
	walk->stage = stage;
	if (IOSIM_UNLIKELY(!words)) {
		words = memory_frame_or_zero(walk->memory, frame);
		if (!words) {
			vtd_walk_lose(walk, frame, (unsigned)offset);
			return NULL;
		}
	}
	return (const uint64_t *)((const char *)words + offset);
}

#define WALK_NAME    walk_functional
#define WALK_LINKAGE inline __attribute__((always_inline))
#define WALK_STOPS   false
#define WALK_BEGIN(walk)
#define WALK_END
#define READ(walk, at_stage, frame, offset, bytes, entry) ((entry) = read_now((walk), (at_stage), (frame), (offset)))
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
		(walk)->ask_offset = (offset);                    \
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

static inline void hit(const struct vtd *unit, const struct vtd_iotlb_entry *entry, uint64_t iova,
		       struct translation *out)
{
	unsigned level = entry->page & 3;
	out->page_lg2 = unit->rules.page_lg2[level];
	out->level = (uint8_t)level;
	out->permissions = entry->rights;
	out->from_cache = true;
	out->pa = entry->frame | (iova & unit->rules.page_offset[level]);
}

/* The rights of a cached translation do not suffice, or it is a cached fault (CM = 1). */
static IOSIM_COLD void hit_without_rights(struct vtd *unit, const struct request *request,
					  const struct vtd_iotlb_entry *entry, struct translation *out)
{
	unsigned wants = vtd_operation_rights(request);
	unsigned code = entry->fault ? entry->fault
				     : vtd_diagnose_rights(&unit->rules, wants & ~(unsigned)entry->rights,
							   entry->rights, request->bytes == 0);
	if (code == VTD_FAULT_NONE) {
		hit(unit, entry, request->address, out);
		return;
	}
	out->from_cache = true;
	fault(unit, request, code, entry->silent || unit->rules.deviations & VTD_DEVIATES_CACHED_SILENT, out);
}

/* What a walk leaves to the caches: copied, so that the walk itself stays in registers. */
struct found {
	uint64_t iova, pa;
	uint64_t context[2];
	uint16_t source;
	uint8_t level, rights;
	uint8_t end; /* a fault reason, or none */
	bool context_known, context_cached, translated, untranslated;
};

static void keep_context(struct vtd *unit, const struct found *found)
{
	struct vtd_context_entry context = {0};

	if (found->context_known && found->end != VTD_FAULT_CONTEXT_INVALID) {
		context.words[0] = found->context[0];
		context.words[1] = found->context[1];
	} else if (unit->caches.keep_faults) {
		/* Tagged with domain 0 (6.2.2). */
		context.words[0] = found->context[0] & VTD_CONTEXT_FPD_MASK;
		context.fault = found->end;
	} else {
		return;
	}
	vtd_context_keep(&unit->caches, found->source, &context);
}

static void keep_translation(struct vtd *unit, const struct found *found)
{
	bool rights_fault = found->end == VTD_FAULT_NO_READ || found->end == VTD_FAULT_NO_WRITE;
	unsigned level = 1;
	struct vtd_iotlb_entry translation = {
		.source = vtd_iotlb_source(found->source),
		.domain = (uint16_t)VTD_CONTEXT_DID(found->context),
		.silent = (uint8_t)VTD_CONTEXT_FPD(found->context),
	};
	if (found->translated && (found->end == VTD_FAULT_NONE || rights_fault)) {
		level = found->level;
		translation.frame = found->pa & ~((UINT64_C(1) << vtd_level_lg2(level)) - 1);
		translation.rights = found->rights;
	} else if (!rights_fault) {
		translation.fault = found->end;
	}
	vtd_iotlb_keep(&unit->caches, found->iova, level, &translation);
}

/* 6.2.2, 6.2.4.1 */
static __attribute__((noinline)) void keep(struct vtd *unit, const struct found *found)
{
	if (!found->context_cached)
		keep_context(unit, found);
	if (found->level > 0 && found->untranslated && found->end != VTD_FAULT_CONTEXT_INVALID &&
	    (found->end == VTD_FAULT_NONE || unit->caches.keep_faults))
		keep_translation(unit, found);
}

/*
 * From the context cache or the root table to the end. What is constant for a caller makes its copy short: `plain`,
 * the request is known to be so; `bare`, there are neither caches nor deviations; and `clock`, if it is NULL.
 */
static inline __attribute__((always_inline)) void walk_on(struct vtd *unit, const struct request *request,
							  struct translation *out, bool plain, bool bare,
							  struct clock *clock)
{
	struct vtd_walk walk = {0};

	vtd_walk_ask(&walk, unit, request, plain);
	if (!bare) {
		const struct vtd_context_entry *context = vtd_context_find(&unit->caches, (uint16_t)walk.source);
		if (context && context->fault) {
			fault(unit, request, context->fault, VTD_CONTEXT_FPD(context->words), out);
			return;
		}
		if (context) {
			walk.context_cached = true;
			walk.context_known = true;
			walk.context[0] = context->words[0];
			walk.context[1] = context->words[1];
		}
	}

	unsigned end = clock ? run_cycles(&walk, clock) : walk_functional(&walk);
	if (!bare) {
		struct found found = {
			.iova = walk.iova,
			.pa = walk.pa,
			.context = {walk.context[0], walk.context[1]},
			.source = (uint16_t)walk.source,
			.level = (uint8_t)walk.level,
			.rights = (uint8_t)walk.rights,
			.end = (uint8_t)vtd_deviate(&unit->rules, end, walk.level, walk.pa),
			.context_known = walk.context_known,
			.context_cached = walk.context_cached,
			.translated = walk.translated,
			.untranslated = walk.at == AT_UNTRANSLATED,
		};
		keep(unit, &found);
		end = found.end;
	}
	vtd_answer(&walk, end, out);
	if (IOSIM_UNLIKELY(end != VTD_FAULT_NONE) && !vtd_answers_without_rights(walk.at, end))
		fault(unit, request, end, VTD_CONTEXT_FPD(walk.context), out);
}

static bool grants(const struct vtd_iotlb_entry *entry, const struct request *request)
{
	return !(vtd_operation_rights(request) & ~(unsigned)entry->rights);
}

static inline const struct vtd_iotlb_entry *find(const struct vtd *unit, const struct request *request)
{
	return vtd_iotlb_find(&unit->caches, request->address, vtd_iotlb_source((uint16_t)request->stream));
}

/* Any request, either clock; `out` is zeroed. */
static __attribute__((noinline)) void translate_in_full(struct vtd *unit, const struct request *request,
							struct translation *out, struct clock *clock)
{
	unsigned code;

	if (!is_plain(unit, request) && vtd_decide_early(unit, request, out, &code)) {
		if (code)
			fault(unit, request, code, false, out);
		return;
	}
	const struct vtd_iotlb_entry *entry = request->at == AT_UNTRANSLATED ? find(unit, request) : NULL;
	if (!entry)
		walk_on(unit, request, out, false, false, clock);
	else if (grants(entry, request))
		hit(unit, entry, request->address, out);
	else
		hit_without_rights(unit, request, entry, out);
}

static __attribute__((noinline)) void walk_bare(struct vtd *unit, const struct request *request,
						struct translation *out)
{
	walk_on(unit, request, out, true, true, NULL);
}

/* The two ways that are taken most are short ones; all others are in translate_in_full(), these two among them. */
void vtd_translate(struct iommu *iommu, const struct request *request, struct translation *out)
{
	struct vtd *unit = vtd_of(iommu);

	*out = (struct translation){0};
	if (IOSIM_LIKELY(is_plain(unit, request))) {
		if (unit->bare) {
			walk_bare(unit, request, out);
			return;
		}
		const struct vtd_iotlb_entry *entry =
			vtd_iotlb_first(&unit->caches, request->address, vtd_iotlb_source((uint16_t)request->stream));
		if (IOSIM_LIKELY(entry && grants(entry, request))) {
			hit(unit, entry, request->address, out);
			return;
		}
	}
	translate_in_full(unit, request, out, NULL);
}

void vtd_translate_cycles(struct iommu *iommu, const struct request *request, uint32_t memory_cycles,
			  struct translation *out, uint64_t *cycles)
{
	struct clock clock = {.memory_cycles = memory_cycles};

	*out = (struct translation){0};
	translate_in_full(vtd_of(iommu), request, out, &clock);
	*cycles = clock.now_cycles;
}
