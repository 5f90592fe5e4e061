/* SPDX-License-Identifier: MIT */
/*
 * A guest's whole table of PASIDs: an owner hands a device's over, and hardware walks it. The host writes nothing in
 * it. Whether it knows what is in there is KNOB_GUEST_TABLES:
 *
 *   delegated   the table is a container: a request about a PASID or from one bears the device's label, and that is all
 *               that it takes to hand it on
 *   all         each table of the guest's is registered for its PASID as well (an attach of a nested space, which
 *               changes nothing in hardware); what has a PASID that is not, is nobody's
 */
#ifndef IOSIM_UAPI_GUEST_TABLE_H
#define IOSIM_UAPI_GUEST_TABLE_H

#include "uapi/state.h"

/*
 * A nested space for the guest's table, and the device attached to it in place of what it is attached to. -EINVAL: not
 * the owner's device, or the parent is none; -ENOENT: no such parent; -ENODEV: its page requests are to be answered,
 * and it has none; what attach or replace say.
 */
int guest_table_delegate(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
			 space_handle *out);
/* The device's PASIDs are in a table of its guest's. */
bool guest_table_owns(const struct uapi *uapi, uint16_t device);
/* Such a device's PASID cannot be given a space: nobody registers any. */
bool guest_table_refuses(const struct uapi *uapi, uint16_t device);
/* The host can tell whose it is. Of a device without such a table: yes. */
bool guest_table_knows(const struct uapi *uapi, uint16_t device, uint32_t pasid);
/* The space whose owner is asked about a page request of the device with that PASID; 0: nobody. */
space_handle guest_table_asks(const struct uapi *uapi, uint16_t device, uint32_t pasid);

/* struct uapi_front_end's call for the proposals, which have no virtual devices. */
int guest_table_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what);
/* The proposals: the device is on the parent before it is on the child. -EINVAL: it is elsewhere. */
int guest_table_delegate_attached(struct uapi *uapi, uint16_t owner, uint16_t device,
				  const struct uapi_guest_table *table, space_handle *out);

#endif
