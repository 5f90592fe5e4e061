/* SPDX-License-Identifier: MIT */
/*
 * The short ways of plain requests: untranslated ones of some length that are decided by nothing before the tables, to
 * a unit that does not deviate. Whatever does not end well there begins again in vtd_translate_in_full().
 */
#ifndef IOSIM_HW_VTD_QUICK_H
#define IOSIM_HW_VTD_QUICK_H

#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

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

/* `out` is zeroed. A plain request to a unit with neither IOTLB nor deviations. */
void vtd_walk_alone(struct vtd *unit, const struct request *request, bool scalable, struct translation *out);
/* A plain request that is not in the first place of its set of the IOTLB. */
void vtd_translate_missing(struct vtd *unit, const struct request *request, bool scalable, struct translation *out);

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

#endif
