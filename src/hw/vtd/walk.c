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

IOSIM_COLD unsigned vtd_diagnose_rights(const struct vtd_rules *rules, unsigned missing, unsigned rights,
					bool zero_length)
{
	if (missing & PERM_WRITE)
		return VTD_FAULT_NO_WRITE;
	if (zero_length && rules->zero_length_reads && rights & PERM_WRITE)
		return VTD_FAULT_NONE;
	return VTD_FAULT_NO_READ;
}

IOSIM_COLD unsigned vtd_diagnose_second_stage(const struct vtd_rules *rules, uint64_t level, uint64_t word,
					      uint64_t present_bits, unsigned wants)
{
	/* 3.7: reserved fields count when R or W is set; without both there is no reason but the lack of rights. */
	if (word & present_bits && vtd_entry_is_bad(rules, level, &word))
		return VTD_FAULT_SS_RESERVED;
	return wants & PERM_WRITE ? VTD_FAULT_NO_WRITE : VTD_FAULT_NO_READ;
}

IOSIM_COLD unsigned vtd_walk_around(const struct vtd_rules *rules, uint64_t address, unsigned at, unsigned type)
{
	if (at != AT_UNTRANSLATED && type != VTD_TT_SECOND_STAGE_ATS)
		return VTD_FAULT_TT_BLOCKED;
	if (at == AT_TRANSLATION_REQUEST)
		return VTD_WALK_ASKS;
	if (address > (at == AT_TRANSLATED ? rules->host_last : rules->pass_last))
		return VTD_FAULT_ADDRESS_BEYOND;
	return vtd_in_interrupt_range(address) ? VTD_FAULT_INTERRUPT_RANGE : VTD_FAULT_NONE;
}
