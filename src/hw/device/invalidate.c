/* SPDX-License-Identifier: MIT */
/* Invalidate Request to Invalidate Completion (PCIe 10.3). */
#include "hw/device/state.h"

#include <string.h>

static struct owed *owed_of(const struct devices *devices, uint16_t function)
{
	return &devices->owed[(size_t)devices->interface[function] * ATS_ITAGS];
}

void invalidate_receive(struct devices *devices, uint16_t iommu, const struct ats_invalidation *message)
{
	uint16_t at = device_of_stream(devices, iommu, message->stream);

	if (at == MACHINE_NONE || !is_alive(devices, at) || !has_capability(devices, at, FEATURE_ATS))
		return;
	struct function *function = &devices->functions[at];
	/* There are as many ITags (10.3.1): a unit that sends more has no answer to expect. */
	if (function->owed == ATS_ITAGS || message->itag >= ATS_ITAGS)
		return;
	owed_of(devices, at)[function->owed++] = (struct owed){.first = message->first,
							       .last = message->last,
							       .stream = message->stream,
							       .pasid = message->pasid,
							       .iommu = iommu,
							       .itag = message->itag,
							       .global = message->global,
							       .t = message->t,
							       .both = !devices->trusted[iommu]};
	++*devices->owing;
}

static void take_out(struct devices *devices, uint16_t function, unsigned index)
{
	struct owed *owed = owed_of(devices, function);
	unsigned count = devices->functions[function].owed--;

	memmove(&owed[index], &owed[index + 1], (count - 1 - index) * sizeof(*owed));
	memset(&owed[count - 1], 0, sizeof(*owed));
	--*devices->owing;
}

void invalidate_forget_all(struct devices *devices, uint16_t function)
{
	while (devices->functions[function].owed > 0)
		take_out(devices, function, devices->functions[function].owed - 1u);
}

static struct ats_invalidation message_of(const struct owed *owed)
{
	return (struct ats_invalidation){.first = owed->first,
					 .last = owed->last,
					 .stream = owed->stream,
					 .pasid = owed->pasid,
					 .global = owed->global,
					 .t = owed->t,
					 .both = owed->both,
					 .itag = owed->itag};
}

/* No request is under way that used what the invalidation covers (10.3.5). */
static bool is_unused(const struct devices *devices, uint16_t function, const struct ats_invalidation *message)
{
	for (unsigned i = 0; i < FABRIC_FLIGHTS_MAX; i++) {
		const struct held *held = &devices->held[i];
		if (held->live && held->translated && held->function == function &&
		    atc_covers(message, held->pasid, held->flags, held->first, held->last))
			return false;
	}
	return true;
}

static bool may_complete(const struct devices *devices, uint16_t function, const struct owed *owed)
{
	struct ats_invalidation message = message_of(owed);
	bool honest = !has_quirk(devices, function, QUIRK_IGNORES_INVALIDATION);

	return (!honest || is_unused(devices, function, &message)) &&
	       fabric_message_may_arrive(devices->fabric, function);
}

static bool try_to_complete(struct devices *devices, uint16_t function, unsigned index)
{
	const struct owed owed = owed_of(devices, function)[index];
	struct iommu *unit = (owed.t ? devices->trusted : devices->units)[owed.iommu];

	if (!may_complete(devices, function, &owed))
		return false;
	take_out(devices, function, index);
	if (unit && unit->ops->invalidate_completed)
		unit->ops->invalidate_completed(unit, owed.stream, UINT32_C(1) << owed.itag);
	return true;
}

static bool function_advance(struct devices *devices, uint16_t function)
{
	struct owed *owed = owed_of(devices, function);

	for (unsigned i = 0; i < devices->functions[function].owed; i++) {
		if (owed[i].seen) {
			if (try_to_complete(devices, function, i))
				return true;
			continue;
		}
		struct ats_invalidation message = message_of(&owed[i]);
		struct atc atc = atc_of(devices, function);
		owed[i].seen = true;
		if (!has_quirk(devices, function, QUIRK_IGNORES_INVALIDATION))
			atc_invalidate(&atc, &message);
		try_to_complete(devices, function, i);
		return true;
	}
	return false;
}

bool device_can_advance(const struct devices *devices, uint16_t device)
{
	const struct owed *owed;

	if (devices->functions[device].owed == 0 || !is_alive(devices, device))
		return false;
	owed = owed_of(devices, device);
	for (unsigned i = 0; i < devices->functions[device].owed; i++)
		if (!owed[i].seen || may_complete(devices, device, &owed[i]))
			return true;
	return false;
}

bool device_advance(struct devices *devices, uint16_t device)
{
	return device_can_advance(devices, device) && function_advance(devices, device);
}

bool devices_advance(struct devices *devices)
{
	for (uint32_t i = 0; *devices->owing > 0 && i < devices->machine->device_count; i++) {
		uint16_t function = (uint16_t)i;
		if (devices->functions[function].owed > 0 && is_alive(devices, function) &&
		    function_advance(devices, function))
			return true;
	}
	return false;
}

uint32_t devices_owe(const struct devices *devices)
{
	return *devices->owing;
}
