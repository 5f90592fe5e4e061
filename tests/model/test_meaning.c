/* SPDX-License-Identifier: MIT */
/* What an address was meant to be. */
#include "attached.h"

static void assert_meant(const struct world *w, uint64_t address, uint64_t bytes, struct model_target target,
			 unsigned permissions)
{
	struct model_meaning meaning = meaning_of(w, w->nic, address, bytes);
	assert_true(meaning.meant);
	assert_int_equal(meaning.target.kind, target.kind);
	assert_int_equal(meaning.target.index, target.index);
	assert_int_equal(meaning.target.offset, target.offset);
	assert_int_equal(meaning.permissions, permissions);
	assert_false(meaning.unmapped);
}

static void assert_not_meant(const struct world *w, uint64_t address, uint64_t bytes)
{
	assert_false(meaning_of(w, w->nic, address, bytes).meant);
}

static void test_meaning_of_a_mapped_address_is_its_target(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x4000, memory_target(w.big, 0x2000), MODEL_READ);
	assert_meant(&w, 0x10000, 1, memory_target(w.big, 0x2000), MODEL_READ);
	assert_meant(&w, 0x13ffc, 4, memory_target(w.big, 0x5ffc), MODEL_READ);
	assert_meant(&w, 0x10000, 0x4000, memory_target(w.big, 0x2000), MODEL_READ);
	assert_meant(&w, 0x10008, 0, memory_target(w.big, 0x2008), MODEL_READ);
	assert_not_meant(&w, 0xffff, 1);
	assert_not_meant(&w, 0xffff, 2);
	assert_not_meant(&w, 0x13ffd, 4);
	assert_not_meant(&w, 0x14000, 1);
	bench_close(&w.bench);
}

static void test_meaning_across_adjacent_areas_has_what_both_permit(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, 0x11000, 0x1000, memory_target(w.other, 0), MODEL_READ);
	model_map(w.model, w.space, 0x13000, 0x1000, memory_target(w.big, 0), RW);
	assert_meant(&w, 0x10ff0, 0x20, memory_target(w.page, 0xff0), MODEL_READ);
	assert_not_meant(&w, 0x11ff0, 0x20);
	bench_close(&w.bench);
}

static void test_meaning_at_the_top_of_the_address_space(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, UINT64_MAX - 0xfff, 0x1000, memory_target(w.page, 0), RW);
	assert_meant(&w, UINT64_MAX, 1, memory_target(w.page, 0xfff), RW);
	assert_not_meant(&w, UINT64_MAX, 2);
	model_unmap(w.model, w.space, 0, UINT64_MAX);
	assert_meant(&w, UINT64_MAX, 1, memory_target(w.page, 0xfff), RW);
	assert_not_meant(&w, UINT64_MAX - 1, 1);
	bench_close(&w.bench);
}

static void test_meaning_of_nonsense_is_nothing(void **state)
{
	(void)state;
	struct world w = world_open();
	uint64_t hash = arena_hash(w.bench.arena);
	model_map(w.model, w.space, 0x10000, 0, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, UINT64_MAX, 2, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, 0x10000, 0x1001, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 1), RW);
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, UINT64_MAX), RW);
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(999, 0), RW);
	model_map(w.model, w.space, 0x10000, 0x1000, (struct model_target){.kind = MODEL_NOTHING}, RW);
	assert_int_equal(arena_hash(w.bench.arena), hash);
	bench_close(&w.bench);
}

static void test_meaning_needs_the_attachment(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	assert_false(meaning_of(&w, w.sibling, 0x10000, 4).meant);
	model_detach(w.model, w.nic);
	assert_not_meant(&w, 0x10000, 4);
	assert_false(meaning_of(&w, w.nic, 0x10000, 4).unmapped);
	model_attach(w.model, w.nic, w.space);
	assert_meant(&w, 0x10000, 4, memory_target(w.page, 0), RW);
	bench_close(&w.bench);
}

static void test_meaning_follows_a_replace(void **state)
{
	(void)state;
	struct world w = world_open();
	model_space second = model_space_new(w.model, w.p1);
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, second, 0x10000, 0x1000, memory_target(w.other, 0), RW);
	model_attach(w.model, w.nic, second);
	assert_meant(&w, 0x10000, 4, memory_target(w.other, 0), RW);
	bench_close(&w.bench);
}

static void test_meaning_after_unmap_tells_what_it_was(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x4000, memory_target(w.big, 0), RW);
	model_step(w.model, 7);
	model_unmap(w.model, w.space, 0x10000, 0x4000);
	struct model_meaning meaning = meaning_of(&w, w.nic, 0x11008, 4);
	assert_false(meaning.meant);
	assert_true(meaning.unmapped);
	assert_int_equal(meaning.unmapped_at, 7);
	assert_int_equal(meaning.was.kind, MODEL_MEMORY);
	assert_int_equal(meaning.was.index, w.big);
	assert_int_equal(meaning.was.offset, 0x1008);
	assert_false(meaning_of(&w, w.nic, 0x14000, 4).unmapped);
	bench_close(&w.bench);
}

static void test_meaning_unmap_in_the_middle_cuts_the_area(void **state)
{
	(void)state;
	struct world w = world_open();
	model_map(w.model, w.space, 0x10000, 0x4000, memory_target(w.big, 0), RW);
	model_unmap(w.model, w.space, 0x11000, 0x1000);
	assert_meant(&w, 0x10ffc, 4, memory_target(w.big, 0xffc), RW);
	assert_not_meant(&w, 0x11000, 4);
	assert_meant(&w, 0x12000, 4, memory_target(w.big, 0x2000), RW);
	assert_true(meaning_of(&w, w.nic, 0x11ffc, 4).unmapped);
	assert_false(meaning_of(&w, w.nic, 0x10ffc, 4).unmapped);
	bench_close(&w.bench);
}

static void test_meaning_unmap_takes_several_areas_of_its_space_only(void **state)
{
	(void)state;
	struct world w = world_open();
	model_space second = model_space_new(w.model, w.p1);
	for (uint64_t i = 0; i < 4; i++) {
		model_map(w.model, w.space, 0x10000 + i * 0x2000, 0x1000, memory_target(w.big, i * 0x1000), RW);
		model_map(w.model, second, 0x10000 + i * 0x2000, 0x1000, memory_target(w.big, i * 0x1000), RW);
	}
	model_unmap(w.model, w.space, 0x12000, 0x3000);
	assert_meant(&w, 0x10000, 4, memory_target(w.big, 0), RW);
	assert_not_meant(&w, 0x12000, 4);
	assert_not_meant(&w, 0x14000, 4);
	assert_meant(&w, 0x16000, 4, memory_target(w.big, 0x3000), RW);
	model_attach(w.model, w.nic, second);
	assert_meant(&w, 0x12000, 4, memory_target(w.big, 0x1000), RW);
	bench_close(&w.bench);
}

static void test_meaning_of_the_kernels_device_is_its_dma_api(void **state)
{
	(void)state;
	struct world w = world_open();
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0xfffff000, 0x1000, memory_target(w.kbuf, 0), MODEL_WRITE);
	struct model_meaning meaning = meaning_of(&w, w.hba, 0xfffff010, 4);
	assert_true(meaning.meant);
	assert_int_equal(meaning.target.index, w.kbuf);
	assert_int_equal(meaning.target.offset, 0x10);
	assert_int_equal(meaning.permissions, MODEL_WRITE);
	/* It is the device's own, not its neighbour's, and not a user's who takes it over. */
	assert_false(meaning_of(&w, w.nic, 0xfffff010, 4).meant);
	model_take(w.model, w.p1, w.hba);
	assert_false(meaning_of(&w, w.hba, 0xfffff010, 4).meant);
	bench_close(&w.bench);
}

static void test_meaning_identity_handle_mapped_twice_lives_until_both_are_unmapped(void **state)
{
	(void)state;
	struct world w = world_open();
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x100000, 0x1000, memory_target(w.kbuf, 0), MODEL_READ);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x100000, 0x1000, memory_target(w.kbuf, 0), MODEL_WRITE);
	assert_int_equal(meaning_of(&w, w.hba, 0x100000, 4).permissions, RW);
	model_step(w.model, 3);
	model_dma_unmap(w.model, w.hba, 0x100000, 0x1000);
	assert_true(meaning_of(&w, w.hba, 0x100000, 4).meant);
	model_step(w.model, 5);
	model_dma_unmap(w.model, w.hba, 0x100000, 0x1000);
	assert_int_equal(meaning_of(&w, w.hba, 0x100000, 4).unmapped_at, 5);
	assert_false(meaning_of(&w, w.hba, 0x100000, 4).meant);
	assert_true(meaning_of(&w, w.hba, 0x100000, 4).unmapped);
	bench_close(&w.bench);
}

static void test_meaning_of_overlapping_handles_is_exact_at_their_ends(void **state)
{
	(void)state;
	struct world w = world_open();
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x100000, 0x3000, memory_target(w.big, 0), MODEL_READ);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x100000, 0x1000, memory_target(w.big, 0), RW);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x102000, 0x2000, memory_target(w.big, 0x2000), RW);
	assert_int_equal(meaning_of(&w, w.hba, 0x100ff0, 0x10).permissions, RW);
	assert_int_equal(meaning_of(&w, w.hba, 0x100ff0, 0x20).permissions, MODEL_READ);
	assert_int_equal(meaning_of(&w, w.hba, 0x102000, 0x2000).permissions, RW);
	assert_int_equal(meaning_of(&w, w.hba, 0x100000, 0x4000).permissions, MODEL_READ);
	assert_false(meaning_of(&w, w.hba, 0x100000, 0x4001).meant);
	/* The long one first: its end is not the end of what both permit. */
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x201000, 0x1000, memory_target(w.big, 0x1000), RW);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x200000, 0x4000, memory_target(w.big, 0), MODEL_READ);
	assert_int_equal(meaning_of(&w, w.hba, 0x201000, 0x1000).permissions, RW);
	assert_int_equal(meaning_of(&w, w.hba, 0x201000, 0x1001).permissions, MODEL_READ);
	assert_int_equal(meaning_of(&w, w.hba, 0x202000, 0x1000).permissions, MODEL_READ);
	bench_close(&w.bench);
}

/* Handles of one address and of two lengths; neither is the range, so both are cut. */
static void test_meaning_unmap_of_part_cuts_every_overlapping_handle(void **state)
{
	(void)state;
	struct world w = world_open();
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x100000, 0x11000, memory_target(w.huge, 0), RW);
	model_dma_map(w.model, MACHINE_HOST, w.hba, 0x100000, 0x21000, memory_target(w.huge, 0), RW);
	model_dma_unmap(w.model, w.hba, 0x100000, 0x10000);
	assert_false(meaning_of(&w, w.hba, 0x100000, 4).meant);
	assert_false(meaning_of(&w, w.hba, 0x10fffc, 4).meant);
	assert_true(meaning_of(&w, w.hba, 0x110000, 0x11000).meant);
	bench_close(&w.bench);
}

static void test_meaning_of_a_live_firmware_range_is_itself(void **state)
{
	(void)state;
	struct world w = world_open();
	struct model_meaning meaning = meaning_of(&w, w.hba, 0x2001ffc, 4);
	assert_true(meaning.meant);
	assert_int_equal(meaning.target.kind, MODEL_FIRMWARE);
	assert_int_equal(meaning.target.index, 0);
	assert_int_equal(meaning.target.offset, 0x1ffc);
	assert_int_equal(meaning.permissions, RW);
	assert_false(meaning_of(&w, w.hba, 0x2001ffd, 4).meant);
	assert_false(meaning_of(&w, w.nic, 0x2001ffc, 4).meant);
	model_present(w.model, w.hba, false);
	assert_false(meaning_of(&w, w.hba, 0x2001ffc, 4).meant);
	bench_close(&w.bench);
}

/* --- areas --- */

struct seen {
	uint64_t iova[4];
	unsigned count, stop_after;
};

static bool see(void *context, uint64_t iova, uint64_t bytes, struct model_target target)
{
	struct seen *seen = context;
	assert_int_equal(bytes, 0x1000);
	assert_int_equal(target.kind, MODEL_MEMORY);
	seen->iova[seen->count++] = iova;
	return seen->count < seen->stop_after;
}

static void test_areas_are_those_of_the_attached_space_in_order(void **state)
{
	(void)state;
	struct world w = world_open();
	model_space second = model_space_new(w.model, w.p1);
	struct seen seen = {.stop_after = 4};
	model_map(w.model, w.space, 0x30000, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, 0x10000, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, w.space, 0x20000, 0x1000, memory_target(w.page, 0), RW);
	model_map(w.model, second, 0x15000, 0x1000, memory_target(w.page, 0), RW);
	model_areas(w.model, w.nic, see, &seen);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.iova[0], 0x10000);
	assert_int_equal(seen.iova[1], 0x20000);
	assert_int_equal(seen.iova[2], 0x30000);
	seen = (struct seen){.stop_after = 2};
	model_areas(w.model, w.nic, see, &seen);
	assert_int_equal(seen.count, 2);
	seen = (struct seen){.stop_after = 4};
	model_areas(w.model, w.sibling, see, &seen);
	assert_int_equal(seen.count, 0);
	bench_close(&w.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meaning_of_a_mapped_address_is_its_target),
		cmocka_unit_test(test_meaning_across_adjacent_areas_has_what_both_permit),
		cmocka_unit_test(test_meaning_at_the_top_of_the_address_space),
		cmocka_unit_test(test_meaning_of_nonsense_is_nothing),
		cmocka_unit_test(test_meaning_needs_the_attachment),
		cmocka_unit_test(test_meaning_follows_a_replace),
		cmocka_unit_test(test_meaning_after_unmap_tells_what_it_was),
		cmocka_unit_test(test_meaning_unmap_in_the_middle_cuts_the_area),
		cmocka_unit_test(test_meaning_unmap_takes_several_areas_of_its_space_only),
		cmocka_unit_test(test_meaning_of_the_kernels_device_is_its_dma_api),
		cmocka_unit_test(test_meaning_identity_handle_mapped_twice_lives_until_both_are_unmapped),
		cmocka_unit_test(test_meaning_of_overlapping_handles_is_exact_at_their_ends),
		cmocka_unit_test(test_meaning_unmap_of_part_cuts_every_overlapping_handle),
		cmocka_unit_test(test_meaning_of_a_live_firmware_range_is_itself),
		cmocka_unit_test(test_areas_are_those_of_the_attached_space_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
