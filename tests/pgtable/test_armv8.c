/* SPDX-License-Identifier: MIT */
/*
 * Arm descriptors as words worked out by hand from the architecture (DDI 0487 D8.3), with masks of its own. Tables are
 * allocated from 100_0000h upwards. Bits: valid 0, table or page 1, SH 9:8 (inner 3, outer 2), AF 10, DBM 51; of stage
 * 1 AttrIndx 4:2, AP[1] (user) 6, AP[2] (read-only) 7, nG 11, PXN 53, UXN 54; of stage 2 MemAttr 5:2, S2AP read 6 and
 * write 7, XN 54.
 */
#include "fixture.h"

#include <errno.h>

#define RW (PT_READ | PT_WRITE)

/* Lookup level 0 entry 2, level 1 entry 3, level 2 entry 4, level 3 entry 5. */
#define IOVA_4K  UINT64_C(0x00000100c0805000)
#define IOVA_16K UINT64_C(0x0000803008014000) /* level 0 entry 1, level 1 entry 3, level 2 entry 4, level 3 entry 5 */

static void setup(struct fixture *f, enum pt_format_id format, uint8_t granule_lg2, uint8_t levels, uint8_t input_lg2,
		  unsigned features)
{
	const struct pt_config config = {
		.format = format,
		.granule_lg2 = granule_lg2,
		.levels = levels,
		.input_lg2 = input_lg2,
		.output_lg2 = granule_lg2 == 16 ? 52 : 48,
		.features = (uint16_t)features,
		.page_sizes = pt_format_page_sizes(format, granule_lg2, levels),
	};
	fixture_init(f, &config);
	assert_int_equal(f->pt.root, 0x1000000);
}

static uint64_t word(const struct fixture *f, uint64_t pa)
{
	uint64_t value = 0;
	assert_true(memory_read64(f->memory, pa, &value));
	return value;
}

static void test_armv8_four_levels_of_4k_lead_to_a_page(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, PT_FORMAT_ARMV8S1, 12, 4, 48, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_4K, UINT64_C(0x923456789000), 0x1000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 2), 0x1001003);
	assert_int_equal(word(&f, 0x1001000 + 8 * 3), 0x1002003);
	assert_int_equal(word(&f, 0x1002000 + 8 * 4), 0x1003003);
	assert_int_equal(word(&f, 0x1003000 + 8 * 5), UINT64_C(0x0060923456789f43));
	fixture_free(&f);
	setup(&f, PT_FORMAT_ARMV8S2, 12, 4, 48, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_4K, UINT64_C(0x923456789000), 0x1000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 2), 0x1001003);
	assert_int_equal(word(&f, 0x1003000 + 8 * 5), UINT64_C(0x00409234567897ff));
	fixture_free(&f);
}

static void test_armv8_four_levels_of_16k_lead_to_a_page(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, PT_FORMAT_ARMV8S1, 14, 4, 48, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_16K, UINT64_C(0x92345678c000), 0x4000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 1), 0x1004003);
	assert_int_equal(word(&f, 0x1004000 + 8 * 3), 0x1008003);
	assert_int_equal(word(&f, 0x1008000 + 8 * 4), 0x100c003);
	assert_int_equal(word(&f, 0x100c000 + 8 * 5), UINT64_C(0x006092345678cf43));
	fixture_free(&f);
}

/* Bits 51:48 of the address lie in bits 15:12 (D8.3.1, 52-bit OA with 64 KiB). */
static void test_armv8_three_levels_of_64k_lead_to_a_page_of_52_bits(void **state)
{
	(void)state;
	struct fixture f;
	struct pt_leaf leaf;
	setup(&f, PT_FORMAT_ARMV8S1, 16, 3, 52, 0);
	uint64_t iova = UINT64_C(3) << 42 | UINT64_C(4) << 29 | UINT64_C(5) << 16;
	assert_int_equal(pt_map(&f.pt, &f.ops, iova, UINT64_C(0xa923456780000), 0x10000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 3), 0x1010003);
	assert_int_equal(word(&f, 0x1010000 + 8 * 4), 0x1020003);
	assert_int_equal(word(&f, 0x1020000 + 8 * 5), UINT64_C(0x006092345678af43));
	assert_true(pt_lookup(&f.pt, &f.ops, iova, &leaf));
	assert_int_equal(leaf.pa, UINT64_C(0xa923456780000));
	assert_int_equal(pt_format_of(PT_FORMAT_ARMV8S2)->make_table(&f.pt, 2, UINT64_C(0x3000000010000)), 0x13003);
	fixture_free(&f);
}

/* Blocks: bit 1 is 0, the address from bit 21, 30, 25, 29. */
static void test_armv8_blocks_have_bit_1_clear(void **state)
{
	(void)state;
	static const struct {
		uint8_t granule_lg2, levels, lg2;
	} rows[] = {{12, 3, 21}, {12, 3, 30}, {14, 3, 25}, {16, 3, 29}};
	struct fixture f;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t page = UINT64_C(1) << rows[i].lg2;
		for (unsigned stage = 1; stage <= 2; stage++) {
			setup(&f, stage == 1 ? PT_FORMAT_ARMV8S1 : PT_FORMAT_ARMV8S2, rows[i].granule_lg2,
			      rows[i].levels,
			      rows[i].granule_lg2 == 12   ? 39
			      : rows[i].granule_lg2 == 14 ? 47
							  : 48,
			      0);
			assert_int_equal(pt_map(&f.pt, &f.ops, 0, 5 * page, page, PT_READ), 0);
			uint64_t table = pt_table_count(&f.pt) == 1 ? 0x1000000
								    : 0x1000000 + (UINT64_C(1) << rows[i].granule_lg2);
			assert_int_equal(word(&f, table), 5 * page | (stage == 1 ? UINT64_C(0x0060000000000fc1)
										 : UINT64_C(0x004000000000077d)));
			fixture_free(&f);
		}
	}
}

struct leaf_row {
	unsigned attributes;
	uint64_t entry;
};

static void check_leaves(enum pt_format_id format, unsigned features, const struct leaf_row *rows, unsigned count)
{
	struct fixture f;
	setup(&f, format, 12, 3, 39, features);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(pt_map(&f.pt, &f.ops, 0x5000, 0xabcde000, 0x1000, rows[i].attributes), 0);
		assert_int_equal(word(&f, 0x1002000 + 8 * 5), rows[i].entry);
		assert_int_equal(pt_unmap(&f.pt, &f.ops, 0x5000, 0x1000, NULL, NULL), 0);
	}
	fixture_free(&f);
}

static void test_armv8_stage_1_leaf_has_each_attribute_in_its_bit(void **state)
{
	(void)state;
	static const struct leaf_row untracked[] = {
		{PT_READ, UINT64_C(0x00600000abcdefc3)},
		{RW, UINT64_C(0x00600000abcdef43)},
		{RW | PT_PRIVILEGED, UINT64_C(0x00600000abcdef03)},
		{PT_READ | PT_PRIVILEGED, UINT64_C(0x00600000abcdef83)},
		{RW | PT_EXECUTE, UINT64_C(0x00000000abcdef43)},
		{RW | PT_DEVICE, UINT64_C(0x00600000abcdee47)},
	};
	static const struct leaf_row tracked[] = {
		{PT_READ, UINT64_C(0x00600000abcdebc3)},
		{RW, UINT64_C(0x00680000abcdebc3)},
		{RW | PT_ACCESSED, UINT64_C(0x00680000abcdefc3)},
		{RW | PT_ACCESSED | PT_DIRTY, UINT64_C(0x00680000abcdef43)},
	};
	check_leaves(PT_FORMAT_ARMV8S1, 0, untracked, 6);
	check_leaves(PT_FORMAT_ARMV8S1, PT_TRACKS_DIRTY, tracked, 4);
}

static void test_armv8_stage_2_leaf_has_each_attribute_in_its_bit(void **state)
{
	(void)state;
	static const struct leaf_row untracked[] = {
		{PT_READ, UINT64_C(0x00400000abcde77f)},
		{PT_WRITE, UINT64_C(0x00400000abcde7bf)},
		{RW, UINT64_C(0x00400000abcde7ff)},
		{RW | PT_EXECUTE, UINT64_C(0x00000000abcde7ff)},
		{RW | PT_DEVICE, UINT64_C(0x00400000abcde6c7)},
	};
	static const struct leaf_row tracked[] = {
		{PT_READ, UINT64_C(0x00400000abcde37f)},
		{RW, UINT64_C(0x00480000abcde37f)},
		{RW | PT_ACCESSED, UINT64_C(0x00480000abcde77f)},
		{RW | PT_ACCESSED | PT_DIRTY, UINT64_C(0x00480000abcde7ff)},
	};
	check_leaves(PT_FORMAT_ARMV8S2, 0, untracked, 5);
	check_leaves(PT_FORMAT_ARMV8S2, PT_TRACKS_DIRTY, tracked, 4);
}

/* D8.2.2: 40 bits from lookup level 1 are two tables of 512 entries, one behind the other. */
static void test_armv8_concatenated_root_is_indexed_as_one_table(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, PT_FORMAT_ARMV8S2, 12, 3, 40, 0);
	assert_int_equal(pt_table_count(&f.pt), 2);
	assert_int_equal(pt_map(&f.pt, &f.ops, UINT64_C(0x8040005000), 0xabcde000, 0x1000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 513), 0x1002003);
	assert_int_equal(word(&f, 0x1002000), 0x1003003);
	assert_int_equal(word(&f, 0x1003000 + 8 * 5), UINT64_C(0x00400000abcde7ff));
	fixture_free(&f);
}

/* D8.3.1: a block at the last level, and where the granule has no blocks, is reserved and faults. */
static void test_armv8_reserved_descriptors_translate_nothing(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, PT_FORMAT_ARMV8S1, 12, 4, 48, 0);
	assert_int_equal(f.format->kind(&f.pt, 1, 0x5f41), PT_ENTRY_EMPTY);
	assert_int_equal(f.format->kind(&f.pt, 1, 0x5f43), PT_ENTRY_LEAF);
	assert_int_equal(f.format->kind(&f.pt, 1, 0x5f42), PT_ENTRY_EMPTY);
	assert_int_equal(f.format->kind(&f.pt, 3, 0x40000001), PT_ENTRY_LEAF);
	assert_int_equal(f.format->kind(&f.pt, 4, 0x1), PT_ENTRY_EMPTY);
	assert_int_equal(f.format->kind(&f.pt, 4, 0x5003), PT_ENTRY_TABLE);
	fixture_free(&f);
	setup(&f, PT_FORMAT_ARMV8S1, 16, 3, 48, 0);
	assert_int_equal(f.format->kind(&f.pt, 3, 0x1), PT_ENTRY_EMPTY);
	assert_int_equal(f.format->kind(&f.pt, 2, 0x20000001), PT_ENTRY_LEAF);
	fixture_free(&f);
}

/* Contiguous, NS, PBHA and software bits mean nothing here; a table's own limits are another's business. */
static void test_armv8_lookup_ignores_what_does_not_matter(void **state)
{
	(void)state;
	struct fixture f;
	struct pt_leaf leaf;
	setup(&f, PT_FORMAT_ARMV8S1, 12, 3, 39, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0x5000, 0xabcde000, 0x1000, RW), 0);
	memory_write64(f.memory, 0x1002000 + 8 * 5, UINT64_C(0xfff00000abcdefe3));
	assert_true(pt_lookup(&f.pt, &f.ops, 0x5000, &leaf));
	assert_int_equal(leaf.pa, 0xabcde000);
	assert_int_equal(leaf.attributes, PT_READ);
	fixture_free(&f);
}

static void test_armv8_init_of_other_shapes_is_einval(void **state)
{
	(void)state;
	static const struct pt_config bad[] = {
		{PT_FORMAT_ARMV8S1, 13, 4, 48, 48, 0, 1 << 13},
		{PT_FORMAT_ARMV8S1, 12, 5, 52, 48, 0, 1 << 12}, /* LPA2 */
		{PT_FORMAT_ARMV8S1, 12, 4, 49, 48, 0, 1 << 12}, /* a larger root */
		{PT_FORMAT_ARMV8S1, 12, 3, 40, 48, 0, 1 << 12}, /* likewise: stage 1 has no concatenation */
		{PT_FORMAT_ARMV8S1, 12, 4, 48, 49, 0, 1 << 12},
		{PT_FORMAT_ARMV8S1, 16, 3, 52, 53, 0, 1 << 16},
		{PT_FORMAT_ARMV8S2, 12, 3, 44, 48, 0, 1 << 12}, /* 32 tables */
		{PT_FORMAT_ARMV8S2, 14, 4, 48, 48, 0, 1 << 14}, /* lookup level 0 of 16 KiB: no such S2SL0 */
		{PT_FORMAT_ARMV8S2, 12, 1, 20, 48, 0, 1 << 12}, /* lookup level 3 of 4 KiB: no such S2SL0 */
		{PT_FORMAT_ARMV8S2, 12, 4, 48, 48, 0, UINT64_C(1) << 39 | 1 << 12},
	};
	struct fixture f;
	struct pt pt;
	setup(&f, PT_FORMAT_ARMV8S2, 12, 3, 43, 0); /* 16 tables */
	assert_int_equal(pt_table_count(&f.pt), 16);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pt_init(&pt, &f.ops, &bad[i]), -EINVAL);
	fixture_free(&f);
	setup(&f, PT_FORMAT_ARMV8S1, 12, 3, 39, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x1000, 0x1000, PT_WRITE), -EINVAL); /* AP knows no write-only */
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_armv8_four_levels_of_4k_lead_to_a_page),
		cmocka_unit_test(test_armv8_four_levels_of_16k_lead_to_a_page),
		cmocka_unit_test(test_armv8_three_levels_of_64k_lead_to_a_page_of_52_bits),
		cmocka_unit_test(test_armv8_blocks_have_bit_1_clear),
		cmocka_unit_test(test_armv8_stage_1_leaf_has_each_attribute_in_its_bit),
		cmocka_unit_test(test_armv8_stage_2_leaf_has_each_attribute_in_its_bit),
		cmocka_unit_test(test_armv8_concatenated_root_is_indexed_as_one_table),
		cmocka_unit_test(test_armv8_reserved_descriptors_translate_nothing),
		cmocka_unit_test(test_armv8_lookup_ignores_what_does_not_matter),
		cmocka_unit_test(test_armv8_init_of_other_shapes_is_einval),
	};
	return cmocka_run_group_tests_name("armv8", tests, NULL, NULL);
}
