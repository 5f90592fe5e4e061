/* SPDX-License-Identifier: MIT */
#include "base/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SAMPLE_FIELDS(X)                 \
	X(SAMPLE, P, 0, 0, 0, "1.1")     \
	X(SAMPLE, PTR, 0, 63, 12, "1.2") \
	X(SAMPLE, AW, 1, 2, 0, "1.3")    \
	X(SAMPLE, DID, 1, 23, 8, "1.4")  \
	X(SAMPLE, WHOLE, 2, 63, 0, "1.5")

FIELD_DEFINE(SAMPLE_FIELDS)
static const struct field_row rows[] = FIELD_ROWS(SAMPLE_FIELDS);
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_field_accessors_read_and_write_only_their_bits(void **state)
{
	(void)state;
	uint64_t words[3] = {0, UINT64_MAX, 0};
	SAMPLE_set_P(words, 1);
	SAMPLE_set_PTR(words, 0xabcde);
	SAMPLE_set_DID(words, 0x1234);
	SAMPLE_set_AW(words, 2);
	SAMPLE_set_WHOLE(words, UINT64_MAX);
	assert_int_equal(words[0], UINT64_C(0xabcde001));
	assert_int_equal(words[1], UINT64_C(0xffffffffff1234fa));
	assert_int_equal(words[2], UINT64_MAX);
	assert_int_equal(SAMPLE_P(words), 1);
	assert_int_equal(SAMPLE_PTR(words), 0xabcde);
	assert_int_equal(SAMPLE_DID(words), 0x1234);
	assert_int_equal(SAMPLE_AW(words), 2);
	assert_int_equal(SAMPLE_WHOLE(words), UINT64_MAX);
}

static void test_field_constants_name_the_place(void **state)
{
	(void)state;
	assert_int_equal(SAMPLE_DID_MASK, 0xffff00);
	assert_int_equal(SAMPLE_DID_WORD, 1);
	assert_int_equal(SAMPLE_DID_MSB, 23);
	assert_int_equal(SAMPLE_DID_LSB, 8);
}

static void test_field_value_decodes_by_row(void **state)
{
	(void)state;
	const uint64_t words[3] = {UINT64_C(0x123456789abcd001), 0x00567802, 9};
	assert_int_equal(field_value(words, field_find(rows, ROWS, "P")), 1);
	assert_int_equal(field_value(words, field_find(rows, ROWS, "PTR")), UINT64_C(0x123456789abcd));
	assert_int_equal(field_value(words, field_find(rows, ROWS, "AW")), 2);
	assert_int_equal(field_value(words, field_find(rows, ROWS, "DID")), 0x5678);
	assert_int_equal(field_value(words, field_find(rows, ROWS, "WHOLE")), 9);
	assert_null(field_find(rows, ROWS, "NONE"));
}

static void test_field_reserved_is_what_no_row_names(void **state)
{
	(void)state;
	assert_int_equal(field_reserved(rows, ROWS, 0), 0xffe);
	assert_int_equal(field_reserved(rows, ROWS, 1), UINT64_C(0xffffffffff0000f8));
	assert_int_equal(field_reserved(rows, ROWS, 2), 0);
	assert_int_equal(field_reserved(rows, ROWS, 3), UINT64_MAX);
	assert_int_equal(field_defined(rows, ROWS, 0), UINT64_C(0xfffffffffffff001));
}

static void test_field_first_bad_accepts_a_sound_table(void **state)
{
	(void)state;
	assert_null(field_first_bad(rows, ROWS, 3));
}

static void test_field_first_bad_finds_each_defect(void **state)
{
	(void)state;
	static const struct field_row bad[][2] = {
		{{"A", 0, 7, 0, ""}, {"B", 0, 8, 7, ""}},   /* overlap */
		{{"A", 0, 7, 0, ""}, {"B", 0, 8, 9, ""}},   /* the wrong way round */
		{{"A", 0, 7, 0, ""}, {"B", 1, 7, 0, ""}},   /* word outside */
		{{"A", 0, 7, 0, ""}, {"B", 0, 64, 60, ""}}, /* bit outside */
		{{"A", 0, 7, 0, ""}, {"A", 0, 9, 8, ""}},   /* name twice */
	};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_ptr_equal(field_first_bad(bad[i], 2, 1), &bad[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_field_accessors_read_and_write_only_their_bits),
		cmocka_unit_test(test_field_constants_name_the_place),
		cmocka_unit_test(test_field_value_decodes_by_row),
		cmocka_unit_test(test_field_reserved_is_what_no_row_names),
		cmocka_unit_test(test_field_first_bad_accepts_a_sound_table),
		cmocka_unit_test(test_field_first_bad_finds_each_defect),
	};
	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
