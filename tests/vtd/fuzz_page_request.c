/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the life of a VT-d unit with devices that ask for pages and translations: page requests, completions
 * that nobody waits for, time-outs, descriptors for devices, registers of both queues, structures that change. What
 * must hold: no assertion, everything ends, an answer is one that tables 30 and 31 know, what is queued lies in the
 * queue, ITags are not used twice.
 */
#include "hw/iommu.h"
#include "hw/memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define MAX_OPERATIONS 96
#define MAX_EVENTS     4096
#define FRAMES         256
#define RAM_LAST       UINT64_C(0x1fffff)
#define ADDRESS_WIDTH  46

/* Where things are in the beginning; FUNCTION's context entry is the second of LOWER. */
#define ROOT      UINT64_C(0x1000)
#define LOWER     UINT64_C(0x2000)
#define DIRECTORY UINT64_C(0x3000)
#define PASIDS    UINT64_C(0x4000)
#define TABLES    UINT64_C(0x5000) /* four of a first stage, then four of a second */
#define QUEUE     UINT64_C(0x10000)
#define PRQ       UINT64_C(0x20000)

static void want(bool truth)
{
	if (!truth)
		abort();
}

struct life {
	const uint8_t *data;
	size_t bytes;
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
	struct iommu_outlet outlet;
	uint32_t open; /* ITags in use */
	uint32_t owner[ATS_ITAGS];
	bool at_once;
	bool compat; /* QEMU's: addresses of pass-through have no limit */
};

static uint64_t take(struct life *life, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes && life->bytes > 0; i++, life->bytes--)
		value |= (uint64_t)*life->data++ << 8 * i;
	return value;
}

static uint64_t get(struct life *life, uint32_t offset)
{
	return vtd_ops.read_register(life->unit, offset, 8);
}

static bool translates(struct life *life)
{
	return get(life, 0x18) >> 63;
}

static void complete(struct life *life, uint32_t stream, uint32_t itags)
{
	for (unsigned itag = 0; itag < ATS_ITAGS && translates(life); itag++)
		if (itags >> itag & 1 && life->owner[itag] == stream)
			life->open &= ~(UINT32_C(1) << itag);
	vtd_ops.invalidate_completed(life->unit, stream, itags);
}

static void take_invalidation(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct life *life = context;
	(void)iommu;
	want(message->itag < ATS_ITAGS && !(life->open >> message->itag & 1));
	want(message->first <= message->last && message->first % 4096 == 0 && message->last % 4096 == 4095);
	want(message->stream <= 0xffff && (message->pasid == PASID_NONE || message->pasid < 1u << 20));
	life->open |= UINT32_C(1) << message->itag;
	life->owner[message->itag] = message->stream;
	if (life->at_once)
		complete(life, message->stream, UINT32_C(1) << message->itag);
}

static void take_response(void *context, uint16_t iommu, const struct page_response *message)
{
	(void)context;
	(void)iommu;
	want(message->stream <= 0xffff && message->group < PAGE_REQUEST_GROUPS && message->code < 16);
}

static void take_stall(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	(void)context;
	(void)iommu;
	(void)answer;
	want(false);
}

static void take_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	(void)context;
	(void)iommu;
	(void)interrupt;
}

static uint32_t take_pasid(struct life *life)
{
	uint8_t which = (uint8_t)take(life, 1);
	if (which < 64)
		return PASID_NONE;
	return which < 250 ? which & 3u : (uint32_t)take(life, 4);
}

static void do_page_request(struct life *life)
{
	uint8_t how = (uint8_t)take(life, 1);
	struct page_request request = {
		.address = take(life, how & 0x80 ? 8 : 2) << 12,
		.stream = how & 0x40 ? (uint32_t)take(life, 4) : 1,
		.pasid = take_pasid(life),
		.group = (uint16_t)take(life, 2),
		.read = how & 1,
		.write = how & 2,
		.last = how & 4,
		.execute = how & 8,
		.privileged = how & 16,
	};
	struct page_response response = {.code = 0xee};
	uint64_t base = get(life, 0xd0), queue_bytes = UINT64_C(4096) << (base & 7);
	uint64_t tail = get(life, 0xc8) % queue_bytes, word = 0;
	bool stop = request.pasid != PASID_NONE && request.last && !request.read && !request.write;

	switch (vtd_ops.page_request(life->unit, &request, &response)) {
	case PAGE_REQUEST_QUEUED:
		want(translates(life) && get(life, 0xc8) == (tail + 32) % queue_bytes);
		want(memory_read64(life->memory, (base & ~UINT64_C(0xfff)) + tail, &word) && (word & 0xff) == 1);
		want((word >> 16 & 0xffff) == (request.stream & 0xffff) && (get(life, 0xd8) >> 32 & 1));
		break;
	case PAGE_REQUEST_ANSWERED:
		want(request.last && !stop && response.code <= PAGE_RESPONSE_INVALID);
		want(response.stream == (request.stream & 0xffff) && response.pasid == request.pasid &&
		     response.group == request.group % PAGE_REQUEST_GROUPS);
		break;
	default:
		want(response.code == 0xee);
	}
}

static void do_translation(struct life *life)
{
	static const uint64_t bases[] = {0, 0xfee00000, UINT64_C(0x7ffffffff000), UINT64_C(0xffff800000000000)};
	uint32_t shape = (uint32_t)take(life, 3);
	struct request request = {
		.address = bases[shape & 3] + (uint64_t)(shape >> 2 & 0xff) * 4096,
		.bytes = 8,
		.stream = shape >> 10 & 3,
		.pasid = take_pasid(life),
		.at = shape >> 12 & 3,
		.op = shape >> 14 & 1,
		.no_write = shape >> 15 & 1,
		.privileged = shape >> 16 & 1,
	};
	struct translation out;
	uint64_t cycles;

	if (shape >> 17 & 1)
		vtd_ops.translate(life->unit, &request, &out);
	else
		iommu_translate_cycles(life->unit, life->memory, &request, 5, &out, &cycles);
	want(request.at == AT_TRANSLATION_REQUEST || out.completion == ATS_NONE);
	if (request.at != AT_TRANSLATION_REQUEST)
		return;
	want(out.completion != ATS_NONE && out.permissions <= 3 && !out.global);
	want((out.completion == ATS_SUCCESS) == (out.result == TRANSLATE_OK) || out.fault == 0x91);
	want(out.completion == ATS_SUCCESS || out.permissions == 0);
	if (out.completion != ATS_SUCCESS || out.permissions == 0 || out.untranslated_only)
		return;
	want(out.page_lg2 == 12 || out.page_lg2 == 21 || out.page_lg2 == 30);
	want((out.pa >> ADDRESS_WIDTH == 0 || life->compat) && out.pa >> 20 != 0xfee &&
	     (out.pa ^ request.address) % 4096 == 0);
}

static void settle(struct life *life)
{
	unsigned events = 0;
	while (vtd_ops.advance(life->unit))
		want(++events < MAX_EVENTS);
}

static void do_register(struct life *life)
{
	static const uint16_t offsets[] = {0xc0, 0xc8, 0xd0, 0xdc, 0xe0, 0xe4, 0x34, 0x38, 0x88, 0x18, 0x20, 0x22c};
	uint8_t which = (uint8_t)take(life, 1);
	uint32_t offset = offsets[which % (sizeof(offsets) / sizeof(offsets[0]))];
	unsigned width = offset == 0xc0 || offset == 0xc8 || offset == 0xd0 || offset == 0x88 || offset == 0x20 ? 8 : 4;
	uint64_t value = take(life, which & 0x80 ? width : 2);

	if (offset == 0x18)
		value = value << 16 | (which & 0x40 ? 0x84000000 : 0);
	if (offset == 0xd0)
		value = which & 0x80 ? value : PRQ | (value & 7);
	vtd_ops.write_register(life->unit, offset, width, value);
}

/* A descriptor, most often one that goes to a device. */
static void do_descriptor(struct life *life)
{
	static const uint8_t types[] = {3, 3, 8, 8, 9, 9, 5, 5, 2, 6, 7, 1};
	uint8_t which = (uint8_t)take(life, 1);
	uint64_t tail = vtd_ops.read_register(life->unit, 0x88, 8) & 0xfe0, type = types[which % sizeof(types)];
	uint64_t source = type == 3 ? UINT64_C(1) << 32 : 1 << 16;
	uint64_t low = which & 0x80 ? take(life, 8) : source | (take(life, 2) & 3) << (type == 3 ? 33 : 17);
	uint64_t flags = type == 5 ? 0x20 | (take(life, 1) & 0xd0) : 0;
	uint64_t high = type == 5 ? 0x30000 : take(life, 3) << 10;

	memory_write64(life->memory, QUEUE + tail, (low & ~UINT64_C(0xe0f)) | flags | type);
	memory_write64(life->memory, QUEUE + tail + 8, high);
	memory_write64(life->memory, QUEUE + tail + 16, 0);
	memory_write64(life->memory, QUEUE + tail + 24, which == 0x7f);
	vtd_ops.write_register(life->unit, 0x88, 8, (tail + 32) % 4096);
}

static void do_memory(struct life *life)
{
	uint64_t pa = ROOT + take(life, 2) % 0x9000 / 8 * 8, word = 0;
	memory_read64(life->memory, pa, &word);
	memory_write64(life->memory, pa, word ^ UINT64_C(1) << take(life, 1) % 64);
}

static void do_completion(struct life *life)
{
	uint8_t how = (uint8_t)take(life, 1);
	complete(life, how & 3, how & 4 ? (uint32_t)take(life, 4) : UINT32_C(1) << (how >> 3));
}

static void do_time_out(struct life *life)
{
	want(vtd_ops.invalidate_timed_out(life->unit) == (life->open != 0));
	life->open = 0;
	want(!vtd_ops.invalidate_timed_out(life->unit));
}

static void do_snapshot(struct life *life)
{
	uint64_t hash = arena_hash(life->arena);
	uint32_t open = life->open;
	struct arena_snapshot *snapshot = arena_save(life->arena);
	do_page_request(life);
	do_completion(life);
	settle(life);
	arena_restore(life->arena, snapshot);
	want(arena_hash(life->arena) == hash);
	arena_snapshot_free(snapshot);
	life->open = open;
}

static void live(struct life *life)
{
	static void (*const operations[])(struct life *) = {
		do_page_request, do_page_request, do_page_request, do_translation, do_translation, do_register,
		do_descriptor,   do_descriptor,   do_memory,       do_completion,  do_time_out,    do_snapshot,
	};
	for (unsigned i = 0; i < MAX_OPERATIONS && life->bytes > 0; i++) {
		uint8_t which = (uint8_t)take(life, 1);
		life->at_once = which & 0x80;
		operations[(which & 0x1f) % (sizeof(operations) / sizeof(operations[0]))](life);
		if (which & 0x40)
			settle(life);
		else if (which & 0x20)
			vtd_ops.advance(life->unit);
	}
	settle(life);
	do_time_out(life);
	settle(life);
}

static void put(struct life *life, uint64_t pa, uint64_t word)
{
	want(memory_write64(life->memory, pa, word));
}

/* PASIDs 0 (of requests without) to 3: first stage, second stage, nested, pass-through; tables that map themselves. */
static void write_structures(struct life *life)
{
	put(life, ROOT, LOWER | 1);
	for (unsigned devfn = 0; devfn < 4; devfn++)
		put(life, LOWER + devfn * 32, DIRECTORY | 0x1d);
	put(life, DIRECTORY, PASIDS | 1);
	for (unsigned pasid = 0; pasid < 4; pasid++) {
		put(life, PASIDS + pasid * 64, (TABLES + 0x4000) | (pasid + 1) << 6 | 2 << 2 | 1);
		put(life, PASIDS + pasid * 64 + 8, 0x800012 + pasid);
		put(life, PASIDS + pasid * 64 + 16, TABLES);
	}
	for (unsigned table = 0; table < 8; table++)
		for (unsigned i = 0; i < (table % 4 == 3 ? 16u : 2u); i++)
			put(life, TABLES + table * 0x1000 + i * 8,
			    (table % 4 == 3 ? i * UINT64_C(0x1000) : TABLES + (table + 1) * 0x1000) | 7);
}

static void begin(struct life *life)
{
	uint8_t how = (uint8_t)take(life, 1);
	struct iommu_config config = {
		.address_width = ADDRESS_WIDTH,
		.scalable = true,
		.ats = !(how & 1),
		.pri = !(how & 2),
		.compat_qemu = how & 4,
		.no_cache = how & 8,
		.iotlb_entries = 4,
		.context_entries = 4,
	};
	life->compat = config.compat_qemu;
	life->outlet = (struct iommu_outlet){life, take_invalidation, take_response, take_stall, take_interrupt};
	life->unit = vtd_ops.create(life->arena, life->memory, &config);
	life->unit->outlet = &life->outlet;
	write_structures(life);
	vtd_ops.write_register(life->unit, 0x90, 8, QUEUE | 0x800);
	vtd_ops.write_register(life->unit, 0xd0, 8, PRQ);
	vtd_ops.write_register(life->unit, 0x20, 8, ROOT | (how & 16 ? 0 : 0x400));
	vtd_ops.write_register(life->unit, 0x18, 4, 0x40000000);
	vtd_ops.write_register(life->unit, 0x18, 4, how & 32 ? 0x04000000 : 0x84000000);
	settle(life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct life life = {.data = data, .bytes = bytes, .arena = arena_new()};

	life.memory = memory_new(life.arena, FRAMES);
	want(memory_add_ram(life.memory, 0, RAM_LAST));
	begin(&life);
	live(&life);
	vtd_ops.destroy(life.unit);
	memory_free(life.memory);
	arena_free(life.arena);
	return 0;
}
