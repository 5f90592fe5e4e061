/* SPDX-License-Identifier: MIT */
#include "uapi/plugin.h"

#include "uapi/space.h"

#include <errno.h>
#include <string.h>

#define ERRNO_MAX 4095

static struct plugin plugins[PLUGINS_MAX];
static unsigned plugin_count;

/* --- calls --- */

int plugin_answered(struct uapi *uapi, bool skip_viability, int result)
{
	uapi->skip_viability = skip_viability;
	return result == UAPI_CRASH || (result <= 0 && result >= -ERRNO_MAX) ? result : -EPROTO;
}

#define ANSWER(uapi, function, ...)                         \
	int answer;                                         \
	PLUGIN_ANSWER(answer, uapi, function, __VA_ARGS__); \
	return answer

static int take(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	ANSWER(uapi, take, owner, device);
}

/* It cannot fail: a plug-in that leaves it out has it done. */
static void release(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	struct plugin_call now = {.call = {.services = &plugin_services}, .uapi = uapi};
	bool skipped = uapi->skip_viability;
	uapi->plugin->own.release(&now.call, owner, device);
	plugin_answered(uapi, skipped, 0);
	if (uapi->devices[device].user == owner)
		uapi->plugin->base->release(uapi, owner, device);
}

static int map_registers(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	ANSWER(uapi, mmap, owner, device);
}

static int probe(struct uapi *uapi, uint16_t device)
{
	ANSWER(uapi, probe, device);
}

static int ask_for_space(struct uapi *uapi, uint16_t owner, unsigned flags, space_handle *out)
{
	ANSWER(uapi, space, owner, flags, out);
}

unsigned plugin_public_flags(unsigned flags)
{
	return (flags & SPACE_RAM ? IOSIM_SPACE_RAM : 0u) | (flags & SPACE_PASID ? IOSIM_SPACE_PASID : 0u) |
	       (flags & SPACE_FAULTS ? IOSIM_SPACE_FAULTS : 0u) |
	       (flags & SPACE_PARENT ? IOSIM_SPACE_NEST_PARENT : 0u) |
	       (flags & SPACE_IMPLIED ? IOSIM_SPACE_IMPLIED : 0u);
}

static int space(struct uapi *uapi, uint16_t owner, unsigned flags, space_handle *out)
{
	*out = 0;
	int error = ask_for_space(uapi, owner, plugin_public_flags(flags), out);
	return error || space_get(uapi, owner, *out) ? error : -EPROTO;
}

static int destroy(struct uapi *uapi, uint16_t owner, space_handle handle)
{
	ANSWER(uapi, destroy, owner, handle);
}

static int attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle handle)
{
	ANSWER(uapi, attach, owner, device, handle);
}

static int detach(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	ANSWER(uapi, detach, owner, device);
}

static int replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle handle)
{
	ANSWER(uapi, replace, owner, device, handle);
}

static int attach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle handle)
{
	ANSWER(uapi, attach_pasid, owner, device, pasid, handle);
}

static int detach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	ANSWER(uapi, detach_pasid, owner, device, pasid);
}

static int replace_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle handle)
{
	ANSWER(uapi, replace_pasid, owner, device, pasid, handle);
}

static int map(struct uapi *uapi, uint16_t owner, space_handle handle, uint64_t iova, struct uapi_target target,
	       uint64_t bytes, unsigned permissions)
{
	iosim_target what = plugin_public_target(target);
	ANSWER(uapi, map, owner, handle, iova, &what, bytes, permissions);
}

static int unmap(struct uapi *uapi, uint16_t owner, space_handle handle, uint64_t iova, uint64_t bytes,
		 uint64_t *unmapped)
{
	ANSWER(uapi, unmap, owner, handle, iova, bytes, unmapped);
}

static int copy(struct uapi *uapi, uint16_t owner, space_handle to, uint64_t to_iova, space_handle from,
		uint64_t from_iova, uint64_t bytes, unsigned permissions)
{
	ANSWER(uapi, copy, owner, to, to_iova, from, from_iova, bytes, permissions);
}

/* --- calls that neither has --- */

static int no_space(struct uapi *uapi, uint16_t owner, unsigned flags, space_handle *out)
{
	(void)uapi;
	(void)owner;
	(void)flags;
	(void)out;
	return -ENOTTY;
}

static int no_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle handle)
{
	(void)uapi;
	(void)owner;
	(void)device;
	(void)handle;
	return -ENOTTY;
}

static int no_detach(struct uapi *uapi, uint16_t owner, uint16_t device)
{
	(void)uapi;
	(void)owner;
	(void)device;
	return -ENOTTY;
}

static int no_attach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle handle)
{
	(void)pasid;
	return no_attach(uapi, owner, device, handle);
}

static int no_detach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid)
{
	(void)pasid;
	return no_detach(uapi, owner, device);
}

/* Calls that the rest of this folder makes of each other: a front end has all of a set, or none. */
static void complete(struct uapi_front_end *calls)
{
	bool spaces = calls->space || calls->attach || calls->detach || calls->replace || calls->map;
	bool pasids = calls->attach_pasid || calls->detach_pasid || calls->replace_pasid;
	if (spaces && !calls->space)
		calls->space = no_space;
	if (spaces && !calls->attach)
		calls->attach = no_attach;
	if (spaces && !calls->detach)
		calls->detach = no_detach;
	if (pasids && !calls->attach_pasid)
		calls->attach_pasid = no_attach_pasid;
	if (pasids && !calls->detach_pasid)
		calls->detach_pasid = no_detach_pasid;
	if (pasids && !calls->replace_pasid)
		calls->replace_pasid = no_attach_pasid;
}

/* --- the registry --- */

static void put_in_place(struct plugin *plugin)
{
	plugin->calls = *plugin->base;
	plugin->calls.name = plugin->own.name;
	PLUGIN_TAKES_PLACE(plugin, take);
	PLUGIN_TAKES_PLACE(plugin, release);
	PLUGIN_TAKES_PLACE(plugin, probe);
	PLUGIN_TAKES_PLACE(plugin, space);
	PLUGIN_TAKES_PLACE(plugin, destroy);
	PLUGIN_TAKES_PLACE(plugin, attach);
	PLUGIN_TAKES_PLACE(plugin, detach);
	PLUGIN_TAKES_PLACE(plugin, replace);
	PLUGIN_TAKES_PLACE(plugin, attach_pasid);
	PLUGIN_TAKES_PLACE(plugin, detach_pasid);
	PLUGIN_TAKES_PLACE(plugin, replace_pasid);
	PLUGIN_TAKES_PLACE(plugin, map);
	PLUGIN_TAKES_PLACE(plugin, unmap);
	PLUGIN_TAKES_PLACE(plugin, copy);
	if (plugin->own.mmap)
		plugin->calls.mmap = map_registers;
	plugin_guest_put(plugin);
	plugin_pages_put(plugin);
	complete(&plugin->calls);
}

unsigned plugin_add(const iosim_front_end *front_end, unsigned user_api)
{
	if (plugin_count == PLUGINS_MAX)
		return 0;
	struct plugin *plugin = &plugins[plugin_count];
	/* Built against an earlier or a later header of the same version: what one side does not know is not there. */
	size_t bytes = front_end->bytes < sizeof(plugin->own) ? front_end->bytes : sizeof(plugin->own);
	memcpy(&plugin->own, front_end, bytes);
	plugin->base = front_ends[user_api];
	put_in_place(plugin);
	return ++plugin_count;
}

const struct plugin *plugin_by_number(unsigned number)
{
	return number && number <= plugin_count ? &plugins[number - 1] : NULL;
}

/* --- state --- */

static void *state_block(struct uapi *uapi, const char *name, size_t count, uint32_t bytes)
{
	return bytes ? arena_block(uapi->arena, name, count * bytes, ARENA_HASHED) : NULL;
}

void plugin_set_up(struct uapi *uapi)
{
	const struct plugin *plugin = plugin_by_number(uapi->rules.plugin);
	if (!plugin)
		return;
	uapi->plugin = plugin;
	uapi->front = &plugin->calls;
	uapi->plugin_devices =
		state_block(uapi, "plug-in devices", uapi->machine->device_count + 1u, plugin->own.device_state_bytes);
	uapi->plugin_spaces = state_block(uapi, "plug-in spaces", UAPI_MAX_SPACES, plugin->own.space_state_bytes);
	uapi->plugin_owners =
		state_block(uapi, "plug-in owners", uapi->machine->owner_count + 1u, plugin->own.owner_state_bytes);
	if (uapi->plugin_spaces)
		arena_block_used(uapi->arena, uapi->plugin_spaces, 0);
}

/* Only slots in use have state: what is above the last of them is zero. */
static void mark_used(struct uapi *uapi)
{
	uint32_t slot = 0, last = 0;
	while ((slot = arena_next(uapi->arena, uapi->spaces, slot)) != ARENA_NONE)
		last = slot;
	arena_block_used(uapi->arena, uapi->plugin_spaces, (size_t)last * uapi->plugin->own.space_state_bytes);
}

void plugin_clear_space(struct uapi *uapi, uint32_t slot)
{
	if (!uapi->plugin_spaces)
		return;
	uint32_t bytes = uapi->plugin->own.space_state_bytes;
	mark_used(uapi);
	memset(uapi->plugin_spaces + (size_t)(slot - 1) * bytes, 0, bytes);
}
