/* SPDX-License-Identifier: MIT */
#include "interface_bench.h"

#define NAME "private-mmio-exclusive"

static void mmio(struct bench *b, uint16_t actor, uint16_t device, const char *label)
{
	bench_judge(b,
		    (struct check_event){.kind = CHECK_MMIO, .actor = actor, .device = device, .memory = MACHINE_NONE},
		    label);
}

static void test_private_mmio_exclusive_pages_of_another_guest_are_a_violation_once(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interface_step(b, "");
	assert_safe(b, NAME);
	interfaces[b->nic].row.mappers |= UINT64_C(1) << b->p2;
	interface_step(b, "remap");
	assert_violated(b, NAME,
			"registers of nic, which p1 has accepted, are in another guest's address space at 'remap'");
	interface_step(b, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* It need not be in its own guest's. */
static void test_private_mmio_exclusive_pages_of_nobody_are_safe(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interfaces[b->nic].row.mappers = 0;
	interface_step(b, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_private_mmio_exclusive_pages_out_of_order_are_a_violation(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interfaces[b->nic].row.in_order = false;
	interface_step(b, "swap");
	assert_violated(b, NAME, "registers of nic are not where p1 was told when it accepted it at 'swap'");
	bench_close(b);
}

/* The order is asked for from the acceptance on, and is broken again after the next one. */
static void test_private_mmio_exclusive_unaccepted_interface_is_safe(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interfaces[b->nic].row.in_order = false;
	interfaces[b->nic].row.mappers = UINT64_C(1) << b->p2;
	model_accept(b->model, MODEL_NEUTRAL, b->nic);
	interface_step(b, "");
	assert_safe(b, NAME);
	mmio(b, MACHINE_HOST, b->nic, "");
	assert_safe(b, NAME);
	model_accept(b->model, b->p1, b->nic);
	interface_step(b, "");
	assert_int_equal(bench_found(b, NAME), 2);
	bench_close(b);
}

static void test_private_mmio_exclusive_host_access_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	mmio(b, b->p1, b->nic, "");
	assert_safe(b, NAME);
	mmio(b, MACHINE_HOST, b->nic, "peek");
	assert_violated(b, NAME, "host reaches registers of nic at 'peek', which p1 has accepted");
	mmio(b, MACHINE_HOST, b->alone, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_private_mmio_exclusive_without_tsm_is_safe(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interfaces[b->nic].row.in_order = false;
	b->eyes.interface = NULL;
	interface_step(b, "");
	assert_safe(b, NAME);
	mmio(b, MACHINE_HOST, b->nic, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_private_mmio_exclusive_pages_of_another_guest_are_a_violation_once),
		cmocka_unit_test(test_private_mmio_exclusive_pages_of_nobody_are_safe),
		cmocka_unit_test(test_private_mmio_exclusive_pages_out_of_order_are_a_violation),
		cmocka_unit_test(test_private_mmio_exclusive_unaccepted_interface_is_safe),
		cmocka_unit_test(test_private_mmio_exclusive_host_access_is_a_violation),
		cmocka_unit_test(test_private_mmio_exclusive_without_tsm_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
