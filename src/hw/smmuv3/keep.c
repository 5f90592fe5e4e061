/* SPDX-License-Identifier: MIT */
/* What the unit keeps of a walk (3.17, 5.2.1, 5.4.1). */
#include "hw/smmuv3/lookup.h"

/* What a walk for a configuration found. An entry whose event is of its own is one, too. */
static struct smmu_config_entry config_of(const struct smmu_walk *walk, unsigned end)
{
	struct smmu_config_entry config = {.event = end};

	for (unsigned i = 0; i < 4; i++)
		config.ste[i] = walk->ste[i];
	for (unsigned i = 0; i < 3 && walk->stages & 1; i++)
		config.cd[i] = walk->cd[i];
	config.substream = walk->substream;
	config.stages = walk->stages;
	config.world = smmu_world_of(walk);
	config.top_ignored = smmu_top_ignored(walk);
	config.access = smmu_stream_memo(walk->rules, walk->memo, walk->ste)->access;
	return config;
}

SMMU_INLINE void keep(struct smmu *unit, const struct smmu_found *found)
{
	uint64_t below = smmu_mask_below(found->lg2), world = found->world;
	unsigned rights = found->rights;

	if (unit->caches.translations_off)
		return;
	if (IOSIM_UNLIKELY(found->global) && !smmu_deviates(&unit->rules, SMMU_DEVIATION_NEVER_GLOBAL))
		world = (world & ~SMMU_WORLD_ASID_MASK) | SMMU_WORLD_GLOBAL;
	if (found->stages & 1 && smmu_deviates(&unit->rules, SMMU_DEVIATION_APTABLE_TLB))
		rights |= smmu_plain_rights[found->index1];
	struct smmu_tlb_entry *entry = smmu_tlb_make(&unit->caches, found->address, found->lg2, world);
	entry->frame = found->pa & ~below;
	entry->ipa = found->stages & 2 ? found->ipa & ~below : 0;
	entry->difference = entry->frame - (found->address & ~below);
	entry->rights = (uint16_t)rights;
	entry->clean = found->clean;
	entry->stages = found->stages;
	entry->granule = found->granule;
	entry->level = found->level;
	entry->page_lg2 = found->page_lg2;
	for (unsigned privileged = 0; privileged < 2; privileged++)
		entry->permissions[privileged] = smmu_permissions(rights, privileged);
}

void smmu_keep(struct smmu *unit, const struct smmu_found *found)
{
	keep(unit, found);
}

void smmu_keep_found(struct smmu *unit, const struct smmu_walk *walk)
{
	struct smmu_found found;

	smmu_found_of(walk, smmu_world_of(walk), smmu_top_ignored(walk), &found);
	keep(unit, &found);
}

static void keep_ste(struct smmu *unit, const struct smmu_walk *walk)
{
	struct smmu_ste_entry ste = {.event = walk->ste_known ? SMMU_EVENT_NONE : SMMU_C_BAD_STE};

	for (unsigned i = 0; i < 4; i++)
		ste.ste[i] = walk->ste[i];
	smmu_ste_keep(&unit->caches, walk->stream, &ste);
}

void smmu_keep_loaded(struct smmu *unit, const struct smmu_walk *walk, unsigned end, bool ste_cached, bool keeps,
		      struct smmu_config_entry *config)
{
	bool own_event = end == SMMU_C_BAD_CD || end == SMMU_WALK_ABORTS;

	/* With SMMU_DEVIATION_L1STD_SPAN there is C_BAD_STE without an STE. */
	if (keeps && !ste_cached && walk->ste_read)
		keep_ste(unit, walk);
	if (walk->ste_known && (walk->config_known || own_event)) {
		*config = config_of(walk, own_event ? end : SMMU_EVENT_NONE);
		if (keeps)
			smmu_config_keep(&unit->caches,
					 smmu_config_tag(walk->stream, walk->substream, walk->has_substream), config);
	}
}

/* --- what is over --- */

void smmu_forget_done(struct iommu *iommu)
{
	struct smmu_state *state = smmu_of(iommu)->state;
	uint64_t *registers = state->registers;
	uint64_t cons = SMMU_CMDQ_CONS_RD(&registers[SMMU_R_CMDQ_CONS]);

	if (state->pending_count == 0 && registers[SMMU_R_CMDQ_PROD] == cons) {
		registers[SMMU_R_CMDQ_PROD] = 0;
		SMMU_CMDQ_CONS_set_RD(&registers[SMMU_R_CMDQ_CONS], 0);
	}
	if (registers[SMMU_R_EVENTQ_PROD] == registers[SMMU_R_EVENTQ_CONS])
		registers[SMMU_R_EVENTQ_PROD] = registers[SMMU_R_EVENTQ_CONS] = 0;
}
