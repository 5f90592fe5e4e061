/* SPDX-License-Identifier: MIT */
#include "uapi/guest_table.h"

#include "uapi/features.h"
#include "uapi/iommufd_nest.h"
#include "uapi/pasid.h"
#include "uapi/space.h"

#include <errno.h>

#define NO_PASID UINT32_MAX /* as PASID_NONE */

static bool tracks_all(const struct uapi *uapi)
{
	return uapi->rules.value[KNOB_GUEST_TABLES] == GUEST_TABLES_ALL;
}

bool guest_table_owns(const struct uapi *uapi, uint16_t device)
{
	space_handle space = uapi->devices[device].space;
	return space && space_of(uapi, space)->delegated;
}

bool guest_table_refuses(const struct uapi *uapi, uint16_t device)
{
	return guest_table_owns(uapi, device) && !tracks_all(uapi);
}

bool guest_table_knows(const struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	return !guest_table_owns(uapi, device) || !tracks_all(uapi) || pasid == NO_PASID ||
	       pasid_find(uapi, device, pasid);
}

space_handle guest_table_asks(const struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	if (guest_table_owns(uapi, device))
		return guest_table_knows(uapi, device, pasid) ? uapi->devices[device].space : 0;
	uint32_t slot = pasid_find(uapi, device, pasid);
	if (slot)
		return pasid_slot(uapi, slot)->space;
	/* Without PASID: those of a page table that has a queue for them. */
	space_handle space = pasid == NO_PASID ? uapi->devices[device].space : 0;
	return space && space_of(uapi, space)->queue ? space : 0;
}

/* --- delegating --- */

static int may_delegate(const struct uapi *uapi, uint16_t owner, uint16_t device, space_handle parent)
{
	const struct space *space = space_get(uapi, owner, parent);
	if (uapi->devices[device].user != owner || device_is_mdev(uapi, device))
		return -EINVAL;
	if (!space)
		return -ENOENT;
	return space->flags & SPACE_PARENT ? 0 : -EINVAL;
}

static int move_in(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space)
{
	return uapi->devices[device].space ? uapi->front->replace(uapi, owner, device, space)
					   : uapi->front->attach(uapi, owner, device, space);
}

/* Back to where it was, or to where a device goes that is attached to nothing. */
static void move_back(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle before)
{
	if (before)
		uapi->front->replace(uapi, owner, device, before);
	else
		uapi->front->detach(uapi, owner, device);
}

int guest_table_delegate(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
			 space_handle *out)
{
	space_handle before = uapi->devices[device].space;
	int error = may_delegate(uapi, owner, device, table->parent);
	if (!error)
		error = space_nest(uapi, table->parent, &table->guest, out);
	if (error)
		return error;
	space_of(uapi, *out)->delegated = true;
	space_of(uapi, *out)->flags |= table->faults ? SPACE_FAULTS : 0;
	error = move_in(uapi, owner, device, *out);
	if (!error && table->faults) {
		features_want_faults(uapi, device);
		error = features_have_faults(uapi, device) ? 0 : -ENODEV;
		if (error)
			move_back(uapi, owner, device, before);
	}
	if (error)
		space_free(uapi, *out);
	return error;
}

int guest_table_delegate_attached(struct uapi *uapi, uint16_t owner, uint16_t device,
				  const struct uapi_guest_table *table, space_handle *out)
{
	space_handle before = uapi->devices[device].space;
	int error = before ? 0 : uapi_attach(uapi, owner, device, table->parent);
	if (error)
		return error;
	if (uapi->devices[device].user == owner && before && before != table->parent)
		return -EINVAL;
	error = guest_table_delegate(uapi, owner, device, table, out);
	if (error && !before)
		uapi->front->detach(uapi, owner, device);
	return error;
}

int uapi_pasid_table(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
		     space_handle *out)
{
	int error = uapi_enter_device(uapi, device);
	if (error)
		return error;
	if (!uapi->front->pasid_table || device_kernel_driven(uapi, device) || !device_unit(uapi, device))
		return -ENOTTY;
	return uapi->front->pasid_table(uapi, owner, device, table, out);
}

/* --- the proposals' calls --- */

/* A device is named by its label, which is the user's word for it: there are no numbers of the guest's. */
int guest_table_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	if (what->of == UAPI_OF_ID)
		return -ENOTTY;
	return nest_invalidate(uapi, owner, what);
}
