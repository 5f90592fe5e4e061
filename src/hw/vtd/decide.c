/* SPDX-License-Identifier: MIT */
#include "hw/vtd/decide.h"

static void pass(const struct request *request, struct translation *out)
{
	out->pass_through = true;
	out->permissions = PERM_READ | PERM_WRITE;
	out->pa = request->address;
}

static bool is_interrupt(const struct request *request)
{
	return request->op == REQUEST_WRITE && request->bytes == 4 && request->address % 4 == 0;
}

/*
 * What is neither interrupt nor flush. 3.15 names no reason; a unit that remaps interrupts has one for it (table 15),
 * others block the address as the result of a translation.
 */
static unsigned malformed_interrupt(const struct vtd *unit)
{
	if (VTD_ECAP_IR(&unit->state->registers[VTD_R_ECAP]))
		return VTD_FAULT_IR_MALFORMED;
	return unit->state->mode == VTD_MODE_SCALABLE ? VTD_FAULT_SM_INTERRUPT_RANGE : VTD_FAULT_INTERRUPT_RANGE;
}

/* Untranslated requests without PASID to FEEx_xxxxh (3.15). */
static unsigned decide_interrupt_range(const struct vtd *unit, const struct request *request, struct translation *out)
{
	bool read = request->op == REQUEST_READ;

	if (is_interrupt(request) || (read && unit->rules.deviations & VTD_DEVIATES(RANGE_READS))) {
		out->result = TRANSLATE_INTERRUPT;
	} else if (read && request->bytes == 0) {
		pass(request, out);
	} else {
		out->result = TRANSLATE_FAULT;
		return malformed_interrupt(unit);
	}
	return VTD_FAULT_NONE;
}

/* Interrupts are remapped all the same. */
static unsigned decide_off(const struct vtd *unit, const struct request *request, struct translation *out)
{
	bool in_range = request->pasid == PASID_NONE && vtd_in_interrupt_range(request->address);

	if (request->at != AT_UNTRANSLATED) {
		out->result = TRANSLATE_FAULT;
	} else if (in_range && is_interrupt(request)) {
		out->result = TRANSLATE_INTERRUPT;
	} else if (in_range && VTD_GSTS_IRES(&unit->state->registers[VTD_R_GSTS])) {
		return decide_interrupt_range(unit, request, out);
	} else {
		pass(request, out);
	}
	return VTD_FAULT_NONE;
}

/* A request that is not handled as one of its kind at all: 3.13; 4.2.1. */
static bool is_malformed(const struct request *request)
{
	return vtd_crosses_page(request) || request->at > AT_TRANSLATED || request->op > REQUEST_ATOMIC ||
	       (request->at == AT_TRANSLATION_REQUEST && request->op != REQUEST_READ);
}

/* In the order of the special conditions and of RTA.* in table 30. */
static unsigned mode_fault(const struct vtd *unit, const struct request *request)
{
	if (unit->state->mode == VTD_MODE_INVALID)
		return VTD_FAULT_RTADDR_INVALID;
	if (unit->state->mode == VTD_MODE_ABORT)
		return VTD_FAULT_ABORT_MODE;
	if (request->pasid == PASID_NONE)
		return VTD_FAULT_NONE;
	if (unit->state->mode != VTD_MODE_SCALABLE)
		return VTD_FAULT_PASID_IN_LEGACY;
	/* SGN.10 is not qualified: no entry is looked at for it. */
	return request->pasid > unit->rules.pasid_last ? VTD_FAULT_SM_PASID_TOO_LARGE : VTD_FAULT_NONE;
}

IOSIM_COLD bool vtd_decide_early(const struct vtd *unit, const struct request *request, struct translation *out,
				 unsigned *fault)
{
	*fault = VTD_FAULT_NONE;
	if (unit->state->mode == VTD_MODE_OFF) {
		*fault = decide_off(unit, request, out);
		return true;
	}
	if (is_malformed(request)) {
		out->result = TRANSLATE_FAULT;
		return true;
	}
	if (request->pasid == PASID_NONE && request->at == AT_UNTRANSLATED &&
	    vtd_in_interrupt_range(request->address)) {
		*fault = decide_interrupt_range(unit, request, out);
		return true;
	}
	*fault = mode_fault(unit, request);
	if (*fault)
		out->result = TRANSLATE_FAULT;
	return *fault != VTD_FAULT_NONE;
}

IOSIM_COLD unsigned vtd_deviate(const struct vtd_rules *rules, unsigned end, bool scalable, uint64_t level, uint64_t pa)
{
	if (end != VTD_FAULT_NONE || level == 0 || !(rules->deviations & VTD_DEVIATES(PAGE_IN_RANGE)))
		return end;
	uint64_t offset_mask = (UINT64_C(1) << vtd_level_lg2(level)) - 1;
	bool overlaps = (pa & ~offset_mask) <= VTD_INTERRUPT_LAST && (pa | offset_mask) >= VTD_INTERRUPT_FIRST;
	if (!overlaps)
		return VTD_FAULT_NONE;
	return scalable ? VTD_FAULT_SM_INTERRUPT_RANGE : VTD_FAULT_INTERRUPT_RANGE;
}

bool vtd_answers_without_rights(unsigned at, unsigned end)
{
	if (at != AT_TRANSLATION_REQUEST)
		return false;
	switch (end) {
	case VTD_FAULT_NO_READ:
	case VTD_FAULT_NO_WRITE:
	case VTD_FAULT_ADDRESS_BEYOND:
	case VTD_FAULT_PASIDDIR_NOT_PRESENT:
	case VTD_FAULT_PASID_NOT_PRESENT:
	case VTD_FAULT_PASID_EXECUTE:
	case VTD_FAULT_PASID_SUPERVISOR:
	case VTD_FAULT_SM_SS_NOT_PRESENT:
	case VTD_FAULT_SM_NOT_CANONICAL:
	case VTD_FAULT_SM_PRIVILEGE:
	case VTD_FAULT_SM_HOST_BEYOND:
	case VTD_FAULT_SM_ADDRESS_BEYOND:
	case VTD_FAULT_SM_NO_WRITE:
	case VTD_FAULT_SM_NO_READ:
	case VTD_FAULT_FS_NO_SNOOP:
		return true;
	default:
		return end >= VTD_FAULT_FS_ACCESS && end <= VTD_FAULT_FS_UPDATE_BLOCKED;
	}
}
