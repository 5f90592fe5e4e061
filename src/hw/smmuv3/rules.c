/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/rules.h"

#define ALL_ONES UINT64_MAX

#define SSID_BITS_MAX      20
#define SID_BITS_MAX       32
#define QUEUE_LG2_MAX      19
#define BBML_LEVEL_2       2
#define STALLS_MAX         32
#define LITTLE_ENDIAN_ONLY 2 /* IDR0.TTENDIAN */

static const uint8_t address_sizes[8] = {32, 36, 40, 42, 44, 48, 52, 52}; /* 6.3.6 OAS; 5.4 IPS; 5.2 S2PS */

static uint64_t mask_below(unsigned bit)
{
	return bit >= 64 ? ALL_ONES : (UINT64_C(1) << bit) - 1;
}

static uint64_t capped(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

static void default_ids(struct smmu_ids *ids, unsigned address_width, const struct smmu_wishes *wishes)
{
	unsigned oas = 0;

	while (oas < 6 && address_sizes[oas + 1] <= address_width)
		oas++;
	SMMU_IDR0_set_ST_LEVEL(&ids->idr0, 1);
	SMMU_IDR0_set_TERM_MODEL(&ids->idr0, 1);
	SMMU_IDR0_set_CD2L(&ids->idr0, 1);
	SMMU_IDR0_set_VMID16(&ids->idr0, 1);
	SMMU_IDR0_set_ASID16(&ids->idr0, 1);
	SMMU_IDR0_set_SEV(&ids->idr0, 1);
	SMMU_IDR0_set_COHACC(&ids->idr0, 1);
	SMMU_IDR0_set_HTTU(&ids->idr0, wishes->httu);
	SMMU_IDR0_set_STALL_MODEL(&ids->idr0, wishes->stall ? SMMU_STALL_CHOICE : SMMU_STALL_NEVER);
	SMMU_IDR0_set_MSI(&ids->idr0, wishes->msi);
	SMMU_IDR0_set_ATS(&ids->idr0, wishes->ats || wishes->pri);
	SMMU_IDR0_set_ATSRECERR(&ids->idr0, wishes->ats || wishes->pri);
	SMMU_IDR0_set_PRI(&ids->idr0, wishes->pri);
	SMMU_IDR0_set_S1P(&ids->idr0, 1);
	SMMU_IDR0_set_S2P(&ids->idr0, 1);
	SMMU_IDR1_set_ATTR_PERMS_OVR(&ids->idr1, 1);
	SMMU_IDR1_set_CMDQS(&ids->idr1, QUEUE_LG2_MAX);
	SMMU_IDR1_set_EVENTQS(&ids->idr1, QUEUE_LG2_MAX);
	SMMU_IDR1_set_PRIQS(&ids->idr1, wishes->pri ? QUEUE_LG2_MAX : 0);
	if (!wishes->no_pasids)
		SMMU_IDR1_set_SSIDSIZE(&ids->idr1, wishes->pasid_bits ? wishes->pasid_bits : SSID_BITS_MAX);
	SMMU_IDR1_set_SIDSIZE(&ids->idr1, 16);
	SMMU_IDR3_set_BBML(&ids->idr3, BBML_LEVEL_2);
	SMMU_IDR3_set_RIL(&ids->idr3, 1);
	SMMU_IDR3_set_PPS(&ids->idr3, wishes->pri);
	SMMU_IDR3_set_XNX(&ids->idr3, 1);
	SMMU_IDR3_set_HAD(&ids->idr3, 1);
	SMMU_IDR5_set_GRAN64K(&ids->idr5, 1);
	SMMU_IDR5_set_GRAN16K(&ids->idr5, 1);
	SMMU_IDR5_set_GRAN4K(&ids->idr5, 1);
	SMMU_IDR5_set_OAS(&ids->idr5, oas);
	SMMU_IDR5_set_STALL_MAX(&ids->idr5, wishes->stall ? STALLS_MAX : 0);
	SMMU_AIDR_set_MINOR(&ids->aidr, 1);
}

/* ATS, PRI and stalls: what depends on each other, and what is reserved where one is absent (6.3.1 to 6.3.6). */
static void keep_interface(struct smmu_ids *ids, const struct smmu_ids *given)
{
	bool ats = SMMU_IDR0_ATS(&given->idr0), pri = ats && SMMU_IDR0_PRI(&given->idr0);
	uint64_t model = SMMU_IDR0_STALL_MODEL(&given->idr0), stalls = SMMU_IDR5_STALL_MAX(&given->idr5);

	if (model > SMMU_STALL_ALWAYS)
		model = SMMU_STALL_NEVER;
	SMMU_IDR0_set_ATS(&ids->idr0, ats);
	SMMU_IDR0_set_ATSRECERR(&ids->idr0, ats && SMMU_IDR0_ATSRECERR(&given->idr0));
	SMMU_IDR0_set_NS1ATS(&ids->idr0, ats && SMMU_IDR0_S1P(&given->idr0) && SMMU_IDR0_S2P(&given->idr0) &&
						 SMMU_IDR0_NS1ATS(&given->idr0));
	SMMU_IDR0_set_PRI(&ids->idr0, pri);
	SMMU_IDR1_set_PRIQS(&ids->idr1, pri ? capped(SMMU_IDR1_PRIQS(&given->idr1), QUEUE_LG2_MAX) : 0);
	SMMU_IDR3_set_PPS(&ids->idr3, pri && SMMU_IDR3_PPS(&given->idr3));
	SMMU_IDR0_set_STALL_MODEL(&ids->idr0, model);
	if (model != SMMU_STALL_NEVER)
		SMMU_IDR5_set_STALL_MAX(&ids->idr5, stalls ? capped(stalls, STALLS_MAX) : 1);
}

/* What the engine does not do reads as absent: flags of table descriptors (HTTU 3), DPT, ATOS, broadcast TLB
 * maintenance, big endian. */
static void keep_supported(struct smmu_ids *ids)
{
	const struct smmu_ids given = *ids;

	ids->idr0 &= SMMU_IDR0_ST_LEVEL_MASK | SMMU_IDR0_TERM_MODEL_MASK | SMMU_IDR0_CD2L_MASK | SMMU_IDR0_VMID16_MASK |
		     SMMU_IDR0_VMW_MASK | SMMU_IDR0_SEV_MASK | SMMU_IDR0_MSI_MASK | SMMU_IDR0_ASID16_MASK |
		     SMMU_IDR0_HYP_MASK | SMMU_IDR0_HTTU_MASK | SMMU_IDR0_COHACC_MASK | SMMU_IDR0_S1P_MASK |
		     SMMU_IDR0_S2P_MASK;
	SMMU_IDR0_set_ST_LEVEL(&ids->idr0, SMMU_IDR0_ST_LEVEL(&ids->idr0) == 1);
	SMMU_IDR0_set_HTTU(&ids->idr0, capped(SMMU_IDR0_HTTU(&ids->idr0), SMMU_HTTU_DIRTY));
	SMMU_IDR0_set_TTENDIAN(&ids->idr0, LITTLE_ENDIAN_ONLY);
	SMMU_IDR0_set_TTF(&ids->idr0, SMMU_TTF_AARCH64);
	ids->idr1 &= SMMU_IDR1_ATTR_TYPES_OVR_MASK | SMMU_IDR1_ATTR_PERMS_OVR_MASK | SMMU_IDR1_CMDQS_MASK |
		     SMMU_IDR1_EVENTQS_MASK | SMMU_IDR1_SSIDSIZE_MASK | SMMU_IDR1_SIDSIZE_MASK;
	SMMU_IDR1_set_CMDQS(&ids->idr1, capped(SMMU_IDR1_CMDQS(&ids->idr1), QUEUE_LG2_MAX));
	SMMU_IDR1_set_EVENTQS(&ids->idr1, capped(SMMU_IDR1_EVENTQS(&ids->idr1), QUEUE_LG2_MAX));
	SMMU_IDR1_set_SSIDSIZE(&ids->idr1, capped(SMMU_IDR1_SSIDSIZE(&ids->idr1), SSID_BITS_MAX));
	SMMU_IDR1_set_SIDSIZE(&ids->idr1, capped(SMMU_IDR1_SIDSIZE(&ids->idr1), SID_BITS_MAX));
	ids->idr2 = 0;
	ids->idr3 &= SMMU_IDR3_BBML_MASK | SMMU_IDR3_RIL_MASK | SMMU_IDR3_STT_MASK | SMMU_IDR3_FWB_MASK |
		     SMMU_IDR3_XNX_MASK | SMMU_IDR3_HAD_MASK;
	ids->idr5 &= SMMU_IDR5_VAX_MASK | SMMU_IDR5_GRAN64K_MASK | SMMU_IDR5_GRAN16K_MASK | SMMU_IDR5_GRAN4K_MASK |
		     SMMU_IDR5_OAS_MASK;
	SMMU_IDR5_set_VAX(&ids->idr5, capped(SMMU_IDR5_VAX(&ids->idr5), 1));
	SMMU_IDR5_set_OAS(&ids->idr5, capped(SMMU_IDR5_OAS(&ids->idr5), 6));
	keep_interface(ids, &given);
}

void smmu_ids_of(struct smmu_ids *ids, const uint64_t id[SMMU_ID_WORDS], unsigned address_width,
		 const struct smmu_wishes *wishes)
{
	*ids = (struct smmu_ids){
		.idr0 = (uint32_t)id[SMMU_ID_0_1],
		.idr1 = id[SMMU_ID_0_1] >> 32,
		.idr2 = (uint32_t)id[SMMU_ID_2_3],
		.idr3 = id[SMMU_ID_2_3] >> 32,
		.idr4 = (uint32_t)id[SMMU_ID_4_5],
		.idr5 = id[SMMU_ID_4_5] >> 32,
		.iidr = (uint32_t)id[SMMU_ID_IIDR_AIDR],
		.aidr = id[SMMU_ID_IIDR_AIDR] >> 32,
	};
	if (!(id[SMMU_ID_0_1] | id[SMMU_ID_2_3] | id[SMMU_ID_4_5]))
		default_ids(ids, address_width, wishes);
	keep_supported(ids);
}

void smmu_ids_to_realm(struct smmu_ids *ids)
{
	SMMU_IDR0_set_STALL_MODEL(&ids->idr0, SMMU_STALL_NEVER);
	SMMU_IDR5_set_STALL_MAX(&ids->idr5, 0);
}

static void derive_geometry(struct smmu_rules *rules)
{
	rules->geometry[SMMU_GRANULE_4K] = (struct smmu_geometry){.lg2 = 12, .stride = 9, .blocks = 1 << 1 | 1 << 2};
	rules->geometry[SMMU_GRANULE_16K] = (struct smmu_geometry){.lg2 = 14, .stride = 11, .blocks = 1 << 2};
	rules->geometry[SMMU_GRANULE_64K] = (struct smmu_geometry){.lg2 = 16, .stride = 13, .blocks = 1 << 2};
	if (rules->wide)
		rules->geometry[SMMU_GRANULE_64K].blocks |= 1 << 1;
	for (unsigned granule = 0; granule < SMMU_GRANULE_NONE; granule++) {
		rules->geometry[granule].address_mask = mask_below(48) & ~mask_below(rules->geometry[granule].lg2);
		rules->geometry[granule].beyond = granule == SMMU_GRANULE_64K ? 0 : ~mask_below(48);
		if (smmu_deviates(rules, SMMU_DEVIATION_BLOCK_LEVEL))
			rules->geometry[granule].blocks = 1 << 0 | 1 << 1 | 1 << 2;
	}
}

static bool has_granule(const struct smmu_ids *ids, unsigned granule)
{
	return granule == SMMU_GRANULE_4K    ? SMMU_IDR5_GRAN4K(&ids->idr5)
	       : granule == SMMU_GRANULE_64K ? SMMU_IDR5_GRAN64K(&ids->idr5)
	       : granule == SMMU_GRANULE_16K ? SMMU_IDR5_GRAN16K(&ids->idr5)
					     : false;
}

/* CDTxSZInvalid, STES2T0SZInvalid: the largest value of TxSZ. */
static unsigned region_field_max(const struct smmu_ids *ids, unsigned granule)
{
	if (!SMMU_IDR3_STT(&ids->idr3))
		return 39;
	return granule == SMMU_GRANULE_64K ? 47 : 48;
}

static void derive_stage1_start(struct smmu_rules *rules, const struct smmu_ids *ids)
{
	for (unsigned granule = 0; granule < SMMU_GRANULE_NONE; granule++) {
		const struct smmu_geometry *geometry = &rules->geometry[granule];
		unsigned least = granule == SMMU_GRANULE_64K && SMMU_IDR5_VAX(&ids->idr5) ? 12 : 16;

		if (!has_granule(ids, granule))
			continue;
		for (unsigned field = least; field <= region_field_max(ids, granule); field++) {
			unsigned levels = (63 - field - geometry->lg2) / geometry->stride;
			rules->stage1_start[granule][field] = (uint8_t)(4 - levels);
		}
	}
}

/* DDI 0487 D8.2 (AArch64.S2InvalidSL): the level that SL0 stands for, -1: none. */
static int stage2_level(const struct smmu_rules *rules, const struct smmu_ids *ids, unsigned granule, unsigned sl0)
{
	static const int8_t levels[SMMU_GRANULE_NONE][4] = {
		[SMMU_GRANULE_4K] = {2, 1, 0, 3},
		[SMMU_GRANULE_64K] = {3, 2, 1, -1},
		[SMMU_GRANULE_16K] = {3, 2, 1, -1},
	};
	if (sl0 == 2 && rules->oas_lg2 < (granule == SMMU_GRANULE_16K ? 42 : 44))
		return -1;
	if (granule == SMMU_GRANULE_4K && sl0 == 3 && !SMMU_IDR3_STT(&ids->idr3))
		return -1;
	return levels[granule][sl0];
}

static bool stage2_region_fits(const struct smmu_rules *rules, const struct smmu_ids *ids, unsigned granule,
			       unsigned level, unsigned field)
{
	const struct smmu_geometry *geometry = &rules->geometry[granule];
	unsigned width = 64 - field, floor = granule == SMMU_GRANULE_64K ? 12 : 16;
	unsigned resolved = (3 - level) * geometry->stride + geometry->lg2; /* below the start level */

	if (64u - rules->oas_lg2 > floor)
		floor = 64u - rules->oas_lg2;
	if (smmu_deviates(rules, SMMU_DEVIATION_S2T0SZ_PS))
		floor = 16; /* against S2PS: smmu_qemu_ste_is_bad() */
	if (field < floor || field > region_field_max(ids, granule))
		return false;
	if (width <= resolved && !smmu_deviates(rules, SMMU_DEVIATION_S2SL0_HIGH))
		return false;
	/* Up to 16 concatenated tables. */
	return width <= resolved + geometry->stride + 4;
}

static void derive_stage2_start(struct smmu_rules *rules, const struct smmu_ids *ids)
{
	for (unsigned index = 0; index < sizeof(rules->stage2_start); index++) {
		unsigned granule = index >> 8, sl0 = index >> 6 & 3, field = index & 63;
		if (!has_granule(ids, granule))
			continue;
		int level = stage2_level(rules, ids, granule, sl0);
		if (level >= 0 && stage2_region_fits(rules, ids, granule, (unsigned)level, field))
			rules->stage2_start[index] = (uint8_t)(level + 1);
	}
}

static void derive_stream(struct smmu_rules *rules, const struct smmu_ids *ids)
{
	uint64_t stall = rules->stall_model == SMMU_STALL_CHOICE ? 0 : SMMU_STE_S1STALLD_MASK; /* 5.5 */

	for (unsigned config = SMMU_CONFIG_BYPASS; config < 8; config++) {
		bool unsupported = (config & 1 && !rules->stage1) || (config & 2 && !rules->stage2);

		if (unsupported)
			rules->ste_bad0[config] = ALL_ONES; /* V is set */
		if (config & 1) {
			rules->ste_bad0[config] |= SMMU_STE_S1CONTEXTPTR_MASK & rules->oas_beyond;
			rules->ste_bad1[config] |= stall;
			if (smmu_deviates(rules, SMMU_DEVIATION_S1CTXPTR_OAS))
				rules->ste_bad0[config] &= ~SMMU_STE_S1CONTEXTPTR_MASK;
		}
		if (config & 2)
			rules->ste_bad2[config] = SMMU_STE_S2AA64_MASK | SMMU_STE_S2ENDI_MASK |
						  (rules->httu < SMMU_HTTU_ACCESS ? SMMU_STE_S2HA_MASK : 0) |
						  (rules->httu < SMMU_HTTU_DIRTY ? SMMU_STE_S2HD_MASK : 0) |
						  (rules->stall_model == SMMU_STALL_CHOICE ? 0 : SMMU_STE_S2S_MASK);
		if (config & 2 && smmu_deviates(rules, SMMU_DEVIATION_S2HAHD))
			rules->ste_bad2[config] &= ~(SMMU_STE_S2HA_MASK | SMMU_STE_S2HD_MASK);
		if (config & 2 && smmu_deviates(rules, SMMU_DEVIATION_S1STALLD_S2))
			rules->ste_bad1[config] |= stall;
		if (config & 3 && smmu_deviates(rules, SMMU_DEVIATION_S1CDMAX))
			rules->ste_bad0[config] |= SMMU_STE_S1CDMAX_MASK;
		/* The VMID also tags what stage 1 alone translates. */
		if (config & 3 && rules->stage2 && !SMMU_IDR0_VMID16(&ids->idr0))
			rules->ste_bad2[config] |= UINT64_C(0xff00) << SMMU_STE_S2VMID_LSB;
	}
	if (rules->hyp)
		rules->ste_bad1[SMMU_CONFIG_S1] |= UINT64_C(1) << SMMU_STE_STRW_LSB;
	rules->ste_flip2 = SMMU_STE_S2AA64_MASK | (rules->stall_model == SMMU_STALL_ALWAYS ? SMMU_STE_S2S_MASK : 0);
}

static void derive_context(struct smmu_rules *rules, const struct smmu_ids *ids)
{
	rules->cd_flip0 = SMMU_CD_V_MASK | SMMU_CD_AA64_MASK;
	rules->cd_bad0 = rules->cd_flip0;
	if (rules->httu < SMMU_HTTU_ACCESS)
		rules->cd_bad0 |= SMMU_CD_HA_MASK;
	if (rules->httu < SMMU_HTTU_DIRTY)
		rules->cd_bad0 |= SMMU_CD_HD_MASK;
	if (rules->stall_model != SMMU_STALL_CHOICE)
		rules->cd_bad0 |= SMMU_CD_S_MASK;
	if (rules->stall_model == SMMU_STALL_ALWAYS)
		rules->cd_flip0 |= SMMU_CD_S_MASK;
	if (SMMU_IDR0_TERM_MODEL(&ids->idr0)) {
		rules->cd_flip0 |= SMMU_CD_A_MASK;
		rules->cd_bad0 |= SMMU_CD_A_MASK;
	}
	if (!SMMU_IDR0_ASID16(&ids->idr0))
		rules->cd_bad0 |= UINT64_C(0xff00) << SMMU_CD_ASID_LSB;
}

IOSIM_COLD bool smmu_eats_is_bad(const struct smmu_rules *rules, const uint64_t *ste)
{
	unsigned config = (unsigned)SMMU_STE_CONFIG(ste);

	if (SMMU_STE_EATS(ste) == SMMU_EATS_SPLIT)
		return config != SMMU_CONFIG_NESTED || SMMU_STE_S2S(ste) || !rules->split_ats;
	return SMMU_STE_EATS(ste) == SMMU_EATS_FULL && config & 2 && SMMU_STE_S2S(ste);
}

void smmu_rules_derive(struct smmu_rules *rules, const struct smmu_ids *ids, uint64_t deviations)
{
	unsigned oas = (unsigned)SMMU_IDR5_OAS(&ids->idr5);

	*rules = (struct smmu_rules){
		.deviations = deviations,
		.oas_lg2 = address_sizes[oas],
		.ssid_bits = (uint8_t)SMMU_IDR1_SSIDSIZE(&ids->idr1),
		.sid_bits = (uint8_t)SMMU_IDR1_SIDSIZE(&ids->idr1),
		.command_lg2_max = (uint8_t)SMMU_IDR1_CMDQS(&ids->idr1),
		.event_lg2_max = (uint8_t)SMMU_IDR1_EVENTQS(&ids->idr1),
		.stage1 = SMMU_IDR0_S1P(&ids->idr0),
		.stage2 = SMMU_IDR0_S2P(&ids->idr0),
		.hyp = SMMU_IDR0_HYP(&ids->idr0),
		.cd_2level = SMMU_IDR0_CD2L(&ids->idr0),
		.stream_2level = SMMU_IDR0_ST_LEVEL(&ids->idr0),
		.had = SMMU_IDR3_HAD(&ids->idr3),
		.xnx = SMMU_IDR3_XNX(&ids->idr3),
		.fwb = SMMU_IDR3_FWB(&ids->idr3),
		.range_invalidation = SMMU_IDR3_RIL(&ids->idr3),
		.overrides = SMMU_IDR1_ATTR_PERMS_OVR(&ids->idr1),
		.ats = SMMU_IDR0_ATS(&ids->idr0),
		.split_ats = SMMU_IDR0_ATS(&ids->idr0) && !SMMU_IDR0_NS1ATS(&ids->idr0),
		.records_ats = SMMU_IDR0_ATSRECERR(&ids->idr0),
		.pri = SMMU_IDR0_PRI(&ids->idr0),
		.pri_pasid = SMMU_IDR3_PPS(&ids->idr3),
		.pri_lg2_max = (uint8_t)SMMU_IDR1_PRIQS(&ids->idr1),
		.stall_model = (uint8_t)SMMU_IDR0_STALL_MODEL(&ids->idr0),
		.stalls = (uint16_t)SMMU_IDR5_STALL_MAX(&ids->idr5),
		.httu = (uint8_t)SMMU_IDR0_HTTU(&ids->idr0),
		.raz_wi = !SMMU_IDR0_TERM_MODEL(&ids->idr0),
		.granule_lg2 = has_granule(ids, SMMU_GRANULE_4K)    ? 12
			       : has_granule(ids, SMMU_GRANULE_16K) ? 14
								    : 16,
		.unusual = deviations || SMMU_IDR0_HYP(&ids->idr0) ||
			   SMMU_IDR0_STALL_MODEL(&ids->idr0) != SMMU_STALL_NEVER,
		.wide = address_sizes[oas] == 52,
		.oas_beyond = ~mask_below(address_sizes[oas]),
	};
	for (unsigned code = 0; code < 8; code++)
		rules->beyond[code] = ~mask_below(address_sizes[code < oas ? code : oas]);
	derive_geometry(rules);
	derive_stage1_start(rules, ids);
	derive_stage2_start(rules, ids);
	derive_stream(rules, ids);
	derive_context(rules, ids);
}
