/* SPDX-License-Identifier: MIT */
/* Page requests: 7.4 to 7.5, 6.5.3.1. A request is queued, or answered as tables 30 and 31 say, in one step. */
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"

static const uint64_t *read_structure(struct vtd_walk *walk, enum vtd_walk_stage stage, uint64_t frame, uint64_t offset)
{
	const uint64_t *words = memory_frame_or_zero(walk->memory, frame);

	walk->stage = stage;
	return words ? words + offset / 8 : NULL;
}

#define WALK_NAME    walk_structures
#define WALK_LINKAGE __attribute__((noinline))
#define WALK_STOPS   true
#define WALK_BEGIN(walk)
#define WALK_END
#define READ(walk, at_stage, frame, offset, bytes, entry) \
	((entry) = read_structure((walk), (at_stage), (frame), (offset)))
#define UPDATE(walk, at_stage, frame, offset, old, bits, done) ((done) = false)
#define FIND_PASID(walk)                                       vtd_pasid_find((walk)->caches, (uint16_t)(walk)->source, (walk)->pasid)
#include "hw/vtd/walk.inc"

/* RTA.*; VTD_FAULT_NONE: scalable mode. */
static unsigned mode_fault(const struct vtd *unit)
{
	switch (unit->state->mode) {
	case VTD_MODE_SCALABLE:
		return VTD_FAULT_NONE;
	case VTD_MODE_ABORT:
		return VTD_FAULT_ABORT_MODE;
	case VTD_MODE_INVALID:
		if (VTD_RTADDR_TTM(&unit->state->root) != VTD_TTM_LEGACY)
			return VTD_FAULT_RTADDR_INVALID;
		return VTD_FAULT_PAGE_REQUEST_IN_LEGACY;
	default:
		return VTD_FAULT_PAGE_REQUEST_IN_LEGACY;
	}
}

/* Finds the PASID-table entry, and keeps what it read. */
static unsigned find_entry(struct vtd *unit, const struct page_request *request, struct vtd_walk *walk)
{
	const struct vtd_context_entry *context = vtd_context_find(&unit->caches, (uint16_t)request->stream);
	struct request asked = {
		.address = request->address,
		.stream = request->stream,
		.pasid = request->pasid,
		.at = VTD_AT_PAGE_REQUEST,
	};
	struct vtd_found found;

	vtd_walk_ask(walk, unit, &asked, false, true);
	walk->caches = &unit->caches;
	walk->structures_alone = true;
	if (context) {
		walk->seen = context->words[0];
		if (context->fault)
			return context->fault;
		walk->context_cached = true;
		walk->context_known = true;
		walk->context[0] = context->words[0];
		walk->context[1] = context->words[1];
	}
	unsigned end = walk_structures(walk);
	vtd_walk_found(walk, end, &found);
	vtd_keep(unit, &found);
	return end;
}

static void record(struct vtd *unit, const struct page_request *request, unsigned code, bool silent)
{
	struct translation unused = {0};
	struct vtd_blocked blocked = {
		.address = request->address,
		.pasid = request->pasid,
		.source = (uint16_t)request->stream,
		.page_request = true,
		.fault = (uint8_t)code,
		.execute = request->execute,
		.privileged = request->privileged,
		.silent = silent,
	};

	vtd_fault(unit, &blocked, &unused);
}

/* Table 27. */
static void invalidate(struct vtd *unit, const struct page_request *request, const struct vtd_walk *walk)
{
	uint64_t type = VTD_PASID_PGTT(walk->pasid_entry);
	struct vtd_invalidation implied = {
		.what = INVALIDATED_IOTLB,
		.granularity = type == VTD_PGTT_NESTED ? VTD_GRANULARITY_DOMAIN : VTD_GRANULARITY_SELECTIVE,
		.domain = (uint16_t)VTD_PASID_DID(walk->pasid_entry),
		.by_pasid = type == VTD_PGTT_FIRST_STAGE,
		.pasid = walk->pasid,
		.address = request->address,
	};

	vtd_invalidate(unit, &implied, NULL);
}

static bool is_stop_marker(const struct page_request *request)
{
	return request->pasid != PASID_NONE && request->last && !request->read && !request->write;
}

/* Tables 30 and 31: who asked for no response is told nothing. */
static enum page_request_fate answer(const struct page_request *request, enum page_response_code code,
				     struct page_response *response)
{
	if (!request->last || is_stop_marker(request))
		return PAGE_REQUEST_DROPPED;
	*response = (struct page_response){
		.stream = request->stream,
		.pasid = request->pasid,
		.group = request->group,
		.code = (uint8_t)code,
	};
	return PAGE_REQUEST_ANSWERED;
}

static bool write_descriptor(struct vtd *unit, const struct page_request *request, uint64_t tail)
{
	uint64_t words[VTD_PAGEREQ_WORDS] = {0};
	uint64_t pa = (unit->state->registers[VTD_R_PQA] & VTD_PQA_PQA_MASK) + tail;

	VTD_PAGEREQ_set_TYPE(words, VTD_PAGEREQ_TYPE_REQUEST);
	VTD_PAGEREQ_set_RID(words, request->stream);
	if (request->pasid != PASID_NONE) {
		VTD_PAGEREQ_set_PP(words, 1);
		VTD_PAGEREQ_set_PASID(words, request->pasid);
		VTD_PAGEREQ_set_EXR(words, request->execute);
		VTD_PAGEREQ_set_PMR(words, request->privileged);
	}
	VTD_PAGEREQ_set_RDR(words, request->read);
	VTD_PAGEREQ_set_WRR(words, request->write);
	VTD_PAGEREQ_set_LPIG(words, request->last);
	VTD_PAGEREQ_set_PRGI(words, request->group);
	words[1] |= request->address & VTD_PAGEREQ_ADDR_MASK;
	for (unsigned i = 0; i < VTD_PAGEREQ_WORDS; i++)
		if (!memory_write64(unit->memory, pa + 8 * i, words[i]))
			return false;
	return true;
}

/* 7.4.1; a head or tail that software set beyond the queue wraps. */
static enum page_request_fate enqueue(struct vtd *unit, const struct page_request *request, const struct vtd_walk *walk,
				      struct page_response *response)
{
	uint64_t *registers = unit->state->registers;
	uint64_t bytes = UINT64_C(4096) << VTD_PQA_PQS(&registers[VTD_R_PQA]);
	uint64_t tail = registers[VTD_R_PQT] % bytes, next = (tail + VTD_PAGEREQ_BYTES) % bytes;

	if (next == registers[VTD_R_PQH] % bytes) {
		vtd_page_event(unit, VTD_PRS_PRO_MASK);
		return answer(request, PAGE_RESPONSE_SUCCESS, response);
	}
	invalidate(unit, request, walk);
	/* Where no memory is nothing becomes visible: a fault prior to the update of the queue, as 7.1.3's notes say.
	 */
	if (!write_descriptor(unit, request, tail))
		return answer(request, PAGE_RESPONSE_INVALID, response);
	registers[VTD_R_PQT] = next;
	vtd_page_event(unit, VTD_PRS_PPR_MASK);
	return PAGE_REQUEST_QUEUED;
}

enum page_request_fate vtd_page_request(struct iommu *iommu, const struct page_request *message,
					struct page_response *response)
{
	struct vtd *unit = vtd_of(iommu);
	struct page_request request = *message;
	struct vtd_walk walk = {0};
	const uint64_t *registers = unit->state->registers;

	if (!VTD_ECAP_PRS(&registers[VTD_R_ECAP]) || unit->state->mode == VTD_MODE_OFF)
		return PAGE_REQUEST_DROPPED;
	/* As wide as the message has them. */
	request.stream &= 0xffff;
	request.group %= PAGE_REQUEST_GROUPS;
	request.address &= VTD_PAGEREQ_ADDR_MASK;
	unsigned end = mode_fault(unit);
	bool silent = false;
	if (end == VTD_FAULT_NONE) {
		end = find_entry(unit, &request, &walk);
		silent = vtd_is_silent(&walk, end);
	}
	if (end != VTD_FAULT_NONE) {
		record(unit, &request, end, silent);
		return answer(&request, PAGE_RESPONSE_INVALID, response);
	}
	if (VTD_PRS_PRO(&registers[VTD_R_PRS]))
		return answer(&request, PAGE_RESPONSE_SUCCESS, response);
	return enqueue(unit, &request, &walk, response);
}
