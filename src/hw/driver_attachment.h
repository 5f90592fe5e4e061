/* SPDX-License-Identifier: MIT */
/*
 * Which domain serves which requester: (stream, PASID), a driver's own record of what it wrote into the unit's
 * structures. An array in the order of streams, and of PASIDs in a stream, PASID_NONE first: equal contents are equal
 * bytes, whatever came before.
 *
 * An index holds until the next change. The hook may call the driver again: whoever lets it goes on with
 * driver_attachments_after() what it met last.
 */
#ifndef IOSIM_HW_DRIVER_ATTACHMENT_H
#define IOSIM_HW_DRIVER_ATTACHMENT_H

#include "hw/driver.h"
#include "hw/request.h"

#define DRIVER_ATTACHMENTS_MAX 131072u

struct driver_attachment {
	uint32_t stream;
	uint32_t pasid; /* PASID_NONE: of requests without PASID */
	domain_handle domain;
};

struct driver_attachments { /* arena block */
	uint32_t count;
	uint32_t with_pasid; /* of them */
	struct driver_attachment list[DRIVER_ATTACHMENTS_MAX];
};

/* Defines the region. */
struct driver_attachments *driver_attachments_new(struct arena *arena);
/* 0: none. */
domain_handle driver_attached_domain(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid);
/* Whether that one can be set to any domain. */
bool driver_attachment_has_room(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid);
/* Removes all. */
void driver_attachments_forget(struct arena *arena, struct driver_attachments *attachments);
/* domain 0: it is removed. There must be room. */
void driver_attachment_set(struct arena *arena, struct driver_attachments *attachments, uint32_t stream, uint32_t pasid,
			   domain_handle domain);
/* The index of the first that is (stream, pasid) or comes after it; `count` if there is none. */
uint32_t driver_attachments_from(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid);
/* The index of the first that comes after (stream, pasid). */
uint32_t driver_attachments_after(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid);

#endif
