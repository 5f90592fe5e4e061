/* SPDX-License-Identifier: MIT */
/*
 * A posted write that was dropped looks to its guest like one that arrived. That is no harm yet; reading what it was to
 * write without having been told is. A completion never comes for it, and the fault is recorded at a unit whose records
 * are the host's or the TSM's to read: neither tells the guest. Of memory that it shares a guest believes nothing
 * anyway.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static void judge(struct check *check, const struct check_event *event)
{
	const struct request *request = event->request;

	if (event->kind != CHECK_USED)
		return;
	check_report(check, event,
		     "%s reads %s %s for what %s wrote to 0x%" PRIx64 ": that write was dropped, and nobody said so",
		     check_owner_name(check, event->actor), check_machine(check)->memories[event->memory].name,
		     words_where(event).text, check_device_name(check, request->device), request->address);
}

const struct invariant no_silent_drop = {
	.name = "no-silent-drop",
	.number = 20,
	.summary = "the host cannot drop the writes of a guest's device unnoticed",
	.statement = "When a confidential guest reads memory that it keeps private for the result of a write that its "
		     "accepted "
		     "interface sent, and that write was dropped, the guest is told, or its I/O is fenced.",
	.judge = judge,
};
