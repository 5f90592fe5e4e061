/* SPDX-License-Identifier: MIT */
/*
 * The engine against reference_walk.c: 100,000 seeded requests on random structures, most of them corrupted, must have
 * the same result, address, event and event fields; under both clocks and traced. Then the same of a unit with ATS,
 * whose devices also send translation requests and translated transactions. Caches are off.
 */
#include "base/random.h"
#include "hw/iommu.h"
#include "hw/memory.h"
#include "reference_walk.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS       2000
#define REQUESTS     50
#define RAM_LAST     UINT64_C(0x1ffffff)
#define STREAM_TABLE UINT64_C(0x100000)
#define STREAM_ARRAY UINT64_C(0x180000) /* level 2, 64 KiB aligned */
#define FIRST_FREE   UINT64_C(0x200000)
#define STREAMS      4
#define WORDS_MAX    4096
#define ADDRESSES    6
#define OAS          44
#define EVENTS       UINT64_C(0x1ff0000) /* the event queue */

struct stage { /* how tables of one stage are laid out */
	uint64_t base;
	int granule_lg2, start;
	unsigned width;
};

struct world {
	struct random random;
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
	struct reference_unit reference;
	uint64_t words[WORDS_MAX]; /* where something was written */
	unsigned word_count;
	uint64_t free;
	uint64_t addresses[STREAMS][ADDRESSES];
};

static uint64_t below(struct world *world, uint64_t limit)
{
	return random_below(&world->random, limit);
}

static bool often(struct world *world)
{
	return !random_chance(&world->random, 12);
}

static void put(struct world *world, uint64_t pa, uint64_t word)
{
	if (memory_write64(world->memory, pa, word) && world->word_count < WORDS_MAX)
		world->words[world->word_count++] = pa;
}

static uint64_t get(const struct world *world, uint64_t pa)
{
	uint64_t word = 0;
	memory_read64(world->memory, pa, &word);
	return word;
}

static uint64_t take(struct world *world, uint64_t bytes)
{
	uint64_t at = (world->free + bytes - 1) & ~(bytes - 1);
	world->free = at + bytes;
	return at;
}

static int shift_of(const struct stage *stage, int level)
{
	return stage->granule_lg2 + (stage->granule_lg2 - 3) * (3 - level);
}

/* The attributes of a leaf: rights and flags mostly such that it can be used. */
static uint64_t attributes(struct world *world, bool second)
{
	uint64_t word = 1 | (often(world) ? 0x400 : 0) | below(world, 4) << 8;

	if (second)
		return word | (often(world) ? 0xc0 : below(world, 4) << 6) | below(world, 16) << 2 |
		       (often(world) ? 0 : below(world, 4) << 53);
	return word | (often(world) ? 0x40 : below(world, 4) << 6) | (often(world) ? 0 : below(world, 4) << 53) |
	       below(world, 2) << 11;
}

/* Maps what `address` lies in; `exact`: to itself, a page. */
static void map(struct world *world, const struct stage *stage, uint64_t address, bool second, bool exact)
{
	uint64_t table = stage->base, mask = (UINT64_C(1) << stage->width) - 1;

	for (int level = stage->start; level <= 3; level++) {
		int shift = shift_of(stage, level);
		uint64_t index = (address & mask) >> shift, at;
		if (level > stage->start)
			index &= (UINT64_C(1) << (stage->granule_lg2 - 3)) - 1;
		at = table + 8 * index;
		uint64_t word = get(world, at);
		bool leaf = level == 3 || (!exact && !random_chance(&world->random, 3) == 0 && level > 0 && !word);
		if (leaf) {
			uint64_t size = UINT64_C(1) << shift;
			uint64_t to = exact ? address : below(world, RAM_LAST) << below(world, 14);
			if (!word || !exact)
				put(world, at,
				    (to & ~(size - 1) & UINT64_C(0xffffffffffff)) | attributes(world, second) |
					    (level == 3 ? 2 : 0));
			return;
		}
		if ((word & 3) != 3) {
			word = take(world, UINT64_C(1) << stage->granule_lg2) | 3;
			if (!second && !often(world))
				word |= below(world, 32) << 59;
			put(world, at, word);
		}
		table = word & UINT64_C(0xfffffffff000);
	}
}

static void make_stage(struct world *world, struct stage *stage, unsigned tg)
{
	stage->granule_lg2 = tg == 0 ? 12 : tg == 1 ? 16 : 14;
	int shift = shift_of(stage, stage->start);
	uint64_t bytes = UINT64_C(8) << ((int)stage->width > shift ? (int)stage->width - shift : 0);
	stage->base = take(world, bytes < 4096 ? 4096 : bytes);
}

/* Stage 2 with a start level and a width that mostly go together. */
static void make_second(struct world *world, uint64_t *ste, struct stage *stage)
{
	static const int levels[3][3] = {{2, 1, 0}, {3, 2, 1}, {3, 2, 1}};
	unsigned tg = (unsigned)below(world, 3), sl0 = (unsigned)below(world, 3), field;

	stage->start = levels[tg][sl0];
	stage->granule_lg2 = tg == 0 ? 12 : tg == 1 ? 16 : 14;
	unsigned resolved = (unsigned)shift_of(stage, stage->start);
	stage->width = resolved + 1 + (unsigned)below(world, (unsigned)stage->granule_lg2 - 3 + 4);
	if (stage->width > OAS)
		stage->width = OAS;
	if (stage->width < 25)
		stage->width = 25;
	field = 64 - stage->width;
	make_stage(world, stage, tg);
	ste[2] |= (uint64_t)field << 32 | (uint64_t)sl0 << 38 | (uint64_t)tg << 46 | below(world, 8) << 48 |
		  UINT64_C(1) << 51 | (uint64_t)!often(world) << 53 | (uint64_t)!often(world) << 54 |
		  (uint64_t)often(world) << 58 | below(world, 65536);
	if (often(world))
		ste[2] |= UINT64_C(4) << 48;
	ste[3] = stage->base;
}

static void make_cd(struct world *world, uint64_t pa, struct stage halves[2])
{
	static const unsigned tg1[3] = {2, 3, 1};
	uint64_t cd[4] = {0};

	cd[0] = UINT64_C(1) << 31 | UINT64_C(1) << 41 | UINT64_C(1) << 46 | (uint64_t)often(world) << 45 |
		below(world, 65536) << 48;
	cd[0] |= (often(world) ? UINT64_C(4) : below(world, 8)) << 32 | (uint64_t)!often(world) << 35 |
		 (uint64_t)!often(world) << 36 | below(world, 4) << 38 | (uint64_t)!often(world) << 40;
	for (unsigned half = 0; half < 2; half++) {
		unsigned tg = (unsigned)below(world, 3), field = (unsigned)random_between(&world->random, 16, 39);
		halves[half].granule_lg2 = tg == 0 ? 12 : tg == 1 ? 16 : 14;
		halves[half].width = 64 - field;
		halves[half].start = 3;
		while (shift_of(&halves[half], halves[half].start - 1) < (int)halves[half].width)
			halves[half].start--;
		make_stage(world, &halves[half], tg);
		cd[0] |= ((uint64_t)field | (uint64_t)(half ? tg1[tg] : tg) << 6 | (uint64_t)!often(world) << 14)
			 << 16 * half;
		cd[1 + half] = halves[half].base | below(world, 4) << 1 | (uint64_t)!often(world);
	}
	cd[0] &= ~(UINT64_C(0x8000));
	for (unsigned i = 0; i < 4; i++)
		put(world, pa + 8 * i, cd[i]);
}

/* Everything that stage 1 and its CD lie in, through stage 2 to where it is. */
static void map_structures(struct world *world, const struct stage *second, uint64_t first, uint64_t last)
{
	for (uint64_t page = first & ~UINT64_C(0xfff); page < last; page += UINT64_C(1) << second->granule_lg2)
		map(world, second, page & ~((UINT64_C(1) << second->granule_lg2) - 1), true, true);
}

static void make_stream(struct world *world, unsigned number, uint64_t ste_pa)
{
	static const unsigned configs[8] = {0, 4, 5, 5, 6, 7, 7, 7};
	unsigned config = configs[below(world, 8)], cd_lg2 = often(world) ? 0 : (unsigned)below(world, 9);
	unsigned format = cd_lg2 ? (unsigned)below(world, 4) : 0;
	uint64_t ste[8] = {1 | config << 1 | (uint64_t)format << 4 | (uint64_t)cd_lg2 << 59};
	struct stage halves[2], second = {0};
	uint64_t begin, structures_end;

	ste[1] = below(world, 4) | (often(world) ? 0 : below(world, 16) << 48);
	if (world->reference.ats)
		ste[1] |= (config == 7 && below(world, 2) ? 2 : often(world) ? 1 : below(world, 4)) << 28;
	begin = take(world, 65536);
	uint64_t table = begin, cd = begin;
	if (format == 1 || format == 2) {
		cd = take(world, 65536);
		for (unsigned i = 0; i < 4; i++)
			put(world, table + 8 * i, cd | (often(world) ? 1 : 0));
	}
	ste[0] |= table;
	for (unsigned index = 0; index < (cd_lg2 ? 3u : 1u); index++)
		make_cd(world, cd + 64 * index, halves);
	for (unsigned i = 0; i < ADDRESSES; i++) {
		const struct stage *half = &halves[i & 1];
		uint64_t mask = (UINT64_C(1) << half->width) - 1, address = random_next(&world->random) & mask;
		if (config & 1) {
			map(world, half, address, false, false);
			if (i & 1)
				address |= ~mask;
		} else {
			address = below(world, UINT64_C(1) << (often(world) ? 32 : 46));
		}
		world->addresses[number][i] = address;
	}
	structures_end = world->free;
	if (config & 2) {
		make_second(world, ste, &second);
		if (config & 1)
			map_structures(world, &second, begin, structures_end);
		for (unsigned i = 0; i < 2 * ADDRESSES; i++)
			map(world, &second,
			    (config & 1 ? below(world, UINT64_C(1) << 40) : world->addresses[number][i % ADDRESSES]) &
				    ((UINT64_C(1) << second.width) - 1),
			    true, false);
	}
	for (unsigned i = 0; i < 4; i++)
		put(world, ste_pa + 8 * i, ste[i]);
}

static void settle(struct world *world)
{
	while (world->unit->ops->advance(world->unit))
		;
}

static void set(struct world *world, uint32_t offset, unsigned width, uint64_t value)
{
	world->unit->ops->write_register(world->unit, offset, width, value);
	settle(world);
}

static void make_round(struct world *world)
{
	static const unsigned splits[3] = {6, 8, 10};
	bool two = below(world, 2);
	unsigned lg2 = 8, split = splits[below(world, 3)];

	for (uint64_t frame = 0; frame <= (world->free >> FRAME_LG2) && frame <= RAM_LAST >> FRAME_LG2; frame++)
		memory_clear_frame(world->memory, frame);
	world->word_count = 0;
	world->free = FIRST_FREE;
	for (unsigned i = 0; i < STREAMS; i++)
		make_stream(world, i, (two ? STREAM_ARRAY : STREAM_TABLE) + 64 * i);
	for (unsigned i = 0; two && i < 4; i++)
		put(world, STREAM_TABLE + 8 * i, STREAM_ARRAY | (often(world) ? 1 + below(world, split + 1) : 0));
	for (unsigned i = 0; i < 12 && below(world, 4); i++) {
		uint64_t pa = world->words[below(world, world->word_count)], word = get(world, pa);
		word = often(world) ? word ^ UINT64_C(1) << below(world, 64) : random_next(&world->random);
		memory_write64(world->memory, pa, word);
	}
	set(world, 0x20, 4, 0);
	set(world, 0x80, 8, STREAM_TABLE);
	set(world, 0x88, 4, lg2 | (uint32_t)split << 6 | (two ? 0x10000u : 0));
	set(world, 0xa0, 8, EVENTS | 8);
	world->reference.atschk = world->reference.ats && below(world, 3);
	world->reference.rec_cfg_ats = world->reference.ats && below(world, 2);
	set(world, 0x2c, 4, world->reference.rec_cfg_ats ? 8 : 0);
	set(world, 0x20, 4, world->reference.atschk ? 0x15 : 5); /* SMMUEN, EVENTQEN, ATSCHK */
	world->reference.stream_base = STREAM_TABLE;
	world->reference.stream_lg2 = lg2;
	world->reference.stream_split = two ? split : 0;
}

static bool read_word(void *context, uint64_t pa, uint64_t *word)
{
	const struct world *world = context;
	return memory_read64(world->memory, pa, word);
}

/* 7.3: the fields of a record that this event has. */
static void expect_record(const struct reference_answer *expected, const struct request *request,
			  const uint64_t *record)
{
	unsigned event = expected->event;

	assert_int_equal(record[0] & 0xff, event);
	assert_int_equal(record[0] >> 32, request->stream);
	if (event == 0x03 || event == 0x09 || event == 0x0b)
		assert_true(record[3] == (expected->fetch & UINT64_C(0x00fffffffffffff8)));
	if ((event != 0x0b && (event < 0x10 || event > 0x13)) || request->at == AT_TRANSLATION_REQUEST)
		return;
	assert_int_equal(record[1] >> 33 & 1, expected->privileged);
	assert_int_equal(record[1] >> 34 & 1, expected->instruction);
	assert_int_equal(record[1] >> 35 & 1, request->op == REQUEST_READ);
	assert_int_equal(record[1] >> 39 & 1, expected->second);
	assert_int_equal(record[1] >> 40 & 3, expected->class);
	assert_true(record[2] == request->address);
	if (expected->second && event != 0x0b)
		assert_true(record[3] == (expected->ipa & UINT64_C(0x00fffffffffff000)));
}

static void expect_same(const struct reference_answer *expected, const struct request *request,
			const struct translation *got)
{
	/* Why an answer grants nothing is nobody's to know. */
	bool denied = !expected->ok && expected->completion == 'S';

	if ((got->result == TRANSLATE_OK) != expected->ok ||
	    (expected->ok ? got->pa != expected->pa : got->fault != expected->event && !denied))
		fail_msg("stream %" PRIu32 " address 0x%" PRIx64 ": expected event 0x%x pa 0x%" PRIx64
			 ", got event 0x%x pa 0x%" PRIx64,
			 request->stream, request->address, expected->event, expected->pa, got->fault, got->pa);
	assert_int_equal(got->completion, expected->completion == 'S'   ? ATS_SUCCESS
					  : expected->completion == 'U' ? ATS_UR
					  : expected->completion == 'C' ? ATS_CA
									: ATS_NONE);
	if (expected->completion == 'S')
		assert_int_equal(got->permissions, expected->rights);
	if (expected->ok) {
		assert_true(got->pa == expected->pa);
		return;
	}
	if (expected->event && !denied)
		expect_record(expected, request, got->record);
}

/* Whether the event is in the queue is what R says; it is consumed then (EVENTQ_PROD, EVENTQ_CONS). */
static void expect_recorded(struct world *world, const struct reference_answer *expected, const struct translation *got)
{
	uint64_t produced = world->unit->ops->read_register(world->unit, 0x100a8, 4);
	uint64_t consumed = world->unit->ops->read_register(world->unit, 0x100ac, 4);

	assert_int_equal(got->recorded, !expected->ok && expected->recorded);
	assert_int_equal(produced, (consumed + got->recorded) % 512);
	set(world, 0x100ac, 4, produced);
}

/* What kind of request lacks which bits (PCIe 10.2.2, IHI 0070 3.9.1.3): the unit is told neither. */
static void settle_kind(struct world *world, struct request *request)
{
	if (request->at == AT_TRANSLATION_REQUEST)
		request->op = REQUEST_READ;
	if (request->at == AT_TRANSLATED) {
		request->pasid = PASID_NONE;
		if (below(world, 2)) /* an address that stage 2 might know */
			request->address &= UINT64_C(0xffffffffff);
	}
	if (request->at != AT_UNTRANSLATED && request->pasid == PASID_NONE)
		request->privileged = request->execute = false;
}

static void ask(struct world *world, unsigned seen[256])
{
	unsigned stream = (unsigned)below(world, STREAMS);
	bool substream = !often(world), random_stream = random_chance(&world->random, 40);
	struct request request = {
		.address = world->addresses[stream][below(world, ADDRESSES)] ^
			   (often(world) ? below(world, 4096) & ~7u : 0),
		.bytes = 8,
		.stream = random_stream ? (uint32_t)below(world, 600) : stream,
		.pasid = substream ? (uint32_t)below(world, 5) : PASID_NONE,
		.op = below(world, 2) ? REQUEST_WRITE : REQUEST_READ,
		.privileged = !often(world),
		.execute = !often(world),
		.at = world->reference.ats ? (uint8_t)below(world, 3) : AT_UNTRANSLATED,
	};
	if (!often(world))
		request.address ^= UINT64_C(1) << random_between(&world->random, 12, 63);
	request.address &= ~UINT64_C(7);
	settle_kind(world, &request);
	struct reference_question question = {
		.address = request.address,
		.stream = request.stream,
		.substream = request.pasid == PASID_NONE ? 0 : request.pasid,
		.has_substream = request.pasid != PASID_NONE,
		.write = request.op == REQUEST_WRITE,
		.privileged = request.privileged,
		.instruction = request.execute,
		.at = request.at == AT_TRANSLATION_REQUEST ? REFERENCE_REQUEST
		      : request.at == AT_TRANSLATED        ? REFERENCE_TRANSLATED
							   : REFERENCE_ORDINARY,
	};
	struct reference_answer expected = reference_walk(&world->reference, &question);
	struct translation got;
	uint64_t cycles;

	world->unit->ops->translate(world->unit, &request, &got);
	expect_same(&expected, &request, &got);
	expect_recorded(world, &expected, &got);
	iommu_translate_cycles(world->unit, world->memory, &request, 100, &got, &cycles);
	expect_same(&expected, &request, &got);
	expect_recorded(world, &expected, &got);
	assert_int_equal(cycles, 100u * got.reads);
	world->unit->ops->explain(world->unit, &request, NULL, NULL, &got);
	expect_same(&expected, &request, &got);
	seen[expected.ok ? 0xff : expected.event & 0xff]++;
}

/* Of what the unit keeps here nothing changes in a round: it makes no difference to the answers. */
static void run(bool ats, bool keeps_configuration, const unsigned *events, unsigned event_count)
{
	struct world world = {.free = FIRST_FREE};
	unsigned seen[256] = {0};
	/* IDR0: 2-level tables, abort, no stall, little endian, CD2L, VMID16, ASID16, AArch64, both stages (6.3.1) */
	struct iommu_config config = {
		.no_cache = !keeps_configuration, .no_translation_cache = true, .context_entries = 8};

	config.id[0] = UINT64_C(0x0d4c101f) | (UINT64_C(1) << 26 | 19 << 21 | 19 << 16 | 8 << 6 | 10) << 32;
	config.id[0] |= ats ? UINT64_C(0x800400) : 0; /* ATSRECERR, ATS */
	config.id[1] = UINT64_C(0x1414) << 32;
	config.id[2] = UINT64_C(0x74) << 32;
	random_seed(&world.random, 20261120);
	world.arena = arena_new();
	world.memory = memory_new(world.arena, 16384);
	assert_true(memory_add_ram(world.memory, 0, RAM_LAST));
	world.unit = iommu_ops_of(IOMMU_SMMUV3)->create(world.arena, world.memory, &config);
	world.reference =
		(struct reference_unit){.read64 = read_word, .context = &world, .oas = OAS, .ssid_bits = 8, .ats = ats};
	struct arena_snapshot *empty = arena_save(world.arena);
	for (unsigned round = 0; round < ROUNDS; round++) {
		arena_restore(world.arena, empty);
		make_round(&world);
		for (unsigned i = 0; i < REQUESTS; i++)
			ask(&world, seen);
	}
	for (unsigned i = 0; i < event_count; i++)
		if (seen[events[i]] < 20)
			fail_msg("event 0x%x was met only %u times", events[i], seen[events[i]]);
	assert_true(seen[0xff] > ROUNDS * REQUESTS / 8);
	arena_snapshot_free(empty);
	world.unit->ops->destroy(world.unit);
	memory_free(world.memory);
	arena_free(world.arena);
}

static void test_walk_random_structures_agrees_with_reference(void **state)
{
	static const unsigned events[] = {0x02, 0x03, 0x04, 0x06, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13};

	(void)state;
	run(false, false, events, sizeof(events) / sizeof(events[0]));
}

static void test_walk_from_cached_configuration_agrees_with_reference(void **state)
{
	static const unsigned events[] = {0x02, 0x03, 0x04, 0x06, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13};

	(void)state;
	run(false, true, events, sizeof(events) / sizeof(events[0]));
}

static void test_ats_random_structures_agrees_with_reference(void **state)
{
	static const unsigned events[] = {0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
					  0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13};

	(void)state;
	run(true, false, events, sizeof(events) / sizeof(events[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_random_structures_agrees_with_reference),
		cmocka_unit_test(test_walk_from_cached_configuration_agrees_with_reference),
		cmocka_unit_test(test_ats_random_structures_agrees_with_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
