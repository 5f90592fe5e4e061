/* SPDX-License-Identifier: MIT */
/* Pins, dirty tracking and iommufd's raw calls about addresses: a plug-in's, and its base's as it makes them. */
#include "uapi/plugin.h"

#include "uapi/access.h"
#include "uapi/space.h"

#include <errno.h>
#include <string.h>

#define PAGE_OFFSET (UNIT_PAGE_BYTES - 1)

_Static_assert(IOSIM_RANGES_MAX == UAPI_MAX_RANGES, "the header's number of ranges");

/* A page of memory that somebody has pinned: the driver of an mdev may rely on it to stay. */
static bool is_pinned_page(const struct uapi *uapi, const iosim_target *target)
{
	const struct machine *machine = uapi->machine;
	return !target->is_registers && target->index < machine->memory_count &&
	       uapi->memories[target->index].pins > 0 && !(target->offset & PAGE_OFFSET) &&
	       target->offset < machine->memories[target->index].bytes;
}

/* --- the plug-in's calls --- */

static int pin(struct uapi *uapi, uint16_t device, uint64_t iova, unsigned permissions, struct uapi_target *target)
{
	iosim_target page = {.index = IOSIM_NO_INDEX};
	int error;
	PLUGIN_ANSWER(error, uapi, pin, device, iova, permissions, &page);
	if (error)
		return error;
	if (!is_pinned_page(uapi, &page))
		return -EPROTO;
	*target = (struct uapi_target){.kind = UAPI_MEMORY, .index = page.index, .pinned = true, .offset = page.offset};
	return 0;
}

static int dirty_start(struct uapi *uapi, uint16_t owner, space_handle space)
{
	int error;
	PLUGIN_ANSWER(error, uapi, dirty_start, owner, space);
	return error;
}

static int dirty_read(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear, bool *dirty)
{
	int error;
	PLUGIN_ANSWER(error, uapi, dirty_read, owner, space, iova, clear, dirty);
	return error;
}

static int allow(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes)
{
	int error;
	PLUGIN_ANSWER(error, uapi, allow, owner, space, iova, bytes);
	return error;
}

static int ranges(struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_ranges *out)
{
	iosim_ranges told = {.room = out->room};
	int error;
	PLUGIN_ANSWER(error, uapi, ranges, owner, space, &told);
	out->count = told.count;
	out->alignment = told.alignment;
	memcpy(out->first, told.first, sizeof(told.first));
	memcpy(out->last, told.last, sizeof(told.last));
	return error;
}

static int map_file(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		    uint64_t bytes, unsigned permissions)
{
	iosim_target what = plugin_public_target(target);
	int error;
	PLUGIN_ANSWER(error, uapi, map_file, owner, space, iova, &what, bytes, permissions);
	return error;
}

void plugin_pages_put(struct plugin *plugin)
{
	PLUGIN_TAKES_PLACE(plugin, pin);
	PLUGIN_TAKES_PLACE(plugin, dirty_start);
	PLUGIN_TAKES_PLACE(plugin, dirty_read);
	PLUGIN_TAKES_PLACE(plugin, allow);
	PLUGIN_TAKES_PLACE(plugin, ranges);
	PLUGIN_TAKES_PLACE(plugin, map_file);
}

/* --- the base's --- */

int plugin_base_pin(iosim_call *call, iosim_device device, uint64_t iova, unsigned permissions, iosim_target *target)
{
	struct uapi *uapi = plugin_uapi(call);
	struct uapi_target page = {.kind = UAPI_MEMORY};
	if (device >= uapi->machine->device_count)
		return -ENODEV;
	int error = access_may_pin(uapi, device);
	if (!error && !uapi->plugin->base->pin)
		error = -ENOTTY;
	if (!error)
		error = uapi->plugin->base->pin(uapi, device, iova & ~PAGE_OFFSET,
						permissions & (UAPI_READ | UAPI_WRITE), &page);
	if (!error)
		*target = plugin_public_target(page);
	return error;
}

int plugin_base_dirty_start(iosim_call *call, iosim_owner owner, iosim_space space)
{
	struct uapi *uapi = plugin_uapi(call);
	return uapi->plugin->base->dirty_start ? uapi->plugin->base->dirty_start(uapi, owner, space) : -ENOTTY;
}

int plugin_base_dirty_read(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, bool clear,
			   bool *dirty)
{
	struct uapi *uapi = plugin_uapi(call);
	*dirty = false;
	if (!uapi->plugin->base->dirty_read)
		return -ENOTTY;
	return uapi->plugin->base->dirty_read(uapi, owner, space, iova & ~PAGE_OFFSET, clear, dirty);
}

int plugin_base_allow(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, uint64_t bytes)
{
	struct uapi *uapi = plugin_uapi(call);
	return uapi->plugin->base->allow ? uapi->plugin->base->allow(uapi, owner, space, iova, bytes) : -ENOTTY;
}

int plugin_base_ranges(iosim_call *call, iosim_owner owner, iosim_space space, iosim_ranges *out)
{
	struct uapi *uapi = plugin_uapi(call);
	struct uapi_ranges told = {.room = out->room};
	int error = uapi->plugin->base->ranges ? uapi->plugin->base->ranges(uapi, owner, space, &told) : -ENOTTY;
	out->count = told.count;
	out->alignment = told.alignment;
	memcpy(out->first, told.first, sizeof(told.first));
	memcpy(out->last, told.last, sizeof(told.last));
	return error;
}

int plugin_base_map_file(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
			 const iosim_target *target, uint64_t bytes, unsigned permissions)
{
	struct uapi *uapi = plugin_uapi(call);
	struct uapi_target what;
	if (!uapi->plugin->base->map_file)
		return -ENOTTY;
	int error = plugin_inner_target(uapi, space, target, &what);
	if (error)
		return error;
	return uapi->plugin->base->map_file(uapi, owner, space, iova, what, bytes,
					    permissions & (UAPI_READ | UAPI_WRITE));
}
