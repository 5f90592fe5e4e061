/* SPDX-License-Identifier: MIT */
/* Completions of translation requests: 4.1.2, 4.2.3, and the columns of table 30 that are for them. */
#include "hw/vtd/decide.h"

static enum ats_completion completion_of(unsigned end)
{
	switch (end) {
	case VTD_FAULT_NONE:
	case VTD_FAULT_FS_UPDATE: /* SFS.10 is recorded and answered */
		return ATS_SUCCESS;
	case VTD_FAULT_ROOT_NOT_PRESENT:
	case VTD_FAULT_CONTEXT_NOT_PRESENT:
	case VTD_FAULT_TT_BLOCKED:
	case VTD_FAULT_PASID_IN_LEGACY:
	case VTD_FAULT_ABORT_MODE:
	case VTD_FAULT_SM_ROOT_NOT_PRESENT:
	case VTD_FAULT_SM_CONTEXT_NOT_PRESENT:
	case VTD_FAULT_SM_ATS_BLOCKED:
	case VTD_FAULT_SM_PASID_BLOCKED:
	case VTD_FAULT_SM_PASID_BEYOND:
	case VTD_FAULT_SM_PASID_OF_RID:
	case VTD_FAULT_SM_PASID_TOO_LARGE:
		return ATS_UR;
	default:
		return vtd_answers_without_rights(AT_TRANSLATION_REQUEST, end) ? ATS_SUCCESS : ATS_CA;
	}
}

/* S.1 and S.2: what becomes an interrupt is to be sent untranslated. */
static void complete_interrupt_range(unsigned asked, struct translation *out)
{
	bool writes = asked & PERM_WRITE;

	out->pass_through = false;
	out->permissions = writes ? PERM_WRITE : 0;
	out->untranslated_only = writes;
	out->page_lg2 = writes ? FRAME_LG2 : 0;
	out->pa = 0;
}

/* The region is as large as the largest page; a request with PASID for the interrupt range in it would be blocked. */
static void complete_pass_through(const struct vtd_rules *rules, const struct request *request, unsigned asked,
				  struct translation *out)
{
	bool blocked = vtd_in_interrupt_range(request->address);

	out->permissions = (uint8_t)(blocked ? 0 : asked);
	out->page_lg2 = blocked ? 0 : rules->largest_page_lg2;
}

IOSIM_COLD void vtd_ats_complete(const struct vtd_rules *rules, const struct request *request, unsigned end,
				 const struct vtd_found *found, struct translation *out)
{
	bool in_range = request->pasid == PASID_NONE && vtd_in_interrupt_range(request->address);

	/* Without a reason: 4.2.1, and a read across pages is malformed, which nobody answers. */
	if (end == VTD_FAULT_NONE && out->result == TRANSLATE_FAULT) {
		out->completion = vtd_crosses_page(request) ? ATS_NONE : ATS_UR;
		return;
	}
	out->completion = (uint8_t)completion_of(end);
	if (out->completion != ATS_SUCCESS)
		return;
	/* The answer says so whatever it grants. */
	out->privileged = request->pasid != PASID_NONE && request->privileged;
	if (end != VTD_FAULT_NONE || !found)
		return;
	if (in_range)
		complete_interrupt_range(vtd_asked_rights(rules, request), out);
	else if (out->pass_through)
		complete_pass_through(rules, request, vtd_asked_rights(rules, request), out);
	out->non_snooped = out->permissions && !out->untranslated_only && found->non_snooped;
}

IOSIM_COLD bool vtd_may_ask(struct vtd *unit, const struct request *request)
{
	const struct vtd_context_entry *context = vtd_context_find(&unit->caches, (uint16_t)request->stream);

	if (!context || context->fault)
		return false;
	if (!vtd_is_scalable(unit))
		return VTD_CONTEXT_TT(context->words) == VTD_TT_SECOND_STAGE_ATS;
	return VTD_SMCONTEXT_DTE(context->words) &&
	       (request->pasid == PASID_NONE || VTD_SMCONTEXT_PASIDE(context->words));
}

IOSIM_COLD bool vtd_ats_hit(const struct vtd_rules *rules, const struct request *request,
			    const struct vtd_iotlb_entry *entry, struct translation *out)
{
	bool privileged = request->privileged && request->pasid != PASID_NONE;
	unsigned shift = privileged ? VTD_PRIVILEGED : 0, level = entry->page & 3;
	unsigned rights = (unsigned)entry->rights >> shift & vtd_asked_rights(rules, request);
	uint64_t pa = entry->frame | (request->address & rules->page_offset[level]);

	if (entry->fault || rights == 0 || rights & ~((unsigned)entry->hits >> shift))
		return false;
	/* S.1; LGN.4, SGN.8: a walk says what to answer. */
	if ((request->pasid == PASID_NONE && vtd_in_interrupt_range(request->address)) ||
	    vtd_page_meets_range(rules, level, pa))
		return false;
	out->page_lg2 = rules->page_lg2[level];
	out->level = (uint8_t)level;
	out->permissions = (uint8_t)rights;
	out->from_cache = true;
	out->pa = pa;
	out->completion = ATS_SUCCESS;
	out->privileged = privileged;
	out->non_snooped = entry->non_snooped;
	return true;
}
