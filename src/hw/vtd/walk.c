/* SPDX-License-Identifier: MIT */
#include "hw/vtd/walk.h"

IOSIM_COLD unsigned vtd_diagnose_root(uint64_t word0)
{
	return VTD_ROOT_P(&word0) ? VTD_FAULT_ROOT_RESERVED : VTD_FAULT_ROOT_NOT_PRESENT;
}

IOSIM_COLD unsigned vtd_diagnose_context(const struct vtd_rules *rules, uint64_t word0, uint64_t word1)
{
	unsigned type = (unsigned)VTD_CONTEXT_TT(&word0);

	if (!VTD_CONTEXT_P(&word0))
		return VTD_FAULT_CONTEXT_NOT_PRESENT;
	if ((word0 & rules->context_reserved0[type]) | (word1 & rules->context_bad1))
		return VTD_FAULT_CONTEXT_RESERVED;
	return VTD_FAULT_CONTEXT_INVALID;
}

IOSIM_COLD unsigned vtd_diagnose_smroot(uint64_t half)
{
	return VTD_SMROOT_LP(&half) ? VTD_FAULT_SM_ROOT_RESERVED : VTD_FAULT_SM_ROOT_NOT_PRESENT;
}

IOSIM_COLD unsigned vtd_diagnose_smcontext(const struct vtd_rules *rules, const uint64_t *words)
{
	unsigned directory_lg2 = VTD_PASID_DIRECTORY_LG2 + VTD_PASID_LOW_BITS + (unsigned)VTD_SMCONTEXT_PDTS(words);

	if (!VTD_SMCONTEXT_P(words))
		return VTD_FAULT_SM_CONTEXT_NOT_PRESENT;
	for (unsigned word = 0; word < VTD_SMCONTEXT_BYTES / 8; word++)
		if (words[word] & rules->smcontext_bad[word] &
		    ~(word == 0 ? VTD_SMCONTEXT_P_MASK | rules->smcontext_checks : 0))
			return VTD_FAULT_SM_CONTEXT_RESERVED;
	if (VTD_SMCONTEXT_PRE(words) & rules->smcontext_checks >> VTD_SMCONTEXT_PRE_LSB && !VTD_SMCONTEXT_DTE(words))
		return VTD_FAULT_SM_CONTEXT_INVALID;
	return (words[1] & rules->rid_pasid_mask) >> directory_lg2 ? VTD_FAULT_SM_CONTEXT_INVALID : VTD_WALK_GOES_ON;
}

IOSIM_COLD unsigned vtd_diagnose_pasiddir(uint64_t word)
{
	return VTD_PASIDDIR_P(&word) ? VTD_FAULT_PASIDDIR_RESERVED : VTD_FAULT_PASIDDIR_NOT_PRESENT;
}

IOSIM_COLD unsigned vtd_diagnose_pasid(const struct vtd_rules *rules, const uint64_t *words)
{
	if (rules->deviations & VTD_DEVIATES(PASID_ORDER) && !vtd_pasid_form_is_valid(rules, words))
		return VTD_FAULT_PASID_INVALID;
	if (!VTD_PASID_P(words))
		return VTD_FAULT_PASID_NOT_PRESENT;
	for (unsigned word = 0; word < VTD_PASID_WORDS; word++)
		if (words[word] & rules->pasid_reserved[word])
			return VTD_FAULT_PASID_RESERVED;
	return vtd_pasid_form_is_valid(rules, words) ? VTD_WALK_GOES_ON : VTD_FAULT_PASID_INVALID;
}

IOSIM_COLD unsigned vtd_diagnose_rights(const struct vtd_rules *rules, bool scalable, unsigned missing, unsigned rights,
					bool zero_length)
{
	scalable = scalable && vtd_has_scalable_reasons(rules);
	/* SSS.2: neither is granted by all entries. */
	if (scalable && rights == 0)
		return VTD_FAULT_SM_SS_NOT_PRESENT;
	if (missing & PERM_WRITE)
		return scalable ? VTD_FAULT_SM_NO_WRITE : VTD_FAULT_NO_WRITE;
	if (zero_length && rules->zero_length_reads && rights & PERM_WRITE)
		return VTD_FAULT_NONE;
	return scalable ? VTD_FAULT_SM_NO_READ : VTD_FAULT_NO_READ;
}

IOSIM_COLD unsigned vtd_diagnose_first_rights(const struct vtd_rules *rules, unsigned missing, uint64_t second_rights,
					      uint64_t entries, bool privileged, bool zero_length)
{
	/* SSS.2 comes before the rights of the whole. */
	if (!(second_rights & (PERM_READ | PERM_WRITE)))
		return VTD_FAULT_SM_SS_NOT_PRESENT;
	if (!privileged && !VTD_FSTABLE_US(&entries))
		return VTD_FAULT_SM_PRIVILEGE;
	if (missing & PERM_WRITE)
		return VTD_FAULT_SM_NO_WRITE;
	if (zero_length && rules->zero_length_reads && second_rights & PERM_WRITE)
		return VTD_FAULT_NONE;
	return VTD_FAULT_SM_NO_READ;
}

IOSIM_COLD unsigned vtd_diagnose_second_stage(const struct vtd_rules *rules, bool scalable, uint64_t level,
					      uint64_t word, uint64_t present_bits, unsigned wants)
{
	scalable = scalable && vtd_has_scalable_reasons(rules);
	/* 3.7: reserved fields count when R or W is set. */
	if (word & present_bits && vtd_entry_is_bad(rules, level, &word))
		return scalable ? VTD_FAULT_SM_SS_RESERVED : VTD_FAULT_SS_RESERVED;
	if (scalable && !(word & (VTD_SSTABLE_R_MASK | VTD_SSTABLE_W_MASK)))
		return VTD_FAULT_SM_SS_NOT_PRESENT;
	/* Legacy mode: without both there is no reason but the lack of rights. */
	if (wants & PERM_WRITE)
		return scalable ? VTD_FAULT_SM_NO_WRITE : VTD_FAULT_NO_WRITE;
	return scalable ? VTD_FAULT_SM_NO_READ : VTD_FAULT_NO_READ;
}

IOSIM_COLD unsigned vtd_diagnose_second_access(const struct vtd_rules *rules, bool scalable, bool top)
{
	if (top) /* its legacy reason is one of a context: see vtd_fault_reported() */
		return scalable ? VTD_FAULT_SM_SS_ROOT_ACCESS : VTD_FAULT_CONTEXT_INVALID;
	return scalable && vtd_has_scalable_reasons(rules) ? VTD_FAULT_SM_SS_ACCESS : VTD_FAULT_SS_ACCESS;
}

IOSIM_COLD unsigned vtd_diagnose_nested(uint64_t rights, bool top)
{
	if (!(rights & (PERM_READ | PERM_WRITE)))
		return VTD_FAULT_SM_SS_NOT_PRESENT;
	if (rights & PERM_READ)
		return VTD_FAULT_FS_UPDATE_BLOCKED;
	return top ? VTD_FAULT_FS_ROOT_BLOCKED : VTD_FAULT_FS_BLOCKED;
}

IOSIM_COLD unsigned vtd_check_second_table(const struct vtd_rules *rules, bool scalable, uint64_t level, uint64_t word,
					   uint64_t present_bits, unsigned wants, uint64_t pasid_word1, uint64_t check)
{
	if (word & rules->table_bad || !(word & present_bits))
		return vtd_diagnose_second_stage(rules, scalable, level, word, present_bits, wants);
	if (!(~word & check & VTD_SSTABLE_A_MASK))
		return VTD_WALK_GOES_ON;
	unsigned end = vtd_may_set_second(rules, pasid_word1);
	return end == VTD_FAULT_NONE ? VTD_WALK_UPDATES : end;
}

IOSIM_COLD unsigned vtd_check_first(const struct vtd_rules *rules, uint64_t level, uint64_t word, unsigned wants)
{
	bool page = word & rules->first_page_bit[level];
	uint64_t missing = rules->first_needs[wants] & ~word;

	if (!VTD_FSTABLE_P(&word))
		return VTD_FAULT_FS_NOT_PRESENT;
	/* Other needs are those of a unit that checks rights entry by entry. */
	if (missing & VTD_FSTABLE_US_MASK)
		return VTD_FAULT_SM_PRIVILEGE;
	if (missing)
		return VTD_FAULT_SM_NO_WRITE;
	return word & (page ? rules->first_page_bad[level] : rules->first_table_bad) ? VTD_FAULT_FS_RESERVED
										     : VTD_WALK_GOES_ON;
}

IOSIM_COLD unsigned vtd_walk_around(const struct vtd_rules *rules, uint64_t address, unsigned at, unsigned type)
{
	if (at != AT_UNTRANSLATED && type != VTD_TT_SECOND_STAGE_ATS)
		return VTD_FAULT_TT_BLOCKED;
	/* S.1, S.2 */
	if (at == AT_TRANSLATION_REQUEST)
		return vtd_in_interrupt_range(address) ? VTD_FAULT_NONE : VTD_WALK_GOES_ON;
	if (address > (at == AT_TRANSLATED ? rules->host_last : rules->pass_last))
		return VTD_FAULT_ADDRESS_BEYOND;
	return vtd_in_interrupt_range(address) ? VTD_FAULT_INTERRUPT_RANGE : VTD_FAULT_NONE;
}

static unsigned admit_asked_pasid(const struct vtd_rules *rules, unsigned at, uint32_t pasid, const uint64_t *words)
{
	unsigned directory_lg2 = VTD_PASID_DIRECTORY_LG2 + VTD_PASID_LOW_BITS + (unsigned)VTD_SMCONTEXT_PDTS(words);

	if (at != AT_TRANSLATED && !VTD_SMCONTEXT_PASIDE(words))
		return VTD_FAULT_SM_PASID_BLOCKED;
	if (pasid >> directory_lg2)
		return VTD_FAULT_SM_PASID_BEYOND;
	if (pasid == (words[1] & rules->rid_pasid_mask))
		return VTD_FAULT_SM_PASID_OF_RID;
	/* SCT.10: the unit has no PASIDs in translated requests. */
	return at == AT_TRANSLATED ? VTD_FAULT_SM_TRANSLATED_PASID : VTD_WALK_GOES_ON;
}

/* SCT.6 to SCT.9 of page requests. */
static unsigned admit_page_request(const struct vtd_rules *rules, uint32_t pasid, const uint64_t *words)
{
	unsigned directory_lg2 = VTD_PASID_DIRECTORY_LG2 + VTD_PASID_LOW_BITS + (unsigned)VTD_SMCONTEXT_PDTS(words);

	if (pasid != PASID_NONE && !VTD_SMCONTEXT_PASIDE(words))
		return VTD_FAULT_SM_PASID_BLOCKED;
	if (pasid != PASID_NONE && pasid >> directory_lg2)
		return VTD_FAULT_SM_PASID_BEYOND;
	if (!VTD_SMCONTEXT_PRE(words))
		return VTD_FAULT_SM_PAGE_REQUEST_BLOCKED;
	return pasid == (words[1] & rules->rid_pasid_mask) ? VTD_FAULT_SM_PASID_OF_RID : VTD_WALK_GOES_ON;
}

unsigned vtd_walk_admit(const struct vtd_rules *rules, uint64_t address, unsigned at, uint32_t pasid, uint64_t word0,
			uint64_t word1)
{
	const uint64_t words[2] = {word0, word1};

	if (at == VTD_AT_PAGE_REQUEST)
		return admit_page_request(rules, pasid, words);
	if (at != AT_UNTRANSLATED && !VTD_SMCONTEXT_DTE(words))
		return VTD_FAULT_SM_ATS_BLOCKED;
	if (pasid != PASID_NONE) {
		unsigned end = admit_asked_pasid(rules, at, pasid, words);
		if (end != VTD_WALK_GOES_ON)
			return end;
	}
	/* S.1, S.2: before the PASID table, as interrupts need no translation. */
	if (at == AT_TRANSLATION_REQUEST && pasid == PASID_NONE && vtd_in_interrupt_range(address))
		return VTD_FAULT_NONE;
	if (at != AT_TRANSLATED)
		return VTD_WALK_GOES_ON;
	/* 9.4, DTE: translated requests bypass the tables. */
	if (address > rules->host_last)
		return VTD_FAULT_SM_HOST_BEYOND;
	return vtd_in_interrupt_range(address) ? VTD_FAULT_SM_INTERRUPT_RANGE : VTD_FAULT_NONE;
}

IOSIM_COLD unsigned vtd_walk_admit_pasid(uint64_t word2, bool execute, bool privileged)
{
	const uint64_t words[3] = {0, 0, word2};

	/* ECAP.ERS is reported as 0. */
	if (execute)
		return VTD_FAULT_PASID_EXECUTE;
	return privileged && !VTD_PASID_SRE(words) ? VTD_FAULT_PASID_SUPERVISOR : VTD_FAULT_NONE;
}

IOSIM_COLD unsigned vtd_walk_pass(const struct vtd_rules *rules, uint64_t address, unsigned at)
{
	if (address > rules->pass_last)
		return VTD_FAULT_SM_HOST_BEYOND;
	/* SGN.8.2: translation requests do not meet the range here. */
	return at == AT_UNTRANSLATED && vtd_in_interrupt_range(address) ? VTD_FAULT_SM_INTERRUPT_RANGE : VTD_FAULT_NONE;
}

IOSIM_COLD bool vtd_page_meets_range(const struct vtd_rules *rules, uint64_t level, uint64_t pa)
{
	uint64_t offset = rules->page_offset[level], range_last = rules->range_first + rules->range_bytes_less_1;

	return (pa & ~offset) <= range_last && (pa | offset) >= rules->range_first;
}

/* Whether walks through this PASID-table entry snoop (3.10). */
static bool snoops(const struct vtd_rules *rules, uint64_t pasid_word1)
{
	const uint64_t words[2] = {0, pasid_word1};

	return (rules->snoops && VTD_PASID_PWSNP(words)) || rules->deviations & VTD_DEVIATES(FIRST_ANY_SNOOP);
}

IOSIM_COLD unsigned vtd_may_set_first(const struct vtd_rules *rules, uint64_t pasid_word1, bool nested, uint64_t rights)
{
	if (nested && !(rights & PERM_WRITE) && !(rules->deviations & VTD_QUIRK_FLAGS_IGNORE_READ_ONLY))
		return VTD_FAULT_FS_UPDATE_BLOCKED;
	return snoops(rules, pasid_word1) ? VTD_FAULT_NONE : VTD_FAULT_FS_NO_SNOOP;
}

IOSIM_COLD unsigned vtd_may_set_second(const struct vtd_rules *rules, uint64_t pasid_word1)
{
	return snoops(rules, pasid_word1) ? VTD_FAULT_NONE : VTD_FAULT_SM_SS_NO_SNOOP;
}
