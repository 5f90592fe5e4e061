/* SPDX-License-Identifier: MIT */
/* PCIe's ordering table (2.4.1, table 2-40), cell by cell: row passes column? N no, Y yes, m may. */
#include "hw/fabric/hit.h"
#include "hw/fabric/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char letter(enum passing passing)
{
	return passing == PASSING_NO ? 'N' : passing == PASSING_MUST ? 'Y' : 'm';
}

static void test_order_matches_the_table(void **state)
{
	(void)state;
	/* Columns: posted, read, non-posted with data, completion; without and with relaxed or ID-based ordering. */
	static const char *const strict[] = {"NYYm", "Nmmm", "Nmmm", "NYYm"};
	static const char *const relaxed[] = {"mYYm", "mmmm", "mmmm", "mYYm"};
	for (unsigned row = 0; row < 4; row++) {
		for (unsigned column = 0; column < 4; column++) {
			assert_int_equal(
				letter(traffic_may_pass((enum traffic)row, (enum traffic)column, false, false)),
				strict[row][column]);
			assert_int_equal(letter(traffic_may_pass((enum traffic)row, (enum traffic)column, true, false)),
					 relaxed[row][column]);
		}
	}
}

static void test_order_completions_of_one_read_stay_in_order(void **state)
{
	(void)state;
	assert_int_equal(traffic_may_pass(TRAFFIC_COMPLETION, TRAFFIC_COMPLETION, false, true), PASSING_NO);
	assert_int_equal(traffic_may_pass(TRAFFIC_COMPLETION, TRAFFIC_COMPLETION, true, true), PASSING_NO);
	assert_int_equal(traffic_may_pass(TRAFFIC_READ, TRAFFIC_READ, false, true), PASSING_MAY);
}

static void test_hit_every_reason_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(hit_reason_text(REASON_NONE), "");
	for (unsigned reason = REASON_NONE + 1; reason < HIT_REASONS; reason++) {
		assert_non_null(hit_reason_text((enum hit_reason)reason));
		assert_true(strlen(hit_reason_text((enum hit_reason)reason)) > 10);
	}
	assert_string_equal(hit_reason_text(HIT_REASONS), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_matches_the_table),
		cmocka_unit_test(test_order_completions_of_one_read_stay_in_order),
		cmocka_unit_test(test_hit_every_reason_has_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
