/* SPDX-License-Identifier: MIT */
/* Interrupt remapping (5.1) and posting (5.2), in the order in which a request goes through them. */
#include "hw/vtd/interrupt.h"

#include <string.h>

static const struct field_row irte_rows[] = FIELD_ROWS(VTD_IRTE_FIELDS);
static const struct field_row posted_irte_rows[] = FIELD_ROWS(VTD_PIRTE_FIELDS);
static const struct field_row descriptor_rows[] = FIELD_ROWS(VTD_PID_FIELDS);

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct remapping { /* a request on its way */
	const struct vtd *unit;
	struct memory *memory; /* NULL: nothing is to be changed */
	walk_trace_fn trace;   /* may be NULL */
	void *context;
	struct translation *out;
	struct interrupt interrupt; /* as far as it is known */
	uint64_t irte[2];
	uint16_t source;
	uint16_t index;
	bool remappable; /* format of the request; its index is valid */
	bool found;      /* irte[] is the entry */
};

uint64_t vtd_interrupt_cap(bool posting)
{
	return VTD_CAP_ESIRTPS_MASK | (posting ? VTD_CAP_PI_MASK : 0);
}

uint64_t vtd_interrupt_ecap(void)
{
	/* MHMV: 16 bits of index, of which 15 can be masked (11.4.3). */
	return VTD_ECAP_IR_MASK | VTD_ECAP_EIM_MASK | VTD_ECAP_MHMV_MASK;
}

void vtd_interrupt_decode(uint64_t address, uint32_t data, bool x2apic, struct interrupt *out)
{
	const uint64_t words[2] = {address, data};

	*out = (struct interrupt){.address = address, .data = data};
	if (VTD_COMPAT_RANGE(words) != VTD_MSI_RANGE_VALUE)
		return;
	out->destination = (uint32_t)VTD_COMPAT_DESTINATION(words);
	if (x2apic)
		out->destination |= (uint32_t)VTD_COMPAT_DESTINATION_HIGH(words) << 8;
	out->vector = (uint8_t)VTD_COMPAT_V(words);
	out->delivery_mode = (uint8_t)VTD_COMPAT_DLM(words);
	out->logical = VTD_COMPAT_DM(words);
	out->redirection_hint = VTD_COMPAT_RH(words);
	out->level_triggered = VTD_COMPAT_TM(words);
}

/* The message of an interrupt that is known; its level is always "asserted" (5.1.4, 5.2.3). */
static void encode(struct interrupt *interrupt)
{
	uint64_t words[2] = {0};

	VTD_COMPAT_set_RANGE(words, VTD_MSI_RANGE_VALUE);
	VTD_COMPAT_set_DESTINATION(words, interrupt->destination & 0xff);
	VTD_COMPAT_set_DESTINATION_HIGH(words, interrupt->destination >> 8);
	VTD_COMPAT_set_RH(words, interrupt->redirection_hint);
	VTD_COMPAT_set_DM(words, interrupt->logical);
	VTD_COMPAT_set_TM(words, interrupt->level_triggered);
	VTD_COMPAT_set_LEVEL(words, 1);
	VTD_COMPAT_set_DLM(words, interrupt->delivery_mode);
	VTD_COMPAT_set_V(words, interrupt->vector);
	interrupt->address = words[0];
	interrupt->data = (uint32_t)words[1];
}

/* Before any table (5.1.4): whether it is remapped, and by which entry. Returns a fault reason. */
static unsigned admit(struct remapping *remapping, const struct request *request)
{
	const uint64_t *registers = remapping->unit->state->registers;
	const uint64_t *table = &remapping->unit->state->interrupt_table;
	const uint64_t words[2] = {request->address, request->data};
	bool x2apic = vtd_is_x2apic(remapping->unit);

	if (!VTD_GSTS_IRES(&registers[VTD_R_GSTS]))
		return VTD_ECAP_IRREQ(&registers[VTD_R_ECAP]) ? VTD_FAULT_IR_REQUIRED : VTD_FAULT_NONE;
	if (VTD_ECAP_EIMER(&registers[VTD_R_ECAP]) && !x2apic)
		return VTD_FAULT_IR_EIME_REQUIRED;
	if (!VTD_MSI_FORMAT(words))
		return x2apic || !VTD_GSTS_CFIS(&registers[VTD_R_GSTS]) ? VTD_FAULT_IR_COMPATIBILITY : VTD_FAULT_NONE;
	if (VTD_MSI_SHV(words) && words[1] & ~VTD_MSI_SUBHANDLE_MASK)
		return VTD_FAULT_IR_REQUEST_RESERVED;
	uint64_t index = VTD_MSI_HANDLE_15(words) << 15 | VTD_MSI_HANDLE(words);
	if (VTD_MSI_SHV(words))
		index += VTD_MSI_SUBHANDLE(words);
	remapping->index = (uint16_t)index;
	if (index >= UINT64_C(2) << VTD_IRTA_S(table))
		return VTD_FAULT_IR_INDEX_BEYOND;
	remapping->remappable = true;
	return VTD_FAULT_NONE;
}

static void lose(struct remapping *remapping, uint64_t pa)
{
	remapping->out->lost = true;
	remapping->out->lost_pa = pa;
}

static void tell(const struct remapping *remapping, const struct walk_step *step)
{
	if (remapping->trace)
		remapping->trace(remapping->context, step);
}

static unsigned read_entry(struct remapping *remapping)
{
	uint64_t pa = (remapping->unit->state->interrupt_table & VTD_IRTA_IRTA_MASK) +
		      (uint64_t)remapping->index * VTD_IRTE_BYTES;

	if (pa & ~remapping->unit->rules.haw_mask)
		return VTD_FAULT_IR_INDEX_BEYOND;
	remapping->out->reads++;
	if (!memory_read(remapping->unit->memory, pa, remapping->irte, VTD_IRTE_BYTES)) {
		lose(remapping, pa);
		return VTD_FAULT_IR_ACCESS;
	}
	bool posted = VTD_IRTE_IM(remapping->irte);
	tell(remapping,
	     &(struct walk_step){
		     .structure = posted ? "posted interrupt remapping table entry" : "interrupt remapping table entry",
		     .section = posted ? "9.10" : "9.9",
		     .fields = posted ? posted_irte_rows : irte_rows,
		     .field_count = posted ? COUNT(posted_irte_rows) : COUNT(irte_rows),
		     .word_count = 2,
		     .pa = pa,
		     .words = {remapping->irte[0], remapping->irte[1]},
	     });
	return VTD_FAULT_NONE;
}

/* SVT, SQ and SID (9.9). SQ takes out the bits of a function number that a function mask does. */
static bool is_from_its_source(const uint64_t *irte, uint16_t source)
{
	unsigned sid = (unsigned)VTD_IRTE_SID(irte), bus = source >> 8;

	if (VTD_IRTE_SVT(irte) == VTD_SVT_REQUESTER)
		return ((sid ^ source) & ~(unsigned)vtd_ignored_functions((unsigned)VTD_IRTE_SQ(irte))) == 0;
	if (VTD_IRTE_SVT(irte) == VTD_SVT_BUSES)
		return bus >= sid >> 8 && bus <= (sid & 0xff);
	return true;
}

/* DST and NDST: 32 bits, or with the rest reserved 8. */
static bool is_destination(const struct vtd *unit, uint64_t field)
{
	return vtd_is_x2apic(unit) || !(field & ~VTD_XAPIC_DESTINATION_ID_MASK);
}

static uint32_t destination(const struct vtd *unit, uint64_t field)
{
	return (uint32_t)(vtd_is_x2apic(unit) ? field : VTD_XAPIC_DESTINATION_ID(&field));
}

static uint64_t descriptor_pa(const uint64_t *irte)
{
	return VTD_PIRTE_PDAH(irte) << 32 | VTD_PIRTE_PDAL(irte) << 6;
}

static bool has_reserved(const struct remapping *remapping)
{
	const uint64_t *irte = remapping->irte;
	bool posted = VTD_IRTE_IM(irte);
	const struct field_row *rows = posted ? posted_irte_rows : irte_rows;
	size_t count = posted ? COUNT(posted_irte_rows) : COUNT(irte_rows);

	for (unsigned word = 0; word < 2; word++)
		if (irte[word] & field_reserved(rows, count, word))
			return true;
	if (posted)
		return !VTD_CAP_PI(&remapping->unit->state->registers[VTD_R_CAP]) ||
		       descriptor_pa(irte) & ~remapping->unit->rules.haw_mask;
	return !is_destination(remapping->unit, VTD_IRTE_DST(irte));
}

/* 5.1.4: the requester is verified before what the entry asks for is looked at. */
static unsigned check_entry(const struct remapping *remapping)
{
	if (!VTD_IRTE_P(remapping->irte))
		return VTD_FAULT_IR_NOT_PRESENT;
	if (VTD_IRTE_SVT(remapping->irte) == VTD_SVT_RESERVED)
		return VTD_FAULT_IR_RESERVED;
	if (!is_from_its_source(remapping->irte, remapping->source))
		return VTD_FAULT_IR_SOURCE;
	return has_reserved(remapping) ? VTD_FAULT_IR_RESERVED : VTD_FAULT_NONE;
}

static void remap(struct remapping *remapping)
{
	const uint64_t *irte = remapping->irte;

	remapping->interrupt = (struct interrupt){
		.destination = destination(remapping->unit, VTD_IRTE_DST(irte)),
		.vector = (uint8_t)VTD_IRTE_V(irte),
		.delivery_mode = (uint8_t)VTD_IRTE_DLM(irte),
		.logical = VTD_IRTE_DM(irte),
		.redirection_hint = VTD_IRTE_RH(irte),
		.level_triggered = VTD_IRTE_TM(irte),
		.remapped = true,
	};
	encode(&remapping->interrupt);
}

static bool descriptor_has_reserved(const struct vtd *unit, const uint64_t *words)
{
	for (unsigned word = VTD_PID_PIR_WORDS; word < VTD_PID_WORDS; word++)
		if (words[word] & field_reserved(descriptor_rows, COUNT(descriptor_rows), word))
			return true;
	return !is_destination(unit, VTD_PID_NDST(words));
}

/* The descriptor is read, changed and written in one step (5.2.3). */
static unsigned post(struct remapping *remapping)
{
	const uint64_t *irte = remapping->irte;
	uint64_t pa = descriptor_pa(irte), words[VTD_PID_WORDS];
	unsigned vector = (unsigned)VTD_PIRTE_VV(irte);
	struct walk_step step = {
		.structure = "posted interrupt descriptor",
		.section = "9.11",
		.fields = descriptor_rows,
		.field_count = COUNT(descriptor_rows),
		.word_count = VTD_PID_WORDS,
		.pa = pa,
	};

	remapping->out->reads++;
	if (!memory_read(remapping->unit->memory, pa, words, VTD_PID_BYTES)) {
		lose(remapping, pa);
		return VTD_FAULT_PID_ACCESS;
	}
	memcpy(step.words, words, sizeof(step.words));
	tell(remapping, &step);
	if (descriptor_has_reserved(remapping->unit, words))
		return VTD_FAULT_PID_RESERVED;
	bool notifies = !VTD_PID_ON(words) && (VTD_PIRTE_URG(irte) || !VTD_PID_SN(words));
	words[vector / 64] |= UINT64_C(1) << vector % 64;
	if (notifies)
		VTD_PID_set_ON(words, 1);
	if (remapping->memory && !memory_write(remapping->memory, pa, words, VTD_PID_BYTES))
		return VTD_FAULT_PID_ACCESS;
	remapping->interrupt = (struct interrupt){
		.remapped = true,
		.posted = true,
		.notified = notifies,
		.descriptor_pa = pa,
		.posted_vector = (uint8_t)vector,
	};
	if (notifies) {
		remapping->interrupt.destination = destination(remapping->unit, VTD_PID_NDST(words));
		remapping->interrupt.vector = (uint8_t)VTD_PID_NV(words);
		encode(&remapping->interrupt);
	}
	return VTD_FAULT_NONE;
}

/* With the entry, wherever it came from. */
static unsigned use_entry(struct remapping *remapping)
{
	unsigned fault = check_entry(remapping);

	if (fault)
		return fault;
	if (VTD_IRTE_IM(remapping->irte))
		return post(remapping);
	remap(remapping);
	return VTD_FAULT_NONE;
}

static void pass(struct remapping *remapping, const struct request *request)
{
	vtd_interrupt_decode(request->address, request->data, false, &remapping->interrupt);
}

static void answer(const struct remapping *remapping, const struct request *request)
{
	remapping->out->interrupt = remapping->interrupt;
	remapping->out->interrupt.device_id = request->stream;
}

static void block(struct vtd *unit, const struct remapping *remapping, uint64_t address, unsigned fault)
{
	struct vtd_blocked blocked = {
		.address = address,
		.pasid = PASID_NONE,
		.source = remapping->source,
		.op = REQUEST_WRITE,
		.fault = (uint8_t)fault,
		.silent = remapping->found && VTD_IRTE_FPD(remapping->irte),
		.interrupt_index = remapping->index,
	};
	vtd_fault(unit, &blocked, remapping->out);
}

IOSIM_COLD void vtd_interrupt(struct vtd *unit, const struct request *request, struct translation *out)
{
	struct remapping remapping = {
		.unit = unit,
		.memory = unit->memory,
		.out = out,
		.source = (uint16_t)request->stream,
	};

	if (request->op != REQUEST_WRITE)
		return; /* a deviation: reads of the range (RANGE_READS) */
	unsigned fault = admit(&remapping, request);
	if (!fault && remapping.remappable) {
		const uint64_t *cached = vtd_interrupt_cache_find(&unit->interrupts, remapping.index);
		out->from_cache = cached != NULL;
		if (cached)
			memcpy(remapping.irte, cached, sizeof(remapping.irte));
		else
			fault = read_entry(&remapping);
		remapping.found = fault == VTD_FAULT_NONE;
		if (remapping.found)
			fault = use_entry(&remapping);
		if (!cached && remapping.found && (!fault || unit->caches.keep_faults))
			vtd_interrupt_cache_keep(&unit->interrupts, remapping.index, remapping.irte);
	} else if (!fault) {
		pass(&remapping, request);
	}
	if (fault)
		block(unit, &remapping, request->address, fault);
	else
		answer(&remapping, request);
}

void vtd_interrupt_explain(const struct vtd *unit, const struct request *request, walk_trace_fn trace, void *context,
			   struct translation *out)
{
	struct remapping remapping = {
		.unit = unit,
		.trace = trace,
		.context = context,
		.out = out,
		.source = (uint16_t)request->stream,
	};

	if (request->op != REQUEST_WRITE)
		return;
	unsigned fault = admit(&remapping, request);
	if (!fault && remapping.remappable) {
		fault = read_entry(&remapping);
		if (!fault)
			fault = use_entry(&remapping);
	} else if (!fault) {
		pass(&remapping, request);
	}
	if (!fault) {
		answer(&remapping, request);
		return;
	}
	out->result = TRANSLATE_FAULT;
	out->fault = (uint16_t)fault;
}
