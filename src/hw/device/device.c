/* SPDX-License-Identifier: MIT */
/* Configuration: what a function has, what is switched on, by which stream it is known. */
#include "hw/device/device.h"

#include "hw/device/state.h"

#include <glib.h>
#include <stdlib.h>

#define DEFAULT_SETS          16
#define DEFAULT_WAYS          4
#define DEFAULT_PAGE_REQUESTS 32
#define STOPS_MAX             4096

static int compare_streams(const void *left, const void *right)
{
	const struct stream_key *a = left, *b = right;

	if (a->iommu != b->iommu)
		return a->iommu < b->iommu ? -1 : 1;
	if (a->stream != b->stream)
		return a->stream < b->stream ? -1 : 1;
	if (a->own != b->own)
		return a->own ? -1 : 1;
	return a->device < b->device ? -1 : a->device > b->device;
}

static void index_streams(struct devices *devices)
{
	const struct machine *machine = devices->machine;

	devices->streams = g_new0(struct stream_key, machine->device_count + 1);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *row = &machine->devices[i];
		if (row->kind == DEVICE_MDEV || row->iommu == MACHINE_NONE)
			continue;
		devices->streams[devices->stream_count++] = (struct stream_key){.stream = row->stream,
										.iommu = row->iommu,
										.device = (uint16_t)i,
										.own = row->stream == row->rid};
	}
	qsort(devices->streams, devices->stream_count, sizeof(*devices->streams), compare_streams);
}

static uint32_t power_of_two(uint32_t at_least)
{
	uint32_t sets = 1;

	while (sets < at_least && sets < UINT32_C(1) << 16)
		sets *= 2;
	return sets;
}

static void make_interfaces(struct devices *devices)
{
	const struct machine *machine = devices->machine;

	devices->interface = g_new(uint32_t, machine->device_count + 1);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *row = &machine->devices[i];
		bool has = row->kind != DEVICE_MDEV &&
			   (row->ats || row->pri || row->quirks & QUIRK_TRANSLATED_WITHOUT_ATS);
		devices->interface[i] = has ? devices->interface_count++ : NO_INTERFACE;
	}
}

static void make_state(struct devices *devices)
{
	struct arena *arena = devices->arena;
	size_t functions = devices->machine->device_count + 1, interfaces = devices->interface_count + 1;
	uint32_t groups = (uint32_t)interfaces * (devices->page_requests + PAGE_ANSWERS_MAX);

	devices->functions = arena_block(arena, "functions", functions * sizeof(struct function), ARENA_HASHED);
	devices->entries = arena_block(arena, "address translation caches",
				       interfaces * devices->atc_sets * devices->atc_ways * sizeof(struct atc_entry),
				       ARENA_HASHED);
	devices->owed =
		arena_block(arena, "owed invalidations", interfaces * ATS_ITAGS * sizeof(struct owed), ARENA_HASHED);
	devices->owing = arena_block(arena, "owed invalidations' number", sizeof(uint32_t), ARENA_HASHED);
	devices->held = arena_block(arena, "held requests", FABRIC_FLIGHTS_MAX * sizeof(struct held), ARENA_HASHED);
	devices->unexpected =
		arena_block(arena, "unexpected page responses", functions * sizeof(uint32_t), ARENA_UNHASHED);
	keyed_init(&devices->groups, arena, "page request groups", groups);
	keyed_init(&devices->stops, arena, "stopped work", STOPS_MAX);
	keyed_init(&devices->stalls, arena, "stalled transactions", DEVICE_STALLS_MAX);
}

static void send_invalidation(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	invalidate_receive(context, iommu, message);
}

static void send_page_response(void *context, uint16_t iommu, const struct page_response *message)
{
	page_receive(context, iommu, message);
}

static void send_stall_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	stall_receive(context, iommu, answer);
}

static void send_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	fabric_raise(((struct devices *)context)->fabric, iommu, interrupt);
}

struct devices *devices_new(const struct devices_config *config)
{
	struct devices *devices = g_new0(struct devices, 1);

	devices->arena = config->arena;
	devices->machine = config->machine;
	devices->fabric = config->fabric;
	devices->units = g_new0(struct iommu *, config->machine->iommu_count + 1);
	devices->trusted = g_new0(struct iommu *, config->machine->iommu_count + 1);
	devices->atc_sets = config->atc_sets ? power_of_two(config->atc_sets) : DEFAULT_SETS;
	devices->atc_ways = config->atc_ways ? config->atc_ways : DEFAULT_WAYS;
	devices->page_requests = config->page_requests ? config->page_requests : DEFAULT_PAGE_REQUESTS;
	if (devices->page_requests > PAGE_REQUEST_GROUPS - PAGE_ANSWERS_MAX)
		devices->page_requests = PAGE_REQUEST_GROUPS - PAGE_ANSWERS_MAX;
	index_streams(devices);
	make_interfaces(devices);
	make_state(devices);
	devices->outlet = (struct iommu_outlet){.context = devices,
						.invalidate = send_invalidation,
						.page_response = send_page_response,
						.stall_answer = send_stall_answer,
						.interrupt = send_interrupt};
	for (uint32_t i = 0; i < config->machine->iommu_count; i++) {
		devices->units[i] = config->units[i];
		if (devices->units[i])
			devices->units[i]->outlet = &devices->outlet;
	}
	return devices;
}

void devices_set_trusted(struct devices *devices, struct iommu *const *trusted)
{
	for (uint32_t i = 0; i < devices->machine->iommu_count; i++) {
		if (devices->trusted[i])
			devices->trusted[i]->outlet = NULL;
		devices->trusted[i] = trusted ? trusted[i] : NULL;
		if (devices->trusted[i])
			devices->trusted[i]->outlet = &devices->outlet;
	}
}

void devices_free(struct devices *devices)
{
	if (!devices)
		return;
	for (uint32_t i = 0; i < devices->machine->iommu_count; i++)
		if (devices->units[i])
			devices->units[i]->outlet = NULL;
	g_free(devices->units);
	g_free(devices->trusted);
	g_free(devices->streams);
	g_free(devices->interface);
	g_free(devices);
}

struct atc atc_of(const struct devices *devices, uint16_t function)
{
	uint32_t interface = devices->interface[function];

	if (interface == NO_INTERFACE)
		return (struct atc){.entries = devices->entries};
	return (struct atc){.entries = &devices->entries[(size_t)interface * devices->atc_sets * devices->atc_ways],
			    .sets = devices->atc_sets,
			    .ways = devices->atc_ways};
}

bool has_capability(const struct devices *devices, uint16_t function, enum endpoint_feature feature)
{
	const struct machine_device *row = &devices->machine->devices[function];

	switch (feature) {
	case FEATURE_ATS:
		return row->ats || row->pri;
	case FEATURE_PASID:
		return row->pasid_bits > 0;
	case FEATURE_PRI:
		return row->pri;
	case FEATURE_STALL:
		return row->kind == DEVICE_PLATFORM;
	}
	return false;
}

bool device_enable(struct devices *devices, uint16_t device, enum endpoint_feature feature, bool on)
{
	uint16_t at = machine_function(devices->machine, device);
	struct function *function = &devices->functions[at];

	if (!has_capability(devices, at, feature))
		return false;
	if (!on) {
		function->features &= (uint8_t) ~(unsigned)feature;
		return true;
	}
	if (feature == FEATURE_PRI && !(function->features & FEATURE_ATS))
		return false;
	if (feature == FEATURE_PRI && !(function->features & FEATURE_PRI))
		function->page_failure = function->page_unexpected = 0;
	if (feature == FEATURE_ATS)
		function->ats_refused = 0;
	function->features |= (uint8_t)feature;
	return true;
}

bool device_is_enabled(const struct devices *devices, uint16_t device, enum endpoint_feature feature)
{
	return devices->functions[machine_function(devices->machine, device)].features & feature;
}

uint16_t device_of_stream(const struct devices *devices, uint16_t iommu, uint32_t stream)
{
	uint32_t low = 0, high = devices->stream_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct stream_key *key = &devices->streams[middle];
		if (key->iommu < iommu || (key->iommu == iommu && key->stream < stream))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == devices->stream_count || devices->streams[low].iommu != iommu ||
	    devices->streams[low].stream != stream)
		return MACHINE_NONE;
	return devices->streams[low].device;
}
