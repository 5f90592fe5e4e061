/* SPDX-License-Identifier: MIT */
/* What QEMU's unit does that is more than another mask or limit; each is one row of deviations.h. */
#include "hw/smmuv3/trace.h"

#include <string.h>

static const char *const names[SMMU_DEVIATION_COUNT] = {
#define DEVIATION_ROW(name, section, text) #name,
	SMMU_DEVIATIONS(DEVIATION_ROW)};

uint64_t smmu_deviation_named(const char *name)
{
	for (unsigned i = 0; i < SMMU_DEVIATION_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return UINT64_C(1) << i;
	return 0;
}

const char *smmu_deviation_name(enum smmu_deviation deviation)
{
	return names[deviation];
}

IOSIM_COLD bool smmu_qemu_ste_is_bad(const struct smmu_rules *rules, uint64_t ste0, uint64_t ste2)
{
	unsigned config = (unsigned)SMMU_STE_CONFIG(&ste0);
	unsigned region = (unsigned)(ste2 >> SMMU_STE_S2T0SZ_LSB & 63),
		 code = (unsigned)(ste2 >> SMMU_STE_S2PS_LSB & 7);

	if (!(config & 2) || !smmu_deviates(rules, SMMU_DEVIATION_S2T0SZ_PS))
		return false;
	/* The region is no larger than the output, which is what `beyond` leaves over. */
	return 64 - region > (unsigned)__builtin_ctzll(rules->beyond[code]);
}

IOSIM_COLD unsigned smmu_qemu_table_bases(struct smmu_walk *walk)
{
	const uint64_t bases[2] = {walk->cd[1] & SMMU_CD_TTB0_MASK, walk->cd[2] & SMMU_CD_TTB1_MASK};
	const bool disabled[2] = {SMMU_CD_EPD0(walk->cd), SMMU_CD_EPD1(walk->cd)};

	for (unsigned i = 0; i < 2; i++) {
		struct smmu_walk base = *walk;
		if (disabled[i] || !smmu_deviates(walk->rules, SMMU_DEVIATION_TTB_EAGER))
			continue;
		base.config_known = true;
		base.config_alone = false;
		base.stages = 2;
		base.op = REQUEST_READ;
		base.input = bases[i];
		base.trace = NULL;
		unsigned end = smmu_walk_traced(&base);
		if (end && !(end == SMMU_F_PERMISSION && base.rights & SMMU_RIGHTS_STAGE2_READ)) {
			walk->ipa = bases[i];
			walk->lost = base.lost;
			walk->lost_pa = base.lost_pa;
			return end;
		}
	}
	return SMMU_EVENT_NONE;
}

IOSIM_COLD void smmu_qemu_blocked(const struct smmu_walk *walk, struct smmu_blocked *blocked)
{
	bool table = walk->serves >= SMMU_SERVES_TABLE, first = walk->level1 == walk->first.start;

	if (!walk->second || walk->serves == SMMU_SERVES_INPUT)
		return;
	if (smmu_deviates(walk->rules, SMMU_DEVIATION_RNW_CONFIG_FETCH) && (!table || first))
		blocked->write = false;
	if (!table && walk->ipa & walk->rules->oas_beyond && smmu_deviates(walk->rules, SMMU_DEVIATION_S1CTXPTR_OAS))
		blocked->silent = true;
	if (table && smmu_deviates(walk->rules, SMMU_DEVIATION_TT_IPA))
		blocked->ipa = walk->table1 ? walk->table1 : walk->ipa;
	if (table && !first && smmu_deviates(walk->rules, SMMU_DEVIATION_TT_S2_BIT)) {
		blocked->second = false;
		blocked->fetch_pa = walk->table1;
		blocked->silent = blocked->event != SMMU_F_WALK_EABT && !SMMU_CD_R(walk->cd);
	}
}
