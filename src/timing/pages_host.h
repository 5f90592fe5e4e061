/* SPDX-License-Identifier: MIT */
/*
 * The host of a requester that may translate ahead and ask for pages, and what its kernel does with the unit's queues.
 * VT-d: scalable mode, requests without PASID have a second stage (9.4, RID_PASID); page requests come in the page
 * request queue (7.4), responses go out through the invalidation queue (7.6.1), each with a wait descriptor behind it.
 * SMMUv3: stage 1, EATS 0b01; the PRI queue (IHI 0070 chapter 8), and a CMD_PRI_RESP that nothing follows. It takes no
 * time here.
 */
#ifndef IOSIM_TIMING_PAGES_HOST_H
#define IOSIM_TIMING_PAGES_HOST_H

#include "timing/host.h"

#define PAGES_MIN_QUEUE_VTD 128u /* 11.4.11.3, PQS 0: a page of entries of 32 bytes */
#define PAGES_MAX_QUEUE     4096u

struct pages_host {
	struct timing_host host;
	bool vtd;
	uint32_t queue; /* entries of the page request queue, a power of two */
	struct pages_host_state {
		uint32_t tail; /* of the queue that responses go through: entry; SMMUv3: index with its wrap bit */
	} * state;
};

/* Nothing is mapped. timing_host_clear() of `host` clears it. */
void pages_host_init(struct pages_host *pages, const struct timing_profile *profile, uint32_t queue);
/* Entries in the page request queue. */
uint32_t pages_host_waiting(const struct pages_host *pages);
/* Takes the first entry out of the page request queue. False: there is none. */
bool pages_host_take(const struct pages_host *pages, struct page_request *request);
/* VT-d: PRO, SMMUv3: an overflow that is not acknowledged. */
bool pages_host_overflowed(const struct pages_host *pages);
/* Software has seen it: the unit takes requests again. */
void pages_host_acknowledge(const struct pages_host *pages);
/* Posts a response; `word` is VT-d's status word for it. There is room. */
void pages_host_respond(const struct pages_host *pages, const struct page_request *request, uint32_t word);
/* VT-d: whether the wait descriptor behind the last response with that word is done. */
bool pages_host_is_done(const struct pages_host *pages, uint32_t word);

#endif
