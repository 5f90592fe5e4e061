/* SPDX-License-Identifier: MIT */
/*
 * What the Realm programming interface has of its own (IHI 0070 3.10.3): streams whose output is in one of two physical
 * address spaces. What the unit reads for itself is always in the Realm one.
 */
#include "hw/smmuv3/lookup.h"

enum { NSCFG_CHECK = 1, NSCFG_REALM = 2, NSCFG_NON_SECURE = 3 }; /* 5.2 NSCFG */

static unsigned without_last_stage(unsigned stages, unsigned rights, unsigned lost)
{
	return rights & ~(stages & 2 ? lost << SMMU_RIGHTS_STAGE2_LSB : lost);
}

/* 5.2 NSCFG: without R_IDR3.XT 0b01 is reserved, and as 0b00. */
static bool checks(const struct smmu_rules *rules, const uint64_t *ste)
{
	return rules->xt && SMMU_STE_NSCFG(ste) == NSCFG_CHECK;
}

/* 3.9.4.3: XT says that T names the address space, and NSCFG that it is to be the one which translation gives. */
unsigned smmu_realm_rights_of(const struct smmu_rules *rules, const uint64_t *ste, unsigned stages, bool t, bool xt,
			      unsigned rights)
{
	bool non_secure = rights & SMMU_RIGHTS_NON_SECURE;

	if (!xt || !checks(rules, ste) || non_secure == !t)
		return rights;
	return without_last_stage(stages, rights, SMMU_RIGHTS_STAGE1);
}

unsigned smmu_realm_rights(const struct smmu_walk *walk, unsigned rights, bool non_secure)
{
	/* DDI 0487 D8.4, R YMCSL, R YBDFF: nothing is executed from another space. */
	if (non_secure)
		rights = without_last_stage(walk->stages, rights, SMMU_RIGHTS_STAGE1_EXECUTE) | SMMU_RIGHTS_NON_SECURE;
	return smmu_realm_rights_of(walk->rules, walk->ste, walk->stages, walk->t, walk->xt, rights);
}

bool smmu_realm_output(const struct smmu_rules *rules, const uint64_t *ste, unsigned stages, bool t, bool xt,
		       unsigned rights)
{
	if (stages)
		return !(rights & SMMU_RIGHTS_NON_SECURE);
	switch (SMMU_STE_NSCFG(ste)) {
	case NSCFG_REALM:
		return true;
	case NSCFG_NON_SECURE:
		return false;
	default: /* 3.10.3.1: without XT the attribute is Realm */
		return t || !xt || !rules->xt;
	}
}

bool smmu_realm_forbids(const struct smmu_walk *walk)
{
	return walk->instruction && !smmu_realm_output(walk->rules, walk->ste, 0, walk->t, walk->xt, 0);
}

bool smmu_realm_needs_xt(const struct smmu *unit, const uint64_t *ste, const struct request *request)
{
	return checks(&unit->rules, ste) && !request->xt;
}

/* 6.2.8: the registers that identify this interface, and what cannot be otherwise in it. */
void smmu_realm_registers(struct smmu *unit)
{
	uint64_t *registers = unit->state->registers;

	registers[SMMU_R_IDR0] = unit->ids.idr0 & (SMMU_IDR0_STALL_MODEL_MASK | SMMU_IDR0_PRI_MASK |
						   SMMU_IDR0_MSI_MASK | SMMU_IDR0_ATS_MASK);
	registers[SMMU_R_IDR1] = SMMU_R_IDR1_RME_DA_IMPL_MASK;
	registers[SMMU_R_IDR2] = registers[SMMU_R_IDR4] = registers[SMMU_R_IDR5] = registers[SMMU_R_IIDR] = 0;
	registers[SMMU_R_IDR3] = unit->rules.xt ? SMMU_R_IDR3_XT_MASK : 0;
	registers[SMMU_R_CR0] = registers[SMMU_R_CR0ACK] = unit->rules.ats ? SMMU_CR0_ATSCHK_MASK : 0;
	registers[SMMU_R_GBPA] = unit->state->gbpa = SMMU_GBPA_ABORT_MASK;
	unit->writable[SMMU_R_CR0][0] &= (uint32_t)~SMMU_CR0_ATSCHK_MASK;
	unit->writable[SMMU_R_CR2][0] &= (uint32_t)~SMMU_CR2_PTM_MASK;
	unit->writable[SMMU_R_GBPA][0] = 0;
}
