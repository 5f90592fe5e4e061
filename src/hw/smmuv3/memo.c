/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/memo.h"

#include "hw/smmuv3/walk.h"

/* What of its rights a page has to grant. Instruction fetches are reads (13.1.2). */
static uint16_t wants(unsigned op, bool privileged, bool instruction)
{
	unsigned rights = op == REQUEST_READ && instruction ? PERM_EXECUTE : (op + 1u) & (PERM_READ | PERM_WRITE);

	rights <<= privileged ? SMMU_RIGHTS_PRIVILEGED_LSB : 0;
	return (uint16_t)(rights | rights << SMMU_RIGHTS_STAGE2_LSB);
}

/* PRIVCFG and INSTCFG (5.2, 13.5): 2 clears, 3 sets, others leave it as it came. */
static bool overridden(bool incoming, unsigned override)
{
	return override & 2 ? override & 1 : incoming;
}

static void derive_access(const struct smmu_rules *rules, struct smmu_access *access, const uint64_t *ste)
{
	unsigned privcfg = rules->overrides ? (unsigned)SMMU_STE_PRIVCFG(ste) : 0;
	unsigned instcfg = rules->overrides ? (unsigned)SMMU_STE_INSTCFG(ste) : 0;

	*access = (struct smmu_access){0};
	for (unsigned question = 0; question < SMMU_QUESTIONS; question++) {
		unsigned op = question >> 2;
		bool privileged = overridden(question >> 1 & 1, privcfg);
		bool instruction = op == REQUEST_READ && overridden(question & 1, instcfg);
		access->privileged |= (uint16_t)(privileged << question);
		access->instruction |= (uint16_t)(instruction << question);
		access->wants[question] =
			wants(op, privileged || smmu_deviates(rules, SMMU_DEVIATION_AP1), instruction);
	}
}

/*
 * A region of `width` bits; `base` as the structure has it, aligned here as tables have to be (5.2 S2TTB). What is
 * outside of it is left to the caller.
 */
static void derive_tables(struct smmu_tables *tables, const struct smmu_rules *rules, unsigned granule, unsigned start,
			  unsigned width, uint64_t base, unsigned size_code)
{
	const struct smmu_geometry *geometry = &rules->geometry[granule];
	unsigned shift = geometry->lg2 + geometry->stride * (3 - start);
	unsigned entries_lg2 = width > shift ? width - shift : 0;

	*tables = (struct smmu_tables){
		.address_mask = geometry->address_mask,
		.beyond = rules->beyond[size_code],
		.size_mask = smmu_mask_below(width),
		.start_select = smmu_mask_below(entries_lg2),
		.select = smmu_mask_below(geometry->stride),
		.start = start,
		.stride = geometry->stride,
		.shift = shift,
		.blocks = geometry->blocks,
		.granule = granule,
	};
	if (rules->wide) {
		if (granule == SMMU_GRANULE_64K)
			tables->wide_mask = 0xf000;
		/* 5.2 S2TTB, 5.4 TTB0: with 52 bits of output the base has 64 bytes at least. */
		if (entries_lg2 < 3 && rules->beyond[size_code] == rules->oas_beyond)
			entries_lg2 = 3;
	}
	tables->odd_mask = SMMU_S1PAGE_VALID_MASK | SMMU_S1PAGE_TYPE_MASK | (tables->address_mask & tables->beyond) |
			   tables->wide_mask;
	tables->base = base & -(UINT64_C(8) << entries_lg2);
	if (smmu_deviates(rules, SMMU_DEVIATION_S2_CONCAT))
		tables->start_select &= tables->select;
}

/*
 * 5.2 S2HA, 5.4 HA: HD without HA means nothing, and with HA it does not matter whether faults are disabled. A leaf
 * that is not marked as written needs a closer look where hardware could mark it.
 */
static void derive_flags(struct smmu_tables *tables, const struct smmu_rules *rules, bool accessed, bool dirty,
			 bool fault_disabled)
{
	tables->httu = !accessed ? SMMU_HTTU_NONE : dirty ? SMMU_HTTU_DIRTY : SMMU_HTTU_ACCESS;
	if (tables->httu > rules->httu)
		tables->httu = rules->httu;
	tables->leaf_needs = tables->httu == SMMU_HTTU_NONE && fault_disabled ? 0 : SMMU_LEAF_AF;
	if (tables->httu == SMMU_HTTU_DIRTY)
		tables->leaf_needs |= SMMU_LEAF_WRITE;
}

static void derive_second(const struct smmu_rules *rules, struct smmu_tables *tables, const uint64_t *ste)
{
	unsigned region = (unsigned)(ste[2] >> SMMU_STE_S2T0SZ_LSB & 255), granule = (unsigned)SMMU_STE_S2TG(ste);
	unsigned start = rules->stage2_start[granule << 8 | region] - 1u;

	derive_tables(tables, rules, granule, start, 64 - (region & 63), ste[3] & SMMU_STE_S2TTB_MASK,
		      (unsigned)SMMU_STE_S2PS(ste));
	tables->outside = ~tables->size_mask;
	derive_flags(tables, rules, SMMU_STE_S2HA(ste) && !smmu_deviates(rules, SMMU_DEVIATION_S2HAHD),
		     SMMU_STE_S2HD(ste), SMMU_STE_S2AFFD(ste));
}

IOSIM_COLD void smmu_derive_stream(const struct smmu_rules *rules, struct smmu_stream_memo *memo, uint64_t ste0,
				   uint64_t ste1, uint64_t ste2, uint64_t ste3)
{
	*memo = (struct smmu_stream_memo){.ste = {ste0, ste1, ste2, ste3}};
	memo->good = !smmu_ste_is_bad(rules, memo->ste);
	if (!memo->good || SMMU_STE_CONFIG(memo->ste) < SMMU_CONFIG_BYPASS)
		return;
	derive_access(rules, &memo->access, memo->ste);
	if (SMMU_STE_CONFIG(memo->ste) & 2)
		derive_second(rules, &memo->second, memo->ste);
}

/* 3.4.1: an address is in a half if all bits above the region are those of bit 55, but the top byte with TBI. */
static void derive_half(const struct smmu_rules *rules, struct smmu_tables *tables, const uint64_t *cd, bool upper,
			bool single)
{
	unsigned granule = upper ? smmu_granule_of_tg1((unsigned)SMMU_CD_TG1(cd)) : (unsigned)SMMU_CD_TG0(cd);
	unsigned field = (unsigned)(upper ? SMMU_CD_T1SZ(cd) : SMMU_CD_T0SZ(cd));
	bool tbi1 = smmu_deviates(rules, SMMU_DEVIATION_TBI1) ? SMMU_CD_TBI0(cd) : SMMU_CD_TBI1(cd);

	if (upper ? single || SMMU_CD_EPD1(cd) : !single && SMMU_CD_EPD0(cd)) {
		*tables = (struct smmu_tables){.outside_value = 1};
		return;
	}
	derive_tables(tables, rules, granule, rules->stage1_start[granule][field] - 1u, 64 - field,
		      upper ? cd[2] & SMMU_CD_TTB1_MASK : cd[1] & SMMU_CD_TTB0_MASK, (unsigned)SMMU_CD_IPS(cd));
	tables->outside = ~tables->size_mask;
	if (upper ? tbi1 : SMMU_CD_TBI0(cd))
		tables->outside &= smmu_mask_below(56);
	tables->outside_value = upper ? tables->outside : 0;
	derive_flags(tables, rules, SMMU_CD_HA(cd), SMMU_CD_HD(cd), SMMU_CD_AFFD(cd));
}

IOSIM_COLD void smmu_derive_context(const struct smmu_rules *rules, struct smmu_context_memo *memo, uint64_t cd0,
				    uint64_t cd1, uint64_t cd2, bool single)
{
	*memo = (struct smmu_context_memo){.cd = {cd0, cd1, cd2}, .single = single};
	memo->good = !smmu_cd_is_bad(rules, memo->cd, single);
	for (unsigned upper = 0; memo->good && upper < 2; upper++)
		derive_half(rules, &memo->half[upper], memo->cd, upper, single);
}
