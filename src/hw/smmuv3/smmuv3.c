/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/quick.h"

#include <glib.h>

#define ADDRESS_WIDTH_DEFAULT 44

static const struct iommu_ops checked_ops;

static uint64_t quirks_of(const struct iommu_config *config)
{
	return (config->quirks & QUIRK_AD_BITS_IGNORE_RO ? SMMU_QUIRK_FLAGS_IGNORE_READ_ONLY : 0) |
	       (config->quirks & QUIRK_BYPASS_STAGE2_WALK ? SMMU_QUIRK_STRUCTURES_NOT_TRANSLATED : 0);
}

static struct iommu *smmu_create(struct arena *arena, struct memory *memory, const struct iommu_config *config)
{
	struct smmu *unit = g_new0(struct smmu, 1);

	unit->iommu.ops = config->root ? &checked_ops : &smmuv3_ops;
	unit->iommu.index = config->index;
	unit->memory = memory;
	unit->passes_no_snoop = config->no_snoop_control;
	unit->memos = g_new0(struct smmu_memo, SMMU_MEMOS);
	unit->starts = g_new0(struct smmu_start, 1 << SMMU_STARTS_LG2);
	smmu_ids_of(&unit->ids, config->id, config->address_width ? config->address_width : ADDRESS_WIDTH_DEFAULT,
		    &(struct smmu_wishes){.ats = config->ats,
					  .pri = config->pri,
					  .stall = config->stall,
					  .msi = config->msi,
					  .httu = config->httu,
					  .pasid_bits = (uint8_t)(config->pasid_bits & 31),
					  .no_pasids = config->no_pasids});
	unit->root = config->root;
	unit->space = config->realm ? PA_REALM : PA_NON_SECURE;
	SMMU_IDR0_set_RME_IMPL(&unit->ids.idr0, config->root != NULL);
	if (config->realm)
		smmu_ids_to_realm(&unit->ids);
	smmu_rules_derive(&unit->rules, &unit->ids,
			  (config->compat_qemu ? SMMU_DEVIATES_ALL : config->deviations) | quirks_of(config));
	unit->rules.realm = config->realm;
	unit->rules.xt = config->realm && unit->rules.ats;
	unit->rules.unusual |= config->realm;
	unit->state = arena_block(arena, "smmu", sizeof(*unit->state), ARENA_HASHED);
	unit->signals = arena_block(arena, "smmu signals", sizeof(*unit->signals), ARENA_UNHASHED);
	smmu_caches_init(&unit->caches, arena, config->context_entries, config->iotlb_entries);
	unit->caches.off = config->no_cache;
	unit->caches.translations_off = config->no_cache || config->no_translation_cache;
	smmu_registers_init(unit);
	if (config->realm)
		smmu_realm_registers(unit);
	if (unit->root)
		smmu_root_attach(unit->root, &unit->caches.changes);
	return &unit->iommu;
}

static void smmu_destroy(struct iommu *iommu)
{
	g_free(smmu_of(iommu)->starts);
	g_free(smmu_of(iommu)->memos);
	g_free(iommu);
}

/*
 * Whether No Snoop makes a cacheable access one that caches do not see is the system's (13.6); no attribute of an entry
 * takes it back.
 */
bool smmu_snoops(struct iommu *iommu, const struct request *request)
{
	(void)request;
	return !smmu_of(iommu)->passes_no_snoop;
}

static bool smmu_advance(struct iommu *iommu)
{
	struct smmu *unit = smmu_of(iommu);

	if (smmu_finish_update(unit))
		return true;
	if (smmu_queue_may_consume(unit))
		smmu_queue_consume(unit);
	else if (smmu_queue_next(unit) < unit->state->pending_count)
		smmu_queue_complete(unit, smmu_queue_next(unit));
	else
		return smmu_stall_retry(unit);
	return true;
}

#define OPS                                                                                                            \
	.kind = IOMMU_SMMUV3, .name = "smmuv3", .specification = "Arm IHI 0070 G.b", .create = smmu_create,            \
	.destroy = smmu_destroy, .read_register = smmu_read_register, .write_register = smmu_write_register,           \
	.load_register = smmu_load_register, .translate = smmu_translate, .explain = smmu_explain,                     \
	.snoops = smmu_snoops, .invalidate_completed = smmu_atc_completed, .invalidate_timed_out = smmu_atc_timed_out, \
	.page_request = smmu_page_request, .advance = smmu_advance, .cached = smmu_cached, .evict = smmu_evict,        \
	.fetch = smmu_fetch, .foresee = smmu_foresee, .keep = smmu_keep_foreseen, .turns = smmu_turns,                 \
	.take_turn = smmu_take_turn, .forget_done = smmu_forget_done, .view = smmu_view,                               \
	.view_leaves = smmu_view_leaves, .fault_name = smmu_event_name, .fault_section = smmu_event_section,           \
	.deviation = smmu_deviation_named

const struct iommu_ops smmuv3_ops = {OPS, .begin = smmu_begin, .resume = smmu_resume};
static const struct iommu_ops checked_ops = {OPS, .begin = smmu_begin_checked, .resume = smmu_resume_checked};
