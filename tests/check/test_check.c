/* SPDX-License-Identifier: MIT */
/* The registry, and what it does for the invariants. */
#include "bench.h"

static void test_check_registry_is_in_order_and_complete(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint8_t number; /* of the catalogue */
	} want[] = {
		{"dma-confined", 1},
		{"group-single-owner", 2},
		{"access-implies-context", 3},
		{"p2p-contained", 4},
		{"rid-attributable", 5},
		{"unmap-effective", 6},
		{"pin-outlives-translation", 7},
		{"ats-trust", 8},
		{"pasid-exclusive", 9},
		{"pasid-quiesced-reuse", 10},
		{"nest-bounded", 11},
		{"request-scoped", 12},
		{"msi-isolated", 13},
		{"resv-honoured", 14},
		{"t0-no-private", 15},
		{"t1-run-gated", 16},
		{"dma-handle-epoch", 17},
		{"private-mmio-exclusive", 18},
		{"teardown-order", 19},
		{"no-silent-drop", 20},
		{"coherent-dma", 21},
		{"dirty-complete", 22},
	};
	const unsigned count = sizeof(want) / sizeof(want[0]);
	assert_int_equal(invariant_count(), count);
	for (unsigned i = 0; i < count; i++) {
		assert_string_equal(invariants[i]->name, want[i].name);
		assert_int_equal(invariants[i]->number, want[i].number);
		assert_int_equal(invariant_by_name(want[i].name), i);
		assert_true(strlen(invariants[i]->summary) > 20);
		assert_true(strlen(invariants[i]->statement) > 80);
	}
	assert_null(invariants[count]);
	assert_int_equal(invariant_by_name("dma"), -1);
}

/* Every invariant is quiet about a machine at rest, under each kind of event. */
static void test_check_machine_at_rest_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	bench_end(b, MACHINE_NONE, "");
	assert_int_equal(b->findings.count, 0);
	struct hit hit = {.kind = HIT_FAULT, .memory = MACHINE_NONE, .firmware = MACHINE_NONE, .bar = MACHINE_NONE};
	bench_request(b, b->nic, MACHINE_HOST, REQUEST_WRITE, 0x1000, &hit, "");
	bench_judge(b,
		    (struct check_event){.kind = CHECK_REUSE, .memory = b->buf, .old_owner = b->p1, .new_owner = b->p2},
		    "");
	bench_judge(b, (struct check_event){.kind = CHECK_NEW_OWNER, .device = b->nic, .new_owner = b->p1}, "");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_check_state_is_reported_once_until_it_was_whole(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	model_take(b->model, b->p1, b->nic);
	bench_end(b, b->p1, "take");
	assert_int_equal(bench_found(b, "group-single-owner"), 1);
	bench_begin(b);
	bench_end(b, b->p1, "again");
	assert_safe(b, "group-single-owner");
	bench_begin(b);
	model_release(b->model, b->p1, b->nic);
	bench_end(b, b->p1, "release");
	assert_safe(b, "group-single-owner");
	bench_begin(b);
	model_take(b->model, b->p1, b->nic);
	bench_end(b, b->p1, "once-more");
	assert_int_equal(bench_found(b, "group-single-owner"), 1);
	bench_close(b);
}

/* What was reported is state: after a restore it is news again. */
static void test_check_memory_of_reports_is_in_the_arena(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct arena_snapshot *snapshot = arena_save(b->arena);
	uint64_t hash = arena_hash(b->arena);
	for (unsigned i = 0; i < 2; i++) {
		model_take(b->model, b->p1, b->nic);
		bench_end(b, b->p1, "take");
		assert_int_equal(bench_found(b, "group-single-owner"), 1);
		arena_restore(b->arena, snapshot);
		assert_int_equal(arena_hash(b->arena), hash);
	}
	arena_snapshot_free(snapshot);
	bench_close(b);
}

static void test_check_findings_beyond_the_limit_are_counted(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->other, 0);
	struct request request = {
		.address = 0x1000, .bytes = 4, .device = b->alone, .originator = b->p1, .pasid = PASID_NONE};
	struct check_event event = {.kind = CHECK_REQUEST, .request = &request, .hit = &hit, .label = ""};
	for (unsigned i = 0; i < CHECK_MAX_FINDINGS; i++) {
		request.address = 0x1000 + i;
		check_event(b->check, &event, &b->findings);
	}
	assert_int_equal(b->findings.count, CHECK_MAX_FINDINGS);
	assert_int_equal(b->findings.dropped, 0);
	b->findings.violated = 0;
	for (unsigned i = 0; i < 5; i++) {
		request.address = 0x2000 + i;
		check_event(b->check, &event, &b->findings);
	}
	assert_int_equal(b->findings.count, CHECK_MAX_FINDINGS);
	assert_int_equal(b->findings.dropped, 5);
	assert_int_equal(b->findings.violated, UINT64_C(1) << invariant_by_name("dma-confined"));
	bench_close(b);
}

static void test_check_same_finding_of_a_step_is_counted_once(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->other, 0);
	struct request request = {
		.address = 0x1000, .bytes = 4, .device = b->alone, .originator = b->p1, .pasid = PASID_NONE};
	struct check_event event = {.kind = CHECK_REQUEST, .request = &request, .hit = &hit, .step = 3, .label = "a"};
	for (unsigned i = 0; i < CHECK_MAX_FINDINGS + 5; i++)
		check_event(b->check, &event, &b->findings);
	assert_int_equal(b->findings.count, 1);
	assert_int_equal(b->findings.dropped, 0);
	assert_int_equal(b->findings.list[0].times, CHECK_MAX_FINDINGS + 5);
	event.step = 4;
	check_event(b->check, &event, &b->findings);
	assert_int_equal(b->findings.count, 2);
	assert_int_equal(b->findings.list[1].times, 1);
	bench_close(b);
}

static void test_check_step_without_label_is_named_by_number(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	struct hit hit = bench_hit_memory(b, b->other, 0);
	b->step = 12;
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x1000, &hit, "");
	assert_violated(
		b, "dma-confined",
		"alone (owned by nobody, set up by p1) read 0x1000 = 'other' of p2 in step 12: p1 has no grant for it");
	bench_request(b, b->alone, b->p1, REQUEST_READ, 0x1000, &hit, NULL);
	assert_int_equal(bench_found(b, "dma-confined"), 1);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_registry_is_in_order_and_complete),
		cmocka_unit_test(test_check_machine_at_rest_is_safe),
		cmocka_unit_test(test_check_state_is_reported_once_until_it_was_whole),
		cmocka_unit_test(test_check_memory_of_reports_is_in_the_arena),
		cmocka_unit_test(test_check_findings_beyond_the_limit_are_counted),
		cmocka_unit_test(test_check_same_finding_of_a_step_is_counted_once),
		cmocka_unit_test(test_check_step_without_label_is_named_by_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
