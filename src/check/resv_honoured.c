/* SPDX-License-Identifier: MIT */
/*
 * Ranges that the firmware needs stay mapped 1:1 as long as the device may use them, and no user's mapping lies where
 * the device cannot or must not be led: firmware ranges, interrupt windows, holes. A relaxable range is the firmware's
 * only until a user has the device.
 *
 * Subjects: the reserved range; behind them, per device, its space's overlap.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>

/* --- firmware ranges are mapped 1:1 --- */

struct probe {
	uint64_t iova;
	uint64_t pa; /* where it led instead */
	bool blocked;
	bool write;
};

static bool leads_elsewhere(const struct check *check, uint16_t device, uint64_t iova, bool write, struct probe *out)
{
	const struct check_eyes *eyes = check_eyes(check);

	out->iova = iova;
	out->write = write;
	out->pa = 0;
	out->blocked = !eyes->probe(eyes->context, device, iova, write, &out->pa);
	return out->blocked || out->pa != iova;
}

/* The first and the last page, for reading and for writing. */
static bool has_gap(const struct check *check, const struct machine_reserved *range, struct probe *out)
{
	uint64_t last_page = range->first + range->bytes - 4096;

	return leads_elsewhere(check, range->device, range->first, false, out) ||
	       leads_elsewhere(check, range->device, range->first, true, out) ||
	       leads_elsewhere(check, range->device, last_page, false, out) ||
	       leads_elsewhere(check, range->device, last_page, true, out);
}

/* What a kernel may take away until the end of a reset: nothing is asked for. */
static bool is_silent(const struct check *check, uint16_t device)
{
	const struct check_eyes *eyes = check_eyes(check);

	return eyes->in_reset && eyes->in_reset(eyes->context, device);
}

static void judge_range(struct check *check, const struct check_event *event, uint16_t reserved)
{
	const struct machine_reserved *range = &check_machine(check)->reserved[reserved];
	const char *device = check_device_name(check, range->device);
	struct probe probe;

	if (!model_reserved_live(check_model(check), reserved) || is_silent(check, range->device) ||
	    check_machine(check)->devices[range->device].kind == DEVICE_MDEV || !has_gap(check, range, &probe) ||
	    !check_turned(check, reserved, true))
		return;
	if (probe.blocked)
		check_report(check, event,
			     "the firmware's range '%s' of %s is not mapped 1:1 %s: %s of 0x%" PRIx64 " is blocked",
			     range->name, device, words_where(event).text, probe.write ? "a write" : "a read",
			     probe.iova);
	else
		check_report(check, event,
			     "the firmware's range '%s' of %s is not mapped 1:1 %s: %s of 0x%" PRIx64
			     " goes to 0x%" PRIx64,
			     range->name, device, words_where(event).text, probe.write ? "a write" : "a read",
			     probe.iova, probe.pa);
}

/* --- users' mappings keep off --- */

struct overlap {
	const struct check *check;
	uint16_t device;
	bool found;
	const struct machine_reserved *range; /* NULL: the interrupt window */
	uint64_t first, last;                 /* of the mapping */
};

static void find_overlap(struct overlap *overlap)
{
	const struct machine *machine = check_machine(overlap->check);
	const struct machine_device *row = &machine->devices[overlap->device];
	uint64_t msi_first, msi_last;

	for (uint32_t i = row->first_reserved; i < (uint32_t)row->first_reserved + row->reserved_count; i++) {
		overlap->range = &machine->reserved[i];
		overlap->found = overlap->range->kind != RESERVED_RELAXABLE &&
				 overlap->first <= overlap->range->first + (overlap->range->bytes - 1) &&
				 overlap->last >= overlap->range->first;
		if (overlap->found)
			return;
	}
	machine_msi_window(machine, row->iommu, &msi_first, &msi_last);
	overlap->range = NULL;
	overlap->found = overlap->first <= msi_last && overlap->last >= msi_first;
}

static bool see_area(void *context, uint64_t iova, uint64_t bytes, struct model_target target)
{
	struct overlap *overlap = context;
	(void)target;
	overlap->first = iova;
	overlap->last = iova + (bytes - 1);
	find_overlap(overlap);
	return !overlap->found;
}

static void judge_space(struct check *check, const struct check_event *event, uint16_t device)
{
	struct overlap overlap = {.check = check, .device = device};

	model_areas(check_model(check), device, see_area, &overlap);
	if (!check_turned(check, check_machine(check)->reserved_count + device, overlap.found))
		return;
	check_report(check, event, "0x%" PRIx64 " to 0x%" PRIx64 " is mapped for %s %s, and that is in %s%s%s",
		     overlap.first, overlap.last, words_owned(check, device).text, words_where(event).text,
		     overlap.range ? "its reserved range '" : "the interrupt window",
		     overlap.range ? overlap.range->name : "", overlap.range ? "'" : "");
}

static void judge(struct check *check, const struct check_event *event)
{
	if (event->kind != CHECK_STEP)
		return;
	for (uint32_t i = 0; i < check_machine(check)->reserved_count; i++)
		judge_range(check, event, (uint16_t)i);
	for (uint32_t i = 0; i < check_machine(check)->device_count; i++)
		judge_space(check, event, (uint16_t)i);
}

const struct invariant resv_honoured = {
	.name = "resv-honoured",
	.number = 14,
	.summary = "firmware ranges stay mapped 1:1; no user mapping overlaps a reserved range",
	.statement = "For every firmware range of a present device that is not in reset (a relaxable one until a user "
		     "has taken it or "
		     "what cannot be isolated from it): reads "
		     "and writes of its first and last page arrive at the same address. For every device in a user's "
		     "space: no mapping of that space overlaps a reserved range of the device other than a relaxable "
		     "one, nor the interrupt window of its IOMMU.",
	.state = true,
	.judge = judge,
};
