/* SPDX-License-Identifier: MIT */
#include "hw/vtd/deviations.h"

#include "hw/vtd/rules.h"

#include <string.h>

#define ALL_ONES UINT64_MAX

uint64_t vtd_deviation_named(const char *code)
{
	static const char *const codes[] = {
#define CODE(name, code, text) code,
		VTD_DEVIATIONS(CODE)};

	for (unsigned i = 0; i < VTD_DEVIATION_COUNT; i++)
		if (strcmp(codes[i], code) == 0)
			return UINT64_C(1) << i;
	return 0;
}

static void deviate_in_tables(struct vtd_rules *rules, uint64_t deviations, bool scalable)
{
	if (deviations & VTD_DEVIATES(RIGHTS_FIRST)) {
		rules->present_bits[1] = VTD_SSTABLE_R_MASK;
		rules->present_bits[2] = VTD_SSTABLE_W_MASK;
		for (unsigned wants = 0; wants < 4; wants++)
			rules->first_needs[wants] =
				VTD_FSTABLE_P_MASK | VTD_FSTABLE_US_MASK | (wants & 2 ? VTD_FSTABLE_RW_MASK : 0);
	}
	if (scalable && deviations & VTD_DEVIATES(SNOOP))
		for (unsigned level = 1; level <= VTD_PAGE_LEVELS; level++)
			rules->page_bad[level] &= ~VTD_SSPAGE4K_SNP_MASK;
	if (deviations & VTD_DEVIATES(FIRST_1G))
		rules->first_page_bit[3] = VTD_FSPAGE1G_PS_MASK;
	if (deviations & VTD_DEVIATES(PASS_RANGE))
		rules->pass_last = ALL_ONES;
	if (deviations & VTD_DEVIATES(PASS_AW))
		rules->context_widths[VTD_TT_PASS_THROUGH] = rules->context_widths[VTD_TT_SECOND_STAGE];
	if (deviations & VTD_DEVIATES(FIRST_AW))
		for (unsigned aw = 0; aw < 8; aw++)
			rules->canonical_bits[aw][0] =
				(uint8_t)(30 + VTD_TABLE_INDEX_BITS * aw > 48 ? 48 : 30 + VTD_TABLE_INDEX_BITS * aw);
	/* Of the page that is found, whatever its size: see vtd_deviate(). */
	if (deviations & VTD_DEVIATES(FLAGS_FIRST) && deviations & VTD_DEVIATES(PAGE_IN_RANGE))
		rules->range_first = ALL_ONES, rules->range_bytes_less_1 = 0;
}

static void deviate_in_structures(struct vtd_rules *rules, uint64_t deviations)
{
	uint64_t pasid_caps[VTD_PASID_WORDS] = {VTD_PASID_AW_MASK | VTD_PASID_SSADE_MASK,
						VTD_PASID_PAT_MASK | VTD_PASID_EMTE_MASK | VTD_PASID_CD_MASK |
							VTD_PASID_PGSNP_MASK | VTD_PASID_PWSNP_MASK,
						VTD_PASID_SRE_MASK | VTD_PASID_WPE_MASK | VTD_PASID_EAFE_MASK,
						0,
						VTD_PASID_HPTPTR_MASK | VTD_PASID_HPTPFD_MASK | VTD_PASID_HPTSZ_MASK,
						VTD_PASID_HPTDID_MASK,
						0,
						0};

	if (deviations & VTD_DEVIATES(CONTEXT_CAPS))
		rules->smcontext_bad[0] &=
			~(VTD_SMCONTEXT_DTE_MASK | VTD_SMCONTEXT_PASIDE_MASK | VTD_SMCONTEXT_PRE_MASK);
	if (deviations & VTD_DEVIATES(RID_PASID))
		rules->smcontext_bad[1] &= ~(VTD_SMCONTEXT_RID_PASID_MASK | VTD_SMCONTEXT_RID_PRIV_MASK);
	if (deviations & VTD_DEVIATES(OTHER_HALF))
		rules->smroot_other_bad = rules->smroot_bad & ~VTD_SMROOT_LP_MASK;
	if (!rules->second_stage && deviations & (VTD_DEVIATES(FIRST_ANY_AW) | VTD_DEVIATES(PASID_CAPS)))
		rules->pasid_reserved[0] &= ~VTD_PASID_AW_MASK;
	for (unsigned word = 0; word < VTD_PASID_WORDS; word++) {
		if (deviations & VTD_DEVIATES(PASID_CAPS))
			rules->pasid_reserved[word] &= ~pasid_caps[word];
		if (deviations & VTD_DEVIATES(PASID_RESERVED))
			rules->pasid_reserved[word] = 0;
	}
	if (deviations & VTD_DEVIATES(PASID_RESERVED))
		rules->pasiddir_bad = VTD_PASIDDIR_P_MASK;
}

void vtd_rules_deviate(struct vtd_rules *rules, uint64_t deviations, bool scalable)
{
	if (!scalable)
		deviations &= ~VTD_DEVIATES(RANGE_CODE);
	rules->deviations = deviations;
	if (deviations & VTD_DEVIATES(FAULT_INFO))
		rules->fault_info_mask = VTD_FRCD_FI_MASK;
	deviate_in_tables(rules, deviations, scalable);
	deviate_in_structures(rules, deviations);
	vtd_rules_settle(rules);
}
