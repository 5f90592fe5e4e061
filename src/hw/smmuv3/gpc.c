/* SPDX-License-Identifier: MIT */
/* Granule protection checks where the unit accesses memory (IHI 0070 3.25): what is asked, and what a refusal becomes.
 */
#include "hw/smmuv3/lookup.h"

/* What the fetch of a structure that cannot be read is recorded as. */
static unsigned event_of_stage(unsigned stage)
{
	switch (stage) {
	case SMMU_STAGE_L1STD:
	case SMMU_STAGE_STE:
		return SMMU_F_STE_FETCH;
	case SMMU_STAGE_L1CD:
	case SMMU_STAGE_CD:
		return SMMU_F_CD_FETCH;
	default:
		return SMMU_F_WALK_EABT;
	}
}

static bool may_access(struct smmu_root *root, const struct smmu_access_of *access, bool quiet)
{
	return quiet ? smmu_root_would_allow(root, access->pa, access->space) : smmu_root_allows(root, access);
}

bool smmu_walk_may_read(struct smmu_walk *walk, unsigned stage, uint64_t pa)
{
	const struct smmu_access_of access = {.pa = pa,
					      .space = (enum pa_space)walk->space,
					      .reason = SMMU_ROOT_TRANSLATION,
					      .code = event_of_stage(stage)};

	if (may_access(walk->root, &access, walk->quiet))
		return true;
	walk->granule_fault = true;
	walk->lost_pa = pa;
	return false;
}

bool smmu_may_access(struct smmu *unit, uint64_t pa, enum smmu_root_code code)
{
	const struct smmu_access_of access = {.pa = pa, .space = unit->space, .reason = SMMU_ROOT_GERROR, .code = code};

	return !smmu_is_checked(unit) || smmu_root_allows(unit->root, &access);
}

static void check(struct smmu *unit, bool asked, bool quiet, struct translation *out)
{
	const struct smmu_access_of access = {
		.pa = out->pa, .space = out->realm ? PA_REALM : PA_NON_SECURE, .reason = SMMU_ROOT_TRANSACTION};

	if (!smmu_is_checked(unit) || out->result != TRANSLATE_OK)
		return;
	if (may_access(unit->root, &access, quiet)) {
		/* 3.25.2: the check passes anywhere in the region that the answer is of. */
		if (asked)
			out->page_lg2 = (uint8_t)smmu_root_region(unit->root, out->pa, access.space, out->page_lg2);
		return;
	}
	/* 3.25.1, 3.25.2: as an External abort; no event. */
	uint16_t reads = out->reads;
	translation_clear(out);
	out->reads = reads;
	out->result = TRANSLATE_FAULT;
	out->completion = asked ? ATS_CA : ATS_NONE;
	out->granule_fault = true;
	out->lost_pa = access.pa;
}

void smmu_check_output(struct smmu *unit, const struct request *request, bool quiet, struct translation *out)
{
	if (request->at != AT_TRANSLATION_REQUEST)
		check(unit, false, quiet, out);
}

void smmu_check_answer(struct smmu *unit, bool quiet, struct translation *out)
{
	check(unit, true, quiet, out);
}
