/* SPDX-License-Identifier: MIT */
/*
 * Ranges that are not PAGE_UNTRUSTED, sorted, disjoint, and merged where they can be: one way to write each content.
 */
#include "hw/page_state.h"

#include "base/assert.h"

#include <glib.h>
#include <string.h>

#define PAGE_BYTES UINT64_C(4096)

struct range {
	uint64_t first, last;
	uint64_t gpa; /* of `first` */
	uint16_t owner;
	uint8_t state;
	uint8_t zero[5];
};

struct range_list { /* state */
	uint64_t count;
	struct range ranges[PAGE_STATE_RANGES_MAX + 2]; /* a cut may need two more than are left in the end */
};

struct page_states {
	struct arena *arena;
	struct range_list *list;
};

static size_t bytes_of(uint64_t count)
{
	return offsetof(struct range_list, ranges) + count * sizeof(struct range);
}

struct page_states *page_states_new(struct arena *arena)
{
	struct page_states *states = g_new0(struct page_states, 1);

	states->arena = arena;
	states->list = arena_block(arena, "page states", sizeof *states->list, ARENA_HASHED);
	arena_block_used(arena, states->list, bytes_of(0));
	return states;
}

void page_states_free(struct page_states *states)
{
	g_free(states);
}

/* The first range that ends at or behind the address. */
static uint32_t from(const struct range_list *list, uint64_t pa)
{
	uint32_t low = 0, high = (uint32_t)list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (list->ranges[middle].last < pa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct page_row page_states_get(const struct page_states *states, uint64_t pa)
{
	uint32_t at = from(states->list, pa);
	const struct range *range = &states->list->ranges[at];

	if (at == states->list->count || range->first > pa)
		return (struct page_row){.state = PAGE_UNTRUSTED};
	bool mine = range->state == PAGE_PRIVATE;
	return (struct page_row){.state = (enum page_state)range->state,
				 .owner = range->owner,
				 .gpa = mine ? range->gpa + (pa - pa % PAGE_BYTES - range->first) : 0};
}

bool page_states_allow(const struct page_states *states, uint64_t pa, enum page_world as)
{
	bool untrusted = page_states_get(states, pa).state == PAGE_UNTRUSTED;

	return untrusted == (as == PAGE_WORLD_UNTRUSTED);
}

void page_states_each(const struct page_states *states,
		      void (*fn)(void *context, uint64_t first, uint64_t last, const struct page_row *row),
		      void *context)
{
	for (uint64_t i = 0; i < states->list->count; i++) {
		const struct range *range = &states->list->ranges[i];
		struct page_row row = {
			.state = (enum page_state)range->state, .owner = range->owner, .gpa = range->gpa};

		fn(context, range->first, range->last, &row);
	}
}

/* The part of the range from `first` on. */
static struct range tail_of(struct range range, uint64_t first)
{
	if (range.state == PAGE_PRIVATE)
		range.gpa += first - range.first;
	range.first = first;
	return range;
}

static bool continues(const struct range *a, const struct range *b)
{
	return a->last + 1 == b->first && a->state == b->state && a->owner == b->owner &&
	       (a->state != PAGE_PRIVATE || a->gpa + (b->first - a->first) == b->gpa);
}

/* Appends to what will be the list; joined to the last one if it continues that. */
static void append(struct range *ranges, uint32_t *count, struct range range)
{
	if (*count && continues(&ranges[*count - 1], &range))
		ranges[*count - 1].last = range.last;
	else
		ranges[(*count)++] = range;
}

bool page_states_set(struct page_states *states, uint64_t pa, uint64_t bytes, const struct page_row *row)
{
	struct range_list *list = states->list;
	uint64_t last = pa + (bytes - 1);

	IOSIM_ASSERT(pa % PAGE_BYTES == 0 && bytes % PAGE_BYTES == 0 && bytes > 0 && last >= pa);
	/* What is around the place may be joined to it: the neighbours are written again too. */
	uint32_t begin = from(list, pa), end = begin, count = 0;
	struct range around[6];

	if (begin > 0)
		append(around, &count, list->ranges[--begin]);
	if (end < list->count && list->ranges[end].first < pa) {
		struct range head = list->ranges[end];
		head.last = pa - 1;
		append(around, &count, head);
	}
	if (row->state != PAGE_UNTRUSTED) {
		bool mine = row->state == PAGE_PRIVATE;
		append(around, &count,
		       (struct range){.first = pa,
				      .last = last,
				      .gpa = mine ? row->gpa : 0,
				      .owner = mine ? row->owner : 0,
				      .state = (uint8_t)row->state});
	}
	while (end < list->count && list->ranges[end].first <= last) {
		if (list->ranges[end].last > last)
			append(around, &count, tail_of(list->ranges[end], last + 1));
		end++;
	}
	if (end < list->count)
		append(around, &count, list->ranges[end++]);
	uint64_t after = list->count - (end - begin) + count;
	if (after > PAGE_STATE_RANGES_MAX)
		return false;
	uint64_t most = after > list->count ? after : list->count;
	arena_block_used(states->arena, list, bytes_of(most));
	memmove(&list->ranges[begin + count], &list->ranges[end], (list->count - end) * sizeof(struct range));
	memcpy(&list->ranges[begin], around, count * sizeof(struct range));
	if (after < list->count)
		memset(&list->ranges[after], 0, (list->count - after) * sizeof(struct range));
	list->count = after;
	arena_block_used(states->arena, list, bytes_of(after));
	return true;
}
