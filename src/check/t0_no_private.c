/* SPDX-License-Identifier: MIT */
/*
 * Memory that a confidential guest keeps to itself is reached by its own accepted interfaces alone, and with T. Which
 * memory that is, and which interfaces the guest let in, the model has from the guest's own calls; page states and
 * tables do not come into it.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static void judge(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	const struct request *request = event->request;

	if (event->kind != CHECK_REQUEST || event->hit->kind != HIT_MEMORY || event->hit->memory == MACHINE_NONE ||
	    !model_is_private(model, event->hit->memory))
		return;
	uint16_t guest = model_memory_owner(model, event->hit->memory);
	uint16_t accepted = model_accepted_by(model, machine_function(check_machine(check), request->device));
	if (request->t && accepted == guest)
		return;
	check_report(check, event, "%s %s %s, private to %s, at 0x%" PRIx64 " %s%s",
		     words_sender(check, request->device, request->originator).text, words_access(request),
		     check_machine(check)->memories[event->hit->memory].name, check_owner_name(check, guest),
		     request->address, words_where(event).text,
		     request->t ? ": its interface is none that this guest has accepted" : " without T");
}

const struct invariant t0_no_private = {
	.name = "t0-no-private",
	.number = 15,
	.summary = "private memory is reached with T, by interfaces that its guest has accepted",
	.statement =
		"When a request hits memory that a confidential guest has not shared, its T bit is set and the guest "
		"has accepted the interface that sent it.",
	.judge = judge,
};
