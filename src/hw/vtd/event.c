/* SPDX-License-Identifier: MIT */
/*
 * The unit's own interrupts (5.1.6): fault event (7.3), invalidation completion event (6.5.2.10), page request event
 * (7.5). None of them is remapped. A condition sends its message at once, or is pending while software masks it.
 */
#include "hw/vtd/engine.h"

#define PAGE_REQUEST_MASK (VTD_PRS_PPR_MASK | VTD_PRS_PRO_MASK)

/* Each event has four registers in a row: control, data, address, upper address. */
static const uint8_t controls[VTD_EVENT_COUNT] = {
	[VTD_EVENT_FAULT] = VTD_R_FECTL,
	[VTD_EVENT_COMPLETION] = VTD_R_IECTL,
	[VTD_EVENT_PAGE_REQUEST] = VTD_R_PECTL,
};

_Static_assert(VTD_R_FEDATA == VTD_R_FECTL + 1 && VTD_R_FEADDR == VTD_R_FECTL + 2 && VTD_R_FEUADDR == VTD_R_FECTL + 3,
	       "four registers in a row");
_Static_assert(VTD_R_IEDATA == VTD_R_IECTL + 1 && VTD_R_IEADDR == VTD_R_IECTL + 2 && VTD_R_IEUADDR == VTD_R_IECTL + 3,
	       "four registers in a row");
_Static_assert(VTD_R_PEDATA == VTD_R_PECTL + 1 && VTD_R_PEADDR == VTD_R_PECTL + 2 && VTD_R_PEUADDR == VTD_R_PECTL + 3,
	       "four registers in a row");

static void count(struct vtd_messages *messages, enum vtd_event event)
{
	uint64_t *sent[VTD_EVENT_COUNT] = {
		[VTD_EVENT_FAULT] = &messages->fault_events,
		[VTD_EVENT_COMPLETION] = &messages->completion_events,
		[VTD_EVENT_PAGE_REQUEST] = &messages->page_events,
	};
	++*sent[event];
}

static void send(struct vtd *unit, enum vtd_event event)
{
	const uint64_t *control = &unit->state->registers[controls[event]];
	const struct iommu_outlet *outlet = unit->iommu.outlet;
	struct interrupt message;

	count(unit->messages, event);
	if (!outlet)
		return;
	vtd_interrupt_decode((control[3] & VTD_EUADDR_MUA_MASK) << 32 | (control[2] & VTD_EADDR_MA_MASK),
			     (uint32_t)VTD_EDATA_IMD(&control[1]), vtd_is_x2apic(unit), &message);
	outlet->interrupt(outlet->context, unit->iommu.index, &message);
}

void vtd_event_raise(struct vtd *unit, enum vtd_event event)
{
	uint64_t *control = &unit->state->registers[controls[event]];

	VTD_ECTL_set_IP(control, VTD_ECTL_IM(control));
	if (!VTD_ECTL_IM(control))
		send(unit, event);
}

void vtd_event_serviced(struct vtd *unit, enum vtd_event event)
{
	VTD_ECTL_set_IP(&unit->state->registers[controls[event]], 0);
}

void vtd_events_settle(struct vtd *unit)
{
	const uint64_t *registers = unit->state->registers;

	if (!(registers[VTD_R_PRS] & PAGE_REQUEST_MASK))
		vtd_event_serviced(unit, VTD_EVENT_PAGE_REQUEST);
	if (!VTD_ICS_IWC(&registers[VTD_R_ICS]))
		vtd_event_serviced(unit, VTD_EVENT_COMPLETION);
	for (unsigned event = 0; event < VTD_EVENT_COUNT; event++)
		if (VTD_ECTL_IP(&registers[controls[event]]) && !VTD_ECTL_IM(&registers[controls[event]]))
			vtd_event_raise(unit, event);
}

void vtd_completion_event(struct vtd *unit)
{
	uint64_t *status = &unit->state->registers[VTD_R_ICS];
	bool reported = VTD_ICS_IWC(status);

	VTD_ICS_set_IWC(status, 1);
	if (!reported)
		vtd_event_raise(unit, VTD_EVENT_COMPLETION);
}

void vtd_page_event(struct vtd *unit, uint64_t bits)
{
	uint64_t *status = &unit->state->registers[VTD_R_PRS];
	bool reported = *status & PAGE_REQUEST_MASK;

	*status |= bits;
	if (!reported)
		vtd_event_raise(unit, VTD_EVENT_PAGE_REQUEST);
}
