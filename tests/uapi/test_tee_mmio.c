/* SPDX-License-Identifier: MIT */
/* Register pages in guests' address spaces. */
#include "tee_world.h"

static int map_page(struct tee_world *w, uint16_t guest, uint64_t offset, uint64_t gpa)
{
	return tee_mmio_map(w->tee, guest, w->bar, offset, 0x1000, gpa);
}

/* Where a guest's access ends; its offset in the BAR, BLOCKED. */
static uint64_t lands(const struct tee_world *w, uint16_t guest, uint64_t gpa, bool *t)
{
	uint16_t bar = MACHINE_NONE;
	uint64_t offset = 0;

	if (tee_mmio(w->tee, guest, &bar, &offset, gpa, t))
		return BLOCKED;
	assert_int_equal(bar, w->bar);
	return offset;
}

static uint64_t mappers(const struct tee_world *w, bool *in_order)
{
	return tee_mmio_mappers(w->tee, w->bar, in_order);
}

static void test_tee_mmio_boot_has_each_page_at_its_place(void **state)
{
	(void)state;
	struct tee_world w;
	bool t, in_order;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(lands(&w, w.g1, world_bus(&w) + 0x1008, &t), 0x1008);
	assert_false(t);
	assert_int_equal(lands(&w, w.g1, world_bus(&w) + 0x2000, &t), BLOCKED);
	assert_int_equal(lands(&w, w.g2, world_bus(&w), &t), BLOCKED);
	assert_int_equal(mappers(&w, &in_order), UINT64_C(1) << w.g1);
	assert_true(in_order);
	world_close(&w);
}

static void test_tee_mmio_has_t_when_accepted_and_validated(void **state)
{
	(void)state;
	struct tee_world w;
	bool t;

	world_with(&w, "inflight", "mmio_validate", "skip_bar", TDISP_UNLOCKED);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_attest(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0x1000, 0x1000), 0);
	assert_int_equal(lands(&w, w.g1, world_bus(&w) + 0x1000, &t), 0x1000);
	assert_false(t);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	lands(&w, w.g1, world_bus(&w) + 0x1000, &t);
	assert_true(t);
	lands(&w, w.g1, world_bus(&w), &t);
	assert_false(t);
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), 0);
	lands(&w, w.g1, world_bus(&w) + 0x1000, &t);
	assert_false(t);
	world_close(&w);
}

/* A page of registers is at one guest physical address when it is validated, and stays so. */
static void test_tee_mmio_validated_page_has_one_place(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t second;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	second = world_bus(&w) + 0x100000;
	assert_int_equal(map_page(&w, w.g1, 0x1000, second), 0);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x1000), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0x1000, 0x1000), -EINVAL);
	assert_int_equal(map_page(&w, w.g1, 0, second), -EBUSY);
	assert_int_equal(map_page(&w, w.g1, 0x1000, second + 0x1000), 0);
	world_close(&w);
	world_with(&w, "inflight", "mmio_guard", "none", TDISP_RUNNING);
	assert_int_equal(map_page(&w, w.g1, 0, second), 0);
	assert_int_equal(map_page(&w, w.g1, 0x1000, world_bus(&w)), -EBUSY); /* that place is frozen all the same */
	world_close(&w);
}

static void test_tee_mmio_validate_needs_a_lock_and_a_reported_range(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x1000), -EIO); /* never connected */
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0x1000, 0x2000), -EINVAL);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0x2000, 0x1000), -EINVAL);
	w.mute = true;
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x1000), -EIO);
	w.mute = false;
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x2000), 0);
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x2000), -EINVAL);
	world_close(&w);
}

static void test_tee_mmio_accept_per_range_needs_every_page(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_attest(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x1000), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EINVAL);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0x1000, 0x1000), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	world_close(&w);
}

/* Pages of a BAR swapped by the host: the guest sees it when it looks. */
static void test_tee_mmio_swapped_pages_are_not_validated(void **state)
{
	(void)state;
	struct tee_world w;
	bool t, in_order;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map_page(&w, w.g1, 0x1000, world_bus(&w)), 0);
	assert_int_equal(map_page(&w, w.g1, 0, world_bus(&w) + 0x1000), 0);
	assert_int_equal(lands(&w, w.g1, world_bus(&w), &t), 0x1000);
	mappers(&w, &in_order);
	assert_false(in_order);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x2000), -EINVAL);
	assert_int_equal(map_page(&w, w.g1, 0, world_bus(&w)), 0);
	assert_int_equal(map_page(&w, w.g1, 0x1000, world_bus(&w) + 0x1000), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x2000), 0);
	world_close(&w);
}

static void test_tee_mmio_validated_page_is_frozen_until_unlock(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	world_prepare(&w);
	assert_int_equal(map_page(&w, w.g1, 0x1000, world_bus(&w)), -EBUSY);
	assert_int_equal(tee_mmio_unmap(w.tee, w.g1, w.bar), -EBUSY);
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map_page(&w, w.g1, 0x1000, world_bus(&w)), 0);
	assert_int_equal(tee_mmio_unmap(w.tee, w.g1, w.bar), 0);
	assert_int_equal(tee_mmio_unmap(w.tee, w.g1, w.bar), -ENOENT);
	assert_int_equal(tee_mmio_unmap(w.tee, w.g2, w.bar), -ENOENT);
	world_close(&w);
}

/* All of the BAR's pages, or none. */
static void test_tee_mmio_unmap_of_a_partly_frozen_bar_changes_nothing(void **state)
{
	(void)state;
	struct tee_world w;
	bool t;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0x1000, 0x1000), 0);
	assert_int_equal(tee_mmio_unmap(w.tee, w.g1, w.bar), -EBUSY);
	assert_int_equal(lands(&w, w.g1, world_bus(&w), &t), 0);
	assert_int_equal(lands(&w, w.g1, world_bus(&w) + 0x1000, &t), 0x1000);
	world_close(&w);
}

static void test_tee_mmio_guard_says_who_else_may_have_the_pages(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		int map, host;
	} rows[] = {{"device", -EBUSY, 0}, {"page_state", -EBUSY, -EFAULT}, {"none", 0, 0}};

	for (unsigned i = 0; i < 3; i++) {
		struct tee_world w;
		uint64_t offset = 0;
		bool t, in_order;

		world_with(&w, "inflight", "mmio_guard", rows[i].value, TDISP_UNLOCKED);
		assert_int_equal(tee_mmio(w.tee, MACHINE_HOST, &w.bar, &offset, 0, &t), 0);
		world_prepare(&w);
		assert_int_equal(map_page(&w, w.g2, 0, 0x1000), rows[i].map);
		assert_int_equal(mappers(&w, &in_order), UINT64_C(1) << w.g1 | (rows[i].map ? 0 : UINT64_C(1) << w.g2));
		assert_int_equal(tee_mmio(w.tee, MACHINE_HOST, &w.bar, &offset, 0, &t), rows[i].host);
		assert_false(t);
		assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), 0);
		assert_int_equal(map_page(&w, w.g2, 0, 0x1000), 0);
		world_close(&w);
	}
}

/* A mapping from before the bind leads nowhere until the interface is unbound. */
static void test_tee_mmio_page_state_stops_other_guests(void **state)
{
	(void)state;
	struct tee_world w;
	bool t;

	world_open(&w, "inflight");
	bench_set(&w.bench, "mmio_at_bind", "keep");
	bench_set(&w.bench, "mmio_guard", "page_state");
	w.tdisp = TDISP_UNLOCKED;
	world_start(&w);
	assert_int_equal(map_page(&w, w.g2, 0x1000, 0x7000), 0);
	assert_int_equal(lands(&w, w.g2, 0x7000, &t), 0x1000);
	world_prepare(&w);
	assert_int_equal(lands(&w, w.g2, 0x7000, &t), BLOCKED);
	assert_int_equal(lands(&w, w.g1, world_bus(&w) + 0x1000, &t), 0x1000);
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(lands(&w, w.g2, 0x7000, &t), 0x1000);
	world_close(&w);
}

/* What another guest has when an interface is bound; a bind that fails takes nothing away. */
static void test_tee_mmio_of_another_guest_at_bind(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		int bind;
		bool stays;
	} rows[] = {{"refuse", -EBUSY, true}, {"revoke", 0, false}, {"keep", 0, true}};

	for (unsigned i = 0; i < 3; i++) {
		struct tee_world w;
		bool t, in_order;

		world_with(&w, "inflight", "mmio_at_bind", rows[i].value, TDISP_UNLOCKED);
		assert_int_equal(map_page(&w, w.g2, 0x1000, 0x7000), 0);
		assert_int_equal(tee_lock(w.tee, w.g1, w.dev), rows[i].bind);
		assert_int_equal(lands(&w, w.g2, 0x7000, &t), rows[i].stays ? 0x1000 : BLOCKED);
		assert_int_equal(lands(&w, w.g1, world_bus(&w) + 0x1000, &t), 0x1000);
		assert_int_equal(mappers(&w, &in_order), UINT64_C(1) << w.g1 | (uint64_t)rows[i].stays << w.g2);
		assert_true(in_order == !rows[i].stays);
		assert_int_equal(tee_mmio_unmap(w.tee, w.g2, w.bar), rows[i].stays ? 0 : -ENOENT);
		assert_int_equal(tee_lock(w.tee, w.g1, w.dev), rows[i].bind ? 0 : -EBUSY);
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tee_mmio_boot_has_each_page_at_its_place),
		cmocka_unit_test(test_tee_mmio_has_t_when_accepted_and_validated),
		cmocka_unit_test(test_tee_mmio_validated_page_has_one_place),
		cmocka_unit_test(test_tee_mmio_validate_needs_a_lock_and_a_reported_range),
		cmocka_unit_test(test_tee_mmio_accept_per_range_needs_every_page),
		cmocka_unit_test(test_tee_mmio_swapped_pages_are_not_validated),
		cmocka_unit_test(test_tee_mmio_validated_page_is_frozen_until_unlock),
		cmocka_unit_test(test_tee_mmio_unmap_of_a_partly_frozen_bar_changes_nothing),
		cmocka_unit_test(test_tee_mmio_guard_says_who_else_may_have_the_pages),
		cmocka_unit_test(test_tee_mmio_page_state_stops_other_guests),
		cmocka_unit_test(test_tee_mmio_of_another_guest_at_bind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
