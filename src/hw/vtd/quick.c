/* SPDX-License-Identifier: MIT */
#include "hw/vtd/quick.h"

#include "hw/vtd/decide.h"

#include <stddef.h>

IOSIM_COLD bool vtd_update(struct memory *memory, uint64_t pa, uint64_t old, uint64_t bits)
{
	uint64_t word;
	return memory_read64(memory, pa, &word) && word == old && memory_write64(memory, pa, word | bits);
}

/* The rules are part of their unit. */
IOSIM_COLD void vtd_report_guest(const struct vtd_rules *rules, uint64_t who, uint64_t pa, uint64_t old, uint64_t bits)
{
	const struct vtd *unit = (const struct vtd *)((const char *)rules - offsetof(struct vtd, rules));
	struct effect effect = {
		.kind = EFFECT_GUEST_FLAGS, .iommu = unit->iommu.index, .address = pa, .value = old | bits, .old = old};

	effect.scope.stream = (uint32_t)who;
	effect.scope.pasid = (uint32_t)(who >> 32);
	effect_report(unit->iommu.hook, &effect);
}

IOSIM_COLD bool vtd_update_guest(const struct vtd_rules *rules, uint64_t who, struct memory *memory, uint64_t pa,
				 uint64_t old, uint64_t bits)
{
	if (!vtd_update(memory, pa, old, bits))
		return false;
	vtd_report_guest(rules, who, pa, old, bits);
	return true;
}

/* A walk that ends well has read as many entries as there are levels down to the page. */
static inline __attribute__((always_inline)) const uint64_t *read_now(struct vtd_walk *walk, uint64_t frame,
								      uint64_t offset)
{
	walk->reads++;
	return vtd_walk_words(walk, frame, offset);
}

#define WALK_NAME        walk_quick
#define WALK_LINKAGE     inline __attribute__((always_inline))
#define WALK_STOPS       false
#define WALK_COPIES      true
#define WALK_KEEPS_RULES true
#define WALK_UNROLLS     _Pragma("GCC unroll 4")
#define WALK_BEGIN(walk)
#define WALK_END
#define READ(walk, at_stage, frame, offset, bytes, entry) ((entry) = read_now((walk), (frame), (offset)))
#define READ_ENTRY(walk, at_stage, frame, offset, entry)  ((entry) = vtd_walk_words((walk), (frame), (offset)))
#define WERE_READ(walk, count)                            ((walk)->reads += (unsigned)(count))
#define UPDATE(walk, at_stage, frame, offset, old, bits, done) \
	((done) = !(walk)->foresees && VTD_UPDATE_NOW(walk, at_stage, frame, offset, old, bits))
#define FIND_PASID(walk) \
	((walk)->caches ? vtd_pasid_first((walk)->caches, (uint16_t)(walk)->source, (walk)->pasid) : NULL)
#include "hw/vtd/walk.inc"

__attribute__((noinline)) bool vtd_start_make(struct vtd *unit, const struct request *request, bool scalable,
					      uint64_t tag, struct vtd_start *start)
{
	const struct vtd_context_entry *context = vtd_context_first(&unit->caches, (uint16_t)request->stream);
	struct vtd_walk walk = {0};

	*start = (struct vtd_start){0};
	if (!context || context->fault)
		return false;
	vtd_walk_ask(&walk, unit, request, true, scalable);
	vtd_walk_from_context(&walk, context);
	walk.caches = &unit->caches;
	walk.cached_alone = true;
	if (scalable) {
		if (walk_quick_context(&walk) != VTD_WALK_GOES_ON || walk_quick_pasid(&walk) != VTD_WALK_GOES_ON ||
		    walk_quick_stages(&walk) != VTD_WALK_GOES_ON)
			return false;
	} else if (walk_quick_legacy(&walk) != VTD_WALK_GOES_ON) {
		return false;
	}
	*start = (struct vtd_start){
		.tag = tag,
		.changes = unit->caches.changes,
		.last = unit->rules.iova_last[walk.second_top - 2],
		.context = {walk.context[0], walk.context[1]},
		.pasid_entry = {walk.pasid_entry[0], walk.pasid_entry[1], walk.pasid_entry[2]},
		.input = walk.input,
		.second_frame = walk.second_frame,
		.first_frame = walk.first_frame,
		.second_top = walk.second_top,
		.first_level = walk.first_level,
		.seen = walk.seen,
		.pasid = walk.pasid,
		.privileged = walk.privileged,
		.first = walk.first,
		.second = walk.second,
		.flags = walk.flags,
	};
	if (walk.first) {
		/* Canonical: the upper half lies directly below the lower one. */
		unsigned bits =
			unit->rules.canonical_bits[VTD_PASID_AW(walk.pasid_entry)][VTD_PASID_FSPM(walk.pasid_entry)];
		start->bias = UINT64_C(1) << (bits - 1);
		start->last = (UINT64_C(2) << (bits - 1)) - 1;
	}
	return true;
}

/* How walk_quickly() begins and ends: a constant of its callers. */
enum quick {
	QUICK_BARE,       /* there are no caches */
	QUICK_CONFIGURED, /* no IOTLB */
	QUICK_KEEPS,
};

/*
 * A plain request for which there is no translation: what configures its walk is cached, or there are no caches, and
 * the walk ends well. False: it is to begin again. Flags that were set in memory before that are found set then, and
 * nothing else has changed.
 */
static inline __attribute__((always_inline)) bool walk_quickly(struct vtd *unit, const struct request *request,
							       struct translation *out, bool scalable, enum quick quick)
{
	struct vtd_walk walk = {0};

	vtd_walk_ask(&walk, unit, request, true, scalable);
	if (quick != QUICK_BARE) {
		uint64_t tag = vtd_start_tag(request, scalable);
		struct vtd_start *start = vtd_start_place(unit, tag);
		if (!vtd_start_holds(unit, start, tag) && !vtd_start_make(unit, request, scalable, tag, start))
			return false;
		if (!vtd_walk_from_start(&walk, start, scalable))
			return false;
	}
	if (IOSIM_UNLIKELY(walk_quick(&walk) != VTD_FAULT_NONE))
		return false;
	if (quick == QUICK_KEEPS) {
		struct vtd_found found;
		vtd_walk_found(&walk, VTD_FAULT_NONE, &found);
		vtd_keep(unit, &found);
	}
	vtd_answer(&walk, VTD_FAULT_NONE, out);
	return true;
}

static inline __attribute__((always_inline)) uint32_t foresee(struct vtd *unit, const struct request *request,
							      const struct vtd_start *start, bool scalable,
							      struct vtd_found *found, struct translation *out)
{
	struct vtd_walk walk = {.foresees = true};

	vtd_walk_ask(&walk, unit, request, true, scalable);
	if (!vtd_walk_from_start(&walk, start, scalable) || walk_quick(&walk) != VTD_FAULT_NONE || walk.reads == 0)
		return IOMMU_UNFORESEEN;
	vtd_walk_found(&walk, VTD_FAULT_NONE, found);
	vtd_answer(&walk, VTD_FAULT_NONE, out);
	return walk.reads;
}

uint32_t vtd_foresee_walk(struct vtd *unit, const struct request *request, const struct vtd_start *start, bool scalable,
			  struct vtd_found *found, struct translation *out)
{
	return scalable ? foresee(unit, request, start, true, found, out)
			: foresee(unit, request, start, false, found, out);
}

/* A copy for each mode and each way. */
#define QUICK_WALK(name, scalable, quick)                                                           \
	static __attribute__((noinline)) void name(struct vtd *unit, const struct request *request, \
						   struct translation *out)                         \
	{                                                                                           \
		if (IOSIM_UNLIKELY(!walk_quickly(unit, request, out, scalable, quick)))             \
			vtd_translate_in_full(unit, request, out);                                  \
	}
QUICK_WALK(walk_bare, false, QUICK_BARE)
QUICK_WALK(walk_bare_scalable, true, QUICK_BARE)
QUICK_WALK(walk_configured, false, QUICK_CONFIGURED)
QUICK_WALK(walk_configured_scalable, true, QUICK_CONFIGURED)
QUICK_WALK(walk_and_keep, false, QUICK_KEEPS)
QUICK_WALK(walk_and_keep_scalable, true, QUICK_KEEPS)

void vtd_walk_alone(struct vtd *unit, const struct request *request, bool scalable, struct translation *out)
{
	if (IOSIM_UNLIKELY(unit->caches.off) && scalable)
		walk_bare_scalable(unit, request, out);
	else if (IOSIM_UNLIKELY(unit->caches.off))
		walk_bare(unit, request, out);
	else if (scalable)
		walk_configured_scalable(unit, request, out);
	else
		walk_configured(unit, request, out);
}

void vtd_translate_missing(struct vtd *unit, const struct request *request, bool scalable, struct translation *out)
{
	uint64_t source = vtd_iotlb_source((uint16_t)request->stream, request->pasid);

	if (unit->rules.deviations || unit->caches.tables.on || vtd_iotlb_find(&unit->caches, request->address, source))
		vtd_translate_in_full(unit, request, out);
	else if (scalable)
		walk_and_keep_scalable(unit, request, out);
	else
		walk_and_keep(unit, request, out);
}
