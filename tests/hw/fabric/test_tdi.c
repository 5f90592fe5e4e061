/* SPDX-License-Identifier: MIT */
/* TEE device interfaces: every request and every disturbance in every state, and what may be sent and is answered. */
#include "tdi_world.h"

static const enum tdi_state all_states[] = {TDI_CONFIG_UNLOCKED, TDI_CONFIG_LOCKED, TDI_RUN, TDI_ERROR};

/* PCIe 11.3.1, table 3: the legal states of each request. */
static void test_tdi_requests_are_legal_in_the_states_of_table_3(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);
	struct tdi_lock lock = {.stream_id = STREAM};

	for (unsigned i = 0; i < 4; i++) {
		struct tdi_nonce nonce = {{0}};
		struct tdi_report report;
		bool locked = all_states[i] == TDI_CONFIG_LOCKED || all_states[i] == TDI_RUN;

		tdi_world_bring(&world, world.vf1, all_states[i]);
		assert_int_equal(tdi_report(world.tdis, world.vf1, &report),
				 locked ? TDISP_OK : TDISP_INVALID_INTERFACE_STATE);
		assert_int_equal(tdi_start(world.tdis, world.vf1, &nonce), all_states[i] == TDI_CONFIG_LOCKED
										   ? TDISP_INVALID_NONCE
										   : TDISP_INVALID_INTERFACE_STATE);
		assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce),
				 all_states[i] == TDI_CONFIG_UNLOCKED ? TDISP_OK : TDISP_INVALID_INTERFACE_STATE);
		assert_int_equal(tdi_stop(world.tdis, world.vf1), TDISP_OK);
		assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_CONFIG_UNLOCKED);
	}
	assert_int_equal(tdi_lock(world.tdis, world.mdev, SESSION, &lock, &(struct tdi_nonce){{0}}),
			 TDISP_INVALID_INTERFACE);
	assert_int_equal(tdi_state(world.tdis, world.vf2), TDI_CONFIG_UNLOCKED);
	tdi_world_stop(&world);
}

/* 11.3.8 and table 12. */
static void test_tdi_lock_wants_a_stream_keyed_by_its_own_session(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);
	struct tdi_lock lock = {.stream_id = STREAM + 1};
	struct tdi_nonce nonce;

	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_INVALID_REQUEST);
	lock.stream_id = STREAM;
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION + 1, &lock, &nonce), TDISP_INVALID_REQUEST);
	assert_int_equal(tdi_lock(world.tdis, world.other, SESSION, &lock, &nonce), TDISP_INVALID_REQUEST);
	ide_fail(world.ide, world.stream);
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_INVALID_REQUEST);
	tdi_world_secure(&world, SESSION);
	lock.flags = TDI_LOCK_BIND_P2P;
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_INVALID_DEVICE_CONFIGURATION);
	lock = (struct tdi_lock){.stream_id = STREAM, .mmio_reporting_offset = 0x800};
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_INVALID_DEVICE_CONFIGURATION);
	lock.mmio_reporting_offset = -world.machine->bars[world.vf_bar0].bus - 0x1000;
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_INVALID_DEVICE_CONFIGURATION);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_CONFIG_UNLOCKED);
	lock.mmio_reporting_offset = -(uint64_t)0x1000;
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_OK);
	assert_int_equal(tdi_stream(world.tdis, world.vf1), world.stream);
	/* No link, no stream, whatever the request names (11.1). */
	assert_int_equal(tdi_lock(world.tdis, world.integrated, SESSION, &lock, &nonce), TDISP_OK);
	assert_int_equal(tdi_stream(world.tdis, world.integrated), IDE_NO_STREAM);
	tdi_world_stop(&world);
}

/* 11.3.9, 11.3.14: of each lock its own, good once, gone with CONFIG_UNLOCKED and with the way to ERROR. */
static void test_tdi_nonce_is_good_for_one_start_after_its_lock(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);
	struct tdi_lock lock = {.stream_id = STREAM};
	struct tdi_nonce first, second, zero = {{0}};

	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &first), TDISP_OK);
	assert_int_equal(tdi_stop(world.tdis, world.vf1), TDISP_OK);
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &second), TDISP_OK);
	assert_memory_not_equal(&first, &second, sizeof first);
	assert_int_equal(tdi_start(world.tdis, world.vf1, &first), TDISP_INVALID_NONCE);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_CONFIG_LOCKED);
	assert_int_equal(tdi_start(world.tdis, world.vf1, &second), TDISP_OK);
	assert_int_equal(tdi_start(world.tdis, world.vf1, &second), TDISP_INVALID_INTERFACE_STATE);
	assert_int_equal(tdi_lock(world.tdis, world.vf2, SESSION, &lock, &first), TDISP_OK);
	assert_memory_not_equal(&first, &second, sizeof first);
	tdi_disturb(world.tdis, world.vf2, TDI_RID_CHANGED);
	assert_int_equal(tdi_start(world.tdis, world.vf2, &first), TDISP_INVALID_INTERFACE_STATE);
	assert_int_equal(tdi_stop(world.tdis, world.vf2), TDISP_OK);
	assert_int_equal(tdi_start(world.tdis, world.vf2, &zero), TDISP_INVALID_INTERFACE_STATE);
	assert_int_equal(world.aborts, 5); /* three locks, and what two stops ended */
	tdi_world_stop(&world);
}

/* 11.2: an error while locked, nothing in the other two states. */
static void test_tdi_disturbances_end_in_error_where_it_is_locked(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);

	for (unsigned what = 0; what < TDI_DISTURBANCES; what++) {
		for (unsigned i = 0; i < 4; i++) {
			enum tdi_disturbance why = TDI_DISTURBANCES;
			bool locked = all_states[i] == TDI_CONFIG_LOCKED || all_states[i] == TDI_RUN;

			tdi_world_bring(&world, world.vf1, all_states[i]);
			tdi_disturb(world.tdis, world.vf1, (enum tdi_disturbance)what);
			assert_int_equal(tdi_state(world.tdis, world.vf1), locked ? TDI_ERROR : all_states[i]);
			assert_int_equal(tdi_why_error(world.tdis, world.vf1, &why),
					 locked || all_states[i] == TDI_ERROR);
			if (locked)
				assert_int_equal(why, what);
		}
	}
	tdi_world_stop(&world);
}

/* 11.4.9: a PF's function level reset is its VFs' too, a VF's its own; other disturbances stay where they are. */
static void test_tdi_reset_of_a_pf_reaches_its_vfs(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);

	tdi_world_bring(&world, world.vf1, TDI_RUN);
	tdi_world_bring(&world, world.vf2, TDI_CONFIG_LOCKED);
	tdi_disturb(world.tdis, world.pf, TDI_CONFIG_WRITTEN);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_RUN);
	tdi_disturb(world.tdis, world.vf2, TDI_FLR);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_RUN);
	assert_int_equal(tdi_state(world.tdis, world.vf2), TDI_ERROR);
	tdi_disturb(world.tdis, world.pf, TDI_FLR);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_ERROR);
	tdi_conventional_reset(world.tdis, world.vf1); /* 11.4.8 */
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_CONFIG_UNLOCKED);
	assert_int_equal(tdi_state(world.tdis, world.vf2), TDI_CONFIG_UNLOCKED);
	tdi_world_stop(&world);
}

/* 11.4.5: the stream, and the session that keyed it. */
static void test_tdi_insecure_stream_is_the_error_of_all_that_are_bound_to_it(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);

	tdi_world_bring(&world, world.vf1, TDI_RUN);
	tdi_world_bring(&world, world.vf2, TDI_CONFIG_LOCKED);
	tdi_world_bring(&world, world.integrated, TDI_RUN);
	ide_fail(world.ide, world.stream);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_ERROR);
	assert_int_equal(tdi_state(world.tdis, world.vf2), TDI_ERROR);
	assert_int_equal(tdi_state(world.tdis, world.integrated), TDI_RUN);
	tdi_session_ends(world.tdis, SESSION + 1);
	assert_int_equal(tdi_state(world.tdis, world.integrated), TDI_RUN);
	tdi_session_ends(world.tdis, SESSION);
	assert_int_equal(tdi_state(world.tdis, world.integrated), TDI_ERROR);
	tdi_world_stop(&world);
}

/* 11.2.6, table 2: clearing either enable. A strict device takes a clear bit over a clear one for a change, too. */
static void test_tdi_command_register_bits_that_are_cleared_end_in_error(void **state)
{
	(void)state;
	static const struct {
		bool strict, master_before, memory_before, master, memory, error;
	} rows[] = {
		{false, true, true, true, true, false},   {false, true, true, false, true, true},
		{false, true, true, true, false, true},   {false, false, true, true, true, false},
		{false, false, true, false, true, false}, {true, false, true, false, true, true},
		{true, true, false, true, false, true},   {true, true, true, true, true, false},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tdi_world world;
		tdi_world_start(&world, false);
		world.machine->devices[world.vf1].quirks = rows[i].strict ? QUIRK_STRICT_COMMAND : 0;
		tdi_world_bring(&world, world.vf1, TDI_RUN);
		tdi_command_written(world.tdis, world.vf1, rows[i].master_before, rows[i].memory_before, rows[i].master,
				    rows[i].memory);
		assert_int_equal(tdi_state(world.tdis, world.vf1) == TDI_ERROR, rows[i].error);
		tdi_world_stop(&world);
	}
}

/* 11.2.1, as requester. Columns: memory request, interrupt message; without and with T. */
static void test_tdi_sends_with_t_in_run_alone(void **state)
{
	(void)state;
	static const struct {
		enum tdi_state state;
		bool msix, memory, memory_t, interrupt, interrupt_t;
	} rows[] = {
		{TDI_CONFIG_UNLOCKED, false, true, false, true, false},
		{TDI_CONFIG_LOCKED, false, false, false, true, false},
		{TDI_RUN, false, false, true, true, false},
		{TDI_RUN, true, false, true, false, true},
		{TDI_ERROR, false, false, false, false, false},
	};
	struct tdi_world world;
	tdi_world_start(&world, false);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		tdi_world_bring(&world, world.vf1, rows[i].msix ? TDI_CONFIG_UNLOCKED : rows[i].state);
		if (rows[i].msix) {
			struct tdi_lock lock = {.stream_id = STREAM, .flags = TDI_LOCK_MSIX};
			struct tdi_nonce nonce;
			assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_OK);
			assert_int_equal(tdi_start(world.tdis, world.vf1, &nonce), TDISP_OK);
		}
		assert_int_equal(tdi_may_send(world.tdis, world.vf1, false, false), rows[i].memory);
		assert_int_equal(tdi_may_send(world.tdis, world.vf1, true, false), rows[i].memory_t);
		assert_int_equal(tdi_may_send(world.tdis, world.vf1, false, true), rows[i].interrupt);
		assert_int_equal(tdi_may_send(world.tdis, world.vf1, true, true), rows[i].interrupt_t);
	}
	tdi_world_stop(&world);
}

/* 11.2.1, as completer: T in RUN over its stream, and nothing else while locked; IS_NON_TEE_MEM is for everybody. */
static void test_tdi_answers_t_in_run_over_its_stream_alone(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);
	for (unsigned i = 0; i < 4; i++) {
		tdi_world_bring(&world, world.vf1, all_states[i]);
		assert_int_equal(tdi_accepts(world.tdis, world.vf_bar0, false, false),
				 all_states[i] == TDI_CONFIG_UNLOCKED);
		assert_int_equal(tdi_accepts(world.tdis, world.vf_bar0, true, true), all_states[i] == TDI_RUN);
		assert_false(tdi_accepts(world.tdis, world.vf_bar0, true, false));
		assert_int_equal(tdi_state(world.tdis, world.vf1), all_states[i]);
	}
	tdi_world_bring(&world, world.vf1, TDI_RUN);
	struct tdi_report report;
	assert_int_equal(tdi_report(world.tdis, world.vf1, &report), TDISP_OK);
	struct tdi_range range = report.ranges[1];
	range.attributes = 4u << 16 | TDI_RANGE_NON_TEE_MEM;
	assert_int_equal(tdi_set_attribute(world.tdis, world.vf1, &range), TDISP_OK);
	assert_true(tdi_accepts(world.tdis, world.vf_bar4, false, false));
	assert_true(tdi_accepts(world.tdis, world.vf_bar4, true, true));
	assert_false(tdi_accepts(world.tdis, world.vf_bar0, false, false));
	range.pages++;
	assert_int_equal(tdi_set_attribute(world.tdis, world.vf1, &range), TDISP_INVALID_REQUEST);
	tdi_world_stop(&world);
}

static void test_tdi_strict_device_takes_foreign_access_for_an_error(void **state)
{
	(void)state;
	struct tdi_world world;
	enum tdi_disturbance why;
	tdi_world_start(&world, true);
	tdi_world_bring(&world, world.vf1, TDI_RUN);
	assert_false(tdi_accepts(world.tdis, world.vf_bar0, false, false));
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_ERROR);
	assert_true(tdi_why_error(world.tdis, world.vf1, &why));
	assert_int_equal(why, TDI_FOREIGN_ACCESS);
	tdi_world_stop(&world);
}

/* Table 15. */
static void test_tdi_report_has_the_bars_in_order_with_the_offset(void **state)
{
	(void)state;
	struct tdi_world world;
	tdi_world_start(&world, false);
	struct tdi_lock lock = {
		.stream_id = STREAM, .flags = TDI_LOCK_NO_FW_UPDATE, .mmio_reporting_offset = 0x7000000000};
	struct tdi_nonce nonce;
	struct tdi_report report;

	world.features = FEATURE_PASID | FEATURE_ATS;
	assert_int_equal(tdi_lock(world.tdis, world.vf1, SESSION, &lock, &nonce), TDISP_OK);
	assert_int_equal(tdi_report(world.tdis, world.vf1, &report), TDISP_OK);
	assert_int_equal(report.info, 0x0f); /* bits 0 to 3 */
	assert_int_equal(report.range_count, 2);
	assert_int_equal(report.ranges[0].first_page, (world.machine->bars[world.vf_bar0].bus + 0x7000000000) >> 12);
	assert_int_equal(report.ranges[0].pages, 2);
	assert_int_equal(report.ranges[0].attributes, 0x00000008);
	assert_int_equal(report.ranges[1].attributes, 0x00040008);
	world.measurement = 100;
	assert_int_equal(tdi_measured(world.tdis, world.vf1), world.vf1);
	tdi_world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tdi_requests_are_legal_in_the_states_of_table_3),
		cmocka_unit_test(test_tdi_lock_wants_a_stream_keyed_by_its_own_session),
		cmocka_unit_test(test_tdi_nonce_is_good_for_one_start_after_its_lock),
		cmocka_unit_test(test_tdi_disturbances_end_in_error_where_it_is_locked),
		cmocka_unit_test(test_tdi_reset_of_a_pf_reaches_its_vfs),
		cmocka_unit_test(test_tdi_insecure_stream_is_the_error_of_all_that_are_bound_to_it),
		cmocka_unit_test(test_tdi_command_register_bits_that_are_cleared_end_in_error),
		cmocka_unit_test(test_tdi_sends_with_t_in_run_alone),
		cmocka_unit_test(test_tdi_answers_t_in_run_over_its_stream_alone),
		cmocka_unit_test(test_tdi_strict_device_takes_foreign_access_for_an_error),
		cmocka_unit_test(test_tdi_report_has_the_bars_in_order_with_the_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
