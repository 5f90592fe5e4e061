/* SPDX-License-Identifier: MIT */
#include "uapi/group.h"

#include "uapi/domain.h"
#include "uapi/space.h"

#include <errno.h>
#include <glib.h>

/* --- homes --- */

static uint32_t new_group(struct uapi *uapi)
{
	uint32_t homes = uapi->group_rows - uapi->machine->device_count;
	uint32_t group = uapi->books->group_hint;
	while (group < homes && uapi->groups[group].members)
		group++;
	IOSIM_ASSERT(group < homes);
	uapi->books->group_hint = group + 1;
	uapi->groups[group] = (struct uapi_group){.owner = MACHINE_NONE, .opened_by = MACHINE_NONE};
	return group;
}

static bool nobody_checks(const struct uapi *uapi)
{
	unsigned point = uapi->rules.value[KNOB_GROUP_CHECK_POINT];
	return point == CHECK_AT_NONE || point == CHECK_AT_EVERY_COMMAND;
}

/* A group moves in parts: its devices, or its requester IDs. */
static bool moves_parts(const struct uapi *uapi)
{
	return uapi->front->moves_devices || group_has_subgroups(uapi);
}

static bool goes_alone(const struct uapi *uapi)
{
	return nobody_checks(uapi) || moves_parts(uapi);
}

bool group_home_is_claimed(const struct uapi *uapi)
{
	return moves_parts(uapi) && !nobody_checks(uapi);
}

static uint32_t lone_group(const struct uapi *uapi, uint16_t device)
{
	return uapi->group_rows - uapi->machine->device_count + device;
}

static void make_lone(struct uapi *uapi, uint16_t device)
{
	uint32_t lone = lone_group(uapi, device);
	uapi->groups[lone] = (struct uapi_group){.owner = MACHINE_NONE, .opened_by = MACHINE_NONE, .members = 1};
	uapi->devices[device].group = lone;
}

/* Who joins a home that is a user's is that user's too, and blocked. */
static void inherit_claim(struct uapi *uapi, uint16_t device)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		if (i == device || uapi->devices[i].home != uapi->devices[device].home)
			continue;
		const struct uapi_group *sibling = &uapi->groups[uapi->devices[i].group];
		if (!sibling->claims)
			continue;
		struct uapi_group *own = &uapi->groups[uapi->devices[device].group];
		own->owner = sibling->owner;
		own->claims = 1;
		own->state = GROUP_BLOCKED;
		return;
	}
}

static void settle(struct uapi *uapi, uint16_t device, uint32_t group)
{
	if (group == GROUP_NONE)
		group = new_group(uapi);
	uapi->groups[group].members++;
	uapi->groups[group].untrusted |= !uapi->machine->devices[device].trusted;
	uapi->devices[device].home = group;
	uapi->devices[device].group = group;
	uint32_t part = nobody_checks(uapi) ? GROUP_NONE : group_subgroup(uapi, device);
	if (part != GROUP_NONE) {
		uapi->groups[part].members++;
		uapi->devices[device].group = part;
		return;
	}
	if (goes_alone(uapi))
		make_lone(uapi, device);
	if (group_home_is_claimed(uapi))
		inherit_claim(uapi, device);
}

static bool has_home(const struct uapi *uapi, uint16_t device)
{
	return uapi->devices[device].present && !device_is_mdev(uapi, device) && device_unit(uapi, device);
}

static uint32_t group_by_reach(const struct uapi *uapi, uint16_t device, const uint16_t *class)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (class[i] == class[device] && uapi->devices[i].home != GROUP_NONE)
			return uapi->devices[i].home;
	return GROUP_NONE;
}

/* Parents before children, whatever their order in the table. */
static void compute_ports(struct uapi *uapi)
{
	const struct machine *machine = uapi->machine;
	for (uint32_t i = 0; i < machine->port_count; i++)
		uapi->port_groups[i] = GROUP_NONE;
	bool more = true;
	for (uint32_t pass = 0; more && pass <= machine->port_count; pass++) {
		more = false;
		for (uint32_t i = 0; i < machine->port_count; i++) {
			uint16_t parent = machine->ports[i].parent;
			if (uapi->port_groups[i] != GROUP_NONE)
				continue;
			if (parent != MACHINE_NONE && uapi->port_groups[parent] == GROUP_NONE) {
				more = true;
				continue;
			}
			uint32_t group = group_of_port_by_path(uapi, (uint16_t)i);
			uapi->port_groups[i] = group == GROUP_NONE ? new_group(uapi) : group;
			uapi->groups[uapi->port_groups[i]].members++;
		}
	}
}

static void compute_by_reach(struct uapi *uapi)
{
	const struct machine *machine = uapi->machine;
	g_autofree uint16_t *class = g_new(uint16_t, machine->device_count + 1);
	group_classes(uapi, class);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		if (!has_home(uapi, (uint16_t)i))
			continue;
		/* The least index of a class comes first, unless it has no IOMMU. */
		uint32_t group = uapi->devices[class[i]].home;
		if (group == GROUP_NONE && class[i] != i)
			group = group_by_reach(uapi, (uint16_t)i, class);
		settle(uapi, (uint16_t)i, group);
	}
}

void group_compute(struct uapi *uapi)
{
	if (uapi->rules.value[KNOB_GROUP_RULE] == GROUP_RULE_REACHABLE_SET) {
		compute_by_reach(uapi);
		return;
	}
	compute_ports(uapi);
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (has_home(uapi, (uint16_t)i))
			settle(uapi, (uint16_t)i, group_by_path(uapi, (uint16_t)i));
}

void group_join(struct uapi *uapi, uint16_t device)
{
	if (!has_home(uapi, device))
		return;
	if (uapi->rules.value[KNOB_GROUP_RULE] != GROUP_RULE_REACHABLE_SET) {
		settle(uapi, device, group_by_path(uapi, device));
		return;
	}
	g_autofree uint16_t *class = g_new(uint16_t, uapi->machine->device_count);
	group_classes(uapi, class);
	settle(uapi, device, group_by_reach(uapi, device, class));
}

void group_leave(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	uint32_t home = state->home;
	if (home == GROUP_NONE)
		return;
	if (state->group != home && --uapi->groups[state->group].members == 0)
		uapi->groups[state->group] = (struct uapi_group){0};
	state->home = state->group = GROUP_NONE;
	state->dma_domain = 0;
	if (--uapi->groups[home].members)
		return;
	domain_forget(uapi, home);
	uapi->groups[home] = (struct uapi_group){0};
	uapi->books->group_hint = home < uapi->books->group_hint ? home : uapi->books->group_hint;
}

unsigned group_list(const struct uapi *uapi, uint16_t device, uint16_t *members, unsigned max)
{
	uint32_t home = uapi->devices[device].home;
	unsigned count = 0;
	for (uint32_t i = 0; home != GROUP_NONE && i < uapi->machine->device_count; i++) {
		if (uapi->devices[i].home != home)
			continue;
		if (count < max)
			members[count] = (uint16_t)i;
		count++;
	}
	return count;
}

/* --- moving --- */

#define UNTOUCHED UINT32_MAX

static int target_domain(struct uapi *uapi, uint16_t device, struct group_target target, domain_handle *out)
{
	uint16_t unit = uapi->machine->devices[device].iommu;
	switch (target.state) {
	case GROUP_DEFAULT:
		return domain_default(uapi, device, out);
	case GROUP_BLOCKED:
		return domain_blocking(uapi, unit, out);
	case GROUP_SPACE:
		*out = space_domain_for(uapi, target.space, device)->domain;
		return 0;
	case GROUP_LEFT:
		break;
	}
	*out = 0;
	return 0;
}

static domain_handle served_by(const struct uapi *uapi, uint16_t device)
{
	struct driver *driver = device_unit(uapi, device);
	return driver->ops->attached(driver, uapi->machine->devices[device].stream);
}

/* Nothing to do where a member with the same requester ID was moved before. */
static int attach(const struct uapi *uapi, uint16_t device, domain_handle domain)
{
	struct driver *driver = device_unit(uapi, device);
	if (served_by(uapi, device) == domain)
		return 0;
	return driver->ops->attach(driver, uapi->machine->devices[device].stream, domain);
}

static void revert(struct uapi *uapi, uint32_t group)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && uapi->before[i] != UNTOUCHED)
			attach(uapi, (uint16_t)i, uapi->before[i]);
}

static bool has_firmware_range(const struct uapi *uapi, uint32_t group)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && device_needs_firmware_range(uapi, (uint16_t)i))
			return true;
	return false;
}

bool group_kept_by_unit(const struct uapi *uapi, uint32_t group)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && device_unit(uapi, (uint16_t)i)->ops->kind != IOMMU_VTD)
			return false;
	return !uapi_kernel_is(uapi, KERNEL_6_6) && has_firmware_range(uapi, group);
}

/* The kernel's core refuses to block a device whose firmware range has to stay, from 6.6 on. */
static bool must_not_block(const struct uapi *uapi, uint32_t group)
{
	return uapi_kernel_is(uapi, KERNEL_6_6) && has_firmware_range(uapi, group);
}

static void note_served(struct uapi *uapi, uint32_t group, struct group_target target)
{
	struct uapi_group *state = &uapi->groups[group];
	struct group_target from = {.state = (enum group_state)state->state, .space = state->space};
	state->state = (uint8_t)target.state;
	state->space = target.state == GROUP_SPACE ? target.space : 0;
	group_note_previous(uapi, group, from);
	space_sweep(uapi);
}

int group_move(struct uapi *uapi, uint32_t group, struct group_target target)
{
	int error = target.state == GROUP_BLOCKED && must_not_block(uapi, group) ? -EINVAL : 0;
	if (!error && target.state != GROUP_LEFT && group_is_fenced(uapi, group))
		error = -EBUSY;
	domain_handle domain;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error; i++) {
		uapi->before[i] = UNTOUCHED;
		if (uapi->devices[i].group == group)
			error = target_domain(uapi, (uint16_t)i, target, &domain);
	}
	if (error)
		return error;
	for (uint32_t i = 0; i < uapi->machine->device_count && !error && target.state != GROUP_LEFT; i++) {
		if (uapi->devices[i].group != group || group_defers(uapi, (uint16_t)i))
			continue;
		target_domain(uapi, (uint16_t)i, target, &domain);
		uapi->before[i] = served_by(uapi, (uint16_t)i);
		error = attach(uapi, (uint16_t)i, domain);
	}
	if (error) {
		revert(uapi, group);
		return error;
	}
	note_served(uapi, group, target);
	return 0;
}

void group_move_anyway(struct uapi *uapi, uint32_t group, struct group_target target)
{
	domain_handle domain;
	for (uint32_t i = 0; i < uapi->machine->device_count && target.state != GROUP_LEFT; i++)
		if (uapi->devices[i].group == group && !uapi->devices[i].parked && !group_defers(uapi, (uint16_t)i) &&
		    !target_domain(uapi, (uint16_t)i, target, &domain))
			attach(uapi, (uint16_t)i, domain);
	note_served(uapi, group, target);
}

int group_place(struct uapi *uapi, uint16_t device)
{
	const struct uapi_group *group = &uapi->groups[uapi->devices[device].group];
	struct group_target target = {.state = (enum group_state)group->state, .space = group->space};
	domain_handle domain;
	if (target.state == GROUP_LEFT)
		target.state = GROUP_DEFAULT;
	int error = target_domain(uapi, device, target, &domain);
	return error ? error : attach(uapi, device, domain);
}

int group_park(struct uapi *uapi, uint16_t device)
{
	domain_handle domain;
	int error = group_is_parked(uapi, uapi->devices[device].group)
			    ? -EBUSY
			    : domain_blocking(uapi, uapi->machine->devices[device].iommu, &domain);

	if (error)
		return error;
	error = attach(uapi, device, domain);
	/* A driver that ran out of time has changed its structures all the same. */
	if (error == -ETIMEDOUT)
		group_place(uapi, device);
	uapi->devices[device].parked = !error;
	return error;
}

void group_unpark(struct uapi *uapi, uint16_t device)
{
	uapi->devices[device].parked = false;
	group_place(uapi, device);
	space_sweep(uapi);
}

/* --- ownership --- */

bool group_checks(const struct uapi *uapi)
{
	return !uapi->skip_viability && !nobody_checks(uapi);
}

bool group_viable(const struct uapi *uapi, uint32_t group)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].group == group && device_kernel_driven(uapi, (uint16_t)i))
			return false;
	return true;
}

bool group_conflict(const struct uapi *uapi, uint32_t group, uint16_t owner)
{
	uint16_t present = uapi->groups[group].owner;
	return (present != MACHINE_NONE && present != owner) || !group_viable(uapi, group);
}

void group_split(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	if (state->group != state->home)
		return;
	const struct uapi_group *home = &uapi->groups[state->home];
	uint8_t served = home->state;
	space_handle space = home->space;
	make_lone(uapi, device);
	uapi->groups[state->group].state = served;
	uapi->groups[state->group].space = space;
}

void group_rejoin(struct uapi *uapi, uint16_t device)
{
	struct uapi_device *state = &uapi->devices[device];
	if (state->group == state->home || goes_alone(uapi))
		return;
	uapi->groups[state->group] = (struct uapi_group){0};
	state->group = state->home;
	group_place(uapi, device);
}

int group_claim(struct uapi *uapi, uint32_t group, uint16_t owner, bool check)
{
	struct uapi_group *state = &uapi->groups[group];
	if (state->owner == owner) {
		state->claims++;
		return 0;
	}
	if (check && group_conflict(uapi, group, owner))
		return -EPERM;
	if (check && state->state != GROUP_DEFAULT)
		return -EBUSY;
	/* Before ownership was claimed, a group stayed in its default domain until it was attached. */
	if (uapi_kernel_is(uapi, KERNEL_5_19) && uapi->rules.value[KNOB_CLAIM_DOMAIN] == CLAIM_BLOCKING) {
		int error = group_move(uapi, group, (struct group_target){.state = GROUP_BLOCKED});
		if (error)
			return error;
	}
	state->owner = owner;
	state->claims = 1;
	return 0;
}

void group_unclaim(struct uapi *uapi, uint32_t group)
{
	struct uapi_group *state = &uapi->groups[group];
	IOSIM_ASSERT(state->claims > 0);
	if (--state->claims)
		return;
	state->owner = MACHINE_NONE;
	group_move_anyway(uapi, group, (struct group_target){.state = GROUP_DEFAULT});
}
