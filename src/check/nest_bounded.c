/* SPDX-License-Identifier: MIT */
/*
 * Where a guest's first stage is nested, the parent decides: what a request hit, and each structure of the guest's that
 * a walk for it reads, lies where the parent leads. The walk is made again, without caches, since a request that was
 * served from one read nothing.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static bool parent_leads_to(const struct check *check, const struct request *request, struct model_target target,
			    uint64_t bytes)
{
	return model_parent_holds(check_model(check), request->device, request_pasid(check, request), target, bytes);
}

static void judge_hit(struct check *check, const struct check_event *event)
{
	const struct request *request = event->request;
	const struct hit *hit = event->hit;
	struct model_target target = hit_target(hit);

	if ((hit->kind != HIT_MEMORY && hit->kind != HIT_BAR) || hit->route != ROUTE_IOMMU || request->bytes == 0 ||
	    parent_leads_to(check, request, target, request->bytes))
		return;
	check_report(check, event, "%s %s 0x%" PRIx64 " = %s %s: the space that it is nested in does not lead there",
		     words_sender(check, request->device, request->originator).text, words_access(request),
		     request->address, words_target(check, target).text, words_where(event).text);
}

struct reading {
	struct check *check;
	const struct check_event *event;
};

static void judge_read(void *context, const struct walk_step *step)
{
	const struct reading *reading = context;
	const struct check_event *event = reading->event;
	uint64_t bytes, need = step->word_count * 8u;
	struct model_target target = target_at(check_machine(reading->check), step->pa, &bytes);

	if (!step->guest || (bytes >= need && parent_leads_to(reading->check, event->request, target, need)))
		return;
	check_report(reading->check, event,
		     "the walk for 0x%" PRIx64 " of %s reads a %s in %s %s: the space that it is nested in does not "
		     "lead there",
		     event->request->address, check_device_name(reading->check, event->request->device),
		     step->structure, words_target(reading->check, target).text, words_where(event).text);
}

/* Whether it permits the write is the matter of dma-confined. */
static void judge_written(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	uint64_t bytes;
	struct model_target target = target_at(check_machine(check), event->pa, &bytes);

	if (model_nested(model, event->device, event->pasid) &&
	    !model_parent_holds(model, event->device, event->pasid, target, sizeof(uint64_t)))
		check_report(check, event,
			     "a walk for %s sets flags of a guest's entry in %s %s: the space that it is nested in "
			     "does not lead there",
			     check_device_name(check, event->device), words_target(check, target).text,
			     words_where(event).text);
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct check_eyes *eyes = check_eyes(check);
	struct reading reading = {.check = check, .event = event};

	if (event->kind == CHECK_WALK_WROTE)
		judge_written(check, event);
	if (event->kind != CHECK_REQUEST ||
	    !model_nested(check_model(check), event->request->device, request_pasid(check, event->request)))
		return;
	judge_hit(check, event);
	if (event->request->at != AT_TRANSLATED)
		eyes->walk(eyes->context, event->request, judge_read, &reading);
}

const struct invariant nest_bounded = {
	.name = "nest-bounded",
	.number = 11,
	.summary = "what a guest's table leads to, and the table itself, lies within what its host mapped",
	.statement = "For every request of a device whose space is nested: what it touched, and each entry of the "
		     "guest's that its walk reads, lies in memory or registers that the parent space leads to at that "
		     "time. No address that a guest wrote is used without the parent's translation.",
	.judge = judge,
};
