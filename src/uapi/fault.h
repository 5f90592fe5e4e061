/* SPDX-License-Identifier: MIT */
/*
 * Page requests and stalled transactions, as drivers/iommu/io-pgfault.c hands them on: those of a process's address
 * space are served at once, those of a user's own space wait for the user. An error of one request of a group is the
 * answer to the whole group.
 */
#ifndef IOSIM_UAPI_FAULT_H
#define IOSIM_UAPI_FAULT_H

#include "uapi/state.h"

/*
 * A PASID (PASID_NONE too) leaves its page table: with KNOB_PRQ_DRAIN what waits for an answer is refused, and nothing
 * is under way. What is in a queue of the user's is refused in any case.
 */
void fault_drain(struct uapi *uapi, uint16_t device, uint32_t pasid);
/* Another page table in place of one: what came through the old one and is in a queue of the user's is refused. */
void fault_abandon(struct uapi *uapi, uint16_t device, uint32_t pasid);
/* The device is not there any more: nobody is left to be answered. */
void fault_forget(struct uapi *uapi, uint16_t device);

/* For fault_queue.c: a row that waits; whether it is what has to be answered; the answer. */
static inline struct uapi_pending *fault_pending(const struct uapi *uapi, uint32_t slot)
{
	return arena_slot(uapi->arena, uapi->pending, slot);
}

/* The last of its group, or a transaction. */
static inline bool fault_ends_group(const struct driver_fault *fault)
{
	return fault->request.last || fault->stalled;
}
void fault_answer(struct uapi *uapi, uint16_t unit, const struct uapi_answer *answer);

/* fault_queue.c: a request comes into the queue. False: there is no room. */
bool fault_enqueue(struct uapi *uapi, space_handle queue, uint16_t unit, uint16_t device,
		   const struct driver_fault *fault);
/* A group of it is answered: its rows go. */
void fault_dequeue(struct uapi *uapi, space_handle queue, uint32_t group);

#endif
