/* SPDX-License-Identifier: MIT */
#include "uapi/bounce.h"

#include <errno.h>

bool bounce_is_wanted(const struct uapi *uapi, uint16_t device, uint64_t pa, uint64_t bytes)
{
	return !uapi->machine->devices[device].trusted && ((pa | bytes) & (UNIT_PAGE_BYTES - 1));
}

int bounce_begin(struct uapi *uapi, uint64_t pa, uint64_t bytes, uint64_t *slot)
{
	const struct uapi_platform *platform = &uapi->platform;
	*slot = bytes <= BOUNCE_MAX_BYTES && platform->bounce ? platform->bounce(platform->context, pa, bytes) : 0;
	return *slot ? 0 : -ENOMEM;
}

void bounce_end(struct uapi *uapi, uint64_t slot, uint64_t pa, uint64_t bytes, bool written)
{
	uapi->platform.bounce_back(uapi->platform.context, slot, pa, bytes, written);
}

void bounce_sync(struct uapi *uapi, uint64_t slot, uint64_t pa, uint64_t bytes, bool to_slot)
{
	uapi->platform.bounce_sync(uapi->platform.context, slot, pa, bytes, to_slot);
}
