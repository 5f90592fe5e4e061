/* SPDX-License-Identifier: MIT */
/* Kinds of requests, and what is decided of them before or without a table. */
#include "vtd_test.h"

static const struct iommu_config no_cache = {.no_cache = true};

static struct iommu_config config_with(uint64_t cap, uint64_t ecap)
{
	return (struct iommu_config){.id = {cap, ecap}, .no_cache = true};
}

/* 3.14 */
static void test_request_of_zero_length_honours_zlr(void **state)
{
	(void)state;
	for (unsigned zlr = 0; zlr < 2; zlr++) {
		struct bench b;
		struct iommu_config config = config_with(zlr ? BENCH_CAP : BENCH_CAP & ~UINT64_C(0x400000), 0);
		bench_setup_on(&b, &config);
		bench_map(&b, 0x5000, 0x6002);
		bench_map(&b, 0x7000, 0x6001);
		struct request request = bench_request(SID, 0x5000, REQUEST_READ);
		assert_faults(bench_translate(&b, &request), 6);
		request.bytes = 0;
		if (zlr)
			assert_goes_to(bench_translate(&b, &request), 0x6000);
		else
			assert_faults(bench_translate(&b, &request), 6);
		request.address = 0x7000;
		assert_goes_to(bench_translate(&b, &request), 0x6000);
		request.address = 0x9000;
		assert_faults(bench_translate(&b, &request), 6);
		bench_teardown(&b);
	}
}

/* 3.13: the receiver of a request that crosses a page treats it as malformed. */
static void test_request_across_pages_is_refused_unrecorded(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_map(&b, 0x5000, 0x6003);
	bench_map(&b, 0x6000, 0x7003);
	struct request request = bench_request(SID, 0x5ffc, REQUEST_WRITE);
	assert_goes_to(bench_translate(&b, &request), 0x6ffc);
	request.bytes = 5;
	struct translation out = bench_translate(&b, &request);
	assert_faults(out, 0);
	assert_false(out.recorded);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 0);
	request.address = UINT64_MAX;
	request.bytes = UINT32_MAX;
	assert_faults(bench_translate(&b, &request), 0);
	request.address = 0x5000;
	request.bytes = 4096;
	assert_goes_to(bench_translate(&b, &request), 0x6000);
	bench_teardown(&b);
}

static void test_request_passes_through_without_a_table(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	/* SSPTPTR is ignored, its bits beyond the host address width too. */
	bench_context(&b, SID, UINT64_C(0xfffffffffffff009), 0x1202);
	struct translation out = bench_write(&b, 0x12345678);
	assert_goes_to(out, 0x12345678);
	assert_true(out.pass_through);
	assert_int_equal(out.page_lg2, 0);
	assert_int_equal(out.level, 0);
	assert_int_equal(out.permissions, PERM_READ | PERM_WRITE);
	assert_int_equal(out.reads, 2);
	bench_teardown(&b);
}

/* 3.15 */
static void test_request_of_the_interrupt_range(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	struct request request = bench_request(SID, 0xfee01004, REQUEST_WRITE);
	assert_int_equal(bench_translate(&b, &request).result, TRANSLATE_INTERRUPT);
	request.stream = 0xffff; /* no context entry is looked for */
	assert_int_equal(bench_translate(&b, &request).result, TRANSLATE_INTERRUPT);
	request.bytes = 8;
	assert_faults(bench_translate(&b, &request), 14);
	request.bytes = 4;
	request.op = REQUEST_READ;
	assert_faults(bench_translate(&b, &request), 14);
	request.op = REQUEST_ATOMIC;
	assert_faults(bench_translate(&b, &request), 14);
	request.op = REQUEST_READ;
	request.bytes = 0;
	assert_goes_to(bench_translate(&b, &request), 0xfee01004);

	/* Results in the range; its neighbours are ordinary. */
	bench_map(&b, 0x5000, 0xfee00003);
	bench_map(&b, 0x6000, 0xfeeff003);
	bench_map(&b, 0x7000, 0xfedff003);
	bench_map(&b, 0x8000, 0xfef00003);
	bench_map(&b, 0x9000, 0xfee00002);
	assert_faults(bench_write(&b, 0x5000), 14);
	assert_faults(bench_read(&b, 0x6ff0), 14);
	assert_goes_to(bench_write(&b, 0x7ff0), 0xfedffff0);
	assert_goes_to(bench_write(&b, 0x8000), 0xfef00000);
	assert_faults(bench_read(&b, 0x9000), 6); /* LGN.3 comes before LGN.4 */
	/* A large page around it: only the range is blocked. */
	bench_put(&b, bench_entry(&b, TOP_TABLE, 4, 0x40000000, 2), 0xfee00083);
	assert_faults(bench_read(&b, 0x40000000), 14);
	assert_goes_to(bench_read(&b, 0x40100000), 0xfef00000);
	bench_teardown(&b);
}

/* 11.4.5, RTA.*; 3.4.4 */
static void test_request_honours_the_translation_table_mode(void **state)
{
	(void)state;
	static const struct {
		uint64_t ecap;
		uint64_t rtaddr;
		unsigned reason;
	} rows[] = {
		{BENCH_ECAP, ROOT_TABLE | 0x400, 0x30},
		{BENCH_ECAP, ROOT_TABLE | 0x800, 0x30},
		{BENCH_ECAP, ROOT_TABLE | 0xc00, 0x30},
		{BENCH_ECAP | ECAP_ADMS, ROOT_TABLE | 0xc00, 0x33},
		{BENCH_ECAP, ROOT_TABLE | 0x80, 6}, /* SSIRWE is reserved, and not kept */
		{BENCH_ECAP | UINT64_C(1) << 57, ROOT_TABLE | 0x80, 0x30},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct iommu_config config = config_with(BENCH_CAP, rows[i].ecap);
		bench_setup_on(&b, &config);
		bench_set(&b, REG_RTADDR, 8, rows[i].rtaddr);
		bench_command(&b, GCMD_TE | GCMD_SRTP);
		assert_faults(bench_read(&b, 0x5000), rows[i].reason);
		struct request interrupt = bench_request(SID, 0xfee00000, REQUEST_WRITE);
		assert_int_equal(bench_translate(&b, &interrupt).result, TRANSLATE_INTERRUPT);
		bench_teardown(&b);
	}
}

static void test_request_with_pasid_is_refused(void **state)
{
	(void)state;
	struct bench b;
	bench_setup_on(&b, &no_cache);
	bench_map(&b, 0x5000, 0x6003);
	struct request request = bench_request(SID, 0x5000, REQUEST_READ);
	request.pasid = 0;
	assert_faults(bench_translate(&b, &request), 0x31);
	request.address = 0xfee00000;
	request.op = REQUEST_WRITE;
	assert_faults(bench_translate(&b, &request), 0x31);
	bench_teardown(&b);
}

static void test_request_with_translation_off_passes_all_but_ats(void **state)
{
	(void)state;
	struct bench b;
	bench_setup(&b, &no_cache);
	struct request request = bench_request(SID, UINT64_C(0x123456789abcdef0), REQUEST_READ);
	request.pasid = 7; /* 3.1: the prefix is ignored */
	struct translation out = bench_translate(&b, &request);
	assert_goes_to(out, UINT64_C(0x123456789abcdef0));
	assert_true(out.pass_through);
	request.pasid = PASID_NONE;
	for (unsigned at = 1; at < 4; at++) {
		request.at = (uint8_t)at;
		out = bench_translate(&b, &request);
		assert_faults(out, 0); /* 4.2.1: unsupported request */
		assert_false(out.recorded);
	}
	request = bench_request(SID, 0xfee00000, REQUEST_WRITE);
	assert_int_equal(bench_translate(&b, &request).result, TRANSLATE_INTERRUPT);
	bench_teardown(&b);
}

/* LCT.5, LGN.1.2, LGN.4 */
static void test_request_translated_needs_tt_01(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = config_with(BENCH_CAP, BENCH_ECAP | ECAP_DT);
	bench_setup_on(&b, &config);
	struct request request = bench_request(SID, 0x12345678, REQUEST_WRITE);
	request.at = AT_TRANSLATED;
	assert_faults(bench_translate(&b, &request), 13);
	bench_context(&b, SID, 9, 0x1202);
	assert_faults(bench_translate(&b, &request), 13);
	bench_context(&b, SID, TOP_TABLE | 5, 0x1202);
	assert_goes_to(bench_translate(&b, &request), 0x12345678);
	request.address = UINT64_C(0x3ffffffffff0);
	assert_goes_to(bench_translate(&b, &request), UINT64_C(0x3ffffffffff0));
	request.address = UINT64_C(0x400000000000);
	assert_faults(bench_translate(&b, &request), 4);
	request.address = 0xfee01000;
	assert_faults(bench_translate(&b, &request), 14);
	bench_context(&b, SID, TOP_TABLE | 4, 0x1202);
	assert_faults(bench_translate(&b, &request), 2);
	bench_teardown(&b);
}

/* Table 30, column "Translation Req-without-PASID". */
static void test_request_for_translation_is_answered_with_rights(void **state)
{
	(void)state;
	struct bench b;
	struct iommu_config config = config_with(BENCH_CAP, BENCH_ECAP | ECAP_DT);
	bench_setup_on(&b, &config);
	struct request request = bench_request(SID, 0x5000, REQUEST_READ);
	request.at = AT_TRANSLATION_REQUEST;
	request.bytes = 8;
	assert_faults(bench_translate(&b, &request), 13);
	bench_context(&b, SID, TOP_TABLE | 5, 0x1202);
	bench_map(&b, 0x5000, 0x6002);
	struct translation out = bench_translate(&b, &request);
	assert_goes_to(out, 0x6000);
	assert_int_equal(out.permissions, PERM_WRITE);
	assert_int_equal(out.page_lg2, 12);
	/* Nothing is mapped, or the address is too wide: no error, and no rights. */
	request.address = 0x9000;
	out = bench_translate(&b, &request);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_int_equal(out.permissions, 0);
	request.address = UINT64_C(0x1000000000000);
	out = bench_translate(&b, &request);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_int_equal(out.permissions, 0);
	assert_int_equal(bench_get(&b, REG_FSTS, 4), 2); /* the first one alone was recorded */
	/* S.1 */
	request.address = 0xfee00000;
	out = bench_translate(&b, &request);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_int_equal(out.permissions, PERM_WRITE);
	assert_true(out.untranslated_only);
	/* Errors of tables are errors. */
	bench_map(&b, 0x5000, UINT64_C(0x0008000000006003));
	request.address = 0x5000;
	assert_faults(bench_translate(&b, &request), 12);
	request.op = REQUEST_WRITE; /* 4.2.1: no such request */
	assert_faults(bench_translate(&b, &request), 0);
	request.at = 3;
	assert_faults(bench_translate(&b, &request), 0);
	bench_teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_of_zero_length_honours_zlr),
		cmocka_unit_test(test_request_across_pages_is_refused_unrecorded),
		cmocka_unit_test(test_request_passes_through_without_a_table),
		cmocka_unit_test(test_request_of_the_interrupt_range),
		cmocka_unit_test(test_request_honours_the_translation_table_mode),
		cmocka_unit_test(test_request_with_pasid_is_refused),
		cmocka_unit_test(test_request_with_translation_off_passes_all_but_ats),
		cmocka_unit_test(test_request_translated_needs_tt_01),
		cmocka_unit_test(test_request_for_translation_is_answered_with_rights),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
