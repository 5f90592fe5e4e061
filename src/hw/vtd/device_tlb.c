/* SPDX-License-Identifier: MIT */
/*
 * Device-TLB invalidations and page group responses on their way to devices: 4.3, 6.5.2.5, 6.5.2.6, 6.5.2.11, 7.6.1,
 * 7.8. A message goes out when everything that it has to wait for is done, in the order of the queue; an invalidation
 * then keeps its ITag until the device completes it or the time is over. Without anybody out there it is complete as it
 * is sent.
 */
#include "hw/vtd/engine.h"

bool vtd_is_for_device(unsigned type)
{
	return type == VTD_DESCRIPTOR_DEVTLB || type == VTD_DESCRIPTOR_PDEVTLB || type == VTD_DESCRIPTOR_RESPONSE;
}

static bool has_pasid(const uint64_t *words)
{
	return vtd_descriptor_type(words) == VTD_DESCRIPTOR_PDEVTLB;
}

static uint32_t source_of(const uint64_t *words)
{
	return (uint32_t)(has_pasid(words) ? VTD_DESC_PDEVTLB_SID(words) : VTD_DESC_DEVTLB_SID(words));
}

/* The physical function that the descriptor names, in the same place in both forms. */
static unsigned physical_function_of(const uint64_t *words)
{
	return (unsigned)(VTD_DESC_DEVTLB_PFSID_HIGH(words) << 4 | VTD_DESC_DEVTLB_PFSID_LOW(words));
}

/* MIP: 0 means all that a device has to accept. */
static unsigned limit_of(const uint64_t *words)
{
	uint64_t limit = has_pasid(words) ? VTD_DESC_PDEVTLB_MIP(words) : VTD_DESC_DEVTLB_MIP(words);

	return limit ? (unsigned)limit : ATS_ITAGS;
}

/* ECAP.DIT: no more than MIP of a physical function are open. */
static bool is_throttled(const struct vtd *unit, const uint64_t *words)
{
	const struct vtd_state *state = unit->state;
	unsigned open = 0;

	if (!VTD_ECAP_DIT(&state->registers[VTD_R_ECAP]))
		return false;
	for (uint32_t i = 0; i < state->pending_count; i++)
		open += state->sent[i] && physical_function_of(state->pending[i]) == physical_function_of(words);
	return open >= limit_of(words);
}

bool vtd_device_may_send(const struct vtd *unit, uint32_t place)
{
	const struct vtd_state *state = unit->state;
	const uint64_t *words = state->pending[place];

	for (uint32_t i = 0; i < place; i++)
		if (vtd_is_for_device(vtd_descriptor_type(state->pending[i])) && !state->sent[i])
			return false;
	return vtd_descriptor_type(words) == VTD_DESCRIPTOR_RESPONSE || !is_throttled(unit, words);
}

/* The range that an invalidation covers: with S set, the lowest clear bit from 12 up tells its size. */
static void range_of(const uint64_t *words, uint64_t *first, uint64_t *last)
{
	uint64_t address = words[1] & VTD_DESC_DEVTLB_ADDR_MASK, below = FRAME_BYTES - 1;

	if (has_pasid(words) ? VTD_DESC_PDEVTLB_S(words) : VTD_DESC_DEVTLB_S(words))
		below = (address | below) ^ ((address | below) + 1);
	*first = address & ~below;
	*last = address | below;
}

/* The lowest that is free. There are as many as descriptors can be pending. */
static unsigned free_itag(const struct vtd_state *state)
{
	_Static_assert(VTD_PENDING_MAX <= ATS_ITAGS, "there is always a free one");
	uint32_t used = 0;
	unsigned itag = 0;

	for (uint32_t i = 0; i < state->pending_count; i++)
		used |= state->sent[i] ? UINT32_C(1) << (state->sent[i] - 1) : 0;
	while (used >> itag & 1)
		itag++;
	return itag;
}

void vtd_device_send(struct vtd *unit, uint32_t place)
{
	const uint64_t *words = unit->state->pending[place];
	struct ats_invalidation message = {
		.stream = source_of(words),
		.pasid = has_pasid(words) ? (uint32_t)VTD_DESC_PDEVTLB_PASID(words) : PASID_NONE,
		.global = has_pasid(words) && VTD_DESC_PDEVTLB_GI(words),
		.t = unit->trusted,
		.itag = (uint8_t)free_itag(unit->state),
	};

	range_of(words, &message.first, &message.last);
	unit->state->sent[place] = (uint8_t)(message.itag + 1);
	/* The device may complete it at once. */
	unit->iommu.outlet->invalidate(unit->iommu.outlet->context, unit->iommu.index, &message);
}

void vtd_device_tlb_complete(struct vtd *unit, const uint64_t *words)
{
	struct invalidation_scope scope = {
		.what = INVALIDATED_DEVTLB,
		.all_tags = true,
		.stream = source_of(words),
		.one_pasid = !has_pasid(words) || !VTD_DESC_PDEVTLB_GI(words),
		.pasid = has_pasid(words) ? (uint32_t)VTD_DESC_PDEVTLB_PASID(words) : PASID_NONE,
	};

	range_of(words, &scope.first, &scope.last);
	scope.all_addresses = scope.first == 0 && scope.last == UINT64_MAX;
	vtd_report_complete(unit, &scope, words);
}

void vtd_device_respond(struct vtd *unit, const uint64_t *words)
{
	struct invalidation_scope nothing = {.what = INVALIDATED_NOTHING};
	struct page_response message = {
		.stream = (uint32_t)VTD_DESC_RESPONSE_RID(words),
		.pasid = VTD_DESC_RESPONSE_PP(words) ? (uint32_t)VTD_DESC_RESPONSE_PASID(words) : PASID_NONE,
		.group = (uint16_t)VTD_DESC_RESPONSE_PRGI(words),
		.code = (uint8_t)VTD_DESC_RESPONSE_RC(words),
	};

	vtd_report_complete(unit, &nothing, words);
	if (unit->iommu.outlet)
		unit->iommu.outlet->page_response(unit->iommu.outlet->context, unit->iommu.index, &message);
}

/* The descriptor that the device was sent with that ITag; pending_count: none. */
static uint32_t place_of(const struct vtd_state *state, uint32_t stream, unsigned itag)
{
	uint32_t place = 0;

	while (place < state->pending_count &&
	       !(state->sent[place] == itag + 1 && source_of(state->pending[place]) == stream))
		place++;
	return place;
}

/* The requester of an error goes into IQERCD if the error is new (11.4.9.9). */
static void report_error(struct vtd *unit, uint64_t status, uint32_t stream)
{
	uint64_t *record = &unit->state->registers[VTD_R_IQERCD];

	if (!(unit->state->registers[VTD_R_FSTS] & status) && !(unit->rules.deviations & VTD_DEVIATES(NO_IQERCD))) {
		if (status == VTD_FSTS_ITE_MASK)
			VTD_IQERCD_set_ITESID(record, stream & 0xffff);
		else
			VTD_IQERCD_set_ICESID(record, stream & 0xffff);
	}
	vtd_fault_status_set(unit, status);
}

void vtd_invalidate_completed(struct iommu *iommu, uint32_t stream, uint32_t itags)
{
	struct vtd *unit = vtd_of(iommu);
	uint32_t wrong = itags;

	/* 4.2.1: unsupported while nothing is translated. */
	if (!unit->rules.device_tlbs || !VTD_GSTS_TES(&unit->state->registers[VTD_R_GSTS]))
		return;
	for (unsigned itag = 0; itag < ATS_ITAGS; itag++) {
		uint32_t place = itags >> itag & 1 ? place_of(unit->state, stream, itag) : unit->state->pending_count;
		if (place == unit->state->pending_count)
			continue;
		wrong &= ~(UINT32_C(1) << itag);
		vtd_queue_complete(unit, place);
	}
	if (wrong)
		report_error(unit, VTD_FSTS_ICE_MASK, stream);
}

bool vtd_invalidate_timed_out(struct iommu *iommu)
{
	struct vtd *unit = vtd_of(iommu);
	struct vtd_state *state = unit->state;
	uint32_t late = 0, stream;

	while (late < state->pending_count && !state->sent[late])
		late++;
	if (late == state->pending_count)
		return false;
	stream = source_of(state->pending[late]);
	/* 6.5.2.11: waits that are pending are aborted; other descriptors that were consumed are completed. */
	for (uint32_t place = state->pending_count; place-- > 0;)
		if (state->sent[place] || vtd_descriptor_type(state->pending[place]) == VTD_DESCRIPTOR_WAIT)
			vtd_queue_forget(unit, place);
	report_error(unit, VTD_FSTS_ITE_MASK, stream);
	return true;
}
