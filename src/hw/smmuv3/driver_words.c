/* SPDX-License-Identifier: MIT */
/*
 * Stream table entries and context descriptors. A requester without a domain has an entry that is not valid, so that
 * what it does is recorded; one in a blocked domain has an entry that aborts without a word (5.2, Config). As soon as
 * it has a PASID, its entry has a first stage, and S1DSS says what becomes of requests without PASID.
 */
#include "hw/smmuv3/driver.h"

#include "pgtable/fmt/armv8s1.h"

#include <string.h>

#define WORDS SMMU_DRIVER_ENTRY_WORDS

enum { WRITE_BACK = 1, INNER_SHAREABLE = 3, SHAREABILITY_OF_REQUEST = 1 }; /* 5.2, S1CIR, S1CSH, SHCFG */
enum { NSCFG_CHECK = 1 };                                                  /* 5.2, NSCFG of a Realm stream */
enum { STALL_AND_TERMINATE = 0, STALL_ALONE = 2 };                         /* 6.3.1, STALL_MODEL */
enum { EATS_FULL = 1, EATS_SPLIT = 2 };                                    /* 5.2 */

bool smmu_driver_has_context(const struct driver_domain *domain)
{
	return domain && domain->stage == 1;
}

static uint64_t stall_model(const struct smmu_driver *driver)
{
	return SMMU_IDR0_STALL_MODEL(&driver->state->idr0);
}

static uint64_t granule_code(const struct pt *pt)
{
	return pt->granule_lg2 == 12 ? SMMU_S2TG_4K : pt->granule_lg2 == 14 ? SMMU_S2TG_16K : SMMU_S2TG_64K;
}

/* S2SL0: 0 is lookup level 2 of 4 KiB granules, and lookup level 3 of the others. */
static uint64_t start_code(const struct pt *pt)
{
	return pt->levels - (pt->granule_lg2 == 12 ? 2u : 1u);
}

/* Unless somebody answers stalls there are none (16.4). Where faults never stall, the bit is reserved. */
static bool forbids_stalls(const struct smmu_driver *driver, const struct smmu_driver_requester *requester)
{
	return stall_model(driver) == STALL_AND_TERMINATE && !(requester->features & FEATURE_STALL);
}

static void describe_stage_1(const struct smmu_driver *driver, const struct smmu_driver_requester *requester,
			     uint64_t default_substream, uint64_t *words)
{
	bool substreams = requester->features & FEATURE_PASID;
	uint64_t pa = substreams && requester->l1_pa ? requester->l1_pa : requester->cd_pa;
	SMMU_STE_set_CONFIG(words, SMMU_CONFIG_S1);
	SMMU_STE_set_S1FMT(words, substreams && requester->l1_pa ? SMMU_S1FMT_4K_L2 : SMMU_S1FMT_LINEAR);
	SMMU_STE_set_S1CONTEXTPTR(words, pa >> SMMU_STE_S1CONTEXTPTR_LSB);
	SMMU_STE_set_S1CDMAX(words, substreams ? driver->state->substream_lg2 : 0u);
	SMMU_STE_set_S1DSS(words, default_substream);
	SMMU_STE_set_S1CIR(words, WRITE_BACK);
	SMMU_STE_set_S1COR(words, WRITE_BACK);
	SMMU_STE_set_S1CSH(words, INNER_SHAREABLE);
	SMMU_STE_set_STRW(words, SMMU_STRW_NSEL1);
	SMMU_STE_set_S1STALLD(words, forbids_stalls(driver, requester));
}

static void describe_stage_2(const struct smmu_driver *driver, const struct smmu_driver_requester *requester,
			     const struct driver_domain *domain, uint64_t *words)
{
	SMMU_STE_set_S2VMID(words, domain->tag);
	SMMU_STE_set_S2T0SZ(words, 64u - domain->pt.input_lg2);
	SMMU_STE_set_S2SL0(words, start_code(&domain->pt));
	SMMU_STE_set_S2IR0(words, WRITE_BACK);
	SMMU_STE_set_S2OR0(words, WRITE_BACK);
	SMMU_STE_set_S2SH0(words, INNER_SHAREABLE);
	SMMU_STE_set_S2TG(words, granule_code(&domain->pt));
	SMMU_STE_set_S2PS(words, SMMU_IDR5_OAS(&driver->state->idr5));
	SMMU_STE_set_S2AA64(words, 1);
	SMMU_STE_set_S2PTW(words, 1);
	SMMU_STE_set_S2S(words, requester->features & FEATURE_STALL || stall_model(driver) == STALL_ALONE);
	SMMU_STE_set_S2R(words, 1);
	SMMU_STE_set_S2TTB(words, domain->pt.root >> SMMU_STE_S2TTB_LSB);
}

/* driver_nest.c has checked what the guest says. */
static void describe_nested(const struct smmu_driver *driver, const struct smmu_driver_requester *requester,
			    const struct driver_domain *domain, uint64_t *words)
{
	uint64_t config = SMMU_STE_V(domain->guest) ? SMMU_STE_CONFIG(domain->guest) : (uint64_t)SMMU_CONFIG_ABORT;
	if (config == SMMU_CONFIG_ABORT)
		return;
	if (config == SMMU_CONFIG_S1) {
		words[0] = domain->guest[0];
		words[1] |= domain->guest[1];
		if (forbids_stalls(driver, requester))
			SMMU_STE_set_S1STALLD(words, 1);
	}
	SMMU_STE_set_CONFIG(words, config == SMMU_CONFIG_S1 ? SMMU_CONFIG_NESTED : SMMU_CONFIG_S2);
	describe_stage_2(driver, requester, driver_domain_of(&driver->common, domain->parent), words);
}

static void describe_domain(const struct smmu_driver *driver, const struct smmu_driver_requester *requester,
			    const struct driver_domain *domain, uint64_t *words)
{
	if (smmu_driver_has_context(domain)) {
		describe_stage_1(driver, requester, SMMU_S1DSS_SSID0, words);
	} else if (domain && domain->type == DOMAIN_IDENTITY) {
		if (requester->pasids)
			describe_stage_1(driver, requester, SMMU_S1DSS_BYPASS, words);
		else
			SMMU_STE_set_CONFIG(words, SMMU_CONFIG_BYPASS);
	} else if (domain && domain->type == DOMAIN_NESTED) {
		describe_nested(driver, requester, domain, words);
	} else if (domain && domain->stage == 2) {
		SMMU_STE_set_CONFIG(words, SMMU_CONFIG_S2);
		describe_stage_2(driver, requester, domain, words);
	} else {
		describe_stage_1(driver, requester, SMMU_S1DSS_TERMINATE, words);
	}
}

/*
 * A Realm's device is given intermediate addresses where it can be (5.2, EATS; ATSCHK is RES1 there): what it makes up
 * ends in its own second stage. 3.24.7 prefers that to a device permission table.
 */
static bool splits_ats(const struct smmu_driver *driver, const uint64_t *words)
{
	return driver->config.realm && SMMU_STE_CONFIG(words) == SMMU_CONFIG_NESTED &&
	       !SMMU_IDR0_NS1ATS(&driver->state->idr0);
}

void smmu_driver_describe_ste(const struct smmu_driver *driver, const struct smmu_driver_requester *requester,
			      uint64_t *words)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, requester->domain);
	memset(words, 0, WORDS * sizeof(*words));
	if (!domain && requester->pasids == 0)
		return;
	SMMU_STE_set_V(words, 1);
	SMMU_STE_set_CONFIG(words, SMMU_CONFIG_ABORT);
	if (domain && domain->type == DOMAIN_BLOCKED && requester->pasids == 0)
		return;
	SMMU_STE_set_SHCFG(words, SHAREABILITY_OF_REQUEST);
	if (driver->state->checks_xt)
		SMMU_STE_set_NSCFG(words, NSCFG_CHECK);
	describe_domain(driver, requester, domain, words);
	if (SMMU_STE_CONFIG(words) <= SMMU_CONFIG_BYPASS)
		return;
	if (requester->features & FEATURE_ATS)
		SMMU_STE_set_EATS(words, splits_ats(driver, words) ? EATS_SPLIT : EATS_FULL);
	/* A response has the PASID that its request had, whoever sends it (8.1). */
	SMMU_STE_set_PPAR(words, (requester->features & FEATURE_PRI) != 0);
}

bool smmu_driver_translates(const struct smmu_driver *driver, const struct smmu_driver_requester *requester)
{
	uint64_t words[WORDS];
	smmu_driver_describe_ste(driver, requester, words);
	return SMMU_STE_V(words) && SMMU_STE_CONFIG(words) > SMMU_CONFIG_BYPASS;
}

void smmu_driver_describe_cd(const struct smmu_driver *driver, const struct driver_domain *domain, bool stall,
			     uint64_t *words)
{
	memset(words, 0, WORDS * sizeof(*words));
	if (!smmu_driver_has_context(domain))
		return;
	SMMU_CD_set_T0SZ(words, 64u - domain->pt.input_lg2);
	SMMU_CD_set_TG0(words, granule_code(&domain->pt));
	SMMU_CD_set_IR0(words, WRITE_BACK);
	SMMU_CD_set_OR0(words, WRITE_BACK);
	SMMU_CD_set_SH0(words, INNER_SHAREABLE);
	SMMU_CD_set_EPD1(words, 1); /* addresses of the upper half fault */
	SMMU_CD_set_V(words, 1);
	SMMU_CD_set_IPS(words, SMMU_IDR5_OAS(&driver->state->idr5));
	SMMU_CD_set_AA64(words, 1);
	SMMU_CD_set_HA(words, (domain->pt.features & PT_TRACKS_DIRTY) != 0);
	SMMU_CD_set_HD(words, (domain->pt.features & PT_TRACKS_DIRTY) != 0);
	SMMU_CD_set_S(words, stall || stall_model(driver) == STALL_ALONE);
	SMMU_CD_set_R(words, 1);
	SMMU_CD_set_A(words, 1);
	SMMU_CD_set_ASET(words, 1);
	SMMU_CD_set_ASID(words, domain->tag);
	SMMU_CD_set_TTB0(words, domain->pt.root >> SMMU_CD_TTB0_LSB);
	SMMU_CD_set_MAIR0(words, ARMV8S1_MAIR);
}
