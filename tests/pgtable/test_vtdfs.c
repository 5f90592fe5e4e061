/* SPDX-License-Identifier: MIT */
/*
 * VT-d first-stage entries as words worked out by hand from the specification (rev. 5.10, section 9.7), with masks of
 * its own. Tables are allocated from 100_0000h upwards, one page each.
 *
 * P is bit 0, R/W bit 1, U/S bit 2, A bit 5, D bit 6, PS bit 7: a table entry ends in 27h, a leaf that may be written
 * in 67h, one that may not in 25h; a large page has 80h more.
 */
#include "fixture.h"

#include "pgtable/fmt/vtdfs.h"

#include <errno.h>

#define RW (PT_READ | PT_WRITE)

/* PML5 entry 1, PML4 entry 2, PDP entry 3, PD entry 4, PT entry 5; the lower levels of it. */
#define IOVA_5_LEVELS UINT64_C(0x00010100c0805000)
#define IOVA_4_LEVELS UINT64_C(0x00000100c0805000)

static void setup(struct fixture *f, uint8_t levels, unsigned features)
{
	const struct pt_config config = {
		.format = PT_FORMAT_VTDFS,
		.granule_lg2 = 12,
		.levels = levels,
		.input_lg2 = (uint8_t)(11 + 9 * levels),
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

static void test_vtdfs_five_levels_lead_to_a_4k_page(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 5, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_5_LEVELS, UINT64_C(0x123456789000), 0x1000, RW), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 1), 0x1001027);                /* PML5E, table 34 */
	assert_int_equal(word(&f, 0x1001000 + 8 * 2), 0x1002027);                /* PML4E, table 35 */
	assert_int_equal(word(&f, 0x1002000 + 8 * 3), 0x1003027);                /* PDPE, table 37 */
	assert_int_equal(word(&f, 0x1003000 + 8 * 4), 0x1004027);                /* PDE, table 39 */
	assert_int_equal(word(&f, 0x1004000 + 8 * 5), UINT64_C(0x123456789067)); /* PTE, table 40 */
	assert_int_equal(pt_table_count(&f.pt), 5);
	fixture_free(&f);
}

static void test_vtdfs_four_levels_begin_at_the_pml4_table(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 4, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_4_LEVELS, 0xabcde000, 0x1000, PT_READ), 0);
	assert_int_equal(word(&f, 0x1000000 + 8 * 2), 0x1001027); /* PML4E */
	assert_int_equal(word(&f, 0x1001000 + 8 * 3), 0x1002027); /* PDPE */
	assert_int_equal(word(&f, 0x1002000 + 8 * 4), 0x1003027); /* PDE */
	assert_int_equal(word(&f, 0x1003000 + 8 * 5), 0xabcde025);
	fixture_free(&f);
}

struct leaf_row {
	unsigned attributes;
	uint64_t entry;
};

static void check_leaves(unsigned features, const struct leaf_row *rows, unsigned count)
{
	struct fixture f;
	setup(&f, 4, features);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(pt_map(&f.pt, &f.ops, IOVA_4_LEVELS, 0xabcde000, 0x1000, rows[i].attributes), 0);
		assert_int_equal(word(&f, 0x1003000 + 8 * 5), rows[i].entry);
		assert_int_equal(pt_unmap(&f.pt, &f.ops, IOVA_4_LEVELS, 0x1000, NULL, NULL), 0);
	}
	fixture_free(&f);
}

/* Table 40. Who tracks nothing leaves nothing for hardware to set: A always, D where writes are permitted. */
static void test_vtdfs_4k_leaf_has_each_attribute_in_its_bit(void **state)
{
	(void)state;
	static const struct leaf_row untracked[] = {
		{PT_READ, 0xabcde025},
		{RW, 0xabcde067},
		{PT_READ | PT_PRIVILEGED, 0xabcde021},
		{RW | PT_PRIVILEGED, 0xabcde063},
	};
	static const struct leaf_row tracked[] = {
		{PT_READ, 0xabcde005},
		{RW, 0xabcde007},
		{RW | PT_PRIVILEGED, 0xabcde003},
		{RW | PT_ACCESSED, 0xabcde027},
		{RW | PT_DIRTY, 0xabcde047},
		{RW | PT_ACCESSED | PT_DIRTY, 0xabcde067},
	};
	check_leaves(0, untracked, 4);
	check_leaves(PT_TRACKS_DIRTY, tracked, 6);
}

/* Table 38: PS bit 7, the address from bit 21. */
static void test_vtdfs_2m_leaf_is_a_page_directory_entry(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 4, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0xc0800000, 0x40200000, 0x200000, PT_READ), 0);
	assert_int_equal(word(&f, 0x1002000 + 8 * 4), 0x402000a5);
	assert_int_equal(pt_table_count(&f.pt), 3);
	fixture_free(&f);
}

/* Table 36: PS bit 7, the address from bit 30. */
static void test_vtdfs_1g_leaf_is_a_page_directory_pointer_entry(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 4, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0xc0000000, UINT64_C(0x3fffc0000000), 0x40000000, RW), 0);
	assert_int_equal(word(&f, 0x1001000 + 8 * 3), UINT64_C(0x3fffc00000e7));
	assert_int_equal(pt_table_count(&f.pt), 2);
	fixture_free(&f);
}

/*
 * Reserved for a host address width of 46: bits 51:46 of any entry, 7 of one that leads to a table (there it is PS),
 * 20:13 of a 2 MiB leaf, 29:13 of a 1 GiB leaf; 12 is PAT there and stays 0 too.
 */
static void test_vtdfs_entries_keep_reserved_bits_zero(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 5, PT_TRACKS_DIRTY);
	unsigned every = RW | PT_PRIVILEGED | PT_ACCESSED | PT_DIRTY;
	uint64_t top = UINT64_C(0x400000000000);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, top - 0x40000000, 0x40000000, every), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0x40000000, top - 0x200000, 0x200000, every), 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0x40200000, top - 0x1000, 0x1000, every), 0);
	assert_int_equal(word(&f, 0x1000000) & UINT64_C(0x000fc00000000080), 0);     /* PML5E */
	assert_int_equal(word(&f, 0x1001000) & UINT64_C(0x000fc00000000080), 0);     /* PML4E */
	assert_int_equal(word(&f, 0x1002000) & UINT64_C(0x000fc0003ffff000), 0);     /* 1 GiB */
	assert_int_equal(word(&f, 0x1002000 + 8) & UINT64_C(0x000fc00000000080), 0); /* PDPE */
	assert_int_equal(word(&f, 0x1003000) & UINT64_C(0x000fc000001ff000), 0);     /* 2 MiB */
	assert_int_equal(word(&f, 0x1003000 + 8) & UINT64_C(0x000fc00000000080), 0); /* PDE */
	assert_int_equal(word(&f, 0x1004000), UINT64_C(0x3ffffffff063));
	fixture_free(&f);
}

static void test_vtdfs_split_of_a_2m_leaf_makes_512_ptes(void **state)
{
	(void)state;
	struct fixture f;
	setup(&f, 4, PT_TRACKS_DIRTY);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x40200000, 0x200000, RW | PT_PRIVILEGED | PT_DIRTY), 0);
	assert_int_equal(pt_unmap(&f.pt, &f.ops, 0x3000, 0x1000, NULL, NULL), 0);
	assert_int_equal(word(&f, 0x1002000), 0x1003027);
	for (uint64_t i = 0; i < 512; i++)
		assert_int_equal(word(&f, 0x1003000 + 8 * i), i == 3 ? 0 : 0x40200043 + i * 0x1000);
	fixture_free(&f);
}

/* A leaf as hardware or another driver may leave it: ignored bits set (63:52, 11, 10, 9, 8, PAT 7, 4 and 3), A and D.
 */
static void test_vtdfs_lookup_ignores_what_hardware_ignores(void **state)
{
	(void)state;
	struct fixture f;
	struct pt_leaf leaf;
	setup(&f, 4, 0);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x5000, 0x1000, RW), 0);
	memory_write64(f.memory, 0x1003000, UINT64_C(0xfff0000000005ffd));
	assert_true(pt_lookup(&f.pt, &f.ops, 0, &leaf));
	assert_int_equal(leaf.pa, 0x5000);
	assert_int_equal(leaf.lg2, 12);
	assert_int_equal(leaf.attributes, PT_READ);
	memory_write64(f.memory, 0x1003000, UINT64_C(0xfff0000000005ffe)); /* P is 0 */
	assert_false(pt_lookup(&f.pt, &f.ops, 0, &leaf));
	fixture_free(&f);
}

static void see_dirty(void *context, const struct pt_leaf *leaf)
{
	*(uint64_t *)context = leaf->iova;
}

static void test_vtdfs_dirty_read_clears_bit_6_only(void **state)
{
	(void)state;
	struct fixture f;
	uint64_t seen = 0;
	setup(&f, 4, PT_TRACKS_DIRTY);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0x200000, 0x40200000, 0x200000, RW), 0);
	assert_int_equal(word(&f, 0x1002008), 0x40200087);
	memory_write64(f.memory, 0x1002008, 0x402000e7); /* hardware sets A and D */
	assert_int_equal(pt_dirty_read(&f.pt, &f.ops, 0, 0x400000, false, see_dirty, &seen), 0);
	assert_int_equal(seen, 0x200000);
	assert_int_equal(word(&f, 0x1002008), 0x402000e7);
	assert_int_equal(pt_dirty_read(&f.pt, &f.ops, 0, 0x400000, true, see_dirty, &seen), 0);
	assert_int_equal(word(&f, 0x1002008), 0x402000a7);
	fixture_free(&f);
}

/* FSPM is 4 or 5 levels (9.6); an address with bit 47 (or 56) set and those above it clear is not canonical. */
static void test_vtdfs_init_of_other_shapes_is_einval(void **state)
{
	(void)state;
	struct fixture f;
	struct pt pt;
	const struct pt_config good = {PT_FORMAT_VTDFS, 12, 4, 47, 52, 0, 0x1000};
	struct pt_config bad[7] = {good, good, good, good, good, good, good};
	bad[0].levels = 3;
	bad[0].input_lg2 = 38;
	bad[1].granule_lg2 = 14;
	bad[2].input_lg2 = 48;
	bad[3].output_lg2 = 53;
	bad[4].page_sizes = 0x40001000;
	bad[5].page_sizes = UINT64_C(1) << 39;
	bad[6].levels = 5;
	bad[6].input_lg2 = 57;
	setup(&f, 4, 0);
	assert_int_equal(pt_init(&pt, &f.ops, &good), 0);
	pt_destroy(&pt, &f.ops);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(pt_init(&pt, &f.ops, &bad[i]), -EINVAL);
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x1000, 0x1000, PT_WRITE), -EINVAL); /* P is reading */
	assert_int_equal(pt_map(&f.pt, &f.ops, 0, 0x1000, 0x1000, RW | PT_SNOOP), -EINVAL);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vtdfs_five_levels_lead_to_a_4k_page),
		cmocka_unit_test(test_vtdfs_four_levels_begin_at_the_pml4_table),
		cmocka_unit_test(test_vtdfs_4k_leaf_has_each_attribute_in_its_bit),
		cmocka_unit_test(test_vtdfs_2m_leaf_is_a_page_directory_entry),
		cmocka_unit_test(test_vtdfs_1g_leaf_is_a_page_directory_pointer_entry),
		cmocka_unit_test(test_vtdfs_entries_keep_reserved_bits_zero),
		cmocka_unit_test(test_vtdfs_split_of_a_2m_leaf_makes_512_ptes),
		cmocka_unit_test(test_vtdfs_lookup_ignores_what_hardware_ignores),
		cmocka_unit_test(test_vtdfs_dirty_read_clears_bit_6_only),
		cmocka_unit_test(test_vtdfs_init_of_other_shapes_is_einval),
	};
	return cmocka_run_group_tests_name("vtdfs", tests, NULL, NULL);
}
