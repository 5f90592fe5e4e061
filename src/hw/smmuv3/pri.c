/* SPDX-License-Identifier: MIT */
/* Page requests: the PRI queue, what the unit answers by itself, CMD_PRI_RESP (chapter 8, 4.5.2). */
#include "hw/smmuv3/lookup.h"

/* 8.2: written to the queue at all. */
static bool is_accepting(const struct smmu *unit)
{
	return smmu_is_enabled(unit) && SMMU_CR0_PRIQEN(&unit->state->registers[SMMU_R_CR0ACK]) &&
	       !(smmu_active_errors(unit) & SMMU_GERROR_PRIQ_ABT_ERR_MASK);
}

static bool is_stop_marker(const struct page_request *request)
{
	return request->last && !request->read && !request->write && request->pasid != PASID_NONE;
}

static enum page_request_fate answer(const struct page_request *request, uint32_t pasid, enum page_response_code code,
				     struct page_response *response)
{
	*response = (struct page_response){
		.stream = request->stream, .pasid = pasid, .group = request->group, .code = (uint8_t)code};
	return PAGE_REQUEST_ANSWERED;
}

/* 8.2: without PASID, whether it is the last of its group or not. */
static enum page_request_fate fail(const struct page_request *request, struct page_response *response)
{
	if (is_stop_marker(request))
		return PAGE_REQUEST_DROPPED;
	return answer(request, PASID_NONE, PAGE_RESPONSE_FAILURE, response);
}

/* 8.1: the last of a group is answered in software's place; the PASID of the answer may need the STE. */
static enum page_request_fate overflow(struct smmu *unit, const struct page_request *request,
				       struct page_response *response)
{
	bool has_pasid = request->pasid != PASID_NONE && unit->rules.ssid_bits;
	uint32_t pasid = has_pasid ? request->pasid : PASID_NONE;
	uint64_t ste[4];

	if (!request->last || is_stop_marker(request))
		return PAGE_REQUEST_DROPPED;
	if (has_pasid && !unit->rules.pri_pasid) {
		if (!smmu_ste_of(unit, request->stream, ste))
			return answer(request, PASID_NONE, PAGE_RESPONSE_FAILURE, response);
		if (!SMMU_STE_PPAR(ste))
			pasid = PASID_NONE;
	}
	return answer(request, pasid, PAGE_RESPONSE_SUCCESS, response);
}

static void fill(const struct smmu *unit, const struct page_request *request, uint64_t *words)
{
	words[0] = words[1] = 0;
	SMMU_PRI_set_SID(words, request->stream);
	SMMU_PRI_set_R(words, request->read);
	SMMU_PRI_set_W(words, request->write);
	SMMU_PRI_set_LAST(words, request->last);
	SMMU_PRI_set_PRGINDEX(words, request->group % PAGE_REQUEST_GROUPS);
	words[1] |= request->address & SMMU_PRI_ADDR_MASK;
	if (request->pasid == PASID_NONE || !unit->rules.ssid_bits)
		return;
	SMMU_PRI_set_SSV(words, 1);
	SMMU_PRI_set_SSID(words, request->pasid & ((UINT32_C(1) << unit->rules.ssid_bits) - 1));
	SMMU_PRI_set_EXEC(words, request->execute);
	SMMU_PRI_set_PRIV(words, request->privileged);
}

/* 6.3.36: the queue stops being empty, or with LO the last of a group arrives. */
static void interrupt(struct smmu *unit, bool was_empty, bool last)
{
	const uint64_t *registers = unit->state->registers;
	bool wanted = SMMU_PRIQ_IRQ_CFG2_LO(&registers[SMMU_R_PRIQ_IRQ_CFG2]) ? last : was_empty;

	if (wanted && SMMU_IRQ_CTRL_PRIQ_IRQEN(&registers[SMMU_R_IRQ_CTRLACK]))
		smmu_interrupt(unit, SMMU_R_PRIQ_IRQ_CFG0, &unit->signals->pri_queue,
			       SMMU_GERROR_MSI_PRIQ_ABT_ERR_MASK);
}

enum page_request_fate smmu_page_request(struct iommu *iommu, const struct page_request *request,
					 struct page_response *response)
{
	struct smmu *unit = smmu_of(iommu);
	uint64_t *registers = unit->state->registers, *prod = &registers[SMMU_R_PRIQ_PROD];
	uint64_t difference = *prod ^ registers[SMMU_R_PRIQ_CONS], words[2];
	unsigned lg2 = smmu_queue_lg2(registers[SMMU_R_PRIQ_BASE], unit->rules.pri_lg2_max);
	uint32_t mask = smmu_index_mask(lg2);

	if (!unit->rules.pri)
		return PAGE_REQUEST_DROPPED;
	if (!is_accepting(unit))
		return fail(request, response);
	if (difference & SMMU_INDEX_OVERFLOW_MASK || (difference & mask) == UINT64_C(1) << lg2) {
		if (!(difference & SMMU_INDEX_OVERFLOW_MASK))
			*prod ^= SMMU_INDEX_OVERFLOW_MASK;
		interrupt(unit, false, request->last);
		return overflow(unit, request, response);
	}
	fill(unit, request, words);
	uint64_t slot = smmu_queue_slot(unit, registers[SMMU_R_PRIQ_BASE], lg2, *prod, SMMU_PRI_BYTES);
	if (!smmu_may_access(unit, slot, SMMU_ROOT_PRIQ_GPF) ||
	    !memory_write(unit->memory, slot, words, SMMU_PRI_BYTES)) {
		smmu_global_error(unit, SMMU_GERROR_PRIQ_ABT_ERR_MASK);
		return fail(request, response);
	}
	*prod = (*prod & SMMU_INDEX_OVERFLOW_MASK) | ((*prod + 1) & mask);
	interrupt(unit, !(difference & mask), request->last);
	return PAGE_REQUEST_QUEUED;
}

void smmu_pri_respond(struct smmu *unit, const uint64_t *words)
{
	static const uint8_t codes[] = {
		[SMMU_PRI_FAILURE] = PAGE_RESPONSE_FAILURE,
		[SMMU_PRI_INVALID] = PAGE_RESPONSE_INVALID,
		[SMMU_PRI_SUCCESS] = PAGE_RESPONSE_SUCCESS,
	};
	bool has_pasid = SMMU_CMD_PRI_RESP_SSV(words) && unit->rules.ssid_bits;
	struct page_response response = {
		.stream = (uint32_t)SMMU_CMD_PRI_RESP_SID(words),
		.pasid = has_pasid ? (uint32_t)SMMU_CMD_PRI_RESP_SSID(words) : PASID_NONE,
		.group = (uint16_t)SMMU_CMD_PRI_RESP_PRGINDEX(words),
		.code = codes[SMMU_CMD_PRI_RESP_RESP(words)],
	};

	/* 4.5.2, 6.3.9.6: ignored by a unit that is disabled. */
	if (smmu_is_enabled(unit) && unit->iommu.outlet)
		unit->iommu.outlet->page_response(unit->iommu.outlet->context, unit->iommu.index, &response);
}
