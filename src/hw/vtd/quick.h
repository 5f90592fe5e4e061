/* SPDX-License-Identifier: MIT */
/*
 * The short ways of plain requests: untranslated ones of some length that are decided by nothing before the tables, to
 * a unit that does not deviate. Whatever does not end well there begins again in vtd_translate_in_full().
 */
#ifndef IOSIM_HW_VTD_QUICK_H
#define IOSIM_HW_VTD_QUICK_H

#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

struct vtd_found;

#define VTD_STARTS_LG2 6

/*
 * What a walk starts from when its structures are in the first places of their sets: what follows from them, derived
 * once for all requests of a source-id and PASID. It holds as long as the caches do not change, and is no state: it may
 * be lost at any time.
 */
struct vtd_start {
	uint64_t tag;     /* vtd_iotlb_source(), VTD_TAG_SCALABLE; 0: none */
	uint64_t changes; /* vtd_caches.changes */
	/* The address is one of the table's if it is `last` at most after `bias` was added. */
	uint64_t bias, last;
	uint64_t context[2];
	uint64_t pasid_entry[3];
	uint64_t input, second_frame, first_frame, second_top, first_level, seen;
	uint32_t pasid;
	bool privileged, first, second, flags;
};

#define VTD_TAG_SCALABLE (1u << 18) /* besides those of the IOTLB */

/* Makes *start that of a plain request to a unit that does not deviate. False: there is none. */
bool vtd_start_make(struct vtd *unit, const struct request *request, bool scalable, uint64_t tag,
		    struct vtd_start *start);

static inline uint64_t vtd_start_tag(const struct request *request, bool scalable)
{
	return vtd_iotlb_source((uint16_t)request->stream, scalable ? request->pasid : PASID_NONE) |
	       (scalable ? VTD_TAG_SCALABLE : 0);
}

static inline struct vtd_start *vtd_start_place(struct vtd *unit, uint64_t tag)
{
	return &unit->starts[tag * UINT64_C(0x9e3779b97f4a7c15) >> (64 - VTD_STARTS_LG2)];
}

static inline bool vtd_start_holds(const struct vtd *unit, const struct vtd_start *start, uint64_t tag)
{
	return IOSIM_LIKELY(!((start->tag ^ tag) | (start->changes ^ unit->caches.changes)));
}

/* False: the address is none of the table's. */
static inline __attribute__((always_inline)) bool vtd_walk_from_start(struct vtd_walk *walk,
								      const struct vtd_start *start, bool scalable)
{
	if (IOSIM_UNLIKELY(walk->iova + (scalable ? start->bias : 0) > start->last))
		return false;
	walk->context_known = walk->context_cached = true;
	walk->context[0] = start->context[0];
	walk->context[1] = start->context[1];
	walk->seen = start->seen;
	walk->second = !scalable || start->second;
	if (walk->second) {
		walk->second_top = start->second_top;
		walk->second_frame = start->second_frame;
		walk->flags = scalable && start->flags;
		walk->input = walk->iova;
	}
	vtd_walk_part(walk, VTD_PART_TABLES);
	if (!scalable)
		return true;
	walk->pasid_known = walk->pasid_cached = true;
	walk->pasid = start->pasid;
	walk->privileged = start->privileged;
	for (unsigned word = 0; word < 3; word++)
		walk->pasid_entry[word] = start->pasid_entry[word];
	walk->first = start->first;
	if (walk->first) {
		walk->first_rights = VTD_FSTABLE_P_MASK | VTD_FSTABLE_RW_MASK | VTD_FSTABLE_US_MASK;
		walk->first_level = start->first_level;
		walk->first_frame = start->first_frame;
		walk->input = start->input;
	}
	return true;
}

/* `out` is zeroed. A plain request to a unit with neither IOTLB nor deviations. */
void vtd_walk_alone(struct vtd *unit, const struct request *request, bool scalable, struct translation *out);
/* A plain request that is not in the first place of its set of the IOTLB. */
void vtd_translate_missing(struct vtd *unit, const struct request *request, bool scalable, struct translation *out);

/*
 * A plain request that has a start and is not in the IOTLB, to a unit with caches and without deviations: the
 * references of its walk, and what the caches are to have of it when it is over. IOMMU_UNFORESEEN: it does not end
 * well, or is no such walk.
 */
uint32_t vtd_foresee_walk(struct vtd *unit, const struct request *request, const struct vtd_start *start, bool scalable,
			  struct vtd_found *found, struct translation *out);

/* translate.c: any request; `out` is zeroed. */
void vtd_translate_in_full(struct vtd *unit, const struct request *request, struct translation *out);

/* Where the functional clock reads; NULL: nothing is there. */
static inline __attribute__((always_inline)) const uint64_t *vtd_walk_words(struct vtd_walk *walk, uint64_t frame,
									    uint64_t offset)
{
	const uint64_t *words = memory_frame(walk->memory, frame);
	if (IOSIM_UNLIKELY(!words)) {
		words = memory_frame_or_zero(walk->memory, frame);
		if (!words) {
			vtd_walk_lose(walk, frame, (unsigned)offset);
			return NULL;
		}
	}
	return (const uint64_t *)((const char *)words + offset);
}

/* UPDATE of the functional clock. Scalars only: the walk stays in registers. */
bool vtd_update(struct memory *memory, uint64_t pa, uint64_t old, uint64_t bits);
/* The same of an entry of a guest's, which is reported; `who`: vtd_who() of the walk. */
bool vtd_update_guest(const struct vtd_rules *rules, uint64_t who, struct memory *memory, uint64_t pa, uint64_t old,
		      uint64_t bits);
void vtd_report_guest(const struct vtd_rules *rules, uint64_t who, uint64_t pa, uint64_t old, uint64_t bits);

static inline uint64_t vtd_who(const struct vtd_walk *walk)
{
	return (uint64_t)walk->asked_pasid << 32 | walk->source;
}

/* UPDATE() of the functional clock. */
#define VTD_UPDATE_NOW(walk, at_stage, frame, offset, old, bits)                              \
	((at_stage) >= VTD_STAGE_FIRST && (walk)->second                                      \
		 ? vtd_update_guest((walk)->rules, vtd_who(walk), (walk)->memory,             \
				    (uint64_t)(frame) << FRAME_LG2 | (offset), (old), (bits)) \
		 : vtd_update((walk)->memory, (uint64_t)(frame) << FRAME_LG2 | (offset), (old), (bits)))

#endif
