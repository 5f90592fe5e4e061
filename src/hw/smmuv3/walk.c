/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/walk.h"

IOSIM_COLD unsigned smmu_diagnose_span(const struct smmu_rules *rules, unsigned split, unsigned span, uint32_t index)
{
	/* 7.3.3; the reserved spans from 12 on are larger than any split allows. */
	if (span == 0)
		return SMMU_C_BAD_STREAMID;
	if (smmu_deviates(rules, SMMU_DEVIATION_L1STD_SPAN))
		return (uint64_t)index >> span ? SMMU_C_BAD_STE : SMMU_EVENT_NONE;
	return span > split + 1 || (uint64_t)index >> (span - 1) ? SMMU_C_BAD_STREAMID : SMMU_EVENT_NONE;
}

IOSIM_COLD struct smmu_choice smmu_choose_substream(const struct smmu_rules *rules, uint64_t ste0, uint64_t ste1,
						    bool has_substream, uint32_t substream)
{
	unsigned lg2 = rules->ssid_bits ? (unsigned)SMMU_STE_S1CDMAX(&ste0) : 0;
	const uint64_t ste[2] = {ste0, ste1};
	unsigned without = (unsigned)SMMU_STE_S1DSS(ste), format = (unsigned)SMMU_STE_S1FMT(ste);
	struct smmu_choice choice = {.stages = SMMU_STE_CONFIG(ste) & 3};

	if (!(choice.stages & 1) || lg2 == 0) {
		choice.event = has_substream ? SMMU_C_BAD_SUBSTREAMID : SMMU_EVENT_NONE;
		return choice;
	}
	if (has_substream && substream >> lg2)
		choice.event = SMMU_C_BAD_SUBSTREAMID;
	else if (has_substream)
		choice.event = without == SMMU_S1DSS_SSID0 && substream == 0 ? SMMU_F_STREAM_DISABLED : SMMU_EVENT_NONE;
	else if (without == SMMU_S1DSS_BYPASS)
		choice.stages &= 2;
	else if (without != SMMU_S1DSS_SSID0)
		choice.event = SMMU_F_STREAM_DISABLED;
	if (format == SMMU_S1FMT_4K_L2)
		choice.leaf_lg2 = 6;
	else if (format == SMMU_S1FMT_64K_L2)
		choice.leaf_lg2 = 10;
	if (choice.leaf_lg2 == 0)
		choice.table_lg2 = (uint8_t)(lg2 + 6);
	else
		choice.table_lg2 = lg2 > choice.leaf_lg2 ? (uint8_t)(lg2 - choice.leaf_lg2 + 3) : 0;
	return choice;
}

IOSIM_COLD unsigned smmu_diagnose_descriptor(const struct smmu_rules *rules, unsigned blocks, unsigned level,
					     uint64_t word, uint64_t beyond)
{
	bool valid = word & SMMU_S1PAGE_VALID_MASK, type = word & SMMU_S1PAGE_TYPE_MASK;
	bool leaf = level == 3 || !type;

	/* DDI 0487 D8.3: at level 3 only the type of a page, above it blocks only where the granule has them. */
	if (!valid || (level == 3 && !type) || (level < 3 && leaf && !(blocks >> level & 1)))
		return SMMU_F_TRANSLATION;
	if (!beyond)
		return SMMU_EVENT_NONE;
	if (smmu_deviates(rules, leaf ? SMMU_DEVIATION_PRIO_ADDR_SIZE : SMMU_DEVIATION_TABLE_ADDR_SIZE))
		return SMMU_EVENT_NONE;
	return SMMU_F_ADDR_SIZE;
}

const uint8_t smmu_plain_rights[16] = {
	[0] = 7 << 3 | 4,  [1] = 3 << 3 | 7,  [2] = 5 << 3 | 4,  [3] = 5 << 3 | 5,  /* AP[2:1] */
	[4] = 3 << 3 | 4,  [5] = 3 << 3 | 7,  [6] = 1 << 3 | 4,  [7] = 1 << 3 | 5,  /* PXN */
	[8] = 7 << 3 | 0,  [9] = 3 << 3 | 3,  [10] = 5 << 3 | 0, [11] = 5 << 3 | 1, /* UXN */
	[12] = 3 << 3 | 0, [13] = 3 << 3 | 3, [14] = 1 << 3 | 0, [15] = 1 << 3 | 1,
};

const uint8_t smmu_stage2_rights[2][16] = {
	/* Without XNX only XN[1], bit 54, counts. */
	{044, 055, 066, 077, 044, 055, 066, 077, 000, 011, 022, 033, 000, 011, 022, 033},
	/* XN[1:0]: all execute, unprivileged only, none, privileged only. */
	{044, 055, 066, 077, 004, 015, 026, 037, 000, 011, 022, 033, 040, 051, 062, 073},
};

IOSIM_COLD unsigned smmu_stage1_rights(const struct smmu_rules *rules, uint64_t cd0, bool flat, unsigned regime,
				       uint64_t hierarchy, unsigned index)
{
	unsigned tables = rules->had && flat ? 0 : (unsigned)(hierarchy >> SMMU_S1TABLE_PXNTABLE_LSB & 15);
	bool pxn = index & 4 || tables & 1, uxn = index & 8 || tables & 2;
	bool unprivileged = index & 1 && !(tables & 4), read_only = index & 2 || tables & 8;
	bool no_writable = cd0 & SMMU_CD_WXN_MASK;
	unsigned data = read_only ? PERM_READ : PERM_READ | PERM_WRITE;
	unsigned user, kernel;

	if (regime == SMMU_REGIME_EL2) {
		/* 13.4.1: AP[1] counts as 1, and there is one execute-never bit. */
		kernel = data | (uxn || (no_writable && !read_only) ? 0 : PERM_EXECUTE);
		return kernel | kernel << SMMU_RIGHTS_PRIVILEGED_LSB;
	}
	user = unprivileged ? data : 0;
	kernel = data;
	/* What unprivileged accesses may write, privileged ones never execute. */
	if (!pxn && !(user & PERM_WRITE) && !(no_writable && kernel & PERM_WRITE))
		kernel |= PERM_EXECUTE;
	if (!uxn && !(no_writable && user & PERM_WRITE))
		user |= PERM_EXECUTE;
	if (cd0 & SMMU_CD_PAN_MASK && user & PERM_READ)
		kernel &= PERM_EXECUTE;
	return user | kernel << SMMU_RIGHTS_PRIVILEGED_LSB;
}

IOSIM_COLD bool smmu_is_device(const struct smmu_rules *rules, uint64_t ste1, uint64_t word)
{
	const uint64_t ste[2] = {0, ste1};
	uint64_t attributes = SMMU_S2PAGE_MEMATTR(&word);

	/* DDI 0487 D8.6: MemAttr[3:2] is 0; with S2FWB, MemAttr[2] is. */
	if (rules->fwb && SMMU_STE_S2FWB(ste))
		return !(attributes & 4);
	return !(attributes & 12);
}
