/* SPDX-License-Identifier: MIT */
/*
 * The invalidation queue (6.5.2). A descriptor is consumed (read, checked, the head moves on) and completed (it has
 * taken effect) in two events; a wait descriptor and its fence are what orders them.
 */
#include "hw/vtd/engine.h"

#include <string.h>

static const struct field_row context_rows[] = FIELD_ROWS(VTD_DESC_CONTEXT_FIELDS);
static const struct field_row iotlb_rows[] = FIELD_ROWS(VTD_DESC_IOTLB_FIELDS);
static const struct field_row devtlb_rows[] = FIELD_ROWS(VTD_DESC_DEVTLB_FIELDS);
static const struct field_row iec_rows[] = FIELD_ROWS(VTD_DESC_IEC_FIELDS);
static const struct field_row wait_rows[] = FIELD_ROWS(VTD_DESC_WAIT_FIELDS);
static const struct field_row piotlb_rows[] = FIELD_ROWS(VTD_DESC_PIOTLB_FIELDS);
static const struct field_row pasid_rows[] = FIELD_ROWS(VTD_DESC_PASID_FIELDS);
static const struct field_row pdevtlb_rows[] = FIELD_ROWS(VTD_DESC_PDEVTLB_FIELDS);
static const struct field_row response_rows[] = FIELD_ROWS(VTD_DESC_RESPONSE_FIELDS);

#define ROWS(rows) rows, sizeof(rows) / sizeof((rows)[0])
static const struct {
	const struct field_row *rows;
	size_t count;
} descriptors[] = {
	[VTD_DESCRIPTOR_CONTEXT] = {ROWS(context_rows)},   [VTD_DESCRIPTOR_IOTLB] = {ROWS(iotlb_rows)},
	[VTD_DESCRIPTOR_DEVTLB] = {ROWS(devtlb_rows)},     [VTD_DESCRIPTOR_IEC] = {ROWS(iec_rows)},
	[VTD_DESCRIPTOR_WAIT] = {ROWS(wait_rows)},         [VTD_DESCRIPTOR_PIOTLB] = {ROWS(piotlb_rows)},
	[VTD_DESCRIPTOR_PASID] = {ROWS(pasid_rows)},       [VTD_DESCRIPTOR_PDEVTLB] = {ROWS(pdevtlb_rows)},
	[VTD_DESCRIPTOR_RESPONSE] = {ROWS(response_rows)},
};

unsigned vtd_descriptor_type(const uint64_t *words)
{
	return (unsigned)(VTD_DESC_TYPE_HIGH(words) << 4 | VTD_DESC_TYPE(words));
}

static unsigned descriptor_bytes(const struct vtd *unit)
{
	return VTD_IQA_DW(&unit->state->registers[VTD_R_IQA]) ? 32 : 16;
}

static uint64_t queue_bytes(const struct vtd *unit)
{
	return UINT64_C(4096) << VTD_IQA_QS(&unit->state->registers[VTD_R_IQA]);
}

static bool fence_is_pending(const struct vtd_state *state)
{
	for (uint32_t i = 0; i < state->pending_count; i++)
		if (vtd_descriptor_type(state->pending[i]) == VTD_DESCRIPTOR_WAIT &&
		    VTD_DESC_WAIT_FN(state->pending[i]))
			return true;
	return false;
}

bool vtd_queue_may_consume(const struct vtd *unit)
{
	const struct vtd_state *state = unit->state;
	const uint64_t *registers = state->registers;

	if (!VTD_GSTS_QIES(&registers[VTD_R_GSTS]) || registers[VTD_R_IQH] == registers[VTD_R_IQT] ||
	    VTD_FSTS_IQE(&registers[VTD_R_FSTS]) || VTD_FSTS_ITE(&registers[VTD_R_FSTS]))
		return false;
	if (state->error_seen)
		return false;
	return state->pending_count < VTD_PENDING_MAX && !fence_is_pending(state);
}

/* IQEI for the way that the queue is set up; 0: as it should be (11.4.9.9). */
static unsigned setup_error(const struct vtd *unit)
{
	const uint64_t *registers = unit->state->registers;
	const uint64_t *iqa = &registers[VTD_R_IQA], *root = &unit->state->root;
	bool abort_mode = VTD_ECAP_ADMS(&registers[VTD_R_ECAP]);
	uint64_t mode = VTD_RTADDR_TTM(root);

	bool scalable = VTD_ECAP_SMTS(&registers[VTD_R_ECAP]);
	if (unit->rules.deviations & VTD_DEVIATES(TTM_IGNORED))
		mode = vtd_is_scalable(unit) ? VTD_TTM_SCALABLE : VTD_TTM_LEGACY;
	if (mode != VTD_TTM_LEGACY && !(mode == VTD_TTM_ABORT && abort_mode) && !(mode == VTD_TTM_SCALABLE && scalable))
		return VTD_IQEI_TTM;
	/* Table 26. */
	if (VTD_IQA_DW(iqa) ? !abort_mode && !scalable : mode != VTD_TTM_LEGACY)
		return VTD_IQEI_WIDTH;
	if (registers[VTD_R_IQT] % descriptor_bytes(unit) != 0)
		return VTD_IQEI_TAIL_ALIGN;
	return registers[VTD_R_IQT] >= queue_bytes(unit) ? VTD_IQEI_TAIL : 0;
}

static bool fetch(const struct vtd *unit, uint64_t *words)
{
	const uint64_t *registers = unit->state->registers;
	uint64_t pa = (registers[VTD_R_IQA] & VTD_IQA_IQA_MASK) + registers[VTD_R_IQH];

	return registers[VTD_R_IQH] < queue_bytes(unit) && memory_read(unit->memory, pa, words, descriptor_bytes(unit));
}

/* 6.5.2.2: a granularity of its own, as that of the others; VTD_GRANULARITY_RESERVED where it is. */
static struct vtd_invalidation pasid_invalidation_of(const uint64_t *words)
{
	static const uint8_t granularities[] = {
		[VTD_PASID_CACHE_DOMAIN] = VTD_GRANULARITY_DOMAIN,
		[VTD_PASID_CACHE_PASID] = VTD_GRANULARITY_DOMAIN,
		[VTD_PASID_CACHE_GLOBAL] = VTD_GRANULARITY_GLOBAL,
	};
	return (struct vtd_invalidation){
		.what = INVALIDATED_PASID,
		.granularity = granularities[VTD_DESC_PASID_G(words)],
		.by_pasid = VTD_DESC_PASID_G(words) == VTD_PASID_CACHE_PASID,
		.domain = (uint16_t)VTD_DESC_PASID_DID(words),
		.pasid = (uint32_t)VTD_DESC_PASID_PASID(words),
	};
}

/* 6.5.2.4 */
static struct vtd_invalidation piotlb_invalidation_of(const uint64_t *words)
{
	static const uint8_t granularities[] = {
		[VTD_PIOTLB_PASID] = VTD_GRANULARITY_DOMAIN,
		[VTD_PIOTLB_PAGES] = VTD_GRANULARITY_SELECTIVE,
	};
	return (struct vtd_invalidation){
		.what = INVALIDATED_IOTLB,
		.granularity = granularities[VTD_DESC_PIOTLB_G(words)],
		.by_pasid = true,
		.domain = (uint16_t)VTD_DESC_PIOTLB_DID(words),
		.pasid = (uint32_t)VTD_DESC_PIOTLB_PASID(words),
		.address = words[1] & VTD_IVA_ADDR_MASK,
		.address_mask = (unsigned)VTD_DESC_PIOTLB_AM(words),
		.hint = VTD_DESC_PIOTLB_IH(words),
	};
}

static struct vtd_invalidation invalidation_of(const uint64_t *words)
{
	if (vtd_descriptor_type(words) == VTD_DESCRIPTOR_PASID)
		return pasid_invalidation_of(words);
	if (vtd_descriptor_type(words) == VTD_DESCRIPTOR_PIOTLB)
		return piotlb_invalidation_of(words);
	if (vtd_descriptor_type(words) == VTD_DESCRIPTOR_CONTEXT)
		return (struct vtd_invalidation){
			.what = INVALIDATED_CONTEXT,
			.granularity = (unsigned)VTD_DESC_CONTEXT_G(words),
			.domain = (uint16_t)VTD_DESC_CONTEXT_DID(words),
			.source = (uint16_t)VTD_DESC_CONTEXT_SID(words),
			.source_ignore = vtd_ignored_functions((unsigned)VTD_DESC_CONTEXT_FM(words)),
		};
	if (vtd_descriptor_type(words) == VTD_DESCRIPTOR_IEC)
		return (struct vtd_invalidation){
			.what = INVALIDATED_INTERRUPTS,
			.granularity = VTD_DESC_IEC_G(words) ? VTD_GRANULARITY_SELECTIVE : VTD_GRANULARITY_GLOBAL,
			.address = VTD_DESC_IEC_IIDX(words),
			.address_mask = (unsigned)VTD_DESC_IEC_IM(words),
		};
	return (struct vtd_invalidation){
		.what = INVALIDATED_IOTLB,
		.granularity = (unsigned)VTD_DESC_IOTLB_G(words),
		.domain = (uint16_t)VTD_DESC_IOTLB_DID(words),
		.address = words[1] & VTD_IVA_ADDR_MASK,
		.address_mask = (unsigned)VTD_DESC_IOTLB_AM(words),
		.hint = VTD_DESC_IOTLB_IH(words),
	};
}

/* Table 26, 6.5.2.5, 6.5.2.6, 7.6.1; host permission tables are never supported. */
static bool has_type(const struct vtd *unit, unsigned type)
{
	bool device = type == VTD_DESCRIPTOR_DEVTLB || type == VTD_DESCRIPTOR_PDEVTLB;
	const uint64_t *ecap = &unit->state->registers[VTD_R_ECAP];
	unsigned last = VTD_DESCRIPTOR_WAIT;

	if (VTD_ECAP_SMTS(ecap) && VTD_RTADDR_TTM(&unit->state->root) != VTD_TTM_LEGACY)
		last = VTD_ECAP_PRS(ecap) ? VTD_DESCRIPTOR_RESPONSE : VTD_DESCRIPTOR_PDEVTLB;
	return type >= VTD_DESCRIPTOR_CONTEXT && type <= last && (!device || unit->rules.device_tlbs);
}

/* Device-TLB invalidations name their physical function with DIT alone. */
static bool has_physical_function(const uint64_t *words)
{
	return VTD_DESC_DEVTLB_PFSID_HIGH(words) || VTD_DESC_DEVTLB_PFSID_LOW(words);
}

static bool is_invalidation(unsigned type)
{
	return type == VTD_DESCRIPTOR_CONTEXT || type == VTD_DESCRIPTOR_IOTLB || type == VTD_DESCRIPTOR_PASID ||
	       type == VTD_DESCRIPTOR_PIOTLB || type == VTD_DESCRIPTOR_IEC;
}

/* IQEI for the descriptor; 0: valid. */
static unsigned descriptor_error(const struct vtd *unit, const uint64_t *words)
{
	unsigned type = vtd_descriptor_type(words);

	if (!has_type(unit, type))
		return VTD_IQEI_TYPE;
	for (unsigned word = 0; word < VTD_DESCRIPTOR_MAX_WORDS; word++)
		if (words[word] & field_reserved(descriptors[type].rows, descriptors[type].count, word))
			return VTD_IQEI_RESERVED;
	/* Fields of capabilities that the unit lacks. */
	if (type == VTD_DESCRIPTOR_WAIT && VTD_DESC_WAIT_PD(words) &&
	    !VTD_ECAP_PDS(&unit->state->registers[VTD_R_ECAP]))
		return VTD_IQEI_RESERVED;
	if ((type == VTD_DESCRIPTOR_DEVTLB || type == VTD_DESCRIPTOR_PDEVTLB) &&
	    !VTD_ECAP_DIT(&unit->state->registers[VTD_R_ECAP]) && has_physical_function(words))
		return VTD_IQEI_RESERVED;
	if (is_invalidation(type)) {
		struct vtd_invalidation asked = invalidation_of(words);
		if (!vtd_invalidation_is_valid(unit, &asked))
			return VTD_IQEI_RESERVED;
	}
	return 0;
}

static void queue_error(struct vtd *unit, unsigned info)
{
	if (!(unit->rules.deviations & VTD_DEVIATES(NO_IQERCD)))
		VTD_IQERCD_set_IQEI(&unit->state->registers[VTD_R_IQERCD], info);
	unit->state->error_seen = unit->rules.deviations & VTD_DEVIATES(IQE_WAITS) ? 1 : 0;
	vtd_fault_status_set(unit, VTD_FSTS_IQE_MASK);
}

void vtd_queue_consume(struct vtd *unit)
{
	struct vtd_state *state = unit->state;
	uint64_t words[VTD_DESCRIPTOR_MAX_WORDS] = {0};
	unsigned info = setup_error(unit);

	if (!info && !fetch(unit, words))
		info = VTD_IQEI_FETCH;
	if (!info)
		info = descriptor_error(unit, words);
	if (info) {
		queue_error(unit, info);
		return;
	}
	struct effect effect = {
		.kind = EFFECT_CONSUME,
		.iommu = unit->iommu.index,
		.address = state->registers[VTD_R_IQH],
		.command = {words[0], words[1], words[2], words[3]},
	};
	memcpy(state->pending[state->pending_count++], words, sizeof(state->pending[0]));
	state->registers[VTD_R_IQH] = (state->registers[VTD_R_IQH] + descriptor_bytes(unit)) % queue_bytes(unit);
	effect_report(unit->iommu.hook, &effect);
}

/* 6.5.2.12: the types that one of a type has to wait for, as bits; a wait descriptor waits for all. */
static unsigned waits_for(unsigned type)
{
	switch (type) {
	case VTD_DESCRIPTOR_PASID:
		return 1 << VTD_DESCRIPTOR_CONTEXT;
	case VTD_DESCRIPTOR_IOTLB:
	case VTD_DESCRIPTOR_PIOTLB:
		return 1 << VTD_DESCRIPTOR_CONTEXT | 1 << VTD_DESCRIPTOR_PASID;
	case VTD_DESCRIPTOR_DEVTLB:
		return 1 << VTD_DESCRIPTOR_IOTLB | 1 << VTD_DESCRIPTOR_IEC;
	case VTD_DESCRIPTOR_PDEVTLB:
		return 1 << VTD_DESCRIPTOR_IOTLB | 1 << VTD_DESCRIPTOR_PIOTLB | 1 << VTD_DESCRIPTOR_IEC;
	case VTD_DESCRIPTOR_WAIT:
		return ~0u;
	default:
		return 0;
	}
}

bool vtd_queue_may_complete(const struct vtd *unit, uint32_t place)
{
	const struct vtd_state *state = unit->state;
	unsigned type = vtd_descriptor_type(state->pending[place]);

	for (uint32_t i = place; i-- > 0;) {
		unsigned ahead = vtd_descriptor_type(state->pending[i]);
		if (type == VTD_DESCRIPTOR_WAIT && ahead == VTD_DESCRIPTOR_WAIT)
			break;
		if (waits_for(type) >> ahead & 1)
			return false;
	}
	return true;
}

static void complete_wait(struct vtd *unit, const uint64_t *words)
{
	struct invalidation_scope nothing = {.what = INVALIDATED_NOTHING};

	/* 6.5.2.9: what happens when the address is no memory is not defined; here nothing does. */
	if (VTD_DESC_WAIT_SW(words))
		memory_write32(unit->memory, words[1] & VTD_DESC_WAIT_ADDR_MASK & unit->rules.haw_mask,
			       (uint32_t)VTD_DESC_WAIT_DATA(words));
	if (VTD_DESC_WAIT_IF(words))
		vtd_completion_event(unit);
	vtd_report_complete(unit, &nothing, words);
}

void vtd_queue_forget(struct vtd *unit, uint32_t place)
{
	struct vtd_state *state = unit->state;
	uint32_t behind = --state->pending_count - place;

	memmove(state->pending[place], state->pending[place + 1], behind * sizeof(state->pending[0]));
	memmove(&state->sent[place], &state->sent[place + 1], behind * sizeof(state->sent[0]));
	memset(state->pending[state->pending_count], 0, sizeof(state->pending[0]));
	state->sent[state->pending_count] = 0;
}

void vtd_queue_complete(struct vtd *unit, uint32_t place)
{
	uint64_t words[VTD_DESCRIPTOR_MAX_WORDS];
	memcpy(words, unit->state->pending[place], sizeof(words));
	unsigned type = vtd_descriptor_type(words);

	vtd_queue_forget(unit, place);
	if (type == VTD_DESCRIPTOR_WAIT) {
		complete_wait(unit, words);
	} else if (type == VTD_DESCRIPTOR_DEVTLB || type == VTD_DESCRIPTOR_PDEVTLB) {
		vtd_device_tlb_complete(unit, words);
	} else if (type == VTD_DESCRIPTOR_RESPONSE) {
		vtd_device_respond(unit, words);
	} else {
		struct vtd_invalidation asked = invalidation_of(words);
		vtd_invalidate(unit, &asked, words);
	}
}

bool vtd_queue_may_proceed(const struct vtd *unit, uint32_t place)
{
	unsigned type = vtd_descriptor_type(unit->state->pending[place]);

	/* Waits are completed in their order, and so after everything that is ahead of them. */
	if (unit->state->sent[place] || (type == VTD_DESCRIPTOR_WAIT && place > 0))
		return false;
	return vtd_queue_may_complete(unit, place) && (!vtd_is_for_device(type) || vtd_device_may_send(unit, place));
}

void vtd_queue_proceed_with(struct vtd *unit, uint32_t place)
{
	unsigned type = vtd_descriptor_type(unit->state->pending[place]);

	if (vtd_is_for_device(type) && type != VTD_DESCRIPTOR_RESPONSE && unit->iommu.outlet)
		vtd_device_send(unit, place);
	else
		vtd_queue_complete(unit, place);
}

bool vtd_queue_proceed(struct vtd *unit)
{
	for (uint32_t place = 0; place < unit->state->pending_count; place++) {
		if (!vtd_queue_may_proceed(unit, place))
			continue;
		vtd_queue_proceed_with(unit, place);
		return true;
	}
	return false;
}

void vtd_queue_disable(struct vtd *unit)
{
	unit->state->registers[VTD_R_IQH] = 0;
}
