/* SPDX-License-Identifier: MIT */
/* The event queue (7.2 to 7.4), global errors (7.5) and the interrupts of both (3.18). */
#include "hw/smmuv3/engine.h"

static const struct {
	const char *text, *section;
	uint16_t number;
} events[] = {
#define EVENT_ROW(name, number, section, text) {text, section, number},
	SMMU_EVENTS(EVENT_ROW)};

#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

static size_t event_row(uint16_t code)
{
	size_t row = 0;

	while (row < EVENT_COUNT && events[row].number != code)
		row++;
	return row;
}

const char *smmu_event_name(uint16_t code)
{
	size_t row = event_row(code);
	return row < EVENT_COUNT ? events[row].text : NULL;
}

const char *smmu_event_section(uint16_t code)
{
	size_t row = event_row(code);
	return row < EVENT_COUNT ? events[row].section : NULL;
}

void smmu_send_message(struct smmu *unit, uint64_t address, uint32_t data, uint64_t error)
{
	const struct iommu_outlet *outlet = unit->iommu.outlet;
	struct interrupt message = {.address = address & ~unit->rules.oas_beyond, .data = data};

	/* 6.3.30, 4.7.3: an address of 0 sends nothing; the check is of the whole field. */
	if (!address)
		return;
	message.device_id = UNIT_DEVICE_ID(unit->iommu.index);
	/* 6.3.116: the codes are the numbers of the bits. */
	if (!smmu_may_access(unit, message.address, (enum smmu_root_code)__builtin_ctzll(error)))
		smmu_global_error(unit, error);
	else if (outlet && !memory_is_ram(unit->memory, message.address))
		outlet->interrupt(outlet->context, unit->iommu.index, &message);
	else if (!memory_write32(unit->memory, message.address, data))
		smmu_global_error(unit, error);
}

void smmu_interrupt(struct smmu *unit, enum smmu_register_index config, uint64_t *sent, uint64_t error)
{
	const uint64_t *registers = unit->state->registers;

	++*sent;
	if (SMMU_IDR0_MSI(&unit->ids.idr0))
		smmu_send_message(unit, registers[config] & SMMU_IRQ_CFG0_ADDR_MASK, (uint32_t)registers[config + 1],
				  error);
}

void smmu_global_error(struct smmu *unit, uint64_t bits)
{
	uint64_t *registers = unit->state->registers, fresh = bits & ~smmu_active_errors(unit);

	registers[SMMU_R_GERROR] ^= fresh;
	/* 7.5.1: not for the message that this interrupt itself would be. */
	if (fresh & ~SMMU_GERROR_MSI_GERROR_ABT_ERR_MASK && SMMU_IRQ_CTRL_GERROR_IRQEN(&registers[SMMU_R_IRQ_CTRLACK]))
		smmu_interrupt(unit, SMMU_R_GERROR_IRQ_CFG0, &unit->signals->global_errors,
			       SMMU_GERROR_MSI_GERROR_ABT_ERR_MASK);
}

static bool is_translation_fault(unsigned event)
{
	return event == SMMU_F_TRANSLATION || event == SMMU_F_ADDR_SIZE || event == SMMU_F_ACCESS ||
	       event == SMMU_F_PERMISSION;
}

void smmu_fill_record(const struct smmu *unit, const struct smmu_blocked *blocked, uint64_t *record)
{
	bool fetch = blocked->event == SMMU_F_STE_FETCH || blocked->event == SMMU_F_CD_FETCH;

	record[0] = record[1] = record[2] = record[3] = 0;
	SMMU_EVENT_set_TYPE(record, blocked->event);
	SMMU_EVENT_set_SID(record, blocked->stream);
	if (blocked->has_substream || blocked->event == SMMU_C_BAD_SUBSTREAMID) {
		SMMU_EVENT_set_SSID(record, blocked->substream);
		SMMU_EVENT_set_SSV(record, blocked->event != SMMU_C_BAD_SUBSTREAMID);
	}
	if (fetch || blocked->event == SMMU_F_WALK_EABT) {
		record[3] = blocked->fetch_pa & SMMU_EVENT_FETCH_ADDR_MASK;
		SMMU_EVENT_set_GPCF(record, blocked->granule_fault);
	}
	if (blocked->event == SMMU_F_CD_FETCH && smmu_deviates(&unit->rules, SMMU_DEVIATION_CD_FETCH_FIELD)) {
		record[2] = record[3];
		record[3] = 0;
	}
	if (blocked->event == SMMU_F_BAD_ATS_TREQ) /* R, W, X, PRIV and Span are left 0 */
		record[2] = blocked->input & ~UINT64_C(0xfff);
	if (blocked->event == SMMU_F_TRANSL_FORBIDDEN) {
		SMMU_EVENT_set_RNW(record, !blocked->write);
		record[2] = blocked->input;
	}
	if (!is_translation_fault(blocked->event) && blocked->event != SMMU_F_WALK_EABT)
		return;
	SMMU_EVENT_set_PNU(record, blocked->privileged);
	SMMU_EVENT_set_IND(record, blocked->instruction);
	SMMU_EVENT_set_RNW(record, !blocked->write);
	SMMU_EVENT_set_S2(record, blocked->second);
	SMMU_EVENT_set_CLASS(record, blocked->class);
	record[2] = blocked->input;
	if (blocked->second && blocked->event != SMMU_F_WALK_EABT)
		record[3] = blocked->ipa & SMMU_EVENT_IPA_MASK;
	/* 7.3.16: whether reading a table lacks the right, or writing a flag in it. */
	if (blocked->event == SMMU_F_PERMISSION && blocked->class == SMMU_CLASS_TT)
		SMMU_EVENT_set_TTRNW(record, !blocked->sets);
}

static bool is_full(const struct smmu *unit, unsigned lg2)
{
	const uint64_t *registers = unit->state->registers;
	uint64_t difference = (registers[SMMU_R_EVENTQ_PROD] ^ registers[SMMU_R_EVENTQ_CONS]) & smmu_index_mask(lg2);

	return difference == UINT64_C(1) << lg2;
}

static void overflow(struct smmu *unit)
{
	uint64_t *registers = unit->state->registers;

	if (smmu_deviates(&unit->rules, SMMU_DEVIATION_EVTQ_OVERFLOW))
		smmu_global_error(unit, SMMU_GERROR_EVENTQ_ABT_ERR_MASK);
	else if (!((registers[SMMU_R_EVENTQ_PROD] ^ registers[SMMU_R_EVENTQ_CONS]) & SMMU_INDEX_OVERFLOW_MASK))
		registers[SMMU_R_EVENTQ_PROD] ^= SMMU_INDEX_OVERFLOW_MASK;
}

static bool events_are_accepted(const struct smmu *unit)
{
	return SMMU_CR0_EVENTQEN(&unit->state->registers[SMMU_R_CR0ACK]) &&
	       !(smmu_active_errors(unit) & SMMU_GERROR_EVENTQ_ABT_ERR_MASK);
}

bool smmu_events_are_writable(const struct smmu *unit)
{
	return events_are_accepted(unit) &&
	       !is_full(unit, smmu_queue_lg2(unit->state->registers[SMMU_R_EVENTQ_BASE], unit->rules.event_lg2_max));
}

/* True: the record is in the queue. */
static bool write_record(struct smmu *unit, const uint64_t *record, bool *overflowed)
{
	uint64_t *registers = unit->state->registers, *prod = &registers[SMMU_R_EVENTQ_PROD];
	unsigned lg2 = smmu_queue_lg2(registers[SMMU_R_EVENTQ_BASE], unit->rules.event_lg2_max);
	uint32_t mask = smmu_index_mask(lg2);

	if (!events_are_accepted(unit))
		return false;
	if (is_full(unit, lg2)) {
		*overflowed = true;
		overflow(unit);
		return false;
	}
	uint64_t slot = smmu_queue_slot(unit, registers[SMMU_R_EVENTQ_BASE], lg2, *prod, SMMU_EVENT_BYTES);
	if (!smmu_may_access(unit, slot, SMMU_ROOT_EVENTQ_GPF) ||
	    !memory_write(unit->memory, slot, record, SMMU_EVENT_BYTES)) {
		/* 7.2.2: synchronous, the index stays. */
		smmu_global_error(unit, SMMU_GERROR_EVENTQ_ABT_ERR_MASK);
		return false;
	}
	bool was_empty = !((*prod ^ registers[SMMU_R_EVENTQ_CONS]) & mask);
	*prod = (*prod & SMMU_INDEX_OVERFLOW_MASK) | ((*prod + 1) & mask);
	if (was_empty && SMMU_IRQ_CTRL_EVENTQ_IRQEN(&registers[SMMU_R_IRQ_CTRLACK]))
		smmu_interrupt(unit, SMMU_R_EVENTQ_IRQ_CFG0, &unit->signals->event_queue,
			       SMMU_GERROR_MSI_EVENTQ_ABT_ERR_MASK);
	return true;
}

bool smmu_is_recorded(const struct smmu *unit, const struct smmu_blocked *blocked)
{
	if (blocked->event == SMMU_C_BAD_STREAMID && !smmu_deviates(&unit->rules, SMMU_DEVIATION_RECINVSID) &&
	    !SMMU_CR2_RECINVSID(&unit->state->registers[SMMU_R_CR2]))
		return false;
	return !blocked->silent;
}

static void report(struct smmu *unit, const struct smmu_blocked *blocked, const uint64_t *record)
{
	struct effect effect = {
		.kind = EFFECT_FAULT,
		.iommu = unit->iommu.index,
		.address = blocked->input,
		.value = blocked->event,
		.command = {record[0], record[1], record[2], record[3]},
	};
	effect_report(unit->iommu.hook, &effect);
}

IOSIM_COLD void smmu_terminate(struct smmu *unit, const struct smmu_blocked *blocked, bool records,
			       struct translation *out)
{
	out->result = TRANSLATE_FAULT;
	out->fault = blocked->event;
	smmu_fill_record(unit, blocked, out->record);
	if (!records || !write_record(unit, out->record, &out->overflow))
		return;
	out->recorded = true;
	report(unit, blocked, out->record);
}

/* 3.12.2; a stall's record is never lost, so that it makes no overflow (7.4). False: no more can wait. */
static bool stall(struct smmu *unit, const struct smmu_blocked *blocked, struct translation *out)
{
	bool writable = smmu_events_are_writable(unit), overflowed = false;
	int tag = smmu_stall_take(unit, blocked->stream, writable);

	if (tag < 0)
		return false;
	out->result = TRANSLATE_STALLED;
	out->fault = blocked->event;
	out->stall_tag = (uint16_t)tag;
	smmu_fill_record(unit, blocked, out->record);
	SMMU_EVENT_set_STALL(out->record, 1);
	SMMU_EVENT_set_STAG(out->record, (uint64_t)tag);
	if (!writable)
		return true;
	out->recorded = write_record(unit, out->record, &overflowed);
	if (out->recorded)
		report(unit, blocked, out->record);
	else
		unit->state->stalls[tag].state = SMMU_STALL_UNRECORDED;
	return true;
}

IOSIM_COLD void smmu_block(struct smmu *unit, const struct smmu_blocked *blocked, struct translation *out)
{
	if (!blocked->stalls || !stall(unit, blocked, out))
		smmu_terminate(unit, blocked, smmu_is_recorded(unit, blocked), out);
}
