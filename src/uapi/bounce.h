/* SPDX-License-Identifier: MIT */
/*
 * Bounce buffers of the DMA API. An untrusted device is to see no byte of a page that the driver did not map: a buffer
 * that shares pages with something else is copied to pages of its own, which are mapped in its stead, and what the
 * device wrote is copied back when it is unmapped (Linux commit cfb94a372f2d, "iommu/vt-d: Use bounce buffer for
 * untrusted devices", 2019-09-06). The rest of those pages is zeros.
 */
#ifndef IOSIM_UAPI_BOUNCE_H
#define IOSIM_UAPI_BOUNCE_H

#include "uapi/state.h"

#define BOUNCE_MAX_BYTES UINT64_C(0x40000) /* that a kernel's pool gives out in one piece: 128 slots of 2 KiB */

/* A buffer of the device at those bytes has to be bounced. */
bool bounce_is_wanted(const struct uapi *uapi, uint16_t device, uint64_t pa, uint64_t bytes);
/* Copies the buffer; *slot: its first byte in the copy, as far into a page as before. -ENOMEM: no room. */
int bounce_begin(struct uapi *uapi, uint64_t pa, uint64_t bytes, uint64_t *slot);
/* Gives the pages back. `written`: the device could write, and the buffer gets what is there now. */
void bounce_end(struct uapi *uapi, uint64_t slot, uint64_t pa, uint64_t bytes, bool written);
/* The buffer stays mapped: its bytes go to the copy, or come back from it. */
void bounce_sync(struct uapi *uapi, uint64_t slot, uint64_t pa, uint64_t bytes, bool to_slot);

#endif
