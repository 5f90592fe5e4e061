/* SPDX-License-Identifier: MIT */
/* Translation without caches: golden words, permissions, reserved bits, widths, and each legacy fault reason. */
#include "vtd_test.h"

#define HAW_BITS (~UINT64_C(0) << BENCH_HAW)

static const struct iommu_config no_cache = {.no_cache = true};

static struct iommu_config config_with(uint64_t cap, uint64_t ecap)
{
	return (struct iommu_config){.id = {cap, ecap}, .no_cache = true};
}

/* 9.1, 9.3, 9.8, 3.7: every word and every address by hand. 123456789ABCh = indexes 24h, D1h, B3h, 189h, offset ABCh.
 */
static void test_walk_of_four_levels_reads_the_golden_words(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, &no_cache);
	bench_put(&b, UINT64_C(0x00100010), UINT64_C(0x0000000000201001)); /* root entry of bus 1 */
	bench_put(&b, UINT64_C(0x00201200), UINT64_C(0x0000000000300001)); /* context entry of 04.0 */
	bench_put(&b, UINT64_C(0x00201208), UINT64_C(0x0000000000123402));
	bench_put(&b, UINT64_C(0x00300120), UINT64_C(0x0000000000301003));
	bench_put(&b, UINT64_C(0x00301688), UINT64_C(0x0000000000302003));
	bench_put(&b, UINT64_C(0x00302598), UINT64_C(0x0000000000303003));
	bench_put(&b, UINT64_C(0x00303c48), UINT64_C(0x0000000123456003));
	bench_set(&b, REG_RTADDR, 8, 0x100000);
	bench_command(&b, GCMD_SRTP);
	bench_command(&b, GCMD_TE);
	struct request request = {.address = UINT64_C(0x0000123456789abc),
				  .bytes = 4,
				  .stream = 0x0120,
				  .pasid = PASID_NONE,
				  .op = REQUEST_WRITE};
	struct translation out = bench_translate(&b, &request);
	assert_goes_to(out, UINT64_C(0x0000000123456abc));
	assert_int_equal(out.page_lg2, 12);
	assert_int_equal(out.level, 1);
	assert_int_equal(out.permissions, PERM_READ | PERM_WRITE);
	assert_int_equal(out.reads, 6);
	assert_false(out.pass_through);
	assert_false(out.from_cache);
	assert_false(out.lost);
	bench_teardown(&b);
}

static void test_walk_maps_large_pages(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), UINT64_C(0x12e00083));
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, UINT64_C(0x8040000000), 3), UINT64_C(0x1c0000083));
	struct translation out = bench_read(&b, 0x401fedcb);
	assert_goes_to(out, 0x12ffedcb);
	assert_int_equal(out.page_lg2, 21);
	assert_int_equal(out.level, 2);
	out = bench_read(&b, UINT64_C(0x807fedcba9));
	assert_goes_to(out, UINT64_C(0x1ffedcba9));
	assert_int_equal(out.page_lg2, 30);
	assert_int_equal(out.level, 3);
	assert_int_equal(out.reads, 4);
	bench_teardown(&b);
}

static void test_walk_has_three_and_five_levels(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = config_with((BENCH_CAP & ~UINT64_C(0x3f0000)) | 0x380000 | CAP_5LEVEL, 0);
	bench_setup_on(&b, &config);
	bench_context(&b, SID, 0x500001, 0x1201);
	bench_put(&b, bench_entry(&b, 0x500000, 3, UINT64_C(0x7fffffffff), 1), 0x6003);
	assert_goes_to(bench_read(&b, UINT64_C(0x7fffffffff) - 3), 0x6ffc);
	assert_faults(bench_read(&b, UINT64_C(0x8000000000)), 4);

	bench_context(&b, SID, 0x600001, 0x1303);
	bench_put(&b, bench_entry(&b, 0x600000, 5, UINT64_C(0x1aa23456789abc0), 1), 0x7003);
	struct translation out = bench_read(&b, UINT64_C(0x1aa23456789abc0));
	assert_goes_to(out, 0x7bc0);
	assert_int_equal(out.reads, 7);
	assert_faults(bench_read(&b, UINT64_C(0x200000000000000)), 4);
	bench_teardown(&b);
}

/* 3.7.1: rights are those that all entries grant. */
static void test_walk_grants_what_every_entry_grants(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	for (unsigned above = 1; above < 4; above++) {
		for (unsigned leaf = 1; leaf < 4; leaf++) {
			uint64_t iova = UINT64_C(0x40000000) * (above * 4 + leaf);
			uint64_t page = bench_entry(&b, TOP_TABLE, 4, iova, 1);
			uint64_t table = bench_entry(&b, TOP_TABLE, 4, iova, 3);
			bench_put(&b, table, (bench_word(&b, table) & ~UINT64_C(3)) | above);
			bench_put(&b, page, 0x6000 | leaf);
			struct request request = bench_request(SID, iova, REQUEST_READ);
			unsigned rights = above & leaf;
			if (rights & 1)
				assert_goes_to(bench_translate(&b, &request), 0x6000);
			else
				assert_faults(bench_translate(&b, &request), 6);
			request.op = REQUEST_WRITE;
			if (rights & 2)
				assert_goes_to(bench_translate(&b, &request), 0x6000);
			else
				assert_faults(bench_translate(&b, &request), 5);
			request.op = REQUEST_ATOMIC;
			if (rights == 3)
				assert_goes_to(bench_translate(&b, &request), 0x6000);
			else
				assert_faults(bench_translate(&b, &request), rights == 2 ? 6 : 5);
		}
	}
	bench_teardown(&b);
}

/* An entry without rights is not there: reserved bits in it do not count (3.7). */
static void test_walk_of_absent_entries_lacks_rights(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	for (unsigned level = 4; level >= 1; level--) {
		uint64_t entry = bench_entry(&b, TOP_TABLE, 4, 0x5000, level);
		uint64_t word = level == 1 ? 0x6003 : bench_word(&b, entry);
		bench_put(&b, entry, UINT64_C(0xfffffffffffffffc));
		assert_faults(bench_read(&b, 0x5000), 6);
		assert_faults(bench_write(&b, 0x5000), 5);
		bench_put(&b, entry, word);
	}
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_teardown(&b);
}

/* A malformed entry further down comes before rights that are lacking further up: rights are those of a translation. */
static void test_walk_finds_malformed_entries_before_lacking_rights(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_map(&b, 0x5000, UINT64_C(0x0008000000006003));
	uint64_t top = bench_entry(&b, TOP_TABLE, 4, 0x5000, 4);
	bench_put(&b, top, bench_word(&b, top) & ~UINT64_C(2));
	assert_faults(bench_write(&b, 0x5000), 12);
	bench_teardown(&b);
}

/* Sets each bit of a word in turn; bits of `reserved` must end in `reason`, bits of `ignored` must change nothing. */
static void each_bit(struct bench *b, uint64_t iova, uint64_t pa, uint64_t reserved, unsigned reason, uint64_t ignored)
{
	uint64_t word = bench_word(b, pa);
	struct translation before = bench_write(b, iova);
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t mask = UINT64_C(1) << bit;
		bench_put(b, pa, word | mask);
		struct translation out = bench_write(b, iova);
		if (reserved & mask && out.fault != reason)
			fail_msg("bit %u of the word at %#lx: fault %u", bit, (unsigned long)pa, out.fault);
		if (ignored & mask && (out.result != before.result || out.pa != before.pa))
			fail_msg("bit %u of the word at %#lx is not ignored", bit, (unsigned long)pa);
	}
	bench_put(b, pa, word);
}

/* 9.1: bits 11:1, 63:HAW and the upper word. */
static void test_walk_finds_each_reserved_bit_of_a_root_entry(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_map(&b, 0x5000, 0x6003);
	each_bit(&b, 0x5000, bench_root_entry(SID), UINT64_C(0xffe) | HAW_BITS, 10, 1);
	each_bit(&b, 0x5000, bench_root_entry(SID) + 8, UINT64_MAX, 10, 0);
	bench_teardown(&b);
}

/* 9.3: bits 11:4, 63:HAW, 71, 127:88; 70:67 are ignored; AW and TT have values that are not supported. */
static void test_walk_finds_each_reserved_bit_of_a_context_entry(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_map(&b, 0x5000, 0x6003);
	each_bit(&b, 0x5000, bench_context_entry(SID), UINT64_C(0xff0) | HAW_BITS, 11, 3);
	each_bit(&b, 0x5000, bench_context_entry(SID) + 8, UINT64_C(0xffffffffff000080), 11, UINT64_C(0xffff78));
	bench_teardown(&b);
}

/* 9.3: bits of DID that the unit does not implement are reserved; ND 2 is 8 bits. */
static void test_walk_finds_domains_that_are_too_wide(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = config_with((BENCH_CAP & ~UINT64_C(7)) | 2, 0);
	bench_setup_on(&b, &config);
	bench_map(&b, 0x5000, 0x6003);
	each_bit(&b, 0x5000, bench_context_entry(SID) + 8, UINT64_C(0xffffffffffff0080), 11, UINT64_C(0xff78));
	bench_teardown(&b);
}

/* 9.8, tables 42, 44, 46: bits 51:HAW, 11, IW; PS at the level that has no page. */
static void test_walk_finds_each_reserved_bit_of_a_table_reference(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_map(&b, 0x5000, 0x6003);
	uint64_t beyond = HAW_BITS & UINT64_C(0x000fffffffffffff), iw = UINT64_C(1) << 62;
	uint64_t ignored = UINT64_C(0xbff000000000077c) | 3;
	each_bit(&b, 0x5000, bench_entry(&b, TOP_TABLE, 4, 0x5000, 4), beyond | iw | 0x880, 12, ignored);
	each_bit(&b, 0x5000, bench_entry(&b, TOP_TABLE, 4, 0x5000, 3), beyond | iw | 0x800, 12, ignored);
	each_bit(&b, 0x5000, bench_entry(&b, TOP_TABLE, 4, 0x5000, 2), beyond | iw | 0x800, 12, ignored);
	bench_teardown(&b);
}

/* 9.8, tables 43, 45, 47, with snoop control. */
static void test_walk_finds_each_reserved_bit_of_a_page(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	uint64_t beyond = HAW_BITS & UINT64_C(0x000fffffffffffff), iw = UINT64_C(1) << 62;
	uint64_t ignored = UINT64_C(0xbff0000000000f7c) | 3;
	bench_map(&b, 0x5000, 0x6003);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0x83);
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x80000000, 3), 0x83);
	each_bit(&b, 0x5000, bench_entry(&b, TOP_TABLE, 4, 0x5000, 1), beyond | iw, 12, ignored | 0x80);
	each_bit(&b, 0x40000000, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), beyond | iw | 0x1ff000, 12, ignored);
	each_bit(&b, 0x80000000, bench_entry(&b, TOP_TABLE, 4, 0x80000000, 3), beyond | iw | 0x3ffff000, 12, ignored);
	bench_teardown(&b);
}

static void test_walk_honours_snoop_control_and_page_sizes(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = config_with(BENCH_CAP, BENCH_ECAP & ~UINT64_C(0x80));
	bench_setup_on(&b, &config);
	bench_map(&b, 0x5000, 0x6803);
	assert_faults(bench_read(&b, 0x5000), 12); /* SNP without SC */
	bench_teardown(&b);

	static const struct {
		uint64_t sslps;
		unsigned reason_2m, reason_1g;
	} sizes[] = {{0, 12, 12}, {1, 0, 12}, {3, 0, 0}, {2, 12, 12}};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		config = config_with((BENCH_CAP & ~(UINT64_C(0xf) << 34)) | sizes[i].sslps << 34, 0);
		bench_setup_on(&b, &config);
		bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0x83);
		bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x80000000, 3), 0x83);
		assert_int_equal(bench_read(&b, 0x40000000).fault, sizes[i].reason_2m);
		assert_int_equal(bench_read(&b, 0x80000000).fault, sizes[i].reason_1g);
		bench_teardown(&b);
	}
}

/* LCT.4: AW against SAGAW, TT against PT and DT; pass-through wants the largest AW. */
static void test_walk_honours_widths_and_types(void **state)
{
	(void)state;
	static const struct {
		uint64_t cap, ecap;
		unsigned tt, aw, reason;
	} rows[] = {
		{BENCH_CAP, BENCH_ECAP, 0, 0, 3},
		{BENCH_CAP, BENCH_ECAP, 0, 1, 6},
		{BENCH_CAP, BENCH_ECAP, 0, 2, 6},
		{BENCH_CAP, BENCH_ECAP, 0, 3, 3},
		{BENCH_CAP | CAP_5LEVEL, BENCH_ECAP, 0, 3, 6},
		{BENCH_CAP, BENCH_ECAP, 0, 4, 3},
		{BENCH_CAP, BENCH_ECAP, 0, 7, 3},
		{BENCH_CAP & ~UINT64_C(0x400), BENCH_ECAP, 0, 2, 3},
		{BENCH_CAP, BENCH_ECAP, 1, 2, 3},
		{BENCH_CAP, BENCH_ECAP | ECAP_DT, 1, 2, 6},
		{BENCH_CAP, BENCH_ECAP, 2, 2, 0},
		{BENCH_CAP, BENCH_ECAP, 2, 1, 3},
		{BENCH_CAP | CAP_5LEVEL, BENCH_ECAP, 2, 2, 3},
		{BENCH_CAP, BENCH_ECAP & ~UINT64_C(0x40), 2, 2, 3},
		{BENCH_CAP, BENCH_ECAP | ECAP_DT, 3, 2, 3},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct iommu_config config = config_with(rows[i].cap, rows[i].ecap);
		bench_setup_on(&b, &config);
		bench_context(&b, SID, TOP_TABLE | rows[i].tt << 2 | 1, 0x1200 | rows[i].aw);
		if (bench_read(&b, 0x5000).fault != rows[i].reason)
			fail_msg("row %zu: fault %u", i, bench_read(&b, 0x5000).fault);
		bench_teardown(&b);
	}
}

/* LRT.*, LCT.*, LSS.1: tables that are not there, and tables that are not in memory. */
static void test_walk_of_missing_structures_names_them(void **state)
{
	(void)state;
	uint64_t nowhere = UINT64_C(0x0000200000000000);
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_map(&b, 0x5000, 0x6003);

	bench_put(&b, bench_root_entry(SID), 0);
	assert_faults(bench_read(&b, 0x5000), 1);
	bench_put(&b, bench_root_entry(SID), nowhere | 1);
	struct translation out = bench_read(&b, 0x5000);
	assert_faults(out, 9);
	assert_true(out.lost && out.lost_pa == (nowhere | 0x200));
	assert_int_equal(out.reads, 2);

	bench_context(&b, SID, TOP_TABLE, 0x1202);
	assert_faults(bench_read(&b, 0x5000), 2);
	bench_context(&b, SID, nowhere | 1, 0x1202);
	out = bench_read(&b, 0x5000);
	assert_faults(out, 3); /* LCT.4.3 */
	assert_true(out.lost && out.lost_pa == nowhere);

	bench_context(&b, SID, TOP_TABLE | 1, 0x1202);
	for (unsigned level = 4; level > 1; level--) {
		uint64_t entry = bench_entry(&b, TOP_TABLE, 4, 0x5000, level), word = bench_word(&b, entry);
		bench_put(&b, entry, nowhere | 3);
		out = bench_read(&b, 0x5000);
		assert_faults(out, 7);
		assert_true(out.lost);
		assert_int_equal(out.reads, 8 - level);
		bench_put(&b, entry, word);
	}
	/* A page that is not memory is no fault of the translation. */
	bench_map(&b, 0x5000, nowhere | 3);
	out = bench_read(&b, 0x5000);
	assert_goes_to(out, nowhere);
	assert_false(out.lost);

	bench_set(&b, REG_RTADDR, 8, nowhere);
	bench_command(&b, GCMD_TE | GCMD_SRTP);
	out = bench_read(&b, 0x5000);
	assert_faults(out, 8);
	assert_true(out.lost && out.lost_pa == (nowhere | 0x10));
	bench_teardown(&b);
}

/* LGN.1 and the limits that it names. */
static void test_walk_checks_the_width_of_addresses(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	assert_faults(bench_read(&b, UINT64_C(0x0000fffffffffff0)), 6);
	assert_faults(bench_read(&b, UINT64_C(0x0001000000000000)), 4);
	assert_faults(bench_read(&b, UINT64_C(0xfffffffffffffff0)), 4);
	/* Pass-through: the host address width, 46 bits. */
	bench_context(&b, SID, 9, 0x1202);
	assert_goes_to(bench_read(&b, UINT64_C(0x3ffffffffff0)), UINT64_C(0x3ffffffffff0));
	assert_faults(bench_read(&b, UINT64_C(0x400000000000)), 4);
	bench_teardown(&b);

	/* MGAW below the AW's width. */
	struct iommu_config config = config_with((BENCH_CAP & ~UINT64_C(0x3f0000)) | 0x290000, 0);
	bench_setup_on(&b, &config);
	assert_faults(bench_read(&b, UINT64_C(0x3fffffffff0)), 6);
	assert_faults(bench_read(&b, UINT64_C(0x40000000000)), 4);
	bench_teardown(&b);
}

/* A table that refers to itself: 6.2.8's example, and no loop. */
static void test_walk_through_a_table_that_contains_itself_ends(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_put(&b, TOP_TABLE, TOP_TABLE | 3);
	struct translation out = bench_read(&b, 0);
	assert_goes_to(out, TOP_TABLE);
	assert_int_equal(out.reads, 6);
	bench_teardown(&b);
}

/* The requester is the low 16 bits of the stream; every bus and function has its own entry. */
static void test_walk_uses_the_entry_of_the_requester(void **state)
{
	(void)state;
	static const uint16_t sids[] = {0x0000, 0x0001, 0x00ff, 0x0100, 0x8000, 0xff00, 0xffff};
	struct bench b;
	bench_setup_on(&b, &no_cache);
	for (size_t i = 0; i < sizeof(sids) / sizeof(sids[0]); i++)
		bench_context(&b, sids[i], UINT64_C(0x500001) + 0x1000 * i, 0x1201);
	for (size_t i = 0; i < sizeof(sids) / sizeof(sids[0]); i++)
		bench_put(&b, bench_entry(&b, 0x500000 + 0x1000 * i, 3, 0x5000, 1), 0x10003 + 0x1000 * i);
	for (size_t i = 0; i < sizeof(sids) / sizeof(sids[0]); i++) {
		struct request request = bench_request(sids[i], 0x5000, REQUEST_READ);
		assert_goes_to(bench_translate(&b, &request), 0x10000 + 0x1000 * i);
	}
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_of_four_levels_reads_the_golden_words),
		cmocka_unit_test(test_walk_maps_large_pages),
		cmocka_unit_test(test_walk_has_three_and_five_levels),
		cmocka_unit_test(test_walk_grants_what_every_entry_grants),
		cmocka_unit_test(test_walk_of_absent_entries_lacks_rights),
		cmocka_unit_test(test_walk_finds_malformed_entries_before_lacking_rights),
		cmocka_unit_test(test_walk_finds_each_reserved_bit_of_a_root_entry),
		cmocka_unit_test(test_walk_finds_each_reserved_bit_of_a_context_entry),
		cmocka_unit_test(test_walk_finds_domains_that_are_too_wide),
		cmocka_unit_test(test_walk_finds_each_reserved_bit_of_a_table_reference),
		cmocka_unit_test(test_walk_finds_each_reserved_bit_of_a_page),
		cmocka_unit_test(test_walk_honours_snoop_control_and_page_sizes),
		cmocka_unit_test(test_walk_honours_widths_and_types),
		cmocka_unit_test(test_walk_of_missing_structures_names_them),
		cmocka_unit_test(test_walk_checks_the_width_of_addresses),
		cmocka_unit_test(test_walk_through_a_table_that_contains_itself_ends),
		cmocka_unit_test(test_walk_uses_the_entry_of_the_requester),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
