/* SPDX-License-Identifier: MIT */
/*
 * A handle of the DMA API is good for the translation under which it was made. Which one that is, the runner knows by
 * walks (check_eyes.regime); here a regime is a number that is the same or another. What a regime is not: the owner,
 * the driver, or a kind of request. A device that is in another regime and back in the former function is in a third.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static bool is_of_now(const struct check *check, const struct check_handle *handle)
{
	const struct check_eyes *eyes = check_eyes(check);

	return eyes->regime(eyes->context, handle->device) == handle->regime;
}

/* What somebody else makes a device do with an address that was a handle once is no use of the handle. */
static void judge_use(struct check *check, const struct check_event *event)
{
	const struct check_handle *handle = event->handle;
	const struct request *request = event->request;

	if (request->originator != handle->owner || is_of_now(check, handle))
		return;
	check_report(check, event,
		     "%s %s 0x%" PRIx64 " %s, a handle of %s that was made under another translation than the one "
		     "that it meets",
		     words_sender(check, request->device, request->originator).text, words_access(request),
		     request->address, words_where(event).text, check_owner_name(check, handle->owner));
}

static void judge_unmap(struct check *check, const struct check_event *event)
{
	const struct check_handle *handle = event->handle;

	if (is_of_now(check, handle))
		return;
	check_report(check, event,
		     "%s unmaps handle 0x%" PRIx64 " of %s %s, which was made under another translation than the one "
		     "that the device meets",
		     check_owner_name(check, handle->owner), handle->iova, check_device_name(check, handle->device),
		     words_where(event).text);
}

static void judge(struct check *check, const struct check_event *event)
{
	if (!event->handle)
		return;
	if (event->kind == CHECK_REQUEST)
		judge_use(check, event);
	else if (event->kind == CHECK_UNMAP)
		judge_unmap(check, event);
}

const struct invariant dma_handle_epoch = {
	.name = "dma-handle-epoch",
	.number = 17,
	.summary = "a DMA handle is used and unmapped under the translation that made it",
	.statement = "When a driver's device uses a handle of the DMA API, or the driver unmaps it, requests of the "
		     "device meet the same translation function, without interruption, as when the handle was made. "
		     "A time in which nothing is translated for the device (it is blocked) is no interruption.",
	.judge = judge,
};
