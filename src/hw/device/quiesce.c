/* SPDX-License-Identifier: MIT */
/* Stop, quiet, reset. */
#include "hw/device/state.h"

#include <string.h>

bool is_alive(const struct devices *devices, uint16_t function)
{
	return fabric_present(devices->fabric, function) && !devices->functions[function].in_reset;
}

bool is_stopped(const struct devices *devices, struct requester who)
{
	return keyed_find(&devices->stops, work_key(who.function, DEVICE_ANY_PASID, 0)) ||
	       keyed_find(&devices->stops, work_key(who.function, who.pasid, 0));
}

/* A software mdev has nothing in hardware that could be stopped or reset. */
static bool is_software(const struct devices *devices, uint16_t device)
{
	const struct machine_device *row = &devices->machine->devices[device];

	return row->kind == DEVICE_MDEV && row->pasid == MACHINE_NO_PASID;
}

/* PASID_NONE means all of the function here; of an mdev still its PASID alone. */
static struct requester work_of(const struct devices *devices, uint16_t device, uint32_t pasid)
{
	return requester_of(devices, device, pasid == PASID_NONE ? DEVICE_ANY_PASID : pasid);
}

void device_stop(struct devices *devices, uint16_t device, uint32_t pasid)
{
	struct requester who = work_of(devices, device, pasid);

	if (is_software(devices, device) || is_stopped(devices, who))
		return;
	/* A function that cannot note one more PASID stops altogether. */
	if (!keyed_put(&devices->stops, work_key(who.function, who.pasid, 0), 0)) {
		keyed_remove_between(&devices->stops, work_key(who.function, 0, 0),
				     work_key(who.function, UINT32_MAX, UINT16_MAX));
		keyed_put(&devices->stops, work_key(who.function, DEVICE_ANY_PASID, 0), 0);
	}
	if (who.pasid != DEVICE_ANY_PASID)
		page_stop_marker(devices, who);
}

static void start(struct devices *devices, struct requester who)
{
	bool any = who.pasid == DEVICE_ANY_PASID;

	keyed_remove_between(&devices->stops, work_key(who.function, any ? 0 : who.pasid, 0),
			     work_key(who.function, any ? UINT32_MAX : who.pasid, UINT16_MAX));
}

void device_start(struct devices *devices, uint16_t device, uint32_t pasid)
{
	if (!is_software(devices, device))
		start(devices, work_of(devices, device, pasid));
}

bool device_is_stopped(const struct devices *devices, uint16_t device, uint32_t pasid)
{
	return is_stopped(devices, work_of(devices, device, pasid));
}

bool device_is_quiet(const struct devices *devices, uint16_t device, uint32_t pasid)
{
	struct requester who = work_of(devices, device, pasid);
	struct atc atc = atc_of(devices, who.function);
	bool any = who.pasid == DEVICE_ANY_PASID;

	if (is_software(devices, device))
		return true;
	for (unsigned i = 0; i < FABRIC_FLIGHTS_MAX; i++) {
		const struct held *held = &devices->held[i];
		if (held->live && held->function == who.function && (any || held->pasid == who.pasid))
			return false;
	}
	return page_count_open(devices, who) == 0 && atc_count(&atc, who.pasid) == 0;
}

/* The function and, of a PF, its VFs. */
static bool is_reset_with(const struct devices *devices, uint16_t function, uint32_t other)
{
	const struct machine_device *row = &devices->machine->devices[other];

	return other == function || (row->kind == DEVICE_VF && row->parent == function);
}

static void function_reset_end(struct devices *devices, uint16_t at)
{
	struct function *function = &devices->functions[at];
	struct requester all = {.function = at, .pasid = DEVICE_ANY_PASID};
	struct atc atc = atc_of(devices, at);
	bool survives = has_quirk(devices, at, QUIRK_ATS_SURVIVES_RESET);
	uint8_t features = survives ? function->features : 0;

	if (!survives)
		atc_clear(&atc);
	*function = (struct function){.features = features};
	page_forget_all(devices, all);
	start(devices, all);
	keyed_remove_between(&devices->stalls, work_key(at, 0, 0), work_key(at, UINT32_MAX, UINT16_MAX));
}

void device_abort(struct devices *devices, uint16_t device)
{
	struct requester all = {.function = machine_function(devices->machine, device), .pasid = DEVICE_ANY_PASID};
	struct atc atc = atc_of(devices, all.function);

	atc_clear(&atc);
	page_forget_all(devices, all);
}

void device_reset_begin(struct devices *devices, uint16_t device)
{
	if (devices->machine->devices[device].kind == DEVICE_MDEV) {
		device_stop(devices, device, PASID_NONE);
		return;
	}
	for (uint32_t i = 0; i < devices->machine->device_count; i++)
		if (is_reset_with(devices, device, i)) {
			invalidate_forget_all(devices, (uint16_t)i);
			devices->functions[i].in_reset = true;
		}
}

void device_reset_end(struct devices *devices, uint16_t device)
{
	struct requester who = work_of(devices, device, PASID_NONE);
	struct ats_invalidation all = {.last = UINT64_MAX, .pasid = who.pasid, .both = true};
	struct atc atc = atc_of(devices, who.function);

	if (is_software(devices, device))
		return;
	if (devices->machine->devices[device].kind == DEVICE_MDEV) {
		atc_invalidate(&atc, &all);
		page_forget_all(devices, who);
		start(devices, who);
		return;
	}
	for (uint32_t i = 0; i < devices->machine->device_count; i++)
		if (is_reset_with(devices, device, i) && devices->functions[i].in_reset)
			function_reset_end(devices, (uint16_t)i);
}

bool device_in_reset(const struct devices *devices, uint16_t device)
{
	return devices->functions[machine_function(devices->machine, device)].in_reset;
}
