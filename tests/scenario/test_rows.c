/* SPDX-License-Identifier: MIT */
/* What the loader makes of cases, conditions and rows; the names of operations and errors. */
#include "loaded.h"

/* --- cases, conditions, rows --- */

static void test_cases_compile_their_own_machine_and_steps(void **state)
{
	struct scenario *s = load(HEAD "machine: {owners: {p: process}, devices: {d: {}, e: {bars: {bar0: 4K}}}}\n"
				       "cases:\n"
				       "  base: {}\n"
				       "  hosted: {devices: {d: {driver: host}, e: null, f: {}}}\n"
				       "run:\n"
				       "  - {label: t, take: {device: d}}\n"
				       "  - {only: {case: base}, mmap: {bar: e.bar0}}\n"
				       "  - only: {case: hosted, policy: [iommufd, noiommu], iommu: vtd}\n"
				       "    do:\n"
				       "      - {space: {}, as: s}\n"
				       "      - {attach: {device: f, space: s}}\n"
				       "expect:\n"
				       "  - {policy: iommufd, case: base, verdict: safe, basis: K}\n"
				       "  - {policy: iommufd, case: hosted, verdict: rejected EPERM at t, basis: K}\n");
	const struct scenario_case *base = &s->cases[0], *hosted = &s->cases[1];

	(void)state;
	assert_int_equal(s->case_count, 2);
	assert_string_equal(hosted->name, "hosted");
	assert_int_equal(base->machine->devices[0].driver, DRIVER_USER);
	assert_int_equal(hosted->machine->devices[0].driver, DRIVER_HOST);
	assert_int_equal(base->machine->device_count, 2);
	assert_string_equal(hosted->machine->devices[1].name, "f");
	assert_int_equal(base->step_count, 2);
	assert_int_equal(hosted->step_count, 3);
	assert_int_equal(base->steps[1].only_policies, UINT64_MAX);
	assert_int_equal(hosted->steps[1].only_policies, 1u << 1 | 1u << 3);
	assert_int_equal(hosted->steps[2].only_kinds, 1u << IOMMU_VTD);
	assert_int_equal(hosted->steps[2].place.line, 18);
	assert_int_equal(hosted->steps[2].place.column, 9);
	assert_int_equal(base->slot_count, 0);
	assert_int_equal(hosted->slot_count, 1);
	assert_int_equal(s->rows[1].cases, 2);
	scenario_free(s);
}

static void test_parallel_steps_know_their_threads(void **state)
{
	struct scenario *s =
		load(HEAD MACHINE
		     "run:\n"
		     "  - {run: all}\n"
		     "  - only: {iommu: vtd}\n"
		     "    parallel:\n"
		     "      one: [{label: x, run: all}, {by: p1, space: {}, as: s}, {by: p1, destroy: {space: s}}]\n"
		     "      two-b: [{label: t, by: p2, space: {}, split: true}]\n"
		     "  - {by: p1, destroy: {space: s}}\n"
		     "  - parallel: {a: [{run: all}], b: [{only: {iommu: vtd}, run: all}]}\n"
		     "expect:\n"
		     "  - {policy: iommufd, iommu: vtd, verdict: [sometimes fault at x, crash at t], basis: K}\n"
		     "  - {policy: noiommu, verdict: order-dependent, basis: K}\n");
	static const uint8_t blocks[] = {0, 1, 1, 1, 1, 0, 2, 2}, threads[] = {0, 0, 0, 0, 1, 0, 0, 1};

	(void)state;
	assert_int_equal(s->cases[0].step_count, 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(step_of(s, i)->block, blocks[i]);
		assert_int_equal(step_of(s, i)->thread, threads[i]);
	}
	assert_int_equal(step_of(s, 1)->only_kinds, 1u << IOMMU_VTD);
	assert_int_equal(step_of(s, 6)->only_kinds, UINT32_MAX);
	assert_int_equal(step_of(s, 7)->only_kinds, 1u << IOMMU_VTD);
	assert_int_equal(s->cases[0].block_count, 2);
	assert_true(step_of(s, 4)->split);
	assert_false(step_of(s, 3)->split);
	assert_int_equal(s->cases[0].blocks[0].thread_count, 2);
	assert_string_equal(s->cases[0].blocks[0].threads[1], "two-b");
	assert_true(s->rows[0].items[0].sometimes);
	assert_false(s->rows[0].items[1].sometimes);
	assert_int_equal(s->rows[1].items[0].kind, OUTCOME_ORDER_DEPENDENT);
	scenario_free(s);
}

/* 7 and 7 steps have 3432 orders; of steps that exclude each other only those that exist count. */
static void test_parallel_orders_are_counted_a_kind(void **state)
{
	const char *seven = "[{run: all}, {run: all}, {run: all}, {run: all}, {run: all}, {run: all}, {run: all}";
	g_autofree char *text = g_strdup_printf(HEAD MACHINE "run:\n"
							     "  - parallel:\n"
							     "      a: %s, {only: {iommu: vtd}, run: all}]\n"
							     "      b: %s, {only: {iommu: smmuv3}, run: all}]\n" TAIL,
						seven, seven);
	struct scenario *s = load(text);

	(void)state;
	assert_int_equal(s->cases[0].step_count, 16);
	scenario_free(s);
}

static void test_names_made_under_excluding_conditions_share_a_slot(void **state)
{
	struct scenario *s =
		load(RUN("  - {only: {policy: iommufd}, by: p1, space: {}, as: s, label: x}\n"
			 "  - {only: {policy: vfio-type1}, by: p1, space: {pages: [4K]}, as: s, label: x}\n"
			 "  - {by: p1, destroy: {space: s}}\n"));

	(void)state;
	assert_int_equal(s->cases[0].slot_count, 1);
	assert_int_equal(step_of(s, 0)->as, 1);
	assert_int_equal(step_of(s, 1)->as, 1);
	scenario_free(s);
}

static void test_rows_read_all_keys_and_items(void **state)
{
	struct scenario *s =
		load(HEAD "machine: {owners: {p: process}, devices: {d: {}}}\n"
			  "run: [{label: a, take: {device: d}}, {label: b, release: {device: d}}]\n"
			  "expect:\n"
			  "  - {policy: [vfio-type1, iommufd], set: {kernel: 5.18, reset_on_close: false}, basis: S,\n"
			  "     iommu: vtd, note: remark, verdict: [violates p2p-contained at a, rejected EPERM at a,\n"
			  "       fault at b, availability at b, self-harm at b, crash at b, scratch at b]}\n"
			  "  - {policy: iommufd, verdict: safe, basis: I}\n"
			  "  - {policy: noiommu, verdict: [rejected EPERM at b, safe], basis: I}\n");
	const struct expect_row *row = &s->rows[0];

	(void)state;
	assert_int_equal(s->row_count, 3);
	assert_int_equal(row->policies, 3);
	assert_int_equal(row->cases, 1);
	assert_int_equal(row->kinds, 1u << IOMMU_VTD);
	assert_int_equal(row->set_count, 2);
	assert_int_equal(row->set[0].knob, 3);
	assert_int_equal(row->set[0].value, 0);
	assert_int_equal(row->set[1].knob, 4);
	assert_int_equal(row->set[1].value, 1);
	assert_int_equal(row->basis, BASIS_SETTLED);
	assert_string_equal(row->note, "remark");
	assert_int_equal(row->item_count, 7);
	assert_int_equal(row->items[0].kind, OUTCOME_VIOLATES);
	assert_int_equal(row->items[0].invariant, 3);
	assert_string_equal(row->items[0].label, "a");
	assert_int_equal(row->items[1].kind, OUTCOME_REJECTED);
	assert_int_equal(row->items[1].error, EPERM);
	assert_int_equal(row->items[2].kind, OUTCOME_FAULT);
	assert_int_equal(row->items[3].kind, OUTCOME_AVAILABILITY);
	assert_int_equal(row->items[4].kind, OUTCOME_SELF_HARM);
	assert_int_equal(row->items[5].kind, OUTCOME_CRASH);
	assert_int_equal(row->items[6].kind, OUTCOME_SCRATCH);
	assert_int_equal(s->rows[1].kinds, UINT32_MAX);
	assert_int_equal(s->rows[1].items[0].kind, OUTCOME_SAFE);
	assert_int_equal(s->rows[2].items[1].kind, OUTCOME_SAFE);
	scenario_free(s);
}

static void test_rows_that_differ_in_one_axis_are_accepted(void **state)
{
	struct scenario *s =
		load(HEAD "machine: {}\ncases: {x: {}, z: {}}\nrun: [{run: all}]\nexpect:\n"
			  "  - {policy: iommufd, case: x, iommu: vtd, verdict: safe, basis: K}\n"
			  "  - {policy: noiommu, case: x, iommu: vtd, verdict: safe, basis: K}\n"
			  "  - {policy: iommufd, case: z, iommu: vtd, verdict: safe, basis: K}\n"
			  "  - {policy: iommufd, case: x, iommu: none, verdict: safe, basis: K}\n"
			  "  - {policy: iommufd, case: x, iommu: vtd, set: {kernel: 5.18}, verdict: safe, basis: K}\n"
			  "  - {policy: iommufd, case: x, iommu: vtd, set: {kernel: 5.19}, verdict: safe, basis: K}\n");

	(void)state;
	assert_int_equal(s->row_count, 6);
	assert_int_equal(s->rows[3].kinds, 1u << IOMMU_NONE);
	scenario_free(s);
}

static void test_operations_all_have_name_and_summary(void **state)
{
	(void)state;
	for (int i = 0; i < OPERATIONS; i++) {
		assert_non_null(operation_name((enum operation)i));
		assert_true(strlen(operation_summary((enum operation)i)) > 0);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(operation_name((enum operation)i), operation_name((enum operation)j));
	}
	assert_null(operation_name(OPERATIONS));
	assert_string_equal(operation_name(OP_DMA_UNMAP), "dma-unmap");
}

static void test_errnos_go_both_ways(void **state)
{
	(void)state;
	assert_string_equal(errno_name(EPERM), "EPERM");
	assert_int_equal(errno_by_name("EADDRINUSE"), EADDRINUSE);
	assert_int_equal(errno_by_name("EPREM"), 0);
	assert_null(errno_name(100000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_compile_their_own_machine_and_steps),
		cmocka_unit_test(test_parallel_steps_know_their_threads),
		cmocka_unit_test(test_parallel_orders_are_counted_a_kind),
		cmocka_unit_test(test_names_made_under_excluding_conditions_share_a_slot),
		cmocka_unit_test(test_rows_read_all_keys_and_items),
		cmocka_unit_test(test_rows_that_differ_in_one_axis_are_accepted),
		cmocka_unit_test(test_operations_all_have_name_and_summary),
		cmocka_unit_test(test_errnos_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
