/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "pin-outlives-translation"

static void reuse(struct bench *b, uint16_t from, uint16_t to)
{
	bench_judge(b,
		    (struct check_event){.kind = CHECK_REUSE,
					 .memory = b->buf,
					 .old_owner = from,
					 .new_owner = to,
					 .device = MACHINE_NONE},
		    "reuse");
}

static void test_pin_referenced_page_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->referenced = true;
	b->referenced_by = b->nic;
	reuse(b, b->p1, b->p2);
	assert_violated(b, NAME, "'buf' of p1 is handed on to p2 at 'reuse' while nic may still reach it");
	b->referenced_by = MACHINE_NONE;
	reuse(b, b->p1, MACHINE_HOST);
	assert_violated(
		b, NAME,
		"'buf' of p1 is handed on to host at 'reuse' while a translation that is not invalidated may still "
		"reach it");
	bench_close(b);
}

static void test_pin_page_without_reference_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	reuse(b, b->p1, b->p2);
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_pin_page_that_stays_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->referenced = true;
	reuse(b, b->p1, b->p1);
	assert_safe(b, NAME);
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_referenced_page_is_a_violation),
		cmocka_unit_test(test_pin_page_without_reference_is_safe),
		cmocka_unit_test(test_pin_page_that_stays_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
