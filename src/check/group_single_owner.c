/* SPDX-License-Identifier: MIT */
/* Devices that cannot be isolated from each other have one owner. The group is the model's closure, not a kernel's. */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <stdio.h>

struct pair {
	uint16_t from, to;
};

/* Counts the pairs that have become broken, and keeps the first. A pair that reaches both ways is one. */
static uint32_t count_turned(struct check *check, struct pair *first)
{
	const struct model *model = check_model(check);
	uint32_t count = 0;

	for (uint32_t i = 0; i < check_machine(check)->device_count; i++) {
		uint16_t from = (uint16_t)i, party = model_party(model, from);
		if (party == MODEL_NEUTRAL)
			continue;
		for (int to = -1; (to = model_next_reached(model, from, to)) != MACHINE_NONE;) {
			uint16_t other = model_party(model, (uint16_t)to);
			if (other == MODEL_NEUTRAL || other == party ||
			    (to < from && model_reaches(model, (uint16_t)to, from)))
				continue;
			if (check_turned(check, check_pair(check, from, (uint16_t)to), true) && count++ == 0)
				*first = (struct pair){from, (uint16_t)to};
		}
	}
	return count;
}

static void judge(struct check *check, const struct check_event *event)
{
	struct pair pair = {0, 0};
	char more[64] = "";

	if (event->kind != CHECK_STEP)
		return;
	uint32_t count = count_turned(check, &pair);
	if (count == 0)
		return;
	if (count > 1)
		snprintf(more, sizeof(more), " (and %u more such pairs)", (unsigned)(count - 1));
	if (model_same_requester(check_model(check), pair.from, pair.to))
		check_report(check, event, "%s and %s have two owners %s, but one requester ID, %s%s",
			     words_owned(check, pair.from).text, words_owned(check, pair.to).text,
			     words_where(event).text, words_requester(check, pair.from).text, more);
	else
		check_report(check, event, "%s can reach %s without the IOMMU, and they have two owners %s%s",
			     words_owned(check, pair.from).text, words_owned(check, pair.to).text,
			     words_where(event).text, more);
}

const struct invariant group_single_owner = {
	.name = "group-single-owner",
	.number = 2,
	.summary = "devices that cannot be isolated from each other have one owner",
	.statement =
		"For all devices d, and all e that d can deliver a request to without the IOMMU, itself or through "
		"devices it can so command, or that hardware cannot tell from d: d and e belong to one party, or "
		"nobody has one of them.",
	.state = true,
	.judge = judge,
};
