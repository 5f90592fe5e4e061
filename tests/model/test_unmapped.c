/* SPDX-License-Identifier: MIT */
/* What an address led to until it was unmapped. */
#include "attached.h"

static bool unmapped(const struct world *w, uint16_t device, uint64_t address, uint16_t memory, uint64_t offset)
{
	uint32_t at = 0;
	return model_unmapped(w->model, device, MODEL_NO_PASID, address, memory_target(memory, offset), &at);
}

static void test_unmapped_names_the_step_and_only_that_target(void **state)
{
	(void)state;
	struct world w = world_open();
	uint32_t at = 0;
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	assert_false(unmapped(&w, w.nic, 0x10010, w.page, 0x10));
	model_step(w.model, 9);
	model_unmap(w.model, w.space, 0x10000, 0x1000);
	assert_true(model_unmapped(w.model, w.nic, MODEL_NO_PASID, 0x10010, memory_target(w.page, 0x10), &at));
	assert_int_equal(at, 9);
	assert_false(unmapped(&w, w.nic, 0x10010, w.page, 0x14));
	assert_false(unmapped(&w, w.nic, 0x10010, w.other, 0x10));
	assert_false(unmapped(&w, w.hba, 0x10010, w.page, 0x10));
	bench_close(&w.bench);
}

/* i -> page, i -> other, and the old translation comes back: the address is meant, but not so. */
static void test_unmapped_survives_another_mapping_of_the_address(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_unmap(w.model, w.space, 0x10000, 0x1000);
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.other, 0), RW);
	assert_true(unmapped(&w, w.nic, 0x10000, w.page, 0));
	assert_false(unmapped(&w, w.nic, 0x10000, w.other, 0));
	model_unmap(w.model, w.space, 0x10000, 0x1000);
	assert_true(unmapped(&w, w.nic, 0x10000, w.page, 0));
	assert_true(unmapped(&w, w.nic, 0x10000, w.other, 0));
	bench_close(&w.bench);
}

static void test_unmapped_is_over_when_mapped_again_as_before(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x4000, memory_target(w.big, 0), RW);
	model_unmap(w.model, w.space, 0x10000, 0x4000);
	model_map(w.model, w.space, 0x11000, 0x1000, memory_target(w.big, 0x1000), RW);
	assert_true(unmapped(&w, w.nic, 0x10ffc, w.big, 0xffc));
	assert_false(unmapped(&w, w.nic, 0x11000, w.big, 0x1000));
	assert_true(unmapped(&w, w.nic, 0x12000, w.big, 0x2000));
	/* Even after it ended in another way. */
	model_detach(w.model, w.nic);
	assert_false(unmapped(&w, w.nic, 0x11000, w.big, 0x1000));
	assert_true(unmapped(&w, w.nic, 0x12000, w.big, 0x2000));
	bench_close(&w.bench);
}

/* A group translates by one table: a member that is not attached may be served by its sibling's space. */
static void test_unmapped_reaches_members_that_are_not_attached(void **state)
{
	(void)state;
	struct world w = world_open();
	model_space second = model_space_new(w.model, w.p1);
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, second, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_unmap(w.model, second, 0x10000, 0x1000);
	/* Alive in the space that serves the group. */
	assert_false(unmapped(&w, w.sibling, 0x10000, w.page, 0));
	/* Attached to the space that lost it: not excused by the other one. */
	model_attach(w.model, w.sibling, second);
	assert_true(unmapped(&w, w.sibling, 0x10000, w.page, 0));
	model_detach(w.model, w.sibling);
	model_unmap(w.model, w.space, 0x10000, 0x1000);
	assert_true(unmapped(&w, w.sibling, 0x10000, w.page, 0));
	bench_close(&w.bench);
}

static void test_unmapped_outlives_space_and_owner(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_unmap(w.model, w.space, 0x10000, 0x1000);
	model_space_destroy(w.model, w.space);
	assert_true(unmapped(&w, w.nic, 0x10000, w.page, 0));
	model_release(w.model, w.p1, w.nic);
	assert_true(unmapped(&w, w.nic, 0x10000, w.page, 0));
	model_take(w.model, w.p2, w.nic);
	assert_true(unmapped(&w, w.nic, 0x10000, w.page, 0));
	bench_close(&w.bench);
}

static void test_unmapped_is_not_what_ended_in_another_way(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_space_destroy(w.model, w.space);
	assert_false(unmapped(&w, w.nic, 0x10000, w.page, 0));
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x5000, 0x1000, memory_target(w.kbuf, 0), RW);
	model_driver_unbind(w.model, w.hba);
	assert_false(unmapped(&w, w.hba, 0x5000, w.kbuf, 0));
	bench_close(&w.bench);
}

static void test_unmapped_dma_handle_stays_with_its_device(void **state)
{
	(void)state;
	struct world w = world_open();
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x5000, 0x1000, memory_target(w.kbuf, 0), RW);
	model_dma_unmap(w.model, w.hba, 0x5000, 0x1000);
	assert_true(unmapped(&w, w.hba, 0x5000, w.kbuf, 0));
	assert_false(unmapped(&w, w.nic, 0x5000, w.kbuf, 0));
	model_driver_unbind(w.model, w.hba);
	model_take(w.model, w.p2, w.hba);
	assert_true(unmapped(&w, w.hba, 0x5000, w.kbuf, 0));
	bench_close(&w.bench);
}

static void test_unmapped_hash_does_not_depend_on_time_or_way(void **state)
{
	(void)state;
	struct world w = world_open();
	struct arena_snapshot *snapshot = arena_save(w.bench.arena);
	uint64_t hash[2];
	for (unsigned way = 0; way < 2; way++) {
		arena_restore(w.bench.arena, snapshot);
		for (unsigned i = 0; i < 4; i++) {
			uint64_t page = way ? 3 - i : i;
			model_step(w.model, 10 + way * 100 + i);
			model_map(w.model, w.space, 0x10000 + page * 0x1000, 0x1000,
				  memory_target(w.big, page * 0x1000), RW);
			model_unmap(w.model, w.space, 0x10000 + page * 0x1000, 0x1000);
		}
		for (unsigned i = 0; i < 4; i++) {
			uint64_t page = way ? 3 - i : i;
			model_map(w.model, w.space, 0x20000 + page * 0x1000, 0x1000,
				  memory_target(w.big, page * 0x1000), RW);
		}
		hash[way] = arena_hash(w.bench.arena);
	}
	assert_int_equal(hash[0], hash[1]);
	arena_snapshot_free(snapshot);
	bench_close(&w.bench);
}

static void test_areas_beyond_the_limit_are_told(void **state)
{
	(void)state;
	struct world w = world_open();
	for (uint64_t i = 0; i < MODEL_MAX_AREAS; i++)
		model_map(w.model, w.space, i << 12, 0x1000, memory_target(w.page, 0), RW);
	assert_false(model_overflowed(w.model));
	model_map(w.model, w.space, UINT64_C(1) << 40, 0x1000, memory_target(w.page, 0), RW);
	assert_true(model_overflowed(w.model));
	assert_false(meaning_of(&w, w.nic, UINT64_C(1) << 40, 4).meant);
	assert_true(meaning_of(&w, w.nic, (uint64_t)(MODEL_MAX_AREAS - 1) << 12, 4).meant);
	/* All at once, and every one is remembered. */
	model_unmap(w.model, w.space, 0, UINT64_MAX);
	assert_true(unmapped(&w, w.nic, 0, w.page, 0));
	assert_true(unmapped(&w, w.nic, (uint64_t)(MODEL_MAX_AREAS - 1) << 12, w.page, 0));
	/* The first is done again; one more, and the oldest is forgotten: the second. */
	model_step(w.model, 50);
	model_map(w.model, w.space, 0, 0x1000, memory_target(w.page, 0), RW);
	model_unmap(w.model, w.space, 0, 0x1000);
	model_map(w.model, w.space, UINT64_C(1) << 40, 0x1000, memory_target(w.page, 0), RW);
	model_unmap(w.model, w.space, UINT64_C(1) << 40, 0x1000);
	assert_true(unmapped(&w, w.nic, UINT64_C(1) << 40, w.page, 0));
	assert_true(unmapped(&w, w.nic, 0, w.page, 0));
	assert_false(unmapped(&w, w.nic, 0x1000, w.page, 0));
	assert_true(unmapped(&w, w.nic, 0x2000, w.page, 0));
	bench_close(&w.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmapped_names_the_step_and_only_that_target),
		cmocka_unit_test(test_unmapped_survives_another_mapping_of_the_address),
		cmocka_unit_test(test_unmapped_is_over_when_mapped_again_as_before),
		cmocka_unit_test(test_unmapped_reaches_members_that_are_not_attached),
		cmocka_unit_test(test_unmapped_outlives_space_and_owner),
		cmocka_unit_test(test_unmapped_is_not_what_ended_in_another_way),
		cmocka_unit_test(test_unmapped_dma_handle_stays_with_its_device),
		cmocka_unit_test(test_unmapped_hash_does_not_depend_on_time_or_way),
		cmocka_unit_test(test_areas_beyond_the_limit_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
