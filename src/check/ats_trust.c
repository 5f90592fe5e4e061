/* SPDX-License-Identifier: MIT */
/*
 * A translated request bypasses translation: the host trusts the device to send only addresses that it was given and
 * that were not taken back (VT-d 4.2.4, IHI 0070 3.9.1). Judged where such a request was accepted.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static bool was_accepted(const struct hit *hit)
{
	return hit->kind == HIT_MEMORY || hit->kind == HIT_BAR || hit->kind == HIT_INTERRUPT ||
	       hit->kind == HIT_SCRATCH;
}

/* It may have been given it for requests with the other T. */
static const char *why_not_given(const struct check_eyes *eyes, const struct request *request)
{
	struct request other = *request;
	uint64_t iova;

	other.t = !request_is_tee(request);
	other.xt = false;
	if (eyes->handed_out(eyes->context, &other, &iova) == HANDED_NEVER)
		return "it was never given it";
	return other.t ? "it was given it for requests with T" : "it was given it for requests without T";
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct check_eyes *eyes = check_eyes(check);
	const struct request *request = event->request;
	enum check_handed handed;
	uint64_t iova;

	if (event->kind != CHECK_REQUEST || request->at != AT_TRANSLATED || !was_accepted(event->hit) ||
	    event->hit->route != ROUTE_IOMMU)
		return;
	if (!eyes->ats_on(eyes->context, request->device)) {
		check_report(check, event,
			     "%s %s 0x%" PRIx64 " as a translated address %s: the kernel does not let it use ATS",
			     words_sender(check, request->device, request->originator).text, words_access(request),
			     request->address, words_where(event).text);
		return;
	}
	handed = eyes->handed_out(eyes->context, request, &iova);
	if (handed != HANDED_LIVE)
		check_report(check, event, "%s %s 0x%" PRIx64 " as a translated address %s: %s",
			     words_sender(check, request->device, request->originator).text, words_access(request),
			     request->address, words_where(event).text,
			     handed == HANDED_NEVER ? why_not_given(eyes, request) : "that was invalidated");
}

const struct invariant ats_trust = {
	.name = "ats-trust",
	.number = 8,
	.summary = "translated requests come from devices that may use ATS, with addresses that they were given",
	.statement =
		"A translated request that was accepted was sent by a device whose ATS the kernel has enabled, and "
		"its address is that of a completed translation request, with this T and PASID and for this kind of "
		"access, that no completed invalidation and no reset has voided since.",
	.judge = judge,
};
