/* SPDX-License-Identifier: MIT */
/* Second stages, what the host takes away, and what the guest does with its memory. */
#include "tee_world.h"

static bool reached(const struct tee_world *w, uint16_t memory)
{
	uint64_t at = world_t1(w, world_gpa(w, memory));

	if (at != BLOCKED)
		assert_int_equal(at, world_pa(w, memory));
	return at != BLOCKED;
}

/* --- the host maps --- */

static void test_tee_stage2_map_takes_private_pages_of_the_guest_at_their_place(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), true), -EEXIST);
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), -ENOENT);
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret) + 0x1000, true), -EPERM);
	assert_int_equal(tee_stage2_map(w.tee, w.g2, w.secret, world_gpa(&w, w.secret), true), -EPERM);
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.pool, world_gpa(&w, w.pool), true), -EPERM);
	world_prepare(&w);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_false(reached(&w, w.secret));
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), true), 0);
	assert_true(reached(&w, w.secret));
	world_close(&w);
}

/* Of its own table the host says what it likes: the page's state has to stop it. */
static void test_tee_stage2_map_of_the_hosts_table_is_not_checked(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_stage2_unmap(w.tee, w.pool), 0);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), BLOCKED);
	assert_int_equal(tee_stage2_unmap(w.tee, w.pool), -ENOENT);
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.pool, world_gpa(&w, w.pool), false), 0);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), world_pa(&w, w.pool));
	assert_int_equal(world_page(&w, w.pool), PAGE_UNTRUSTED);
	world_close(&w);
}

/* --- the host takes away --- */

static void test_tee_unmap_under_run_refuse(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "unmap_under_run", "refuse", TDISP_RUNNING);
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), -EBUSY);
	assert_true(reached(&w, w.secret));
	tee_blocked(w.tee, w.dev);
	assert_false(tee_is_fenced(w.tee, w.g1));
	/* It is the run that is in the way. */
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	world_close(&w);
}

static void test_tee_unmap_under_run_fence(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "unmap_under_run", "fence", TDISP_RUNNING);
	tee_blocked(w.tee, w.dev); /* for a reason of the guest's own */
	assert_false(tee_is_fenced(w.tee, w.g1));
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	assert_false(reached(&w, w.secret));
	assert_true(reached(&w, w.spare));
	assert_false(tee_is_fenced(w.tee, w.g1));
	assert_int_equal(tee_load(w.tee, w.g1, w.spare), 0);
	tee_blocked(w.tee, w.dev);
	assert_true(tee_is_fenced(w.tee, w.g1));
	assert_false(tee_is_fenced(w.tee, w.g2));
	assert_false(reached(&w, w.spare));
	assert_int_equal(tee_gate(w.tee, w.dev), MACHINE_NONE);
	assert_int_equal(tee_load(w.tee, w.g1, w.spare), -EIO);
	assert_int_equal(tee_load(w.tee, w.g2, w.theirs), 0);
	/* That the page comes back does not open it. */
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), true), 0);
	assert_true(tee_is_fenced(w.tee, w.g1));
	assert_false(reached(&w, w.secret));
	world_close(&w);
}

static void test_tee_unmap_under_run_destroy(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "unmap_under_run", "destroy", TDISP_RUNNING);
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	assert_false(reached(&w, w.secret));
	assert_int_equal(world_page(&w, w.secret), PAGE_UNTRUSTED);
	assert_int_equal(tee_load(w.tee, w.g1, w.secret), -EFAULT);
	assert_int_equal(tee_load(w.tee, w.g1, w.spare), 0);
	tee_blocked(w.tee, w.dev);
	assert_false(tee_is_fenced(w.tee, w.g1));
	/* It is the guest's private page no more. */
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), true), -EPERM);
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.secret), -EINVAL);
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, false), -EINVAL);
	world_close(&w);
}

static void test_tee_unmap_under_run_silent(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "unmap_under_run", "silent", TDISP_RUNNING);
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	assert_false(reached(&w, w.secret));
	tee_blocked(w.tee, w.dev);
	assert_false(tee_is_fenced(w.tee, w.g1));
	assert_int_equal(tee_load(w.tee, w.g1, w.secret), 0);
	assert_int_equal(world_page(&w, w.secret), PAGE_PRIVATE);
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), true), 0);
	assert_true(reached(&w, w.secret));
	world_close(&w);
}

/* --- the guest gives it back --- */

static void test_tee_release_lets_the_host_have_the_page(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_RUNNING);
	assert_int_equal(tee_release_memory(w.tee, w.g2, w.secret), -EINVAL);
	w.no_room = true;
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.secret), -ENOMEM);
	w.no_room = false;
	assert_true(reached(&w, w.secret));
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.secret), 0);
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.secret), -EINVAL);
	assert_false(reached(&w, w.secret));
	assert_int_equal(world_page(&w, w.secret), PAGE_TSM); /* nobody's */
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), true), -EPERM);
	w.no_room = true;
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), -ENOMEM);
	w.no_room = false;
	/* Though the interface runs. */
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	assert_int_equal(world_page(&w, w.secret), PAGE_UNTRUSTED);
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, false), -EINVAL);
	world_close(&w);
}

/* A page that was shared is in the TSM's table for T, and in the host's own, no longer than its guest has it. */
static void test_tee_released_shared_page_is_in_no_table(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_RUNNING);
	assert_true(reached(&w, w.pool));
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), world_pa(&w, w.pool));
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.pool), 0);
	assert_false(reached(&w, w.pool));
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), BLOCKED);
	assert_int_equal(world_page(&w, w.pool), PAGE_UNTRUSTED);
	world_close(&w);
}

/* What the guest gave back is no page that was taken from it. */
static void test_tee_released_page_fences_nobody(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "unmap_under_run", "fence", TDISP_RUNNING);
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.secret), 0);
	tee_blocked(w.tee, w.dev);
	assert_false(tee_is_fenced(w.tee, w.g1));
	world_close(&w);
}

/* --- conversion --- */

static void test_tee_convert_to_shared_opens_the_page(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_RUNNING);
	assert_int_equal(tee_convert(w.tee, w.g2, w.secret, false), -EINVAL);
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, true), -EINVAL);
	uint32_t syncs = w.trusted->syncs;
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, false), 0);
	assert_true(w.trusted->syncs > syncs);
	assert_int_equal(world_page(&w, w.secret), PAGE_UNTRUSTED);
	assert_true(reached(&w, w.secret));
	assert_int_equal(world_t0(&w, world_gpa(&w, w.secret)), BLOCKED); /* the host has not mapped it yet */
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), false), 0);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.secret)), world_pa(&w, w.secret));
	world_close(&w);
	world_with(&w, "inflight", "t1_shared", "forbid", TDISP_RUNNING);
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, false), 0);
	assert_false(reached(&w, w.secret));
	world_close(&w);
}

static void test_tee_convert_to_private_takes_it_from_the_host(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "t1_shared", "forbid", TDISP_RUNNING);
	assert_false(reached(&w, w.pool));
	assert_int_equal(tee_convert(w.tee, w.g1, w.pool, true), 0);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), BLOCKED);
	assert_int_equal(world_page(&w, w.pool), PAGE_PRIVATE);
	assert_int_equal(page_states_get(w.pages, world_pa(&w, w.pool)).owner, w.g1);
	assert_true(reached(&w, w.pool));
	world_close(&w);
}

static void test_tee_convert_that_fails_leaves_it_where_it_was(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_RUNNING);
	w.no_room = true;
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, false), -ENOMEM);
	assert_true(reached(&w, w.secret));
	assert_int_equal(world_page(&w, w.secret), PAGE_PRIVATE);
	w.no_room = false;
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, false), 0);
	world_close(&w);
}

/* --- resets, and a slot that is empty --- */

static void test_tee_reset_bound_says_what_a_reset_does(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		int result;
		bool stays;
	} rows[] = {{"refuse", -EBUSY, true}, {"auto_unbind", 0, false}, {"raw", 0, true}};

	for (unsigned i = 0; i < 3; i++) {
		struct tee_world w;

		world_with(&w, "inflight", "reset_bound", rows[i].value, TDISP_UNLOCKED);
		assert_int_equal(tee_before_reset(w.tee, w.dev), 0);
		world_prepare(&w);
		assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
		assert_int_equal(tee_before_reset(w.tee, w.dev), rows[i].result);
		assert_int_equal(tee_accepted(w.tee, w.dev), rows[i].stays);
		assert_int_equal(world_state(&w), rows[i].stays ? TDI_RUN : TDI_CONFIG_UNLOCKED);
		world_close(&w);
	}
}

static void test_tee_gone_device_has_nothing_open(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_RUNNING);
	tee_gone(w.tee, w.dev);
	assert_int_equal(tee_gate(w.tee, w.dev), MACHINE_NONE);
	assert_false(tee_accepted(w.tee, w.dev));
	assert_false(reached(&w, w.secret));
	assert_int_equal(tee_unbind(w.tee, w.dev), -EINVAL);
	assert_int_equal(tee_guest_of(w.tee, w.dev), MACHINE_NONE);
	/* And is no reason any more to keep a page. */
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	world_close(&w);
}

/* Where one unit serves both, what is put into the slot next would meet the guest's table. */
static void test_tee_gone_device_leaves_no_table_behind(void **state)
{
	(void)state;
	for (unsigned viommu = 0; viommu < 2; viommu++) {
		struct tee_world w;
		uint64_t iova;

		world_open(&w, "inflight");
		bench_set(&w.bench, "iommu_layout", "single_checked");
		w.viommu = viommu;
		w.tdisp = TDISP_RUNNING;
		world_start(&w);
		assert_int_equal(tee_dma_map(w.tee, w.g1, w.dev, w.secret, 0, 0x1000, RW, &iova), 0);
		assert_int_equal(world_t1(&w, iova), world_pa(&w, w.secret));
		assert_int_equal(uapi_unplug(w.bench.uapi, w.dev), 0);
		uint32_t domains = fake_domains_live(w.bench.units[0], DOMAIN_USER);
		tee_gone(w.tee, w.dev);
		assert_int_equal(world_t1(&w, iova), BLOCKED);
		assert_int_equal(fake_domains_live(w.bench.units[0], DOMAIN_USER), domains - viommu);
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tee_stage2_map_takes_private_pages_of_the_guest_at_their_place),
		cmocka_unit_test(test_tee_stage2_map_of_the_hosts_table_is_not_checked),
		cmocka_unit_test(test_tee_unmap_under_run_refuse),
		cmocka_unit_test(test_tee_unmap_under_run_fence),
		cmocka_unit_test(test_tee_unmap_under_run_destroy),
		cmocka_unit_test(test_tee_unmap_under_run_silent),
		cmocka_unit_test(test_tee_release_lets_the_host_have_the_page),
		cmocka_unit_test(test_tee_released_shared_page_is_in_no_table),
		cmocka_unit_test(test_tee_released_page_fences_nobody),
		cmocka_unit_test(test_tee_convert_to_shared_opens_the_page),
		cmocka_unit_test(test_tee_convert_to_private_takes_it_from_the_host),
		cmocka_unit_test(test_tee_convert_that_fails_leaves_it_where_it_was),
		cmocka_unit_test(test_tee_reset_bound_says_what_a_reset_does),
		cmocka_unit_test(test_tee_gone_device_has_nothing_open),
		cmocka_unit_test(test_tee_gone_device_leaves_no_table_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
