/* SPDX-License-Identifier: MIT */
/*
 * What the specifications leave to hardware, choice by choice, for whoever looks at all of it. A unit by itself decides
 * in one way: it keeps what it may keep, fetches what requests ask for, and works in the order of its queue.
 *
 * Caches. An entry may go at any time, and what a request would find may be fetched before the request is there:
 * translations as long as the unit is enabled (VT-d 6.2, IHI 0070 3.21.1), configuration that can be reached (IHI 0070
 * 3.21.3). What is fetched is what a read would leave behind: no fault of a translation that the kind does not keep
 * (VT-d 6.1: with CAP.CM alone), no flag that says that something was written. Configuration comes with a translation
 * alone.
 *
 * Queues. What was consumed and waits for nothing is completed in any order that VT-d 6.5.2.12 and IHI 0070 4.8 leave,
 * at any time. VT-d's wait descriptors are completed in their order.
 */
#ifndef IOSIM_HW_FREE_H
#define IOSIM_HW_FREE_H

#include <stdbool.h>
#include <stdint.h>

enum cache_layer {
	CACHED_TRANSLATION, /* IOTLB, TLB */
	CACHED_CONTEXT,     /* VT-d: context entry; SMMUv3: STE */
	CACHED_PASID,       /* VT-d: PASID-table entry; SMMUv3: STE and CD together, of a stream and substream */
	CACHE_LAYERS
};

/* Something that a unit could do by itself now. */
struct unit_turn {
	uint32_t place;   /* of the consumed command, from 0; UNIT_TURN_NEXT: what advance() would do */
	bool silent;      /* nobody but the unit's own driver can ever tell whether it was done */
	const char *what; /* a word for it: "iotlb" */
};
#define UNIT_TURN_NEXT UINT32_MAX
#define UNIT_TURNS_MAX 40u

#endif
