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

/* Devices of one group have one table for the kernel's DMA API: what was mapped for another of them serves this one. */
static bool is_mapped_for_another(struct check *check, const struct check_event *event, uint64_t iova,
				  struct model_target target)
{
	const struct model *model = check_model(check);
	uint16_t device = event->request->device;
	struct check_view view;

	if (request_pasid(check, event->request) != MODEL_NO_PASID)
		return false;
	view = *check_view_now(check, device);
	for (uint16_t i = 0; view.serving == SERVED_KERNEL_DMA && i < check_machine(check)->device_count; i++) {
		struct model_meaning meaning;

		if (i == device || check_machine(check)->devices[i].kind == DEVICE_MDEV ||
		    !model_is_present(model, i) || check_view_now(check, i)->root != view.root)
			continue;
		model_meaning(model, i, MODEL_NO_PASID, iova, 1, &meaning);
		if (meaning.meant && meaning.target.kind == target.kind && meaning.target.index == target.index &&
		    meaning.target.offset == target.offset)
			return true;
	}
	return false;
}

/* Turned round below the root complex with the address that it was sent with: nothing has translated it. */
static bool is_untranslated(const struct check_event *event)
{
	return event->hit->route == ROUTE_PEER && event->request->at != AT_TRANSLATED;
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct request *request = event->request;
	const struct hit *hit = event->hit;
	uint32_t at = 0;
	uint64_t iova;

	if (event->kind != CHECK_REQUEST || (hit->kind != HIT_MEMORY && hit->kind != HIT_BAR) || request->bytes == 0 ||
	    is_untranslated(event))
		return;
	struct model_target target = hit_target(hit);
	if (target.kind == MODEL_NOTHING || !request_iova(check, event, &iova) ||
	    !model_unmapped(check_model(check), request->device, request_pasid(check, request), iova, target, &at) ||
	    at >= event->step || is_mapped_for_another(check, event, iova, target))
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
		     "again, from whatever table or cache. A stale entry that nobody uses is no violation, nor is "
		     "a request that was turned round untranslated on its way.",
	.judge = judge,
};
