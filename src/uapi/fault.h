/* SPDX-License-Identifier: MIT */
/*
 * Page requests and stalled transactions, as drivers/iommu/io-pgfault.c hands them on: those of a process's address
 * space are served at once, those of a user's own space wait for the user. An error of one request of a group is the
 * answer to the whole group.
 */
#ifndef IOSIM_UAPI_FAULT_H
#define IOSIM_UAPI_FAULT_H

#include "uapi/state.h"

/* A PASID leaves its page table: with KNOB_PRQ_DRAIN what waits for an answer is refused, and nothing is under way. */
void fault_drain(struct uapi *uapi, uint16_t device, uint32_t pasid);
/* The device is not there any more: nobody is left to be answered. */
void fault_forget(struct uapi *uapi, uint16_t device);

#endif
