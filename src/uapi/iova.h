/* SPDX-License-Identifier: MIT */
/*
 * Addresses that the kernel or a front end picks: the lowest that fit. They keep away from page 0, from the windows in
 * which bridges decode bus addresses, and from what the caller has to avoid (interrupt window, reserved ranges).
 */
#ifndef IOSIM_UAPI_IOVA_H
#define IOSIM_UAPI_IOVA_H

#include "uapi/area.h"

#include <stdbool.h>
#include <stdint.h>

struct iova_wish {
	uint32_t set;         /* whose areas are taken */
	uint64_t bytes;       /* at least 1 */
	uint64_t align;       /* a power of two, at least 4096 */
	uint64_t first, last; /* addresses that the domain can translate */
	/* Whether something else keeps [first, last] from being used; *end: last byte of what does. */
	bool (*avoid)(void *context, uint64_t first, uint64_t last, uint64_t *end);
	void *context;
};

/* *hint: no page below it is free; 0 where nothing is known. False: there is no room. */
bool iova_pick(const struct areas *areas, const struct iova_wish *wish, uint64_t *hint, uint64_t *iova);

#endif
