/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the life of a VT-d unit: capabilities, register writes, queue entries, requests. Memory is filled from
 * the bytes as walks come to read it, mostly with words that lead on. What must hold: no assertion, everything ends,
 * and answers are consistent with each other.
 */
#include "hw/iommu.h"
#include "hw/memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define MAX_OPERATIONS 64
#define MAX_FILLS      16 /* structures of one walk */
#define MAX_EVENTS     4096
#define MAX_LEAVES     64
#define FRAMES         512
#define ADDRESS_WIDTH  46

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
	bool filling;
	unsigned views;
};

static uint64_t take(struct life *life, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes && life->bytes > 0; i++, life->bytes--)
		value |= (uint64_t)*life->data++ << 8 * i;
	return value;
}

/* Raw, or an entry that refers to one of a few frames, or one with a page size bit or a wrong bit. */
static uint64_t take_word(struct life *life)
{
	uint8_t how = (uint8_t)take(life, 1);
	uint64_t frame = how >> 3 & 7;
	switch (how & 7) {
	case 0:
		return take(life, 8);
	case 1:
		return frame << 12 | 0x83;
	case 2:
		return frame << 12 | 3 | UINT64_C(1) << take(life, 1) % 64;
	case 3:
		return (frame << 12 & 0x7000) | (how >> 6);
	case 4:
		return 0;
	default:
		return frame << 12 | 3;
	}
}

/* The first word of the walk that is zero is filled, then the walk is looked at again. */
struct fill {
	struct life *life;
	bool written;
};

static void fill_step(void *context, const struct walk_step *step)
{
	struct fill *fill = context;
	if (fill->written || step->words[0] != 0 || fill->life->bytes == 0)
		return;
	fill->written = true;
	memory_write64(fill->life->memory, step->pa, take_word(fill->life));
	/* The second word of a context entry: domain and width. */
	if (step->word_count == 2 && step->pa >> FRAME_LG2 != 1)
		memory_write64(fill->life->memory, step->pa + 8, take(fill->life, 1) << 8 | 2);
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

static void check(const struct request *request, const struct translation *out)
{
	bool page = out->page_lg2 == 12 || out->page_lg2 == 21 || out->page_lg2 == 30;

	want(out->reads <= 7);
	want(!out->recorded || (out->result == TRANSLATE_FAULT && out->record[1] >> 63));
	want(!(out->recorded && out->overflow));
	if (out->result != TRANSLATE_OK)
		return;
	want(out->fault == 0 && !out->lost);
	want(out->pass_through || out->untranslated_only || page || out->permissions == 0);
	if (request->at != AT_UNTRANSLATED || out->pass_through)
		return;
	want((out->pa ^ request->address) % FRAME_BYTES == 0);
	want(out->pa >> ADDRESS_WIDTH == 0 && out->pa >> 20 != 0xfee);
	if (request->bytes > 0)
		want(((request->op + 1u) & ~(unsigned)out->permissions) == 0);
}

static void do_request(struct life *life)
{
	static const uint64_t bases[] = {0, 0x40000000, 0xfee00000, UINT64_C(0x7fffffffff), UINT64_C(0xffffffffffff)};
	uint64_t shape = take(life, 4);
	struct request request = {
		.address = bases[shape % 5] + (shape >> 8 & 0xffff),
		.bytes = (uint32_t)(shape >> 4 & 7),
		.stream = (uint32_t)(shape >> 24 & 3) | (uint32_t)(shape >> 26 & 1) << 8,
		.pasid = (shape >> 27 & 31) == 31 ? 1 : PASID_NONE,
		.op = (uint8_t)((shape >> 28) % 3),
		.at = (shape & 0xf0000000) == 0x70000000 ? (uint8_t)take(life, 1) : 0,
	};
	struct translation explained = fill_and_explain(life, &request), out;
	uint64_t cycles = 0;

	check(&request, &explained);
	if (shape & 0x80)
		life->unit->ops->translate(life->unit, &request, &out);
	else
		iommu_translate_cycles(life->unit, life->memory, &request, 10, &out, &cycles);
	check(&request, &out);
	want(cycles == 0 || cycles == 10u * out.reads);
	if (!out.from_cache && out.reads == explained.reads && out.result == TRANSLATE_OK)
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
	static const uint16_t offsets[] = {0x18, 0x20, 0x28, 0x34, 0x38, 0x80, 0x88,
					   0x90, 0x9c, 0xa0, 0xf0, 0xf8, 0x22c};
	uint64_t which = take(life, 1);
	uint32_t offset = which < sizeof(offsets) / sizeof(offsets[0]) ? offsets[which] : (uint32_t)take(life, 2);
	unsigned width = which & 0x80 ? 8 : 4;

	if (which == 1 || which == 2 || which == 7 || which > 9)
		width = 8;
	if (which & 0x40)
		life->unit->ops->load_register(life->unit, offset, width, take(life, 8));
	else
		write_register(life, offset, width, which == 0 ? take(life, 1) << 24 : take(life, width));
}

static void do_queue(struct life *life)
{
	uint64_t base = life->unit->ops->read_register(life->unit, 0x90, 8) & ~UINT64_C(0xfff);
	uint64_t tail = life->unit->ops->read_register(life->unit, 0x88, 8);
	uint64_t kind = take(life, 1), low = take(life, 7) << 8;

	memory_write64(life->memory, base + tail, kind & 0x80 ? low | kind : (low & UINT64_C(0xffffffff0000)) | kind);
	memory_write64(life->memory, base + tail + 8, take(life, 2) << 4);
	write_register(life, 0x88, 8, (tail + 16) % 4096);
}

static void ignore_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	(void)context;
	(void)iova;
	(void)pa;
	want(page_lg2 == 12 || page_lg2 == 21 || page_lg2 == 30);
	want(permissions > 0 && permissions < 4);
}

static void do_view(struct life *life)
{
	struct iommu_view view;
	uint32_t stream = (uint32_t)take(life, 1) & 3;

	life->unit->ops->view(life->unit, stream, PASID_NONE, &view);
	if (view.kind == VIEW_TABLE && life->views++ == 0)
		life->unit->ops->view_leaves(life->unit, stream, PASID_NONE, ignore_leaf, NULL, MAX_LEAVES);
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

static void live(struct life *life)
{
	for (unsigned i = 0; i < MAX_OPERATIONS && life->bytes > 0; i++) {
		switch (take(life, 1) % 10) {
		case 0:
			do_register(life);
			break;
		case 1:
			do_queue(life);
			break;
		case 2:
			life->unit->ops->advance(life->unit);
			break;
		case 3:
			settle(life);
			break;
		case 4:
			memory_write64(life->memory, take(life, 2) << 3, take_word(life));
			break;
		case 5:
			do_view(life);
			break;
		case 6:
			do_snapshot(life);
			break;
		default:
			do_request(life);
		}
	}
	settle(life);
}

static void begin(struct life *life)
{
	uint64_t how = take(life, 1);
	struct iommu_config config = {
		.address_width = ADDRESS_WIDTH,
		.compat_qemu = how & 1,
		.no_cache = how & 2,
		.iotlb_entries = how & 4 ? 4 : 0,
		.context_entries = how & 4 ? 4 : 0,
	};
	if (how & 8) {
		config.id[0] = UINT64_C(0x80d2008c226f0606) ^ take(life, 8);
		config.id[1] = UINT64_C(0xfc3) ^ take(life, 8);
	}
	life->filling = !(how & 16);
	life->unit = vtd_ops.create(life->arena, life->memory, &config);
	write_register(life, 0x90, 8, 0x10000);
	write_register(life, 0x20, 8, how & 32 ? take(life, 8) : 0x1000);
	write_register(life, 0x18, 4, 0x40000000);
	write_register(life, 0x18, 4, how & 64 ? 0x80000000 : 0x84000000);
	settle(life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct life life = {.data = data, .bytes = bytes, .arena = arena_new()};

	life.memory = memory_new(life.arena, FRAMES);
	want(memory_add_ram(life.memory, 0, (UINT64_C(1) << 44) - 1));
	begin(&life);
	live(&life);
	arena_snapshot_free(life.snapshot);
	vtd_ops.destroy(life.unit);
	memory_free(life.memory);
	arena_free(life.arena);
	return 0;
}
