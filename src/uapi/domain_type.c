/* SPDX-License-Identifier: MIT */
/*
 * The type of a group's default domain, changed while the machine runs (sysfs-kernel-iommu_groups, `type`): Linux
 * commit 08a27c1c3ecf, "iommu: Add support to change default domain of an iommu group". New domains are made before a
 * member moves, and the old ones go with all that is mapped in them: what a driver got from the DMA API before means
 * nothing afterwards. That is why no driver may have a member.
 */
#include "uapi/domain.h"
#include "uapi/features.h"
#include "uapi/group.h"
#include "uapi/kdma.h"
#include "uapi/pasid.h"

#include <errno.h>

#define AWAY UINT32_MAX /* in place of the group of domains that are on their way out */

static bool is_member(const struct uapi *uapi, uint32_t device, uint32_t home)
{
	return uapi->devices[device].home == home;
}

/* A driver uses the default domain, or a user owns what the group is served by: then it must not change. */
static bool is_used(const struct uapi *uapi, uint32_t home)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (is_member(uapi, i, home) && (device_kernel_driven(uapi, (uint16_t)i) ||
						 uapi->groups[uapi->devices[i].group].owner != MACHINE_NONE))
			return true;
	return false;
}

static bool is_parked(const struct uapi *uapi, uint32_t home)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (is_member(uapi, i, home) && uapi->devices[i].parked)
			return true;
	return false;
}

/* Domains of group `from` are those of `to`. */
static void hand_over(struct uapi *uapi, uint32_t from, uint32_t to)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE)
		if (dma_domain_slot(uapi, slot)->group == from)
			dma_domain_slot(uapi, slot)->group = to;
}

static uint32_t domain_of(const struct uapi *uapi, uint32_t group, uint16_t unit)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE)
		if (dma_domain_slot(uapi, slot)->group == group && dma_domain_slot(uapi, slot)->unit == unit)
			return slot;
	return 0;
}

/* The members have the domains of `group`, one a unit; 0 where there is none yet. */
static void use_domains_of(struct uapi *uapi, uint32_t home, uint32_t group)
{
	uapi->groups[home].dma_domain = 0;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		if (!is_member(uapi, i, home))
			continue;
		uapi->devices[i].dma_domain = domain_of(uapi, group, uapi->machine->devices[i].iommu);
		if (!uapi->groups[home].dma_domain)
			uapi->groups[home].dma_domain = uapi->devices[i].dma_domain;
	}
}

/* Those that the default domain serves move to it. */
static int move_members(struct uapi *uapi, uint32_t home)
{
	int error = 0;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++) {
		domain_handle domain;
		if (!is_member(uapi, i, home) || uapi->groups[uapi->devices[i].group].state != GROUP_DEFAULT)
			continue;
		struct driver *driver = device_unit(uapi, (uint16_t)i);
		uint32_t stream = uapi->machine->devices[i].stream;
		error = domain_default(uapi, (uint16_t)i, &domain);
		if (!error && driver->ops->attached(driver, stream) != domain)
			error = driver->ops->attach(driver, stream, domain);
		if (!error)
			pasid_follow_default(uapi, (uint16_t)i);
	}
	return error;
}

/* All of them are made before the first member moves. */
static int make_domains(struct uapi *uapi, uint32_t home)
{
	int error = 0;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++) {
		domain_handle domain;
		if (is_member(uapi, i, home))
			error = domain_default(uapi, (uint16_t)i, &domain);
	}
	return error;
}

/* What drivers hold of pages in the group's old domains, they do not hold any more. */
static void drop_areas(struct uapi *uapi, uint32_t group)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE)
		if (dma_domain_slot(uapi, slot)->group == group)
			kdma_drop(uapi, slot);
}

static int exchange(struct uapi *uapi, uint32_t home, unsigned type)
{
	uint8_t before = uapi->groups[home].dma_type;
	hand_over(uapi, home, AWAY);
	uapi->groups[home].dma_type = (uint8_t)(type + 1);
	use_domains_of(uapi, home, home);
	int error = make_domains(uapi, home);
	if (!error)
		error = move_members(uapi, home);
	if (!error) {
		drop_areas(uapi, AWAY);
		domain_forget(uapi, AWAY);
		return 0;
	}
	hand_over(uapi, home, AWAY - 1);
	hand_over(uapi, AWAY, home);
	uapi->groups[home].dma_type = before;
	use_domains_of(uapi, home, home);
	move_members(uapi, home);
	domain_forget(uapi, AWAY - 1);
	return error;
}

/* The same table, flushed at once or later. */
static void set_mode(struct uapi *uapi, uint32_t home, unsigned type)
{
	uint32_t slot = 0;
	while ((slot = arena_next(uapi->arena, uapi->dma_domains, slot)) != ARENA_NONE)
		if (dma_domain_slot(uapi, slot)->group == home)
			dma_domain_slot(uapi, slot)->mode = (uint8_t)type;
	uapi->groups[home].dma_type = (uint8_t)(type + 1);
}

int uapi_domain_type(struct uapi *uapi, uint16_t device, unsigned type)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	uint32_t home = uapi->devices[device].home, slot = home == GROUP_NONE ? 0 : uapi->devices[device].dma_domain;
	if (!slot)
		return -EINVAL;
	unsigned now = dma_domain_slot(uapi, slot)->mode;
	if (now == KERNEL_DMA_STRICT && type == KERNEL_DMA_LAZY) {
		set_mode(uapi, home, type);
		return 0;
	}
	if (uapi->rules.value[KNOB_DOMAIN_TYPE_CHANGE] == DOMAIN_TYPE_CHANGE_UNBOUND && is_used(uapi, home))
		return -EPERM;
	if (type == KERNEL_DMA_IDENTITY && uapi->groups[home].untrusted)
		return -EINVAL;
	if (is_parked(uapi, home))
		return -EBUSY;
	if (now == type)
		return 0;
	return exchange(uapi, home, type);
}
