/* SPDX-License-Identifier: MIT */
/* Type1's rules of mapping and pinning, which the proposals of 2021 took over as they were. */
#ifndef IOSIM_UAPI_TYPE1_H
#define IOSIM_UAPI_TYPE1_H

#include "uapi/uapi.h"

/* As in struct uapi_front_end. -EEXIST: it overlaps; -EINVAL: no place for it, or an unmap would cut an area. */
int type1_map(struct uapi *uapi, uint16_t owner, space_handle handle, uint64_t iova, struct uapi_target target,
	      uint64_t bytes, unsigned permissions);
int type1_unmap(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes,
		uint64_t *unmapped);
/* -EINVAL: not mapped; -EPERM: not with these permissions. */
int type1_pin(struct uapi *uapi, uint16_t device, uint64_t iova, unsigned permissions, struct uapi_target *target);

#endif
