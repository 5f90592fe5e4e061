/* SPDX-License-Identifier: MIT */
/* After an unmap has completed nothing is served from the old page. Judged at the request that is. */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

/* Where the stale translation came from. */
static const char *words_source(const struct check_event *event)
{
	if (event->request->at == AT_TRANSLATED)
		return ", as its device TLB had it";
	return event->hit->route == ROUTE_IOMMU && event->hit->translation.from_cache ? ", from the IOTLB" : "";
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct request *request = event->request;
	const struct hit *hit = event->hit;
	uint32_t at = 0;
	uint64_t iova;

	if (event->kind != CHECK_REQUEST || (hit->kind != HIT_MEMORY && hit->kind != HIT_BAR) || request->bytes == 0)
		return;
	struct model_target target = hit_target(hit);
	if (target.kind == MODEL_NOTHING || !request_iova(check, event, &iova) ||
	    !model_unmapped(check_model(check), request->device, request_pasid(check, request), iova, target, &at) ||
	    at >= event->step)
		return;
	check_report(check, event, "%s %s 0x%" PRIx64 " = %s %s%s: that was unmapped in step %" PRIu32,
		     words_sender(check, request->device, request->originator).text, words_access(request), iova,
		     words_target(check, target).text, words_where(event).text, words_source(event), at);
}

const struct invariant unmap_effective = {
	.name = "unmap-effective",
	.number = 6,
	.summary = "after an unmap nothing translates to the page any more",
	.statement = "No request is served with a translation that was unmapped in an earlier step and is not mapped "
		     "again, from whatever table or cache. A stale entry that nobody uses is no violation.",
	.judge = judge,
};
