/* SPDX-License-Identifier: MIT */
/*
 * A requester ID stands for one space, and what one owner does moves nobody else's translation. The first half is asked
 * of intents, because hardware can only have one table for one requester ID: two owners cannot both mean it.
 *
 * Subjects: a pair (d, e) for the first half, the pair (e, e) for the second. The second stays broken as long as the
 * device keeps an owner, so that a space that serves a foreign device is reported once and not at each map.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

static bool is_foreign(const struct model *model, uint16_t device, uint16_t party)
{
	uint16_t own = model_party(model, device);
	return own != MODEL_NEUTRAL && own != party;
}

/* First half: d is in a space of its owner, and somebody else has an e that hardware takes for d. */
static void judge_spaces(struct check *check, const struct check_event *event, uint16_t device)
{
	const struct model *model = check_model(check);
	uint16_t party = model_party(model, device);

	if (!model_attached(model, device) || party == MODEL_NEUTRAL)
		return;
	for (int to = -1; (to = model_next_reached(model, device, to)) != MACHINE_NONE;) {
		uint16_t other = (uint16_t)to;
		if (!model_same_requester(model, device, other) || !is_foreign(model, other, party))
			continue;
		check_turned(check, check_pair(check, other, other), true);
		if (check_turned(check, check_pair(check, device, other), true))
			check_report(check, event,
				     "%s is in a space of its owner %s, and so is %s: both have requester ID %s",
				     words_owned(check, device).text, words_where(event).text,
				     words_owned(check, other).text, words_requester(check, device).text);
	}
}

/* A unit that is turned on or off moves everybody's; that is nobody's doing to somebody. */
static bool is_moved(struct check *check, uint16_t device)
{
	const struct check_eyes *eyes = check_eyes(check);
	const struct check_view *now = check_view_now(check, device);
	struct check_view before;

	eyes->view_before(eyes->context, device, &before);
	if (now->serving == SERVED_NO_IOMMU || before.serving == SERVED_NO_IOMMU)
		return false;
	return now->serving != before.serving || now->contents != before.contents;
}

/*
 * The actor has, or has given back, an mdev of the device: what the device's own driver does for that mdev in the
 * kernel's domain is not the actor's doing.
 */
static bool is_own_drivers_work(struct check *check, const struct check_event *event, uint16_t device)
{
	const struct check_eyes *eyes = check_eyes(check);
	const struct machine *machine = check_machine(check);
	struct check_view before;

	eyes->view_before(eyes->context, device, &before);
	if (before.serving != SERVED_KERNEL_DMA || check_view_now(check, device)->serving != SERVED_KERNEL_DMA)
		return false;
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].kind == DEVICE_MDEV && machine->devices[i].parent == device &&
		    (model_owner(check_model(check), i) == event->actor ||
		     model_last_owner(check_model(check), i) == event->actor))
			return true;
	return false;
}

/* Where a TSM guards a guest, the host fills its own table for it; what must not come of that is t0-no-private's. */
static bool is_hosts_table(const struct check *check, const struct check_event *event, uint16_t device)
{
	const struct check_eyes *eyes = check_eyes(check);
	uint16_t owner = model_owner(check_model(check), device);
	struct check_interface interface;

	return event->actor == MACHINE_HOST && owner < check_machine(check)->owner_count &&
	       check_machine(check)->owners[owner].confidential && eyes->interface &&
	       eyes->interface(eyes->context, device, &interface);
}

/* Somebody else's device, which hardware takes for this one, is in a space of its owner. */
static bool is_dragged(const struct check *check, uint16_t device)
{
	const struct model *model = check_model(check);

	for (int to = -1; (to = model_next_reached(model, device, to)) != MACHINE_NONE;)
		if (model_attached(model, (uint16_t)to) && model_same_requester(model, device, (uint16_t)to) &&
		    is_foreign(model, device, model_party(model, (uint16_t)to)) &&
		    model_party(model, (uint16_t)to) != MODEL_NEUTRAL)
			return true;
	return false;
}

/* Second half: the step's actor has moved the translation of a device that somebody else has. */
static void judge_moves(struct check *check, const struct check_event *event, uint16_t device)
{
	const struct model *model = check_model(check);
	uint32_t subject = check_pair(check, device, device);

	if (model_party(model, device) == MODEL_NEUTRAL || is_dragged(check, device) ||
	    check_machine(check)->devices[device].kind == DEVICE_MDEV)
		return;
	if (check_was_broken(check, subject)) {
		check_turned(check, subject, true);
		return;
	}
	if (event->actor == MACHINE_NONE || !is_foreign(model, device, model_party_of_owner(model, event->actor)) ||
	    !is_moved(check, device) || is_own_drivers_work(check, event, device) ||
	    is_hosts_table(check, event, device))
		return;
	if (check_turned(check, subject, true))
		check_report(check, event, "%s changed the translation of %s %s: it %s now",
			     check_owner_name(check, event->actor), words_owned(check, device).text,
			     words_where(event).text, words_serving(check_view_now(check, device)->serving));
}

static void judge(struct check *check, const struct check_event *event)
{
	if (event->kind != CHECK_STEP)
		return;
	for (uint32_t i = 0; i < check_machine(check)->device_count; i++)
		judge_spaces(check, event, (uint16_t)i);
	for (uint32_t i = 0; i < check_machine(check)->device_count; i++)
		judge_moves(check, event, (uint16_t)i);
}

const struct invariant rid_attributable = {
	.name = "rid-attributable",
	.number = 5,
	.summary = "a requester ID stands for one space; nobody moves another owner's translation",
	.statement = "Devices whose requests arrive with one requester ID are not in spaces of two parties; and when a "
		     "step changes the translation of a device, the device belongs to the party that took the step, or "
		     "to nobody; or it is a confidential guest's, and the party is the host, which fills a table of "
		     "its own.",
	.state = true,
	.judge = judge,
};
