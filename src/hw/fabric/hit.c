/* SPDX-License-Identifier: MIT */
#include "hw/fabric/hit.h"

#include <string.h>

static void store_interrupt(struct interrupt *to, const struct interrupt *from)
{
	to->address = from->address;
	to->data = from->data;
	to->device_id = from->device_id;
	to->destination = from->destination;
	to->vector = from->vector;
	to->delivery_mode = from->delivery_mode;
	to->logical = from->logical;
	to->redirection_hint = from->redirection_hint;
	to->level_triggered = from->level_triggered;
	to->remapped = from->remapped;
	to->posted = from->posted;
	to->notified = from->notified;
	to->descriptor_pa = from->descriptor_pa;
	to->posted_vector = from->posted_vector;
}

static void store_translation(struct translation *to, const struct translation *from)
{
	to->result = from->result;
	to->page_lg2 = from->page_lg2;
	to->level = from->level;
	to->permissions = from->permissions;
	to->pass_through = from->pass_through;
	to->untranslated_only = from->untranslated_only;
	to->from_cache = from->from_cache;
	to->recorded = from->recorded;
	to->overflow = from->overflow;
	to->lost = from->lost;
	to->completion = from->completion;
	to->global = from->global;
	to->privileged = from->privileged;
	to->non_snooped = from->non_snooped;
	to->stall_tag = from->stall_tag;
	to->fault = from->fault;
	to->reads = from->reads;
	to->pa = from->pa;
	to->lost_pa = from->lost_pa;
	if (from->result == TRANSLATE_INTERRUPT)
		store_interrupt(&to->interrupt, &from->interrupt);
	else if (from->result == TRANSLATE_FAULT)
		memcpy(to->record, from->record, sizeof(to->record));
}

void hit_store(struct hit *to, const struct hit *from)
{
	memset(to, 0, sizeof(*to));
	to->kind = from->kind;
	to->route = from->route;
	to->reason = from->reason;
	to->port = from->port;
	to->iommu = from->iommu;
	to->segment = from->segment;
	to->rid = from->rid;
	to->memory = from->memory;
	to->firmware = from->firmware;
	to->bar = from->bar;
	to->device = from->device;
	to->stream = from->stream;
	to->bytes = from->bytes;
	to->pa = from->pa;
	to->offset = from->offset;
	to->write = from->write;
	to->posted = from->posted;
	to->snooped = from->snooped;
	to->completion_redirected = from->completion_redirected;
	to->raised = from->raised;
	to->raised_device = from->raised_device;
	to->raised_index = from->raised_index;
	if (from->route == ROUTE_IOMMU)
		store_translation(&to->translation, &from->translation);
	if (from->kind == HIT_INTERRUPT)
		store_interrupt(&to->interrupt, &from->interrupt);
}

const char *hit_reason_text(enum hit_reason reason)
{
	static const char *const texts[HIT_REASONS] = {
		[REASON_NONE] = "",
		[REASON_ABSENT] = "the device is not there",
		[REASON_BUS_MASTER] = "bus mastering is off",
		[REASON_SOURCE_VALIDATION] = "ACS source validation: the requester's bus is not behind the port",
		[REASON_TRANSLATION_BLOCKING] = "ACS translation blocking: the address is not untranslated",
		[REASON_EGRESS_CONTROL] = "ACS egress control: no request to a peer",
		[REASON_NO_FORWARDING] = "the address is behind the port it came from, upstream forwarding is off",
		[REASON_UNCLAIMED] = "inside the switch's window, but no port's",
		[REASON_NO_TARGET] = "nothing has that address",
		[REASON_TARGET_ABSENT] = "the target is not there",
		[REASON_TARGET_OFF] = "memory space of the target is off",
		[REASON_NOT_A_MEMORY_ACCESS] = "a translation request that met no IOMMU",
		[REASON_INSECURE] = "it has T set, and no IDE stream of the device is secure",
		[REASON_STREAM_RID] = "it has T set, and a requester ID that its IDE stream is not for",
		[REASON_GATE] = "it has T set, and the TSM has not enabled the interface",
		[REASON_PAGE_STATE] = "the state of the page forbids it",
		[REASON_INTERFACE] = "the TEE device interface behind the registers rejects it",
		[REASON_NO_FRAME] = "the simulator has no room left to carry it out",
	};

	return (unsigned)reason < HIT_REASONS ? texts[reason] : "";
}
