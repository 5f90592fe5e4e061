/* SPDX-License-Identifier: MIT */
/*
 * Nesting as the proposals of 2021 have it: a space is made to be nested in another, and devices that are attached to
 * that one are then attached to the new one as well. With a guest's table hardware walks both; without, the kernel
 * composes them (shadow.h).
 *
 * Neither proposal says of a space that it will be a parent. It matters where the unit's second stages are tables of
 * another kind, so a guest's table wants a space that was made for it.
 */
#include "uapi/guest_table.h"
#include "uapi/route.h"
#include "uapi/space.h"

#include <errno.h>

#define NO_PASID UINT32_MAX /* as PASID_NONE */

int route_nest(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
	       space_handle *out)
{
	const struct space *space = space_get(uapi, owner, parent);
	if (!space)
		return -ENOENT;
	int error = route_commands(uapi, owner, parent);
	if (error)
		return error;
	if (space->parent || (guest && !(space->flags & SPACE_PARENT)))
		return -EINVAL;
	return space_nest(uapi, parent, guest, out);
}

/* --- invalidation --- */

/* What the device has cached by itself. VT-d's driver does that with the range. */
static int forget_in_device(struct uapi *uapi, uint16_t device, space_handle space,
			    const struct uapi_invalidation *what)
{
	struct driver *driver = device_unit(uapi, device);
	struct guest_invalidation command = {.what = GUEST_FORGETS_DEVTLB,
					     .stream = uapi->machine->devices[device].stream,
					     .pasid = NO_PASID,
					     .first = what->first,
					     .last = what->last};
	if (uapi->devices[device].space != space || !driver || driver->ops->kind != IOMMU_SMMUV3)
		return 0;
	const struct space_domain *domain = space_domain_for(uapi, space, device);
	return domain ? driver->ops->guest_invalidate(driver, domain->domain, &command) : 0;
}

int route_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what)
{
	bool of_space = what->of == UAPI_OF_SPACE;
	int error = of_space ? route_commands(uapi, owner, what->space) : 0;
	if (!error)
		error = guest_table_invalidate(uapi, owner, what);
	for (uint32_t i = 0; of_space && !error && i < uapi->machine->device_count; i++)
		error = forget_in_device(uapi, (uint16_t)i, what->space, what);
	return error;
}
