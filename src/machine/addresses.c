/* SPDX-License-Identifier: MIT */
/*
 * Last phase of the layout: firmware memory lies where it was declared; objects get host physical addresses around it,
 * and for each owner guest physical and virtual addresses around those that were given. Between neighbours there is
 * always an unused page, so that what runs over the end of one object does not silently end up in the next.
 */
#include "machine/index.h"
#include "machine/layout.h"

#include <glib.h>
#include <stdlib.h>

#define PAGE     UINT64_C(4096)
#define PAGE_2M  (UINT64_C(1) << 21)
#define PAGE_1G  (UINT64_C(1) << 30)
#define GPA_LAST ((UINT64_C(1) << 52) - 1)
#define VA_LAST  ((UINT64_C(1) << 47) - 1)

struct taken {
	uint64_t first, last;
	uint16_t owner;
	uint16_t memory;
};

/* One kind of address: what was given, sorted by owner and address, and where the rest goes. */
struct addresses {
	const char *name;
	size_t value, given; /* offsets into struct machine_memory */
	uint64_t given_last; /* the highest address that may be given */
	struct {
		uint64_t first, last;
	} regions[2];
	unsigned region_count;
};

static const struct addresses guest_physical = {
	"guest physical",
	offsetof(struct machine_memory, gpa),
	offsetof(struct machine_memory, gpa_given),
	GPA_LAST,
	{{LAYOUT_GPA_LOW_FIRST, LAYOUT_GPA_LOW_LAST}, {LAYOUT_GPA_HIGH_FIRST, LAYOUT_GPA_HIGH_LAST}},
	2};
static const struct addresses virtual = {
	"virtual", offsetof(struct machine_memory, va), offsetof(struct machine_memory, va_given),
	VA_LAST,   {{LAYOUT_VA_FIRST, LAYOUT_VA_LAST}}, 1};

static uint64_t align_up(uint64_t value, uint64_t grain)
{
	return (value + grain - 1) & ~(grain - 1);
}

/* The largest page that fits into an object of this size. */
static uint64_t alignment(uint64_t bytes)
{
	return bytes >= PAGE_1G ? PAGE_1G : bytes >= PAGE_2M ? PAGE_2M : PAGE;
}

static bool in_ram(const struct machine_reserved *range)
{
	uint64_t last = range->first + (range->bytes - 1);
	return last < LAYOUT_MMIO32_FIRST || (range->first >= LAYOUT_MEMORY_FIRST && last <= LAYOUT_MEMORY_LAST);
}

static bool check_firmware(struct layout *layout)
{
	const struct machine *machine = layout->machine;
	const struct machine_index *index = machine->index;

	for (uint32_t i = 0; i < index->firmware_count; i++) {
		const struct machine_reserved *range = &machine->reserved[index->firmware[i].index];
		if (!in_ram(range))
			return layout_fail(layout, TABLE_RESERVED, index->firmware[i].index,
					   "'%s' is firmware memory, but outside RAM", range->name);
		if (i == 0)
			continue;
		const struct machine_reserved *below = &machine->reserved[index->firmware[i - 1].index];
		bool same = below->first == range->first && below->bytes == range->bytes;
		if (!same && range->first - below->first < below->bytes)
			return layout_fail(layout, TABLE_RESERVED, index->firmware[i].index, "'%s' overlaps '%s'",
					   range->name, below->name);
	}
	return true;
}

/* The longest part of LAYOUT_TABLES between firmware ranges. */
static bool find_tables(struct layout *layout)
{
	struct machine *machine = layout->machine;
	const struct machine_index *index = machine->index;
	uint64_t next = LAYOUT_TABLES_FIRST, best = 0;

	for (uint32_t i = 0; i <= index->firmware_count; i++) {
		uint64_t end = LAYOUT_TABLES_LAST + 1, after = end;
		if (i < index->firmware_count) {
			const struct machine_reserved *range = &machine->reserved[index->firmware[i].index];
			end = MIN(range->first, end);
			after = range->first + range->bytes;
		}
		if (end > next && end - next > best) {
			best = end - next;
			machine->tables_first = next;
			machine->tables_last = end - 1;
		}
		next = MAX(next, after);
	}
	if (best == 0)
		return layout_fail(layout, TABLE_RESERVED, index->firmware[0].index,
				   "firmware memory leaves no room for IOMMU structures");
	return true;
}

static bool place_hosts(struct layout *layout)
{
	struct machine *machine = layout->machine;
	const struct machine_index *index = machine->index;
	uint64_t next = LAYOUT_MEMORY_FIRST;
	uint32_t firmware = 0;

	for (uint32_t i = 0; i < machine->memory_count; i++) {
		struct machine_memory *memory = &machine->memories[i];
		uint64_t first = align_up(next, alignment(memory->bytes));
		/* Past each firmware range that begins before the object would end. */
		for (; firmware < index->firmware_count; firmware++) {
			const struct machine_reserved *range = &machine->reserved[index->firmware[firmware].index];
			if (range->first >= first && range->first - first > memory->bytes)
				break;
			if (range->first + range->bytes >= first)
				first = align_up(range->first + range->bytes + PAGE, alignment(memory->bytes));
		}
		if (first > LAYOUT_MEMORY_LAST || memory->bytes - 1 > LAYOUT_MEMORY_LAST - first)
			return layout_fail(layout, TABLE_MEMORY, i, "no physical memory is left for '%s'",
					   memory->name);
		memory->hpa = first;
		next = first + memory->bytes + PAGE;
	}
	return true;
}

static int compare_taken(const void *left, const void *right)
{
	const struct taken *a = left, *b = right;

	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->memory < b->memory ? -1 : a->memory > b->memory;
}

static bool address_given(const struct addresses *kind, const struct machine_memory *memory)
{
	return *(const bool *)((const char *)memory + kind->given);
}

static uint64_t *address_of(const struct addresses *kind, struct machine_memory *memory)
{
	return (uint64_t *)(void *)((char *)memory + kind->value);
}

/* Fills `taken` with the given addresses, sorted; *count of them. */
static bool collect_given(struct layout *layout, const struct addresses *kind, struct taken *taken, uint32_t *count)
{
	struct machine *machine = layout->machine;

	*count = 0;
	for (uint32_t i = 0; i < machine->memory_count; i++) {
		struct machine_memory *memory = &machine->memories[i];
		if (!address_given(kind, memory))
			continue;
		uint64_t first = *address_of(kind, memory);
		if (first > kind->given_last || memory->bytes - 1 > kind->given_last - first)
			return layout_fail(layout, TABLE_MEMORY, i, "'%s' goes beyond the last %s address",
					   memory->name, kind->name);
		taken[(*count)++] = (struct taken){first, first + memory->bytes - 1, memory->owner, (uint16_t)i};
	}
	qsort(taken, *count, sizeof *taken, compare_taken);
	for (uint32_t i = 1; i < *count; i++) {
		if (taken[i].owner == taken[i - 1].owner && taken[i].first <= taken[i - 1].last)
			return layout_fail(layout, TABLE_MEMORY, taken[i].memory, "'%s' overlaps '%s' in %s addresses",
					   machine->memories[taken[i].memory].name,
					   machine->memories[taken[i - 1].memory].name, kind->name);
	}
	return true;
}

/* Of each owner: how far it has got. */
struct cursor {
	uint64_t next;
	uint32_t taken, taken_end; /* given addresses that are not yet passed */
	unsigned region;
	bool begun;
};

static void begin_cursor(struct cursor *cursor, const struct addresses *kind)
{
	if (cursor->begun)
		return;
	cursor->begun = true;
	cursor->next = kind->regions[0].first;
}

/* The next free place of that size for the owner; false: there is none. */
static bool place(struct cursor *cursor, const struct addresses *kind, const struct taken *taken, uint64_t bytes,
		  uint64_t *place)
{
	uint64_t grain = alignment(bytes);

	for (;;) {
		uint64_t first = align_up(cursor->next, grain);
		uint64_t last = kind->regions[cursor->region].last;
		if (first > last || bytes - 1 > last - first) {
			if (cursor->region + 1 == kind->region_count)
				return false;
			cursor->next = kind->regions[++cursor->region].first;
			continue;
		}
		while (cursor->taken < cursor->taken_end && taken[cursor->taken].last + PAGE < first)
			cursor->taken++;
		if (cursor->taken == cursor->taken_end || taken[cursor->taken].first > first + bytes) {
			*place = first;
			cursor->next = first + bytes + PAGE;
			return true;
		}
		cursor->next = taken[cursor->taken].last + 1 + PAGE;
	}
}

static bool place_addresses(struct layout *layout, const struct addresses *kind)
{
	struct machine *machine = layout->machine;
	g_autofree struct taken *taken = g_new(struct taken, machine->memory_count + 1);
	g_autofree struct cursor *cursors = g_new0(struct cursor, machine->owner_count);
	uint32_t count;

	if (!collect_given(layout, kind, taken, &count))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (i == 0 || taken[i].owner != taken[i - 1].owner)
			cursors[taken[i].owner].taken = i;
		cursors[taken[i].owner].taken_end = i + 1;
	}
	for (uint32_t i = 0; i < machine->memory_count; i++) {
		struct machine_memory *memory = &machine->memories[i];
		struct cursor *cursor = &cursors[memory->owner];
		begin_cursor(cursor, kind);
		if (!address_given(kind, memory) &&
		    !place(cursor, kind, taken, memory->bytes, address_of(kind, memory)))
			return layout_fail(layout, TABLE_MEMORY, i, "no %s address is left for '%s'", kind->name,
					   memory->name);
	}
	return true;
}

bool layout_addresses(struct layout *layout)
{
	return check_firmware(layout) && find_tables(layout) && place_hosts(layout) &&
	       place_addresses(layout, &guest_physical) && place_addresses(layout, &virtual);
}
