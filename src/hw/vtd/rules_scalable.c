/* SPDX-License-Identifier: MIT */
#include "hw/vtd/rules.h"

#define ALL_ONES UINT64_MAX
#define ALL_BITS 0xff

static const struct field_row smroot_rows[] = FIELD_ROWS(VTD_SMROOT_FIELDS);
static const struct field_row smcontext_rows[] = FIELD_ROWS(VTD_SMCONTEXT_FIELDS);
static const struct field_row pasiddir_rows[] = FIELD_ROWS(VTD_PASIDDIR_FIELDS);
static const struct field_row pasid_rows[] = FIELD_ROWS(VTD_PASID_FIELDS);
static const struct field_row table_rows[] = FIELD_ROWS(VTD_FSTABLE_FIELDS);
static const struct field_row page4k_rows[] = FIELD_ROWS(VTD_FSPAGE4K_FIELDS);
static const struct field_row page2m_rows[] = FIELD_ROWS(VTD_FSPAGE2M_FIELDS);
static const struct field_row page1g_rows[] = FIELD_ROWS(VTD_FSPAGE1G_FIELDS);

#define RESERVED(rows, word) field_reserved(rows, sizeof(rows) / sizeof((rows)[0]), word)

static uint64_t unless(uint64_t capability, uint64_t mask)
{
	return capability ? 0 : mask;
}

/* 9.2, 9.4; host permission tables and PASIDs in translated requests are never supported. */
static void derive_context(struct vtd_rules *rules, uint64_t ecap)
{
	uint64_t beyond = VTD_SMCONTEXT_PASIDDIRPTR_MASK & ~rules->haw_mask;

	rules->smroot_bad = RESERVED(smroot_rows, 0) | beyond | VTD_SMROOT_LP_MASK;
	rules->smcontext_checks = VTD_ECAP_PRS(&ecap) ? VTD_SMCONTEXT_PRE_MASK : 0;
	rules->smcontext_bad[0] = RESERVED(smcontext_rows, 0) | beyond | VTD_SMCONTEXT_P_MASK |
				  VTD_SMCONTEXT_EPTR_MASK | VTD_SMCONTEXT_HPTE_MASK | VTD_SMCONTEXT_PRE_MASK |
				  unless(VTD_ECAP_PASID(&ecap), VTD_SMCONTEXT_PASIDE_MASK) |
				  unless(VTD_ECAP_DT(&ecap), VTD_SMCONTEXT_DTE_MASK);
	rules->smcontext_bad[1] = RESERVED(smcontext_rows, 1) |
				  unless(VTD_ECAP_RPRIVS(&ecap), VTD_SMCONTEXT_RID_PRIV_MASK) |
				  unless(VTD_ECAP_RPS(&ecap), VTD_SMCONTEXT_RID_PASID_MASK);
	rules->smcontext_bad[2] = rules->smcontext_bad[3] = ALL_ONES;
	rules->rid_pasid_mask = VTD_ECAP_RPS(&ecap) ? VTD_SMCONTEXT_RID_PASID_MASK : 0;
	rules->rid_priv_mask = VTD_ECAP_RPRIVS(&ecap) ? VTD_SMCONTEXT_RID_PRIV_MASK : 0;
	/* 11.4.3: PSS is one less than the bits; a unit without PASIDs has none to compare with. */
	rules->pasid_last = VTD_ECAP_PASID(&ecap) && VTD_ECAP_PSS(&ecap) < 20 ? (UINT32_C(2) << VTD_ECAP_PSS(&ecap)) - 1
									      : (UINT32_C(1) << 20) - 1;
}

/* 9.6, 7.1.3 SPT.4: which PGTT with which AW and FSPM. */
static void derive_forms(struct vtd_rules *rules, uint64_t cap, uint64_t ecap)
{
	uint64_t types = VTD_ECAP_FSTS(&ecap) << VTD_PGTT_FIRST_STAGE | VTD_ECAP_SSTS(&ecap) << VTD_PGTT_SECOND_STAGE |
			 VTD_ECAP_NEST(&ecap) << VTD_PGTT_NESTED | VTD_ECAP_PT(&ecap) << VTD_PGTT_PASS_THROUGH;

	for (unsigned pgtt = 0; pgtt < 8; pgtt++) {
		bool second = pgtt == VTD_PGTT_SECOND_STAGE || pgtt == VTD_PGTT_NESTED;
		bool first = pgtt == VTD_PGTT_FIRST_STAGE || pgtt == VTD_PGTT_NESTED;
		uint64_t widths = second ? VTD_CAP_SAGAW(&cap) : ALL_BITS;
		uint64_t modes = first ? 1 << VTD_FSPM_4_LEVEL | VTD_CAP_FS5LP(&cap) << VTD_FSPM_5_LEVEL : ALL_BITS;
		for (unsigned form = 0; form < 32; form++)
			if (types >> pgtt & widths >> (form & 7) & modes >> (form >> 3) & 1)
				rules->pasid_forms[pgtt] |= UINT32_C(1) << form;
		for (unsigned aw = 0; aw < 8; aw++)
			rules->first_pointer_last[pgtt][aw] = pgtt == VTD_PGTT_NESTED ? rules->iova_last[aw] : ALL_ONES;
	}
}

/* 9.5, 9.6 */
static void derive_pasid(struct vtd_rules *rules, uint64_t cap, uint64_t ecap)
{
	uint64_t beyond = VTD_PASID_SSPTPTR_MASK & ~rules->haw_mask;
	uint64_t second = VTD_ECAP_SSTS(&ecap), first = VTD_ECAP_FSTS(&ecap);
	uint64_t *reserved = rules->pasid_reserved;

	rules->pasiddir_bad = RESERVED(pasiddir_rows, 0) | beyond | VTD_PASIDDIR_P_MASK;
	for (unsigned word = 0; word < VTD_PASID_WORDS; word++)
		reserved[word] = RESERVED(pasid_rows, word);
	reserved[0] |= beyond | unless(second, VTD_PASID_SSPTPTR_MASK | VTD_PASID_AW_MASK) |
		       unless(second && VTD_ECAP_SSADS(&ecap), VTD_PASID_SSADE_MASK);
	/* Memory types and extended-accessed flags are never supported. */
	reserved[1] |= VTD_PASID_PAT_MASK | VTD_PASID_EMTE_MASK | VTD_PASID_CD_MASK |
		       unless(VTD_ECAP_SC(&ecap), VTD_PASID_PGSNP_MASK) |
		       unless(VTD_ECAP_SMPWCS(&ecap), VTD_PASID_PWSNP_MASK) |
		       (VTD_PASID_DID_MASK & ~(uint64_t)rules->domain_mask);
	reserved[2] |= beyond | VTD_PASID_EAFE_MASK |
		       unless(first, VTD_PASID_FSPTPTR_MASK | VTD_PASID_FSPM_MASK | VTD_PASID_WPE_MASK) |
		       unless(VTD_ECAP_SRS(&ecap), VTD_PASID_SRE_MASK);
	reserved[4] = reserved[5] = ALL_ONES;

	derive_forms(rules, cap, ecap);
	rules->second_stage = second;
	rules->snoops = VTD_ECAP_SMPWCS(&ecap);
}

/* 3.6, 9.7 */
static void derive_first_stage(struct vtd_rules *rules, uint64_t cap)
{
	uint64_t beyond = VTD_FSTABLE_ADDR_MASK & ~rules->haw_mask;

	for (unsigned aw = 0; aw < 8; aw++) {
		rules->canonical_bits[aw][VTD_FSPM_4_LEVEL] = 48;
		rules->canonical_bits[aw][VTD_FSPM_5_LEVEL] = 57;
	}
	rules->first_table_bad = RESERVED(table_rows, 0) | beyond | VTD_FSTABLE_PS_MASK;
	rules->first_page_bit[1] = ALL_ONES;
	rules->first_page_bit[2] = VTD_FSPAGE2M_PS_MASK;
	rules->first_page_bit[3] = VTD_CAP_FS1GP(&cap) ? VTD_FSPAGE1G_PS_MASK : 0;
	rules->first_page_bad[1] = RESERVED(page4k_rows, 0) | beyond;
	rules->first_page_bad[2] = RESERVED(page2m_rows, 0) | beyond;
	rules->first_page_bad[3] = RESERVED(page1g_rows, 0) | beyond;
	for (unsigned wants = 0; wants < 4; wants++) {
		rules->first_needs[wants] = VTD_FSTABLE_P_MASK;
		rules->first_flags[wants] = VTD_FSPAGE4K_A_MASK | (wants & 2 ? VTD_FSPAGE4K_D_MASK : 0); /* a write */
	}
}

void vtd_rules_derive_scalable(struct vtd_rules *rules, uint64_t cap, uint64_t ecap)
{
	derive_context(rules, ecap);
	derive_pasid(rules, cap, ecap);
	derive_first_stage(rules, cap);
	vtd_rules_settle(rules);
}

void vtd_rules_settle(struct vtd_rules *rules)
{
	bool by_entry = rules->first_needs[0] != VTD_FSTABLE_P_MASK;
	const uint64_t *reserved = rules->pasid_reserved;

	rules->pasid_bad0 = reserved[0] | VTD_PASID_P_MASK;
	rules->pasid_rest_bad = reserved[3] | reserved[4] | reserved[5] | reserved[6] | reserved[7];
	rules->first_table_check =
		by_entry ? ALL_ONES : rules->first_table_bad | VTD_FSTABLE_P_MASK | VTD_FSTABLE_A_MASK;
	for (unsigned level = 1; level <= VTD_LEVELS; level++)
		rules->first_page_check[level] =
			by_entry ? ALL_ONES : rules->first_page_bad[level] | VTD_FSTABLE_P_MASK;
}
