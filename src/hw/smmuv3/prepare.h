/* SPDX-License-Identifier: MIT */
/* What a walk takes from the memo of its STE and CD before it reads tables, and single steps of reading tables. */
#ifndef IOSIM_HW_SMMUV3_PREPARE_H
#define IOSIM_HW_SMMUV3_PREPARE_H

#include "hw/smmuv3/walk.h"

SMMU_INLINE void smmu_walk_part(struct smmu_walk *walk, enum smmu_walk_part part)
{
	walk->part = (uint8_t)part;
	walk->stage = SMMU_STAGE_START;
}

SMMU_INLINE enum smmu_walk_part smmu_part_of_tables(const struct smmu_walk *walk)
{
	uint32_t httu = walk->stages & 1 ? walk->first.httu : 0;

	if (walk->stages & 2)
		httu |= walk->other.httu;
	return httu ? SMMU_PART_FLAGS : SMMU_PART_TABLES;
}

/* False: C_BAD_STE. walk->ste[] is known. */
SMMU_INLINE bool smmu_prepare_stream(struct smmu_walk *walk)
{
	const struct smmu_stream_memo *memo = smmu_stream_memo(walk->rules, walk->memo, walk->ste);
	unsigned question = smmu_question(walk->op, walk->privileged, walk->instruction);

	if (IOSIM_UNLIKELY(!memo->good))
		return false;
	walk->privileged = memo->access.privileged >> question & 1;
	walk->instruction = memo->access.instruction >> question & 1;
	walk->wants = memo->access.wants[question];
	walk->other_memo = &memo->second;
	if (SMMU_STE_CONFIG(walk->ste) & 2)
		walk->other = memo->second;
	return true;
}

/* Which translation regime the stages make; `hyp`: IDR0.HYP. */
SMMU_INLINE void smmu_prepare_regime(struct smmu_walk *walk, bool hyp)
{
	walk->regime = SMMU_REGIME_EL1;
	if (IOSIM_UNLIKELY(hyp) && walk->stages == 1 && SMMU_STE_STRW(walk->ste) == SMMU_STRW_NSEL2)
		walk->regime = walk->e2h ? SMMU_REGIME_EL2_E2H : SMMU_REGIME_EL2;
}

/* False: C_BAD_CD. walk->cd[] is known. */
SMMU_INLINE bool smmu_prepare_context(struct smmu_walk *walk)
{
	bool single = walk->regime == SMMU_REGIME_EL2;
	const struct smmu_context_memo *memo = smmu_context_memo(walk->rules, walk->memo, walk->cd, single);

	if (IOSIM_UNLIKELY(!memo->good))
		return false;
	walk->upper = !single && walk->input >> 55 & 1;
	walk->first_memo = &memo->half[walk->upper];
	walk->first = *walk->first_memo;
	walk->level1 = walk->first.start;
	return true;
}

/* The address is in the region, and walks of it are not disabled. */
SMMU_INLINE bool smmu_is_inside(const struct smmu_tables *tables, uint64_t address)
{
	return (address & tables->outside) == tables->outside_value;
}

/* Rights of a leaf of stage 1 for EL1 and E2H, by smmu_rights_index(), without hierarchy, WXN, PAN. */
extern const uint8_t smmu_plain_rights[16];
/* The same of stage 2, by XNX too. */
extern const uint8_t smmu_stage2_rights[2][16];

SMMU_INLINE unsigned smmu_rights1(const struct smmu_walk *walk, unsigned index)
{
	if (IOSIM_UNLIKELY((walk->hierarchy &
			    (SMMU_S1TABLE_APTABLE_MASK | SMMU_S1TABLE_UXNTABLE_MASK | SMMU_S1TABLE_PXNTABLE_MASK)) |
			   (walk->cd[0] & (SMMU_CD_WXN_MASK | SMMU_CD_PAN_MASK)) | walk->regime))
		return smmu_stage1_rights(walk->rules, walk->cd[0],
					  walk->upper ? SMMU_CD_HAD1(walk->cd) : SMMU_CD_HAD0(walk->cd), walk->regime,
					  walk->hierarchy, index);
	return smmu_plain_rights[index];
}

/* The address that a descriptor holds. */
SMMU_INLINE uint64_t smmu_output(const struct smmu_tables *tables, uint64_t word)
{
	return (word & tables->address_mask) | (word & tables->wide_mask) << 36;
}

/* A descriptor that is not valid, of a block, or whose address may be too large. */
SMMU_INLINE bool smmu_is_odd(const struct smmu_tables *tables, uint64_t word)
{
	return (word & tables->odd_mask) != (SMMU_S1PAGE_VALID_MASK | SMMU_S1PAGE_TYPE_MASK);
}

/* A descriptor without TYPE: whether there are blocks at that level. */
SMMU_INLINE bool smmu_is_block(const struct smmu_tables *tables, unsigned level)
{
	return tables->blocks >> level & 1;
}

/* The event of an odd descriptor, 0: it is one of a block, or its address is in order. */
SMMU_INLINE unsigned smmu_check_descriptor(const struct smmu_rules *rules, const struct smmu_tables *tables,
					   unsigned level, uint64_t word)
{
	if ((word & tables->odd_mask) == SMMU_S1PAGE_VALID_MASK && level < 3 && smmu_is_block(tables, level))
		return SMMU_EVENT_NONE;
	return smmu_diagnose_descriptor(rules, tables->blocks, level, word, smmu_output(tables, word) & tables->beyond);
}

/* The same of an address where that is not looked at before; `deviations`: of the unit. */
SMMU_INLINE bool smmu_is_beyond(const struct smmu_tables *tables, uint64_t address, uint64_t deviations)
{
	return IOSIM_UNLIKELY(deviations) && address & tables->beyond;
}

/* 3.13.3.1: hardware makes the leaf writable when it is written; `unset`: flags that it lacks. */
SMMU_INLINE bool smmu_is_clean(const struct smmu_tables *tables, uint64_t word, uint64_t unset)
{
	return unset & SMMU_LEAF_WRITE && tables->httu == SMMU_HTTU_DIRTY && word & SMMU_S1PAGE_DBM_MASK;
}

/* SMMU_LEAF_* that a leaf of stage 2 has to have. 7.3.16: what the SMMU fetches is a data read, flags are written. */
SMMU_INLINE uint64_t smmu_needs2(const struct smmu_tables *tables, unsigned serves)
{
	return tables->leaf_needs | (serves == SMMU_SERVES_INPUT ? 0 : SMMU_S2AP_READ) |
	       (serves == SMMU_SERVES_FLAGS ? SMMU_LEAF_WRITE : 0);
}

/* Where the entry for an address is in a table. */
SMMU_INLINE uint64_t smmu_entry_offset(uint64_t address, unsigned shift, uint64_t select)
{
	return (address >> shift & select) * 8;
}

/* `address` within the page or block of that size. */
SMMU_INLINE uint64_t smmu_page_output(uint64_t page, uint64_t address, unsigned lg2)
{
	return ((page ^ address) & smmu_mask_below(lg2)) ^ page;
}

/* Bytes of a table that are taken to lie behind each other where stage 2 has it, if its page is smaller. */
SMMU_INLINE uint64_t smmu_skipped(const struct smmu_rules *rules, uint64_t offset)
{
	return smmu_deviates(rules, SMMU_DEVIATION_S1TAB_GT_S2PAGE) ? offset : 0;
}

/* Addresses beyond the OAS where stage 1 does not translate (3.4). */
SMMU_INLINE bool smmu_passes_beyond(const struct smmu_rules *rules, unsigned stages)
{
	return stages == 0 && smmu_deviates(rules, SMMU_DEVIATION_BYPASS_OAS);
}

#endif
