/* SPDX-License-Identifier: MIT */
#include "hw/vtd/engine.h"
#include "hw/vtd/interrupt.h"
#include "hw/vtd/quick.h"

#include <glib.h>

#define ADDRESS_WIDTH_MIN     32
#define ADDRESS_WIDTH_MAX     52
#define ADDRESS_WIDTH_DEFAULT 46

static unsigned address_width_of(const struct iommu_config *config)
{
	unsigned width = config->address_width;

	if (width == 0 && config->id[0])
		width = (unsigned)VTD_CAP_MGAW(&config->id[0]) + 1;
	if (width == 0)
		width = ADDRESS_WIDTH_DEFAULT;
	return CLAMP(width, ADDRESS_WIDTH_MIN, ADDRESS_WIDTH_MAX);
}

static uint64_t ecap_wished(const struct iommu_config *config)
{
	struct vtd_wishes wishes = {
		.scalable = config->scalable,
		.snoop_control = !config->no_snoop_control,
		.ats = config->ats,
		.pri = config->pri,
		.pasid_bits = config->pasid_bits,
		.no_pasids = config->no_pasids,
	};
	return vtd_ecap_default(&wishes) | (config->interrupt_remapping ? vtd_interrupt_ecap() : 0);
}

static uint64_t cap_wished(const struct iommu_config *config, unsigned address_width)
{
	uint64_t cap = vtd_cap_default(address_width, config->page_lg2_mask);
	return config->interrupt_remapping ? cap | vtd_interrupt_cap(config->interrupt_posting) : cap;
}

static uint64_t quirks_of(const struct iommu_config *config)
{
	return (config->quirks & QUIRK_AD_BITS_IGNORE_RO ? VTD_QUIRK_FLAGS_IGNORE_READ_ONLY : 0) |
	       (config->quirks & QUIRK_BYPASS_STAGE2_WALK ? VTD_QUIRK_TABLES_NOT_TRANSLATED : 0);
}

static struct iommu *vtd_create(struct arena *arena, struct memory *memory, const struct iommu_config *config)
{
	struct vtd *unit = g_new0(struct vtd, 1);

	unit->iommu.ops = &vtd_ops;
	unit->iommu.index = config->index;
	unit->memory = memory;
	unit->trusted = config->trusted;
	unit->deviations = config->compat_qemu ? VTD_DEVIATES_ALL : config->deviations & VTD_DEVIATES_ALL;
	unit->deviations |= quirks_of(config);
	unit->address_width = address_width_of(config);
	unit->ecap_asked = config->id[1] ? config->id[1] : ecap_wished(config);
	uint64_t cap = config->id[0] ? config->id[0] : cap_wished(config, unit->address_width);
	cap = vtd_cap_supported(cap);
	uint64_t ecap = vtd_ecap_supported(unit->ecap_asked);
	/* 11.4.2 */
	if (VTD_ECAP_SMTS(&ecap))
		VTD_CAP_set_RWBF(&cap, 0);
	if (!VTD_ECAP_IR(&ecap))
		VTD_CAP_set_PI(&cap, 0);

	unit->record_count = (uint32_t)VTD_CAP_NFR(&cap) + 1;
	unit->state = arena_block(arena, "vtd", sizeof(*unit->state), ARENA_HASHED);
	unit->records =
		arena_block(arena, "vtd fault records", sizeof(unit->records[0]) * unit->record_count, ARENA_HASHED);
	unit->messages = arena_block(arena, "vtd messages", sizeof(*unit->messages), ARENA_UNHASHED);
	unit->starts = g_new0(struct vtd_start, 1 << VTD_STARTS_LG2);
	vtd_caches_init(&unit->caches, arena, config->context_entries, config->iotlb_entries);
	vtd_table_cache_init(&unit->caches.tables, arena, config->no_cache ? 0 : config->table_entries);
	unit->caches.off = config->no_cache;
	unit->caches.translations_off = config->no_cache || config->no_translation_cache; /* before vtd_derive() */
	if (VTD_ECAP_IR(&ecap) && !config->no_cache)
		vtd_interrupt_cache_init(&unit->interrupts, arena);
	vtd_registers_init(unit);
	vtd_derive(unit, cap, ecap);
	return &unit->iommu;
}

static void vtd_destroy(struct iommu *iommu)
{
	g_free(vtd_of(iommu)->starts);
	g_free(iommu);
}

static bool vtd_advance(struct iommu *iommu)
{
	struct vtd *unit = vtd_of(iommu);

	if (unit->state->command_pending)
		vtd_command_finish(unit);
	else if (vtd_register_invalidation(unit))
		;
	else if (vtd_queue_may_consume(unit))
		vtd_queue_consume(unit);
	else
		return vtd_queue_proceed(unit);
	return true;
}

const struct iommu_ops vtd_ops = {
	.kind = IOMMU_VTD,
	.name = "vtd",
	.specification = "Intel VT-d 5.10",
	.create = vtd_create,
	.destroy = vtd_destroy,
	.read_register = vtd_read_register,
	.write_register = vtd_write_register,
	.load_register = vtd_load_register,
	.translate = vtd_translate,
	.begin = vtd_begin,
	.resume = vtd_resume,
	.foresee = vtd_foresee,
	.keep = vtd_keep_foreseen,
	.explain = vtd_explain,
	.snoops = vtd_snoops,
	.invalidate_completed = vtd_invalidate_completed,
	.invalidate_timed_out = vtd_invalidate_timed_out,
	.page_request = vtd_page_request,
	.advance = vtd_advance,
	.cached = vtd_cached,
	.evict = vtd_evict,
	.fetch = vtd_fetch,
	.turns = vtd_turns,
	.take_turn = vtd_take_turn,
	.forget_done = vtd_forget_done,
	.view = vtd_view,
	.view_leaves = vtd_view_leaves,
	.fault_name = vtd_fault_name,
	.fault_section = vtd_fault_section,
	.deviation = vtd_deviation_named,
};
