/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side: drivers that are bound to devices, and the DMA API that they map with. A device without IOMMU, or
 * whose default domain is the identity, gets the address of the memory itself.
 *
 * Lazy: an unmap clears the entries and queues the addresses; a flush makes them free again. It happens when somebody
 * says so (kdma_flush), when the queue is full, and when there is no address left.
 */
#ifndef IOSIM_UAPI_KDMA_H
#define IOSIM_UAPI_KDMA_H

#include "uapi/state.h"

/*
 * A kernel driver probes the device. In a group that a user owns KNOB_LATE_BIND decides: UAPI_CRASH, -EBUSY, or nobody
 * looks.
 */
int kdma_bind(struct uapi *uapi, uint16_t device, uint16_t for_owner);
/* What it still has mapped stays mapped, and its memory is nobody's any more. */
void kdma_unbind(struct uapi *uapi, uint16_t device);
/*
 * -ENODEV: no driver is bound; -EPERM: it is not the owner's; -EINVAL; -ENOMEM: no address is left, or no room for
 * the copy of a buffer that shares pages, which an untrusted device gets instead. Errors of the driver.
 */
int kdma_map(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_target target, uint64_t bytes,
	     unsigned permissions, uint64_t *iova);
/* -EINVAL: that was not mapped, or not just that. -ETIMEDOUT: still mapped. */
int kdma_unmap(struct uapi *uapi, uint16_t owner, uint16_t device, uint64_t iova, uint64_t bytes);
/* As uapi_dma_sync(). */
int kdma_sync(struct uapi *uapi, uint16_t owner, uint16_t device, uint64_t iova, uint64_t bytes, bool for_device);
int kdma_flush(struct uapi *uapi);
/* A default domain is about to go: no driver holds memory that is mapped in it any more. */
void kdma_drop(struct uapi *uapi, uint32_t slot);

#endif
