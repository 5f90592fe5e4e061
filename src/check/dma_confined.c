/* SPDX-License-Identifier: MIT */
/*
 * A device reaches only what the owner on whose behalf it works was granted. Registers of other devices are the matter
 * of p2p-contained. Own memory that is no longer meant is the owner's own harm and no violation, but a write through an
 * area that the owner mapped for reading is: the owner relies on it.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

#define WALK_WRITES 8u /* bytes */

/* The device may always reach a live firmware range of its own, whoever has it. */
static bool is_own_firmware(const struct check *check, uint16_t device, uint64_t pa, uint64_t bytes)
{
	const struct machine *machine = check_machine(check);
	const struct machine_device *row = &machine->devices[device];

	for (uint32_t i = row->first_reserved; i < (uint32_t)row->first_reserved + row->reserved_count; i++) {
		const struct machine_reserved *range = &machine->reserved[i];
		if (model_reserved_live(check_model(check), (uint16_t)i) && pa >= range->first &&
		    pa - range->first <= range->bytes && bytes <= range->bytes - (pa - range->first))
			return true;
	}
	return false;
}

static void report_no_grant(struct check *check, const struct check_event *event, struct model_target target,
			    const char *why)
{
	const struct request *request = event->request;

	check_report(check, event, "%s %s 0x%" PRIx64 " = %s %s: %s %s",
		     words_sender(check, request->device, request->originator).text, words_access(request),
		     request->address, words_target(check, target).text, words_where(event).text,
		     check_owner_name(check, request->originator), why);
}

/* The owner means the address to be just that, and not for this kind of access. */
static bool is_meant_otherwise(const struct check *check, const struct check_event *event, struct model_target target,
			       unsigned need)
{
	const struct request *request = event->request;
	uint32_t pasid = request_pasid(check, request);
	uint16_t owner = pasid == MODEL_NO_PASID ? model_owner(check_model(check), request->device)
						 : model_pasid_owner(check_model(check), request->device, pasid);
	struct model_meaning meaning;
	uint64_t iova;

	if (request->originator != owner || !request_iova(check, event, &iova))
		return false;
	model_meaning(check_model(check), request->device, pasid, iova, request->bytes, &meaning);
	return meaning.meant && meaning.target.kind == target.kind && meaning.target.index == target.index &&
	       meaning.target.offset == target.offset && (meaning.permissions & need) != need;
}

/* Beside the bytes that are mapped, in their page: what the driver did not mean to give away. */
static bool is_beside(const struct check *check, const struct check_event *event, struct model_target target)
{
	const struct request *request = event->request;
	const struct model *model = check_model(check);

	return check_eyes(check)->grants_bytes && request->pasid == PASID_NONE && target.kind == MODEL_MEMORY &&
	       model_party(model, request->device) == MACHINE_HOST &&
	       model_maps_part(model, request->device, target, request->bytes);
}

/* The word that a walk wrote was, by the guest's owner, to be read at most: whose entry it is does not matter. */
static void judge_walk(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	uint64_t bytes;
	struct model_target target = target_at(check_machine(check), event->pa, &bytes);
	uint16_t owner = event->pasid == MODEL_NO_PASID ? model_owner(model, event->device)
							: model_pasid_owner(model, event->device, event->pasid);
	unsigned granted = 0, led = model_parent_permissions(model, event->device, event->pasid, target);
	bool has = owner != MODEL_NEUTRAL && target.kind != MODEL_NOTHING &&
		   model_granted(model, owner, target, WALK_WRITES, &granted);

	if (!model_nested(model, event->device, event->pasid) || (has && granted & led & MODEL_WRITE))
		return;
	check_report(check, event, "a walk for %s sets flags of a guest's entry in %s %s: %s %s",
		     check_device_name(check, event->device), words_target(check, target).text, words_where(event).text,
		     check_owner_name(check, owner),
		     has && granted & MODEL_WRITE ? "did not map it for that kind of access" : "has no grant for it");
}

/* The page that blocked devices share is no memory of anybody's, but what one of them left there is its owner's. */
static void judge_scratch(struct check *check, const struct check_event *event)
{
	const struct request *request = event->request;

	if (event->old_owner == MACHINE_NONE || event->old_owner == request->originator)
		return;
	check_report(check, event, "%s reads 0x%" PRIx64 " = the scratch page %s: what a device of %s wrote there",
		     words_sender(check, request->device, request->originator).text, request->address,
		     words_where(event).text, check_owner_name(check, event->old_owner));
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	const struct request *request = event->request;
	const struct hit *hit = event->hit;
	unsigned permissions = 0;

	if (event->kind == CHECK_WALK_WROTE)
		judge_walk(check, event);
	if (event->kind == CHECK_REQUEST && hit->kind == HIT_SCRATCH)
		judge_scratch(check, event);
	if (event->kind != CHECK_REQUEST || hit->kind != HIT_MEMORY || request->bytes == 0 ||
	    is_own_firmware(check, request->device, hit->pa, request->bytes))
		return;
	struct model_target target = hit_target(hit);
	unsigned need = request_needs(request);
	bool granted = target.kind == MODEL_NOTHING
			       ? model_party_of_owner(model, request->originator) == MACHINE_HOST
			       : model_granted(model, request->originator, target, request->bytes, &permissions);
	if (target.kind == MODEL_NOTHING)
		permissions = MODEL_READ | MODEL_WRITE;
	if (!granted)
		report_no_grant(check, event, target, "has no grant for it");
	else if ((permissions & need) != need)
		report_no_grant(check, event, target, "has no grant for that kind of access");
	else if (is_meant_otherwise(check, event, target, need))
		report_no_grant(check, event, target, "did not map it for that kind of access");
	else if (is_beside(check, event, target))
		report_no_grant(check, event, target, "mapped other bytes of that page");
}

const struct invariant dma_confined = {
	.name = "dma-confined",
	.number = 1,
	.summary = "a device reaches only memory that its owner was granted",
	.statement =
		"For every request that was carried out on memory: the bytes it touched are, at that time and for "
		"that kind of access, granted to the owner on whose behalf it was sent (own memory, memory shared "
		"with it, memory that a live mapping gives it), or a live firmware range of the device; and if the "
		"owner's mapping leads there, the mapping permits the access. The same of each entry of a guest's that "
		"a walk sets flags in: the space that it is nested in permits the write. And where blocked devices "
		"share a scratch page, none reads there what another owner's device wrote.",
	.judge = judge,
};
