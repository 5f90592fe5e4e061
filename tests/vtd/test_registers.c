/* SPDX-License-Identifier: MIT */
/* The register page: chapter 11. */
#include "vtd_test.h"

#define ALL UINT64_MAX

static void test_registers_out_of_reset_have_their_defaults(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	assert_int_equal(bench_get(&b, REG_VER, 4), 0x10); /* a major version below 6, see 6.5 */
	assert_true(bench_get(&b, REG_CAP, 8) == BENCH_CAP);
	assert_true(bench_get(&b, REG_ECAP, 8) == BENCH_ECAP);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	assert_int_equal(bench_get(&b, REG_FECTL, 4), 0x80000000); /* 11.4.7.2: masked */
	assert_int_equal(bench_get(&b, REG_IECTL, 4), 0x80000000); /* 11.4.9.5 */
	bench_teardown(&b);
}

static void test_registers_default_capabilities_fit_the_configuration(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct memory *memory = memory_new(arena, 16);
	struct iommu_config config = {.address_width = 46, .page_lg2_mask = 3};
	struct iommu *unit = vtd_ops.create(arena, memory, &config);
	uint64_t cap = vtd_ops.read_register(unit, REG_CAP, 8), ecap = vtd_ops.read_register(unit, REG_ECAP, 8);
	assert_int_equal(cap & 7, 6);
	assert_int_equal(cap >> 8 & 0x1f, 6);
	assert_int_equal(cap >> 16 & 0x3f, 47);
	assert_int_equal(cap >> 34 & 0xf, 1); /* 4 KiB and 2 MiB were asked for */
	assert_int_equal(cap >> 39 & 1, 1);
	assert_int_equal(cap >> 7 & 1, 0);
	assert_int_equal(ecap & 0xc7, 0xc3);
	vtd_ops.destroy(unit);

	config = (struct iommu_config){.address_width = 52};
	unit = vtd_ops.create(arena, memory, &config);
	cap = vtd_ops.read_register(unit, REG_CAP, 8);
	assert_int_equal(cap >> 8 & 0x1f, 0xe); /* 5 levels: 11.4.2 wants MGAW >= the host address width */
	assert_int_equal(cap >> 16 & 0x3f, 51);
	vtd_ops.destroy(unit);
	memory_free(memory);
	arena_free(arena);
}

static void test_registers_report_no_capability_that_is_not_there(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {ALL, ALL}};
	bench_setup(&b, &config);
	uint64_t cap = bench_get(&b, REG_CAP, 8), ecap = bench_get(&b, REG_ECAP, 8);
	assert_int_equal(cap & 7, 6);           /* ND 7 is reserved */
	assert_int_equal(cap >> 5 & 3, 0);      /* no protected regions */
	assert_int_equal(cap >> 8 & 0x1f, 0xe); /* SAGAW bits 0 and 4 are reserved */
	assert_int_equal(cap >> 4 & 1, 0);      /* RWBF not with scalable mode */
	/* No execute requests, memory types, extended-accessed flags, host permission tables, PTRS, SSIRWS. */
	for (unsigned i = 0; i < 6; i++) {
		static const unsigned absent[6] = {30, 25, 34, 55, 56, 57};
		assert_int_equal(ecap >> absent[i] & 1, 0);
	}
	bench_teardown(&b);
}

/* 11.4.3: what each of these bits presupposes. */
static void test_registers_report_no_capability_without_its_foundation(void **state)
{
	(void)state;
	static const struct {
		unsigned bit, foundation;
	} rows[] = {{43, 1},  {49, 43}, {48, 43}, {47, 43}, {46, 43}, {45, 48}, {45, 46}, {40, 43},
		    {31, 43}, {53, 31}, {26, 43}, {26, 47}, {26, 46}, {2, 1},   {41, 2},  {3, 1},
		    {4, 3},   {29, 43}, {29, 2},  {58, 29}, {42, 2},  {33, 2}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct iommu_config config = {.id = {BENCH_CAP, ALL}};
		bench_setup(&b, &config);
		assert_int_equal(bench_get(&b, REG_ECAP, 8) >> rows[i].bit & 1, 1);
		bench_teardown(&b);
		config.id[1] = ALL & ~(UINT64_C(1) << rows[i].foundation);
		bench_setup(&b, &config);
		assert_int_equal(bench_get(&b, REG_ECAP, 8) >> rows[i].bit & 1, 0);
		bench_teardown(&b);
	}
}

static void test_registers_read_only_ones_keep_their_value(void **state)
{
	(void)state;
	static const struct {
		uint32_t offset;
		unsigned width;
	} registers[] = {{REG_VER, 4}, {REG_CAP, 8}, {REG_ECAP, 8}, {REG_GSTS, 4}, {REG_IQH, 8}, {REG_IQERCD, 8},
			 {0x64, 4},    {0x68, 4},    {0x70, 8},     {0x30, 4},     {0xc0, 8},    {0x100, 8}};
	struct bench b;
	bench_setup(&b, NULL);
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		uint64_t before = bench_get(&b, registers[i].offset, registers[i].width);
		bench_set(&b, registers[i].offset, registers[i].width, ALL);
		assert_true(bench_get(&b, registers[i].offset, registers[i].width) == before);
	}
	bench_teardown(&b);
}

static void test_registers_keep_only_bits_that_are_defined(void **state)
{
	(void)state;
	static const struct {
		uint32_t offset;
		unsigned width;
		uint64_t kept;
	} registers[] = {
		/* 46-bit host addresses */
		{REG_RTADDR, 8, UINT64_C(0x00003ffffffffc00)},
		{0x3c, 4, 0xffff},
		{0x40, 4, 0xfffffffc},
		{0x44, 4, 0}, /* FEUADDR without EIM */
		{REG_IQT, 8, 0x7fff0},
		{REG_IQA, 8, UINT64_C(0x00003ffffffff807)},
		{0xa4, 4, 0xffff},
		{0xa8, 4, 0xfffffffc},
		{0xb8, 8, 0}, /* IRTA without IR */
	};
	struct bench b;
	bench_setup(&b, NULL);
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		bench_set(&b, registers[i].offset, registers[i].width, ALL);
		assert_true(bench_get(&b, registers[i].offset, registers[i].width) == registers[i].kept);
	}
	bench_teardown(&b);
}

static void test_registers_of_interrupt_remapping_are_there_with_it(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {0, BENCH_ECAP | ECAP_IR | 0x10}};
	bench_setup(&b, &config);
	bench_set(&b, 0xb8, 8, ALL);
	assert_true(bench_get(&b, 0xb8, 8) == UINT64_C(0x00003ffffffff80f));
	bench_set(&b, 0x44, 4, ALL);
	assert_int_equal(bench_get(&b, 0x44, 4), 0xffffffff);
	bench_set(&b, REG_GCMD, 4, 0x01000000); /* SIRTP */
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x01000000);
	bench_command(&b, 0x02800000); /* IRE, CFI */
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x03800000);
	bench_teardown(&b);
}

static void test_registers_of_the_queue_are_reserved_without_it(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {0, BENCH_ECAP & ~UINT64_C(2)}};
	bench_setup(&b, &config);
	bench_set(&b, REG_IQA, 8, ALL);
	bench_set(&b, REG_IQT, 8, ALL);
	assert_int_equal(bench_get(&b, REG_IQA, 8), 0);
	assert_int_equal(bench_get(&b, REG_IQT, 8), 0);
	bench_command(&b, GCMD_QIE);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0);
	bench_teardown(&b);
}

static void test_registers_accept_halves_of_a_quadword(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	bench_set(&b, REG_RTADDR, 4, 0x12345000);
	bench_set(&b, REG_RTADDR + 4, 4, 0x0000002a);
	assert_true(bench_get(&b, REG_RTADDR, 8) == UINT64_C(0x0000002a12345000));
	assert_int_equal(bench_get(&b, REG_RTADDR + 4, 4), 0x2a);
	assert_true(bench_get(&b, REG_FECTL, 8) == UINT64_C(0x80000000));
	bench_teardown(&b);
}

static void test_registers_ignore_other_accesses(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	bench_set(&b, REG_RTADDR, 8, 0x5000);
	bench_set(&b, REG_RTADDR + 2, 4, ALL);
	bench_set(&b, REG_RTADDR + 4, 8, ALL);
	bench_set(&b, REG_RTADDR, 2, ALL);
	bench_set(&b, REG_RTADDR, 1, ALL);
	bench_set(&b, 0xffffffff, 4, ALL);
	bench_set(&b, 0xfffffffc, 4, ALL);
	assert_int_equal(bench_get(&b, REG_RTADDR, 8), 0x5000);
	assert_int_equal(bench_get(&b, REG_RTADDR, 2), 0);
	assert_int_equal(bench_get(&b, REG_RTADDR + 1, 4), 0);
	assert_int_equal(bench_get(&b, 0xfffffff8, 8), 0);
	bench_teardown(&b);
}

static void test_registers_move_with_iro_and_fro(void **state)
{
	(void)state;
	struct bench b;
	/* FRO 100h (offset 1000h), 256 records; IRO 3Fh */
	struct iommu_config config = {.id = {(BENCH_CAP & ~(UINT64_C(0x3ff) << 24 | UINT64_C(0xff) << 40)) |
						     UINT64_C(0x100) << 24 | UINT64_C(0xff) << 40,
					     (BENCH_ECAP & ~UINT64_C(0x3ff00)) | 0x3f00}};
	bench_setup_on(&b, &config);
	bench_set(&b, 0x3f8, 8, UINT64_C(0x9000000000000000)); /* IVT, global */
	assert_true(bench_get(&b, 0x3f8, 8) >> 63);
	bench_settle(&b);
	assert_true(bench_get(&b, 0x3f8, 8) == UINT64_C(0x1200000000000000));
	for (unsigned i = 0; i < 256; i++)
		assert_faults(bench_read(&b, 0x1000 * (i + 1)), 6);
	assert_true(bench_get(&b, 0x1000, 8) == 0x1000);
	assert_true(bench_get(&b, 0x1ff0, 8) == 0x100000);
	assert_true(bench_get(&b, 0x1ff8, 8) >> 63);
	assert_int_equal(bench_get(&b, 0x2000, 8), 0);
	bench_teardown(&b);
}

static void test_registers_command_is_pending_until_hardware_does_it(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	bench_set(&b, REG_RTADDR, 8, ROOT_TABLE);
	bench_set(&b, REG_GCMD, 4, GCMD_SRTP);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0);
	assert_int_equal(bench_get(&b, REG_GCMD, 4), 0);
	assert_true(vtd_ops.advance(b.iommu));
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x40000000);
	assert_false(vtd_ops.advance(b.iommu));
	bench_set(&b, REG_GCMD, 4, GCMD_TE);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x40000000);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0xc0000000);
	/* A one-shot bit that is not repeated changes nothing; RTPS falls and rises with each SRTP. */
	bench_set(&b, REG_GCMD, 4, GCMD_TE);
	assert_false(vtd_ops.advance(b.iommu));
	bench_set(&b, REG_GCMD, 4, GCMD_TE | GCMD_SRTP);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x80000000);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0xc0000000);
	bench_command(&b, 0);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x40000000);
	bench_teardown(&b);
}

static void test_registers_second_command_finds_the_first_done(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	bench_set(&b, REG_GCMD, 4, GCMD_SRTP);
	bench_set(&b, REG_GCMD, 4, GCMD_QIE);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x40000000);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x44000000);
	bench_teardown(&b);
}

static void test_registers_root_takes_effect_with_srtp_alone(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_map(&b, 0x5000, 0x6003);
	bench_set(&b, REG_RTADDR, 8, 0x12345000); /* an empty page */
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	bench_command(&b, GCMD_TE | GCMD_SRTP);
	assert_faults(bench_read(&b, 0x5000), 1);
	bench_teardown(&b);
}

static void test_registers_srtp_empties_the_caches_with_esrtps_alone(void **state)
{
	(void)state;
	for (unsigned enhanced = 0; enhanced < 2; enhanced++) {
		struct bench b;
		struct iommu_config config = {.id = {enhanced ? BENCH_CAP : BENCH_CAP & ~(UINT64_C(1) << 63), 0}};
		bench_setup_on(&b, &config);
		bench_map(&b, 0x5000, 0x6003);
		assert_goes_to(bench_read(&b, 0x5000), 0x6000);
		bench_map(&b, 0x5000, 0x7003);
		b.effect_count = 0;
		bench_command(&b, GCMD_TE | GCMD_SRTP);
		assert_goes_to(bench_read(&b, 0x5000), enhanced ? 0x7000 : 0x6000);
		assert_int_equal(bench_effects(&b, EFFECT_COMPLETE), enhanced ? 2 : 0);
		bench_teardown(&b);
	}
}

static void test_registers_write_buffer_flush_has_a_handshake_where_required(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = {.id = {BENCH_CAP | 0x10, 0}};
	bench_setup(&b, &config);
	bench_set(&b, REG_GCMD, 4, GCMD_WBF);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0x08000000);
	bench_settle(&b);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0);
	bench_teardown(&b);

	bench_setup(&b, NULL);
	bench_set(&b, REG_GCMD, 4, GCMD_WBF);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0);
	assert_false(vtd_ops.advance(b.iommu));
	bench_teardown(&b);
}

static void test_registers_loaded_from_outside_make_the_unit_translate(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, NULL);
	bench_context(&b, SID, TOP_TABLE | 1, (uint64_t)DOMAIN << 8 | 2);
	bench_map(&b, 0x5000, 0x6003);
	assert_true(vtd_ops.load_register(b.iommu, REG_GSTS, 4, 0xc4000000));
	assert_true(vtd_ops.load_register(b.iommu, REG_RTADDR, 8, ROOT_TABLE));
	assert_true(vtd_ops.load_register(b.iommu, REG_CAP, 8, 0));
	assert_true(vtd_ops.load_register(b.iommu, REG_FRCD, 8, 0x1000));
	assert_false(vtd_ops.load_register(b.iommu, 0x48, 4, 1));
	assert_false(vtd_ops.load_register(b.iommu, REG_RTADDR, 2, 1));
	assert_true(bench_get(&b, REG_CAP, 8) == BENCH_CAP);
	assert_int_equal(bench_get(&b, REG_GSTS, 4), 0xc4000000);
	assert_goes_to(bench_read(&b, 0x5123), 0x6123);
	/* Without RTPS no root was ever taken. */
	assert_true(vtd_ops.load_register(b.iommu, REG_GSTS, 4, 0x80000000));
	struct request other = bench_request(SID + 8, 0x5000, REQUEST_READ);
	assert_faults(bench_translate(&b, &other), 1);
	bench_teardown(&b);
}

static void test_registers_state_survives_a_snapshot(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, NULL);
	bench_map(&b, 0x5000, 0x6003);
	uint64_t before = arena_hash(b.arena);
	struct arena_snapshot *snapshot = arena_save(b.arena);
	bench_set(&b, REG_RTADDR, 8, 0x777000);
	bench_command(&b, 0);
	bench_read(&b, 0x5000);
	assert_true(arena_hash(b.arena) != before);
	arena_restore(b.arena, snapshot);
	assert_true(arena_hash(b.arena) == before);
	assert_goes_to(bench_read(&b, 0x5000), 0x6000);
	arena_snapshot_free(snapshot);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_out_of_reset_have_their_defaults),
		cmocka_unit_test(test_registers_default_capabilities_fit_the_configuration),
		cmocka_unit_test(test_registers_report_no_capability_that_is_not_there),
		cmocka_unit_test(test_registers_report_no_capability_without_its_foundation),
		cmocka_unit_test(test_registers_read_only_ones_keep_their_value),
		cmocka_unit_test(test_registers_keep_only_bits_that_are_defined),
		cmocka_unit_test(test_registers_of_interrupt_remapping_are_there_with_it),
		cmocka_unit_test(test_registers_of_the_queue_are_reserved_without_it),
		cmocka_unit_test(test_registers_accept_halves_of_a_quadword),
		cmocka_unit_test(test_registers_ignore_other_accesses),
		cmocka_unit_test(test_registers_move_with_iro_and_fro),
		cmocka_unit_test(test_registers_command_is_pending_until_hardware_does_it),
		cmocka_unit_test(test_registers_second_command_finds_the_first_done),
		cmocka_unit_test(test_registers_root_takes_effect_with_srtp_alone),
		cmocka_unit_test(test_registers_srtp_empties_the_caches_with_esrtps_alone),
		cmocka_unit_test(test_registers_write_buffer_flush_has_a_handshake_where_required),
		cmocka_unit_test(test_registers_loaded_from_outside_make_the_unit_translate),
		cmocka_unit_test(test_registers_state_survives_a_snapshot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
