/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "resv-honoured"

static void step(struct bench *b, const char *label)
{
	bench_begin(b);
	bench_end(b, MACHINE_HOST, label);
}

static void test_resv_gap_is_a_violation(void **state)
{
	(void)state;
	static const struct {
		uint64_t iova;
		bool write;
		const char *words;
	} table[] = {
		{R_FIRST, false,
		 "the firmware's range 'r' of fw is not mapped 1:1 at 'gap': a read of 0x2000000 is blocked"},
		{R_FIRST, true,
		 "the firmware's range 'r' of fw is not mapped 1:1 at 'gap': a write of 0x2000000 is blocked"},
		{R_FIRST + 0x2000, false,
		 "the firmware's range 'r' of fw is not mapped 1:1 at 'gap': a read of 0x2002000 is blocked"},
		{R_FIRST + 0x2000, true,
		 "the firmware's range 'r' of fw is not mapped 1:1 at 'gap': a write of 0x2002000 is blocked"},
		{X_FIRST, false,
		 "the firmware's range 'x' of fw is not mapped 1:1 at 'gap': a read of 0x2008000 is blocked"},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct bench *b = bench_open();
		b->blocked_iova[table[i].write] = table[i].iova;
		step(b, "gap");
		assert_violated(b, NAME, table[i].words);
		step(b, "still");
		assert_safe(b, NAME);
		bench_close(b);
	}
}

static void test_resv_mapped_elsewhere_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->moved_iova = R_FIRST + 0x2000;
	step(b, "moved");
	assert_violated(
		b, NAME,
		"the firmware's range 'r' of fw is not mapped 1:1 at 'moved': a read of 0x2002000 goes to 0x2003000");
	bench_close(b);
}

static void test_resv_mapped_one_to_one_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	/* Around it is none of its business; nor is a hole. */
	b->blocked_iova[0] = R_FIRST - 0x1000;
	b->blocked_iova[1] = R_FIRST + R_BYTES;
	step(b, "");
	assert_safe(b, NAME);
	b->blocked_iova[0] = H_FIRST;
	step(b, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static bool always(void *context, uint16_t device)
{
	const struct bench *b = context;
	return device == b->fw;
}

static void test_resv_of_a_device_in_reset_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->eyes.in_reset = always;
	b->blocked_iova[0] = R_FIRST;
	step(b, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_resv_of_an_absent_device_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_present(b->model, b->fw, false);
	b->blocked_iova[0] = R_FIRST;
	step(b, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_resv_relaxable_is_over_when_a_user_takes_the_device(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_driver_unbind(b->model, b->fw);
	model_take(b->model, b->p1, b->fw);
	b->blocked_iova[0] = X_FIRST;
	step(b, "");
	assert_safe(b, NAME);
	b->blocked_iova[0] = R_FIRST;
	step(b, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void map(struct bench *b, model_space space, uint64_t iova, uint64_t bytes)
{
	model_map(b->model, space, iova, bytes, bench_memory(b->buf, 0), RW);
}

static void test_resv_user_mapping_over_a_range_is_a_violation(void **state)
{
	(void)state;
	static const struct {
		uint64_t iova;
		const char *words; /* NULL: safe */
	} table[] = {
		{R_FIRST - 0x2000, NULL},
		{R_FIRST - 0x1000, "0x1fff000 to 0x2000fff is mapped for fw (owned by p1) at 'map', and that is in its "
				   "reserved range 'r'"},
		{R_FIRST + 0x2000, "0x2002000 to 0x2003fff is mapped for fw (owned by p1) at 'map', and that is in its "
				   "reserved range 'r'"},
		{R_FIRST + R_BYTES, NULL},
		{X_FIRST, NULL},
		{H_FIRST,
		 "0x90000000 to 0x90001fff is mapped for fw (owned by p1) at 'map', and that is in its reserved "
		 "range 'h'"},
		{0xfedfe000, NULL},
		{0xfedff000, "0xfedff000 to 0xfee00fff is mapped for fw (owned by p1) at 'map', and that is in the "
			     "interrupt window"},
		{0xfeeff000, "0xfeeff000 to 0xfef00fff is mapped for fw (owned by p1) at 'map', and that is in the "
			     "interrupt window"},
		{0xfef00000, NULL},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct bench *b = bench_open();
		model_driver_unbind(b->model, b->fw);
		model_space space = bench_attach(b, b->p1, b->fw);
		map(b, space, 0x10000, 0x1000);
		map(b, space, table[i].iova, 0x2000);
		map(b, space, 0xffff0000, 0x1000);
		step(b, "map");
		if (table[i].words)
			assert_violated(b, NAME, table[i].words);
		else
			assert_safe(b, NAME);
		bench_close(b);
	}
}

/* The range counts from the attach on, and for the device that has it. */
static void test_resv_mapping_counts_when_the_device_is_attached(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_driver_unbind(b->model, b->fw);
	model_space space = bench_attach(b, b->p1, b->alone);
	map(b, space, R_FIRST, 0x1000);
	step(b, "");
	assert_safe(b, NAME);
	model_take(b->model, b->p1, b->fw);
	model_attach(b->model, b->fw, space);
	step(b, "attach");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resv_gap_is_a_violation),
		cmocka_unit_test(test_resv_mapped_elsewhere_is_a_violation),
		cmocka_unit_test(test_resv_mapped_one_to_one_is_safe),
		cmocka_unit_test(test_resv_of_a_device_in_reset_is_safe),
		cmocka_unit_test(test_resv_of_an_absent_device_is_safe),
		cmocka_unit_test(test_resv_relaxable_is_over_when_a_user_takes_the_device),
		cmocka_unit_test(test_resv_user_mapping_over_a_range_is_a_violation),
		cmocka_unit_test(test_resv_mapping_counts_when_the_device_is_attached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
