/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "group-single-owner"

static void test_group_single_owner_two_owners_are_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	model_take(b->model, b->p1, b->nic);
	bench_end(b, b->p1, "take");
	assert_violated(b, NAME,
			"nic (owned by p1) can reach hba (owned by host) without the IOMMU, and they have two owners "
			"at 'take'");
	bench_close(b);
}

static void test_group_single_owner_shared_requester_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	model_take(b->model, b->p1, b->c0);
	bench_end(b, b->p1, "take");
	assert_int_equal(bench_found(b, NAME), 1);
	assert_non_null(strstr(
		b->findings.list[0].text,
		"c0 (owned by p1) and c1 (owned by host) have two owners at 'take', but one requester ID, 0000:"));
	bench_close(b);
}

static void test_group_single_owner_one_owner_or_nobody_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	model_driver_unbind(b->model, b->hba);
	model_take(b->model, b->p1, b->nic);
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_begin(b);
	model_take(b->model, b->p1, b->hba);
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_group_single_owner_isolated_devices_are_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	model_take(b->model, b->p1, b->alone);
	model_driver_unbind(b->model, b->fw);
	model_take(b->model, b->p2, b->fw);
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_group_single_owner_two_kernel_drivers_are_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	model_driver_bind(b->model, b->u, b->nic);
	bench_end(b, b->u, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_group_single_owner_new_pair_is_news_and_pairs_are_one_finding(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	model_take(b->model, b->p1, b->nic);
	bench_end(b, b->p1, "one");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_begin(b);
	model_take(b->model, b->p2, b->c0);
	bench_end(b, b->p2, "two");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_begin(b);
	model_release(b->model, b->p1, b->nic);
	model_release(b->model, b->p2, b->c0);
	bench_end(b, b->p1, "none");
	assert_safe(b, NAME);
	bench_begin(b);
	model_take(b->model, b->p1, b->nic);
	model_take(b->model, b->p2, b->c0);
	bench_end(b, b->p1, "both");
	assert_int_equal(bench_found(b, NAME), 1);
	assert_non_null(strstr(b->findings.list[0].text, "at 'both' (and 1 more such pairs)"));
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_single_owner_two_owners_are_a_violation),
		cmocka_unit_test(test_group_single_owner_shared_requester_is_a_violation),
		cmocka_unit_test(test_group_single_owner_one_owner_or_nobody_is_safe),
		cmocka_unit_test(test_group_single_owner_isolated_devices_are_safe),
		cmocka_unit_test(test_group_single_owner_two_kernel_drivers_are_safe),
		cmocka_unit_test(test_group_single_owner_new_pair_is_news_and_pairs_are_one_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
