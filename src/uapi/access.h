/* SPDX-License-Identifier: MIT */
/*
 * Pages that drivers of mediated devices hold: vfio_pin_pages(), over type1's software table or an access object of
 * iommufd. A pin names an mdev and a page of the space that the mdev is attached to.
 *
 * A space that loses mappings asks the drivers first: the pages are theirs until they have let go of them.
 */
#ifndef IOSIM_UAPI_ACCESS_H
#define IOSIM_UAPI_ACCESS_H

#include "uapi/state.h"

/* Whether the device is an mdev that is open, beside a kernel driver: the errors of uapi_pin() about that. */
int access_may_pin(struct uapi *uapi, uint16_t device);
/* The area behind the page in the space that the mdev is attached to; NULL: none, or it is attached to nothing. */
const struct area *access_area(const struct uapi *uapi, uint16_t device, uint64_t iova);
/* Pins the page of the area at `iova`. -EFAULT: no memory is behind it; -ENOMEM: UAPI_MAX_PINS are in use. */
int access_pin(struct uapi *uapi, uint16_t device, uint64_t iova, const struct area *area, struct uapi_target *target);
/* Tells the drivers that have pages of [first, last] pinned, up to `tries` times. False: some are pinned still. */
bool access_let_go(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last, unsigned tries);
/* Areas of [first, last] with a page that is pinned let no access in again, although they stay. */
void access_deny(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last);
/* The mdev is closed, or leaves its space. */
void access_end(struct uapi *uapi, uint16_t device);

#endif
