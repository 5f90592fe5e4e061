/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "t0-no-private"

/* p1 is the guest: `buf` is private to it, and it has accepted the interface of `nic`. */
static struct bench *guest(void)
{
	struct bench *b = bench_open();

	model_take(b->model, b->p1, b->nic);
	model_accept(b->model, b->p1, b->nic);
	model_convert(b->model, b->buf, true);
	bench_begin(b);
	return b;
}

static void reach(struct bench *b, uint16_t device, bool t, bool xt, const struct hit *hit, const char *label)
{
	struct request request = {.address = 0x7000,
				  .bytes = 4,
				  .device = device,
				  .originator = b->p1,
				  .op = REQUEST_WRITE,
				  .t = t,
				  .xt = xt,
				  .pasid = PASID_NONE};

	bench_judge(b, (struct check_event){.kind = CHECK_REQUEST, .request = &request, .hit = hit, .device = device},
		    label);
}

static void test_t0_no_private_without_t_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = guest();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	reach(b, b->nic, true, false, &hit, "");
	assert_safe(b, NAME);
	reach(b, b->nic, false, false, &hit, "early");
	assert_violated(b, NAME, "nic (owned by p1) wrote buf, private to p1, at 0x7000 at 'early' without T");
	bench_close(b);
}

/* XT says who sends; that the request is for private memory T alone says. */
static void test_t0_no_private_xt_is_no_t(void **state)
{
	(void)state;
	struct bench *b = guest();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	reach(b, b->nic, true, true, &hit, "");
	assert_safe(b, NAME);
	reach(b, b->nic, false, true, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_t0_no_private_unaccepted_interface_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = guest();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	model_accept(b->model, MODEL_NEUTRAL, b->nic);
	reach(b, b->nic, true, false, &hit, "late");
	assert_violated(b, NAME,
			"nic (owned by p1) wrote buf, private to p1, at 0x7000 at 'late': its interface is none that "
			"this guest "
			"has accepted");
	bench_close(b);
}

/* That another guest has accepted it is of no help. */
static void test_t0_no_private_interface_of_another_guest_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = guest();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	model_accept(b->model, b->p2, b->alone);
	reach(b, b->alone, true, false, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* A part of a function has the function's interface. */
static void test_t0_no_private_mdev_has_its_parents_interface(void **state)
{
	(void)state;
	struct bench *b = guest();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	reach(b, b->m, true, false, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	model_accept(b->model, b->p1, b->fw);
	reach(b, b->m, true, false, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_t0_no_private_shared_memory_is_safe(void **state)
{
	(void)state;
	struct bench *b = guest();
	struct hit shared = bench_hit_memory(b, b->shared, 0), hit = bench_hit_memory(b, b->buf, 0);

	reach(b, b->hba, false, false, &shared, "");
	assert_safe(b, NAME);
	model_convert(b->model, b->buf, false);
	reach(b, b->hba, false, false, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_t0_no_private_what_did_not_arrive_is_safe(void **state)
{
	(void)state;
	struct bench *b = guest();
	struct hit fault = bench_hit_memory(b, b->buf, 0), bar = bench_hit_bar(b, b->alone_bar, ROUTE_IOMMU);

	fault.kind = HIT_FAULT;
	reach(b, b->hba, false, false, &fault, "");
	assert_safe(b, NAME);
	reach(b, b->hba, false, false, &bar, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_t0_no_private_without_t_is_a_violation),
		cmocka_unit_test(test_t0_no_private_xt_is_no_t),
		cmocka_unit_test(test_t0_no_private_unaccepted_interface_is_a_violation),
		cmocka_unit_test(test_t0_no_private_interface_of_another_guest_is_a_violation),
		cmocka_unit_test(test_t0_no_private_mdev_has_its_parents_interface),
		cmocka_unit_test(test_t0_no_private_shared_memory_is_safe),
		cmocka_unit_test(test_t0_no_private_what_did_not_arrive_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
