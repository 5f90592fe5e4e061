/* SPDX-License-Identifier: MIT */
/*
 * Registers of an interface that a guest has accepted are that guest's: in its address space alone, at the reported
 * places, and answering nobody else.
 *
 * Subjects: per device, who has its register pages, and where.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

static void judge_mapping(struct check *check, const struct check_event *event, uint16_t device)
{
	const struct check_eyes *eyes = check_eyes(check);
	uint16_t guest = model_accepted_by(check_model(check), device);
	struct check_interface interface;

	if (guest == MODEL_NEUTRAL || guest > 63 || !eyes->interface(eyes->context, device, &interface)) {
		check_turned(check, 2u * device, false);
		check_turned(check, 2u * device + 1, false);
		return;
	}
	bool others = interface.mappers & ~(UINT64_C(1) << guest);
	if (check_turned(check, 2u * device, others))
		check_report(check, event,
			     "registers of %s, which %s has accepted, are in another guest's address space %s",
			     check_device_name(check, device), check_owner_name(check, guest), words_where(event).text);
	if (check_turned(check, 2u * device + 1, !interface.in_order))
		check_report(check, event, "registers of %s are not where %s was told when it accepted it %s",
			     check_device_name(check, device), check_owner_name(check, guest), words_where(event).text);
}

static void judge_access(struct check *check, const struct check_event *event)
{
	uint16_t guest = model_accepted_by(check_model(check), event->device);

	if (guest == MODEL_NEUTRAL || guest == event->actor)
		return;
	check_report(check, event, "%s reaches registers of %s %s, which %s has accepted",
		     check_owner_name(check, event->actor), check_device_name(check, event->device),
		     words_where(event).text, check_owner_name(check, guest));
}

static void judge(struct check *check, const struct check_event *event)
{
	if (!check_eyes(check)->interface)
		return;
	if (event->kind == CHECK_MMIO)
		judge_access(check, event);
	for (uint16_t i = 0; event->kind == CHECK_STEP && i < check_machine(check)->device_count; i++)
		judge_mapping(check, event, i);
}

const struct invariant private_mmio_exclusive = {
	.name = "private-mmio-exclusive",
	.number = 18,
	.summary = "registers of an accepted interface are its guest's alone, where they were reported",
	.statement =
		"While a guest has accepted an interface, its register pages are in no other guest's address space, "
		"are where the report has them, and answer nobody else.",
	.state = true,
	.judge = judge,
};
