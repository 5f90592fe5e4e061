/* SPDX-License-Identifier: MIT */
/*
 * Sets of a set-associative cache: arrays of `ways` entries whose order is the order of their last use, so that there
 * is no counter to store. Used entries come first; a free one is all zeros. Each operation works on any entry type.
 */
#ifndef IOSIM_HW_WAYS_H
#define IOSIM_HW_WAYS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The number of sets: a power of two, so that there are at least `entries` entries, `most` at most. */
static inline uint32_t ways_sets(uint32_t entries, uint32_t ways, uint32_t most)
{
	uint32_t sets = 1;

	while (sets * ways < entries && sets * ways < most)
		sets *= 2;
	return sets;
}

/* The set for a key; `mask`: the number of sets less 1. */
static inline size_t ways_set(uint64_t key, uint32_t mask)
{
	return (size_t)((uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask);
}

/* Entry `way` becomes the first. entry_bytes <= 128. */
static inline void ways_use(void *set, unsigned way, size_t entry_bytes)
{
	unsigned char used[128], *first = set;

	if (way == 0)
		return;
	memcpy(used, first + way * entry_bytes, entry_bytes);
	memmove(first + entry_bytes, first, way * entry_bytes);
	memcpy(first, used, entry_bytes);
}

/* Makes room for a new first entry; the last one is lost. */
static inline void ways_push(void *set, unsigned ways, size_t entry_bytes)
{
	memmove((unsigned char *)set + entry_bytes, set, (ways - 1) * entry_bytes);
}

/* Takes entry `way` out; those after it move up. */
static inline void ways_remove(void *set, unsigned way, unsigned ways, size_t entry_bytes)
{
	unsigned char *at = (unsigned char *)set + way * entry_bytes;

	memmove(at, at + entry_bytes, (ways - 1 - way) * entry_bytes);
	memset((unsigned char *)set + (ways - 1) * entry_bytes, 0, entry_bytes);
}

#endif
