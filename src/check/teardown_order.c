/* SPDX-License-Identifier: MIT */
/*
 * Revoke access, stop, drain, flush, scrub, then release. What can be seen of a wrong order: hardware walks a table
 * that was given back; a device goes to another party still working for the one before; a user keeps registers mapped
 * of a device that it no longer has; somebody gets a page with what a confidential guest kept in it, of whom the host
 * is one.
 *
 * Subjects: per device, its table and its registers.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

static void judge_table(struct check *check, const struct check_event *event, uint16_t device)
{
	if (!model_is_present(check_model(check), device) || check_machine(check)->devices[device].kind == DEVICE_MDEV)
		return;
	const struct check_view *view = check_view_now(check, device);
	if (check_turned(check, 2u * device, view->serving == SERVED_FREED))
		check_report(check, event,
			     "%s still translates by a page table that was given back (root 0x%" PRIx64 ") %s",
			     check_device_name(check, device), view->root, words_where(event).text);
}

static void judge_registers(struct check *check, const struct check_event *event, uint16_t device)
{
	uint16_t user, owner = model_owner(check_model(check), device);
	bool stale = model_stale_mmap(check_model(check), device, &user);

	if (check_turned(check, 2u * device + 1, stale))
		check_report(check, event, "%s still has registers of %s mapped %s, and %s owns it",
			     check_owner_name(check, user), check_device_name(check, device), words_where(event).text,
			     check_owner_name(check, owner));
}

/* Whose orders the device may still follow, and whether it was told to forget them. */
static void judge_new_owner(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	const struct check_eyes *eyes = check_eyes(check);
	uint16_t device = event->device, owner = model_owner(model, device);
	uint16_t party = event->kernel_driver ? MACHINE_HOST : model_party_of_owner(model, event->new_owner);
	bool taken_over = owner != MODEL_NEUTRAL;
	uint16_t last = taken_over ? owner : model_last_owner(model, device);
	bool running;
	const struct machine_device *row = &check_machine(check)->devices[device];
	uint16_t last_party = taken_over ? model_party(model, device) : model_last_party(model, device);

	/* A software mdev has nothing in hardware that could go on by itself: its parent's driver does its work. */
	if (row->kind == DEVICE_MDEV && row->pasid == MACHINE_NO_PASID)
		return;
	if (last_party == MODEL_NEUTRAL || last_party == party ||
	    (!taken_over && model_reset_since_owner_change(model, device)))
		return;
	/* A kernel driver that turned bus mastering off has stopped its device; a user's device resumes with it. */
	running = eyes->bus_master(eyes->context, device);
	if (last_party == MACHINE_HOST && !running)
		return;
	check_report(check, event, "%s goes from %s to %s %s without a reset%s: it still works for %s",
		     check_device_name(check, device), check_owner_name(check, last),
		     check_owner_name(check, event->new_owner), words_where(event).text,
		     running ? " and with bus mastering on" : "", check_owner_name(check, last));
}

static void judge_contents(struct check *check, const struct check_event *event)
{
	const char *name = check_machine(check)->memories[event->memory].name;

	if (!event->unscrubbed)
		return;
	if (event->kind == CHECK_RELEASED)
		check_report(check, event, "the host has '%s' of %s %s with what that left in it", name,
			     check_owner_name(check, event->old_owner), words_where(event).text);
	else if (event->new_owner != event->old_owner)
		check_report(check, event, "'%s' goes to %s %s with what %s left in it", name,
			     check_owner_name(check, event->new_owner), words_where(event).text,
			     check_owner_name(check, event->old_owner));
}

static void judge(struct check *check, const struct check_event *event)
{
	if (event->kind == CHECK_NEW_OWNER)
		judge_new_owner(check, event);
	if (event->kind == CHECK_RELEASED || event->kind == CHECK_REUSE)
		judge_contents(check, event);
	if (event->kind != CHECK_STEP)
		return;
	for (uint32_t i = 0; i < check_machine(check)->device_count; i++) {
		judge_table(check, event, (uint16_t)i);
		judge_registers(check, event, (uint16_t)i);
	}
}

const struct invariant teardown_order = {
	.name = "teardown-order",
	.number = 19,
	.summary = "revoke access, stop, drain, flush and scrub before releasing",
	.statement =
		"No device translates by a page table that was given back; no device passes to another party unless "
		"it was reset since the one before lost it, or that was the kernel and bus mastering is off; nobody "
		"keeps registers mapped of a device that it has lost; nobody gets a page with what a confidential "
		"guest "
		"kept in it, the host included.",
	.state = true,
	.judge = judge,
};
