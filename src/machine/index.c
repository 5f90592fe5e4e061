/* SPDX-License-Identifier: MIT */
/* Sixth phase of the layout: sorted arrays for the lookups of a finished machine. */
#include "machine/index.h"

#include "machine/layout.h"

#include <glib.h>
#include <stdlib.h>

static int compare_requesters(const void *left, const void *right)
{
	const struct requester *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->port != b->port)
		return a->port ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_starts(const void *left, const void *right)
{
	const struct start *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static uint32_t requester_key(uint16_t segment, uint16_t rid)
{
	return (uint32_t)segment << 16 | rid;
}

static void collect_requesters(const struct machine *machine, struct machine_index *index)
{
	index->requesters = g_new(struct requester, machine->port_count + machine->device_count + 1);
	for (uint32_t i = 0; i < machine->port_count; i++)
		index->requesters[index->requester_count++] = (struct requester){
			requester_key(machine->ports[i].segment, machine->ports[i].rid), (uint16_t)i, true};
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		if (device->kind == DEVICE_FUNCTION || device->kind == DEVICE_VF)
			index->requesters[index->requester_count++] =
				(struct requester){requester_key(device->segment, device->rid), (uint16_t)i, false};
	}
	qsort(index->requesters, index->requester_count, sizeof *index->requesters, compare_requesters);
}

/* Of two with one ID the second in the order is at fault: ports before devices, then declaration order. */
static bool check_requesters(struct layout *layout, const struct machine_index *index)
{
	const struct machine *machine = layout->machine;

	for (uint32_t i = 1; i < index->requester_count; i++) {
		const struct requester *a = &index->requesters[i - 1], *b = &index->requesters[i];
		char text[LAYOUT_BDF_TEXT];
		if (a->key != b->key)
			continue;
		return layout_fail(layout, b->port ? TABLE_PORT : TABLE_DEVICE, b->index,
				   "'%s': BDF %s is taken by '%s'",
				   b->port ? machine->ports[b->index].name : machine->devices[b->index].name,
				   layout_bdf(text, (uint16_t)(a->key >> 16), (uint16_t)a->key),
				   a->port ? machine->ports[a->index].name : machine->devices[a->index].name);
	}
	return true;
}

static void collect_starts(const struct machine *machine, struct machine_index *index)
{
	index->bars = g_new(struct start, machine->bar_count + 1);
	index->firmware = g_new(struct start, machine->reserved_count + 1);
	for (uint32_t i = 0; i < machine->bar_count; i++)
		index->bars[index->bar_count++] = (struct start){machine->bars[i].bus, (uint16_t)i};
	for (uint32_t i = 0; i < machine->reserved_count; i++) {
		const struct machine_reserved *range = &machine->reserved[i];
		if (range->kind == RESERVED_RMRR || range->kind == RESERVED_RELAXABLE)
			index->firmware[index->firmware_count++] = (struct start){range->first, (uint16_t)i};
	}
	qsort(index->bars, index->bar_count, sizeof *index->bars, compare_starts);
	qsort(index->firmware, index->firmware_count, sizeof *index->firmware, compare_starts);
}

bool layout_index(struct layout *layout)
{
	struct machine *machine = layout->machine;

	machine->index = g_new0(struct machine_index, 1);
	collect_requesters(machine, machine->index);
	collect_starts(machine, machine->index);
	return check_requesters(layout, machine->index);
}

void machine_index_free(struct machine_index *index)
{
	if (!index)
		return;
	g_free(index->requesters);
	g_free(index->bars);
	g_free(index->firmware);
	g_free(index);
}

static uint16_t by_rid(const struct machine *machine, uint16_t segment, uint16_t rid, bool port)
{
	const struct machine_index *index = machine->index;
	uint32_t key = requester_key(segment, rid);
	uint32_t low = 0, high = index->requester_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (index->requesters[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == index->requester_count || index->requesters[low].key != key || index->requesters[low].port != port)
		return MACHINE_NONE;
	return index->requesters[low].index;
}

uint16_t machine_device_by_rid(const struct machine *machine, uint16_t segment, uint16_t rid)
{
	return by_rid(machine, segment, rid, false);
}

uint16_t machine_port_by_rid(const struct machine *machine, uint16_t segment, uint16_t rid)
{
	return by_rid(machine, segment, rid, true);
}

/* How many begin at or below the address. */
static uint32_t starts_up_to(const struct start *starts, uint32_t count, uint64_t address)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (starts[middle].first <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint16_t machine_bar_at(const struct machine *machine, uint64_t bus)
{
	const struct machine_index *index = machine->index;
	uint32_t end = starts_up_to(index->bars, index->bar_count, bus);

	if (end == 0)
		return MACHINE_NONE;
	uint16_t bar = index->bars[end - 1].index;
	return bus - machine->bars[bar].bus < machine->bars[bar].bytes ? bar : MACHINE_NONE;
}

uint16_t machine_firmware_at(const struct machine *machine, uint64_t hpa)
{
	const struct machine_index *index = machine->index;
	uint32_t end = starts_up_to(index->firmware, index->firmware_count, hpa);

	if (end == 0)
		return MACHINE_NONE;
	/* Ranges that begin at the same place are equal: the first of them is the one to name. */
	uint64_t first = index->firmware[end - 1].first;
	uint32_t before = first == 0 ? 0 : starts_up_to(index->firmware, index->firmware_count, first - 1);
	uint16_t range = index->firmware[before].index;
	return hpa - machine->reserved[range].first < machine->reserved[range].bytes ? range : MACHINE_NONE;
}

/* Objects are laid out in declaration order: the table itself is sorted. */
uint16_t machine_memory_at(const struct machine *machine, uint64_t hpa)
{
	uint32_t low = 0, high = machine->memory_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (machine->memories[middle].hpa <= hpa)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || hpa - machine->memories[low - 1].hpa >= machine->memories[low - 1].bytes)
		return MACHINE_NONE;
	return (uint16_t)(low - 1);
}
