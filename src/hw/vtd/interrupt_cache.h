/* SPDX-License-Identifier: MIT */
/*
 * The interrupt entry cache (6.4): whole entries of the interrupt remapping table, by interrupt index. In the arena;
 * within a set the order of the entries is the order of their last use.
 */
#ifndef IOSIM_HW_VTD_INTERRUPT_CACHE_H
#define IOSIM_HW_VTD_INTERRUPT_CACHE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define VTD_INTERRUPT_CACHE_WAYS 4
#define VTD_INTERRUPT_CACHE_SETS 8

struct vtd_interrupt_entry {
	uint32_t tag; /* interrupt index and VTD_TAG_VALID; 0: free */
	uint32_t zero;
	uint64_t words[2];
};

struct vtd_interrupt_cache {
	struct vtd_interrupt_entry *entries; /* NULL: there is none */
};

void vtd_interrupt_cache_init(struct vtd_interrupt_cache *cache, struct arena *arena);
/* The words of the entry, until the next call for this cache; NULL: not cached. */
const uint64_t *vtd_interrupt_cache_find(const struct vtd_interrupt_cache *cache, uint16_t index);
void vtd_interrupt_cache_keep(const struct vtd_interrupt_cache *cache, uint16_t index, const uint64_t words[2]);
/* Entries of the indexes [first, last] go. */
void vtd_interrupt_cache_drop(const struct vtd_interrupt_cache *cache, uint16_t first, uint16_t last);

#endif
