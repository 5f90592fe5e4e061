/* SPDX-License-Identifier: MIT */
/* What a walk derives from the STE and the CD before it reads tables: access properties, regions, table bases. */
#ifndef IOSIM_HW_SMMUV3_PREPARE_H
#define IOSIM_HW_SMMUV3_PREPARE_H

#include "hw/smmuv3/walk.h"

#define SMMU_INLINE static inline __attribute__((always_inline))

SMMU_INLINE uint64_t smmu_mask_below(unsigned bit)
{
	return (UINT64_C(1) << bit) - 1;
}

/* What of its rights a page has to grant. Instruction fetches are reads (13.1.2). */
SMMU_INLINE uint16_t smmu_wants(unsigned op, bool privileged, bool instruction)
{
	unsigned rights = op == REQUEST_READ && instruction ? PERM_EXECUTE : (op + 1u) & (PERM_READ | PERM_WRITE);
	rights <<= privileged ? SMMU_RIGHTS_PRIVILEGED_LSB : 0;
	return (uint16_t)(rights | rights << SMMU_RIGHTS_STAGE2_LSB);
}

/* PRIVCFG and INSTCFG (5.2, 13.5): 2 clears, 3 sets, others leave it as it came. */
SMMU_INLINE bool smmu_overridden(bool incoming, unsigned override)
{
	return override & 2 ? override & 1 : incoming;
}

SMMU_INLINE void smmu_apply_ste(struct smmu_walk *walk)
{
	if (walk->rules->overrides) {
		walk->privileged = smmu_overridden(walk->privileged, (unsigned)SMMU_STE_PRIVCFG(walk->ste));
		walk->instruction = smmu_overridden(walk->instruction, (unsigned)SMMU_STE_INSTCFG(walk->ste));
	}
	if (walk->op != REQUEST_READ)
		walk->instruction = false;
	walk->wants = smmu_wants(walk->op, walk->privileged || smmu_deviates(walk->rules, SMMU_DEVIATION_AP1),
				 walk->instruction);
	walk->regime = SMMU_REGIME_EL1;
	if (IOSIM_UNLIKELY(walk->rules->hyp) && walk->stages == 1 && SMMU_STE_STRW(walk->ste) == SMMU_STRW_NSEL2)
		walk->regime = walk->e2h ? SMMU_REGIME_EL2_E2H : SMMU_REGIME_EL2;
}

/* A region of `width` bits; `base` as the structure has it, aligned here as tables have to be (5.2 S2TTB). */
SMMU_INLINE void smmu_prepare_tables(struct smmu_tables *tables, const struct smmu_rules *rules, unsigned granule,
				     unsigned start, unsigned width, uint64_t base, unsigned size_code)
{
	const struct smmu_geometry *geometry = &rules->geometry[granule];
	unsigned shift = geometry->lg2 + geometry->stride * (3 - start);
	unsigned entries_lg2 = width > shift ? width - shift : 0;

	tables->start = (uint8_t)start;
	tables->stride = geometry->stride;
	tables->shift = (uint8_t)shift;
	tables->blocks = geometry->blocks;
	tables->granule = (uint8_t)granule;
	tables->lg2 = geometry->lg2;
	tables->size_mask = smmu_mask_below(width);
	tables->address_mask = geometry->address_mask;
	tables->beyond = rules->beyond[size_code];
	tables->wide_mask = 0;
	if (IOSIM_UNLIKELY(rules->wide)) {
		if (granule == SMMU_GRANULE_64K)
			tables->wide_mask = 0xf000;
		/* 5.2 S2TTB, 5.4 TTB0: with 52 bits of output the base has 64 bytes at least. */
		if (entries_lg2 < 3 && rules->beyond[size_code] == rules->oas_beyond)
			entries_lg2 = 3;
	}
	tables->base = base & -(UINT64_C(8) << entries_lg2);
	tables->index_mask = tables->size_mask;
	if (smmu_deviates(rules, SMMU_DEVIATION_S2_CONCAT))
		tables->index_mask &= smmu_mask_below(shift + geometry->stride);
}

SMMU_INLINE void smmu_prepare_stage2(struct smmu_walk *walk)
{
	const uint64_t *ste = walk->ste;
	unsigned region = (unsigned)(ste[2] >> SMMU_STE_S2T0SZ_LSB & 255), granule = (unsigned)SMMU_STE_S2TG(ste);
	unsigned start = walk->rules->stage2_start[granule << 8 | region] - 1u;

	smmu_prepare_tables(&walk->other, walk->rules, granule, start, 64 - (region & 63), ste[3] & SMMU_STE_S2TTB_MASK,
			    (unsigned)SMMU_STE_S2PS(ste));
}

/* Whether VA[top:width] is the extension of the region's half (3.4.1); `single`: there is only the lower one. */
SMMU_INLINE bool smmu_is_outside(uint64_t va, unsigned width, bool upper, bool top_ignored, bool single)
{
	if (top_ignored)
		va = single ? va & smmu_mask_below(56) : (uint64_t)((int64_t)(va << 8) >> 8);
	return (upper ? ~va : va) >> width != 0;
}

/* False: the address is in no region, or in one whose walks are disabled. */
SMMU_INLINE bool smmu_prepare_stage1(struct smmu_walk *walk)
{
	const uint64_t *cd = walk->cd;
	bool single = walk->regime == SMMU_REGIME_EL2, top_ignored;
	unsigned granule, field;
	uint64_t base;

	walk->upper = !single && walk->input >> 55 & 1;
	if (walk->upper) {
		if (SMMU_CD_EPD1(cd))
			return false;
		granule = smmu_granule_of_tg1((unsigned)SMMU_CD_TG1(cd));
		field = (unsigned)SMMU_CD_T1SZ(cd);
		base = cd[2] & SMMU_CD_TTB1_MASK;
		top_ignored = cd[0] &
			      (smmu_deviates(walk->rules, SMMU_DEVIATION_TBI1) ? SMMU_CD_TBI0_MASK : SMMU_CD_TBI1_MASK);
	} else {
		if (!single && SMMU_CD_EPD0(cd))
			return false;
		granule = (unsigned)SMMU_CD_TG0(cd);
		field = (unsigned)SMMU_CD_T0SZ(cd);
		base = cd[1] & SMMU_CD_TTB0_MASK;
		top_ignored = cd[0] & SMMU_CD_TBI0_MASK;
	}
	if (smmu_is_outside(walk->input, 64 - field, walk->upper, top_ignored, single))
		return false;
	smmu_prepare_tables(&walk->first, walk->rules, granule, walk->rules->stage1_start[granule][field] - 1u,
			    64 - field, base, (unsigned)SMMU_CD_IPS(cd));
	return true;
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

/* Something about a descriptor needs a closer look. */
SMMU_INLINE bool smmu_is_odd(const struct smmu_tables *tables, unsigned level, uint64_t word, uint64_t output)
{
	bool type = word & SMMU_S1PAGE_TYPE_MASK;

	if (!(word & SMMU_S1PAGE_VALID_MASK) || output & tables->beyond)
		return true;
	return !type && !(level < 3 && tables->blocks >> level & 1);
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
