/* SPDX-License-Identifier: MIT */
/*
 * To whom each 4 KiB page of the physical address map belongs, as a platform with confidential guests keeps it: the
 * granule protection table of an Arm system (Arm ARM D9), the reverse map table or the physical address metadata table
 * of others. An abstract table: states and owners, no format.
 *
 * Two worlds access memory: the untrusted one (requests with T clear, the host's tables) and the trusted one (requests
 * with T set, the TSM's tables). The table says what each may reach; who asks it, when, and what a refusal is called,
 * is the platform's (hw/iommu.h for walks and translated addresses).
 *
 * State, in the arena; equal contents are equal bytes, however they came about.
 */
#ifndef IOSIM_HW_PAGE_STATE_H
#define IOSIM_HW_PAGE_STATE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGE_STATE_RANGES_MAX 4096u

enum page_state {
	PAGE_UNTRUSTED, /* the host's, or shared with it: what every page begins as */
	PAGE_PRIVATE,   /* of one confidential guest */
	PAGE_TSM,       /* the TSM's own: its tables */
};

enum page_world { PAGE_WORLD_UNTRUSTED, PAGE_WORLD_TRUSTED };

/* `owner` and `gpa` (of the page that was asked for) mean something for PAGE_PRIVATE alone; 0 otherwise. */
struct page_row {
	enum page_state state;
	uint16_t owner;
	uint64_t gpa;
};

struct page_states;

struct page_states *page_states_new(struct arena *arena);
void page_states_free(struct page_states *states);
/*
 * All pages in [pa, pa + bytes), whole pages; `row->gpa` is the first one's. False: there are PAGE_STATE_RANGES_MAX,
 * nothing was changed.
 */
bool page_states_set(struct page_states *states, uint64_t pa, uint64_t bytes, const struct page_row *row);
struct page_row page_states_get(const struct page_states *states, uint64_t pa);
/*
 * Untrusted: only what is PAGE_UNTRUSTED. Trusted: only what is not; it reaches untrusted pages as the untrusted world,
 * where its tables say so (Arm: an output address in the Non-secure physical address space).
 */
bool page_states_allow(const struct page_states *states, uint64_t pa, enum page_world as);
/* Calls `fn` for each range that is not PAGE_UNTRUSTED, in the order of addresses. */
void page_states_each(const struct page_states *states,
		      void (*fn)(void *context, uint64_t first, uint64_t last, const struct page_row *row),
		      void *context);

#endif
