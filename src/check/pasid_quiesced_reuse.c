/* SPDX-License-Identifier: MIT */
/*
 * A PASID goes to somebody else only when nothing works for the one before any more: stop, flush, drain, then free
 * (Lu Baolu 2020-03-17, 'Add page request draining support'). Judged when it is bound again. An owner who gives a PASID
 * that it has another space, or the same, takes it from nobody: its device's work is to go on.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static void judge(struct check *check, const struct check_event *event)
{
	const struct check_eyes *eyes = check_eyes(check);
	const char *what;
	uint16_t last;

	if (event->kind != CHECK_PASID)
		return;
	last = model_pasid_owner(check_model(check), event->device, event->pasid);
	if (last == event->new_owner)
		return;
	if (last == MODEL_NEUTRAL)
		last = model_pasid_last_owner(check_model(check), event->device, event->pasid);
	what = last == MODEL_NEUTRAL ? NULL : eyes->pasid_used(eyes->context, event->device, event->pasid);
	if (what)
		check_report(check, event, "PASID %" PRIu32 " of %s goes from %s to %s %s while %s is left of it",
			     event->pasid, check_device_name(check, event->device), check_owner_name(check, last),
			     check_owner_name(check, event->new_owner), words_where(event).text, what);
}

const struct invariant pasid_quiesced_reuse = {
	.name = "pasid-quiesced-reuse",
	.number = 10,
	.summary = "a PASID is bound again only after stop, flush and drain",
	.statement =
		"When a PASID of a device is bound that was bound before, and is not its owner's still, the device has "
		"no request of it in flight, "
		"no page request of it open and no translation of it in its device TLB, and no transaction of it is "
		"stalled. A reset makes a device forget its page requests.",
	.judge = judge,
};
