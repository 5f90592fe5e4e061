/* SPDX-License-Identifier: MIT */
/* What the fabric asks of IDE streams and TEE device interfaces. */
#include "hw/fabric/state.h"

void fabric_set_security(struct fabric *fabric, const struct fabric_security *security)
{
	fabric->ide = security->ide;
	fabric->tdis = security->tdis;
	fabric->pages = security->pages;
	fabric->checks_itself = security->checks_itself;
	fabric->t_reaches_shared = security->t_reaches_shared;
	fabric->reverse_mapped = security->reverse_mapped;
	fabric->guest = security->guest;
	fabric->guest_context = security->context;
	for (uint32_t i = 0; security->trusted && i < fabric->machine->iommu_count; i++) {
		if (security->trusted[i])
			fabric->trusted[i] = security->trusted[i];
	}
}

static uint16_t guest_of(const struct fabric *fabric, uint16_t device)
{
	return fabric->guest(fabric->guest_context, machine_function(fabric->machine, device));
}

enum hit_reason security_at_root(const struct fabric *fabric, const struct request *request, uint16_t rid)
{
	if (!fabric->tdis || !request_is_tee(request))
		return REASON_NONE;
	switch (ide_receive(fabric->ide, request->device, rid)) {
	case IDE_RID_OUTSIDE:
		return REASON_STREAM_RID;
	case IDE_INSECURE:
		return REASON_INSECURE;
	case IDE_ACCEPTED:
		break;
	}
	return guest_of(fabric, request->device) == MACHINE_NONE ? REASON_GATE : REASON_NONE;
}

/* The reverse map's question: not only whose page it is, but which one (its owner knows pages by their addresses). */
static bool is_at_its_address(const struct fabric *fabric, const struct request *request, const struct page_row *page)
{
	bool asked = page->owner < 64 && fabric->reverse_mapped >> page->owner & 1;

	return !asked || request->at != AT_UNTRANSLATED || request->address / FRAME_BYTES == page->gpa / FRAME_BYTES;
}

bool security_reaches(const struct fabric *fabric, const struct request *request, uint64_t pa)
{
	if (!fabric->pages)
		return true;
	struct page_row page = page_states_get(fabric->pages, pa);
	if (page.state == PAGE_UNTRUSTED && request->t)
		return fabric->t_reaches_shared == T_SHARED_ALLOWED ||
		       (fabric->t_reaches_shared == T_SHARED_BY_XT && !request->xt);
	if (page.state == PAGE_UNTRUSTED)
		return true;
	return request->t && page.state == PAGE_PRIVATE && page.owner == guest_of(fabric, request->device) &&
	       is_at_its_address(fabric, request, &page);
}

/* The root complex sends with T over the default stream of the device, which is the one that it is bound to. */
bool security_completes(const struct fabric *fabric, uint16_t bar, bool t, bool down)
{
	uint16_t device = fabric->machine->bars[bar].device;

	if (!fabric->tdis)
		return true;
	bool carried = down && (!ide_needed(fabric->ide, device) ||
				ide_is_secure(fabric->ide, ide_default(fabric->ide, device)));
	return tdi_accepts(fabric->tdis, bar, t, carried);
}
