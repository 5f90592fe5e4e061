/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the life of an SMMU: identification, register writes, commands, transactions. Memory is filled from the
 * bytes as walks come to read it, mostly with structures that lead on. What must hold: no assertion, everything ends,
 * answers are consistent with each other, and both clocks leave the same answer and the same state.
 */
#include "hw/iommu.h"
#include "hw/memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define MAX_OPERATIONS 64
#define MAX_FILLS      40 /* structures of one walk */
#define MAX_READS      128
#define MAX_EVENTS     4096
#define MAX_LEAVES     64
#define FRAMES         256
#define OAS            44

/* IHI 0070 chapter 6 */
#define CR0         0x20
#define CR2         0x2c
#define GBPA        0x44
#define STRTAB_BASE 0x80
#define STRTAB_CFG  0x88
#define CMDQ_BASE   0x90
#define CMDQ_PROD   0x98
#define EVENTQ_BASE 0xa0
#define EVENTQ_CONS 0x100ac

#define STREAMS  UINT64_C(0x8000)
#define COMMANDS UINT64_C(0x10000)
#define EVENTS   UINT64_C(0x12000)

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
	struct arena_snapshot *snapshot;
	uint64_t hash; /* of the snapshot */
	bool filling, exact;
	unsigned views;
};

static uint64_t take(struct life *life, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes && life->bytes > 0; i++, life->bytes--)
		value |= (uint64_t)*life->data++ << 8 * i;
	return value;
}

static uint64_t some_frame(struct life *life)
{
	return take(life, 1) % 8 << 12;
}

/* A table, page or block, or one with a wrong bit, or anything. */
static void fill_descriptor(struct life *life, uint64_t pa)
{
	static const uint64_t attributes[] = {0x4c3, 0x443, 0x4ff, 0x481, 0x47f, 0x3, 0x7c3, 0x400};
	uint8_t how = (uint8_t)take(life, 1);
	uint64_t word = (uint64_t)(how >> 3 & 7) << 12 | 0x403 | attributes[how >> 5];

	if ((how & 7) == 0)
		word = take(life, 8);
	else if ((how & 7) == 1)
		word ^= UINT64_C(1) << take(life, 1) % 64;
	else if ((how & 7) == 2)
		word = (word & ~UINT64_C(2)) | take(life, 2) << 21;
	memory_write64(life->memory, pa, word);
}

/* 5.2, with S1DSS and S1STALLD as they come; the region of stage 2 often such that its start level fits. */
static void fill_ste(struct life *life, uint64_t pa)
{
	static const uint8_t regions[] = {20 | 2 << 6, 16 | 2 << 6, 24 | 1 << 6, 25 | 1 << 6, 34, 39, 30 | 1 << 6, 0};
	uint8_t how = (uint8_t)take(life, 1), more = (uint8_t)take(life, 1);
	uint64_t words[4] = {
		1 | (uint64_t)(4 | (how & 3)) << 1 | some_frame(life) | (uint64_t)(how >> 6 == 3 ? more & 3 : 0) << 59,
		more >> 2 & 3,
		9 | (uint64_t)regions[how >> 2 & 7] << 32 | (uint64_t)(more >> 4 & 1 ? more >> 5 & 3 : 0) << 46 |
			UINT64_C(4) << 48 | UINT64_C(1) << 51 | (uint64_t)(more >> 7) << 58,
		some_frame(life),
	};

	if (how >> 5 == 1) {
		uint64_t which = take(life, 1);
		words[which >> 6] ^= UINT64_C(1) << which % 64;
	}
	for (unsigned word = 0; word < 4; word++)
		memory_write64(life->memory, pa + 8 * word, words[word]);
}

/* 5.4: V, IPS 44 bits, AA64, R, A. */
static void fill_cd(struct life *life, uint64_t pa)
{
	static const uint8_t widths[] = {16, 20, 24, 25, 30, 34, 39, 48};
	uint8_t how = (uint8_t)take(life, 1), more = (uint8_t)take(life, 1);
	uint64_t words[3] = {
		UINT64_C(0x0000620480000000) | widths[how & 7] | (uint64_t)(how >> 3 & 1 ? how >> 4 & 3 : 0) << 6 |
			(uint64_t)widths[more & 7] << 16 | UINT64_C(2) << 22 | (uint64_t)(how >> 6 & 1) << 30 |
			(uint64_t)(more >> 3 & 3) << 38 | (uint64_t)(more >> 5 & 3) << 48,
		some_frame(life),
		some_frame(life),
	};

	if (how >> 7) {
		uint64_t which = take(life, 1);
		words[(which >> 6) % 3] ^= UINT64_C(1) << which % 64;
	}
	for (unsigned word = 0; word < 3; word++)
		memory_write64(life->memory, pa + 8 * word, words[word]);
}

/* The first structure of the walk that is zero is filled, then the walk is looked at again. */
struct fill {
	struct life *life;
	bool written;
};

static void fill_step(void *context, const struct walk_step *step)
{
	struct fill *fill = context;
	struct life *life = fill->life;

	if (fill->written || step->words[0] != 0 || life->bytes == 0)
		return;
	fill->written = true;
	if (strcmp(step->structure, "STE") == 0)
		fill_ste(life, step->pa);
	else if (strcmp(step->structure, "CD") == 0)
		fill_cd(life, step->pa);
	else if (strcmp(step->structure, "L1STD") == 0)
		memory_write64(life->memory, step->pa, some_frame(life) | take(life, 1) % 16);
	else if (strcmp(step->structure, "L1CD") == 0)
		memory_write64(life->memory, step->pa, some_frame(life) | (take(life, 1) % 16 != 0));
	else
		fill_descriptor(life, step->pa);
}

static struct translation fill_and_explain(struct life *life, const struct request *request)
{
	struct translation out;
	struct fill fill = {.life = life};
	for (unsigned i = 0; i < MAX_FILLS && life->filling; i++) {
		fill.written = false;
		life->unit->ops->explain(life->unit, request, fill_step, &fill, &out);
		if (!fill.written)
			break;
	}
	/* As memory is now. */
	life->unit->ops->explain(life->unit, request, NULL, NULL, &out);
	return out;
}

static void check(const struct life *life, const struct request *request, const struct translation *out)
{
	want(out->reads <= MAX_READS);
	want(!out->recorded || out->result != TRANSLATE_OK);
	want(!(out->recorded && out->overflow));
	want(out->completion == ATS_NONE || request->at == AT_TRANSLATION_REQUEST);
	if (out->result != TRANSLATE_OK)
		return;
	want(out->fault == 0 && !out->lost);
	if (request->at != AT_UNTRANSLATED)
		return;
	want(out->pass_through || out->page_lg2 >= 12);
	want(!life->exact || out->pa >> OAS == 0);
	want((out->pa ^ request->address) % FRAME_BYTES == 0);
	if (!out->pass_through && !request->execute && life->exact)
		want(((request->op + 1u) & ~(unsigned)out->permissions & (PERM_READ | PERM_WRITE)) == 0 ||
		     request->op == REQUEST_READ);
}

static void want_same(const struct translation *a, const struct translation *b)
{
	want(a->result == b->result && a->fault == b->fault && a->pa == b->pa && a->page_lg2 == b->page_lg2);
	want(a->level == b->level && a->permissions == b->permissions && a->pass_through == b->pass_through);
	want(a->from_cache == b->from_cache && a->recorded == b->recorded && a->overflow == b->overflow);
	want(a->lost == b->lost && a->lost_pa == b->lost_pa && a->reads == b->reads);
	want(a->completion == b->completion && a->stall_tag == b->stall_tag);
	want(memcmp(a->record, b->record, sizeof(a->record)) == 0);
}

/* The request under both clocks, from the same state. */
static struct translation ask_twice(struct life *life, const struct request *request)
{
	struct arena_snapshot *before = arena_save(life->arena);
	struct translation functional, cycles;
	uint64_t spent = 0;

	life->unit->ops->translate(life->unit, request, &functional);
	uint64_t hash = arena_hash(life->arena);
	arena_restore(life->arena, before);
	iommu_translate_cycles(life->unit, life->memory, request, 10, &cycles, &spent);
	want(arena_hash(life->arena) == hash);
	want(spent == 10u * cycles.reads);
	want_same(&functional, &cycles);
	arena_snapshot_free(before);
	return functional;
}

static void do_request(struct life *life)
{
	static const uint64_t bases[] = {0, 0x40000000, UINT64_C(0x7fffffffff), UINT64_C(0xfffffffffff),
					 UINT64_C(0xffffffff80000000)};
	uint64_t shape = take(life, 4);
	struct request request = {
		.address = bases[shape % 5] + (shape >> 8 & 0xffff),
		.bytes = (uint32_t)(shape >> 4 & 7),
		.stream = (uint32_t)(shape >> 24 & 7),
		.pasid = (shape >> 27 & 7) == 7 ? (uint32_t)(shape & 3) : PASID_NONE,
		.op = (uint8_t)((shape >> 30) % 3),
		.at = (shape & 0x1f0) == 0x1f0 ? (uint8_t)take(life, 1) : 0,
		.privileged = (shape & 0x600) == 0x600,
		.execute = (shape & 0x1800) == 0x1800,
		.may_stall = (shape & 0x6000) == 0x6000,
	};
	struct translation explained = fill_and_explain(life, &request), out;

	check(life, &request, &explained);
	if (shape & 0x80)
		out = ask_twice(life, &request);
	else
		life->unit->ops->translate(life->unit, &request, &out);
	check(life, &request, &out);
	if (!out.from_cache && out.reads == explained.reads && out.result == TRANSLATE_OK &&
	    explained.result == TRANSLATE_OK)
		want(out.pa == explained.pa && out.permissions == explained.permissions);
}

static void write_register(struct life *life, uint32_t offset, unsigned width, uint64_t value)
{
	life->unit->ops->write_register(life->unit, offset, width, value);
	life->unit->ops->read_register(life->unit, offset, width);
}

static void settle(struct life *life)
{
	unsigned events = 0;
	while (life->unit->ops->advance(life->unit))
		want(++events < MAX_EVENTS);
}

static void do_register(struct life *life)
{
	static const uint32_t offsets[] = {CR0,  CR2,         GBPA,    STRTAB_BASE, STRTAB_CFG, CMDQ_BASE,
					   0x98, EVENTQ_BASE, 0x100a8, EVENTQ_CONS, 0x60,       0x64};
	uint64_t which = take(life, 1);
	uint32_t offset =
		(which & 31) < sizeof(offsets) / sizeof(offsets[0]) ? offsets[which & 31] : (uint32_t)take(life, 3);
	unsigned width = which & 0x80 ? 8 : 4;

	if (offset == STRTAB_BASE || offset == CMDQ_BASE || offset == EVENTQ_BASE)
		width = 8;
	if (which & 0x40)
		life->unit->ops->load_register(life->unit, offset, width, take(life, 8));
	else
		write_register(life, offset, width, take(life, offset == CR0 ? 1 : width));
}

/* 4.1 to 4.7, mostly with StreamIDs, tags and addresses that are in use. */
static void do_command(struct life *life)
{
	static const uint8_t opcodes[] = {0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x28, 0x2a, 0x30, 0x46, 0x44};
	uint64_t base = life->unit->ops->read_register(life->unit, CMDQ_BASE, 8) & UINT64_C(0xfffffffffffe0);
	uint64_t tail = life->unit->ops->read_register(life->unit, CMDQ_PROD, 4);
	uint64_t which = take(life, 1), more = take(life, 2);
	uint64_t word0 = opcodes[which % sizeof(opcodes)] | (more & 7) << 32 | (more >> 3 & 3) << 48;

	if (which & 0x80)
		word0 ^= take(life, 8);
	memory_write64(life->memory, base + (tail & 15) * 16, word0);
	memory_write64(life->memory, base + (tail & 15) * 16 + 8, more >> 5 << 12 | (which >> 4 & 7));
	write_register(life, CMDQ_PROD, 4, (tail + 1) & 31);
}

static void ignore_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	(void)context;
	(void)iova;
	(void)pa;
	want(page_lg2 >= 12 && page_lg2 < 64);
	want(permissions > 0 && permissions < 8);
}

static void do_view(struct life *life)
{
	struct iommu_view view;
	uint32_t stream = (uint32_t)take(life, 1) & 7;

	life->unit->ops->view(life->unit, stream, PASID_NONE, &view);
	if (view.kind == VIEW_TABLE && life->views++ == 0)
		life->unit->ops->view_leaves(life->unit, stream, PASID_NONE, ignore_leaf, NULL, MAX_LEAVES);
}

static void do_message(struct life *life)
{
	uint64_t how = take(life, 3);
	struct page_request page = {
		.address = (how >> 8 & 0xff) << 12,
		.stream = how >> 16 & 7,
		.pasid = how >> 19 & 1 ? how >> 20 & 3 : PASID_NONE,
		.group = (uint16_t)(how >> 4 & 15),
		.read = how & 2,
		.write = how & 4,
		.last = how & 8,
	};
	struct page_response response;

	if (how >> 22 == 0)
		life->unit->ops->invalidate_timed_out(life->unit);
	else if (how >> 22 == 1)
		life->unit->ops->invalidate_completed(life->unit, page.stream, (uint32_t)take(life, 4));
	else
		life->unit->ops->page_request(life->unit, &page, &response);
}

static void do_snapshot(struct life *life)
{
	if (life->snapshot) {
		arena_restore(life->arena, life->snapshot);
		want(arena_hash(life->arena) == life->hash);
		return;
	}
	life->snapshot = arena_save(life->arena);
	life->hash = arena_hash(life->arena);
}

static void do_memory(struct life *life)
{
	uint64_t pa = take(life, 2) << 3;

	if (take(life, 1) & 1)
		fill_descriptor(life, pa);
	else
		memory_write64(life->memory, pa, take(life, 8));
}

static void live(struct life *life)
{
	static void (*const operations[])(struct life * life) = {
		do_register, do_command, settle, do_memory, do_view, do_snapshot, do_message, do_command,
	};

	for (unsigned i = 0; i < MAX_OPERATIONS && life->bytes > 0; i++) {
		uint64_t which = take(life, 1) % 16;
		if (which == 15)
			life->unit->ops->advance(life->unit);
		else if (which < sizeof(operations) / sizeof(operations[0]))
			operations[which](life);
		else
			do_request(life);
	}
	settle(life);
}

static void begin(struct life *life)
{
	uint64_t how = take(life, 2);
	struct iommu_config config = {
		.address_width = OAS,
		.compat_qemu = (how & 3) == 3,
		.no_cache = (how & 12) == 12,
		.no_translation_cache = (how & 12) == 8,
		.iotlb_entries = how & 16 ? 4 : 0,
		.context_entries = how & 16 ? 4 : 0,
		.ats = how & 0x100,
		.pri = how & 0x100,
		.stall = (how & 0x600) == 0x600,
		.pasid_bits = 8,
	};
	life->exact = !config.compat_qemu;
	if ((how & 0xe0) == 0xe0) {
		/* 6.3.1, 6.3.2, 6.3.4, 6.3.6, and what the bytes change of them. */
		config.id[0] = UINT64_C(0x0d4c101f) | (UINT64_C(1) << 26 | 19 << 21 | 19 << 16 | 8 << 6 | 10) << 32;
		config.id[0] ^= take(life, 8);
		config.id[1] = UINT64_C(0x1414) << 32 ^ take(life, 8);
		config.id[2] = UINT64_C(0x74) << 32 ^ take(life, 8);
		life->exact = false;
	}
	life->filling = (how & 0xe0) != 0x60;
	life->unit = smmuv3_ops.create(life->arena, life->memory, &config);
	write_register(life, STRTAB_BASE, 8, STREAMS);
	write_register(life, STRTAB_CFG, 4, how & 0x800 ? 0x10000 | 6 << 6 | 8 : 3);
	write_register(life, CMDQ_BASE, 8, COMMANDS | 4);
	write_register(life, EVENTQ_BASE, 8, EVENTS | 3);
	write_register(life, CR0, 4, 0x1d); /* SMMUEN, EVENTQEN, CMDQEN, ATSCHK */
	settle(life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct life life = {.data = data, .bytes = bytes, .arena = arena_new()};

	life.memory = memory_new(life.arena, FRAMES);
	want(memory_add_ram(life.memory, 0, (UINT64_C(1) << 42) - 1));
	begin(&life);
	live(&life);
	arena_snapshot_free(life.snapshot);
	smmuv3_ops.destroy(life.unit);
	memory_free(life.memory);
	arena_free(life.arena);
	return 0;
}
