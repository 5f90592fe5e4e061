/* SPDX-License-Identifier: MIT */
/*
 * A PASID selects the space of whoever it is bound for, so nobody else's work may go by it: that of a process whose
 * CPU still has a PASID which is another's now, of a guest whose PASID was not replaced, of a function that finds
 * others' PASIDs in its table. Judged at the request: by its requester ID as the unit saw it, and its PASID. What a
 * device sends as translated shows no PASID on the bus; its answer did, as long as it is valid.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

/* Whose table the PASID was looked up in: of the sender, or of the function whose requester ID it used. */
static uint16_t function_of(const struct check *check, const struct request *request, const struct hit *hit)
{
	const struct machine *machine = check_machine(check);
	uint16_t own = machine_function(machine, request->device);

	if (model_requester(check_model(check), own) == hit->stream)
		return own;
	for (uint32_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].kind != DEVICE_MDEV && machine->devices[i].iommu == hit->iommu &&
		    model_requester(check_model(check), (uint16_t)i) == hit->stream)
			return (uint16_t)i;
	return MACHINE_NONE;
}

static void count_read(void *context, const struct walk_step *step)
{
	(void)step;
	++*(unsigned *)context;
}

/* A unit that is off, or passes everything, selects nothing. */
static bool is_selected(const struct check *check, const struct request *request)
{
	const struct check_eyes *eyes = check_eyes(check);
	unsigned reads = 0;
	uint64_t iova;

	if (request->at == AT_TRANSLATED)
		return eyes->handed_out(eyes->context, request, &iova) == HANDED_LIVE;
	eyes->walk(eyes->context, request, count_read, &reads);
	return reads != 0;
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct request *request = event->request;
	const struct hit *hit = event->hit;

	if (event->kind != CHECK_REQUEST || request->pasid == PASID_NONE || hit->route != ROUTE_IOMMU ||
	    (hit->kind != HIT_MEMORY && hit->kind != HIT_BAR))
		return;
	uint16_t function = function_of(check, request, hit);
	uint16_t holder = function == MACHINE_NONE ? MODEL_NEUTRAL
						   : model_pasid_holder(check_model(check), function, request->pasid);
	/* Translations that outlive their PASID are the matter of unmap-effective and ats-trust. */
	if (holder == request->originator || (holder == MODEL_NEUTRAL && request->at == AT_TRANSLATED) ||
	    !is_selected(check, request))
		return;
	check_report(check, event, "work of %s went by PASID %" PRIu32 " of %s %s, which is bound for %s",
		     check_owner_name(check, request->originator), request->pasid, check_device_name(check, function),
		     words_where(event).text, check_owner_name(check, holder));
}

const struct invariant pasid_exclusive = {
	.name = "pasid-exclusive",
	.number = 9,
	.summary = "a PASID of a device selects a space only for work of whoever it is bound for",
	.statement =
		"For every request with a PASID that a unit translated: the PASID, in the table of the requester ID "
		"that the unit saw, is bound at that time for the owner on whose behalf the request was sent. The "
		"owner of work that a CPU submits is the process or VM that ran the instruction, whatever PASID the "
		"CPU put into it.",
	.judge = judge,
};
