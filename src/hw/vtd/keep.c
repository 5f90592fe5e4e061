/* SPDX-License-Identifier: MIT */
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

static void keep_context(struct vtd *unit, const struct vtd_found *found)
{
	struct vtd_context_entry context = {0};

	/* 7.1.3, LCT.4.3: an entry whose table cannot be read is programmed invalidly. */
	if (found->context_known && (found->scalable || found->end != VTD_FAULT_CONTEXT_INVALID)) {
		context.words[0] = found->context[0];
		context.words[1] = found->context[1];
	} else if (unit->caches.keep_faults) {
		/* Tagged with domain 0 (6.2.2). FPD has the same place in both modes. */
		context.words[0] = found->context[0] & VTD_CONTEXT_FPD_MASK;
		context.fault = found->end;
	} else {
		return;
	}
	vtd_context_keep(&unit->caches, found->source, &context);
}

/* 6.2.3 */
static void keep_pasid(struct vtd *unit, const struct vtd_found *found)
{
	struct vtd_pasid_entry entry = {
		.tag = found->source | VTD_TAG_VALID,
		.pasid = found->pasid,
		.silent = found->silent,
	};

	if (found->pasid_known) {
		for (unsigned word = 0; word < 3; word++)
			entry.words[word] = found->pasid_entry[word];
	} else if (unit->caches.keep_faults && found->end >= VTD_FAULT_PASIDDIR_ACCESS &&
		   found->end <= VTD_FAULT_PASID_INVALID) {
		entry.fault = found->end;
	} else {
		return;
	}
	vtd_pasid_keep(&unit->caches, &entry);
}

static bool is_rights_fault(unsigned end)
{
	return end == VTD_FAULT_NO_READ || end == VTD_FAULT_NO_WRITE || end == VTD_FAULT_SM_NO_READ ||
	       end == VTD_FAULT_SM_NO_WRITE || end == VTD_FAULT_SM_SS_NOT_PRESENT;
}

/* Rights as an IOTLB entry has them; `with_flags`: only those that need no flag to be set. */
static uint8_t rights_of(const struct vtd *unit, const struct vtd_found *found, bool with_flags)
{
	unsigned privileged = VTD_PASID_SRE(found->pasid_entry) ? found->privileged_rights : 0;
	unsigned user = found->privileged && !found->with_pasid ? privileged : found->user_rights;
	unsigned rights = user | privileged << VTD_PRIVILEGED;

	if (with_flags && !found->dirty && !(unit->rules.deviations & VTD_DEVIATES(DIRTY_MISSING)))
		rights &= ~((unsigned)PERM_WRITE | (unsigned)PERM_WRITE << VTD_PRIVILEGED);
	return (uint8_t)rights;
}

/* What a new entry for the page says; `entry` has its tag and zeros. */
static inline __attribute__((always_inline)) void fill(const struct vtd *unit, const struct vtd_found *found,
						       struct vtd_iotlb_entry *entry)
{
	bool rights_fault = is_rights_fault(found->end);
	bool has_page = found->translated && (found->end == VTD_FAULT_NONE || rights_fault);

	entry->non_snooped = found->non_snooped;
	if (found->scalable) {
		entry->domain = (uint16_t)VTD_PASID_DID(found->pasid_entry);
		entry->silent = found->silent;
		entry->type = (uint8_t)VTD_PASID_PGTT(found->pasid_entry);
		entry->pasid = found->pasid;
	} else {
		entry->domain = (uint16_t)VTD_CONTEXT_DID(found->context);
		entry->silent = (uint8_t)VTD_CONTEXT_FPD(found->context);
	}
	if (has_page) {
		entry->frame = found->pa & ~((UINT64_C(1) << vtd_level_lg2(found->level)) - 1);
		entry->rights = rights_of(unit, found, false);
		entry->hits = rights_of(unit, found, true);
	} else if (!rights_fault) {
		entry->fault = found->end;
	}
}

/* The level of the entry that a walk leaves. */
static inline unsigned kept_level(const struct vtd_found *found)
{
	return found->translated && (found->end == VTD_FAULT_NONE || is_rights_fault(found->end)) ? found->level : 1;
}

static inline __attribute__((always_inline)) void keep_translation(struct vtd *unit, const struct vtd_found *found)
{
	if (unit->caches.translations_off)
		return;
	fill(unit, found,
	     vtd_iotlb_make(&unit->caches, found->iova, kept_level(found),
			    vtd_iotlb_source(found->source, found->with_pasid ? found->pasid : PASID_NONE)));
}

bool vtd_would_keep(const struct vtd *unit, const struct vtd_found *found, const struct vtd_iotlb_entry *entry)
{
	struct vtd_iotlb_entry now = {.page = vtd_iotlb_page(found->iova, kept_level(found)), .source = entry->source};

	if (found->level == 0)
		return false;
	fill(unit, found, &now);
	return now.page == entry->page && now.frame == entry->frame && now.domain == entry->domain &&
	       now.rights == entry->rights && now.hits == entry->hits && now.fault == entry->fault &&
	       now.type == entry->type && now.pasid == entry->pasid;
}

void vtd_keep_walk(struct vtd *unit, const struct vtd_walk *walk)
{
	struct vtd_found found;

	vtd_walk_found(walk, VTD_FAULT_NONE, &found);
	keep_translation(unit, &found);
}

void vtd_keep(struct vtd *unit, const struct vtd_found *found)
{
	/* CM has nothing to do with what a first stage takes part in (6.2.4.1). */
	bool keep_faults = unit->caches.keep_faults && !found->first;

	if (!found->context_cached)
		keep_context(unit, found);
	if (found->scalable && found->context_known && !found->pasid_cached)
		keep_pasid(unit, found);
	if (found->level > 0 && found->looked_up && found->end != VTD_FAULT_CONTEXT_INVALID &&
	    (found->end == VTD_FAULT_NONE || keep_faults))
		keep_translation(unit, found);
}

/* --- what is over --- */

void vtd_forget_done(struct iommu *iommu)
{
	struct vtd *unit = vtd_of(iommu);
	struct vtd_state *state = unit->state;

	if (state->registers[VTD_R_IQH] == state->registers[VTD_R_IQT] && state->pending_count == 0)
		state->registers[VTD_R_IQH] = state->registers[VTD_R_IQT] = 0;
	for (uint32_t i = 0; i < unit->record_count; i++)
		unit->records[i][0] = unit->records[i][1] = 0;
	state->fault_index = 0;
	VTD_FSTS_set_PFO(&state->registers[VTD_R_FSTS], 0);
	VTD_FSTS_set_FRI(&state->registers[VTD_R_FSTS], 0);
	vtd_fault_status_settle(unit);
}
