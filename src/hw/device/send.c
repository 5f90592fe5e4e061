/* SPDX-License-Identifier: MIT */
/* Requests: what the function may send, what its ATC keeps, what is held in flight, what a unit stalled. */
#include "hw/device/state.h"

#define PAGE_MASK         UINT64_C(0xfff)
#define ATS_REQUEST_BYTES 8u /* one translation (PCIe 10.2.2.2) */

enum device_sent may_send(const struct devices *devices, struct requester who, unsigned features)
{
	const struct machine_device *row = &devices->machine->devices[who.function];

	if (!is_alive(devices, who.function) || is_stopped(devices, who))
		return DEVICE_STOPPED;
	if (who.pasid != PASID_NONE) {
		features |= FEATURE_PASID;
		if (who.pasid >> PASID_BITS_MAX)
			return DEVICE_DISABLED; /* there is no such PASID to send */
	}
	if (row->quirks & QUIRK_TRANSLATED_WITHOUT_ATS)
		return DEVICE_SENT;
	if ((devices->functions[who.function].features & features) != features)
		return DEVICE_DISABLED;
	return who.pasid != PASID_NONE && who.pasid >> row->pasid_bits ? DEVICE_DISABLED : DEVICE_SENT;
}

/*
 * The ATC's entry that the translated request is sent with: of its PASID, without PASID of any (10.2.4: a translated
 * request has none in its header, unless that is allowed apart). An entry of a PASID that was stopped is not used.
 */
static enum device_sent find_leading(const struct devices *devices, struct requester who, const struct request *request,
				     const struct atc_entry **found)
{
	struct atc atc = atc_of(devices, who.function);
	enum device_sent result = DEVICE_NO_TRANSLATION;
	uint32_t pasid = who.pasid == PASID_NONE ? DEVICE_ANY_PASID : who.pasid;

	for (uint32_t i = 0; i < atc.sets * atc.ways; i++) {
		const struct atc_entry *entry = &atc.entries[i];
		struct requester user = {.function = who.function, .pasid = entry->pasid};
		if (!atc_entry_leads(entry, pasid, request))
			continue;
		if (entry->flags & ATC_GLOBAL || !is_stopped(devices, user)) {
			*found = entry;
			return DEVICE_SENT;
		}
		result = DEVICE_STOPPED;
	}
	return result;
}

/* Whether it may go, how it looks on the bus, and the ATC's entry that it uses (translated; else NULL). */
static enum device_sent prepare(const struct devices *devices, const struct request *request, struct request *sent,
				const struct atc_entry **used)
{
	struct requester who = requester_of(devices, request->device, request->pasid);
	bool translated = request->at == AT_TRANSLATED;
	enum device_sent may;

	*sent = *request;
	*used = NULL;
	if (!translated) {
		sent->pasid = who.pasid;
		return may_send(devices, who, 0);
	}
	struct requester header = {.function = who.function, .pasid = request->pasid};
	may = may_send(devices, header, FEATURE_ATS);
	if (may != DEVICE_SENT)
		return may;
	if (is_stopped(devices, who))
		return DEVICE_STOPPED;
	may = find_leading(devices, who, request, used);
	if (may == DEVICE_NO_TRANSLATION && has_quirk(devices, who.function, QUIRK_TRANSLATED_WITHOUT_ATS))
		return DEVICE_SENT;
	return may;
}

static void note_stall(struct devices *devices, const struct request *request, const struct hit *hit)
{
	uint16_t function = machine_function(devices->machine, request->device);
	struct keyed_list *list = devices->stalls.list;

	if (hit->kind != HIT_STALLED)
		return;
	/* Of answers that nobody can ask for any more the first goes: the tag of a later transaction is another. */
	for (uint32_t i = 0; list->count == DEVICE_STALLS_MAX && i < DEVICE_STALLS_MAX; i++)
		if (list->rows[i].value != 0)
			keyed_remove(&devices->stalls, list->rows[i].key);
	keyed_put(&devices->stalls, work_key(function, 0, hit->translation.stall_tag), 0);
}

void stall_receive(struct devices *devices, uint16_t iommu, const struct stall_answer *answer)
{
	uint16_t at = device_of_stream(devices, iommu, answer->stream);
	struct keyed_row *row = at == MACHINE_NONE ? NULL : keyed_find(&devices->stalls, work_key(at, 0, answer->tag));

	if (row && row->value == 0)
		row->value = 1u + answer->action;
}

int device_stall_answer(const struct devices *devices, uint16_t device, uint16_t stall_tag)
{
	uint16_t function = machine_function(devices->machine, device);
	const struct keyed_row *row = keyed_find(&devices->stalls, work_key(function, 0, stall_tag));

	return row ? (int)row->value - 1 : -1;
}

enum device_sent device_dma(struct devices *devices, const struct request *request, void *data, struct hit *out)
{
	const struct atc_entry *used;
	struct request sent;

	if (request->at == AT_TRANSLATION_REQUEST)
		return device_ats(devices, request, out);
	enum device_sent may = prepare(devices, request, &sent, &used);
	if (may != DEVICE_SENT)
		return may;
	fabric_dma(devices->fabric, &sent, data, out);
	note_stall(devices, &sent, out);
	return DEVICE_SENT;
}

enum device_sent device_ats(struct devices *devices, const struct request *request, struct hit *out)
{
	struct requester who = requester_of(devices, request->device, request->pasid);
	enum device_sent may = may_send(devices, who, FEATURE_ATS);
	struct function *function = &devices->functions[who.function];
	struct atc atc = atc_of(devices, who.function);
	struct request sent = *request;
	struct atc_entry entry;

	if (may != DEVICE_SENT)
		return may;
	if (function->ats_refused && !has_quirk(devices, who.function, QUIRK_TRANSLATED_WITHOUT_ATS))
		return DEVICE_DISABLED;
	sent.address &= ~PAGE_MASK;
	sent.bytes = ATS_REQUEST_BYTES;
	sent.op = REQUEST_READ;
	sent.at = AT_TRANSLATION_REQUEST;
	sent.pasid = who.pasid;
	fabric_dma(devices->fabric, &sent, NULL, out);
	if (out->route != ROUTE_IOMMU)
		return DEVICE_SENT;
	if (out->translation.completion == ATS_UR)
		function->ats_refused = true;
	else if (atc.sets > 0 && atc_entry_of(sent.address, who.pasid, &out->translation, &entry)) {
		if (request_is_tee(&sent))
			entry.flags |= ATC_TEE;
		atc_keep(&atc, &entry);
	}
	return DEVICE_SENT;
}

bool device_atc_find(const struct devices *devices, uint16_t device, uint32_t pasid, bool tee, uint64_t iova,
		     uint64_t *pa, unsigned *permissions)
{
	struct requester who = requester_of(devices, device, pasid);
	struct atc atc = atc_of(devices, who.function);
	const struct atc_entry *entry = atc.sets > 0 ? atc_find(&atc, who.pasid, tee, iova) : NULL;

	if (!entry || entry->flags & ATC_UNTRANSLATED)
		return false;
	*pa = entry->pa | (iova & atc_page_mask(entry));
	*permissions = entry->permissions;
	return true;
}

bool device_atc_evict(struct devices *devices, uint16_t device, uint32_t pasid, uint64_t iova)
{
	struct requester who = requester_of(devices, device, pasid);
	struct atc atc = atc_of(devices, who.function);
	const struct atc_entry *entry = atc.sets > 0 ? atc_find(&atc, who.pasid, false, iova) : NULL;

	if (entry)
		atc_evict(&atc, entry);
	return entry;
}

bool device_atc_leads(const struct devices *devices, const struct request *request)
{
	struct requester who = requester_of(devices, request->device, request->pasid);
	struct atc atc = atc_of(devices, who.function);

	for (uint32_t i = 0; i < atc.sets * atc.ways; i++)
		if (atc_entry_leads(&atc.entries[i], who.pasid, request))
			return !is_stopped(devices, who);
	return false;
}

bool device_atc_leads_to(const struct devices *devices, uint16_t device, uint64_t pa)
{
	struct atc atc = atc_of(devices, machine_function(devices->machine, device));

	for (uint32_t i = 0; i < atc.sets * atc.ways; i++) {
		const struct atc_entry *entry = &atc.entries[i];
		if (entry->page_lg2 && !(entry->flags & ATC_UNTRANSLATED) && (entry->pa ^ pa) >> entry->page_lg2 == 0)
			return true;
	}
	return false;
}

uint32_t device_atc_entries(const struct devices *devices, uint16_t device)
{
	struct atc atc = atc_of(devices, machine_function(devices->machine, device));

	return atc_count(&atc, DEVICE_ANY_PASID);
}

enum device_sent device_hold(struct devices *devices, const struct request *request, struct hit *out, uint32_t *flight)
{
	struct requester who = requester_of(devices, request->device, request->pasid);
	const struct atc_entry *used;
	struct request sent;

	*flight = DEVICE_NO_FLIGHT;
	if (request->at == AT_TRANSLATION_REQUEST)
		return device_ats(devices, request, out);
	enum device_sent may = prepare(devices, request, &sent, &used);
	if (may != DEVICE_SENT)
		return may;
	if (fabric_in_flight(devices->fabric) == FABRIC_FLIGHTS_MAX)
		return DEVICE_FULL;
	uint32_t handle = fabric_send(devices->fabric, &sent, out);
	note_stall(devices, &sent, out);
	if (handle == 0)
		return DEVICE_SENT;
	struct held *held = &devices->held[handle - 1];
	*held = (struct held){.pasid = who.pasid, .function = who.function, .live = true};
	if (used) {
		held->translated = true;
		held->first = used->iova;
		held->last = used->iova | atc_page_mask(used);
		held->pasid = used->flags & ATC_GLOBAL ? who.pasid : used->pasid;
		held->flags = used->flags;
	}
	*flight = handle;
	return DEVICE_HELD;
}

bool device_resume(struct devices *devices, uint32_t flight, void *data, struct hit *out)
{
	if (flight == 0 || flight > FABRIC_FLIGHTS_MAX || !devices->held[flight - 1].live ||
	    !fabric_arrive(devices->fabric, flight, data, out))
		return false;
	devices->held[flight - 1] = (struct held){.live = false};
	return true;
}
