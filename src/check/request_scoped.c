/* SPDX-License-Identifier: MIT */
/*
 * What one owner's device asks for, nobody else answers: a page request is handled in the address space of the owner
 * that the work belongs to, a response reaches only requests of whoever gave it, and an invalidation that an owner asks
 * for only its own devices.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>
#include <stdio.h>

static struct words words_pasid(uint32_t pasid)
{
	struct words words = {.text = ""};

	if (pasid != MODEL_NO_PASID)
		snprintf(words.text, sizeof(words.text), " with PASID %" PRIu32, pasid);
	return words;
}

static void judge_forgotten(struct check *check, const struct check_event *event)
{
	uint16_t owner = model_owner(check_model(check), event->device);

	if (owner == event->actor || owner == MODEL_NEUTRAL)
		return;
	check_report(check, event, "an invalidation of %s reached %s %s", check_owner_name(check, event->actor),
		     words_owned(check, event->device).text, words_where(event).text);
}

static void judge(struct check *check, const struct check_event *event)
{
	if (event->kind == CHECK_FORGOTTEN)
		judge_forgotten(check, event);
	if (event->kind != CHECK_ANSWER || event->old_owner == event->new_owner)
		return;
	check_report(check, event, "a page request of %s%s, sent for %s, was answered for %s %s",
		     check_device_name(check, event->device), words_pasid(event->pasid).text,
		     check_owner_name(check, event->old_owner), check_owner_name(check, event->new_owner),
		     words_where(event).text);
}

const struct invariant request_scoped = {
	.name = "request-scoped",
	.number = 12,
	.summary = "faults, responses and invalidations concern only the owner that asked",
	.statement = "A page request or a stalled transaction is handled in the address space of the owner on whose "
		     "behalf it was sent, and answered by nobody else. What an owner wants to be forgotten is "
		     "forgotten of no device "
		     "that another owner drives.",
	.judge = judge,
};
