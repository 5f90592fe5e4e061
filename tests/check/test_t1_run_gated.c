/* SPDX-License-Identifier: MIT */
#include "interface_bench.h"

#define NAME "t1-run-gated"

static void reach(struct bench *b, uint16_t device, bool t, bool xt, const struct hit *hit, const char *label)
{
	struct request request = {.address = 0x7000,
				  .bytes = 4,
				  .device = device,
				  .originator = b->p1,
				  .op = REQUEST_READ,
				  .t = t,
				  .xt = xt,
				  .pasid = PASID_NONE};

	bench_judge(b, (struct check_event){.kind = CHECK_REQUEST, .request = &request, .hit = hit, .device = device},
		    label);
}

/* --- the interface --- */

static void test_t1_run_gated_running_unaccepted_is_a_violation_once(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interface_step(b, "");
	assert_safe(b, NAME);
	interfaces[b->alone].row.running = true;
	interface_step(b, "start");
	assert_violated(b, NAME, "the interface of alone is in RUN at 'start', and no guest has accepted it");
	interface_step(b, "");
	assert_safe(b, NAME);
	model_accept(b->model, b->p2, b->alone);
	interfaces[b->alone].row.evidence_holds = true;
	interface_step(b, "");
	assert_safe(b, NAME);
	model_accept(b->model, MODEL_NEUTRAL, b->alone);
	interface_step(b, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_t1_run_gated_accepted_on_old_evidence_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interfaces[b->nic].row.evidence_holds = false;
	interface_step(b, "accept");
	assert_violated(
		b, NAME,
		"p1 has accepted the interface of nic at 'accept' on evidence of another lock or configuration");
	bench_close(b);
}

/* What does not run has not been let in, whatever was attested; nor has what nobody sees. */
static void test_t1_run_gated_idle_interface_is_safe(void **state)
{
	(void)state;
	struct bench *b = interface_bench();

	interfaces[b->nic].row = (struct check_interface){.running = false};
	interface_step(b, "");
	assert_safe(b, NAME);
	interfaces[b->hba].row.running = true;
	interface_step(b, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* --- requests --- */

static void test_t1_run_gated_t_of_unaccepted_interface_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	reach(b, b->nic, true, false, &hit, "");
	assert_safe(b, NAME);
	model_accept(b->model, MODEL_NEUTRAL, b->nic);
	reach(b, b->nic, true, false, &hit, "gate");
	assert_violated(b, NAME, "nic (owned by p1) read 0x7000 at 'gate' with T, and no guest has accepted it");
	bench_close(b);
}

static void test_t1_run_gated_t_outside_of_run_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	interfaces[b->nic].row.running = false;
	reach(b, b->nic, true, false, &hit, "late");
	assert_violated(b, NAME, "nic (owned by p1) read 0x7000 at 'late' with T, and it is not in RUN");
	bench_close(b);
}

static void test_t1_run_gated_t_over_insecure_stream_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	struct hit hit = bench_hit_bar(b, b->alone_bar, ROUTE_IOMMU);

	interfaces[b->nic].row.secure = false;
	reach(b, b->nic, true, false, &hit, "keys");
	assert_violated(b, NAME, "nic (owned by p1) read 0x7000 at 'keys' with T, and its IDE stream is not secure");
	bench_close(b);
}

/* The root complex had taken it before; that the guest has let the interface go is another matter. */
static void test_t1_run_gated_held_since_run_is_safe_until_unlocked(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	struct request request = {.address = 0x7000,
				  .bytes = 4,
				  .device = b->nic,
				  .originator = b->p1,
				  .op = REQUEST_WRITE,
				  .t = true,
				  .pasid = PASID_NONE};
	struct check_event event = {
		.kind = CHECK_REQUEST, .request = &request, .hit = &hit, .device = b->nic, .held = true};

	interfaces[b->nic].row.running = interfaces[b->nic].row.secure = false;
	bench_judge(b, event, "late");
	assert_safe(b, NAME);
	model_accept(b->model, MODEL_NEUTRAL, b->nic);
	bench_judge(b, event, "later");
	assert_violated(b, NAME, "nic (owned by p1) wrote 0x7000 at 'later' with T, and no guest has accepted it");
	bench_close(b);
}

/* XT is of a trusted environment as well as T is. */
static void test_t1_run_gated_xt_is_gated_too(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	struct hit hit = bench_hit_memory(b, b->shared, 0);

	interfaces[b->nic].row.running = false;
	reach(b, b->nic, false, true, &hit, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_t1_run_gated_without_t_or_without_effect_is_safe(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	struct hit hit = bench_hit_memory(b, b->shared, 0);

	interfaces[b->nic].row.running = false;
	reach(b, b->nic, false, false, &hit, "");
	assert_safe(b, NAME);
	hit.kind = HIT_FAULT;
	reach(b, b->nic, true, false, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* Without the eye, as on a platform without a TSM, there is nothing to judge. */
static void test_t1_run_gated_without_tsm_is_safe(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	interfaces[b->alone].row.running = true;
	b->eyes.interface = NULL;
	interface_step(b, "");
	assert_safe(b, NAME);
	reach(b, b->alone, true, false, &hit, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_t1_run_gated_running_unaccepted_is_a_violation_once),
		cmocka_unit_test(test_t1_run_gated_accepted_on_old_evidence_is_a_violation),
		cmocka_unit_test(test_t1_run_gated_idle_interface_is_safe),
		cmocka_unit_test(test_t1_run_gated_t_of_unaccepted_interface_is_a_violation),
		cmocka_unit_test(test_t1_run_gated_t_outside_of_run_is_a_violation),
		cmocka_unit_test(test_t1_run_gated_t_over_insecure_stream_is_a_violation),
		cmocka_unit_test(test_t1_run_gated_held_since_run_is_safe_until_unlocked),
		cmocka_unit_test(test_t1_run_gated_xt_is_gated_too),
		cmocka_unit_test(test_t1_run_gated_without_t_or_without_effect_is_safe),
		cmocka_unit_test(test_t1_run_gated_without_tsm_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
