/* SPDX-License-Identifier: MIT */
/*
 * m levels of stage 1 in n levels of stage 2 are n*m + n + m references of tables with caches off, for every m and n
 * that a kind has (IHI 0070 3.3.2; VT-d 3.8); what configures a walk is counted apart. Words are literal, by VT-d 3.4,
 * 9.1 to 9.10 and IHI 0070 5.2, 5.4.
 */
#include "hw/iommu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STREAM UINT64_C(0x20)
#define ROOT   UINT64_C(0x100000)
#define NEXT   UINT64_C(0x110000) /* context table; CD */
#define PASIDS UINT64_C(0x120000) /* PASID directory, then the table */
#define FIRST  UINT64_C(0x200000)
#define SECOND UINT64_C(0x300000)
#define PAGE   UINT64_C(0x400000)
#define IOVA   UINT64_C(0x345000) /* within what the second stage maps to itself */
#define RAM    UINT64_C(0xffffff)

struct walk {
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
};

static void put(struct walk *walk, uint64_t pa, uint64_t word)
{
	assert_true(memory_write64(walk->memory, pa, word));
}

static unsigned index_of(uint64_t address, unsigned level)
{
	return (unsigned)(address >> (12 + 9 * (level - 1)) & 511);
}

/* Tables of one address, a frame each, the top one first. */
static void write_first(struct walk *walk, unsigned levels, uint64_t table_bits, uint64_t page_bits)
{
	for (unsigned level = levels; level > 0; level--) {
		uint64_t table = FIRST + 0x1000 * (levels - level);
		put(walk, table + 8 * index_of(IOVA, level),
		    level == 1 ? PAGE | page_bits : (table + 0x1000) | table_bits);
	}
}

/* The first 16 MiB where they are, by 4 KiB pages. */
static void write_second(struct walk *walk, unsigned levels, uint64_t table_bits, uint64_t page_bits)
{
	uint64_t last = SECOND + 0x1000 * (levels - 1);

	for (unsigned level = levels; level > 2; level--) {
		uint64_t table = SECOND + 0x1000 * (levels - level);
		put(walk, table, (table + 0x1000) | table_bits);
	}
	for (uint64_t i = 0; i < 8; i++)
		put(walk, last - 0x1000 + 8 * i, (last + 0x1000 * i) | table_bits);
	for (uint64_t frame = 0; frame < 8 * 512; frame++)
		put(walk, last + 8 * frame, frame << 12 | page_bits);
}

static void set(struct walk *walk, uint32_t offset, unsigned width, uint64_t value)
{
	walk->unit->ops->write_register(walk->unit, offset, width, value);
	while (walk->unit->ops->advance(walk->unit))
		;
}

static void begin(struct walk *walk, enum iommu_kind kind, bool scalable)
{
	/* CAP: SAGAW of 3, 4 and 5 levels, MGAW 57, FS5LP, ND; ECAP: SMTS, PASID, NEST, FSTS, SSTS, SMPWCS, C. */
	struct iommu_config config = {.no_cache = true, .address_width = 48, .scalable = scalable};

	*walk = (struct walk){.arena = arena_new()};
	if (kind == IOMMU_VTD)
		config.id[0] = UINT64_C(1) << 60 | UINT64_C(0xf) << 34 | UINT64_C(56) << 16 | UINT64_C(0xe) << 8 | 2;
	if (kind == IOMMU_VTD && scalable)
		config.id[1] = UINT64_C(0x0001c99804000f43);
	walk->memory = memory_new(walk->arena, 4096);
	assert_true(memory_add_ram(walk->memory, 0, RAM));
	walk->unit = iommu_ops_of(kind)->create(walk->arena, walk->memory, &config);
}

static void end(struct walk *walk)
{
	walk->unit->ops->destroy(walk->unit);
	memory_free(walk->memory);
	arena_free(walk->arena);
}

static void start_vtd(struct walk *walk, bool scalable)
{
	put(walk, ROOT, NEXT | 1);
	set(walk, 0x20, 8, ROOT | (uint64_t)scalable << 10);
	set(walk, 0x18, 4, UINT32_C(0x40000000));
	set(walk, 0x18, 4, UINT32_C(0x80000000));
}

/* 9.3: AW is the levels less two. */
static void prepare_vtd_legacy(struct walk *walk, unsigned second)
{
	begin(walk, IOMMU_VTD, false);
	write_second(walk, second, 3, 3);
	put(walk, NEXT + 16 * STREAM, SECOND | 1);
	put(walk, NEXT + 16 * STREAM + 8, 1 << 8 | (second - 2));
	start_vtd(walk, false);
}

/* 9.6: AW and FSPM; PGTT 1 first stage, 3 nested. */
static void prepare_vtd_scalable(struct walk *walk, unsigned first, unsigned second)
{
	uint64_t entry = PASIDS + 0x1000;

	begin(walk, IOMMU_VTD, true);
	write_first(walk, first, 0x27, 0x67);
	if (second)
		write_second(walk, second, 3, 3);
	put(walk, NEXT + 32 * STREAM, PASIDS | 1 << 3 | 1);
	put(walk, PASIDS, entry | 1);
	put(walk, entry, (second ? SECOND : 0) | (second ? 3 : 1) << 6 | (second ? second - 2 : 0) << 2 | 1);
	put(walk, entry + 8, 1 << 23 | 1);
	put(walk, entry + 16, FIRST | (first == 5 ? 1 : 0) << 2);
	start_vtd(walk, true);
}

/* 5.2, 5.4: T0SZ and S2T0SZ leave 9 bits a level; S2SL0 2, 1: level 0 or 1 is the first. */
static void prepare_smmu(struct walk *walk, unsigned first, unsigned second)
{
	uint64_t config = 4 | (first ? 1 : 0) | (second ? 2 : 0), ste = ROOT + 64 * STREAM;

	begin(walk, IOMMU_SMMUV3, false);
	if (first)
		write_first(walk, first, 3, 0xc43);
	if (second)
		write_second(walk, second, 3, 0x4ff);
	put(walk, ste, NEXT | config << 1 | 1);
	put(walk, ste + 16,
	    UINT64_C(1) << 58 | UINT64_C(1) << 51 | UINT64_C(5) << 48 | (uint64_t)(second == 4 ? 2 : 1) << 38 |
		    (uint64_t)(52 - 9 * second) << 32 | 1);
	put(walk, ste + 24, SECOND);
	put(walk, NEXT, UINT64_C(0x0001620500000000) | UINT64_C(0xc0000000) | (52 - 9 * first));
	put(walk, NEXT + 8, FIRST);
	set(walk, 0x80, 8, ROOT);
	set(walk, 0x88, 4, 9);
	set(walk, 0x20, 4, 1);
}

/* References to what lies from FIRST on, and to what lies before it, under the cycle clock; the functional one agrees.
 */
static void expect(struct walk *walk, unsigned tables, unsigned configuration)
{
	struct request request = {.address = IOVA, .bytes = 8, .stream = (uint32_t)STREAM, .pasid = PASID_NONE};
	struct iommu_lookup lookup;
	struct translation timed, functional;
	unsigned counted[2] = {0};

	for (struct memory_ask *ask = walk->unit->ops->begin(walk->unit, &request, &lookup, &timed); ask;
	     ask = walk->unit->ops->resume(walk->unit, &lookup, &timed)) {
		counted[ask->pa >= FIRST]++;
		memory_ask_answer(walk->memory, ask);
	}
	walk->unit->ops->translate(walk->unit, &request, &functional);
	if (timed.result != TRANSLATE_OK)
		fail_msg("%s: %s", walk->unit->ops->name, walk->unit->ops->fault_name(timed.fault));

	assert_int_equal(functional.result, TRANSLATE_OK);
	assert_true(timed.pa == functional.pa);
	assert_int_equal(counted[1], tables);
	assert_int_equal(counted[0], configuration);
	assert_int_equal(functional.reads, tables + configuration);
	end(walk);
}

static void test_references_of_one_stage_are_its_levels(void **state)
{
	(void)state;
	struct walk walk;

	for (unsigned levels = 3; levels <= 5; levels++) {
		prepare_vtd_legacy(&walk, levels);
		expect(&walk, levels, 2);
	}
	for (unsigned levels = 4; levels <= 5; levels++) {
		prepare_vtd_scalable(&walk, levels, 0);
		expect(&walk, levels, 4);
	}
	for (unsigned levels = 3; levels <= 4; levels++) {
		prepare_smmu(&walk, levels, 0);
		expect(&walk, levels, 2);
		prepare_smmu(&walk, 0, levels);
		expect(&walk, levels, 1);
	}
}

static void test_references_of_nested_stages_are_the_published_numbers(void **state)
{
	(void)state;
	struct walk walk;

	for (unsigned first = 4; first <= 5; first++) {
		for (unsigned second = 3; second <= 5; second++) {
			prepare_vtd_scalable(&walk, first, second);
			expect(&walk, second * first + second + first, 4);
		}
	}
	/* The CD's own address goes through stage 2 too: as many references more, which configure. */
	for (unsigned first = 3; first <= 4; first++) {
		for (unsigned second = 3; second <= 4; second++) {
			prepare_smmu(&walk, first, second);
			expect(&walk, second * first + second + first + second, 2);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references_of_one_stage_are_its_levels),
		cmocka_unit_test(test_references_of_nested_stages_are_the_published_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
