/* SPDX-License-Identifier: MIT */
/* PASIDs: whose they are, what an address with one means, and when that ends. */
#include "attached.h"

static struct model_meaning meaning_with(const struct world *w, uint32_t pasid, uint64_t address)
{
	struct model_meaning meaning;
	model_meaning(w->model, w->hba, pasid, address, 4, &meaning);
	return meaning;
}

/* PASID 4 of hba is p2's space, with `other` at 0x5000. */
static model_space attach(struct world *w)
{
	model_space space = model_space_new(w->model, w->p2);

	model_map(w->model, space, 0x5000, 0x1000, memory_target(w->page, 0), RW);
	model_attach_pasid(w->model, w->hba, 4, space);
	return space;
}

static void test_pasid_meaning_is_its_spaces(void **state)
{
	struct world w = world_open();
	(void)state;

	attach(&w);
	assert_true(meaning_with(&w, 4, 0x5000).meant);
	assert_false(meaning_with(&w, 5, 0x5000).meant);
	assert_false(meaning_with(&w, MODEL_NO_PASID, 0x5000).meant);
	bench_close(&w.bench);
}

static void test_pasid_meaning_is_not_the_devices(void **state)
{
	struct world w = world_open();
	(void)state;

	attach(&w);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x9000, 0x1000, memory_target(w.kbuf, 0), RW);
	assert_true(meaning_with(&w, MODEL_NO_PASID, 0x9000).meant);
	assert_false(meaning_with(&w, 4, 0x9000).meant);
	assert_true(meaning_with(&w, MODEL_NO_PASID, 0x2000000).meant); /* firmware range */
	assert_false(meaning_with(&w, 4, 0x2000000).meant);
	bench_close(&w.bench);
}

static void test_pasid_owner_is_remembered(void **state)
{
	struct world w = world_open();
	model_space first = attach(&w), second = model_space_new(w.model, w.p1);
	(void)state;

	assert_int_equal(model_pasid_owner(w.model, w.hba, 4), w.p2);
	assert_int_equal(model_pasid_last_owner(w.model, w.hba, 4), MODEL_NEUTRAL);
	model_detach_pasid(w.model, w.hba, 4);
	assert_int_equal(model_pasid_owner(w.model, w.hba, 4), MODEL_NEUTRAL);
	assert_int_equal(model_pasid_last_owner(w.model, w.hba, 4), w.p2);
	assert_int_equal(model_pasid_attached(w.model, w.hba, 4), 0);
	model_attach_pasid(w.model, w.hba, 4, second);
	model_attach_pasid(w.model, w.hba, 4, first); /* replaced */
	assert_int_equal(model_pasid_last_owner(w.model, w.hba, 4), w.p1);
	assert_int_equal(model_pasid_attached(w.model, w.hba, 4), first);
	bench_close(&w.bench);
}

static void test_pasid_held_ends_with_as_many_detaches(void **state)
{
	struct world w = world_open();
	model_space space = attach(&w);
	(void)state;

	model_hold_pasid(w.model, w.hba, 4);
	model_hold_pasid(w.model, w.hba, 5); /* nobody has it */
	model_detach_pasid(w.model, w.hba, 4);
	assert_int_equal(model_pasid_attached(w.model, w.hba, 4), space);
	model_detach_pasid(w.model, w.hba, 4);
	assert_int_equal(model_pasid_owner(w.model, w.hba, 4), MODEL_NEUTRAL);
	model_attach_pasid(w.model, w.hba, 4, space);
	model_detach_pasid(w.model, w.hba, 4); /* what was held before does not count */
	assert_int_equal(model_pasid_owner(w.model, w.hba, 4), MODEL_NEUTRAL);
	bench_close(&w.bench);
}

static void test_pasid_of_the_dma_api_means_what_the_device_has(void **state)
{
	struct world w = world_open();
	uint32_t at;
	(void)state;

	model_attach_pasid_dma(w.model, w.hba, 4, MACHINE_HOST);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x9000, 0x1000, memory_target(w.kbuf, 0), RW);
	assert_int_equal(model_pasid_owner(w.model, w.hba, 4), MACHINE_HOST);
	assert_true(meaning_with(&w, 4, 0x9000).meant);
	assert_false(meaning_with(&w, 4, 0x2000000).meant); /* its firmware range is the device's own */
	model_dma_unmap(w.model, w.hba, 0x9000, 0x1000);
	assert_false(meaning_with(&w, 4, 0x9000).meant);
	assert_true(model_unmapped(w.model, w.hba, 4, 0x9000, memory_target(w.kbuf, 0), &at));
	model_detach_pasid(w.model, w.hba, 4);
	assert_false(model_unmapped(w.model, w.hba, 4, 0x9000, memory_target(w.kbuf, 0), &at));
	bench_close(&w.bench);
}

static void test_pasid_ends_with_its_device_and_its_space(void **state)
{
	struct world w = world_open();
	model_space space = attach(&w);
	(void)state;

	model_driver_unbind(w.model, w.hba);
	assert_int_equal(model_pasid_owner(w.model, w.hba, 4), MODEL_NEUTRAL);
	model_attach_pasid(w.model, w.nic, 7, space);
	model_space_destroy(w.model, space);
	assert_int_equal(model_pasid_owner(w.model, w.nic, 7), MODEL_NEUTRAL);
	assert_int_equal(model_pasid_last_owner(w.model, w.nic, 7), w.p2);
	bench_close(&w.bench);
}

static void test_pasid_dead_space_attaches_nothing(void **state)
{
	struct world w = world_open();
	model_space space = attach(&w);
	(void)state;

	model_space_destroy(w.model, space);
	model_attach_pasid(w.model, w.hba, 9, space);
	assert_int_equal(model_pasid_owner(w.model, w.hba, 9), MODEL_NEUTRAL);
	assert_int_equal(model_pasid_last_owner(w.model, w.hba, 9), MODEL_NEUTRAL);
	bench_close(&w.bench);
}

static void test_pasid_unmapped_is_told_by_its_owners(void **state)
{
	struct world w = world_open();
	model_space space = attach(&w);
	uint32_t at = 0;
	(void)state;

	model_step(w.model, 3);
	model_unmap(w.model, space, 0x5000, 0x1000);
	assert_true(model_unmapped(w.model, w.hba, 4, 0x5000, memory_target(w.page, 0), &at));
	assert_int_equal(at, 3);
	assert_false(model_unmapped(w.model, w.hba, MODEL_NO_PASID, 0x5000, memory_target(w.page, 0), &at));
	model_detach_pasid(w.model, w.hba, 4);
	assert_true(model_unmapped(w.model, w.hba, 4, 0x5000, memory_target(w.page, 0), &at));
	bench_close(&w.bench);
}

static void test_pasids_equal_states_are_equal_whatever_the_order(void **state)
{
	struct world a = world_open(), b = world_open();
	model_space in_a = model_space_new(a.model, a.p1), in_b = model_space_new(b.model, b.p1);
	(void)state;

	for (uint32_t i = 1; i <= 20; i++) {
		model_attach_pasid(a.model, a.nic, i, in_a);
		model_attach_pasid(b.model, b.nic, 21 - i, in_b);
	}
	assert_true(arena_hash(a.bench.arena) == arena_hash(b.bench.arena));
	model_detach_pasid(a.model, a.nic, 20);
	assert_false(arena_hash(a.bench.arena) == arena_hash(b.bench.arena));
	bench_close(&a.bench);
	bench_close(&b.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pasid_meaning_is_its_spaces),
		cmocka_unit_test(test_pasid_meaning_is_not_the_devices),
		cmocka_unit_test(test_pasid_owner_is_remembered),
		cmocka_unit_test(test_pasid_held_ends_with_as_many_detaches),
		cmocka_unit_test(test_pasid_of_the_dma_api_means_what_the_device_has),
		cmocka_unit_test(test_pasid_ends_with_its_device_and_its_space),
		cmocka_unit_test(test_pasid_dead_space_attaches_nothing),
		cmocka_unit_test(test_pasid_unmapped_is_told_by_its_owners),
		cmocka_unit_test(test_pasids_equal_states_are_equal_whatever_the_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
