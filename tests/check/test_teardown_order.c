/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "teardown-order"

static void step(struct bench *b, const char *label)
{
	bench_begin(b);
	bench_end(b, MACHINE_HOST, label);
}

static void new_owner(struct bench *b, uint16_t device, uint16_t owner, bool kernel_driver)
{
	bench_judge(
		b,
		(struct check_event){
			.kind = CHECK_NEW_OWNER, .device = device, .new_owner = owner, .kernel_driver = kernel_driver},
		"take");
}

/* Catalogue 19: scrub, then release; to a confidential guest its host is no owner who may read. */
static void test_teardown_contents_left_are_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct check_event event = {.kind = CHECK_RELEASED,
				    .memory = b->buf,
				    .device = MACHINE_NONE,
				    .old_owner = b->p1,
				    .new_owner = MACHINE_HOST};
	bench_judge(b, event, "back");
	assert_safe(b, NAME);
	event.unscrubbed = true;
	bench_judge(b, event, "back");
	assert_violated(b, NAME, "the host has 'buf' of p1 at 'back' with what that left in it");
	event.kind = CHECK_REUSE;
	event.new_owner = b->p2;
	bench_judge(b, event, "next");
	assert_violated(b, NAME, "'buf' goes to p2 at 'next' with what p1 left in it");
	event.new_owner = b->p1;
	bench_judge(b, event, "again");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_teardown_table_given_back_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->view[b->alone] = (struct check_view){.serving = SERVED_FREED, .root = 0x1234000};
	step(b, "free");
	assert_violated(b, NAME,
			"alone still translates by a page table that was given back (root 0x1234000) at 'free'");
	step(b, "still");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_teardown_live_tables_are_safe(void **state)
{
	(void)state;
	static const enum check_serving servings[] = {SERVED_BLOCKED, SERVED_IDENTITY, SERVED_KERNEL_DMA, SERVED_USER,
						      SERVED_NO_IOMMU};
	for (unsigned i = 0; i < 5; i++) {
		struct bench *b = bench_open();
		b->view[b->alone].serving = servings[i];
		step(b, "");
		assert_safe(b, NAME);
		bench_close(b);
	}
}

static void test_teardown_hand_over_without_reset_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->master[b->alone] = b->master[b->hba] = true;
	model_take(b->model, b->p1, b->alone);
	model_release(b->model, b->p1, b->alone);
	new_owner(b, b->alone, b->p2, false);
	assert_violated(
		b, NAME,
		"alone goes from p1 to p2 at 'take' without a reset and with bus mastering on: it still works for p1");
	model_driver_unbind(b->model, b->hba);
	new_owner(b, b->hba, b->p1, false);
	assert_violated(b, NAME,
			"hba goes from host to p1 at 'take' without a reset and with bus mastering on: it still works "
			"for host");
	/* Back to the kernel is the same. */
	new_owner(b, b->alone, MACHINE_HOST, true);
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* The next owner turns bus mastering on, and what the user before has set up goes on. */
static void test_teardown_hand_over_of_a_users_device_needs_a_reset(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_take(b->model, b->p1, b->alone);
	model_release(b->model, b->p1, b->alone);
	new_owner(b, b->alone, b->p2, false);
	assert_violated(b, NAME, "alone goes from p1 to p2 at 'take' without a reset: it still works for p1");
	b->master[b->alone] = true;
	model_reset(b->model, b->alone);
	new_owner(b, b->alone, b->p2, false);
	assert_safe(b, NAME);
	bench_close(b);
}

/* A kernel driver that turns bus mastering off has stopped its device. */
static void test_teardown_hand_over_by_the_kernel_stopped_or_reset_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_driver_unbind(b->model, b->hba);
	new_owner(b, b->hba, b->p1, false);
	assert_safe(b, NAME);
	b->master[b->hba] = true;
	model_reset(b->model, b->hba);
	new_owner(b, b->hba, b->p1, false);
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_teardown_first_or_same_owner_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->master[b->alone] = true;
	new_owner(b, b->alone, b->p1, false);
	assert_safe(b, NAME);
	model_take(b->model, b->p1, b->alone);
	new_owner(b, b->alone, b->p1, false);
	assert_safe(b, NAME);
	model_release(b->model, b->p1, b->alone);
	new_owner(b, b->alone, b->p1, false);
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_teardown_between_kernel_drivers_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->master[b->hba] = true;
	model_driver_unbind(b->model, b->hba);
	new_owner(b, b->hba, b->u, true);
	assert_safe(b, NAME);
	model_driver_bind(b->model, b->u, b->hba);
	model_driver_unbind(b->model, b->hba);
	new_owner(b, b->hba, MACHINE_HOST, true);
	assert_safe(b, NAME);
	new_owner(b, b->hba, b->p1, false);
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* Taken over while the other still had it: no reset can have come in between. */
static void test_teardown_take_over_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->master[b->alone] = true;
	model_take(b->model, b->p1, b->alone);
	model_reset(b->model, b->alone);
	new_owner(b, b->alone, b->p2, false);
	assert_violated(
		b, NAME,
		"alone goes from p1 to p2 at 'take' without a reset and with bus mastering on: it still works for p1");
	bench_close(b);
}

static void test_teardown_registers_kept_mapped_are_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_take(b->model, b->p1, b->alone);
	model_mmap(b->model, b->p1, b->alone_bar);
	step(b, "");
	assert_safe(b, NAME);
	model_driver_bind(b->model, MACHINE_HOST, b->alone);
	step(b, "bind");
	assert_violated(b, NAME, "p1 still has registers of alone mapped at 'bind', and host owns it");
	step(b, "still");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_teardown_registers_unmapped_with_release_are_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_take(b->model, b->p1, b->alone);
	model_mmap(b->model, b->p1, b->alone_bar);
	model_release(b->model, b->p1, b->alone);
	model_take(b->model, b->p2, b->alone);
	step(b, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_teardown_contents_left_are_a_violation),
		cmocka_unit_test(test_teardown_table_given_back_is_a_violation),
		cmocka_unit_test(test_teardown_live_tables_are_safe),
		cmocka_unit_test(test_teardown_hand_over_without_reset_is_a_violation),
		cmocka_unit_test(test_teardown_hand_over_of_a_users_device_needs_a_reset),
		cmocka_unit_test(test_teardown_hand_over_by_the_kernel_stopped_or_reset_is_safe),
		cmocka_unit_test(test_teardown_first_or_same_owner_is_safe),
		cmocka_unit_test(test_teardown_between_kernel_drivers_is_safe),
		cmocka_unit_test(test_teardown_take_over_is_a_violation),
		cmocka_unit_test(test_teardown_registers_kept_mapped_are_a_violation),
		cmocka_unit_test(test_teardown_registers_unmapped_with_release_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
