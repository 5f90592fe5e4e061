/* SPDX-License-Identifier: MIT */
/* How an interface crosses between T=0 and T=1. */
#include "tee_world.h"

static void test_tee_boot_unlocked_serves_shared_memory_alone(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_guest_of(w.tee, w.dev), w.g1);
	assert_int_equal(tee_gate(w.tee, w.dev), MACHINE_NONE);
	assert_false(tee_accepted(w.tee, w.dev) || tee_sends_t(w.tee, w.dev));
	assert_int_equal(world_state(&w), TDI_CONFIG_UNLOCKED);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), world_pa(&w, w.pool));
	assert_int_equal(world_t0(&w, world_gpa(&w, w.secret)), BLOCKED);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.pool)), BLOCKED);
	assert_int_equal(world_page(&w, w.secret), PAGE_PRIVATE);
	assert_int_equal(page_states_get(w.pages, world_pa(&w, w.secret) + 0x1000).gpa,
			 world_gpa(&w, w.secret) + 0x1000);
	assert_int_equal(page_states_get(w.pages, world_pa(&w, w.theirs)).owner, w.g2);
	assert_int_equal(world_page(&w, w.pool), PAGE_UNTRUSTED);
	world_close(&w);
}

/* Then the states of pages alone keep the host's table from what it maps. */
static void test_tee_boot_map_all_has_private_memory_in_the_hosts_table(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "t0_table", "map_all", TDISP_UNLOCKED);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.secret)), world_pa(&w, w.secret));
	assert_int_not_equal(world_t0(&w, world_gpa(&w, w.theirs)), world_pa(&w, w.theirs));
	world_close(&w);
}

static void test_tee_boot_running_is_accepted_and_driven(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "rebind", NULL, NULL, TDISP_RUNNING);
	assert_int_equal(world_state(&w), TDI_RUN);
	assert_true(tee_accepted(w.tee, w.dev) && tee_sends_t(w.tee, w.dev) && tee_evidence_holds(w.tee, w.dev));
	assert_int_equal(tee_gate(w.tee, w.dev), w.g1);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret) + 0x1234), world_pa(&w, w.secret) + 0x1234);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.pool)), world_pa(&w, w.pool));
	assert_int_not_equal(world_t1(&w, world_gpa(&w, w.theirs)), world_pa(&w, w.theirs));
	assert_int_equal(world_t0(&w, world_gpa(&w, w.secret)), BLOCKED);
	assert_true(w.bits[w.dev].bus_master && w.bits[w.dev].memory_space);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), -EBUSY);
	world_close(&w);
}

/* Its guest does not know how. */
static void test_tee_boot_running_of_t0_only_stays_unlocked(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "t0-only", NULL, NULL, TDISP_RUNNING);
	assert_int_equal(world_state(&w), TDI_CONFIG_UNLOCKED);
	assert_false(tee_accepted(w.tee, w.dev));
	world_close(&w);
}

static void test_tee_boot_says_what_failed(void **state)
{
	(void)state;
	struct tee_world w;

	world_open(&w, "rebind");
	w.tdisp = TDISP_RUNNING;
	w.mute = true;
	assert_int_equal(world_try(&w), -EIO);
	world_close(&w);
	world_open(&w, "rebind");
	w.no_room = true;
	assert_int_equal(world_try(&w), -ENOMEM);
	world_close(&w);
}

static void test_tee_layout_says_which_table_t0_meets(void **state)
{
	(void)state;
	struct tee_world w;

	/* The TSM's table serves both: pages are checked, tables are not. */
	world_with(&w, "inflight", "iommu_layout", "single_checked", TDISP_UNLOCKED);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.secret)), world_pa(&w, w.secret));
	assert_int_not_equal(world_t0(&w, world_gpa(&w, w.theirs)), world_pa(&w, w.theirs));
	world_close(&w);
	/* The host's table stays, also for T, and has all: the states of pages are the guard. */
	world_with(&w, "inflight", "iommu_layout", "single_rmp", TDISP_RUNNING);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.pool)), world_pa(&w, w.pool));
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), world_pa(&w, w.secret));
	world_close(&w);
}

static void test_tee_t1_shared_forbid_keeps_shared_memory_from_t(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "t1_shared", "forbid", TDISP_RUNNING);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.pool)), BLOCKED);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), world_pa(&w, w.secret));
	world_close(&w);
	/* Whether the request has XT is the fabric's to ask. */
	world_with(&w, "inflight", "t1_shared", "xt", TDISP_RUNNING);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.pool)), world_pa(&w, w.pool));
	world_close(&w);
}

/* --- who may cross --- */

static void test_tee_t0_only_never_crosses(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "t0-only", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), -ENOTTY);
	assert_int_equal(tee_attest(w.tee, w.g1, w.dev), -ENOTTY);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -ENOTTY);
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), -ENOTTY);
	/* Its host can lock all the same, and opens nothing with it. */
	assert_int_equal(tee_bind(w.tee, w.dev), 0);
	assert_int_equal(tee_gate(w.tee, w.dev), MACHINE_NONE);
	world_close(&w);
}

static void test_tee_rebind_crosses_without_a_driver(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "rebind", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), -EBUSY);
	assert_int_equal(world_state(&w), TDI_CONFIG_UNLOCKED);
	assert_int_equal(tee_driver_unbind(w.tee, w.g1, w.dev), 0);
	assert_false(w.bits[w.dev].bus_master);
	world_prepare(&w);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EBUSY);
	assert_int_equal(tee_driver_unbind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), -EBUSY);
	assert_int_equal(world_state(&w), TDI_RUN);
	world_close(&w);
}

static void test_tee_inflight_crosses_under_a_driver(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	world_prepare(&w);
	assert_int_equal(world_state(&w), TDI_CONFIG_LOCKED);
	assert_int_equal(tee_gate(w.tee, w.dev), MACHINE_NONE);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), BLOCKED);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_state(&w), TDI_RUN);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), world_pa(&w, w.secret));
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_state(&w), TDI_CONFIG_UNLOCKED);
	assert_false(tee_accepted(w.tee, w.dev));
	assert_int_equal(tee_gate(w.tee, w.dev), MACHINE_NONE);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), BLOCKED);
	assert_int_equal(tee_unlock(w.tee, w.g1, w.dev), -EINVAL);
	world_close(&w);
}

static void test_tee_other_guests_device_is_no_device(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_lock(w.tee, w.g2, w.dev), -ENODEV);
	assert_int_equal(tee_attest(w.tee, w.g2, w.dev), -ENODEV);
	assert_int_equal(tee_accept(w.tee, w.g2, w.dev), -ENODEV);
	assert_int_equal(tee_unlock(w.tee, w.g2, w.dev), -ENODEV);
	assert_int_equal(tee_validate(w.tee, w.g2, w.bar, 0, 0x1000), -ENODEV);
	assert_int_equal(tee_driver_bind(w.tee, w.g2, w.dev), -ENODEV);
	assert_int_equal(tee_driver_unbind(w.tee, w.g2, w.dev), -ENODEV);
	assert_int_equal(tee_driver_unbind(w.tee, w.g1, w.dev), -ENODEV); /* none is bound */
	world_close(&w);
}

/* --- the TSM and the host --- */

static void test_tee_bind_twice_is_busy(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_unbind(w.tee, w.dev), -EINVAL);
	assert_int_equal(tee_bind(w.tee, w.dev), 0);
	assert_int_equal(tee_bind(w.tee, w.dev), -EBUSY);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), -EBUSY);
	assert_int_equal(tee_unbind(w.tee, w.dev), 0);
	assert_int_equal(world_state(&w), TDI_CONFIG_UNLOCKED);
	assert_int_equal(tee_bind(w.tee, w.dev), 0);
	world_close(&w);
}

static void test_tee_devices_error_is_told(void **state)
{
	(void)state;
	struct tee_world w;
	struct tdi_nonce nonce;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	w.mute = true;
	assert_int_equal(tee_bind(w.tee, w.dev), -EIO);
	assert_int_equal(tee_tdisp_error(w.tee), TDISP_OK);
	w.mute = false;
	/* Somebody has locked it over the same session. */
	uint32_t session = world_connect(&w, w.dev);
	assert_int_equal(tdi_lock(w.tdis, w.dev, session, &(struct tdi_lock){.stream_id = 7}, &nonce), TDISP_OK);
	assert_int_equal(tee_bind(w.tee, w.dev), -EIO);
	assert_int_equal(tee_tdisp_error(w.tee), TDISP_INVALID_INTERFACE_STATE);
	assert_int_equal(tdi_stop(w.tdis, w.dev), TDISP_OK);
	world_prepare(&w);
	tdi_disturb(w.tdis, w.dev, TDI_POISONED);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EIO);
	assert_int_equal(tee_tdisp_error(w.tee), TDISP_INVALID_INTERFACE_STATE);
	assert_false(tee_accepted(w.tee, w.dev));
	world_close(&w);
}

/* The nonce is the TSM's: who locks anew behind its back has another one. */
static void test_tee_lock_behind_the_tsm_is_not_accepted(void **state)
{
	(void)state;
	struct tee_world w;
	struct tdi_nonce nonce;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	world_prepare(&w);
	assert_int_equal(tdi_stop(w.tdis, w.dev), TDISP_OK);
	assert_int_equal(tdi_lock(w.tdis, w.dev, w.sessions, &(struct tdi_lock){.stream_id = 7}, &nonce), TDISP_OK);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EIO);
	assert_int_equal(tee_tdisp_error(w.tee), TDISP_INVALID_NONCE);
	world_close(&w);
}

static void test_tee_run_by_says_who_starts(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_start(w.tee, w.dev), -EINVAL);
	world_prepare(&w);
	assert_int_equal(tee_start(w.tee, w.dev), -EPERM);
	world_close(&w);
	world_with(&w, "inflight", "run_by", "host", TDISP_UNLOCKED);
	world_prepare(&w);
	assert_int_equal(tee_start(w.tee, w.dev), 0);
	assert_int_equal(world_state(&w), TDI_RUN);
	/* In RUN, and nothing is open before the guest says so. */
	assert_int_equal(tee_gate(w.tee, w.dev), MACHINE_NONE);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), BLOCKED);
	assert_int_equal(tee_start(w.tee, w.dev), -EIO);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_gate(w.tee, w.dev), w.g1);
	world_close(&w);
}

static void test_tee_run_gate_none_opens_with_the_lock(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", "run_gate", "none", TDISP_UNLOCKED);
	assert_int_equal(tee_bind(w.tee, w.dev), 0);
	assert_int_equal(tee_gate(w.tee, w.dev), w.g1);
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), world_pa(&w, w.secret));
	assert_false(tee_sends_t(w.tee, w.dev));
	world_close(&w);
}

/* --- evidence --- */

static void test_tee_accept_needs_all_that_comes_before(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	assert_int_equal(tee_attest(w.tee, w.g1, w.dev), -EINVAL);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EINVAL);
	assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x2000), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EINVAL); /* not attested */
	assert_int_equal(tee_attest(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EINVAL);
	world_close(&w);
}

static void test_tee_accept_of_another_configuration_is_invalid(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	world_prepare(&w);
	w.measurement++;
	assert_false(tee_evidence_holds(w.tee, w.dev));
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EINVAL);
	w.measurement--;
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	world_close(&w);
}

static void test_tee_evidence_of_another_lock_is_invalid(void **state)
{
	(void)state;
	struct tee_world w;

	world_with(&w, "inflight", NULL, NULL, TDISP_UNLOCKED);
	world_prepare(&w);
	assert_int_equal(tee_unbind(w.tee, w.dev), 0);
	assert_int_equal(tee_bind(w.tee, w.dev), 0);
	assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x2000), 0);
	assert_false(tee_evidence_holds(w.tee, w.dev));
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), -EINVAL);
	assert_int_equal(tee_attest(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	world_close(&w);
}

/* Attested before the lock: that is what the nonce is there to show. */
static void test_tee_attest_any_time_is_caught_by_the_nonce(void **state)
{
	(void)state;
	for (unsigned check = 0; check < 2; check++) {
		struct tee_world w;

		world_open(&w, "inflight");
		bench_set(&w.bench, "attest_order", "any");
		bench_set(&w.bench, "nonce_check", check ? "true" : "false");
		world_start(&w);
		assert_int_equal(tee_attest(w.tee, w.g1, w.dev), 0);
		assert_int_equal(tee_lock(w.tee, w.g1, w.dev), 0);
		assert_int_equal(tee_validate(w.tee, w.g1, w.bar, 0, 0x2000), 0);
		assert_int_equal(tee_accept(w.tee, w.g1, w.dev), check ? -EINVAL : 0);
		assert_false(tee_evidence_holds(w.tee, w.dev));
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tee_boot_unlocked_serves_shared_memory_alone),
		cmocka_unit_test(test_tee_boot_map_all_has_private_memory_in_the_hosts_table),
		cmocka_unit_test(test_tee_boot_running_is_accepted_and_driven),
		cmocka_unit_test(test_tee_boot_running_of_t0_only_stays_unlocked),
		cmocka_unit_test(test_tee_boot_says_what_failed),
		cmocka_unit_test(test_tee_layout_says_which_table_t0_meets),
		cmocka_unit_test(test_tee_t1_shared_forbid_keeps_shared_memory_from_t),
		cmocka_unit_test(test_tee_t0_only_never_crosses),
		cmocka_unit_test(test_tee_rebind_crosses_without_a_driver),
		cmocka_unit_test(test_tee_inflight_crosses_under_a_driver),
		cmocka_unit_test(test_tee_other_guests_device_is_no_device),
		cmocka_unit_test(test_tee_bind_twice_is_busy),
		cmocka_unit_test(test_tee_devices_error_is_told),
		cmocka_unit_test(test_tee_lock_behind_the_tsm_is_not_accepted),
		cmocka_unit_test(test_tee_run_by_says_who_starts),
		cmocka_unit_test(test_tee_run_gate_none_opens_with_the_lock),
		cmocka_unit_test(test_tee_accept_needs_all_that_comes_before),
		cmocka_unit_test(test_tee_accept_of_another_configuration_is_invalid),
		cmocka_unit_test(test_tee_evidence_of_another_lock_is_invalid),
		cmocka_unit_test(test_tee_attest_any_time_is_caught_by_the_nonce),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
