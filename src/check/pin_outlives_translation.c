/* SPDX-License-Identifier: MIT */
/*
 * A page does not change hands while a table, a cache or an unfinished invalidation may still lead hardware to it, or
 * the driver of a mediated device holds it.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

static void judge(struct check *check, const struct check_event *event)
{
	const struct check_eyes *eyes = check_eyes(check);
	uint16_t device = MACHINE_NONE;

	if (event->kind != CHECK_REUSE || event->new_owner == event->old_owner ||
	    !eyes->referenced(eyes->context, event->memory, &device))
		return;
	check_report(check, event, "'%s' of %s is handed on to %s %s while %s may still reach it",
		     check_machine(check)->memories[event->memory].name, check_owner_name(check, event->old_owner),
		     check_owner_name(check, event->new_owner), words_where(event).text,
		     device == MACHINE_NONE ? "a translation that is not invalidated"
					    : check_device_name(check, device));
}

const struct invariant pin_outlives_translation = {
	.name = "pin-outlives-translation",
	.number = 7,
	.summary = "a page is not reused while a translation still refers to it",
	.statement = "When memory passes from one owner to another, no entry of a table that serves a device leads to "
		     "it, for every entry that did the invalidation that covers it has completed, and no driver of "
		     "a mediated device has it pinned.",
	.judge = judge,
};
