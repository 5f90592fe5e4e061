/* SPDX-License-Identifier: MIT */
/*
 * The short ways of the functional clock: a transaction of a stream whose configuration is in the first place of its
 * set, that hits the first place of its set of the TLB, or whose walk ends well through four levels of 4 KiB tables.
 * Whatever is otherwise begins again in smmu_translate_slowly().
 */
#ifndef IOSIM_HW_SMMUV3_QUICK_H
#define IOSIM_HW_SMMUV3_QUICK_H

#include "hw/smmuv3/lookup.h"

#define SMMU_STARTS_LG2 6

/* Which tables a walk from here meets. */
enum smmu_start_kind {
	SMMU_START_OTHERS, /* any */
	/* Four levels of 4 KiB tables in each stage that translates, the first not larger: */
	SMMU_START_FIRST,
	SMMU_START_SECOND,
	SMMU_START_NESTED,
};

/*
 * What follows from a configuration, derived once for all transactions of a StreamID and SubstreamID. It holds as long
 * as nothing changes that it follows from, and is no state: it may be lost at any time. There is none of an unusual
 * unit, for a stream that translates nothing or with TBI, or of one that is not in the first place of its set.
 */
struct smmu_start {
	uint64_t tag;     /* StreamID and SubstreamID as a request has them */
	uint64_t changes; /* smmu_caches.changes */
	uint64_t world, world_key;
	uint64_t ste[4], cd[3];
	struct smmu_access access;
	uint8_t stages;
	uint8_t kind; /* enum smmu_start_kind */
	struct smmu_tables half[2], second;
};

SMMU_INLINE uint64_t smmu_start_tag(const struct request *request)
{
	_Static_assert(offsetof(struct request, pasid) == offsetof(struct request, stream) + 4, "one load");
	return request->stream | (uint64_t)request->pasid << 32;
}

SMMU_INLINE struct smmu_start *smmu_start_place(const struct smmu *unit, uint64_t tag)
{
	return &unit->starts[(tag ^ tag >> 32) % (1 << SMMU_STARTS_LG2)];
}

/* NULL: none holds. */
SMMU_INLINE const struct smmu_start *smmu_start_of(const struct smmu *unit, const struct request *request)
{
	uint64_t tag = smmu_start_tag(request);
	const struct smmu_start *start = smmu_start_place(unit, tag);

	return IOSIM_LIKELY(!((start->tag ^ tag) | (start->changes ^ unit->caches.changes))) ? start : NULL;
}

/* Makes the one for a plain request; NULL: there is none. */
const struct smmu_start *smmu_start_make(struct smmu *unit, const struct request *request);

/* Where there is a start the unit is enabled and has the stream: the rest of smmu_is_plain(). */
SMMU_INLINE bool smmu_is_ordinary(const struct request *request)
{
	return request->at == AT_UNTRANSLATED && request->op <= REQUEST_ATOMIC &&
	       request->address % FRAME_BYTES + request->bytes <= FRAME_BYTES;
}

/* An ordinary request; false: it does not hit the first place of its set of the TLB, or lacks a right. */
SMMU_INLINE bool smmu_hit_first(const struct smmu *unit, const struct request *request, const struct smmu_start *start,
				struct translation *out)
{
	unsigned question = smmu_question(request->op, request->privileged, request->execute);
	const struct smmu_tlb_entry *entry =
		smmu_tlb_first(&unit->caches, request->address, start->world, start->world_key);

	if (IOSIM_UNLIKELY(!entry || start->access.wants[question] & ~entry->rights))
		return false;
	smmu_hit(entry, request->address, start->access.privileged >> question & 1, out);
	return true;
}

/* A plain request to a unit with caches; `out` is zeroed. False: there is no start for it. */
bool smmu_translate_by_start(struct smmu *unit, const struct request *request, struct translation *out);

#endif
