/* SPDX-License-Identifier: MIT */
/*
 * VT-d second-stage entries as words worked out by hand from the specification (rev. 5.10, section 9.8), with masks of
 * its own. Tables are allocated from 100_0000h upwards, one page each.
 */
#include "fixture.h"

#include <errno.h>

#define RW (PT_READ | PT_WRITE)

/* PML5 entry 1, PML4 entry 2, PDP entry 3, PD entry 4, PT entry 5; the lower levels of it. */
#define IOVA_5_LEVELS UINT64_C(0x00010100c0805000)
#define IOVA_4_LEVELS UINT64_C(0x00000100c0805000)
#define IOVA_3_LEVELS UINT64_C(0x00000000c0805000)

static void setup(struct fixture *f, uint8_t levels, unsigned features)
{
	const struct pt_config config = {
		.format = PT_FORMAT_VTDSS,
		.granule_lg2 = 12,
		.levels = levels,
		.input_lg2 = (uint8_t)(12 + 9 * levels),
		.output_lg2 = 46,
		.features = (uint16_t)features,
		.page_sizes = UINT64_C(0x40201000),
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

/* Tables 41, 42, 44, 46 and 47: R and W in bits 0 and 1, the address from bit 12, all else 0. */
static void test_vtdss_five_levels_lead_to_a_4k_page(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 5, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_5_LEVELS, UINT64_C(0x123456789000), 0x1000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 1), 0x1001003);                /* SS-PML5E, table 41 */
	assert_int_equal(word(&f, 0x1001000 + 8 * 2), 0x1002003);                /* SS-PML4E, table 42 */
	assert_int_equal(word(&f, 0x1002000 + 8 * 3), 0x1003003);                /* SS-PDPE, table 44 */
	assert_int_equal(word(&f, 0x1003000 + 8 * 4), 0x1004003);                /* SS-PDE, table 46 */
	assert_int_equal(word(&f, 0x1004000 + 8 * 5), UINT64_C(0x123456789003)); /* SS-PTE, table 47 */
	assert_int_equal(pt_table_count(&f.pt), 5);
	fixture_free(&f);
}

static void test_vtdss_four_levels_begin_at_the_pml4_table(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 4, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_4_LEVELS, 0xabcde000, 0x1000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 2), 0x1001003); /* SS-PML4E */
	assert_int_equal(word(&f, 0x1001000 + 8 * 3), 0x1002003); /* SS-PDPE */
	assert_int_equal(word(&f, 0x1002000 + 8 * 4), 0x1003003); /* SS-PDE */
	assert_int_equal(word(&f, 0x1003000 + 8 * 5), 0xabcde003);
	fixture_free(&f);
}

static void test_vtdss_three_levels_begin_at_the_page_directory_pointers(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 3, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_3_LEVELS, 0xabcde000, 0x1000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 3), 0x1001003); /* SS-PDPE */
	assert_int_equal(word(&f, 0x1001000 + 8 * 4), 0x1002003); /* SS-PDE */
	assert_int_equal(word(&f, 0x1002000 + 8 * 5), 0xabcde003);
	fixture_free(&f);
}

/* Table 47: R bit 0, W bit 1, A bit 8, D bit 9, SNP bit 11. */
static void test_vtdss_4k_leaf_has_each_attribute_in_its_bit(void **state)
{
	(void)state;
	static const struct {
		unsigned attributes;
		uint64_t entry;
	} rows[] = {
		{PT_READ, 0xabcde001},
		{PT_WRITE, 0xabcde002},
		{PT_READ | PT_WRITE, 0xabcde003},
		{PT_READ | PT_SNOOP, 0xabcde801},
		{PT_READ | PT_WRITE | PT_ACCESSED, 0xabcde103},
		{PT_READ | PT_WRITE | PT_ACCESSED | PT_DIRTY, 0xabcde303},
	};
	struct fixture f;
	setup(&f, 3, PT_TRACKS_DIRTY);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_3_LEVELS, 0xabcde000, 0x1000, rows[i].attributes), 0);
		assert_int_equal(word(&f, 0x1002000 + 8 * 5), rows[i].entry);
		assert_int_equal(pt_unmap(&f.pt, &f.ops, IOVA_3_LEVELS, 0x1000, NULL, NULL), 0);
	}
	fixture_free(&f);
}

/* Table 45: PS bit 7, the address from bit 21. */
static void test_vtdss_2m_leaf_is_a_page_directory_entry(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 3, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0xc0800000, 0x40200000, 0x200000, PT_READ | PT_SNOOP), 0);
	assert_int_equal(word(&f, 0x1001000 + 8 * 4), 0x40200881);
	assert_int_equal(pt_table_count(&f.pt), 2);
	fixture_free(&f);
}

/* Table 43: PS bit 7, the address from bit 30. */
static void test_vtdss_1g_leaf_is_a_page_directory_pointer_entry(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 3, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0xc0000000, UINT64_C(0x3fffc0000000), 0x40000000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 3), UINT64_C(0x3fffc0000083));
	assert_int_equal(pt_table_count(&f.pt), 1);
	fixture_free(&f);
}

/*
 * Reserved for a host address width of 46: bits 51:46 of any entry, 11 and 7 of one that leads to a table, 20:12 of a
 * 2 MiB leaf, 29:12 of a 1 GiB leaf. Everything that is written is looked at: two levels lead to each size.
 */
static void test_vtdss_entries_keep_reserved_bits_zero(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 4, PT_TRACKS_DIRTY);
	unsigned every = RW | PT_SNOOP | PT_ACCESSED | PT_DIRTY;
	uint64_t top = UINT64_C(0x400000000000);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, top - 0x40000000, 0x40000000, every), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0x40000000, top - 0x200000, 0x200000, every), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0x40200000, top - 0x1000, 0x1000, every), 0);
	assert_int_equal(word(&f, 0x1000000) & UINT64_C(0x000fc00000000880), 0);     /* SS-PML4E */
	assert_int_equal(word(&f, 0x1001000) & UINT64_C(0x000fc0003ffff000), 0);     /* 1 GiB */
	assert_int_equal(word(&f, 0x1001000 + 8) & UINT64_C(0x000fc00000000880), 0); /* SS-PDPE */
	assert_int_equal(word(&f, 0x1002000) & UINT64_C(0x000fc000001ff000), 0);     /* 2 MiB */
	assert_int_equal(word(&f, 0x1002000 + 8) & UINT64_C(0x000fc00000000880), 0); /* SS-PDE */
	assert_int_equal(word(&f, 0x1003000), UINT64_C(0x3ffffffffb03));
	fixture_free(&f);
}

/* The words of a split: 512 leaves of the size below, and one store that replaces the leaf. */
static void test_vtdss_split_of_a_2m_leaf_makes_512_ptes(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 3, PT_TRACKS_DIRTY);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x40200000, 0x200000, PT_READ | PT_SNOOP | PT_DIRTY), 0);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, 0x3000, 0x1000, NULL, NULL), 0);
	assert_int_equal(word(&f, 0x1001000), 0x1002003);
	for (uint64_t i = 0; i < 512; i++)
		assert_int_equal(word(&f, 0x1002000 + 8 * i), i == 3 ? 0 : 0x40200a01 + i * 0x1000);
	fixture_free(&f);
}

/* A leaf as hardware or another driver may leave it: ignored bits set (63, 60:52, 10, 6:3 and 2), A and D. */
static void test_vtdss_lookup_ignores_what_hardware_ignores(void **state)
{
	(void)state;
	struct fixture f;
	struct pt_leaf leaf;
	setup(&f, 3, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x5000, 0x1000, RW), 0);
	memory_write64(f.memory, 0x1002000, UINT64_C(0x9ff000000000577d));
	assert_true(pt_lookup(&f.pt, &f.ops, 0, &leaf));
	assert_int_equal(leaf.pa, 0x5000);
	assert_int_equal(leaf.attributes, PT_READ);
	memory_write64(f.memory, 0x1002000, UINT64_C(0x9ff000000000577c)); /* neither R nor W: not present, 3.7 */
	assert_false(pt_lookup(&f.pt, &f.ops, 0, &leaf));
	fixture_free(&f);
}

static void test_vtdss_page_size_bit_makes_no_leaf_above_level_3(void **state)
{
	(void)state;
	struct fixture f;
	struct pt_leaf leaf;
	setup(&f, 4, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x5000, 0x1000, RW), 0);
	memory_write64(f.memory, 0x1000000, 0x1001083);
	assert_true(pt_lookup(&f.pt, &f.ops, 0, &leaf));
	assert_int_equal(leaf.lg2, 12);
	fixture_free(&f);
}

static void see_dirty(void *context, const struct pt_leaf *leaf)
{
	*(uint64_t *)context = leaf->iova;
}

static void test_vtdss_dirty_read_clears_bit_9_only(void **state)
{
	(void)state;
	struct fixture f;
	uint64_t seen = 0;
	setup(&f, 3, PT_TRACKS_DIRTY);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0x200000, 0x40200000, 0x200000, RW | PT_SNOOP), 0);
	assert_int_equal(word(&f, 0x1001008), 0x40200883);
	memory_write64(f.memory, 0x1001008, 0x40200b83); /* hardware sets A and D */
	assert_int_equal(pt_dirty_read(&f.pt, &f.ops, 0, 0x400000, false, see_dirty, &seen), 0);
	assert_int_equal(seen, 0x200000);
	assert_int_equal(word(&f, 0x1001008), 0x40200b83);
	assert_int_equal(pt_dirty_read(&f.pt, &f.ops, 0, 0x400000, true, see_dirty, &seen), 0);
	assert_int_equal(word(&f, 0x1001008), 0x40200983);
	fixture_free(&f);
}

/* CAP.SAGAW knows 3 to 5 levels, 11.4.2; the output is at most 52 bits wide. */
static void test_vtdss_init_of_other_shapes_is_einval(void **state)
{
	(void)state;
	struct fixture f;
	struct pt pt;
	const struct pt_config good = {PT_FORMAT_VTDSS, 12, 4, 48, 52, 0, 0x1000};
	struct pt_config bad[6] = {good, good, good, good, good, good};
	bad[0].levels = 2;
	bad[0].input_lg2 = 30;
	bad[1].granule_lg2 = 14;
	bad[2].input_lg2 = 49; /* would need a root of two pages */
	bad[3].output_lg2 = 53;
	bad[4].page_sizes = 0x40001000; /* SSLPS: 1 GiB only together with 2 MiB */
	bad[5].page_sizes = UINT64_C(1) << 39;
	setup(&f, 3, 0);
	assert_int_equal(pt_init(&pt, &f.ops, &good), 0);
	pt_destroy(&pt, &f.ops);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(pt_init(&pt, &f.ops, &bad[i]), -EINVAL);
	assert_int_equal(pt_format_page_sizes(PT_FORMAT_VTDSS, 12, 4), 0x40201000);
	assert_int_equal(pt_format_page_sizes(PT_FORMATS, 12, 4), 0);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vtdss_five_levels_lead_to_a_4k_page),
		cmocka_unit_test(test_vtdss_four_levels_begin_at_the_pml4_table),
		cmocka_unit_test(test_vtdss_three_levels_begin_at_the_page_directory_pointers),
		cmocka_unit_test(test_vtdss_4k_leaf_has_each_attribute_in_its_bit),
		cmocka_unit_test(test_vtdss_2m_leaf_is_a_page_directory_entry),
		cmocka_unit_test(test_vtdss_1g_leaf_is_a_page_directory_pointer_entry),
		cmocka_unit_test(test_vtdss_entries_keep_reserved_bits_zero),
		cmocka_unit_test(test_vtdss_split_of_a_2m_leaf_makes_512_ptes),
		cmocka_unit_test(test_vtdss_lookup_ignores_what_hardware_ignores),
		cmocka_unit_test(test_vtdss_page_size_bit_makes_no_leaf_above_level_3),
		cmocka_unit_test(test_vtdss_dirty_read_clears_bit_9_only),
		cmocka_unit_test(test_vtdss_init_of_other_shapes_is_einval),
	};
	return cmocka_run_group_tests_name("vtdss", tests, NULL, NULL);
}
