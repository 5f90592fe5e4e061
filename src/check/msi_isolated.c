/* SPDX-License-Identifier: MIT */
/*
 * An interrupt message is a plain memory write, so what a device may write there decides whose interrupts it can raise.
 * Judged at each that raised something.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>
#include <stdio.h>

/* "v0 of hba (owned by host)", "a vector of the kernel's own". */
static struct words words_vector(const struct check *check, const struct hit *hit)
{
	struct words words = {.text = "a vector of the kernel's own"};

	if (hit->raised_device != MACHINE_NONE)
		snprintf(words.text, sizeof(words.text), "v%" PRIu32 " of %.100s", hit->raised_index,
			 words_owned(check, hit->raised_device).text);
	return words;
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	const struct request *request = event->request;
	uint16_t party;

	if (event->kind != CHECK_REQUEST || event->hit->kind != HIT_INTERRUPT || !event->hit->raised)
		return;
	party = event->hit->raised_device == MACHINE_NONE ? MACHINE_HOST
							  : model_party(model, event->hit->raised_device);
	if (party == model_party_of_owner(model, request->originator))
		return;
	check_report(check, event, "%s wrote 0x%" PRIx64 " and raised %s %s",
		     words_sender(check, request->device, request->originator).text, request->address,
		     words_vector(check, event->hit).text, words_where(event).text);
}

const struct invariant msi_isolated = {
	.name = "msi-isolated",
	.number = 13,
	.summary = "a write cannot raise somebody else's interrupt",
	.statement =
		"A write of a device that raised an interrupt raised one of a device of the same party; a vector that "
		"belongs to no device is the kernel's.",
	.judge = judge,
};
