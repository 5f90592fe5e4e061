/* SPDX-License-Identifier: MIT */
/* Invalidation of the translation caches: what each granularity covers (6.5.1, 6.5.2, table 23), and the registers. */
#include "hw/vtd/engine.h"

void vtd_report_complete(struct vtd *unit, const struct invalidation_scope *scope, const uint64_t *words)
{
	struct effect effect = {.kind = EFFECT_COMPLETE, .iommu = unit->iommu.index, .scope = *scope};

	for (unsigned word = 0; words && word < VTD_DESCRIPTOR_MAX_WORDS; word++)
		effect.command[word] = words[word];
	effect_report(unit->iommu.hook, &effect);
}

static uint64_t last_of_region(uint64_t first, unsigned address_mask)
{
	return address_mask >= 52 ? UINT64_MAX : first | ((UINT64_C(4096) << address_mask) - 1);
}

static unsigned invalidate_contexts(struct vtd *unit, const struct vtd_invalidation *asked, const uint64_t *words)
{
	unsigned granularity = asked->granularity;
	/* 6.5.2.1: in scalable mode the context cache has no domains. */
	bool coarse = vtd_is_scalable(unit) || unit->rules.deviations & VTD_DEVIATES(CONTEXT_COARSE);
	if (granularity == VTD_GRANULARITY_DOMAIN && coarse)
		granularity = VTD_GRANULARITY_GLOBAL;

	struct vtd_context_match match = {
		.all_domains = granularity == VTD_GRANULARITY_GLOBAL || coarse,
		.all_sources = granularity != VTD_GRANULARITY_SELECTIVE,
		.domain = asked->domain & (uint16_t)unit->rules.domain_mask,
		.source = asked->source,
		.source_ignore = asked->source_ignore,
	};
	struct invalidation_scope scope = {
		.what = INVALIDATED_CONTEXT,
		.all_tags = match.all_domains,
		.all_streams = match.all_sources,
		.all_addresses = true,
		.tag = match.all_domains ? 0 : match.domain,
		.stream = match.all_sources ? 0 : match.source,
		.stream_mask = match.all_sources ? 0 : match.source_ignore,
		.last = UINT64_MAX,
	};
	vtd_context_drop(&unit->caches, &match);
	vtd_report_complete(unit, &scope, words);
	return granularity;
}

/* 6.5.2.2 */
static unsigned invalidate_pasids(struct vtd *unit, const struct vtd_invalidation *asked, const uint64_t *words)
{
	struct vtd_pasid_match match = {
		.all_domains = asked->granularity == VTD_GRANULARITY_GLOBAL,
		.all_pasids = !asked->by_pasid,
		.domain = asked->domain & (uint16_t)unit->rules.domain_mask,
		.pasid = asked->pasid,
	};
	struct invalidation_scope scope = {
		.what = INVALIDATED_PASID,
		.all_tags = match.all_domains,
		.all_streams = true,
		.all_addresses = true,
		.one_pasid = asked->by_pasid,
		.tag = match.all_domains ? 0 : match.domain,
		.pasid = asked->pasid,
		.last = UINT64_MAX,
	};
	vtd_pasid_drop(&unit->caches, &match);
	vtd_report_complete(unit, &scope, words);
	return asked->granularity;
}

static unsigned invalidate_translations(struct vtd *unit, const struct vtd_invalidation *asked, const uint64_t *words)
{
	bool selective = asked->granularity == VTD_GRANULARITY_SELECTIVE;
	/* Bits that the mask covers do not count, nor do those above MGAW of second-stage addresses (6.5.2.3). */
	uint64_t region = last_of_region(0, asked->address_mask);
	uint64_t address_bits = asked->by_pasid ? UINT64_MAX : unit->rules.mgaw_mask;
	uint64_t first = selective ? asked->address & address_bits & ~region : 0;

	struct vtd_iotlb_match match = {
		.all_domains = asked->granularity == VTD_GRANULARITY_GLOBAL,
		.all_addresses = !selective,
		.first_stage = asked->by_pasid,
		.one_pasid = asked->by_pasid,
		.domain = asked->domain & (uint16_t)unit->rules.domain_mask,
		.pasid = asked->pasid,
		.first = first,
		.last = selective ? first | region : UINT64_MAX,
	};
	struct invalidation_scope scope = {
		.what = INVALIDATED_IOTLB,
		.all_tags = match.all_domains,
		.all_streams = true,
		.all_addresses = match.all_addresses,
		.one_pasid = match.one_pasid,
		.tag = match.all_domains ? 0 : match.domain,
		.pasid = match.pasid,
		.first = match.first,
		.last = match.last,
	};
	struct vtd_table_match tables = {
		.all_domains = match.all_domains,
		.all_addresses = match.all_addresses,
		.hint = asked->hint,
		.first_stage = asked->by_pasid,
		.domain = match.domain,
		.pasid = match.pasid,
		.first = match.first,
		.last = match.last,
	};
	vtd_iotlb_drop(&unit->caches, &match);
	vtd_table_drop(&unit->caches.tables, &tables);
	vtd_report_complete(unit, &scope, words);
	return asked->granularity;
}

/* 6.5.2.8, table 25 */
static unsigned invalidate_interrupts(struct vtd *unit, const struct vtd_invalidation *asked, const uint64_t *words)
{
	bool selective = asked->granularity == VTD_GRANULARITY_SELECTIVE;
	unsigned below = selective && asked->address_mask < 16 ? (1u << asked->address_mask) - 1 : UINT16_MAX;
	unsigned first = selective ? (unsigned)asked->address & ~below & UINT16_MAX : 0;
	struct invalidation_scope scope = {
		.what = INVALIDATED_INTERRUPTS,
		.all_tags = true,
		.all_streams = true,
		.all_addresses = !selective,
		.first = first,
		.last = first | below,
	};
	vtd_interrupt_cache_drop(&unit->interrupts, (uint16_t)first, (uint16_t)(first | below));
	vtd_report_complete(unit, &scope, words);
	return asked->granularity;
}

uint16_t vtd_ignored_functions(unsigned function_mask)
{
	static const uint8_t ignored[4] = {0, 4, 6, 7};
	return ignored[function_mask & 3];
}

unsigned vtd_invalidate(struct vtd *unit, const struct vtd_invalidation *asked, const uint64_t *words)
{
	unit->messages->invalidations++;
	if (asked->what == INVALIDATED_CONTEXT)
		return invalidate_contexts(unit, asked, words);
	if (asked->what == INVALIDATED_PASID)
		return invalidate_pasids(unit, asked, words);
	if (asked->what == INVALIDATED_INTERRUPTS)
		return invalidate_interrupts(unit, asked, words);
	return invalidate_translations(unit, asked, words);
}

bool vtd_invalidation_is_valid(const struct vtd *unit, const struct vtd_invalidation *asked)
{
	const uint64_t *cap = &unit->state->registers[VTD_R_CAP];

	if (asked->granularity == VTD_GRANULARITY_RESERVED)
		return false;
	if (asked->what == INVALIDATED_INTERRUPTS)
		return asked->granularity == VTD_GRANULARITY_GLOBAL ||
		       asked->address_mask <= VTD_ECAP_MHMV(&unit->state->registers[VTD_R_ECAP]);
	if (asked->what != INVALIDATED_IOTLB || asked->granularity != VTD_GRANULARITY_SELECTIVE)
		return true;
	/* 11.4.2, PSI and MAMV are for second-stage addresses. */
	if (asked->by_pasid)
		return true;
	return VTD_CAP_PSI(cap) && asked->address_mask <= VTD_CAP_MAMV(cap);
}

void vtd_invalidate_all(struct vtd *unit)
{
	struct vtd_invalidation all = {.what = INVALIDATED_CONTEXT, .granularity = VTD_GRANULARITY_GLOBAL};
	vtd_invalidate(unit, &all, NULL);
	if (VTD_ECAP_SMTS(&unit->state->registers[VTD_R_ECAP])) {
		all.what = INVALIDATED_PASID;
		vtd_invalidate(unit, &all, NULL);
	}
	all.what = INVALIDATED_IOTLB;
	vtd_invalidate(unit, &all, NULL);
}

/*
 * 11.4.6: the registers are not to be used while the queue is enabled (6.5.1), nor outside legacy mode; such a
 * request is reported as an error and does nothing.
 */
static bool registers_serve(const struct vtd *unit)
{
	return !VTD_GSTS_QIES(&unit->state->registers[VTD_R_GSTS]) &&
	       (VTD_RTADDR_TTM(&unit->state->root) == VTD_TTM_LEGACY ||
		unit->rules.deviations & VTD_DEVIATES(TTM_IGNORED));
}

static unsigned serve(struct vtd *unit, const struct vtd_invalidation *asked)
{
	if (!registers_serve(unit) || !vtd_invalidation_is_valid(unit, asked))
		return VTD_GRANULARITY_RESERVED;
	return vtd_invalidate(unit, asked, NULL);
}

static void serve_context_command(struct vtd *unit, uint64_t *command)
{
	struct vtd_invalidation asked = {
		.what = INVALIDATED_CONTEXT,
		.granularity = (unsigned)VTD_CCMD_CIRG(command),
		.domain = (uint16_t)VTD_CCMD_DID(command),
		.source = (uint16_t)VTD_CCMD_SID(command),
		.source_ignore = vtd_ignored_functions((unsigned)VTD_CCMD_FM(command)),
	};
	VTD_CCMD_set_CAIG(command, serve(unit, &asked));
	VTD_CCMD_set_ICC(command, 0);
}

static void serve_iotlb_command(struct vtd *unit, uint64_t *command)
{
	const uint64_t *address = &unit->state->registers[VTD_R_IVA];
	struct vtd_invalidation asked = {
		.what = INVALIDATED_IOTLB,
		.granularity = (unsigned)VTD_IOTLB_IIRG(command),
		.domain = (uint16_t)VTD_IOTLB_DID(command),
		.address = *address & VTD_IVA_ADDR_MASK,
		.address_mask = (unsigned)VTD_IVA_AM(address),
		.hint = VTD_IVA_IH(address),
	};
	VTD_IOTLB_set_IAIG(command, serve(unit, &asked));
	VTD_IOTLB_set_IVT(command, 0);
}

bool vtd_register_invalidation(struct vtd *unit)
{
	uint64_t *registers = unit->state->registers;

	if (VTD_CCMD_ICC(&registers[VTD_R_CCMD]))
		serve_context_command(unit, &registers[VTD_R_CCMD]);
	else if (VTD_IOTLB_IVT(&registers[VTD_R_IOTLB]))
		serve_iotlb_command(unit, &registers[VTD_R_IOTLB]);
	else
		return false;
	return true;
}
