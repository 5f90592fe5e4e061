/* SPDX-License-Identifier: MIT */
/*
 * CPU and device see the same memory, unless the owner can see to that itself: accesses that pass by CPU caches are for
 * those whose flushes take effect. A guest's do only while its hypervisor knows that they have to.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

static void judge_request(struct check *check, const struct check_event *event)
{
	const struct request *request = event->request;
	const struct hit *hit = event->hit;
	const struct check_eyes *eyes = check_eyes(check);

	if (hit->kind != HIT_MEMORY || !event->past_caches || request->bytes == 0 || hit->memory == MACHINE_NONE)
		return;
	uint16_t owner = model_memory_owner(check_model(check), hit->memory);
	if (owner == MODEL_NEUTRAL || eyes->can_flush(eyes->context, owner))
		return;
	check_report(check, event, "%s %s %s past CPU caches%s, and what %s flushes is not flushed",
		     words_sender(check, request->device, request->originator).text, words_access(request),
		     words_target(check, hit_target(hit)).text, event->stale ? ", which hold newer data" : "",
		     check_owner_name(check, owner));
}

static void judge_load(struct check *check, const struct check_event *event)
{
	const struct check_eyes *eyes = check_eyes(check);
	struct model_target target = {.kind = MODEL_MEMORY, .index = event->memory};

	if (event->elsewhere) {
		check_report(check, event, "%s sees %s, and its device writes the page that was there before the fork",
			     check_owner_name(check, event->new_owner), words_target(check, target).text);
		return;
	}
	if (eyes->can_flush(eyes->context, event->new_owner))
		return;
	check_report(check, event, "%s sees stale data in %s, and cannot flush",
		     check_owner_name(check, event->new_owner), words_target(check, target).text);
}

static void judge(struct check *check, const struct check_event *event)
{
	if (event->kind == CHECK_REQUEST)
		judge_request(check, event);
	else if (event->kind == CHECK_LOAD)
		judge_load(check, event);
}

const struct invariant coherent_dma = {
	.name = "coherent-dma",
	.number = 21,
	.summary = "CPU and device see the same memory, or their owner can flush",
	.statement =
		"No request reaches memory past CPU caches unless the memory's owner can restore coherency: the host "
		"and processes can, a guest where its hypervisor was told. Nor does an owner who cannot load what "
		"is stale, nor one whose device writes a page that it had before it forked, which no flush helps. "
		"(The catalogue's companion a.)",
	.judge = judge,
};
