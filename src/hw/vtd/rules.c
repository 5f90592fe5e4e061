/* SPDX-License-Identifier: MIT */
#include "hw/vtd/rules.h"

#define ALL_ONES UINT64_MAX

static const struct field_row root_rows[] = FIELD_ROWS(VTD_ROOT_FIELDS);
static const struct field_row context_rows[] = FIELD_ROWS(VTD_CONTEXT_FIELDS);
static const struct field_row table_rows[] = FIELD_ROWS(VTD_SSTABLE_FIELDS);
static const struct field_row page4k_rows[] = FIELD_ROWS(VTD_SSPAGE4K_FIELDS);
static const struct field_row page2m_rows[] = FIELD_ROWS(VTD_SSPAGE2M_FIELDS);
static const struct field_row page1g_rows[] = FIELD_ROWS(VTD_SSPAGE1G_FIELDS);

#define RESERVED(rows, word) field_reserved(rows, sizeof(rows) / sizeof((rows)[0]), word)

uint64_t vtd_cap_supported(uint64_t cap)
{
	static const struct field_row rows[] = FIELD_ROWS(VTD_CAP_FIELDS);
	/* Enhanced commands and protected regions are not implemented. */
	cap &= ~(RESERVED(rows, 0) | VTD_CAP_ECMDS_MASK | VTD_CAP_PHMR_MASK | VTD_CAP_PLMR_MASK);
	/* 11.4.2: other values of these fields are reserved. */
	VTD_CAP_set_SAGAW(&cap, VTD_CAP_SAGAW(&cap) & (1 << VTD_AW_39 | 1 << VTD_AW_48 | 1 << VTD_AW_57));
	VTD_CAP_set_SSLPS(&cap, (VTD_CAP_SSLPS(&cap) & 3) == 2 ? 0 : VTD_CAP_SSLPS(&cap) & 3);
	if (VTD_CAP_ND(&cap) == 7)
		VTD_CAP_set_ND(&cap, 6);
	return cap;
}

/* 11.4.3: what may not be reported without something else. */
static uint64_t with_foundations(uint64_t ecap)
{
	if (!VTD_ECAP_QI(&ecap))
		ecap &= ~(VTD_ECAP_DT_MASK | VTD_ECAP_IR_MASK | VTD_ECAP_SMTS_MASK);
	if (!VTD_ECAP_DT(&ecap))
		ecap &= ~(VTD_ECAP_DIT_MASK | VTD_ECAP_NWFS_MASK | VTD_ECAP_PRS_MASK | VTD_ECAP_PDS_MASK);
	if (!VTD_ECAP_IR(&ecap))
		ecap &= ~(VTD_ECAP_EIM_MASK | VTD_ECAP_MHMV_MASK | VTD_ECAP_IRREQ_MASK);
	if (!VTD_ECAP_EIM(&ecap))
		ecap &= ~VTD_ECAP_EIMER_MASK;
	if (!VTD_ECAP_SMTS(&ecap))
		ecap &= ~(VTD_ECAP_RPS_MASK | VTD_ECAP_SMPWCS_MASK | VTD_ECAP_FSTS_MASK | VTD_ECAP_SSTS_MASK |
			  VTD_ECAP_PASID_MASK | VTD_ECAP_PSS_MASK | VTD_ECAP_SRS_MASK | VTD_ECAP_PRS_MASK);
	else
		ecap &= ~VTD_ECAP_SSIRWS_MASK; /* not implemented in scalable mode */
	if (!VTD_ECAP_SMPWCS(&ecap) || !VTD_ECAP_SSTS(&ecap))
		ecap &= ~VTD_ECAP_SSADS_MASK;
	if (!VTD_ECAP_FSTS(&ecap) || !VTD_ECAP_SSTS(&ecap))
		ecap &= ~VTD_ECAP_NEST_MASK;
	if (!VTD_ECAP_PRS(&ecap))
		ecap &= ~VTD_ECAP_SMS_MASK;
	if (!VTD_ECAP_SRS(&ecap))
		ecap &= ~VTD_ECAP_RPRIVS_MASK;
	return ecap;
}

uint64_t vtd_ecap_supported(uint64_t ecap)
{
	uint64_t supported = VTD_ECAP_C_MASK | VTD_ECAP_QI_MASK | VTD_ECAP_DT_MASK | VTD_ECAP_IR_MASK |
			     VTD_ECAP_EIM_MASK | VTD_ECAP_PT_MASK | VTD_ECAP_SC_MASK | VTD_ECAP_IRO_MASK |
			     VTD_ECAP_MHMV_MASK | VTD_ECAP_IRREQ_MASK | VTD_ECAP_EIMER_MASK | VTD_ECAP_DIT_MASK |
			     VTD_ECAP_ADMS_MASK | VTD_ECAP_SSIRWS_MASK;

	supported |= VTD_ECAP_SMTS_MASK | VTD_ECAP_RPS_MASK | VTD_ECAP_SMPWCS_MASK | VTD_ECAP_FSTS_MASK |
		     VTD_ECAP_SSTS_MASK | VTD_ECAP_SSADS_MASK | VTD_ECAP_PASID_MASK | VTD_ECAP_PSS_MASK |
		     VTD_ECAP_SRS_MASK | VTD_ECAP_NEST_MASK | VTD_ECAP_RPRIVS_MASK | VTD_ECAP_NWFS_MASK |
		     VTD_ECAP_PRS_MASK | VTD_ECAP_PDS_MASK | VTD_ECAP_SMS_MASK;
	return with_foundations(ecap & supported);
}

uint64_t vtd_cap_default(unsigned address_width, unsigned page_lg2_mask)
{
	uint64_t cap = 0;
	unsigned widths = 1 << VTD_AW_39 | 1 << VTD_AW_48;
	unsigned pages = page_lg2_mask ? page_lg2_mask >> 1 & 3 : 3;

	VTD_CAP_set_ND(&cap, 6);
	VTD_CAP_set_SAGAW(&cap, address_width > 48 ? widths | 1 << VTD_AW_57 : widths);
	/* 11.4.2: MGAW is at least the host address width. */
	VTD_CAP_set_MGAW(&cap, (address_width > 48 ? address_width : 48) - 1);
	VTD_CAP_set_ZLR(&cap, 1);
	VTD_CAP_set_FRO(&cap, 0x22);
	VTD_CAP_set_SSLPS(&cap, pages == 2 ? 0 : pages);
	VTD_CAP_set_PSI(&cap, 1);
	VTD_CAP_set_NFR(&cap, 7);
	VTD_CAP_set_MAMV(&cap, 18);
	VTD_CAP_set_DWD(&cap, 1);
	VTD_CAP_set_DRD(&cap, 1);
	VTD_CAP_set_ESRTPS(&cap, 1);
	return cap;
}

uint64_t vtd_ecap_default(const struct vtd_wishes *wishes)
{
	uint64_t ecap = 0;
	bool pri = wishes->ats && wishes->pri && wishes->scalable;

	VTD_ECAP_set_C(&ecap, 1);
	VTD_ECAP_set_QI(&ecap, 1);
	VTD_ECAP_set_PT(&ecap, 1);
	VTD_ECAP_set_SC(&ecap, wishes->snoop_control);
	VTD_ECAP_set_IRO(&ecap, 0x0f);
	VTD_ECAP_set_DT(&ecap, wishes->ats);
	VTD_ECAP_set_NWFS(&ecap, wishes->ats);
	VTD_ECAP_set_PRS(&ecap, pri);
	VTD_ECAP_set_PDS(&ecap, pri);
	VTD_ECAP_set_SMS(&ecap, pri);
	if (!wishes->scalable)
		return ecap;
	VTD_ECAP_set_SMTS(&ecap, 1);
	VTD_ECAP_set_FSTS(&ecap, 1);
	VTD_ECAP_set_SSTS(&ecap, 1);
	VTD_ECAP_set_NEST(&ecap, 1);
	VTD_ECAP_set_SMPWCS(&ecap, 1);
	VTD_ECAP_set_SSADS(&ecap, 1);
	VTD_ECAP_set_RPS(&ecap, 1);
	if (wishes->no_pasids)
		return ecap;
	VTD_ECAP_set_PASID(&ecap, 1);
	VTD_ECAP_set_PSS(&ecap, (wishes->pasid_bits && wishes->pasid_bits < 20 ? wishes->pasid_bits : 20u) - 1);
	return ecap;
}

static uint64_t mask_below(unsigned bit)
{
	return bit >= 64 ? ALL_ONES : (UINT64_C(1) << bit) - 1;
}

/* Bits 51:HAW of second-stage entries (9.8). */
static uint64_t address_bits_beyond(const struct vtd_rules *rules)
{
	return mask_below(52) & ~rules->haw_mask;
}

static void derive_widths(struct vtd_rules *rules, uint64_t cap)
{
	unsigned mgaw = (unsigned)VTD_CAP_MGAW(&cap) + 1, largest = 0;
	rules->mgaw_mask = mask_below(mgaw);
	for (unsigned aw = 0; aw < 8; aw++) {
		unsigned agaw = 30 + VTD_TABLE_INDEX_BITS * aw;
		rules->iova_last[aw] = mask_below(agaw < mgaw ? agaw : mgaw);
		if (aw < 5 && VTD_CAP_SAGAW(&cap) >> aw & 1)
			largest = aw;
	}
	rules->fault_info_mask = mask_below(30 + VTD_TABLE_INDEX_BITS * largest) & VTD_FRCD_FI_MASK;
	rules->context_widths[VTD_TT_SECOND_STAGE] = (uint8_t)VTD_CAP_SAGAW(&cap);
	rules->context_widths[VTD_TT_SECOND_STAGE_ATS] = (uint8_t)VTD_CAP_SAGAW(&cap);
	/* 9.3: pass-through wants the largest. */
	rules->context_widths[VTD_TT_PASS_THROUGH] = (uint8_t)(1u << largest);
}

static void derive_context(struct vtd_rules *rules, uint64_t ecap)
{
	uint64_t reserved = RESERVED(context_rows, 0), beyond = VTD_CONTEXT_SSPTPTR_MASK & ~rules->haw_mask;

	rules->context_types = 1 << VTD_TT_SECOND_STAGE;
	if (VTD_ECAP_DT(&ecap))
		rules->context_types |= 1 << VTD_TT_SECOND_STAGE_ATS;
	if (VTD_ECAP_PT(&ecap))
		rules->context_types |= 1 << VTD_TT_PASS_THROUGH;
	for (unsigned tt = 0; tt < 4; tt++) {
		/* 9.3: SSPTPTR is ignored for pass-through. */
		rules->context_reserved0[tt] = tt == VTD_TT_PASS_THROUGH ? reserved : reserved | beyond;
		rules->context_bad0[tt] =
			rules->context_types >> tt & 1 ? rules->context_reserved0[tt] | VTD_CONTEXT_P_MASK : ALL_ONES;
	}
	rules->context_bad1 = RESERVED(context_rows, 1) |
			      (VTD_CONTEXT_DID_MASK & ~((uint64_t)rules->domain_mask << VTD_CONTEXT_DID_LSB));
}

static void derive_second_stage(struct vtd_rules *rules, uint64_t cap, uint64_t ecap)
{
	uint64_t beyond = address_bits_beyond(rules);
	/* Tables 41 to 47: IW is reserved while RTADDR.SSIRWE is off, as it has to be in legacy mode. */
	uint64_t page = beyond | VTD_SSTABLE_IW_MASK;
	uint64_t sslps = VTD_CAP_SSLPS(&cap);

	if (!VTD_ECAP_SC(&ecap))
		page |= VTD_SSPAGE4K_SNP_MASK;
	rules->table_bad = RESERVED(table_rows, 0) | beyond | VTD_SSTABLE_IW_MASK | VTD_SSTABLE_PS_MASK;
	for (unsigned wants = 0; wants < 4; wants++)
		rules->present_bits[wants] = VTD_SSTABLE_R_MASK | VTD_SSTABLE_W_MASK;
	for (unsigned level = 1; level <= VTD_LEVELS; level++) {
		rules->page_lg2[level] = (uint8_t)vtd_level_lg2(level);
		rules->page_offset[level] = mask_below(vtd_level_lg2(level));
	}
	rules->page_bit[1] = ALL_ONES;
	rules->page_bit[2] = sslps & 1 ? VTD_SSPAGE2M_PS_MASK : 0;
	rules->page_bit[3] = sslps & 2 ? VTD_SSPAGE1G_PS_MASK : 0;
	rules->page_bad[1] = RESERVED(page4k_rows, 0) | page;
	rules->page_bad[2] = RESERVED(page2m_rows, 0) | page;
	rules->page_bad[3] = RESERVED(page1g_rows, 0) | page;
}

static uint8_t largest_page_lg2(uint64_t cap, uint64_t ecap)
{
	uint64_t first = VTD_ECAP_FSTS(&ecap);

	if (VTD_CAP_SSLPS(&cap) & 2 || (first && VTD_CAP_FS1GP(&cap)))
		return (uint8_t)vtd_level_lg2(3);
	return (uint8_t)vtd_level_lg2(VTD_CAP_SSLPS(&cap) & 1 || first ? 2 : 1);
}

void vtd_rules_derive(struct vtd_rules *rules, uint64_t cap, uint64_t ecap, unsigned address_width)
{
	*rules = (struct vtd_rules){0};
	rules->haw_mask = mask_below(address_width);
	rules->host_last = rules->pass_last = rules->haw_mask;
	rules->domain_mask = (uint32_t)mask_below(4 + 2 * (unsigned)VTD_CAP_ND(&cap));
	rules->range_first = VTD_INTERRUPT_FIRST;
	rules->range_bytes_less_1 = VTD_INTERRUPT_LAST - VTD_INTERRUPT_FIRST;
	rules->zero_length_reads = VTD_CAP_ZLR(&cap);
	rules->device_tlbs = VTD_ECAP_DT(&ecap);
	rules->no_write_flag = VTD_ECAP_NWFS(&ecap);
	rules->largest_page_lg2 = largest_page_lg2(cap, ecap);
	rules->root_bad[0] = RESERVED(root_rows, 0) | VTD_ROOT_P_MASK | (VTD_ROOT_CTP_MASK & ~rules->haw_mask);
	rules->root_bad[1] = RESERVED(root_rows, 1);
	derive_widths(rules, cap);
	derive_context(rules, ecap);
	derive_second_stage(rules, cap, ecap);
	vtd_rules_derive_scalable(rules, cap, ecap);
}
