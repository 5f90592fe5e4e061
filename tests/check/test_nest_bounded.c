/* SPDX-License-Identifier: MIT */
/* nest-bounded, and what nesting means to unmap-effective and request-scoped. */
#include "bench.h"

#define VA  UINT64_C(0x10000)
#define GPA UINT64_C(0x400000)

/* p1 has `alone` in a space over a parent that leads from GPA to `shared`; its table, in `buf`, says VA is GPA. */
static struct bench *open_nested(model_space *parent)
{
	struct bench *b = bench_open();
	model_space space;

	*parent = bench_attach(b, b->p1, b->alone);
	space = model_space_new(b->model, b->p1);
	model_nest(b->model, space, *parent, b->buf);
	model_attach(b->model, b->alone, space);
	model_map(b->model, *parent, GPA, 0x1000, bench_memory(b->shared, 0), RW);
	model_guest_map(b->model, b->buf, VA, 0x1000, GPA, RW);
	bench_begin(b);
	return b;
}

static void read_entry(struct bench *b, uint64_t pa, bool guest)
{
	b->steps[b->step_count++] =
		(struct walk_step){.structure = "FS-PTE", .word_count = 1, .pa = pa, .guest = guest};
}

static void test_nest_bounded_what_the_parent_leads_to_is_safe(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct hit hit = bench_hit_memory(b, b->shared, 0x10);
	(void)state;

	read_entry(b, b->machine->memories[b->shared].hpa + 0xff8, true);
	bench_request(b, b->alone, b->p1, REQUEST_WRITE, VA + 0x10, &hit, "use");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

/* Own memory, so that nothing else is violated: the host has not mapped it there. */
static void test_nest_bounded_hit_beside_the_parent_is_violated(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	(void)state;

	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &hit, "use");
	assert_violated(b, "nest-bounded",
			"alone (owned by p1) read 0x10000 = 'buf' of p1 at 'use': the space that it is nested in does "
			"not lead there");
	assert_safe(b, "dma-confined");
	bench_close(b);
}

/* The last bytes of the hit count as well. */
static void test_nest_bounded_hit_across_the_end_is_violated(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct hit hit = bench_hit_memory(b, b->buf, 0xffe);
	(void)state;

	model_map(b->model, parent, GPA + 0x1000, 0x1000, bench_memory(b->buf, 0), RW);
	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &hit, "use");
	assert_int_equal(bench_found(b, "nest-bounded"), 1);
	model_map(b->model, parent, GPA + 0x8000, 0x1000, bench_memory(b->buf, 0x1000), RW);
	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &hit, "use");
	assert_safe(b, "nest-bounded");
	bench_close(b);
}

static void test_nest_bounded_walk_beside_the_parent_is_violated(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct hit blocked = {.kind = HIT_FAULT, .route = ROUTE_IOMMU};
	(void)state;

	read_entry(b, b->machine->memories[b->kbuf].hpa + 8, true);
	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &blocked, "use");
	assert_violated(
		b, "nest-bounded",
		"the walk for 0x10000 of alone reads a FS-PTE in 'kbuf'+0x8 of host at 'use': the space that it "
		"is nested in does not lead there");
	bench_close(b);
}

/* The host's own structures lie wherever it likes. */
static void test_nest_bounded_structures_of_the_host_are_safe(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct hit hit = bench_hit_memory(b, b->shared, 0);
	(void)state;

	read_entry(b, b->machine->memories[b->kbuf].hpa, false);
	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &hit, "use");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_nest_bounded_space_that_is_not_nested_is_not_judged(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	(void)state;

	model_attach(b->model, b->alone, parent);
	read_entry(b, b->machine->memories[b->kbuf].hpa, true);
	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &hit, "use");
	assert_safe(b, "nest-bounded");
	bench_close(b);
}

/* What the guest changed without a word is its own affair; what the parent took back is not. */
static void test_unmap_effective_judges_the_parent_alone(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct hit hit = bench_hit_memory(b, b->shared, 0);
	(void)state;

	model_guest_unmap(b->model, b->buf, VA, 0x1000);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &hit, "use");
	assert_int_equal(b->findings.count, 0);
	model_unmap(b->model, parent, GPA, 0x1000);
	bench_begin(b);
	bench_request(b, b->alone, b->p1, REQUEST_READ, VA, &hit, "use");
	assert_int_equal(bench_found(b, "unmap-effective"), 1);
	assert_int_equal(bench_found(b, "nest-bounded"), 1);
	bench_close(b);
}

/* A walk for the device that sets flags at that byte of the memory. */
static void walk_wrote(struct bench *b, uint16_t memory, uint64_t offset)
{
	struct check_event event = {.kind = CHECK_WALK_WROTE,
				    .device = b->alone,
				    .memory = MACHINE_NONE,
				    .pasid = PASID_NONE,
				    .pa = b->machine->memories[memory].hpa + offset};
	bench_judge(b, event, "walk");
}

static void test_walk_that_sets_flags_where_the_parent_permits_is_safe(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	(void)state;

	walk_wrote(b, b->shared, 0xff8);
	assert_int_equal(b->findings.count, 0);
	model_attach(b->model, b->alone, parent); /* the kernel's own table: its affair */
	walk_wrote(b, b->kbuf, 0);
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_walk_that_sets_flags_through_a_read_only_mapping_is_violated(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	(void)state;

	model_map(b->model, parent, GPA + 0x1000, 0x1000, bench_memory(b->buf, 0), MODEL_READ);
	walk_wrote(b, b->buf, 0x18);
	assert_violated(
		b, "dma-confined",
		"a walk for alone sets flags of a guest's entry in 'buf'+0x18 of p1 at 'walk': p1 did not map it for "
		"that kind of access");
	assert_safe(b, "nest-bounded");
	bench_close(b);
}

static void test_walk_that_sets_flags_beside_the_parent_is_violated(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	(void)state;

	walk_wrote(b, b->kbuf, 0);
	assert_int_equal(bench_found(b, "dma-confined"), 1);
	assert_int_equal(bench_found(b, "nest-bounded"), 1);
	bench_close(b);
}

static void test_request_scoped_invalidation_of_own_devices_is_safe(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct check_event event = {.kind = CHECK_FORGOTTEN, .device = b->alone, .actor = b->p1};
	(void)state;

	bench_judge(b, event, "inv");
	event.device = b->nic; /* nobody's */
	bench_judge(b, event, "inv");
	assert_int_equal(b->findings.count, 0);
	bench_close(b);
}

static void test_request_scoped_invalidation_of_a_strangers_device_is_violated(void **state)
{
	model_space parent;
	struct bench *b = open_nested(&parent);
	struct check_event event = {.kind = CHECK_FORGOTTEN, .device = b->alone, .actor = b->p2};
	(void)state;

	bench_judge(b, event, "inv");
	assert_violated(b, "request-scoped", "an invalidation of p2 reached alone (owned by p1) at 'inv'");
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nest_bounded_what_the_parent_leads_to_is_safe),
		cmocka_unit_test(test_nest_bounded_hit_beside_the_parent_is_violated),
		cmocka_unit_test(test_nest_bounded_hit_across_the_end_is_violated),
		cmocka_unit_test(test_nest_bounded_walk_beside_the_parent_is_violated),
		cmocka_unit_test(test_nest_bounded_structures_of_the_host_are_safe),
		cmocka_unit_test(test_nest_bounded_space_that_is_not_nested_is_not_judged),
		cmocka_unit_test(test_unmap_effective_judges_the_parent_alone),
		cmocka_unit_test(test_walk_that_sets_flags_where_the_parent_permits_is_safe),
		cmocka_unit_test(test_walk_that_sets_flags_through_a_read_only_mapping_is_violated),
		cmocka_unit_test(test_walk_that_sets_flags_beside_the_parent_is_violated),
		cmocka_unit_test(test_request_scoped_invalidation_of_own_devices_is_safe),
		cmocka_unit_test(test_request_scoped_invalidation_of_a_strangers_device_is_violated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
