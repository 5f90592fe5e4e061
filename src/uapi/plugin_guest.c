/* SPDX-License-Identifier: MIT */
/* Guests' first stages and tables of PASIDs: calls of a plug-in, and its base's as it makes them. */
#include "uapi/plugin.h"

#include "uapi/device.h"
#include "uapi/space.h"

#include <errno.h>

/* --- what the calls are about, on both sides of the header --- */

static iosim_guest public_guest(const struct domain_guest *guest)
{
	return (iosim_guest){
		.root = guest->root, .address_width = guest->address_width, .ste = {guest->ste[0], guest->ste[1]}};
}

static struct domain_guest inner_guest(const iosim_guest *guest)
{
	return (struct domain_guest){
		.root = guest->root, .address_width = guest->address_width, .ste = {guest->ste[0], guest->ste[1]}};
}

static iosim_invalidation public_invalidation(const struct uapi_invalidation *what)
{
	return (iosim_invalidation){.what = (uint32_t)what->what,
				    .of = (uint32_t)what->of,
				    .space = what->space,
				    .device = what->device,
				    .id = what->id,
				    .pasid = what->pasid,
				    .first = what->first,
				    .last = what->last};
}

/* -EINVAL: it is no request. */
static int inner_invalidation(const iosim_invalidation *what, struct uapi_invalidation *out)
{
	if (what->what > IOSIM_FORGET_CONFIG || what->of > IOSIM_OF_ID || what->first > what->last)
		return -EINVAL;
	*out = (struct uapi_invalidation){.space = what->space,
					  .device = what->device,
					  .id = what->id,
					  .pasid = what->pasid,
					  .first = what->first,
					  .last = what->last};
	out->what = what->what;
	out->of = what->of;
	return 0;
}

_Static_assert((int)UAPI_FORGET_ALL == (int)IOSIM_FORGET_ALL && (int)UAPI_FORGET_RANGE == (int)IOSIM_FORGET_RANGE &&
		       (int)UAPI_FORGET_PASID == (int)IOSIM_FORGET_PASID &&
		       (int)UAPI_FORGET_DEVTLB == (int)IOSIM_FORGET_DEVTLB &&
		       (int)UAPI_FORGET_CONFIG == (int)IOSIM_FORGET_CONFIG,
	       "the header's names of what is forgotten");
_Static_assert((int)UAPI_OF_SPACE == (int)IOSIM_OF_SPACE && (int)UAPI_OF_DEVICE == (int)IOSIM_OF_DEVICE &&
		       (int)UAPI_OF_ID == (int)IOSIM_OF_ID,
	       "the header's names of whose it is");

/* The owner's, and a guest's table, or one that the kernel composes. */
static bool is_nested(const struct uapi *uapi, uint16_t owner, space_handle handle, unsigned flag)
{
	const struct space *space = space_get(uapi, owner, handle);
	return space && space->flags & flag;
}

/* --- the plug-in's calls --- */

static int nest(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
		space_handle *out)
{
	iosim_guest said = guest ? public_guest(guest) : (iosim_guest){0};
	*out = 0;
	int error;
	PLUGIN_ANSWER(error, uapi, nest, owner, parent, guest ? &said : NULL, out);
	return error || is_nested(uapi, owner, *out, guest ? SPACE_NESTED : SPACE_SHADOW) ? error : -EPROTO;
}

static int vdevice(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t id)
{
	int error;
	PLUGIN_ANSWER(error, uapi, vdevice, owner, device, id);
	return error;
}

static int invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	iosim_invalidation request = public_invalidation(what);
	int error;
	PLUGIN_ANSWER(error, uapi, invalidate, owner, &request);
	return error;
}

static int pasid_table(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
		       space_handle *out)
{
	iosim_guest_table said = {
		.guest = public_guest(&table->guest), .parent = table->parent, .faults = table->faults};
	*out = 0;
	int error;
	PLUGIN_ANSWER(error, uapi, pasid_table, owner, device, &said, out);
	return error || (is_nested(uapi, owner, *out, SPACE_NESTED) && space_of(uapi, *out)->delegated) ? error
													: -EPROTO;
}

void plugin_guest_put(struct plugin *plugin)
{
	PLUGIN_TAKES_PLACE(plugin, nest);
	PLUGIN_TAKES_PLACE(plugin, vdevice);
	PLUGIN_TAKES_PLACE(plugin, invalidate);
	PLUGIN_TAKES_PLACE(plugin, pasid_table);
}

/* --- the base's --- */

int plugin_base_nest(iosim_call *call, iosim_owner owner, iosim_space parent, const iosim_guest *guest,
		     iosim_space *out)
{
	struct uapi *uapi = plugin_uapi(call);
	struct domain_guest said = guest ? inner_guest(guest) : (struct domain_guest){0};
	*out = 0;
	if (!uapi->plugin->base->nest)
		return -ENOTTY;
	int error = plugin_check_owner(uapi, owner);
	return error ? error : uapi->plugin->base->nest(uapi, owner, parent, guest ? &said : NULL, out);
}

/* The base relies on a unit. */
static int check_served(const struct uapi *uapi, uint16_t owner, uint16_t device)
{
	int error = plugin_check_device(uapi, owner, device);
	return error || device_unit(uapi, device) ? error : -ENOTTY;
}

int plugin_base_vdevice(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t id)
{
	struct uapi *uapi = plugin_uapi(call);
	int error = check_served(uapi, owner, device);
	if (error || !uapi->plugin->base->vdevice)
		return error ? error : -ENOTTY;
	return uapi->plugin->base->vdevice(uapi, owner, device, id);
}

int plugin_base_invalidate(iosim_call *call, iosim_owner owner, const iosim_invalidation *what)
{
	struct uapi *uapi = plugin_uapi(call);
	struct uapi_invalidation request;
	int error = inner_invalidation(what, &request);
	if (!error)
		error = request.of == UAPI_OF_DEVICE ? check_served(uapi, owner, request.device)
						     : plugin_check_owner(uapi, owner);
	if (error || !uapi->plugin->base->invalidate)
		return error ? error : -ENOTTY;
	return uapi->plugin->base->invalidate(uapi, owner, &request);
}

int plugin_base_pasid_table(iosim_call *call, iosim_owner owner, iosim_device device, const iosim_guest_table *table,
			    iosim_space *out)
{
	struct uapi *uapi = plugin_uapi(call);
	struct uapi_guest_table said = {
		.parent = table->parent, .guest = inner_guest(&table->guest), .faults = table->faults};
	int error = plugin_check_for_spaces(uapi, owner, device);
	*out = 0;
	if (error || !uapi->plugin->base->pasid_table || !device_unit(uapi, device))
		return error ? error : -ENOTTY;
	return uapi->plugin->base->pasid_table(uapi, owner, device, &said, out);
}
