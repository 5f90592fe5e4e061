/* SPDX-License-Identifier: MIT */
/* Work that goes by a PASID which is not its owner's. */
#include "bench.h"

#define VA UINT64_C(0x20000)

/* PASID 4 of `alone` is p1's. m is an mdev of fw with PASID 2, and p2's. */
static struct bench *open_bound(void)
{
	struct bench *b = bench_open();
	model_space space = model_space_new(b->model, b->p1);

	b->machine->devices[b->m].pasid = 2;
	model_map(b->model, space, VA, 0x1000, bench_memory(b->buf, 0), RW);
	model_attach_pasid(b->model, b->alone, 4, space);
	bench_attach(b, b->p2, b->m);
	b->step_count = 1; /* whatever a walk reads, it reads something */
	bench_begin(b);
	return b;
}

static struct request work(const struct bench *b, uint16_t device, uint16_t originator, uint32_t pasid)
{
	uint16_t function = machine_function(b->machine, device);

	return (struct request){.address = VA,
				.bytes = 4,
				.device = device,
				.originator = originator,
				.rid = b->machine->devices[function].rid,
				.stream = b->machine->devices[function].stream,
				.pasid = pasid};
}

/* It reached p1's page, as the unit saw it from `seen`. */
static void judge_seen(struct bench *b, const struct request *request, uint16_t seen)
{
	struct hit hit = bench_hit_memory(b, b->buf, 0);

	hit.stream = b->machine->devices[machine_function(b->machine, seen)].stream;
	hit.iommu = b->machine->devices[machine_function(b->machine, seen)].iommu;
	bench_judge(
		b,
		(struct check_event){.kind = CHECK_REQUEST, .request = request, .hit = &hit, .device = request->device},
		"use");
}

static void judge(struct bench *b, uint16_t device, uint16_t originator, uint32_t pasid)
{
	struct request request = work(b, device, originator, pasid);

	judge_seen(b, &request, device);
}

static void test_pasid_exclusive_work_of_its_holder_is_safe(void **state)
{
	struct bench *b = open_bound();
	(void)state;

	judge(b, b->alone, b->p1, 4);
	assert_safe(b, "pasid-exclusive");
	judge(b, b->m, b->p2, 2);
	assert_safe(b, "pasid-exclusive");
	judge(b, b->alone, b->p2, PASID_NONE);
	assert_safe(b, "pasid-exclusive");
	bench_close(b);
}

static void test_pasid_exclusive_work_of_another_is_violated(void **state)
{
	struct bench *b = open_bound();
	(void)state;

	judge(b, b->alone, b->p2, 4);
	assert_violated(b, "pasid-exclusive", "work of p2 went by PASID 4 of alone at 'use', which is bound for p1");
	bench_close(b);
}

static void test_pasid_exclusive_unbound_pasid_is_violated(void **state)
{
	struct bench *b = open_bound();
	(void)state;

	judge(b, b->alone, b->p1, 5);
	assert_violated(b, "pasid-exclusive",
			"work of p1 went by PASID 5 of alone at 'use', which is bound for nobody");
	model_detach_pasid(b->model, b->alone, 4);
	judge(b, b->alone, b->p1, 4);
	assert_int_equal(bench_found(b, "pasid-exclusive"), 1);
	bench_close(b);
}

/* The holder of an mdev's PASID is who has the mdev attached. */
static void test_pasid_exclusive_mdev_of_another_is_violated(void **state)
{
	struct bench *b = open_bound();
	(void)state;

	judge(b, b->m, b->p1, 2);
	assert_violated(b, "pasid-exclusive", "work of p1 went by PASID 2 of fw at 'use', which is bound for p2");
	model_detach(b->model, b->m);
	judge(b, b->m, b->p2, 2);
	assert_int_equal(bench_found(b, "pasid-exclusive"), 1);
	bench_close(b);
}

/* With another's requester ID the PASID is looked up in the other's table. */
static void test_pasid_exclusive_of_the_requester_that_the_unit_saw(void **state)
{
	struct bench *b = open_bound();
	struct request request = work(b, b->nic, b->p2, 4);
	(void)state;

	judge_seen(b, &request, b->alone);
	assert_violated(b, "pasid-exclusive", "work of p2 went by PASID 4 of alone at 'use', which is bound for p1");
	request.originator = b->p1;
	judge_seen(b, &request, b->alone);
	assert_safe(b, "pasid-exclusive");
	bench_close(b);
}

static void test_pasid_exclusive_where_nothing_is_looked_up_is_safe(void **state)
{
	struct bench *b = open_bound();
	struct request request = work(b, b->alone, b->p2, 4);
	struct hit hit = bench_hit_memory(b, b->buf, 0);
	(void)state;

	b->step_count = 0; /* the unit is off */
	judge_seen(b, &request, b->alone);
	assert_safe(b, "pasid-exclusive");
	b->step_count = 1;
	hit.route = ROUTE_DIRECT;
	bench_judge(b,
		    (struct check_event){.kind = CHECK_REQUEST, .request = &request, .hit = &hit, .device = b->alone},
		    "use");
	assert_safe(b, "pasid-exclusive");
	bench_close(b);
}

/* Translated: what was answered for the PASID, for as long as that is valid, and the PASID is somebody's. */
static void test_pasid_exclusive_translated_goes_by_its_answer(void **state)
{
	struct bench *b = open_bound();
	struct request request = work(b, b->alone, b->p2, 4);
	(void)state;

	request.at = AT_TRANSLATED;
	request.address = b->machine->memories[b->buf].hpa;
	judge_seen(b, &request, b->alone);
	assert_safe(b, "pasid-exclusive");
	bench_hand_out(b, b->alone, 4, VA, b->buf, false);
	judge_seen(b, &request, b->alone);
	assert_int_equal(bench_found(b, "pasid-exclusive"), 1);
	b->handed[0].state = HANDED_OVER;
	judge_seen(b, &request, b->alone);
	assert_safe(b, "pasid-exclusive");
	b->handed[0].state = HANDED_LIVE;
	model_detach_pasid(b->model, b->alone, 4);
	judge_seen(b, &request, b->alone);
	assert_safe(b, "pasid-exclusive");
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pasid_exclusive_work_of_its_holder_is_safe),
		cmocka_unit_test(test_pasid_exclusive_work_of_another_is_violated),
		cmocka_unit_test(test_pasid_exclusive_unbound_pasid_is_violated),
		cmocka_unit_test(test_pasid_exclusive_mdev_of_another_is_violated),
		cmocka_unit_test(test_pasid_exclusive_of_the_requester_that_the_unit_saw),
		cmocka_unit_test(test_pasid_exclusive_where_nothing_is_looked_up_is_safe),
		cmocka_unit_test(test_pasid_exclusive_translated_goes_by_its_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
