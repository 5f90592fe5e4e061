/* SPDX-License-Identifier: MIT */
/*
 * What one owner's device asks for, nobody else answers: a page request is handled in the address space of the owner
 * that the work belongs to, and a response reaches only requests of whoever gave it.
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

static void judge(struct check *check, const struct check_event *event)
{
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
	.summary = "faults and responses concern only the owner that the request belongs to",
	.statement = "A page request or a stalled transaction is handled in the address space of the owner on whose "
		     "behalf it was sent, and answered by nobody else.",
	.judge = judge,
};
