/* SPDX-License-Identifier: MIT */
#include "uapi/plugin.h"

#include "uapi/device.h"
#include "uapi/features.h"
#include "uapi/group.h"
#include "uapi/pasid.h"
#include "uapi/space.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static bool is_device(const struct uapi *uapi, uint16_t device)
{
	return device < uapi->machine->device_count && uapi->devices[device].present;
}

/* A live space, whoever has it; NULL. */
static const struct space *live_space(const struct uapi *uapi, space_handle handle)
{
	space_handle next = 0;
	while ((next = space_next(uapi, next)))
		if (next == handle)
			return space_of(uapi, handle);
	return NULL;
}

/* --- questions about devices --- */

static const struct machine_device *row_of(const iosim_call *call, iosim_device device)
{
	return &plugin_uapi(call)->machine->devices[device];
}

static unsigned device_count(const iosim_call *call)
{
	return plugin_uapi(call)->machine->device_count;
}

static const char *device_name(const iosim_call *call, iosim_device device)
{
	return device < device_count(call) ? row_of(call, device)->name : "";
}

static bool device_present(const iosim_call *call, iosim_device device)
{
	return is_device(plugin_uapi(call), device);
}

static enum iosim_driver device_driver(const iosim_call *call, iosim_device device)
{
	if (!device_present(call, device))
		return IOSIM_DRIVER_NONE;
	switch (plugin_uapi(call)->devices[device].driver) {
	case DRIVER_HOST:
		return IOSIM_DRIVER_KERNEL;
	case DRIVER_USER:
		return IOSIM_DRIVER_USER;
	case DRIVER_STUB:
		return IOSIM_DRIVER_STUB;
	default:
		return IOSIM_DRIVER_NONE;
	}
}

static iosim_owner device_user(const iosim_call *call, iosim_device device)
{
	return device_present(call, device) ? plugin_uapi(call)->devices[device].user : IOSIM_NOBODY;
}

static iosim_space device_space(const iosim_call *call, iosim_device device)
{
	return device_present(call, device) ? plugin_uapi(call)->devices[device].space : 0;
}

static iosim_space pasid_space(const iosim_call *call, iosim_device device, uint32_t pasid)
{
	const struct uapi *uapi = plugin_uapi(call);
	uint32_t slot = device_present(call, device) ? pasid_find(uapi, device, pasid) : 0;
	return slot ? pasid_slot(uapi, slot)->space : 0;
}

static uint16_t device_parent(const iosim_call *call, iosim_device device)
{
	return device < device_count(call) ? row_of(call, device)->parent : IOSIM_NO_INDEX;
}

static uint16_t device_iommu(const iosim_call *call, iosim_device device)
{
	const struct uapi *uapi = plugin_uapi(call);
	if (!device_present(call, device) || !device_unit(uapi, device))
		return IOSIM_NO_INDEX;
	return row_of(call, device)->iommu;
}

static unsigned device_features(const iosim_call *call, iosim_device device)
{
	if (!device_present(call, device))
		return 0;
	const struct machine_device *row = row_of(call, device);
	return (row->ats ? IOSIM_HAS_ATS : 0u) | (row->pri ? IOSIM_HAS_PAGE_REQUESTS : 0u) |
	       (row->pasid_bits ? IOSIM_HAS_PASID : 0u);
}

static bool device_trusted(const iosim_call *call, iosim_device device)
{
	return device_present(call, device) && row_of(call, device)->trusted;
}

static bool path_redirects(const iosim_call *call, iosim_device device)
{
	return device_present(call, device) && features_path_redirects(plugin_uapi(call), device);
}

static bool same_requester(const iosim_call *call, iosim_device one, iosim_device other)
{
	if (!device_present(call, one) || !device_present(call, other))
		return false;
	const struct machine_device *a = row_of(call, one), *b = row_of(call, other);
	return a->stream == b->stream && a->iommu == b->iommu && a->segment == b->segment;
}

static bool can_reach(const iosim_call *call, iosim_device one, iosim_device other)
{
	if (!device_present(call, one) || !device_present(call, other))
		return false;
	g_autofree uint16_t *class = g_new(uint16_t, device_count(call) + 1u);
	group_classes(plugin_uapi(call), class);
	return class[one] == class[other];
}

static uint32_t group(const iosim_call *call, iosim_device device)
{
	return device_present(call, device) ? plugin_uapi(call)->devices[device].home : IOSIM_NO_GROUP;
}

static unsigned group_members(const iosim_call *call, uint32_t group, iosim_device *members, unsigned max)
{
	const struct uapi *uapi = plugin_uapi(call);
	unsigned count = 0;
	for (unsigned i = 0; group != IOSIM_NO_GROUP && i < device_count(call); i++) {
		if (uapi->devices[i].home != group)
			continue;
		if (count < max)
			members[count] = (iosim_device)i;
		count++;
	}
	return count;
}

/* --- questions about owners, spaces, settings --- */

static const char *owner_name(const iosim_call *call, iosim_owner owner)
{
	const struct machine *machine = plugin_uapi(call)->machine;
	return owner < machine->owner_count ? machine->owners[owner].name : "";
}

static bool owner_is_guest(const iosim_call *call, iosim_owner owner)
{
	const struct machine *machine = plugin_uapi(call)->machine;
	return owner < machine->owner_count && machine->owners[owner].kind == OWNER_VM;
}

static iosim_owner space_owner(const iosim_call *call, iosim_space space)
{
	const struct space *row = live_space(plugin_uapi(call), space);
	return row ? row->owner : IOSIM_NOBODY;
}

static unsigned space_flags(const iosim_call *call, iosim_space space)
{
	const struct space *row = live_space(plugin_uapi(call), space);
	return row ? plugin_public_flags(row->flags) : 0;
}

static bool space_maps(const iosim_call *call, iosim_space space, uint64_t first, uint64_t last)
{
	const struct uapi *uapi = plugin_uapi(call);
	return first <= last && live_space(uapi, space) && areas_overlap(&uapi->areas, space_set(space), first, last);
}

static bool is_in_use(const iosim_call *call, iosim_space space)
{
	const struct uapi *uapi = plugin_uapi(call);
	return live_space(uapi, space) && space_in_use(uapi, space);
}

static iosim_space parent_of_space(const iosim_call *call, iosim_space space)
{
	const struct space *row = live_space(plugin_uapi(call), space);
	return row ? row->parent : 0;
}

static bool device_id(const iosim_call *call, iosim_device device, uint32_t *id)
{
	bool named = device_present(call, device) && plugin_uapi(call)->devices[device].named;
	*id = named ? plugin_uapi(call)->devices[device].guest_id : 0;
	return named;
}

static const char *knob(const iosim_call *call, const char *name)
{
	int row = knob_by_name(name);
	if (row < 0)
		return NULL;
	int knob = knob_rows[row].same_as < 0 ? row : knob_rows[row].same_as;
	return knob_rows[knob].values[plugin_uapi(call)->rules.value[knob]];
}

/* --- state --- */

static void *device_state(iosim_call *call, iosim_device device)
{
	const struct uapi *uapi = plugin_uapi(call);
	if (!uapi->plugin_devices || device >= uapi->machine->device_count)
		return NULL;
	return uapi->plugin_devices + (size_t)device * uapi->plugin->own.device_state_bytes;
}

static void *space_state(iosim_call *call, iosim_space space)
{
	const struct uapi *uapi = plugin_uapi(call);
	if (!uapi->plugin_spaces || !live_space(uapi, space))
		return NULL;
	return uapi->plugin_spaces + (size_t)(space_slot_of(space) - 1) * uapi->plugin->own.space_state_bytes;
}

static void *owner_state(iosim_call *call, iosim_owner owner)
{
	const struct uapi *uapi = plugin_uapi(call);
	if (!uapi->plugin_owners || owner >= uapi->machine->owner_count)
		return NULL;
	return uapi->plugin_owners + (size_t)owner * uapi->plugin->own.owner_state_bytes;
}

/* --- acts --- */

static void skip_group_rule(iosim_call *call, bool skip)
{
	plugin_uapi(call)->skip_viability = skip;
}

/* The group that a user's device is moved with; GROUP_NONE: it is not a user's. */
static uint32_t owned_group(const struct uapi *uapi, uint16_t device)
{
	if (!is_device(uapi, device) || uapi->devices[device].user == MACHINE_NONE || device_is_mdev(uapi, device))
		return GROUP_NONE;
	return uapi->devices[device].group;
}

static int block(iosim_call *call, iosim_device device)
{
	struct uapi *uapi = plugin_uapi(call);
	uint32_t group = owned_group(uapi, device);
	return group == GROUP_NONE ? -EINVAL : group_move(uapi, group, (struct group_target){.state = GROUP_BLOCKED});
}

static int unblock(iosim_call *call, iosim_device device)
{
	static const struct space_errors errors = {.outside = -EINVAL, .misaligned = -EINVAL, .unlike = -EINVAL};
	struct uapi *uapi = plugin_uapi(call);
	uint32_t group = owned_group(uapi, device);
	space_handle space = group == GROUP_NONE ? 0 : uapi->devices[device].space;
	if (!space || uapi->groups[group].state != GROUP_BLOCKED)
		return -EINVAL;
	int error = space_grow(uapi, space, group, &errors);
	if (!error)
		error = group_move(uapi, group, group_into(space));
	if (error)
		space_shrink(uapi, space);
	return error;
}

const iosim_services plugin_services = {
	.abi = IOSIM_FRONT_END_ABI,
	.bytes = sizeof(iosim_services),
	.base = &plugin_base_calls,
	.device_count = device_count,
	.device_name = device_name,
	.device_present = device_present,
	.device_driver = device_driver,
	.device_user = device_user,
	.device_space = device_space,
	.pasid_space = pasid_space,
	.device_parent = device_parent,
	.device_iommu = device_iommu,
	.device_features = device_features,
	.device_trusted = device_trusted,
	.path_redirects = path_redirects,
	.same_requester = same_requester,
	.can_reach = can_reach,
	.group = group,
	.group_members = group_members,
	.owner_name = owner_name,
	.owner_is_guest = owner_is_guest,
	.space_owner = space_owner,
	.space_flags = space_flags,
	.space_maps = space_maps,
	.space_in_use = is_in_use,
	.knob = knob,
	.device_state = device_state,
	.space_state = space_state,
	.owner_state = owner_state,
	.skip_group_rule = skip_group_rule,
	.block = block,
	.unblock = unblock,
	.space_parent = parent_of_space,
	.device_id = device_id,
};
