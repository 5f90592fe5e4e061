/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as interrupt requests, entries of the interrupt remapping table, posted descriptors and what software does
 * to the unit meanwhile. What must hold: no assertion, everything ends, nothing is posted or remapped that the entry in
 * memory (or one that was there and never invalidated) does not allow to the requester, and a blocked request changes
 * no memory. The checks read the words with literal masks of specification 5.10, 9.9 to 9.11.
 */
#include "hw/iommu.h"
#include "hw/memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define MAX_OPERATIONS 96
#define MAX_EVENTS     4096
#define FRAMES         64
#define TABLE          UINT64_C(0x2000)
#define DESCRIPTORS    UINT64_C(0x4000)
#define QUEUE          UINT64_C(0x8000)

#define DESCRIPTOR_WORDS 32 /* four descriptors */

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
	uint32_t tail;
	unsigned heard;
	bool moved; /* the table may be another one */
};

static uint64_t take(struct life *life, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes && life->bytes > 0; i++, life->bytes--)
		value |= (uint64_t)*life->data++ << 8 * i;
	return value;
}

static uint64_t word_at(const struct life *life, uint64_t pa)
{
	uint64_t word = 0;
	memory_read64(life->memory, pa, &word);
	return word;
}

/* Mostly an entry that works, of one of a few requesters and descriptors, with one bit turned over. */
static void do_entry(struct life *life)
{
	uint64_t how = take(life, 2), pa = TABLE + (how & 15) * 16;
	uint64_t low = 1 | (how >> 4 & 0xff) << 16, high = UINT64_C(1) << 18 | (how >> 12 & 3);

	if (how & 0x4000)
		low |= 0x8000 | (DESCRIPTORS + (how >> 4 & 3) * 64) << 32 | (how & 1) << 14;
	else
		low |= (how >> 4 & 0xff) << 40;
	if (how & 0x8000) {
		uint64_t bit = take(life, 1);
		if (bit & 0x80) {
			low = take(life, 8);
			high = take(life, 8);
		} else {
			*(bit & 0x40 ? &high : &low) ^= UINT64_C(1) << (bit & 63);
		}
	}
	memory_write64(life->memory, pa, low);
	memory_write64(life->memory, pa + 8, high);
}

static void do_descriptor(struct life *life)
{
	uint64_t how = take(life, 1), pa = DESCRIPTORS + (how & 3) * 64;
	memory_write64(life->memory, pa + (how >> 5) * 8, how & 16 ? take(life, 8) : take(life, 1) & 3);
}

static bool is_allowed(uint64_t low, uint64_t high, uint32_t source)
{
	uint64_t sid = high & 0xffff, ignored = "\0\4\6\7"[high >> 16 & 3];
	switch (high >> 18 & 3) {
	case 0:
		return low & 1;
	case 1:
		return low & 1 && ((sid ^ source) & 0xffff & ~ignored) == 0;
	case 2:
		return low & 1 && (source >> 8 & 0xff) >= sid >> 8 && (source >> 8 & 0xff) <= (sid & 0xff);
	default:
		return false;
	}
}

static uint64_t index_of(const struct request *request)
{
	uint64_t index = (request->address >> 5 & 0x7fff) | (request->address >> 2 & 1) << 15;
	return request->address & 8 ? index + (request->data & 0xffff) : index;
}

struct before {             /* a request: memory as it was */
	uint64_t low, high; /* the entry */
	uint64_t descriptors[DESCRIPTOR_WORDS];
};

static void remember(const struct life *life, const struct request *request, struct before *before)
{
	uint64_t pa = TABLE + index_of(request) * 16;

	*before = (struct before){0};
	if (index_of(request) < 16) {
		before->low = word_at(life, pa);
		before->high = word_at(life, pa + 8);
	}
	for (unsigned i = 0; i < DESCRIPTOR_WORDS; i++)
		before->descriptors[i] = word_at(life, DESCRIPTORS + i * 8);
}

/* Of an interrupt that went on. */
static void check_interrupt(const struct life *life, const struct request *request, const struct before *before,
			    const struct translation *out)
{
	const struct interrupt *interrupt = &out->interrupt;

	want(out->fault == 0 && !out->recorded);
	want(interrupt->device_id == request->stream);
	if (!interrupt->remapped) {
		want(!interrupt->posted && interrupt->address == request->address && interrupt->data == request->data);
		return;
	}
	want(interrupt->posted || !interrupt->notified);
	if (interrupt->posted) {
		uint64_t pir = word_at(life, interrupt->descriptor_pa + interrupt->posted_vector / 64 * 8u);
		want(interrupt->descriptor_pa % 64 == 0);
		want(pir >> interrupt->posted_vector % 64 & 1);
		want(!interrupt->notified || word_at(life, interrupt->descriptor_pa + 32) & 1);
	}
	if (out->from_cache)
		return;
	if (life->moved || index_of(request) >= 16)
		return;
	want(is_allowed(before->low, before->high, request->stream));
	want(interrupt->posted == (before->low >> 15 & 1));
	want((interrupt->posted ? interrupt->posted_vector : interrupt->vector) == (before->low >> 16 & 0xff));
}

static void check_fault(const struct request *request, const struct translation *out)
{
	bool indexed = out->fault == 0x21 || (out->fault >= 0x22 && out->fault <= 0x28 && out->fault != 0x25);

	want(out->fault >= 0x20 && out->fault <= 0x2b);
	want(!(out->recorded && out->overflow));
	if (!out->recorded)
		return;
	want(out->record[1] >> 63 && (out->record[1] >> 32 & 0xff) == out->fault);
	want((out->record[1] & 0xffff) == (request->stream & 0xffff));
	want(out->record[0] == (indexed ? index_of(request) << 48 : 0));
}

static void do_message(struct life *life)
{
	uint64_t how = take(life, 4);
	struct request request = {
		.address = UINT64_C(0xfee00000) | (how & 0xf) << 5 | (how >> 4 & 0xf) << 1,
		.bytes = 4,
		.stream = (uint32_t)(how >> 8 & 7) | (uint32_t)(how >> 11 & 3) << 8,
		.pasid = PASID_NONE,
		.op = REQUEST_WRITE,
		.data = (uint32_t)(how >> 16 & 0xff),
	};
	request.address &= ~UINT64_C(3);
	if (how >> 31)
		request.address |= take(life, 2) << 4 & 0xffff0;
	if (how >> 30 & 1)
		request.data = (uint32_t)take(life, 4);
	struct translation out, explained;
	struct before before;
	uint64_t hash = arena_hash(life->arena);

	remember(life, &request, &before);
	life->unit->ops->explain(life->unit, &request, NULL, NULL, &explained);
	want(arena_hash(life->arena) == hash);
	life->unit->ops->translate(life->unit, &request, &out);
	if (!out.from_cache) {
		want(out.result == explained.result && out.fault == explained.fault && out.reads == explained.reads);
		if (out.result == TRANSLATE_INTERRUPT)
			want(memcmp(&out.interrupt, &explained.interrupt, sizeof(out.interrupt)) == 0);
	}
	if (out.result == TRANSLATE_INTERRUPT) {
		check_interrupt(life, &request, &before, &out);
		return;
	}
	want(out.result == TRANSLATE_FAULT);
	check_fault(&request, &out);
	for (unsigned i = 0; i < DESCRIPTOR_WORDS; i++)
		want(word_at(life, DESCRIPTORS + i * 8) == before.descriptors[i]);
}

static void do_register(struct life *life)
{
	static const uint16_t offsets[] = {0x18, 0x34, 0x38, 0x3c, 0x40, 0x44, 0xb8, 0xa0, 0x22c};
	uint64_t which = take(life, 1), value = take(life, which & 0x80 ? 8 : 1);
	uint16_t offset = offsets[which % (sizeof(offsets) / sizeof(offsets[0]))];

	if (offset == 0x18)
		value = (value & 0xff) << 23 | (which & 0x40 ? 0 : 0x06000000);
	if (offset == 0xb8 && !(which & 0x80))
		value = TABLE | (value & 0x80f);
	life->moved |= offset == 0xb8 && value >> 12 != TABLE >> 12;
	life->unit->ops->write_register(life->unit, offset, offset == 0xb8 ? 8 : 4, value);
}

static void do_invalidation(struct life *life)
{
	uint64_t how = take(life, 2);
	memory_write64(life->memory, QUEUE + life->tail,
		       (how & 0xf) << 32 | (how >> 4 & 0x1f) << 27 | (how >> 9 & 1) << 4 | 4);
	memory_write64(life->memory, QUEUE + life->tail + 8, how >> 15);
	life->tail = (life->tail + 16) % 4096;
	life->unit->ops->write_register(life->unit, 0x88, 8, life->tail);
}

static void settle(struct life *life)
{
	unsigned events = 0;
	while (life->unit->ops->advance(life->unit))
		want(++events < MAX_EVENTS);
}

static void hear(void *context, uint16_t iommu, const struct interrupt *message)
{
	struct life *life = context;
	want(iommu == 0 && !message->remapped && !message->posted);
	life->heard++;
}

static void invalidate(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	(void)context;
	(void)iommu;
	(void)message;
}

static void respond(void *context, uint16_t iommu, const struct page_response *message)
{
	(void)context;
	(void)iommu;
	(void)message;
}

static void release(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	(void)context;
	(void)iommu;
	(void)answer;
}

static void live(struct life *life)
{
	for (unsigned i = 0; i < MAX_OPERATIONS && life->bytes > 0; i++) {
		switch (take(life, 1) % 8) {
		case 0:
			do_register(life);
			break;
		case 1:
			do_invalidation(life);
			break;
		case 2:
			settle(life);
			break;
		case 3:
			do_descriptor(life);
			break;
		case 4:
		case 5:
			do_entry(life);
			break;
		default:
			do_message(life);
		}
	}
	settle(life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct life life = {.data = data, .bytes = bytes, .arena = arena_new()};
	struct iommu_outlet outlet = {&life, invalidate, respond, release, hear};
	uint64_t how = take(&life, 1);
	/* ESIRTPS, PI, CM; IRREQ, EIMER. */
	struct iommu_config config = {
		.id = {UINT64_C(0x80d2018c226f0606) | (how & 1) << 62 | (how >> 1 & 1) << 59 | (how >> 2 & 1) << 7,
		       UINT64_C(0xf00fdb) | (how >> 3 & 1) << 62 | (how >> 4 & 1) << 61},
		.address_width = 46,
		.no_cache = how & 32,
	};

	life.memory = memory_new(life.arena, FRAMES);
	want(memory_add_ram(life.memory, 0, UINT64_C(0xffffff)));
	life.unit = vtd_ops.create(life.arena, life.memory, &config);
	life.unit->outlet = &outlet;
	life.unit->ops->write_register(life.unit, 0x90, 8, QUEUE);
	life.unit->ops->write_register(life.unit, 0xb8, 8, TABLE | (how & 64 ? 0x800 : 0) | 3);
	life.unit->ops->write_register(life.unit, 0x18, 4, 0x05000000);
	settle(&life);
	life.unit->ops->write_register(life.unit, 0x18, 4, 0x06000000 | (how & 128 ? 0x00800000 : 0));
	settle(&life);
	live(&life);
	vtd_ops.destroy(life.unit);
	memory_free(life.memory);
	arena_free(life.arena);
	return 0;
}
