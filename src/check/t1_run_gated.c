/* SPDX-License-Identifier: MIT */
/*
 * T is honoured for an interface in RUN that its guest has accepted as it is, over a secure stream. Two things can be
 * seen of a wrong one: a request with T that reached something, and an interface that runs, or was accepted, without.
 *
 * Subjects: per device, that it runs unaccepted; that it was accepted on evidence of something else.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static void judge_interface(struct check *check, const struct check_event *event, uint16_t device)
{
	const struct check_eyes *eyes = check_eyes(check);
	uint16_t guest = model_accepted_by(check_model(check), device);
	struct check_interface interface;

	if (!eyes->interface(eyes->context, device, &interface))
		return;
	if (check_turned(check, 2u * device, interface.running && guest == MODEL_NEUTRAL))
		check_report(check, event, "the interface of %s is in RUN %s, and no guest has accepted it",
			     check_device_name(check, device), words_where(event).text);
	if (check_turned(check, 2u * device + 1,
			 interface.running && guest != MODEL_NEUTRAL && !interface.evidence_holds))
		check_report(check, event,
			     "%s has accepted the interface of %s %s on evidence of another lock or configuration",
			     check_owner_name(check, guest), check_device_name(check, device), words_where(event).text);
}

static void judge_request(struct check *check, const struct check_event *event)
{
	const struct check_eyes *eyes = check_eyes(check);
	const struct request *request = event->request;
	uint16_t function = machine_function(check_machine(check), request->device);
	bool arrived = event->hit->kind == HIT_MEMORY || event->hit->kind == HIT_BAR || event->hit->kind == HIT_SCRATCH;
	struct check_interface interface;
	const char *why = NULL;

	if (!arrived || !request_is_tee(request) || !eyes->interface(eyes->context, function, &interface))
		return;
	if (model_accepted_by(check_model(check), function) == MODEL_NEUTRAL)
		why = "no guest has accepted it";
	else if (event->held)
		return; /* the root complex took it as one of T when it came: RUN and the stream were asked for then */
	else if (!interface.running)
		why = "it is not in RUN";
	else if (!interface.secure)
		why = "its IDE stream is not secure";
	if (why)
		check_report(check, event, "%s %s 0x%" PRIx64 " %s with T, and %s",
			     words_sender(check, request->device, request->originator).text, words_access(request),
			     request->address, words_where(event).text, why);
}

static void judge(struct check *check, const struct check_event *event)
{
	if (!check_eyes(check)->interface)
		return;
	if (event->kind == CHECK_REQUEST)
		judge_request(check, event);
	for (uint16_t i = 0; event->kind == CHECK_STEP && i < check_machine(check)->device_count; i++)
		judge_interface(check, event, i);
}

const struct invariant t1_run_gated = {
	.name = "t1-run-gated",
	.number = 16,
	.summary = "T is honoured for running interfaces that their guests have accepted as they are",
	.statement =
		"An interface in RUN was accepted by its guest on evidence that still holds. A request with T reaches "
		"something only while that is so and the IDE stream it came over is secure.",
	.state = true,
	.judge = judge,
};
