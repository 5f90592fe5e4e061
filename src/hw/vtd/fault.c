/* SPDX-License-Identifier: MIT */
/* Primary fault logging: 7.2.1, 7.3, 11.4.7. */
#include "hw/vtd/engine.h"

#define PENDING_MASK (VTD_FSTS_PPF_MASK | VTD_FSTS_PFO_MASK | VTD_FSTS_IQE_MASK | VTD_FSTS_ICE_MASK | VTD_FSTS_ITE_MASK)

static const struct {
	const char *text, *section;
	uint16_t number;
	bool qualified;
} faults[] = {
#define FAULT_ROW(name, number, condition, qualified, text) {text, condition, number, qualified},
	VTD_FAULTS(FAULT_ROW) VTD_SCALABLE_FAULTS(FAULT_ROW) VTD_INTERRUPT_FAULTS(FAULT_ROW)};

#define FAULT_COUNT (sizeof(faults) / sizeof(faults[0]))

static size_t fault_row(uint16_t code)
{
	size_t row = 0;
	while (row < FAULT_COUNT && faults[row].number != code)
		row++;
	return row;
}

const char *vtd_fault_name(uint16_t code)
{
	size_t row = fault_row(code);
	return row < FAULT_COUNT ? faults[row].text : NULL;
}

const char *vtd_fault_section(uint16_t code)
{
	size_t row = fault_row(code);
	return row < FAULT_COUNT ? faults[row].section : NULL;
}

void vtd_fault_status_set(struct vtd *unit, uint64_t bits)
{
	uint64_t *status = &unit->state->registers[VTD_R_FSTS];
	bool reported = *status & PENDING_MASK;

	*status |= bits;
	if (!reported)
		vtd_event_raise(unit, VTD_EVENT_FAULT);
}

void vtd_fault_status_settle(struct vtd *unit)
{
	uint64_t *status = &unit->state->registers[VTD_R_FSTS];
	uint64_t pending = 0;

	for (uint32_t i = 0; i < unit->record_count; i++)
		pending |= VTD_FRCD_F(unit->records[i]);
	VTD_FSTS_set_PPF(status, pending);
	if (!(*status & PENDING_MASK))
		vtd_event_serviced(unit, VTD_EVENT_FAULT);
}

/* Found on the way through page tables, or at their end. */
static bool is_page_walk_fault(unsigned fault, bool scalable)
{
	if (fault >= VTD_FAULT_RTADDR_INVALID)
		return fault >= VTD_FAULT_FS_ACCESS;
	/* In scalable mode, where a unit has legacy reasons, that of a top table that cannot be read. */
	if (fault == VTD_FAULT_CONTEXT_INVALID)
		return scalable;
	return fault >= VTD_FAULT_ADDRESS_BEYOND && fault != VTD_FAULT_ROOT_ACCESS &&
	       fault != VTD_FAULT_CONTEXT_ACCESS && fault != VTD_FAULT_ROOT_RESERVED &&
	       fault != VTD_FAULT_CONTEXT_RESERVED;
}

/* PP, PV, EXE and PRIV (11.4.7.6); EXE is relevant for reads. */
static void fill_pasid(const struct vtd *unit, const struct vtd_blocked *blocked, uint64_t *record)
{
	if (blocked->pasid != PASID_NONE && VTD_ECAP_PASID(&unit->state->registers[VTD_R_ECAP])) {
		VTD_FRCD_set_PP(record, 1);
		VTD_FRCD_set_PV(record, blocked->pasid & ((UINT32_C(1) << 20) - 1));
		VTD_FRCD_set_EXE(record, blocked->execute && !blocked->page_request && blocked->op == REQUEST_READ);
		VTD_FRCD_set_PRIV(record, blocked->privileged);
	} else if (is_page_walk_fault(blocked->fault, unit->state->scalable) &&
		   unit->rules.deviations & VTD_DEVIATES(PASID_IN_RECORD)) {
		VTD_FRCD_set_PP(record, unit->state->scalable);
		VTD_FRCD_set_PV(record, unit->state->scalable ? 0 : 0xffff);
	}
}

static bool is_interrupt_fault(unsigned code)
{
	return code >= VTD_FAULT_IR_REQUEST_RESERVED && code <= VTD_FAULT_IR_REQUIRED;
}

static void fill_record(const struct vtd *unit, const struct vtd_blocked *blocked, unsigned code, uint64_t *record)
{
	record[0] = blocked->address & unit->rules.fault_info_mask;
	record[1] = 0;
	VTD_FRCD_set_FR(record, code);
	VTD_FRCD_set_SID(record, blocked->source);
	VTD_FRCD_set_F(record, 1);
	/* T1 and T2: 00 write, 01 page request, 10 read, 11 atomic. */
	VTD_FRCD_set_T1(record, !blocked->page_request && blocked->op != REQUEST_WRITE);
	VTD_FRCD_set_T2(record, blocked->page_request || blocked->op == REQUEST_ATOMIC);
	if (is_interrupt_fault(code)) {
		record[0] = (uint64_t)blocked->interrupt_index << VTD_FRCD_INTERRUPT_INDEX_LSB;
		return;
	}
	if (unit->rules.device_tlbs && !blocked->page_request)
		VTD_FRCD_set_AT(record, blocked->at);
	fill_pasid(unit, blocked, record);
}

/* A record of this requester is pending already. */
static bool collapses(const struct vtd *unit, uint16_t source)
{
	if (!(unit->rules.deviations & VTD_DEVIATES(COLLAPSE)))
		return false;
	for (uint32_t i = 0; i < unit->record_count; i++)
		if (VTD_FRCD_F(unit->records[i]) && VTD_FRCD_SID(unit->records[i]) == source)
			return true;
	return false;
}

static void report(const struct vtd *unit, unsigned code, uint64_t address, const uint64_t *record)
{
	struct effect effect = {
		.kind = EFFECT_FAULT,
		.iommu = unit->iommu.index,
		.address = address,
		.value = code,
		.command = {record[0], record[1]},
	};
	effect_report(unit->iommu.hook, &effect);
}

/* 7.2.1 */
static void record_fault(struct vtd *unit, const struct vtd_blocked *blocked, struct translation *out)
{
	struct vtd_state *state = unit->state;
	uint64_t *record = unit->records[state->fault_index];

	if (VTD_FSTS_PFO(&state->registers[VTD_R_FSTS])) {
		out->overflow = true;
		return;
	}
	if (collapses(unit, blocked->source))
		return;
	if (VTD_FRCD_F(record)) {
		out->overflow = true;
		/* PFO is no interrupt condition of its own (7.3). */
		VTD_FSTS_set_PFO(&state->registers[VTD_R_FSTS], 1);
		return;
	}
	fill_record(unit, blocked, out->fault, record);
	if (!VTD_FSTS_PPF(&state->registers[VTD_R_FSTS])) {
		VTD_FSTS_set_FRI(&state->registers[VTD_R_FSTS], state->fault_index);
		vtd_fault_status_set(unit, VTD_FSTS_PPF_MASK);
	}
	state->fault_index = (uint16_t)((state->fault_index + 1u) % unit->record_count);
	out->recorded = true;
	out->record[0] = record[0];
	out->record[1] = record[1];
	report(unit, out->fault, blocked->address, record);
}

/* Reasons for roots and contexts; those of second stages are chosen where the walk knows them. */
static unsigned legacy_reason(unsigned fault)
{
	switch (fault) {
	case VTD_FAULT_SM_ROOT_ACCESS:
		return VTD_FAULT_ROOT_ACCESS;
	case VTD_FAULT_SM_ROOT_NOT_PRESENT:
		return VTD_FAULT_ROOT_NOT_PRESENT;
	case VTD_FAULT_SM_ROOT_RESERVED:
		return VTD_FAULT_ROOT_RESERVED;
	case VTD_FAULT_SM_CONTEXT_ACCESS:
		return VTD_FAULT_CONTEXT_ACCESS;
	case VTD_FAULT_SM_CONTEXT_NOT_PRESENT:
		return VTD_FAULT_CONTEXT_NOT_PRESENT;
	case VTD_FAULT_SM_CONTEXT_RESERVED:
		return VTD_FAULT_CONTEXT_RESERVED;
	case VTD_FAULT_SM_SS_ROOT_ACCESS:
		return VTD_FAULT_CONTEXT_INVALID;
	default:
		return fault;
	}
}

uint16_t vtd_fault_reported(const struct vtd_rules *rules, unsigned fault)
{
	if (fault == VTD_FAULT_INTERRUPT_RANGE && rules->deviations & VTD_DEVIATES(RANGE_CODE))
		return VTD_FAULT_SM_INTERRUPT_RANGE;
	return (uint16_t)(vtd_has_scalable_reasons(rules) ? fault : legacy_reason(fault));
}

IOSIM_COLD void vtd_fault(struct vtd *unit, const struct vtd_blocked *blocked, struct translation *out)
{
	size_t row = fault_row(blocked->fault);

	out->result = TRANSLATE_FAULT;
	out->fault = vtd_fault_reported(&unit->rules, blocked->fault);
	if (blocked->silent && row < FAULT_COUNT && faults[row].qualified)
		return;
	record_fault(unit, blocked, out);
}
