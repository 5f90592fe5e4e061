/* SPDX-License-Identifier: MIT */
#include "hw/device/atc.h"

#include "hw/device/device.h"
#include "hw/ways.h"

#include <string.h>

static const uint8_t page_sizes_lg2[] = {12, 21, 30};

static struct atc_entry *set_of(const struct atc *atc, uint64_t iova, unsigned page_lg2)
{
	return &atc->entries[(size_t)(iova >> page_lg2 & (atc->sets - 1)) * atc->ways];
}

bool atc_entry_of(uint64_t iova, uint32_t pasid, const struct translation *answer, struct atc_entry *entry)
{
	unsigned lg2 = answer->page_lg2 >= 30 ? 30 : answer->page_lg2 >= 21 ? 21 : 12;
	uint64_t mask = (UINT64_C(1) << lg2) - 1;
	unsigned flags = 0;

	if (answer->completion != ATS_SUCCESS || answer->permissions == 0)
		return false;
	if (answer->global && pasid != PASID_NONE)
		flags |= ATC_GLOBAL;
	if (answer->privileged)
		flags |= ATC_PRIVILEGED;
	if (answer->untranslated_only)
		flags |= ATC_UNTRANSLATED;
	*entry = (struct atc_entry){.iova = iova & ~mask,
				    .pa = answer->untranslated_only ? 0 : answer->pa & ~mask,
				    .pasid = flags & ATC_GLOBAL ? 0 : pasid,
				    .page_lg2 = (uint8_t)lg2,
				    .permissions = answer->permissions,
				    .flags = (uint8_t)flags};
	return true;
}

static bool same_tag(const struct atc_entry *a, const struct atc_entry *b)
{
	return a->page_lg2 == b->page_lg2 && a->iova == b->iova && a->pasid == b->pasid &&
	       ((a->flags ^ b->flags) & (ATC_GLOBAL | ATC_PRIVILEGED | ATC_TEE)) == 0;
}

void atc_keep(const struct atc *atc, const struct atc_entry *entry)
{
	struct atc_entry *set = set_of(atc, entry->iova, entry->page_lg2);

	for (unsigned way = 0; way < atc->ways; way++)
		if (same_tag(&set[way], entry)) {
			ways_remove(set, way, atc->ways, sizeof(*set));
			break;
		}
	ways_push(set, atc->ways, sizeof(*set));
	set[0] = *entry;
}

static bool has_pasid(const struct atc_entry *entry, uint32_t pasid)
{
	return entry->flags & ATC_GLOBAL ? pasid != PASID_NONE : entry->pasid == pasid;
}

static const struct atc_entry *find_mode(const struct atc *atc, uint32_t pasid, uint64_t iova, unsigned mode)
{
	for (unsigned i = 0; i < sizeof(page_sizes_lg2); i++) {
		unsigned lg2 = page_sizes_lg2[i];
		const struct atc_entry *set = set_of(atc, iova, lg2);
		for (unsigned way = 0; way < atc->ways; way++) {
			const struct atc_entry *entry = &set[way];
			if (entry->page_lg2 == lg2 && (entry->iova ^ iova) >> lg2 == 0 && has_pasid(entry, pasid) &&
			    (entry->flags & (ATC_PRIVILEGED | ATC_TEE)) == mode)
				return entry;
		}
	}
	return NULL;
}

const struct atc_entry *atc_find(const struct atc *atc, uint32_t pasid, bool tee, uint64_t iova)
{
	unsigned mode = tee ? ATC_TEE : 0;
	const struct atc_entry *entry = find_mode(atc, pasid, iova, mode);

	return entry ? entry : find_mode(atc, pasid, iova, mode | ATC_PRIVILEGED);
}

bool atc_entry_leads(const struct atc_entry *entry, uint32_t pasid, const struct request *request)
{
	static const uint8_t needs[] = {
		[REQUEST_READ] = PERM_READ, [REQUEST_WRITE] = PERM_WRITE, [REQUEST_ATOMIC] = PERM_READ | PERM_WRITE};
	unsigned need = request->op <= REQUEST_ATOMIC ? needs[request->op] : PERM_READ | PERM_WRITE;

	if (entry->page_lg2 == 0 || entry->flags & ATC_UNTRANSLATED)
		return false;
	if (!(entry->flags & ATC_TEE) == request_is_tee(request))
		return false;
	if (request->execute)
		need |= PERM_EXECUTE;
	return (pasid == DEVICE_ANY_PASID || has_pasid(entry, pasid)) &&
	       (entry->pa ^ request->address) >> entry->page_lg2 == 0 && (entry->permissions & need) == need &&
	       (request->privileged || !(entry->flags & ATC_PRIVILEGED));
}

bool atc_covers(const struct ats_invalidation *message, uint32_t pasid, unsigned flags, uint64_t first, uint64_t last)
{
	if (first > message->last || last < message->first || (!message->both && message->t == !(flags & ATC_TEE)))
		return false;
	if (message->pasid == PASID_NONE)
		return !(flags & ATC_GLOBAL) && pasid == PASID_NONE;
	if (message->global)
		return flags & ATC_GLOBAL || pasid != PASID_NONE;
	return !(flags & ATC_GLOBAL) && pasid == message->pasid;
}

void atc_invalidate(const struct atc *atc, const struct ats_invalidation *message)
{
	for (uint32_t set = 0; set < atc->sets; set++) {
		struct atc_entry *entries = &atc->entries[(size_t)set * atc->ways];
		for (unsigned way = atc->ways; way-- > 0;) {
			const struct atc_entry *entry = &entries[way];
			if (entry->page_lg2 && atc_covers(message, entry->pasid, entry->flags, entry->iova,
							  entry->iova | atc_page_mask(entry)))
				ways_remove(entries, way, atc->ways, sizeof(*entries));
		}
	}
}

uint32_t atc_count(const struct atc *atc, uint32_t pasid)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < atc->sets * atc->ways; i++) {
		const struct atc_entry *entry = &atc->entries[i];
		count += entry->page_lg2 &&
			 (pasid == DEVICE_ANY_PASID || (!(entry->flags & ATC_GLOBAL) && entry->pasid == pasid));
	}
	return count;
}

void atc_evict(const struct atc *atc, const struct atc_entry *entry)
{
	size_t index = (size_t)(entry - atc->entries);

	ways_remove(&atc->entries[index / atc->ways * atc->ways], (unsigned)(index % atc->ways), atc->ways,
		    sizeof(*entry));
}

void atc_clear(const struct atc *atc)
{
	memset(atc->entries, 0, (size_t)atc->sets * atc->ways * sizeof(*atc->entries));
}
