/* SPDX-License-Identifier: MIT */
/* What surrounds a walk: what is decided before any structure is read, the walk's question, its answer, its event. */
#ifndef IOSIM_HW_SMMUV3_DECIDE_H
#define IOSIM_HW_SMMUV3_DECIDE_H

#include "hw/smmuv3/engine.h"
#include "hw/smmuv3/prepare.h"

_Static_assert(REQUEST_READ + 1 == PERM_READ && REQUEST_WRITE + 1 == PERM_WRITE &&
		       REQUEST_ATOMIC + 1 == (PERM_READ | PERM_WRITE),
	       "what an operation needs is its number plus one");

/* An ordinary transaction of an enabled unit: smmu_decide_early() has nothing to decide. */
SMMU_INLINE bool smmu_is_plain(const struct smmu *unit, const struct request *request)
{
	return smmu_is_enabled(unit) && request->at == AT_UNTRANSLATED && request->op <= REQUEST_ATOMIC &&
	       request->address % FRAME_BYTES + request->bytes <= FRAME_BYTES &&
	       !((uint64_t)request->stream >> unit->state->stream_lg2);
}

/*
 * True: no structure is needed. `out` is filled in but for the fault, whose event is *event; SMMU_EVENT_NONE where
 * there is none or nothing is recorded of it.
 */
bool smmu_decide_early(const struct smmu *unit, const struct request *request, struct translation *out,
		       unsigned *event);

/* Sets what a walk starts from; the rest of it is written before it is read. */
SMMU_INLINE void smmu_walk_begin(struct smmu_walk *walk, const struct smmu *unit, const struct request *request)
{
	walk->rules = &unit->rules;
	walk->memory = unit->memory;
	walk->memo = &unit->memos[request->stream % SMMU_MEMOS];
	walk->input = request->address;
	walk->stream = request->stream;
	walk->has_substream = request->pasid != PASID_NONE;
	walk->substream = walk->has_substream ? request->pasid : 0;
	walk->op = request->op;
	walk->privileged = request->privileged;
	walk->instruction = request->execute;
	walk->e2h = SMMU_CR2_E2H(&unit->state->registers[SMMU_R_CR2]);
	walk->stream_base = unit->state->stream_base;
	walk->stream_split = unit->state->stream_split;
	walk->ste_known = walk->config_known = walk->config_alone = walk->ste_alone = walk->ste_read = false;
	walk->may_stall = request->may_stall;
	walk->root = smmu_is_checked(unit) ? unit->root : NULL;
	walk->space = (uint8_t)unit->space;
	walk->t = request->t;
	walk->xt = request->xt;
	walk->quiet = walk->granule_fault = false;
	walk->sets_flags = walk->flags_due = false;
	walk->clean = 0;
	smmu_walk_part(walk, SMMU_PART_STREAM);
	walk->serves = SMMU_SERVES_INPUT;
	walk->stages = walk->leaf_lg2 = 0;
	walk->level1 = walk->first.start = 0;
	walk->second = walk->lost = walk->global = false;
	walk->reads = 0;
	walk->table1 = walk->skipped = walk->hierarchy = 0;
	walk->ipa = walk->lost_pa = 0;
	walk->trace = NULL;
}

/* PERM_* that a request with those wants has of `rights`. */
SMMU_INLINE uint8_t smmu_permissions(unsigned rights, bool privileged)
{
	rights &= rights >> SMMU_RIGHTS_STAGE2_LSB;
	return (uint8_t)(rights >> (privileged ? SMMU_RIGHTS_PRIVILEGED_LSB : 0) & 7);
}

/* Size of what both stages together translate as one; 0: neither does. */
SMMU_INLINE unsigned smmu_page_lg2(const struct smmu_walk *walk)
{
	unsigned lg2 = walk->stages & 1 ? walk->shift1 : 64;

	if (walk->stages & 2 && walk->shift2 < lg2)
		lg2 = walk->shift2;
	return walk->stages ? lg2 : 0;
}

SMMU_INLINE void smmu_answer(const struct smmu_walk *walk, struct translation *out)
{
	out->page_lg2 = (uint8_t)smmu_page_lg2(walk);
	out->level = (uint8_t)(walk->stages & 1 ? walk->level1 : walk->stages ? walk->level2 : 0);
	out->permissions = smmu_permissions(walk->rights, walk->privileged);
	out->pass_through = walk->stages == 0;
	out->pa = walk->pa;
}

/* The same of a cached translation; `address`: as the TLB has it. */
SMMU_INLINE void smmu_hit(const struct smmu_tlb_entry *entry, uint64_t address, bool privileged,
			  struct translation *out)
{
	out->page_lg2 = smmu_page_class_lg2[entry->page & 15];
	out->level = entry->level;
	out->permissions = entry->permissions[privileged];
	out->from_cache = true;
	out->pa = address + entry->difference;
}

SMMU_INLINE void smmu_answer_reads(const struct smmu_walk *walk, struct translation *out)
{
	out->reads = walk->reads;
	out->lost = walk->lost;
	out->lost_pa = walk->lost_pa;
	out->granule_fault = walk->granule_fault;
}

/* As QEMU has it (deviations.c). */
void smmu_qemu_blocked(const struct smmu_walk *walk, struct smmu_blocked *blocked);
/* The event that a walk ended with. */
struct smmu_blocked smmu_blocked_of(const struct smmu_walk *walk, unsigned event);

#endif
