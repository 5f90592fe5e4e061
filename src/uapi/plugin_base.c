/* SPDX-License-Identifier: MIT */
/* The base's calls as a plug-in makes them. What it says may be wrong: a front end relies on more than C does. */
#include "uapi/plugin.h"

#include "uapi/pasid.h"
#include "uapi/shadow.h"
#include "uapi/space.h"

#include <errno.h>

/* --- checks --- */

static bool is_device(const struct uapi *uapi, uint16_t device)
{
	return device < uapi->machine->device_count && uapi->devices[device].present;
}

int plugin_check_owner(const struct uapi *uapi, uint16_t owner)
{
	return owner < uapi->machine->owner_count && owner != MACHINE_HOST ? 0 : -EINVAL;
}

int plugin_check_device(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = plugin_check_owner(uapi, owner);
	return error || is_device(uapi, device) ? error : -ENODEV;
}

int plugin_check_for_spaces(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = plugin_check_device(uapi, owner, device);
	return !error && device_kernel_driven(uapi, device) ? -ENOTTY : error;
}

static int check_for_pasids(const struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	int error = plugin_check_for_spaces(uapi, owner, device);
	return !error && !pasid_is_usable(pasid) ? -EINVAL : error;
}

/* --- the base's calls --- */

static const struct uapi_front_end *base_of(const iosim_call *call)
{
	return plugin_uapi(call)->plugin->base;
}

static int base_take(iosim_call *call, iosim_owner owner, iosim_device device)
{
	int error = plugin_check_device(plugin_uapi(call), owner, device);
	return error ? error : base_of(call)->take(plugin_uapi(call), owner, device);
}

static void base_release(iosim_call *call, iosim_owner owner, iosim_device device)
{
	struct uapi *uapi = plugin_uapi(call);
	if (!plugin_check_device(uapi, owner, device) && uapi->devices[device].user == owner)
		base_of(call)->release(uapi, owner, device);
}

static int base_mmap(iosim_call *call, iosim_owner owner, iosim_device device)
{
	int error = plugin_check_device(plugin_uapi(call), owner, device);
	if (error)
		return error;
	return base_of(call)->mmap ? base_of(call)->mmap(plugin_uapi(call), owner, device) : -ENOTTY;
}

static unsigned inner_flags(unsigned flags)
{
	return (flags & IOSIM_SPACE_RAM ? SPACE_RAM : 0u) | (flags & IOSIM_SPACE_PASID ? SPACE_PASID : 0u) |
	       (flags & IOSIM_SPACE_FAULTS ? SPACE_FAULTS : 0u) |
	       (flags & IOSIM_SPACE_NEST_PARENT ? SPACE_PARENT : 0u) |
	       (flags & IOSIM_SPACE_IMPLIED ? SPACE_IMPLIED : 0u);
}

static int base_space(iosim_call *call, iosim_owner owner, unsigned flags, iosim_space *out)
{
	if (!base_of(call)->space)
		return -ENOTTY;
	if (plugin_check_owner(plugin_uapi(call), owner))
		return -EINVAL;
	return base_of(call)->space(plugin_uapi(call), owner, inner_flags(flags), out);
}

static int base_destroy(iosim_call *call, iosim_owner owner, iosim_space space)
{
	return base_of(call)->destroy ? base_of(call)->destroy(plugin_uapi(call), owner, space) : -ENOTTY;
}

static int base_attach(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space)
{
	int error = plugin_check_for_spaces(plugin_uapi(call), owner, device);
	if (error || !base_of(call)->attach)
		return error ? error : -ENOTTY;
	return base_of(call)->attach(plugin_uapi(call), owner, device, space);
}

static int base_detach(iosim_call *call, iosim_owner owner, iosim_device device)
{
	int error = plugin_check_for_spaces(plugin_uapi(call), owner, device);
	if (error || !base_of(call)->detach)
		return error ? error : -ENOTTY;
	return base_of(call)->detach(plugin_uapi(call), owner, device);
}

static int base_replace(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space)
{
	int error = plugin_check_for_spaces(plugin_uapi(call), owner, device);
	if (error || !base_of(call)->replace)
		return error ? error : -ENOTTY;
	return base_of(call)->replace(plugin_uapi(call), owner, device, space);
}

static int base_attach_pasid(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid,
			     iosim_space space)
{
	int error = check_for_pasids(plugin_uapi(call), owner, device, pasid);
	if (error || !base_of(call)->attach_pasid)
		return error ? error : -ENOTTY;
	return base_of(call)->attach_pasid(plugin_uapi(call), owner, device, pasid, space);
}

static int base_detach_pasid(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid)
{
	int error = check_for_pasids(plugin_uapi(call), owner, device, pasid);
	if (error || !base_of(call)->detach_pasid)
		return error ? error : -ENOTTY;
	return base_of(call)->detach_pasid(plugin_uapi(call), owner, device, pasid);
}

static int base_replace_pasid(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t pasid,
			      iosim_space space)
{
	int error = check_for_pasids(plugin_uapi(call), owner, device, pasid);
	if (error || !base_of(call)->replace_pasid)
		return error ? error : -ENOTTY;
	return base_of(call)->replace_pasid(plugin_uapi(call), owner, device, pasid, space);
}

static bool is_shadow(const struct uapi *uapi, space_handle handle)
{
	space_handle next = 0;
	while ((next = space_next(uapi, next)))
		if (next == handle)
			return space_of(uapi, handle)->flags & SPACE_SHADOW;
	return false;
}

int plugin_inner_target(const struct uapi *uapi, space_handle space, const iosim_target *target,
			struct uapi_target *out)
{
	const struct machine *machine = uapi->machine;
	*out = (struct uapi_target){.kind = target->is_registers ? UAPI_BAR : UAPI_MEMORY,
				    .index = target->index,
				    .offset = target->offset};
	if (is_shadow(uapi, space)) {
		out->kind = UAPI_PARENT;
		out->index = 0;
		return target->index == IOSIM_NO_INDEX && !target->is_registers ? 0 : -EINVAL;
	}
	return target->index < (target->is_registers ? machine->bar_count : machine->memory_count) ? 0 : -EFAULT;
}

iosim_target plugin_public_target(struct uapi_target target)
{
	return (iosim_target){.is_registers = target.kind == UAPI_BAR,
			      .index = target.kind == UAPI_PARENT ? IOSIM_NO_INDEX : target.index,
			      .offset = target.offset};
}

static int base_map(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, const iosim_target *target,
		    uint64_t bytes, unsigned permissions)
{
	struct uapi_target what;
	if (!base_of(call)->map)
		return -ENOTTY;
	int error = plugin_inner_target(plugin_uapi(call), space, target, &what);
	if (!error)
		error = shadow_admits(plugin_uapi(call), owner, space, what, bytes);
	if (error)
		return error;
	return base_of(call)->map(plugin_uapi(call), owner, space, iova, what, bytes,
				  permissions & (UAPI_READ | UAPI_WRITE));
}

static int base_unmap(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, uint64_t bytes,
		      uint64_t *unmapped)
{
	*unmapped = 0;
	if (!base_of(call)->unmap)
		return -ENOTTY;
	return base_of(call)->unmap(plugin_uapi(call), owner, space, iova, bytes, unmapped);
}

static int base_copy(iosim_call *call, iosim_owner owner, iosim_space to, uint64_t to_iova, iosim_space from,
		     uint64_t from_iova, uint64_t bytes, unsigned permissions)
{
	if (!base_of(call)->copy)
		return -ENOTTY;
	return base_of(call)->copy(plugin_uapi(call), owner, to, to_iova, from, from_iova, bytes,
				   permissions & (UAPI_READ | UAPI_WRITE));
}

const iosim_front_end plugin_base_calls = {
	IOSIM_FRONT_END_VERSION,
	.take = base_take,
	.release = base_release,
	.mmap = base_mmap,
	.space = base_space,
	.destroy = base_destroy,
	.attach = base_attach,
	.detach = base_detach,
	.replace = base_replace,
	.attach_pasid = base_attach_pasid,
	.detach_pasid = base_detach_pasid,
	.replace_pasid = base_replace_pasid,
	.map = base_map,
	.unmap = base_unmap,
	.copy = base_copy,
	.nest = plugin_base_nest,
	.vdevice = plugin_base_vdevice,
	.invalidate = plugin_base_invalidate,
	.pasid_table = plugin_base_pasid_table,
	.pin = plugin_base_pin,
	.dirty_start = plugin_base_dirty_start,
	.dirty_read = plugin_base_dirty_read,
	.allow = plugin_base_allow,
	.ranges = plugin_base_ranges,
	.map_file = plugin_base_map_file,
};
