/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/decide.h"

/* 3.4, 6.3.14: SMMUEN is 0. */
static void decide_off(const struct smmu *unit, const struct request *request, struct translation *out)
{
	bool beyond = request->address & unit->rules.oas_beyond;

	if (request->at == AT_TRANSLATION_REQUEST)
		out->completion = ATS_UR;
	if (request->at != AT_UNTRANSLATED || SMMU_GBPA_ABORT(&unit->state->gbpa) ||
	    (beyond && !smmu_deviates(&unit->rules, SMMU_DEVIATION_GBPA_OAS))) {
		out->result = TRANSLATE_FAULT;
		return;
	}
	out->pass_through = true;
	out->permissions = PERM_READ | PERM_WRITE;
	out->pa = request->address;
}

IOSIM_COLD bool smmu_decide_early(const struct smmu *unit, const struct request *request, struct translation *out,
				  unsigned *event)
{
	*event = SMMU_EVENT_NONE;
	if (smmu_is_plain(unit, request))
		return false;
	if (request->at == AT_TRANSLATION_REQUEST && smmu_is_enabled(unit)) {
		/* Without IDR0.ATS no stream has EATS: a request is not allowed (5.2 EATS, 7.3.6). */
		out->result = TRANSLATE_FAULT;
		out->completion = ATS_UR;
	} else if (!smmu_is_enabled(unit)) {
		decide_off(unit, request, out);
	} else {
		out->result = TRANSLATE_FAULT;
		if (request->at == AT_UNTRANSLATED && (uint64_t)request->stream >> unit->state->stream_lg2)
			*event = SMMU_C_BAD_STREAMID;
	}
	return true;
}

/* Whether the fault flags of the stage leave the event unrecorded (5.5); no other events have such flags. */
static bool is_silent(const struct smmu_walk *walk, unsigned event)
{
	if (event != SMMU_F_TRANSLATION && event != SMMU_F_ADDR_SIZE && event != SMMU_F_ACCESS &&
	    event != SMMU_F_PERMISSION)
		return false;
	if (walk->second)
		return !SMMU_STE_S2R(walk->ste);
	if (walk->stages & 1)
		return !SMMU_CD_R(walk->cd);
	return walk->stages && smmu_deviates(walk->rules, SMMU_DEVIATION_S2ONLY_IAS);
}

/* 5.5: whether the stage that has the fault is configured to let it wait. Without a stage it ends (3.12). */
static bool is_stalled(const struct smmu_walk *walk, unsigned event)
{
	if (!walk->may_stall || walk->rules->stall_model == SMMU_STALL_NEVER || event < SMMU_F_TRANSLATION ||
	    event > SMMU_F_PERMISSION)
		return false;
	return walk->second ? SMMU_STE_S2S(walk->ste) : walk->stages & 1 && SMMU_CD_S(walk->cd);
}

static unsigned class_of(const struct smmu_walk *walk, unsigned event)
{
	if (!walk->second)
		return event == SMMU_F_WALK_EABT ? SMMU_CLASS_TT : SMMU_CLASS_IN;
	if (walk->serves == SMMU_SERVES_INPUT)
		return SMMU_CLASS_IN;
	return walk->serves >= SMMU_SERVES_TABLE ? SMMU_CLASS_TT : SMMU_CLASS_CD;
}

IOSIM_COLD struct smmu_blocked smmu_blocked_of(const struct smmu_walk *walk, unsigned event)
{
	struct smmu_blocked blocked = {
		.input = walk->input,
		.ipa = walk->ipa,
		.fetch_pa = walk->lost_pa,
		.stream = walk->stream,
		.substream = walk->substream,
		.has_substream = walk->has_substream,
		.event = (uint8_t)event,
		.class = (uint8_t)class_of(walk, event),
		.write = walk->op != REQUEST_READ,
		.privileged = walk->privileged,
		.instruction = walk->instruction,
		.second = walk->second,
		.granule_fault = walk->granule_fault,
		.sets = walk->second && walk->serves == SMMU_SERVES_FLAGS,
		.stalls = is_stalled(walk, event),
		.silent = is_silent(walk, event),
	};
	if (walk->rules->deviations)
		smmu_qemu_blocked(walk, &blocked);
	return blocked;
}
