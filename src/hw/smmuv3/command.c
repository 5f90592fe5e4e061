/* SPDX-License-Identifier: MIT */
/* What commands mean: which are legal (4.1.3 and each command), and what an invalidation covers (4.3, 4.4, 3.17). */
#include "hw/smmuv3/engine.h"
#include "hw/smmuv3/walk.h"

static bool has_address(unsigned opcode)
{
	return opcode == SMMU_OP_TLBI_NH_VA || opcode == SMMU_OP_TLBI_NH_VAA || opcode == SMMU_OP_TLBI_EL2_VA ||
	       opcode == SMMU_OP_TLBI_EL2_VAA || opcode == SMMU_OP_TLBI_S2_IPA;
}

/* TTL as it counts: without TG, and of 16 KiB level 1, it says nothing (4.4.1.1). */
static unsigned level_hint(const uint64_t *words)
{
	unsigned ttl = (unsigned)SMMU_CMD_TLBI_TTL(words);

	return SMMU_CMD_TLBI_TG(words) == 0 || (SMMU_CMD_TLBI_TG(words) == 2 && ttl == 1) ? 0 : ttl;
}

static bool is_reserved_range(const struct smmu *unit, const uint64_t *words)
{
	return unit->rules.range_invalidation && SMMU_CMD_TLBI_TG(words) && !SMMU_CMD_TLBI_NUM(words) &&
	       !SMMU_CMD_TLBI_SCALE(words) && !level_hint(words);
}

/* What QEMU consumes all the same (CMD_NO_ILL). */
static bool is_let_through(unsigned opcode, const uint64_t *words)
{
	switch (opcode) {
	case SMMU_OP_CFGI_STE:
	case SMMU_OP_CFGI_STE_RANGE:
		return false;
	case SMMU_OP_CFGI_CD:
	case SMMU_OP_CFGI_CD_ALL:
		return !SMMU_CMD_CFGI_SSEC(words);
	case SMMU_OP_PREFETCH_CONFIG:
	case SMMU_OP_PREFETCH_ADDR:
	case SMMU_OP_TLBI_EL2_ALL:
	case SMMU_OP_TLBI_EL2_ASID:
	case SMMU_OP_TLBI_EL2_VA:
	case SMMU_OP_TLBI_EL2_VAA:
	case SMMU_OP_TLBI_EL3_ALL:
	case SMMU_OP_TLBI_EL3_VA:
	case SMMU_OP_ATC_INV:
	case SMMU_OP_PRI_RESP:
	case SMMU_OP_RESUME:
	case SMMU_OP_STALL_TERM:
	case SMMU_OP_SYNC:
		return true;
	default:
		return false;
	}
}

static bool is_legal(const struct smmu *unit, unsigned opcode, const uint64_t *words)
{
	switch (opcode) {
	case SMMU_OP_PREFETCH_CONFIG:
	case SMMU_OP_PREFETCH_ADDR:
	case SMMU_OP_CFGI_STE:
	case SMMU_OP_CFGI_STE_RANGE:
		return !SMMU_CMD_CFGI_SSEC(words);
	case SMMU_OP_CFGI_CD:
	case SMMU_OP_CFGI_CD_ALL:
		return unit->rules.stage1 && !SMMU_CMD_CFGI_SSEC(words);
	case SMMU_OP_TLBI_NH_ALL:
	case SMMU_OP_TLBI_NH_ASID:
	case SMMU_OP_TLBI_NH_VA:
	case SMMU_OP_TLBI_NH_VAA:
		return unit->rules.stage1;
	case SMMU_OP_TLBI_EL2_ALL:
	case SMMU_OP_TLBI_EL2_ASID:
	case SMMU_OP_TLBI_EL2_VA:
	case SMMU_OP_TLBI_EL2_VAA:
		return unit->rules.stage1 && unit->rules.hyp;
	case SMMU_OP_TLBI_S12_VMALL:
	case SMMU_OP_TLBI_S2_IPA:
		return unit->rules.stage2;
	case SMMU_OP_TLBI_NSNH_ALL:
		return true;
	case SMMU_OP_SYNC:
		return SMMU_CMD_SYNC_CS(words) <= SMMU_SYNC_SEV;
	case SMMU_OP_ATC_INV: /* 4.5.1: a Size beyond everything may be illegal */
		return unit->rules.ats && !SMMU_CMD_ATC_INV_SSEC(words) &&
		       SMMU_CMD_ATC_INV_SIZE(words) <= SMMU_ATC_INV_SIZE_ALL;
	case SMMU_OP_PRI_RESP:
		return unit->rules.pri && !SMMU_CMD_PRI_RESP_SSEC(words) &&
		       SMMU_CMD_PRI_RESP_RESP(words) <= SMMU_PRI_SUCCESS;
	case SMMU_OP_RESUME:
	case SMMU_OP_STALL_TERM:
		return unit->rules.stall_model != SMMU_STALL_NEVER && !SMMU_CMD_RESUME_SSEC(words);
	default: /* without MPAM and DPT; those of other Security states */
		return false;
	}
}

unsigned smmu_command_error(const struct smmu *unit, const uint64_t *words)
{
	unsigned opcode = (unsigned)SMMU_CMD_OPCODE(words);
	bool lenient = smmu_deviates(&unit->rules, SMMU_DEVIATION_CMD_NO_ILL);

	if (!is_legal(unit, opcode, words) && !(lenient && is_let_through(opcode, words)))
		return SMMU_CERROR_ILL;
	if (has_address(opcode) && is_reserved_range(unit, words) && !lenient)
		return SMMU_CERROR_ILL;
	return SMMU_CERROR_NONE;
}

void smmu_report_complete(struct smmu *unit, const struct invalidation_scope *scope, const uint64_t *words)
{
	struct effect effect = {
		.kind = EFFECT_COMPLETE,
		.iommu = unit->iommu.index,
		.command = {words[0], words[1]},
		.scope = *scope,
	};
	effect_report(unit->iommu.hook, &effect);
}

static void invalidate_configuration(struct smmu *unit, unsigned opcode, const uint64_t *words)
{
	bool range = opcode == SMMU_OP_CFGI_STE_RANGE, one = opcode == SMMU_OP_CFGI_CD;
	unsigned bits = range ? (unsigned)SMMU_CMD_CFGI_RANGE_RANGE(words) + 1 : 0;
	struct smmu_config_match match = {
		.stream = (uint32_t)SMMU_CMD_CFGI_SID(words),
		.stream_ignore = (uint32_t)((UINT64_C(1) << bits) - 1),
		.stes = range || opcode == SMMU_OP_CFGI_STE,
		.all_substreams = !one,
		.substream = one ? (uint32_t)SMMU_CMD_CFGI_SSID(words) : 0,
	};
	struct invalidation_scope scope = {
		.what = match.stes ? INVALIDATED_CONTEXT : INVALIDATED_PASID,
		.all_tags = true,
		.all_streams = bits == 32,
		.all_addresses = true,
		.stream = bits == 32 ? 0 : match.stream & ~match.stream_ignore,
		.stream_mask = bits == 32 ? 0 : match.stream_ignore,
		.last = UINT64_MAX,
	};
	smmu_config_drop(&unit->caches, &match);
	smmu_report_complete(unit, &scope, words);
}

/* VMID and VMID wildcard (6.3.9 VMW) in a match. */
static void match_vmid(const struct smmu *unit, const uint64_t *words, struct smmu_tlb_match *match)
{
	unsigned wildcard = (unsigned)SMMU_CR0_VMW(&unit->state->registers[SMMU_R_CR0ACK]);
	uint64_t ignored = wildcard <= 4 ? (UINT64_C(1) << wildcard) - 1 : 0;

	if (!unit->rules.stage2)
		return;
	match->world |= SMMU_CMD_TLBI_VMID(words) << SMMU_WORLD_VMID_LSB;
	match->world_mask |= (0xffff & ~ignored) << SMMU_WORLD_VMID_LSB;
}

static void match_asid(const uint64_t *words, struct smmu_tlb_match *match)
{
	match->world |= SMMU_CMD_TLBI_ASID(words);
	match->world_mask |= SMMU_WORLD_ASID_MASK;
}

/* Addresses, TG and TTL (4.4.1.1). */
static void match_address(const struct smmu *unit, const uint64_t *words, bool ipa, struct smmu_tlb_match *match)
{
	static const uint8_t granules[4] = {SMMU_GRANULE_NONE, SMMU_GRANULE_4K, SMMU_GRANULE_16K, SMMU_GRANULE_64K};
	unsigned tg = unit->rules.range_invalidation ? (unsigned)SMMU_CMD_TLBI_TG(words) : 0;
	uint64_t first = words[1] & SMMU_CMD_TLBI_ADDR_MASK;

	if (ipa)
		first &= (UINT64_C(1) << 56) - 1;
	match->all_addresses = false;
	match->granule = granules[tg];
	match->level = tg ? (uint8_t)level_hint(words) : 0;
	match->first = first;
	match->last = first;
	if (tg) {
		unsigned lg2 = unit->rules.geometry[match->granule].lg2 + (unsigned)(SMMU_CMD_TLBI_SCALE(words) & 31);
		uint64_t bytes = (SMMU_CMD_TLBI_NUM(words) + 1) << lg2;
		match->last = first > UINT64_MAX - (bytes - 1) ? UINT64_MAX : first + (bytes - 1);
	}
}

/* See effect.h for the tags: a stage 1 under another VMID than 0 is a guest's and has none. */
static void report_translations(struct smmu *unit, unsigned opcode, const struct smmu_tlb_match *match,
				const uint64_t *words)
{
	uint32_t vmid = (uint32_t)(match->world >> SMMU_WORLD_VMID_LSB & 0xffff);
	bool stage2 = opcode == SMMU_OP_TLBI_S2_IPA || opcode == SMMU_OP_TLBI_S12_VMALL;
	bool all_asids = !stage2 && !(match->world_mask & SMMU_WORLD_ASID_MASK);
	bool all = opcode == SMMU_OP_TLBI_NSNH_ALL;
	struct invalidation_scope scope = {
		.what = !all && !stage2 && vmid ? INVALIDATED_NOTHING : INVALIDATED_IOTLB,
		.all_tags = all,
		.all_streams = true,
		.all_addresses = match->all_addresses,
		.tag = stage2 ? EFFECT_TAG_VMID | vmid : (uint32_t)(match->world & SMMU_WORLD_ASID_MASK),
		.tag_mask = all_asids && !all ? (uint32_t)SMMU_WORLD_ASID_MASK : 0,
		.first = match->all_addresses ? 0 : match->first,
		.last = match->all_addresses ? UINT64_MAX : match->last,
	};
	smmu_report_complete(unit, &scope, words);
}

static void invalidate_translations(struct smmu *unit, unsigned opcode, const uint64_t *words)
{
	bool e2h = SMMU_CR2_E2H(&unit->state->registers[SMMU_R_CR2]), el2 = false;
	struct smmu_tlb_match match = {
		.world = SMMU_WORLD_VALID,
		.world_mask = SMMU_WORLD_VALID | UINT64_C(3) << SMMU_WORLD_REGIME_LSB,
		.all_addresses = true,
		.granule = SMMU_GRANULE_NONE,
	};

	switch (opcode) {
	case SMMU_OP_TLBI_NH_ALL:
	case SMMU_OP_TLBI_NH_ASID:
	case SMMU_OP_TLBI_NH_VA:
	case SMMU_OP_TLBI_NH_VAA:
		match.world_mask |= SMMU_WORLD_IPA;
		match_vmid(unit, words, &match);
		break;
	case SMMU_OP_TLBI_S2_IPA:
		match.world |= SMMU_WORLD_IPA;
		match.world_mask |= SMMU_WORLD_IPA;
		match_vmid(unit, words, &match);
		break;
	case SMMU_OP_TLBI_S12_VMALL:
		match_vmid(unit, words, &match);
		break;
	case SMMU_OP_TLBI_NSNH_ALL:
		break;
	default:
		el2 = true;
		match.world |= (uint64_t)(e2h ? SMMU_REGIME_EL2_E2H : SMMU_REGIME_EL2) << SMMU_WORLD_REGIME_LSB;
		break;
	}
	if (opcode == SMMU_OP_TLBI_NH_ASID || opcode == SMMU_OP_TLBI_NH_VA ||
	    (e2h && (opcode == SMMU_OP_TLBI_EL2_ASID || opcode == SMMU_OP_TLBI_EL2_VA)))
		match_asid(words, &match);
	match.spare_global = opcode == SMMU_OP_TLBI_NH_ASID || opcode == SMMU_OP_TLBI_EL2_ASID;
	match.global_too = !match.spare_global;
	if (has_address(opcode))
		match_address(unit, words, opcode == SMMU_OP_TLBI_S2_IPA, &match);
	smmu_tlb_drop(&unit->caches, &match);
	if (opcode == SMMU_OP_TLBI_EL2_ALL) {
		/* Whether ASID-tagged or not (4.4.2.7). */
		match.world ^= UINT64_C(3) << SMMU_WORLD_REGIME_LSB;
		smmu_tlb_drop(&unit->caches, &match);
	}
	if (!el2)
		report_translations(unit, opcode, &match, words);
}

/* What invalidates nothing of the unit's own. False: another command. */
static bool complete_message(struct smmu *unit, unsigned opcode, const uint64_t *words)
{
	if (opcode == SMMU_OP_PRI_RESP)
		smmu_pri_respond(unit, words);
	else if (opcode == SMMU_OP_RESUME || opcode == SMMU_OP_STALL_TERM)
		smmu_stall_command(unit, words);
	else
		return opcode == SMMU_OP_PREFETCH_CONFIG || opcode == SMMU_OP_PREFETCH_ADDR; /* 4.2: a hint */
	return true;
}

void smmu_command_complete(struct smmu *unit, const uint64_t *words)
{
	unsigned opcode = (unsigned)SMMU_CMD_OPCODE(words);
	struct invalidation_scope nothing = {.what = INVALIDATED_NOTHING};

	unit->signals->commands++;
	/* A command that only QEMU lets through does nothing. */
	if (!is_legal(unit, opcode, words) || complete_message(unit, opcode, words))
		smmu_report_complete(unit, &nothing, words);
	else if (opcode == SMMU_OP_ATC_INV)
		smmu_atc_send(unit, words);
	else if (opcode >= SMMU_OP_CFGI_STE && opcode <= SMMU_OP_CFGI_CD_ALL)
		invalidate_configuration(unit, opcode, words);
	else
		invalidate_translations(unit, opcode, words);
}
