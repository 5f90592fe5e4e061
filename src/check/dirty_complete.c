/* SPDX-License-Identifier: MIT */
/* What was written while somebody wanted to know is reported. Judged when the kernel says that a page was not. */
#include "check/check.h"
#include "check/invariants.h"

#include <inttypes.h>

static void judge(struct check *check, const struct check_event *event)
{
	if (event->kind != CHECK_DIRTY || event->dirty ||
	    !model_unreported(check_model(check), event->space, event->iova, event->iova))
		return;
	check_report(check, event, "page 0x%" PRIx64 " was written, and %s is told that it was not", event->iova,
		     check_owner_name(check, event->new_owner));
}

const struct invariant dirty_complete = {
	.name = "dirty-complete",
	.number = 22,
	.summary = "what was written while dirty pages are tracked is reported",
	.statement =
		"A page of a tracked space that a device wrote is reported as written when it is asked about next. "
		"What its owner unmaps before it asks is the owner's own loss. (The catalogue's companion b.)",
	.judge = judge,
};
