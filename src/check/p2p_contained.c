/* SPDX-License-Identifier: MIT */
/* A request that ends at registers of another device ends at a device of the same party, whatever way it took. */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static void judge(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	const struct machine *machine = check_machine(check);
	const struct request *request = event->request;
	const struct hit *hit = event->hit;
	unsigned permissions, need;

	if (event->kind != CHECK_REQUEST || hit->kind != HIT_BAR || request->bytes == 0 ||
	    machine_function(machine, hit->device) == machine_function(machine, request->device) ||
	    model_party(model, hit->device) == MODEL_NEUTRAL)
		return;
	need = request_needs(request);
	if (model_granted(model, request->originator, hit_target(hit), request->bytes, &permissions) &&
	    (permissions & need) == need)
		return;
	check_report(check, event, "%s %s 0x%" PRIx64 " = %s %s, %s: %s has no right to %s",
		     words_sender(check, request->device, request->originator).text, words_access(request),
		     request->address, words_target(check, hit_target(hit)).text, words_where(event).text,
		     hit->route == ROUTE_PEER ? "without meeting the IOMMU" : "by way of the root complex",
		     check_owner_name(check, request->originator), check_device_name(check, hit->device));
}

const struct invariant p2p_contained = {
	.name = "p2p-contained",
	.number = 4,
	.summary = "a request that ends at a peer device ends at one of the same owner",
	.statement = "For every request that was carried out on registers of another device e: nobody has e, or e "
		     "belongs to the party on whose behalf the request was sent (kernel drivers are one party), or the "
		     "kernel mapped these registers for it with that kind of access.",
	.judge = judge,
};
