/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "no-silent-drop"

static struct request dropped(const struct bench *b)
{
	return (struct request){.address = 0x7000,
				.bytes = 4,
				.device = b->nic,
				.originator = b->p1,
				.op = REQUEST_WRITE,
				.t = true,
				.pasid = PASID_NONE};
}

static void test_no_silent_drop_reading_for_a_dropped_write_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct request request = dropped(b);

	bench_begin(b);
	bench_judge(
		b,
		(struct check_event){
			.kind = CHECK_USED, .actor = b->p1, .memory = b->buf, .device = b->nic, .request = &request},
		"result");
	assert_violated(
		b, NAME,
		"p1 reads buf at 'result' for what nic wrote to 0x7000: that write was dropped, and nobody said so");
	bench_close(b);
}

/* The drop itself is what a platform may do; and so is a read of anything else. */
static void test_no_silent_drop_the_drop_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct request request = dropped(b);
	struct hit hit = {.kind = HIT_FAULT, .memory = MACHINE_NONE, .firmware = MACHINE_NONE, .bar = MACHINE_NONE};

	bench_begin(b);
	bench_judge(b, (struct check_event){.kind = CHECK_REQUEST, .request = &request, .hit = &hit, .device = b->nic},
		    "");
	assert_safe(b, NAME);
	bench_judge(b,
		    (struct check_event){.kind = CHECK_LOAD, .new_owner = b->p1, .memory = b->buf, .request = &request},
		    "");
	assert_safe(b, NAME);
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_silent_drop_reading_for_a_dropped_write_is_a_violation),
		cmocka_unit_test(test_no_silent_drop_the_drop_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
