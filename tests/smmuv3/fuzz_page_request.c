/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what devices and software do to an SMMU with ATS, page requests and stalls: requests of every kind, page
 * requests, completions nobody waits for, time-outs, commands, registers, structures with bits flipped. What must hold:
 * no assertion, everything ends, a tag names one transaction or invalidation at a time, a CMD_SYNC is never over while
 * a device owes a completion, and an answer goes to who asked.
 */
#include "hw/iommu.h"
#include "hw/memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define MAX_OPERATIONS 200
#define MAX_EVENTS     4096
#define MAX_DEPTH      4 /* of transactions that are sent again from within an answer */
#define STREAMS        4u
#define TAGS           32u
#define FRAMES         64

#define STREAM_TABLE UINT64_C(0x1000)
#define COMMANDS     UINT64_C(0x2000)
#define EVENTS       UINT64_C(0x3000)
#define REQUESTS     UINT64_C(0x4000)
#define CDS          UINT64_C(0x5000)
#define TABLE1       UINT64_C(0x6000) /* three frames */
#define TABLE2       UINT64_C(0x9000)

static void want(bool truth)
{
	if (!truth)
		abort();
}

struct known { /* what devices know of, and a snapshot brings back */
	bool waits[TAGS];
	uint32_t stream[TAGS];
	uint32_t owed[STREAMS]; /* ITags */
	uint32_t commands;
};

struct life {
	const uint8_t *data;
	size_t bytes;
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
	struct iommu_outlet outlet;
	struct effect_hook hook;
	struct known known, saved;
	struct arena_snapshot *snapshot;
	uint64_t hash;
	unsigned depth;
};

static uint64_t take(struct life *life, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes && life->bytes > 0; i++, life->bytes--)
		value |= (uint64_t)*life->data++ << 8 * i;
	return value;
}

static void put(struct life *life, uint64_t pa, uint64_t word)
{
	memory_write64(life->memory, pa, word);
}

static void check(struct life *life, const struct request *request, const struct translation *out)
{
	want(out->result <= TRANSLATE_STALLED && out->result != TRANSLATE_INTERRUPT);
	want(!(out->recorded && out->overflow));
	want((request->at == AT_TRANSLATION_REQUEST) == (out->completion != ATS_NONE));
	if (out->result == TRANSLATE_OK) {
		want(out->permissions && !out->lost);
		want((out->pa ^ request->address) % FRAME_BYTES == 0 && out->pa >> 44 == 0);
		want(request->at != AT_TRANSLATION_REQUEST || !(out->permissions & PERM_EXECUTE) || request->execute);
	}
	if (request->at != AT_UNTRANSLATED || !request->may_stall)
		want(out->result != TRANSLATE_STALLED);
	if (out->result != TRANSLATE_STALLED)
		return;
	want(out->stall_tag < TAGS && !life->known.waits[out->stall_tag] && !out->overflow);
	want((uint32_t)out->record[1] == (UINT32_C(0x80000000) | out->stall_tag));
	life->known.waits[out->stall_tag] = true;
	life->known.stream[out->stall_tag] = request->stream;
}

static void do_request(struct life *life)
{
	static const uint64_t pages[] = {
		0, 0x5000, 0x6000, 0x200000, 0x40000000, UINT64_C(0x7fffffe000), UINT64_C(1) << 44};
	uint64_t shape = take(life, 4), cycles;
	struct request request = {
		.address = pages[shape % 7] + (shape >> 3 & 0xff8),
		.bytes = (uint32_t)(shape >> 15 & 1 ? 8 : 0),
		.stream = (uint32_t)(shape >> 16 & 7),
		.pasid = (shape >> 19 & 3) ? PASID_NONE : (uint32_t)(shape >> 21 & 3),
		.at = (uint8_t)((shape >> 23 & 7) % 4),
		.op = (uint8_t)((shape >> 26 & 3) % 3),
		.execute = shape >> 28 & 1,
		.privileged = shape >> 29 & 1,
		.may_stall = shape >> 30 & 1,
		.no_write = shape >> 31 & 1,
	};
	struct translation explained, out;

	if (request.at > AT_TRANSLATED)
		request.at = AT_UNTRANSLATED;
	life->unit->ops->explain(life->unit, &request, NULL, NULL, &explained);
	if (shape & 1)
		life->unit->ops->translate(life->unit, &request, &out);
	else
		iommu_translate_cycles(life->unit, life->memory, &request, 10, &out, &cycles);
	check(life, &request, &out);
	if (!out.from_cache && out.result == TRANSLATE_OK && explained.result == TRANSLATE_OK && !explained.reads)
		want(out.pa == explained.pa);
}

static void take_invalidation(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct life *life = context;

	(void)iommu;
	want(message->itag < ATS_ITAGS && message->first <= message->last && message->first % 4096 == 0);
	want(!(life->known.owed[message->stream % STREAMS] >> message->itag & 1) || message->stream >= STREAMS);
	if (message->stream < STREAMS)
		life->known.owed[message->stream] |= UINT32_C(1) << message->itag;
	else /* a device that answers at once */
		life->unit->ops->invalidate_completed(life->unit, message->stream, UINT32_C(1) << message->itag);
}

static void take_response(void *context, uint16_t iommu, const struct page_response *message)
{
	(void)context;
	(void)iommu;
	want(message->code == 0 || message->code == 1 || message->code == 15);
	want(message->group < PAGE_REQUEST_GROUPS);
}

static void take_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	struct life *life = context;

	(void)iommu;
	want(answer->tag < TAGS && life->known.waits[answer->tag]);
	want(life->known.stream[answer->tag] == answer->stream && answer->action <= STALL_TERMINATE);
	life->known.waits[answer->tag] = false;
	if (answer->action == STALL_RETRY && life->depth < MAX_DEPTH && life->bytes > 0) {
		life->depth++;
		do_request(life);
		life->depth--;
	}
}

static void take_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	(void)context;
	(void)iommu;
	want(interrupt->address != 0 && interrupt->address >> FRAME_LG2 >= FRAMES);
}

static void see(void *context, const struct effect *effect)
{
	const struct life *life = context;

	if (effect->kind == EFFECT_COMPLETE && (effect->command[0] & 0xff) == 0x46)
		for (unsigned i = 0; i < STREAMS; i++)
			want(life->known.owed[i] == 0);
}

static void do_page_request(struct life *life)
{
	uint64_t shape = take(life, 3);
	struct page_request request = {
		.address = shape << 12,
		.stream = (uint32_t)(shape & 7),
		.pasid = shape >> 3 & 1 ? (uint32_t)(shape >> 4 & 0xff) << 12 | 1 : PASID_NONE,
		.group = (uint16_t)(shape >> 12 & 0x1ff),
		.read = shape >> 21 & 1,
		.write = shape >> 22 & 1,
		.last = shape >> 23 & 1,
		.execute = shape >> 5 & 1,
		.privileged = shape >> 6 & 1,
	};
	struct page_response response;
	uint64_t before = life->unit->ops->read_register(life->unit, 0x100c8, 4);
	enum page_request_fate fate = life->unit->ops->page_request(life->unit, &request, &response);
	uint64_t after = life->unit->ops->read_register(life->unit, 0x100c8, 4);

	want((fate == PAGE_REQUEST_QUEUED) == ((before ^ after) << 44 != 0));
	if (fate != PAGE_REQUEST_ANSWERED)
		return;
	want(response.stream == request.stream && response.group == request.group);
	want(response.code == 0 || (response.code == 15 && response.pasid == PASID_NONE));
	want(response.pasid == request.pasid || response.pasid == PASID_NONE);
}

static void do_command(struct life *life)
{
	static const uint8_t opcodes[] = {0x40, 0x40, 0x41, 0x44, 0x44, 0x45, 0x46, 0x46, 0x30, 0x03, 0x06, 0x04};
	uint64_t shape = take(life, 4), opcode = opcodes[shape % 12];
	uint64_t at = COMMANDS + 16 * (life->known.commands & 15), word1 = shape >> 16;

	if (opcode == 0x04)
		word1 = 31;
	if (opcode == 0x41)
		word1 = (shape >> 16 & 0x1ff) | (shape >> 26 & 3) << 12;
	put(life, at, opcode | (shape >> 4 & 0xf) << 9 | (shape >> 8 & 7) << 32 | (shape >> 11 & 3) << 12);
	put(life, at + 8, word1);
	life->known.commands = (life->known.commands + 1) & 31;
	life->unit->ops->write_register(life->unit, 0x98, 4, life->known.commands);
}

static void do_register(struct life *life)
{
	static const uint32_t offsets[] = {0x20,    0x20, 0x2c, 0x50, 0x64, 0x100ac,
					   0x100cc, 0xb0, 0xc0, 0xd0, 0xdc, 0x68};
	uint64_t which = take(life, 1);
	unsigned width = which & 0x80 ? 8 : 4;
	uint32_t offset = offsets[which % 12];

	/* Queue indexes and errors mostly as software would acknowledge them. */
	if (offset == 0x64 || offset == 0x100ac || offset == 0x100cc)
		life->unit->ops->write_register(life->unit, offset, 4,
						life->unit->ops->read_register(life->unit, offset - 4, 4));
	else
		life->unit->ops->write_register(life->unit, offset, width, take(life, width));
}

static void do_device(struct life *life)
{
	uint64_t shape = take(life, 5);
	uint32_t stream = (uint32_t)(shape >> 32 & 7), itags = (uint32_t)shape;

	if (shape >> 36 & 1) {
		bool owed = false;
		for (unsigned i = 0; i < STREAMS; i++) {
			owed |= life->known.owed[i] != 0;
			life->known.owed[i] = 0;
		}
		want(life->unit->ops->invalidate_timed_out(life->unit) == owed);
		return;
	}
	if (stream < STREAMS)
		life->known.owed[stream] &= ~itags;
	life->unit->ops->invalidate_completed(life->unit, stream, itags);
}

static void do_structure(struct life *life)
{
	static const uint64_t bases[] = {STREAM_TABLE, STREAM_TABLE, CDS, TABLE1 + 0x2000, TABLE2, TABLE2 + 0x2000};
	uint64_t shape = take(life, 3), pa = bases[shape % 6] + (shape >> 3 & 0xf8), word = 0;

	memory_read64(life->memory, pa, &word);
	put(life, pa, word ^ UINT64_C(1) << (shape >> 16 & 63));
}

static void do_snapshot(struct life *life)
{
	if (life->snapshot) {
		arena_restore(life->arena, life->snapshot);
		life->known = life->saved;
		want(arena_hash(life->arena) == life->hash);
		return;
	}
	life->snapshot = arena_save(life->arena);
	life->saved = life->known;
	life->hash = arena_hash(life->arena);
}

static void settle(struct life *life)
{
	unsigned events = 0;
	while (life->unit->ops->advance(life->unit))
		want(++events < MAX_EVENTS);
}

static void live(struct life *life)
{
	for (unsigned i = 0; i < MAX_OPERATIONS && life->bytes > 0; i++) {
		switch (take(life, 1) % 12) {
		case 0:
		case 1:
			do_page_request(life);
			break;
		case 2:
		case 3:
			do_command(life);
			break;
		case 4:
			do_register(life);
			break;
		case 5:
			do_device(life);
			break;
		case 6:
			do_structure(life);
			break;
		case 7:
			life->unit->ops->advance(life->unit);
			break;
		case 8:
			settle(life);
			break;
		case 9:
			do_snapshot(life);
			break;
		default:
			do_request(life);
		}
	}
	settle(life);
}

/* Streams 0 to 3: stage 1 that stalls, split-stage ATS, stage 2 that stalls, stage 1 with two substreams (5.2, 5.4). */
static void build(struct life *life)
{
	const uint64_t second = UINT64_C(0x040c005900000009), cd = UINT64_C(0x00007204c0000019);
	const uint64_t stes[STREAMS][4] = {
		{CDS | 0xb, UINT64_C(0x10000000), 0, 0},
		{CDS | 0xf, UINT64_C(0x20000000), second, TABLE2},
		{0xd, 0, second | UINT64_C(1) << 57, TABLE2},
		{CDS | 0xb | UINT64_C(1) << 59, UINT64_C(0x10040001), 0, 0},
	};

	for (unsigned i = 0; i < STREAMS * 4; i++)
		put(life, STREAM_TABLE + i / 4 * 64 + i % 4 * 8, stes[i / 4][i % 4]);
	for (unsigned i = 0; i < 2; i++) {
		put(life, CDS + i * 64, cd);
		put(life, CDS + i * 64 + 8, TABLE1);
	}
	for (unsigned top = 0; top < 2; top++) {
		uint64_t table = top ? TABLE2 : TABLE1;
		put(life, table, (table + 0x1000) | 3);
		put(life, table + 0x1000, (table + 0x2000) | 3);
		for (uint64_t page = 1; page < 12; page++)
			put(life, table + 0x2000 + page * 8, page << 12 | (top ? 0x4ff : 0xc43));
	}
}

static void begin(struct life *life)
{
	uint64_t how = take(life, 1);
	struct iommu_config config = {
		/* 6.3.1 to 6.3.6: ATS, PRI, both fault models, MSIs; PRIQS 10, SSIDSIZE 8; STALL_MAX; OAS 44 */
		.id = {(UINT64_C(0x0ccd341f) & ~(how & 1 ? UINT64_C(0x4000000) : 0)) | UINT64_C(0x054a520a) << 32,
		       (UINT64_C(0x1414) | (how & 2 ? 0x20 : 0)) << 32, UINT64_C(0x200074) << 32, UINT64_C(1) << 32},
		.no_cache = how & 4,
	};

	life->arena = arena_new();
	life->memory = memory_new(life->arena, FRAMES);
	want(memory_add_ram(life->memory, 0, FRAMES * FRAME_BYTES - 1));
	life->unit = iommu_ops_of(IOMMU_SMMUV3)->create(life->arena, life->memory, &config);
	life->outlet = (struct iommu_outlet){.context = life,
					     .invalidate = take_invalidation,
					     .page_response = take_response,
					     .stall_answer = take_answer,
					     .interrupt = take_interrupt};
	life->hook = (struct effect_hook){.seen = see, .context = life};
	life->unit->outlet = &life->outlet;
	life->unit->hook = &life->hook;
	build(life);
	life->unit->ops->write_register(life->unit, 0x80, 8, STREAM_TABLE);
	life->unit->ops->write_register(life->unit, 0x88, 4, 2);
	life->unit->ops->write_register(life->unit, 0x90, 8, COMMANDS | 4);
	life->unit->ops->write_register(life->unit, 0xa0, 8, EVENTS | 3);
	life->unit->ops->write_register(life->unit, 0xc0, 8, REQUESTS | 3);
	life->unit->ops->write_register(life->unit, 0x2c, 4, 0xa);
	life->unit->ops->write_register(life->unit, 0x20, 4, 0x1f);
	settle(life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct life life = {.data = data, .bytes = bytes};

	begin(&life);
	live(&life);
	arena_snapshot_free(life.snapshot);
	life.unit->ops->destroy(life.unit);
	memory_free(life.memory);
	arena_free(life.arena);
	return 0;
}
