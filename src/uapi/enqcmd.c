/* SPDX-License-Identifier: MIT */
/*
 * PASIDs in CPUs. A process has the one of its address space in IA32_PASID: the kernel loads it at the first #GP of
 * ENQCMD and takes it back when the process ends (arch/x86/kernel/traps.c; Fenghua Yu 2022-02-07,
 * <20220207230254.3342514-12-fenghua.yu@intel.com>). A guest has what it wrote there; the VM's CPUs replace it where
 * PASID translation is on, and pass it on as it is where it is not (Intel SDM 3C, PASID translation).
 */
#include "uapi/boot.h"
#include "uapi/pasid.h"

#include <errno.h>

static struct uapi_vpasid *vpasid_slot(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->vpasids, slot);
}

/* 0: it is not mapped. */
static uint32_t find(const struct uapi *uapi, uint16_t vm, uint32_t vpasid)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->vpasids, slot)) != ARENA_NONE)
		if (vpasid_slot(uapi, slot)->vm == vm && vpasid_slot(uapi, slot)->vpasid == vpasid)
			return slot;
	return 0;
}

static bool has_bond(const struct uapi *uapi, uint16_t owner, uint32_t pasid)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->pasids, slot)) != ARENA_NONE)
		if (pasid_slot(uapi, slot)->owner == owner && pasid_slot(uapi, slot)->pasid == pasid)
			return true;
	return false;
}

/* --- what is in CPUs ends --- */

/* PASID_MAX + 1: whatever it is replaced with. */
static void forget(struct uapi *uapi, uint16_t vm, uint32_t pasid)
{
	uint32_t slot = 0;

	while ((slot = arena_next(uapi->arena, uapi->vpasids, slot)) != ARENA_NONE)
		if (vpasid_slot(uapi, slot)->vm == vm && (pasid > PASID_MAX || vpasid_slot(uapi, slot)->pasid == pasid))
			arena_release(uapi->arena, uapi->vpasids, slot);
}

void pasid_lost(struct uapi *uapi, uint16_t owner, uint32_t pasid)
{
	struct uapi_owner *state = &uapi->owners[owner];

	if (has_bond(uapi, owner, pasid))
		return;
	forget(uapi, owner, pasid);
	if (state->mm_pasid == pasid &&
	    (state->gone || uapi->rules.value[KNOB_PASID_LIFETIME] == PASID_LIFETIME_UNBIND))
		state->mm_pasid = 0; /* CPUs that have it loaded keep it */
}

void pasid_end_cpus(struct uapi *uapi, uint16_t owner)
{
	struct uapi_owner *state = &uapi->owners[owner];

	forget(uapi, owner, PASID_MAX + 1);
	state->mm_pasid = state->loaded = 0;
	state->translates = false;
}

/* With struct mm the number stays until no device has it bound (mmdrop()), with the address space it goes (mmput()). */
void pasid_end_process(struct uapi *uapi, uint16_t owner)
{
	struct uapi_owner *state = &uapi->owners[owner];

	state->loaded = 0;
	if (uapi->rules.value[KNOB_PASID_LIFETIME] == PASID_LIFETIME_ADDRESS_SPACE ||
	    !has_bond(uapi, owner, state->mm_pasid))
		state->mm_pasid = 0;
}

/* --- calls --- */

int uapi_vpasid_map(struct uapi *uapi, uint16_t vm, uint32_t vpasid, uint32_t pasid)
{
	IOSIM_ASSERT(vm < uapi->machine->owner_count);
	int error = boot_finish(uapi);

	if (error)
		return error;
	if (!uapi->front->guests_enqcmd)
		return -ENOTTY;
	if (!has_bond(uapi, vm, pasid))
		return -EINVAL;
	uint32_t slot = find(uapi, vm, vpasid);
	if (!slot)
		slot = arena_alloc(uapi->arena, uapi->vpasids);
	if (slot == ARENA_NONE)
		return -ENOMEM;
	*vpasid_slot(uapi, slot) = (struct uapi_vpasid){.vm = vm, .vpasid = vpasid, .pasid = pasid};
	uapi->owners[vm].translates = true;
	return 0;
}

int uapi_vpasid_unmap(struct uapi *uapi, uint16_t vm, uint32_t vpasid)
{
	IOSIM_ASSERT(vm < uapi->machine->owner_count);
	int error = boot_finish(uapi);
	uint32_t slot = find(uapi, vm, vpasid);

	if (error)
		return error;
	if (!uapi->front->guests_enqcmd)
		return -ENOTTY;
	if (!slot)
		return -EINVAL;
	arena_release(uapi->arena, uapi->vpasids, slot);
	return 0;
}

int uapi_vpasid_unmap_all(struct uapi *uapi, uint16_t vm)
{
	IOSIM_ASSERT(vm < uapi->machine->owner_count);
	int error = boot_finish(uapi);

	if (error)
		return error;
	if (!uapi->front->guests_enqcmd)
		return -ENOTTY;
	forget(uapi, vm, PASID_MAX + 1);
	uapi->owners[vm].translates = false;
	return 0;
}

/* --- the instruction --- */

static int by_process(struct uapi *uapi, uint16_t owner, uint32_t value, uint32_t *pasid)
{
	struct uapi_owner *state = &uapi->owners[owner];

	if (!state->loaded)
		state->loaded = state->mm_pasid;
	*pasid = state->loaded;
	return state->loaded && state->loaded == value ? 0 : -EFAULT;
}

static int by_guest(const struct uapi *uapi, uint16_t vm, uint16_t device, uint32_t value, uint32_t *pasid)
{
	if (!uapi->front->guests_enqcmd)
		return -ENOTTY;
	if (!uapi->owners[vm].translates) {
		*pasid = value;
		return uapi->front->gates_portals && device_is_mdev(uapi, device) ? -EACCES : 0;
	}
	uint32_t slot = find(uapi, vm, value);
	*pasid = slot ? vpasid_slot(uapi, slot)->pasid : 0;
	return slot ? 0 : -EFAULT;
}

int uapi_enqcmd(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t value, uint32_t *pasid)
{
	IOSIM_ASSERT(owner < uapi->machine->owner_count && device < uapi->machine->device_count);
	*pasid = value;
	if (!uapi->devices[device].present)
		return -ENODEV;
	if (owner == MACHINE_HOST)
		return 0;
	if (uapi->machine->owners[owner].kind == OWNER_VM)
		return by_guest(uapi, owner, device, value, pasid);
	return by_process(uapi, owner, value, pasid);
}
